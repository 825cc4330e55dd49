"""Updates: what dreamers tell about a dream later, and their part in the trending score."""

import io
import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from bson import ObjectId
from PIL import Image
from support.concurrency import run_concurrently
from support.page_parser import error_of, hrefs, next_href, words_shown
from support.picture_factory import encode

import app as site
from dreamscape import updates
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import (
    complete_dream, find_dream, remove_dream, set_need_found, trend_score,
)
from dreamscape.leaving import export_files
from dreamscape.lives import find_life, set_story
from dreamscape.moderation import set_hidden, set_hidden_by_reports
from dreamscape.needs import edited_needs, need_fields
from dreamscape.pictures import remove_if_unused
from dreamscape.reports import add_report
from dreamscape.subjects import SUBJECTS
from dreamscape.thanks import set_thanks, set_thanks_hidden
from dreamscape.updates import (
    CARD_AGE, UPDATES_PAGE, add_update, find_newest_update, find_update, remove_update,
    set_newest_update, set_update,
)

PAGE = "/dreams/sail-around-the-world"


@pytest.fixture
def add(outbox, dream, dreamer):
    """A function that adds an update to ada's dream: add("We sailed."); nobody is notified yet."""
    def work(body="We sailed.", **fields):
        """Return the update."""
        return find_update({"_id": add_update(complete_dreamer(dreamer("ada")), dream, body,
                                              **fields)})

    return work


def sent_picture():
    """Return a file as a form sends it."""
    return io.BytesIO(encode(Image.new("RGB", (60, 40), "red"), "JPEG")), "boat.jpg"


def post(client, body="We sailed.", **fields):
    """Post an update to ada's dream, with a file if there is one; return the answer."""
    return client.send(f"{PAGE}/updates", _files="picture" in fields, body=body, **fields)


def last_message(client):
    """Return the message that a browser's next page shows."""
    with client.session_transaction() as session:
        return session["_flashes"][-1][1]["text"]


def stored(dream):
    """Return a dream as it is stored now."""
    return find_dream({"_id": dream["_id"]})


def newest_of(dream):
    """Return the words of a dream's stored newest update, or None."""
    newest = stored(dream)["newest_update"]
    return newest and newest["body"]


# Posting #####################################################################


def test_an_update_is_posted_and_shown(db, outbox, dream, ada, visitor):
    """R65."""
    answer = post(ada)

    update = db.updates.find_one()
    assert answer.location == f"{PAGE}#update-{update['_id']}"
    assert last_message(ada) == "Update posted."
    page = visitor.get(PAGE).text
    assert f'id="update-{update["_id"]}"' in page
    assert "We sailed." in page


@pytest.mark.parametrize("body", ["", " ", "x" * 2_001])
def test_an_update_of_no_words_or_too_many_is_refused(db, outbox, dream, ada, body):
    """R65."""
    answer = post(ada, body)

    assert answer.status_code == 422
    assert error_of(answer, "body")
    assert not db.updates.find_one()


def test_an_update_has_a_picture(db, outbox, dream, ada, uploads, visitor):
    """R65: shown with its description."""
    post(ada, picture=sent_picture(), alt="A boat")

    update = db.updates.find_one()
    assert (uploads / update["picture"]).exists()
    assert f'src="/uploads/{update["picture"]}"' in visitor.get(PAGE).text
    assert 'alt="A boat"' in visitor.get(PAGE).text


@pytest.mark.parametrize(("picture", "is_error"), [
    ({}, False), ({"picture": (io.BytesIO(b"no picture"), "boat.jpg")}, True)])
def test_only_a_refused_picture_looks_like_an_error(db, outbox, dream, ada, uploads, picture,
                                                    is_error):
    post(ada, **picture)

    assert ('class="notice notice--error"' in ada.get(PAGE).text) is is_error


def test_a_refused_picture_costs_no_words(db, outbox, dream, ada, uploads):
    """R65, R9."""
    answer = post(ada, picture=(io.BytesIO(b"no picture"), "boat.jpg"))

    assert answer.status_code == 303
    assert "We sailed." in ada.get(PAGE).text
    assert not db.updates.find_one().get("picture")


def test_a_refused_picture_says_why(db, outbox, dream, ada, uploads):
    """R65."""
    post(ada, picture=(io.BytesIO(b"no picture"), "boat.jpg"))

    assert last_message(ada).startswith("Update posted. Its picture wasn't saved. ")
    assert "isn't a picture we can read" in last_message(ada)


def test_a_form_that_is_sent_twice_posts_once(db, outbox, dream, ada):
    """R65: and counts and tells once."""
    for _ in range(2):
        post(ada, once="key")

    assert db.updates.count_documents({}) == stored(dream)["updates"] == 1
    assert db.mails.count_documents({"kind": "notify_update"}) == 1


def test_updates_posted_at_once_are_each_posted_once(real_db, outbox, dream, dreamer):
    """R65: two tabs, and eight presses; the copy on the dream is the newest one's."""
    owner = complete_dreamer(dreamer("ada"))
    run_concurrently(*(partial(add_update, owner, dream, f"Day {number}", "key")
                       for number in (1, 2) for _ in range(8)))

    last = real_db.updates.find_one(sort=[("_id", -1)])
    assert real_db.updates.count_documents({}) == stored(dream)["updates"] == 2
    assert newest_of(dream) == last["body"]


def test_an_update_of_a_dream_that_went_is_not_stored(db, outbox, dream, add):
    remove_dream(dream)

    assert add() is None
    assert not db.updates.find_one()


def test_words_of_somebody_whose_session_ended_are_kept(db, outbox, dream, ada):
    """R29, R65: the draft posts them as an update."""
    db.dreamers.update_one({}, {"$set": {"sign_ins": []}})

    ada.post(f"{PAGE}/updates", data={"csrf_token": ada.token(), "body": "We sailed."},
             headers={"Origin": "http://localhost"})

    [draft] = db.drafts.find()
    assert (draft["path"], draft["fields"]) == (f"{PAGE}/updates", [["body", ["We sailed."]]])


# Reading #####################################################################


def test_updates_are_paged_by_key_newest_first(db, dream, add, visitor):
    """R65: each once, on as many pages as they need."""
    bodies = [f"Day {number}." for number in range(2 * UPDATES_PAGE + 1)]
    for body in bodies:
        add(body)

    shown, path, pages = [], PAGE, 0
    while path:
        page = visitor.get(path).text
        shown += [word for word in bodies[::-1] if f"<p dir=\"auto\">{word}</p>" in page]
        path, pages = next_href(page), pages + 1
    assert (shown, pages) == (bodies[::-1], 3)


def path_shown(text):
    """Return the words of the path of a dream's page, without the times."""
    path = text.partition('<div class="path">')[2].partition("</section>")[0]
    return words_shown(re.sub(r"<time.*?</time>", "", path)).split()


def set_came_true(db, dream):
    """Let a dream have come true just now."""
    db.dreams.update_one({"_id": dream["_id"]},
                         {"$set": {"state": "came-true", "state_at": datetime.now(UTC)}})


def test_the_path_of_a_dream_leads_from_the_day_it_was_shared_to_when_it_came_true(
        db, dream, add, visitor):
    add("Began.")
    before = path_shown(visitor.get(PAGE).text)
    set_came_true(db, dream)

    assert before == ["Began.", "Shared"]
    assert path_shown(visitor.get(PAGE).text) == ["Came", "true", "Began.", "Shared"]


def test_each_page_of_a_path_has_only_its_own_end(db, dream, add, visitor):
    for number in range(UPDATES_PAGE + 1):
        add(f"Update{number}.")
    set_came_true(db, dream)
    first = visitor.get(PAGE).text
    last = visitor.get(next_href(first)).text

    assert path_shown(first)[:3] == ["Came", "true", f"Update{UPDATES_PAGE}."]
    assert "Shared" not in path_shown(first)
    assert path_shown(last)[:2] == ["Update0.", "Shared"]


def add_found(db, dream, **moments):
    """Let the dream have needs of these names, found at these times or still open (None)."""
    db.dreams.update_one({"_id": dream["_id"]}, {"$set": {"needs": [
        {"id": str(ObjectId()), "text": name, "since": datetime.now(UTC), "found_at": moment}
        for name, moment in moments.items()]}})


def test_a_need_that_was_found_is_on_the_path_of_its_dream(db, dream, add, visitor):
    """Also without an update; one that is open is not."""
    now = datetime.now(UTC)
    add_found(db, dream, Tent=now - timedelta(minutes=2), Loom=now + timedelta(minutes=2),
              Boat=None)
    alone = path_shown(visitor.get(PAGE).text)
    add("Began.")

    assert alone == ["Found:", "Loom", "Found:", "Tent", "Shared"]
    assert path_shown(visitor.get(PAGE).text) == [
        "Found:", "Loom", "Began.", "Found:", "Tent", "Shared"]


def test_a_found_need_is_on_one_page_of_a_path(db, dream, add, visitor):
    """On that of the update before it, at whatever moment it was found."""
    for number in range(UPDATES_PAGE + 1):
        add(f"Update{number}.")
    now = datetime.now(UTC)
    add_found(db, dream, Tent=now - timedelta(minutes=2), Loom=now + timedelta(minutes=2))

    first = visitor.get(PAGE).text
    last = path_shown(visitor.get(next_href(first)).text)

    assert path_shown(first)[:3] == ["Found:", "Loom", f"Update{UPDATES_PAGE}."]
    assert "Tent" not in path_shown(first)
    assert last[:4] == ["Update0.", "Found:", "Tent", "Shared"]


def test_a_page_after_the_last_update_leads_back(db, dream, add, visitor):
    page = visitor.get(f"{PAGE}?updates={ObjectId.from_datetime(datetime(2020, 1, 1))}").text

    assert "No older updates." in page
    assert f"{PAGE}#updates" in hrefs(page)


def test_a_dream_has_one_story(db, dream, add):
    """The second press finds the first one's, and it is in no list of updates."""
    first = add("", state="came-true")

    assert add("Another", state="came-true")["_id"] == first["_id"]
    found = find_life(None, stored(dream) | {"state": "came-true"}, None)
    assert (found["updates"], found["story"]["_id"]) == ([], first["_id"])


def test_only_the_owner_gets_the_forms(db, dream, add, ada, visitor, sign_in):
    add()

    pages = [client.get(PAGE).text for client in (ada, sign_in("bob"), visitor)]

    assert ["Post an update" in page for page in pages] == [True, False, False]
    assert ["/edit\"" in page.partition('id="updates"')[2] for page in pages] == [
        True, False, False]


# Changing ####################################################################


def test_an_update_is_edited(db, dream, add, ada):
    """R65."""
    update = add()

    answer = ada.send(f"/updates/{update['_id']}/edit", body="We landed.")

    assert answer.location == f"{PAGE}#update-{update['_id']}"
    assert "edited" in words_shown(ada.get(PAGE).text).partition("Post an update")[2]
    assert newest_of(dream) == "We landed."


def test_an_edit_to_the_words_of_another_update_is_refused(db, dream, add, ada):
    add("One.")
    second = add("Two.")

    answer = ada.send(f"/updates/{second['_id']}/edit", body="One.")

    assert "already posted" in error_of(answer, "body")
    assert find_update({"_id": second["_id"]})["body"] == "Two."


@pytest.mark.parametrize(("fields", "stays"), [({}, True), ({"remove": "1"}, False)])
def test_an_edit_keeps_or_removes_the_picture(db, dream, ada, outbox, uploads, fields, stays):
    post(ada, picture=sent_picture(), alt="A boat")
    update = db.updates.find_one()

    ada.send(f"/updates/{update['_id']}/edit", body="We landed.", **fields)

    assert (uploads / update["picture"]).exists() == stays
    assert find_update({})["picture_alt"] == ("A boat" if stays else "")


def test_a_refused_edit_can_still_remove_the_picture(db, dream, ada, outbox, uploads):
    """R65."""
    post(ada, picture=sent_picture())

    answer = ada.send(f"/updates/{find_update({})['_id']}/edit", body="")

    assert (answer.status_code, 'name="remove"' in answer.text) == (422, True)


def test_deleting_an_update_asks_first(db, dream, add, ada):
    """R65."""
    update = add()

    page = ada.send(f"/updates/{update['_id']}/delete").text

    assert "Delete this update?" in page
    assert db.updates.find_one()


def test_a_deleted_update_is_gone_with_its_picture(db, dream, ada, outbox, uploads):
    """R65."""
    post(ada, picture=sent_picture())
    update = db.updates.find_one()

    ada.send(f"/updates/{update['_id']}/delete", confirm="1")

    assert not db.updates.find_one()
    assert not [*uploads.iterdir()]
    assert (stored(dream)["updates"], newest_of(dream)) == (0, None)


def test_updates_and_their_pictures_go_with_the_dream(db, dream, ada, outbox, uploads):
    """R65."""
    post(ada, picture=sent_picture())

    remove_dream(dream)

    assert not db.updates.find_one()
    assert not [*uploads.iterdir()]


def test_the_picture_of_an_update_is_not_swept(db, dream, ada, outbox, uploads):
    post(ada, picture=sent_picture())

    assert remove_if_unused(db.updates.find_one()["picture"]) == "in use"


def test_the_export_holds_the_pictures_of_updates(db, dream, ada, dreamer, outbox, uploads):
    post(ada, picture=sent_picture())
    name = db.updates.find_one()["picture"]

    files = export_files(complete_dreamer(dreamer("ada")), lambda *_, **__: [], site.read_stored)

    assert f"pictures/{name}.webp" in [file for file, _ in files]


# The card ####################################################################


def test_the_dream_holds_its_newest_update(db, dream, add):
    """R65: so that a card needs no further call."""
    add("One.")
    newest = add("Two." * 200)

    assert stored(dream)["newest_update"] == {
        "id": newest["_id"], "body": ("Two." * 200)[:200], "at": newest["created_at"]}


@pytest.mark.parametrize(("age", "is_shown"), [
    (timedelta(0), True), (CARD_AGE - timedelta(hours=1), True), (CARD_AGE, False)])
def test_a_card_shows_an_update_for_a_month(db, dream, add, visitor, age, is_shown):
    """R65."""
    add()
    db.dreams.update_one({}, {"$set": {"newest_update.at": datetime.now(UTC) - age}})

    assert ("We sailed." in visitor.get("/dreamscape").text) == is_shown


def test_without_its_newest_update_a_card_shows_the_one_before(db, dream, add):
    """R65: when it is deleted, or hidden; and again when it is shown."""
    add("One.")
    second, third = add("Two."), add("Three.")

    remove_update(third)
    assert newest_of(dream) == "Two."
    set_hidden("update", second, "Rude.", "moderator")
    assert newest_of(dream) == "One."
    set_hidden("update", second | {"hidden_role": "moderator"}, None)
    assert newest_of(dream) == "Two."


def test_a_change_of_state_without_words_is_not_on_the_card(db, dream, add):
    add("One.")
    add("", state="resting", key="a change")

    assert newest_of(dream) == "One."


def test_a_recount_mends_the_newest_update(db, dream, add):
    add("One.")
    db.dreams.update_one({}, {"$unset": {"newest_update": "", "updates": ""}})

    result = site.app.test_cli_runner().invoke(args=["recount"])

    assert "Mended: 2" in result.output
    assert (newest_of(dream), stored(dream)["updates"]) == ("One.", 1)


def test_an_update_added_while_the_newest_one_is_set_is_not_lost(db, dream, add, monkeypatch):
    first, tries = add("One."), []

    def interrupt(dream_id):
        """Add another update after the first one was read."""
        found = find_newest(dream_id)
        if not tries:
            tries.append(add("Two."))
        return found

    find_newest = find_newest_update
    db.dreams.update_one({}, {"$unset": {"newest_update": ""}})
    monkeypatch.setattr("dreamscape.updates.find_newest_update", interrupt)

    set_newest_update(first["dream_id"])

    assert newest_of(dream) == "Two."


# Moderation ##################################################################


@pytest.mark.parametrize(("name", "actions"), [("bob", "Report"), ("ada", "Edit")])
def test_the_rarer_actions_of_an_update_are_in_a_menu(db, add, sign_in, name, actions):
    add()

    words = words_shown(sign_in(name).get(PAGE).text)

    assert f"We sailed. More for the update just now {actions} the update just now" in words


def test_an_update_that_three_people_reported_is_hidden(db, dream, add, make_reporters):
    """R65, R72: it isn't counted any more."""
    update = add()
    for reporter in make_reporters(3):
        add_report(reporter, "update", update, "Unkind.")
        set_hidden_by_reports("update", update)

    assert find_update({"_id": update["_id"]})["hidden_role"] == "site"
    assert (stored(dream)["updates"], newest_of(dream)) == (0, None)


@pytest.fixture
def make_reporters(dreamer):
    """A function that adds people whose reports weigh."""
    def make(count):
        """Return as many."""
        old = ObjectId.from_datetime(datetime.now(UTC) - timedelta(days=30))
        return [complete_dreamer(dreamer(f"reporter-{number}")) | {
            "_id": ObjectId(old.binary[:11] + bytes([number]))} for number in range(count)]

    return make


def test_a_hidden_update_is_seen_by_its_author_and_moderators(
        db, dream, add, ada, sign_in, visitor):
    """R65."""
    set_hidden("update", add(), "Rude.", "moderator")

    seen = ["We sailed." in client.get(PAGE).text
            for client in (ada, sign_in("mod"), sign_in("bob"), visitor)]

    assert seen == [True, True, False, False]


def test_a_moderator_deletes_an_update_and_tells_its_author(db, dream, add, sign_in, dreamer):
    """R65, R73."""
    update = add()

    sign_in("mod").send(f"/moderation/update/{update['_id']}/delete", reason="Unkind.")

    entry = db.audit.find_one()
    assert not db.updates.find_one()
    assert (entry["act"], entry["words"]) == ("delete", "We sailed.")
    assert db.notifications.find_one({"kind": "moderation"})["dreamer_id"] == dream["dreamer_id"]


def test_an_edit_lets_reports_hide_an_update_or_a_story_again(db, dream, dreamer, add):
    """R72."""
    update, ada, stored = add(), complete_dreamer(dreamer("ada")), complete_dream(dream)
    story = dict.fromkeys(("helped", "took", "advice"), "") | {"story": "At dawn."}
    set_story(ada, stored, story)
    db.updates.update_many({}, {"$set": {"cleared": True}})

    set_update(update, "Other words.")
    set_story(ada, stored, story | {"story": "At noon."})

    assert ["cleared" in each for each in db.updates.find()] == [False, False]


def test_the_words_of_updates_are_shown_to_moderators():
    assert {"body", "picture_alt"} <= {*SUBJECTS["updates"].moderated}


# Trending ####################################################################


def score_is_right(dream):
    """Return whether the stored score of a dream is that of its counts."""
    return stored(dream)["score"] == pytest.approx(trend_score(stored(dream)))


def test_an_update_raises_the_score(db, dream, add):
    """R66."""
    add()

    assert stored(dream)["score"] > dream["score"]
    assert score_is_right(dream)


def test_a_need_that_is_met_raises_the_score_until_it_is_open_again(db, make_dream):
    """R66."""
    dream = make_dream(**need_fields(edited_needs([], ["A tent"])))

    set_need_found(dream, dream["needs"][0]["id"], True)
    assert stored(dream)["score"] > dream["score"]
    set_need_found(dream, dream["needs"][0]["id"], False)
    assert stored(dream)["score"] == pytest.approx(dream["score"])


def test_thanks_raise_the_score_while_the_helper_shows_them(db, outbox, dream, dreamer):
    """R66."""
    offer = {"_id": ObjectId(), "dream_id": dream["_id"], "dreamer_id": dreamer("bob")["_id"],
             "owner_id": dream["dreamer_id"], "state": "done", "need_id": ""}
    db.offers.insert_one(dict(offer))

    set_thanks(offer, complete_dreamer(dreamer("ada")), "Lent a tent.")
    assert (stored(dream)["thanked"], score_is_right(dream)) == (1, True)
    set_thanks_hidden(True, offer)
    assert (stored(dream)["thanked"], score_is_right(dream)) == (0, True)


def test_a_recount_gives_old_dreams_their_new_score(db, dream, add):
    """R66."""
    add()
    db.dreams.update_one({}, {"$set": {"score": dream["score"]}, "$unset": {"updates": ""}})

    site.app.test_cli_runner().invoke(args=["recount"])

    assert stored(dream)["updates"] == 1
    assert score_is_right(dream)


def test_of_updates_there_are_these_numbers():
    numbers = {"UPDATES_PAGE": 10, "CARD_LENGTH": 200, "CARD_AGE": timedelta(days=30),
               "NEWEST_TRIES": 10}

    assert {name: getattr(updates, name) for name in numbers} == numbers


def test_a_newest_update_that_changes_at_each_try_is_left_alone(db, dream, add, monkeypatch):
    tries = []

    def change(dream_id):
        """Change what is stored before it is set."""
        tries.append(dream_id)
        db.dreams.update_one({}, {"$set": {"newest_update": len(tries)}})
        return {"id": None}

    monkeypatch.setattr("dreamscape.updates.find_newest_update", change)

    assert set_newest_update(dream["_id"]) == 0
    assert (len(tries), stored(dream)["newest_update"]) == (10, 10)


# Beside another dream ########################################################


@pytest.fixture
def other(make_dream, dreamer):
    """Bob's dream, with an update."""
    other = find_dream({"_id": make_dream("bob", "Bake bread")["_id"]})
    add_update(complete_dreamer(dreamer("bob")), other, "We baked.")
    return other


def test_each_dream_has_its_own_updates(db, dream, other, add, visitor):
    for number in range(11):
        add(f"Day {number}.")
    complete = stored(dream) | {"state": "came-true"}  # else its story would not be looked for

    first = find_life(None, complete, None)
    second = find_life(None, complete, first["updates_cursor"])

    assert [len(page["updates"]) for page in (first, second)] == [10, 1]
    assert (first["story"], second["updates_cursor"]) == (None, None)
    assert {each["author"]["first_name"] for each in first["updates"]} == {"Ada"}
    assert "words" not in first["updates"][0]
    assert [newest_of(each) for each in (dream, other)] == ["Day 10.", "We baked."]


def test_an_update_of_a_dream_that_has_gone_is_not_kept(db, dream, other, dreamer):
    db.dreams.delete_one({"_id": dream["_id"]})

    assert add_update(complete_dreamer(dreamer("ada")), dream, "We sailed.") is None
    assert [each["body"] for each in db.updates.find()] == ["We baked."]


def test_deleting_a_hidden_update_leaves_the_count(db, dream, add):
    hidden, shown = add("One."), add("Two.")
    set_hidden("update", hidden, "Unkind.")
    counts = [stored(dream)["updates"]]

    for update in (hidden, shown):
        remove_update(find_update({"_id": update["_id"]}))
        counts.append(stored(dream)["updates"])

    assert counts == [1, 1, 0]


def test_a_dreams_updates_go_with_their_pictures_and_no_others(db, dream, other, add, uploads):
    update = add()
    uploads.mkdir()
    for each, name in ((update, "gone.webp"), (db.updates.find_one({"body": "We baked."}),
                                               "stays.webp")):
        (uploads / name).touch()
        db.updates.update_one({"_id": each["_id"]}, {"$set": {"picture": name}})

    remove_dream(stored(dream))

    assert [path.name for path in uploads.iterdir()] == ["stays.webp"]
    assert [each["body"] for each in db.updates.find()] == ["We baked."]
