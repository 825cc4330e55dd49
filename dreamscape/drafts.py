"""What somebody wrote that could not be sent yet.

When their sign-in had ended, before their address was confirmed, or in a comment they deleted
(is_undo). Only the fields of DRAFT_FIELDS in forms.py, and only for their author.
"""
import secrets
from datetime import UTC, datetime, timedelta

from pymongo import DESCENDING
from werkzeug.datastructures import MultiDict

from dreamscape.database import add_subject, db

DRAFT_LIFETIME = timedelta(days=3)  # as long as a link that confirms an address
DRAFT_BYTES = 20_000
DRAFTS_PER_DREAMER = 10  # of one person
DRAFTS_MAX = 10_000  # of all: 200 MB at the worst


def add_draft(dreamer_id, path, fields, is_undo=False):
    """Store a form's fields as a dreamer's draft; return it, None if there are too many."""
    if db.drafts.estimated_document_count() >= DRAFTS_MAX:
        return None
    draft = {"_id": secrets.token_urlsafe(16), "dreamer_id": dreamer_id, "path": path,
             "fields": [[name, values] for name, values in fields.items()],
             "is_undo": is_undo, "expires_at": datetime.now(UTC) + DRAFT_LIFETIME}
    db.drafts.insert_one(draft)
    remove_old_drafts(dreamer_id)
    return draft


def remove_old_drafts(dreamer_id):
    """Delete a dreamer's drafts but the newest DRAFTS_PER_DREAMER."""
    kept = db.drafts.find({"dreamer_id": dreamer_id}, {"_id": 1}).sort(
        "expires_at", DESCENDING).limit(2 * DRAFTS_PER_DREAMER)
    db.drafts.delete_many({"_id": {"$in": [draft["_id"] for draft in kept][DRAFTS_PER_DREAMER:]}})


def complete_draft(draft):
    """Return a draft with its fields as a MultiDict."""
    return draft | {"fields": MultiDict(dict(draft["fields"]))}


def find_draft(viewer, token, path=None):
    """Return the viewer's own draft, or None; for ``path`` if given."""
    found = viewer and db.drafts.find_one({"_id": token, "dreamer_id": viewer["_id"]})
    return complete_draft(found) if found and path in (None, found["path"]) else None


def find_drafts(dreamer, path=None):
    """Return a dreamer's unsent drafts, newest first; those for one path if given."""
    query = {"dreamer_id": dreamer["_id"], "is_undo": False} | ({"path": path} if path else {})
    found = db.drafts.find(query).sort("expires_at", DESCENDING).limit(DRAFTS_PER_DREAMER)
    return list(map(complete_draft, found))


def remove_draft(dreamer, token):
    """Delete a draft of a dreamer's; return how many there were."""
    return db.drafts.delete_one({"_id": token, "dreamer_id": dreamer["_id"]}).deleted_count


# Not exported: whoever wrote one finds it under /drafts, and it expires within days.
add_subject("drafts",
            when_leaving=lambda dreamer: db.drafts.delete_many({"dreamer_id": dreamer["_id"]}))
