"""Accounts: sign-up, sign-in and out, sessions, where `next` leads, and the menu."""

import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlencode, urlsplit

import pytest
from bson import ObjectId
from flask import Flask
from support.concurrency import at_once
from support.page_parser import form_of, next_of

import app as site
from dreamscape import accounts, passwords
from dreamscape.blocks import add_block
from dreamscape.database import db as site_db
from dreamscape.dreamers import complete_dreamer
from dreamscape.leaving import remove_dreamer
from dreamscape.text import PATH_LENGTH, safe_path
from dreamscape.accounts import add_dreamer, browser_name, public_sign_in_id
from dreamscape.passwords import hash_password
from dreamscape.settings import read_settings

PASSWORD = "correct horse battery"
ANN = {"first_name": "Ann", "last_name": "Bee", "email": "ann@example.com", "password": PASSWORD}
LEAVING = {"confirm": "1", "current_password": PASSWORD}
HTTPS = {"BASE_URL": "https://dreams.example.org", "SECRET_KEY": "a long random text",
         "MONGO_URI": "mongodb://database.example.org"}


def is_signed_in(client):
    """Return whether a browser is signed in."""
    return client.get("/dreams").status_code == 200


def copy_of(client):
    """Return another browser that holds a copy of this one's cookie."""
    return with_cookie(client.get_cookie("session").value)


def with_cookie(value):
    """Return a browser with a session cookie of one's own making."""
    client = site.app.test_client()
    client.set_cookie("session", value)
    return client


def read_session(client):
    """Return what a browser's session holds."""
    with client.session_transaction() as session:
        return dict(session)


def sign(app, kept):
    """Return a session as the cookie in which an app would keep it."""
    return app.session_interface.get_signing_serializer(app).dumps(kept)


FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"


# Sign-up #####################################################################


def test_signing_up_makes_an_account(db, visitor):
    visitor.send("/signup", **ANN)

    dreamer = db.dreamers.find_one({"email": "ann@example.com"})
    told = [dreamer[key] for key in ("first_name", "last_name", "slug")]
    assert told == ["Ann", "Bee", "ann-bee"]


def test_signing_up_signs_in_and_leads_to_the_first_stage(db, visitor):
    """R23."""
    answer = visitor.send("/signup", **ANN)

    assert (answer.status_code, answer.location) == (303, "/profile/about")
    assert is_signed_in(visitor)


def test_signing_up_asks_for_names_mail_and_password_only(visitor):
    """R23."""
    fields = form_of(visitor.get("/signup"), "email")

    assert {*fields} == {"csrf_token", "first_name", "last_name", "email", "password"}


def test_a_password_is_never_stored(db, visitor):
    visitor.send("/signup", **ANN)

    assert PASSWORD not in str(db.dreamers.find_one())


@pytest.mark.parametrize(("field", "value", "told"), [
    ("first_name", "", "Enter your first name."),
    ("first_name", " \t\u200b", "Enter your first name."),
    ("first_name", "x" * 51, "Please use at most 50 characters."),
    ("last_name", "", "Enter your last name."),
    ("last_name", "x" * 51, "Please use at most 50 characters."),
    ("email", "", "Enter your email address."),
    ("email", "ann", "look like an email address."),
    ("email", "ann@", "look like an email address."),
    ("email", "ann@example", "It should have a dot."),
    ("email", "ann@example.com, bob@example.com", "look like an email address."),
    ("email", "Ann <ann@example.com>", "look like an email address."),
    ("email", "x" * 300 + "@example.com", "254"),
    ("password", "", "Choose a password."),
    ("password", "short", "Please use 8 to 256 characters."),
    ("password", "x" * 257, "Please use 8 to 256 characters.")])
def test_a_sign_up_is_refused_by_the_field_concerned(db, visitor, field, value, told):
    """R4."""
    answer = visitor.send("/signup", **ANN | {field: value})

    error = re.search(rf'id="{field}-error">([^<]*)<', answer.text)
    assert answer.status_code == 422
    assert told in error[1]
    assert db.dreamers.count_documents({}) == 0


@pytest.mark.parametrize("address", ["é@example.com", "weiß@example.com", "用户@example.com"])
def test_any_letters_before_the_at_sign_are_taken_where_mail_is_printed(db, visitor, address):
    visitor.send("/signup", **ANN | {"email": address})

    assert db.dreamers.find_one()["email"] == address
    assert visitor.send("/login", email=address.title(), password=PASSWORD).status_code == 303


@pytest.mark.parametrize("path", ["/signup", "/login", "/password-reset"])
def test_browsers_let_any_letters_be_typed_before_the_at_sign(visitor, path):
    """They refuse é in an input of type="email"."""
    control, = re.findall(r'<input[^>]* name="email"[^>]*>', visitor.get(path).text)

    assert 'type="text"' in control
    assert 'inputmode="email"' in control


@pytest.mark.parametrize("field", ["first_name", "last_name", "email"])
def test_what_was_typed_into_a_refused_sign_up_stays(visitor, field):
    """R4."""
    answer = visitor.send("/signup", **ANN | {"password": "short"})

    assert form_of(answer, field)[field] == [ANN[field]]


def test_a_refused_sign_up_does_not_send_the_password_back(visitor):
    answer = visitor.send("/signup", **ANN | {"email": ""})

    assert PASSWORD not in answer.text


@pytest.mark.parametrize("missing", [*ANN])
def test_a_sign_up_that_lacks_a_field_is_refused(db, visitor, missing):
    """R1."""
    answer = visitor.send("/signup", **{key: ANN[key] for key in ANN if key != missing})

    assert answer.status_code == 422


def test_a_sign_up_without_a_token_is_refused_with_what_was_typed(db, visitor):
    answer = visitor.post("/signup", data=ANN)

    assert answer.status_code == 422
    assert form_of(answer, "email")["first_name"] == ["Ann"]
    assert db.dreamers.count_documents({}) == 0


@pytest.mark.parametrize("address", ["ann@example.com", "ANN@Example.COM", " ann@example.com ",
                                     "\uff41nn@example.com", "ann\u200e@example.com",
                                     "ann@example\uff0ecom", "ann@example。com",
                                     "ann@example｡com", "ann\x01@exa\u2067mple.com"])
def test_an_address_has_one_account_however_it_is_written(db, visitor, address):
    add_dreamer(ANN)

    answer = visitor.send("/signup", **ANN | {"email": address, "password": "another password"})

    assert answer.status_code == 422
    assert "already an account with this email." in answer.text
    assert db.dreamers.count_documents({}) == 1


@pytest.mark.parametrize(("own", "others"), [
    ("ada@faß.de", "ada@fass.de"), ("ada@νικος.gr", "ada@νικοσ.gr")])
def test_a_domain_of_other_letters_is_another_domain(db, dreamer, visitor, own, others):
    """IDNA 2008."""
    dreamer("ada", email=own)

    statuses = [visitor.send("/login", email=address, password=PASSWORD).status_code
                for address in (others, own)]

    assert statuses == [422, 303]


@pytest.mark.parametrize(("typed", "kept"), [
    ("Ada@FAß.de", "ada@faß.de"), ("ada@xn--fa-hia.de", "ada@faß.de"),
    ("ada@MÜNCHEN.test", "ada@münchen.test"), ("ada@mu\u0308nchen.test", "ada@münchen.test")])
def test_a_domain_of_other_letters_is_kept_in_one_form(db, visitor, typed, kept):
    visitor.send("/signup", **ANN | {"email": typed})

    assert db.dreamers.find_one()["email"] == kept


WEB_ADDRESSES = [
    "evil.example", "Evil.Com", "EVIL.EXAMPLE", "evil．example", "evil。example", "evil｡example",
    "evil\u200b.example", "x.com", "X.Com", "bit.ly", "Evil.Co.Uk", "http://x", "：／／x",
    "t.co/x", "www.evil", "ｗｗｗ.Evil.X", "ann@b", "ann＠b", "10.0.0.1", "пример.рф", "Пример.Рф",
    "Win 900 euro: evil.example"]
NAMES_WITH_SIGNS = [
    "J.R.R.", "J.Smith", "St.John", "Dr.No", "Ma.Theresa", "O'Brien", "Anne-Marie", "Mrs.Smith",
    "Müller-Lüdenscheidt", "Gal·la", "ジョン・スミス", "राम।श्याम", "डॉ.राम", "एम.एस.धोनी",
    "م.علي", "И.И.Иванов", "Smith Jr.", "Ravi a/l Kumar", "Martin Luther King, Jr."]


@pytest.mark.parametrize("field", ["first_name", "last_name"])
@pytest.mark.parametrize("name", WEB_ADDRESSES)
def test_a_name_that_is_a_web_address_is_refused(db, visitor, field, name):
    answer = visitor.send("/signup", **ANN | {field: name})

    assert answer.status_code == 422
    assert f'id="{field}-error">Names can&#39;t contain web addresses.<' in answer.text
    assert db.dreamers.count_documents({}) == 0


@pytest.mark.parametrize("name", NAMES_WITH_SIGNS)
def test_a_name_with_signs_is_taken(db, visitor, name):
    visitor.send("/signup", **ANN | {"first_name": name, "last_name": name})

    assert db.dreamers.find_one()["first_name"] == name


@pytest.mark.parametrize("name", ["Ann" + " " * 3_000 + "Bee", " " * 3_000 + "Ann"])
def test_a_name_that_was_cut_is_refused(db, visitor, name):
    """Not stored shorter than it was typed, however short it then is."""
    answer = visitor.send("/signup", **ANN | {"first_name": name})

    assert answer.status_code == 422
    assert db.dreamers.count_documents({}) == 0


def test_nothing_looks_at_an_address_that_is_too_long(db, visitor, monkeypatch):
    monkeypatch.setattr("dreamscape.text.lower_email",
                        lambda address: pytest.fail("It was looked at."))

    answers = [visitor.send(path, **ANN | {"email": "x" * 255})
               for path in ("/signup", "/login", "/password-reset")]

    assert [answer.status_code for answer in answers] == [422, 422, 422]


def test_signing_up_never_enters_an_account_that_exists(db, visitor):
    """Not even with its password: that would be a sign-in that no limit counts."""
    add_dreamer(ANN)

    answer = visitor.send("/signup", **ANN)

    assert answer.status_code == 422
    assert not is_signed_in(visitor)


def test_a_sign_up_that_is_pressed_twice_signs_in(db, visitor):
    """R46: the second press was sent before the first was answered."""
    visitor.get("/signup")
    again = copy_of(visitor)
    form = ANN | {"csrf_token": visitor.token()}
    visitor.post("/signup", data=form)

    answer = again.post("/signup", data=form)

    assert (answer.status_code, answer.location) == (303, "/profile/about")
    assert read_session(again)["dreamer_id"] == read_session(visitor)["dreamer_id"]
    assert db.dreamers.count_documents({}) == 1


def test_a_sign_up_broken_off_before_its_slug_can_be_repeated(db, visitor):
    """R5, R28."""
    visitor.get("/signup")
    again = copy_of(visitor)
    form = ANN | {"csrf_token": visitor.token()}
    visitor.post("/signup", data=form)
    db.dreamers.update_one({}, {"$unset": {"slug": ""}})

    again.post("/signup", data=form)

    assert db.dreamers.find_one()["slug"]


def test_a_sign_up_form_that_is_sent_again_later_enters_no_account(db, visitor, monkeypatch):
    visitor.get("/signup")
    again = copy_of(visitor)
    form = ANN | {"csrf_token": visitor.token()}
    visitor.post("/signup", data=form)
    monkeypatch.setattr("dreamscape.accounts.SIGN_UP_RETRY", timedelta(seconds=-5))

    assert again.post("/signup", data=form).status_code == 422


def test_presses_of_one_sign_up_form_at_once_make_one_account(real_db, visitor):
    """R46."""
    visitor.get("/signup")
    form = ANN | {"csrf_token": visitor.token()}
    browsers = [copy_of(visitor) for _ in range(20)]

    answers = at_once(lambda number: browsers[number].post("/signup", data=form))

    assert {answer.status_code for answer in answers} == {303}
    assert real_db.dreamers.count_documents({}) == 1


# Sign-in #####################################################################


@pytest.mark.parametrize("address", ["ada@example.com", " ADA@example.com"])
def test_the_right_password_signs_in(db, dreamer, visitor, address):
    dreamer("ada")

    answer = visitor.send("/login", email=address, password=PASSWORD)

    assert (answer.status_code, answer.location) == (303, "/dreamscape")
    assert is_signed_in(visitor)


@pytest.mark.parametrize(("address", "password"), [
    ("ada@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("no address", PASSWORD),
    ("ada@example.com", PASSWORD.upper()), ("ada@example.com", f" {PASSWORD}")])
def test_a_wrong_sign_in_does_not_tell_what_was_wrong(db, dreamer, visitor, address, password):
    dreamer("ada")

    answer = visitor.send("/login", email=address, password=password)

    assert answer.status_code == 422
    assert "That email or password isn&#39;t right." in answer.text
    assert not is_signed_in(visitor)


@pytest.mark.parametrize("field", ["email", "password"])
def test_a_sign_in_that_lacks_a_field_is_refused(db, visitor, field):
    answer = visitor.send("/login", **{field: "something"})

    assert answer.status_code == 422


@pytest.mark.parametrize("missing", ["password", "email"])
def test_an_account_that_lacks_a_key_takes_no_password(db, dreamer, visitor, missing):
    """R28."""
    db.dreamers.update_one({"_id": dreamer("ada")["_id"]}, {"$unset": {missing: ""}})

    assert visitor.send("/login", email="ada@example.com", password=PASSWORD).status_code == 422


def test_a_refused_sign_in_keeps_the_address_and_where_to_go(db, visitor):
    """R4."""
    answer = visitor.send("/login", email="ada@example.com", password="x", next="/dreams?cursor=1")

    fields = form_of(answer, "email")
    assert (fields["email"], fields["next"]) == (["ada@example.com"], ["/dreams?cursor=1"])


def test_a_sign_in_makes_a_session_of_its_own(db, dreamer, visitor):
    """R30: a cookie planted before the sign-in is worth nothing after it."""
    dreamer("ada")
    visitor.get("/login")
    planted = copy_of(visitor)

    visitor.send("/login", email="ada@example.com", password=PASSWORD)

    assert not is_signed_in(planted)


@pytest.mark.parametrize("origin", ["https://evil.example", "//evil.example", "evil", "http://[",
                                    "http://127.0.0.1:5000.evil.example"])
def test_a_sign_in_from_another_site_is_refused(db, dreamer, visitor, origin):
    dreamer("ada")
    form = {"csrf_token": visitor.token(), "email": "ada@example.com", "password": PASSWORD}

    answer = visitor.post("/login", data=form, headers={"Origin": origin})

    assert answer.status_code == 403
    assert not is_signed_in(visitor)


@pytest.mark.parametrize("origin", ["http://127.0.0.1:5000", "http://localhost", "null"])
def test_a_sign_in_from_this_site_is_taken(db, visitor, origin):
    form = {"csrf_token": visitor.token(), "email": "ada@example.com", "password": "x"}

    answer = visitor.post("/login", data=form, headers={"Origin": origin})

    assert answer.status_code == 422


# Where a sign-in leads #######################################################

OTHER_SITES = [
    "https://evil.example", "http:evil.example", "//evil.example", "///evil.example",
    "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "\t//evil.example",
    " //evil.example", "/\n/evil.example", "/\r\n/evil.example", "/dreams\r\nSet-Cookie: a=b",
    "/dreams\x00", "/\x7f/x", "/dreams\u2028", "/\u200b/evil.example", "/dreams\\..\\x",
    "javascript:alert(1)", "dreams", "", "%2f%2fevil.example", "/" + "x" * PATH_LENGTH]


@pytest.mark.parametrize("place", OTHER_SITES)
def test_a_next_that_is_not_of_this_site_is_no_path(place):
    assert safe_path(place) is None


@pytest.mark.parametrize("place", OTHER_SITES)
def test_a_sign_in_never_leads_to_another_site(db, sign_in, place):
    answer = sign_in("bob").get("/login", query_string={"next": place})

    assert (answer.status_code, answer.location) == (303, "/dreamscape")


@pytest.mark.parametrize("place", [
    "/dreams", "/dreamscape?view=trending&q=a+b#dream-x", "/a//b", "/@x", "/dreamers/日本",
    "/%2f%2fevil.example", "/" + "x" * (PATH_LENGTH - 1)])
def test_a_sign_in_leads_to_where_one_was_going(db, sign_in, place):
    answer = sign_in("bob").get("/login", query_string={"next": place})

    assert unquote(answer.location) == unquote(place)
    assert urlsplit(answer.location).netloc == ""


@pytest.mark.parametrize(("place", "led"), [("/dreams?cursor=1", "/dreams?cursor=1"),
                                            ("//evil.example", "/dreamscape")])
def test_a_posted_sign_in_minds_where_it_leads(db, dreamer, visitor, place, led):
    dreamer("ada")

    answer = visitor.send("/login", email="ada@example.com", password=PASSWORD, next=place)

    assert answer.location == led


@pytest.mark.parametrize("path", [
    "/dreamscape?view=for-you&own=1&q=%C3%BC", "/dreamscape?view=for-you",
    "/dreamscape?view=following&q=sail", "/dreams", "/profile", "/profile/skills", "/dreambuilder",
    "/profile/data"])
def test_a_page_for_dreamers_leads_to_the_sign_in_and_back(db, visitor, path):
    """R29."""
    answer = visitor.get(path)

    assert answer.status_code == 303
    assert urlsplit(answer.location).path == "/login"
    assert next_of(answer) == path
    assert "Please sign in to carry on." in visitor.get(answer.location).text


def test_a_sign_in_that_nothing_led_to_gives_no_reason(db, visitor):
    assert "to carry on" not in visitor.get("/login").text


# Sessions ####################################################################


def test_logging_out_ends_the_session(db, sign_in):
    """R32."""
    client = sign_in("ada")

    answer = client.send("/logout")

    assert (answer.status_code, answer.location) == (303, "/")
    assert not is_signed_in(client)


def test_logging_out_ends_every_copy_of_the_cookie(db, sign_in):
    """R30."""
    client = sign_in("ada")
    copy = copy_of(client)
    assert is_signed_in(copy)

    client.send("/logout")

    assert not is_signed_in(copy)


def test_logging_out_leaves_other_browsers_signed_in(db, sign_in):
    client, other = sign_in("ada"), sign_in("ada")

    client.send("/logout")

    assert is_signed_in(other)


def test_logging_out_clears_all_that_the_session_held(db, sign_in):
    """R32: the good-bye that is shown once is all that is left, and then nothing."""
    client = sign_in("ada")
    client.send("/logout")

    client.get("/")

    assert client.get_cookie("session") is None


@pytest.mark.parametrize("https", [False, True])
def test_the_cookie_is_set_and_cleared_with_the_same_attributes(db, monkeypatch, tmp_path, https):
    """R32."""
    settings = read_settings({"DATA_DIR": str(tmp_path)} | (HTTPS if https else {}))
    for name in [name for name in settings if name.startswith("SESSION_COOKIE")]:
        monkeypatch.setitem(site.app.config, name, settings[name])
    client = site.app.test_client()
    base = f"http{'s' * https}://localhost"

    with client.session_transaction(base_url=base) as session:
        session["kept"] = "anything"
    set_cookie = client.post("/logout", base_url=base).headers["Set-Cookie"]
    cleared = client.get("/", base_url=base).headers["Set-Cookie"]

    expected = {"Path=/", "HttpOnly", "SameSite=Lax"} | ({"Secure"} if https else set())
    assert set_cookie.startswith("__Host-session=" if https else "session=")
    assert attributes(set_cookie) == attributes(cleared) == expected
    assert "Max-Age=0" in cleared


def attributes(header):
    """Return the attributes of a Set-Cookie header but for its age."""
    return {part for part in header.split("; ")[1:] if not part.startswith(("Expires", "Max-Age"))}


def test_logging_out_when_signed_out_is_no_error(db, visitor):
    assert visitor.post("/logout").status_code == 303


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_a_form_logs_out(db, sign_in, method):
    client = sign_in("ada")

    answer = getattr(client, method)("/logout")

    assert answer.status_code == 405
    assert is_signed_in(client)


def test_logging_out_without_a_token_asks_first(db, sign_in):
    client = sign_in("ada")

    answer = client.post("/logout")

    assert answer.status_code == 422
    assert is_signed_in(client)


@pytest.mark.parametrize("change", [
    lambda value: "", lambda value: "x", lambda value: value[1:], lambda value: value[:-1],
    lambda value: f"{value}x", lambda value: value.replace(".", "..", 1), lambda value: "." * 3,
    lambda value: value.swapcase(), lambda value: "ÿ" * 9, lambda value: "x" * 4_000])
def test_a_tampered_cookie_means_signed_out(db, sign_in, change):
    """R29."""
    client = sign_in("ada")

    tampered = with_cookie(change(client.get_cookie("session").value))

    assert next_of(tampered.get("/dreams")) == "/dreams"


def test_a_cookie_signed_with_another_key_means_signed_out(db, sign_in):
    """R29."""
    kept = read_session(sign_in("ada"))
    other = Flask("other")
    other.secret_key = "another key"

    assert is_signed_in(with_cookie(sign(site.app, kept)))
    assert not is_signed_in(with_cookie(sign(other, kept)))


@pytest.mark.parametrize("kept", [
    {"dreamer_id": "ID"}, {"sign_in": "x"}, {"dreamer_id": "ID", "sign_in": "x"},
    {"dreamer_id": "x", "sign_in": "x"}, {"dreamer_id": None, "sign_in": None},
    {"dreamer_id": 5, "sign_in": 5}, {"user": "ada@example.com"}])
def test_a_session_that_lacks_what_is_needed_means_signed_out(db, dreamer, visitor, kept):
    """R28."""
    ids = {"ID": str(dreamer("ada")["_id"])}
    with visitor.session_transaction() as session:
        session.update({key: ids.get(value, value) for key, value in kept.items()})

    assert next_of(visitor.get("/dreams")) == "/dreams"


def test_a_deleted_cookie_means_signed_out(db, sign_in):
    """R29."""
    client = sign_in("ada")

    client.delete_cookie("session")

    assert next_of(client.get("/dreams?cursor=")) == "/dreams?cursor="


def test_the_session_of_a_deleted_dreamer_means_signed_out(db, sign_in):
    """R29."""
    client = sign_in("ada")

    db.dreamers.delete_one({"email": "ada@example.com"})

    assert next_of(client.get("/dreams")) == "/dreams"
    assert "sign_in" not in read_session(client)


def test_a_session_ends_after_its_days(db, sign_in, monkeypatch):
    client = sign_in("ada")

    monkeypatch.setitem(site.app.config, "PERMANENT_SESSION_LIFETIME", timedelta(seconds=-1))

    assert not is_signed_in(client)


def test_the_session_holds_ids_alone(db, dreamer, sign_in):
    """R30: neither slug, name nor mail."""
    client = sign_in("ada")
    is_signed_in(client)

    kept = read_session(client)
    assert {*kept} - {"csrf_token"} == {"_permanent", "dreamer_id", "sign_in"}
    assert kept["dreamer_id"] == str(dreamer("ada")["_id"])


def test_the_session_lives_on_under_a_new_name(db, sign_in):
    """R31."""
    client = sign_in("ada")

    client.send("/profile", first_name="Augusta", last_name="King", email="ada@example.com")

    assert "Augusta" in client.get("/dreams").text


def test_the_oldest_of_too_many_sign_ins_ends(db, sign_in):
    """R30."""
    clients = [sign_in("ada") for _ in range(21)]

    assert [is_signed_in(client) for client in clients[:3]] == [False, True, True]
    assert len(db.dreamers.find_one()["sign_ins"]) == 20


# The menu ####################################################################


def menu_of(page):
    """Return the menu in the header of a page, "" for none."""
    return page.text.partition('<details class="menu"')[2].partition("</details>")[0]


@pytest.mark.parametrize("shown", [
    "Ada", "/drawn/dreamer/", 'href="/dreamers/ada-lovelace"', 'href="/profile"',
    'href="/dreams"', 'action="/logout"'])
def test_the_menu_shows_who_is_signed_in_and_where_to_go(db, sign_in, shown):
    """R7."""
    assert shown in menu_of(sign_in("ada").get("/dreamscape"))


def test_the_menu_shows_the_dreamers_picture(db, dreamer, sign_in):
    """R7."""
    db.dreamers.update_one({"_id": dreamer("ada")["_id"]}, {"$set": {"picture": "me-1"}})

    assert 'src="/uploads/me-1-160"' in menu_of(sign_in("ada").get("/dreamscape"))


@pytest.mark.parametrize("path", ["/", "/login", "/signup", "/nothing-here"])
def test_there_is_no_menu_for_visitors(db, visitor, path):
    """R7."""
    page = visitor.get(path)

    assert menu_of(page) == ""
    assert 'href="/login"' in page.text


def test_the_menu_needs_no_name(db, dreamer, sign_in):
    """R28."""
    db.dreamers.update_one({"_id": dreamer("ada")["_id"]}, {"$unset": {"first_name": ""}})

    assert "Me</span></summary>" in menu_of(sign_in("ada").get("/dreamscape"))


def test_the_menu_takes_a_name_for_text(db, dreamer, sign_in):
    dreamer("ada", first_name="<b>Ada</b> & \"co\"")

    assert "&lt;b&gt;Ada&lt;/b&gt; &amp; &#34;co&#34;" in menu_of(sign_in("ada").get("/dreamscape"))


@pytest.mark.parametrize("path", ["/", "/login", "/signup"])
def test_pages_of_visitors_lead_the_signed_in_to_the_feed(db, sign_in, path):
    answer = sign_in("ada").get(path)

    assert (answer.status_code, answer.location) == (303, "/dreamscape")


def test_pages_of_the_signed_in_are_kept_nowhere(db, sign_in):
    assert sign_in("ada").get("/dreams").headers["Cache-Control"] == "private, no-store"


# Documents with only an id ###################################################


@pytest.fixture
def bare(db):
    """A browser signed in as a dreamer whose document has nothing but what signs in."""
    bare = {"sign_ins": [{"id": "x"}], "password": hash_password(PASSWORD)}
    dreamer_id = db.dreamers.insert_one(bare).inserted_id
    client = site.app.test_client()
    with client.session_transaction() as session:
        session.update(dreamer_id=str(dreamer_id), sign_in="x")
    return client


@pytest.mark.parametrize("path", [
    "/dreamscape", "/dreamscape?view=trending", "/dreamscape?view=for-you",
    "/dreamscape?view=following", "/dreams", "/dreambuilder", "/profile", "/profile/about",
    "/profile/picture", "/profile/skills", "/profile/interests", "/profile/data",
    "/login?next=/dreams"])
def test_a_dreamer_with_only_an_id_can_open_every_page(db, bare, path):
    """R28."""
    assert bare.get(path).status_code == (303 if path.startswith("/login") else 200)


def test_a_dreamer_with_only_an_id_has_a_page(db, bare, visitor):
    """R28."""
    page = visitor.get(f"/dreamers/{db.dreamers.find_one()['_id']}")

    assert page.status_code == 200
    assert ">Someone</h1>" in page.text


@pytest.mark.parametrize(("path", "fields"), [
    ("/dreambuilder", {"title": "Fly", "description": "High", "topics": ["sport"]}),
    ("/profile", LEAVING | {"first_name": "Ann", "last_name": "Bee", "email": "ann@example.com"}),
    ("/profile/about", {"bio": "I sail"}), ("/profile/skills", {"skills": ["C++"]}),
    ("/profile/interests", {"interests": ["music"]}), ("/profile/reminder", {}),
    ("/profile/delete", LEAVING), ("/logout", {})])
def test_a_dreamer_with_only_an_id_can_do_everything(db, bare, path, fields):
    """R28."""
    assert bare.send(path, **fields).status_code == 303


def test_a_dream_whose_dreamer_has_only_an_id_has_a_page(db, visitor):
    """R28."""
    owner = db.dreamers.insert_one({}).inserted_id
    dream = db.dreams.insert_one({"dreamer_id": owner}).inserted_id

    assert visitor.get(f"/dreams/{dream}").status_code == 200


def test_a_dream_whose_dreamer_is_gone_has_a_page(db, visitor):
    """R28."""
    dream = db.dreams.insert_one({"dreamer_id": ObjectId()}).inserted_id

    assert "Someone who has left" in visitor.get(f"/dreams/{dream}").text


# Where one is signed in ######################################################


def test_the_account_page_tells_where_one_is_signed_in(db, dreamer, visitor, ada):
    visitor.post("/login", headers={"User-Agent": FIREFOX}, data={
        "csrf_token": visitor.token(), "email": "ada@example.com", "password": PASSWORD})

    page = ada.get("/profile").text

    assert "Firefox on Android, signed in" in page
    assert page.count(">Sign out</button>") == 1  # the other one; the menu's has an icon


def test_a_sign_in_can_be_ended_from_another(ada, sign_in):
    other = sign_in("ada")
    path = re.search('action="(/profile/sign-ins/[0-9a-f]+/end)"', ada.get("/profile").text)[1]

    ada.send(path)

    assert other.get("/dreams").status_code == 303
    assert ada.get("/dreams").status_code == 200


def test_all_others_can_be_ended_at_once(ada, sign_in):
    others = [sign_in("ada") for _ in range(3)]

    ada.send("/profile/sign-ins/others/end")

    assert {other.get("/dreams").status_code for other in others} == {303}
    assert "Signed out on your other devices." in ada.get("/dreams").text


def test_nobody_ends_the_sign_ins_of_another(db, ada, sign_in):
    mark = public_sign_in_id(db.dreamers.find_one({"slug": "ada-lovelace"})["sign_ins"][0]["id"])

    answer = sign_in("bob").send(f"/profile/sign-ins/{mark}/end")

    assert answer.status_code == 404
    assert ada.get("/dreams").status_code == 200


def test_no_page_tells_the_id_of_a_sign_in(db, ada):
    page = ada.get("/profile").text

    assert db.dreamers.find_one()["sign_ins"][0]["id"] not in page


@pytest.mark.parametrize(("agent", "name"), [
    (FIREFOX, "Firefox on Android"), ("", "A browser"), ("curl/8.1", "A browser"),
    ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19 Safari/604.1",
     "Safari on iPhone"),
    ("Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) FxiOS/140.0 Mobile Safari/604.1",
     "Firefox on iPad"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) CriOS/140.0 Safari/604.1",
     "Chrome on iPhone"),
    ("Mozilla/5.0 (X11; CrOS x86_64 1.0) Chrome/140.0 Safari/537.36", "Chrome on Chromebook"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Chrome/140.0 Safari/537.36 OPR/120.0",
     "Opera on Mac"),
    ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36", "Chrome on Linux")])
def test_a_browser_is_called_as_people_call_it(agent, name):
    assert browser_name(agent) == name


def test_an_account_has_these_terms():
    names = ("MAX_SIGN_INS", "UNCONFIRMED_LIFE", "MAX_UNCONFIRMED", "SIGN_UP_RETRY",
             "CONFIRM_LIFE", "RESET_LIFE")

    assert [getattr(accounts, name) for name in names] == [
        20, timedelta(days=7), 5, timedelta(minutes=1), timedelta(days=3), timedelta(minutes=15)]


def test_a_device_is_named_by_the_first_word_that_fits():
    """An iPhone says Mac OS X too, and Android Linux."""
    assert [[*row] for row in accounts.DEVICES] == [
        ["iPhone", "iPhone"], ["iPad", "iPad"], ["Android", "Android"], ["Windows", "Windows"],
        ["Mac OS X", "Mac"], ["CrOS", "Chromebook"], ["Linux", "Linux"]]


def test_a_suspension_says_how_long_it_lasts_and_why():
    until = datetime(2026, 3, 7, 9, 5, tzinfo=UTC)

    assert [accounts.suspension_words(ban) for ban in (
        {"until": until, "reason": "Unkind."}, {"until": None, "reason": "Unkind."}, {})] == [
        "has been suspended until 7 March 2026, 09:05 UTC. Reason: “\u2068Unkind.\u2069”",
        "has been suspended permanently. Reason: “\u2068Unkind.\u2069”",
        "has been suspended permanently. Reason: “\u2068\u2069”"]


def test_a_new_account_is_stored_so(db):
    fields = {"first_name": "Ann", "last_name": "Bee", "email": " ANN@Example.com",
              "password": "correct horse battery"}

    account = accounts.add_dreamer(fields, "key")

    stored = db.dreamers.find_one()
    assert accounts.add_dreamer(fields, "key")["_id"] == account["_id"] == stored["_id"]
    assert {key: stored[key] for key in (
        "first_name", "last_name", "email", "followers", "helped", "sign_up_key", "slug",
        "help_words")} == {
        "first_name": "Ann", "last_name": "Bee", "email": "ann@example.com", "followers": 0,
        "helped": 0, "sign_up_key": "key", "slug": "ann-bee", "help_words": []}
    assert {"ann.", "bee."} <= {*stored["words"]}
    assert accounts.add_dreamer(fields, "another key") is None


def test_the_twenty_newest_sign_ins_of_a_dreamer_are_stored(db, dreamer):
    ada, bob = dreamer("ada"), dreamer("bob")
    ids = [accounts.add_sign_in(ada, "Firefox/140 (Linux)") for _ in range(22)]
    accounts.add_sign_in(bob)

    sign_ins = accounts.find_sign_ins(complete_dreamer(dreamer("ada")), ids[20])

    assert [each["id"] for each in sign_ins] == ids[:1:-1]
    assert {each["browser"] for each in sign_ins} == {"Firefox on Linux"}
    assert [each["here"] for each in sign_ins[:3]] == [False, True, False]
    assert all(datetime.now(UTC) - each["at"] < timedelta(minutes=1) for each in sign_ins)
    assert len(sign_ins[0]["public_id"]) == 16
    found = [accounts.find_session_dreamer(who["_id"], ids[20]) for who in (ada, bob)]
    assert [each and each["_id"] for each in found] == [ada["_id"], None]
    accounts.remove_sign_ins(ada, ids[2:21])
    assert [len(each.get("sign_ins", ())) for each in db.dreamers.find().sort("email")] == [1, 1]


@pytest.mark.parametrize("fields", [
    {"suspended": {"until": None, "reason": "Unkind."}}, {"ends_at": datetime(2026, 1, 1)}])
def test_a_session_ends_with_its_account(db, dreamer, fields):
    ada = dreamer("ada")
    sign_in = accounts.add_sign_in(ada)
    assert accounts.find_session_dreamer(ada["_id"], sign_in)

    db.dreamers.update_one({}, {"$set": fields})

    assert accounts.find_session_dreamer(ada["_id"], sign_in) is None


# Requests that wait ##########################################################
#
# The body of a request may come long after its headers, and a form that asks for a password waits
# for others of its network. What its sender may do can end meanwhile.


class LateBody(io.BytesIO):
    """The body of a request, before which something happens."""

    def __init__(self, fields, action):
        """Hold the encoded fields."""
        super().__init__(urlencode(fields).encode())
        self.action = action

    def readinto(self, buffer):
        """Read bytes once the action has happened."""
        self.action()
        self.action = lambda: None
        return super().readinto(buffer)


@pytest.fixture
def send_late(monkeypatch):
    """A function that sends a form, while whose body is awaited an action happens."""
    monkeypatch.setattr(site, "LATE", -1)

    def send(client, path, action, **fields):
        """Return the answer."""
        body = LateBody({"csrf_token": client.token(), **fields}, action)
        return client.post(path, input_stream=body, content_length=len(body.getvalue()),
                           content_type="application/x-www-form-urlencoded")
    return send


ENDINGS = {
    "signed out": lambda bob, ada: accounts.end_sign_ins(bob, "", "others"),
    "new password": lambda bob, ada: accounts.set_password(bob, "another one of bob's"),
    "suspended": lambda bob, ada: site_db.dreamers.update_one(
        {"_id": bob["_id"]}, {"$set": {"suspended": {"until": None, "reason": "Spam."}}}),
    "deleted": lambda bob, ada: remove_dreamer(complete_dreamer(bob)),
    "blocked": lambda bob, ada: add_block(complete_dreamer(ada), complete_dreamer(bob))}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_a_body_that_comes_late_has_no_more_rights_than_its_sender(
        db, dream, dreamer, sign_in, send_late, end):
    """R30, R72."""
    bob = sign_in("bob")

    answer = send_late(bob, f"/dreams/{dream['slug']}/comments",
                       lambda: end(dreamer("bob"), dreamer("ada")), body="Too late.")

    assert answer.status_code in (303, 404)
    assert db.comments.count_documents({}) == 0


def test_a_moderator_who_is_none_any_more_decides_nothing(db, dream, dreamer, sign_in, send_late):
    mod = sign_in("mod")

    def demote():
        """Let the moderator be a dreamer as any other."""
        db.dreamers.update_one({"_id": dreamer("mod")["_id"]}, {"$set": {"role": None}})

    answer = send_late(mod, f"/moderation/dream/{dream['_id']}/hide", demote, reason="Spam.",
                       rule="scams")

    assert answer.status_code == 403
    assert not db.dreams.find_one({}).get("hidden")


def test_a_request_whose_body_comes_at_once_loads_its_viewer_once(real_db, sign_in, dream, calls):
    bob = sign_in("bob")
    calls.commands.clear()

    bob.send(f"/dreams/{dream['slug']}/follow")

    assert [told.get("find") for name, told in calls.commands if name == "find"].count(
        "dreamers") == 1


def change_meanwhile(monkeypatch, dreamer, name="check_password_hash"):
    """Let the password change while it is hashed, which takes its time."""
    check = getattr(passwords, name)

    def slow(*args):
        """Check a password, which changes before the result is known."""
        result = check(*args)
        monkeypatch.setattr(passwords, name, check)
        accounts.set_password(dreamer, "another one of ada's")
        return result
    monkeypatch.setattr(passwords, name, slow)


def test_a_sign_in_with_a_password_that_changes_meanwhile_is_none(
        db, dreamer, visitor, monkeypatch):
    """R30, R38."""
    ada = dreamer("ada")
    change_meanwhile(monkeypatch, ada)

    answer = visitor.send("/login", email="ada@example.com", password=PASSWORD)

    assert answer.status_code == 403
    assert "Your password has just been changed" in answer.text
    assert db.dreamers.find_one({"_id": ada["_id"]})["sign_ins"] == []
    assert visitor.get("/dreams").status_code == 303


@pytest.mark.parametrize(("path", "fields"), [
    ("/profile", {"first_name": "Ada", "last_name": "Lovelace", "email": "thief@example.com"}),
    ("/profile/delete", {"confirm": "1"}), ("/profile/data", {})])
def test_a_password_that_changes_while_it_is_checked_is_refused(
        db, dreamer, sign_in, monkeypatch, path, fields):
    """R38: somebody else knew it, perhaps."""
    thief = sign_in("ada")
    change_meanwhile(monkeypatch, dreamer("ada"))

    answer = thief.send(path, current_password=PASSWORD, **fields)

    assert answer.status_code == 422
    stored = db.dreamers.find_one({"_id": dreamer("ada")["_id"]})
    assert (stored["email"], stored.get("unconfirmed_email")) == ("ada@example.com", None)


def test_a_change_of_address_needs_the_password_that_was_checked(db, dreamer, server):
    """R38: it changes between the check and the change."""
    ada = complete_dreamer(dreamer("ada"))
    accounts.set_password(ada, "another one of ada's")

    accounts.set_email(ada, "thief@example.com")

    assert "unconfirmed_email" not in db.dreamers.find_one({"_id": ada["_id"]})
