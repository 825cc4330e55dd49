"""From a shared link to a person who belongs, on a phone, with mail from a real SMTP server.

The number of taps and fields is counted until the dream is followed.
"""

import re
import secrets
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from support.smtp_server import MailServer
from support.website import Website

from browser.console_monitor import ConsoleMonitor
from browser.conftest import PHONE, TIMEOUT
from browser.factories import PASSWORD, add_dream, is_followed, reload_person

from dreamscape.database import db

MOST = 4  # taps, and fields, before the dream is followed
TOUCH = PHONE | {"is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module")
def mail_server():
    """The server that the site sends its mail to."""
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def mail_site(website, mail_server, tmp_path_factory):
    """The site on the same database, but with mail: so addresses are confirmed."""
    folder = tmp_path_factory.mktemp("mail_site")
    with Website(website.settings["MONGO_URI"], folder, MONGO_DBNAME=website.database.name,
                 DATA_DIR=website.settings["DATA_DIR"], RATELIMIT_ENABLED="0",
                 MAIL_SERVER=mail_server.host, MAIL_PORT=str(mail_server.port)) as site:
        yield site


class Thumb:
    """Somebody with a phone; counts what they tap and fill in."""

    def __init__(self, page):
        """Hold a phone that shows a page."""
        self.page, self.taps, self.fields = page, 0, 0

    def tap(self, role, name):
        """Tap the first link or button of the main part with a name, and wait for the page."""
        self.taps += 1
        with self.page.expect_navigation():
            self.page.get_by_role("main").get_by_role(role, name=re.compile(name)).first.tap()

    def fill(self, **values):
        """Fill fields in, by their labels with _ for spaces."""
        for label, value in values.items():
            self.fields += 1
            self.page.get_by_label(label.replace("_", " "), exact=True).fill(value)


@pytest.fixture
def phone(browser, mail_site, scripts):
    """Open a path of the site with mail on a new phone: phone("/"); return a Thumb."""
    contexts, monitor = [], ConsoleMonitor(mail_site.url)
    monitor.expect_status(422)

    def open_path(path):
        """Return a Thumb on a page."""
        context = browser.new_context(base_url=mail_site.url, java_script_enabled=scripts, **TOUCH)
        context.set_default_timeout(TIMEOUT)
        monitor.attach(context)
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return Thumb(page)

    yield open_path
    for context in contexts:
        context.close()
    assert monitor.problems == []


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


def confirmation_path(mail_server, email):
    """Return the path of the link in the mail to an address, once it has arrived."""
    mail_server.wait_for(1, timeout=30)
    message = next(mail for mail in mail_server.messages if mail.recipients == [email])
    text = message.get_body(("plain",)).get_content()
    return urlsplit(re.search(r"http\S+/confirm/\S+", text)[0]).path


def test_a_shared_link_becomes_a_follower(phone, dream, mail_server):
    """R54, R56."""
    names, mail_server.messages[:] = new_names(), []
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
    thumb.page.goto(confirmation_path(mail_server, names["Email"]))
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


def test_back_after_signing_up_shows_no_form_again(phone, dream):
    """R46, R54."""
    thumb = phone(f"/dreams/{dream['slug']}")
    thumb.tap("link", "^Follow dream")
    thumb.fill(**new_names())
    thumb.tap("button", "^Sign up$")

    thumb.page.go_back()

    expect(thumb.page.get_by_role("button", name="Unfollow dream")).to_be_visible()


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
