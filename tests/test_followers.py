"""Telling the followers of a dream through the outbox, in parts, each person once."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from bson import ObjectId
from pymongo.errors import PyMongoError
from support.concurrency import run_concurrently
from support.page_parser import hrefs, words_shown

import app as site
from dreamscape import followers
from dreamscape.blocks import add_block
from dreamscape.database import db as site_db
from dreamscape.dreamers import complete_dreamer
from dreamscape.follows import set_following
from dreamscape.leaving import remove_dreamer
from dreamscape.mail import (
    MAIL_LEASE, add_mail, remove_entry, send_due_mails, send_entry, set_mail_lease,
)
from dreamscape.moderation import set_hidden
from dreamscape.notifications import find_notices, notify, set_read
from dreamscape.updates import add_update, find_update, remove_update

PEOPLE = ("bob", "carl", "dora", "emil", "fay")


@pytest.fixture(autouse=True)
def small_parts(outbox, monkeypatch):
    """Tell two people in each part of a job, once the test sends the mail."""
    monkeypatch.setattr(followers, "PART", 2)


@pytest.fixture
def followed(dream, dreamer):
    """Ada's dream, which five people follow."""
    for name in PEOPLE:
        set_following(complete_dreamer(dreamer(name)), {"dream_id": dream["_id"]}, True)
    site_db.notifications.delete_many({})
    return dream


@pytest.fixture
def add(followed, dreamer):
    """A function that adds an update to the followed dream."""
    def work(body="We sailed.", **fields):
        """Return the update."""
        return find_update({"_id": add_update(complete_dreamer(dreamer("ada")), followed, body,
                                              **fields)})

    return work


def told(kind="update"):
    """Return the first names of those with a notification of a kind, one for each."""
    names = {each["_id"]: each["first_name"].lower() for each in site_db.dreamers.find()}
    return sorted(names[each["dreamer_id"]] for each in site_db.notifications.find({"kind": kind}))


@pytest.mark.parametrize("db", ["mongodb"], indirect=True)
def test_of_each_follow_only_the_dreamer_is_read(db, add, calls):
    """A part is a thousand follows."""
    add()
    calls.commands.clear()

    send_due_mails()

    read = [command for name, command in calls.commands if command.get(name) == "follows"]
    assert read
    assert all(command["projection"] == {"dreamer_id": 1} for command in read)


def make_due():
    """Let the leases in the outbox end."""
    site_db.mails.update_many({}, {"$set": {"due_at": datetime.now(UTC) - MAIL_LEASE}})


def test_an_update_is_told_to_each_follower_once(db, add):
    """R65."""
    add()

    send_due_mails()

    assert told() == sorted(PEOPLE)
    assert not db.mails.find_one()


def test_posting_an_update_queues_one_entry_however_many_follow(db, add):
    """R65: so that it takes no longer."""
    add()

    assert (db.mails.count_documents({}), told()) == (1, [])


def test_emails_that_are_due_come_before_the_next_part(db, add, dreamer):
    """R65: a dream with thousands of followers delays nobody's email."""
    add()
    add_mail("welcome", "bob@example.com")

    kinds = []
    for entry in iter(set_mail_lease, None):
        kinds.append(entry["kind"])
        (remove_entry if entry["kind"] == "welcome" else send_entry)(entry)
    assert kinds == ["notify_update", "welcome", "notify_update", "notify_update"]


@pytest.mark.parametrize("lost", range(6))
def test_a_killed_job_is_resumed_and_nobody_is_told_twice(
        db, add, monkeypatch, lost, dreamer):
    """R65: not even somebody who has read it meanwhile."""
    add()
    calls = []

    def fail_once(*args):
        """Tell, but lose the database after some people."""
        if len(calls) == lost:
            calls.append("lost")
            raise PyMongoError("gone")
        calls.append("told")
        notify(*args)

    monkeypatch.setattr(followers, "notify", fail_once)
    if lost < len(PEOPLE):
        with pytest.raises(PyMongoError):
            send_due_mails()
    for name in PEOPLE:
        set_read(complete_dreamer(dreamer(name)), None, None)
    make_due()

    send_due_mails()

    assert told() == sorted(PEOPLE)


def test_two_workers_tell_each_follower_once(real_db, add):
    """R65: eight of them work off the same job."""
    add()

    run_concurrently(*(partial(send_due_mails) for _ in range(8)))

    assert told() == sorted(PEOPLE)
    assert {each["count"] for each in real_db.notifications.find()} == {1}


def test_a_part_that_is_repeated_reads_no_old_notices(indexed, real_db, add, dreamer, calls):
    """However many somebody got in three months."""
    add()
    entry = real_db.mails.find_one({"kind": "notify_update"}) | {"tries": 3}
    old = datetime.now(UTC) - timedelta(days=1)
    real_db.notifications.insert_many([{"dreamer_id": dreamer("bob")["_id"], "kind": "update",
                                        "at": old, "group_id": n} for n in range(50)])
    calls.commands.clear()

    followers.notify_next(entry)

    asked = next(command for name, command in calls.commands if name == "distinct")
    told = real_db.command("explain", {key: asked[key] for key in ("distinct", "key", "query")})
    assert told["executionStats"]["totalDocsExamined"] == 2  # who was told just now


def test_a_part_that_is_repeated_leaves_the_newest_update_the_newest(db, add):
    add("The first.")
    repeated = db.mails.find_one({"kind": "notify_update"}) | {"tries": 3}
    send_due_mails()
    newest = add("The second.")
    send_due_mails()

    followers.notify_next(repeated)

    assert {each["acts"][0]["about"] for each in db.notifications.find()} == {newest["_id"]}


def test_a_slow_worker_that_lost_its_lease_changes_nothing(db, add):
    add()
    slow = set_mail_lease()
    make_due()
    send_due_mails()

    send_entry(slow)

    assert told() == sorted(PEOPLE)
    assert not db.mails.find_one()


def test_emails_of_a_job_are_sent_by_its_own_thread(db, add, dreamer, monkeypatch):
    """A thread for each of thousands of followers would be too many."""
    db.dreamers.update_many({}, {"$set": {"emails": {"update": "now"}}})
    add()
    started = []
    monkeypatch.setattr("dreamscape.mail.schedule_mail", started.append)

    with site.app.app_context():
        send_due_mails()

    assert (told(), started) == (sorted(PEOPLE), [])
    assert not db.mails.find_one()


def undo_update(update):
    """Delete an update."""
    remove_update(update)


def hide_update(update):
    """Hide an update."""
    set_hidden("update", update, "Rude.", "moderator")


def hide_dream(update):
    """Hide the dream of an update."""
    set_hidden("dream", site_db.dreams.find_one({"_id": update["dream_id"]}), "Rude.", "moderator")


def leave(update):
    """Delete the account of the author of an update."""
    remove_dreamer(complete_dreamer(site_db.dreamers.find_one({"_id": update["dreamer_id"]})))


@pytest.mark.parametrize("change", [undo_update, hide_update, hide_dream, leave])
def test_nobody_is_told_of_what_went_meanwhile(db, add, change):
    """R65, R70."""
    change(add())

    send_due_mails()

    assert told() == []
    assert not db.mails.find_one({"kind": "notify_update"})


def test_who_blocks_the_dreamer_or_is_blocked_is_not_told(db, add, dreamer):
    """R72: bob followed again in another tab."""
    bob, ada = dreamer("bob"), dreamer("ada")
    add_block(bob, ada)
    db.follows.insert_one({"dreamer_id": bob["_id"], "dream_id": db.dreams.find_one()["_id"]})
    add()

    send_due_mails()

    assert "bob" not in told()


def test_a_notice_leads_to_the_update(db, add, sign_in):
    """R65, R70."""
    update = add()
    send_due_mails()

    page = sign_in("bob").get("/notifications").text

    assert "Ada Lovelace\u2069 posted an update on" in words_shown(page)
    assert f"/dreams/sail-around-the-world#update-{update['_id']}" in hrefs(page)


def test_a_notice_of_a_deleted_update_is_left_out(db, add, dreamer):
    """R70."""
    update = add()
    send_due_mails()

    remove_update(update)

    bob = complete_dreamer(dreamer("bob"))
    assert find_notices({"dreamer_id": bob["_id"]}, bob, 9)[1] == []


def test_helpers_are_told_that_a_dream_came_true(db, add, dreamer):
    """R65: once, followers or not, thanked or not."""
    dream_id = db.dreams.find_one()["_id"]
    db.offers.insert_many([
        {"_id": ObjectId(), "dream_id": dream_id, "dreamer_id": dreamer(name)["_id"],
         "need_id": need_id, "state": state, **thanks}
        for name, need_id, state, thanks in (
            ("bob", "", "done", {"thanks_hidden": False}),
            ("gus", "", "done", {"thanks_hidden": True}), ("gus", "6" * 24, "accepted", {}),
            ("hal", "", "accepted", {}), ("ida", "", "done", {}), ("jon", "", "declined", {}))])
    add("", state="came-true")

    send_due_mails()

    assert told("came_true") == sorted((*PEOPLE, "gus", "hal", "ida"))
    assert told() == []


def test_a_hundred_people_at_a_time_hear_of_a_dream(monkeypatch):
    monkeypatch.undo()  # the parts of two people above
    followed, helped = ("follows", {}), ("offers", {
        "thanks_hidden": {"$in": [None, True, False]}, "state": {"$in": ["accepted", "done"]}})

    constants = {"PART": 100, "CLOCK_SKEW": timedelta(minutes=5), "RECIPIENTS": {
        "update": (followed,), "came_true": (helped, followed)}}
    assert {name: getattr(followers, name) for name in constants} == constants


def test_followers_of_another_dream_hear_nothing(db, outbox, followed, make_dream, dreamer, add):
    other = make_dream("mod", "Bake bread")
    set_following(complete_dreamer(dreamer("eve")), {"dream_id": other["_id"]}, True)
    add()

    send_due_mails()

    assert told() == [*PEOPLE]
