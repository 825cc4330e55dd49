"""Email about notifications: at once, in one daily email, or never; and stopping it by a link.

flask send-digests queues an email for everybody who has something new. The outbox claims a
person's day when it composes one, so however often the command is killed or started, each
person gets one.
"""
from datetime import UTC, datetime

from dreamscape.database import db, find_batches, set_or_unset
from dreamscape.dreamers import find_viewer, find_dreamer_document
from dreamscape.mail import COMPOSERS, UnknownKindError, add_mails, compose, web
from dreamscape.notifications import (
    EMAIL_KINDS, KINDS, RECIPIENT_FIELDS, email_choice, email_kind, find_notices, is_mailable,
    kinds_by_choice,
)
from dreamscape.settings import absolute_url

DIGEST_SIZE = 30  # notifications in an email; the page has the others
DAILY = "daily"  # what a link stops in a daily email: all kinds of it


# Composing ###################################################################


def compose_notices(dreamer, notices, subject, stops):
    """Return a Message about notifications, with headers and a link that stop them.

    The headers are those of RFC 8058: mail programs show a button for them.
    stops: what the link stops, a key of EMAIL_KINDS or DAILY.
    """
    stop_link = web.make_link("unsubscribe", dreamer, kind=stops)
    message = compose("notifications", dreamer["email"], plain(subject), stop_link=stop_link,
                      stopped=stop_label(stops), settings_link=absolute_url(SETTINGS_PATH),
                      notices=[notice | {"plain": plain(notice["text"]),
                                         "link": absolute_url(notice["path"])}
                               for notice in notices], page=absolute_url("/notifications"))
    message.extra_headers = {"List-Unsubscribe": f"<{stop_link}>",
                             "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return message


SETTINGS_PATH = "/profile/notifications"


def plain(text):
    """Return a text without Unicode isolates, which some mail programs show as boxes."""
    return text.replace("\u2068", "").replace("\u2069", "")


def stop_label(stops):
    """Return what a link stops, in words; a kind may be of an older version."""
    labels = {DAILY: "The daily email"} | {kind: row.label for kind, row in EMAIL_KINDS.items()}
    return labels.get(stops, stops)


def compose_notification(entry):
    """Return the email at once about one notification; None if it was read or taken back.

    Raises UnknownKindError for a kind of a newer version.
    """
    dreamer = find_recipient({"_id": entry.get("dreamer_id"), "email": entry.get("email")})
    query = {"_id": entry.get("notification_id"), "unread": True}
    documents, notices = find_notices(query, dreamer, 1) if dreamer else ([], [])
    if documents and documents[0]["kind"] not in KINDS:
        raise UnknownKindError("unknown kind of notification")
    is_now = notices and email_choice(dreamer, notices[0]["kind"]) == "now"
    for document in documents:
        set_due(document, not is_now)
    if not is_now:
        return None
    return compose_notices(dreamer, notices, notices[0]["text"],
                           email_kind(notices[0]["kind"]))


def set_due(notification, is_due):
    """Set whether a daily email may tell of a notification, unless it changed meanwhile.

    Not after the email at once, even if its dreamer chooses daily ones then; but if one that could
    not be sent was composed again after that.
    """
    same = {"_id": notification["_id"], "at": notification["at"], "unread": True,
            "digest_id": None}
    db.notifications.update_one(same, set_or_unset({"due": True if is_due else None}))


def find_recipient(query):
    """Return a complete dreamer who may be emailed, or None."""
    document = find_dreamer_document(query)
    return find_viewer(document) if document and is_mailable(document) else None


def compose_digest(entry):
    """Return a dreamer's daily email; None if there is nothing new or they got the day's one."""
    dreamer = set_digest_claim(entry)
    if not dreamer or not is_mailable(dreamer):
        return None
    set_digested(dreamer, entry)
    query = {"digest_id": entry["_id"], "dreamer_id": dreamer["_id"], "unread": True}
    notices = find_notices(query, dreamer, DIGEST_SIZE)[1]
    if not notices:
        return None
    subject = (notices[0]["text"] if len(notices) == 1
               else f"{len(notices)} things happened on Dreamscape")
    return compose_notices(dreamer, notices, subject, DAILY)


def set_digest_claim(entry):
    """Claim a dreamer's day for an email; return the dreamer, None if another one has it.

    A retry of the same email has claimed it already.
    """
    claim = {"day": entry.get("day"), "mail_id": entry["_id"]}
    document = db.dreamers.find_one_and_update(
        {"_id": entry.get("dreamer_id"), "email": entry.get("email"),
         "$or": [{"digest": None}, {"digest.day": {"$lt": claim["day"]}}, {"digest": claim}]},
        {"$set": {"digest": claim}})
    return document and find_viewer(document)


def set_digested(dreamer, entry):
    """Set the digest_id of a dreamer's new notifications, by which a retry finds them again.

    Those of an earlier day's email that is still unsent move into this one, and that one finds
    none.
    """
    former_id = (dreamer.get("digest") or {}).get("mail_id")
    unsent = former_id != entry["_id"] and db.mails.find_one({"_id": former_id}, {"_id": 1})
    new = {"due": True, "kind": {"$in": kinds_by_choice(dreamer, "daily")}}
    query = {"dreamer_id": dreamer["_id"], "unread": True,
             "$or": [new, {"digest_id": former_id}] if unsent else [new]}
    db.notifications.update_many(query, {"$unset": {"due": ""},
                                         "$set": {"digest_id": entry["_id"]}})


COMPOSERS.update(notification=compose_notification, digest=compose_digest)


# Queueing ####################################################################


def add_digests():
    """Queue an email for everybody with something new today; return how many were queued.

    Can be repeated: whoever got the day's email is left out, and a second email for the same
    day is dropped when it is composed.
    """
    day, queued = datetime.now(UTC).date().isoformat(), set()
    for batch in find_batches("notifications", {"due": True}, {"dreamer_id": 1, "kind": 1}):
        dreamers = find_recipients(batch)
        daily = [each for each in batch if is_daily(each, dreamers)]
        new = {each["dreamer_id"] for each in daily} - queued
        add_mails({"kind": "digest", "email": dreamers[_id]["email"], "dreamer_id": _id,
                   "day": day} for _id in new if has_no_digest(dreamers[_id], day))
        queued |= new
        # Those that no daily email is for would be read again each day.
        db.notifications.update_many(
            {"_id": {"$in": [each["_id"] for each in batch if each not in daily]}},
            {"$unset": {"due": ""}})
    return len(queued)


def find_recipients(notifications):
    """Return {_id: dreamer}: those told by some notifications who may be emailed."""
    ids = {each["dreamer_id"] for each in notifications}
    found = db.dreamers.find({"_id": {"$in": [*ids]}}, RECIPIENT_FIELDS | {"digest": 1})
    return {dreamer["_id"]: dreamer for dreamer in found if is_mailable(dreamer)}


def is_daily(notification, dreamers):
    """Return whether a notification is for the daily email of one of ``dreamers``."""
    dreamer = dreamers.get(notification["dreamer_id"])
    return (bool(dreamer) and notification["kind"] in KINDS
            and email_choice(dreamer, notification["kind"]) == "daily")


def has_no_digest(dreamer, day):
    """Return whether a dreamer's email of a day was not composed yet."""
    return (dreamer.get("digest") or {}).get("day", "") < day


# Choices #####################################################################


def set_email_choices(dreamer, choices):
    """Set how a dreamer is emailed: choices is {key of EMAIL_KINDS: key of EMAIL_CHOICES}."""
    db.dreamers.update_one({"_id": dreamer["_id"]}, {
        "$set": {f"emails.{kind}": choice for kind, choice in choices.items()},
        "$unset": {"emails_before": ""}})


def stoppable(dreamer, stops):
    """Return {kind: choice} of the emails that a link stops: of one kind, or all daily ones."""
    chosen = {kind: email_choice(dreamer, kind) for kind in EMAIL_KINDS}
    return {kind: choice for kind, choice in chosen.items()
            if (stops == kind and choice != "never") or (stops == DAILY and choice == "daily")}


def undoable(dreamer, stops):
    """Return {kind: choice} of what undo_stop restores."""
    return {kind: choice for kind, choice in (dreamer.get("emails_before") or {}).items()
            if kind in EMAIL_KINDS and (stops == kind or (stops == DAILY and choice == "daily"))}


def describe_stop(dreamer, stops):
    """Return {label, stopped, can_undo}: what a link stops, in words, and whether it did."""
    return {"label": stop_label(stops), "stopped": not stoppable(dreamer, stops),
            "can_undo": bool(undoable(dreamer, stops))}


def stop_emails(dreamer, stops):
    """Stop what a link stops; what was chosen before is stored for undo_stop. Idempotent."""
    set_choices_and_before(dreamer, {
        f"{field}.{kind}": value for kind, choice in stoppable(dreamer, stops).items()
        for field, value in (("emails", "never"), ("emails_before", choice))}, ())


def undo_stop(dreamer, stops):
    """Undo stop_emails."""
    before = undoable(dreamer, stops)
    set_choices_and_before(dreamer, {f"emails.{kind}": before[kind] for kind in before}, before)


def set_choices_and_before(dreamer, fields, undone):
    """Set fields of a dreamer, if any, and forget the former choices of the kinds ``undone``."""
    if fields:
        change = {"$set": fields} | ({"$unset": {f"emails_before.{kind}": "" for kind in undone}}
                                     if undone else {})
        db.dreamers.update_one({"_id": dreamer["_id"]}, change)
