"""The schema: what a missing key counts as, which counts are stored, and every index."""

from dreamscape import database
from dreamscape.database import INDEXES

UNIQUE, SPARSE = {"unique": True}, {"sparse": True}


def only(**query):
    """Return the options of an index that has the documents of a query alone."""
    return {"partialFilterExpression": query}


TEXT, PERSON, ANY = {"$type": "string"}, {"$type": "objectId"}, {"$exists": True}
ALL_INDEXES = {  # collection: [(keys, "-" before those in descending order; options)]
    "dreamers": [
        ("email", UNIQUE | SPARSE), ("unconfirmed_email -_id", only(unconfirmed_email=TEXT)),
        ("sign_up_key", UNIQUE | SPARSE), ("ends_at", SPARSE), ("slug", UNIQUE | SPARSE),
        ("picture", SPARSE), ("words -_id", {}), ("help_words -_id", {})],
    "dreams": [
        ("slug", UNIQUE | SPARSE), ("dreamer_id once", UNIQUE | only(once=TEXT)),
        ("dreamer_id -_id", {}), ("dreamer_id draft state -_id", {}), ("topics -_id", {}),
        ("topics -score -_id", {}), ("words -_id", {}), ("words -score -_id", {}),
        ("-score -_id", {}), ("picture", SPARSE), ("card", SPARSE),
        ("-needed_at", only(needed_at=ANY)), ("topics -needed_at", only(needed_at=ANY)),
        ("words -needed_at", only(needed_at=ANY)), ("need_words -needed_at", only(needed_at=ANY)),
        ("topics _id", only(unanswered=True)), ("-came_true_at", only(came_true_at=ANY)),
        ("topics -came_true_at", only(came_true_at=ANY)),
        ("words -came_true_at", only(came_true_at=ANY))],
    "asks": [("dream_id need_id dreamer_id", UNIQUE), ("dream_id need_id slot", UNIQUE),
             ("dreamer_id", {})],
    "comments": [
        ("dream_id once", UNIQUE | only(once=TEXT)), ("dream_id -_id", {}),
        ("dream_id thread_id _id", {}), ("dreamer_id -_id", {}), ("people", SPARSE),
        ("dream_id line dreamer_id", UNIQUE | only(line=True, dreamer_id=PERSON)),
        ("dream_id line -_id", only(line=True))],
    "cheers": [("dreamer_id dream_id", UNIQUE), ("dream_id", {})],
    "updates": [
        ("dream_id once", UNIQUE | only(once=TEXT)),
        ("dream_id state", UNIQUE | only(state="came-true")), ("dream_id -_id", {}),
        ("dreamer_id -_id", {}), ("picture", SPARSE)],
    "follows": [("dreamer_id dream_id followed_id", UNIQUE), ("dream_id _id", {}),
                ("followed_id", {})],
    "blocks": [("dreamer_id blocked_id", UNIQUE), ("dreamer_id -_id", {}), ("blocked_id -_id", {})],
    "reactions": [("dreamer_id comment_id", UNIQUE), ("comment_id", {}), ("dream_id", {})],
    "reports": [("dreamer_id target_id", UNIQUE), ("target_id -_id", {}),
                ("target_id weighs", only(weighs=True)), ("about_id", {})],
    "offers": [
        ("dream_id need_id dreamer_id", UNIQUE | only(dreamer_id=PERSON)),
        ("dream_id thanks_hidden -_id", {}), ("dreamer_id -_id", {}), ("dreamer_id state", {}),
        ("dreamer_id thanks_hidden -_id", {}), ("owner_id -_id", {}), ("owner_id state", {}),
        ("state changed_at", {})],
    "messages": [("offer_id once", UNIQUE | only(once=TEXT)), ("offer_id -_id", {}),
                 ("dreamer_id -_id", {})],
    "audit": [("target_id -_id", {}), ("about_id", SPARSE)],
    "drafts": [("expires_at", {"expireAfterSeconds": 0}), ("dreamer_id -expires_at", {})],
    "mails": [("due_at", {}), ("dreamer_id", {})],
    "notifications": [
        ("dreamer_id kind group_id", UNIQUE | only(unread=True)), ("dreamer_id -at -_id", {}),
        ("due _id", only(due=True)), ("digest_id", SPARSE), ("acts.by", {}), ("dream_id", SPARSE),
        ("at", {"expireAfterSeconds": 90 * 86_400})],
    "slugs": [("owner_id -given_at", {})],
    "limits": [("expireAt", {"expireAfterSeconds": 0})],
}


def describe(index):
    """Return an index as ALL_INDEXES has it."""
    keys = " ".join(f"{'-' * (order == -1)}{key}" for key, order in index["key"].items())
    return keys, {option: value for option, value in index.items() if option not in ("key", "name")}


def test_each_collection_has_these_indexes():
    assert {name: [describe(index.document) for index in indexes]
            for name, indexes in INDEXES.items()} == ALL_INDEXES


PICTURE = {"picture": "", "picture_alt": "", "picture_width": 1_200, "picture_height": 900}
BYLINE = {"_id": None, "slug": "", "first_name": "", "last_name": "", "picture": "",
          "suspended": None, "ends_at": None}
HIDDEN = {"hidden": None, "hidden_role": None}
DEFAULTS = {
    "AUTHOR_DEFAULTS": BYLINE,
    "PICTURE_DEFAULTS": PICTURE,
    "DREAMER_DEFAULTS": BYLINE | PICTURE | {
        "email": "", "bio": "", "unconfirmed_email": "", "location": "", "role": None,
        "skills": [], "experiences": [], "skills_folded": [], "interests": [], "followers": 0,
        "helped": 0, "reminded": False, "failed_email": None, "unread": 0, "suggestable": True,
        "apart": frozenset()},
    "DREAM_DEFAULTS": PICTURE | HIDDEN | {
        "title": "Untitled dream", "description": "", "topics": [], "dreamer_id": None, "card": "",
        "comments_enabled": True, "followers": 0, "comments": 0, "recent_comments": [],
        "score": None, "edited_at": None, "needs": [], "needed_at": None, "cheers": 0,
        "updates": 0, "thanked": 0, "newest_update": None, "state": "dreaming", "state_at": None,
        "state_was": None, "came_true_at": None, "audience": None, "draft": False, "version": 0},
    "UPDATE_DEFAULTS": PICTURE | HIDDEN | {
        "body": "", "dream_id": None, "dreamer_id": None, "state": None, "edited_at": None,
        "helped": "", "took": "", "advice": ""},
    "COMMENT_DEFAULTS": HIDDEN | {
        "body": "", "likes": 0, "dislikes": 0, "dream_id": None, "dreamer_id": None,
        "edited_at": None, "line": None, "thread_id": None, "parent_id": None, "people": [],
        "mentions": []},
}


def test_what_an_old_document_lacks_counts_as_this():
    assert {name: getattr(database, name) for name in DEFAULTS} == DEFAULTS
    assert database.DREAM_DEFAULTS["comments_enabled"] is True  # and not 1
    assert sorted(database.AUTHOR_FIELDS.items()) == sorted(
        (f"author.{name}", 1) for name in BYLINE)


def test_these_counts_are_stored():
    assert [*database.COUNTS] == [
        ("dreams", "followers", "follows", "dream_id", {"uncounted": None}, None),
        ("dreams", "comments", "comments", "dream_id", {"hidden": None, "line": None}, None),
        ("dreams", "updates", "updates", "dream_id", {"hidden": None}, None),
        ("dreams", "thanked", "offers", "dream_id", {"thanks_hidden": False}, None),
        ("dreams", "cheers", "cheers", "dream_id", {"uncounted": None}, None),
        ("dreamers", "followers", "follows", "followed_id", {"uncounted": None}, None),
        ("dreamers", "helped", "offers", "dreamer_id", {"thanks_hidden": False}, "dream_id"),
        ("comments", "likes", "reactions", "comment_id", {"value": "like"}, None),
        ("comments", "dislikes", "reactions", "comment_id", {"value": "dislike"}, None)]


def test_the_database_has_five_seconds_and_a_command_loads_500_documents_at_a_time():
    assert (database.DATABASE_TIMEOUT, database.BATCH) == (5_000, 500)
