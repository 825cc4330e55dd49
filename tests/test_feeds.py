"""Atom feeds: valid by RFC 4287, what stands in them, and who does not."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from werkzeug.http import http_date

import app as site
from dreamscape import limits, publishing
from dreamscape.dreams import find_dream, remove_dream, set_dream
from dreamscape.updates import add_update

ATOM = "{http://www.w3.org/2005/Atom}"
# https://www.rfc-editor.org/rfc/rfc3339#section-5.6
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
ONCE = ("id", "title", "updated", "content", "published", "icon", "rights", "subtitle", "summary")
PATHS = {"site": "/feed.atom", "topic": "/topics/travel/feed.atom",
         "dreamer": "/dreamers/ada-lovelace/feed.atom",
         "dream": "/dreams/sail-around-the-world/feed.atom"}
ODD = ["A <b>bold</b> & \"quoted\" dream", "To sail \x00\x08\x0b\x1f\x7f\ufffe\uffff far",
       "🚣‍♀️ 漢字 𝕏",
       "لشוט \u202eגלים", "]]> &amp; &#0; <!-- --> <?xml?>", "x" * 100]


def parse(response):
    """Return the root of a feed; fail if it is not well-formed XML."""
    return ElementTree.fromstring(response.data)


def texts(parent, name):
    """Return the texts of an element's children of a name."""
    return [child.text for child in parent.findall(ATOM + name)]


def links(parent, rel):
    """Return the links of an element that have a relation."""
    return [link for link in parent.findall(f"{ATOM}link") if link.get("rel") == rel]


def find_faults(element):
    """Return what RFC 4287 forbids about a feed (4.1.1) or an entry (4.1.2)."""
    names = [child.tag.removeprefix(ATOM) for child in element]
    faults = [f"no {name}" for name in ("id", "title", "updated") if name not in names]
    faults += [f"{name} repeated" for name in ONCE if names.count(name) > 1]
    faults += [f"{name} is not absolute" for name in ("id", "icon") for text in texts(element, name)
               if not urlsplit(text).netloc]
    faults += [f"{text} is no date" for name in ("updated", "published")
               for text in texts(element, name) if not RFC3339.fullmatch(text)]
    faults += ["an author without a name"] * any(
        not (author.findtext(f"{ATOM}name") or "").strip()
        for author in element.findall(f"{ATOM}author"))
    faults += ["no author"] * (not element.findall(f"{ATOM}author"))
    kinds = [(link.get("rel"), link.get("type")) for link in element.findall(f"{ATOM}link")]
    faults += ["two alternates of a type"] * (len(kinds) != len(set(kinds)))
    faults += ["no alternate"] * (not links(element, "alternate"))
    faults += [f"{link.get('href')} is not absolute" for link in element.findall(f"{ATOM}link")
               if not urlsplit(link.get("href")).netloc]
    faults += ["a category without a term"] * any(
        not each.get("term") for each in element.findall(f"{ATOM}category"))
    faults += [f"a {child.tag} of type {child.get('type')}" for child in element
               if child.get("type") not in (None, "text", "html", "text/html",
                                            "application/atom+xml")]
    faults += ["text with elements in it"] * any(
        len(child) for child in element if child.get("type") in ("text", "html"))
    return faults


def find_feed_faults(root):
    """Return what RFC 4287 forbids about a feed and its entries."""
    entries = root.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    faults = ["not a feed"] * (root.tag != f"{ATOM}feed")
    faults += ["one self link is needed"] * (len(links(root, "self")) != 1)
    faults += ["an id repeated"] * (len(ids) != len(set(ids)))
    faults += ["newer entries than the feed"] * any(
        entry.findtext(f"{ATOM}updated") > root.findtext(f"{ATOM}updated") for entry in entries)
    return faults + find_faults(root) + [
        fault for entry in entries for fault in find_faults(entry)]


# Valid #######################################################################


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_feed_is_valid(db, dream, visitor, path):
    """R58."""
    answer = visitor.get(path)

    assert answer.mimetype == "application/atom+xml"
    assert find_feed_faults(parse(answer)) == []
    assert len(parse(answer).findall(f"{ATOM}entry")) == 1


@pytest.mark.parametrize("path", [PATHS["site"], PATHS["topic"], PATHS["dreamer"]])
def test_a_feed_without_entries_is_valid(db, dreamer, visitor, path):
    dreamer("ada")

    assert find_feed_faults(parse(visitor.get(path))) == []


@pytest.mark.parametrize("text", ODD)
def test_a_feed_is_valid_whatever_people_wrote(db, dream, visitor, text):
    db.dreams.update_one({}, {"$set": {"title": text, "description": text, "picture_alt": text,
                                       "picture": "boat-1", "topics": [text]}})
    db.dreamers.update_one({}, {"$set": {"first_name": text}})

    for path in (PATHS["site"], PATHS["dreamer"], PATHS["dream"]):
        assert find_feed_faults(parse(visitor.get(path))) == []


@pytest.mark.parametrize(("broken", "with_what", "fault"), [
    ("<id>[^<]*</id>", "", "no id"), ("(?<=<name>)[^<]*", "", "an author without a name"),
    ("(?<=T)[0-9:]+", "", "is no date"), ('rel="self"', "", "one self link is needed"),
    ("http://127[^/]+", "", "is not absolute"), ("<author>.*?</author>", "", "no author"),
    ('term="[^"]*"', "", "a category without a term"), ('"html"', '"x"', "of type x"),
    ("</title>", "<b/></title>", "text with elements in it"),
    ("</title>", "</title><title/>", "title repeated")])
def test_an_invalid_feed_would_be_found(db, dream, visitor, broken, with_what, fault):
    text = visitor.get(PATHS["site"]).text

    spoiled = ElementTree.fromstring(re.sub(broken, with_what, text))

    assert fault in " ".join(find_feed_faults(spoiled))


# What stands in them #########################################################


def entry_of(visitor, path=PATHS["site"]):
    """Return the first entry of a feed."""
    return parse(visitor.get(path)).find(f"{ATOM}entry")


@pytest.mark.parametrize(("path", "title", "page"), [
    ("site", "Dreamscape: newest dreams", "/dreamscape"),
    ("topic", "Dreamscape: Travel", "/dreamscape?topic=travel"),
    ("dreamer", "Dreams of Ada Lovelace", "/dreamers/ada-lovelace"),
    ("dream", "Sail around the world", "/dreams/sail-around-the-world")])
def test_a_feed_says_what_it_is_about(db, dream, visitor, path, title, page):
    feed = parse(visitor.get(PATHS[path]))

    own, about = ([link.get("href").removeprefix("http://127.0.0.1:5000")
                   for link in links(feed, rel)] for rel in ("self", "alternate"))
    assert (texts(feed, "title"), own, about) == ([title], [PATHS[path]], [page])


def test_an_entry_says_what_the_dream_says(db, dream, visitor):
    entry = entry_of(visitor)

    assert texts(entry, "title") == ["Sail around the world"]
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Ada Lovelace"
    assert "<p dir=\"auto\">With a boat I build myself.</p>" in entry.findtext(f"{ATOM}content")
    assert entry.find(f"{ATOM}category").attrib == {"term": "travel", "label": "Travel"}
    address = f"{site.settings['BASE_URL']}/dreams/sail-around-the-world"
    assert links(entry, "alternate")[0].get("href") == address


def test_what_people_write_is_text_in_the_html_of_an_entry(db, dream, visitor):
    db.dreams.update_one({}, {"$set": {"description": "<script>alert(1)</script> & more"}})

    content = entry_of(visitor).findtext(f"{ATOM}content")

    assert "<script>" not in content
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in content


def test_an_entry_has_the_picture_with_its_words(db, dream, visitor):
    db.dreams.update_one({}, {"$set": {"picture": "boat-1", "picture_alt": "A <boat>"}})

    content = entry_of(visitor).findtext(f"{ATOM}content")

    assert f'<img src="{site.settings["BASE_URL"]}/uploads/boat-1" alt="A &lt;boat&gt;"' in content


def test_the_id_of_an_entry_stays_when_its_title_changes(db, dream, visitor):
    before = texts(entry_of(visitor), "id"), texts(entry_of(visitor), "updated")
    set_dream(find_dream({}), {"title": "Row across the lake"})

    after = texts(entry_of(visitor), "id"), texts(entry_of(visitor), "updated")

    assert after[0] == before[0]
    assert after[1] > before[1]
    assert visitor.get(urlsplit(after[0][0]).path).location == "/dreams/row-across-the-lake"


def test_a_feed_keeps_its_id_when_its_address_changes(db, dream, visitor):
    before = texts(parse(visitor.get(PATHS["dream"])), "id")
    set_dream(find_dream({}), {"title": "Row across the lake"})

    answer = visitor.get(PATHS["dream"], follow_redirects=True)

    assert answer.request.path == "/dreams/row-across-the-lake/feed.atom"
    assert texts(parse(answer), "id") == before


def test_the_newest_twenty_dreams_come_first(db, make_dream, visitor):
    for number in range(22):
        make_dream(title=f"Dream {number}")

    titles = texts_of_entries(visitor)

    assert titles == [f"Dream {number}" for number in range(21, 1, -1)]


def texts_of_entries(visitor, path=PATHS["site"]):
    """Return the titles in a feed."""
    return [entry.findtext(f"{ATOM}title") for entry in parse(visitor.get(path)).findall(
        f"{ATOM}entry")]


@pytest.mark.parametrize(("path", "expected"), [
    (PATHS["site"], ["Play", "Sail"]), (PATHS["topic"], ["Sail"]),
    ("/topics/music/feed.atom", ["Play"]), (PATHS["dreamer"], ["Sail"]),
    ("/dreamers/bob-builder/feed.atom", ["Play"]), ("/dreams/play/feed.atom", ["Play"])])
def test_a_feed_has_what_it_is_about(db, make_dream, visitor, path, expected):
    """R58."""
    make_dream(title="Sail")
    make_dream("bob", title="Play", topics=["music"])

    assert texts_of_entries(visitor, path) == expected


# Who does not ################################################################

SOON, PAST = (datetime.now(UTC) + timedelta(days=days) for days in (1, -1))
NOT_PUBLIC = {
    "hidden": ("dreams", {"hidden": "Rude"}), "unconfirmed": ("dreamers", {"ends_at": SOON}),
    "suspended": ("dreamers", {"suspended": {"until": None}}),
    "suspended for a while": ("dreamers", {"suspended": {"until": SOON}})}


@pytest.mark.parametrize(("collection", "fields"), NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_what_is_not_public_is_in_no_feed(db, dream, sign_in, collection, fields):
    """R58."""
    ada = sign_in("ada")
    assert texts_of_entries(ada) == ["Sail around the world"]
    db[collection].update_one({}, {"$set": fields})

    assert texts_of_entries(ada) == texts_of_entries(ada, PATHS["topic"]) == []
    assert ada.get(PATHS["dream"]).status_code == 404


@pytest.mark.parametrize("fields", [{"ends_at": SOON}, {"suspended": {"until": None}}])
def test_a_dreamer_who_is_not_public_has_no_feed(db, dream, sign_in, fields):
    """R58."""
    ada = sign_in("ada")
    db.dreamers.update_one({}, {"$set": fields})

    assert ada.get(PATHS["dreamer"]).status_code == 404


def test_after_a_suspension_dreams_are_in_feeds_again(db, dream, visitor):
    db.dreamers.update_one({}, {"$set": {"suspended": {"until": PAST}}})

    assert texts_of_entries(visitor) == ["Sail around the world"]


def test_a_feed_reads_on_past_newer_dreams_of_the_suspended(db, dreamer, make_dream, visitor):
    make_dream(title="Sail")
    for number in range(25):
        make_dream("mallory", title=f"Buy gold {number}")
    db.dreamers.update_one({"first_name": "Mallory"}, {"$set": {"suspended": {"until": None}}})

    assert texts_of_entries(visitor) == ["Sail"]


@pytest.mark.parametrize("path", [
    "/topics/nothing/feed.atom", "/dreamers/nobody/feed.atom", "/dreams/nothing/feed.atom",
    "/dreams/65f000000000000000000000/feed.atom"])
def test_an_unknown_subject_has_no_feed(db, visitor, path):
    assert visitor.get(path).status_code == 404


# Caches ######################################################################


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_feed_sets_no_cookie_and_is_cached_for_minutes(db, dream, sign_in, path):
    answer = sign_in("ada").get(path)

    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert answer.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_feed_that_the_client_has_is_not_sent_again(db, dream, visitor, encoding):
    accepted = {"Accept-Encoding": encoding}
    first = FlaskClient.open(visitor, PATHS["site"], headers=accepted)

    known = accepted | {"If-None-Match": first.headers["ETag"]}

    assert FlaskClient.open(visitor, PATHS["site"], headers=known).status_code == 304


def test_a_feed_that_has_changed_is_sent_again(db, dream, visitor, make_dream):
    known = {"If-None-Match": visitor.get(PATHS["site"]).headers["ETag"]}
    make_dream(title="Row")

    assert visitor.get(PATHS["site"], headers=known).status_code == 200


def test_a_feed_whose_newest_entry_was_deleted_is_sent_again(db, dream, visitor, make_dream):
    """It is older then: no time of change can say so, as a client may hold a later one."""
    remove_dream(make_dream(title="Row"))

    later = {"If-Modified-Since": http_date(datetime.now(UTC))}
    answer = visitor.get(PATHS["site"], headers=later)

    assert (answer.status_code, answer.headers.get("Last-Modified")) == (200, None)


def test_feeds_are_read_at_the_rate_of_pages(db, dream, visitor, monkeypatch):
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)
    monkeypatch.setattr(limits, "VISITOR_READ_RATE", limits.parse_rate("1 per minute"))
    unused = limits.FixedWindowRateLimiter(limits.MemoryStorage())
    monkeypatch.setattr(limits, "read_limiter", unused)

    statuses = [visitor.get(PATHS["site"]).status_code for _ in range(2)]

    assert statuses == [200, 429]


# Where they are found ########################################################


@pytest.mark.parametrize(("page", "feed"), [
    ("/", PATHS["site"]), ("/dreamscape", PATHS["site"]),
    ("/dreamscape?topic=travel", PATHS["topic"]), ("/dreamers/ada-lovelace", PATHS["dreamer"]),
    ("/dreams/sail-around-the-world", PATHS["dream"])])
def test_a_page_names_its_feed(db, dream, visitor, sign_in, page, feed):
    """R58."""
    client = sign_in("bob") if "dreamscape" in page else visitor

    found = re.findall(r'<link rel="alternate" type="application/atom\+xml" title="[^"]+" '
                       r'href="([^"]+)">', client.get(page).text)

    assert feed in found


# Of a dream's updates ########################################################


def test_the_feed_of_a_dream_tells_its_updates_and_how_it_came_true(
        db, dream, dreamer, visitor):
    """R58: what is only for its dreamer, hidden or without words is none of them."""
    ada, whole = dreamer("ada"), find_dream({"_id": dream["_id"]})
    db.dreams.update_one({"_id": dream["_id"]}, {"$set": {"state": "came-true"}})
    ids = [add_update(ada, whole, body, key=body) for body in ("We began.", "Halfway.", "Hidden.")]
    db.updates.update_one({"body": "Hidden."}, {"$set": {"hidden": "Spam."}})
    db.updates.insert_one({"dream_id": dream["_id"], "state": "resting", "body": ""})
    story = db.updates.insert_one({"dream_id": dream["_id"], "state": "came-true",
                                   "body": "We are back."}).inserted_id

    root = parse(visitor.get(PATHS["dream"]))

    assert find_faults(root) == []
    entries = root.findall(f"{ATOM}entry")
    told = [(texts(entry, "title")[0], texts(entry, "content")[0].strip()) for entry in entries]
    assert told == [
        ("It came true: Sail around the world", '<p dir="auto">We are back.</p>'),
        ("Update: Sail around the world", '<p dir="auto">Halfway.</p>'),
        ("Update: Sail around the world", '<p dir="auto">We began.</p>'),
        ("Sail around the world", '<p dir="auto">With a boat I build myself.</p>')]
    paths = [urlsplit(links(entry, "alternate")[0].get("href")) for entry in entries]
    assert [path.fragment for path in paths] == [
        "story", f"update-{ids[1]}", f"update-{ids[0]}", ""]
    assert len({texts(entry, "id")[0] for entry in entries}) == 4
    assert texts(root, "updated")[0] == max(texts(entry, "updated")[0] for entry in entries)
    assert str(story) in texts(entries[0], "id")[0]


@pytest.mark.parametrize(("state", "is_told"), [("came-true", True), ("resting", False)])
def test_a_story_is_in_the_feed_while_the_page_shows_it(dream, sign_in, visitor, state, is_told):
    """R64: changed back, the dream keeps its story for itself."""
    ada, page = sign_in("ada"), f"/dreams/{dream['slug']}"
    ada.send(f"{page}/state", state="came-true")
    ada.send(f"{page}/story", story="We are back.")
    ada.send(f"{page}/state", state=state)

    assert ("We are back." in visitor.get(page).text) is is_told
    assert ("We are back." in visitor.get(PATHS["dream"]).text) is is_told


def test_the_feed_of_a_dream_holds_the_newest_updates(db, dream, visitor, monkeypatch):
    monkeypatch.setattr(publishing, "FEED_ENTRIES", 2)
    db.updates.insert_many([{"dream_id": dream["_id"], "body": str(n)} for n in range(3)])

    entries = parse(visitor.get(PATHS["dream"])).findall(f"{ATOM}entry")

    assert [texts(entry, "content")[0].strip() for entry in entries[:-1]] == [
        '<p dir="auto">2</p>', '<p dir="auto">1</p>']
