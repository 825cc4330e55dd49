"""The staged profile by mouse, by keyboard and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from browser.factories import add_person, reload_person
from browser.conftest import DESK, PHONE

LISTS = ("Skills", "Experiences")
ODD_TERMS = ("C++", "C#", "R&D", "public speaking", "français", "日本語", "العربية")


class Adding:
    """Page object: the skills stage with one of its lists."""

    def __init__(self, page, title, posts=()):
        """Locate the list's elements; posts: the requests that the page sent so far."""
        self.page, self.title = page, title
        self.group = page.get_by_role("group", name=title)
        self.field = self.group.get_by_role("combobox")
        self.add = self.group.get_by_role("button", name=re.compile("^Add"))
        self.chips, self.posts = self.group.get_by_role("listitem"), posts


@pytest.fixture
def add_lists(visit, listen, ada):
    """Each list, one after the other: the first on a phone, the second on a desktop."""
    page, posts = visit("/profile/skills", ada, **PHONE), []
    listen(page, "request", lambda request: request.method == "POST" and posts.append(request))

    def show():
        """Yield the lists, in a window of their size."""
        for title, look in zip(LISTS, (PHONE, DESK), strict=True):
            page.set_viewport_size(look["viewport"])
            yield Adding(page, title, posts)

    return show()


def test_a_click_or_a_key_on_add_adds_the_item_and_submits_nothing(add_lists):
    """R25."""
    for add_list in add_lists:
        expect(add_list.add).to_have_attribute("type", "button")
        add_list.field.fill("C++")
        add_list.add.click()
        expect(add_list.chips).to_have_text([re.compile(r"C\+\+")])

        for key, term in (("Enter", "R&D"), ("Space", "C#")):
            before = add_list.chips.count()
            add_list.field.fill(term)
            add_list.add.press(key)
            expect(add_list.chips, key).to_have_count(before + 1)
            expect(add_list.chips.last, key).to_contain_text(term)
        assert add_list.posts == []


def test_tab_moves_from_the_field_to_add_and_on(add_lists):
    """R25: from the skills' to the field of the experiences."""
    for add_list in add_lists:
        add_list.field.focus()

        add_list.page.keyboard.press("Tab")
        expect(add_list.add).to_be_focused()
        add_list.page.keyboard.press("Tab")

        expect(add_list.add).not_to_be_focused()
        expect(add_list.field).not_to_be_focused()
        if add_list.title == "Skills":
            expect(Adding(add_list.page, "Experiences").field).to_be_focused()


def test_enter_in_the_add_field_adds_and_keeps_the_focus(add_lists):
    """R25."""
    for add_list in add_lists:
        add_list.field.press_sequentially("sailing")

        add_list.field.press("Enter")

        expect(add_list.chips).to_have_text([re.compile("sailing")])
        expect(add_list.field).to_have_value("")
        expect(add_list.field).to_be_focused()


def test_enter_in_an_empty_add_field_does_nothing(add_lists):
    """R25, R26."""
    for add_list in add_lists:
        add_list.field.press("Enter")
        add_list.field.press("Enter")

        expect(add_list.chips).to_have_count(0)
        assert add_list.posts == []
        assert add_list.page.url.endswith("/profile/skills")


def test_an_item_is_announced_and_has_a_remove_button_with_its_name(add_lists):
    """R25: by key and by click; a live region also announces that it is removed."""
    for add_list in add_lists:
        for term, way in (("public speaking", "key"), ("weaving", "click")):
            add_list.field.fill(term)
            add_list.field.press("Enter")
            expect(add_list.group.get_by_role("status")).to_contain_text(term)
            remove = add_list.group.get_by_role("button", name=f"Remove {term}")

            if way == "key":
                remove.press("Enter")
            else:
                remove.click()

            expect(add_list.chips).to_have_count(0)
            expect(add_list.group.get_by_role("status")).to_contain_text(f"Removed {term}")
        assert add_list.posts == []


def test_a_duplicate_item_is_refused_with_an_error_by_the_field(add_lists):
    """R24."""
    for add_list in add_lists:
        for typed in ("Sailing", "  sailing "):
            add_list.field.fill(typed)
            add_list.field.press("Enter")

        expect(add_list.chips).to_have_count(1)
        expect(add_list.field).to_have_accessible_description(re.compile("already"))


def test_other_peoples_terms_are_suggested(visit, ada):
    """R24: those of many first, whatever the people of other tests can."""
    for _ in range(5):
        add_person("Bea", "Keeper", skills=["beekeeping"])
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


def test_text_left_in_the_add_field_is_saved_too(visit, ada):
    """R25."""
    skills = Adding(visit("/profile/skills", ada), "Skills")
    skills.field.fill("baking")

    skills.page.get_by_role("button", name="Save and continue").click()
    skills.page.wait_for_url("**/profile/interests")

    assert reload_person(ada)["skills"] == ["baking"]


def test_saved_chips_are_shown_and_can_be_removed(visit, ada):
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
def last_stage(visit, listen, ada, look):
    """(page, list of its POSTs) of the last stage."""
    page, posts = visit("/profile/interests", ada, **look), []
    listen(page, "request",
           lambda request: request.method == "POST" and posts.append(request.url))
    return page, posts


def test_a_key_submits_the_last_stage_once_on_its_button_and_in_no_field(last_stage):
    """R26."""
    page, posts = last_stage

    for field in page.get_by_role("main").locator("input:visible, select:visible").all():
        field.press("Enter")
    assert posts == []
    assert page.url.endswith("/profile/interests")

    for key in ("Enter", "Space"):
        page.goto("/profile/interests")
        page.get_by_label("Travel").check()
        page.get_by_role("button", name="Save and enter the Dreamscape").press(key)
        page.wait_for_url("**/dreamscape*")
        assert len(posts) == 1, key
        posts.clear()


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


def test_enter_in_the_text_area_inserts_a_line_break(visit, ada, scripts):
    """R26, stage about."""
    page = visit("/profile/about", ada, scripts=scripts)
    bio = page.get_by_label("About you", exact=True)

    bio.press_sequentially("one")
    bio.press("Enter")
    bio.press_sequentially("two")

    expect(bio).to_have_value("one\ntwo")


def test_enter_in_the_text_field_of_the_first_stage_submits_once(visit, ada):
    """R26, stage about: Enter in a text field submits a form, as everywhere."""
    page = visit("/profile/about", ada)
    page.get_by_label("About you", exact=True).fill("I build boats.")
    page.get_by_label("Where you are").fill("Turku")

    page.get_by_label("Where you are").press("Enter")
    page.wait_for_url(re.compile("/profile/(about|picture)"))
    if page.url.endswith("/about"):
        page.get_by_role("button", name="Save and continue").click()
        page.wait_for_url("**/profile/picture")

    assert reload_person(ada)["bio"] == "I build boats."


def test_enter_in_the_file_field_submits_nothing(visit, listen, ada):
    """R26, stage of the picture."""
    page = visit("/profile/picture", ada)
    listen(page, "filechooser", lambda chooser: None)

    page.get_by_label("Picture", exact=True).press("Enter")

    assert page.url.endswith("/profile/picture")


# Progress ####################################################################


def test_every_stage_shows_its_step_and_can_be_skipped(visit, ada, scripts):
    """R23."""
    page = visit("about:blank", ada, scripts)

    for step, path in enumerate(("about", "picture", "skills", "interests"), 1):
        page.goto(f"/profile/{path}")
        expect(page.get_by_text(f"Step {step} of 4")).to_be_visible()
        page.get_by_role("link", name="Skip", exact=True).click()

        expect(page).not_to_have_url(re.compile(f"/profile/{path}"))
