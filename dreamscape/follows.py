"""Who follows which dream or dreamer, and what a page shows of the viewer's own."""
from itertools import chain

from pymongo.errors import DuplicateKeyError

from dreamscape.database import add_subject, db, find_batches
from dreamscape.dreams import update_counts

FOLLOWED_MOST = 10_000  # dreamers whose dreams are looked for in "Following"


def find_followed_dreamers(viewer):
    """Return the ids of the dreamers that the viewer follows, FOLLOWED_MOST at most, as a set."""
    # In one document, for a find brings a hundred at a time.
    found = db.follows.aggregate([
        {"$match": {"dreamer_id": viewer["_id"], "dream_id": None}}, {"$limit": FOLLOWED_MOST},
        {"$group": {"_id": None, "dreamers": {"$push": "$followed_id"}}}])
    return {_id for group in found for _id in group["dreamers"] if _id}


def find_viewer_state(viewer, dreams=(), comments=(), dreamers=()):
    """Return {followed, reactions}: what a page shows of what the viewer did, in one call.

    followed: the ids of these dreams, of their authors and of these dreamers that the viewer
    follows; reactions: {comment id: "like" or "dislike"} for these comments.
    """
    owners = {dream["dreamer_id"] for dream in dreams} | {dreamer["_id"] for dreamer in dreamers}
    # An edge has null for the kind that it is not: so all are points of one index.
    edges = {"dream_id": {"$in": [None, *(dream["_id"] for dream in dreams)]},
             "followed_id": {"$in": [*owners | {None}]}}
    reacted = {"comment_id": {"$in": [comment["_id"] for comment in comments]}}
    found = find_edges(viewer, edges, reacted) if viewer and (owners or comments) else ()
    return {"followed": {edge.get("dream_id") or edge.get("followed_id") for edge in found
                         if not edge.get("comment_id")} - {None},
            "reactions": {edge["comment_id"]: edge.get("value") for edge in found
                          if edge.get("comment_id")}}


def find_edges(viewer, follows, reactions):
    """Return the viewer's follows that meet a query, and reactions that meet another."""
    mine = {"dreamer_id": viewer["_id"]}
    others = {"coll": "reactions", "pipeline": [{"$match": mine | reactions}]}
    return list(db.follows.aggregate([{"$match": mine | follows}, {"$unionWith": others}]))


def set_following(viewer, target, wanted):
    """Make the viewer follow a dream or a dreamer, or not; False if the target is gone.

    target: {"dream_id": _id} or {"followed_id": _id}. The unique index decides, so two
    tabs or a double click change the count by one at the most.
    """
    edge = {"dreamer_id": viewer["_id"], "dream_id": None, "followed_id": None} | target
    try:
        changed = add_follow(edge) if wanted else db.follows.delete_one(edge).deleted_count
    except DuplicateKeyError:
        return True
    if not changed or set_followers(target, 1 if wanted else -1):
        return True
    db.follows.delete_one(edge)
    return False


def add_follow(edge):
    """Insert an edge without the key that stands for the other kind."""
    return db.follows.insert_one({key: value for key, value in edge.items() if value}).inserted_id


def set_followers(target, step):
    """Change the count of a dream's or a dreamer's followers; None if it is gone."""
    change = {"$inc": {"followers": step}}
    if "dream_id" in target:
        return update_counts(target["dream_id"], change)
    return db.dreamers.find_one_and_update({"_id": target["followed_id"]}, change, {"_id": 1})


def remove_follows(query):
    """Unfollow one by one, each with its count and score, then what is half written."""
    for edge in chain.from_iterable(find_batches("follows", query, None)):
        for key in ("dream_id", "followed_id"):
            if edge.get(key):
                set_following({"_id": edge.get("dreamer_id")}, {key: edge[key]}, False)
    db.follows.delete_many(query)


def remove_edges_of(dreamer):
    """Unfollow all that a dreamer who leaves follows, and have nobody follow them."""
    remove_follows({"dreamer_id": dreamer["_id"]})
    remove_follows({"followed_id": dreamer["_id"]})


add_subject("follows", exported=True, of_dream="dream_id", when_leaving=remove_edges_of)
