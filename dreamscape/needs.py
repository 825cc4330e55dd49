"""What a dream needs: adding, editing and finding its needs; who needs it is in matching.py.

A need is {id, text, since, found_at (missing or None while it is open)}, one of a dream's
``needs``. Their words and the newest open one are stored in the dream too: see need_fields.
"""
from datetime import UTC, datetime

from bson import ObjectId

from dreamscape.database import db, set_or_unset
from dreamscape.text import fold_case, matching_words

NEEDS = 5  # of a dream
NEED_LENGTH = 80  # characters
UPDATE_TRIES = 20  # of an update while others change the same needs


# Reading #####################################################################


def is_living(dream):
    """Return whether a dream can be helped: not one that came true, rests or was let go."""
    return dream["state"] in ("dreaming", "under-way")


def open_needs(dream):
    """Return the needs of a dream that nobody has met yet."""
    return [need for need in dream.get("needs") or () if not need.get("found_at")]


def find_need(dream, need_id):
    """Return a dream's need by its id, or None."""
    return next((need for need in dream.get("needs") or () if need["id"] == need_id), None)


def need_texts(dream):
    """Return the words of a dream's needs, found ones included."""
    return [need["text"] for need in dream.get("needs") or ()]


def need_fields(needs):
    """Return the fields of a dream with these needs; a None means that it has no such field.

    need_words: the tokens of its open needs; needed_at: the id of the newest of them.
    """
    still_open = open_needs({"needs": needs})
    ids = [ObjectId(need["id"]) for need in still_open]
    return {"needs": needs, "need_words": sorted(matching_words(need_texts({"needs": still_open}))),
            "needed_at": max(ids, default=None)}


# Editing #####################################################################


def edited_needs(needs, texts, helped_ids=()):
    """Return the needs after an edit of their words.

    A need keeps its id where its words are the same, else where its place is. helped_ids: of
    needs with an accepted offer: these are found once their words are gone.
    """
    kept = pair_by_words(needs, texts)
    taken = {need["id"] for need in kept.values()}
    for place, text in enumerate(texts):
        need = needs[place] if place < len(needs) else None
        if place not in kept and need and need["id"] not in taken and (
                need["id"] not in helped_ids or have_words_in_common(need["text"], text)):
            kept[place] = need
            taken.add(need["id"])
    now = datetime.now(UTC)
    found = [need | {"found_at": need.get("found_at") or now} for need in needs
             if need["id"] in helped_ids and need["id"] not in taken]
    return [kept.get(place, {"id": str(ObjectId()), "since": now, "found_at": None})
            | {"text": text} for place, text in enumerate(texts)] + found


def pair_by_words(needs, texts):
    """Return {place in texts: need} for the needs whose words are among the texts."""
    places = {fold_case(text): place for place, text in enumerate(texts)}
    pairs = ((places.get(fold_case(need["text"])), need) for need in needs)
    return {place: need for place, need in pairs if place is not None}


def have_words_in_common(text, other):
    """Return whether two texts share a word by which needs match."""
    return not {*matching_words([text])}.isdisjoint(matching_words([other]))


def find_helped_ids(dream):
    """Return the ids of a dream's needs with an accepted offer, or with help that is done."""
    helped = {"dream_id": dream["_id"], "state": {"$in": ["accepted", "done"]}}
    return {*db.offers.distinct("need_id", helped)}


# Storing #####################################################################


def update_needs(dream_id, change, fields=None, only=()):
    """Update a dream's needs by ``change(needs)``, with other fields; return it as before.

    None if the dream is gone or doesn't match ``only``, a query, or if ``change`` returns None.
    Compare-and-set: if the needs change concurrently, ``change`` is called again. May raise
    DuplicateKeyError for ``fields``.
    """
    query = {"_id": dream_id, **dict(only)}
    for _ in range(UPDATE_TRIES):
        dream = db.dreams.find_one(query, {"needs": 1})
        needs = change(dream.get("needs") or []) if dream else None
        if needs is None:
            return None
        result = db.dreams.update_one(query | {"needs": dream.get("needs")},
                                      set_or_unset((fields or {}) | need_fields(needs)))
        if result.matched_count:
            return dream
    return None


def set_need_fields(dream):
    """Set the fields made of a stored dream's needs; return 1 if they were wrong, else 0.

    If the needs change concurrently, that change sets the fields.
    """
    fields = need_fields(dream.get("needs") or [])
    del fields["needs"]
    # A dream from before there were needs lacks the words.
    stored = {"need_words": dream.get("need_words") or [], "needed_at": dream.get("needed_at")}
    if stored == fields:
        return 0
    unchanged = {"_id": dream["_id"], "needs": dream.get("needs")}
    return db.dreams.update_one(unchanged, set_or_unset(fields)).modified_count
