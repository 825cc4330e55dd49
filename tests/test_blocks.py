"""Blocks: of two people neither finds a word of the other anywhere, and nobody is told."""

import re

import pytest
from bson import ObjectId
from flask.testing import FlaskClient
from support.fields import FIELDS
from support.page_parser import comments_shown, dreams_shown, hrefs, next_href, words_shown

import app as site
from dreamscape.blocks import add_block, find_block, find_ids_with_blocks, remove_block
from dreamscape.comments import add_comment
from dreamscape.database import db as site_db
from dreamscape.dreamers import complete_dreamer, find_apart, find_viewer
from dreamscape.dreams import complete_dream
from dreamscape.follows import set_following
from dreamscape.help import add_offer, find_offer
from dreamscape.leaving import find_exported_documents, remove_dreamer
from dreamscape.lives import STORY_FIELDS, set_story
from dreamscape.needs import edited_needs, need_fields
from dreamscape.reports import add_report
from dreamscape.thanks import set_thanks
from dreamscape.updates import add_update
from dreamscape.visibility import is_apart, listed_query, may_see, visible_query

PAIR = ["ada", "bob"]  # ada blocks bob
SURNAMES = {"ada": "Lovelace", "bob": "Builder"}
# The beginnings of their words.
FACES = ("Title", "Text", "Said", "There", "Offer", "Bio", "Place", "Skill", "News", "Need", "Deed",
         "Praise", "Story")
RULES = {rule.endpoint: rule for rule in site.app.url_map.iter_rules()}
# All that knows who is signed in: feeds, cards and the sitemap are the same for everybody.
SHOWING = sorted(name for name, rule in RULES.items()
                 if "GET" in rule.methods and name not in site.SESSIONLESS)
ABOUT_A_THING = ("slug", "comment_id", "document_id", "offer_id", "message_id", "update_id")
SENDING = sorted(name for name, rule in RULES.items() if "POST" in rule.methods
                 and rule.arguments.intersection(ABOUT_A_THING)
                 and not name.startswith("moderation_"))
LISTS = ["/dreamscape?view=latest", "/dreamscape?view=trending", "/dreamscape?view=for-you",
         "/dreamscape?view=following", "/dreamscape?view=needs", "/dreamscape?view=came-true",
         "/dreamscape?topic=travel", "/dreamscape?own=1",
         "/dreamscape?q=title", "/dreamscape?q=builder", "/dreamscape?q=lovelace",
         "/dreamscape?view=trending&q=text", "/dreamers?q=skill", "/dreamers?q=builder",
         "/dreamers?q=lovelace", "/dreamers?q=place", "/dreams/sail-around-the-world",
         "/dreamers/mallory-mean", "/dreams/moreada", "/dreams/morebob"]


def other_of(name):
    """Return the other one of the pair."""
    return PAIR[1 - PAIR.index(name)]


def words_of(name):
    """Return the words of one of the pair, which stand on no page but by them."""
    return [SURNAMES[name], *(f"{face}{name}" for face in FACES)]


@pytest.fixture
def pair(db, outbox, dreamer, make_dream):
    """Ada and bob, who wrote, follow each other and met on mallory's dream; {name: their things}.

    Their words begin with a capital, which their addresses and what is searched for don't.
    """
    third, things = make_dream("mallory"), {}
    for name in PAIR:
        dreamer(name, bio=f"Bio{name}", location=f"Place{name}", skills=[f"Skill{name}"],
                skills_folded=[f"skill{name}"], interests=["travel"])
        dream = make_dream(name, f"Title{name}", f"Text{name}")
        said = add_comment(dreamer(name), third, f"Said{name}")
        things[name] = {"dream": dream, "comment_id": said}
    for name in PAIR:
        add_comment(dreamer(name), things[other_of(name)]["dream"], f"There{name}")
        other = things[other_of(name)]["dream"]
        set_following(dreamer(name), {"followed_id": other["dreamer_id"]}, True)
        set_following(dreamer(name), {"dream_id": other["_id"]}, True)
        offer_id, _ = add_offer(dreamer(name), other, {}, f"Offer{name}")
        message = db.messages.find_one({"offer_id": offer_id})
        update_id = add_update(dreamer(name), things[name]["dream"], f"News{name}")
        things[name] |= {"offer_id": offer_id, "message_id": message["_id"],
                         "update_id": update_id}
    return things


def add_thanks(helper, owner, dream, line):
    """Thank a helper for help with a dream."""
    offer_id, _ = add_offer(helper, dream, {}, "I can help.")
    site_db.offers.update_one({"_id": offer_id}, {"$set": {"state": "done"}})
    set_thanks(find_offer(owner, offer_id), owner, line)


@pytest.fixture
def lives(pair, dreamer, make_dream):
    """What each of the pair needs, which the other could help with; thanks; and a story.

    They and mallory have helped each other, so thanks are on her dream and on her page.
    """
    third = complete_dream(site_db.dreams.find_one({"dreamer_id": dreamer("mallory")["_id"]}))
    for name in PAIR:
        dream = complete_dream(make_dream(name, f"More{name}", **need_fields(
            edited_needs([], [f"Need{name} skill{other_of(name)}"]))))
        add_thanks(dreamer(name), dreamer("mallory"), third, f"Deed{name}")
        add_thanks(dreamer("mallory"), dreamer(name), dream, f"Praise{name}")
        true = complete_dream(make_dream(name, f"Came{name}"))
        set_story(dreamer(name), true, dict.fromkeys(STORY_FIELDS, f"Story{name}"))


@pytest.fixture
def blocked(pair, dreamer):
    """The pair, of whom ada blocks bob."""
    add_block(dreamer("ada"), dreamer("bob"))
    return pair


def path_to(endpoint, name, things):
    """Return the address of a route about somebody's things; of nothing if these are None."""
    slugs = {"ada": "ada-lovelace", "bob": "bob-builder"}
    is_about_dreamer = endpoint.startswith("dreamer_")
    values = {"slug": slugs[name] if is_about_dreamer else things[name]["dream"]["slug"],
              "comment_id": things[name]["comment_id"],
              "offer_id": things[name]["offer_id"], "message_id": things[name]["message_id"],
              "update_id": things[name]["update_id"],
              "document_id": things[name]["dream"]["_id"]} if things else {}
    return re.sub(r"<(?:any\((\w+)[^>]*\):)?(?:\w+:)?(\w+)>",
                  lambda found: str(values.get(found[2]) or found[1] or "0" * 24),
                  RULES[endpoint].rule)


def found_by(client, viewer, things):
    """Return {path: words of the other that a walk over all routes finds}, without empty ones."""
    other = other_of(viewer)
    paths = [*(path_to(endpoint, other, things) for endpoint in SHOWING), *LISTS]
    found = {}
    for path in paths:
        text = client.get(path).text
        found[path] = [word for word in words_of(other) if word in text]
    return {path: words for path, words in found.items() if words}


@pytest.mark.parametrize("viewer", PAIR)
def test_no_route_shows_a_word_of_the_other(blocked, lives, sign_in, viewer):
    """R72: but for the list of whom one blocks, and to report them, with names alone."""
    own = {path: ["Builder"] for path in ("/profile", "/dreamers/bob-builder/report")}

    assert found_by(sign_in(viewer), viewer, blocked) == (own if viewer == "ada" else {})


@pytest.mark.parametrize("viewer", PAIR)
def test_without_a_block_each_word_is_found(pair, lives, sign_in, viewer):
    """So that the walk would notice."""
    found = found_by(sign_in(viewer), viewer, pair)

    assert {word for words in found.values() for word in words} == {*words_of(other_of(viewer))}
    own_name = SURNAMES[viewer].lower()
    assert {*LISTS} - {*found} <= {f"/dreamscape?q={own_name}", f"/dreamers?q={own_name}"}


@pytest.mark.parametrize("viewer", PAIR)
def test_a_third_person_and_visitors_see_both(blocked, lives, sign_in, visitor, viewer):
    for client in (sign_in("mallory"), visitor):
        page = client.get("/dreams/sail-around-the-world").text
        assert f"Said{viewer}" in page and f"Deed{viewer}" in page
        assert client.get(f"/dreams/title{viewer}").status_code == 200


def answer_to(client, endpoint, path):
    """Return what an action answers: status, location and message."""
    fields = {"next": "/dreamscape", "confirm": "1"} | FIELDS.get(endpoint, {})
    answer = client.send(path, **fields)
    with client.session_transaction() as session:
        flashes = [message["text"] for _, message in session.pop("_flashes", [])]
    return answer.status_code, answer.location, flashes


def dump(database):
    """Return everything a database holds but sessions."""
    return {name: sorted(map(repr, database[name].find({}, {"sign_ins": 0})))
            for name in database.list_collection_names()}


# What the one who blocks can still do.
STILL = ("dreamer_block", "dreamer_unblock", "dreamer_report")


@pytest.mark.parametrize("viewer", PAIR)
def test_an_action_answers_as_if_the_thing_were_not_there(db, blocked, sign_in, viewer):
    """R72."""
    client, before = sign_in(viewer), dump(db)

    for endpoint in {*SENDING}.difference(STILL if viewer == "ada" else ()):
        answer = answer_to(client, endpoint, path_to(endpoint, other_of(viewer), blocked))
        nothing = answer_to(client, endpoint, path_to(endpoint, viewer, None))
        assert (answer, answer[0] in (303, 404)) == (nothing, True), endpoint
        assert dump(db) == before, endpoint


@pytest.mark.parametrize("endpoint", sorted({*SENDING} - {"dream_edit", "dream_picture",
                                                         "comment_edit"}))
def test_the_same_action_works_without_a_block(pair, sign_in, endpoint):
    """So that the test above would notice; but what only the owner may do."""
    client = sign_in("bob")

    answer = answer_to(client, endpoint, path_to(endpoint, "ada", pair))

    assert answer != answer_to(client, endpoint, path_to(endpoint, "ada", None))


@pytest.mark.parametrize("viewer", PAIR)
def test_comments_on_each_others_dreams_are_deleted_with_a_block(db, pair, dreamer, viewer):
    """R72: else nobody could delete or report what somebody wrote and then blocked one."""
    add_block(*(dreamer(name) for name in (viewer, other_of(viewer))))

    assert {comment["body"] for comment in db.comments.find()} == {"Saidada", "Saidbob"}
    assert {dream["comments"] for dream in db.dreams.find({"title": {"$ne": None}})} == {0, 2}


def test_a_reaction_to_a_comment_of_the_other_elsewhere_is_refused(db, blocked, sign_in):
    comment_id = blocked["ada"]["comment_id"]

    answer = sign_in("bob").send(f"/comments/{comment_id}/reaction", value="like")

    assert answer.status_code == 404
    assert db.reactions.count_documents({}) == 0


@pytest.mark.parametrize("viewer", PAIR)
def test_follow_that_was_pressed_before_the_sign_in_does_not_happen(
        db, blocked, visitor, viewer):
    """R72, R54."""
    path = f"/login?intent=follow:title{other_of(viewer)}&next=/dreamscape"

    visitor.send(path, email=f"{viewer}@example.com", password="correct horse battery")

    assert "That dream isn&#39;t there any more." in visitor.get("/dreams").text
    assert db.follows.count_documents({}) == 0


def test_the_comments_of_a_card_that_is_cached_are_those_its_viewer_sees(pair, dreamer, sign_in):
    """R72: a worker shares the HTML of cards."""
    path, cards = "/dreamscape?q=sail", {}
    clients = {name: sign_in(name) for name in (*PAIR, "mallory")}
    for name in ("mallory", "bob"):
        clients[name].get(path)

    add_block(dreamer("ada"), dreamer("bob"))
    for name, client in clients.items():
        cards[name] = comments_shown(client.get(path).text)

    ids = {name: str(pair[name]["comment_id"]) for name in PAIR}
    assert cards == {"ada": [ids["ada"]], "bob": [ids["bob"]],
                     "mallory": [ids["bob"], ids["ada"]]}


def test_older_comments_stand_on_a_card_instead_of_those_of_the_other(db, blocked, dreamer,
                                                                     sign_in):
    third = db.dreams.find_one({"slug": "sail-around-the-world"})
    for number in range(5):
        add_comment(dreamer("ada"), third, f"Number {number}.")

    shown = comments_shown(sign_in("bob").get("/dreamscape?q=sail").text)

    assert shown == [str(blocked["bob"]["comment_id"])]


def test_a_comment_in_place_brings_no_words_of_the_other(blocked, sign_in):
    client = sign_in("bob")
    fields = {"csrf_token": client.token(), "body": "Hello"}

    answer = FlaskClient.open(client, "/dreams/sail-around-the-world/comments", method="POST",
                              data=fields, headers={"X-Fragment": "card_comments"})

    assert "Hello" in answer.text
    assert "Saidada" not in answer.text


# Blocking ####################################################################


def test_a_block_is_asked_about_on_the_page_of_the_person(db, dreamer, sign_in):
    dreamer("ada")

    page = sign_in("bob").get("/dreamers/ada-lovelace").text

    assert 'action="/dreamers/ada-lovelace/block"' in page
    assert "You won't see each other's dreams" in words_shown(page)


def test_report_and_block_are_in_a_menu_apart_from_kinder_buttons(db, dreamer, sign_in):
    dreamer("ada")

    words = words_shown(sign_in("bob").get("/dreamers/ada-lovelace").text)

    assert "Follow Ada More for Ada Lovelace Report Block" in words


@pytest.mark.parametrize("name", ["ada", None])
def test_nobody_is_offered_to_block_themselves(db, dreamer, sign_in, visitor, name):
    dreamer("ada")

    page = (sign_in(name) if name else visitor).get("/dreamers/ada-lovelace").text

    assert "/block" not in page


def test_a_block_leads_back_and_says_so_and_where_it_ends(db, dreamer, sign_in):
    """R72. There is no undo, which would promise what was deleted."""
    dreamer("bob")
    client = sign_in("ada")

    answer = client.send("/dreamers/bob-builder/block", next="/dreamers/bob-builder")

    assert answer.location == "/dreamers/bob-builder"
    page = client.get("/dreamers").text
    assert "You've blocked Bob Builder. You can unblock them in your account." in words_shown(page)
    assert 'action="/dreamers/bob-builder/unblock"' not in page


def test_the_page_of_somebody_blocked_offers_to_undo_it(blocked, sign_in):
    """R72."""
    client = sign_in("ada")

    page = client.get("/dreamers/bob-builder").text
    client.send("/dreamers/bob-builder/unblock")

    assert 'action="/dreamers/bob-builder/unblock"' in page
    assert "Biobob" in client.get("/dreamers/bob-builder").text


def test_the_account_page_lists_whom_one_blocks(blocked, sign_in):
    """R72."""
    pages = {name: sign_in(name).get("/profile").text for name in PAIR}

    assert 'action="/dreamers/bob-builder/unblock"' in pages["ada"]
    assert "People you've blocked" in words_shown(pages["ada"])
    assert "blocked" not in pages["bob"]


def test_the_list_of_whom_one_blocks_comes_in_pages(db, dreamer, sign_in, monkeypatch):
    monkeypatch.setattr("dreamscape.blocks.BLOCKED_PAGE", 2)
    names = ["gil", "kim", "lea", "max", "ned"]
    for name in names:
        add_block(dreamer("ada"), dreamer(name))
    client, href, words = sign_in("ada"), "/profile", ""

    while href:
        page = client.get(href).text
        words, href = words + words_shown(page), next_href(page)

    assert [words.count(f"{name.title()} Person Unblock") for name in names] == [1] * 5


def test_a_block_ends_follows_both_ways(db, blocked):
    """R72: of each other, and of each other's dreams."""
    counts = [document["followers"] for name in ("dreamers", "dreams")
              for document in db[name].find({}, {"followers": 1})]

    assert db.follows.count_documents({}) == 0
    assert {*counts} == {0}


def test_a_block_hides_the_thanks_of_the_two(db, pair, dreamer):
    db.offers.update_many({}, {"$set": {"state": "done", "thanks": "Thanks!",
                                        "thanks_hidden": False}})

    add_block(dreamer("ada"), dreamer("bob"))

    assert db.offers.distinct("thanks_hidden") == [True]


@pytest.mark.parametrize(("state", "after"), [
    ("offered", "withdrawn"), ("accepted", "withdrawn"), ("done", "done"),
    ("declined", "declined"), ("closed", "withdrawn")])
def test_a_block_ends_the_open_offers_of_the_two_and_tells_neither(
        db, pair, dreamer, make_dream, state, after):
    """R61, R72: else nobody could end them, and the need would stay in use; nor does one that
    closed with its dream open again with it."""
    add_offer(dreamer("mallory"), complete_dream(pair["ada"]["dream"]), {}, "A third one.")
    db.offers.update_many({}, {"$set": {"state": state}})
    db.notifications.delete_many({})

    add_block(dreamer("ada"), dreamer("bob"))

    states = {offer["dreamer_id"]: offer["state"] for offer in db.offers.find()}
    assert states.pop(dreamer("mallory")["_id"]) == state
    assert states and {*states.values()} == {after}
    assert db.notifications.count_documents({}) == 0


def test_recount_ends_the_offers_that_an_older_block_left_open(db, pair, dreamer):
    """R61, R72: whoever of the two blocks the other."""
    add_offer(dreamer("mallory"), complete_dream(pair["ada"]["dream"]), {}, "A third one.")
    db.offers.update_many({}, {"$set": {"state": "accepted"}})
    db.blocks.insert_one({"dreamer_id": dreamer("ada")["_id"],
                          "blocked_id": dreamer("bob")["_id"]})
    runner = site.app.test_cli_runner()

    runner.invoke(args=["recount"])

    states = {offer["dreamer_id"]: (offer["state"], offer["was"]) for offer in db.offers.find(
        {"dreamer_id": {"$ne": dreamer("mallory")["_id"]}})}
    assert states == {dreamer(name)["_id"]: ("withdrawn", "accepted") for name in PAIR}
    assert db.offers.count_documents({"state": "accepted"}) == 1
    assert runner.invoke(args=["recount"]).output == "Mended: 0\n"


def test_follows_of_others_stay(db, pair, dreamer):
    set_following(dreamer("mallory"), {"followed_id": dreamer("ada")["_id"]}, True)

    add_block(dreamer("ada"), dreamer("bob"))

    assert [follow["dreamer_id"] for follow in db.follows.find()] == [dreamer("mallory")["_id"]]


@pytest.mark.parametrize("presses", [("block", "block"), ("unblock",), ("block", "unblock",
                                                                       "unblock")])
def test_presses_can_be_repeated(db, dreamer, sign_in, presses):
    dreamer("bob")
    client = sign_in("ada")

    statuses = [client.send(f"/dreamers/bob-builder/{press}").status_code for press in presses]

    assert statuses == [303] * len(presses)
    assert db.blocks.count_documents({}) == (presses[-1] == "block")


def test_both_can_block_and_one_who_unblocks_stays_blocked(db, dreamer):
    add_block(dreamer("ada"), dreamer("bob"))
    add_block(dreamer("bob"), dreamer("ada"))

    remove_block(dreamer("ada"), dreamer("bob"))

    assert find_viewer(dreamer("ada"))["apart"] == {dreamer("bob")["_id"]}


def test_a_block_and_its_end_concern_two_people_alone(db, dreamer):
    ids = {name: dreamer(name)["_id"] for name in ("ada", "bob", "gil", "kim")}
    for blocker, other in (("ada", "gil"), ("ada", "kim"), ("bob", "gil")):
        add_block(dreamer(blocker), dreamer(other))

    remove_block(dreamer("ada"), dreamer("gil"))

    assert {(block["dreamer_id"], block["blocked_id"]) for block in db.blocks.find()} == {
        (ids["ada"], ids["kim"]), (ids["bob"], ids["gil"])}
    assert find_block(dreamer("bob"), dreamer("kim")) is None
    assert find_ids_with_blocks([ids["ada"]]) == {ids["ada"]}
    assert db.dreamers.count_documents({"has_blocks": True}) == 4


def test_a_block_that_stays_keeps_its_note_when_another_ends(db, dreamer):
    for name in ("gil", "kim"):
        add_block(dreamer("ada"), dreamer(name))

    remove_block(dreamer("ada"), dreamer("gil"))

    assert ["has_blocks" in dreamer(name) for name in ("ada", "gil", "kim")] == [True, False, True]


def test_recount_notes_blocks_where_they_are_and_nowhere_else(db, dreamer):
    add_block(dreamer("ada"), dreamer("bob"))
    db.dreamers.update_one({"_id": dreamer("bob")["_id"]}, {"$unset": {"has_blocks": ""}})
    db.dreamers.update_one({"_id": dreamer("gil")["_id"]}, {"$set": {"has_blocks": True}})

    outputs = [site.app.test_cli_runner().invoke(args=["recount"]).output for _ in range(2)]

    assert outputs == ["Mended: 2\n", "Mended: 0\n"]
    assert ["has_blocks" in dreamer(name) for name in (*PAIR, "gil")] == [True, True, False]


def test_who_unblocks_everybody_costs_no_further_read(db, dreamer):
    add_block(dreamer("ada"), dreamer("bob"))

    remove_block(dreamer("ada"), dreamer("bob"))

    assert ["has_blocks" in dreamer(name) for name in PAIR] == [False, False]


def test_somebody_unconfirmed_confirms_before_they_block(db, dreamer, browser_of_una):
    dreamer("bob")

    answer = browser_of_una.send("/dreamers/bob-builder/block")

    assert answer.location == "/confirm"
    assert db.blocks.count_documents({}) == 0


@pytest.fixture
def browser_of_una(db, dreamer, sign_in):
    """The browser of una, who has not confirmed her address."""
    una = dreamer("una")["_id"]
    db.dreamers.update_one({"_id": una}, {
        "$unset": {"email": ""}, "$set": {"unconfirmed_email": "una@example.com",
                                          "ends_at": site.datetime.now(site.UTC).replace(
                                              year=2099)}})
    return sign_in("una")


def test_a_person_blocks_up_to_a_limit(db, dreamer, sign_in, monkeypatch):
    monkeypatch.setattr("dreamscape.blocks.MAX_BLOCKS", 2)
    for name in ("gil", "kim"):
        add_block(dreamer("ada"), dreamer(name))
    dreamer("bob")

    answer = sign_in("ada").send("/dreamers/bob-builder/block")

    assert answer.status_code == 422
    assert db.blocks.count_documents({}) == 2


def test_the_blocks_of_others_do_not_count_towards_the_limit(db, dreamer, monkeypatch):
    monkeypatch.setattr("dreamscape.blocks.MAX_BLOCKS", 1)

    done = [add_block(dreamer(name), dreamer(other)) for name, other in (
        ("ada", "gil"), ("bob", "gil"), ("bob", "kim"))]

    assert done == [True, True, False]


def test_what_one_who_is_blocked_by_thousands_reads_is_bounded(db, dreamer, monkeypatch):
    monkeypatch.setattr("dreamscape.dreamers.MAX_BLOCKED_BY", 3)
    bob = dreamer("bob")["_id"]
    own = {"dreamer_id": bob, "blocked_id": dreamer("ada")["_id"]}
    db.blocks.insert_many([own, *({"dreamer_id": ObjectId(), "blocked_id": bob}
                                  for _ in range(9))])

    apart = find_apart({"_id": bob})

    assert len(apart) == 4
    assert own["blocked_id"] in apart


def test_a_block_is_exported_by_who_made_it_alone(db, blocked, dreamer):
    exported = {name: [document for kind, document in find_exported_documents(
        find_viewer(dreamer(name))) if kind == "blocks" or "apart" in document
        or "has_blocks" in document] for name in PAIR}

    assert [block["blocked_id"] for block in exported["ada"]] == [dreamer("bob")["_id"]]
    assert exported["bob"] == []


@pytest.mark.parametrize("name", PAIR)
def test_a_block_ends_with_either_account(db, blocked, dreamer, name):
    add_block(dreamer("gil"), dreamer("kim"))

    remove_dreamer(complete_dreamer(dreamer(name)))

    assert [block["dreamer_id"] for block in db.blocks.find()] == [dreamer("gil")["_id"]]
    assert {*db.dreamers.distinct("first_name", {"has_blocks": True})} == {"Gil", "Kim"}


# Moderation ##################################################################


@pytest.fixture
def blocked_moderator(db, dream, comment, dreamer, sign_in):
    """The browser of mod, whom ada and bob block; mallory reported ada's dream."""
    for name in PAIR:
        add_block(dreamer(name), dreamer("mod"))
    add_report(dreamer("mallory"), "dream", dream, "It is not kind.")
    return sign_in("mod")


def test_a_moderator_who_is_blocked_sees_what_is_reported(blocked_moderator, dream):
    """R72."""
    queue = blocked_moderator.get("/moderation").text
    case = blocked_moderator.get(f"/moderation/dream/{dream['_id']}")

    assert f"/moderation/dream/{dream['_id']}" in hrefs(queue)
    assert "With a boat I build myself." in words_shown(case.text)


@pytest.mark.parametrize(("kind", "act"), [("dream", "hide"), ("dream", "delete"),
                                           ("comment", "hide"), ("dreamer", "suspend")])
def test_a_moderator_who_is_blocked_decides(
        db, blocked_moderator, dream, comment, dreamer, kind, act):
    """R72."""
    thing = {"dream": dream, "comment": comment, "dreamer": dreamer("ada")}[kind]

    answer = blocked_moderator.send(f"/moderation/{kind}/{thing['_id']}/{act}", reason="Unkind.")

    stored = db[f"{kind}s"].find_one({"_id": thing["_id"]})
    assert answer.status_code == 303
    assert not stored or stored.get("hidden") or stored.get("suspended")


def test_elsewhere_a_block_holds_for_a_moderator_too(blocked_moderator, dream):
    assert blocked_moderator.get(f"/dreams/{dream['slug']}").status_code == 404
    assert dreams_shown(blocked_moderator.get("/dreamscape").text) == []


# The rule ####################################################################


def test_without_blocks_nothing_is_added_to_a_query():
    viewer = complete_dreamer({"_id": ObjectId()})

    assert listed_query(viewer) == listed_query() == {"hidden": None, "audience": None}
    assert "$nor" not in visible_query(viewer)


@pytest.mark.parametrize("role", [None, "moderator"])
@pytest.mark.parametrize("hidden", [None, "Rude."])
def test_pages_and_lists_ask_the_same_rule(db, role, hidden):
    other = ObjectId()
    viewer = complete_dreamer({"_id": ObjectId(), "role": role}) | {"apart": frozenset([other])}
    for owner in (other, ObjectId(), viewer["_id"]):
        site_db.dreams.insert_one({"dreamer_id": owner} | ({"hidden": hidden} if hidden else {}))

    listed = [dream["_id"] for dream in site_db.dreams.find(visible_query(viewer))]

    assert listed == [dream["_id"] for dream in site_db.dreams.find()
                      if may_see(viewer, {"hidden": None} | dream)]
    assert other not in site_db.dreams.distinct("dreamer_id", visible_query(viewer))


def test_visitors_are_apart_from_nobody():
    assert not is_apart(None, ObjectId())
