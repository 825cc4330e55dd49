"""What must hold everywhere: rules over every route, every template and every function."""

import ast
import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import chain
from pathlib import Path
from statistics import median
from time import thread_time
from unicodedata import normalize
from urllib.parse import urlencode, urlsplit

import html5lib
import mongomock
import pytest
from bson import ObjectId
from flask import template_rendered
from flask.testing import FlaskClient
from jinja2 import meta
from limits import parse
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from support.failing_database import outage
from support.fields import DREAM, FIELDS, FOUND_NEED, NEEDS, OPEN_NEED, PROOF, WEAVER
from support.html_checker import check_page
from support.code_checks import FORBIDDEN_CODE, find_names_read
from support.database import SecantusServer
from support.page_parser import comments_shown, error_of, next_href, parts_shown
from support.patches import use_database
from support.plans import COLLSCAN, costly_stages, explain_write, indexes_of, is_write
from werkzeug.test import create_environ, run_wsgi_app
from wtforms import TextAreaField

from wtforms.validators import Length

import app as site
from dreamscape.bodies import PARAGRAPH_FIELDS, field_length
from dreamscape.comments import add_comment
from dreamscape.follows import set_following
from dreamscape.fields import Form, StopLength, TermsField
from dreamscape.database import INDEXES, db as site_db
from dreamscape.drafts import add_draft
from dreamscape.dreamers import complete_dreamer
from dreamscape.indexes import add_indexes
from dreamscape.limits import LIMITS
from dreamscape.moderation import add_audit
from dreamscape.pages import PAGES
from dreamscape.publishing import FEEDS
from dreamscape.text import clean_line, clean_text

ROOT = Path(site.__file__).parent
# All but the process that decodes pictures.
APP_CODE = (ROOT / "app.py").read_text("utf-8")  # nothing below it knows the request
CODE = "\n".join(path.read_text("utf-8") for path in (
    ROOT / "app.py", *sorted((ROOT / "dreamscape").glob("*.py"))) if path.name != "convert.py")
TEMPLATES = {path.relative_to(ROOT / "templates").as_posix(): path.read_text("utf-8")
             for path in (ROOT / "templates").rglob("*.*") if path.suffix != ".json"}
PUBLIC = {"landing", "signup", "login", "logout", "password_reset", "password_reset_set",
          "confirm_address", "change_password", "unsubscribe",
          "dreamscape", "dream_show", "dreamer_show", "about", "rules", "privacy", "security_txt",
          "comment_show", "upload", "drawn", "asset", "healthz", "robots", "static", "dream_card",
          "sitemap", *FEEDS}

# Routes ######################################################################

RULES = {rule.endpoint: rule for rule in site.app.url_map.iter_rules()}
SHOWING = sorted(name for name, rule in RULES.items() if "GET" in rule.methods)
# A mail program posts to it without a session, from anywhere.
BY_TOKEN_ALONE = {"unsubscribe"}
SENDING = sorted(name for name, rule in RULES.items() if "POST" in rule.methods)
GUARDED = sorted(set(RULES) - PUBLIC)
# Who may use a route, where it is not ada, and what makes it work.
BOBS = {"comment_add", "comment_edit", "dream_follow", "dreamer_follow", "dream_unfollow",
        "dreamer_unfollow", "dreamer_block", "dreamer_unblock", "dream_report", "dreamer_report",
        "offer_new",
        "thanks_act", "line_add", "update_report", "dream_cheer", "dream_uncheer"}
# Fields that are wrong on purpose.
WRONG = {"profile_data": {}, "password_reset": {"email": "nobody"},
         "password_reset_set": {"password": "short"},
         "dream_autosave": {}}  # what it takes it answers as JSON
FIELDS = FIELDS | WRONG
# Actions whose next page shows that they worked.
SILENT = {"comment_reaction", "login", "profile_reminder", "signup"}


@pytest.fixture
def db(monkeypatch):
    """An empty database, one is enough: these rules hold whatever keeps the documents."""
    use_database(monkeypatch, mongomock.MongoClient(tz_aware=True)["tests"])
    add_indexes()
    return site_db


class Browsers(dict):
    """Browsers by the names of their people; each signs in when it is first used."""

    def __init__(self, sign_in):
        """Take the function that signs a person in."""
        self.sign_in = sign_in

    def __missing__(self, name):
        """Return a person's browser, signed in now."""
        self[name] = self.sign_in(name)
        return self[name]


@pytest.fixture
def browsers(dream, comment, dreamer, sign_in):
    """Browsers of ada, who has a dream with a picture, bob, who commented, mod, and una.

    una has not confirmed her address.
    """
    picture = {"picture": "boat-1", "picture_width": 4, "picture_height": 3}
    site_db.dreams.update_one({"_id": dream["_id"]}, {"$set": picture | NEEDS})
    site_db.dreamers.update_one({"_id": dreamer("bob")["_id"]}, {"$set": WEAVER})
    site_db.dreamers.update_one({"_id": dreamer("una")["_id"]}, {
        "$unset": {"email": ""}, "$set": {"unconfirmed_email": "una@example.com",
                                          "ends_at": datetime.now(UTC) + timedelta(days=7)}})
    return Browsers(sign_in)


def add_offers(helper, dream):
    """Add bob's offers to ada's dream; return {route: id of what it is about}."""
    ids = {state: ObjectId() for state in ("accepted", "done", "message")}
    both = {"dream_id": dream["_id"], "dreamer_id": helper["_id"], "messages": 1,
            "owner_id": dream["dreamer_id"]}
    site_db.offers.insert_many([both | {"_id": ids[state], "state": state, "need_id": state,
                                        "was": "accepted"} for state in ("accepted", "done")])
    site_db.messages.insert_one({"_id": ids["message"], "offer_id": ids["accepted"],
                                 "dreamer_id": helper["_id"], "body": "I have a tent."})
    return {"message_report": ids["message"]} | dict.fromkeys(
        ("offer_show", "offer_step", "message_add"), ids["accepted"]) | dict.fromkeys(
        ("offer_undo", "offer_thanks", "thanks_act"), ids["done"])


@pytest.fixture
def address(dream, comment, dreamer, browsers):
    """Return the address of a route on what ada has: address("dream_show")."""
    with site.app.test_request_context():
        values = {"comment_id": str(comment["_id"]), "name": "boat-1", "filename": "img/logo.svg",
                  "kind": "dream", "document_id": str(dream["_id"]), "mark": "others",
                  "file": "main.js", "version": "x", "slug": dream["slug"], "act": "hide",
                  "update_id": str(site_db.updates.insert_one({
                      "dream_id": dream["_id"], "dreamer_id": dream["dreamer_id"],
                      "body": "We built a boat."}).inserted_id),
                  "decision_id": str(add_audit(complete_dreamer(dreamer("mod")), "hide", "dream",
                                               dream, "It is not kind."))}
        draft = add_draft(dreamer("ada")["_id"], "/dreambuilder", {"title": ["Fly"]})
        tokens = {"confirm_address": site.make_token("confirm-address", dreamer("una")),
                  "draft_delete": draft["_id"],
                  "unsubscribe": site.make_token("unsubscribe", dreamer("ada"), kind="comment")}
        reset = site.make_token("password-reset", dreamer("ada"))
        offers = add_offers(dreamer("bob"), dream)

    def build(endpoint):
        """Fill a route's address in."""
        slug = {"dreamer": "ada-lovelace", "moderation": "travel", "topic": "travel"}.get(
            endpoint.partition("_")[0])
        if endpoint == "line_add":
            site_db.dreams.update_one({"_id": dream["_id"]}, {"$set": {"state": "came-true"}})
            set_following(dreamer("bob"), {"dream_id": dream["_id"]}, True)
        need = FOUND_NEED if endpoint == "need_open" else OPEN_NEED
        known = values | ({"slug": slug} if slug else {}) | {
            "token": tokens.get(endpoint, reset), "need_id": need["id"],
            "step": "done",
            **dict.fromkeys(("offer_id", "message_id"), str(offers.get(endpoint)))}
        return re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda found: known[found[1]], RULES[endpoint].rule)

    return build


@pytest.fixture
def client_of(browsers):
    """Return the browser of who may use a route."""
    def find(endpoint):
        """Find it by the route's name."""
        if endpoint == "signup":
            return site.app.test_client()
        if endpoint in BOBS:
            return browsers["bob"]
        who = {"moderation": "mod", "confirm": "una"}
        return browsers[who.get(endpoint.partition("_")[0], "ada")]

    return find


def last_flashes(client):
    """Return the messages that a browser's next page shows."""
    with client.session_transaction() as session:
        return [message["text"] for _, message in session.get("_flashes", ())]


def dump(database):
    """Return everything a database holds."""
    documents = {name: sorted(map(repr, database[name].find({})))
                 for name in database.list_collection_names()}
    return {name: documents[name] for name in documents if documents[name]}


def test_the_public_pages_are_these():
    views = site.app.view_functions
    public = {name for name in views if not getattr(views[name], "asks_for_sign_in", False)}

    assert public == PUBLIC


@pytest.mark.parametrize("endpoint", [name for name in SENDING if name not in WRONG])
def test_a_form_with_its_token_is_taken(db, client_of, address, endpoint):
    response = client_of(endpoint).send(address(endpoint), **FIELDS.get(endpoint, {}))

    assert response.status_code == 303


@pytest.mark.parametrize("endpoint", sorted({*SENDING} - {*WRONG} - SILENT))
def test_an_action_says_what_it_did(db, client_of, address, endpoint):
    client = client_of(endpoint)

    client.send(address(endpoint), **FIELDS.get(endpoint, {}))

    assert [bool(text.strip()) for text in last_flashes(client)] == [True]


@pytest.mark.parametrize("endpoint", sorted(SILENT))
def test_the_actions_that_say_nothing_are_these(db, client_of, address, endpoint):
    client = client_of(endpoint)

    client.send(address(endpoint), **FIELDS.get(endpoint, {}))

    assert last_flashes(client) == []


def test_a_form_without_its_token_changes_nothing(client_of, db, address):
    for endpoint in sorted({*SENDING} - BY_TOKEN_ALONE):
        client, path, before = client_of(endpoint), address(endpoint), dump(db)

        response = client.post(path, data=FIELDS.get(endpoint))

        assert (endpoint, response.status_code) == (endpoint, 422)
        assert dump(db) == before, endpoint


def test_a_token_of_another_session_changes_nothing(client_of, db, address, visitor):
    for endpoint in sorted({*SENDING} - BY_TOKEN_ALONE):
        client, path, before = client_of(endpoint), address(endpoint), dump(db)
        fields = FIELDS.get(endpoint, {}) | {"csrf_token": visitor.token()}

        response = client.post(path, data=fields)

        assert (endpoint, response.status_code) == (endpoint, 422)
        assert dump(db) == before, endpoint


def test_a_form_of_another_site_changes_nothing(client_of, db, address):
    for endpoint in sorted({*SENDING} - BY_TOKEN_ALONE):
        client, path, before = client_of(endpoint), address(endpoint), dump(db)
        fields = FIELDS.get(endpoint, {}) | {"csrf_token": client.token()}

        response = client.post(path, data=fields, headers={"Origin": "https://evil.example"})

        assert (endpoint, response.status_code) == (endpoint, 403)
        assert dump(db) == before, endpoint


@pytest.mark.parametrize("origin", [
    "http://localhost.evil.example", "https://evil.example/localhost", "x", "http://[", "localhost",
    "https://evil.example://localhost", "http://localhost:81", "http://user@localhost",
    "ftp://localhost"])
def test_an_origin_that_only_looks_like_ours_is_refused(db, visitor, origin):
    response = visitor.post("/login", data={}, headers={"Origin": origin})

    assert response.status_code == 403


@pytest.mark.parametrize("site_of_origin", ["cross-site", "same-site"])
def test_a_form_that_a_browser_says_is_of_another_site_is_refused(db, visitor, site_of_origin):
    """It hides the origin where the page asks for that; and nothing is counted or set."""
    answer = visitor.post("/login", data={"email": "ada@example.com", "body": "Buy gold"}, headers={
        "Origin": "null", "Sec-Fetch-Site": site_of_origin})

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert "Buy gold" not in answer.text
    assert db.limits.count_documents({}) == 0


@pytest.mark.parametrize("origin", ["http://localhost", "http://127.0.0.1:5000", "null"])
def test_a_form_of_this_site_is_taken(db, dream, sign_in, origin):
    client, path = sign_in("bob"), f"/dreams/{dream['slug']}/comments"
    fields = {"csrf_token": client.token(), "body": "Bravo"}

    response = client.post(path, data=fields, headers={"Origin": origin})

    assert response.status_code == 303


@pytest.mark.parametrize(("host", "origin"), [
    ("LOCALHOST", "http://localhost"), ("localhost.", "http://localhost."),
    ("Localhost.:80", "http://localhost"), ("[::1]:5000", "http://[::1]:5000")])
def test_a_form_of_this_site_is_taken_however_its_host_is_written(db, visitor, host, origin):
    headers = {"Host": host, "Origin": origin}

    assert visitor.post("/login", data={}, headers=headers).status_code == 422


def test_a_visitor_is_led_to_the_sign_in_and_back(db, address):
    """R29."""
    for endpoint in sorted(set(GUARDED) & set(SHOWING)):
        path = address(endpoint)

        response = site.app.test_client().get(path)

        assert (endpoint, response.status_code) == (endpoint, 303)
        assert response.location == f"/login?next={path}"


def test_a_form_of_a_visitor_changes_nothing(db, address):
    """R29."""
    for endpoint in sorted(set(GUARDED) & set(SENDING)):
        path, before = address(endpoint), dump(db)

        response = site.app.test_client().send(path, **FIELDS.get(endpoint, {}))

        assert (response.location or endpoint).startswith("/login?next="), endpoint
        assert dump(db) == before, endpoint


def test_an_action_is_not_for_looking_at(visitor):
    shown = [endpoint for endpoint in set(SENDING) - set(SHOWING)
             if visitor.get(path_of(endpoint)).status_code != 405]

    assert shown == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_no_other_method_is_taken(visitor, method):
    taken = [endpoint for endpoint in RULES
             if visitor.open(path_of(endpoint), method=method).status_code != 405]

    assert taken == []


def path_of(endpoint):
    """Return an address of a route, of nothing in particular."""
    return re.sub(r"<(?:any\((\w+))?[^>]+>", lambda found: found[1] or "x", RULES[endpoint].rule)


@pytest.mark.parametrize("name", ["ada", "bob", "mod", None])
def test_looking_changes_nothing(browsers, db, visitor, address, name):
    """R46."""
    client = browsers[name] if name else visitor
    before = dump(db)

    changed = [endpoint for endpoint in SHOWING
               if client.get(address(endpoint)) and dump(db) != before]

    assert changed == []


def test_every_page_with_a_file_input_shows_a_picture_before_it_is_sent(db, browsers, address):
    """R19: picture.js takes over the input, and shows it in place of the form's image.

    The forms of updates, a new one and an old one, of a story and of a new dream have none.
    """
    pages = [browsers["ada"].get(address(name)).text for name in SHOWING if name != "profile_data"]
    choosing = [form for page in pages for form in re.findall("<form.*?</form>", page, re.DOTALL)
                if 'type="file"' in form]

    assert len(choosing) == 6
    assert all('data-js="picture"' in form for form in choosing)
    imageless = re.compile("/(update|story|dreambuilder)")
    assert all("<img" in form for form in choosing if not imageless.search(form))


@pytest.mark.parametrize("endpoint", [name for name in SHOWING if not RULES[name].arguments])
def test_a_page_is_told_of_without_its_body_too(db, client_of, endpoint):
    client, path = client_of(endpoint), RULES[endpoint].rule

    told = FlaskClient.open(client, path, method="HEAD")

    assert told.data == b""
    assert told.status_code == client.get(path).status_code


@pytest.mark.parametrize("path", [
    "/", "/dreams/nothing", "/dreamscape", "/login", "/healthz", "/logout", "/static/img/logo.svg",
    "/dreams/sail-around-the-world"])
def test_every_answer_tells_browsers_what_they_may_do(db, dream, visitor, path):
    headers = visitor.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("hole", ["unsafe", "*", "http:", "eval"])
def test_the_content_policy_has_no_hole(hole):
    assert hole not in site.HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize(("secure", "expected"), [(True, "max-age=31536000"), (False, None)])
def test_https_is_kept_to_where_it_is_used(db, visitor, monkeypatch, secure, expected):
    monkeypatch.setitem(site.settings, "SESSION_COOKIE_SECURE", secure)

    assert visitor.get("/login").headers.get("Strict-Transport-Security") == expected


# Search engines ##############################################################

INDEXABLE = {"landing", "dreamscape", "dream_show", "dreamer_show", "about", "rules", "privacy",
             "upload", "drawn", "asset", "static", "robots", "dream_card", "sitemap", *FEEDS}
NOINDEX = {
    "signup", "login", "confirm", "confirm_address", "password_reset", "password_reset_set",
    "dream_story",
    "dreams", "dreambuilder", "dream_edit", "dream_picture", "dream_report", "decision_show",
    "decision_answer", "offers", "offer_new", "offer_show", "message_report",
    "comment_report", "update_report", "dreamer_report",
    "draft_list", "draft_show", "profile", "profile_about", "profile_data",
    "profile_interests", "profile_password", "profile_picture", "profile_skills",
    "comment_show", "dreamers", "moderation_audit", "moderation_case", "moderation_queue",
    "moderation_topic",
    "moderation_topic_new", "moderation_topics", "healthz", "change_password",
    "security_txt", "notifications", "profile_notifications", "unsubscribe"}


def test_every_page_is_for_search_engines_or_not():
    """A new route stands in one of the lists."""
    assert sorted([*INDEXABLE, *NOINDEX]) == SHOWING


def test_a_page_says_whether_search_engines_may_show_it(db, address):
    told = {name: site.app.test_client().get(address(name)).headers.get("X-Robots-Tag")
            for name in SHOWING}

    assert told == {name: "noindex" if name in NOINDEX else None for name in SHOWING}


def test_a_page_that_somebody_signed_in_sees_says_it_too(db, client_of, address):
    told = {name: client_of(name).get(address(name)).headers.get("X-Robots-Tag")
            for name in sorted(NOINDEX)}

    assert told == dict.fromkeys(NOINDEX, "noindex")


@pytest.mark.parametrize("path", [
    "/?q=sail", "/dreams/sail-around-the-world?q=sail", "/dreamscape?q=sail&view=latest",
    "/nowhere", "/login?next=/dreams/sail-around-the-world", "/password-reset/expired",
    "/confirm/expired"])
def test_a_search_and_an_error_are_not_for_search_engines(db, dream, visitor, path):
    assert visitor.get(path).headers["X-Robots-Tag"] == "noindex"


def test_an_outage_takes_no_page_from_search_engines(db, dream, visitor, monkeypatch):
    monkeypatch.setattr(site, "find_visible_dream", fail_to_find)

    answer = visitor.get(f"/dreams/{dream['slug']}")

    assert answer.status_code == 503
    assert "X-Robots-Tag" not in answer.headers


def fail_to_find(*args):
    """Fail as the driver does while the database is away."""
    raise PyMongoError


def test_crawlers_may_read_every_page(visitor):
    """R58: or they would not learn which pages are noindex. It needs no database and no cookie."""
    answer = visitor.get("/robots.txt")

    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert answer.text.startswith("User-agent: *\nDisallow:\n\nSitemap: http")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/dreams/sail-around-the-world", "/dreamers/ada-lovelace"])
def test_crawlers_are_asked_to_follow_no_link_to_the_sign_in_and_back(
        db, dream, comment, visitor, path):
    links = {unescape(href): tag for tag, href in re.findall(
        r'(<a [^>]*href="([^"]*)"[^>]*>)', visitor.get(path).text)}
    leading = {tag for href, tag in links.items() if "/login?next=" in href
               or "/login?next=" in (visitor.get(href).location or "")}

    assert bool(leading) == (path != "/")
    assert [tag for tag in leading if "nofollow" not in tag] == []


# Cookies, passwords and downloads ############################################

AUTOCOMPLETE = {
    "login": {"password": "current-password"}, "signup": {"password": "new-password"},
    "password_reset_set": {"password": "new-password"},
    "profile": {"current_password": "current-password"},
    "profile_data": {"current_password": "current-password"},
    "profile_delete": {"current_password": "current-password"},
    "profile_password": {"current_password": "current-password", "password": "new-password"}}


def find_passwords(page):
    """Return {name: autocomplete} of the fields for passwords on a page."""
    tags = re.findall(rb'<input [^>]*type="password"[^>]*>', page.data)
    return {re.search(' name="(.*?)"', tag)[1]: re.search(' autocomplete="(.*?)"', tag)[1]
            for tag in map(bytes.decode, tags)}


@pytest.mark.parametrize("endpoint", sorted(RULES))
def test_a_field_for_a_password_tells_password_managers_which_one(
        db, client_of, visitor, address, endpoint):
    client = client_of(endpoint) if endpoint in GUARDED else visitor

    page = client.get(address(endpoint)) if endpoint in SHOWING else client.send(address(endpoint))

    assert find_passwords(page) == AUTOCOMPLETE.get(endpoint, {})


@pytest.mark.parametrize("endpoint", sorted(RULES))
def test_no_route_sets_a_cookie_but_that_of_the_session(
        db, client_of, visitor, address, endpoint):
    client, path = client_of(endpoint) if endpoint in GUARDED else visitor, address(endpoint)

    answers = [client.get(path), client.send(path, **FIELDS.get(endpoint, {}))]

    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    assert {cookie.partition("=")[0] for cookie in cookies} <= {"session"}


DOWNLOADS = {"profile_data": "attachment; filename=dreamscape.zip",
             "static": "inline; filename=logo.svg",
             "upload": "inline; filename=boat-1"}


@pytest.mark.parametrize("endpoint", sorted(RULES))
def test_what_is_downloaded_has_its_name(db, client_of, address, uploads, endpoint):
    uploads.mkdir()
    (uploads / "boat-1").write_bytes(b"RIFF")
    client, path = client_of(endpoint), address(endpoint)

    fields = PROOF if endpoint == "profile_data" else FIELDS.get(endpoint, {})
    told = [answer.headers.get("Content-Disposition") for answer in (
        client.get(path), client.send(path, **fields))]

    assert {*told} - {None} == {*filter(None, [DOWNLOADS.get(endpoint)])}


# Fragments ###################################################################

# The pages of an action that answers JavaScript with parts of its page, and what X-Fragment says.
LISTS = {"/dreams/sail-around-the-world": "comments", "/dreamscape?own=1": "card_comments",
         "/dreamscape?view=following": "card_comments", "/dreamers/ada-lovelace": "comments"}
DREAM_PAGE, FEED, FOLLOWING, DREAMER_PAGE = LISTS
FRAGMENTS = {
    "comment_add": [DREAM_PAGE, FEED], "comment_edit": [DREAM_PAGE, FEED],
    "comment_delete": [DREAM_PAGE, FEED], "comment_reaction": [DREAM_PAGE, FEED],
    "dream_ask": [DREAM_PAGE],
    "dream_cheer": [DREAM_PAGE, FEED], "dream_uncheer": [DREAM_PAGE, FEED],
    "dream_follow": [DREAM_PAGE, FEED], "dream_unfollow": [DREAM_PAGE, FEED, FOLLOWING],
    "dreamer_follow": [DREAM_PAGE, FEED, DREAMER_PAGE],
    "dreamer_unfollow": [DREAM_PAGE, FEED, FOLLOWING, DREAMER_PAGE]}


@pytest.fixture
def ask_for_parts(client_of, address, dream, comment, dreamer):
    """Send an action as inplace.js does, about the first comment of a page; return the answer.

    The dream has five comments, and bob follows it and its dreamer if the action ends that.
    """
    for number in range(4):
        add_comment(dreamer("bob"), dream, f"Word {number}")

    def send(endpoint, path=DREAM_PAGE):
        """Send it from a page."""
        client, url = client_of(endpoint), address(endpoint)
        if endpoint.partition("_")[2].startswith("un"):
            client.send(url.replace("/un", "/"))
        before = client.get(path).text
        url = url.replace(str(comment["_id"]), [*comments_shown(before), ""][0])
        fields = FIELDS.get(endpoint, {}) | {"csrf_token": client.token(), "next": path}
        answer = FlaskClient.open(client, url, method="POST", data=fields,
                                  headers={"X-Fragment": LISTS[path.partition("&")[0]]})
        return before, answer, client.get(path).text

    return send


def show_parts(html):
    """Return {name: different HTML} of the parts of a page."""
    return {name: {*parts} for name, parts in parts_shown(html)[0].items()}


def is_fragment(answer):
    """Return whether an answer holds parts of a page."""
    return answer.status_code == 200 and answer.text and "<!doctype" not in answer.text


def test_the_actions_that_answer_with_parts_of_their_page_are_these(db, ask_for_parts):
    last = sorted(SENDING, key=lambda name: "delete" in name or "block" in name
                  or name == "logout")
    # Each changes what the others need.
    found = {name for name in last if "delete" not in name and name != "logout"
             and is_fragment(ask_for_parts(name)[1])}

    assert found | {"comment_delete"} == {*FRAGMENTS}


@pytest.mark.parametrize(("endpoint", "path"), [
    (endpoint, path) for endpoint, paths in FRAGMENTS.items() for path in paths])
def test_the_parts_an_action_answers_with_are_those_of_its_page(db, ask_for_parts, endpoint, path):
    before, answer, after = ask_for_parts(endpoint, path)

    (parts, names), was, shown = parts_shown(answer.text), *map(show_parts, (before, after))
    replaced = {name: {*parts[name]} for name in names if name in shown and name != "messages"}
    assert replaced == {name: shown[name] for name in replaced}
    assert replaced != {name: was[name] for name in replaced}  # not vacuous


def test_a_dream_with_five_comments_has_six_in_the_parts_after_the_sixth(db, ask_for_parts):
    before, answer, after = ask_for_parts("comment_add")

    counts = [len(comments_shown(text)) for text in (before, answer.text, after)]
    assert counts == [5, 6, 6]
    assert ["6 comments" in text for text in (before, answer.text, after)] == [False, True, True]


def test_the_parts_of_an_older_page_of_comments_are_those_of_that_page(
        db, ask_for_parts, browsers, monkeypatch):
    monkeypatch.setattr("dreamscape.comments.COMMENTS_PAGE", 2)
    path = next_href(browsers["ada"].get(DREAM_PAGE).text)
    monkeypatch.setitem(LISTS, path, "comments")

    before, answer, after = ask_for_parts("comment_delete", path)

    assert comments_shown(answer.text) == comments_shown(after) != comments_shown(before)
# Writes ######################################################################
#
# What is changed or deleted is found by an index, as what is read: see test_feed.py.


@pytest.fixture(scope="module")
def planner(mongodb, database_name):
    """An empty database with all indexes, where a planner explains what it would do."""
    if isinstance(mongodb, SecantusServer):
        pytest.skip("SecantusDB explains simple queries alone")
    with MongoClient(mongodb.uri) as client:
        database = client[database_name("planner")]
        for collection, indexes in INDEXES.items():
            database[collection].create_indexes(indexes)
        yield database
        client.drop_database(database.name)


@pytest.fixture
def explain_writes(real_db, planner, calls):
    """Return (collection, plan) of each write that was sent since this was last called."""
    def explain():
        """Explain them on the planner's database, in collections that are there."""
        commands = [(name, command) for name, command in calls.commands if is_write(name)]
        missing = {command[name] for name, command in commands}.difference(
            planner.list_collection_names())
        for name in missing:
            planner.create_collection(name)
        calls.commands.clear()
        return [(command[name], plan) for name, command in commands
                for plan in explain_write(planner, name, command)]

    return explain


def find_scans(plans):
    """Return the plans that read a whole collection."""
    return [each for each in plans if COLLSCAN in costly_stages(each[1], set())]


@pytest.mark.parametrize("endpoint", [name for name in SENDING if name not in WRONG])
def test_every_write_of_an_action_has_an_index(explain_writes, client_of, address, endpoint):
    """R49."""
    client, path = client_of(endpoint), address(endpoint)
    explain_writes()

    assert client.send(path, **FIELDS.get(endpoint, {})).status_code == 303

    assert find_scans(explain_writes()) == []


@pytest.mark.parametrize("command", ["sweep-accounts", "sweep-pictures", "send-mail", "recount",
                                     "send-digests", "lapse-offers"])
def test_every_write_of_a_scheduled_command_has_an_index(
        explain_writes, browsers, outbox, uploads, command):
    """R49."""
    past = datetime.now(UTC) - timedelta(days=1)
    site_db.dreamers.update_one({"unconfirmed_email": "una@example.com"},
                                {"$set": {"ends_at": past}})
    site_db.dreams.update_one({}, {"$set": {"followers": 9}})
    site_db.leftovers.insert_one({"_id": "boat-2", "due_at": past})
    site_db.offers.insert_one({"state": "offered", "changed_at": past - timedelta(days=14)})
    site_db.mails.insert_one({"kind": "welcome", "email": "ada@example.com", "due_at": past})
    explain_writes()

    assert site.app.test_cli_runner().invoke(args=[command]).exit_code == 0

    plans = explain_writes()
    assert plans
    assert find_scans(plans) == []


def test_leaving_orphans_slugs_by_their_index(explain_writes, client_of, address):
    """R49: no page reads by it."""
    client_of("profile_delete").send(address("profile_delete"), **FIELDS["profile_delete"])

    indexes = {index for name, plan in explain_writes() if name == "slugs"
               for index in indexes_of(plan)}
    assert "owner_id_1_given_at_-1" in indexes


@pytest.mark.parametrize("write", [
    lambda: site_db.slugs.update_many({"given_at": 1}, {"$set": {"owner_id": None}}),
    lambda: site_db.slugs.delete_many({"given_at": 1}),
    lambda: site_db.mails.find_one_and_update({"kind": "x"}, {"$set": {"tries": 1}}),
    lambda: site_db.leftovers.delete_one({"due_at": 1})])
def test_a_write_without_an_index_would_be_noticed(explain_writes, write):
    explain_writes()

    write()

    assert len(find_scans(explain_writes())) == 1


# Templates ###################################################################

# A page whose template is not called like its route, and why.
OTHER_NAMES = {
    "dreambuilder": "dream/new.html",  # the word of the product for a new dream
    "dreams": "dream/list.html",
    "dreamers": "dreamer/list.html",
    "offers": "offer/list.html",
    "message_report": "moderation/report.html", "update_report": "moderation/report.html",
    "dreamer_report": "moderation/report.html",
    "dream_report": "moderation/report.html",  # one question about either
    "comment_report": "moderation/report.html",
    "decision_answer": "decision/show.html",  # which shows the answer's form
    "profile": "profile/account.html",
    "confirm": "account/confirm.html",  # with all about accounts
    "confirm_address": "account/confirm_address.html",
    "about": "site/about.html", "rules": "site/rules.html", "privacy": "site/privacy.html",
    "moderation_topic_new": "moderation/topic.html",  # the same questions about a new one
    **dict.fromkeys(FEEDS, "feed.xml"),  # the same of each list
}


@pytest.mark.parametrize("endpoint", [name for name in SHOWING if name not in (
    "static", "upload", "drawn", "asset", "healthz", "robots", "security_txt", "profile_data",
    "draft_show", "change_password", "dream_card", "sitemap", "comment_show")])
def test_a_page_has_the_template_of_its_name(db, client_of, visitor, address, endpoint):
    shown, client = [], client_of(endpoint) if endpoint in GUARDED else visitor

    with template_rendered.connected_to(lambda app, template, **rest: shown.append(template.name)):
        client.get(address(endpoint))

    assert shown[0] in {f"{endpoint.replace('_', '/', 1)}.html", f"account/{endpoint}.html",
                        f"{endpoint}.html", OTHER_NAMES.get(endpoint)}


def test_every_template_is_used():
    used = set(re.findall(r'"([\w/]+\.(?:html|txt|xml))"', CODE))
    used |= {f"mail/{kind}.{end}" for kind in re.findall(r'compose\(\s*"(\w+)"', CODE)
             for end in ("txt", "html")}
    used |= {f"drawn/{kind}.svg" for kind in ("dream", "dreamer")}
    used |= {f"site/{name}.html" for name in PAGES}
    for text in TEMPLATES.values():
        used |= set(meta.find_referenced_templates(site.app.jinja_env.parse(text)))

    assert set(TEMPLATES) - used == set()


def test_every_form_that_posts_carries_a_token():
    forms = [form for text in TEMPLATES.values()
             for form in re.findall(r'<form\b[^>]*method="post".*?</form>', text, re.DOTALL)]

    assert len(forms) >= 5
    assert [form for form in forms if not re.search(r"csrf_token|start\(form\)", form)] == []


FORBIDDEN = {
    "unescaped text": r"\|\s*safe\b|autoescape|Markup", "an inline style": r"\sstyle\s*=|<style",
    "a handler": r"<[^>]*\son\w+\s*=", "an inline script": r"<script(?![^>]*\bsrc=)",
    "a javascript address": r"javascript:", "another site": r'(?:src|href|action)="(?:https?:)?//',
    "a value without quotes": r"<[^>{]*=\s*\{\{", "a redirect of its own": r"http-equiv",
    "a foreign body": r"<(?:iframe|object|embed|base)\b",
    "somebody's words in quotes that do not isolate them": r"“(?:\{\{|\" ~)",
}

ALLOWED = {"an inline style": ["mail/base.html"]}  # a mail cannot ask for the style sheet


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_has(what):
    found = [name for name in TEMPLATES if re.search(FORBIDDEN[what], TEMPLATES[name])]

    assert found == ALLOWED.get(what, [])


@pytest.mark.parametrize(("markup", "what"), [
    ("{{ x|safe }}", "unescaped text"), ('<p style="x">', "an inline style"),
    ("<a onclick=x>", "a handler"), ("<script>x</script>", "an inline script"),
    ('<a href="//x">', "another site"), ('<a href="javascript:x">', "a javascript address"),
    ("<p title={{ x }}>", "a value without quotes"), ("<iframe>", "a foreign body"),
    ("“{{ x }}”", "somebody's words in quotes that do not isolate them"),
    ('<meta http-equiv="refresh">', "a redirect of its own")])
def test_what_is_forbidden_would_be_found(markup, what):
    assert re.search(FORBIDDEN[what], markup)


def test_every_partial_says_what_it_needs():
    partials = [name for name in TEMPLATES if name.startswith("partials/")]

    assert [name for name in partials if not TEMPLATES[name].startswith("{# Needs: ")] == []


# Code ########################################################################

DEFINED = [node for node in ast.walk(ast.parse(CODE))
           if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
VERBS = ("find_", "get_", "count_", "add_", "update_", "set_", "remove_")


def test_everything_defined_says_in_a_line_what_it_does():
    firsts = {node.name: (ast.get_docstring(node) or "").partition("\n")[0] for node in DEFINED}

    assert [name for name in firsts if not re.fullmatch(r".{5,100}[.:]", firsts[name])] == []


def test_the_database_is_touched_only_by_verbs_that_say_so():
    touching = {node.name for node in DEFINED if isinstance(node, ast.FunctionDef)
                for inner in ast.walk(node) if isinstance(inner, ast.Name) and inner.id == "db"}

    assert touching
    assert [name for name in sorted(touching) if not name.startswith(VERBS)] == []


# placeholders.py imports and calls it, to join parts that were HTML before, and escaped values.
ALLOWED_CODE = {"HTML built from strings": ["Markup", "Markup"]}


@pytest.mark.parametrize("what", FORBIDDEN_CODE)
def test_no_code_has(what):
    assert FORBIDDEN_CODE[what](CODE) == ALLOWED_CODE.get(what, [])


@pytest.mark.parametrize(("what", "code"), [
    ("a catch-all handler", "except:"),
    ("a catch-all handler", "except Exception as error:"),
    ("a catch-all handler", "except (OSError, Exception) as error:"),
    ("a catch-all handler", "with suppress(Exception): x"),
    ("eval or exec", "eval(x)"), ("eval or exec", "x = exec(y)"),
    ("HTML built from strings", "Markup(x)"),
    ("HTML built from strings", "render_template_string(x)"),
    ("a query operator that runs code", 'find({"$where": x})'),
    ("a query operator that runs code", 'find({"title": {"$regex": x}})'),
    ("an open redirect", 'redirect(request.args["next"])'),
    ("TLS verification turned off", "get(url, verify=False)"),
    ("an image decoded in the web process", "Image.open(data)"),
    ("a call without a timeout", "urlopen(url)"),
    ("a call without a timeout", "smtplib.SMTP(host, 25)"),
    ("a dynamic regular expression", "re.search(text, x)"),
    ("a dynamic regular expression", 'regex.sub("a" + text, x, y)'),
    ("a dynamic regular expression", 're.match(f"{text}x", y)'),
    ("a dynamic query operator", '{f"${field}": 1}'), ("a dynamic query operator", '{"$" + x: 1}'),
    ("an empty sentence", 'abort(403, "")'), ("an empty sentence", 'flash_message("" + x)')])
def test_each_forbidden_pattern_would_be_found(what, code):
    assert FORBIDDEN_CODE[what](code) != []


@pytest.mark.parametrize("code", [
    "re.search(r'a{1,2}', x)", "WORDS.search(x)", "re.compile(rf'[{UNSPACED}]')", "re.sub(LINE, x)",
    "urlopen(url, timeout=3)", '{"$set": {name: x}}', "re.compile('x')", "suppress(OSError)"])
def test_what_is_fine_is_left_alone(code):
    assert [what for what, rule in FORBIDDEN_CODE.items() if rule(code)] == []


# Requirements ################################################################

REQUIREMENTS = ROOT / "docs/requirements.md"
# Requirements that are not met yet are listed last, if there are any.
MET, _, NOT_YET = REQUIREMENTS.read_text("utf-8").partition("\n## Not yet\n")
DEFINED_NUMBERS = re.findall(r"^- \*\*(R\d+)\*\* ", MET + NOT_YET, re.M)
BINARY = {".webp", ".png", ".ico", ".jpg", ".pyc"}
OUTSIDE_TESTS = sorted({
    *ROOT.glob("*.py"), *ROOT.glob("*.md"), ROOT / "Makefile",
    *(path for folder in ("dreamscape", "templates", "static", "docs")
      for path in (ROOT / folder).rglob("*.*") if path.suffix not in BINARY)} - {REQUIREMENTS})


def find_numbers(paths, known=frozenset()):
    """Return {path: the numbers of requirements that its text names, but for the known ones}."""
    numbers = {path.relative_to(ROOT).as_posix():
               set(re.findall(r"\bR\d{1,3}\b", path.read_text("utf-8"))) - known for path in paths}
    return {path: sorted(unknown) for path, unknown in numbers.items() if unknown}


def test_each_requirement_has_a_number_of_its_own():
    assert len(DEFINED_NUMBERS) == len(set(DEFINED_NUMBERS)) > 50


def test_tests_name_only_requirements_that_are_met():
    """A number under "Not yet" moves up with the first test of it."""
    tests = [*(ROOT / "tests").rglob("*.py")]

    assert find_numbers(tests)
    assert find_numbers(tests, set(re.findall(r"^- \*\*(R\d+)\*\* ", MET, re.M))) == {}


def test_no_number_of_a_requirement_stands_outside_tests():
    assert {ROOT / "app.py", ROOT / "README.md"} <= set(OUTSIDE_TESTS)
    assert find_numbers(OUTSIDE_TESTS) == {}


# Data others rely on #########################################################


def test_dreamers_are_kept_as_reports_read_them(db, visitor):
    visitor.send("/signup", **FIELDS["signup"] | {"email": "New@Example.com"})

    stored = db.dreamers.find_one({})
    assert isinstance(stored["_id"], ObjectId)
    assert (stored["email"], stored["slug"]) == ("new@example.com", "ada-byron")


def test_dreams_are_kept_as_reports_read_them(db, dreamer, sign_in):
    sign_in("ada").send("/dreambuilder", **DREAM)

    stored = db.dreams.find_one({})
    told = [stored[key] for key in ("slug", "title", "dreamer_id", "followers")]
    assert told == ["sail-away", "Sail away", dreamer("ada")["_id"], 0]


def test_comments_are_kept_as_reports_read_them(db, dream, dreamer, sign_in):
    sign_in("bob").send(f"/dreams/{dream['slug']}/comments", body="Bravo")

    stored = db.comments.find_one({})
    told = [stored[key] for key in ("dream_id", "dreamer_id", "body")]
    assert told == [dream["_id"], dreamer("bob")["_id"], "Bravo"]


@pytest.mark.parametrize(("kind", "slug", "key"), [
    ("dreams", "sail-around-the-world", "dream_id"), ("dreamers", "ada-lovelace", "followed_id")])
def test_follows_are_kept_as_reports_read_them(db, dream, dreamer, sign_in, kind, slug, key):
    sign_in("bob").send(f"/{kind}/{slug}/follow")

    stored = db.follows.find_one({}, {"_id": 0})
    target = db[kind].find_one({"slug": slug})["_id"]
    assert stored == {"dreamer_id": dreamer("bob")["_id"], key: target}


# Hostile input ###############################################################

URL_ENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
ALL_FIELDS = sorted({name for fields in FIELDS.values() for name in fields} | {
    "next", "alt", "picture", "experiences", "location", "comments_enabled"})
VALUES = {
    "nothing": b"", "a NUL": b"%00", "a lone surrogate": b"%ED%A0%80", "no UTF-8": b"%ff%fe",
    "raw bytes": b"\xff\x00\xfe", "a large number": b"9223372036854775808", "minus": b"-1",
    "an operator": b"%7B%22%24gt%22%3A%22%22%7D", "not a number": b"NaN", "an id": b"0" * 24,
    "a template": b"%7B%7B7*7%7D%7D", "a path": b"..%2f..%2fetc%2fpasswd",
    "line breaks": b"a%0d%0aSet-Cookie:%20x=y", "half an escape": b"%", "much": b"x" * 300_000,
    "many spaces": b"+" * 100_000, "emoji": b"%F0%9F%9A%A3" * 99,
    "direction marks": b"%E2%80%AE" * 50, "combining marks": b"a" + b"%CC%81" * 3_000,
}
PART = b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\nx\r\n'
BODIES = {
    "operators in names": (URL_ENCODED, b"title[$ne]=1&$where=1&email[$gt]=&body.x=1"),
    "many fields": (URL_ENCODED, b"&".join([b"topics=travel"] * 3_000)),
    "repeated": (URL_ENCODED, b"title=a&title=b&body=a&body=b&email=a&email=b&value=x&value=y"),
    "names of NUL": (URL_ENCODED, b"%00=1&%ff=2&=3&%ED%A0%80=4"),
    "JSON": ("application/json", b'{"title": {"$ne": null}}'),
    "broken JSON": ("application/json", b"{"),
    "XML": ("text/xml", b"<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>"),
    "a list as JSON": ("application/json", b"[1]"), "a number as JSON": ("application/json", b"5"),
    "a surrogate as JSON": ("application/problem+json",
                            b'{"email": "ada@example.com", "password": "\\ud800"}'),
    "JSON without an end": ("application/json", b"[" * 100_000),
    "no type": ("", b"title=a"), "a strange type": ("x/;;=\xff", b"title=a"),
    "a charset": (f"{URL_ENCODED}; charset=utf-7", b"title=+ADw-"),
    "no boundary": ("multipart/form-data", b"title=a"),
    "a broken part": (MULTIPART, b'--b\r\nContent-Disposition: form-data; name="title'),
    "no end": (MULTIPART, PART % b"body"),
    "a part without a name": (MULTIPART, PART.replace(b'; name="%b"', b"") + b"--b--\r\n"),
    "a boundary of other letters": ("multipart/form-data; boundary=\xfc", PART % b"body"),
    "a boundary without an end": (f"multipart/form-data; boundary={'b' * 8_000}", PART % b"body"),
    "a part in a charset": (MULTIPART, (PART % b"body").replace(
        b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n") + b"--b--\r\n"),
    "a part that is no UTF-8": (MULTIPART, (PART % b"body").replace(b"\nx", b"\n\xff\xed\xa0\x80")
                                + b"--b--\r\n"),
    "a name that is no UTF-8": (MULTIPART, PART % b"\xff" + b"--b--\r\n"),
    "a name in a charset": (MULTIPART, (PART % b"").replace(
        b'name=""', b"name*=utf-8''%ED%A0%80; filename*=utf-7''%00") + b"--b--\r\n"),
    "a NUL in a file's name": (MULTIPART, (PART % b'picture"; filename="\0/..\0.png')
                               + b"--b--\r\n"),
    "parts within a part": (MULTIPART, (PART % b"body").replace(
        b"\r\n\r\n", b"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n") + b"--b--\r\n"),
    "only a start": (MULTIPART, b"--b"), "nothing at all": (MULTIPART, b""),
    "many parts": (MULTIPART, b"".join(PART % b"%d" % n for n in range(1_500)) + b"--b--\r\n"),
}


@pytest.fixture
def try_everywhere(client_of, address):
    """Send something to many routes as ada, who may all; return {route: status} of failures."""
    site_db.dreamers.update_one({"slug": "ada-lovelace"}, {"$set": {"role": "administrator"}})

    def send(endpoints=SENDING, **kwargs):
        """Send it; whatever signs out goes to a browser that may lose its session."""
        statuses = {name: client_of("any").open(address(name), **kwargs).status_code
                    for name in endpoints if name != "logout"}
        return {name: status for name, status in statuses.items() if status >= 500}

    return send


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_no_value_of_a_field_breaks_a_form(try_everywhere, client_of, value):
    """R1."""
    names = ALL_FIELDS if len(value) < 10_000 else ("title", "body", "password")
    fields = [name.encode() + b"=" + value for name in names]

    body = b"&".join([b"csrf_token=" + client_of("any").token().encode(), *fields])

    assert try_everywhere(method="POST", data=body, content_type=URL_ENCODED) == {}


@pytest.mark.parametrize(("kind", "body"), BODIES.values(), ids=BODIES)
def test_no_body_breaks_a_form(try_everywhere, client_of, kind, body):
    """R1."""
    token = {"X-CSRFToken": client_of("any").token()}

    assert try_everywhere(method="POST", data=body, content_type=kind, headers=token) == {}


def test_a_body_that_is_no_form_is_refused(db, client_of, address):
    for endpoint in SENDING:
        client, path, before = client_of(endpoint), address(endpoint), dump(db)
        body = json.dumps(FIELDS.get(endpoint, {}) | {"csrf_token": client.token()})

        statuses = {client.post(path, data=body, content_type=kind).status_code for kind in (
            "application/json", "application/problem+json", "text/plain", "text/xml", "")}

        assert (endpoint, statuses) == (endpoint, {415})
        assert dump(db) == before, endpoint


def test_a_body_that_is_no_form_is_answered_by_a_page(db, visitor):
    answer = visitor.post("/login", json=[1])

    assert "We couldn&#39;t read that" in answer.text
    assert visitor.post("/nowhere", json=[1]).status_code == 404


def test_nothing_is_no_wrong_body(db, sign_in):
    assert sign_in("ada").post("/logout", headers={"X-CSRFToken": "x"}).status_code == 422


@pytest.mark.parametrize("body", [b"a&" * 1_000, b"a=" + b"x" * 500_000])
def test_a_form_of_too_much_is_refused(db, visitor, body):
    """The parser takes seconds for a body of millions of fields."""
    assert visitor.post("/login", data=body, content_type=URL_ENCODED).status_code == 413


@pytest.mark.parametrize("content", [b"", b"\0not a picture" * 5_000])
def test_files_under_every_name_break_nothing(try_everywhere, client_of, content):
    """R1."""
    token = {"X-CSRFToken": client_of("any").token()}
    parts = [PART.replace(b'%b"', b'%b"; filename="x.txt"').replace(b"x\r\n", b"%b\r\n")
             % (name.encode(), content) for name in ALL_FIELDS]

    body = b"".join(parts) + b"--b--\r\n"

    assert try_everywhere(method="POST", data=body, content_type=MULTIPART, headers=token) == {}


def test_text_under_the_name_of_a_file_breaks_nothing(try_everywhere, client_of):
    """R1."""
    data = {"picture": "C:\\me.jpg", "csrf_token": client_of("any").token()}

    assert try_everywhere(method="POST", data=data, content_type="multipart/form-data") == {}


@pytest.mark.parametrize("query", [
    "%00", "a[$ne]=1", "view[$ne]=latest", "cursor=%00", "cursor[]=1", "q=%ff%fe", "q=%ED%A0%80",
    "topic=%00", "draft=%00", "draft=$ne", "draft[$gt]=", "open=%00", "next=%00", "next=%ff", "?",
    "cursor=" + "9" * 400, "view=trending&cursor=" + "9" * 400 + "_" + "0" * 24, "=", "&&&", "%",
    "q=%", "own=1&own=1&view=a&view=b&q=a&q=b&topic=&topic=x", "q=" + "%CC%81" * 2_000,
    "&".join(["a=1"] * 2_000), "\xff", "q=\xff\x00"], ids=range(26))
def test_no_query_breaks_a_page(try_everywhere, query):
    """R1."""
    raw = {"QUERY_STRING": query}

    assert try_everywhere(SHOWING, method="GET", environ_overrides=raw) == {}


@pytest.mark.parametrize(("name", "value"), [
    ("Cookie", "session=x"), ("Cookie", "session=" + "x" * 8_000), ("Cookie", "session=eyJ9.x.y"),
    ("Cookie", "=; ;;=\x00"), ("Cookie", "\xff=\xfe"), ("Host", "evil.example"), ("Host", ""),
    ("Host", "a b"), ("Range", "bytes=9-1,x"), ("If-Modified-Since", "yesterday"),
    ("If-None-Match", "\xff"), ("Accept", "\xff"), ("Accept-Encoding", "x" * 9_000),
    ("Referer", "\x00"), ("Content-Length", "x"), ("Content-Length", "-1"),
    ("X-Forwarded-For", "'"), ("X-HTTP-Method-Override", "DELETE"), ("Authorization", "\xff")])
def test_no_header_breaks_a_page(real_db, dream, visitor, name, value):
    """R1."""
    statuses = [visitor.get(path, headers={name: value}).status_code for path in (
        "/", "/dreamscape", f"/dreams/{dream['slug']}", "/static/img/logo.svg", "/nowhere")]

    assert [status for status in statuses if status >= 500] == []


@pytest.mark.parametrize("content", [
    {"dreamer_id": None, "sign_in": "x"}, {"dreamer_id": 5, "sign_in": "x"}, {"sign_in": 1},
    {"dreamer_id": [], "sign_in": []}, {"dreamer_id": "x" * 24, "sign_in": "x"},
    {"dreamer_id": "0" * 24, "sign_in": {"$ne": ""}}, {"kept": "x"}, {"kept": 5}, {"_flashes": []},
    {"_permanent": "x"}])
def test_no_content_of_a_session_breaks_a_page(real_db, visitor, content):
    """R1, R28: an old or half-written one."""
    with visitor.session_transaction() as session:
        session.update(content)

    statuses = [visitor.get(path).status_code for path in ("/", "/dreamscape", "/dreams/x")]

    assert statuses == [200, 200, 404]


@pytest.mark.parametrize(("key", "status"), [
    ("csrf_token", 200), ("sign_in", 200), ("dreamer_id", 200), ("_permanent", 200)])
def test_a_key_missing_from_the_session_breaks_nothing(real_db, sign_in, key, status):
    """R28: without what signs in it is a visitor's page."""
    client = sign_in("ada")
    client.token()
    with client.session_transaction() as session:
        session.pop(key, None)

    assert client.get("/dreamscape").status_code == status
    assert client.send("/logout").status_code == 303


@pytest.mark.parametrize("path", [
    "/%00", "/%ff", "/dreams//", "/" + "a" * 20_000, "/dreams/%2e%2e/%2e%2e", "/.env",
    "/static/../app.py", "/static/%2e%2e/app.py", "/static/%00", "/static/",
    "/uploads/", "/static/img"])
def test_no_path_leads_astray(real_db, visitor, path):
    """R1, R3."""
    assert visitor.get(path).status_code == 404


@pytest.mark.parametrize("path", ["//", "/static//etc/passwd"])
def test_a_doubled_slash_leads_to_a_single_one(real_db, visitor, path):
    """R1, R3."""
    answer = visitor.get(path)

    assert (answer.status_code, urlsplit(answer.location).path) == (308, path.replace("//", "/"))


def test_an_error_page_is_as_good_as_any_other(visitor):
    """R34."""
    page = visitor.get("/nowhere")

    assert page.status_code == 404
    assert check_page(page.text) == []


@pytest.mark.parametrize(("method", "path", "retry"), [
    ("GET", "/dreamscape?view=newest", "/dreamscape?view=newest"),
    ("POST", "/profile/about", "/profile/about"),
    ("POST", "/dreams/sail/follow", "/dreamscape")])
def test_a_page_that_failed_leads_to_where_it_may_work_again(db, sign_in, method, path, retry):
    """R34: not to an address that takes forms alone."""
    client = sign_in("ada")

    with outage(0):
        page = client.open(path, method=method)

    assert page.status_code == 503
    assert f'<a class="button button--primary" href="{retry}">' in page.text


def test_a_health_check_is_json(real_db, visitor):
    assert json.loads(visitor.get("/healthz").text) == {"status": "ok"}


# Text without end ############################################################
#
# What is quadratic in the length of a text stops a worker: to normalise this one takes
# seconds. Each name is tried that a form has or the code asks for, so a new one is tried as well.

MARKS = "a" + "\u0300" * 16_000 + "\u0316" * 16_000
LONGEST_HEADER = MARKS[:1] + "\u0300" * 2_000 + "\u0316" * 2_000  # 8,001 bytes
SECONDS = 0.25  # of a processor, that any request may take
TIMES_PLAIN = 20  # or so many times as long as a plain one


def find_forms(form=Form):
    """Return all classes of forms."""
    return [each for child in form.__subclasses__() for each in (child, *find_forms(child))]


def find_fields(form):
    """Return {name: field not yet bound} of a form."""
    fields = {name: getattr(form, name) for name in dir(form) if not name.startswith("_")}
    return {name: field for name, field in fields.items() if hasattr(field, "_formfield")}


READ_FIELDS = find_names_read(APP_CODE, "form") | find_names_read(APP_CODE, "values")
FORM_FIELDS = sorted({name for form in find_forms() for name in find_fields(form)} | READ_FIELDS)
AT_ONCE = 6  # endless fields of one form, which is no larger than the site takes
QUERY_FIELDS = sorted(find_names_read(APP_CODE, "args") | find_names_read(APP_CODE, "values"))
COOKIES = sorted(value for name, value in site.app.config.items() if name.endswith("COOKIE_NAME"))
READ_HEADERS = sorted(find_names_read(APP_CODE, "headers") | {
    "Accept", "Accept-Encoding", "Content-Type", "Forwarded", "If-Modified-Since",
    "If-None-Match", "Origin", "Range", "Referer", "User-Agent", "X-CSRFToken", "X-Forwarded-For",
    "X-Fragment", "X-Request-ID"})


# With any of these endless a request may be refused before another one is read.
ALONE = {"CONTENT_TYPE", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE", "HTTP_TRANSFER_ENCODING",
         "HTTP_X_CSRFTOKEN", "HTTP_X_FRAGMENT"}


def wsgi_text(text):
    """Return text as WSGI servers pass on its bytes."""
    return text.encode().decode("latin-1")


@pytest.fixture
def find_slow(client_of, address, monkeypatch):
    """Return {what was tried: seconds} of requests to a route that took much too long.

    The limits count, for their keys are made of what is sent, but nothing is refused by them.
    tries: {name: (body, changes of the WSGI environment)}; TOKEN in a body becomes the session's.
    Below the client, which takes longer with an endless text than the site.
    """
    plenty = parse("1000000 per 15 minutes")
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)
    monkeypatch.setattr("dreamscape.limits.LIMITS", {what: limit._replace(rate=plenty)
                                         for what, limit in LIMITS.items()})
    for rate in ("READ_RATE", "VISITOR_READ_RATE"):
        monkeypatch.setattr(f"dreamscape.limits.{rate}", plenty)

    def send(endpoint, token, cookie, body=b"", changes=()):
        """Return (how much time of a processor a request took, its status)."""
        environ = create_environ(
            address(endpoint), method="GET" if endpoint in SHOWING and not body else "POST",
            data=body.replace(b"TOKEN", token), content_type=URL_ENCODED,
            headers={"Cookie": f"session={cookie}"})
        environ |= changes
        begin = thread_time()
        status = run_wsgi_app(site.app.wsgi_app, environ)[1]
        return thread_time() - begin, status

    def find(endpoint, tries, body=b"", statuses="[2-4].*"):
        """Try them all; fail where a status is not as expected."""
        client = client_of(endpoint)
        session = client.token().encode(), client.get_cookie("session").value
        answers = {name: send(endpoint, *session, *each) for name, each in tries.items()}
        assert {name: status for name, (_, status) in answers.items()
                if not re.fullmatch(statuses, status)} == {}
        slow = {name: seconds for name, (seconds, _) in answers.items() if seconds > SECONDS}
        if not slow:
            return {}
        plain = median(send(endpoint, *session, body)[0] for _ in range(3))
        most = max(SECONDS, TIMES_PLAIN * plain)
        # A pause of the machine is over at a second try, work without end is not.
        return {name: seconds for name, seconds in slow.items()
                if seconds > most and send(endpoint, *session, *tries[name])[0] > most}

    return find


def encode_fields(names, fields):
    """Return a form's body in which some fields are endless, and others, if it needs them, good."""
    others = {key: value for key, value in fields.items()
              if key not in names} if {*names} & {*fields} else {}
    return urlencode(others | {"csrf_token": "TOKEN"}).encode() + "".join(
        f"&{name}={MARKS}" for name in names).encode()


@pytest.mark.parametrize("endpoint", SENDING)
def test_no_endless_field_takes_long(db, find_slow, endpoint):
    """Alone are those of its own and those the code asks for; forms look at each of the others."""
    fields = FIELDS.get(endpoint, {})
    alone = {*fields, MARKS} | READ_FIELDS
    rest = sorted({*FORM_FIELDS} - alone)
    groups = [(name,) for name in sorted(alone)] + [
        tuple(rest[at:at + AT_ONCE]) for at in range(0, len(rest), AT_ONCE)]
    tries = {names: (encode_fields(names, fields),) for names in groups}

    assert find_slow(endpoint, tries, b"csrf_token=TOKEN") == {}


def test_no_endless_query_takes_long(db, find_slow):
    tries = {name: (b"", {"QUERY_STRING": wsgi_text(f"{name}={MARKS}")})
             for name in [*QUERY_FIELDS, MARKS]}

    last = sorted(SHOWING, key=lambda name: name == "logout")
    assert {name: slow for name in last if (slow := find_slow(name, tries))} == {}


@pytest.mark.parametrize("text", [MARKS, LONGEST_HEADER], ids=["cut", "short enough"])
def test_no_endless_header_or_cookie_takes_long(db, find_slow, text):
    """Headers that nothing is refused for are endless together."""
    tries = {name: (b"", {name: wsgi_text(text)}) for name in ALONE}
    tries |= {name: (b"", {"HTTP_COOKIE": wsgi_text(f"{name}={text}")}) for name in COOKIES}
    names = [f"HTTP_{name.upper().replace('-', '_')}" for name in READ_HEADERS]
    tries["the others"] = b"", {name: wsgi_text(text) for name in names if name not in ALONE}

    last = sorted(RULES, key=lambda name: name == "logout")
    assert {name: slow for name in last if (slow := find_slow(name, tries))} == {}


@pytest.mark.parametrize("body", [b"", b"&"], ids=["GET", "POST"])
def test_no_endless_path_takes_long(db, find_slow, body):
    slow = {}
    for name in RULES:
        path = re.sub("<[^>]+>", MARKS, RULES[name].rule)
        tries = {"path": (body, {"PATH_INFO": wsgi_text(path)})} if path != RULES[name].rule else {}
        slow |= find_slow(name, tries, body, "404 .*")

    assert slow == {}


def test_no_endless_name_of_a_file_takes_long(db, find_slow):
    token = (PART % b"csrf_token").replace(b"x\r\n", b"TOKEN\r\n")
    picture = PART.replace(b'%b"', b'picture"; filename="%b.png"') % MARKS.encode()
    tries = {"picture": (token + picture + b"--b--\r\n", {"CONTENT_TYPE": MULTIPART})}

    assert find_slow("profile_picture", tries) == {}


def test_a_view_that_looks_at_an_endless_text_would_be_found(db, find_slow, monkeypatch):
    monkeypatch.setitem(site.app.view_functions, "login", lambda: str(len(
        normalize("NFC", site.request.form.get("body", "")[:24_000]))))
    tries = {name: (encode_fields([name], {}),) for name in FORM_FIELDS}

    assert [*find_slow("login", tries)] == ["body"]


def test_the_names_to_try_are_found():
    assert {"email", "password", "skills", "confirm", "next", "once", "value"} <= {*FORM_FIELDS}
    assert {"q", "view", "topic", "own", "cursor", "draft", "undo", "next"} <= {*QUERY_FIELDS}
    assert "session" in COOKIES


def test_every_textarea_may_hold_paragraphs():
    areas = {name for form in find_forms() for name, field in find_fields(form).items()
             if issubclass(field.field_class, TextAreaField)}

    assert areas
    assert areas <= PARAGRAPH_FIELDS


def test_a_text_box_has_room_for_what_is_written_there():
    """The whole table of rows, each a choice."""
    rows = {(form.__name__, name): field.kwargs["render_kw"]["rows"]
            for form in find_forms() for name, field in find_fields(form).items()
            if issubclass(field.field_class, TextAreaField)}

    assert rows == {
        ("AboutForm", "bio"): 6, ("ActForm", "reason"): 3, ("AnswerForm", "answer"): 5,
        ("CommentForm", "body"): 4,
        ("DreamEditForm", "description"): 6, ("DreamForm", "description"): 6,
        ("NewDreamForm", "description"): 6,
        ("MessageForm", "body"): 4, ("OfferForm", "message"): 6, ("ReportForm", "reason"): 4,
        **{(form, name): rows for form in ("StoryForm", "StoryTextForm")
           for name, rows in (("story", 8), ("helped", 3), ("advice", 3))},
        ("TopicForm", "reason"): 3, ("UpdateForm", "body"): 4}


LENGTHS = [(name, check) for form in find_forms() for name, field in find_fields(form).items()
           for check in chain(*(each for each in field.args if isinstance(each, list)))
           if isinstance(check, Length)]


def test_what_is_cut_is_too_long_for_its_field():
    """So nothing is stored that was shortened."""
    assert {"first_name", "password", "title", "body"} <= {name for name, _ in LENGTHS}
    assert [name for name, check in LENGTHS if check.max >= field_length(name)] == []


def test_no_validator_sees_a_text_of_a_wrong_length():
    assert {type(check) for _, check in LENGTHS} == {StopLength}


# Texts #######################################################################

UNSEEN = "\u3164\u2800\u0301\ufffc"
OPTIONAL_TEXTS = {"bio", "location", "alt", "story", "helped", "took", "advice"}


def find_texts():
    """Return the names of the fields that clean what is typed into them."""
    fields = {name: field for form in find_forms() for name, field in find_fields(form).items()}
    return {name for name, field in fields.items() if field.field_class is TermsField
            or {clean_line, clean_text} & {*field.kwargs.get("filters", ())}}


TEXTS = [(endpoint, name) for endpoint, fields in FIELDS.items() for name in fields
         if name in find_texts()]
TEXTS += [("profile_about", "location"), ("profile_skills", "experiences"),
          ("dream_picture", "alt"), ("dreambuilder", "needs"), ("dream_edit", "needs")]


def test_every_field_for_text_is_tried():
    assert {"bio", "body", "title", "skills", "alt", "reason", "name"} <= find_texts()
    assert find_texts() - {name for _, name in TEXTS} == set()


@pytest.mark.parametrize(("endpoint", "name"), TEXTS)
def test_a_text_in_which_nothing_can_be_seen_is_judged_as_a_space(
        db, client_of, address, endpoint, name):
    client, path, fields = client_of(endpoint), address(endpoint), FIELDS.get(endpoint, {})

    unseen, space = (client.send(path, **fields | {name: text}) for text in (UNSEEN, " "))

    assert unseen.status_code == (303 if name in OPTIONAL_TEXTS else 422)
    assert unseen.status_code == space.status_code
    assert error_of(unseen, name) == error_of(space, name)
    assert "\u3164" not in str(dump(db))


HEBREW = "שלום"
NO_TEXT = {"title", "option", "textarea", "script", "style"}


def find_undirected(html):
    """Return the texts that begin in Hebrew, but not in an element with a direction of its own."""
    around = {}
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    for parent in tree.iter():
        directed = around.get(parent) or parent.tag == "bdi" or parent.get("dir") == "auto"
        around |= dict.fromkeys(parent, directed)
        around[parent] = directed
    texts = [(around[each], each.text) for each in tree.iter()
             if each.tag not in NO_TEXT and each.get("class") != "visually-hidden"]
    return [text.strip() for directed, text in texts
            if not directed and (text or "").strip().startswith(HEBREW)]


@pytest.fixture
def hebrew(db, browsers):
    """Everything that people can write is in Hebrew."""
    words = f"{HEBREW}.\n\nHello.\n{HEBREW}."
    names = {"first_name": HEBREW, "last_name": HEBREW, "location": HEBREW, "bio": words,
             "skills": [HEBREW], "experiences": [HEBREW], "interests": ["travel"]}
    db.dreamers.update_many({}, {"$set": names})
    db.dreams.update_many({}, {"$set": {"title": HEBREW, "description": words,
                                        "hidden": f"{HEBREW}!"}})
    db.comments.update_many({}, {"$set": {"body": words, "hidden": f"{HEBREW}!"}})
    db.topics.update_many({}, {"$set": {"name": HEBREW}})
    return words


def test_what_people_write_has_its_own_direction(client_of, address, hebrew):
    pages = {name: client_of(name).get(address(name), follow_redirects=True).text
             for name in SHOWING if name not in (
                 "static", "upload", "drawn", "asset", "healthz", "profile_data")}

    assert {name: found for name in pages if (found := find_undirected(pages[name]))} == {}


def test_a_text_without_its_own_direction_would_be_found(client_of, address, hebrew):
    page = client_of("dreams").get(address("dreams")).text

    assert HEBREW in find_undirected(page.replace('dir="auto"', ""))
