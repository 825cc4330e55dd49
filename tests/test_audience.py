"""Who sees a dream: everybody, people with its link, or its dreamer alone; drafts, publishing."""

import ast
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bson import ObjectId
from flask.testing import FlaskClient
from pymongo.errors import AutoReconnect
from support.failing_database import outage
from support.fields import DREAM, FIELDS, NEEDS, OPEN_NEED
from support.page_parser import dreams_shown, form_of, hrefs, words_shown

import app as site
import dreamscape
from dreamscape.audience import (
    ALREADY_SHARED, CHANGED, DRAFT_DREAM_FIELDS, DRAFTS, EDITED_MEANWHILE, NO_DRAFT, SAVED,
    SAVED_ELSEWHERE, SHARED, TOO_MANY_DRAFTS, add_published, edit_dream, find_published,
    set_draft, set_picture_moved, share_dream,
)
from dreamscape.blocks import add_block
from dreamscape.comments import add_comment, find_comment
from dreamscape.database import parse_id
from dreamscape.drafts import add_draft
from dreamscape.dreamers import complete_dreamer, find_viewer
from dreamscape.dreams import (
    EDITED_FIELDS, add_dream, complete_dream, find_dream, remove_dream, set_author_name,
)
from dreamscape.feed import FEED_VIEWS
from dreamscape.follows import set_following
from dreamscape.forms import DREAM_FIELDS
from dreamscape.help import add_offer, find_offer, press_step
from dreamscape.leaving import find_exported_documents
from dreamscape.lives import set_line, set_story
from dreamscape.mail import send_due_mails
from dreamscape.needs import edited_needs
from dreamscape.notifications import notify
from dreamscape.pictures import set_stored_picture
from dreamscape.publishing import IN_SITEMAP
from dreamscape.reports import add_report
from dreamscape.thanks import set_thanks
from dreamscape.updates import add_update
from dreamscape.visibility import AUDIENCES

# One dream of each audience, and of each a second one that came true.
KINDS = {"everybody": {}, "link": {"audience": "link"}, "me": {"audience": "me"},
         "draft": {"audience": "me", "draft": True}}
FACES = ("Title", "Text", "Need", "Said", "News", "Story")
# Who looks: nobody signed in, a stranger, a follower who commented and offered help, the owner, a
# moderator, and somebody whom the owner blocks.
VIEWERS = [None, "eve", "bob", "ada", "mod", "dan"]
RULES = {rule.endpoint: rule for rule in site.app.url_map.iter_rules()}
SHOWING = sorted(name for name, rule in RULES.items() if "GET" in rule.methods)
LISTS = [f"/dreamscape?view={view}{more}" for view in FEED_VIEWS
         for more in ("", "&topic=travel", "&q=titleme", "&q=text", "&own=1")]
LISTS += [f"/sitemap.xml?of={name}" for name in IN_SITEMAP]
LISTS += ["/dreamers?q=ada", "/dreamers/ada-lovelace", "/dreamers/bob-builder",
          "/dreamers/cid-person", "/dreamers/ada-lovelace/feed.atom", "/topics/travel/feed.atom",
          "/dreambuilder/similar?title=titleme&description=textme"]


@pytest.fixture
def things(real_db, outbox, dreamer, make_dream):
    """{name: {"dream", ids}} of ada's dreams of all KINDS, with all that may belong to one."""
    for name in filter(None, (*VIEWERS, "cid")):
        dreamer(name, interests=["travel"], bio="Hello.")
    add_block(dreamer("ada"), dreamer("dan"))
    ada, bob, cid = (complete_dreamer(dreamer(name)) for name in ("ada", "bob", "cid"))
    things = {}
    for kind in KINDS:
        for name in (kind, f"{kind}True"):
            need = [OPEN_NEED | {"text": f"Need{name}"}]
            made = make_dream("ada", f"Title{name}", f"Text{name}", **NEEDS | {"needs": need})
            dream = complete_dream(made)
            set_following(bob, {"dream_id": dream["_id"]}, True)
            things[name] = {"dream": dream, "kind": kind, "slug": dream["slug"],
                            "comment_id": add_comment(bob, dream, f"Said{name}"),
                            "update_id": add_update(ada, dream, f"News{name}"),
                            "offer_id": add_offer(bob, dream, {}, "A tent.")[0]}
            add_thanks(ada, cid, dream)
            if name != kind:
                set_story(ada, dream, {"story": f"Story{name}", "helped": "", "took": "",
                                       "advice": ""})
            if KINDS[kind]:
                real_db.dreams.update_one({"_id": dream["_id"]}, {"$set": KINDS[kind]})
    return things


def add_thanks(owner, helper, dream):
    """Thank somebody for help with a dream."""
    offer = find_offer(owner, add_offer(helper, dream, {}, "A boat.")[0])
    for step in ("accept", "done"):
        press_step(owner, find_offer(owner, offer["_id"]), step)
    set_thanks(find_offer(owner, offer["_id"]), owner, "Lent a boat")


def paths_about(thing):
    """Return the addresses of all routes that show something, about a thing of a dream."""
    values = thing | {"document_id": thing["dream"]["_id"]}
    paths = []
    for endpoint in SHOWING:
        is_about_dreamer = endpoint.startswith("dreamer_")
        own = values | ({"slug": "ada-lovelace"} if is_about_dreamer else {})
        paths.append(re.sub(r"<(?:any\((\w+)[^>]*\):)?(?:\w+:)?(\w+)>",
                            lambda found, own=own: str(own.get(found[2]) or found[1] or "0" * 24),
                            RULES[endpoint].rule))
    # What a picture shows can't be read here.
    return [path for path in paths if not path.endswith("card.png")]


def is_about(path, thing):
    """Return whether an address names a dream, or something of it: then it is no list."""
    names = (f"/{thing['slug']}/", f"/{thing['dream']['_id']}/",
             *(f"/{thing[key]}/" for key in ("comment_id", "update_id", "offer_id")))
    return any(name in f"{path}/" for name in names)


def words_of(name):
    """Return the words of one of the things, which no other has."""
    return [f"{face}{name}" for face in FACES]


def find_seen(client, things):
    """Return {(name of the dream, path)} of all pages on which a word of it stands."""
    paths = {path for thing in things.values() for path in paths_about(thing)} | {*LISTS}
    seen = set()
    for path in sorted(paths):
        page = FlaskClient.open(client, path).get_data(as_text=True)  # as it is, unchecked
        seen |= {(name, path) for name, thing in things.items() for word in words_of(name)
                 if re.search(rf"{word}(?!True)|/dreams/{thing['slug']}</loc>", page)}
    return seen


def is_for_programs(path):
    """Return whether an address is of a feed or the sitemap, which don't know who reads them."""
    return path.endswith(".atom") or path.startswith("/sitemap.xml")


OWN = {"/dreams", "/notifications", "/offers"}  # what the site tells one person alone


def may_find(viewer, thing, path):
    """Return whether a viewer may find words of a dream at an address; written out by hand."""
    if viewer == "dan":
        return thing["kind"] == "everybody" and is_for_programs(path)
    if thing["kind"] == "everybody":
        return True
    if thing["kind"] == "link":
        is_named = f"/{thing['slug']}/" in f"{path}/"
        is_led = is_about(path, thing) and viewer in ("ada", "bob", "mod")
        return is_named or is_led or (viewer in ("ada", "bob") and path in OWN)
    return viewer == "ada" and (is_about(path, thing) or path in OWN)


def browser_of(viewer, sign_in, visitor):
    """Return the browser of one of the VIEWERS."""
    return sign_in(viewer) if viewer else visitor


def test_no_address_shows_a_word_of_a_dream_to_whom_it_is_not_for(things, sign_in, visitor):
    """R68: whatever list, page, feed, or notification; of comments, updates and stories too."""
    for viewer in VIEWERS:
        seen = find_seen(browser_of(viewer, sign_in, visitor), things)

        # What bob offered help with stands among his own offers under the title of that time.
        offered = {(name, path) for name, path in seen if viewer == "bob"
                   and (path == "/offers" or "/offers/" in path)}
        assert {(name, path) for name, path in seen - offered
                if not may_find(viewer, things[name], path)} == set(), viewer
        assert_found_where_it_is_for(viewer, seen, things)


def assert_found_where_it_is_for(viewer, seen, things):
    """Fail unless a viewer finds each dream where it is for them, so that the walk would notice."""
    for name, thing in things.items():
        places = [path for found, path in seen if found == name]
        page = f"/dreams/{thing['slug']}"
        assert (page in places) == may_find(viewer, thing, page), (viewer, name)
        in_lists = {path for path in places if path in LISTS and not is_for_programs(path)}
        assert bool(in_lists) == (thing["kind"] == "everybody" and viewer != "dan"), (viewer, name)


def test_the_export_holds_the_dreams_of_ones_own_alone(things, dreamer):
    """R68."""
    for viewer in filter(None, VIEWERS):
        exported = [document["_id"] for kind, document in find_exported_documents(
            find_viewer(dreamer(viewer))) if kind == "dreams"]
        own = [thing["dream"]["_id"] for thing in things.values() if viewer == "ada"]

        assert sorted(exported) == sorted(own)


ACTIONS = sorted(name for name, rule in RULES.items() if "POST" in rule.methods
                 and rule.arguments.intersection(("slug", "comment_id", "update_id"))
                 and not name.startswith(("dreamer_", "moderation_")))


def test_an_action_on_a_private_dream_answers_as_if_it_were_not_there(real_db, things, sign_in):
    """R68: of moderators, too."""
    thing, changed = things["me"] | {"need_id": OPEN_NEED["id"]}, ("comments", "follows", "reports")
    for viewer in ("eve", "bob", "mod"):
        client = sign_in(viewer)
        for endpoint in ACTIONS:
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(thing.get(found[1]) or "0" * 24),
                          RULES[endpoint].rule)
            before = [real_db[name].count_documents({}) for name in changed]
            answer = client.send(path, **{"confirm": "1"} | FIELDS.get(endpoint, {}))
            after = [real_db[name].count_documents({}) for name in changed]
            assert (answer.status_code, after) == (404, before), (viewer, endpoint)


READING = {"find", "find_one", "aggregate", "count_documents", "distinct", "find_dreams",
           "find_dream", "find_comment", "find_update", "find_with_authors", "find_shared"}
COLLECTIONS = ("dreams", "comments", "updates", "offers")
RULE = {"listed_query", "visible_query", "may_see", "is_public", "is_shown", "is_listed",
        "find_visible_dream", "feed_match", "is_private"}
# Functions that read dreams, or what belongs to them, without the rule, and why.
WITHOUT_RULE = {
    "the caller's query has the rule, or what it finds is asked": {
        "find_by_slug", "find_comment", "find_dream", "find_dreams", "find_job_dream",
        "find_offers", "find_scanned_dreams", "find_together", "find_update", "find_message",
        "page_stages", "scan_stages", "join_stages"},
    "the viewer's own": {
        "find_draft_topics", "find_given_offer", "find_last_counted", "find_published",
        "open_offers_stages", "own_edges_parts", "part_stages"},
    "its dream was found by the rule": {
        "find_helped_ids", "find_story", "dream_help_parts", "offered_stages",
        "unthanked_stages"},
    "an offer names a dream as it was called then, but shows none that is not listed": {
        "offers_stages", "thanks_of_stages"},
    "people": {"unfinished_stages", "helpers_stages", "people_stages", "people_parts"},
    "similar_stages has the rule": {"find_similar"},
    "conversation_stages has the rule": {"find_cursor_of", "find_comments", "comments_stages"},
    "for moderators": {"find_case", "find_reported_messages", "find_entries_page", "find_words",
                       "thanks_stages"},
}


def find_reading_functions():
    """Return {name: the names in it} of the functions that read dreams or what belongs to them."""
    nodes = (node for file in Path(dreamscape.__file__).parent.glob("*.py")
             for node in ast.parse(file.read_text()).body)
    found = {}
    for node in nodes:
        if not isinstance(node, ast.FunctionDef):
            continue
        is_part = node.name.endswith(("_stages", "_parts"))
        if not is_part and not node.name.startswith(("find_", "count_")):
            continue
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        direct = {each.value.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)
                  and each.attr in READING and isinstance(each.value, ast.Attribute)}
        if is_part or direct.intersection(COLLECTIONS) or names & READING:
            found[node.name] = names
    return found


def test_every_query_of_dreams_asks_the_rule_or_says_why_not():
    """R68: a new query stands here, or names the rule."""
    functions = find_reading_functions()
    known = set().union(*WITHOUT_RULE.values())

    assert known <= {*functions}
    assert {name for name, names in functions.items() if not names & RULE} - known == set()


# Moderation ##################################################################


@pytest.mark.parametrize("kind", ["dream", "comment", "update"])
def test_a_report_about_a_dream_that_became_private_shows_what_was_reported_alone(
        real_db, things, dreamer, sign_in, kind):
    """R68: moderators see no private dream, only the words of the report, which they can close."""
    thing = things["me"]
    target = {"dream": thing["dream"], "comment": {"_id": thing["comment_id"]},
              "update": {"_id": thing["update_id"]}}[kind]
    target = real_db[f"{kind}s"].find_one({"_id": target["_id"]})
    add_report(dreamer("eve"), kind, {"name": "", **target}, "Unkind.")
    real_db[f"{kind}s"].update_one({"_id": target["_id"]}, {
        "$set": {"description": "Written later.", "body": "Written later."}})
    client, path = sign_in("mod"), f"/moderation/{kind}/{target['_id']}"

    page = client.get(path).text

    assert "This dream is private now" in page
    assert {"dream": "Textme", "comment": "Saidme", "update": "Newsme"}[kind] in page
    assert "Written later." not in page
    assert client.send(f"{path}/dismiss", reason="Private.").status_code == 303
    assert client.send(f"{path}/hide", reason="Unkind.").status_code in (403, 404)


# Pages #######################################################################


def test_only_its_dreamer_is_offered_to_share_a_dream_by_link(db, dream, ada, visitor):
    db.dreams.update_one({"_id": dream["_id"]}, {"$set": {"audience": "link"}})
    path = f"/dreams/{dream['slug']}"
    address = f'value="{site.settings["BASE_URL"]}{path}"'

    assert address in ada.get(path).text
    assert address not in visitor.get(path).text


def test_a_page_by_link_is_not_for_search_engines(db, dream, visitor):
    """R68."""
    page = f"/dreams/{dream['slug']}"
    before = visitor.get(page).headers.get("X-Robots-Tag")
    db.dreams.update_one({}, {"$set": {"audience": "link"}})

    answer = visitor.get(page)

    assert (before, answer.status_code, answer.headers["X-Robots-Tag"]) == (None, 200, "noindex")


def test_the_address_of_a_dream_by_link_can_not_be_guessed_from_its_title(db, ada, visitor):
    """R68."""
    ada.send("/dreambuilder", **DREAM, audience="link")

    slug = db.dreams.find_one()["slug"]

    assert re.fullmatch(r"[0-9a-f]{12}-sail-away", slug)
    assert visitor.get(f"/dreams/{slug}").status_code == 200
    assert visitor.get("/dreams/sail-away").status_code == 404


def test_the_link_to_a_dream_whose_title_has_no_letters_stays(db, ada, visitor):
    """R68: its slug is the random text alone."""
    wave = DREAM | {"title": "\N{WATER WAVE}", "audience": "link"}
    ada.send("/dreambuilder", **wave)
    link = f"/dreams/{db.dreams.find_one()['slug']}"

    ada.send(f"{link}/edit", **wave | {"description": "More."})
    assert visitor.get(link).status_code == 200

    ada.send(f"{link}/edit", **wave | {"title": "Row"})
    assert visitor.get(link).status_code == 301


def test_a_dream_that_feeds_have_told_of_is_by_link_now_for_who_has_the_link(
        db, ada, dream, visitor):
    """R68: the ids of their entries name it by _id."""
    path = f"/dreams/{dream['_id']}"
    before = visitor.get(path).status_code

    ada.send(f"/dreams/{dream['slug']}/edit", **DREAM | {"audience": "link"})

    assert [before, visitor.get(path).status_code, ada.get(path).status_code] == [301, 404, 301]


def test_the_former_address_of_a_dream_that_is_by_link_now_leads_its_dreamer_and_moderators_to_it(
        db, ada, dream, visitor, sign_in):
    """R68: it can be guessed from the title; a former link leads to the present one."""
    path = f"/dreams/{dream['slug']}"
    ada.send(f"{path}/edit", **DREAM | {"audience": "link"})
    link = f"/dreams/{db.dreams.find_one()['slug']}"
    ada.send(f"{link}/edit", **DREAM | {"title": "Row", "audience": "link"})

    people = visitor, sign_in("bob"), ada, sign_in("mod")

    # The page of a reported comment leads a moderator to its dream by _id.
    for former in (path, f"/dreams/{dream['_id']}"):
        assert [client.get(former).status_code for client in people] == [404, 404, 301, 301]
    assert visitor.get(link).location == f"/dreams/{db.dreams.find_one()['slug']}"


def test_an_address_that_everybody_knew_is_no_secret_after_many_new_titles(
        db, ada, dream, visitor, monkeypatch):
    """R68: however many slugs a dream has had that day."""
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)
    pages = []
    for audience in [*("link", "everybody") * 7, "link"]:
        path = f"/dreams/{db.dreams.find_one()['slug']}"
        pages.append((path, db.dreams.find_one().get("audience")))
        ada.send(f"{path}/edit", **DREAM | {"audience": audience})

    assert [visitor.get(path).status_code for path, audience in pages if not audience] == [404] * 8


def test_what_was_said_on_a_dream_that_is_by_link_now_leads_to_it_whom_it_concerns_alone(
        db, outbox, ada, dream, dreamer, visitor, sign_in):
    """R68, R69: everybody may have read the address of a comment or an update before."""
    bob, stored = complete_dreamer(dreamer("bob")), complete_dream(dream)
    said = add_comment(bob, stored, "Hi", parent=find_comment(
        {"_id": add_comment(complete_dreamer(dreamer("eve")), stored, "Ho")}))
    news = add_update(complete_dreamer(dreamer("ada")), stored, "News")
    comment, report = f"/comments/{said}", f"/updates/{news}/report"
    ada.send(f"/dreams/{dream['slug']}/edit", comments_enabled="y",
             **DREAM | {"audience": "link"})
    page = f"/dreams/{db.dreams.find_one()['slug']}"

    # Bob wrote it, eve is answered.
    people = ada, sign_in("bob"), sign_in("eve"), sign_in("mod"), sign_in("mallory")
    assert [client.get(comment).status_code for client in people] == [302, 302, 302, 302, 404]
    assert [client.get(report).status_code for client in people] == [403, 404, 404, 200, 404]
    assert visitor.get(comment).status_code == 404
    mallory = sign_in("mallory")
    assert mallory.send(f"{comment}/reaction", value="like").status_code == 404
    assert mallory.send(f"{comment}/delete").status_code == 404

    # Who has the link goes on from there.
    shown = visitor.get(page).text
    address = next(path for path in hrefs(shown) if path.startswith(comment))
    assert visitor.get(address).location == f"{page}#comment-{said}"
    assert mallory.send(f"{comment}/reaction", value="like", next=page).status_code == 303
    assert mallory.get(f"{report}?next={page}").status_code == 200
    draft = add_draft(dreamer("mallory")["_id"], report, {"reason": ["Rude"], "next": [page]})
    assert mallory.get(f"{report}?draft={draft['_id']}").status_code == 200
    assert mallory.send(f"{page}/comments", body="Hey", parent=str(said)).status_code == 303


def test_a_form_about_what_was_said_on_a_dream_that_is_by_link_now_leads_to_it_no_stranger(
        db, outbox, ada, dream, dreamer, sign_in):
    """R68: an expired form names the dream it is about, and so does a draft."""
    bob, stored = complete_dreamer(dreamer("bob")), complete_dream(dream)
    said = f"/comments/{add_comment(bob, stored, 'Hi')}/edit"
    news = f"/updates/{add_update(complete_dreamer(dreamer('ada')), stored, 'News')}/edit"
    ada.send(f"/dreams/{dream['slug']}/edit", **DREAM | {"audience": "link"})
    page = f"/dreams/{db.dreams.find_one()['slug']}"

    def forms_shown(name, path, **fields):
        """Return a form without a token, and the draft of it, as somebody is shown them."""
        client, draft = sign_in(name), add_draft(dreamer(name)["_id"], path, {
            "body": ["Ho"], **{key: [value] for key, value in fields.items()}})
        origin = {"Origin": site.settings["BASE_URL"]}
        return [client.post(path, data={"body": "Ho", **fields}, headers=origin).text,
                client.get(f"/drafts/{draft['_id']}").text]

    for path in (said, news):
        assert [page in shown for shown in forms_shown("mallory", path)] == [False, False]
        assert all("Ho" in shown for shown in forms_shown("mallory", path))
        # Who has the link goes on from there.
        assert [page in shown for shown in forms_shown("eve", path, next=page)] == [True, True]
    assert [page in shown for shown in forms_shown("bob", said)] == [True, True]


def test_the_ids_of_what_is_by_link_follow_from_no_other(db, ada, dreamer):
    """R68: an address may name them, and others of the same process are known to everybody."""
    bob = complete_dreamer(dreamer("bob"))
    for audience in ("link", "me"):
        ada.send("/dreambuilder", **DREAM | {"title": audience}, audience=audience)
    dream = complete_dream(db.dreams.find_one({"audience": "link"}))
    ids = [*db.dreams.distinct("_id"), add_comment(bob, dream, "Hi"),
           add_update(complete_dreamer(dreamer("ada")), dream, "News"), set_line(bob, dream, "Ho")]

    assert len(ids) == 5
    assert not [_id for _id in ids if _id.binary[4:9] == ObjectId().binary[4:9]]


def test_the_dreambuilder_stores_who_sees_a_dream_and_leads_to_its_picture(db, ada):
    """R68."""
    for audience, stored in {"everybody": None, "link": "link", "me": "me", "": None}.items():
        db.dreams.delete_many({})
        fields = {"audience": audience} if audience else {}

        answer = ada.send("/dreambuilder", **DREAM, **fields)

        dream = db.dreams.find_one()
        assert (dream.get("audience"), answer.location) == (
            stored, f"/dreams/{dream['slug']}/picture")


def test_an_audience_that_is_none_is_refused(db, ada):
    assert ada.send("/dreambuilder", **DREAM, audience="friends").status_code == 422
    assert db.dreams.count_documents({}) == 0


def test_an_edit_without_an_audience_keeps_it(db, ada, make_dream):
    dream = make_dream(audience="link")

    ada.send(f"/dreams/{dream['slug']}/edit", **DREAM)

    assert db.dreams.find_one()["audience"] == "link"


def test_a_change_of_audience_says_who_sees_the_dream_now(db, ada, make_dream):
    path = f"/dreams/{make_dream('ada', 'Sail away')['slug']}"
    changes = {"me": "Only you", "link": "Only people with its link", "everybody": "Everybody"}

    for audience, who in changes.items():
        page = ada.get(ada.send(f"{path}/edit", **DREAM, audience=audience).location).text
        assert f"Dream saved. {who} can see it now." in page


def test_offers_close_when_a_dream_becomes_private_and_open_again(db, outbox, ada, dream, dreamer):
    """R68."""
    bob, states, path = complete_dreamer(dreamer("bob")), [], f"/dreams/{dream['slug']}/edit"
    add_offer(bob, complete_dream(dream), {}, "A sail.")

    for audience in ("me", "everybody"):
        ada.send(path, title=dream["title"], description="Far.", topics="travel", audience=audience)
        states.append(db.offers.find_one()["state"])

    assert states == ["closed", "offered"]


def test_no_help_is_offered_to_a_private_dream(db, dream, dreamer):
    db.dreams.update_one({}, {"$set": {"audience": "me"}})

    offered = add_offer(complete_dreamer(dreamer("bob")), complete_dream(dream), {}, "A sail.")

    assert (offered, db.offers.count_documents({})) == ((None, False), 0)


def test_a_follower_reads_no_notice_of_a_dream_that_became_private(db, outbox, dream, dreamer,
                                                                  sign_in):
    """R68."""
    notify("ask", dreamer("bob")["_id"], {"dream_id": dream["_id"]}, complete_dreamer(
        dreamer("ada")))
    bob = sign_in("bob")
    before = bob.get("/notifications").text
    db.dreams.update_one({}, {"$set": {"audience": "me"}})

    after = bob.get("/notifications").text

    assert [dream["title"] in page for page in (before, after)] == [True, False]


def test_who_followed_a_dream_before_it_was_by_link_is_not_told_its_address(
        db, outbox, ada, dream, dreamer, sign_in):
    """R65, R68: who follows it since then is, even if the other followed in the same second."""
    owner = complete_dreamer(dreamer("ada"))
    set_following(complete_dreamer(dreamer("bob")), {"dream_id": dream["_id"]}, True)
    add_update(owner, complete_dream(dream), "Before")
    send_due_mails()
    heard = sign_in("bob").get("/notifications").text

    ada.send(f"/dreams/{dream['slug']}/edit", **DREAM | {"audience": "link"})
    linked = db.dreams.find_one()
    later = ObjectId.from_datetime(linked["linked_at"] + timedelta(seconds=2))
    db.follows.insert_one({"_id": later, "dream_id": dream["_id"],
                           "dreamer_id": dreamer("eve")["_id"]})
    add_update(owner, complete_dream(linked), "Since")
    send_due_mails()

    assert dream["slug"] in heard
    assert [f"/dreams/{linked['slug']}#" in sign_in(name).get("/notifications").text
            for name in ("bob", "eve")] == [False, True]


def test_who_was_asked_for_help_before_a_dream_was_by_link_is_not_told_its_address(
        db, outbox, ada, dream, dreamer, sign_in):
    """R63, R68: its dreamer still reads who follows it."""
    set_following(complete_dreamer(dreamer("bob")), {"dream_id": dream["_id"]}, True)
    notify("ask", dreamer("bob")["_id"], {"dream_id": dream["_id"]}, complete_dreamer(
        dreamer("ada")))
    ada.send(f"/dreams/{dream['slug']}/edit", **DREAM | {"audience": "link"})
    slug = db.dreams.find_one()["slug"]

    assert slug != dream["slug"]
    assert [slug in sign_in(name).get("/notifications").text for name in ("bob", "ada")] == [
        False, True]


@pytest.mark.parametrize(("state", "is_led"), [
    ("offered", False), ("declined", False), ("withdrawn", False), ("lapsed", False),
    ("accepted", True), ("done", True)])
def test_who_offered_help_before_a_dream_was_by_link_is_led_to_it_once_that_is_accepted(
        db, outbox, ada, dream, dreamer, sign_in, state, is_led):
    """R61, R68: its dreamer always is."""
    offer_id, _ = add_offer(dreamer("bob"), complete_dream(dream), {}, "I can help.")
    db.offers.update_one({}, {"$set": {"state": state}})
    ada.send(f"/dreams/{dream['slug']}/edit", **DREAM | {"audience": "link"})
    slug = db.dreams.find_one()["slug"]

    pages = [sign_in(name).get(f"/offers/{offer_id}").text for name in ("bob", "ada")]

    assert slug != dream["slug"] and dream["title"] in words_shown(pages[0])
    assert [slug in page for page in pages] == [is_led, True]


# Drafts ######################################################################


@pytest.fixture
def draft(db, ada):
    """Ada's draft, as the Dreambuilder saves it; it lacks a topic."""
    ada.send("/dreambuilder", title="Sail away", description="Far.", audience="me")
    return db.dreams.find_one()


def test_a_draft_takes_nothing_that_publishing_would_lose(db, ada, draft):
    for path, fields in (("state", {"state": "resting"}), ("story", {"story": "We sailed."}),
                         ("updates", {"body": "We sailed."}), ("comments", {"body": "Hello"})):
        answer = ada.send(f"/dreams/{draft['slug']}/{path}", **fields)

        assert (path, answer.status_code) == (path, 422)
        assert "Publish this draft first." in answer.text

    assert (db.updates.count_documents({}), db.comments.count_documents({})) == (0, 0)
    assert db.dreams.find_one() == draft


def publish(client, draft, **fields):
    """Publish a draft from its form; return the answer."""
    return client.send(f"/dreams/{draft['slug']}/edit",
                       **DREAM | {"audience": "everybody"} | fields)


def test_a_draft_may_lack_everything_but_one(db, ada):
    """R68."""
    parts = [{"title": "Sail away"}, {"description": "Far."}, {"topics": "travel"},
             {"needs": "A boat"}]

    statuses = [ada.send("/dreambuilder", **fields, audience="me").status_code for fields in parts]

    assert statuses == [303] * 4
    assert db.dreams.count_documents({"draft": True}) == 4


def test_a_draft_is_refused_without_anything_or_with_what_is_wrong(db, ada):
    for fields in ({}, {"title": "x" * 101}, {"topics": "unknown"}):
        assert ada.send("/dreambuilder", **fields, audience="me").status_code == 422
    assert db.dreams.count_documents({}) == 0


def test_a_draft_shows_no_counts(ada, draft):
    assert "0 followers" not in ada.get("/dreams").text + ada.get(f"/dreams/{draft['slug']}").text


def test_an_incomplete_draft_is_not_published(db, ada, draft):
    """R68: the form says what is missing, with what was typed."""
    answer = ada.send(f"/dreams/{draft['slug']}/edit", title="Sail away", audience="everybody")

    assert answer.status_code == 422
    assert form_of(answer, "title")["title"] == ["Sail away"]
    assert db.dreams.find_one()["draft"]


def test_the_preview_publishes_what_it_shows(db, ada, draft):
    """R68."""
    ada.send(f"/dreams/{draft['slug']}/edit", **DREAM, needs="A boat", audience="me")
    page = ada.get(f"/dreams/{draft['slug']}")
    fields = form_of(page, "version") | {"audience": "everybody"}

    answer = ada.post(f"/dreams/{draft['slug']}/edit", data=fields)

    [dream] = db.dreams.find()
    assert "Only you see this" in words_shown(page.text)
    assert answer.location == "/dreams/sail-away"
    assert (dream["needs"][0]["text"], dream.get("audience"), dream.get("draft")) == (
        "A boat", None, None)


def test_a_published_draft_stands_at_the_top_of_what_is_newest(db, ada, draft, make_dream, visitor):
    """R68."""
    make_dream("bob", "Later than the draft")

    publish(ada, draft)

    assert dreams_shown(visitor.get("/dreamscape").text) == ["sail-away", "later-than-the-draft"]


def test_the_address_of_a_draft_leads_to_the_published_dream(ada, draft, visitor):
    """R68."""
    publish(ada, draft)

    answer = visitor.get(f"/dreams/{draft['slug']}")

    assert (answer.status_code, answer.location) == (301, "/dreams/sail-away")


@pytest.mark.parametrize("way", ["form", "dreambuilder"])
def test_a_draft_that_is_published_again_and_again_is_published_once(db, ada, draft, way):
    """R68."""
    for _ in range(3):
        if way == "form":
            publish(ada, draft)
        else:
            ada.send("/dreambuilder", **DREAM, draft=str(draft["_id"]))

    assert [dream["slug"] for dream in db.dreams.find()] == ["sail-away"]


def test_a_draft_is_published_with_its_picture(db, ada, draft, uploads):
    """R68."""
    set_stored_picture("dreams", draft, "boat-1", (b"WebP", 4, 3, []), "A boat")

    publish(ada, draft)

    [dream] = db.dreams.find()
    assert (dream["picture"], dream["picture_alt"], dream["picture_width"]) == (
        "boat-1", "A boat", 4)
    assert (uploads / "boat-1").exists()


def test_words_changed_in_another_tab_after_the_publication_are_kept(db, ada, draft):
    publish(ada, draft)

    ada.send("/dreambuilder", title="Sail far away", description="Far.", topics="travel",
             draft=str(draft["_id"]))

    assert [dream["title"] for dream in db.dreams.find()] == ["Sail far away"]


@pytest.mark.parametrize("path", ["/dreams/{}/edit", "/dreambuilder"])
def test_the_old_form_of_a_draft_replaces_what_was_edited_since_by_a_second_press_alone(
        db, ada, draft, path):
    """It stood open on a phone while the dream was published and edited on a laptop."""
    publish(ada, draft)
    published = db.dreams.find_one()
    ada.send(f"/dreams/{published['slug']}/edit", **DREAM | {"description": "On the laptop."})
    own = {"draft": str(draft["_id"]), "version": "1"}

    refused = ada.send(path.format(draft["_id"]), **DREAM | own | {"description": "On the phone."})
    first = db.dreams.find_one()["description"]
    again = form_of(refused, "title")
    ada.send(path.format(draft["_id"]), **again | {"topics": "travel"})

    assert (refused.status_code, first) == (422, "On the laptop.")
    assert EDITED_MEANWHILE in words_shown(refused.text)
    assert [dream["description"] for dream in db.dreams.find()] == ["On the phone."]


def test_nobody_else_publishes_or_saves_a_draft(db, draft, sign_in):
    bob = sign_in("bob")

    refused = bob.send(f"/dreams/{draft['slug']}/edit", **DREAM)

    assert (refused.status_code, save(bob, **DREAM, draft=str(draft["_id"]))["draft"]) == (404, "")
    assert db.dreams.find_one() == draft


def test_somebody_unconfirmed_saves_a_draft_but_publishes_none(db, dreamer, sign_in):
    later = datetime.now(UTC) + timedelta(days=1)
    dreamer("una", unconfirmed_email="una@example.com", ends_at=later)
    client = sign_in("una")
    saved = client.send("/dreambuilder/draft", title="Fly").get_json()

    answer = client.send(f"/dreams/{saved['draft']}/edit", **DREAM, audience="everybody")

    assert answer.location == "/confirm"
    assert db.dreams.find_one()["draft"]


# Saved while it is written ###################################################


def save(client, **fields):
    """Save a draft as autosave.js does; return the answer's JSON."""
    return client.send("/dreambuilder/draft", **fields).get_json()


def test_the_first_save_adds_a_draft_and_the_next_ones_change_it(db, ada):
    """R68."""
    first = save(ada, title="Sa", once="key")
    second = save(ada, title="Sail", **{key: first[key] for key in ("draft", "version")})

    assert [first["version"], second["version"], second["other"]] == [1, 2, False]
    assert [dream["title"] for dream in db.dreams.find()] == ["Sail"]


def test_of_two_devices_the_last_version_wins_and_it_is_told(db, ada):
    """R68."""
    first = save(ada, title="Sail")
    known = {key: first[key] for key in ("draft", "version")}

    others = [save(ada, title=title, **known)["other"] for title in ("Phone", "Desk")]

    assert others == [False, True]
    assert db.dreams.find_one()["title"] == "Desk"


def test_without_javascript_the_second_device_is_told_too(db, ada, draft):
    """R68."""
    path, fields = f"/dreams/{draft['slug']}/edit", {"title": "Sail", "version": "1"}

    pages = [ada.get(ada.send(path, **fields, audience="me").location).text for _ in range(2)]

    assert ["on another device too" in page for page in pages] == [False, True]


def test_a_draft_that_was_published_is_not_saved_any_more(db, ada, draft):
    publish(ada, draft)

    answer = save(ada, title="Late", draft=str(draft["_id"]), version="1")

    assert answer == {"draft": "", "version": 0, "other": True}
    assert db.dreams.count_documents({}) == 1


def test_a_form_of_a_draft_that_is_gone_is_saved_as_a_new_one(db, dreamer):
    fields = {"title": "Fly", "description": "", "topics": [], "needs": [], "audience": "me",
              "comments_enabled": True}
    slug, message = share_dream(complete_dreamer(dreamer("ada")), fields, draft="0" * 24)

    assert db.dreams.find_one({"draft": True})["slug"] == slug
    assert message == SAVED


def test_the_form_of_a_draft_that_was_published_elsewhere_leaves_it_published(db, ada, draft):
    form = form_of(ada.get(f"/dreams/{draft['slug']}/edit"), "title")
    publish(ada, draft)

    ada.post(f"/dreams/{draft['slug']}/edit", data=form | {"topics": "travel", "title": "Fly"})

    [dream] = db.dreams.find()
    assert (dream["title"], dream.get("audience")) == ("Fly", None)


def test_neither_a_new_name_nor_a_recount_makes_a_draft_searchable(db, draft, dreamer):
    set_author_name(dreamer("ada"), "Ada Byron")

    answer = site.app.test_cli_runner().invoke(args=["recount"])

    assert answer.output == "Mended: 0\n"
    assert {"words", "score", "need_words"}.isdisjoint(db.dreams.find_one())


def test_an_answer_that_got_lost_adds_no_second_draft(db, ada):
    answers = [save(ada, title="Sail", once="key")["draft"] for _ in range(2)]

    assert answers[0] == answers[1]
    assert db.dreams.count_documents({}) == 1


def test_an_answer_that_got_lost_names_the_draft_that_was_saved_then(db, ada):
    """Among others, and saved again since: what comes last is kept, as of every form."""
    save(ada, title="Bake bread", once="another key")
    first = save(ada, title="Sail", once="key")
    save(ada, title="Sail", draft=first["draft"], version="1")

    assert save(ada, title="Sail", once="key") == {
        "draft": first["draft"], "version": 3, "other": False}


def test_a_form_whose_answer_got_lost_goes_on_with_its_draft(db, ada):
    """So a restored form makes no twin."""
    first = save(ada, title="Sail", once="key")["draft"]

    answer = save(ada, title="Sail away", once="key")

    assert (answer["draft"], answer["version"]) == (first, 2)
    assert [dream["title"] for dream in db.dreams.find()] == ["Sail away"]


def test_forms_without_a_key_make_drafts_by_their_words(db, ada):
    for title in ("Sail", "Fly", "Sail"):
        save(ada, title=title)

    assert sorted(dream["title"] for dream in db.dreams.find()) == ["Fly", "Sail"]


@pytest.mark.parametrize("audience", ["everybody", "link"])
def test_a_form_whose_answer_got_lost_publishes_its_draft_with_the_picture(
        db, ada, uploads, audience):
    """Once, however often it is pressed, and no other draft."""
    save(ada, title="Bake bread", once="another key")
    draft = save(ada, title="Sail", once="key")["draft"]
    set_stored_picture("dreams", db.dreams.find_one({"title": "Sail"}), "boat-1",
                       (b"WebP", 4, 3, []), "A boat")

    for _ in range(2):
        ada.send("/dreambuilder", **DREAM | {"audience": audience}, once="key")

    dreams = {dream["title"]: dream for dream in db.dreams.find()}
    assert {title: dream.get("draft") for title, dream in dreams.items()} == {
        "Bake bread": True, DREAM["title"]: None}
    assert dreams[DREAM["title"]]["picture"] == "boat-1"
    assert ada.get(f"/dreams/{draft}").location == f"/dreams/{dreams[DREAM['title']]['slug']}"


def test_a_form_with_the_key_of_somebody_else_leaves_their_draft_alone(db, ada, sign_in):
    save(ada, title="Sail", once="key")

    sign_in("bob").send("/dreambuilder", **DREAM, once="key")

    assert db.dreams.find_one({"draft": True})["title"] == "Sail"


def test_a_first_save_that_comes_after_the_publication_says_so(db, dreamer):
    ada = complete_dreamer(dreamer("ada"))
    draft = set_draft(ada, DRAFTED, once="key")["draft"]
    db.dreams.update_one({"_id": parse_id(draft)}, {"$unset": {"draft": ""}})

    assert set_draft(ada, DRAFTED, once="key") == {"draft": "", "version": 0, "other": True}


def test_a_first_save_that_comes_after_its_form_was_shared_leaves_no_twin(db, ada, sign_in):
    """R68: with other words, too, as the press came while it was under way."""
    ada.send("/dreambuilder", **DREAM, once="key")

    late = save(ada, title="Sail ar", once="key")
    others = save(sign_in("bob"), title="Sail ar", once="key")

    assert late == {"draft": "", "version": 0, "other": True}
    assert others["version"] == 1
    assert [dream.get("draft") for dream in db.dreams.find()] == [None, True]


def test_a_first_save_while_its_form_is_shared_leaves_no_twin(db, dreamer, monkeypatch):
    """R68: it is stored when the dream is, but not yet known by its form's key."""
    ada, fields = complete_dreamer(dreamer("ada")), FULL | {"once": "x"}

    def add_dream_late(*args):
        """Save the draft after the dream was added."""
        slug = add_dream(*args)
        set_draft(ada, DRAFTED, once="key")
        return slug

    monkeypatch.setattr(dreamscape.audience, "add_dream", add_dream_late)
    share_dream(ada, fields, once="key")

    assert [dream.get("draft") for dream in db.dreams.find()] == [None]


def test_a_form_that_is_gone_back_to_saves_another_draft_once_its_dream_is_shared(db, ada):
    ada.send("/dreambuilder", **DREAM, once="key")

    for _ in range(2):
        ada.send("/dreambuilder", title="Fly", audience="me", once="key")

    assert sorted(dream["title"] for dream in db.dreams.find()) == sorted([DREAM["title"], "Fly"])


def test_the_last_draft_that_there_may_be_is_saved_again_by_its_form(db, ada, dreamer):
    """Its first answer may not have been read."""
    db.dreams.insert_many([{"dreamer_id": dreamer("ada")["_id"], "draft": True, "audience": "me"}
                           for _ in range(DRAFTS - 1)])

    answers = [save(ada, title=title, once="key") for title in ("Sail", "Sail away")]

    assert [answer["version"] for answer in answers] == [1, 2]


def test_there_are_so_many_drafts_at_most(db, ada, dreamer):
    db.dreams.insert_many([{"dreamer_id": dreamer("ada")["_id"], "draft": True, "audience": "me"}
                           for _ in range(DRAFTS)])

    answer = ada.send("/dreambuilder", title="One more", audience="me")

    assert (answer.status_code, save(ada, title="One more")["draft"]) == (422, "")
    assert f"You have {DRAFTS} drafts" in answer.text


def test_a_draft_that_is_none_is_shared_as_a_new_dream(db, ada):
    for draft_id in ("x", "0" * 24, "\0" * 5):
        db.dreams.delete_many({})
        assert ada.send("/dreambuilder", draft=draft_id, version="\0").status_code == 422

        ada.send("/dreambuilder", **DREAM, draft=draft_id, version="x")

        assert [dream["title"] for dream in db.dreams.find()] == [DREAM["title"]]


FULL = DREAM | {"topics": ["travel"], "words": [], "audience": None}


@pytest.mark.parametrize("answer_lost", [False, True])
def test_a_publication_that_was_interrupted_anywhere_is_finished_by_the_next_press(
        db, ada, draft, dreamer, uploads, answer_lost):
    """R68: at each of its calls of the database."""
    set_stored_picture("dreams", draft, "boat-1", (b"WebP", 4, 3, []), "")
    person, calls, done = complete_dreamer(dreamer("ada")), 0, False
    while not done:
        for name in ("dreams", "slugs"):
            db[name].delete_many({})
        db.dreams.insert_one(draft | {"picture": "boat-1"})
        with suppress(AutoReconnect), outage(calls, answer_lost):
            done = add_published(person, draft["_id"], FULL)
        publish(ada, draft)
        assert [(dream["slug"], dream["picture"], dream.get("draft")) for dream in db.dreams.find()
                ] == [("sail-away", "boat-1", None)], calls
        calls += 1
    assert calls > 10


def interrupt_publication(person, draft, calls=10):
    """Publish a draft, but only the first calls; then the two have the same picture."""
    with suppress(AutoReconnect), outage(calls):
        add_published(person, draft["_id"], FULL)


def test_a_draft_that_an_interrupted_publication_left_can_be_deleted(db, ada, draft, dreamer,
                                                                     uploads):
    """R68: the dream keeps the picture that the two share by then."""
    set_stored_picture("dreams", draft, "boat-1", (b"WebP", 4, 3, []), "")
    interrupt_publication(complete_dreamer(dreamer("ada")), draft)
    assert [each.get("picture") for each in db.dreams.find()] == ["boat-1"] * 2

    ada.send(f"/dreams/{draft['slug']}/delete", confirm="1")

    assert (db.dreams.count_documents({}), (uploads / "boat-1").exists()) == (1, True)


def test_what_was_written_after_an_interrupted_publication_is_published(db, ada, draft, dreamer):
    """R68."""
    interrupt_publication(complete_dreamer(dreamer("ada")), draft, calls=6)
    assert db.dreams.count_documents({}) == 2

    publish(ada, draft, title="Fly")

    assert [dream["title"] for dream in db.dreams.find()] == ["Fly"]


def test_a_press_that_comes_late_does_not_add_an_edited_dream_again(db, ada, draft, dreamer):
    """R68: it had read the draft before another one published it."""
    with suppress(AutoReconnect), outage(2):
        add_published(complete_dreamer(dreamer("ada")), draft["_id"], FULL)
    _id = db.dreams.find_one()["published_as"]
    publish(ada, draft)
    ada.send("/dreams/sail-away/edit", **DREAM | {"title": "Sail far away"})

    late = FULL | {"_id": _id, "once": f"draft {draft['_id']}"}
    add_dream(complete_dreamer(dreamer("ada")), late)

    assert db.dreams.count_documents({}) == 1


def test_a_draft_is_not_found_by_its_words(db, dreamer):
    fields = {"title": "Sail", "description": "", "topics": [], "needs": [],
              "comments_enabled": True}

    set_draft(dreamer("ada"), fields)

    assert {"words", "score", "need_words", "needed_at"}.isdisjoint(db.dreams.find_one())


def test_a_draft_is_deleted_like_a_dream(db, ada, draft):
    ada.send(f"/dreams/{draft['slug']}/delete", confirm="1")

    assert db.dreams.count_documents({}) == 0
    assert f"/dreams/{draft['slug']}" not in hrefs(ada.get("/dreams").text)


def test_what_a_change_of_the_audience_says():
    assert {**SHARED} == {None: "Your dream is out in the world.",
                          "link": "Your dream is shared: anyone with its link can see it."}
    assert {**CHANGED} == {None: "Dream saved. Everybody can see it now.",
                           "link": "Dream saved. Only people with its link can see it now.",
                           "me": "Dream saved. Only you can see it now."}
    assert [ALREADY_SHARED, SAVED, SAVED_ELSEWHERE, TOO_MANY_DRAFTS] == [
        "You've already shared this dream.", "Draft saved. Only you can see it.",
        "Draft saved. You changed it on another device too. We've kept this version.",
        "You have 50 drafts, and that's the limit. Publish or delete one first."]
    assert {**AUDIENCES} == {"everybody": "Everybody", "link": "People with the link",
                             "me": "Only me"}


def test_a_draft_has_these_texts_and_a_form_without_one_this():
    assert [*DRAFT_DREAM_FIELDS] == ["title", "description", "topics", "needs", "comments_enabled"]
    assert {**NO_DRAFT} == {"draft": "", "version": 0, "other": False}


def test_every_field_of_the_form_is_kept_in_a_draft_and_compared_after_an_edit():
    assert {*DRAFT_DREAM_FIELDS, "audience"} == {*DREAM_FIELDS}
    assert {*EDITED_FIELDS, "needs"} == {*DREAM_FIELDS}


def test_the_button_that_publishes_a_draft_sends_every_field_of_the_form(db, ada):
    ada.send("/dreambuilder", **DREAM | {"audience": "me", "needs": "A boat"})

    page = ada.get(f"/dreams/{db.dreams.find_one()['slug']}")

    assert {*DREAM_FIELDS, "version"} - {"audience"} <= {*form_of(page, "version")}


EDITED = FULL | {"title": "Fly", "needs": [], "comments_enabled": False}

# Beside other drafts #########################################################

DRAFTED = {"title": "Sail away", "description": "Far.", "topics": ["travel"], "needs": [],
           "comments_enabled": True, "audience": "me"}


def test_each_draft_is_saved_by_itself_and_by_its_dreamer_alone(db, dreamer):
    ada, bob = (complete_dreamer(dreamer(name)) for name in ("ada", "bob"))
    first, second = (set_draft(ada, DRAFTED | {"title": title})["draft"]
                     for title in ("One", "Two"))

    saved = [set_draft(ada, DRAFTED | {"title": ""}, second, version) for version in (1, 2, 2, "")]
    stolen = set_draft(bob, DRAFTED | {"title": "Mine"}, first, "1")

    assert saved == [{"draft": second, "version": version, "other": other}
                     for version, other in ((2, False), (3, False), (4, True), (5, False))]
    assert stolen == {"draft": "", "version": 0, "other": True}
    assert [(each.get("title"), each["version"]) for each in db.dreams.find().sort("_id")] in (
        [("One", 1), (None, 5)], [(None, 5), ("One", 1)])


def test_a_dream_that_is_no_draft_is_neither_saved_nor_published_as_one(db, dream, dreamer):
    """Whatever id a form sends: so no published dream loses its words, or its topics."""
    ada, dream_id = complete_dreamer(dreamer("ada")), str(dream["_id"])

    assert set_draft(ada, DRAFTED | {"topics": []}, dream_id, "1") == {
        "draft": "", "version": 0, "other": True}
    assert add_published(ada, dream["_id"], DRAFTED | {"audience": None, "words": []}) is None
    assert [*db.dreams.find()] == [dream]


def test_a_draft_is_published_by_itself_with_its_picture(db, dreamer, make_dream):
    ada, bob = (complete_dreamer(dreamer(name)) for name in ("ada", "bob"))
    elsewhere = make_dream("ada", "Bake bread")
    fields = DRAFTED | {"audience": None, "words": [], "once": "x"}
    drafts = [parse_id(set_draft(ada, DRAFTED | {"title": title})["draft"])
              for title in ("One", "Two")]
    db.dreams.update_one({"_id": drafts[1]}, {"$set": {"picture": "boat.webp", "picture_alt": "A"}})

    assert add_published(bob, drafts[1], fields) is None
    slug, says = share_dream(ada, fields, str(drafts[1]))
    again = share_dream(ada, fields, str(drafts[1]))

    published = find_published(ada, drafts[1])
    assert (slug, says) == again == ("sail-away", "Your dream is out in the world.")
    assert [published[key] for key in ("slug", "picture", "picture_alt")] == [
        "sail-away", "boat.webp", "A"]
    assert find_published(ada, drafts[0]) is find_published(bob, drafts[1]) is None
    left = {each["_id"]: each.get("picture") for each in db.dreams.find()}
    assert left == {elsewhere["_id"]: None, drafts[0]: None, published["_id"]: "boat.webp"}


def test_the_same_dream_is_not_shared_twice_by_an_edit(db, dreamer, make_dream):
    ada, fields = complete_dreamer(dreamer("ada")), DRAFTED | {"audience": None, "words": []}
    first = find_dream({"_id": make_dream(once="one")["_id"]})
    make_dream(title="Bake bread", once="two")

    slug, says = edit_dream(ada, first, fields | {"once": "two"})

    assert (slug, says) == (None, "You've already shared this dream.")
    assert edit_dream(ada, first, fields | {"once": "three"}) == ("sail-away", "Dream saved.")


def test_of_two_edits_of_the_same_version_the_second_is_refused_unless_it_is_the_same(
        db, dreamer, make_dream):
    """Two workers may have read the dream before either of them saved it."""
    ada, fields = complete_dreamer(dreamer("ada")), DRAFTED | {"audience": None, "words": []}
    read = find_dream({"_id": make_dream()["_id"]})

    answers = [edit_dream(ada, read, fields | {"description": words}, version="new")
               for words in ("On the phone.", "On the phone.", "On the laptop.")]

    assert answers == [("sail-away", "Dream saved.")] * 2 + [(None, EDITED_MEANWHILE)]
    assert db.dreams.find_one()["description"] == "On the phone."


@pytest.mark.parametrize("audience", ["me", "link"])
def test_an_edit_that_was_interrupted_anywhere_is_finished_by_the_next_press(
        db, outbox, ada, dreamer, make_dream, audience):
    """The title, the address, the score and the offers."""
    fields = DREAM | {"title": "Fly", "audience": audience, "version": "new"}
    for calls in range(30):
        dream = find_dream({"_id": make_dream(once=str(calls))["_id"]})
        add_offer(complete_dreamer(dreamer("bob")), dream, {}, "I can help")
        path = f"/dreams/{dream['slug']}/edit"
        with suppress(AutoReconnect), outage(calls):
            edit_dream(complete_dreamer(dreamer("ada")), dream,
                       EDITED | {"audience": audience, "once": f"x{calls}"}, version="new")

        ada.send(path, **fields)

        stored = find_dream({"_id": dream["_id"]})
        assert (calls, stored["title"], stored["audience"]) == (calls, "Fly", audience)
        assert re.fullmatch(r"fly" if audience == "me" else r"[0-9a-f]{12}-fly", stored["slug"])
        assert db.offers.find_one()["state"] == ("closed" if audience == "me" else "offered")
        remove_dream(stored)
        db.offers.delete_many({})
        db.slugs.delete_many({})


def test_an_edit_sent_twice_counts_once_though_a_need_stays_on_the_list(db, dreamer, make_dream):
    """It stays because somebody helps with it."""
    ada, fields = complete_dreamer(dreamer("ada")), DRAFTED | {"audience": None, "words": []}
    read = find_dream({"_id": make_dream(needs=edited_needs([], ["A sail"]))["_id"]})
    add_offer(dreamer("bob"), read, read["needs"][0], "I sew.")
    db.offers.update_one({}, {"$set": {"state": "accepted"}})

    answers = [edit_dream(ada, read, fields, version="new")[1] for _ in range(2)]

    assert answers == ["Dream saved."] * 2
    assert [need["text"] for need in db.dreams.find_one()["needs"]] == ["A sail"]


def test_an_edit_that_is_refused_closes_no_offer(db, outbox, dreamer, make_dream):
    ada, bob = (complete_dreamer(dreamer(name)) for name in ("ada", "bob"))
    first = find_dream({"_id": make_dream(once="one")["_id"]})
    make_dream(title="Bake bread", once="two")
    add_offer(bob, first, {}, "A sail.")

    slug, _ = edit_dream(ada, first, DRAFTED | {"words": [], "once": "two"})

    assert (slug, db.offers.find_one()["state"]) == (None, "offered")


def test_the_picture_of_a_draft_replaces_none_that_the_dream_has_got_since(db, make_dream):
    known = find_dream({"_id": make_dream()["_id"]})
    db.dreams.update_one({}, {"$set": {"picture": "sail.webp"}})

    set_picture_moved({"picture": "boat.webp"}, known)

    assert db.dreams.find_one()["picture"] == "sail.webp"


def test_the_picture_of_a_draft_is_changed_again_until_the_draft_is_deleted(db, make_dream):
    known = find_dream({"_id": make_dream()["_id"]})

    for picture in ("boat.webp", "sail.webp"):
        set_picture_moved({"picture": picture}, known)

    assert db.dreams.find_one()["picture"] == "sail.webp"
