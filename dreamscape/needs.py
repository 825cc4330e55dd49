"""The needs of a dream: reading, editing and storing them; matching.py finds who could help.

A need is {id, text, since, found_at (missing or None while it is open)}, one of a dream's
``needs``. Two fields derived from the open ones are stored in the dream too: see need_fields.
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
    """Return the needs of a dream that aren't marked as found."""
    return [need for need in dream.get("needs") or () if not need.get("found_at")]


def find_need(dream, need_id):
    """Return a dream's need by its id, or None."""
    return next((need for need in dream.get("needs") or () if need["id"] == need_id), None)


def need_texts(dream):
    """Return the texts of a dream's needs, found ones included."""
    return [need["text"] for need in dream.get("needs") or ()]


def need_fields(needs):
    """Return the fields of a dream with these needs; one that is None is unset.

    need_words: the tokens of its open needs; needed_at: the id of the newest of them.
    """
    still_open = open_needs({"needs": needs})
    ids = [ObjectId(need["id"]) for need in still_open]
    return {"needs": needs, "need_words": sorted(matching_words(need_texts({"needs": still_open}))),
            "needed_at": max(ids, default=None)}


# Editing #####################################################################


def edited_needs(needs, texts, helped_ids=()):
    """Return a dream's needs after an edit, one for each of the new texts.

    A need keeps its id if its text is still there; else the text in its place takes the id over.
    helped_ids: of needs with an accepted offer or help that is done. Their ids go only to a text
    that shares a word, and those without one stay at the end, marked as found.
    """
    paired = pair_by_text(needs, texts)
    paired_ids = {need["id"] for need in paired.values()}
    for place, text in enumerate(texts):
        need = needs[place] if place < len(needs) else None
        if place not in paired and need and need["id"] not in paired_ids and (
                need["id"] not in helped_ids or have_words_in_common(need["text"], text)):
            paired[place] = need
            paired_ids.add(need["id"])
    now = datetime.now(UTC)
    found = [need | {"found_at": need.get("found_at") or now} for need in needs
             if need["id"] in helped_ids and need["id"] not in paired_ids]
    return [paired.get(place, {"id": str(ObjectId()), "since": now, "found_at": None})
            | {"text": text} for place, text in enumerate(texts)] + found


def pair_by_text(needs, texts):
    """Return {place in texts: need} for the needs whose case-folded text is among the texts."""
    places = {fold_case(text): place for place, text in enumerate(texts)}
    pairs = ((places.get(fold_case(need["text"])), need) for need in needs)
    return {place: need for place, need in pairs if place is not None}


def have_words_in_common(text, other):
    """Return whether two texts share a word that counts for matching."""
    return not {*matching_words([text])}.isdisjoint(matching_words([other]))


def find_helped_ids(dream):
    """Return the ids of a dream's needs with an accepted offer, or with help that is done."""
    helped = {"dream_id": dream["_id"], "state": {"$in": ["accepted", "done"]}}
    return {*db.offers.distinct("need_id", helped)}


# Storing #####################################################################


def update_needs(dream_id, change, fields=None, only=()):
    """Update a dream's needs by ``change(needs)``, and other fields; return its old needs.

    As {_id, needs}; None if the dream was deleted or doesn't match ``only``, a query, or if
    ``change`` returns None. Compare-and-set: if the needs change concurrently, ``change`` is
    called again; after UPDATE_TRIES the dream is unchanged, and None is returned. May raise
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
    """Set the fields derived from a stored dream's needs; return 1 if they were wrong, else 0.

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
