"""TODO database."""
import math
import threading
from collections import Counter
from contextlib import suppress

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, MongoClient
from pymongo.errors import PyMongoError

from dreamscape.settings import settings, stop_start


# Connection ##################################################################

DATABASE_WAIT = 5_000  # milliseconds a call of the database may take, all its retries included


def connect(where):
    """Return the database that MONGO_URI and MONGO_DBNAME name; nothing is sent before a query.

    A write counts when most of a replica set has it; the driver sends a call again whose
    answer was lost, and the database knows it again.
    """
    client = MongoClient(
        where["MONGO_URI"], tz_aware=True, connect=False, appname="dreamscape",
        timeoutMS=DATABASE_WAIT, serverSelectionTimeoutMS=DATABASE_WAIT,
        connectTimeoutMS=DATABASE_WAIT, w="majority",
    )
    return client[where["MONGO_DBNAME"]]


class Handle:
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
    db = Handle(connect(settings))
except (PyMongoError, ValueError, OSError) as error:
    stop_start(f"MONGO_URI or MONGO_DBNAME is wrong: {error}")


def find_database():
    """Return whether the database answers."""
    try:
        return bool(db.command("ping"))
    except PyMongoError:
        return False


def first_words(error):
    """Return what the driver says went wrong, without the timeouts and servers it lists."""
    return str(error).partition(" (configured timeouts")[0][:300]


# Collections #################################################################

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
ENDS = (
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


# Indexes #####################################################################

indexed = threading.Event()  # set once this process knows that the indexes are there


def add_indexes():
    """Make every index that is missing; safe to repeat, and in two processes at once."""
    for collection, indexes in INDEXES.items():
        db[collection].create_indexes(indexes)
    indexed.set()


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


def find_joined(collection, query, order, size, fields):
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


def read_position(cursor, order):
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
    score = read_score(score)
    # By $or alone a planner may walk the index from its top: what bounds the walk is said apart.
    return {"score": {"$not": {"$gt": score}},
            "$or": [{"score": {"$lt": score}}, {"score": score, "_id": {"$lt": last}},
                    {"score": None}]}


def read_score(text):
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
    """Return the cursor of what comes after a document; read_position reads it."""
    score = "" if document.get("score") is None else document["score"]
    return f"{score}_{document['_id']}" if order is TRENDING_FIRST else str(document["_id"])


# Counting again ##############################################################


def remove_edges_of_nobody(edges, only, key, owner):
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
