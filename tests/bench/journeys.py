"""The benchmark's requests, as a browser sends them: first and deep pages, and actions."""

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import NamedTuple
from urllib.parse import urlencode

from flask import session
from flask_wtf.csrf import generate_csrf
from support.http_browser import multipart

import app as site
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import FEED_PAGE
from dreamscape.feed import interests_query, search_conditions
from dreamscape.follows import find_followed_dreamers
from dreamscape.database import NEWEST_FIRST, TRENDING_FIRST, db, split_page
from bench import world
from bench.picture import make_photo

DEEP = 1_000  # the number of a deep page, or the last full one if there are fewer
WORD, WORDS = "boat", "winter garden"  # search terms
TOPIC = "travel"
FORM = "application/x-www-form-urlencoded"


class Request(NamedTuple):
    """One request: ``cookie`` is the session cookie, ``kind`` the Content-Type of the body."""

    path: str
    cookie: str
    method: str = "GET"
    body: bytes = b""
    kind: str = ""

    def raw(self):
        """Return the bytes of the HTTP request, which accepts every compression."""
        head = (f"{self.method} {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"Accept-Encoding: gzip, deflate, br, zstd\r\nCookie: session={self.cookie}\r\n")
        if self.method == "POST":
            head += f"Content-Type: {self.kind}\r\nContent-Length: {len(self.body)}\r\n"
        return head.encode() + b"\r\n" + self.body


class Journey(NamedTuple):
    """A kind of request that is measured.

    make_request: returns the Request of a client (a number below 32) at a turn (counted from 0).
    expected: the status of a valid response. at_once: whether it is measured concurrently.
    """

    name: str
    make_request: Callable
    expected: int = 200
    at_once: bool = True

    @property
    def is_page(self):
        """Return whether it is a page, which changes no data."""
        return self.expected == 200


@cache
def sign_in(number):
    """Return (session cookie, CSRF token) of a dreamer by number; of a visitor for None."""
    with site.app.test_request_context():
        session.permanent = True
        if number is not None:
            dreamer = db.dreamers.find_one({"email": world.email_of(number)}, {"_id": 1})
            session.update(dreamer_id=str(dreamer["_id"]), sign_in=world.sign_in_of(number))
        token = generate_csrf()
        serializer = site.app.session_interface.get_signing_serializer(site.app)
        return serializer.dumps(dict(session)), token


def look(name, path, number=None):
    """Return the journey to a page, as each client or as one dreamer by number."""
    return Journey(name, lambda client, turn: Request(
        path, sign_in(client if number is None else number)[0]))


def form(path, number, **fields):
    """Return the request that posts a form as a dreamer by number, None for a visitor."""
    cookie, token = sign_in(number)
    body = urlencode({"csrf_token": token, **fields}).encode()
    return Request(path, cookie, "POST", body, FORM)


# Pages #######################################################################


def find_cursor(query, order=NEWEST_FIRST):
    """Return the cursor of the page DEEP, or of the last full one; None if there are few."""
    size = db.dreams.count_documents(query, limit=DEEP * FEED_PAGE)
    if size < 3 * FEED_PAGE:
        return None
    # The benchmark may use skip() to find the cursor; the site never does.
    last = db.dreams.find(query, {"score": 1}).sort(order).skip(
        size - 2 * FEED_PAGE - 1).limit(1)
    return split_page([*last] * 2, 1, order)[1]


def look_deep(name, path, query, number=None, order=NEWEST_FIRST):
    """Return the journeys to the first page of a list and to a deep one, if there is one."""
    cursor = find_cursor(query, order)
    deeper = f"{path}{'&' if '?' in path else '?'}cursor={cursor}"
    deep = [look(f"{name}, deep", deeper, number)] if cursor else []
    return [look(name, path, number), *deep]


def find_dreamer(number):
    """Return the complete dreamer of a number."""
    return complete_dreamer(db.dreamers.find_one({"email": world.email_of(number)}))


def make_feeds():
    """Return the journeys to pages of the feed."""
    reader = find_dreamer(0)
    few, many = ({"dreamer_id": {"$in": [*find_followed_dreamers(find_dreamer(number))]}}
                 for number in (0, world.HEAVY))
    return [
        *look_deep("Newest", "/dreamscape", {}),
        *look_deep("Trending", "/dreamscape?view=trending", {}, order=TRENDING_FIRST),
        *look_deep("For you", "/dreamscape?view=for-you", interests_query(reader), 0),
        *look_deep("Following a few", "/dreamscape?view=following", few, 0),
        *look_deep("Following 2,500", "/dreamscape?view=following", many, world.HEAVY),
        look("Newest, following 2,500", "/dreamscape", world.HEAVY),
        *look_deep("Topic", f"/dreamscape?topic={TOPIC}", {"topics": TOPIC}),
        *look_deep("Search, a word", f"/dreamscape?q={WORD}", search_conditions(WORD)[0]),
        look("Search, two words", f"/dreamscape?{urlencode({'q': WORDS})}"),
    ]


def make_pages():
    """Return the journeys to dreams and dreamers."""
    number = world.dreamers_for(db.dreams.estimated_document_count()) - 1
    author = find_dreamer(number)
    dreams = db.dreams.find({}, {"slug": 1}).sort(NEWEST_FIRST).skip(10).limit(1)
    said = db.dreams.find({}, {"slug": 1}).sort("comments", -1).limit(1)
    return [
        look("Dream", f"/dreams/{dreams[0]['slug']}"),
        look("Dream with 50 comments", f"/dreams/{said[0]['slug']}"),
        *look_deep("Dreamer", f"/dreamers/{author['slug']}", {"dreamer_id": author["_id"]}),
        *look_deep("My dreams", "/dreams", {"dreamer_id": author["_id"]}, number),
    ]


# Actions #####################################################################


def make_actions():
    """Return the journeys that change data, each client on a dream of another dreamer."""
    numbers, others = count(), {"dreamer_id": {"$nin": [
        find_dreamer(number)["_id"] for number in range(world.CLIENTS)]}}
    dreams = db.dreams.find(others).sort(NEWEST_FIRST).limit(world.CLIENTS)
    paths = [f"/dreams/{dream['slug']}" for dream in dreams]
    comments = [*db.comments.find(others).sort("_id", 1).limit(world.CLIENTS)]
    return [
        Journey("Follow, unfollow", lambda client, turn: form(
            f"{paths[client]}/{('follow', 'unfollow')[turn % 2]}", client), 303),
        Journey("Comment", lambda client, turn: form(
            f"{paths[client]}/comments", client, body=f"I slept on it, too. {next(numbers)}"), 303),
        Journey("Reaction", lambda client, turn: form(
            f"/comments/{comments[client]['_id']}/reaction", client,
            value=("like", "none")[turn % 2]), 303),
        Journey("Sign-in", lambda client, turn: form(
            "/login", None, email=world.email_of(world.HEAVY + 1 + client),
            password=world.PASSWORD), 303),
        # Not concurrent: a worker converts one picture at a time and refuses after a wait.
        Journey("Picture of 12 megapixels", lambda client, turn: upload(client), 303, False),
    ]


def upload(number):
    """Return the request that uploads a picture as a dreamer by number."""
    cookie, token = sign_in(number)
    body, kind = multipart({"csrf_token": [token]}, make_photo())
    return Request("/profile/picture", cookie, "POST", body, kind)


def make_journeys():
    """Return all journeys, pages first."""
    return [*make_feeds(), *make_pages(), *make_actions()]
