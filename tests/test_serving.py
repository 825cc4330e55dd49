"""How gunicorn serves the site: a stop cuts off no answer, slow clients hold up nobody."""

import os
import runpy
import signal
import socket
from contextlib import suppress
from time import monotonic, sleep, time_ns

import pytest
from gunicorn.config import Config
from PIL import Image
from support.http_browser import Browser, TolerantBrowser
from support.load_generator import generate_load
from support.picture_factory import encode
from support.slow_clients import (
    BODY, open_connection, slow_clients, slow_connections, start_of_upload,
)
from support.website import Website


@pytest.fixture(scope="module")
def start(mongodb, database_name, tmp_path_factory):
    """A function that starts the site on gunicorn, with settings and a class of Website."""
    def start(kind=Website, **settings):
        """Return the site, in a folder of its own."""
        return kind(mongodb.uri, tmp_path_factory.mktemp("serving"),
                    MONGO_DBNAME=database_name("serving"), **settings)

    return start


@pytest.fixture
def short_lived_website(start):
    """A site for a test that stops it."""
    with start() as website:
        yield website


@pytest.fixture(scope="module")
def website(start):
    """The site on gunicorn."""
    with start() as website:
        yield website


@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["master", "every process"])
def test_a_stop_under_load_cuts_off_no_answer_and_leaves_nobody(short_lived_website, send):
    """A connection that is still in the backlog is reset: a proxy tries again."""
    with generate_load(short_lived_website.port, clients=25) as samples:
        sleep(0.5)
        stopped = monotonic()
        send(short_lived_website.process.pid, signal.SIGTERM)
        short_lived_website.process.wait(30)

    in_flight = [each.outcome for each in samples if each.sent and each.ended > stopped]
    print(f"\n{len(in_flight)} requests in flight at SIGTERM, {len(samples)} in all")
    assert len(in_flight) >= 20  # of 25: the others were between two requests just then
    assert {"page"} <= {*in_flight} <= {"page", "ConnectionResetError"}

    with generate_load(short_lived_website.port, clients=1) as samples:
        sleep(0.2)

    assert [each.outcome for each in samples] == ["ConnectionRefusedError"]


@pytest.mark.parametrize(("behind_proxy", "seconds"), [("1", 100), ("", 2)])
def test_connections_of_a_proxy_are_kept_until_it_closes_them(monkeypatch, behind_proxy, seconds):
    monkeypatch.setenv("BEHIND_PROXY", behind_proxy)

    assert runpy.run_path("gunicorn.conf.py")["keepalive"] == seconds


@pytest.mark.parametrize("name", ["PORT", "WEB_CONCURRENCY", "BEHIND_PROXY"])
def test_a_wrong_setting_of_gunicorn_ends_the_start_with_one_line(monkeypatch, name):
    monkeypatch.setenv(name, "many")

    with pytest.raises(SystemExit, match=rf"^Dreamscape cannot start: {name} .*'many'\.$"):
        runpy.run_path("gunicorn.conf.py")


@pytest.mark.parametrize(("heads", "bodies"), [(12, 0), (0, 12)], ids=["heads", "bodies"])
def test_slow_clients_do_not_hold_up_a_page(website, heads, bodies):
    """More of them than two workers with four threads each could bear; storms try 200."""
    with slow_clients(website.port, heads, bodies) as clients:
        sleep(0.5)
        begin = monotonic()

        assert website.is_healthy()

        assert monotonic() - begin < 2
        assert len(clients) == heads + bodies


# Large bodies ################################################################

SOCKETS = 24
HASTY = ("from app import app\nfrom dreamscape import bodies, uploads\n"
         "bodies.BODY_SECONDS = uploads.UPLOAD_WAIT = 1\nbodies.BODY_RATE = 10**9\n")


class HastyWebsite(Website):
    """The site with another module in front, its deadlines one second."""

    @property
    def command(self):
        """Return the command that serves the module, which is beside the log."""
        folder = self.log_path.parent
        (folder / "hasty.py").write_text(HASTY)
        return "gunicorn", "--pythonpath", str(folder), "hasty:app"


@pytest.fixture(scope="module")
def hasty_website(start):
    """The site on gunicorn, its deadlines one second."""
    with start(HastyWebsite) as website:
        yield website


def seconds_to_send(browser):
    """Send a picture of 1.5 MB; return the seconds it took."""
    picture = encode(Image.new("RGB", (800, 650)), "PNG", compress_level=0)
    assert len(picture) > 1_500_000
    browser.open("/profile/picture")
    begin = monotonic()
    browser.send("", picture=picture)
    assert browser.url.endswith("/profile/skills")
    return monotonic() - begin


def sign_up(website, name):
    """Return the browser of a new person."""
    return Browser(website.url).sign_up(f"{name}{time_ns()}")


def read_answer(client, seconds):
    """Return what the site answers to a raw connection until it hangs up, or for some seconds."""
    client.settimeout(seconds)
    answer = b""
    with suppress(OSError):
        while chunk := client.recv(65_536):
            answer += chunk
    return answer


def test_slow_large_bodies_of_visitors_hold_up_no_upload(website):
    honest = sign_up(website, "Hope")

    with slow_connections(website.port, [start_of_upload()] * SOCKETS):
        sleep(0.5)
        seconds = seconds_to_send(honest)

    assert seconds < 8


def test_slow_large_bodies_of_two_people_hold_up_no_upload_of_a_third(website):
    honest, slow = sign_up(website, "Hope"), [sign_up(website, name) for name in ("Mal", "Mel")]

    with slow_connections(website.port, [start_of_upload(each) for each in slow] * (SOCKETS // 2)):
        sleep(0.5)
        seconds = seconds_to_send(honest)

    assert seconds < 8


def test_a_large_body_of_a_visitor_is_answered_at_once(website):
    client, started = open_connection(website.port, start_of_upload()), monotonic()

    status = client.recv(12)

    assert (status, monotonic() - started < 2) == (b"HTTP/1.1 413", True)


@pytest.mark.parametrize("size", [2_000_000, 11_000_000, 60_000_000])
def test_whoever_sends_all_of_a_large_body_sees_why_it_is_refused(website, size):
    reader = TolerantBrowser(website.url)

    page = reader.open("/profile/picture", bytes(size))

    assert reader.status == 413
    assert "To send a picture, please sign in first." in page


@pytest.mark.parametrize("size", ["small", "large"])
def test_a_body_that_does_not_come_is_given_up(hasty_website, size):
    start = BODY if size == "small" else start_of_upload(sign_up(hasty_website, "Mal"))

    with slow_connections(hasty_website.port, [start]) as [client]:
        answer = read_answer(client, seconds=8)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"The upload took too long" in answer


def test_a_picture_can_be_sent_when_the_one_before_was_given_up(hasty_website):
    browser = sign_up(hasty_website, "Hope")

    with slow_connections(hasty_website.port, [start_of_upload(browser)]) as [client]:
        assert read_answer(client, seconds=8).startswith(b"HTTP/1.1 400 ")

        assert seconds_to_send(browser)


def test_a_second_picture_of_a_person_is_told_to_wait(hasty_website):
    browser = sign_up(hasty_website, "Hope")
    starts = [start_of_upload(browser)] * 8

    with slow_connections(hasty_website.port, starts) as clients:
        answers = [read_answer(client, seconds=8) for client in [*clients]]

    assert {answer[9:12] for answer in answers} == {b"400", b"429"}


def test_a_form_that_is_cut_off_is_not_taken_as_whole(website):
    """Not vacuous: without its last letters it would be a form with a wrong address."""
    client = open_connection(website.port, BODY)
    client.shutdown(socket.SHUT_WR)

    assert read_answer(client, seconds=8).startswith(b"HTTP/1.1 400 ")


def test_a_drain_ends_at_its_deadline(hasty_website):
    """A client who sends a body that was refused, byte by byte, is hung up on."""
    with slow_connections(hasty_website.port, [start_of_upload()] * 4) as clients:
        deadline = monotonic() + 8
        while clients and monotonic() < deadline:
            sleep(0.05)

        assert clients == []


# Forwarded headers ###########################################################


@pytest.fixture(scope="module")
def trusting_website(start):
    """The site with one worker, on a host whose environment has gunicorn trust everybody."""
    with start(WEB_CONCURRENCY="1", FORWARDED_ALLOW_IPS="*") as website:
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

    assert (settings.forwarded_allow_ips, settings.forwarder_headers) == ([], ["NONE"])


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
