"""The log: one line of JSON for each request and event, without secrets."""

import io
import json
import re
from smtplib import SMTPRecipientsRefused
from time import monotonic
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient
from pymongo import MongoClient
from support.http_browser import TolerantBrowser
from support.database import DatabaseServer
from support.picture_factory import encode, photo
from support.smtp_server import MailServer
from support.website import Website

import app as site
from dreamscape.log import logger

PASSWORD = "correct horse battery"


@pytest.fixture
def log(monkeypatch):
    """A function that returns the parsed log lines: log() or log("sign_in")."""
    stream = io.StringIO()
    monkeypatch.setattr(site.log_handler, "stream", stream)

    def read(event=None):
        """Return the lines, or those of one event."""
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        return [line for line in lines if event in (None, line["event"])]

    return read


# Requests ####################################################################


def test_a_request_is_one_line(real_db, visitor, log):
    visitor.get("/login")

    [line] = log()
    assert (line["event"], line["method"], line["status"]) == ("request", "GET", 200)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["at"])


def test_a_request_is_logged_with_the_status_that_compression_gives_it(real_db, visitor, log):
    """Flask-Compress answers 304, since an ETag says how its response is compressed."""
    path, headers = "/static/img/icons.svg", {"Accept-Encoding": "zstd"}
    etag = visitor.get(path, headers=headers).headers["ETag"]

    answer = visitor.get(path, headers=headers | {"If-None-Match": etag})

    assert answer.status_code == log()[-1]["status"] == 304


def test_a_request_is_logged_with_its_duration(real_db, visitor, log):
    begin = monotonic()

    visitor.get("/login")

    assert 0 <= log()[0]["ms"] <= (monotonic() - begin) * 1_000 + 1


@pytest.mark.parametrize(("path", "route"), [
    ("/password-reset/a-token", "/password-reset/<token>"), ("/dreams/a-token?q=a-token",
    "/dreams/<slug>"), ("/a-token", None), ("/static/a-token", "/static/<path:filename>")])
def test_a_request_is_logged_by_its_route_alone(real_db, visitor, log, path, route):
    visitor.get(path)

    assert log("request")[0]["route"] == route
    assert "a-token" not in json.dumps(log())


def test_a_request_is_logged_with_the_dreamers_id(db, dreamer, sign_in, log):
    sign_in("ada").get("/dreams")

    assert log("request")[-1]["dreamer_id"] == str(dreamer("ada")["_id"])


def test_a_request_of_a_visitor_is_logged_without_an_id(real_db, visitor, log):
    visitor.get("/login")

    assert log()[0]["dreamer_id"] is None


def test_the_response_has_the_request_id_of_its_log_lines(real_db, visitor, log):
    answer = visitor.send("/login", email="ada@example.com", password="wrong")

    ids = {line["request_id"] for line in log()[-2:]}
    assert ids == {answer.headers["X-Request-ID"]}


def test_each_request_has_its_own_request_id(real_db, visitor, log):
    visitor.get("/login")
    visitor.get("/login")

    assert len({line["request_id"] for line in log()}) == 2


def test_a_request_id_of_a_proxy_is_used(real_db, visitor, log):
    answer = visitor.get("/login", headers={"X-Request-ID": "0af7-6519_16cd"})

    assert answer.headers["X-Request-ID"] == log()[0]["request_id"] == "0af7-6519_16cd"


@pytest.mark.parametrize("given", ["short", "x" * 65, "a b c d e f", '"quoted"!', "é" * 10, ""])
def test_an_invalid_request_id_is_replaced(real_db, visitor, log, given):
    answer = visitor.get("/login", headers={"X-Request-ID": given})

    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-ID"])


# Events ######################################################################


@pytest.mark.parametrize(("path", "fields", "event"), [
    ("/login", {"email": "ada@example.com", "password": PASSWORD}, "sign_in"),
    ("/login", {"email": "ada@example.com", "password": "wrong"}, "sign_in_refused"),
    ("/login", {"email": "who@example.com", "password": "wrong"}, "sign_in_refused"),
    ("/signup", {"first_name": "Cyd", "last_name": "New", "email": "c@example.com",
                 "password": "long enough"}, "sign_up"),
    ("/password-reset", {"email": "ada@example.com"}, "reset_asked"),
    ("/password-reset/nonsense", {"password": "long enough"}, "reset_refused"),
    ("/login", {"email": "ada@example.com", "csrf_token": "forged"}, "form_not_ours")])
def test_an_action_of_a_visitor_is_a_security_event(real_db, dreamer, visitor, log, path, fields,
                                                  event):
    dreamer("ada")

    visitor.send(path, **fields)

    assert [line["security"] for line in log(event)] == [True]


@pytest.mark.parametrize(("path", "fields", "event"), [
    ("/logout", {}, "sign_out"),
    ("/profile/delete", {"confirm": "1", "current_password": "correct horse battery"},
     "account_deleted"),
    ("/logout", {"csrf_token": "forged"}, "form_not_ours"),
    ("/dreams/sail-around-the-world/edit", {}, "refused")])
def test_an_action_of_a_dreamer_is_a_security_event(real_db, dream, sign_in, dreamer, log, path,
                                                 fields, event):
    bob, client = dreamer("bob"), sign_in("bob")

    client.send(path, **fields)

    assert [(line["security"], line["dreamer_id"]) for line in log(event)] == [
        (True, str(bob["_id"]))]


def test_a_new_password_is_a_security_event(real_db, dreamer, visitor, log):
    ada = dreamer("ada")
    with site.app.test_request_context():
        token = site.make_token("password-reset", ada)

    visitor.send(f"/password-reset/{token}", password="an even longer one")

    assert [line["dreamer_id"] for line in log("password_changed")] == [str(ada["_id"])]


def test_a_sign_in_is_logged_with_the_dreamers_id(real_db, dreamer, visitor, log):
    ada = dreamer("ada")

    visitor.send("/login", email="ada@example.com", password=PASSWORD)

    assert log("sign_in")[0]["dreamer_id"] == str(ada["_id"])


def test_making_an_administrator_is_a_security_event(db, dreamer, log):
    ada = dreamer("ada")

    site.app.test_cli_runner().invoke(args=["make-admin", "ada@example.com"])

    [line] = log("role_given")
    assert line["security"] and line["role"] == "administrator"
    assert line["dreamer_id"] == str(ada["_id"])


def test_too_many_requests_are_a_security_event(log):
    with site.app.test_request_context():
        site.log_request(site.app.response_class(status=429))

    assert log("limited")[0]["security"] is True


def test_an_ordinary_request_is_no_security_event(real_db, visitor, log):
    visitor.get("/login")

    assert "security" not in log()[0]


# Messages and tracebacks #####################################################


def test_an_error_message_is_a_line_of_json(log):
    logger.error("The picture store failed at %s:\n%s", "storing", "two lines")

    [line] = log("message")
    assert line["level"] == "error"
    assert line["message"] == "The picture store failed at storing:\ntwo lines"


def test_an_email_address_in_a_message_is_redacted(log):
    error = SMTPRecipientsRefused({"ada.l@mail.example.com": (550, b"<ada.l@mail.example.com>?")})

    logger.error("A mail was not sent: %s", error)

    assert log()[0]["message"] == "A mail was not sent: {'(address)': (550, b'<(address)>?')}"


@pytest.mark.parametrize(("name", "value", "secret"), [
    ("SECRET_KEY", "the key of keys", "the key of keys"), ("MAIL_PASSWORD", "tell-me", "tell-me"),
    ("MONGO_URI", "mongodb://ada:s3cret@one:1,two:2/x", "s3cret"),
    ("CLOUDINARY_URL", "cloudinary://1234:s3cret@cloud", "s3cret")])
def test_a_secret_in_a_message_is_redacted(monkeypatch, log, name, value, secret):
    monkeypatch.setitem(site.settings, name, value)

    logger.error("It said: %s", value)

    assert secret not in log()[0]["message"]


def test_an_unhandled_exception_is_logged_without_the_path(real_db, visitor, monkeypatch, log):
    monkeypatch.setitem(site.app.view_functions, "password_reset_set", lambda token: 1 / 0)

    answer = FlaskClient.open(visitor, "/password-reset/a-token")

    [line] = log("message")
    assert answer.status_code == 500
    assert "ZeroDivisionError" in line["trace"]
    assert "a-token" not in json.dumps(log())


# A whole run #################################################################


class RecordingBrowser(TolerantBrowser):
    """A browser that records every secret: typed values, tokens and cookies."""

    def __init__(self, site, secrets):
        """Open a site; secrets are added to the set ``secrets``."""
        super().__init__(site.url)
        self.secrets = secrets

    def open(self, *args):
        """Request a URL; record the tokens and cookies."""
        super().open(*args)
        self.secrets |= {*re.findall(r'name="csrf_token" type="hidden" value="([^"]+)"', self.text),
                       *re.findall(r'name="csrf_token" value="([^"]+)"', self.text),
                       *(cookie.value for cookie in self.cookies)}
        return self.text

    def send(self, action, picture=None, **fields):
        """Submit a form; record the typed values."""
        self.secrets |= {value for value in fields.values() if isinstance(value, str)} - {"1", "0"}
        return super().send(action, picture, **fields)


SETTINGS = {"SECRET_KEY": "the secret key of a run that is searched",
            "MAIL_USERNAME": "postman", "MAIL_PASSWORD": "what the postman knows"}
DATABASE_PASSWORD = "a-password-of-the-database"


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """The site on gunicorn with a real database and a mail server."""
    folder = tmp_path_factory.mktemp("log")
    with (DatabaseServer(folder / "database", durable=False) as database,
          MailServer("postman", SETTINGS["MAIL_PASSWORD"]) as mail,
          Website(uri_with_password(database), folder, MAIL_SERVER=mail.host,
                  MAIL_PORT=str(mail.port), **SETTINGS) as website):
        yield website, mail


def uri_with_password(database):
    """Create a database user; return the URI with its password."""
    with MongoClient(database.uri) as client:
        client.admin.command("createUser", "site", pwd=DATABASE_PASSWORD, roles=["root"])
    return database.uri.replace("//", f"//site:{DATABASE_PASSWORD}@")


def enter(browser, name, password, path="/signup", **fields):
    """Sign somebody up or in."""
    browser.open(path)
    browser.send("", email=f"{name}@dreamers.example.org", password=password, **fields)


def confirm(browser, mail):
    """Confirm an address by the link of the newest mail."""
    token = wait_for_link(mail, "/confirm/")
    browser.secrets.add(token)
    browser.open(f"/confirm/{token}")
    browser.send("")
    mail.clear()


def share_dream(ada, mail):
    """Sign ada up, and have her share a dream with a picture."""
    enter(ada, "ada", "the first password of ada", first_name="Ada", last_name="Lovelace")
    confirm(ada, mail)
    ada.open("/dreambuilder")
    ada.send("", title="Sail to the islands", description="In a boat of mine.", topics=["travel"])
    ada.send("", picture=encode(photo(400, 300), "JPEG"), alt="A boat on the sea")
    ada.open("/dreams/sail-to-the-islands/picture")
    ada.send("", picture=b"no picture at all", alt="Broken words")


def comment(bob, website, mail):
    """Sign bob up; comment, be refused an edit, and comment again after the session ended."""
    enter(bob, "bob", "the only password of bob", first_name="Bob", last_name="Builder")
    confirm(bob, mail)
    bob.open("/dreams/sail-to-the-islands")
    bob.send("/comments", body="I have a sail to give away.")
    bob.open("/dreams/sail-to-the-islands/edit")
    bob.open("/dreams/sail-to-the-islands")
    phone = RecordingBrowser(website, bob.secrets)
    enter(phone, "bob", "the only password of bob", "/login")
    phone.open("/profile")
    phone.send("/others/end")
    bob.send("/comments", body="Typed after the end of a session.")
    bob.secrets.add(re.search("/drafts/([^/?&]+)", unquote(bob.url))[1])
    enter(bob, "bob", "a wrong password of bob", "/login")
    bob.send("", email="bob@dreamers.example.org", password="the only password of bob")


def wait_for_link(mail, path="/password-reset/"):
    """Return the token of the first mailed link to a path."""
    for count in range(1, 20):
        body = mail.wait_for(count, timeout=10)[-1].get_body(("plain",)).get_content()
        if found := re.search(path + r"(ey\S+)", body):
            return found[1]
    raise AssertionError("no link came")


def reset_password(ada, website, mail):
    """Reset ada's password: the first mail is refused, and wrong links are tried."""
    mail.refuse = True
    ada.open("/password-reset")
    ada.send("/password-reset", email="ada@dreamers.example.org")
    while "was not sent" not in website.output:
        assert website.is_healthy()
    mail.refuse = False
    ada.send("/password-reset", email="nobody@dreamers.example.org")
    ada.send("/password-reset", email="ada@dreamers.example.org")
    token = wait_for_link(mail)
    ada.secrets.add(token)
    for path in (f"/password-reset/{token}x", f"/nowhere/{token}?draft={token}",
                 f"/login?draft={token}", f"/dreams/{token}", f"/password-reset/{token}"):
        ada.open(path)
    ada.send("", password="the second password of ada")


@pytest.fixture(scope="module")
def run(servers):
    """(The site after a whole run, every secret, token, address and text used in it)."""
    website, mail = servers
    secrets = {*SETTINGS.values(), DATABASE_PASSWORD}
    ada, bob = RecordingBrowser(website, secrets), RecordingBrowser(website, secrets)
    share_dream(ada, mail)
    comment(bob, website, mail)
    reset_password(ada, website, mail)
    ada.send("/logout")  # the reset has signed her in
    enter(ada, "ada", "the second password of ada", "/login")
    ada.open("/profile")
    ada.send("/profile/delete", confirm="1", current_password="the second password of ada")
    return website, secrets


def test_every_line_of_a_run_is_json(run):
    lines = [json.loads(line) for line in run[0].log_path.read_text().splitlines()]

    assert len(lines) > 40
    assert {"request", "sign_in", "sign_in_refused", "sign_up", "reset_asked", "reset_refused",
            "password_changed", "refused", "account_deleted"} <= {line["event"] for line in lines}


def test_a_run_logs_no_secret(run):
    website, secrets = run

    found = [secret for secret in secrets if secret in website.output]

    print(f"\n{len(website.output.splitlines())} lines, {len(secrets)} secrets, {len(found)} found")
    assert len(secrets) > 40
    assert found == []
