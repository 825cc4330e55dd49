"""Dreams: queries, trending score and counts, and adding, updating and removing them."""
import math
import secrets
from datetime import UTC, datetime
from itertools import chain

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from dreamscape.database import (
    AUTHOR_FIELDS, COUNTS, DREAM_DEFAULTS, DREAM_TEXTS, NEWEST_FIRST, complete, db,
    find_batches, find_with_authors, indexed_text, page_stages, parse_cursor,
)
from dreamscape.dreamers import complete_author, complete_dreamer
from dreamscape.limits import add_use_if_left
from dreamscape.needs import (
    edited_needs, find_helped_ids, find_need, need_texts, update_needs,
)
from dreamscape.pictures import remove_with_picture
from dreamscape.slugs import LINK_SLUG, is_slug_of, new_id, set_slugs_orphaned, set_slug
from dreamscape.subjects import SUBJECTS, add_subject, remove_dream_documents
from dreamscape.text import index_words
from dreamscape.topics import topic_name
from dreamscape.visibility import is_led_to, may_see, visible_query


# Documents ###################################################################

CARD_FIELDS = dict.fromkeys(("slug", *DREAM_DEFAULTS), 1) | AUTHOR_FIELDS


def complete_dream(document):
    """Return a dream with its author, and with defaults for missing keys."""
    return complete(document, DREAM_DEFAULTS) | {
        "slug": document.get("slug") or str(document["_id"]),
        "created_at": document["_id"].generation_time,
        "author": complete_author(document),
    }


def find_dreams(query, order, size):
    """Return at most ``size`` complete dreams with their authors."""
    return list(map(complete_dream, find_with_authors("dreams", query, order, size, CARD_FIELDS)))


def find_dream(query):
    """Return a complete dream with its author, or None."""
    return next(iter(find_dreams(query, NEWEST_FIRST, 1)), None)


def find_visible_dream(viewer, query):
    """Return a complete dream, or None if there is none or the viewer may not see it."""
    dream = find_dream(query)
    return dream if dream and may_see(viewer, dream) else None


def find_dream_of(viewer, document, paths):
    """Return the dream of a comment or an update; None if the viewer may not be led to it.

    paths: those of the request: see is_led_to.
    """
    dream = find_visible_dream(viewer, {"_id": document["dream_id"]})
    return dream if dream and is_led_to(viewer, dream, document, paths) else None


def dreams_of_stages(dreamer, viewer, cursor):
    """Return the stages for a page of a dreamer's dreams that the viewer may see."""
    position = parse_cursor(cursor, NEWEST_FIRST)
    query = position | {"dreamer_id": dreamer["_id"]} | visible_query(viewer)
    return [*page_stages(query, NEWEST_FIRST, FEED_PAGE + 1), {"$project": CARD_FIELDS}]


# Score and counts ############################################################

HALF_LIFE = 36 * 3_600  # seconds
COUNTED_UPDATES, COUNTED_COMMENTS = 10, 30  # counted at most: writing alone leads nobody to the top
SCORED = ("followers", "comments", "cheers", "updates", "thanked", "needs")  # see trend_score
NO_COUNTS = {count: 0 for collection, count, *_ in COUNTS if collection == "dreams"}
SCORE_FIELDS = dict.fromkeys((*SCORED, "recent_comments", "dreamer_id"), 1)


def trend_score(dream):
    """Return the trending score: log2(1 + points) + creation time / HALF_LIFE.

    points: 1 for each cheer and comment (COUNTED_COMMENTS at most), 2 for each follower, 3 for
    each update (COUNTED_UPDATES at most), 4 for each need that was met, 5 for each thanks: what
    moves counts more than who watches. A dream created HALF_LIFE later needs half the points for
    the same score. Adding the creation time instead of subtracting the age means that the score
    changes only with the counts, so it can be stored and indexed. Reddit's "hot" of 2008 does so
    with log10; the general idea is forward decay (Cormode, Shkapenyuk, Srivastava and Xu, ICDE
    2009). Limit: a dream that gains points while somebody pages moves to an earlier page, so they
    may miss it.
    """
    counts = {name: max(0, dream.get(name) or 0) for name in SCORED if name != "needs"}
    met = sum(bool(need.get("found_at")) for need in dream.get("needs") or ())
    points = (counts["cheers"] + min(counts["comments"], COUNTED_COMMENTS)
              + 2 * counts["followers"] + 3 * min(counts["updates"], COUNTED_UPDATES)
              + 4 * met + 5 * counts["thanked"])
    return math.log2(1 + points) + dream["_id"].generation_time.timestamp() / HALF_LIFE


def update_counts(dream_id, change):
    """Apply an update to a dream's counts, then update its score; return the dream or None."""
    return set_score(db.dreams.find_one_and_update({"_id": dream_id}, change, SCORE_FIELDS,
                                                   return_document=ReturnDocument.AFTER))


def set_score(dream):
    """Set the score of a dream, a document with SCORE_FIELDS or None; return the document."""
    if dream:
        # If the counts changed concurrently this matches nothing: that request sets the score.
        unchanged = {key: dream.get(key) for key in ("_id", *SCORED)}
        db.dreams.update_one(unchanged, {"$set": {"score": trend_score(dream)}})
    return dream


def update_score(dream_id):
    """Set the score of a dream whose needs changed."""
    set_score(db.dreams.find_one({"_id": dream_id}, SCORE_FIELDS))


# Changing dreams #############################################################

FEED_PAGE = 20  # dreams
EDITED_FIELDS = (*DREAM_TEXTS, "topics", "comments_enabled", "audience")  # and needs


def dream_words(dream, author_name):
    """Return a dream's search words: of its texts, needs and topics, and its author's name."""
    topics = [topic_name(topic) for topic in dream["topics"]]
    texts = [dream.get(field) or "" for field in SUBJECTS["dreams"].searched]
    text = " ".join([*texts, *topics, *need_texts(dream)])
    return index_words(text) + index_words(author_name, "@")


def slug_text(fields):
    """Return the text of a dream's slug: its title, after a random one if it's shared by link."""
    is_link = fields.get("audience") == "link"
    return f"{secrets.token_hex(6)} {fields['title']}" if is_link else fields["title"]


def add_dream(dreamer, fields):
    """Add a dream; return its slug. Idempotent by the index on ``once``, or by a given _id."""
    dream = {"_id": new_id(fields)} | fields | NO_COUNTS | {
        "dreamer_id": dreamer["_id"], "recent_comments": [], "unanswered": True}
    dream = {name: value for name, value in dream.items() if value is not None}
    try:
        db.dreams.insert_one(dream | {"score": trend_score(dream)})
    except DuplicateKeyError:
        same = {"_id": fields["_id"]} if "_id" in fields else {"once": indexed_text(fields["once"])}
        first = find_dream({"dreamer_id": dreamer["_id"]} | same)
        if not first:
            # It was deleted between the two calls.
            return add_dream(dreamer, fields)
        has_slug = first["slug"] != str(first["_id"])  # Without one its request was interrupted.
        return first["slug"] if has_slug else set_slug("dreams", first, slug_text(fields))
    return set_slug("dreams", dream, slug_text(fields))


def set_derived_fields(dream):
    """Set the score and search words of a dream as stored; return 1 if any was wrong, else 0.

    A dream that was edited meanwhile is left as it is: its search words are new.
    """
    author = complete_dreamer(db.dreamers.find_one({"_id": dream.get("dreamer_id")}) or {})
    derived = {"score": trend_score(dream),
               "words": dream_words(complete_dream(dream), author["name"])}
    unchanged = {"_id": dream["_id"], "edited_at": dream.get("edited_at")}
    return db.dreams.update_one(unchanged, {"$set": derived}).modified_count


class EditedError(Exception):
    """A dream was edited after the form for it was shown."""


def version_of(dream):
    """Return which version of a dream a form shows, as text: a draft's number, or its edit."""
    return str(dream["version"] if dream["draft"] else dream["edited_at"] or "new")


def link_fields(dream, fields):
    """Return the field that an edit adds to a dream which it makes one by link, else {}.

    Its followers from before don't know its new, secret address, and aren't told it.
    """
    is_new = fields.get("audience") == "link" and dream["audience"] != "link"
    return {"linked_at": datetime.now(UTC)} if is_new else {}


def set_dream(dream, fields, version=""):
    """Update a dream; return its slug, or None if the dreamer has the same dream already.

    version: see version_of; EditedError if the dream has another one by now, "" for any. The ids
    of its needs stay: see edited_needs.
    """
    if version and version != version_of(dream):
        raise EditedError
    only = {"edited_at": dream["edited_at"]} if version else {}
    texts, helped_ids = need_texts(fields), find_helped_ids(dream)
    changes = fields | {"edited_at": datetime.now(UTC), "cleared": None} | link_fields(
        dream, fields)
    try:
        before = update_needs(dream["_id"], lambda needs: edited_needs(needs, texts, helped_ids),
                              changes, only)
    except DuplicateKeyError:
        return None
    if version and not before:
        raise EditedError
    return finish_edit(dream, fields)


def finish_edit(dream, fields):
    """Set the score and the slug after a dream got fields; return the slug. Idempotent.

    The edit may have been interrupted here: then its repetition finishes it.
    """
    update_score(dream["_id"])
    if has_slug_of(dream, fields):
        return dream["slug"]
    # Over the limit the title changes, but the slug stays: not if it has to be a secret, nor if it
    # was one, which everybody would know when the dream is by link again.
    is_link, was_link = (each.get("audience") == "link" for each in (fields, dream))
    is_needed = not LINK_SLUG.match(dream["slug"]) if is_link else was_link
    if is_needed or add_use_if_left("new title of a dream", dream["_id"]):
        return set_slug("dreams", dream, slug_text(fields))
    return dream["slug"]


def has_slug_of(dream, fields):
    """Return whether a dream's slug is one of these fields' title and audience."""
    chance = LINK_SLUG.match(dream["slug"]) if fields.get("audience") == "link" else None
    text = f"{chance[0]} {fields['title']}" if chance else slug_text(fields)
    return is_slug_of(dream["slug"], text, "dream")


def has_fields(dream, fields):
    """Return whether set_dream would change nothing of a dream."""
    needs = edited_needs(dream["needs"], need_texts(fields), find_helped_ids(dream))
    return needs == dream["needs"] and all(dream[name] == fields[name] for name in EDITED_FIELDS)


def set_need_found(dream, need_id, is_found):
    """Mark a need as met or open again, and set the score; return it as before, None if gone."""
    def change(needs):
        """Return the needs with the one changed; None if there is none."""
        if not find_need({"needs": needs}, need_id):
            return None
        found_at = datetime.now(UTC) if is_found else None
        return [need | {"found_at": found_at}
                if need["id"] == need_id and bool(need.get("found_at")) != is_found else need
                for need in needs]

    before = update_needs(dream["_id"], change)
    update_score(dream["_id"])
    return before and find_need(before, need_id)


def remove_dream(dream):
    """Delete a dream with all documents of it; return whether it was there.

    The dream itself is deleted last, so an interrupted deletion can be repeated.
    """
    remove_dream_documents(dream["_id"])
    set_slugs_orphaned(dream)
    is_deleted = bool(remove_with_picture("dreams", dream))
    # Again, for documents that were added concurrently.
    remove_dream_documents(dream["_id"])
    return is_deleted


def remove_dreams_of(dreamer):
    """Delete all dreams of a dreamer, each as remove_dream does."""
    mine = {"dreamer_id": dreamer["_id"]}
    for dream in chain.from_iterable(find_batches("dreams", mine, {"picture": 1, "card": 1})):
        remove_dream(dream)


def set_author_name(dreamer, new_name):
    """Update the author's name in the search words of a dreamer's dreams."""
    mine = {"dreamer_id": dreamer["_id"], "draft": None}  # drafts have no search words
    new = index_words(new_name, "@")
    db.dreams.update_many(mine, {"$addToSet": {"words": {"$each": new}}})
    # All others that begin with @, as an older version may have split the name differently.
    db.dreams.update_many(mine, {"$pull": {"words": {"$gte": "@", "$lt": "A", "$nin": new}}})


add_subject("dreams", exported=True, searched=DREAM_TEXTS,
            moderated=(*DREAM_TEXTS, "picture_alt", "needs", "thanks"),
            when_leaving=remove_dreams_of)
