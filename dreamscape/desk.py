"""The page "My dreams": drafts, living dreams with what is new, resting ones, those come true."""
from collections import Counter, defaultdict
from typing import NamedTuple

from dreamscape.database import (
    AUTHOR_FIELDS, IS_LIVING, NEWEST_FIRST, STORY, db, page_stages, parse_cursor, split_page,
)
from dreamscape.dreams import CARD_FIELDS, FEED_PAGE, complete_dream
from dreamscape.help import MAX_WAITING
from dreamscape.notifications import complete_notification
from dreamscape.together import find_together
from dreamscape.visibility import is_apart


class Part(NamedTuple):
    """A part of the desk: its heading, the query for its dreams, and how many it shows at first."""

    heading: str
    query: dict
    size: int = 5


LIVING = "living"
PARTS = {
    "drafts": Part("Drafts", {"draft": True}),
    LIVING: Part("Living dreams", {"draft": None, **IS_LIVING}, FEED_PAGE),
    "came-true": Part("Came true", {"draft": None, "state": STORY}),
    "resting": Part("Resting or let go", {"draft": None, "state": {"$in": ["resting", "let-go"]}}),
}
# Kinds of notifications: what people did, for the line above a card.
NEWS = {"comment": "commented", "reply": "replied", "offer": "offered help", "cheer": "cheered",
        "follow": "started following"}
PAGE_OF_NEWS = "/notifications"


def find_desk(viewer, part, cursor):
    """Return {desk, more, cursor} in two calls: {part: its dreams}, without empty ones.

    part: the only one to show, a key of PARTS or None; a cursor is of that part, else of the
    living ones. more: the parts that have further dreams on a page of their own. cursor: of the
    next page. Living dreams have ``news``.
    """
    position, only = parse_cursor(cursor, NEWEST_FIRST), part or (LIVING if cursor else None)
    sizes = {name: FEED_PAGE if only else row.size for name, row in PARTS.items()
             if only in (None, name)}
    found = find_together({"offers": ("offers", open_offers_stages(viewer))} | {
        name: ("dreams", part_stages(viewer, name, position, size + 1))
        for name, size in sizes.items()})
    pages = {name: split_page(found[name], size) for name, size in sizes.items()}
    desk = {name: [complete_dream(document | {"author": [viewer]}) for document in page]
            for name, (page, _) in pages.items() if page}
    if LIVING in desk:
        desk[LIVING] = find_with_news(viewer, desk[LIVING], found["offers"])
    paged = only or LIVING
    return {"desk": desk, "cursor": pages[paged][1],
            "more": {name for name, (_, more) in pages.items() if more and name != paged}}


def part_stages(viewer, name, position, size):
    """Return the stages for a viewer's newest dreams of a part."""
    fields = {key: 1 for key in CARD_FIELDS if key not in AUTHOR_FIELDS}
    query = position | {"dreamer_id": viewer["_id"]} | PARTS[name].query
    return [*page_stages(query, NEWEST_FIRST, size), {"$project": fields}]


def open_offers_stages(viewer):
    """Return the stages for the {_id} of MAX_WAITING of the offers that wait for a viewer."""
    return [{"$match": {"owner_id": viewer["_id"], "state": "offered"}}, {"$limit": MAX_WAITING},
            {"$project": {"_id": 1}}]


def find_with_news(viewer, dreams, offers):
    """Return a viewer's dreams with ``news``: [what people did since the viewer last read it].

    Not those apart from the viewer. And with news_path, where these lead. offers: those that may be
    news: none that was withdrawn.
    """
    dream_ids, offer_ids = ([each["_id"] for each in found] for found in (dreams, offers))
    # The keys of the index: one's unread notifications may be thousands.
    unread = {"dreamer_id": viewer["_id"], "unread": True, "kind": {"$in": [*NEWS]},
              "group_id": {"$in": dream_ids + offer_ids}, "dream_id": {"$in": dream_ids}}
    fields = {"kind": 1, "dream_id": 1, "group_id": 1, "count": 1, "acts.by": 1}
    people, counts, paths = defaultdict(set), Counter(), defaultdict(set)
    for notice in map(complete_notification, db.notifications.find(unread, fields)):
        key = notice["dream_id"], NEWS[notice["kind"]]
        # Each offer has its own, and several may be by the same person.
        acts = [act for act in notice["acts"] if not is_apart(viewer, act["by"])]
        if notice["acts"] and not acts:
            continue
        people[key].update(act["by"] for act in acts)
        others = notice["count"] - (len(notice["acts"]) - len(acts))
        counts[key] = max(counts[key], others, len(people[key]))
        is_offer = notice["group_id"] in offer_ids
        paths[notice["dream_id"]].add(f"/offers/{notice['group_id']}" if is_offer else PAGE_OF_NEWS)
    news = defaultdict(list)
    for (dream_id, act), count in counts.items():
        news[dream_id].append(f"{'1 person' if count == 1 else f'{count} people'} {act}")
    return [dream | {"news": sorted(news[dream["_id"]]),
                     "news_path": news_path(paths[dream["_id"]])} for dream in dreams]


def news_path(paths):
    """Return where news that have these paths lead together: all offers, if they are offers."""
    if len(paths) == 1:
        return next(iter(paths))
    return PAGE_OF_NEWS if PAGE_OF_NEWS in paths else "/offers"
