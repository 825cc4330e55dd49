"""Drafts: form input that could not be submitted, stored for its author until it expires.

Stored when the session had expired, when the email address is unconfirmed, and as the undo of a
deleted comment (is_undo). They hold only the fields in DRAFT_FIELDS of forms.py.
"""
import secrets
from datetime import UTC, datetime, timedelta

from pymongo import DESCENDING
from werkzeug.datastructures import MultiDict

from dreamscape.database import db
from dreamscape.slugs import find_slug_owner
from dreamscape.subjects import add_subject

DRAFT_LIFETIME = timedelta(days=3)
DRAFT_BYTES = 20_000
DRAFTS_PER_DREAMER = 10
SLUG_PART = 2  # of the parts of "/dreams/<slug>/edit"
MAX_DRAFTS = 10_000  # in all: at most 200 MB
TOO_LARGE = "That's too long for us to save. Please copy it from here."


def is_too_large(fields):
    """Return whether fields, {name: [values]}, are more than a draft stores."""
    return sum(len(value.encode()) for values in fields.values() for value in values) > DRAFT_BYTES


def add_draft(dreamer_id, path, fields, is_undo=False):
    """Store a form's fields as a draft; return it, or None when there are MAX_DRAFTS."""
    if db.drafts.estimated_document_count() >= MAX_DRAFTS:
        return None
    draft = {"_id": secrets.token_urlsafe(16), "dreamer_id": dreamer_id, "path": path,
             "fields": [[name, values] for name, values in fields.items()],
             "is_undo": is_undo, "expires_at": datetime.now(UTC) + DRAFT_LIFETIME}
    db.drafts.insert_one(draft)
    remove_old_drafts(dreamer_id, is_undo)
    return draft


def remove_old_drafts(dreamer_id, is_undo=False):
    """Delete a dreamer's drafts, or undos, except the newest DRAFTS_PER_DREAMER."""
    newest = db.drafts.find({"dreamer_id": dreamer_id, "is_undo": is_undo}, {"_id": 1}).sort(
        "expires_at", DESCENDING).limit(2 * DRAFTS_PER_DREAMER)
    old_ids = [draft["_id"] for draft in newest][DRAFTS_PER_DREAMER:]
    db.drafts.delete_many({"_id": {"$in": old_ids}})


def complete_draft(draft):
    """Return a draft with its fields as a MultiDict, and when it was saved."""
    return draft | {"fields": MultiDict(dict(draft["fields"])),
                    "created_at": draft["expires_at"] - DRAFT_LIFETIME}


def find_draft(viewer, token, path=None):
    """Return the viewer's draft, or None; only if it is for ``path``, where that is given."""
    draft = viewer and token and db.drafts.find_one({"_id": token, "dreamer_id": viewer["_id"]})
    is_for_path = draft and (path is None or is_same_path(path, draft["path"]))
    return complete_draft(draft) if is_for_path else None


def is_same_path(path, other):
    """Return whether two paths are equal but for present or former slugs of one document."""
    parts, others = path.split("/"), other.split("/")
    if path == other or len(parts) != len(others) or len(parts) < SLUG_PART + 1:
        return path == other
    slug, former = parts.pop(SLUG_PART), others.pop(SLUG_PART)
    owner_id = find_slug_owner(parts[1], slug) if parts == others else None
    return owner_id is not None and owner_id == find_slug_owner(parts[1], former)


def find_drafts(dreamer, path=None):
    """Return a dreamer's drafts without undos, newest first; all, or those for ``path``."""
    query = {"dreamer_id": dreamer["_id"], "is_undo": False} | ({"path": path} if path else {})
    drafts = db.drafts.find(query).sort("expires_at", DESCENDING).limit(DRAFTS_PER_DREAMER)
    return list(map(complete_draft, drafts))


def remove_draft(dreamer, token):
    """Delete a dreamer's draft; return the number deleted, 0 or 1."""
    return db.drafts.delete_one({"_id": token, "dreamer_id": dreamer["_id"]}).deleted_count


# Not exported: drafts expire within days, and their author finds them at /drafts.
add_subject("drafts",
            when_leaving=lambda dreamer: db.drafts.delete_many({"dreamer_id": dreamer["_id"]}))
