"""What a dream needs: typing, editing, finding and storing its needs."""

from datetime import UTC, datetime
from functools import partial

import pytest
from bson import ObjectId
from support.concurrency import run_concurrently
from support.html_checker import forms
from support.page_parser import dreams_shown, error_of, form_to, hrefs, query_of, words_shown

from dreamscape import needs
from dreamscape.database import db as site_db
from dreamscape.dreams import set_need_found
from dreamscape.needs import (
    NEED_LENGTH, NEEDS, edited_needs, find_helped_ids, find_need, need_fields, open_needs,
    set_need_fields, update_needs,
)

DREAM = {"title": "Sail away", "description": "Far.", "topics": "travel"}


@pytest.fixture
def needy(make_dream):
    """A function that adds a dream with needs: needy("A tent", "A loom")."""
    def add(*texts, name="ada", **fields):
        """Return the document of a dream with these needs."""
        return make_dream(name, **need_fields(edited_needs([], texts)) | fields)

    return add


@pytest.fixture
def bob(db, sign_in):
    """Bob's client."""
    return sign_in("bob")


def texts_of(dream):
    """Return the words of a dream's needs."""
    return [need["text"] for need in dream["needs"]]


def stored(dream=None):
    """Return a dream as it is stored now; without one, the only dream."""
    return site_db.dreams.find_one({"_id": dream["_id"]} if dream else {})


def inputs(page, name):
    """Return what the inputs of a name in a page's form hold."""
    return next(form["fields"][name] for form in forms(page) if name in form["fields"])


def edit(client, dream, *needs, **fields):
    """Save a dream's form with other needs; return the answer."""
    return client.send(f"/dreams/{dream['slug']}/edit", **DREAM | fields, needs=[*needs])


# Typing them #################################################################


def test_a_new_dream_has_the_needs_that_were_typed(db, ada):
    """R60."""
    ada.send("/dreambuilder", **DREAM, needs=["A tent", "An hour of  bookkeeping"])

    assert texts_of(stored()) == ["A tent", "An hour of bookkeeping"]


def test_a_dream_needs_nothing_if_nothing_was_typed(db, ada):
    ada.send("/dreambuilder", **DREAM)

    assert stored()["needs"] == []
    assert "needed_at" not in stored()


def test_without_javascript_there_are_inputs_for_all_needs(db, ada):
    """R60: plain inputs, chips.js makes chips of them."""
    page = ada.get("/dreambuilder").text

    assert inputs(page, "needs") == [""] * NEEDS
    assert f'data-js="chips" data-limit="{NEED_LENGTH}" data-most="{NEEDS}"' in page


@pytest.mark.parametrize(("needs", "problem"), [
    (["A"] * 6, "more than once"), ([*"abcdef"], "You can add up to 5."),
    (["x" * 81], "is longer than 80 characters."),
    (["A tent", "\u200b"], "One of the items is blank."),
])
def test_needs_that_cannot_be_taken_are_shown_again_with_the_reason(db, ada, needs, problem):
    """R60."""
    answer = ada.send("/dreambuilder", **DREAM, needs=needs)

    assert answer.status_code == 422
    assert problem in error_of(answer, "needs")
    assert db.dreams.count_documents({}) == 0


def test_refused_needs_are_shown_again(db, ada):
    page = ada.send("/dreambuilder", title="", needs=["A tent"]).text

    assert inputs(page, "needs") == ["A tent", "", "", "", ""]


def test_five_needs_of_eighty_characters_are_taken(db, ada):
    """R60."""
    needs = [letter * NEED_LENGTH for letter in "abcde"]

    ada.send("/dreambuilder", **DREAM, needs=needs)

    assert texts_of(stored()) == needs


def test_needs_are_in_the_draft_of_a_dream_that_could_not_be_sent(db, sign_in, dreamer):
    """R60: here because the sign-in had ended."""
    client = sign_in("ada")
    db.dreamers.update_one({}, {"$set": {"sign_ins": []}})

    client.post("/dreambuilder", data=DREAM | {"needs": ["A tent", "A loom"]},
                headers={"Origin": "http://127.0.0.1:5000"})

    fields = dict(db.drafts.find_one()["fields"])
    assert fields["needs"] == ["A tent", "A loom"]


def test_the_form_of_a_dream_shows_its_needs(db, needy, ada):
    """R60."""
    page = ada.get(f"/dreams/{needy('A tent', 'A loom')['slug']}/edit").text

    assert inputs(page, "needs")[:3] == ["A tent", "A loom", ""]


# Editing them ################################################################


def need(number, text, **fields):
    """Return a need."""
    return {"id": f"{number}" * 24, "text": text, "since": datetime(2026, 1, 1, tzinfo=UTC),
            "found_at": None} | fields


TENT, LOOM = need(1, "A tent"), need(2, "A loom")


@pytest.mark.parametrize(("texts", "ids"), [
    (["A tent", "A loom"], [1, 2]), (["A loom", "A tent"], [2, 1]), (["a  TENT"], [1]),
    (["A loom"], [2]), (["A large tent", "A loom"], [1, 2]), (["A boat", "A loom"], [1, 2]),
    (["A loom", "A boat"], [2, None]), (["A tent", "A loom", "A boat"], [1, 2, None]),
    (["A boat", "A tent", "A loom"], [None, 1, 2]), ([], []),
])
def test_a_need_keeps_its_id_by_its_words_and_by_its_place(texts, ids):
    """R60."""
    needs = edited_needs([TENT, LOOM], texts)

    assert [each["text"] for each in needs] == texts
    known = [number and f"{number}" * 24 for number in ids]
    assert [each["id"] if each["id"] in known else None for each in needs] == known


def test_ids_are_never_used_twice():
    """R60."""
    needs = edited_needs([TENT, LOOM], ["A loom", "A tent", "A boat", "A car", "A bus"])

    assert len({each["id"] for each in needs}) == 5


def test_a_found_need_stays_found_when_its_words_change():
    found = TENT | {"found_at": datetime.now(UTC)}

    assert edited_needs([found], ["A large tent"]) == [found | {"text": "A large tent"}]


def test_a_need_with_an_accepted_offer_is_found_rather_than_lost():
    """R60."""
    needs = edited_needs([TENT, LOOM], ["A loom"], helped_ids={TENT["id"]})

    assert [each["id"] for each in needs] == [LOOM["id"], TENT["id"]]
    assert open_needs({"needs": needs}) == [LOOM]


@pytest.mark.parametrize(("text", "is_same"), [("Two tents", False), ("A large tent", True),
                                               ("A boat", False)])
def test_other_words_in_the_place_of_a_helped_need_are_another_need(text, is_same):
    needs = edited_needs([TENT], [text], helped_ids={TENT["id"]})

    assert (needs[0]["id"] == TENT["id"]) is is_same
    assert find_need({"needs": needs}, TENT["id"])


def test_editing_a_dream_keeps_the_ids_of_its_needs(db, needy, ada):
    """R60."""
    dream = needy("A tent", "A loom")

    edit(ada, dream, "A loom", "A boat")

    assert texts_of(stored()) == ["A loom", "A boat"]
    assert stored()["needs"][0]["id"] == dream["needs"][1]["id"]


def test_editing_a_dream_does_not_lose_a_need_that_is_helped_with(db, needy, ada):
    """R60."""
    dream = needy("A tent", "A loom")
    offer = {"dream_id": dream["_id"], "need_id": dream["needs"][0]["id"], "state": "accepted"}
    db.offers.insert_one(offer | {"dreamer_id": ObjectId()})

    edit(ada, dream, "A loom")

    assert texts_of(stored()) == ["A loom", "A tent"]
    assert stored()["needs"][1]["found_at"]
    assert stored()["need_words"] == ["loom."]


def test_a_need_that_an_edit_does_not_lose_is_still_found_by_search(db, needy, ada):
    """R60."""
    dream = needy("A tent", "A loom")
    offer = {"dream_id": dream["_id"], "need_id": dream["needs"][0]["id"], "state": "accepted"}
    db.offers.insert_one(offer | {"dreamer_id": ObjectId()})

    edit(ada, dream, "A loom")

    assert {"tent", "loom"} <= {*stored()["words"]}


def test_a_helped_need_leaves_room_for_four_others(db, needy, ada):
    dream = needy("A tent")
    offer = {"dream_id": dream["_id"], "need_id": dream["needs"][0]["id"], "state": "accepted"}
    db.offers.insert_one(offer | {"dreamer_id": ObjectId()})

    answer = edit(ada, dream, *"abcde")

    assert answer.status_code == 422
    assert "A tent" in error_of(answer, "needs")
    assert texts_of(stored()) == ["A tent"]


def test_a_need_found_while_the_form_is_saved_stays_found(db, needy, monkeypatch):
    """R60: the update names the needs before it, and is made again if they changed."""
    dream, tries = needy("A tent"), []

    def change(needs):
        """Have another request find the need at first."""
        if not tries:
            tries.append(set_need_found(dream, dream["needs"][0]["id"], True))
        return edited_needs(needs, ["A tent", "A loom"])

    update_needs(dream["_id"], change)

    assert [bool(each["found_at"]) for each in stored()["needs"]] == [True, False]


def test_needs_of_a_dream_that_went_are_not_stored(db, needy):
    dream = needy("A tent")
    db.dreams.delete_many({})

    assert set_need_found(dream, dream["needs"][0]["id"], True) is None
    assert update_needs(dream["_id"], lambda needs: []) is None


# Found and needed again ######################################################


def press(client, dream, verb, number=0):
    """Mark a need of a dream as found, or open it; return the answer."""
    need_id = dream["needs"][number]["id"]
    return client.send(f"/dreams/{dream['slug']}/needs/{need_id}/{verb}",
                       next=f"/dreams/{dream['slug']}")


def test_a_need_is_marked_as_found_by_one_press(db, needy, ada):
    """R60."""
    dream = needy("A tent", "A loom")

    answer = press(ada, dream, "found")

    assert (answer.status_code, answer.location) == (
        303, f"/dreams/{dream['slug']}#dream-{dream['slug']}")
    assert [bool(each["found_at"]) for each in stored()["needs"]] == [True, False]
    assert stored()["need_words"] == ["loom."]


def test_a_found_need_is_opened_again_with_its_id(db, needy, ada):
    """R60."""
    dream = needy("A tent")
    press(ada, dream, "found")

    press(ada, dream, "open")

    assert stored() == dream


def test_a_dream_whose_needs_are_all_found_has_no_newest_one(db, needy, ada):
    dream = needy("A tent")

    press(ada, dream, "found")

    assert "needed_at" not in stored()


@pytest.mark.parametrize("verb", ["found", "open"])
def test_pressing_twice_changes_nothing_more(db, needy, ada, verb):
    dream = needy("A tent")
    press(ada, dream, verb)
    once = stored()

    press(ada, dream, verb)

    assert stored() == once


def test_what_was_pressed_can_be_undone(db, needy, ada):
    dream = needy("A tent")

    page = ada.get(press(ada, dream, "found").location.partition("#")[0]).text

    assert "is marked as found." in words_shown(page)
    assert form_to(page, f"/dreams/{dream['slug']}/needs/{dream['needs'][0]['id']}/open")


def test_nobody_else_marks_a_need(db, needy, bob):
    dream = needy("A tent")

    assert press(bob, dream, "found").status_code == 403
    assert stored() == dream


@pytest.mark.parametrize("need_id", ["0" * 24, "nonsense", "%00"])
def test_a_need_that_is_gone_is_explained(db, needy, ada, need_id):
    dream = needy("A tent")

    answer = ada.send(f"/dreams/{dream['slug']}/needs/{need_id}/found", next="/dreams")

    assert answer.location == "/dreams"
    assert "That need isn't there any more." in words_shown(ada.get("/dreams").text)


def test_needs_pressed_at_once_are_all_found(real_db, needy):
    """R60: eight workers lose no press of each other."""
    dream = needy(*"abcde")
    ids = [each["id"] for each in dream["needs"]]

    run_concurrently(*(partial(set_need_found, dream, need_id, True) for need_id in ids * 2))

    assert open_needs(stored()) == []
    assert stored()["need_words"] == []


# Where they are shown ########################################################


@pytest.mark.parametrize(("name", "asked"), [("ada", True), ("bob", False)])
def test_once_all_is_found_the_dreamer_is_asked_for_more(db, needy, sign_in, name, asked):
    dream = needy("A tent")
    before = words_shown(sign_in(name).get(f"/dreams/{dream['slug']}").text)
    set_need_found(dream, dream["needs"][0]["id"], True)

    page = sign_in(name).get(f"/dreams/{dream['slug']}").text

    assert "What would help A tent" in before and "Add it" not in before
    assert "What it needed Found: A tent" in words_shown(page)
    assert ("All found. Would anything else help? Add it" in words_shown(page)) == asked
    assert (f'href="/dreams/{dream["slug"]}/edit#needs"' in page) == asked


@pytest.mark.parametrize("state", ["came-true", "resting", "let-go"])
def test_nothing_is_marked_as_found_once_the_dream_is_not_living(db, needy, ada, state):
    dream = needy("A tent")
    living = ada.get(f"/dreams/{dream['slug']}").text
    db.dreams.update_one({}, {"$set": {"state": state}})

    page = ada.get(f"/dreams/{dream['slug']}").text

    assert ("Mark as found" in living, "Mark as found" in page) == (True, False)


def test_the_page_of_a_dream_leads_to_an_offer_for_each_open_need(db, needy, bob, ada):
    """R60."""
    dream = needy("A tent", "A loom")
    press(ada, dream, "found", 1)

    page = bob.get(f"/dreams/{dream['slug']}").text

    offers = [href for href in hrefs(page) if "/offers/new?need=" in href]
    assert offers == [f"/dreams/{dream['slug']}/offers/new?need={dream['needs'][0]['id']}"]
    assert "Found: A loom" in words_shown(page)


def test_a_visitor_is_led_there_too(db, needy, visitor):
    dream = needy("A tent")

    page = visitor.get(f"/dreams/{dream['slug']}").text

    assert {"next": f"/dreams/{dream['slug']}/offers/new?need={dream['needs'][0]['id']}",
            "intent": f"help:{dream['slug']}"} in map(query_of, hrefs(page))


def test_the_dreamer_gets_no_link_to_help_but_buttons(db, needy, ada):
    dream = needy("A tent")

    page = ada.get(f"/dreams/{dream['slug']}").text

    assert "/offers/new" not in page
    assert form_to(page, f"/dreams/{dream['slug']}/needs/{dream['needs'][0]['id']}/found")


def test_a_dreamer_is_told_that_needs_can_be_added(db, dream, ada):
    page = ada.get(f"/dreams/{dream['slug']}").text

    assert "Add what you need" in words_shown(page)


def test_a_card_shows_the_open_needs_alone(db, needy, bob, ada):
    """R60."""
    dream = needy("A tent", "A loom")
    press(ada, dream, "found", 1)

    words = words_shown(bob.get("/dreamscape").text)

    assert "What would help A tent" in words
    assert "A loom" not in words


def test_a_card_changes_with_its_needs(db, needy, bob, ada):
    """Cards are cached."""
    dream = needy("A tent")
    before = words_shown(bob.get("/dreamscape").text)

    press(ada, dream, "found")

    assert "A tent" in before
    assert "A tent" not in words_shown(bob.get("/dreamscape").text)


def test_a_search_finds_a_dream_by_what_it_needs(db, ada, sign_in):
    """R60."""
    ada.send("/dreambuilder", **DREAM, needs=["An afternoon of bookkeeping"])

    assert dreams_shown(sign_in("bob").get("/dreamscape?q=bookkeep").text) == ["sail-away"]


def test_a_dream_is_no_longer_found_by_a_need_that_was_edited_away(db, ada, sign_in):
    ada.send("/dreambuilder", **DREAM, needs=["Bookkeeping"])

    edit(ada, stored(), "A tent")

    assert dreams_shown(sign_in("bob").get("/dreamscape?q=bookkeeping").text) == []
    assert dreams_shown(sign_in("bob").get("/dreamscape?q=tent").text) == ["sail-away"]


def test_needs_are_html_safe(db, needy, bob):
    dream = needy("<b>A tent</b>")

    for path in ("/dreamscape", f"/dreams/{dream['slug']}"):
        assert "&lt;b&gt;A tent" in bob.get(path).text


def test_a_moderator_sees_what_a_reported_dream_needs(db, needy, sign_in):
    dream = needy("Buy my pills")

    page = sign_in("mod").get(f"/moderation/dream/{dream['_id']}").text

    assert "Needs: Buy my pills" in words_shown(page)


# Old documents ###############################################################


def test_a_dream_from_before_there_were_needs_is_shown_and_edited(db, dream, ada):
    """R28."""
    for key in ("needs", "need_words", "needed_at"):
        db.dreams.update_one({}, {"$unset": {key: ""}})

    assert ada.get(f"/dreams/{dream['slug']}").status_code == 200
    assert edit(ada, dream, "A tent").status_code == 303
    assert texts_of(stored()) == ["A tent"]


def test_a_dream_without_needs_needs_no_mending(db, dream):
    assert set_need_fields(dream) == 0


def test_words_of_needs_that_change_meanwhile_are_left_alone(db, needy):
    dream = needy("A tent")
    set_need_found(dream, dream["needs"][0]["id"], True)

    assert set_need_fields(dream | {"need_words": []}) == 0

    assert stored()["need_words"] == []


def test_of_needs_there_are_these_numbers():
    assert [needs.NEEDS, needs.NEED_LENGTH, needs.UPDATE_TRIES] == [5, 80, 20]


# What is rare ################################################################


def test_needs_that_change_at_each_try_are_left_alone(db, needy):
    """Twenty tries, and then the edit is given up."""
    dream = needy("A tent")

    def change(current):
        """Add a need before the change is stored."""
        db.dreams.update_one({}, {"$push": {"needs": {"id": "x", "text": "A boat"}}})
        return []

    assert update_needs(dream["_id"], change) is None
    assert len(stored()["needs"]) == 21


def test_needs_of_one_dream_alone_change(db, needy):
    first, second = needy("A tent"), needy("A tent", name="bob")
    db.dreams.update_one({"_id": second["_id"]}, {"$set": {"needs": first["needs"]}})

    before = update_needs(second["_id"], lambda current: [])

    assert before == {"_id": second["_id"], "needs": first["needs"]}
    assert [texts_of(stored(dream)) for dream in (first, second)] == [["A tent"], []]


def test_words_of_the_needs_of_an_old_dream_are_added(db, needy):
    dream, other = needy("A tent"), needy("A tent", name="bob")
    old = {"needs": dream["needs"], "need_words": [], "needed_at": None}
    db.dreams.update_many({}, {"$set": old})

    assert [set_need_fields(stored(dream)) for _ in range(2)] == [1, 0]

    assert [stored(each)["need_words"] for each in (dream, other)] == [["tent."], []]
    assert stored(dream)["needed_at"] == dream["needed_at"]


def test_a_need_that_was_found_before_stays_so_when_its_words_go():
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    needs = edited_needs([TENT | {"found_at": long_ago}], [], helped_ids={TENT["id"]})

    assert [each["found_at"] for each in needs] == [long_ago]


def test_a_helped_need_in_other_words_is_one_need():
    needs = edited_needs([TENT], ["A large tent"], helped_ids={TENT["id"]})

    assert [(each["id"], each["text"]) for each in needs] == [(TENT["id"], "A large tent")]


def test_an_offer_keeps_a_need_once_it_is_accepted(db, needy):
    dream = needy("A tent")
    states = ("offered", "accepted", "declined", "withdrawn", "done", "lapsed", "closed")
    db.offers.insert_many([{"dream_id": dream["_id"], "need_id": state, "state": state}
                           for state in states])
    db.offers.insert_one({"dream_id": ObjectId(), "need_id": "other", "state": "accepted"})

    assert find_helped_ids(dream) == {"accepted", "done"}
