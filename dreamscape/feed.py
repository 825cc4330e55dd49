"""The Dreamscape: its views and its search, each page a bounded walk of indexes."""
import threading
from contextlib import contextmanager
from itertools import islice
from operator import itemgetter

import pymongo
from bson import ObjectId
from pymongo import DESCENDING
from pymongo.errors import PyMongoError

from dreamscape.database import (
    JOIN_AUTHOR, NEWEST_FIRST, TRENDING_FIRST, all_of, cursor_after, db, first_words, read_position,
    split_page,
)
from dreamscape.dreams import CARD_FIELDS, FEED_PAGE, complete_dream
from dreamscape.follows import find_followed_dreamers
from dreamscape.log import logger
from dreamscape.text import PREFIX_LENGTH, longest_first, skill_words, words_of


# Views #######################################################################

FEED_VIEWS = {"latest": "Newest", "trending": "Trending", "for-you": "For you",
              "following": "Following"}
MERGED = 100  # dreamers in one query, where MongoDB merges 200 values in all
SCAN_MOST = 1_000  # dreams looked at for a page, where an index alone cannot tell which are wanted
LONG_SKILLS = 8  # of several words, that "For you" looks for
FEED_WAIT = 1  # seconds that may take, and wait for its turn
feed_turns = [threading.Lock() for _ in range(256)]  # two dreamers seldom share one
LAST_ID = ObjectId("f" * 24)  # none comes after it
SEARCH_WORDS = 8  # words of a query that count


def search_conditions(text):
    """Return a condition for each word of ``text``, which a dream holds whole or begins with."""
    starts = [word[:PREFIX_LENGTH] for word in words_of(text)[:SEARCH_WORDS]]
    return [{"words": {"$in": [start, f"@{start}"]}} for start in longest_first(starts) or [""]]


def interests_query(viewer, whole=True):
    """Return the query for dreams on the viewer's topics or asking for a skill of theirs.

    {} for a dreamer who has told neither: then every dream may be for them. Skills of one word
    all count, of others the first LONG_SKILLS, for each is compared with each dream. whole:
    whether all their words count, or only the longest, so that an index finds the dreams.
    """
    skills = [words for words in map(skill_words, viewer["skills_folded"]) if words]
    several = [words for words in skills if len(words) > 1][:LONG_SKILLS]
    single = [words[0] for words in skills if len(words) == 1]
    single += [] if whole else [words[0] for words in several]
    wanted = [{"topics": {"$in": viewer["interests"]}}] if viewer["interests"] else []
    wanted += [{"words": {"$in": single}}] if single else []
    wanted += [{"words": {"$all": words}} for words in several if whole]
    return {"$or": wanted} if wanted else {}


def feed_conditions(viewer, feed):
    """Return what the dreams of a feed have to meet; an index serves the first best.

    For "For you" that may be a first one which lets in too many, before the one that tells.
    """
    search = search_conditions(feed["q"]) if feed["q"] else []
    topic = [{"topics": feed["topic"]}] if feed["topic"] else []
    superset, exact = (interests_query(viewer, whole) for whole in (False, True))
    chosen = []
    if feed["view"] == "for-you":
        chosen = [exact] if superset == exact else [superset, exact]
    return [condition for condition in [*search, *topic, *chosen] if condition]


# Scanning indexes ############################################################


def following_scans(viewer, feed, kept, position):
    """Return the scans, as find_scanned takes them, to the dreams that the viewer follows.

    kept: ids of other dreams that count as followed, and of dreamers. MongoDB merges an
    index's parts in order, and so stops at a page's end, for 200 values at the most:
    https://www.mongodb.com/docs/manual/tutorial/equality-sort-range-guideline/
    """
    dreamers = find_followed_dreamers(viewer).union(kept, [viewer["_id"]] * feed["own"])
    queries = [{"dreamer_id": {"$in": [*islice(dreamers, start, start + MERGED)]}}
               for start in range(0, max(1, len(dreamers)), MERGED)]
    queries += [{"_id": {"$in": kept}}] if kept else []
    edges = {"dreamer_id": viewer["_id"], "dream_id": position.get("_id", {"$lt": LAST_ID})}
    return [*(("dreams", all_of(query, position), NEWEST_FIRST, []) for query in queries),
            ("follows", edges, [("dream_id", DESCENDING)], followed_stages())]


def followed_stages():
    """Return the stages that make a dream of each edge that leads to one."""
    return [{"$lookup": {"from": "dreams", "localField": "dream_id", "foreignField": "_id",
                         "as": "dream"}},
            {"$unwind": "$dream"}, {"$replaceRoot": {"newRoot": "$dream"}}]


def scan_stages(scan, wanted, size, most):
    """Return the stages that find a scan's first dreams, among ``most`` documents if given."""
    _, query, order, stages = scan
    return [{"$match": query}, {"$sort": dict(order)}, *([{"$limit": most}] if most else []),
            *stages, {"$match": wanted}, {"$limit": size}]


def scan_end(scan, most):
    """Return the stage that adds the last of ``most`` documents of a scan, marked as the end."""
    collection, query, order, _ = scan
    last = [{"$match": query}, {"$sort": dict(order)}, {"$skip": most - 1}, {"$limit": 1},
            {"$project": {"_id": {"$ifNull": ["$dream_id", "$_id"]}, "score": 1,
                          "is_end": {"$literal": True}}}]
    return {"$unionWith": {"coll": collection, "pipeline": last}}


def find_scanned(scans, wanted, order, size, most=None):
    """Return (dreams, end): at most ``size`` dreams of index scans, with authors, in one call.

    scans: (collection, query, order, stages) each: what an index finds in its order, and the
    stages that make dreams of it; the first is of dreams. most: how many documents are looked
    at in all, though ``size`` of each scan at least, or None where about each is wanted. end: the
    document at which the scans stopped, or None if they came to their own end.
    """
    most = most and max(size, most // len(scans))
    first, *others = [scan_stages(scan, wanted, size, most) for scan in scans]
    unions = [{"$unionWith": {"coll": scan[0], "pipeline": stages}}
              for scan, stages in zip(scans[1:], others, strict=True)]
    # Each may be found twice, and one of them three times: so there are enough different ones.
    merged = [*unions, {"$sort": dict(order)}, {"$limit": 2 * size}] if others else []
    ends = [scan_end(scan, most) for scan in scans] if most else []
    found = list(db.dreams.aggregate([*first, *merged, JOIN_AUTHOR, {"$project": CARD_FIELDS},
                                      *ends]))
    end = max((each for each in found if "is_end" in each), key=itemgetter("_id"), default=None)
    # Of one scan all that was found comes before its end.
    dreams = {each["_id"]: each for each in found if "is_end" not in each
              and (not others or not end or each["_id"] >= end["_id"])}
    return list(map(complete_dream, islice(dreams.values(), size))), end


def find_feed_page(viewer, feed, kept, cursor):
    """Return (dreams, cursor) of a page of the feed; dreams is None if that took too long.

    kept: ids of what was unfollowed a moment ago, which stay on this one page. A page
    may hold few dreams, or none, and still have a cursor: see find_scanned.
    """
    order = TRENDING_FIRST if feed["view"] == "trending" else NEWEST_FIRST
    position = read_position(cursor, order)
    dreams, end = find_feed(viewer, feed, kept, position, order)
    if dreams is None:
        return None, None
    shown, cursor = split_page(dreams, FEED_PAGE, order)
    return shown, cursor or (end and cursor_after(end, order))


@contextmanager
def suppress_timeouts():
    """Log a timeout of a feed query instead of raising it."""
    try:
        yield
    except TimeoutError:
        logger.warning("A page of the feed waited too long for others of its dreamer")
    except PyMongoError as error:
        if not error.timeout:
            raise
        logger.warning("A page of the feed took too long: %s", first_words(error))


@contextmanager
def feed_turn(viewer):
    """Let a dreamer's pages be looked for one at a time, or raise TimeoutError.

    So in each worker many tabs cost the database no more than one does.
    """
    turn = feed_turns[hash(viewer["_id"]) % len(feed_turns)]
    if not turn.acquire(timeout=FEED_WAIT):
        raise TimeoutError
    try:
        yield
    finally:
        turn.release()


def find_feed(viewer, feed, kept, position, order):
    """Return (dreams, end), as find_scanned does, of what comes after a position of a feed.

    A query that no index answers alone has a timeout: (None, None) past it.
    """
    conditions = feed_conditions(viewer, feed)
    if feed["view"] == "following":
        scans = following_scans(viewer, feed, kept, position)
    else:
        best = conditions.pop(0) if conditions else {}
        scans = [("dreams", all_of(position, best), order, [])]
    others = {} if feed["own"] else {"dreamer_id": {"$ne": viewer["_id"]}}
    wanted = all_of(others, {"hidden": None}, *conditions)
    if not conditions:
        return find_scanned(scans, wanted, order, FEED_PAGE + 1)
    with suppress_timeouts(), feed_turn(viewer), pymongo.timeout(FEED_WAIT):
        return find_scanned(scans, wanted, order, FEED_PAGE + 1, SCAN_MOST)
    return None, None
