"""Two people with phones talk about a dream: a cheer, replies, a mention, a like and a menu."""

import re

import pytest
from playwright.sync_api import expect

from browser.conftest import PHONE
from browser.factories import add_dream, reload_dream


@pytest.fixture
def open_phone(visit, scripts):
    """Open a path on another phone, with or without JavaScript: open_phone("/", bob)."""
    return lambda path, person: visit(path, person, scripts=scripts, **PHONE)


def press(page, name):
    """Press the first visible button or summary in the main part whose name begins so."""
    main = page.get_by_role("main")
    main.locator("button:visible, summary:visible").filter(has_text=re.compile(name)).first.click()


def expect_message(page, sentence):
    """Fail unless the page says a sentence."""
    expect(page.get_by_role("status").first).to_contain_text(sentence)


def cheer_back_and_forth(page, slug):
    """Cheer a dream, take that back, and cheer it again."""
    for sentence, count in (("You cheered", 1), ("taken your cheer back", 0), ("You cheered", 1)):
        page.get_by_role("button", name=re.compile("^Cheer")).click()
        expect_message(page, sentence)
        assert reload_dream(slug)["cheers"] == count
        page.wait_for_timeout(600)  # in which a second press counts as the first one
    expect(page.get_by_role("button", name=re.compile("^Cheer"), pressed=True)).to_be_visible()


def test_a_cheer_and_a_conversation_of_replies(open_phone, ada, bob):
    """R69: with and without JavaScript."""
    dream = add_dream(ada)
    path = f"/dreams/{dream['slug']}"
    helper, owner = open_phone(path, bob), open_phone("/notifications", ada)

    cheer_back_and_forth(helper, dream["slug"])
    helper.get_by_label("Your comment", exact=True).fill("I have a sail.")
    press(helper, "^Send$")
    expect_message(helper, "Comment posted.")

    owner.goto("/notifications")
    owner.get_by_role("link", name=re.compile("Bob Builder.* commented")).click()
    press(owner, "^Reply")
    owner.get_by_label("Your reply").fill("Which one, @Bob?")
    press(owner, "^Send reply$")
    expect_message(owner, "Comment posted.")
    press(owner, "^Like the comment by Bob")
    expect(owner.get_by_role("button", name=re.compile("1 like$"), pressed=True)).to_be_visible()

    helper.goto("/notifications")
    helper.get_by_role("link", name=re.compile("Ada Lovelace.* replied to your comment")).click()
    reply = helper.locator(":target")
    expect(reply).to_contain_text("to Bob Builder")
    expect(reply.get_by_role("link", name="@Bob")).to_have_attribute(
        "href", f"/dreamers/{bob['slug']}")
    reply.locator("summary").filter(has_text="More for").click()
    expect(reply.get_by_role("button", name=re.compile("^Not helpful"))).to_be_visible()
    expect(reply.get_by_role("link", name=re.compile("^Report"))).to_be_visible()
