"""The Dreamscape: its views and its search, each page a bounded walk of indexes."""
import threading
from contextlib import ExitStack, contextmanager
from itertools import islice, pairwise, takewhile

import pymongo
from bson import ObjectId
from pymongo import DESCENDING
from pymongo.errors import PyMongoError

from dreamscape.database import (
    JOIN_AUTHOR, NEWEST_FIRST, TRENDING_FIRST, all_of, cursor_after, db, page_stages, parse_cursor,
    short_message, split_page,
)
from dreamscape.dreams import CARD_FIELDS, FEED_PAGE, complete_dream
from dreamscape.follows import find_followed_dreamers
from dreamscape.log import logger
from dreamscape.text import PREFIX_LENGTH, longest_first, skill_words, split_words


# Views #######################################################################

FEED_VIEWS = {"latest": "Newest", "trending": "Trending", "for-you": "For you",
              "following": "Following"}
MERGED = 100  # dreamers in one query, where MongoDB merges 200 values in all
SCAN_MOST = 1_000  # dreams, or follows of dreams, looked at for a page
PARTS = (1, 10)  # pages of a scan that are looked at together
COUNT_MOST = 500  # dreams counted for each word of a search
LONG_SKILLS = 8  # of several words, that "For you" looks for
FEED_WAIT = 1  # seconds that may take, and wait for its turn
feed_turns = [threading.Lock() for _ in range(256)]  # two dreamers seldom share one
LAST_ID = ObjectId("f" * 24)  # none comes after it
SEARCH_WORDS = 8  # words of a query that count


def search_conditions(text):
    """Return a condition for each word of ``text``, which a dream holds whole or begins with."""
    starts = [word[:PREFIX_LENGTH] for word in split_words(text)[:SEARCH_WORDS]]
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
    """Return what the dreams of a feed have to meet; an index serves each but the last.

    For "For you" that may be a first one which lets in too many, before the one that tells.
    """
    search = search_conditions(feed["q"]) if feed["q"] else []
    topic = [{"topics": feed["topic"]}] if feed["topic"] else []
    superset, exact = (interests_query(viewer, whole) for whole in (False, True))
    chosen = []
    if feed["view"] == "for-you":
        chosen = [exact] if superset == exact else [superset, exact]
    return [condition for condition in [*search, *topic, *chosen] if condition]


def union_stages(pipelines):
    """Return one pipeline of several, each with its collection; that of the first is its own."""
    (_, first), *others = pipelines
    return [*first, *({"$unionWith": {"coll": collection, "pipeline": stages}}
                      for collection, stages in others)]


def find_rarest_first(conditions):
    """Return conditions, first those that the fewest dreams meet, as far as an index tells.

    An index counts COUNT_MOST of each at most, all in one call and without reading a dream;
    those that are as frequent stay in their order, and those on several fields come last.
    """
    counted = [condition for condition in conditions if "$or" not in condition]
    if len(counted) < 2:
        return conditions
    found = db.dreams.aggregate(union_stages(
        ("dreams", [{"$match": condition}, {"$limit": COUNT_MOST},
                    {"$group": {"_id": {"$literal": number}, "count": {"$sum": 1}}}])
        for number, condition in enumerate(counted)))
    counts = {each["_id"]: each["count"] for each in found}
    numbers = sorted(range(len(counted)), key=lambda number: counts.get(number, 0))
    return [*(counted[number] for number in numbers), *conditions[len(counted):]]


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
    # Of an edge only what its index holds: so no edge is read.
    return [{"$project": {"_id": 0, "dream_id": 1}},
            {"$lookup": {"from": "dreams", "localField": "dream_id", "foreignField": "_id",
                         "as": "dream"}},
            {"$unwind": "$dream"}, {"$replaceRoot": {"newRoot": "$dream"}}]


def scan_stages(scan, wanted, size, most):
    """Return the stages that find a scan's first dreams and, if there are fewer, its end.

    In parts, each larger than the one before: MongoDB reads 4 MB ahead before it joins or
    matches, but begins no $unionWith whose documents are not asked for. most: how many
    documents are looked at, or None where nearly each is a dream that is wanted.
    """
    collection, query, order, stages = scan
    if not most:
        return page_stages(all_of(query, wanted), order, size)
    ordered = [{"$match": query}, {"$sort": dict(order)}]
    bounds = sorted({0, most, *(min(most, times * size) for times in PARTS)})
    parts = [[*ordered, {"$skip": start}, {"$limit": stop - start}, *stages, {"$match": wanted}]
             for start, stop in pairwise(bounds)]
    end = [*ordered, {"$skip": most - 1}, {"$limit": 1},
           {"$project": {"_id": {"$ifNull": ["$dream_id", "$_id"]}, "score": 1,
                         "is_end": {"$literal": True}}}]
    return [*union_stages((collection, part) for part in [*parts, end]), {"$limit": size}]


def find_scanned(scans, wanted, order, size, is_filtered):
    """Return (dreams, end): at most ``size`` dreams of index scans, with authors, in one call.

    scans: (collection, query, order, stages) each: what an index finds in its order, and the
    stages that make dreams of it; the first is of dreams. is_filtered: whether many are not
    wanted; then SCAN_MOST are looked at in all, though ``size`` of each scan at least. end: the
    document at which a scan stopped before there were enough, or None; the next page goes on.
    """
    most = max(size, SCAN_MOST // len(scans))
    pipeline = union_stages((scan[0], scan_stages(scan, wanted, size, most if is_filtered or scan[3]
                                                  else None)) for scan in scans)
    if len(scans) > 1:
        # Each may be found twice, and one of them three times: so there are enough different
        # ones. Where a scan ended may be a dream as well, which comes before its end.
        pipeline += [{"$sort": dict(order) | {"is_end": 1}}, {"$limit": 2 * size}]
    found = list(db.dreams.aggregate([*pipeline, JOIN_AUTHOR,
                                      {"$project": CARD_FIELDS | {"is_end": 1}}]))
    dreams = {each["_id"]: complete_dream(each)
              for each in takewhile(lambda each: "is_end" not in each, found)}
    return [*dreams.values()][:size], next((each for each in found if "is_end" in each), None)


def find_feed_page(viewer, feed, kept, cursor):
    """Return (dreams, cursor) of a page of the feed; dreams is None if that took too long.

    kept: ids of what was unfollowed a moment ago, which stay on this one page. A page
    may hold few dreams, or none, and still have a cursor: see find_scanned. Only what no index
    answers alone has a timeout.
    """
    order = TRENDING_FIRST if feed["view"] == "trending" else NEWEST_FIRST
    position = parse_cursor(cursor, order)
    conditions = feed_conditions(viewer, feed)
    with ExitStack() as limits:
        if len(conditions) + (feed["view"] == "following") > 1:
            for limit in (suppress_timeouts(), feed_turn(viewer), pymongo.timeout(FEED_WAIT)):
                limits.enter_context(limit)
        dreams, end = find_wanted(viewer, feed, kept, position, order, conditions)
        shown, following = split_page(dreams, FEED_PAGE, order)
        return shown, following or (end and cursor_after(end, order))
    return None, None


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
        logger.warning("A page of the feed took too long: %s", short_message(error))


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


def find_wanted(viewer, feed, kept, position, order, conditions):
    """Return (dreams, end), as find_scanned does, of what meets all conditions."""
    if feed["view"] == "following":
        scans = following_scans(viewer, feed, kept, position)
    else:
        best, *conditions = find_rarest_first(conditions) or [{}]
        scans = [("dreams", all_of(position, best), order, [])]
    others = {} if feed["own"] else {"dreamer_id": {"$ne": viewer["_id"]}}
    wanted = all_of(others, {"hidden": None}, *conditions)
    return find_scanned(scans, wanted, order, FEED_PAGE + 1, bool(conditions))
