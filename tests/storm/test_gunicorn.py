"""Load tests of gunicorn: 200 slow clients, and a graceful stop under load."""

import os
import signal
import urllib.request
from time import monotonic, sleep

import pytest
from support.load_generator import generate_load
from support.slow_clients import slow_clients
from support.website import Website

STOPS = 10
CLIENTS = 50


def seconds_for_a_page(website):
    """Return how many seconds a page takes."""
    begin = monotonic()
    urllib.request.urlopen(f"{website.url}/login", timeout=15).read()
    return monotonic() - begin


@pytest.mark.parametrize(("heads", "bodies"), [(200, 0), (0, 200), (100, 100)])
def test_200_slow_clients_leave_a_page_below_two_seconds(embedded, tmp_path, heads, bodies):
    with (Website(embedded.uri, tmp_path) as website,
          slow_clients(website.port, heads, bodies) as clients):
        sleep(2)
        times = [seconds_for_a_page(website) for _ in range(20)]
        connected = len(clients)

    print(f"\n{heads} slow heads, {bodies} slow bodies, {connected} still connected: 20 pages, "
          f"the slowest in {max(times):.3f} s")
    assert connected == heads + bodies
    assert max(times) < 2


def test_no_stop_loses_a_request_in_flight(embedded, tmp_path):
    in_flight = []
    for _ in range(STOPS):
        with (Website(embedded.uri, tmp_path) as website,
              generate_load(website.port, CLIENTS) as samples):
            sleep(1)
            stopped = monotonic()
            os.kill(website.process.pid, signal.SIGTERM)
            website.process.wait(30)
        in_flight += [each.outcome for each in samples if each.sent and each.ended > stopped]

    lost = [outcome for outcome in in_flight if outcome != "page"]
    print(f"\n{STOPS} stops under {CLIENTS} clients: {len(in_flight)} requests in flight, "
          f"{len(lost)} lost")
    assert len(in_flight) >= STOPS * CLIENTS
    assert lost == []
