"""The landing page's first screen, and a profile in the order of what matters."""

import pytest
from playwright.sync_api import expect

from browser.conftest import DESK, PHONE
from browser.factories import add_dream, add_person

PHONE_390 = {"viewport": {"width": 390, "height": 844}}
TOPS = "names => names.map(name => document.querySelector(name).getBoundingClientRect().top)"
# How many dreams can be read, title and all, and how much of the mosaic's rows they leave free.
MOSAIC = """() => {
  const boxes = [...document.querySelectorAll(".glimpse")].map(one => one.getBoundingClientRect());
  const rows = Map.groupBy(boxes, box => Math.round(box.bottom));
  const right = document.querySelector(".mosaic").getBoundingClientRect().right;
  return {
    whole: boxes.filter(box => box.bottom <= innerHeight).length,
    ragged: [...rows.values()]
      .filter(row => Math.max(...row.map(box => box.right)) < right - 1).length,
  };
}"""


@pytest.mark.parametrize(("look", "dreams"), [(DESK, 4), (PHONE_390, 3)], ids=["desk", "phone"])
def test_the_first_screen_shows_the_way_in_and_dreams(visit, look, dreams):
    page = visit("/", **look)

    mosaic = page.evaluate(MOSAIC)

    expect(page.get_by_role("link", name="Share your dream").first).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("link", name="Look around first")).to_be_in_viewport(ratio=1)
    assert mosaic["whole"] >= dreams
    assert mosaic["ragged"] == 0


def test_a_profile_leads_with_the_person_and_ends_with_interests(visit, bob):
    person = add_person(skills=["weaving"], bio="I weave.", interests=["travel"])
    for title in ("Weave a sail", "Weave a rug"):
        add_dream(person, title)
    page = visit(f"/dreamers/{person['slug']}", bob)

    parts = ["h1", ".dreamer__bio", ".dreamer__terms", ".gallery", ".interests"]
    tops = page.evaluate(TOPS, parts)

    assert tops == sorted(tops)
    assert tops[2] < page.viewport_size["height"] / 2
    for card in page.locator(".dream--teaser").all():  # without pictures, on their drawings
        title = card.locator(".dream__title").bounding_box()
        assert title["width"] >= card.bounding_box()["width"] - 2


def test_a_picture_on_a_profile_is_as_wide_as_its_card(visit, bob):
    page = visit("/dreamers/maya-lindqvist", bob)

    for card in page.locator(".dream--teaser:not([data-plain])").all():
        assert card.locator("img").bounding_box()["width"] >= card.bounding_box()["width"] - 2
    assert page.locator(".dream--teaser:not([data-plain])").count() > 2


def test_what_is_said_of_a_session_stands_clear_of_the_edge_of_its_list(visit, ada):
    page = visit("/profile", ada, **PHONE)

    note, item = (page.locator("#sign-ins li").filter(has_text="This device").locator(part)
                  .bounding_box() for part in (".links__note", "xpath=."))

    assert item["y"] + item["height"] - note["y"] - note["height"] >= 8
