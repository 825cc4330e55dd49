"""Emails: composing them, and the outbox, a queue that retries for a day.

A request only queues an email, by add_mail; a thread sends it.
"""
import functools
import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from email.errors import MessageError
from smtplib import SMTPException
from types import SimpleNamespace

from bson.errors import BSONError
from flask_mail import Message
from jinja2 import TemplateError
from pymongo import ASCENDING, ReturnDocument
from pymongo.errors import PyMongoError

from dreamscape.database import db, indexed_text
from dreamscape.log import logger
from dreamscape.settings import absolute_url, settings
from dreamscape.smtp import (
    MAIL_DEADLINE, RefusedError, check_mail_server, is_about_recipient, is_misconfigured,
    send_message,
)
from dreamscape.subjects import add_subject


# Composing ###################################################################

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
        {"Choose a new password": "/password-reset"}),
    "address_checked": (
        "Our email reaches you again",
        "Earlier we couldn't deliver email to this address. This one arrived, so everything works "
        "and there's nothing left to do.", {"Open Dreamscape": "/"})}


class UnknownKindError(Exception):
    """The kind of an email is unknown here; during a deployment newer workers may know it."""


COMPOSERS = {}  # kind -> function(entry of the outbox): a Message, or None to send nothing
# kind -> function(entry): does one part of a job; returns what of the entry changes for the next
# part, or None after the last. After an interruption a part is done again: see is_repeated.
JOBS = {}
# The functions of app.py that use_web set.
web = SimpleNamespace(render=None, make_link=None, context=None)


def use_web(render, make_link, context):
    """Set the functions of app.py that emails are composed and sent with.

    render(template, **context): a string; make_link(purpose, dreamer, **claims): a URL with a
    token; context(): a context manager, Flask's application context.
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
                   body=web.render(f"mail/{kind}.txt", **context),
                   html=web.render(f"mail/{kind}.html", subject=subject, **context))


def compose_notice(kind, entry):
    """Return the Message for an entry of a kind in NOTICES."""
    subject, text, links = NOTICES[kind]
    return compose("notice", entry.get("email"), subject, words=text,
                   links={label: absolute_url(path) for label, path in links.items()})


COMPOSERS.update((kind, functools.partial(compose_notice, kind)) for kind in NOTICES)


# Outbox ######################################################################

# How long a process may take for an email before another one sends it.
MAIL_LEASE = timedelta(seconds=2 * MAIL_DEADLINE)
MAIL_RETRY_DELAY = timedelta(minutes=1)  # doubled at each retry
MAX_MAIL_RETRY_DELAY = timedelta(hours=4)
MAIL_MAX_AGE = timedelta(days=1)  # no retries after that
OUTBOX_DELAY = 60  # seconds between two looks into an empty outbox
# What a bug raises, after which the next entry follows at once.
BUGS = (ArithmeticError, AssertionError, AttributeError, BSONError, LookupError, MessageError,
        NameError, RuntimeError, TemplateError, TypeError, ValueError)
BUG_DELAY = 1.0  # seconds after any other error, which ends a run
mail_timer = {"timer": None, "at": 0.0}  # this process's waiting threading.Timer, its due time
mail_timer_lock = threading.Lock()
this_thread = threading.local()  # is_sending: whether send_due_mails runs in it


def add_mail(kind, email, dreamer=None, **fields):
    """Add an email to the outbox and send it in a thread; do nothing unless can_mail."""
    if can_mail():
        add_mails([{"kind": kind, "email": email, "dreamer_id": dreamer and dreamer["_id"],
                    **fields}])
        start_sending()


def add_mails(entries):
    """Add emails to the outbox without sending them: each worker looks there once a minute."""
    now = datetime.now(UTC)
    if entries := [{**entry, "tries": 0, "due_at": now} for entry in entries if can_mail()]:
        db.mails.insert_many(entries)


def add_job(kind, **fields):
    """Add a job of JOBS to the outbox, and do its first part in a thread."""
    db.mails.insert_one({"kind": kind, **fields, "tries": 0, "parts": 0,
                         "due_at": datetime.now(UTC)})
    start_sending()


def is_repeated(entry):
    """Return whether the next part of a job was started before, and interrupted."""
    return entry["tries"] > entry["parts"] + 1


def update_job(entry):
    """Do a part of a job, and queue the next one behind the emails that are due.

    If it took longer than its lease, another process has the entry: then that one goes on.
    """
    changes, same = JOBS[entry["kind"]](entry), {"_id": entry["_id"], "tries": entry["tries"]}
    if changes is None:
        db.mails.delete_one(same)
    else:
        # Each claim counts as a try: without this one the next would count as a repetition.
        now = datetime.now(UTC)
        db.mails.update_one(same, {"$set": changes | {"due_at": now, "parts": entry["tries"]}})


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


def process_entry(entry):
    """Send an email or do a part of a job; after any error it is retried or given up.

    Errors that aren't among BUGS are raised afterwards.
    """
    error = "an unexpected error"
    try:
        send_entry(entry)
        error = None
    except BUGS as bug:
        logger.exception("A mail (%s, %s) shows a bug", entry.get("kind"), entry["_id"])
        error = repr(bug)
    finally:
        if error:
            update_failed_entry(entry, error)


def send_entry(entry):
    """Send one email and remove it from the outbox, or schedule a retry if that failed."""
    if entry.get("kind") in JOBS:
        return update_job(entry)
    try:
        message = find_composer(entry)(entry)
        if message:
            send_message(message)
    except (RefusedError, UnicodeError) as error:
        logger.error("A mail (%s, %s) cannot be sent: %s", entry["kind"], entry["_id"], error)
        set_failed_email(entry["email"])
        message = None
    except (SMTPException, OSError, UnknownKindError) as error:
        return update_failed_entry(entry, error)
    # First, so that the email is not sent again if the database fails now.
    remove_entry(entry)
    return remove_failed_email(entry["email"]) if message else None


def find_composer(entry):
    """Return the function that composes an email; raise UnknownKindError if there is none."""
    if entry.get("kind") not in COMPOSERS:
        raise UnknownKindError("unknown kind")
    return COMPOSERS[entry["kind"]]


def remove_entry(entry):
    """Delete an email from the outbox."""
    db.mails.delete_one({"_id": entry["_id"]})


def holders_of(email):
    """Return the query for the accounts with an email address, confirmed or not."""
    return {"$or": [{"email": email}, {"unconfirmed_email": indexed_text(email)}]}


def set_failed_email(email):
    """Note on every account with an email address that it can't be delivered to.

    On every one, so that the note doesn't reveal for which account an email was.
    """
    db.dreamers.update_many(holders_of(email), {"$set": {"failed_email": email}})


def remove_failed_email(email):
    """Remove the note of set_failed_email: an email to the address was accepted."""
    db.dreamers.update_many(holders_of(email) | {"failed_email": email},
                            {"$unset": {"failed_email": ""}})


def update_failed_entry(entry, error):
    """Schedule a retry with exponential backoff; delete an email older than MAIL_MAX_AGE."""
    now, same = datetime.now(UTC), {"_id": entry["_id"], "tries": entry["tries"]}
    described = entry.get("kind"), entry["_id"], entry["tries"], error
    if now - entry["_id"].generation_time > MAIL_MAX_AGE:
        logger.error("A mail (%s, %s) is given up after try %s: %s", *described)
        if is_about_recipient(error):
            set_failed_email(entry["email"])
        return db.mails.delete_one(same)
    level = logging.ERROR if is_misconfigured(error) else logging.WARNING
    logger.log(level, "A mail (%s, %s) was not sent, try %s: %s", *described)
    retries = entry["tries"] - entry.get("parts", 0) - 1  # of this part of a job
    # Doubled eight times it exceeds the maximum; more could overflow.
    delay = min(MAIL_RETRY_DELAY * 2 ** min(retries, 8), MAX_MAIL_RETRY_DELAY)
    return db.mails.update_one(same, {"$set": {"due_at": now + delay}})


def send_due_mails():
    """Send all emails that are due, those that jobs add meanwhile too."""
    this_thread.is_sending = True
    try:
        for entry in iter(set_mail_lease, None):
            process_entry(entry)
    finally:
        this_thread.is_sending = False


def start_sending():
    """Send due emails in a thread, unless this one is about to do so anyway."""
    # A job may add thousands of emails, and each would start a thread.
    if not getattr(this_thread, "is_sending", False):
        schedule_mail(0)


def start_mail():
    """Send queued email and find out what the mail server offers, in threads."""
    schedule_mail(0)
    if confirms_emails():
        threading.Thread(target=check_mail_server, daemon=True).start()


def schedule_mail(delay):
    """Send due emails after ``delay`` seconds, in a thread, and go on for ever.

    An empty outbox is read every OUTBOX_DELAY: commands add emails too.
    """
    def work():
        """Send due emails and schedule the next run, whatever happens."""
        next_delay = BUG_DELAY
        try:
            with web.context():
                send_due_mails()
                next_delay = find_mail_delay()
        except PyMongoError as error:
            next_delay = MAIL_RETRY_DELAY.total_seconds()
            logger.error("The outbox could not be read: %s", error)
        finally:
            schedule_mail(OUTBOX_DELAY if next_delay is None else next_delay)
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
