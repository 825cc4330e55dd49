"""Authorisation: who may see, delete and moderate what; as tests and as a query for lists.

A viewer is the document of the signed-in dreamer, as find_viewer returns it, or None. Its
``apart`` holds the ids of those who block them or whom they block: neither sees the other, which
is_apart and not_apart_query tell. Who sees an offer of help is in help.py. docs/where.md has the
rule of each kind of document.
"""
from datetime import UTC, datetime

MODERATORS = ("moderator", "administrator")
# Who sees a dream. "link": everyone who has its address; "me": only its dreamer, no moderator.
# Lists, feeds, searches, counts and the sitemap show dreams for everybody, which store no audience.
AUDIENCES = {"everybody": "Everybody", "link": "People with the link",
             "me": "Only me"}


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


def is_apart(viewer, dreamer_id):
    """Return whether one of the viewer and a dreamer blocks the other; False for None."""
    return bool(viewer) and dreamer_id in viewer.get("apart", ())


def is_on_own(viewer, document, dream=None):
    """Return whether the viewer owns a dream; of a comment, whether they own it or ``dream``."""
    return (is_same(viewer, document["dreamer_id"])
            or is_same(viewer, (dream or document)["dreamer_id"]))


def may_remove(viewer, document, dream=None):
    """Return whether the viewer may delete a dream, or a comment on ``dream``."""
    return is_on_own(viewer, document, dream) or is_moderator(viewer)


def is_led_to(viewer, dream, document, paths):
    """Return whether a request about something on a dream may redirect the viewer to it.

    Of a dream shared by link, whose slug is secret, only if one of the paths of the request names
    the present slug, the document names the viewer, or the viewer may delete it.
    """
    return (dream["audience"] != "link" or may_remove(viewer, document, dream)
            or (bool(viewer) and viewer["_id"] in document.get("people", ()))
            or any(dream["slug"] in path for path in paths))


def is_before_link(dream, moment):
    """Return whether something was before a dream was made one by link, with a secret address."""
    linked_at = dream.get("audience") == "link" and dream.get("linked_at")
    return bool(linked_at) and moment < linked_at


def is_private(dream):
    """Return whether a dream is for its dreamer alone, as a draft is."""
    return dream.get("audience") == "me"


def private_query(dream_id):
    """Return the query for a dream if it is private."""
    return {"_id": dream_id, "audience": "me"}


def is_shown(dream):
    """Return whether others than its dreamer and moderators may see a dream at its address."""
    return not dream.get("hidden") and not is_private(dream)


def is_listed(dream):
    """Return whether lists may show a dream: it isn't hidden, and for everybody."""
    return not dream.get("hidden") and not dream.get("audience")


def may_see(viewer, document):
    """Return whether the viewer may see a dream, or something of a dream that they may see.

    Only author and moderators see hidden ones. Blocks hold for moderators too: what they need
    for a decision is on the pages of moderation, which ask for no block.
    """
    is_own = is_same(viewer, document["dreamer_id"])
    return (not is_apart(viewer, document["dreamer_id"])
            and (not document["hidden"] or is_own or is_moderator(viewer))
            and (is_own or not is_private(document)))


def may_see_dreamer(viewer, dreamer):
    """Return whether the viewer may see a dreamer: nobody else sees an unconfirmed one."""
    return not is_apart(viewer, dreamer["_id"]) and (
        not is_unconfirmed(dreamer) or is_same(viewer, dreamer["_id"]))


def not_apart_query(viewer, *keys):
    """Return the query that leaves out those who are apart from the viewer; {} without any.

    keys: of the dreamers' _ids in the documents.
    """
    apart = [*viewer.get("apart", ())] if viewer else []
    # $ne is always true here. Of $nin, or of $nor with $in alone, MongoDB makes ranges of an index
    # and may walk those between hundreds of ids, instead of the index of the query.
    return {"$nor": [{key: {"$in": apart, "$ne": None}} for key in keys]} if apart else {}


def listed_dreamers_query(viewer=None):
    """Return the query for people that lists show a viewer: confirmed and not suspended."""
    return {"ends_at": None, "$or": [{"suspended": None},
                                     {"suspended.until": {"$lte": datetime.now(UTC)}}],
            **not_apart_query(viewer, "_id")}


def is_public_dreamer(dreamer):
    """Return whether feeds, cards and the sitemap may show a dreamer to everyone."""
    return not is_unconfirmed(dreamer) and not current_suspension(dreamer)


def is_public(dream):
    """Return whether feeds, cards and the sitemap may show a complete dream to everyone."""
    return is_listed(dream) and is_public_dreamer(dream["author"])


def listed_query(viewer=None):
    """Return the query for what lists of many authors show a viewer.

    Nothing that is hidden, and of dreams only those for everybody; comments have no audience.
    """
    return {"hidden": None, "audience": None, **not_apart_query(viewer, "dreamer_id")}


def visible_query(viewer):
    """Return the query for what lists of one author or of one dream show a viewer.

    As may_see, but without dreams that aren't for everybody: only "My dreams" lists those.
    """
    if not viewer:
        return listed_query()
    own_or_shown = {"$or": [{"hidden": None}, {"dreamer_id": viewer["_id"]}]}
    return {"audience": None} | not_apart_query(viewer, "dreamer_id") | (
        {} if is_moderator(viewer) else own_or_shown)
