"""People: who is found by what, on which page, and how their search words stay true."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from bson import ObjectId
from support.database import SecantusServer
from support.html_checker import forms
from support.page_parser import form_to, hrefs, next_href, query_of, words_shown
from support.plans import explain, indexes_of

import app as site
from dreamscape import people
from dreamscape.database import db as site_db
from dreamscape.dreamers import (
    WORD_FIELDS, complete_dreamer, dreamer_words, find_dreamer, set_dreamer, set_dreamer_words,
)
from dreamscape.feed import SCAN_LIMIT, FeedTimeoutError, search_conditions
from dreamscape.people import find_people_page
from dreamscape.visibility import current_suspension, listed_dreamers_query

EARLIER, LATER = (datetime.now(UTC) + timedelta(days=days) for days in (-1, 1))
NAME = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"}


def people_shown(html):
    """Return the slugs of the people in a list, in document order."""
    return re.findall(r'<li class="card person" id="dreamer-([^"]+)"', html)


def people_found(client, q):
    """Return the slugs of the people that a search finds."""
    return people_shown(client.get("/dreamers", query_string={"q": q}).text)


@pytest.fixture
def add_people():
    """Put many people in at once: add_people(45) returns their slugs, the newest first."""
    def add(count, prefix="person", **fields):
        """Insert what a list needs."""
        people = [{"_id": ObjectId(), "slug": f"{prefix}-{number}", "first_name": "Kim",
                   "last_name": "Ito", "followers": 0, "helped": 0, "skills": ["weaving"],
                   "sign_up_key": f"{prefix}-{number}",
                   "email": f"{prefix}-{number}@example.com"} | fields
                  for number in range(count)]
        site_db.dreamers.insert_many(
            [person | {"words": dreamer_words(person)} for person in people])
        return [person["slug"] for person in reversed(people)]

    return add


def walk(client, path):
    """Return the slugs of the people of every page from ``path`` on."""
    seen = []
    while path:
        html = client.get(path).text
        seen += people_shown(html)
        path = next_href(html)
    return seen


# Words #######################################################################


@pytest.mark.parametrize(("fields", "q"), [
    ({"first_name": "Zoë"}, "zoe"), ({"last_name": "O’Connell"}, "oconnell"),
    ({"last_name": "Łoś"}, "los"), ({"first_name": "太郎"}, "太郎"),
    ({"last_name": "Ångström"}, "ang"),
    ({"location": "Đà Nẵng, Việt Nam"}, "da nang"), ({"location": "Москва"}, "моск"),
    ({"location": "東京都"}, "東京"), ({"location": "القاهرة"}, "القاهره"),
    ({"skills": ["weaving"]}, "weaving"), ({"skills": ["weaving"]}, "WEAV"),
    ({"skills": ["lutes"]}, "lute"), ({"skills": ["lute"]}, "lutes"), ({"skills": ["C++"]}, "c++"),
    ({"skills": ["public speaking"]}, "speaking public"), ({"skills": ["ткачество"]}, "ткач"),
    ({"experiences": ["moved between cities"]}, "city"), ({"experiences": ["घर बनाना"]}, "घर"),
    ({"experiences": ["เดินทางรอบโลก"]}, "รอบ"), ({"experiences": ["집 짓기"]}, "집"),
    ({"skills": ["weaving"], "location": "Turku"}, "weaving turku"),
    ({"first_name": "Kim", "experiences": ["sailed alone"]}, "kim sail"),
])
def test_people_are_found_by_words_and_beginnings_in_any_script(db, dreamer, sign_in, fields, q):
    """R57."""
    person = dreamer("kim", **{"first_name": "X", "last_name": "X"} | fields)
    set_dreamer(person, fields)

    assert people_found(sign_in("bob"), q) == [person["slug"]]


@pytest.mark.parametrize("q", ["eaving", "weaving tokyo", "weaver", "sail", "boats", "$ne", ".*",
                               "kim@example.com", "example", "🚣", "@kim x"])
def test_people_are_not_found_by_other_words(db, dreamer, sign_in, q):
    """R57: the bio and the address are no part of it."""
    dreamer("kim", skills=["weaving"], location="Turku", bio="I build boats.")

    assert people_found(sign_in("bob"), q) == []


@pytest.mark.parametrize("term", [
    "weaving", "C++", "R&D", "3D printing", "O’Connell’s method", "smørrebrød", "料理", "世界一周",
    "เดินทางรอบโลก", "कठपुतली बनाना", "fish & chips, with salt; and a little vinegar on top, please"])
def test_the_chip_of_a_skill_leads_to_whoever_has_it(db, dreamer, sign_in, term):
    """R57."""
    person = dreamer("kim", skills=[term])
    client = sign_in("bob")

    [chip] = [href for href in hrefs(client.get(f"/dreamers/{person['slug']}").text)
              if href.startswith("/dreamers?q=")]

    assert query_of(chip) == {"q": term}
    assert people_shown(client.get(chip).text) == [person["slug"]]


def test_the_chips_of_a_profile_lead_visitors_to_no_people(db, dreamer, visitor):
    """R57: the list is for people who are signed in."""
    person = dreamer("kim", skills=["weaving"], experiences=["grew up abroad"])

    page = visitor.get(f"/dreamers/{person['slug']}").text

    assert "weaving" in page and "grew up abroad" in page
    assert [href for href in hrefs(page) if href.startswith("/dreamers?")] == []


def needing(page):
    """Return what the links of a page to dreams that need something search for."""
    return [query_of(href)["q"] for href in hrefs(page)
            if href.startswith("/dreamscape?view=needs&q=")]


@pytest.mark.parametrize("name", ["kim", None], ids=["themselves", "visitor"])
def test_what_somebody_can_help_with_leads_to_dreams_that_need_it(
        dreamer, sign_in, visitor, name):
    person = dreamer("kim", skills=["R&D"], experiences=["grew up abroad"])

    page = (sign_in(name) if name else visitor).get(f"/dreamers/{person['slug']}").text

    assert needing(page) == ["R&D", "grew up abroad"]


def test_what_somebody_else_can_help_with_leads_to_people_like_them(dreamer, sign_in):
    person = dreamer("kim", skills=["R&D"])

    page = sign_in("bob").get(f"/dreamers/{person['slug']}").text

    assert (needing(page), 'href="/dreamers?q=R%26D"' in page) == ([], True)


@pytest.mark.parametrize(("name", "headings"), [
    ("kim", ["You know", "You've been there"]), ("bob", ["Knows", "Has been there"])])
def test_a_profile_speaks_to_its_dreamer_and_of_them_to_others(dreamer, sign_in, name, headings):
    person = dreamer("kim", skills=["R&D"], experiences=["grew up abroad"])

    words = words_shown(sign_in(name).get(f"/dreamers/{person['slug']}").text)

    assert f"{headings[0]} R&D {headings[1]} grew up abroad" in words


def test_a_profile_without_skills_asks_only_its_dreamer_for_some(dreamer, sign_in):
    ada = dreamer("ada")

    own, others = (sign_in(name).get(f"/dreamers/{ada['slug']}").text for name in ("ada", "bob"))

    assert "Add what you know" in own
    assert "an help with" not in others


def test_interests_lead_to_no_people(db, dreamer, sign_in):
    person = dreamer("kim", interests=["travel"])

    page = sign_in("bob").get(f"/dreamers/{person['slug']}").text

    assert "Travel" in words_shown(page)
    assert [href for href in hrefs(page) if href.startswith("/dreamers?")] == []


# Who is listed ###############################################################

UNLISTED = {
    "unconfirmed": {"ends_at": LATER}, "expired": {"ends_at": EARLIER},
    "suspended": {"suspended": {"until": LATER, "reason": "Spam."}},
    "suspended for good": {"suspended": {"until": None, "reason": "Spam."}},
    "suspended by an old document": {"suspended": {"reason": "Spam."}},
}
LISTED = {"never": {}, "lifted": {"suspended": None},
          "over": {"suspended": {"until": EARLIER, "reason": "Spam."}}}


@pytest.mark.parametrize("fields", UNLISTED.values(), ids=UNLISTED)
def test_nobody_is_offered_the_terms_of_somebody_unlisted(dreamer, sign_in, fields):
    dreamer("kim", skills=["alchemy"], **fields)
    dreamer("eve", skills=["weaving"])

    page = sign_in("bob").get("/profile/skills").text

    assert "weaving" in page and "alchemy" not in page


@pytest.mark.parametrize("fields", UNLISTED.values(), ids=UNLISTED)
def test_nobody_unconfirmed_or_suspended_is_found(db, dreamer, sign_in, make_dream, fields):
    """R56, R57: neither in the list, by a search, nor beside dreams."""
    dreamer("kim", skills=["weaving"], **fields)
    dreamer("eve", skills=["weaving"])
    client = sign_in("bob")

    pages = [client.get(path).text
             for path in ("/dreamers", "/dreamers?q=weaving", "/dreamscape?q=weaving")]

    assert ["Eve Person" in page for page in pages] == [True] * 3
    assert ["Kim Person" in page for page in pages] == [False] * 3


@pytest.mark.parametrize("fields", LISTED.values(), ids=LISTED)
def test_whoever_may_sign_in_is_found(db, dreamer, sign_in, fields):
    """R57."""
    person = dreamer("kim", skills=["weaving"], **fields)

    assert people_found(sign_in("bob"), "weaving") == [person["slug"]]


@pytest.mark.parametrize("fields", [*UNLISTED.values(), *LISTED.values()],
                         ids=[*UNLISTED, *LISTED])
def test_the_query_for_lists_is_the_rule_for_one(db, dreamer, fields):
    kim = dreamer("kim", **fields)

    is_listed = not kim.get("ends_at") and not current_suspension(kim)
    assert bool(db.dreamers.find_one(listed_dreamers_query())) is is_listed


def test_a_visitor_is_led_to_the_sign_in(db, visitor):
    """R57."""
    response = visitor.get("/dreamers?q=weaving")

    assert response.status_code == 303
    assert query_of(response.location) == {"next": "/dreamers?q=weaving"}


# Words that stay true ########################################################

CHANGES = [
    ("/profile", NAME | {"first_name": "Grace"}, "ada", "grace"),
    ("/profile", NAME | {"last_name": "Hopper"}, "lovelace", "hopper"),
    ("/profile/about", {"bio": "", "location": "Turku"}, "london", "turku"),
    ("/profile/skills", {"skills": "knitting", "experiences": "grew up abroad"}, "weaving",
     "knitting"),
    ("/profile/skills", {"skills": "weaving", "experiences": "sailed alone"}, "abroad", "sailed"),
]


@pytest.fixture
def full_ada(dreamer, ada):
    """Ada's client, with a profile that is filled in."""
    set_dreamer(dreamer("ada"), {"location": "London", "skills": ["weaving"],
                                 "experiences": ["grew up abroad"]})
    return ada


@pytest.mark.parametrize(("path", "fields", "old", "new"), CHANGES)
def test_a_changed_profile_is_found_by_its_new_words_alone(
        db, full_ada, sign_in, path, fields, old, new):
    """R57."""
    client = sign_in("bob")
    before = people_found(client, old)

    assert full_ada.send(path, **fields).status_code == 303

    assert len(before) == 1
    assert (len(people_found(client, old)), len(people_found(client, new))) == (0, 1)


@pytest.mark.parametrize("path", ["/profile/interests", "/profile/reminder"])
def test_other_changes_leave_the_words_alone(db, full_ada, path):
    before = db.dreamers.find_one({"first_name": "Ada"})["words"]

    full_ada.send(path, interests="travel")

    assert db.dreamers.find_one({"first_name": "Ada"})["words"] == before


def test_two_tabs_that_change_different_fields_leave_the_words_of_both(db, full_ada, dreamer):
    """R57: each had read the profile before the other one changed it."""
    one, other = complete_dreamer(dreamer("ada")), complete_dreamer(dreamer("ada"))

    set_dreamer(one, {"location": "Turku"})
    set_dreamer(other, {"skills": ["knitting"]})

    stored = dreamer("ada")
    assert stored["words"] == dreamer_words(stored)
    assert {"turku.", "knitting."} <= {*stored["words"]}


def test_words_of_a_profile_that_changed_meanwhile_are_not_stored(db, full_ada, dreamer):
    old = dreamer("ada")
    set_dreamer(old, {"location": "Turku"})
    stored = dreamer("ada")["words"]

    assert set_dreamer_words(old | {"words": []}) == 0

    assert dreamer("ada")["words"] == stored


def test_a_new_account_is_found_at_once(db, visitor, sign_in):
    """R57."""
    visitor.send("/signup", first_name="Grace", last_name="Hopper", email="grace@example.com",
                 password="a long password of hers")

    assert people_found(sign_in("bob"), "hopper") == ["grace-hopper"]


def test_the_demo_is_found(seeded):
    """R57."""
    _, demo, _ = seeded

    assert [person["words"] for person in demo.dreamers.find()] == [
        dreamer_words(person) for person in demo.dreamers.find()]
    assert demo.dreamers.count_documents({"words": "weaving."}) >= 1


def recount():
    """Return how much the command mends."""
    ended = site.app.test_cli_runner().invoke(args=["recount"])
    assert ended.exit_code == 0
    return int(ended.output.removeprefix("Mended: "))


@pytest.fixture
def old_people(db, add_people):
    """Five people as they were stored before they had search words."""
    slugs = add_people(5)
    db.dreamers.update_many({}, {"$unset": {"words": ""}})
    return slugs


def test_recount_lets_people_be_found_who_were_stored_without_words(db, old_people, sign_in):
    """R57."""
    client = sign_in("bob")
    before = people_found(client, "weaving")

    assert recount() == 5

    assert (before, people_found(client, "weaving")) == ([], old_people)
    assert recount() == 0


def test_an_interrupted_recount_of_people_is_finished_by_the_next(db, old_people, monkeypatch):
    """R57."""
    monkeypatch.setattr("dreamscape.database.BATCH", 2)
    works = [set_dreamer_words] * 3
    with monkeypatch.context() as patch:
        patch.setattr("dreamscape.commands.set_dreamer_words", lambda each: works.pop()(each))
        result = site.app.test_cli_runner().invoke(args=["recount"])

    assert result.exit_code == 1
    assert recount() == 2


@pytest.mark.parametrize("fields", [{}, dict.fromkeys(WORD_FIELDS)], ids=["missing", "none"])
def test_recount_mends_nothing_in_a_profile_without_words(db, fields):
    """R28."""
    db.dreamers.insert_one({"followers": 0, "helped": 0} | fields)

    assert recount() == 0


def test_the_viewer_is_loaded_without_their_search_words(db, full_ada):
    """Hundreds of strings that no page needs."""
    with full_ada:
        full_ada.get("/profile")
        assert "words" not in site.g.viewer
    assert "words" not in find_dreamer({"first_name": "Ada"})


# The list ####################################################################


@pytest.mark.parametrize("path", ["/dreamers", "/dreamers?q=weaving", "/dreamers?q=kim+weaving"])
def test_nobody_comes_twice_and_nobody_is_skipped(db, add_people, sign_in, path):
    """R48, R57."""
    slugs = add_people(45)
    add_people(3, "nobody", skills=[], last_name="Plain")

    assert walk(sign_in("bob"), path) == slugs


@pytest.mark.parametrize(("count", "more"), [(20, False), (21, True)])
def test_a_next_page_of_people_is_offered_only_when_there_is_one(
        db, add_people, sign_in, count, more):
    """R48."""
    add_people(count)

    page = sign_in("bob").get("/dreamers?q=weaving").text

    assert bool(next_href(page)) is more
    assert len(people_shown(page)) == min(count, 20)


@pytest.mark.parametrize("path", ["/dreamers", "/dreamers?q=weaving+rare"])
def test_people_among_many_others_are_found_on_a_later_page(
        db, add_people, sign_in, monkeypatch, path):
    """R48: each page looks through so many at most."""
    monkeypatch.setattr("dreamscape.people.SCAN_LIMIT", 25)
    wanted = add_people(2, "wanted", skills=["weaving", "rare"])
    add_people(60, "rares", skills=[], location="rare" if "q=" in path else "")
    add_people(60, "weavers", skills=["weaving"] if "q=" in path else [])
    client = sign_in("bob")

    assert people_shown(client.get(path).text) == []
    assert "No matches so far" in words_shown(client.get(path).text)
    assert walk(client, path) == wanted


@pytest.mark.parametrize("fields", [{"bio": "Hi."}, {"location": "Turku"}, {"picture": "x"},
                                    {"skills": ["weaving"]}, {"experiences": ["weaving"]}])
def test_without_a_search_people_are_shown_who_filled_something_in(db, dreamer, sign_in, fields):
    """R57."""
    dreamer("eve", bio="", skills=[], location=None)
    person = dreamer("kim", **fields)

    assert people_shown(sign_in("bob").get("/dreamers").text) == [person["slug"]]


@pytest.mark.parametrize(("path", "action"), [
    ("/dreamers", "/profile/about"), ("/dreamers?q=nobody", "/dreamscape?q=nobody"),
    (f"/dreamers?q=nobody&cursor={'0' * 24}", "/dreamers?q=nobody"),
    (f"/dreamers?cursor={'0' * 24}", "/dreamers")])
def test_an_empty_list_of_people_offers_one_action(db, sign_in, path, action):
    """R35."""
    page = sign_in("bob").get(path).text

    state = page.partition('<div class="empty">')[2].partition("</div>")[0]
    assert hrefs(state) == [action]


def test_skills_that_match_come_first(db, dreamer, sign_in):
    """R57."""
    dreamer("kim", skills=["cooking", "tea", "sailing boats"],
            experiences=["built a boat", "was a sailor", "tea"])

    page = sign_in("bob").get("/dreamers?q=boat+sail").text

    terms = re.findall(r'<a class="topic"[^>]*>([^<]*)</a>', page)
    assert terms == ["sailing boats", "built a boat", "was a sailor", "cooking", "tea"]


def test_of_many_skills_the_rest_is_a_number(db, dreamer, sign_in):
    person = dreamer("kim", skills=[f"skill {number}" for number in range(10)])

    page = sign_in("bob").get("/dreamers").text

    assert re.search(rf'href="/dreamers/{person["slug"]}">4 more<', page)


def test_a_person_is_followed_from_the_list_and_the_list_is_back(db, add_people, sign_in):
    """R43, R44."""
    [slug] = add_people(1)
    client = sign_in("bob")
    page = client.get("/dreamers?q=weaving").text

    fields = form_to(page, f"/dreamers/{slug}/follow")
    answer = client.send(f"/dreamers/{slug}/follow", next=fields["next"][0])

    assert answer.location == f"/dreamers?q=weaving#dreamer-{slug}"
    assert "Unfollow Kim" in words_shown(client.get("/dreamers?q=weaving").text)


def test_nobody_can_follow_themselves_in_the_list(db, full_ada):
    page = full_ada.get("/dreamers").text

    assert people_shown(page) == ["ada-lovelace"]
    assert not [form for form in forms(page) if "/follow" in form["action"]]
    assert "/profile" in hrefs(page)


def lists_seen(clients):
    """Return the list of people as each client sees it, without the values per request."""
    return [re.sub(r'name="csrf_token" value="[^"]+', "", client.get(path).text)
            for client in clients for path in ("/dreamers", "/dreamers?q=weaving")]


@pytest.mark.parametrize("fields", [
    {"first_name": "Eve"}, {"slug": "eve"}, {"bio": "I sail."}, {"location": "Oslo"},
    {"helped": 3}, {"picture": "face"}, {"skills": ["tea", "weaving"]}, {"experiences": ["A move"]},
], ids=lambda fields: next(iter(fields)))
def test_a_person_who_was_kept_shows_every_change(db, full_ada, sign_in, fields):
    clients = [full_ada, sign_in("bob")]
    before = lists_seen(clients)

    db.dreamers.update_one({"email": "ada@example.com"}, {"$set": fields})
    kept = lists_seen(clients)

    site.render_person.cache_clear()
    assert kept == lists_seen(clients) != before


SCRIPT = "<script>alert(1)</script>"


def test_what_people_write_is_only_text_in_the_list(db, dreamer, sign_in):
    dreamer("kim", **dict.fromkeys(("first_name", "last_name", "location", "bio"), SCRIPT),
            skills=[SCRIPT], experiences=['" onmouseover="x'])

    pages = [sign_in("bob").get(path, query_string={"q": SCRIPT}).text
             for path in ("/dreamers", "/dreamscape")]

    assert all("&lt;script&gt;alert(1)" in page and SCRIPT not in page for page in pages)
    assert '" onmouseover="x' not in pages[0]


@pytest.mark.parametrize("q", ["", " ", "\0", "\u200b"])
def test_a_search_for_nothing_shows_new_people(db, add_people, sign_in, q):
    slugs = add_people(2)

    assert people_found(sign_in("bob"), q) == slugs


def test_search_engines_are_told_to_stay_away(db, sign_in):
    assert '<meta name="robots" content="noindex">' in sign_in("bob").get("/dreamers").text


def test_a_person_with_only_an_id_breaks_no_list(db, sign_in):
    """R28."""
    db.dreamers.insert_one({"_id": ObjectId(), "skills": ["weaving"], "words": ["weaving."]})

    assert "Someone" in words_shown(sign_in("bob").get("/dreamers").text)


# Beside the dreams ###########################################################


def beside(client, path):
    """Return the links to people beside the dreams of a page."""
    page = client.get(path).text
    return hrefs(page.partition('<section class="beside"')[2].partition("</section>")[0])


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (3, 3), (5, 3)])
def test_a_search_of_dreams_shows_a_few_people_who_match(db, add_people, sign_in, count, shown):
    """R57."""
    slugs = add_people(count)

    links = beside(sign_in("bob"), "/dreamscape?q=weaving")

    assert links == [*(f"/dreamers/{slug}" for slug in slugs[:shown]), "/dreamers?q=weaving"]


@pytest.mark.parametrize("path", [
    "/dreamscape", "/dreamscape?topic=travel", "/dreamscape?q=nothing",
    f"/dreamscape?q=weaving&cursor={'f' * 24}"])
def test_elsewhere_no_people_are_beside_the_dreams(db, add_people, sign_in, path):
    """R57: only on the first page of a search that somebody matches."""
    add_people(1)

    assert beside(sign_in("bob"), path) == []


def test_oneself_is_not_beside_the_dreams(db, full_ada):
    assert beside(full_ada, "/dreamscape?q=weaving") == []


def test_people_are_a_press_away_from_the_dreams(db, sign_in):
    """R57."""
    page = sign_in("bob").get("/dreamscape").text

    assert hrefs(page).count("/dreamers") == 2  # in the menu, and by the search


# What a page of people costs #################################################


@pytest.fixture
def many(mongodb, indexed, add_people):
    """2,400 people, of whom a few have what is searched for, in a database with all indexes."""
    if isinstance(mongodb, SecantusServer):
        pytest.skip("SecantusDB explains simple queries alone")
    add_people(3, "both", skills=["weaving", "zither"])
    add_people(1_200, "weavers")
    add_people(1_200, "others", skills=["cooking"])
    return indexed


READS = [("q=weaving", 21), ("q=zither", 3), ("q=weaving+zither", 3), ("q=zither+kim", 3),
         ("q=kim+weaving", SCAN_LIMIT + 21),
         ("", 10 * 21)]  # with the second part of the scan


def test_a_page_of_people_reads_few_of_many(many, sign_in, dreamer, calls):
    """R57: MongoDB says how many documents a plan examines."""
    client = sign_in("bob")
    for query, most in READS:
        calls.commands.clear()

        client.get(f"/dreamers?{query}")

        [*_, command] = [told for name, told in calls.commands
                         if name == "aggregate" and told["aggregate"] == "dreamers"]
        assert examined(many, command) <= most, query


def examined(database, command):
    """Return how many documents an aggregation of one collection reads.

    Each part of its union is run alone, until there are as many results as it is limited to.
    """
    [first, *rest] = split_unions(command["pipeline"])
    total, left = 0, rest[-1]
    for stages in [first, *rest[:-1]]:
        told = database.command(
            "explain", {"aggregate": "dreamers", "cursor": {}, "pipeline": stages},
            verbosity="executionStats")
        total += sum(find_values(told, "totalDocsExamined"))
        left -= len([*database.dreamers.aggregate(stages)])
        if left <= 0:
            break
    return total


def split_unions(pipeline):
    """Return the stages of each part of a union, and last its limit."""
    parts, limit = [[]], 0
    for stage in pipeline:
        if "$unionWith" in stage:
            parts.append(stage["$unionWith"]["pipeline"])
        elif len(parts) == 1:
            parts[0].append(stage)
        else:
            limit = limit or stage.get("$limit", 0)
    return [*parts, limit]


def find_values(told, key):
    """Yield the values of a key in nested dicts and lists, the outermost ones."""
    if isinstance(told, dict) and key in told:
        yield told[key]
    elif isinstance(told, (dict, list)):
        for part in told.values() if isinstance(told, dict) else told:
            yield from find_values(part, key)


def test_the_server_finds_people_by_the_index_of_words(many):
    """R57: in the order of the page."""
    for q in ("weaving", "lutes", "weaving kim"):
        query = search_conditions(q)[0]

        [plan] = explain(many, "find", {"find": "dreamers", "filter": query, "sort": {"_id": -1}})

        assert indexes_of(plan) == {"words_1__id_-1"}, q
        assert "SORT" not in {stage for stage, _ in plan}, q


def test_a_list_of_people_that_takes_too_long_says_what_to_do(db, sign_in, monkeypatch):
    """R35."""
    def late(viewer):
        """Take too long."""
        raise FeedTimeoutError

    monkeypatch.setattr("dreamscape.people.limited_query", late)

    page = sign_in("bob").get("/dreamers?q=weaving").text

    assert "That took too long. Please try again in a moment" in words_shown(page)


@pytest.mark.parametrize("q", ["a" * 10_000, "a " * 5_000, "世" * 10_000, quote("\udc80", errors=
                                                                             "surrogatepass")])
def test_a_very_long_search_for_people_is_answered(db, sign_in, q):
    """R1."""
    assert sign_in("bob").get(f"/dreamers?q={q}").status_code == 200


def test_people_are_given_without_what_lists_need_not(db, add_people, dreamer):
    """No address, no password."""
    add_people(1)

    [person], _ = find_people_page(dreamer("bob"), "weaving", None)

    assert not person["email"]
    assert "password" not in person and "words" not in person


def test_a_page_has_20_people_and_a_search_of_dreams_three():
    assert [people.PEOPLE_PAGE, people.PEOPLE_BESIDE] == [20, 3]
