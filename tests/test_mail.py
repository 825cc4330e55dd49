"""The outbox: what is sent, what is tried again and given up, and mail servers that fail."""

import logging
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from bson import ObjectId
from conftest import find_ada
from support.failing_database import outage
from support.mail import ASKED, ask, set_mail
from support.smtp_server import MailServer, hang_port, trickle_port

import app as site
from dreamscape.mail import (
    COMPOSERS, MAIL_DEADLINE, NOTICES, add_mail, check_mail_server, compose_notice, mail_server,
    schedule_mail, send_message, set_mail_lease, start_mail, to_email,
)


@pytest.fixture
def ada(db, dreamer):
    """Ada's document."""
    return dreamer("ada")


# The mail ####################################################################


def test_a_mail_server_may_ask_for_a_sign_in(ada, visitor, monkeypatch):
    """R36."""
    with MailServer("dreams", "secret") as server:
        set_mail(monkeypatch, MAIL_SERVER=server.host, MAIL_PORT=server.port,
                 MAIL_USERNAME="dreams", MAIL_PASSWORD="secret")

        ask(visitor)

        server.wait_for(1)


def test_a_mail_that_went_out_is_not_kept(db, ada, visitor, server):
    ask(visitor)

    server.wait_for(1)
    assert db.mails.count_documents({}) == 0


def test_without_a_mail_server_the_mail_is_printed(ada, visitor, capsys):
    ask(visitor)

    printed = capsys.readouterr().out
    assert "To: ada@example.com\nSubject: Reset your Dreamscape password\n" in printed
    assert "\nhttp://127.0.0.1:5000/password-reset/ey" in printed


@pytest.mark.parametrize(("address", "envelope"), [
    ("ada@faß.de", "ada@xn--fa-hia.de"), ("ada@fass.de", "ada@fass.de"),
    ("ada@νικος.gr", "ada@xn--uxachkp.gr")])
def test_mail_goes_to_the_very_domain(visitor, monkeypatch, address, envelope):
    with MailServer() as server, site.app.test_request_context():
        monkeypatch.setitem(site.settings, "MAIL_SERVER", server.host)
        monkeypatch.setitem(site.settings, "MAIL_PORT", server.port)

        send_message(compose_notice("welcome", {"email": address}))

        [message] = server.wait_for(1)
    assert (message.recipients, message["To"]) == ([envelope], envelope)


@pytest.mark.parametrize("kind", NOTICES)
def test_a_mail_tells_the_same_as_text_and_as_html(kind):
    with site.app.app_context():
        mail = COMPOSERS[kind]({"email": "ada@example.com"})

    assert mail.subject == NOTICES[kind][0]
    for part in (mail.body, mail.html):
        for path in NOTICES[kind][2].values():
            assert f"http://127.0.0.1:5000{path}" in part


@pytest.mark.parametrize("kind", [*COMPOSERS])
def test_every_mail_says_that_no_person_wrote_it(db, ada, dreamer, server, kind):
    una = dreamer("una", email="old@example.com", unconfirmed_email="una@example.com")
    with site.app.app_context():
        add_mail(kind, "una@example.com" if kind == "confirm" else "ada@example.com", una)

    message, = server.wait_for(1)
    assert message["Auto-Submitted"] == "auto-generated"
    assert {"OOF", "AutoReply"} <= {*message["X-Auto-Response-Suppress"].split(", ")}
    assert re.fullmatch(r"<[^@>]+@127\.0\.0\.1>", message["Message-ID"])
    assert message["Date"].datetime - datetime.now(UTC) < timedelta(minutes=1)


@pytest.fixture
def composed(monkeypatch):
    """A function that returns a mail as it is sent, by its sender."""
    def compose(sender):
        """Set the sender and compose the mail."""
        with site.app.app_context():
            monkeypatch.setattr(site.app.extensions["mail"], "default_sender", sender)
            return to_email(compose_notice("welcome", {"email": "ada@example.com"}))

    return compose


@pytest.mark.parametrize(("sender", "domain"), [
    ("dreams@example.org", "example.org"), ('"Dreams, Inc." <dreams@faß.de>', "xn--fa-hia.de"),
    ("dreams@127.0.0.1", "127.0.0.1"), ("Träume <dreams@пример.рф>", "xn--e1afmkfd.xn--p1ai")])
def test_the_message_id_is_of_the_senders_domain(composed, sender, domain):
    mail = composed(sender)

    assert mail["Message-ID"].endswith(f"@{domain}>")
    assert mail["From"].addresses[0].domain == domain


def test_the_name_of_the_sender_may_have_any_letters(composed):
    assert composed('"Träume, ЖЖ" <dreams@example.org>')["From"].addresses[0].display_name == (
        "Träume, ЖЖ")


def test_a_mail_is_seven_bits_wide(composed):
    """Not every server offers 8BITMIME."""
    assert composed("Träume <dreams@example.org>").as_bytes().isascii()


# Letters before the @ ########################################################


@pytest.fixture
def utf8_server(db, monkeypatch):
    """A mail server with SMTPUTF8 that the site's settings name."""
    monkeypatch.setitem(mail_server, "smtputf8", None)
    with MailServer(smtputf8=True) as server:
        set_mail(monkeypatch, MAIL_SERVER=server.host, MAIL_PORT=server.port)
        yield server


@pytest.mark.parametrize(("address", "envelope"), [
    ("jürgen@example.com", "jürgen@example.com"), ("jürgen@faß.de", "jürgen@xn--fa-hia.de"),
    ("ада@пример.рф", "ада@xn--e1afmkfd.xn--p1ai"), ("用户+a@example.com", "用户+a@example.com")])
def test_letters_before_the_at_sign_go_by_smtputf8(utf8_server, address, envelope):
    with site.app.app_context():
        send_message(compose_notice("welcome", {"email": address}))

    message, = utf8_server.wait_for(1)
    assert (message.recipients, message["To"]) == ([envelope], envelope)
    assert "SMTPUTF8" in message.options
    assert "Your account is ready." in message.get_body(("plain",)).get_content()


@pytest.mark.parametrize("address", ["ada@example.com", "ada+tag@example.com", "ada@faß.de"])
def test_other_addresses_need_no_smtputf8(utf8_server, address):
    with site.app.app_context():
        send_message(compose_notice("welcome", {"email": address}))

    assert "SMTPUTF8" not in utf8_server.wait_for(1)[0].options


def test_a_server_that_lacks_smtputf8_is_not_asked_again(db, dreamer, server):
    dreamer("jürgen")
    with site.app.app_context():
        add_mail("welcome", "jürgen@example.com")
        wait_for_mail()

    assert db.mails.count_documents({}) == 0
    assert db.dreamers.find_one()["failed_email"] == "jürgen@example.com"


@pytest.mark.parametrize("offered", [True, False])
def test_a_connection_tells_whether_the_server_offers_smtputf8(db, monkeypatch, offered):
    monkeypatch.setitem(mail_server, "smtputf8", None)
    with MailServer(smtputf8=offered) as server:
        set_mail(monkeypatch, MAIL_SERVER=server.host, MAIL_PORT=server.port)
        start_mail()
        for _ in range(100):
            time.sleep(0.05 if mail_server["smtputf8"] is None else 0)

    assert mail_server["smtputf8"] is offered


def test_a_server_that_is_away_tells_nothing(db, monkeypatch):
    monkeypatch.setitem(mail_server, "smtputf8", None)
    set_mail(monkeypatch, MAIL_SERVER="127.0.0.1", MAIL_PORT=1)

    check_mail_server()

    assert mail_server["smtputf8"] is None


# Final refusals ##############################################################


def wait_for_mail():
    """Wait until what is due was sent."""
    for thread in threading.enumerate():
        if getattr(thread, "interval", None) == 0:
            thread.join()


FINAL = [("RCPT", "550 5.1.1 No such user"), ("RCPT", "550 Unknown"), ("DATA", "554 5.7.1 Spam"),
         ("RCPT", "552 5.2.2 Mailbox full"), ("RCPT", "556 5.1.10 No mail here"),
         ("MAIL", "550 5.6.7 Not these letters"), ("RCPT", "553 5.1.3 ada@example.com is odd")]
PASSING = [("RCPT", "450 4.2.1 Later"), ("RCPT", "452 4.2.2 Mailbox full"), ("DATA", "451 Later"),
           ("RCPT", "421 4.3.2 Closing"), ("MAIL", "452 4.3.1 Full"),
           ("MAIL", "530 5.7.0 Sign in first"), ("RCPT", "538 5.7.11 Encrypt first"),
           ("MAIL", "553 5.7.1 This sender isn't yours"), ("MAIL", "501 Odd sender"),
           ("MAIL", "550 5.4.5 Your limit for today"), ("DATA", "550 5.4.5 Your limit for today")]


@pytest.mark.parametrize(("command", "reply"), FINAL)
def test_a_final_refusal_is_not_tried_again_and_noted(db, ada, visitor, server, command, reply):
    server.replies[command] = reply

    ask(visitor)

    assert db.mails.count_documents({}) == 0
    assert find_ada(db)["failed_email"] == "ada@example.com"


@pytest.mark.parametrize(("command", "reply"), PASSING)
def test_what_may_pass_is_tried_again_and_not_noted(db, ada, visitor, server, command, reply):
    server.replies[command] = reply

    ask(visitor)

    assert db.mails.count_documents({}) == 1
    assert "failed_email" not in find_ada(db)


def test_the_log_tells_why_a_mail_was_refused_but_not_whose(ada, visitor, server, caplog):
    server.replies["RCPT"] = "550 5.1.1 <ada@example.com> unknown"

    ask(visitor)

    assert "cannot be sent: 550 5.1.1" in caplog.text
    assert "ada@example.com" not in caplog.text


@pytest.mark.parametrize("wrong", [
    {"MAIL_USERNAME": "dreams", "MAIL_PASSWORD": "wrong"}, {"MAIL_USE_TLS": True}])
def test_what_our_settings_cause_is_an_error_tried_again(db, ada, visitor, monkeypatch, caplog,
                                                         wrong):
    with MailServer("dreams", "secret") as server:
        set_mail(monkeypatch, MAIL_SERVER=server.host, MAIL_PORT=server.port, **wrong)

        ask(visitor)

    assert [record.levelno for record in caplog.records
            if "was not sent" in record.getMessage()] == [logging.ERROR]
    assert db.mails.count_documents({}) == 1
    assert "failed_email" not in find_ada(db)


def test_a_server_that_turns_us_away_refuses_no_address(db, ada, visitor, monkeypatch, caplog):
    """5xx in the greeting: as for a network on a blocklist."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        set_mail(monkeypatch, MAIL_SERVER="127.0.0.1", MAIL_PORT=listener.getsockname()[1])
        thread = threading.Thread(target=lambda: listener.accept()[0].sendall(b"554 No\r\n"))
        thread.start()
        ask(visitor)
        thread.join()

    assert "was not sent, try 1: (554" in caplog.text
    assert "failed_email" not in find_ada(db)


@pytest.mark.parametrize(("reply", "noted"), [
    ("452 4.2.2 Mailbox full", "ada@example.com"), ("530 5.7.0 Sign in first", None)])
def test_an_address_that_was_refused_for_a_day_is_noted(db, waiting, server, reply, noted):
    waiting(timedelta(hours=25))
    server.replies["RCPT"] = reply

    send_mail()

    assert find_ada(db).get("failed_email") == noted
    assert db.mails.count_documents({}) == 0


def test_a_server_that_was_busy_for_a_day_notes_nothing(db, waiting):
    waiting(timedelta(hours=25))

    send_mail()

    assert "failed_email" not in find_ada(db)


def test_a_mail_that_arrives_removes_the_note(db, ada, visitor, server):
    server.replies["RCPT"] = "550 5.1.1 No such user"
    ask(visitor)
    server.clear()

    ask(visitor)

    assert len(server.messages) == 1
    assert "failed_email" not in find_ada(db)


def test_a_note_is_of_one_address_alone(db, ada, dreamer, visitor, server):
    dreamer("bob")
    server.replies["RCPT"] = "550 5.1.1 No such user"

    ask(visitor)

    assert "failed_email" not in dreamer("bob")


def test_a_refused_mail_to_an_unknown_address_notes_nothing(db, dreamer, server):
    db.dreamers.insert_one({"first_name": "Someone without an address"})
    server.replies["RCPT"] = "550 5.1.1 No such user"
    with site.app.app_context():
        add_mail("welcome", "nobody@example.com")
        wait_for_mail()

    assert not db.dreamers.find_one({"failed_email": {"$exists": True}})


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_who_asked_for_a_refused_mail_is_told_the_same(ada, visitor, server, email):
    """R40."""
    server.replies["RCPT"] = "550 5.1.1 No such user"

    ask(visitor, email)

    page = visitor.get("/password-reset").text
    assert ASKED in page
    assert "deliver" not in page


def test_the_owner_is_told_on_every_page_and_can_have_it_tried_again(db, ada, sign_in, server):
    client = sign_in("ada")
    server.replies["RCPT"] = "550 5.1.1 No such user"
    ask(site.app.test_client())
    page = client.get("/dreams").text
    assert "We couldn't deliver email to <span dir=\"auto\">ada@example.com</span>." in page
    assert '<a class="button button--quiet" href="/profile">Change address</a>' in page
    server.clear()

    client.send("/confirm", email="ada@example.com")
    wait_for_mail()

    assert server.messages[0]["subject"] == "Our email reaches you again"
    assert "We couldn't deliver" not in client.get("/dreams").text


def test_the_owner_is_told_again_if_it_fails_again(db, ada, sign_in, server):
    client = sign_in("ada")
    server.replies["RCPT"] = "550 5.1.1 No such user"
    ask(site.app.test_client())

    client.send("/confirm", email="ada@example.com")
    wait_for_mail()

    assert "We couldn't deliver" in client.get("/confirm").text


def test_no_one_else_is_told(db, ada, sign_in, visitor, server):
    server.replies["RCPT"] = "550 5.1.1 No such user"
    ask(visitor)

    pages = [client.get("/dreamers/ada-lovelace").text for client in (visitor, sign_in("bob"))]

    assert not any("deliver" in page or "ada@example.com" in page for page in pages)


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
    """R40: here one whose address this mail server does not take."""
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
    assert "was not sent, try 1: the deadline of the mail is over" in caplog.text


def test_a_mail_that_is_being_sent_belongs_to_one_sender_past_the_deadline(db, ada, outbox):
    """R40."""
    add_mail("password_reset", "ada@example.com")

    entry = set_mail_lease()

    lease = entry["due_at"] - datetime.now(UTC)
    assert lease > timedelta(seconds=2 * MAIL_DEADLINE - 9)


# When mail is sent ###########################################################


def queue_welcome(db):
    """Add an email to the outbox that nothing sends yet, as if its worker had ended."""
    db.mails.insert_one({"kind": "welcome", "email": "ada@example.com", "tries": 0,
                         "due_at": datetime.now(UTC)})


def test_mail_that_waits_is_sent_when_a_worker_starts(db, server):
    """R40."""
    queue_welcome(db)

    site.prepare_database()

    assert server.wait_for(1)


def test_mail_that_waits_is_sent_after_a_start_without_a_database(db, server, monkeypatch):
    """R2, R40."""
    monkeypatch.setattr("dreamscape.mail.MAIL_RETRY_DELAY", timedelta(seconds=0.2))
    monkeypatch.setattr("dreamscape.indexes.all_indexes_ready", threading.Event())
    monkeypatch.setattr("dreamscape.indexes.INDEX_RETRY_DELAY", 0.1)
    queue_welcome(db)

    with outage(0):
        site.prepare_database()
        end_timers(0)
        assert server.messages == []

    assert server.wait_for(1)


def test_an_outbox_that_could_not_be_read_is_read_again(db, server, monkeypatch, caplog):
    """R40."""
    monkeypatch.setattr("dreamscape.mail.MAIL_RETRY_DELAY", timedelta(seconds=0.2))
    queue_welcome(db)

    with outage(0):
        schedule_mail(0)
        end_timers(0)

    assert server.wait_for(1)
    assert "The outbox could not be read: the database went away" in caplog.text


def test_an_outbox_that_could_not_be_read_rests_for_a_minute(db, timers):
    with outage(0):
        schedule_mail(0)
        end_timers(0)

    assert timers() == [60]


def test_a_mail_whose_removal_failed_does_not_end_the_sending(db, server, monkeypatch):
    """R40: it comes twice, which is better than never."""
    for name in ("MAIL_RETRY_DELAY", "MAIL_LEASE"):
        monkeypatch.setattr(f"dreamscape.mail.{name}", timedelta(seconds=0.2))
    queue_welcome(db)

    with outage(1):
        schedule_mail(0)
        end_timers(0)

    assert server.wait_for(2)


def end_timers(interval):
    """Wait for the timers of an interval to have gone off."""
    for thread in threading.enumerate():
        if getattr(thread, "interval", None) == interval:
            thread.join()


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
    end_timers(0)

    assert timers() == left
