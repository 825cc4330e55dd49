"""Pages about the site, built in or the operator's own; security.txt; texts of error pages."""
import functools
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from markdown_it import MarkdownIt

from dreamscape.accounts import MAX_SIGN_INS, UNCONFIRMED_LIFE
from dreamscape.database import NOTIFICATION_DAYS
from dreamscape.drafts import DRAFT_LIFETIME, DRAFTS_PER_DREAMER
from dreamscape.limits import LIMITS
from dreamscape.log import logger
from dreamscape.mail import MAIL_MAX_AGE, confirms_emails
from dreamscape.settings import REQUEST_BYTES, SESSION_LIFETIME, absolute_url, settings
from dreamscape.text import clean_line, clean_text

PAGES = {  # name: (title, description)
    "about": ("About Dreamscape", "What Dreamscape is, how it works, and who runs this site."),
    "rules": ("Our rules", "What we ask of everyone on Dreamscape, and what moderators do."),
    "privacy": ("Your privacy", "What Dreamscape stores about you, for how long, who can see it, "
                                "and how to download or delete it."),
}
BODY_TIMED_OUT = ("The upload took too long, so we stopped it. Try a smaller picture or a faster "
                  "connection.")
ERRORS = {  # status: (title, sentence, label of the link to retry); without one it leads to "/"
    403: ("You can't do that", "This belongs to someone else. Nothing of yours was changed.", None),
    404: ("Page not found", "This page doesn't exist or was removed.", None),
    405: ("Nothing to see here", "This link can't be opened directly.", None),
    413: ("That's too large", f"The limit is {REQUEST_BYTES // 1_000_000} MB. Please choose a "
          "smaller file.", "Go back"),
    415: ("We couldn't read that", "Nothing was changed. Please use the form on the page.", None),
    422: ("That didn't work", "We couldn't use that. Nothing was changed.", "Go back"),
    429: ("A little slower, please", "You're going a bit fast for us.", "Try again"),
    500: ("Something broke on our side",
          "It's not you, it's us. We've been notified. Please try again.", "Try again"),
    503: ("We'll be right back",
          "We're having trouble right now. Please try again in a few seconds.", "Try again")}
OTHER_ERROR = "That didn't work", "Please go back and try again.", None
SECURITY_TXT_LIFE = timedelta(days=180)  # RFC 9116 recommends less than a year


def contact_url():
    """Return the mailto: URL of the operator's address; None if there isn't any."""
    contact = settings["CONTACT_EMAIL"]
    return contact and f"mailto:{quote(contact, safe='@+')}"


def longest_window(*keyed_by):
    """Return for how long the counters of rate limits by these keys are stored at most."""
    return timedelta(seconds=max(limit.rate.get_expiry() for limit in LIMITS.values()
                                 if limit.keyed_by in keyed_by))


def page_context(name):
    """Return the context of a page's template: title, description, own, and facts to show.

    own: the operator's own page, or None for ours.
    """
    own, (title, description) = read_own_page(name), PAGES[name]
    by_address = longest_window("network", "account and network", "account and wide network")
    return {"own": own, "title": (own and own.title) or title, "description": description,
            "name": name, "contact": settings["CONTACT_EMAIL"], "contact_url": contact_url(),
            "sends_mail": confirms_emails(), "cloudinary": settings["CLOUDINARY_URL"],
            "cookie": settings["SESSION_COOKIE_NAME"],
            "session_days": SESSION_LIFETIME.days, "sign_ins": MAX_SIGN_INS,
            "draft_days": DRAFT_LIFETIME.days, "drafts": DRAFTS_PER_DREAMER,
            "unconfirmed_days": UNCONFIRMED_LIFE.days, "notification_days": NOTIFICATION_DAYS,
            "mail_hours": int(MAIL_MAX_AGE.total_seconds() // 3_600),
            "address_minutes": int(by_address.total_seconds() // 60),
            "counter_days": longest_window("viewer").days}


# An operator's own pages #####################################################

PAGE_BYTES = 30_000  # of a file: parsing Markdown can take quadratic time
PAGE_CACHE = 2 * len(PAGES)  # pages, in each worker
markdown = MarkdownIt("js-default")  # escapes raw HTML, and makes no link of a javascript: URL


class OwnPage(NamedTuple):
    """An operator's page; templates show it by ``{{ own }}``.

    title: its first heading, "" if it doesn't begin with one of level 1. html: the rest.
    """

    title: str
    html: str

    def __html__(self):
        """Return the HTML, safe to show: the Markdown renderer escapes raw HTML."""
        return self.html


def read_own_page(name):
    """Return the operator's page from DATA_DIR/pages; None, with a log line, if it's unusable."""
    path = settings["PAGES"] / f"{name}.md"
    try:
        # Opening a named pipe would block.
        text = clean_text(read_limited(path).decode("utf-8-sig")) if path.is_file() else ""
    except (OSError, ValueError) as error:
        logger.error("pages/%s.md is not shown: %s", name, error)
        return None
    return parse_own_page(text) if text else None


def read_limited(path):
    """Return the bytes of a file; raise ValueError if it has more than PAGE_BYTES."""
    with path.open("rb") as file:
        data = file.read(PAGE_BYTES + 1)
    if len(data) > PAGE_BYTES:
        raise ValueError(f"it has more than {PAGE_BYTES:,} bytes")
    return data


@functools.lru_cache(PAGE_CACHE)
def parse_own_page(text):
    """Return the OwnPage of a Markdown text."""
    tokens, title = markdown.parse(text), ""
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        title, tokens = clean_line(plain_text(tokens[1])), tokens[3:]
    set_heading_levels(tokens)
    return OwnPage(title, markdown.renderer.render(tokens, markdown.options, {}))


def plain_text(inline):
    """Return the text of an inline token without its markup."""
    return "".join(" " if child.type.endswith("break") else child.content
                   for child in inline.children)


def set_heading_levels(tokens):
    """Renumber headings from h2 without gaps, as the page has an h1; remove style attributes."""
    levels = []
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
            levels = [*(outer for outer in levels if outer < level), level]
        if token.type.startswith("heading_"):
            token.tag = f"h{min(1 + len(levels), 6)}"
        token.attrs.pop("style", None)  # of table cells: the Content-Security-Policy forbids it


# security.txt ################################################################


def format_security_txt():
    """Return the text of security.txt (RFC 9116), which expires in SECURITY_TXT_LIFE."""
    expires = datetime.now(UTC) + SECURITY_TXT_LIFE
    # The field is required: without a contact it has the sender of email.
    lines = [f"Contact: {contact_url() or 'mailto:' + settings['MAIL_DEFAULT_SENDER']}",
             f"Expires: {expires:%Y-%m-%dT00:00:00Z}",
             f"Canonical: {absolute_url('/.well-known/security.txt')}",
             "Preferred-Languages: en"]
    note = [] if contact_url() else ["# Nobody has set up a contact: this is a local or test copy."]
    return "\n".join([*note, *lines, ""])
