"""The landing page: the newest dreams, and how somebody's help made one come true."""
from datetime import UTC, datetime

import pytest
from bson import ObjectId
from support.page_parser import words_shown
from support.plans import costly_stages, explain

from dreamscape import welcome
from dreamscape.database import db as site_db
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import find_dream
from dreamscape.help import add_offer
from dreamscape.lives import set_story
from dreamscape.thanks import set_thanks
from dreamscape.welcome import find_welcome, helped_stages

TENT = {"id": "6" * 24, "text": "a tent", "since": datetime(2026, 5, 1, tzinfo=UTC)}
TOLD = {"story": "We sailed at dawn.", "helped": "", "took": "", "advice": ""}
PERMANENTLY = {"suspended": {"until": None, "reason": "Spam"}}


def titles():
    """Return the titles of the dreams on the landing page."""
    return [dream["title"] for dream in find_welcome()["dreams"]]


def set_all(collection, fields):
    """Set fields of all documents of a collection."""
    site_db[collection].update_many({}, {"$set": fields})


@pytest.fixture
def add_helped(make_dream, dreamer):
    """A function that adds a dream of ada's, which came true with bob's tent."""
    def add(title="Sail around the world"):
        """Add it with the offer, the thanks and the story."""
        dream = find_dream({"_id": make_dream(title=title, needs=[TENT])["_id"]})
        offer_id, _ = add_offer(dreamer("bob"), dream, TENT, "I have one.")
        set_all("offers", {"state": "done"})
        set_thanks(site_db.offers.find_one({"_id": offer_id}), complete_dreamer(dreamer("ada")),
                   "Lent us a tent")
        set_story(dreamer("ada"), dream, TOLD)

    return add


@pytest.fixture
def helped(add_helped):
    """Such a dream."""
    add_helped()


# Dreams ######################################################################


@pytest.mark.parametrize(("there", "shown"), [
    (0, 0), (3, 3), (5, 5), (7, 5), (9, 9), (10, 9), (12, 12), (30, 12)])
def test_as_many_dreams_are_shown_as_leave_no_hole(db, there, shown):
    for number in range(there):
        author = db.dreamers.insert_one({"_id": ObjectId(), "slug": str(number)}).inserted_id
        db.dreams.insert_one({"_id": ObjectId(), "title": str(number), "dreamer_id": author})

    assert titles() == [str(number) for number in reversed(range(there))][:shown]


def test_the_newest_dream_of_each_person_is_shown(db, make_dream):
    for name, title in [("ada", "First"), ("bob", "Row"), ("ada", "Second"), ("bob", "Rest")]:
        make_dream(name, title=title, state="resting" if title == "Rest" else None)

    assert titles() == ["Second", "Row"]


@pytest.mark.parametrize(("state", "shown"), [
    ("under-way", 1), ("came-true", 1), ("resting", 0), ("let-go", 0)])
def test_no_dream_that_rests_or_was_let_go_greets_strangers(db, make_dream, state, shown):
    make_dream(state=state)

    assert len(titles()) == shown


@pytest.mark.parametrize("fields", [
    {"hidden": "Spam"}, {"audience": "link"}, {"audience": "me"},
    {"audience": "me", "draft": True}], ids=["hidden", "link", "private", "draft"])
def test_only_public_dreams_are_shown(db, make_dream, fields):
    make_dream(title="For all")
    other = make_dream(title="Not for all", description="Mine.")
    db.dreams.update_one({"_id": other["_id"]}, {"$set": fields})

    assert titles() == ["For all"]


def test_no_dreams_of_suspended_people_are_shown(db, make_dream):
    make_dream()
    set_all("dreamers", PERMANENTLY)

    assert titles() == []


def test_the_sentence_of_the_footer_is_said_once(db, visitor):
    page = words_shown(visitor.get("/").text)

    assert page.count("Find people who can help make it happen.") == 1


@pytest.mark.parametrize("number", [0, 1, 12])
def test_the_landing_page_says_what_one_can_do_and_asks_for_a_dream_at_both_ends(
    db, make_dream, visitor, number
):
    for each in range(number):
        make_dream(title=str(each))

    page = visitor.get("/").text

    assert page.count("button--primary") == page.count("Share your dream <svg") == 2
    hero = words_shown(page.partition('class="mosaic__hero"')[2].partition("</section>")[0])
    assert all(word in hero for word in ("picture", "follow", "cheer"))


# The story of help ###########################################################


def test_one_story_of_help_is_told_in_the_words_of_both(db, helped, visitor):
    words = words_shown(visitor.get("/").text)

    for said in ("Ada Lovelace had a dream", "a tent", "Bob Builder offered to help",
                 "Lent us a tent", "We sailed at dawn."):
        assert said in words


@pytest.mark.parametrize(("collection", "fields"), [
    ("dreams", {"hidden": "Spam"}), ("dreams", {"audience": "link"}), ("dreams", {"needs": []}),
    ("updates", {"hidden": "Spam"}), ("updates", {"body": ""}), ("updates", {"state": None}),
    ("offers", {"thanks_hidden": True}), ("offers", {"thanks": ""}), ("offers", {"need_id": ""}),
    ("dreamers", PERMANENTLY)])
def test_a_story_that_is_not_public_or_not_complete_is_left_out(
        db, helped, visitor, collection, fields):
    assert find_welcome()["helped"]
    set_all(collection, fields)

    assert find_welcome()["helped"] is None
    assert "came true" not in visitor.get("/").text


def test_no_story_names_a_helper_who_is_suspended(db, helped):
    db.dreamers.update_one({"slug": "bob-builder"}, {"$set": PERMANENTLY})

    assert find_welcome()["helped"] is None


def test_what_the_page_reads_has_an_index(real_db, indexed, add_helped, calls):
    for title in ("Sail", "Row"):  # the last read of a $lookup isn't in the statistics
        add_helped(title)
    calls.commands.clear()
    find_welcome()
    [command] = [command for name, command in [*calls.commands] if name == "aggregate"]
    told = real_db.command("explain", {"aggregate": "dreams", "pipeline": helped_stages(),
                                       "cursor": {}}, verbosity="executionStats")

    plans = explain(real_db, "aggregate", command)
    assert [plan for plan in plans if costly_stages(plan, set())] == []
    assert [stage["indexesUsed"] for stage in told["stages"] if "$lookup" in stage] == [
        ["dream_id_1_state_1"], ["dream_id_1_thanks_hidden_1__id_-1"], ["_id_"], ["_id_"]]


def test_of_the_landing_page_there_are_these_numbers():
    numbers = {"MOSAICS": (12, 9, 5), "SCANNED": 40, "NEWEST": 18, "STORIES": 50, "HELPED": 20}

    assert {name: getattr(welcome, name) for name in numbers} == numbers
