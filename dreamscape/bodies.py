"""Reading requests: the limits of their input, the deadline of a body, draining a refused one."""
import functools
import io
import re
import secrets
import socket
import threading
import time
from contextlib import suppress

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from wtforms import TextAreaField

from dreamscape import forms
from dreamscape.fields import FIELD_LENGTH, PARAGRAPHS_LENGTH, field_names, is_form_class
from dreamscape.settings import REQUEST_BYTES, normalise_host, settings


# Forms #######################################################################

FIELD_NAME_LENGTH = 100  # characters, of the name of an uploaded file too
FIELDS = 1_000  # of a form
FORM_TEXT_BYTES = 500_000  # of a URL-encoded form
URL_ENCODED = "application/x-www-form-urlencoded"
FORM_TYPES = (URL_ENCODED, "multipart/form-data")
PARAGRAPH_FIELDS = frozenset(
    name for form_class in filter(is_form_class, vars(forms).values())
    for name in field_names(form_class)
    if getattr(form_class, name).field_class is TextAreaField)


def is_field_name(name):
    """Return whether a form or a query may hold a field of this name."""
    return bool(name) and len(name) <= FIELD_NAME_LENGTH and name.isprintable()


def field_length(name):
    """Return the length to which a field of this name is truncated."""
    return PARAGRAPHS_LENGTH if name in PARAGRAPH_FIELDS else FIELD_LENGTH


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


# Requests ####################################################################

REQUEST_ID = re.compile(r"[\w-]{8,64}", re.ASCII)
HEADER_LENGTH = 8_190  # characters: gunicorn's own limit


class InMemoryRequest(Request):
    """A request whose files stay in memory: nothing unconverted touches the disk.

    Its input is truncated before anything is matched, normalised or looked up. Form fields have
    lower limits, so a truncated value fails validation.
    id: the request id of its log lines; the proxy's X-Request-ID if that is valid.
    """

    form_data_parser_class = FormParser

    def __init__(self, environ, *args, **kwargs):
        """Drop too long headers; normalise the Host; replace invalid UTF-8 in the query."""
        headers = [name for name in environ if name.startswith(("HTTP_", "CONTENT_"))]
        for name in headers:
            if len(environ[name]) > HEADER_LENGTH:
                del environ[name]
        super().__init__(environ, *args, **kwargs)
        if self.path == "/healthz":
            # Load balancers ask by IP address, or without a Host.
            environ["HTTP_HOST"] = settings["OWN_HOSTS"][0]
        elif "HTTP_HOST" in environ:
            environ["HTTP_HOST"] = normalise_host(environ["HTTP_HOST"])
        self.query_string = self.query_string.decode("utf-8", "replace").encode()
        proxy_id = self.headers.get("X-Request-ID", "")
        self.id = proxy_id if REQUEST_ID.fullmatch(proxy_id) else secrets.token_hex(8)
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


# Deadline and draining #######################################################

BODY_SECONDS = 30  # deadline of a request body, plus the time its size takes at BODY_RATE
BODY_RATE = 100_000  # bytes a second
DRAIN_BYTES = 100_000_000  # maximum of a refused body that is drained


def start_body_timer(environ):
    """Start a timer that shuts the socket for reading; gthread has no read timeout."""
    size = min(int(environ["CONTENT_LENGTH"]), REQUEST_BYTES)
    seconds = BODY_SECONDS + size / BODY_RATE
    connection = environ.get("gunicorn.socket")
    timer = threading.Timer(seconds, end_reading, [connection])
    timer.daemon = True
    if connection:  # A test client's body is in memory.
        timer.start()
    return timer


def end_reading(connection):
    """Shut a socket down for reading; a response can still be sent."""
    with suppress(OSError):  # closed meanwhile
        socket.socket.shutdown(connection, socket.SHUT_RD)


def drain_request_body(environ):
    """Read and discard the rest of a body, up to DRAIN_BYTES and its deadline."""
    timer, left = start_body_timer(environ), DRAIN_BYTES
    with suppress(OSError):  # The client has gone.
        while left > 0 and (chunk := environ["wsgi.input"].read(65_536)):
            left -= len(chunk)
    timer.cancel()
