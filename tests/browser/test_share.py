"""The Share button of a dream's page: copying its link, and email, with and without JavaScript."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from browser.conftest import DESK, PHONE
from browser.factories import add_dream
from browser.test_pages import AXE, COLOURS, find_visible_faults


@pytest.fixture
def dream(ada):
    """Ada's dream, whose title has what an address must not."""
    return add_dream(ada, "Sail & row: 100% around the world?")


@pytest.fixture
def path(dream):
    """The path of its page."""
    return f"/dreams/{dream['slug']}"


def open_share_panel(page):
    """Press Share; return the input with the link."""
    page.locator("summary", has_text="Share").click()
    return page.get_by_label("Link to this dream")


def test_a_visitor_sees_the_link_and_may_send_it_by_email(visit, path, dream, way, website):
    """R58."""
    page = visit(path, **way)

    address = open_share_panel(page)

    expect(address).to_have_value(f"{website.url}{path}")
    expect(address).not_to_be_editable()
    mail = urlsplit(page.get_by_role("link", name="Send by email").get_attribute("href"))
    assert mail.scheme == "mailto"
    assert parse_qs(mail.query) == {"subject": [dream["title"]], "body": [f"{website.url}{path}"]}


def test_the_link_is_copied_and_that_is_said(visit, path, look, website):
    """R58."""
    page = visit(path, **look)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_share_panel(page)

    page.get_by_role("button", name="Copy link").click()

    expect(page.locator(".share [role=status]")).to_have_text("Link copied.")
    assert page.evaluate("navigator.clipboard.readText()") == f"{website.url}{path}"


@pytest.mark.parametrize(("outcome", "is_open"), [
    ("Promise.resolve()", False), ("Promise.reject(new DOMException('', 'AbortError'))", False),
    ("Promise.reject(new DOMException('', 'NotAllowedError'))", True)])
def test_where_the_device_has_a_share_sheet_that_opens(
        visit, run_first, path, dream, look, website, outcome, is_open):
    """R58: if it fails the panel opens, but not once the person closed the sheet."""
    page = visit("about:blank", **look)
    run_first(page, f"navigator.share = (data) => {{ window.sent = data; return {outcome}; }}")
    page.goto(path)

    page.locator("summary", has_text="Share").click()

    assert page.evaluate("sent") == {"title": dream["title"], "url": f"{website.url}{path}"}
    expect(page.get_by_label("Link to this dream")).to_be_visible(visible=is_open)


def test_the_link_is_copied_by_keyboard_alone(visit, path, bob):
    page = visit(path, bob)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("summary", has_text="Share").focus()

    page.keyboard.press("Enter")
    for _ in range(2):  # the link, the button
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Copy link")).to_be_focused()
    page.keyboard.press("Space")

    expect(page.locator(".share [role=status]")).to_have_text("Link copied.")


def test_the_open_share_panel_has_no_fault_and_escape_closes_it(visit, path):
    """Escape also returns the focus."""
    page = visit(path)
    address = open_share_panel(page)
    page.evaluate(AXE)

    for size, look in (("phone", PHONE), ("desk", DESK)):
        page.set_viewport_size(look["viewport"])
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            faults = find_visible_faults(page, COLOURS if theme == "dark" else None)
            assert (size, theme, faults) == (size, theme, [])

    address.focus()
    page.keyboard.press("Escape")

    expect(page.locator(".share")).not_to_have_attribute("open", "")
    expect(page.locator(".share > summary")).to_be_focused()


def test_where_copying_is_not_allowed_the_link_is_selected(visit, path):
    page = visit(path)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    address = open_share_panel(page)

    page.get_by_role("button", name="Copy link").click()

    expect(page.locator(".share [role=status]")).to_contain_text("Please copy it")
    expect(address).to_be_focused()


def test_a_hidden_dream_is_not_shared(visit, ada):
    """R58."""
    hidden = add_dream(ada, "Hidden", hidden="Rude")

    page = visit(f"/dreams/{hidden['slug']}", ada)

    expect(page.get_by_role("heading", level=1)).to_have_text("Hidden")
    expect(page.locator(".share")).to_have_count(0)
