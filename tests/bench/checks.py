"""Checks that a generated world is what the site itself would have stored."""

from unittest.mock import patch

from bson import ObjectId

import dreamscape.mail
from dreamscape.accounts import add_dreamer
from dreamscape.blocks import add_block
from dreamscape.cheers import set_cheering
from dreamscape.comments import (
    add_comment, find_comment, set_reaction, set_recent_comments,
)
from dreamscape.database import COUNTS, PICTURE_DEFAULTS, db
from dreamscape.dreamers import complete_dreamer, set_dreamer, set_dreamer_words
from dreamscape.dreams import add_dream, dream_words, find_dream, set_derived_fields
from dreamscape.follows import set_following
from dreamscape.help import add_offer
from dreamscape.needs import edited_needs, need_fields, set_need_fields
from dreamscape.text import idempotency_key
from dreamscape.updates import add_update, set_newest_update
from bench import texts

SAMPLE = 50  # dreams and people that are checked, and the comments on these dreams
PERSON = {"first_name": "A", "last_name": "B", "password": "a long password"}
DREAM = {"title": "A", "description": "B", "topics": ["travel"], "comments_enabled": True}
# {collection: keys that only some of its documents have}.
SOMETIMES = {
    "dreamers": {"sign_ins", "has_blocks", *PICTURE_DEFAULTS, "interests", "unread"},
    "dreams": {*PICTURE_DEFAULTS, "came_true_at", "audience"}, "notifications": {"due", "unread"},
}
# {collection: query for one like that which the site writes here}.
LIKE = {"dreams": {"state": None, "newest_update": {"$ne": None}},
        "comments": {"parent_id": None, "line": None}, "updates": {"state": None},
        "follows": {"dream_id": {"$ne": None}}, "offers": {"state": "offered"},
        "notifications": {"kind": "update"}, "slugs": {}}
COLLECTIONS = ("dreamers", "dreams", "comments", "reactions", "follows", "cheers", "updates",
               "offers", "messages", "notifications", "slugs", "blocks")


def find_sample(database, world):
    """Return {collection: documents}: evenly spread dreams and people, and comments."""
    def spread(find_id, size):
        """Return the ids of SAMPLE numbers, and of the last one."""
        return [find_id(number) for number in {*range(0, size, size // SAMPLE), size - 1}]

    dreams = [*spread(world.dream_id, world.dreams), *map(
        world.dream_id, (world.famous, world.discussed))]
    return {
        "dreams": [*database.dreams.find({"_id": {"$in": dreams}})],
        "dreamers": [*database.dreamers.find({"_id": {"$in": spread(
            world.person_id, world.people)}})],
        "comments": [*database.comments.find({"dream_id": {"$in": dreams}})]}


def check_counts(database, world):
    """Exit if a stored count or a derived field of the sample is wrong."""
    sample = find_sample(database, world)
    for owner, count, edges, key, only, field in COUNTS:
        for document in sample[owner]:
            query = {key: document["_id"]} | only
            expected = (len(database[edges].distinct(field, query)) if field
                        else database[edges].count_documents(query))
            if document[count] != expected:
                raise SystemExit(f"{owner} {document['_id']}: {count} is not {expected}.")
    for dream in sample["dreams"]:
        wrong = {check.__name__ for check in (set_derived_fields, set_recent_comments,
                                              set_need_fields) if check(dream)}
        wrong |= {"newest_update"} if set_newest_update(dream["_id"]) else set()
        if wrong:
            raise SystemExit(f"dreams {dream['_id']}: wrong by {wrong}.")
    if wrong := [person["_id"] for person in sample["dreamers"] if set_dreamer_words(person)]:
        raise SystemExit(f"dreamers {wrong}: their words were wrong.")


def check_shapes(database):
    """Exit if a document has other keys than one that the site's functions add."""
    generated = find_keys(database, LIKE)
    database.client.drop_database(f"{database.name}_shapes")
    db.database = scratch = database.client[f"{database.name}_shapes"]
    try:
        # Nothing is sent, and no job is done beside this.
        with patch.object(dreamscape.mail, "start_sending"):
            add_one_of_each()
        written = find_keys(scratch, {})
    finally:
        db.database = database
        database.client.drop_database(scratch.name)
    for name in COLLECTIONS:
        differing = (generated[name] ^ written[name]) - SOMETIMES.get(name, set())
        if differing:
            raise SystemExit(f"{name}: {differing} differ from what the site writes.")


def find_keys(database, queries):
    """Return {collection: the keys of one of its documents}; queries: which, by collection."""
    return {name: {*(database[name].find_one(queries.get(name, {}), sort=[("_id", 1)]) or ())}
            for name in COLLECTIONS}


def add_one_of_each():
    """Have the site's functions add a document to each of COLLECTIONS."""
    ada, bob = (complete_dreamer(add_dreamer(PERSON | {"email": f"{name}@example.org"}))
                for name in ("ada", "bob"))
    for person in (ada, bob):
        set_dreamer(person, {key: texts.PROFILES[0][key] for key in (
            "bio", "location", "skills", "experiences")})
    fields = DREAM | need_fields(edited_needs([], ["C"]))
    words = dream_words(fields, ada["name"])
    slug = add_dream(ada, fields | {"words": words, "once": idempotency_key("A")})
    dream = find_dream({"slug": slug})
    comment_id = add_comment(bob, dream, "D")
    set_reaction(ada, find_comment({"_id": comment_id}), "like")
    set_following(bob, {"dream_id": dream["_id"]}, True)
    set_cheering(bob, dream, True)
    add_update(ada, dream, "E")
    add_offer(bob, dream, dream["needs"][0], "F")
    add_block(complete_dreamer({"_id": ObjectId()}), complete_dreamer({"_id": ObjectId()}))
