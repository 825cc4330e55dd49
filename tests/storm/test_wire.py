"""Storms on the proxy to the database: long outages, and lost answers in a crowd."""

from contextlib import ExitStack
from time import monotonic, sleep

import pytest
from pymongo import MongoClient
from support.http_browser import TolerantBrowser
from support.database import EmbeddedDatabase
from support.fault_proxy import HOST, FaultProxy
from support.concurrency import run_concurrently
from support.website import Website

LONG = 30  # seconds
DREAMERS = 10
DREAMS = 30
LOSSES = 25


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A durable database, the proxy to it, and the site that knows only the proxy."""
    folder = tmp_path_factory.mktemp("outages")
    with ExitStack() as stack:
        database = stack.enter_context(EmbeddedDatabase(folder / "database"))
        proxy = stack.enter_context(FaultProxy(database.port))
        uri = f"mongodb://{HOST}:{proxy.port}/?directConnection=true"
        website = stack.enter_context(Website(uri, folder, RATELIMIT_ENABLED="0"))
        yield website, proxy, stack.enter_context(MongoClient(database.uri))["dreamscape"]


def sign_up(website, name):
    """Return the browser of a new dreamer."""
    reader = TolerantBrowser(website.url)
    reader.open("/signup")
    reader.send("", first_name=name, last_name="Traveller", email=f"{name}@example.org",
                password="a long password")
    return reader


@pytest.mark.parametrize("fault", [FaultProxy.refuse, FaultProxy.hang], ids=["refuses", "hangs"])
def test_a_long_outage_is_over_within_ten_seconds(place, fault):
    website, proxy, _ = place
    fault(proxy)
    sleep(LONG)
    proxy.open()

    begin = monotonic()
    while not all(website.is_healthy() for _ in range(8)):
        sleep(0.1)

    seconds = monotonic() - begin
    print(f"\n{fault.__name__} for {LONG} s: well again after {seconds:.1f} s")
    assert seconds < 10


def test_lost_answers_in_a_crowd_leave_each_dream_once(place):
    website, proxy, database = place
    readers = [sign_up(website, f"dreamer{number}") for number in range(DREAMERS)]
    lost_answers = proxy.lost_answers

    def dream(number):
        """Have a dreamer share dreams, each sent again until it is taken."""
        reader = readers[number]
        for count in range(DREAMS // DREAMERS):
            reader.status = 503
            while reader.status == 503:
                reader.open("/dreambuilder")
                reader.send("", title=f"Dream {count} of {number}", description="Far.",
                            topics=["travel"])

    proxy.drop_answers(b"\x02insert\x00", LOSSES)
    run_concurrently(*(lambda number=number: dream(number) for number in range(DREAMERS)))

    dreams = database.dreams.count_documents({})
    print(f"\n{proxy.lost_answers - lost_answers} answers lost, {dreams} dreams of {DREAMS}")
    assert proxy.lost_answers - lost_answers == LOSSES
    assert dreams == DREAMS
    assert len(database.dreams.distinct("slug")) == DREAMS
