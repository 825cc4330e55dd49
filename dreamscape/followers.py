"""Telling the followers of a dream, and those thanked for their help, as a job of the outbox.

A job tells TOLD people, stores how far it got, and goes on. A killed one is resumed there: whoever
of that part was told before is left out, so that nobody is told twice.
"""
from datetime import timedelta

from dreamscape.database import DREAM_DEFAULTS, complete, db
from dreamscape.dreamers import find_viewer
from dreamscape.mail import JOBS, add_job, is_repeated
from dreamscape.notifications import KINDS, SOURCES, notify
from dreamscape.visibility import may_see

TOLD = 100  # people that a part of a job tells
CLOCK_SKEW = timedelta(minutes=5)  # at most, between two of the machines that do jobs
FOLLOWERS = ("follows", {})
HELPERS = ("offers", {"thanks_hidden": {"$in": [True, False]}})
AUDIENCES = {"update": (FOLLOWERS,), "came_true": (HELPERS, FOLLOWERS)}  # of KINDS


def notify_followers(kind, dream, about, by):
    """Queue a job that notifies the followers of a dream of an act; arguments as of notify().

    kind: a key of AUDIENCES.
    """
    add_job(f"tell_{kind}", told=kind, dream_id=dream["_id"], about=about,
            dreamer_id=by["_id"], audience=0, after=None)


def tell_followers(entry):
    """Tell the next people of a job; return where to go on, or None at the end."""
    by, edges = find_teller(entry), find_told(entry)
    if not by:
        return None
    ids = dict.fromkeys(edge["dreamer_id"] for edge in edges if edge.get("dreamer_id"))
    told = find_already_told(entry, ids) if entry["audience"] or is_repeated(entry) else ()
    for dreamer_id in ids:
        if dreamer_id not in told:
            notify(entry["told"], dreamer_id, entry["about"] | {"dream_id": entry["dream_id"]}, by)
    return next_part(entry, edges)


def find_told(entry):
    """Return the documents that name the next people of a job, TOLD at most, in order of _id."""
    collection, only = AUDIENCES[entry["told"]][entry["audience"]]
    after = {"_id": {"$gt": entry["after"]}} if entry["after"] else {}
    query = {"dream_id": entry["dream_id"]} | only | after
    return list(db[collection].find(query, {"dreamer_id": 1}).sort("_id", 1).limit(TOLD))


def next_part(entry, edges):
    """Return the changes of a job's entry for its next part, None after the last one."""
    if len(edges) == TOLD:
        return {"after": edges[-1]["_id"]}
    audience = entry["audience"] + 1
    return {"audience": audience, "after": None} if audience < len(
        AUDIENCES[entry["told"]]) else None


def find_teller(entry):
    """Return who did what a job tells of; None if that, or the dream, was deleted or hidden."""
    dream = db.dreams.find_one({"_id": entry["dream_id"]})
    about = KINDS[entry["told"]].about
    act = db[SOURCES[about]].find_one({"_id": entry["about"].get(about), "hidden": None})
    by = db.dreamers.find_one({"_id": entry["dreamer_id"]})
    stands = dream and act and by and may_see(None, complete(dream, DREAM_DEFAULTS))
    return find_viewer(by) if stands else None


def find_already_told(entry, ids):
    """Return those of ``ids`` who were told of this act before, read or unread."""
    about = entry["about"].get(KINDS[entry["told"]].about)
    return {*db.notifications.distinct("dreamer_id", {
        "dreamer_id": {"$in": [*ids]}, "at": {"$gte": entry["_id"].generation_time - CLOCK_SKEW},
        "kind": entry["told"], "acts.about": about})}


JOBS.update((f"tell_{kind}", tell_followers) for kind in AUDIENCES)
