"""Tests of documents that requests share, decoded once."""
import hashlib
from datetime import UTC, datetime

import bson
import pytest
from bson import ObjectId

from dreamscape.database import db as site_db
from dreamscape.shared import Shared, content_key, find_shared

SHARED = ObjectId("5" * 24)


def complete(document):
    """Return a document with what this module's tests add to it."""
    return document | {"is_complete": True}


def find(complete=complete):
    """Return the one document of a collection, shared."""
    [document] = find_shared("topics", [{"$match": {"_id": SHARED}}], complete)
    return document


@pytest.fixture
def stored(db):
    """A document in the database, with a time."""
    db.topics.insert_one({"_id": SHARED, "at": datetime(2026, 1, 2, tzinfo=UTC)})
    return db.topics


def test_a_document_is_completed_once_until_it_changes(stored):
    first, again = find(), find()
    stored.update_one({"_id": SHARED}, {"$set": {"name": "Sailing"}})
    changed = find()

    assert first is again
    assert first == {"_id": SHARED, "at": datetime(2026, 1, 2, tzinfo=UTC), "is_complete": True}
    assert changed == first | {"name": "Sailing"}


def test_functions_that_complete_have_results_of_their_own(stored):
    assert find() != find(dict) == site_db.topics.find_one({"_id": SHARED})


@pytest.mark.parametrize("change", [
    lambda document: document.update(name="x"), lambda document: document.pop("at"),
    lambda document: document.__setitem__("name", "x"), lambda document: document.setdefault("x"),
    lambda document: document.__delitem__("at"), lambda document: document.__ior__({"name": "x"}),
    lambda document: document.clear(), lambda document: document.popitem(),
])
def test_nobody_changes_what_others_have_too(stored, change):
    with pytest.raises(TypeError):
        change(find())

    assert {*find()} == {"_id", "at", "is_complete"}


def test_a_document_made_of_a_shared_one_has_a_key_of_its_own(stored):
    document = find()
    copies = [document | {"reason": "Baking"}, document | {}, document.copy()]

    encoded = bson.encode({"_id": SHARED, "at": document["at"]})
    assert content_key(document) == hashlib.sha256(encoded).digest()
    assert not any(isinstance(each, Shared) for each in copies)
    assert len({content_key(document), *map(content_key, copies)}) == 3
    assert copies[1] | {"reason": "Cooking"} != copies[0]


def test_the_key_of_a_long_document_takes_no_more_memory_than_that_of_another(stored):
    """Thousands are stored with the HTML, whose size alone is limited."""
    stored.update_one({"_id": SHARED}, {"$set": {"name": "Sailing " * 1_000}})
    document = find()

    assert [len(content_key(each)) for each in (document, document | {}, {})] == [32, 32, 32]
