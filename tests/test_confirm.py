"""Confirming addresses: what an unconfirmed account may do, its link, and whose an address is."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from support.html_checker import forms
from support.page_parser import words_shown
from support.mail import wait_for_mail
from support.smtp_server import MailServer
from support.concurrency import run_concurrently

from support.page_parser import error_of

import app as site
from dreamscape import accounts
from dreamscape.database import db as site_db
from dreamscape.accounts import (
    add_dreamer, compose_confirm_mail, resend_mail, set_email_confirmed,
)
from dreamscape.dreamers import find_viewer

from dreamscape.leaving import find_exported_documents
from dreamscape.smtp import mail_server
from dreamscape.visibility import is_unconfirmed
from dreamscape.settings import derived_key

PASSWORD = "correct horse battery"
ANN = {"first_name": "Ann", "last_name": "Bee", "email": "ann@example.com", "password": PASSWORD}
MALLORY = ANN | {"first_name": "Win 900 euro", "password": "the password of mallory"}
DREAM = {"title": "Fly", "description": "High", "topics": ["sport"]}


@pytest.fixture
def server(db, monkeypatch):
    """A mail server, set as the site's own: so addresses are confirmed."""
    with MailServer() as server:
        for name, value in {"MAIL_SERVER": server.host, "MAIL_PORT": server.port}.items():
            monkeypatch.setitem(site.settings, name, value)
        yield server


def sign_up(**fields):
    """Sign up; return the browser, once the mail is sent."""
    client = site.app.test_client()
    answer = client.send("/signup", **ANN | fields)
    assert answer.location == "/profile/about"
    wait_for_mail()
    return client


def text_of(message):
    """Return the text of a mail."""
    return message.get_body(("plain",)).get_content()


def link_of(message):
    """Return the path of the link that confirms an address, in a mail."""
    return re.search(r"http://127\.0\.0\.1:5000(/confirm/[\w.-]+)", text_of(message))[1]


def confirm(client, message):
    """Open the link of a mail and press its button; return the answer."""
    path = link_of(message)
    assert client.get(path).status_code == 200
    return client.send(path)


def is_signed_in(client):
    """Return whether a browser is signed in."""
    return client.get("/dreams").status_code == 200


def can_sign_in(password, email=ANN["email"]):
    """Return whether an address and a password open an account."""
    answer = site.app.test_client().send("/login", email=email, password=password)
    return answer.status_code == 303


def find(db, **query):
    """Return the one dreamer that a query finds."""
    dreamer, = db.dreamers.find(query)
    return dreamer


# An unconfirmed account ######################################################


def test_signing_up_signs_in_and_leads_on_at_once(server):
    assert is_signed_in(sign_up())


def test_a_link_is_sent_to_the_address(server):
    sign_up()

    message, = server.wait_for(1)
    assert message.recipients == ["ann@example.com"]
    assert message["subject"] == "Confirm your email address"


def test_the_link_speaks_of_your_account_to_its_owner_and_by_name_to_others(server, visitor):
    client = sign_up()
    path = link_of(*server.wait_for(1))

    own, others = (words_shown(each.get(path).text) for each in (client, visitor))

    assert "add it to your account?" in own
    assert "add it to the account of Ann Bee" in others


def test_a_new_name_of_an_unconfirmed_account_promises_no_link(server):
    client = sign_up()

    client.send("/profile", first_name="Anna", last_name="Bee", email=ANN["email"])

    assert "Profile saved." in client.get("/profile").text


@pytest.mark.parametrize("path", ["/dreamscape", "/profile/about", "/profile", "/dreambuilder"])
def test_every_page_says_where_the_link_was_sent(server, path):
    page = sign_up().get(path).text

    assert "We sent a link to" in page
    assert "ann@example.com" in page
    assert ">Send again<" in page
    assert ">Change address</a>" in page


def test_nobody_else_sees_somebody_unconfirmed(server, db, visitor, sign_in):
    own = sign_up()
    path = f"/dreamers/{find(db)['_id']}"

    assert own.get(path).status_code == 200
    assert visitor.get(path).status_code == 404
    assert sign_in("bob").get(path).status_code == 404
    assert sign_in("bob").send(f"{path}/follow").status_code == 404


def test_the_terms_of_somebody_unconfirmed_are_offered_to_nobody(server, sign_in):
    sign_up().send("/profile/skills", skills=["alchemy"])

    assert "alchemy" not in sign_in("bob").get("/profile/skills").text


def test_somebody_unconfirmed_may_follow_and_fill_in_the_profile(server, db, dream):
    client = sign_up()

    assert client.send(f"/dreams/{dream['slug']}/follow").location.startswith("/dreams/")
    assert client.send("/profile/about", bio="I sail.").location == "/profile/picture"
    assert db.follows.count_documents({}) == 1


def things_to_write(dream, comment):
    """Return (path, fields) of what asks for a confirmed address."""
    return [("/dreambuilder", DREAM),
            (f"/dreams/{dream['slug']}/comments", {"body": "Let me help"}),
            (f"/dreams/{dream['slug']}/report", {"reason": "Unkind"}),
            (f"/comments/{comment['_id']}/report", {"reason": "Unkind"})]


@pytest.mark.parametrize("number", range(4))
def test_what_others_would_see_asks_to_confirm_first(server, db, dream, comment, number):
    path, fields = things_to_write(dream, comment)[number]
    counts = [db[name].count_documents({}) for name in ("dreams", "comments", "reports")]

    answer = sign_up().send(path, **fields)

    assert answer.location == "/confirm"
    assert [db[name].count_documents({}) for name in ("dreams", "comments", "reports")] == counts


# What others see, or what changes what they see: paths without their values.
ASKING = {
    "/dreambuilder", "/dreams/edit", "/dreams/state", "/dreams/story", "/dreams/line",
    "/dreams/updates", "/dreams/comments", "/dreams/ask", "/dreams/offers/new", "/dreams/report",
    "/comments/edit", "/comments/reaction", "/comments/report", "/updates/edit", "/updates/report",
    "/offers/messages", "/offers/thanks", "/messages/report", "/dreamers/block",
    "/dreamers/report", "/decisions/answer"}


def test_all_that_others_would_see_asks_to_confirm_first(server):
    """R56: all other actions of a dreamer don't."""
    client = sign_up()
    rules = [rule.rule for rule in site.app.url_map.iter_rules() if "POST" in rule.methods
             and rule.rule not in ("/confirm", "/logout", "/profile/delete")]

    asking = {re.sub(r"/<[^>]+>", "", rule) for rule in rules if client.send(
        re.sub(r"<(?:any\((\w+).*?\):)?[^>]+>", lambda found: found[1] or "0" * 24, rule),
        body="Hi").location == "/confirm"}

    assert asking == ASKING


@pytest.mark.parametrize("number", range(4))
def test_what_was_written_is_one_press_away_once_confirmed(server, db, dream, comment, number):
    path, fields = things_to_write(dream, comment)[number]
    client = sign_up()
    client.send(path, **fields)
    place = confirm(client, server.messages[0]).location

    form = next(form for form in forms(client.get(place).text)
                if next(iter(fields)) in form["fields"])
    answer = client.post(form["action"] or place, data=form["fields"])

    assert answer.status_code == 303
    kind = "reports" if "report" in path else "dreams" if path == "/dreambuilder" else "comments"
    name, value = next(iter(fields.items()))
    assert db[kind].count_documents({name: value}) == 1


def test_a_token_in_a_header_is_no_way_round_it(server, db, dream):
    client = sign_up()
    headers = {"X-CSRFToken": client.token(), "X-CSRF-Token": client.token()}

    client.post(f"/dreams/{dream['slug']}/comments", data={"body": "Buy gold"}, headers=headers)

    assert db.comments.count_documents({}) == 0


def test_somebody_unconfirmed_folds_no_comment_away(server, db, comment):
    answer = sign_up().send(f"/comments/{comment['_id']}/reaction", value="dislike")

    assert answer.location == "/confirm"
    assert db.reactions.count_documents({}) == 0


def test_nobody_unconfirmed_becomes_a_moderator(server, db, dreamer, sign_in):
    sign_up()
    dreamer("mod", role="administrator")

    answer = sign_in("mod").send(f"/moderation/dreamer/{find(db, last_name='Bee')['_id']}/promote",
                                 reason="Kind")

    assert answer.status_code == 403


def test_a_form_without_its_token_keeps_no_draft(server, db, dream):
    sign_up().post("/dreambuilder", data=DREAM)

    assert db.drafts.count_documents({}) == 0


# The link ####################################################################


def test_the_link_confirms_the_address(server, db):
    client = sign_up()

    answer = confirm(client, server.messages[0])

    assert (answer.status_code, answer.location) == (303, "/dreamscape")
    ann = find(db)
    assert (ann["email"], ann["slug"]) == ("ann@example.com", "ann-bee")
    assert not {"unconfirmed_email", "ends_at"} & ann.keys()


def test_looking_at_the_link_changes_nothing(server, db, visitor):
    sign_up()
    before = find(db)

    visitor.get(link_of(server.messages[0]))

    assert find(db) == before


def test_the_link_works_where_nobody_is_signed_in(server, db, visitor):
    sign_up()

    answer = confirm(visitor, server.messages[0])

    assert answer.location == "/login?next=/confirm"
    assert find(db)["email"] == "ann@example.com"
    assert not is_signed_in(visitor)


def test_a_draft_is_found_after_confirming_on_another_device(server, visitor):
    client = sign_up()
    client.send("/dreambuilder", **DREAM)

    assert confirm(visitor, server.messages[0]).location == "/login?next=/confirm"

    place = client.get("/confirm").location
    assert 'value="Fly"' in client.get(place).text


@pytest.mark.parametrize("waits", [True, False])
def test_confirming_says_whether_something_waits_to_be_sent(server, db, waits):
    client = sign_up()
    if waits:
        client.send("/dreambuilder", **DREAM)

    page = client.get(confirm(client, server.messages[0]).location).text

    assert "Your email is confirmed." in page
    assert ("What you wrote is ready to send." in page) == waits


def test_several_drafts_are_all_found_after_confirming(server, db, dream):
    client = sign_up()
    client.send("/dreambuilder", **DREAM)
    client.send(f"/dreams/{dream['slug']}/comments", body="Let me help")

    place = confirm(client, server.messages[0]).location

    page = client.get(place).text
    assert place == "/drafts"
    assert ">Fly</a>" in page and ">Let me help</a>" in page


def test_the_dreambuilder_names_what_was_not_sent(server, db):
    client = sign_up()
    client.send("/dreambuilder", **DREAM)

    page = client.get("/dreambuilder").text
    assert "You began “\u2068Fly\u2069” just now" in words_shown(page)
    assert f"/drafts/{db.drafts.find_one()['_id']}/delete" in page


def test_a_draft_can_be_discarded(server, db):
    client = sign_up()
    client.send("/dreambuilder", **DREAM)

    answer = client.send(f"/drafts/{db.drafts.find_one()['_id']}/delete")

    assert answer.location == "/drafts"
    assert db.drafts.count_documents({}) == 0


def test_a_second_sign_up_by_the_back_button_makes_no_second_account(server, db):
    client = sign_up()

    answer = client.send("/signup", **ANN)

    assert answer.location == "/profile/about"
    assert db.dreamers.count_documents({}) == 1


def test_who_looks_too_early_is_told_that_it_is_not_confirmed_yet(server):
    assert "It isn't confirmed yet." in sign_up().get("/confirm?checked=1").text


@pytest.mark.parametrize("waits", [True, False])
def test_who_confirmed_on_another_device_is_told_so_and_what_waits(server, visitor, waits):
    """R56: else the form of what was sent before appears, and nobody says whether it was sent."""
    client = sign_up()
    if waits:
        client.send("/dreambuilder", **DREAM)
    confirm(visitor, server.messages[0])

    page = client.get(client.get("/confirm?checked=1").location).text

    assert "Your email is confirmed." in page
    assert ("What you wrote is ready to send." in page) == waits


def test_the_link_may_be_pressed_again(server, db):
    client = sign_up()
    confirm(client, server.messages[0])

    answer = client.send(link_of(server.messages[0]))

    assert answer.status_code == 303


def test_after_confirming_nothing_is_said_about_it_any_more(server):
    client = sign_up()
    confirm(client, server.messages[0])
    client.get("/dreamscape")

    assert "We sent a link to" not in client.get("/dreamscape").text


def test_a_link_for_an_address_that_was_corrected_confirms_nothing(server, db):
    client = sign_up()
    client.send("/confirm", email="anna@example.com")
    wait_for_mail()

    assert client.send(link_of(server.messages[0])).status_code == 422
    assert "email" not in find(db)
    assert confirm(client, server.messages[1]).status_code == 303
    assert find(db)["email"] == "anna@example.com"


def forged(dreamer, **changed):
    """Return the path of a link with a token whose claims are changed."""
    token = site.make_token("confirm-address", dreamer)
    claims = site.jwt.decode(token, options={"verify_signature": False})
    key = derived_key(changed.pop("key", "confirm-address"))
    return f"/confirm/{site.jwt.encode(claims | changed, key, 'HS256')}"


@pytest.mark.parametrize("changed", [
    {"aud": "password-reset"}, {"key": "password-reset"}, {"address": "x"}, {"address": None},
    {"exp": 1}, {"sub": "0" * 24}, {"sub": "x"}])
def test_no_other_token_confirms_an_address(server, db, visitor, changed):
    sign_up()

    assert visitor.send(forged(find(db), **changed)).status_code == 422
    assert "email" not in find(db)


def test_a_reset_token_confirms_nothing_and_the_other_way_round(server, db, visitor):
    sign_up()
    ann = find(db)

    assert visitor.get(f"/confirm/{site.make_token('password-reset', ann)}").status_code == 422
    confirm = site.make_token('confirm-address', ann)
    assert visitor.get(f"/password-reset/{confirm}").status_code == 422


def test_the_link_lasts_three_days(server, db):
    sign_up()

    claims = site.jwt.decode(site.make_token("confirm-address", find(db)),
                             options={"verify_signature": False})
    lasts = claims["exp"] - datetime.now(UTC).timestamp()
    assert timedelta(days=3).total_seconds() - 5 < lasts <= timedelta(days=3).total_seconds()


def test_the_page_of_the_link_tells_nobody_its_address(server, visitor):
    sign_up()

    headers = visitor.get(link_of(server.messages[0])).headers
    assert headers["Referrer-Policy"] == "no-referrer"


# Sending it again ############################################################


def test_the_link_is_sent_again(server):
    client = sign_up()

    answer = client.send("/confirm", email="ann@example.com", next="/dreamscape?view=trending")

    assert answer.location == "/dreamscape?view=trending"
    assert len(server.wait_for(2)) == 2


def test_the_link_is_sent_again_without_the_address(server):
    sign_up().send("/confirm")

    assert server.wait_for(2)[1].recipients == ["ann@example.com"]


def test_a_corrected_address_is_checked(server, db):
    answer = sign_up().send("/confirm", email="nonsense")

    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert find(db)["unconfirmed_email"] == "ann@example.com"


def test_a_confirmed_account_gets_no_other_address_without_its_password(server, db, sign_in):
    ada = sign_in("ada")
    ada.send("/profile", first_name="Ada", last_name="Lovelace", email="new@example.com",
             current_password=PASSWORD)

    ada.send("/confirm", email="evil@example.com")

    assert find(db)["unconfirmed_email"] == "new@example.com"


@pytest.mark.parametrize("method", ["get", "send"])
def test_a_visitor_cannot_have_links_sent(server, visitor, method):
    answer = getattr(visitor, method)("/confirm")

    assert answer.location.startswith("/login")
    assert server.messages == []


# Whose address it is #########################################################


@pytest.fixture
def owner(server, db):
    """The browser of ann, who has confirmed her address."""
    client = sign_up()
    confirm(client, server.messages[0])
    wait_for_mail()
    server.clear()
    return client


def test_a_known_address_signs_up_as_an_unknown_one(owner):
    """Neither words nor cookies nor what the account can do then tell the difference."""
    told = []
    for email in (ANN["email"], "new@example.com"):
        client = sign_up(**MALLORY | {"email": email})
        pages = [client.get(path).text.replace(email, "EMAIL") for path in ("/profile", "/confirm")]
        cookies = {cookie.key for cookie in client._cookies.values()}
        told.append(([re.sub(
            r'(?:value|datetime)="[^"]*"|[0-9a-f]{24}|[0-9a-f]{16}|\d\d:\d\d UTC', "", page)
            for page in pages], cookies))

    assert told[0] == told[1]


def test_the_owner_is_told_by_mail_and_gets_no_link(owner, server):
    sign_up(**MALLORY)

    message, = server.wait_for(1)
    assert message["subject"] == "You already have an account"
    assert "/confirm/" not in text_of(message)
    for path in ("/login", "/password-reset"):
        assert f"http://127.0.0.1:5000{path}" in text_of(message)


def test_the_owner_is_told_once_an_hour(real_db, dreamer, monkeypatch):
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)
    dreamer("ada")
    entry = {"kind": "confirm", "email": "ada@example.com", "dreamer_id": "mallory", "tries": 1}
    real_db.dreamers.insert_one({"_id": "mallory", "unconfirmed_email": "ada@example.com"})

    with site.app.app_context():
        mails = [compose_confirm_mail(entry | {"tries": tries}) for tries in (1, 2, 1)]

    # The second is the first again, which could not be sent.
    assert [mail and mail.subject for mail in mails] == ["You already have an account"] * 2 + [None]


def test_an_address_gets_sixty_links_an_hour(real_db, monkeypatch):
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)
    entry = {"kind": "confirm", "email": "ann@example.com", "dreamer_id": "mallory", "tries": 1}
    real_db.dreamers.insert_one({"_id": "mallory", "unconfirmed_email": "ann@example.com"})

    with site.app.app_context():
        mails = [compose_confirm_mail(entry) for _ in range(62)]

    assert mails.count(None) == 2


def test_no_name_of_somebody_unconfirmed_stands_in_a_mail(owner, server):
    sign_up(**MALLORY)
    sign_up(**MALLORY | {"email": "stranger@example.com"})
    site.app.test_client().send("/password-reset", email="stranger@example.com")
    wait_for_mail()

    assert len(server.wait_for(3)) == 3
    assert not any("Win 900" in message.as_string() for message in server.messages)


@pytest.mark.parametrize("ask", [
    lambda email, una: add_dreamer(ANN | {"email": email}),
    lambda email, una: resend_mail(find_viewer(una), email)], ids=["sign up", "send again"])
def test_a_known_address_makes_the_calls_of_an_unknown_one(
        real_db, dreamer, calls, monkeypatch, ask):
    """What is read and written is the same, so that time does not tell either."""
    monkeypatch.setitem(site.settings, "MAIL_SERVER", "mail.example.com")
    monkeypatch.setattr("dreamscape.mail.schedule_mail", lambda pause: None)
    real_db.dreamers.insert_one({"email": ANN["email"]})
    una = dreamer("una", ends_at=datetime.now(UTC) + timedelta(days=1),
                  unconfirmed_email="una@example.com")
    made = []
    for email in (ANN["email"], "new@example.com"):
        calls.commands.clear()
        ask(email, una)
        made.append([(name, command.get(name)) for name, command in calls.commands])

    assert made[0] == made[1] != []


@pytest.mark.parametrize("password", [PASSWORD, MALLORY["password"]])
def test_owner_and_squatter_sign_in_to_their_own_account(owner, db, password):
    """That somebody else's sign-up works as before tells them nothing about the owner."""
    sign_up(**MALLORY)

    assert can_sign_in(password)


def test_a_squatter_confirms_nothing(owner, db, server):
    squatter = sign_up(**MALLORY)
    mallory = db.dreamers.find_one({"unconfirmed_email": ANN["email"]})

    answer = squatter.send(f"/confirm/{site.make_token('confirm-address', mallory)}")

    assert answer.status_code == 422
    assert find(db, email=ANN["email"])["first_name"] == "Ann"


def test_sign_ups_before_and_after_lock_nobody_out(server, db):
    """Mallory signs up with ann's address before her, and again after her."""
    sign_up(**MALLORY)
    sign_up()
    sign_up(**MALLORY)

    assert can_sign_in(PASSWORD)


def test_the_first_to_confirm_owns_the_address_and_the_others_end(server, db):
    squatter = sign_up(**MALLORY)
    own = sign_up()

    confirm(own, server.messages[1])

    assert find(db, email=ANN["email"])["first_name"] == "Ann"
    assert is_signed_in(own)
    assert not is_signed_in(squatter)
    assert not can_sign_in(MALLORY["password"])


def test_the_link_of_an_account_that_ended_is_refused(server, db, visitor):
    sign_up(**MALLORY)
    confirm(sign_up(), server.messages[1])

    assert visitor.get(link_of(server.messages[0])).status_code == 422


def test_of_two_confirmed_at_once_one_wins(server, db):
    sign_up(**MALLORY)
    sign_up()

    won = run_concurrently(*[partial(in_context, set_email_confirmed, each)
                             for each in db.dreamers.find()])

    assert sorted(won) == [False, True]
    assert db.dreamers.count_documents({"email": ANN["email"]}) == 1


def in_context(work, *args):
    """Do some work of the site's outside of a request."""
    with site.app.app_context():
        return work(*args)


def test_a_link_is_of_no_use_to_somebody_elses_sign_up(server, db, visitor):
    """Ann cannot tell from two mails which link is of her account: the wrong one does nothing."""
    own = sign_up()
    sign_up(**MALLORY | {"first_name": "Ann"})
    link = link_of(server.messages[1])

    assert own.send(link).status_code == 422
    assert visitor.send(link).location == f"/login?next={link}"
    assert db.dreamers.count_documents({"email": ANN["email"]}) == 0


def test_who_signs_in_where_several_signed_up_confirms_their_own(server, db, visitor):
    sign_up(**MALLORY)
    sign_up()
    link = link_of(server.messages[1])
    visitor.get(link)

    visitor.send("/login", email=ANN["email"], password=PASSWORD, next=link)
    visitor.send(link)

    assert find(db, email=ANN["email"])["first_name"] == "Ann"


def test_a_pending_change_of_another_account_is_a_rival_too(server, db, dreamer, sign_in, visitor):
    mallory = sign_in("mallory")
    mallory.send("/profile", first_name="Ann", last_name="Bee", email=ANN["email"],
                 current_password=PASSWORD)
    wait_for_mail()
    sign_up()
    link = link_of(next(mail for mail in server.messages if mail.recipients == [ANN["email"]]))

    assert visitor.send(link).location.startswith("/login")
    assert db.dreamers.count_documents({"email": ANN["email"]}) == 0


def test_pressing_twice_at_once_confirms_once(server, db):
    sign_up()
    ann = find(db)

    pressed = run_concurrently(*[partial(in_context, set_email_confirmed, ann)] * 4)

    assert pressed == [True] * 4


def test_an_interrupted_confirmation_is_finished_by_pressing_again(server, db):
    squatter, own = sign_up(**MALLORY), sign_up()
    ann = db.dreamers.find_one({"first_name": "Ann"})
    link = link_of(server.messages[1])
    db.dreamers.update_one({"_id": ann["_id"]}, {
        "$set": {"email": ANN["email"]}, "$unset": {"unconfirmed_email": "", "ends_at": ""}})

    assert own.send(link).status_code == 303
    assert not is_signed_in(squatter)


def test_a_deleted_comment_is_not_what_waits_after_confirming(owner, server, dream):
    path = f"/dreams/{dream['slug']}/comments"
    owner.send(path, body="Not so good")
    owner.send(f"/comments/{site_db.comments.find_one()['_id']}/delete", confirm="1")
    change(owner)

    answer = confirm(owner, next(mail for mail in server.messages if "/confirm/" in text_of(mail)))

    assert answer.location == "/dreamscape"


def test_a_reset_opens_no_squatters_account_to_the_squatter(server, db):
    """The owner of an address that others signed up with gets in by mail, and they get out."""
    squatter = sign_up(**MALLORY)
    site.app.test_client().send("/password-reset", email=ANN["email"])
    wait_for_mail()
    path = re.search(r"/password-reset/[\w.-]+", text_of(server.messages[1]))[0]

    site.app.test_client().send(path, password="a new password")

    assert can_sign_in("a new password")
    assert not is_signed_in(squatter)
    assert find(db)["email"] == ANN["email"]


def test_where_several_signed_up_a_reset_opens_no_account(server, db):
    sign_up(**MALLORY)
    sign_up()

    site.app.test_client().send("/password-reset", email=ANN["email"])
    wait_for_mail()

    assert server.messages[2]["subject"] == "Confirm your email first"
    assert "/password-reset/" not in text_of(server.messages[2])


def test_a_reset_link_does_not_confirm_an_address_that_was_corrected(server, db):
    squatter = sign_up(**MALLORY)
    token = site.make_token("password-reset", find(db))
    squatter.send("/confirm", email="mallory@example.com")

    answer = site.app.test_client().send(f"/password-reset/{token}", password="a new password")

    assert answer.status_code == 422
    assert "email" not in find(db)


# Addresses that the mail server does not take ################################

REFUSED = "We can't send email to addresses with letters like"
JURGEN = "jürgen@example.com"


@pytest.fixture
def ascii_only(server, monkeypatch):
    """A mail server that is known to lack SMTPUTF8."""
    monkeypatch.setitem(mail_server, "smtputf8", False)
    return server


@pytest.mark.parametrize("path", ["/signup", "/password-reset"])
@pytest.mark.parametrize("address", [JURGEN, "用户@example.com"])
def test_an_address_that_cannot_be_mailed_is_refused_with_the_reason(
        ascii_only, visitor, db, path, address):
    answer = visitor.send(path, **ANN | {"email": address})

    assert answer.status_code == 422
    assert REFUSED in error_of(answer, "email")
    assert db.dreamers.count_documents({}) == db.mails.count_documents({}) == 0


def test_only_letters_before_the_at_sign_need_smtputf8(ascii_only):
    sign_up(email="ann@münchen.de")

    assert ascii_only.wait_for(1)[0].recipients == ["ann@xn--mnchen-3ya.de"]


def test_an_address_is_not_corrected_to_one_that_cannot_be_mailed(ascii_only, db):
    answer = sign_up().send("/confirm", email=JURGEN)

    assert REFUSED in error_of(answer, "email")
    assert find(db)["unconfirmed_email"] == ANN["email"]


def test_an_address_is_not_changed_to_one_that_cannot_be_mailed(owner, ascii_only, db):
    answer = change(owner, JURGEN)

    assert REFUSED in error_of(answer, "email")
    assert not find(db).get("unconfirmed_email")


def test_who_has_such_an_address_may_still_change_their_name(owner, ascii_only, db):
    db.dreamers.update_one({}, {"$set": {"email": JURGEN}})

    answer = owner.send("/profile", first_name="Anna", last_name="Bee", email=JURGEN)

    assert answer.status_code == 303
    assert find(db)["first_name"] == "Anna"


@pytest.mark.parametrize("offered", [True, None])
def test_an_address_counts_where_smtputf8_is_offered_or_unknown(server, monkeypatch, db, offered):
    monkeypatch.setitem(mail_server, "smtputf8", offered)

    sign_up(email=JURGEN)

    assert find(db)["unconfirmed_email"] == JURGEN


def test_a_sign_up_with_any_letters_is_confirmed_by_mail(db, monkeypatch):
    monkeypatch.setitem(mail_server, "smtputf8", None)
    with MailServer(smtputf8=True) as utf8_server:
        monkeypatch.setitem(site.settings, "MAIL_SERVER", utf8_server.host)
        monkeypatch.setitem(site.settings, "MAIL_PORT", utf8_server.port)
        client = sign_up(email=JURGEN)

        confirm(client, utf8_server.wait_for(1)[0])

    assert find(db)["email"] == JURGEN


UNKNOWN = "550 5.1.1 No such user"


@pytest.mark.parametrize("path", ["/dreamscape", "/profile", "/confirm"])
def test_who_signs_up_with_a_dead_address_is_told(server, path):
    server.replies["RCPT"] = UNKNOWN

    page = sign_up().get(path).text

    assert "We couldn't deliver email to" in page
    assert "We sent a link" not in page
    assert ">Send again<" in page


def test_a_corrected_address_is_told_of_no_more(server, db):
    server.replies["RCPT"] = UNKNOWN
    client = sign_up()
    server.clear()

    client.send("/confirm", email="anna@example.com")
    wait_for_mail()

    assert "We couldn't deliver" not in client.get("/confirm").text
    assert "We sent a link to" in client.get("/confirm").text
    assert f"It works for {accounts.CONFIRM_LIFE.days} days" in client.get("/confirm").text


def test_the_link_is_sent_again_to_an_address_that_works_again(server):
    server.replies["RCPT"] = UNKNOWN
    client = sign_up()
    server.clear()

    client.send("/confirm", email=ANN["email"])
    wait_for_mail()

    assert link_of(server.messages[0])
    assert "We couldn't deliver" not in client.get("/confirm").text


def test_a_new_address_that_is_dead_is_told_of_and_the_old_one_stays(owner, server, db):
    server.replies["RCPT"] = UNKNOWN
    owner.send("/profile", first_name="Ann", last_name="Bee", email="new@example.com",
               current_password=PASSWORD)
    db.mails.delete_many({"kind": "address_change_asked"})
    wait_for_mail()
    db.dreamers.update_one({}, {"$set": {"failed_email": "new@example.com"}})

    page = owner.get("/profile").text

    assert 'We couldn\'t deliver email to <span dir="auto">new@example.com</span>.' in page
    assert "We sent a link" not in page
    assert can_sign_in(PASSWORD)


def test_a_confirmed_account_sends_a_check_to_no_other_address(owner, server, db):
    """As from a page that another tab has outrun."""
    db.dreamers.update_one({}, {"$set": {"failed_email": ANN["email"]}})
    server.clear()

    owner.send("/confirm", email="other@example.com")
    wait_for_mail()

    assert [mail.recipients for mail in server.messages] == [[ANN["email"]]]
    assert f"sent an email to {ANN['email']}." in owner.get("/profile").text


@pytest.mark.parametrize("known", [True, False])
def test_a_dead_address_looks_the_same_whether_it_is_known(server, dreamer, monkeypatch, known):
    """Though the second notice within an hour is not sent."""
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)
    dreamer("ann" if known else "bob")
    server.replies["RCPT"] = UNKNOWN

    pages = [sign_up(**MALLORY).get("/confirm").text for _ in range(2)]

    assert all("We couldn't deliver email to" in page for page in pages)


def test_the_download_holds_the_note(owner, db):
    db.dreamers.update_one({}, {"$set": {"failed_email": ANN["email"]}})

    (_, document), *_ = find_exported_documents(find(db))

    assert document["failed_email"] == ANN["email"]


# A changed address ###########################################################


def change(client, email="new@example.com"):
    """Give another address on the account page; return the answer."""
    answer = client.send("/profile", first_name="Ann", last_name="Bee", email=email,
                         current_password=PASSWORD)
    wait_for_mail()
    return answer


def test_a_changed_address_counts_once_it_is_confirmed(owner, server, db):
    assert change(owner).status_code == 303
    assert can_sign_in(PASSWORD)
    assert not can_sign_in(PASSWORD, "new@example.com")

    confirm(owner, next(mail for mail in server.messages if "/confirm/" in text_of(mail)))

    assert can_sign_in(PASSWORD, "new@example.com")
    assert not can_sign_in(PASSWORD)


def test_the_old_address_is_told_when_asked_and_when_changed(owner, server):
    change(owner)
    confirm(owner, next(mail for mail in server.messages if "/confirm/" in text_of(mail)))
    wait_for_mail()

    told = [mail["subject"] for mail in server.messages if mail.recipients == ["ann@example.com"]]
    assert told == ["Are you changing your Dreamscape email?", "Your Dreamscape email was changed"]


def test_the_account_page_says_which_address_waits(owner):
    change(owner)

    page = owner.get("/profile").text
    assert 'value="ann@example.com"' in page
    assert "We sent a link to <span dir=\"auto\">new@example.com</span>" in page


def test_a_new_password_withdraws_a_change_that_somebody_else_asked_for(owner, server, db):
    """Who knew the old password must not get the account by a link of their own."""
    change(owner, "mallory@example.com")
    link = link_of(next(mail for mail in server.messages if "/confirm/" in text_of(mail)))
    owner.send("/profile/password", current_password=PASSWORD, password="a new password")

    assert site.app.test_client().send(link).status_code == 422
    assert find(db)["email"] == ANN["email"]


def test_ones_own_address_withdraws_a_change(owner, server, db):
    change(owner)
    change(owner, ANN["email"])

    assert not find(db)["unconfirmed_email"]
    assert "We sent a link to" not in owner.get("/profile").text


def test_addresses_are_changed_five_times_a_quarter_of_an_hour(owner, db, monkeypatch):
    """Each one mails somebody."""
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)

    statuses = [change(owner, f"{number}@example.com").status_code for number in range(6)]

    assert statuses == [303] * 5 + [422]


def test_changing_to_a_known_address_tells_nothing(owner, server, dreamer, db):
    dreamer("bob")

    known, unknown = (change(owner, email) for email in ("bob@example.com", "new@example.com"))

    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    subjects = [mail["subject"] for mail in server.messages if mail.recipients != [ANN["email"]]]
    assert subjects == ["You already have an account", "Confirm your email address"]


# Accounts that were not confirmed in time ####################################


def run(*command):
    """Run a command of the site; return (exit code, output)."""
    ended = site.app.test_cli_runner().invoke(args=[*command])
    return ended.exit_code, ended.output


def let_end(db):
    """Let the days of every unconfirmed account be over."""
    db.dreamers.update_many({"ends_at": {"$ne": None}},
                            {"$set": {"ends_at": datetime.now(UTC) - timedelta(seconds=1)}})


def test_an_account_has_seven_days(server, db):
    sign_up()

    left = find(db)["ends_at"] - datetime.now(UTC)
    assert timedelta(days=7) - timedelta(minutes=1) < left <= timedelta(days=7)


def test_an_account_that_was_not_confirmed_in_time_has_ended(server, db):
    client = sign_up()
    let_end(db)

    assert not is_signed_in(client)
    assert not can_sign_in(PASSWORD)
    assert client.get(link_of(server.messages[0])).status_code == 422


def test_the_sweep_deletes_accounts_that_ended_with_all_they_hold(server, db, dream, dreamer):
    client = sign_up()
    client.send(f"/dreams/{dream['slug']}/follow")
    client.send("/dreambuilder", **DREAM)
    let_end(db)

    assert run("sweep-accounts") == (0, "Accounts deleted: 1\n")
    assert db.dreamers.count_documents({}) == 1
    assert db.follows.count_documents({}) == db.drafts.count_documents({}) == 0
    assert db.dreams.find_one({"_id": dream["_id"]})["followers"] == 0


def test_the_sweep_leaves_others_alone_and_can_be_repeated(owner, server, db):
    sign_up(email="new@example.com")

    assert run("sweep-accounts") == run("sweep-accounts") == (0, "Accounts deleted: 0\n")
    assert db.dreamers.count_documents({}) == 2


def test_an_account_that_stays_away_holds_no_slug(server, db):
    sign_up()

    assert db.slugs.count_documents({}) == 0


# The operator ################################################################


def test_only_a_confirmed_address_makes_an_administrator(server, db):
    sign_up(**MALLORY)

    code, said = run("make-admin", ANN["email"])

    assert code == 1
    assert "has confirmed" in said
    assert not find(db).get("role")


def test_making_an_administrator_says_who_it_is(db, dreamer):
    dreamer("ada")

    _, said = run("make-admin", "ada@example.com")

    assert f"Ada Lovelace (ada-lovelace), on Dreamscape since {datetime.now(UTC):%-d %B %Y}" in said


def test_claims_become_unconfirmed_accounts(db, monkeypatch):
    """As documents were before addresses were confirmed."""
    monkeypatch.setitem(site.settings, "MAIL_SERVER", "mail.example.com")
    db.dreamers.insert_many([
        {"_id": "claimed", "claimed_email": "ann@example.com"},
        {"_id": "owned", "email": "bob@example.com", "claimed_email": None}])

    assert run("init-db")[0] == run("init-db")[0] == 0

    claimed, owned = (db.dreamers.find_one({"_id": name}) for name in ("claimed", "owned"))
    assert claimed["unconfirmed_email"] == "ann@example.com"
    assert is_unconfirmed(claimed) and not is_unconfirmed(owned)
    assert not any("claimed_email" in document for document in (claimed, owned))


# Without mail ################################################################


@pytest.fixture
def https(monkeypatch):
    """A site on https that has no mail server."""
    monkeypatch.setitem(site.settings, "SESSION_COOKIE_SECURE", True)
    monkeypatch.setitem(site.settings, "MAIL_SERVER", None)


def test_without_a_mail_server_an_account_is_confirmed_at_once(db, visitor):
    visitor.send("/signup", **ANN)

    assert find(db)["email"] == "ann@example.com"
    assert not is_unconfirmed(find(db))


@pytest.mark.parametrize("path", ["/password-reset", "/signup"])
def test_https_without_a_mail_server_prints_no_mail(https, db, dreamer, capsys, path):
    dreamer("ada")
    client = site.app.test_client()
    form = ANN | {"email": "ada@example.com" if path == "/password-reset" else "new@example.com"}

    client.post(path, data=form | {"csrf_token": client.token()}, base_url="https://localhost")
    wait_for_mail()

    assert not re.search("/password-reset/|/confirm/|To: ", capsys.readouterr().out)
    assert db.mails.count_documents({}) == 0


def test_the_reset_page_says_that_no_mail_can_be_sent(https, db, visitor):
    page = visitor.get("/password-reset", base_url="https://localhost")

    assert page.status_code == 200
    assert "can&#39;t send email" in page.text or "can't send email" in page.text


def test_the_operator_prints_a_reset_link(https, db, dreamer, visitor):
    dreamer("ada")

    code, said = run("reset-link", "ada@example.com")

    path = re.search(r"http://127\.0\.0\.1:5000(/password-reset/\S+)", said)[1]
    assert code == 0
    assert visitor.get(path, base_url="https://localhost").status_code == 200


def test_no_reset_link_is_printed_for_an_unknown_address(db):
    code, said = run("reset-link", "nobody@example.com")

    assert code == 1
    assert "password-reset" not in said


def test_an_address_that_was_corrected_gets_no_link(db, dreamer):
    """Nor one whose account has ended meanwhile, or was deleted."""
    names = ("corrected", "ended", "left")
    ids = {name: dreamer(name)["_id"] for name in names}
    ids["left"] = "nobody"
    db.dreamers.update_one({"_id": ids["corrected"]}, {"$set": {"unconfirmed_email": "b@test"}})
    db.dreamers.update_one({"_id": ids["ended"]}, {
        "$set": {"unconfirmed_email": "a@test", "ends_at": datetime.now(UTC) - timedelta(1)},
        "$unset": {"email": ""}})

    with site.app.app_context():
        mails = [compose_confirm_mail({"email": "a@test", "dreamer_id": ids[name]})
                 for name in names]

    assert mails == [None] * 3


def test_an_address_is_confirmed_for_one_account_alone(db, dreamer):
    """Of three with one address: the second's link wins; the third's was to change its own."""
    later = datetime.now(UTC) + timedelta(days=1)
    first, second, third, ended = (dreamer(name, unconfirmed_email="ann@example.com", **fields)
                                   for name, fields in (
        ("first", {"ends_at": later}), ("second", {"ends_at": later}), ("third", {}),
        ("ended", {"ends_at": later - timedelta(days=2)})))
    db.dreamers.update_many({"ends_at": {"$ne": None}}, {"$unset": {"email": ""}})

    same = accounts.find_same_unconfirmed(second)
    accounts.set_unconfirmed_email(first, "other@example.com")
    accounts.set_unconfirmed_email(first, "ann@example.com")
    confirmed = [set_email_confirmed(each) for each in (second, second, first, third, ended)]

    people = {each["_id"]: each for each in db.dreamers.find()}
    assert same["_id"] in (first["_id"], third["_id"])
    assert confirmed == [True, True, False, False, False]
    assert [people[each["_id"]].get("email") for each in (first, second, third)] == [
        None, "ann@example.com", "third@example.com"]
    assert [key in people[second["_id"]] for key in ("unconfirmed_email", "ends_at")] == [
        False, False]
    assert people[first["_id"]]["ends_at"] <= datetime.now(UTC)
    assert "unconfirmed_email" not in people[third["_id"]]
    assert people[first["_id"]]["unconfirmed_email"] == "ann@example.com"
