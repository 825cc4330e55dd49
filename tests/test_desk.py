""""My dreams": drafts, living dreams with what is new, resting ones, those that came true."""

import re

import pytest
from bson import ObjectId
from support.page_parser import dreams_shown, hrefs, next_href, words_shown

from dreamscape.comments import add_comment
from dreamscape.database import db as site_db
from dreamscape.desk import NEWS, PARTS, find_desk
from dreamscape.dreamers import complete_dreamer
from dreamscape.follows import set_following
from dreamscape.help import add_offer, find_offer, press_step
from dreamscape.dreams import complete_dream

STATES = {"drafts": {"draft": True, "audience": "me"}, "living": {}, "came-true":
          {"state": "came-true"}, "resting": {"state": "resting"}}


@pytest.fixture
def desk(outbox, make_dream):
    """A function that adds dreams of ada's to a part of her desk, newest last."""
    def add(part, count=1, **fields):
        """Add some dreams to a part."""
        for number in range(count):
            made = make_dream("ada", f"{part} {number}")
            site_db.dreams.update_one({"_id": made["_id"]}, {"$set": STATES[part] | fields})

    return add


def test_dreams_stand_under_the_part_that_they_are_in(desk, ada):
    for part in reversed(PARTS):
        desk(part)

    page = ada.get("/dreams").text

    assert dreams_shown(page) == ["drafts-0", "living-0", "came-true-0", "resting-0"]
    positions = [page.index(f">{row.heading}<") for row in PARTS.values()]
    assert positions == sorted(positions)


def test_the_heading_of_a_dream_is_below_that_of_its_part(desk, ada, visitor):
    """Among all dreams there are no parts."""
    desk("living")

    levels = [re.findall(r'<h(\d) class="dream__title', client.get(path).text)
              for client, path in ((ada, "/dreams"), (visitor, "/dreamscape"))]

    assert levels == [["3"], ["2"]]


@pytest.mark.parametrize(("state", "part"), [("under-way", "living"), ("let-go", "resting")])
def test_every_state_has_its_part(desk, dreamer, state, part):
    desk("living", state=state)

    assert [*find_desk(complete_dreamer(dreamer("ada")), None, None)["desk"]] == [part]


def test_parts_without_dreams_are_not_shown(desk, ada):
    desk("living")

    page = words_shown(ada.get("/dreams").text)

    assert [row.heading for row in PARTS.values() if row.heading in page] == ["Living dreams"]


@pytest.mark.parametrize("count", [0, 1, 21, 45])
def test_living_dreams_come_in_pages(desk, ada, count):
    desk("living", count)
    href, shown = "/dreams", []

    while href:
        page = ada.get(href).text
        shown, href = shown + dreams_shown(page), next_href(page)

    assert shown == [f"living-{number}" for number in range(count)][::-1]


def test_a_part_with_many_dreams_has_a_page_of_its_own(desk, ada):
    """R68."""
    desk("drafts", 8)

    first = ada.get("/dreams").text
    rest = ada.get("/dreams?part=drafts").text

    assert "/dreams?part=drafts" in hrefs(first)
    assert [len(dreams_shown(page)) for page in (first, rest)] == [5, 8]


def test_an_empty_part_says_so(ada):
    for query in ("part=", "part=drafts", "part=resting&cursor=" + "0" * 24):
        answer = ada.get(f"/dreams?{query}")

        assert (answer.status_code, 'class="empty"' in answer.text) == (200, True)


def test_a_part_that_is_none_is_not_found(ada):
    assert ada.get("/dreams?part=others").status_code == 404


def test_a_living_dream_says_what_is_new(db, outbox, ada, dream, dreamer):
    """R68: since its dreamer last read the notifications."""
    for name in ("bob", "cid"):
        add_comment(complete_dreamer(dreamer(name)), dream, "Bravo")
    set_following(complete_dreamer(dreamer("bob")), {"dream_id": dream["_id"]}, True)
    add_offer(complete_dreamer(dreamer("bob")), complete_dream(dream), {}, "A sail.")

    before = words_shown(ada.get("/dreams").text)
    ada.send("/notifications/read")
    after = words_shown(ada.get("/dreams").text)

    news = "1 person offered help, 1 person started following, 2 people commented"
    assert [news in page for page in (before, after)] == [True, False]


def test_who_offers_help_twice_is_one_person_on_the_desk(db, dream, dreamer):
    """R68."""
    for name, need_id in (("bob", "1"), ("bob", "2"), ("cid", "3")):
        add_offer(complete_dreamer(dreamer(name)), complete_dream(dream),
                  {"id": need_id, "text": "A sail"}, "I have one.")

    [shown] = find_desk(complete_dreamer(dreamer("ada")), None, None)["desk"]["living"]

    assert (shown["news"], shown["news_path"]) == (["2 people offered help"], "/offers")


def test_news_leave_out_whom_one_blocks(db, dream, dreamer):
    """R72."""
    viewer = complete_dreamer(dreamer("ada"))
    for name in ("bob", "cid"):
        add_comment(complete_dreamer(dreamer(name)), dream, "Bravo")

    news = []
    for names in ((), ("bob",), ("bob", "cid")):
        apart = {dreamer(name)["_id"] for name in names}
        [shown] = find_desk(viewer | {"apart": apart}, None, None)["desk"]["living"]
        news.append(shown["news"])

    assert news == [["2 people commented"], ["1 person commented"], []]


def test_news_that_lack_all_that_may_be_missing_are_one_person(db, ada, dream, dreamer):
    """R28."""
    db.notifications.insert_one({"dreamer_id": dreamer("ada")["_id"], "kind": "comment",
                                 "dream_id": dream["_id"], "group_id": dream["_id"],
                                 "unread": True, "acts": [{}]})

    assert "1 person commented" in words_shown(ada.get("/dreams").text)


def test_news_of_an_offer_lead_to_it_and_end_once_it_is_withdrawn(db, dream, dreamer, ada):
    """R68."""
    bob = complete_dreamer(dreamer("bob"))
    offer_id, _ = add_offer(bob, complete_dream(dream), {}, "I have one.")
    before = ada.get("/dreams").text
    press_step(bob, find_offer(bob, offer_id), "withdraw")

    after = ada.get("/dreams").text

    link = f'<a href="/offers/{offer_id}">1 person offered help</a>'
    assert [link in page for page in (before, after)] == [True, False]
    assert "offered help" not in after


def test_news_of_several_kinds_lead_to_the_notifications(db, dream, dreamer):
    bob = complete_dreamer(dreamer("bob"))
    add_offer(bob, complete_dream(dream), {}, "I have one.")
    set_following(bob, {"dream_id": dream["_id"]}, True)

    [shown] = find_desk(complete_dreamer(dreamer("ada")), None, None)["desk"]["living"]

    assert shown["news_path"] == "/notifications"


def test_the_desk_reads_no_news_of_others_than_its_dreams(indexed, real_db, dream, dreamer, calls):
    """Somebody may have thousands of unread notifications."""
    ada = complete_dreamer(dreamer("ada"))
    real_db.notifications.insert_many([
        {"dreamer_id": ada["_id"], "kind": "offer", "group_id": ObjectId(), "unread": True,
         "dream_id": dream["_id"], "count": 1} for _ in range(50)])
    calls.commands.clear()

    find_desk(ada, None, None)

    asked = next(command for _, command in calls.commands if command.get("find"))
    told = real_db.command("explain", {key: asked[key] for key in ("find", "filter")})
    assert told["executionStats"]["totalDocsExamined"] == 0


def test_the_desk_takes_two_calls_however_much_is_on_it(real_db, desk, dreamer, calls):
    for part in PARTS:
        desk(part, 7)
    ada = complete_dreamer(dreamer("ada"))
    calls.commands.clear()

    found = find_desk(ada, None, None)

    assert [name for name, _ in calls.commands] == ["aggregate", "find"]
    assert found["more"] == {"drafts", "came-true", "resting"}


def test_these_are_the_parts_of_my_dreams():
    assert {name: tuple(part) for name, part in PARTS.items()} == {
        "drafts": ("Drafts", {"draft": True}, 5),
        "living": ("Living dreams", {"draft": None, "state": {"$in": [None, "under-way"]}}, 20),
        "came-true": ("Came true", {"draft": None, "state": "came-true"}, 5),
        "resting": ("Resting or let go", {"draft": None, "state": {"$in": ["resting", "let-go"]}},
                    5)}
    assert {**NEWS} == {
        "comment": "commented", "reply": "replied", "offer": "offered help", "cheer": "cheered",
        "follow": "started following"}


def test_a_desk_has_nothing_of_anybody_elses(desk, make_dream, dreamer):
    """Neither dreams nor news, and of one's own dreams only what is unread and theirs."""
    desk("living", 2)
    ada, bob = (complete_dreamer(dreamer(name)) for name in ("ada", "bob"))
    other = make_dream("bob", "Bake bread")
    for dream in (*site_db.dreams.find({"dreamer_id": ada["_id"]}).sort("_id").limit(1), other):
        add_comment(complete_dreamer(dreamer("mallory")), dream, "Bravo.")
        set_following(complete_dreamer(dreamer("mod")), {"dream_id": dream["_id"]}, True)
        site_db.notifications.insert_many([
            {"dreamer_id": reader, "kind": kind, "group_id": dream["_id"], "unread": True,
             "dream_id": dream["_id"], "count": 3} for reader, kind in (
                 (bob["_id"], "update"), (dreamer("mallory")["_id"], "reply"))])
    site_db.notifications.insert_one({"dreamer_id": ada["_id"], "kind": "reply", "count": 1,
                                      "group_id": other["_id"], "unread": True,
                                      "dream_id": other["_id"]})

    mine, theirs = (find_desk(viewer, None, None) for viewer in (ada, bob))

    new = ["1 person commented", "1 person started following"]
    assert [(dream["title"], dream["news"]) for dream in mine["desk"]["living"]] == [
        ("living 1", []), ("living 0", new)]
    assert [(dream["title"], dream["news"]) for dream in theirs["desk"]["living"]] == [
        ("Bake bread", new)]
    assert {dream["author"]["name"] for dream in mine["desk"]["living"]} == {"Ada Lovelace"}
    assert [*mine["desk"]] == ["living"]
    assert (mine["more"], mine["cursor"]) == (set(), None)


def test_a_part_of_more_than_five_dreams_has_a_page_of_its_own(desk, dreamer):
    desk("resting", 6), desk("came-true", 5), desk("living", 21)
    ada = complete_dreamer(dreamer("ada"))

    first = find_desk(ada, None, None)
    resting, second = find_desk(ada, "resting", None), find_desk(ada, None, first["cursor"])

    assert {name: len(page) for name, page in first["desk"].items()} == {
        "living": 20, "came-true": 5, "resting": 5}
    assert (first["more"], second["more"], resting["more"]) == ({"resting"}, set(), set())
    assert ({name: len(page) for name, page in resting["desk"].items()}, resting["cursor"]) == (
        {"resting": 6}, None)
    assert [dream["title"] for dream in second["desk"]["living"]] == ["living 0"]
