"""Dreamers: reading and updating their documents, and the steps of their profile."""
from itertools import chain

from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from dreamscape.database import (
    AUTHOR_DEFAULTS, DREAMER_DEFAULTS, NEWEST_FIRST, complete, db, find_batches, page_stages,
)
from dreamscape.subjects import add_subject
from dreamscape.text import fold_case, index_words, matching_words
from dreamscape.together import find_together
from dreamscape.visibility import listed_dreamers_query, may_see_dreamer


# Documents ###################################################################

TERM_FIELDS = ("skills", "experiences")
WORD_FIELDS = ("first_name", "last_name", "location", *TERM_FIELDS)  # by which people are found
# A projection: hundreds of strings that only searches need.
WITHOUT_WORDS = {"words": 0, "help_words": 0}


def complete_dreamer(document):
    """Return a dreamer with defaults for missing keys; {} stands for a deleted account."""
    return complete_name(complete(document, DREAMER_DEFAULTS))


def complete_author(document):
    """Return the fields of a byline, from the author that JOIN_AUTHOR added to a document."""
    author = next(iter(document.get("author") or []), {})
    return complete_name({key: author.get(key) or default
                          for key, default in AUTHOR_DEFAULTS.items()})


def complete_name(dreamer):
    """Set a dreamer's display name, and a slug if it is missing; return the dreamer."""
    if dreamer["_id"]:
        dreamer["slug"] = dreamer["slug"] or str(dreamer["_id"])
    default = "Someone" if dreamer["_id"] else "Someone who has left"
    dreamer["name"] = f"{dreamer['first_name']} {dreamer['last_name']}".strip() or default
    return dreamer


def find_dreamer_document(query):
    """Return a dreamer's document as stored, without defaults, or None."""
    return db.dreamers.find_one(query, WITHOUT_WORDS)


def find_dreamer(query):
    """Return a complete dreamer, or None."""
    document = db.dreamers.find_one(query, WITHOUT_WORDS)
    return document and complete_dreamer(document)


def find_visible_dreamer(viewer, query):
    """Return a complete dreamer, or None if there is none or the viewer may not see them."""
    dreamer = find_dreamer(query)
    return dreamer if dreamer and may_see_dreamer(viewer, dreamer) else None


def email_of(dreamer):
    """Return a dreamer's confirmed email address, else the unconfirmed one, else ""."""
    return dreamer.get("email") or dreamer.get("unconfirmed_email") or ""


def undeliverable_email(dreamer):
    """Return the address of a dreamer that the mail server refused, or "".

    A note about a former address doesn't count.
    """
    own = filter(None, (dreamer.get("email"), dreamer.get("unconfirmed_email")))
    return dreamer["failed_email"] if dreamer.get("failed_email") in own else ""


MAX_BLOCKS = 1_000  # that one dreamer makes
MAX_BLOCKED_BY = 4_000  # the newest blocks of a dreamer, whose makers they don't see


def find_viewer(document):
    """Return a complete dreamer with ``apart``, which is read only where there may be blocks."""
    viewer = complete_dreamer(document)
    return viewer | {"apart": find_apart(viewer)} if viewer.get("has_blocks") else viewer


def find_apart(viewer):
    """Return the ids of those whom the viewer blocks and of those who block them, in one call."""
    def grouped_stages(key, other, size):
        """Return the stages for one document with the ids; several would need further calls."""
        return [*page_stages({key: viewer["_id"]}, NEWEST_FIRST, size),
                {"$group": {"_id": None, "ids": {"$push": other}}}]

    found = find_together({
        "blocked": ("blocks", grouped_stages("dreamer_id", "$blocked_id", MAX_BLOCKS)),
        "blocked by": ("blocks", grouped_stages("blocked_id", "$dreamer_id", MAX_BLOCKED_BY))})
    return frozenset(dreamer_id for groups in found.values() for group in groups
                     for dreamer_id in group["ids"])


def folded_terms(fields):
    """Return the skills_folded and experiences_folded of fields that hold terms."""
    return {f"{name}_folded": list(map(fold_case, fields[name]))
            for name in TERM_FIELDS if name in fields}


def set_dreamer(dreamer, fields):
    """Update fields of a dreamer; False if the email address belongs to another account.

    The search words and folded terms change in the same operation.
    """
    words = word_fields(dreamer | fields) if {*WORD_FIELDS} & {*fields} else {}
    try:
        document = db.dreamers.find_one_and_update(
            {"_id": dreamer["_id"]}, {"$set": fields | folded_terms(fields) | words},
            dict.fromkeys((*WORD_FIELDS, *words), 1), return_document=ReturnDocument.AFTER)
    except DuplicateKeyError:
        return False
    if words and document:
        # The dreamer was read before: another tab may have changed other fields since.
        set_dreamer_words(document)
    return True


# Search words ################################################################


def dreamer_words(dreamer):
    """Return a dreamer's search words: of their name, place, skills and experiences."""
    values = (dreamer.get(name) or "" for name in WORD_FIELDS)
    texts = ([value] if isinstance(value, str) else value for value in values)
    return index_words("\n".join(chain.from_iterable(texts)))


def terms_of(dreamer):
    """Return a dreamer's skills and experiences, in one list."""
    return [term for field in TERM_FIELDS for term in dreamer.get(field) or ()]


def word_fields(dreamer):
    """Return the fields with a dreamer's tokens: for searches, and for needs they could meet."""
    return {"words": dreamer_words(dreamer),
            "help_words": sorted(matching_words(terms_of(dreamer)))}


def set_dreamer_words(dreamer):
    """Set the tokens of a document as stored; return 1 if they were wrong, else 0."""
    fields = word_fields(dreamer)
    is_right = all((dreamer.get(name) or []) == words for name, words in fields.items())
    return 0 if is_right else update_words(dreamer, fields)


def update_words(dreamer, fields):
    """Store the word_fields of a dreamer, a document as stored; return 1 if they were, else 0.

    If the fields they are made of change concurrently, that change sets the tokens.
    """
    unchanged = {name: dreamer.get(name) for name in ("_id", *WORD_FIELDS)}
    return db.dreamers.update_one(unchanged, {"$set": fields}).modified_count


def add_missing_help_words():
    """Set the tokens of dreamers from before there were help_words."""
    for batch in find_batches("dreamers", {"help_words": None}, dict.fromkeys(WORD_FIELDS, 1)):
        for dreamer in batch:
            update_words(dreamer, word_fields(dreamer))


# Profile #####################################################################

STAGES = {"profile_about": "About you", "profile_picture": "Picture",
          "profile_skills": "Skills and experiences", "profile_interests": "Interests"}
SUGGESTED_TERMS = 100  # of the datalist of a field
SUGGESTING_DREAMERS = 500  # the newest dreamers, whose terms are suggested


def find_suggested_terms(viewer, field):
    """Return the skills or experiences of the newest dreamers, the most frequent first."""
    groups = db.dreamers.aggregate([
        {"$sort": dict(NEWEST_FIRST)}, {"$limit": SUGGESTING_DREAMERS},
        {"$match": listed_dreamers_query(viewer)}, {"$unwind": f"${field}"},
        {"$group": {"_id": f"${field}", "count": {"$sum": 1}}},
        {"$sort": {"count": DESCENDING, "_id": ASCENDING}}, {"$limit": SUGGESTED_TERMS}])
    return [group["_id"] for group in groups]


def unfinished_stages(dreamer):
    """Return the stages in which a dreamer has filled in nothing, in order."""
    values = {"profile_about": dreamer["bio"] or dreamer["location"],
              "profile_picture": dreamer["picture"],
              "profile_skills": dreamer["skills"] or dreamer["experiences"],
              "profile_interests": dreamer["interests"]}
    return [stage for stage in STAGES if not values[stage]]


# leaving.py exports and deletes the dreamer's own document.
add_subject("dreamers", moderated=("bio", "location", *TERM_FIELDS))
