"""Authorisation as tables: who may see and delete what, as tests and as queries for lists."""

from datetime import UTC, datetime, timedelta

import pytest

from dreamscape import visibility
from dreamscape.visibility import (
    current_suspension, has_ended, is_listed, is_on_own, is_public, is_shown, is_unconfirmed,
    listed_dreamers_query, listed_query, may_remove, may_see, may_see_dreamer, not_apart_query,
    private_query, visible_query,
)

ADA, BOB, MOD, ADMIN, FOE, FOE_MOD = (
    {"_id": name, "role": role, "apart": {*apart}} for name, role, apart in (
        ("ada", None, ()), ("bob", None, ()), ("mod", "moderator", ()),
        ("admin", "administrator", ()), ("foe", None, ["ada"]), ("foe-mod", "moderator", ["ada"])))
VIEWERS = {"visitor": None, "ada": ADA, "bob": BOB, "mod": MOD, "admin": ADMIN, "foe": FOE,
           "foe-mod": FOE_MOD}
ALL_BUT_FOES = "visitor ada bob mod admin"
DREAMS = {  # {name: (fields of ada's dream, who sees it)}
    "for everybody": ({}, ALL_BUT_FOES), "by link": ({"audience": "link"}, ALL_BUT_FOES),
    "for oneself": ({"audience": "me"}, "ada"), "hidden": ({"hidden": "Unkind."}, "ada mod admin"),
    "hidden, for oneself": ({"hidden": "Unkind.", "audience": "me"}, "ada")}


def make(**fields):
    """Return a dream of ada's."""
    return {"dreamer_id": "ada", "hidden": None, "audience": None} | fields


def those(test):
    """Return the names of the viewers who pass a test, with spaces between them."""
    return " ".join(name for name, viewer in VIEWERS.items() if test(viewer))


@pytest.mark.parametrize("name", DREAMS)
def test_a_dream_is_seen_by_these(name):
    fields, seen_by = DREAMS[name]
    dream = make(**fields)

    assert those(lambda viewer: may_see(viewer, dream)) == seen_by
    assert (is_shown(dream), is_listed(dream)) == ("bob" in seen_by, fields == {})


def test_something_on_a_dream_is_deleted_by_these():
    dream, comment = make(), {"dreamer_id": "bob", "hidden": None}

    assert those(lambda viewer: may_remove(viewer, dream)) == "ada mod admin foe-mod"
    assert those(lambda viewer: may_remove(viewer, comment, dream)) == "ada bob mod admin foe-mod"
    assert those(lambda viewer: is_on_own(viewer, comment, dream)) == "ada bob"
    assert those(lambda viewer: may_see(viewer, comment | {"hidden": "Unkind."})) == (
        "bob mod admin foe-mod")
    assert those(visibility.is_moderator) == "mod admin foe-mod"


def test_somebody_unconfirmed_is_seen_by_themselves_alone():
    later = datetime.now(UTC) + timedelta(minutes=1)

    assert those(lambda viewer: may_see_dreamer(viewer, ADA)) == ALL_BUT_FOES
    assert those(lambda viewer: may_see_dreamer(viewer, ADA | {"ends_at": later})) == "ada"
    assert [is_unconfirmed(each) for each in (None, ADA, {"ends_at": later})] == [
        False, False, True]
    assert [has_ended(each) for each in (ADA, {"ends_at": later}, {
        "ends_at": later - timedelta(minutes=2)})] == [False, False, True]


def test_a_suspension_holds_until_its_end():
    now, minute = datetime.now(UTC), timedelta(minutes=1)
    ends = {"past": now - minute, "future": now + minute, "never": None}
    authors = {name: {"suspended": {"until": end, "reason": "Unkind."}}
               for name, end in ends.items()} | {"free": {"suspended": None}, "new": {}}

    assert [name for name, author in authors.items() if current_suspension(author)] == [
        "future", "never"]
    assert [name for name, author in authors.items() if is_public(make(author=author))] == [
        "past", "free", "new"]
    assert not is_public(make(author={"ends_at": now}))
    assert not is_public(make(author={}, audience="link"))


def test_lists_ask_the_database_for_this():
    apart = {"$nor": [{"dreamer_id": {"$in": ["ada"], "$ne": None}}]}
    own = {"$or": [{"hidden": None}, {"dreamer_id": "bob"}]}

    assert listed_query() == listed_query(BOB) == visible_query(None) == {
        "hidden": None, "audience": None}
    assert listed_query(FOE) == {"hidden": None, "audience": None} | apart
    assert visible_query(BOB) == {"audience": None} | own
    assert visible_query(MOD) == visible_query(ADMIN) == {"audience": None}
    assert visible_query(FOE_MOD) == {"audience": None} | apart
    assert private_query("sail") == {"_id": "sail", "audience": "me"}
    assert not_apart_query(FOE, "owner_id", "_id") == {"$nor": [
        {key: {"$in": ["ada"], "$ne": None}} for key in ("owner_id", "_id")]}
    assert not_apart_query(None, "_id") == not_apart_query(BOB, "_id") == {}
    people = listed_dreamers_query(FOE)
    until = people["$or"][1]["suspended.until"].pop("$lte")
    assert people == {"ends_at": None, "$or": [{"suspended": None}, {"suspended.until": {}}],
                      "$nor": [{"_id": {"$in": ["ada"], "$ne": None}}]}
    assert abs(datetime.now(UTC) - until) < timedelta(minutes=1)
