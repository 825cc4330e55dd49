"""Response times reveal no accounts: 200 interleaved tries, at the real hashing cost."""

from secrets import token_hex
from statistics import median
from time import perf_counter

import pytest

import app as site
from dreamscape.passwords import dummy_hash, hash_password


TRIES = 100  # of each kind
MOST_DIFFERENCE = 0.015  # seconds between the medians
PASSWORD = "correct horse battery"


def login(client, email):
    """Try to sign in with a wrong password."""
    return client.send("/login", email=email, password="a wrong password")


def signup(client, email):
    """Sign up with a password that no account of this address has."""
    return client.send("/signup", email=email, password=f"another {token_hex()}",
                       first_name=token_hex(6), last_name="Bee")


def reset(client, email):
    """Request a reset link."""
    return client.send("/password-reset", email=email)


def send_again(client, email):
    """Correct the address of a new account, which has the link sent again."""
    return client.send("/confirm", email=email)


@pytest.mark.parametrize("ask", [login, signup, reset, send_again])
def test_response_times_do_not_reveal_who_has_an_account(real_db, monkeypatch, ask):
    monkeypatch.setattr("dreamscape.passwords.PASSWORD_METHOD", "scrypt:32768:8:1")
    monkeypatch.setattr("dreamscape.mail.schedule_mail", lambda delay: None)
    # Without a mail server the form says that an address is known.
    monkeypatch.setitem(site.settings, "MAIL_SERVER", "mail.example.com")
    real_db.dreamers.insert_one({"email": "ada@example.com",
                                 "password": hash_password(PASSWORD)})
    dummy_hash.cache_clear()
    seconds = {"known": [], "unknown": []}
    for _ in range(TRIES):
        for kind, email in (("known", "ada@example.com"), ("unknown", "nobody@example.com")):
            client = site.app.test_client()
            if ask is send_again:
                signup(client, f"{token_hex(6)}@example.com")
            client.token()
            begin = perf_counter()
            ask(client, email)
            seconds[kind].append(perf_counter() - begin)

    known, unknown = median(seconds["known"]), median(seconds["unknown"])

    print(f"{ask.__name__}: medians over {2 * TRIES} tries: known {known * 1000:.1f} ms, "
          f"unknown {unknown * 1000:.1f} ms")
    assert abs(known - unknown) < MOST_DIFFERENCE
