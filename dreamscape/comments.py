"""Comments on dreams, and the likes and dislikes of comments."""
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
from dreamscape.reports import remove_reports
from dreamscape.text import idempotency_key
from dreamscape.visibility import visible_query


# Comments ####################################################################

COMMENT_FIELDS = dict.fromkeys(COMMENT_DEFAULTS, 1) | AUTHOR_FIELDS
RECENT_COMMENTS = 10  # ids kept in a dream: three are shown, the rest replace deleted ones
SHOWN_COMMENTS = 3  # of each dream of a feed
COMMENTS_PAGE = 50  # comments on a dream's page
FOLD_DISLIKES = 3  # a comment with so many, and more dislikes than likes, is folded away


def complete_comment(document):
    """Return a comment with every key pages need, its author included."""
    return complete(document, COMMENT_DEFAULTS) | {
        "created_at": document["_id"].generation_time,
        "author": complete_author(document),
    }


def folded(comment):
    """Return whether dislikes fold a comment away."""
    return comment["dislikes"] >= FOLD_DISLIKES and comment["dislikes"] > comment["likes"]


def find_full_comments(query, size):
    """Return at most ``size`` complete comments with their authors, newest first."""
    return list(map(complete_comment, find_with_authors("comments", query, NEWEST_FIRST, size,
                                                  COMMENT_FIELDS)))


def find_comment(query):
    """Return a complete comment with its author, or None."""
    return next(iter(find_full_comments(query, 1)), None)


def find_comments(dream, viewer, cursor):
    """Return (comments, cursor) of a dream, newest first, that the viewer may see."""
    position = parse_cursor(cursor, NEWEST_FIRST)
    query = position | {"dream_id": dream["_id"]} | visible_query(viewer)
    return split_page(find_full_comments(query, COMMENTS_PAGE + 1), COMMENTS_PAGE)


def find_recent_comments(dreams):
    """Return {dream id: its newest comments, newest first} for the dreams of a page."""
    comments = {dream["_id"]: [] for dream in dreams}
    ids = [_id for dream in dreams for _id in dream["recent_comments"][-SHOWN_COMMENTS:]]
    query = {"_id": {"$in": ids}, "hidden": None}
    for comment in find_full_comments(query, len(ids)) if ids else []:
        comments.get(comment["dream_id"], []).append(comment)
    return comments


def add_comment(dreamer, dream, body, key=""):
    """Add a comment, once however often it is sent; its id, None if the dream is gone.

    key: the one-time key of its form; without one the words alone tell what is the same.
    """
    once = idempotency_key(str(dreamer["_id"]), body, *[key] * bool(key))
    comment = {"_id": ObjectId(), "dream_id": dream["_id"], "dreamer_id": dreamer["_id"],
               "body": body, "once": once, "likes": 0, "dislikes": 0}
    try:
        db.comments.insert_one(comment)
    except DuplicateKeyError:
        there = db.comments.find_one({"dream_id": dream["_id"], "once": indexed_text(once)})
        # It was deleted that very moment: then this one is the first again.
        return there["_id"] if there else add_comment(dreamer, dream, body, key)
    newest = {"$each": [comment["_id"]], "$slice": -RECENT_COMMENTS}
    if update_counts(dream["_id"], {"$inc": {"comments": 1}, "$push": {"recent_comments": newest}}):
        return comment["_id"]
    db.comments.delete_one({"_id": comment["_id"]})
    return None


def set_comment(comment, body):
    """Change a comment's words; False if its author said exactly that here already."""
    once = idempotency_key(str(comment["dreamer_id"]), body)
    try:
        db.comments.update_one({"_id": comment["_id"]}, {"$set": {
            "body": body, "once": once, "edited_at": datetime.now(UTC)}})
    except DuplicateKeyError:
        return False
    return True


def remove_comment(comment):
    """Delete a comment with its reactions and the reports about it."""
    remove_reports(comment["_id"])
    gone = db.comments.find_one_and_delete({"_id": comment["_id"]}, {"hidden": 1})
    if not gone:
        return
    db.reactions.delete_many({"comment_id": comment["_id"]})
    # Once more, for who reported it while this went on.
    remove_reports(comment["_id"])
    if not gone.get("hidden"):
        uncount_comment(comment)


def uncount_comment(comment):
    """Count a comment no longer; the next older one takes its place in feeds."""
    dream = update_counts(comment["dream_id"], {"$inc": {"comments": -1},
                                                "$pull": {"recent_comments": comment["_id"]}})
    if dream and len(dream.get("recent_comments", [])) < min(SHOWN_COMMENTS, dream["comments"]):
        set_recent_comments(dream)


def recount_comment(comment):
    """Count a comment again, and give it back its place in feeds."""
    dream = update_counts(comment["dream_id"], {"$inc": {"comments": 1}})
    if dream:
        set_recent_comments(dream)


def set_recent_comments(dream):
    """Read a dream's newest comments anew, unless they change meanwhile; 1 if any differed."""
    found = db.comments.find({"dream_id": dream["_id"], "hidden": None}, {"_id": 1}).sort(
        NEWEST_FIRST).limit(RECENT_COMMENTS)
    recent = [comment["_id"] for comment in found][::-1]
    same = {"_id": dream["_id"], "recent_comments": dream.get("recent_comments")}
    return db.dreams.update_one(same, {"$set": {"recent_comments": recent}}).modified_count


def set_derived(dream):
    """Set what follows from a dream: recent comments, score, words; True if any was wrong."""
    author = complete_dreamer(db.dreamers.find_one({"_id": dream.get("dreamer_id")}) or {})
    derived = {"score": trend_score(dream),
               "words": dream_words(complete_dream(dream), author["name"])}
    changed = db.dreams.update_one({"_id": dream["_id"]}, {"$set": derived}).modified_count
    return bool(set_recent_comments(dream) + changed)


def set_anonymous(dreamer):
    """Take the name of a dreamer who leaves from what they said: it stays."""
    db.comments.update_many({"dreamer_id": dreamer["_id"]},
                            {"$set": {"dreamer_id": None}, "$unset": {"once": ""}})


add_subject("comments", exported=True, of_dream="dream_id", moderated=("body",),
            when_leaving=set_anonymous)


# Reactions ###################################################################

REACTIONS = ("like", "dislike", "none")


def set_reaction(dreamer, comment, value):
    """Make "like", "dislike" or "none" a dreamer's one reaction to a comment."""
    edge = {"dreamer_id": dreamer["_id"], "comment_id": comment["_id"]}
    new = edge | {"value": value, "dream_id": comment["dream_id"]}
    steps, added = Counter(), add_reaction(new)
    if not added and (gone := db.reactions.find_one_and_delete(edge | {"value": {"$ne": value}})):
        if gone.get("value"):
            steps[f"{gone['value']}s"] -= 1
        added = add_reaction(new)
    if added:
        steps[f"{value}s"] += 1
    counted = steps and db.comments.update_one({"_id": comment["_id"]}, {"$inc": dict(steps)})
    if counted and not counted.matched_count:
        # The comment was deleted that very moment: nothing may hang on it.
        db.reactions.delete_one(edge)


def add_reaction(reaction):
    """Keep a reaction; False where there is one already, or none is wanted."""
    if reaction["value"] == "none":
        return False
    try:
        db.reactions.insert_one(reaction)
    except DuplicateKeyError:
        return False
    return True


def remove_reactions(query):
    """Take reactions back one by one, each with its count, then what is half written."""
    for reaction in chain.from_iterable(find_batches("reactions", query, None)):
        comment = {"_id": reaction.get("comment_id"), "dream_id": None}
        set_reaction({"_id": reaction.get("dreamer_id")}, comment, "none")
    db.reactions.delete_many(query)


add_subject("reactions", exported=True, of_dream="dream_id",
            when_leaving=lambda dreamer: remove_reactions({"dreamer_id": dreamer["_id"]}))
