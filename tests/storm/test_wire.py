"""Faults of the database connection under load: long outages and lost responses."""

from contextlib import ExitStack
from time import monotonic, sleep

import pytest
from pymongo import MongoClient
from support.http_browser import TolerantBrowser
from support.database import DatabaseServer
from support.fault_proxy import HOST, FaultProxy
from support.concurrency import run_concurrently
from support.website import Website

LONG = 30  # seconds
DREAMERS = 10
DREAMS = 30
LOSSES = 25


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """(The site on a durable database behind a fault proxy, the proxy, the database)."""
    folder = tmp_path_factory.mktemp("outages")
    with ExitStack() as stack:
        database = stack.enter_context(DatabaseServer(folder / "database"))
        proxy = stack.enter_context(FaultProxy(database.port))
        uri = f"mongodb://{HOST}:{proxy.port}/?directConnection=true"
        website = stack.enter_context(Website(uri, folder, RATELIMIT_ENABLED="0"))
        yield website, proxy, stack.enter_context(MongoClient(database.uri))["dreamscape"]


def sign_up(website, name):
    """Return the browser of a new dreamer."""
    browser = TolerantBrowser(website.url)
    browser.open("/signup")
    browser.send("", first_name=name, last_name="Traveller", email=f"{name}@example.org",
                password="a long password")
    return browser


@pytest.mark.parametrize("fault", [FaultProxy.refuse, FaultProxy.hang], ids=["refuses", "hangs"])
def test_a_long_outage_is_over_within_ten_seconds(servers, fault):
    website, proxy, _ = servers
    fault(proxy)
    sleep(LONG)
    proxy.open()

    begin = monotonic()
    while not all(website.is_healthy() for _ in range(8)):
        sleep(0.1)

    seconds = monotonic() - begin
    print(f"\n{fault.__name__} for {LONG} s: healthy after {seconds:.1f} s")
    assert seconds < 10


def test_lost_responses_under_load_store_each_dream_once(servers):
    website, proxy, database = servers
    browsers = [sign_up(website, f"dreamer{number}") for number in range(DREAMERS)]
    lost_answers = proxy.lost_answers

    def share_dreams(number):
        """Share a dreamer's dreams, each sent again until it is accepted."""
        browser = browsers[number]
        for count in range(DREAMS // DREAMERS):
            browser.status = 503
            while browser.status == 503:
                browser.open("/dreambuilder")
                browser.send("", title=f"Dream {count} of {number}", description="Far.",
                            topics=["travel"])

    proxy.drop_answers(b"\x02insert\x00", LOSSES)
    run_concurrently(*(lambda number=number: share_dreams(number) for number in range(DREAMERS)))

    dreams = database.dreams.count_documents({})
    print(f"\n{proxy.lost_answers - lost_answers} answers lost, {dreams} dreams of {DREAMS}")
    assert proxy.lost_answers - lost_answers == LOSSES
    assert dreams == DREAMS
    assert len(database.dreams.distinct("slug")) == DREAMS
