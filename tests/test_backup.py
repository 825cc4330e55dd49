"""Backup and restore: what comes back is what was there, and people can sign in."""

from time import monotonic

import bson
import pymongo
import pytest
from support.backup import dump, restore

import app as site


def contents(database):
    """Return the documents of every collection that has any, as bytes in an order."""
    found = {name: sorted(bson.encode(document) for document in database[name].find())
             for name in database.list_collection_names()}
    return {name: documents for name, documents in found.items() if documents}


@pytest.fixture(scope="module")
def databases(mongodb, database_name, tmp_path_factory):
    """The demo's database and what was restored of it, in the site's place as after init-db."""
    folder = tmp_path_factory.mktemp("backup")
    with (pymongo.MongoClient(mongodb.uri, tz_aware=True) as client,
          pytest.MonkeyPatch.context() as patch):
        before, after = (client[database_name(name)] for name in ("before", "after"))
        patch.setitem(site.app.config, "UPLOADS", folder / "uploads")
        patch.setattr(site, "db", before)
        assert site.app.test_cli_runner().invoke(args=["seed-demo"]).exit_code == 0
        began = monotonic()
        dump(before, folder)
        dumped = monotonic()
        restore(folder, after)
        patch.setattr(site, "db", after)
        site.add_indexes()
        size = sum(path.stat().st_size for path in folder.glob("*.bson"))
        print(f"\n{size:,} bytes dumped in {dumped - began:.2f} s, restored in "
              f"{monotonic() - dumped:.2f} s")
        yield before, after
        for database in (before, after):
            client.drop_database(database)


def test_every_document_comes_back(databases):
    before, after = map(contents, databases)

    assert after == before
    assert {"dreamers", "dreams", "comments", "follows", "reactions", "slugs"} <= after.keys()


def test_every_index_fits_what_came_back(databases):
    made = {name: len(databases[1][name].index_information()) for name in site.INDEXES}

    assert made == {name: len(models) + 1 for name, models in site.INDEXES.items()}


def test_a_dreamer_signs_in_after_a_restore(databases, visitor):
    visitor.send("/login", email=site.DEMO_EMAIL, password=site.DEMO_PASSWORD)

    assert visitor.get("/dreamscape").status_code == 200
    assert visitor.get("/dreams").text.count("<article") > 0
