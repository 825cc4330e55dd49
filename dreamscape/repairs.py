"""Repairs of what an interruption or an older version left: dangling edges, wrong counts."""
from collections import Counter

from dreamscape.database import db, find_batches

# References between collections: (collection of edges, filter, key, referenced collection).
REFERENCES = (
    ("follows", {}, "dreamer_id", "dreamers"),
    ("follows", {}, "followed_id", "dreamers"),
    ("follows", {}, "dream_id", "dreams"),
    ("cheers", {}, "dreamer_id", "dreamers"),
    ("cheers", {}, "dream_id", "dreams"),
    ("blocks", {}, "dreamer_id", "dreamers"),
    ("blocks", {}, "blocked_id", "dreamers"),
    ("reactions", {}, "dreamer_id", "dreamers"),
    ("reactions", {}, "comment_id", "comments"),
    ("reports", {}, "dreamer_id", "dreamers"),
    # Reports and answers to decisions stay, though their target may have been deleted; but of those
    # of an older version, which don't say whom they are about, no case could be shown.
    *(("reports", {"kind": kind, "decision_id": None, "about_id": None}, "target_id", f"{kind}s")
      for kind in ("dream", "comment", "message", "update")),
    ("messages", {}, "offer_id", "offers"),
    ("updates", {}, "dream_id", "dreams"),
    ("asks", {}, "dream_id", "dreams"),
    ("asks", {}, "dreamer_id", "dreamers"),
)


def remove_dangling_edges(edges, only, key, owner):
    """Delete the edges that reference a missing document; return how many were deleted.

    Takes a row of REFERENCES.
    """
    removed = 0
    for batch in find_batches(edges, only, {key: 1}):
        references = {edge["_id"]: edge[key] for edge in batch if edge.get(key)}
        existing = {document["_id"] for document in db[owner].find(
            {"_id": {"$in": [*set(references.values())]}}, {"_id": 1})}
        dangling = [edge_id for edge_id, owner_id in references.items()
                    if owner_id not in existing]
        removed += db[edges].delete_many({"_id": {"$in": dangling}}).deleted_count
    return removed


def set_edges_counted(edges):
    """Let the follows or cheers of confirmed people count; return how many did not.

    They were pressed while the address was confirmed elsewhere. Before set_counts, which counts
    them.
    """
    mended = 0
    for batch in find_batches(edges, {"uncounted": True}, {"dreamer_id": 1}):
        owner_ids = [*{edge.get("dreamer_id") for edge in batch}]
        confirmed = db.dreamers.distinct("_id", {"_id": {"$in": owner_ids}, "ends_at": None})
        of_confirmed = {"_id": {"$in": [edge["_id"] for edge in batch]}, "uncounted": True,
                        "dreamer_id": {"$in": confirmed}}
        mended += db[edges].update_many(of_confirmed, {"$unset": {"uncounted": ""}}).modified_count
    return mended


def set_counts(owner, count, edges, key, only, field):
    """Recompute one denormalised count, a row of COUNTS; return how many were wrong.

    Compare-and-set: a count that changes meanwhile is left as it is.
    """
    wrong = 0
    distinct = [{"$group": {"_id": {"key": f"${key}", "value": f"${field}"}}},
                {"$project": {key: "$_id.key"}}]
    for batch in find_batches(owner, {}, {count: 1}):
        counts = Counter({group["_id"]: group["count"] for group in db[edges].aggregate([
            {"$match": {key: {"$in": [document["_id"] for document in batch]}} | only},
            *(distinct if field else ()),
            {"$group": {"_id": f"${key}", "count": {"$sum": 1}}}])})
        for document in batch:
            stored, actual = document.get(count), counts[document["_id"]]
            if stored != actual:
                wrong += db[owner].update_one({"_id": document["_id"], count: stored},
                                              {"$set": {count: actual}}).modified_count
    return wrong
