"""The sitemap: valid by the rules of sitemaps.org, complete, split where it is long."""

import html
import re
from datetime import UTC, datetime, timedelta
from itertools import chain
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from limits import parse as parse_rate
from bson import ObjectId

import app as site
from dreamscape import publishing
from dreamscape.topics import MAX_TOPICS

SITE = ("/", "/dreamscape", "/about", "/rules", "/privacy")  # pages that are always there

SCHEMA = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
# https://www.w3.org/TR/NOTE-datetime
W3C_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# Where a schema lets children follow each other in this order alone, each once.
ORDER = {"urlset": ["loc", "lastmod", "changefreq", "priority"], "sitemapindex": ["loc", "lastmod"]}


@pytest.fixture(autouse=True)
def without_file_starts(monkeypatch):
    """Forget where the files of another test's database start."""
    monkeypatch.setattr(publishing, "file_starts", {})


def fetch(client, path="/sitemap.xml"):
    """Return (the root's name, [(address, last change)]) of a sitemap; fail if it is invalid."""
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    root = ElementTree.fromstring(answer.data)
    kind = root.tag.removeprefix(SCHEMA)
    assert find_faults(root, kind) == []
    return kind, [(entry.findtext(f"{SCHEMA}loc"), entry.findtext(f"{SCHEMA}lastmod"))
                  for entry in root]


def find_faults(root, kind):
    """Return what the schema and the protocol forbid about a file of the sitemap."""
    child = {"urlset": "url", "sitemapindex": "sitemap"}[kind]
    faults = ["empty"] * (not len(root)) + ["too long"] * (len(root) > 10_000)
    locations = [entry.findtext(f"{SCHEMA}loc") or "" for entry in root]
    faults += ["an address twice"] * (len(locations) != len(set(locations)))
    for entry, location in zip(root, locations, strict=True):
        names = [each.tag.removeprefix(SCHEMA) for each in entry]
        faults += [entry.tag] * (entry.tag != SCHEMA + child)
        faults += [f"{names}"] * (names != [name for name in ORDER[kind] if name in names])
        faults += [location] * (not location.startswith(f"{site.settings['BASE_URL']}/")
                                or len(location) >= 2_048 or not location.isascii())
        faults += [changed for changed in [entry.findtext(f"{SCHEMA}lastmod")]
                   if changed and not W3C_TIME.fullmatch(changed)]
    return faults


def paths(entries):
    """Return the paths of a sitemap's entries, without those of pages that are always there."""
    own = [urlsplit(location) for location, _ in entries]
    return [each.path for each in own if each.path not in SITE]


def test_the_sitemap_lists_the_public_pages(db, dream, dreamer, visitor):
    """R58."""
    dreamer("bob")  # who has no dream

    kind, entries = fetch(visitor)

    assert kind == "urlset"
    assert paths(entries) == ["/dreams/sail-around-the-world", "/dreamers/ada-lovelace"]
    pages = [location.removeprefix(site.settings["BASE_URL"]) for location, _ in entries]
    assert {*SITE, "/dreamscape?topic=travel"} <= {*pages}


def test_an_empty_site_has_a_valid_sitemap(db, visitor):
    assert paths(fetch(visitor)[1]) == []


def test_a_dream_is_in_the_sitemap_with_its_last_change(db, dream, visitor):
    edited = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    before = dict(fetch(visitor)[1])
    db.dreams.update_one({}, {"$set": {"edited_at": edited}})

    after = dict(fetch(visitor)[1])

    address = f"{site.settings['BASE_URL']}/dreams/sail-around-the-world"
    assert before[address] == dream["_id"].generation_time.isoformat()
    assert after[address] == edited.isoformat()


SOON, PAST = (datetime.now(UTC) + timedelta(days=days) for days in (1, -1))


@pytest.mark.parametrize(("collection", "fields"), [
    ("dreams", {"hidden": "Rude"}), ("dreamers", {"ends_at": SOON}),
    ("dreamers", {"suspended": {"until": None}}), ("dreamers", {"suspended": {"until": SOON}})],
    ids=["hidden", "unconfirmed", "suspended", "suspended for a while"])
def test_what_is_not_public_is_not_in_the_sitemap(db, dream, sign_in, collection, fields):
    """R58."""
    ada = sign_in("ada")
    assert len(paths(fetch(ada)[1])) == 2
    db[collection].update_one({}, {"$set": fields})

    assert paths(fetch(ada)[1]) == []


def test_after_a_suspension_pages_are_in_the_sitemap_again(db, dream, visitor):
    db.dreamers.update_one({}, {"$set": {"suspended": {"until": PAST}}})

    assert len(paths(fetch(visitor)[1])) == 2


@pytest.mark.parametrize("document", [{"dreamer_id": None}, {"dreamer_id": ObjectId()}, {}])
def test_a_dream_whose_dreamer_is_gone_breaks_nothing(db, dream, visitor, document):
    db.dreams.insert_one(document)

    assert fetch(visitor)[0] == "urlset"


# Many addresses ##############################################################


@pytest.fixture
def small_files(db, monkeypatch):
    """Files of four documents, read two at a time; and eleven dreams of three people."""
    monkeypatch.setattr(publishing, "FILE_BATCHES", 2)
    monkeypatch.setattr(publishing, "BATCH", 2)
    monkeypatch.setattr("dreamscape.database.BATCH", 2)
    people = [ObjectId() for _ in range(3)]
    db.dreamers.insert_many([{"_id": _id, "slug": f"person-{number}"}
                             for number, _id in enumerate(people)])
    db.dreams.insert_many([{"slug": f"dream-{number}", "dreamer_id": people[number % 3],
                            "once": str(number)} for number in range(11)])
    return db


def fetch_all(client):
    """Return the files of the sitemap that its index names, as lists of paths."""
    kind, files = fetch(client)
    assert kind == "sitemapindex"
    addresses = [location.removeprefix(site.settings["BASE_URL"]) for location, _ in files]
    return [paths(fetch(client, address)[1]) for address in addresses]


def test_a_long_sitemap_is_an_index_of_files_that_name_each_page_once(small_files, visitor):
    """R58."""
    files = fetch_all(visitor)

    assert sorted(chain.from_iterable(files)) == sorted(
        [f"/dreams/dream-{number}" for number in range(11)]
        + [f"/dreamers/person-{number}" for number in range(3)])
    assert max(map(len, files)) == 4


def test_the_index_finds_what_was_added_since(small_files, visitor):
    fetch_all(visitor)
    small_files.dreams.insert_many([{"slug": f"new-{number}", "once": f"new-{number}"}
                                    for number in range(9)])

    found = [*chain.from_iterable(fetch_all(visitor))]

    assert {f"/dreams/new-{number}" for number in range(9)} <= {*found}
    assert len(found) == len({*found})


def test_the_index_reads_only_what_was_added_since(small_files, visitor, monkeypatch):
    queries, find = [], publishing.find_batches
    fetch(visitor)
    monkeypatch.setattr(publishing, "find_batches", lambda name, query, fields: (
        queries.append(query) or find(name, query, fields)))

    fetch(visitor)

    assert queries[0]["_id"]["$gt"] == publishing.file_starts["dreams"][-1]
    assert len(publishing.file_starts["dreams"]) == 3


def test_a_file_whose_pages_were_deleted_is_valid(small_files, visitor):
    fetch(visitor)
    small_files.dreams.update_many({}, {"$set": {"hidden": "Rude"}})

    assert [path for file in fetch_all(visitor) for path in file if "dreams" in path] == []


def test_a_file_holds_less_than_ten_thousand_addresses():
    most = publishing.FILE_BATCHES * publishing.BATCH + 2 + MAX_TOPICS

    assert 9_000 < most < 10_000


@pytest.mark.parametrize("query", ["of=x", "of=dreams&after=x", "after=%00", "of=limits"])
def test_another_file_is_not_found(db, visitor, query):
    assert visitor.get(f"/sitemap.xml?{query}").status_code == 404


# Caches and limits ###########################################################


def test_a_sitemap_is_cached_for_an_hour_and_sets_no_cookie(db, dream, sign_in):
    answer = sign_in("ada").get("/sitemap.xml")

    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert "Set-Cookie" not in answer.headers


def test_a_sitemap_with_a_current_etag_is_not_sent_again(db, dream, visitor):
    known = {"If-None-Match": visitor.get("/sitemap.xml").headers["ETag"]}

    assert visitor.get("/sitemap.xml", headers=known).status_code == 304


def test_a_network_reads_so_many_files_and_no_more(db, visitor, monkeypatch):
    few = publishing_limit("1 per 15 minutes")
    monkeypatch.setitem(site.LIMITS, "sitemap", few)
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)

    statuses = [visitor.get("/sitemap.xml").status_code for _ in range(2)]

    assert statuses == [200, 429]


def publishing_limit(rate):
    """Return the sitemap's limit with another rate."""
    return site.LIMITS["sitemap"]._replace(rate=parse_rate(rate))


@pytest.mark.parametrize("text", ["a&b", "a<b"])
def test_an_address_is_escaped(text):
    element = publishing.address_element(f"/dreamscape?topic={text}")

    assert html.escape(text) in element
    assert ElementTree.fromstring(element).findtext("loc").endswith(text)


def test_a_feed_has_20_entries_and_a_sitemap_19_batches():
    assert [publishing.FEED_ENTRIES, publishing.FEED_SCANS, publishing.FILE_BATCHES] == [20, 5, 19]
