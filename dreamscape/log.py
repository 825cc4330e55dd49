"""Logging: one JSON object a line on standard output, with secrets and addresses redacted.

Each request and each security event is a line of route, ids and numbers: never the path or the
query string, which hold tokens, nor user input. Without a mail server emails are printed, too.
"""
import json
import logging
import re
from datetime import UTC, datetime

from dreamscape.settings import settings

logger = logging.getLogger("dreamscape")
EMAIL_ADDRESS = re.compile(r"[^\s@<>(){}'\":;,]+@[^\s@<>(){}'\":;,]+")


def read_secrets():
    """Return the keys and passwords in the settings, including those inside URLs."""
    urls = f"{settings['MONGO_URI']} {settings['CLOUDINARY_URL']}"
    keys = [settings["SECRET_KEY"], settings["MAIL_PASSWORD"]]
    values = filter(None, keys + re.findall(r"//[^:@/\s]*:([^@\s]+)@", urls))
    # A shorter secret occurs inside ordinary words, where the replacements would reveal it.
    return [secret for secret in values if len(secret) > 5]


def redact(text):
    """Return a library's message without secrets and email addresses."""
    for secret in read_secrets():
        text = text.replace(secret, "(secret)")
    return EMAIL_ADDRESS.sub("(address)", text)


class JSONFormatter(logging.Formatter):
    """Formats a record as one JSON line.

    request_fields: returns the fields of the current request, a dict.
    """

    def __init__(self, request_fields):
        """Add the fields of the current request to every line."""
        super().__init__()
        self.request_fields = request_fields

    def format(self, record):
        """Return the time, the level, the request's fields and the event's as JSON."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = getattr(record, "fields", None) or {
            "event": "message", "logger": record.name, "message": redact(record.getMessage())}
        if record.exc_info:
            fields |= {"trace": redact(self.formatException(record.exc_info))}
        line = {"at": moment, "level": record.levelname.lower()} | self.request_fields() | fields
        return json.dumps(line, default=str)


def log_event(event, **fields):
    """Log a security event: ids and numbers, never user input."""
    logger.info(event, extra={"fields": {"event": event, "security": True, **fields}})
