"""Follows, reactions and comments: in place with JavaScript, by a redirect back without."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from browser.conftest import DESK, PHONE
from browser.factories import (
    UNFOLD,
    add_comment,
    add_dream,
    add_person,
    comment_bodies,
    end_sign_ins,
    reload_dream,
    is_followed,
)

from dreamscape.dreams import remove_dream
from dreamscape.follows import set_following
from dreamscape.database import db
from dreamscape.needs import edited_needs, need_fields

SET_MARKER = "window.notReloaded = 1"
HAS_MARKER = "window.notReloaded === 1"
REPEAT = 600  # milliseconds in which a second press counts as the first one

# How many pixels the ring around what an action led to sticks out of it; None without a ring.
RING = """() => {
  const look = getComputedStyle(document.activeElement);
  return look.outlineStyle === "none" ? null
    : parseFloat(look.outlineOffset) + parseFloat(look.outlineWidth);
}"""


@pytest.fixture
def word():
    """A word that is unique to this test's dreams."""
    return f"boat{secrets.token_hex(4)}"


@pytest.fixture
def dream(ada, word):
    """Ada's dream, the newest of all."""
    return add_dream(ada, f"Sail around the world in a {word}")


@pytest.fixture
def feed(visit, dream, word, bob, look):
    """A search on Bob's feed, with this dream as its only result."""
    page = visit(f"/dreamscape?view=latest&q={word}", bob, **look)
    page.evaluate(SET_MARKER)
    return page


def card(page, dream):
    """Return the card of a dream on a feed."""
    return page.locator(f"#dream-{dream['slug']}")


def press(page, name, within=None):
    """Click a button."""
    (within or page).get_by_role("button", name=re.compile(f"^{name}")).click()


def open_comment_form(page, dream):
    """Open the comment form of a card; return its text area."""
    card(page, dream).locator("summary").filter(has_text="Write a comment").click()
    return card(page, dream).get_by_label("Your comment", exact=True)


# With JavaScript #############################################################


def test_following_happens_without_a_reload_and_lasts(feed, dream, bob):
    """R45, R46: a message in a live region says so; going back and reloading show it too."""
    unfollow = card(feed, dream).get_by_role("button", name="Unfollow dream")

    press(feed, "Follow dream", card(feed, dream))

    expect(feed.get_by_role("status").get_by_text("You're following")).to_be_visible()
    expect(unfollow).to_be_visible()
    expect(card(feed, dream).get_by_text("1 follower")).to_be_visible()
    assert feed.evaluate(HAS_MARKER) and is_followed(dream, bob)
    feed.goto("/dreams")
    feed.go_back()
    expect(unfollow).to_be_visible()
    feed.reload()
    expect(unfollow).to_be_visible()


def test_following_keeps_focus_scroll_position_and_url(visit, dream, bob):
    """R45."""
    cyd = add_person("Cyd")
    for number in range(8):
        add_dream(cyd, f"A newer dream {number}")
    page = visit("about:blank", bob)
    for look in (DESK, PHONE):
        set_following(bob, {"dream_id": dream["_id"]}, False)
        page.set_viewport_size(look["viewport"])
        page.goto("/dreamscape?view=latest")
        button = card(page, dream).get_by_role("button", name=re.compile("^Follow dream"))
        button.scroll_into_view_if_needed()
        button.focus()
        scroll, address = page.evaluate("scrollY"), page.url

        page.keyboard.press("Enter")

        after = card(page, dream).get_by_role("button", name="Unfollow dream")
        expect(after, str(look)).to_be_focused()
        assert page.evaluate("scrollY") == pytest.approx(scroll, abs=2) and scroll > 0, look
        assert page.url == address, look


def test_a_double_click_follows_once_and_unfollowing_offers_to_undo_it(
        feed, dream, bob, wait_until):
    """R46, R47."""
    unfollow = card(feed, dream).get_by_role("button", name=re.compile("^Unfollow dream"))
    card(feed, dream).get_by_role("button", name=re.compile("^Follow dream")).dblclick()
    wait_until(lambda: is_followed(dream, bob))
    expect(unfollow).to_be_visible()
    assert reload_dream(dream["slug"])["followers"] == 1
    feed.wait_for_timeout(REPEAT)
    unfollow.click()
    expect(unfollow).to_have_count(0)

    press(feed, "Undo", feed.get_by_role("status"))

    expect(unfollow).to_be_visible()
    assert is_followed(dream, bob)


def test_following_a_dreamer_updates_all_their_dreams(visit, ada, bob, word):
    """R45."""
    one, two = add_dream(ada, f"One {word}"), add_dream(ada, f"Two {word}")
    page = visit(f"/dreamscape?q={word}", bob)

    open_comment_form(page, one)
    open_comment_form(page, two)
    press(page, "Follow Ada", card(page, one))

    expect(card(page, two).get_by_role("button", name=re.compile("^Unfollow Ada"))).to_be_visible()


def test_liking_and_disliking_happen_in_place(visit, dream, ada, bob, look):
    """R45, R52: dislikes are not counted in public."""
    comment = add_comment(ada, dream, "Who has a sail?")
    page = visit(f"/dreams/{dream['slug']}", bob, **look)
    page.evaluate(SET_MARKER)
    shown = page.locator(f"#comment-{comment['_id']}")

    press(page, "Like the comment by Ada Lovelace$", shown)
    expect(shown.get_by_role("button", name="1 like", pressed=True)).to_be_visible()
    page.wait_for_timeout(REPEAT)
    press(page, "Like .*, 1 like", shown)
    expect(shown.get_by_role("button", name="Like the comment by Ada Lovelace", exact=True,
                             pressed=False)).to_be_visible()
    shown.locator("summary").filter(has_text="More for").click()
    press(page, "Not helpful", shown)
    expect(shown.locator(".more")).not_to_have_attribute("open", "")

    shown.locator("summary").filter(has_text="More for").click()
    expect(shown.get_by_role("button", name="Not helpful", pressed=True)).to_be_visible()
    expect(shown.get_by_text(re.compile(r"\d+ dislike"))).to_have_count(0)
    assert page.evaluate(HAS_MARKER)


def test_an_action_keeps_unsent_text_elsewhere_and_a_comment_on_a_feed_appears_in_place(
        feed, dream, ada):
    """R45."""
    field = open_comment_form(feed, dream)
    field.fill("I have a sail to give away.")
    press(feed, "Follow Ada", card(feed, dream))
    expect(
        card(feed, dream).get_by_role("button", name=re.compile("^Unfollow Ada"))
    ).to_be_visible()
    expect(field).to_have_value("I have a sail to give away.")

    press(feed, "Send", card(feed, dream))

    expect(
        card(feed, dream).get_by_role("paragraph").filter(has_text="to give away")
    ).to_be_visible()
    expect(card(feed, dream).get_by_text("1 comment", exact=False).first).to_be_visible()
    assert feed.evaluate(HAS_MARKER) and comment_bodies(dream) == ["I have a sail to give away."]


def test_a_comment_is_added_and_changed_in_place_and_a_double_click_adds_one(
        visit, dream, bob, look):
    """R45, R46."""
    page = visit(f"/dreams/{dream['slug']}", bob, **look)
    page.evaluate(SET_MARKER)
    field = page.get_by_label("Your comment", exact=True)
    paragraphs = page.get_by_role("article").get_by_role("paragraph")

    field.fill("I have a sale.")
    press(page, "Send")
    expect(paragraphs.filter(has_text="I have a sale.")).to_be_visible()
    expect(field).to_have_value("")

    shown = page.locator("[id^=comment-]").filter(has_text="I have a sale.")
    shown = page.locator(f"#{shown.get_attribute('id')}")
    shown.locator("summary").filter(has_text="More for").click()
    shown.locator("summary").filter(has_text="Edit").click()
    shown.get_by_label("Edit your comment").fill("I have a sail.")
    press(page, "Save", shown)
    expect(shown.locator(".comment__text")).to_have_text("I have a sail.")
    expect(shown.get_by_text("edited")).to_be_visible()

    page.wait_for_timeout(REPEAT)
    field.fill("Fair wind!")
    page.get_by_role("button", name="Send").dblclick()
    expect(paragraphs.filter(has_text="Fair wind!")).to_have_count(1)
    assert page.evaluate(HAS_MARKER)
    assert comment_bodies(dream) == ["I have a sail.", "Fair wind!"]


def test_a_comment_sent_by_keyboard_leaves_the_focus_in_its_emptied_field(
        visit, dream, word, bob):
    """R45: the button of an empty form is hidden."""
    page = visit("about:blank", bob)
    for path in (f"/dreams/{dream['slug']}", f"/dreamscape?q={word}"):
        page.goto(path)
        page.evaluate(UNFOLD)
        field = page.get_by_label("Your comment", exact=True)
        field.press_sequentially(f"Fair wind on {path}!")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Send", exact=True)).to_be_focused()

        page.keyboard.press("Enter")

        expect(page.get_by_role("status").get_by_text("Comment posted.")).to_be_visible()
        expect(field, path).to_be_focused()
        expect(field, path).to_have_value("")


def test_an_expanded_comment_stays_expanded(visit, dream, ada, bob):
    """R44."""
    comment = add_comment(ada, dream, "Buy my boat!")
    db.comments.update_one({"_id": comment["_id"]}, {"$set": {"dislikes": 5}})
    page = visit(f"/dreams/{dream['slug']}", bob)
    shown = page.locator(f"#comment-{comment['_id']}")
    shown.locator("summary").filter(has_text="Hidden because").click()

    press(page, "Like", shown)

    expect(shown.get_by_role("button", name="Like", pressed=True)).to_be_visible()
    expect(shown.get_by_text("Buy my boat!")).to_be_visible()


def test_asking_who_could_help_happens_in_place(visit, ada, look):
    """R45, R63: by the keyboard, the focus stays where the button was."""
    skill = f"weaving{secrets.token_hex(4)}"
    for name in ("Cyd", "Dan"):
        add_person(name, "Weaver", skills=[skill])
    dream = add_dream(ada, **need_fields(edited_needs([], [f"Some {skill}"])))
    page = visit(f"/dreams/{dream['slug']}", ada, **look)
    page.evaluate(SET_MARKER)
    for name in ("Cyd", "Dan"):
        helper = page.get_by_role("listitem").filter(has_text=f"{name} Weaver")
        button = helper.get_by_role("button", name=re.compile(f"^Ask {name}"))
        button.focus()
        scroll = page.evaluate("scrollY")

        page.keyboard.press("Enter")

        expect(page.get_by_role("status").get_by_text(f"We've asked {name}")).to_be_visible()
        expect(helper.get_by_text("Asked", exact=True)).to_be_focused()
        assert page.evaluate("scrollY") == pytest.approx(scroll, abs=2) and scroll > 0, name
    assert page.evaluate(HAS_MARKER)


# Failures ####################################################################


def test_an_action_works_again_after_a_network_error(feed, monitor, dream, bob, wait_until):
    """R45: which shows a message and leaves the button unchanged."""
    monitor.expect_network_error()
    feed.route("**/follow", lambda route: route.abort(), times=1)
    press(feed, "Follow dream", card(feed, dream))
    expect(feed.get_by_role("status").get_by_text("couldn't connect")).to_be_visible()
    expect(
        card(feed, dream).get_by_role("button", name=re.compile("^Follow dream"))
    ).to_be_visible()
    assert not is_followed(dream, bob)
    feed.wait_for_timeout(REPEAT)

    press(feed, "Follow dream", card(feed, dream))

    wait_until(lambda: is_followed(dream, bob))


def test_a_server_error_shows_a_message_and_keeps_the_text(visit, monitor, dream, bob):
    """R45."""
    monitor.expect_status(500)
    page = visit(f"/dreams/{dream['slug']}", bob)
    page.route("**/comments", lambda route: route.fulfill(status=500, body="<h1>Oh</h1>"))
    page.get_by_label("Your comment", exact=True).fill("Fair wind!")

    press(page, "Send")

    expect(page.get_by_role("status").get_by_text(re.compile("didn't work"))).to_be_visible()
    expect(page.get_by_label("Your comment", exact=True)).to_have_value("Fair wind!")


def test_a_comment_on_a_deleted_dream_is_shown_again(visit, monitor, dream, bob, scripts):
    """R5, R47."""
    monitor.expect_status(404)
    page = visit(f"/dreams/{dream['slug']}", bob, scripts)
    page.get_by_label("Your comment", exact=True).fill("Fair wind!")
    remove_dream(dream)

    press(page, "Send")

    expect(page.get_by_text("there any more").first).to_be_visible()
    expect(page.locator("textarea").first).to_have_value("Fair wind!")


def test_unfollowing_in_the_following_view_keeps_the_scroll_position(
    visit, dream, bob, way
):
    """R47."""
    set_following(bob, {"dream_id": dream["_id"]}, True)
    page = visit("/dreamscape?view=following", bob, **way)
    press(page, "Unfollow dream", card(page, dream))
    expect(page.get_by_role("status").get_by_text("You've unfollowed")).to_be_visible()

    press(page, "Undo", page.get_by_role("status"))

    expect(
        card(page, dream).get_by_role("button", name=re.compile("^Unfollow dream"))
    ).to_be_visible()
    assert "view=following" in page.url and is_followed(dream, bob)


def test_a_report_leaves_no_ring_and_an_action_on_a_deleted_dream_shows_a_message_there(
        visit, dream, word, bob, way):
    """R47."""
    page = visit(f"/dreams/{dream['slug']}/report", bob, **way)
    page.get_by_label("What's wrong?").fill("It asks for money.")
    press(page, "Report", page.get_by_role("main"))
    expect(page.get_by_text("A moderator will take a look.")).to_be_in_viewport()
    expect(page.locator(".dream--whole")).to_be_focused()
    assert page.evaluate(RING) is None

    page.goto(f"/dreamscape?topic=travel&q={word}")
    remove_dream(dream)
    press(page, "Follow dream", card(page, dream))

    expect(page.get_by_role("status").get_by_text("there any more")).to_be_visible()
    assert "topic=travel" in page.url


# Without JavaScript ##########################################################


def test_without_javascript_what_an_action_led_to_gets_the_focus(visit, dream, word, bob, look):
    """R44: the dream that is followed, the comment that is sent."""
    page = visit(f"/dreamscape?view=latest&q={word}", bob, scripts=False, **look)

    press(page, "Follow dream", card(page, dream))

    expect(page).to_have_url(re.compile(rf"view=latest&q={word}#dream-{dream['slug']}$"))
    expect(card(page, dream)).to_be_focused()
    assert is_followed(dream, bob)

    open_comment_form(page, dream).fill("Fair wind!")
    press(page, "Send", card(page, dream))

    expect(page).to_have_url(re.compile(rf"q={word}#comment-\w+$"))
    expect(page.locator(":target")).to_contain_text("Fair wind!")
    expect(page.locator(":target")).to_be_focused()


def test_without_javascript_liking_returns_to_the_comment_and_a_reload_repeats_nothing(
        visit, dream, ada, bob):
    """R44, R46."""
    comment = add_comment(ada, dream, "Who has a sail?")
    page = visit(f"/dreams/{dream['slug']}", bob, scripts=False)

    press(page, "Like", page.locator(f"#comment-{comment['_id']}"))

    expect(page.locator(":target")).to_have_id(f"comment-{comment['_id']}")
    expect(page.locator(":target").get_by_text("1 like")).to_be_visible()

    page.get_by_label("Your comment", exact=True).fill("Fair wind!")
    press(page, "Send")
    expect(page.locator(":target")).to_contain_text("Fair wind!")
    page.reload()

    # In any order: within a second, _ids of two processes tell none.
    assert sorted(comment_bodies(dream)) == ["Fair wind!", "Who has a sail?"]


# Sessions ####################################################################


def sign_in(page, person):
    """Fill in and submit the sign-in form."""
    page.get_by_label("Email").fill(person["email"])
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def test_an_action_after_the_session_ended_leads_back_and_a_dream_is_shown_again(
        visit, dream, word, bob, scripts):
    """R29."""
    page = visit(f"/dreamscape?topic=travel&q={word}", bob, scripts)
    page.context.clear_cookies()
    press(page, "Follow dream", card(page, dream))
    expect(page).to_have_url(re.compile("/login"))
    sign_in(page, bob)
    expect(page).to_have_url(re.compile("topic=travel"))

    page.goto("/dreambuilder")
    page.get_by_label("Your dream in one line").fill("Build a boat")
    page.get_by_label("Tell us more").fill("Of wood.")
    page.get_by_label("Travel").check()
    end_sign_ins(bob)
    page.get_by_role("button", name="Share this dream").click()
    sign_in(page, bob)

    expect(page.get_by_label("Your dream in one line")).to_have_value("Build a boat")
    expect(page.get_by_label("Tell us more")).to_have_value("Of wood.")
    expect(page.get_by_label("Travel")).to_be_checked()


def test_a_comment_posted_after_the_session_ended_is_shown_again(
    visit, dream, bob, way
):
    """R29."""
    page = visit(f"/dreams/{dream['slug']}", bob, **way)
    page.get_by_label("Your comment", exact=True).fill("Fair wind!")
    end_sign_ins(bob)
    press(page, "Send")
    sign_in(page, bob)

    expect(page.locator("textarea").first).to_have_value("Fair wind!")
    press(page, "Send")

    expect(
        page.get_by_role("article").get_by_role("paragraph").filter(has_text="Fair wind!")
    ).to_be_visible()
    assert comment_bodies(dream) == ["Fair wind!"]


def test_a_comment_posted_without_cookies_is_restored_by_the_browser(visit, dream, bob):
    """R29: the server stores no draft for a visitor."""
    page = visit(f"/dreams/{dream['slug']}", bob)
    page.get_by_label("Your comment", exact=True).fill("Fair wind!")
    page.context.clear_cookies()
    press(page, "Send")
    sign_in(page, bob)
    page.goto(f"/dreams/{dream['slug']}")

    press(page, "Restore draft")

    expect(page.get_by_label("Your comment", exact=True)).to_have_value("Fair wind!")


# Focus and rings #############################################################

def test_the_ring_of_what_a_link_led_to_is_inside_it_and_none_is_around_all_comments(
        visit, dream, word, ada, bob):
    comment = add_comment(bob, dream)["_id"]
    page, slug = visit("about:blank", bob), dream["slug"]
    for look in (DESK, PHONE):
        page.set_viewport_size(look["viewport"])
        # No path follows itself: only the fragment would change, without a new page.
        for path, ring in (
                (f"/dreamscape?q={word}#dream-{slug}", 0), (f"/dreams/{slug}#comments", None),
                (f"/dreamscape?q={word}#comment-{comment}", 0),
                (f"/dreams/{slug}#comment-{comment}", 0),
                (f"/dreamers/{ada['slug']}#dream-{slug}", 0)):
            page.goto(path)

            expect(page.locator(":target"), f"{path} {look}").to_be_focused()
            assert page.evaluate(RING) == ring, (path, look)


def test_a_message_takes_at_most_a_quarter_of_a_short_window(visit, dream, bob):
    page = visit("about:blank", bob)
    for width, height in ((320, 256), (740, 360)):
        set_following(bob, {"dream_id": dream["_id"]}, False)
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"/dreams/{dream['slug']}")

        press(page, "Follow dream")

        notice = page.get_by_role("status").locator(".notice")
        expect(notice, str(width)).to_be_in_viewport(ratio=1)
        assert notice.bounding_box()["height"] <= 0.25 * height + 1, width
