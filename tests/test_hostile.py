"""Fuzzing of every route: no 5xx, valid pages, and no document of anybody else changes."""

import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from string import ascii_letters
from time import monotonic, sleep
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.website import Website

import app as site

EXAMPLES = 150  # 450 found nothing more
RULES = [rule for rule in site.app.url_map.iter_rules() if rule.endpoint != "static"]
KNOWN = ["sail-around-the-world", "ada-lovelace", "bob-builder", "0" * 24, "1", "none", "like"]
NAMES = ["title", "description", "topics", "comments_enabled", "body", "value", "next", "confirm",
         "bio", "location", "skills", "experiences", "interests", "first_name", "last_name",
         "email", "password", "current_password", "remove", "picture", "alt", "reason",
         "csrf_token", "q", "view", "own", "topic", "cursor", "draft", "undo"]
HOSTILE = ["", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "9223372036854775808", "-1", "1e999",
           "$where", "$ne", "{'$gt': ''}", "[" * 5_000, "{" * 5_000, "x" * 200_000, "../../etc",
           "NaN", "%00", "%ff%fe", "\r\nSet-Cookie: a=b", "\u202egnp.exe",
           "<script>alert(1)</script>", "{{ 7*7 }}", "//evil.example", "\\\\evil", "\u2028",
           "💥" * 300, "ﷺ" * 300, "Z̸̛͓͎" * 90]

values = st.one_of(st.sampled_from(KNOWN + HOSTILE), st.text(st.characters(), max_size=30),
                   st.integers().map(str), st.floats().map(str))
raw = st.one_of(values.map(lambda text: text.encode("utf-8", "surrogatepass")),
                st.binary(max_size=30))
names = st.one_of(st.sampled_from(NAMES), st.sampled_from(NAMES).map("{}[$ne]".format),
                  st.text(ascii_letters + "$.[]\x00", max_size=10))
pairs = st.lists(st.tuples(names, raw), max_size=6)
cookies = st.text(ascii_letters + "0123456789._-", max_size=60)


def url_encode(fields):
    """Return fields URL-encoded, invalid UTF-8 included."""
    return "&".join(f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}"
                    for name, value in fields)


@st.composite
def requests(draw):
    """Return (method, URL, fields, content type) of a random request."""
    rule = draw(st.sampled_from(RULES))
    parts = {name: quote_from_bytes(draw(raw), safe="") for name in rule.arguments}
    address = rule.rule
    for name, value in parts.items():
        address = site.re.sub(rf"<(?:[^<>]+:)?{name}>", lambda _, value=value: value, address)
    method = draw(st.sampled_from(sorted(rule.methods - {"OPTIONS", "HEAD"})))
    kind = draw(st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data",
                                 "application/json", "multipart/form-data; boundary=x", "text/x"]))
    return method, f"{address}?{url_encode(draw(pairs))}", draw(pairs), kind


def documents_of(database, dreamer):
    """Return the documents of a dreamer that only they may change."""
    query = {"dreamer_id": dreamer["_id"]}
    fields = ("title", "description", "topics", "body", "value", "picture", "hidden")
    profile = ("first_name", "last_name", "email", "password", "bio", "role", "picture", "skills")
    return ([database.dreamers.find_one({"_id": dreamer["_id"]}, dict.fromkeys(profile, 1))],
            *[list(database[name].find(query, dict.fromkeys(fields, 1)))
              for name in ("dreams", "comments", "follows", "reactions")])


@pytest.fixture
def attack(real_db, dreamer, dream, comment, sign_in):
    """(The database, dreamers whose documents must not change, mallory's client)."""
    return real_db, [dreamer("ada"), dreamer("bob")], sign_in("mallory")


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
          suppress_health_check=[*HealthCheck])
@given(sent=requests())
def test_no_request_causes_a_5xx_or_changes_documents_of_others(attack, sent):
    """R1: the test client itself fails on a 5xx and on an invalid page."""
    database, others, mallory = attack
    before = [documents_of(database, other) for other in others]
    method, address, fields, kind = sent
    token = [("csrf_token", mallory.token().encode())]

    mallory.open(address, method=method, data=url_encode(fields + token), content_type=kind)

    assert [documents_of(database, other) for other in others] == before


@settings(max_examples=30, deadline=None, derandomize=True, database=None,
          suppress_health_check=[*HealthCheck])
@given(cookie=cookies)
def test_no_cookie_signs_anybody_in(attack, cookie):
    """R29."""
    visitor = site.app.test_client()
    visitor.set_cookie("session", cookie)

    assert visitor.get("/dreams").status_code == 303


@pytest.mark.parametrize("path", ["/profile/sign-ins/%1F/end", "/dreams/%00/follow"])
def test_an_expired_form_of_an_unknown_url_leads_to_the_dreamscape(attack, path):
    """Found by the test above: the page contained a control character."""
    answer = attack[2].post(path)

    assert answer.status_code == 422
    assert 'href="/dreamscape">Go back</a>' in answer.text


def status_of(url, body=None):
    """Return the status of a real server's response."""
    try:
        with urllib.request.urlopen(url, body, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_three_endless_addresses_at_once_stop_nobody(mongodb, database_name, tmp_path):
    """Each of them would keep one of the two workers busy for half a minute."""
    body = ("email=a" + "\u0300" * 60_000 + "\u0316" * 60_000 + "&password=x").encode()
    name = database_name("hostile")
    with (Website(mongodb.uri, tmp_path, MONGO_DBNAME=name) as website,
          ThreadPoolExecutor(3) as pool):
        # The first page of a worker takes long too: it compiles the templates.
        assert {*pool.map(status_of, [f"{website.url}/login"] * 9)} == {200}
        tries = [pool.submit(status_of, f"{website.url}/login", body) for _ in range(3)]
        waits = []
        while len(waits) < 10 or not all(attempt.done() for attempt in tries):
            begin = monotonic()
            assert status_of(f"{website.url}/healthz") == 200
            waits.append(monotonic() - begin)
            sleep(0.02)

    print(f"\nThe slowest of {len(waits)} health checks: {max(waits):.3f} s")
    assert {attempt.result() for attempt in tries} == {422}
    assert max(waits) < 1
