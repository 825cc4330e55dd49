"""Who may see and do what: the one rule that every list and every page asks.

A viewer is a dreamer's complete document, or None for a visitor who is signed out.
"""
from datetime import UTC, datetime

MODERATORS = ("moderator", "administrator")


def is_moderator(dreamer):
    """Return whether a dreamer may tidy up what others wrote."""
    return bool(dreamer) and dreamer["role"] in MODERATORS


def current_suspension(dreamer):
    """Return {until, reason} of a suspension that still holds, else None."""
    told = dreamer.get("suspended")
    over = told and told.get("until") and told["until"] <= datetime.now(UTC)
    return None if over else told


def is_unconfirmed(dreamer):
    """Return whether somebody has an account whose address is not confirmed yet."""
    return bool(dreamer and dreamer.get("ends_at"))


def has_ended(dreamer):
    """Return whether an account was not confirmed in time."""
    return is_unconfirmed(dreamer) and dreamer["ends_at"] <= datetime.now(UTC)


def is_same(viewer, dreamer_id):
    """Return whether a viewer, who may be None, is this dreamer."""
    return bool(viewer) and viewer["_id"] == dreamer_id


def is_on_own(viewer, document, dream=None):
    """Return whether a dream, or a comment on ``dream``, is by the viewer or on their dream."""
    return (is_same(viewer, document["dreamer_id"])
            or is_same(viewer, (dream or document)["dreamer_id"]))


def may_remove(viewer, document, dream=None):
    """Return whether the viewer may delete a dream, or a comment on ``dream``."""
    return is_on_own(viewer, document, dream) or is_moderator(viewer)


def may_see(viewer, document):
    """Return whether the viewer sees a dream or a comment: a hidden one is for few."""
    return (not document["hidden"] or is_same(viewer, document["dreamer_id"])
            or is_moderator(viewer))


def may_see_dreamer(viewer, dreamer):
    """Return whether the viewer sees a dreamer: somebody unconfirmed is seen by nobody else."""
    return not is_unconfirmed(dreamer) or is_same(viewer, dreamer["_id"])


def visible_query(viewer):
    """Return the query for the dreams or comments that may_see allows."""
    if is_moderator(viewer):
        return {}
    shown = {"hidden": None}
    return {"$or": [shown, {"dreamer_id": viewer["_id"]}]} if viewer else shown
