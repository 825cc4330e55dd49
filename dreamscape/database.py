"""MongoDB: the connection, the schema and indexes of each collection, cursors for paging, counts.

Look here for what a document holds (Collections); subjects.py says which collections follow the
life of a dreamer or a dream.
"""
import math
from contextlib import suppress

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, MongoClient
from pymongo.errors import PyMongoError

from dreamscape.settings import exit_at_startup, settings


# Connection ##################################################################

DATABASE_TIMEOUT = 5_000  # milliseconds for an operation, including its retries


def connect(config):
    """Return the database named by MONGO_URI and MONGO_DBNAME; connects at the first query.

    Write concern "majority"; retryable reads and writes are on, as pymongo's default.
    """
    client = MongoClient(
        config["MONGO_URI"], tz_aware=True, connect=False, appname="dreamscape",
        timeoutMS=DATABASE_TIMEOUT, serverSelectionTimeoutMS=DATABASE_TIMEOUT,
        connectTimeoutMS=DATABASE_TIMEOUT, w="majority",
    )
    return client[config["MONGO_DBNAME"]]


class DatabaseProxy:
    """A proxy of the database that every module shares; tests replace its ``database``."""

    def __init__(self, database):
        """Proxy a pymongo Database."""
        self.database = database

    def __getattr__(self, name):
        """Return an attribute of the database: a collection, or a method."""
        return getattr(self.database, name)

    def __getitem__(self, collection):
        """Return a collection."""
        return self.database[collection]


try:
    db = DatabaseProxy(connect(settings))
except (PyMongoError, ValueError, OSError) as error:
    exit_at_startup(f"MONGO_URI or MONGO_DBNAME is wrong: {error}")


def find_database():
    """Return whether the database answers a ping."""
    try:
        return bool(db.command("ping"))
    except PyMongoError:
        return False


def short_message(error):
    """Return a pymongo error's message without its list of timeouts and servers."""
    return str(error).partition(" (configured timeouts")[0][:300]


# Collections #################################################################
#
# The creation time is the ObjectId's timestamp. Any key but _id may be missing from an old
# document: the complete_* functions add defaults.
#
# dreamers  email (see fold_email), password (hash), slug, first_name, last_name, bio, location,
#           picture*, skills and experiences as typed with skills_folded and
#           experiences_folded (see fold_case), interests [topic], role (None, "moderator" or
#           "administrator"), followers (count), reminded (the reminder to finish the profile is
#           off), sign_ins [{id, at, browser}] (the newest 20 sessions), suspended {until (None:
#           permanently), reason}, unconfirmed_email (a confirmation link was sent there), ends_at
#           (when an unconfirmed account expires; missing in all others), sign_up_key,
#           failed_email (the address that the mail server refused, see undeliverable_email),
#           words (see dreamer_words), unread (notifications, as the header shows),
#           help_words (tokens of their skills and experiences), suggestable (False: not suggested
#           to people who need their skills),
#           has_blocks (True if there may be blocks by or of them: only then they are read),
#           emails {kind: choice} and emails_before (see stop_emails), digest {day, mail_id} (the
#           daily email that was composed last)
# dreams    slug, title, description, topics [slug], dreamer_id, comments_enabled, picture*, card
#           (the name of a picture too, drawn for link previews; it begins with the card_hash),
#           followers, comments, cheers, updates and thanked (counts), recent_comments [_id] (the
#           newest ten, oldest first), newest_update {id, body, at} (see set_newest_update), score
#           (see trend_score), words (see index_words), edited_at, once (see idempotency_key),
#           hidden*, needs (see needs.py) with need_words and needed_at (see need_fields), state
#           (see STATES; missing: dreaming), state_at (of its last change), state_was (before that
#           change), came_true_at (an ObjectId of the time at which it came true; missing in other
#           states), unanswered (False from the first offer, cheer, or comment by somebody else),
#           audience (missing: everybody; else "link" or "me"), linked_at (when an edit made it one
#           by link; missing if it was shared as one); of drafts, which were never
#           published: draft (True), version (how often it was saved), published_as (the _id of the
#           dream that it is being published as)
# updates   dream_id, dreamer_id (the dream's), body, picture*, edited_at, once, hidden*, state
#           (what the dream changed to: then the body may be empty; missing in all others). The
#           one with the state "came-true" is the dream's story: its body, helped, took and advice
# asks      who was asked to help with a need: dream_id, need_id, words (of the need, folded;
#           missing in old documents), dreamer_id (of who was asked), slot (from 0 to ASKS - 1)
# comments  dream_id, dreamer_id (None: its author has left), body, likes and dislikes
#           (counts), edited_at, once, hidden* (its dream's counts leave it out), line (True: a line
#           beside the story of how the dream came true, not in the conversation; uncounted too),
#           thread_id (the first comment of its thread: its own _id, or that of one that may be
#           deleted), parent_id (the comment that it answers; missing in the first of a thread),
#           people [dreamer _id] (whom a reply answers, then whom it mentions; None: they have
#           left) and mentions [text] (how it names each of them, "" if it doesn't)
# cheers    one document a pair: dreamer_id, dream_id, uncounted (as of a follow)
# follows   one document an edge: dreamer_id, and dream_id or followed_id; uncounted (made by an
#           unconfirmed dreamer, so not in the count of followers)
# blocks    one document a pair: dreamer_id (who blocks), blocked_id
# reactions one document per dreamer and comment: dreamer_id, comment_id, dream_id, value
# reports   one open report per dreamer and target, deleted once a moderator has acted:
#           dreamer_id, kind ("dream", "comment", "update", "message" or "dreamer"), target_id,
#           about_id, called (its title or an excerpt when it was reported), words (see
#           words_of; as they were then, a dream's with its public thanks), rule (see RULE_CHOICES;
#           both missing in old reports), reason, weighs (True if its dreamer was confirmed and
#           REPORTER_AGE old: see set_hidden_by_reports), decision_id (of the entry in ``audit``
#           that its dreamer answers with it: then it is no report)
# offers    one per helper, dream and need: dream_id, need_id ("" for the dream as such), dreamer_id
#           (the helper), owner_id (the dream's dreamer; None for one of the two who has left),
#           title and need (as they were then), state (see STEPS), was (the state before),
#           changed_at (the last change or message), messages (how many were ever written),
#           last_message (the _id of the one counted last),
#           thanks (a line) and thanks_hidden (True or False; both missing until there are thanks),
#           withheld (True once a moderator deleted the dream, or it was hidden when it was deleted)
# messages  offer_id, dreamer_id, body, once, reported (one of the two did so: moderators may read
#           it), hidden*
# audit     the moderators' audit log: dreamer_id (None: on the command line, or by reports), role,
#           act (see ACTS), kind, target_id, about_id (whom it concerns), called, reason, rule,
#           words (see words_of), days (of a suspension), answer (of whom it concerns)
# slugs     current slugs and the latest old ones: _id (see slug_claim), owner_id (None: its
#           document was deleted), given_at (when it was last assigned; missing in old documents)
# drafts    form input that could not be submitted yet: _id (a random token), dreamer_id, path,
#           fields [[name, [value]]], is_undo, expires_at
# mails     the outbox, a queue: kind, email, dreamer_id (for a token), tries, due_at,
#           notification_id or day (of a daily email). Jobs are queued there, too (see JOBS): kind,
#           parts (how many are done), after (the last _id of those), and what the job needs
# topics    the moderators' changes of the topics: _id (slug), name, offered
# limits    rate limit counters: _id (limit, key, window), count, expireAt
# notifications  one document a group: dreamer_id (who is told), kind (see KINDS), group_id (what
#           unread ones are grouped by), unread (True, else missing), acts [{by, about, abouts}]
#           (of each of the newest people: the last act, and the last few), count (of people), at
#           (when the last act was), dream_id (with which it is deleted), due (True until a daily
#           email has it), digest_id (the _id of that email in the outbox)
# leftovers names of pictures that may be orphaned: _id, due_at
#
# picture*  picture (its name in the store; missing, None and "" all mean none), picture_alt,
#           picture_width and picture_height in pixels
# hidden*   the reason why a moderator hid it, and hidden_role, that moderator's role ("site" if it
#           was hidden by reports); both missing on visible documents. Few are hidden, so no index
#           has the key: {"hidden": None} is added to queries as a filter. cleared: True if a
#           moderator has left it visible since the last edit: then reports no longer hide it
# about_id  the author of the dream or comment ("" for one who has left), or the dreamer

BATCH = 500  # documents a maintenance command loads at a time
STORY = "came-true"  # the state of the update that is a dream's story
NOTIFICATION_DAYS = 90  # after the last act
NEWEST_FIRST = [("_id", DESCENDING)]
TRENDING_FIRST = [("score", DESCENDING), ("_id", DESCENDING)]
NEEDED_FIRST = [("needed_at", DESCENDING)]
IS_LIVING = {"state": {"$in": [None, "under-way"]}}  # "dreaming" isn't stored
IS_NEEDED = {"needed_at": {"$exists": True}}  # of the indexes for dreams with open needs
OLDEST_THREAD_FIRST = [("thread_id", ASCENDING), ("_id", ASCENDING)]
CAME_TRUE_FIRST = [("came_true_at", DESCENDING)]
HAS_COME_TRUE = {"came_true_at": {"$exists": True}}
INDEXES = {
    "dreamers": [
        IndexModel("email", unique=True, sparse=True),
        IndexModel([("unconfirmed_email", ASCENDING), *NEWEST_FIRST],
                   partialFilterExpression={"unconfirmed_email": {"$type": "string"}}),
        IndexModel("sign_up_key", unique=True, sparse=True),
        IndexModel("ends_at", sparse=True),
        IndexModel("slug", unique=True, sparse=True),
        IndexModel("picture", sparse=True),
        IndexModel([("words", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("help_words", ASCENDING), *NEWEST_FIRST]),
    ],
    "dreams": [
        IndexModel("slug", unique=True, sparse=True),
        IndexModel([("dreamer_id", ASCENDING), ("once", ASCENDING)], unique=True,
                   partialFilterExpression={"once": {"$type": "string"}}),
        IndexModel([("dreamer_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("dreamer_id", ASCENDING), ("draft", ASCENDING), ("state", ASCENDING),
                    *NEWEST_FIRST]),
        IndexModel([("topics", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("topics", ASCENDING), *TRENDING_FIRST]),
        IndexModel([("words", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("words", ASCENDING), *TRENDING_FIRST]),
        IndexModel(TRENDING_FIRST),
        IndexModel("picture", sparse=True),
        IndexModel("card", sparse=True),
        *(IndexModel([*field, *NEEDED_FIRST], partialFilterExpression=IS_NEEDED) for field in (
            [], [("topics", ASCENDING)], [("words", ASCENDING)], [("need_words", ASCENDING)])),
        IndexModel([("topics", ASCENDING), ("_id", ASCENDING)],
                   partialFilterExpression={"unanswered": True}),
        *(IndexModel([*field, *CAME_TRUE_FIRST], partialFilterExpression=HAS_COME_TRUE)
          for field in ([], [("topics", ASCENDING)], [("words", ASCENDING)])),
    ],
    "asks": [
        *(IndexModel([("dream_id", ASCENDING), ("need_id", ASCENDING), (key, ASCENDING)],
                     unique=True) for key in ("dreamer_id", "slot")),
        IndexModel("dreamer_id"),
    ],
    "comments": [
        IndexModel([("dream_id", ASCENDING), ("once", ASCENDING)], unique=True,
                   partialFilterExpression={"once": {"$type": "string"}}),
        IndexModel([("dream_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("dream_id", ASCENDING), *OLDEST_THREAD_FIRST]),
        IndexModel([("dreamer_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel("people", sparse=True),
        # One line a person; those who have left may have written several.
        IndexModel([("dream_id", ASCENDING), ("line", ASCENDING), ("dreamer_id", ASCENDING)],
                   unique=True, partialFilterExpression={
                       "line": True, "dreamer_id": {"$type": "objectId"}}),
        IndexModel([("dream_id", ASCENDING), ("line", ASCENDING), *NEWEST_FIRST],
                   partialFilterExpression={"line": True}),
    ],
    "cheers": [
        IndexModel([("dreamer_id", ASCENDING), ("dream_id", ASCENDING)], unique=True),
        IndexModel("dream_id"),
    ],
    "updates": [
        IndexModel([("dream_id", ASCENDING), ("once", ASCENDING)], unique=True,
                   partialFilterExpression={"once": {"$type": "string"}}),
        IndexModel([("dream_id", ASCENDING), ("state", ASCENDING)], unique=True,
                   partialFilterExpression={"state": STORY}),
        IndexModel([("dream_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("dreamer_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel("picture", sparse=True),
    ],
    "follows": [
        # A missing dream_id or followed_id is indexed as null, so that one index makes both
        # kinds of edge unique.
        IndexModel([("dreamer_id", ASCENDING), ("dream_id", ASCENDING),
                    ("followed_id", ASCENDING)], unique=True),
        IndexModel([("dream_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel("followed_id"),
    ],
    "blocks": [
        IndexModel([("dreamer_id", ASCENDING), ("blocked_id", ASCENDING)], unique=True),
        IndexModel([("dreamer_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("blocked_id", ASCENDING), *NEWEST_FIRST]),
    ],
    "reactions": [
        IndexModel([("dreamer_id", ASCENDING), ("comment_id", ASCENDING)], unique=True),
        IndexModel("comment_id"),
        IndexModel("dream_id"),
    ],
    "reports": [
        IndexModel([("dreamer_id", ASCENDING), ("target_id", ASCENDING)], unique=True),
        IndexModel([("target_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("target_id", ASCENDING), ("weighs", ASCENDING)],
                   partialFilterExpression={"weighs": True}),
        IndexModel("about_id"),
    ],
    "offers": [
        # Of helpers who have left, a need may have several.
        IndexModel([("dream_id", ASCENDING), ("need_id", ASCENDING), ("dreamer_id", ASCENDING)],
                   unique=True, partialFilterExpression={"dreamer_id": {"$type": "objectId"}}),
        IndexModel([("dream_id", ASCENDING), ("thanks_hidden", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("dreamer_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("dreamer_id", ASCENDING), ("state", ASCENDING)]),
        IndexModel([("dreamer_id", ASCENDING), ("thanks_hidden", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("owner_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("owner_id", ASCENDING), ("state", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("changed_at", ASCENDING)]),
    ],
    "messages": [
        IndexModel([("offer_id", ASCENDING), ("once", ASCENDING)], unique=True,
                   partialFilterExpression={"once": {"$type": "string"}}),
        IndexModel([("offer_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("dreamer_id", ASCENDING), *NEWEST_FIRST]),
    ],
    "audit": [IndexModel([("target_id", ASCENDING), *NEWEST_FIRST]),
              IndexModel("about_id", sparse=True)],
    "drafts": [IndexModel("expires_at", expireAfterSeconds=0),
               IndexModel([("dreamer_id", ASCENDING), ("expires_at", DESCENDING)])],
    "mails": [IndexModel("due_at"), IndexModel("dreamer_id")],
    "notifications": [
        IndexModel([("dreamer_id", ASCENDING), ("kind", ASCENDING), ("group_id", ASCENDING)],
                   unique=True, partialFilterExpression={"unread": True}),
        IndexModel([("dreamer_id", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("due", ASCENDING), ("_id", ASCENDING)],
                   partialFilterExpression={"due": True}),
        IndexModel("digest_id", sparse=True),
        IndexModel("acts.by"),
        IndexModel("dream_id", sparse=True),
        IndexModel("at", expireAfterSeconds=NOTIFICATION_DAYS * 24 * 3_600),
    ],
    "slugs": [IndexModel([("owner_id", ASCENDING), ("given_at", DESCENDING)])],
    "limits": [IndexModel("expireAt", expireAfterSeconds=0)],
}
# Denormalised counts: (collection, field, collection of edges, key, filter, what of the edges is
# counted: each of them, or each value of a field once).
COUNTS = (
    ("dreams", "followers", "follows", "dream_id", {"uncounted": None}, None),
    ("dreams", "comments", "comments", "dream_id", {"hidden": None, "line": None}, None),
    ("dreams", "updates", "updates", "dream_id", {"hidden": None}, None),
    ("dreams", "thanked", "offers", "dream_id", {"thanks_hidden": False}, None),
    ("dreams", "cheers", "cheers", "dream_id", {"uncounted": None}, None),
    ("dreamers", "followers", "follows", "followed_id", {"uncounted": None}, None),
    ("dreamers", "helped", "offers", "dreamer_id", {"thanks_hidden": False}, "dream_id"),
    ("comments", "likes", "reactions", "comment_id", {"value": "like"}, None),
    ("comments", "dislikes", "reactions", "comment_id", {"value": "dislike"}, None),
)


# Defaults ####################################################################
#
# docs/where.md says what else a new field needs.

# The fields of a byline, and those that is_public asks for.
AUTHOR_DEFAULTS = {"_id": None, "slug": "", "first_name": "", "last_name": "", "picture": "",
                   "suspended": None, "ends_at": None}
AUTHOR_FIELDS = dict.fromkeys((f"author.{name}" for name in AUTHOR_DEFAULTS), 1)
JOIN_AUTHOR = {"$lookup": {"from": "dreamers", "localField": "dreamer_id",
                           "foreignField": "_id", "as": "author"}}
PICTURE_DEFAULTS = {"picture": "", "picture_alt": "", "picture_width": 1200,
                    "picture_height": 900}
DREAMER_DEFAULTS = AUTHOR_DEFAULTS | PICTURE_DEFAULTS | {
    "email": "", "bio": "", "unconfirmed_email": "", "location": "", "role": None, "skills": [],
    "experiences": [], "skills_folded": [], "interests": [], "followers": 0, "helped": 0,
    "reminded": False, "failed_email": None, "unread": 0, "suggestable": True,
    "apart": frozenset()}
# A dream's texts: stored and edited, kept in a draft, searched, and shown to moderators.
DREAM_TEXTS = ("title", "description")
DREAM_DEFAULTS = PICTURE_DEFAULTS | dict.fromkeys(DREAM_TEXTS, "") | {
    "title": "Untitled dream", "topics": [], "dreamer_id": None, "card": "",
    "comments_enabled": True, "followers": 0, "comments": 0, "recent_comments": [],
    "score": None, "edited_at": None, "hidden": None, "hidden_role": None, "needs": [],
    "needed_at": None, "cheers": 0, "updates": 0, "thanked": 0, "newest_update": None,
    "state": "dreaming", "state_at": None, "state_was": None, "came_true_at": None,
    "audience": None, "draft": False, "version": 0}
UPDATE_DEFAULTS = PICTURE_DEFAULTS | {
    "body": "", "dream_id": None, "dreamer_id": None, "state": None, "edited_at": None,
    "hidden": None, "hidden_role": None, "helped": "", "took": "", "advice": ""}
COMMENT_DEFAULTS = {"body": "", "likes": 0, "dislikes": 0, "dream_id": None,
                    "dreamer_id": None, "edited_at": None, "hidden": None, "hidden_role": None,
                    "line": None, "thread_id": None, "parent_id": None, "people": [],
                    "mentions": []}


def complete(document, defaults):
    """Return a copy in which every key of ``defaults`` has a value that is not None."""
    return defaults | {key: value for key, value in document.items() if value is not None}


def set_or_unset(fields):
    """Return the update that sets fields, and removes those that are None."""
    removed = {name: "" for name, value in fields.items() if value is None}
    stored = {name: value for name, value in fields.items() if value is not None}
    return {"$set": stored} | ({"$unset": removed} if removed else {})


# Queries and paging ##########################################################


def all_of(*queries):
    """Return the $and of some queries, leaving out empty ones."""
    return {"$and": [query for query in queries if query] or [{}]}


def indexed_text(value):
    """Return the condition for a string that can use a partial index on strings."""
    return {"$eq": value, "$type": "string"}


def page_stages(query, order, size):
    """Return the pipeline stages for the first ``size`` documents of a query in an order."""
    return [{"$match": query}, {"$sort": dict(order)}, {"$limit": size}]


def find_with_authors(collection, query, order, size, fields):
    """Return at most ``size`` documents joined with their authors by one aggregation."""
    return list(db[collection].aggregate([*page_stages(query, order, size), JOIN_AUTHOR,
                                          {"$project": fields}]))


def find_batches(collection, query, fields):
    """Yield all documents of a query in order of _id, as lists of at most BATCH."""
    after = {}
    while batch := list(db[collection].find(query | after, fields).sort("_id", 1).limit(BATCH)):
        yield batch
        after = {"_id": {"$gt": batch[-1]["_id"]}}


def parse_id(text):
    """Return the ObjectId that ``text`` is the hex form of, else None."""
    return ObjectId(text) if isinstance(text, str) and ObjectId.is_valid(text) else None


class CursorError(ValueError):
    """An invalid cursor."""


def parse_cursor(cursor, order):
    """Return the query for the documents after a cursor, {} without one; raise CursorError.

    cursor: as cursor_after formats it.
    """
    if not cursor:
        return {}
    score, _, last_id = cursor.rpartition("_")
    last_id = parse_id(last_id)
    if not last_id:
        raise CursorError(cursor)
    if order is not TRENDING_FIRST:
        return {order[0][0]: {"$lt": last_id}}
    if not score:
        return {"score": None, "_id": {"$lt": last_id}}
    score = parse_score(score)
    # With $or alone the planner may scan the index from its start: the bound is a condition apart.
    return {"score": {"$not": {"$gt": score}},
            "$or": [{"score": {"$lt": score}}, {"score": score, "_id": {"$lt": last_id}},
                    {"score": None}]}


def parse_score(text):
    """Return the finite number in a cursor; raise CursorError."""
    with suppress(ValueError):
        if math.isfinite(score := float(text)):
            return score
    raise CursorError(text)


def split_page(documents, size, order=NEWEST_FIRST):
    """Return (the first ``size`` documents, the cursor of the next page or None).

    documents: up to ``size`` + 1; one more than a page means that there is a next one.
    """
    if len(documents) <= size:
        return documents, None
    return documents[:size], cursor_after(documents[size - 1], order)


def cursor_after(document, order):
    """Return the cursor for the documents after this one, as parse_cursor reads it."""
    score = "" if document.get("score") is None else document["score"]
    return f"{score}_{document['_id']}" if order is TRENDING_FIRST else str(document[order[0][0]])
