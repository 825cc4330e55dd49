"""Slugs: readable, unique, given once, and old ones that lead on."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from support.concurrency import at_once, run_concurrently
from support.fields import DREAM

from dreamscape import slugs
from dreamscape.accounts import add_dreamer
from dreamscape.dreams import add_dream
from dreamscape.slugs import (
    add_redirect, add_slug, find_slug_owner, new_id, set_slug, set_slugs_orphaned, slug_claim,
)

ANN = {"first_name": "Ann", "last_name": "Bee", "email": "ann@example.com",
       "password": "correct horse battery"}


def send_dream(client, **fields):
    """Send the Dreambuilder, filled in."""
    return client.send("/dreambuilder", **DREAM | fields)


def slug_of(database, title):
    """Return the slug of the dream with a title."""
    return database.dreams.find_one({"title": title})["slug"]


# Of dreamers #################################################################


def add(first_name, last_name, number=0):
    """Make an account and return its document."""
    return add_dreamer(ANN | {"first_name": first_name, "last_name": last_name,
                                   "email": f"{number}@example.com"})


@pytest.fixture
def quick(monkeypatch):
    """Password hashes that take little time, where many accounts are made."""
    monkeypatch.setattr("dreamscape.passwords.PASSWORD_METHOD", "pbkdf2:sha256:1")


@pytest.mark.parametrize(("first", "last", "slug"), [
    ("Ann", "Bee", "ann-bee"), ("Zoë", "O'Neill", "zoe-o-neill"), ("Ольга", "Ким", "olga-kim"),
    ("日本", "太郎", "ri-ben-tai-lang"), ("🌈", "🦄", "dreamer"), ("--", "..", "dreamer"),
    ("<b>", "&", "b"), ("x" * 50, "y" * 50, "x" * 50)])
def test_a_name_makes_a_slug(db, quick, first, last, slug):
    """R31."""
    add(first, last)

    assert db.dreamers.find_one()["slug"] == slug


@pytest.mark.parametrize(("first", "last", "slug"), [
    ("Ann", "Bee", "ann-bee"), ("🌈", "🦄", "dreamer")])
def test_a_second_dreamer_of_a_name_gets_a_number(db, quick, first, last, slug):
    """R31."""
    for number in range(3):
        add(first, last, number)

    assert sorted(db.dreamers.distinct("slug")) == [slug, f"{slug}-2", f"{slug}-3"]


def test_many_dreamers_of_a_name_get_slugs_of_their_own(db, quick):
    """R31."""
    for number in range(15):
        add("Ann", "Bee", number)

    assert len(db.dreamers.distinct("slug")) == 15


def test_dreamers_of_a_name_who_come_at_once_get_slugs_of_their_own(real_db, quick):
    """R31."""
    at_once(lambda number: add("Ann", "Bee", number))

    assert len(real_db.dreamers.distinct("slug")) == 20


@pytest.mark.parametrize("path", ["/dreamers/ada-lovelace",
                                  "/dreamers/ada-lovelace?cursor=&x=1&x=2"])
def test_an_old_slug_leads_to_the_dreamer_for_good(db, sign_in, visitor, path):
    """R31."""
    sign_in("ada").send("/profile", first_name="Augusta", last_name="King", email="ada@example.com")

    answer = visitor.get(path)

    assert answer.status_code == 301
    assert answer.location == path.replace("ada-lovelace", "augusta-king")


def test_an_old_slug_is_never_given_to_another(db, sign_in, quick):
    """R31."""
    sign_in("ada").send("/profile", first_name="Augusta", last_name="King", email="ada@example.com")

    other = add("Ada", "Lovelace")

    assert db.dreamers.find_one({"_id": other["_id"]})["slug"] == "ada-lovelace-2"


def test_an_old_name_taken_back_gets_its_slug_back(db, sign_in):
    """R31."""
    client = sign_in("ada")
    for name in ("Augusta", "Ada"):
        client.send("/profile", first_name=name, last_name="Lovelace", email="ada@example.com")

    assert client.get("/dreamers/ada-lovelace").status_code == 200
    assert client.get("/dreamers/augusta-lovelace").location == "/dreamers/ada-lovelace"


def rename(dreamer, *names):
    """Give somebody one first name after the other."""
    for name in names:
        time.sleep(0.002)  # MongoDB stores milliseconds: two names must not have the same.
        set_slug("dreamers", dreamer, f"{name} Lovelace")


def leads_to(visitor, name):
    """Return where the page of an old name leads, or None if there is no such page."""
    return visitor.get(f"/dreamers/{name}-lovelace").location


def test_only_the_last_twenty_old_slugs_are_kept(db, dreamer, visitor):
    """R31."""
    rename(dreamer("ada"), *(f"A{number}" for number in range(25)))

    found = [bool(leads_to(visitor, f"a{number}")) for number in range(24)]
    assert found == [False] * 4 + [True] * 20
    assert db.slugs.count_documents({}) == 21


def test_the_old_slugs_of_others_stay(db, dreamer, visitor):
    rename(dreamer("bob"), "Bob", "Rob")
    rename(dreamer("ada"), *(f"A{number}" for number in range(25)))

    assert leads_to(visitor, "bob") == "/dreamers/rob-lovelace"


def test_the_slugs_of_one_who_leaves_are_nobodys_and_those_of_others_stay(db, dreamer):
    ada, bob = dreamer("ada"), dreamer("bob")

    set_slugs_orphaned(ada)

    owners = {_id: find_slug_owner("dreamers", _id) for _id in ("ada-lovelace", "bob-builder")}
    assert owners == {"ada-lovelace": None, "bob-builder": bob["_id"]}
    assert add_slug("dreamers", ObjectId(), "Ada Lovelace") == "ada-lovelace-2"


def test_a_former_address_leads_to_what_has_it_now(db, dreamer):
    ada, bob = dreamer("ada")["_id"], dreamer("bob")["_id"]

    for owner in (ada, bob):
        add_redirect("dreams", "sail", owner)

    assert find_slug_owner("dreams", "sail") == bob
    assert add_slug("dreams", ada, "Sail") == "sail-2"
    assert [claim["given_at"] for claim in db.slugs.find({"given_at": None})] == []


@pytest.mark.parametrize(("audience", "is_random"), [(None, False), ("link", True), ("me", True)])
def test_an_id_beside_a_dream_for_few_is_random_behind_its_time(audience, is_random):
    before = ObjectId()

    made = new_id({"audience": audience})

    assert abs(made.generation_time - before.generation_time) <= timedelta(seconds=1)
    assert (made.binary[4:9] != before.binary[4:9]) == is_random


def test_an_old_slug_that_is_let_go_may_be_anothers(db, dreamer, quick):
    """R31."""
    rename(dreamer("ada"), *(f"A{number}" for number in range(21)))

    other = add("Ada", "Lovelace")

    assert db.dreamers.find_one({"_id": other["_id"]})["slug"] == "ada-lovelace"


def test_going_back_to_old_names_takes_no_further_slug(db, dreamer, visitor):
    """R31."""
    rename(dreamer("ada"), *("Augusta", "Ada") * 20)

    assert db.slugs.count_documents({}) == 2
    assert leads_to(visitor, "augusta") == "/dreamers/ada-lovelace"


def test_a_slug_used_again_is_kept_longer(db, dreamer, visitor):
    """R31."""
    first, later = [f"A{number}" for number in range(10)], [f"B{number}" for number in range(15)]
    rename(dreamer("ada"), *first, "A0", *later)

    assert [bool(leads_to(visitor, name)) for name in ("a0", "a1")] == [True, False]


def test_slugs_without_a_date_are_let_go_first(db, dreamer, visitor):
    """R28, R31."""
    ada = dreamer("ada")
    rename(ada, *(f"A{number}" for number in range(15)))
    db.slugs.update_many({}, {"$unset": {"given_at": ""}})

    rename(ada, *(f"B{number}" for number in range(20)))

    assert db.slugs.count_documents({"given_at": None}) == 1
    assert visitor.get("/dreamers/b19-lovelace").status_code == 200


def test_the_slug_of_now_is_never_let_go(db, dreamer, visitor):
    """R31: not even when the clock goes back."""
    ada = dreamer("ada")
    rename(ada, *(f"A{number}" for number in range(21)))
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    db.slugs.update_many({}, {"$set": {"given_at": tomorrow}})

    rename(ada, "Zoe")

    assert db.slugs.find_one({"_id": slug_claim("dreamers", "zoe-lovelace")})


@pytest.mark.parametrize("path", ["/dreamers/ada-lovelace", "/dreams/sail-around-the-world"])
@pytest.mark.parametrize("name", [None, "bob"])
def test_no_cache_keeps_where_an_old_slug_leads(db, dream, dreamer, sign_in, visitor, path, name):
    """R31: else a name given back and forth would be a loop of redirects."""
    set_slug("dreamers", dreamer("ada"), "Augusta King")
    set_slug("dreams", dream, "Sail away")

    answer = (sign_in(name) if name else visitor).get(path)

    assert answer.status_code == 301
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("slug", ["nobody", "5f43a1b2c3d4e5f6a7b8c9d0", "%00", "ü", "x" * 3_000])
def test_an_unknown_dreamer_is_not_there(db, visitor, slug):
    """R3."""
    assert visitor.get(f"/dreamers/{slug}").status_code == 404


def test_a_slug_held_by_a_document_of_other_hands_is_left_to_it(db, quick):
    """R31."""
    db.dreamers.insert_one({"slug": "ann-bee"})

    ann = add("Ann", "Bee")

    slug = db.dreamers.find_one({"_id": ann["_id"]})["slug"]
    assert re.fullmatch("ann-bee-[0-9a-f]{16}", slug)


# Of dreams ###################################################################


@pytest.mark.parametrize(("title", "slug"), [
    ("Sail away", "sail-away"), ("../../etc/passwd", "etc-passwd"), ("Плавать", "plavat"),
    ("環遊世界", "huan-you-shi-jie"), ("🚣", "dream"), ("C++ & C#", "c-c"), ("-- —", "dream"),
    ("Ünïcødé", "unicode"), ("a/b?c=d#e", "a-b-c-d-e"), ("picture", "picture")])
def test_a_dream_has_a_readable_slug(db, sign_in, title, slug):
    """R31."""
    send_dream(sign_in("ada"), title=title)

    assert slug_of(db, title) == slug


def test_a_slug_of_a_long_title_is_short_and_ends_with_a_word(db, sign_in):
    send_dream(sign_in("ada"), title="wandering " * 10)

    slug = db.dreams.find_one({})["slug"]
    assert len(slug) <= 60
    assert slug.endswith("wandering")


def test_twelve_dreams_of_one_title_have_twelve_slugs(db, make_dream):
    """R31."""
    slugs = {make_dream(title="Sail", description=str(number))["slug"] for number in range(12)}

    assert len(slugs) == 12
    assert {"sail", "sail-2", "sail-9"} <= slugs


def test_dreams_of_one_title_made_at_once_have_each_their_slug(real_db, dreamer):
    """R31: under any concurrency."""
    authors = [dreamer(name) for name in ("ada", "bob", "cleo", "dan", "eve", "kim", "li", "zoe")]

    def make(author):
        """Make a dream of the same title."""
        return lambda: add_dream(author, {"title": "Sail", "once": "x", "topics": []})

    slugs = run_concurrently(*map(make, authors))

    assert len(set(slugs)) == 8
    assert sorted(dream["slug"] for dream in real_db.dreams.find()) == sorted(slugs)


@pytest.mark.parametrize("page", ["", "/edit", "/picture"])
def test_an_old_slug_leads_to_the_new_one_for_good(db, dream, sign_in, page):
    """R31."""
    client = sign_in("ada")
    client.send(f"/dreams/{dream['slug']}/edit", **DREAM)

    response = client.get(f"/dreams/{dream['slug']}{page}?cursor=x&open=y")

    assert response.status_code == 301
    assert response.location == f"/dreams/sail-away{page}?cursor=x&open=y"


def test_an_old_slug_takes_actions_too(db, dream, sign_in):
    """R31."""
    sign_in("ada").send(f"/dreams/{dream['slug']}/edit", **DREAM)

    response = sign_in("bob").send(f"/dreams/{dream['slug']}/follow")

    assert response.location == "/dreams/sail-away#dream-sail-away"


def test_an_old_slug_is_never_given_to_another_dream(db, dream, make_dream, sign_in):
    """R31."""
    sign_in("ada").send(f"/dreams/{dream['slug']}/edit", **DREAM)

    other = make_dream("bob", title=dream["title"])

    assert other["slug"] == f"{dream['slug']}-2"


def test_a_dream_gets_its_old_slug_back_with_its_old_title(db, dream, sign_in):
    """R31."""
    client = sign_in("ada")
    client.send(f"/dreams/{dream['slug']}/edit", **DREAM)

    client.send("/dreams/sail-away/edit", **DREAM | {"title": dream["title"]})

    assert slug_of(db, dream["title"]) == dream["slug"]


def test_the_id_of_a_dream_leads_to_its_slug(db, dream, visitor):
    """R31."""
    response = visitor.get(f"/dreams/{dream['_id']}")

    assert response.status_code == 301
    assert response.location == f"/dreams/{dream['slug']}"


def test_nobody_takes_the_address_by_which_feeds_know_a_dream(db, dream, visitor, make_dream):
    squatter = make_dream("mallory", str(dream["_id"]))

    assert visitor.get(f"/dreams/{dream['_id']}").location == f"/dreams/{dream['slug']}"
    assert visitor.get(f"/dreams/{squatter['slug']}").status_code == 200
    assert squatter["slug"] == f"dream-{dream['_id']}"
    assert add_slug("dreamers", ObjectId(), str(dream["_id"])) == f"dreamer-{dream['_id']}"


def test_a_slug_has_60_characters_and_20_may_lead_to_a_document():
    assert [slugs.SLUG_LENGTH, slugs.OLD_SLUGS] == [60, 20]


def test_a_name_that_many_have_gets_a_random_address(db, monkeypatch):
    """Of the last, with 64 random bits, nobody ever has the same."""
    monkeypatch.setattr(slugs.secrets, "token_hex", lambda size: "0" * 2 * size)
    monkeypatch.setattr(slugs.secrets, "randbelow", lambda below: below - 9_000)
    names = ["sail", *(f"sail-{number}" for number in range(2, 10)), "sail-1000"]
    db.slugs.insert_many([{"_id": slug_claim("dreams", name), "owner_id": "bob"} for name in names])

    assert slugs.add_slug("dreams", "ada", "Sail") == f"sail-{'0' * 16}"
    with pytest.raises(RuntimeError):
        slugs.add_slug("dreams", "mallory", "Sail")
