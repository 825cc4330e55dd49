"""Mentions: ``@Name`` of somebody in the conversation on a dream, found when it is written."""
import re
from collections import defaultdict

from dreamscape.database import NEWEST_FIRST, db, page_stages
from dreamscape.dreamers import complete_author
from dreamscape.visibility import listed_dreamers_query, listed_query

RECENT_SPEAKERS = 200  # newest comments whose authors can be mentioned, besides the dream's own
MENTIONS = 10  # people of one comment
# After a letter, a dot or a slash it is an email address, or a part of a link.
AT, WORD = re.compile(r"(?<![\w@./-])@"), re.compile(r"\w")
NAME_FIELDS = dict.fromkeys(("first_name", "last_name"), 1)


def lower(text):
    """Return a text in lower case, as long as before: str.lower makes two characters of one İ."""
    return text.replace("\u0130", "i").lower()


def find_names(author, dream):
    """Return {name in lower case: {dreamer _id}} of the people in the conversation on a dream.

    Each by the first and by the whole name; in two calls. Without the author, those apart from
    them, and those whom lists don't show.
    """
    speakers = db.comments.aggregate([
        *page_stages({"dream_id": dream["_id"], "line": None} | listed_query(), NEWEST_FIRST,
                     RECENT_SPEAKERS),
        {"$group": {"_id": "$dreamer_id"}}])
    ids = {dream["dreamer_id"], *(each["_id"] for each in speakers)} - {None, author["_id"]}
    people = db.dreamers.find({"$and": [{"_id": {"$in": [*ids]}}, listed_dreamers_query(author)]},
                              NAME_FIELDS)
    names = defaultdict(set)
    for person in (complete_author({"author": [each]}) for each in people):
        for name in filter(None, (person["first_name"], person["name"])):
            names[lower(name)].add(person["_id"])
    return names


def name_spans(text, names):
    """Return [(start, end)] of each @ in a text that is followed by one of some names.

    names: in lower case. The longest that fits counts.
    """
    spans, lengths = [], sorted({len(name) for name in names}, reverse=True)
    for at in AT.finditer(text) if names else ():
        ends = (at.end() + length for length in lengths)
        end = next((end for end in ends if lower(text[at.end():end]) in names
                    and end <= len(text) and not WORD.match(text, end)), None)
        if end and (not spans or at.start() >= spans[-1][1]):
            spans.append((at.start(), end))
    return spans


def find_mentions(author, dream, body):
    """Return {dreamer _id: "@Name" as it is typed} of the people whom a text mentions.

    MENTIONS at most. A name that two people share mentions neither.
    """
    names = find_names(author, dream) if "@" in body else {}
    mentions = {}
    for start, end in name_spans(body, names):
        ids = names[lower(body[start + 1:end])]
        if len(ids) == 1 and len(mentions) < MENTIONS:
            mentions.setdefault(*ids, body[start:end])
    return mentions


def split_mentions(text, links):
    """Return a text in parts with the slug of who is mentioned, "" for nobody: [(part, slug)].

    links: {"@Name": slug}.
    """
    parts, done = [], 0
    for start, end in name_spans(text, {lower(name[1:]) for name in links}):
        if slug := links.get(text[start:end]):
            parts += [(text[done:start], ""), (text[start:end], slug)]
            done = end
    return [*parts, (text[done:], "")]
