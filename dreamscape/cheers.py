"""Cheers: one tap of encouragement on a dream, taken back by another."""
from itertools import chain

from pymongo.errors import DuplicateKeyError

from dreamscape.database import db, find_batches
from dreamscape.dreams import update_counts
from dreamscape.notifications import notify
from dreamscape.subjects import add_subject


def set_cheering(viewer, dream, wanted):
    """Cheer a dream, or take that back; False if the dream doesn't exist. Idempotent.

    The unique index decides whether the count changes, so two tabs count once.
    """
    edge = {"dreamer_id": viewer["_id"], "dream_id": dream["_id"]}
    try:
        changed = (db.cheers.insert_one({**edge}).inserted_id if wanted
                   else db.cheers.delete_one(edge).deleted_count)
    except DuplicateKeyError:
        return True
    answered = {"$set": {"unanswered": False}} if wanted else {}
    step = {"$inc": {"cheers": 1 if wanted else -1}}
    cheered = not changed or update_counts(dream["_id"], step | answered)
    if not cheered:
        db.cheers.delete_one(edge)
    elif changed and wanted:
        about = {"dream_id": dream["_id"], "cheer_id": changed}
        notify("cheer", cheered["dreamer_id"], about, viewer)
    return bool(cheered)


def remove_cheers(dreamer):
    """Take all cheers of a dreamer back."""
    mine = {"dreamer_id": dreamer["_id"]}
    for cheer in chain.from_iterable(find_batches("cheers", mine, {"dream_id": 1})):
        set_cheering(dreamer, {"_id": cheer.get("dream_id")}, False)
    # Incomplete documents, which set_cheering doesn't match.
    db.cheers.delete_many(mine)


add_subject("cheers", exported=True, of_dream="dream_id", when_leaving=remove_cheers)
