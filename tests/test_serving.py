"""How gunicorn serves the site: nobody is lost when it stops, slow clients hold up nobody."""

import os
import runpy
import selectors
import signal
import socket
from logging import getLogger
from time import monotonic, sleep

import pytest
from gunicorn.config import Config
from support.load import load
from support.slow import slow_clients
from support.website import Website


@pytest.fixture
def website(embedded, tmp_path):
    """The site on gunicorn."""
    with Website(embedded.uri, tmp_path) as website:
        yield website


@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["master", "every process"])
def test_a_stop_under_load_loses_no_request_in_flight(website, send):
    with load(website.port, clients=25) as asked:
        sleep(1)
        stopped = monotonic()
        send(website.process.pid, signal.SIGTERM)
        website.process.wait(30)

    in_flight = [each.outcome for each in asked if each.sent and each.ended > stopped]
    print(f"\n{len(in_flight)} requests in flight at SIGTERM, {len(asked)} in all")
    assert len(in_flight) >= 20  # of 25: the others were between two requests just then
    assert set(in_flight) == {"page"}


@pytest.mark.parametrize(("behind_proxy", "seconds"), [("1", 100), ("", 2)])
def test_connections_of_a_proxy_are_kept_until_it_closes_them(monkeypatch, behind_proxy, seconds):
    monkeypatch.setenv("BEHIND_PROXY", behind_proxy)

    assert runpy.run_path("gunicorn.conf.py")["keepalive"] == seconds


def test_after_a_stop_nobody_is_there(website):
    website.process.terminate()
    website.process.wait(30)

    with load(website.port, clients=1) as asked:
        sleep(0.2)

    assert [each.outcome for each in asked] == ["ConnectionRefusedError"]


@pytest.mark.parametrize(("heads", "bodies"), [(12, 0), (0, 12)], ids=["heads", "bodies"])
def test_slow_clients_do_not_hold_up_a_page(website, heads, bodies):
    """More of them than two workers with four threads each could bear; storms try 200."""
    with slow_clients(website.port, heads, bodies) as clients:
        sleep(1)
        begin = monotonic()

        assert website.answers()

        assert monotonic() - begin < 2
        assert len(clients) == heads + bodies


def test_a_worker_that_is_stopped_while_it_starts_ends_quietly():
    worker_class = runpy.run_path("gunicorn.conf.py")["worker_class"]
    door = socket.create_server(("127.0.0.1", 0))
    worker = worker_class(1, os.getpid(), [door], None, 1, Config(), getLogger())
    worker.poller, worker.alive = selectors.DefaultSelector(), False

    worker.set_accept_enabled(True)
    worker.set_accept_enabled(False)

    assert door.fileno() == -1


# Forwarded headers ###########################################################


@pytest.fixture
def trusting_website(embedded, tmp_path):
    """The site with one worker, on a host whose environment has gunicorn trust everybody."""
    with Website(embedded.uri, tmp_path, FORWARDED_ALLOW_IPS="*", WEB_CONCURRENCY="1") as website:
        yield website


def ask(port, path, *headers):
    """Send a request as it is written here; return the whole answer as text."""
    head = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall("\r\n".join([*head, "", ""]).encode())
        return b"".join(iter(lambda: client.recv(65_536), b"")).decode()


def test_the_environment_cannot_make_gunicorn_trust_anybody(monkeypatch):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    settings, told = Config(), runpy.run_path("gunicorn.conf.py")
    for name in ("forwarded_allow_ips", "forwarder_headers"):
        settings.set(name, told[name])

    assert (settings.forwarded_allow_ips, settings.forwarder_headers) == ([], [])


@pytest.mark.parametrize("header", [
    "SCRIPT_NAME", "Script_Name", "script_name", "Script-Name", "HTTP_SCRIPT_NAME", "PATH_INFO",
    "X-Forwarded-Prefix", "X_Forwarded_Prefix", "X-Script-Name"])
def test_no_header_changes_the_addresses_of_the_site(trusting_website, header):
    for path in ("//evil.example/login", "/login", "/nowhere", "//evil.example/"):
        ask(trusting_website.port, path, f"{header}: //evil.example")

    pages = [ask(trusting_website.port, path) for path in ("/", "/login", "/signup", "/nowhere")]

    assert ["evil.example" in page for page in pages] == [False] * 4
    assert 'href="/assets/' in pages[0]


@pytest.mark.parametrize("headers", [
    ("X-Forwarded-Proto: https", "X-Forwarded-Ssl: off"),
    ("X-Forwarded-Proto: http", "X-Forwarded-Protocol: ssl"),
    ("X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example"),
    ("X-Forwarded-Host: evil.example", "X-Forwarded-Port: 1")])
def test_forwarded_headers_that_conflict_are_not_read(trusting_website, headers):
    answer = ask(trusting_website.port, "/", *headers)

    assert answer.startswith("HTTP/1.1 200 ")
    assert "evil.example" not in answer
