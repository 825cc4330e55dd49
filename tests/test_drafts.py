"""Drafts: what was typed after a sign-in had ended, and how it is found again."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from support.failing_database import outage
from support.html_checker import forms
from support.page_parser import form_of, next_of, words_shown

import app as site
from dreamscape import drafts
from dreamscape.drafts import (
    add_draft, find_draft, find_drafts, remove_draft, remove_old_drafts,
)

PASSWORD = "correct horse battery"


@pytest.fixture
def former(db, sign_in):
    """Bob's browser, whose sign-in has ended."""
    client = sign_in("bob")
    db.dreamers.update_one({"slug": "bob-builder"}, {"$set": {"sign_ins": []}})
    return client


def send_own(client, path, **fields):
    """Post a form as a browser does from a page of this site; return the answer."""
    return client.post(path, data=fields, headers={"Origin": "http://localhost"})


def test_a_dream_typed_without_a_session_waits_in_the_dreambuilder(db, sign_in, former):
    """R29."""
    typed = {"title": ["Fly"], "description": ["High\r\n\r\nand <far>"],
             "topics": ["sport", "travel"], "comments_enabled": ["0"]}

    place = next_of(send_own(former, "/dreambuilder", **typed))

    fields = form_of(sign_in("bob").get(place), "title")
    assert {name: fields[name] for name in typed} == typed


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "/dreambuilder/draft"), ("GET", "/dreambuilder?title=Fly"),
    ("POST", "/notifications/read")])
def test_what_a_script_asks_in_the_background_leaves_the_session_as_it_is(former, method, path):
    """R29: the form that is sent next is still known to be that dreamer's, and waits."""
    answer = former.open(path, method=method, headers={"X-Fragment": "none"})

    typed = send_own(former, "/dreambuilder", title="Fly")

    assert (answer.status_code, "Set-Cookie" in answer.headers) == (204, False)
    assert "draft=" in next_of(typed)


def test_a_dream_typed_without_a_session_can_be_sent_afterwards(db, sign_in, former):
    """R29."""
    typed = {"title": "Fly", "description": "High", "topics": ["sport"]}
    place, client = next_of(send_own(former, "/dreambuilder", **typed)), sign_in("bob")

    client.post("/dreambuilder", data=form_of(client.get(place), "title"))

    assert db.dreams.find_one()["title"] == "Fly"


def test_a_comment_typed_without_a_session_waits_on_a_page_of_its_own(db, dream, sign_in, former):
    """R29."""
    path = f"/dreams/{dream['slug']}/comments"
    place = next_of(send_own(former, path, body="Let me\r\nhelp",
                             next="/dreamscape?view=trending"))

    page = sign_in("bob").get(place)

    fields = form_of(page, "body")
    assert place.startswith("/drafts/")
    assert (fields["body"], fields["next"]) == (["Let me\r\nhelp"], ["/dreamscape?view=trending"])
    assert f'href="/dreams/{dream["slug"]}"' in page.text


def test_a_comment_typed_without_a_session_can_be_sent_afterwards(db, dream, sign_in, former):
    """R29."""
    path = f"/dreams/{dream['slug']}/comments"
    place = next_of(send_own(former, path, body="Let me help", next="/dreamscape?view=trending"))
    client = sign_in("bob")

    answer = client.post(path, data=form_of(client.get(place), "body"))

    assert db.comments.find_one()["body"] == "Let me help"
    assert answer.location.startswith("/dreamscape?view=trending#comment-")


def test_a_change_of_a_comment_waits_on_a_page_that_says_what_it_is_about(
        db, comment, sign_in, former):
    path = f"/comments/{comment['_id']}/edit"

    page = sign_in("bob").get(next_of(send_own(former, path, body="Two sails")))

    assert form_of(page, "body")["body"] == ["Two sails"]
    assert "Sail around the world" in page.text


def test_a_draft_about_a_dream_that_is_gone_can_be_copied(db, dream, sign_in, former):
    place = next_of(send_own(former, f"/dreams/{dream['slug']}/comments", body="Let me help"))
    db.dreams.delete_many({})

    page = sign_in("bob").get(place)

    assert "Let me help" in page.text
    assert "there any more" in page.text


@pytest.mark.parametrize(("change", "status", "sentence"), [
    ({"needs.0.found_at": datetime.now(UTC)}, 403, "Someone has already helped with that."),
    ({"needs": []}, 404, "This dream doesn't ask for that any more."),
    ({"state": "resting"}, 422, "This dream is resting, so it needs no help just now."),
    ({"hidden": "Spam"}, 404, "This page doesn't exist or was removed.")])
def test_a_draft_of_an_offer_that_is_not_needed_any_more_can_be_copied(
        db, make_dream, sign_in, former, change, status, sentence):
    """As after the days in which an address is confirmed."""
    need = {"id": "6" * 24, "text": "a tent", "since": datetime.now(UTC)}
    path = f"/dreams/{make_dream(needs=[need])['slug']}/offers/new"
    place = next_of(send_own(former, path, need=need["id"], message="I have one."))
    db.dreams.update_one({}, {"$set": change})

    page = sign_in("bob").get(place)

    words = words_shown(page.text)
    assert (page.status_code, sentence in words, "I have one." in words) == (status, True, True)


def test_a_draft_for_an_address_of_an_older_version_can_be_copied(db, dreamer, sign_in):
    draft = add_draft(dreamer("bob")["_id"], "/an/old/address", {"body": ["Let me help"]})

    assert "Let me help" in sign_in("bob").get(f"/drafts/{draft['_id']}").text


@pytest.mark.parametrize(("path", "fields"), [
    ("/profile/about", {"bio": ["I sail"], "location": ["Oslo"]}),
    ("/profile/skills", {"skills": ["C++", "R&D"], "experiences": ["a <move>"]}),
    ("/profile/interests", {"interests": ["music", "sport"]})])
def test_what_was_typed_into_a_profile_waits_there(db, sign_in, former, path, fields):
    """R29."""
    place = next_of(send_own(former, path, **fields))

    shown = form_of(sign_in("bob").get(place), next(iter(fields)))

    assert {name: [*filter(None, shown[name])] for name in fields} == fields


@pytest.mark.parametrize("action", ["follow", "unfollow"])
def test_an_action_without_text_leads_back_to_where_it_was_pressed(db, dream, former, action):
    """R29."""
    answer = send_own(former, f"/dreams/{dream['slug']}/{action}", next="/dreamscape?view=trending")

    assert next_of(answer) == "/dreamscape?view=trending"
    assert db.drafts.count_documents({}) == 0


@pytest.mark.parametrize("origin", ["null", "http://localhost.evil.example", ""])
def test_what_another_site_sends_is_not_kept(db, dream, former, origin):
    former.post(f"/dreams/{dream['slug']}/comments", data={"body": "Buy gold"},
                headers={"Origin": origin})

    assert db.drafts.count_documents({}) == 0


def test_what_is_sent_without_an_origin_is_kept(db, dream, former):
    """Browsers name the origin of what another site sends, and send it without the cookie."""
    former.post(f"/dreams/{dream['slug']}/comments", data={"body": "Let me help"})

    assert db.drafts.count_documents({}) == 1


def test_what_a_visitor_sends_is_not_kept(db, dream, visitor):
    answer = send_own(visitor, f"/dreams/{dream['slug']}/comments", body="Buy gold")

    assert next_of(answer) == "/dreamscape"
    assert db.drafts.count_documents({}) == 0


@pytest.mark.parametrize("name", ["mod", "ada", "mallory"])
def test_a_draft_is_for_who_wrote_it_alone(db, dream, sign_in, former, name):
    place = next_of(send_own(former, f"/dreams/{dream['slug']}/comments", body="Let me help"))

    assert sign_in(name).get(place).status_code == 404


def test_a_draft_fills_no_form_of_another(db, sign_in, former):
    place = next_of(send_own(former, "/dreambuilder", title="Buy gold"))

    assert "Buy gold" not in sign_in("ada").get(place).text


def test_nobody_undoes_for_another(db, dream, comment, sign_in):
    bob = sign_in("bob")
    bob.send(f"/comments/{comment['_id']}/delete", confirm="1")
    undo = f"/dreams/{dream['slug']}/comments?undo={db.drafts.find_one()['_id']}"

    sign_in("mallory").send(undo)

    assert db.comments.count_documents({}) == 0


@pytest.mark.parametrize(("endpoint", "values"), [
    ("moderation_act", {"kind": "dream", "document_id": "0" * 24, "act": "hide"}),
    ("profile", {}), ("profile_password", {}), ("profile_delete", {}), ("dream_delete",
                                                                        {"slug": "x"}),
    ("moderation_topic_new", {}), ("sign_in_end", {"mark": "others"}), ("confirm", {})])
def test_no_act_is_kept_as_a_draft(db, former, endpoint, values):
    with site.app.test_request_context():
        path = site.url_for(endpoint, **values)

    send_own(former, path, reason="Why", body="x", title="x", email="evil@example.com")

    assert db.drafts.count_documents({}) == 0


def test_a_draft_keeps_the_fields_of_its_form_alone(db, former):
    send_own(former, "/dreambuilder", title="Fly", password=PASSWORD, csrf_token="x", role="x")

    assert [name for name, _ in db.drafts.find_one()["fields"]] == ["title"]


def test_a_draft_too_large_is_not_stored_but_shown(db, former):
    answer = send_own(former, "/dreambuilder", title="Fly", description="far " * 5_001)

    assert answer.status_code == 422
    assert "far far" in answer.text
    assert db.drafts.count_documents({}) == 0


def test_a_person_has_at_most_ten_drafts(db, former):
    for number in range(13):
        draft = add_draft("bob", "/dreambuilder", {"title": [f"Fly {number}"]})
        db.drafts.update_one({"_id": draft["_id"]}, {
            "$set": {"expires_at": draft["expires_at"] + timedelta(seconds=number)}})
    remove_old_drafts("bob")

    assert db.drafts.count_documents({}) == 10
    assert not db.drafts.find_one({"fields": [["title", ["Fly 0"]]]})


def test_a_person_finds_and_deletes_their_own_drafts_alone(db, dreamer):
    ada, bob = dreamer("ada"), dreamer("bob")
    ids = []
    for number, (who, path, is_undo) in enumerate((
            (ada, "/a", False), (ada, "/b", False), (bob, "/a", False), (ada, "/a", True))):
        ids.append(add_draft(who["_id"], path, {"title": ["Fly"]}, is_undo)["_id"])
        later = {"$set": {"expires_at": datetime(2099, 1, 1 + number, tzinfo=UTC)}}
        db.drafts.update_one({"_id": ids[-1]}, later)

    assert [[draft["_id"] for draft in find_drafts(ada, path)] for path in (None, "/a")] == [
        [ids[1], ids[0]], [ids[0]]]
    assert [(find_draft(bob, _id) or {}).get("_id") for _id in ids] == [None, None, ids[2], None]
    assert find_draft(ada, ids[1])["_id"] == ids[1]
    assert find_draft(None, ids[1]) is None
    assert [remove_draft(bob, _id) for _id in ids] == [0, 0, 1, 0]
    assert [draft["_id"] for draft in db.drafts.find()] == [ids[0], ids[1], ids[3]]


def test_many_drafts_of_one_person_push_out_no_draft_of_another(db, dreamer, monkeypatch):
    monkeypatch.setattr(drafts, "DRAFTS_PER_DREAMER", 2)
    for name in ("bob", "ada", "ada", "ada"):
        add_draft(dreamer(name)["_id"], "/a", {"title": ["Fly"]})

    assert {name: db.drafts.count_documents({"dreamer_id": dreamer(name)["_id"]})
            for name in ("ada", "bob")} == {"ada": 2, "bob": 1}


def test_all_drafts_together_are_limited(db, former, monkeypatch):
    monkeypatch.setattr("dreamscape.drafts.MAX_DRAFTS", 0)

    answer = send_own(former, "/dreambuilder", title="Fly", description="far")

    assert answer.status_code == 429
    assert "far" in answer.text


def test_an_untouched_form_makes_no_draft(db, former):
    send_own(former, "/dreambuilder", title="", description="", comments_enabled="0")

    assert db.drafts.count_documents({}) == 0


def test_a_draft_is_gone_once_it_is_sent(db, dream, sign_in, former):
    place = next_of(send_own(former, f"/dreams/{dream['slug']}/comments", body="Let me help"))
    bob = sign_in("bob")
    form = next(form for form in forms(bob.get(place).text) if "body" in form["fields"])

    bob.post(form["action"], data=form["fields"])

    assert db.comments.count_documents({}) == 1
    assert db.drafts.count_documents({}) == 0


def test_a_draft_of_a_form_that_is_refused_stays(db, sign_in, former):
    place = next_of(send_own(former, "/dreambuilder", title="Fly"))

    assert sign_in("bob").send(place, title="Fly").status_code == 422
    assert db.drafts.count_documents({}) == 1


def test_a_comment_is_deleted_however_many_drafts_there_are(db, comment, sign_in, monkeypatch):
    monkeypatch.setattr("dreamscape.drafts.MAX_DRAFTS", 0)

    answer = sign_in("bob").send(f"/comments/{comment['_id']}/delete", confirm="1")

    assert answer.status_code == 303
    assert db.comments.count_documents({}) == 0


def test_a_stale_comment_form_is_shown_ready_to_be_sent(db, dream, sign_in):
    bob = sign_in("bob")

    answer = send_own(bob, f"/dreams/{dream['slug']}/comments", body="Let me help")

    assert answer.status_code == 422
    assert form_of(answer, "body")["body"] == ["Let me help"]


def test_undos_take_no_place_of_drafts(db):
    add_draft("bob", "/dreambuilder", {"title": ["Fly"]})

    for _ in range(12):
        add_draft("bob", "/dreams/fly/comments", {"body": ["Hello"]}, is_undo=True)

    assert db.drafts.count_documents({"is_undo": False}) == 1
    assert db.drafts.count_documents({"is_undo": True}) == 10


def test_the_address_of_a_draft_leads_to_the_page_of_its_form(db, dreamer, sign_in):
    draft = add_draft(dreamer("bob")["_id"], "/dreambuilder", {"title": ["Fly"]})

    answer = sign_in("bob").get(f"/drafts/{draft['_id']}")

    assert (answer.status_code, answer.location) == (303, f"/dreambuilder?draft={draft['_id']}")


@pytest.mark.parametrize(("path", "name"), [
    ("comments", "body"), ("offers/new", "message"), ("report", "reason")])
def test_a_draft_is_found_again_after_its_dream_got_another_title(
        db, dream, dreamer, sign_in, path, name):
    draft = add_draft(dreamer("bob")["_id"], f"/dreams/{dream['slug']}/{path}", {name: ["Sails"]})
    sign_in("ada").send(f"/dreams/{dream['slug']}/edit", title="Fly", description="High.",
                        topics="travel")

    page = sign_in("bob").get(f"/drafts/{draft['_id']}", follow_redirects=True)

    assert form_of(page, name)[name] == ["Sails"]
    assert "Fly" in page.text


@pytest.mark.parametrize(("after", "status"), [(0, 503), (1, 404)])
def test_an_error_page_is_shown_without_the_draft_that_cannot_be_read(
        db, dreamer, sign_in, after, status):
    draft = add_draft(dreamer("bob")["_id"], "/nowhere", {"message": ["Sails"]})
    bob = sign_in("bob")

    with outage(after):  # the first call loads the viewer
        page = bob.get(f"/nowhere?draft={draft['_id']}")

    assert page.status_code == status
    assert "Sails" in bob.get(f"/nowhere?draft={draft['_id']}").text


def test_a_draft_fills_no_form_about_another_dream(db, dream, make_dream, dreamer, sign_in):
    other = make_dream(title="Bake bread")
    draft = add_draft(dreamer("bob")["_id"], f"/dreams/{dream['slug']}/offers/new",
                      {"message": ["Sails"]})

    page = sign_in("bob").get(f"/dreams/{other['slug']}/offers/new?draft={draft['_id']}")

    assert form_of(page, "message")["message"] == [""]


@pytest.mark.parametrize(("path", "fields"), [
    ("/dreams/sail-around-the-world/comments", {"body": "Buy gold"}),
    ("/dreams/sail-around-the-world/follow", {})])
def test_what_another_site_sends_is_never_shown_ready_to_be_sent(db, dream, sign_in, path, fields):
    answer = sign_in("bob").post(path, data=fields, headers={"Origin": "null"})

    assert answer.status_code == 422
    assert f'action="{path}"' not in answer.text


@pytest.mark.parametrize("path", ["/drafts/nothing", "/drafts/%00", "/drafts/ü"])
def test_an_unknown_draft_is_not_there(db, sign_in, path):
    """R3."""
    assert sign_in("bob").get(path).status_code == 404


def test_a_draft_fills_only_the_form_it_was_typed_into(db, sign_in, former):
    place = next_of(send_own(former, "/profile/about", bio="I sail"))

    shown = sign_in("bob").get(f"/dreambuilder?{urlsplit(place).query}")

    assert "I sail" not in shown.text


def test_the_list_says_how_long_drafts_are_stored(db, sign_in, dreamer):
    add_draft(dreamer("bob")["_id"], "/dreambuilder", {"title": ["Fly"]})

    page = sign_in("bob").get("/drafts").text

    assert f"We keep unsent drafts for {drafts.DRAFT_LIFETIME.days} days." in page


def test_of_drafts_there_are_these_numbers():
    numbers = {"DRAFT_LIFETIME": timedelta(days=3), "DRAFT_BYTES": 20_000,
               "DRAFTS_PER_DREAMER": 10, "MAX_DRAFTS": 10_000}

    assert {name: getattr(drafts, name) for name in numbers} == numbers
