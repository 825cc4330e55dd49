"""Follows of dreams and dreamers, and the viewer's own follows, reactions and cheers."""
from itertools import chain

from pymongo.errors import DuplicateKeyError

from dreamscape.cheers import count_cheer
from dreamscape.database import db, find_batches
from dreamscape.dreamers import find_dreamer_document, find_viewer
from dreamscape.dreams import update_counts
from dreamscape.mail import JOBS, add_job
from dreamscape.notifications import notify
from dreamscape.subjects import add_subject
from dreamscape.together import find_together
from dreamscape.visibility import is_unconfirmed

MAX_FOLLOWED_DREAMERS = 10_000  # whose dreams the view "Following" shows


def find_followed_dreamers(viewer):
    """Return the ids of the dreamers that the viewer follows, MAX_FOLLOWED_DREAMERS at most."""
    # Grouped into one document: otherwise the driver fetches about a hundred a call.
    groups = db.follows.aggregate([
        {"$match": {"dreamer_id": viewer["_id"], "dream_id": None}},
        {"$limit": MAX_FOLLOWED_DREAMERS},
        {"$group": {"_id": None, "dreamers": {"$push": "$followed_id"}}}])
    return {_id for group in groups for _id in group["dreamers"] if _id}


def own_edges_parts(viewer, dreams=(), comment_ids=(), dreamers=()):
    """Return the parts of find_together for the viewer's own on a page: see find_viewer_state."""
    owners = {dream["dreamer_id"] for dream in dreams} | {dreamer["_id"] for dreamer in dreamers}
    if not viewer:
        return {}
    dream_ids = [dream["_id"] for dream in dreams]
    # Null for the other kind of edge, so that the unique index serves both by equality.
    queries = {"follows": owners and {"dream_id": {"$in": [None, *dream_ids]},
                                      "followed_id": {"$in": [*owners | {None}]}},
               "reactions": comment_ids and {"comment_id": {"$in": [*comment_ids]}},
               "cheers": dream_ids and {"dream_id": {"$in": dream_ids}}}
    mine = {"dreamer_id": viewer["_id"]}
    return {name: (name, [{"$match": mine | query}]) for name, query in queries.items() if query}


def read_own_edges(found):
    """Return {followed, reactions, cheered} from what own_edges_parts found."""
    return {"followed": {edge.get("dream_id") or edge.get("followed_id")
                         for edge in found.get("follows", ())} - {None},
            "reactions": {edge["comment_id"]: edge.get("value")
                          for edge in found.get("reactions", ())},
            "cheered": {edge["dream_id"] for edge in found.get("cheers", ())}}


def find_viewer_state(viewer, dreams=(), comments=(), dreamers=()):
    """Return {followed, reactions, cheered}: the viewer's own on a page, in one call.

    followed: the ids of these dreams, of their authors and of these dreamers that the viewer
    follows; reactions: {comment id: "like" or "dislike"} for these comments; cheered: the ids of
    these dreams that they cheer.
    """
    return read_own_edges(find_together(own_edges_parts(
        viewer, dreams, [comment["_id"] for comment in comments], dreamers)))


def set_following(viewer, target, wanted):
    """Follow or unfollow a dream or a dreamer; False if the target doesn't exist.

    target: {"dream_id": _id} or {"followed_id": _id}. Idempotent: the unique index decides
    whether the count changes. An unconfirmed dreamer's follow counts once they are confirmed.
    """
    edge = {"dreamer_id": viewer["_id"], "dream_id": None, "followed_id": None} | target
    uncounted = {"uncounted": is_unconfirmed(viewer)}
    try:
        changed = add_follow(edge | uncounted) if wanted else db.follows.find_one_and_delete(edge)
    except DuplicateKeyError:
        return True
    uncounted = changed if changed and not wanted else uncounted
    step = 0 if uncounted.get("uncounted") else 1 if wanted else -1
    followed = not changed or update_follower_count(target, step)
    if not followed:
        db.follows.delete_one(edge)
    elif changed and wanted:
        notify_followed(viewer, changed, target, followed)
    return bool(followed)


def notify_followed(dreamer, follow_id, target, document):
    """Tell a dreamer who is followed, or whose dream is, a document with _id and dreamer_id."""
    about = target | {"follow_id": follow_id}
    if target.get("dream_id"):
        notify("follow", document["dreamer_id"], about, dreamer)
    else:
        notify("follower", document["_id"], about, dreamer)


def add_follow(edge):
    """Insert an edge without its null key; raises DuplicateKeyError."""
    return db.follows.insert_one({key: value for key, value in edge.items() if value}).inserted_id


def update_follower_count(target, step):
    """Add ``step`` to a target's follower count; return it, or None if it doesn't exist."""
    change = {"$inc": {"followers": step}}
    if "dream_id" in target:
        return update_counts(target["dream_id"], change)
    return db.dreamers.find_one_and_update({"_id": target["followed_id"]}, change, {"_id": 1})


def remove_follows(query):
    """Delete the follows that match a query, and update the counts and scores."""
    for edge in chain.from_iterable(find_batches("follows", query, None)):
        for key in ("dream_id", "followed_id"):
            if edge.get(key):
                set_following({"_id": edge.get("dreamer_id")}, {key: edge[key]}, False)
    # Incomplete documents, which set_following doesn't match.
    db.follows.delete_many(query)


def remove_follows_between(first, second):
    """End the follows of two dreamers: of each other, and of each other's dreams."""
    for follower, owner in ((first, second), (second, first)):
        set_following({"_id": follower["_id"]}, {"followed_id": owner["_id"]}, False)
        for batch in find_batches("dreams", {"dreamer_id": owner["_id"]}, {"_id": 1}):
            remove_follows({"dreamer_id": follower["_id"], "followed_id": None,
                            "dream_id": {"$in": [dream["_id"] for dream in batch]}})


def remove_all_follows(dreamer):
    """Delete all follows by a dreamer and of a dreamer."""
    remove_follows({"dreamer_id": dreamer["_id"]})
    remove_follows({"followed_id": dreamer["_id"]})


# Before an address is confirmed ##############################################

COUNTED = 50  # follows, and cheers, that a request counts, and each part of the job


def count_follow(dreamer, edge):
    """Count and tell of a follow that was uncounted: see count_edges."""
    target = {key: edge[key] for key in ("dream_id", "followed_id") if edge.get(key)}
    if followed := update_follower_count(target, 1):
        notify_followed(dreamer, edge["_id"], target, followed)


def count_edges(dreamer):
    """Count and tell of the follows and cheers from before an address was confirmed.

    The first ones now, the others in the outbox. Idempotent.
    """
    if count_next_edges(dreamer):
        add_job("count_edges", dreamer_id=dreamer["_id"])


def count_next_edges(dreamer):
    """Count and tell of COUNTED follows and cheers; return whether there may be more."""
    mine = {"dreamer_id": dreamer["_id"], "uncounted": True}
    by, is_more = find_viewer(dreamer) | {"ends_at": None}, False
    for name, count in (("follows", count_follow), ("cheers", count_cheer)):
        edges = list(db[name].find(mine).limit(COUNTED))
        for edge in edges:
            same = {"_id": edge["_id"], "uncounted": True}
            if db[name].update_one(same, {"$unset": {"uncounted": ""}}).modified_count:
                count(by, edge)
        is_more = is_more or len(edges) == COUNTED
    return is_more


def count_more_edges(entry):
    """Do a part of the job of count_edges."""
    dreamer = find_dreamer_document({"_id": entry["dreamer_id"]})
    return {} if dreamer and count_next_edges(dreamer) else None


JOBS["count_edges"] = count_more_edges


add_subject("follows", exported=True, of_dream="dream_id", when_leaving=remove_all_follows)
