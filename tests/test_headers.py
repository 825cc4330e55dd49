"""What answers tell browsers and caches, and addresses that no header can change."""

import pytest
from flask.testing import FlaskClient

import app as site
from dreamscape.database import db as site_db


# Addresses ###################################################################


@pytest.mark.parametrize("path", ["/", "/login", "/nowhere", "/assets/x/main.js"])
@pytest.mark.parametrize("script_name", ["//evil.example", "/evil", "x"])
def test_a_request_that_puts_the_site_under_a_path_is_refused(db, visitor, path, script_name):
    answer = visitor.get(path, environ_overrides={"SCRIPT_NAME": script_name})

    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert script_name not in answer.text


def test_addresses_that_are_remembered_depend_on_no_request(monkeypatch):
    with site.app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "//evil.example"}):
        remembered = [site.cached_url.__wrapped__("landing"), site.asset_url.__wrapped__("main.js"),
                      site.picture_url("ship"), *site.module_urls.__wrapped__()]

    assert [url for url in remembered if "evil.example" in url] == []


# Cookies and caches ##########################################################


@pytest.fixture
def public(dream, comment):
    """The pages that anybody may see, of a dream that has a comment."""
    return ["/", f"/dreams/{dream['slug']}", "/dreamers/ada-lovelace", "/dreamscape"]


def test_a_public_page_sets_no_cookie_and_can_be_cached(public, visitor):
    for path in public:
        answer = visitor.get(path)

        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br", "zstd"])
def test_a_public_page_that_is_the_same_is_not_sent_again(public, visitor, encoding):
    for path in public:
        asked = {"Accept-Encoding": encoding}
        first = FlaskClient.open(visitor, path, headers=asked)
        known = {"If-None-Match": first.headers["ETag"]}
        again = FlaskClient.open(visitor, path, headers=asked | known)

        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]


def test_a_public_page_that_has_changed_is_sent_again(public, dream, visitor):
    path = public[1]
    known = {"If-None-Match": visitor.get(path).headers["ETag"]}
    site_db.dreams.update_one({"_id": dream["_id"]}, {"$set": {"title": "Another"}})

    assert visitor.get(path, headers=known).status_code == 200


def test_a_page_of_somebody_signed_in_is_theirs_alone(public, sign_in):
    bob = sign_in("bob")

    for path in [*public[1:], "/profile"]:
        assert bob.get(path).headers["Cache-Control"] == "private, no-store"


def test_a_page_with_a_message_is_not_kept_for_others(public, sign_in):
    bob = sign_in("bob")
    bob.send("/logout")

    assert bob.get("/").headers["Cache-Control"] == "private, no-store"


def test_the_page_of_a_reset_link_tells_nobody_its_address(dreamer, visitor):
    link = f"/password-reset/{site.make_token('password-reset', dreamer('ada'))}"

    assert visitor.get(link).headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/img/icons.svg", "/healthz", "/login"])
def test_every_answer_says_what_browsers_may_do_with_it(db, visitor, path):
    headers = visitor.get(path).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
