"""Hashing and checking passwords, with limited concurrency: each scrypt hash takes 32 MB."""
import functools
import secrets
import threading
from contextlib import contextmanager
from weakref import WeakValueDictionary

from werkzeug.security import check_password_hash, generate_password_hash
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from dreamscape.database import db

PASSWORD_LENGTH = (8, 256)  # characters
# The most common leaked passwords, those of zxcvbn's 30,000 that are long enough.
COMMON_PASSWORDS = frozenset(filter(lambda word: len(word) >= PASSWORD_LENGTH[0],
                                    FREQUENCY_LISTS["passwords"]))
hashing_slots = threading.BoundedSemaphore(2)  # concurrent hashes per worker
key_locks = WeakValueDictionary()  # network or account -> its lock while a password is checked
key_locks_lock = threading.Lock()
# 32 MB and about 60 ms: Werkzeug's default.
PASSWORD_METHOD = "scrypt:32768:8:1"  # nosec B105  # a method, no password


@contextmanager
def key_lock(key):
    """Hold the lock of a network or account within this worker; the first to wait wakes first."""
    with key_locks_lock:
        lock = key_locks.setdefault(key, threading.Semaphore())
    with lock:
        yield


def hash_password(password):
    """Return the salted hash of a password, for storage."""
    with hashing_slots:
        return generate_password_hash(password, PASSWORD_METHOD)


@functools.cache
def dummy_hash():
    """Return a hash to check against for unknown accounts, so that timing reveals nothing."""
    return hash_password(secrets.token_hex())


def is_password(dreamer, password):
    """Return whether this is the dreamer's password; without a dreamer it takes as long."""
    stored = dreamer and dreamer.get("password")
    compared = stored or dummy_hash()
    with hashing_slots:
        return check_password_hash(compared, password) and bool(stored)


def same_password(dreamer):
    """Return the query for a dreamer whose password is still the one that was read."""
    return {"_id": dreamer["_id"], "password": dreamer.get("password")}


def count_same_password(dreamer):
    """Return 1 while a dreamer's password is still the one that was read, else 0."""
    return db.dreamers.count_documents(same_password(dreamer), limit=1)


def is_still_password(dreamer, password):
    """Return whether this is a dreamer's password, still after it was hashed."""
    return is_password(dreamer, password) and count_same_password(dreamer) == 1


def update_outdated_hash(dreamer, password):
    """Rehash the correct password if its hash was made with another PASSWORD_METHOD.

    Return the dreamer with the hash that is stored now, which may be that of a concurrent sign-in;
    unchanged if the password was changed meanwhile.
    """
    if dreamer["password"].startswith(f"{PASSWORD_METHOD}$"):
        return dreamer
    renewed = {"password": hash_password(password)}
    if db.dreamers.update_one(same_password(dreamer), {"$set": renewed}).modified_count:
        return dreamer | renewed
    stored = db.dreamers.find_one({"_id": dreamer["_id"]}, ["password"])
    return dreamer | stored if is_password(stored, password) else dreamer
