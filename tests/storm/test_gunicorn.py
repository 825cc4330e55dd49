"""Storms on gunicorn: 200 slow clients, and a stop in the middle of a crowd."""

import os
import signal
import urllib.request
from time import monotonic, sleep

import pytest
from support.load import load
from support.slow import slow_clients
from support.website import Website

STOPS = 10
CROWD = 50


def seconds_for_a_page(website):
    """Return how long an ordinary page takes."""
    begin = monotonic()
    urllib.request.urlopen(f"{website.url}/login", timeout=15).read()
    return monotonic() - begin


@pytest.mark.parametrize(("heads", "bodies"), [(200, 0), (0, 200), (100, 100)])
def test_200_slow_clients_leave_a_page_below_two_seconds(
        mongodb, database_name, tmp_path, heads, bodies):
    with (Website(mongodb.uri, tmp_path, MONGO_DBNAME=database_name("storm")) as website,
          slow_clients(website.port, heads, bodies) as clients):
        sleep(2)
        times = [seconds_for_a_page(website) for _ in range(20)]
        kept = len(clients)

    print(f"\n{heads} slow heads, {bodies} slow bodies, {kept} still there: 20 pages, "
          f"the slowest in {max(times):.3f} s")
    assert kept == heads + bodies
    assert max(times) < 2


def test_no_stop_loses_a_request_in_flight(mongodb, database_name, tmp_path):
    in_flight, name = [], database_name("storm")
    for _ in range(STOPS):
        with (Website(mongodb.uri, tmp_path, MONGO_DBNAME=name) as website,
              load(website.port, CROWD) as asked):
            sleep(1)
            stopped = monotonic()
            os.kill(website.process.pid, signal.SIGTERM)
            website.process.wait(30)
        in_flight += [each.outcome for each in asked if each.sent and each.ended > stopped]

    lost = [outcome for outcome in in_flight if outcome != "page"]
    print(f"\n{STOPS} stops under {CROWD} clients: {len(in_flight)} requests in flight, "
          f"{len(lost)} lost")
    assert len(in_flight) >= STOPS * CROWD
    assert lost == []
