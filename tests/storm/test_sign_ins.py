"""Bursts of wrong sign-ins: how many are answered, and how long a right one takes meanwhile."""

from time import perf_counter, sleep

import pytest
from support.http_browser import TolerantBrowser
from support.database import DatabaseServer
from support.concurrency import run_concurrently
from support.website import Website

PASSWORD = "a long password"
BURST = 60
MOST_DELAY = 1  # second that a right sign-in may take longer


@pytest.fixture(scope="module")
def website(tmp_path_factory):
    """The site behind a proxy, with its limits on, and two people."""
    folder = tmp_path_factory.mktemp("sign_ins")
    with (DatabaseServer(folder / "database", durable=False) as database,
          Website(database.uri, folder, BEHIND_PROXY="1") as website):
        for name in ("ada", "bob"):
            browser_from(website, "203.0.113.1").sign_up(name, PASSWORD)
        yield website


def browser_from(website, address):
    """Return a browser whose requests come from an address, by X-Forwarded-For."""
    browser = TolerantBrowser(website.url)
    browser.opener.addheaders = [("X-Forwarded-For", address)]
    return browser


def prepare_sign_in(website, address, name, password):
    """Open the sign-in form; return a function that submits it."""
    browser = browser_from(website, address)
    browser.open("/login")

    def send():
        """Sign in; return (status, seconds)."""
        begin = perf_counter()
        browser.send("", email=f"{name}@example.org", password=password)
        return browser.status, perf_counter() - begin

    return send


def prepare_guesses(website, addresses, name):
    """Return functions that try wrong passwords for an account, one from each address."""
    return [prepare_sign_in(website, address, name, f"guess {number}")
            for number, address in enumerate(addresses)]


def sign_in_during(website, tries, name, address):
    """Send all tries at once, then a right sign-in; return (statuses, its result)."""
    right = prepare_sign_in(website, address, name, PASSWORD)

    def later():
        """Sign in shortly after the burst began."""
        sleep(0.1)
        return right()

    *answers, own = run_concurrently(*tries, later)
    return [status for status, _ in answers], own


def test_a_burst_from_one_network_gets_ten_answers(website):
    statuses = [status for status, _ in
                run_concurrently(*prepare_guesses(website, ["198.51.100.1"] * 80, "ada"))]

    print(f"\n80 guesses at once from one network: {statuses.count(422)} answered")
    assert statuses.count(422) == 10
    assert statuses.count(429) == 70


@pytest.mark.parametrize(("addresses", "name", "what"), [
    (["198.51.100.2"] * BURST, "bob", "one network, another account"),
    (["198.51.100.3"] * BURST, "ada", "one network, the same account"),
    ([f"198.51.{number}.4" for number in range(BURST)], "bob",
     "sixty networks, another account")])
def test_a_right_sign_in_is_not_delayed_by_a_burst_of_wrong_ones(website, addresses, name, what):
    alone = prepare_sign_in(website, "203.0.113.2", name, PASSWORD)()[1]

    statuses, (status, seconds) = sign_in_during(
        website, prepare_guesses(website, addresses, "ada"), name, "203.0.113.3")

    print(f"\n{BURST} wrong at once, {what}: {statuses.count(422)} answered; a right one took "
          f"{seconds:.2f} s, alone {alone:.2f} s")
    assert status == 200
    assert seconds < alone + MOST_DELAY


def test_a_right_sign_in_is_answered_in_a_burst_at_its_account_from_many_networks(website):
    """It waits for those before it: nothing distinguishes it from them."""
    addresses = [f"192.0.{number}.5" for number in range(BURST)]

    statuses, (status, seconds) = sign_in_during(
        website, prepare_guesses(website, addresses, "ada"), "ada", "203.0.113.4")

    print(f"\n{BURST} wrong at once, sixty networks, the same account: {statuses.count(422)} "
          f"answered; a right one took {seconds:.2f} s")
    assert status == 200
