"""Passwords: hashing, changing, what asks for one, and the mails that tell of it."""

from pathlib import Path

import html5lib
import pytest
from support.html_checker import forms
from support.page_parser import error_of, next_of
from werkzeug.security import check_password_hash, generate_password_hash

import app as site
from dreamscape import passwords
from dreamscape.passwords import COMMON_PASSWORDS

PASSWORD = "correct horse battery"
NEW = {"current_password": PASSWORD, "password": "a quite new password"}
ANN = {"first_name": "Ann", "last_name": "Bee", "email": "ann@example.com"}


@pytest.fixture
def told(db, monkeypatch):
    """A function that returns (kind, address) of the mails in the outbox; none is sent."""
    monkeypatch.setattr("dreamscape.mail.schedule_mail", lambda delay: None)
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


@pytest.mark.parametrize(("meanwhile", "status"), [(PASSWORD, 303), ("another one of ada's", 403)])
def test_a_sign_in_is_refused_only_if_the_password_itself_changes_while_it_is_hashed_again(
        db, dreamer, visitor, monkeypatch, meanwhile, status):
    """R30: not if another device signs in, for which it is hashed again, too."""
    ada, check = dreamer("ada"), passwords.check_password_hash
    stored = generate_password_hash(meanwhile, "scrypt:2048:8:1")

    def check_while_it_changes(*args):
        """Check a password; before the result is known, another request stores a new hash."""
        monkeypatch.setattr(passwords, "check_password_hash", check)
        result = check(*args)
        db.dreamers.update_one({"_id": ada["_id"]}, {"$set": {"password": stored}})
        return result

    monkeypatch.setattr(passwords, "PASSWORD_METHOD", "scrypt:2048:8:1")
    monkeypatch.setattr(passwords, "check_password_hash", check_while_it_changes)

    answer = visitor.send("/login", email="ada@example.com", password=PASSWORD)

    assert answer.status_code == status
    assert ("Your password has just been changed" in answer.text) == (status == 403)
    assert db.dreamers.find_one()["password"] == stored


def test_a_wrong_password_renews_no_hash(db, dreamer, visitor, monkeypatch):
    before = dreamer("ada")["password"]
    monkeypatch.setattr("dreamscape.passwords.PASSWORD_METHOD", "scrypt:2048:8:1")

    visitor.send("/login", email="ada@example.com", password="a wrong one")

    assert db.dreamers.find_one()["password"] == before


# Password managers ###########################################################

# The forms with a password, and the account and the password fields they show a password manager.
ASKING = {
    "account/login.html": ("/login", "", ["current-password"]),
    "account/signup.html": ("/signup", "", ["new-password"]),
    "account/password_reset_set.html": ("/password-reset/TOKEN", "ada@example.com",
                                        ["new-password"]),
    "profile/account.html": ("/profile", "ada@example.com", ["current-password"]),
    "profile/password.html": ("/profile/password", "ada@example.com",
                              ["current-password", "new-password"]),
    "profile/data.html": ("/profile/data", "ada@example.com", ["current-password"]),
    "profile/delete.html": ("/profile/delete", "ada@example.com", ["current-password"])}


def find_inputs(page):
    """Return the attributes of each input of the page's largest form."""
    form = max(page.iter("{http://www.w3.org/1999/xhtml}form"), key=len)
    return [each.attrib for each in form.iter("{http://www.w3.org/1999/xhtml}input")]


@pytest.fixture
def asking(db, dreamer, visitor, ada):
    """A function that returns the inputs of a form with a password, by its template."""
    def find(template):
        """Open the page; the one that deletes an account is the answer to a POST."""
        path = ASKING[template][0].replace("TOKEN", site.make_token("password-reset",
                                                                    dreamer("ada")))
        client = visitor if template.startswith("account") else ada
        page = client.send(path) if path == "/profile/delete" else client.get(path)
        return find_inputs(html5lib.parse(page.text))

    return find


@pytest.mark.parametrize("template", ASKING)
def test_a_password_manager_finds_the_account_of_each_password(asking, template):
    username, = [each for each in asking(template) if each.get("autocomplete") == "username"]

    assert username["type"] == "text"  # they ignore "hidden"
    assert username.get("value", "") == ASKING[template][1]
    assert ("hidden" in username) == ("name" not in username) == bool(ASKING[template][1])


@pytest.mark.parametrize("template", ASKING)
def test_a_password_manager_finds_out_which_password_is_new(asking, template):
    passwords = [each["autocomplete"] for each in asking(template) if each["type"] == "password"]

    assert passwords == ASKING[template][2]


def test_every_form_with_a_password_is_among_them():
    folder = Path(site.app.root_path, "templates")
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")
            if "password)" in path.read_text()} == {*ASKING}


def test_a_password_manager_finds_the_page_that_changes_the_password(ada):
    """R58."""
    answer = ada.get("/.well-known/change-password")

    assert (answer.status_code, answer.location) == (303, "/profile/password")


def test_who_is_signed_out_gets_there_by_the_sign_in(visitor, db):
    answer = visitor.get(visitor.get("/.well-known/change-password").location)

    assert next_of(answer) == "/profile/password"


def test_a_well_known_address_that_is_not_there_is_not_found(visitor, db):
    """Password managers ask for it before they trust the other one."""
    path = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200"

    assert visitor.get(path).status_code == 404


# Asking for the password #####################################################


@pytest.mark.parametrize("path", ["/profile/password", "/profile/data", "/profile/delete",
                                  "/profile"])
@pytest.mark.parametrize("given", [{}, {"current_password": ""}])
def test_an_empty_password_is_asked_for(ada, path, given):
    answer = ada.send(path, **ANN | {"confirm": "1", "password": NEW["password"]} | given)

    assert answer.status_code == 422
    assert error_of(answer, "current_password") == "Enter your password to confirm."


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


def test_two_passwords_of_8_to_256_characters_are_hashed_at_a_time():
    assert [*passwords.PASSWORD_LENGTH] == [8, 256]
    assert passwords.hashing_slots._value == 2
