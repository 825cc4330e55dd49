"""Help: offers, their messages and the thanks; ada has a dream, bob offers, mallory must not."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from support.concurrency import run_concurrently
from support.failing_database import outage
from support.html_checker import forms
from support.mail import send_mail
from support.page_parser import error_of, form_of, hrefs, next_href, words_shown

import app as site
from dreamscape import help, people, thanks
from dreamscape.blocks import add_block, remove_block
from dreamscape.database import db as site_db
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import complete_dream, remove_dream
from dreamscape.help import (
    ANSWER_TIME, MAX_MESSAGES, MESSAGES_PAGE, OFFERS_PAGE, STEPS, WRITABLE, add_message, add_offer,
    find_offer, find_offers_page, find_waiting, press_step, press_undo, take_step,
)
from dreamscape.leaving import remove_dreamer
from dreamscape.lives import find_life
from dreamscape.mail import send_due_mails
from dreamscape.moderation import set_hidden
from dreamscape.reports import add_report
from dreamscape.settling import (
    SETTLED, close_offers, lapse_offers, remove_help_of, reopen_offers,
)
from dreamscape.subjects import SUBJECTS
from dreamscape.thanks import OFFERED_ON_DREAM, THANKS_ON_DREAM, remove_thanks, set_thanks

TENT = {"id": "6" * 24, "text": "a tent", "since": datetime(2026, 5, 1, tzinfo=UTC)}
BOAT = {"id": "7" * 24, "text": "a boat", "since": datetime(2026, 5, 1, tzinfo=UTC),
        "found_at": datetime(2026, 5, 2, tzinfo=UTC)}
PATH = "/dreams/sail-around-the-world/offers/new"
OVER = r"This dream .*, so it needs no "


@pytest.fixture
def dream(make_dream):
    """Ada's dream, which needs a tent, and no boat any more."""
    return make_dream(needs=[TENT, BOAT])


@pytest.fixture
def offer(dream, dreamer):
    """A function that adds bob's offer of the tent, in a state: offer("accepted")."""
    def make(state="offered", need=TENT, name="bob", **fields):
        """Return its document."""
        offer_id, _ = add_offer(dreamer(name), complete_dream(dream), need, "I have one.")
        was = {"accepted": "offered", "done": "accepted", "closed": "offered"}.get(state, "offered")
        site_db.offers.update_one({"_id": offer_id},
                                  {"$set": {"state": state, "was": was, **fields}})
        return site_db.offers.find_one({"_id": offer_id})

    return make


def path_of(offer, *parts):
    """Return the path of an offer, or of an action on it."""
    return "/".join(["/offers", str(offer["_id"]), *parts])


def state_of(offer):
    """Return the present state of an offer."""
    return site_db.offers.find_one({"_id": offer["_id"]})["state"]


def told(dreamer, kind):
    """Return how many notifications of a kind a dreamer has."""
    return site_db.notifications.count_documents({"dreamer_id": dreamer["_id"], "kind": kind})


# Offering ####################################################################


def test_an_offer_leads_to_its_page_and_shows_what_was_written(db, dream, sign_in):
    """R61."""
    bob = sign_in("bob")

    answer = bob.send(PATH, need=TENT["id"], message="I have one.\n\nIt's dry.")

    stored = db.offers.find_one()
    assert (answer.status_code, answer.location) == (303, path_of(stored))
    page = words_shown(bob.get(answer.location).text)
    assert "Offer sent to Ada Lovelace." in page
    assert "I have one." in page


def test_an_offer_is_kept_as_reports_read_it(db, dream, dreamer, sign_in):
    sign_in("bob").send(PATH, need=TENT["id"], message="I have one.")

    stored = db.offers.find_one()
    assert [stored[key] for key in ("dream_id", "dreamer_id", "state", "need")] == [
        dream["_id"], dreamer("bob")["_id"], "offered", "a tent"]


def test_the_owner_is_told_of_an_offer(db, dreamer, offer):
    offer()

    assert (told(dreamer("ada"), "offer"), told(dreamer("bob"), "offer")) == (1, 0)


def test_each_offer_is_told_and_emailed_with_its_need(db, offer, outbox, server, sign_in):
    """R70."""
    for name, need in (("bob", TENT), ("mallory", {})):
        offer(need=need, name=name)
        send_mail()

    page = sign_in("ada").get("/notifications").text

    told = ["Bob Builder offered to help with “a tent” for “Sail around the world”",
            "Mallory Mean offered to help with “Sail around the world”"]
    words = re.sub("[\u2068\u2069]", "", words_shown(page))
    assert [each in words for each in told] == [True, True]
    assert [message["subject"] for message in server.messages] == told


@pytest.mark.parametrize("fields", [{}, {"need": ""}])
def test_help_is_offered_to_a_dream_as_such(db, dream, sign_in, fields):
    """R61."""
    assert sign_in("bob").send(PATH, message="Anything.", **fields).status_code == 303
    assert db.offers.find_one()["need_id"] == ""


def test_the_need_may_stand_in_the_address(db, dream, sign_in):
    bob, path = sign_in("bob"), f"{PATH}?need={TENT['id']}"

    assert form_of(bob.get(path), "message")["need"] == [TENT["id"]]
    assert bob.send(path, message="I have one.").status_code == 303
    assert db.offers.find_one()["need_id"] == TENT["id"]


def test_the_form_of_an_offer_advises_on_meeting(db, dream, sign_in):
    """R61."""
    assert "choose a public place" in sign_in("bob").get(PATH).text


@pytest.mark.parametrize(("need", "status"), [("0" * 24, 404), ("x", 404), (BOAT["id"], 403)])
@pytest.mark.parametrize("method", ["get", "send"])
def test_nobody_offers_what_is_not_needed(db, dream, sign_in, need, status, method):
    answer = getattr(sign_in("bob"), method)(f"{PATH}?need={need}")

    assert answer.status_code == status
    assert db.offers.count_documents({}) == 0


def test_nobody_offers_help_with_a_dream_of_their_own(db, dream, ada):
    assert ada.get(PATH).status_code == 403
    assert ada.send(PATH, message="I help myself.").status_code == 403


@pytest.mark.parametrize("state", ["came-true", "resting", "let-go"])
@pytest.mark.parametrize("need", [TENT["id"], ""])
def test_a_dream_that_is_over_leads_from_the_form_back_to_it(db, make_dream, sign_in, state, need):
    """R61."""
    make_dream(needs=[TENT, BOAT], state=state)
    bob = sign_in("bob")

    answer = bob.get(f"{PATH}?need={need}")

    assert (answer.status_code, answer.location) == (303, PATH.removesuffix("/offers/new"))
    page = bob.get(answer.location).text
    assert re.search(OVER, words_shown(page))
    assert "offers/new" not in page and "What would help" not in page


@pytest.mark.parametrize("state", ["came-true", "resting", "let-go"])
@pytest.mark.parametrize("need", [TENT["id"], ""])
def test_an_offer_to_a_dream_that_is_over_is_refused(db, make_dream, sign_in, state, need):
    """R61. With what was typed, and ways back to the dream."""
    make_dream(needs=[TENT, BOAT], state=state)

    answer = sign_in("bob").send(PATH, need=need, message="I have one.")

    assert answer.status_code == 422
    assert re.search(OVER, error_of(answer, "message"))
    assert form_of(answer, "message")["message"] == ["I have one."]
    assert f'href="{PATH.removesuffix("/offers/new")}">Cancel' in answer.text
    assert db.offers.count_documents({}) == 0


def test_who_offered_help_before_a_dream_came_true_finds_the_offer(db, dream, offer, sign_in):
    made = offer()
    site_db.dreams.update_one({"_id": dream["_id"]}, {"$set": {"state": "came-true"}})

    assert sign_in("bob").get(f"{PATH}?need={TENT['id']}").location == path_of(made)


@pytest.mark.parametrize(("text", "status"), [
    ("", 422), (" \n ", 422), ("x", 303), ("x" * 1_000, 303), ("x" * 1_001, 422)])
def test_an_offer_has_1_to_1000_characters(db, dream, sign_in, text, status):
    """R61."""
    assert sign_in("bob").send(PATH, message=text).status_code == status
    assert db.offers.count_documents({}) == (status == 303)


def test_a_refused_offer_keeps_what_was_typed(db, dream, sign_in):
    answer = sign_in("bob").send(PATH, need=TENT["id"], message="x" * 1_001)

    assert error_of(answer, "message") == "Please use at most 1,000 characters."
    assert form_of(answer, "message")["need"] == [TENT["id"]]


@pytest.mark.parametrize("method", ["get", "send"])
def test_a_second_offer_leads_to_the_first(db, dream, offer, sign_in, method):
    """R61."""
    first = offer()

    answer = getattr(sign_in("bob"), method)(f"{PATH}?need={TENT['id']}")

    assert answer.location == path_of(first)
    assert db.offers.count_documents({}) == 1


def test_one_person_offers_help_with_several_needs(db, offer):
    offer(), offer(need={})

    assert db.offers.count_documents({}) == 2


@pytest.mark.parametrize("db", ["mongodb"], indirect=True)
def test_many_presses_at_once_make_one_offer(db, dream, dreamer):
    bob, whole = dreamer("bob"), complete_dream(dream)

    run_concurrently(*[lambda: add_offer(bob, whole, TENT, "I have one.")] * 20)

    assert (db.offers.count_documents({}), db.messages.count_documents({})) == (1, 1)
    assert db.offers.find_one()["messages"] == 1


@pytest.mark.parametrize("db", ["mongodb"], indirect=True)
def test_fifty_people_offer_help_at_once(db, dream, dreamer):
    whole, people = complete_dream(dream), [dreamer(f"helper{n}") for n in range(50)]

    run_concurrently(*[lambda person=person: add_offer(person, whole, TENT, "I have one.")
                       for person in people])

    assert db.offers.count_documents({"messages": 1}) == 50
    assert told(dreamer("ada"), "offer") == 50


def test_an_offer_to_a_dream_that_vanishes_just_then_says_only_that(
        db, dream, sign_in, monkeypatch):
    monkeypatch.setattr(site, "add_offer", lambda *args: (
        remove_dream(dream), add_offer(*args))[1])

    page = sign_in("bob").send(PATH, message="I have a boat.")

    assert page.status_code == 404
    assert "That dream isn't there any more." in words_shown(page.text)
    assert site.ALREADY_OFFERED not in words_shown(page.text)


def test_an_offer_to_a_dream_that_has_just_gone_is_not_kept(db, dream, dreamer):
    remove_dream(dream)

    assert add_offer(dreamer("bob"), complete_dream(dream), TENT, "Hm.") == (None, False)
    assert db.offers.count_documents({}) == 0


def test_an_offer_that_was_interrupted_before_its_words_gets_them_at_the_next_press(
        db, dream, dreamer, offer):
    first = offer()
    db.messages.delete_many({})
    db.offers.update_one({}, {"$set": {"messages": 0}})

    assert add_offer(dreamer("bob"), complete_dream(dream), TENT, "Again.") == (first["_id"], True)
    assert db.messages.find_one()["body"] == "Again."


def post_until_it_is_stored(client, path, **fields):
    """Send a form again and again, each time interrupted one call later; return the last answer."""
    fields["csrf_token"] = client.token()
    for after in range(40):
        with outage(after):
            answer = client.post(path, data=fields)
        if answer.status_code != 503:
            return answer
    return None


def test_an_offer_that_was_interrupted_anywhere_is_complete_once_it_is_sent_again(
        db, dream, dreamer, sign_in):
    """R5, R61."""
    answer = post_until_it_is_stored(sign_in("bob"), PATH, need=TENT["id"], message="I have one.")

    [made] = db.offers.find()
    assert (answer.status_code, answer.location) == (303, path_of(made))
    assert (made["messages"], db.messages.count_documents({})) == (1, 1)
    assert told(dreamer("ada"), "offer") == 1


def test_a_message_that_was_interrupted_anywhere_is_complete_once_it_is_sent_again(
        db, offer, dreamer, sign_in):
    """R5, R61."""
    made = offer()

    post_until_it_is_stored(sign_in("ada"), path_of(made, "messages"), body="OK", once="key")

    assert db.messages.count_documents({"body": "OK"}) == 1
    assert state_of(made) == "offered"
    assert db.offers.find_one()["messages"] == 2
    assert told(dreamer("bob"), "message") == 1


def test_a_message_sent_again_after_others_changes_nothing(db, offer, dreamer):
    made, ada, bob = offer(), dreamer("ada"), dreamer("bob")
    add_message(ada, made, "OK", "key")
    add_message(bob, made, "Good.")
    before = db.offers.find_one()

    assert add_message(ada, made, "OK", "key")

    assert db.offers.find_one() == before


def test_a_message_that_was_interrupted_is_refused_but_stays_once_the_offer_has_ended(
        db, offer, dreamer):
    """The other may have read it."""
    made, ada = offer(), dreamer("ada")
    add_message(ada, made, "OK", "key")
    db.offers.replace_one({}, made | {"state": "withdrawn"})  # it is stored, but not counted

    assert not add_message(ada, made, "OK", "key")

    assert sorted(db.messages.distinct("body")) == ["I have one.", "OK"]


def test_a_message_sent_again_once_it_was_read_tells_nobody(db, offer, dreamer, sign_in):
    """R5, R61: nor does it send an email."""
    made, bob = offer(), sign_in("bob")
    for _ in range(2):
        bob.send(path_of(made, "messages"), body="Hello", once="key")
        sign_in("ada").get(path_of(made))

    assert db.offers.find_one()["messages"] == 2
    assert told(dreamer("ada"), "message") == 1


@pytest.mark.parametrize("state", ["offered", "withdrawn"])
def test_a_message_of_an_older_version_sent_again_changes_nothing(db, offer, dreamer, state):
    """R5, R61: its offer doesn't say which message was counted last."""
    made, ada = offer(), dreamer("ada")
    add_message(ada, made, "OK", "key")
    db.offers.update_one({}, {"$set": {"state": state}, "$unset": {"last_message": ""}})
    db.notifications.delete_many({})

    assert add_message(ada, made, "OK", "key")

    assert sorted(db.messages.distinct("body")) == ["I have one.", "OK"]
    assert db.offers.find_one()["messages"] == 2
    assert told(dreamer("bob"), "message") == 0


def test_a_message_is_stored_if_the_same_one_was_counted_meanwhile(db, offer, dreamer, monkeypatch):
    """R5, R61: though the offer has ended by now."""
    made, ada, original = offer(), dreamer("ada"), help.tell

    def tell(*args):
        """Let another request of the same form count the message, and the offer end."""
        monkeypatch.setattr(help, "tell", original)
        assert add_message(ada, made, "OK", "key")
        db.offers.update_one({}, {"$set": {"state": "withdrawn"}})

    monkeypatch.setattr(help, "tell", tell)

    assert add_message(ada, made, "OK", "key")
    assert sorted(db.messages.distinct("body")) == ["I have one.", "OK"]


def test_somebody_unconfirmed_confirms_first_and_finds_the_words_again(db, dream, sign_in):
    """R61."""
    bob = sign_in("bob")
    db.dreamers.update_one({"slug": "bob-builder"}, {
        "$unset": {"email": ""}, "$set": {"unconfirmed_email": "bob@example.com",
                                          "ends_at": datetime.now(UTC) + timedelta(days=7)}})

    answer = bob.send(PATH, need=TENT["id"], message="I have one.")

    assert (answer.location, db.offers.count_documents({})) == ("/confirm", 0)
    draft = db.drafts.find_one()
    fields = form_of(bob.get(f"{PATH}?draft={draft['_id']}"), "message")
    assert (fields["message"], fields["need"]) == (["I have one."], [TENT["id"]])


# Who sees an offer ###########################################################


@pytest.mark.parametrize(("name", "status"), [
    ("ada", 200), ("bob", 200), ("mallory", 404), ("mod", 404)])
def test_an_offer_is_between_two_people(db, offer, sign_in, name, status):
    """R61."""
    made, client = offer(), sign_in(name)

    assert client.get(path_of(made)).status_code == status
    if status == 404:
        assert client.send(path_of(made, "messages"), body="Hi").status_code == 404
        assert client.send(path_of(made, "accept")).status_code == 404


@pytest.mark.parametrize("name", ["ada", "bob"])
def test_no_page_of_an_offer_shows_an_email_address(db, offer, sign_in, name):
    """R61."""
    client = sign_in(name)

    for state in ("offered", *(step.after for step in STEPS.values())):
        page = client.get(path_of(offer(state))).text
        assert "@example.com" not in page
        assert ("We never show your email address" in page) == (state in WRITABLE)


def test_the_list_shows_what_was_given_and_received(db, offer, sign_in, make_dream, dreamer):
    received, his = offer(), make_dream("bob", title="Bake bread")
    given, _ = add_offer(dreamer("ada"), complete_dream(his), {}, "I have flour.")

    page = sign_in("ada").get("/offers").text

    to_answer, _, from_you = page.partition("From you")
    assert "To answer" in to_answer
    assert path_of(received) in to_answer
    assert f"/offers/{given}" in from_you


def test_an_accepted_offer_waits_for_its_helper(db, offer, sign_in):
    offer("accepted")

    assert "1 offer accepted" in sign_in("bob").get("/offers").text
    assert "To answer" not in sign_in("ada").get("/offers").text


def test_the_offers_to_answer_stand_first_and_once(db, offer, sign_in, dreamer):
    """R61: those that wait longest, however many newer ones there are."""
    old = offer()
    db.offers.insert_many([{"owner_id": dreamer("ada")["_id"], "state": "done",
                            "dream_id": ObjectId()} for _ in range(OFFERS_PAGE)])
    new = offer(need={})
    ada = sign_in("ada")

    first = ada.get("/offers").text
    second = ada.get(next_href(first)).text

    assert [first.count(path_of(each)) for each in (old, new)] == [1, 1]
    assert first.index("To answer") < first.index(path_of(old)) < first.index(path_of(new)) < (
        first.index("For your dreams"))
    assert "To answer" not in second
    assert path_of(old) in second


def test_an_offer_is_called_by_who_makes_it_and_says_its_state_once(db, offer, sign_in):
    made = offer()
    own, others = (words_shown(sign_in(name).get(path_of(made)).text) for name in ("ada", "bob"))

    assert "Bob Builder offers to help a tent For" in own
    assert own.count("Waiting for your answer.") == 1
    assert "You offered to help Ada Lovelace a tent For" in others
    assert "Not answered yet" not in own + others


def test_the_advice_is_folded_once_somebody_has_written(db, offer, sign_in):
    made, ada = offer(), sign_in("ada")
    advice = '<details class="write" open data-js="fold">'

    pages = [sign_in("bob").get(path_of(made)).text, ada.get(path_of(made)).text]
    ada.send(path_of(made, "messages"), body="Lovely.")

    assert [advice in page for page in (*pages, ada.get(path_of(made)).text)] == [
        False, True, False]


def test_an_offer_is_read_before_the_advice_on_meeting(db, offer, sign_in):
    page = words_shown(sign_in("ada").get(path_of(offer())).text)

    assert page.index("Accept") < page.index("I have one.") < page.index("Before you meet")


@pytest.mark.parametrize("name", ["ada", "bob"])
def test_the_list_of_offers_quotes_the_thanks(db, thanked, sign_in, name):
    assert "“\u2068Lent us a tent\u2069”" in words_shown(sign_in(name).get("/offers").text)


@pytest.mark.parametrize(("name", "number"), [("ada", 1), ("bob", 0)])
def test_the_list_of_offers_asks_the_dreamer_for_the_thanks_that_are_missing(
        db, offer, sign_in, name, number):
    made = offer("done")

    page = sign_in(name).get("/offers").text

    assert page.count(f'href="{path_of(made)}#thanks"') == number


def test_the_list_is_paged(db, dreamer, sign_in):
    ids = [ObjectId() for _ in range(OFFERS_PAGE + 1)]
    db.offers.insert_many([{"_id": _id, "dreamer_id": dreamer("bob")["_id"], "dream_id": ObjectId()}
                           for _id in ids])
    bob = sign_in("bob")

    first = bob.get("/offers").text
    second = bob.get(next_href(first)).text

    assert [first.count(f"/offers/{_id}") + 2 * second.count(f"/offers/{_id}")
            for _id in ids] == [2] + [1] * OFFERS_PAGE


def test_nothing_is_said_to_be_waiting_where_there_is_nothing(db, ada):
    assert "No offers yet." in ada.get("/offers").text
    assert "No older offers." in ada.get(f"/offers?cursor={'0' * 24}").text


@pytest.mark.parametrize("path", ["/offers", "offer"])
@pytest.mark.parametrize("db", ["mongodb"], indirect=True)
def test_a_page_of_offers_costs_few_calls(db, outbox, calls, offer, sign_in, path):
    ada, path = sign_in("ada"), path if path != "offer" else path_of(offer())
    ada.get(path)
    calls.commands.clear()

    ada.get(path)

    assert len(calls.commands) == 3


# Read notifications ##########################################################


def unread_of(dreamer):
    """Return (kinds of a dreamer's unread notifications, the number that the header shows)."""
    unread = site_db.notifications.find({"dreamer_id": dreamer["_id"], "unread": True})
    number = site_db.dreamers.find_one({"_id": dreamer["_id"]}).get("unread", 0)
    return sorted(each["kind"] for each in unread), number


def test_opening_an_offer_marks_what_tells_of_it_as_read(db, offer, dreamer, dream, sign_in):
    """R70."""
    made, ada, client = offer("accepted"), dreamer("ada"), sign_in("ada")
    sign_in("bob").send(path_of(made, "messages"), body="When?")
    sign_in("bob").send(f"/dreams/{dream['slug']}/cheer")
    before = unread_of(ada)

    pages = [client.get(path_of(made)).text for _ in range(2)]

    assert (before, unread_of(ada)) == (
        (["cheer", "message", "offer"], 3), (["cheer"], 1))
    assert ["1 unread notification<" in page for page in pages] == [True, True]


@pytest.mark.parametrize("name", ["bob", "mallory"])
def test_what_tells_of_another_offer_stays_unread(db, offer, dreamer, sign_in, name):
    """R70: also of an offer by the same person."""
    made, other = offer(), offer(need={}, name=name)

    sign_in("ada").get(path_of(other))

    assert unread_of(dreamer("ada")) == (["offer"], 1)
    assert made["_id"] != other["_id"]


@pytest.mark.parametrize("kind", ["message", "accepted", "thanks"])
def test_what_the_same_person_does_with_another_offer_stays_unread(
        db, offer, dreamer, sign_in, kind):
    """R70."""
    made, other, ada = offer(), offer(need={}), dreamer("ada")
    for each in (made, other):
        help.tell(kind, each, ada)
    sign_in("bob").get(path_of(other))

    [unread] = db.notifications.find({"dreamer_id": dreamer("bob")["_id"], "unread": True})

    assert [act["about"] for act in unread["acts"]] == [made["_id"]]
    assert unread_of(dreamer("bob")) == ([kind], 1)


def test_a_notification_of_several_offers_stays_until_it_is_marked_as_read(
        db, dream, offer, dreamer, sign_in):
    """R70: as a version before stored them, by dream."""
    made, ada = offer(), sign_in("ada")
    db.notifications.update_one({}, {"$set": {"group_id": dream["_id"], "count": 2}})

    ada.get(path_of(made))
    page = ada.get("/notifications").text
    ada.send("/notifications/read")

    assert f'href="{path_of(made)}"' in page
    assert "1 unread notification<" in page
    assert unread_of(dreamer("ada")) == ([], 0)


def test_what_tells_of_an_offer_goes_with_the_dream(db, dream, dreamer, offer):
    """R70: but what tells that the offer was closed with it stays."""
    offer()

    remove_dream(dream)

    assert {each["kind"] for each in db.notifications.find()} == {"closed"}


def test_only_the_two_of_an_offer_read_it_each_for_themselves(db, offer, dreamer, sign_in):
    made = offer()

    for name in ("bob", "mallory"):
        sign_in(name).get(path_of(made))

    assert unread_of(dreamer("ada")) == (["offer"], 1)


def test_a_wrong_number_of_unread_ones_never_goes_below_none(db, offer, dreamer, sign_in):
    """The page of notifications corrects it."""
    made, ada = offer("accepted"), dreamer("ada")
    sign_in("bob").send(path_of(made, "messages"), body="When?")
    db.dreamers.update_one({"_id": ada["_id"]}, {"$set": {"unread": 1}})

    page = sign_in("ada").get(path_of(made)).text

    assert unread_of(ada) == ([], 1)
    assert "unread notification" not in page


@pytest.mark.parametrize("db", ["mongodb"], indirect=True)
def test_reading_an_offer_costs_few_calls(db, outbox, calls, offer, sign_in):
    ada = sign_in("ada")
    made = offer()
    calls.commands.clear()

    ada.get(path_of(made))

    assert len(calls.commands) == 5


# Steps #######################################################################

PRESSES = {"accept": ("offered", "ada"), "decline": ("offered", "ada"),
           "withdraw": ("accepted", "bob"), "done": ("accepted", "ada")}


@pytest.mark.parametrize("name", PRESSES)
def test_a_step_is_one_press_and_tells_the_other(db, offer, dreamer, sign_in, name):
    """R61."""
    state, who = PRESSES[name]
    made, other = offer(state), dreamer({"ada": "bob", "bob": "ada"}[who])
    client = sign_in(who)

    answer = client.send(path_of(made, name))

    assert (answer.status_code, answer.location) == (303, path_of(made))
    assert state_of(made) == STEPS[name].after
    assert (told(other, STEPS[name].after), told(dreamer(who), STEPS[name].after)) == (1, 0)
    assert STEPS[name].message in words_shown(client.get(answer.location).text)


@pytest.mark.parametrize("name", PRESSES)
def test_a_step_has_words_for_its_buttons(name):
    assert all((STEPS[name].label, STEPS[name].message, STEPS[name].undo_label))


@pytest.mark.parametrize("name", PRESSES)
def test_a_step_can_be_undone(db, offer, dreamer, sign_in, name):
    """R61."""
    state, who = PRESSES[name]
    made, client = offer(state), sign_in(who)
    page = client.get(client.send(path_of(made, name)).location)

    undo = path_of(made, name, "undo")
    assert f'action="{undo}"' in page.text
    assert client.send(undo).status_code == 303
    assert state_of(made) == state
    assert told(dreamer({"ada": "bob", "bob": "ada"}[who]), "reopened") == 1


@pytest.mark.parametrize("name", PRESSES)
def test_a_second_press_changes_nothing_and_tells_nobody(db, outbox, offer, sign_in, name):
    state, who = PRESSES[name]
    made, client = offer(state), sign_in(who)
    client.send(path_of(made, name))
    before = [*db.offers.find()], [*db.notifications.find()]

    assert client.send(path_of(made, name)).status_code == 303
    assert ([*db.offers.find()], [*db.notifications.find()]) == before


@pytest.mark.parametrize(("name", "who"), [
    ("accept", "bob"), ("decline", "bob"), ("withdraw", "ada")])
def test_a_step_is_for_one_of_the_two(db, offer, sign_in, name, who):
    made = offer()

    assert sign_in(who).send(path_of(made, name)).status_code == 403
    assert sign_in(who).send(path_of(made, name, "undo")).status_code == 403
    assert state_of(made) == "offered"


def test_either_of_the_two_marks_help_as_done(db, offer, sign_in):
    """Both know whether it has come."""
    made = offer("accepted")

    sign_in("bob").send(path_of(made, "done"))

    assert state_of(made) == "done"


STATES = ["offered", "accepted", "declined", "done", "withdrawn", "lapsed", "closed"]


@pytest.mark.parametrize("name", PRESSES)
def test_a_step_from_any_other_state_changes_nothing(db, offer, sign_in, name):
    client = sign_in("bob" if name == "withdraw" else "ada")

    for state in {*STATES}.difference(STEPS[name].before):
        made = offer(state)
        answer = client.send(path_of(made, name))
        assert (answer.status_code, state_of(made)) == (303, state)


def buttons_of(page, offer):
    """Return the addresses that the buttons for steps on an offer's page post to."""
    paths = {form["action"] for form in forms(page.text)}
    return {path for path in paths if path.startswith(path_of(offer))
            and "messages" not in path and "thanks" not in path}


@pytest.mark.parametrize(("name", "number"), [("ada", 7), ("bob", 6)])
def test_the_page_offers_the_steps_that_work(db, offer, sign_in, name, number):
    client, pressed = sign_in(name), 0

    for state in STATES:
        made = offer(state)
        for action in buttons_of(client.get(path_of(made)), made):
            db.offers.replace_one({"_id": made["_id"]}, made)
            client.send(action)
            assert state_of(made) != state, action
            client.get("/offers")  # takes the message, whose Undo is another button
            pressed += 1

    assert pressed == number


def test_a_withdrawn_offer_that_was_accepted_is_accepted_again(db, offer, sign_in):
    made, bob = offer("accepted"), sign_in("bob")

    bob.send(path_of(made, "withdraw"))
    bob.send(path_of(made, "withdraw", "undo"))

    assert state_of(made) == "accepted"


def test_what_somebody_else_has_changed_meanwhile_is_not_undone(db, offer, sign_in):
    made, ada = offer(), sign_in("ada")
    ada.send(path_of(made, "accept"))
    sign_in("bob").send(path_of(made, "withdraw"))

    ada.send(path_of(made, "accept", "undo"))

    assert state_of(made) == "withdrawn"


@pytest.mark.parametrize(("change", "is_shown"), [
    ({"state": "came-true"}, False), ({"state": "resting"}, False), ({"state": "under-way"}, True),
    ({"needs": [TENT | {"found_at": datetime(2026, 5, 2, tzinfo=UTC)}]}, False),
    ({"needs": []}, False)])
def test_help_is_offered_again_only_while_it_is_asked_for(db, offer, sign_in, change, is_shown):
    """R61."""
    made, bob = offer("withdrawn"), sign_in("bob")
    db.dreams.update_one({}, {"$set": change})

    page = bob.get(path_of(made)).text
    bob.send(path_of(made, "withdraw", "undo"))

    assert ("Offer again" in page) is is_shown
    assert state_of(made) == ("offered" if is_shown else "withdrawn")


def test_help_with_a_dream_as_such_is_offered_again_though_its_needs_are_gone(db, offer, sign_in):
    """R61."""
    made = offer("withdrawn", need={})
    db.dreams.update_one({}, {"$unset": {"needs": ""}})

    sign_in("bob").send(path_of(made, "withdraw", "undo"))

    assert state_of(made) == "offered"


def test_declining_is_undone_though_the_dream_came_true(db, offer, sign_in):
    made, ada = offer("declined"), sign_in("ada")
    db.dreams.update_one({}, {"$set": {"state": "came-true"}})

    ada.send(path_of(made, "decline", "undo"))

    assert state_of(made) == "offered"


def test_each_role_has_its_count_of_what_waits(db, offer, dreamer, monkeypatch):
    """However much there is of the other."""
    monkeypatch.setattr(help, "MAX_WAITING", 2)
    bob = complete_dreamer(dreamer("bob"))
    offer("accepted")
    db.offers.insert_many([{"owner_id": bob["_id"], "state": "offered", "need_id": str(number),
                            "changed_at": datetime.now(UTC)} for number in range(OFFERS_PAGE + 1)])

    waiting = find_waiting(bob)
    assert (len(waiting["to_answer"]), waiting["accepted"]) == (OFFERS_PAGE, 1)


@pytest.mark.parametrize("db", ["mongodb"], indirect=True)
@pytest.mark.parametrize("number", range(5))
def test_of_steps_at_once_each_happens_once(db, dreamer, offer, number):
    """Accepting and withdrawing at the same moment: withdrawn in the end, whichever came first."""
    made, ada, bob = offer(), complete_dreamer(dreamer("ada")), complete_dreamer(dreamer("bob"))

    done = run_concurrently(*[lambda: take_step(made, "accept", ada)] * 4,
                            *[lambda: take_step(made, "withdraw", bob)] * 4)

    assert sum(done[:4]) <= 1
    assert (sum(done[4:]), state_of(made)) in ((1, "withdrawn"), (0, "accepted"))


# Lapsing and closing #########################################################


def test_an_offer_that_nobody_answers_lapses_and_both_are_told(db, dreamer, offer):
    """R61."""
    made = offer(changed_at=datetime.now(UTC) - ANSWER_TIME)
    late = offer(need={}, changed_at=datetime.now(UTC) - ANSWER_TIME + timedelta(hours=1))

    assert (lapse_offers(), lapse_offers()) == (1, 0)
    assert (state_of(made), state_of(late)) == ("lapsed", "offered")
    assert (told(dreamer("ada"), "lapsed"), told(dreamer("bob"), "lapsed")) == (1, 1)


def test_the_command_says_how_many_lapsed(db, offer):
    offer(changed_at=datetime.now(UTC) - ANSWER_TIME)

    output = site.app.test_cli_runner().invoke(args=["lapse-offers"]).output

    assert "Offers lapsed: 1\n" in output


def test_an_unanswered_offer_counts_as_lapsed_before_the_command_runs(db, dreamer, offer, sign_in):
    made = offer(changed_at=datetime.now(UTC) - ANSWER_TIME)

    assert find_offer(dreamer("bob"), made["_id"])["state"] == "lapsed"
    assert "didn't get round to answering" in words_shown(sign_in("bob").get(path_of(made)).text)


@pytest.mark.parametrize("stored", ["offered", "lapsed"])
def test_a_lapsed_offer_can_still_be_accepted(db, offer, sign_in, stored):
    made = offer(stored, changed_at=datetime.now(UTC) - ANSWER_TIME)

    sign_in("ada").send(path_of(made, "accept"))

    assert state_of(made) == "accepted"


def test_the_helper_reads_when_an_offer_lapses_however_long_it_has_waited(offer, sign_in):
    """R61."""
    made = offer(changed_at=datetime.now(UTC) - timedelta(days=12))

    words = words_shown(sign_in("bob").get(path_of(made)).text)

    assert "Waiting for Ada Lovelace to answer. After 14 quiet days, this offer lapses." in words


def test_a_message_keeps_an_offer_from_lapsing(db, dreamer, offer):
    made = offer(changed_at=datetime.now(UTC) - ANSWER_TIME)
    add_message(dreamer("ada"), made, "Let me think.")

    assert lapse_offers() == 0


@pytest.mark.parametrize("state", ["offered", "accepted"])
def test_offers_to_a_deleted_dream_close_and_both_are_told(
        db, dream, dreamer, offer, sign_in, state):
    """R61."""
    made = offer(state)

    remove_dream(dream)

    assert state_of(made) == "closed"
    assert (told(dreamer("ada"), "closed"), told(dreamer("bob"), "closed")) == (1, 1)
    assert "the dream isn't there any more" in words_shown(sign_in("bob").get(path_of(made)).text)


def test_offers_to_a_hidden_dream_close_and_open_again_with_it(db, dream, dreamer, offer):
    made, whole = offer("accepted"), complete_dream(dream)

    set_hidden("dream", whole, "Rude", "moderator")
    assert state_of(made) == "closed"

    set_hidden("dream", whole | {"hidden_role": "moderator"}, None, "moderator")
    assert state_of(made) == "accepted"
    assert told(dreamer("bob"), "reopened") == 1


def test_offers_to_a_private_dream_stay_closed_when_it_is_no_longer_hidden(db, dream, offer):
    """R68."""
    made, whole = offer("accepted"), complete_dream(dream)
    set_hidden("dream", whole, "Rude", "moderator")
    db.dreams.update_one({"_id": dream["_id"]}, {"$set": {"audience": "me"}})

    set_hidden("dream", whole | {"hidden_role": "moderator"}, None, "moderator")

    assert state_of(made) == "closed"


def test_nothing_that_has_ended_closes(db, dream, offer):
    made = [offer(state, need={"id": str(ObjectId()), "text": "x"})
            for state in ("declined", "done", "withdrawn", "lapsed")]

    remove_dream(dream)

    assert [state_of(each) for each in made] == ["declined", "done", "withdrawn", "lapsed"]


@pytest.fixture
def many(outbox, dream, dreamer, monkeypatch):
    """Seven open offers to ada's dream, of which a request or a part of a job changes two."""
    monkeypatch.setattr("dreamscape.settling.SETTLED", 2)
    site_db.offers.insert_many([
        {"dream_id": dream["_id"], "dreamer_id": ObjectId(), "owner_id": dream["dreamer_id"],
         "state": "accepted", "need_id": ""} for _ in range(7)])
    return complete_dream(dream)


def count_state(state):
    """Return how many offers have a state."""
    return site_db.offers.count_documents({"state": state})


def make_private(dream):
    """Set that only its dreamer sees a dream, and close the offers to it."""
    site_db.dreams.update_one({"_id": dream["_id"]}, {"$set": {"audience": "me"}})
    close_offers(dream["_id"])


@pytest.mark.parametrize("change", [
    remove_dream, make_private, lambda dream: set_hidden("dream", dream, "Rude", "moderator")])
def test_many_offers_close_in_the_outbox(db, many, change):
    """R61: so that the request ends soon, whatever a dream has got."""
    change(many)
    assert 2 <= count_state("closed") <= 4

    with site.app.app_context():
        send_due_mails()

    assert count_state("closed") == 7
    assert not db.mails.find_one({"kind": "close_offers"})


def test_offers_of_a_dream_that_is_shown_again_meanwhile_stay_open(db, many):
    """R61: the job that closes the others ends then."""
    set_hidden("dream", many, "Rude", "moderator")
    set_hidden("dream", many | {"hidden_role": "moderator"}, None, "moderator")

    with site.app.app_context():
        send_due_mails()

    assert (count_state("accepted"), count_state("closed")) == (7, 0)


# Messages ####################################################################


def test_the_two_write_to_each_other(db, offer, dreamer, sign_in):
    """R61."""
    made, ada = offer(), sign_in("ada")

    answer = ada.send(path_of(made, "messages"), body="How big is it?")

    assert answer.location == f"{path_of(made)}#write"
    words = words_shown(sign_in("bob").get(path_of(made)).text)
    assert words.index("I have one.") < words.index("How big is it?")
    assert (told(dreamer("bob"), "message"), told(dreamer("ada"), "message")) == (1, 0)


def test_addresses_in_a_message_are_links(db, dreamer, offer, sign_in):
    made = offer()
    add_message(dreamer("ada"), made, "See https://example.org/tents")

    assert '<a href="https://example.org/tents" rel="nofollow ugc noopener">' in (
        sign_in("bob").get(path_of(made)).text)


@pytest.mark.parametrize(("keys", "count"), [(("k", "k"), 1), (("k", "l"), 2), (("", ""), 1)])
def test_a_message_sent_twice_by_one_form_is_one(db, offer, sign_in, keys, count):
    made, ada = offer(), sign_in("ada")

    for key in keys:
        ada.send(path_of(made, "messages"), body="OK", once=key)

    assert db.messages.count_documents({"body": "OK"}) == count
    assert db.offers.find_one()["messages"] == 1 + count


@pytest.mark.parametrize("state", ["declined", "withdrawn", "lapsed", "closed"])
def test_nobody_writes_about_an_offer_that_has_ended(db, offer, sign_in, state):
    made = offer(state)

    answer = sign_in("ada").send(path_of(made, "messages"), body="One thing more")

    assert answer.status_code == 422
    assert form_of(answer, "body")["body"] == ["One thing more"]
    assert db.messages.count_documents({}) == 1


def test_an_offer_is_gone_for_two_of_whom_one_blocks_the_other(db, dreamer, offer):
    bob, ada = complete_dreamer(dreamer("bob")), dreamer("ada")
    made = offer()
    apart = bob | {"apart": {ada["_id"]}}

    assert find_offer(bob, made["_id"])
    assert find_offer(apart, made["_id"]) is None
    assert [find_offers_page(each, None)[0] != [] for each in (bob, apart)] == [True, False]


def test_an_offer_by_whom_one_blocks_waits_nowhere(dream, dreamer, offer):
    """R72: though an older version left it open."""
    offer(), offer("done", {})
    ada, true = complete_dreamer(dreamer("ada")), complete_dream(dream) | {"state": "came-true"}
    apart = ada | {"apart": {dreamer("bob")["_id"]}}

    counts = []
    for viewer in (ada, apart):
        life = find_life(viewer, true, None)
        counts.append([len(find_waiting(viewer)["to_answer"]), len(life["help"]["offered"]),
                       len(life["unthanked"])])

    assert counts == [[1, 1, 1], [0, 0, 0]]


def test_a_lapsed_offer_is_withdrawn_before_it_is_accepted_too_late(db, offer, sign_in):
    """R61: by the helper at any time."""
    made = offer("lapsed")
    assert path_of(made, "withdraw") in buttons_of(sign_in("bob").get(path_of(made)), made)

    sign_in("bob").send(path_of(made, "withdraw"))
    sign_in("ada").send(path_of(made, "accept"))

    assert state_of(made) == "withdrawn"


def test_an_offer_that_closed_with_its_dream_does_not_open_again_after_a_block(
        db, outbox, offer, dreamer):
    """R72."""
    made, [ada, bob] = offer(), [complete_dreamer(dreamer(name)) for name in ("ada", "bob")]
    close_offers(made["dream_id"])

    add_block(ada, bob)
    reopen_offers(made["dream_id"])

    assert state_of(made) == "withdrawn"


def test_a_lapsed_offer_says_that_it_can_still_be_accepted_before_one_writes(offer, sign_in):
    words = words_shown(sign_in("bob").get(path_of(offer("lapsed"))).text)

    assert "once this offer is accepted" in words
    assert "has ended" not in words


def test_an_offer_holds_a_hundred_messages(db, offer, sign_in):
    """R61."""
    made, ada = offer(messages=MAX_MESSAGES - 1), sign_in("ada")

    statuses = [ada.send(path_of(made, "messages"), body=text).status_code for text in ("A", "B")]

    assert statuses == [303, 422]
    assert "That's the limit." in words_shown(ada.get(path_of(made)).text)


@pytest.mark.parametrize("db", ["mongodb"], indirect=True)
def test_messages_at_once_do_not_go_over_the_limit(db, dreamer, offer):
    made, ada = offer(messages=MAX_MESSAGES - 3), dreamer("ada")

    run_concurrently(*[lambda n=n: add_message(ada, made, f"Word {n}") for n in range(12)])

    assert db.offers.find_one()["messages"] == MAX_MESSAGES
    assert db.messages.count_documents({}) == 4


def test_the_page_shows_the_last_messages_with_a_way_to_older_ones(db, dreamer, offer, sign_in):
    """R61."""
    made, ada = offer(), sign_in("ada")
    for number in range(MESSAGES_PAGE):
        add_message(dreamer("ada"), made, f"Word {number:02}")

    page = ada.get(path_of(made)).text
    older = ada.get(next_href(page)).text

    assert ("I have one." in page, "I have one." in older) == (False, True)
    assert page.index("Word 00") < page.index("Word 49")


def test_a_message_typed_after_the_sign_in_had_ended_waits_in_a_draft(db, offer, sign_in):
    made, bob = offer(), sign_in("bob")
    db.dreamers.update_one({"slug": "bob-builder"}, {"$set": {"sign_ins": []}})
    bob.post(path_of(made, "messages"), data={"body": "On Friday?"},
             headers={"Origin": "http://localhost"})
    again = sign_in("bob")

    page = again.get(f"/drafts/{db.drafts.find_one()['_id']}")

    assert "Send your message?" in page.text
    again.post(path_of(made, "messages"), data=form_of(page, "body"))
    assert db.messages.find_one({"body": "On Friday?"})


def test_other_words_of_a_second_offer_wait_as_a_message_to_the_first(db, offer, sign_in):
    """A form that another tab, or going back, still shows; the same words again are no message."""
    made, bob = offer(), sign_in("bob")
    same = bob.send(PATH, need=TENT["id"], message="I have one.")

    other = bob.send(PATH, need=TENT["id"], message="And a stove.")

    page = bob.get(other.location)
    assert same.location == path_of(made)
    assert "You've already offered to help with this." in words_shown(page.text)
    bob.post(path_of(made, "messages"), data=form_of(page, "body"))
    assert [message["body"] for message in db.messages.find()] == ["I have one.", "And a stove."]


def test_words_of_a_second_offer_that_are_too_many_are_shown_and_not_stored(db, offer, sign_in):
    offer()

    answer = sign_in("bob").send(PATH, need=TENT["id"], message="far " * 5_001)

    assert answer.status_code == 422
    assert "far far" in answer.text
    assert "already offered to help with this. That's too long" in words_shown(answer.text)
    assert db.drafts.count_documents({}) == 0


# Reports #####################################################################


@pytest.fixture
def reported(db, offer, dreamer, sign_in):
    """Bob's second message, which ada has reported; his first one was not."""
    made = offer()
    add_message(dreamer("bob"), made, "Send me money.")
    message = db.messages.find_one({"body": "Send me money."})
    sign_in("ada").send(f"/messages/{message['_id']}/report", reason="A scam.")
    return message


def test_a_message_is_reported_from_its_menu(db, offer, ada):
    words = words_shown(ada.get(path_of(offer())).text)

    assert "just now More for this message Report this message I have one." in words


def test_a_moderator_sees_the_reported_message_and_nothing_else(db, reported, sign_in):
    """R61."""
    mod = sign_in("mod")

    pages = [mod.get(f"/offers/{reported['offer_id']}"), mod.get("/moderation"),
             mod.get(f"/moderation/message/{reported['_id']}")]

    assert [page.status_code for page in pages] == [200] * 3
    assert all("Send me money." in page.text for page in pages)
    assert not any("I have one." in page.text for page in pages)


def test_the_case_of_a_message_that_is_gone_links_to_no_offer(db, reported, sign_in):
    path, offer_path = f"/moderation/message/{reported['_id']}", f"/offers/{reported['offer_id']}"
    mod = sign_in("mod")
    before = offer_path in hrefs(mod.get(path).text)
    db.messages.delete_one({"_id": reported["_id"]})

    case = mod.get(path).text

    assert before
    assert "Send me money." in words_shown(case)
    assert not [link for link in hrefs(case) if link.startswith("/offers/")]


def test_a_moderator_sees_no_message_that_was_not_reported(db, reported, sign_in):
    first = db.messages.find_one({"body": "I have one."})

    assert sign_in("mod").get(f"/moderation/message/{first['_id']}").status_code == 404
    assert sign_in("mallory").get(f"/offers/{reported['offer_id']}").status_code == 404


@pytest.mark.parametrize(("name", "status"), [("mallory", 404), ("mod", 404), ("bob", 403)])
def test_only_who_got_a_message_reports_it(db, offer, sign_in, name, status):
    offer()
    path = f"/messages/{db.messages.find_one()['_id']}/report"

    assert sign_in(name).send(path, reason="Hm.").status_code == status
    assert db.reports.count_documents({}) == 0


def test_a_hidden_message_is_seen_by_its_author_alone(db, reported, sign_in):
    sign_in("mod").send(f"/moderation/message/{reported['_id']}/hide", reason="A scam.")

    pages = {name: sign_in(name).get(f"/offers/{reported['offer_id']}").text
             for name in ("ada", "bob")}

    assert {name: "Send me money." in page for name, page in pages.items()} == {
        "ada": False, "bob": True}
    assert sign_in("mod").get(f"/moderation/message/{reported['_id']}").status_code == 200


def test_a_deleted_message_is_gone_with_its_reports(db, reported, sign_in):
    sign_in("mod").send(f"/moderation/message/{reported['_id']}/delete", reason="A scam.")

    assert db.messages.find_one({"_id": reported["_id"]}) is None
    assert db.reports.count_documents({}) == 0


# Thanks ######################################################################


@pytest.fixture
def thanked(offer, dreamer):
    """Bob's offer of the tent, with ada's thanks."""
    made = offer("done")
    set_thanks(made, complete_dreamer(dreamer("ada")), "Lent us a tent")
    return made


def helped(name="bob-builder"):
    """Return how many dreams a dreamer helped."""
    return site_db.dreamers.find_one({"slug": name}).get("helped", 0)


def test_done_asks_the_dreamer_for_thanks(db, offer, sign_in):
    """R62."""
    made = offer("done")

    assert form_of(sign_in("ada").get(path_of(made)), "thanks")["thanks"] == [""]
    assert 'name="thanks"' not in sign_in("bob").get(path_of(made)).text


def test_done_asks_for_thanks_before_all_else(db, offer, sign_in):
    page = sign_in("ada").get(path_of(offer("done"))).text

    assert page.index('name="thanks"') < page.index(">Not done yet<") < page.index(">Is that all")


@pytest.mark.parametrize(("name", "words"), [
    ("ada", "Lent us a tent\u2069” Ada Lovelace thanked Bob Builder Change your thanks"),
    ("bob", "Lent us a tent\u2069” Ada Lovelace thanked you See it on your page")])
def test_both_read_the_thanks_as_a_card_instead_of_the_state(db, thanked, sign_in, name, words):
    page = sign_in(name).get(path_of(thanked)).text

    assert words in words_shown(page)
    assert "This help is done." not in page
    assert ('href="/dreamers/bob-builder#thanks"' in page) == (name == "bob")


def test_help_with_a_dream_as_such_is_told_apart_from_its_needs(dream, sign_in):
    words = words_shown(sign_in("bob").get("/dreams/sail-around-the-world").text)

    assert "I can help with a tent" in words
    assert "I can help in another way" in words


@pytest.mark.parametrize(("state", "words"), [
    ("offered", "Your offer to help with"), ("accepted", "Your offer: accepted to help with"),
    ("withdrawn", "Your offer: withdrawn to help with")])
def test_a_dream_says_what_became_of_ones_offer(db, offer, sign_in, state, words):
    offer(state)

    assert words in words_shown(sign_in("bob").get("/dreams/sail-around-the-world").text)


def test_after_help_the_dreamer_can_mark_the_need_as_found(db, offer, sign_in):
    made, ada = offer("done"), sign_in("ada")
    found = f"/dreams/sail-around-the-world/needs/{TENT['id']}/found"

    assert found not in sign_in("bob").get(path_of(made)).text
    assert found in ada.get(path_of(made)).text
    ada.send(found, next=path_of(made))
    assert found not in ada.get(path_of(made)).text


def test_thanks_stand_on_the_dream_and_on_the_helpers_page(db, offer, dreamer, sign_in, visitor):
    """R62."""
    made = offer("done")

    answer = sign_in("ada").send(path_of(made, "thanks"), thanks="Lent us a tent")

    assert answer.location == path_of(made)
    assert "Bob Builder Lent us a tent" in words_shown(
        visitor.get("/dreams/sail-around-the-world").text)
    profile = words_shown(visitor.get("/dreamers/bob-builder").text)
    assert "Helped 1 dream" in profile
    assert "Lent us a tent" in profile
    assert told(dreamer("bob"), "thanks") == 1


def test_the_header_of_a_profile_shows_help_and_no_followers(db, thanked, visitor):
    """R62."""
    head = visitor.get("/dreamers/bob-builder").text.partition("dreamer__terms")[0]

    assert "Helped 1 dream" in head
    assert "follower" not in words_shown(head)


def test_help_with_two_needs_of_a_dream_is_help_with_one_dream(db, thanked, offer, dreamer):
    """R62."""
    other = offer("done", need=BOAT)
    set_thanks(other, complete_dreamer(dreamer("ada")), "Lent us a boat")
    assert helped() == 1
    db.dreamers.update_one({"slug": "bob-builder"}, {"$set": {"helped": 2}})

    site.app.test_cli_runner().invoke(args=["recount"])

    assert helped() == 1
    remove_thanks(other)
    assert helped() == 1


def test_people_are_listed_with_the_number_of_dreams_they_helped(db, thanked, sign_in):
    assert "Helped 1 dream" in sign_in("ada").get("/dreamers?q=bob").text


@pytest.mark.parametrize("text", ["", " ", "x" * 141])
def test_thanks_are_a_line_of_1_to_140_characters(db, offer, sign_in, text):
    answer = sign_in("ada").send(path_of(offer("done"), "thanks"), thanks=text)

    assert (answer.status_code, helped()) == (422, 0)


@pytest.mark.parametrize(("state", "name", "status"), [
    ("accepted", "ada", 422), ("offered", "ada", 422), ("done", "bob", 403),
    ("done", "mallory", 404)])
def test_only_the_dreamer_thanks_and_for_what_is_done(db, offer, sign_in, state, name, status):
    made = offer(state)

    assert sign_in(name).send(path_of(made, "thanks"), thanks="Wow").status_code == status
    assert helped() == 0


def test_thanks_can_be_changed_and_count_once(db, dreamer, thanked, sign_in):
    sign_in("ada").send(path_of(thanked, "thanks"), thanks="Lent us two tents")

    assert db.offers.find_one()["thanks"] == "Lent us two tents"
    assert (helped(), told(dreamer("bob"), "thanks")) == (1, 1)


@pytest.mark.parametrize("is_first", [True, False])
def test_only_the_first_thanks_can_be_undone(thanked, sign_in, is_first):
    """Undoing a change would remove the line, not bring back what it was."""
    ada = sign_in("ada")
    if is_first:
        ada.send(path_of(thanked, "thanks", "remove"))
    ada.send(path_of(thanked, "thanks"), thanks="Lent us two tents")

    messages = ada.get("/about").text.partition("<h1")[0]

    assert "Thanks posted." in messages
    assert (path_of(thanked, "thanks", "remove") in messages) == is_first


def test_thanks_can_be_removed(db, thanked, sign_in, visitor):
    ada = sign_in("ada")

    for _ in range(2):
        ada.send(path_of(thanked, "thanks", "remove"))

    assert helped() == 0
    assert "Lent us" not in visitor.get("/dreams/sail-around-the-world").text


def test_a_press_after_the_thanks_has_no_undo(thanked, sign_in):
    ada = sign_in("ada")
    ada.send(path_of(thanked, "done"))

    page = ada.get("/offers").text

    assert "Marked as done." in page
    assert path_of(thanked, "done", "undo") not in page


def test_changed_thanks_that_are_hidden_stay_so_and_that_is_said(db, thanked, sign_in):
    thanks.set_thanks_hidden(True, thanked)
    ada = sign_in("ada")
    ada.send(path_of(thanked, "thanks"), thanks="For the tent, again.")

    page = ada.get(path_of(thanked)).text
    assert "Saved, and still hidden." in page
    assert "keeps it hidden" in page and "Everyone can read it" not in page
    assert db.offers.find_one()["thanks_hidden"] is True


def test_help_with_thanks_is_not_undone(db, thanked, sign_in):
    sign_in("ada").send(path_of(thanked, "done", "undo"))

    assert state_of(thanked) == "done"


def test_help_with_thanks_is_not_undone_by_a_press_that_came_before(dreamer, offer):
    made, (ada, bob) = offer("done"), (complete_dreamer(dreamer(name)) for name in ("ada", "bob"))
    read_before = find_offer(bob, made["_id"])
    set_thanks(made, ada, "Thanks.")

    assert not press_undo(bob, read_before, "done")
    assert state_of(made) == "done"


def test_the_helper_hides_thanks_everywhere_and_shows_them_again(db, thanked, sign_in, visitor):
    """R62."""
    bob, pages = sign_in("bob"), ("/dreams/sail-around-the-world", "/dreamers/bob-builder")

    for act, count in (("hide", 0), ("hide", 0), ("show", 1), ("show", 1)):
        bob.send(path_of(thanked, "thanks", act))
        assert helped() == count
        assert ["Lent us" in visitor.get(page).text for page in pages] == [bool(count)] * 2


def test_the_helper_still_finds_hidden_thanks(db, thanked, sign_in):
    bob = sign_in("bob")
    bob.send(path_of(thanked, "thanks", "hide"))

    assert "only you can see it" in words_shown(bob.get("/dreamers/bob-builder").text)


def test_thanks_that_are_removed_and_written_anew_stay_hidden(db, thanked, sign_in, visitor):
    """R62: the helper decides."""
    ada, bob = sign_in("ada"), sign_in("bob")
    bob.send(path_of(thanked, "thanks", "hide"))

    ada.send(path_of(thanked, "thanks", "remove"))
    assert 'id="thanks"' not in bob.get("/dreamers/bob-builder").text

    ada.send(path_of(thanked, "thanks"), thanks="Lent us a tent again")
    assert "Lent us" not in visitor.get("/dreamers/bob-builder").text


@pytest.mark.parametrize("names", [("ada", "bob"), ("bob", "ada")])
def test_thanks_of_two_apart_are_hidden_until_the_helper_shows_them(
        db, thanked, dreamer, sign_in, visitor, names):
    """R62, R72: or nobody could hide what whoever blocks the helper wrote about them."""
    add_block(*map(dreamer, names))
    assert helped() == 0
    assert "Lent us" not in visitor.get("/dreams/sail-around-the-world").text

    remove_block(*map(dreamer, names))
    sign_in("bob").send(path_of(thanked, "thanks", "show"))
    assert "Lent us" in visitor.get("/dreamers/bob-builder").text


@pytest.mark.parametrize("names", [("ada", "bob"), ("bob", "ada")])
@pytest.mark.parametrize(("state", "press", "name", "step"), [
    ("withdrawn", press_undo, "bob", "withdraw"), ("declined", press_undo, "ada", "decline"),
    ("lapsed", press_step, "ada", "accept")])
def test_an_offer_opened_while_one_blocks_the_other_is_withdrawn(
        db, offer, dreamer, names, state, press, name, step):
    """R72: what the request read before the block says nothing of it."""
    viewer = complete_dreamer(dreamer(name))
    made = find_offer(viewer, offer(state)["_id"])
    add_block(*map(dreamer, names))

    assert not press(viewer, made, step)
    assert state_of(made) == "withdrawn"
    assert not db.notifications.find_one({"kind": {"$in": ["reopened", "accepted"]}})


@pytest.mark.parametrize("names", [("ada", "bob"), ("bob", "ada")])
def test_no_offer_is_made_while_one_blocks_the_other(db, dream, dreamer, names):
    """R72."""
    whole, helper = complete_dream(dream), dreamer("bob")
    add_block(*map(dreamer, names))

    assert add_offer(helper, whole, TENT, "I have one.") == (None, False)
    assert not db.offers.find_one() and not db.notifications.find_one({"kind": "offer"})


@pytest.mark.parametrize("names", [("ada", "bob"), ("bob", "ada")])
def test_thanks_written_while_one_blocks_the_other_are_hidden(db, offer, dreamer, visitor, names):
    """R62, R72: what the request read before the block says nothing of it."""
    given, owner = offer("done"), complete_dreamer(dreamer("ada"))
    add_block(*map(dreamer, names))

    thanks.set_thanks(given, owner, "Lent us a tent.")

    assert helped() == 0
    assert "Lent us" not in visitor.get("/dreams/sail-around-the-world").text
    assert not db.notifications.find_one({"kind": "thanks"})


def test_nobody_else_hides_thanks(db, thanked, sign_in):
    statuses = [sign_in(name).send(path_of(thanked, "thanks", "hide")).status_code
                for name in ("ada", "mallory")]

    assert (statuses, helped()) == ([403, 404], 1)


def test_thanks_for_a_dream_that_is_gone_stay_without_its_title(db, dream, thanked, visitor):
    remove_dream(dream)

    words = words_shown(visitor.get("/dreamers/bob-builder").text)
    assert "Lent us a tent" in words
    assert "Sail around" not in words


def test_a_recount_mends_the_number(db, thanked):
    db.dreamers.update_one({"slug": "bob-builder"}, {"$set": {"helped": 7}})

    site.app.test_cli_runner().invoke(args=["recount"])

    assert helped() == 1


def test_i_can_help_stands_beside_each_open_need(db, dream, sign_in):
    """R61."""
    page = sign_in("bob").get("/dreams/sail-around-the-world").text

    assert f'href="{PATH}?need={TENT["id"]}"' in page
    assert f"need={BOAT['id']}" not in page


def test_whoever_has_offered_is_led_to_the_offer(db, offer, sign_in):
    made = offer(need={})

    assert f'href="{path_of(made)}"' in sign_in("bob").get("/dreams/sail-around-the-world").text
    assert f'href="{PATH}"' not in sign_in("bob").get("/dreams/sail-around-the-world").text


# Leaving #####################################################################


@pytest.mark.parametrize("who", ["ada", "bob"])
def test_leaving_ends_offers_and_tells_the_other(db, dreamer, offer, sign_in, who):
    made, other = offer("accepted"), {"ada": "bob", "bob": "ada"}[who]

    remove_dreamer(complete_dreamer(dreamer(who)))

    assert state_of(made) == "closed"
    assert told(db.dreamers.find_one(), "closed") == 1
    assert sign_in(other).get(path_of(made)).status_code == 200


def test_what_a_helper_wrote_goes_when_they_leave(db, dreamer, offer):
    offer()

    remove_dreamer(complete_dreamer(dreamer("bob")))

    assert db.messages.count_documents({}) == 0


def test_thanks_stay_without_the_name_of_a_helper_who_left(db, dreamer, thanked, visitor):
    """R62."""
    remove_dreamer(complete_dreamer(dreamer("bob")))

    words = words_shown(visitor.get("/dreams/sail-around-the-world").text)
    assert "Someone who has left Lent us a tent" in words
    assert "Bob" not in words


@pytest.mark.parametrize("db", ["mongodb"], indirect=True)
def test_two_helpers_of_a_need_may_leave(db, dreamer, offer):
    offer("done"), offer("done", name="mallory")

    for name in ("bob", "mallory"):
        remove_dreamer(complete_dreamer(dreamer(name)))

    assert [made["dreamer_id"] for made in db.offers.find()] == [None, None]


def test_an_offer_that_both_have_left_is_gone(db, dreamer, thanked):
    for name in ("bob", "ada"):
        remove_dreamer(complete_dreamer(dreamer(name)))

    assert db.offers.count_documents({}) == 0


def test_an_offer_has_these_steps():
    """(the states before, whose press it is, the state after, whether it can be taken back)."""
    both, open_states = ("owner", "helper"), ("offered", "accepted")

    assert {name: tuple(step) for name, step in STEPS.items()} == {
        "accept": (("offered", "lapsed"), ("owner",), "accepted", True, "Accept",
                   "Offer accepted. Write below to arrange the rest.", "Undo accepting"),
        "decline": (("offered",), ("owner",), "declined", True, "Decline", "Offer declined.",
                    "Undo declining"),
        "withdraw": ((*open_states, "lapsed"), ("helper",), "withdrawn", True, "Withdraw",
                     "Offer withdrawn.", "Offer again"),
        "done": (("accepted",), both, "done", True, "Mark as done", "Marked as done.",
                 "Not done yet"),
        "lapse": (("offered",), (), "lapsed", False, "", "", ""),
        "close": (open_states, (), "closed", True, "", "", "")}
    assert {**help.STATE_LABELS} == {
        "offered": "Not answered yet", "accepted": "Accepted", "declined": "Declined",
        "withdrawn": "Withdrawn", "done": "Done", "lapsed": "Lapsed", "closed": "Closed"}


def test_of_offers_and_messages_there_are_these_numbers():
    numbers = {"ANSWER_TIME": timedelta(days=14), "WRITABLE": ("offered", "accepted", "done"),
               "OFFERS_PAGE": 20, "MAX_WAITING": 99, "MAX_MESSAGES": 100,
               "MESSAGES_PAGE": 50, "OFFER_DEFAULTS": {
                   "dream_id": None, "need_id": "", "dreamer_id": None, "owner_id": None,
                   "title": "", "need": "", "state": "offered", "was": None, "messages": 0,
                   "changed_at": None, "thanks": "", "thanks_hidden": None,
                   "withheld": None},
               "MESSAGE_DEFAULTS": {"body": "", "dreamer_id": None, "offer_id": None,
                                    "hidden": None, "hidden_role": None, "reported": False}}

    assert {name: getattr(help, name) for name in numbers} == numbers
    assert SETTLED == 50


# Beside other offers #########################################################


@pytest.mark.parametrize(("fields", "refusal"), [
    ({}, ""), ({"state": "accepted"}, ""), ({"state": "done", "messages": 99}, ""),
    ({"messages": 100}, "You've written 100 messages here. That's the limit."),
    ({"state": "lapsed"}, "You can write to each other again once this offer is accepted."),
    *(({"state": "offered"} | fields,
       "This offer has ended, so you can't write to each other here any more.") for fields in (
        {"state": "declined"}, {"state": "closed"}, {"state": "withdrawn"},
        {"state": "lapsed", "dream": None}, {"owner": {"_id": None}},
        {"state": "lapsed", "owner": {"_id": None}}))])
def test_a_helper_can_write_or_is_told_why_not(fields, refusal):
    offer = {"state": "offered", "messages": 0, "dream": {"slug": "sail"}, "owner": {"_id": "ada"},
             "helper": {"_id": "bob"}, "dreamer_id": "bob", "owner_id": "ada"} | fields

    assert help.writing_refusal({"_id": "bob"}, offer) == refusal


def test_an_owner_cannot_write_to_a_helper_who_has_left():
    offer = {"state": "offered", "messages": 0, "dream": {}, "owner": {"_id": "ada"},
             "helper": {"_id": None}, "dreamer_id": None, "owner_id": "ada"}

    assert "has ended" in help.writing_refusal({"_id": "ada"}, offer)
    assert [help.role_in({"_id": name}, offer | {"dreamer_id": "bob"})
            for name in ("ada", "bob", "eve")] == ["owner", "helper", None]


def test_messages_are_those_of_their_offer(db, offer, dreamer):
    mine, theirs = offer(), offer(name="mallory")
    ada, bob = (complete_dreamer(dreamer(name)) for name in ("ada", "bob"))
    long_ago = datetime.now(UTC) - timedelta(days=3)
    db.offers.update_many({}, {"$set": {"changed_at": long_ago}})

    for body in ("One.", "Two.", "Two."):
        assert add_message(ada, mine, body)

    stored = {each["_id"]: each for each in db.offers.find()}
    assert [stored[each["_id"]]["messages"] for each in (mine, theirs)] == [3, 1]
    assert [stored[each["_id"]]["changed_at"] > long_ago for each in (mine, theirs)] == [
        True, False]
    messages, cursor = help.find_messages(bob, mine, None)
    assert [each["body"] for each in messages] == ["I have one.", "One.", "Two."]
    assert [each["author"]["first_name"] for each in messages] == ["Bob", "Ada", "Ada"]
    assert cursor is None
    db.messages.update_many({"body": {"$ne": "One."}}, {"$set": {"reported": True}})
    assert [each["body"] for each in help.find_reported_messages(mine["_id"])] == [
        "I have one.", "Two."]
    assert help.find_reported_messages(None) == []
    strangers = db.messages.find_one({"offer_id": theirs["_id"]})["_id"]
    assert [bool(help.find_own_message(bob, each)) for each in (messages[1]["_id"], strangers)] == [
        True, False]
    assert help.find_own_message(bob, messages[1]["_id"])["body"] == "One."


def test_an_offer_that_has_ended_takes_no_message(db, offer, dreamer):
    ended, full = offer("declined"), offer(name="mallory", messages=100)

    assert not add_message(dreamer("ada"), ended, "Hello?")
    assert not add_message(dreamer("ada"), full, "Hello?")
    assert db.messages.count_documents({"body": "Hello?"}) == 0


def test_who_leaves_is_nobody_in_their_offers_and_all_others_stay(db, offer, dreamer):
    given, others = offer("accepted"), offer(name="mallory")
    received = {"_id": ObjectId(), "owner_id": dreamer("bob")["_id"], "state": "done",
                "dreamer_id": dreamer("mallory")["_id"], "title": "Mine", "need": "Mine",
                "dream_id": ObjectId(), "need_id": ""}
    nobodys = received | {"_id": ObjectId(), "dreamer_id": None, "need_id": "1"}
    db.offers.insert_many([received, nobodys])

    remove_help_of(dreamer("bob"))
    SUBJECTS["messages"].when_leaving(dreamer("bob"))

    stored = {each["_id"]: each for each in db.offers.find()}
    assert {*stored} == {given["_id"], others["_id"], received["_id"]}
    assert [stored[given["_id"]][key] for key in ("dreamer_id", "state", "title")] == [
        None, "closed", "Sail around the world"]
    assert [stored[received["_id"]][key] for key in ("owner_id", "state", "title", "need")] == [
        None, "done", "", ""]
    assert stored[others["_id"]] == others
    assert [each["dreamer_id"] for each in db.messages.find()] == [dreamer("mallory")["_id"]]


def test_thanks_count_once_for_a_dream_and_for_nobody_else(db, offer, dreamer):
    """Two offers of bob's, of which the dream counts both, and one of mallory's."""
    first, second, other = offer("done"), offer("done", {}), offer("done", name="mallory")
    owner, counts = complete_dreamer(dreamer("ada")), []

    def count():
        """Store the counts of thanks of the dream, of bob and of mallory."""
        counts.append((db.dreams.find_one()["thanked"], dreamer("bob")["helped"],
                       dreamer("mallory")["helped"]))

    for change, *arguments in (
            (thanks.set_thanks, first, owner, "Thank you."),
            (thanks.set_thanks, first, owner, "Thank you all."),
            (thanks.set_thanks, second, owner, "Thanks."),
            (thanks.set_thanks, other, owner, "Thanks."), (thanks.set_thanks_hidden, True, first),
            (thanks.set_thanks_hidden, True, first), (thanks.remove_thanks, first),
            (thanks.remove_thanks, second), (thanks.set_thanks_hidden, False, first),
            (thanks.hide_thanks_between, owner, dreamer("mallory"))):
        change(*arguments)
        count()

    assert counts == [(1, 1, 0), (1, 1, 0), (2, 1, 0), (3, 1, 1), (2, 1, 1), (2, 1, 1), (2, 1, 1),
                      (1, 0, 1), (1, 0, 1), (0, 0, 0)]
    stored = {each["_id"]: (each.get("thanks"), each.get("thanks_hidden"))
              for each in db.offers.find()}
    assert stored == {first["_id"]: ("", True), second["_id"]: (None, None),
                      other["_id"]: ("Thanks.", True)}
    told = [each["dreamer_id"] for each in db.notifications.find({"kind": "thanks"})]
    assert sorted(told) == sorted([*[dreamer("bob")["_id"]] * 2, dreamer("mallory")["_id"]])
    assert not thanks.set_thanks(offer("accepted", {"id": "9", "text": "x"}), owner, "Thanks.")


def test_a_dream_shows_its_thanks_by_need(db, offer, dreamer, dream):
    """Those of a need that was edited away stand by the dream as such."""
    owner, complete = complete_dreamer(dreamer("ada")), complete_dream(dream)
    rows = [offer("done"), offer("done", {}, "mallory"), offer("done", {"id": "9", "text": "x"})]
    for row in rows:
        thanks.set_thanks(row, owner, "Thanks.")
    shown = find_life(complete_dreamer(dreamer("bob")), complete, None)["help"]
    visitor = find_life(None, complete, None)["help"]
    profile = people.find_profile(None, complete_dreamer(dreamer("bob")), None, None)
    page, cursor = profile["thanks"], profile["thanks_cursor"]

    assert {need: len(each) for need, each in shown["thanks"].items()} == {TENT["id"]: 1, "": 2}
    assert {need: each["_id"] for need, each in shown["given"].items()} == {
        TENT["id"]: rows[0]["_id"], "9": rows[2]["_id"]}
    assert (visitor["given"], visitor["thanks"].keys()) == ({}, shown["thanks"].keys())
    assert ([each["_id"] for each in page], cursor) == ([rows[2]["_id"], rows[0]["_id"]], None)


@pytest.mark.parametrize(("state", "words"), [
    ("offered", "Bob Builder offers to help Answer the offer by Bob Builder to help with a tent"),
    ("accepted", "Bob Builder is helping Open the offer by Bob Builder to help with a tent")])
def test_an_open_offer_stands_by_its_need_for_the_dreamer(db, offer, ada, state, words):
    """R61."""
    given = offer(state)

    page = ada.get("/dreams/sail-around-the-world").text

    assert words in words_shown(page)
    assert f'href="{path_of(given)}"' in page


@pytest.mark.parametrize("count", [OFFERED_ON_DREAM - 1, OFFERED_ON_DREAM + 1])
def test_a_dream_shows_many_offers_and_where_all_are(db, dream, ada, count):
    offered = {"dream_id": dream["_id"], "need_id": TENT["id"], "owner_id": dream["dreamer_id"],
               "state": "offered", "changed_at": datetime.now(UTC)}
    db.offers.insert_many([offered | {"dreamer_id": ObjectId()} for _ in range(count)])

    words = words_shown(ada.get("/dreams/sail-around-the-world").text)

    assert words.count("offers to help") == min(count, OFFERED_ON_DREAM)
    assert ("See all offers of help" in words) == (count > OFFERED_ON_DREAM)


@pytest.mark.parametrize("count", [THANKS_ON_DREAM, THANKS_ON_DREAM + 1])
def test_a_dream_with_many_thanks_leads_to_the_older_ones(db, dream, visitor, count):
    thanked = {"dream_id": dream["_id"], "need_id": TENT["id"], "owner_id": dream["dreamer_id"],
               "state": "done", "thanks_hidden": False, "changed_at": datetime.now(UTC)}
    db.offers.insert_many([thanked | {"dreamer_id": ObjectId(), "thanks": f"Thanks no {number}."}
                           for number in range(count)])
    client = visitor

    page = client.get("/dreams/sail-around-the-world").text
    older = re.search(r'href="([^"]*thanks=[^"]*)"', page)

    assert page.count("Thanks no ") == THANKS_ON_DREAM
    assert ("Older thanks" in page) == bool(older) == (count > THANKS_ON_DREAM)
    if older:
        assert older[1].endswith("#thanks")
        rest = client.get(older[1].partition("#")[0]).text
        assert '<p class="thanks byline" id="thanks" tabindex="-1">' in rest
        assert re.findall(r"Thanks no \d+", rest) == ["Thanks no 0"]
        assert "Older thanks" not in rest
        assert "Back to the newest thanks" in rest


def test_thanks_have_no_page_after_an_invalid_cursor(dream, visitor):
    assert visitor.get("/dreams/sail-around-the-world?thanks=x").status_code == 404


@pytest.mark.parametrize("need", [{}, {"id": "9", "text": "x"}])
def test_an_offer_to_no_present_need_stands_by_the_dream(db, offer, ada, need):
    offer(need=need)

    words = words_shown(ada.get("/dreams/sail-around-the-world").text)

    assert "Bob Builder offers to help in another way Answer" in words


@pytest.mark.parametrize("name", ["mallory", "mod", None])
def test_an_offer_stands_by_its_need_for_nobody_else(db, offer, sign_in, visitor, name):
    offer()

    page = (sign_in(name) if name else visitor).get("/dreams/sail-around-the-world").text

    assert "Bob" not in words_shown(page)


@pytest.mark.parametrize("fields", [
    {"state": state} for state in ("declined", "withdrawn", "done", "lapsed", "closed")] + [
    {"changed_at": datetime.now(UTC) - ANSWER_TIME}])
def test_an_offer_that_ended_stands_by_no_need(db, offer, ada, fields):
    offer(**fields)

    assert "Bob" not in words_shown(ada.get("/dreams/sail-around-the-world").text)


def test_neither_a_dream_nor_a_profile_shows_the_thanks_of_another(db, offer, dreamer, make_dream):
    """Nor those between the viewer and who is apart from them."""
    owner, row = complete_dreamer(dreamer("ada")), complete_dream(make_dream(title="Row"))
    mine, others = offer("done"), offer("done", {}, "mallory")
    for each in (mine, others):
        thanks.set_thanks(each, owner, "Thanks.")
    apart = complete_dreamer(dreamer("mod")) | {"apart": frozenset([owner["_id"]])}
    bob = complete_dreamer(dreamer("bob"))

    found = [people.find_profile(viewer, bob, None, None)["thanks"] for viewer in (None, apart)]

    assert find_life(bob, row, None)["help"] == {
        "thanks": {}, "thanks_cursor": None, "offered": {}, "given": {}}
    assert [[each["_id"] for each in page] for page in found] == [[mine["_id"]], []]
    assert found[0][0]["dream"]["title"] == "Sail around the world"


def test_thanks_of_a_dream_that_is_not_for_everybody_name_no_dream(db, offer, dreamer):
    given = offer("done")
    thanks.set_thanks(given, complete_dreamer(dreamer("ada")), "Thanks.")
    db.dreams.update_many({}, {"$set": {"audience": "me"}})

    [shown] = people.find_profile(None, complete_dreamer(dreamer("bob")), None, None)["thanks"]

    assert (shown["_id"], shown["dream"]) == (given["_id"], None)


@pytest.mark.parametrize(("collection", "change"), [
    ("dreams", {"hidden": "Unkind.", "hidden_role": "moderator"}),
    ("dreamers", {"suspended": {"until": None, "reason": "Spam"}})])
def test_thanks_are_withheld_while_their_dream_is_hidden_or_its_author_suspended(
        db, offer, dreamer, dream, collection, change):
    """Lines can't be hidden alone; who has helped sees them in the offer."""
    thanks.set_thanks(offer("done"), complete_dreamer(dreamer("ada")), "Buy at example.com.")
    bob, owners = complete_dreamer(dreamer("bob")), {"dreams": "dream", "dreamers": "ada"}
    _id = dream["_id"] if owners[collection] == "dream" else dreamer("ada")["_id"]

    def count():
        """Return how many thanks bob's profile and the dream show to bob, and to a visitor."""
        return [len(found) for viewer in (bob, None) for found in (
            people.find_profile(viewer, bob, None, None)["thanks"],
            find_life(viewer, complete_dream(dream), None)["help"]["thanks"])]

    before = count()
    db[collection].update_one({"_id": _id}, {"$set": change})
    during = count()
    db[collection].update_one({"_id": _id}, {"$unset": change})

    assert (before, during, count()) == ([1] * 4, [0] * 4, [1] * 4)


@pytest.mark.parametrize(("name", "path"), [
    ("mod", "/moderation/dream/{_id}/delete"), ("mod", "/dreams/{slug}/delete"),
    ("ada", "/dreams/{slug}/delete")])
def test_withheld_thanks_do_not_come_back_when_their_dream_is_deleted(
        db, thanked, dream, sign_in, visitor, name, path):
    """Nor those that are written then. What ada deletes was hidden before."""
    if name == "ada":
        set_hidden("dream", complete_dream(dream), "Spam.", "moderator")

    sign_in(name).send(path.format(**dream), reason="Spam.", rule="scams", confirm="1")

    assert db.dreams.find_one() is None
    for line in ("Lent us a tent", "Buy at example.com."):
        sign_in("ada").send(path_of(thanked, "thanks"), thanks=line)
        assert line not in visitor.get("/dreamers/bob-builder").text
    assert "See it on your page" not in sign_in("bob").get(path_of(thanked)).text
    assert "Nobody else can read it for now." in sign_in("ada").get(path_of(thanked)).text


def test_thanks_are_moderated_with_their_dream(db, offer, dreamer, dream, sign_in):
    """A report keeps them, too."""
    given, owner = offer("done"), complete_dreamer(dreamer("ada"))
    thanks.set_thanks(given, owner, "Buy at example.com.")
    add_report(dreamer("mallory"), "dream", dream, "Spam.")
    mod, case = sign_in("mod"), f"/moderation/dream/{dream['_id']}"
    before = mod.get(case).text.count("Thanks: Buy at example.com.")

    thanks.set_thanks(given, owner, "Thank you.")

    page = mod.get(case).text
    assert (before, page.count("Thanks: Buy at example.com.")) == (1, 1)
    assert "Thanks: Thank you." in page


def test_a_case_shows_no_thanks_that_the_helper_hides(offer, dreamer, dream, sign_in):
    given = offer("done")
    thanks.set_thanks(given, complete_dreamer(dreamer("ada")), "Buy at example.com.")
    thanks.set_thanks_hidden(True, given)

    assert "example.com." not in sign_in("mod").get(f"/moderation/dream/{dream['_id']}").text


def test_a_block_hides_thanks_between_the_two_alone(db, offer, dreamer):
    owner, rows = complete_dreamer(dreamer("ada")), [offer("done"), offer("done", {}, "mallory")]
    for row in rows:
        thanks.set_thanks(row, owner, "Thanks.")

    thanks.hide_thanks_between(complete_dreamer(dreamer("bob")), complete_dreamer(dreamer("mod")))
    before = db.offers.distinct("thanks_hidden")
    thanks.hide_thanks_between(complete_dreamer(dreamer("bob")), owner)

    hidden = {each["_id"]: each["thanks_hidden"] for each in db.offers.find()}
    assert (before, hidden) == ([False], {rows[0]["_id"]: True, rows[1]["_id"]: False})
