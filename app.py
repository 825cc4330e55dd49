"""Dreamscape: write down what you hope for, and find the people who help it come true.

How a request flows: hooks load the viewer and check that a form is ours -> a guard says
who may -> a loader finds the document or answers 404 -> one verb reads or writes ->
a template shows it, or 303 leads on.

Sections, in reading order: Configuration, Application, Log, Database, Documents, Viewer, Large
bodies, Guards, Pages and ways back, Drafts, Limits, Words and time, Slugs, Topics, Forms,
Converting pictures, Picture store, Pictures of dreams and dreamers, Style sheet and scripts,
Tokens, Mail, Outbox, Passwords, Sign-ins, Signing up and in, Confirming an address, Profile,
Account, Data and leaving, Dreamscape, Finding dreams, Cards, Dreams, Comments, Reactions, Follows,
Reports, Moderation, Changing topics, Fragments, Password reset, Errors, Commands, Demo.
"""
import fcntl
import functools
import hashlib
import hmac
import io
import json
import logging
import math
import os
import random
import re
import runpy
import secrets
import socket
import ssl
import subprocess  # nosec B404  # it runs pictures.py and nothing else
import sys
import threading
import time
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from itertools import accumulate, chain, groupby, islice, pairwise, takewhile
from operator import itemgetter
from pathlib import Path
from smtplib import SMTP, SMTP_SSL, SMTPException
from tempfile import TemporaryFile
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from urllib.request import urlopen
from weakref import WeakValueDictionary
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import bson
import click
import jwt
import pymongo
import regex
from bson import ObjectId
from cachetools import LRUCache, cached
from dotenv import load_dotenv
from email_validator import EmailNotValidError, validate_email
from flask import (
    Flask, Request, abort, after_this_request, flash, g, has_request_context, redirect,
    render_template, request, send_from_directory, session, stream_template,
    stream_with_context, url_for,
)
from flask.json.provider import DefaultJSONProvider
from flask_compress import Compress
from flask_mail import Connection, Mail, Message
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf, validate_csrf
from flask_wtf.file import FileField
from limits import RateLimitItem
from limits import parse as parse_rate
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from markupsafe import escape
from PIL import Image, ImageDraw, ImageFilter, ImageOps, features
from pymongo import ASCENDING, DESCENDING, IndexModel, MongoClient, ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError
from slugify import slugify
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import (
    BadRequest, ClientDisconnected, HTTPException, MethodNotAllowed, NotFound,
    RequestEntityTooLarge, SecurityError, TooManyRequests, UnprocessableEntity,
    UnsupportedMediaType,
)
from werkzeug.formparser import FormDataParser
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.security import check_password_hash, generate_password_hash
from wtforms import (
    BooleanField, Field, PasswordField, SelectField, SelectMultipleField, StringField,
    TextAreaField, ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, StopValidation
from zxcvbn.frequency_lists import FREQUENCY_LISTS

import pictures


# Configuration ###############################################################

EMBEDDED_MONGO_URI = "mongodb://127.0.0.1:27027"  # what Procfile.dev starts
DATABASE_WAIT = 5_000  # milliseconds a call of the database may take, all its retries included
SESSION_LIFE = timedelta(days=30)
REQUEST_MEGABYTES = 10  # the largest request where nothing else is set, a picture included
STATIC_AGE = 3_600  # seconds a browser keeps an icon
# No other site can ask for pages as a dreamer (SameSite), so their size tells it nothing.
COMPRESSED = ("text/html", "text/css", "text/javascript", "image/svg+xml", "application/json",
              "application/manifest+json")
FOREVER = 31_536_000  # seconds it keeps what never changes under its address
LOOPBACK = ("127.0.0.1", "localhost")
REQUEST_ID = re.compile(r"[\w-]{8,64}", re.ASCII)
SWITCHES = {"1": True, "true": True, "yes": True, "on": True,
            "": False, "0": False, "false": False, "no": False, "off": False}


class SettingError(ValueError):
    """A setting that is missing, half given or wrong, with a line that says so."""


def read_switch(environ, name, default=""):
    """Return a yes-or-no setting as a bool."""
    value = environ.get(name, default).strip().lower()
    if value not in SWITCHES:
        raise SettingError(f"{name} must be 1 or 0, not {value!r}.")
    return SWITCHES[value]


def read_number(environ, name, default):
    """Return a port-like setting as an int from 1 to 65535."""
    value = environ.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65_535:
        raise SettingError(f"{name} must be a number from 1 to 65535, not {value!r}.")
    return int(value)


def read_base_url(environ):
    """Return BASE_URL, its scheme in small letters and no slash at its end."""
    own = f"http://127.0.0.1:{read_number(environ, 'PORT', 5000)}"
    url = (environ.get("BASE_URL") or own).strip().rstrip("/")
    try:
        parts = urlsplit(url)
        # Reading the port is what checks it.
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment:
        raise SettingError(f"BASE_URL must look like https://example.org, not {url!r}.")
    return parts.geturl()


def own_hosts(base_url):
    """Return the hosts under which the site answers: its own, or this machine's names."""
    host = urlsplit(base_url).hostname
    return [*LOOPBACK] if host in LOOPBACK else [host]


def read_mail_settings(environ, host):
    """Return Flask-Mail's settings; MAIL_SERVER is None when mail is printed."""
    given = [name for name in environ if name.startswith("MAIL_") and environ[name]]
    if given and "MAIL_SERVER" not in given:
        raise SettingError(f"{given[0]} is set but MAIL_SERVER is not: give both or neither.")
    if ("MAIL_USERNAME" in given) != ("MAIL_PASSWORD" in given):
        raise SettingError("MAIL_USERNAME and MAIL_PASSWORD go together: give both or neither.")
    tls, ssl = (read_switch(environ, f"MAIL_USE_{kind}") for kind in ("TLS", "SSL"))
    if tls and ssl:
        raise SettingError("MAIL_USE_TLS and MAIL_USE_SSL exclude each other: give one.")
    return {
        "MAIL_SERVER": environ.get("MAIL_SERVER") or None,
        "MAIL_PORT": read_number(environ, "MAIL_PORT", 465 if ssl else 587 if tls else 25),
        "MAIL_USE_TLS": tls,
        "MAIL_USE_SSL": ssl,
        "MAIL_USERNAME": environ.get("MAIL_USERNAME") or None,
        "MAIL_PASSWORD": environ.get("MAIL_PASSWORD") or None,
        "MAIL_DEFAULT_SENDER": environ.get("MAIL_DEFAULT_SENDER") or f"dreamscape@{host}",
    }


def cookie_settings(https):
    """Return Flask's settings of the session's cookie; on https it is bound to this host."""
    return {
        "SESSION_COOKIE_NAME": "__Host-session" if https else "session",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": SESSION_LIFE,
    }


def make_data_dir(environ):
    """Make the folder of the embedded defaults where it is missing; return its path."""
    folder = Path(environ.get("DATA_DIR") or "data").absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):  # Pictures need it later: that is too late to learn it.
            return folder
    except OSError as error:
        raise SettingError(f"DATA_DIR {folder} cannot be used: {error.strerror}.") from error


def keep_secret_key(folder):
    """Return the random key kept in the data folder, made at the first start.

    Written aside and then linked, so that of several processes that start together
    one key wins and none reads half of it.
    """
    kept, fresh = folder / "secret_key", folder / f"secret_key.{secrets.token_hex(4)}"
    try:
        if not kept.exists():
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_hex(32))
            with suppress(FileExistsError):
                os.link(fresh, kept)
            fresh.unlink()
        key = kept.read_text().strip()
    except OSError as error:
        raise SettingError(f"DATA_DIR {folder} cannot be used: {error.strerror}.") from error
    if not key:
        raise SettingError(f"{kept} is empty: delete it, and start again for a new key.")
    return key


def read_settings(environ):
    """Return Flask's settings read from ``environ``; raise SettingError with one line."""
    base_url = read_base_url(environ)
    https = base_url.startswith("https:")
    missing = [name for name in ("SECRET_KEY", "MONGO_URI") if https and not environ.get(name)]
    if missing:
        raise SettingError(f"{' and '.join(missing)} must be set when BASE_URL begins with https.")
    cloudinary_url = environ.get("CLOUDINARY_URL") or None
    if cloudinary_url and not re.fullmatch(r"cloudinary://[^:@/]+:[^:@/]+@[^@]+", cloudinary_url):
        raise SettingError("CLOUDINARY_URL must look like cloudinary://KEY:SECRET@CLOUD.")
    data_dir = make_data_dir(environ)
    return {
        "SECRET_KEY": environ.get("SECRET_KEY") or keep_secret_key(data_dir),
        "BASE_URL": base_url,
        "MONGO_URI": environ.get("MONGO_URI") or EMBEDDED_MONGO_URI,
        "MONGO_DBNAME": environ.get("MONGO_DBNAME") or "dreamscape",
        "CLOUDINARY_URL": cloudinary_url,
        "UPLOADS": data_dir / "uploads", "PICTURE_LOCK": data_dir / "converting",
        **read_mail_settings(environ, urlsplit(base_url).hostname),
        "TRUSTED_HOSTS": own_hosts(base_url),
        "BEHIND_PROXY": read_switch(environ, "BEHIND_PROXY"),
        "RATELIMIT_ENABLED": read_switch(environ, "RATELIMIT_ENABLED", "1"),
        **cookie_settings(https),
        "SEND_FILE_MAX_AGE_DEFAULT": STATIC_AGE,
        "COMPRESS_MIMETYPES": COMPRESSED,
        "MAX_CONTENT_LENGTH":
            1_000_000 * read_number(environ, "REQUEST_MEGABYTES", REQUEST_MEGABYTES),
        # A form lives as long as the session; and Flask-WTF's own check of every request
        # is replaced by refuse_forged_post, which gives the typed text back.
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_SSL_STRICT": False,
        "WTF_CSRF_HEADERS": (),  # only a form's own field brings the token
    }


# Application #################################################################

# Maximum lengths of request input. InMemoryRequest truncates to them before anything is matched,
# normalised or looked up; form fields have lower limits, so a truncated value fails validation.
HEADER_LENGTH = 8_190  # characters, as gunicorn takes them
FIELD_LENGTH = 2_000  # characters of a value of a form or a query
PARAGRAPHS_LENGTH = 100_000  # characters of these fields
PARAGRAPHS = frozenset(("bio", "body", "description", "reason"))
FIELD_NAME_LENGTH = 100  # characters, of the name of a sent file too
FIELDS = 1_000  # of a form
FORM_TEXT_BYTES = 500_000  # of a URL-encoded form
URL_ENCODED = "application/x-www-form-urlencoded"
FORM_TYPES = (URL_ENCODED, "multipart/form-data")


def stop_start(line):
    """End the process with one line that says why.

    3 is gunicorn's code for a worker that will never boot: any other is started again.
    """
    print(f"Dreamscape cannot start: {line}", file=sys.stderr, flush=True)
    raise SystemExit(3)


def connect(settings):
    """Return the database; nothing is sent before the first query.

    A write counts when most of a replica set has it; the driver sends a call again whose
    answer was lost, and the database knows it again.
    """
    client = MongoClient(
        settings["MONGO_URI"], tz_aware=True, connect=False, appname="dreamscape",
        timeoutMS=DATABASE_WAIT, serverSelectionTimeoutMS=DATABASE_WAIT,
        connectTimeoutMS=DATABASE_WAIT, w="majority",
    )
    return client[settings["MONGO_DBNAME"]]


class Site(Flask):
    """Flask, but for the one line of its log that would tell a path."""

    def log_exception(self, exc_info):
        """Log what nobody foresaw."""
        self.logger.error("Something broke on our side", exc_info=exc_info)


def field_length(name):
    """Return how many characters of a form's field are read."""
    return PARAGRAPHS_LENGTH if name in PARAGRAPHS else FIELD_LENGTH


def is_field_name(name):
    """Return whether a form or a query may hold a field of this name."""
    return bool(name) and len(name) <= FIELD_NAME_LENGTH and name.isprintable()


class FormParser(FormDataParser):
    """Werkzeug's form parser, with limits for fields, names and values."""

    def parse(self, stream, mimetype, content_length, options=None):
        """Return (stream, form, files), or raise RequestEntityTooLarge."""
        if mimetype == URL_ENCODED:
            # Werkzeug limits the number of fields, and the bytes of text, of the other type alone.
            body = stream.read()
            if len(body) > FORM_TEXT_BYTES or body.count(b"&") >= FIELDS:
                raise RequestEntityTooLarge
            stream = io.BytesIO(body)
        stream, form, files = super().parse(stream, mimetype, content_length, options)
        for file in files.values():
            file.filename = file.filename and file.filename[-FIELD_NAME_LENGTH:]
        return stream, self.cls(
            (name, value[:field_length(name)]) for name, value in form.items(multi=True)
            if is_field_name(name)), files


class InMemoryRequest(Request):
    """A request whose files stay in memory: nothing unconverted touches the disk.

    id: what its lines in the log have in common, the proxy's own where it gives one.
    """

    form_data_parser_class = FormParser

    def __init__(self, environ, *args, **kwargs):
        """Read the request, but for headers that are too long.

        Invalid UTF-8 in its query becomes U+FFFD.
        """
        headers = [name for name in environ if name.startswith(("HTTP_", "CONTENT_"))]
        for name in headers:
            if len(environ[name]) > HEADER_LENGTH:
                del environ[name]
        super().__init__(environ, *args, **kwargs)
        self.query_string = self.query_string.decode("utf-8", "replace").encode()
        given = self.headers.get("X-Request-ID", "")
        self.id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        self.began = time.monotonic()

    @functools.cached_property
    def args(self):
        """Return the query, its values truncated to FIELD_LENGTH."""
        return ImmutableMultiDict(
            (name, value[:FIELD_LENGTH]) for name, value in super().args.items(multi=True)
            if is_field_name(name))

    @property
    def has_form(self):
        """Return whether the body is a form, or missing."""
        empty = not self.content_length and "Transfer-Encoding" not in self.headers
        return self.mimetype in FORM_TYPES or (empty and not self.mimetype)

    def _get_file_stream(self, *args, **kwargs):
        """Return a buffer for one uploaded file."""
        return io.BytesIO()


class JSONProvider(DefaultJSONProvider):
    """JSON for every document: ids as text, dates in ISO 8601."""

    @staticmethod
    def default(value):
        """Return a plain value for what JSON does not know."""
        if isinstance(value, ObjectId):
            return str(value)
        if isinstance(value, datetime):
            return value.isoformat()
        return DefaultJSONProvider.default(value)


load_dotenv()
if Path("env.py").exists():
    runpy.run_path("env.py")
try:
    SETTINGS = read_settings(os.environ)
    db = connect(SETTINGS)
except SettingError as error:
    stop_start(error)
except (PyMongoError, ValueError, OSError) as error:
    stop_start(f"MONGO_URI or MONGO_DBNAME is wrong: {error}")
if not features.check("webp"):
    # A Pillow built from source without libwebp can write little more than PNG.
    stop_start("this Pillow cannot write WebP. Install the pinned version's own wheel.")

REQUEST_BYTES = SETTINGS["MAX_CONTENT_LENGTH"]

app = Site(__name__)
app.config.from_mapping(SETTINGS)
app.request_class = InMemoryRequest
app.json = JSONProvider(app)
app.jinja_options["trim_blocks"] = app.jinja_options["lstrip_blocks"] = True
if app.config["BEHIND_PROXY"]:
    # Only what the nearest proxy says of where a request came from can be believed.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)
csrf = CSRFProtect(app)
compress = Compress(app)
mail = Mail(app)


@app.before_request
def refuse_script_name():
    """Refuse a SCRIPT_NAME: the site is mounted at the root."""
    if request.environ.get("SCRIPT_NAME"):
        raise SecurityError


@app.before_request
def refuse_foreign_input():
    """Answer 404 to a path that is too long, and 415 to a POST that is no form."""
    if len(request.path) > PATH_LENGTH:
        discard_body()
        abort(404)
    if request.method == "POST" and request.url_rule and not request.has_form:
        abort(415)


# Log #########################################################################
#
# A line of JSON for each request and each event, on standard output. It tells routes, ids
# and numbers: never a path or a query, which hold tokens, nor anything that somebody typed.
# Only a developer's terminal shows more: without a mail server the mails stand between.

ADDRESS = re.compile(r"[^\s@<>(){}'\":;,]+@[^\s@<>(){}'\":;,]+")
REFUSALS = {403: "refused", 429: "limited"}


def read_secrets(settings):
    """Return the keys and passwords of the settings, those inside of addresses too."""
    urls = f"{settings['MONGO_URI']} {settings['CLOUDINARY_URL']}"
    kept = [settings["SECRET_KEY"], settings["MAIL_PASSWORD"]]
    found = filter(None, kept + re.findall(r"//[^:@/\s]*:([^@\s]+)@", urls))
    # A shorter one stands in ordinary words, and its gaps would tell it.
    return [secret for secret in found if len(secret) > 5]


def withhold(text):
    """Return what others say went wrong, without secrets and mail addresses."""
    for secret in read_secrets(SETTINGS):
        text = text.replace(secret, "(secret)")
    return ADDRESS.sub("(address)", text)


class JSONLine(logging.Formatter):
    """A record of the log as one line of JSON."""

    def format(self, record):
        """Return when and how grave it was, in which request, and what."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = getattr(record, "told", None) or {
            "event": "message", "logger": record.name, "message": withhold(record.getMessage())}
        if record.exc_info:
            told |= {"trace": withhold(self.formatException(record.exc_info))}
        line = {"at": moment, "level": record.levelname.lower()} | request_facts() | told
        return json.dumps(line, default=str)


def request_facts():
    """Return which request a line of the log is about; {} outside of any."""
    if not has_request_context():
        return {}
    viewer = g.get("viewer")
    return {"request_id": request.id, "route": request.url_rule and request.url_rule.rule,
            "dreamer_id": viewer and viewer["_id"]}


def log_event(event, **told):
    """Log something that matters to security: ids and numbers, nothing that was typed."""
    app.logger.info(event, extra={"told": {"event": event, "security": True, **told}})


@app.after_request
def log_request(response):
    """Log how a request was answered, and tell its id."""
    if response.status_code in REFUSALS:
        log_event(REFUSALS[response.status_code])
    app.logger.info("request", extra={"told": {
        "event": "request", "method": request.method, "status": response.status_code,
        "ms": round((time.monotonic() - request.began) * 1_000)}})
    response.headers["X-Request-ID"] = request.id
    return response


log_lines = logging.StreamHandler(sys.stdout)
log_lines.setFormatter(JSONLine())
# What other libraries have to say becomes such lines, too.
logging.getLogger().addHandler(log_lines)
app.logger.setLevel(logging.INFO)


# Database ####################################################################
#
# When something was made is told by its _id. Any key but _id may be missing from an old
# document: complete_dream and its kin fill in what pages need.
#
# dreamers  email (folded), password (hash), slug, first_name, last_name, bio, location,
#           picture*, skills and experiences as typed with skills_folded and
#           experiences_folded, interests [topic], role (None, "moderator" or
#           "administrator"), followers (count), reminded (stages need no more mention),
#           sign_ins [{id, at, browser}] (the newest 20), suspended {until (None: for good),
#           reason}, unconfirmed_email (an address that a link was sent to), ends_at (when an
#           account without a confirmed address ends; missing in all others), sign_up_key
# dreams    slug, title, description, topics [slug], dreamer_id, comments_enabled, picture*,
#           followers and comments (counts), recent_comments [_id] (the newest ten, oldest
#           first), score (see trend_score), words (see index_words), edited_at,
#           once (see once_key), hidden*
# comments  dream_id, dreamer_id (None: its author has left), body, likes and dislikes
#           (counts), edited_at, once, hidden* (then it is in none of its dream's counts)
# follows   one an edge: dreamer_id, and dream_id or followed_id
# reactions one a dreamer a comment: dreamer_id, comment_id, dream_id, value
# reports   one a dreamer a thing, gone when a moderator has acted: dreamer_id, kind ("dream"
#           or "comment"), target_id, about_id, dream_id, called (its words when reported),
#           reason
# audit     what moderators did: dreamer_id (None: on the command line), role, act (see ACTS),
#           kind, target_id, about_id, called, reason, days (of a suspension)
# slugs     present slugs and the last old ones: _id (see slug_claim), owner_id (None: gone),
#           given_at (the last time; missing: before such times were written)
# drafts    what somebody wrote that could not be sent yet: _id (a random token), dreamer_id, path,
#           fields [[name, [value]]], is_undo, expires_at
# mails     what is still to be sent: kind, email, dreamer_id (of a link), tries, due_at
# topics    what moderators made of the site's topics: _id (slug), name, offered
# limits    how often something was done: _id (what, by whom, window), count, expireAt
# leftovers names of pictures that may belong to nobody: _id, due_at
#
# picture*  picture (the store's name; missing, None and "" all mean none), picture_alt,
#           picture_width and picture_height in pixels
# hidden*   why a moderator hid it, and hidden_role, the role of who did; missing where everybody
#           sees it. Hidden ones are few, so that indexes leave them to the last step:
#           {"hidden": None} goes with any query
# about_id  whose dream or comment it is ("": of somebody who has left)

RECENT_COMMENTS = 10  # ids kept in a dream: three are shown, the rest replace deleted ones
BATCH = 500  # documents a maintenance command holds at a time
NEWEST_FIRST = [("_id", DESCENDING)]
TRENDING_FIRST = [("score", DESCENDING), ("_id", DESCENDING)]

INDEXES = {
    "dreamers": [
        IndexModel("email", unique=True, sparse=True),
        IndexModel([("unconfirmed_email", ASCENDING), *NEWEST_FIRST],
                   partialFilterExpression={"unconfirmed_email": {"$type": "string"}}),
        IndexModel("sign_up_key", unique=True, sparse=True),
        IndexModel("ends_at", sparse=True),
        IndexModel("slug", unique=True, sparse=True),
        IndexModel("picture", sparse=True),
    ],
    "dreams": [
        IndexModel("slug", unique=True, sparse=True),
        IndexModel([("dreamer_id", ASCENDING), ("once", ASCENDING)], unique=True,
                   partialFilterExpression={"once": {"$type": "string"}}),
        IndexModel([("dreamer_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("topics", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("topics", ASCENDING), *TRENDING_FIRST]),
        IndexModel([("words", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("words", ASCENDING), *TRENDING_FIRST]),
        IndexModel(TRENDING_FIRST),
        IndexModel("picture", sparse=True),
    ],
    "comments": [
        IndexModel([("dream_id", ASCENDING), ("once", ASCENDING)], unique=True,
                   partialFilterExpression={"once": {"$type": "string"}}),
        IndexModel([("dream_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("dreamer_id", ASCENDING), *NEWEST_FIRST]),
    ],
    "follows": [
        # An edge lacks dream_id or followed_id, which counts as null: so one index keeps
        # both kinds of edge unique.
        IndexModel([("dreamer_id", ASCENDING), ("dream_id", ASCENDING),
                    ("followed_id", ASCENDING)], unique=True),
        IndexModel("dream_id"),
        IndexModel("followed_id"),
    ],
    "reactions": [
        IndexModel([("dreamer_id", ASCENDING), ("comment_id", ASCENDING)], unique=True),
        IndexModel("comment_id"),
        IndexModel("dream_id"),
    ],
    "reports": [
        IndexModel([("dreamer_id", ASCENDING), ("target_id", ASCENDING)], unique=True),
        IndexModel([("target_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel("dream_id"),
        IndexModel("about_id"),
    ],
    "audit": [IndexModel("target_id"), IndexModel("about_id", sparse=True)],
    "drafts": [IndexModel("expires_at", expireAfterSeconds=0),
               IndexModel([("dreamer_id", ASCENDING), ("expires_at", DESCENDING)])],
    "mails": [IndexModel("due_at")],
    "slugs": [IndexModel([("owner_id", ASCENDING), ("given_at", DESCENDING)])],
    "limits": [IndexModel("expireAt", expireAfterSeconds=0)],
}

# What an edge needs at its ends: (collection of edges, which edges, key, collection).
ENDS = (
    ("follows", {}, "dreamer_id", "dreamers"),
    ("follows", {}, "followed_id", "dreamers"),
    ("follows", {}, "dream_id", "dreams"),
    ("reactions", {}, "dreamer_id", "dreamers"),
    ("reactions", {}, "comment_id", "comments"),
    ("reports", {}, "dreamer_id", "dreamers"),
    ("reports", {"kind": "dream"}, "target_id", "dreams"),
    ("reports", {"kind": "comment"}, "target_id", "comments"),
)

# What each stored count counts: (collection, count, collection of edges, key, which edges).
COUNTS = (
    ("dreams", "followers", "follows", "dream_id", {}),
    ("dreams", "comments", "comments", "dream_id", {"hidden": None}),
    ("dreamers", "followers", "follows", "followed_id", {}),
    ("comments", "likes", "reactions", "comment_id", {"value": "like"}),
    ("comments", "dislikes", "reactions", "comment_id", {"value": "dislike"}),
)

INDEX_WAIT = 86_400  # seconds that making the indexes of a large database may take
INDEX_PAUSE = 10  # seconds between two tries
indexed = threading.Event()  # set once this process knows that the unique indexes are there
all_indexed = threading.Event()  # set once it knows that all are
index_thread = threading.Lock()  # held while a thread of this process makes indexes


def add_indexes():
    """Make every index that is missing, unique ones first; safe to repeat, and at once.

    The server joins createIndexes of an index that is being built to that build, which goes
    on when the process that began it is gone, but ends with its time limit.
    """
    for is_unique, event in ((True, indexed), (False, all_indexed)):
        for collection, indexes in INDEXES.items():
            wanted = [index for index in indexes if ("unique" in index.document) is is_unique]
            if wanted:
                db[collection].create_indexes(wanted)
        event.set()


def build_indexes():
    """Make the missing indexes, and try again until all are there."""
    with index_thread:
        while not all_indexed.is_set():
            try:
                with pymongo.timeout(INDEX_WAIT):
                    add_indexes()
            except PyMongoError as error:
                app.logger.error("Indexes could not be built, the next try is in %s seconds: %s",
                                 INDEX_PAUSE, first_words(error))
                time.sleep(INDEX_PAUSE)


def start_index_build():
    """Make the missing indexes in the background, unless that is under way."""
    if not index_thread.locked():
        threading.Thread(target=build_indexes, daemon=True).start()


def wait_for_unique_indexes():
    """Return once what decides uniqueness is there, or fail as an unreachable database does."""
    if not indexed.is_set():
        start_index_build()
        if not indexed.wait(DATABASE_WAIT / 1_000):
            raise PyMongoError("The unique indexes are not there yet")


def find_missing_indexes():
    """Return which indexes are missing or being built, as ["dreams.slug_1"].

    No longer asked for once this process knows that all are there.
    """
    missing = []
    for collection, indexes in INDEXES.items() if not all_indexed.is_set() else ():
        built, names = find_built_indexes(collection), [each.document["name"] for each in indexes]
        missing += [f"{collection}.{name}" for name in names if name not in built]
    return missing


def find_built_indexes(collection):
    """Return the names of a collection's indexes that queries can use, as a set."""
    listed = {index["name"] for index in db[collection].list_indexes()}
    # Those being built are listed, too; and statistics of no collection are an error.
    stats = db[collection].aggregate([{"$collStats": {"storageStats": {}}},
                                      {"$project": {"storageStats.indexBuilds": 1}}]
                                     ) if listed else ()
    return listed.difference(*(each["storageStats"].get("indexBuilds", ()) for each in stats))


def prepare_database():
    """Start the index build when a worker starts and send what mail waits, or say what fails."""
    try:
        # The thread would wait for a database that is away, and say nothing.
        if missing := find_missing_indexes():
            app.logger.info("Indexes are being made: %s", ", ".join(missing))
        start_index_build()
        start_mail(0)
    except PyMongoError as error:
        app.logger.error("The database in MONGO_URI cannot be used, and pages answer 503 "
                         "until it can: %s", first_words(error))


def first_words(error):
    """Return what the driver says went wrong, without the timeouts and servers it lists."""
    return str(error).partition(" (configured timeouts")[0][:300]


# Documents ###################################################################

# What a byline shows.
AUTHOR_DEFAULTS = {"_id": None, "slug": "", "first_name": "", "last_name": "", "picture": ""}
AUTHOR_FIELDS = dict.fromkeys((f"author.{name}" for name in AUTHOR_DEFAULTS), 1)
CARD_FIELDS = dict.fromkeys(
    ("slug", "title", "description", "topics", "dreamer_id", "comments_enabled", "followers",
     "comments", "recent_comments", "score", "edited_at", "hidden", "hidden_role", "picture",
     "picture_alt", "picture_width", "picture_height"), 1) | AUTHOR_FIELDS
COMMENT_FIELDS = dict.fromkeys(
    ("dream_id", "dreamer_id", "body", "likes", "dislikes", "edited_at", "hidden",
     "hidden_role"), 1) | AUTHOR_FIELDS
JOIN_AUTHOR = {"$lookup": {"from": "dreamers", "localField": "dreamer_id",
                           "foreignField": "_id", "as": "author"}}

PICTURE_DEFAULTS = {"picture": "", "picture_alt": "", "picture_width": 1200,
                    "picture_height": 900}
DREAMER_DEFAULTS = AUTHOR_DEFAULTS | PICTURE_DEFAULTS | {
    "email": "", "bio": "", "unconfirmed_email": "", "location": "", "role": None, "skills": [],
    "experiences": [], "skills_folded": [], "interests": [], "followers": 0, "reminded": False,
    "suspended": None, "ends_at": None}
DREAM_DEFAULTS = PICTURE_DEFAULTS | {
    "title": "A dream without a title", "description": "", "topics": [], "dreamer_id": None,
    "comments_enabled": True, "followers": 0, "comments": 0, "recent_comments": [],
    "score": None, "edited_at": None, "hidden": None, "hidden_role": None}
COMMENT_DEFAULTS = {"body": "", "likes": 0, "dislikes": 0, "dream_id": None,
                    "dreamer_id": None, "edited_at": None, "hidden": None, "hidden_role": None}


def complete(document, defaults):
    """Return a copy in which every key of ``defaults`` has a value that is not None."""
    return defaults | {key: value for key, value in document.items() if value is not None}


def complete_dreamer(document):
    """Return a dreamer with every key pages need; an empty document is one who left."""
    return complete_name(complete(document, DREAMER_DEFAULTS))


def complete_author(document):
    """Return, of the author that JOIN_AUTHOR put into a document, what a byline shows."""
    found = next(iter(document.get("author") or []), {})
    return complete_name({key: found.get(key) or missing
                          for key, missing in AUTHOR_DEFAULTS.items()})


def complete_name(dreamer):
    """Give a dreamer the name that pages show, and a slug where there is none; return them."""
    if dreamer["_id"]:
        dreamer["slug"] = dreamer["slug"] or str(dreamer["_id"])
    missing = "A dreamer" if dreamer["_id"] else "A former dreamer"
    dreamer["name"] = f"{dreamer['first_name']} {dreamer['last_name']}".strip() or missing
    return dreamer


def complete_dream(document):
    """Return a dream with every key pages need, its author included."""
    return complete(document, DREAM_DEFAULTS) | {
        "slug": document.get("slug") or str(document["_id"]),
        "created_at": document["_id"].generation_time,
        "author": complete_author(document),
    }


def complete_comment(document):
    """Return a comment with every key pages need, its author included."""
    return complete(document, COMMENT_DEFAULTS) | {
        "created_at": document["_id"].generation_time,
        "author": complete_author(document),
    }


def all_of(*queries):
    """Return the query for what meets all of some queries."""
    return {"$and": [query for query in queries if query] or [{}]}


def page_stages(query, order, size):
    """Return the stages that find the first ``size`` documents of a query in an order."""
    return [{"$match": query}, {"$sort": dict(order)}, {"$limit": size}]


def find_joined(collection, query, order, size, fields):
    """Return at most ``size`` documents of a collection, with their authors, in one call."""
    return list(db[collection].aggregate([*page_stages(query, order, size), JOIN_AUTHOR,
                                          {"$project": fields}]))


def find_batches(collection, query, fields):
    """Yield lists of at most BATCH documents, by _id, however many there are."""
    last = {}
    while found := list(db[collection].find(query | last, fields).sort("_id", 1).limit(BATCH)):
        yield found
        last = {"_id": {"$gt": found[-1]["_id"]}}


def parse_id(text):
    """Return the ObjectId written in ``text``, or None where it is none."""
    return ObjectId(text) if isinstance(text, str) and ObjectId.is_valid(text) else None


def read_position(cursor, order):
    """Return the query for what comes after a cursor; {} at the start, 404 if malformed."""
    if not cursor:
        return {}
    score, _, last = cursor.rpartition("_")
    last = parse_id(last) or abort(404)
    if order is not TRENDING_FIRST:
        return {"_id": {"$lt": last}}
    if not score:
        return {"score": None, "_id": {"$lt": last}}
    score = read_score(score)
    # By $or alone a planner may walk the index from its top: what bounds the walk is said apart.
    return {"score": {"$not": {"$gt": score}},
            "$or": [{"score": {"$lt": score}}, {"score": score, "_id": {"$lt": last}},
                    {"score": None}]}


def read_score(text):
    """Return the finite number written in a cursor, or answer 404."""
    try:
        score = float(text)
    except ValueError:
        abort(404)
    return score if math.isfinite(score) else abort(404)


def split_page(found, size, order=NEWEST_FIRST):
    """Return (the first ``size`` of found documents, the cursor of what follows or None)."""
    if len(found) <= size:
        return found, None
    return found[:size], cursor_after(found[size - 1], order)


def cursor_after(document, order):
    """Return the cursor of what comes after a document; read_position reads it."""
    score = "" if document.get("score") is None else document["score"]
    return f"{score}_{document['_id']}" if order is TRENDING_FIRST else str(document["_id"])


# Viewer ######################################################################

MODERATORS = ("moderator", "administrator")
PICTURE_PAGES = ("profile_picture", "dream_picture")  # which alone take large bodies
LARGE_BYTES = 1_000_000  # of any other body, more than all texts of a form
BODY_SECONDS = 30  # until a body must have arrived, and as long as its bytes take at
BODY_RATE = 100_000  # bytes a second
PICTURE_MEMORY = 6 * REQUEST_BYTES  # for the bodies with pictures, in each worker
TURN_WAIT = 15  # seconds
OWN_PICTURE_BUSY = "Your other picture is still uploading. Please send this one when it's done."
uploads = {}  # dreamer id: (size, groups) of the body with a picture that is received or converted
uploads_changed = threading.Condition()  # guards uploads, and is notified when one has ended
VIEWERLESS = ("static", "healthz", "upload", "drawn", "asset")


def find_viewer():
    """Return the dreamer whose sign-in the session holds, or None if it or they have ended."""
    dreamer_id, sign_in = parse_id(session.get("dreamer_id")), session.get("sign_in")
    if not dreamer_id or not sign_in:
        return None
    found = db.dreamers.find_one({"_id": dreamer_id, "sign_ins.id": sign_in})
    return None if found and (suspension(found) or has_ended(found)) else found


def start_body_timer(environ):
    """Start a timer that shuts the socket for reading; gthread has no read timeout."""
    size = min(int(environ["CONTENT_LENGTH"]), REQUEST_BYTES)
    seconds = BODY_SECONDS + size / BODY_RATE
    timer = threading.Timer(seconds, end_reading, [environ.get("gunicorn.socket")])
    timer.daemon = True
    timer.start()
    return timer


def end_reading(connection):
    """Shut a socket down for reading; a response can still be sent."""
    with suppress(OSError):  # closed meanwhile
        if connection:
            socket.socket.shutdown(connection, socket.SHUT_RD)


@app.before_request
def start_body_deadline():
    """Start the deadline of the request body."""
    # Without it Werkzeug raises ClientDisconnected for a truncated body.
    request.environ.pop("wsgi.input_terminated", None)
    if request.content_length:
        g.body_timer = start_body_timer(request.environ)


@app.teardown_request
def end_body_deadline(error):
    """End the timer of a body."""
    if timer := g.pop("body_timer", None):
        timer.cancel()


@app.before_request
def load_viewer():
    """Put the signed-in dreamer, or None, into ``g.viewer``; drop a session that ended.

    ``g.former_id`` is the dreamer whose sign-in ended; ``g.open_reports`` is what the menu of a
    moderator counts.
    """
    g.viewer, g.former_id, g.open_reports = None, None, 0
    if request.endpoint in VIEWERLESS:
        return
    wait_for_unique_indexes()
    if "sign_in" not in session:
        return
    found = find_viewer()
    if found:
        g.viewer = complete_dreamer(found)
        g.open_reports = count_open_reports(g.viewer) if is_moderator(g.viewer) else 0
    else:
        g.former_id = parse_id(session.get("dreamer_id"))
        session.clear()


# Large bodies ################################################################


@app.before_request
def refuse_large_body():
    """Answer 413 before a large body is read, unless it is for a picture of the viewer's.

    And to a chunked one, which no browser sends: it has no Content-Length.
    """
    is_picture, size = request.endpoint in PICTURE_PAGES, request.content_length or 0
    limit = REQUEST_BYTES if g.viewer and is_picture else LARGE_BYTES
    if g.former_id and is_picture and LARGE_BYTES < size <= REQUEST_BYTES:
        discard_body()
        say("You've been signed out. Please sign in and choose your picture again.")
        return redirect(url_for("login", next=request.path), 303)
    if size > limit or "Transfer-Encoding" in request.headers:
        raise RequestEntityTooLarge
    return None


@app.before_request
def acquire_upload_slot():
    """Wait for the viewer's other picture, and for memory, before a picture is read.

    429 after TURN_WAIT.
    """
    if not g.viewer or request.method != "POST" or request.endpoint not in PICTURE_PAGES:
        return
    # A small one counts, too, so that those who wait leave threads for pages.
    viewer_id, size = g.viewer["_id"], max(request.content_length or 0, LARGE_BYTES)
    # One network, and people whose accounts cost nothing yet, leave room for others.
    network = by_network()
    groups = {"everybody": PICTURE_MEMORY, network: PICTURE_MEMORY // 2}
    groups |= {"unconfirmed": PICTURE_MEMORY // 2} if is_unconfirmed(g.viewer) else {}
    with uploads_changed:
        if not uploads_changed.wait_for(lambda: has_upload_slot(viewer_id, size, groups),
                                        TURN_WAIT):
            discard_body()
            abort(429, OWN_PICTURE_BUSY if viewer_id in uploads else PICTURES_BUSY)
        uploads[viewer_id] = size, groups
        g.upload_of = viewer_id


def has_upload_slot(viewer_id, size, groups):
    """Return whether a body with a viewer's picture may be read now.

    groups: {group: how many bytes the bodies of its members may have in all}.
    """
    return viewer_id not in uploads and all(
        size + sum(other for other, others in uploads.values() if group in others) <= most
        for group, most in groups.items())


@app.teardown_request
def release_upload_slot(error):
    """Release the upload slot of this request."""
    if viewer_id := g.pop("upload_of", None):
        with uploads_changed:
            del uploads[viewer_id]
            uploads_changed.notify_all()


# Guards ######################################################################


def is_own_origin(origin):
    """Return whether an Origin header names this site."""
    return origin in (app.config["BASE_URL"], f"{request.scheme}://{request.host}")


@app.before_request
def refuse_forged_post():
    """Refuse a POST from another site, and an action without this session's token.

    A route that also answers GET has a form which checks the token and gives itself back;
    a visitor who is signed out is led to the sign-in by the guard and changes nothing.
    """
    if request.method != "POST":
        return
    # Parsed here, so that a too large form is refused before anything else looks at it.
    _ = request.form
    end_body_deadline(None)
    sender = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin") or "null"
    # Browsers hide the origin as "null" at times: then the token decides.
    is_foreign = origin != "null" and not is_own_origin(origin)
    if sender not in ("same-origin", "none") or is_foreign:
        request.form = MultiDict()  # The error page shows what was typed here, not elsewhere.
        abort(403, "This came from another site, so nothing was changed.")
    if g.viewer and request.url_rule and not has_page():
        csrf.protect()


@app.before_request
def ask_to_confirm():
    """Have somebody unconfirmed confirm their address before others see what they write."""
    asks = request.method == "POST" and request.endpoint in CONFIRMED_ONLY
    if not asks or not is_unconfirmed(g.viewer) or not has_valid_token():
        return None
    kept = add_typed_draft(g.viewer["_id"])
    say("Please confirm your email address first." + " We've kept what you wrote." * bool(kept))
    return redirect(url_for("confirm"), 303)


def has_valid_token():
    """Return whether the posted CSRF token is this session's."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


def login_required(view):
    """Let only signed-in dreamers in; lead others to the sign-in and back."""
    @functools.wraps(view)
    def guarded(*args, **kwargs):
        """Call the view, or keep what was typed and lead to the sign-in."""
        if g.viewer:
            return view(*args, **kwargs)
        return redirect(url_for("login", next=page_to_return_to()), 303)
    guarded.asks_for_sign_in = True
    return guarded


def moderator_required(view):
    """Let only moderators in; 403 for other dreamers, the sign-in for visitors."""
    @login_required
    @functools.wraps(view)
    def guarded(*args, **kwargs):
        """Call the view, or refuse."""
        if is_moderator(g.viewer):
            return view(*args, **kwargs)
        return abort(403, "Only moderators look after this.")
    return guarded


def is_moderator(dreamer):
    """Return whether a dreamer may tidy up what others wrote."""
    return bool(dreamer) and dreamer["role"] in MODERATORS


def suspension(dreamer):
    """Return {until, reason} of a suspension that still holds, else None."""
    told = dreamer.get("suspended")
    over = told and told.get("until") and told["until"] <= datetime.now(UTC)
    return None if over else told


def is_unconfirmed(dreamer):
    """Return whether somebody has an account whose address is not confirmed yet."""
    return bool(dreamer and dreamer.get("ends_at"))


def has_ended(dreamer):
    """Return whether an account was not confirmed in time."""
    return is_unconfirmed(dreamer) and dreamer["ends_at"] <= datetime.now(UTC)


def is_viewer(dreamer_id):
    """Return whether the viewer is this dreamer."""
    return bool(g.viewer) and g.viewer["_id"] == dreamer_id


app.jinja_env.globals.update(is_viewer=is_viewer, is_moderator=is_moderator,
                             is_unconfirmed=is_unconfirmed, suspension=suspension)


@app.template_global()
def looks_after(document, dream=None):
    """Return whether a dream, or a comment on ``dream``, is the viewer's own to delete."""
    return is_viewer(document["dreamer_id"]) or is_viewer((dream or document)["dreamer_id"])


def may_remove(document, dream=None):
    """Return whether the viewer may delete a dream, or a comment on ``dream``."""
    return looks_after(document, dream) or is_moderator(g.viewer)


def may_see(document):
    """Return whether the viewer sees a dream or a comment: a hidden one is for few."""
    return not document["hidden"] or is_viewer(document["dreamer_id"]) or is_moderator(g.viewer)


def may_see_dreamer(dreamer):
    """Return whether the viewer sees a dreamer: somebody unconfirmed is seen by nobody else."""
    return not is_unconfirmed(dreamer) or is_viewer(dreamer["_id"])


def seen_query():
    """Return the query for dreams or comments that the viewer may see, as may_see tells."""
    if is_moderator(g.viewer):
        return {}
    shown = {"hidden": None}
    return {"$or": [shown, {"dreamer_id": g.viewer["_id"]}]} if g.viewer else shown


# Pages and ways back #########################################################

PATH_LENGTH = 1_500  # characters of a path that is led back to
ADDRESSES = 2_000  # of this site, cached in a worker: 12 MB at the worst
own_urls = app.url_map.bind("")  # builds paths outside of any request
WRITTEN = ("title", "description", "body", "bio", "reason")  # what an error page shows to be copied


def page_to_return_to():
    """Return the path that shows, after a sign-in, what this request was about.

    What somebody whose sign-in had ended was writing is kept for them alone, and only if one of
    our own pages sent it: nobody else can write what they will be asked to send.
    """
    own = g.former_id and is_own_origin(request.headers.get("Origin", ""))
    draft = add_typed_draft(g.former_id) if own and request.method == "POST" else None
    if g.former_id:
        say("You've been signed out. Please sign in again."
            + " We've kept what you wrote." * bool(draft))
    return draft_url(draft) if draft else here()


def has_page():
    """Return whether the address of this request also shows a page."""
    return bool(request.url_rule) and "GET" in request.url_rule.methods


def typed_texts():
    """Return the texts that were posted, to be shown on an error page."""
    try:
        form = request.form
    except (ClientDisconnected, RequestEntityTooLarge):
        return []  # The body is too large or cut off.
    return [*filter(None, (clean_text(text) for name in WRITTEN for text in form.getlist(name)))]


def safe_path(path):
    """Return ``path`` when it is one of this site's own, else None."""
    if not path or len(path) > PATH_LENGTH or not re.match(r"/(?![/\\])", path):
        return None
    return None if "\\" in path or any(not character.isprintable() for character in path) else path


@app.template_global("url_for")
@functools.lru_cache(ADDRESSES, typed=True)
def known_url(endpoint, **values):
    """Return an address of this site, as url_for does, cached.

    A page holds hundreds, many of them equal. No request can change them: they are built by an
    adapter of the site's own. Those for other sites are made by ``absolute``.
    """
    return own_urls.build(endpoint, values)


@app.template_global()
def here():
    """Return the path and query of this page, for the ``next`` of its forms.

    A page that answers a POST has no address of its own: it passes on what it got.
    """
    if request.method != "POST":
        return safe_path(request.full_path.rstrip("?")) or url_for("landing")
    own = safe_path(request.path) if has_page() else None
    return safe_path(request.form.get("next")) or own or url_for("dreamscape")


@app.template_global()
def next_page(cursor):
    """Return the address of the page after this one, all other state kept (R43)."""
    query = page_args().to_dict(flat=False) | {"cursor": [cursor]}
    return f"{urlsplit(here()).path}?{urlencode(query, doseq=True)}"


@app.template_global()
def page_args():
    """Return the query of this page, or of the page that an action shows a part of."""
    if request.method != "POST":
        return request.args
    return MultiDict(parse_qsl(urlsplit(here()).query))


def redirect_back(fallback, fragment="", find_changed=None, changed_id=None, opened=None):
    """Lead to ``next``, or to ``fallback``, at an element's id (R44).

    opened: the id of a comment that was folded away and stays open there. JavaScript asks for
    what changed instead (see Fragments): ``find_changed(changed_id)``.
    """
    if find_changed and "X-Fragment" in request.headers:
        return page("fragment.html", **find_changed(changed_id))
    target, _, own_fragment = (safe_path(request.form.get("next")) or fallback).partition("#")
    if opened and opened not in target:
        target += f"{'&' if '?' in target else '?'}open={opened}"
    fragment = fragment or own_fragment
    return redirect(f"{target}#{fragment}" if fragment else target, 303)


def say(text, undo=None):
    """Show a line on the next page, with a button that posts to ``undo`` if given."""
    # One line at most: a cookie above 4,093 bytes vanishes, and the session with it.
    session.pop("_flashes", None)
    flash({"text": text, "undo": undo, "next": here() if undo else None})


def page(template, form=None, **context):
    """Render a page; 422 when its form was refused."""
    refused = form is not None and form.errors
    if refused and "csrf_token" in refused:
        log_event("form_not_ours")
    return render_template(template, form=form, **context), 422 if refused else 200


def abort_gone(what):
    """Answer 404; or, to an action pressed on a page, lead back there and say so (R47).

    Where something was typed the 404 page shows it, so that it is not lost.
    """
    place = request.method == "POST" and safe_path(request.form.get("next"))
    if not place or typed_texts():
        abort(404, f"That {what} is no longer there.")
    say(f"That {what} is no longer there.")
    abort(redirect(place, 303))


def abort_moved(endpoint, slug):
    """Redirect from an old slug to the present one, with the query.

    no-store: after a rename and back, browsers would loop between two cached redirects.
    """
    query = urlencode(request.args.to_dict(flat=False), doseq=True)
    moved = redirect(url_for(endpoint, slug=slug) + ("?" + query if query else ""), 301)
    moved.headers["Cache-Control"] = "no-store"
    abort(moved)


def get_by_slug_or_404(what, find, slug):
    """Return the dream or dreamer of a slug; an old slug leads to the new one.

    what: "dream" or "dreamer"; find: what returns one complete document for a query.
    """
    found = find({"slug": slug})
    if not found and (owner_id := find_slug_owner(f"{what}s", slug)):
        found = find({"_id": owner_id})
    if not found:
        abort_gone(what)
    if request.method != "POST" and found["slug"] != slug:
        abort_moved(request.endpoint, found["slug"])
    return found


# Drafts ######################################################################
#
# What somebody wrote when their sign-in had ended, before their address was confirmed, or in a
# comment they deleted (is_undo). Only the fields of DRAFT_FIELDS, and only for their author.

DREAM_FIELDS = ("title", "description", "topics", "comments_enabled")
DRAFT_FIELDS = {  # endpoint: the fields of its form that are kept
    "dreambuilder": DREAM_FIELDS, "dream_edit": DREAM_FIELDS,
    "comment_add": ("body", "next"), "comment_edit": ("body", "next"),
    "dream_report": ("reason", "next"), "comment_report": ("reason", "next"),
    "profile_about": ("bio", "location"), "profile_skills": ("skills", "experiences"),
    "profile_interests": ("interests",),
}
# What others would see, so that it asks for a confirmed address.
CONFIRMED_ONLY = ("dreambuilder", "dream_edit", "comment_add", "comment_edit", "dream_report",
                  "comment_report", "comment_reaction")
DRAFT_LIFE = timedelta(days=3)  # as long as a link that confirms an address
DRAFT_BYTES = 20_000
DRAFTS_KEPT = 10  # of one person
DRAFTS_MOST = 10_000  # of all: 200 MB at the worst


def typed_fields():
    """Return the posted fields that a draft keeps, {name: [values]}; {} if all are empty."""
    fields = {name: [clean_text(value) for value in request.form.getlist(name)]
              for name in DRAFT_FIELDS.get(request.endpoint, ()) if name in request.form}
    typed = fields.keys() - {"next", "comments_enabled"}
    return fields if any(value for name in typed for value in fields[name]) else {}


def add_typed_draft(dreamer_id):
    """Store what was posted as a draft of a dreamer; return it, None where nothing is kept.

    Answers 422 to what is too large, and 429 to too many drafts, with what was typed.
    """
    fields = typed_fields()
    if not fields:
        return None
    if sum(len(value.encode()) for values in fields.values() for value in values) > DRAFT_BYTES:
        abort(422, "That's too long for us to save. Please copy it from here.")
    add_request(("draft", "draft from a network"))
    return add_draft(dreamer_id, request.path, fields) or abort(429)


def add_draft(dreamer_id, path, fields, is_undo=False):
    """Store a form's fields as a dreamer's draft; return it, None if there are too many."""
    if db.drafts.estimated_document_count() >= DRAFTS_MOST:
        return None
    draft = {"_id": secrets.token_urlsafe(16), "dreamer_id": dreamer_id, "path": path,
             "fields": [[name, values] for name, values in fields.items()],
             "is_undo": is_undo, "expires_at": datetime.now(UTC) + DRAFT_LIFE}
    db.drafts.insert_one(draft)
    remove_old_drafts(dreamer_id)
    return draft


def remove_old_drafts(dreamer_id):
    """Delete a dreamer's drafts but the newest DRAFTS_KEPT."""
    kept = db.drafts.find({"dreamer_id": dreamer_id}, {"_id": 1}).sort(
        "expires_at", DESCENDING).limit(2 * DRAFTS_KEPT)
    db.drafts.delete_many({"_id": {"$in": [draft["_id"] for draft in kept][DRAFTS_KEPT:]}})


def complete_draft(draft):
    """Return a draft with its fields as a MultiDict."""
    return draft | {"fields": MultiDict(dict(draft["fields"]))}


def find_draft(token, path=None):
    """Return the viewer's own draft, or None; for ``path`` if given."""
    found = g.viewer and db.drafts.find_one({"_id": token, "dreamer_id": g.viewer["_id"]})
    return complete_draft(found) if found and path in (None, found["path"]) else None


@app.after_request
def remove_sent_draft(response):
    """Delete the draft that the address of an accepted form names."""
    token = request.args.get("draft")
    if request.method == "POST" and token and g.get("viewer") and response.status_code < 400:
        remove_draft(g.viewer, token)
    return response


def draft_url(draft):
    """Return the page that shows a draft: its form's own, or one for a form without a page."""
    with suppress(MethodNotAllowed, NotFound):
        own_urls.match(draft["path"], "GET")
        return f"{draft['path']}?draft={draft['_id']}"
    return url_for("draft_show", token=draft["_id"])


def find_draft_dream(draft):
    """Return the dream that a draft of a comment is about; None if it is gone."""
    try:
        endpoint, values = own_urls.match(draft["path"], "POST")
    except NotFound:
        return None  # an older version of the site had the path
    if endpoint == "comment_add":
        return find_seen_dream({"slug": values["slug"]})
    comment = db.comments.find_one({"_id": parse_id(values.get("comment_id"))}) or {}
    return find_seen_dream({"_id": comment.get("dream_id")})


@app.template_global()
def find_drafts(path=None):
    """Return the viewer's unsent drafts, newest first; those for one path if given."""
    query = {"dreamer_id": g.viewer["_id"], "is_undo": False} | ({"path": path} if path else {})
    found = db.drafts.find(query).sort("expires_at", DESCENDING).limit(DRAFTS_KEPT)
    return [complete_draft(draft) | {"url": draft_url(draft)} for draft in found]


def remove_draft(dreamer, token):
    """Delete a draft of a dreamer's; return how many there were."""
    return db.drafts.delete_one({"_id": token, "dreamer_id": dreamer["_id"]}).deleted_count


@app.get("/drafts")
@login_required
def draft_list():
    """Show what the viewer wrote and has not sent."""
    return page("draft/list.html", drafts=find_drafts())


@app.post("/drafts/<token>/delete")
@login_required
def draft_delete(token):
    """Discard a draft."""
    if not remove_draft(g.viewer, token):
        abort_gone("draft")
    say("Draft discarded.")
    return redirect(url_for("draft_list"), 303)


@app.get("/drafts/<token>")
@login_required
def draft_show(token):
    """Show a comment that was not sent, ready to be sent to the dream it is about."""
    draft = find_draft(token) or abort(404)
    return page("draft/show.html", draft=draft, dream=find_draft_dream(draft))


# Limits ######################################################################
#
# Fixed-window counters in the database, shared by all workers; incremented before the view runs,
# so that of many requests at once no more pass than a row allows, and decremented after it where
# its outcome does not count.


class Limit(NamedTuple):
    """How often something may be done.

    keyed_by: by whom it is counted, a key of LIMIT_KEYS. counts: which answers count, a key of
    COUNTED. exempts_first: whether the first request in the window of the row before passes
    all the same.
    """

    rate: RateLimitItem
    keyed_by: str
    counts: str = "all"
    exempts_first: bool = False


# Guesses from many networks do not lock an account's owner out: from a network
# that has not guessed, one try is answered however many there were elsewhere.
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
    "milliseconds of conversions": Limit(parse_rate("60000 per 15 minutes"), "viewer"),
    "dream": Limit(parse_rate("60 per 15 minutes"), "viewer"),
    "comment": Limit(parse_rate("120 per 15 minutes"), "viewer"),
    "follow": Limit(parse_rate("300 per 15 minutes"), "viewer"),
    "reaction": Limit(parse_rate("300 per 15 minutes"), "viewer"),
    "export": Limit(parse_rate("3 per 1 hour"), "viewer", "accepted"),
    "new name": Limit(parse_rate("5 per 1 day"), "viewer"),
    "new title of a dream": Limit(parse_rate("5 per 1 day"), "viewer"),
    "report": Limit(parse_rate("30 per 15 minutes"), "viewer"),
}
COUNTED = {  # which statuses count; None when the view raised
    "all": lambda status: True, "refused": lambda status: status == 422,
    "accepted": lambda status: status not in (None, 422)}


def by_network(ipv4=32, ipv6=64):
    """Return the network a request comes from: an IPv4 address or an IPv6 /64.

    ipv4, ipv6: lengths of the prefixes; a /64 is one home.
    """
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(IPv4Network((int(address), ipv4), strict=False)).removesuffix("/32")
    return str(IPv6Network((int(address), ipv6), strict=False))


def by_wide_network():
    """Return the wide network of a request: an IPv4 /24 or an IPv6 /48."""
    return by_network(24, 48)


def by_viewer():
    """Return who is signed in, or was when the sign-in ended, or a visitor's network."""
    dreamer_id = g.viewer["_id"] if g.viewer else g.former_id
    return str(dreamer_id) if dreamer_id else by_network()


def account_key(address):
    """Return an HMAC of an address, folded as accounts are found by it."""
    folded_address = fold_known_email(clean_line(address)) or ""
    return hmac.digest(derived_key("limits"), folded_address.encode(), "sha256").hex()


def by_account():
    """Return the key of the posted address."""
    return account_key(request.form.get("email", ""))


LIMIT_KEYS = {"network": by_network, "viewer": by_viewer, "account": by_account,
              "account and network": lambda: f"{by_account()} {by_network()}",
              "account and wide network": lambda: f"{by_account()} {by_wide_network()}"}


def limit_window(what):
    """Return (number, end) of the present window of a row of LIMITS."""
    length = LIMITS[what].rate.get_expiry()
    window = int(time.time() // length)
    return window, datetime.fromtimestamp((window + 1) * length, UTC)


def add_use(what, key, amount=1):
    """Add uses by a row of LIMITS to the counter of its window; return (counter's id, count).

    (None, 0) where limits are off.
    """
    if not app.config["RATELIMIT_ENABLED"]:
        return None, 0
    window, ends_at = limit_window(what)
    same = {"_id": f"{what} {key} {window}"}
    change = {"$inc": {"count": amount}, "$setOnInsert": {"expireAt": ends_at}}
    try:
        counter = db.limits.find_one_and_update(same, change, upsert=True,
                                                return_document=ReturnDocument.AFTER)
    except DuplicateKeyError:
        return add_use(what, key, amount)  # another request has just inserted it
    # The embedded server may return nothing of an upsert that it has carried out.
    counter = counter or db.limits.find_one(same) or {"count": amount}
    return same["_id"], counter["count"]


def add_use_if_left(what, key):
    """Add a use by a row of LIMITS; False, and none is added, if its window has enough."""
    counter_id, count = add_use(what, key)
    if count <= LIMITS[what].rate.amount:
        return True
    remove_uses([counter_id])
    return False


def remove_uses(counter_ids):
    """Take one use from each of some counters, in whose windows they were added."""
    if counter_ids:
        db.limits.update_many({"_id": {"$in": counter_ids}}, {"$inc": {"count": -1}})


def refuse_too_many(what):
    """Answer 429, and say when it works again."""
    seconds = max(1, math.ceil((limit_window(what)[1] - datetime.now(UTC)).total_seconds()))
    wait = counted(math.ceil(seconds / 60), "minute")
    raise TooManyRequests(f"{SENTENCES[429]} It works again within {wait}.", retry_after=seconds)


def add_request(whats):
    """Count this request by rows of LIMITS; return {row: counter's id}, or answer 429."""
    counters, count = {}, 0
    for what in whats if app.config["RATELIMIT_ENABLED"] else ():
        is_first, limit = count == 1, LIMITS[what]
        counters[what], count = add_use(what, LIMIT_KEYS[limit.keyed_by]())
        if count > limit.rate.amount and not (limit.exempts_first and is_first):
            remove_uses([*counters.values()])
            refuse_too_many(what)
    return counters


def remove_uncounted(counters, status):
    """Take back the uses for which a status does not count; what was done stays done."""
    with suppress(PyMongoError):
        remove_uses([counter_id for what, counter_id in counters.items()
                     if not COUNTED[LIMITS[what].counts](status)])


def limited(*whats):
    """Return a decorator: a view's POSTs are counted by rows of LIMITS before it runs."""
    def decorate(view):
        """Wrap the view."""
        @functools.wraps(view)
        def guarded(*args, **kwargs):
            """Count the request, call the view, and take back what its status does not count."""
            if request.method != "POST":
                return view(*args, **kwargs)
            counters, status = add_request(whats), None
            try:
                response = app.make_response(view(*args, **kwargs))
                status = response.status_code
            finally:
                remove_uncounted(counters, status)
            return response
        guarded.limits = whats
        return guarded
    return decorate


# Words and time ##############################################################

PREFIX_LENGTH = 15  # characters of a word that searching compares
SEARCH_WORDS = 8  # words of a query that count
LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029]")
CONTROLS = regex.compile(r"[[\p{Cc}\p{Cs}]--[\n\t]]", regex.V1)
VISIBLE = regex.compile(r"[^\p{Z}\p{C}]")
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
# What is often left out: accents, and the vowel signs of Hebrew and Arabic.
ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
# Scripts that set no spaces between words.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
LETTERS = r"\p{L}\p{M}\p{N}"
WORDS = regex.compile(
    rf"[{UNSPACED}][{UNSPACED}\p{{M}}]*|[[{LETTERS}]--[{UNSPACED}]]+[+#]*", regex.V1)
STARTS_UNSPACED = regex.compile(rf"[{UNSPACED}]", regex.V1)
ADDRESS_SIGNS = re.compile(r"\S\.\S|://|@")  # one of these is in whatever urlize makes a link
AGES = ((31_536_000, "year"), (2_592_000, "month"), (604_800, "week"), (86_400, "day"),
        (3_600, "hour"), (60, "minute"))  # seconds


def clean_text(text):
    """Return typed text without control characters, its line ends as newlines, stripped.

    Anything that is not text, as a file sent under a text field's name, becomes "".
    """
    if not isinstance(text, str):
        return None if text is None else ""
    text = CONTROLS.sub("", LINE_ENDS.sub("\n", text)).strip()
    # What consists of blanks and invisible characters alone says nothing.
    return text if VISIBLE.search(text) else ""


def clean_line(text):
    """Return clean_text on one line, without marks that turn the writing direction."""
    text = clean_text(text)
    return text and " ".join(BIDI_CONTROLS.sub("", text).split())


def fold(text):
    """Return the form of a term in which equal terms are equal (R24)."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words_of(text):
    """Return the words of a text, folded and without accents, in their order.

    Where a script sets no spaces every character begins a word of two characters.
    """
    folded = unicodedata.normalize("NFKD", fold(text))
    bare = unicodedata.normalize("NFC", ACCENTS.sub("", folded))
    words = []
    for run in WORDS.findall(bare):
        pairs = (run[i:i + 2] for i in range(len(run)))
        words.extend(pairs if STARTS_UNSPACED.match(run) else [run])
    return words


def index_words(text, mark=""):
    """Return what a search finds a text by: the beginnings of each word, and "word." whole.

    ``mark`` goes before each one: names are kept as "@name" beside the other words of a
    dream, so that a new name can replace the old one.
    """
    words = set(words_of(text))
    starts = {word[:size] for word in words for size in range(1, min(len(word), PREFIX_LENGTH) + 1)}
    return sorted(f"{mark}{token}" for token in starts | {f"{word}." for word in words})


def dream_words(dream, author_name):
    """Return a dream's words: title, description, topics and its dreamer's name."""
    topics = [topic_name(topic) for topic in dream["topics"]]
    text = " ".join([dream["title"], dream["description"], *topics])
    return index_words(text) + index_words(author_name, "@")


def longest_first(words):
    """Return words, those first that are likely the rarest: long ones, as Zipf found."""
    return sorted(words, key=len, reverse=True)


def search_conditions(text):
    """Return a condition for each word of ``text``, which a dream holds whole or begins with."""
    starts = [word[:PREFIX_LENGTH] for word in words_of(text)[:SEARCH_WORDS]]
    return [{"words": {"$in": [start, f"@{start}"]}} for start in longest_first(starts) or [""]]


def skill_words(skill):
    """Return the words that a dream holds which asks for a skill; [] for one without words."""
    # The last character of an unspaced run stands alone only where a run of the dream ends.
    words = [word for word in words_of(skill) if len(word) > 1 or not STARTS_UNSPACED.match(word)]
    return [f"{word}." for word in longest_first(words)]


def once_key(*parts):
    """Return the key under which a unique index takes the same text only once (R46)."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def indexed_text(value):
    """Return the condition for a text that lets an index of texts alone serve it."""
    return {"$eq": value, "$type": "string"}


@app.template_filter()
def ago(moment):
    """Return how long ago a moment was, in words: "3 hours ago"."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    for length, unit in AGES:
        if count := int(seconds // length) if seconds >= length else 0:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


@app.template_filter()
def paragraphs(text):
    """Return the paragraphs of a text: what stands between blank lines."""
    return [part for part in re.split(r"\n\s*\n", text) if part.strip()]


@app.template_test("addressed")
def may_hold_address(text):
    """Return whether a text is worth looking for addresses, which takes long (see linked)."""
    return bool(ADDRESS_SIGNS.search(text))


@app.template_filter()
def quoted(text):
    """Return a text in quotes, isolated: whatever its script, it turns nothing around it."""
    return f"“\u2068{text}\u2069”"


@app.template_filter()
def counted(count, noun):
    """Return a count with its noun: "1 comment", "2 comments"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


# Slugs #######################################################################

SLUG_LENGTH = 60  # characters
OLD_SLUGS = 20  # of a document that lead to it; older ones are free again


def slug_candidates(text, fallback):
    """Yield slugs made from ``text``: plain, then numbered, then with a random end."""
    base = slugify(text, max_length=SLUG_LENGTH, word_boundary=True) or fallback
    yield base
    yield from (f"{base}-{number}" for number in range(2, 10))
    yield from (f"{base}-{secrets.randbelow(9_000) + 1_000}" for _ in range(5))
    yield f"{base}-{secrets.token_hex(8)}"


def slug_claim(collection, slug):
    """Return the id under which a slug is taken; it tells no name of one who has left."""
    return hashlib.sha256(f"{collection}/{slug}".encode()).hexdigest()


def add_slug(collection, owner_id, text):
    """Give a document the first free slug made from ``text``, or its own again; return it."""
    for slug in slug_candidates(text, collection[:-1]):
        claim = {"_id": slug_claim(collection, slug), "owner_id": owner_id}
        given = {"given_at": datetime.now(UTC)}
        try:
            db.slugs.insert_one(claim | given)
        except DuplicateKeyError:
            if not db.slugs.update_one(claim, {"$set": given}).matched_count:
                continue
        return slug
    raise RuntimeError("a random slug of 64 bits was taken")


def set_slug(collection, document, text):
    """Give a document the slug made from ``text``; the last OLD_SLUGS keep leading to it."""
    slug = add_slug(collection, document["_id"], text)
    try:
        db[collection].update_one({"_id": document["_id"]}, {"$set": {"slug": slug}})
    except DuplicateKeyError:
        # Only a document put in by other hands can hold a slug that was never given.
        slug = add_slug(collection, document["_id"], f"{text} {secrets.token_hex(8)}")
        db[collection].update_one({"_id": document["_id"]}, {"$set": {"slug": slug}})
    remove_oldest_slugs(document["_id"], slug_claim(collection, slug))
    return slug


def remove_oldest_slugs(owner_id, present):
    """Free the slugs of a document but for its present claim and the OLD_SLUGS given last."""
    old = {"owner_id": owner_id, "_id": {"$ne": present}}
    newest = db.slugs.find(old, {"_id": 1}).sort("given_at", DESCENDING).limit(OLD_SLUGS + BATCH)
    if ids := [claim["_id"] for claim in newest][OLD_SLUGS:]:
        db.slugs.delete_many({"_id": {"$in": ids}, "owner_id": owner_id})


def find_slug_owner(collection, slug):
    """Return the id of the document that once had a slug, or whose id it is; else None."""
    claim = db.slugs.find_one({"_id": slug_claim(collection, slug)})
    return claim.get("owner_id") if claim else parse_id(slug)


def remove_slugs(document):
    """Part a document from its slugs; who comes later gets none of them (R31)."""
    db.slugs.update_many({"owner_id": document["_id"]}, {"$set": {"owner_id": None}})


# Topics ######################################################################

TOPICS = {
    "adventure": "Adventure", "arts": "Arts and crafts", "community": "Community",
    "family": "Family and friends", "health": "Health", "home": "Home and garden",
    "learning": "Learning", "music": "Music", "nature": "Nature and animals",
    "sport": "Sport", "technology": "Technology", "travel": "Travel", "work": "Work and business",
    "writing": "Writing",
}
TOPICS_MOST = 100
TOPICS_LIFE = 60  # seconds after which a worker looks for what another has changed
TOPIC_DEFAULTS = {"name": "A topic", "offered": True}
OWN_TOPICS = {slug: {"name": name, "offered": True} for slug, name in TOPICS.items()}
topics_kept = {"until": 0.0, "topics": OWN_TOPICS}  # what find_topics knows, until when


def find_topics(now=False):
    """Return {slug: {name, offered}} of all topics, as they are now or were a minute ago."""
    if now or time.monotonic() > topics_kept["until"]:
        changed = {topic["_id"]: complete(topic, TOPIC_DEFAULTS)
                   for topic in db.topics.find(limit=TOPICS_MOST)}
        topics_kept.update(until=time.monotonic() + TOPICS_LIFE, topics=OWN_TOPICS | changed)
    return topics_kept["topics"]


@app.template_global()
def offered_topics():
    """Return {slug: name} of the topics that people may choose."""
    return {slug: topic["name"] for slug, topic in find_topics().items() if topic["offered"]}


@app.template_test("known_topic")
def is_topic(slug):
    """Return whether this is or was one of the site's topics."""
    return slug in find_topics()


@app.template_filter()
def topic_name(slug):
    """Return what a topic is called; a slug that is none is called by itself."""
    return find_topics().get(slug, {"name": slug})["name"]


# Forms #######################################################################

NAME_LENGTH = 50  # characters
EMAIL_LENGTH = 254  # characters, as SMTP allows
TERM_LENGTH = 60  # characters of a skill or an experience
TERMS = 30  # skills, and experiences, of one dreamer
FALSE_VALUES = ("", "0", "false", "off", "no")
INVISIBLE = regex.compile(r"[\p{Cf}\p{Default_Ignorable_Code_Point}]")
# With a dot inside, names are initials or short titles before a capital: "J.Smith", "St.John",
# "Dr.No"; or as short in a script that has no capitals.
WEB_ADDRESS = regex.compile(r"""
    @ | :// | [^\s.]\.\w\S*/ | \b(?i:www)[.。] | \S。\S
    | (?:[\p{L}\p{N}-]\p{M}*){4,}(?:\.\w+)*\.\w{2}      # Evil.Com
    | [^\s.]\.(?:[\p{Ll}-][\w-]|\p{N})                 # x.com, 10.0.0.1
    | \.(?i:com|info|net|org)\b                         # X.Com
    """, regex.VERBOSE)


class Form(FlaskForm):
    """A form of this site: takes up what was typed before a sign-in (R29), or deleted."""

    def __init__(self, **kwargs):
        """Fill the form from what was posted, or from the draft the address names.

        As ``draft`` it is shown, as ``undo`` it is sent again by one press.
        """
        if token := request.args.get("undo" if request.method == "POST" else "draft"):
            draft = find_draft(token, request.path)
            kwargs |= {"formdata": draft["fields"]} if draft else {}
        super().__init__(**kwargs)

    def fields(self, *names):
        """Return {name: data} of some fields, with "" for what was left out."""
        return {name: "" if self[name].data is None else self[name].data for name in names}


class Filled:
    """A validator that refuses an empty field, with a sentence of the form's own."""

    def __init__(self, message):
        """Keep the sentence, and have browsers ask for the field too."""
        self.message, self.field_flags = message, {"required": True}

    def __call__(self, form, field):
        """Stop at an empty field: other messages would only repeat it."""
        if not field.data:
            raise StopValidation(self.message)


class StopLength(Length):
    """WTForms' Length, but it stops the validation chain."""

    def __call__(self, form, field):
        """Stop at a wrong length, and at a text that was cut as it came in."""
        cut = [text for text in field.raw_data or [] if is_cut(field.name, text)]
        if cut or not max(0, self.min) <= len(field.data or "") <= self.max:
            raise StopValidation(self.message)


def is_cut(name, text):
    """Return whether a field's text was truncated as it came in."""
    return isinstance(text, str) and len(text) >= field_length(name)


def limits(required, size, *more):
    """Return the validators of a text field: what it says when empty, its length, and more."""
    too_long = f"Please use at most {size:,} characters."
    return [*([Filled(required)] if required else []), StopLength(max=size, message=too_long),
            *more]


def line(label, size, required=None, hint="", validators=(), **render):
    """Return a field for one line of text; ``required`` is what it says when empty."""
    return StringField(label, limits(required, size, *validators), filters=[clean_line],
                       description=hint, render_kw=render)


def text(label, size, required=None, hint="", **render):
    """Return a field for paragraphs of text; ``required`` is what it says when empty."""
    return TextAreaField(label, limits(required, size), filters=[clean_text], description=hint,
                         render_kw={"rows": 6, "data-js": "grow count"} | render)


def fold_typed(address):
    """Normalise an address for comparison: NFKC, stripped, lower case.

    Not by casefold(): faß.de and fass.de are two domains by IDNA 2008.
    """
    return unicodedata.normalize("NFKC", address).strip().lower()


def parse_email(address):
    """Return email-validator's result for an address; EmailNotValidError if it is none."""
    # Whether a domain takes mail is for the mail to find out; .test is for trying things.
    return validate_email(address, check_deliverability=False, test_environment=True)


def fold_email(address):
    """Return the form of an address in which equal addresses are equal; ValueError if none."""
    return parse_email(fold_typed(address)).normalized


def smtp_address(address):
    """Return a folded address as SMTP takes it, its domain in Punycode; UnicodeError if none.

    Flask-Mail would encode the domain by IDNA 2003, and send to another one.
    """
    try:
        ascii_email = parse_email(address).ascii_email
    except EmailNotValidError as error:
        raise UnicodeError("not a mail address") from error
    if not ascii_email:
        raise UnicodeError("letters before the @ that need SMTPUTF8")
    return ascii_email


def valid_email(form, field):
    """Refuse what cannot be a mail address, or is one we cannot send to, and say why."""
    try:
        ascii_email = parse_email(fold_typed(field.data)).ascii_email
    except EmailNotValidError as error:
        raise ValidationError(f"This is not a mail address. {error}") from error
    if not ascii_email:
        raise ValidationError("We can't send email to addresses with letters like “é” before the "
                              "@. Please give another one.")


def email_field():
    """Return a field for a mail address."""
    return StringField("Email", limits("Please give your mail address.", EMAIL_LENGTH,
                                       valid_email), filters=[clean_line],
                       render_kw={"type": "email", "autocomplete": "email"})


def no_web_address(form, field):
    """Refuse a name that mail programs may show as a link."""
    name = INVISIBLE.sub("", unicodedata.normalize("NFKC", field.data))
    if WEB_ADDRESS.search(name):
        raise ValidationError("Names can't contain web addresses.")


class TermsField(Field):
    """Terms in a dreamer's own words, one an input; inputs left empty do not count."""

    def process_formdata(self, valuelist):
        """Take the terms as typed, their blanks squeezed."""
        told = islice(filter(None, valuelist), 10 * TERMS)
        self.data = [clean_line(value) for value in told]

    def pre_validate(self, form):
        """Refuse blank, repeated, overlong and too many terms, naming each one."""
        short = [term for term in self.data if len(term) <= TERM_LENGTH]
        counts = Counter(map(fold, short))
        problems = {f"{quoted(term)} is in the list more than once."
                    for term in short if term and counts[fold(term)] > 1}
        problems |= {f"{quoted(term[:20] + '…')} is longer than {TERM_LENGTH} characters."
                     for term in self.data if len(term) > TERM_LENGTH}
        cut = [value for value in self.raw_data or [] if is_cut(self.name, value)]
        problems |= {f"Please use at most {TERM_LENGTH} characters an item."} if cut else set()
        problems |= {"One of the items is blank."} if "" in self.data else set()
        problems |= {f"Please list at most {TERMS}."} if len(self.data) > TERMS else set()
        if problems:
            raise StopValidation(" ".join(sorted(problems)))


class TopicsField(SelectMultipleField):
    """Topics to tick, each counted once."""

    def __init__(self, label, least, most, **kwargs):
        """Allow ``least`` to ``most`` topics."""
        super().__init__(label, coerce=clean_line,
                         choices=[SelectChoice(*topic) for topic in offered_topics().items()],
                         filters=[lambda slugs: list(dict.fromkeys(slugs or []))], **kwargs)
        self.least, self.most = least, most

    def pre_validate(self, form):
        """Refuse unknown topics, too few and too many."""
        super().pre_validate(form)
        if not self.least <= len(self.data) <= self.most:
            raise StopValidation(f"Please choose {self.least} to {self.most} topics.")


class Switch(BooleanField):
    """A box to tick beside a hidden "0", so that unticked differs from not sent at all."""

    def __init__(self, label, unsent, **kwargs):
        """Mean ``unsent`` when the form holds neither the box nor the hidden field."""
        super().__init__(label, **kwargs)
        self.unsent = unsent

    def process_formdata(self, valuelist):
        """Be on when any value says so."""
        sent = [value not in FALSE_VALUES for value in valuelist]
        self.data = any(sent) if sent else self.unsent


@app.template_global()
def described(field, name):
    """Return the attributes that tie a control to its hint and its errors."""
    shown = {"hint": field.description, "error": field.errors}
    texts = [f"{name}-{kind}" for kind in shown if shown[kind]]
    invalid = {"aria-invalid": "true"} if field.errors else {}
    return invalid | ({"aria-describedby": " ".join(texts)} if texts else {})


@app.template_global()
def form_key():
    """Return the one-time key of the forms of this page; the first follows from the sign-in."""
    return session.get("once") or once_key(session.get("sign_in", ""))


def renew_once():
    """Have the forms of the next pages carry another one-time key.

    It changes when something was made, not with each page: so two tabs share it, a form sent
    again has the old one, and later the same words are something new.
    """
    session["once"] = secrets.token_urlsafe(8)


# Converting pictures #########################################################

FORM_BYTES = 5_000  # of a request that brings a picture, for all else in it
PICTURE_WAIT = 15  # seconds a picture waits for those before it
PICTURE_TIME = 12  # seconds until its process is ended, even if it never gets to work
PICTURES_BUSY = ("Many pictures are arriving just now. Nothing else is lost: please send yours "
                 "again in a minute.")
TOO_MANY_CONVERSIONS = ("You've sent a lot of large pictures. Please try this one again in 15 "
                        "minutes.")
conversion_turns = threading.BoundedSemaphore(1)  # of this worker


class PictureError(ValueError):
    """A picture that is refused, with a sentence for the person."""


def convert_picture(data, filename, dreamer_id):
    """Return what is stored of a dreamer's picture, as pictures.versions does.

    A process of its own runs pictures.py, and its time is counted. Raises PictureError.
    """
    refuse_too_many_conversions(dreamer_id)
    with conversion_turn():
        began = time.monotonic()
        code, answer = run_pictures(data)
        milliseconds = round((time.monotonic() - began) * 1_000)
    add_use("milliseconds of conversions", str(dreamer_id), milliseconds)
    if code:
        words = answer.decode() if code == pictures.REFUSED else pictures.DAMAGED
        raise PictureError(f"{quoted(clean_line(filename)[:80])} {words}")
    return read_versions(answer)


def read_versions(answer):
    """Return what pictures.versions does from the output of pictures.py."""
    numbers, _, webps = answer.partition(b"\n")
    width, height, *sizes = map(int, numbers.split())
    ends = accumulate(sizes)
    whole, *smaller = [webps[end - size:end] for size, end in zip(sizes, ends, strict=True)]
    return whole, width, height, smaller


def refuse_too_many_conversions(dreamer_id):
    """Raise PictureError when a dreamer's pictures took as much time as their limit allows."""
    what = "milliseconds of conversions"
    if add_use(what, str(dreamer_id), 0)[1] >= LIMITS[what].rate.amount:
        raise PictureError(TOO_MANY_CONVERSIONS)


def run_pictures(data):
    """Return (exit code, output) of the process that converts a picture."""
    try:
        ended = subprocess.run(  # nosec B603  # people send what it reads, never what it runs
            [sys.executable, pictures.__file__], input=data, check=False, capture_output=True,
            timeout=PICTURE_TIME)
    except (OSError, subprocess.TimeoutExpired) as error:
        app.logger.warning("A picture was given up: %s", error)
        return -1, b""
    if ended.stderr:
        app.logger.warning("A picture broke its process: %s", ended.stderr[-300:])
    return ended.returncode, ended.stdout


@contextmanager
def conversion_turn():
    """Wait until no other picture is converted on this machine; raise PictureError at last.

    Two workers and one such process fit into 512 MB; one for each worker would not. One thread
    of each worker waits for the lock, so workers take turns, and it gets it in finite time.
    """
    if not conversion_turns.acquire(timeout=PICTURE_WAIT):
        raise PictureError(PICTURES_BUSY)
    try:
        with machine_lock("all"):
            yield
    finally:
        conversion_turns.release()


@contextmanager
def machine_lock(name):
    """Hold a file lock shared by all workers of this machine; wait without a timeout."""
    with app.config["PICTURE_LOCK"].with_suffix(f".{name}").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def picture_name():
    """Return a random name for a picture."""
    return secrets.token_hex(16)


# Picture store ###############################################################

STORE_WAIT = 10  # seconds for Cloudinary to answer
LEFTOVER_AGE = timedelta(hours=1)  # after that no upload is still under way
store_calls = ThreadPoolExecutor(max_workers=16, thread_name_prefix="store")


class StoreError(RuntimeError):
    """The picture store failed, with a sentence for the person."""

    def __init__(self):
        """Say it in the site's words."""
        super().__init__("The picture could not be stored just now. Nothing else is lost: "
                         "please try again in a minute.")


@functools.cache
def cloudinary_sdk():
    """Return Cloudinary's SDK; imported late, for it reads CLOUDINARY_URL when imported."""
    import cloudinary.uploader
    return cloudinary


def call_cloudinary(action, *what, **options):
    """Have Cloudinary do something to a picture; raise OSError when it fails or hangs.

    In a thread, for the SDK limits each try and each wait for some bytes, but not the whole.
    """
    sdk = cloudinary_sdk()
    call = store_calls.submit(getattr(sdk.uploader, action), *what, resource_type="image",
                              timeout=STORE_WAIT, **options)
    try:
        call.result(STORE_WAIT)
    except (sdk.exceptions.Error, ValueError) as error:
        raise OSError(str(error)) from error


@contextmanager
def store_failures(doing):
    """Turn what the picture store raises into StoreError, and log it."""
    try:
        yield
    except OSError as error:
        app.logger.error("The picture store failed at %s: %s", doing, error)
        raise StoreError from error


def stored_names(name, width=pictures.WIDTH):
    """Return the names under which a picture of some width, or of any, is kept in the folder."""
    return [name, *[f"{name}-{smaller}" for smaller in pictures.widths_below(width)]]


def store_picture(name, converted):
    """Store a picture under its name, whole or not at all; raise StoreError.

    converted: as pictures.versions returns it. Cloudinary makes the smaller ones itself.
    """
    whole, width, _, smaller = converted
    with store_failures(f"storing {name}"):
        if app.config["CLOUDINARY_URL"]:
            call_cloudinary("upload", io.BytesIO(whole), filename=name, public_id=name)
        else:
            for own_name, data in zip(stored_names(name, width), [whole, *smaller], strict=True):
                store_file(own_name, data)


def store_file(name, data):
    """Write a file into the folder of pictures, whole or not at all."""
    folder = app.config["UPLOADS"]
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}"
    part.write_bytes(data)
    part.replace(folder / name)


def read_stored(name):
    """Return (a file's name, its content) of a stored picture; its address if it is away."""
    try:
        if not app.config["CLOUDINARY_URL"]:
            return f"pictures/{name}.webp", (app.config["UPLOADS"] / name).read_bytes()
        # The address is Cloudinary's own, made of a stored name.
        with urlopen(picture_url(name), timeout=STORE_WAIT) as answer:  # nosec B310  # see above
            return f"pictures/{name}.webp", answer.read()
    except OSError as error:
        app.logger.error("The picture %s could not be read: %s", name, error)
        return f"pictures/{name}.txt", absolute(picture_url(name))


def delete_stored(name):
    """Delete a picture from the store by its full name, if it is there; raise StoreError."""
    with store_failures(f"deleting {name}"):
        if app.config["CLOUDINARY_URL"]:
            call_cloudinary("destroy", name, invalidate=True)
        else:
            for own_name in stored_names(name):
                (app.config["UPLOADS"] / own_name).unlink(missing_ok=True)


def add_leftovers(names, age=LEFTOVER_AGE):
    """Remember pictures that would belong to nobody if this were interrupted."""
    for name in filter(None, names):
        db.leftovers.update_one({"_id": name}, {"$set": {"due_at": datetime.now(UTC) + age}},
                                upsert=True)


def remove_leftover(name):
    """Delete a picture that belongs to nobody; False when it stays for the next sweep."""
    if not name:
        return True
    try:
        delete_stored(name)
    except StoreError:
        add_leftovers([name], age=timedelta(0))
        return False
    db.leftovers.delete_one({"_id": name})
    return True


def remove_if_unused(name):
    """Delete a picture that nobody shows; return "deleted", "in use" or "failed"."""
    if any(db[owner].find_one({"picture": name}, {"_id": 1}) for owner in ("dreams", "dreamers")):
        db.leftovers.delete_one({"_id": name})
        return "in use"
    return "deleted" if remove_leftover(name) else "failed"


# Pictures of dreams and dreamers #############################################


@app.template_global()
def picture_url(name, width=None):
    """Return the address that shows a stored picture, whole or in one of its widths."""
    if app.config["CLOUDINARY_URL"]:
        smaller = {"width": width, "crop": "limit"} if width else {}
        return cloudinary_sdk().utils.cloudinary_url(name, secure=True, **smaller)[0]
    return known_url("upload", name=f"{name}-{width}" if width else name)


@app.template_global()
def picture_srcset(document):
    """Return the addresses of a document's picture with their widths, as srcset takes them."""
    name, whole = document["picture"], document["picture_width"]
    return ", ".join([*[f"{picture_url(name, width)} {width}w"
                        for width in pictures.widths_below(whole)],
                      f"{picture_url(name)} {whole}w"])


def set_picture(collection, document, data, filename, alt):
    """Give a document a picture as it was sent; raise PictureError or StoreError.

    One at a time for each dreamer, so that those who send many wait behind all others. The lock
    is of the dreamer's id's last byte: few files, and whoever shares it waits a little longer.
    """
    dreamer_id = document.get("dreamer_id", document["_id"])
    with machine_lock(str(dreamer_id)[-2:]):
        converted = convert_picture(data, filename, dreamer_id)
        set_stored_picture(collection, document, picture_name(), converted, alt)


def set_stored_picture(collection, document, name, converted, alt):
    """Give a document a new picture, then delete its old one (R20).

    converted: as pictures.versions returns it. Raises StoreError with the document unchanged.
    Interrupted anywhere, ``flask sweep-pictures`` deletes what belongs to nobody.
    """
    add_leftovers([name, document.get("picture")])
    store_picture(name, converted)
    before = set_picture_fields(collection, document["_id"], {"$set": {
        "picture": name, "picture_alt": alt,
        "picture_width": converted[1], "picture_height": converted[2]}})
    if before is None:
        return remove_leftover(name)
    db.leftovers.delete_one({"_id": name})
    return remove_leftover(before.get("picture"))


def set_picture_fields(collection, document_id, change):
    """Change a document's picture; return the document before that, None if it is gone.

    Of several pictures at once each replaces the one it saw, so that each is deleted.
    """
    while before := db[collection].find_one({"_id": document_id}, {"picture": 1}):
        seen = {"_id": document_id, "picture": before.get("picture")}
        if db[collection].update_one(seen, change).matched_count:
            break
    return before


def remove_picture(collection, document):
    """Take the picture away from a document, then delete it."""
    add_leftovers([document.get("picture")])
    before = set_picture_fields(collection, document["_id"],
                                {"$unset": dict.fromkeys(PICTURE_DEFAULTS, "")})
    return remove_leftover(before and before.get("picture"))


def keep_for_good(response):
    """Let everybody keep an answer whose address never stands for another one; return it."""
    response.headers["Cache-Control"] = f"public, max-age={FOREVER}, immutable"
    return response


@app.get("/uploads/<name>")
def upload(name):
    """Send a locally stored picture; its name never stands for another one.

    One from before there were widths is itself each of them.
    """
    folder = app.config["UPLOADS"]
    if app.config["CLOUDINARY_URL"] or not re.fullmatch(r"[\w-]{1,120}", name, re.ASCII):
        abort(404)
    whole, _, width = name.rpartition("-")
    if width in map(str, pictures.WIDTHS) and not (folder / name).exists():
        name = whole
    return keep_for_good(send_from_directory(folder, name, mimetype="image/webp"))


@app.template_global()
def absolute(url):
    """Return an address of this site as other sites have to write it."""
    return url if url.startswith("http") else app.config["BASE_URL"] + url


def drawn_numbers(document_id):
    """Return 32 numbers from 0 to 1 that an id stands for: other ids, other numbers."""
    return [byte / 255 for byte in hashlib.sha256(document_id.binary).digest()]


@app.get("/drawn/<any(dream, dreamer):kind>/<document_id>.svg")
def drawn(kind, document_id):
    """Draw a dream or a dreamer without a picture, always the same and unlike any other."""
    numbers = drawn_numbers(parse_id(document_id) or abort(404))
    response = app.make_response(render_template(f"drawn/{kind}.svg", n=numbers))
    response.mimetype = "image/svg+xml"
    return keep_for_good(response)


# Style sheet and scripts #####################################################

ASSET_TYPES = {"css": "text/css", "js": "text/javascript"}


def read_files(kind):
    """Return {name: text} of the "css" or "js" files, in the order of their names."""
    files = sorted(Path(app.static_folder, kind).glob(f"*.{kind}"))
    return {file.name: file.read_text("utf-8") for file in files}


@functools.cache
def read_assets():
    """Return ({name: text}, mark): style.css of all its files, the scripts, and their version."""
    assets = {"style.css": "\n".join(read_files("css").values())} | read_files("js")
    return assets, hashlib.sha256("".join(assets.values()).encode()).hexdigest()[:12]


@app.template_global()
@functools.cache
def asset_url(name):
    """Return the address of the style sheet or a script, another one for each version."""
    return known_url("asset", mark=read_assets()[1], file=name)


@app.template_global()
@functools.cache
def module_urls():
    """Return the addresses of what main.js asks for, which a browser else learns late."""
    return [asset_url(name) for name in read_assets()[0]
            if name not in ("style.css", "theme.js", "main.js")]


@app.get("/assets/<mark>/<file>")
def asset(mark, file):
    """Send the style sheet or a script; to a page older than this version, for once."""
    assets, current = read_assets()
    text = assets.get(file) or abort(404)
    response = app.response_class(text, mimetype=ASSET_TYPES[file.rpartition(".")[2]])
    return keep_for_good(response) if mark == current else response


# Tokens ######################################################################

RESET_LIFE = timedelta(minutes=15)
RESET_AUDIENCE = "password-reset"
CONFIRM_LIFE = timedelta(days=3)
CONFIRM_AUDIENCE = "confirm-address"
JWT_ALGORITHM = "HS256"


def derived_key(purpose):
    """Return the key of one purpose: 32 bytes that serve nothing else."""
    return hmac.digest(app.config["SECRET_KEY"].encode(), purpose.encode(), "sha256")


def fingerprint(audience, text):
    """Return an HMAC of what a token is bound to, from which it cannot be told."""
    return hmac.new(derived_key(audience), (text or "").encode(), "sha256").hexdigest()


def make_token(audience, life, dreamer, **bound_to):
    """Return a JWT for one purpose; bound_to: claim=text, of which it holds fingerprints."""
    claims = {"sub": str(dreamer["_id"]), "aud": audience, "exp": datetime.now(UTC) + life}
    claims |= {name: fingerprint(audience, text) for name, text in bound_to.items()}
    return jwt.encode(claims, derived_key(audience), JWT_ALGORITHM)


def find_token_dreamer(audience, token):
    """Return (dreamer, claims) of a token; (None, {}) if it does not hold or they are gone."""
    try:
        claims = jwt.decode(token, derived_key(audience), algorithms=[JWT_ALGORITHM],
                            audience=audience, options={"require": ["exp", "aud", "sub"]})
    except jwt.PyJWTError:
        return None, {}
    dreamer = db.dreamers.find_one({"_id": parse_id(claims["sub"])})
    return (dreamer, claims) if dreamer and not has_ended(dreamer) else (None, {})


def is_bound(audience, claims, **bound_to):
    """Return whether the claims of a token are the fingerprints of these texts."""
    return all(hmac.compare_digest(str(claims.get(name)).encode(),
                                   fingerprint(audience, text).encode())
               for name, text in bound_to.items())


def make_reset_token(dreamer):
    """Return a JWT that allows one new password, for RESET_LIFE."""
    return make_token(RESET_AUDIENCE, RESET_LIFE, dreamer, password=dreamer.get("password"),
                      address=address_of(dreamer))


def find_reset_dreamer(token):
    """Return the dreamer a reset link is for, or None if it has expired or was used."""
    dreamer, claims = find_token_dreamer(RESET_AUDIENCE, token)
    return dreamer if dreamer and is_bound(
        RESET_AUDIENCE, claims, password=dreamer.get("password"),
        address=address_of(dreamer)) else None


def make_confirm_token(dreamer):
    """Return a JWT that confirms the address a dreamer gave last, for CONFIRM_LIFE."""
    return make_token(CONFIRM_AUDIENCE, CONFIRM_LIFE, dreamer,
                      address=dreamer.get("unconfirmed_email"))


def find_confirm_dreamer(token):
    """Return the dreamer whose address a link confirms, or has confirmed; else None."""
    dreamer, claims = find_token_dreamer(CONFIRM_AUDIENCE, token)
    return dreamer if dreamer and is_bound(
        CONFIRM_AUDIENCE, claims,
        address=dreamer.get("unconfirmed_email") or dreamer.get("email")) else None


# Mail ########################################################################

MAIL_WAIT = 10  # seconds for the mail server to answer
MAIL_DEADLINE = 60  # seconds for one mail: connecting, TLS, login and sending together
# Lease of a mail that is being sent; past it the process that sent it has died.
MAIL_LEASE = timedelta(seconds=2 * MAIL_DEADLINE)
MAIL_PAUSE = timedelta(minutes=1)  # before a mail that failed is tried again; doubled each time
MAIL_PAUSE_MOST = timedelta(hours=4)
MAIL_LIFE = timedelta(days=1)  # a mail that fails when it is older is given up
NOTICES = {  # kind of mail: subject, what it says, what to press and where that leads
    "welcome": (
        "Welcome to Dreamscape",
        "Your account is ready. Write down what you hope for, and find people who can help make "
        "it happen.", {"Open Dreamscape": "/"}),
    "address_known": (
        "You already have an account",
        "Someone (probably you) tried to sign up or change their email to this address, which "
        "already has a Dreamscape account. Sign in with the password of that account, or choose "
        "a new one. If it wasn't you, ignore this email: no one has accessed your account.",
        {"Sign in": "/login", "Choose a new password": "/password-reset"}),
    "confirm_first": (
        "Confirm your email first",
        "Someone (probably you) asked to reset a Dreamscape password. No account with this email "
        "is confirmed yet, and several people signed up with it. Sign in to yours, and use the "
        "link in the email you got when you signed up.", {"Sign in": "/login"}),
    "address_change_asked": (
        "Are you changing your Dreamscape email?",
        "Someone (probably you) asked to move your Dreamscape account to another email address. "
        "That happens once the new address is confirmed; until then we use this one. If you "
        "didn't ask for this, change your password now.",
        {"Choose a new password": "/password-reset"}),
    "address_changed": (
        "Your Dreamscape email was changed",
        "The email on your account was changed, so we won't write to this address again. If you "
        "didn't do this, reply right away.", {"Open Dreamscape": "/"}),
    "password_changed": (
        "Your Dreamscape password was changed",
        "The password of your Dreamscape account was changed, and you're signed out everywhere "
        "else. If it wasn't you, choose a new one now.",
        {"Choose a new password": "/password-reset"})}
COMPOSERS = {}  # kind of mail -> function of its entry that makes its Message, or None for no mail


def confirms_addresses():
    """Return whether addresses are confirmed by a link: where mail is sent."""
    return bool(app.config["MAIL_SERVER"])


def can_mail():
    """Return whether mail is sent, or printed for a developer on http.

    On https without MAIL_SERVER nothing is: a log would keep links that are keys.
    """
    return confirms_addresses() or not app.config["SESSION_COOKIE_SECURE"]


class MailConnection(Connection):
    """Flask-Mail's connection, with the time limits it lacks."""

    @contextmanager
    def deadline(self):
        """Shut the socket down at MAIL_DEADLINE, whatever the server sends meanwhile."""
        self.ends_at, over = time.monotonic() + MAIL_DEADLINE, threading.Event()

        def watch():
            """Shut it down, and any socket that is opened later."""
            pause = MAIL_DEADLINE
            while not over.wait(pause):
                self.shut_down()
                pause = 1

        threading.Thread(target=watch, daemon=True).start()
        try:
            yield
        finally:
            over.set()

    def shut_down(self):
        """End the TCP connection, if there is one."""
        with suppress(OSError):
            if self.host and self.host.sock:
                # An SSLSocket's own shutdown() would let a write that follows go out in the clear.
                socket.socket.shutdown(self.host.sock, socket.SHUT_RDWR)

    def configure_host(self):
        """Return a signed-in connection to the mail server."""
        settings, checked = self.mail, ssl.create_default_context()
        kind, tls = (SMTP_SSL, {"context": checked}) if settings.use_ssl else (SMTP, {})
        # It connects when it is initialised, and shut_down needs it before that.
        self.host = host = kind.__new__(kind)
        host.__init__(settings.server, settings.port, timeout=MAIL_WAIT, **tls)
        if settings.use_tls:
            host.starttls(context=checked)
        if settings.username:
            host.login(settings.username, settings.password)
        # While a name was looked up there was no socket to shut down.
        if time.monotonic() > self.ends_at:
            raise TimeoutError("the deadline of the mail is over")
        return host

    def __exit__(self, *error):
        """Leave; a mail that was taken is not sent again for a farewell that failed."""
        with suppress(SMTPException, OSError):
            super().__exit__(*error)


def deliver(message):
    """Send a mail; without MAIL_SERVER print it for a developer to read.

    Raises SMTPException, OSError, UnicodeError.
    """
    if app.config["MAIL_SERVER"]:
        message.recipients = [*map(smtp_address, message.recipients)]
        connection = MailConnection(app.extensions["mail"])
        with connection.deadline(), connection:
            connection.send(message)
        return
    rule = "-" * 72
    print(f"{rule}\nTo: {', '.join(message.recipients)}\nSubject: {message.subject}\n\n"
          f"{message.body}\n{rule}", flush=True)


def compose(kind, email, subject, **context):
    """Return a Message made from the templates of a kind of mail."""
    return Message(subject, recipients=[email],
                   body=render_template(f"mail/{kind}.txt", subject=subject, **context),
                   html=render_template(f"mail/{kind}.html", subject=subject, **context))


def compose_notice(kind, entry):
    """Return the mail of a kind in NOTICES."""
    subject, words, links = NOTICES[kind]
    return compose("notice", entry.get("email"), subject, words=words,
                   links={label: absolute(path) for label, path in links.items()})


COMPOSERS.update((kind, functools.partial(compose_notice, kind)) for kind in NOTICES)


# Outbox ######################################################################
#
# A mail is put here by a request and sent after its answer; what fails is tried again for a day.

mail_timer = {"timer": None, "at": 0.0}  # the timer that waits in this process, and until when
mail_timer_lock = threading.Lock()


def add_mail(kind, email, dreamer=None):
    """Put a mail into the outbox and have it sent after the answer, where mail is sent."""
    if can_mail():
        db.mails.insert_one({"kind": kind, "email": email, "tries": 0,
                             "dreamer_id": dreamer and dreamer["_id"],
                             "due_at": datetime.now(UTC)})
        start_mail(0)


def find_due_mail():
    """Return a mail to send now, or None; nobody else gets it before MAIL_LEASE is over."""
    now = datetime.now(UTC)
    return db.mails.find_one_and_update(
        {"due_at": {"$lte": now}}, {"$set": {"due_at": now + MAIL_LEASE}, "$inc": {"tries": 1}},
        sort=[("due_at", ASCENDING)], return_document=ReturnDocument.AFTER)


def find_mail_pause():
    """Return in how many seconds the next mail is due; None while the outbox is empty."""
    entry = db.mails.find_one({"due_at": {"$ne": None}}, {"due_at": 1},
                              sort=[("due_at", ASCENDING)])
    return entry and max(0.0, (entry["due_at"] - datetime.now(UTC)).total_seconds())


def count_mails():
    """Return how many mails are in the outbox."""
    return db.mails.estimated_document_count()


def remove_sent_mail(entry):
    """Send one mail of the outbox and take it out, or put it off when that failed."""
    if entry.get("kind") not in COMPOSERS:
        # A newer version of the site may know it.
        return update_failed_mail(entry, "unknown kind")
    try:
        message = COMPOSERS[entry["kind"]](entry)
        if message:
            deliver(message)
    except UnicodeError as error:
        app.logger.error("A mail (%s, %s) cannot be sent: %s", entry["kind"], entry["_id"], error)
    except (SMTPException, OSError) as error:
        return update_failed_mail(entry, error)
    return db.mails.delete_one({"_id": entry["_id"]})


def update_failed_mail(entry, error):
    """Put a mail off, for twice as long each time; one older than MAIL_LIFE is given up."""
    now, same = datetime.now(UTC), {"_id": entry["_id"], "tries": entry["tries"]}
    described = entry.get("kind"), entry["_id"], entry["tries"], error
    if now - entry["_id"].generation_time > MAIL_LIFE:
        app.logger.error("A mail (%s, %s) is given up after try %s: %s", *described)
        return db.mails.delete_one(same)
    app.logger.warning("A mail (%s, %s) was not sent, try %s: %s", *described)
    # Eight times doubled it is longer than the longest pause.
    pause = min(MAIL_PAUSE * 2 ** min(entry["tries"] - 1, 8), MAIL_PAUSE_MOST)
    return db.mails.update_one(same, {"$set": {"due_at": now + pause}})


def send_due_mail():
    """Send what is due in the outbox."""
    for entry in iter(find_due_mail, None):
        remove_sent_mail(entry)


def start_mail(delay):
    """Send what is due after ``delay`` seconds, in a thread, and the rest when it is due."""
    def work():
        """Send, and come back when the next mail is due."""
        with app.app_context():
            try:
                send_due_mail()
                pause = find_mail_pause()
            except PyMongoError as error:
                pause = MAIL_PAUSE.total_seconds()
                app.logger.error("The outbox could not be read: %s", error)
        if pause is not None:
            start_mail(pause)
    timer = threading.Timer(delay, work)
    timer.daemon = True
    start_timer(timer)


def start_timer(timer):
    """Start a timer for mail; of waiting ones only the earliest stays."""
    now = time.monotonic()
    at = now + timer.interval
    with mail_timer_lock:
        if timer.interval:
            waiting = mail_timer["timer"]
            if waiting and waiting.is_alive() and now < mail_timer["at"] <= at:
                return
            if waiting:
                waiting.cancel()
            mail_timer.update(timer=timer, at=at)
        timer.start()


# Passwords ###################################################################

PASSWORD_LENGTH = (8, 256)  # characters
# The ones that guessers try first: thirty thousand, of which these are long enough.
COMMON_PASSWORDS = frozenset(filter(lambda word: len(word) >= PASSWORD_LENGTH[0],
                                    FREQUENCY_LISTS["passwords"]))

hashing = threading.BoundedSemaphore(2)  # hashes at a time in a worker, for the memory they take
key_locks = WeakValueDictionary()  # network or account -> its lock while a password is checked
key_locks_lock = threading.Lock()
# 32 MB and some 60 ms: Werkzeug's own choice.
PASSWORD_METHOD = "scrypt:32768:8:1"  # nosec B105  # a method, no password


def only_text(value):
    """Return a password exactly as typed, and None for what is no text."""
    return value if isinstance(value, str) else None


def uncommon(form, field):
    """Refuse a password that many others have, for it is the first to be guessed."""
    if field.data.lower() in COMMON_PASSWORDS:
        raise ValidationError("Many people use this password, so it is the first to be guessed. "
                              "Please choose another: three or four words, say.")


def new_password_field(label="Password"):
    """Return a field for a password that is to be kept."""
    shortest, longest = PASSWORD_LENGTH
    too_long = f"Please use {shortest} to {longest} characters."
    return PasswordField(
        label, [Filled("Please choose a password."), StopLength(shortest, longest, too_long),
                uncommon],
        filters=[only_text], description=f"At least {shortest} characters; anything goes.",
        render_kw={"autocomplete": "new-password"})


def own_password(form, field):
    """Refuse what is not the viewer's password."""
    if not is_password(g.viewer, field.data or ""):
        raise ValidationError("This is not your password.")


def own_password_field():
    """Return a field in which the viewer proves to be who they are."""
    return PasswordField("Your password now", [Filled("Please give your password."), own_password],
                         filters=[only_text], render_kw={"autocomplete": "current-password"})


@contextmanager
def key_lock(key):
    """Hold the lock of a key in this worker; those who wait get it in their order."""
    with key_locks_lock:
        lock = key_locks.setdefault(key, threading.Semaphore())
    with lock:
        yield


def one_at_a_time(view):
    """Have a view's POSTs of one network run one after the other in this worker.

    However many passwords one network sends, those of others wait for one of them at most.
    """
    @functools.wraps(view)
    def guarded(*args, **kwargs):
        """Call the view when its turn has come."""
        if request.method != "POST":
            return view(*args, **kwargs)
        with key_lock(by_network()):
            return view(*args, **kwargs)
    return guarded


def hash_password(password):
    """Return what is kept of a password."""
    with hashing:
        return generate_password_hash(password, PASSWORD_METHOD)


@functools.cache
def nobodys_password():
    """Return the hash that an unknown address is checked against, to take as long."""
    return hash_password(secrets.token_hex())


def is_password(dreamer, password):
    """Return whether this is a dreamer's password; without a dreamer it takes as long."""
    known = dreamer and dreamer.get("password")
    compared = known or nobodys_password()
    with hashing:
        return check_password_hash(compared, password) and bool(known)


def set_renewed_hash(dreamer, password):
    """Hash the right password again where the cost has risen since it was kept."""
    kept = dreamer["password"]
    if not kept.startswith(f"{PASSWORD_METHOD}$"):
        db.dreamers.update_one({"_id": dreamer["_id"], "password": kept},
                               {"$set": {"password": hash_password(password)}})


# Sign-ins ####################################################################

SIGN_INS = 20  # the newest sign-ins a dreamer keeps; an older one has ended
# What a browser's name and its device are told by, the first that is found.
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"),
            ("Chrome/", "Chrome"), ("CriOS", "Chrome"), ("Safari/", "Safari"))
DEVICES = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
           ("Mac OS X", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux"))


def add_sign_in(dreamer):
    """Sign a dreamer in, in this browser; the oldest of too many sign-ins ends."""
    entry = {"id": secrets.token_urlsafe(16), "at": datetime.now(UTC),
             "browser": browser_name(request.user_agent.string)}
    db.dreamers.update_one({"_id": dreamer["_id"]},
                           {"$push": {"sign_ins": {"$each": [entry], "$slice": -SIGN_INS}}})
    session.clear()
    session.permanent = True
    session.update(dreamer_id=str(dreamer["_id"]), sign_in=entry["id"])
    log_event("sign_in", dreamer_id=dreamer["_id"])


def browser_name(user_agent):
    """Return what a dreamer calls the browser of a sign-in: "Firefox on Android"."""
    named = [next((name for mark, name in marks if mark in user_agent), None)
             for marks in (BROWSERS, DEVICES)]
    return " on ".join(filter(None, named)) or "A browser"


def sign_in_mark(sign_in):
    """Return the name by which a page speaks of a sign-in, from which its id cannot be told."""
    return hashlib.sha256(sign_in.encode()).hexdigest()[:16]


def find_sign_ins():
    """Return the viewer's sign-ins, the newest first; ``here`` is this browser's."""
    return [{"id": entry["id"], "mark": sign_in_mark(entry["id"]), "at": entry.get("at"),
             "browser": entry.get("browser") or "A browser",
             "here": entry["id"] == session["sign_in"]}
            for entry in reversed(g.viewer["sign_ins"]) if entry.get("id")]


def remove_sign_ins(dreamer, ids):
    """End some sign-ins, wherever a copy of their cookie is (R30)."""
    db.dreamers.update_one({"_id": dreamer["_id"]}, {"$pull": {"sign_ins": {"id": {"$in": ids}}}})
    log_event("sign_out", dreamer_id=dreamer["_id"])


def sign_in_refusal(dreamer):
    """Return why somebody cannot sign in, in words; None when they can.

    Of a suspension hears only who gave the right password.
    """
    if not dreamer:
        log_event("sign_in_refused")
        hint = " If you haven't confirmed your email yet, use the link we sent you."
        return "That email or password isn't right." + hint * confirms_addresses()
    told = suspension(dreamer)
    if not told:
        return None
    log_event("sign_in_refused", dreamer_id=dreamer["_id"])
    until = f"until {told['until']:%-d %B %Y, %H:%M} UTC" if told.get("until") else "for good"
    return f"This account is suspended {until}. A moderator wrote: {quoted(told.get('reason', ''))}"


@app.post("/profile/sign-ins/<mark>/end")
@login_required
def sign_in_end(mark):
    """End one of the viewer's sign-ins, or with "others" all but this one."""
    ended = [entry for entry in find_sign_ins() if not entry["here"]
             and mark in ("others", entry["mark"])]
    if not ended and mark != "others":
        abort_gone("sign-in")
    remove_sign_ins(g.viewer, [entry["id"] for entry in ended])
    say("You are signed out there.")
    return redirect(url_for("profile", _anchor="sign-ins"), 303)


# Signing up and in ###########################################################


UNCONFIRMED_LIFE = timedelta(days=7)  # of an account whose address is not confirmed
UNCONFIRMED_TRIED = 5  # unconfirmed accounts of one address that a sign-in looks at
SIGN_UP_AGAIN = timedelta(minutes=1)  # in which the same form signs in to the account it made


class SignupForm(Form):
    """What is asked of a new dreamer; all else comes later, stage by stage."""

    first_name = line("First name", NAME_LENGTH, "Please give your first name.",
                      validators=[no_web_address], autocomplete="given-name")
    last_name = line("Last name", NAME_LENGTH, "Please give your last name.",
                     validators=[no_web_address], autocomplete="family-name")
    email = email_field()
    password = new_password_field()


class LoginForm(Form):
    """Address and password of a dreamer."""

    email = StringField("Email", limits("Please give your mail address.", EMAIL_LENGTH),
                        filters=[clean_line],
                        render_kw={"type": "email", "autocomplete": "username"})
    password = PasswordField("Password", [Filled("Please give your password.")],
                             filters=[only_text], render_kw={"autocomplete": "current-password"})


def fold_known_email(address):
    """Return an address folded, or None for what is none."""
    with suppress(EmailNotValidError):
        return fold_email(address) if len(address) <= EMAIL_LENGTH else None


def find_dreamer_by_email(address):
    """Return the dreamer whose confirmed address this is, or None."""
    folded_address = fold_known_email(address)
    return folded_address and db.dreamers.find_one({"email": folded_address})


def find_unconfirmed(address):
    """Return the newest UNCONFIRMED_TRIED accounts that an address was given for."""
    folded_address = fold_known_email(address)
    query = {"unconfirmed_email": indexed_text(folded_address),
             "ends_at": {"$gt": datetime.now(UTC)}}
    return list(db.dreamers.find(query).sort(NEWEST_FIRST).limit(UNCONFIRMED_TRIED)
                ) if folded_address else []


def find_signed_dreamer(address, password):
    """Return the dreamer whose address and password these are, or None.

    Anybody can sign up with another's address, so several unconfirmed accounts may have it
    beside the confirmed one. One password of each kind is checked at least, so that time does
    not tell whether there is an account.
    """
    candidates = [find_dreamer_by_email(address), *find_unconfirmed(address)]
    if len(candidates) == 1 and confirms_addresses():
        candidates.append(None)
    return next((each for each in candidates if is_password(each, password)), None)


def address_of(dreamer):
    """Return the address of a dreamer: the confirmed one, else the one given."""
    return dreamer.get("email") or dreamer.get("unconfirmed_email") or ""


def sign_up_key(fields):
    """Return the idempotency key of a sign-up: an HMAC of its session, address and password."""
    session_key = session.get("csrf_token") or secrets.token_hex()
    parts = once_key(session_key, fields["email"], fields["password"])
    return hmac.digest(derived_key("sign-up"), parts.encode(), "sha256").hex()


def add_dreamer(fields, key=None):
    """Make an account; return the dreamer, or None if the address has one or the key is old.

    fields: first_name, last_name, email and password as typed. Where mail is sent the account
    is unconfirmed, and nothing depends on whether the address is known: the mail tells its
    owner. key: see sign_up_key; a second press within SIGN_UP_AGAIN means the first one.
    """
    address = fold_email(fields["email"])
    new = {"_id": ObjectId(), "first_name": fields["first_name"], "followers": 0,
           "last_name": fields["last_name"], "password": hash_password(fields["password"]),
           "sign_up_key": key or secrets.token_hex(), **new_address(address)}
    try:
        db.dreamers.insert_one(new)
    except DuplicateKeyError:
        since = ObjectId.from_datetime(datetime.now(UTC) - SIGN_UP_AGAIN)
        new = db.dreamers.find_one({"sign_up_key": new["sign_up_key"], "_id": {"$gte": since}})
        if not new or new.get("slug") or is_unconfirmed(new):
            return new
        # The first press broke off before it came to the slug.
    log_event("sign_up", dreamer_id=new["_id"])
    if is_unconfirmed(new):
        add_mail("confirm", address, new)
    else:
        set_slug("dreamers", new, f"{new['first_name']} {new['last_name']}")
        add_mail("welcome", address)
    return new


def new_address(address):
    """Return the fields of a new account's address."""
    if not confirms_addresses():
        return {"email": address}
    return {"unconfirmed_email": address, "ends_at": datetime.now(UTC) + UNCONFIRMED_LIFE}


@app.get("/")
def landing():
    """Show what this place is, with a few real dreams."""
    if g.viewer:
        return redirect(url_for("dreamscape"), 303)
    return page("landing.html", dreams=find_dreams({"hidden": None}, NEWEST_FIRST, 3))


@app.route("/signup", methods=["GET", "POST"])
@one_at_a_time
@limited("sign-up to an account from a network", "sign-up to an account from a wide network",
         "sign-up to an account", "sign-up from a network")
def signup():
    """Make an account, sign in and lead to the first stage."""
    if g.viewer:
        return redirect(url_for("profile_about" if request.method == "POST" else "dreamscape"), 303)
    form = SignupForm()
    if form.validate_on_submit():
        if dreamer := add_dreamer(form.data, sign_up_key(form.data)):
            add_sign_in(dreamer)
            return redirect(url_for("profile_about"), 303)
        form.email.errors = ["This address already has an account. Please sign in instead."]
    return page("account/signup.html", form)


@app.route("/login", methods=["GET", "POST"])
@one_at_a_time
@limited("sign-in to an account from a network", "sign-in to an account from a wide network",
         "sign-in to an account", "sign-in from a network")
def login():
    """Sign a dreamer in and lead to where they were going."""
    place = safe_path(request.values.get("next")) or url_for("dreamscape")
    if request.method != "POST" and g.viewer:
        return redirect(place, 303)
    form = LoginForm()
    if form.validate_on_submit():
        with key_lock(by_account()):
            dreamer = find_signed_dreamer(form.email.data, form.password.data)
        refusal = sign_in_refusal(dreamer)
        if not refusal:
            set_renewed_hash(dreamer, form.password.data)
            add_sign_in(dreamer)
            return redirect(place, 303)
        form.password.errors = [refusal]
    return page("account/login.html", form, next=place)


@app.post("/logout")
def logout():
    """End this sign-in and forget the session."""
    if g.viewer:
        remove_sign_ins(g.viewer, [session["sign_in"]])
    session.clear()
    say("You are signed out. See you soon.")
    return redirect(url_for("landing"), 303)


# Confirming an address #######################################################
#
# Where mail is sent, an account is unconfirmed until its link is used: nobody else sees it, and
# what others would see waits as a draft (see CONFIRMED_ONLY). Anybody can sign up with another's
# address; only its owner can use the link, and then every other sign-up with it ends.


class ConfirmAgainForm(Form):
    """The address that the link is sent to, which somebody unconfirmed may correct."""

    email = email_field()


def compose_confirm_mail(entry):
    """Return the mail with a link that confirms an address, or what tells its owner; or None.

    None where the address was corrected since, or has had too many mails.
    """
    email = entry.get("email")
    dreamer = find_dreamer({"_id": entry.get("dreamer_id"), "unconfirmed_email": email})
    if not dreamer or has_ended(dreamer):
        return None
    is_known = find_dreamer_by_email(email)
    limit = "notice of a known address" if is_known else "link to an address"
    # A mail that failed was counted at its first try.
    if entry.get("tries", 1) == 1 and not add_use_if_left(limit, account_key(email)):
        return None
    if is_known:
        return compose_notice("address_known", entry)
    link = f"{app.config['BASE_URL']}/confirm/{make_confirm_token(dreamer)}"
    return compose("confirm", email, "Confirm your email address", link=link,
                   days=CONFIRM_LIFE.days)


COMPOSERS["confirm"] = compose_confirm_mail


def find_rival(dreamer):
    """Return another account that gave the unconfirmed address of a dreamer, or None.

    Then the owner of the address cannot tell whose link is in which mail, and by the wrong one
    would give it to somebody else's account: so whoever confirms has to be signed in.
    """
    address = dreamer.get("unconfirmed_email")
    return address and db.dreamers.find_one({
        "unconfirmed_email": indexed_text(address), "_id": {"$ne": dreamer["_id"]},
        "$or": [{"ends_at": None}, {"ends_at": {"$gt": datetime.now(UTC)}}]})


def set_unconfirmed_email(dreamer, address):
    """Store an address that counts once it is confirmed, and send it a link."""
    # Not if the address was confirmed this very moment: then the account page asks for a password.
    same = {"_id": dreamer["_id"], "ends_at": dreamer.get("ends_at")}
    db.dreamers.update_one(same, {"$set": {"unconfirmed_email": address}})
    add_mail("confirm", address, dreamer)


def set_confirmed(dreamer):
    """Make the address a dreamer gave theirs; False if somebody else confirmed it before.

    The unique index decides between several at once. Interrupted, doing it again finishes it.
    """
    address = dreamer.get("unconfirmed_email") or dreamer["email"]
    same = {"_id": dreamer["_id"], "unconfirmed_email": address,
            "$or": [{"ends_at": None}, {"ends_at": {"$gt": datetime.now(UTC)}}]}
    change = {"$set": {"email": address},
              "$unset": {"unconfirmed_email": "", "ends_at": "", "sign_up_key": ""}}
    if not dreamer.get("slug"):
        set_slug("dreamers", dreamer, complete_dreamer(dreamer)["name"])
    try:
        changed = db.dreamers.update_one(same, change).modified_count
    except DuplicateKeyError:
        return False
    if not changed and not db.dreamers.find_one({"_id": dreamer["_id"], "email": address}):
        return False
    set_other_uses_ended(address)
    if changed:
        log_event("address_confirmed", dreamer_id=dreamer["_id"])
        if dreamer.get("email"):
            add_mail("address_changed", dreamer["email"])
    return True


def set_other_uses_ended(address):
    """End other unconfirmed accounts with an address, and pending changes of others to it."""
    others = {"unconfirmed_email": indexed_text(address)}
    db.dreamers.update_many(others | {"ends_at": {"$ne": None}}, {"$set": {
        "ends_at": datetime.now(UTC), "sign_ins": []}})
    db.dreamers.update_many(others | {"ends_at": None}, {"$unset": {"unconfirmed_email": ""}})


def find_ended_dreamers():
    """Yield the accounts that were not confirmed in time."""
    return chain.from_iterable(
        find_batches("dreamers", {"ends_at": {"$lte": datetime.now(UTC)}}, None))


def place_after_confirming():
    """Return where the viewer goes on: to what they wrote before, else to the Dreamscape."""
    drafts = find_drafts()
    if len(drafts) > 1:
        return url_for("draft_list")
    return drafts[0]["url"] if drafts else url_for("dreamscape")


@app.route("/confirm", methods=["GET", "POST"])
@login_required
@limited("confirmation mail")
def confirm():
    """Say where the link was sent, and send it again, to a corrected address if one is given."""
    if not g.viewer["unconfirmed_email"]:
        return redirect(place_after_confirming(), 303)
    form = ConfirmAgainForm(data={"email": g.viewer["unconfirmed_email"]})
    if not form.validate_on_submit():
        return page("account/confirm.html", form, drafts=find_drafts())
    # Only the profile page, which asks for the password, gives a confirmed account another one.
    address = form.email.data if is_unconfirmed(g.viewer) else g.viewer["unconfirmed_email"]
    set_unconfirmed_email(g.viewer, fold_email(address))
    say(f"We've sent a link to {address}.")
    return redirect_back(url_for("confirm"))


@app.route("/confirm/<token>", methods=["GET", "POST"])
def confirm_address(token):
    """Confirm an address by a POST alone: mail scanners follow links."""
    dreamer, form = find_confirm_dreamer(token), Form()
    if dreamer and not is_viewer(dreamer["_id"]) and find_rival(dreamer):
        return ask_whose_link()
    if dreamer and dreamer.get("unconfirmed_email") and not form.validate_on_submit():
        return page("account/confirm_address.html", form, dreamer=complete_dreamer(dreamer))
    if not dreamer or (form.validate_on_submit() and not set_confirmed(dreamer)):
        return refuse_confirm_link()
    say("Your email address is confirmed.")
    # After the sign-in, /confirm redirects to the drafts.
    is_own = is_viewer(dreamer["_id"])
    place = place_after_confirming() if is_own else url_for("login", next=url_for("confirm"))
    return redirect(place, 303)


def ask_whose_link():
    """Have somebody sign in to the account whose link it is; refuse the link of another one."""
    if g.viewer:
        return refuse_confirm_link()
    say("Several people signed up with this address. Please sign in to your account first.")
    return redirect(url_for("login", next=request.path), 303)


def refuse_confirm_link():
    """Say that a link has expired, was replaced, or came too late."""
    log_event("confirm_refused")
    return render_template("account/confirm_refused.html"), 422


# Profile #####################################################################

STAGES = {"profile_about": "About you", "profile_picture": "Picture",
          "profile_skills": "Skills and experiences", "profile_interests": "Interests"}
BIO_LENGTH = 1_000  # characters
LOCATION_LENGTH = 100  # characters
OFFERED_TERMS = 100  # terms offered for completion
OFFERING_DREAMERS = 500  # the newest dreamers whose terms are offered
TERM_FIELDS = ("skills", "experiences")
BLANK_INPUTS = 3  # for further terms, where there is no JavaScript
app.jinja_env.globals.update(STAGES=STAGES, BLANK_INPUTS=BLANK_INPUTS, TERMS=TERMS,
                             TERM_LENGTH=TERM_LENGTH)


class AboutForm(Form):
    """Who a dreamer is, in their own words."""

    bio = text("About you", BIO_LENGTH, hint="What moves you? What should others know?")
    location = line("Where you are", LOCATION_LENGTH, hint="As precise as you like.",
                    autocomplete="address-level2")


class PictureForm(Form):
    """A dreamer's picture."""

    picture = FileField("Picture", render_kw={
        "accept": pictures.TYPES, "data-js": "picture", "data-kinds": pictures.KINDS,
        "data-limit": REQUEST_BYTES - FORM_BYTES},
                        description=f"{pictures.KINDS}, up to {REQUEST_BYTES // 1_000_000} MB.")
    remove = Switch("Remove the picture", unsent=False)


class SkillsForm(Form):
    """What a dreamer can do and has been through."""

    skills = TermsField("Skills", description="What can you do? One skill at a time.")
    experiences = TermsField(
        "Experiences", description="What have you been through that you can tell others about?")


class InterestsForm(Form):
    """The topics a dreamer cares for."""

    interests = TopicsField("Interests", 0, TOPICS_MOST,
                            description="They decide which dreams are chosen for you.")


def set_dreamer(dreamer, fields):
    """Change fields of a dreamer; False when the address belongs to another account."""
    try:
        db.dreamers.update_one({"_id": dreamer["_id"]}, {"$set": fields})
    except DuplicateKeyError:
        return False
    return True


def find_offered_terms(field):
    """Return the skills or experiences of the newest dreamers, the most frequent first."""
    found = db.dreamers.aggregate([
        {"$sort": dict(NEWEST_FIRST)}, {"$limit": OFFERING_DREAMERS},
        {"$match": {"ends_at": None}}, {"$unwind": f"${field}"},
        {"$group": {"_id": f"${field}", "count": {"$sum": 1}}},
        {"$sort": {"count": DESCENDING, "_id": ASCENDING}}, {"$limit": OFFERED_TERMS}])
    return [term["_id"] for term in found]


def save_picture(form, collection, document, alt=""):
    """Do what a picture form asks; False, with a message by the field, when refused."""
    sent = form.picture.data
    try:
        if form.remove.data:
            remove_picture(collection, document)
        elif sent:
            with sent.stream.getbuffer() as data:
                set_picture(collection, document, data, sent.filename, alt)
        elif not document["picture"]:
            raise PictureError("Please choose a picture, or skip this step.")
        else:
            set_picture_alt(collection, document, alt)
    except (PictureError, StoreError) as error:
        form.picture.errors = [str(error)]
        return False
    return True


def set_picture_alt(collection, document, alt):
    """Change the words that describe a picture."""
    db[collection].update_one({"_id": document["_id"]}, {"$set": {"picture_alt": alt}})


def stages_left(dreamer):
    """Return the stages a dreamer has told nothing in, in their order."""
    told = {"profile_about": dreamer["bio"] or dreamer["location"],
            "profile_picture": dreamer["picture"],
            "profile_skills": dreamer["skills"] or dreamer["experiences"],
            "profile_interests": dreamer["interests"]}
    return [stage for stage in STAGES if not told[stage]]


@app.template_global()
def stages_to_mention():
    """Return the stages the header reminds of: none once dismissed, or on a stage itself."""
    viewer = g.get("viewer")  # An address that cannot be read at all loads none.
    if not viewer or viewer["reminded"] or request.endpoint in STAGES:
        return []
    return stages_left(viewer)


@app.template_global()
def stage_after(stage):
    """Return the address after a stage: the next one, and the Dreamscape after the last."""
    following = list(STAGES)[list(STAGES).index(stage) + 1:]
    return url_for(following[0] if following else "dreamscape")


def stage_done(stage):
    """Lead on from a stage that was saved."""
    say("Saved.")
    return redirect(stage_after(stage), 303)


@app.route("/profile/about", methods=["GET", "POST"])
@login_required
def profile_about():
    """First stage: who the dreamer is."""
    form = AboutForm(data=g.viewer)
    if not form.validate_on_submit():
        return page("profile/about.html", form)
    set_dreamer(g.viewer, form.fields("bio", "location"))
    return stage_done("profile_about")


@app.route("/profile/picture", methods=["GET", "POST"])
@login_required
@limited("picture")
def profile_picture():
    """Second stage: the dreamer's picture."""
    form = PictureForm()
    if not form.validate_on_submit() or not save_picture(form, "dreamers", g.viewer):
        return page("profile/picture.html", form)
    return stage_done("profile_picture")


@app.route("/profile/skills", methods=["GET", "POST"])
@login_required
def profile_skills():
    """Third stage: skills and experiences."""
    form = SkillsForm(data=g.viewer)
    if not form.validate_on_submit():
        return page("profile/skills.html", form,
                    offered={name: find_offered_terms(name) for name in TERM_FIELDS})
    terms = form.fields(*TERM_FIELDS)
    folded = {f"{name}_folded": list(map(fold, terms[name])) for name in TERM_FIELDS}
    set_dreamer(g.viewer, terms | folded)
    return stage_done("profile_skills")


@app.route("/profile/interests", methods=["GET", "POST"])
@login_required
def profile_interests():
    """Last stage: the topics the dreamer cares for."""
    form = InterestsForm(data=g.viewer)
    if not form.validate_on_submit():
        return page("profile/interests.html", form)
    set_dreamer(g.viewer, form.fields("interests"))
    return stage_done("profile_interests")


@app.post("/profile/reminder")
@login_required
def profile_reminder():
    """Stop reminding of the stages left."""
    set_dreamer(g.viewer, {"reminded": True})
    return redirect_back(url_for("dreamscape"))


# Account #####################################################################


class AccountForm(Form):
    """A dreamer's names and address; the password only where the address changes."""

    first_name, last_name = SignupForm.first_name, SignupForm.last_name
    email = SignupForm.email
    current_password = PasswordField(
        "Your password, to change the address", filters=[only_text],
        render_kw={"autocomplete": "current-password"})

    def validate_current_password(self, field):
        """Ask for the password of whoever gives a new address that is one."""
        if not self.email.errors and is_new_address(self.email.data):
            own_password(self, field)

    def validate(self, **options):
        """Refuse a new name or address, once all else is right, when there were too many."""
        if not super().validate(**options):
            return False
        renamed = f"{self.first_name.data} {self.last_name.data}" != g.viewer["name"]
        if renamed and not add_use_if_left("new name", by_viewer()):
            self.first_name.errors = ["You can change your name five times a day. Please try "
                                      "again tomorrow."]
        moved = is_new_address(self.email.data)
        if moved and not add_use_if_left("confirmation mail", by_viewer()):
            self.email.errors = ["That's a lot of new addresses. Please try again in 15 minutes."]
        return not self.first_name.errors and not self.email.errors


class PasswordForm(Form):
    """The password now and the new one."""

    current_password = own_password_field()
    password = new_password_field("New password")


def is_new_address(address):
    """Return whether this is neither the viewer's address nor the one they gave last."""
    return fold_email(address) not in (g.viewer["email"], g.viewer["unconfirmed_email"])


def is_changing_address(address):
    """Return whether an address the viewer gave waits for its confirmation."""
    return confirms_addresses() and fold_email(address) != g.viewer["email"]


def set_address(dreamer, address):
    """Give a dreamer a new address, once it is confirmed where mail is sent; False if taken."""
    if confirms_addresses():
        set_unconfirmed_email(dreamer, address)
    elif not set_dreamer(dreamer, {"email": address, "unconfirmed_email": None, "ends_at": None}):
        return False
    if dreamer["email"]:
        add_mail("address_change_asked" if confirms_addresses() else "address_changed",
                 dreamer["email"])
    return True


def set_account(dreamer, fields):
    """Change names and address; a new name makes a new slug. False if the address is taken.

    fields: first_name, last_name and email as typed.
    """
    address = fold_email(fields["email"])
    if is_new_address(address) and not set_address(dreamer, address):
        return False
    if address == dreamer["email"] and dreamer["unconfirmed_email"]:
        set_dreamer(dreamer, {"unconfirmed_email": None})
    new_name = f"{fields['first_name']} {fields['last_name']}"
    if new_name != dreamer["name"]:
        set_name(dreamer, new_name)
    # The name goes last: while it differs, saving again finishes what broke off.
    return set_dreamer(dreamer, {key: fields[key] for key in ("first_name", "last_name")})


def set_name(dreamer, new_name):
    """Give a dreamer the slug of a new name, and their dreams its search words."""
    if not is_unconfirmed(dreamer):
        set_slug("dreamers", dreamer, new_name)
    set_author_words(dreamer, new_name)


def set_author_words(dreamer, new_name):
    """Have a dreamer's dreams found by a new name, and no longer by the old one."""
    mine, new = {"dreamer_id": dreamer["_id"]}, index_words(new_name, "@")
    old = set(index_words(dreamer["name"], "@")) - set(new)
    db.dreams.update_many(mine, {"$addToSet": {"words": {"$each": new}}})
    db.dreams.update_many(mine, {"$pullAll": {"words": sorted(old)}})


@app.route("/profile", methods=["GET", "POST"])
@login_required
@one_at_a_time
@limited("own password")
def profile():
    """The dreamer's own account page."""
    form = AccountForm(data=g.viewer | {"email": address_of(g.viewer)})
    if form.validate_on_submit():
        if set_account(g.viewer, form.fields("first_name", "last_name", "email")):
            changing = is_changing_address(form.email.data)
            say(f"We've sent a link to {form.email.data}. Your email changes once you confirm it."
                if changing else "Your account is saved.")
            return redirect(url_for("profile"), 303)
        form.email.errors = ["This address belongs to another account."]
    return page("profile/account.html", form, left=stages_left(g.viewer), sign_ins=find_sign_ins())


@app.route("/profile/password", methods=["GET", "POST"])
@login_required
@one_at_a_time
@limited("own password")
def profile_password():
    """Change the viewer's password; every other sign-in ends."""
    form = PasswordForm()
    if form.validate_on_submit() and set_password(g.viewer, form.password.data):
        add_sign_in(g.viewer)
        say("Your password is changed, and you are signed out everywhere else.")
        return redirect(url_for("profile"), 303)
    return page("profile/password.html", form)


# Data and leaving ############################################################


class ProofForm(Form):
    """The viewer's password, for what only they may do."""

    current_password = own_password_field()


@app.route("/profile/data", methods=["GET", "POST"])
@login_required
@one_at_a_time
@limited("own password", "export")
def profile_data():
    """Send everything kept about the viewer as a zip, once the password is given."""
    form = ProofForm()
    if not form.validate_on_submit():
        return page("profile/data.html", form)
    return app.response_class(
        stream_with_context(zip_pieces(find_archive(g.viewer))), mimetype="application/zip",
        headers={"Content-Disposition": "attachment; filename=dreamscape.zip"})


def find_archive(dreamer):
    """Yield (name, chunks of its content) of the files of a dreamer's export.

    Each is written while the database is read, so no more is in memory than a batch.
    """
    yield "dreamscape.json", json_pieces(find_kept(dreamer))
    kept = by_kind(find_kept(dreamer))
    yield "dreamscape.html", stream_template("profile/archive.html", kept=kept)
    dreams = find_batches("dreams", {"dreamer_id": dreamer["_id"]}, {"picture": 1})
    for document in chain([dreamer], chain.from_iterable(dreams)):
        if document.get("picture"):
            name, content = read_stored(document["picture"])
            yield name, [content]


def by_kind(pairs):
    """Yield (kind, documents) of (kind, document) pairs that come kind by kind."""
    for kind, group in groupby(pairs, itemgetter(0)):
        yield kind, map(itemgetter(1), group)


def json_pieces(pairs):
    """Yield the JSON of (kind, document) pairs, {kind: [document]}, piece by piece."""
    before = "{"
    for kind, documents in by_kind(pairs):
        yield f'{before}\n  "{kind}": ['
        for number, document in enumerate(documents):
            yield f"{',' if number else ''}\n    {app.json.dumps(document)}"
        yield "\n  ]"
        before = ","
    yield "\n}\n"


def zip_pieces(files):
    """Yield the bytes of a zip while its files, (name, pieces of content) each, come in."""
    sink = Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        for name, pieces in files:
            entry = ZipInfo(name, datetime.now(UTC).timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            with archive.open(entry, "w") as file:
                for piece in pieces:
                    file.write(piece.encode() if isinstance(piece, str) else piece)
                    if sink.written:
                        yield sink.take()
    yield sink.take()


class Sink(io.RawIOBase):
    """A write buffer that ZipFile fills and zip_pieces drains."""

    written = b""

    def write(self, data):
        """Keep some bytes."""
        self.written += bytes(data)
        return len(data)

    def take(self):
        """Return what was written since the last time."""
        taken, self.written = self.written, b""
        return taken


# Keys and hashes; and what would tell whether an address has another account, too.
UNEXPORTED = ("password", "sign_ins", "sign_up_key", "unconfirmed_email", "ends_at")


def find_kept(dreamer):
    """Yield (kind, document) for all a dreamer wrote or did, keys and hashes left out."""
    mine = {"dreamer_id": dreamer["_id"]}
    own = {key: dreamer[key] for key in dreamer if key not in UNEXPORTED}
    yield "dreamer", own | {"email": address_of(dreamer)}
    for kind in ("dreams", "comments", "follows", "reactions", "reports"):
        for batch in find_batches(kind, mine, {"words": 0, "once": 0}):
            yield from ((kind, document) for document in batch)


@app.post("/profile/delete")
@login_required
@one_at_a_time
@limited("own password")
def profile_delete():
    """Delete the account and all that hangs on it, once the password is given."""
    asked = request.form.get("confirm") == "1"
    form = ProofForm() if asked else ProofForm(formdata=None)
    if not asked or not form.validate():
        return page("profile/delete.html", form)
    remove_dreamer(g.viewer)
    session.clear()
    say("Your account and everything you shared are deleted.")
    return redirect(url_for("landing"), 303)


def remove_dreamer(dreamer):
    """Delete a dreamer; what they said to others stays, without their name.

    Their sign-ins end first, so that no new request adds anything. The account goes when all that
    hangs on it is gone: interrupted before, doing it again finishes it. What requests in flight
    added meanwhile goes last of all; what is later still, ``flask recount`` removes.
    """
    db.dreamers.update_one({"_id": dreamer["_id"]}, {"$set": {"sign_ins": []}})
    remove_traces(dreamer)
    remove_with_picture("dreamers", dreamer)
    remove_traces(dreamer)
    log_event("account_deleted", dreamer_id=dreamer["_id"])


def remove_traces(dreamer):
    """Delete what a dreamer did and shared; take their name from what stays."""
    mine = {"dreamer_id": dreamer["_id"]}
    remove_dreams(mine)
    remove_reactions(mine)
    remove_follows(mine)
    remove_follows({"followed_id": dreamer["_id"]})
    db.reports.delete_many(mine)
    db.reports.update_many({"about_id": dreamer["_id"]}, {"$set": {"about_id": ""}})
    db.drafts.delete_many(mine)
    set_audit_called(dreamer)
    db.comments.update_many(mine, {"$set": {"dreamer_id": None}, "$unset": {"once": ""}})
    remove_slugs(dreamer)


def remove_with_picture(collection, document):
    """Delete a document, then the picture that it has by then."""
    add_leftovers([document.get("picture")])
    gone = db[collection].find_one_and_delete({"_id": document["_id"]}, {"picture": 1})
    remove_leftover(gone and gone.get("picture"))


def remove_dreams(query):
    """Delete dreams and all that hangs on them."""
    for dream in chain.from_iterable(find_batches("dreams", query, {"picture": 1})):
        remove_dream(dream)


def remove_reactions(query):
    """Take reactions back one by one, each with its count, then what is half written."""
    for reaction in chain.from_iterable(find_batches("reactions", query, None)):
        comment = {"_id": reaction.get("comment_id"), "dream_id": None}
        set_reaction({"_id": reaction.get("dreamer_id")}, comment, "none")
    db.reactions.delete_many(query)


def remove_follows(query):
    """Unfollow one by one, each with its count and score, then what is half written."""
    for edge in chain.from_iterable(find_batches("follows", query, None)):
        for key in ("dream_id", "followed_id"):
            if edge.get(key):
                set_following({"_id": edge.get("dreamer_id")}, {key: edge[key]}, False)
    db.follows.delete_many(query)


# Dreamscape ##################################################################

FEED_PAGE = 20  # dreams
SHOWN_COMMENTS = 3  # of each dream of a feed
FEED_VIEWS = {"latest": "Newest", "trending": "Trending", "for-you": "For you",
              "following": "Following"}
QUERY_LENGTH = 100  # characters
HALF_LIFE = 36 * 3_600  # seconds
MERGED = 100  # dreamers in one query, where MongoDB merges 200 values in all
SCAN_MOST = 1_000  # dreams, or follows of dreams, looked at for a page
PARTS = (1, 10)  # pages of a scan that are looked at together
COUNT_MOST = 500  # dreams counted for each word of a search
FOLLOWED_MOST = 10_000  # dreamers whose dreams are looked for in "Following"
LONG_SKILLS = 8  # of several words, that "For you" looks for
FEED_WAIT = 1  # seconds that may take, and wait for its turn
feed_turns = [threading.Lock() for _ in range(256)]  # two dreamers seldom share one
LAST_ID = ObjectId("f" * 24)  # none comes after it
SCORED = {"followers": 1, "comments": 1, "recent_comments": 1}
app.jinja_env.globals.update(FEED_VIEWS=FEED_VIEWS, QUERY_LENGTH=QUERY_LENGTH)
LISTS = ("dreamscape", "dreams", "dream_show", "dreamer_show", "landing")
READS = parse_rate("300 per minute")  # of these pages, by one dreamer in one worker
VISITORS_READS = parse_rate("1200 per minute")  # by all visitors of a network address
reads = FixedWindowRateLimiter(MemoryStorage())  # in memory: reading costs no database call


@app.before_request
def limit_reading():
    """Limit how many pages of dreams somebody reads (429)."""
    if request.endpoint not in LISTS or not app.config["RATELIMIT_ENABLED"]:
        return
    rate, reader = READS if g.viewer else VISITORS_READS, by_viewer()
    if not reads.hit(rate, reader):
        wait = max(1, math.ceil(reads.get_window_stats(rate, reader).reset_time - time.time()))
        raise TooManyRequests(f"{SENTENCES[429]} It works again within 1 minute.", retry_after=wait)


def trend_score(dream):
    """Return log2(1 + points) + age of the world / HALF_LIFE: what trending sorts by.

    points: 2 for each follower, 1 for each comment. Adding the time of birth instead of
    taking the age away keeps the score still between events, so an index can hold it:
    every HALF_LIFE a newer dream needs half the points. As Reddit's "hot" of 2008 does
    with log10; the general idea is forward decay (Cormode, Shkapenyuk, Srivastava and
    Xu, ICDE 2009). Limit: a dream that gains points while somebody pages moves up, past
    the pages still to come.
    """
    points = max(0, 2 * (dream.get("followers") or 0) + (dream.get("comments") or 0))
    return math.log2(1 + points) + dream["_id"].generation_time.timestamp() / HALF_LIFE


def update_counts(dream_id, change):
    """Change the counts of a dream, and its score with them; return the dream or None."""
    dream = db.dreams.find_one_and_update({"_id": dream_id}, change, SCORED,
                                          return_document=ReturnDocument.AFTER)
    if dream:
        # Whoever changes the counts meanwhile sets a newer score: this one then misses.
        same = {key: dream.get(key) for key in ("_id", "followers", "comments")}
        db.dreams.update_one(same, {"$set": {"score": trend_score(dream)}})
    return dream


def read_feed():
    """Return the state of the feed that the address tells; 404 for a topic that is none."""
    topic, view = request.args.get("topic") or None, request.args.get("view")
    if topic and not is_topic(topic):
        abort(404)
    return {"view": view if view in FEED_VIEWS else "latest", "topic": topic,
            "own": request.args.get("own") == "1",
            "q": clean_line(request.args.get("q", "")[:QUERY_LENGTH])}


@app.template_global()
def feed_url(feed, **changes):
    """Return the first page of a feed with some of its state changed."""
    state = feed | changes | {"own": "1" if (feed | changes)["own"] else None}
    return known_url("dreamscape", **{key: value for key, value in state.items() if value})


# Finding dreams ##############################################################


def interests_query(viewer, whole=True):
    """Return the query for dreams on the viewer's topics or asking for a skill of theirs.

    {} for a dreamer who has told neither: then every dream may be for them. Skills of one word
    all count, of others the first LONG_SKILLS, for each is compared with each dream. whole:
    whether all their words count, or only the longest, so that an index finds the dreams.
    """
    skills = [words for words in map(skill_words, viewer["skills_folded"]) if words]
    several = [words for words in skills if len(words) > 1][:LONG_SKILLS]
    single = [words[0] for words in skills if len(words) == 1]
    single += [] if whole else [words[0] for words in several]
    wanted = [{"topics": {"$in": viewer["interests"]}}] if viewer["interests"] else []
    wanted += [{"words": {"$in": single}}] if single else []
    wanted += [{"words": {"$all": words}} for words in several if whole]
    return {"$or": wanted} if wanted else {}


def feed_conditions(viewer, feed):
    """Return what the dreams of a feed have to meet; an index serves each but the last.

    For "For you" that may be a first one which lets in too many, before the one that tells.
    """
    search = search_conditions(feed["q"]) if feed["q"] else []
    topic = [{"topics": feed["topic"]}] if feed["topic"] else []
    superset, exact = (interests_query(viewer, whole) for whole in (False, True))
    chosen = []
    if feed["view"] == "for-you":
        chosen = [exact] if superset == exact else [superset, exact]
    return [condition for condition in [*search, *topic, *chosen] if condition]


def union_stages(pipelines):
    """Return one pipeline of several, each with its collection; that of the first is its own."""
    (_, first), *others = pipelines
    return [*first, *({"$unionWith": {"coll": collection, "pipeline": stages}}
                      for collection, stages in others)]


def find_rarest_first(conditions):
    """Return conditions, first those that the fewest dreams meet, as far as an index tells.

    An index counts COUNT_MOST of each at most, all in one call and without reading a dream;
    those that are as frequent stay in their order, and those on several fields come last.
    """
    counted = [condition for condition in conditions if "$or" not in condition]
    if len(counted) < 2:
        return conditions
    found = db.dreams.aggregate(union_stages(
        ("dreams", [{"$match": condition}, {"$limit": COUNT_MOST},
                    {"$group": {"_id": {"$literal": number}, "count": {"$sum": 1}}}])
        for number, condition in enumerate(counted)))
    counts = {each["_id"]: each["count"] for each in found}
    numbers = sorted(range(len(counted)), key=lambda number: counts.get(number, 0))
    return [*(counted[number] for number in numbers), *conditions[len(counted):]]


def following_scans(viewer, feed, kept, position):
    """Return the scans, as find_scanned takes them, to the dreams that the viewer follows.

    kept: ids of other dreams that count as followed, and of dreamers. MongoDB merges an
    index's parts in order, and so stops at a page's end, for 200 values at the most:
    https://www.mongodb.com/docs/manual/tutorial/equality-sort-range-guideline/
    """
    dreamers = find_followed_dreamers(viewer).union(kept, [viewer["_id"]] * feed["own"])
    queries = [{"dreamer_id": {"$in": [*islice(dreamers, start, start + MERGED)]}}
               for start in range(0, max(1, len(dreamers)), MERGED)]
    queries += [{"_id": {"$in": kept}}] if kept else []
    edges = {"dreamer_id": viewer["_id"], "dream_id": position.get("_id", {"$lt": LAST_ID})}
    return [*(("dreams", all_of(query, position), NEWEST_FIRST, []) for query in queries),
            ("follows", edges, [("dream_id", DESCENDING)], followed_stages())]


def followed_stages():
    """Return the stages that make a dream of each edge that leads to one."""
    # Of an edge only what its index holds: so no edge is read.
    return [{"$project": {"_id": 0, "dream_id": 1}},
            {"$lookup": {"from": "dreams", "localField": "dream_id", "foreignField": "_id",
                         "as": "dream"}},
            {"$unwind": "$dream"}, {"$replaceRoot": {"newRoot": "$dream"}}]


def scan_stages(scan, wanted, size, most):
    """Return the stages that find a scan's first dreams and, if there are fewer, its end.

    In parts, each larger than the one before: MongoDB reads 4 MB ahead before it joins or
    matches, but begins no $unionWith whose documents are not asked for. most: how many
    documents are looked at, or None where nearly each is a dream that is wanted.
    """
    collection, query, order, stages = scan
    if not most:
        return page_stages(all_of(query, wanted), order, size)
    ordered = [{"$match": query}, {"$sort": dict(order)}]
    bounds = sorted({0, most, *(min(most, times * size) for times in PARTS)})
    parts = [[*ordered, {"$skip": start}, {"$limit": stop - start}, *stages, {"$match": wanted}]
             for start, stop in pairwise(bounds)]
    end = [*ordered, {"$skip": most - 1}, {"$limit": 1},
           {"$project": {"_id": {"$ifNull": ["$dream_id", "$_id"]}, "score": 1,
                         "is_end": {"$literal": True}}}]
    return [*union_stages((collection, part) for part in [*parts, end]), {"$limit": size}]


def find_scanned(scans, wanted, order, size, is_filtered):
    """Return (dreams, end): at most ``size`` dreams of index scans, with authors, in one call.

    scans: (collection, query, order, stages) each: what an index finds in its order, and the
    stages that make dreams of it; the first is of dreams. is_filtered: whether many are not
    wanted; then SCAN_MOST are looked at in all, though ``size`` of each scan at least. end: the
    document at which a scan stopped before there were enough, or None; the next page goes on.
    """
    most = max(size, SCAN_MOST // len(scans))
    pipeline = union_stages((scan[0], scan_stages(scan, wanted, size, most if is_filtered or scan[3]
                                                  else None)) for scan in scans)
    if len(scans) > 1:
        # Each may be found twice, and one of them three times: so there are enough different
        # ones. Where a scan ended may be a dream as well, which comes before its end.
        pipeline += [{"$sort": dict(order) | {"is_end": 1}}, {"$limit": 2 * size}]
    found = list(db.dreams.aggregate([*pipeline, JOIN_AUTHOR,
                                      {"$project": CARD_FIELDS | {"is_end": 1}}]))
    dreams = {each["_id"]: complete_dream(each)
              for each in takewhile(lambda each: "is_end" not in each, found)}
    return [*dreams.values()][:size], next((each for each in found if "is_end" in each), None)


def find_dreams(query, order, size):
    """Return at most ``size`` complete dreams with their authors."""
    return list(map(complete_dream, find_joined("dreams", query, order, size, CARD_FIELDS)))


def find_feed_page(viewer, feed, kept):
    """Return (dreams, cursor) of a page of the feed; dreams is None if that took too long.

    kept: ids of what was unfollowed a moment ago, which stay on this one page (R47). A page
    may hold few dreams, or none, and still have a cursor: see find_scanned. Only what no index
    answers alone has a timeout.
    """
    order = TRENDING_FIRST if feed["view"] == "trending" else NEWEST_FIRST
    position = read_position(request.args.get("cursor"), order)
    conditions = feed_conditions(viewer, feed)
    with ExitStack() as limits:
        if len(conditions) + (feed["view"] == "following") > 1:
            for limit in (suppress_timeouts(), feed_turn(viewer), pymongo.timeout(FEED_WAIT)):
                limits.enter_context(limit)
        dreams, end = find_wanted(viewer, feed, kept, position, order, conditions)
        shown, cursor = split_page(dreams, FEED_PAGE, order)
        return shown, cursor or (end and cursor_after(end, order))
    return None, None


@contextmanager
def suppress_timeouts():
    """Log a timeout of a feed query instead of raising it."""
    try:
        yield
    except TimeoutError:
        app.logger.warning("A page of the feed waited too long for others of its dreamer")
    except PyMongoError as error:
        if not error.timeout:
            raise
        app.logger.warning("A page of the feed took too long: %s", first_words(error))


@contextmanager
def feed_turn(viewer):
    """Let a dreamer's pages be looked for one at a time, or raise TimeoutError.

    So in each worker many tabs cost the database no more than one does.
    """
    turn = feed_turns[hash(viewer["_id"]) % len(feed_turns)]
    if not turn.acquire(timeout=FEED_WAIT):
        raise TimeoutError
    try:
        yield
    finally:
        turn.release()


def find_wanted(viewer, feed, kept, position, order, conditions):
    """Return (dreams, end), as find_scanned does, of what meets all conditions."""
    if feed["view"] == "following":
        scans = following_scans(viewer, feed, kept, position)
    else:
        best, *conditions = find_rarest_first(conditions) or [{}]
        scans = [("dreams", all_of(position, best), order, [])]
    others = {} if feed["own"] else {"dreamer_id": {"$ne": viewer["_id"]}}
    wanted = all_of(others, {"hidden": None}, *conditions)
    return find_scanned(scans, wanted, order, FEED_PAGE + 1, bool(conditions))


def find_recent_comments(dreams):
    """Return {dream id: its newest comments, newest first} for the dreams of a page."""
    comments = {dream["_id"]: [] for dream in dreams}
    ids = [_id for dream in dreams for _id in dream["recent_comments"][-SHOWN_COMMENTS:]]
    query = {"_id": {"$in": ids}, "hidden": None}
    for comment in find_full_comments(query, len(ids)) if ids else []:
        comments.get(comment["dream_id"], []).append(comment)
    return comments


def find_full_comments(query, size):
    """Return at most ``size`` complete comments with their authors, newest first."""
    return list(map(complete_comment, find_joined("comments", query, NEWEST_FIRST, size,
                                                  COMMENT_FIELDS)))


@app.get("/dreamscape")
@login_required
def dreamscape():
    """Show a page of the feed, in the state the address tells."""
    feed, kept = read_feed(), [*filter(None, [parse_id(session.pop("kept", None))])]
    dreams, cursor = find_feed_page(g.viewer, feed, kept)
    comments = find_recent_comments(dreams or [])
    return page("dreamscape.html", feed=feed, dreams=dreams, cursor=cursor, comments=comments,
                **find_marks(g.viewer, dreams or [], [*chain.from_iterable(comments.values())]))


@app.get("/dreams")
@login_required
def dreams():
    """Show the dreamer's own dreams."""
    found, cursor = find_dreams_of(g.viewer)
    return page("dream/list.html", dreams=found, cursor=cursor)


def find_dreams_of(dreamer):
    """Return (dreams, cursor) of one dreamer's dreams, from where the address says."""
    position = read_position(request.args.get("cursor"), NEWEST_FIRST)
    query = position | {"dreamer_id": dreamer["_id"]} | seen_query()
    found = db.dreams.find(query, CARD_FIELDS).sort(NEWEST_FIRST).limit(FEED_PAGE + 1)
    return split_page([complete_dream(dream | {"author": [dreamer]}) for dream in found], FEED_PAGE)


# Cards #######################################################################
#
# A worker has the cards and comments ready that it showed last, whoever saw them: a key is all
# that the HTML of one depends on. What differs from visit to visit is left blank in it and filled
# in at last; nobody can guess what stands there, so no text of a dreamer holds it.

KEPT = 4_000_000  # characters, of five hundred cards or two thousand comments
BLANKS = {name: f"{name}-{secrets.token_hex(16)}" for name in ("csrf_token", "form_key", "here")}
BLANK_FIELDS = {name: functools.partial(str, blank) for name, blank in BLANKS.items()}


def viewer_key(*documents):
    """Return all that the HTML of documents may depend on of who looks at them."""
    # A look at g is slow, and a page of the feed has eighty keys.
    viewer = g.viewer
    if not viewer:
        return (None,)
    return is_moderator(viewer), *(viewer["_id"] == each["dreamer_id"] for each in documents)


def comment_key(comment, dream, reactions):
    """Return all that the HTML of a comment depends on, but for its BLANKS."""
    return (bson.encode(comment), *viewer_key(comment, dream), reactions.get(comment["_id"]),
            folded(comment) and opened(comment), ago(comment["created_at"]))


def card_key(dream, comments, followed, reactions, first):
    """Return all that the HTML of a card depends on, but for its BLANKS."""
    return (bson.encode(dream), first, dream["_id"] in followed, dream["dreamer_id"] in followed,
            *viewer_key(dream), ago(dream["created_at"]),
            *((topic_name(topic), is_topic(topic)) for topic in dream["topics"]), comments is None,
            *(comment_key(comment, dream, reactions) for comment in comments or ()))


def render_part(template, **told):
    """Return the HTML of a partial with its BLANKS, and those of the comments in it."""
    context = told | BLANK_FIELDS | {"show_comment": render_comment}
    app.update_template_context(context)
    return escape(app.jinja_env.get_template(template).make_module(context))


@cached(LRUCache(KEPT, getsizeof=len), key=comment_key, lock=threading.Lock())
def render_comment(comment, dream, reactions):
    """Return the HTML of a comment with its BLANKS."""
    return render_part("partials/comment.html", comment=comment, dream=dream,
                       reactions=reactions)


@cached(LRUCache(KEPT, getsizeof=len), key=card_key, lock=threading.Lock())
def render_card(dream, comments, followed, reactions, first):
    """Return the HTML of a card with its BLANKS; first: whether it comes first on its page."""
    return render_part("partials/dream_card.html", dream=dream, comments=comments,
                       followed=followed, reactions=reactions, eager=first)


def fill_blanks(html):
    """Return HTML with what belongs to this visit in the place of its BLANKS, escaped."""
    # As a part of an address it is written in its own way.
    html = html.replace(f"next={BLANKS['here']}", f"next={quote(here())}")
    # Each value is asked for only where it is needed: a token would set a session cookie.
    for name, find_value in (("csrf_token", generate_csrf), ("form_key", form_key), ("here", here)):
        if BLANKS[name] in html:
            html = html.replace(BLANKS[name], find_value())
    return html


@app.template_global("cards")
def show_cards(dreams, comments=None, followed=(), reactions=None):
    """Return the cards of the dreams of a page; comments: as find_recent_comments has them."""
    return fill_blanks(escape("").join(
        render_card(dream, comments and comments[dream["_id"]], followed, reactions or {},
                    first=not number) for number, dream in enumerate(dreams)))


@app.template_global()
def show_comment(comment, dream, reactions):
    """Return a comment on a dream, as this viewer sees it on this visit."""
    return fill_blanks(render_comment(comment, dream, reactions))


# Dreams ######################################################################

TITLE_LENGTH = 100  # characters
DESCRIPTION_LENGTH = 3_000  # characters
ALT_LENGTH = 300  # characters
DREAM_TOPICS = (1, 5)
COMMENTS_PAGE = 50  # comments on a dream's page


class DreamForm(Form):
    """The Dreambuilder."""

    title = line("Your dream in one line", TITLE_LENGTH, "Please give your dream a title.",
                 "What do you hope for?")
    description = text("Tell more", DESCRIPTION_LENGTH, "Please tell a little more.",
                       "Why does it matter to you? What have you got? What would help?", rows=10)
    topics = TopicsField("Topics", *DREAM_TOPICS, description="One to five.")
    comments_enabled = Switch("People may comment", unsent=True, default=True)


class DreamEditForm(DreamForm):
    """The Dreambuilder for a dream that exists."""

    comments_enabled = Switch("People may comment", unsent=False)


class DreamPictureForm(PictureForm):
    """A dream's picture, and words for who cannot see it."""

    alt = line("What it shows, for those who cannot see it", ALT_LENGTH)


def find_dream(query):
    """Return a complete dream with its author, or None."""
    return next(iter(find_dreams(query, NEWEST_FIRST, 1)), None)


def find_seen_dream(query):
    """Return a complete dream with its author; None if there is none for the viewer to see."""
    dream = find_dream(query)
    return dream if dream and may_see(dream) else None


def get_dream_or_404(slug):
    """Return the dream of a slug, now or before; 404 if there is none to see."""
    return get_by_slug_or_404("dream", find_seen_dream, slug)


def get_own_dream_or_404(slug):
    """Return the viewer's own dream; 403 for another's."""
    dream = get_dream_or_404(slug)
    return dream if is_viewer(dream["dreamer_id"]) else abort(403, "This dream is somebody else's.")


def dream_fields(form, author):
    """Return the fields of a dream that a form decides."""
    fields = form.fields("title", "description", "topics", "comments_enabled")
    return fields | {"words": dream_words(fields, author["name"]),
                     "once": once_key(fields["title"], fields["description"], *fields["topics"])}


def add_dream(dreamer, fields):
    """Add a dream, once however often it is sent; return its slug."""
    dream = fields | {"_id": ObjectId(), "dreamer_id": dreamer["_id"], "followers": 0,
                      "comments": 0, "recent_comments": []}
    try:
        db.dreams.insert_one(dream | {"score": trend_score(dream)})
    except DuplicateKeyError:
        there = find_dream({"dreamer_id": dreamer["_id"], "once": indexed_text(fields["once"])})
        if not there:
            # It was deleted that very moment: then this one is the first again.
            return add_dream(dreamer, fields)
        broken_off = there["slug"] == str(there["_id"])
        return set_slug("dreams", there, fields["title"]) if broken_off else there["slug"]
    return set_slug("dreams", dream, fields["title"])


def set_dream(dream, fields):
    """Change a dream; return its slug, or None if the dreamer has the same dream already."""
    try:
        db.dreams.update_one({"_id": dream["_id"]},
                             {"$set": fields | {"edited_at": datetime.now(UTC)}})
    except DuplicateKeyError:
        return None
    # A title may change as often as one likes, its address a few times a day.
    renamed = fields["title"] != dream["title"]
    if renamed and add_use_if_left("new title of a dream", dream["_id"]):
        return set_slug("dreams", dream, fields["title"])
    return dream["slug"]


def remove_dream(dream):
    """Delete a dream and all that hangs on it.

    The dream itself goes last: interrupted anywhere, doing it again finishes it.
    """
    remove_hanging(dream["_id"])
    remove_slugs(dream)
    remove_with_picture("dreams", dream)
    # Once more, for what was added while this went on.
    remove_hanging(dream["_id"])


def remove_hanging(dream_id):
    """Delete a dream's follows, reports, comments and the reactions to them."""
    for collection in ("reactions", "comments", "follows", "reports"):
        db[collection].delete_many({"dream_id": dream_id})


@app.route("/dreambuilder", methods=["GET", "POST"])
@login_required
@limited("dream")
def dreambuilder():
    """Make a dream, then lead to its picture."""
    form = DreamForm()
    if not form.validate_on_submit():
        return page("dream/new.html", form)
    slug = add_dream(g.viewer, dream_fields(form, g.viewer))
    say("Your dream is out in the world. Give it a picture, if you like.")
    return redirect(url_for("dream_picture", slug=slug), 303)


@app.route("/dreams/<slug>/picture", methods=["GET", "POST"])
@login_required
@limited("picture")
def dream_picture(slug):
    """Give a dream a picture, or take it away."""
    dream = get_own_dream_or_404(slug)
    form = DreamPictureForm(data={"alt": dream["picture_alt"]})
    alt = form.alt.data or ""
    if not form.validate_on_submit() or not save_picture(form, "dreams", dream, alt):
        return page("dream/picture.html", form, dream=dream)
    say("The picture is saved.")
    return redirect(url_for("dream_show", slug=slug), 303)


@app.get("/dreams/<slug>")
def dream_show(slug):
    """Show one dream with its comments."""
    dream = get_dream_or_404(slug)
    comments, cursor = find_comments(dream)
    return page("dream/show.html", dream=dream, comments=comments, cursor=cursor,
                **find_marks(g.viewer, [dream], comments))


@app.route("/dreams/<slug>/edit", methods=["GET", "POST"])
@login_required
def dream_edit(slug):
    """Change a dream."""
    dream = get_own_dream_or_404(slug)
    form = DreamEditForm(data=dream)
    if form.validate_on_submit():
        new_slug = set_dream(dream, dream_fields(form, g.viewer))
        if new_slug:
            say("Your dream is saved.")
            return redirect(url_for("dream_show", slug=new_slug), 303)
        form.title.errors = ["You have a dream with exactly this title and text already."]
    return page("dream/edit.html", form, dream=dream)


@app.post("/dreams/<slug>/delete")
@login_required
def dream_delete(slug):
    """Delete a dream, once that is confirmed."""
    dream = get_dream_or_404(slug)
    if not may_remove(dream):
        abort(403, "Only its dreamer can delete a dream.")
    if request.form.get("confirm") != "1":
        return page("dream/delete.html", dream=dream)
    add_audit_of_removal("dream", dream, dream)
    remove_dream(dream)
    say(f"{quoted(dream['title'])} is deleted.")
    return redirect(url_for("dreams" if is_viewer(dream["dreamer_id"]) else "dreamscape"), 303)


# Comments ####################################################################

COMMENT_LENGTH = 2_000  # characters
FOLD_DISLIKES = 3  # a comment with so many, and more dislikes than likes, is folded away
app.jinja_env.globals.update(COMMENT_LENGTH=COMMENT_LENGTH)


class CommentForm(Form):
    """One comment."""

    body = text("Comment", COMMENT_LENGTH, "Please write something first.", rows=4)


@app.template_test()
def folded(comment):
    """Return whether dislikes fold a comment away (R52)."""
    return comment["dislikes"] >= FOLD_DISLIKES and comment["dislikes"] > comment["likes"]


@app.template_test()
def opened(comment):
    """Return whether a folded comment is open: the address says so, or its button was pressed."""
    return (str(comment["_id"]) in page_args().getlist("open")
            or request.endpoint == "comment_reaction")


def find_comments(dream):
    """Return (comments, cursor) of a dream, newest first, from where the address says."""
    position = read_position(page_args().get("cursor"), NEWEST_FIRST)
    query = position | {"dream_id": dream["_id"]} | seen_query()
    return split_page(find_full_comments(query, COMMENTS_PAGE + 1), COMMENTS_PAGE)


def get_comment_or_404(comment_id):
    """Return (comment, its dream) by the id in an address; 404 if not there to see."""
    comment = complete_comment(db.comments.find_one({"_id": parse_id(comment_id)})
                               or abort_gone("comment"))
    if not may_see(comment):
        abort_gone("comment")
    return comment, find_seen_dream({"_id": comment["dream_id"]}) or abort_gone("dream")


def add_own_comment(dream, body):
    """Add the viewer's comment, by the key of its form; its id, or lead away as abort_gone."""
    added = add_comment(g.viewer, dream, body, request.form.get("once", ""))
    renew_once()
    return added or abort_gone("dream")


def add_comment(dreamer, dream, body, key=""):
    """Add a comment, once however often it is sent; its id, None if the dream is gone.

    key: the one-time key of its form; without one the words alone tell what is the same.
    """
    once = once_key(str(dreamer["_id"]), body, *[key] * bool(key))
    comment = {"_id": ObjectId(), "dream_id": dream["_id"], "dreamer_id": dreamer["_id"],
               "body": body, "once": once, "likes": 0, "dislikes": 0}
    try:
        db.comments.insert_one(comment)
    except DuplicateKeyError:
        there = db.comments.find_one({"dream_id": dream["_id"], "once": indexed_text(once)})
        # It was deleted that very moment: then this one is the first again.
        return there["_id"] if there else add_comment(dreamer, dream, body, key)
    newest = {"$each": [comment["_id"]], "$slice": -RECENT_COMMENTS}
    if update_counts(dream["_id"], {"$inc": {"comments": 1}, "$push": {"recent_comments": newest}}):
        return comment["_id"]
    db.comments.delete_one({"_id": comment["_id"]})
    return None


def set_comment(comment, body):
    """Change a comment's words; False if its author said exactly that here already."""
    once = once_key(str(comment["dreamer_id"]), body)
    try:
        db.comments.update_one({"_id": comment["_id"]}, {"$set": {
            "body": body, "once": once, "edited_at": datetime.now(UTC)}})
    except DuplicateKeyError:
        return False
    return True


def remove_comment(comment):
    """Delete a comment with its reactions and the reports about it."""
    remove_reports(comment["_id"])
    gone = db.comments.find_one_and_delete({"_id": comment["_id"]}, {"hidden": 1})
    if not gone:
        return
    db.reactions.delete_many({"comment_id": comment["_id"]})
    # Once more, for who reported it while this went on.
    remove_reports(comment["_id"])
    if not gone.get("hidden"):
        uncount_comment(comment)


def uncount_comment(comment):
    """Count a comment no longer; the next older one takes its place in feeds."""
    dream = update_counts(comment["dream_id"], {"$inc": {"comments": -1},
                                                "$pull": {"recent_comments": comment["_id"]}})
    if dream and len(dream.get("recent_comments", [])) < min(SHOWN_COMMENTS, dream["comments"]):
        set_recent_comments(dream)


def set_recent_comments(dream):
    """Read a dream's newest comments anew, unless they change meanwhile; 1 if any differed."""
    found = db.comments.find({"dream_id": dream["_id"], "hidden": None}, {"_id": 1}).sort(
        NEWEST_FIRST).limit(RECENT_COMMENTS)
    recent = [comment["_id"] for comment in found][::-1]
    same = {"_id": dream["_id"], "recent_comments": dream.get("recent_comments")}
    return db.dreams.update_one(same, {"$set": {"recent_comments": recent}}).modified_count


def comment_url(dream):
    """Return where an action on a comment leads when it does not say."""
    return url_for("dream_show", slug=dream["slug"])


@app.post("/dreams/<slug>/comments")
@login_required
@limited("comment")
def comment_add(slug):
    """Add a comment to a dream."""
    dream, form = get_dream_or_404(slug), CommentForm()
    if not dream["comments_enabled"]:
        abort(403, "Comments on this dream are switched off.")
    if not form.validate_on_submit():
        return page("comment/edit.html", form, dream=dream, post_to=request.path)
    comment_id = add_own_comment(dream, form.body.data)
    say("Your comment is there.")
    return redirect_back(comment_url(dream), f"comment-{comment_id}",
                         find_changed_comments, dream["_id"])


def add_undo(comment, dream):
    """Keep a deleted comment for its author; return what posts it anew, None for others.

    A hidden one would be posted anew for everybody to see: there is no undo for it.
    """
    if comment["hidden"] or not is_viewer(comment["dreamer_id"]):
        return None
    path = url_for("comment_add", slug=dream["slug"])
    draft = add_draft(g.viewer["_id"], path, {"body": [comment["body"]]}, is_undo=True)
    return draft and f"{path}?undo={draft['_id']}"


@app.post("/comments/<comment_id>/edit")
@login_required
def comment_edit(comment_id):
    """Change one's own comment."""
    comment, dream = get_comment_or_404(comment_id)
    if not is_viewer(comment["dreamer_id"]):
        abort(403, "Only its author can change a comment.")
    form = CommentForm()
    if form.validate_on_submit():
        if set_comment(comment, form.body.data):
            say("Your comment is changed.")
            return redirect_back(comment_url(dream), f"comment-{comment_id}",
                                 find_changed_comment, comment["_id"])
        form.body.errors = ["You have said exactly that here already."]
    return page("comment/edit.html", form, dream=dream, post_to=request.path)


@app.post("/comments/<comment_id>/delete")
@login_required
def comment_delete(comment_id):
    """Delete a comment, once that is confirmed."""
    comment, dream = get_comment_or_404(comment_id)
    if not may_remove(comment, dream):
        abort(403, "Only its author and the dream's owner can delete a comment.")
    if request.form.get("confirm") != "1":
        return page("comment/delete.html", comment=comment, dream=dream)
    add_audit_of_removal("comment", comment, dream)
    remove_comment(comment)
    say("The comment is deleted.", add_undo(comment, dream))
    return redirect_back(comment_url(dream), f"dream-{dream['slug']}",
                         find_changed_comments, dream["_id"])


# Reactions ###################################################################

REACTIONS = ("like", "dislike", "none")


def set_reaction(dreamer, comment, value):
    """Make "like", "dislike" or "none" a dreamer's one reaction to a comment."""
    edge = {"dreamer_id": dreamer["_id"], "comment_id": comment["_id"]}
    new = edge | {"value": value, "dream_id": comment["dream_id"]}
    steps, added = Counter(), add_reaction(new)
    if not added and (gone := db.reactions.find_one_and_delete(edge | {"value": {"$ne": value}})):
        if gone.get("value"):
            steps[f"{gone['value']}s"] -= 1
        added = add_reaction(new)
    if added:
        steps[f"{value}s"] += 1
    counted = steps and db.comments.update_one({"_id": comment["_id"]}, {"$inc": dict(steps)})
    if counted and not counted.matched_count:
        # The comment was deleted that very moment: nothing may hang on it.
        db.reactions.delete_one(edge)


def add_reaction(reaction):
    """Keep a reaction; False where there is one already, or none is wanted."""
    if reaction["value"] == "none":
        return False
    try:
        db.reactions.insert_one(reaction)
    except DuplicateKeyError:
        return False
    return True


def recount_comment(comment):
    """Count a comment again, and give it back its place in feeds."""
    dream = update_counts(comment["dream_id"], {"$inc": {"comments": 1}})
    if dream:
        set_recent_comments(dream)


@app.post("/comments/<comment_id>/reaction")
@login_required
@limited("reaction")
def comment_reaction(comment_id):
    """Like or dislike a comment, or take that back."""
    comment, dream = get_comment_or_404(comment_id)
    if is_viewer(comment["dreamer_id"]):
        abort(403, "A reaction to one's own comment does not count.")
    value = request.form.get("value")
    if value not in REACTIONS:
        abort(422, "A reaction is like, dislike or none.")
    set_reaction(g.viewer, comment, value)
    return redirect_back(comment_url(dream), f"comment-{comment_id}",
                         find_changed_comment, comment["_id"],
                         opened=comment_id if folded(comment) else None)


# Follows #####################################################################


def find_followed_dreamers(viewer):
    """Return the ids of the dreamers that the viewer follows, FOLLOWED_MOST at most, as a set."""
    # In one document, for a find brings a hundred at a time.
    found = db.follows.aggregate([
        {"$match": {"dreamer_id": viewer["_id"], "dream_id": None}}, {"$limit": FOLLOWED_MOST},
        {"$group": {"_id": None, "dreamers": {"$push": "$followed_id"}}}])
    return {_id for group in found for _id in group["dreamers"] if _id}


def find_marks(viewer, dreams=(), comments=(), dreamers=()):
    """Return {followed, reactions}: what a page shows of what the viewer did, in one call.

    followed: the ids of these dreams, of their authors and of these dreamers that the viewer
    follows; reactions: {comment id: "like" or "dislike"} for these comments.
    """
    owners = {dream["dreamer_id"] for dream in dreams} | {dreamer["_id"] for dreamer in dreamers}
    # An edge has null for the kind that it is not: so all are points of one index.
    edges = {"dream_id": {"$in": [None, *(dream["_id"] for dream in dreams)]},
             "followed_id": {"$in": [*owners | {None}]}}
    reacted = {"comment_id": {"$in": [comment["_id"] for comment in comments]}}
    found = find_edges(viewer, edges, reacted) if viewer and (owners or comments) else ()
    return {"followed": {edge.get("dream_id") or edge.get("followed_id") for edge in found
                         if not edge.get("comment_id")} - {None},
            "reactions": {edge["comment_id"]: edge.get("value") for edge in found
                          if edge.get("comment_id")}}


def find_edges(viewer, follows, reactions):
    """Return the viewer's follows that meet a query, and reactions that meet another."""
    mine = {"dreamer_id": viewer["_id"]}
    others = {"coll": "reactions", "pipeline": [{"$match": mine | reactions}]}
    return list(db.follows.aggregate([{"$match": mine | follows}, {"$unionWith": others}]))


def set_following(viewer, target, wanted):
    """Make the viewer follow a dream or a dreamer, or not; False if the target is gone.

    target: {"dream_id": _id} or {"followed_id": _id}. The unique index decides, so two
    tabs or a double click change the count by one at the most.
    """
    edge = {"dreamer_id": viewer["_id"], "dream_id": None, "followed_id": None} | target
    try:
        changed = add_follow(edge) if wanted else db.follows.delete_one(edge).deleted_count
    except DuplicateKeyError:
        return True
    if not changed or set_followers(target, 1 if wanted else -1):
        return True
    db.follows.delete_one(edge)
    return False


def add_follow(edge):
    """Insert an edge without the key that stands for the other kind."""
    return db.follows.insert_one({key: value for key, value in edge.items() if value}).inserted_id


def set_followers(target, step):
    """Change the count of a dream's or a dreamer's followers; None if it is gone."""
    change = {"$inc": {"followers": step}}
    if "dream_id" in target:
        return update_counts(target["dream_id"], change)
    return db.dreamers.find_one_and_update({"_id": target["followed_id"]}, change, {"_id": 1})


def follow(target, wanted, what, undo, fallback, fragment=""):
    """Carry out a press of a follow or unfollow button and lead back to it.

    what: what is followed, in words. undo: the address that takes an unfollow back.
    """
    if not set_following(g.viewer, target, wanted):
        abort_gone("dream" if "dream_id" in target else "dreamer")
    if wanted:
        say(f"You follow {what}.")
    else:
        if "view=following" in here():
            # In this list it stays once more, so that the place is not lost (R47).
            session["kept"] = str(next(iter(target.values())))
        say(f"You no longer follow {what}.", undo)
    find_changed = find_changed_dream if "dream_id" in target else find_changed_dreamer
    return redirect_back(fallback, fragment, find_changed, next(iter(target.values())))


def follow_dream(slug, wanted):
    """Make the viewer follow a dream or not."""
    dream = get_dream_or_404(slug)
    if is_viewer(dream["dreamer_id"]):
        abort(403, "This is your own dream: it is with you anyway.")
    return follow({"dream_id": dream["_id"]}, wanted, quoted(dream["title"]),
                  url_for("dream_follow", slug=slug), url_for("dream_show", slug=dream["slug"]),
                  f"dream-{dream['slug']}")


def follow_dreamer(slug, wanted):
    """Make the viewer follow a dreamer or not."""
    dreamer = get_dreamer_or_404(slug)
    if is_viewer(dreamer["_id"]):
        abort(403, "You cannot follow yourself.")
    return follow({"followed_id": dreamer["_id"]}, wanted, dreamer["name"],
                  url_for("dreamer_follow", slug=slug), url_for("dreamer_show", slug=slug))


def find_dreamer(query):
    """Return a complete dreamer, or None."""
    found = db.dreamers.find_one(query)
    return found and complete_dreamer(found)


def find_seen_dreamer(query):
    """Return a complete dreamer; None if there is none for the viewer to see."""
    dreamer = find_dreamer(query)
    return dreamer if dreamer and may_see_dreamer(dreamer) else None


def get_dreamer_or_404(slug):
    """Return the dreamer of a slug, now or before; 404 if there is none to see."""
    return get_by_slug_or_404("dreamer", find_seen_dreamer, slug)


@app.get("/dreamers/<slug>")
def dreamer_show(slug):
    """Show a dreamer and their dreams."""
    dreamer = get_dreamer_or_404(slug)
    found, cursor = find_dreams_of(dreamer)
    return page("dreamer/show.html", dreamer=dreamer, dreams=found, cursor=cursor,
                followed=find_marks(g.viewer, dreamers=[dreamer])["followed"])


@app.post("/dreams/<slug>/follow")
@login_required
@limited("follow")
def dream_follow(slug):
    """Follow a dream."""
    return follow_dream(slug, True)


@app.post("/dreams/<slug>/unfollow")
@login_required
@limited("follow")
def dream_unfollow(slug):
    """Follow a dream no longer."""
    return follow_dream(slug, False)


@app.post("/dreamers/<slug>/follow")
@login_required
@limited("follow")
def dreamer_follow(slug):
    """Follow a dreamer."""
    return follow_dreamer(slug, True)


@app.post("/dreamers/<slug>/unfollow")
@login_required
@limited("follow")
def dreamer_unfollow(slug):
    """Follow a dreamer no longer."""
    return follow_dreamer(slug, False)


# Reports #####################################################################

REASON_LENGTH = 500  # characters
CALLED_LENGTH = 100  # characters of a comment that tell which one it was
REPORTS_PAGE = 20  # reports, or entries of the log
COUNTED_REPORTS = 99  # the most that the menu of a moderator counts
REPORT_FIELDS = dict.fromkeys(
    ("dreamer_id", "kind", "target_id", "about_id", "called", "reason", "role", "act", "days"),
    1) | AUTHOR_FIELDS
REPORT_DEFAULTS = {"kind": "dream", "target_id": "unknown", "called": "", "reason": "", "role": "",
                   "act": "", "days": "", "dreamer_id": None, "about_id": None}


class ReportForm(Form):
    """Why something is reported."""

    reason = text("What is wrong with it?", REASON_LENGTH, "Please say what is wrong with it.",
                  "A moderator reads it; its dreamer never learns who wrote it.", rows=4)


def called(kind, document):
    """Return what a thing is called in words, once it may be gone."""
    if kind == "comment":
        return document["body"][:CALLED_LENGTH]
    return document["title" if kind == "dream" else "name"]


def add_report(dreamer, kind, target, reason):
    """Keep what a dreamer says of a thing, once while it is open; False if the thing is gone."""
    report = {"dreamer_id": dreamer["_id"], "kind": kind, "target_id": target["_id"],
              "dream_id": target.get("dream_id") or target["_id"],
              "about_id": target.get("dreamer_id") or "",
              "called": called(kind, target), "reason": reason}
    with suppress(DuplicateKeyError):
        db.reports.insert_one(report)
    if db[f"{kind}s"].find_one({"_id": target["_id"]}, {"_id": 1}):
        return True
    remove_reports(target["_id"])
    return False


def remove_reports(target_id):
    """Close all reports about a thing."""
    db.reports.delete_many({"target_id": target_id})


def count_open_reports(viewer):
    """Return how many reports are open but for those about the viewer's own, up to a limit.

    Of the index on about_id COUNTED_REPORTS entries are read, however many are left out.
    """
    found = db.reports.find({"about_id": {"$ne": viewer["_id"]}}, {"_id": 1}).sort("about_id")
    return len(list(found.limit(COUNTED_REPORTS)))


def find_entries(collection, query, size):
    """Return at most ``size`` complete reports, or entries of the log, newest first."""
    return [complete(entry, REPORT_DEFAULTS) | {"created_at": entry["_id"].generation_time,
                                                "author": complete_author(entry)}
            for entry in find_joined(collection, query, NEWEST_FIRST, size, REPORT_FIELDS)]


def find_entries_page(collection):
    """Return (entries, cursor) of all reports or of the log, from where the address says."""
    position = read_position(request.args.get("cursor"), NEWEST_FIRST)
    return split_page(find_entries(collection, position, REPORTS_PAGE + 1), REPORTS_PAGE)


def find_reports_page(viewer):
    """Return (reports, cursor) without those about the viewer's own.

    They are left out once the page is read: a query that skips them might read them all.
    """
    reports, cursor = find_entries_page("reports")
    return [report for report in reports if report["about_id"] != viewer["_id"]], cursor


def report(kind, target, dream):
    """Take a report about a dream or a comment on it; ask what is wrong where nothing is said."""
    if is_viewer(target["dreamer_id"]):
        abort(403, "This is your own: you can change or delete it.")
    form = ReportForm()
    if not form.validate_on_submit():
        return page("moderation/report.html", form, kind=kind, target=target, dream=dream,
                    next=safe_path(request.values.get("next")) or "")
    if not add_report(g.viewer, kind, target, form.reason.data):
        abort_gone(kind)
    say("Thank you. A moderator will look at it.")
    at = f"dream-{dream['slug']}" if kind == "dream" else f"comment-{target['_id']}"
    return redirect_back(comment_url(dream), at)


@app.route("/dreams/<slug>/report", methods=["GET", "POST"])
@login_required
@limited("report")
def dream_report(slug):
    """Report a dream to the moderators."""
    dream = get_dream_or_404(slug)
    return report("dream", dream, dream)


@app.route("/comments/<comment_id>/report", methods=["GET", "POST"])
@login_required
@limited("report")
def comment_report(comment_id):
    """Report a comment to the moderators."""
    return report("comment", *get_comment_or_404(comment_id))


# Moderation ##################################################################

SUSPENSIONS = {"7": "A week", "30": "A month", "365": "A year", "for-good": "For good"}  # days
ACTS = {  # act: (its button, what the log says)
    "hide": ("Hide it", "hid"),
    "show": ("Show it again", "showed again"),
    "delete": ("Delete it for good", "deleted"),
    "dismiss": ("Leave it as it is", "left as it is"),
    "suspend": ("Suspend", "suspended"),
    "restore": ("Lift the suspension of", "lifted the suspension of"),
    "promote": ("Make a moderator of", "made a moderator of"),
    "demote": ("Take moderation from", "took moderation from"),
    "make-admin": ("", "made an administrator of"),
    "remove-admin": ("", "took administration from"),
    "offer": ("", "offered"),
    "withdraw": ("", "offered no longer"),
}
THING_ACTS = ("hide", "show", "delete", "dismiss")
DREAMER_ACTS = ("suspend", "restore")
ROLE_ACTS = ("promote", "demote")
app.jinja_env.globals.update(ACTS=ACTS, THING_ACTS=THING_ACTS, SUSPENSIONS=SUSPENSIONS)


class ActForm(Form):
    """Why a moderator does something, and for how long where it ends."""

    reason = text("Why?", REASON_LENGTH, "Please say why.",
                  "Whom it concerns may read it, and the log keeps it.", rows=3)
    days = SelectField("How long a suspension lasts", coerce=clean_line, default="7",
                       choices=[SelectChoice(*length) for length in SUSPENSIONS.items()])


def add_audit(act, kind, document, reason, **more):
    """Write into the log who does what to which thing, and why; the moment is in its _id."""
    who = g.get("viewer") or {"_id": None, "role": "command line"}
    whose = {"about_id": document["dreamer_id"]} if document.get("dreamer_id") else {}
    db.audit.insert_one({
        "dreamer_id": who["_id"], "role": who["role"], "act": act, "kind": kind,
        "target_id": document["_id"], "called": called(kind, document), "reason": reason,
        **whose, **more})


def set_audit_called(dreamer):
    """Blank in the log the name of one who leaves, and the words of what was theirs."""
    db.audit.update_many({"target_id": dreamer["_id"]}, {"$set": {"called": "A former dreamer"}})
    db.audit.update_many({"about_id": dreamer["_id"]}, {
        "$set": {"called": "of someone who has left"}, "$unset": {"about_id": ""}})


def add_audit_of_removal(kind, document, dream):
    """Write into the log that a moderator deletes, where it stands, what is somebody else's."""
    if not looks_after(document, dream):
        reason = clean_text(request.form.get("reason", ""))[:REASON_LENGTH]
        add_audit("delete", kind, document, reason or "Deleted where it stood.")


def set_hidden(kind, document, reason, role=None):
    """Hide a dream or a comment from most, or with None as the reason show it again.

    role: whose reason it is. What was hidden anew meanwhile, by another role, stays hidden.
    """
    if reason:
        state, change = {"hidden": None}, {"$set": {"hidden": reason, "hidden_role": role}}
    else:
        state = {"hidden": {"$ne": None}, "hidden_role": document["hidden_role"]}
        change = {"$unset": {"hidden": "", "hidden_role": ""}}
    same = {"_id": document["_id"]} | state
    changed = db[f"{kind}s"].update_one(same, change).modified_count
    if role == "administrator" and not changed:
        # Hidden already: then it takes an administrator to show it again.
        db[f"{kind}s"].update_one({"_id": document["_id"], "hidden": {"$ne": None}}, change)
    if changed and kind == "comment":
        count_again = uncount_comment if reason else recount_comment
        count_again(document)


def set_suspended(dreamer, reason, days):
    """Suspend a dreamer, which ends every sign-in; with None as the reason let them back in."""
    until = None if days == "for-good" else datetime.now(UTC) + timedelta(days=int(days))
    change = ({"$set": {"suspended": {"until": until, "reason": reason}, "sign_ins": []}}
              if reason else {"$unset": {"suspended": ""}})
    db.dreamers.update_one({"_id": dreamer["_id"]}, change)
    log_event("suspended" if reason else "suspension_lifted", dreamer_id=dreamer["_id"])


def set_role(dreamer, before, role):
    """Change a dreamer's role, if it is still the one before."""
    db.dreamers.update_one({"_id": dreamer["_id"], "role": before}, {"$set": {"role": role}})
    log_event("role_given", dreamer_id=dreamer["_id"], role=role)


def find_comment(query):
    """Return a complete comment with its author, or None."""
    return next(iter(find_full_comments(query, 1)), None)


def get_case_or_404(kind, document_id):
    """Return {kind, document, dreamer, reports}: a thing, whose it is, what was said of it.

    Its owner gets no reports.
    """
    find = {"dream": find_dream, "comment": find_comment, "dreamer": find_dreamer}[kind]
    document = find({"_id": parse_id(document_id)}) or abort_gone(kind)
    dreamer = document if kind == "dreamer" else find_dreamer({"_id": document["dreamer_id"]})
    reports = [] if dreamer and is_viewer(dreamer["_id"]) else find_entries(
        "reports", {"target_id": document["_id"]}, REPORTS_PAGE)
    return {"kind": kind, "document": document, "dreamer": dreamer, "reports": reports}


def may_show(document):
    """Return whether the viewer may show again what somebody of no higher role hid.

    From before the role was kept it may have been an administrator.
    """
    return (not document["hidden"] or document["hidden_role"] == "moderator"
            or g.viewer["role"] == "administrator")


def allowed_acts(case):
    """Return the acts that the viewer may do in a case; nobody judges what is their own."""
    dreamer, above = case["dreamer"], g.viewer["role"] == "administrator"
    if dreamer and is_viewer(dreamer["_id"]):
        return []
    is_dreamer = case["kind"] == "dreamer"
    acts = [] if is_dreamer else [act for act in THING_ACTS
                                  if act != "show" or may_show(case["document"])]
    # An administrator loses the role on the command line only: nobody else may keep one out.
    if dreamer and dreamer["role"] != "administrator" and (above or not is_moderator(dreamer)):
        acts += DREAMER_ACTS
        acts += ROLE_ACTS if above and is_dreamer and not is_unconfirmed(dreamer) else ()
    return acts


@app.template_global()
def case_url(entry):
    """Return where a moderator reads on about a report or an entry of the log."""
    if entry["kind"] == "topic":
        return url_for("moderation_topic", slug=entry["target_id"])
    return url_for("moderation_case", kind=entry["kind"], document_id=entry["target_id"])


@app.template_global()
def offered_acts(case):
    """Return those allowed acts that would change something."""
    hidden, dreamer = case["document"].get("hidden"), case["dreamer"] or complete_dreamer({})
    role, suspended = dreamer["role"], suspension(dreamer)
    idle = {"hide": hidden, "show": not hidden, "dismiss": not case["reports"],
            "suspend": suspended, "restore": not suspended,
            "promote": role or suspended, "demote": not role}
    return [act for act in allowed_acts(case) if not idle.get(act)]


def carry_out(case, act, reason, days):
    """Do what a moderator decided, and close the reports that asked for it."""
    kind, document, dreamer = case["kind"], case["document"], case["dreamer"]
    # The log comes first: no act goes without its entry, though one may break off after it.
    if act in THING_ACTS:
        add_audit(act, kind, document, reason)
    else:
        add_audit(act, "dreamer", dreamer, reason, days=days if act == "suspend" else "")
    match act:
        case "hide" | "show":
            set_hidden(kind, document, reason if act == "hide" else None, g.viewer["role"])
        case "delete":
            remove = remove_dream if kind == "dream" else remove_comment
            remove(document)
        case "suspend" | "restore":
            set_suspended(dreamer, reason if act == "suspend" else None, days)
        case "promote":
            set_role(dreamer, None, "moderator")
        case "demote":
            set_role(dreamer, "moderator", None)
    remove_reports(document["_id"])


@app.get("/moderation")
@moderator_required
def moderation_queue():
    """Show what was reported and waits for a moderator."""
    reports, cursor = find_reports_page(g.viewer)
    return page("moderation/queue.html", reports=reports, cursor=cursor)


@app.get("/moderation/audit")
@moderator_required
def moderation_audit():
    """Show the log of what moderators did."""
    entries, cursor = find_entries_page("audit")
    return page("moderation/audit.html", entries=entries, cursor=cursor)


@app.get("/moderation/<any(dream, comment, dreamer):kind>/<document_id>")
@moderator_required
def moderation_case(kind, document_id):
    """Show a thing, what was said of it and what can be done."""
    return page("moderation/case.html", ActForm(), case=get_case_or_404(kind, document_id))


@app.post("/moderation/<any(dream, comment, dreamer):kind>/<document_id>/<act>")
@moderator_required
def moderation_act(kind, document_id, act):
    """Carry out what a moderator decided, once it is said why."""
    case, form = get_case_or_404(kind, document_id), ActForm()
    if act not in allowed_acts(case):
        abort(403, "This is not for you to decide.")
    if not form.validate_on_submit():
        return page("moderation/case.html", form, case=case)
    carry_out(case, act, form.reason.data, form.days.data)
    say("It is done, and written into the log.")
    return redirect(url_for("moderation_queue"), 303)


# Changing topics #############################################################

TOPIC_LENGTH = 40  # characters


class TopicForm(Form):
    """A topic of the site, and why it is added or changed."""

    name = line("Name", TOPIC_LENGTH, "Please give the topic a name.",
                "A dream that has the topic keeps it under another name, too.")
    offered = Switch("People may choose it", unsent=True, default=True)
    reason = ActForm.reason


def new_topic_slug(name):
    """Return the slug of a new topic, or None where there is such a topic, or enough of them."""
    slug, topics = slugify(name, max_length=SLUG_LENGTH), find_topics(now=True)
    return None if not slug or slug in topics or len(topics) >= TOPICS_MOST else slug


def set_topic(slug, fields):
    """Add or change a topic, and write it into the log; other workers learn it in a minute."""
    topic = {"_id": slug, "name": fields["name"], "offered": fields["offered"]}
    add_audit("offer" if topic["offered"] else "withdraw", "topic", topic, fields["reason"])
    db.topics.replace_one({"_id": slug}, topic, upsert=True)
    topics_kept["until"] = 0.0


@app.get("/moderation/topics")
@moderator_required
def moderation_topics():
    """Show the site's topics, and what can be done with them."""
    return page("moderation/topics.html", topics=find_topics(now=True))


@app.route("/moderation/topics/new", methods=["GET", "POST"])
@moderator_required
def moderation_topic_new():
    """Add a topic."""
    form = TopicForm()
    if not form.validate_on_submit():
        return page("moderation/topic.html", form)
    slug = new_topic_slug(form.name.data)
    if not slug:
        form.name.errors = ["There is such a topic already, or its name has no letters."]
        return page("moderation/topic.html", form)
    return save_topic(slug, form)


@app.route("/moderation/topics/<slug>", methods=["GET", "POST"])
@moderator_required
def moderation_topic(slug):
    """Rename a topic, and say whether people may choose it."""
    topic = find_topics(now=True).get(slug) or abort_gone("topic")
    form = TopicForm(data=topic)
    if not form.validate_on_submit():
        return page("moderation/topic.html", form, slug=slug)
    return save_topic(slug, form)


def save_topic(slug, form):
    """Keep a topic as a moderator wants it, and lead back to all topics."""
    set_topic(slug, form.data)
    say("The topic is saved, and written into the log.")
    return redirect(url_for("moderation_topics"), 303)


# Fragments ###################################################################
#
# Comfort of JavaScript (R45): an action sent with the header X-Fragment is answered by
# fragment.html, the message and what changed, made by the partials of the page itself, so
# that page and fragment cannot drift. X-Fragment is "card_comments" where the comments of a
# card are shown, else "comments".


def find_changed_dream(dream_id):
    """Return what a dream's facts need, read anew."""
    dream = find_dream({"_id": dream_id}) or abort(404)
    return {"dream": dream, **find_marks(g.viewer, [dream])}


def find_changed_dreamer(dreamer_id):
    """Return what a dreamer's facts need, read anew."""
    dreamer = find_dreamer({"_id": dreamer_id}) or abort(404)
    return {"dreamer": dreamer, **find_marks(g.viewer, dreamers=[dreamer])}


def find_changed_comment(comment_id):
    """Return what one comment needs, read anew."""
    found = find_full_comments({"_id": comment_id}, 1) or abort(404)
    return {"comment": found[0], "dream": find_dream({"_id": found[0]["dream_id"]}) or abort(404),
            **find_marks(g.viewer, comments=found)}


def find_changed_comments(dream_id):
    """Return what a dream's facts and its comments need, read anew."""
    dream = find_dream({"_id": dream_id}) or abort(404)
    on_card = request.headers["X-Fragment"] == "card_comments"
    comments, cursor = ((find_recent_comments([dream])[dream_id], None) if on_card
                        else find_comments(dream))
    return {"dream": dream, "comments": comments, "cursor": cursor, "on_card": on_card,
            **find_marks(g.viewer, [dream], comments)}


@app.after_request
def tell_redirect(response):
    """Tell JavaScript, which cannot see a redirect, where it leads: 204 with the Location."""
    if "X-Fragment" in request.headers and response.location:
        response.status_code = 204
        response.set_data(b"")
    return response


# Password reset ##############################################################


class ResetRequestForm(Form):
    """Whose password is to be reset."""

    email = email_field()


class ResetForm(Form):
    """The new password."""

    password = new_password_field()


def compose_reset_mail(entry):
    """Return the mail with a reset link, or None for an address without an account.

    An address that is not confirmed yet gets one, too: using it confirms the address. Where
    several people signed up with it, nobody can tell whose account that would be.
    """
    email = entry.get("email") or ""
    dreamers = [*filter(None, [find_dreamer_by_email(email)])] or find_unconfirmed(email)
    if len(dreamers) > 1:
        return compose_notice("confirm_first", entry)
    if not dreamers:
        return None
    dreamer, = dreamers
    name = "" if is_unconfirmed(dreamer) else dreamer.get("first_name")
    return compose("password_reset", address_of(dreamer), "Reset your Dreamscape password",
                   name=name, minutes=int(RESET_LIFE.total_seconds() // 60),
                   link=f"{app.config['BASE_URL']}/password-reset/{make_reset_token(dreamer)}")


COMPOSERS["password_reset"] = compose_reset_mail


def set_password(dreamer, password):
    """Set a new password and end every sign-in; False if it was changed meanwhile."""
    same = {"_id": dreamer["_id"], "password": dreamer.get("password")}
    change = {"$set": {"password": hash_password(password), "sign_ins": []}}
    if not is_unconfirmed(dreamer):
        # Somebody who knew the old password may have requested a change of address.
        change["$unset"] = {"unconfirmed_email": ""}
    if not db.dreamers.update_one(same, change).modified_count:
        return False
    log_event("password_changed", dreamer_id=dreamer["_id"])
    if dreamer.get("email"):
        add_mail("password_changed", dreamer["email"])
    return True


def refuse_reset_link():
    """Say that a link does not hold any more, beside the form that asks for another."""
    log_event("reset_refused")
    form = ResetRequestForm(formdata=None)
    form.email.errors = ["This link has expired or was already used. Enter your email to get a "
                         "new one."]
    return page("account/password_reset.html", form)


@app.route("/password-reset", methods=["GET", "POST"])
@limited("reset of an account", "reset from a network")
def password_reset():
    """Ask for a link by mail; the answer tells nobody who has an account."""
    form = ResetRequestForm()
    if not can_mail():
        status = 422 if request.method == "POST" else 200
        return render_template("account/password_reset_off.html"), status
    if not form.validate_on_submit():
        return page("account/password_reset.html", form)
    add_mail("password_reset", fold_email(form.email.data))
    log_event("reset_asked")
    say("If there's an account for that address, we've emailed you a link.")
    return redirect(url_for("password_reset"), 303)


@app.route("/password-reset/<token>", methods=["GET", "POST"])
@one_at_a_time
def password_reset_set(token):
    """Set the new password."""
    dreamer, form = find_reset_dreamer(token), ResetForm()
    if not dreamer:
        return refuse_reset_link()
    if not form.validate_on_submit():
        return page("account/password_reset_set.html", form)
    if not set_password(dreamer, form.password.data):
        return refuse_reset_link()
    if is_unconfirmed(dreamer):
        set_confirmed(dreamer)
    session.clear()
    say("Password changed. You can sign in now.")
    return redirect(url_for("login"), 303)


# Errors ######################################################################

RETRY_AFTER = 10  # seconds
DRAIN_BYTES = 100_000_000  # of a body that was not wanted
SLOW_BODY = ("The upload took too long, so we stopped it. Try a smaller picture or a faster "
             "connection.")
TITLES = {403: "This is not yours to do", 404: "There is nothing here",
          405: "Nothing to look at here", 413: "That is too large",
          415: "We couldn't read that",
          422: "That cannot be done", 429: "A little slower, please",
          500: "Something broke on our side", 503: "We will be right back"}
SENTENCES = {
    403: "Somebody else looks after this one. What is yours is in its place, untouched.",
    404: "The address may be mistyped, or what was here is gone. Other dreams are still awake.",
    405: "This address is for sending, not for looking at. Nothing was changed.",
    413: f"We take up to {REQUEST_BYTES // 1_000_000} MB at a time. Please choose less.",
    415: "Nothing was changed. Please use the form on the page.",
    422: "What was sent does not fit here, so nothing was changed.",
    429: "So much at once is more than we can follow. Take a breath.",
    500: "It is not your doing. We have noted it, and you can try again.",
    503: "The database does not answer just now. Please try again in a few seconds."}
# The one thing an error page offers: to do it again, or else the way to the start.
AGAIN = {413: "Choose something smaller", 422: "Go back", 429: "Try again", 500: "Try again",
         503: "Try again"}
PUBLIC = ("landing", "dream_show", "dreamer_show")  # what a visitor's cache may keep for all
PUBLIC_AGE = 60  # seconds
HEADERS = {
    "Content-Security-Policy":
        "default-src 'none'; img-src 'self' data: blob: https://res.cloudinary.com; "
        "style-src 'self'; script-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@app.after_request
def add_headers(response):
    """Say what browsers may do with a page, and that a signed-in one is private."""
    if request.endpoint in ("password_reset_set", "confirm_address"):
        # Its address is a key, which no other page needs to see.
        response.headers["Referrer-Policy"] = "no-referrer"
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    # Of these nobody asks who sees them: they hold for all, whatever the cookie.
    if request.endpoint not in VIEWERLESS:
        add_cache_headers(response)
    return response


def add_cache_headers(response):
    """Say who may keep a page and for how long; say only that it is the same where it is."""
    if g.get("viewer") or (session.accessed and (session or session.modified)):
        response.headers["Cache-Control"] = "private, no-store"
    elif request.endpoint in PUBLIC and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={PUBLIC_AGE}"
        response.add_etag()
        response.make_conditional(request)


@app.errorhandler(HTTPException)
def show_error(error):
    """Show an error in the site's words, with what was typed."""
    code = error.code or 500
    if error.response or code < 400:
        return error.get_response()
    own_words = error.description != type(error).description
    general = SENTENCES.get(code, "Please go back and try again.")
    response = app.make_response((render_template(
        "error.html", title=TITLES.get(code, "That did not work"),
        sentence=error.description if own_words else general, again=AGAIN.get(code),
        place=place_again(), typed=typed_texts()), code))
    response.headers.extend(error.get_headers()[1:])
    return response


@app.errorhandler(SecurityError)
def show_foreign_host(error):
    """Refuse a request for a host that is not ours; a page's links would lead there."""
    return app.response_class("This is not the address of this site.\n", 400,
                              mimetype="text/plain")


@app.errorhandler(RequestEntityTooLarge)
def show_too_large(error):
    """Show at once that a request is too large, to a visitor also that a sign-in may help."""
    discard_body()
    is_picture = request.endpoint in PICTURE_PAGES and not g.get("viewer")
    sign_in_first = " To send a picture, please sign in first." if is_picture else ""
    return show_error(RequestEntityTooLarge(SENTENCES[413] + sign_in_first))


@app.errorhandler(UnsupportedMediaType)
def show_not_a_form(error):
    """Show at once that a body is no form."""
    discard_body()
    return show_error(error)


@app.errorhandler(ClientDisconnected)
def show_too_slow(error):
    """Show that a body took too long (400); who has really disconnected gets no answer."""
    request.form = MultiDict()
    return show_error(BadRequest(SLOW_BODY))


def discard_body():
    """Answer without the body, and drain it then: browsers show no answer while they send."""
    request.form = MultiDict()  # Reading it as a form would wait for it, or raise again.
    if not request.content_length:
        return
    environ = request.environ

    @after_this_request
    def drain_when_sent(response):
        """Drain the body once the response is sent."""
        response.call_on_close(functools.partial(drain_body, environ))
        return response


def drain_body(environ):
    """Read the rest of a body and forget it, for as long as it may take."""
    timer, left = start_body_timer(environ), DRAIN_BYTES
    with suppress(OSError):  # The client has gone.
        while left > 0 and (chunk := environ["wsgi.input"].read(65_536)):
            left -= len(chunk)
    timer.cancel()


@app.errorhandler(CSRFError)
def show_stale_form(error):
    """Show an expired comment form ready to be sent again; of others the way back.

    What a page of another site made this browser send is never shown ready to be sent.
    """
    log_event("form_not_ours")
    fields = typed_fields()
    if not fields or not is_own_origin(request.headers.get("Origin", "")):
        return show_error(UnprocessableEntity(
            "This form expired, so nothing was changed. Please go back and try again."))
    draft = {"path": request.path, "fields": MultiDict(fields), "expired": True}
    return render_template("draft/show.html", draft=draft, dream=find_draft_dream(draft)), 422


@app.errorhandler(PyMongoError)
def show_unavailable(error):
    """Say that the database is away; it is asked again at the next request."""
    app.logger.error("The database failed: %s", first_words(error))
    if (request.content_length or 0) > LARGE_BYTES:
        discard_body()
    g.viewer = None
    response = app.make_response((render_template(
        "error.html", title=TITLES[503], sentence=SENTENCES[503], again=AGAIN[503],
        place=place_again(), typed=typed_texts()), 503))
    response.headers["Retry-After"] = RETRY_AFTER
    return response


def place_again():
    """Return where to try again what failed: its own page, else the Dreamscape."""
    own = safe_path(request.full_path.rstrip("?")) if has_page() else None
    return own or url_for("dreamscape")


@app.get("/healthz")
def healthz():
    """Tell a monitor whether pages can be served, and which indexes they have to do without."""
    if not find_database():
        return {"status": "the database cannot be reached"}, 503
    missing = find_missing_indexes()
    return {"status": "ok"} | ({"missing_indexes": missing} if missing else {})


def find_database():
    """Return whether the database answers."""
    try:
        return bool(db.command("ping"))
    except PyMongoError:
        return False


# Commands ####################################################################

DATABASE_START = 60  # seconds init-db waits for a database that is starting


def command(name):
    """Register a command that says in one line when the database fails."""
    def register(work):
        """Wrap the command's work."""
        @app.cli.command(name)
        @functools.wraps(work)
        def guarded(*args, **kwargs):
            """Do it, or say what failed."""
            try:
                work(*args, **kwargs)
            except PyMongoError as error:
                sentence = f"The database cannot be used: {first_words(error)}"
                raise click.ClickException(sentence) from error
        return guarded
    return register


def update_claims():
    """Migrate claimed_email to unconfirmed_email, where mail is sent; safe to repeat."""
    if not confirms_addresses():
        return
    db.dreamers.update_many({"claimed_email": {"$type": "string"}}, {
        "$rename": {"claimed_email": "unconfirmed_email"},
        "$set": {"ends_at": datetime.now(UTC) + UNCONFIRMED_LIFE}})
    db.dreamers.update_many({"claimed_email": {"$exists": True}}, {"$unset": {"claimed_email": ""}})


@command("init-db")
def init_db():
    """Make all indexes, waiting for a database that is just starting."""
    deadline = time.monotonic() + DATABASE_START
    while not find_database() and time.monotonic() < deadline:
        time.sleep(1)  # One that is starting may refuse at once, without a wait.
    with pymongo.timeout(INDEX_WAIT if find_database() else DATABASE_WAIT / 1_000):
        update_claims()
        add_indexes()


def get_confirmed_dreamer(email):
    """Return the dreamer with a confirmed address, and say who it is; end the command if none."""
    dreamer = find_dreamer_by_email(email)
    if not dreamer:
        raise click.ClickException(f"No dreamer has confirmed the address {email}.")
    dreamer = complete_dreamer(dreamer)
    since = dreamer["_id"].generation_time
    click.echo(f"{dreamer['name']} ({dreamer['slug']}), on Dreamscape since {since:%-d %B %Y}")
    return dreamer


@command("reset-link")
@click.argument("email")
def reset_link(email):
    """Print a link that sets a new password for the dreamer with this address."""
    dreamer = get_confirmed_dreamer(email)
    log_event("reset_asked", dreamer_id=dreamer["_id"])
    click.echo(f"{app.config['BASE_URL']}/password-reset/{make_reset_token(dreamer)}")


@command("sweep-accounts")
def sweep_accounts():
    """Delete accounts whose address was not confirmed in time, with all they hold."""
    count = 0
    for dreamer in find_ended_dreamers():
        remove_dreamer(dreamer)
        count += 1
    click.echo(f"Accounts deleted: {count}")


@command("make-admin")
@click.argument("email")
def make_admin(email):
    """Make the dreamer with this address an administrator."""
    dreamer = get_confirmed_dreamer(email)
    if sys.stdin.isatty():
        click.confirm("Make this dreamer an administrator?", abort=True)
    add_audit("make-admin", "dreamer", dreamer, "Asked for on the command line.")
    set_dreamer(dreamer, {"role": "administrator"})
    log_event("role_given", dreamer_id=dreamer["_id"], role="administrator")
    click.echo(f"{dreamer['name']} is an administrator.")


@command("remove-admin")
@click.argument("email")
def remove_admin(email):
    """Take the role from the administrator with this address."""
    dreamer = complete_dreamer(find_dreamer_by_email(email) or {})
    if dreamer["role"] != "administrator":
        raise click.ClickException(f"No administrator has the address {email}.")
    add_audit("remove-admin", "dreamer", dreamer, "Asked for on the command line.")
    set_role(dreamer, "administrator", None)
    click.echo(f"{dreamer['name']} is no longer an administrator.")


@command("send-mail")
def send_mail():
    """Send what is due in the outbox, and say how many mails remain."""
    send_due_mail()
    click.echo(f"Mails to be tried again: {count_mails()}")


@command("sweep-pictures")
def sweep_pictures():
    """Delete pictures that belong to nobody: failed deletes and broken-off uploads."""
    due = find_batches("leftovers", {"due_at": {"$lte": datetime.now(UTC)}}, {})
    done = Counter(remove_if_unused(leftover["_id"]) for leftover in chain.from_iterable(due))
    click.echo(f"Pictures deleted: {done['deleted']}, in use: {done['in use']}, "
               f"failed and kept for the next sweep: {done['failed']}")


@command("recount")
def recount():
    """Remove orphaned edges; mend stored counts, recent comments, scores and search words."""
    mended = sum(remove_edges_of_nobody(*end) for end in ENDS)
    mended += sum(set_counts(*count) for count in COUNTS)
    for batch in find_batches("dreams", {}, None):
        mended += sum(map(set_derived, batch))
    click.echo(f"Mended: {mended}")


def remove_edges_of_nobody(edges, only, key, owner):
    """Delete the edges one end of which is gone; return how many there were."""
    removed = 0
    for batch in find_batches(edges, only, {key: 1}):
        ends = {edge["_id"]: edge[key] for edge in batch if edge.get(key)}
        there = {each["_id"] for each in db[owner].find(
            {"_id": {"$in": [*set(ends.values())]}}, {"_id": 1})}
        gone = [edge_id for edge_id, end in ends.items() if end not in there]
        removed += db[edges].delete_many({"_id": {"$in": gone}}).deleted_count
    return removed


def set_counts(owner, count, edges, key, only):
    """Set one stored count to what it counts; return how many were wrong.

    A count that changes at the same moment is left as it is.
    """
    wrong = 0
    for batch in find_batches(owner, {}, {count: 1}):
        counted = Counter({group["_id"]: group["count"] for group in db[edges].aggregate([
            {"$match": {key: {"$in": [document["_id"] for document in batch]}} | only},
            {"$group": {"_id": f"${key}", "count": {"$sum": 1}}}])})
        for document in batch:
            stored, true = document.get(count), counted[document["_id"]]
            if stored != true:
                wrong += db[owner].update_one({"_id": document["_id"], count: stored},
                                              {"$set": {count: true}}).modified_count
    return wrong


def set_derived(dream):
    """Set what follows from a dream: recent comments, score, words; True if any was wrong."""
    author = complete_dreamer(db.dreamers.find_one({"_id": dream.get("dreamer_id")}) or {})
    derived = {"score": trend_score(dream),
               "words": dream_words(complete_dream(dream), author["name"])}
    changed = db.dreams.update_one({"_id": dream["_id"]}, {"$set": derived}).modified_count
    return bool(set_recent_comments(dream) + changed)


# Demo ########################################################################

DEMO_EMAIL, DEMO_PASSWORD = "maya@dreamscape.test", "dreaming-awake"
DEMO_WEEKS = 6  # weeks over which the demo's dreams are spread
DEMO_SIZE = (720, 480)  # pixels of a demo picture
PALETTES = {  # sky above, sky at the horizon, light, nearest hill
    "dawn": ("#3b3a6b", "#f6b08e", "#ffe3a8", "#2b2748"),
    "night": ("#0b1030", "#3a4a8a", "#f4f1d0", "#070a1c"),
    "sea": ("#3f8fc0", "#d8f0f2", "#fff6d0", "#0f4c66"),
    "forest": ("#7fb2a4", "#eef3cf", "#fff2b0", "#1d3b2a"),
    "desert": ("#e58a5b", "#fbdca0", "#fff4cf", "#6b2f2a"),
    "snow": ("#8aa4c8", "#f3eef5", "#ffffff", "#5a6f92"),
}


@command("seed-demo")
@click.option("--if-empty", is_flag=True, help="Leave a database that holds anything as it is.")
def seed_demo(if_empty):
    """Fill an empty database with a lively place, and say how to sign in."""
    occupied = find_anything()
    if occupied and not if_empty:
        raise click.ClickException("This database holds something already: nothing was changed.")
    if not occupied:
        remove_orphans()
        add_demo(json.loads(Path(app.root_path, "templates/demo.json").read_text("utf-8")))
    click.echo(f"\n  Dreamscape is at {app.config['BASE_URL']}")
    if find_dreamer_by_email(DEMO_EMAIL):
        click.echo(f"  Demo sign-in: {DEMO_EMAIL}, password {DEMO_PASSWORD}\n")


def find_anything():
    """Return whether the database holds a dreamer or a dream."""
    return any(db[collection].find_one({}, {"_id": 1}) for collection in ("dreamers", "dreams"))


def remove_orphans():
    """Clear what an attempt that broke off left in a database without dreamers and dreams."""
    for collection in ("slugs", "reactions", "follows", "comments", "reports"):
        db[collection].delete_many({})


def add_demo(told):
    """Add the demo's documents; what counts as a sign of life goes last."""
    chance = random.Random("dreamscape")  # nosec B311  # a demo is the same wherever it is seen
    password = hash_password(DEMO_PASSWORD)
    dreamers = [demo_dreamer(chance, number, fields | {"password": password})
                for number, fields in enumerate(told["dreamers"])]
    dreams = [demo_dream(chance, dreamers[fields["dreamer"]], fields) for fields in told["dreams"]]
    comments = [demo_comment(chance, dreams[fields["dream"]], dreamers[fields["dreamer"]],
                             fields["body"]) for fields in told["comments"]]
    documents = {"reactions": demo_reactions(chance, dreamers, comments),
                 "follows": demo_follows(chance, dreamers, dreams),
                 "comments": comments, "dreams": dreams, "dreamers": dreamers}
    count_demo(documents)
    for collection, added in documents.items():
        db[collection].insert_many(added)


def demo_id(chance, since=None):
    """Return an id made at a moment of the demo's weeks, after ``since`` if given."""
    now = datetime.now(UTC)
    earliest = since.generation_time if since else now - timedelta(weeks=DEMO_WEEKS)
    moment = earliest + (now - earliest) * chance.random()
    return ObjectId(int(moment.timestamp()).to_bytes(4) + chance.randbytes(8))


def demo_dreamer(chance, number, fields):
    """Return a dreamer who told everything, with a drawn face."""
    _id = demo_id(chance)
    email = f"{number}@dreamscape.test" if number else DEMO_EMAIL
    return fields | demo_picture(draw_face(chance)) | {
        "_id": _id, "email": email,
        "slug": add_slug("dreamers", _id, f"{fields['first_name']} {fields['last_name']}"),
        **{f"{name}_folded": list(map(fold, fields[name])) for name in TERM_FIELDS}}


def demo_dream(chance, dreamer, fields):
    """Return a dream with a drawn picture."""
    _id = demo_id(chance, dreamer["_id"])
    told = {key: fields[key] for key in ("title", "description", "topics")}
    picture = demo_picture(draw_landscape(chance, PALETTES[fields["palette"]]))
    return told | picture | {
        "_id": _id, "dreamer_id": dreamer["_id"], "comments_enabled": True,
        "slug": add_slug("dreams", _id, told["title"]), "picture_alt": fields["alt"],
        "words": dream_words(told, complete_dreamer(dreamer)["name"]),
        "once": once_key(told["title"], told["description"], *told["topics"])}


def demo_comment(chance, dream, dreamer, body):
    """Return a comment on a dream."""
    return {"_id": demo_id(chance, dream["_id"]), "dream_id": dream["_id"], "body": body,
            "dreamer_id": dreamer["_id"], "once": once_key(str(dreamer["_id"]), body)}


def demo_follows(chance, dreamers, dreams):
    """Return who follows what: edges to dreams of others, and to others."""
    edges = [({"dream_id": dream["_id"]}, dream["dreamer_id"], dreamer["_id"])
             for dreamer in dreamers for dream in chance.sample(dreams, chance.randrange(3, 14))]
    edges += [({"followed_id": other["_id"]}, other["_id"], dreamer["_id"])
              for dreamer in dreamers for other in chance.sample(dreamers, chance.randrange(1, 6))]
    return [target | {"dreamer_id": fan} for target, owner, fan in edges if owner != fan]


def demo_reactions(chance, dreamers, comments):
    """Return what others thought of the comments."""
    return [{"dreamer_id": dreamer["_id"], "comment_id": comment["_id"],
             "dream_id": comment["dream_id"],
             "value": chance.choices(("like", "dislike"), (9, 1))[0]}
            for comment in comments for dreamer in chance.sample(dreamers, chance.randrange(5))
            if dreamer["_id"] != comment["dreamer_id"]]


def count_demo(documents):
    """Put the counts, recent comments and scores into the demo's documents."""
    for owner, count, edges, key, only in COUNTS:
        counted = Counter(edge.get(key) for edge in documents[edges]
                          if all(edge.get(name) == only[name] for name in only))
        for document in documents[owner]:
            document[count] = counted[document["_id"]]
    for dream in documents["dreams"]:
        recent = sorted(comment["_id"] for comment in documents["comments"]
                        if comment["dream_id"] == dream["_id"])
        dream |= {"recent_comments": recent[-RECENT_COMMENTS:], "score": trend_score(dream)}


def demo_picture(image):
    """Store a drawn picture; return the fields that show it."""
    converted = pictures.versions(image)
    name = picture_name()
    store_picture(name, converted)
    return {"picture": name, "picture_alt": "", "picture_width": converted[1],
            "picture_height": converted[2]}


def draw_landscape(chance, palette):
    """Return a picture of hills under a sky with one light in it."""
    (width, height), (above, horizon, light, hill) = DEMO_SIZE, palette
    sky = ImageOps.colorize(Image.linear_gradient("L").resize(DEMO_SIZE), above, horizon)
    draw = ImageDraw.Draw(sky)
    place = chance.randrange(width), chance.randrange(height // 5, height // 2)
    draw.circle(place, chance.randrange(height // 20, height // 7), fill=light)
    for layer, grey in enumerate((190, 130, 60, 0)):
        shade = ImageOps.colorize(Image.new("L", (1, 1), grey), hill, horizon).getpixel((0, 0))
        base = height * (0.55 + 0.11 * layer)
        waves = [(chance.uniform(2, 9), chance.uniform(0, math.tau)) for _ in range(3)]
        ridge = [(x, base + sum(height / 25 * math.sin(x / width * pace + start)
                                for pace, start in waves)) for x in range(0, width + 8, 8)]
        draw.polygon([(0, height), *ridge, (width, height)], fill=shade)
    return sky.filter(ImageFilter.GaussianBlur(1))


def draw_face(chance):
    """Return a friendly round face, all of circles."""
    above, horizon, light, hill = chance.choice(list(PALETTES.values()))
    face = Image.new("RGB", (480, 480), above)
    draw = ImageDraw.Draw(face)
    draw.circle((240, 520), 200, fill=hill)
    draw.circle((240, 230), 130, fill=light)
    hair = 180 + chance.randrange(-25, 5), 360 + chance.randrange(-5, 25)
    draw.chord((110, 90, 370, 330), *hair, fill=horizon)
    for x in (195, 285):
        draw.circle((x, 235), 12, fill=hill)
    draw.arc((190, 230, 290, 310), 30, 150, fill=hill, width=8)
    return face
