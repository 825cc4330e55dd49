"""Messages about what one did: where they stand, and when they go."""

import pytest
from playwright.sync_api import expect

from browser.conftest import DESK, PHONE, TOUCH
from browser.factories import add_comment, add_dream
from dreamscape.follows import set_following

# How many pixels of the bottom bar a message covers.
COVERED = """(notice) => notice.getBoundingClientRect().bottom
  - document.querySelector(".nav").getBoundingClientRect().top"""
# Whether nothing lies on what has the focus.
ON_TOP = """() => {
  const box = document.activeElement.getBoundingClientRect();
  const found = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return document.activeElement.contains(found);
}"""
FINISH = "(notice) => notice.getAnimations().forEach((animation) => animation.finish())"
STATES = "(notice) => notice.getAnimations().map((animation) => animation.playState)"


@pytest.fixture
def dream(ada):
    """Ada's dream."""
    return add_dream(ada, "Sail around the world in a boat I build myself")


def press(page, name):
    """Press the first button of this name; return the message that follows."""
    page.get_by_role("button", name=name).first.click()
    notice = page.get_by_role("status").locator(".notice")
    expect(notice).to_have_count(1)
    return notice


def test_on_a_phone_a_message_stands_above_the_bar_and_goes(visit, dream, bob):
    page = visit(f"/dreams/{dream['slug']}", bob, **PHONE)

    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 740})
        set_following(bob, {"dream_id": dream["_id"]}, False)
        page.reload()
        place = page.locator("h1").bounding_box()
        notice = press(page, "Follow dream")

        expect(notice).to_be_in_viewport(ratio=1)
        assert notice.evaluate(COVERED) <= 0, width
        assert page.locator("h1").bounding_box() == place
        notice.evaluate(FINISH)
        expect(notice).to_be_hidden()


def test_on_a_phone_a_message_covers_neither_the_bar_nor_a_form_that_is_opened(
        visit, dream, ada, bob):
    """R45."""
    for number in range(3):
        add_comment(ada, dream, f"Number {number}")
    page = visit(f"/dreams/{dream['slug']}", bob, **TOUCH)
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_label("Your comment", exact=True).fill("Fair wind!")
    notice = press(page, "Send")
    expect(notice).to_contain_text("Comment posted.")
    summary = page.locator(".write > summary").filter(has_text="Reply").nth(1)
    summary.evaluate("(e) => scrollTo(0, e.getBoundingClientRect().bottom + scrollY - 700)")

    summary.tap()

    form = page.locator(".write[open] form")
    expect(form.get_by_role("button", name="Send reply")).to_be_in_viewport(ratio=1)
    assert notice.evaluate(COVERED) <= 0
    assert notice.get_by_role("button").evaluate(COVERED) <= 0
    box, message = form.bounding_box(), notice.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= message["y"]


def test_a_message_with_a_button_stays_until_it_is_closed(visit, dream, bob):
    set_following(bob, {"dream_id": dream["_id"]}, True)
    page = visit(f"/dreams/{dream['slug']}", bob, **PHONE)
    page.set_viewport_size({"width": 320, "height": 740})
    notice = press(page, "Unfollow dream")

    assert notice.evaluate(STATES) == []
    page.get_by_role("link", name="Explore").focus()
    page.keyboard.press("Tab")
    assert page.evaluate(ON_TOP)
    notice.get_by_role("button", name="Close this message").focus()
    assert page.evaluate(ON_TOP)
    page.keyboard.press("Enter")

    expect(notice).to_have_count(0)
    page.get_by_role("link", name="Explore").click()
    page.wait_for_url("**/dreamscape")


@pytest.mark.parametrize("width", [320, 390])
def test_a_message_that_stays_leaves_the_bar_and_the_end_of_the_page_free(
    visit, dream, bob, width
):
    set_following(bob, {"dream_id": dream["_id"]}, True)
    page = visit(f"/dreams/{dream['slug']}", bob, viewport={"width": width, "height": 740})
    notice = press(page, "Unfollow dream").bounding_box()

    assert notice["y"] + notice["height"] <= page.locator(".nav").bounding_box()["y"]
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    last = page.get_by_role("link", name="Privacy").bounding_box()
    assert last["y"] + last["height"] <= notice["y"]
    page.get_by_role("link", name="Explore").click()
    page.wait_for_url("**/dreamscape")


def test_a_message_waits_while_it_is_pointed_at(visit, dream, bob):
    page = visit(f"/dreams/{dream['slug']}", bob, **DESK)
    notice = press(page, "Follow dream")

    assert notice.evaluate(STATES) == ["running"]
    notice.hover()
    assert notice.evaluate(STATES) == ["paused"]
    page.mouse.move(5, 700)
    notice.get_by_role("button").focus()
    assert notice.evaluate(STATES) == ["paused"]


def test_the_message_of_a_new_page_stands_in_the_page(visit, dream, ada):
    page = visit(f"/dreams/{dream['slug']}/edit", ada, **PHONE)
    page.get_by_role("button", name="Save", exact=True).click()
    notice = page.get_by_role("status").locator(".notice")

    assert notice.bounding_box()["y"] < page.locator("h1").bounding_box()["y"]
    assert notice.evaluate("(e) => getComputedStyle(e.parentElement).position") == "static"
