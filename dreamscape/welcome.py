"""The landing page: the newest dreams, and how somebody's help made one come true.

Both are what a visitor may see of them elsewhere, read anew for each page: what is hidden or
deleted is gone from the next one that is not a cache's.
"""
from dreamscape.database import (
    AUTHOR_DEFAULTS, CAME_TRUE_FIRST, HAS_COME_TRUE, JOIN_AUTHOR, NEWEST_FIRST, STORY,
    page_stages,
)
from dreamscape.dreamers import complete_author
from dreamscape.dreams import CARD_FIELDS, complete_dream
from dreamscape.together import find_together
from dreamscape.needs import find_need
from dreamscape.updates import UPDATE_FIELDS, complete_update
from dreamscape.visibility import is_public, is_public_dreamer, listed_query

MOSAICS = (12, 9, 5)  # numbers of dreams that fill all rows; so does any number below
SCANNED = 40  # of the newest dreams, as one person may have written many
NEWEST = 18  # people whose newest is read: more than MOSAICS, as some are suspended
OVER = ("resting", "let-go")  # states of dreams that the landing page leaves out
STORIES = 50  # that came true last, among which one with help is looked for
HELPED = 20  # offers with thanks that are read, as suspended people have made some
HELPED_FIELDS = CARD_FIELDS | dict.fromkeys((
    "offer.need_id", "offer.thanks", "story._id", *(f"helper.{name}" for name in AUTHOR_DEFAULTS),
    *(f"story.{name}" for name in UPDATE_FIELDS)), 1)


def find_welcome():
    """Return {dreams, helped} for the landing page, in one call.

    dreams: of as many people as fill its mosaic the newest public one; helped: see complete_helped.
    """
    found = find_together({"dreams": ("dreams", newest_stages()),
                           "helped": ("dreams", helped_stages())})
    dreams = filter(is_public, map(complete_dream, found["dreams"]))
    return {"dreams": fill_mosaic(list(dreams)),
            "helped": next(filter(None, map(complete_helped, found["helped"])), None)}


def fill_mosaic(dreams):
    """Return the first of some dreams: as many as fill all rows of the mosaic."""
    return dreams[:next((size for size in MOSAICS if len(dreams) >= size), len(dreams))]


def newest_stages():
    """Return the stages for the newest dream that lists show of each of NEWEST people."""
    return [*page_stages(listed_query(), NEWEST_FIRST, SCANNED),
            {"$match": {"state": {"$nin": OVER}}},
            {"$group": {"_id": "$dreamer_id", "newest": {"$first": "$$ROOT"}}},
            {"$replaceRoot": {"newRoot": "$newest"}}, {"$sort": dict(NEWEST_FIRST)},
            {"$limit": NEWEST}, JOIN_AUTHOR, {"$project": CARD_FIELDS}]


def helped_stages():
    """Return the stages for HELPED dreams that came true, each with an offer and its story."""
    return [
        *page_stages(HAS_COME_TRUE, CAME_TRUE_FIRST, STORIES),
        {"$match": listed_query() | {"thanked": {"$gt": 0}, "needs.0": {"$exists": True}}},
        *join_stages("updates", "story", {"state": STORY, "hidden": None, "body": {"$gt": ""}}),
        *join_stages("offers", "offer", {"thanks_hidden": False, "thanks": {"$gt": ""},
                                         "need_id": {"$gt": ""}}),
        {"$limit": HELPED}, JOIN_AUTHOR,
        {"$lookup": JOIN_AUTHOR["$lookup"] | {"localField": "offer.dreamer_id", "as": "helper"}},
        {"$project": HELPED_FIELDS}]


def join_stages(collection, name, query):
    """Return the stages that join a dream with each document about it that matches a query.

    MongoDB takes the last two into the $lookup, so it reads by the index and only until a $limit.
    """
    return [{"$lookup": {"from": collection, "localField": "_id", "foreignField": "dream_id",
                         "as": name}},
            {"$unwind": f"${name}"},
            {"$match": {f"{name}.{key}": value for key, value in query.items()}}]


def complete_helped(document):
    """Return {dream, need, helper, thanks, story}, or None if not all of it is public."""
    dream, offer = complete_dream(document), document["offer"]
    helper = complete_author({"author": document["helper"]})
    need = find_need(dream, offer["need_id"])
    if not (need and helper["_id"] and is_public(dream) and is_public_dreamer(helper)):
        return None
    return {"dream": dream, "need": need, "helper": helper, "thanks": offer["thanks"],
            "story": complete_update(document["story"])}
