"""Building indexes in the background; requests wait for the unique ones only.

INDEXES in database.py defines them.
"""
import threading
import time

import pymongo
from pymongo.errors import PyMongoError

from dreamscape.database import DATABASE_TIMEOUT, INDEXES, db, short_message
from dreamscape.log import logger
from dreamscape.mail import start_mail

INDEX_TIMEOUT = 86_400  # seconds, for building the indexes of a large database
INDEX_RETRY_DELAY = 10  # seconds, so that an unreachable database isn't asked in a loop
# Set once this process knows that the unique indexes are built, and all indexes.
unique_indexes_ready, all_indexes_ready = threading.Event(), threading.Event()
index_build_lock = threading.Lock()  # held by the thread of this process that builds indexes


def add_indexes():
    """Build the missing indexes, unique ones first; safe to repeat and to run concurrently.

    The server attaches createIndexes to a build of the same index that is in progress. A build
    survives the process that started it, but not that process's timeout.
    """
    for is_unique, event in ((True, unique_indexes_ready), (False, all_indexes_ready)):
        for collection, indexes in INDEXES.items():
            wanted = [index for index in indexes if ("unique" in index.document) is is_unique]
            if wanted:
                db[collection].create_indexes(wanted)
        event.set()


def build_indexes():
    """Build the missing indexes, and retry until all are built."""
    with index_build_lock:
        while not all_indexes_ready.is_set():
            try:
                with pymongo.timeout(INDEX_TIMEOUT):
                    add_indexes()
            except PyMongoError as error:
                logger.error("Indexes could not be built, the next try is in %s seconds: %s",
                                 INDEX_RETRY_DELAY, short_message(error))
                time.sleep(INDEX_RETRY_DELAY)  # The database may be away for long.


def prepare_database():
    """Start the index build and send queued mail when a worker starts; log a failure."""
    # First, because it retries by itself while the database is down.
    start_mail()
    try:
        # Raises if the database is down; the thread of the build would wait and log nothing.
        if missing := find_missing_indexes():
            logger.info("Indexes are being made: %s", ", ".join(missing))
        start_index_build()
    except PyMongoError as error:
        logger.error("The database in MONGO_URI cannot be used, and pages answer 503 "
                     "until it can: %s", short_message(error))


def start_index_build():
    """Build the missing indexes in a background thread, unless one is running."""
    if not index_build_lock.locked():
        threading.Thread(target=build_indexes, daemon=True).start()


def wait_for_unique_indexes():
    """Block until the unique indexes are built; raise PyMongoError after DATABASE_TIMEOUT."""
    if not unique_indexes_ready.is_set():
        start_index_build()
        if not unique_indexes_ready.wait(DATABASE_TIMEOUT / 1_000):
            raise PyMongoError("The unique indexes are not there yet")


def find_missing_indexes():
    """Return the names of indexes that are missing or being built, as ["dreams.slug_1"].

    Queries the database until all_indexes_ready is set.
    """
    missing = []
    for collection, indexes in INDEXES.items() if not all_indexes_ready.is_set() else ():
        built, names = find_built_indexes(collection), [each.document["name"] for each in indexes]
        missing += [f"{collection}.{name}" for name in names if name not in built]
    return missing


def find_built_indexes(collection):
    """Return the names of a collection's finished indexes, a set."""
    listed = {index["name"] for index in db[collection].list_indexes()}
    # list_indexes includes indexes being built; $collStats fails for a missing collection.
    stats = db[collection].aggregate([{"$collStats": {"storageStats": {}}},
                                      {"$project": {"storageStats.indexBuilds": 1}}]
                                     ) if listed else ()
    return listed.difference(*(each["storageStats"].get("indexBuilds", ()) for each in stats))
