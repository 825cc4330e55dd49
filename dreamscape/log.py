"""Lines of JSON on standard output, and what never gets into them.

A line for each request and each event. It tells routes, ids and numbers: never a path or a query,
which hold tokens, nor anything that was typed. Only a developer's terminal shows more: without a
mail server it shows the emails.
"""
import json
import logging
import re
from datetime import UTC, datetime

from dreamscape.settings import settings

logger = logging.getLogger("dreamscape")
ADDRESS = re.compile(r"[^\s@<>(){}'\":;,]+@[^\s@<>(){}'\":;,]+")


def read_secrets():
    """Return the keys and passwords of the settings, those inside of addresses too."""
    urls = f"{settings['MONGO_URI']} {settings['CLOUDINARY_URL']}"
    kept = [settings["SECRET_KEY"], settings["MAIL_PASSWORD"]]
    found = filter(None, kept + re.findall(r"//[^:@/\s]*:([^@\s]+)@", urls))
    # A shorter one stands in ordinary words, and its gaps would tell it.
    return [secret for secret in found if len(secret) > 5]


def withhold(text):
    """Return what others say went wrong, without secrets and mail addresses."""
    for secret in read_secrets():
        text = text.replace(secret, "(secret)")
    return ADDRESS.sub("(address)", text)


class JSONLine(logging.Formatter):
    """A record of the log as one line of JSON. find_facts: returns what each line begins with."""

    def __init__(self, find_facts):
        """Begin each line with the facts of the request it is about."""
        super().__init__()
        self.find_facts = find_facts

    def format(self, record):
        """Return when and how grave it was, in which request, and what."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = getattr(record, "told", None) or {
            "event": "message", "logger": record.name, "message": withhold(record.getMessage())}
        if record.exc_info:
            told |= {"trace": withhold(self.formatException(record.exc_info))}
        line = {"at": moment, "level": record.levelname.lower()} | self.find_facts() | told
        return json.dumps(line, default=str)


def log_event(event, **told):
    """Log something that matters to security: ids and numbers, nothing that was typed."""
    logger.info(event, extra={"told": {"event": event, "security": True, **told}})
