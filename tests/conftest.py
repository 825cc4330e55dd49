"""Fixtures of all tests: ada owns the content, bob follows it, mallory has no permission.

Every test that asks for ``db`` runs on mongomock and on MongoDB, that of TEST_MONGO_URI or one
of the worker's own; of several parameter sets each runs on one of them, on both with --both.
Every page a client gets is checked: no 5xx, valid HTML.
"""
import fcntl
import functools
import gc
import hashlib
import importlib
import os
import re
import secrets
import shutil
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from support.own_settings import use_own_settings

# Databases wait for seconds on a busy disk, but not in memory. TMPDIR passes the folder on to
# browsers and other processes.
RAM_DISK, RAM_DISK_BYTES = Path("/dev/shm"), 4_000_000_000
if ("TMPDIR" not in os.environ and RAM_DISK.is_dir()
        and shutil.disk_usage(RAM_DISK).free > RAM_DISK_BYTES):
    os.environ["TMPDIR"] = tempfile.tempdir = str(RAM_DISK)
own_folder = tempfile.TemporaryDirectory(prefix="dreamscape-tests-")  # removed at exit
HOME = Path(own_folder.name)
# The prefix of database names, unique on a server that others use too.
DATABASES = f"dreamscape_tests_{secrets.token_hex(4)}"
use_own_settings(DATA_DIR=str(HOME / "data"), SECRET_KEY="a secret of the tests, long enough")
# Which pages are known to be valid: shared by the workers of pytest, which inherit the setting.
VALID_PAGES = Path(os.environ.setdefault("VALID_PAGES", str(HOME / "valid-pages")))
VALID_PAGES.mkdir(exist_ok=True)

import bson
import mongomock
import mongomock.aggregate
import mongomock.collection
import pymongo
import pytest
from bson import CodecOptions, ObjectId
from bson.raw_bson import RawBSONDocument
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from pymongo.monitoring import CommandListener
from support.database import DatabaseServer, GivenServer
from support.html_checker import check_page, check_part
from support.mail import set_mail

from support.patches import use_database
from support.smtp_server import MailServer

import app as site
from dreamscape.topics import DEFAULT_TOPICS, topics_cache
from dreamscape.database import DATABASE_TIMEOUT, INDEXES, db as site_db
from dreamscape.indexes import add_indexes
from dreamscape.text import idempotency_key
from dreamscape.accounts import add_sign_in
from dreamscape.passwords import hash_password
from dreamscape.dreams import add_dream, dream_words
from dreamscape.placeholders import PLACEHOLDERS
from dreamscape.shared import ENCODED
from dreamscape.dreamers import complete_dreamer, word_fields
from dreamscape.slugs import add_slug
from dreamscape.comments import add_comment
import dev_database
import dreamscape.demo
import dreamscape.indexes
import dreamscape.passwords

BASE_URL = "http://127.0.0.1:5000"
PASSWORD = "correct horse battery"
NAMES = {"ada": ("Ada", "Lovelace"), "bob": ("Bob", "Builder"), "mallory": ("Mallory", "Mean"),
         "mod": ("Mo", "Derator")}
# normalise_page replaces what the HTML checker ignores: ids and other names, of which only the
# equality matters, and harmless words in an attribute's value or between tags.
PIECES = re.compile(r"<[^>]*>|[^<]+")
NAME_ATTRIBUTES = re.compile(r"""
    \b(?:id|for|list|form|data-part|aria-(?:labelledby|describedby|controls))="[^"]*"
    |\#[\w-]+(?=")|[0-9a-f]{24}""", re.VERBOSE)
NAME = re.compile(r"""(?<==")[\w%-]+|(?<=[ #])[\w%-]+|^[^"#]+$""")
# Addresses of this site, and values that no rule of the checker looks at.
ADDRESSES = re.compile(r"""(\b(?:href|action|src|srcset|value)="/)(?:[^"&<>]|&amp;)+(?=")
    |(\b(?:class|data-(?!part=)[\w-]+|aria-(?:pressed|current)|maxlength|datetime)=")[^"&<>]+(?=")
    |(/dream(?:er)?s/)[\w%-]+|(\?)(?:[\w=%.+-]|&amp;)+(?=["#])""", re.VERBOSE)
# All but what HTML forbids or escapes. Spaces alone are no words.
LETTER = r"""[^"&<>\0-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\U0001fffe-\U0010ffff]"""
WORDS = rf"(?=\s*\S)(?:{LETTER}|&(?:amp|lt|gt|\#3[49]);)+"
WORDS_OF_ATTRIBUTES = re.compile(
    rf"""(\b(?:value|content|alt|title|placeholder|aria-label)="){WORDS}(?=")""")
WORDS_BETWEEN_TAGS = re.compile(WORDS.replace('"', ""))
DRIVER_COMMANDS = ("hello", "ping", "endSessions", "killCursors")  # sent without a query of ours
READ_COMMANDS = ("find", "getMore", "aggregate", "count", "distinct", "listCollections", "explain")


class Calls(CommandListener):
    """The commands that the driver sent, and the collections that it wrote to."""

    def __init__(self):
        """Start with empty lists."""
        self.commands, self.written = [], set()

    def started(self, event):
        """Record a command."""
        name, command = event.command_name, dict(event.command)
        if name not in DRIVER_COMMANDS:
            self.commands.append((name, command))
        if name not in READ_COMMANDS and isinstance(command.get(name), str):
            self.written.add(command[name])

    def succeeded(self, event):
        """Ignore a response."""

    def failed(self, event):
        """Ignore a failure."""


@functools.lru_cache(20_000)
def normalise_piece(piece):
    """Return (a tag without addresses and words, or "words" for words; whether it has names)."""
    if not piece.startswith("<"):
        piece = "words" if WORDS_BETWEEN_TAGS.fullmatch(piece) else piece
    else:
        piece = WORDS_OF_ATTRIBUTES.sub(r"\1words", ADDRESSES.sub(r"\1\2\3\4", piece))
    return piece, bool(NAME_ATTRIBUTES.search(piece))


def normalise_page(text):
    """Return a page with numbers for names and one word for all words, as a cache key."""
    numbers = {}

    def number_name(match):
        """Return the number of a name."""
        return f"n{numbers.setdefault(match[0], len(numbers))}"

    def number_names(match):
        """Return an attribute with numbers for names."""
        return NAME.sub(number_name, match[0])

    return "".join(NAME_ATTRIBUTES.sub(number_names, piece) if has_names else piece
                   for piece, has_names in map(normalise_piece, PIECES.findall(text)))


@functools.cache
def find_page_errors(text):
    """Return the errors of a normalised page."""
    return tuple(check_page(text, lambda part: find_part_errors(normalise_page(part))))


@functools.cache
def find_part_errors(text):
    """Return the errors of a normalised part; equal parts are checked once, by one worker."""
    known = VALID_PAGES / hashlib.sha256(text.encode()).hexdigest()
    errors = () if known.exists() else tuple(check_part(text))
    if not errors:
        known.touch()
    return errors


class Visitor(FlaskClient):
    """A browser without JavaScript: sends the CSRF token and checks the HTML of every page."""

    def open(self, *args, **kwargs):
        """Send a request; fail on a server error or invalid HTML."""
        response = super().open(*args, **kwargs)
        assert response.status_code < 500 or response.status_code == 503, response.text
        if response.mimetype == "text/html" and not response.location:
            assert not any(text in response.text for text in PLACEHOLDERS.values())
            assert find_page_errors(normalise_page(response.text)) == ()
        return response

    def token(self):
        """Return a valid CSRF token of this session without a request for a page."""
        with self.session_transaction() as session:
            secret = session.setdefault("csrf_token", secrets.token_hex(20))
        return URLSafeTimedSerializer(site.app.secret_key, salt="wtf-csrf-token").dumps(secret)

    def send(self, path, _files=False, **fields):
        """Post a form as a browser would, with its CSRF token."""
        kind = "multipart/form-data" if _files else None
        return self.post(path, data={"csrf_token": self.token(), **fields}, content_type=kind)


def union_with(documents, database, union):
    """Return the result of MongoDB's $unionWith, which mongomock lacks."""
    others = mongomock.aggregate.process_pipeline(
        database[union["coll"]].find(), database, union["pipeline"], None)
    return [*documents, *others]


def create_indexes(collection, indexes):
    """Make indexes with all their options: mongomock's own drops partialFilterExpression."""
    return [collection.create_index([*index.document["key"].items()], **{
        key: value for key, value in index.document.items() if key != "key"})
        for index in indexes]


class EncodedCollection:
    """A collection of mongomock whose aggregations return encoded documents, which it lacks."""

    def __init__(self, collection):
        """Read another collection."""
        self.collection = collection

    def aggregate(self, pipeline):
        """Return the encoded documents of an aggregation."""
        return [RawBSONDocument(bson.encode(document))
                for document in self.collection.aggregate(pipeline)]


def with_options(collection, codec_options=None, usual=mongomock.collection.Collection.with_options,
                 **options):
    """Return a collection of mongomock with other options, encoded documents among them."""
    if codec_options is ENCODED:
        return EncodedCollection(collection)
    return usual(collection, codec_options=codec_options, **options)


mongomock_lock = threading.RLock()


def locked(method):
    """Return a method of mongomock's that waits for other threads, which may write documents."""
    @functools.wraps(method)
    def work(*args, **kwargs):
        """Run the method under mongomock's lock."""
        with mongomock_lock:
            return method(*args, **kwargs)

    return work


for owner, names in ((mongomock.collection.Collection, (
        "_insert", "_update", "_delete", "_find_and_modify", "aggregate", "count_documents")),
        (mongomock.collection.Cursor, ("_compute_results",))):
    for name in names:
        setattr(owner, name, locked(getattr(owner, name)))
mongomock.aggregate._PIPELINE_HANDLERS["$unionWith"] = union_with
mongomock.collection.Collection.create_indexes = create_indexes
mongomock.collection.Collection.with_options = with_options
site.app.test_client_class = Visitor
dreamscape.passwords.PASSWORD_METHOD = "pbkdf2:sha256:1"  # costs next to nothing
dreamscape.indexes.unique_indexes_ready.set()  # the fixtures below make them
dreamscape.indexes.all_indexes_ready.set()
site.settings["RATELIMIT_ENABLED"] = False  # on in test_limits.py only


def pytest_addoption(parser):
    """Add --both, which runs every parameter set of a test on both databases."""
    parser.addoption("--both", action="store_true",
                     help="run every parameter set on both databases")


DATABASE_KINDS = ("mongomock", "mongodb")
TESTS = Path(__file__).parent


def find_sets(items):
    """Return, for each test that asks for ``db``, a list of {kind: item}, a parameter set each.

    By the names of the sets: pytest's own indices count on from one database to the other.
    """
    sets = {}
    for item in items:
        own = [kind for kind in DATABASE_KINDS if "db" in getattr(item, "fixturenames", ())
               and kind in item.name]
        if own:
            of_test = sets.setdefault(item.nodeid.partition("[")[0], {})
            of_test.setdefault(item.name.replace(own[0], "", 1), {})[own[0]] = item
    return [[*of_test.values()] for of_test in sets.values()]


def select_sets(items):
    """Return the items that run: of several sets of a test each runs on one database, in turns.

    So each test runs on both, in two thirds of the time that each set on both would take.
    """
    dropped = {of_set[DATABASE_KINDS[number % 2]] for sets in find_sets(items) if len(sets) > 1
               for number, of_set in enumerate(sets) if len(of_set) > 1}
    return [item for item in items if item not in dropped]


def pytest_collection_modifyitems(config, items):
    """Deselect by select_sets unless --both is given; put the quick tests last.

    Slow tests at the end would leave one worker busy while the others are idle.
    """
    if not config.getoption("--both"):
        items[:] = select_sets(items)
    items.sort(key=lambda item: "db" in item.fixturenames)


def pytest_collection(session):
    """Import a share of the test files first, where all are run.

    pytest compiles a test file when it is first imported, and caches the bytecode. Every worker
    imports all of them in the same order, and would compile all itself.
    """
    worker = getattr(session.config, "workerinput", None)
    if worker and session.config.args == session.config.getini("testpaths"):
        number, count = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
        names = sorted(path.relative_to(TESTS).with_suffix("").as_posix().replace("/", ".")
                       for pattern in ("test_*.py", "browser/test_*.py")
                       for path in TESTS.glob(pattern))
        for name in names[number::count]:
            # pytest imports a broken file again, and reports it as an error of that file.
            with suppress(Exception, pytest.skip.Exception):
                importlib.import_module(name)


def pytest_collection_finish():
    """Exclude collected tests from garbage collection, which would traverse them each time.

    What tests allocate is collected by the 50,000 instead of by the 700: a third of the time.
    """
    gc.freeze()
    gc.set_threshold(50_000)


def pytest_report_header():
    """Return the line about the database server that is used besides mongomock."""
    uri = os.environ.get("TEST_MONGO_URI")
    return f"database: {dev_database.describe_uri(uri) if uri else dev_database.describe_server()}"


@pytest.fixture(scope="session")
def mongodb():
    """The database server: the one of TEST_MONGO_URI, else one for this pytest worker."""
    uri = os.environ.get("TEST_MONGO_URI")
    with (GivenServer(uri, DATABASES) if uri
          else DatabaseServer(HOME / "database", durable=False)) as server:
        yield server


@pytest.fixture(scope="session")
def database_name():
    """A function that returns the name of a database: database_name("browser")."""
    return lambda name: f"{DATABASES}_{name}"


@pytest.fixture(scope="session")
def calls():
    """The commands that the driver sends to MongoDB."""
    return Calls()


def add_strict_indexes(database):
    """Create the unique and the TTL indexes of a database.

    The others are for speed, and slow tests with few documents down: see ``indexed``.
    """
    for collection, indexes in INDEXES.items():
        strict = [index for index in indexes
                  if {"unique", "expireAfterSeconds"} & set(index.document)]
        if strict:
            database[collection].create_indexes(strict)


@pytest.fixture(scope="session")
def tests_database(mongodb, database_name, calls):
    """A database on MongoDB with its strict indexes."""
    with pymongo.MongoClient(
            mongodb.local_uri, tz_aware=True, event_listeners=[calls]) as client:
        database = client[database_name("tests")]
        add_strict_indexes(database)
        yield database


@pytest.fixture(params=["mongomock", "mongodb"])
def db(request, monkeypatch):
    """An empty database with its strict indexes, which the site uses."""
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
        for collection in [*calls.written]:  # a copy: a delete adds to the set
            tests_database[collection].delete_many({})
        calls.written.clear()

    return work


@pytest.fixture
def real_db(tests_database, empty, monkeypatch):
    """An empty database on MongoDB, for tests of what mongomock lacks."""
    use_database(monkeypatch, tests_database)
    empty()
    return tests_database


def seed_demo(folder):
    """Fill a new database with the demo; return (folder of pictures, database, output)."""
    with pytest.MonkeyPatch.context() as patch:
        database = mongomock.MongoClient(tz_aware=True)["demo"]
        use_database(patch, database)
        patch.setitem(site.settings, "UPLOADS", folder)
        patch.setattr(dreamscape.demo, "DEMO_HEIGHT", 160)  # draws in a tenth of the time
        result = site.app.test_cli_runner().invoke(args=["seed-demo"])
        assert result.exit_code == 0, result.output
        return folder, database, result.output


@pytest.fixture(scope="session")
def seeded():
    """The demo as seed_demo returns it, made by the first worker that needs it, in seconds."""
    folder = VALID_PAGES.with_name("demo")
    folder.mkdir(exist_ok=True)
    kept = folder / "kept.bson"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            _, made, output = seed_demo(folder / "pictures")
            documents = {name: [*made[name].find()] for name in made.list_collection_names()}
            kept.write_bytes(bson.encode({"documents": documents, "output": output}))
    demo = bson.decode(kept.read_bytes(), CodecOptions(tz_aware=True))
    database = mongomock.MongoClient(tz_aware=True)["demo"]
    for name, documents in demo["documents"].items():
        database[name].insert_many(documents)
    return folder / "pictures", database, demo["output"]


def database_of(request):
    """Return the database of a test: its ``db`` fixture, or the one on MongoDB."""
    return request.getfixturevalue("db" if "db" in request.fixturenames else "real_db")


@pytest.fixture
def indexed(request):
    """The database with all its indexes; its collections are dropped afterwards."""
    database = database_of(request)
    add_indexes()
    yield database
    for name in INDEXES:
        database[name].drop()
    add_strict_indexes(database)


@pytest.fixture(autouse=True)
def own_topics(monkeypatch):
    """Cache the default topics, so that no test reads them from the database."""
    monkeypatch.setitem(topics_cache, "until", float("inf"))
    monkeypatch.setitem(topics_cache, "topics", DEFAULT_TOPICS)


@pytest.fixture(autouse=True)
def no_late_mail(monkeypatch):
    """Cancel a test's timers before the next test, or wait for those that run.

    The site still uses the test's database then.
    """
    yield
    # One that has run meanwhile has started the next one.
    while timers := [each for each in threading.enumerate() if isinstance(each, threading.Timer)]:
        for timer in timers:
            timer.cancel()
            timer.join(DATABASE_TIMEOUT / 1_000)


@pytest.fixture
def visitor():
    """A client that is signed out."""
    return site.app.test_client()


@pytest.fixture(scope="session")
def password_hash():
    """The hash of PASSWORD, made once: hashing is slow on purpose."""
    return hash_password(PASSWORD)


@pytest.fixture
def dreamer(request, password_hash):
    """A function that adds a dreamer, or finds one added before: dreamer("ada")."""
    database = database_of(request)

    ids = {}

    def make(name, **fields):
        """Return a dreamer's document, added at the first call."""
        if name not in ids:
            first, last = NAMES.get(name, (name.title(), "Person"))
            ids[name] = ObjectId()
            new = {
                "_id": ids[name], "email": f"{name}@example.com", "password": password_hash,
                "first_name": first, "last_name": last, "followers": 0, "helped": 0,
                "reminded": True,
                "role": "moderator" if name == "mod" else None,
                "slug": add_slug("dreamers", ids[name], f"{first} {last}"),
                **word_fields({"first_name": first, "last_name": last} | fields), **fields}
            database.dreamers.insert_one(new)
            return new
        return database.dreamers.find_one({"_id": ids[name]})

    return make


@pytest.fixture
def sign_in(dreamer):
    """A function that signs a dreamer in: sign_in("bob") returns their client."""
    def enter(name):
        """Return a client with a session of its own."""
        client, viewer = site.app.test_client(), dreamer(name)
        with client.session_transaction() as session:
            session.permanent = True
            session.update(dreamer_id=str(viewer["_id"]), sign_in=add_sign_in(viewer))
        return client

    return enter


@pytest.fixture
def ada(db, sign_in):
    """Ada's client, signed in."""
    return sign_in("ada")


def find_ada(db):
    """Return ada's document."""
    return db.dreamers.find_one({"email": "ada@example.com"})


@pytest.fixture
def make_dream(dreamer):
    """A function that adds a dream: make_dream("ada", title=...) returns its document."""
    def make(name="ada", title="Sail around the world", description="With a boat I build myself.",
             topics=("travel",), **fields):
        """Return the document of a new dream."""
        document = {"title": title, "description": description, "topics": [*topics],
                    "comments_enabled": True}
        author = complete_dreamer(dreamer(name))
        document |= {"words": dream_words(document, author["name"]),
                     "once": idempotency_key(title, description, *topics)} | fields
        slug = add_dream(author, document)
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
    """A mail server that the site's settings name."""
    with MailServer() as server:
        set_mail(monkeypatch, MAIL_SERVER=server.host, MAIL_PORT=server.port)
        yield server


@pytest.fixture
def outbox(monkeypatch):
    """Stop all timers, so that mail stays queued until the test sends it."""
    class Stopped(threading.Timer):
        """A timer that never starts."""

        def start(self):
            """Do nothing."""

    monkeypatch.setattr(threading, "Timer", Stopped)
