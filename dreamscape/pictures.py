"""Pictures of dreams, updates and dreamers: converting in a subprocess, storing, deleting orphans.

app.py provides the store (local files or Cloudinary), see use_store. convert.py is the subprocess
that converts a picture, card.py the one that draws a card.
"""
import fcntl
import hashlib
import json
import secrets
import subprocess  # nosec B404  # it runs convert.py and card.py and nothing else
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import accumulate, chain
from pathlib import Path
from types import SimpleNamespace

from PIL import features

from dreamscape import card, convert
from dreamscape.database import PICTURE_DEFAULTS, db, find_batches
from dreamscape.limits import LIMITS, add_use, add_use_if_left
from dreamscape.log import logger
from dreamscape.settings import exit_at_startup, settings
from dreamscape.subjects import add_subject
from dreamscape.text import clean_line, quoted


if not features.check("webp"):
    # A Pillow built from source without libwebp can write little more than PNG.
    exit_at_startup("this Pillow cannot write WebP. Install the pinned version's own wheel.")


# Converting ##################################################################

ROOT = Path(__file__).parent.parent  # where ``python -m dreamscape.card`` finds its modules
PICTURE_QUEUE_TIMEOUT = 15  # seconds a picture waits in the queue
PICTURE_TIMEOUT = 12  # seconds until the subprocess is killed
PICTURES_BUSY = ("We're getting a lot of pictures right now. Nothing else was lost. Please send "
                 "yours again in a minute.")
TOO_MANY_CONVERSIONS = ("You've sent a lot of large pictures. Please try this one again in 15 "
                        "minutes.")
conversion_semaphore = threading.BoundedSemaphore(1)  # per worker


class PictureError(ValueError):
    """A picture that is refused; the message is shown to the person."""


def convert_picture(data, filename, dreamer_id):
    """Return convert.encode_versions' result for a dreamer's upload; raise PictureError.

    The time of the subprocess counts towards the dreamer's rate limit.
    """
    check_conversion_limit(dreamer_id)
    with conversion_slot():
        started_at = time.monotonic()
        code, output = run_converter(data)
        milliseconds = round((time.monotonic() - started_at) * 1_000)
    add_use("milliseconds of conversions", str(dreamer_id), milliseconds)
    if code:
        reason = output.decode() if code == convert.EXIT_REFUSED else convert.DAMAGED
        raise PictureError(f"{quoted(clean_line(filename)[:80])} {reason}")
    return parse_versions(output)


def parse_versions(output):
    """Return convert.encode_versions' result from the output of convert.py."""
    header, _, webps = output.partition(b"\n")
    width, height, *sizes = map(int, header.split())
    ends = accumulate(sizes)
    whole, *smaller = [webps[end - size:end] for size, end in zip(sizes, ends, strict=True)]
    return whole, width, height, smaller


def check_conversion_limit(dreamer_id):
    """Raise PictureError when a dreamer has used up the conversion time of their rate limit."""
    what = "milliseconds of conversions"
    if add_use(what, str(dreamer_id), 0)[1] >= LIMITS[what].rate.amount:
        raise PictureError(TOO_MANY_CONVERSIONS)


def run_converter(data):
    """Convert a picture in a subprocess; return its (exit code, output), (-1, b"") on timeout."""
    return run_python(["-P", convert.__file__], data)


def run_python(arguments, data):
    """Run Python in a subprocess; return its (exit code, output), (-1, b"") on timeout."""
    try:
        process = subprocess.run(  # nosec B603  # user input is its stdin, never its arguments
            [sys.executable, *arguments], input=data, check=False, capture_output=True,
            timeout=PICTURE_TIMEOUT, cwd=ROOT)
    except (OSError, subprocess.TimeoutExpired) as error:
        logger.warning("The subprocess of a picture failed or timed out: %s", error)
        return -1, b""
    if process.stderr:
        logger.warning("The subprocess of a picture wrote to stderr: %s", process.stderr[-300:])
    return process.returncode, process.stdout


@contextmanager
def conversion_slot(timeout=None):
    """Hold this machine's conversion slot; raise PictureError after PICTURE_QUEUE_TIMEOUT.

    timeout: seconds to wait for other threads of this worker, instead of PICTURE_QUEUE_TIMEOUT.
    Two workers and one converter fit into 512 MB; one converter per worker would not. The
    semaphore lets one thread of each worker wait for the file lock, so no worker is starved.
    """
    if not conversion_semaphore.acquire(timeout=timeout or PICTURE_QUEUE_TIMEOUT):
        raise PictureError(PICTURES_BUSY)
    try:
        with machine_lock("all"):
            yield
    finally:
        conversion_semaphore.release()


@contextmanager
def machine_lock(name):
    """Hold a file lock that all workers of this machine share; blocks without a timeout."""
    with settings["PICTURE_LOCK"].with_suffix(f".{name}").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def new_picture_name():
    """Return a random name for a picture."""
    return secrets.token_hex(16)


# Storing #####################################################################

LEFTOVER_AGE = timedelta(hours=1)  # longer than any upload takes
NAME_FIELDS = ("picture", "card")  # fields of a document that hold the name of a stored picture


class StoreError(RuntimeError):
    """The picture store failed; the message is shown to the person."""

    def __init__(self):
        """Set the message, which is always the same."""
        super().__init__("We couldn't save the picture. Nothing else was lost. Please try "
                         "again in a minute.")


# The picture store that use_store set.
store = SimpleNamespace(add=None, delete=None)


def use_store(add, delete):
    """Set the picture store: add(name, converted) and delete(name), which raise StoreError."""
    store.add, store.delete = add, delete


def add_leftovers(names, age=LEFTOVER_AGE):
    """Record pictures that an interruption would orphan; the sweep checks them after ``age``."""
    for name in filter(None, names):
        db.leftovers.update_one({"_id": name}, {"$set": {"due_at": datetime.now(UTC) + age}},
                                upsert=True)


def remove_leftover(name):
    """Delete an orphaned picture; return False if that failed, so that the sweep retries it."""
    if not name:
        return True
    try:
        store.delete(name)
    except StoreError:
        add_leftovers([name], age=timedelta(0))
        return False
    db.leftovers.delete_one({"_id": name})
    return True


def remove_if_unused(name):
    """Delete a picture unless a document uses it; return "deleted", "in use" or "failed"."""
    if any(db[owner].find_one({field: name}, {"_id": 1}) for owner, field in (
            ("dreams", "picture"), ("dreams", "card"), ("dreamers", "picture"),
            ("updates", "picture"))):
        db.leftovers.delete_one({"_id": name})
        return "in use"
    return "deleted" if remove_leftover(name) else "failed"


def sweep_leftovers():
    """Delete the orphaned pictures that are due; return a Counter of the results."""
    due = find_batches("leftovers", {"due_at": {"$lte": datetime.now(UTC)}}, {})
    return Counter(remove_if_unused(leftover["_id"]) for leftover in chain.from_iterable(due))


# Pictures of documents #######################################################


def set_picture(collection, document, data, filename, alt):
    """Convert an upload and set it as a document's picture; raise PictureError or StoreError.

    One upload of a dreamer at a time, so that many from one can't fill the queue. There are 256
    locks, by the last byte of the dreamer's _id, to keep lock files few.
    """
    dreamer_id = document.get("dreamer_id", document["_id"])
    with machine_lock(str(dreamer_id)[-2:]):
        converted = convert_picture(data, filename, dreamer_id)
        set_stored_picture(collection, document, new_picture_name(), converted, alt)


def set_stored_picture(collection, document, name, converted, alt):
    """Store a picture, set it on a document, then delete the previous one; raise StoreError.

    converted: as convert.encode_versions returns it. On StoreError the document is unchanged.
    After an interruption ``flask sweep-pictures`` deletes whichever picture is orphaned. A card
    that shows the previous picture is deleted with it.
    """
    add_leftovers([name, *picture_names(document)])
    store.add(name, converted)
    before = set_picture_fields(collection, document["_id"], {"$unset": {"card": ""}, "$set": {
        "picture": name, "picture_alt": alt,
        "picture_width": converted[1], "picture_height": converted[2]}})
    if before is None:
        return remove_leftover(name)
    db.leftovers.delete_one({"_id": name})
    return remove_pictures_of(before)


def picture_names(document):
    """Return the names of a document's pictures in the store: its picture and its card."""
    return [document[field] for field in NAME_FIELDS if document and document.get(field)]


def remove_pictures_of(document):
    """Delete a former document's picture and card; return False if the sweep must retry.

    A picture that another document uses stays: while a draft is being published, the draft and
    the dream share it.
    """
    deleted = [remove_if_unused(name) for name in picture_names(document)]
    return "failed" not in deleted


def set_picture_fields(collection, document_id, change):
    """Change a document's picture; return the document before that, None if it was deleted.

    Compare-and-set: of concurrent changes each returns the pictures that it replaced.
    """
    while before := db[collection].find_one({"_id": document_id}, dict.fromkeys(NAME_FIELDS, 1)):
        unchanged = {"_id": document_id} | {field: before.get(field) for field in NAME_FIELDS}
        if db[collection].update_one(unchanged, change).matched_count:
            break
    return before


def remove_picture(collection, document):
    """Unset a document's picture and the card that shows it, then delete both from the store."""
    add_leftovers(picture_names(document))
    before = set_picture_fields(collection, document["_id"],
                                {"$unset": dict.fromkeys((*PICTURE_DEFAULTS, "card"), "")})
    return remove_pictures_of(before)


def set_picture_alt(collection, document, alt):
    """Set the alternative text of a document's picture."""
    db[collection].update_one({"_id": document["_id"]}, {"$set": {"picture_alt": alt}})


def save_picture(form, collection, document, alt=""):
    """Set, change or remove a picture; if it is refused, set field errors and return False.

    A new picture replaces the old one even if that was to be removed.
    """
    upload = form.picture.data
    try:
        if upload:
            with upload.stream.getbuffer() as data:
                set_picture(collection, document, data, upload.filename, alt)
        elif form.remove.data:
            remove_picture(collection, document)
        elif not document["picture"]:
            raise PictureError("Choose a picture or skip this step.")
        else:
            set_picture_alt(collection, document, alt)
    except (PictureError, StoreError) as error:
        form.picture.errors = [str(error)]
        return False
    return True


def remove_with_picture(collection, document):
    """Delete a document, its picture and card; return its _id, ``hidden`` and names, or None."""
    add_leftovers(picture_names(document))
    deleted = db[collection].find_one_and_delete({"_id": document["_id"]},
                                                 dict.fromkeys((*NAME_FIELDS, "hidden"), 1))
    remove_pictures_of(deleted)
    return deleted


# Cards of dreams #############################################################

CARD_WAIT = 3  # seconds a card waits for other pictures
CARD_VERSION = 1  # increase it when card.py draws differently: then each card is drawn again
# Threads of a worker that draw a card or wait for it; crawlers must not occupy all of them.
card_semaphore = threading.BoundedSemaphore(4)


def card_hash(dream):
    """Return a hash of what a dream's card shows; the card's name begins with it."""
    shown = [CARD_VERSION, dream["title"], dream["author"]["name"], dream["picture"]]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]


def has_card(dream):
    """Return whether a dream's stored card is up to date."""
    return dream["card"].startswith(card_hash(dream))


def find_card(dream, read, network):
    """Return the PNG of a dream's card, drawn and stored if need be; raise PictureError.

    read(name): (file name, content) of a stored picture; the content is a str if it cannot be
    read. network: of the client, for the rate limit.
    """
    if has_card(dream) and isinstance(png := read(dream["card"])[1], bytes):
        return png
    if not add_use_if_left("card", network) or not card_semaphore.acquire(blocking=False):
        raise PictureError(PICTURES_BUSY)
    try:
        png = draw_card(dream, read(dream["picture"])[1] if dream["picture"] else b"")
    finally:
        card_semaphore.release()
    with suppress(StoreError):  # the card is sent anyway
        set_card(dream, card_hash(dream) + new_picture_name(), png)
    return png


def draw_card(dream, picture):
    """Draw a card in a subprocess; return its PNG, or raise PictureError."""
    if not isinstance(picture, bytes):
        raise PictureError(convert.DAMAGED)
    texts = json.dumps({"title": dream["title"], "name": dream["author"]["name"]})
    with conversion_slot(CARD_WAIT):
        code, png = run_python(["-m", card.__name__], texts.encode() + b"\n" + picture)
    if code:
        raise PictureError(convert.DAMAGED)
    return png


def set_card(dream, name, png):
    """Store a card and set it, unless the dream got another picture or card meanwhile."""
    add_leftovers([name, dream["card"]])
    store.add(name, (png, 0, 0, []))  # without smaller versions
    unchanged = {field: dream[field] or {"$in": [None, ""]} for field in NAME_FIELDS}
    query = {"_id": dream["_id"]} | unchanged
    if not db.dreams.update_one(query, {"$set": {"card": name}}).matched_count:
        remove_leftover(name)
        return
    db.leftovers.delete_one({"_id": name})
    remove_leftover(dream["card"])


# No personal data: names of pictures until the next sweep.
add_subject("leftovers")
