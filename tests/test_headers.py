"""What answers tell browsers and caches, and addresses that no header can change."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import ceil

import pytest
from flask.testing import FlaskClient
from support.fields import PASSWORD

import app as site
from dreamscape.database import db as site_db
from dreamscape.settings import read_settings


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
                      site.picture_url("ship")]

    assert [url for url in remembered if "evil.example" in url] == []


# Cookies #####################################################################

ALWAYS = {"HttpOnly", "Path=/", "SameSite=Lax"}
HTTPS = {"BASE_URL": "https://localhost", "MONGO_URI": "mongodb://database",
         "SECRET_KEY": "a secret of the tests, long enough"}
# When a cookie is set or deleted, and its attributes besides its name and content.
COOKIES = {"a form": set(), "a sign-in": {"30 days"}, "a sign-out": set(),
           "a session that has ended": {"0 days", "Max-Age=0"}}
COOKIE_NAMES = {"http": ("session", set()), "https": ("__Host-session", {"Secure"})}


@pytest.fixture(params=COOKIE_NAMES)
def scheme(request, tmp_path, monkeypatch):
    """Serve the site with the cookies of http or of https."""
    given = HTTPS if request.param == "https" else {}
    for name, value in read_settings({"DATA_DIR": str(tmp_path), **given}).items():
        if "COOKIE" in name or name == "PERMANENT_SESSION_LIFETIME":
            monkeypatch.setitem(site.app.config, name, value)
            monkeypatch.setitem(site.settings, name, value)
    return request.param


def read_cookie(answer):
    """Return (name, attributes) of the only cookie of an answer, with days for a date."""
    [cookie] = answer.headers.getlist("Set-Cookie")
    named, *attributes = cookie.split("; ")
    dates = map(parsedate_to_datetime, re.findall("Expires=([^;]+)", cookie))
    days = [ceil((date - datetime.now(UTC)) / timedelta(days=1)) for date in dates]
    attributes = {each for each in attributes if "Expires" not in each}
    return named.partition("=")[0], attributes | {f"{max(0, each)} days" for each in days}


def cause_cookie(moment, scheme, dreamer):
    """Return the answer that sets or deletes a cookie."""
    client, url = site.app.test_client(), f"{scheme}://localhost"

    def send(page, path, **fields):
        """Send a form with the token of a page."""
        shown = client.get(page, base_url=url).text
        fields["csrf_token"] = re.search('name="csrf_token"[^>]* value="(.*?)"', shown)[1]
        return client.post(path, data=fields, base_url=url, headers={"Origin": url})

    if moment == "a form":
        return client.get("/login", base_url=url)
    sign_in = send("/login", "/login", email=dreamer("ada")["email"], password=PASSWORD)
    if moment == "a sign-out":
        return send("/profile", "/logout")
    if moment == "a session that has ended":
        site_db.dreamers.update_one({}, {"$unset": {"sign_ins": ""}})
        return client.get("/", base_url=url)
    return sign_in


@pytest.mark.parametrize("moment", COOKIES)
def test_a_cookie_has_these_attributes_and_no_others(db, dreamer, scheme, moment):
    name, more = COOKIE_NAMES[scheme]

    cookie = read_cookie(cause_cookie(moment, scheme, dreamer))

    assert cookie == (name, ALWAYS | more | COOKIES[moment])


# Caches ######################################################################


@pytest.fixture
def public(dream, comment):
    """The pages that anybody may see, of a dream that has a comment."""
    return ["/", f"/dreams/{dream['slug']}", "/dreamers/ada-lovelace", "/dreamscape", "/about",
            "/rules", "/privacy"]


@pytest.mark.parametrize("headers", [{}, {"X-Fragment": "none"}])
def test_a_public_page_sets_no_cookie_and_can_be_cached(public, visitor, headers):
    """Also where a script asks in the background, whose answer never sets one."""
    for path in public:
        answer = visitor.get(path, headers=headers)

        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize("path", [
    "/static/img/logo.svg", "/assets/x/main.js", "/drawn/dream/5f0000000000000000000000.svg",
    "/.well-known/security.txt", "/uploads/boat", "/healthz"])
def test_what_is_the_same_for_everybody_sets_no_cookie(db, sign_in, uploads, path):
    """A page renews the cookie of somebody signed in, so a cache must not store one."""
    uploads.mkdir(parents=True)
    (uploads / "boat").write_bytes(b"WebP")
    bob = sign_in("bob")

    answer = bob.get(path)

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "Set-Cookie" in bob.get("/dreams").headers


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


@pytest.mark.parametrize("path", [
    "/feed.atom", "/sitemap.xml", "/drawn/dream/5f0000000000000000000000.svg", "/assets/x/main.js",
    "/static/img/logo.svg"])
def test_what_shared_caches_store_renews_no_cookie(db, sign_in, path):
    assert "Set-Cookie" in sign_in("bob").get("/profile").headers

    assert "Set-Cookie" not in sign_in("bob").get(path).headers


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


def test_of_a_form_that_is_too_large_an_error_page_shows_nothing():
    for length, texts in ((10, 1), (600_000, 0)):
        with site.app.test_request_context("/login", method="POST", data={"title": "x" * length}):
            assert (len(site.readable_form()), len(site.typed_texts())) == (texts, texts)


# Of every request ############################################################

ERROR_PAGES = {  # status: (title, sentence, label of the link to retry)
    403: ("You can't do that", "This belongs to someone else. Nothing of yours was changed.", None),
    404: ("Page not found", "This page doesn't exist or was removed.", None),
    405: ("Nothing to see here", "This link can't be opened directly.", None),
    413: ("That's too large", "The limit is 10 MB. Please choose a smaller file.", "Go back"),
    415: ("We couldn't read that", "Nothing was changed. Please use the form on the page.", None),
    422: ("That didn't work", "We couldn't use that. Nothing was changed.", "Go back"),
    429: ("A little slower, please", "You're going a bit fast for us.", "Try again"),
    500: ("Something broke on our side",
          "It's not you, it's us. We've been notified. Please try again.", "Try again"),
    503: ("We'll be right back",
          "We're having trouble right now. Please try again in a few seconds.", "Try again")}


def test_an_error_page_says_one_of_these():
    assert {**site.ERRORS} == ERROR_PAGES
    names = ("OTHER_ERROR", "RETRY_AFTER", "BODY_TIMED_OUT", "ALREADY_OFFERED", "OFFER_CHANGED")
    assert [getattr(site, name) for name in names] == [
        ("That didn't work", "Please go back and try again.", None), 10,
        "The upload took too long, so we stopped it. Try a smaller picture or a faster connection.",
        "You've already offered to help with this.",
        "This offer has changed meanwhile, so nothing was done."]


FEEDS = ["feed", "topic_feed", "dreamer_feed", "dream_feed"]
ENDPOINTS = {
    "SESSIONLESS": ["static", "healthz", "robots", "security_txt", "upload", "drawn", "asset",
                    "dream_card", "sitemap", *FEEDS],
    "PICTURE_PAGES": ["profile_picture", "dreambuilder", "dream_picture", "dream_story",
                      "update_add", "update_edit"],
    "CONFIRMED_ONLY": [
        "comment_reaction", "dream_ask", "dream_state", "dreamer_block",
        "dreambuilder", "dream_edit", "comment_add", "comment_edit", "line_add", "dream_story",
        "update_add", "update_edit", "update_report", "offer_new", "message_add", "offer_thanks",
        "message_report", "dream_report", "comment_report", "dreamer_report", "decision_answer"],
    "BY_TOKEN_ALONE": ["unsubscribe"],
    "RETURN_PAGES": ["dreamscape", "dream_show", "dreamer_show"],
    "DREAM_PAGES": ["dreamscape", "dream_show", "dreamer_show", "comment_show", "dreams",
                    "dreamers", "landing", "dream_card", *FEEDS],
    "DRAFT_ACTIONS": ["dream_edit", "dream_picture", "dream_delete"],
    "PUBLIC": ["landing", "dreamscape", "dream_show", "dreamer_show", "about", "rules", "privacy"]}


def test_these_pages_are_treated_apart():
    assert {name: [*getattr(site, name)] for name in ENDPOINTS} == ENDPOINTS


def test_answers_may_be_cached_and_links_used_so_long():
    names = ("PUBLIC_AGE", "FEED_AGE", "CARD_AGE", "SITEMAP_AGE", "IMMUTABLE_AGE")

    assert [getattr(site, name) for name in names] == [60, 300, 3_600, 3_600, 365 * 86_400]
    assert {name: tuple(token[:2]) for name, token in site.TOKENS.items()} == {
        "password-reset": ("password-reset", timedelta(minutes=15)),
        "confirm-address": ("confirm", timedelta(days=3)), "unsubscribe": ("unsubscribe", None)}


def test_every_answer_has_these_headers():
    assert {**site.HEADERS} == {
        "Content-Security-Policy":
            "default-src 'none'; img-src 'self' data: blob: https://res.cloudinary.com; style-src "
            "'self'; script-src 'self'; connect-src 'self'; manifest-src 'self'; form-action "
            "'self'; base-uri 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin"}


def test_an_error_page_shows_these_texts_again():
    """No password, and no address."""
    assert {*site.LONG_TEXTS} == {
        "title", "thanks", "advice", "answer", "bio", "body", "description", "helped", "message",
        "reason", "story"}
