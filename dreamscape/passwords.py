"""Hashing and checking passwords, with few at a time for the memory each takes."""
import functools
import secrets
import threading
from contextlib import contextmanager
from weakref import WeakValueDictionary

from werkzeug.security import check_password_hash, generate_password_hash
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from dreamscape.database import db

PASSWORD_LENGTH = (8, 256)  # characters
# The ones that guessers try first: thirty thousand, of which these are long enough.
COMMON_PASSWORDS = frozenset(filter(lambda word: len(word) >= PASSWORD_LENGTH[0],
                                    FREQUENCY_LISTS["passwords"]))
hashing_slots = threading.BoundedSemaphore(2)  # hashes at a time in a worker, for the memory they take
key_locks = WeakValueDictionary()  # network or account -> its lock while a password is checked
key_locks_lock = threading.Lock()
# 32 MB and some 60 ms: Werkzeug's own choice.
PASSWORD_METHOD = "scrypt:32768:8:1"  # nosec B105  # a method, no password


@contextmanager
def key_lock(key):
    """Hold the lock of a key in this worker; those who wait get it in their order."""
    with key_locks_lock:
        lock = key_locks.setdefault(key, threading.Semaphore())
    with lock:
        yield


def hash_password(password):
    """Return what is kept of a password."""
    with hashing_slots:
        return generate_password_hash(password, PASSWORD_METHOD)


@functools.cache
def dummy_hash():
    """Return the hash that an unknown address is checked against, to take as long."""
    return hash_password(secrets.token_hex())


def is_password(dreamer, password):
    """Return whether this is a dreamer's password; without a dreamer it takes as long."""
    known = dreamer and dreamer.get("password")
    compared = known or dummy_hash()
    with hashing_slots:
        return check_password_hash(compared, password) and bool(known)


def update_outdated_hash(dreamer, password):
    """Hash the right password again where the cost has risen since it was kept."""
    kept = dreamer["password"]
    if not kept.startswith(f"{PASSWORD_METHOD}$"):
        db.dreamers.update_one({"_id": dreamer["_id"], "password": kept},
                               {"$set": {"password": hash_password(password)}})
