"""The feed: how much of it the first screen shows, and how it is walked through by keyboard."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from browser.conftest import DESK
from browser.factories import add_comment, add_dream, add_person, photo
from dreamscape.needs import edited_needs, need_fields
from dreamscape.pictures import set_picture
from dreamscape.updates import add_update

PHONE = {"width": 390, "height": 844}
# [mean height of a card in pixels, how many cards the first screen shows, tab stops of the page,
# the most filled buttons of a card, the most lines of a card's words]
FIGURES = """() => {
  const bar = document.querySelector(".nav");
  const is_fixed = getComputedStyle(bar).position === "fixed";
  const end = is_fixed ? bar.getBoundingClientRect().top : innerHeight;
  const cards = [...document.querySelectorAll("article.card")];
  const boxes = cards.map((card) => card.getBoundingClientRect());
  const shown = boxes.map(({top, bottom, height}) =>
    Math.max(0, Math.min(bottom, end) - top) / height);
  const stops = [...document.querySelectorAll("a[href], button, summary, input, textarea, select")]
    .filter((e) => e.tabIndex >= 0 && e.checkVisibility()
      && !e.closest("details:not([open]) > :not(summary)"));
  const filled = cards.map((card) => [...card.querySelectorAll(".button--primary")]
    .filter((e) => e.checkVisibility()).length);
  const lines = [...document.querySelectorAll(".dream__glimpse")]
    .map((e) => e.clientHeight / parseFloat(getComputedStyle(e).lineHeight));
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  return {height: sum(boxes.map(({height}) => height)) / cards.length, shown: sum(shown),
          stops: stops.length, filled: Math.max(...filled), lines: Math.round(Math.max(...lines))};
}"""
FOCUSED = "document.activeElement.closest('.card')?.id"


@pytest.fixture
def word(ada, bob):
    """A word of twenty dreams, each with needs, an update and comments."""
    word = f"Walk{secrets.token_hex(4)}"
    needs = need_fields(edited_needs([], ["A carpenter for a weekend", "A tent", "Woodworking"]))
    for number in range(20):
        dream = add_dream(ada, f"{word} every path of the parish {number}",
                          "I turn eighty in three years, and my hip is of another opinion. " * 9,
                          state="under-way", **needs)
        add_update(ada, dream, "We found the old bridge, and crossed it.", key=str(number))
        add_comment(bob, dream, "I know a path that isn't on any map. Shall I show it to you?")
    return word


def test_the_feed_is_low_enough_for_daily_use(visit, bob, word):
    page = visit("/dreamscape?view=latest", bob, **DESK)
    page.evaluate("document.querySelector('.reminder')?.remove()")  # asks once to finish a profile
    desk = page.evaluate(FIGURES)
    page.set_viewport_size(PHONE)
    phone = page.evaluate(FIGURES)

    assert desk["height"] <= 560 and phone["height"] <= 560
    assert desk["shown"] >= 3 and phone["shown"] >= 1.5
    assert max(desk["stops"], phone["stops"]) <= 120
    assert (desk["filled"], phone["filled"]) == (0, 0)
    assert (desk["lines"], phone["lines"]) == (2, 2)


def test_j_and_k_lead_from_card_to_card_while_the_focus_is_in_one(visit, bob, word):
    """Anywhere else a key alone does nothing (WCAG 2.1.4)."""
    page = visit(f"/dreamscape?q={word}", bob)
    page.keyboard.press("j")
    page.get_by_role("link", name="Newest").focus()
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) is None
    page.locator("article.card h2 a").first.focus()
    ids = page.eval_on_selector_all("article.card", "(cards) => cards.map(({id}) => id)")
    seen = []
    for key in "jjkkk":
        page.keyboard.press(key)
        seen.append(page.evaluate(FOCUSED))

    assert seen == [ids[1], ids[2], ids[1], ids[0], ids[0]]
    page.locator("summary").filter(has_text="Edit search").click()
    page.get_by_label("Search dreams and people").fill("")
    page.keyboard.press("j")
    assert page.get_by_label("Search dreams and people").input_value() == "j"


def test_a_conversation_that_opens_leaves_the_cards_beside_it_as_they_are(visit, bob, word):
    page = visit(f"/dreamscape?q={word}", bob, **DESK)
    beside = page.locator("article.card").nth(1)
    height = beside.bounding_box()["height"]

    page.locator(".talk__line").first.click()

    assert page.locator("article.card").first.bounding_box()["height"] > height + 40
    assert abs(beside.bounding_box()["height"] - height) < 2


WIDTHS = """() => {
  const cards = [...document.querySelectorAll("article.card")];
  const box = (card) => JSON.stringify(card.getBoundingClientRect().toJSON());
  const {width} = cards[0].parentElement.getBoundingClientRect();
  const share = cards[0].getBoundingClientRect().width / width;
  const before = box(cards[0]);
  cards.slice(1).forEach((card) => { card.remove(); });
  return [share, before === box(cards[0])];
}"""


@pytest.mark.parametrize(("count", "least"), [(1, 1), (2, 0.47), (3, 0.3)])
def test_my_first_dream_takes_its_place_before_the_others_have_come(visit, ada, count, least):
    """A page is shown while it loads: without the cards that follow."""
    for number in range(count):
        add_dream(ada, f"A dream that is mine {number}")

    share, stays = visit("/dreams", ada, **DESK).evaluate(WIDTHS)

    assert stays
    assert least <= share <= 1 / count


def test_a_very_long_name_is_one_line_of_a_card(visit, bob):
    dream = add_dream(add_person("Wolfeschlegelsteinhausen" * 2, "Bergerdorff" * 3),
                      state="under-way")
    page = visit(f"/dreamscape?q={dream['title'].split()[-1]}", bob, viewport=PHONE)
    card = page.locator(f"#dream-{dream['slug']}")

    assert card.locator(".dream__person").bounding_box()["height"] < 40
    assert card.evaluate("(card) => card.scrollWidth <= card.clientWidth")
    assert card.locator(".state").evaluate("(state) => state.scrollWidth <= state.clientWidth")


def test_the_picture_is_across_the_top_of_a_card(visit, ada, bob):
    dream = add_dream(ada, f"Sail {secrets.token_hex(4)}")
    set_picture("dreams", dream, photo((1600, 1200)), "boat.jpg", "A boat at dusk")
    page = visit(f"/dreamscape?q={dream['title'].split()[-1]}", bob, viewport=PHONE)
    card = page.locator("article.card")

    outer, inner = (box.bounding_box() for box in (card, card.locator(".picture--dream")))

    assert inner["width"] >= outer["width"] - 3
    assert inner["y"] <= outer["y"] + 2
    assert 2 <= inner["width"] / inner["height"] <= 2.4


def test_the_heart_of_a_comment_stands_under_its_words(visit, ada, bob):
    dream = add_dream(ada)
    add_comment(ada, dream, "Who has a sail?")
    page = visit(f"/dreams/{dream['slug']}", bob)

    words, heart = (page.locator(f".comment {part}").first.bounding_box()
                    for part in (".comment__text > p", ".comment__actions .icon"))

    assert abs(words["x"] - heart["x"]) <= 4


def test_a_liked_comment_has_a_filled_heart_and_no_pill_that_reaches_beyond_its_words(
        visit, ada, bob):
    dream = add_dream(ada)
    add_comment(ada, dream, "Who has a sail?")
    page = visit(f"/dreams/{dream['slug']}", bob)
    heart = page.get_by_role("button", name=re.compile("^Like"))

    heart.click()

    expect(heart).to_have_attribute("aria-pressed", "true")
    expect(heart).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    assert heart.locator(".icon").evaluate("(icon) => getComputedStyle(icon).fill") != "none"


def test_a_note_leaves_the_search_in_the_last_line_of_the_views(visit, bob):
    page = visit("/dreamscape?view=trending", bob, viewport=PHONE)

    view, search, note = (page.locator(part).last.bounding_box() for part in (
        ".tabs__tab", ".search-fold > summary", ".feed__note"))

    assert view["y"] == search["y"] < note["y"]


@pytest.mark.parametrize(("role", "count"), [("person", 8), ("visitor", 7)])
def test_two_lines_of_views_stand_above_the_first_dream_on_a_phone(visit, bob, role, count):
    page = visit("/dreamscape?view=latest", bob if role == "person" else None, scripts=False,
                 viewport={"width": 360, "height": 740})

    ways = page.locator(".tabs__tab, .search-fold > summary, .feed__people").all()
    boxes = [way.bounding_box() for way in ways]

    assert (len(ways), len({box["y"] for box in boxes})) == (count, 2)
    assert all(box["width"] >= 44 for box in boxes)
    for word in page.locator(".feed__people > span").all():
        assert word.bounding_box()["width"] > 30
    page.locator(".search-fold > summary").click()
    assert page.get_by_label("Search dreams").is_visible()
