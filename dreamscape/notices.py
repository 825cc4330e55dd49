"""A dreamer's notifications as they read them, on the page and in email: sentences and links.

What the reader may not see any more, or what was taken back, is left out here, whenever it is
read: a deleted comment, a hidden dream, somebody who was suspended.
"""
from datetime import UTC, datetime

from pymongo import DESCENDING

from dreamscape.database import (
    AUTHOR_DEFAULTS, DREAM_DEFAULTS, CursorError, complete, db, parse_id,
)
from dreamscape.dreamers import complete_name
from dreamscape.notifications import KINDS
from dreamscape.text import counted, quoted
from dreamscape.visibility import is_apart, is_public_dreamer, may_see


# Reading #####################################################################

NOTICES_PAGE = 20
SHOWN_ACTS = 5  # people of a group who are looked up: one or two are named
MAX_UNREAD = 99  # in the header
LATEST_FIRST = [("at", DESCENDING), ("_id", DESCENDING)]
# The collection of what each ``about`` in KINDS references.
SOURCES = {"comment_id": "comments", "follow_id": "follows", "offer_id": "offers",
           "audit_id": "audit", "dream_id": "dreams"}
NOTICE_FIELDS = {"acts": {"$slice": -SHOWN_ACTS}} | dict.fromkeys(
    ("kind", "dream_id", "unread", "count", "at"), 1)
PEOPLE_FIELDS = dict.fromkeys(AUTHOR_DEFAULTS, 1)
WITHOUT_TEXTS = {"words": 0, "description": 0, "body": 0}


def find_notices(query, reader, size):
    """Return (documents, notices): at most ``size`` notifications, and what is shown of them.

    notices: {_id, kind, unread, at, text, path, person} of those that the reader may still see;
    person: the newest acting dreamer, or None. In two calls, however many there are.
    """
    documents = list(db.notifications.find(query, NOTICE_FIELDS).sort(LATEST_FIRST).limit(size))
    mentioned = find_mentioned(documents)
    notices = [make_notice(document, reader, mentioned) for document in documents]
    return documents, [notice for notice in notices if notice]


def find_mentioned(notifications):
    """Return {_id: document} of the dreams, people and acts of some notifications."""
    ids = {"dreams": {each.get("dream_id") for each in notifications}}
    for each in notifications:
        source = SOURCES[KINDS[each["kind"]].about] if each["kind"] in KINDS else "dreams"
        ids.setdefault(source, set()).update(act["about"] for act in each["acts"])
        ids.setdefault("dreamers", set()).update(act["by"] for act in each["acts"])
    parts = [(name, [{"$match": {"_id": {"$in": [*ids[name] - {None}]}}},
                     {"$project": PEOPLE_FIELDS if name == "dreamers" else WITHOUT_TEXTS}])
             for name in ids if ids[name] - {None}]
    if not parts:
        return {}
    (first, stages), *others = parts
    unions = [{"$unionWith": {"coll": name, "pipeline": pipeline}} for name, pipeline in others]
    return {document["_id"]: document for document in db[first].aggregate([*stages, *unions])}


def make_notice(notification, reader, mentioned):
    """Return what is shown of a notification, as find_notices does; None if nothing is left."""
    row = KINDS.get(notification["kind"])
    dream = complete(mentioned.get(notification.get("dream_id")) or {}, DREAM_DEFAULTS)
    if not row or (row.group == "dream_id" and not (dream.get("_id") and may_see(reader, dream))):
        return None
    acts = [act for act in reversed(notification["acts"])
            if is_act_visible(row, act, reader, mentioned)]
    if not acts:
        return None
    people = [complete_name(complete(mentioned[act["by"]], AUTHOR_DEFAULTS))
              for act in acts if act["by"]]
    source = mentioned[acts[0]["about"]]
    title = source.get("title") or source.get("called") or dream["title"]
    lost = len(notification["acts"]) - len(acts)
    return {"text": row.sentence.format(who=format_people(people, notification["count"] - lost),
                                        title=quoted(title)),
            "path": row.path.format(
                slug=dream.get("slug") or dream.get("_id"), about=acts[0]["about"],
                person=people[0]["slug"] if people else ""),
            "person": people[0] if people else None, "unread": bool(notification.get("unread")),
            **{key: notification[key] for key in ("_id", "kind", "at")}}


def is_act_visible(row, act, reader, mentioned):
    """Return whether an act of a row of KINDS stands, and the reader may see it and who did it."""
    source, person = mentioned.get(act["about"]), mentioned.get(act["by"])
    if not source or source.get("hidden") or not source.get(row.proof):
        return False
    # What the site does to an offer is about both of its people. Of a decision the author is a
    # moderator, who tells even those apart from them.
    both = (source.get("dreamer_id"), source["owner_id"]) if "owner_id" in source else ()
    if any(is_apart(reader, each) for each in (act["by"], *both)):
        return False
    return act["by"] is None or bool(person and is_public_dreamer(person))


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

    invisible: how many of them the page leaves out. At most MAX_UNREAD are counted.
    """
    query = {"dreamer_id": viewer["_id"], "unread": True}
    number = max(0, db.notifications.count_documents(query, limit=MAX_UNREAD + 1) - invisible)
    if number != viewer["unread"]:
        # If another one arrives at the same time, its number is added to what it was before.
        before = viewer["unread"] or {"$in": [0, None]}
        db.dreamers.update_one({"_id": viewer["_id"], "unread": before},
                               {"$set": {"unread": number}})
    return number


def set_read(viewer, since, until):
    """Mark the viewer's notifications of a time as read; the next act starts a new one.

    since, until: as find_notices_page returns them, or None. What changed after the page was
    shown stays unread.
    """
    times = {"$gte": parse_time(since), "$lte": parse_time(until)}
    at = {operator: time for operator, time in times.items() if time}
    query = {"dreamer_id": viewer["_id"], "unread": True} | ({"at": at} if at else {})
    db.notifications.update_many(query, {"$unset": {"unread": "", "due": ""}})
    set_unread_number(viewer)


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
