"""The feed: its views, its state in the address, its pages, its search and what it costs."""

import re
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pymongo
import pytest
from bson import ObjectId
from flask.testing import FlaskClient
from support.database import SecantusServer
from support.fields import WEAVER
from support.html_checker import forms
from support.failing_database import outage
from support.page_parser import dreams_shown, form_to, hrefs, next_href, query_of, words_shown
from support.plans import costly_stages, explain, indexes_of

import app as site
from dreamscape import feed, limits
from dreamscape.text import BIDI_CONTROLS, fold_case, index_words
from dreamscape.feed import (
    COUNTED, FEED_TIMEOUT, FEED_VIEWS, MAX_SKILL_TOKENS, SCAN_LIMIT, FeedTimeoutError,
    interests_query, limited_query,
)
from dreamscape.fields import TERMS
from dreamscape.database import INDEXES, db as site_db
from dreamscape.comments import add_comment
from dreamscape.dreamers import complete_dreamer, set_dreamer
from dreamscape.dreams import add_dream, trend_score
from dreamscape.follows import set_following
from dreamscape.needs import edited_needs, update_needs
from dreamscape.placeholders import CACHE_SIZE
from dreamscape.topics import topics_cache
from dreamscape.updates import add_update

VIEWS = ("latest", "trending", "for-you", "following")
DATABASE_CALLS = 5
ACTION_CALLS = 8  # two of them tell the other person
SOME_ID = "65f000000000000000000000"


@pytest.fixture
def add_dreams(dreamer):
    """Put many dreams in at once: add_dreams("ada", 45) returns their slugs, the newest first."""
    def add(name, count, prefix="dream", **fields):
        """Insert what the feed needs; a field of None is left out."""
        author = dreamer(name)["_id"]
        made = [{"_id": ObjectId(), "slug": f"{prefix}-{number}", "title": f"{prefix} {number}",
                 "once": f"{prefix} {number}", "topics": ["travel"], "dreamer_id": author,
                 "words": index_words("Travel")} | fields
                for number in range(count)]
        for dream in made:
            dream.setdefault("score", trend_score(dream))
        site_db.dreams.insert_many([
            {key: value for key, value in dream.items() if value is not None} for dream in made])
        return [dream["slug"] for dream in reversed(made)]

    return add


@pytest.fixture
def bob_follows_ada(dreamer):
    """Let bob follow ada and care for travel, so that each view shows him her dreams."""
    set_following(dreamer("bob"), {"followed_id": dreamer("ada")["_id"]}, True)
    set_dreamer(dreamer("bob"), {"interests": ["travel"]})


def walk(client, path, between=lambda: None):
    """Return the slugs of every page from ``path`` on; ``between`` happens between two pages."""
    seen = []
    while path:
        html = client.get(path).text
        seen += dreams_shown(html)
        path = next_href(html)
        between()
    return seen


def titles_in(client, path):
    """Return the slugs a feed page shows."""
    return dreams_shown(client.get(path).text)


# Views #######################################################################


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_opens_for_a_dreamer_without_interests_and_follows(db, dream, sign_in, view):
    """R41."""
    response = sign_in("bob").get(f"/dreamscape?view={view}")

    assert response.status_code == 200


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_opens_for_a_dreamer_who_has_only_an_id(db, dream, sign_in, dreamer, view):
    """R28, R41."""
    client = sign_in("bob")
    keep = {"_id": 1, "sign_ins": 1}
    bob = db.dreamers.find_one({"_id": dreamer("bob")["_id"]}, keep)
    db.dreamers.replace_one({"_id": bob["_id"]}, bob)

    response = client.get(f"/dreamscape?view={view}&own=1")

    assert response.status_code == 200


def test_latest_shows_the_newest_first(db, add_dreams, sign_in):
    """R41."""
    slugs = add_dreams("ada", 4)

    assert titles_in(sign_in("bob"), "/dreamscape") == slugs


@pytest.mark.parametrize("view", ["", "newest", "TRENDING", "$where"])
def test_an_unknown_view_is_the_latest(db, dream, sign_in, view):
    page = sign_in("bob").get(f"/dreamscape?view={view}").text

    assert 'aria-current="page">Newest<' in page


def test_the_view_on_show_is_marked(db, dream, sign_in):
    page = sign_in("bob").get("/dreamscape?view=trending").text

    assert page.count('aria-current="page"') == 1
    assert 'aria-current="page">Trending<' in page


def test_trending_shows_what_moves_most_people_first(db, make_dream, dreamer, sign_in):
    """R41."""
    first, second = make_dream(title="Loved"), make_dream(title="Overlooked")
    set_following(dreamer("mod"), {"dream_id": first["_id"]}, True)

    shown = titles_in(sign_in("bob"), "/dreamscape?view=trending")

    assert shown == [first["slug"], second["slug"]]


def test_a_comment_moves_a_dream_up_in_trending(db, make_dream, dreamer, sign_in):
    """R41."""
    first, second = make_dream(title="Talked about"), make_dream(title="Overlooked")
    add_comment(dreamer("mod"), first, "Wonderful.")

    shown = titles_in(sign_in("bob"), "/dreamscape?view=trending")

    assert shown == [first["slug"], second["slug"]]


def test_trending_says_in_a_sentence_how_it_sorts(db, sign_in):
    """R41, R66."""
    page = sign_in("bob").get("/dreamscape?view=trending").text

    assert "What's moving: news, help and thanks." in words_shown(page)


def born(hours_ago, **counts):
    """Return a dream born some hours ago."""
    moment = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours_ago)
    return {"_id": ObjectId.from_datetime(moment)} | counts


@pytest.mark.parametrize(("lower", "higher"), [
    (born(1), born(1, followers=1)),
    (born(1, followers=1), born(1, followers=2)),
    (born(1, comments=1), born(1, comments=2)),
    (born(1, comments=1), born(1, followers=1)),
    (born(100, followers=9), born(1, followers=9)),
    (born(24 * 365, followers=1_000_000), born(1)),
])
def test_a_score_grows_with_what_happens_and_falls_behind_with_age(lower, higher):
    """R41."""
    assert trend_score(lower) < trend_score(higher)


def test_after_a_half_life_half_the_points_weigh_the_same():
    """R41."""
    older, newer = born(36, comments=7), born(0, comments=3)

    assert trend_score(older) == pytest.approx(trend_score(newer))


@pytest.mark.parametrize("counts", [
    {}, {"followers": None, "comments": None}, {"followers": -3}, {"comments": -1}])
def test_a_score_of_missing_and_wrong_counts_is_that_of_none(counts):
    """R28."""
    dream = born(5)

    assert trend_score(dream | counts) == trend_score(dream)


def test_for_you_chooses_by_interests(db, make_dream, dreamer, sign_in):
    """R41."""
    wanted = make_dream(title="One", topics=["music"])
    make_dream(title="Two", topics=["sport"])
    dreamer("bob", interests=["music", "home"])

    assert titles_in(sign_in("bob"), "/dreamscape?view=for-you") == [wanted["slug"]]


@pytest.mark.parametrize(("skill", "description"), [
    ("C++", "Somebody who writes C++, please."),
    ("C#", "It is all in C#."),
    ("R&D", "We do R&D."),
    ("public speaking", "I fear speaking in public."),
    ("français", "Qui parle Francais ?"),
    ("FRANÇAIS", "Qui parle français ?"),
    ("плавание", "Плавание под парусом."),
    ("3D printing", "3d-printing would help."), ("3dprinting", "3D-printing would help."),
    ("lutes", "Who has a lute?"), ("lute", "Who has lutes?"), ("city walks", "Walk in cities."),
    ("smørrebrød", "Smorrebrod for all."), ("o'connell", "As O’Connell did."),
    ("料理", "料理が好き。"),
])
def test_for_you_chooses_by_skills(real_db, make_dream, dreamer, sign_in, skill, description):
    """R41."""
    wanted = make_dream(title="One", description=description)
    make_dream(title="Two", description="Nothing of the kind.")
    dreamer("bob", skills=[skill], skills_folded=[fold_case(skill)])

    assert titles_in(sign_in("bob"), "/dreamscape?view=for-you") == [wanted["slug"]]


@pytest.mark.parametrize(("skill", "description"), [
    ("C", "Somebody who writes C++, please."),
    ("sail", "I love sailing."),
    ("public speaking", "A public bath."),
])
def test_for_you_takes_no_other_word(real_db, make_dream, dreamer, sign_in, skill, description):
    """R41."""
    make_dream(title="One", description=description)
    dreamer("bob", skills=[skill], skills_folded=[fold_case(skill)])

    assert titles_in(sign_in("bob"), "/dreamscape?view=for-you") == []


def test_for_you_shows_every_dream_until_interests_are_told(db, dream, sign_in):
    """R41."""
    page = sign_in("bob").get("/dreamscape?view=for-you").text

    assert dreams_shown(page) == [dream["slug"]]
    assert "/profile/interests" in hrefs(page)


def test_a_skill_without_words_asks_for_nothing(db, dream, dreamer, sign_in):
    dreamer("bob", skills=["🚣"], skills_folded=["🚣"])

    assert titles_in(sign_in("bob"), "/dreamscape?view=for-you") == [dream["slug"]]


def test_following_shows_dreams_followed(db, make_dream, dreamer, sign_in):
    """R41."""
    followed = make_dream(title="One")
    make_dream(title="Two")
    set_following(dreamer("bob"), {"dream_id": followed["_id"]}, True)

    assert titles_in(sign_in("bob"), "/dreamscape?view=following") == [followed["slug"]]


def test_following_shows_dreams_of_dreamers_followed(db, make_dream, dreamer, sign_in):
    """R41."""
    followed = make_dream("ada", title="One")
    make_dream("mallory", title="Two")
    set_following(dreamer("bob"), {"followed_id": dreamer("ada")["_id"]}, True)

    assert titles_in(sign_in("bob"), "/dreamscape?view=following") == [followed["slug"]]


def test_following_many_dreamers_shows_the_newest_of_all(db, dreamer, sign_in, monkeypatch):
    """In several queries, some of which find the same."""
    monkeypatch.setattr("dreamscape.feed.MERGED_DREAMERS", 2)
    slugs = []
    for number in range(24):
        author = dreamer(f"author{number % 7}")
        told = {"title": f"Dream {number}", "description": "x", "topics": ["travel"]}
        slugs.append(add_dream(author, told | {"words": [], "once": str(number)}))
        set_following(dreamer("bob"), {"followed_id": author["_id"]}, True)
    dreams = db.dreams.find({"slug": {"$in": slugs[::2]}})
    db.follows.insert_many([{"dreamer_id": dreamer("bob")["_id"], "dream_id": dream["_id"]}
                            for dream in dreams])

    assert walk(sign_in("bob"), "/dreamscape?view=following") == slugs[::-1]


@pytest.mark.usefixtures("bob_follows_ada")
def test_a_dream_followed_of_a_dreamer_followed_is_there_once(db, dream, dreamer, sign_in):
    """R41."""
    set_following(dreamer("bob"), {"dream_id": dream["_id"]}, True)

    assert titles_in(sign_in("bob"), "/dreamscape?view=following") == [dream["slug"]]


def test_a_visitor_is_led_to_the_sign_in_with_all_state_kept(db, visitor):
    """R43."""
    response = visitor.get("/dreamscape?view=following&own=1&q=sea")

    assert response.status_code == 303
    assert query_of(response.location) == {"next": "/dreamscape?view=following&own=1&q=sea"}


def test_a_visitor_reads_a_page_that_somebody_shared_with_their_own_dreams(db, dream, visitor):
    """R43, R55: a visitor has none to include."""
    page = visitor.get("/dreamscape?view=latest&own=1")

    assert page.status_code == 200
    assert dream["title"] in page.text


@pytest.mark.parametrize("dreams", [0, 6])
def test_what_the_first_paint_waits_for_is_on_the_page(db, visitor, make_dream, dreams):
    for number in range(dreams):
        make_dream(title=f"Dream {number}")

    page = visitor.get("/dreamscape").text

    awaited = re.findall(r'rel="expect" href="#([^"]+)"', page)
    assert len(awaited) == 1 + (dreams > 5)
    assert all(f' id="{name}"' in page for name in awaited)


# One's own dreams ############################################################


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.usefixtures("bob_follows_ada")
def test_ones_own_dreams_are_not_in_the_feed(db, add_dreams, sign_in, view):
    """R42."""
    add_dreams("bob", 1, "mine")
    others = add_dreams("ada", 1)

    assert titles_in(sign_in("bob"), f"/dreamscape?view={view}") == others


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.usefixtures("bob_follows_ada")
def test_ones_own_dreams_are_shown_when_asked_for(db, add_dreams, sign_in, view):
    """R42."""
    expected = add_dreams("ada", 1) + add_dreams("bob", 1, "mine")

    shown = titles_in(sign_in("bob"), f"/dreamscape?view={view}&own=1")

    assert sorted(shown) == sorted(expected)


def switch_fields(page):
    """Return the fields that the tick box of one's own dreams sends."""
    _, fields = (form["fields"] for form in forms(page) if form["action"] == "/dreamscape")
    return {name: value for name, [value] in fields.items()}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("own", "state"), [("", "false"), ("&own=1", "true"), ("&own=0", "false")])
def test_the_tick_box_shows_its_true_state(real_db, sign_in, view, own, state):
    """R42: always."""
    page = sign_in("bob").get(f"/dreamscape?view={view}{own}").text

    assert f'role="checkbox" aria-checked="{state}">Include my dreams</button>' in page
    assert switch_fields(page).get("own") == ("1" if state == "false" else None)


# State in the address ########################################################

STATE = {"view": "trending", "own": "1", "topic": "travel", "q": "t"}
ADDRESS = "/dreamscape?view=trending&own=1&topic=travel&q=t"


def test_every_view_keeps_the_rest_of_the_state(db, sign_in):
    """R43."""
    page = sign_in("bob").get(ADDRESS).text

    main = page.partition("<main")[2]  # the navigation leads to the view alone
    tabs = [query_of(href) for href in hrefs(main) if href.startswith("/dreamscape?view=")]
    assert tabs[:len(FEED_VIEWS)] == [STATE | {"view": view} for view in FEED_VIEWS]


@pytest.mark.parametrize(("query", "title"), [
    ("q=sail", "1 dream for “sail”"), ("topic=travel", "1 dream about Travel"),
    ("q=sail&topic=travel", "1 dream for “sail” in Travel"), ("q=none", "No dreams for “none”"),
    ("view=trending", "Trending dreams"), ("", "Newest dreams")])
def test_a_search_has_a_title_and_a_heading_of_its_own(real_db, dream, sign_in, query, title):
    """Else somebody who hears the page can't tell it from the feed."""
    page = sign_in("bob").get(f"/dreamscape?{query}").text
    shown = BIDI_CONTROLS.sub("", page)

    heading = title if "q=" in query or "topic" in query else "Dreamscape"
    assert f"<title>{title} · Dreamscape</title>" in shown
    assert f'<h1 class="visually-hidden">{heading}</h1>' in shown


def test_the_tick_box_keeps_the_rest_of_the_state(db, sign_in):
    """R43."""
    page = sign_in("bob").get("/dreamscape?view=trending&own=1&topic=travel").text

    assert switch_fields(page) == {"view": "trending", "topic": "travel"}


def test_the_search_keeps_the_rest_of_the_state(db, sign_in):
    """R43."""
    page = sign_in("bob").get(ADDRESS).text

    assert form_to(page, "/dreamscape") == {name: [value] for name, value in STATE.items()}


@pytest.mark.parametrize(("view", "state", "searched"), [
    ("following", "", "latest"), ("for-you", "&own=1", "latest"), ("needs", "", "latest"),
    ("came-true", "", "latest"), ("trending", "", "trending"), ("needs", "&q=t", "needs"),
    ("following", "&topic=travel", "following")])
def test_a_new_search_looks_among_all_dreams(db, sign_in, view, state, searched):
    """R57: whichever view was opened; one within a view stays there."""
    page = sign_in("bob").get(f"/dreamscape?view={view}{state}").text

    [fields] = [form["fields"] for form in forms(page) if "q" in form["fields"]]
    assert fields["view"] == [searched]


def test_the_next_page_keeps_all_state(db, add_dreams, sign_in):
    """R43."""
    add_dreams("ada", 21)

    following = query_of(next_href(sign_in("bob").get(ADDRESS).text))

    assert following.pop("cursor")
    assert following == STATE


def test_a_topic_and_a_view_and_a_search_live_together(db, make_dream, dreamer, sign_in):
    """R43."""
    wanted = make_dream(title="Sail home", topics=["travel"])
    make_dream(title="Sail away", topics=["sport"])
    make_dream(title="Walk home", topics=["travel"])
    dreamer("bob", interests=["travel", "sport"])

    shown = titles_in(sign_in("bob"), "/dreamscape?view=for-you&topic=travel&q=sail")

    assert shown == [wanted["slug"]]


@pytest.mark.usefixtures("comment")
def test_every_action_of_a_feed_returns_to_the_whole_address(db, sign_in):
    """R43: whatever is pressed, cursor included."""
    address = f"{ADDRESS}&cursor=9999999_{SOME_ID}"

    page = sign_in("mallory").get(address).text

    actions = [form["fields"]["next"][0] for form in forms(page) if form["method"] == "post"]
    assert len(actions) == 7
    assert {action.partition("#")[0] for action in actions} == {address}


def test_after_a_comment_that_was_refused_all_state_is_still_there(db, dream, sign_in):
    """R43, R44."""
    client = sign_in("bob")
    refused = client.send(f"/dreams/{dream['slug']}/comments", body=" ", next=ADDRESS)

    fields = form_to(refused.text, f"/dreams/{dream['slug']}/comments")

    assert fields["next"] == [ADDRESS]


def test_a_topic_of_a_dream_leads_to_its_feed(db, dream, sign_in):
    page = sign_in("bob").get("/dreamscape").text

    assert "/dreamscape?topic=travel" in hrefs(page)


def test_an_unknown_topic_is_not_found(db, sign_in):
    """R3."""
    assert sign_in("bob").get("/dreamscape?topic=nonsense").status_code == 404


@pytest.mark.parametrize("path", ["/dreamscape?", "/dreamscape?view=trending&", "/dreams?",
                                  "/dreamers/bob-builder?", "/dreamers?", "/dreamers?q=a&"])
@pytest.mark.parametrize("cursor", ["x", "1", "_", "nan_", "5_x", f"{SOME_ID}x", f"{SOME_ID}_",
                                    "%00", "%ff"])
def test_a_cursor_that_is_none_is_not_found(real_db, sign_in, path, cursor):
    """R3."""
    assert sign_in("bob").get(f"{path}cursor={cursor}").status_code == 404


@pytest.mark.parametrize("score", ["nan", "inf", "-inf", "1e999", "x", "$gt", "%00", "0x1"])
def test_a_score_that_is_no_number_is_not_found(real_db, sign_in, score):
    """R3."""
    response = sign_in("bob").get(f"/dreamscape?view=trending&cursor={score}_{SOME_ID}")

    assert response.status_code == 404


@pytest.mark.parametrize("view", VIEWS)
def test_a_cursor_of_another_view_is_of_use_still(db, dream, sign_in, view):
    response = sign_in("bob").get(f"/dreamscape?view={view}&cursor=99999_{'f' * 24}")

    assert dreams_shown(response.text) == ([dream["slug"]] if view != "following" else [])


# Pages #######################################################################


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.usefixtures("bob_follows_ada")
def test_no_dream_comes_twice_and_none_is_skipped(db, add_dreams, sign_in, view):
    """R48."""
    slugs = add_dreams("ada", 45)

    assert walk(sign_in("bob"), f"/dreamscape?view={view}") == slugs


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.usefixtures("bob_follows_ada")
def test_dreams_posted_and_deleted_meanwhile_shift_nothing(db, add_dreams, sign_in, view):
    """R48."""
    slugs = add_dreams("ada", 45)
    names = iter("abcdef")

    def between():
        """Post two dreams, and delete the very last of a page and one far down."""
        add_dreams("ada", 2, f"newer-{next(names)}")
        db.dreams.delete_many({"slug": {"$in": [slugs[19], slugs[43]]}})

    seen = walk(sign_in("bob"), f"/dreamscape?view={view}", between)

    assert seen == [slug for slug in slugs if slug != slugs[43]]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.usefixtures("bob_follows_ada")
def test_old_dreams_without_a_score_are_paged_too(db, add_dreams, sign_in, view):
    """R28, R48."""
    old = add_dreams("ada", 22, "old", score=None)
    new = add_dreams("ada", 22, "new")

    assert walk(sign_in("bob"), f"/dreamscape?view={view}") == new + old


def test_dreams_of_the_same_score_are_all_there(db, add_dreams, sign_in):
    """R48."""
    slugs = add_dreams("ada", 45, score=13_000.123456789)

    assert walk(sign_in("bob"), "/dreamscape?view=trending") == slugs


def test_dreams_of_score_zero_are_all_there(db, add_dreams, sign_in):
    """R48."""
    slugs = add_dreams("ada", 45, score=0.0)

    assert walk(sign_in("bob"), "/dreamscape?view=trending") == slugs


@pytest.mark.parametrize("state", ["topic=travel", "q=travel", "topic=travel&q=t&own=1"])
@pytest.mark.parametrize("view", ["latest", "trending"])
def test_a_search_is_paged_too(real_db, add_dreams, sign_in, view, state):
    """R43, R48."""
    slugs = add_dreams("ada", 41)

    assert walk(sign_in("bob"), f"/dreamscape?view={view}&{state}") == slugs


@pytest.mark.parametrize(("name", "path"), [("ada", "/dreams"), ("bob", "/dreamers/ada-lovelace")])
def test_the_dreams_of_one_dreamer_are_paged_too(db, add_dreams, sign_in, name, path):
    """R48."""
    slugs = add_dreams("ada", 45)

    assert walk(sign_in(name), path) == slugs


@pytest.mark.parametrize(("count", "more"), [(0, False), (20, False), (21, True)])
def test_a_next_page_is_offered_only_when_there_is_one(db, add_dreams, sign_in, count, more):
    """R48."""
    add_dreams("ada", count) if count else None

    page = sign_in("bob").get("/dreamscape").text

    assert bool(next_href(page)) is more
    assert len(dreams_shown(page)) == min(count, 20)


def test_pages_have_no_numbers(db, add_dreams, sign_in):
    """R48."""
    add_dreams("ada", 21)

    page = sign_in("bob").get("/dreamscape").text

    assert not [href for href in hrefs(page) if "page=" in href]


# Cards #######################################################################

CHANGES = {
    "a title": lambda db: db.dreams.update_one({}, {"$set": {"title": "Fly"}}),
    "a topic": lambda db: db.dreams.update_one({}, {"$set": {"topics": ["music"]}}),
    "a follower": lambda db: db.dreams.update_one({}, {"$inc": {"followers": 1}}),
    "a picture": lambda db: db.dreams.update_one({}, {"$set": {"picture": "ship"}}),
    "no comments": lambda db: db.dreams.update_one({}, {"$set": {"comments_enabled": False}}),
    "an author's name": lambda db: db.dreamers.update_many({}, {"$set": {"first_name": "Eve"}}),
    "an author's role": lambda db: db.dreamers.update_many({}, {"$set": {"role": "moderator"}}),
    "a comment's words": lambda db: db.comments.update_one({}, {"$set": {"body": "Go."}}),
    "a comment's likes": lambda db: db.comments.update_one({}, {"$inc": {"likes": 1}}),
    "a folded comment": lambda db: db.comments.update_one({}, {"$set": {"dislikes": 3}}),
    "no comment": lambda db: db.comments.delete_many({}),
    "a topic's name": lambda db: topics_cache.update(topics={"travel": {
        "name": "Abroad", "offered": True}}),
}


def cards_seen(clients):
    """Return feed and dream page as several people see them, without the values per request."""
    pages = [client.get(path).text for client in clients
             for path in ("/dreamscape?own=1", "/dreams/sail-around-the-world")]
    return [re.sub(r'name="(csrf_token|once)" value="[^"]+', "", page) for page in pages]


def card_of(client):
    """Return the HTML of the first card of the newest dreams."""
    return client.get("/dreamscape").text.partition("<article")[2].partition("</article>")[0]


def forget_cards():
    """Let every card and comment be rendered anew."""
    site.render_card.cache_clear()
    site.render_comment.cache_clear()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_card_that_was_kept_shows_every_change(db, comment, sign_in, visitor, change):
    clients = [*map(sign_in, ("ada", "bob", "mallory", "mod")), visitor]
    before = cards_seen(clients)

    change(db)
    kept = cards_seen(clients)

    forget_cards()
    assert kept == cards_seen(clients) != before


def headers_seen(clients):
    """Return the header of several pages as several people see it, without the CSRF token."""
    pages = [client.get(path).text for client in clients
             for path in ("/dreams", "/dreambuilder", "/notifications", "/dreamers", "/about")]
    return [re.sub(r'name="csrf_token" value="[^"]+', "", re.search("<header.*</header>", page,
                                                                    re.DOTALL)[0])
            for page in pages]


@pytest.mark.parametrize("change", [
    {"first_name": 'Eve & "Eva"'}, {"first_name": ""}, {"slug": "eve"}, {"picture": "eve"},
    {"role": "moderator"}, {"role": "user"}], ids=str)
def test_a_header_that_was_kept_shows_every_change(db, sign_in, change):
    """It is kept for all who are signed in: nobody sees a part of another's."""
    clients = [*map(sign_in, ("ada", "bob", "mod"))]
    before = headers_seen(clients)

    db.dreamers.update_one({"first_name": "Mo" if change == {"role": "user"} else "Ada"},
                           {"$set": change})
    kept = headers_seen(clients)

    site.render_header.cache_clear()
    assert kept == headers_seen(clients) != before
    assert len({*kept}) == len(kept)


def test_the_header_leads_to_the_view_that_one_chose_last(db, ada, sign_in):
    bob = sign_in("bob")
    pages = [client.get("/dreams").text for client in (ada, bob)]

    ada.get("/dreamscape?view=trending")

    assert "/dreamscape?view=trending" not in "".join(pages)
    assert "/dreamscape?view=trending" in ada.get("/dreams").text
    assert "/dreamscape?view=trending" not in bob.get("/dreams").text


@pytest.mark.parametrize(("path", "fields"), [
    ("/dreams/sail-around-the-world/follow", {}), ("/dreamers/ada-lovelace/follow", {}),
    ("/comments/{comment}/reaction", {"value": "like"}),
])
def test_a_card_that_was_kept_shows_what_one_did(db, comment, sign_in, path, fields):
    client, other = sign_in("mallory"), sign_in("mod")
    before = cards_seen([client, other])

    client.send(path.format(comment=comment["_id"]), **fields)
    client.get("/dreams")  # Takes the message away.
    kept = cards_seen([client, other])

    forget_cards()
    assert kept == cards_seen([client, other]) != before


def test_a_card_that_was_kept_links_a_topic_that_is_known_now(db, make_dream, sign_in):
    make_dream(topics=["sailing"])
    client = sign_in("bob")
    before = client.get("/dreamscape").text

    topics_cache.update(topics={"sailing": {"name": "sailing", "offered": True}})
    after = client.get("/dreamscape").text

    assert ['href="/dreamscape?topic=sailing"' in page for page in (before, after)] == [False, True]


@pytest.mark.parametrize(("numbers", "words"), [
    ({"followers": 2, "comments": 1}, "2 followers · 1 comment"), ({"followers": 1}, "1 follower"),
    ({}, None)])
def test_a_card_counts_what_there_is_and_never_says_none(
        db, make_dream, sign_in, visitor, numbers, words):
    db.dreams.update_one({"_id": make_dream(topics=["travel"])["_id"]}, {"$set": numbers})

    for client in (sign_in("bob"), visitor):
        counts = re.findall(r'class="dream__count">([^<]*)<', client.get("/dreamscape").text)
        assert counts == [words] * bool(words)


@pytest.mark.parametrize(("fields", "reader", "words"), [
    ({}, "bob", ["Write a comment"]), ({}, None, []), ({"comments_enabled": False}, "bob", []),
    ({"comments_enabled": False, "comments": 1}, "bob", ["Comments"])])
def test_a_card_without_comments_has_a_conversation_only_for_who_may_begin_it(
        db, make_dream, sign_in, visitor, fields, reader, words):
    db.dreams.update_one({"_id": make_dream()["_id"]}, {"$set": fields})

    page = (sign_in(reader) if reader else visitor).get("/dreamscape").text

    talks = re.findall(r'<span class="talk__words".*?</summary>', page, re.DOTALL)
    assert [words_shown(talk).partition(" on ")[0] for talk in talks] == words


def test_a_card_has_one_time_and_its_update_instead_of_its_description(
        db, make_dream, dreamer, sign_in):
    """R65."""
    dream = make_dream(description="Since I was six.")
    client = sign_in("bob")
    before = card_of(client)
    add_update(dreamer("ada"), dream, "The mast stands.")
    after = card_of(client)

    assert [card.count("<time") for card in (before, after)] == [1, 1]
    assert ["Since I was six." in card for card in (before, after)] == [True, False]
    assert ["The mast stands." in card for card in (before, after)] == [False, True]


def test_the_state_of_a_card_stands_without_its_time(db, make_dream, sign_in):
    """R64."""
    make_dream(state="under-way", state_at=datetime.now(UTC))

    card = card_of(sign_in("bob"))

    assert "Under way" in card
    assert "<time" not in card


def test_a_dream_that_came_true_asks_for_nothing_but_to_be_read(db, make_dream, sign_in, visitor):
    """R64."""
    make_dream(state="came-true", state_at=datetime.now(UTC))

    for client in (sign_in("bob"), visitor):
        card = card_of(client)
        assert 'data-mood="amber"' in card.partition(">")[0]
        assert "/dreams/sail-around-the-world#story" in hrefs(card)
        assert "Follow dream" not in card and "Cheer" in card


def test_a_card_promises_no_story_where_none_was_told(db, make_dream, visitor):
    """R64."""
    make_dream(state="came-true", state_at=datetime.now(UTC), came_true_at=ObjectId())

    for view in ("latest", "came-true"):
        card = words_shown(visitor.get(f"/dreamscape?view={view}").text)
        assert "How it came true Sail around the world" in card
        assert "story" not in card


def test_following_is_what_the_page_of_a_dream_asks_for_and_no_card(db, dream, sign_in, visitor):
    for client in (sign_in("bob"), visitor):
        assert "button--primary" in client.get("/dreams/sail-around-the-world").text
        assert "button--primary" not in card_of(client)


@pytest.mark.parametrize(("page", "rank"), [
    ("/dreamscape", "quiet"), ("/dreams?part=living", "quiet"),
    ("/dreams/sail-around-the-world", "primary")])
def test_in_place_the_button_comes_back_as_it_was(db, dream, sign_in, page, rank):
    """R45."""
    client, path = sign_in("bob"), "/dreams/sail-around-the-world"
    client.send(f"{path}/follow")

    answer = FlaskClient.open(
        client, f"{path}/unfollow", method="POST", headers={"X-Fragment": "comments"},
        data={"csrf_token": client.token(), "next": page})

    assert f'<button class="button button--{rank}">Follow dream' in answer.text


def test_only_the_first_picture_of_a_page_does_not_wait(db, add_dreams, sign_in):
    """A card that was kept as the first one is no longer that when newer ones come."""
    client = sign_in("bob")
    for number in range(2):
        add_dreams("ada", 2, prefix=f"dream-{number}")
        page = client.get("/dreamscape").text

    pictures = re.findall(r'<img class="picture picture--dream"[^>]*>', page)
    assert ["loading=lazy" in picture for picture in pictures] == [False, True, True, True]


@pytest.mark.parametrize("words", ["", "The mast stands."])
def test_a_card_grows_old_while_it_is_kept(db, dream, dreamer, sign_in, monkeypatch, words):
    if words:
        add_update(dreamer("ada"), dream, words)
    client = sign_in("bob")
    client.get("/dreamscape")

    # Both where the cache's key is made and where the card is rendered.
    monkeypatch.setattr(site, "ago", lambda moment: "an age ago")
    monkeypatch.setitem(site.app.jinja_env.filters, "ago", site.ago)

    assert "an age ago" in client.get("/dreamscape").text


def test_a_card_that_was_kept_has_the_token_of_each_session(db, dream, sign_in):
    names = ("bob", "mallory")
    pages = {name: sign_in(name).get("/dreamscape").text for name in names}

    tokens = [form_to(pages[name], "/dreams/")["csrf_token"] for name in names]

    assert tokens[0] != tokens[1]


def test_a_card_leads_back_to_the_page_it_is_on(db, dream, comment, sign_in):
    client = sign_in("mallory")
    client.get("/dreamscape")

    page = client.get("/dreamscape?q=sail&view=trending").text

    assert 'value="/dreamscape?q=sail&amp;view=trending"' in page
    assert f"/report?next={quote('/dreamscape?q=sail&view=trending')}" in page


@pytest.mark.parametrize("render", [site.render_card, site.render_comment])
def test_cards_are_kept_up_to_so_many_characters(db, comment, sign_in, render):
    sign_in("bob").get("/dreamscape")
    cache = render.cache

    held = sum(len("".join(value)) for value in cache.values())
    assert 0 < cache.currsize == held <= cache.maxsize
    assert cache.maxsize == CACHE_SIZE


def test_a_comment_is_kept_for_its_card_and_for_its_dream(db, comment, sign_in):
    """R69: in each place it leads back there; on the page with the form of a reply."""
    client, paths = sign_in("mallory"), ("/dreamscape", "/dreams/sail-around-the-world")
    forget_cards()

    found = {path: re.search(r'<article class="comment".*?</article>', client.get(path).text,
                             re.DOTALL)[0] for path in paths}

    kept = [parts[0] for parts in site.render_comment.cache.values()]
    assert sum(part.startswith('<article class="comment"') for part in kept) == 2
    assert [part.count(f'value="{path}"') for path, part in found.items()] == [2, 3]


# Empty states ################################################################


@pytest.mark.parametrize(("path", "action"), [
    ("/dreamscape", "/dreambuilder"),
    ("/dreamscape?view=trending", "/dreambuilder"),
    ("/dreamscape?view=for-you", "/profile/interests"),
    ("/dreamscape?view=following", "/dreamscape?view=trending"),
    ("/dreamscape?view=needs", "/dreambuilder"),
    ("/dreamscape?view=came-true", "/dreamscape"),
    ("/dreamscape?view=trending&q=nothing", "/dreamscape?view=latest"),
    ("/dreamscape?topic=music", "/dreamscape?view=latest"),
    ("/dreams", "/dreambuilder"),
    ("/dreamers/bob-builder", "/dreambuilder"),
])
def test_an_empty_list_offers_one_action(db, sign_in, path, action):
    """R35."""
    page = sign_in("bob").get(path).text

    state = page.partition('<div class="empty">')[2].partition("</div>")[0]
    assert hrefs(state) == [action]


def test_an_empty_landing_page_offers_to_sign_up(db, visitor):
    """R35."""
    page = visitor.get("/").text

    assert hrefs(page.partition('<div class="empty">')[2])[0] == "/signup?intent=dreambuilder"


@pytest.mark.parametrize(("path", "says"), [
    ("/dreamscape", "No dreams from other people yet."),
    ("/dreamscape?own=1", "No dreams yet. Share the first.")])
def test_an_empty_feed_says_whose_dreams_are_missing(db, sign_in, path, says):
    assert says in words_shown(sign_in("bob").get(path).text)


@pytest.mark.parametrize(("path", "sentence"), [
    ("/dreamscape", "No dreams from other people yet."),
    ("/dreamscape?view=following", "Follow dreams or people"),
    ("/dreams", "You haven't shared a dream yet."),
    ("/dreamers/ada-lovelace", "Ada Lovelace hasn't shared a dream yet."),
])
@pytest.mark.usefixtures("dream", "bob_follows_ada")
def test_a_page_after_the_last_denies_nothing(db, make_dream, sign_in, path, sentence):
    """R35: what an empty list says is true."""
    make_dream("bob", title="Mine")

    page = sign_in("bob").get(f"{path}{'&' if '?' in path else '?'}cursor={'0' * 24}").text

    assert sentence not in words_shown(page)


# Search ######################################################################


@pytest.mark.parametrize(("title", "q"), [
    ("Sail around the world", "sail"), ("Sail around the world", "SAIL"),
    ("Sail around the world", "wor"), ("Sail around the world", "world sail"),
    ("Sail-boat", "boat"), ("Learn C++", "c++"), ("Learn C++", "c"), ("Learn C#", "c#"),
    ("Internationalisation", "internationalisation"), ("Internationalisation", "international"),
    ("Плавать вокруг света", "плав"), ("Плавать вокруг света", "ВОКРУГ"),
    ("Ёлка", "елка"), ("Елка", "ёлка"),
    ("環遊世界", "世界"), ("環遊世界", "環遊"), ("環遊世界", "界"), ("環遊世界", "環遊世界"),
    ("世界一周したい", "一周"), ("カヌーで旅", "カヌー"), ("ｶﾇｰで旅", "カヌー"),
    ("दुनिया की सैर", "दुनिया"), ("दुनिया की सैर", "दुनि"), ("दुनिया की सैर", "सैर"),
    ("الإبحار حول العالم", "العالم"), ("الإبحار حول العالم", "حول"),
    ("เดินทางรอบโลก", "รอบ"), ("เดินทางรอบโลก", "เดินทาง"),
    ("세계 일주", "세계"), ("세계 일주", "세"), ("Ταξίδι στον κόσμο", "ταξιδι"),
    ("Café à Paris", "cafe"), ("Cafe a Paris", "café"), ("Cafe\u0301 a Paris", "CAFÉ"),
    ("Hawaiʻi", "hawaii"), ("O’Connell", "oconnell"), ("L’eau", "eau"), ("Łódź", "lodz"),
    ("lute", "lutes"), ("City", "cities"), ("Cities", "city"), ("کتاب", "كتاب"), ("٣", "3"),
    ("Straße", "STRASSE"), ("İstanbul", "istanbul"), ("Đà Nẵng", "nang"), ("ＦＵＬＬ", "full"),
])
def test_a_dream_is_found_by_words_in_any_script(real_db, make_dream, sign_in, title, q):
    """R49."""
    dream = make_dream(title=title, description="-", topics=["music"])

    response = sign_in("bob").get("/dreamscape", query_string={"q": q})

    assert dreams_shown(response.text) == [dream["slug"]]


@pytest.mark.parametrize(("title", "q"), [
    ("Sail around the world", "ail"), ("Sail around the world", "sail moon"),
    ("Sail around the world", "sailing"), ("Sail", "c++"), ("環遊世界", "界世"),
    ("Internationalisation", "inventor"), ("Плавать вокруг света", "света нет"),
])
def test_a_dream_is_not_found_by_other_words(real_db, make_dream, sign_in, title, q):
    """R49."""
    make_dream(title=title, description="-", topics=["music"])

    response = sign_in("bob").get("/dreamscape", query_string={"q": q})

    assert dreams_shown(response.text) == []


@pytest.mark.parametrize("q", ["boat", "build myself", "travel", "ada", "lovel", "Ada sail",
                               "travel boat ada"])
def test_descriptions_topics_and_names_are_searched_too(real_db, dream, sign_in, q):
    """R49."""
    response = sign_in("bob").get("/dreamscape", query_string={"q": q})

    assert dreams_shown(response.text) == [dream["slug"]]


def test_a_topic_is_found_by_each_word_of_its_name(db, make_dream, sign_in):
    """R49."""
    dream = make_dream(topics=["nature"])

    response = sign_in("bob").get("/dreamscape?q=animals")

    assert dreams_shown(response.text) == [dream["slug"]]


@pytest.mark.parametrize("q", [
    "$where", "$ne", ".*ail", "^sailx?", "[s]ail", "(", "[", "\\", "*", "{'$gt': ''}", "🚣", "..",
    "'; drop", "%", "&own=1", "<script>", "@", "@ada moon", "\udc80"])
def test_operators_in_a_search_are_only_characters(real_db, dream, sign_in, q):
    """R1, R49."""
    response = sign_in("bob").get(f"/dreamscape?q={quote(q, errors='surrogatepass')}")

    assert response.status_code == 200
    assert dreams_shown(response.text) == []


@pytest.mark.parametrize("q", ['"sail"', "-sail", "sail.", "@ada", "sa\0il", "\u202esail", "$sail"])
def test_signs_around_a_word_do_no_harm(real_db, dream, sign_in, q):
    """R49."""
    response = sign_in("bob").get("/dreamscape", query_string={"q": q})

    assert dreams_shown(response.text) == [dream["slug"]]


@pytest.mark.parametrize("q", ["", " ", "\0", "\ufffe", "\u200b", "\u2003"])
def test_a_search_for_nothing_that_can_be_seen_is_none(real_db, dream, sign_in, q):
    response = sign_in("bob").get("/dreamscape", query_string={"q": q})

    assert dreams_shown(response.text) == [dream["slug"]]


@pytest.mark.parametrize("q", ["a" * 10_000, "a " * 5_000, "世" * 10_000, "+" * 10_000])
def test_a_very_long_search_is_answered_soon(db, dream, sign_in, q):
    """R1, R49."""
    client = sign_in("bob")
    start = time.perf_counter()

    response = client.get("/dreamscape", query_string={"q": q})

    assert response.status_code == 200
    assert time.perf_counter() - start < 20


def test_what_was_searched_stays_in_its_field(db, sign_in):
    page = sign_in("bob").get("/dreamscape", query_string={"q": 'C++ & "tea" <b>'}).text

    assert form_to(page, "/dreamscape")["q"] == ['C++ & "tea" <b>']


def test_a_new_name_is_found_and_the_old_one_is_not(db, dream, sign_in):
    """R49."""
    sign_in("ada").send("/profile", first_name="Grace", last_name="Hopper", email="ada@example.com")
    client = sign_in("bob")

    assert titles_in(client, "/dreamscape?q=grace") == [dream["slug"]]
    assert titles_in(client, "/dreamscape?q=lovelace") == []


def test_a_new_name_replaces_one_that_was_stored_by_an_older_rule(db, make_dream, sign_in):
    """R49."""
    make_dream(words=["sail", "sail.", "@ł", "@łódź", "@łódź."])
    sign_in("ada").send("/profile", first_name="Zoë", last_name="O’Hara", email="ada@example.com")

    words = db.dreams.find_one()["words"]

    assert "sail." in words
    assert [word for word in words if word.startswith("@ł")] == []
    assert {"@zoe.", "@ohara."} <= {*words}


def test_names_are_found_without_marks_and_apostrophes(db, make_dream, sign_in):
    """R49."""
    dream = make_dream()
    sign_in("ada").send("/profile", first_name="Zoë", last_name="O’Đorđe", email="ada@example.com")
    client = sign_in("bob")

    for q in ("zoe", "odorde", "dorde", "o'dorde", "ZOË O’ĐORĐE"):
        assert titles_in(client, f"/dreamscape?q={quote(q)}") == [dream["slug"]]


def test_a_new_name_takes_no_word_of_the_dream_away(db, make_dream, sign_in):
    """R49."""
    dream = make_dream(title="Meet Ada Lovelace")
    sign_in("ada").send("/profile", first_name="Grace", last_name="Hopper", email="ada@example.com")

    assert titles_in(sign_in("bob"), "/dreamscape?q=lovelace") == [dream["slug"]]


def test_an_edited_dream_is_found_by_its_new_words_alone(db, dream, sign_in):
    """R49."""
    sign_in("ada").send(f"/dreams/{dream['slug']}/edit", title="Climb", description="High up.",
                        topics="sport")
    client = sign_in("bob")

    assert titles_in(client, "/dreamscape?q=climb") == ["climb"]
    assert titles_in(client, "/dreamscape?q=sail") == []


# What a search found #########################################################


def said(client, path):
    """Return what the search of a page says it found."""
    found = re.search(r'<span class="search-fold__words">(.*?)</span>', client.get(path).text,
                      re.DOTALL)
    return found and words_shown(found[1]).replace("\u2068", "").replace("\u2069", "")


@pytest.mark.parametrize(("count", "words"), [
    (0, "No dreams"), (1, "1 dream"), (2, "2 dreams"), (20, "20 dreams"), (21, "21 dreams"),
    (100, "100 dreams"), (101, "More than 100 dreams"), (130, "More than 100 dreams")])
@pytest.mark.parametrize(("state", "search"), [
    ("q=travel", "for “travel”"), ("q=travel+t", "for “travel t”"),
    ("topic=travel", "about Travel"), ("view=trending&q=t", "for “t”"),
    ("topic=travel&q=t&own=1", "for “t” in Travel")])
def test_a_search_says_how_many_dreams_it_found(
        real_db, add_dreams, sign_in, count, words, state, search):
    """R57."""
    add_dreams("ada", count) if count else None
    add_dreams("ada", 3, "other", words=index_words("sport"), topics=["sport"])

    assert said(sign_in("bob"), f"/dreamscape?{state}") == f"{words} {search}"


@pytest.mark.parametrize("count", [3, 30])
def test_a_search_counts_no_hidden_dreams(db, add_dreams, sign_in, count):
    """R57."""
    add_dreams("ada", count)
    add_dreams("ada", 2, "hidden", hidden="Spam.")

    assert said(sign_in("bob"), "/dreamscape?q=travel") == f"{count} dreams for “travel”"


@pytest.mark.parametrize("count", [3, 30])
def test_a_topic_counts_no_dreams_that_it_leaves_out(db, add_dreams, sign_in, count):
    """R42, R57."""
    add_dreams("ada", count)
    add_dreams("bob", 2, "mine")

    pages = [said(sign_in("bob"), f"/dreamscape?topic=travel{own}") for own in ("", "&own=1")]

    assert [int(page.split()[0]) for page in pages] == [count, count + 2]


@pytest.mark.usefixtures("rare")
def test_an_incomplete_count_is_not_shown(db, add_dreams, sign_in, monkeypatch):
    """R57: the 24th and older ones are beyond what is looked through."""
    add_dreams("ada", 30, "many", words=["boats.", "sail.", "boats", "sail"])

    found = said(sign_in("bob"), "/dreamscape?q=sail+boats")
    assert found == "More than 20 dreams for “sail boats”"


@pytest.mark.usefixtures("bob_follows_ada")
def test_a_search_of_followed_dreams_shows_a_lower_bound(db, add_dreams, sign_in):
    """R57."""
    add_dreams("ada", 21)

    assert said(sign_in("bob"), "/dreamscape?view=following&q=t") == "More than 10 dreams for “t”"


def test_a_later_page_of_a_search_counts_nothing(db, add_dreams, sign_in):
    """R57."""
    add_dreams("ada", 21)
    client = sign_in("bob")
    second = next_href(client.get("/dreamscape?q=t").text)

    assert said(client, second) == "Dreams for “t”"


def test_a_feed_without_a_search_says_nothing_of_one(db, dream, sign_in):
    page = sign_in("bob").get("/dreamscape").text

    assert "Search and topics" in words_shown(page)
    assert "Edit search" not in words_shown(page)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.usefixtures("bob_follows_ada")
def test_a_search_finds_ones_own_dreams_too(real_db, make_dream, sign_in, view):
    """R57."""
    make_dream("bob", title="Sail home")

    assert titles_in(sign_in("bob"), f"/dreamscape?view={view}&q=sail") == ["sail-home"]


def test_a_search_has_no_tick_box_for_ones_own_dreams(db, sign_in):
    """R42, R57: they are there."""
    client = sign_in("bob")

    pages = [client.get(f"/dreamscape?{state}").text for state in ("q=sail", "topic=travel")]

    assert ["Include my dreams" in page for page in pages] == [False, True]


def test_a_search_whose_count_takes_too_long_shows_its_dreams(
        real_db, add_dreams, sign_in, monkeypatch):
    """R57."""
    add_dreams("ada", 21)
    monkeypatch.setattr("dreamscape.people.limited_query", timed_out)

    page = sign_in("bob").get("/dreamscape?q=t").text

    assert len(dreams_shown(page)) == 20
    assert "More than 10 dreams for" in words_shown(page)


@contextmanager
def timed_out(viewer, network):
    """Take too long."""
    raise FeedTimeoutError
    yield


@pytest.mark.parametrize(("path", "action"), [
    ("/dreamscape?q=nothing&topic=music&view=trending", "/dreamscape?q=nothing&view=trending"),
    *((f"/dreamscape?view={view}&q=nothing", "/dreamscape?view=latest&q=nothing")
      for view in ("following", "for-you", "needs", "came-true")),
    ("/dreamscape?view=needs&topic=music", "/dreamscape?view=latest&topic=music"),
    ("/dreamscape?view=following&q=lovelace&topic=music&own=1",
     "/dreamscape?view=latest&q=lovelace&topic=music&own=1"),
    ("/dreamscape?q=lovelace", "/dreamers?q=lovelace")])
def test_a_search_without_dreams_says_where_else_to_look(db, dreamer, sign_in, path, action):
    """R35, R57."""
    dreamer("ada")

    page = sign_in("bob").get(path).text

    [found] = hrefs(page.partition('<div class="empty">')[2].partition("</div>")[0])
    assert (found.partition("?")[0], query_of(found)) == (action.partition("?")[0],
                                                          query_of(action))


# What a page looks through ###################################################


@pytest.fixture
def rare(db, add_dreams, monkeypatch):
    """Three dreams of ada's on sailing boats among 60 of which each does one of both."""
    monkeypatch.setattr("dreamscape.feed.SCAN_LIMIT", 25)
    slugs = []
    for number in range(3):
        slugs += add_dreams("ada", 1, f"both-{number}", words=["boats.", "sail.", "boats", "sail"])
        add_dreams("ada", 10, f"boats-{number}", words=["boats.", "boats"])
        add_dreams("ada", 10, f"sail-{number}", words=["sail.", "sail"])
    return slugs[::-1]


@pytest.mark.parametrize("path", [
    "/dreamscape?q=sail+boats", "/dreamscape?view=trending&q=sail+boats",
    "/dreamscape?topic=travel&q=sail+boats", "/dreamscape?view=for-you",
    "/dreamscape?view=for-you&q=sail+boats", "/dreamscape?view=following&q=sail+boats",
    "/dreamscape?view=following&topic=travel&q=boats+sail&own=1"])
@pytest.mark.usefixtures("bob_follows_ada")
def test_what_is_rare_is_found_on_one_page_or_a_later_one(db, rare, dreamer, sign_in, path):
    """R43, R48, R49."""
    set_dreamer(dreamer("bob"), {"skills_folded": ["boats sail"], "interests": []})

    assert walk(sign_in("bob"), path) == rare


def test_followed_dreams_and_those_of_followed_dreamers_are_looked_through_alike(
        db, rare, add_dreams, dreamer, sign_in, monkeypatch):
    """In several walks that come up to different places."""
    monkeypatch.setattr("dreamscape.feed.MERGED_DREAMERS", 1)
    kim = add_dreams("kim", 40, "kim", words=["boats.", "boats"])
    both = add_dreams("kim", 2, "kims", words=["boats.", "sail.", "boats", "sail"])
    bob = dreamer("bob")
    for slug in kim[:30] + both:
        edge = {"dream_id": db.dreams.find_one({"slug": slug})["_id"]}
        db.follows.insert_one({"dreamer_id": bob["_id"]} | edge)
    for name in ("ada", "mod"):
        set_following(bob, {"followed_id": dreamer(name)["_id"]}, True)

    assert walk(sign_in("bob"), "/dreamscape?view=following&q=sail+boats") == both + rare


def test_a_page_without_dreams_that_leads_on_says_so(db, rare, add_dreams, sign_in):
    """R35."""
    add_dreams("ada", 30, "new", words=["sail.", "sail"])
    add_dreams("ada", 30, "newest", words=["boats.", "boats"])

    page = sign_in("bob").get("/dreamscape?q=sail+boats").text

    assert dreams_shown(page) == []
    assert next_href(page)
    assert "Keep looking in older dreams" in words_shown(page)


@pytest.mark.parametrize(("view", "q"), [
    ("for-you", ""), ("for-you", "sail"), ("latest", "a b c d e f g h"), ("trending", "sail boats"),
    ("following", "sail boats")])
def test_no_page_looks_through_more_dreams_than_a_bound(
        real_db, fill, calls, dreamer, sign_in, view, q):
    """What an index finds is cut off before the words of each are looked at."""
    fill(3)
    set_dreamer(dreamer("bob"), {"skills_folded": ["boats sail", "two words"]})
    client = sign_in("bob")
    calls.commands.clear()

    client.get(f"/dreamscape?view={view}&q={q}")

    ends = [[*part[2].values(), *part[3].values()] for name, told in calls.commands
            if name == "aggregate" and told["aggregate"] in ("dreams", "dreamers")
            for part in parts_of(told["pipeline"]) if "$skip" in part[2]]
    assert max(skipped + taken for skipped, taken in ends) <= SCAN_LIMIT
    assert len(ends) > 2


def parts_of(pipeline):
    """Return a pipeline and those of all its unions."""
    return [pipeline, *(part for stage in pipeline if "$unionWith" in stage
                        for part in parts_of(stage["$unionWith"]["pipeline"]))]


@pytest.fixture
def examined(mongodb, real_db):
    """A function that returns how many documents MongoDB reads for the dreams of a page."""
    if isinstance(mongodb, SecantusServer):
        pytest.skip("SecantusDB counts nothing")

    def count(browser, path, collection="dreams"):
        """Open a page while the database writes down what its aggregations read."""
        database.command("profile", 2)
        browser.get(path)
        database.command("profile", 0)
        told = [*database["system.profile"].find({"command.aggregate": collection})]
        database.drop_collection("system.profile")
        assert told
        return sum(each.get("docsExamined", 0) for each in told)

    with pymongo.MongoClient(mongodb.uri) as client:
        database = client[real_db.name]
        yield count


@pytest.fixture
def follow_many(real_db, add_dreams, dreamer):
    """Let bob follow many dreams, of which the newest 30 are hidden; return the other slugs."""
    def follow(count):
        """Add so many dreams of ada's, and bob's follows."""
        slugs = add_dreams("ada", count)
        bob, ids = dreamer("bob")["_id"], [dream["_id"] for dream in real_db.dreams.find({}, [])]
        real_db.follows.insert_many([{"dreamer_id": bob, "dream_id": _id} for _id in ids])
        real_db.dreams.update_many({"slug": {"$in": slugs[:30]}}, {"$set": {"hidden": "Spam."}})
        return slugs[30:]

    return follow


@pytest.mark.parametrize("state", ["", "&own=1", "&topic=travel"])
def test_a_page_of_followed_dreams_reads_few_of_many_follows(
        indexed, follow_many, examined, sign_in, state):
    follow_many(500)

    read = examined(sign_in("bob"), f"/dreamscape?view=following{state}")

    assert 20 <= read <= 11 * 21 + 21  # two parts of the scan, and authors


@pytest.mark.parametrize("most", [25, 50, 1_000])
def test_followed_dreams_among_hidden_ones_are_all_found_once(
        follow_many, sign_in, monkeypatch, most):
    """R43, R48: whatever a page looks at, the next one goes on there."""
    monkeypatch.setattr("dreamscape.feed.SCAN_LIMIT", most)
    slugs = follow_many(80)

    assert walk(sign_in("bob"), "/dreamscape?view=following") == slugs


RARE = ["q=boat+zzzz", "q=zzzz+boat", "topic=travel&q=boat+zzzz", "view=trending&q=boats+zzz",
        "view=for-you&topic=travel&q=boats+zzz"]


@pytest.mark.parametrize("state", RARE)
def test_a_search_reads_from_its_rarest_word_wherever_it_stands(
        indexed, examined, add_dreams, sign_in, state):
    add_dreams("ada", 200, words=index_words("boats"))
    wanted = add_dreams("ada", 3, "rare", words=index_words("zzzz boats"))
    client = sign_in("bob")

    assert titles_in(client, f"/dreamscape?{state}") == wanted
    assert examined(client, f"/dreamscape?{state}") <= 2 * len(wanted)


def test_a_search_for_frequent_words_reads_no_further_than_a_page_needs(
        indexed, examined, add_dreams, sign_in):
    add_dreams("ada", 300, words=index_words("boats sail"))
    client = sign_in("bob")
    second = next_href(client.get("/dreamscape?q=sail+boats").text)

    assert examined(client, second) <= 2 * 21


@pytest.mark.parametrize("q", ["sail", "sail+boats"])
def test_a_search_counts_no_further_than_it_says(indexed, examined, add_dreams, sign_in, q):
    """R57."""
    add_dreams("ada", 300, words=index_words("boats sail"))

    assert examined(sign_in("bob"), f"/dreamscape?q={q}", "dreamers") <= COUNTED + 1


def test_a_topic_that_is_rarer_than_a_word_is_read_instead(
        indexed, examined, add_dreams, sign_in):
    add_dreams("ada", 200, words=["boats"], topics=["music"])
    add_dreams("ada", 2, "rare", words=["boats"], topics=["travel"])

    assert examined(sign_in("bob"), "/dreamscape?topic=travel&q=boats") <= 2 * 2


def test_for_you_compares_few_skills_of_several_words_with_each_dream(dreamer, real_db):
    skills = [f"skill {'x' * number}" for number in range(1, 31)]
    dreamer("bob", skills_folded=skills)

    query = interests_query(complete_dreamer(dreamer("bob")))

    assert len(query["$or"]) <= 8


def test_for_you_asks_for_few_spellings_of_many_skills_but_for_each_as_it_is(dreamer, real_db):
    skills = [f"{'o' * number}øo" for number in range(1, TERMS + 1)]
    dreamer("bob", skills_folded=skills)

    [query] = interests_query(complete_dreamer(dreamer("bob")))["$or"]
    tokens = query["words"]["$in"]

    assert len(tokens) == MAX_SKILL_TOKENS
    assert {f"{'o' * (number + 2)}." for number in range(1, TERMS + 1)} <= {*tokens}


def test_for_you_takes_every_skill_of_one_word(db, make_dream, dreamer, sign_in):
    """R41."""
    wanted = make_dream(description="There is need of word30.")
    dreamer("bob", skills_folded=[f"word{number}" for number in range(1, 31)])

    assert titles_in(sign_in("bob"), "/dreamscape?view=for-you") == [wanted["slug"]]


LOOKING = ["view=for-you", "view=following&topic=travel", "q=sail+world", "topic=travel&q=sail",
           "view=trending&q=sail+world"]


@pytest.fixture
def bob_sails(dreamer):
    """A skill of bob's has two words."""
    set_dreamer(dreamer("bob"), {"skills_folded": ["sail world"]})


@pytest.mark.parametrize("state", LOOKING)
@pytest.mark.usefixtures("bob_sails")
def test_a_page_that_takes_too_long_says_what_to_do(real_db, dream, sign_in, monkeypatch, state):
    """R35: it is no database that is away."""
    monkeypatch.setattr("dreamscape.feed.FEED_TIMEOUT", 1e-9)

    answer = sign_in("bob").get(f"/dreamscape?{state}")

    assert answer.status_code == 200
    assert "That took too long. Please try again in a moment" in words_shown(answer.text)
    assert "/dreamscape" in hrefs(answer.text.partition('<div class="empty">')[2])


def test_pages_of_one_dreamer_are_found_one_at_a_time(
        real_db, dream, dreamer, sign_in, monkeypatch):
    # Of so many no two dreamers share one.
    monkeypatch.setattr("dreamscape.feed.feed_locks", [threading.Lock() for _ in range(100_003)])
    client, other = sign_in("bob"), sign_in("mallory")

    with limited_query(dreamer("bob")):
        pages = [each.get("/dreamscape?q=sail+world").text for each in (client, other)]

    late = "That took too long. Please try again in a moment"
    assert [late in words_shown(page) for page in pages] == [True, False]
    assert titles_in(client, "/dreamscape?q=sail+world") == [dream["slug"]]


@pytest.mark.parametrize("state", LOOKING)
@pytest.mark.usefixtures("bob_sails")
def test_the_database_itself_stops_what_takes_too_long(real_db, dream, calls, sign_in, state):
    client = sign_in("bob")
    calls.commands.clear()

    client.get(f"/dreamscape?{state}")

    limits = [told["maxTimeMS"] for _, told in calls.commands if told.get("aggregate") == "dreams"]
    assert 0 < min(limits) <= max(limits) <= FEED_TIMEOUT * 1_000


@pytest.mark.parametrize("q", ["", "sail", "sail+world"])
def test_a_feed_without_a_database_is_no_page_that_takes_too_long(real_db, dream, sign_in, q):
    client = sign_in("bob")
    with outage(after=1):
        assert client.get(f"/dreamscape?q={q}").status_code == 503


# How much is read ############################################################


@pytest.fixture
def reading_is_limited(monkeypatch):
    """Three pages a minute are all that a dreamer may read, and five that visitors may."""
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)
    monkeypatch.setattr(limits, "READ_RATE", limits.parse_rate("3 per minute"))
    monkeypatch.setattr(limits, "VISITOR_READ_RATE", limits.parse_rate("5 per minute"))
    limits.read_limiter.storage.reset()
    yield
    limits.read_limiter.storage.reset()


LISTS = ["/dreamscape?q=sail", "/dreams", "/dreams/sail-around-the-world",
         "/dreamers/ada-lovelace", "/dreamers?q=ada", "/dreambuilder?title=sail"]


@pytest.mark.usefixtures("reading_is_limited")
def test_who_reads_more_than_anybody_can_waits(db, dream, sign_in):
    client = sign_in("bob")

    answers = [client.get(path) for path in LISTS]

    assert [answer.status_code for answer in answers] == [200] * 3 + [429] * 3
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "Please try again in 1 minute." in words_shown(answers[-1].text)


@pytest.mark.usefixtures("reading_is_limited")
def test_others_read_on_at_the_same_address(db, dream, sign_in, visitor):
    client = sign_in("bob")
    for _ in range(4):
        client.get("/dreamscape")

    pages = [sign_in("mallory").get("/dreamscape"), *(visitor.get("/") for _ in range(6))]

    assert [page.status_code for page in pages] == [200] * 6 + [429]


@pytest.mark.usefixtures("reading_is_limited")
def test_forms_are_there_however_much_was_read(real_db, dream, sign_in):
    client = sign_in("bob")
    for _ in range(4):
        client.get("/dreamscape")

    assert client.get("/dreambuilder").status_code == 200
    assert client.send(f"/dreams/{dream['slug']}/follow").status_code == 303


def test_a_dreamer_may_read_five_pages_a_second_all_the_time():
    assert limits.READ_RATE.amount / limits.READ_RATE.get_expiry() >= 5
    assert limits.VISITOR_READ_RATE.amount / limits.VISITOR_READ_RATE.get_expiry() >= 20


def test_counting_what_is_read_costs_no_database_call(
        real_db, fill, calls, sign_in, monkeypatch):
    fill(3)
    client = sign_in("bob")
    before = cost(calls, client, "/dreamscape")
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)

    assert cost(calls, client, "/dreamscape") == before


# What a page costs ###########################################################

PAGES = [*(f"/dreamscape?view={view}&own=1" for view in FEED_VIEWS),
         "/dreamscape?q=travel", "/dreamscape?topic=travel", "/dreams", "/dreams/dream-1",
         "/dreamers/ada-lovelace", "/dreamers", "/dreamers?q=ada", "/dreamers?q=lovelace+ada", "/",
         "/notifications"]
# One call more tells which of several conditions is the rarest.
SEARCHES = ["/dreamscape?view=trending&topic=travel&q=travel", "/dreamscape?q=travel+t"]
# One call more finds those that one could help with.
NEEDS = ["/dreamscape?view=needs&topic=travel", "/dreamscape?view=needs&topic=travel&q=travel"]


@pytest.fixture
def fill(real_db, add_dreams, dreamer):
    """Fill the place: fill(40) adds as many dreams, comments, follows and reactions."""
    def add(count):
        """Add ``count`` of everything."""
        slugs = add_dreams("ada", count)
        dreams = [real_db.dreams.find_one({"slug": slug}) for slug in slugs]
        for dream in dreams:
            update_needs(dream["_id"], lambda needs: edited_needs(needs, ["Weaving", "A tent"]))
        real_db.dreamers.update_one({"_id": dreamer("bob")["_id"]}, {"$set": WEAVER})
        for dream in dreams[:8]:
            add_comment(dreamer("mallory"), dream, "Good luck.")
            set_following(dreamer("bob"), {"dream_id": dream["_id"]}, True)
        set_following(dreamer("bob"), {"followed_id": dreamer("ada")["_id"]}, True)
        newest = next(dream for dream in dreams if dream["slug"] == "dream-1")
        for number in range(count):
            add_comment(dreamer("mallory"), newest, f"Good luck {number}.")

    return add


def cost(calls, client, path):
    """Return how many database calls a page makes."""
    calls.commands.clear()
    response = client.get(path)
    assert response.status_code in (200, 303)
    return len(calls.commands)


def press(calls, client):
    """Return how many database calls each action makes, that of its limit included."""
    [newest] = site_db.comments.find().sort("_id", -1).limit(1)
    reaction, costs = f"/comments/{newest['_id']}/reaction", []
    client.send("/dreams/dream-1/follow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(site.settings, "RATELIMIT_ENABLED", True)
        for path, fields in [
            ("/dreams/dream-1/unfollow", {}), ("/dreams/dream-1/follow", {}),
            ("/dreamers/mallory-mean/follow", {}), ("/dreamers/mallory-mean/unfollow", {}),
            ("/dreams/dream-1/comments", {"body": "I would come along."}),
            (reaction, {"value": "like"}), (reaction, {"value": "none"}),
        ]:
            calls.commands.clear()
            assert client.send(path, **fields).status_code == 303
            costs.append(len(calls.commands))
    return costs


def test_pages_and_actions_cost_few_database_calls_however_much_there_is(
        real_db, fill, calls, sign_in):
    """All in one test, for filling the place takes longest."""
    fill(3)
    client = sign_in("bob")
    few = {path: cost(calls, client, path) for path in PAGES + SEARCHES + NEEDS}
    pressed = press(calls, client)
    real_db.dreams.delete_many({})

    fill(40)
    many = {path: cost(calls, client, path) for path in PAGES + SEARCHES + NEEDS}

    # A list of a topic that fills a page is counted in a call of its own.
    counted = {"/dreamscape?topic=travel": 4, "/dreamscape?view=needs&topic=travel": 5}
    assert few | counted == many
    assert max(many[path] for path in PAGES + SEARCHES + NEEDS[:1]) <= DATABASE_CALLS
    assert many[NEEDS[1]] <= DATABASE_CALLS + 1
    assert pressed == press(calls, client)
    assert max(pressed) <= ACTION_CALLS


@pytest.mark.parametrize("path", ["/dreamscape", "/dreamscape?view=following", "/dreams/dream-1"])
def test_following_hundreds_costs_no_more_calls(real_db, fill, dreamer, calls, sign_in, path):
    """A find brings a hundred at a time."""
    fill(3)
    client = sign_in("bob")
    few = cost(calls, client, path)

    real_db.follows.insert_many([{"dreamer_id": dreamer("bob")["_id"], key: ObjectId()}
                                 for key in ("dream_id", "followed_id") for _ in range(150)])

    assert cost(calls, client, path) == few <= DATABASE_CALLS


def test_a_landing_page_costs_one_database_call(real_db, fill, calls, visitor):
    fill(3)

    assert cost(calls, visitor, "/") == 1


def reads_of(command):
    """Return (collection, query, sort as pairs) of all that a find or an aggregate reads."""
    name, told = command
    if name == "find":
        return [(told["find"], told["filter"], list(told.get("sort", {}).items()))]
    return reads_of_pipeline(told["aggregate"], told["pipeline"])


def reads_of_pipeline(collection, pipeline):
    """Return what a pipeline reads, those of its unions included; it joins by _id alone."""
    first = {name: value for stage in pipeline[:2] for name, value in stage.items()}
    reads = [(collection, first["$match"], list(first.get("$sort", {}).items()))]
    for stage in pipeline:
        if union := stage.get("$unionWith"):
            reads += reads_of_pipeline(union["coll"], union["pipeline"])
        assert stage.get("$lookup", {"foreignField": "_id"})["foreignField"] == "_id"
    return reads


@pytest.fixture
def planner(mongodb, indexed):
    """The database with all its indexes, where a planner explains what it would do."""
    if isinstance(mongodb, SecantusServer):
        pytest.skip("SecantusDB explains simple queries alone")
    return indexed


def explain_pages(planner, calls, sign_in):
    """Yield (collection, plan) of all that pages read."""
    moderators = [("mod", "/moderation"), ("mod", "/moderation/audit")]
    own = [("ada", "/dreams/dream-1")]  # with people who could help
    for name, path in [*(("bob", path) for path in PAGES + SEARCHES + NEEDS), *own, *moderators]:
        assert cost(calls, sign_in(name), path)
        for kind, command in [*calls.commands]:
            for plan in explain(planner, kind, command):
                yield command[kind], plan


def is_bounded(collection, plan):
    """Return whether a plan reads by an index, and sorts no more than one document."""
    unique = {index.document["name"] for index in INDEXES[collection]
              if index.document.get("unique")}
    return not costly_stages(plan, unique)


def test_every_query_of_a_page_has_an_index_for_it(planner, fill, calls, sign_in):
    """R49: the planner finds one for each, in the order of the sort."""
    fill(40)

    plans = [*explain_pages(planner, calls, sign_in)]

    assert len(plans) > 3 * len(PAGES)
    assert [plan for plan in plans if not is_bounded(*plan)] == []


@pytest.fixture
def block_many(real_db, dreamer):
    """Let bob block 250 people and be blocked by as many, and by mallory."""
    bob = dreamer("bob")["_id"]
    real_db.blocks.insert_many(
        [{"dreamer_id": bob, "blocked_id": ObjectId()} for _ in range(250)]
        + [{"dreamer_id": ObjectId(), "blocked_id": bob} for _ in range(250)]
        + [{"dreamer_id": dreamer("mallory")["_id"], "blocked_id": bob}])
    real_db.dreamers.update_one({"_id": bob}, {"$set": {"has_blocks": True}})


def test_hundreds_of_blocks_leave_each_query_its_index(
        planner, fill, calls, sign_in, request):
    """R72, R49: no plan walks the ranges between the ids."""
    fill(40)
    before = [*explain_pages(planner, calls, sign_in)]

    request.getfixturevalue("block_many")
    plans = [*explain_pages(planner, calls, sign_in)]

    def indexes_used(plans):
        """Return (collection, index) of all plans."""
        return {(name, index) for name, plan in plans for index in indexes_of(plan)}

    assert [plan for plan in plans if not is_bounded(*plan)] == []
    assert {name for name, _ in indexes_used(plans) - indexes_used(before)} == {"blocks"}


def test_hundreds_of_blocks_cost_one_call(real_db, fill, calls, sign_in, request):
    """R72."""
    fill(3)
    client = sign_in("bob")
    before = {path: cost(calls, client, path) for path in PAGES}

    request.getfixturevalue("block_many")

    assert {path: cost(calls, client, path) for path in PAGES} == {
        path: number + 1 for path, number in before.items()}


def test_a_page_among_blocks_reads_little_though_most_is_by_who_is_blocked(
        indexed, add_dreams, block_many, examined, sign_in):
    """R72: those are more than a page looks at."""
    add_dreams("ada", 5, "first")
    add_dreams("mallory", 1_500, "blocked")
    client = sign_in("bob")

    assert titles_in(client, "/dreamscape") == []
    assert examined(client, "/dreamscape") <= 1_000 + 2
    assert len(walk(client, "/dreamscape")) == 5


def fields_outside_or(query):
    """Return the fields that a query names for every document, so that they bound a walk."""
    named = {field for field in query if field[0] != "$"}
    return named.union(*(fields_outside_or(part) for part in query.get("$and", ())))


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_deep_down_is_not_walked_to_from_the_first(
        real_db, fill, calls, sign_in, monkeypatch, view):
    """R48: the cursor bounds what an index is walked through, by the first field of its order."""
    monkeypatch.setattr("dreamscape.feed.FEED_PAGE", 1)
    fill(3)
    client = sign_in("bob")
    second = next_href(client.get(f"/dreamscape?view={view}&own=1").text)
    calls.commands.clear()

    client.get(second)

    reads = [read for command in calls.commands for read in reads_of(command)]
    walks = [(query, order) for name, query, order in reads if order and name != "comments"]
    assert walks
    assert all(order[0][0] in fields_outside_or(query) for query, order in walks)


@pytest.mark.parametrize(("collection", "query", "order"), [
    ("dreams", {"title": "x"}, {}), ("dreams", {"words": "x"}, {"title": 1}),
    ("dreams", {}, {"score": -1, "_id": 1}), ("comments", {"once": 1}, {}),
    ("comments", {}, {"dream_id": 1, "dreamer_id": 1}),
])
def test_a_query_without_an_index_is_told_apart(planner, collection, query, order):
    command = {"find": collection, "filter": query, "sort": order}

    [plan] = explain(planner, "find", command)

    assert not is_bounded(collection, plan)


@pytest.mark.parametrize(("command", "index"), [
    ({"find": "dreams", "filter": {"slug": "x"}}, "slug_1"),
    ({"find": "dreams", "filter": {"words": "sail."}, "sort": {"_id": -1}}, "words_1__id_-1"),
    ({"find": "dreams", "filter": {"dreamer_id": 1}, "sort": {"_id": -1}}, "dreamer_id_1__id_-1"),
    ({"find": "comments", "filter": {"dream_id": 1}, "sort": {"_id": -1}}, "dream_id_1__id_-1"),
    ({"find": "follows", "filter": {"followed_id": 1}}, "followed_id_1"),
])
def test_the_server_uses_the_index(planner, dream, comment, command, index):
    """R49: an index serves it."""
    [plan] = explain(planner, "find", command)

    assert indexes_of(plan) == {index}


def test_of_the_feed_there_are_these_numbers():
    numbers = {"FEED_VIEWS": {
                   "latest": "Newest", "trending": "Trending", "needs": "Can you help?",
                   "came-true": "Came true", "for-you": "For you", "following": "Following"},
               "PERSONAL_VIEWS": ("for-you", "following"), "COUNT_LIMIT": 500, "MAX_PHRASES": 8,
               "MAX_SKILL_TOKENS": 100, "SEARCH_WORDS": 8, "SCAN_LIMIT": 1_000,
               "CHUNK_PAGES": (1, 2, 10), "MERGED_DREAMERS": 100, "FEED_TIMEOUT": 1,
               "COUNTED": 100}

    assert {name: getattr(feed, name) for name in numbers} == numbers
