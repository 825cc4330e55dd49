"""Taking one's data along, and leaving for good: what is exported, deleted and made anonymous."""

import io
import json
import secrets
import tracemalloc
import zipfile
from datetime import UTC, datetime
from functools import partial

import pytest
from bson import ObjectId
from conftest import find_ada
from support.html_checker import check_page
from support.concurrency import run_concurrently
from support.failing_database import Interrupted
from support.page_parser import error_of, form_of
from support.patches import use_database

import app as site
from dreamscape.database import db as site_db
from dreamscape.comments import add_comment, set_reaction
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import add_dream, complete_dream
from dreamscape.follows import set_following
from dreamscape.reports import add_report
from dreamscape.drafts import add_draft
from dreamscape.pictures import add_leftovers, set_stored_picture
from dreamscape.database import BATCH
from dreamscape.slugs import add_slug

LEAVING = {"confirm": "1", "current_password": "correct horse battery"}


# The download ################################################################


@pytest.fixture
def full(db, dreamer, make_dream, uploads, sign_in):
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
    set_following(ada, {"dream_id": his["_id"]}, True)
    set_following(ada, {"followed_id": bob["_id"]}, True)
    for dream in (mine, second):
        set_following(bob, {"dream_id": dream["_id"]}, True)
    set_following(bob, {"followed_id": ada["_id"]}, True)
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
        "dreamer": 1, "dreams": 2, "comments": 1, "follows": 2, "reactions": 2, "reports": 1}


def test_the_download_is_a_whole_zip(full):
    assert archive(full).testzip() is None


def test_the_download_holds_the_pictures(db, full, uploads):
    names = [db.dreamers.find_one({"slug": "ada-lovelace"})["picture"],
             db.dreams.find_one({"slug": "sail-around-the-world"})["picture"]]

    kept = archive(full)

    for name in names:
        assert kept.read(f"pictures/{name}.webp") == (uploads / name).read_bytes()


def test_the_download_of_much_takes_little_memory(real_db, dreamer, sign_in, monkeypatch):
    """What is read at a time, not all that there is."""
    monkeypatch.setattr("dreamscape.database.BATCH", 50)
    comment = {"dreamer_id": dreamer("ada")["_id"]}
    for _ in range(20):
        bodies = [secrets.token_hex(5_000) for _ in range(BATCH)]
        real_db.comments.insert_many([comment | {"_id": ObjectId(), "body": body}
                                      for body in bodies])
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
        assert document["_id" if kind == "dreamer" else "dreamer_id"] == ada


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


COLLECTIONS = ["dreamers", "dreams", "comments", "follows", "reactions", "reports", "slugs",
               "drafts", "mails", "leftovers"]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_document_can_be_written_as_json(db, full, visitor, collection):
    """R6."""
    with site.app.test_request_context():
        add_draft(ObjectId(), "/dreambuilder", {"title": ["Fly"]})
    db.mails.insert_one({"kind": "none", "due_at": datetime.now(UTC)})
    add_leftovers(["a-picture"])

    document = db[collection].find_one()
    assert json.loads(site.app.json.dumps(document))["_id"] == str(document["_id"])


# Leaving #####################################################################


def traces_of(db, dreamer_id):
    """Return the documents that still tell of a dreamer."""
    keys = ("_id", "dreamer_id", "followed_id", "owner_id")
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
    page = ada.get("/").text
    assert "Your account is deleted. Comments you left stay, without your name." in page


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
    assert "A former dreamer" in page
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

    assert sign_in("bob").get(path).status_code in (200, 303)


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
def test_leaving_can_be_interrupted_anywhere_and_done_again(db, uploads, leave_interrupted, lost):
    """R5."""
    ada = find_ada(db)["_id"]

    for at in leave_interrupted(lost):
        sweep(db)
        assert (traces_of(db, ada), [*uploads.iterdir()]) == ([], []), f"call {at}"

    assert at > 20


@pytest.mark.parametrize("db", ["mongomock"], indirect=True)
@pytest.mark.parametrize("lost", ["request", "answer"])
def test_leaving_that_was_interrupted_leaves_nothing_that_cannot_be_mended(
        db, leave_interrupted, lost):
    """R5."""
    for at in leave_interrupted(lost):
        site.app.test_cli_runner().invoke(args=["recount"])
        counts = db.dreams.find_one()["followers"], db.dreamers.find_one()["followers"]
        assert counts == (0, 0), f"call {at}"

    assert at > 20
