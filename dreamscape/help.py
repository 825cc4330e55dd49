"""Help: offers, and the messages in which two people arrange it.

An offer answers a need of a dream, or the dream as such. Only its helper and the dream's dreamer
see it (own_offers_query); moderators see those of its messages that one of the two has reported.
STEPS is the whole life of an offer. How it ends well is in thanks.py, with who sees the thanks.
"""
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import NamedTuple

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from dreamscape.database import (
    AUTHOR_DEFAULTS, AUTHOR_FIELDS, JOIN_AUTHOR, NEWEST_FIRST, complete, db,
    find_with_authors, page_stages, parse_cursor, split_page,
)
from dreamscape.drafts import add_draft
from dreamscape.dreamers import complete_author
from dreamscape.needs import is_living, open_needs
from dreamscape.notifications import notify
from dreamscape.subjects import add_subject
from dreamscape.text import idempotency_key
from dreamscape.together import find_together
from dreamscape.visibility import (
    current_suspension, is_before_link, is_same, is_shown, not_apart_query, visible_query,
)


# Steps #######################################################################


class Step(NamedTuple):
    """What changes an offer's state.

    before: the states it is possible in. by: whose press it is, () for the site itself. after: the
    new state, which is also the kind of notification that all but who pressed it get. can_undo:
    whether it can be taken back, which is told as "reopened". label and message: of the button,
    and of the page after it. undo_label: of the button that takes it back.
    """

    before: tuple
    by: tuple
    after: str
    can_undo: bool
    label: str = ""
    message: str = ""
    undo_label: str = ""


STEPS = {
    "accept": Step(("offered", "lapsed"), ("owner",), "accepted", True, "Accept",
                   "Offer accepted. Write below to arrange the rest.", "Undo accepting"),
    "decline": Step(("offered",), ("owner",), "declined", True, "Decline", "Offer declined.",
                    "Undo declining"),
    # A lapsed one, too, as it can still be accepted.
    "withdraw": Step(("offered", "accepted", "lapsed"), ("helper",), "withdrawn", True, "Withdraw",
                     "Offer withdrawn.", "Offer again"),
    # Both know whether help has come; what counts in public are the thanks, the owner's alone.
    "done": Step(("accepted",), ("owner", "helper"), "done", True, "Mark as done",
                 "Marked as done.", "Not done yet"),
    "lapse": Step(("offered",), (), "lapsed", False),
    "close": Step(("offered", "accepted"), (), "closed", True),
}
STATE_LABELS = {"offered": "Not answered yet", "accepted": "Accepted", "declined": "Declined",
                "withdrawn": "Withdrawn", "done": "Done", "lapsed": "Lapsed", "closed": "Closed"}
OPEN = STEPS["close"].before
WRITABLE = (*OPEN, "done")  # the states in which the two can write messages
ANSWER_TIME = timedelta(days=14)  # without an answer or a message, after which an offer lapses


def role_in(viewer, offer):
    """Return what the viewer is in an offer: "helper", "owner" or None."""
    roles = {"helper": offer["dreamer_id"], "owner": offer["owner_id"]}
    return next((role for role, _id in roles.items() if is_same(viewer, _id)), None)


def possible_steps(viewer, offer):
    """Return {name: Step} of what the viewer may do with an offer now."""
    role = role_in(viewer, offer)
    return {name: step for name, step in STEPS.items()
            if role in step.by and offer["state"] in step.before
            and (offer["dream"] or name != "accept")}


def undoable_step(viewer, offer):
    """Return the name of the step that the viewer may take back now, or None."""
    role, has_thanks = role_in(viewer, offer), offer["thanks_hidden"] is not None
    return next((name for name, step in STEPS.items()
                 if step.can_undo and role in step.by and offer["state"] == step.after
                 and offer["dream"] and not has_thanks
                 and (name != "withdraw" or is_wanted(offer))), None)


def is_wanted(offer):
    """Return whether the dream of an offer still asks for what was offered."""
    asked = {"", *(need["id"] for need in open_needs(offer["dream"]))}  # "": the dream as such
    return is_living(offer["dream"]) and offer["need_id"] in asked


def set_state(offer, before, after, only=(), **more):
    """Change an offer's state by one atomic update that names the state before; 1 if it did.

    0 also if the offer is withdrawn at once, as one of its two people blocks the other by now.
    """
    query = {"_id": offer["_id"], "state": before, **dict(only)}
    change = {"state": after, "changed_at": datetime.now(UTC), **more}
    changed = db.offers.update_one(query, {"$set": change}).modified_count
    # A block is stored before it withdraws open offers: it finds this one, or this finds it.
    if changed and after in OPEN and find_block_between(offer):
        set_state(offer, after, "withdrawn", was=after)
        return 0
    return changed


def find_block_between(offer):
    """Return {_id} of a block of one of an offer's two people by the other, or None."""
    pair = {"$in": [offer["dreamer_id"], offer["owner_id"]]}
    return db.blocks.find_one({"dreamer_id": pair, "blocked_id": pair}, {"_id": 1})


def take_step(offer, name, by=None, only=()):
    """Take a step and tell the others; False if the offer is in another state by now.

    only: further conditions of the update, as a query.
    """
    step = STEPS[name]
    changed = any(set_state(offer, before, step.after, only, was=before) for before in step.before)
    if changed:
        tell(step.after, offer, by)
    return changed


def undo_step(offer, name, by=None):
    """Take a step back and tell the others; False if the offer has changed meanwhile."""
    step, was = STEPS[name], offer["was"]
    changed = set_state(offer, step.after, was if was in step.before else step.before[0],
                        {"was": was, "thanks_hidden": None})
    if changed:
        tell("reopened", offer, by)
    return bool(changed)


def press_step(viewer, offer, name):
    """Take a step for the viewer; return whether it is taken, now or by an earlier request."""
    is_possible = name in possible_steps(viewer, offer)
    return offer["state"] == STEPS[name].after or (is_possible and take_step(offer, name, viewer))


def press_undo(viewer, offer, name):
    """Take a step back for the viewer; False if that isn't possible any more."""
    return undoable_step(viewer, offer) == name and undo_step(offer, name, viewer)


def tell(kind, offer, by):
    """Notify the two people of an offer, those who haven't left and aren't ``by``."""
    about = {"offer_id": offer["_id"], "dream_id": offer["dream_id"]}
    for dreamer_id in filter(None, (offer["dreamer_id"], offer["owner_id"])):
        notify(kind, dreamer_id, about, by)


# Offers ######################################################################

OFFERS_PAGE = 20
MAX_WAITING = 99  # counted in the heading of the list
OFFER_DEFAULTS = {
    "dream_id": None, "need_id": "", "dreamer_id": None, "owner_id": None, "title": "", "need": "",
    "state": "offered", "was": None, "messages": 0, "changed_at": None, "thanks": "",
    "thanks_hidden": None, "withheld": None}
JOIN_OWNER = {"$lookup": JOIN_AUTHOR["$lookup"] | {"localField": "owner_id", "as": "owner"}}
JOIN_DREAM = {"$lookup": {"from": "dreams", "localField": "dream_id", "foreignField": "_id",
                          "as": "dream"}}
OFFER_FIELDS = dict.fromkeys(
    (*OFFER_DEFAULTS, *(f"owner.{name}" for name in AUTHOR_DEFAULTS),
     *(f"dream.{name}" for name in ("slug", "title", "hidden", "audience", "linked_at", "needs",
                                    "state"))), 1) | AUTHOR_FIELDS


def is_unanswered(offer):
    """Return whether an offer has waited for an answer for ANSWER_TIME."""
    since = offer["changed_at"] or offer["_id"].generation_time
    return offer["state"] == "offered" and since <= datetime.now(UTC) - ANSWER_TIME


def complete_offer(document):
    """Return an offer with defaults, its helper, its owner, and its dream if that is visible.

    is_withheld: only the two are shown its thanks, for the dream is hidden, or was when it was
    deleted, or its owner is suspended.
    is_unlinked: its page doesn't lead the helper to the dream, which got a secret address after an
    offer that wasn't accepted.
    One that is unanswered counts as lapsed before the command stores it.
    """
    dream = next(iter(document.get("dream") or []), None)
    owner = complete_author({"author": document.get("owner")})
    offer = complete(document, OFFER_DEFAULTS) | {
        "created_at": document["_id"].generation_time, "helper": complete_author(document),
        "owner": owner,
        "is_unlinked": (document.get("state") not in ("accepted", "done")
                        and is_before_link(dream or {}, document["_id"].generation_time)),
        "is_withheld": bool(document.get("withheld") or (dream or {}).get("hidden")
                            or current_suspension(owner)),
        "dream": {"state": "dreaming"} | dream if dream and is_shown(dream) else None}
    return offer | ({"state": "lapsed"} if is_unanswered(offer) else {})


def join_offers(stages):
    """Return the stages that find offers with their helpers, owners and dreams."""
    return [*stages, JOIN_AUTHOR, JOIN_OWNER, JOIN_DREAM, {"$project": OFFER_FIELDS}]


def offers_stages(query, size):
    """Return the stages for at most ``size`` offers, newest first, for complete_offer."""
    return join_offers(page_stages(query, NEWEST_FIRST, size))


def find_offers(query, size):
    """Return at most ``size`` complete offers, newest first, in one call."""
    return list(map(complete_offer, db.offers.aggregate(offers_stages(query, size))))


def own_offers_query(viewer):
    """Return the query for the offers that a viewer gave or received, not with a blocked one."""
    own = {"$or": [{"dreamer_id": viewer["_id"]}, {"owner_id": viewer["_id"]}]}
    return own | not_apart_query(viewer, "dreamer_id", "owner_id")


def find_offer(viewer, offer_id):
    """Return one of the viewer's offers, given or received; None for anybody else's."""
    return next(iter(find_offers({"_id": offer_id} | own_offers_query(viewer), 1)), None)


def find_offers_page(viewer, cursor):
    """Return (offers, cursor): a page of the viewer's offers, given and received."""
    query = parse_cursor(cursor, NEWEST_FIRST) | own_offers_query(viewer)
    return split_page(find_offers(query, OFFERS_PAGE + 1), OFFERS_PAGE)


def find_waiting(viewer):
    """Return {to_answer, accepted} of the offers that wait for the viewer, in one call.

    to_answer: any OFFERS_PAGE complete ones, the oldest first; accepted: the number of those that
    the viewer gave and that were accepted, MAX_WAITING at most.
    """
    others = not_apart_query(viewer, "dreamer_id", "owner_id")
    to_answer = others | {"owner_id": viewer["_id"], "state": "offered",
                          "changed_at": {"$gt": datetime.now(UTC) - ANSWER_TIME}}
    accepted = others | {"dreamer_id": viewer["_id"], "state": "accepted"}
    found = find_together({
        "to_answer": ("offers", join_offers([{"$match": to_answer}, {"$limit": OFFERS_PAGE}])),
        "accepted": ("offers", [{"$match": accepted}, {"$limit": MAX_WAITING},
                                {"$project": {"_id": 1}}])})
    return {"to_answer": sorted(map(complete_offer, found["to_answer"]), key=itemgetter("_id")),
            "accepted": len(found["accepted"])}


def find_given_offer(helper, dream, need_id):
    """Return the document of a dreamer's offer to a need of a dream, or None."""
    # With the type of the partial index, or it would not be used.
    return db.offers.find_one({"dream_id": dream["_id"], "need_id": need_id,
                               "dreamer_id": {"$eq": helper["_id"], "$type": "objectId"}})


def offer_refusal(dream):
    """Return why nobody can offer help with a dream, as a sentence; "" if they can."""
    if is_living(dream):
        return ""
    return {"came-true": "This dream came true, so it needs no more help.",
            "resting": "This dream is resting, so it needs no help just now.",
            }.get(dream["state"], "This dream was let go, so it needs no more help.")


def add_offer(helper, dream, need, body):
    """Add an offer with its first message and tell the owner; return (its id, is it new).

    need: one of the dream's, or {} for the dream as such. The unique index decides: a second offer
    is the first one. (None, False) if the dream was deleted, hidden or made private meanwhile, or
    one of the two blocked the other.
    """
    offer = {"_id": ObjectId(), "dream_id": dream["_id"], "need_id": need.get("id", ""),
             "dreamer_id": helper["_id"], "owner_id": dream["dreamer_id"], "state": "offered",
             "title": dream["title"], "need": need.get("text", ""), "messages": 0,
             "changed_at": datetime.now(UTC)}
    try:
        db.offers.insert_one(offer)
    except DuplicateKeyError:
        offer = find_given_offer(helper, dream, offer["need_id"]) or {"_id": None, "messages": 1}
    present = db.dreams.find_one_and_update(
        {"_id": dream["_id"]}, {"$set": {"unanswered": False}}, {"hidden": 1, "audience": 1})
    is_possible = present and is_shown(present)
    if offer["_id"] and (not is_possible or find_block_between(offer)):
        db.offers.delete_one({"_id": offer["_id"], "messages": 0})
        return None, False
    # An offer whose request was interrupted before its message was counted has none yet, either.
    if is_new := not offer["messages"]:
        add_message(helper, offer, body, kind="offer")
    return offer["_id"], is_new


def add_other_words(helper, offer, body):
    """Store the words of a second offer as a draft of a message to the first one.

    None without any, and for words that were sent already, as by a double click.
    """
    same = {"offer_id": offer["_id"], "once": idempotency_key(str(helper["_id"]), body)}
    if not body or db.messages.find_one(same, {"_id": 1}):
        return None
    return add_draft(helper["_id"], f"/offers/{offer['_id']}/messages", {"body": [body]})


# Messages ####################################################################

MAX_MESSAGES = 100  # of an offer
MESSAGES_PAGE = 50
MESSAGE_DEFAULTS = {"body": "", "dreamer_id": None, "offer_id": None, "hidden": None,
                    "hidden_role": None, "reported": False}
MESSAGE_FIELDS = dict.fromkeys(MESSAGE_DEFAULTS, 1) | AUTHOR_FIELDS


def complete_message(document):
    """Return a message with its author, and with defaults for missing keys."""
    return complete(document, MESSAGE_DEFAULTS) | {
        "created_at": document["_id"].generation_time, "author": complete_author(document)}


def find_messages(viewer, offer, cursor):
    """Return (messages, cursor): a page of an offer's messages, oldest first; the newest page.

    cursor: of the page with older ones.
    """
    query = (parse_cursor(cursor, NEWEST_FIRST) | {"offer_id": offer["_id"]}
             | visible_query(viewer))
    found = find_with_authors("messages", query, NEWEST_FIRST, MESSAGES_PAGE + 1, MESSAGE_FIELDS)
    messages, cursor = split_page(list(map(complete_message, found)), MESSAGES_PAGE)
    return messages[::-1], cursor


def find_offer_context(viewer, offer, cursor):
    """Return the template context of an offer's page; cursor: of the page of messages."""
    messages, cursor = find_messages(viewer, offer, cursor)
    undoable = undoable_step(viewer, offer)
    return {"messages": messages, "cursor": cursor, "role": role_in(viewer, offer),
            "steps": possible_steps(viewer, offer), "undoable": undoable,
            "undo_label": undoable and STEPS[undoable].undo_label,
            "refusal": writing_refusal(viewer, offer)}


def find_reported_messages(offer_id):
    """Return the messages of an offer that one of the two has reported, oldest first."""
    query = {"offer_id": offer_id, "reported": True}
    found = find_with_authors("messages", query, NEWEST_FIRST, MAX_MESSAGES, MESSAGE_FIELDS)
    return list(map(complete_message, found))[::-1] if offer_id else []


def find_message(query):
    """Return a complete message with its author, or None."""
    found = find_with_authors("messages", query, NEWEST_FIRST, 1, MESSAGE_FIELDS)
    return next(map(complete_message, found), None)


def find_own_message(viewer, message_id):
    """Return a message of one of the viewer's offers, written by either; None of any other."""
    message = find_message({"_id": message_id} | visible_query(viewer))
    return message if message and find_offer(viewer, message["offer_id"]) else None


def writing_refusal(viewer, offer):
    """Return why the viewer can't write a message about an offer now, or ""."""
    other = offer["owner" if role_in(viewer, offer) == "helper" else "helper"]
    if offer["state"] == "lapsed" and other["_id"] and offer["dream"]:
        return "You can write to each other again once this offer is accepted."
    if offer["state"] not in WRITABLE or not other["_id"]:
        return "This offer has ended, so you can't write to each other here any more."
    if offer["messages"] >= MAX_MESSAGES:
        return f"You've written {MAX_MESSAGES} messages here. That's the limit."
    return ""


def add_message(writer, offer, body, key="", kind="message"):
    """Add a message and tell the other; False if the offer has ended or is full. Idempotent.

    key: the idempotency key of the form; without one, equal text counts as the same message.
    kind: of the notification.
    """
    once = idempotency_key(str(writer["_id"]), body, *filter(None, [key]))
    message = {"_id": ObjectId(), "offer_id": offer["_id"], "dreamer_id": writer["_id"],
               "body": body, "once": once}
    try:
        is_new = bool(db.messages.insert_one(message))
    except DuplicateKeyError:
        is_new, message = False, find_newest_message(offer)
        # In an offer of an older version, which names no last message, all of them are counted.
        if message.get("once") != once or find_last_counted(offer, message["_id"], None):
            return True
    # It is counted last: if that was interrupted, repeating the request does all of this again.
    tell(kind, offer, writer)
    if count_message(offer, message) or find_last_counted(offer, message["_id"]):
        return True
    # What another request has stored may have been read.
    if is_new:
        db.messages.delete_one({"_id": message["_id"]})
    return False


def find_newest_message(offer):
    """Return {_id, once} of the newest message of an offer, {} if there is none."""
    return db.messages.find_one({"offer_id": offer["_id"]}, {"once": 1}, sort=NEWEST_FIRST) or {}


def find_last_counted(offer, *message_ids):
    """Return {_id} of an offer in which one of these messages was counted last, or None.

    An id of None: the offer has messages, but doesn't say which one was counted last.
    """
    query = {"_id": offer["_id"], "messages": {"$gt": 0}, "last_message": {"$in": message_ids}}
    return db.offers.find_one(query, {"_id": 1})


def count_message(offer, message):
    """Count a message in its offer; return how often: 1, or 0.

    0 if the offer has ended, is full, or counted it last.
    """
    room = {"_id": offer["_id"], "state": {"$in": [*WRITABLE]}, "messages": {"$lt": MAX_MESSAGES},
            "last_message": {"$ne": message["_id"]}}
    fields = {"last_message": message["_id"], "changed_at": datetime.now(UTC)}
    return db.offers.update_one(room, {"$inc": {"messages": 1}, "$set": fields}).modified_count


def remove_message(message):
    """Delete a message; return whether it was still there."""
    return bool(db.messages.delete_one({"_id": message["_id"]}).deleted_count)


# Unlike comments, the messages of a deleted account go: they may hold an address.
add_subject("messages", exported=True, moderated=("body",),
            when_leaving=lambda dreamer: db.messages.delete_many({"dreamer_id": dreamer["_id"]}))
