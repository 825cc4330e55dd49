"""Emails: composing, sending, and the outbox, which tries again for a day.

A request puts an email into the outbox; it is sent after the answer.
"""
import functools
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from smtplib import SMTP, SMTPException, SMTP_SSL
from types import SimpleNamespace

from flask_mail import Connection, Mail, Message
from pymongo import ASCENDING, ReturnDocument
from pymongo.errors import PyMongoError

from dreamscape.database import add_subject, db
from dreamscape.log import logger
from dreamscape.settings import absolute_url, settings
from dreamscape.text import smtp_address


# Composing ###################################################################

MAIL_TIMEOUT = 10  # seconds for the mail server to answer
MAIL_DEADLINE = 60  # seconds for one mail: connecting, TLS, login and sending together
# Lease of a mail that is being sent; past it the process that sent it has died.
MAIL_LEASE = timedelta(seconds=2 * MAIL_DEADLINE)
MAIL_RETRY_DELAY = timedelta(minutes=1)  # before a mail that failed is tried again; doubled each time
MAIL_RETRY_DELAY_MAX = timedelta(hours=4)
MAIL_MAX_AGE = timedelta(days=1)  # a mail that fails when it is older is given up
NOTICES = {  # kind of mail: subject, what it says, what to press and where that leads
    "welcome": (
        "Welcome to Dreamscape",
        "Your account is ready. Write down what you hope for, and find people who can help make "
        "it happen.", {"Open Dreamscape": "/"}),
    "address_known": (
        "You already have an account",
        "Someone (probably you) tried to sign up or change their email to this address, which "
        "already has a Dreamscape account. Sign in with the password of that account, or choose "
        "a new one. If it wasn't you, ignore this email: no one has accessed your account.",
        {"Sign in": "/login", "Choose a new password": "/password-reset"}),
    "confirm_first": (
        "Confirm your email first",
        "Someone (probably you) asked to reset a Dreamscape password. No account with this email "
        "is confirmed yet, and several people signed up with it. Sign in to yours, and use the "
        "link in the email you got when you signed up.", {"Sign in": "/login"}),
    "address_change_asked": (
        "Are you changing your Dreamscape email?",
        "Someone (probably you) asked to move your Dreamscape account to another email address. "
        "That happens once the new address is confirmed; until then we use this one. If you "
        "didn't ask for this, change your password now.",
        {"Choose a new password": "/password-reset"}),
    "address_changed": (
        "Your Dreamscape email was changed",
        "The email on your account was changed, so we won't write to this address again. If you "
        "didn't do this, reply right away.", {"Open Dreamscape": "/"}),
    "password_changed": (
        "Your Dreamscape password was changed",
        "The password of your Dreamscape account was changed, and you're signed out everywhere "
        "else. If it wasn't you, choose a new one now.",
        {"Choose a new password": "/password-reset"})}
COMPOSERS = {}  # kind of mail -> function of its entry that makes its Message, or None for no mail
# What mails need of Flask, as use_web was given it.
web = SimpleNamespace(render=None, make_link=None, context=None)


def use_web(render, make_link, context):
    """Make mails with these functions of the web.

    render(template, **context): text; make_link(purpose, dreamer): an address with a token;
    context(): the context manager in which Flask-Mail works.
    """
    web.render, web.make_link, web.context = render, make_link, context


def confirms_emails():
    """Return whether addresses are confirmed by a link: where mail is sent."""
    return bool(settings["MAIL_SERVER"])


def can_mail():
    """Return whether mail is sent, or printed for a developer on http.

    On https without MAIL_SERVER nothing is: a log would keep links that are keys.
    """
    return confirms_emails() or not settings["SESSION_COOKIE_SECURE"]


def compose(kind, email, subject, **context):
    """Return a Message made from the templates of a kind of mail."""
    return Message(subject, recipients=[email],
                   body=web.render(f"mail/{kind}.txt", subject=subject, **context),
                   html=web.render(f"mail/{kind}.html", subject=subject, **context))


def compose_notice(kind, entry):
    """Return the mail of a kind in NOTICES."""
    subject, words, links = NOTICES[kind]
    return compose("notice", entry.get("email"), subject, words=words,
                   links={label: absolute_url(path) for label, path in links.items()})


COMPOSERS.update((kind, functools.partial(compose_notice, kind)) for kind in NOTICES)


# Sending #####################################################################


class MailConnection(Connection):
    """Flask-Mail's connection, with the time limits it lacks."""

    @contextmanager
    def deadline(self):
        """Shut the socket down at MAIL_DEADLINE, whatever the server sends meanwhile."""
        self.ends_at, over = time.monotonic() + MAIL_DEADLINE, threading.Event()

        def watch():
            """Shut it down, and any socket that is opened later."""
            pause = MAIL_DEADLINE
            while not over.wait(pause):
                self.shut_down()
                pause = 1

        threading.Thread(target=watch, daemon=True).start()
        try:
            yield
        finally:
            over.set()

    def shut_down(self):
        """End the TCP connection, if there is one."""
        with suppress(OSError):
            if self.host and self.host.sock:
                # An SSLSocket's own shutdown() would let a write that follows go out in the clear.
                socket.socket.shutdown(self.host.sock, socket.SHUT_RDWR)

    def configure_host(self):
        """Return a signed-in connection to the mail server."""
        state, checked = self.mail, ssl.create_default_context()
        kind, tls = (SMTP_SSL, {"context": checked}) if state.use_ssl else (SMTP, {})
        # It connects when it is initialised, and shut_down needs it before that.
        self.host = host = kind.__new__(kind)
        host.__init__(state.server, state.port, timeout=MAIL_TIMEOUT, **tls)
        if state.use_tls:
            host.starttls(context=checked)
        if state.username:
            host.login(state.username, state.password)
        # While a name was looked up there was no socket to shut down.
        if time.monotonic() > self.ends_at:
            raise TimeoutError("the deadline of the mail is over")
        return host

    def __exit__(self, *error):
        """Leave; a mail that was taken is not sent again for a farewell that failed."""
        with suppress(SMTPException, OSError):
            super().__exit__(*error)


def send_message(message):
    """Send a mail; without MAIL_SERVER print it for a developer to read.

    Raises SMTPException, OSError, UnicodeError.
    """
    if settings["MAIL_SERVER"]:
        message.recipients = [*map(smtp_address, message.recipients)]
        connection = MailConnection(Mail().init_mail(settings))
        with connection.deadline(), connection:
            connection.send(message)
        return
    rule = "-" * 72
    print(f"{rule}\nTo: {', '.join(message.recipients)}\nSubject: {message.subject}\n\n"
          f"{message.body}\n{rule}", flush=True)


# Outbox ######################################################################

mail_timer = {"timer": None, "at": 0.0}  # the timer that waits in this process, and until when
mail_timer_lock = threading.Lock()


def add_mail(kind, email, dreamer=None):
    """Put a mail into the outbox and have it sent after the answer, where mail is sent."""
    if can_mail():
        db.mails.insert_one({"kind": kind, "email": email, "tries": 0,
                             "dreamer_id": dreamer and dreamer["_id"],
                             "due_at": datetime.now(UTC)})
        schedule_mail(0)


def set_mail_lease():
    """Return a mail to send now, or None; nobody else gets it before MAIL_LEASE is over."""
    now = datetime.now(UTC)
    return db.mails.find_one_and_update(
        {"due_at": {"$lte": now}}, {"$set": {"due_at": now + MAIL_LEASE}, "$inc": {"tries": 1}},
        sort=[("due_at", ASCENDING)], return_document=ReturnDocument.AFTER)


def find_mail_delay():
    """Return in how many seconds the next mail is due; None while the outbox is empty."""
    entry = db.mails.find_one({"due_at": {"$ne": None}}, {"due_at": 1},
                              sort=[("due_at", ASCENDING)])
    return entry and max(0.0, (entry["due_at"] - datetime.now(UTC)).total_seconds())


def count_mails():
    """Return how many mails are in the outbox."""
    return db.mails.estimated_document_count()


def send_entry(entry):
    """Send one mail of the outbox and take it out, or put it off when that failed."""
    if entry.get("kind") not in COMPOSERS:
        # A newer version of the site may know it.
        return update_failed_entry(entry, "unknown kind")
    try:
        message = COMPOSERS[entry["kind"]](entry)
        if message:
            send_message(message)
    except UnicodeError as error:
        logger.error("A mail (%s, %s) cannot be sent: %s", entry["kind"], entry["_id"], error)
    except (SMTPException, OSError) as error:
        return update_failed_entry(entry, error)
    return db.mails.delete_one({"_id": entry["_id"]})


def update_failed_entry(entry, error):
    """Put a mail off, for twice as long each time; one older than MAIL_MAX_AGE is given up."""
    now, same = datetime.now(UTC), {"_id": entry["_id"], "tries": entry["tries"]}
    described = entry.get("kind"), entry["_id"], entry["tries"], error
    if now - entry["_id"].generation_time > MAIL_MAX_AGE:
        logger.error("A mail (%s, %s) is given up after try %s: %s", *described)
        return db.mails.delete_one(same)
    logger.warning("A mail (%s, %s) was not sent, try %s: %s", *described)
    # Eight times doubled it is longer than the longest pause.
    pause = min(MAIL_RETRY_DELAY * 2 ** min(entry["tries"] - 1, 8), MAIL_RETRY_DELAY_MAX)
    return db.mails.update_one(same, {"$set": {"due_at": now + pause}})


def send_due_mails():
    """Send what is due in the outbox."""
    for entry in iter(set_mail_lease, None):
        send_entry(entry)


def schedule_mail(delay):
    """Send what is due after ``delay`` seconds, in a thread, and the rest when it is due."""
    def work():
        """Send, and come back when the next mail is due."""
        with web.context():
            try:
                send_due_mails()
                pause = find_mail_delay()
            except PyMongoError as error:
                pause = MAIL_RETRY_DELAY.total_seconds()
                logger.error("The outbox could not be read: %s", error)
        if pause is not None:
            schedule_mail(pause)
    timer = threading.Timer(delay, work)
    timer.daemon = True
    schedule_timer(timer)


def schedule_timer(timer):
    """Start a timer for mail; of waiting ones only the earliest stays."""
    now = time.monotonic()
    at = now + timer.interval
    with mail_timer_lock:
        if timer.interval:
            waiting = mail_timer["timer"]
            if waiting and waiting.is_alive() and now < mail_timer["at"] <= at:
                return
            if waiting:
                waiting.cancel()
            mail_timer.update(timer=timer, at=at)
        timer.start()


# Sent within a day; to somebody who has left nothing is sent.
add_subject("mails")
