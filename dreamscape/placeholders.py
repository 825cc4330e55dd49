"""Placeholders: what differs between requests, in HTML that is cached for all viewers.

They are random, so that no text of a dreamer can contain one. HTML is kept split at them, because
a page of the feed has some hundred, and replacing each kind would copy all its HTML.
"""
import re
import secrets

from markupsafe import Markup, escape

MARK = secrets.token_hex(16)
PLACEHOLDERS = {name: f"{MARK}-{name}"
                for name in ("csrf_token", "form_key", "current_path", "next_path")}
PLACEHOLDER = re.compile(rf"{MARK}-(csrf_token|form_key|current_path|next_path)")


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
