"""Dreamers: their documents and their staged profile."""
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from dreamscape.database import (
    AUTHOR_DEFAULTS, DREAMER_DEFAULTS, NEWEST_FIRST, add_subject, complete, db,
)
from dreamscape.visibility import may_see_dreamer


# Documents ###################################################################


def complete_dreamer(document):
    """Return a dreamer with every key pages need; an empty document is one who left."""
    return complete_name(complete(document, DREAMER_DEFAULTS))


def complete_author(document):
    """Return, of the author that JOIN_AUTHOR put into a document, what a byline shows."""
    found = next(iter(document.get("author") or []), {})
    return complete_name({key: found.get(key) or missing
                          for key, missing in AUTHOR_DEFAULTS.items()})


def complete_name(dreamer):
    """Give a dreamer the name that pages show, and a slug where there is none; return them."""
    if dreamer["_id"]:
        dreamer["slug"] = dreamer["slug"] or str(dreamer["_id"])
    missing = "A dreamer" if dreamer["_id"] else "A former dreamer"
    dreamer["name"] = f"{dreamer['first_name']} {dreamer['last_name']}".strip() or missing
    return dreamer


def find_account(query):
    """Return a dreamer's document as it is stored, or None."""
    return db.dreamers.find_one(query)


def find_dreamer(query):
    """Return a complete dreamer, or None."""
    found = db.dreamers.find_one(query)
    return found and complete_dreamer(found)


def find_visible_dreamer(viewer, query):
    """Return a complete dreamer; None if there is none the viewer may see."""
    dreamer = find_dreamer(query)
    return dreamer if dreamer and may_see_dreamer(viewer, dreamer) else None


def address_of(dreamer):
    """Return the address of a dreamer: the confirmed one, else the one given."""
    return dreamer.get("email") or dreamer.get("unconfirmed_email") or ""


def set_dreamer(dreamer, fields):
    """Change fields of a dreamer; False when the address belongs to another account."""
    try:
        db.dreamers.update_one({"_id": dreamer["_id"]}, {"$set": fields})
    except DuplicateKeyError:
        return False
    return True


# Profile #####################################################################

STAGES = {"profile_about": "About you", "profile_picture": "Picture",
          "profile_skills": "Skills and experiences", "profile_interests": "Interests"}
OFFERED_TERMS = 100  # terms offered for completion
OFFERING_DREAMERS = 500  # the newest dreamers whose terms are offered
TERM_FIELDS = ("skills", "experiences")


def find_offered_terms(field):
    """Return the skills or experiences of the newest dreamers, the most frequent first."""
    found = db.dreamers.aggregate([
        {"$sort": dict(NEWEST_FIRST)}, {"$limit": OFFERING_DREAMERS},
        {"$match": {"ends_at": None}}, {"$unwind": f"${field}"},
        {"$group": {"_id": f"${field}", "count": {"$sum": 1}}},
        {"$sort": {"count": DESCENDING, "_id": ASCENDING}}, {"$limit": OFFERED_TERMS}])
    return [term["_id"] for term in found]


def stages_left(dreamer):
    """Return the stages a dreamer has told nothing in, in their order."""
    told = {"profile_about": dreamer["bio"] or dreamer["location"],
            "profile_picture": dreamer["picture"],
            "profile_skills": dreamer["skills"] or dreamer["experiences"],
            "profile_interests": dreamer["interests"]}
    return [stage for stage in STAGES if not told[stage]]


# The document itself is exported and deleted by leaving.py, around all others.
add_subject("dreamers", moderated=("bio", "location"))
