"""Mentions: ``@Name`` of somebody in the conversation on a dream, found when it is written."""
import re
from collections import defaultdict

from dreamscape.database import NEWEST_FIRST, db, page_stages
from dreamscape.dreamers import complete_author
from dreamscape.visibility import listed_dreamers_query, listed_query

RECENT_SPEAKERS = 200  # newest comments whose authors can be mentioned, besides the dream's own
MENTIONS = 10  # people of one comment
NAME_FIELDS = dict.fromkeys(("first_name", "last_name"), 1)


def find_names(author, dream):
    """Return {folded name: [dreamer _id]} of the people in the conversation on a dream.

    Each by the first and by the whole name; in two calls. Without the author, those apart from
    them, and those whom lists don't show.
    """
    speakers = db.comments.aggregate([
        *page_stages({"dream_id": dream["_id"]} | listed_query(), NEWEST_FIRST, RECENT_SPEAKERS),
        {"$group": {"_id": "$dreamer_id"}}])
    ids = {dream["dreamer_id"], *(each["_id"] for each in speakers)} - {None, author["_id"]}
    people = db.dreamers.find({"$and": [{"_id": {"$in": [*ids]}}, listed_dreamers_query(author)]},
                              NAME_FIELDS)
    names = defaultdict(set)
    for person in (complete_author({"author": [each]}) for each in people):
        for name in filter(None, (person["first_name"], person["name"])):
            names[name.casefold()].add(person["_id"])
    return names


def mention_pattern(names):
    """Return the regular expression of an @ and one of some names, the longest that fits."""
    longest_first = sorted(names, key=len, reverse=True)
    # After a letter, a dot or a slash it is an email address, or a part of a link.
    return re.compile(rf"(?<![\w@./-])@({'|'.join(map(re.escape, longest_first))})(?!\w)", re.I)


def find_mentions(author, dream, body):
    """Return {dreamer _id: "@Name" as it is typed} of the people whom a text mentions.

    MENTIONS at most. A name that two people share mentions neither.
    """
    names = find_names(author, dream) if "@" in body else {}
    mentions = {}
    for match in mention_pattern(names).finditer(body) if names else ():
        ids = names.get(match[1].casefold(), ())
        if len(ids) == 1 and len(mentions) < MENTIONS:
            mentions.setdefault(*ids, match[0])
    return mentions


def split_mentions(text, mentions):
    """Return a text in parts with the slug of who is mentioned, "" for nobody: [(part, slug)].

    mentions: {"@Name": slug}.
    """
    if not mentions:
        return [(text, "")]
    parts, end = [], 0
    for match in mention_pattern(name[1:] for name in mentions).finditer(text):
        if slug := mentions.get(match[0]):
            parts += [(text[end:match.start()], ""), (match[0], slug)]
            end = match.end()
    return [*parts, (text[end:], "")]
