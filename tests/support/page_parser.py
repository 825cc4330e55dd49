"""Extract links, dreams, comments, text and forms from the HTML of a valid page."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import html5lib
from support.html_checker import forms


def hrefs(html):
    """Return the URLs of all links, in document order."""
    return [unescape(address) for address in re.findall(r'<a [^>]*href="([^"]*)"', html)]


def next_href(html):
    """Return the URL of the link to the next page, or None."""
    found = re.search(r'<a [^>]*rel="next" href="([^"]*)"', html)
    return found and unescape(found[1])


def dreams_shown(html):
    """Return the slugs of the dreams on a page, in document order."""
    return re.findall(r'<article [^>]*id="dream-([^"]+)"', html)


def comments_shown(html):
    """Return the ids of the comments on a page, in document order."""
    return re.findall(r'<article [^>]*id="comment-([^"]+)"', html)


def words_shown(html):
    """Return the text of a page on one line, without tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def form_to(html, action):
    """Return {name: [values]} of the first form whose action begins with ``action``."""
    return next(form["fields"] for form in forms(html) if form["action"].startswith(action))


def parts_shown(html):
    """Return ({name: [HTML]} of all elements with data-part, names of the outermost ones).

    Emptied are values that differ in each response (CSRF tokens and idempotency keys), and the
    ``next`` of a part that is a form, which inplace.js keeps.
    """
    page = html5lib.parse(html, namespaceHTMLElements=False)
    inner = {id(part) for outer in page.iterfind(".//*[@data-part]")
             for part in outer.iterfind(".//*[@data-part]")}
    for field in [*page.iterfind(".//input[@name='csrf_token']"),
                  *page.iterfind(".//input[@name='once']"),
                  *page.iterfind(".//form[@data-part]/input[@name='next']")]:
        field.set("value", "")
    parts, outermost = {}, []
    for part in page.iterfind(".//*[@data-part]"):
        part.tail = None
        parts.setdefault(part.get("data-part"), []).append(ElementTree.tostring(part, "unicode"))
        outermost += [part.get("data-part")] * (id(part) not in inner)
    return parts, outermost


def query_of(address):
    """Return the query of a URL as {name: value}."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(address).query).items()}


def form_of(page, name):
    """Return the fields of the form that holds a field."""
    return next(form["fields"] for form in forms(page.text) if name in form["fields"])


def error_of(page, name):
    """Return the message by a field, "" for none."""
    found = re.search(rf'id="{name}-error">([^<]*)<', page.text)
    return unescape(found[1]) if found else ""


def next_of(answer):
    """Return the ``next`` path in a redirect to the sign-in."""
    return parse_qs(urlsplit(answer.location).query)["next"][0]
