"""Commands: indexes, administrators, mending what is stored, sweeping pictures, the demo."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer
from time import monotonic
from types import SimpleNamespace

import pytest
from PIL import Image
from bson import ObjectId
from mongomock.collection import Collection
from conftest import seed_demo
from support.database import HOST, DatabaseServer, pick_port
from support.smtp_server import MailServer

from support.page_parser import dreams_shown
from support.patches import use_database

import app as site
from dreamscape import convert
from dreamscape.database import INDEXES, connect
from dreamscape.repairs import REFERENCES
from dreamscape.demo import DEMO_EMAIL, DEMO_PASSWORD
from dreamscape.blocks import add_block
from dreamscape.cheers import set_cheering
from dreamscape.comments import set_reaction
from dreamscape.dreams import FEED_PAGE, set_derived_fields, set_dream
from dreamscape.follows import set_following
from dreamscape.help import STATE_LABELS
from dreamscape.needs import edited_needs, update_needs
from dreamscape.reports import add_report
from dreamscape.updates import add_update

ROOT = Path(site.__file__).parent
DEMO = json.loads((ROOT / "templates" / "demo.json").read_text("utf-8"))


def run(*arguments):
    """Run a command of the site; return how it ended."""
    return site.app.test_cli_runner().invoke(args=arguments)


def begin(command, **environ):
    """Begin a command in a process of its own; return the process."""
    return subprocess.Popen([sys.executable, "-m", "flask", "--app", "app", *command.split()],
                            cwd=ROOT, env=os.environ | environ, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    """An empty folder for local pictures."""
    folder = tmp_path / "uploads"
    monkeypatch.setitem(site.settings, "UPLOADS", folder)
    folder.mkdir()
    return folder


# init-db #####################################################################


def indexes(database):
    """Return the names of all indexes of a database, by collection."""
    return {name: {*database[name].index_information()} for name in INDEXES}


def test_init_db_makes_every_index(db, indexed):
    for name in INDEXES:
        db[name].drop()

    assert run("init-db").exit_code == 0

    expected = {name: len(models) + 1 for name, models in INDEXES.items()}
    assert {name: len(found) for name, found in indexes(db).items()} == expected


def test_init_db_can_be_repeated(db, indexed):
    run("init-db")
    before = indexes(db)

    assert run("init-db").exit_code == 0

    assert indexes(db) == before


def test_init_db_leaves_documents_alone(db, indexed, dream):
    run("init-db")

    assert db.dreams.find_one() == dream


def test_two_processes_can_init_a_database_at_once(mongodb, database_name, tests_database):
    environ = {"MONGO_URI": mongodb.uri, "MONGO_DBNAME": database_name("at_once")}

    processes = [begin("init-db", **environ) for _ in range(3)]

    ended = [(process.communicate(timeout=60), process.returncode) for process in processes]
    assert ended == [(("", ""), 0)] * 3
    made = indexes(tests_database.client[environ["MONGO_DBNAME"]])["dreamers"]
    assert len(made) == len(INDEXES["dreamers"]) + 1


@pytest.fixture
def away(monkeypatch):
    """A port in the site's place on which nobody listens."""
    monkeypatch.setattr("dreamscape.database.DATABASE_TIMEOUT", 500)
    port = pick_port()
    database = connect({"MONGO_URI": f"mongodb://{HOST}:{port}/?directConnection=true",
                        "MONGO_DBNAME": "starting"})
    use_database(monkeypatch, database)
    yield port
    database.client.close()


def test_init_db_waits_for_a_database_that_starts(tmp_path, monkeypatch):
    """R2."""
    monkeypatch.setattr("dreamscape.database.DATABASE_TIMEOUT", 500)
    with DatabaseServer(tmp_path / "database") as server:
        database = connect({"MONGO_URI": server.uri, "MONGO_DBNAME": "starting"})
        use_database(monkeypatch, database)
        server.kill()
        timer = Timer(0.7, server.start)
        timer.start()

        ended = run("init-db")

        timer.join()
        database.client.close()
        server.kill()
    assert (ended.exit_code, ended.output) == (0, "")


def test_init_db_gives_up_with_one_line(away, monkeypatch):
    """R2."""
    monkeypatch.setattr("dreamscape.commands.DATABASE_START", 0.7)
    monkeypatch.setattr("dreamscape.commands.DATABASE_TIMEOUT", 300)
    begin = monotonic()

    ended = run("init-db")

    assert ended.exit_code == 1
    assert ended.output.startswith("Error: The database cannot be used: ")
    assert ended.output.count("\n") == 1
    assert monotonic() - begin < 30


def test_init_db_says_at_once_what_stands_in_the_way(db, indexed):
    """R2: here two accounts with one address."""
    db.dreamers.drop()
    db.dreamers.insert_many([{"email": "ada@example.com"}, {"email": "ada@example.com"}])

    ended = run("init-db")

    assert ended.exit_code == 1
    assert "The database cannot be used" in ended.output


# make-admin ##################################################################


@pytest.mark.parametrize("address", ["bob@example.com", " BOB@Example.com"])
def test_make_admin_makes_an_administrator(db, dreamer, address):
    dreamer("bob")

    ended = run("make-admin", address)

    assert ended.exit_code == 0
    assert ended.output.endswith("\nBob Builder is an administrator.\n")
    assert dreamer("bob")["role"] == "administrator"


@pytest.mark.parametrize("address", ["nobody@example.com", "bob", ""])
def test_make_admin_says_when_there_is_no_such_dreamer(db, dreamer, address):
    dreamer("bob")

    ended = run("make-admin", address)

    assert (ended.exit_code, ended.output) == (
        1, f"Error: No one has confirmed the address {address}.\n")


@pytest.mark.parametrize(("reply", "role"), [("y", "administrator"), ("n", None)])
def test_make_admin_asks_whoever_types_it(db, dreamer, monkeypatch, reply, role):
    dreamer("bob")
    monkeypatch.setattr("dreamscape.commands.sys", SimpleNamespace(
        stdin=SimpleNamespace(isatty=lambda: True)))

    site.app.test_cli_runner().invoke(args=["make-admin", "bob@example.com"], input=reply)

    assert dreamer("bob")["role"] == role


def test_make_admin_can_be_repeated(db, dreamer):
    dreamer("bob")

    assert [run("make-admin", "bob@example.com").exit_code for _ in range(2)] == [0, 0]


def test_an_administrator_may_tidy_up(db, dream, sign_in):
    client = sign_in("bob")
    assert client.send(f"/dreams/{dream['slug']}/delete", confirm="1").status_code == 403

    run("make-admin", "bob@example.com")

    assert client.send(f"/dreams/{dream['slug']}/delete", confirm="1").status_code == 303


def test_giving_the_role_is_in_both_logs(db, dreamer, caplog):
    dreamer("bob")

    run("make-admin", "bob@example.com")

    entry, bob_id = db.audit.find_one(), dreamer("bob")["_id"]
    told = [entry[key] for key in ("act", "role", "kind", "target_id", "reason")]
    assert told == ["make-admin", "command line", "dreamer", bob_id,
                    "Asked for on the command line."]
    [line] = [record for record in caplog.records if record.getMessage() == "role_given"]
    assert (line.fields["dreamer_id"], line.fields["role"]) == (bob_id, "administrator")


# remove-admin ################################################################


@pytest.mark.parametrize("address", ["bob@example.com", " BOB@Example.com"])
def test_remove_admin_takes_the_role(db, dreamer, address):
    dreamer("bob", role="administrator")

    ended = run("remove-admin", address)

    assert (ended.exit_code, ended.output) == (0, "Bob Builder is no longer an administrator.\n")
    assert dreamer("bob")["role"] is None


@pytest.mark.parametrize("address", ["nobody@example.com", "mod@example.com", "bob", ""])
def test_remove_admin_says_when_there_is_no_such_administrator(db, dreamer, address):
    dreamer("mod")

    ended = run("remove-admin", address)

    assert ended.output == f"Error: No administrator has the address {address}.\n"
    assert dreamer("mod")["role"] == "moderator"


def test_taking_the_role_is_in_the_log(db, dreamer):
    dreamer("bob", role="administrator")

    run("remove-admin", "bob@example.com")

    entry = db.audit.find_one()
    told = [entry[key] for key in ("act", "role", "kind", "target_id", "reason")]
    assert told == ["remove-admin", "command line", "dreamer", dreamer("bob")["_id"],
                    "Asked for on the command line."]


# recount #####################################################################


def mended():
    """Run recount; return what it says it mended."""
    ended = run("recount")
    assert ended.exit_code == 0
    return int(ended.output.removeprefix("Mended: "))


WRONG = {
    "followers of a dream": ("dreams", "followers", 7),
    "followers lost": ("dreams", "followers", None),
    "comments": ("dreams", "comments", 0), "followers of a dreamer": ("dreamers", "followers", 9),
    "cheers": ("dreams", "cheers", 7), "a thread": ("comments", "thread_id", None),
    "likes": ("comments", "likes", -1), "dislikes": ("comments", "dislikes", 3),
    "recent comments": ("dreams", "recent_comments", []),
    "recent comments of nobody": ("dreams", "recent_comments", [ObjectId()]),
    "an update that is none": ("dreams", "newest_update", {"body": "We built a boat."}),
    "a dream that has its answer": ("dreams", "unanswered", True),
    "score": ("dreams", "score", 1.5), "score lost": ("dreams", "score", None),
    "words": ("dreams", "words", ["x"]), "words lost": ("dreams", "words", None),
    "words of needs": ("dreams", "need_words", ["x"]),
    "words of needs lost": ("dreams", "need_words", None),
    "newest need": ("dreams", "needed_at", ObjectId()),
    "newest need lost": ("dreams", "needed_at", None),
    "words to help with": ("dreamers", "help_words", ["x"]),
    "words of a dreamer": ("dreamers", "words", ["x"]),
    "words of a dreamer lost": ("dreamers", "words", None),
    "a flag of blocks": ("dreamers", "has_blocks", True),
}


@pytest.fixture
def place(db, dreamer, dream, comment):
    """A dream with a need, a comment, a reaction, a cheer and a follower, as its dreamer has."""
    update_needs(dream["_id"], lambda needs: edited_needs(needs, ["A loom"]))
    set_derived_fields(db.dreams.find_one())
    asked = {"dream_id": dream["_id"], "need_id": "6" * 24, "dreamer_id": dreamer("bob")["_id"]}
    db.asks.insert_one(asked | {"slot": 0})
    set_reaction(dreamer("ada"), comment, "like")
    set_cheering(dreamer("bob"), dream, True)
    set_following(dreamer("bob"), {"dream_id": dream["_id"]}, True)
    set_following(dreamer("bob"), {"followed_id": dream["dreamer_id"]}, True)
    return db


def everything(db):
    """Return every document that recount may mend, search words in any order."""
    return [document | {"words": sorted(document.get("words", []))}
            for name in ("dreamers", "dreams", "comments") for document in db[name].find()]


def test_what_the_site_stores_needs_no_mending(place):
    assert mended() == 0


def damage(db, collection, field, value):
    """Store a wrong value, or none, in a field of ada's documents or of the comment on them."""
    mine = {"email": "ada@example.com"} if collection == "dreamers" else {}
    change = {"$unset": {field: ""}} if value is None else {"$set": {field: value}}
    assert db[collection].update_one(mine, change).modified_count == 1


@pytest.mark.parametrize("wrong", WRONG)
def test_recount_mends_what_is_wrong(place, wrong):
    before = everything(place)
    damage(place, *WRONG[wrong])

    run("recount")

    assert everything(place) == before


@pytest.mark.parametrize("wrong", WRONG)
def test_recount_tells_how_much_it_mended_and_then_rests(place, wrong):
    damage(place, *WRONG[wrong])

    assert mended() == 1
    assert mended() == 0


def test_recount_mends_the_count_that_is_wrong_and_no_other_of_that_number(place, make_dream):
    other = make_dream(title="Bake bread")
    place.dreams.update_many({}, {"$set": {"followers": 1}})

    assert mended() == 1
    assert {dream["title"]: dream["followers"] for dream in place.dreams.find()} == {
        "Sail around the world": 1, other["title"]: 0}


def edges(db):
    """Return every follow, cheer, block, reaction, report, ask, message and update."""
    collections = ("follows", "cheers", "blocks", "reactions", "reports", "asks", "messages",
                   "updates")
    return [edge for name in collections for edge in db[name].find()]


@pytest.mark.parametrize("end", REFERENCES, ids=lambda end: f"{end[0]} {end[2]} {end[3]}")
def test_recount_removes_edges_of_nobody(place, outbox, dreamer, dream, comment, end):
    collection, only, key, _ = end
    add_update(dreamer("ada"), dream, "We sailed.")
    update = place.updates.find_one()
    for kind, thing in (("dream", dream), ("comment", comment), ("update", update)):
        add_report(dreamer("mallory"), kind, thing, "It is not kind.")
    place.messages.insert_one({"dreamer_id": dreamer("bob")["_id"], "body": "I have a sail.",
                               "offer_id": place.offers.insert_one({}).inserted_id})
    add_report(dreamer("mallory"), "message", place.messages.find_one(), "It is not kind.")
    add_block(dreamer("mallory"), dreamer("zoe"))
    before = edges(place)
    found = {"kind": only["kind"]} if only else {key: {"$ne": None}}
    edge = place[collection].find_one(found) | only
    own = {"asks": "slot", "updates": "once"}.get(collection)
    slots = [{own: str(number)} if own else {} for number in (1, 2)]
    place[collection].insert_many([edge | {"_id": ObjectId(), "dreamer_id": dreamer("mod")["_id"],
                                           key: ObjectId(), **slot} for slot in slots])

    assert mended() == 2

    assert edges(place) == before
    assert mended() == 0


def test_recount_counts_without_edges_of_nobody(place, dream):
    before = everything(place)
    place.follows.insert_one({"dreamer_id": ObjectId(), "dream_id": dream["_id"]})
    place.dreams.update_one({"_id": dream["_id"]}, {"$inc": {"followers": 1}})

    run("recount")

    assert everything(place) == before


def test_recount_removes_edges_of_nobody_batch_by_batch(db, monkeypatch):
    monkeypatch.setattr("dreamscape.database.BATCH", 2)
    db.follows.insert_many([{"dreamer_id": ObjectId(), "dream_id": n} for n in range(5)])

    assert mended() == 5


@pytest.mark.parametrize("collection", ["follows", "reactions", "reports"])
def test_recount_leaves_half_written_edges_alone(db, collection):
    """R28: they lead nowhere, and so miss nothing."""
    db[collection].insert_one({"kind": "dream"})

    assert mended() == 0


@pytest.mark.parametrize("collection", ["dreamers", "dreams", "comments"])
def test_recount_mends_documents_with_only_an_id(db, visitor, collection):
    """R28."""
    db[collection].insert_one({})

    assert mended() >= 1
    assert mended() == 0


def test_recount_works_batch_by_batch(db, monkeypatch):
    monkeypatch.setattr("dreamscape.database.BATCH", 2)
    db.dreamers.insert_many([{"followers": 5, "helped": 0} for _ in range(5)])

    assert mended() == 5


OLD_WORDS = ["t", "ł", "łó", "łód", "łódź", "to", "łódź.", "to."]


@pytest.fixture
def old_dreams(make_dream):
    """Five dreams with search words as they were stored before letters were folded."""
    return [make_dream(title="To Łódź", description=f"{number}", words=OLD_WORDS)
            for number in range(5)]


def test_recount_stores_old_search_words_anew(db, old_dreams, sign_in):
    """R49."""
    assert dreams_shown(sign_in("bob").get("/dreamscape?q=lodz").text) == []

    assert mended() == 5

    assert len(dreams_shown(sign_in("bob").get("/dreamscape?q=lodz").text)) == 5


def test_a_recount_that_was_interrupted_is_finished_by_the_next(db, old_dreams, monkeypatch):
    monkeypatch.setattr("dreamscape.database.BATCH", 2)
    works = [set_derived_fields] * 3
    with monkeypatch.context() as patch:
        patch.setattr("dreamscape.commands.set_derived_fields", lambda dream: works.pop()(dream))
        assert run("recount").exit_code == 1

    assert mended() == 2
    assert db.dreams.count_documents({"words": "lodz."}) == 5


def test_recount_leaves_a_dream_that_was_edited_meanwhile(db, dream):
    set_dream(dream, {"title": "Fly", "words": ["fly"]})

    set_derived_fields(dream)

    assert db.dreams.find_one()["words"] == ["fly"]


def test_recount_of_nothing_mends_nothing(db):
    assert mended() == 0


# sweep-pictures ##############################################################


def leave_over(db, uploads, name, age=timedelta(hours=1)):
    """Store a picture and remember it as one that may belong to nobody, due since ``age``."""
    (uploads / name).write_bytes(b"WebP")
    db.leftovers.insert_one({"_id": name, "due_at": datetime.now(UTC) - age})


def swept(deleted=0, in_use=0, failed=0):
    """Return what the command says."""
    return (f"Pictures deleted: {deleted}, in use: {in_use}, "
            f"failed and kept for the next sweep: {failed}\n")


def test_a_sweep_deletes_what_belongs_to_nobody(db, uploads):
    """R21."""
    leave_over(db, uploads, "lost")

    assert run("sweep-pictures").output == swept(deleted=1)

    assert [*uploads.iterdir()] == []
    assert db.leftovers.count_documents({}) == 0


@pytest.mark.parametrize("owner", ["dreams", "dreamers"])
def test_a_sweep_leaves_what_is_in_use(db, uploads, owner):
    """R21."""
    leave_over(db, uploads, "shown")
    db[owner].insert_one({"picture": "shown"})

    assert run("sweep-pictures").output == swept(in_use=1)

    assert (uploads / "shown").exists()
    assert db.leftovers.count_documents({}) == 0


def test_a_sweep_leaves_what_may_be_under_way(db, uploads):
    """R21."""
    leave_over(db, uploads, "new", age=timedelta(hours=-1))

    assert run("sweep-pictures").output == swept()

    assert (uploads / "new").exists()


def test_a_sweep_forgets_what_is_gone_already(db, uploads):
    """R21."""
    leave_over(db, uploads, "gone")
    (uploads / "gone").unlink()

    assert run("sweep-pictures").output == swept(deleted=1)


def test_a_sweep_that_fails_can_be_repeated(db, uploads):
    """R21: here a folder stands where the picture was."""
    (uploads / "stuck").mkdir()
    db.leftovers.insert_one({"_id": "stuck", "due_at": datetime.now(UTC)})
    assert run("sweep-pictures").output.endswith(swept(failed=1))

    (uploads / "stuck").rmdir()

    assert run("sweep-pictures").output == swept(deleted=1)


def test_a_sweep_works_batch_by_batch(db, uploads, monkeypatch):
    monkeypatch.setattr("dreamscape.database.BATCH", 2)
    for number in range(5):
        leave_over(db, uploads, f"lost-{number}")

    assert run("sweep-pictures").output == swept(deleted=5)


# send-mail ###################################################################


def test_send_mail_of_nothing_sends_nothing(db):
    assert run("send-mail").output == "Emails still to be sent: 0\n"


def test_send_mail_sends_what_an_ended_process_left(db, dreamer, monkeypatch):
    """R40."""
    dreamer("ada")
    db.mails.insert_one({"kind": "password_reset", "email": "ada@example.com", "tries": 1,
                         "due_at": datetime.now(UTC)})
    with MailServer() as server:
        config = {"MAIL_SERVER": server.host, "MAIL_PORT": server.port}
        for name, value in config.items():
            monkeypatch.setitem(site.settings, name, value)

        run("send-mail")

        assert server.wait_for(1)[0].recipients == ["ada@example.com"]


# seed-demo ###################################################################


@pytest.fixture
def demo(seeded, monkeypatch):
    """The demo's database in the site's place."""
    folder, database, _ = seeded
    use_database(monkeypatch, database)
    monkeypatch.setitem(site.settings, "UPLOADS", folder)
    return database


@pytest.fixture
def maya(demo):
    """A browser in which the demo's dreamer signed in, as the command tells."""
    client = site.app.test_client()
    client.send("/login", email=DEMO_EMAIL, password=DEMO_PASSWORD)
    return client


def fingerprint(database):
    """Return what of a demo must be the same each time: titles, slugs, texts and counts."""
    kept = ("title", "slug", "first_name", "email", "followers", "comments", "body", "likes")
    names = ("dreamers", "dreams", "comments", "follows", "reactions")
    return {name: Counter(str([document.get(key) for key in kept])
                          for document in database[name].find()) for name in names}


@pytest.mark.parametrize("kind", ["dreamers", "dreams", "comments"])
def test_the_demo_holds_everything_it_tells(demo, kind):
    assert demo[kind].count_documents({"line": None}) == len(DEMO[kind])


@pytest.mark.parametrize(("state", "count"), [("under-way", 13), ("came-true", 5), ("resting", 2)])
def test_the_demo_shows_lives(demo, state, count):
    """R64."""
    assert demo.dreams.count_documents({"state": state}) == count


def test_the_dreams_of_the_demo_that_came_true_have_stories_and_lines(demo):
    """R64."""
    told = demo.dreams.distinct("_id", {"state": "came-true"})

    assert demo.updates.count_documents({"state": "came-true", "body": {"$ne": ""}}) == len(told)
    assert {*demo.comments.distinct("dream_id", {"line": True})} == {*told}


def test_the_demo_tells_of_help(demo):
    """R60, R61, R62: needs on half of its dreams, offers in every state, thanks."""
    dreams, needy = (demo.dreams.count_documents(query) for query in (
        {}, {"needs.0": {"$exists": True}}))

    assert 2 * needy >= dreams
    assert {*demo.offers.distinct("state")} == {*STATE_LABELS}
    assert demo.offers.count_documents({"thanks_hidden": False, "thanks": {"$gt": ""}}) > 2


@pytest.mark.parametrize("kind", ["follows", "reactions"])
def test_the_demo_is_lively(demo, kind):
    assert demo[kind].count_documents({}) > 20


def test_the_demo_fills_more_than_a_page(demo):
    """R48."""
    assert demo.dreams.count_documents({}) > FEED_PAGE


@pytest.mark.parametrize(("field", "kind"), [
    ("dream_id", "dreams"), ("dreamer_id", "dreamers"), ("thread_id", "comments"),
    ("parent_id", "comments"), ("comment_id", "comments"), ("offer_id", "offers")])
def test_everything_that_the_demo_names_is_there(demo, field, kind):
    """Except dreams that have been deleted since somebody offered help with them."""
    named = {_id for name in demo.list_collection_names()
             for _id in demo[name].distinct(field, {"state": {"$ne": "closed"}}) if _id}

    assert named
    assert named <= {*demo[kind].distinct("_id")}


@pytest.mark.parametrize("kind", ["comments", "messages"])
def test_everything_in_the_demo_has_words(demo, kind):
    assert all(document.get("body") for document in demo[kind].find())


@pytest.mark.parametrize("kind", ["dreamers", "dreams"])
def test_everything_in_the_demo_has_a_picture(seeded, demo, kind):
    names = [document.get("picture") for document in demo[kind].find()]

    assert all(name and (seeded[0] / name).exists() for name in names)


def test_the_demo_knows_the_sizes_of_its_pictures(seeded, demo):
    """Unknown ones would count as 1200 by 900."""
    for document in [*demo.dreamers.find().limit(2), *demo.dreams.find().limit(2)]:
        with Image.open(seeded[0] / document["picture"]) as picture:
            assert (document["picture_width"], document["picture_height"]) == picture.size


def test_the_demo_is_the_same_each_time(seeded, tmp_path, monkeypatch):
    """Its pictures are drawn, but encoded small here. Seeding ends with what tells it is done."""
    encode, insert, order = convert.encode_versions, Collection.insert_many, []
    monkeypatch.setattr(convert, "encode_versions", lambda image: encode(image.resize((16, 9))))
    monkeypatch.setattr(Collection, "insert_many", lambda self, *args, **kwargs: (
        order.append(self.name), insert(self, *args, **kwargs)))

    assert fingerprint(seed_demo(tmp_path)[1]) == fingerprint(seeded[1])
    assert order[-2:] == ["dreams", "dreamers"]


TOLD = {"accepted", "came_true", "cheer", "comment", "done", "follow", "follower", "message",
        "offer", "thanks", "update", "withdrawn"}  # not what she declined herself


def test_the_demo_tells_its_person_of_what_happened(demo):
    """R70."""
    person = demo.dreamers.find_one({"email": DEMO_EMAIL})

    told = list(demo.notifications.find({"dreamer_id": person["_id"]}))

    assert {each["kind"] for each in told} == TOLD
    assert 0 < person["unread"] == sum("unread" in each for each in told) < len(told)


def test_the_demo_tells_how_to_sign_in(seeded):
    assert f"Demo sign-in: {DEMO_EMAIL}, password {DEMO_PASSWORD}\n" in seeded[2]
    assert "Dreamscape is at http://127.0.0.1:5000\n" in seeded[2]


def test_the_demo_needs_no_mending(demo):
    assert mended() == 0


def test_nothing_in_the_demo_was_made_in_the_future(demo):
    times = [document["_id"].generation_time for document in demo.comments.find()]

    assert max(times) <= datetime.now(UTC)


@pytest.mark.parametrize("path", [
    "/dreamscape", "/dreamscape?view=trending", "/dreamscape?view=for-you", "/dreams", "/profile",
    "/dreamscape?view=following", "/dreamscape?view=came-true", "/dreamscape?own=1&q=a",
    "/profile/skills", "/profile/data"])
def test_every_page_of_the_demo_works(maya, path):
    """R34."""
    assert maya.get(path).status_code == 200


@pytest.mark.parametrize("kind", ["dreamers", "dreams"])
def test_everything_in_the_demo_has_a_page(demo, visitor, kind):
    """R34."""
    paths = [f"/{kind}/{slug}" for slug in demo[kind].distinct("slug")]

    assert {visitor.get(path).status_code for path in paths} == {200}


def test_every_page_of_the_demos_feed_can_be_reached(maya, demo):
    """R48."""
    seen, path = [], "/dreamscape?own=1"
    while path:
        page = maya.get(path).text
        seen += re.findall('<article [^>]*id="dream-([^"]*)"', page)
        path = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")

    assert sorted(seen) == sorted(demo.dreams.distinct("slug"))


@pytest.mark.parametrize("held", ["dreamers", "dreams"])
def test_the_demo_is_refused_by_a_database_that_holds_something(db, held):
    db[held].insert_one({})

    ended = run("seed-demo")

    assert ended.exit_code == 1
    assert "This database isn't empty. Nothing was changed." in ended.output
    assert (db.dreamers.count_documents({}), db.dreams.count_documents({})).count(1) == 1


def test_the_demo_leaves_a_database_that_holds_something_alone_if_told_so(db, dreamer):
    dreamer("ada")

    ended = run("seed-demo", "--if-empty")

    assert ended.exit_code == 0
    assert "Demo sign-in" not in ended.output
    assert db.dreamers.count_documents({}) == 1


def test_the_demo_tells_of_an_offer_once(demo):
    first = {offer["_id"] for offer in demo.offers.find()}
    told = {act["about"] for each in demo.notifications.find({"kind": "message"})
            for act in each["acts"]}

    assert {each["offer_id"] for each in demo.messages.find({"_id": {"$nin": [*first]}})} >= told


def test_the_demo_is_told_again_where_it_is_already(demo):
    before = demo.dreams.count_documents({})

    ended = run("seed-demo", "--if-empty")

    assert f"Demo sign-in: {DEMO_EMAIL}" in ended.output
    assert demo.dreams.count_documents({}) == before


def test_these_references_are_repaired():
    """{collection of edges: what they refer to, by which key}.

    Reports stay, but those that don't say whom they are about, and answers to decisions do.
    """
    references = {}
    for edges, only, key, owner in REFERENCES:
        references.setdefault(edges, []).append((key, owner, only.get("kind")))
        assert only in ({}, {"kind": owner[:-1], "decision_id": None, "about_id": None})

    people = ("dreamer_id", "dreamers", None)
    assert references == {
        "follows": [people, ("followed_id", "dreamers", None), ("dream_id", "dreams", None)],
        "cheers": [people, ("dream_id", "dreams", None)],
        "blocks": [people, ("blocked_id", "dreamers", None)],
        "reactions": [people, ("comment_id", "comments", None)],
        "reports": [people, *(("target_id", f"{kind}s", kind)
                              for kind in ("dream", "comment", "message", "update"))],
        "messages": [("offer_id", "offers", None)], "updates": [("dream_id", "dreams", None)],
        "asks": [("dream_id", "dreams", None), people]}
