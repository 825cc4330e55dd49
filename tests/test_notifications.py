"""Notifications: who is told of what, the page, and the number in the header."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from bson import ObjectId
from support.concurrency import run_concurrently
from support.page_parser import words_shown

from dreamscape import notifications
from dreamscape.comments import add_comment, remove_comment
from dreamscape.database import db as site_db
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import complete_dream, remove_dream
from dreamscape.follows import count_edges, set_following
from dreamscape.help import add_offer
from dreamscape.leaving import remove_dreamer
from dreamscape.notifications import (
    EMAIL_KINDS, KINDS, NOTICES_PAGE, STORED_ABOUTS, STORED_ACTS, email_kind, find_notices,
    format_people, notify, set_read,
)
from dreamscape.thanks import set_thanks

# Telling #####################################################################


@pytest.fixture
def comment(db, dream, dreamer):
    """A function by which somebody comments on ada's dream; returns the comment's document."""
    def add(name, body="Bravo."):
        """Add a comment of a dreamer."""
        _id = add_comment(complete_dreamer(dreamer(name)), complete_dream(dream), body)
        return site_db.comments.find_one({"_id": _id})

    return add


@pytest.fixture
def texts(db, dreamer):
    """A function that returns what a dreamer's notifications say, without isolates."""
    def find(name="ada"):
        """Return the sentences, the newest first."""
        reader = complete_dreamer(dreamer(name))
        notices = find_notices({"dreamer_id": reader["_id"]}, reader, 20)[1]
        return [notice["text"].replace("\u2068", "").replace("\u2069", "") for notice in notices]

    return find


def test_the_dreamer_is_told_of_a_comment(comment, texts):
    """R70."""
    comment("bob")

    assert texts() == ["Bob Builder commented on “Sail around the world”"]


def words_told(client):
    """Return the words that the page of notifications quotes, in its order."""
    page = client.get("/notifications").text
    return re.findall(r'class="rows__words" dir="auto">“\u2068(.*?)\u2069”<', page)


def test_a_notification_says_what_was_said(comment, ada):
    """R70: of several people's, what the newest said."""
    comment("mallory", "First.")
    comment("bob", "Word " * 100)

    [words] = words_told(ada)

    assert words == ("Word " * 27).strip() + "…"


def test_a_notification_of_thanks_says_them(db, dream, dreamer, sign_in):
    offer_id, _ = add_offer(dreamer("bob"), complete_dream(dream), {}, "I have one.")
    db.offers.update_one({"_id": offer_id}, {"$set": {"state": "done"}})

    set_thanks(db.offers.find_one(), complete_dreamer(dreamer("ada")), "Lent us a tent.")

    assert words_told(sign_in("bob")) == ["Lent us a tent."]


@pytest.mark.parametrize("change", [
    lambda said: site_db.comments.delete_one({"_id": said["_id"]}),
    lambda said: site_db.comments.update_one({"_id": said["_id"]}, {"$set": {"hidden": "Rude"}}),
    lambda said: site_db.dreamers.update_one({"_id": said["dreamer_id"]}, {
        "$set": {"suspended": {"until": None, "reason": "Rude"}}})])
def test_words_that_may_not_be_read_any_more_are_not_told(comment, ada, change):
    """R70: those of who said something before are told in their place."""
    comment("mallory", "First.")
    change(comment("bob", "Second."))

    assert words_told(ada) == ["First."]


def test_nobody_is_told_of_what_they_do_themselves(comment, db):
    """R70."""
    comment("ada")

    assert db.notifications.find_one() is None


def test_two_people_are_named(comment, texts):
    """R70."""
    comment("bob")
    comment("mallory")

    assert texts() == ["Mallory Mean and Bob Builder commented on “Sail around the world”"]


def test_of_many_the_last_is_named_and_the_others_are_counted(comment, texts):
    """R70."""
    for name in ("bob", "carla", "dora", "emil", "fay", "gus", "bob"):
        comment(name, f"From {name}, {ObjectId()}")

    assert texts() == ["Gus Person and 5 others commented on “Sail around the world”"]


def test_many_comments_of_one_person_are_one_notification(comment, db):
    """R70."""
    for number in range(12):
        comment("bob", f"Number {number}")

    [notification] = db.notifications.find()
    assert (notification["count"], len(notification["acts"])) == (1, 1)


def test_a_group_stores_no_more_people_than_it_may(db, dream, dreamer):
    """R70."""
    for _ in range(STORED_ACTS + 3):
        notify("comment", dream["dreamer_id"], {"dream_id": dream["_id"]}, {"_id": ObjectId()})

    [notification] = db.notifications.find()
    assert (notification["count"], len(notification["acts"])) == (STORED_ACTS + 3, STORED_ACTS)


def test_acts_at_once_make_one_notification(db, dream, dreamer):
    """R70."""
    people = [{"_id": ObjectId()} for _ in range(8)]

    run_concurrently(*[partial(notify, "comment", dream["dreamer_id"],
                               {"dream_id": dream["_id"]}, by) for by in people])

    assert [each["count"] for each in db.notifications.find()] == [8]
    assert db.dreamers.find_one({"_id": dream["dreamer_id"]})["unread"] == 1


def test_what_happens_after_reading_is_a_new_notification(comment, sign_in, db):
    """R70."""
    comment("bob")
    sign_in("ada").send("/notifications/read")

    comment("bob", "Once more.")

    assert db.notifications.count_documents({}) == 2


@pytest.mark.parametrize(("target", "sentence"), [
    ("dream_id", "Bob Builder started following “Sail around the world”"),
    ("followed_id", "Bob Builder started following you")])
def test_a_dreamer_is_told_of_a_follow(db, dream, dreamer, texts, target, sentence):
    """R70."""
    key = "_id" if target == "dream_id" else "dreamer_id"

    set_following(dreamer("bob"), {target: dream[key]}, True)

    assert texts() == [sentence]


def test_following_twice_is_told_once(db, dream, dreamer):
    """R70."""
    for wanted in (True, True, False, True):
        set_following(dreamer("bob"), {"dream_id": dream["_id"]}, wanted)

    assert [each["count"] for each in db.notifications.find()] == [1]


def test_a_follow_of_somebody_unconfirmed_is_told_once_they_are_confirmed(
        db, dream, dreamer, texts):
    """R70."""
    una = dreamer("una", ends_at=datetime.now(UTC) + timedelta(days=1))
    set_following(una, {"dream_id": dream["_id"]}, True)
    assert db.notifications.find_one() is None

    db.dreamers.update_one({"_id": una["_id"]}, {"$unset": {"ends_at": ""}})
    count_edges(una)

    assert texts() == ["Una Person started following “Sail around the world”"]


def test_nobody_is_told_of_what_somebody_apart_from_them_does(db, dream, dreamer):
    """R70."""
    by = dreamer("bob") | {"apart": {dream["dreamer_id"]}}

    notify("comment", dream["dreamer_id"], {"dream_id": dream["_id"]}, by)

    assert db.notifications.find_one() is None


def test_an_account_that_is_gone_is_told_nothing(db, dream, dreamer):
    notify("comment", ObjectId(), {"dream_id": dream["_id"]}, dreamer("bob"))

    assert db.notifications.find_one() is None


# What is left out ############################################################


def test_a_deleted_comment_is_left_out(comment, texts):
    """R70."""
    remove_comment(comment("bob"))

    assert texts() == []


def test_of_two_comments_only_the_one_that_stands_is_told(comment, texts):
    """R70."""
    first = comment("mallory")
    comment("bob")
    remove_comment(first)

    assert texts() == ["Bob Builder commented on “Sail around the world”"]


@pytest.mark.parametrize("take_back", [
    remove_comment,
    lambda comment: site_db.comments.update_one({"_id": comment["_id"]},
                                                {"$set": {"hidden": "Spam."}}),
])
def test_of_two_comments_of_one_person_the_one_that_stands_is_told(comment, sign_in, take_back):
    """R70."""
    comment("bob", "The first.")
    take_back(comment("bob", "The second."))

    page = sign_in("ada").get("/notifications").text

    assert "Bob Builder" in page
    assert "The first." in page
    assert "The second." not in page


def test_of_many_acts_of_one_person_the_newest_are_stored(comment, db):
    """R70."""
    ids = [comment("bob", f"Number {number}")["_id"] for number in range(STORED_ABOUTS + 2)]

    [act] = db.notifications.find_one()["acts"]
    assert (act["about"], act["abouts"]) == (ids[-1], ids[-STORED_ABOUTS:])


def test_an_act_of_an_older_version_is_told_as_before(comment, db, texts):
    """R70."""
    comment("bob")
    db.notifications.update_one({}, {"$unset": {"acts.0.abouts": ""}})
    before = texts()

    comment("bob", "Once more.")

    assert before == texts() == ["Bob Builder commented on “Sail around the world”"]


def test_a_follow_that_was_taken_back_is_left_out(db, dream, dreamer, texts):
    """R70."""
    for wanted in (True, False):
        set_following(dreamer("bob"), {"dream_id": dream["_id"]}, wanted)

    assert texts() == []


@pytest.mark.parametrize("fields", [
    {"suspended": {"until": None, "reason": "Spam."}},
    {"ends_at": datetime.now(UTC) + timedelta(days=1)}])
def test_what_somebody_did_who_is_not_shown_is_left_out(comment, texts, db, fields):
    """R70."""
    comment("bob")
    db.dreamers.update_one({"first_name": "Bob"}, {"$set": fields})

    assert texts() == []


def test_what_somebody_apart_did_is_left_out(comment, db, dreamer):
    """R70."""
    comment("bob")
    reader = complete_dreamer(dreamer("ada")) | {"apart": {dreamer("bob")["_id"]}}

    assert find_notices({"dreamer_id": reader["_id"]}, reader, 20)[1] == []


@pytest.mark.parametrize("kind", ["lapsed", "closed"])
def test_what_the_site_tells_of_an_offer_of_two_apart_is_left_out(db, dreamer, kind):
    """R70, R72: neither reads the title of the other's dream."""
    ada, bob = dreamer("ada"), dreamer("bob")
    offer_id = db.offers.insert_one({"title": "Sail", "dreamer_id": bob["_id"],
                                     "owner_id": ada["_id"]}).inserted_id
    notify(kind, bob["_id"], {"offer_id": offer_id}, None)
    reader = complete_dreamer(bob)

    for apart, count in (({ada["_id"]}, 0), ((), 1)):
        notices = find_notices({"dreamer_id": bob["_id"]}, reader | {"apart": apart}, 20)[1]
        assert len(notices) == count


@pytest.mark.parametrize(("thanks", "count"), [("Lent us a tent", 1), ("", 0), (None, 0)])
def test_thanks_that_were_removed_are_left_out(db, dream, dreamer, texts, thanks, count):
    """R70."""
    offer_id = db.offers.insert_one({"title": "Sail", "owner_id": None,
                                     "thanks": thanks}).inserted_id
    about = {"offer_id": offer_id, "dream_id": dream["_id"]}

    notify("thanks", dreamer("bob")["_id"], about, dreamer("ada"))

    assert len(texts("bob")) == count


def test_what_the_site_did_is_told_of_dreamscape(db, dream, dreamer, texts):
    offer_id = db.offers.insert_one({"title": "Sail", "owner_id": None}).inserted_id

    about = {"dream_id": dream["_id"], "offer_id": offer_id}
    notify("reopened", dreamer("bob")["_id"], about, None)

    assert texts("bob") == ["Dreamscape reopened the offer to help with “Sail”"]


def test_of_many_who_took_theirs_back_those_before_are_told_of(db, comment, dreamer, texts):
    """R70: however many acted last, as the accounts of one person might."""
    comment("bob")
    comment("eve")
    for number in range(notifications.SHOWN_ACTS + 1):
        remove_comment(comment(f"troll{number}"))

    assert texts() == ["Eve Person and Bob Builder commented on “Sail around the world”"]

    db.dreamers.update_one({"_id": dreamer("eve")["_id"]}, {"$set": {"suspended": {"reason": ""}}})
    assert texts() == ["Bob Builder commented on “Sail around the world”"]


def test_a_hidden_comment_is_left_out(comment, texts, db):
    """R70."""
    comment("bob")
    db.comments.update_many({}, {"$set": {"hidden": "Spam."}})

    assert texts() == []


def test_a_dream_hidden_from_the_reader_is_left_out(db, dream, dreamer, texts):
    """R70."""
    notify("ask", dreamer("bob")["_id"], {"dream_id": dream["_id"]}, dreamer("ada"))
    assert len(texts("bob")) == 1

    db.dreams.update_many({}, {"$set": {"hidden": "Spam."}})

    assert texts("bob") == []


def test_who_is_asked_for_help_is_led_to_the_needs(db, dream, dreamer, sign_in):
    """R63."""
    notify("ask", dreamer("bob")["_id"], {"dream_id": dream["_id"]}, dreamer("ada"))

    page = sign_in("bob").get("/notifications").text

    assert 'href="/dreams/sail-around-the-world#needs"' in page


def test_notifications_go_with_their_dream(comment, db, dream):
    """R70."""
    comment("bob")
    remove_dream(dream)

    assert db.notifications.find_one() is None


def test_what_the_site_tells_of_an_offer_outlives_the_dream(db, dream, dreamer, texts):
    """R70."""
    offer_id = ObjectId()
    db.offers.insert_one({"_id": offer_id, "title": "Sail around the world"})
    about = {"dream_id": dream["_id"], "offer_id": offer_id}
    notify("closed", dreamer("bob")["_id"], about, None)

    remove_dream(dream)

    assert texts("bob") == ["An offer to help with “Sail around the world” was closed"]


@pytest.mark.parametrize("name", ["ada", "bob"])
def test_notifications_go_with_an_account(comment, db, dreamer, name):
    """R70: with that of who is told, and of the only one who acted."""
    comment("bob")
    remove_dreamer(complete_dreamer(dreamer(name)))

    assert db.notifications.find_one() is None


def test_who_left_is_taken_from_a_group(comment, db, dreamer, texts):
    """R70."""
    comment("bob")
    comment("mallory")
    remove_dreamer(complete_dreamer(dreamer("mallory")))

    assert texts() == ["Bob Builder commented on “Sail around the world”"]


def test_a_kind_of_a_newer_version_is_left_out(comment, db, texts):
    comment("bob")
    db.notifications.update_many({}, {"$set": {"kind": "applause"}})

    assert texts() == []


@pytest.mark.parametrize(("names", "count", "words"), [
    (["Ada"], 1, "Ada"), (["Ada", "Bob"], 2, "Ada and Bob"), (["Ada"], 2, "Ada and 1 other"),
    (["Ada", "Bob"], 3, "Ada and 2 others"), (["Ada", "Bob", "Cy"], 1, "Ada and 2 others")])
def test_people_are_named_and_counted(names, count, words):
    people = [{"name": name} for name in names]

    assert format_people(people, count).replace("\u2068", "").replace("\u2069", "") == words


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_a_sentence_a_link_and_a_default(kind):
    row = KINDS[kind]

    assert row.sentence.format(who="Ada", title="“Sail”")[0] in "A"
    assert row.path.format(slug="sail", person="ada", about="1").startswith("/")
    assert EMAIL_KINDS[email_kind(kind)].email in ("now", "daily")


# Page ########################################################################


def test_the_page_links_to_the_comment(comment, sign_in):
    """R70."""
    said = comment("bob")

    page = sign_in("ada").get("/notifications").text

    assert f'href="/comments/{said["_id"]}"' in page


def test_the_header_tells_the_number_in_words(comment, sign_in):
    """R70."""
    comment("bob")

    page = sign_in("ada").get("/dreams").text

    assert '<span class="visually-hidden">1 unread notification</span>' in page
    header = page.partition("<main")[0]
    assert "aria-live" not in header and 'role="status"' not in header  # nothing by itself


def test_the_header_says_nothing_of_none(db, sign_in):
    assert "unread notification" not in sign_in("ada").get("/dreams").text


def test_looking_at_the_page_marks_nothing_as_read(comment, sign_in):
    """R70: a browser may fetch a page that nobody looks at."""
    comment("bob")
    client = sign_in("ada")
    client.get("/notifications")

    assert "1 unread notification" in client.get("/notifications").text


@pytest.mark.parametrize("stored", [7, 0, None])
def test_the_page_corrects_the_number(comment, sign_in, db, stored):
    """R70."""
    comment("bob")
    db.dreamers.update_many({}, {"$set": {"unread": stored}})
    client = sign_in("ada")

    assert "1 unread notification" in client.get("/notifications").text
    assert "1 unread notification" in client.get("/dreams").text


def test_the_number_leaves_out_what_is_left_out(comment, sign_in):
    """R70."""
    remove_comment(comment("bob"))
    client = sign_in("ada")

    assert "unread notification" not in client.get("/notifications").text


def test_all_can_be_marked_as_read(comment, sign_in):
    """R70."""
    comment("bob")
    client = sign_in("ada")

    client.send("/notifications/read")

    assert "unread notification" not in client.get("/notifications").text


def test_what_came_after_the_page_stays_unread(comment, sign_in, db):
    """R70."""
    comment("bob")
    until = round(db.notifications.find_one()["at"].timestamp() * 1_000)
    db.notifications.update_many({}, {"$set": {"at": datetime.now(UTC) + timedelta(minutes=1)}})
    client = sign_in("ada")

    client.send("/notifications/read", until=str(until))

    assert "1 unread notification" in client.get("/notifications").text


def test_a_script_marks_what_a_page_showed_without_a_message(comment, sign_in, db):
    """R70."""
    comment("bob")
    client, at = sign_in("ada"), db.notifications.find_one()["at"]
    time = str(round(at.timestamp() * 1_000))

    answer = client.post("/notifications/read", headers={"X-Fragment": "none"}, data={
        "csrf_token": client.token(), "since": time, "until": time})

    assert answer.status_code == 204
    assert "marked as read" not in client.get("/notifications").text
    assert db.notifications.find_one({"unread": True}) is None


@pytest.mark.parametrize("time", ["", "x", "٣", "9" * 14, "1" * 400])
def test_an_odd_time_marks_all_as_read(comment, sign_in, db, time):
    comment("bob")

    sign_in("ada").send("/notifications/read", until=time)

    assert db.notifications.find_one({"unread": True}) is None


def test_reading_is_ones_own(comment, sign_in, db):
    comment("bob")

    sign_in("mallory").send("/notifications/read")

    assert db.notifications.find_one({"unread": True})


def test_nobody_sees_the_notifications_of_another(comment, sign_in):
    comment("bob")

    assert "Bob Builder" not in sign_in("mallory").get("/notifications").text


@pytest.fixture
def many(db, dreamer, make_dream):
    """A function that tells ada of follows, each of another dream."""
    def tell(count):
        """Add so many notifications, a minute apart."""
        for number in range(count):
            dream = make_dream(title=f"Dream {number}", description=str(number))
            set_following(dreamer("bob"), {"dream_id": dream["_id"]}, True)
            db.notifications.update_one({"dream_id": dream["_id"]}, {"$set": {
                "at": datetime.now(UTC) - timedelta(minutes=number)}})

    return tell


def test_the_pages_show_each_notification_once(many, sign_in, monkeypatch):
    """R70."""
    monkeypatch.setattr("dreamscape.notifications.NOTICES_PAGE", 3)
    many(5)
    client = sign_in("ada")
    first = client.get("/notifications").text
    path = first.partition('rel="next" href="')[2].partition('"')[0]

    shown = words_shown(first) + words_shown(client.get(path).text)

    assert all(shown.count(f"Dream {number}\u2069") == 1 for number in range(5))


@pytest.mark.parametrize("cursor", ["x", "1_x", "_", "9" * 30, "x_" + "a" * 24])
def test_an_invalid_cursor_leads_nowhere(db, sign_in, cursor):
    assert sign_in("ada").get(f"/notifications?cursor={cursor}").status_code == 404


def test_the_end_of_the_pages_leads_back(db, sign_in):
    page = sign_in("ada").get(f"/notifications?cursor=1_{ObjectId()}").text

    assert "You&#39;ve reached the end." in page


def test_who_has_no_notifications_is_told_what_would_come(db, sign_in):
    page = sign_in("ada").get("/notifications").text

    assert "Nothing yet." in page
    assert "Mark all as read" not in page


def test_the_page_costs_few_database_calls_however_much_there_is(real_db, many, calls, sign_in):
    """R70."""
    many(3)
    client = sign_in("ada")
    few = count_calls(calls, client)
    many(NOTICES_PAGE)

    # The number is right now.
    assert count_calls(calls, client) == few <= 5


def count_calls(calls, client):
    """Return how many database calls the page of notifications makes."""
    client.get("/notifications")
    calls.commands.clear()
    client.get("/notifications")
    return len(calls.commands)


def of_offer(sentence):
    """Return the row of a kind that tells what became of an offer."""
    return "", sentence, "offer_id", "/offers/{about}", "offer", "offer_id", "_id"


OUTLIVING = ("lapsed", "closed")
ALL_KINDS = {  # (label, sentence, about, path, email, group, proof); those of OUTLIVING outlive
    "comment": ("Comments on your dreams", "{who} commented on {title}", "comment_id",
                "/comments/{about}", "daily", "dream_id", "_id"),
    "reply": ("Replies to your comments", "{who} replied to your comment on {title}", "comment_id",
              "/comments/{about}", "now", "dream_id", "_id"),
    "mention": ("Mentions of you", "{who} mentioned you on {title}", "comment_id",
                "/comments/{about}", "daily", "dream_id", "_id"),
    "cheer": ("Cheers for your dreams", "{who} cheered {title}", "cheer_id", "/dreams/{slug}",
              "daily", "dream_id", "_id"),
    "follow": ("New followers of you and your dreams", "{who} started following {title}",
               "follow_id", "/dreams/{slug}", "daily", "dream_id", "_id"),
    "follower": ("", "{who} started following you", "follow_id", "/dreamers/{person}", "follow",
                 None, "_id"),
    "offer": ("Offers of help, and what becomes of them", "{who} offered to help with {title}",
              "offer_id", "/offers/{about}", "now", "offer_id", "_id"),
    "accepted": of_offer("{who} accepted your offer to help with {title}"),
    "declined": of_offer("{who} declined your offer to help with {title}"),
    "withdrawn": of_offer("{who} withdrew the offer to help with {title}"),
    "done": of_offer("{who} marked the help with {title} as done"),
    "lapsed": of_offer("An offer to help with {title} got no answer in time"),
    "closed": of_offer("An offer to help with {title} was closed"),
    "reopened": of_offer("{who} reopened the offer to help with {title}"),
    "message": ("Messages about an offer", "{who} wrote to you about {title}", "offer_id",
                "/offers/{about}", "now", "offer_id", "_id"),
    "ask": ("People who ask for your help", "{who} asked for your help with {title}", "dream_id",
            "/dreams/{slug}#needs", "now", "dream_id", "_id"),
    "update": ("Updates of dreams you follow", "{who} posted an update on {title}", "update_id",
               "/dreams/{slug}#update-{about}", "daily", "dream_id", "_id"),
    "came_true": ("Dreams you follow or helped with that came true",
                  "{who} made {title} come true", "update_id", "/dreams/{slug}#story", "daily",
                  "dream_id", "_id"),
    "thanks": ("Thanks for your help", "{who} thanked you for helping with {title}", "offer_id",
               "/offers/{about}", "daily", "offer_id", "thanks"),
    "moderation": ("Decisions of moderators", "A moderator decided about {title}", "audit_id",
                   "/decisions/{about}", "now", "audit_id", "_id")}


def test_these_are_the_kinds():
    assert {name: tuple(kind) for name, kind in KINDS.items()} == {
        name: (*row, name in OUTLIVING) for name, row in ALL_KINDS.items()}


def test_of_notifications_there_are_these_numbers():
    numbers = {
        "EMAIL_CHOICES": {"now": "At once", "daily": "In a daily email", "never": "Never"},
        "STORED_ACTS": 50, "NOTICES_PAGE": 20, "SHOWN_ACTS": 5, "MAX_UNREAD": 99, "SOURCES": {
            "comment_id": "comments", "follow_id": "follows", "offer_id": "offers",
            "audit_id": "audit", "dream_id": "dreams", "cheer_id": "cheers",
            "update_id": "updates"}}

    assert {name: getattr(notifications, name) for name in numbers} == numbers


def test_what_comes_after_the_page_was_shown_stays_unread(db, dream, comment, dreamer):
    comment("bob"), comment("mallory")
    set_following(complete_dreamer(dreamer("mod")), {"dream_id": dream["_id"]}, True)
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    for number, kind in enumerate(("comment", "follow")):
        db.notifications.update_one({"kind": kind}, {
            "$set": {"at": begin + timedelta(minutes=number)}})
    reader = complete_dreamer(dreamer("ada"))

    page = notifications.find_notices_page(reader, None)
    set_following(complete_dreamer(dreamer("bob")), {"followed_id": reader["_id"]}, True)
    set_read(complete_dreamer(dreamer("ada")), page["since"], page["until"])

    times = [str(round((begin + timedelta(minutes=number)).timestamp() * 1_000))
             for number in range(2)]
    assert ([page["since"], page["until"]], page["cursor"], page["unread"]) == (times, None, 2)
    assert [notice["person"]["name"] for notice in page["notices"]] == [
        "Mo Derator", "Mallory Mean"]
    assert [each["kind"] for each in db.notifications.find({"unread": True})] == ["follower"]
    assert dreamer("ada")["unread"] == 1


def test_a_number_of_unread_ones_is_set_for_its_dreamer_alone(db, comment, dreamer):
    comment("bob"), dreamer("mallory")
    db.dreamers.update_many({}, {"$set": {"unread": 7}})

    assert notifications.set_unread_number(complete_dreamer(dreamer("ada"))) == 1

    numbers = {each["first_name"]: each["unread"] for each in db.dreamers.find()}
    assert numbers == {"Ada": 1, "Bob": 7, "Mallory": 7}


@pytest.mark.parametrize(("stored", "number"), [(99, 99), (100, 100), (103, 100)])
def test_of_unread_ones_a_hundred_are_counted(db, dreamer, stored, number):
    """The header says "99+" of them."""
    ada = complete_dreamer(dreamer("ada"))
    db.notifications.insert_many([{"dreamer_id": ada["_id"], "kind": "cheer", "group_id": each,
                                   "unread": True} for each in range(stored)])

    assert notifications.set_unread_number(ada) == number


def test_a_time_is_read_as_it_was_written():
    time = datetime(2026, 1, 1, 12, 30, 15, 123_000, tzinfo=UTC)
    written = notifications.format_time(time)

    assert (written, notifications.parse_time(written)) == ("1767270615123", time)
    wrong = (None, "", "x", "-1", "1.5", "\u0661", "1" * 14, 5)
    assert [notifications.parse_time(each) for each in wrong] == [None] * len(wrong)


def test_who_leaves_takes_their_acts_out_of_what_others_read(db, comment, dreamer):
    comment("bob"), comment("mallory")
    db.notifications.insert_one({"dreamer_id": dreamer("bob")["_id"], "kind": "cheer", "acts": [
        {"by": dreamer("mallory")["_id"]}], "count": 1, "group_id": 1})

    notifications.remove_notifications(dreamer("mallory"))

    left, = db.notifications.find()
    assert (left["count"], [act["by"] for act in left["acts"]]) == (1, [dreamer("bob")["_id"]])
