"""Forms: character counters, growing text areas, drafts, single submits and confirmations."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from browser.factories import PASSWORD, add_comment, add_dream, comment_bodies, reload_dream

from dreamscape.dreamers import find_dreamer
from dreamscape.database import db
from dreamscape.text import quoted

RESTORE = "Restore draft"
BUILDER = {"Your dream in one line": "Build a boat", "Tell us more": "Of wood."}
QUESTION = f"Delete {quoted('Build a boat')}?"


@pytest.fixture
def builder(visit, ada, look):
    """The form for a new dream, opened by Ada."""
    return visit("/dreambuilder", ada, **look)


def write(page, **more):
    """Type into the form key by key."""
    for label, words in (BUILDER | more).items():
        page.get_by_label(label).press_sequentially(words)


def share(page):
    """Choose a topic and submit the form."""
    page.get_by_label("Travel").check()
    page.get_by_role("button", name="Share this dream").click()


def dreams_of(person):
    """Return the number of a dreamer's dreams."""
    return db.dreams.count_documents({"dreamer_id": person["_id"]})


def reopen_page(page):
    """Close the tab without beforeunload; return a new one at the same URL."""
    address, context = page.url, page.context
    page.close()
    new_page = context.new_page()
    new_page.goto(address)
    return new_page


def test_characters_are_counted_against_the_limit(builder):
    builder.get_by_label("Tell us more").press_sequentially("Twelve signs")

    expect(builder.get_by_text("12 of 3,000")).to_be_visible()


def test_a_text_area_grows_with_its_text(builder):
    area = builder.get_by_label("Tell us more")
    before = area.bounding_box()["height"]

    area.fill("A line.\n" * 40)

    assert area.bounding_box()["height"] > before + 100


def test_a_draft_can_be_restored_after_a_crash(builder):
    write(builder)

    new_page = reopen_page(builder)
    new_page.get_by_role("button", name=RESTORE).click()

    for label, words in BUILDER.items():
        expect(new_page.get_by_label(label)).to_have_value(words)


def test_needs_are_restored_as_chips_and_sent(builder, ada):
    """R60."""
    write(builder)
    for need in ("A tent", "An hour of bookkeeping"):
        builder.get_by_label("Needs: add one").fill(need)
        builder.get_by_role("button", name="Add to Needs").click()

    new_page = reopen_page(builder)
    new_page.get_by_role("button", name=RESTORE).click()
    expect(new_page.get_by_role("button", name="Remove A tent")).to_be_visible()
    share(new_page)
    new_page.wait_for_url("**/picture")

    needs = [need["text"] for need in db.dreams.find_one({"dreamer_id": ada["_id"]})["needs"]]
    assert needs == ["A tent", "An hour of bookkeeping"]


def test_a_discarded_draft_cannot_be_restored(builder):
    write(builder)
    new_page = reopen_page(builder)

    new_page.get_by_role("button", name="Discard").click()
    once_more = reopen_page(new_page)

    expect(once_more.get_by_label("Tell us more")).to_be_visible()
    expect(once_more.get_by_role("button", name=RESTORE)).to_have_count(0)


def test_sharing_a_dream_deletes_its_draft(builder, ada):
    write(builder)
    share(builder)
    builder.wait_for_url("**/picture")

    builder.goto("/dreambuilder")

    expect(builder.get_by_label("Tell us more")).to_have_value("")
    expect(builder.get_by_role("button", name=RESTORE)).to_have_count(0)


def test_a_draft_is_not_shown_to_another_dreamer(visit, ada, bob, website):
    from browser.factories import sign_in_cookie

    page = visit("/dreambuilder", ada)
    write(page)
    page.context.add_cookies([sign_in_cookie(bob, website.url)])

    new_page = reopen_page(page)

    expect(new_page.get_by_label("Tell us more")).to_have_value("")
    expect(new_page.get_by_role("button", name=RESTORE)).to_have_count(0)


def test_a_comments_draft_can_be_restored_after_a_crash(visit, ada, bob):
    dream = add_dream(ada)
    page = visit(f"/dreams/{dream['slug']}", bob)
    page.get_by_label("Your comment", exact=True).press_sequentially("Half a sentence")

    new_page = reopen_page(page)
    new_page.get_by_role("button", name=RESTORE).click()

    expect(new_page.get_by_label("Your comment", exact=True)).to_have_value("Half a sentence")


def test_a_draft_that_the_browser_fills_in_is_counted_and_not_offered(visit, ada, bob):
    dream = add_dream(ada)
    page = visit(f"/dreams/{dream['slug']}", bob)
    page.get_by_label("Your comment", exact=True).press_sequentially("Half a sentence")
    page.on("dialog", lambda dialog: dialog.accept())

    page.goto("/about")
    page.go_back()

    expect(page.get_by_label("Your comment", exact=True)).to_have_value("Half a sentence")
    expect(page.get_by_text("15 of 2,000")).to_be_visible()
    expect(page.get_by_role("button", name=RESTORE)).to_have_count(0)


def test_posting_a_comment_deletes_its_draft(visit, ada, bob):
    dream = add_dream(ada)
    page = visit(f"/dreams/{dream['slug']}", bob)
    page.get_by_label("Your comment", exact=True).press_sequentially("Fair wind!")
    page.get_by_role("button", name="Send").click()
    expect(
        page.get_by_role("article").get_by_role("paragraph").filter(has_text="Fair wind!")
    ).to_be_visible()

    page.reload()

    expect(page.get_by_role("button", name=RESTORE)).to_have_count(0)


def test_a_refused_dream_keeps_every_field(visit, monitor, ada, way):
    """R4."""
    monitor.expect_status(422)
    page = visit("/dreambuilder", ada, **way)
    write(page)

    page.get_by_role("button", name="Share this dream").click()

    expect(page.get_by_text("Please choose 1 to 5 topics.")).to_be_visible()
    expect(page.get_by_label("Tell us more")).to_have_value("Of wood.")


def test_leaving_with_unsaved_text_asks_for_confirmation(builder):
    builder.context.new_page()
    write(builder)

    assert ask_on_leaving(builder) == ["beforeunload"]


def ask_on_leaving(page):
    """Return the beforeunload dialogs of closing a page while another is open."""
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
    page.close(run_before_unload=True)
    page.context.pages[-1].wait_for_timeout(700)
    return dialogs


def test_leaving_an_unchanged_form_does_not_ask(builder):
    builder.context.new_page()
    builder.get_by_label("Tell us more").click()

    assert ask_on_leaving(builder) == []


def test_submitting_does_not_ask(builder):
    dialogs = []
    builder.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
    write(builder)

    share(builder)
    builder.wait_for_url("**/picture")

    assert dialogs == []


def test_a_double_click_shares_one_dream(visit, ada, scripts, wait_until):
    """R46."""
    page = visit("/dreambuilder", ada, scripts)
    write(page)
    page.get_by_label("Travel").check()

    page.get_by_role("button", name="Share this dream").dblclick()

    expect(page).to_have_url(re.compile("/picture$"))
    assert dreams_of(ada) == 1


def test_a_pressed_submit_button_shows_its_busy_state(builder):
    write(builder)
    # The page itself notes how its button stood when it was left.
    builder.evaluate("""addEventListener("pagehide", () => {
      const button = document.querySelector("main form.form button:not([type=button])");
      sessionStorage.setItem("pressed", button.ariaDisabled);
    })""")

    share(builder)
    builder.wait_for_url("**/picture")

    assert builder.evaluate("sessionStorage.getItem('pressed')") == "true"


def test_the_submit_button_is_enabled_after_going_back(builder, ada):
    """R46."""
    write(builder)
    share(builder)
    builder.wait_for_url("**/picture")

    builder.go_back()

    expect(builder.get_by_role("button", name="Share this dream")).to_be_enabled()
    assert dreams_of(ada) == 1


# Deleting ####################################################################


@pytest.fixture
def own_dream(visit, ada, way):
    """Ada's dream after a press of its delete button."""
    dream = add_dream(ada, "Build a boat")
    page = visit(f"/dreams/{dream['slug']}", ada, **way)
    page.get_by_role("button", name="Delete this dream").click()
    return page, dream


def test_the_delete_dialog_names_the_dream(own_dream):
    page, dream = own_dream

    expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()
    assert reload_dream(dream["slug"])


def test_a_confirmed_delete_deletes_the_dream(own_dream):
    page, dream = own_dream

    page.get_by_role("button", name="Delete", exact=True).click()

    expect(page.get_by_role("status").get_by_text("Deleted")).to_be_visible()
    assert reload_dream(dream["slug"]) is None


@pytest.fixture
def delete_dialog(visit, ada):
    """Ada's dream with the delete dialog open."""
    dream = add_dream(ada, "Build a boat")
    page = visit(f"/dreams/{dream['slug']}", ada)
    page.get_by_role("button", name="Delete this dream").press("Enter")
    expect(page.get_by_role("dialog", name=QUESTION)).to_be_visible()
    return page, dream


def test_escape_closes_the_dialog_and_deletes_nothing(delete_dialog):
    page, dream = delete_dialog

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete this dream")).to_be_focused()
    assert reload_dream(dream["slug"])


def test_enter_in_the_opened_dialog_does_not_delete(delete_dialog):
    page, dream = delete_dialog

    page.keyboard.press("Enter")

    expect(page.get_by_role("dialog")).to_have_count(0)
    assert reload_dream(dream["slug"])


def test_the_focus_stays_in_the_dialog(delete_dialog):
    page, _ = delete_dialog
    outside = (
        "document.activeElement !== document.body && !document.activeElement.closest('dialog')"
    )

    for _ in range(5):
        page.keyboard.press("Tab")
        assert not page.evaluate(outside)


def test_an_account_is_deleted_after_a_confirmation(visit, ada, scripts):
    page = visit("/profile", ada, scripts)
    page.get_by_role("button", name="Delete my account").click()
    page.get_by_label("Current password").fill(PASSWORD)

    page.get_by_role("button", name="Delete", exact=True).click()

    expect(page.get_by_role("status").get_by_text("deleted")).to_be_visible()
    assert find_dreamer({"_id": ada["_id"]}) is None


def test_a_comment_is_deleted_in_place_after_a_confirmation(visit, ada, bob):
    """R45."""
    dream = add_dream(ada)
    comment = add_comment(bob, dream)
    page = visit(f"/dreams/{dream['slug']}", bob)
    page.locator(f"#comment-{comment['_id']}").get_by_role(
        "button", name=re.compile("^Delete")
    ).click()

    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()

    expect(page.locator(f"#comment-{comment['_id']}")).to_have_count(0)
    assert comment_bodies(dream) == []


@pytest.mark.parametrize("path", ["/dreams/{slug}", "/dreamscape?q={slug}"], ids=["dream", "feed"])
def test_undo_restores_a_deleted_comment_in_place(visit, ada, bob, path):
    """R45, R47."""
    dream = add_dream(ada, f"Boat{secrets.token_hex(4)}")
    comment = add_comment(bob, dream)
    page = visit(path.format(**dream), bob)
    page.locator(f"#comment-{comment['_id']}").get_by_role(
        "button", name=re.compile("^Delete")
    ).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()

    page.get_by_role("status").get_by_role("button", name="Undo").click()

    expect(page.locator(".comment p", has_text=comment["body"])).to_be_visible()
    expect(page.locator(".dream .comments, #comments")).to_have_count(1)
    assert comment_bodies(dream) == [comment["body"]]


# Refused forms ###############################################################


def refuse_dream(page, **more):
    """Send the Dreambuilder without a topic, the title as given."""
    write(page, **more)
    page.get_by_role("button", name="Share this dream").click()
    expect(page.get_by_text("Please choose 1 to 5 topics.")).to_be_attached()


def test_a_refused_form_focuses_its_summary_at_the_top(visit, monitor, ada, way):
    monitor.expect_status(422)
    page = visit("/dreambuilder", ada, **way)

    refuse_dream(page)

    expect(page.get_by_role("region", name="Please check the fields")).to_be_focused()
    expect(page.get_by_role("region", name="Please check the fields")).to_be_in_viewport(ratio=1)


def test_the_summary_leads_to_the_field_and_shows_its_label(visit, monitor, ada, way):
    monitor.expect_status(422)
    page = visit("/dreambuilder", ada, **way)
    refuse_dream(page)

    page.get_by_role("link", name="Topics", exact=True).click()

    expect(page.get_by_role("group", name="Topics")).to_be_focused()
    expect(page.locator("legend", has_text="Topics")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Tab")
    expect(page.get_by_role("checkbox").first).to_be_focused()


def test_a_form_that_is_refused_again_focuses_its_summary_again(visit, monitor, ada, scripts):
    """A fragment in the address would take the focus."""
    monitor.expect_status(422)
    page = visit("/dreambuilder", ada, scripts)
    refuse_dream(page)
    page.get_by_role("link", name="Topics", exact=True).click()

    with page.expect_navigation():
        page.get_by_role("button", name="Share this dream").click()

    expect(page.get_by_role("region", name="Please check the fields")).to_be_focused()


def test_a_refused_picture_focuses_the_summary_that_leads_to_it(visit, monitor, ada, scripts):
    monitor.expect_status(422)
    dream = add_dream(ada)
    page = visit(f"/dreams/{dream['slug']}/picture", ada, scripts)
    page.get_by_label("Picture", exact=True).set_input_files(
        {"name": "boat.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})

    page.get_by_role("button", name="Save picture").click()

    expect(page.get_by_role("region", name="Please check the fields")).to_be_focused()
    page.get_by_role("link", name="Picture", exact=True).click()
    expect(page.get_by_label("Picture", exact=True)).to_be_focused()


def test_a_long_text_scrolls_in_its_box(builder):
    area = builder.get_by_label("Tell us more")

    area.fill("A line.\n" * 300)

    height = builder.viewport_size["height"]
    assert 0.5 * height < area.bounding_box()["height"] <= 0.6 * height + 1
