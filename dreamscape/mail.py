"""Emails: composing, sending over SMTP, and the outbox, a queue that retries for a day.

A request only queues an email, by add_mail; a thread sends it.
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

MAIL_TIMEOUT = 10  # seconds for each reply of the mail server
MAIL_DEADLINE = 60  # seconds for one email: connecting, TLS, login and sending together
# How long a process may take for an email before another one sends it.
MAIL_LEASE = timedelta(seconds=2 * MAIL_DEADLINE)
MAIL_RETRY_DELAY = timedelta(minutes=1)  # doubled at each retry
MAX_MAIL_RETRY_DELAY = timedelta(hours=4)
MAIL_MAX_AGE = timedelta(days=1)  # no retries after that
NOTICES = {  # kind: (subject, text, {label of a button: path})
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
COMPOSERS = {}  # kind -> function(entry of the outbox): a Message, or None to send nothing
# The functions of app.py that use_web set.
web = SimpleNamespace(render=None, make_link=None, context=None)


def use_web(render, make_link, context):
    """Set the functions of app.py that emails are composed and sent with.

    render(template, **context): a string; make_link(purpose, dreamer): a URL with a token;
    context(): a context manager, Flask's application context.
    """
    web.render, web.make_link, web.context = render, make_link, context


def confirms_emails():
    """Return whether sign-up asks to confirm the address: only where email can be sent."""
    return bool(settings["MAIL_SERVER"])


def can_mail():
    """Return whether emails are sent, or printed in development.

    In production (https) without MAIL_SERVER neither: printed links would put tokens in the log.
    """
    return confirms_emails() or not settings["SESSION_COOKIE_SECURE"]


def compose(kind, email, subject, **context):
    """Return a Message with text and HTML from templates/mail/<kind>."""
    return Message(subject, recipients=[email],
                   body=web.render(f"mail/{kind}.txt", subject=subject, **context),
                   html=web.render(f"mail/{kind}.html", subject=subject, **context))


def compose_notice(kind, entry):
    """Return the Message for an entry of a kind in NOTICES."""
    subject, text, links = NOTICES[kind]
    return compose("notice", entry.get("email"), subject, words=text,
                   links={label: absolute_url(path) for label, path in links.items()})


COMPOSERS.update((kind, functools.partial(compose_notice, kind)) for kind in NOTICES)


# Sending #####################################################################


class MailConnection(Connection):
    """Flask-Mail's Connection with timeouts, a deadline and verified TLS."""

    @contextmanager
    def deadline(self):
        """Shut down the socket at MAIL_DEADLINE: a slow server can evade socket timeouts."""
        self.ends_at, done = time.monotonic() + MAIL_DEADLINE, threading.Event()

        def watch():
            """Shut down the socket, then each second any that was opened since."""
            delay = MAIL_DEADLINE
            while not done.wait(delay):
                self.shut_down()
                delay = 1

        threading.Thread(target=watch, daemon=True).start()
        try:
            yield
        finally:
            done.set()

    def shut_down(self):
        """Shut down the TCP connection, if there is one."""
        with suppress(OSError):
            if self.host and self.host.sock:
                # After SSLSocket.shutdown() a later write would be sent unencrypted.
                socket.socket.shutdown(self.host.sock, socket.SHUT_RDWR)

    def configure_host(self):
        """Return an authenticated connection to the mail server; verify its certificate."""
        config, context = self.mail, ssl.create_default_context()
        smtp, tls = (SMTP_SSL, {"context": context}) if config.use_ssl else (SMTP, {})
        # __init__ connects, and shut_down needs self.host while it does.
        self.host = host = smtp.__new__(smtp)
        host.__init__(config.server, config.port, timeout=MAIL_TIMEOUT, **tls)
        if config.use_tls:
            host.starttls(context=context)
        if config.username:
            host.login(config.username, config.password)
        # During the DNS lookup there was no socket to shut down.
        if time.monotonic() > self.ends_at:
            raise TimeoutError("the deadline of the mail is over")
        return host

    def __exit__(self, *error):
        """Ignore errors on QUIT: the message was already accepted."""
        with suppress(SMTPException, OSError):
            super().__exit__(*error)


def send_message(message):
    """Send an email, or print it without MAIL_SERVER.

    Raises SMTPException, OSError, and UnicodeError for an address that SMTP can't carry.
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

mail_timer = {"timer": None, "at": 0.0}  # this process's waiting threading.Timer, its due time
mail_timer_lock = threading.Lock()


def add_mail(kind, email, dreamer=None):
    """Add an email to the outbox and send it in a thread; do nothing unless can_mail."""
    if can_mail():
        db.mails.insert_one({"kind": kind, "email": email, "tries": 0,
                             "dreamer_id": dreamer and dreamer["_id"],
                             "due_at": datetime.now(UTC)})
        schedule_mail(0)


def set_mail_lease():
    """Lease the next due email to this process for MAIL_LEASE; return it, or None."""
    now = datetime.now(UTC)
    return db.mails.find_one_and_update(
        {"due_at": {"$lte": now}}, {"$set": {"due_at": now + MAIL_LEASE}, "$inc": {"tries": 1}},
        sort=[("due_at", ASCENDING)], return_document=ReturnDocument.AFTER)


def find_mail_delay():
    """Return the seconds until the next email is due; None while the outbox is empty."""
    entry = db.mails.find_one({"due_at": {"$ne": None}}, {"due_at": 1},
                              sort=[("due_at", ASCENDING)])
    return entry and max(0.0, (entry["due_at"] - datetime.now(UTC)).total_seconds())


def count_mails():
    """Return how many emails are in the outbox."""
    return db.mails.estimated_document_count()


def send_entry(entry):
    """Send one email and remove it from the outbox, or schedule a retry if that failed."""
    if entry.get("kind") not in COMPOSERS:
        # During a deployment a worker of the newer version may know it.
        return update_failed_entry(entry, "unknown kind")
    try:
        message = COMPOSERS[entry["kind"]](entry)
        if message:
            send_message(message)
    except UnicodeError as error:
        logger.error("A mail (%s, %s) cannot be sent: %s", entry["kind"], entry["_id"], error)
    except (SMTPException, OSError) as error:
        return update_failed_entry(entry, error)
    return remove_entry(entry)


def remove_entry(entry):
    """Delete an email from the outbox."""
    db.mails.delete_one({"_id": entry["_id"]})


def update_failed_entry(entry, error):
    """Schedule a retry with exponential backoff; delete an email older than MAIL_MAX_AGE."""
    now, same = datetime.now(UTC), {"_id": entry["_id"], "tries": entry["tries"]}
    described = entry.get("kind"), entry["_id"], entry["tries"], error
    if now - entry["_id"].generation_time > MAIL_MAX_AGE:
        logger.error("A mail (%s, %s) is given up after try %s: %s", *described)
        return db.mails.delete_one(same)
    logger.warning("A mail (%s, %s) was not sent, try %s: %s", *described)
    # Doubled eight times it exceeds the maximum; more could overflow.
    delay = min(MAIL_RETRY_DELAY * 2 ** min(entry["tries"] - 1, 8), MAX_MAIL_RETRY_DELAY)
    return db.mails.update_one(same, {"$set": {"due_at": now + delay}})


def send_due_mails():
    """Send all emails that are due."""
    for entry in iter(set_mail_lease, None):
        send_entry(entry)


def schedule_mail(delay):
    """Send due emails after ``delay`` seconds, in a thread, until the outbox is empty."""
    def work():
        """Send due emails and schedule the next run."""
        with web.context():
            try:
                send_due_mails()
                next_delay = find_mail_delay()
            except PyMongoError as error:
                next_delay = MAIL_RETRY_DELAY.total_seconds()
                logger.error("The outbox could not be read: %s", error)
        if next_delay is not None:
            schedule_mail(next_delay)
    timer = threading.Timer(delay, work)
    timer.daemon = True
    schedule_timer(timer)


def schedule_timer(timer):
    """Start a timer that sends email; only the earliest waiting one is retained."""
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


add_subject("mails",
            when_leaving=lambda dreamer: db.mails.delete_many({"dreamer_id": dreamer["_id"]}))
