"""The database refuses, hangs, hangs up or loses an answer: the real site, over real HTTP."""

from http.client import IncompleteRead
from secrets import token_hex
from time import monotonic, sleep
from urllib.parse import urlencode

import pytest
from pymongo import MongoClient
from support.http_browser import TolerantBrowser
from support.database import DatabaseServer
from support.html_checker import forms
from support.fault_proxy import HOST, FaultProxy
from support.website import Website

from dreamscape.database import connect

DREAM = {"title": "Sail to the islands", "description": "In a boat of mine.", "topics": ["travel"]}
STRAIGHT = "directConnection=true"  # else the server tells the driver where it really is
ANSWER = 8  # seconds that an answer without a database may take
RECOVERY = 10  # seconds until all is well again


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A durable database, the proxy to it, and the site that knows only the proxy."""
    folder = tmp_path_factory.mktemp("outages")
    with (DatabaseServer(folder / "database") as database, FaultProxy(database.port) as proxy,
          Website(f"mongodb://{HOST}:{proxy.port}/?{STRAIGHT}", folder,
                  RATELIMIT_ENABLED="0") as website,
          MongoClient(database.uri) as client):
        yield website, proxy, client["dreamscape"]


@pytest.fixture
def proxy(place):
    """The proxy to the database, whole again after the test."""
    yield place[1]
    place[1].open()
    until_well(place[0])


@pytest.fixture
def ada(place):
    """A new dreamer in the Dreambuilder, of which there are no dreams yet."""
    website, _, database = place
    database.dreams.delete_many({})
    reader = TolerantBrowser(website.url)
    reader.open("/signup")
    reader.send("", first_name="Ada", last_name="Lovelace", password="a long password",
                 email=f"ada{database.dreamers.count_documents({})}@example.org")
    reader.open("/dreambuilder")
    return reader


def until_well(website):
    """Return how many seconds pass until both workers serve pages again."""
    begin, well = monotonic(), 0
    while well < 8 and monotonic() - begin < 60:
        well = well + 1 if website.is_healthy() else 0
        sleep(0.02)
    return monotonic() - begin


def share(ada):
    """Send the Dreambuilder's form; return how many seconds the answer takes."""
    begin = monotonic()
    ada.send("", **DREAM)
    return monotonic() - begin


@pytest.mark.parametrize("fault", [FaultProxy.refuse, FaultProxy.hang], ids=["refuses", "hangs"])
def test_a_database_that_is_away_is_told_in_seconds_with_what_was_typed(place, proxy, ada, fault):
    """Then the site recovers without a restart, and the form sent again makes one thing."""
    form = ada.text
    fault(proxy)

    seconds = share(ada)

    print(f"\n{fault.__name__}: the answer came in {seconds:.1f} s")
    assert ada.status == 503
    assert seconds < ANSWER
    assert "be right back" in ada.text
    assert all(DREAM[name] in ada.text for name in ("title", "description"))

    proxy.open()
    seconds = until_well(place[0])

    print(f"\n{fault.__name__}: well again after {seconds:.1f} s")
    assert seconds < RECOVERY

    ada.text = form
    share(ada)

    assert place[2].dreams.count_documents({}) == 1


def test_a_download_that_breaks_off_does_not_look_complete(place, proxy, ada):
    website, _, database = place
    me = database.dreamers.find_one({}, sort=[("_id", -1)])["_id"]
    database.comments.insert_many([{"dreamer_id": me, "body": token_hex(4_000)}
                                   for _ in range(1_500)])
    ada.open("/profile/data")
    form = forms(ada.text)[-1]["fields"] | {"current_password": ["a long password"]}

    with ada.opener.open(f"{website.url}/profile/data", urlencode(form, True).encode()) as answer:
        begin = answer.read(1_000)
        proxy.refuse()

        assert (answer.status, begin[:2]) == (200, b"PK")
        with pytest.raises(IncompleteRead):
            answer.read()


def test_nobody_notices_that_connections_were_dropped(place, proxy, ada):
    proxy.drop()

    share(ada)

    assert ada.status == 200
    assert place[2].dreams.count_documents({}) == 1


@pytest.mark.parametrize("lost", ["insert", "update", "find", "aggregate"])
def test_nobody_notices_that_an_answer_was_lost(place, proxy, ada, lost):
    lost_answers = proxy.lost_answers
    proxy.drop_answers(b"\x02" + lost.encode() + b"\x00")

    share(ada)

    assert proxy.lost_answers == lost_answers + 1
    assert ada.status == 200
    assert place[2].dreams.count_documents({}) == 1
    assert place[2].slugs.count_documents({}) >= 1


def test_a_write_counts_when_most_of_a_replica_set_has_it():
    database = connect({"MONGO_URI": "mongodb://127.0.0.1/?w=1", "MONGO_DBNAME": "x"})

    assert database.write_concern.document == {"w": "majority"}
    assert database.client.options.retry_writes and database.client.options.retry_reads
