"""Backup and restore: all documents and indexes are restored, and people can sign in."""

from time import monotonic

import bson
import pymongo
import pytest
from support.backup import dump, restore
from support.patches import use_database

import app as site
from dreamscape import demo
from dreamscape.database import INDEXES
from dreamscape.indexes import add_indexes
from dreamscape.demo import DEMO_EMAIL, DEMO_PASSWORD


def contents(database):
    """Return {collection: its documents as sorted BSON} without empty collections."""
    documents = {name: sorted(bson.encode(document) for document in database[name].find())
                 for name in database.list_collection_names()}
    return {name: content for name, content in documents.items() if content}


@pytest.fixture(scope="module")
def databases(mongodb, database_name, tmp_path_factory):
    """The demo's database and what was restored of it, in the site's place as after init-db."""
    folder = tmp_path_factory.mktemp("backup")
    with (pymongo.MongoClient(mongodb.uri, tz_aware=True) as client,
          pytest.MonkeyPatch.context() as patch):
        before, after = (client[database_name(name)] for name in ("before", "after"))
        patch.setitem(site.settings, "UPLOADS", folder / "uploads")
        use_database(patch, before)
        patch.setattr(demo, "DEMO_HEIGHT", 60)
        assert site.app.test_cli_runner().invoke(args=["seed-demo"]).exit_code == 0
        began = monotonic()
        dump(before, folder)
        dumped = monotonic()
        restore(folder, after)
        use_database(patch, after)
        add_indexes()
        size = sum(path.stat().st_size for path in folder.glob("*.bson"))
        print(f"\n{size:,} bytes dumped in {dumped - began:.2f} s, restored in "
              f"{monotonic() - dumped:.2f} s")
        yield before, after
        for database in (before, after):
            client.drop_database(database)


def test_every_document_is_restored(databases):
    before, after = map(contents, databases)

    assert after == before
    assert {"dreamers", "dreams", "comments", "follows", "reactions", "slugs"} <= after.keys()


def test_every_index_can_be_created_after_a_restore(databases):
    counts = {name: len(databases[1][name].index_information()) for name in INDEXES}

    assert counts == {name: len(models) + 1 for name, models in INDEXES.items()}


def test_a_dreamer_signs_in_after_a_restore(databases, visitor):
    visitor.send("/login", email=DEMO_EMAIL, password=DEMO_PASSWORD)

    assert visitor.get("/dreamscape").status_code == 200
    assert visitor.get("/dreams").text.count("<article") > 0
