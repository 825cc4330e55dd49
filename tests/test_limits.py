"""Limits: how often something may be done, counted for all workers together."""

import re

import pytest
from limits import parse
from support.together import together

import app as site

WRONG = {"email": "ada@example.com", "password": "a wrong password"}
RIGHT = {"email": "ada@example.com", "password": "correct horse battery"}
# What changes nothing of others, is refused by other limits, or takes something away.
UNLIMITED = {
    "/logout", "/password-reset/<token>", "/profile/about", "/profile/skills", "/profile/interests",
    "/profile/reminder", "/profile/sign-ins/<mark>/end", "/dreams/<slug>/edit",
    "/dreams/<slug>/delete", "/comments/<comment_id>/edit", "/comments/<comment_id>/delete",
    "/moderation/topics/new", "/moderation/topics/<slug>",
    "/moderation/<any(dream, comment, dreamer):kind>/<document_id>/<act>"}


@pytest.fixture
def db(real_db, monkeypatch):
    """The embedded database: mongomock cannot count. The limits are on."""
    monkeypatch.setattr(site.limiter, "enabled", True)
    return real_db


def fail(client, times, **fields):
    """Try to sign in with a wrong password, so many times; return the last answer."""
    for _ in range(times):
        answer = client.send("/login", **WRONG | fields)
    return answer


def test_ten_failed_sign_ins_of_an_account_are_answered(db, dreamer, visitor):
    dreamer("ada")

    assert fail(visitor, 10).status_code == 422


def test_the_eleventh_is_told_how_long_to_wait(db, dreamer, visitor):
    dreamer("ada")

    answer = fail(visitor, 11)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert re.search(r"It works again within [1-5] minutes?\.", answer.text)


def test_an_account_in_other_letters_is_the_same_account(db, dreamer, visitor):
    dreamer("ada")
    fail(visitor, 10)

    assert fail(visitor, 1, email=" ADA@Example.COM ").status_code == 429


def test_not_even_the_right_password_is_answered_then(db, dreamer, visitor):
    dreamer("ada")
    fail(visitor, 10)

    assert visitor.send("/login", **RIGHT).status_code == 429


def test_an_unknown_address_is_limited_as_a_known_one(db, visitor):
    assert fail(visitor, 11, email="nobody@example.com").status_code == 429


def test_who_keeps_trying_does_not_lock_out_a_browser_that_has_signed_in(db, dreamer, visitor):
    dreamer("ada")
    own = site.app.test_client()
    own.send("/login", **RIGHT)
    own.send("/logout")
    fail(visitor, 26)

    assert own.send("/login", **RIGHT).status_code == 303


def test_who_keeps_trying_does_not_lock_out_who_reads_the_mail(db, dreamer, visitor):
    """A new password by mail makes the browser one that is known."""
    ada, new = dreamer("ada"), "another long password"
    fail(visitor, 26)
    own = site.app.test_client()

    own.send(f"/password-reset/{site.make_reset_token(ada)}", password=new)

    assert own.send("/login", **RIGHT | {"password": new}).status_code == 303


def test_who_signs_up_with_anothers_address_is_not_known_there(db, dreamer, visitor):
    """Or each such account would allow ten guesses more at the owner's password."""
    dreamer("ada")
    fields = RIGHT | {"first_name": "Mal", "last_name": "Lory", "password": "another password"}
    visitor.send("/signup", **fields)
    visitor.send("/logout")
    visitor.send("/login", **fields)
    visitor.send("/logout")
    fail(site.app.test_client(), 10)

    assert visitor.get_cookie("device") is None
    assert fail(visitor, 1).status_code == 429


def test_a_browser_that_has_signed_up_is_known(db, visitor):
    visitor.send("/signup", **RIGHT | {"first_name": "Ada", "last_name": "Lovelace"})
    visitor.send("/logout")
    fail(site.app.test_client(), 11)

    assert visitor.send("/login", **RIGHT).status_code == 303


def test_a_browser_that_has_signed_in_guesses_no_more_than_others(db, dreamer, visitor):
    dreamer("ada")
    visitor.send("/login", **RIGHT)
    visitor.send("/logout")

    assert [fail(visitor, 10).status_code, fail(visitor, 1).status_code] == [422, 429]


@pytest.mark.parametrize("device", ["", "x", ".", "a.b", "ü.é", "{other}"])
def test_a_browser_is_not_known_by_its_word(db, dreamer, visitor, device):
    """Nor by what it has proved of another account."""
    dreamer("ada"), dreamer("bob")
    visitor.send("/login", **RIGHT | {"email": "bob@example.com"})
    visitor.send("/logout")
    other = visitor.get_cookie("device").value
    visitor.set_cookie("device", device.format(other=other))
    fail(visitor, 10)

    assert visitor.send("/login", **RIGHT).status_code == 429


def test_other_accounts_are_not_locked_out(db, dreamer, visitor):
    dreamer("ada"), dreamer("bob")
    fail(visitor, 10)

    assert visitor.send("/login", **RIGHT | {"email": "bob@example.com"}).status_code == 303


def test_the_26th_failed_sign_in_from_an_address_is_refused(db, visitor):
    """Localhost is no exemption: a test comes from there."""
    answers = [fail(visitor, 1, email=f"{number}@example.com") for number in range(26)]

    assert [answer.status_code for answer in answers] == [422] * 25 + [429]


def test_an_address_that_is_only_claimed_is_not_believed(db, visitor):
    for number in range(25):
        fail(visitor, 1, email=f"{number}@example.com")

    answer = visitor.post("/login", data={"csrf_token": visitor.token(), **WRONG},
                          headers={"X-Forwarded-For": "6.6.6.6", "X-Real-IP": "6.6.6.6"})

    assert answer.status_code == 429


def test_sign_ins_that_succeed_are_not_counted(db, dreamer, visitor):
    dreamer("ada")

    assert {visitor.send("/login", **RIGHT).status_code for _ in range(30)} == {303}


def test_tries_at_once_are_counted_one_by_one(db, dreamer):
    dreamer("ada")

    answers = together(*[lambda: fail(site.app.test_client(), 1)] * 16)

    assert sum(db.limits.distinct("count")) >= 10
    assert {answer.status_code for answer in answers} <= {422, 429}


def test_every_home_of_the_newer_addresses_counts_as_one():
    with site.app.test_request_context(environ_base={"REMOTE_ADDR": "2001:db8:1:2:3::4"}):
        assert site.by_address() == "2001:db8:1:2::/64"


@pytest.mark.parametrize("what", site.LIMITS)
def test_nobody_is_locked_out_for_more_than_15_minutes(what):
    assert parse(site.LIMITS[what][0]).get_expiry() <= 15 * 60


def test_what_was_typed_is_not_lost(db, monkeypatch, sign_in, dream):
    """R4."""
    bob, path = sign_in("bob"), f"/dreams/{dream['slug']}/comments"
    for number in range(120):
        bob.send(path, body=f"Word {number}")

    answer = bob.send(path, body="One word too many")

    assert answer.status_code == 429
    assert "One word too many" in answer.text


def test_no_mail_address_is_kept_with_the_counts(db, visitor):
    fail(visitor, 1)

    assert db.limits.count_documents({})
    assert not any("ada" in str(document) for document in db.limits.find())


def test_every_way_to_send_something_is_limited_or_named(monkeypatch):
    """A new route says how often it may be used, or stands in UNLIMITED."""
    posts = {rule.rule: rule.endpoint for rule in site.app.url_map.iter_rules()
             if "POST" in rule.methods}
    limited = {rule for rule, endpoint in posts.items()
               if site.limiter.limit_manager.decorated_limits(
                   f"app.{site.app.view_functions[endpoint].__name__}.{endpoint}")}

    assert posts.keys() - limited == UNLIMITED


def test_load_tests_may_do_without(db, dreamer, visitor, monkeypatch):
    monkeypatch.setattr(site.limiter, "enabled", False)
    dreamer("ada")

    assert fail(visitor, 11).status_code == 422
