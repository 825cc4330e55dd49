"""Cheers: pressing, taking back, counting, and notifying the owner."""

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest
from bson import ObjectId
from support.concurrency import post_concurrently, run_concurrently
from support.failing_database import outage
from support.page_parser import hrefs, words_shown

import app as site
from dreamscape.cheers import remove_cheers, set_cheering
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import remove_dream
from dreamscape.follows import COUNTED, count_edges, set_following
from dreamscape.leaving import remove_dreamer
from dreamscape.mail import send_due_mails

CHEER = "/dreams/sail-around-the-world/cheer"
UNCHEER = "/dreams/sail-around-the-world/uncheer"


@pytest.fixture
def bob(db, dream, sign_in):
    """Bob's client, and ada's dream."""
    return sign_in("bob")


def cheers(db):
    """Return the stored count and the number of edges."""
    return db.dreams.find_one({})["cheers"], db.cheers.count_documents({})


def pressed(page, path):
    """Return the aria-pressed of the button that posts to a path."""
    return page.partition(f'action="{path}"')[2].partition('aria-pressed="')[2].partition('"')[0]


def test_a_cheer_is_counted_and_taken_back(db, bob):
    """R69."""
    bob.send(CHEER)
    assert cheers(db) == (1, 1)

    bob.send(UNCHEER)

    assert cheers(db) == (0, 0)


@pytest.mark.parametrize("path", [CHEER, UNCHEER])
def test_two_presses_count_once(db, bob, path):
    """R46, R69."""
    bob.send(CHEER)

    bob.send(path)
    bob.send(path)

    assert cheers(db) == ((1, 1) if path == CHEER else (0, 0))


@pytest.mark.parametrize("page", ["/dreamscape", "/dreams/sail-around-the-world"])
def test_the_button_says_whether_it_is_pressed(db, bob, page):
    """R69: on the card and on the page."""
    before = pressed(bob.get(page).text, CHEER)

    assert bob.send(CHEER, next=page).location == f"{page}#dream-sail-around-the-world"

    assert (before, pressed(bob.get(page).text, UNCHEER)) == ("false", "true")


def test_ones_own_dream_is_not_cheered(db, dream, sign_in):
    """R69."""
    assert sign_in("ada").send(CHEER).status_code == 403
    assert db.cheers.count_documents({}) == 0


def test_a_visitor_is_offered_the_sign_up(dream, visitor, db):
    """R69."""
    page = visitor.get("/dreams/sail-around-the-world").text

    assert ("/signup?next=/dreams/sail-around-the-world&intent=cheer:sail-around-the-world"
            in map(unquote, hrefs(page)))


def test_the_owner_is_told_once_of_all_cheers_of_a_dream(db, dream, dreamer, sign_in):
    """R69, R70."""
    for name in ("bob", "mallory", "bob"):
        sign_in(name).send(CHEER)

    page = sign_in("ada").get("/notifications").text

    assert "Mallory Mean\u2069 and \u2068Bob Builder\u2069 cheered" in words_shown(page)


def test_a_cheer_taken_back_is_told_no_more(db, bob, sign_in):
    bob.send(CHEER)

    bob.send(UNCHEER)

    assert "cheered" not in sign_in("ada").get("/notifications").text


def test_a_cheer_of_a_dream_deleted_meanwhile_does_not_stay(db, dream, dreamer):
    remove_dream(dream)

    assert set_cheering(dreamer("bob"), dream, True) is False
    assert db.cheers.count_documents({}) == 0


def test_the_cheers_of_one_who_leaves_go_with_them(db, bob, dreamer):
    bob.send(CHEER)

    remove_dreamer(site.complete_dreamer(dreamer("bob")))

    assert cheers(db) == (0, 0)


@pytest.mark.parametrize("after", [4, 5])
def test_an_interrupted_cheer_is_mended(db, bob, after):
    """R5, R46."""
    fields = {"csrf_token": bob.token()}
    with outage(after):
        bob.post(CHEER, data=fields)

    bob.post(CHEER, data=fields)
    site.app.test_cli_runner().invoke(args=["recount"])

    assert cheers(db) == (1, 1)


def test_cheers_from_two_tabs_at_once_count_once(real_db, dream, sign_in):
    """R46, R69."""
    tabs = [sign_in("bob") for _ in range(8)]

    post_concurrently(tabs, CHEER)

    assert cheers(real_db) == (1, 1)


def test_presses_and_presses_back_at_once_leave_the_count_true(real_db, dream, dreamer):
    """R46, R69."""
    bob = dreamer("bob")

    run_concurrently(*(lambda wanted=number % 2: set_cheering(bob, dream, wanted)
                       for number in range(8)))

    assert len({*cheers(real_db)}) == 1


def test_a_cheer_concerns_one_dream_and_one_person_alone(db, dream, make_dream, dreamer):
    other = make_dream("bob", "Bake bread")
    bob, mallory = dreamer("bob"), dreamer("mallory")
    results = [set_cheering(viewer, target, wanted) for viewer, target, wanted in (
        (bob, dream, True), (bob, dream, True), (mallory, dream, True), (mallory, other, True),
        (mallory, other, False), (mallory, other, False), (bob, {"_id": ObjectId()}, True))]

    counts = [[each["cheers"] for each in db.dreams.find().sort("_id")]]
    remove_cheers(mallory)
    counts.append([each["cheers"] for each in db.dreams.find().sort("_id")])

    assert results == [*[True] * 6, False]
    assert counts == [[2, 0], [1, 0]]
    assert [(each["dreamer_id"], each["dream_id"]) for each in db.cheers.find()] == [
        (bob["_id"], dream["_id"])]
    told = [(each["dreamer_id"], each["count"]) for each in db.notifications.find()]
    assert sorted(told) == sorted([(dream["dreamer_id"], 2), (bob["_id"], 1)])
    assert [each.get("unanswered") for each in db.dreams.find()] == [False, False]


# Before an address is confirmed ##############################################


@pytest.fixture
def una(dreamer):
    """Una, whose address isn't confirmed."""
    return complete_dreamer(dreamer("una", unconfirmed_email="una@example.com",
                                    ends_at=datetime.now(UTC) + timedelta(days=1)))


def test_a_cheer_of_somebody_unconfirmed_counts_and_is_told_once_they_are_confirmed(
        db, dream, una, sign_in):
    """R56."""
    db.dreams.update_one({}, {"$set": {"unanswered": True}})
    client = sign_in("una")
    assert client.send(CHEER).location != "/confirm"
    assert pressed(client.get("/dreams/sail-around-the-world").text, UNCHEER) == "true"
    before = cheers(db), db.notifications.count_documents({}), db.dreams.find_one()["unanswered"]

    for _ in range(2):
        count_edges(una)

    assert before == ((0, 1), 0, True)
    assert cheers(db) == (1, 1)
    assert db.dreams.find_one()["unanswered"] is False
    assert db.notifications.find_one()["kind"] == "cheer"
    assert site.app.test_cli_runner().invoke(args=["recount"]).output == "Mended: 0\n"


def test_a_cheer_that_is_not_counted_is_taken_back(db, dream, una):
    results = [set_cheering(una, dream, wanted) for wanted in (True, True, False, False)]

    assert results == [True] * 4
    assert cheers(db) == (0, 0)


def test_a_cheer_before_the_dream_went_counts_nowhere(db, dream, una):
    set_cheering(una, dream, True)
    db.dreams.delete_many({})

    count_edges(una)

    assert db.notifications.count_documents({}) == 0


@pytest.fixture
def many(db, outbox, dreamer, una, monkeypatch):
    """Seven follows and seven cheers by una, of which a request or a part of a job counts two."""
    monkeypatch.setattr("dreamscape.follows.COUNTED", 2)
    ids = [ObjectId() for _ in range(7)]
    db.dreams.insert_many([{"_id": _id, "slug": str(_id), "dreamer_id": dreamer("ada")["_id"],
                            "cheers": 0, "followers": 0} for _id in ids])
    for name in ("follows", "cheers"):
        db[name].insert_many([{"dreamer_id": una["_id"], "dream_id": _id, "uncounted": True}
                              for _id in ids])
    return una


def test_many_follows_and_cheers_are_counted_in_the_outbox(db, many):
    """R56: so that the request ends soon."""
    count_edges(many)
    uncounted = [db[name].count_documents({"uncounted": True}) for name in ("follows", "cheers")]
    with site.app.app_context():
        send_due_mails()

    assert uncounted == [5, 5]
    assert [(each["followers"], each["cheers"]) for each in db.dreams.find()] == [(1, 1)] * 7
    assert db.notifications.count_documents({"kind": "cheer"}) == 7
    assert not db.mails.find_one({"kind": "count_edges"})


def test_what_somebody_who_left_pressed_is_not_counted_in_the_outbox(db, many):
    """Also if the job has begun."""
    count_edges(many)
    db.dreamers.delete_one({"_id": many["_id"]})

    with site.app.app_context():
        send_due_mails()

    assert db.cheers.count_documents({"uncounted": True}) == 5
    assert not db.mails.find_one({"kind": "count_edges"})


def test_a_request_counts_fifty_follows_and_cheers():
    assert COUNTED == 50


def test_recount_counts_what_was_pressed_while_the_address_was_confirmed(db, dream, una):
    """The request had read the dreamer before; others who are unconfirmed stay uncounted."""
    eve = complete_dreamer(db.dreamers.find_one({"_id": una["_id"]})) | {"_id": ObjectId()}
    db.dreamers.insert_one({"_id": eve["_id"], "ends_at": una["ends_at"]})
    db.dreamers.update_one({"_id": una["_id"]}, {"$unset": {"ends_at": ""}})
    for stale in (una, eve):
        set_cheering(stale, dream, True)
        set_following(stale, {"dream_id": dream["_id"]}, True)

    answer = site.app.test_cli_runner().invoke(args=["recount"])

    stored = db.dreams.find_one()
    assert (stored["cheers"], stored["followers"], stored["unanswered"]) == (1, 1, False)
    for name in ("cheers", "follows"):
        assert db[name].distinct("dreamer_id", {"uncounted": True}) == [eve["_id"]]
    assert answer.output.startswith("Mended: ")
    assert site.app.test_cli_runner().invoke(args=["recount"]).output == "Mended: 0\n"
