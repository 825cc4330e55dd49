"""Load tests: many dreamers do the same at the same moment, on gunicorn with two workers."""

import random
from collections import Counter
from functools import partial

import pytest
from pymongo import MongoClient
from support.concurrent_users import sign_up_concurrently
from support.database import DatabaseServer
from support.concurrency import run_concurrently
from support.website import Website

from dreamscape.lives import STATES

USERS = 50
CLIENTS = 40
ROUNDS = 5
DREAM = {"title": "Sail to the islands", "description": "In a boat of mine.", "topics": ["travel"]}


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """The site and its database."""
    folder = tmp_path_factory.mktemp("crowds")
    with (DatabaseServer(folder / "database", durable=False) as database,
          Website(database.uri, folder, RATELIMIT_ENABLED="0") as website,
          MongoClient(database.uri) as client):
        yield website, client["dreamscape"]


@pytest.fixture(scope="module")
def users(servers):
    """Fifty dreamers of the same name, who signed up at once."""
    return sign_up_concurrently(servers[0], USERS)


@pytest.fixture
def db(servers):
    """The database of the site."""
    return servers[1]


@pytest.fixture
def dream(db, users):
    """A new dream of the last user, with a comment by the last but one."""
    title = f"Dream {random.randrange(10 ** 9)}"
    users[-1].post("/dreambuilder", **DREAM | {"title": title})
    dream = db.dreams.find_one({"title": title})
    users[-2].post(f"/dreams/{dream['slug']}/comments", body="I have a sail.")
    return dream


def test_equal_names_get_distinct_slugs(db, users):
    slugs = [dreamer.get("slug") for dreamer in db.dreamers.find({"last_name": "Bee"})]

    print(f"\n{USERS} sign-ups of one name at once: {len(set(slugs))} slugs")
    assert len(set(slugs) - {None}) == USERS


def test_equal_titles_get_distinct_slugs(db, users):
    statuses = run_concurrently(*(partial(dreamer.post, "/dreambuilder", **DREAM)
                                  for dreamer in users))

    slugs = db.dreams.distinct("slug", {"title": DREAM["title"]})
    print(f"\n{USERS} dreams of one title at once: {len(slugs)} slugs, {Counter(statuses)}")
    assert statuses == [303] * USERS
    assert len(slugs) == USERS


def post_randomly(dreamer, paths, **fields):
    """Post forms to random paths with random values."""
    for _ in range(ROUNDS):
        path = random.choice(paths)
        assert dreamer.post(path, **{name: random.choice(values)
                                      for name, values in fields.items()}) == 303


@pytest.mark.parametrize("kind", ["dreams", "dreamers"])
def test_concurrent_follows_leave_the_count_equal_to_the_edges(db, users, dream, kind):
    target = dream if kind == "dreams" else db.dreamers.find_one({"_id": dream["dreamer_id"]})
    paths = [f"/{kind}/{target['slug']}/{verb}" for verb in ("follow", "unfollow")]

    run_concurrently(*(partial(post_randomly, dreamer, paths) for dreamer in users[:CLIENTS]))

    key = {"dreams": "dream_id", "dreamers": "followed_id"}[kind]
    edges = db.follows.count_documents({key: target["_id"]})
    count = db[kind].find_one({"_id": target["_id"]})["followers"]
    print(f"\n{CLIENTS * ROUNDS} requests on {kind}: {edges} edges, counted {count}")
    assert count == edges > 0


def test_concurrent_reactions_leave_the_counts_equal_to_the_edges(db, users, dream):
    comment = db.comments.find_one({"dream_id": dream["_id"]})
    paths = [f"/comments/{comment['_id']}/reaction"]

    run_concurrently(*(partial(post_randomly, dreamer, paths, value=["like", "dislike", "none"])
                       for dreamer in users[:CLIENTS]))

    values = Counter(each["value"] for each in db.reactions.find({"comment_id": comment["_id"]}))
    counted = db.comments.find_one({"_id": comment["_id"]})
    print(f"\n{CLIENTS * ROUNDS} reactions: {dict(values)}, "
          f"counted {counted['likes']} and {counted['dislikes']}")
    assert (counted["likes"], counted["dislikes"]) == (values["like"], values["dislike"])


@pytest.mark.parametrize("kind", ["dreams", "comments"])
def test_a_form_sent_ten_times_at_once_makes_one_document(db, users, dream, kind):
    words = f"Once {random.randrange(10 ** 9)}"
    path = {"dreams": "/dreambuilder", "comments": f"/dreams/{dream['slug']}/comments"}[kind]
    fields = {"dreams": DREAM | {"title": words}, "comments": {"body": words}}[kind]

    run_concurrently(*[partial(users[0].post, path, **fields)] * 10)

    assert db[kind].count_documents({"title" if kind == "dreams" else "body": words}) == 1


@pytest.mark.parametrize("round", range(3))
def test_a_draft_published_ten_times_at_once_is_published_once(db, users, round):
    """R68: from its page and from the Dreambuilder, while another device saves it."""
    fields = DREAM | {"title": f"Once {random.randrange(10 ** 9)}"}
    users[0].post("/dreambuilder", **fields, audience="me")
    draft = db.dreams.find_one({"title": fields["title"]})
    presses = [partial(users[0].post, f"/dreams/{draft['slug']}/edit", **fields,
                       audience="everybody"),
               partial(users[0].post, "/dreambuilder", **fields, draft=str(draft["_id"]))]
    save = partial(users[0].post, "/dreambuilder/draft", **fields, draft=str(draft["_id"]))

    statuses = run_concurrently(*presses * 5, save)

    dreams = [*db.dreams.find({"title": fields["title"]})]
    print(f"\nten presses: {Counter(statuses)}, {len(dreams)} dreams")
    assert statuses == [303] * 10 + [200]
    assert [("draft" in dream, dream["slug"][:4]) for dream in dreams] == [(False, "once")]


@pytest.mark.parametrize("round", range(5))
def test_states_and_updates_from_many_tabs_leave_one_state_and_its_line(db, users, dream, round):
    """R64, R65: the last line names the state, and an update is there once."""
    path = f"/dreams/{dream['slug']}"
    presses = [partial(users[-1].post, f"{path}/state", state=state) for state in STATES] * 4
    update = partial(users[-1].post, f"{path}/updates", body="We sailed.")

    statuses = run_concurrently(*presses, *[update] * 4)

    state = db.dreams.find_one({"_id": dream["_id"]}).get("state", "dreaming")
    told = [each.get("state") for each in db.updates.find({"dream_id": dream["_id"]}).sort("_id")]
    lines = [each for each in told if each]
    print(f"\n{len(presses)} changes of state, {Counter(statuses)}: {state}, lines {lines}")
    assert {*statuses} <= {303, 422}
    assert told.count(None) == 1
    assert {*lines} == {state} - {"dreaming"}


@pytest.mark.parametrize("round", range(5))
def test_a_dream_deleted_during_other_requests_leaves_no_orphan(db, users, dream, round):
    comment, path = db.comments.find_one({"dream_id": dream["_id"]}), f"/dreams/{dream['slug']}"
    paths = [f"{path}/follow", f"{path}/comments", f"/comments/{comment['_id']}/reaction"]
    acts = [partial(dreamer.post, paths[number % 3], body="Bravo", value="like")
            for number, dreamer in enumerate(users[:-2])]

    statuses = run_concurrently(*acts, partial(users[-1].post, f"{path}/delete", confirm="1"))

    orphans = {name: db[name].count_documents({"dream_id": dream["_id"]})
               for name in ("comments", "follows", "reactions")}
    print(f"\na dream deleted under {len(acts)} requests, {Counter(statuses)}: left {orphans}")
    assert db.dreams.find_one({"_id": dream["_id"]}) is None
    assert set(orphans.values()) == {0}
