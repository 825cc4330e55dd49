"""A real Chromium on the real site: gunicorn with two workers, a real MongoDB, the demo.

People enter by their cookie. Whatever a browser complains of, and every request to another
host, fails the test in which it happens.
"""

import json
import shutil
import time
from collections import defaultdict

import pymongo
import pytest
from browser.cast import add_person, sign_in_cookie
from browser.watch import Watch
from playwright.sync_api import expect
from support.chromium import FLAGS, MISSING, find_chromium
from support.website import Website

import app as site

CHROMIUM = find_chromium()
PATIENCE = 30_000  # milliseconds until something on a page counts as not coming: machines stall
expect.set_options(timeout=PATIENCE)

PHONE = {"viewport": {"width": 360, "height": 740}}
DESK = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """How Chromium is started; its absence fails, it never skips."""
    if not CHROMIUM:
        pytest.fail(MISSING)
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": [*FLAGS]}


@pytest.fixture(scope="session")
def place(mongodb, database_name, seeded):
    """The site (its url) on a database that holds the demo."""
    pictures, demo, _ = seeded
    database = pymongo.MongoClient(mongodb.uri, tz_aware=True)[database_name("browser")]
    for name in demo.list_collection_names():
        database[name].insert_many(demo[name].find())
    uploads = site.app.config["UPLOADS"]
    shutil.copytree(pictures, uploads, dirs_exist_ok=True)
    website = Website(
        mongodb.uri, uploads.parent, MONGO_DBNAME=database.name, RATELIMIT_ENABLED="0"
    )
    with website:
        website.database = database
        yield website


@pytest.fixture(autouse=True)
def stage(place, monkeypatch):
    """The site's own functions work on the database that is served."""
    monkeypatch.setattr(site, "db", place.database)


@pytest.fixture(scope="session")
def listener(place):
    """What listens to every context, from test to test."""
    return Watch(place.url)


@pytest.fixture
def watch(listener):
    """What browsers complain of during a test; it fails when there is anything."""
    listener.reset()
    yield listener
    assert listener.complaints == []


@pytest.fixture(scope="session")
def free_contexts():
    """Browser contexts that wait for their next test, by how they look: their cache is warm."""
    return defaultdict(list)


def wipe(context, url):
    """Make a context as good as new, but for its cache; return whether that was possible.

    Pages go first: what is under way in them could else bring a cookie or a draft back.
    """
    used = context.pages
    if not used:
        return False
    fresh = context.new_page()
    for page in used:
        page.close()
    session = context.new_cdp_session(fresh)
    session.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "all"})
    session.detach()
    context.clear_cookies()
    return True


@pytest.fixture
def visit(browser, place, watch, free_contexts):
    """Open a browser: visit("/", scripts=False, **PHONE), visit("/", ada); return its page."""
    used = []

    def take(look):
        """Return a context without cookies that looks like this."""
        kind = json.dumps(look, sort_keys=True)
        waiting = free_contexts[kind]
        context = waiting.pop() if waiting else browser.new_context(base_url=place.url, **look)
        used.append((kind, context))
        return context

    def enter(path, person=None, scripts=True, **look):
        """Return a page at a path, of somebody who is signed in or of a visitor."""
        context = take({"java_script_enabled": scripts} | DESK | look)
        context.set_default_timeout(PATIENCE)
        watch.over(context)
        if person:
            context.add_cookies([sign_in_cookie(person, place.url)])
        page = context.pages[0] if context.pages else context.new_page()
        page.goto(path)
        return page

    yield enter
    for kind, context in used:
        if wipe(context, place.url):
            free_contexts[kind].append(context)
        else:
            context.close()


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request):
    """Whether the browser runs JavaScript: a test that asks for it runs both ways."""
    return request.param


@pytest.fixture(
    params=[DESK, PHONE, {"scripts": False, **PHONE}], ids=["desk", "phone", "no-scripts"]
)
def way(request):
    """A window's size, and whether it runs JavaScript: a test that asks for it runs in each."""
    return request.param


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def look(request):
    """A window's size: a test that asks for it runs at both."""
    return request.param


@pytest.fixture
def ada(stage):
    """Who owns the dream."""
    return add_person("Ada", "Lovelace")


@pytest.fixture
def bob(stage):
    """Who follows and comments."""
    return add_person("Bob", "Builder")


@pytest.fixture
def wait_until():
    """Wait for a fact outside the browser: wait_until(lambda: ...)."""

    def wait(is_so, seconds=PATIENCE / 1_000):
        """Return once it is so; fail after a while."""
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, "it did not come true"
            time.sleep(0.05)  # The database tells nobody of a change: it is asked again.

    return wait
