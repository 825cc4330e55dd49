"""Thanks: the public line with which an offer ends well, on the dream and on the helper's page.

An offer's thanks_hidden is missing until there are thanks, then True or False: the helper decides
whether they are shown. Those that are hidden and removed are empty.
"""
from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import NamedTuple

from dreamscape.database import NEWEST_FIRST, db, find_batches, parse_cursor, split_page
from dreamscape.dreams import update_counts
from dreamscape.help import (
    OPEN, complete_offer, find_block_between, join_offers, offers_stages, tell,
)
from dreamscape.together import find_together
from dreamscape.visibility import is_same, not_apart_query


THANKS_PAGE = 10  # on a profile
THANKS_ON_DREAM = 20
OFFERED_ON_DREAM = 20  # open offers, for its dreamer


# Changing ####################################################################


def set_thanks(offer, owner, line):
    """Set the owner's line of thanks; the first one counts for the helper and tells them.

    False if the offer isn't done. Hidden if one of the two blocked the other meanwhile.
    """
    done = {"_id": offer["_id"], "state": "done"}
    first = db.offers.update_one(done | {"thanks_hidden": None},
                                 {"$set": {"thanks": line, "thanks_hidden": False}})
    if first.modified_count:
        update_helped(offer, 1)
        # A block is stored before it hides thanks: it finds these, or they find it.
        if find_block_between(offer):
            set_thanks_hidden(True, offer)
        else:
            tell("thanks", offer, owner)
        return True
    return bool(db.offers.update_one(done, {"$set": {"thanks": line}}).matched_count)


def remove_thanks(offer):
    """Remove an offer's line of thanks, and its part in the helper's count.

    Hidden ones stay hidden, empty, so that a new line doesn't undo what the helper decided.
    """
    same = {"_id": offer["_id"]}
    removed = db.offers.update_one(same | {"thanks_hidden": False},
                                   {"$unset": {"thanks": "", "thanks_hidden": ""}})
    if removed.modified_count:
        update_helped(offer, -1)
    else:
        db.offers.update_one(same | {"thanks_hidden": True}, {"$set": {"thanks": ""}})


def set_thanks_hidden(hidden, offer):
    """Hide the thanks from the dream and the helper's profile, or show them again."""
    before = {"_id": offer["_id"], "thanks_hidden": not hidden, "thanks": {"$ne": ""}}
    if db.offers.update_one(before, {"$set": {"thanks_hidden": hidden}}).modified_count:
        update_helped(offer, -1 if hidden else 1)


def hide_thanks_between(first, second):
    """Hide the thanks of two people for each other, as neither can see and hide them any more."""
    for helper, owner in ((first, second), (second, first)):
        query = {"dreamer_id": helper["_id"], "thanks_hidden": False, "owner_id": owner["_id"]}
        fields = {"dreamer_id": 1, "dream_id": 1}
        for offer in chain.from_iterable(find_batches("offers", query, fields)):
            set_thanks_hidden(True, offer)


def update_helped(offer, step):
    """Add ``step`` to the dream's count of thanks, and to the helper's count of dreams.

    Not to the helper's if they got other thanks for this one. If a dreamer thanks one helper
    twice at once, neither counts until the next recount. Thanks that are withheld count: what
    they say, or who says it, is judged then and not the help, and a suspension ends by itself.
    """
    update_counts(offer["dream_id"], {"$inc": {"thanked": step}})
    others = {"dream_id": offer["dream_id"], "dreamer_id": offer["dreamer_id"],
              "thanks_hidden": False, "_id": {"$ne": offer["_id"]}}
    if not db.offers.find_one(others, {"_id": 1}):
        db.dreamers.update_one({"_id": offer["dreamer_id"]}, {"$inc": {"helped": step}})


class ThanksAct(NamedTuple):
    """What can be done with thanks: whose it is, the change, the message, and the act back."""

    by: str
    change: Callable
    message: str
    undo: str | None = None


THANKS_ACTS = {
    "remove": ThanksAct("owner", remove_thanks, "Thanks removed."),
    "hide": ThanksAct("helper", partial(set_thanks_hidden, True), "Thanks hidden.", "show"),
    "show": ThanksAct("helper", partial(set_thanks_hidden, False), "Thanks shown again.", "hide"),
}


# Reading #####################################################################


def thanks_of_stages(dreamer, viewer, cursor):
    """Return the stages for a page of the offers for which a dreamer got thanks."""
    shown = {"$in": [True, False]} if is_same(viewer, dreamer["_id"]) else False
    query = {"dreamer_id": dreamer["_id"], "thanks_hidden": shown, "thanks": {"$ne": ""},
             **not_apart_query(viewer, "owner_id")}
    return offers_stages(parse_cursor(cursor, NEWEST_FIRST) | query, THANKS_PAGE + 1)


def unthanked_stages(viewer, dream):
    """Return the stages for the newest help with a dream that got no thanks yet."""
    query = {"dream_id": dream["_id"], "thanks_hidden": None,
             "state": {"$in": ["accepted", "done"]}} | not_apart_query(viewer, "dreamer_id")
    return offers_stages(query, THANKS_ON_DREAM)


def need_ids(dream):
    """Return the ids of a dream's needs, and "", which stands for the dream as such."""
    return ["", *(need["id"] for need in dream.get("needs") or [])]


def find_given(viewer, dream):
    """Return {need id: the viewer's own offer} to a dream."""
    return read_dream_help(viewer, dream, find_together(dream_help_parts(viewer, dream)))["given"]


def dream_help_parts(viewer, dream, cursor=None):
    """Return the parts of find_together for the help that a dream got: see read_dream_help.

    cursor: of the page of thanks.
    """
    of_dream = {"dream_id": dream["_id"]}
    thanked = (parse_cursor(cursor, NEWEST_FIRST) | of_dream | {"thanks_hidden": False}
               | not_apart_query(viewer, "dreamer_id"))
    parts = {"thanks": ("offers", offers_stages(thanked, THANKS_ON_DREAM + 1))}
    if is_same(viewer, dream["dreamer_id"]):
        waiting = of_dream | {"thanks_hidden": None, "state": {"$in": [*OPEN]}}
        others = not_apart_query(viewer, "dreamer_id")
        return parts | {"offered": ("offers", offers_stages(waiting | others, OFFERED_ON_DREAM))}
    if not viewer:
        return parts
    # With the type of the partial index, or it would not be used.
    own = of_dream | {"need_id": {"$in": need_ids(dream)},
                      "dreamer_id": {"$eq": viewer["_id"], "$type": "objectId"}}
    return parts | {"given": ("offers", join_offers([{"$match": own}]))}


def read_dream_help(viewer, dream, found):
    """Return {thanks, thanks_cursor, offered, given} from what dream_help_parts found.

    thanks: {need id: [offer]}, a page of the dream's; offered: likewise the newest open ones, for
    its dreamer only; given: {need id: the viewer's own offer}, to present needs or with thanks.
    "" stands for the dream as such.
    """
    thanked, offered, given = (list(map(complete_offer, found.get(part, ()))) for part in (
        "thanks", "offered", "given"))
    thanked, thanks_cursor = split_page(thanked, THANKS_ON_DREAM)
    thanks = [offer for offer in thanked if not offer["is_withheld"]]
    offered = [offer for offer in offered if offer["state"] in OPEN]
    return {"thanks": group_by_need(dream, thanks), "thanks_cursor": thanks_cursor,
            "offered": group_by_need(dream, offered),
            "given": {offer["need_id"]: offer for offer in [*thanked, *given]
                      if is_same(viewer, offer["dreamer_id"])}}


def group_by_need(dream, offers):
    """Return {need id: offers}, "" for the dream as such and for needs that it has no more."""
    needs, groups = need_ids(dream), {}
    for offer in offers:
        groups.setdefault(offer["need_id"] if offer["need_id"] in needs else "", []).append(offer)
    return groups
