"""Password reset: the link, the mail that brings it, and what it opens."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from bson import ObjectId
from support.mail import ASKED, ask

import app as site
from dreamscape.database import db as site_db
from dreamscape.drafts import add_draft
from dreamscape.accounts import compose_reset_mail, set_password
from dreamscape.settings import derived_key, read_base_url

PASSWORD = "correct horse battery"
NEW = "a new password"
REFUSAL = "This link has expired or was already used."


def link_for(dreamer):
    """Return the path of a link that is good for a dreamer."""
    return f"/password-reset/{site.make_token('password-reset', dreamer)}"


def claims_for(dreamer, **changed):
    """Return the claims of a good token with some changed; those that are None left out."""
    claims = {"sub": str(dreamer["_id"]), "aud": "password-reset",
              "exp": datetime.now(UTC) + timedelta(minutes=15),
              "password": site.fingerprint("password-reset", dreamer.get("password")),
              "address": site.fingerprint("password-reset", dreamer["email"])} | changed
    return {name: value for name, value in claims.items() if value is not None}


def forge(claims, key=None, algorithm="HS256", **headers):
    """Return the path of a link with a token of one's own making."""
    key = derived_key("password-reset") if key is None else key
    token = jwt.encode(claims, key, algorithm, headers)
    return f"/password-reset/{token}"


def part(value):
    """Return a part of a token: bytes, or a value as JSON, in base64 for addresses."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(header):
    """Return the path of a link with a token of which only the header matters."""
    return f"/password-reset/{part(header)}.e30.x"


def can_sign_in(password):
    """Return whether a password opens ada's account."""
    answer = site.app.test_client().send("/login", email="ada@example.com", password=password)
    return answer.status_code == 303


@pytest.fixture
def ada(db, dreamer):
    """Ada's document."""
    return dreamer("ada")


# Asking ######################################################################


def test_asking_says_that_a_mail_is_on_its_way(ada, visitor, outbox):
    answer = ask(visitor)

    assert (answer.status_code, answer.location) == (303, "/password-reset")
    assert ASKED in visitor.get("/password-reset").text


def test_asking_for_an_unknown_address_gives_the_same_answer(ada, outbox):
    """R40."""
    told = []
    for email in ("ada@example.com", "nobody@example.com"):
        client = site.app.test_client()
        answer = ask(client, email)
        told.append((answer.status_code, answer.location, answer.text,
                     re.sub('value="[^"]*"', "", client.get(answer.location).text)))

    assert told[0] == told[1]


def test_asking_does_the_same_work_for_an_unknown_address(real_db, dreamer, calls, visitor, outbox):
    """R40: so it takes the same time."""
    dreamer("ada")
    work = []
    for email in ("ada@example.com", "nobody@example.com"):
        calls.commands.clear()
        ask(visitor, email)
        work.append([name for name, _ in calls.commands])

    assert work[0] == work[1] == ["insert"]


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c", "x" * 300 + "@example.com"])
def test_asking_without_an_address_is_refused(db, visitor, email):
    """R4."""
    answer = ask(visitor, email)

    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert db.mails.count_documents({}) == 0


def test_asking_without_a_token_is_refused(db, ada, visitor):
    answer = visitor.post("/password-reset", data={"email": "ada@example.com"})

    assert answer.status_code == 422
    assert db.mails.count_documents({}) == 0


# The mail ####################################################################


def test_the_mail_goes_to_the_dreamer(ada, visitor, server):
    """R36."""
    ask(visitor, " ADA@Example.com")

    message, = server.wait_for(1)
    assert message.recipients == ["ada@example.com"]
    assert message["subject"] == "Reset your Dreamscape password"


def test_the_mail_comes_from_the_sender_of_the_settings(ada, visitor, server):
    """R36."""
    ask(visitor)

    assert server.wait_for(1)[0].sender == site.settings["MAIL_DEFAULT_SENDER"]


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_mail_holds_the_link_as_text_and_as_html(ada, visitor, server, kind):
    """R36."""
    ask(visitor)

    message, = server.wait_for(1)
    body = message.get_body((kind,)).get_content()
    path = re.search(r"http://127\.0\.0\.1:5000(/password-reset/[\w.-]+)", body)[1]
    assert visitor.get(path).status_code == 200


def test_the_mail_says_how_long_its_link_holds(ada, visitor, server):
    ask(visitor)

    text = server.wait_for(1)[0].get_body(("plain",)).get_content()
    assert "within 15 minutes" in text


@pytest.mark.parametrize("name", ["<b>Ada</b>", "Zoë", "日本", "A\u0301da & co"])
def test_the_mail_takes_a_name_for_text(db, ada, visitor, server, name):
    db.dreamers.update_one({}, {"$set": {"first_name": name}})

    ask(visitor)

    message, = server.wait_for(1)
    assert f"Hi {name}," in message.get_body(("plain",)).get_content()
    assert "<b>" not in message.get_body(("html",)).get_content()


def test_a_dreamer_without_a_name_gets_a_mail(db, ada, visitor, server):
    """R28."""
    db.dreamers.update_one({}, {"$unset": {"first_name": "", "password": ""}})

    ask(visitor)

    assert "Hello,\n" in server.wait_for(1)[0].get_body(("plain",)).get_content()


@pytest.mark.parametrize("url", ["https://dreams.example.org", "https://dreams.example.org/",
                                 "https://example.org/dreams/"])
def test_the_link_begins_with_the_base_url(ada, monkeypatch, url):
    """R36."""
    monkeypatch.setitem(site.settings, "BASE_URL", read_base_url({"BASE_URL": url}))

    with site.app.app_context():
        text = compose_reset_mail({"email": "ada@example.com"}).body

    assert f"\n{url.rstrip('/')}/password-reset/ey" in text


@pytest.mark.parametrize("headers", [
    {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"}])
def test_the_host_of_the_request_does_not_reach_the_link(ada, visitor, server, headers):
    """R36."""
    ask(visitor, headers=headers)

    assert "evil.example" not in server.wait_for(1)[0].as_string()


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1@evil", ""])
@pytest.mark.parametrize("path", ["/", "/password-reset", "/static/img/icons.svg", "/nowhere"])
def test_only_our_own_hosts_are_answered(db, visitor, host, path):
    answer = visitor.get(path, headers={"Host": host})

    assert answer.status_code == 400
    assert "evil" not in answer.text


def test_an_unknown_address_gets_no_mail(db, visitor, server):
    ask(visitor, "nobody@example.com")

    assert server.messages == []
    assert db.mails.count_documents({}) == 0


# The link ####################################################################


def test_a_link_asks_for_the_new_password(ada, visitor):
    page = visitor.get(link_for(ada))

    assert page.status_code == 200
    assert 'autocomplete="new-password"' in page.text


def test_a_new_password_signs_in_at_once(ada, visitor):
    """R38."""
    answer = visitor.send(link_for(ada), password=NEW)

    assert (answer.status_code, answer.location) == (303, "/dreamscape")
    assert "Password changed." in visitor.get("/dreamscape").text


def test_a_refused_password_signs_nobody_in(ada, visitor):
    visitor.send(link_for(ada), password="short")

    assert visitor.get("/dreams").location.startswith("/login")


@pytest.mark.parametrize("until", [None, datetime(2100, 1, 1, tzinfo=UTC)])
def test_a_suspended_dreamer_is_not_signed_in_but_told_so(db, ada, visitor, until):
    suspended = {"until": until, "reason": "Ж" * 1_000}
    db.dreamers.update_one({}, {"$set": {"suspended": suspended}})

    answer = visitor.send(link_for(ada), password=NEW)

    assert answer.location == "/login"
    page = visitor.get("/login").text
    assert "Password changed, but this account is suspended." in page
    assert "Sign out" not in page


def test_a_reset_that_confirms_leads_to_what_waited_for_it(db, ada, visitor):
    db.dreamers.update_one({}, {
        "$unset": {"email": "", "slug": ""}, "$set": {
            "unconfirmed_email": "ada@example.com",
            "ends_at": datetime.now(UTC) + timedelta(days=1)}})
    una = db.dreamers.find_one()
    add_draft(una["_id"], "/dreambuilder", {"title": ["Fly"]})

    answer = visitor.send(link_for(una | {"email": "ada@example.com"}), password=NEW)

    assert answer.location == "/confirm"
    assert visitor.get("/confirm").location.startswith("/dreambuilder?draft=")


def test_of_two_resets_by_one_link_at_once_only_one_holds(db, ada, visitor, monkeypatch):
    link, own = link_for(ada), site.set_password
    monkeypatch.setattr(site, "set_password", lambda *args: (own(*args), own(*args))[1])

    assert REFUSAL in visitor.send(link, password=NEW).text


def test_a_reset_of_an_address_confirmed_by_another_meanwhile_signs_nobody_in(
        db, ada, visitor, monkeypatch):
    link = link_for(ada)
    db.dreamers.update_one({}, {"$set": {"ends_at": datetime.now(UTC) + timedelta(days=1)}})
    monkeypatch.setattr(site, "set_email_confirmed", lambda dreamer: False)

    assert REFUSAL in visitor.send(link, password=NEW).text
    assert visitor.get("/dreams").location.startswith("/login")


@pytest.mark.parametrize(("password", "opens"), [(NEW, True), (PASSWORD, False)])
def test_only_the_new_password_opens_the_account(ada, visitor, password, opens):
    """R38."""
    visitor.send(link_for(ada), password=NEW)

    assert can_sign_in(password) is opens


@pytest.mark.parametrize("password", ["", "short", "x" * 257])
def test_a_password_that_is_no_good_is_refused_and_the_link_holds(ada, visitor, password):
    """R4."""
    link = link_for(ada)

    answer = visitor.send(link, password=password)

    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text
    assert visitor.get(link).status_code == 200


def test_a_new_password_without_a_token_is_refused(ada, visitor):
    assert visitor.post(link_for(ada), data={"password": NEW}).status_code == 422
    assert can_sign_in(PASSWORD)


def test_looking_at_a_link_does_not_use_it_up(ada, visitor):
    link = link_for(ada)
    visitor.get(link)

    assert visitor.send(link, password=NEW).status_code == 303


def test_a_link_works_once(ada, visitor):
    """R38."""
    link = link_for(ada)
    visitor.send(link, password=NEW)

    answer = visitor.send(link, password="yet another one")

    assert REFUSAL in answer.text
    assert can_sign_in(NEW)


def test_a_link_works_once_even_for_the_same_password(ada, visitor):
    """R38."""
    link = link_for(ada)
    visitor.send(link, password=PASSWORD)

    assert REFUSAL in visitor.get(link).text


def test_of_two_links_the_use_of_one_ends_the_other(ada, visitor):
    """R38."""
    first, second = link_for(ada), forge(claims_for(ada, jti="another"))
    assert visitor.get(second).status_code == 200

    visitor.send(first, password=NEW)

    assert REFUSAL in visitor.get(second).text


def test_of_two_uses_at_the_same_moment_one_wins(ada):
    """R38."""
    won = [set_password(ada, password) for password in (NEW, "yet another one")]

    assert [won[0] == site_db.dreamers.find_one({"_id": ada["_id"]})["password"], won[1]] == [
        True, None]
    assert can_sign_in(NEW)


def test_a_new_password_ends_every_other_session(ada, sign_in, visitor):
    """R38."""
    clients = [sign_in("ada"), sign_in("ada")]

    visitor.send(link_for(ada), password=NEW)

    assert [client.get("/dreams").status_code for client in clients] == [303, 303]


def test_a_new_password_ends_the_session_that_sets_it_for_a_new_one(db, ada, sign_in):
    """R38."""
    client = sign_in("ada")
    before = db.dreamers.find_one()["sign_ins"]

    client.send(link_for(ada), password=NEW)

    (after,) = db.dreamers.find_one()["sign_ins"]
    assert after not in before
    assert client.get("/dreams").status_code == 200


def test_a_new_password_leaves_the_sessions_of_others(ada, sign_in, visitor):
    bob = sign_in("bob")

    visitor.send(link_for(ada), password=NEW)

    assert bob.get("/dreams").status_code == 200


def test_a_dreamer_without_a_password_can_set_one(db, ada, visitor):
    """R28."""
    db.dreamers.update_one({}, {"$unset": {"password": ""}})

    visitor.send(link_for(db.dreamers.find_one()), password=NEW)

    assert can_sign_in(NEW)


# Links that do not hold ######################################################

NONE = part({"alg": "none", "typ": "JWT"})
ATTACKS = {
    "no algorithm": lambda ada: f"/password-reset/{NONE}.{part(plain(ada))}.",
    "no algorithm, unsigned": lambda ada: f"/password-reset/{NONE}.{part(plain(ada))}",
    "no algorithm, by the library": lambda ada: forge(claims_for(ada), "", "none"),
    "no algorithm named": lambda ada: f"/password-reset/{part({})}.{part(plain(ada))}.x",
    "another algorithm": lambda ada: forge(claims_for(ada), algorithm="HS384"),
    "a stronger algorithm": lambda ada: forge(claims_for(ada), algorithm="HS512"),
    "another key": lambda ada: forge(claims_for(ada), b"x" * 32),
    "the key of the sessions": lambda ada: forge(claims_for(ada), site.app.secret_key.encode()),
    "another audience": lambda ada: forge(claims_for(ada, aud="sign-up")),
    "no audience": lambda ada: forge(claims_for(ada, aud=None)),
    "an audience that is no text": lambda ada: forge(claims_for(ada, aud=[5, {}])),
    "no expiry": lambda ada: forge(claims_for(ada, exp=None)),
    "expired": lambda ada: forge(claims_for(ada, exp=datetime.now(UTC) - timedelta(seconds=1))),
    "an expiry that is no number": lambda ada: forge(claims_for(ada, exp="soon")),
    "an expiry that is a list": lambda ada: forge(claims_for(ada, exp=[9_999_999_999])),
    "nobody": lambda ada: forge(claims_for(ada, sub=None)),
    "somebody unknown": lambda ada: forge(claims_for(ada, sub=str(ObjectId()))),
    "somebody by a slug": lambda ada: forge(claims_for(ada, sub=ada["slug"])),
    "somebody by a number": lambda ada: forge(claims_for(ada, sub=5)),
    "somebody by a query": lambda ada: forge(claims_for(ada, sub={"$ne": None})),
    "no fingerprint": lambda ada: forge(claims_for(ada, password=None)),
    "an empty fingerprint": lambda ada: forge(claims_for(ada, password="")),
    "another fingerprint": lambda ada: forge(claims_for(ada, password="0" * 64)),
    "a fingerprint that is no text": lambda ada: forge(claims_for(ada, password=5)),
    "a fingerprint that is a list": lambda ada: forge(claims_for(ada, password=["x"])),
    "claims that are a list": lambda ada: f"{forge({}).rpartition('/')[0]}/{NONE}.{part([1])}.x",
    "tampered claims": lambda ada: link_for(ada).replace(".ey", ".eY", 1),
    "a tampered signature": lambda ada: link_for(ada)[:-4] + "AAAA",
    "cut short": lambda ada: link_for(ada)[:-9],
    "made longer": lambda ada: f"{link_for(ada)}x",
    "no signature": lambda ada: link_for(ada).rpartition(".")[0],
    "no token": lambda ada: "/password-reset/x",
    "dots": lambda ada: "/password-reset/..x",
    "letters of other scripts": lambda ada: "/password-reset/ü.日本.🌈",
    "bytes that are no text": lambda ada: f"/password-reset/{part(bytes([255, 0]))}.x.x",
    "an algorithm that is a list": lambda ada: raw({"alg": ["HS256"]}),
    "an algorithm that is a number": lambda ada: raw({"alg": 5}),
    "a key id that is a number": lambda ada: raw({"alg": "HS256", "kid": 5}),
    "a header that is a list": lambda ada: raw([]),
    "a header without an end": lambda ada: raw(b"[" * 1_050),
    "a number without an end": lambda ada: raw(b"9" * 1_050),
}


def plain(dreamer):
    """Return the claims of a good token as JSON knows them."""
    return claims_for(dreamer, exp=9_999_999_999)


def test_a_token_made_for_the_tests_is_good(ada, visitor):
    """Not vacuous: what the attacks change is a good link."""
    assert visitor.get(forge(claims_for(ada))).status_code == 200


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_link_that_does_not_hold_is_refused(ada, visitor, attack):
    """R37, R39."""
    answer = visitor.get(ATTACKS[attack](ada))

    assert answer.status_code == 422
    assert REFUSAL in answer.text


@pytest.mark.parametrize("attack", ["no algorithm", "another key", "expired", "no fingerprint"])
def test_a_link_that_does_not_hold_sets_no_password(ada, visitor, attack):
    """R37."""
    answer = visitor.send(ATTACKS[attack](ada), password=NEW)

    assert answer.status_code == 422
    assert can_sign_in(PASSWORD)


def test_every_refusal_reads_the_same(ada, visitor):
    """R39."""
    used = link_for(ada)
    set_password(ada, NEW)
    attacks = [ATTACKS[name](ada) for name in ("expired", "tampered claims", "somebody unknown")]

    pages = {re.sub('value="[^"]*"', "", visitor.get(link).text) for link in (used, *attacks)}

    assert len(pages) == 1


def test_a_refusal_marks_no_field_that_was_not_touched(visitor, db):
    """R39."""
    page = visitor.get("/password-reset/x").text

    assert f'<p class="notice notice--error">{REFUSAL}' in page
    assert "aria-invalid" not in page and "email-error" not in page
    assert "fields marked below" not in page


def test_a_refusal_offers_to_ask_again(ada, visitor, server):
    """R39."""
    page = visitor.get("/password-reset/x")

    assert '<form class="form" method="post" action="/password-reset">' in page.text
    ask(visitor)
    assert server.wait_for(1)


def test_a_link_expires_after_a_quarter_of_an_hour(ada):
    """R37."""
    token = site.make_token("password-reset", ada)

    claims = jwt.decode(token, options={"verify_signature": False})
    assert 895 < claims["exp"] - datetime.now(UTC).timestamp() <= 900


@pytest.mark.parametrize("part", [0, 1])
def test_a_token_tells_nothing_of_the_password(ada, part):
    token = site.make_token("password-reset", ada).split(".")[part]

    told = base64.urlsafe_b64decode(token + "==").decode()
    assert ada["password"] not in told
    assert PASSWORD not in told


def test_a_link_of_one_dreamer_does_not_open_the_account_of_another(ada, dreamer, visitor):
    """R38."""
    fingerprint = "x"
    bob = dreamer("bob", password=fingerprint)

    assert REFUSAL in visitor.get(forge(claims_for(ada, sub=str(bob["_id"])))).text


def test_a_link_of_a_dreamer_who_left_is_refused(db, ada, visitor):
    """R39."""
    link = link_for(ada)
    db.dreamers.delete_one({})

    assert REFUSAL in visitor.get(link).text
