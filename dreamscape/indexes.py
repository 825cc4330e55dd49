"""Making indexes: only the unique ones are waited for, the others are built meanwhile."""
import threading
import time

import pymongo
from pymongo.errors import PyMongoError

from dreamscape.database import DATABASE_TIMEOUT, INDEXES, db, short_message
from dreamscape.log import logger

INDEX_TIMEOUT = 86_400  # seconds that making the indexes of a large database may take
INDEX_RETRY_DELAY = 10  # seconds between two tries
unique_indexes_ready = threading.Event()  # set once this process knows that the unique indexes are there
all_indexes_ready = threading.Event()  # set once it knows that all are
index_build_lock = threading.Lock()  # held while a thread of this process makes indexes


def add_indexes():
    """Make every index that is missing, unique ones first; safe to repeat, and at once.

    The server joins createIndexes of an index that is being built to that build, which goes
    on when the process that began it is gone, but ends with its time limit.
    """
    for is_unique, event in ((True, unique_indexes_ready), (False, all_indexes_ready)):
        for collection, indexes in INDEXES.items():
            wanted = [index for index in indexes if ("unique" in index.document) is is_unique]
            if wanted:
                db[collection].create_indexes(wanted)
        event.set()


def build_indexes():
    """Make the missing indexes, and try again until all are there."""
    with index_build_lock:
        while not all_indexes_ready.is_set():
            try:
                with pymongo.timeout(INDEX_TIMEOUT):
                    add_indexes()
            except PyMongoError as error:
                logger.error("Indexes could not be built, the next try is in %s seconds: %s",
                                 INDEX_RETRY_DELAY, short_message(error))
                time.sleep(INDEX_RETRY_DELAY)


def start_index_build():
    """Make the missing indexes in the background, unless that is under way."""
    if not index_build_lock.locked():
        threading.Thread(target=build_indexes, daemon=True).start()


def wait_for_unique_indexes():
    """Return once what decides uniqueness is there, or fail as an unreachable database does."""
    if not unique_indexes_ready.is_set():
        start_index_build()
        if not unique_indexes_ready.wait(DATABASE_TIMEOUT / 1_000):
            raise PyMongoError("The unique indexes are not there yet")


def find_missing_indexes():
    """Return which indexes are missing or being built, as ["dreams.slug_1"].

    No longer asked for once this process knows that all are there.
    """
    missing = []
    for collection, indexes in INDEXES.items() if not all_indexes_ready.is_set() else ():
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
