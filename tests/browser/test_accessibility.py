"""Accessibility: zoom and large type, screen readers, keyboard, long names, right-to-left text."""

import secrets

import pytest
from playwright.sync_api import expect

from browser.conftest import PHONE
from browser.factories import add_comment, add_dream, add_person

from dreamscape.follows import set_following
from dreamscape.needs import edited_needs, need_fields

NEEDS = ["Woodworking for a mast", "A tent"]
LONG_NAMES = ["Thandeka-Nomvula", "Wolfeschlegelsteinhausen"]
LARGE = 32  # pixels of type: 200%
LATE = 600  # milliseconds that an answer takes
# Counts how often the messages change after the page is parsed.
COUNT_CHANGES = """document.addEventListener("DOMContentLoaded", () => {
  window.changes = 0;
  new MutationObserver(() => { window.changes += 1; })
    .observe(document.querySelector('[data-part="messages"]'), { childList: true, subtree: true });
});"""
# Whether an element's words are above whatever else is there, and none of them is cut off.
ON_TOP = """(words) => {
  const {left, right, top, bottom} = words.getBoundingClientRect();
  return words.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2))
    && words.scrollWidth <= words.clientWidth && words.scrollHeight <= words.clientHeight;
}"""


@pytest.fixture
def dream(ada):
    """Ada's dream."""
    return add_dream(ada, f"Sail to {secrets.token_hex(4)}")


@pytest.fixture
def set_type(devtools):
    """A function that sets the size of a page's type in pixels, as a browser's settings do."""
    def set_size(page, pixels):
        """Set it until the test ends."""
        devtools(page).send("Page.setFontSizes", {"fontSizes": {"standard": pixels}})

    return set_size


def scrolls_sideways(page):
    """Return whether a page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.parametrize("name", LONG_NAMES)
@pytest.mark.parametrize(("width", "pixels"), [(320, 16), (360, 16), (360, LARGE)])
def test_a_long_first_name_leaves_the_bar_its_links(visit, set_type, name, width, pixels):
    page = visit("/dreams", add_person(name, "Long"), viewport={"width": width, "height": 740})
    set_type(page, pixels)

    bell = page.get_by_role("link", name="Notifications")
    assert bell.bounding_box()["width"] >= 24
    assert not scrolls_sideways(page)
    for link in page.locator(".nav__link").all():
        box = link.bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width + 1


def test_large_type_leaves_the_notifications_and_their_number_whole(visit, set_type):
    page = visit("/dreams", add_person(unread=31), viewport={"width": 390, "height": 844})
    set_type(page, LARGE)

    link = page.get_by_role("link", name="Notifications")
    count, line = link.locator(".nav__count"), page.get_by_role("link", name="My dreams").first
    assert count.bounding_box()["height"] <= 1.7 * LARGE
    assert link.bounding_box()["height"] <= line.bounding_box()["height"] + 1
    assert not scrolls_sideways(page)


def test_the_focus_is_seen_on_the_dreams_of_the_start_page(visit, dream):
    """The title, which is cut after some lines, would cut the link's own ring off."""
    page = visit("/")
    link = page.locator(".glimpse__link").first
    link.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")

    look = link.evaluate("(link) => getComputedStyle(link, '::after').outline")

    assert "solid 3px" in look
    assert link.evaluate("(link) => getComputedStyle(link, '::after').inset") == "0px"


def test_a_title_from_right_to_left_is_whole_and_on_its_drawing(visit, ada, bob):
    title = "أحلم أن أبني قاربًا صغيرًا بيدي وأبحر به حول العالم"
    add_dream(ada, title)
    page = visit(f"/dreamers/{ada['slug']}", bob)

    words = page.get_by_role("heading", name=title)

    words.scroll_into_view_if_needed()
    assert words.evaluate(ON_TOP)


def test_large_type_leaves_the_words_of_a_card_whole(visit, set_type, ada, bob):
    word = f"boat{secrets.token_hex(4)}"
    add_dream(ada, f"Sail around the world in a {word}", **need_fields(edited_needs([], NEEDS)))
    page = visit(f"/dreamscape?q={word}", bob, **PHONE)
    set_type(page, LARGE)

    for need in page.locator(".dream__needs > li").all():
        assert need.evaluate("(need) => need.scrollWidth <= need.clientWidth")
    assert not scrolls_sideways(page)


def test_the_messages_of_a_new_page_are_announced(visit, devtools, dream, ada, wait_until):
    """Screen readers tell what changes in the region, not what came with the page."""
    page = visit(f"/dreams/{dream['slug']}", ada)
    session = devtools(page)
    session.send("Page.enable")
    session.send("Page.addScriptToEvaluateOnNewDocument", {"source": COUNT_CHANGES})

    page.get_by_role("button", name="Let it rest").click()

    expect(page.locator(".messages .notice")).to_have_count(1)
    page.get_by_role("button", name="Undo").hover()
    page.mouse.down()
    wait_until(lambda: page.evaluate("window.changes > 0"))
    page.mouse.up()
    expect(page.get_by_role("button", name="Let it rest")).to_be_visible()  # it was undone


def test_nothing_can_be_typed_into_a_comment_while_it_is_sent(visit, dream, bob):
    """It would go with the form when the answer comes."""
    page = visit(f"/dreams/{dream['slug']}", bob)
    page.route("**/comments", lambda route: (page.wait_for_timeout(LATE), route.continue_()))
    area = page.get_by_label("Your comment", exact=True)
    area.fill("Bravo")

    page.get_by_role("button", name="Send", exact=True).click()
    expect(area).not_to_be_editable()

    expect(page.get_by_text("Comment posted.")).to_be_visible()
    expect(area).to_be_editable()
    expect(area).to_have_value("")


def test_after_an_edit_by_keyboard_the_focus_is_on_the_comments_menu(visit, dream, bob):
    add_comment(bob, dream, "Bravo")
    page = visit(f"/dreams/{dream['slug']}", bob)
    comment = page.locator(".comment").filter(has_text="Bravo")
    menu = comment.locator("summary").filter(has_text="More")
    for summary in (menu, comment.locator("summary").filter(has_text="Edit")):
        summary.focus()
        page.keyboard.press("Enter")
    comment.get_by_role("textbox").fill("Bravissimo")
    comment.get_by_role("button", name="Save").focus()

    page.keyboard.press("Enter")

    expect(page.get_by_role("paragraph").filter(has_text="Bravissimo")).to_be_visible()
    expect(page.locator(".comment").locator("summary").filter(has_text="More")).to_be_focused()


@pytest.mark.parametrize("name", ["Share", "More for this dream"])
def test_what_a_button_opens_leaves_it_where_it_was_pressed(visit, dream, bob, look, name):
    page = visit(f"/dreams/{dream['slug']}", bob, **look)
    button = page.locator(".dream__bar summary").filter(has_text=name)
    before = button.bounding_box()

    button.click()

    assert page.locator(".dream__bar details[open]").count() == 1
    assert button.bounding_box() == before
    assert not scrolls_sideways(page)


def test_a_long_message_covers_nothing_that_gets_the_focus(visit, ada, bob):
    dream = add_dream(ada, "A dream whose title is as long as a title may be, for two lines " * 2)
    set_following(bob, {"dream_id": dream["_id"]}, True)
    page = visit(f"/dreams/{dream['slug']}", bob, viewport={"width": 800, "height": 500})
    page.get_by_role("button", name="Unfollow dream").click()
    notice = page.locator(".messages .notice").filter(has_text="unfollowed")
    expect(notice).to_be_visible()

    height = notice.bounding_box()["height"]

    padding = page.evaluate("getComputedStyle(document.documentElement).scrollPaddingTop")
    assert float(padding.removesuffix("px")) >= height + 8


def test_forced_colours_draw_topics_with_a_thin_edge(visit, ada):
    page = visit(f"/dreams/{add_dream(ada)['slug']}", ada, forced_colors="active")

    expect(page.locator("a.topic").first).to_have_css("border-block-start-width", "1px")
