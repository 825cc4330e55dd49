"""Needs and skills that match: the view "Can you help?", people who could help, asking them."""

import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from support.concurrency import run_concurrently
from support.database import SecantusServer
from support.html_checker import forms
from support.page_parser import dreams_shown, hrefs, next_href, query_of, words_shown
from support.plans import SORT, explain, indexes_of, stages_of, winning_plans

import app as site
from dreamscape import matching
from dreamscape.database import db as site_db
from dreamscape.dreamers import complete_dreamer, set_dreamer
from dreamscape.dreams import complete_dream, set_need_found
from dreamscape.feed import FeedTimeoutError
from dreamscape.help import add_offer
from dreamscape.matching import (
    ASKS, HELPERS, MATCHES, MOST_TOKENS, add_ask, complete_helper, find_helpers, find_reason,
    helpers_stages, tokens_of,
)
from dreamscape.needs import edited_needs, need_fields, set_or_unset
from dreamscape.text import ACCENTS, STOP_WORDS, fold_word, matching_words

VIEW = "/dreamscape?view=needs"


@pytest.fixture
def needy(make_dream):
    """A function that adds a dream with needs: needy("Sail", "A tent")."""
    def add(title, *texts, name="ada", **fields):
        """Return the document of a dream with these needs."""
        return make_dream(name, title=title, **need_fields(edited_needs([], texts)) | fields)

    return add


@pytest.fixture
def skilled(dreamer):
    """A function that adds a person with skills: skilled("bob", "weaving")."""
    def add(name, *skills, experiences=(), **fields):
        """Return the complete dreamer."""
        terms = {"skills": [*skills], "experiences": [*experiences]}
        return complete_dreamer(dreamer(name, **terms, **fields))

    return add


@pytest.fixture
def weaver(db, skilled, sign_in):
    """Bob's client, who knows weaving."""
    skilled("bob", "weaving")
    return sign_in("bob")


def walk(client, path):
    """Return the slugs of the dreams on all pages of a list."""
    slugs = []
    while path:
        page = client.get(path).text
        slugs += dreams_shown(page)
        path = next_href(page)
    return slugs


# Words that match ############################################################


@pytest.mark.parametrize(("need", "term"), [
    ("Weaving", "weaving"), ("someone who knows WEAVING", "Weaving"), ("a tent", "tents"),
    ("Three batteries", "battery"), ("Cafe owner", "café"), ("grant writing", "Grant-writing"),
    ("製本の相談", "製本"), ("C++ help", "C++"), ("A beekeeper's advice", "beekeepers"),
    ("русский", "Русский"), ("français", "Francais"), ("3D printing", "3D"),
])
def test_a_need_matches_a_skill_by_a_word(need, term):
    """R63."""
    assert find_reason({"skills": [term]}, [{"id": "1", "text": need}])


@pytest.mark.parametrize(("need", "term"), [
    ("A tent", "a boat"), ("Plan B", "Vitamin B"), ("100 cups", "100 metres"), ("²", "²"),
    ("Someone to help me with this", "help with this"), ("Help!", "helping people"), ("🎺", "🎺"),
    ("Weaving", "weave"), ("A car", "carpentry"), ("本が好きです", "雨が好きです"), ("x", "x"),
    ("Ich brauche eine Leiter", "eine Harfe"), ("๑๒", "๑๒"),
])
def test_stop_words_letters_and_numbers_match_nothing(need, term):
    """R63."""
    assert find_reason({"skills": [term]}, [{"id": "1", "text": need}]) is None


def test_stop_words_are_as_words_are_folded():
    assert {fold_word(ACCENTS.sub("", word)) for word in STOP_WORDS} == STOP_WORDS
    assert matching_words(STOP_WORDS) == []


def test_the_reason_is_the_closest_term_in_the_dreamers_words():
    """R63."""
    person = {"skills": ["Writing letters", "Grant WRITING"], "experiences": ["wrote a grant"]}
    need = {"id": "1", "text": "Help with grant writing"}

    assert find_reason(person, [need]) == {"kind": "skills", "term": "Grant WRITING", "need": need}


def test_an_experience_is_a_reason_too():
    """R63."""
    reason = find_reason({"experiences": ["Burnout"]}, [{"id": "1", "text": "Advice on burnout"}])

    assert (reason["kind"], reason["term"]) == ("experiences", "Burnout")


def test_words_of_thousands_of_letters_make_few_tokens():
    """R1."""
    assert len(tokens_of([f"word{chr(97 + number % 26)}{number}" for number in range(999)])) == (
        MOST_TOKENS)


def test_words_to_help_with_change_with_the_profile(db, ada, dreamer):
    """R63."""
    ada.send("/profile/skills", skills=["Weaving"], experiences=["Burnout"])

    assert dreamer("ada")["help_words"] == ["burnout.", "weaving."]


def test_a_new_account_has_words_to_help_with(db, visitor):
    visitor.send("/signup", first_name="Grace", last_name="Hopper", email="grace@example.com",
                 password="a long password of hers")

    assert db.dreamers.find_one()["help_words"] == []


def test_init_db_gives_old_accounts_their_words(db, indexed, skilled):
    """R63."""
    skilled("bob", "weaving")
    db.dreamers.update_many({}, {"$unset": {"help_words": ""}})

    site.app.test_cli_runner().invoke(args=["init-db"])

    assert db.dreamers.find_one()["help_words"] == ["weaving."]


# The view ####################################################################


def test_the_view_lists_dreams_with_open_needs_the_newest_need_first(db, needy, make_dream, bob):
    """R63."""
    dreams = [needy(title, "A tent") for title in ("One", "Two", "Three")]
    make_dream(title="Nothing needed")
    set_need_found(dreams[1], dreams[1]["needs"][0]["id"], True)

    assert dreams_shown(bob.get(VIEW).text) == ["three", "one"]


@pytest.fixture
def bob(db, sign_in):
    """Bob's client, who has no skills."""
    return sign_in("bob")


@pytest.mark.parametrize("state", ["came-true", "resting", "let-go"])
def test_a_dream_that_is_over_needs_nobody(db, needy, skilled, sign_in, state):
    """Neither in the view, nor among the matches, nor on its own page."""
    bob = skilled("bob", "weaving")
    cloak = needy("Cloak", "Weaving", state=state)

    assert dreams_shown(sign_in("bob").get(VIEW).text) == []
    assert "People who could help" not in sign_in("ada").get(f"/dreams/{cloak['slug']}").text
    asked = {"need": cloak["needs"][0]["id"], "dreamer": bob["slug"]}
    sign_in("ada").send(f"/dreams/{cloak['slug']}/ask", **asked)
    assert site_db.asks.count_documents({}) == 0


def test_a_new_need_brings_an_old_dream_to_the_top(db, needy, ada, bob):
    """R63."""
    old = needy("Old", "A tent")
    needy("New", "A tent")

    ada.send(f"/dreams/{old['slug']}/edit", title="Old", description="Far.", topics="travel",
             needs=["A tent", "A loom"])

    assert dreams_shown(bob.get(VIEW).text) == ["old", "new"]


def test_visitors_see_the_view(db, needy, visitor):
    """R63."""
    needy("Sail", "A tent")

    page = visitor.get(VIEW)

    assert page.status_code == 200
    assert dreams_shown(page.text) == ["sail"]


def test_each_need_of_the_view_has_its_link_and_the_one_that_matches_is_first(
        db, needy, skilled, sign_in):
    """R63."""
    skilled("bob", "weaving")
    cloak = needy("Cloak", "A tent", "A very long table", "Weaving", "Felt")
    needy("Sail", "A boat")
    ids = {need["text"]: need["id"] for need in cloak["needs"]}

    card, other = sign_in("bob").get(VIEW).text.split("<article")[1:]

    links = re.findall(r'button--(\w+)" href="/dreams/cloak/offers/new\?need=(\w+)"', card)
    assert links == [("primary", ids["Weaving"]), *(
        ("plain", ids[text]) for text in ("A tent", "A very long table", "Felt"))]
    assert "I can help" in other and "button--primary" not in other


def test_a_visitor_signs_up_to_help_from_the_view(db, needy, visitor):
    """R54, R63."""
    sail = needy("Sail", "A boat")

    links = [link for link in hrefs(visitor.get(VIEW).text) if "help:sail" in link]

    assert [query_of(link) for link in links] == [{
        "intent": "help:sail", "next": f"/dreams/sail/offers/new?need={sail['needs'][0]['id']}"}]


def test_cards_elsewhere_name_needs_without_links(db, needy, bob):
    needy("Sail", "A boat")

    assert "I can help" in bob.get(VIEW).text
    assert "I can help" not in bob.get("/dreamscape").text


def test_ones_own_needs_are_left_out(db, needy, ada):
    """R63."""
    needy("Mine", "A tent")

    assert dreams_shown(ada.get(VIEW).text) == []
    assert dreams_shown(ada.get(f"{VIEW}&own=1").text) == ["mine"]


def test_hidden_dreams_are_left_out(db, needy, weaver):
    needy("Hidden", "A tent", "Weaving", hidden="Rude")

    assert dreams_shown(weaver.get(VIEW).text) == []


def test_what_matches_ones_skills_comes_first_with_the_reason(db, needy, weaver):
    """R63."""
    needy("Cloak", "A tent", "Someone for the weaving")
    needy("Newer", "A boat")

    page = weaver.get(VIEW).text

    assert dreams_shown(page) == ["cloak", "newer"]
    assert words_shown(page).count("because you know weaving") == 1


def test_a_need_that_is_found_is_no_match(db, needy, weaver):
    cloak = needy("Cloak", "Weaving", "A tent")
    set_need_found(cloak, cloak["needs"][0]["id"], True)

    assert "because you know" not in words_shown(weaver.get(VIEW).text)


def test_the_reason_for_an_experience_reads_well(db, needy, skilled, sign_in):
    """R63."""
    skilled("bob", experiences=["Burnout"])
    needy("Rest", "Advice after burnout")

    page = sign_in("bob").get(VIEW).text

    assert "because you've been there: Burnout" in words_shown(page)


def test_the_reason_is_for_nobody_else(db, needy, weaver, visitor, sign_in):
    """Cards are cached."""
    needy("Cloak", "Weaving")
    weaver.get(VIEW)

    for client in (visitor, sign_in("mallory")):
        assert "because" not in words_shown(client.get(VIEW).text)


@pytest.mark.parametrize("matching", [0, MATCHES, MATCHES + 5, 25])
def test_no_page_repeats_a_dream_or_loses_one(db, needy, weaver, matching):
    """R63: however many match and come first."""
    for number in range(25):
        needy(f"Dream {number}", "Weaving" if number < matching else "A boat")

    slugs = walk(weaver, VIEW)

    assert sorted(slugs) == sorted(f"dream-{number}" for number in range(25))
    assert slugs[:min(matching, MATCHES)] == [
        f"dream-{number}" for number in range(matching)][::-1][:MATCHES]


def test_at_most_a_page_is_shown_at_once(db, needy, weaver):
    for number in range(25):
        needy(f"Dream {number}", "Weaving" if number % 2 else "A boat")

    assert len(dreams_shown(weaver.get(VIEW).text)) == 20


def test_needs_found_meanwhile_shift_nothing(db, needy, weaver):
    """R63."""
    dreams = [needy(f"Dream {number}", "Weaving" if number % 3 else "A boat")
              for number in range(30)]
    page = weaver.get(VIEW).text
    set_need_found(dreams[29], dreams[29]["needs"][0]["id"], True)
    set_need_found(dreams[28], dreams[28]["needs"][0]["id"], True)

    rest = walk(weaver, next_href(page))

    assert sorted(dreams_shown(page) + rest) == sorted(f"dream-{number}" for number in range(30))


@pytest.mark.parametrize(("query", "shown"), [
    ("topic=home", ["cloak", "mat"]), ("q=mat", ["mat"]), ("topic=home&q=mat", ["mat"]),
    ("topic=sport", []), ("q=weaving", ["cloak"])])
def test_topic_and_search_still_choose(real_db, needy, skilled, sign_in, query, shown):
    """R63."""
    skilled("bob", "weaving")
    words = {"words": ["mat", "mat."]}
    needy("Cloak", "Weaving", topics=["home"], words=["weaving", "weaving."])
    needy("Mat", "A boat", topics=["home"], **words)
    needy("Other", "Weaving", topics=["travel"])

    assert dreams_shown(sign_in("bob").get(f"{VIEW}&{query}").text) == shown


@pytest.mark.parametrize("query", ["topic=home", "topic=home&q=mat"])
def test_filtered_pages_neither_repeat_nor_lose(real_db, needy, skilled, sign_in, query):
    """R63."""
    skilled("bob", "weaving")
    for number in range(50):
        needy(f"Dream {number}", "Weaving" if number % 2 else "A boat", words=["mat", "mat."],
              topics=["home"] if number % 5 else ["sport"])

    slugs = walk(sign_in("bob"), f"{VIEW}&{query}")

    assert sorted(slugs) == sorted(f"dream-{number}" for number in range(50) if number % 5)


def test_a_scan_that_ends_early_goes_on_with_the_next_page(
        real_db, needy, skilled, sign_in, monkeypatch):
    """R63, R49: the oldest three are in both indexes, which hold more than one scan reads."""
    monkeypatch.setattr("dreamscape.feed.SCAN_LIMIT", 8)
    skilled("bob", "weaving")
    for number in range(47):
        needy(f"Dream {number}", "A boat", words=["mat", "mat."] if number < 25 else [],
              topics=["home"] if number < 3 or number > 24 else [])
    client, path = sign_in("bob"), f"{VIEW}&topic=home&q=mat"

    assert dreams_shown(client.get(path).text) == []
    assert walk(client, path) == ["dream-2", "dream-1", "dream-0"]


@pytest.mark.parametrize("cursor", ["x", "0" * 23, "_", f"{'f' * 24}_", "99999_x"])
def test_a_cursor_that_cannot_be_read_is_no_page(db, bob, cursor):
    assert bob.get(f"{VIEW}&cursor={cursor}").status_code == 404


def test_a_cursor_of_another_view_is_of_use_still(db, needy, weaver):
    needy("Sail", "A tent")

    assert dreams_shown(weaver.get(f"{VIEW}&cursor=99999_{'f' * 24}").text) == ["sail"]


def test_an_empty_view_says_so(db, bob, visitor):
    for client in (bob, visitor):
        assert "No one is looking for help right now." in words_shown(client.get(VIEW).text)


def test_who_has_no_skills_is_told_to_add_some(db, bob):
    assert "Add your skills" in words_shown(bob.get(VIEW).text)


# People who could help #######################################################


def helpers_of(dream, viewer=None):
    """Return the first names of who could help with a dream, for its dreamer."""
    dream = complete_dream(site_db.dreams.find_one({"_id": dream["_id"]}))
    return [helper["first_name"] for helper in
            find_helpers(viewer or {"_id": dream["dreamer_id"]}, dream)]


def test_people_who_could_help_are_on_ones_own_dream(db, needy, skilled, ada):
    """R63."""
    skilled("bob", "Weaving")
    dream = needy("Cloak", "Someone for weaving")

    words = words_shown(ada.get(f"/dreams/{dream['slug']}").text)

    assert "People who could help" in words
    assert "because they know Weaving" in words


@pytest.mark.parametrize("name", ["bob", "mod", None])
def test_nobody_else_sees_them(db, needy, skilled, sign_in, visitor, name):
    skilled("bob", "weaving")
    dream = needy("Cloak", "weaving")

    page = (sign_in(name) if name else visitor).get(f"/dreams/{dream['slug']}").text

    assert "People who could help" not in words_shown(page)


def test_the_closest_come_first(db, needy, skilled):
    """R63."""
    for name, skills in {"one": ["weaving"], "three": ["flax weaving", "dyeing"],
                         "two": ["weaving", "dyeing"]}.items():
        skilled(name, *skills)

    assert helpers_of(needy("Cloak", "Weaving flax", "Dyeing")) == ["Three", "Two", "One"]


def test_at_most_six_are_suggested(db, needy, skilled):
    """R63."""
    for number in range(HELPERS + 2):
        skilled(f"person{number}", "weaving")

    assert len(helpers_of(needy("Cloak", "weaving"))) == HELPERS


@pytest.mark.parametrize("fields", [
    {"suspended": {"until": None, "reason": "Rude"}}, {"suggestable": False},
    {"ends_at": datetime.now(UTC) + timedelta(days=1)}])
def test_who_may_not_be_suggested_is_not(db, needy, skilled, fields):
    """R63: suspended, switched off, unconfirmed."""
    skilled("bob", "weaving", **fields)

    assert helpers_of(needy("Cloak", "weaving")) == []


def test_who_was_suspended_for_a_while_is_suggested_afterwards(db, needy, skilled):
    until = datetime.now(UTC) - timedelta(days=1)
    skilled("bob", "weaving", suspended={"until": until, "reason": "Rude"})

    assert helpers_of(needy("Cloak", "weaving")) == ["Bob"]


def test_nobody_is_suggested_to_themselves(db, needy, skilled):
    skilled("ada", "weaving")

    assert helpers_of(needy("Cloak", "weaving")) == []


def test_without_open_needs_nobody_is_looked_for(db, needy, dream, ada):
    found = needy("Cloak", "weaving")
    set_need_found(found, found["needs"][0]["id"], True)

    for each in (dream, found):
        page = ada.get(f"/dreams/{each['slug']}").text
        assert "People who could help" not in words_shown(page)


def test_if_nobody_matches_the_page_says_so_and_what_to_do(db, needy, ada):
    """R35."""
    dream = needy("Cloak", "weaving")

    page = ada.get(f"/dreams/{dream['slug']}").text
    empty = page.partition('id="helpers"')[2].partition("</section>")[0]

    assert "Nobody's skills match your needs yet." in words_shown(empty)
    assert f'href="/dreams/{dream["slug"]}/edit#needs"' in empty


# The switch ##################################################################


def test_the_switch_is_on_for_everybody_who_never_touched_it(db, ada):
    """R63."""
    page = ada.get("/profile/skills").text

    assert re.search(r'<input checked[^>]*name="suggestable"', page)
    assert "Suggest me to people who need my skills" in words_shown(page)


@pytest.mark.parametrize(("sent", "stored"), [(["0"], False), (["1", "0"], True), ([], True)])
def test_the_switch_is_stored(db, ada, dreamer, sent, stored):
    """R63."""
    ada.send("/profile/skills", skills="weaving", suggestable=sent)

    assert dreamer("ada")["suggestable"] is stored


def test_a_switch_that_is_off_stays_off(db, ada):
    ada.send("/profile/skills", skills="weaving", suggestable="0")

    assert not re.search(r'<input checked[^>]*name="suggestable"', ada.get("/profile/skills").text)


# Asking ######################################################################


@pytest.fixture
def cloak(db, needy, skilled):
    """Ada's dream, for which bob knows weaving."""
    skilled("bob", "weaving")
    return needy("Cloak", "weaving", "A tent")


def press_ask(client, dream, **fields):
    """Ask bob about the dream's first need; return the message of the next page."""
    asked = {"need": dream["needs"][0]["id"], "dreamer": "bob-builder"} | fields
    path = f"/dreams/{dream['slug']}"
    assert client.send(f"{path}/ask", **asked, next=path).status_code == 303
    return words_shown(client.get(path).text)


def asking_forms(page):
    """Return the forms of a page that ask somebody."""
    return [form for form in forms(page) if form["action"].endswith("/ask")]


def with_new_needs(dream, *texts):
    """Take out a dream's needs, and add others; return the dream."""
    needs = set_or_unset(need_fields(edited_needs([], texts)))
    site_db.dreams.update_one({"_id": dream["_id"]}, needs)
    return site_db.dreams.find_one({"_id": dream["_id"]})


def count_asks():
    """Return (asks, notifications of them)."""
    return site_db.asks.count_documents({}), site_db.notifications.count_documents({"kind": "ask"})


def test_asking_somebody_notifies_them(db, cloak, ada, dreamer):
    """R63."""
    words = press_ask(ada, cloak)

    [told] = db.notifications.find()
    assert (told["dreamer_id"], told["kind"], told["dream_id"]) == (
        dreamer("bob")["_id"], "ask", cloak["_id"])
    assert "We've asked Bob Builder about" in words


def test_who_was_asked_is_shown_as_asked(db, cloak, ada):
    """R63."""
    words = press_ask(ada, cloak)

    assert "know weaving Asked" in words
    assert asking_forms(ada.get(f"/dreams/{cloak['slug']}").text) == []


@pytest.mark.parametrize("state", ["offered", "accepted", "withdrawn", "declined"])
def test_who_has_offered_is_not_asked_for_the_same(db, cloak, ada, dreamer, state):
    """R63: whatever became of the offer."""
    need = cloak["needs"][0]
    offer_id, _ = add_offer(dreamer("bob"), complete_dream(cloak), need, "I weave.")
    db.offers.update_one({"_id": offer_id}, {"$set": {"state": state}})

    words = press_ask(ada, cloak)

    assert helpers_of(cloak) == []
    assert "Bob Builder has already offered to help with this." in words
    assert count_asks() == (0, 0)


@pytest.mark.parametrize("need", [{}, 1])
def test_who_has_offered_something_else_can_be_asked(db, cloak, ada, dreamer, need):
    add_offer(dreamer("bob"), complete_dream(cloak), need and cloak["needs"][need], "I have one.")

    assert helpers_of(cloak) == ["Bob"]
    assert "We've asked Bob Builder about" in press_ask(ada, cloak)


def test_somebody_is_asked_once_about_a_need(db, cloak, ada):
    """R63."""
    press_ask(ada, cloak)

    words = press_ask(ada, cloak)

    assert "You've already asked Bob Builder about this need." in words
    assert count_asks() == (1, 1)


def test_a_need_that_is_taken_out_and_put_back_asks_nobody_again(db, cloak, ada):
    """R63: each ask is a mail."""
    press_ask(ada, cloak)
    again = with_new_needs(cloak, "WEAVING ", "A tent")
    before = ada.get(f"/dreams/{cloak['slug']}").text

    words = press_ask(ada, again)

    assert "know weaving Asked" in words_shown(before)
    assert asking_forms(before) == []
    assert "You've already asked Bob Builder about this need." in words
    assert count_asks() == (1, 1)


@pytest.mark.parametrize("text", ["weaving a mast", "A tent"])
def test_somebody_is_asked_about_another_need_once_theirs_is_gone(
        db, cloak, ada, dreamer, text):
    """R63."""
    set_dreamer(dreamer("bob"), {"skills": ["weaving", "tents"]})
    press_ask(ada, cloak)
    later = with_new_needs(cloak, text)
    before = ada.get(f"/dreams/{cloak['slug']}").text

    words = press_ask(ada, later)

    assert len(asking_forms(before)) == 1
    assert "We've asked Bob Builder about" in words
    assert db.asks.count_documents({}) == 2


def test_an_ask_of_an_older_version_is_about_its_own_need_alone(db, cloak, ada):
    press_ask(ada, cloak)
    db.asks.update_one({}, {"$unset": {"words": ""}})

    refused = press_ask(ada, cloak)
    words = press_ask(ada, with_new_needs(cloak, "weaving"))

    assert "You've already asked Bob Builder about this need." in refused
    assert "We've asked Bob Builder about" in words
    assert db.asks.count_documents({}) == 2


def test_five_others_are_asked_about_a_need_that_was_put_back(db, cloak, skilled):
    people = [skilled(f"person{number}", "weaving") for number in range(ASKS + 1)]
    for person in people[:ASKS]:
        add_ask(cloak, cloak["needs"][0], person)
    again = with_new_needs(cloak, "weaving")

    helpers = find_helpers(complete_dreamer({"_id": cloak["dreamer_id"]}), complete_dream(again))

    assert [(each["slug"], each["is_asked"], each["is_askable"]) for each in helpers] == [
        (person["slug"], person in people[:ASKS], True) for person in people[::-1]]
    assert add_ask(again, again["needs"][0], people[ASKS]) == "added"


def test_five_people_are_asked_about_a_need(db, cloak, ada, skilled):
    """R63."""
    people = [skilled(f"person{number}", "weaving") for number in range(ASKS + 1)]

    messages = [press_ask(ada, cloak, dreamer=person["slug"]) for person in people]

    assert count_asks() == (ASKS, ASKS)
    assert "You can ask 5 people about each need" in messages[-1]
    assert "You've asked five people about this." in messages[-1]


def test_who_leaves_makes_room_for_another_ask(db, cloak, dreamer, skilled):
    need = cloak["needs"][0]
    people = [skilled(f"person{number}", "weaving") for number in range(ASKS + 1)]
    for person in people[:ASKS]:
        add_ask(cloak, need, person)

    db.asks.delete_one({"dreamer_id": people[1]["_id"]})

    assert add_ask(cloak, need, people[ASKS]) == "added"
    assert add_ask(cloak, need, people[1]) == "full"


def test_presses_at_once_ask_once_and_five_at_most(real_db, needy, skilled):
    """R63."""
    dream = needy("Cloak", "weaving")
    people = [skilled(f"person{number}", "weaving") for number in range(8)]
    presses = [lambda person=person: add_ask(dream, dream["needs"][0], person)
               for person in people * 2]

    outcomes = run_concurrently(*presses)

    assert outcomes.count("added") == ASKS == real_db.asks.count_documents({})


@pytest.mark.parametrize("fields", [
    {"suggestable": False}, {"skills": ["knitting"]},
    {"suspended": {"until": None, "reason": "Rude"}}])
def test_who_is_not_suggested_cannot_be_asked(db, cloak, ada, dreamer, fields):
    """R63."""
    set_dreamer(dreamer("bob"), fields)

    assert "Bob Builder can't be asked about this need." in press_ask(ada, cloak)
    assert count_asks() == (0, 0)


def test_nobody_is_asked_about_what_is_found(db, cloak, ada):
    set_need_found(cloak, cloak["needs"][0]["id"], True)

    press_ask(ada, cloak)

    assert count_asks() == (0, 0)


def test_nobody_is_asked_for_a_hidden_dream(db, cloak, ada):
    db.dreams.update_one({}, {"$set": {"hidden": "Rude"}})

    press_ask(ada, cloak)

    assert count_asks() == (0, 0)


@pytest.mark.parametrize("fields", [{"need": "nonsense"}, {"need": ""}, {"dreamer": "nobody"},
                                    {"dreamer": ""}])
def test_an_ask_that_leads_nowhere_is_explained(db, cloak, ada, fields):
    assert "isn't there any more." in press_ask(ada, cloak, **fields)
    assert count_asks() == (0, 0)


def test_only_the_dreamer_asks(db, cloak, sign_in):
    answer = sign_in("mallory").send(f"/dreams/{cloak['slug']}/ask",
                                     need=cloak["needs"][0]["id"], dreamer="bob-builder")

    assert answer.status_code == 403
    assert count_asks() == (0, 0)


def test_asks_go_with_their_dream(db, cloak, ada):
    press_ask(ada, cloak)

    ada.send(f"/dreams/{cloak['slug']}/delete", confirm="1")

    assert count_asks() == (0, 0)


# Indexes #####################################################################


@pytest.fixture
def planner(mongodb, indexed):
    """The database with all its indexes, where a planner explains what it would do."""
    if isinstance(mongodb, SecantusServer):
        pytest.skip("SecantusDB explains simple queries alone")
    return indexed


MANY_TOKENS = [f"word{number}." for number in range(MOST_TOKENS)]
BEFORE = {"$lt": ObjectId("f" * 24)}


@pytest.fixture
def many(planner):
    """1,000 dreams with needs, of which the oldest three are about weaving, at home."""
    rare = {"topics": ["home"], "words": ["mat"], "need_words": ["word7."]}
    other = {"topics": ["travel"], "words": ["boat"], "need_words": ["boat."]}
    planner.dreams.insert_many([
        (rare if number < 3 else other) | {"needed_at": ObjectId(), "slug": str(number)}
        for number in range(1_000)])
    return planner


QUERIES = {  # index: the query that it is for
    "needed_at_-1": {"needed_at": BEFORE},
    "need_words_1_needed_at_-1": {"need_words": {"$in": MANY_TOKENS}, "needed_at": BEFORE},
    "topics_1_needed_at_-1": {"$and": [{"topics": "home"}, {"needed_at": BEFORE}]},
    "words_1_needed_at_-1": {"$and": [{"words": {"$in": ["mat", "@mat"]}},
                                      {"needed_at": BEFORE}]},
}


def test_the_server_finds_needs_by_their_index_in_the_order_of_the_page(many):
    """R63."""
    for index, query in QUERIES.items():
        [plan] = explain(many, "find", {"find": "dreams", "filter": query,
                                        "sort": {"needed_at": -1}, "limit": 20})

        assert indexes_of(plan) == {index}
        assert SORT not in {stage for stage, _ in plan}


def test_the_server_finds_helpers_by_their_index(planner, skilled, needy):
    """R63."""
    skilled("bob", "weaving")
    dream = needy("Cloak", "weaving")

    told = planner.command("explain", {
        "aggregate": "dreamers", "cursor": {}, "pipeline": helpers_stages(dream, MANY_TOKENS)},
        verbosity="queryPlanner")

    [plan] = map(stages_of, winning_plans(told))
    assert indexes_of(plan) == {"help_words_1__id_-1"}
    assert SORT not in {stage for stage, _ in plan}


def test_dreams_without_open_needs_are_in_no_index_of_needs(planner, make_dream, needy):
    make_dream(title="Nothing needed")
    needy("Sail", "A tent")

    [plan] = explain(planner, "find", {"find": "dreams", "filter": {"needed_at": {"$exists": True}},
                                       "hint": "needed_at_-1"})

    assert planner.dreams.count_documents({"needed_at": {"$exists": True}},
                                          hint="needed_at_-1") == 1
    assert indexes_of(plan) == {"needed_at_-1"}


def test_of_matches_there_are_these_numbers():
    names = ("MOST_TOKENS", "MATCHES", "HELPERS", "ASKS")

    assert [getattr(matching, name) for name in names] == [200, 10, 6, 5]


def test_a_view_that_takes_too_long_says_so(db, weaver, monkeypatch):
    @contextmanager
    def timed_out(viewer, network):
        """Take too long."""
        raise FeedTimeoutError
        yield

    monkeypatch.setattr("dreamscape.matching.limited_query", timed_out)

    page = weaver.get(VIEW).text

    assert "That took too long. Please try again in a moment" in words_shown(page)


def test_somebody_whose_skills_have_changed_meanwhile_is_no_helper():
    need = {"id": "1", "text": "weaving"}
    person = {"_id": "bob", "skills": ["Weaving"], "experiences": []}

    assert complete_helper(person | {"skills": ["Sailing"]}, [need], []) is None
    asks = [{"need_id": need_id, "dreamer_id": name, "slot": slot}
            for need_id, names in (("1", ("bob", 0, 1, 2)), ("2", range(9)))
            for slot, name in enumerate(names)]
    helpers = [complete_helper(person, [need], asks[:end]) for end in (0, 4, None)]
    helpers += [complete_helper(person, [need], [
        *asks, {"need_id": "1", "dreamer_id": "mallory", "slot": 4}])]
    assert [(each["is_asked"], each["is_askable"]) for each in helpers] == [
        (False, True), (True, True), (True, True), (True, False)]
