"""Placeholders: what differs between requests, in HTML that is cached for all viewers.

They are random, so that no text of a dreamer can contain one. Cached HTML is stored split at them:
a page of the feed has about a hundred, and replacing each kind would copy all its HTML.
"""
import functools
import re
import secrets
import threading

from cachetools import LRUCache, cached
from markupsafe import Markup, escape

CACHE_SIZE = 4_000_000  # characters, of each of the two caches: 500 cards, or 2,000 comments

MARK = secrets.token_hex(16)
PLACEHOLDERS = {name: f"{MARK}-{name}"
                for name in ("csrf_token", "form_key", "current_path", "next_path",
                             "viewer_avatar", "viewer_name", "viewer_url")}
PLACEHOLDER_GLOBALS = {name: functools.partial(str, text) for name, text in PLACEHOLDERS.items()}
PLACEHOLDER = re.compile(
    rf"{MARK}-((?:csrf|form|current|next|viewer)_(?:token|key|path|avatar|name|url))")

# Decorators with a parameter ``key``. The functions that one decorates share an LRU cache of the
# split HTML that they return: cards in the first, all other partials in the second.
card_cache, partial_cache = (
    functools.partial(cached, LRUCache(CACHE_SIZE, getsizeof=lambda parts: sum(map(len, parts))),
                      lock=threading.Lock()) for _ in range(2))


def split_placeholders(html):
    """Return [text, name of a placeholder, text, name, …, ""], for fill_placeholders."""
    # In the query of a URL the path is percent-encoded.
    html = str(html).replace(f"next={PLACEHOLDERS['current_path']}",
                             f"next={PLACEHOLDERS['next_path']}")
    return [*PLACEHOLDER.split(html), ""]


def fill_placeholders(parts, makers):
    """Return the HTML of parts that split_placeholders returned, one list after the other.

    makers: {name: a function that returns the value}; called only if the value is needed.
    """
    values = {name: escape(makers[name]()) if name else "" for name in {*parts[1::2]}}
    html = "".join([part for pair in zip(parts[::2], map(values.get, parts[1::2]), strict=True)
                    for part in pair])
    return Markup(html)  # nosec B704  # of what was HTML, and of escaped values


def join_fragments(fragments, makers):
    """Return the HTML of fragments, each split: see fill_placeholders."""
    return fill_placeholders([part for parts in fragments for part in parts], makers)
