"""Back up and restore a database as mongodump does: a BSON file per collection."""

from itertools import islice

import bson

BATCH = 1_000  # documents


def dump(database, folder):
    """Write every document of a database into a folder."""
    for name in database.list_collection_names():
        with (folder / f"{name}.bson").open("wb") as file:
            for batch in database[name].find_raw_batches():
                file.write(batch)


def restore(folder, database):
    """Insert every document of a folder into an empty database."""
    for path in folder.glob("*.bson"):
        with path.open("rb") as file:
            documents = bson.decode_file_iter(file)
            while batch := list(islice(documents, BATCH)):
                database[path.stem].insert_many(batch)
