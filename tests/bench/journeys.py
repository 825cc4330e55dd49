"""The benchmark's requests, as a browser sends them: pages of several people, and actions."""

from collections.abc import Callable
from functools import cache
from itertools import count
from secrets import token_hex
from typing import NamedTuple
from urllib.parse import urlencode

from flask import session
from flask_wtf.csrf import generate_csrf
from support.http_browser import multipart

import app as site
from dreamscape.database import (
    CAME_TRUE_FIRST, HAS_COME_TRUE, IS_NEEDED, NEEDED_FIRST, NEWEST_FIRST, TRENDING_FIRST, all_of,
    cursor_after, db,
)
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import FEED_PAGE
from dreamscape.feed import interests_query, search_conditions
from dreamscape.follows import find_followed_dreamers
from dreamscape.notifications import LATEST_FIRST, format_time
from dreamscape.visibility import listed_query
from bench import world as worlds
from bench.picture import make_photo

DEEP = 1_000  # the number of a deep page, or the last full one if there are fewer
WORD, WORDS = "boat", "winter garden"  # search terms
SKILL, SKILLS = "baking", "bicycle repair"
TOPIC = "travel"
FORM = "application/x-www-form-urlencoded"
ENCODINGS = "gzip, deflate, br, zstd"  # those of browsers
# Targets, in bare pages: of processor time and of the median at one connection.
FEED, DISCUSSED, LIST = 5, 8, 4
# Documents that a page may examine for each one it shows.
EXAMINED, EXAMINED_BY_FILTER = 3, 10
CALLS, MORE_CALLS = 5, 6  # of the database, at most; more for notifications and offers
# Whose pages are compared with those of a newcomer: {label: number}.
PEOPLE = {"newcomer": worlds.NEWCOMER, "follows 2,000": worlds.HEAVY,
          "10,000 notifications": worlds.NOTIFIED, "blocked by 500": worlds.BLOCKED}


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
                f"Accept-Encoding: {ENCODINGS}\r\nCookie: session={self.cookie}\r\n")
        if self.method == "POST":
            head += f"Content-Type: {self.kind}\r\nContent-Length: {len(self.body)}\r\n"
        return head.encode() + b"\r\n" + self.body


class Journey(NamedTuple):
    """A kind of request that is measured.

    make_request: returns the Request of a client (a number below 32) at a turn (counted from 0).
    expected: the status of a valid response. at_once: whether it is measured concurrently.
    target, calls, examined: at most so many bare pages (None: any number), calls, and documents
    examined for one shown.
    """

    name: str
    make_request: Callable
    expected: int = 200
    at_once: bool = True
    target: int | None = None
    calls: int = CALLS
    examined: int = EXAMINED

    @property
    def is_page(self):
        """Return whether it is a page, which changes no data."""
        return self.expected == 200


@cache
def sign_in(number):
    """Return (session cookie, CSRF token) of a person by number; of a visitor for None."""
    with site.app.test_request_context():
        session.permanent = True
        if number is not None:
            person = db.dreamers.find_one({"email": worlds.email_of(number)}, {"_id": 1})
            session.update(dreamer_id=str(person["_id"]), sign_in=worlds.sign_in_of(number))
        token = generate_csrf()
        serializer = site.app.session_interface.get_signing_serializer(site.app)
        return serializer.dumps(dict(session)), token


def look(name, path, number=None, **limits):
    """Return the journey to a page, as each client or as one person by number."""
    return Journey(name, lambda client, turn: Request(
        path, sign_in(client if number is None else number)[0]), **limits)


def form(path, number, **fields):
    """Return the request that posts a form as a person by number, None for a visitor."""
    cookie, token = sign_in(number)
    body = urlencode({"csrf_token": token, **fields}).encode()
    return Request(path, cookie, "POST", body, FORM)


def find_person(number):
    """Return the complete dreamer of a number."""
    return complete_dreamer(db.dreamers.find_one({"email": worlds.email_of(number)}))


# Pages #######################################################################


def find_cursor(query, order=NEWEST_FIRST, collection="dreams"):
    """Return the cursor of the page DEEP, or of the last full one; None if there are few."""
    size = db[collection].count_documents(query, limit=DEEP * FEED_PAGE)
    if size < 3 * FEED_PAGE:
        return None
    # The benchmark may use skip() to find the cursor; the site never does.
    [last] = db[collection].find(query).sort(order).skip(size - 2 * FEED_PAGE - 1).limit(1)
    if order is LATEST_FIRST:
        return f"{format_time(last['at'])}_{last['_id']}"
    return cursor_after(last, order)


def look_deep(name, path, cursor, number=None, **limits):
    """Return the journeys to the first page of a list, and to a deep one if it has a cursor."""
    return [look(name, path, number, **limits), *deep_pages(name, path, cursor, number, **limits)]


def deep_pages(name, path, cursor, number=None, **limits):
    """Return the journey to a deep page in a list, without a cursor none."""
    deeper = f"{path}{'&' if '?' in path else '?'}cursor={cursor}"
    return [look(f"{name}, deep", deeper, number, **limits)] if cursor else []


def search_path(path, words):
    """Return the path of a search."""
    return f"{path}?{urlencode({'q': words})}"


def make_views():
    """Return {name: (path, query, order, number)} of the views of the Dreamscape with pages.

    number: the person to whose view the query belongs, None if everybody has the same.
    """
    mine, path = find_person(0), "/dreamscape?view="
    followed = {"dreamer_id": {"$in": [*find_followed_dreamers(mine)]}}
    return {
        "Newest": ("/dreamscape", {}, NEWEST_FIRST, None),
        "Trending": (f"{path}trending", {}, TRENDING_FIRST, None),
        "Following": (f"{path}following", followed, NEWEST_FIRST, 0),
        "For you": (f"{path}for-you", interests_query(mine), NEWEST_FIRST, 0),
        "Can you help?": (f"{path}needs", IS_NEEDED, NEEDED_FIRST, None),
        "Came true": (f"{path}came-true", HAS_COME_TRUE, CAME_TRUE_FIRST, None)}


def make_feeds():
    """Return the journeys to pages of the Dreamscape as clients with usual data."""
    plain, loose = {"target": FEED}, {"target": FEED, "examined": EXAMINED_BY_FILTER}
    views = []
    for name, (path, query, order, number) in make_views().items():
        cursor = find_cursor(all_of(listed_query(), query), order)
        # The site answers one query of a person's feed at a time.
        at_once = {"at_once": number is None}
        views += [look(name, path, **plain),
                  *deep_pages(name, path, cursor, number, **at_once, **plain)]
    word, words = (search_conditions(text) for text in (WORD, WORDS))
    return [
        *views,
        *look_deep("Topic", f"/dreamscape?topic={TOPIC}", find_cursor({"topics": TOPIC}), **loose),
        *look_deep("Search, a word", search_path("/dreamscape", WORD), find_cursor(word[0]),
                   **plain),
        *look_deep("Search, two words", search_path("/dreamscape", WORDS),
                   find_cursor(all_of(*words)), **loose)]


def find_dream_path(world, state):
    """Return the path of a usual dream that all see, in a state, None for that of most."""
    def is_usual(number):
        """Return whether a dream is in the state, for everybody, and of nobody who blocks."""
        return (world.state_of(number) == state and not world.is_by_link(number)
                and not world.is_blocker(world.owner_of(number)))

    return dream_path(world, next(filter(is_usual, range(world.famous + 10, world.dreams))))


def dream_path(world, number):
    """Return the path of a dream by number."""
    return f"/dreams/{db.dreams.find_one({'_id': world.dream_id(number)})['slug']}"


def make_pages(world):
    """Return the journeys to other pages as clients with usual data."""
    author, plain = find_person(world.most_active), {"target": LIST}
    own = {"dreamer_id": author["_id"]}
    offer = db.offers.find_one({"dreamer_id": world.person_id(worlds.HEAVY)})
    living = find_cursor(own | {"state": {"$in": [None, "under-way"]}})
    return [
        # What every page costs somebody signed in: it asks for its viewer alone.
        look("About", "/about"),
        Journey("Landing", lambda client, turn: Request("/", sign_in(None)[0])),
        look("Dream", find_dream_path(world, None)),
        look("Dream with a story", find_dream_path(world, "came-true")),
        look("Dream with 50 comments", dream_path(world, world.discussed), target=DISCUSSED),
        *look_deep("Profile", f"/dreamers/{author['slug']}", find_cursor(own), **plain),
        *look_deep("My dreams", "/dreams", living, world.most_active),
        look("People", "/dreamers", examined=EXAMINED_BY_FILTER, **plain),
        *look_deep("People, a word", search_path("/dreamers", SKILL), find_cursor(
            search_conditions(SKILL)[0], collection="dreamers"), **plain),
        look("People, two words", search_path("/dreamers", SKILLS),
             examined=EXAMINED_BY_FILTER, **plain),
        look("Notifications", "/notifications", calls=MORE_CALLS, **plain),
        look("Offers", "/offers", worlds.HEAVY, calls=MORE_CALLS, **plain),
        look("Offer", f"/offers/{offer['_id']}", worlds.HEAVY, calls=MORE_CALLS, **plain)]


def make_pages_of(world, label, number):
    """Return the journeys of one of PEOPLE, named "page: label", at one connection."""
    author = find_person(world.most_active)
    filtered = EXAMINED_BY_FILTER if number == worlds.BLOCKED else EXAMINED
    paths = {**{name: view[0] for name, view in make_views().items()},
             "Search, a word": search_path("/dreamscape", WORD),
             "Dream": find_dream_path(world, None), "Profile": f"/dreamers/{author['slug']}",
             "People, a word": search_path("/dreamers", SKILL), "Offers": "/offers",
             "Notifications": "/notifications", "My dreams": "/dreams"}
    limits = dict.fromkeys(("Offers", "Notifications"), MORE_CALLS)
    return [look(f"{name}: {label}", path, number, at_once=False, examined=filtered,
                 calls=limits.get(name, CALLS)) for name, path in paths.items()]


def make_pages_of_people(world):
    """Return the journeys of all PEOPLE."""
    notified = {"dreamer_id": world.person_id(worlds.NOTIFIED)}
    cursor = find_cursor(notified, LATEST_FIRST, "notifications")
    return [*(journey for label, number in PEOPLE.items()
              for journey in make_pages_of(world, label, number)),
            look("Notifications, deep", f"/notifications?cursor={cursor}", worlds.NOTIFIED,
                 at_once=False, target=LIST, calls=MORE_CALLS)]


# Actions #####################################################################


def act(name, make_request, at_once=True):
    """Return the journey of an action, which redirects."""
    return Journey(name, make_request, 303, at_once)


def make_actions(world):
    """Return the journeys that change data."""
    numbers, famous = count(), dream_path(world, world.famous)
    own = dream_path(world, world.discussed)
    return [
        *make_actions_on_others(world, numbers),
        act("Comment, 10,000 followers", lambda client, turn: form(
            f"{famous}/comments", client, body=f"I slept on it, too. {next(numbers)}")),
        act("Update", lambda client, turn: form(
            f"{own}/updates", world.most_active, body=f"A step on. {next(numbers)}"), False),
        act("Sign-in", lambda client, turn: form(
            "/login", None, email=worlds.email_of(worlds.FIRST_OTHER + client),
            password=worlds.PASSWORD)),
        # Not concurrent: a worker converts one picture at a time and refuses after a wait.
        act("Picture of 12 megapixels", lambda client, turn: upload(client), False)]


def make_actions_on_others(world, numbers):
    """Return the journeys to actions of each client on a dream of its own, by somebody else."""
    clients = [*range(worlds.CLIENTS), world.most_active]
    others = {"dreamer_id": {"$nin": [*map(world.person_id, clients)]}}
    dreams = db.dreams.find(others | {"audience": None}).sort(NEWEST_FIRST).limit(worlds.CLIENTS)
    paths = [f"/dreams/{dream['slug']}" for dream in dreams]
    comments = [*db.comments.find(others | {"line": None}).sort("_id", 1).limit(worlds.CLIENTS)]
    return [
        act("Follow, unfollow", lambda client, turn: form(
            f"{paths[client]}/{('follow', 'unfollow')[turn % 2]}", client)),
        act("Cheer, take back", lambda client, turn: form(
            f"{paths[client]}/{('cheer', 'uncheer')[turn % 2]}", client)),
        act("Comment", lambda client, turn: form(
            f"{paths[client]}/comments", client, body=f"I slept on it, too. {next(numbers)}")),
        act("Reaction", lambda client, turn: form(
            f"/comments/{comments[client]['_id']}/reaction", client,
            value=("like", "none")[turn % 2]))]


def upload(number):
    """Return the request that uploads a picture as a person by number."""
    cookie, token = sign_in(number)
    body, kind = multipart({"csrf_token": [token]}, make_photo())
    return Request("/profile/picture", cookie, "POST", body, kind)


def update_followed(world):
    """Return (journey, followers): an update to the dream that most people follow."""
    path = dream_path(world, world.famous)
    followers = db.follows.count_documents({"dream_id": world.dream_id(world.famous)})
    return act("Update, 10,000 followers", lambda client, turn: form(
        f"{path}/updates", world.most_active, body=f"A step further. {token_hex(8)}")), followers


def make_journeys(world):
    """Return all journeys: pages of clients, those of PEOPLE, and actions."""
    return [*make_feeds(), *make_pages(world), *make_pages_of_people(world), *make_actions(world)]


def describe_scaled(world):
    """Return what is smaller than its name in a world with too few people or dreams."""
    people, dreams = world.people, world.dreams
    actual = {"follows 2,000 dreams": (min(dreams, worlds.FOLLOWED_DREAMS),
                                       worlds.FOLLOWED_DREAMS),
              "follows 500 people": (min(people, worlds.FOLLOWED_PEOPLE), worlds.FOLLOWED_PEOPLE),
              "blocked by 500": (world.blockers, worlds.BLOCKERS),
              "10,000 followers": (min(people - 1 - worlds.FIRST_OTHER, worlds.FAMOUS_FOLLOWERS),
                                   worlds.FAMOUS_FOLLOWERS)}
    return {name: number for name, (number, wanted) in actual.items() if number < wanted}
