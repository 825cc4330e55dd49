"""R64: the states of a dream, the story of one that came true, lines beside it, and who did it."""
import io
import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from PIL import Image
from support.page_parser import words_shown
from support.picture_factory import encode
from support.plans import costly_stages, explain

from dreamscape import lives
from dreamscape.comments import add_comment, find_comment, find_comments, remove_comment
from dreamscape.database import COUNTS
from dreamscape.desk import find_desk
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import complete_dream, find_dream
from dreamscape.feed import find_feed_page
from dreamscape.follows import set_following
from dreamscape.help import add_offer
from dreamscape.lives import (
    STATES, find_life, find_similar, find_story, find_with_stories, rare_tokens, set_line,
    set_state, set_story,
)
from dreamscape.moderation import set_hidden
from dreamscape.notifications import notify
from dreamscape.updates import add_update

RED = encode(Image.new("RGB", (60, 40), "red"), "JPEG")
STORY = {"story": "We sailed at dawn.", "helped": "Bob's boat", "took": "Two years",
         "advice": "Start small."}
PAGE = "/dreams/sail-around-the-world"


@pytest.fixture
def stored(dream):
    """A function that returns ada's dream as it is now, complete."""
    return lambda: find_dream({"_id": dream["_id"]})


@pytest.fixture
def change(stored, dreamer):
    """A function that changes the state of ada's dream."""
    return lambda state: set_state(dreamer("ada"), stored(), state)


@pytest.fixture
def wait(db):
    """A function that lets the time in which a change is undone without a trace go by."""
    def move():
        """Move the last change of all dreams into the past."""
        past = datetime.now(UTC) - 2 * lives.REPLACE_TIME
        db.dreams.update_many({}, {"$set": {"state_at": past}})

    return move


@pytest.fixture
def came_true(change):
    """Ada's dream came true."""
    change("came-true")


@pytest.fixture
def make_story(make_dream, dreamer):
    """A function that adds a dream that came true: make_story("bob", "Sail to Iceland")."""
    def make(name, title, text="Cold."):
        """Add it, and return it."""
        dream = find_dream({"_id": make_dream(name, title, text)["_id"]})
        set_state(dreamer(name), dream, "came-true")
        return dream

    return make


def update_states(db):
    """Return the states of all updates, in their order."""
    return [update.get("state") for update in db.updates.find().sort("_id", 1)]


# States ######################################################################


def test_a_dream_is_dreaming_at_first(stored):
    assert stored()["state"] == "dreaming"


@pytest.mark.parametrize("state", STATES)
def test_one_press_changes_the_state_and_another_one_goes_back(stored, sign_in, state):
    client = sign_in("ada")

    first = client.send(f"{PAGE}/state", state=state)
    changed = stored()["state"]
    client.send(f"{PAGE}/state", state="dreaming")

    assert (first.status_code, changed, stored()["state"]) == (303, state, "dreaming")


def test_a_change_has_its_date_and_an_update(db, change, stored):
    change("under-way")

    assert datetime.now(UTC) - stored()["state_at"] < timedelta(minutes=1)
    assert update_states(db) == ["under-way"]


def test_coming_true_leads_to_the_story(stored, sign_in):
    assert sign_in("ada").send(f"{PAGE}/state", state="came-true").location == f"{PAGE}/story"


def test_a_told_story_leads_to_the_sunrise_and_whom_to_thank(db, dream, stored, dreamer, sign_in):
    helpers = {name: add_offer(complete_dreamer(dreamer(name)), stored(), {}, "Me!")[0]
               for name in ("bob", "mallory", "eve")}
    db.offers.update_many({"dreamer_id": {"$ne": dreamer("eve")["_id"]}},
                          {"$set": {"state": "done"}})
    owner = sign_in("ada")
    owner.send(f"/offers/{helpers['mallory']}/thanks", thanks="Thank you")
    owner.send(f"{PAGE}/state", state="came-true")

    target = owner.send(f"{PAGE}/story", **STORY).location

    first, again = (owner.get(target).text for _ in range(2))
    steps = first.partition("<h1")[0]
    assert target == PAGE
    assert "It came true, " in steps and "Share the story" in steps
    assert [name for name, offer_id in helpers.items() if f"/offers/{offer_id}" in steps] == ["bob"]
    assert 'class="next-steps"' not in again


def test_a_dream_that_came_true_by_mistake_is_not_celebrated(db, dream, sign_in):
    owner = sign_in("ada")
    owner.send(f"{PAGE}/state", state="came-true")

    owner.send(f"{PAGE}/state?state=dreaming")

    assert 'class="next-steps"' not in owner.get(PAGE).text


@pytest.mark.parametrize(("fields", "is_offered"), [
    ({}, True), ({"audience": "link"}, True), ({"audience": "me"}, False),
    ({"hidden": "Spam"}, False)])
def test_a_story_that_others_cannot_open_is_not_to_be_shared(
        db, dream, sign_in, fields, is_offered):
    db.dreams.update_one({"_id": dream["_id"]}, {"$set": fields})
    owner = sign_in("ada")

    owner.send(f"{PAGE}/state", state="came-true")

    page = owner.get(PAGE).text
    assert "It came true, " in page
    assert ("Share the story" in page) == is_offered


def test_who_has_left_is_not_to_be_thanked(db, dream, stored, dreamer, sign_in):
    add_offer(complete_dreamer(dreamer("bob")), stored(), {}, "Me!")
    db.offers.update_one({}, {"$set": {"state": "done", "dreamer_id": None}})
    owner = sign_in("ada")

    owner.send(f"{PAGE}/state", state="came-true")

    steps = owner.get(PAGE).text.partition("<h1")[0]
    assert "It came true, " in steps and "Thank the people" not in steps


def test_a_story_and_a_line_are_told_only_while_they_are_shown(db, came_true, change, stored,
                                                               dreamer, sign_in):
    """R70: neither is on the page of a dream that goes on."""
    ada, bob = sign_in("ada"), sign_in("bob")
    set_following(dreamer("bob"), {"dream_id": stored()["_id"]}, True)
    ada.send(f"{PAGE}/story", **STORY)
    bob.send(f"{PAGE}/line", body="I waved.")
    notify("came_true", dreamer("bob")["_id"], {
        "dream_id": stored()["_id"], "update_id": db.updates.find_one()["_id"]}, dreamer("ada"))

    for state, is_told in (("came-true", True), ("under-way", False)):
        change(state)
        assert ("I waved." in ada.get("/notifications").text) == is_told
        assert ("We sailed at dawn." in bob.get("/notifications").text) == is_told


def test_a_story_that_is_edited_leads_to_its_words(came_true, stored, sign_in):
    target = sign_in("ada").send(f"{PAGE}/story", **STORY).location

    assert target == f"{PAGE}#update-{find_story(stored())['_id']}"


def test_a_state_that_there_is_not_is_refused(stored, sign_in):
    assert sign_in("ada").send(f"{PAGE}/state", state="failed").status_code == 422
    assert stored()["state"] == "dreaming"


def test_pressing_back_at_once_leaves_no_update(db, change):
    change("resting")
    change("dreaming")

    assert update_states(db) == []


def test_pressing_back_later_is_an_update_too(db, change, wait):
    change("resting")
    wait()
    change("dreaming")

    assert update_states(db) == ["resting", "dreaming"]


def test_a_change_after_one_that_was_undone_is_an_update(db, change):
    for state in ("resting", "dreaming", "resting"):
        change(state)

    assert update_states(db) == ["resting"]


def test_a_change_takes_the_place_of_a_recent_one(db, change, wait):
    """R64: trying the buttons leaves one line, and none once it is back where it began."""
    seen = []
    for state in ("resting", "under-way", "let-go", "dreaming", "came-true", "resting"):
        change(state)
        seen.append(update_states(db))

    assert seen == [["resting"], ["under-way"], ["let-go"], [], ["came-true"], ["resting"]]


def test_a_change_takes_no_place_of_an_older_one(db, change, wait):
    change("resting")
    wait()
    for state in ("under-way", "let-go", "resting", "let-go"):
        change(state)

    assert update_states(db) == ["resting", "let-go"]


def test_a_story_that_was_told_keeps_its_place(db, sign_in, change):
    sign_in("ada").send(f"{PAGE}/story", **STORY)
    change("resting")

    assert update_states(db) == ["came-true", "resting"]


def test_a_change_of_state_without_words_is_a_line_that_can_be_deleted(change, sign_in):
    change("under-way")

    page = sign_in("ada").get(PAGE).text

    assert page.count('class="comment update update--line"') == 1
    assert not re.search(r'action="/updates/\w+/edit"', page)
    assert re.search(r'action="/updates/\w+/delete"', page)


def test_two_presses_of_the_same_change_are_one(db, stored, dreamer):
    seen = stored()

    assert all(set_state(dreamer("ada"), seen, "resting") for _ in range(2))
    assert update_states(db) == ["resting"]


def test_of_two_tabs_that_want_different_states_the_first_wins(db, stored, dreamer):
    seen = stored()

    outcomes = [set_state(dreamer("ada"), seen, state) for state in ("resting", "under-way")]

    assert (outcomes, update_states(db)) == ([True, False], ["resting"])


@pytest.mark.parametrize(("first", "second", "expected"), [
    ("under-way", "resting", ["resting"]), ("came-true", "resting", ["resting"]),
    ("resting", "came-true", ["came-true"]), ("resting", "dreaming", [])])
def test_a_change_that_another_one_overtakes_leaves_no_update(
        db, change, monkeypatch, first, second, expected):
    """R64: between its state and its update; else the last update would name another state."""
    add = lives.add_update

    def add_late(*args, **fields):
        """Change the state a second time before the first change adds its update."""
        monkeypatch.setattr(lives, "add_update", add)
        change(second)
        return add(*args, **fields)

    monkeypatch.setattr(lives, "add_update", add_late)
    change(first)

    assert update_states(db) == expected


def test_many_presses_at_once_make_one_update(real_db, stored, dreamer):
    seen, ada = stored(), dreamer("ada")
    threads = [threading.Thread(target=set_state, args=(ada, seen, "came-true"))
               for _ in range(10)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert update_states(real_db) == ["came-true"]


@pytest.mark.parametrize(("path", "dates"), [
    (PAGE, 2), ("/dreamscape?own=1", 0), ("/dreamers/ada-lovelace", 1), ("/dreams", 0)])
def test_the_state_stands_on_page_card_and_profile(change, sign_in, path, dates):
    """On the page with its date, as does the update."""
    client = sign_in("ada")
    label = 'data-state="under-way"'
    before = client.get(path).text

    change("under-way")

    after = client.get(path).text
    assert label not in before
    assert label in after
    assert after.count('class="state__at"') == dates


def test_only_the_dreamer_sees_the_buttons(stored, sign_in):
    shown = [f'action="{PAGE}/state"' in sign_in(name).get(PAGE).text for name in ("ada", "bob")]

    assert shown == [True, False]


def test_the_message_of_a_change_undoes_it(stored, sign_in):
    client = sign_in("ada")
    client.send(f"{PAGE}/state", state="resting")

    assert f'action="{PAGE}/state?state=dreaming"' in client.get(PAGE).text
    client.send(f"{PAGE}/state?state=dreaming")
    assert stored()["state"] == "dreaming"


def test_followers_are_told_that_a_dream_came_true(db, change, monkeypatch):
    told = []
    monkeypatch.setattr("dreamscape.updates.notify_followers",
                        lambda kind, dream, about, by: told.append((kind, about)))

    change("came-true")

    assert told == [("came_true", {"update_id": db.updates.find_one()["_id"]})]


# Stories #####################################################################


def test_a_story_stands_on_the_page_of_the_dream(came_true, sign_in):
    sign_in("ada").send(f"{PAGE}/story", **STORY)

    page = sign_in("bob").get(PAGE).text

    assert [words for words in STORY.values() if words.replace("'", "&#39;") not in page] == []


def test_a_page_tells_words_story_updates_and_comments_in_this_order(came_true, sign_in):
    page = sign_in("ada").get(PAGE).text

    places = [page.index(name) for name in (
        "<h1", 'class="dream__text"', 'id="story"', 'id="updates"', 'id="comments"')]
    assert places == sorted(places)


def test_a_story_may_be_empty(came_true, stored, sign_in):
    response = sign_in("ada").send(f"{PAGE}/story")

    assert response.status_code == 303
    assert find_story(stored())["body"] == ""
    assert "There's no story to read yet." in sign_in("bob").get(PAGE).text


def test_others_can_ask_for_a_story_that_is_not_told(db, came_true, sign_in, visitor):
    clients = [sign_in("bob"), visitor, ada := sign_in("ada")]
    ada.send(f"{PAGE}/story")
    ask = '<a href="#comments">Ask <bdi>Ada</bdi> how it went</a>'

    assert [ask in client.get(PAGE).text for client in clients] == [True, True, False]
    db.dreams.update_one({}, {"$set": {"comments_enabled": False}})
    assert ask not in visitor.get(PAGE).text


def test_a_story_of_advice_alone_is_a_story(came_true, sign_in):
    sign_in("ada").send(f"{PAGE}/story", advice="Go.")

    assert "no story to read yet" not in sign_in("bob").get(PAGE).text


def test_a_story_is_reported_from_its_menu(came_true, sign_in):
    sign_in("ada").send(f"{PAGE}/story", advice="Go.")

    words = words_shown(sign_in("bob").get(PAGE).text)

    assert "Go. More for the story Report the story" in words


def test_an_empty_story_is_neither_praised_nor_reported(came_true, sign_in):
    ada = sign_in("ada")
    ada.send(f"{PAGE}/story")

    assert "You can tell the story whenever you like." in ada.get(PAGE).text
    assert "Report <span class=\"visually-hidden\">the story" not in sign_in("bob").get(PAGE).text


def test_nothing_asks_for_help_with_what_came_true(make_dream, change, sign_in):
    assert "What would help you get there?" in sign_in("ada").get(PAGE).text
    change("came-true")
    assert "What would help you get there?" not in sign_in("ada").get(PAGE).text


def test_no_state_takes_the_red_of_a_profile(dreamer, change, visitor):
    for state in ("under-way", "resting", "let-go"):
        change(state)
        page = visitor.get(f"/dreamers/{dreamer('ada')['slug']}").text
        assert f'data-mood="blue" data-state="{state}"' in page


def test_a_change_of_state_without_words_has_nothing_to_report(change, sign_in):
    change("under-way")

    page = sign_in("bob").get(PAGE).text

    assert "Under way" in page
    assert "Report <span class=\"visually-hidden\">the update" not in page


def test_telling_the_story_makes_a_dream_come_true(stored, sign_in):
    sign_in("ada").send(f"{PAGE}/story", **STORY)

    assert stored()["state"] == "came-true"


def test_a_story_told_again_replaces_the_one_there_is(db, came_true, stored, dreamer):
    for words in ("First.", "Second."):
        set_story(dreamer("ada"), stored(), STORY | {"story": words})

    assert [update["body"] for update in db.updates.find()] == ["Second."]


@pytest.mark.parametrize("more", [{}, {"_files": True, "picture": (io.BytesIO(b""), "")}])
def test_a_story_with_a_picture_is_told_again_without_one(came_true, stored, sign_in, more):
    """A browser sends a field for the picture, which is empty."""
    client = sign_in("ada")
    client.send(f"{PAGE}/story", _files=True, picture=(io.BytesIO(RED), "red.jpg"), **STORY)
    picture = find_story(stored())["picture"]

    answer = client.send(f"{PAGE}/story", **STORY | {"story": "Told again."} | more)

    assert answer.status_code == 303
    story = find_story(stored())
    assert (story["body"], story["picture"], bool(picture)) == ("Told again.", picture, True)


def test_the_form_shows_what_was_told(came_true, sign_in):
    client = sign_in("ada")
    client.send(f"{PAGE}/story", **STORY)

    page = client.get(f"{PAGE}/story").text

    assert [words for words in STORY.values() if words.replace("'", "&#39;") not in page] == []


def test_the_words_are_saved_though_the_picture_fails(came_true, stored, sign_in):
    broken = (io.BytesIO(b"no picture"), "boat.png")

    response = sign_in("ada").send(f"{PAGE}/story", _files=True, picture=broken, **STORY)

    assert response.status_code in (303, 422)
    assert find_story(stored())["body"] == STORY["story"]


def test_a_story_is_kept_but_not_shown_while_the_state_is_another(
        came_true, change, stored, dreamer, sign_in, wait):
    set_story(dreamer("ada"), stored(), STORY)
    wait()
    change("under-way")
    hidden = sign_in("bob").get(PAGE).text
    change("came-true")

    assert STORY["story"] not in hidden
    assert STORY["story"] in sign_in("bob").get(PAGE).text


def test_going_back_at_once_keeps_a_story_that_was_told(came_true, change, stored, dreamer):
    set_story(dreamer("ada"), stored(), STORY)

    change("dreaming")

    assert find_story(stored())["body"] == STORY["story"]


def test_a_story_that_a_moderator_hid_is_for_its_dreamer_alone(
        came_true, stored, dreamer, sign_in):
    set_story(dreamer("ada"), stored(), STORY)
    set_hidden("update", find_story(stored()), "Unkind.", "moderator")

    shown = [STORY["story"] in sign_in(name).get(PAGE).text for name in ("ada", "bob")]

    assert shown == [True, False]


def test_the_page_of_a_dream_that_came_true_has_its_picture(stored, change, visitor):
    before = visitor.get(PAGE).text

    change("came-true")

    assert "this dream came true" not in before
    assert "this dream came true" in visitor.get(PAGE).text


# The view of dreams that came true ###########################################


def titles(client, path):
    """Return which of two titles a feed shows, in its order."""
    text = client.get(path).text
    return sorted((each for each in ("Iceland", "Greenland") if f">{each}<" in text),
                  key=text.index)


def test_the_view_shows_what_came_true_last_first(db, dream, make_story, visitor):
    make_story("bob", "Iceland")
    make_story("mallory", "Greenland")

    assert titles(visitor, "/dreamscape?view=came-true") == ["Greenland", "Iceland"]
    assert "Sail around" not in visitor.get("/dreamscape?view=came-true").text


def test_the_view_has_pages(db, make_story, visitor, monkeypatch):
    monkeypatch.setattr("dreamscape.feed.FEED_PAGE", 1)
    for title in ("Iceland", "Greenland"):
        make_story("bob", title)

    cursor = str(db.dreams.find_one({"title": "Greenland"})["came_true_at"])

    assert titles(visitor, "/dreamscape?view=came-true") == ["Greenland"]
    assert titles(visitor, f"/dreamscape?view=came-true&cursor={cursor}") == ["Iceland"]


def test_the_view_can_be_searched(db, make_story, visitor):
    for title in ("Iceland", "Greenland"):
        make_story("bob", title)

    assert titles(visitor, "/dreamscape?view=came-true&q=iceland") == ["Iceland"]


def test_what_is_no_longer_true_leaves_the_view(db, make_story, dreamer, visitor):
    make_story("bob", "Iceland")
    set_state(dreamer("bob"), find_dream({"title": "Iceland"}), "resting")

    assert titles(visitor, "/dreamscape?view=came-true") == []


def test_the_view_shows_how_a_story_begins(db, make_story, dreamer, visitor):
    set_story(dreamer("bob"), make_story("bob", "Iceland"), STORY)

    assert STORY["story"] in visitor.get("/dreamscape?view=came-true").text


def test_the_view_shows_nothing_of_a_hidden_story(db, make_story, dreamer):
    dream = make_story("bob", "Iceland")
    set_story(dreamer("bob"), dream, STORY)
    set_hidden("update", find_story(dream), "Unkind.", "moderator")

    assert [each["story"] for each in find_with_stories(None, [dream])] == [None]


# Lines #######################################################################


@pytest.fixture
def follower(dream, dreamer, came_true):
    """Bob, who follows ada's dream, which came true."""
    set_following(dreamer("bob"), {"dream_id": dream["_id"]}, True)


def test_a_follower_adds_a_line_beside_the_story(follower, sign_in, visitor):
    sign_in("bob").send(f"{PAGE}/line", body="I watched from the pier.")

    assert "I watched from the pier." in visitor.get(PAGE).text


def test_a_second_line_replaces_the_first(db, follower, dream, dreamer):
    for words in ("First.", "Second."):
        set_line(dreamer("bob"), dream, words)

    assert [line["body"] for line in db.comments.find({"line": True})] == ["Second."]


def test_a_helper_adds_a_line(db, came_true, dream, dreamer, sign_in):
    db.offers.insert_one({"dream_id": dream["_id"], "need_id": "", "state": "done",
                          "dreamer_id": dreamer("bob")["_id"], "owner_id": dream["dreamer_id"]})

    assert sign_in("bob").send(f"{PAGE}/line", body="I lent a sail.").status_code == 303


@pytest.mark.parametrize("name", ["mallory", "ada"])
def test_nobody_else_adds_a_line(db, follower, sign_in, name):
    assert sign_in(name).send(f"{PAGE}/line", body="Me too.").status_code == 403
    assert db.comments.count_documents({}) == 0


def test_nobody_adds_a_line_where_comments_are_off(db, follower, sign_in):
    """R51."""
    db.dreams.update_one({}, {"$set": {"comments_enabled": False}})

    assert sign_in("bob").send(f"{PAGE}/line", body="Hi").status_code == 403
    assert f'action="{PAGE}/line"' not in sign_in("bob").get(PAGE).text


def test_there_are_no_lines_before_a_dream_came_true(follower, change, sign_in):
    change("under-way")

    assert sign_in("bob").send(f"{PAGE}/line", body="Soon.").status_code == 403


@pytest.mark.parametrize(("words", "status"), [(200 * "a", 303), (201 * "a", 422), (" ", 422)])
def test_a_line_has_up_to_200_characters(follower, sign_in, words, status):
    assert sign_in("bob").send(f"{PAGE}/line", body=words).status_code == status


def test_a_line_is_not_in_the_conversation(db, follower, dream, dreamer, stored):
    set_line(dreamer("bob"), dream, "I watched.")

    assert find_comments(dream, None, None)[0] == []
    assert (stored()["comments"], stored()["recent_comments"]) == (0, [])


def test_deleting_a_line_leaves_the_count_of_comments(follower, dream, dreamer, stored):
    add_comment(dreamer("mallory"), dream, "Bravo")
    line_id = set_line(dreamer("bob"), dream, "I watched.")

    remove_comment(find_comment({"_id": line_id}))

    assert stored()["comments"] == 1


def test_hiding_a_line_leaves_the_count_of_comments(db, follower, dream, dreamer, stored, visitor):
    add_comment(dreamer("mallory"), dream, "Bravo")
    line = find_comment({"_id": set_line(dreamer("bob"), dream, "I watched.")})

    set_hidden("comment", line, "Unkind.", "moderator")

    assert stored()["comments"] == 1
    assert "I watched." not in visitor.get(PAGE).text

    set_hidden("comment", find_comment({"_id": line["_id"]}), "")

    assert stored()["comments"] == 1
    assert "I watched." in visitor.get(PAGE).text


def test_counting_anew_leaves_lines_out():
    assert [row[4] for row in COUNTS if row[:3] == ("dreams", "comments", "comments")] == [
        {"hidden": None, "line": None}]


def test_the_dreamer_hears_of_a_line(db, follower, dream, dreamer):
    set_line(dreamer("bob"), dream, "I watched.")

    assert db.notifications.count_documents({"kind": "comment",
                                             "dreamer_id": dream["dreamer_id"]}) == 1


# People who did this #########################################################


def test_a_dream_is_shown_those_that_share_its_words(db, make_story, dreamer):
    make_story("bob", "Sail to Iceland")
    make_story("bob", "Bake bread")

    words = {"title": "Iceland at last", "description": "I want to sail there."}
    found = find_similar(dreamer("ada"), words)

    assert [each["title"] for each in found] == ["Sail to Iceland"]


@pytest.mark.parametrize(("title", "description"), [
    ("Finish the boat my father started", "It waits in the workshop."),
    ("A boat", "My father wants to see snow in Iceland.")])
def test_one_shared_word_or_none_of_the_title_is_not_the_same(db, make_story, dreamer, title,
                                                              description):
    make_story("bob", "See snow with my father", "In Iceland.")

    assert find_similar(dreamer("ada"), {"title": title, "description": description}) == []


def test_who_shares_more_words_comes_first_and_three_are_enough(db, make_story, dreamer):
    for title in ("Paddling an Iceland kayak", "Iceland by kayak", "Kayaks", "Kayak Iceland",
                  "To Iceland by kayak"):
        make_story("bob", title)

    found = find_similar(dreamer("ada"), {"title": "Iceland by kayak", "description": "Paddling."})

    assert len(found) == 3
    assert found[0]["title"] == "Paddling an Iceland kayak"


@pytest.mark.parametrize("change", [
    {"hidden": "Unkind."}, {"dreamer_id": "ada"}, {"state": None, "came_true_at": None}])
def test_hidden_ones_ones_own_and_those_not_true_are_left_out(db, make_story, dreamer, change):
    ada, story = dreamer("ada"), make_story("bob", "Iceland by kayak")
    change = {key: ada["_id"] if value == "ada" else value for key, value in change.items()}
    unset = {"$unset": {key: "" for key, value in change.items() if value is None}}
    db.dreams.update_one({"_id": story["_id"]}, {"$set": change} if None not in change.values()
                         else unset)

    assert find_similar(ada, {"title": "Iceland", "description": "By kayak."}) == []


def test_whom_one_blocks_is_left_out(db, make_story, dreamer):
    make_story("bob", "Iceland by kayak")
    viewer = dreamer("ada") | {"apart": {dreamer("bob")["_id"]}, "role": None}

    assert find_similar(viewer, {"title": "Iceland", "description": "By kayak."}) == []


@pytest.mark.parametrize("text", ["", "I want to be with you", "a b c 1 2 3"])
def test_everyday_words_find_nobody(db, make_story, dreamer, text):
    make_story("bob", "I want to be with you")

    assert find_similar(dreamer("ada"), {"title": text, "description": text}) == []


def test_few_words_are_searched_for_however_long_a_dream_is():
    text = " ".join(f"word{number}longer" for number in range(3_000))

    assert len(rare_tokens(text, text)) <= 4 * lives.RARE_WORDS


def test_the_page_of_a_dream_shows_who_did_this(db, dream, make_story, visitor):
    before = visitor.get(PAGE).text
    make_story("bob", "Around the world in a boat")

    assert "People who did this" not in before
    assert "People who did this" in visitor.get(PAGE).text


def test_the_dreambuilder_shows_who_did_this(db, make_story, sign_in):
    make_story("bob", "Iceland by kayak")

    answer = sign_in("ada").get("/dreambuilder?title=Iceland&description=By+kayak")

    assert 'href="/dreams/iceland-by-kayak#story"' in answer.text


def test_of_a_text_that_is_too_long_the_beginning_finds_who_did_this(db, make_story, dreamer):
    make_story("bob", "Iceland by kayak")
    long = "x " * lives.SIMILAR_TEXT

    found = [lives.find_similar(dreamer("ada"), {"title": "A kayak trip", "description": words})
             for words in (f"Iceland {long}", f"{long} Iceland")]

    assert list(map(len, found)) == [1, 0]


def test_a_page_reads_updates_lines_and_similar_dreams_in_one_call(
        real_db, follower, dream, stored, dreamer, make_story, calls):
    make_story("bob", "Around the world in a boat")
    set_line(dreamer("bob"), dream, "I watched.")
    completed = stored()
    calls.commands.clear()

    life = find_life(None, completed, None)

    assert [name for name, _ in calls.commands].count("aggregate") == 1
    assert [len(life[key]) for key in ("lines", "similar", "updates")] == [1, 1, 0]


def test_a_life_is_read_by_indexes(real_db, indexed, follower, stored, dreamer, calls):
    """R49."""
    completed = stored()
    calls.commands.clear()
    find_life(dreamer("bob") | {"role": None}, completed, None)

    plans = [plan for name, command in [*calls.commands] if name == "aggregate"
             for plan in explain(indexed, name, command)]

    assert len(plans) >= 4
    assert [plan for plan in plans if costly_stages(plan, set())] == []


# Lists #######################################################################


def read_pages(find):
    """Return the _ids on all pages of a list; find(cursor): (documents, cursor)."""
    found, cursor = [], ""
    while cursor is not None:
        documents, cursor = find(cursor)
        found += [document["_id"] for document in documents]
    return found


@pytest.mark.parametrize("count", [0, 1, 21, 1_000])
def test_every_list_of_a_life_shows_each_entry_once_in_order(real_db, dreamer, make_dream, count):
    ada = complete_dreamer(dreamer("ada"))
    dream = complete_dream(make_dream("bob"))
    ids = [ObjectId() for _ in range(count)]
    own = [{"_id": _id, "dreamer_id": ada["_id"], "dream_id": dream["_id"]} for _id in ids]
    for documents, name in (
            (own, "updates"), ([each | {"thread_id": each["_id"]} for each in own], "comments"),
            ([each | {"state": "came-true", "came_true_at": each["_id"]} for each in own],
             "dreams")):
        if count:
            real_db[name].insert_many(documents)
    feed = {"view": "came-true", "topic": "", "q": "", "own": True}

    def find_updates_page(cursor):
        """Return a page of the dream's updates."""
        page = find_life(ada, dream, cursor)
        return page["updates"], page["updates_cursor"]

    def find_came_true(cursor):
        """Return a page of those of ada's dreams that came true."""
        page = find_desk(ada, "came-true", cursor)
        return page["desk"].get("came-true", []), page["cursor"]

    assert read_pages(find_updates_page) == ids[::-1]
    assert read_pages(lambda cursor: find_comments(dream, ada, cursor)) == ids
    assert read_pages(lambda cursor: find_feed_page(ada, feed, [], cursor)) == ids[::-1]
    assert read_pages(find_came_true) == ids[::-1]


def test_a_dream_has_these_states():
    assert {name: tuple(state) for name, state in STATES.items()} == {
        "dreaming": ("Dreaming", "Back to dreaming", "You're dreaming of it again."),
        "under-way": ("Under way", "It's under way", "Your dream is under way. Good luck!"),
        "came-true": ("Came true", "It came true", "Your dream came true. Congratulations!"),
        "resting": ("Resting", "Let it rest",
                    "Your dream is resting. It'll be here when you want it again."),
        "let-go": ("Let go", "Let it go", "You've let this dream go. That can be wise.")}


def test_of_stories_there_are_these_numbers():
    numbers = {"REPLACE_TIME": timedelta(hours=1), "LINES": 50, "SIMILAR": 3, "SIMILAR_SCANS": 100,
               "SIMILAR_WORDS": 2, "RARE_WORDS": 8,
               "COMPARED_TEXTS": ("title", "description"), "STORY_FIELDS": {
                   "story": "body", "helped": "helped", "took": "took", "advice": "advice"}}

    assert {name: getattr(lives, name) for name in numbers} == numbers


def test_a_line_that_another_tab_adds_meanwhile_is_added_again(came_true, db, dream, dreamer,
                                                                monkeypatch):
    """An _id that is taken stands for it: the database refuses both in the same way."""
    taken = add_comment(complete_dreamer(dreamer("bob")), complete_dream(dream), "Bravo.")
    ids = [taken, ObjectId()]
    monkeypatch.setattr(lives, "new_id", lambda dream: ids.pop(0))

    line_id = set_line(complete_dreamer(dreamer("bob")), complete_dream(dream), "I was there.")

    assert db.comments.find_one({"_id": line_id})["body"] == "I was there."
    assert db.comments.find_one({"_id": taken})["body"] == "Bravo."


# Beside another dream ########################################################


@pytest.fixture
def two(make_story, dreamer):
    """Two dreams of ada that came true, each with a story, and a line by bob beside each."""
    dreams = [make_story("ada", title) for title in ("Sail to Iceland", "Bake bread")]
    for dream in dreams:
        told = dict.fromkeys(STORY, "") | {"story": f"Story of {dream['title']}"}
        set_story(dreamer("ada"), dream, told)
        set_line(dreamer("bob"), dream, f"Line of {dream['title']}")
    return dreams


def test_each_dream_has_its_own_story_and_lines(db, two, dreamer, sign_in):
    titles = [dream["title"] for dream in two]
    pages = [sign_in("bob").get(f"/dreams/{dream['slug']}").text for dream in two]

    assert [find_story(dream)["story"] for dream in two] == [f"Story of {each}" for each in titles]
    for place, page in enumerate(pages):
        assert [f"Story of {each}" in page for each in titles] == [place == 0, place == 1]
        assert [f"Line of {each}" in page for each in titles] == [place == 0, place == 1]
    told = [*db.notifications.find({"dreamer_id": dreamer("ada")["_id"], "kind": "comment"})]
    assert {each["dream_id"] for each in told} == {dream["_id"] for dream in two}


def test_a_line_has_no_reactions_and_may_be_hidden_again_once_it_changes(db, two, dreamer):
    db.comments.update_many({}, {"$set": {"cleared": True}})

    set_line(dreamer("bob"), two[0], "I was there too.")

    first, second = db.comments.find().sort("_id")
    assert [(first["body"], first["likes"], first["dislikes"])] == [("I was there too.", 0, 0)]
    assert ("cleared" in first, second["cleared"]) == (False, True)


def test_a_line_beside_a_dream_that_has_gone_is_not_kept(db, two, dreamer):
    db.dreams.delete_one({"_id": two[0]["_id"]})
    db.comments.delete_many({"dream_id": two[0]["_id"]})

    assert set_line(dreamer("bob"), two[0], "I was there.") is None
    assert db.comments.count_documents({}) == 1


def test_taking_a_change_back_leaves_other_updates(db, change, dream, dreamer):
    """Neither what was written meanwhile goes, nor an older change to the same state.

    There are two of a change that was made twice at the same time.
    """
    change("under-way")
    db.updates.insert_one({"dream_id": dream["_id"], "state": "under-way", "body": ""})
    add_update(complete_dreamer(dreamer("ada")), complete_dream(dream), "We sailed.")
    change("dreaming")
    assert [each["body"] for each in db.updates.find()] == ["We sailed."]

    old = ObjectId.from_datetime(datetime.now(UTC) - 2 * lives.REPLACE_TIME)
    db.updates.insert_one({"_id": old, "dream_id": dream["_id"], "state": "under-way", "body": ""})

    lives.remove_last_change(complete_dream(dream) | {"state": "under-way"})

    assert db.updates.count_documents({}) == 2


def test_the_longest_words_are_the_rarest():
    tokens = rare_tokens("", "boat sailing navigation astrolabe")

    assert tokens.index("navigation.") < tokens.index("sailing.") < tokens.index("boat.")
