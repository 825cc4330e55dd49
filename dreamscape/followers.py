"""Notifying the followers of a dream, and those who helped with it, as a job of the outbox.

Each part of a job notifies PART people and stores how far it got. A killed job is resumed there:
whoever was notified before is left out, so that nobody is notified twice. Who followed a dream
before it was one by link isn't notified: that would tell them its secret address.
"""
from datetime import timedelta

from bson import ObjectId

from dreamscape.database import DREAM_DEFAULTS, complete, db
from dreamscape.dreamers import find_viewer
from dreamscape.mail import JOBS, add_job, is_repeated
from dreamscape.notifications import KINDS, SOURCES, notify
from dreamscape.visibility import may_see

PART = 100  # people
CLOCK_SKEW = timedelta(minutes=5)  # at most, between two of the machines that do jobs
# Groups of people: (collection of edges that name them, query besides the dream).
FOLLOWERS = ("follows", {})
# thanks_hidden, whatever it is, for the index.
HELPERS = ("offers", {"thanks_hidden": {"$in": [None, True, False]},
                      "state": {"$in": ["accepted", "done"]}})
RECIPIENTS = {"update": (FOLLOWERS,), "came_true": (HELPERS, FOLLOWERS)}  # of KINDS


def notify_followers(kind, dream, about, by):
    """Queue a job that notifies the followers of a dream of an act; arguments as of notify().

    kind: a key of RECIPIENTS.
    """
    add_job(f"notify_{kind}", notice=kind, dream_id=dream["_id"], about=about,
            dreamer_id=by["_id"], group=0, after=None)


def notify_next(entry):
    """Notify the next people of a job; return what changes for the next part, None at the end."""
    dream = find_job_dream(entry)
    by = find_actor(entry, dream)
    if not by:
        return None
    edges = find_edges(entry, dream)
    ids = dict.fromkeys(edge["dreamer_id"] for edge in edges if edge.get("dreamer_id"))
    notified = find_notified(entry, ids) if entry["group"] or is_repeated(entry) else ()
    about = entry["about"] | {"dream_id": entry["dream_id"]}
    for dreamer_id in ids:
        if dreamer_id not in notified:
            notify(entry["notice"], dreamer_id, about, by)
    return next_part(entry, edges)


def find_job_dream(entry):
    """Return the dream of a job with defaults; without _id if it was deleted."""
    return complete(db.dreams.find_one({"_id": entry["dream_id"]}) or {}, DREAM_DEFAULTS)


def find_edges(entry, dream):
    """Return the edges that name the next people of a job: PART at most, in order of _id."""
    group = RECIPIENTS[entry["notice"]][entry["group"]]
    (collection, only), after = group, entry["after"]
    if group is FOLLOWERS and dream["audience"] == "link" and dream.get("linked_at"):
        # From the next second: an ObjectId doesn't tell which half of one it is of.
        since = ObjectId.from_datetime(dream["linked_at"] + timedelta(seconds=1))
        after = max(since, after or since)
    query = {"dream_id": entry["dream_id"]} | only | ({"_id": {"$gt": after}} if after else {})
    return list(db[collection].find(query, {"dreamer_id": 1}).sort("_id", 1).limit(PART))


def next_part(entry, edges):
    """Return the changes of a job's entry for its next part, None after the last one."""
    if len(edges) == PART:
        return {"after": edges[-1]["_id"]}
    group = entry["group"] + 1
    return {"group": group, "after": None} if group < len(RECIPIENTS[entry["notice"]]) else None


def find_actor(entry, dream):
    """Return the dreamer whose act a job is about; None if it or its dream can't be seen."""
    about = KINDS[entry["notice"]].about
    act = db[SOURCES[about]].find_one({"_id": entry["about"].get(about), "hidden": None})
    by = db.dreamers.find_one({"_id": entry["dreamer_id"]})
    stands = dream.get("_id") and act and by and may_see(None, dream)
    return find_viewer(by) if stands else None


def find_notified(entry, ids):
    """Return those of ``ids`` who have a notification of this act, read or unread."""
    about = entry["about"].get(KINDS[entry["notice"]].about)
    return {*db.notifications.distinct("dreamer_id", {
        "dreamer_id": {"$in": [*ids]}, "at": {"$gte": entry["_id"].generation_time - CLOCK_SKEW},
        "kind": entry["notice"], "acts.abouts": about})}


JOBS.update((f"notify_{kind}", notify_next) for kind in RECIPIENTS)
