"""Storms of dreamers who all do the same at the same moment, on gunicorn with two workers."""

import random
from collections import Counter
from functools import partial

import pytest
from pymongo import MongoClient
from support.crowd import gather
from support.database import DatabaseServer
from support.together import together
from support.website import Website

CROWD = 50
PRESSING = 40
ROUNDS = 5
DREAM = {"title": "Sail to the islands", "description": "In a boat of mine.", "topics": ["travel"]}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The site and its database."""
    folder = tmp_path_factory.mktemp("crowds")
    with (DatabaseServer(folder / "database", durable=False) as database,
          Website(database.uri, folder, RATELIMIT_ENABLED="0") as website,
          MongoClient(database.uri) as client):
        yield website, client["dreamscape"]


@pytest.fixture(scope="module")
def crowd(place):
    """Fifty of one name, who signed up at once."""
    return gather(place[0], CROWD)


@pytest.fixture
def db(place):
    """The database of the site."""
    return place[1]


@pytest.fixture
def dream(db, crowd):
    """A new dream of the last of the crowd, with a comment of the last but one."""
    title = f"Dream {random.randrange(10 ** 9)}"
    crowd[-1].press("/dreambuilder", **DREAM | {"title": title})
    made = db.dreams.find_one({"title": title})
    crowd[-2].press(f"/dreams/{made['slug']}/comments", body="I have a sail.")
    return made


def test_equal_names_get_distinct_slugs(db, crowd):
    slugs = [dreamer.get("slug") for dreamer in db.dreamers.find({"last_name": "Bee"})]

    print(f"\n{CROWD} sign-ups of one name at once: {len(set(slugs))} slugs")
    assert len(set(slugs) - {None}) == CROWD


def test_equal_titles_get_distinct_slugs(db, crowd):
    statuses = together(*(partial(dreamer.press, "/dreambuilder", **DREAM) for dreamer in crowd))

    slugs = db.dreams.distinct("slug", {"title": DREAM["title"]})
    print(f"\n{CROWD} dreams of one title at once: {len(slugs)} slugs, {Counter(statuses)}")
    assert statuses == [303] * CROWD
    assert len(slugs) == CROWD


def change_minds(dreamer, paths, **fields):
    """Press buttons in any order, then the last one or not."""
    for _ in range(ROUNDS):
        path = random.choice(paths)
        assert dreamer.press(path, **{name: random.choice(values)
                                      for name, values in fields.items()}) == 303


@pytest.mark.parametrize("kind", ["dreams", "dreamers"])
def test_a_storm_of_follows_leaves_the_count_equal_to_the_edges(db, crowd, dream, kind):
    target = dream if kind == "dreams" else db.dreamers.find_one({"_id": dream["dreamer_id"]})
    paths = [f"/{kind}/{target['slug']}/{verb}" for verb in ("follow", "unfollow")]

    together(*(partial(change_minds, dreamer, paths) for dreamer in crowd[:PRESSING]))

    key = {"dreams": "dream_id", "dreamers": "followed_id"}[kind]
    edges = db.follows.count_documents({key: target["_id"]})
    count = db[kind].find_one({"_id": target["_id"]})["followers"]
    print(f"\n{PRESSING * ROUNDS} presses on {kind}: {edges} edges, counted {count}")
    assert count == edges > 0


def test_a_storm_of_reactions_leaves_the_counts_equal_to_the_edges(db, crowd, dream):
    comment = db.comments.find_one({"dream_id": dream["_id"]})
    paths = [f"/comments/{comment['_id']}/reaction"]

    together(*(partial(change_minds, dreamer, paths, value=["like", "dislike", "none"])
               for dreamer in crowd[:PRESSING]))

    found = Counter(each["value"] for each in db.reactions.find({"comment_id": comment["_id"]}))
    counted = db.comments.find_one({"_id": comment["_id"]})
    print(f"\n{PRESSING * ROUNDS} reactions: {dict(found)}, "
          f"counted {counted['likes']} and {counted['dislikes']}")
    assert (counted["likes"], counted["dislikes"]) == (found["like"], found["dislike"])


@pytest.mark.parametrize("kind", ["dreams", "comments"])
def test_a_form_sent_ten_times_at_once_makes_one_thing(db, crowd, dream, kind):
    words = f"Once {random.randrange(10 ** 9)}"
    path = {"dreams": "/dreambuilder", "comments": f"/dreams/{dream['slug']}/comments"}[kind]
    fields = {"dreams": DREAM | {"title": words}, "comments": {"body": words}}[kind]

    together(*[partial(crowd[0].press, path, **fields)] * 10)

    assert db[kind].count_documents({"title" if kind == "dreams" else "body": words}) == 1


@pytest.mark.parametrize("round", range(5))
def test_a_dream_deleted_under_a_crowd_leaves_no_orphan(db, crowd, dream, round):
    comment, path = db.comments.find_one({"dream_id": dream["_id"]}), f"/dreams/{dream['slug']}"
    places = [f"{path}/follow", f"{path}/comments", f"/comments/{comment['_id']}/reaction"]
    acts = [partial(dreamer.press, places[number % 3], body="Bravo", value="like")
            for number, dreamer in enumerate(crowd[:-2])]

    statuses = together(*acts, partial(crowd[-1].press, f"{path}/delete", confirm="1"))

    orphans = {name: db[name].count_documents({"dream_id": dream["_id"]})
               for name in ("comments", "follows", "reactions")}
    print(f"\na dream deleted under {len(acts)} presses, {Counter(statuses)}: left {orphans}")
    assert db.dreams.find_one({"_id": dream["_id"]}) is None
    assert set(orphans.values()) == {0}
