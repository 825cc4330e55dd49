"""Tests of several queries in one call."""
from dreamscape.together import find_together


def test_parts_are_found_in_one_call_each_in_its_order(real_db, calls):
    real_db.topics.insert_many([{"_id": "b"}, {"_id": "a"}])
    real_db.limits.insert_one({"_id": "c"})
    calls.commands.clear()

    found = find_together({
        "topics": ("topics", [{"$sort": {"_id": 1}}]), "none": ("asks", []),
        "others": ("limits", []), "last": ("topics", [{"$match": {"_id": "b"}}])})

    assert found == {"topics": [{"_id": "a"}, {"_id": "b"}], "none": [], "others": [{"_id": "c"}],
                     "last": [{"_id": "b"}]}
    assert len(calls.commands) == 1


def test_of_no_parts_nothing_is_asked(real_db, calls):
    calls.commands.clear()

    assert find_together({}) == {}
    assert calls.commands == []
