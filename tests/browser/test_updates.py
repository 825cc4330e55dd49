"""The story of an update: written with a picture, edited and deleted, with and without scripts."""

import pytest
from playwright.sync_api import expect

from browser.conftest import TOUCH
from browser.factories import add_dream, photo, picture_file
from dreamscape.database import db


@pytest.fixture
def dream(ada):
    """Ada's dream."""
    return add_dream(ada)


@pytest.fixture
def page(visit, ada, dream, scripts):
    """The dream's page on Ada's phone."""
    return visit(f"/dreams/{dream['slug']}", ada, scripts=scripts, **TOUCH)


def expect_message(page, sentence):
    """Fail unless the page says a sentence."""
    expect(page.get_by_role("status").first).to_contain_text(sentence)


def post_update(page, words):
    """Post an update with a picture; return its element."""
    page.locator("#updates > .write > summary").tap()
    form = page.locator("#updates > .write form")
    form.get_by_label("What happened?").fill(words)
    form.get_by_label("Picture", exact=True).set_input_files(picture_file(data=photo()))
    form.get_by_label("Describe the picture").fill("A boat at dusk")
    form.get_by_role("button", name="Post update").tap()
    expect_message(page, "Update posted.")
    return page.locator(".update").first


def edit_update(page, update, words):
    """Change the words of an update, and remove its picture."""
    update.locator("summary").filter(has_text="More for").tap()
    update.locator("summary").filter(has_text="Edit").tap()
    update.get_by_label("What happened?").fill(words)
    update.get_by_label("Remove picture").check()
    update.get_by_role("button", name="Save").tap()
    expect_message(page, "Update saved.")


def delete_update(page, update, scripts):
    """Delete an update, and confirm that in the dialog, or on the page without scripts."""
    update.locator("summary").filter(has_text="More for").tap()
    update.get_by_role("button", name="Delete").tap()
    asking = page.get_by_role("dialog") if scripts else page.locator("main")
    asking.get_by_role("button", name="Delete").tap()
    expect_message(page, "Update deleted.")


def test_an_update_with_a_picture_is_posted_edited_and_deleted(page, dream, scripts):
    """R65."""
    update = post_update(page, "We found a mast.")
    expect(update.get_by_role("img", name="A boat at dusk")).to_be_visible()
    expect(update).to_contain_text("We found a mast.")
    expect(update).to_be_in_viewport()  # the page leads to what was posted

    edit_update(page, update, "We found two masts.")
    expect(update).to_contain_text("We found two masts.")
    expect(update.get_by_role("img", name="A boat at dusk")).to_have_count(0)

    delete_update(page, update, scripts)
    expect(page.locator(".update")).to_have_count(0)
    assert not db.updates.find_one({"dream_id": dream["_id"]})
