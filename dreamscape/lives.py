"""The life of a dream: its state, the story of how it came true, and who adds a line to that.

The story is the update with the state "came-true", one of a dream, with which come its export,
deletion, reports and hiding. Lines are comments with ``line``: short, one a person, shown beside
the story and not in the conversation.
"""
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from dreamscape.comments import (
    COMMENT_FIELDS, comments_stages, complete_comment, read_comments, sharing_for,
)
from dreamscape.database import (
    CAME_TRUE_FIRST, HAS_COME_TRUE, JOIN_AUTHOR, NEWEST_FIRST, PICTURE_DEFAULTS, STORY, all_of,
    db, page_stages, set_or_unset,
)
from dreamscape.dreams import complete_dream
from dreamscape.follows import find_viewer_state
from dreamscape.help import complete_offer
from dreamscape.notifications import notify
from dreamscape.slugs import new_id
from dreamscape.text import matching_words, with_other_numbers
from dreamscape.thanks import (
    dream_help_parts, find_given, read_dream_help, unthanked_stages,
)
from dreamscape.together import find_together
from dreamscape.updates import (
    add_update, complete_update, read_path, read_updates, remove_update, updates_parts,
)
from dreamscape.visibility import is_same, listed_query, visible_query


# States ######################################################################

REPLACE_TIME = timedelta(hours=1)  # in which a change takes the place of the one before


class State(NamedTuple):
    """A state of a dream: its name, the button that leads to it, and the message afterwards."""

    label: str
    button: str
    message: str


STATES = {
    "dreaming": State("Dreaming", "Back to dreaming", "You're dreaming of it again."),
    "under-way": State("Under way", "It's under way", "Your dream is under way. Good luck!"),
    "came-true": State("Came true", "It came true", "Your dream came true. Congratulations!"),
    "resting": State("Resting", "Let it rest", "Your dream is resting. It'll be here when you "
                                               "want it again."),
    "let-go": State("Let go", "Let it go", "You've let this dream go. That can be wise."),
}


def set_state(dreamer, dream, state):
    """Change the state of the dreamer's dream; False if it has another one meanwhile.

    Of concurrent changes the one that names the state before wins; only that adds an update, of
    which followers hear, in place of that of a recent change: back where it began there is none.
    Limit: a change that is interrupted before its update is added has none.
    """
    before = dream["state"]
    if before == state:
        return True
    recent_start = dream["state_was"] if is_recent(dream["state_at"]) else None
    is_back = state == recent_start
    if not db.dreams.update_one(in_state(dream, before), state_change(
            state, None if is_back else recent_start or before)).modified_count:
        return bool(db.dreams.find_one(in_state(dream, state), {"_id": 1}))
    if recent_start:
        remove_last_change(dream)
    if not is_back:
        add_change(dreamer, dream, state)
    return True


def add_change(dreamer, dream, state):
    """Add the update of a change of state, and remove it if the state is another one by then.

    The later change removes this update, but may have run before it was added.
    """
    update_id = add_update(dreamer, dream, "", key=str(ObjectId()), state=state)
    if update_id and not db.dreams.find_one(in_state(dream, state), {"_id": 1}):
        remove_changes({"_id": update_id})


def in_state(dream, state):
    """Return the query for a dream if it is in this state."""
    return {"_id": dream["_id"], "state": {"$in": [None, state]} if state == "dreaming" else state}


def is_recent(moment):
    """Return whether a datetime, or None, is less than REPLACE_TIME ago."""
    return bool(moment) and datetime.now(UTC) - moment < REPLACE_TIME


def state_change(state, before):
    """Return the update that changes a dream's state; before: the one to go back to, or None."""
    return set_or_unset({
        "state": None if state == "dreaming" else state, "state_at": datetime.now(UTC),
        "state_was": before, "came_true_at": ObjectId() if state == STORY else None})


def remove_last_change(dream):
    """Delete the update of a dream's last change of state, if it is recent."""
    since = ObjectId.from_datetime(datetime.now(UTC) - REPLACE_TIME)
    remove_changes({"dream_id": dream["_id"], "state": dream["state"], "_id": {"$gt": since}})


def remove_changes(query):
    """Delete the updates of changes of state, several after concurrent changes.

    A story with words or a picture stays: it is shown again when the dream comes true again.
    """
    for update in db.updates.find(query):
        if not has_content(update):
            remove_update(complete_update(update))


# Stories #####################################################################

# {field of the form: key of the update}.
STORY_FIELDS = {"story": "body", "helped": "helped", "took": "took", "advice": "advice"}


def story_query(dream):
    """Return the query for the story of a dream, which the unique index allows once."""
    return {"dream_id": dream["_id"], "state": STORY}


def has_content(story):
    """Return whether a story has any words or a picture."""
    return any(story.get(key) for key in (*STORY_FIELDS.values(), "picture"))


def find_story(dream):
    """Return a dream's story as the data of its form, whatever its state is now; or {}."""
    story = db.updates.find_one(story_query(dream))
    return complete_update(story) | {"story": story.get("body"),
                                     "alt": story.get("picture_alt")} if story else {}


def set_story(dreamer, dream, fields):
    """Set the words of a dream's story, and that it came true; return the story's id.

    fields: the data of the form. None if the dream is gone. If another state is set at the same
    time, the story is kept but not shown.
    """
    set_state(dreamer, dream, STORY)
    # Adds it if the change of state was interrupted; else this returns the one there is.
    story_id = add_update(dreamer, dream, "", key=str(ObjectId()), state=STORY)
    words = {key: fields[name] or None for name, key in STORY_FIELDS.items()}
    db.updates.update_one({"_id": story_id}, set_or_unset(
        words | {"body": fields["story"] or "", "cleared": None}))
    return story_id


def story_message(fields):
    """Return the message after a story's form, which may have been sent empty."""
    told = any(fields[name] for name in (*STORY_FIELDS, "picture"))
    return ("Your story is out in the world." if told
            else "You can tell the story whenever you like.")


def find_with_stories(viewer, dreams):
    """Return dreams that came true, each with ``story``: {body}, or None, in one call.

    None if the viewer may not see it.
    """
    query = {"dream_id": {"$in": [dream["_id"] for dream in dreams]}, "state": STORY}
    found = db.updates.find(query | listed_query(viewer), {"dream_id": 1, "body": 1})
    stories = {story["dream_id"]: {"body": story.get("body") or ""} for story in found}
    return [dream | {"story": stories.get(dream["_id"])} for dream in dreams]


# Lines #######################################################################

LINES = 50  # shown of a story, the newest


def may_add_line(viewer, dream, followed, given):
    """Return whether the viewer may add a line: they follow the dream, or helped it.

    followed, given: as find_viewer_state and find_given return them for this dream.
    """
    has_helped = any(offer["state"] in ("accepted", "done") for offer in given.values())
    return bool(viewer and dream["state"] == STORY and dream["comments_enabled"]
                and not is_same(viewer, dream["dreamer_id"])
                and (dream["_id"] in followed or has_helped))


def line_stages(viewer, dream):
    """Return the stages for the newest lines beside a dream's story that the viewer may see."""
    query = {"dream_id": dream["_id"], "line": True} | visible_query(viewer)
    return [*page_stages(query, NEWEST_FIRST, LINES), JOIN_AUTHOR, {"$project": COMMENT_FIELDS}]


def find_may_add_line(viewer, dream):
    """Return whether the viewer may add a line, as may_add_line; in two calls."""
    return may_add_line(viewer, dream, find_viewer_state(viewer, [dream])["followed"],
                        find_given(viewer, dream))


def set_line(dreamer, dream, body):
    """Set a dreamer's line beside the story of a dream; return its id.

    Idempotent by the unique index. The first one tells the dream's dreamer.
    """
    own = {"dream_id": dream["_id"], "dreamer_id": dreamer["_id"], "line": True}
    try:
        added = db.comments.update_one(
            own, {"$set": {"body": body}, "$unset": {"cleared": ""},
                  "$setOnInsert": {"_id": new_id(dream), "likes": 0, "dislikes": 0}},
            upsert=True).upserted_id
    except DuplicateKeyError:  # another tab has added it
        return set_line(dreamer, dream, body)
    if added and not db.dreams.find_one({"_id": dream["_id"]}, {"_id": 1}):
        db.comments.delete_one({"_id": added})
    elif added:
        notify("comment", dream["dreamer_id"],
               {"dream_id": dream["_id"], "comment_id": added}, dreamer)
    line = db.comments.find_one(own, {"_id": 1})
    return line and line["_id"]


# People who did this #########################################################

COMPARED_TEXTS = ("title", "description")  # of a dream with others, the title first
SIMILAR = 3  # dreams
SIMILAR_TEXT = 3_000  # characters of a text that is written
SIMILAR_WORDS = 2  # shared at least: one shared word says too little
SIMILAR_SCANS = 100  # of those that came true and share a word of the title, the newest
RARE_WORDS = 8  # of a title, and as many of a description
SIMILAR_FIELDS = dict.fromkeys(("slug", "title", "dreamer_id", "came_true_at",
                                *PICTURE_DEFAULTS), 1)


def rare_tokens(title, description=""):
    """Return the search tokens of a dream's rarest words, and their singulars and plurals.

    Taken for rare are the longest ones that are no stop words (Zipf), those of the title apart.
    """
    words = [word for text in (title, description) for word in sorted(
        matching_words([text]), key=len, reverse=True)[:RARE_WORDS]]
    return with_other_numbers(list(dict.fromkeys(words)), 4 * RARE_WORDS)


def similar_stages(viewer, title, description, dream_id=None):
    """Return the stages for SIMILAR dreams of others that came true and share most words.

    They share SIMILAR_WORDS, one of them of the title. [] if the title has none.
    """
    title_tokens, tokens = rare_tokens(title), rare_tokens(title, description)
    if not title_tokens:
        return []
    others = {"dreamer_id": {"$ne": viewer["_id"]}} if viewer else {}
    others |= {"_id": {"$ne": dream_id}} if dream_id else {}
    query = {"words": {"$in": title_tokens}, **HAS_COME_TRUE}
    own, union = "$words", {"$setUnion": ["$words", {"$literal": tokens}]}
    return [*page_stages(query, CAME_TRUE_FIRST, SIMILAR_SCANS),
            {"$match": all_of(listed_query(viewer), others)},
            {"$project": SIMILAR_FIELDS | {
                "closeness": {"$subtract": [{"$size": own}, {"$size": union}]}}},
            {"$match": {"closeness": {"$gte": SIMILAR_WORDS - len(tokens)}}},
            {"$sort": {"closeness": -1, "came_true_at": -1}}, {"$limit": SIMILAR}, JOIN_AUTHOR]


def find_similar(viewer, words):
    """Return SIMILAR dreams of others, at most, that came true and share words, in one call.

    words: {name: text or None} of a dream that is written, for each of COMPARED_TEXTS.
    """
    # A form that is refused for its length may hold any.
    texts = ((words[name] or "")[:SIMILAR_TEXT] for name in COMPARED_TEXTS)
    stages = similar_stages(viewer, *texts)
    return list(map(complete_dream, db.dreams.aggregate(stages))) if stages else []


# A dream's page ##############################################################


def find_life(viewer, dream, cursor, comments_cursor=None, thanks_cursor=None):
    """Return all that a dream's page shows beside the dream, in one call.

    {comments, cursor, help, updates, updates_cursor, path, story, lines, unthanked, similar}.
    comments, cursor: see read_comments; help: see read_dream_help; path: see read_path; story: None
    unless the dream came true; lines: complete comments beside it; unthanked: then, for its
    dreamer, the offers of who helped, got no thanks and hasn't left; similar: as of find_similar;
    the others: see read_updates. The cursors are those of updates, comments and thanks.
    """
    similar = similar_stages(viewer, *(dream[name] for name in COMPARED_TEXTS), dream["_id"])
    parts = {"comments": ("comments", comments_stages(dream, viewer, comments_cursor)),
             **updates_parts(dream, viewer, cursor),
             **dream_help_parts(viewer, dream, thanks_cursor)}
    parts |= {"lines": ("comments", line_stages(viewer, dream))} if dream["state"] == STORY else {}
    if dream["state"] == STORY and is_same(viewer, dream["dreamer_id"]):
        parts["unthanked"] = ("offers", unthanked_stages(viewer, dream))
    parts |= {"similar": ("dreams", similar)} if similar else {}
    found = find_together(parts, sharing_for(viewer))
    comments, next_cursor = read_comments(found["comments"], viewer, comments_cursor)
    page = read_updates(dream, found)
    return page | {
        "path": read_path(dream, page["updates"], cursor, page["updates_cursor"]),
        "comments": comments, "cursor": next_cursor, "help": read_dream_help(viewer, dream, found),
        "story": page["story"] if dream["state"] == STORY else None,
        "lines": list(map(complete_comment, found.get("lines", ()))),
        "unthanked": [offer for offer in map(complete_offer, found.get("unthanked", ()))
                      if offer["dreamer_id"]],
        "similar": list(map(complete_dream, found.get("similar", ())))}
