"""The layout of every page: menu, theme, skip link, navigation and print styles."""

import re

import pytest
from playwright.sync_api import expect

from browser.factories import add_comment, add_dream
from browser.conftest import DESK, PHONE
from dreamscape.database import db
from dreamscape.needs import edited_needs, need_fields
from dreamscape.updates import add_update

MENU_LINKS = ("My page", "My dreams", "Profile")


@pytest.fixture
def menu(visit, ada, way):
    """Ada's feed, and the menu in its header."""
    page = visit("/dreams", ada, **way)
    return page, page.locator("summary").filter(has_text="Ada")


def test_a_signed_out_visitor_has_no_menu(visit):
    """R7."""
    page = visit("about:blank")

    for path in ("/", "/login", "/signup"):
        page.goto(path)
        expect(page.get_by_role("link", name="Sign up").first, path).to_be_visible()
        expect(page.get_by_role("button", name="Sign out"), path).to_have_count(0)


def test_the_menu_shows_name_and_picture_and_a_click_opens_it(menu):
    """R7."""
    page, summary = menu
    expect(summary).to_have_text(re.compile("Ada"))
    expect(summary.locator("img")).to_be_visible()

    summary.click()

    for name in MENU_LINKS:
        expect(page.locator("details").get_by_role("link", name=name, exact=True)).to_be_visible()


def test_a_key_opens_the_menu_and_tab_moves_through_it(menu):
    """R7."""
    page, summary = menu
    summary.focus()

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.get_by_role("link", name="My page")).to_be_focused()


def test_the_menu_signs_out(menu):
    """R7."""
    page, summary = menu
    summary.click()

    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("status")).to_contain_text("You're signed out")
    assert page.context.cookies() == [] or "Sign in" in page.content()


def test_escape_closes_the_menu_and_restores_the_focus(visit, ada):
    page = visit("/dreams", ada)
    summary = page.locator("summary").filter(has_text="Ada")
    summary.click()
    page.keyboard.press("Tab")

    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="My page")).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_click_elsewhere_closes_the_menu(visit, ada):
    page = visit("/dreams", ada)
    page.locator("summary").filter(has_text="Ada").click()

    page.get_by_role("heading", level=1).click()

    expect(page.get_by_role("link", name="My page")).to_be_hidden()


def test_the_first_tab_stop_is_the_skip_link(visit, scripts):
    page = visit("/login", scripts=scripts)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.get_by_role("main")).to_be_focused()


def background(page):
    """Return the background colour of a page."""
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_the_default_theme_is_the_devices_colour_scheme(visit):
    light, dark = (visit("/", color_scheme=scheme) for scheme in ("light", "dark"))

    assert background(light) != background(dark)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_switch_is_remembered(visit, look, scheme):
    page = visit("/", color_scheme=scheme, **look)
    before = background(page)

    page.get_by_role("button", name="Dark colours").click()
    page.goto("/login")

    assert background(page) != before


def test_the_theme_switch_exposes_its_state(visit):
    page = visit("/", color_scheme="light")
    switch = page.get_by_role("button", name="Dark colours")
    expect(switch).to_have_attribute("aria-pressed", "false")

    switch.press("Enter")

    expect(switch).to_have_attribute("aria-pressed", "true")


def test_the_theme_switch_changes_the_theme_colour_of_the_browser(visit):
    page = visit("/", color_scheme="light")
    colour = page.locator('meta[name="theme-color"][media="all"]')
    expect(colour).to_have_attribute("data-theme", "light")

    page.get_by_role("button", name="Dark colours").click()

    expect(colour).to_have_attribute("data-theme", "dark")


def test_without_javascript_there_is_no_theme_switch(visit):
    page = visit("/", scripts=False)

    expect(page.get_by_role("button", name="Dark colours")).to_be_hidden()


def navigation_position(page):
    """Return the vertical centre of the main navigation, in pixels from the top."""
    box = page.get_by_role("navigation", name="Main").bounding_box()
    return box["y"] + box["height"] / 2


def test_the_navigation_is_at_the_bottom_on_a_phone_and_at_the_top_on_a_desktop(visit, ada):
    phone, desk = visit("/dreams", ada, **PHONE), visit("/dreams", ada, **DESK)

    assert navigation_position(phone) > 600 and navigation_position(desk) < 150


def test_touch_targets_on_a_phone_are_large_enough(visit, ada):
    page = visit("about:blank", ada, **PHONE)
    targets = page.locator("button:visible, .button:visible, summary:visible, nav a:visible")

    for path in ("/dreamscape", "/dreamscape?q=w", "/dreamers", "/dreambuilder",
                 "/profile/skills"):
        page.goto(path)
        seen = targets.evaluate_all(
            "(all) => all.map((e) => [e.innerText, e.getBoundingClientRect().height])")
        assert seen, path
        assert (path, [text for text, height in seen if height < 43.5]) == (path, [])


def test_every_tab_stop_has_a_visible_focus(visit, ada):
    page = visit("/dreambuilder", ada)
    unseen = []

    for _ in range(25):
        page.keyboard.press("Tab")
        unseen += page.evaluate("""() => {
          const e = document.activeElement, look = getComputedStyle(e);
          const shown = look.outlineStyle !== "none" || look.boxShadow !== "none";
          return e === document.body || shown ? [] : [e.outerHTML.slice(0, 80)];
        }""")

    assert unseen == []


def test_reduced_motion_stops_all_animations(visit, ada):
    page = visit("/dreams", ada, reduced_motion="reduce")

    moving = page.evaluate("""[...document.querySelectorAll("*")].filter((e) => {
      const look = getComputedStyle(e);
      const seconds = [look.transitionDuration, look.animationDuration].map(parseFloat);
      return Math.max(...seconds) > 0.05;
    }).length""")

    assert moving == 0


def test_a_printed_dream_has_its_text_picture_and_comments_but_no_controls(visit, ada, bob):
    dream = add_dream(ada, **need_fields(edited_needs([], ["A carpenter for a weekend"])))
    add_comment(bob, dream)
    add_update(ada, dream, "We found a mast.")
    page = visit(f"/dreams/{dream['slug']}", ada, color_scheme="dark")

    page.emulate_media(media="print")

    for part in ("h1", ".dream__text", ".picture[src]", ".needs", ".update", "#comments .comment"):
        expect(page.locator(part), part).to_be_visible()
    for part in ("header", "footer", ".dream__facts form", ".dream__bar", "#helpers",
                 "form[action$='/comments']"):
        assert not any(found.is_visible() for found in page.locator(part).all()), part

    line = page.locator(".path > :last-child").evaluate(
        "(e) => parseFloat(getComputedStyle(e).paddingInlineStart)")
    assert page.locator(".update").evaluate(
        "(e) => parseFloat(getComputedStyle(e).paddingInlineStart)") == line > 0


def test_a_printed_dream_that_nobody_spoke_of_has_no_empty_headings(visit, ada):
    page = visit(f"/dreams/{add_dream(ada)['slug']}", ada)

    page.emulate_media(media="print")

    expect(page.locator("h2:visible")).to_have_count(0)


# The feed ####################################################################


@pytest.mark.parametrize("way", [{}, {"java_script_enabled": False}], ids=["scripts", "no-scripts"])
def test_space_toggles_the_checkbox_of_own_dreams(visit, ada, way):
    """R42."""
    page = visit("/dreamscape", ada, **way)
    box = page.get_by_role("checkbox", name="Include my dreams")
    search = page.locator("summary").filter(has_text="Search")
    search.click()

    box.press("Space")

    page.wait_for_url("**/dreamscape?*own=1")
    search.click()
    expect(box).to_be_checked()


# Signed out ##################################################################

OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll(".header a, .header button")]
    .filter((e) => e.checkVisibility())
    .map((e) => [e.textContent.trim(), e.getBoundingClientRect()]);
  const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
    && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return boxes.flatMap(([name, a], i) => boxes.slice(i + 1)
    .filter(([, b]) => over(a, b)).map(([other]) => `${name} / ${other}`));
}"""


@pytest.mark.parametrize("font", [16, 32], ids=["100%", "200%"])
def test_visitors_reach_sign_up_and_sign_in_without_scrolling(
        visit, monitor, devtools, ada, font):
    """R54: on every page, however large the type, and under nothing else."""
    monitor.expect_status(404)
    page = visit("about:blank", **PHONE)
    devtools(page).send(
        "Page.setFontSizes", {"fontSizes": {"standard": font, "fixed": font}})

    for path in ("/", "/dreamscape", f"/dreams/{add_dream(ada)['slug']}",
                 f"/dreamers/{ada['slug']}", "/login", "/signup", "/password-reset", "/nowhere"):
        page.goto(path)
        for width in (320, 360, 390):
            page.set_viewport_size({"width": width, "height": 640})
            for name in ("Explore", "Sign in", "Sign up"):
                link = page.get_by_role("banner").get_by_role("link", name=name, exact=True)
                expect(link, f"{path} at {width}").to_be_in_viewport(ratio=1)
            assert (path, width, page.evaluate(OVERLAPS)) == (path, width, [])
    page.set_viewport_size(PHONE["viewport"])


def test_the_header_of_visitors_is_one_line_on_a_phone(visit, scripts):
    page = visit("/", scripts=scripts, **PHONE)
    links = page.get_by_role("banner").get_by_role("link").all()
    assert len(links) == 4

    for width in (320, 351, 352, 360, 384, 407, 408, 430, 480, 543, 544, 768):
        page.set_viewport_size({"width": width, "height": 640})
        lines = {round(link.bounding_box()["y"]) for link in links}
        assert (width, len(lines), page.evaluate(OVERLAPS)) == (width, 1, [])
    page.set_viewport_size(PHONE["viewport"])


@pytest.mark.parametrize(("role", "look", "place"), [
    ("visitor", PHONE, "contentinfo"), ("visitor", DESK, "banner"), ("person", PHONE, "banner")])
def test_there_is_one_theme_switch(visit, ada, role, look, place):
    page = visit("/about", ada if role == "person" else None, **look)

    expect(page.get_by_role("button", name="Dark colours")).to_have_count(1)
    expect(page.get_by_role(place).get_by_role("button", name="Dark colours")).to_be_visible()


def test_in_large_type_notifications_is_one_word(visit, devtools, ada):
    db.dreamers.update_one({"_id": ada["_id"]}, {"$set": {"unread": 16}})
    page = visit("about:blank", ada, **PHONE)
    devtools(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 32}})

    page.goto("/about")

    expect(page.locator(".nav__count")).to_have_text("16")
    assert page.locator(".nav__word").bounding_box()["height"] < 2 * 28
