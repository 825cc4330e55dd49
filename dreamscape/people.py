"""A dreamer's page; finding people, also beside a search of dreams, and what that has found."""
from functools import lru_cache

from dreamscape.database import (
    NEWEST_FIRST, PICTURE_DEFAULTS, all_of, cursor_after, db, parse_cursor, split_page,
)
from dreamscape.dreamers import TERM_FIELDS, complete_dreamer
from dreamscape.dreams import FEED_PAGE, complete_dream, dreams_of_stages
from dreamscape.feed import (
    SCAN_LIMIT, FeedTimeoutError, Scan, counting_stages, find_rarest_first, limited_query,
    read_count, scan_stages, search_conditions, split_at_end,
)
from dreamscape.follows import own_edges_parts, read_own_edges
from dreamscape.help import complete_offer
from dreamscape.text import index_words
from dreamscape.thanks import THANKS_PAGE, thanks_of_stages
from dreamscape.together import find_together
from dreamscape.visibility import is_listed, listed_dreamers_query


# A dreamer's page ############################################################


def complete_part(document):
    """Return what find_together read, a dream of a profile completed, without an author."""
    if document["part"] != "dreams":
        return document
    dream = complete_dream(document)
    return {name: value for name, value in dream.items() if name != "author"}


def find_profile(viewer, dreamer, cursor, thanks_cursor):
    """Return {dreams, cursor, thanks, thanks_cursor, followed} of a profile, in one call.

    dreams: a page of the dreamer's that the viewer may see, without their author.
    thanks: a page of the offers for which the dreamer got thanks. Only the helper sees hidden
    ones, and nobody those withheld. Of a dream that is gone or not for everybody there is no title.
    """
    found = find_together({
        "dreams": ("dreams", dreams_of_stages(dreamer, viewer, cursor)),
        "thanks": ("offers", thanks_of_stages(dreamer, viewer, thanks_cursor)),
        **own_edges_parts(viewer, dreamers=[dreamer])}, complete_part)
    dreams, cursor = split_page(found["dreams"], FEED_PAGE)
    offers, thanks_cursor = split_page(list(map(complete_offer, found["thanks"])), THANKS_PAGE)
    thanks = [offer if not offer["dream"] or is_listed(offer["dream"]) else offer | {"dream": None}
              for offer in offers if not offer["is_withheld"]]
    return {"dreams": dreams, "cursor": cursor, "thanks": thanks, "thanks_cursor": thanks_cursor,
            "followed": read_own_edges(found)["followed"]}


# Finding people ##############################################################

PEOPLE_PAGE = 20
TERMS_CACHED = 500  # in each worker: 2 MB
PERSON_FIELDS = dict.fromkeys(("slug", "first_name", "last_name", "bio", "location", "helped",
                               *PICTURE_DEFAULTS, *TERM_FIELDS), 1)
CARD_FIELDS = ("_id", "terms", *PERSON_FIELDS)  # of a person in a list: see complete_person
# On a list $gt compares each item.
HAS_PROFILE = {"$or": [{field: {"$gt": ""}}
                       for field in ("bio", "location", "picture", *TERM_FIELDS)]}


def find_people_page(viewer, text, cursor):
    """Return (people, cursor): a page of people who match a text; (None, None) on timeout.

    Newest first. Without a text: all whose profile isn't empty. A page scans at most SCAN_LIMIT
    documents, so it may have few people, or none, and still a cursor.
    """
    position = parse_cursor(cursor, NEWEST_FIRST)
    try:
        with limited_query(viewer):
            conditions = (find_rarest_first(search_conditions(text), "dreamers") if text
                          else [{}, HAS_PROFILE])
            stages = people_stages(viewer, conditions, position, PEOPLE_PAGE + 1)
            documents, end = split_at_end(list(db.dreamers.aggregate(stages)))
    except FeedTimeoutError:
        return None, None
    people, next_cursor = split_page(documents, PEOPLE_PAGE)
    return ([complete_person(document, conditions) for document in people],
            next_cursor or (end and cursor_after(end, NEWEST_FIRST)))


def people_stages(viewer, conditions, position, size):
    """Return the stages for ``size`` people and an end marker.

    An index must serve the first condition.
    """
    indexed, *others = conditions
    scan = Scan("dreamers", all_of(position, indexed), NEWEST_FIRST)
    return [*scan_stages(scan, all_of(listed_dreamers_query(viewer), *others), size, SCAN_LIMIT),
            {"$project": PERSON_FIELDS | {"is_end": 1}}]


@lru_cache(TERMS_CACHED)
def term_tokens(term):
    """Return the tokens of a skill or an experience, cached: many people have the same ones."""
    return tuple(index_words(term))


def complete_person(document, conditions):
    """Return a dreamer with ``terms``: skills and experiences, those that match first."""
    person = complete_dreamer(document)
    words = [{*condition["words"]["$in"]} for condition in conditions if "words" in condition]
    terms = dict.fromkeys(term for field in TERM_FIELDS for term in person[field])

    def matches(term):
        """Return how many words of the search are in a term."""
        tokens = term_tokens(term) if words else ()
        return sum(not word.isdisjoint(tokens) for word in words)

    return person | {"terms": sorted(terms, key=matches, reverse=True)}


# Summary of a search of dreams ###############################################

PEOPLE_BESIDE = 3  # people shown beside the dreams


def find_search_summary(viewer, feed, dreams, cursor, network=""):
    """Return {count, is_more, people} for the first page of a search or a topic, else None.

    dreams, cursor: that page. count: of dreams, None if unknown; is_more: there are more than
    ``count``. people: a few others who match. At most one database call.
    """
    if dreams is None or not (feed["q"] or feed["topic"]):
        return None
    parts = people_parts(viewer, feed)
    if cursor and feed["view"] != "following":
        parts |= {"counts": ("dreams", counting_stages(viewer, feed))}
    found = find_in_time(viewer, parts, network)
    counts = {each["_id"]: each["count"] for each in found.get("counts", ())}
    count, is_more = read_count(counts, len(dreams)) if cursor else (len(dreams), False)
    return {"count": count, "is_more": is_more,
            "people": list(map(complete_dreamer, found.get("people", ())))}


def find_in_time(viewer, parts, network):
    """Return find_together's documents of some parts; {} without parts, or if they time out."""
    if not parts:
        return {}
    try:
        with limited_query(viewer, network):
            return find_together(parts)
    except FeedTimeoutError:
        return {}


def people_parts(viewer, feed):
    """Return find_together's parts for people beside dreams; {} for visitors or no text."""
    if not viewer or not feed["q"]:
        return {}
    conditions = [*search_conditions(feed["q"]), {"_id": {"$ne": viewer["_id"]}}]
    stages = people_stages(viewer, conditions, {}, PEOPLE_BESIDE)
    return {"people": ("dreamers", [*stages, {"$match": {"is_end": None}}])}
