"""Pictures of dreams and dreamers: converting, storing, and never losing track of one.

Where they are kept is told by app.py, see use_store.
"""
import fcntl
import secrets
import subprocess  # nosec B404  # it runs convert.py and nothing else
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import accumulate, chain
from types import SimpleNamespace

from dreamscape import convert
from dreamscape.database import PICTURE_DEFAULTS, add_subject, db, find_batches
from dreamscape.limits import LIMITS, add_use
from dreamscape.log import logger
from dreamscape.settings import settings
from dreamscape.text import clean_line, quoted


# Converting ##################################################################

PICTURE_QUEUE_TIMEOUT = 15  # seconds a picture waits for those before it
PICTURE_TIMEOUT = 12  # seconds until its process is ended, even if it never gets to work
PICTURES_BUSY = ("We're getting a lot of pictures right now. Nothing else was lost. Please send "
                 "yours again in a minute.")
TOO_MANY_CONVERSIONS = ("You've sent a lot of large pictures. Please try this one again in 15 "
                        "minutes.")
conversion_semaphore = threading.BoundedSemaphore(1)  # of this worker


class PictureError(ValueError):
    """A picture that is refused, with a sentence for the person."""


def convert_picture(data, filename, dreamer_id):
    """Return what is stored of a dreamer's picture, as convert.encode_versions does.

    A process of its own runs convert.py, and its time is counted. Raises PictureError.
    """
    check_conversion_limit(dreamer_id)
    with conversion_slot():
        began = time.monotonic()
        code, answer = run_converter(data)
        milliseconds = round((time.monotonic() - began) * 1_000)
    add_use("milliseconds of conversions", str(dreamer_id), milliseconds)
    if code:
        words = answer.decode() if code == convert.EXIT_REFUSED else convert.DAMAGED
        raise PictureError(f"{quoted(clean_line(filename)[:80])} {words}")
    return parse_versions(answer)


def parse_versions(answer):
    """Return what convert.encode_versions does from the output of convert.py."""
    numbers, _, webps = answer.partition(b"\n")
    width, height, *sizes = map(int, numbers.split())
    ends = accumulate(sizes)
    whole, *smaller = [webps[end - size:end] for size, end in zip(sizes, ends, strict=True)]
    return whole, width, height, smaller


def check_conversion_limit(dreamer_id):
    """Raise PictureError when a dreamer's pictures took as much time as their limit allows."""
    what = "milliseconds of conversions"
    if add_use(what, str(dreamer_id), 0)[1] >= LIMITS[what].rate.amount:
        raise PictureError(TOO_MANY_CONVERSIONS)


def run_converter(data):
    """Return (exit code, output) of the process that converts a picture."""
    try:
        ended = subprocess.run(  # nosec B603  # people send what it reads, never what it runs
            [sys.executable, "-P", convert.__file__], input=data, check=False, capture_output=True,
            timeout=PICTURE_TIMEOUT)
    except (OSError, subprocess.TimeoutExpired) as error:
        logger.warning("A picture was given up: %s", error)
        return -1, b""
    if ended.stderr:
        logger.warning("A picture broke its process: %s", ended.stderr[-300:])
    return ended.returncode, ended.stdout


@contextmanager
def conversion_slot():
    """Wait until no other picture is converted on this machine; raise PictureError at last.

    Two workers and one such process fit into 512 MB; one for each worker would not. One thread
    of each worker waits for the lock, so workers take turns, and it gets it in finite time.
    """
    if not conversion_semaphore.acquire(timeout=PICTURE_QUEUE_TIMEOUT):
        raise PictureError(PICTURES_BUSY)
    try:
        with machine_lock("all"):
            yield
    finally:
        conversion_semaphore.release()


@contextmanager
def machine_lock(name):
    """Hold a file lock shared by all workers of this machine; wait without a timeout."""
    with settings["PICTURE_LOCK"].with_suffix(f".{name}").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def new_picture_name():
    """Return a random name for a picture."""
    return secrets.token_hex(16)


# Storing #####################################################################

LEFTOVER_AGE = timedelta(hours=1)  # after that no upload is still under way


class StoreError(RuntimeError):
    """The picture store failed, with a sentence for the person."""

    def __init__(self):
        """Say it in the site's words."""
        super().__init__("We couldn't save the picture. Nothing else was lost. Please try "
                         "again in a minute.")


# Where pictures are kept, as use_store was given it.
store = SimpleNamespace(add=None, delete=None)


def use_store(add, delete):
    """Keep pictures in a store: add(name, converted), delete(name); both raise StoreError."""
    store.add, store.delete = add, delete


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
        store.delete(name)
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


def sweep_leftovers():
    """Delete pictures that nobody shows, as far as they are due; return a Counter of outcomes."""
    due = find_batches("leftovers", {"due_at": {"$lte": datetime.now(UTC)}}, {})
    return Counter(remove_if_unused(leftover["_id"]) for leftover in chain.from_iterable(due))


# Pictures of documents #######################################################


def set_picture(collection, document, data, filename, alt):
    """Give a document a picture as it was sent; raise PictureError or StoreError.

    One at a time for each dreamer, so that those who send many wait behind all others. The lock
    is of the dreamer's id's last byte: few files, and whoever shares it waits a little longer.
    """
    dreamer_id = document.get("dreamer_id", document["_id"])
    with machine_lock(str(dreamer_id)[-2:]):
        converted = convert_picture(data, filename, dreamer_id)
        set_stored_picture(collection, document, new_picture_name(), converted, alt)


def set_stored_picture(collection, document, name, converted, alt):
    """Give a document a new picture, then delete its old one.

    converted: as convert.encode_versions returns it. Raises StoreError with the document unchanged.
    Interrupted anywhere, ``flask sweep-pictures`` deletes what belongs to nobody.
    """
    add_leftovers([name, document.get("picture")])
    store.add(name, converted)
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


def set_picture_alt(collection, document, alt):
    """Change the words that describe a picture."""
    db[collection].update_one({"_id": document["_id"]}, {"$set": {"picture_alt": alt}})


def remove_with_picture(collection, document):
    """Delete a document, then the picture that it has by then."""
    add_leftovers([document.get("picture")])
    gone = db[collection].find_one_and_delete({"_id": document["_id"]}, {"picture": 1})
    remove_leftover(gone and gone.get("picture"))


# Names of pictures alone, until the next sweep.
add_subject("leftovers")
