"""The cast and the stage: ada owns, bob follows, mallory must not.

Every test that asks for ``db`` runs on mongomock and on MongoDB, that of TEST_MONGO_URI or one
of the worker's own; of further parameters each value runs on one of them, on both with --both.
Every page a client gets is checked: no 5xx, valid HTML.
"""
import functools
import os
import re
import secrets
import shutil
import tempfile
import threading
from pathlib import Path

# A busy disk makes databases wait for seconds, memory does not. Browsers and all others whom a
# test starts learn of it by TMPDIR.
MEMORY, ENOUGH = Path("/dev/shm"), 4_000_000_000  # bytes
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
own_folder = tempfile.TemporaryDirectory(prefix="dreamscape-tests-")  # gone when all is done
HOME = Path(own_folder.name)
# On a server that others use, too, every name begins with this.
DATABASES = f"dreamscape_tests_{secrets.token_hex(4)}"
OWN_SETTINGS = ("SECRET_KEY", "BASE_URL", "PORT", "WEB_CONCURRENCY")
for name in [*os.environ]:
    if name.startswith(("MAIL_", "CLOUDINARY_", "MONGO_")) or name in OWN_SETTINGS:
        del os.environ[name]
os.environ.update(DATA_DIR=str(HOME / "data"), SECRET_KEY="a secret of the tests, long enough")

import mongomock
import mongomock.aggregate
import pymongo
import pytest
from bson import ObjectId
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from pymongo.monitoring import CommandListener
from support.database import DatabaseServer, GivenServer
from support.html_checker import check_page
from support.mail import set_mail

from support.patches import use_database
from support.smtp_server import MailServer

import app as site
from dreamscape.topics import DEFAULT_TOPICS, topics_cache
from dreamscape.database import DATABASE_TIMEOUT, INDEXES, db as site_db
from dreamscape.indexes import add_indexes
from dreamscape.text import idempotency_key
from dreamscape.passwords import hash_password
from dreamscape.dreams import add_dream, dream_words
from dreamscape.dreamers import complete_dreamer
from dreamscape.slugs import add_slug
from dreamscape.comments import add_comment
import dev_database
import dreamscape.indexes
import dreamscape.passwords

BASE_URL = "http://127.0.0.1:5000"
PASSWORD = "correct horse battery"
NAMES = {"ada": ("Ada", "Lovelace"), "bob": ("Bob", "Builder"), "mallory": ("Mallory", "Mean"),
         "mod": ("Mo", "Derator")}
# What differs between two otherwise equal pages, as far as a rule for pages can tell: names, of
# which matters only which are the same, and harmless words in a value or between tags.
NAMES_IN = re.compile(r"""
    \b(?:id|for|list|form|data-part|aria-(?:labelledby|describedby|controls))="[^"]*"
    |\#[\w-]+(?=")|(?<=/dreams/)[\w%-]+|(?<=/dreamers/)[\w%-]+|(?<=datetime=")[\w:.+-]+
    |(?<=\?)(?:[\w=%.+-]|&amp;)+(?=["#])""", re.VERBOSE)
NAME = re.compile(r"""(?<==")[\w%-]+|(?<=[ #])[\w%-]+|^[^"#]+$""")
IDS = re.compile("[0-9a-f]{24}")
WORDS = re.compile(r"""((?:\bvalue|\bcontent|\balt|\baria-label)="|>)\s*
    [\w/](?:[\w\s.,;:!?'’“”\u2068\u2069…()·/@%+=\#-]|&amp;)*(?="|<)""", re.VERBOSE)
QUIET = ("hello", "ping", "endSessions", "killCursors")
READING = ("find", "getMore", "aggregate", "count", "distinct", "listCollections", "explain")


class Calls(CommandListener):
    """The commands the driver sent since the last reset, and which collections it wrote to."""

    def __init__(self):
        """Begin with none."""
        self.commands, self.written = [], set()

    def started(self, event):
        """Keep a command."""
        name, command = event.command_name, dict(event.command)
        if name not in QUIET:
            self.commands.append((name, command))
        if name not in READING and isinstance(command.get(name), str):
            self.written.add(command[name])

    def succeeded(self, event):
        """Need nothing of an answer."""

    def failed(self, event):
        """Need nothing of a failure."""


def plain(text):
    """Return a page with numbers for names and one word for all words, as all its likes have."""
    seen = {}

    def number(found):
        """Return the number of a name."""
        return f"n{seen.setdefault(found[0], len(seen))}"

    text = NAMES_IN.sub(lambda part: NAME.sub(number, part[0]), WORDS.sub(r"\1words", text))
    return IDS.sub(number, text)


@functools.cache
def faults(text):
    """Return what is wrong with a page; each is read once, however often it is met."""
    return tuple(check_page(text))


class Visitor(FlaskClient):
    """A browser without JavaScript: sends a form's token, and minds every page it gets."""

    def open(self, *args, **kwargs):
        """Send a request; fail on a server error or a page with faults."""
        response = super().open(*args, **kwargs)
        assert response.status_code < 500 or response.status_code == 503, response.text
        if response.mimetype == "text/html" and not response.location:
            assert not any(text in response.text for text in site.PLACEHOLDERS.values())
            assert faults(plain(response.text)) == ()
        return response

    def token(self):
        """Return a CSRF token of this session, as any page would hold one, without the page."""
        with self.session_transaction() as session:
            kept = session.setdefault("csrf_token", secrets.token_hex(20))
        return URLSafeTimedSerializer(site.app.secret_key, salt="wtf-csrf-token").dumps(kept)

    def send(self, path, _files=False, **fields):
        """Post a form as a browser would, its token included."""
        kind = "multipart/form-data" if _files else None
        return self.post(path, data={"csrf_token": self.token(), **fields}, content_type=kind)


def union_with(found, database, union):
    """Do as MongoDB's $unionWith, which mongomock lacks."""
    others = mongomock.aggregate.process_pipeline(
        database[union["coll"]].find(), database, union["pipeline"], None)
    return [*found, *others]


mongomock.aggregate._PIPELINE_HANDLERS["$unionWith"] = union_with
site.app.test_client_class = Visitor
dreamscape.passwords.PASSWORD_METHOD = "scrypt:1024:8:1"  # a hundredth of the cost, for speed alone
dreamscape.indexes.unique_indexes_ready.set()  # what a test works on has its indexes
dreamscape.indexes.all_indexes_ready.set()
site.settings["RATELIMIT_ENABLED"] = False  # test_limits.py is where they are tried


def pytest_addoption(parser):
    """Let every value of a test be tried on both databases: pytest --both."""
    parser.addoption("--both", action="store_true", help="try every value on both databases")


def is_tried(item):
    """Return whether a test's value is tried on its database: the first on both, the rest in turn.

    So each value meets one of them and each test both, in three quarters of the time.
    """
    values = dict(item.callspec.indices) if hasattr(item, "callspec") else {}
    database = values.pop("db", None)
    return database is None or not any(values.values()) or sum(values.values()) % 2 == database


def pytest_collection_modifyitems(config, items):
    """Leave out what is_tried says, unless all is asked for; what is quick comes last.

    So no worker is left alone with something long while the others have nothing to do.
    """
    if not config.getoption("--both"):
        items[:] = filter(is_tried, items)
    items.sort(key=lambda item: "db" in item.fixturenames)


def pytest_report_header():
    """Say which database server the tests use besides mongomock."""
    uri = os.environ.get("TEST_MONGO_URI")
    return f"database: {dev_database.describe_uri(uri) if uri else dev_database.describe_server()}"


@pytest.fixture(scope="session")
def mongodb():
    """The database server: the one of TEST_MONGO_URI, else one for a run's worker."""
    uri = os.environ.get("TEST_MONGO_URI")
    with (GivenServer(uri, DATABASES) if uri
          else DatabaseServer(HOME / "database", durable=False)) as server:
        yield server


@pytest.fixture(scope="session")
def database_name():
    """Name a database of this worker: database_name("browser")."""
    return lambda name: f"{DATABASES}_{name}"


@pytest.fixture(scope="session")
def calls():
    """What the driver sends to MongoDB."""
    return Calls()


def add_strict_indexes(database):
    """Make the indexes that refuse or forget documents.

    The others are for speed alone, and slow where there is little: see ``indexed``.
    """
    for collection, indexes in INDEXES.items():
        strict = [index for index in indexes
                  if {"unique", "expireAfterSeconds"} & set(index.document)]
        if strict:
            database[collection].create_indexes(strict)


@pytest.fixture(scope="session")
def tests_database(mongodb, database_name, calls):
    """A database on MongoDB with its strict indexes."""
    with pymongo.MongoClient(mongodb.uri, tz_aware=True, event_listeners=[calls]) as client:
        database = client[database_name("tests")]
        add_strict_indexes(database)
        yield database


@pytest.fixture(params=["mongomock", "mongodb"])
def db(request, monkeypatch):
    """An empty database with its strict indexes, in the site's place."""
    if request.param == "mongodb":
        return request.getfixturevalue("real_db")
    database = mongomock.MongoClient(tz_aware=True)["tests"]
    use_database(monkeypatch, database)
    add_strict_indexes(database)
    return database


@pytest.fixture(scope="session")
def empty(tests_database, calls):
    """A function that empties the database on MongoDB."""
    def work():
        """Delete every document of the collections that were written to."""
        for collection in [*calls.written]:  # emptying one is a write, too
            tests_database[collection].delete_many({})
        calls.written.clear()

    return work


@pytest.fixture
def real_db(tests_database, empty, monkeypatch):
    """An empty database on MongoDB, for what mongomock cannot show."""
    use_database(monkeypatch, tests_database)
    empty()
    return tests_database


def seed_demo(folder):
    """Fill a new database with the demo; return (folder of pictures, database, what was said)."""
    with pytest.MonkeyPatch.context() as patch:
        database = mongomock.MongoClient(tz_aware=True)["demo"]
        use_database(patch, database)
        patch.setitem(site.settings, "UPLOADS", folder)
        ended = site.app.test_cli_runner().invoke(args=["seed-demo"])
        assert ended.exit_code == 0, ended.output
        return folder, database, ended.output


@pytest.fixture(scope="session")
def seeded(tmp_path_factory):
    """The demo as seed_demo returns it, made once: to draw forty pictures takes seconds."""
    return seed_demo(tmp_path_factory.mktemp("demo"))


def database_of(request):
    """Return the database of a test: what it asks for, or the one on MongoDB."""
    return request.getfixturevalue("db" if "db" in request.fixturenames else "real_db")


@pytest.fixture
def indexed(request):
    """The database with all its indexes; they, and what became of them, are gone afterwards."""
    database = database_of(request)
    add_indexes()
    yield database
    for name in INDEXES:
        database[name].drop()
    add_strict_indexes(database)


@pytest.fixture(autouse=True)
def own_topics(monkeypatch):
    """The topics are those of the code until a test changes them; nothing is read for them."""
    monkeypatch.setitem(topics_cache, "until", float("inf"))
    monkeypatch.setitem(topics_cache, "topics", DEFAULT_TOPICS)


@pytest.fixture(autouse=True)
def no_late_mail(monkeypatch):
    """What a test wanted to be sent later is not sent in the middle of the next one.

    It is waited for while the test's database is still in the site's place.
    """
    yield
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()
            thread.join(DATABASE_TIMEOUT / 1_000)


@pytest.fixture
def visitor():
    """A browser that is signed out."""
    return site.app.test_client()


@pytest.fixture(scope="session")
def password_hash():
    """The hash of PASSWORD, made once: it is slow on purpose."""
    return hash_password(PASSWORD)


@pytest.fixture
def dreamer(request, password_hash):
    """Make or return the dreamer of a name: dreamer("ada")."""
    database = database_of(request)

    made = {}

    def make(name, **fields):
        """Return a dreamer's document, made at the first mention."""
        if name not in made:
            first, last = NAMES.get(name, (name.title(), "Person"))
            made[name] = ObjectId()
            database.dreamers.insert_one({
                "_id": made[name], "email": f"{name}@example.com", "password": password_hash,
                "first_name": first, "last_name": last, "followers": 0, "reminded": True,
                "role": "moderator" if name == "mod" else None,
                "slug": add_slug("dreamers", made[name], f"{first} {last}"), **fields})
        return database.dreamers.find_one({"_id": made[name]})

    return make


@pytest.fixture
def sign_in(dreamer):
    """Sign somebody in: sign_in("bob") returns their browser."""
    def enter(name):
        """Return a browser with a sign-in of its own."""
        client = site.app.test_client()
        with site.app.test_request_context():
            site.start_session(dreamer(name))
            kept = dict(site.session)
        with client.session_transaction() as session:
            session.update(kept)
        return client

    return enter


@pytest.fixture
def ada(db, sign_in):
    """Ada's browser."""
    return sign_in("ada")


def find_ada(db):
    """Return ada's document."""
    return db.dreamers.find_one({"email": "ada@example.com"})


@pytest.fixture
def make_dream(dreamer):
    """Make a dream: make_dream("ada", title=...) returns its document."""
    def make(name="ada", title="Sail around the world", description="With a boat I build myself.",
             topics=("travel",), **fields):
        """Return a dream of somebody."""
        told = {"title": title, "description": description, "topics": [*topics],
                "comments_enabled": True}
        author = complete_dreamer(dreamer(name))
        told |= {"words": dream_words(told, author["name"]),
                 "once": idempotency_key(title, description, *topics)} | fields
        slug = add_dream(author, told)
        return site_db.dreams.find_one({"slug": slug})

    return make


@pytest.fixture
def dream(make_dream):
    """Ada's dream."""
    return make_dream()


@pytest.fixture
def comment(dreamer, dream):
    """Bob's comment on ada's dream."""
    comment_id = add_comment(dreamer("bob"), dream, "I have a sail to give away.")
    return site_db.comments.find_one({"_id": comment_id})


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    """An empty folder for local pictures."""
    monkeypatch.setitem(site.settings, "UPLOADS", tmp_path / "uploads")
    return tmp_path / "uploads"


@pytest.fixture
def server(monkeypatch):
    """A mail server, set as the site's own."""
    with MailServer() as server:
        set_mail(monkeypatch, MAIL_SERVER=server.host, MAIL_PORT=server.port)
        yield server


@pytest.fixture
def outbox(monkeypatch):
    """Time stands still, so mail waits in the outbox until the test sends it."""
    class Stopped(threading.Timer):
        """A timer that never starts."""

        def start(self):
            """Do nothing."""

    monkeypatch.setattr(threading, "Timer", Stopped)
