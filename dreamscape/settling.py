"""Offers that end by themselves: with their dream, with an account, or after weeks unanswered.

Those that end with a dream may open again with it.
"""
from datetime import UTC, datetime
from itertools import chain

from dreamscape.database import complete, db, find_batches
from dreamscape.help import (
    ANSWER_TIME, OFFER_DEFAULTS, OPEN, set_state, take_step, undo_step,
)
from dreamscape.mail import JOBS, add_job
from dreamscape.subjects import add_subject
from dreamscape.visibility import is_shown


# Dreams ######################################################################

SETTLED = 50  # offers that close or open again in a request, and in each part of a job
SETTLING = {  # job: (the offers it changes, how)
    "close_offers": ({"state": {"$in": [*OPEN]}}, take_step),
    "reopen_offers": ({"state": "closed", "dreamer_id": {"$ne": None}}, undo_step),
}


def close_offers(dream_id):
    """Close the open offers to a dream, and tell both people; can be repeated."""
    start_settling("close_offers", dream_id)


def reopen_offers(dream_id):
    """Open the offers again that closed with a dream, and tell both people.

    Does nothing while it is still hidden or private.
    """
    if find_shown_dream(dream_id):
        start_settling("reopen_offers", dream_id)


def update_orphaned_offers(dream_id):
    """Close the open offers to a dream that goes; thanks withheld while it was hidden stay so."""
    if db.dreams.find_one({"_id": dream_id, "hidden": {"$ne": None}}, {"_id": 1}):
        set_withheld(dream_id)
    close_offers(dream_id)


def set_withheld(dream_id):
    """Withhold the thanks for help with a dream for good, those to come too."""
    db.offers.update_many({"dream_id": dream_id}, {"$set": {"withheld": True}})


def find_shown_dream(dream_id):
    """Return {_id, hidden, audience} of a dream that is neither hidden nor private, or None."""
    dream = db.dreams.find_one({"_id": dream_id}, {"hidden": 1, "audience": 1})
    return dream if dream and is_shown(dream) else None


def start_settling(job, dream_id):
    """Close or reopen the first offers to a dream now, and the others in the outbox."""
    if after := update_offers(job, dream_id, None):
        add_job(job, dream_id=dream_id, after=after)


def update_offers(job, dream_id, after):
    """Close or reopen SETTLED offers to a dream; return the last one's _id, None at the end."""
    only, change = SETTLING[job]
    query = {"dream_id": dream_id} | only | ({"_id": {"$gt": after}} if after else {})
    offers = list(db.offers.find(query).sort("_id", 1).limit(SETTLED))
    for offer in offers:
        change(complete(offer, OFFER_DEFAULTS), "close")
    return offers[-1]["_id"] if len(offers) == SETTLED else None


def update_more_offers(entry):
    """Do a part of a job of SETTLING, unless that was undone for the dream meanwhile."""
    if bool(find_shown_dream(entry["dream_id"])) != (entry["kind"] == "reopen_offers"):
        return None
    after = update_offers(entry["kind"], entry["dream_id"], entry["after"])
    return {"after": after} if after else None


JOBS.update(dict.fromkeys(SETTLING, update_more_offers))


def lapse_offers():
    """Let the offers lapse that nobody has answered for ANSWER_TIME; return how many."""
    unanswered = {"changed_at": {"$lte": datetime.now(UTC) - ANSWER_TIME}}
    batches = find_batches("offers", unanswered | {"state": "offered"}, None)
    return sum(take_step(complete(offer, OFFER_DEFAULTS), "lapse", only=unanswered)
               for offer in chain.from_iterable(batches))


# Blocks ######################################################################


def update_blocked_offers(blocks):
    """Withdraw the open offers between people of whom one blocks the other; return how many.

    Those that closed with a dream, too, which may open again with it. Nobody is told: neither sees
    them any more, and would have no other way to end them.
    """
    pairs = {(block.get("dreamer_id"), block.get("blocked_id")) for block in blocks}
    pairs |= {(second, first) for first, second in pairs}
    ids = [*{helper_id for helper_id, _ in pairs if helper_id}]
    query = {"dreamer_id": {"$in": ids}, "owner_id": {"$in": ids},
             "state": {"$in": [*OPEN, "closed"]}}
    fields = {"dreamer_id": 1, "owner_id": 1, "state": 1}
    return sum(set_state(offer, offer["state"], "withdrawn", was=offer["state"])
               for offer in chain.from_iterable(find_batches("offers", query, fields))
               if (offer["dreamer_id"], offer["owner_id"]) in pairs)


# Leaving #####################################################################


def remove_help_of(dreamer):
    """End the offers of a deleted account; they stay for the other, without the name.

    Those that nobody has a part in any more are deleted. So are the words of the dreams.
    """
    helper, owner = {"dreamer_id": dreamer["_id"]}, {"owner_id": dreamer["_id"]}
    for offer in chain.from_iterable(find_batches("offers", {"$or": [helper, owner]}, None)):
        take_step(complete(offer, OFFER_DEFAULTS), "close")
    db.offers.delete_many({"$or": [helper | {"owner_id": None}, owner | {"dreamer_id": None}]})
    db.offers.update_many(helper, {"$set": {"dreamer_id": None}})
    db.offers.update_many(owner, {"$set": {"owner_id": None, "title": "", "need": ""}})


add_subject("offers", exported=True, owners=("dreamer_id", "owner_id"), when_leaving=remove_help_of,
            when_dream_goes=update_orphaned_offers)
