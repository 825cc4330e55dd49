"""End to end over HTTP: gunicorn with two workers, a real database, and SIGKILL."""
import io
import re

import pytest
from PIL import Image
from support.http_browser import Browser
from support.database import DatabaseServer
from support.website import Website

STAGES = (
    ("/profile/about", {"bio": "I build boats.", "location": "Turku"}),
    ("/profile/skills", {"skills": ["C++", "R&D"], "experiences": ["moved abroad"]}),
    ("/profile/interests", {"interests": ["travel"]}),
)


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """(An empty database server, the site on it)."""
    folder = tmp_path_factory.mktemp("journey")
    with DatabaseServer(folder / "database") as database, Website(database.uri, folder) as site:
        yield database, site


def photo():
    """Return the bytes of a JPEG."""
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((2000, 1500)).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture(scope="module")
def owner(servers):
    """The browser of ada, who filled in all stages and shared a dream with a picture."""
    browser = Browser(servers[1].url).sign_up("Ada")
    for path, fields in STAGES:
        browser.open(path)
        browser.send("", **fields)
    browser.open("/dreambuilder")
    browser.send("", title="Sail to the islands", description="In my own boat.", topics=["travel"])
    browser.send("", picture=photo(), alt="A boat")
    return browser


@pytest.fixture(scope="module")
def followers(servers, owner):
    """Two browsers of people who followed the dream and commented."""
    browsers = [Browser(servers[1].url).sign_up(name) for name in ("Bob", "Cyd")]
    for number, browser in enumerate(browsers):
        browser.open("/dreams/sail-to-the-islands")
        browser.send("/sail-to-the-islands/follow")
        browser.send("/sail-to-the-islands/comments", body=f"Fair wind {number}!")
    return browsers


def test_a_new_dreamer_shares_a_dream_with_a_picture(owner):
    assert owner.url.endswith("/dreams/sail-to-the-islands")
    assert 'alt="A boat" width="1600" height="1200"' in owner.text


def test_two_others_follow_and_comment(owner, followers):
    page = owner.open("/dreams/sail-to-the-islands")

    assert "2 followers · 2 comments" in page
    assert "Fair wind 0!" in page and "Fair wind 1!" in page


def test_a_password_is_reset_from_the_printed_mail(servers, owner):
    """R36 to R39."""
    browser = Browser(servers[1].url)
    browser.open("/password-reset")
    browser.send("/password-reset", email="ada@example.org")
    link = wait_for_printed_link(servers[1])
    browser.open(link)

    browser.send("", password="an even longer one")

    assert browser.url.endswith("/dreamscape")
    assert "/login" in url_after_opening(owner, "/dreams")


def test_no_data_is_lost_when_site_and_database_are_killed(servers, followers):
    database, site = servers
    site.kill()
    database.kill()
    database.start()
    site.start()

    page = followers[0].open("/dreamscape?view=following")

    assert "Sail to the islands" in page and "Fair wind 1!" in page


def wait_for_printed_link(site):
    """Return the newest reset link on the site's output, once there is one."""
    while not (links := re.findall(r"http\S+/password-reset/\S+", site.log_path.read_text())):
        assert site.is_healthy()
    return links[-1]


def url_after_opening(browser, path):
    """Return the URL after redirects."""
    browser.open(path)
    return browser.url
