"""A dream's page: what its first screen shows, and the order and edges of what stands on it."""

import re

import pytest
from playwright.sync_api import expect

from browser.conftest import DESK, PHONE, TOUCH
from browser.factories import add_comment, add_dream, add_person, photo, reload_dream
from browser.test_pages import TOO_WIDE
from dreamscape.needs import edited_needs, need_fields
from dreamscape.pictures import set_picture

SCREENS = [PHONE["viewport"], {"width": 390, "height": 844}, DESK["viewport"]]
TITLE = "Sail around the world in a boat I build myself"
LONG_TITLE = f"{TITLE} with seven friends and {'everybody' * 4} who ever asks"
TEXT = ("My grandmother rowed out alone every morning, and came back with stories that nobody in "
        "the village could top. I want to see the harbours that she told us about. ") * 15
OFFER = ["Follow dream", "Cheer", "Share"]  # what others can do with a dream
# Where the first screen ends: at the bar with the navigation, if that is fixed to the bottom.
SCREEN_END = """() => {
  const bar = document.querySelector(".nav");
  const is_fixed = getComputedStyle(bar).position === "fixed";
  return is_fixed ? bar.getBoundingClientRect().top : innerHeight;
}"""
# What is reached after something that stands wholly below it.
UPWARDS = """() => [...document.querySelectorAll("main :is(a, button, summary, textarea)")]
  .filter((e) => e.checkVisibility({contentVisibilityAuto: true})
    && !e.closest("details:not([open]) > :not(summary)"))
  .map((e) => ({name: e.textContent.trim(), box: e.getBoundingClientRect()}))
  .filter(({box}, i, all) => i && box.bottom <= all[i - 1].box.top).map(({name}) => name)"""

# The mean number of characters in a line of a dream's words.
LINE = """() => {
  const text = document.querySelector(".dream__text > p");
  const lines = text.clientHeight / parseFloat(getComputedStyle(text).lineHeight);
  return text.textContent.trim().length / lines;
}"""

# {"17px/400": texts of that size and weight}, of what can be pressed, but for names of people and
# the filled button, and of what people wrote.
TYPES = """() => {
  const count = (selector, is_left_out = () => false) => {
    const found = {};
    for (const e of document.querySelectorAll(selector)) {
      if (!e.checkVisibility() || !e.innerText.trim() || is_left_out(e)) continue;
      const {fontSize, fontWeight} = getComputedStyle(e);
      found[`${fontSize}/${fontWeight}`] = (found[`${fontSize}/${fontWeight}`] ?? 0) + 1;
    }
    return found;
  };
  const is_folded = (e) => e.closest("details:not([open]) > :not(summary)");
  return {
    pressed: count("main :is(a, button, summary)", (e) =>
      is_folded(e) || e.matches(".button--primary, .byline__name")),
    written: count(".dream__text > p, .comment__text > p"),
  };
}"""


def add_shown_dream(author, title=TITLE):
    """Add a dream that is under way, with a picture and three needs; return its path."""
    needs = need_fields(edited_needs([], ["A carpenter for a weekend", "A tent", "Woodworking"]))
    dream = add_dream(author, title, TEXT, state="under-way", **needs)
    set_picture("dreams", dream, photo((1600, 1200)), "boat.jpg", "A boat at dusk")
    return f"/dreams/{reload_dream(dream['slug'])['slug']}"


def find_outside(page, names):
    """Return the names of links, buttons and texts that aren't wholly in the first screen."""
    end, wide = page.evaluate(SCREEN_END), page.viewport_size["width"]
    main = page.locator("main")
    boxes = {name: main.locator("a, button, summary, p, span").filter(
        has_text=re.compile(rf"^\s*{name}")).first.bounding_box() for name in names}
    return [name for name, box in boxes.items() if not box or box["y"] < 0
            or box["y"] + box["height"] > end or box["x"] + box["width"] > wide]


def find_on_screens(page, find):
    """Return {width: what find(page) returns there} of the screens where it returns something."""
    found = {}
    for screen in SCREENS:
        page.set_viewport_size(screen)
        found[screen["width"]] = find(page)
    return {width: faults for width, faults in found.items() if faults}


@pytest.fixture
def people(ada, bob):
    """Who looks at Ada's dream, by their role."""
    return {"owner": ada, "other": bob, "visitor": None}


@pytest.mark.parametrize(("role", "scripts", "actions"), [
    ("other", True, OFFER), ("other", False, OFFER), ("visitor", False, OFFER),
    ("owner", True, ["Edit", "Share", "More"])])
def test_the_first_screen_asks_for_something(visit, people, role, scripts, actions):
    page = visit(add_shown_dream(people["owner"]), people[role], scripts=scripts)
    wanted = ["Ada Lovelace", "Under way", "A carpenter for a weekend", *actions]

    assert find_on_screens(page, lambda page: find_outside(page, wanted)) == {}


def test_a_long_title_leaves_room_for_the_person_and_the_state(visit, ada, bob):
    page = visit(add_shown_dream(ada, LONG_TITLE), bob)

    def find_faults(page):
        """Return what a title breaks."""
        share = page.locator("h1").bounding_box()["height"] / page.viewport_size["height"]
        return [*page.evaluate(TOO_WIDE), *find_outside(page, ["Ada Lovelace", "Under way"]),
                *[share] * (share > 0.5)]

    assert find_on_screens(page, find_faults) == {}


def test_the_picture_leaves_half_of_the_screen_to_the_rest(visit, ada, bob):
    dream = add_dream(ada)
    set_picture("dreams", dream, photo((900, 1600)), "mast.jpg", "A mast")
    page = visit(f"/dreams/{dream['slug']}", bob)

    def find_faults(page):
        """Return the picture's part of the screen's height, if it is too much."""
        box = page.get_by_role("img", name="A mast").bounding_box()
        part = box["height"] / page.viewport_size["height"]
        return [part] * (part > 0.5)

    assert find_on_screens(page, find_faults) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sunrise_has_filled_lanterns_and_hills_that_hide_the_sun(visit, ada, scheme):
    page = visit(f"/dreams/{add_dream(ada, state='came-true')['slug']}")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    looks = {part: page.locator(f".celebration__{part}").first.evaluate(
        "(e) => {const s = getComputedStyle(e); return [s.fill, s.opacity, s.stroke]}")
        for part in ("sun", "lantern", "hill", "hill--near")}

    assert {*(tuple(look[1:]) for look in looks.values())} == {("1", "none")}
    assert len({look[0] for look in looks.values()}) == 4


@pytest.mark.parametrize(("role", "filled"), [("other", 1), ("visitor", 1), ("owner", 0)])
def test_a_dream_has_one_filled_button_and_is_reached_from_top_to_bottom(
    visit, people, role, filled
):
    page = visit(add_shown_dream(people["owner"]), people[role], **PHONE)

    assert page.locator("main .button--primary:visible").count() == filled
    assert page.evaluate(UPWARDS) == []
    page.locator(".share > summary").click()
    # What it opens lies over the page until the focus goes on.
    if role != "visitor":
        page.get_by_role("main").locator(".more > summary").first.focus()
        expect(page.locator(".share[open]")).to_have_count(0)
        assert page.evaluate(UPWARDS) == []


def test_what_opens_a_form_begins_below_its_heading(visit, ada):
    page = visit(f"/dreams/{add_dream(ada)['slug']}", ada)
    starts = page.evaluate("""() => [...document.querySelectorAll("#updates > :is(h2, .write)")]
      .map((e) => {
        return Math.round((e.querySelector("summary") ?? e).getBoundingClientRect().left);
      })""")

    assert len(starts) == 2 and len(set(starts)) == 1
    expect(page.locator("#updates .write > .button")).to_have_count(1)


def test_a_tap_on_the_time_of_a_dream_shows_the_exact_one(visit, ada, bob, scripts):
    dream = add_dream(ada)
    made = dream["_id"].generation_time
    exact = f"{made.day} {made:%B %Y, %H:%M} UTC"
    page = visit(f"/dreams/{dream['slug']}", bob, scripts=scripts, **TOUCH)
    time = page.locator("main details.when").first
    assert exact not in time.inner_text()  # which is the text that is shown

    time.locator("summary").tap()

    assert exact in time.inner_text()


def test_on_a_desk_what_can_be_done_stays_beside_the_words(visit, ada, bob):
    page = visit(add_shown_dream(ada), bob)

    page.locator(".dream__text > p").last.scroll_into_view_if_needed()
    page.mouse.wheel(0, 600)

    assert page.evaluate("scrollY") > 300
    assert find_outside(page, [*OFFER, "A carpenter for a weekend"]) == []


def test_words_and_comments_end_at_one_edge_and_lines_have_60_to_66_characters(visit, ada, bob):
    page = visit(add_shown_dream(ada), bob)

    ends = {part: round(box["x"] + box["width"]) for part in (".dream__text", "#comments")
            if (box := page.locator(part).bounding_box())}

    assert len({*ends.values()}) == 1, ends
    assert 60 <= page.evaluate(LINE) <= 66


def test_what_is_pressed_is_lighter_and_smaller_than_what_people_wrote(visit, ada, bob):
    path = add_shown_dream(ada)
    add_comment(bob, reload_dream(path.rpartition("/")[2]), "I have a sail to give away.")
    page = visit(path, bob)

    types = page.evaluate(TYPES)

    assert {*types["written"]} == {"20px/400", "17px/400"}
    assert {kind for kind in types["pressed"] if not kind.startswith(("14px/", "17px/"))} == set()
    assert {kind for kind in types["pressed"] if int(kind.partition("/")[2]) > 500} == set()


def test_a_title_of_one_line_is_read_whole_while_it_is_written(visit, ada):
    page = visit("/dreambuilder", ada, viewport=SCREENS[1])
    title = page.get_by_label("Your dream in one line")

    title.fill("Finish the boat my father started")

    assert title.evaluate("(field) => field.scrollWidth <= field.clientWidth")


def test_on_a_desk_what_can_be_done_stays_beside_the_comments(visit, ada, bob):
    path = add_shown_dream(ada)
    for number in range(9):
        add_comment(bob, reload_dream(path.rpartition("/")[2]), f"I have {number} sails to give.")
    page = visit(path, bob)

    page.locator("#comments .comment").last.scroll_into_view_if_needed()

    assert page.locator("#comments h2").bounding_box()["y"] < 0
    assert find_outside(page, [*OFFER, "A carpenter for a weekend"]) == []


def test_coming_true_is_the_inviting_one_of_the_states(visit, ada):
    page = visit(f"/dreams/{add_dream(ada)['slug']}", ada)
    buttons = page.locator(".states .button")

    looks = {button.inner_text(): button.evaluate(
        "(e) => {const s = getComputedStyle(e); return [s.fontSize, s.backgroundColor]}")
        for button in buttons.all()}
    first, *others = looks

    assert first == "It came true"
    assert len({tuple(looks[name]) for name in others}) == 1
    assert looks[first][0] == "17px" and looks[others[0]] == ["14px", "rgba(0, 0, 0, 0)"]


def test_on_a_phone_i_can_help_stands_beside_a_need(visit, ada, bob):
    page = visit(add_shown_dream(ada), bob, **PHONE)

    for need in page.locator(".need").all():
        words, button = (need.locator(part).bounding_box() for part in (".need__text", ".button"))
        assert words["x"] + words["width"] < button["x"]


def test_in_forced_colours_no_border_runs_through_the_names_of_states(visit, ada):
    page = visit(f"/dreams/{add_dream(ada)['slug']}", ada)

    page.emulate_media(forced_colors="active")

    for name in ("under way", "Let it rest", "Let it go"):
        state = page.get_by_role("main").get_by_role("button", name=name)
        expect(state).to_have_css("border-inline-start-width", "0px")
    page.emulate_media(forced_colors="none")


@pytest.mark.parametrize("look", [DESK, PHONE])
def test_a_name_from_right_to_left_stands_beside_its_picture(visit, bob, look):
    person = add_person("ليلى", "الحداد", bio="أبني قوارب صغيرة.")
    page = visit(f"/dreamers/{person['slug']}", bob, **look)

    words, name, bio = (page.locator(f".dreamer__{part}").bounding_box()
                        for part in ("words", "name", "bio"))

    assert words["x"] == name["x"] == bio["x"]
    assert max(name["width"], bio["width"]) < words["width"] - 50
