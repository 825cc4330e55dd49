"""Dreamers: reading and updating their documents, and the steps of their profile."""
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from dreamscape.database import (
    AUTHOR_DEFAULTS, DREAMER_DEFAULTS, NEWEST_FIRST, add_subject, complete, db,
)
from dreamscape.visibility import may_see_dreamer


# Documents ###################################################################


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
    return db.dreamers.find_one(query)


def find_dreamer(query):
    """Return a complete dreamer, or None."""
    document = db.dreamers.find_one(query)
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

    After a change of the address the note of the old one counts no more.
    """
    own = filter(None, (dreamer.get("email"), dreamer.get("unconfirmed_email")))
    return dreamer["failed_email"] if dreamer.get("failed_email") in own else ""


def set_dreamer(dreamer, fields):
    """Update fields of a dreamer; False if the email address belongs to another account."""
    try:
        db.dreamers.update_one({"_id": dreamer["_id"]}, {"$set": fields})
    except DuplicateKeyError:
        return False
    return True


# Profile #####################################################################

STAGES = {"profile_about": "About you", "profile_picture": "Picture",
          "profile_skills": "Skills and experiences", "profile_interests": "Interests"}
SUGGESTED_TERMS = 100  # of the datalist of a field
SUGGESTING_DREAMERS = 500  # the newest dreamers, whose terms are suggested
TERM_FIELDS = ("skills", "experiences")


def find_suggested_terms(field):
    """Return the skills or experiences of the newest dreamers, the most frequent first."""
    groups = db.dreamers.aggregate([
        {"$sort": dict(NEWEST_FIRST)}, {"$limit": SUGGESTING_DREAMERS},
        {"$match": {"ends_at": None}}, {"$unwind": f"${field}"},
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
add_subject("dreamers", moderated=("bio", "location"))
