"""What keeps an account its owner's: passwords, sign-ins that can be ended, mails that tell."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from support.html_checker import forms
from support.page_parser import error_of
from werkzeug.security import check_password_hash, generate_password_hash

import app as site
from dreamscape.database import db as site_db
from dreamscape.accounts import browser_name, sign_in_mark
from dreamscape.passwords import COMMON_PASSWORDS
from dreamscape.mail import COMPOSERS, NOTICES

PASSWORD = "correct horse battery"
NEW = {"current_password": PASSWORD, "password": "a quite new password"}
ANN = {"first_name": "Ann", "last_name": "Bee", "email": "ann@example.com"}
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"


@pytest.fixture
def told(db, monkeypatch):
    """A function that returns (kind, address) of the mails in the outbox; none is sent."""
    monkeypatch.setattr("dreamscape.mail.start_mail", lambda delay: None)
    return lambda: [(mail["kind"], mail["email"]) for mail in db.mails.find()]


# Passwords ###################################################################


@pytest.mark.parametrize("password", ["password", "12345678", "PASSWORD", "iloveyou", "baseball1"])
def test_a_common_password_is_refused(db, visitor, password):
    answer = visitor.send("/signup", **ANN, password=password)

    assert answer.status_code == 422
    assert "That password is too common" in error_of(answer, "password")


def test_thousands_of_common_passwords_are_known():
    assert len(COMMON_PASSWORDS) > 5_000


@pytest.mark.parametrize("password", [
    "x" * 7 + "é", "x1" * 128, " a b c d e f ", "  \t  blanks\t", "пароль из слов", "🎺🎻🥁🎷" * 2,
    "' OR 1=1 --", "{{ 7*7 }}<b>", "e\u0301" * 5])
def test_a_password_is_kept_to_the_letter(db, visitor, password):
    visitor.send("/signup", **ANN, password=password)

    kept = db.dreamers.find_one({"email": ANN["email"]})["password"]
    assert check_password_hash(kept, password)
    assert not check_password_hash(kept, password[:-1])


@pytest.mark.parametrize("almost", [f" {PASSWORD}", f"{PASSWORD} ", PASSWORD.title()])
def test_a_password_is_not_trimmed_nor_folded(db, dreamer, visitor, almost):
    dreamer("ada")

    answer = visitor.send("/login", email="ada@example.com", password=almost)

    assert answer.status_code == 422


def test_a_hash_costs_32_megabytes():
    kept = generate_password_hash(PASSWORD, "scrypt:32768:8:1")

    source = Path(site.app.root_path, "dreamscape", "passwords.py").read_text()
    assert '\nPASSWORD_METHOD = "scrypt:32768:8:1"' in source
    assert check_password_hash(kept, PASSWORD)


def test_a_password_is_hashed_again_when_the_cost_has_risen(db, dreamer, visitor, monkeypatch):
    ada = dreamer("ada")
    monkeypatch.setattr("dreamscape.passwords.PASSWORD_METHOD", "scrypt:2048:8:1")

    visitor.send("/login", email="ada@example.com", password=PASSWORD)

    kept = db.dreamers.find_one({"_id": ada["_id"]})["password"]
    assert kept.startswith("scrypt:2048:8:1$")
    assert check_password_hash(kept, PASSWORD)


def test_a_wrong_password_renews_no_hash(db, dreamer, visitor, monkeypatch):
    before = dreamer("ada")["password"]
    monkeypatch.setattr("dreamscape.passwords.PASSWORD_METHOD", "scrypt:2048:8:1")

    visitor.send("/login", email="ada@example.com", password="a wrong one")

    assert db.dreamers.find_one()["password"] == before


# Changing the password #######################################################


def test_a_new_password_takes_the_place_of_the_old(ada, visitor):
    answer = ada.send("/profile/password", **NEW)

    assert (answer.status_code, answer.location) == (303, "/profile")
    tries = [visitor.send("/login", email="ada@example.com", password=password).status_code
             for password in (PASSWORD, NEW["password"])]
    assert tries == [422, 303]


def test_a_new_password_ends_every_other_sign_in(ada, sign_in):
    """R30."""
    other = sign_in("ada")

    ada.send("/profile/password", **NEW)

    assert ada.get("/dreams").status_code == 200
    assert other.get("/dreams").status_code == 303


@pytest.mark.parametrize(("field", "value"), [
    ("current_password", "wrong"), ("current_password", ""), ("password", "short"),
    ("password", "password1"), ("password", "x" * 257)])
def test_a_new_password_is_refused_by_the_field_concerned(db, ada, field, value):
    """R4."""
    answer = ada.send("/profile/password", **NEW | {field: value})

    assert answer.status_code == 422
    assert error_of(answer, field)
    assert check_password_hash(db.dreamers.find_one()["password"], PASSWORD)


@pytest.mark.parametrize("path", ["/profile/password", "/profile/data", "/profile/delete"])
def test_no_password_is_given_back_to_the_page(ada, path):
    answer = ada.send(path, confirm="1", current_password="wrong words", password="short")

    assert "wrong words" not in answer.text
    assert "short" not in [value for form in forms(answer.text)
                           for values in form["fields"].values() for value in values]


@pytest.mark.parametrize(("given", "says"), [
    ({}, "Enter your password to confirm."),
    ({"current_password": "wrong"}, "That's not your current password.")])
def test_another_address_needs_the_password(db, ada, given, says):
    answer = ada.send("/profile", **ANN, **given)

    assert answer.status_code == 422
    assert error_of(answer, "current_password") == says
    assert db.dreamers.find_one()["email"] == "ada@example.com"


def test_another_name_needs_no_password(db, ada):
    answer = ada.send("/profile", **ANN | {"email": "ada@example.com"})

    assert answer.status_code == 303
    assert db.dreamers.find_one()["first_name"] == "Ann"


def test_deleting_the_account_needs_the_password(db, ada):
    answer = ada.send("/profile/delete", confirm="1", current_password="wrong")

    assert answer.status_code == 422
    assert db.dreamers.count_documents({}) == 1


# Mails that tell #############################################################


def test_who_signed_up_is_welcomed(visitor, told):
    visitor.send("/signup", **ANN, password=PASSWORD)

    assert told() == [("welcome", "ann@example.com")]


def test_the_old_address_hears_of_the_new_one(ada, told):
    ada.send("/profile", **ANN, current_password=PASSWORD)

    assert told() == [("address_changed", "ada@example.com")]


def test_a_changed_password_is_told(ada, told):
    ada.send("/profile/password", **NEW)

    assert told() == [("password_changed", "ada@example.com")]


def test_a_password_that_was_reset_is_told(dreamer, visitor, told):
    link = f"/password-reset/{site.make_token('password-reset', dreamer('ada'))}"

    visitor.send(link, password=NEW["password"])

    assert told() == [("password_changed", "ada@example.com")]


@pytest.mark.parametrize("kind", NOTICES)
def test_a_mail_tells_the_same_as_text_and_as_html(kind):
    with site.app.app_context():
        mail = COMPOSERS[kind]({"email": "ada@example.com"})

    assert mail.subject == NOTICES[kind][0]
    for part in (mail.body, mail.html):
        for path in NOTICES[kind][2].values():
            assert f"http://127.0.0.1:5000{path}" in part


# Where one is signed in ######################################################


def test_the_account_page_tells_where_one_is_signed_in(db, dreamer, visitor, ada):
    visitor.post("/login", headers={"User-Agent": FIREFOX}, data={
        "csrf_token": visitor.token(), "email": "ada@example.com", "password": PASSWORD})

    page = ada.get("/profile").text

    assert "Firefox on Android, signed in" in page
    assert page.count(">Sign out</button>") == 2  # the other one, and the menu's


def test_a_sign_in_can_be_ended_from_another(ada, sign_in):
    other = sign_in("ada")
    path = re.search('action="(/profile/sign-ins/[0-9a-f]+/end)"', ada.get("/profile").text)[1]

    ada.send(path)

    assert other.get("/dreams").status_code == 303
    assert ada.get("/dreams").status_code == 200


def test_all_others_can_be_ended_at_once(ada, sign_in):
    others = [sign_in("ada") for _ in range(3)]

    ada.send("/profile/sign-ins/others/end")

    assert {other.get("/dreams").status_code for other in others} == {303}
    assert "Signed out on your other devices." in ada.get("/dreams").text


def test_nobody_ends_the_sign_ins_of_another(db, ada, sign_in):
    mark = sign_in_mark(db.dreamers.find_one({"slug": "ada-lovelace"})["sign_ins"][0]["id"])

    answer = sign_in("bob").send(f"/profile/sign-ins/{mark}/end")

    assert answer.status_code == 404
    assert ada.get("/dreams").status_code == 200


def test_no_page_tells_the_id_of_a_sign_in(db, ada):
    page = ada.get("/profile").text

    assert db.dreamers.find_one()["sign_ins"][0]["id"] not in page


@pytest.mark.parametrize(("agent", "name"), [
    (FIREFOX, "Firefox on Android"), ("", "A browser"), ("curl/8.1", "A browser"),
    ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19 Safari/604.1",
     "Safari on iPhone")])
def test_a_browser_is_called_as_people_call_it(agent, name):
    assert browser_name(agent) == name


# Addresses ###################################################################


@pytest.mark.parametrize("path", ["/", "/login", "/nowhere", "/assets/x/main.js"])
@pytest.mark.parametrize("script_name", ["//evil.example", "/evil", "x"])
def test_a_request_that_puts_the_site_under_a_path_is_refused(db, visitor, path, script_name):
    answer = visitor.get(path, environ_overrides={"SCRIPT_NAME": script_name})

    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert script_name not in answer.text


def test_addresses_that_are_remembered_depend_on_no_request(monkeypatch):
    with site.app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "//evil.example"}):
        remembered = [site.known_url.__wrapped__("landing"), site.asset_url.__wrapped__("main.js"),
                      site.picture_url("ship"), *site.module_urls.__wrapped__()]

    assert [url for url in remembered if "evil.example" in url] == []


# Cookies and caches ##########################################################


@pytest.fixture
def public(dream, comment):
    """The pages that anybody may see, of a dream that has a comment."""
    return ["/", f"/dreams/{dream['slug']}", "/dreamers/ada-lovelace"]


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

    for path in [*public[1:], "/dreamscape", "/profile"]:
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
