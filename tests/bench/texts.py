"""Texts of the generated world with their search words: computed once, for they repeat.

They are the demo's. A dream differs from all others by a number in its description alone, so its
search words are those of its template and of that number.
"""

import json
import random
import re
from functools import cache
from typing import NamedTuple

from slugify import slugify
from support.website import ROOT

from dreamscape.dreamers import TERM_FIELDS, word_fields
from dreamscape.needs import need_fields
from dreamscape.slugs import SLUG_LENGTH
from dreamscape.text import fold_case, index_words
from dreamscape.topics import TOPICS

TEMPLATES = 2_000  # of dreams
DEMO = json.loads((ROOT / "templates/demo.json").read_text("utf-8"))
TITLES = [dream["title"] for dream in DEMO["dreams"]]
SENTENCES = [part for dream in DEMO["dreams"]
             for part in re.split(r"(?<=[.!?])\s+", dream["description"])]
NEEDS = [need for dream in DEMO["dreams"] for need in dream.get("needs") or ()]
BODIES = [comment["body"] for comment in DEMO["comments"]]
PROFILES = DEMO["dreamers"]
NAMES = len(PROFILES) ** 2
UNIQUE_SENTENCE = "Night {}."  # short: each word is some ten index entries
NEEDS_EACH = 2
NO_IDS = ["0" * 24] * NEEDS_EACH


class Dream(NamedTuple):
    """What dreams of a template have in common.

    words: their search words but those of their number and author, sorted; known: these as a set.
    need_words: of all needs, and of those but the first, as need_fields makes them.
    """

    title: str
    slug: str
    sentence: str
    topics: list
    needs: list
    words: list
    known: frozenset
    need_words: tuple


class Person(NamedTuple):
    """What people of the same name and profile have in common; words: in a dream of theirs."""

    name: str
    slug: str
    fields: dict
    words: list


@cache
def dream_template(number):
    """Return the Dream of a number below TEMPLATES."""
    chance = random.Random(number)
    title, sentence = TITLES[number % len(TITLES)], chance.choice(SENTENCES)
    topics = chance.sample([*TOPICS], chance.randint(1, 3))
    needs = chance.sample(NEEDS, NEEDS_EACH)
    shown = [title, sentence, UNIQUE_SENTENCE.format(""), *needs, *map(TOPICS.get, topics)]
    words = index_words(" ".join(shown))
    return Dream(title, slugify(title)[:SLUG_LENGTH], sentence, topics, needs, words,
                 frozenset(words), tuple(
                     need_fields([{"id": _id, "text": text} for _id, text in zip(
                         NO_IDS, needs, strict=True)][first:])["need_words"] for first in (0, 1)))


def make_words(template, number, person):
    """Return the search words of a dream, in the order of dream_words."""
    digits = str(number)
    own = [f"{digits}.", *(digits[:size] for size in range(1, len(digits) + 1))]
    # Sorting what is nearly sorted takes a tenth of the time of sorting a set.
    return sorted(template.words + [token for token in own if token not in template.known]
                  ) + person.words


@cache
def person_template(number):
    """Return the Person of a number below NAMES."""
    first, last = (PROFILES[part] for part in divmod(number, len(PROFILES)))
    # Each name has a profile of its own, the demo's or that of somebody else.
    profile = PROFILES[(number * 5 + 1) % len(PROFILES)]
    fields = {"first_name": first["first_name"], "last_name": last["last_name"],
              **{key: profile[key] for key in ("bio", "location", "interests", *TERM_FIELDS)},
              **{f"{key}_folded": [*map(fold_case, profile[key])] for key in TERM_FIELDS}}
    name = f"{fields['first_name']} {fields['last_name']}"
    return Person(name, slugify(name), fields | word_fields(fields), index_words(name, "@"))
