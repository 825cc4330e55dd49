"""Email about notifications: at once, once a day, never; and stopping it by its link."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from support.concurrency import run_concurrently
from support.mail import wait_for_mail
from support.page_parser import form_of

import app as site
from dreamscape import digests
from dreamscape.comments import add_comment, remove_comment
from dreamscape.digests import (
    add_digests, compose_digest, compose_notification, set_email_choices, stop_emails,
)
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import complete_dream
from dreamscape.follows import set_following
from dreamscape.mail import send_due_mails
from dreamscape.notifications import EMAIL_KINDS, KINDS, email_choice, kinds_by_choice, notify


@pytest.fixture
def comment(db, dream, dreamer):
    """A function by which somebody comments on ada's dream; returns the comment's document."""
    def add(name="bob", body="Bravo."):
        """Add a comment of a dreamer."""
        _id = add_comment(complete_dreamer(dreamer(name)), complete_dream(dream), body)
        wait_for_mail()
        return db.comments.find_one({"_id": _id})

    return add


def choose(db, choice, kind="comment", name="ada"):
    """Set how somebody is emailed about a kind."""
    dreamer = db.dreamers.find_one({"email": f"{name}@example.com"})
    set_email_choices(dreamer, {kind: choice})


def send_digests():
    """Queue the daily emails, as the command does, and send them; return how many were queued."""
    queued = add_digests()
    with site.app.app_context():
        send_due_mails()
    return queued


# At once #####################################################################


def test_an_ask_is_emailed_at_once(db, server, dream, dreamer):
    """R71."""
    notify("ask", dreamer("bob")["_id"], {"dream_id": dream["_id"]}, dreamer("ada"))
    wait_for_mail()

    [message] = server.messages
    assert message["Subject"] == "Ada Lovelace asked for your help with “Sail around the world”"
    assert message["To"] == "bob@example.com"


def test_a_comment_is_emailed_at_once_to_who_wants_that(db, server, comment):
    """R71."""
    comment()
    choose(db, "now")
    comment("mallory")
    assert server.messages == []
    site_reads(db)

    comment("mallory", "Again.")

    assert [message["To"] for message in server.messages] == ["ada@example.com"]


def site_reads(db):
    """Mark every notification as read."""
    db.notifications.update_many({}, {"$unset": {"unread": "", "due": ""}})


def test_several_comments_make_one_email(db, server, comment, dreamer):
    """R71."""
    dreamer("ada")
    choose(db, "now")
    for number in range(4):
        comment("bob", f"Number {number}")

    assert len(server.messages) == 1


def test_what_was_read_meanwhile_is_not_emailed(db, server, comment, monkeypatch, dreamer):
    """R71."""
    dreamer("ada")
    choose(db, "now")
    monkeypatch.setattr("dreamscape.mail.schedule_mail", lambda delay: None)
    comment()
    site_reads(db)

    with site.app.app_context():
        send_due_mails()

    assert server.messages == []
    assert db.mails.find_one() is None


def test_a_kind_of_a_newer_version_is_left_to_its_workers(db, server, comment, dreamer, monkeypatch,
                                                          caplog):
    """During a deployment."""
    dreamer("ada")
    choose(db, "now")
    monkeypatch.setattr("dreamscape.mail.schedule_mail", lambda delay: None)
    comment()
    db.notifications.update_one({}, {"$set": {"kind": "applause"}})

    with site.app.app_context():
        send_due_mails()

    assert "was not sent, try 1: unknown kind of notification" in caplog.text
    db.notifications.update_one({}, {"$set": {"kind": "comment"}})
    db.mails.update_one({}, {"$set": {"due_at": datetime.now(UTC)}})
    with site.app.app_context():
        send_due_mails()
    assert len(server.messages) == 1


@pytest.mark.parametrize("fields", [
    {"ends_at": datetime.now(UTC) + timedelta(days=1)}, {"failed_email": "ada@example.com"},
    {"suspended": {"until": None, "reason": "Spam."}}, {"email": None}])
@pytest.mark.parametrize("choice", ["now", "daily"])
def test_who_may_not_be_emailed_is_not(db, server, comment, dreamer, fields, choice):
    """R71."""
    dreamer("ada")
    choose(db, choice)
    db.dreamers.update_one({"first_name": "Ada"}, {"$set": fields})
    comment()

    send_digests()

    assert server.messages == []


# Once a day ##################################################################


def test_the_daily_email_tells_what_is_new(db, server, comment, dreamer):
    """R71."""
    said = comment()
    set_following(dreamer("mallory"), {"followed_id": dreamer("ada")["_id"]}, True)

    send_digests()

    [message] = server.messages
    text = message.get_body(("plain",)).get_content()
    assert message["Subject"] == "2 things happened on Dreamscape"
    assert "Bob Builder commented on “Sail around the world”:" in text
    assert f"/comments/{said['_id']}" in text
    assert "Mallory Mean started following you:" in text


def test_nobody_is_emailed_when_nothing_is_new(db, server, dreamer):
    """R71."""
    dreamer("ada")

    assert send_digests() == 0
    assert server.messages == []


def test_nobody_is_emailed_when_nothing_is_left(db, server, comment):
    """R71."""
    remove_comment(comment())

    send_digests()

    assert server.messages == []


def test_what_was_read_is_not_in_the_daily_email(db, server, comment, sign_in):
    """R71."""
    comment()
    sign_in("ada").send("/notifications/read")

    assert send_digests() == 0


@pytest.mark.parametrize("choice", ["now", "never"])
def test_a_kind_that_is_not_daily_is_not_in_the_daily_email(db, server, comment, choice):
    """R71."""
    comment()
    choose(db, choice)

    assert send_digests() == 0
    assert db.notifications.find_one({"due": True}) is None


def test_nobody_gets_two_emails_on_a_day(db, server, comment):
    """R71."""
    comment()
    send_digests()
    comment("mallory", "Later.")

    send_digests()

    assert len(server.messages) == 1


def test_what_came_after_the_email_is_in_the_next_one(db, server, comment):
    """R71."""
    comment()
    send_digests()
    comment("mallory", "Later.")
    db.dreamers.update_many({}, {"$set": {"digest.day": "2020-01-01"}})

    send_digests()

    assert [message["Subject"] for message in server.messages][1] == (
        "Mallory Mean and Bob Builder commented on “Sail around the world”")


def test_what_an_email_told_is_not_in_the_next_one(db, server, comment):
    """R71."""
    comment()
    send_digests()
    db.dreamers.update_many({}, {"$set": {"digest.day": "2020-01-01"}})

    assert send_digests() == 0


def test_what_was_emailed_at_once_is_not_in_the_daily_email(db, server, comment, dreamer):
    """R71: nobody is told twice because of another choice; what came later is told."""
    dreamer("ada")
    choose(db, "now")
    comment()
    choose(db, "daily")

    queued = [send_digests()]
    comment("mallory")
    queued.append(send_digests())

    assert queued == [0, 1]
    assert len(server.messages) == 2


@pytest.mark.parametrize("tries", [0, 1])
def test_what_could_not_be_emailed_at_once_is_in_the_daily_email(db, outbox, comment, dreamer,
                                                                 tries):
    """R71: the choice changed before the email was sent, or sent again."""
    dreamer("ada")
    choose(db, "now")
    comment()
    entry = db.mails.find_one()
    with site.app.app_context():
        messages = [compose_notification(entry) for _ in range(tries)]
        choose(db, "daily")
        messages.append(compose_notification(entry))

    assert messages[tries:] == [None]
    assert add_digests() == 1


def test_commands_started_at_once_send_one_email(db, server, comment):
    """R71."""
    comment()

    run_concurrently(*[add_digests] * 4)
    with site.app.app_context():
        send_due_mails()

    assert len(server.messages) == 1


def test_a_retry_of_the_email_tells_the_same(db, comment):
    """R71: what came meanwhile is for the next day."""
    comment()
    add_digests()
    entry = db.mails.find_one()
    with site.app.app_context():
        first = compose_digest(entry)
        comment("mallory", "Later.")
        db.notifications.update_many({}, {"$set": {"digest_id": entry["_id"]}})

        assert compose_digest(entry).recipients == first.recipients == ["ada@example.com"]
        assert compose_digest(entry | {"_id": ObjectId()}) is None


def test_the_next_day_tells_what_could_not_be_sent_before(db, comment):
    """R71: the email of a day before waits for its retry, and loses its claim."""
    comment()
    add_digests()
    entry = db.mails.find_one()
    later = entry | {"_id": ObjectId(), "day": "9999-01-01"}
    with site.app.app_context():
        compose_digest(entry)

        assert compose_digest(later).recipients == ["ada@example.com"]
        assert compose_digest(entry) is None


def test_an_email_has_so_many_notifications_and_no_more(
        db, server, dreamer, make_dream, monkeypatch):
    """R71."""
    monkeypatch.setattr("dreamscape.digests.DIGEST_SIZE", 3)
    for number in range(4):
        dream = make_dream(title=f"Dream {number}", description=str(number))
        set_following(dreamer("bob"), {"dream_id": dream["_id"]}, True)

    send_digests()

    text = server.messages[0].get_body(("plain",)).get_content()
    assert text.count("started following") == 3


def test_the_command_says_how_many_it_queued(db, server, comment):
    """R71."""
    comment()

    output = site.app.test_cli_runner().invoke(args=["send-digests"]).output

    assert output == "Daily emails queued: 1\n"


# Choices #####################################################################


@pytest.mark.parametrize("kind", KINDS)
def test_offers_asks_and_replies_are_emailed_at_once_and_the_rest_daily(kind):
    """R71."""
    daily = {"comment", "mention", "cheer", "follow", "follower", "thanks", "update",
             "came_true"}

    assert email_choice({}, kind) == ("daily" if kind in daily else "now")


@pytest.mark.parametrize("choice", ["now", "daily", "never"])
def test_a_kind_has_a_field(ada, db, choice):
    """R71."""
    ada.send("/profile/notifications", comment=choice)

    assert email_choice(db.dreamers.find_one(), "comment") == choice


def test_an_offer_and_what_becomes_of_it_are_one_choice(ada, db):
    """R71."""
    ada.send("/profile/notifications", offer="never")

    assert {"offer", "accepted", "lapsed"} <= {*kinds_by_choice(db.dreamers.find_one(), "never")}
    assert email_choice(db.dreamers.find_one(), "message") == "now"


def test_a_field_that_was_not_sent_keeps_its_value(ada, db):
    """R71."""
    ada.send("/profile/notifications", comment="never")
    ada.send("/profile/notifications", offer="daily")

    assert email_choice(db.dreamers.find_one(), "comment") == "never"


@pytest.mark.parametrize("choice", ["daily", "never"])
def test_one_button_chooses_for_every_kind(ada, db, choice):
    form = form_of(ada.get("/profile/notifications"), "comment")

    ada.send("/profile/notifications", **form, all=choice)

    assert db.dreamers.find_one()["emails"] == dict.fromkeys(EMAIL_KINDS, choice)
    assert set(EMAIL_KINDS) <= set(form)


def test_a_choice_that_there_is_not_changes_none(ada, db):
    ada.send("/profile/notifications", comment="never", all="hourly")

    assert db.dreamers.find_one()["emails"]["comment"] == "never"
    assert db.dreamers.find_one()["emails"]["reply"] == "now"


def test_another_choice_is_refused(ada, db):
    """R71."""
    assert ada.send("/profile/notifications", comment="hourly").status_code == 422
    assert "emails" not in db.dreamers.find_one()


# Stopping by the link ########################################################


@pytest.fixture
def link(db, dreamer):
    """A function that returns the path that stops ada's emails of a kind."""
    def make(kind="comment"):
        """Return the path with a token."""
        dreamer("ada")
        return site.make_link("unsubscribe", dreamer("ada"), kind=kind).removeprefix(
            site.settings["BASE_URL"])

    return make


def choices(db, kind="comment"):
    """Return how ada is emailed about a kind."""
    return email_choice(db.dreamers.find_one({"email": "ada@example.com"}), kind)


def test_an_email_carries_the_headers_of_one_click(db, server, comment):
    """R71: RFC 8058."""
    comment()
    send_digests()

    [message] = server.messages
    path = re.fullmatch(r"<http://127\.0\.0\.1:5000(/unsubscribe/[\w.-]+)>",
                        message["List-Unsubscribe"])[1]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert path in message.get_body(("html",)).get_content()
    assert path in message.get_body(("plain",)).get_content()


def test_a_mail_program_stops_a_kind_by_one_post(db, link, visitor):
    """R71."""
    path = link()

    answer = visitor.post(path, data={"List-Unsubscribe": "One-Click"})

    assert (answer.status_code, answer.text, answer.mimetype) == (200, "Saved.", "text/plain")
    assert "Set-Cookie" not in answer.headers
    assert (choices(db), choices(db, "offer")) == ("never", "now")


@pytest.mark.parametrize("headers", [
    {"Origin": "https://mail.example.com"}, {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example", "Sec-Fetch-Site": "none"}])
def test_the_post_is_taken_from_anywhere(db, link, sign_in, headers):
    """R71: also with a session in the same browser."""
    path = link()

    answer = sign_in("bob").post(path, data={"List-Unsubscribe": "One-Click"}, headers=headers)

    assert (answer.status_code, choices(db)) == (200, "never")


def test_looking_at_the_link_stops_nothing(db, link, visitor):
    """R71: mail scanners follow links."""
    page = visitor.get(link()).text

    assert "<h1>Stop these emails?</h1>" in page
    assert choices(db) == "daily"


def test_the_link_of_a_daily_email_stops_all_of_it(db, link, visitor):
    """R71."""
    visitor.post(link("daily"))

    assert {choices(db, kind) for kind in ("comment", "follow", "thanks")} == {"never"}
    assert choices(db, "offer") == "now"


@pytest.mark.parametrize(("kind", "before"), [("comment", "now"), ("daily", "daily")])
def test_stopping_can_be_undone(db, link, visitor, kind, before):
    """R71: also after a reload."""
    path = link(kind)
    choose(db, before)
    visitor.post(path)
    visitor.post(path)
    assert "Undo" in visitor.get(path).text

    visitor.post(path, data={"undo": "1"})

    assert choices(db) == before
    assert "<h1>Stop these emails?</h1>" in visitor.get(path).text


def test_the_button_leads_back_to_the_page(db, link, visitor):
    """R71: so that a reload sends nothing again."""
    path = link()

    answer = visitor.send(path)

    assert (answer.status_code, answer.location) == (303, path)
    assert "<h1>You won't get these emails</h1>" in visitor.get(path).text


def test_undoing_changes_nothing_else(db, link, visitor):
    """R71: the token has no other power."""
    choose_never = link("follow")
    visitor.post(choose_never)

    visitor.post(link("comment"), data={"undo": "1"})

    assert choices(db, "follow") == "never"


def test_a_choice_of_ones_own_is_not_undone(db, link, visitor, ada):
    """R71."""
    path = link()
    visitor.post(path)
    ada.send("/profile/notifications", comment="never")

    visitor.post(path, data={"undo": "1"})

    assert choices(db) == "never"


@pytest.mark.parametrize("audience", ["password-reset", "confirm-address"])
def test_the_token_of_another_link_stops_nothing(db, dreamer, visitor, audience):
    """R71."""
    path = f"/unsubscribe/{site.make_token(audience, dreamer('ada'))}"

    assert visitor.post(path).status_code == 404
    assert choices(db) == "daily"


def test_the_token_opens_nothing_else(db, link, visitor):
    """R71."""
    token = link().rpartition("/")[2]

    assert visitor.get(f"/confirm/{token}").status_code == 422
    assert visitor.get(f"/password-reset/{token}").status_code == 422


def test_the_token_does_not_expire(db, link):
    """R71."""
    token = link().rpartition("/")[2]

    assert "exp" not in site.parse_token("unsubscribe", token)


def test_a_kind_of_an_older_version_can_be_stopped(db, link, visitor):
    """R71."""
    assert visitor.post(link("applause")).status_code == 303


def test_stopping_twice_keeps_what_was_before(db, dreamer):
    """R71."""
    stop_emails(dreamer("ada"), "comment")
    stop_emails(dreamer("ada"), "comment")

    assert dreamer("ada")["emails_before"] == {"comment": "daily"}


def test_what_one_person_chooses_or_stops_is_of_nobody_else(db, dreamer):
    """R71."""
    dreamer("bob"), dreamer("ada")

    digests.set_email_choices(dreamer("ada"), {"comment": "now"})
    stop_emails(dreamer("ada"), "follow")

    assert dreamer("ada")["emails"] == {"comment": "now", "follow": "never"}
    assert "emails" not in dreamer("bob")


def test_a_daily_email_has_thirty_notifications_and_leads_to_the_choices():
    assert [digests.DIGEST_SIZE, digests.DAILY, digests.SETTINGS_PATH] == [
        30, "daily", "/profile/notifications"]


def test_a_daily_email_has_what_ones_own_notifications_say(db, outbox, dream, make_dream, dreamer):
    other = make_dream("mod", "Bake bread")
    for name, target in (("bob", dream), ("mallory", other)):
        add_comment(complete_dreamer(dreamer(name)), complete_dream(target), "Bravo.")
    set_following(complete_dreamer(dreamer("mallory")), {"dream_id": dream["_id"]}, True)
    read = {"dreamer_id": dreamer("ada")["_id"], "kind": "cheer", "group_id": 1, "due": True}
    db.notifications.insert_one(read | {"acts": [], "count": 1, "at": datetime.now(UTC)})

    assert add_digests() == 2
    with site.app.app_context():
        messages = {entry["email"]: compose_digest(entry)
                    for entry in db.mails.find({"kind": "digest"})}

    assert {email: message.subject for email, message in messages.items()} == {
        "ada@example.com": "2 things happened on Dreamscape",
        "mod@example.com": "Mallory Mean commented on “Bake bread”"}
    body = messages["ada@example.com"].body
    assert "\nAll notifications: http://127.0.0.1:5000/notifications\n" in body
    assert db.notifications.find_one({"kind": "cheer"})["due"]


def test_a_notification_is_mailed_to_the_address_that_it_was_for(db, outbox, dream, dreamer):
    add_comment(complete_dreamer(dreamer("bob")), complete_dream(dream), "Bravo.")
    ada, notice = dreamer("ada"), db.notifications.find_one({"kind": "comment"})
    choose(db, "now")
    entry = {"dreamer_id": ada["_id"], "email": ada["email"], "notification_id": notice["_id"]}

    with site.app.app_context():
        mails = [digests.compose_notification(entry | change) for change in (
            {}, {"email": "bob@example.com"}, {"dreamer_id": dreamer("bob")["_id"]},
            {"notification_id": ObjectId()})]
        db.notifications.update_one({"_id": notice["_id"]}, {"$unset": {"unread": ""}})
        mails.append(digests.compose_notification(entry))

    assert [mail and mail.recipients for mail in mails] == [["ada@example.com"], *[None] * 4]


def test_what_a_link_stops_is_named():
    labels = [digests.stop_label(stops) for stops in ("daily", "comment", "older")]

    assert labels == ["The daily email", "Comments on your dreams", "older"]
