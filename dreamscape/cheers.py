"""Cheers: one tap of encouragement on a dream, taken back by another."""
from itertools import chain

from pymongo.errors import DuplicateKeyError

from dreamscape.database import db, find_batches
from dreamscape.dreams import update_counts
from dreamscape.notifications import notify
from dreamscape.subjects import add_subject
from dreamscape.visibility import is_unconfirmed


def set_cheering(viewer, dream, wanted):
    """Cheer a dream, or take that back; False if the dream doesn't exist. Idempotent.

    The unique index decides whether the count changes, so two tabs count once. An unconfirmed
    dreamer's cheer counts once they are confirmed.
    """
    edge = {"dreamer_id": viewer["_id"], "dream_id": dream["_id"]}
    if not wanted:
        removed = db.cheers.find_one_and_delete(edge)
        step = 0 if removed and removed.get("uncounted") else -1
        return bool(not removed or update_cheers(dream["_id"], step))
    uncounted = {"uncounted": True} if is_unconfirmed(viewer) else {}
    try:
        cheer_id = db.cheers.insert_one(edge | uncounted).inserted_id
    except DuplicateKeyError:
        return True
    cheered = update_cheers(dream["_id"], 0 if uncounted else 1)
    if not cheered:
        db.cheers.delete_one(edge)
    elif not uncounted:
        add_cheer_notice(viewer, cheered, cheer_id)
    return bool(cheered)


def update_cheers(dream_id, step):
    """Add ``step`` to a dream's count of cheers; return it, or None if it doesn't exist.

    A cheer is a first word, so the dream doesn't wait for one any more.
    """
    answered = {"$set": {"unanswered": False}} if step > 0 else {}
    return update_counts(dream_id, {"$inc": {"cheers": step}} | answered)


def add_cheer_notice(dreamer, dream, cheer_id):
    """Tell the dreamer of a dream, a document with _id and dreamer_id, that it was cheered."""
    notify("cheer", dream["dreamer_id"], {"dream_id": dream["_id"], "cheer_id": cheer_id}, dreamer)


def count_cheer(dreamer, cheer):
    """Count and tell of a cheer that was uncounted: see count_edges."""
    if cheered := update_cheers(cheer["dream_id"], 1):
        add_cheer_notice(dreamer, cheered, cheer["_id"])


def remove_cheers(dreamer):
    """Take all cheers of a dreamer back."""
    mine = {"dreamer_id": dreamer["_id"]}
    for cheer in chain.from_iterable(find_batches("cheers", mine, {"dream_id": 1})):
        set_cheering(dreamer, {"_id": cheer.get("dream_id")}, False)
    # Incomplete documents, which set_cheering doesn't match.
    db.cheers.delete_many(mine)


add_subject("cheers", exported=True, of_dream="dream_id", when_leaving=remove_cheers)
