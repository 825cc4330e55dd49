"""The feed: its views and its search, as queries that scan a bounded number of documents."""
import threading
from contextlib import contextmanager, nullcontext
from itertools import islice, pairwise, takewhile, zip_longest
from typing import NamedTuple

import pymongo
from bson import ObjectId
from pymongo import DESCENDING
from pymongo.errors import PyMongoError

from dreamscape.database import (
    CAME_TRUE_FIRST, HAS_COME_TRUE, IS_NEEDED, JOIN_AUTHOR, NEEDED_FIRST, NEWEST_FIRST,
    TRENDING_FIRST, all_of, cursor_after, db, short_message, page_stages, parse_cursor, split_page,
)
from dreamscape.dreams import CARD_FIELDS, FEED_PAGE, complete_dream
from dreamscape.follows import find_followed_dreamers
from dreamscape.log import logger
from dreamscape.shared import find_shared
from dreamscape.text import search_words, skill_words
from dreamscape.together import union_pipelines
from dreamscape.visibility import listed_query


# What a feed shows ###########################################################
#
# The page of a view, of any of them, is find_view_page in matching.py.

FEED_VIEWS = {"latest": "Newest", "trending": "Trending", "needs": "Can you help?",
              "came-true": "Came true", "for-you": "For you", "following": "Following"}
WHOLE_VIEWS = ("latest", "trending")  # of all dreams
PERSONAL_VIEWS = ("for-you", "following")  # which have nothing to show to a visitor
# {view: (which dreams alone it shows, in which order)}; others show all, the newest first.
PARTIAL_VIEWS = {"needs": (IS_NEEDED, NEEDED_FIRST), "came-true": (HAS_COME_TRUE, CAME_TRUE_FIRST)}
COUNT_LIMIT = 500  # documents counted for each condition
MAX_PHRASES = 8  # skills of several words that "For you" matches
MAX_SKILL_TOKENS = 100  # with 100 topics as many as the index ranges that MongoDB merges
SEARCH_WORDS = 8  # of a search; further words are ignored


def search_conditions(text):
    """Return a query for each word of a search, which matches words and names by prefix.

    A search without any word matches nothing.
    """
    return [{"words": {"$in": tokens}} for tokens in search_words(text, SEARCH_WORDS) or [[""]]]


def interests_query(viewer, exact=True):
    """Return the query for dreams with a topic or a skill of the viewer's.

    {}, which matches every dream, if the viewer has neither. All skills of one word count, but
    only MAX_PHRASES phrases, as each is compared with each dream. exact: if False, phrases match
    by their longest word alone, so that an index finds this superset.
    """
    skills = [words for words in map(skill_words, viewer["skills_folded"]) if words]
    phrases = [words for words in skills if len(words) > 1][:MAX_PHRASES]
    single_words = [words[0] for words in skills if len(words) == 1]
    single_words += [] if exact else [words[0] for words in phrases]
    queries = [{"topics": {"$in": viewer["interests"]}}] if viewer["interests"] else []
    # First each word itself, then its other spellings and numbers.
    tokens = [token for rank in zip_longest(*single_words) for token in rank if token]
    queries += [{"words": {"$in": tokens[:MAX_SKILL_TOKENS]}}] if tokens else []
    queries += [{"$and": [{"words": {"$in": word}} for word in words]}
                for words in phrases if exact]
    return {"$or": queries} if queries else {}


def feed_conditions(viewer, feed):
    """Return the queries that the dreams of a feed must match; an index serves all but one.

    That one is the last: the exact query of "For you" with phrases, after its superset.
    """
    search = search_conditions(feed["q"]) if feed["q"] else []
    topic = [{"topics": feed["topic"]}] if feed["topic"] else []
    interests = []
    if feed["view"] == "for-you":
        superset, exact = (interests_query(viewer, is_exact) for is_exact in (False, True))
        interests = [exact] if superset == exact else [superset, exact]
    return [condition for condition in [*search, *topic, *interests] if condition]


def includes_own(viewer, feed):
    """Return whether a feed shows the viewer's own dreams: if asked to, and in each search."""
    return not viewer or feed["own"] or bool(feed["q"])


def feed_match(viewer, feed, conditions):
    """Return the query for the dreams that a feed shows of those that an index finds."""
    not_own = {} if includes_own(viewer, feed) else {"dreamer_id": {"$ne": viewer["_id"]}}
    return all_of(not_own, view_part(feed)[0], listed_query(viewer), *conditions)


def view_part(feed):
    """Return (query, order) of the dreams that the view of a feed shows."""
    order = TRENDING_FIRST if feed["view"] == "trending" else NEWEST_FIRST
    return PARTIAL_VIEWS.get(feed["view"], ({}, order))


def find_rarest_first(conditions, collection="dreams"):
    """Return conditions sorted by how many documents match, from indexes alone, in one call.

    Counts end at COUNT_LIMIT; equal ones keep their order. An $or is not counted and comes last.
    """
    countable = [condition for condition in conditions if "$or" not in condition]
    if len(countable) < 2:
        return conditions
    groups = db[collection].aggregate(union_pipelines(
        (collection, [{"$match": condition}, {"$limit": COUNT_LIMIT},
                      {"$group": {"_id": {"$literal": number}, "count": {"$sum": 1}}}])
        for number, condition in enumerate(countable)))
    counts = {group["_id"]: group["count"] for group in groups}
    numbers = sorted(range(len(countable)), key=lambda number: counts.get(number, 0))
    return [*(countable[number] for number in numbers), *conditions[len(countable):]]


# Scanning indexes ############################################################

SCAN_LIMIT = 1_000  # documents scanned for a page, if many may not match
CHUNK_PAGES = (1, 2, 10)  # pages after which the first chunks of a scan end
MERGED_DREAMERS = 100  # in one $in: MongoDB merges up to 200 sorted index ranges
LAST_ID = ObjectId("f" * 24)  # the greatest possible
# The stages that replace a follow by its dream. Projected first, so that an index covers them.
FOLLOWED_DREAM = (
    {"$project": {"_id": 0, "dream_id": 1}},
    {"$lookup": {"from": "dreams", "localField": "dream_id", "foreignField": "_id",
                 "as": "dream"}},
    {"$unwind": "$dream"}, {"$replaceRoot": {"newRoot": "$dream"}})


class Scan(NamedTuple):
    """Documents in index order, and the stages that make dreams of them."""

    collection: str
    query: dict
    order: list
    stages: tuple = ()


def following_scans(viewer, feed, unfollowed_ids, position):
    """Return the scans of "Following": dreams of followed dreamers, then followed dreams.

    unfollowed_ids: of dreams or dreamers that are still shown. For an $in of few values MongoDB
    merges index ranges in order, and so stops at the end of a page:
    https://www.mongodb.com/docs/manual/tutorial/equality-sort-range-guideline/
    """
    own = [viewer["_id"]] if includes_own(viewer, feed) else []
    dreamers = find_followed_dreamers(viewer).union(unfollowed_ids, own)
    queries = [{"dreamer_id": {"$in": [*islice(dreamers, start, start + MERGED_DREAMERS)]}}
               for start in range(0, max(1, len(dreamers)), MERGED_DREAMERS)]
    queries += [{"_id": {"$in": unfollowed_ids}}] if unfollowed_ids else []
    follows = {"dreamer_id": viewer["_id"], "dream_id": position.get("_id", {"$lt": LAST_ID})}
    return [*(Scan("dreams", all_of(query, position), NEWEST_FIRST) for query in queries),
            Scan("follows", follows, [("dream_id", DESCENDING)], FOLLOWED_DREAM)]


def scan_stages(scan, match, size, limit):
    """Return the stages for the first ``size`` matching dreams of a scan, and its end marker.

    limit: how many documents are scanned; None, without a marker, if nearly all of them match.
    The scan is a union of growing chunks: MongoDB reads 4 MB ahead before a $lookup or $match,
    but doesn't start a $unionWith before its results are needed.
    """
    if not limit:
        return page_stages(all_of(scan.query, match), scan.order, size)
    ordered = [{"$match": scan.query}, {"$sort": dict(scan.order)}]
    bounds = sorted({0, limit, *(min(limit, pages * size) for pages in CHUNK_PAGES)})
    chunks = [[*ordered, {"$skip": start}, {"$limit": stop - start}, *scan.stages,
               {"$match": match}] for start, stop in pairwise(bounds)]
    end_marker = [*ordered, {"$skip": limit - 1}, {"$limit": 1},
                  {"$project": {"_id": {"$ifNull": ["$dream_id", "$_id"]}, "score": 1,
                                "needed_at": 1, "came_true_at": 1,
                                "is_end": {"$literal": True}}}]
    return [*union_pipelines((scan.collection, stages) for stages in [*chunks, end_marker]),
            {"$limit": size}]


def find_scanned_dreams(scans, match, order, size, is_filtered):
    """Return (dreams, end): at most ``size`` matching dreams of scans, in one call.

    The first scan is of dreams. is_filtered: whether many don't match; then SCAN_LIMIT documents
    are scanned in all, but at least ``size`` a scan. end: the document at which a scan reached
    this limit before there were enough dreams, after which the next page starts; or None.
    """
    limit = max(size, SCAN_LIMIT // len(scans))
    pipeline = union_pipelines(
        (scan.collection,
         scan_stages(scan, match, size, limit if is_filtered or scan.stages else None))
        for scan in scans)
    if len(scans) > 1:
        # Two scans may find the same dream, and three a dream just unfollowed, so 2 * size hold
        # enough different ones. A dream sorts before an end marker with the same id.
        pipeline += [{"$sort": dict(order) | {"is_end": 1}}, {"$limit": 2 * size}]
    documents = find_shared("dreams", [*pipeline, JOIN_AUTHOR,
                                       {"$project": CARD_FIELDS | {"is_end": 1}}], complete_dream)
    before_end, end = split_at_end(documents)
    dreams = {dream["_id"]: dream for dream in before_end}
    return list(dreams.values())[:size], end


def split_at_end(documents):
    """Return (the documents before the first end marker, this marker or None)."""
    before_end = list(takewhile(lambda document: "is_end" not in document, documents))
    return before_end, next(iter(documents[len(before_end):]), None)


# A page ######################################################################

FEED_TIMEOUT = 1  # seconds for a query, and for the dreamer's query before it
feed_locks = [threading.Lock() for _ in range(256)]  # chosen by hash: two dreamers rarely share one


class FeedTimeoutError(Exception):
    """A query of the feed took longer than FEED_TIMEOUT, or waited so long for another."""


@contextmanager
def limited_query(viewer, network=""):
    """Run one feed query a dreamer and worker at a time; raise FeedTimeoutError if it is slow.

    So many open tabs load the database no more than one. The visitors of a network count as one.
    """
    reader = viewer["_id"] if viewer else network
    lock = feed_locks[hash(reader) % len(feed_locks)]
    if not lock.acquire(timeout=FEED_TIMEOUT):
        logger.warning("A feed query timed out while waiting for another one of its reader")
        raise FeedTimeoutError
    try:
        with pymongo.timeout(FEED_TIMEOUT):
            yield
    except PyMongoError as error:
        if not error.timeout:
            raise
        logger.warning("A feed query timed out: %s", short_message(error))
        raise FeedTimeoutError from error
    finally:
        lock.release()


def find_feed_page(viewer, feed, unfollowed_ids, cursor, network=""):
    """Return (dreams, cursor): a page of the feed; (None, None) if the query timed out.

    viewer: None for a visitor, from ``network``, who has no PERSONAL_VIEWS and no own dreams.
    unfollowed_ids: of dreams or dreamers just unfollowed, which "Following" shows once more.
    A page may have few dreams, or none, and still a cursor: see find_scanned_dreams.
    """
    order = view_part(feed)[1]
    position = parse_cursor(cursor, order)
    conditions = feed_conditions(viewer, feed)
    # An index answers one condition alone; of several it finds too many, which takes long.
    has_several = len(conditions) + (feed["view"] == "following") > 1
    try:
        with limited_query(viewer, network) if has_several else nullcontext():
            dreams, end = find_matching_dreams(viewer, feed, unfollowed_ids, position, order,
                                               conditions)
    except FeedTimeoutError:
        return None, None
    page, next_cursor = split_page(dreams, FEED_PAGE, order)
    return page, next_cursor or (end and cursor_after(end, order))


def find_matching_dreams(viewer, feed, unfollowed_ids, position, order, conditions):
    """Return (dreams, end), as find_scanned_dreams does, of what matches all conditions."""
    if feed["view"] == "following":
        scans = following_scans(viewer, feed, unfollowed_ids, position)
    else:
        rarest, *conditions = find_rarest_first(conditions) or [{}]
        scans = [Scan("dreams", all_of(position, view_part(feed)[0], rarest), order)]
    match = feed_match(viewer, feed, conditions)
    # Those whom somebody blocks may have written most dreams.
    is_filtered = bool(conditions or (viewer and viewer["apart"]))
    return find_scanned_dreams(scans, match, order, FEED_PAGE + 1, is_filtered)


# How many dreams a search found ##############################################

COUNTED = 100  # dreams of a search; of more the page says "More than 100"


def counting_stages(viewer, feed):
    """Return the stages that count the dreams of a search: {_id: False, count}.

    They count up to COUNTED + 1 dreams, and scan up to SCAN_LIMIT; with {_id: True} too if they
    reached that limit first.
    """
    indexed, *others = feed_conditions(viewer, feed)
    part, order = PARTIAL_VIEWS.get(feed["view"], ({}, NEWEST_FIRST))
    scan = Scan("dreams", indexed | part, order)
    return [*scan_stages(scan, feed_match(viewer, feed, others), COUNTED + 1, SCAN_LIMIT),
            {"$group": {"_id": {"$ifNull": ["$is_end", False]}, "count": {"$sum": 1}}}]


def read_count(counts, shown):
    """Return (count, is_more) from {_id: count} of counting_stages, {} if it wasn't counted.

    is_more: there are more than ``count``, which may be None. shown: dreams on the first page.
    """
    matching = counts.get(False, 0)
    if 0 < matching <= COUNTED and True not in counts:
        return matching, False
    # Rounded down, so that nobody takes it for the count itself.
    return (max(matching, shown) - 1) // 10 * 10 or None, True
