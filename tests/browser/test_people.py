"""Searching dreams and people on phones, with and without scripts."""

import re
import secrets

import pytest
from browser.conftest import DESK, PHONE
from browser.factories import add_dream, add_person
from playwright.sync_api import expect

PHONES = {"360": PHONE, "390": {"viewport": {"width": 390, "height": 844}}}


@pytest.fixture
def word():
    """A word that only this test's dreams and people have."""
    return f"w{secrets.token_hex(5)}"


@pytest.fixture
def found(ada, bob, word):
    """Dreams and people that a search for the word finds."""
    for number in range(3):
        add_dream(bob, f"A dream of {word} {number}, which has a title of some length")
        add_person("Maximiliana", "Featherstonehaugh", skills=[word])


def bar_top(page):
    """Return where the bar at the bottom of a phone begins, in pixels from the top."""
    return page.get_by_role("navigation", name="Main").bounding_box()["y"]


@pytest.mark.usefixtures("found")
def test_the_first_dream_found_is_on_the_first_screen_of_a_phone(visit, ada, scripts, word):
    """R57: its picture and its title."""
    page = visit("about:blank", ada, scripts, **PHONE)

    for more in ("", "&topic=travel", " " + "dream of a title of length " * 3):
        page.goto(f"/dreamscape?q={word}{more}")
        for size, phone in PHONES.items():
            page.set_viewport_size(phone["viewport"])
            title = page.locator(".card .dream__title").first.bounding_box()
            assert title["y"] + title["height"] <= bar_top(page), (more, size)
        expect(page.locator(".beside"), more).to_have_count(0 if "length" in more else 1)
    page.set_viewport_size(PHONE["viewport"])


@pytest.mark.usefixtures("found")
def test_what_a_search_found_begins_with_the_views_and_people_are_one_row_on_a_desk(
        visit, ada, word):
    page = visit(f"/dreamscape?q={word}", ada, **PHONES["390"])
    view, words = (page.locator(part).first.bounding_box()
                   for part in (".tabs__tab", ".search-fold > summary"))
    page.set_viewport_size(DESK["viewport"])
    ways = page.locator(".beside a").all()

    assert abs(words["x"] - view["x"]) < 10
    assert len(ways) == 4
    assert len({round(way.bounding_box()["y"]) for way in ways}) == 1


@pytest.mark.usefixtures("found")
def test_the_first_person_found_is_on_the_first_screen_of_a_phone(visit, ada, scripts, word):
    """R57."""
    page = visit(f"/dreamers?q={word}", ada, scripts, **PHONE)

    button = page.get_by_role("button", name="Follow Maximiliana").first.bounding_box()

    assert button["y"] + button["height"] <= bar_top(page)


@pytest.mark.usefixtures("found")
def test_a_search_is_folded_to_its_words_and_edited(visit, ada, way, word):
    """R57."""
    page = visit(f"/dreamscape?q={word}", ada, **way)
    field = page.get_by_role("searchbox")
    expect(page.locator("summary").filter(has_text="Edit search")).to_contain_text("3 dreams for")
    expect(field).to_be_hidden()

    page.get_by_text("Edit search").click()
    field.fill(f"{word} 2")
    field.press("Enter")

    expect(page.locator("summary").filter(has_text="Edit search")).to_contain_text("1 dream for")


@pytest.mark.usefixtures("found")
def test_from_a_search_of_dreams_to_people_and_their_skills(visit, ada, way, word):
    """R57."""
    page = visit(f"/dreamscape?q={word}", ada, **way)

    page.get_by_role("link", name="All people for").click()
    page.get_by_role("link", name=re.compile("Featherstonehaugh")).first.click()
    page.get_by_role("link", name=word, exact=True).click()

    expect(page.get_by_role("heading", level=2)).to_contain_text("People for")
    expect(page.locator(".person")).to_have_count(3)


@pytest.mark.usefixtures("found")
def test_a_person_is_followed_in_the_list(visit, ada, way, word):
    """R44, R45."""
    page = visit(f"/dreamers?q={word}", ada, **way)
    second = page.locator(".person").nth(1)

    second.get_by_role("button", name="Follow Maximiliana").click()

    expect(second.get_by_role("button", name="Unfollow Maximiliana")).to_be_visible()
    expect(page.get_by_role("button", name="Unfollow Maximiliana")).to_have_count(1)


def test_people_are_in_the_menu(visit, ada, way):
    """R57."""
    page = visit("/dreams", ada, **way)

    page.locator("summary").filter(has_text="Ada").click()
    page.locator("details").get_by_role("link", name="People", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("People")
