"""From a shared link to a person who belongs, on a phone, with mail from a real SMTP server.

The number of taps and fields is counted until the dream is followed.
"""

import re
import secrets

import pytest
from playwright.sync_api import expect

from browser.factories import PASSWORD, add_dream, is_followed, reload_person

from dreamscape.database import db

MOST = 4  # taps, and fields, before the dream is followed


@pytest.fixture
def dream(ada):
    """Ada's dream, whose link she shares."""
    return add_dream(ada, f"Sail to {secrets.token_hex(4)}")


def new_names():
    """Return what a sign-up asks for."""
    return {"First_name": "Cyd", "Last_name": "Sailor", "Password": PASSWORD,
            "Email": f"{secrets.token_hex(6)}@example.com"}


def find_unconfirmed(email):
    """Return the dreamer who waits for a confirmation."""
    return db.dreamers.find_one({"unconfirmed_email": email})


def test_a_shared_link_becomes_a_follower_and_back_shows_no_form_again(
        phone, dream, mailed_path):
    """R46, R54, R56."""
    names = new_names()
    thumb = phone(f"/dreams/{dream['slug']}")

    thumb.tap("link", "^Follow dream")
    thumb.fill(**names)
    thumb.tap("button", "^Sign up$")

    person = find_unconfirmed(names["Email"])
    print(f"Followed after {thumb.taps} taps and {thumb.fields} fields.")
    assert is_followed(dream, person)
    assert thumb.taps <= MOST and thumb.fields <= MOST
    expect(thumb.page).to_have_url(re.compile(f"/dreams/{dream['slug']}#dream-{dream['slug']}$"))
    expect(thumb.page.get_by_role("status").first).to_contain_text("You're following")
    thumb.page.go_back()
    expect(thumb.page.get_by_role("button", name="Unfollow dream")).to_be_visible()
    thumb.page.goto(mailed_path(names["Email"], "/confirm/"))
    thumb.tap("button", "^Confirm$")
    expect(thumb.page.get_by_role("status").first).to_contain_text("Your email is confirmed.")
    assert reload_person(person)["email"] == names["Email"]
    assert is_followed(dream, person)


def test_somebody_with_an_account_follows_with_two_taps_and_two_fields(phone, dream, bob):
    """R54."""
    thumb = phone(f"/dreams/{dream['slug']}")

    thumb.tap("link", "^Sign in to follow")
    thumb.fill(Email=bob["email"], Password=PASSWORD)
    thumb.tap("button", "^Sign in$")

    expect(thumb.page.get_by_role("button", name="Unfollow dream")).to_be_visible()
    assert is_followed(dream, bob)
    assert (thumb.taps, thumb.fields) == (2, 2)


def test_a_detour_over_a_wrong_form_and_the_sign_in_still_follows(phone, dream, bob):
    """R54."""
    thumb = phone("/dreamscape?q=sail")
    thumb.tap("link", f"^Follow dream {dream['title']}")
    thumb.page.get_by_role("main").get_by_role("link", name="Sign in").tap()
    thumb.fill(Email=bob["email"], Password="wrong")
    thumb.tap("button", "^Sign in$")
    thumb.fill(Email=bob["email"], Password=PASSWORD)
    thumb.tap("button", "^Sign in$")

    expect(thumb.page).to_have_url(re.compile(rf"\?q=sail#dream-{dream['slug']}$"))
    assert is_followed(dream, bob)


def test_a_double_tap_on_sign_up_follows_once(phone, dream):
    """R46."""
    names = new_names()
    thumb = phone(f"/signup?intent=follow:{dream['slug']}")
    thumb.fill(**names)

    thumb.page.get_by_role("main").get_by_role("button", name="Sign up").dblclick()

    expect(thumb.page.get_by_role("status").first).to_contain_text("You're following")
    assert is_followed(dream, find_unconfirmed(names["Email"]))
    assert db.follows.count_documents({"dream_id": dream["_id"]}) == 1


def test_share_your_dream_leads_to_the_dreambuilder(phone):
    """R54."""
    thumb = phone("/")

    thumb.tap("link", "^Share your dream")
    thumb.fill(**new_names())
    thumb.tap("button", "^Sign up$")

    expect(thumb.page.get_by_label("Your dream in one line")).to_be_visible()
    assert (thumb.taps, thumb.fields) == (2, 4)


def test_a_password_can_be_read_while_it_is_typed_and_is_sent_as_one(visit):
    """Browsers offer to store what is a password when it is sent."""
    page = visit("/login")
    page.get_by_label("Email").fill("nobody@example.com")
    password = page.get_by_label("Password")
    password.fill("a secret")

    page.get_by_label("Show what you type").check()
    expect(password).to_have_attribute("type", "text")
    page.get_by_label("Show what you type").uncheck()
    expect(password).to_have_attribute("type", "password")

    page.get_by_label("Show what you type").check()
    page.evaluate("""document.forms[0].addEventListener("submit", (event) => {
        event.preventDefault();
        document.title = document.getElementById("password").type;
    })""")
    password.press("Enter")
    expect(page).to_have_title("password")
    expect(page.get_by_label("Show what you type")).not_to_be_checked()
