"""A first word: a dream that nobody has answered takes a marked place among the newest ones.

``unanswered`` is True from a dream's publication until the first offer, cheer, or comment by
somebody else.
"""
import hashlib
from datetime import UTC, datetime, timedelta

from bson import ObjectId

from dreamscape.database import JOIN_AUTHOR, NEWEST_FIRST, all_of, db, parse_id
from dreamscape.dreams import CARD_FIELDS, complete_dream
from dreamscape.feed import Scan, scan_stages
from dreamscape.shared import find_shared
from dreamscape.together import union_pipelines
from dreamscape.visibility import listed_query

WAIT = timedelta(days=2)  # without an answer, after which a dream takes the place
SPAN = timedelta(days=60)  # before WAIT; the search begins at a pseudo-random time in it
PLACE = 3  # index in the page
SCANNED = 100  # unanswered dreams, if many are by the viewer or hidden from them


def choose_share(viewer, now):
    """Return a number from 0 to 1 by a hash of viewer and hour."""
    digest = hashlib.sha256(f"{viewer['_id']} {now:%Y-%m-%d %H}".encode()).digest()
    return digest[0] / 255


def find_unanswered(viewer, last_id):
    """Return a dream of others about the viewer's interests that waits for an answer, or None.

    The newest before a time that the viewer and the hour choose, else the newest of all; never the
    one with ``last_id``. In one call.
    """
    now = datetime.now(UTC)
    match = all_of({"dreamer_id": {"$ne": viewer["_id"]}, "comments_enabled": {"$ne": False}},
                   listed_query(viewer))
    pipelines = []
    for before in (now - WAIT - SPAN * choose_share(viewer, now), now - WAIT):
        waiting = {"unanswered": True, "topics": {"$in": viewer["interests"]},
                   "_id": {"$lt": ObjectId.from_datetime(before), "$ne": last_id}}
        scan = Scan("dreams", waiting, NEWEST_FIRST)
        pipelines.append(("dreams", scan_stages(scan, match, 1, SCANNED)))
    dreams = find_shared("dreams", [
        *union_pipelines(pipelines), {"$match": {"is_end": None}}, {"$limit": 1}, JOIN_AUTHOR,
        {"$project": CARD_FIELDS}], complete_dream)
    return next(iter(dreams), None)


def with_first_word(viewer, feed, cursor, dreams, memory):
    """Return the dreams of a page, with one that waits for a first word in its place.

    Only on the first page of "latest"; its further pages leave that dream out. memory: where its
    _id is stored, a mapping that the viewer's next page gets again.
    """
    is_latest = feed["view"] == "latest" and not (feed["q"] or feed["topic"])
    if not is_latest or not dreams or not viewer or not viewer["interests"]:
        return dreams
    last_id = parse_id(memory.get("first_word"))
    if cursor:
        return [dream for dream in dreams if dream["_id"] != last_id]
    memory.pop("first_word", None)
    waiting = find_unanswered(viewer, last_id)
    if not waiting:
        return dreams
    memory["first_word"] = str(waiting["_id"])
    others = [dream for dream in dreams if dream["_id"] != waiting["_id"]]
    return [*others[:PLACE], waiting | {"is_waiting": True}, *others[PLACE:]]


def set_unanswered(dreams):
    """Set ``unanswered`` of a batch of dreams; return how many were wrong.

    One with comments alone stays as it is: they may be its owner's. The cheer of somebody
    unconfirmed is no answer yet.
    """
    ids = [dream["_id"] for dream in dreams]
    answers = {"cheers": {"uncounted": None}, "offers": {}, "comments": {}}
    edges = {name: set(db[name].distinct("dream_id", {"dream_id": {"$in": ids}} | only))
             for name, only in answers.items()}
    answered = edges["cheers"] | edges["offers"]
    missing = set(ids) - answered - edges["comments"]
    return (db.dreams.update_many({"_id": {"$in": [*missing]}, "unanswered": None},
                                  {"$set": {"unanswered": True}}).modified_count
            + db.dreams.update_many({"_id": {"$in": [*answered]}, "unanswered": True},
                                    {"$set": {"unanswered": False}}).modified_count)
