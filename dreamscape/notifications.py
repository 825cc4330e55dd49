"""Notifications: their kinds, telling a dreamer what somebody did, and what the dreamer reads.

A notification is one document for each group of unread acts of a kind on a dream, or about an
offer; once it is read, the next act starts a new one. A notice is what is shown of it, on the
page and in email: a sentence and a link. make_notice leaves out acts that were taken back, or that
the reader may not see any more: a deleted comment, an act on a hidden dream, somebody suspended.
"""
from datetime import UTC, datetime
from typing import NamedTuple

from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from dreamscape.database import (
    AUTHOR_DEFAULTS, DREAM_DEFAULTS, STORY, CursorError, complete, db, parse_id,
)
from dreamscape.dreamers import complete_name, undeliverable_email
from dreamscape.mail import add_mail
from dreamscape.subjects import add_subject
from dreamscape.text import counted, quoted
from dreamscape.together import union_pipelines
from dreamscape.visibility import (
    is_apart, is_before_link, is_public_dreamer, is_same, is_unconfirmed, may_see,
)


# Kinds #######################################################################

EMAIL_CHOICES = {"now": "At once", "daily": "In a daily email", "never": "Never"}


class Kind(NamedTuple):
    """What a kind of notification says, where it leads, and how it is emailed by default.

    label: for the page of choices. sentence: with {who} ("Ada and 2 others") and {title}, that
    of the dream or the offer. about: the key of notify()'s ``about`` with the id of the document
    that the act is about. path: of the link, with {slug} of the dream, {person} (the slug of who
    acted) and {about}. email: a key of EMAIL_CHOICES, or the kind with which it shares a choice
    and a label. group: the key by which unread ones are grouped, None for all of a kind. proof: a
    field of the document of ``about`` that is empty once the act was taken back. without_dream:
    whether it is shown even to readers who may not see the dream, and stays when that is deleted.
    """

    label: str
    sentence: str
    about: str
    path: str = "/offers/{about}"
    email: str = "now"
    group: str | None = "dream_id"
    proof: str = "_id"
    without_dream: bool = False


def offer_kind(sentence, without_dream=False):
    """Return a kind that tells what became of an offer."""
    return Kind("", sentence, "offer_id", email="offer", group="offer_id",
                without_dream=without_dream)


KINDS = {
    "comment": Kind("Comments on your dreams", "{who} commented on {title}", "comment_id",
                    "/comments/{about}", "daily"),
    "reply": Kind("Replies to your comments", "{who} replied to your comment on {title}",
                  "comment_id", "/comments/{about}", "now"),
    "mention": Kind("Mentions of you", "{who} mentioned you on {title}", "comment_id",
                    "/comments/{about}", "daily"),
    "cheer": Kind("Cheers for your dreams", "{who} cheered {title}", "cheer_id",
                  "/dreams/{slug}", "daily"),
    "follow": Kind("New followers of you and your dreams", "{who} started following {title}",
                   "follow_id", "/dreams/{slug}", "daily"),
    "follower": Kind("", "{who} started following you", "follow_id", "/dreamers/{person}",
                     "follow", None),
    "offer": Kind("Offers of help, and what becomes of them",
                  "{who} offered to help with {title}", "offer_id", group="offer_id"),
    "accepted": offer_kind("{who} accepted your offer to help with {title}"),
    "declined": offer_kind("{who} declined your offer to help with {title}"),
    "withdrawn": offer_kind("{who} withdrew the offer to help with {title}"),
    "done": offer_kind("{who} marked the help with {title} as done"),
    "lapsed": offer_kind("An offer to help with {title} got no answer in time", without_dream=True),
    "closed": offer_kind("An offer to help with {title} was closed", without_dream=True),
    "reopened": offer_kind("{who} reopened the offer to help with {title}"),
    "message": Kind("Messages about an offer", "{who} wrote to you about {title}", "offer_id",
                    group="offer_id"),
    "ask": Kind("People who ask for your help", "{who} asked for your help with {title}",
                "dream_id", "/dreams/{slug}#needs"),
    "update": Kind("Updates of dreams you follow", "{who} posted an update on {title}", "update_id",
                   "/dreams/{slug}#update-{about}", "daily"),
    "came_true": Kind("Dreams you follow or helped with that came true",
                      "{who} made {title} come true", "update_id", "/dreams/{slug}#story", "daily"),
    "thanks": Kind("Thanks for your help", "{who} thanked you for helping with {title}",
                   "offer_id", email="daily", group="offer_id", proof="thanks"),
    # Of decisions that aren't in DECISIONS.
    "moderation": Kind("Decisions of moderators", "A moderator decided about {title}", "audit_id",
                       "/decisions/{about}", group="audit_id"),
}

DECISIONS = {  # act of a moderator: the sentence for the person concerned; %s: what it is about
    "hide": "We hid your %s",
    "show": "Your %s is visible again",
    "dismiss": "Your %s is visible again",
    "delete": "We deleted your %s",
    "suspend": "We suspended your account",
    "restore": "Your account works again",
}


def decision_words(act, thing):
    """Return the sentence in DECISIONS for an act on a thing: "dream", say."""
    return DECISIONS[act].replace("%s", thing)


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


# Adding ######################################################################

STORED_ACTS = 50  # the newest people of a group
STORED_ABOUTS = 5  # newest acts of each person: one before is shown if the newest was taken back
ADD_TRIES = 10


def notify(kind, to, about, by):
    """Tell the dreamer ``to`` (an _id) of an act; called after the change it is about.

    about: {key: id}, with the keys of SOURCES that the KINDS row names. by: the acting dreamer,
    None for the site itself. Does nothing for one's own act, for that of an unconfirmed dreamer,
    and if one of the two blocks the other.
    """
    if by and (is_same(by, to) or is_unconfirmed(by) or is_apart(by, to)):
        return
    row = KINDS[kind]
    group = {"dreamer_id": to, "kind": kind, "group_id": row.group and about.get(row.group),
             "unread": True}
    dream_id = None if row.without_dream else about.get("dream_id")
    dream = {"dream_id": dream_id} if dream_id else {}
    about_id = about.get(row.about)
    act = {"by": by and by["_id"], "about": about_id, "abouts": [about_id]}
    if notification_id := add_act(group, act, dream):
        add_unread(to, kind, notification_id)


def add_act(group, act, fields):
    """Add an act to a group of unread ones; return the id of a new group, else None.

    A group has one act of each person, to which their later ones are added. The unique index
    decides between concurrent first acts. The count is of people, but somebody who acts again
    after STORED_ACTS others counts again.
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
                group | {"acts": {"$elemMatch": {"by": act["by"]}}},
                {"$set": now | {"acts.$.about": act["about"]},
                 "$push": {"acts.$.abouts": {"$each": act["abouts"], "$slice": -STORED_ABOUTS}}})
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


# Reading #####################################################################

NOTICES_PAGE = 20
SHOWN_ACTS = 5  # people of a group who are looked up: one or two are named
MAX_UNREAD = 99  # in the header
LATEST_FIRST = [("at", DESCENDING), ("_id", DESCENDING)]
# The collection of what each ``about`` in KINDS references.
SOURCES = {"comment_id": "comments", "follow_id": "follows", "offer_id": "offers",
           "audit_id": "audit", "dream_id": "dreams", "cheer_id": "cheers",
           "update_id": "updates"}
NOTICE_DEFAULTS = {"kind": "", "acts": [], "count": 0}
ACT_DEFAULTS = {"by": None, "about": None}
NOTICE_FIELDS = dict.fromkeys(("kind", "dream_id", "unread", "count", "at"), 1)
PEOPLE_FIELDS = dict.fromkeys(AUTHOR_DEFAULTS, 1)
WITHOUT_TEXTS = {"words": 0, "description": 0, "body": 0}
WORDS = {"comment": "body", "reply": "body", "mention": "body", "update": "body",
         "came_true": "body", "thanks": "thanks"}  # kind: the field with the words that are shown
WITHOUT_MORE_TEXTS = {"helped": 0, "took": 0, "advice": 0}
FIELDS_OF = {"dreamers": PEOPLE_FIELDS, "comments": WITHOUT_MORE_TEXTS,
             "updates": WITHOUT_MORE_TEXTS}  # collection: what a notice shows; others WITHOUT_TEXTS


def complete_notification(document):
    """Return a notification with defaults for missing keys, those of its acts too."""
    notification = complete(document, NOTICE_DEFAULTS | {"at": document["_id"].generation_time})
    return notification | {"acts": [complete(act, ACT_DEFAULTS | {"abouts": [act.get("about")]})
                                    for act in notification["acts"]]}


def find_notices(query, reader, size):
    """Return (documents, notices): at most ``size`` notifications, and what is shown of them.

    notices: {_id, kind, unread, at, text, who, words, path, person} of those that the reader may
    still see; who: the people in the text; words: what the newest said, or ""; person: that
    dreamer, or None. Takes two database calls, however many there are, and two more if nothing is
    left of the last acts of a large group.
    """
    documents = find_groups(query, size, SHOWN_ACTS)
    notices = make_notices(documents, reader)
    emptied = [each["_id"] for each in documents
               if each["_id"] not in notices and each["count"] > SHOWN_ACTS]
    if emptied:
        notices |= make_notices(find_groups({"_id": {"$in": emptied}}, size, STORED_ACTS), reader)
    return documents, [notices[each["_id"]] for each in documents if each["_id"] in notices]


def find_groups(query, size, acts):
    """Return at most ``size`` complete notifications, each with its last ``acts``."""
    fields = NOTICE_FIELDS | {"acts": {"$slice": -acts}}
    found = db.notifications.find(query, fields).sort(LATEST_FIRST).limit(size)
    return list(map(complete_notification, found))


def make_notices(documents, reader):
    """Return {_id: notice} of the notifications that show something, in one call."""
    referenced = find_referenced(documents)
    notices = (make_notice(document, reader, referenced) for document in documents)
    return {notice["_id"]: notice for notice in notices if notice}


def find_referenced(notifications):
    """Return {_id: document} of the dreams, people and acts of some notifications."""
    ids = {"dreams": {each.get("dream_id") for each in notifications}}
    for each in notifications:
        source = SOURCES[KINDS[each["kind"]].about] if each["kind"] in KINDS else "dreams"
        ids.setdefault(source, set()).update(*(act["abouts"] for act in each["acts"]))
        ids.setdefault("dreamers", set()).update(act["by"] for act in each["acts"])
    parts = [(name, [{"$match": {"_id": {"$in": [*ids[name] - {None}]}}},
                     {"$project": FIELDS_OF.get(name, WITHOUT_TEXTS)}])
             for name in ids if ids[name] - {None}]
    if not parts:
        return {}
    return {document["_id"]: document
            for document in db[parts[0][0]].aggregate(union_pipelines(parts))}


def make_notice(notification, reader, referenced):
    """Return what is shown of a notification, as find_notices does; None if nothing is left."""
    row = KINDS.get(notification["kind"])
    dream = complete(referenced.get(notification.get("dream_id")) or {}, DREAM_DEFAULTS)
    is_of_dream = notification.get("dream_id") is not None
    if not row or (is_of_dream and not (dream.get("_id") and may_see(reader, dream))):
        return None
    is_linked = "{slug}" in row.path and not is_same(reader, dream["dreamer_id"])
    if is_linked and is_before_link(dream, notification["at"]):
        return None  # It would tell the secret address.
    newest = [visible_act(row, act, dream, reader, referenced)
              for act in reversed(notification["acts"])]
    acts = [act for act in newest if act]
    if not acts:
        return None
    people = [complete_name(complete(referenced[act["by"]], AUTHOR_DEFAULTS))
              for act in acts if act["by"]]
    source = referenced[acts[0]["about"]]
    invisible = len(notification["acts"]) - len(acts)
    title = quoted(source.get("title") or source.get("called") or dream["title"])
    # One of an older version may be about the offers of several people.
    if source.get("need") and notification["count"] == 1:
        title = f"{quoted(source['need'])} for {title}"
    who = format_people(people, notification["count"] - invisible)
    return {"text": (decision_words(source["act"], f"{source.get('kind', 'dream')} {title}")
                     if source.get("act") in DECISIONS
                     else row.sentence.format(who=who, title=title)),
            "who": who, "words": source.get(WORDS.get(notification["kind"])) or "",
            "path": row.path.format(
                slug=dream.get("slug") or dream.get("_id"), about=acts[0]["about"],
                person=people[0]["slug"] if people else ""),
            "person": people[0] if people else None, "unread": bool(notification.get("unread")),
            **{key: notification[key] for key in ("_id", "kind", "at")}}


def visible_act(row, act, dream, reader, referenced):
    """Return an act with the newest of its ``abouts`` that the reader may see, or None."""
    return next((each for each in (act | {"about": about} for about in reversed(act["abouts"]))
                 if is_act_visible(row, each, reader, referenced)
                 and (dream["state"] == STORY
                      or not is_of_story(row, referenced[each["about"]]))), None)


def is_act_visible(row, act, reader, referenced):
    """Return whether an act of a KINDS row is valid, and the reader may see it and its author."""
    source, person = referenced.get(act["about"]), referenced.get(act["by"])
    if not source or source.get("hidden") or not source.get(row.proof):
        return False
    # An offer is hidden if a block separates the reader from either of its two people, also if the
    # act is the site's. A decision isn't: its dreamer_id is the moderator.
    both = (source.get("dreamer_id"), source["owner_id"]) if "owner_id" in source else ()
    if any(is_apart(reader, each) for each in (act["by"], *both)):
        return False
    return act["by"] is None or bool(person and is_public_dreamer(person))


def is_of_story(row, source):
    """Return whether an act is a story or a line beside it, shown in the state STORY alone."""
    return row is KINDS["came_true"] or bool(source.get("line"))


def format_people(people, count):
    """Return the people of a group in words: "Ada", "Ada and Bob", "Ada and 4 others".

    "Dreamscape" if only the site did it.
    """
    names = [f"\u2068{person['name']}\u2069" for person in people] or ["Dreamscape"]
    others = max(count, len(names)) - 1
    if others == 1 and len(names) == 2:
        return " and ".join(names)
    return "".join(names[:1]) + (f" and {counted(others, 'other')}" if others > 0 else "")


# Page ########################################################################


def find_notices_page(viewer, cursor):
    """Return {notices, cursor, since, until, unread}: a page of the viewer's notifications.

    since and until: the times of the oldest and newest on it, as set_read takes them. unread:
    the number for the header, corrected in the viewer's document if it was wrong.
    """
    query = {"dreamer_id": viewer["_id"]} | parse_time_cursor(cursor)
    documents, notices = find_notices(query, viewer, NOTICES_PAGE + 1)
    shown = documents[:NOTICES_PAGE]
    shown_ids = {each["_id"] for each in shown}
    notices = [notice for notice in notices if notice["_id"] in shown_ids]
    invisible = (sum(bool(each.get("unread")) for each in shown)
                 - sum(notice["unread"] for notice in notices))
    times = [format_time(each["at"]) for each in shown] or [""]
    more = len(documents) > NOTICES_PAGE
    return {"notices": notices, "since": times[-1], "until": times[0],
            "unread": set_unread_number(viewer, invisible),
            "cursor": f"{times[-1]}_{shown[-1]['_id']}" if more else None}


def set_unread_number(viewer, invisible=0):
    """Set the number of unread notifications in a dreamer's document; return it.

    invisible: how many of them the page leaves out. Counts at most MAX_UNREAD + 1.
    """
    query = {"dreamer_id": viewer["_id"], "unread": True}
    number = max(0, db.notifications.count_documents(query, limit=MAX_UNREAD + 1) - invisible)
    if number != viewer["unread"]:
        # Compare-and-set: if another one arrives meanwhile, this correction is dropped.
        before = viewer["unread"] or {"$in": [0, None]}
        db.dreamers.update_one({"_id": viewer["_id"], "unread": before},
                               {"$set": {"unread": number}})
    return number


def set_read(viewer, since, until):
    """Mark the viewer's notifications of a period as read; the next act starts a new one.

    since, until: as find_notices_page returns them, or None. What changed after the page was
    shown stays unread.
    """
    times = {"$gte": parse_time(since), "$lte": parse_time(until)}
    at = {operator: time for operator, time in times.items() if time}
    query = {"dreamer_id": viewer["_id"], "unread": True} | ({"at": at} if at else {})
    db.notifications.update_many(query, {"$unset": {"unread": "", "due": ""}})
    set_unread_number(viewer)


def set_offer_read(viewer, offer):
    """Mark as read the viewer's notifications of an offer, once its page is opened.

    Those of an older version stay unread: grouped by dream, they may be about other offers too.
    """
    if not viewer["unread"]:
        return
    query = {"dreamer_id": viewer["_id"], "unread": True, "group_id": offer["_id"]}
    read = db.notifications.update_many(query, {"$unset": {"unread": "", "due": ""}})
    if number := read.modified_count:
        # In one call, without a count; the page of notifications corrects it.
        db.dreamers.update_one({"_id": viewer["_id"], "unread": {"$gte": number}},
                               {"$inc": {"unread": -number}})
        viewer["unread"] = max(0, viewer["unread"] - number)


def format_time(time):
    """Return a datetime as milliseconds, all that the database stores."""
    return str(round(time.timestamp() * 1_000))


def parse_time(text):
    """Return the datetime that format_time wrote, or None."""
    is_time = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 13
    return datetime.fromtimestamp(int(text) / 1_000, UTC) if is_time else None


def parse_time_cursor(cursor):
    """Return the query for the notifications after a cursor, {} without one."""
    if not cursor:
        return {}
    time, _, last_id = cursor.partition("_")
    time, last_id = parse_time(time), parse_id(last_id)
    if not time or not last_id:
        raise CursorError(cursor)
    return {"at": {"$lte": time}, "$or": [{"at": {"$lt": time}}, {"_id": {"$lt": last_id}}]}
