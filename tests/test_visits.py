"""Visits of the feed: what is new since the last one, and the view that was chosen last."""

import pytest
from bson import ObjectId
from support.page_parser import hrefs, words_shown

from dreamscape import visits
from dreamscape.visits import SILENCE, count_new, note_view

MAYA = {"_id": ObjectId()}
LATEST = {"view": "latest", "q": "", "topic": None}
NEW = "New since your last visit"


def make_dreams(*numbers):
    """Return dreams whose _ids have these numbers."""
    return [{"_id": ObjectId(f"{number:024x}")} for number in numbers]


def test_a_first_visit_has_nothing_new():
    assert count_new(MAYA, LATEST, None, make_dreams(3, 2, 1), {}, 0) == 0


@pytest.mark.parametrize(("after", "new"), [(SILENCE, 0), (SILENCE + 1, 2)])
def test_what_came_since_the_last_visit_is_new(after, new):
    memory = {}
    count_new(MAYA, LATEST, None, make_dreams(2, 1), memory, 100)

    assert count_new(MAYA, LATEST, None, make_dreams(4, 3, 2, 1), memory, 100 + after) == new


def test_what_is_new_stays_so_during_a_visit():
    memory, dreams = {}, make_dreams(3, 2, 1)
    count_new(MAYA, LATEST, None, dreams[1:], memory, 0)
    counts = [count_new(MAYA, LATEST, None, dreams, memory, SILENCE + second)
              for second in (1, 2, SILENCE + 2)]

    assert counts == [1, 1, 1]


def test_an_older_page_forgets_nothing_of_the_newest():
    memory = {}
    count_new(MAYA, LATEST, None, make_dreams(4, 3), memory, 0)
    count_new(MAYA, LATEST, "a cursor", make_dreams(2, 1), memory, 1)

    assert count_new(MAYA, LATEST, None, make_dreams(5, 4), memory, SILENCE + 2) == 1


def test_who_has_seen_older_pages_alone_has_seen_nothing_of_the_newest():
    memory = {}
    count_new(MAYA, LATEST, "a cursor", make_dreams(2, 1), memory, 0)

    assert count_new(MAYA, LATEST, None, make_dreams(3, 2, 1), memory, SILENCE + 1) == 0


def test_the_mark_stands_only_where_the_new_ones_end():
    memory = {}
    count_new(MAYA, LATEST, None, make_dreams(1), memory, 0)

    assert count_new(MAYA, LATEST, None, make_dreams(4, 3), memory, SILENCE + 1) == 0
    assert count_new(MAYA, LATEST, "a cursor", make_dreams(2, 1), memory, SILENCE + 2) == 1


def test_a_dream_that_waits_for_a_first_word_is_not_new():
    memory, waiting = {}, make_dreams(9)[0] | {"is_waiting": True}
    count_new(MAYA, LATEST, None, [*make_dreams(2), waiting], memory, 0)

    assert count_new(MAYA, LATEST, None, make_dreams(3, 2), memory, SILENCE + 1) == 1


@pytest.mark.parametrize(("viewer", "feed"), [
    (None, {}), (MAYA, {"view": "trending"}), (MAYA, {"q": "sail"}), (MAYA, {"topic": "travel"})])
def test_only_a_member_and_the_newest_of_all_have_visits(viewer, feed):
    memory = {}

    new = count_new(viewer, LATEST | feed, None, make_dreams(1), memory, 0)

    assert (new, memory) == (0, {})


@pytest.mark.parametrize("visit", ["x", [], {}, {"at": "x"}, {"at": None, "newest": 5}])
def test_a_visit_of_an_older_version_is_a_first_one(visit):
    assert count_new(MAYA, LATEST, None, make_dreams(2, 1), {"visit": visit}, 9_999) == 0


def explore_link(page):
    """Return the address that the navigation leads to the feed by."""
    return next(href for href in hrefs(page.text) if href.startswith("/dreamscape"))


def test_the_navigation_leads_back_to_the_view_that_was_chosen_last(db, dreamer, sign_in):
    client = sign_in("bob")
    before = explore_link(client.get("/dreams"))
    client.get("/dreamscape?view=needs")
    client.get("/dreamscape?q=sail")

    assert (before, explore_link(client.get("/dreams"))) == (
        "/dreamscape", "/dreamscape?view=needs")


def test_the_bare_address_is_the_newest_whatever_was_seen_last(dream, sign_in):
    """Another tab that shows it must not change when it is loaded again."""
    client = sign_in("bob")
    client.get("/dreamscape?view=following")

    assert "Sail around the world" in client.get("/dreamscape").text


def test_nothing_is_noted_for_a_visitor_nor_an_unknown_view():
    memory = {}
    note_view(None, "trending", memory)
    note_view(MAYA, "unknown", memory)

    assert memory == {}


def test_the_feed_says_where_the_new_ones_end(db, dream, make_dream, sign_in):
    client = sign_in("bob")
    client.get("/dreamscape")
    with client.session_transaction() as session:
        session["visit"] = session["visit"] | {"at": 0}
    make_dream("ada", title="Bake bread")

    words = words_shown(client.get("/dreamscape").text)

    assert words.index("Bake bread") < words.index(NEW) < words.index("Sail around the world")


def test_a_visit_ends_after_half_an_hour():
    assert [visits.SILENCE, visits.VISIT_KEY, visits.VIEW_KEY] == [1_800, "visit", "view"]
