"""Notifications in a browser: a page that was visible is read, with the script of seen.js."""

import pytest
from playwright.sync_api import expect

from browser.conftest import PHONE
from browser.factories import add_comment, add_dream

UNREAD = "Notifications 1 unread notification"


@pytest.fixture
def told(ada, bob):
    """Ada, whom one unread notification tells of bob's comment."""
    add_comment(bob, add_dream(ada))
    return ada


def test_a_page_that_was_visible_is_read(visit, told):
    """R70."""
    page = visit("/dreams", told, **PHONE)
    with page.expect_response("**/notifications/read"):
        page.get_by_role("link", name=UNREAD).click()
    expect(page.get_by_text("New", exact=True)).to_be_visible()

    page.reload()

    expect(page.get_by_role("link", name=UNREAD)).to_have_count(0)
    expect(page.get_by_text("New", exact=True)).to_have_count(0)


def test_without_scripts_a_button_marks_all_as_read(visit, told):
    """R70."""
    page = visit("/notifications", told, scripts=False)
    page.reload()

    page.get_by_role("button", name="Mark all as read").click()

    expect(page.get_by_text("All marked as read.")).to_be_visible()
    expect(page.get_by_role("link", name=UNREAD)).to_have_count(0)
