"""Forms: character counters, growing text areas, drafts, single submits and confirmations."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from browser.factories import (PASSWORD, UNFOLD, add_comment, add_dream, add_person, comment_bodies,
                               end_sign_ins, photo, picture_file, reload_dream, sign_in_cookie)

from dreamscape.comments import COMMENTS_PAGE
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


def expect_no_draft(page):
    """Fail unless the form for a dream is empty and offers no draft."""
    expect(page.get_by_label("Tell us more")).to_have_value("")
    expect(page.get_by_role("button", name=RESTORE)).to_have_count(0)


def test_a_dream_for_its_dreamer_alone_has_one_button(builder):
    buttons = builder.locator(".form__buttons > button:visible")
    assert buttons.all_inner_texts() == ["Share this dream", "Save as a draft"]

    builder.get_by_label("Only me").check()

    assert buttons.all_inner_texts() == ["Save as a draft"]


def test_a_text_area_counts_grows_with_its_text_and_scrolls_when_it_is_long(builder):
    area, height = builder.get_by_label("Tell us more"), builder.viewport_size["height"]

    area.press_sequentially("Twelve signs")
    expect(builder.get_by_text("12 of 3,000")).to_be_visible()
    before = area.bounding_box()["height"]
    area.fill("A line.\n" * 100)
    assert area.bounding_box()["height"] > before + 100
    assert 0.5 * height < area.bounding_box()["height"] <= 0.6 * height + 1


def test_a_draft_can_be_restored_after_a_crash_and_sent_with_its_needs(builder, ada):
    """R60."""
    write(builder)
    for need in ("A tent", "An hour of bookkeeping"):
        builder.get_by_label("Needs: add one").fill(need)
        builder.get_by_role("button", name="Add to Needs").click()

    new_page = reopen_page(builder)
    new_page.get_by_role("button", name=RESTORE).click()
    for label, words in BUILDER.items():
        expect(new_page.get_by_label(label)).to_have_value(words)
    expect(new_page.get_by_role("button", name="Remove A tent")).to_be_visible()
    share(new_page)
    new_page.wait_for_url("**/picture")

    needs = [need["text"] for need in db.dreams.find_one({"dreamer_id": ada["_id"]})["needs"]]
    assert needs == ["A tent", "An hour of bookkeeping"]


@pytest.mark.parametrize(("path", "label", "button"), [
    ("/dreambuilder", "Tell us more", "Share this dream"),
    ("/dreams/{slug}", "What happened?", "Post update")])
def test_what_was_sent_with_a_large_picture_after_the_sign_in_had_ended_can_be_restored(
        visit, ada, path, label, button):
    """R60: the server refuses the picture before it has read the words."""
    path = path.format(**add_dream(ada))
    page = visit(path, ada)
    form = page.locator("form").filter(has=page.get_by_label(label)).first
    form.evaluate("(form) => form.closest('details')?.setAttribute('open', '')")
    for field in form.get_by_role("textbox").locator("visible=true").all()[:2]:
        field.fill("An hour of writing.")
    for topic in form.get_by_label("Travel").all():
        topic.check()
    large = photo().ljust(1_500_000, b"\0")
    form.get_by_label("Picture", exact=True).set_input_files(picture_file(data=large))
    end_sign_ins(ada)
    form.get_by_role("button", name=button).click()
    expect(page.get_by_text("You've been signed out.")).to_be_visible()
    page.get_by_label("Email").fill(ada["email"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto(path)

    page.get_by_role("button", name=RESTORE).click()

    expect(page.get_by_label(label).first).to_have_value("An hour of writing.")


def test_a_draft_is_not_shown_to_another_dreamer_nor_once_it_is_discarded(
        builder, ada, bob, website):
    write(builder)
    builder.context.add_cookies([sign_in_cookie(bob, website.url)])
    page = reopen_page(builder)
    expect_no_draft(page)
    page.context.add_cookies([sign_in_cookie(ada, website.url)])
    page = reopen_page(page)

    page.get_by_role("button", name="Discard").click()

    expect_no_draft(reopen_page(page))


def test_a_comments_draft_is_restored_after_a_crash_until_it_is_posted(visit, listen, ada, bob):
    """A draft that the browser itself fills in is counted and not offered."""
    dream = add_dream(ada)
    page = visit(f"/dreams/{dream['slug']}", bob)
    listen(page, "dialog", lambda dialog: dialog.accept())
    field = page.get_by_label("Your comment", exact=True)
    restore = page.get_by_role("button", name=RESTORE)

    field.press_sequentially("Fair wind!")
    page.get_by_role("button", name="Send").click()
    expect(
        page.get_by_role("article").get_by_role("paragraph").filter(has_text="Fair wind!")
    ).to_be_visible()
    page.reload()
    expect(restore).to_have_count(0)

    field.press_sequentially("Half a sentence")
    page.goto("/about")
    page.go_back()
    expect(field).to_have_value("Half a sentence")
    expect(page.get_by_text("15 of 2,000")).to_be_visible()
    expect(restore).to_have_count(0)

    new_page = reopen_page(page)
    new_page.get_by_role("button", name=RESTORE).click()
    expect(new_page.get_by_label("Your comment", exact=True)).to_have_value("Half a sentence")


def test_a_comment_sent_while_signed_out_is_said_to_wait_and_does_so_after_the_sign_in(
        visit, ada, bob):
    """Signed out in another tab; the sign-in leads to the text, not to the top of the page."""
    dream = add_dream(ada)
    page = visit(f"/dreams/{dream['slug']}", bob)
    page.get_by_label("Your comment", exact=True).press_sequentially("Fair wind!")
    page.context.clear_cookies()

    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text(
        "You were signed out before this was sent. Sign in and it's waiting for you.")
    ).to_be_visible()
    page.get_by_label("Email").fill(bob["email"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    restore = page.get_by_role("button", name=RESTORE)
    expect(restore).to_be_focused()
    expect(restore).to_be_in_viewport()
    restore.click()
    expect(page.get_by_label("Your comment", exact=True)).to_have_value("Fair wind!")


def test_a_sign_in_that_nothing_waits_for_says_so_of_nothing(visit):
    page = visit("/dreambuilder")

    expect(page.get_by_text("Please sign in to carry on.")).to_be_visible()


def test_a_comment_that_opens_another_page_of_a_long_conversation_leaves_no_draft(
        visit, listen, ada, bob):
    """Nor a reply; nor is the conversation unfolded for one on the dream's card."""
    dream = add_dream(ada, f"Boat{secrets.token_hex(4)}")
    first, *_ = [add_comment(ada, dream, f"No. {number}") for number in range(COMMENTS_PAGE)]
    page = visit(f"/dreams/{dream['slug']}", bob)
    listen(page, "dialog", lambda dialog: dialog.accept())
    reply = page.locator(f"#comment-{first['_id']} .write").first

    for label, button in (("Your comment", "Send"), ("Your reply", "Send reply")):
        page.goto(f"/dreams/{dream['slug']}")
        reply.locator("summary").first.click()
        page.get_by_label(label, exact=True).locator("visible=true").fill(f"Here is {label}.")
        page.get_by_role("button", name=button, exact=True).locator("visible=true").click()
        expect(page.locator(":target"), label).to_contain_text(f"Here is {label}.")
        assert page.evaluate("localStorage.length") == 0, label

    page.goto(f"/dreamscape?q={dream['title']}")
    expect(page.locator(".talk")).to_have_count(1)
    expect(page.locator(".talk[open]")).to_have_count(0)


def ask_on_leaving(page, listen):
    """Close a page while another is open; return its beforeunload dialogs."""
    dialogs = []
    listen(page, "dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    return dialogs


def test_leaving_asks_for_confirmation_only_with_unsaved_text(builder, listen):
    unchanged = builder.context.new_page()
    unchanged.goto(builder.url)
    unchanged.get_by_label("Tell us more").click()
    assert ask_on_leaving(unchanged, listen) == []
    builder.context.new_page()

    write(builder)

    assert ask_on_leaving(builder, listen) == ["beforeunload"]


def test_sharing_a_dream_shows_it_is_busy_deletes_its_draft_and_can_be_gone_back_from(
        builder, listen, ada):
    """R46."""
    dialogs = []
    listen(builder, "dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
    write(builder)
    # The page itself notes how its button stood when it was left.
    builder.evaluate("""addEventListener("pagehide", () => {
      const button = document.querySelector("main form.form button:not([type=button])");
      sessionStorage.setItem("pressed", button.ariaDisabled);
    })""")

    share(builder)
    builder.wait_for_url("**/picture")

    assert dialogs == []
    assert builder.evaluate("sessionStorage.getItem('pressed')") == "true"
    other = builder.context.new_page()
    other.goto("/dreambuilder")
    expect_no_draft(other)
    builder.go_back()
    expect(builder.get_by_role("button", name="Share this dream")).to_be_enabled()
    assert dreams_of(ada) == 1


def test_a_double_click_shares_one_dream(visit, ada, scripts, wait_until):
    """R46."""
    page = visit("/dreambuilder", ada, scripts)
    write(page)
    page.get_by_label("Travel").check()

    page.get_by_role("button", name="Share this dream").dblclick()

    expect(page).to_have_url(re.compile("/picture$"))
    assert dreams_of(ada) == 1


# Deleting ####################################################################


def test_a_delete_is_confirmed_in_a_dialog_that_names_the_dream(visit, ada, way):
    dream = add_dream(ada, "Build a boat")
    page = visit(f"/dreams/{dream['slug']}", ada, **way)

    page.locator("summary").filter(has_text="More for this dream").click()
    page.get_by_role("button", name="Delete this dream").click()
    expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()
    assert reload_dream(dream["slug"])
    page.get_by_role("button", name="Delete", exact=True).click()

    expect(page.get_by_role("status").get_by_text("Deleted")).to_be_visible()
    assert reload_dream(dream["slug"]) is None


def test_a_moderator_is_asked_before_a_deletion_alone(visit, ada):
    dream = add_dream(ada, "Build a boat")
    calm = add_person("Calm", "Keeper", role="moderator")
    page = visit(f"/moderation/dream/{dream['_id']}", calm)

    page.get_by_label("Reason").fill("Spam.")
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_role("dialog", name="Delete this dream?")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    assert not reload_dream(dream["slug"])["hidden"]
    page.get_by_role("button", name="Hide", exact=True).click()

    expect(page.get_by_role("status").get_by_text("Done. Logged.")).to_be_visible()
    assert reload_dream(dream["slug"])["hidden"] == "Spam."
    page.goto(f"/moderation/dream/{dream['_id']}")
    page.get_by_label("Reason").fill("Spam.")
    page.get_by_role("button", name="Delete permanently").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()

    expect(page.get_by_role("status").get_by_text("Done. Logged.")).to_be_visible()
    assert reload_dream(dream["slug"]) is None


def test_the_delete_dialog_keeps_the_focus_and_escape_and_enter_delete_nothing(visit, ada):
    dream = add_dream(ada, "Build a boat")
    page = visit(f"/dreams/{dream['slug']}", ada)
    page.locator("summary").filter(has_text="More for this dream").click()
    button = page.get_by_role("button", name="Delete this dream")
    outside = (
        "document.activeElement !== document.body && !document.activeElement.closest('dialog')"
    )
    for key in ("Escape", "Enter"):
        button.press("Enter")
        expect(page.get_by_role("dialog", name=QUESTION), key).to_be_visible()
        for _ in range(5 if key == "Escape" else 0):  # Enter is pressed as the dialog was opened
            page.keyboard.press("Tab")
            assert not page.evaluate(outside)

        page.keyboard.press(key)

        expect(page.get_by_role("dialog"), key).to_have_count(0)
        if key == "Escape":
            expect(button).to_be_focused()
        assert reload_dream(dream["slug"]), key


def test_an_account_is_deleted_after_a_confirmation(visit, ada, scripts):
    page = visit("/profile", ada, scripts)
    page.get_by_role("button", name="Delete my account").click()
    page.get_by_label("Current password").fill(PASSWORD)

    page.get_by_role("button", name="Delete", exact=True).click()

    expect(page.get_by_role("status").get_by_text("deleted")).to_be_visible()
    assert find_dreamer({"_id": ada["_id"]}) is None


def test_a_comment_is_deleted_in_place_after_a_confirmation_and_restored_by_undo(
        visit, ada, bob):
    """R45, R47: on the dream's page and on a feed."""
    page = visit("about:blank", bob)
    for path in ("/dreams/{slug}", "/dreamscape?q={slug}"):
        dream = add_dream(ada, f"Boat{secrets.token_hex(4)}")
        comment = add_comment(bob, dream)
        page.goto(path.format(**dream))
        shown = page.locator(f"#comment-{comment['_id']}")
        page.evaluate(UNFOLD)
        shown.locator("summary").filter(has_text="More for").click()
        shown.get_by_role("button", name=re.compile("^Delete")).click()
        page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
        expect(shown, path).to_have_count(0)
        assert comment_bodies(dream) == [], path

        page.get_by_role("status").get_by_role("button", name="Undo").click()

        expect(page.locator(".comment p", has_text=comment["body"]), path).to_be_visible()
        expect(page.locator(".dream .comments, #comments"), path).to_have_count(1)
        assert comment_bodies(dream) == [comment["body"]], path


# Refused forms ###############################################################


def leave_topics_to_the_server(page):
    """Turn off what the browser checks itself before it sends the form."""
    page.evaluate("document.querySelector('main form').noValidate = true")


@pytest.mark.parametrize("number", [0, 6])
def test_topics_are_checked_before_the_form_is_sent(visit, listen, ada, number):
    """Before its picture is uploaded; a draft needs none."""
    page, posts = visit("/dreambuilder", ada), []
    listen(page, "request", lambda sent: sent.method == "POST" and posts.append(sent.url))
    write(page)
    boxes, error = page.locator("#topics [type=checkbox]"), page.locator("#topics-error")
    for index in range(number):
        boxes.nth(index).check()

    page.get_by_role("button", name="Share this dream").click()

    expect(error).to_have_text("Please choose 1 to 5 topics.")
    expect(boxes.first).to_be_focused()
    expect(page.get_by_role("group", name="Topics")).to_have_attribute("aria-invalid", "true")
    assert posts == []
    boxes.first.set_checked(number == 0)
    expect(error).to_have_count(0)
    boxes.first.set_checked(False)
    page.get_by_role("button", name="Save as a draft").click()
    page.wait_for_url(re.compile("/dreams/"))


def test_a_refused_form_keeps_its_fields_and_focuses_a_summary_that_leads_to_them(
        visit, monitor, ada, way):
    """R4: also when refused again, where a fragment in the address would take the focus."""
    monitor.expect_status(422)
    page = visit("/dreambuilder", ada, **way)
    summary = page.get_by_role("region", name="Please check the fields")
    write(page)
    leave_topics_to_the_server(page)

    page.get_by_role("button", name="Share this dream").click()

    expect(page.get_by_text("Please choose 1 to 5 topics.")).to_be_visible()
    expect(page.get_by_label("Tell us more")).to_have_value("Of wood.")
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport(ratio=1)
    page.get_by_role("link", name="Topics", exact=True).click()
    expect(page.get_by_role("group", name="Topics")).to_be_focused()
    expect(page.locator("legend", has_text="Topics")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Tab")
    expect(page.get_by_role("checkbox").first).to_be_focused()
    leave_topics_to_the_server(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Share this dream").click()
    expect(summary).to_be_focused()
