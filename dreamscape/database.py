"""The connection, the shape and indexes of each collection, paging by key, and counts."""
import math
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, MongoClient
from pymongo.errors import PyMongoError

from dreamscape.settings import exit_at_startup, settings


# Connection ##################################################################

DATABASE_TIMEOUT = 5_000  # milliseconds a call of the database may take, all its retries included


def connect(where):
    """Return the database that MONGO_URI and MONGO_DBNAME name; nothing is sent before a query.

    A write counts when most of a replica set has it; the driver sends a call again whose
    answer was lost, and the database knows it again.
    """
    client = MongoClient(
        where["MONGO_URI"], tz_aware=True, connect=False, appname="dreamscape",
        timeoutMS=DATABASE_TIMEOUT, serverSelectionTimeoutMS=DATABASE_TIMEOUT,
        connectTimeoutMS=DATABASE_TIMEOUT, w="majority",
    )
    return client[where["MONGO_DBNAME"]]


class DatabaseProxy:
    """The database, the same for every module; tests put another one into ``database``."""

    def __init__(self, database):
        """Hand out the collections of a database."""
        self.database = database

    def __getattr__(self, name):
        """Return what the database has of this name: a collection, or a method of pymongo's."""
        return getattr(self.database, name)

    def __getitem__(self, collection):
        """Return a collection."""
        return self.database[collection]


try:
    db = DatabaseProxy(connect(settings))
except (PyMongoError, ValueError, OSError) as error:
    exit_at_startup(f"MONGO_URI or MONGO_DBNAME is wrong: {error}")


def find_database():
    """Return whether the database answers."""
    try:
        return bool(db.command("ping"))
    except PyMongoError:
        return False


def short_message(error):
    """Return what the driver says went wrong, without the timeouts and servers it lists."""
    return str(error).partition(" (configured timeouts")[0][:300]


# Collections #################################################################
#
# When something was made is told by its _id. Any key but _id may be missing from an old
# document: complete_dream and its kin fill in what pages need.
#
# dreamers  email (folded), password (hash), slug, first_name, last_name, bio, location,
#           picture*, skills and experiences as typed with skills_folded and
#           experiences_folded, interests [topic], role (None, "moderator" or
#           "administrator"), followers (count), reminded (stages need no more mention),
#           sign_ins [{id, at, browser}] (the newest 20), suspended {until (None: for good),
#           reason}, unconfirmed_email (an address that a link was sent to), ends_at (when an
#           account without a confirmed address ends; missing in all others), sign_up_key
# dreams    slug, title, description, topics [slug], dreamer_id, comments_enabled, picture*,
#           followers and comments (counts), recent_comments [_id] (the newest ten, oldest
#           first), score (see trend_score), words (see index_words), edited_at,
#           once (see idempotency_key), hidden*
# comments  dream_id, dreamer_id (None: its author has left), body, likes and dislikes
#           (counts), edited_at, once, hidden* (then it is in none of its dream's counts)
# follows   one an edge: dreamer_id, and dream_id or followed_id
# reactions one a dreamer a comment: dreamer_id, comment_id, dream_id, value
# reports   one a dreamer a thing, gone when a moderator has acted: dreamer_id, kind ("dream"
#           or "comment"), target_id, about_id, dream_id, called (its words when reported),
#           reason
# audit     what moderators did: dreamer_id (None: on the command line), role, act (see ACTS),
#           kind, target_id, about_id, called, reason, days (of a suspension)
# slugs     present slugs and the last old ones: _id (see slug_claim), owner_id (None: gone),
#           given_at (the last time; missing: before such times were written)
# drafts    what somebody wrote that could not be sent yet: _id (a random token), dreamer_id, path,
#           fields [[name, [value]]], is_undo, expires_at
# mails     what is still to be sent: kind, email, dreamer_id (of a link), tries, due_at
# topics    what moderators made of the site's topics: _id (slug), name, offered
# limits    how often something was done: _id (what, by whom, window), count, expireAt
# leftovers names of pictures that may belong to nobody: _id, due_at
#
# picture*  picture (the store's name; missing, None and "" all mean none), picture_alt,
#           picture_width and picture_height in pixels
# hidden*   why a moderator hid it, and hidden_role, the role of who did; missing where everybody
#           sees it. Hidden ones are few, so that indexes leave them to the last step:
#           {"hidden": None} goes with any query
# about_id  whose dream or comment it is ("": of somebody who has left)

BATCH = 500  # documents a maintenance command holds at a time
NEWEST_FIRST = [("_id", DESCENDING)]
TRENDING_FIRST = [("score", DESCENDING), ("_id", DESCENDING)]
INDEXES = {
    "dreamers": [
        IndexModel("email", unique=True, sparse=True),
        IndexModel([("unconfirmed_email", ASCENDING), *NEWEST_FIRST],
                   partialFilterExpression={"unconfirmed_email": {"$type": "string"}}),
        IndexModel("sign_up_key", unique=True, sparse=True),
        IndexModel("ends_at", sparse=True),
        IndexModel("slug", unique=True, sparse=True),
        IndexModel("picture", sparse=True),
    ],
    "dreams": [
        IndexModel("slug", unique=True, sparse=True),
        IndexModel([("dreamer_id", ASCENDING), ("once", ASCENDING)], unique=True,
                   partialFilterExpression={"once": {"$type": "string"}}),
        IndexModel([("dreamer_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("topics", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("topics", ASCENDING), *TRENDING_FIRST]),
        IndexModel([("words", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("words", ASCENDING), *TRENDING_FIRST]),
        IndexModel(TRENDING_FIRST),
        IndexModel("picture", sparse=True),
    ],
    "comments": [
        IndexModel([("dream_id", ASCENDING), ("once", ASCENDING)], unique=True,
                   partialFilterExpression={"once": {"$type": "string"}}),
        IndexModel([("dream_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("dreamer_id", ASCENDING), *NEWEST_FIRST]),
    ],
    "follows": [
        # An edge lacks dream_id or followed_id, which counts as null: so one index keeps
        # both kinds of edge unique.
        IndexModel([("dreamer_id", ASCENDING), ("dream_id", ASCENDING),
                    ("followed_id", ASCENDING)], unique=True),
        IndexModel("dream_id"),
        IndexModel("followed_id"),
    ],
    "reactions": [
        IndexModel([("dreamer_id", ASCENDING), ("comment_id", ASCENDING)], unique=True),
        IndexModel("comment_id"),
        IndexModel("dream_id"),
    ],
    "reports": [
        IndexModel([("dreamer_id", ASCENDING), ("target_id", ASCENDING)], unique=True),
        IndexModel([("target_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel("dream_id"),
        IndexModel("about_id"),
    ],
    "audit": [IndexModel("target_id"), IndexModel("about_id", sparse=True)],
    "drafts": [IndexModel("expires_at", expireAfterSeconds=0),
               IndexModel([("dreamer_id", ASCENDING), ("expires_at", DESCENDING)])],
    "mails": [IndexModel("due_at")],
    "slugs": [IndexModel([("owner_id", ASCENDING), ("given_at", DESCENDING)])],
    "limits": [IndexModel("expireAt", expireAfterSeconds=0)],
}
# What an edge needs at its ends: (collection of edges, which edges, key, collection).
REFERENCES = (
    ("follows", {}, "dreamer_id", "dreamers"),
    ("follows", {}, "followed_id", "dreamers"),
    ("follows", {}, "dream_id", "dreams"),
    ("reactions", {}, "dreamer_id", "dreamers"),
    ("reactions", {}, "comment_id", "comments"),
    ("reports", {}, "dreamer_id", "dreamers"),
    ("reports", {"kind": "dream"}, "target_id", "dreams"),
    ("reports", {"kind": "comment"}, "target_id", "comments"),
)
# What each stored count counts: (collection, count, collection of edges, key, which edges).
COUNTS = (
    ("dreams", "followers", "follows", "dream_id", {}),
    ("dreams", "comments", "comments", "dream_id", {"hidden": None}),
    ("dreamers", "followers", "follows", "followed_id", {}),
    ("comments", "likes", "reactions", "comment_id", {"value": "like"}),
    ("comments", "dislikes", "reactions", "comment_id", {"value": "dislike"}),
)


# Missing keys ################################################################

# What a byline shows.
AUTHOR_DEFAULTS = {"_id": None, "slug": "", "first_name": "", "last_name": "", "picture": ""}
AUTHOR_FIELDS = dict.fromkeys((f"author.{name}" for name in AUTHOR_DEFAULTS), 1)
JOIN_AUTHOR = {"$lookup": {"from": "dreamers", "localField": "dreamer_id",
                           "foreignField": "_id", "as": "author"}}
PICTURE_DEFAULTS = {"picture": "", "picture_alt": "", "picture_width": 1200,
                    "picture_height": 900}
DREAMER_DEFAULTS = AUTHOR_DEFAULTS | PICTURE_DEFAULTS | {
    "email": "", "bio": "", "unconfirmed_email": "", "location": "", "role": None, "skills": [],
    "experiences": [], "skills_folded": [], "interests": [], "followers": 0, "reminded": False,
    "suspended": None, "ends_at": None}
DREAM_DEFAULTS = PICTURE_DEFAULTS | {
    "title": "Untitled dream", "description": "", "topics": [], "dreamer_id": None,
    "comments_enabled": True, "followers": 0, "comments": 0, "recent_comments": [],
    "score": None, "edited_at": None, "hidden": None, "hidden_role": None}
COMMENT_DEFAULTS = {"body": "", "likes": 0, "dislikes": 0, "dream_id": None,
                    "dreamer_id": None, "edited_at": None, "hidden": None, "hidden_role": None}


def complete(document, defaults):
    """Return a copy in which every key of ``defaults`` has a value that is not None."""
    return defaults | {key: value for key, value in document.items() if value is not None}


# Queries and pages ###########################################################


def all_of(*queries):
    """Return the query for what meets all of some queries."""
    return {"$and": [query for query in queries if query] or [{}]}


def indexed_text(value):
    """Return the condition for a text that lets an index of texts alone serve it."""
    return {"$eq": value, "$type": "string"}


def page_stages(query, order, size):
    """Return the stages that find the first ``size`` documents of a query in an order."""
    return [{"$match": query}, {"$sort": dict(order)}, {"$limit": size}]


def find_with_authors(collection, query, order, size, fields):
    """Return at most ``size`` documents of a collection, with their authors, in one call."""
    return list(db[collection].aggregate([*page_stages(query, order, size), JOIN_AUTHOR,
                                          {"$project": fields}]))


def find_batches(collection, query, fields):
    """Yield lists of at most BATCH documents, by _id, however many there are."""
    last = {}
    while found := list(db[collection].find(query | last, fields).sort("_id", 1).limit(BATCH)):
        yield found
        last = {"_id": {"$gt": found[-1]["_id"]}}


def parse_id(text):
    """Return the ObjectId written in ``text``, or None where it is none."""
    return ObjectId(text) if isinstance(text, str) and ObjectId.is_valid(text) else None


class CursorError(ValueError):
    """A cursor that no page of ours has made."""


def parse_cursor(cursor, order):
    """Return the query for what comes after a cursor; {} at the start.

    Raises CursorError.
    """
    if not cursor:
        return {}
    score, _, last = cursor.rpartition("_")
    last = parse_id(last)
    if not last:
        raise CursorError(cursor)
    if order is not TRENDING_FIRST:
        return {"_id": {"$lt": last}}
    if not score:
        return {"score": None, "_id": {"$lt": last}}
    score = parse_score(score)
    # By $or alone a planner may walk the index from its top: what bounds the walk is said apart.
    return {"score": {"$not": {"$gt": score}},
            "$or": [{"score": {"$lt": score}}, {"score": score, "_id": {"$lt": last}},
                    {"score": None}]}


def parse_score(text):
    """Return the finite number written in a cursor; raise CursorError."""
    with suppress(ValueError):
        if math.isfinite(score := float(text)):
            return score
    raise CursorError(text)


def split_page(found, size, order=NEWEST_FIRST):
    """Return (the first ``size`` of found documents, the cursor of what follows or None)."""
    if len(found) <= size:
        return found, None
    return found[:size], cursor_after(found[size - 1], order)


def cursor_after(document, order):
    """Return the cursor of what comes after a document; parse_cursor reads it."""
    score = "" if document.get("score") is None else document["score"]
    return f"{score}_{document['_id']}" if order is TRENDING_FIRST else str(document["_id"])


# Subjects ####################################################################

SUBJECTS = {}  # collection: its Subject; the order is that of the imports


class Subject(NamedTuple):
    """What becomes of the documents of a collection, as the module that owns it says.

    exported: whether a dreamer downloads those with their dreamer_id. when_leaving(dreamer):
    deletes, or makes anonymous, what refers to a dreamer who leaves; None where nothing does.
    of_dream: the key of the dream that they are deleted with. searched: the text fields that a
    search of dreams looks at. moderated: those that moderators see of a thing that is reported.
    """

    exported: bool = False
    when_leaving: Callable | None = None
    of_dream: str | None = None
    searched: tuple = ()
    moderated: tuple = ()


def add_subject(collection, **row):
    """Add the row of a collection to the table that export, deletion and moderation walk."""
    SUBJECTS[collection] = Subject(**row)


def remove_dream_documents(dream_id):
    """Delete what hangs on a dream: comments, follows, and all else whose subject says so."""
    for collection, subject in SUBJECTS.items():
        if subject.of_dream:
            db[collection].delete_many({subject.of_dream: dream_id})


# Counting again ##############################################################


def remove_dangling_edges(edges, only, key, owner):
    """Delete the edges one end of which is gone; return how many there were."""
    removed = 0
    for batch in find_batches(edges, only, {key: 1}):
        ends = {edge["_id"]: edge[key] for edge in batch if edge.get(key)}
        there = {each["_id"] for each in db[owner].find(
            {"_id": {"$in": [*set(ends.values())]}}, {"_id": 1})}
        gone = [edge_id for edge_id, end in ends.items() if end not in there]
        removed += db[edges].delete_many({"_id": {"$in": gone}}).deleted_count
    return removed


def set_counts(owner, count, edges, key, only):
    """Set one stored count to what it counts; return how many were wrong.

    A count that changes at the same moment is left as it is.
    """
    wrong = 0
    for batch in find_batches(owner, {}, {count: 1}):
        counted = Counter({group["_id"]: group["count"] for group in db[edges].aggregate([
            {"$match": {key: {"$in": [document["_id"] for document in batch]}} | only},
            {"$group": {"_id": f"${key}", "count": {"$sum": 1}}}])})
        for document in batch:
            stored, true = document.get(count), counted[document["_id"]]
            if stored != true:
                wrong += db[owner].update_one({"_id": document["_id"], count: stored},
                                              {"$set": {count: true}}).modified_count
    return wrong
