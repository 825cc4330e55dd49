"""Dreams: the Dreambuilder, editing, deleting, their addresses, and what is half there."""

import io
import re
from datetime import UTC, datetime
from math import log2

import pytest
from bson import ObjectId
from support.html_checker import forms
from support.failing_database import outage
from support.page_parser import error_of, form_of, form_to, hrefs, words_shown
from support.picture_factory import corners, encode
from support.concurrency import post_concurrently

import app as site
from dreamscape import dreams
from dreamscape.comments import add_comment, set_reaction
from dreamscape.dreamers import complete_dreamer, set_dreamer
from dreamscape.dreams import remove_dream
from dreamscape.feed import FEED_VIEWS
from dreamscape.follows import set_following
from dreamscape.leaving import dump_json, remove_dreamer
from dreamscape.passwords import hash_password
from dreamscape.reports import add_report
from dreamscape.database import COMMENT_DEFAULTS, DREAMER_DEFAULTS, DREAM_DEFAULTS, INDEXES
from dreamscape.text import quoted

PROOF = {"current_password": "correct horse battery"}
DREAM = {"title": "Sail away", "description": "Far, and back.", "topics": "travel"}
UNKNOWN = "65f000000000000000000000"
UPDATE = "65f000000000000000000001"


def send_dream(client, **fields):
    """Send the Dreambuilder, filled in."""
    return client.send("/dreambuilder", **DREAM | fields)


def slug_of(database, title):
    """Return the slug of the dream with a title."""
    return database.dreams.find_one({"title": title})["slug"]


# Dreambuilder ################################################################


def test_a_dream_is_saved_and_leads_to_its_picture(db, sign_in):
    """R9."""
    response = send_dream(sign_in("ada"))

    assert response.status_code == 303
    assert response.location == "/dreams/sail-away/picture"


def test_the_dreambuilder_asks_what_somebody_hopes_for(db, dream, sign_in):
    ada = sign_in("ada")

    page = ada.get("/dreambuilder").text
    assert "<h1>What do you hope for?</h1>" in page and "<title>Dreambuilder" in page
    assert "<h1>Edit “" in ada.get(f"/dreams/{dream['slug']}/edit").text


def test_a_new_dream_is_celebrated_once_with_who_could_help(db, dreamer, sign_in):
    set_dreamer(complete_dreamer(dreamer("bob")), {"skills": ["weaving"]})
    ada = sign_in("ada")
    send_dream(ada, needs="Weaving")
    ada.get("/dreams/sail-away/picture")

    first, again = (words_shown(ada.get("/dreams/sail-away").text) for _ in range(2))

    steps = first.partition(" Sail away ")[0]
    assert "It's out in the world, Ada" in steps
    assert "Bob Builder could help" in steps and "Ask Bob about Weaving" in steps
    assert "Share it" in steps
    assert "out in the world" not in again


def test_a_draft_is_celebrated_when_it_is_published(db, sign_in):
    ada = sign_in("ada")
    draft = send_dream(ada, audience="me").location.rpartition("/")[0]
    assert 'class="next-steps"' not in ada.get(draft).text

    published = ada.send(f"{draft}/edit", **DREAM, audience="link").location

    assert "Everyone with the link can see it, Ada" in words_shown(ada.get(published).text)


def test_only_the_dream_that_was_shared_is_celebrated(db, dream, sign_in):
    ada = sign_in("ada")
    send_dream(ada)

    other, shared = (ada.get(f"/dreams/{slug}").text for slug in (
        "sail-around-the-world", "sail-away"))

    assert 'class="next-steps"' not in other
    assert 'class="next-steps"' in shared


def test_a_dream_is_shared_with_its_picture(db, sign_in, uploads, visitor):
    picture = io.BytesIO(encode(corners(), "PNG")), "boat.png"

    response = send_dream(sign_in("ada"), picture=picture, alt="A boat", _files=True)

    assert response.location == "/dreams/sail-away"
    assert (uploads / db.dreams.find_one({})["picture"]).exists()
    assert 'alt="A boat"' in visitor.get("/dreams/sail-away").text


def test_a_refused_picture_costs_no_dream_and_is_asked_for_again(db, sign_in, uploads):
    client = sign_in("ada")

    response = send_dream(client, picture=(io.BytesIO(b"none"), "boat.jpg"), _files=True)

    assert response.location == "/dreams/sail-away/picture"
    page = client.get(response.location).text
    assert "Its picture wasn&#39;t saved. " in page
    assert 'class="notice notice--error"' in page.partition("wasn&#39;t saved")[0]
    assert not db.dreams.find_one({}).get("picture")


def test_a_dream_keeps_what_was_told(db, dreamer, sign_in):
    send_dream(sign_in("ada"), topics=["travel", "sport"])

    saved = db.dreams.find_one({})
    told = [saved[key] for key in ("title", "description", "topics", "dreamer_id", "followers")]
    assert told == ["Sail away", "Far, and back.", ["travel", "sport"], dreamer("ada")["_id"], 0]


@pytest.mark.parametrize("fields", [
    {"title": "x" * 100}, {"title": "x"}, {"description": "x" * 3_000}, {"description": "."},
    {"topics": ["travel", "sport", "music", "home", "work"]}, {"topics": ["travel", "travel"]},
    {"title": "夢" * 100}, {"title": "Плавать"}, {"description": "👩‍🚀" * 500}])
def test_a_dream_within_the_limits_is_taken(real_db, sign_in, fields):
    """R4."""
    assert send_dream(sign_in("ada"), **fields).status_code == 303


REFUSED = [
    ("title", {"title": ""}), ("title", {"title": " \t "}), ("title", {"title": "\u200b\u2060"}),
    ("title", {"title": "x" * 101}), ("description", {"description": ""}),
    ("description", {"description": "\r\n \r\n"}), ("description", {"description": "x" * 3_001}),
    ("topics", {"topics": []}), ("topics", {"topics": ["nonsense"]}), ("topics", {"topics": [""]}),
    ("topics", {"topics": ["travel", "sport", "music", "home", "work", "arts"]}),
]


@pytest.mark.parametrize(("field", "fields"), REFUSED)
def test_a_dream_beyond_the_limits_is_refused_by_the_field(real_db, sign_in, field, fields):
    """R4."""
    response = send_dream(sign_in("ada"), **fields)

    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert real_db.dreams.count_documents({}) == 0


def test_what_was_typed_stays_when_a_dream_is_refused(db, sign_in):
    """R4."""
    fields = {"title": "A <b> & “c”", "description": "\r\nOne\r\n\r\n two ", "topics": ["music"]}
    response = send_dream(sign_in("ada"), **fields | {"title": "A" * 101}, comments_enabled="0")

    form = forms(response.text)[-1]["fields"]
    assert form["title"] == ["A" * 101]
    assert form["description"] == ["One\r\n\r\n two"]
    assert form["topics"] == ["music"]
    assert form["comments_enabled"] == ["0"]


def test_a_dream_sent_without_a_session_is_shown_again_after_signing_in(db, sign_in):
    """R29."""
    visitor = sign_in("ada")
    db.dreamers.update_one({}, {"$set": {"sign_ins": []}})
    led = visitor.post("/dreambuilder", data=DREAM, headers={"Origin": "http://localhost"})
    login = visitor.get(led.location).text
    fields = form_to(login, "") | {"email": "ada@example.com", "password": "correct horse battery"}

    page = visitor.get(visitor.post("/login", data=fields).location).text

    assert forms(page)[-1]["fields"]["title"] == ["Sail away"]


@pytest.mark.parametrize(("sent", "enabled"), [
    ({}, True), ({"comments_enabled": "1"}, True), ({"comments_enabled": ["1", "0"]}, True),
    ({"comments_enabled": "0"}, False), ({"comments_enabled": ""}, False)])
def test_comments_are_on_unless_switched_off(db, sign_in, sent, enabled):
    """R51."""
    send_dream(sign_in("ada"), **sent)

    assert db.dreams.find_one({})["comments_enabled"] is enabled


def test_a_new_form_has_comments_switched_on(db, sign_in):
    page = sign_in("ada").get("/dreambuilder").text

    assert forms(page)[-1]["fields"]["comments_enabled"] == ["1", "0"]


def test_markup_in_a_dream_is_only_text(db, sign_in):
    """R1."""
    client = sign_in("ada")
    send_dream(client, title="<script>alert(1)</script>", description='"><img src=x onerror=a()>')

    page = client.get("/dreams/script-alert-1-script").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<img src=x" not in page


def test_paragraphs_of_a_description_are_kept(db, make_dream, visitor):
    dream = make_dream(description="One.\n\nTwo,\nstill two.\n \n\nThree.")

    page = visitor.get(f"/dreams/{dream['slug']}").text

    assert page.partition('class="dream__text"')[2].partition("</div>")[0].count("<p ") == 3


def test_links_in_a_description_are_clickable(db, make_dream, visitor):
    dream = make_dream(description="See https://example.org/a?b=1&c=2 and javascript:alert(1)")

    page = visitor.get(f"/dreams/{dream['slug']}").text

    link = page.partition('<a href="https://example.org/a?b=1&amp;c=2"')[2].partition(">")[0]
    assert set(link.split('"')[1].split()) == {"nofollow", "ugc", "noopener"}
    assert "javascript" not in " ".join(hrefs(page))


# Once only ###################################################################


def test_a_dream_sent_twice_is_there_once(db, sign_in):
    """R46."""
    client = sign_in("ada")

    first, second = send_dream(client), send_dream(client)

    assert db.dreams.count_documents({}) == 1
    assert first.location == second.location == "/dreams/sail-away/picture"


def test_a_dream_sent_from_eight_tabs_at_once_is_there_once(real_db, sign_in):
    """R46."""
    answers = post_concurrently([sign_in("ada") for _ in range(8)], "/dreambuilder", **DREAM)

    assert real_db.dreams.count_documents({}) == 1
    assert {answer.status_code for answer in answers} == {303}


def test_a_dream_sent_from_eight_tabs_at_once_has_one_slug(real_db, sign_in):
    """R31, R46."""
    post_concurrently([sign_in("ada") for _ in range(8)], "/dreambuilder", **DREAM)

    dream = real_db.dreams.find_one({})
    assert dream["slug"] == "sail-away"
    assert real_db.slugs.count_documents({"owner_id": dream["_id"]}) == 1


def test_two_dreamers_may_dream_the_same(db, sign_in):
    """R46."""
    send_dream(sign_in("ada"))
    send_dream(sign_in("bob"))

    assert sorted(dream["slug"] for dream in db.dreams.find()) == ["sail-away", "sail-away-2"]


def test_a_dream_deleted_may_be_dreamt_again(db, dream, sign_in):
    """R46."""
    client = sign_in("ada")
    send_dream(client)
    client.send("/dreams/sail-away/delete", confirm="1")

    send_dream(client)

    assert db.dreams.count_documents({"title": "Sail away"}) == 1


@pytest.mark.parametrize("answer_lost", [False, True])
@pytest.mark.parametrize("after", range(7))
def test_a_dream_interrupted_anywhere_is_there_once_at_last(db, sign_in, after, answer_lost):
    """R5, R46."""
    client = sign_in("ada")
    fields = DREAM | {"csrf_token": client.token()}
    with outage(after, answer_lost):
        client.post("/dreambuilder", data=fields)

    again = client.post("/dreambuilder", data=fields)

    assert db.dreams.count_documents({}) == 1
    assert client.get(again.location).status_code == 200


@pytest.mark.parametrize("after", range(1, 6))
def test_a_dream_interrupted_anywhere_has_a_readable_address_when_sent_again(db, sign_in, after):
    """R5, R31."""
    client = sign_in("ada")
    fields = DREAM | {"csrf_token": client.token()}
    with outage(after):
        client.post("/dreambuilder", data=fields)

    again = client.post("/dreambuilder", data=fields)

    assert again.location == "/dreams/sail-away/picture"


# Editing #####################################################################


def test_the_edit_form_holds_the_dream(db, dream, sign_in):
    page = sign_in("ada").get(f"/dreams/{dream['slug']}/edit").text

    fields = forms(page)[-1]["fields"]
    assert (fields["title"], fields["description"]) == ([dream["title"]], [dream["description"]])
    assert (fields["topics"], fields["comments_enabled"]) == (["travel"], ["1", "0"])


def test_an_edited_dream_is_saved_and_shown(db, dream, sign_in):
    client = sign_in("ada")

    response = client.send(f"/dreams/{dream['slug']}/edit", **DREAM)

    assert response.location == "/dreams/sail-away"
    assert "Far, and back." in client.get("/dreams/sail-away").text


def test_an_edited_dream_says_so(db, dream, sign_in):
    client = sign_in("ada")
    before = client.get(f"/dreams/{dream['slug']}").text
    client.send(f"/dreams/{dream['slug']}/edit", **DREAM)

    after = client.get("/dreams/sail-away").text

    assert "· edited" not in words_shown(before)
    assert "· edited" in words_shown(after)


def test_an_edit_may_be_repeated(db, dream, sign_in):
    """R46."""
    client = sign_in("ada")

    answers = [client.send(f"/dreams/{dream['slug']}/edit", **DREAM) for _ in range(2)]

    assert [answer.location for answer in answers] == ["/dreams/sail-away"] * 2


def test_an_edit_leaves_followers_comments_and_picture_alone(db, dream, comment, dreamer, sign_in):
    set_following(dreamer("bob"), {"dream_id": dream["_id"]}, True)
    db.dreams.update_one({}, {"$set": {"picture": "boat-1"}})

    sign_in("ada").send(f"/dreams/{dream['slug']}/edit", **DREAM)

    saved = db.dreams.find_one({})
    kept = [saved[key] for key in ("followers", "comments", "recent_comments", "picture")]
    assert kept == [1, 1, [comment["_id"]], "boat-1"]


@pytest.mark.parametrize("name", ["mallory", "mod"])
@pytest.mark.parametrize("method", ["get", "send"])
def test_only_its_dreamer_edits_a_dream(db, dream, sign_in, name, method):
    response = getattr(sign_in(name), method)(f"/dreams/{dream['slug']}/edit")

    assert response.status_code == 403
    assert db.dreams.find_one({})["title"] == dream["title"]


@pytest.mark.parametrize(("field", "fields"), REFUSED)
def test_an_edit_beyond_the_limits_is_refused_by_the_field(real_db, dream, sign_in, field, fields):
    """R4."""
    response = sign_in("ada").send(f"/dreams/{dream['slug']}/edit", **DREAM | fields)

    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert real_db.dreams.find_one({}) == dream


def test_an_edit_that_makes_a_dream_the_same_as_another_is_refused(db, make_dream, sign_in):
    """R46."""
    make_dream(**DREAM | {"topics": ["travel"]})
    other = make_dream(title="Other")

    response = sign_in("ada").send(f"/dreams/{other['slug']}/edit", **DREAM)

    assert response.status_code == 422
    assert 'id="title-error"' in response.text


def test_an_edit_of_a_dream_that_was_deleted_shows_what_was_typed(db, dream, sign_in):
    """R47."""
    client = sign_in("ada")
    client.send(f"/dreams/{dream['slug']}/delete", confirm="1")

    response = client.send(f"/dreams/{dream['slug']}/edit", **DREAM)

    assert response.status_code == 404
    assert "Far, and back." in response.text


def test_comments_are_switched_off_by_unticking(db, dream, sign_in):
    """R51."""
    sign_in("ada").send(f"/dreams/{dream['slug']}/edit", **DREAM, comments_enabled="0")

    assert db.dreams.find_one({})["comments_enabled"] is False


def test_a_dream_with_comments_switched_off_says_so(db, make_dream, sign_in):
    """R51."""
    dream = make_dream(comments_enabled=False)

    page = sign_in("bob").get(f"/dreams/{dream['slug']}").text

    assert "Comments are turned off" in words_shown(page)
    assert f"/dreams/{dream['slug']}/comments" not in page


def test_who_turned_comments_off_is_told_so(db, make_dream, sign_in):
    dream = make_dream(comments_enabled=False)

    page = sign_in("ada").get(f"/dreams/{dream['slug']}").text

    assert "You've turned comments off for this dream." in words_shown(page)


def test_a_feed_offers_no_comment_where_comments_are_off(db, make_dream, sign_in):
    """R51."""
    dream = make_dream(comments_enabled=False)

    page = sign_in("bob").get("/dreamscape").text

    assert f"/dreams/{dream['slug']}/comments" not in page


# Deleting ####################################################################


@pytest.mark.parametrize("confirm", [None, "", "0", "yes"])
def test_a_deletion_is_asked_about_first(db, dream, sign_in, confirm):
    fields = {} if confirm is None else {"confirm": confirm}

    response = sign_in("ada").send(f"/dreams/{dream['slug']}/delete", **fields)

    assert response.status_code == 200
    assert form_to(response.text, f"/dreams/{dream['slug']}/delete")["confirm"] == ["1"]
    assert db.dreams.count_documents({}) == 1


@pytest.mark.parametrize(("name", "location"), [("ada", "/dreams"), ("mod", "/dreamscape")])
def test_a_dream_is_deleted_by_its_dreamer_or_a_moderator(db, dream, sign_in, name, location):
    response = sign_in(name).send(f"/dreams/{dream['slug']}/delete", confirm="1")

    assert response.location == location
    assert db.dreams.count_documents({}) == 0


@pytest.mark.parametrize("fields", [{}, {"confirm": "1"}])
def test_a_stranger_deletes_no_dream(db, dream, sign_in, fields):
    response = sign_in("mallory").send(f"/dreams/{dream['slug']}/delete", **fields)

    assert response.status_code == 403
    assert db.dreams.count_documents({}) == 1


def test_a_deleted_dream_takes_all_that_hangs_on_it_along_but_reports(
        db, dream, comment, dreamer, sign_in):
    set_following(dreamer("bob"), {"dream_id": dream["_id"]}, True)
    set_reaction(dreamer("mod"), comment, "like")
    add_report(dreamer("bob"), "dream", dream, "It is not kind.")
    add_report(dreamer("ada"), "comment", comment, "It is not kind.")

    sign_in("ada").send(f"/dreams/{dream['slug']}/delete", confirm="1")

    assert leftover_of(db, dream) == {}
    assert db.reports.count_documents({}) == 2


def leftover_of(database, dream):
    """Return {collection: count} of what still belongs to a deleted dream."""
    queries = {"dreams": {"_id": dream["_id"]}, "slugs": {"owner_id": dream["_id"]}}
    queries |= {name: {"dream_id": dream["_id"]} for name in ("comments", "follows", "reactions")}
    counts = {name: database[name].count_documents(queries[name]) for name in queries}
    return {name: count for name, count in counts.items() if count}


def test_a_deletion_leaves_other_dreams_alone(db, dream, make_dream, dreamer, sign_in):
    other = make_dream(title="Other")
    add_comment(dreamer("bob"), other, "Still here.")
    set_following(dreamer("bob"), {"dream_id": other["_id"]}, True)

    sign_in("ada").send(f"/dreams/{dream['slug']}/delete", confirm="1")

    assert leftover_of(db, other) == {"dreams": 1, "slugs": 1, "comments": 1, "follows": 1}


@pytest.mark.parametrize(("lost", "says"), [
    ({}, "deletes the dream."),
    ({"comments": 1}, "deletes the dream and 1 comment."),
    ({"picture": "ab" * 16, "followers": 2}, "deletes the dream, its picture and 2 follows."),
    ({"picture": "ab" * 16, "comments": 7, "followers": 1},
     "deletes the dream, its picture, 7 comments and 1 follow.")])
def test_a_deletion_names_what_goes(db, dream, sign_in, lost, says):
    db.dreams.update_one({}, {"$set": lost})

    assert says in words_shown(sign_in("ada").send(f"/dreams/{dream['slug']}/delete").text)


@pytest.mark.parametrize(("picture", "says"), [
    (None, "All comments will be deleted too."),
    ("ab" * 16, "Its picture and all comments will be deleted too.")])
def test_the_dialog_names_no_picture_that_is_not_there(db, dream, sign_in, picture, says):
    db.dreams.update_one({}, {"$set": {"picture": picture}})

    page = sign_in("ada").get(f"/dreams/{dream['slug']}").text

    assert f'data-loss="{says} This can' in page


def test_a_dream_without_topics_shows_none(db, dream, visitor):
    db.dreams.update_one({}, {"$set": {"topics": []}})

    assert 'aria-label="Topics"' not in visitor.get(f"/dreams/{dream['slug']}").text


def test_a_deletion_is_told(db, dream, sign_in):
    client = sign_in("ada")

    location = client.send(f"/dreams/{dream['slug']}/delete", confirm="1").location

    assert f"Deleted {quoted(dream['title'])}." in client.get(location).text


def test_a_deletion_sent_again_finds_nothing_there(db, dream, sign_in):
    """R46."""
    client = sign_in("ada")
    client.send(f"/dreams/{dream['slug']}/delete", confirm="1")

    response = client.send(f"/dreams/{dream['slug']}/delete", confirm="1")

    assert response.status_code == 404


@pytest.mark.parametrize("after", range(1, 14))
@pytest.mark.usefixtures("comment")
def test_a_deletion_interrupted_anywhere_is_finished_by_another(db, dream, sign_in, after):
    """R5."""
    db.dreams.update_one({}, {"$set": {"picture": "boat-1"}})
    client, path = sign_in("ada"), f"/dreams/{dream['slug']}/delete"
    fields = {"csrf_token": client.token(), "confirm": "1"}
    with outage(after):
        client.post(path, data=fields)

    client.post(path, data=fields)

    assert leftover_of(db, dream) == {}


def test_a_comment_added_during_the_deletion_does_not_stay(db, dream, dreamer):
    """R47."""
    remove_dream(dream)

    assert add_comment(dreamer("bob"), dream, "Too late.") is None
    assert leftover_of(db, dream) == {}


# What vanished meanwhile #####################################################


@pytest.mark.parametrize("action", ["follow", "unfollow", "delete"])
def test_a_press_on_a_vanished_dream_leads_back_and_says_so(db, dream, sign_in, action):
    """R47."""
    client = sign_in("bob")
    remove_dream(dream)

    response = client.send(f"/dreams/{dream['slug']}/{action}", next="/dreamscape?q=a&own=1")

    assert response.location == "/dreamscape?q=a&own=1"
    assert "That dream isn't there any more." in words_shown(client.get(response.location).text)


@pytest.mark.parametrize(("work", "action"), [
    ("set_following", "follow"), ("set_cheering", "cheer"), ("add_report", "report")])
def test_a_press_on_a_dream_that_vanishes_just_then_says_so(
        db, dream, sign_in, monkeypatch, work, action):
    do = getattr(site, work)
    monkeypatch.setattr(site, work, lambda *args: (remove_dream(dream), do(*args))[1])

    answer = sign_in("bob").send(f"/dreams/{dream['slug']}/{action}", reason="Unkind.")

    assert answer.status_code == 404
    assert "dream isn't there any more" in words_shown(answer.text)


def test_a_comment_on_a_vanished_dream_is_not_lost(db, dream, sign_in):
    """R47."""
    client, path = sign_in("bob"), f"/dreams/{dream['slug']}/comments"
    remove_dream(dream)

    response = client.send(path, body="Dear <Ada>", next="/dreamscape")

    assert response.status_code == 404
    assert "Dear &lt;Ada&gt;</textarea>" in response.text


# Addresses ###################################################################

# Where the last part of an address names no document: a reset link that does not hold is a form
# that gives a new one, a drawing is made from any id, an older version gets today's style.
OTHERS = ("password_reset_set", "confirm_address", "drawn", "asset")
RULES = [(rule.rule, method) for rule in site.app.url_map.iter_rules()
         for method in sorted(rule.methods & {"GET", "POST"})
         if rule.arguments - {*(rule.defaults or {})} and rule.endpoint not in OTHERS]
NOBODYS = [UNKNOWN, "nonsense", UNKNOWN[1:], "%00", "$ne", "%ff", "..%5c", "a" * 3_000, "%ed%a0%80",
           "{}", "-1", "9223372036854775808", "None", "%0d%0a", "%3Cb%3E"]


@pytest.mark.parametrize("name", NOBODYS)
def test_an_address_of_nothing_is_not_found(real_db, sign_in, name):
    """R3."""
    client = sign_in("mod")
    fields = {"POST": {"csrf_token": client.token()}}

    answers = {(rule, method): client.open(re.sub("<[^>]+>", lambda _: name, rule), method=method,
                                           data=fields.get(method)).status_code
               for rule, method in RULES}

    assert {answer: status for answer, status in answers.items() if status != 404} == {}


# Two tabs ####################################################################


def test_a_dream_that_was_saved_in_another_tab_is_not_overwritten_unseen(db, dream, sign_in):
    """What was typed stays, and is saved by the next press."""
    ada, path = sign_in("ada"), f"/dreams/{dream['slug']}/edit"
    forms_of_tabs = [form_of(ada.get(path), "title") for _ in range(2)]
    ada.send(path, **forms_of_tabs[0] | {"title": ["In the first tab"], "csrf_token": ada.token()})
    path = f"/dreams/{db.dreams.find_one()['slug']}/edit"
    second = forms_of_tabs[1] | {"description": ["In the second tab."], "csrf_token": ada.token()}

    refused = ada.send(path, **second)

    assert refused.status_code == 422
    assert "in another tab or on another device meanwhile" in words_shown(refused.text)
    assert error_of(refused, "title") == ""
    assert db.dreams.find_one()["title"] == "In the first tab"
    shown = form_of(refused, "title")
    assert shown["description"] == ["In the second tab."]
    assert ada.send(path, **shown | {"csrf_token": ada.token()}).status_code == 303
    assert db.dreams.find_one()["description"] == "In the second tab."


def test_an_edit_sent_twice_counts_once(db, dream, sign_in):
    ada, path = sign_in("ada"), f"/dreams/{dream['slug']}/edit"
    fields = form_of(ada.get(path), "title") | {
        "title": ["Row away"], "needs": ["A boat"], "audience": ["link"], "csrf_token": ada.token()}

    answers = [ada.send(path, **fields) for _ in range(2)]

    stored = db.dreams.find_one()
    assert [answer.status_code for answer in answers] == [303, 303]
    assert {answer.location for answer in answers} == {f"/dreams/{stored['slug']}"}
    assert [need["text"] for need in stored["needs"]] == ["A boat"]


def test_a_form_without_a_version_is_saved(db, dream, sign_in):
    ada = sign_in("ada")
    for title in ("Once", "Twice"):
        ada.send(f"/dreams/{db.dreams.find_one()['slug']}/edit", **DREAM | {"title": title})

    assert db.dreams.find_one()["title"] == "Twice"


# What is half there ##########################################################

PAGES = ["/", "/dreams", *(f"/dreamscape?view={view}&own=1" for view in FEED_VIEWS),
         f"/dreams/{UNKNOWN}", f"/dreams/{UNKNOWN}/edit", f"/dreams/{UNKNOWN}/picture",
         f"/dreamers/{UNKNOWN}", "/profile", *map("/profile/{}".format, (
             "about", "picture", "skills", "interests", "data"))]


@pytest.fixture
def half_there(db, sign_in, dreamer):
    """A dreamer, a dream and a comment with only ids and owners; the dreamer's browser."""
    client, _id = sign_in("ada"), ObjectId(UNKNOWN)
    sign_ins = dreamer("ada")["sign_ins"]
    db.dreamers.delete_many({})
    db.dreamers.insert_one({"_id": _id, "sign_ins": sign_ins})
    db.dreams.insert_one({"_id": _id, "dreamer_id": _id})
    db.comments.insert_one({"_id": _id, "dream_id": _id, "dreamer_id": _id})
    with client.session_transaction() as session:
        session["dreamer_id"] = UNKNOWN
    return client


@pytest.mark.parametrize("path", PAGES)
def test_a_page_renders_for_documents_with_only_an_id_and_an_owner(half_there, path):
    """R28."""
    response = half_there.get(path)

    assert response.status_code == (303 if path == "/" else 200)


@pytest.fixture
def bare(db, half_there):
    """The browser of a moderator of whose each collection holds a document with ids alone."""
    ids = dict.fromkeys(("dreamer_id", "dream_id", "followed_id", "comment_id", "offer_id",
                         "owner_id", "blocked_id", "target_id", "about_id", "document_id"),
                        ObjectId(UNKNOWN))
    for name in {*INDEXES} - {"dreamers", "dreams", "comments", "slugs", "limits", "mails"}:
        db[name].insert_one({"_id": ObjectId(UPDATE if name == "updates" else UNKNOWN), **ids})
    db.dreamers.update_one({}, {"$set": {"role": "administrator"}})
    return half_there


BARE = ["/notifications", "/offers", f"/offers/{UNKNOWN}", f"/decisions/{UNKNOWN}", "/drafts",
        "/moderation", "/moderation/audit", f"/moderation/dream/{UNKNOWN}", f"/updates/{UPDATE}",
        f"/dreams/{UNKNOWN}/feed.atom", "/feed.atom", "/sitemap.xml", "/profile/notifications"]


@pytest.mark.parametrize("path", [*PAGES, *BARE])
def test_no_document_with_ids_alone_breaks_a_page(bare, path):
    """R28."""
    assert bare.get(path).status_code in (200, 303, 404)


@pytest.mark.parametrize("path", [
    f"/dreams/{UNKNOWN}/state?state=resting", "/notifications/read", f"/dreams/{UNKNOWN}/cheer",
    f"/dreams/{UNKNOWN}/edit", f"/offers/{UNKNOWN}/withdraw", f"/offers/{UNKNOWN}/messages",
    f"/updates/{UPDATE}/edit", f"/comments/{UNKNOWN}/reaction", f"/dreams/{UNKNOWN}/updates",
    f"/moderation/dream/{UNKNOWN}/hide", f"/moderation/update/{UPDATE}/hide"])
def test_no_document_with_ids_alone_breaks_an_action(bare, path):
    """R28."""
    answer = bare.send(path, title="A dream", description="Of mine.", topics="travel",
                       body="A word.", value="like", reason="Spam.", rule="scams")

    assert answer.status_code < 500


def test_no_document_with_ids_alone_breaks_the_end_of_an_account(db, bare):
    """R28."""
    remove_dreamer(complete_dreamer(db.dreamers.find_one()))

    assert db.dreamers.count_documents({}) == 0


@pytest.mark.parametrize("path", ["/", f"/dreams/{UNKNOWN}", f"/dreamers/{UNKNOWN}"])
def test_a_visitor_sees_documents_with_only_an_id_and_an_owner(half_there, visitor, path):
    """R28."""
    assert visitor.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_a_page_renders_for_documents_of_nones(half_there, db, path):
    """R28."""
    for name, defaults in (("dreams", DREAM_DEFAULTS), ("dreamers", DREAMER_DEFAULTS),
                           ("comments", COMMENT_DEFAULTS)):
        nones = dict.fromkeys(set(defaults) - {"_id", "dreamer_id", "dream_id"})
        db[name].update_one({"_id": ObjectId(UNKNOWN)}, {"$set": nones})

    assert half_there.get(path).status_code == (303 if path == "/" else 200)


@pytest.mark.parametrize("path", ["/", f"/dreams/{UNKNOWN}"])
def test_a_dream_without_an_owner_renders(db, visitor, path):
    """R28."""
    db.dreams.insert_one({"_id": ObjectId(UNKNOWN)})

    response = visitor.get(path)

    assert response.status_code == 200
    assert "Someone who has left" in response.text


@pytest.mark.parametrize("view", FEED_VIEWS)
def test_a_dream_without_an_owner_is_of_no_harm_in_a_feed(db, sign_in, view):
    """R28."""
    db.dreams.insert_one({"_id": ObjectId(UNKNOWN)})

    assert sign_in("bob").get(f"/dreamscape?view={view}").status_code == 200


@pytest.mark.parametrize(("action", "fields"), [
    (f"/dreams/{UNKNOWN}/edit", DREAM), (f"/dreams/{UNKNOWN}/delete", {"confirm": "1"}),
    (f"/dreams/{UNKNOWN}/comments", {"body": "Hello"}),
    (f"/comments/{UNKNOWN}/edit", {"body": "Hi"}),
    (f"/comments/{UNKNOWN}/delete", {"confirm": "1"}),
    (f"/dreams/{UNKNOWN}/picture", {"remove": "1"}),
    ("/profile", PROOF | {"first_name": "A", "last_name": "B", "email": "a@b.test"}),
    ("/profile/delete", PROOF | {"confirm": "1"})])
def test_an_action_on_documents_with_only_an_id_and_an_owner_works(half_there, db, action, fields):
    """R28: of the owner there is no more than what proves who they are."""
    password = hash_password(PROOF["current_password"])
    db.dreamers.update_one({"_id": ObjectId(UNKNOWN)}, {"$set": {"password": password}})

    assert half_there.send(action, **fields).status_code == 303


@pytest.mark.parametrize("action", [
    f"/dreams/{UNKNOWN}/follow", f"/dreams/{UNKNOWN}/unfollow", f"/comments/{UNKNOWN}/reaction",
    f"/dreamers/{UNKNOWN}/follow", f"/dreamers/{UNKNOWN}/unfollow"])
def test_an_action_of_another_on_half_documents_works(half_there, sign_in, action):
    """R28."""
    assert sign_in("bob").send(action, value="like").status_code == 303


def test_search_words_and_the_score_of_a_dream_are_made_anew(db, dream, make_dream):
    other, empty = make_dream("bob", "Bake bread"), {"words": [], "score": 0}
    before = db.dreams.find_one({"_id": dream["_id"]})
    db.dreams.update_many({}, {"$set": empty})

    changed = [dreams.set_derived_fields(db.dreams.find_one({"_id": dream["_id"]}))
               for _ in range(2)]
    late = dreams.set_derived_fields(other | {"edited_at": "before"})

    stored = db.dreams.find_one({"_id": dream["_id"]})
    assert (changed, late) == ([1, 0], 0)
    assert {"@ada.", "sail."} <= {*stored["words"]} == {*before["words"]}
    assert stored["score"] == pytest.approx(before["score"])
    assert db.dreams.find_one({"_id": other["_id"]})["words"] == []


# JSON ########################################################################


def test_json_writes_dates_in_the_way_of_iso_8601():
    """R6."""
    moment = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)

    assert dump_json({"at": moment}) == '{"at": "2024-02-29T12:30:00+00:00"}'


def test_of_dreams_there_are_these_numbers():
    numbers = {
        "HALF_LIFE": 129_600, "COUNTED_UPDATES": 10, "COUNTED_COMMENTS": 30, "FEED_PAGE": 20,
        "SCORED": ("followers", "comments", "cheers", "updates", "thanked", "needs"),
        "NO_COUNTS": {"followers": 0, "comments": 0, "updates": 0, "thanked": 0, "cheers": 0}}

    assert {name: getattr(dreams, name) for name in numbers} == numbers


def test_a_dream_that_is_deleted_while_it_is_sent_again_is_added(db, dream, dreamer, monkeypatch):
    def vanish(query):
        """Delete the dream before it is looked for."""
        db.dreams.delete_many({})

    monkeypatch.setattr(dreams, "find_dream", vanish)

    slug = dreams.add_dream(dreamer("ada"), {name: dream[name] for name in (
        "title", "description", "topics", "once", "words")})

    assert slug == "sail-around-the-world-2"
    assert db.dreams.find_one({})["title"] == dream["title"]


@pytest.mark.parametrize(("fields", "points"), [
    ({}, 0), ({"cheers": 3, "comments": 4}, 7), ({"followers": 5}, 10), ({"updates": 10}, 30),
    ({"updates": 11}, 30), ({"comments": 31}, 30), ({"thanked": 2}, 10), ({"cheers": -1}, 0),
    ({"updates": 2, "thanked": 3, "followers": -1}, 21),
    ({"needs": [{"found_at": 1}, {"found_at": None}, {}, {"found_at": 2}]}, 8),
    ({"cheers": 1, "followers": 1, "updates": 1, "thanked": 1, "needs": [{"found_at": 1}]}, 15)])
def test_a_score_is_the_logarithm_of_the_points_and_the_age_in_half_lives(fields, points):
    """R66: of what somebody can write alone, ten updates and thirty comments count at most."""
    made_at = datetime(2026, 1, 1, tzinfo=UTC)

    score = dreams.trend_score(fields | {"_id": ObjectId.from_datetime(made_at)})

    assert score == pytest.approx(log2(1 + points) + made_at.timestamp() / (36 * 3_600), abs=1e-9)
