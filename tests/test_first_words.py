"""A first word: which dream waits for one, and where it stands."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from bson import ObjectId
from support.page_parser import dreams_shown, next_href, words_shown
from support.plans import costly_stages, explain

import app as site
from dreamscape import first_words
from dreamscape.cheers import set_cheering
from dreamscape.comments import add_comment
from dreamscape.database import db as site_db
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import complete_dream
from dreamscape.first_words import choose_share, find_unanswered
from dreamscape.help import add_offer

WAITING = "Waiting for a first word"


@pytest.fixture
def add_old(dreamer):
    """A function that adds a dream of some days ago: add_old("A boat", days=3)."""
    def add(title, days=3, name="ada", **fields):
        """Return its document."""
        _id = ObjectId.from_datetime(datetime.now(UTC) - timedelta(days=days))
        _id = ObjectId(_id.binary[:4] + ObjectId().binary[4:])
        dream = {"_id": _id, "slug": title.lower(), "title": title, "topics": ["travel"],
                 "dreamer_id": dreamer(name)["_id"], "unanswered": True} | fields
        site_db.dreams.insert_one(dream)
        return dream

    return add


@pytest.fixture
def reader(db, dreamer, sign_in):
    """Bob's client; travel interests him."""
    dreamer("bob", interests=["travel", "home"])
    return sign_in("bob")


def marked(page):
    """Return the slug of the dream that is marked, or None."""
    before = page.partition(WAITING)[0]
    return dreams_shown(before)[-1] if WAITING in page else None


def test_an_unanswered_dream_takes_the_fourth_place(reader, add_old, make_dream):
    """R67."""
    for number in range(6):
        make_dream(title=f"New {number}")
    add_old("Boat")

    page = reader.get("/dreamscape").text

    assert (dreams_shown(page)[3], marked(page)) == ("boat", "boat")
    assert dreams_shown(page).count("boat") == 1


@pytest.mark.parametrize("about", [
    {"days": 1}, {"name": "bob"}, {"topics": ["work"]}, {"unanswered": None},
    {"comments_enabled": False}, {"hidden": "Spam"}, {"audience": "link"}])
def test_other_dreams_are_not_marked(reader, add_old, make_dream, about):
    """R67: younger than two days, one's own, about other topics, answered or not listed."""
    make_dream()
    add_old("Boat", **about)

    assert WAITING not in reader.get("/dreamscape?own=1").text


@pytest.mark.parametrize("query", ["view=trending", "topic=travel", "cursor=" + "f" * 24])
def test_only_the_first_page_of_latest_has_the_place(reader, add_old, query):
    """R67."""
    add_old("Boat")

    assert WAITING not in reader.get(f"/dreamscape?{query}").text


def test_a_further_page_leaves_out_what_had_the_place(reader, add_old):
    """R67: its own place is there."""
    for number in range(21):
        add_old(f"New{number}", days=1)
    add_old("Boat")
    first = reader.get("/dreamscape").text

    second = reader.get(next_href(first)).text

    assert (marked(first), dreams_shown(second)) == ("boat", ["new0"])


def test_viewer_and_hour_choose_among_those_that_wait(db, add_old):
    """R67."""
    viewers = [{"_id": ObjectId(), "interests": ["travel"]} for _ in range(16)]
    now = datetime(2026, 5, 1, tzinfo=UTC)
    for days in range(3, 63, 4):
        add_old(f"Boat{days}", days=days)

    hours = {choose_share(viewers[0], now + timedelta(hours=hour)) for hour in range(16)}

    assert len({find_unanswered(viewer, None)["slug"] for viewer in viewers}) > 3
    assert len(hours) > 3 and choose_share(viewers[0], now + timedelta(minutes=59)) in hours


def test_those_that_wait_are_found_by_an_index_of_their_own(real_db, indexed, add_old, calls):
    """R67: however many others there are."""
    add_old("Boat", days=9)
    for number in range(120):
        add_old(f"Old{number}", unanswered=False)
    calls.commands.clear()
    find_unanswered({"_id": ObjectId(), "interests": ["travel", "home"]}, None)

    [(name, command)] = calls.commands
    plans = explain(indexed, name, command)

    assert "topics_1__id_1" in str(plans)
    assert [plan for plan in plans if costly_stages(plan, set())] == []


def test_a_visitor_sees_none(db, add_old, visitor):
    """R67."""
    add_old("Boat")

    page = visitor.get("/dreamscape").text

    assert (dreams_shown(page), marked(page)) == (["boat"], None)


def test_the_same_dream_never_takes_it_twice_in_a_row(reader, add_old):
    """R67."""
    add_old("Boat"), add_old("Tent", days=9), add_old("Loom", days=30)

    seen = [marked(reader.get("/dreamscape").text) for _ in range(5)]

    assert None not in seen
    assert all(one != other for one, other in pairwise(seen))


def test_the_only_one_pauses_every_other_time(reader, add_old):
    """R67."""
    add_old("Boat")

    assert [marked(reader.get("/dreamscape").text) for _ in range(3)] == ["boat", None, "boat"]


ANSWERS = {
    "cheer": lambda bob, dream: set_cheering(bob, dream, True),
    "comment": lambda bob, dream: add_comment(bob, dream, "Hello"),
    "offer": lambda bob, dream: add_offer(bob, dream, {}, "I can help."),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_first_answer_ends_the_waiting(db, dream, dreamer, answer):
    """R67."""
    before = db.dreams.find_one({})["unanswered"]

    ANSWERS[answer](complete_dreamer(dreamer("bob")), complete_dream(dream))

    assert (before, db.dreams.find_one({})["unanswered"]) == (True, False)


def test_an_answer_that_was_taken_back_was_one(db, dream, dreamer):
    """A dream waits for its first one; recount leaves it so."""
    for wanted in (True, False):
        set_cheering(complete_dreamer(dreamer("bob")), complete_dream(dream), wanted)

    answer = site.app.test_cli_runner().invoke(args=["recount"])

    assert (answer.output, db.dreams.find_one()["unanswered"]) == ("Mended: 0\n", False)


def test_ones_own_comment_is_no_answer(db, dream, dreamer):
    """R67."""
    add_comment(complete_dreamer(dreamer("ada")), complete_dream(dream), "Hello")

    assert db.dreams.find_one({})["unanswered"] is True


def test_recount_finds_the_dreams_that_wait(db, dream, add_old, dreamer):
    """R67: those of an older version, too, and it changes nothing twice."""
    old = add_old("Boat", unanswered=None)
    set_cheering(dreamer("bob"), dream, True)
    db.dreams.update_one({"_id": dream["_id"]}, {"$set": {"unanswered": True}})
    runner = site.app.test_cli_runner()

    runner.invoke(args=["recount"])

    assert [each["_id"] for each in db.dreams.find({"unanswered": True})] == [old["_id"]]
    assert words_shown(runner.invoke(args=["recount"]).output) == "Mended: 0"


def test_recount_takes_no_cheer_that_does_not_count_for_an_answer(db, dream, dreamer):
    """R67: the cheer of somebody unconfirmed."""
    una = complete_dreamer(dreamer("una", ends_at=datetime.now(UTC) + timedelta(days=1)))
    set_cheering(una, dream, True)

    answer = site.app.test_cli_runner().invoke(args=["recount"])

    assert (answer.output, db.dreams.find_one()["unanswered"]) == ("Mended: 0\n", True)


def test_a_dream_waits_two_days_for_the_fourth_place():
    names = ("WAIT", "SPAN", "PLACE", "SCANNED")

    assert [getattr(first_words, name) for name in names] == [
        timedelta(days=2), timedelta(days=60), 3, 100]
