"""The staged profile by mouse, by keyboard and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from browser.factories import reload_person
from browser.conftest import DESK, PHONE

LISTS = ("Skills", "Experiences")
ODD_TERMS = ("C++", "C#", "R&D", "public speaking", "français", "日本語", "العربية")


class Adding:
    """The stage of skills with one of its lists."""

    def __init__(self, page, title):
        """Find the list's parts, and count what is posted."""
        self.page, self.group = page, page.get_by_role("group", name=title)
        self.field = self.group.get_by_role("combobox")
        self.add = self.group.get_by_role("button", name=re.compile("^Add"))
        self.chips, self.posts = self.group.get_by_role("listitem"), []
        page.on("request", lambda request: request.method == "POST" and self.posts.append(request))


@pytest.fixture(params=[("Skills", PHONE), ("Experiences", DESK)], ids=LISTS)
def adding(request, visit, ada):
    """One of the add-lists on a phone, the other on a desk."""
    title, look = request.param
    return Adding(visit("/profile/skills", ada, **look), title)


def test_add_is_a_button_that_does_not_submit(adding):
    """R25."""
    expect(adding.add).to_have_attribute("type", "button")


def test_a_click_on_add_adds_the_item(adding):
    """R25."""
    adding.field.fill("C++")

    adding.add.click()

    expect(adding.chips).to_have_text([re.compile(r"C\+\+")])
    assert adding.posts == []


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_key_on_add_adds_the_item(adding, key):
    """R25."""
    adding.field.fill("R&D")

    adding.add.press(key)

    expect(adding.chips).to_have_text([re.compile("R&D")])
    assert adding.posts == []


def test_tab_goes_from_the_field_to_add_and_on(adding):
    """R25."""
    adding.field.focus()

    adding.page.keyboard.press("Tab")
    expect(adding.add).to_be_focused()
    adding.page.keyboard.press("Tab")

    expect(adding.add).not_to_be_focused()
    expect(adding.field).not_to_be_focused()


def test_tab_goes_from_the_skills_to_the_experiences(visit, ada):
    """R25."""
    page = visit("/profile/skills", ada)
    skills, experiences = Adding(page, "Skills"), Adding(page, "Experiences")
    skills.add.focus()

    page.keyboard.press("Tab")

    expect(experiences.field).to_be_focused()


def test_enter_in_the_add_field_adds_and_stays(adding):
    """R25."""
    adding.field.press_sequentially("sailing")

    adding.field.press("Enter")

    expect(adding.chips).to_have_text([re.compile("sailing")])
    expect(adding.field).to_have_value("")
    expect(adding.field).to_be_focused()


def test_enter_in_an_empty_add_field_does_nothing(adding):
    """R25."""
    adding.field.press("Enter")
    adding.field.press("Enter")

    expect(adding.chips).to_have_count(0)
    assert adding.posts == []
    assert adding.page.url.endswith("/profile/skills")


def test_an_item_has_a_remove_button_with_its_name(adding):
    """R25."""
    adding.field.fill("public speaking")
    adding.field.press("Enter")

    adding.group.get_by_role("button", name="Remove public speaking").press("Enter")

    expect(adding.chips).to_have_count(0)
    assert adding.posts == []


def test_a_live_region_says_what_was_added_and_removed(adding):
    """R25."""
    adding.field.fill("weaving")
    adding.field.press("Enter")
    expect(adding.group.get_by_role("status")).to_contain_text("weaving")

    adding.group.get_by_role("button", name="Remove weaving").click()

    expect(adding.group.get_by_role("status")).to_contain_text("Removed weaving")


def test_an_item_that_is_there_already_is_refused_by_the_field(adding):
    """R24."""
    for typed in ("Sailing", "  sailing "):
        adding.field.fill(typed)
        adding.field.press("Enter")

    expect(adding.chips).to_have_count(1)
    expect(adding.field).to_have_accessible_description(re.compile("already"))


def test_terms_of_others_are_offered(visit, ada):
    """R24."""
    page = visit("/profile/skills", ada)

    offered = page.locator("datalist#skills-offered option")

    assert "beekeeping" in [option.get_attribute("value") for option in offered.all()]


def test_chips_are_stored_as_typed(visit, ada):
    """R24, R25."""
    skills = Adding(visit("/profile/skills", ada), "Skills")
    for term in ODD_TERMS:
        skills.field.fill(term)
        skills.field.press("Enter")

    skills.page.get_by_role("button", name="Save and continue").click()
    skills.page.wait_for_url("**/profile/interests")

    assert reload_person(ada)["skills"] == [*ODD_TERMS]


def test_what_still_stands_in_the_add_field_is_stored_too(visit, ada):
    """R25: who forgets Add loses nothing."""
    skills = Adding(visit("/profile/skills", ada), "Skills")
    skills.field.fill("baking")

    skills.page.get_by_role("button", name="Save and continue").click()
    skills.page.wait_for_url("**/profile/interests")

    assert reload_person(ada)["skills"] == ["baking"]


def test_stored_chips_come_back_and_can_be_taken_out(visit, ada):
    """R25."""
    page = visit("/profile/skills", add := ada | {"_id": ada["_id"]})
    skills = Adding(page, "Skills")
    for term in ("C++", "baking"):
        skills.field.fill(term)
        skills.field.press("Enter")
    page.get_by_role("button", name="Save and continue").click()
    page.goto("/profile/skills")

    Adding(page, "Skills").group.get_by_role("button", name="Remove C++").click()
    page.get_by_role("button", name="Save and continue").click()
    page.wait_for_url("**/profile/interests")

    assert reload_person(add)["skills"] == ["baking"]


def test_without_javascript_repeated_inputs_save_the_terms(visit, ada, look):
    """R27."""
    page = visit("/profile/skills", ada, scripts=False, **look)
    fields = page.get_by_role("group", name="Skills").locator("input")
    fields.nth(0).fill("C++")
    fields.nth(1).fill("R&D")

    page.get_by_role("button", name="Save and continue").click()

    expect(page).to_have_url(re.compile("/profile/interests"))
    assert reload_person(ada)["skills"] == ["C++", "R&D"]


# Enter #######################################################################


@pytest.fixture
def last_stage(visit, ada, look):
    """The last stage, and what was posted from it."""
    page, posts = visit("/profile/interests", ada, **look), []
    page.on("request", lambda request: request.method == "POST" and posts.append(request.url))
    return page, posts


def test_enter_in_any_field_of_the_last_stage_submits_nothing(last_stage):
    """R26."""
    page, posts = last_stage

    for field in page.get_by_role("main").locator("input:visible, select:visible").all():
        field.press("Enter")

    assert posts == []
    assert page.url.endswith("/profile/interests")


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_key_on_the_submit_button_of_the_last_stage_submits_once(last_stage, key):
    """R26."""
    page, posts = last_stage
    page.get_by_label("Travel").check()

    page.get_by_role("button", name="Save and enter the Dreamscape").press(key)
    page.wait_for_url("**/dreamscape*")

    assert len(posts) == 1


def test_enter_pressed_twice_on_the_last_button_submits_once(last_stage):
    """R26."""
    page, posts = last_stage
    held, button = [], page.get_by_role("button", name="Save and enter the Dreamscape")
    page.route("**/profile/interests", lambda route: held.append(route))

    button.press("Enter", no_wait_after=True)
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    held[0].continue_()
    page.wait_for_url("**/dreamscape*")

    assert len(posts) == 1


def test_enter_in_the_add_fields_goes_nowhere(visit, ada):
    """R26, stage of skills."""
    page = visit("/profile/skills", ada)

    for title in LISTS:
        Adding(page, title).field.press("Enter")

    assert page.url.endswith("/profile/skills")


def test_enter_in_the_text_area_makes_a_line(visit, ada, scripts):
    """R26, stage about."""
    page = visit("/profile/about", ada, scripts=scripts)
    bio = page.get_by_label("About you", exact=True)

    bio.press_sequentially("one")
    bio.press("Enter")
    bio.press_sequentially("two")

    expect(bio).to_have_value("one\ntwo")


def test_enter_in_the_one_line_of_the_first_stage_loses_nothing(visit, ada):
    """R26, stage about: as in any form, Enter in its one line sends it, once."""
    page = visit("/profile/about", ada)
    page.get_by_label("About you", exact=True).fill("I build boats.")
    page.get_by_label("Where you are").fill("Turku")

    page.get_by_label("Where you are").press("Enter")
    page.wait_for_url(re.compile("/profile/(about|picture)"))
    if page.url.endswith("/about"):
        page.get_by_role("button", name="Save and continue").click()
        page.wait_for_url("**/profile/picture")

    assert reload_person(ada)["bio"] == "I build boats."


def test_enter_in_the_file_field_sends_nothing(visit, ada):
    """R26, stage of the picture."""
    page = visit("/profile/picture", ada)
    page.on("filechooser", lambda chooser: None)

    page.get_by_label("Picture", exact=True).press("Enter")

    assert page.url.endswith("/profile/picture")


# Progress ####################################################################


@pytest.mark.parametrize(
    ("path", "step"), [("about", 1), ("picture", 2), ("skills", 3), ("interests", 4)]
)
def test_every_stage_shows_its_step_and_can_be_skipped(visit, ada, scripts, path, step):
    """R23."""
    page = visit(f"/profile/{path}", ada, scripts)

    expect(page.get_by_text(f"Step {step} of 4")).to_be_visible()
    page.get_by_role("link", name="Skip", exact=True).click()

    expect(page).not_to_have_url(re.compile(f"/profile/{path}"))
