"""Topics: what a worker keeps of them in memory, and which can be added."""

from types import SimpleNamespace

import pytest
from support.fields import DREAM
from support.page_parser import form_of

from dreamscape.slugs import SLUG_LENGTH
from dreamscape.topics import (
    MAX_TOPICS, TOPICS_CACHE_TTL, clear_topics_cache, find_topics, is_topic, new_topic_slug,
    topic_name, topics_cache,
)


@pytest.fixture
def elsewhere(db):
    """A topic that another worker has just added."""
    db.topics.insert_one({"_id": "boats", "name": "Boats"})


def test_topics_are_kept_for_a_minute(elsewhere, monkeypatch):
    now = [1_000.0]
    monkeypatch.setattr("dreamscape.topics.time", SimpleNamespace(monotonic=lambda: now[0]))
    topics_cache["until"] = now[0] + TOPICS_CACHE_TTL
    seen = []

    for now[0] in (1_000.0, 1_060.0, 1_061.0):
        seen.append(is_topic("boats"))

    assert (seen, topics_cache["until"]) == ([False, False, True], 1_061.0 + TOPICS_CACHE_TTL)


def test_topics_are_read_again_once_one_was_changed(elsewhere):
    clear_topics_cache()

    assert find_topics()["boats"] == {"_id": "boats", "name": "Boats", "offered": True}


def test_the_name_of_a_topic_that_is_none_is_its_slug(db):
    assert [topic_name(slug) for slug in ("travel", "boats")] == ["Travel", "boats"]


def test_a_topic_that_another_worker_has_added_is_not_added_again(elsewhere):
    assert [new_topic_slug(name) for name in ("Boats", "Bo ats", "...")] == [None, "bo-ats", None]


def test_the_slug_of_a_topic_is_no_longer_than_others(db):
    assert len(new_topic_slug("boats and " * 50)) <= SLUG_LENGTH


def test_no_more_topics_are_read_than_there_may_be(db):
    db.topics.insert_many([{"_id": f"topic-{number}", "name": "Boats"}
                           for number in range(MAX_TOPICS + 5)])

    assert len([slug for slug in find_topics(fresh=True) if slug[:6] == "topic-"]) == MAX_TOPICS


# One that was withdrawn ######################################################


@pytest.fixture
def withdrawn(db):
    """The topic Travel, which is no longer offered."""
    db.topics.insert_one({"_id": "travel", "name": "Travel", "offered": False})
    clear_topics_cache()
    yield "travel"
    clear_topics_cache()


def test_a_dream_keeps_its_withdrawn_topic_when_it_is_edited(db, dream, sign_in, withdrawn):
    client, path = sign_in("ada"), f"/dreams/{dream['slug']}/edit"
    form = form_of(client.get(path), "title")

    answer = client.post(path, data=form | {"title": "Row"})

    assert (answer.status_code, form["topics"]) == (303, [withdrawn])
    assert db.dreams.find_one()["topics"] == [withdrawn]


def test_a_draft_with_a_withdrawn_topic_is_still_saved(db, sign_in, withdrawn):
    client = sign_in("ada")
    fields = {"title": "Row", "topics": withdrawn}
    db.topics.update_one({}, {"$set": {"offered": True}})
    clear_topics_cache()
    draft = client.send("/dreambuilder/draft", **fields).get_json()
    db.topics.update_one({}, {"$set": {"offered": False}})
    clear_topics_cache()

    answer = client.send("/dreambuilder/draft", **fields, draft=draft["draft"], version="1")

    assert answer.get_json()["version"] == 2


def test_an_interest_that_was_withdrawn_stays(db, dreamer, sign_in, withdrawn):
    db.dreamers.update_one({"_id": dreamer("bob")["_id"]}, {"$set": {"interests": [withdrawn]}})
    client = sign_in("bob")
    page = client.get("/profile/interests")

    client.post("/profile/interests", data=form_of(page, "interests"))

    assert db.dreamers.find_one({"slug": "bob-builder"})["interests"] == [withdrawn]


def test_a_withdrawn_topic_is_for_nothing_new(db, sign_in, withdrawn):
    client = sign_in("ada")

    answer = client.send("/dreambuilder", **DREAM | {"topics": withdrawn})

    assert answer.status_code == 422
    assert 'value="travel"' not in client.get("/dreambuilder").text
