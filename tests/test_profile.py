"""The staged profile, the account page, the data download, and leaving for good."""

import io
import json
import re
import secrets
import tracemalloc
import zipfile
from datetime import UTC, datetime
from functools import partial
from html import unescape

import pytest
from bson import ObjectId
from PIL import Image
from pymongo.errors import AutoReconnect
from support.html_checker import check_page, forms
from support.concurrency import run_concurrently
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
from dreamscape.text import quoted

STAGES = ["/profile/about", "/profile/picture", "/profile/skills", "/profile/interests"]
LEAVING = {"confirm": "1", "current_password": "correct horse battery"}
TOLD = {"/profile/about": {"bio": "I sail.", "location": "Oslo"},
        "/profile/skills": {"skills": ["C++", "sewing"], "experiences": ["a move abroad"]},
        "/profile/interests": {"interests": ["music", "sport"]}}
TERMS = ["C++", "C#", "R&D", "public speaking", "français", "日本語", "עברית", "3D printing", "🎺",
         "<script>alert(1)</script>", '"quoted" & \'so\'', "{{ 7*7 }}", "$where", "a.b", "x" * 60]


@pytest.fixture
def ada(db, sign_in):
    """Ada's browser."""
    return sign_in("ada")


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    """An empty folder for local pictures."""
    monkeypatch.setitem(site.settings, "UPLOADS", tmp_path / "uploads")
    return tmp_path / "uploads"


def photo():
    """Return a picture as a browser sends it."""
    coded = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(coded, "JPEG")
    return io.BytesIO(coded.getvalue()), "me.jpg"


def form_of(page, name):
    """Return the fields of the form that holds a field."""
    return next(form["fields"] for form in forms(page.text) if name in form["fields"])


def terms_of(page, name):
    """Return the terms that a page shows in its inputs, blank ones left out."""
    return [*filter(None, form_of(page, name)[name])]


def error_of(page, name):
    """Return the message by a field, "" for none."""
    found = re.search(rf'id="{name}-error">([^<]*)<', page.text)
    return unescape(found[1]) if found else ""


def find_ada(db):
    """Return ada's document."""
    return db.dreamers.find_one({"email": "ada@example.com"})


# Stages ######################################################################


@pytest.mark.parametrize(("number", "path"), [*enumerate(STAGES, 1)])
def test_a_stage_shows_how_far_one_is(ada, number, path):
    """R23."""
    page = ada.get(path)

    assert f"Step {number} of 4" in page.text
    assert re.search(rf'href="{path}" aria-current="step"', page.text)


@pytest.mark.parametrize(("path", "led"), [
    *zip(STAGES, [*STAGES[1:], "/dreamscape"], strict=True)])
def test_a_stage_can_be_skipped_by_one_click(ada, path, led):
    """R23."""
    page = ada.get(path)

    assert f'href="{led}">Skip</a>' in page.text


@pytest.mark.parametrize(("path", "led"), [("/profile/about", "/profile/picture"),
                                           ("/profile/skills", "/profile/interests"),
                                           ("/profile/interests", "/dreamscape")])
def test_a_saved_stage_leads_on(ada, path, led):
    """R23, R27."""
    answer = ada.send(path, **TOLD[path])

    assert (answer.status_code, answer.location) == (303, led)


@pytest.mark.parametrize("path", TOLD)
def test_a_stage_keeps_what_was_told(db, ada, path):
    """R27."""
    ada.send(path, **TOLD[path])

    assert TOLD[path].items() <= find_ada(db).items()


def test_the_picture_stage_keeps_a_picture_and_leads_on(db, ada, uploads):
    """R10, R23."""
    answer = ada.send("/profile/picture", _files=True, picture=photo())

    assert (answer.status_code, answer.location) == (303, "/profile/skills")
    assert (uploads / find_ada(db)["picture"]).exists()


def test_the_picture_stage_without_a_picture_says_how_to_go_on(ada):
    """R11, R23."""
    answer = ada.send("/profile/picture", _files=True)

    assert answer.status_code == 422
    assert error_of(answer, "picture") == "Choose a picture or skip this step."


@pytest.mark.parametrize("path", TOLD)
def test_a_stage_can_be_resumed(ada, path):
    """R23."""
    ada.send(path, **TOLD[path])

    shown = form_of(ada.get(path), next(iter(TOLD[path])))

    for name, value in TOLD[path].items():
        assert [*filter(None, shown[name])] == (value if isinstance(value, list) else [value])


@pytest.mark.parametrize("path", TOLD)
def test_a_stage_saved_again_unchanged_changes_nothing(db, ada, path):
    """R23: back and reload lose nothing."""
    ada.send(path, **TOLD[path])
    before = find_ada(db)

    ada.post(path, data=form_of(ada.get(path), next(iter(TOLD[path]))))

    assert find_ada(db) == before


@pytest.mark.parametrize("path", TOLD)
def test_a_stage_touches_no_other(db, ada, path):
    """R23."""
    for other in TOLD:
        ada.send(other, **TOLD[other])

    ada.send(path)

    kept = {name: value for other in TOLD if other != path for name, value in TOLD[other].items()}
    assert kept.items() <= find_ada(db).items()


@pytest.mark.parametrize(("path", "emptied"), [
    ("/profile/about", {"bio": "", "location": ""}), ("/profile/interests", {}),
    ("/profile/skills", {"skills": "", "experiences": ""}), ("/profile/skills", {})])
def test_a_stage_can_be_emptied(db, ada, path, emptied):
    ada.send(path, **TOLD[path])

    answer = ada.send(path, **emptied)

    assert answer.status_code == 303
    assert not any(find_ada(db)[name] for name in TOLD[path])


@pytest.mark.parametrize(("path", "field", "value", "told"), [
    ("/profile/about", "bio", "x" * 1_001, "Please use at most 1,000 characters."),
    ("/profile/about", "location", "x" * 101, "Please use at most 100 characters."),
    ("/profile/interests", "interests", ["nonsense"], "nonsense"),
    ("/profile/skills", "skills", ["x" * 61], "is longer than 60 characters."),
    ("/profile/skills", "skills", ["a"] * 2, f"You've listed {quoted('a')} more than once."),
    ("/profile/skills", "experiences", ["  "], "One of the items is blank."),
    ("/profile/skills", "experiences", ["\u200b"], "One of the items is blank."),
    ("/profile/skills", "skills", [str(n) for n in range(31)], "You can add up to 30.")])
def test_a_stage_is_refused_by_the_field_concerned(db, ada, path, field, value, told):
    """R4, R24."""
    before = find_ada(db)

    answer = ada.send(path, **{field: value})

    assert answer.status_code == 422
    assert told in error_of(answer, field)
    assert find_ada(db) == before


@pytest.mark.parametrize("path", STAGES)
def test_a_stage_sent_without_a_token_is_refused(db, ada, path):
    before = find_ada(db)

    answer = ada.post(path, data=TOLD.get(path, {}))

    assert answer.status_code == 422
    assert find_ada(db) == before


@pytest.mark.parametrize("path", [*STAGES, "/profile"])
def test_files_where_text_belongs_break_nothing(db, ada, path):
    """R1."""
    names = ("bio", "location", "skills", "experiences", "interests", "first_name", "email")

    answer = ada.send(path, _files=True, **{name: photo() for name in names})

    assert answer.status_code in (303, 422)


def test_the_words_of_a_dreamer_keep_their_paragraphs(db, ada, visitor):
    ada.send("/profile/about", bio="I sail.\r\n\r\nAlone.\x07")

    assert find_ada(db)["bio"] == "I sail.\n\nAlone."
    assert 'dir="auto">I sail.</p>' in visitor.get("/dreamers/ada-lovelace").text


def test_the_words_of_a_dreamer_are_text(ada, visitor):
    ada.send("/profile/about", bio="<script>alert(1)</script>", location="<b>")

    page = visitor.get("/dreamers/ada-lovelace").text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


# The reminder ################################################################


@pytest.fixture
def reminded(db, ada):
    """Ada's browser, with stages to be reminded of."""
    db.dreamers.update_one({}, {"$set": {"reminded": False, "bio": "I sail."}})
    return ada


def test_the_header_reminds_of_the_stages_left(reminded):
    """R23."""
    page = reminded.get("/dreamscape")

    assert "(3 steps left)" in page.text
    assert '<a href="/profile/picture">Finish your profile</a>' in page.text


@pytest.mark.parametrize("path", STAGES)
def test_a_stage_itself_reminds_of_none(reminded, path):
    """R23."""
    assert "Finish your profile" not in reminded.get(path).text


def test_a_dismissed_reminder_stays_away(reminded):
    """R23."""
    answer = reminded.send("/profile/reminder", next="/dreams?cursor=")

    assert (answer.status_code, answer.location) == (303, "/dreams?cursor=")
    assert "Finish your profile" not in reminded.get("/dreamscape").text


def test_a_complete_profile_needs_no_reminder(db, reminded):
    """R23."""
    db.dreamers.update_one({}, {"$set": {"picture": "x", "skills": ["C++"], "interests": ["home"]}})

    assert "Finish your profile" not in reminded.get("/dreamscape").text


def test_a_visitor_is_reminded_of_nothing(db, visitor):
    """R23."""
    assert "Finish your profile" not in visitor.get("/").text


# Skills and experiences ######################################################


@pytest.mark.parametrize("field", ["skills", "experiences"])
@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_kept_as_typed(db, ada, field, term):
    """R24."""
    ada.send("/profile/skills", **{field: [term]})

    assert find_ada(db)[field] == [term]
    assert terms_of(ada.get("/profile/skills"), field) == [term]


@pytest.mark.parametrize(("term", "folded"), [
    ("C++", "c++"), ("R&D", "r&d"), ("Public  SPEAKING", "public speaking"),
    ("FRANÇAIS", "français"), ("franc\u0327ais", "français"), ("Straße", "strasse"),
    ("ﬁshing", "fishing"), ("Ｃ＃", "c#"), ("Ⅳ", "iv"), ("日本語", "日本語")])
def test_a_term_is_kept_in_a_folded_form_too(db, ada, term, folded):
    """R24."""
    ada.send("/profile/skills", skills=[term], experiences=[term])

    dreamer = find_ada(db)
    assert dreamer["skills_folded"] == dreamer["experiences_folded"] == [folded]


@pytest.mark.parametrize(("first", "second"), [
    ("sewing", "Sewing"), ("C++", "Ｃ＋＋"), ("public speaking", "public   speaking"),
    ("français", "franc\u0327ais"), ("straße", "STRASSE")])
def test_equal_terms_are_refused_however_they_are_written(db, ada, first, second):
    """R24."""
    answer = ada.send("/profile/skills", skills=[first, second])

    assert answer.status_code == 422
    assert "more than once." in error_of(answer, "skills")


def test_nothing_looks_at_a_term_that_is_too_long(ada, monkeypatch):
    monkeypatch.setattr("dreamscape.text.fold_case", lambda term: pytest.fail("It was looked at."))

    answer = ada.send("/profile/skills", skills=["x" * 61, "x" * 61])

    assert "is longer than 60 characters." in error_of(answer, "skills")


def test_a_term_that_was_cut_is_refused(db, ada):
    answer = ada.send("/profile/skills", skills=["sail" + " " * 3_000 + "ing"])

    assert error_of(answer, "skills") == "Please use at most 60 characters per item."
    assert "skills" not in find_ada(db)


def test_a_text_that_was_cut_is_refused(db, ada):
    answer = ada.send("/profile/about", bio="I sail" + " " * 100_000 + "ed")

    assert error_of(answer, "bio") == "Please use at most 1,000 characters."
    assert "bio" not in find_ada(db)


def test_a_skill_may_be_an_experience_too(ada):
    """R24."""
    answer = ada.send("/profile/skills", skills=["sailing"], experiences=["sailing"])

    assert answer.status_code == 303


def test_the_terms_of_a_refused_form_stay(ada):
    """R4, R24."""
    answer = ada.send("/profile/skills", skills=["C++", "c++", "sewing"], experiences=["a move"])

    assert terms_of(answer, "skills") == ["C++", "c++", "sewing"]
    assert terms_of(answer, "experiences") == ["a move"]


def test_inputs_left_empty_do_not_count(db, ada):
    """R27."""
    ada.send("/profile/skills", skills=["", "C++", "", "C#", ""])

    assert find_ada(db)["skills"] == ["C++", "C#"]


def test_there_are_blank_inputs_for_more_terms(ada):
    """R27."""
    ada.send("/profile/skills", skills=["C++"])

    assert form_of(ada.get("/profile/skills"), "skills")["skills"] == ["C++", "", "", ""]


def test_a_dreamer_may_list_many_terms(ada):
    assert ada.send("/profile/skills", skills=[str(n) for n in range(30)]).status_code == 303


def offered(page, name):
    """Return the terms a page offers for completion."""
    options = page.text.partition(f'<datalist id="{name}-offered">')[2].partition("</datalist>")[0]
    return re.findall('<option value="([^"]*)">', options)


def test_terms_of_others_are_offered_the_most_frequent_first(dreamer, ada):
    """R24."""
    for name, skills in {"bob": ["sewing"], "mallory": ["C++", "sewing"], "mod": ["R&D"]}.items():
        dreamer(name, skills=skills, experiences=[f"{name}'s"])

    page = ada.get("/profile/skills")

    assert offered(page, "skills") == ["sewing", "C++", "R&amp;D"]
    assert offered(page, "experiences") == ["bob&#39;s", "mallory&#39;s", "mod&#39;s"]


def test_terms_are_offered_beside_a_refused_form_too(dreamer, ada):
    """R24."""
    dreamer("bob", skills=["sewing"])

    assert offered(ada.send("/profile/skills", skills=["a", "a"]), "skills") == ["sewing"]


@pytest.mark.parametrize("shown", ["C++", "R&amp;D", "a &lt;move&gt;", "Music"])
def test_terms_are_shown_on_the_dreamers_page(dreamer, visitor, db, shown):
    dreamer("ada", skills=["C++", "R&D"], experiences=["a <move>"], interests=["music"])

    page = visitor.get("/dreamers/ada-lovelace").text

    assert f'<li class="topic" dir="auto">{shown}</li>' in page


# Empty states ################################################################


@pytest.mark.parametrize(("path", "says", "offers"), [
    ("/dreams", "You haven't shared a dream yet.", "/dreambuilder"),
    ("/dreamers/bob-builder", "Bob Builder hasn't shared a dream yet.", "/dreamscape")])
def test_an_empty_list_says_why_and_offers_one_action(dreamer, ada, path, says, offers):
    """R35."""
    dreamer("bob")

    state = ada.get(path).text.partition('<div class="empty">')[2].partition("</div>")[0]

    assert says in unescape(state)
    assert re.findall('href="([^"]*)"', state) == [offers]


def test_a_landing_page_without_dreams_says_why_and_offers_one_action(db, visitor):
    """R35."""
    state = visitor.get("/").text.partition('<div class="empty">')[2].partition("</div>")[0]

    assert "No one has shared a dream yet." in state
    assert re.findall('href="([^"]*)"', state) == ["/signup"]


# The account #################################################################

KING = {"first_name": "Augusta", "last_name": "King", "email": "augusta@example.com",
        "current_password": "correct horse battery"}


def test_an_account_is_saved(db, ada):
    answer = ada.send("/profile", **KING)

    assert (answer.status_code, answer.location) == (303, "/profile")
    kept = db.dreamers.find_one()
    names = {name: kept[name] for name in ("first_name", "last_name", "email", "slug")}
    assert names == {"first_name": "Augusta", "last_name": "King", "slug": "augusta-king",
                     "email": "augusta@example.com"}


def test_an_account_saved_unchanged_keeps_its_slug(db, ada):
    ada.post("/profile", data=form_of(ada.get("/profile"), "first_name"))

    assert find_ada(db)["slug"] == "ada-lovelace"
    assert db.slugs.count_documents({}) == 1


def test_a_new_address_signs_in(ada, visitor):
    ada.send("/profile", **KING)

    answer = visitor.send("/login", email=KING["email"], password="correct horse battery")

    assert answer.status_code == 303


@pytest.mark.parametrize("email", ["bob@example.com", "BOB@Example.com"])
def test_an_address_of_another_is_refused(db, dreamer, ada, email):
    """R4, R5: nothing of the form is saved."""
    dreamer("bob")
    before = find_ada(db)

    answer = ada.send("/profile", **KING | {"email": email})

    assert error_of(answer, "email") == "This email belongs to another account."
    assert find_ada(db) == before


@pytest.mark.parametrize(("field", "value"), [
    ("first_name", ""), ("last_name", "x" * 51), ("email", "nobody"), ("email", ""),
    ("email", "é@example.com"), ("first_name", "evil.example"), ("last_name", "Evil.Com"),
    ("last_name", "evil。example")])
def test_an_account_is_refused_by_the_field_concerned(db, ada, field, value):
    """R4."""
    before = find_ada(db)

    answer = ada.send("/profile", **KING | {field: value})

    assert answer.status_code == 422
    assert error_of(answer, field)
    assert find_ada(db) == before


def test_the_account_page_tells_which_stages_are_left(ada):
    """R23."""
    ada.send("/profile/about", bio="I sail.")

    page = ada.get("/profile").text
    assert page.count("Not filled in") == 3
    assert 'href="/profile/about">About you</a></li>' in page


def found_by(client, q):
    """Return whether a search finds ada's dream."""
    return "Sail around the world" in client.get(f"/dreamscape?own=1&q={q}").text


@pytest.mark.parametrize(("q", "found"), [("augusta", True), ("king", True), ("kin", True),
                                          ("ada", False), ("lovelace", False), ("sail", True)])
def test_a_dream_is_found_by_the_new_name_of_its_dreamer(dream, ada, q, found):
    """R49."""
    ada.send("/profile", **KING)

    assert found_by(ada, q) is found


def test_a_name_kept_in_part_is_still_found(dream, ada):
    """R49."""
    ada.send("/profile", **KING | {"first_name": "Ada"})

    assert found_by(ada, "ada")


def test_a_new_name_leaves_no_stored_words_to_mend(dream, ada):
    ada.send("/profile", **KING | {"email": "ada@example.com"})

    assert site.app.test_cli_runner().invoke(args=["recount"]).output == "Mended: 0\n"


def test_a_rename_that_broke_off_is_finished_by_doing_it_again(db, dream, ada, monkeypatch):
    """R5."""
    use_database(monkeypatch, Interrupted(db, "insert_one", lost="request"))
    assert ada.send("/profile", **KING).status_code == 503
    use_database(monkeypatch, db)

    ada.send("/profile", **KING)

    assert db.dreamers.find_one()["slug"] == "augusta-king"
    assert found_by(ada, "augusta")


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


class Interrupted:
    """A database on the way to which, or on whose way back, one call is lost.

    at: the number of the call, or the name of the method whose first call is lost.
    lost: "request", which then never arrives, or "answer", of what was carried out.
    """

    def __init__(self, database, at, lost):
        """Stand before a database."""
        self.database, self.at, self.lost = database, at, lost
        self.count, self.is_over = 0, False

    def __getattr__(self, name):
        """Return a collection."""
        return InterruptedCollection(self, self.database[name])

    __getitem__ = __getattr__

    def call(self, method, name, args, options):
        """Carry out a call, unless it is the one to be lost."""
        self.count += 1
        is_lost = not self.is_over and self.at in (self.count, name)
        self.is_over |= is_lost
        result = None if is_lost and self.lost == "request" else method(*args, **options)
        if is_lost:
            raise AutoReconnect("The connection was lost.")
        return result


class InterruptedCollection:
    """A collection of such a database."""

    def __init__(self, database, collection):
        """Stand before a collection."""
        self.database, self.collection = database, collection

    def __getattr__(self, name):
        """Return a method."""
        method = getattr(self.collection, name)
        return lambda *args, **options: self.database.call(method, name, args, options)


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

    again = KING | {"email": "ada@example.com", "password": "long enough"}

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
