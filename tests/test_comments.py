"""Comments and reactions: who may do what, what is shown, and where an action leads back to."""

import re
from functools import partial

import pytest
from flask.testing import FlaskClient
from bson import ObjectId
from pymongo.errors import AutoReconnect
from support.html_checker import forms
from support.failing_database import outage
from support.page_parser import comments_shown, form_to, hrefs, next_href, words_shown
from support.concurrency import post_concurrently, run_concurrently

import app as site
from dreamscape import comments
from dreamscape.comments import (
    add_comment, add_missing_thread_ids, find_comment, remove_comment, set_comment, set_reaction,
)
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import complete_dream

FEED = "/dreamscape?view=trending&own=1&topic=travel&q=sail"


@pytest.fixture
def add_comments(dreamer, dream):
    """Let bob say things on ada's dream: add_comments(5) returns their ids, newest first."""
    def add(count):
        """Add comments through the front door."""
        ids = [add_comment(dreamer("bob"), dream, f"Number {each}.") for each in range(count)]
        return [str(_id) for _id in reversed(ids)]

    return add


@pytest.fixture
def fold_away(dreamer):
    """Let three dreamers dislike a comment, which folds it away."""
    def fold(comment):
        """Dislike it."""
        for name in ("cleo", "dan", "eve"):
            set_reaction(dreamer(name), comment, "dislike")
        return comment

    return fold


def add_path(dream):
    """Return where a comment on a dream is sent."""
    return f"/dreams/{dream['slug']}/comments"


def path_of(comment, action):
    """Return the address of an action on a comment."""
    return f"/comments/{comment['_id']}/{action}"


def counts(database):
    """Return the (likes, dislikes) of the one comment."""
    comment = database.comments.find_one({})
    return comment["likes"], comment["dislikes"]


# Adding ######################################################################


def test_a_comment_is_added_and_shown(db, dream, sign_in):
    """R50."""
    client = sign_in("bob")

    client.send(add_path(dream), body="What a <wonderful> idea!")

    assert "What a &lt;wonderful&gt; idea!" in client.get(f"/dreams/{dream['slug']}").text
    assert db.dreams.find_one({})["comments"] == 1


@pytest.mark.parametrize("body", ["x", "x" * 2_000, "夢" * 2_000, "👩‍🚀", "a\r\n" * 999, "0"])
def test_a_comment_of_1_to_2000_characters_is_taken(db, dream, sign_in, body):
    """R50."""
    assert sign_in("bob").send(add_path(dream), body=body).status_code == 303
    assert db.comments.count_documents({}) == 1


@pytest.mark.parametrize("body", ["", " ", "\r\n\t", "\u200b", "\0", "x" * 2_001])
def test_an_empty_or_overlong_comment_is_refused(db, dream, sign_in, body):
    """R4, R50."""
    response = sign_in("bob").send(add_path(dream), body=body)

    assert response.status_code == 422
    assert 'id="body-error"' in response.text
    assert db.comments.count_documents({}) == 0


def test_an_overlong_comment_stays_as_it_was_typed(db, dream, sign_in):
    """R4."""
    body = "Dear Ada,\r\n" + "x" * 2_000

    response = sign_in("bob").send(add_path(dream), body=body)

    assert form_to(response.text, add_path(dream))["body"] == [body]


def test_a_refused_comment_sent_again_leads_back(db, dream, sign_in):
    """R43, R44."""
    client = sign_in("bob")
    refused = client.send(add_path(dream), body="", next=FEED)

    fields = form_to(refused.text, add_path(dream)) | {"body": "Better now."}
    response = client.post(add_path(dream), data=fields)

    assert response.location == f"{FEED}#comment-{db.comments.find_one({})['_id']}"


def test_a_comment_sent_twice_is_there_once(db, dream, sign_in):
    """R46."""
    client = sign_in("bob")

    first, second = (client.send(add_path(dream), body="Bravo") for _ in range(2))

    assert first.location == second.location
    assert db.comments.count_documents({}) == db.dreams.find_one({})["comments"] == 1


def test_a_comment_sent_from_eight_tabs_at_once_is_there_once(real_db, dream, sign_in):
    """R46."""
    answers = post_concurrently([sign_in("bob") for _ in range(8)], add_path(dream), body="Bravo")

    assert len({answer.location for answer in answers}) == 1
    assert real_db.comments.count_documents({}) == real_db.dreams.find_one({})["comments"] == 1


@pytest.fixture
def write(dream, sign_in):
    """A function that has bob open the dream's page and returns what sends its form."""
    client = sign_in("bob")

    def open_page():
        """Return a function that sends the form of this page, as often as it is called."""
        fields = form_to(client.get(f"/dreams/{dream['slug']}").text, add_path(dream))
        return lambda body="Bravo", **more: client.post(
            add_path(dream), data=fields | more | {"body": body})
    return open_page


def test_a_form_sent_again_makes_one_comment(db, write):
    """R46: here the first answer was lost, so the page is the old one."""
    send = write()

    first, second = send(), send()

    assert first.location == second.location
    assert db.comments.count_documents({}) == 1


def test_each_form_has_a_key_of_its_own(db, write):
    first, second = write(), write()

    first()
    second()

    assert db.comments.count_documents({}) == 2


def test_the_same_words_may_be_said_again_later(db, write):
    write()()

    write()()

    assert db.comments.count_documents({}) == db.dreams.find_one({})["comments"] == 2


def test_a_form_sent_again_with_other_words_is_another_comment(db, write):
    send = write()
    send("Bravo")

    assert send("Fair wind").status_code == 303
    assert db.comments.count_documents({}) == 2


@pytest.mark.parametrize("after", [2, 3])
def test_a_form_sent_again_after_an_outage_makes_one_comment(db, write, after):
    """R5, R46."""
    send = write()
    with outage(after, answer_lost=True):
        assert send().status_code == 503

    send()

    assert db.comments.count_documents({}) == 1


def test_a_session_holds_no_key_of_a_form(dream, sign_in):
    client = sign_in("bob")
    client.send(add_path(dream), body="Bravo")

    with client.session_transaction() as session:
        assert "once" not in session


def test_what_changed_brings_a_form_with_a_new_key(db, dream, sign_in):
    """R45."""
    client, path = sign_in("bob"), f"/dreams/{dream['slug']}"
    before = form_to(client.get(path).text, add_path(dream))["once"]

    answer = FlaskClient.open(
        client, add_path(dream), method="POST", headers={"X-Fragment": "comments"},
        data={"csrf_token": client.token(), "body": "Bravo", "next": path, "once": before[0]})

    assert form_to(answer.text, add_path(dream))["once"] not in (before, [""])


def test_two_dreamers_may_say_the_same(db, dream, sign_in):
    """R46."""
    sign_in("bob").send(add_path(dream), body="Bravo")
    sign_in("mallory").send(add_path(dream), body="Bravo")

    assert db.dreams.find_one({})["comments"] == 2


def test_one_dreamer_may_say_the_same_on_two_dreams(db, make_dream, sign_in):
    """R46."""
    client = sign_in("bob")

    for title in ("One", "Two"):
        client.send(add_path(make_dream(title=title)), body="Bravo")

    assert db.comments.count_documents({}) == 2


@pytest.mark.parametrize("answer_lost", [False, True])
@pytest.mark.parametrize("after", range(1, 6))
def test_a_comment_interrupted_anywhere_is_there_once(db, dream, sign_in, after, answer_lost):
    """R5, R46."""
    client = sign_in("bob")
    fields = {"csrf_token": client.token(), "body": "Bravo"}
    with outage(after, answer_lost):
        client.post(add_path(dream), data=fields)

    client.post(add_path(dream), data=fields)
    site.app.test_cli_runner().invoke(args=["recount"])

    stored = db.comments.find_one({})
    assert db.comments.count_documents({}) == db.dreams.find_one({})["comments"] == 1
    assert db.dreams.find_one({})["recent_comments"] == [stored["_id"]]


def test_recent_comments_are_stored_in_the_order_of_their_ids(db, dream, dreamer):
    """Of two that are posted at once the later one may be stored first."""
    later = ObjectId("f" * 24)
    db.dreams.update_one({}, {"$set": {"recent_comments": [later]}})

    earlier = add_comment(complete_dreamer(dreamer("bob")), complete_dream(dream), "Hello")

    assert db.dreams.find_one({})["recent_comments"] == [earlier, later]


def test_comments_switched_off_are_refused_with_what_was_typed(db, make_dream, sign_in):
    """R51."""
    dream = make_dream(comments_enabled=False)

    response = sign_in("bob").send(add_path(dream), body="Dear <Ada>")

    assert response.status_code == 403
    assert "Dear &lt;Ada&gt;</textarea>" in response.text
    assert db.comments.count_documents({}) == 0


def test_a_comment_typed_after_the_sign_in_ended_is_shown_again(db, dream, sign_in):
    """R29."""
    visitor = sign_in("bob")
    db.dreamers.update_many({}, {"$set": {"sign_ins": []}})
    led = visitor.post(add_path(dream), data={"body": "Bravo", "next": FEED},
                       headers={"Origin": "http://localhost"})
    login = form_to(visitor.get(led.location).text, "")
    fields = login | {"email": "bob@example.com", "password": "correct horse battery"}

    page = visitor.get(visitor.post("/login", data=fields).location).text

    assert form_to(page, add_path(dream))["body"] == ["Bravo"]
    assert form_to(page, add_path(dream))["next"] == [FEED]


# What is shown ###############################################################


def body_shown(client, dream):
    """Return the markup of the first comment's words."""
    page = client.get(f"/dreams/{dream['slug']}").text
    return page.partition('class="comment__text">')[2].partition("</div>")[0]


def test_paragraphs_of_a_comment_are_kept(db, dream, sign_in):
    """R50."""
    client = sign_in("bob")
    client.send(add_path(dream), body="One.\r\n\r\nTwo,\r\nstill two.\r\n \r\n\r\nThree.")

    paragraphs = re.findall(r"<p dir=\"auto\">(.*?)</p>", body_shown(client, dream), re.DOTALL)

    assert paragraphs == ["One.", "Two,\nstill two.", "Three."]


@pytest.mark.parametrize(("text", "address"), [
    ("https://example.org/a?b=1&c=2", "https://example.org/a?b=1&c=2"),
    ("(http://example.org)", "http://example.org"), ("www.example.org.", "https://www.example.org"),
    ("ada@example.org", "mailto:ada@example.org")])
def test_links_in_a_comment_are_clickable_and_not_vouched_for(db, dream, sign_in, text, address):
    """R50."""
    client = sign_in("bob")
    client.send(add_path(dream), body=f"See {text}")

    shown = body_shown(client, dream)

    rels = set(re.search(r'rel="([^"]*)"', shown)[1].split()) if "mailto" not in address else None
    assert hrefs(shown) == [address]
    assert rels in (None, {"nofollow", "ugc", "noopener"})


@pytest.mark.parametrize("body", [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)",
    'https://example.org/"onmouseover="alert(1)', "https://example.org/<script>", "{{ 7 * 7 }}",
    "</textarea><script>alert(1)</script>", "data:text/html,<script>1</script>",
    "<a href=//x>x</a>",
    "&lt;b&gt;", "http://javascript:alert(1)", "\u202egnp.exe", "http://" * 250, "<" * 2_000,
    "https://" + "a" * 1_900, "www." * 400, "a@" * 900, "(" * 1_000 + ")" * 1_000, "\ufffe\ud7ff"])
def test_markup_in_a_comment_is_only_text(real_db, dream, sign_in, body):
    """R50: whatever is typed; a page's faults fail every test."""
    client = sign_in("bob")
    client.send(add_path(dream), body=body)

    shown = body_shown(client, dream)

    tags = set(re.findall(r"<\s*/?(\w+)", shown))
    schemes = {href.partition(":")[0] for href in hrefs(shown)}
    assert tags <= {"p", "a"}
    assert schemes <= {"http", "https", "mailto"}


def test_a_feed_shows_the_newest_three_and_a_count_of_the_rest(db, dream, add_comments, sign_in):
    """R50."""
    ids = add_comments(5)

    page = sign_in("mallory").get("/dreamscape").text

    assert comments_shown(page) == ids[:3]
    assert "2 more comments" in words_shown(page)
    assert f"/dreams/{dream['slug']}#comments" in hrefs(page)


def test_a_feed_with_three_comments_speaks_of_no_more(db, dream, add_comments, sign_in):
    """R50."""
    add_comments(3)

    assert "more comment" not in words_shown(sign_in("mallory").get("/dreamscape").text)


def test_the_page_of_a_dream_shows_all_comments(db, dream, add_comments, visitor):
    """R50."""
    newest_first = add_comments(12)

    page = visitor.get(f"/dreams/{dream['slug']}").text

    assert comments_shown(page) == newest_first[::-1]


def test_many_comments_are_paged_and_none_is_twice_or_skipped(real_db, dream, dreamer, visitor):
    """R48, R50, R69: a comment posted meanwhile shifts nothing; some are of an older version."""
    made, seen, path = [ObjectId() for _ in range(120)], [], f"/dreams/{dream['slug']}"
    real_db.comments.insert_many([{"_id": _id, "dream_id": dream["_id"]} for _id in made])

    while path:
        page = visitor.get(path).text
        seen += comments_shown(page)
        path = next_href(page)
        add_comment(dreamer("bob"), dream, f"Meanwhile {len(seen)}")

    oldest_first = [str(each["_id"]) for each in real_db.comments.find().sort("_id")]
    assert seen[:120] == [str(_id) for _id in made]
    assert seen == oldest_first[:len(seen)]


@pytest.mark.parametrize(("count", "more"), [(50, False), (51, True)])
def test_newer_comments_are_offered_only_when_there_are_some(real_db, dream, visitor, count, more):
    """R50."""
    real_db.comments.insert_many([{"dream_id": dream["_id"], "body": "x"} for _ in range(count)])

    page = visitor.get(f"/dreams/{dream['slug']}").text

    assert (next_href(page) or "").endswith("#comments") is more


def test_a_dream_without_comments_invites_a_visitor_to_sign_in(db, dream, visitor):
    """R35."""
    page = visitor.get(f"/dreams/{dream['slug']}").text

    assert "No comments yet. Be the first" in words_shown(page)
    assert f"/login?next=/dreams/{dream['slug']}" in hrefs(page)


def test_a_dream_without_comments_tells_its_owner_to_share_it(db, dream, sign_in):
    page = sign_in("ada").get(f"/dreams/{dream['slug']}").text

    assert "No comments yet. Share your dream to get the first." in words_shown(page)


def test_a_dream_without_comments_has_the_form_for_the_first(db, dream, sign_in):
    """R35."""
    page = sign_in("bob").get(f"/dreams/{dream['slug']}").text

    assert form_to(page, add_path(dream))["body"] == [""]


# A conversation ##############################################################


@pytest.fixture
def say(dream, dreamer):
    """A function that lets somebody comment or reply: say("bob", "Hello", parent)."""
    def add(name, body="Hello", parent=None):
        """Return the complete comment."""
        if parent and "thread_id" not in parent:
            parent = find_comment(parent)
        _id = add_comment(complete_dreamer(dreamer(name)), complete_dream(dream), body,
                          str(ObjectId()), parent)
        return find_comment({"_id": _id})

    return add


@pytest.fixture
def shown(dream, visitor):
    """A function that returns the bodies on the dream's page for a client, in their order."""
    def find(client=visitor, page=f"/dreams/{dream['slug']}"):
        """Return the texts of the comments."""
        texts = re.findall(r'class="comment__text">(.*?)</div>', client.get(page).text, re.DOTALL)
        return [words_shown(text) for text in texts]

    return find


def test_a_reply_stands_in_its_thread_and_names_whom_it_answers(db, say, dream, visitor, shown):
    """R69."""
    first, _ = say("bob", "One"), say("ada", "Two")

    say("mallory", "To one", first)

    assert shown() == ["One", "To one", "Two"]
    assert "to Bob Builder" in words_shown(visitor.get(f"/dreams/{dream['slug']}").text)


def test_a_reply_to_a_reply_joins_the_thread(db, say, shown):
    """R69: one level, in the order of writing."""
    first = say("bob", "One")
    reply, _ = say("ada", "Two", first), say("bob", "Three", first)

    last = say("mallory", "Four", reply)

    assert shown() == ["One", "Two", "Three", "Four"]
    assert (last["thread_id"], last["answered"]) == (first["_id"], "Ada Lovelace")


@pytest.mark.parametrize("name", ["bob", "ada"])
def test_the_form_in_a_comment_sends_a_reply(db, dream, comment, sign_in, name):
    """R69: to one's own, too."""
    client = sign_in(name)
    page = client.get(f"/dreams/{dream['slug']}").text
    form = next(each for each in forms(page) if "parent" in each["fields"])

    client.post(form["action"], data=form["fields"] | {"body": "Which one?"})

    reply = db.comments.find_one({"body": "Which one?"})
    assert reply["parent_id"] == reply["thread_id"] == comment["_id"]


def test_a_refused_reply_stays_a_reply(db, dream, comment, sign_in):
    """R4, R69."""
    client = sign_in("ada")

    refused = client.send(add_path(dream), body="", parent=str(comment["_id"]))

    assert form_to(refused.text, add_path(dream))["parent"] == [str(comment["_id"])]


@pytest.mark.parametrize("which", ["gone", "elsewhere", "hidden", "no id"])
def test_a_reply_to_what_is_not_there_is_refused_with_what_was_typed(
        db, dream, comment, make_dream, sign_in, which):
    """R47, R69."""
    parent, target = str(comment["_id"]), dream
    if which == "elsewhere":
        target = make_dream(title="Another")
    elif which == "hidden":
        db.comments.update_one({}, {"$set": {"hidden": "It is not kind."}})
    elif which == "gone":
        remove_comment(comment)

    answer = sign_in("mallory").send(add_path(target), body="Dear <Bob>",
                                     parent="x" if which == "no id" else parent)

    assert answer.status_code == 404
    assert "Dear &lt;Bob&gt;</textarea>" in answer.text


def test_where_a_comment_with_replies_was_deleted_a_line_says_so(db, say, dream, visitor, shown):
    """R69."""
    first = say("bob", "One")
    reply = say("ada", "Two", first)

    remove_comment(first)

    page = words_shown(visitor.get(f"/dreams/{dream['slug']}").text)
    assert (shown(), page.count("A comment was removed here.")) == (["Two"], 1)
    remove_comment(reply)
    assert "removed here" not in visitor.get(f"/dreams/{dream['slug']}").text


def test_a_deleted_reply_can_be_brought_back_as_one(db, say, sign_in):
    """R47, R69."""
    first, bob = say("ada"), sign_in("bob")
    reply = say("bob", "Two", first)
    location = bob.send(path_of(reply, "delete"), confirm="1").location

    bob.send(undo_of(bob.get(location)))

    assert db.comments.find_one({"body": "Two"})["parent_id"] == first["_id"]


def test_a_reply_to_a_comment_that_is_being_deleted_is_never_lost(real_db, say, dream, shown):
    """R46, R69: it is there, with the line above it, or it was refused."""
    for number in range(8):
        first = say("bob", f"One {number}")
        _, reply = run_concurrently(partial(remove_comment, first),
                                    partial(say, "ada", f"Two {number}", first))
        assert reply["thread_id"] == first["_id"]

    assert shown() == [f"Two {number}" for number in range(8)]
    assert real_db.dreams.find_one({})["comments"] == 8


@pytest.mark.parametrize("number", [49, 50, 119])
def test_the_address_of_a_comment_leads_to_its_page(real_db, dream, visitor, number):
    """R69: which shows what came before it, too."""
    ids = [ObjectId() for _ in range(120)]
    real_db.comments.insert_many([{"_id": _id, "thread_id": _id, "dream_id": dream["_id"]}
                                  for _id in ids])

    page, _, fragment = visitor.get(f"/comments/{ids[number]}").location.partition("#")

    shown = comments_shown(visitor.get(page).text)
    assert fragment == f"comment-{ids[number]}"
    assert str(ids[number]) in shown
    assert str(ids[max(0, number - 5)]) in shown


def test_a_thread_longer_than_a_page_goes_on_without_a_repetition(real_db, dream, visitor):
    """R48, R69: its first comment was on the page before, so none is missing."""
    ids = [ObjectId() for _ in range(70)]
    real_db.comments.insert_many([
        {"_id": _id, "thread_id": ids[0], "dream_id": dream["_id"]}
        | ({"parent_id": ids[0]} if _id != ids[0] else {}) for _id in ids])
    first = visitor.get(f"/dreams/{dream['slug']}").text

    second = visitor.get(next_href(first)).text

    assert comments_shown(first) + comments_shown(second) == [str(_id) for _id in ids]
    assert "removed here" not in second


@pytest.mark.parametrize("cursor", ["_", f"x_{'6' * 24}"])
def test_a_wrong_cursor_of_a_conversation_is_a_page_all_the_same(db, dream, visitor, cursor):
    answer = visitor.get(f"/dreams/{dream['slug']}?cursor={cursor}")

    assert answer.status_code == visitor.get("/dreamscape?cursor=x").status_code


@pytest.mark.parametrize("command", ["init-db", "recount"])
def test_comments_of_an_older_version_become_firsts_of_threads(
        real_db, dream, say, shown, command):
    """R69: the command is interrupted and repeated."""
    old = [ObjectId() for _ in range(3)]
    real_db.comments.insert_many([{"_id": _id, "dream_id": dream["_id"], "body": f"Old {number}"}
                                  for number, _id in enumerate(old)])
    say("ada", "To the second", {"_id": old[1]})
    with outage(2), pytest.raises(AutoReconnect):
        add_missing_thread_ids()

    site.app.test_cli_runner().invoke(args=[command])

    assert [each["thread_id"] for each in real_db.comments.find({"_id": {"$in": old}})] == old
    assert shown() == ["Old 0", "Old 1", "To the second", "Old 2"]


def test_a_comment_has_its_rarer_actions_in_a_menu(db, dream, comment, sign_in):
    """R69."""
    page = sign_in("ada").get(f"/dreams/{dream['slug']}").text

    comments = page.partition('id="comments"')[2]
    menu = words_shown(comments.partition('<details class="more"')[2].partition("</details>")[0])
    assert [word for word in ("Not helpful", "Report", "Delete") if word in menu] == [
        "Not helpful", "Report", "Delete"]


@pytest.mark.parametrize(("reaction", "pressed"), [("none", "false"), ("like", "true")])
def test_a_like_is_a_heart_that_says_whether_it_is_pressed(
        db, comment, dreamer, sign_in, reaction, pressed):
    """R69."""
    set_reaction(dreamer("ada"), comment, reaction)

    page = sign_in("ada").get("/dreams/sail-around-the-world").text

    button = page.partition("Like the comment by")[0].rpartition("<button")[2]
    assert f'aria-pressed="{pressed}"' in button


# Editing #####################################################################


def test_an_author_changes_a_comment(db, dream, comment, sign_in):
    """R51."""
    client = sign_in("bob")

    response = client.send(path_of(comment, "edit"), body="Two sails, even.")

    assert response.location == f"/dreams/{dream['slug']}#comment-{comment['_id']}"
    assert "Two sails, even." in body_shown(client, dream)


def test_a_changed_comment_says_so(db, dream, comment, sign_in):
    """R51."""
    client = sign_in("bob")
    before = words_shown(client.get(f"/dreams/{dream['slug']}").text)

    client.send(path_of(comment, "edit"), body="Two sails, even.")

    assert "· edited" not in before
    assert "· edited" in words_shown(client.get(f"/dreams/{dream['slug']}").text)


def test_a_change_may_be_repeated(db, comment, sign_in):
    """R46."""
    client = sign_in("bob")

    answers = [client.send(path_of(comment, "edit"), body="Again.") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]


@pytest.mark.parametrize("name", ["ada", "mod", "mallory"])
def test_only_its_author_changes_a_comment(db, comment, sign_in, name):
    """R51."""
    response = sign_in(name).send(path_of(comment, "edit"), body="I am Bob and I stink.")

    assert response.status_code == 403
    assert db.comments.find_one({})["body"] == comment["body"]


@pytest.mark.parametrize("body", ["", "\u200b", "x" * 2_001])
def test_a_change_is_refused_like_a_new_comment(db, comment, sign_in, body):
    """R4, R50."""
    response = sign_in("bob").send(path_of(comment, "edit"), body=body, next=FEED)

    assert response.status_code == 422
    assert form_to(response.text, path_of(comment, "edit"))["next"] == [FEED]
    assert db.comments.find_one({})["body"] == comment["body"]


def test_a_change_to_what_one_said_already_is_refused(db, dream, comment, dreamer, sign_in):
    """R46."""
    add_comment(dreamer("bob"), dream, "Bravo")

    response = sign_in("bob").send(path_of(comment, "edit"), body="Bravo")

    assert response.status_code == 422
    assert 'id="body-error"' in response.text


def test_an_edit_lets_reports_hide_a_comment_again(db, dream, comment, dreamer):
    """R72."""
    db.comments.update_one({}, {"$set": {"cleared": True}})

    set_comment(complete_dreamer(dreamer("bob")), dream, find_comment({"_id": comment["_id"]}),
                "Other words.")

    assert "cleared" not in db.comments.find_one()


def test_the_edit_form_holds_the_words_as_they_are(db, dream, comment, sign_in):
    client = sign_in("bob")
    client.send(path_of(comment, "edit"), body="\r\nOne\r\n\r\n</textarea> & two")

    page = client.get(f"/dreams/{dream['slug']}").text

    assert form_to(page, path_of(comment, "edit"))["body"] == ["One\r\n\r\n</textarea> & two"]


@pytest.mark.parametrize(("name", "label"), [("bob", True), ("ada", False), ("mod", False)])
def test_the_edit_form_is_offered_to_the_author_alone(db, dream, comment, sign_in, name, label):
    """R51."""
    page = sign_in(name).get(f"/dreams/{dream['slug']}").text

    assert (path_of(comment, "edit") in page) is label


# Deleting ####################################################################


@pytest.mark.parametrize("name", ["bob", "ada", "mod"])
def test_author_owner_and_moderator_delete_a_comment(db, comment, sign_in, name):
    """R51."""
    response = sign_in(name).send(path_of(comment, "delete"), confirm="1")

    assert response.status_code == 303
    assert db.comments.count_documents({}) == db.dreams.find_one({})["comments"] == 0


@pytest.mark.parametrize("fields", [{}, {"confirm": "1"}])
def test_a_stranger_deletes_no_comment(db, comment, sign_in, fields):
    """R51."""
    response = sign_in("mallory").send(path_of(comment, "delete"), **fields)

    assert response.status_code == 403
    assert db.comments.count_documents({}) == 1


@pytest.mark.parametrize(("name", "offered"), [("bob", True), ("ada", True), ("mallory", False)])
def test_the_delete_button_is_offered_to_those_who_may(db, dream, comment, sign_in, name, offered):
    """R51."""
    page = sign_in(name).get(f"/dreams/{dream['slug']}").text

    assert (path_of(comment, "delete") in page) is offered


def test_a_deletion_is_asked_about_first(db, comment, sign_in):
    response = sign_in("bob").send(path_of(comment, "delete"), next=FEED)

    fields = form_to(response.text, path_of(comment, "delete"))
    assert (fields["confirm"], fields["next"]) == (["1"], [FEED])
    assert db.comments.count_documents({}) == 1


@pytest.mark.parametrize(("name", "title", "is_final"), [
    ("bob", "Delete your comment?", False),
    ("ada", "Delete the comment by Bob Builder?", True),
    ("mod", "Delete the comment by Bob Builder?", True)])
def test_the_page_that_asks_names_the_author_to_others(
        db, comment, sign_in, name, title, is_final):
    page = sign_in(name).send(path_of(comment, "delete")).text

    assert f"<h1>{title}</h1>" in page
    assert ("be undone." in page) is is_final


@pytest.mark.parametrize(("name", "asks"), [
    ("bob", "Delete your comment?"), ("ada", "Delete the comment by Bob Builder?")])
def test_the_dialog_asks_what_the_page_asks(db, dream, comment, sign_in, name, asks):
    assert f'data-asks="{asks}"' in sign_in(name).get(f"/dreams/{dream['slug']}").text


def test_the_comment_of_an_account_that_was_deleted_has_nobodys_name(db, dream, comment, sign_in):
    db.comments.update_one({}, {"$set": {"dreamer_id": None}})

    page = sign_in("ada").send(path_of(comment, "delete")).text

    assert "<h1>Delete the comment by someone who has left?</h1>" in page


def test_a_hidden_comment_cannot_be_brought_back_and_its_author_is_told(
        db, dream, comment, sign_in):
    db.comments.update_one({}, {"$set": {"hidden": "It sells something."}})

    page = sign_in("bob").send(path_of(comment, "delete")).text

    assert "This can't be undone." in words_shown(page)


def test_a_deleted_comment_leads_back_to_its_dream(db, dream, comment, sign_in):
    """R44."""
    response = sign_in("bob").send(path_of(comment, "delete"), confirm="1", next=FEED)

    assert response.location == f"{FEED}#dream-{dream['slug']}"


def test_a_deletion_sent_again_leads_back_and_says_so(db, comment, sign_in):
    """R46, R47."""
    client = sign_in("bob")
    client.send(path_of(comment, "delete"), confirm="1", next=FEED)

    response = client.send(path_of(comment, "delete"), confirm="1", next=FEED)

    assert response.location == FEED
    assert "That comment isn't there any more." in words_shown(client.get(response.location).text)
    assert db.dreams.find_one({})["comments"] == 0


def test_a_deletion_from_eight_tabs_at_once_counts_once(real_db, comment, add_comments, sign_in):
    """R46."""
    add_comments(2)

    post_concurrently([sign_in("bob") for _ in range(8)], path_of(comment, "delete"),
                      confirm="1", next=FEED)

    assert real_db.dreams.find_one({})["comments"] == real_db.comments.count_documents({}) == 2


def test_a_deletion_takes_the_reactions_along(db, comment, dreamer, sign_in):
    set_reaction(dreamer("ada"), comment, "like")

    sign_in("bob").send(path_of(comment, "delete"), confirm="1")

    assert db.reactions.count_documents({}) == 0


def test_deleted_comments_are_replaced_by_older_ones_on_a_feed(db, add_comments, sign_in):
    """R50."""
    ids = add_comments(13)
    client = sign_in("bob")

    for _id in ids[:11]:
        client.send(f"/comments/{_id}/delete", confirm="1")

    assert comments_shown(sign_in("mallory").get("/dreamscape").text) == ids[11:]


def test_a_comment_of_a_vanished_dream_leads_back(db, dream, comment, sign_in):
    """R47."""
    client = sign_in("ada")
    db.dreams.delete_many({})

    response = client.send(path_of(comment, "reaction"), value="like", next=FEED)

    assert response.location == FEED


def test_words_for_a_vanished_comment_are_not_lost(db, comment, sign_in):
    """R47."""
    client = sign_in("bob")
    remove_comment(comment)

    response = client.send(path_of(comment, "edit"), body="Two sails, even.", next=FEED)

    assert response.status_code == 404
    assert "Two sails, even.</textarea>" in response.text


# Reactions ###################################################################


@pytest.mark.parametrize(("values", "expected"), [
    (["like"], (1, 0)), (["dislike"], (0, 1)), (["none"], (0, 0)), (["like", "like"], (1, 0)),
    (["like", "dislike"], (0, 1)), (["dislike", "like"], (1, 0)), (["like", "none"], (0, 0)),
    (["dislike", "none", "none"], (0, 0)), (["like", "none", "like"], (1, 0))])
def test_a_dreamer_has_one_reaction_a_comment(db, comment, sign_in, values, expected):
    """R46, R52."""
    client = sign_in("ada")

    for value in values:
        client.send(path_of(comment, "reaction"), value=value)

    assert counts(db) == expected
    assert db.reactions.count_documents({}) == sum(expected)


def test_the_likes_of_several_dreamers_add_up(db, comment, sign_in):
    """R52."""
    for name in ("ada", "mallory", "mod"):
        sign_in(name).send(path_of(comment, "reaction"), value="like")

    assert counts(db) == (3, 0)


def test_likes_are_shown_and_dislikes_never(db, dream, comment, dreamer, visitor):
    """R52."""
    set_reaction(dreamer("ada"), comment, "like")
    set_reaction(dreamer("mod"), comment, "dislike")

    page = words_shown(visitor.get(f"/dreams/{dream['slug']}").text)

    assert "1 like" in page
    assert "dislike" not in page


def test_who_found_a_comment_not_helpful_is_told_so(db, dream, comment, sign_in):
    sign_in("ada").send(path_of(comment, "reaction"), value="dislike")

    pages = [sign_in(name).get(f"/dreams/{dream['slug']}").text for name in ("ada", "mod")]

    assert ["You marked this as not helpful." in page for page in pages] == [True, False]


@pytest.mark.parametrize("value", ["like", "dislike", "none"])
def test_a_reaction_to_ones_own_comment_is_refused(db, comment, sign_in, value):
    """R52."""
    response = sign_in("bob").send(path_of(comment, "reaction"), value=value)

    assert response.status_code == 403
    assert counts(db) == (0, 0)


def test_a_reaction_to_ones_own_comment_is_not_offered(db, dream, comment, sign_in):
    """R52."""
    page = sign_in("bob").get(f"/dreams/{dream['slug']}").text

    assert path_of(comment, "reaction") not in page


@pytest.mark.parametrize("value", [None, "", "love", "LIKE", "$inc", "likes"])
def test_an_unknown_reaction_is_refused(db, comment, sign_in, value):
    """R4."""
    fields = {} if value is None else {"value": value}

    response = sign_in("ada").send(path_of(comment, "reaction"), **fields)

    assert response.status_code == 422
    assert counts(db) == (0, 0)


@pytest.mark.parametrize(("reaction", "offered"), [
    ("none", ["like", "dislike"]), ("like", ["none", "dislike"]), ("dislike", ["like", "none"])])
def test_the_buttons_offer_what_is_not_so_yet(db, comment, dreamer, sign_in, reaction, offered):
    """R44: undo."""
    set_reaction(dreamer("ada"), comment, reaction)

    page = sign_in("ada").get("/dreams/sail-around-the-world").text

    assert re.findall('name="value" value="([a-z]+)"', page) == offered


def test_reactions_from_eight_tabs_at_once_count_once(real_db, comment, sign_in):
    """R46, R52."""
    post_concurrently([sign_in("ada") for _ in range(8)], path_of(comment, "reaction"),
                      value="like")

    assert counts(real_db) == (1, 0)
    assert real_db.reactions.count_documents({}) == 1


def test_reactions_of_eight_dreamers_at_once_all_count(real_db, comment, sign_in):
    """R52."""
    names = ("ada", "cleo", "dan", "eve", "kim", "li", "mod", "zoe")

    post_concurrently([sign_in(name) for name in names], path_of(comment, "reaction"), value="like")

    assert counts(real_db) == (8, 0)


def test_changes_of_mind_at_once_leave_the_count_true(real_db, comment, dreamer):
    """R46, R52."""
    ada, values = dreamer("ada"), ("like", "dislike", "none", "like", "dislike", "none", "like")

    run_concurrently(*(partial(set_reaction, ada, comment, value) for value in values))

    kept = [reaction["value"] for reaction in real_db.reactions.find({})]
    assert counts(real_db) == (kept.count("like"), kept.count("dislike"))


def test_a_reaction_to_a_comment_deleted_meanwhile_does_not_stay(db, comment, dreamer):
    remove_comment(comment)

    set_reaction(dreamer("ada"), comment, "like")

    assert db.reactions.count_documents({}) == 0


# Folding #####################################################################


def is_folded(page, comment):
    """Return whether the words of a comment are inside a closed part of a page."""
    article = page.partition(f'id="comment-{comment["_id"]}"')[2].partition("</article>")[0]
    return "<details>" in article.partition('class="comment__text"')[0]


@pytest.mark.parametrize(("likes", "dislikes", "expected"), [
    (0, 2, False), (0, 3, True), (2, 3, True), (3, 3, False), (9, 10, True), (10, 9, False)])
def test_dislikes_fold_a_comment_at_a_threshold(db, comment, visitor, likes, dislikes, expected):
    """R52."""
    db.comments.update_one({}, {"$set": {"likes": likes, "dislikes": dislikes}})

    page = visitor.get("/dreams/sail-around-the-world").text

    assert is_folded(page, comment) is expected


def test_a_folded_comment_is_still_there_to_open(db, dream, comment, fold_away, visitor):
    """R52."""
    fold_away(comment)

    assert comment["body"] in visitor.get(f"/dreams/{dream['slug']}").text


@pytest.mark.parametrize("page", ["/dreamscape?q=sail", "/dreams/sail-around-the-world"])
def test_a_folded_comment_that_was_opened_stays_open_after_a_press(
        db, dream, comment, fold_away, sign_in, page):
    """R44."""
    fold_away(comment)
    client = sign_in("mallory")
    fields = form_to(client.get(page).text, path_of(comment, "reaction"))

    location = client.post(path_of(comment, "reaction"), data=fields).location

    assert location.endswith(f"#comment-{comment['_id']}")
    assert not is_folded(client.get(location).text, comment)


def test_each_folded_comment_that_was_opened_stays_open(
        db, dream, comment, add_comments, fold_away, sign_in):
    """R44: a second one too."""
    second = db.comments.find_one({"_id": ObjectId(add_comments(1)[0])})
    client, page = sign_in("mallory"), f"/dreams/{dream['slug']}"
    fold_away(comment), fold_away(second)

    for each in (comment, second):
        fields = form_to(client.get(page).text, path_of(each, "reaction"))
        page = client.post(path_of(each, "reaction"), data=fields).location

    html = client.get(page).text
    assert [is_folded(html, comment), is_folded(html, second)] == [False, False]


# Where an action leads #######################################################

ACTIONS = [("ada", "reaction", {"value": "like"}), ("ada", "reaction", {"value": "none"}),
           ("bob", "edit", {"body": "Two."})]


@pytest.mark.parametrize(("name", "action", "fields"), ACTIONS)
def test_an_action_returns_with_all_state(db, comment, sign_in, name, action, fields):
    """R43, R44."""
    response = sign_in(name).send(path_of(comment, action), next=f"{FEED}#dream-other", **fields)

    assert response.location == f"{FEED}#comment-{comment['_id']}"


@pytest.mark.parametrize(("name", "action", "fields"), ACTIONS)
@pytest.mark.parametrize("page", ["/dreamscape?own=1", "/dreams/sail-around-the-world"])
def test_exactly_one_element_is_led_to(db, comment, sign_in, name, action, fields, page):
    """R44."""
    client = sign_in(name)

    location = client.send(path_of(comment, action), next=page, **fields).location

    tags = re.findall(f'<[^>]*id="{location.partition("#")[2]}"[^>]*>', client.get(location).text)
    assert len(tags) == 1
    assert 'tabindex="-1"' in tags[0]


@pytest.mark.parametrize("page", ["/dreamscape?own=1", "/dreams/sail-around-the-world"])
def test_a_new_comment_is_led_to(db, dream, sign_in, page):
    """R44."""
    client = sign_in("bob")
    fields = form_to(client.get(page).text, add_path(dream)) | {"body": "Bravo"}

    location = client.post(add_path(dream), data=fields).location

    assert location.partition("#")[0] == page
    assert f'id="{location.partition("#")[2]}" tabindex="-1"' in client.get(location).text


def test_a_new_comment_from_the_first_page_of_many_is_led_to(real_db, dream, add_comments, sign_in):
    """R44, R69."""
    client, _ = sign_in("bob"), add_comments(60)
    page = client.get(f"/dreams/{dream['slug']}").text
    fields = form_to(page, add_path(dream)) | {"body": "Bravo"}

    location = client.get(client.post(add_path(dream), data=fields).location).location

    assert f'id="{location.partition("#")[2]}"' in client.get(location).text


@pytest.mark.parametrize("place", [
    "//evil.example", "https://evil.example/", "/\\evil.example", "\\x", "javascript:alert(1)",
    "/\t/evil.example", "x", "/" + "a" * 2_000])
def test_an_action_leads_to_no_other_site(real_db, dream, comment, sign_in, place):
    response = sign_in("ada").send(path_of(comment, "reaction"), value="like", next=place)

    assert response.location == f"/dreams/{dream['slug']}#comment-{comment['_id']}"


@pytest.mark.parametrize("action", ["edit", "delete", "reaction"])
def test_an_action_on_a_comment_is_not_for_looking_at(db, comment, sign_in, action):
    assert sign_in("bob").get(path_of(comment, action)).status_code == 405


# Undo ########################################################################


def undo_of(page):
    """Return the address that a page's Undo posts to, or None."""
    found = [form for form in forms(page.text) if "undo=" in form["action"]]
    return found[0]["action"] if found else None


@pytest.fixture
def undo(db, dream, comment, sign_in):
    """Return bob, and the address of the Undo after he deleted his comment."""
    bob = sign_in("bob")
    answer = bob.send(f"/comments/{comment['_id']}/delete", confirm="1")
    return bob, undo_of(bob.get(answer.location))


def test_deleting_ones_own_comment_can_be_undone(db, dream, comment, undo):
    """R47."""
    bob, path = undo

    bob.send(path)

    told = db.comments.find_one({})
    assert (told["body"], told["dreamer_id"]) == (comment["body"], comment["dreamer_id"])
    assert db.dreams.find_one({})["comments"] == 1


def test_undoing_twice_brings_one_comment(db, dream, undo):
    """R46."""
    bob, path = undo

    bob.send(path)
    bob.send(path)

    assert db.comments.count_documents({}) == 1


def test_who_deletes_a_comment_of_others_cannot_say_it_again(db, dream, comment, sign_in):
    ada = sign_in("ada")

    answer = ada.send(f"/comments/{comment['_id']}/delete", confirm="1")

    assert undo_of(ada.get(answer.location)) is None


def test_an_undo_of_another_place_brings_nothing(db, dream, make_dream, undo):
    bob, path = undo
    other = make_dream("ada", title="Another dream")

    answer = bob.send(path.replace(dream["slug"], other["slug"]))

    assert answer.status_code == 422
    assert db.comments.count_documents({}) == 0


def test_of_comments_there_are_these_numbers():
    numbers = {"RECENT_COMMENTS": 10, "SHOWN_COMMENTS": 3, "COMMENTS_PAGE": 50, "CONTEXT": 10,
               "COLLAPSE_DISLIKES": 3, "REACTIONS": ("like", "dislike", "none")}

    assert {name: getattr(comments, name) for name in numbers} == numbers


# Beside another dream ########################################################


def test_each_dream_has_its_own_recent_comments(db, dream, make_dream, dreamer):
    other = make_dream("bob", "Bake bread")
    ids = {each["_id"]: [add_comment(dreamer("bob"), each, f"{number}.") for number in range(12)]
           for each in (dream, other)}
    db.dreams.update_many({}, {"$set": {"recent_comments": []}})

    changed = [comments.set_recent_comments(db.dreams.find_one({"_id": dream["_id"]}))
               for _ in range(2)]

    stored = {each["_id"]: each["recent_comments"] for each in db.dreams.find()}
    assert changed == [1, 0]
    assert stored == {dream["_id"]: ids[dream["_id"]][2:], other["_id"]: []}
    shown = comments.find_card_details(None, [*db.dreams.find()])["comments"]
    assert {_id: [each["body"] for each in newest] for _id, newest in shown.items()} == {
        dream["_id"]: ["11.", "10.", "9."], other["_id"]: []}


def test_a_comment_that_has_gone_is_not_deleted_again(db, dream, dreamer):
    comment = find_comment({"_id": add_comment(dreamer("bob"), dream, "Bravo.")})

    assert [remove_comment(comment) for _ in range(2)] == [True, False]
    assert db.dreams.find_one()["comments"] == 0


def test_a_long_conversation_is_shown_in_its_order_page_by_page(db, dream, make_dream, dreamer):
    """Threads by their age, an answer in its thread, and none of another dream's."""
    author = dreamer("bob")
    add_comment(author, make_dream("bob", "Bake bread"), "Elsewhere.")
    firsts = [find_comment({"_id": add_comment(author, dream, f"{number}.")})
              for number in range(54)]
    for number in (0, 53):
        add_comment(author, dream, f"{number} again.", parent=firsts[number])
    bodies = ["0.", "0 again.", *(f"{number}." for number in range(1, 54)), "53 again."]
    complete = complete_dream(dream)

    first, cursor = comments.find_comments(complete, None, None)
    second, end = comments.find_comments(complete, None, cursor)

    assert [each["body"] for each in first] == bodies[:50]
    assert ([each["body"] for each in second], end) == (bodies[50:], None)
    assert not any(each["is_cut_off"] for each in (*first, *second))
    around = comments.find_cursor_of(complete, None, firsts[53])
    page, _ = comments.find_comments(complete, None, around)
    assert [each["body"] for each in page] == bodies[-12:]
    assert comments.find_cursor_of(complete, None, firsts[20]) is None


def test_who_leaves_is_forgotten_in_what_others_wrote_and_nobody_else_is(db, dream, dreamer):
    ada, bob, eve = (complete_dreamer(dreamer(name)) for name in ("ada", "bob", "eve"))
    first = find_comment({"_id": add_comment(bob, dream, "Bravo.")})
    add_comment(eve, dream, "Yes, @Bob and @Ada.", parent=first)
    add_comment(ada, dream, "Thanks.", parent=first)

    changed = comments.set_comments_anonymous(bob)

    stored = [*db.comments.find().sort("_id")]
    assert changed == 1
    assert [each["dreamer_id"] for each in stored] == [None, eve["_id"], ada["_id"]]
    assert ["once" in each for each in stored] == [False, True, True]
    assert [each.get("people") for each in stored] == [None, [None, ada["_id"]], [None]]
