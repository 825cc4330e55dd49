"""Request bodies: the limits of forms, the deadline of a body, draining one that was refused."""
import io
import socket
import threading
from contextlib import suppress

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from wtforms import TextAreaField

from dreamscape import forms
from dreamscape.fields import FIELD_LENGTH, PARAGRAPHS_LENGTH, field_names, is_form_class
from dreamscape.settings import REQUEST_BYTES


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
