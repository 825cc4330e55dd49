"""Visitors: what they may read without an account, and what they pressed before they had one."""

import re
import threading
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from support.mail import ask
from support.failing_database import outage
from support.html_checker import forms
from support.page_parser import dreams_shown, form_to, hrefs, query_of, words_shown

import app as site
from dreamscape.accounts import set_email_confirmed
from dreamscape.dreams import remove_dream
from dreamscape.feed import limited_query
from dreamscape.intents import SESSION_FIELDS_LENGTH, parse_sign_in_fields
from dreamscape.slugs import set_slug

PASSWORD = "correct horse battery"
NEW = {"first_name": "Ann", "last_name": "Bee", "email": "ann@example.com", "password": PASSWORD}
BOB = {"email": "bob@example.com", "password": PASSWORD}
SLUG = "sail-around-the-world"
FOLLOW = {"intent": f"follow:{SLUG}"}
WAYS = {"/signup": NEW, "/login": BOB}


@pytest.fixture(params=WAYS)
def way(request, dreamer):
    """The path of a form that signs in, and what fills it in."""
    dreamer("bob")
    return request.param, WAYS[request.param]


def link_called(page, name):
    """Return the path of the first link whose text begins with a name."""
    found = re.search(rf'<a [^>]*href="([^"]*)"[^>]*>(?:\s|<[^>]*>)*{name}', page.text)
    return found[1].replace("&amp;", "&")


def shown(page):
    """Return the words of a page, without the marks that isolate titles."""
    return re.sub("[\u2068\u2069]", "", words_shown(page.text))


def hidden_fields(page):
    """Return {next, intent} of the form of a page, as far as it has them."""
    fields = form_to(page.text, "/")
    return {name: fields[name][0] for name in ("next", "intent") if name in fields}


# Pressing Follow #############################################################


def test_who_presses_follow_and_signs_up_or_in_follows_and_is_back(db, dream, visitor, way):
    """R54."""
    path, fields = way

    answer = visitor.send(path, **fields, **FOLLOW, next="/dreamscape?view=trending")

    assert answer.location == f"/dreamscape?view=trending#dream-{SLUG}"
    assert "You're following “Sail around the world”." in shown(visitor.get(answer.location))
    assert db.follows.count_documents({"dream_id": dream["_id"]}) == 1


def test_without_a_next_a_follow_leads_to_the_dream(db, dream, visitor, way):
    """R54."""
    path, fields = way

    assert visitor.send(path, **fields, **FOLLOW).location == f"/dreams/{SLUG}#dream-{SLUG}"


@pytest.mark.parametrize("page", [f"/dreams/{SLUG}", "/dreamscape?view=trending&q=sail"])
def test_the_control_of_a_visitor_leads_to_the_sign_up_with_all_it_takes(db, dream, visitor, page):
    """R54."""
    link = link_called(visitor.get(page), "Follow dream")

    assert link.startswith("/signup?")
    assert query_of(link) == {"next": page, "intent": f"follow:{SLUG}"}
    assert hidden_fields(visitor.get(link)) == query_of(link)


@pytest.mark.parametrize("page", [f"/dreams/{SLUG}", "/dreamscape"])
def test_the_controls_that_need_an_account_say_so(db, comment, visitor, page):
    words = shown(visitor.get(page))

    for name in ("Follow dream Sail around the world (sign up first)", "Sign up to comment",
                 "Like the comment by Bob Builder (sign up first)"):
        assert name in words


def test_a_stranger_with_a_link_to_a_dream_is_told_where_they_are(db, dream, visitor, sign_in):
    words = "Dreamscape is where people write down what they hope for, and others help."

    assert words in shown(visitor.get(f"/dreams/{SLUG}"))
    assert words not in shown(sign_in("bob").get(f"/dreams/{SLUG}"))


@pytest.mark.parametrize(("page", "number"), [(f"/dreams/{SLUG}", 5), ("/dreamscape", 4)])
def test_every_control_of_a_visitor_leads_to_the_sign_up_which_says_what_follows(
        db, comment, visitor, page, number):
    """R54."""
    article = visitor.get(page).text.partition("<article")[2].partition("</main>")[0]
    doors = [link for link in hrefs(article) if link.startswith(("/signup", "/login"))]
    sign_ups = [door for door in doors if door.startswith("/signup")]

    assert len(sign_ups) == number
    assert len(doors) - number == (page != "/dreamscape")  # "Have an account? Sign in to follow"
    for door in sign_ups:
        lead = shown(visitor.get(door)).partition("Sign up")[2]
        assert "as soon as you're signed in" in lead or "join the conversation" in lead


@pytest.mark.parametrize("way", [["Sign in to follow"], ["Follow dream", "Sign in</a></p>"]])
def test_who_has_an_account_signs_in_from_the_dream(db, dream, dreamer, visitor, way):
    """R54."""
    dreamer("bob")
    page = visitor.get(f"/dreams/{SLUG}")
    for name in way:
        page = visitor.get(link_called(page, name))

    answer = visitor.send("/login", **BOB, **hidden_fields(page))

    assert answer.location == f"/dreams/{SLUG}#dream-{SLUG}"
    assert db.follows.count_documents({}) == 1


@pytest.mark.parametrize(("act", "says"), [
    ("follow", "You'll follow"), ("cheer", "You'll cheer"), ("help", "You can offer to help with")])
def test_the_form_says_what_will_happen(db, dream, visitor, act, says):
    for path in WAYS:
        words = shown(visitor.get(f"{path}?intent={act}:{SLUG}&next=/dreamscape"))

        assert f"{says} “Sail around the world” as soon as you're signed in." in words


# Pressing Cheer and I can help ###############################################


@pytest.mark.parametrize("page", [f"/dreams/{SLUG}", "/dreamscape?view=trending&q=sail"])
def test_who_presses_cheer_signs_up_and_has_cheered_and_is_back(db, dream, visitor, page):
    """R54, R69."""
    link = unescape(re.search(r'title="You need an account to cheer" href="([^"]*)"',
                              visitor.get(page).text)[1])
    form = visitor.get(link)

    answer = visitor.send("/signup", **NEW, **hidden_fields(form))

    assert link.startswith("/signup?")
    assert "You'll cheer “Sail around the world”" in shown(form)
    assert answer.location == f"{page}#dream-{SLUG}"
    assert "You cheered “Sail around the world”." in shown(visitor.get(answer.location))
    assert db.dreams.find_one({"_id": dream["_id"]})["cheers"] == 1


def test_who_cheers_after_their_session_ended_has_cheered_once_signed_in(db, dream, sign_in):
    """R29, R54."""
    bob = sign_in("bob")
    db.dreamers.update_one({"email": BOB["email"]}, {"$set": {"sign_ins": []}})
    led = bob.send(f"/dreams/{SLUG}/cheer", next="/dreamscape?q=sail")

    bob.send("/login", **BOB, **hidden_fields(bob.get(led.location)))

    assert db.cheers.count_documents({"dream_id": dream["_id"]}) == 1


def test_who_can_help_signs_up_and_is_led_to_the_offer(db, dream, visitor):
    """R54, R61."""
    link = link_called(visitor.get(f"/dreams/{SLUG}"), "I can help")
    form = visitor.get(link)

    answer = visitor.send("/signup", **NEW, **hidden_fields(form))

    assert link.startswith("/signup?")
    assert "You can offer to help with “Sail around the world”" in shown(form)
    assert answer.location == f"/dreams/{SLUG}/offers/new"


def test_who_presses_follow_on_a_persons_page_follows_and_is_back(db, dream, dreamer, visitor):
    """R54."""
    dreamer("bob")
    link = link_called(visitor.get("/dreamers/ada-lovelace"), "Follow Ada")
    form = visitor.get(link)

    answer = visitor.send("/login", **BOB, **hidden_fields(form))

    assert link.startswith("/signup?")
    assert "You'll follow Ada Lovelace as soon as you're signed in." in shown(form)
    assert answer.location == "/dreamers/ada-lovelace"
    assert "You're following Ada Lovelace." in shown(visitor.get(answer.location))
    assert db.follows.find_one()["followed_id"] == dream["dreamer_id"]


@pytest.mark.parametrize("hidden", [{"hidden": "Rude"}, None])
def test_the_form_tells_nothing_of_a_dream_that_visitors_may_not_see(db, make_dream, visitor,
                                                                     hidden):
    if hidden:
        make_dream(**hidden)

    assert "You'll follow" not in words_shown(visitor.get(f"/login?intent=follow:{SLUG}").text)


def test_following_twice_before_a_sign_in_counts_once(db, dream, dreamer, visitor):
    """R46."""
    dreamer("bob")

    for _ in range(2):
        visitor.send("/login", **BOB, **FOLLOW)

    assert db.dreams.find_one({"_id": dream["_id"]})["followers"] == 1


def test_a_sign_up_that_is_sent_again_leads_back_to_the_dream(db, dream, visitor):
    """R46."""
    for _ in range(2):
        answer = visitor.send("/signup", **NEW, **FOLLOW)

    assert answer.location == f"/dreams/{SLUG}#dream-{SLUG}"
    assert db.dreams.find_one({"_id": dream["_id"]})["followers"] == 1


@pytest.mark.parametrize("path", WAYS)
def test_looking_at_a_form_follows_nothing(db, dream, visitor, sign_in, path):
    """R54."""
    query = urlencode(FOLLOW | {"next": "/dreamscape"})

    assert visitor.get(f"{path}?{query}").status_code == 200
    answer = sign_in("bob").get(f"{path}?{query}")

    assert answer.location == f"/dreamscape#dream-{SLUG}"
    assert db.follows.count_documents({}) == 0


def test_a_refused_form_follows_nothing(db, dream, visitor):
    assert visitor.send("/login", email="x@example.com", password="x", **FOLLOW).status_code == 422
    assert visitor.post("/signup", data=NEW | FOLLOW).status_code == 422

    assert db.follows.count_documents({}) == 0


def test_another_site_makes_nobody_follow(db, dream, dreamer, visitor):
    dreamer("bob")

    answer = visitor.post("/login", data=BOB | FOLLOW | {"csrf_token": visitor.token()},
                          headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403
    assert db.follows.count_documents({}) == 0


def test_a_dream_by_a_former_slug_is_followed(db, dream, dreamer, visitor):
    set_slug("dreams", dream, "Row around the world")
    dreamer("bob")

    visitor.send("/login", **BOB, **FOLLOW)

    assert db.follows.count_documents({"dream_id": dream["_id"]}) == 1


def test_who_pressed_on_their_own_dream_is_told(db, dream, visitor):
    answer = visitor.send("/login", email="ada@example.com", password=PASSWORD, **FOLLOW)

    assert "You can't follow your own dream." in words_shown(visitor.get(answer.location).text)
    assert db.follows.count_documents({}) == 0


def test_a_dream_that_went_meanwhile_is_explained(db, dream, dreamer, visitor):
    """R47."""
    dreamer("bob")
    remove_dream(dream)

    answer = visitor.send("/login", **BOB, **FOLLOW, next="/dreamscape")

    assert answer.location.startswith("/dreamscape")
    assert "That dream isn't there any more." in words_shown(visitor.get(answer.location).text)


def test_a_hidden_dream_is_followed_by_nobody_who_may_not_see_it(db, make_dream, dreamer, visitor):
    make_dream(hidden="Rude")
    dreamer("bob")

    visitor.send("/login", **BOB, **FOLLOW)

    assert db.follows.count_documents({}) == 0


def test_a_follow_of_somebody_whose_session_ended_happens_after_the_sign_in(db, dream, sign_in):
    """R29, R54."""
    bob = sign_in("bob")
    db.dreamers.update_one({"email": BOB["email"]}, {"$set": {"sign_ins": []}})
    led = bob.send(f"/dreams/{SLUG}/follow", next="/dreamscape?q=sail")

    answer = bob.send("/login", **BOB, **hidden_fields(bob.get(led.location)))

    assert answer.location == f"/dreamscape?q=sail#dream-{SLUG}"
    assert db.follows.count_documents({"dream_id": dream["_id"]}) == 1


@pytest.mark.parametrize("intent", [
    "", "follow", "cheer", "help:", "uncheer:x", "follow:", "follow:a/b",
    "follow:../x", "follow:" + "x" * 101, "dreambuilder:x",
    "unfollow:x", "FOLLOW:x", "follow:x\n", "follow:a b", "https://evil.example", "dreambuilder\n"])
def test_anything_else_is_no_intent(intent):
    assert parse_sign_in_fields({"intent": intent, "next": "/a"}) == {"next": "/a"}


@pytest.mark.parametrize("intent", ["dreambuilder", f"follow:{SLUG}", "follow:" + "0" * 24,
                                    f"cheer:{SLUG}", f"help:{SLUG}",
                                    "follow-dreamer:ada-lovelace"])
def test_an_intent_is_taken(intent):
    assert parse_sign_in_fields({"intent": intent, "next": "//evil"}) == {"intent": intent}


def test_an_unknown_intent_is_ignored(db, visitor, way):
    path, fields = way

    answer = visitor.send(path, **fields, intent="delete:everything", next="/dreams")

    assert answer.location == "/dreams"


# Where else a sign-in leads ##################################################


def test_share_your_dream_leads_to_the_dreambuilder(db, visitor):
    """R54."""
    page = visitor.get(link_called(visitor.get("/"), "Share your dream"))

    assert "Next, you'll write down your dream." in words_shown(page.text)
    assert visitor.send("/signup", **NEW, **hidden_fields(page)).location == "/dreambuilder"


def test_a_signed_in_person_is_led_to_the_dreambuilder_at_once(db, sign_in):
    assert sign_in("bob").get("/signup?intent=dreambuilder").location == "/dreambuilder"


@pytest.mark.parametrize(("path", "led"), [
    ("/signup", "/profile/about"), ("/login", "/dreamscape")])
def test_who_pressed_nothing_goes_where_they_always_went(db, dreamer, visitor, path, led):
    dreamer("bob")

    assert visitor.send(path, **WAYS[path]).location == led


@pytest.mark.parametrize("page", [f"/dreams/{SLUG}", "/dreamers/ada-lovelace?cursor=" + "6" * 24,
                                  "/dreamscape?view=trending&q=sail"])
@pytest.mark.parametrize(("name", "path"), [("Sign up", "/signup"), ("Sign in", "/login")])
def test_the_header_leads_back_to_the_page(db, dream, visitor, page, name, path):
    """R54."""
    link = link_called(visitor.get(page), name)

    assert (link.partition("?")[0], query_of(link)) == (path, {"next": page})


def test_after_an_intent_the_stages_are_offered_and_not_forced(db, dream, visitor):
    """R23, R54."""
    answer = visitor.send("/signup", **NEW, **FOLLOW)

    assert "Finish your profile (4 steps left)" in words_shown(visitor.get(answer.location).text)


def test_a_comment_or_a_like_leads_back_to_its_place(db, comment, visitor):
    """R44, R54."""
    page, card = visitor.get(f"/dreams/{SLUG}"), visitor.get("/dreamscape?q=sail")

    assert [query_of(link_called(*each))["next"] for each in (
        (page, "Sign up to comment"), (page, "Like"), (card, "Sign up to comment"), (card, "Like"))
    ] == [f"/dreams/{SLUG}#comments", f"/dreams/{SLUG}#comment-{comment['_id']}",
          f"/dreamscape?q=sail#dream-{SLUG}", f"/dreamscape?q=sail#comment-{comment['_id']}"]


@pytest.mark.parametrize("page", ["/", "/dreamscape", f"/dreams/{SLUG}", "/dreamers/ada-lovelace",
                                  "/nowhere"])
def test_robots_follow_no_link_to_a_sign_in(db, comment, visitor, page):
    links = re.findall(r"<a [^>]*>", visitor.get(page).text)
    to_sign_in = [link for link in links if re.search(r'href="/(login|signup)', link)]

    assert len(to_sign_in) >= 2
    assert [link for link in to_sign_in if not re.search(r"rel=\"?nofollow", link)] == []


# Detours #####################################################################

PRESSED = FOLLOW | {"next": "/dreamscape?q=sail&topic=travel"}


@pytest.mark.parametrize(("path", "name"), [
    ("/login", "Sign up"), ("/login", "Forgot your password"),
    ("/password-reset", "Back to sign in"), ("/signup", "Sign in")])
def test_the_links_between_the_forms_keep_what_was_pressed(db, dream, visitor, path, name):
    """R54."""
    page = visitor.get(f"{path}?{urlencode(PRESSED)}").text
    *_, link = re.findall(rf'<a [^>]*href="([^"]*)"[^>]*>{name}', page)

    assert hidden_fields(visitor.get(unescape(link))) == PRESSED


@pytest.mark.parametrize(("path", "fields"), [
    ("/login", {"email": "bob@example.com", "password": "wrong"}), ("/login", {}),
    ("/signup", NEW | {"email": "x"}), ("/signup", {}), ("/password-reset", {"email": "x"})])
def test_a_refused_form_keeps_what_was_pressed(db, dream, dreamer, visitor, path, fields):
    """R4, R54."""
    dreamer("bob")

    page = visitor.send(path, **fields, **PRESSED)

    assert page.status_code == 422
    assert hidden_fields(page) == PRESSED


@pytest.mark.parametrize("path", [*WAYS, "/password-reset"])
def test_a_form_without_its_token_keeps_what_was_pressed(db, dream, visitor, path):
    page = visitor.post(path, data=NEW | PRESSED)

    assert page.status_code == 422
    assert hidden_fields(page) == PRESSED


def test_too_many_tries_keep_what_was_pressed(db, dream, visitor, monkeypatch):
    """R54."""
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)
    answers = [visitor.send("/login", **BOB | {"password": "wrong"}, **PRESSED) for _ in range(12)]

    assert answers[-1].status_code == 429
    assert query_of(link_called(answers[-1], "Try again")) == PRESSED


@pytest.mark.parametrize("path", [*WAYS, "/password-reset"])
def test_a_form_is_tried_again_on_its_own_page(db, visitor, path):
    with outage(0):
        page = visitor.send(path, **NEW)

    assert urlsplit(link_called(page, "Try again")).path == path


def test_an_outage_keeps_what_was_pressed(db, dream, visitor):
    """R5, R54."""
    with outage(0):
        page = visitor.send("/login", **BOB, **PRESSED)

    assert page.status_code == 503
    assert query_of(link_called(page, "Try again")) == PRESSED


def test_two_tabs_keep_apart_what_was_pressed(db, make_dream, dreamer, visitor):
    """R54."""
    dreamer("bob")
    pages = [visitor.get(f"/login?intent=follow:{make_dream(title=title)['slug']}")
             for title in ("First", "Second")]

    visitor.send("/login", **BOB, **hidden_fields(pages[0]))

    followed = [dream["title"] for dream in db.dreams.find({"followers": 1})]
    assert followed == ["First"]


def reset_link(server):
    """Return the path of the reset link in the newest mail."""
    text = server.messages[-1].get_body(("plain",)).get_content()
    return re.search(r"/password-reset/[\w.-]+", text)[0]


def test_a_reset_password_leads_to_what_was_pressed(db, dream, dreamer, visitor, server):
    """R54."""
    dreamer("bob")
    ask(visitor, "bob@example.com", query_string=PRESSED)
    answer = visitor.send(reset_link(server), password="an even longer one")

    assert answer.location == f"/dreamscape?q=sail&topic=travel#dream-{SLUG}"
    words = shown(visitor.get(answer.location))
    assert "Password changed." in words and "You're following “Sail around the world”." in words


def test_a_reset_on_another_device_follows_nothing(db, dream, dreamer, visitor, server):
    dreamer("bob")
    ask(visitor, "bob@example.com", query_string=PRESSED)

    answer = site.app.test_client().send(reset_link(server), password="an even longer one")

    assert answer.location == "/dreamscape"
    assert db.follows.count_documents({}) == 0


def test_a_later_reset_without_an_intent_follows_nothing(db, dream, dreamer, visitor, server):
    dreamer("bob")
    ask(visitor, "bob@example.com", query_string=PRESSED)
    ask(visitor, "bob@example.com")

    assert visitor.send(reset_link(server), password="a longer one").location == "/dreamscape"


def test_a_dead_reset_link_keeps_what_was_pressed(db, dream, visitor, server):
    ask(visitor, "bob@example.com", query_string=PRESSED)

    assert hidden_fields(visitor.get("/password-reset/dead")) == PRESSED


def test_a_next_that_is_too_long_for_the_session_leaves_it_alone(db, visitor, server):
    ask(visitor, query_string={"next": "/" + "é" * (SESSION_FIELDS_LENGTH // 6)})

    with visitor.session_transaction() as session:
        assert session["after_reset"] == {}


# Reading without an account ##################################################

PUBLIC_FEEDS = ["/dreamscape", "/dreamscape?view=trending", "/dreamscape?topic=travel",
                "/dreamscape?q=sail", "/dreamscape?q=sail&topic=travel&view=trending"]
OF_SOME = ["/dreamscape?view=needs", "/dreamscape?view=came-true"]  # not of every dream


@pytest.mark.parametrize("path", PUBLIC_FEEDS)
def test_a_visitor_reads_the_feed(db, dream, visitor, path):
    """R55."""
    assert dreams_shown(visitor.get(path).text) == [SLUG]


@pytest.mark.parametrize("path", PUBLIC_FEEDS + OF_SOME)
def test_a_feed_for_visitors_can_be_cached_and_sets_no_cookie(db, comment, visitor, path):
    """R55."""
    answer = visitor.get(path)

    assert "Set-Cookie" not in answer.headers and "csrf_token" not in answer.text
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize("path", PUBLIC_FEEDS + OF_SOME)
def test_a_feed_that_is_the_same_is_not_sent_again(db, comment, visitor, path):
    """R55."""
    known = {"If-None-Match": visitor.get(path).headers["ETag"]}

    assert FlaskClient.open(visitor, path, headers=known).status_code == 304


def test_the_tabs_of_a_visitor_say_which_need_an_account(db, dream, visitor):
    """R55."""
    page = visitor.get("/dreamscape?q=sail")

    assert query_of(link_called(page, "For you")) == {"next": "/dreamscape?view=for-you&q=sail"}
    assert "For you (sign in first) Following (sign in first)" in words_shown(page.text)
    assert "Include my dreams" not in page.text


def test_an_empty_feed_invites_a_visitor(db, visitor):
    """R35."""
    page = visitor.get("/dreamscape").text

    assert hrefs(page.partition('<div class="empty">')[2])[0] == "/signup?intent=dreambuilder"


def test_a_visitor_pages_through_all_dreams(db, make_dream, visitor):
    """R48, R55."""
    slugs = [make_dream(title=f"Dream {number}")["slug"] for number in range(25)]
    first = visitor.get("/dreamscape")
    second = visitor.get(re.search(r'rel="next" href="([^"]*)"', first.text)[1])

    assert dreams_shown(first.text) + dreams_shown(second.text) == slugs[::-1]


@pytest.mark.parametrize("path", ["/dreamscape?own=2", "/dreamscape?view=nothing", "/dreamscape?x"])
def test_what_no_feed_knows_shows_the_newest(db, dream, visitor, path):
    assert dreams_shown(visitor.get(path).text) == [SLUG]


@pytest.mark.parametrize("path", PUBLIC_FEEDS)
def test_a_visitor_sees_no_hidden_dream_and_no_form(db, comment, make_dream, visitor, path):
    """R55."""
    make_dream(title="Sail to Hell", hidden="Rude")

    page = visitor.get(path).text

    assert dreams_shown(page) == [SLUG]
    assert {form["method"] for form in forms(page)} <= {"get"}


@pytest.mark.parametrize("path", ["/dreamscape", "/dreamscape?view=trending",
                                  "/dreamscape?q=travel&topic=travel"])
def test_a_feed_costs_a_visitor_three_database_calls(real_db, dream, calls, visitor, path):
    """R55."""
    calls.commands.clear()

    visitor.get(path)

    assert 1 <= len(calls.commands) <= 3


def test_the_search_promises_people_only_to_who_is_signed_in(db, visitor, sign_in):
    assert "Search dreams and people" in sign_in("ada").get("/dreamscape").text
    assert "Search dreams</label>" in visitor.get("/dreamscape").text


@pytest.mark.parametrize(("network", "is_answered"), [("10.0.0.1", False), ("10.0.0.2", True)])
def test_searches_of_another_network_do_not_wait(db, dream, visitor, monkeypatch, network,
                                                 is_answered):
    monkeypatch.setattr("dreamscape.feed.feed_locks", [threading.Lock() for _ in range(100_003)])
    monkeypatch.setattr("dreamscape.feed.FEED_TIMEOUT", 0.5)

    with limited_query(None, network):
        page = visitor.get("/dreamscape?q=sail+around", environ_base={"REMOTE_ADDR": "10.0.0.1"})

    assert ("That took too long." in page.text) != is_answered


# Somebody unconfirmed ########################################################

LISTS = ["/", *PUBLIC_FEEDS, *OF_SOME, "/feed.atom", "/topics/travel/feed.atom",
         f"/dreams/{SLUG}/feed.atom", "/sitemap.xml", "/dreamscape?q=zyxwvut",
         "/dreamscape?q=zyxwvutism", f"/dreams/{SLUG}", "/dreamers/ada-lovelace"]
# What a page was asked.
SEARCHED = re.compile(r'q(=|%3d)zyxwvut(ism)?|name="q" value="[^"]*"|“\u2068zyxwvut(ism)?\u2069”')
OF_MEMBERS = ["/dreamscape?view=for-you&own=1", "/dreamscape?view=following", "/dreams",
              "/dreamscape?own=1&q=zyxwvut", "/profile/skills", "/profile", "/moderation",
              "/moderation/audit", "/dreamers", "/dreamers?q=zyxwvut", "/notifications"]


@pytest.fixture
def unseen(db, comment, sign_in, dreamer):
    """Somebody unconfirmed, who follows, has a profile, and tried to write; return their id."""
    client, person = sign_in("zyxwvut"), dreamer("zyxwvut")
    db.dreamers.update_one({"_id": person["_id"]}, {
        "$unset": {"email": ""}, "$set": {"unconfirmed_email": "zyxwvut@example.com",
                                          "ends_at": datetime.now(UTC) + timedelta(days=7)}})
    for path, fields in [
            ("/profile/skills", {"skills": ["zyxwvutism"], "experiences": ["zyxwvuting"]}),
            ("/profile/about", {"bio": "I am Zyxwvut"}), (f"/dreams/{SLUG}/follow", {}),
            ("/dreamers/ada-lovelace/follow", {}),
            (f"/dreams/{SLUG}/comments", {"body": "zyxwvut"}),
            ("/dreambuilder", {"title": "zyxwvut", "description": "x", "topics": "travel"}),
            (f"/comments/{comment['_id']}/reaction", {"value": "like"}),
            (f"/dreams/{SLUG}/report", {"reason": "zyxwvut"})]:
        assert client.send(path, **fields).status_code == 303
    return person


@pytest.mark.parametrize("path", LISTS)
def test_no_page_for_visitors_shows_somebody_unconfirmed(unseen, visitor, path):
    """R55, R56."""
    page = visitor.get(path)

    assert page.status_code == 200
    assert "zyxwvut" not in SEARCHED.sub("", page.text.lower())


@pytest.mark.parametrize("path", [*LISTS[1:], *OF_MEMBERS])
def test_no_page_for_members_shows_somebody_unconfirmed(unseen, sign_in, path):
    """R56: ada is the one who would be told of what they did."""
    page = sign_in("mod" if path.startswith("/moderation") else "ada").get(path)

    assert page.status_code == 200
    assert "zyxwvut" not in SEARCHED.sub("", page.text.lower())


@pytest.mark.parametrize("path", ["/profile/skills", "/dreamers/{unseen[slug]}"])
def test_somebody_is_seen_once_confirmed(unseen, db, sign_in, path):
    """R56."""
    db.dreamers.update_one({"_id": unseen["_id"]}, {"$unset": {"ends_at": ""}})

    assert "zyxwvut" in sign_in("mod").get(path.format(unseen=unseen)).text.lower()


def test_somebody_unconfirmed_is_counted_among_nothing_they_may_not_do(unseen, db):
    """R56."""
    dream, comment = db.dreams.find_one({"slug": SLUG}), db.comments.find_one({})

    assert (dream["comments"], comment.get("likes", 0)) == (1, 0)
    assert db.dreams.count_documents({}) == db.comments.count_documents({}) == 1
    assert db.reports.count_documents({}) == 0


def test_everybody_of_the_demo_is_confirmed(seeded):
    """R56."""
    _, demo, _ = seeded

    assert demo.dreamers.count_documents({"email": {"$type": "string"}, "ends_at": None}) > 5
    assert demo.dreamers.count_documents({"ends_at": {"$ne": None}}) == 0


def follower_counts(db):
    """Return the stored counts of followers of the dream and of its author."""
    return [db.dreams.find_one({"slug": SLUG})["followers"],
            db.dreamers.find_one({"slug": "ada-lovelace"}).get("followers", 0)]


def test_somebody_unconfirmed_is_no_follower_that_others_can_count(unseen, db):
    """R56: nor after the counts are mended."""
    before = follower_counts(db)
    site.app.test_cli_runner().invoke(args=["recount"])

    assert (before, follower_counts(db)) == ([0, 0], [0, 0])
    assert db.follows.count_documents({"dreamer_id": unseen["_id"]}) == 2


def test_follows_count_once_their_dreamer_is_confirmed(unseen, db):
    """R56: and only once, however often it is confirmed."""
    for _ in range(2):
        assert set_email_confirmed(db.dreamers.find_one({"_id": unseen["_id"]}))

    assert follower_counts(db) == [1, 1]


def test_somebody_unconfirmed_who_unfollows_changes_no_count(unseen, db, sign_in):
    """R56."""
    client = sign_in("zyxwvut")
    for path in (f"/dreams/{SLUG}/unfollow", "/dreamers/ada-lovelace/unfollow"):
        client.send(path)

    assert follower_counts(db) == [0, 0]
    assert db.follows.count_documents({"dreamer_id": unseen["_id"]}) == 0


@pytest.mark.parametrize("action", ["", "/follow", "/unfollow"])
def test_the_page_of_somebody_unconfirmed_is_nobodys(unseen, visitor, sign_in, action):
    """R56."""
    path = f"/dreamers/{unseen['slug']}{action}"

    assert visitor.get(f"/dreamers/{unseen['slug']}").status_code == 404
    answer = sign_in("bob").send(path) if action else sign_in("bob").get(path)
    assert answer.status_code == 404
