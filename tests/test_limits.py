"""Limits: how often something may be done, counted for all workers together."""

import re
import time
from types import SimpleNamespace

import pytest
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError
from support.concurrency import run_concurrently
from support.fields import DREAM

import app as site
from dreamscape import bodies, limits, placeholders, uploads
from dreamscape.limits import LIMITS, add_use, add_use_if_left, network_of
from dreamscape.passwords import is_password

WRONG = {"email": "ada@example.com", "password": "a wrong password"}
RIGHT = {"email": "ada@example.com", "password": "correct horse battery"}
# What changes nothing of others, is refused by other limits, or takes something away.
UNLIMITED = {
    "/notifications/read", "/profile/notifications", "/unsubscribe/<token>",
    "/logout", "/password-reset/<token>", "/confirm/<token>", "/drafts/<token>/delete",
    "/profile/about",
    "/profile/skills", "/profile/interests",
    "/dreams/<slug>/needs/<need_id>/found", "/dreams/<slug>/needs/<need_id>/open",
    "/profile/reminder", "/profile/sign-ins/<mark>/end",
    "/dreams/<slug>/delete", "/comments/<comment_id>/delete",
    "/moderation/topics/new", "/moderation/topics/<slug>",
    "/updates/<update_id>/delete",
    "/moderation/<any(dream, comment, dreamer, message, update):kind>/<document_id>/<act>"}


@pytest.fixture
def db(real_db, monkeypatch):
    """The database on MongoDB, with the limits on; no test meets the end of a window."""
    now = time.time()
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: now))
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)
    return real_db


@pytest.fixture
def few(monkeypatch):
    """Allow a fifth of the failed sign-ins: 2 of an account and network, 20 of an account."""
    for what in OF_SIGN_INS:
        fifth = parse(f"{LIMITS[what].rate.amount // 5} per 5 minutes")
        monkeypatch.setitem(LIMITS, what, LIMITS[what]._replace(rate=fifth))


LONGER = {"notice of a known address", "link to an address", "export", "new name",
          "new title of a dream"}
HOME = "203.0.113.7"  # a network from which nobody guesses


def fail(client, times, **fields):
    """Try to sign in with a wrong password, so many times; return the last answer."""
    for _ in range(times):
        answer = client.send("/login", **WRONG | fields)
    return answer


def send_from(network, path, fields):
    """Send a form from an address, with a browser of its own; return the answer."""
    client = site.app.test_client()
    return client.post(path, data={"csrf_token": client.token(), **fields},
                       environ_base={"REMOTE_ADDR": network})


def fail_from(network, times, **fields):
    """Try to sign in with a wrong password from an address; return the last answer."""
    return [send_from(network, "/login", WRONG | fields) for _ in range(times)][-1]


def sign_in_from(network):
    """Sign in with the right password from an address; return the answer."""
    return send_from(network, "/login", RIGHT)


def sign_up_from(network, email):
    """Sign up from an address; return the status."""
    fields = {"first_name": "Mal", "last_name": "Lory", "password": "another password"}
    return send_from(network, "/signup", fields | {"email": email}).status_code


def test_ten_failed_sign_ins_of_an_account_are_answered(db, dreamer, visitor):
    dreamer("ada")

    assert fail(visitor, 10).status_code == 422


def test_the_eleventh_is_told_how_long_to_wait(db, dreamer, visitor):
    dreamer("ada")

    answer = fail(visitor, 11)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert re.search(r"Please try again in [1-5] minutes?\.", answer.text)


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


def test_guessing_elsewhere_does_not_lock_out_the_owner(db, dreamer, visitor):
    dreamer("ada")
    fail(visitor, 26)

    assert sign_in_from(HOME).status_code == 303


def test_guessing_from_many_networks_does_not_lock_out_the_owner(db, dreamer, few):
    """Only what a network tries first is answered then."""
    dreamer("ada")
    for number in range(11):
        fail_from(f"10.0.{number}.1", 2)

    assert fail_from("10.1.0.1", 2).status_code == 429
    assert sign_in_from(HOME).status_code == 303


def test_a_hundred_failed_sign_ins_from_many_networks_are_answered(db, dreamer, few):
    """Here a fifth of them."""
    dreamer("ada")
    answers = [fail_from(f"10.0.{number}.1", 2).status_code for number in range(10)]

    assert answers == [422] * 10
    assert fail_from("10.1.0.1", 1).status_code == 422
    assert fail_from("10.1.0.1", 1).status_code == 429


def test_sign_ups_are_counted_by_their_address(db):
    """Each one mails the owner of the address."""
    statuses = [sign_up_from("10.0.0.1", "ada@example.com") for _ in range(11)]

    assert statuses[-1] == 429
    assert 429 not in statuses[:10]


@pytest.mark.parametrize("address", [
    "ada\x01@example.com", "ad\x01\x02a\u200e@example.com", "ada@example\u3002com",
    "\uff41da@example.com", "ada@example\uff0ecom", " ADA@EXAMPLE.COM\u200f",
    "ada@exa\u202emple.com"])
def test_no_spelling_of_an_address_gets_round_its_limit(db, dreamer, address):
    dreamer("ada")
    fail_from("10.0.0.1", 10)

    assert fail_from("10.0.0.1", 1, email=address).status_code == 429


def test_whatever_is_no_address_is_counted_together(db, visitor):
    answers = [fail(visitor, 1, email=f"nobody {number}").status_code for number in range(11)]

    assert answers == [422] * 10 + [429]


def test_what_is_refused_for_its_number_is_not_counted(db, dreamer, visitor):
    """Thirty tries at ada leave the network its tries at others."""
    dreamer("ada"), dreamer("bob")
    fail(visitor, 30)

    assert fail(visitor, 10, email="bob@example.com").status_code == 422


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


def test_of_many_tries_at_once_no_more_pass_than_one_by_one(db, dreamer):
    dreamer("ada")

    answers = run_concurrently(*[lambda: fail(site.app.test_client(), 1)] * 40)

    assert sum(answer.status_code == 422 for answer in answers) <= 10
    assert {answer.status_code for answer in answers} == {422, 429}


@pytest.mark.parametrize(("address", "network"), [
    ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("fe80::1%eth0", "fe80::/64"),
    ("203.0.113.7", "203.0.113.7"), ("::ffff:203.0.113.7", "203.0.113.7"),
    ("::ffff:cb00:7107", "203.0.113.7"), ("unknown", "unknown"), ("", "unknown"),
    ("1.2.3.4:5555", "unknown"), ("[2001:db8::1]:80", "unknown"), ("x" * 999, "unknown")])
def test_a_network_is_what_one_home_has(address, network):
    with site.app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert site.by_network() == network


@pytest.mark.parametrize("what", sorted(set(LIMITS) - LONGER))
def test_nobody_is_locked_out_for_more_than_15_minutes(what):
    assert LIMITS[what].rate.get_expiry() <= 15 * 60


def test_what_was_typed_is_not_lost(db, monkeypatch, sign_in, dream):
    """R4."""
    bob, path = sign_in("bob"), f"/dreams/{dream['slug']}/comments"
    three = LIMITS["comment"]._replace(rate=parse("3 per 15 minutes"))
    monkeypatch.setitem(LIMITS, "comment", three)
    for number in range(3):
        bob.send(path, body=f"Word {number}")

    answer = bob.send(path, body="One word too many")

    assert answer.status_code == 429
    assert "One word too many" in answer.text


def test_no_mail_address_is_kept_with_the_counts(db, visitor):
    fail(visitor, 1)

    assert db.limits.count_documents({})
    assert not any("ada" in str(document) for document in db.limits.find())


# The whole table, written out: (uses, minutes, by what they are counted, which of them count).
MINUTE, HOUR, DAY = 1, 60, 1_440
RATES = {
    "card": (120, 15 * MINUTE, "network", "all"),
    "sitemap": (200, 15 * MINUTE, "network", "all"),
    "sign-in to an account from a network": (10, 5 * MINUTE, "account and network", "refused"),
    "sign-in to an account from a wide network":
        (30, 5 * MINUTE, "account and wide network", "refused"),
    "sign-in to an account": (100, 5 * MINUTE, "account", "refused"),
    "sign-in from a network": (25, 5 * MINUTE, "network", "refused"),
    "own password": (10, 5 * MINUTE, "viewer", "refused"),
    "sign-up to an account from a network": (10, 15 * MINUTE, "account and network", "all"),
    "sign-up to an account from a wide network":
        (30, 15 * MINUTE, "account and wide network", "all"),
    "sign-up to an account": (20, 15 * MINUTE, "account", "all"),
    "sign-up from a network": (50, 15 * MINUTE, "network", "all"),
    "reset of an account": (5, 15 * MINUTE, "account", "all"),
    "reset from a network": (25, 15 * MINUTE, "network", "all"),
    "confirmation mail": (5, 15 * MINUTE, "viewer", "all"),
    "notice of a known address": (1, HOUR, "account", "all"),
    "link to an address": (60, HOUR, "account", "all"),
    "draft": (20, 15 * MINUTE, "viewer", "all"),
    "draft from a network": (60, 15 * MINUTE, "network", "all"),
    "picture": (60, 15 * MINUTE, "viewer", "all"),
    "ask": (30, 15 * MINUTE, "viewer", "all"),
    "milliseconds of conversions": (60_000, 15 * MINUTE, "viewer", "all"),
    "dream": (60, 15 * MINUTE, "viewer", "all"),
    "state of a dream": (60, 15 * MINUTE, "viewer", "all"),
    "comment": (120, 15 * MINUTE, "viewer", "all"),
    "update": (30, 15 * MINUTE, "viewer", "all"),
    "edit": (120, 15 * MINUTE, "viewer", "all"),
    "follow": (300, 15 * MINUTE, "viewer", "all"),
    "cheer": (300, 15 * MINUTE, "viewer", "all"),
    "block": (60, 15 * MINUTE, "viewer", "all"),
    "reaction": (300, 15 * MINUTE, "viewer", "all"),
    "offer": (30, 15 * MINUTE, "viewer", "all"),
    "step of an offer": (60, 15 * MINUTE, "viewer", "all"),
    "message": (120, 15 * MINUTE, "viewer", "all"),
    "autosave": (180, 15 * MINUTE, "viewer", "all"),
    "export": (3, HOUR, "viewer", "accepted"),
    "new name": (5, DAY, "viewer", "all"),
    "new title of a dream": (5, DAY, "dream", "all"),
    "report": (30, 15 * MINUTE, "viewer", "all"),
    "answer": (30, 15 * MINUTE, "viewer", "all"),
}
OF_SIGN_INS = ("sign-in to an account from a network", "sign-in to an account from a wide network",
               "sign-in to an account", "sign-in from a network")
OF_SIGN_UPS = tuple(name.replace("sign-in", "sign-up") for name in OF_SIGN_INS)
LIMITED = {  # the limits of each route, in their order
    "login": OF_SIGN_INS, "signup": OF_SIGN_UPS, "confirm": ("confirmation mail",),
    "password_reset": ("reset of an account", "reset from a network"),
    "profile": ("own password",), "profile_password": ("own password",),
    "profile_delete": ("own password",), "profile_data": ("own password", "export"),
    "profile_picture": ("picture",), "dream_picture": ("picture",), "dreambuilder": ("dream",),
    "dream_state": ("state of a dream",), "dream_story": ("picture",), "line_add": ("comment",),
    "comment_add": ("comment",), "comment_reaction": ("reaction",),
    "dream_follow": ("follow",), "dream_unfollow": ("follow",),
    "dreamer_follow": ("follow",), "dreamer_unfollow": ("follow",),
    "dream_cheer": ("cheer",), "dream_uncheer": ("cheer",),
    "dreamer_block": ("block",), "dreamer_unblock": ("block",), "decision_show": ("answer",),
    "decision_answer": ("answer",),
    "dream_ask": ("ask",),
    "dream_report": ("report",), "comment_report": ("report",), "message_report": ("report",),
    "dreamer_report": ("report",),
    "update_add": ("update",), "update_edit": ("update",), "update_report": ("report",),
    "offer_new": ("offer",), "message_add": ("message",),
    "dream_autosave": ("autosave",), "dream_edit": ("edit",), "comment_edit": ("edit",),
    **dict.fromkeys(("offer_step", "offer_undo", "offer_thanks", "thanks_act"),
                    ("step of an offer",))}
# What is counted in a worker alone, and sizes of requests.
NUMBERS = {
    "READ_RATE": (300, 1), "VISITOR_READ_RATE": (1_200, 1),
    "REQUEST_BYTES": 10_000_000, "LARGE_BYTES": 1_000_000, "FORM_TEXT_BYTES": 500_000,
    "FIELDS": 1_000, "FIELD_NAME_LENGTH": 100, "HEADER_LENGTH": 8_190, "QUERY_LENGTH": 100,
    "PICTURE_MEMORY": 60_000_000, "UPLOAD_WAIT": 15, "BODY_SECONDS": 30, "BODY_RATE": 100_000,
    "DRAIN_BYTES": 100_000_000, "STORE_TIMEOUT": 10, "CACHE_SIZE": 4_000_000,
    "URL_CACHE_SIZE": 2_000}


def rate_of(item):
    """Return (uses, minutes) of a rate."""
    return item.amount, item.get_expiry() / 60


@pytest.mark.parametrize("what", sorted({*RATES, *LIMITS}))
def test_each_limit_is_this_one(what):
    limit = LIMITS[what]

    assert (*rate_of(limit.rate), limit.keyed_by, limit.counts) == RATES[what]


def test_the_first_try_of_a_network_is_exempt_from_the_limits_of_accounts_alone():
    assert {what for what in LIMITS if LIMITS[what].exempts_first} == {
        "sign-in to an account", "sign-up to an account"}


def test_each_route_has_these_limits_in_this_order():
    """An exemption looks at the limit above it."""
    views = site.app.view_functions

    assert {name: view.limits for name, view in views.items() if hasattr(view, "limits")} == LIMITED


@pytest.mark.parametrize("name", NUMBERS)
def test_each_number_of_a_request_is_this_one(name):
    modules = site, bodies, uploads, limits, placeholders
    module = next(each for each in modules if hasattr(each, name))
    number = getattr(module, name)

    assert (rate_of(number) if name.endswith("_RATE") and name != "BODY_RATE" else number) == (
        NUMBERS[name])


def is_limited(endpoint):
    """Return whether a row of LIMITS counts the POSTs of a route."""
    return hasattr(site.app.view_functions[endpoint], "limits")


def test_every_way_to_send_something_is_limited_or_named():
    """A new route says how often it may be used, or stands in UNLIMITED."""
    posts = {rule.rule: rule.endpoint for rule in site.app.url_map.iter_rules()
             if "POST" in rule.methods}
    limited = {rule for rule, endpoint in posts.items() if is_limited(endpoint)}

    assert posts.keys() - limited == UNLIMITED


def test_load_tests_may_do_without(db, dreamer, visitor, monkeypatch):
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", False)
    dreamer("ada")

    assert fail(visitor, 11).status_code == 422


def rename(client, number):
    """Give ada another first name; return the answer."""
    return client.send("/profile", first_name=f"Ada{'x' * number}", last_name="Lovelace",
                       email="ada@example.com")


def test_a_sixth_new_name_in_a_day_is_refused_by_the_field(db, sign_in):
    ada = sign_in("ada")
    statuses = [rename(ada, number).status_code for number in range(1, 7)]

    assert statuses == [303] * 5 + [422]
    assert "five times a day" in rename(ada, 7).text
    assert db.dreamers.find_one()["first_name"] == "Adaxxxxx"


def test_saving_the_same_name_is_no_new_name(db, sign_in):
    ada = sign_in("ada")

    assert {rename(ada, 0).status_code for _ in range(7)} == {303}


def test_a_dream_gets_five_new_addresses_a_day_and_keeps_every_title(db, sign_in, dream):
    ada, path = sign_in("ada"), f"/dreams/{dream['slug']}/edit"
    for number in range(7):
        ada.send(path, title=f"Sail {number}", description="Far.", topics="travel")

    changed = db.dreams.find_one()
    assert (changed["title"], changed["slug"]) == ("Sail 6", "sail-4")


def test_data_is_downloaded_three_times_an_hour(db, sign_in):
    """A wrong password counts for its own limit."""
    ada = sign_in("ada")
    ada.send("/profile/data", current_password="a wrong one")

    statuses = [ada.send("/profile/data", current_password=RIGHT["password"]).status_code
                for _ in range(4)]

    assert statuses == [200] * 3 + [429]


def test_a_use_is_taken_back_from_the_window_in_which_it_was_counted(db, dreamer, monkeypatch):
    """Or sign-ins over the end of a window would allow more guesses in the next."""
    dreamer("ada")
    begin, check = site.time.time(), is_password

    def check_slowly(*args):
        """Check the password while a window ends."""
        monkeypatch.setattr(site.time, "time", lambda: begin + 300)
        return check(*args)

    monkeypatch.setattr("dreamscape.passwords.is_password", check_slowly)
    sign_in_from(HOME)

    assert {counter["count"] for counter in db.limits.find()} == {0}


def test_a_crowd_signs_in_at_once_from_one_network(db, dreamer):
    """What is right does not count, however many come together."""
    dreamer("ada")

    answers = run_concurrently(*[lambda: sign_in_from(HOME)] * 40)

    assert {answer.status_code for answer in answers} == {303}


@pytest.mark.parametrize(("address", "network"), [
    ("2001:db8:1:2:3::4", "2001:db8:1::/48"), ("203.0.113.7", "203.0.113.0/24"), ("", "unknown")])
def test_a_wide_network_is_what_one_customer_has(address, network):
    assert network_of(address, 24, 48) == network


def test_a_prefix_of_a_provider_has_one_first_try(db, dreamer, few):
    """Of its 65,536 networks only one is answered when the account has had too many."""
    dreamer("ada")
    for number in range(11):
        fail_from(f"10.0.{number}.1", 2)

    statuses = [fail_from(f"2001:db8:1:{number}::1", 1).status_code for number in range(3)]

    assert statuses == [422, 429, 429]


@pytest.mark.parametrize("number", range(3))
def test_first_uses_at_once_are_all_counted(db, number):
    run_concurrently(*[lambda: add_use("picture", f"ada {number}")] * 24)

    assert [counter["count"] for counter in db.limits.find()] == [24]


def test_a_use_that_is_refused_is_not_counted(db):
    """Else whoever goes on trying would wait longer."""
    uses = [add_use_if_left("new name", "ada") for _ in range(8)]

    assert uses == [True] * 5 + [False] * 3
    assert [counter["count"] for counter in db.limits.find()] == [5]


def test_a_use_that_two_requests_insert_at_once_is_counted_twice(db, monkeypatch):
    find_and_update, tries = Collection.find_one_and_update, []

    def race(collection, query, change, **options):
        """Let another request insert the counter first."""
        tries.append(query)
        if len(tries) == 1:
            find_and_update(collection, query, change, **options)
            raise DuplicateKeyError("the counter is there")
        return find_and_update(collection, query, change, **options)

    monkeypatch.setattr(Collection, "find_one_and_update", race)

    assert add_use("picture", "ada") == (tries[0]["_id"], 2)


def test_a_counter_ends_with_its_window(db):
    begin = limits.time.time() // 900 * 900

    add_use("picture", "ada", 5)

    counter = db.limits.find_one()
    assert (counter["count"], counter["expireAt"].timestamp()) == (5, begin + 900)
    assert counter["_id"] == f"picture ada {int(begin // 900)}"


def test_without_limits_nothing_is_counted(db, monkeypatch):
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", False)

    assert add_use("picture", "ada") == (None, 0)
    assert db.limits.count_documents({}) == 0


def test_a_visitors_network_may_read_more_pages_than_a_dreamer(monkeypatch):
    monkeypatch.setattr(limits, "read_limiter", FixedWindowRateLimiter(MemoryStorage()))
    dreamer = [limits.reading_wait("a dreamer", False) for _ in range(301)]
    visitor = [limits.reading_wait("a network", True) for _ in range(1_201)]

    assert [waits.count(0) for waits in (dreamer, visitor)] == [300, 1_200]
    assert 0 < dreamer[-1] <= 60
    assert 0 < visitor[-1] <= 60


def test_a_dream_that_gets_a_link_has_one_that_cannot_be_guessed_over_the_limit_too(
        db, dream, sign_in, visitor):
    """R68."""
    ada, dream_id = sign_in("ada"), str(dream["_id"])
    for number in range(6):
        ada.send(f"/dreams/{dream_id}/edit", **DREAM | {"title": f"Row {number} boats"})
    guessable = db.dreams.find_one()["slug"]

    ada.send(f"/dreams/{dream_id}/edit", **DREAM | {"title": "Row 5 boats", "audience": "link"})

    link = db.dreams.find_one()["slug"]
    assert (guessable, link[12:]) == ("row-4-boats", "-row-5-boats")
    assert [visitor.get(f"/dreams/{slug}").status_code for slug in (guessable, link)] == [404, 200]
