"""Authorisation: who may see, delete and moderate what; as tests and as a query for lists.

A viewer is the document of the signed-in dreamer, as complete_dreamer returns it, or None.
"""
from datetime import UTC, datetime

MODERATORS = ("moderator", "administrator")


def is_moderator(dreamer):
    """Return whether a dreamer has a moderator's or administrator's role."""
    return bool(dreamer) and dreamer["role"] in MODERATORS


def current_suspension(dreamer):
    """Return {until, reason} of a dreamer's suspension, None if not suspended or expired."""
    suspension = dreamer.get("suspended")
    until = suspension and suspension.get("until")
    return None if until and until <= datetime.now(UTC) else suspension


def is_unconfirmed(dreamer):
    """Return whether a dreamer's email address is unconfirmed; False for None."""
    return bool(dreamer and dreamer.get("ends_at"))


def has_ended(dreamer):
    """Return whether an unconfirmed account has expired."""
    return is_unconfirmed(dreamer) and dreamer["ends_at"] <= datetime.now(UTC)


def is_same(viewer, dreamer_id):
    """Return whether the viewer is this dreamer; False for None."""
    return bool(viewer) and viewer["_id"] == dreamer_id


def is_on_own(viewer, document, dream=None):
    """Return whether the viewer owns a dream; of a comment, whether they own it or ``dream``."""
    return (is_same(viewer, document["dreamer_id"])
            or is_same(viewer, (dream or document)["dreamer_id"]))


def may_remove(viewer, document, dream=None):
    """Return whether the viewer may delete a dream, or a comment on ``dream``."""
    return is_on_own(viewer, document, dream) or is_moderator(viewer)


def may_see(viewer, document):
    """Return whether the viewer may see it: only author and moderators see hidden ones."""
    return (not document["hidden"] or is_same(viewer, document["dreamer_id"])
            or is_moderator(viewer))


def may_see_dreamer(viewer, dreamer):
    """Return whether the viewer may see a dreamer: nobody else sees an unconfirmed one."""
    return not is_unconfirmed(dreamer) or is_same(viewer, dreamer["_id"])


def listed_dreamers_query():
    """Return the query for people that searches and lists show: confirmed and not suspended."""
    return {"ends_at": None, "$or": [{"suspended": None},
                                     {"suspended.until": {"$lte": datetime.now(UTC)}}]}


def is_public_dreamer(dreamer):
    """Return whether feeds, cards and the sitemap may show a dreamer to everyone."""
    return not is_unconfirmed(dreamer) and not current_suspension(dreamer)


def is_public(dream):
    """Return whether they may show a dream, a complete one with its author, to everyone."""
    return not dream["hidden"] and is_public_dreamer(dream["author"])


def listed_query():
    """Return the query for what lists of many authors show: nothing that is hidden."""
    return {"hidden": None}


def visible_query(viewer):
    """Return the query for the dreams or comments that may_see allows a viewer."""
    if is_moderator(viewer):
        return {}
    return {"$or": [listed_query(), {"dreamer_id": viewer["_id"]}]} if viewer else listed_query()
