"""Load a generated world into a database: documents in parallel, then the indexes."""

import gc
import hashlib
import multiprocessing
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import OperationFailure

from dreamscape.database import INDEXES
from dreamscape.passwords import hash_password
from bench import texts, world
from bench.checks import check_counts, check_shapes
from bench.world import PASSWORD, Share, World

SHARE = 1_000  # numbers that a process generates at a time
INDEXES_AT_ONCE = 4  # of a collection, by one scan of it
INDEX_BUILDS = 2  # at a time: mongod takes three
INDEX_MEMORY = 500  # megabytes for a build, after which it sorts on the disk
process = {}  # of this process of the pool: world and database


def start_process(described, uri, name):
    """Connect a process of the pool to the database."""
    # Documents have no cycles; looking for some among so many takes a third of the time.
    gc.disable()
    process.update(world=described, database=MongoClient(uri, tz_aware=True, w=1)[name])


def make_share(described, kind, start, stop):
    """Return {collection: [document]} of a range of people or of dreams."""
    share = Share(described, f"{described.seed} {kind} {start}")
    add = share.add_person if kind == "people" else share.add_dream
    for number in range(start, stop):
        add(number)
    return share.documents


def load_share(task):
    """Generate and insert a range of people or dreams, a task; return how many."""
    kind, start, stop = task
    documents = make_share(process["world"], kind, start, stop)
    for collection, batch in documents.items():
        process["database"][collection].insert_many(batch, ordered=False)
    return stop - start


def make_tasks(described):
    """Return the tasks (kind, start, stop) that together make a world, in order of time."""
    return [(kind, start, min(start + SHARE, size))
            for kind, size in (("people", described.people), ("dreams", described.dreams))
            for start in range(0, size, SHARE)]


def load_documents(described, uri, name, bar):
    """Insert all documents of a world; as many processes as cores, each with its share."""
    # A fork would share the connections of this process.
    context = multiprocessing.get_context("spawn")
    with context.Pool(os.cpu_count(), start_process, (described, uri, name)) as pool:
        for number in pool.imap_unordered(load_share, make_tasks(described)):
            bar.update(number)


def build_indexes(database, bar):
    """Build all indexes, two groups at a time, those of the largest collections first."""
    with suppress(OperationFailure):  # a server that is not ours may not allow it
        database.client.admin.command(
            "setParameter", 1, maxIndexBuildMemoryUsageMegabytes=INDEX_MEMORY)
    groups = [(collection, indexes[start:start + INDEXES_AT_ONCE])
              for collection, indexes in INDEXES.items()
              for start in range(0, len(indexes), INDEXES_AT_ONCE)]
    sizes = {name: database[name].estimated_document_count() for name in INDEXES}
    groups.sort(key=lambda group: -sizes[group[0]])
    with ThreadPoolExecutor(INDEX_BUILDS) as pool:
        for group in pool.map(lambda group: (database[group[0]].create_indexes(group[1]), group)[1],
                              groups):
            bar.set_description(f"indexes of {group[0]}")


class NoBar:
    """A progress bar that shows nothing; it takes what tqdm takes."""

    def __init__(self, **options):
        """Ignore the options."""

    def __enter__(self):
        """Return it."""
        return self

    def __exit__(self, *error):
        """Do nothing."""

    def update(self, number):
        """Ignore progress."""

    def set_description(self, text):
        """Ignore a description."""


def make_mark(dreams, seed):
    """Return the query for the document that says which world a database holds, whole."""
    sources = [Path(module.__file__).read_bytes() for module in (texts, world)]
    indexes = repr({name: [index.document for index in each] for name, each in INDEXES.items()})
    return {"dreams": dreams, "seed": seed,
            "made_by": hashlib.sha256(b"".join([*sources, indexes.encode()])).hexdigest()}


def fill_world(database, uri, dreams, seed, make_bar=NoBar):
    """Make a world unless the database holds it; return (World, seconds).

    seconds: {loading, indexing} when it was made. A half-made or other one is dropped.
    """
    mark = make_mark(dreams, seed)
    if not (stored := database.bench.find_one(mark)):
        database.client.drop_database(database.name)
        stored = mark | make_world(database, uri, dreams, seed, make_bar)
        check_counts(database, World(dreams, seed, stored["now"], ""))
        check_shapes(database)
        database.bench.insert_one(stored)
    return World(dreams, seed, stored["now"], ""), {
        key: stored[key] for key in ("loading", "indexing")}


def make_world(database, uri, dreams, seed, make_bar):
    """Load and index a world; return {now, loading, indexing}: when, and seconds for both."""
    described = World(dreams, seed, int(time.time()), hash_password(PASSWORD))
    began = time.perf_counter()
    with make_bar(total=described.people + dreams, unit=" documents", mininterval=1) as bar:
        load_documents(described, uri, database.name, bar)
        loaded = time.perf_counter()
        bar.set_description("indexes")
        build_indexes(database, bar)
    return {"now": described.now, "loading": round(loaded - began, 1),
            "indexing": round(time.perf_counter() - loaded, 1)}
