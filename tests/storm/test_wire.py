"""Storms on the wire to the database: long outages, and lost answers in a crowd."""

from contextlib import ExitStack
from time import monotonic, sleep

import pytest
from pymongo import MongoClient
from support.browser import Reader
from support.database import DatabaseServer
from support.proxy import HOST, Wire
from support.together import together
from support.website import Website

LONG = 30  # seconds
DREAMERS = 10
DREAMS = 30
LOSSES = 25


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A durable database, the wire to it, and the site that knows only the wire."""
    folder = tmp_path_factory.mktemp("outages")
    with ExitStack() as stack:
        database = stack.enter_context(DatabaseServer(folder / "database"))
        wire = stack.enter_context(Wire(database.port))
        uri = f"mongodb://{HOST}:{wire.port}/?directConnection=true"
        website = stack.enter_context(Website(uri, folder, RATELIMIT_ENABLED="0"))
        yield website, wire, stack.enter_context(MongoClient(database.uri))["dreamscape"]


def sign_up(website, name):
    """Return the browser of a new dreamer."""
    reader = Reader(website.url)
    reader.open("/signup")
    reader.send("", first_name=name, last_name="Traveller", email=f"{name}@example.org",
                password="a long password")
    return reader


@pytest.mark.parametrize("fault", [Wire.refuse, Wire.hang], ids=["refuses", "hangs"])
def test_a_long_outage_is_over_within_ten_seconds(place, fault):
    website, wire, _ = place
    fault(wire)
    sleep(LONG)
    wire.open()

    begin = monotonic()
    while not all(website.answers() for _ in range(8)):
        sleep(0.1)

    seconds = monotonic() - begin
    print(f"\n{fault.__name__} for {LONG} s: well again after {seconds:.1f} s")
    assert seconds < 10


def test_lost_answers_in_a_crowd_leave_each_dream_once(place):
    website, wire, database = place
    readers = [sign_up(website, f"dreamer{number}") for number in range(DREAMERS)]
    swallowed = wire.swallowed

    def dream(number):
        """Have a dreamer share dreams, each sent again until it is taken."""
        reader = readers[number]
        for count in range(DREAMS // DREAMERS):
            reader.status = 503
            while reader.status == 503:
                reader.open("/dreambuilder")
                reader.send("", title=f"Dream {count} of {number}", description="Far.",
                            topics=["travel"])

    wire.swallow_answers(b"\x02insert\x00", LOSSES)
    together(*(lambda number=number: dream(number) for number in range(DREAMERS)))

    dreams = database.dreams.count_documents({})
    print(f"\n{wire.swallowed - swallowed} answers lost, {dreams} dreams of {DREAMS}")
    assert wire.swallowed - swallowed == LOSSES
    assert dreams == DREAMS
    assert len(database.dreams.distinct("slug")) == DREAMS
