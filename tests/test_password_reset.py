"""Password reset: the link, the mail that brings it, and what it opens."""

import base64
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import monotonic

import jwt
import pytest
from bson import ObjectId
from support.smtp_server import MailServer, hang_port, trickle_port

import app as site
from dreamscape.accounts import compose_reset_mail, set_password
from dreamscape.mail import MAIL_DEADLINE, add_mail, schedule_mail, set_mail_lease
from dreamscape.settings import derived_key, read_base_url

PASSWORD = "correct horse battery"
NEW = "a new password"
REFUSAL = "This link has expired or was already used."
ASKED = "If there&#39;s an account for that address, we&#39;ve emailed you a link."


def set_mail(monkeypatch, **settings):
    """Have the site send its mail with these settings, for this test."""
    for name, value in settings.items():
        monkeypatch.setitem(site.settings, name, value)


@pytest.fixture
def server(monkeypatch):
    """A mail server, set as the site's own."""
    with MailServer() as server:
        set_mail(monkeypatch, MAIL_SERVER=server.host, MAIL_PORT=server.port)
        yield server


@pytest.fixture
def outbox(monkeypatch):
    """Time stands still, so mail waits in the outbox until the test sends it."""
    class Stopped(threading.Timer):
        """A timer that never starts."""

        def start(self):
            """Do nothing."""

    monkeypatch.setattr(threading, "Timer", Stopped)


def ask(client, email="ada@example.com", **options):
    """Ask for a link and wait until its mail went out, or failed; return the answer."""
    form = {"csrf_token": client.token(), "email": email}
    answer = client.post("/password-reset", data=form, **options)
    for thread in threading.enumerate():
        if getattr(thread, "interval", None) == 0:
            thread.join()
    return answer


def link_for(dreamer):
    """Return the path of a link that is good for a dreamer."""
    return f"/password-reset/{site.make_token('password-reset', dreamer)}"


def claims_for(dreamer, **changed):
    """Return the claims of a good token with some changed; those that are None left out."""
    claims = {"sub": str(dreamer["_id"]), "aud": "password-reset",
              "exp": datetime.now(UTC) + timedelta(minutes=15),
              "password": site.fingerprint("password-reset", dreamer.get("password")),
              "address": site.fingerprint("password-reset", dreamer["email"])} | changed
    return {name: value for name, value in claims.items() if value is not None}


def forge(claims, key=None, algorithm="HS256", **headers):
    """Return the path of a link with a token of one's own making."""
    key = derived_key("password-reset") if key is None else key
    token = jwt.encode(claims, key, algorithm, headers)
    return f"/password-reset/{token}"


def part(value):
    """Return a part of a token: bytes, or a value as JSON, in base64 for addresses."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(header):
    """Return the path of a link with a token of which only the header matters."""
    return f"/password-reset/{part(header)}.e30.x"


def can_sign_in(password):
    """Return whether a password opens ada's account."""
    answer = site.app.test_client().send("/login", email="ada@example.com", password=password)
    return answer.status_code == 303


@pytest.fixture
def ada(db, dreamer):
    """Ada's document."""
    return dreamer("ada")


# Asking ######################################################################


def test_asking_says_that_a_mail_is_on_its_way(ada, visitor, outbox):
    answer = ask(visitor)

    assert (answer.status_code, answer.location) == (303, "/password-reset")
    assert ASKED in visitor.get("/password-reset").text


def test_asking_for_an_unknown_address_gives_the_same_answer(ada, outbox):
    """R40."""
    told = []
    for email in ("ada@example.com", "nobody@example.com"):
        client = site.app.test_client()
        answer = ask(client, email)
        told.append((answer.status_code, answer.location, answer.text,
                     re.sub('value="[^"]*"', "", client.get(answer.location).text)))

    assert told[0] == told[1]


def test_asking_does_the_same_work_for_an_unknown_address(real_db, dreamer, calls, visitor, outbox):
    """R40: so it takes the same time."""
    dreamer("ada")
    work = []
    for email in ("ada@example.com", "nobody@example.com"):
        calls.commands.clear()
        ask(visitor, email)
        work.append([name for name, _ in calls.commands])

    assert work[0] == work[1] == ["insert"]


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c", "x" * 300 + "@example.com"])
def test_asking_without_an_address_is_refused(db, visitor, email):
    """R4."""
    answer = ask(visitor, email)

    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert db.mails.count_documents({}) == 0


def test_asking_without_a_token_is_refused(db, ada, visitor):
    answer = visitor.post("/password-reset", data={"email": "ada@example.com"})

    assert answer.status_code == 422
    assert db.mails.count_documents({}) == 0


# The mail ####################################################################


def test_the_mail_goes_to_the_dreamer(ada, visitor, server):
    """R36."""
    ask(visitor, " ADA@Example.com")

    message, = server.wait_for(1)
    assert message.recipients == ["ada@example.com"]
    assert message["subject"] == "Reset your Dreamscape password"


def test_the_mail_comes_from_the_sender_of_the_settings(ada, visitor, server):
    """R36."""
    ask(visitor)

    assert server.wait_for(1)[0].sender == site.settings["MAIL_DEFAULT_SENDER"]


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_mail_holds_the_link_as_text_and_as_html(ada, visitor, server, kind):
    """R36."""
    ask(visitor)

    message, = server.wait_for(1)
    body = message.get_body((kind,)).get_content()
    path = re.search(r"http://127\.0\.0\.1:5000(/password-reset/[\w.-]+)", body)[1]
    assert visitor.get(path).status_code == 200


def test_the_mail_says_how_long_its_link_holds(ada, visitor, server):
    ask(visitor)

    text = server.wait_for(1)[0].get_body(("plain",)).get_content()
    assert "within 15 minutes" in text


@pytest.mark.parametrize("name", ["<b>Ada</b>", "Zoë", "日本", "A\u0301da & co"])
def test_the_mail_takes_a_name_for_text(db, ada, visitor, server, name):
    db.dreamers.update_one({}, {"$set": {"first_name": name}})

    ask(visitor)

    message, = server.wait_for(1)
    assert f"Hi {name}," in message.get_body(("plain",)).get_content()
    assert "<b>" not in message.get_body(("html",)).get_content()


def test_a_dreamer_without_a_name_gets_a_mail(db, ada, visitor, server):
    """R28."""
    db.dreamers.update_one({}, {"$unset": {"first_name": "", "password": ""}})

    ask(visitor)

    assert "Hello,\n" in server.wait_for(1)[0].get_body(("plain",)).get_content()


@pytest.mark.parametrize("url", ["https://dreams.example.org", "https://dreams.example.org/",
                                 "https://example.org/dreams/"])
def test_the_link_begins_with_the_base_url(ada, monkeypatch, url):
    """R36."""
    monkeypatch.setitem(site.settings, "BASE_URL", read_base_url({"BASE_URL": url}))

    with site.app.app_context():
        text = compose_reset_mail({"email": "ada@example.com"}).body

    assert f"\n{url.rstrip('/')}/password-reset/ey" in text


@pytest.mark.parametrize("headers", [
    {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"}])
def test_the_host_of_the_request_does_not_reach_the_link(ada, visitor, server, headers):
    """R36."""
    ask(visitor, headers=headers)

    assert "evil.example" not in server.wait_for(1)[0].as_string()


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1@evil", ""])
@pytest.mark.parametrize("path", ["/", "/password-reset", "/static/img/icons.svg", "/nowhere"])
def test_only_our_own_hosts_are_answered(db, visitor, host, path):
    answer = visitor.get(path, headers={"Host": host})

    assert answer.status_code == 400
    assert "evil" not in answer.text


def test_a_mail_server_may_ask_for_a_sign_in(ada, visitor, monkeypatch):
    """R36."""
    with MailServer("dreams", "secret") as server:
        set_mail(monkeypatch, MAIL_SERVER=server.host, MAIL_PORT=server.port,
                 MAIL_USERNAME="dreams", MAIL_PASSWORD="secret")

        ask(visitor)

        server.wait_for(1)


def test_an_unknown_address_gets_no_mail(db, visitor, server):
    ask(visitor, "nobody@example.com")

    assert server.messages == []
    assert db.mails.count_documents({}) == 0


def test_a_mail_that_went_out_is_not_kept(db, ada, visitor, server):
    ask(visitor)

    server.wait_for(1)
    assert db.mails.count_documents({}) == 0


def test_without_a_mail_server_the_mail_is_printed(ada, visitor, capsys):
    ask(visitor)

    printed = capsys.readouterr().out
    assert "To: ada@example.com\nSubject: Reset your Dreamscape password\n" in printed
    assert "\nhttp://127.0.0.1:5000/password-reset/ey" in printed


# A mail that cannot be sent ##################################################


def make_due(db):
    """Let the pause after a failed mail be over."""
    db.mails.update_many({}, {"$set": {"due_at": datetime.now(UTC)}})


def test_a_mail_that_failed_is_logged_and_kept(db, ada, visitor, server, caplog):
    """R40."""
    server.refuse = True

    ask(visitor)

    kept = db.mails.find_one()
    assert f"A mail (password_reset, {kept['_id']}) was not sent, try 1: " in caplog.text
    assert kept["tries"] == 1


def test_a_mail_that_failed_gives_the_same_answer(ada, visitor, server):
    """R40."""
    server.refuse = True

    ask(visitor)

    assert ASKED in visitor.get("/password-reset").text


def test_a_log_about_mail_tells_no_link(ada, visitor, server, caplog):
    server.refuse = True

    ask(visitor)

    assert "password-reset/" not in caplog.text


def test_a_mail_that_failed_is_tried_again(db, ada, visitor, server, outbox):
    """R40."""
    ask(visitor)
    server.refuse = True
    assert site.app.test_cli_runner().invoke(args=["send-mail"]).output.endswith(": 1\n")

    server.clear()
    make_due(db)
    tried = site.app.test_cli_runner().invoke(args=["send-mail"])

    assert tried.output == "Emails still to be sent: 0\n"
    assert len(server.messages) == 1


def test_a_mail_that_failed_rests_before_it_is_tried_again(ada, visitor, server, outbox):
    """R40."""
    ask(visitor)
    server.refuse = True
    site.app.test_cli_runner().invoke(args=["send-mail"])
    server.clear()

    site.app.test_cli_runner().invoke(args=["send-mail"])

    assert server.messages == []


def test_a_mail_that_failed_is_tried_again_by_itself(ada, visitor, server, monkeypatch):
    """R40."""
    monkeypatch.setattr("dreamscape.mail.MAIL_RETRY_DELAY", timedelta(seconds=0.8))
    server.refuse = True
    ask(visitor)

    server.clear()

    assert server.wait_for(1, timeout=20)


@pytest.fixture
def waiting(db, ada, server, outbox):
    """Put a mail of some age into the outbox, tried some times, of a server that refuses it."""
    def add(age=timedelta(0), tries=0):
        """Add it."""
        server.refuse = True
        now = datetime.now(UTC)
        db.mails.insert_one({"_id": ObjectId.from_datetime(now - age), "kind": "password_reset",
                             "email": "ada@example.com", "tries": tries, "due_at": now})

    return add


def send_mail():
    """Send what is due; return what the command says."""
    return site.app.test_cli_runner().invoke(args=["send-mail"]).output


@pytest.mark.parametrize(("tries", "minutes"), [
    (0, 1), (1, 2), (2, 4), (6, 64), (7, 128), (8, 240), (9, 240), (10_000, 240)])
def test_the_pauses_of_a_mail_that_fails_grow(db, waiting, tries, minutes):
    """R40."""
    waiting(tries=tries)

    send_mail()

    pause = db.mails.find_one()["due_at"] - datetime.now(UTC)
    assert timedelta(minutes=minutes, seconds=-9) < pause <= timedelta(minutes=minutes)


@pytest.mark.parametrize(("age", "remaining"), [
    (timedelta(0), 1), (timedelta(hours=23), 1), (timedelta(hours=25), 0)])
def test_a_mail_that_fails_is_given_up_after_a_day(db, waiting, age, remaining):
    """R40."""
    waiting(age, tries=12)

    assert send_mail() == f"Emails still to be sent: {remaining}\n"
    assert db.mails.count_documents({}) == remaining


def test_a_mail_that_is_given_up_is_logged_as_an_error(db, waiting, caplog):
    """R40."""
    waiting(timedelta(hours=25))
    mail_id = db.mails.find_one()["_id"]

    send_mail()

    record, = [each for each in caplog.records if each.levelname == "ERROR"]
    assert f"A mail (password_reset, {mail_id}) is given up after try 1: " in record.getMessage()


def test_an_old_mail_is_tried_once_more_before_it_is_given_up(db, waiting, server):
    """R40: the site may have been down for days."""
    waiting(timedelta(days=3))
    server.refuse = False

    send_mail()

    assert len(server.messages) == 1


@pytest.mark.parametrize("entry", [{"kind": "a kind of a newer version"}, {}])
def test_a_mail_nobody_can_write_is_not_lost_in_silence(db, caplog, outbox, entry):
    """R40."""
    db.mails.insert_one(entry | {"due_at": datetime.now(UTC)})

    assert send_mail() == "Emails still to be sent: 1\n"
    assert "was not sent, try 1: " in caplog.text


def test_send_mail_says_how_many_remain_though_none_is_due(db, waiting):
    waiting()
    send_mail()

    assert send_mail() == "Emails still to be sent: 1\n"


def test_one_mail_that_fails_does_not_hold_up_others(db, ada, dreamer, visitor, server, outbox):
    """R40: here one whose address no mail server would take."""
    db.mails.insert_one({"kind": "password_reset", "email": "ädä@example.com", "tries": 0,
                         "due_at": datetime.now(UTC) - timedelta(hours=1)})
    dreamer("ädä")
    ask(visitor)

    site.app.test_cli_runner().invoke(args=["send-mail"])

    assert [message.recipients for message in server.messages][-1] == ["ada@example.com"]


def test_two_who_send_at_once_send_each_mail_once(real_db, dreamer, visitor, server, outbox):
    dreamer("ada")
    ask(visitor)

    with ThreadPoolExecutor(4) as pool:
        [*pool.map(lambda _: site.app.test_cli_runner().invoke(args=["send-mail"]), range(4))]

    assert len(server.messages) == 1


def test_a_mail_server_that_is_away_is_logged(ada, visitor, monkeypatch, caplog):
    """R40."""
    set_mail(monkeypatch, MAIL_SERVER="127.0.0.1", MAIL_PORT=1)

    ask(visitor)

    assert "was not sent, try 1: [Errno 111] Connection refused" in caplog.text


def test_a_mail_server_that_hangs_does_not_hold_up_the_answer(ada, visitor, monkeypatch, caplog):
    """R40."""
    monkeypatch.setattr("dreamscape.mail.MAIL_TIMEOUT", 2)
    form = {"csrf_token": visitor.token(), "email": "ada@example.com"}
    with hang_port() as port:
        set_mail(monkeypatch, MAIL_SERVER="127.0.0.1", MAIL_PORT=port)
        begin = monotonic()

        visitor.post("/password-reset", data=form)

        assert monotonic() - begin < 1.8
        ask(site.app.test_client(), "nobody@example.com")
    assert "was not sent, try 1: " in caplog.text
    assert "timed out" in caplog.text


@pytest.mark.parametrize("at", [b"", b"ehlo", b"mail", b"data", b"."])
def test_a_mail_server_that_trickles_does_not_outlast_the_deadline(
        ada, monkeypatch, caplog, outbox, at):
    """R40: each byte comes in time, the whole answer never."""
    monkeypatch.setattr("dreamscape.mail.MAIL_DEADLINE", 1.5)
    add_mail("password_reset", "ada@example.com")
    with trickle_port(at) as (port, trickling):
        set_mail(monkeypatch, MAIL_SERVER="127.0.0.1", MAIL_PORT=port)
        begin = monotonic()

        send_mail()

    assert monotonic() - begin < 10
    assert trickling.is_set()
    assert "was not sent, try 1: " in caplog.text


def test_a_mail_server_that_trickles_its_farewell_has_taken_the_mail(
        db, ada, monkeypatch, caplog, outbox):
    """R40: it is not sent again."""
    monkeypatch.setattr("dreamscape.mail.MAIL_DEADLINE", 1.5)
    add_mail("password_reset", "ada@example.com")
    with trickle_port(b"quit") as (port, trickling):
        set_mail(monkeypatch, MAIL_SERVER="127.0.0.1", MAIL_PORT=port)

        assert send_mail() == "Emails still to be sent: 0\n"
    assert trickling.is_set()


def test_a_connection_that_took_longer_than_the_deadline_sends_nothing(
        ada, server, monkeypatch, caplog, outbox):
    """R40: as when looking up the server's name takes a minute."""
    monkeypatch.setattr("dreamscape.mail.MAIL_DEADLINE", 0)
    add_mail("password_reset", "ada@example.com")

    send_mail()

    assert server.messages == []
    assert "was not sent, try 1: " in caplog.text


def test_a_mail_that_is_being_sent_belongs_to_one_sender_past_the_deadline(db, ada, outbox):
    """R40."""
    add_mail("password_reset", "ada@example.com")

    entry = set_mail_lease()

    lease = entry["due_at"] - datetime.now(UTC)
    assert lease > timedelta(seconds=2 * MAIL_DEADLINE - 9)


# When mail is sent ###########################################################


@pytest.fixture
def timers(db, monkeypatch):
    """The timers that wait for mail, none of which ever goes off; see ``outbox``."""
    monkeypatch.setattr("dreamscape.mail.mail_timer", {"timer": None, "at": 0.0})
    yield lambda: [round(thread.interval) for thread in threading.enumerate()
                   if isinstance(thread, threading.Timer) and not thread.finished.is_set()]


@pytest.mark.parametrize(("delays", "left"), [
    ([60], [60]), ([60, 240], [60]), ([240, 60], [60]), ([60, 60, 60], [60])])
def test_one_timer_waits_for_the_mail_due_first(timers, delays, left):
    for delay in delays:
        schedule_mail(delay)

    assert timers() == left


@pytest.mark.parametrize(("pauses", "left"), [([], []), ([240], [240]), ([240, 60, 90], [60])])
def test_the_timer_comes_back_when_the_next_mail_is_due(db, timers, pauses, left):
    """R40."""
    due = [datetime.now(UTC) + timedelta(seconds=pause) for pause in pauses]
    db.mails.insert_many([{"due_at": at} for at in due]) if due else None

    schedule_mail(0)
    for thread in threading.enumerate():
        if getattr(thread, "interval", None) == 0:
            thread.join()

    assert timers() == left


# The link ####################################################################


def test_a_link_asks_for_the_new_password(ada, visitor):
    page = visitor.get(link_for(ada))

    assert page.status_code == 200
    assert 'autocomplete="new-password"' in page.text


def test_a_new_password_leads_to_the_sign_in(ada, visitor):
    """R38."""
    answer = visitor.send(link_for(ada), password=NEW)

    assert (answer.status_code, answer.location) == (303, "/login")
    assert "Password changed." in visitor.get("/login").text


@pytest.mark.parametrize(("password", "opens"), [(NEW, True), (PASSWORD, False)])
def test_only_the_new_password_opens_the_account(ada, visitor, password, opens):
    """R38."""
    visitor.send(link_for(ada), password=NEW)

    assert can_sign_in(password) is opens


@pytest.mark.parametrize("password", ["", "short", "x" * 257])
def test_a_password_that_is_no_good_is_refused_and_the_link_holds(ada, visitor, password):
    """R4."""
    link = link_for(ada)

    answer = visitor.send(link, password=password)

    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text
    assert visitor.get(link).status_code == 200


def test_a_new_password_without_a_token_is_refused(ada, visitor):
    assert visitor.post(link_for(ada), data={"password": NEW}).status_code == 422
    assert can_sign_in(PASSWORD)


def test_looking_at_a_link_does_not_use_it_up(ada, visitor):
    link = link_for(ada)
    visitor.get(link)

    assert visitor.send(link, password=NEW).status_code == 303


def test_a_link_works_once(ada, visitor):
    """R38."""
    link = link_for(ada)
    visitor.send(link, password=NEW)

    answer = visitor.send(link, password="yet another one")

    assert REFUSAL in answer.text
    assert can_sign_in(NEW)


def test_a_link_works_once_even_for_the_same_password(ada, visitor):
    """R38."""
    link = link_for(ada)
    visitor.send(link, password=PASSWORD)

    assert REFUSAL in visitor.get(link).text


def test_of_two_links_the_use_of_one_ends_the_other(ada, visitor):
    """R38."""
    first, second = link_for(ada), forge(claims_for(ada, jti="another"))
    assert visitor.get(second).status_code == 200

    visitor.send(first, password=NEW)

    assert REFUSAL in visitor.get(second).text


def test_of_two_uses_at_the_same_moment_one_wins(ada):
    """R38."""
    won = [set_password(ada, password) for password in (NEW, "yet another one")]

    assert won == [True, False]
    assert can_sign_in(NEW)


def test_a_new_password_ends_every_other_session(ada, sign_in, visitor):
    """R38."""
    clients = [sign_in("ada"), sign_in("ada")]

    visitor.send(link_for(ada), password=NEW)

    assert [client.get("/dreams").status_code for client in clients] == [303, 303]


def test_a_new_password_ends_the_session_that_sets_it(ada, sign_in):
    """R38."""
    client = sign_in("ada")

    client.send(link_for(ada), password=NEW)

    assert client.get("/dreams").location.startswith("/login")


def test_a_new_password_leaves_the_sessions_of_others(ada, sign_in, visitor):
    bob = sign_in("bob")

    visitor.send(link_for(ada), password=NEW)

    assert bob.get("/dreams").status_code == 200


def test_a_dreamer_without_a_password_can_set_one(db, ada, visitor):
    """R28."""
    db.dreamers.update_one({}, {"$unset": {"password": ""}})

    visitor.send(link_for(db.dreamers.find_one()), password=NEW)

    assert can_sign_in(NEW)


# Links that do not hold ######################################################

NONE = part({"alg": "none", "typ": "JWT"})
ATTACKS = {
    "no algorithm": lambda ada: f"/password-reset/{NONE}.{part(plain(ada))}.",
    "no algorithm, unsigned": lambda ada: f"/password-reset/{NONE}.{part(plain(ada))}",
    "no algorithm, by the library": lambda ada: forge(claims_for(ada), "", "none"),
    "no algorithm named": lambda ada: f"/password-reset/{part({})}.{part(plain(ada))}.x",
    "another algorithm": lambda ada: forge(claims_for(ada), algorithm="HS384"),
    "a stronger algorithm": lambda ada: forge(claims_for(ada), algorithm="HS512"),
    "another key": lambda ada: forge(claims_for(ada), b"x" * 32),
    "the key of the sessions": lambda ada: forge(claims_for(ada), site.app.secret_key.encode()),
    "another audience": lambda ada: forge(claims_for(ada, aud="sign-up")),
    "no audience": lambda ada: forge(claims_for(ada, aud=None)),
    "an audience that is no text": lambda ada: forge(claims_for(ada, aud=[5, {}])),
    "no expiry": lambda ada: forge(claims_for(ada, exp=None)),
    "expired": lambda ada: forge(claims_for(ada, exp=datetime.now(UTC) - timedelta(seconds=1))),
    "an expiry that is no number": lambda ada: forge(claims_for(ada, exp="soon")),
    "an expiry that is a list": lambda ada: forge(claims_for(ada, exp=[9_999_999_999])),
    "nobody": lambda ada: forge(claims_for(ada, sub=None)),
    "somebody unknown": lambda ada: forge(claims_for(ada, sub=str(ObjectId()))),
    "somebody by a slug": lambda ada: forge(claims_for(ada, sub=ada["slug"])),
    "somebody by a number": lambda ada: forge(claims_for(ada, sub=5)),
    "somebody by a query": lambda ada: forge(claims_for(ada, sub={"$ne": None})),
    "no fingerprint": lambda ada: forge(claims_for(ada, password=None)),
    "an empty fingerprint": lambda ada: forge(claims_for(ada, password="")),
    "another fingerprint": lambda ada: forge(claims_for(ada, password="0" * 64)),
    "a fingerprint that is no text": lambda ada: forge(claims_for(ada, password=5)),
    "a fingerprint that is a list": lambda ada: forge(claims_for(ada, password=["x"])),
    "claims that are a list": lambda ada: f"{forge({}).rpartition('/')[0]}/{NONE}.{part([1])}.x",
    "tampered claims": lambda ada: link_for(ada).replace(".ey", ".eY", 1),
    "a tampered signature": lambda ada: link_for(ada)[:-4] + "AAAA",
    "cut short": lambda ada: link_for(ada)[:-9],
    "made longer": lambda ada: f"{link_for(ada)}x",
    "no signature": lambda ada: link_for(ada).rpartition(".")[0],
    "no token": lambda ada: "/password-reset/x",
    "dots": lambda ada: "/password-reset/..x",
    "letters of other scripts": lambda ada: "/password-reset/ü.日本.🌈",
    "bytes that are no text": lambda ada: f"/password-reset/{part(bytes([255, 0]))}.x.x",
    "an algorithm that is a list": lambda ada: raw({"alg": ["HS256"]}),
    "an algorithm that is a number": lambda ada: raw({"alg": 5}),
    "a key id that is a number": lambda ada: raw({"alg": "HS256", "kid": 5}),
    "a header that is a list": lambda ada: raw([]),
    "a header without an end": lambda ada: raw(b"[" * 1_050),
    "a number without an end": lambda ada: raw(b"9" * 1_050),
}


def plain(dreamer):
    """Return the claims of a good token as JSON knows them."""
    return claims_for(dreamer, exp=9_999_999_999)


def test_a_token_made_for_the_tests_is_good(ada, visitor):
    """Not vacuous: what the attacks change is a good link."""
    assert visitor.get(forge(claims_for(ada))).status_code == 200


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_link_that_does_not_hold_is_refused(ada, visitor, attack):
    """R37, R39."""
    answer = visitor.get(ATTACKS[attack](ada))

    assert answer.status_code == 422
    assert REFUSAL in answer.text


@pytest.mark.parametrize("attack", ["no algorithm", "another key", "expired", "no fingerprint"])
def test_a_link_that_does_not_hold_sets_no_password(ada, visitor, attack):
    """R37."""
    answer = visitor.send(ATTACKS[attack](ada), password=NEW)

    assert answer.status_code == 422
    assert can_sign_in(PASSWORD)


def test_every_refusal_reads_the_same(ada, visitor):
    """R39."""
    used = link_for(ada)
    set_password(ada, NEW)
    attacks = [ATTACKS[name](ada) for name in ("expired", "tampered claims", "somebody unknown")]

    pages = {re.sub('value="[^"]*"', "", visitor.get(link).text) for link in (used, *attacks)}

    assert len(pages) == 1


def test_a_refusal_offers_to_ask_again(ada, visitor, server):
    """R39."""
    page = visitor.get("/password-reset/x")

    assert '<form class="form" method="post" action="/password-reset">' in page.text
    ask(visitor)
    assert server.wait_for(1)


def test_a_link_expires_after_a_quarter_of_an_hour(ada):
    """R37."""
    token = site.make_token("password-reset", ada)

    claims = jwt.decode(token, options={"verify_signature": False})
    assert 895 < claims["exp"] - datetime.now(UTC).timestamp() <= 900


@pytest.mark.parametrize("part", [0, 1])
def test_a_token_tells_nothing_of_the_password(ada, part):
    token = site.make_token("password-reset", ada).split(".")[part]

    told = base64.urlsafe_b64decode(token + "==").decode()
    assert ada["password"] not in told
    assert PASSWORD not in told


def test_a_link_of_one_dreamer_does_not_open_the_account_of_another(ada, dreamer, visitor):
    """R38."""
    fingerprint = "x"
    bob = dreamer("bob", password=fingerprint)

    assert REFUSAL in visitor.get(forge(claims_for(ada, sub=str(bob["_id"])))).text


def test_a_link_of_a_dreamer_who_left_is_refused(db, ada, visitor):
    """R39."""
    link = link_for(ada)
    db.dreamers.delete_one({})

    assert REFUSAL in visitor.get(link).text
