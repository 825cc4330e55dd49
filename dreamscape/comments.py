"""Comments on dreams, which form a conversation of threads, and reactions to comments."""
from collections import Counter
from datetime import UTC, datetime
from itertools import chain

from bson import ObjectId
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from dreamscape.database import (
    AUTHOR_DEFAULTS, AUTHOR_FIELDS, COMMENT_DEFAULTS, JOIN_AUTHOR, NEWEST_FIRST,
    OLDEST_THREAD_FIRST, CursorError, complete, db, find_batches, indexed_text, page_stages,
    parse_id,
)
from dreamscape.dreamers import complete_author
from dreamscape.dreams import update_counts
from dreamscape.follows import own_edges_parts, read_own_edges
from dreamscape.mentions import find_mentions
from dreamscape.notifications import notify
from dreamscape.reports import set_reports_anonymous
from dreamscape.shared import Shared
from dreamscape.slugs import new_id
from dreamscape.subjects import add_subject
from dreamscape.text import idempotency_key
from dreamscape.together import find_together, union_pipelines
from dreamscape.visibility import is_apart, is_same, listed_query, visible_query


# Comments ####################################################################

COMMENT_FIELDS = dict.fromkeys(COMMENT_DEFAULTS, 1) | AUTHOR_FIELDS | dict.fromkeys(
    (f"named.{name}" for name in AUTHOR_DEFAULTS), 1)
JOIN_NAMED = {"$lookup": {"from": "dreamers", "localField": "people", "foreignField": "_id",
                          "as": "named"}}
RECENT_COMMENTS = 10  # ids stored in a dream: more than are shown, to replace deleted ones
SHOWN_COMMENTS = 3  # on a card
COMMENTS_PAGE = 50  # comments on a dream's page
CONTEXT = 10  # comments that find_cursor_of shows before the one looked for
FIRST_ID = ObjectId("0" * 24)  # the least possible
COLLAPSE_DISLIKES = 3  # dislikes from which on a comment can be collapsed


def complete_comment(document, viewer=None):
    """Return a comment with its author, and with defaults for missing keys.

    answered: the name of the person whom a reply answers, or None. links: {"@Name": slug} of the
    people mentioned. Both omit people who have left, or whom a block separates from the viewer.
    """
    comment = complete(document, COMMENT_DEFAULTS)
    people = {each["_id"]: complete_author({"author": [each]})
              for each in document.get("named") or () if not is_apart(viewer, each["_id"])}
    answered = people.get(comment["people"][0]) if comment["people"] else None
    links = {text: people[_id]["slug"] for _id, text in zip(
        comment["people"], comment["mentions"], strict=False) if text and _id in people}
    return comment | {
        "created_at": document["_id"].generation_time,
        "author": complete_author(document), "links": links, "named": None, "is_cut_off": False,
        "answered": answered and comment["parent_id"] and answered["name"],
    }


def complete_part(document):
    """Return a document of find_together, completed if it is of the part "comments"."""
    return complete_comment(document) if document["part"] == "comments" else document


def sharing_for(viewer):
    """Return complete_part, or None for a viewer with blocks, as comments omit people then."""
    return None if viewer and viewer.get("apart") else complete_part


def complete_comments(documents, viewer):
    """Return comments that find_together read, completed unless they are Shared, so complete."""
    return [document if isinstance(document, Shared) else complete_comment(document, viewer)
            for document in documents]


def is_collapsed(comment):
    """Return whether a comment is shown collapsed: many dislikes, and more than likes."""
    return comment["dislikes"] >= COLLAPSE_DISLIKES and comment["dislikes"] > comment["likes"]


def join_comments(stages):
    """Return stages for comments, with their authors and the people whom they name."""
    return [*stages, JOIN_AUTHOR, JOIN_NAMED, {"$project": COMMENT_FIELDS}]


def find_comment(query, viewer=None):
    """Return a complete comment with its author, or None."""
    found = db.comments.aggregate(join_comments(page_stages(query, NEWEST_FIRST, 1)))
    return next((complete_comment(document, viewer) for document in found), None)


# A conversation ##############################################################
#
# Threads by their age, and in each the oldest comment first: by (thread_id, _id). Comments of an
# older version have no thread_id before set_thread_ids has run, and stand first.


def conversation_stages(dream, viewer, positions, order, size):
    """Return the stages for the first ``size`` comments of some positions, in their order.

    positions: queries whose comments follow one another. One $or of them would be scanned from the
    start of the conversation.
    """
    query = {"dream_id": dream["_id"], "line": None} | visible_query(viewer)
    return [*union_pipelines(("comments", page_stages(query | position, order, size))
                             for position in positions), {"$limit": size}]


def parse_position(cursor):
    """Return (thread_id, _id) of a conversation's cursor; (None, None) without one."""
    thread, _, last = (cursor or "").partition("_")
    thread_id, last_id = parse_id(thread), parse_id(last)
    if cursor and (not last_id or (thread and not thread_id)):
        raise CursorError(cursor)
    return thread_id, last_id


def format_position(comment):
    """Return the cursor for the comments after this one."""
    return f"{comment.get('thread_id') or ''}_{comment['_id']}"


def find_comments(dream, viewer, cursor):
    """Return (comments, cursor): see read_comments. A dream's page reads them in find_life."""
    return read_comments(db.comments.aggregate(comments_stages(dream, viewer, cursor)), viewer,
                         cursor)


def comments_stages(dream, viewer, cursor):
    """Return the stages for a page of a dream's conversation: see read_comments."""
    thread_id, last_id = parse_position(cursor)
    positions = [{"thread_id": thread_id, "_id": {"$gt": last_id}},
                 {"thread_id": {"$gt": thread_id or FIRST_ID}}] if cursor else [{}]
    return join_comments(conversation_stages(
        dream, viewer, positions, OLDEST_THREAD_FIRST, COMMENTS_PAGE + 1))


def read_comments(documents, viewer, cursor):
    """Return (comments, cursor): a page of a dream's conversation that the viewer may see.

    documents: of comments_stages. Each with ``is_cut_off``: whether the first comment of its
    thread isn't shown any more.
    """
    comments = complete_comments(documents, viewer)
    page = comments[:COMMENTS_PAGE]
    before = [parse_position(cursor)[0], *(comment["thread_id"] for comment in page)]
    shown = [comment | {"is_cut_off": True} if comment["parent_id"]
             and comment["thread_id"] != thread else comment
             for comment, thread in zip(page, before, strict=False)]
    return shown, format_position(page[-1]) if len(comments) > COMMENTS_PAGE else None


def find_cursor_of(dream, viewer, comment):
    """Return the cursor of a page of a conversation that shows a comment; None for the first."""
    order = [(key, DESCENDING) for key, _ in OLDEST_THREAD_FIRST]
    thread_id = comment["thread_id"]
    positions = [{"thread_id": thread_id, "_id": {"$lt": comment["_id"]}}]
    positions += [{"thread_id": {"$lt": thread_id}}] if thread_id else []
    before = list(db.comments.aggregate([
        *conversation_stages(dream, viewer, positions, order, COMMENTS_PAGE),
        {"$project": {"thread_id": 1}}]))
    return format_position(before[CONTEXT]) if len(before) == COMMENTS_PAGE else None


def set_thread_ids(comments):
    """Set the thread_id of comments that have none, as firsts of threads; return how many."""
    return sum(db.comments.update_one(
        {"_id": comment["_id"], "thread_id": None},
        {"$set": {"thread_id": comment["_id"]}}).modified_count for comment in comments)


def add_missing_thread_ids():
    """Set the thread_id of all comments of an older version; return how many were changed.

    Can be interrupted and repeated.
    """
    return sum(map(set_thread_ids, find_batches(
        "comments", {"thread_id": None, "line": None}, {"_id": 1})))


# On cards ####################################################################


def find_card_details(viewer, dreams):
    """Return {comments, followed, reactions, cheered} of dreams on cards, in one call.

    comments: {dream id: its SHOWN_COMMENTS newest ones, newest first}. A viewer who doesn't see
    some of them gets older ones instead, if their ids are among the dream's recent_comments. The
    others: as find_viewer_state returns them.
    """
    comments = {dream["_id"]: [] for dream in dreams}
    size = RECENT_COMMENTS if viewer and viewer.get("apart") else SHOWN_COMMENTS
    ids = [_id for dream in dreams for _id in dream["recent_comments"][-size:]]
    query = {"_id": {"$in": ids}} | listed_query(viewer)
    parts = {"comments": ("comments", join_comments(page_stages(
        query, NEWEST_FIRST, len(ids))))} if ids else {}
    found = find_together(parts | own_edges_parts(viewer, dreams, ids), sharing_for(viewer))
    for comment in complete_comments(found.get("comments", ()), viewer):
        comments.get(comment["dream_id"], []).append(comment)
    return {"comments": {dream_id: newest[:SHOWN_COMMENTS]
                         for dream_id, newest in comments.items()}, **read_own_edges(found)}


# Writing #####################################################################


def thread_fields(comment_id, parent):
    """Return the thread_id and parent_id of a comment that answers another one, or None.

    An answer to a deleted comment stays in its thread, so the parent may be deleted meanwhile.
    """
    if not parent:
        return {"thread_id": comment_id}
    if not parent["thread_id"]:
        set_thread_ids([parent])
    return {"thread_id": parent["thread_id"] or parent["_id"], "parent_id": parent["_id"]}


def named_fields(author, dream, body, parent):
    """Return the people and mentions of a comment: whom it answers, and whom it mentions."""
    answered = {parent["dreamer_id"]: ""} if parent else {}
    named = answered | find_mentions(author, dream, body)
    return {"people": [*named], "mentions": [*named.values()]} if named else {}


def notify_named(author, dream, comment, notified=()):
    """Notify a dream's owner, and the people whom a comment answers and mentions, each once.

    notified: ids of dreamers who aren't notified, because they were before.
    """
    kinds = dict.fromkeys(comment.get("people") or (), "mention")
    if comment.get("parent_id"):
        kinds[comment["people"][0]] = "reply"
    for dreamer_id, kind in ({dream["dreamer_id"]: "comment"} | kinds).items():
        if dreamer_id and dreamer_id not in notified:
            about = {"dream_id": dream["_id"], "comment_id": comment["_id"]}
            notify(kind, dreamer_id, about, author)


def add_comment(dreamer, dream, body, key="", parent=None):
    """Add a comment; return its id, or None if the dream was deleted. Idempotent.

    key: the idempotency key of the form; without one, equal text counts as the same comment.
    parent: the comment on the same dream that it answers.
    """
    once = idempotency_key(str(dreamer["_id"]), body,
                           *filter(None, (key, parent and str(parent["_id"]))))
    comment_id = new_id(dream)
    comment = {"_id": comment_id, "dream_id": dream["_id"], "dreamer_id": dreamer["_id"],
               "body": body, "once": once, "likes": 0, "dislikes": 0,
               **thread_fields(comment_id, parent), **named_fields(dreamer, dream, body, parent)}
    try:
        db.comments.insert_one(comment)
    except DuplicateKeyError:
        first = db.comments.find_one({"dream_id": dream["_id"], "once": indexed_text(once)})
        # None if it was deleted between the two calls.
        return first["_id"] if first else add_comment(dreamer, dream, body, key, parent)
    newest = {"$each": [comment_id], "$sort": 1, "$slice": -RECENT_COMMENTS}
    answered = {} if is_same(dreamer, dream["dreamer_id"]) else {"$set": {"unanswered": False}}
    if update_counts(dream["_id"], {"$inc": {"comments": 1},
                                    "$push": {"recent_comments": newest}} | answered):
        notify_named(dreamer, dream, comment)
        return comment_id
    db.comments.delete_one({"_id": comment_id})
    return None


def set_comment(author, dream, comment, body):
    """Update a comment's text, and notify people whom it mentions now.

    False if its author has edited another comment on the dream to the same text.
    """
    once = idempotency_key(str(comment["dreamer_id"]), body)
    parent = comment["parent_id"] and {"dreamer_id": (comment["people"] or [None])[0]}
    named = {"people": [], "mentions": []} | named_fields(author, dream, body, parent)
    try:
        db.comments.update_one({"_id": comment["_id"]}, {"$set": named | {
            "body": body, "once": once, "edited_at": datetime.now(UTC)}, "$unset": {"cleared": ""}})
    except DuplicateKeyError:
        return False
    notify_named(author, dream, comment | named, {dream["dreamer_id"], *comment["people"]})
    return True


def remove_comment(comment):
    """Delete a comment with its reactions; return whether it existed."""
    deleted = db.comments.find_one_and_delete({"_id": comment["_id"]}, {"hidden": 1, "line": 1})
    if not deleted:
        return False
    db.reactions.delete_many({"comment_id": comment["_id"]})
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
    """Remove a comment, unless it is a line, from its dream's count and recent comments."""
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

    If they were changed concurrently, that change stays.
    """
    query = {"dream_id": dream["_id"], "line": None} | listed_query()
    newest = db.comments.find(query, {"_id": 1}).sort(NEWEST_FIRST).limit(RECENT_COMMENTS)
    recent = [comment["_id"] for comment in newest][::-1]
    unchanged = {"_id": dream["_id"], "recent_comments": dream.get("recent_comments")}
    return db.dreams.update_one(unchanged, {"$set": {"recent_comments": recent}}).modified_count


def set_comments_anonymous(dreamer):
    """Remove the author from the comments of a deleted account, which stay; return how many.

    Also from other comments that answer or mention them, and from reports.
    """
    # Only here: by now the comments on the dreamer's own dreams are deleted.
    set_reports_anonymous(dreamer)
    for batch in find_batches("comments", {"people": dreamer["_id"]}, {"people": 1}):
        ids = [comment["_id"] for comment in batch]
        # Most of these lists are equal: one call for each distinct list, not for each comment.
        for people in {tuple(comment["people"]) for comment in batch}:
            remaining = [None if _id == dreamer["_id"] else _id for _id in people]
            db.comments.update_many({"_id": {"$in": ids}, "people": [*people]},
                                    {"$set": {"people": remaining}})
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
    changes, added = Counter(), add_reaction(new)
    if not added and (old := db.reactions.find_one_and_delete(pair | {"value": {"$ne": value}})):
        if old.get("value"):
            changes[f"{old['value']}s"] -= 1
        added = add_reaction(new)
    if added:
        changes[f"{value}s"] += 1
    result = changes and db.comments.update_one({"_id": comment["_id"]}, {"$inc": dict(changes)})
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
    # Documents without a comment_id or dreamer_id, which set_reaction doesn't find.
    db.reactions.delete_many(query)


add_subject("reactions", exported=True, of_dream="dream_id",
            when_leaving=lambda dreamer: remove_reactions({"dreamer_id": dreamer["_id"]}))
