"""The life of a dream on a phone: under way and back, come true with a story and a line."""

import re

import pytest
from playwright.sync_api import expect

from browser.factories import add_dream, picture_file
from dreamscape.follows import set_following


def tell_the_story(owner):
    """Say that the dream came true, and how, with a picture."""
    owner.tap("button", "^It came true$")
    owner.page.get_by_label("What happened?").fill("We sailed at dawn.")
    owner.page.get_by_label("How long did it take?").fill("Two years")
    owner.page.get_by_label("Picture", exact=True).set_input_files(picture_file())
    owner.tap("button", "^Share the story$")


@pytest.mark.parametrize("page_of", ["{}", "{}/story"])
def test_only_a_chosen_picture_is_to_be_described(visit, ada, page_of):
    page = visit("/dreams/" + page_of.format(add_dream(ada)["slug"]), ada)
    if page_of == "{}":
        page.locator("#updates > .write > summary").click()
    described = page.get_by_label("Describe the picture")
    expect(page.get_by_label("Picture", exact=True)).to_be_visible()
    expect(described).to_be_hidden()

    page.get_by_label("Picture", exact=True).set_input_files(picture_file())

    expect(described).to_be_visible()


def test_a_dream_is_under_way_and_back_and_comes_true(phone, ada, bob, scripts):
    """R64."""
    dream = add_dream(ada)
    set_following(bob, {"dream_id": dream["_id"]}, True)
    path = f"/dreams/{dream['slug']}"
    owner, follower = phone(path, ada), phone(path, bob)
    state = owner.page.locator(".dream__head > .state")

    owner.tap("button", "^It's under way$")
    expect(state).to_contain_text("Under way")
    owner.tap("button", "^Undo$")
    expect(state).to_have_count(0)
    tell_the_story(owner)
    follower.page.goto(path)
    story = follower.page.get_by_role("region", name="How it came true")
    expect(story).to_contain_text("We sailed at dawn.")
    expect(story.get_by_role("img").first).to_be_visible()
    follower.page.get_by_label(re.compile("Add one line$")).fill("I waved from the pier.")
    follower.tap("button", "^Add your line$")
    expect(story.get_by_role("list")).to_contain_text("I waved from the pier.")
