"""Blocks: if one of two people blocks the other, neither sees anything of the other.

visibility.py says what that means for pages, lists and actions, by the viewer's ``apart``.
"""
from contextlib import suppress

from pymongo.errors import DuplicateKeyError

from dreamscape.comments import remove_comments_on
from dreamscape.database import (
    AUTHOR_FIELDS, JOIN_AUTHOR, NEWEST_FIRST, db, find_batches, page_stages, parse_cursor,
    split_page,
)
from dreamscape.dreamers import MAX_BLOCKS, complete_author, find_dreamer
from dreamscape.follows import remove_follows_between
from dreamscape.settling import update_blocked_offers
from dreamscape.subjects import add_subject
from dreamscape.thanks import hide_thanks_between
from dreamscape.visibility import is_apart, may_see_dreamer


# Reading #####################################################################

BLOCKED_PAGE = 50


def find_block(viewer, dreamer):
    """Return the viewer's block of a dreamer, or None."""
    return db.blocks.find_one({"dreamer_id": viewer["_id"], "blocked_id": dreamer["_id"]})


def find_dreamer_or_blocked(viewer, query):
    """Return a complete dreamer whom the viewer may see or blocks, or None."""
    dreamer = find_dreamer(query)
    if not dreamer or may_see_dreamer(viewer, dreamer):
        return dreamer
    return dreamer if is_apart(viewer, dreamer["_id"]) and find_block(viewer, dreamer) else None


def find_blocked_page(viewer, cursor):
    """Return (people, cursor): a page of those whom the viewer blocks, the newest first."""
    if not viewer["apart"]:
        return [], None
    query = {"dreamer_id": viewer["_id"]} | parse_cursor(cursor, NEWEST_FIRST)
    join_blocked = {"$lookup": JOIN_AUTHOR["$lookup"] | {"localField": "blocked_id"}}
    blocks, next_cursor = split_page(list(db.blocks.aggregate([
        *page_stages(query, NEWEST_FIRST, BLOCKED_PAGE + 1), join_blocked,
        {"$project": AUTHOR_FIELDS}])), BLOCKED_PAGE)
    return list(map(complete_author, blocks)), next_cursor


# Blocking ####################################################################


def add_block(viewer, dreamer):
    """Block a dreamer; False if the viewer blocks MAX_BLOCKS.

    That ends follows and offers between the two, hides their thanks for each other, and deletes
    the comments on each other's dreams: neither could see, report or delete those of the other.
    """
    block = {"dreamer_id": viewer["_id"], "blocked_id": dreamer["_id"]}
    with suppress(DuplicateKeyError):
        db.blocks.insert_one(block)
        # Counted afterwards: so no number of concurrent requests exceeds the limit.
        if db.blocks.count_documents({"dreamer_id": viewer["_id"]}, limit=MAX_BLOCKS + 1) > (
                MAX_BLOCKS):
            db.blocks.delete_one(block)
            return False
    add_block_flags([viewer["_id"], dreamer["_id"]])
    remove_follows_between(viewer, dreamer)
    update_blocked_offers([block])
    hide_thanks_between(viewer, dreamer)
    remove_comments_on(viewer, dreamer)
    remove_comments_on(dreamer, viewer)
    return True


def set_blocked(viewer, dreamer, wanted):
    """Block a dreamer, or end that; False if the viewer blocks MAX_BLOCKS. Idempotent."""
    if wanted:
        return add_block(viewer, dreamer)
    remove_block(viewer, dreamer)
    return True


def remove_block(viewer, dreamer):
    """End the viewer's block of a dreamer; follows don't come back, nor hidden thanks."""
    db.blocks.delete_one({"dreamer_id": viewer["_id"], "blocked_id": dreamer["_id"]})
    remove_block_flags([viewer["_id"], dreamer["_id"]])


def find_ids_with_blocks(ids):
    """Return which of some dreamers block somebody or are blocked."""
    return {_id for key in ("dreamer_id", "blocked_id")
            for _id in db.blocks.distinct(key, {key: {"$in": [*ids]}})}


def add_block_flags(ids):
    """Set the has_blocks of some dreamers."""
    db.dreamers.update_many({"_id": {"$in": [*ids]}}, {"$set": {"has_blocks": True}})


def remove_block_flags(ids):
    """Unset the has_blocks of those of some dreamers who neither block nor are blocked."""
    without = {*ids} - find_ids_with_blocks(ids)
    db.dreamers.update_many({"_id": {"$in": [*without]}}, {"$unset": {"has_blocks": ""}})
    add_block_flags(find_ids_with_blocks(without))  # added concurrently


def set_block_flags(batch):
    """Set the has_blocks of a batch of dreamers; return how many were wrong."""
    actual = find_ids_with_blocks([dreamer["_id"] for dreamer in batch])
    stored = {dreamer["_id"] for dreamer in batch if dreamer.get("has_blocks")}
    add_block_flags(actual - stored)
    remove_block_flags(stored - actual)
    return len(actual ^ stored)


def remove_all_blocks(dreamer):
    """Delete all blocks by and of a dreamer."""
    for key, other in (("dreamer_id", "blocked_id"), ("blocked_id", "dreamer_id")):
        for batch in find_batches("blocks", {key: dreamer["_id"]}, None):
            db.blocks.delete_many({"_id": {"$in": [block["_id"] for block in batch]}})
            remove_block_flags([block[other] for block in batch if block.get(other)])


add_subject("blocks", exported=True, when_leaving=remove_all_blocks)
