"""A real Chromium on the real site: gunicorn with two workers, a real MongoDB, the demo.

People are signed in by their session cookie. A console error, or a request to another host,
fails the test in which it happens. A page serves one test after another: so what listens to it or
steers it goes by ``listen`` and ``devtools``, which end with the test.
"""

import json
import re
import shutil
import time
from collections import defaultdict
from urllib.parse import urlsplit

import pymongo
import pytest
from browser.factories import add_person, sign_in_cookie
from browser.console_monitor import ConsoleMonitor
from playwright.sync_api import expect
from support.chromium import FLAGS, MISSING, find_chromium
from support.smtp_server import MailServer
from support.website import Website
from support.patches import use_database

import app as site

CHROMIUM = find_chromium()
TIMEOUT = 30_000  # milliseconds that an expectation may take: machines stall
expect.set_options(timeout=TIMEOUT)

PHONE = {"viewport": {"width": 360, "height": 740}}
TOUCH = PHONE | {"is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 900}}
FONT_SIZES = {"standard": 16, "fixed": 13}  # Chromium's own


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """How Chromium is started; without it the tests fail, they are not skipped."""
    if not CHROMIUM:
        pytest.fail(MISSING)
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": [*FLAGS]}


@pytest.fixture(scope="session")
def website(mongodb, database_name, seeded):
    """The site (its url) on a database that holds the demo."""
    pictures, demo, _ = seeded
    database = pymongo.MongoClient(mongodb.uri, tz_aware=True)[database_name("browser")]
    for name in demo.list_collection_names():
        database[name].insert_many(demo[name].find())
    uploads = site.settings["UPLOADS"]
    shutil.copytree(pictures, uploads, dirs_exist_ok=True)
    website = Website(
        mongodb.uri, uploads.parent, MONGO_DBNAME=database.name, RATELIMIT_ENABLED="0"
    )
    with website:
        website.database = database
        yield website


@pytest.fixture(autouse=True)
def site_database(website, monkeypatch):
    """Point the site's functions of this process at the database that is served."""
    use_database(monkeypatch, website.database)


@pytest.fixture(scope="session")
def session_monitor(website):
    """The ConsoleMonitor of every context."""
    return ConsoleMonitor(website.url)


@pytest.fixture
def monitor(session_monitor):
    """The ConsoleMonitor of one test, which fails if there are problems."""
    session_monitor.reset()
    yield session_monitor
    assert session_monitor.problems == []


@pytest.fixture(scope="session")
def free_contexts():
    """Browser contexts to reuse, by their options: their cache is warm."""
    return defaultdict(list)


def clear_context(context, url, options):
    """Clear all that a context holds but its cache; False if it has no page.

    Its page stays: a new one takes Chromium twice as long. First it leaves the site's scripts:
    requests in flight could set a cookie or store a draft again.
    """
    if not context.pages:
        return False
    page, *others = context.pages
    for other in others:
        other.close()
    page.unroute_all()
    page.goto(f"{url}/robots.txt")
    page.evaluate("sessionStorage.clear()")
    page.set_viewport_size(options["viewport"])
    page.emulate_media(media="null", color_scheme=options.get("color_scheme", "null"))
    session = context.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "all"})
    session.send("Page.setFontSizes", {"fontSizes": FONT_SIZES})
    session.detach()
    context.clear_cookies()
    context.clear_permissions()
    return True


@pytest.fixture
def borrow(browser, free_contexts):
    """Lend a context of a site without cookies: borrow(url, options, monitor); clear it later."""
    used = []

    def lend(url, options, monitor):
        """Return a context with these options, one that was used before if there is one."""
        kind = json.dumps([url, options], sort_keys=True)
        waiting = free_contexts[kind]
        context = waiting.pop() if waiting else browser.new_context(base_url=url, **options)
        used.append((kind, url, options, context))
        context.set_default_timeout(TIMEOUT)
        monitor.attach(context)
        return context

    yield lend
    for kind, url, options, context in used:
        if clear_context(context, url, options):
            free_contexts[kind].append(context)
        else:
            context.close()


# They ask for borrow, so that they end before it clears the page.


@pytest.fixture
def listen(borrow):
    """Listen to a page until the test ends: listen(page, "dialog", handle)."""
    heard = []

    def start(page, event, handle):
        """Call a function at each event of a page."""
        page.on(event, handle)
        heard.append((page, event, handle))

    yield start
    for page, event, handle in heard:
        page.remove_listener(event, handle)


@pytest.fixture
def devtools(borrow):
    """Connect to a page's developer tools until the test ends: devtools(page).send(...)."""
    sessions = []

    def connect(page):
        """Return a CDP session of a page."""
        sessions.append(page.context.new_cdp_session(page))
        return sessions[-1]

    yield connect
    for session in sessions:
        session.detach()


@pytest.fixture
def run_first(devtools):
    """Run a script before those of the pages that a page opens until the test ends."""
    def add(page, script):
        """Add it."""
        tools = devtools(page)
        tools.send("Page.enable")
        tools.send("Page.addScriptToEvaluateOnNewDocument", {"source": script})

    return add


def open_page(context, url, path, person):
    """Return a page of a context at a path, signed in as a person or as a visitor."""
    if person:
        context.add_cookies([sign_in_cookie(person, url)])
    page = context.pages[0] if context.pages else context.new_page()
    page.goto(path)
    return page


@pytest.fixture
def visit(website, monitor, borrow):
    """Open a browser: visit("/", scripts=False, **PHONE), visit("/", ada); return its page."""
    def enter(path, person=None, scripts=True, **look):
        """Return a page at a path, signed in as a person or as a visitor."""
        context = borrow(website.url, {"java_script_enabled": scripts} | DESK | look, monitor)
        return open_page(context, website.url, path, person)

    return enter


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
def ada(site_database):
    """Ada, who owns the dream."""
    return add_person("Ada", "Lovelace")


@pytest.fixture
def bob(site_database):
    """Bob, who follows and comments."""
    return add_person("Bob", "Builder")


@pytest.fixture
def wait_until():
    """Wait for a condition outside the browser: wait_until(lambda: ...)."""

    def wait(is_so, seconds=TIMEOUT / 1_000):
        """Return once is_so() is true; fail after a timeout."""
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, "timed out"
            time.sleep(0.05)  # The database is polled.

    return wait


@pytest.fixture(scope="session")
def mail_server():
    """The server that the site sends its mail to."""
    with MailServer() as server:
        yield server


@pytest.fixture(scope="session")
def mail_site(website, mail_server, tmp_path_factory):
    """The site on the same database, but with mail: so addresses are confirmed."""
    folder = tmp_path_factory.mktemp("mail_site")
    with Website(website.settings["MONGO_URI"], folder, MONGO_DBNAME=website.database.name,
                 DATA_DIR=website.settings["DATA_DIR"], RATELIMIT_ENABLED="0",
                 MAIL_SERVER=mail_server.host, MAIL_PORT=str(mail_server.port)) as site:
        yield site


class Thumb:
    """Somebody with a phone; counts what they tap and fill in."""

    def __init__(self, page):
        """Hold a phone that shows a page."""
        self.page, self.taps, self.fields = page, 0, 0

    def tap(self, role, name):
        """Tap the first link or button of the main part with a name, and wait for the page."""
        self.taps += 1
        with self.page.expect_navigation():
            self.page.get_by_role("main").get_by_role(role, name=re.compile(name)).first.tap()

    def fill(self, **values):
        """Fill fields in, by their labels with _ for spaces."""
        for label, value in values.items():
            self.fields += 1
            self.page.get_by_label(label.replace("_", " "), exact=True).fill(value)


@pytest.fixture(scope="session")
def mail_monitor(mail_site):
    """The ConsoleMonitor of every phone."""
    return ConsoleMonitor(mail_site.url)


@pytest.fixture
def phone(mail_site, mail_monitor, borrow, scripts):
    """Open a path of the site with mail on another phone: phone("/", ada); return a Thumb."""
    mail_monitor.reset()
    mail_monitor.expect_status(422)

    def open_path(path, person=None):
        """Return a Thumb on a page, signed in as a person or as a visitor."""
        options = {"java_script_enabled": scripts} | TOUCH
        context = borrow(mail_site.url, options, mail_monitor)
        return Thumb(open_page(context, mail_site.url, path, person))

    yield open_path
    assert mail_monitor.problems == []


@pytest.fixture
def mailed_path(mail_server, wait_until):
    """Return the path of a link in a mail: mailed_path(email, "/offers/"), once it has come."""

    def find(email, part):
        """Return the paths of an address' links with a part."""
        texts = (mail.get_body(("plain",)).get_content() for mail in [*mail_server.messages]
                 if mail.recipients == [email])
        return [urlsplit(link).path for text in texts for link in re.findall(r"http\S+", text)
                if part in link]

    def wait(email, part):
        """Return the path of the newest link."""
        wait_until(lambda: find(email, part))
        return find(email, part)[-1]

    return wait
