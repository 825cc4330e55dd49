"""Notifications: their kinds, and telling a dreamer what somebody did.

A notification is one document for each group of unread acts of a kind on a dream; once it is
read, the next act starts a new one. notices.py shows and emails them.
"""
from datetime import UTC, datetime
from typing import NamedTuple

from pymongo.errors import DuplicateKeyError

from dreamscape.database import add_subject, db
from dreamscape.dreamers import undeliverable_email
from dreamscape.mail import add_mail
from dreamscape.visibility import is_apart, is_public_dreamer, is_same, is_unconfirmed


# Kinds #######################################################################

EMAIL_CHOICES = {"now": "At once", "daily": "In a daily email", "never": "Never"}


class Kind(NamedTuple):
    """What a kind of notification says, where it leads, and how it is emailed by default.

    label: for the page of choices. sentence: with {who} ("Ada and 2 others") and {title}, that
    of the dream or the offer. about: the key of ``about`` in notify() whose document proves that
    the act still stands. path: of the link, with {slug} of the dream, {person} (the slug of who
    acted) and {about}. email: a key of EMAIL_CHOICES, or the kind with which it shares a choice
    and a label. group: the key by which unread ones are grouped, None for all of a kind; those
    by dream are shown to whom may see the dream. proof: a field of that document, which is empty
    once the act was taken back.
    """

    label: str
    sentence: str
    about: str
    path: str = "/offers/{about}"
    email: str = "now"
    group: str | None = "dream_id"
    proof: str = "_id"


def offer_kind(sentence, group="dream_id"):
    """Return a kind that tells what became of an offer."""
    return Kind("", sentence, "offer_id", email="offer", group=group)


KINDS = {
    "comment": Kind("Comments on your dreams", "{who} commented on {title}", "comment_id",
                    "/dreams/{slug}#comment-{about}", "daily"),
    "follow": Kind("New followers of you and your dreams", "{who} started following {title}",
                   "follow_id", "/dreams/{slug}", "daily"),
    "follower": Kind("", "{who} started following you", "follow_id", "/dreamers/{person}",
                     "follow", None),
    "offer": Kind("Offers of help, and what becomes of them",
                  "{who} offered to help with {title}", "offer_id"),
    "accepted": offer_kind("{who} accepted your offer to help with {title}"),
    "declined": offer_kind("{who} declined your offer to help with {title}"),
    "withdrawn": offer_kind("{who} withdrew the offer to help with {title}"),
    "done": offer_kind("{who} marked the help with {title} as done"),
    "lapsed": offer_kind("An offer to help with {title} got no answer in time", "offer_id"),
    "closed": offer_kind("An offer to help with {title} was closed", "offer_id"),
    "reopened": offer_kind("{who} reopened the offer to help with {title}"),
    "message": Kind("Messages about an offer", "{who} wrote to you about {title}", "offer_id"),
    "ask": Kind("People who ask for your help", "{who} asked for your help with {title}",
                "dream_id", "/dreams/{slug}#needs"),
    "thanks": Kind("Thanks for your help", "{who} thanked you for helping with {title}",
                   "offer_id", email="daily", proof="thanks"),
    "moderation": Kind("Decisions of moderators", "A moderator decided about {title}", "audit_id",
                       "/decisions/{about}", group="audit_id"),
}


# Email choices ###############################################################

# The kinds with a choice of their own.
EMAIL_KINDS = {kind: row for kind, row in KINDS.items() if row.email in EMAIL_CHOICES}
RECIPIENT_FIELDS = dict.fromkeys(("email", "emails", "ends_at", "suspended", "failed_email"), 1)


def email_kind(kind):
    """Return the kind whose choice applies to a kind, a key of EMAIL_KINDS."""
    return kind if kind in EMAIL_KINDS else KINDS[kind].email


def email_choice(dreamer, kind):
    """Return how a dreamer is emailed about a kind, a key of EMAIL_CHOICES."""
    chosen = (dreamer.get("emails") or {}).get(email_kind(kind))
    return chosen if chosen in EMAIL_CHOICES else KINDS[email_kind(kind)].email


def kinds_by_choice(dreamer, choice):
    """Return the kinds about which a dreamer is emailed in this way."""
    return [kind for kind in KINDS if email_choice(dreamer, kind) == choice]


def is_mailable(dreamer):
    """Return whether a dreamer may be emailed: confirmed, not suspended, not refused."""
    return (bool(dreamer.get("email")) and is_public_dreamer(dreamer)
            and not undeliverable_email(dreamer))


# Telling #####################################################################

STORED_ACTS = 50  # the newest people of a group, each with their last act
ADD_TRIES = 10


def notify(kind, to, about, by):
    """Tell the dreamer ``to`` (an _id) of an act; called after the change it is about.

    about: the ids that the KINDS row names: dream_id, and comment_id, follow_id, offer_id or
    audit_id. by: the acting dreamer, None for the site itself. Does nothing for one's own act,
    that of an unconfirmed dreamer, and between two of whom one blocks the other.
    """
    if by and (is_same(by, to) or is_unconfirmed(by) or is_apart(by, to)):
        return
    row = KINDS[kind]
    group = {"dreamer_id": to, "kind": kind, "group_id": row.group and about.get(row.group),
             "unread": True}
    # A group by dream is deleted with the dream; one by offer, say, tells that it was deleted.
    dream = {"dream_id": about.get("dream_id")} if row.group == "dream_id" else {}
    act = {"by": by and by["_id"], "about": about.get(row.about)}
    if notification_id := add_act(group, act, dream):
        add_unread(to, kind, notification_id)


def add_act(group, act, fields):
    """Add an act to a group of unread ones; return the id of a new group, else None.

    One act a person: another one of theirs replaces it. The unique index decides between
    concurrent first acts. The count is of people, but somebody who acts again after STORED_ACTS
    others counts again.
    """
    now = {"at": datetime.now(UTC), "due": True, **fields}
    for _ in range(ADD_TRIES):
        try:
            return db.notifications.update_one(
                group | {"acts.by": {"$ne": act["by"]}},
                {"$push": {"acts": {"$each": [act], "$slice": -STORED_ACTS}},
                 "$inc": {"count": 1}, "$set": now}, upsert=True).upserted_id
        except DuplicateKeyError:
            repeated = db.notifications.update_one(
                group | {"acts.by": act["by"]},
                {"$set": now | {"acts.$.about": act["about"]}})
        if repeated.matched_count:
            break
    return None


def add_unread(dreamer_id, kind, notification_id):
    """Count a new notification in its dreamer's document; queue an email if they want it now."""
    dreamer = db.dreamers.find_one_and_update({"_id": dreamer_id}, {"$inc": {"unread": 1}},
                                              RECIPIENT_FIELDS)
    if not dreamer:  # the account was deleted meanwhile
        db.notifications.delete_one({"_id": notification_id})
    elif email_choice(dreamer, kind) == "now" and is_mailable(dreamer):
        add_mail("notification", dreamer["email"], dreamer, notification_id=notification_id)


def remove_notifications(dreamer):
    """Delete a dreamer's notifications, and their acts from those of others."""
    acts = {"acts.by": dreamer["_id"]}
    db.notifications.delete_many({"dreamer_id": dreamer["_id"]})
    db.notifications.delete_many(acts | {"count": 1})
    db.notifications.update_many(acts, {"$pull": {"acts": {"by": dreamer["_id"]}},
                                        "$inc": {"count": -1}})


add_subject("notifications", exported=True, of_dream="dream_id",
            when_leaving=remove_notifications)
