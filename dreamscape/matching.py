"""Needs and skills that match: the view "Can you help?", people who could help, and asking them.

They match by words: see matching_words. Of each, indexed tokens are stored beside the texts, and
the singulars and plurals are added to the query.
"""
from contextlib import nullcontext
from functools import lru_cache

from pymongo.errors import DuplicateKeyError

from dreamscape.database import (
    IS_LIVING, NEEDED_FIRST, NEWEST_FIRST, CursorError, all_of, db, parse_id,
)
from dreamscape.dreamers import TERM_FIELDS, complete_dreamer, terms_of
from dreamscape.dreams import FEED_PAGE
from dreamscape.feed import (
    LAST_ID, SCAN_LIMIT, FeedTimeoutError, Scan, feed_conditions, feed_match, find_feed_page,
    find_rarest_first, find_scanned_dreams, limited_query,
)
from dreamscape.help import find_given_offer
from dreamscape.lives import find_with_stories
from dreamscape.needs import is_living, need_texts, open_needs
from dreamscape.notifications import notify
from dreamscape.people import PERSON_FIELDS
from dreamscape.subjects import add_subject
from dreamscape.text import fold_case, matching_words, quoted, with_other_numbers
from dreamscape.together import find_together
from dreamscape.visibility import is_same, is_shown, listed_dreamers_query


# Words that match ############################################################

TEXTS_CACHED = 500  # needs, and as many terms, in each worker: 1 MB
MOST_TOKENS = 200  # in one $in: as many sorted index ranges as MongoDB merges


def tokens_of(texts):
    """Return the tokens by which texts match those on the other side."""
    return with_other_numbers(matching_words(texts), MOST_TOKENS)


@lru_cache(TEXTS_CACHED)
def tokens_of_need(text):
    """Return the tokens by which a need matches terms, a set."""
    return frozenset(tokens_of([text]))


@lru_cache(TEXTS_CACHED)
def words_of_term(term):
    """Return the tokens of a skill or an experience that needs match, a tuple."""
    return tuple(matching_words([term]))


def find_reason(dreamer, needs):
    """Return {kind, term, need} of the term and the need that share most words, or None.

    kind: "skills" or "experiences"; term: in the dreamer's own words.
    """
    wanted = [(need, tokens_of_need(need["text"])) for need in needs]
    terms = [(kind, term, words_of_term(term)) for kind in TERM_FIELDS
             for term in dreamer.get(kind) or ()]
    best, most = None, 0
    for kind, term, words in terms:
        for need, tokens in wanted:
            if (shared := len(tokens.intersection(words))) > most:
                best, most = {"kind": kind, "term": term, "need": need}, shared
    return best


# The view "Can you help?" ####################################################

MATCHES = 10  # dreams at most that come first because they match


def parse_needs_cursor(cursor):
    """Return (oldest, before) of a cursor, both None without one; raise CursorError.

    oldest: the needed_at of the last of the matches on the first page, or None; before: that of
    the last dream of the page before.
    """
    oldest, _, before = (cursor or "").rpartition("_")
    if cursor and not parse_id(before):
        raise CursorError(cursor)
    return parse_id(oldest), parse_id(before)


def find_needs_page(viewer, feed, cursor, network=""):
    """Return (dreams, cursor): living dreams with open needs; (None, None) if it timed out.

    Each with ``reason`` (see find_reason; or None). On the first page up to MATCHES of those that
    the viewer could help come first, then the others, the newest need first. The cursor says which
    ones came first, so that no page repeats them. Limits: a dream that gets a new need meanwhile
    is missed, and one matched by a skill that was added meanwhile is repeated or missed.
    """
    oldest, before = parse_needs_cursor(cursor)
    conditions, tokens = feed_conditions(viewer, feed), tokens_of(terms_of(viewer or {}))
    try:
        with limited_query(viewer, network) if conditions or tokens else nullcontext():
            conditions = find_rarest_first(conditions)
            matches = (find_matches(viewer, feed, conditions, tokens)
                       if tokens and not cursor else [])
            oldest = matches[-1]["needed_at"] if matches else oldest
            match = feed_match(
                viewer, feed, [*conditions[1:], IS_LIVING, not_first(tokens, oldest)])
            query = all_of(*conditions[:1], {"needed_at": {"$lt": before or LAST_ID}})
            size = FEED_PAGE - len(matches)
            others, end = find_scanned_dreams([Scan("dreams", query, NEEDED_FIRST)], match,
                                              NEEDED_FIRST, size + 1, len(conditions) > 1)
    except FeedTimeoutError:
        return None, None
    last = others[size - 1] if len(others) > size else end
    position = last and "_".join(str(each) for each in (oldest, last["needed_at"]) if each)
    return [*matches, *(dream | {"reason": None} for dream in others[:size])], position


def find_view_page(viewer, feed, unfollowed_id, cursor, network=""):
    """Return (dreams, cursor): a page of any view of the feed, as find_feed_page does."""
    if feed["view"] == "needs":
        return find_needs_page(viewer, feed, cursor, network)
    dreams, cursor = find_feed_page(viewer, feed, [unfollowed_id] if unfollowed_id else [], cursor,
                                    network)
    if feed["view"] == "came-true" and dreams:
        dreams = find_with_stories(viewer, dreams)
    return dreams, cursor


def not_first(tokens, oldest):
    """Return the query that leaves out the matches of the first page, {} if there were none."""
    if not tokens or not oldest:
        return {}
    return {"$nor": [{"need_words": {"$in": tokens}, "needed_at": {"$gte": oldest}}]}


def find_matches(viewer, feed, conditions, tokens):
    """Return up to MATCHES living dreams that the viewer could help, each with ``reason``.

    The need that it is about comes first.
    """
    query = {"need_words": {"$in": tokens}, "needed_at": {"$lt": LAST_ID}}
    match = all_of({"dreamer_id": {"$ne": viewer["_id"]}}, IS_LIVING,
                   feed_match(viewer, feed, conditions))
    dreams, _ = find_scanned_dreams([Scan("dreams", query, NEEDED_FIRST)], match, NEEDED_FIRST,
                                    MATCHES, bool(conditions))
    return [with_reason(dream, find_reason(viewer, open_needs(dream))) for dream in dreams]


def with_reason(dream, reason):
    """Return a dream with ``reason``, and with the need that it is about before the others."""
    first = reason and reason["need"]
    return dream | {"reason": reason,
                    "needs": sorted(dream["needs"], key=lambda need: need != first)}


# People who could help #######################################################

HELPERS = 6
ASKS = 5  # people who can be asked for one need


def helpers_query(viewer):
    """Return the query for people, besides words, who may be suggested to a dream's dreamer."""
    return all_of({"_id": {"$ne": viewer["_id"]}, "suggestable": {"$ne": False}},
                  listed_dreamers_query(viewer))


def helpers_stages(viewer, tokens):
    """Return the stages for the HELPERS people with most words in common with a dream's needs.

    Of the newest SCAN_LIMIT people who share a word at all. closeness: how many they share, less
    the number of tokens; a union is hashed, where $in would compare each word with each token.
    """
    own, union = "$help_words", {"$setUnion": ["$help_words", {"$literal": tokens}]}
    return [
        {"$match": {"help_words": {"$in": tokens}}}, {"$sort": dict(NEWEST_FIRST)},
        {"$limit": SCAN_LIMIT}, {"$match": helpers_query(viewer)},
        {"$project": PERSON_FIELDS | {
            "closeness": {"$subtract": [{"$size": own}, {"$size": union}]}}},
        {"$sort": {"closeness": -1, "_id": -1}}, {"$limit": HELPERS}]


def find_helpers(viewer, dream):
    """Return the people who could help with the viewer's dream, closest first, in one call.

    Each with ``reason`` (see find_reason), ``is_asked`` and ``is_askable``: whether its need has
    an ask left. None if there is nothing to ask for, or the dream isn't living or the viewer's.
    """
    needs = open_needs(dream)
    is_open = needs and is_living(dream) and is_shown(dream)
    if not is_open or not is_same(viewer, dream["dreamer_id"]):
        return None
    tokens = tokens_of(need_texts({"needs": needs}))
    found = find_together({"people": ("dreamers", helpers_stages(viewer, tokens)),
                           "asks": ("asks", [{"$match": asks_query(dream, needs)}]),
                           "offers": ("offers", offered_stages(dream, needs))})
    offered = {(offer["dreamer_id"], offer["need_id"]) for offer in found["offers"]}
    people = map(complete_dreamer, found["people"])
    return [helper for person in people if (helper := complete_helper(
        person, [need for need in needs if (person["_id"], need["id"]) not in offered],
        found["asks"]))]


def offered_stages(dream, needs):
    """Return the stages for {dreamer_id, need_id} of the offers to some needs of a dream."""
    # With the type of the partial index, which has all that is read.
    query = {"dream_id": dream["_id"], "need_id": {"$in": [need["id"] for need in needs]},
             "dreamer_id": {"$type": "objectId"}}
    return [{"$match": query}, {"$limit": SCAN_LIMIT},
            {"$project": {"_id": 0, "dreamer_id": 1, "need_id": 1}}]


def complete_helper(person, needs, asks):
    """Return a person as find_helpers does; None if nothing of these needs is left to ask for.

    needs: without those that they have offered to help with.
    """
    reason = find_reason(person, needs)
    if not reason:
        return None
    need = reason["need"]
    return person | {"reason": reason, "is_asked": is_asked(person, need, asks),
                     "is_askable": bool(free_slots(need, asks))}


def asks_query(dream, needs):
    """Return the query for what was asked about needs of a dream, or others with equal words."""
    return {"dream_id": dream["_id"], "$or": [
        {"need_id": {"$in": [need["id"] for need in needs]}},
        {"words": {"$in": [fold_case(need["text"]) for need in needs]}}]}


def is_asked(person, need, asks):
    """Return whether somebody was asked about a need, or one with equal words.

    Else a need could be taken out and put back, to ask again. An ask of an older version has no
    words, and says nothing about any need but its own.
    """
    return any(ask["dreamer_id"] == person["_id"] and (
        ask["need_id"] == need["id"] or ask.get("words") == fold_case(need["text"]))
        for ask in asks)


def free_slots(need, asks):
    """Return which of the ASKS slots of a need are free, a set."""
    return {*range(ASKS)}.difference(ask["slot"] for ask in asks if ask["need_id"] == need["id"])


def find_askable(viewer, dream, need, helper):
    """Return whether somebody may be asked to help with a need of the viewer's dream."""
    is_open = is_shown(dream) and is_living(dream) and not need.get("found_at")
    if not is_open or not find_reason(helper, [need]):
        return False
    query = all_of({"_id": helper["_id"]}, helpers_query(viewer))
    return bool(db.dreamers.find_one(query, {"_id": 1}))


def add_asked(viewer, dream, need, helper):
    """Ask somebody to help with an open need of the viewer's dream; return a message for it."""
    if not find_askable(viewer, dream, need, helper):
        return f"{helper['name']} can't be asked about this need."
    if find_given_offer(helper, dream, need["id"]):
        return f"{helper['name']} has already offered to help with this."
    outcome = add_ask(dream, need, helper)
    if outcome == "added":
        notify("ask", helper["_id"], {"dream_id": dream["_id"]}, viewer)
    return {"added": f"We've asked {helper['name']} about {quoted(need['text'])}.",
            "asked": f"You've already asked {helper['name']} about this need.",
            "full": f"You can ask {ASKS} people about each need, and you've asked them all."
            }[outcome]


def add_ask(dream, need, helper):
    """Store that somebody is asked; return "added", "asked" if they had been, or "full".

    Two unique indexes decide: on the person, and on one of the ASKS slots of the need.
    """
    asks = [*db.asks.find(asks_query(dream, [need]))]
    if is_asked(helper, need, asks):
        return "asked"
    free = free_slots(need, asks)
    if not free:
        return "full"
    try:
        db.asks.insert_one({
            "dream_id": dream["_id"], "need_id": need["id"], "words": fold_case(need["text"]),
            "dreamer_id": helper["_id"], "slot": min(free)})
    except DuplicateKeyError:
        return add_ask(dream, need, helper)  # another tab has taken the slot
    return "added"


# Who was asked leaves; the asks of a dream are deleted with it.
add_subject("asks", exported=True, of_dream="dream_id",
            when_leaving=lambda dreamer: db.asks.delete_many({"dreamer_id": dreamer["_id"]}))
