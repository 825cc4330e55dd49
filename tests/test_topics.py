"""Topics: what a worker keeps of them in memory, and which can be added."""

from types import SimpleNamespace

import pytest

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
