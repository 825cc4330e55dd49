"""Taking one's data along, and leaving for good: what is exported, deleted and made anonymous."""

import ast
import io
import json
import secrets
import tracemalloc
import zipfile
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path

import bson
import pytest
from bson import ObjectId
from conftest import find_ada
from pymongo.database import Database
from support.html_checker import check_page
from support.concurrency import run_concurrently
from support.failing_database import Interrupted
from support.page_parser import error_of, form_of, words_shown
from support.patches import use_database

import app as site
from dreamscape import forms
from dreamscape.database import (
    COMMENT_DEFAULTS, DREAM_DEFAULTS, DREAMER_DEFAULTS, INDEXES, UPDATE_DEFAULTS, db as site_db,
)
from dreamscape.blocks import add_block
from dreamscape.comments import add_comment, set_reaction
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import add_dream, complete_dream
from dreamscape.fields import Form, field_names, is_form_class, text_field
from dreamscape.follows import set_following
from dreamscape.forms import DRAFT_FIELDS
from dreamscape.help import MESSAGE_DEFAULTS, add_offer
from dreamscape.leaving import dump_json, find_exported_documents, remove_dreamer
from dreamscape.reports import add_report
from dreamscape.drafts import add_draft
from dreamscape.pictures import add_leftovers, set_stored_picture
from dreamscape.slugs import add_slug, slug_claim
from dreamscape.subjects import SUBJECTS

LEAVING = {"confirm": "1", "current_password": "correct horse battery"}


# The download ################################################################


@pytest.fixture
def full(db, outbox, dreamer, make_dream, uploads, sign_in):
    """Ada's browser; she has two dreams, reacts, comments, follows and is followed."""
    ada, bob = dreamer("ada"), dreamer("bob")
    mine, his = make_dream("ada", picture=""), make_dream("bob", title="Bake bread")
    second = make_dream("ada", title="Sleep in a tree")
    for document, kind in ((ada, "dreamers"), (mine, "dreams")):
        set_stored_picture(kind, document, f"me-{document['_id']}", (b"WebP", 4, 3, []), "")
    for writer, reader, dream in ((ada, bob, his), (bob, ada, mine), (bob, ada, his)):
        comment = {"_id": add_comment(writer, dream, f"From {writer['slug']}"),
                   "dream_id": dream["_id"]}
        set_reaction(reader, comment, "like")
    add_report(ada, "dream", complete_dream(his), "It is not kind.")
    add_report(bob, "dream", complete_dream(mine), "It is not kind.")
    add_offer(ada, complete_dream(his), {}, "I have flour.")
    add_offer(bob, complete_dream(mine), {}, "I have a sail.")
    set_following(ada, {"dream_id": his["_id"]}, True)
    set_following(ada, {"followed_id": bob["_id"]}, True)
    for dream in (mine, second):
        set_following(bob, {"dream_id": dream["_id"]}, True)
    set_following(bob, {"followed_id": ada["_id"]}, True)
    add_block(ada, dreamer("mallory"))
    add_block(dreamer("mod"), ada)
    return sign_in("ada")


def archive(client):
    """Return the zip that a dreamer downloads."""
    answer = client.send("/profile/data", current_password="correct horse battery")
    return zipfile.ZipFile(io.BytesIO(answer.data))


def download(client):
    """Return [(kind, document)] of what a dreamer downloads."""
    kept = json.loads(archive(client).read("dreamscape.json"))
    return [(kind, document) for kind, documents in kept.items() for document in documents]


def test_the_download_asks_for_the_password(full):
    answer = full.send("/profile/data", current_password="somebody else's")

    assert answer.status_code == 422
    assert error_of(answer, "current_password") == "That's not your current password."


def test_the_download_holds_every_kind_of_document(full):
    """R6."""
    kinds = [kind for kind, _ in download(full)]

    assert {kind: kinds.count(kind) for kind in kinds} == {
        "dreamer": 1, "dreams": 2, "comments": 1, "follows": 2, "blocks": 1, "reactions": 2,
        "reports": 1, "offers": 2, "messages": 1, "notifications": 5}


def test_the_download_is_a_whole_zip(full):
    assert archive(full).testzip() is None


def test_the_download_holds_the_pictures(db, full, uploads):
    names = [db.dreamers.find_one({"slug": "ada-lovelace"})["picture"],
             db.dreams.find_one({"slug": "sail-around-the-world"})["picture"]]

    kept = archive(full)

    for name in names:
        assert kept.read(f"pictures/{name}.webp") == (uploads / name).read_bytes()


def test_the_download_holds_no_pictures_of_others(db, full, dreamer):
    dream = db.dreams.find_one({"slug": "bake-bread"})
    set_stored_picture("dreams", dream, f"his-{dream['_id']}", (b"WebP", 4, 3, []), "")

    names = [name for name in archive(full).namelist() if name.startswith("pictures/")]

    assert len(names) == 2
    assert [name for name in names if "his-" in name] == []


def test_the_download_is_compressed(full):
    kinds = {entry.compress_type for entry in archive(full).infolist()}

    assert kinds == {zipfile.ZIP_DEFLATED}


def test_the_download_of_much_takes_little_memory(real_db, dreamer, sign_in, monkeypatch):
    """What is read at a time, not all that there is."""
    monkeypatch.setattr("dreamscape.database.BATCH", 50)
    comment = {"dreamer_id": dreamer("ada")["_id"]}
    real_db.comments.insert_many([comment | {"_id": ObjectId(), "body": secrets.token_hex(5_000)}
                                  for _ in range(1_500)])
    client = sign_in("ada")
    answer = client.send("/profile/data", current_password="correct horse battery")

    tracemalloc.start()
    sent = sum(map(len, answer.iter_encoded()))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    print(f"\nThe download of {sent / 1e6:.1f} MB took {most / 1e6:.1f} MB")
    assert sent > 10_000_000
    assert most < 4_000_000


def test_a_picture_that_cannot_be_read_is_named(db, full, uploads):
    for file in uploads.iterdir():
        file.unlink()

    assert [name for name in archive(full).namelist() if name.endswith(".txt")]


def test_the_download_can_be_read_by_people(full):
    html = archive(full).read("dreamscape.html").decode()

    assert "Sail around the world" in html
    assert check_page(html) == []


def test_the_download_tells_only_of_its_dreamer(db, full):
    """R6."""
    ada = str(find_ada(db)["_id"])

    for kind, document in download(full):
        keys = {"dreamer": ["_id"], "offers": ["dreamer_id", "owner_id"]}.get(kind, ["dreamer_id"])
        assert ada in [document[key] for key in keys]


@pytest.mark.parametrize("secret", ["password", "sign_ins", "once", "words"])
def test_the_download_holds_no_keys_and_no_inner_workings(full, secret):
    """R6."""
    assert not any(secret in document for _, document in download(full))


def test_ids_and_dates_are_written_as_text(db, full):
    """R6."""
    db.dreams.update_many({}, {"$set": {"edited_at": datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)}})

    dream = dict(download(full))["dreams"]
    assert ObjectId(dream["_id"])
    assert dream["edited_at"] == "2026-05-04T03:02:01+00:00"


COLLECTIONS = ["dreamers", "dreams", "comments", "follows", "blocks", "reactions", "reports",
               "slugs", "offers", "messages", "drafts", "mails", "leftovers"]


def test_every_document_can_be_written_as_json(db, full, visitor):
    """R6."""
    with site.app.test_request_context():
        add_draft(ObjectId(), "/dreambuilder", {"title": ["Fly"]})
    db.mails.insert_one({"kind": "none", "due_at": datetime.now(UTC)})
    add_leftovers(["a-picture"])

    for collection in COLLECTIONS:
        document = db[collection].find_one()
        assert json.loads(dump_json(document))["_id"] == str(document["_id"]), collection


# Leaving #####################################################################


def traces_of(db, dreamer_id):
    """Return the documents that still tell of a dreamer."""
    keys = ("_id", "dreamer_id", "followed_id", "blocked_id", "owner_id")
    return [document for name in COLLECTIONS for document in
            db[name].find({"$or": [{key: dreamer_id} for key in keys]})]


def sweep(db):
    """Delete the pictures that belong to nobody, as if their hour were over."""
    db.leftovers.update_many({}, {"$set": {"due_at": datetime.now(UTC)}})
    site.app.test_cli_runner().invoke(args=["sweep-pictures"])


def test_leaving_asks_first(db, ada):
    answer = ada.send("/profile/delete")

    assert answer.status_code == 200
    assert {"confirm": ["1"]}.items() <= form_of(answer, "confirm").items()
    assert find_ada(db)


def test_leaving_leads_to_the_start_and_says_so(ada):
    answer = ada.send("/profile/delete", **LEAVING)

    assert (answer.status_code, answer.location) == (303, "/")
    assert "Your account is deleted." in ada.get("/").text


@pytest.mark.parametrize(("whose", "stays"), [("bob", True), ("ada", False), (None, False)])
def test_leaving_says_that_comments_stay_if_any_do(
        db, dreamer, make_dream, sign_in, whose, stays):
    """Comments on one's own dreams go with these."""
    client = sign_in("ada")
    if whose:
        add_comment(dreamer("ada"), make_dream(whose), "A sail!")

    client.send("/profile/delete", **LEAVING)

    words = words_shown(client.get("/").text)
    assert "Your account is deleted." in words
    assert ("Comments you left stay, without your name." in words) is stays


def test_leaving_ends_nobody_elses_sign_in_nor_email(db, outbox, dreamer, sign_in):
    for name in ("bob", "ada", "mallory"):
        sign_in(name)
    before = {name: dreamer(name) for name in ("bob", "mallory")}

    remove_dreamer(complete_dreamer(dreamer("ada")))

    assert {name: dreamer(name) for name in before} == before


def test_leaving_ends_every_session(sign_in, ada):
    """R30."""
    other = sign_in("ada")

    ada.send("/profile/delete", **LEAVING)

    assert other.get("/dreams").status_code == 303
    assert other.get("/dreams").location.startswith("/login")


def test_leaving_without_a_token_is_refused(db, ada):
    assert ada.post("/profile/delete", data={"confirm": "1"}).status_code == 422
    assert find_ada(db)


def test_leaving_leaves_no_trace(db, full):
    ada = find_ada(db)["_id"]
    assert traces_of(db, ada)

    full.send("/profile/delete", **LEAVING)

    assert traces_of(db, ada) == []


def test_leaving_takes_the_pictures_along(full, uploads):
    """R20."""
    assert len([*uploads.iterdir()]) == 2

    full.send("/profile/delete", **LEAVING)

    assert [*uploads.iterdir()] == []


def test_what_was_said_to_others_stays_without_a_name(db, full, visitor):
    full.send("/profile/delete", **LEAVING)

    page = visitor.get("/dreams/bake-bread").text
    assert "From ada-lovelace" in page
    assert "Someone who has left" in page
    assert "Ada" not in page


@pytest.mark.parametrize("collection", ["dreams", "comments", "follows", "reactions", "reports"])
def test_what_hung_on_the_dreams_of_who_left_is_gone(db, full, collection):
    full.send("/profile/delete", **LEAVING)

    hanging = db[collection].find({}, {"dream_id": 1})
    present = {None, *db.dreams.distinct("_id")}
    assert all(each.get("dream_id") in present for each in hanging)


def test_the_counts_of_others_are_lowered(db, full):
    full.send("/profile/delete", **LEAVING)

    dream, bob = db.dreams.find_one(), db.dreamers.find_one()
    likes = db.comments.find_one({"body": "From bob-builder"})["likes"]
    assert (dream["followers"], dream["comments"], bob["followers"], likes) == (0, 2, 0, 0)


def test_leaving_leaves_nothing_to_mend(full):
    full.send("/profile/delete", **LEAVING)

    assert site.app.test_cli_runner().invoke(args=["recount"]).output == "Mended: 0\n"


def test_the_dreams_of_others_stay(db, full):
    full.send("/profile/delete", **LEAVING)

    assert [dream["title"] for dream in db.dreams.find()] == ["Bake bread"]


@pytest.mark.parametrize("path", ["/", "/dreamscape", "/dreams", "/dreams/bake-bread",
                                  "/dreamers/bob-builder", "/dreamscape?view=following"])
def test_every_page_of_others_works_after_somebody_left(full, sign_in, path):
    """R28."""
    full.send("/profile/delete", **LEAVING)

    assert sign_in("bob").get(path).status_code == (303 if path == "/" else 200)


def test_an_address_is_free_again_after_leaving(db, ada, visitor):
    ada.send("/profile/delete", **LEAVING)

    again = {"first_name": "Augusta", "last_name": "King", "email": "ada@example.com",
             "password": "long enough"}

    answer = visitor.send("/signup", **again)

    assert answer.status_code == 303


@pytest.fixture
def restore(db, full, uploads):
    """Return a function that puts database and pictures back to how they were."""
    kept = {name: [*db[name].find()] for name in COLLECTIONS}
    pictures = {path: path.read_bytes() for path in uploads.iterdir()}

    def restore():
        """Put every document and every picture back."""
        for name, documents in kept.items():
            db[name].delete_many({})
            if documents:
                db[name].insert_many(documents)
        for path, data in pictures.items():
            path.write_bytes(data)
    return restore


@pytest.fixture
def leave_interrupted(db, sign_in, restore, monkeypatch):
    """Leave again and again, each time with another call lost, and do it again."""
    def leave_interrupted(lost):
        """Yield the number of each call that was lost, once ada left in spite of it."""
        is_over, at = True, 0
        while is_over:
            at += 1
            interrupted, client = Interrupted(db, at, lost), sign_in("ada")
            token = client.token()
            use_database(monkeypatch, interrupted)
            client.post("/profile/delete", data={"csrf_token": token, **LEAVING})
            use_database(monkeypatch, db)
            if find_ada(db):
                sign_in("ada").send("/profile/delete", **LEAVING)
            yield at
            is_over = interrupted.is_over
            restore()
    return leave_interrupted


class LastMoment(Interrupted):
    """A database that is given something to store just before an account is deleted."""

    def __init__(self, database, action):
        """Stand before a database."""
        super().__init__(database, at=None, lost=None)
        self.action = action

    def call(self, method, name, args, options):
        """Carry out a call, and before the one that deletes the account the action."""
        if method.__self__.name == "dreamers" and name in ("delete_one", "find_one_and_delete"):
            self.action()
            self.is_over = True
        return method(*args, **options)


LATE = {
    "follow a dream": lambda ada, dream, said: set_following(
        ada, {"dream_id": dream["_id"]}, True),
    "follow a dreamer": lambda ada, dream, said: set_following(
        ada, {"followed_id": dream["dreamer_id"]}, True),
    "be followed": lambda ada, dream, said: set_following(
        {"_id": dream["dreamer_id"]}, {"followed_id": ada["_id"]}, True),
    "block": lambda ada, dream, said: add_block(ada, {"_id": dream["dreamer_id"]}),
    "be blocked": lambda ada, dream, said: add_block({"_id": dream["dreamer_id"]}, ada),
    "react": lambda ada, dream, said: set_reaction(ada, said, "dislike"),
    "comment": lambda ada, dream, said: add_comment(ada, dream, "One thing more."),
    "report": lambda ada, dream, said: add_report(
        ada, "dream", complete_dream(dream), "It is not kind."),
    "publish": lambda ada, dream, said: add_dream(
        ada, {"title": "Stay", "once": "x", "words": [], "topics": []}),
    "rename": lambda ada, dream, said: add_slug("dreamers", ada["_id"], "Augusta"),
    "draft": lambda ada, dream, said: site_db.drafts.insert_one(
        {"_id": "draft", "dreamer_id": ada["_id"]}),
    "picture": lambda ada, dream, said: set_stored_picture(
        "dreamers", ada, "late", (b"WebP", 4, 3, []), ""),
}


@pytest.mark.parametrize("what", LATE)
def test_what_is_added_while_the_account_goes_is_gone_too(
        db, full, make_dream, uploads, monkeypatch, what):
    """As by a request in flight."""
    ada, dream = complete_dreamer(find_ada(db)), make_dream("bob", title="Bake a cake")
    bread = db.dreams.find_one({"slug": "bake-bread"})["_id"]
    said = db.comments.find_one({"body": "From bob-builder", "dream_id": bread})
    last_moment = LastMoment(db, partial(LATE[what], ada, dream, said))
    use_database(monkeypatch, last_moment)

    full.send("/profile/delete", **LEAVING)

    use_database(monkeypatch, db)
    assert last_moment.is_over
    assert (traces_of(db, ada["_id"]), [*uploads.iterdir()]) == ([], [])
    assert site.app.test_cli_runner().invoke(args=["recount"]).output == "Mended: 0\n"


def test_sign_ins_end_before_anything_is_deleted(db, full, sign_in, monkeypatch):
    """R30: so no new request adds anything, though the account is still there."""
    other = sign_in("ada")
    use_database(monkeypatch, Interrupted(db, "delete_many", lost="request"))

    full.send("/profile/delete", **LEAVING)

    use_database(monkeypatch, db)
    assert find_ada(db)["sign_ins"] == []
    assert other.get("/dreams").location.startswith("/login")


def press_until_signed_out(client, dream, said, number):
    """Follow, comment, react and publish over and over; return how often that was done."""
    for count in range(100):
        for path, fields in (
                (f"/dreams/{dream['slug']}/{('follow', 'unfollow')[count % 2]}", {}),
                ("/dreamers/bob-builder/follow", {}),
                (f"/dreams/{dream['slug']}/comments", {"body": f"{number} {count}"}),
                (f"/comments/{said['_id']}/reaction", {"value": ("like", "dislike")[count % 2]}),
                (f"/dreams/{dream['slug']}/report", {"reason": "Hm."}),
                ("/dreambuilder", {"title": f"Dream {number} {count}", "description": "Far.",
                                   "topics": "travel"})):
            if client.send(path, **fields).location.startswith("/login?"):
                return count
    return 100


@pytest.mark.parametrize("db", ["mongodb"], indirect=True)
def test_leaving_under_the_presses_of_other_browsers_leaves_no_trace(db, full, sign_in):
    """R46."""
    ada, dream = find_ada(db)["_id"], db.dreams.find_one({"slug": "bake-bread"})
    said = db.comments.find_one({"body": "From bob-builder", "dream_id": dream["_id"]})
    presses = [partial(press_until_signed_out, sign_in("ada"), dream, said, number)
               for number in range(4)]

    counts = run_concurrently(*presses, lambda: full.send("/profile/delete", **LEAVING))[:-1]

    assert find_ada(db) is None
    assert max(counts) < 100
    assert traces_of(db, ada) == []
    assert site.app.test_cli_runner().invoke(args=["recount"]).output == "Mended: 0\n"


@pytest.mark.parametrize("db", ["mongomock"], indirect=True)
@pytest.mark.parametrize("lost", ["request", "answer"])
def test_leaving_can_be_interrupted_anywhere_and_done_again(
        db, outbox, uploads, leave_interrupted, lost):
    """R5. No trace is left, and no count that cannot be mended."""
    ada = find_ada(db)["_id"]

    for at in leave_interrupted(lost):
        sweep(db)
        assert (traces_of(db, ada), [*uploads.iterdir()]) == ([], []), f"call {at}"
        site.app.test_cli_runner().invoke(args=["recount"])
        counts = db.dreams.find_one()["followers"], db.dreamers.find_one()["followers"]
        assert counts == (0, 0), f"call {at}"

    assert at > 20


# The table of subjects #######################################################

MODULES = [*(Path(site.__file__).parent / "dreamscape").glob("*.py")]
OF_NOBODY = {  # collections whose documents refer to no dreamer
    "topics": "the site's own",
    "leftovers": "names of pictures alone",
}
NOT_EXPORTED = {
    "dreamers": "the dreamer's own document, which comes first, as dreamer",
    "drafts": "shown under /drafts, and gone within days",
    "mails": "sent or given up within a day",
    "audit": "what moderators decided; whoever is affected reads the reason on the site",
    "slugs": "hashes of addresses that lead to what is exported",
    "limits": "counters that expire with their window",
} | OF_NOBODY
KEEPS_ID = {  # collections that may hold the id of one who has left
    "audit": "who did what stays traceable; the id leads to nobody, names and words are blanked",
    "limits": "counters that expire with their window",
}


def find_collections(codes):
    """Return the names of all collections: of those with indexes, and db.NAME in some code."""
    attributes = [node for code in codes for node in ast.walk(ast.parse(code))
                  if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "db"]
    return {*INDEXES} | {node.attr for node in attributes if not hasattr(Database, node.attr)
                         and node.attr != "database"}


def read_modules():
    """Return the code of the modules."""
    return [path.read_text("utf-8") for path in MODULES]


def find_collections_without_subject(codes):
    """Return the collections that have no row in the table of subjects."""
    return sorted(find_collections(codes).difference(SUBJECTS))


def sample_documents(ada, bob):
    """Return {collection: documents that refer to ada}, as bob and ada would have made them."""
    dream, bobs, comment, mod, offer = (ObjectId() for _ in range(5))
    about = {"dream_id": bobs, "kind": "comment", "called": "Hello", "reason": "It is not kind."}
    return {
        "dreamers": [{"_id": ada, "first_name": "Ada", "last_name": "Lovelace",
                      "email": "ada@example.com", "sign_ins": []}],
        "dreams": [{"_id": dream, "dreamer_id": ada, "title": "Sail", "description": "Far."}],
        "comments": [{"_id": comment, "dreamer_id": ada, "dream_id": bobs, "body": "Hello",
                      "once": "key"},
                     {"dreamer_id": bob, "dream_id": bobs, "body": "Hear, @Ada", "people": [ada],
                      "mentions": ["@Ada"]}],
        # On a dream that went at the same time: the others go with their dreams.
        "updates": [{"dreamer_id": ada, "dream_id": ObjectId(), "body": "Sailed."}],
        "follows": [{"dreamer_id": ada, "dream_id": bobs}, {"dreamer_id": bob, "followed_id": ada}],
        "cheers": [{"dreamer_id": ada, "dream_id": bobs}],
        "blocks": [{"dreamer_id": ada, "blocked_id": bob}, {"dreamer_id": bob, "blocked_id": ada}],
        "reactions": [{"dreamer_id": ada, "comment_id": ObjectId(), "dream_id": bobs,
                       "value": "like"}],
        "offers": [{"_id": offer, "dreamer_id": ada, "owner_id": bob, "dream_id": bobs,
                    "need_id": "", "title": "Bake", "state": "accepted"},
                   {"dreamer_id": bob, "owner_id": ada, "dream_id": dream, "need_id": "",
                    "title": "Sail", "need": "A Sail", "state": "done", "thanks": "Lent a tent",
                    "thanks_hidden": False}],
        "messages": [{"dreamer_id": ada, "offer_id": offer, "body": "Lovelace, Baker Street 1"}],
        "reports": [{"dreamer_id": ada, "target_id": ObjectId(), "about_id": bob} | about,
                    {"dreamer_id": bob, "target_id": comment, "about_id": ada} | about],
        "audit": [{"dreamer_id": mod, "act": "suspend", "kind": "dreamer", "target_id": ada,
                   "called": "Ada Lovelace"},
                  {"dreamer_id": mod, "act": "hide", "kind": "dream", "target_id": dream,
                   "about_id": ada, "called": "Sail", "words": "Sail far.",
                   "answer": "Lovelace sails."}],
        "notifications": [
            {"dreamer_id": ada, "kind": "follower", "acts": [{"by": bob}], "count": 1},
            {"dreamer_id": bob, "kind": "follower", "acts": [{"by": ada}], "count": 1}],
        "drafts": [{"_id": "draft", "dreamer_id": ada, "path": "/dreambuilder",
                    "fields": [["title", ["Sail"]]]}],
        "mails": [{"kind": "confirm", "email": "ada@example.com", "dreamer_id": ada, "tries": 0}],
        "slugs": [{"_id": slug_claim("dreamers", "ada-lovelace"), "owner_id": ada}],
        "limits": [{"_id": f"new name {ada} 1", "count": 1}],
        "asks": [{"dreamer_id": ada, "dream_id": bobs, "need_id": str(ObjectId()), "slot": 0}],
        "topics": [],
        "leftovers": [],
    }


def refers_to(document, dreamer_id):
    """Return whether a document holds the id of a dreamer anywhere, or its hexadecimal digits."""
    stored = bson.encode(document)
    return dreamer_id.binary in stored or str(dreamer_id).encode() in stored


def find_uncovered(samples, dreamer_id):
    """Return the collections of which there is no sample that refers to a dreamer."""
    return sorted(name for name in find_collections(read_modules()).difference(OF_NOBODY)
                  if not samples.get(name)
                  or not all(refers_to(each, dreamer_id) for each in samples[name]))


@pytest.fixture
def samples(db, dreamer):
    """The documents of sample_documents, stored; nothing else is in the database but bob."""
    samples = sample_documents(ObjectId(), dreamer("bob")["_id"])
    for collection, documents in samples.items():
        for document in documents:
            db[collection].insert_one(document)
    return samples


def find_documents(db):
    """Return (collection, document) for every document of the database."""
    return [(name, document) for name in db.list_collection_names()
            for document in db[name].find()]


def find_traces(db, dreamer_id, words=(b"Lovelace", b"Sail")):
    """Return the collections that hold a dreamer's words, or the id where it may not stay."""
    return sorted({name for name, document in find_documents(db)
                   if (name not in KEEPS_ID and refers_to(document, dreamer_id))
                   or any(word in bson.encode(document) for word in words)})


def find_unexported(db, dreamer_id):
    """Return the collections that a dreamer's export lacks, without those named."""
    dreamer = db.dreamers.find_one({"_id": dreamer_id})
    exported = [document["_id"] for _, document in find_exported_documents(dreamer)]
    return sorted({name for name, document in find_documents(db)
                   if document.get("dreamer_id", document["_id"]) == dreamer_id
                   and name not in {*NOT_EXPORTED} - {"dreamers"}
                   and document["_id"] not in exported})


def test_every_collection_has_a_row():
    assert find_collections_without_subject(read_modules()) == []
    assert sorted(SUBJECTS) == sorted(find_collections(read_modules()))


def test_every_collection_has_a_sample():
    ada = ObjectId()

    assert find_uncovered(sample_documents(ada, ObjectId()), ada) == []


def test_leaving_leaves_no_trace_in_any_collection(db, samples):
    ada = samples["dreamers"][0]
    assert find_traces(db, ada["_id"]) == sorted(
        {*samples} - {*OF_NOBODY} - {*KEEPS_ID} | {"audit"})

    remove_dreamer(ada)

    assert find_traces(db, ada["_id"]) == []


def test_what_stays_of_a_dreamer_is_anonymous(db, samples):
    remove_dreamer(samples["dreamers"][0])

    comment = db.comments.find_one()
    assert (comment["body"], comment["dreamer_id"]) == ("Hello", None)


def test_the_export_of_an_unconfirmed_account_names_its_address(db, dreamer):
    unconfirmed = {"email": "", "unconfirmed_email": "new@example.com"}

    _, own = next(find_exported_documents(complete_dreamer(dreamer("ada") | unconfirmed)))

    assert own["email"] == "new@example.com"


def test_the_export_does_not_tell_that_something_was_reported(db, dream, dreamer):
    db.dreams.update_one({}, {"$set": {"cleared": True}})

    documents = dict(find_exported_documents(complete_dreamer(dreamer("ada"))))

    assert "title" in documents["dreams"] and "cleared" not in documents["dreams"]


def test_every_document_of_a_dreamer_is_exported(db, samples):
    assert find_unexported(db, samples["dreamers"][0]["_id"]) == []


def test_what_is_not_exported_is_named_with_the_reason():
    assert {name for name, row in SUBJECTS.items() if not row.exported} == {*NOT_EXPORTED}


def test_a_collection_without_a_row_would_be_noticed(monkeypatch):
    assert find_collections_without_subject(["db.hugs.insert_one({})"]) == ["hugs"]

    monkeypatch.setitem(INDEXES, "gifts", [])
    assert find_collections_without_subject([]) == ["gifts"]


def test_a_collection_without_a_sample_would_be_noticed(monkeypatch):
    ada = ObjectId()
    monkeypatch.setitem(INDEXES, "gifts", [])

    assert find_uncovered(sample_documents(ada, ObjectId()), ada) == ["gifts"]
    for documents in ([], [{"of": "somebody else"}]):
        samples = sample_documents(ada, ObjectId()) | {"gifts": documents}
        assert find_uncovered(samples, ada) == ["gifts"]


@pytest.mark.parametrize("reference", ["id", "list", "text"])
def test_a_trace_that_is_left_would_be_noticed(db, samples, reference):
    ada = samples["dreamers"][0]
    value = {"id": ada["_id"], "list": [{"by": [ada["_id"]]}], "text": f"by {ada['_id']}"}
    db.gifts.insert_one({"value": value[reference]})

    remove_dreamer(ada)

    assert find_traces(db, ada["_id"]) == ["gifts"]
    db.gifts.drop()


@pytest.mark.parametrize("collection", [name for name, row in SUBJECTS.items()
                                        if row.when_leaving])
def test_a_subject_that_forgets_who_leaves_would_be_noticed(db, samples, monkeypatch, collection):
    ada, row = samples["dreamers"][0], SUBJECTS[collection]
    monkeypatch.setitem(SUBJECTS, collection, row._replace(when_leaving=None))

    remove_dreamer(ada)

    assert collection in find_traces(db, ada["_id"])


@pytest.mark.parametrize("collection", [name for name, row in SUBJECTS.items() if row.exported])
def test_a_subject_that_is_not_exported_would_be_noticed(db, samples, monkeypatch, collection):
    monkeypatch.setitem(SUBJECTS, collection, SUBJECTS[collection]._replace(exported=False))

    assert find_unexported(db, samples["dreamers"][0]["_id"]) == [collection]


# Text fields #################################################################

DEFAULTS = {"dreamers": DREAMER_DEFAULTS, "dreams": DREAM_DEFAULTS, "comments": COMMENT_DEFAULTS,
            "messages": MESSAGE_DEFAULTS, "updates": UPDATE_DEFAULTS}
NOT_TEXT = {  # keys with a text that nobody types, or that is not for others to read
    "slug": "made from a name or a title",
    "dreams.state": "one of five words, chosen by a button",
    "picture": "a random name",
    "card": "a random name, of a picture of the title and the name",
    "email": "seen by its owner alone",
    "unconfirmed_email": "seen by its owner alone",
    "dreamers.picture_alt": "nobody is asked to describe their own picture",
}
STAYS = {"comments.body": "what was said to others stays, without a name"}
NOT_DRAFTED = {
    "dreamers.first_name": "typed again sooner than a draft is found",
    "dreamers.last_name": "typed again sooner than a draft is found",
    "dreams.picture_alt": "sent with a picture, which no draft holds",
    "updates.picture_alt": "sent with a picture, which no draft holds",
}
DRAFTED_BY = {  # {collection: the endpoints whose drafts hold its texts}
    "dreams": ["dreambuilder"], "dreamers": ["profile_about", "profile_skills"],
    "comments": ["comment_add"], "updates": ["update_add", "dream_story"],
    "messages": ["message_add"]}


def find_text_fields():
    """Return the texts that people type, by the defaults of documents, as {"dreams.title"}."""
    return {f"{collection}.{key}" for collection, defaults in DEFAULTS.items()
            for key, value in defaults.items() if isinstance(value, str)
            and not {key, f"{collection}.{key}"} & {*NOT_TEXT}}


def marker_of(field):
    """Return a text that stands in one field only."""
    return f"marker of {field}."


def find_unmarked(fields, text):
    """Return those fields whose marker is not in a text."""
    return sorted(field for field in fields if marker_of(field) not in text)


def key_of(field):
    """Return the key of a field: "title" of "dreams.title"."""
    return field.partition(".")[2]


def is_typed(field):
    """Return whether a form has an input for a field."""
    names = {key_of(field), key_of(field).removeprefix("picture_")}
    return any(names & {*field_names(each)} for each in vars(forms).values() if is_form_class(each))


def is_drafted(field):
    """Return whether a draft of the field's collection holds it."""
    collection, _, key = field.partition(".")
    return any(key in DRAFT_FIELDS[endpoint] for endpoint in DRAFTED_BY[collection])


def find_undrafted():
    """Return the fields that are typed into a form, but that no draft holds."""
    return sorted(field for field in find_text_fields() - {*NOT_DRAFTED}
                  if is_typed(field) and not is_drafted(field))


def find_unshown(moderator, kind, document_id):
    """Return the fields of a thing that the page of a moderator about it does not show."""
    fields = [field for field in find_text_fields() if field.startswith(f"{kind}s.")]
    return find_unmarked(fields, moderator.get(f"/moderation/{kind}/{document_id}").text)


@pytest.fixture
def add_marked(db, make_dream):
    """A function that adds a dreamer, a dream and a comment with markers in all text fields."""
    def add():
        """Return {kind: document}."""
        owner, dream = ObjectId(), make_dream("bob")
        own = {"dreamer_id": owner}
        documents = {"dreamer": {"_id": owner}, "dream": own | {"picture": "boat-1"},
                     "comment": own | {"dream_id": dream["_id"]},
                     "update": own | {"dream_id": dream["_id"], "picture": "boat-2"},
                     "message": own | {"offer_id": ObjectId(), "reported": True}}
        for kind, document in documents.items():
            document |= {key_of(field): marker_of(field) for field in find_text_fields()
                         if field.startswith(f"{kind}s.")}
            documents[kind] = document | {"_id": db[f"{kind}s"].insert_one(document).inserted_id}
        return documents

    return add


@pytest.fixture
def find_forgotten(db, add_marked, sign_in):
    """A function that returns {what is done with texts: [fields that it leaves out]}."""
    def find():
        """Add documents, then show, export and delete them."""
        documents, moderator = add_marked(), sign_in("mod")
        unshown = [find_unshown(moderator, kind, document["_id"])
                   for kind, document in documents.items()]
        exported = str([*find_exported_documents(documents["dreamer"])])
        remove_dreamer(documents["dreamer"])
        gone = find_unmarked(find_text_fields(), str(find_documents(db)))
        return {"export": find_unmarked(find_text_fields(), exported),
                "deletion": sorted(find_text_fields() - {*gone} - {*STAYS}),
                "moderation": [*chain.from_iterable(unshown)], "drafts": find_undrafted()}

    return find


def test_the_text_fields_are_known():
    assert {"dreams.title", "dreamers.bio", "comments.body"} <= find_text_fields()
    assert all(map(is_typed, find_text_fields()))


def test_every_text_field_is_exported_deleted_shown_to_moderators_and_drafted(find_forgotten):
    assert find_forgotten() == {"export": [], "deletion": [], "moderation": [], "drafts": []}


@pytest.mark.parametrize("collection", DEFAULTS)
def test_a_text_field_not_shown_to_moderators_would_be_noticed(
        find_forgotten, monkeypatch, collection):
    monkeypatch.setitem(DEFAULTS[collection], "motto", "")

    assert find_forgotten()["moderation"] == [f"{collection}.motto"]


def test_a_text_field_that_stays_would_be_noticed(find_forgotten, monkeypatch):
    monkeypatch.setitem(COMMENT_DEFAULTS, "motto", "")

    assert find_forgotten()["deletion"] == ["comments.motto"]


def test_a_text_field_that_is_not_exported_would_be_noticed(find_forgotten, monkeypatch):
    monkeypatch.setattr("dreamscape.leaving.UNEXPORTED", ("bio",))

    assert find_forgotten()["export"] == ["dreamers.bio"]


def test_a_text_field_that_only_drafts_of_something_else_hold_would_be_noticed(
        find_forgotten, monkeypatch):
    monkeypatch.setitem(UPDATE_DEFAULTS, "title", "")

    assert find_forgotten()["drafts"] == ["updates.title"]


def test_a_text_field_of_a_form_without_drafts_would_be_noticed(find_forgotten, monkeypatch):
    monkeypatch.setitem(DREAM_DEFAULTS, "motto", "")
    monkeypatch.setattr(forms, "MottoForm", type("MottoForm", (Form,), {
        "motto": text_field("Motto", 9)}), raising=False)

    assert find_forgotten()["drafts"] == ["dreams.motto"]
