"""The staged profile and the account page."""

import io
import re
from datetime import UTC, datetime
from html import unescape

import pytest
from conftest import find_ada
from PIL import Image
from support.failing_database import Interrupted
from support.page_parser import error_of, form_of
from support.patches import use_database

import app as site
from dreamscape import dreamers, thanks
from dreamscape.text import quoted

STAGES = ["/profile/about", "/profile/picture", "/profile/skills", "/profile/interests"]
TOLD = {"/profile/about": {"bio": "I sail.", "location": "Oslo"},
        "/profile/skills": {"skills": ["C++", "sewing"], "experiences": ["a move abroad"]},
        "/profile/interests": {"interests": ["music", "sport"]}}
TERMS = ["C++", "C#", "R&D", "public speaking", "français", "日本語", "עברית", "3D printing", "🎺",
         "<script>alert(1)</script>", '"quoted" & \'so\'', "{{ 7*7 }}", "$where", "a.b", "x" * 60]


def photo():
    """Return a picture as a browser sends it."""
    coded = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(coded, "JPEG")
    return io.BytesIO(coded.getvalue()), "me.jpg"


def terms_of(page, name):
    """Return the terms that a page shows in its inputs, blank ones left out."""
    return [*filter(None, form_of(page, name)[name])]


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
                                           ("/profile/interests", "/dreamscape?view=for-you")])
def test_a_saved_stage_leads_on(ada, path, led):
    """R23, R27."""
    answer = ada.send(path, **TOLD[path])

    assert (answer.status_code, answer.location) == (303, led)


def test_the_first_interests_lead_to_dreams_that_share_them_with_a_welcome(ada):
    ada.send("/profile/interests", **TOLD["/profile/interests"])

    page = ada.get("/dreamscape?view=for-you").text
    assert "You&#39;re in, Ada. “For you” shows dreams that share your interests." in page


@pytest.mark.parametrize("again", [TOLD["/profile/interests"], {}])
def test_changed_interests_lead_to_the_feed_as_it_was(ada, again):
    ada.send("/profile/interests", **TOLD["/profile/interests"])

    answer = ada.send("/profile/interests", **again)

    assert answer.location == "/dreamscape"
    assert "Saved." in ada.get("/dreamscape").text


@pytest.mark.parametrize("path", STAGES)
def test_the_first_stage_welcomes_who_has_told_nothing(ada, path):
    assert ("Welcome, <bdi>Ada</bdi>." in ada.get(path).text) == (path == "/profile/about")

    ada.send("/profile/about", **TOLD["/profile/about"])

    assert "Welcome, " not in ada.get(path).text


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
    ("/profile/interests", "interests", ["nonsense"], "Please choose topics from the list."),
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

    assert answer.status_code == (303 if path == "/profile/about" else 422)


def test_the_words_of_a_dreamer_keep_their_paragraphs(db, ada, visitor):
    ada.send("/profile/about", bio="I sail.\r\n\r\nAlone.\x07")

    assert find_ada(db)["bio"] == "I sail.\n\nAlone."
    assert 'dir="auto">I sail.</p>' in visitor.get("/dreamers/ada-lovelace").text


def test_the_words_of_a_dreamer_are_text(ada, visitor):
    ada.send("/profile/about", bio="<script>alert(1)</script>", location="<b>")

    page = visitor.get("/dreamers/ada-lovelace").text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


# Dreams on a profile #########################################################


def profiles_seen(clients):
    """Return a profile as each client sees it, without the values per request."""
    return [re.sub(r'name="csrf_token" value="[^"]+', "",
                   client.get("/dreamers/ada-lovelace").text) for client in clients]


@pytest.mark.parametrize("fields", [
    {"title": "Fly"}, {"description": "Now by air."}, {"picture": "ship"}, {"slug": "fly"},
    {"state": "under-way", "state_at": datetime(2026, 1, 2, tzinfo=UTC)}, {"hidden": "Rude."},
], ids=lambda fields: next(iter(fields)))
def test_a_dream_on_a_profile_that_was_kept_shows_every_change(db, dream, sign_in, fields):
    clients = [*map(sign_in, ("ada", "bob", "mod"))]
    before = profiles_seen(clients)

    db.dreams.update_one({}, {"$set": fields})
    kept = profiles_seen(clients)

    site.render_teaser.cache_clear()
    assert kept == profiles_seen(clients) != before


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


def test_who_has_passed_all_stages_is_not_reminded_until_the_next_sign_in(reminded, sign_in):
    reminded.get("/profile/interests")

    assert "Finish your profile" not in reminded.get("/dreamscape").text
    assert "Finish your profile" in sign_in("ada").get("/dreamscape").text


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

    assert f'>{shown}</' in page.partition("dreamer__terms")[2]


# Empty states ################################################################


@pytest.mark.parametrize(("path", "says", "offers"), [
    ("/dreams", "You haven't shared a dream yet.", "/dreambuilder"),
    ("/dreamers/ada-lovelace", "You haven't shared a dream yet.", "/dreambuilder"),
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
    assert re.findall('href="([^"]*)"', state) == ["/signup?intent=dreambuilder"]


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
    ("email", "é@example"), ("first_name", "evil.example"), ("last_name", "Evil.Com"),
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


def test_of_profiles_there_are_these_numbers():
    numbers = {"STAGES": {
        "profile_about": "About you", "profile_picture": "Picture",
        "profile_skills": "Skills and experiences", "profile_interests": "Interests"},
        "TERM_FIELDS": ("skills", "experiences"), "MAX_BLOCKS": 1_000, "MAX_BLOCKED_BY": 4_000,
        "SUGGESTED_TERMS": 100, "SUGGESTING_DREAMERS": 500}

    assert {name: getattr(dreamers, name) for name in numbers} == numbers
    assert [*dreamers.WORD_FIELDS] == [
        "first_name", "last_name", "location", "skills", "experiences"]
    assert [thanks.THANKS_PAGE, thanks.THANKS_ON_DREAM] == [10, 20]
