"""Sending one email: its headers, letters before the @, refusals, and servers that fail."""

import logging
import re
import socket
import ssl
import threading
import time
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from smtplib import SMTPException
from time import monotonic

import pytest
from conftest import find_ada
from flask_mail import Message
from support.mail import ask, send_mail, set_mail, wait_for_mail
from support.smtp_server import MailServer, hang_port, trickle_port

import app as site
from dreamscape.mail import add_mail, compose_notice, start_mail
from dreamscape.smtp import (
    check_mail_server, connect_to_mail_server, mail_server, send_message, to_email,
)


@pytest.fixture
def ada(db, dreamer):
    """Ada's document."""
    return dreamer("ada")


# Headers #####################################################################


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


@pytest.mark.parametrize(("setting", "method"), [
    ("MAIL_USE_TLS", "SMTP.starttls"), ("MAIL_USE_SSL", "SMTP_SSL.__init__")])
def test_the_certificate_of_the_mail_server_is_verified(monkeypatch, setting, method):
    contexts = []

    def refuse(connection, *args, context, **more):
        """Note how TLS would be started, and go no further."""
        contexts.append(context)
        raise SMTPException("enough")

    monkeypatch.setattr(f"smtplib.{method}", refuse)
    with MailServer() as server, pytest.raises(SMTPException, match="enough"):
        set_mail(monkeypatch, MAIL_SERVER=server.host, MAIL_PORT=server.port, **{setting: True})
        connect_to_mail_server().__enter__()

    assert [(each.verify_mode, each.check_hostname) for each in contexts] == [
        (ssl.CERT_REQUIRED, True)]


@pytest.fixture
def composed(monkeypatch):
    """A function that returns a mail as it is sent, by its sender."""
    def compose(sender):
        """Set the sender and compose the mail."""
        with site.app.app_context():
            monkeypatch.setattr(site.app.extensions["mail"], "default_sender", sender)
            return to_email(compose_notice("welcome", {"email": "ada@example.com"}))

    return compose


@pytest.mark.parametrize("title", [
    "Bads blaafv", "Play the cello again", "Äpfel und Öl", "моя мечта о море", "x " * 45])
@pytest.mark.parametrize("name", ["Bad blaafv", "Анна Петрова", "Christopher Robinson"])
def test_a_subject_keeps_each_space(name, title):
    """Python's own folding of encoded words loses one or adds one."""
    subject = f"{name} accepted your offer to help with “{title.strip()}”"
    message = Message(subject, recipients=["ada@example.com"], body="", html="",
                      sender="dreams@example.org")

    sent = message_from_bytes(to_email(message).as_bytes(), policy=policy.default)

    assert sent["Subject"] == subject


# What a person may call themselves, or a dream; ENCODED is decoded by Python's parser of headers.
ENCODED = "=?utf-8?q?x=0ABcc:_eve=40example=2Ecom=0A=0APay_now?= =?utf-8?b?Cgo=?="
HOSTILE = [ENCODED, f"{ENCODED} Ж", f"Ada {ENCODED}.", "=?utf-8?q?x=0D=0Ay?=M", "=?", "=?x?q?",
           "=?utf-8?q?=ED=A0=80?=", "=?utf-8?q?=80?=", "Ж" * 100, " ".join("wxyz" * 50)]


def send_subject(subject):
    """Return an email with a subject, as its recipient's program reads it."""
    message = Message(subject, recipients=["ada@example.com"], body="Hi", html="Hi",
                      sender="dreams@example.org")
    return message_from_bytes(to_email(message).as_bytes())


@pytest.mark.parametrize("subject", HOSTILE)
def test_a_subject_is_what_was_written_and_nothing_else(subject):
    sent = send_subject(subject)

    assert sent.keys() == send_subject("Hi").keys()
    unfolded = sent["Subject"].replace("\r\n", "")
    assert str(make_header(decode_header(unfolded))) == subject
    assert sent.get_payload(0).get_payload().strip() == "Hi"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\0", "\x1b", "\x1c",
                                 "\x7f", "\x85", "\u2028", "\u2029", "\ud800", "\udc80", "\udfff"])
def test_a_subject_is_one_line_without_controls(end):
    sent = send_subject(f"One{end}Bcc: eve@example.com{end}")

    assert sent.keys() == send_subject("Hi").keys()
    assert re.fullmatch("One ?Bcc: eve@example.com", sent["Subject"])


def test_a_plain_subject_is_not_encoded():
    """Filters take an encoded one for a sign of spam."""
    assert send_subject("Ada: 2 = 1 + 1?")["Subject"] == "Ada: 2 = 1 + 1?"


@pytest.mark.parametrize("local", ["=?utf-8?q?eve=40x=2Ecom=2C?=", "=?utf-8?q?x=0ABcc=3A_y?="])
def test_an_address_is_what_was_typed_and_nothing_else(local):
    with site.app.app_context():
        mail = to_email(compose_notice("welcome", {"email": f"{local}@example.com"}))

    # smtplib takes the recipient from the first, the recipient's program from the second.
    assert mail["To"] == f"{local}@example.com"
    assert message_from_bytes(mail.as_bytes())["To"] == f"{local}@example.com"


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
        for _ in range(500):  # The connection is made in a thread.
            time.sleep(0.01 if mail_server["smtputf8"] is None else 0)

    assert mail_server["smtputf8"] is offered


def test_a_server_that_is_down_leaves_smtputf8_unknown(db, monkeypatch):
    monkeypatch.setitem(mail_server, "smtputf8", None)
    set_mail(monkeypatch, MAIL_SERVER="127.0.0.1", MAIL_PORT=1)

    check_mail_server()

    assert mail_server["smtputf8"] is None


# Replies #####################################################################

FINAL = [("RCPT", "550 5.1.1 No such user"), ("RCPT", "550 Unknown"), ("DATA", "554 5.7.1 Spam"),
         ("RCPT", "552 5.2.2 Mailbox full"), ("RCPT", "556 5.1.10 No mail here"),
         ("MAIL", "550 5.6.7 Not these letters"), ("RCPT", "553 5.1.3 ada@example.com is odd")]
PASSING = [("RCPT", "450 4.2.1 Later"), ("RCPT", "452 4.2.2 Mailbox full"), ("DATA", "451 Later"),
           ("RCPT", "421 4.3.2 Closing"), ("MAIL", "452 4.3.1 Full"),
           ("MAIL", "530 5.7.0 Sign in first"), ("RCPT", "538 5.7.11 Encrypt first"),
           ("MAIL", "553 5.7.1 This sender isn't yours"), ("MAIL", "501 Odd sender"),
           ("MAIL", "550 5.4.5 Your limit for today"), ("DATA", "550 5.4.5 Your limit for today")]


@pytest.mark.parametrize(("command", "reply"), FINAL)
def test_a_final_refusal_is_noted_and_not_retried(db, ada, visitor, server, command, reply):
    server.replies[command] = reply

    ask(visitor)

    assert db.mails.count_documents({}) == 0
    assert find_ada(db)["failed_email"] == "ada@example.com"


@pytest.mark.parametrize(("command", "reply"), PASSING)
def test_a_temporary_refusal_is_retried_and_not_noted(db, ada, visitor, server, command, reply):
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
def test_a_fault_of_our_settings_is_logged_as_an_error_and_retried(
        db, ada, visitor, monkeypatch, caplog, wrong):
    with MailServer("dreams", "secret") as server:
        set_mail(monkeypatch, MAIL_SERVER=server.host, MAIL_PORT=server.port, **wrong)

        ask(visitor)

    assert [record.levelno for record in caplog.records
            if "was not sent" in record.getMessage()] == [logging.ERROR]
    assert db.mails.count_documents({}) == 1
    assert "failed_email" not in find_ada(db)


def test_a_server_that_refuses_the_connection_refuses_no_address(
        db, ada, visitor, monkeypatch, caplog):
    """5xx in the greeting: as for a network on a blocklist."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        set_mail(monkeypatch, MAIL_SERVER="127.0.0.1", MAIL_PORT=listener.getsockname()[1])
        thread = threading.Thread(target=lambda: listener.accept()[0].sendall(b"554 No\r\n"))
        thread.start()
        ask(visitor)
        thread.join()

    assert "was not sent, try 1: (554" in caplog.text
    assert "failed_email" not in find_ada(db)


# Connection ##################################################################


def test_a_mail_server_may_ask_for_a_sign_in(ada, visitor, monkeypatch):
    """R36."""
    with MailServer("dreams", "secret") as server:
        set_mail(monkeypatch, MAIL_SERVER=server.host, MAIL_PORT=server.port,
                 MAIL_USERNAME="dreams", MAIL_PASSWORD="secret")

        ask(visitor)

        server.wait_for(1)


def test_a_mail_server_that_is_away_is_logged(ada, visitor, monkeypatch, caplog):
    """R40."""
    set_mail(monkeypatch, MAIL_SERVER="127.0.0.1", MAIL_PORT=1)

    ask(visitor)

    assert "was not sent, try 1: [Errno 111] Connection refused" in caplog.text


def test_a_mail_server_that_hangs_does_not_hold_up_the_answer(ada, visitor, monkeypatch, caplog):
    """R40."""
    monkeypatch.setattr("dreamscape.smtp.MAIL_TIMEOUT", 0.8)
    form = {"csrf_token": visitor.token(), "email": "ada@example.com"}
    with hang_port() as port:
        set_mail(monkeypatch, MAIL_SERVER="127.0.0.1", MAIL_PORT=port)
        begin = monotonic()

        visitor.post("/password-reset", data=form)

        assert monotonic() - begin < 0.8
        ask(site.app.test_client(), "nobody@example.com")
    assert "was not sent, try 1: " in caplog.text
    assert "timed out" in caplog.text


@pytest.mark.parametrize("at", [b"", b"ehlo", b"mail", b"data", b"."])
def test_a_mail_server_that_trickles_does_not_outlast_the_deadline(
        ada, monkeypatch, caplog, outbox, at):
    """R40: each byte comes in time, the whole answer never."""
    monkeypatch.setattr("dreamscape.smtp.MAIL_DEADLINE", 0.5)
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
    monkeypatch.setattr("dreamscape.smtp.MAIL_DEADLINE", 0.5)
    add_mail("password_reset", "ada@example.com")
    with trickle_port(b"quit") as (port, trickling):
        set_mail(monkeypatch, MAIL_SERVER="127.0.0.1", MAIL_PORT=port)

        assert send_mail() == "Emails still to be sent: 0\n"
    assert trickling.is_set()


def test_a_connection_that_took_longer_than_the_deadline_sends_nothing(
        ada, server, monkeypatch, caplog, outbox):
    """R40: as when looking up the server's name takes a minute."""
    monkeypatch.setattr("dreamscape.smtp.MAIL_DEADLINE", 0)
    add_mail("password_reset", "ada@example.com")

    send_mail()

    assert server.messages == []
    assert "was not sent, try 1: the deadline of the mail is over" in caplog.text
