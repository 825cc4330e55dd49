"""Rate limits: LIMITS lists them, and fixed-window counters in the database enforce them.

All workers share the counters, but for those of pages read. They are incremented before the work,
so that concurrent requests can't exceed a limit, and decremented after it where the response status
does not count.
"""
import hmac
import math
import time
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import NamedTuple

from limits import RateLimitItem, parse as parse_rate
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from dreamscape.database import db
from dreamscape.settings import derived_key, settings
from dreamscape.subjects import add_subject
from dreamscape.text import clean_line, fold_email_or_none


class Limit(NamedTuple):
    """One rate limit.

    keyed_by: what requests are counted by, a key of LIMIT_KEYS; or "dream", whose changes are
    counted. counts: which responses count, a key of COUNTED. exempts_first: whether a request
    passes in spite of this limit when it is the first in the window of the limit above it.
    """

    rate: RateLimitItem
    keyed_by: str
    counts: str = "all"
    exempts_first: bool = False


# Distributed password guessing can't lock an account's owner out: the first attempt from a network
# is exempt from the limit of the account.
LIMITS = {
    "sign-in to an account from a network":
        Limit(parse_rate("10 per 5 minutes"), "account and network", "refused"),
    "sign-in to an account from a wide network":
        Limit(parse_rate("30 per 5 minutes"), "account and wide network", "refused"),
    "sign-in to an account": Limit(parse_rate("100 per 5 minutes"), "account", "refused", True),
    "sign-in from a network": Limit(parse_rate("25 per 5 minutes"), "network", "refused"),
    "own password": Limit(parse_rate("10 per 5 minutes"), "viewer", "refused"),
    "sign-up to an account from a network":
        Limit(parse_rate("10 per 15 minutes"), "account and network"),
    "sign-up to an account from a wide network":
        Limit(parse_rate("30 per 15 minutes"), "account and wide network"),
    "sign-up to an account": Limit(parse_rate("20 per 15 minutes"), "account", "all", True),
    "sign-up from a network": Limit(parse_rate("50 per 15 minutes"), "network"),
    "reset of an account": Limit(parse_rate("5 per 15 minutes"), "account"),
    "reset from a network": Limit(parse_rate("25 per 15 minutes"), "network"),
    "confirmation mail": Limit(parse_rate("5 per 15 minutes"), "viewer"),
    "notice of a known address": Limit(parse_rate("1 per 1 hour"), "account"),
    "link to an address": Limit(parse_rate("60 per 1 hour"), "account"),
    "draft": Limit(parse_rate("20 per 15 minutes"), "viewer"),
    "draft from a network": Limit(parse_rate("60 per 15 minutes"), "network"),
    "picture": Limit(parse_rate("60 per 15 minutes"), "viewer"),
    "card": Limit(parse_rate("120 per 15 minutes"), "network"),
    "sitemap": Limit(parse_rate("200 per 15 minutes"), "network"),
    "milliseconds of conversions": Limit(parse_rate("60000 per 15 minutes"), "viewer"),
    "autosave": Limit(parse_rate("180 per 15 minutes"), "viewer"),
    "dream": Limit(parse_rate("60 per 15 minutes"), "viewer"),
    "state of a dream": Limit(parse_rate("60 per 15 minutes"), "viewer"),
    "comment": Limit(parse_rate("120 per 15 minutes"), "viewer"),
    "edit": Limit(parse_rate("120 per 15 minutes"), "viewer"),
    "update": Limit(parse_rate("30 per 15 minutes"), "viewer"),
    "follow": Limit(parse_rate("300 per 15 minutes"), "viewer"),
    "cheer": Limit(parse_rate("300 per 15 minutes"), "viewer"),
    "ask": Limit(parse_rate("30 per 15 minutes"), "viewer"),
    "block": Limit(parse_rate("60 per 15 minutes"), "viewer"),
    "reaction": Limit(parse_rate("300 per 15 minutes"), "viewer"),
    "offer": Limit(parse_rate("30 per 15 minutes"), "viewer"),
    "step of an offer": Limit(parse_rate("60 per 15 minutes"), "viewer"),
    "message": Limit(parse_rate("120 per 15 minutes"), "viewer"),
    "export": Limit(parse_rate("3 per 1 hour"), "viewer", "accepted"),
    "new name": Limit(parse_rate("5 per 1 day"), "viewer"),
    "new title of a dream": Limit(parse_rate("5 per 1 day"), "dream"),
    "report": Limit(parse_rate("30 per 15 minutes"), "viewer"),
    "answer": Limit(parse_rate("30 per 15 minutes"), "viewer"),
}
COUNTED = {  # whether a response status counts; None when the view raised
    "all": lambda status: True, "refused": lambda status: status == 422,
    "accepted": lambda status: status not in (None, 422)}


def network_of(address, ipv4=32, ipv6=64):
    """Return the network of an IP address as text: by default an IPv4 address or an IPv6 /64.

    ipv4, ipv6: prefix lengths; a household usually has a /64.
    """
    try:
        address = ip_address(address)
    except ValueError:
        return "unknown"
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(IPv4Network((int(address), ipv4), strict=False)).removesuffix("/32")
    return str(IPv6Network((int(address), ipv6), strict=False))


def account_key(address):
    """Return an HMAC of a normalised email address, so that counters store no addresses."""
    folded_address = fold_email_or_none(clean_line(address)) or ""
    return hmac.digest(derived_key("limits"), folded_address.encode(), "sha256").hex()


def limit_window(what):
    """Return (number, end) of the current window of a limit."""
    length = LIMITS[what].rate.get_expiry()
    window = int(time.time() // length)
    return window, datetime.fromtimestamp((window + 1) * length, UTC)


def limit_wait(what):
    """Return the seconds until the current window of a limit ends, at least 1."""
    return max(1, math.ceil((limit_window(what)[1] - datetime.now(UTC)).total_seconds()))


def add_use(what, key, amount=1):
    """Increment a limit's counter of the current window; return (its _id, its new count).

    what: a key of LIMITS. Returns (None, 0) where RATELIMIT_ENABLED is off.
    """
    if not settings["RATELIMIT_ENABLED"]:
        return None, 0
    window, ends_at = limit_window(what)
    same = {"_id": f"{what} {key} {window}"}
    change = {"$inc": {"count": amount}, "$setOnInsert": {"expireAt": ends_at}}
    try:
        counter = db.limits.find_one_and_update(same, change, upsert=True,
                                                return_document=ReturnDocument.AFTER)
    except DuplicateKeyError:
        return add_use(what, key, amount)  # a concurrent request inserted it
    # SecantusDB may return None after an upsert.
    counter = counter or db.limits.find_one(same) or {"count": amount}
    return same["_id"], counter["count"]


def add_use_if_left(what, key):
    """Count a use and return True, or return False where the limit is reached."""
    counter_id, count = add_use(what, key)
    if count <= LIMITS[what].rate.amount:
        return True
    remove_uses([counter_id])
    return False


def remove_uses(counter_ids):
    """Decrement some counters by one use each."""
    if counter_ids:
        db.limits.update_many({"_id": {"$in": counter_ids}}, {"$inc": {"count": -1}})


def remove_uncounted_uses(counters, status):
    """Decrement the counters for which a status does not count; ignore a failing database.

    counters: {limit: counter's _id}. The work is done by then, so its response stays.
    """
    with suppress(PyMongoError):
        remove_uses([counter_id for what, counter_id in counters.items()
                     if not COUNTED[LIMITS[what].counts](status)])


# Reading #####################################################################

READ_RATE = parse_rate("300 per minute")  # of pages of dreams, by one dreamer in one worker
VISITOR_READ_RATE = parse_rate("1200 per minute")  # by all visitors from one network
read_limiter = FixedWindowRateLimiter(MemoryStorage())  # in memory: no database call a page


def reading_wait(reader, is_visitor):
    """Count a page that is read; return 0, or the seconds until the reader may read on."""
    rate = VISITOR_READ_RATE if is_visitor else READ_RATE
    if read_limiter.hit(rate, reader):
        return 0
    reset_time = read_limiter.get_window_stats(rate, reader).reset_time
    return max(1, math.ceil(reset_time - time.time()))


# Counters expire with their window.
add_subject("limits")
