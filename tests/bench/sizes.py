"""How much room a world takes in the database."""

from contextlib import suppress

from pymongo.errors import OperationFailure

OF_PEOPLE = {"dreamers", "blocks", "notifications"}
OTHERS = {"bench", "mails", "limits", "topics", "drafts", "leftovers", "system.profile"}


def find_sizes(database, world):
    """Return the bytes of each dream and person, with what belongs to it, and by collection.

    {dream: {documents, stored, indexes}, person, collections: {name: sizes}}. documents:
    uncompressed; stored: on the disk.
    """
    # Until a checkpoint the server doesn't know what is on the disk.
    with suppress(OperationFailure):
        database.client.admin.command("fsync")
    names = {*database.list_collection_names()} - OTHERS
    stats = {name: find_collection_sizes(database, name) for name in sorted(names)}
    groups = {"person": ([*OF_PEOPLE & names], world.people),
              "dream": ([*names - OF_PEOPLE], world.dreams)}
    each = {group: {key: round(sum(stats[name][key] for name in members) / number)
                    for key in ("documents", "stored", "indexes")}
            for group, (members, number) in groups.items()}
    return each | {"collections": stats}


def find_collection_sizes(database, name):
    """Return {documents, stored, indexes, each index} of a collection, in bytes."""
    stats = database.command("collStats", name)
    return {"documents": stats["size"], "stored": stats["storageSize"],
            "indexes": stats["totalIndexSize"], "each": stats["indexSizes"]}
