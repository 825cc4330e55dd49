"""The story of the site: a dream needs something, and somebody helps it come true.

Two people with phones, who hear of each other by notifications and by email from a real SMTP
server.
"""

import re
import secrets

import pytest
from playwright.sync_api import expect

from browser.factories import add_person


@pytest.fixture
def skill():
    """A word that no other dream needs."""
    return f"weaving{secrets.token_hex(4)}"


@pytest.fixture
def weaver(site_database, skill):
    """Bob, who has the skill."""
    return add_person("Bob", "Builder", skills=[skill])


def share_dream(owner, need):
    """Share a dream that needs something, in the Dreambuilder; return the path of its page."""
    owner.fill(Your_dream_in_one_line="A sail of my own", Tell_us_more="Woven, not bought.")
    owner.page.get_by_label(re.compile("^Needs(: add one|, number 1)$")).fill(need)
    owner.page.get_by_label("Arts").check()
    owner.tap("button", "^Share this dream$")
    owner.tap("link", "^Skip")
    return owner.page.url.partition("#")[0]


def offer_help(helper, skill):
    """Find the dream that needs a skill, and offer to help with it."""
    helper.tap("link", "^Can you help")
    card = helper.page.get_by_role("article", name="A sail of my own").first
    expect(card).to_contain_text(f"You could help because you know {skill}")
    helper.tap("link", "^A sail of my own$")
    helper.tap("link", f"^I can help with Some {skill}")
    helper.fill(Your_message="I can weave it with you.")
    helper.tap("button", "^Send offer$")
    expect_message(helper, "Offer sent to Ada Lovelace.")


def read_notification(owner):
    """Open the unread notification that the bar of any page shows."""
    owner.page.goto("/dreamscape")
    with owner.page.expect_navigation():
        owner.page.get_by_role("link", name="1 unread notification").tap()
    owner.tap("link", "Bob Builder.* offered to help")


def write(person, words):
    """Write a message about the offer."""
    person.fill(Your_message=words)
    person.tap("button", "^Send$")
    expect_message(person, "Message sent.")


def expect_message(person, sentence):
    """Fail unless the page says a sentence."""
    expect(person.page.get_by_role("status").first).to_contain_text(sentence)


def test_a_need_is_met_by_somebody_with_the_skill(phone, mailed_path, ada, weaver, skill):
    """R60, R61, R62, R63, R70, R71."""
    owner, helper = phone("/dreambuilder", ada), phone("/dreamscape", weaver)
    dream_path = share_dream(owner, f"Some {skill}")

    offer_help(helper, skill)
    read_notification(owner)
    assert owner.page.url.endswith(mailed_path(ada["email"], "/offers/"))
    owner.tap("button", "^Accept$")
    expect_message(owner, "Offer accepted.")
    helper.page.goto(mailed_path(weaver["email"], "/offers/"))
    write(helper, "Saturday at ten?")
    write(owner, "Lovely, see you then.")
    owner.tap("button", "^Mark as done$")
    owner.fill(Thank_Bob_Builder_in_one_line="Wove a sail with me")
    owner.tap("button", "^Say thanks$")

    for path in (dream_path, f"/dreamers/{weaver['slug']}"):
        helper.page.goto(path)
        expect(helper.page.get_by_role("main")).to_contain_text("Wove a sail with me")
    expect(helper.page.get_by_role("main")).to_contain_text("Helped 1 dream")
