"""Fairness of uploads: one person, or many slow clients, against other people's pictures."""

import threading
import time
from contextlib import contextmanager, suppress

import pytest
from support.http_browser import TolerantBrowser
from support.database import DatabaseServer
from support.picture_factory import encode, endless_jpeg, noise, photo
from support.slow_clients import start_of_upload, slow_connections
from support.website import Website

AT_ONCE = 8
SOCKETS = 24
SMALL = encode(photo(600, 400), "JPEG")
LARGE = encode(photo(4_000, 3_000), "JPEG", quality=98)


@pytest.fixture(scope="module")
def website(tmp_path_factory):
    """The site as it is served, with two workers, its limits on."""
    folder = tmp_path_factory.mktemp("starving")
    with (DatabaseServer(folder / "database") as database,
          Website(database.uri, folder) as website):
        yield website


def sign_up(website):
    """Return the browser of a new person."""
    return TolerantBrowser(website.url).sign_up(f"Person{time.time_ns()}")


def open_tabs(browser, number):
    """Return browsers with the session of another one, each on the picture page."""
    tabs = [TolerantBrowser(browser.url) for _ in range(number)]
    for tab in tabs:
        for cookie in browser.cookies:
            tab.cookies.set_cookie(cookie)
        tab.open("/profile/picture")
    return tabs


@contextmanager
def send_from_all(tabs, data):
    """Send a picture from each tab at once; yield the list of (response time, status)."""
    answers = []

    def send(tab):
        """Send it, and record the response."""
        with suppress(TimeoutError):
            tab.send("", picture=data)
            answers.append((time.monotonic(), tab.status))

    threads = [threading.Thread(target=send, args=(tab,)) for tab in tabs]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        for thread in threads:
            thread.join()


def send_repeatedly(browser, data, times):
    """Send a picture several times; return [(start, end, status)]."""
    sent = []
    for _ in range(times):
        browser.open("/profile/picture")
        begin = time.monotonic()
        browser.send("", picture=data)
        sent.append((begin, time.monotonic(), browser.status))
    return sent


def format_seconds(sent):
    """Return how long each picture took, as text."""
    return ", ".join(f"{end - begin:.1f}" for begin, end, _ in sent) + " s"


MAKERS = {"noise": lambda: encode(noise(1_600, 4_800), "JPEG", quality=80),
          "endless scans": lambda: endless_jpeg(6_000, 6_000, 2_000)}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_picture_waits_for_one_of_eight_that_another_person_sends_at_once(website, kind):
    data, other = MAKERS[kind](), sign_up(website)
    [(begin, end, _)] = send_repeatedly(other, SMALL, 1)
    alone = end - begin

    with send_from_all(open_tabs(sign_up(website), AT_ONCE), data) as answers:
        time.sleep(1)  # until all eight wait
        sent = send_repeatedly(other, SMALL, 4)

    converted = [moment for moment, status in answers if status != 429]
    before = [sum(begin < moment < end for moment in converted) for begin, end, _ in sent]
    print(f"\n{AT_ONCE} pictures of {kind} ({len(data):,} bytes) at once, answered "
          f"{sorted(status for _, status in answers)}:\n  four small ones of another took "
          f"{format_seconds(sent)} ({alone:.1f} alone), while {before} of the {AT_ONCE} ended")
    assert [status for *_, status in sent] == [200] * 4
    assert max(before) <= 2  # the one that was converted, and one that was just answered


@pytest.mark.parametrize("people", [0, 2])
def test_slow_bodies_delay_no_picture(website, people):
    slow = [sign_up(website) for _ in range(people)] or [None]
    honest = sign_up(website)

    starts = [start_of_upload(each) for each in slow] * (SOCKETS // len(slow))

    with slow_connections(website.port, starts):
        time.sleep(1)  # until all sockets have been accepted
        sent = send_repeatedly(honest, LARGE, 3)

    print(f"\n{SOCKETS} slow large bodies of {people or 'no'} people: three pictures of "
          f"{len(LARGE):,} bytes took {format_seconds(sent)}")
    assert [status for *_, status in sent] == [200] * 3
    assert max(end - begin for begin, end, _ in sent) < 8


def test_one_person_gets_no_more_than_a_minute_of_conversions(website):
    data, tab = MAKERS["endless scans"](), sign_up(website)

    sent = send_repeatedly(tab, data, 10)

    print(f"\nTen hostile pictures one after another: {format_seconds(sent)}")
    assert "try this one again in 15 minutes" in tab.text
