"""Notifications: their kinds, and telling a dreamer what somebody did.

A notification is one document for each group of unread acts of a kind on a dream; once it is
read, the next act starts a new one. notices.py shows and emails them.
"""
from datetime import UTC, datetime
from typing import NamedTuple

from pymongo.errors import DuplicateKeyError

from dreamscape.database import add_subject, db
from dreamscape.visibility import is_same, is_unconfirmed


# Kinds #######################################################################

EMAIL_CHOICES = {"now": "At once", "daily": "In a daily email", "never": "Never"}


class Kind(NamedTuple):
    """What a kind of notification says, where it leads, and how it is emailed by default.

    label: for the page of choices. sentence: with {who} ("Ada and 2 others") and {title}, those
    of the dream or the offer. about: the key of ``about`` in notify() whose document proves that
    the act still stands and to which the link leads. group: the key by which unread ones are
    grouped, None for all of a kind. email: a key of EMAIL_CHOICES.
    """

    label: str
    sentence: str
    about: str
    group: str | None = "dream_id"
    email: str = "daily"


KINDS = {
    "comment": Kind("Comments on your dreams", "{who} commented on {title}", "comment_id"),
    "follow": Kind("Follows of your dreams", "{who} started following {title}", "follow_id"),
    "follower": Kind("New followers", "{who} started following you", "follow_id", None),
    "offer": Kind("Offers to help", "{who} offered to help with {title}", "offer_id", email="now"),
    "accepted": Kind("Your offers accepted", "{who} accepted your offer to help with {title}",
                     "offer_id", email="now"),
    "declined": Kind("Your offers declined", "{who} declined your offer to help with {title}",
                     "offer_id", email="now"),
    "withdrawn": Kind("Offers withdrawn", "{who} withdrew the offer to help with {title}",
                      "offer_id", email="now"),
    "done": Kind("Help that is done", "{who} marked the help with {title} as done", "offer_id",
                 email="now"),
    "lapsed": Kind("Offers that lapsed", "The offer to help with {title} wasn't answered in time",
                   "offer_id", "offer_id"),
    "closed": Kind("Offers that closed", "The offer to help with {title} has closed", "offer_id",
                   "offer_id"),
    "message": Kind("Messages about offers", "{who} wrote to you about {title}", "offer_id",
                    email="now"),
    "ask": Kind("People asking for your help", "{who} asked for your help with {title}",
                "dream_id", email="now"),
    "thanks": Kind("Thanks", "{who} thanked you for helping with {title}", "offer_id"),
    "moderation": Kind("Moderators' decisions", "A moderator decided about {title}", "audit_id",
                       "audit_id", email="now"),
}


# Telling #####################################################################

STORED_ACTS = 50  # the newest people of a group, each with their last act
ADD_TRIES = 10


def notify(kind, to, about, by):
    """Tell the dreamer ``to`` (an _id) of an act; called after the change it is about.

    about: the ids that the KINDS row names: dream_id, and comment_id, follow_id, offer_id or
    audit_id. by: the acting dreamer, None for the site itself. Does nothing for one's own act,
    that of an unconfirmed dreamer, and between two of whom one blocks the other.
    """
    if by and (is_same(by, to) or is_unconfirmed(by) or to in by.get("apart", ())):
        return
    row = KINDS[kind]
    group = {"dreamer_id": to, "kind": kind, "group_id": row.group and about.get(row.group),
             "unread": True}
    # A group by dream is deleted with the dream; one by offer, say, tells that it was deleted.
    dream = {"dream_id": about.get("dream_id")} if row.group == "dream_id" else {}
    act = {"by": by and by["_id"], "about": about.get(row.about)}
    if add_act(group, act, dream):
        add_unread(to)


def add_act(group, act, fields):
    """Add an act to a group of unread ones; return the id of a new group, else None.

    One act a person: another one of theirs replaces it. The unique index decides between
    concurrent first acts. The count is of people, but somebody who acts again after STORED_ACTS
    others counts again.
    """
    now = {"at": datetime.now(UTC), **fields}
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


def add_unread(dreamer_id):
    """Add 1 to the number of unread notifications in a dreamer's document."""
    db.dreamers.update_one({"_id": dreamer_id}, {"$inc": {"unread": 1}})


def remove_notifications(dreamer):
    """Delete a dreamer's notifications, and their acts from those of others."""
    acts = {"acts.by": dreamer["_id"]}
    db.notifications.delete_many({"dreamer_id": dreamer["_id"]})
    db.notifications.delete_many(acts | {"count": 1})
    db.notifications.update_many(acts, {"$pull": {"acts": {"by": dreamer["_id"]}},
                                        "$inc": {"count": -1}})


add_subject("notifications", exported=True, of_dream="dream_id",
            when_leaving=remove_notifications)
