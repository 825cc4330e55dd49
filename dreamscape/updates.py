"""Updates: what a dreamer tells about a dream later, with a picture or without.

The update with the state STORY is the dream's story. It is shown in a place of its own, so the
list and the card leave it out.
"""
from datetime import UTC, datetime, timedelta
from itertools import chain

from pymongo.errors import DuplicateKeyError

from dreamscape.database import (
    AUTHOR_FIELDS, NEWEST_FIRST, STORY, UPDATE_DEFAULTS, complete, db, find_batches,
    find_with_authors, indexed_text, page_stages, parse_cursor, set_or_unset,
    split_page,
)
from dreamscape.dreamers import complete_author
from dreamscape.dreams import update_counts
from dreamscape.followers import notify_followers
from dreamscape.pictures import remove_with_picture, save_picture
from dreamscape.slugs import new_id
from dreamscape.subjects import add_subject
from dreamscape.text import idempotency_key
from dreamscape.visibility import listed_query, visible_query


# Reading #####################################################################

UPDATES_PAGE = 10
UPDATE_FIELDS = dict.fromkeys(UPDATE_DEFAULTS, 1)
CARD_LENGTH = 200  # characters of the newest update, on a card
CARD_AGE = timedelta(days=30)


def complete_update(document):
    """Return an update with its author, and with defaults for missing keys."""
    return complete(document, UPDATE_DEFAULTS) | {
        "created_at": document["_id"].generation_time, "author": complete_author(document)}


def find_update(query):
    """Return a complete update with its author, or None; it may be a story."""
    found = find_with_authors("updates", query, NEWEST_FIRST, 1, UPDATE_FIELDS | AUTHOR_FIELDS)
    return next(map(complete_update, found), None)


def updates_parts(dream, viewer, cursor):
    """Return the parts of find_together for a page of a dream's updates: see read_updates."""
    visible = {"dream_id": dream["_id"]} | visible_query(viewer)
    page = parse_cursor(cursor, NEWEST_FIRST) | visible | {"state": {"$ne": STORY}}
    fields = {"$project": UPDATE_FIELDS}
    return {"updates": ("updates", [*page_stages(page, NEWEST_FIRST, UPDATES_PAGE + 1), fields]),
            "story": ("updates", [{"$match": visible | {"state": STORY}}, fields])}


def read_updates(dream, found):
    """Return {updates, updates_cursor, story} from what updates_parts found.

    updates: those that the viewer may see, newest first; story: the dream's, in whatever state the
    dream is, or None. Their author is the dream's.
    """
    complete_ones = {name: [complete_update(update | {"author": [dream["author"]]})
                            for update in found[name]] for name in ("updates", "story")}
    updates, cursor = split_page(complete_ones["updates"], UPDATES_PAGE)
    return {"updates": updates, "updates_cursor": cursor,
            "story": next(iter(complete_ones["story"]), None)}


def read_path(dream, updates, cursor, next_cursor):
    """Return a page of a dream's path, newest first: its updates and its found needs.

    updates, next_cursor: as of read_updates; cursor: that of the page. A need is on the page of
    the update before it.
    """
    newer = parse_cursor(cursor, NEWEST_FIRST).get("_id")
    start = updates[-1]["created_at"] if next_cursor else None
    found = [need for need in dream["needs"] or () if need.get("found_at")
             and not (newer and need["found_at"] >= newer["$lt"].generation_time)
             and not (start and need["found_at"] < start)]
    return sorted([*updates, *found], reverse=True,
                  key=lambda step: step.get("found_at") or step["created_at"])


def find_card_update(dream):
    """Return {id, body, at} of a dream's newest update if it is newer than CARD_AGE, or None."""
    newest = dream["newest_update"]
    return newest if newest and newest["at"] > datetime.now(UTC) - CARD_AGE else None


# Changing ####################################################################


def add_update(dreamer, dream, body, key="", **fields):
    """Add an update, and tell the followers; return its id, or None if the dream was deleted.

    Idempotent. key: the idempotency key of the form; without one, equal text counts as the same
    update. fields: further ones; with the state STORY the helpers are told too that it came true,
    and a dream that has a story keeps it: its id is returned.
    """
    once = idempotency_key(str(dreamer["_id"]), body, *filter(None, [key]))
    update = {"_id": new_id(dream), "dream_id": dream["_id"], "dreamer_id": dreamer["_id"],
              "body": body, "once": once, **fields}
    try:
        db.updates.insert_one(update)
    except DuplicateKeyError:
        same = [{"once": indexed_text(once)}]
        same += [{"state": STORY}] if fields.get("state") == STORY else []
        first = db.updates.find_one({"dream_id": dream["_id"], "$or": same})
        # None if it was deleted between the two calls.
        return first["_id"] if first else add_update(dreamer, dream, body, key, **fields)
    if not update_counts(dream["_id"], {"$inc": {"updates": 1}}):
        db.updates.delete_one({"_id": update["_id"]})
        return None
    set_newest_update(dream["_id"])
    notify_followers("came_true" if fields.get("state") == STORY else "update", dream,
                     {"update_id": update["_id"]}, dreamer)
    return update["_id"]


def set_update(update, body):
    """Change an update's text; return its id, or None if the dream has another of the same."""
    once = idempotency_key(str(update["dreamer_id"]), body)
    try:
        db.updates.update_one({"_id": update["_id"]}, {"$set": {
            "body": body, "once": once, "edited_at": datetime.now(UTC)}, "$unset": {"cleared": ""}})
    except DuplicateKeyError:
        return None
    set_newest_update(update["dream_id"])
    return update["_id"]


def save_update_picture(form, update_id):
    """Set, change or remove an update's picture as its form asks; return why not, or ().

    The words are stored by then, and stay.
    """
    update = find_update({"_id": update_id})
    is_asked = form.picture.data or form.remove.data or (update and update["picture"])
    if not update or not is_asked or save_picture(form, "updates", update, form.alt.data or ""):
        return ()
    return ["Its picture wasn't saved.", *form.picture.errors]


def remove_update(update):
    """Delete an update with its picture; return whether it was there."""
    deleted = remove_with_picture("updates", update)
    if deleted and not deleted.get("hidden"):
        count_update(update, -1)
    return bool(deleted)


def count_update(update, step):
    """Add ``step`` to the count of updates of a dream, and set its newest one."""
    update_counts(update["dream_id"], {"$inc": {"updates": step}})
    set_newest_update(update["dream_id"])


def remove_updates(query):
    """Delete updates with their pictures; no counts are mended, as their dreams go too."""
    pictured = find_batches("updates", query | {"picture": {"$gt": ""}}, {"picture": 1})
    for update in chain.from_iterable(pictured):
        remove_with_picture("updates", update)
    db.updates.delete_many(query)


# The newest one ##############################################################

NEWEST_TRIES = 10


def set_newest_update(dream_id):
    """Set a dream's newest_update from the collection; return 1 if it was wrong, else 0.

    {id, body (CARD_LENGTH characters at most), at} of the newest visible one with words, or none.
    Compare-and-set: if another change sets it meanwhile, it is read again.
    """
    for _ in range(NEWEST_TRIES):
        dream = db.dreams.find_one({"_id": dream_id}, {"newest_update": 1}) or {}
        stored, newest = dream.get("newest_update"), find_newest_update(dream_id)
        if not dream or stored == newest:
            return 0
        if db.dreams.update_one({"_id": dream_id, "newest_update": stored},
                                set_or_unset({"newest_update": newest})).matched_count:
            return 1
    return 0


def find_newest_update(dream_id):
    """Return what newest_update of a dream should be, or None."""
    written = {"dream_id": dream_id, "state": {"$ne": STORY}, "body": {"$nin": ["", None]}}
    newest = db.updates.find_one(written | listed_query(), {"body": 1}, sort=NEWEST_FIRST)
    return newest and {"id": newest["_id"], "body": newest["body"][:CARD_LENGTH],
                       "at": newest["_id"].generation_time}


# Not of_dream, with which they would be deleted without their pictures.
add_subject("updates", exported=True, moderated=("body", "helped", "took", "advice", "picture_alt"),
            when_dream_goes=lambda dream_id: remove_updates({"dream_id": dream_id}),
            when_leaving=lambda dreamer: remove_updates({"dreamer_id": dreamer["_id"]}))
