"""Comments on dreams, and reactions to comments."""
from collections import Counter
from datetime import UTC, datetime
from itertools import chain

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from dreamscape.database import (
    AUTHOR_FIELDS, COMMENT_DEFAULTS, NEWEST_FIRST, add_subject, complete, db, find_batches,
    find_with_authors, indexed_text, parse_cursor, split_page,
)
from dreamscape.dreamers import complete_author, complete_dreamer
from dreamscape.dreams import complete_dream, dream_words, trend_score, update_counts
from dreamscape.notifications import notify
from dreamscape.reports import remove_reports
from dreamscape.text import idempotency_key
from dreamscape.visibility import listed_query, visible_query


# Comments ####################################################################

COMMENT_FIELDS = dict.fromkeys(COMMENT_DEFAULTS, 1) | AUTHOR_FIELDS
RECENT_COMMENTS = 10  # ids stored in a dream: more than are shown, to replace deleted ones
SHOWN_COMMENTS = 3  # on a card
COMMENTS_PAGE = 50  # comments on a dream's page
COLLAPSE_DISLIKES = 3  # dislikes from which on a comment can be collapsed


def complete_comment(document):
    """Return a comment with its author, and with defaults for missing keys."""
    return complete(document, COMMENT_DEFAULTS) | {
        "created_at": document["_id"].generation_time,
        "author": complete_author(document),
    }


def is_collapsed(comment):
    """Return whether a comment is shown collapsed: many dislikes, and more than likes."""
    return comment["dislikes"] >= COLLAPSE_DISLIKES and comment["dislikes"] > comment["likes"]


def find_full_comments(query, size):
    """Return at most ``size`` complete comments with their authors, newest first."""
    return list(map(complete_comment, find_with_authors("comments", query, NEWEST_FIRST, size,
                                                        COMMENT_FIELDS)))


def find_comment(query):
    """Return a complete comment with its author, or None."""
    return next(iter(find_full_comments(query, 1)), None)


def find_comments(dream, viewer, cursor):
    """Return (comments, cursor): a page of a dream's comments that the viewer may see."""
    position = parse_cursor(cursor, NEWEST_FIRST)
    query = position | {"dream_id": dream["_id"], "line": None} | visible_query(viewer)
    return split_page(find_full_comments(query, COMMENTS_PAGE + 1), COMMENTS_PAGE)


def find_recent_comments(viewer, dreams):
    """Return {dream id: its SHOWN_COMMENTS newest comments, newest first}.

    A viewer who doesn't see some of them gets older ones instead, of the ids that dreams store.
    """
    comments = {dream["_id"]: [] for dream in dreams}
    size = RECENT_COMMENTS if viewer and viewer.get("apart") else SHOWN_COMMENTS
    ids = [_id for dream in dreams for _id in dream["recent_comments"][-size:]]
    query = {"_id": {"$in": ids}} | listed_query(viewer)
    for comment in find_full_comments(query, len(ids)) if ids else []:
        comments.get(comment["dream_id"], []).append(comment)
    return {dream_id: newest[:SHOWN_COMMENTS] for dream_id, newest in comments.items()}


def add_comment(dreamer, dream, body, key=""):
    """Add a comment; return its id, or None if the dream was deleted. Idempotent.

    key: the idempotency key of the form; without one, equal text counts as the same comment.
    """
    once = idempotency_key(str(dreamer["_id"]), body, *[key] * bool(key))
    comment = {"_id": ObjectId(), "dream_id": dream["_id"], "dreamer_id": dreamer["_id"],
               "body": body, "once": once, "likes": 0, "dislikes": 0}
    try:
        db.comments.insert_one(comment)
    except DuplicateKeyError:
        first = db.comments.find_one({"dream_id": dream["_id"], "once": indexed_text(once)})
        # None if it was deleted between the two calls.
        return first["_id"] if first else add_comment(dreamer, dream, body, key)
    newest = {"$each": [comment["_id"]], "$slice": -RECENT_COMMENTS}
    if update_counts(dream["_id"], {"$inc": {"comments": 1}, "$push": {"recent_comments": newest}}):
        notify("comment", dream["dreamer_id"],
               {"dream_id": dream["_id"], "comment_id": comment["_id"]}, dreamer)
        return comment["_id"]
    db.comments.delete_one({"_id": comment["_id"]})
    return None


def set_comment(comment, body):
    """Update a comment's text; False if its author has edited another one to the same."""
    once = idempotency_key(str(comment["dreamer_id"]), body)
    try:
        db.comments.update_one({"_id": comment["_id"]}, {"$set": {
            "body": body, "once": once, "edited_at": datetime.now(UTC)}, "$unset": {"cleared": ""}})
    except DuplicateKeyError:
        return False
    return True


def remove_comment(comment):
    """Delete a comment with its reactions and reports; return whether it was there."""
    remove_reports(comment["_id"])
    deleted = db.comments.find_one_and_delete({"_id": comment["_id"]}, {"hidden": 1, "line": 1})
    if not deleted:
        return False
    db.reactions.delete_many({"comment_id": comment["_id"]})
    # Again, for reports that were added concurrently.
    remove_reports(comment["_id"])
    if not deleted.get("hidden"):
        remove_from_counts(comment | deleted)
    return True


def remove_comments_on(owner, author):
    """Delete an author's comments on the dreams of one owner."""
    for batch in find_batches("comments", {"dreamer_id": author["_id"]}, {"dream_id": 1}):
        ids = [comment["dream_id"] for comment in batch]
        owned = db.dreams.distinct("_id", {"_id": {"$in": ids}, "dreamer_id": owner["_id"]})
        for comment in batch:
            if comment["dream_id"] in owned:
                remove_comment(comment)


def remove_from_counts(comment):
    """Remove a comment from its dream's count and recent comments, where no line ever is."""
    if comment.get("line"):
        return
    dream = update_counts(comment["dream_id"], {"$inc": {"comments": -1},
                                                "$pull": {"recent_comments": comment["_id"]}})
    if dream and len(dream.get("recent_comments", [])) < min(SHOWN_COMMENTS, dream["comments"]):
        set_recent_comments(dream)


def add_to_counts(comment):
    """Add a comment, unless it is a line, to its dream's count and recent comments."""
    if comment.get("line"):
        return
    dream = update_counts(comment["dream_id"], {"$inc": {"comments": 1}})
    if dream:
        set_recent_comments(dream)


def set_recent_comments(dream):
    """Set a dream's recent comments from the collection; return 1 if they were wrong, else 0.

    If they change concurrently they are left as they are.
    """
    query = {"dream_id": dream["_id"], "line": None} | listed_query()
    newest = db.comments.find(query, {"_id": 1}).sort(NEWEST_FIRST).limit(RECENT_COMMENTS)
    recent = [comment["_id"] for comment in newest][::-1]
    unchanged = {"_id": dream["_id"], "recent_comments": dream.get("recent_comments")}
    return db.dreams.update_one(unchanged, {"$set": {"recent_comments": recent}}).modified_count


def set_derived_fields(dream):
    """Set a dream's recent comments, score and search words; return True if any was wrong.

    A dream that was edited meanwhile is left as it is: its search words are new.
    """
    author = complete_dreamer(db.dreamers.find_one({"_id": dream.get("dreamer_id")}) or {})
    derived = {"score": trend_score(dream),
               "words": dream_words(complete_dream(dream), author["name"])}
    unchanged = {"_id": dream["_id"], "edited_at": dream.get("edited_at")}
    changed = db.dreams.update_one(unchanged, {"$set": derived}).modified_count
    return bool(set_recent_comments(dream) + changed)


def set_comments_anonymous(dreamer):
    """Remove the author from the comments of a deleted account, which stay; return how many."""
    return db.comments.update_many({"dreamer_id": dreamer["_id"]}, {
        "$set": {"dreamer_id": None}, "$unset": {"once": ""}}).modified_count


add_subject("comments", exported=True, of_dream="dream_id", moderated=("body",),
            when_leaving=set_comments_anonymous)


# Reactions ###################################################################

REACTIONS = ("like", "dislike", "none")


def set_reaction(dreamer, comment, value):
    """Set a dreamer's only reaction to a comment: "like", "dislike" or "none"."""
    pair = {"dreamer_id": dreamer["_id"], "comment_id": comment["_id"]}
    new = pair | {"value": value, "dream_id": comment["dream_id"]}
    steps, added = Counter(), add_reaction(new)
    if not added and (old := db.reactions.find_one_and_delete(pair | {"value": {"$ne": value}})):
        if old.get("value"):
            steps[f"{old['value']}s"] -= 1
        added = add_reaction(new)
    if added:
        steps[f"{value}s"] += 1
    result = steps and db.comments.update_one({"_id": comment["_id"]}, {"$inc": dict(steps)})
    if result and not result.matched_count:
        # The comment was deleted concurrently.
        db.reactions.delete_one(pair)


def add_reaction(reaction):
    """Add a reaction; False if there is one already, or its value is "none"."""
    if reaction["value"] == "none":
        return False
    try:
        db.reactions.insert_one(reaction)
    except DuplicateKeyError:
        return False
    return True


def remove_reactions(query):
    """Delete the reactions that match a query, and subtract them from the counts."""
    for reaction in chain.from_iterable(find_batches("reactions", query, None)):
        comment = {"_id": reaction.get("comment_id"), "dream_id": None}
        set_reaction({"_id": reaction.get("dreamer_id")}, comment, "none")
    # Incomplete documents, which set_reaction doesn't match.
    db.reactions.delete_many(query)


add_subject("reactions", exported=True, of_dream="dream_id",
            when_leaving=lambda dreamer: remove_reactions({"dreamer_id": dreamer["_id"]}))
