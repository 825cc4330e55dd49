"""Pictures: what is taken and what is stored of it, whose they are, and stores that fail."""

import functools
import io
import re
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from limits import parse as parse_rate
from bson import ObjectId
from PIL import Image
from support.cloudinary_server import CloudinaryServer
from support.html_checker import forms
from support.failing_database import outage
from support.page_parser import hrefs
from support.picture_factory import (
    corners, decode, encode, photo,
)
from support.concurrency import run_concurrently

import app as site
from dreamscape.text import PATH_LENGTH, quoted
from dreamscape.pictures import (
    PictureError, add_leftovers, conversion_slot, convert_picture, new_picture_name, run_converter,
    set_picture,
)
from dreamscape.dreams import remove_dream
from dreamscape.forms import FORM_BYTES
from dreamscape.limits import LIMITS, Limit, add_use
from dreamscape import convert, pictures, uploads as slots

ROOT = Path(site.__file__).parent
DREAM = "/dreams/sail-around-the-world"
RUN_PICTURES = run_converter
ID = ObjectId("65f000000000000000000000")
PLACES = {"dreams": f"{DREAM}/picture", "dreamers": "/profile/picture"}
MULTIPART = "multipart/form-data; boundary=x"
REFUSAL = "We accept JPEG, PNG, WebP, GIF, AVIF and HEIC."


# The process of a picture ####################################################


def test_a_picture_is_converted_in_a_process_of_its_own():
    webp, width, height, _ = convert_picture(encode(corners(), "PNG"), "me.png", ID)

    assert (width, height) == decode(webp).size == (80, 40)


def test_a_refusal_names_what_was_sent():
    """R17."""
    refused = f"{quoted('me <3')} isn't a picture we can read"

    with pytest.raises(PictureError, match=refused):
        convert_picture(b"me", "me <3", ID)


@pytest.fixture
def broken_process(tmp_path, monkeypatch):
    """Have something else run in place of the process of a picture: broken_process(code)."""
    def put(code):
        """Write it down, and have it run."""
        (tmp_path / "broken.py").write_text(code)
        monkeypatch.setattr(convert, "__file__", str(tmp_path / "broken.py"))
    return put


@pytest.mark.parametrize("code", ["import os; os.abort()", "1/0", "import time; time.sleep(60)"])
def test_however_a_process_breaks_it_is_a_refusal(broken_process, monkeypatch, code):
    """R1."""
    monkeypatch.setattr("dreamscape.pictures.PICTURE_TIMEOUT", 1)
    broken_process(code)

    refused = f"{quoted('me')} couldn't be opened"

    with pytest.raises(PictureError, match=refused):
        convert_picture(b"x", "me", ID)


def test_what_broke_a_process_is_logged(broken_process, caplog):
    broken_process("1/0")

    with pytest.raises(PictureError, match="couldn't be opened"):
        convert_picture(b"x", "me.jpg", ID)

    assert "ZeroDivisionError" in caplog.text


def test_a_process_whose_output_is_buffered_converts_too(monkeypatch):
    """Where tests run PYTHONUNBUFFERED is often set, on a server it need not be."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)

    assert convert_picture(encode(corners(), "PNG"), "me.png", ID)[1:3] == (80, 40)


def test_only_the_end_of_what_a_broken_process_wrote_is_logged(broken_process, caplog):
    broken_process("import sys; sys.exit('x' * 1_000)")

    with pytest.raises(PictureError, match="couldn't be opened"):
        convert_picture(b"x", "me.jpg", ID)

    assert caplog.text.count("x") in range(280, 310)


def test_one_picture_at_a_time_is_converted_and_the_next_waits(monkeypatch):
    monkeypatch.setattr("dreamscape.pictures.PICTURE_QUEUE_TIMEOUT", 0.1)

    with conversion_slot(), pytest.raises(PictureError, match="lot of pictures"):
        convert_picture(encode(corners(), "PNG"), "me.png", ID)

    assert convert_picture(encode(corners(), "PNG"), "me.png", ID)[1:3] == (80, 40)


def test_pictures_that_wait_leave_threads_for_pages():
    threads = int(re.search(r"^threads = (\d+)$", (ROOT / "gunicorn.conf.py").read_text(), re.M)[1])

    assert threads >= 2 * slots.PICTURE_MEMORY / site.LARGE_BYTES


# Names #######################################################################

SENT_NAMES = [
    "me.jpg", "../../etc/passwd", "..", ".", "", "....jpg", ".htaccess", "a/b\\c.png", "C:\\me.jpg",
    "\u202egpj.exe", "фото.jpg", "写真.png", "🚣.gif", "a" * 500 + ".jpg", "a b\tc\n.jpg", "nul",
    "%2e%2e%2f.jpg", "me.jpg\0.php", "<script>.svg", "me.tar.gz", "-rf", "a?b&c#d", "\ud800.jpg"]


# Sending #####################################################################


@functools.cache
def run_once(data):
    """Convert a picture by its process, each but once: here what is tried comes after that."""
    return RUN_PICTURES(data)


@pytest.fixture
def quick(monkeypatch):
    """What was converted by an earlier test is not converted again."""
    monkeypatch.setattr("dreamscape.pictures.run_converter", lambda data: run_once(bytes(data)))


@pytest.fixture
def uploads(tmp_path, monkeypatch, quick):
    """An own folder for pictures, not made yet."""
    monkeypatch.setitem(site.settings, "UPLOADS", tmp_path / "data" / "uploads")
    return site.settings["UPLOADS"]


def sent_picture(colour="red", name="me.jpg"):
    """Return a file as a form sends it."""
    return io.BytesIO(encode(Image.new("RGB", (60, 40), colour), "JPEG")), name


def send_picture(client, place="dreams", colour="red", **fields):
    """Send a picture by the form of a place."""
    return client.send(PLACES[place], _files=True, picture=sent_picture(colour), **fields)


def picture_of(database, place="dreams"):
    """Return the name of the picture of ada's dream, or of ada."""
    slug = {"dreams": "sail-around-the-world", "dreamers": "ada-lovelace"}[place]
    return database[place].find_one({"slug": slug}).get("picture")


def stored_in(folder):
    """Return the names of all files in a folder."""
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize(("place", "location"), [
    ("dreams", DREAM), ("dreamers", "/profile/skills")])
def test_a_picture_is_stored_and_leads_on(db, dream, uploads, sign_in, place, location):
    """R8, R10: the folder is made when it is missing."""
    response = send_picture(sign_in("ada"), place)

    assert response.location == location
    assert stored_in(uploads) == [picture_of(db, place)]


@pytest.mark.parametrize("filename", SENT_NAMES)
def test_a_stored_name_is_random_whatever_was_sent(real_db, dream, uploads, filename):
    """R12, R18: it tells nothing of the file or its owner, and has no extension."""
    set_picture("dreams", dream, sent_picture()[0].read(), filename, "")

    assert re.fullmatch("[0-9a-f]{32}", picture_of(real_db))


def test_the_same_picture_never_has_the_same_name():
    """R12."""
    assert len({new_picture_name() for _ in range(500)}) == 500


@pytest.mark.parametrize("place", PLACES)
def test_a_picture_form_is_multipart_and_posts_to_its_own_page(db, dream, sign_in, place):
    """R10, R17."""
    page = sign_in("ada").get(PLACES[place]).text

    form = forms(page)[-1]
    assert (form["method"], form["enctype"]) == ("post", "multipart/form-data")
    assert form["action"] in ("", PLACES[place])
    assert 'accept="image/jpeg,image/png,image/webp,image/gif,image/avif,image/heic' in page


def test_a_picture_is_kept_with_its_words_and_size(db, dream, uploads, sign_in):
    """R13."""
    send_picture(sign_in("ada"), alt='A "red" boat')

    stored = db.dreams.find_one({})
    told = [stored[f"picture_{key}"] for key in ("alt", "width", "height")]
    assert told == ['A "red" boat', 60, 40]


@pytest.mark.parametrize("path", [DREAM, "/dreamscape?own=1", "/dreams", "/dreamers/ada-lovelace"])
def test_a_picture_is_shown_with_its_size(db, dream, uploads, sign_in, path):
    """R13."""
    client = sign_in("ada")
    send_picture(client, alt="A boat")

    page = client.get(path).text

    tag = page.partition(f'src="/uploads/{picture_of(db)}"')[2].partition(">")[0]
    assert 'alt="A boat" width="60" height="40"' in tag


def test_a_dreamers_picture_is_shown(db, dream, uploads, sign_in, visitor):
    """R13."""
    send_picture(sign_in("ada"), "dreamers")

    page = visitor.get("/dreamers/ada-lovelace").text

    tag = page.partition(f'src="/uploads/{picture_of(db, "dreamers")}"')[2].partition(">")[0]
    assert 'alt="Ada Lovelace" width="60" height="40"' in tag


def test_a_stored_picture_is_sent_as_what_it_is(db, dream, uploads, sign_in, visitor):
    """R16."""
    send_picture(sign_in("ada"))

    response = visitor.get(f"/uploads/{picture_of(db)}")

    assert response.mimetype == "image/webp"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Cookie" not in response.headers.get("Vary", "")
    assert decode(response.data).format == "WEBP"


def test_a_picture_opened_on_its_own_may_load_and_run_nothing(db, dream, uploads, sign_in, visitor):
    """Browsers style the page that they make around it."""
    send_picture(sign_in("ada"))

    policy = visitor.get(f"/uploads/{picture_of(db)}").headers["Content-Security-Policy"]

    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


@pytest.mark.parametrize(("size", "shape"), [
    ((100, 201), "tall"), ((100, 200), None), ((401, 100), "wide"), ((400, 100), None)])
def test_a_picture_that_would_be_a_thin_strip_says_its_shape(db, dream, visitor, size, shape):
    fields = dict(zip(("picture_width", "picture_height"), size, strict=True))
    db.dreams.update_one({}, {"$set": {"picture": "boat", **fields}})

    found = re.findall('data-shape="(.*?)"', visitor.get(DREAM).text)

    assert found == ([shape] if shape else [])


@pytest.mark.parametrize("collection", ["dreams", "dreamers"])
def test_a_picture_is_a_link_to_itself(db, dream, visitor, collection):
    db[collection].update_many({}, {"$set": {"picture": "boat", "picture_alt": "A boat"}})

    page = visitor.get(DREAM if collection == "dreams" else "/dreamers/ada-lovelace").text

    assert "/uploads/boat" in hrefs(page)


@pytest.mark.parametrize("name", [
    "nothing", "..", "%2e%2e%2fsecret_key", "..%2f..%2fapp.py", ".me", "a.b", "%00", "a" * 300,
    "%ff", "%E2%80%AE", ".a-picture", "a/b"])
def test_no_name_leads_to_another_file(real_db, uploads, visitor, name):
    """R12."""
    uploads.mkdir(parents=True)
    (uploads.parent / "secret_key").write_text("x"), (uploads / ".a-picture").write_text("x")

    assert visitor.get(f"/uploads/{name}").status_code == 404


def test_no_picture_is_a_complete_dream(db, dream, sign_in):
    """R11: skipping is one click."""
    page = sign_in("ada").get(PLACES["dreams"]).text

    assert "Skip" in page
    assert DREAM in hrefs(page)


@pytest.mark.parametrize(("path", "drawing"), [
    (DREAM, "dream"), ("/dreamscape?own=1", "dream"), ("/dreamers/ada-lovelace", "dreamer")])
@pytest.mark.parametrize("value", ["missing", None, ""])
@pytest.mark.usefixtures("dream")
def test_a_drawing_stands_where_no_picture_is(real_db, sign_in, visitor, path, drawing, value):
    """R11, R20: a missing key, None and "" all mean no picture."""
    if value != "missing":
        real_db.dreams.update_one({}, {"$set": {"picture": value}})
        real_db.dreamers.update_many({}, {"$set": {"picture": value}})

    page = sign_in("ada").get(path).text

    address = re.search(rf'src="(/drawn/{drawing}/\w+\.svg)"', page)[1]
    assert visitor.get(address).mimetype == "image/svg+xml"


def test_a_picture_that_vanished_breaks_no_page(db, dream, uploads, sign_in):
    """R21."""
    db.dreams.update_one({}, {"$set": {"picture": "gone-1"}})

    assert sign_in("ada").get(DREAM).status_code == 200


@pytest.mark.parametrize(("name", "method"), [
    ("bob", "get"), ("bob", "send"), ("mod", "get"), ("mod", "send")])
def test_only_its_owner_has_the_page_of_a_picture(db, dream, uploads, sign_in, name, method):
    """R14."""
    fields = {} if method == "get" else {"_files": True, "picture": sent_picture()}

    response = getattr(sign_in(name), method)(PLACES["dreams"], **fields)

    assert response.status_code == 403
    assert stored_in(uploads) == []


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("content", [b"not a picture", b"", encode(corners(), "BMP")])
def test_a_refused_picture_is_told_by_its_field(db, dream, uploads, sign_in, place, content):
    """R9, R17: nothing is lost."""
    sent = io.BytesIO(content), "a.jpg"

    response = sign_in("ada").send(PLACES[place], _files=True, picture=sent)

    assert response.status_code == 422
    assert REFUSAL in response.text.partition('id="picture-error"')[2]
    assert db.dreams.find_one({}) == dream


@pytest.mark.parametrize("place", PLACES)
def test_a_form_without_a_picture_is_refused(db, dream, sign_in, place):
    """R11."""
    response = sign_in("ada").send(PLACES[place], _files=True)

    assert response.status_code == 422
    assert "Choose a picture or skip this step." in response.text


def test_words_alone_change_the_words_of_a_picture(db, dream, uploads, sign_in):
    """R13."""
    client = sign_in("ada")
    send_picture(client, alt="A boat")
    name = picture_of(db)

    client.send(PLACES["dreams"], _files=True, alt="My boat")

    assert db.dreams.find_one({})["picture_alt"] == "My boat"
    assert stored_in(uploads) == [picture_of(db)] == [name]


def test_words_that_are_too_long_are_refused_and_stay(db, dream, uploads, sign_in):
    """R4."""
    response = send_picture(sign_in("ada"), alt="x" * 301)

    assert response.status_code == 422
    assert forms(response.text)[-1]["fields"]["alt"] == ["x" * 301]
    assert stored_in(uploads) == []


@pytest.mark.parametrize("edge", ["TemporaryFile", "SpooledTemporaryFile", "mkstemp"])
def test_an_upload_touches_no_disk(real_db, dream, uploads, sign_in, monkeypatch, edge):
    """R15: 3 MB of it."""
    def fail(*args, **kwargs):
        """Stand for a disk that nothing may be written to."""
        raise AssertionError("an upload was written to the disk")
    client, big = sign_in("ada"), encode(Image.new("RGB", (1200, 900)), "PNG", compress_level=0)
    monkeypatch.setattr(tempfile, edge, fail)
    monkeypatch.setattr(f"werkzeug.formparser.{edge}", fail, raising=False)

    response = client.send(PLACES["dreams"], _files=True, picture=(io.BytesIO(big), "me.png"))

    assert len(big) > 3_000_000
    assert response.location == DREAM


@pytest.mark.parametrize("place", PLACES)
def test_a_picture_that_is_too_large_is_told_in_the_sites_words(real_db, dream, sign_in, place):
    """R1, R17."""
    sent = io.BytesIO(bytes(11_000_000)), "me.jpg"

    response = sign_in("ada").send(PLACES[place], _files=True, picture=sent)

    assert response.status_code == 413
    assert "The limit is 10 MB." in response.text


@pytest.fixture
def others_send(monkeypatch):
    """Pictures of others take all memory until the returned function is called."""
    monkeypatch.setattr(slots, "uploads", {"other": (slots.PICTURE_MEMORY, ["everybody"])})
    monkeypatch.setattr(slots, "UPLOAD_WAIT", 0.1)
    return slots.uploads.clear


def send_large(client):
    """Send what is large and no picture."""
    sent = io.BytesIO(bytes(site.LARGE_BYTES)), "me.jpg"
    return client.send(PLACES["dreamers"], _files=True, picture=sent)


def test_a_large_request_waits_for_its_turn(real_db, sign_in, others_send):
    """R15: more of them would not fit into memory."""
    client = sign_in("ada")

    refused = send_large(client)

    others_send()
    assert (refused.status_code, send_large(client).status_code) == (429, 422)
    assert "getting a lot of pictures right now" in refused.text


def test_a_small_request_does_not_wait_for_large_ones(real_db, sign_in, others_send):
    assert sign_in("ada").send("/profile/about", bio="I build boats.").status_code == 303


def test_a_large_request_gives_its_turn_back(real_db, sign_in):
    client = sign_in("ada")

    statuses = [send_large(client).status_code for _ in range(7)]

    assert statuses == [422] * len(statuses)
    assert slots.uploads == {}


def test_a_picture_gives_its_turn_back_when_the_database_fails(db, dream, uploads, sign_in):
    client = sign_in("ada")
    data = {"csrf_token": client.token(), "picture": sent_picture()}

    with outage(2, answer_lost=False):
        client.post(PLACES["dreams"], data=data)

    assert slots.uploads == {}


def test_a_second_picture_waits_for_the_first_of_the_same_person(
        real_db, dream, uploads, sign_in, dreamer, monkeypatch):
    monkeypatch.setattr(slots, "uploads", {dreamer("ada")["_id"]: (1, ["everybody"])})
    monkeypatch.setattr(slots, "UPLOAD_WAIT", 0.1)

    refused, other = send_picture(sign_in("ada")), send_picture(sign_in("bob"), "dreamers")

    assert (refused.status_code, other.status_code) == (429, 303)
    assert "Your other picture is still uploading." in refused.text


def test_pressing_save_twice_stores_the_picture_twice_and_keeps_one(
        real_db, dream, uploads, sign_in):
    clients = [sign_in("ada"), sign_in("ada")]

    answers = run_concurrently(*(functools.partial(send_picture, client) for client in clients))

    assert [answer.location for answer in answers] == [DREAM, DREAM]
    assert stored_in(uploads) == [picture_of(real_db)]


def post_bytes(client, path, size, monkeypatch):
    """Post a body of zeros; return the answer, and how many bytes were read when it was sent."""
    body, positions = io.BytesIO(bytes(size)), []
    monkeypatch.setattr(site, "drain_request_body", lambda environ: positions.append(body.tell()))
    answer = client.post(path, input_stream=body, buffered=True, content_type=MULTIPART)
    return answer, *positions


@pytest.mark.parametrize("size", [1_000_001, 11_000_000])
@pytest.mark.parametrize("path", [PLACES["dreams"], "/login", "/nowhere"])
def test_a_large_body_of_a_visitor_is_refused_unread(
        real_db, dream, visitor, monkeypatch, path, size):
    answer, position = post_bytes(visitor, path, size, monkeypatch)

    assert (answer.status_code, position) == (413, 0)
    assert ("To send a picture, please sign in first." in answer.text) == path.endswith("/picture")
    assert "choose a smaller file" not in answer.text  # The limit is that of who is signed in.


@pytest.mark.parametrize("path", [*PLACES.values(), "/login"])
def test_a_body_of_unknown_length_is_refused(real_db, dream, sign_in, path):
    """Browsers send none, and how many there will be is known too late."""
    answer = sign_in("ada").post(path, data={"bio": "x"}, headers={"Transfer-Encoding": "chunked"})

    assert answer.status_code == 413


@pytest.mark.parametrize("path", PLACES.values())
def test_a_page_knows_how_large_a_picture_may_be(db, dream, sign_in, path):
    """R19: so that it says so before anything is sent."""
    page = sign_in("ada").get(path).text

    assert f'data-limit="{site.REQUEST_BYTES - FORM_BYTES}"' in page


def test_a_body_of_unknown_length_waits_for_no_turn(real_db, dream, sign_in, others_send):
    """A chunked body is 413 at once and isn't read; one with a Content-Length waits, then 429."""
    client, sent = sign_in("ada"), {"picture": sent_picture()}

    refused = client.post(PLACES["dreams"], data=sent, headers={"Transfer-Encoding": "chunked"})

    assert refused.status_code == 413
    assert send_picture(client).status_code == 429


@pytest.mark.parametrize(("free", "status"), [(site.LARGE_BYTES, 303), (site.LARGE_BYTES - 1, 429)])
def test_a_small_picture_waits_for_its_turn_like_any_other(
        real_db, dream, uploads, sign_in, monkeypatch, free, status):
    others = {"other": (slots.PICTURE_MEMORY - free, ["everybody"])}
    monkeypatch.setattr(slots, "uploads", others)
    monkeypatch.setattr(slots, "UPLOAD_WAIT", 0.1)

    assert send_picture(sign_in("ada")).status_code == status


@pytest.mark.parametrize(("path", "size"), [
    ("/profile/skills", 1_000_001), ("/profile/about", 9_000_000), (PLACES["dreams"], 10_000_001)])
def test_a_body_that_is_too_large_for_its_page_is_refused_unread(
        real_db, dream, sign_in, monkeypatch, path, size):
    answer, position = post_bytes(sign_in("ada"), path, size, monkeypatch)

    assert (answer.status_code, position) == (413, 0)
    assert "sign in first" not in answer.text


def test_a_body_that_was_refused_is_drained_after_the_answer(real_db, visitor):
    """Browsers show no answer while they send."""
    body = io.BytesIO(bytes(2_000_000))

    visitor.post("/login", input_stream=body, buffered=True, content_type=MULTIPART)

    assert body.tell() == 2_000_000


def test_every_page_with_a_picture_takes_large_bodies(db, dream, uploads, sign_in):
    large = encode(Image.new("RGB", (700, 700)), "PNG", compress_level=0)

    for place in PLACES:
        sent = io.BytesIO(large), "me.png"
        assert sign_in("ada").send(PLACES[place], _files=True, picture=sent).status_code == 303


def test_a_body_that_ends_early_is_a_bad_request(real_db, dream, sign_in):
    """R1: such is also what did not arrive in time."""
    answer = sign_in("ada").post(
        PLACES["dreams"], input_stream=io.BytesIO(b"--x\r\n"),
        content_type=MULTIPART,
        environ_overrides={"CONTENT_LENGTH": "2000000"})

    assert answer.status_code == 400
    assert "The upload took too long" in answer.text


@pytest.mark.parametrize("length", ["2000000", "99000000"])
def test_a_body_that_cannot_be_read_while_the_database_is_away_is_told_so(
        real_db, sign_in, length):
    """R1: 503 and no other error."""
    client = sign_in("ada")

    with outage(0):
        answer = client.post(
            PLACES["dreamers"], input_stream=io.BytesIO(b"--x\r\n"), content_type=MULTIPART,
            environ_overrides={"CONTENT_LENGTH": length})

    assert answer.status_code == 503


def test_a_body_for_a_path_that_is_too_long_is_left_unread(real_db, visitor, monkeypatch):
    path = "/" + "x" * (PATH_LENGTH + 1)

    answer, position = post_bytes(visitor, path, 2_000_000, monkeypatch)

    assert (answer.status_code, position) == (404, 0)


# Time of conversions #########################################################


@pytest.fixture
def counted(real_db, monkeypatch, uploads):
    """Limits are counted, and two conversions take the time that a person has."""
    limit = Limit(parse_rate("2 per 15 minutes"), "viewer")
    monkeypatch.setitem(LIMITS, "milliseconds of conversions", limit)
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)

    def run(data):
        """Take a little more than a millisecond."""
        time.sleep(0.0011)  # The limit counts whole milliseconds.
        return run_once(bytes(data))

    run_once(sent_picture()[0].read())
    monkeypatch.setattr("dreamscape.pictures.run_converter", run)


def test_whose_pictures_took_all_their_time_is_told_to_wait(
        real_db, counted, dream, sign_in):
    client = sign_in("ada")
    first = send_picture(client)
    send_picture(client)

    refused = send_picture(client, alt="A boat")

    assert (first.status_code, refused.status_code) == (303, 422)
    assert "try this one again in 15 minutes" in refused.text.partition('id="picture-error"')[2]
    assert forms(refused.text)[-1]["fields"]["alt"] == ["A boat"]


def test_pictures_of_one_person_take_no_time_of_another(real_db, counted, dream, sign_in):
    for _ in range(3):
        send_picture(sign_in("ada"))

    assert send_picture(sign_in("bob"), "dreamers").status_code == 303


def test_the_time_of_a_conversion_is_counted(real_db, monkeypatch):
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)

    convert_picture(encode(photo(1_200, 900), "JPEG"), "me.jpg", ID)

    assert 50 < add_use("milliseconds of conversions", str(ID), 0)[1] < 15_000


# Replacing and removing ######################################################


@pytest.mark.parametrize("place", PLACES)
def test_a_new_picture_replaces_the_old_one(db, dream, uploads, sign_in, place):
    """R20."""
    client = sign_in("ada")
    send_picture(client, place)
    old = picture_of(db, place)

    send_picture(client, place, "blue")

    assert picture_of(db, place) != old
    assert stored_in(uploads) == [picture_of(db, place)]
    assert db.leftovers.count_documents({}) == 0


@pytest.mark.parametrize("place", PLACES)
def test_a_removed_picture_is_gone(db, dream, uploads, sign_in, place):
    """R20."""
    client = sign_in("ada")
    send_picture(client, place)

    client.send(PLACES[place], _files=True, remove="1")

    assert picture_of(db, place) is None
    assert stored_in(uploads) == []
    assert not [key for key in db.dreams.find_one({}) if key.startswith("picture")]


@pytest.mark.parametrize("place", PLACES)
def test_a_new_picture_counts_more_than_the_tick_that_removes_the_old_one(
        db, dream, uploads, sign_in, place):
    """R20."""
    client = sign_in("ada")
    send_picture(client, place)
    old = picture_of(db, place)

    send_picture(client, place, "blue", remove="1")

    assert stored_in(uploads) == [picture_of(db, place)] != [old]


@pytest.mark.parametrize("value", ["missing", None, ""])
@pytest.mark.parametrize("fields", [{"remove": "1"}, {"picture": "new"}])
def test_without_an_old_picture_nothing_is_deleted(db, dream, cloud, sign_in, value, fields):
    """R20: no delete call, no error."""
    if value != "missing":
        db.dreams.update_one({}, {"$set": {"picture": value}})
    sent = {"picture": sent_picture()} if "picture" in fields else fields

    response = sign_in("ada").send(PLACES["dreams"], _files=True, **sent)

    assert response.location == DREAM
    assert [action for action, _ in cloud.requests if action == "destroy"] == []


def test_a_deleted_dream_takes_its_picture_along(db, dream, uploads, sign_in):
    """R20."""
    client = sign_in("ada")
    send_picture(client)

    client.send(f"{DREAM}/delete", confirm="1")

    assert stored_in(uploads) == []


def test_a_picture_for_a_dream_deleted_meanwhile_does_not_stay(db, dream, uploads):
    """R21, R47."""
    remove_dream(dream)

    set_picture("dreams", dream, sent_picture()[0].read(), "me.jpg", "")

    assert stored_in(uploads) == []
    assert db.leftovers.count_documents({}) == 0


def test_four_pictures_at_once_leave_one(real_db, dream, uploads):
    """R12, R20: whichever came last is shown, and no other is kept for good."""
    def send(colour):
        """Give the dream a picture."""
        data = sent_picture(colour)[0].read()
        return lambda: set_picture("dreams", dream, data, "me.jpg", "")

    run_concurrently(*map(send, ("red", "blue", "lime", "white")))
    sweep(real_db)

    assert stored_in(uploads) == [picture_of(real_db)]


def test_two_dreamers_may_both_send_me_jpg_at_once(real_db, dream, uploads, sign_in):
    """R12."""
    def send(client):
        """Send a picture as the dreamer's own."""
        return lambda: send_picture(client, "dreamers")

    run_concurrently(*map(send, (sign_in("ada"), sign_in("bob"))))

    names = [dreamer["picture"] for dreamer in real_db.dreamers.find({"picture": {"$gt": ""}})]
    assert stored_in(uploads) == sorted(names)
    assert len(names) == 2


# Stores that fail ############################################################


def sweep(database):
    """Run the sweeper as it runs when every leftover is old; return what it says."""
    past = datetime.now(UTC) - timedelta(days=1)
    database.leftovers.update_many({}, {"$set": {"due_at": past}})
    return site.app.test_cli_runner().invoke(args=["sweep-pictures"]).output


@pytest.fixture
def broken(uploads):
    """Put a file where the folder of pictures should be."""
    uploads.parent.mkdir(parents=True, exist_ok=True)
    uploads.write_text("in the way")
    return uploads


@pytest.mark.parametrize("place", PLACES)
def test_a_folder_that_fails_is_told_and_changes_nothing(db, dream, broken, sign_in, place):
    """R5, R21."""
    response = send_picture(sign_in("ada"), place)

    assert response.status_code == 422
    assert "save the picture. Nothing else was lost." in response.text
    assert picture_of(db, place) is None


def test_the_words_typed_beside_a_picture_stay_when_its_store_fails(db, dream, broken, sign_in):
    """R21."""
    response = send_picture(sign_in("ada"), alt="A boat")

    assert forms(response.text)[-1]["fields"]["alt"] == ["A boat"]


@pytest.mark.parametrize("answer_lost", [False, True])
@pytest.mark.parametrize("after", range(1, 10))
@pytest.mark.parametrize("fields", [{}, {"remove": "1"}])
def test_an_upload_interrupted_anywhere_leaves_all_consistent(
        db, dream, uploads, sign_in, fields, after, answer_lost):
    """R5, R20, R21: the dream shows a picture that is there, and nothing else is kept."""
    client = sign_in("ada")
    send_picture(client)
    data = {"csrf_token": client.token(), "picture": sent_picture("blue")} | fields
    with outage(after, answer_lost):
        client.post(PLACES["dreams"], data=data)

    sweep(db)

    assert stored_in(uploads) == [name for name in [picture_of(db)] if name]
    assert db.leftovers.count_documents({}) == 0


def test_a_sweep_says_what_it_did(db, dream, uploads, sign_in):
    """R21."""
    send_picture(sign_in("ada"))
    (uploads / "orphan-1").write_bytes(b"x")
    add_leftovers(["orphan-1", picture_of(db)])

    said = sweep(db)

    assert said == "Pictures deleted: 1, in use: 1, failed and kept for the next sweep: 0\n"
    assert stored_in(uploads) == [picture_of(db)]


def test_a_sweep_deletes_a_half_written_file(db, uploads):
    add_leftovers(["orphan-1"])
    uploads.mkdir(parents=True, exist_ok=True)
    (uploads / ".orphan-1-480").write_bytes(b"RIFF")

    sweep(db)

    assert list(uploads.iterdir()) == []


def test_a_sweep_leaves_an_upload_under_way_alone(db, uploads):
    """R21."""
    add_leftovers(["under-way-1"])

    site.app.test_cli_runner().invoke(args=["sweep-pictures"])

    assert db.leftovers.count_documents({}) == 1


# Widths ######################################################################


@pytest.fixture
def wide(uploads, dream, sign_in):
    """Ada's browser; her dream has a picture of a thousand pixels."""
    client = sign_in("ada")
    data = encode(photo(1_000, 500), "JPEG")
    client.send(PLACES["dreams"], _files=True, picture=(io.BytesIO(data), "sea.jpg"))
    return client


def offered_widths(page):
    """Return {width: address} of the srcset of a page's first picture of a dream."""
    offered = re.search(r'picture--dream"[^>]* srcset="([^"]+)"', page)[1].split(", ")
    return {int(width[:-1]): address for address, width in map(str.split, offered)}


def test_a_picture_comes_in_the_widths_that_screens_need(db, wide):
    offered = offered_widths(wide.get(DREAM).text)

    assert {width: decode(wide.get(address).data).width
            for width, address in offered.items()} == {160: 160, 480: 480, 960: 960, 1_000: 1_000}


def test_a_narrow_picture_is_not_enlarged():
    *_, width, _, smaller = convert.convert(encode(photo(200, 100), "PNG"))

    assert (width, [decode(data).size for data in smaller]) == (200, [(160, 80)])


def test_a_small_place_gets_a_small_picture(db, wide):
    whole = len(wide.get(f"/uploads/{picture_of(db)}").data)

    assert len(wide.get(f"/uploads/{picture_of(db)}-160").data) < whole / 4


def test_a_picture_goes_in_all_its_widths(db, wide, uploads):
    """R20."""
    assert len(stored_in(uploads)) == 4

    wide.send(PLACES["dreams"], _files=True, remove="1")

    assert stored_in(uploads) == []


def test_a_picture_from_before_there_were_widths_is_each_of_them(db, dream, uploads, visitor):
    site.store_picture("old-boat", (b"WebP", 1_600, 900, [b"", b"", b""]))
    for width in convert.WIDTHS:
        (uploads / f"old-boat-{width}").unlink()

    assert visitor.get("/uploads/old-boat-480").data == b"WebP"
    assert visitor.get("/uploads/old-boat-481").status_code == 404


# Cloudinary ##################################################################


@pytest.fixture
def cloud(monkeypatch, quick):
    """An account at Cloudinary, for its real SDK to talk to."""
    with CloudinaryServer() as server:
        server.set_account(monkeypatch)
        yield server


@pytest.fixture
def spoil(cloud, monkeypatch):
    """Let the account fail in some way from now on: spoil("hang"); it is not waited for long."""

    def fail(mode):
        """Answer so, and wait a second for it, where the site waits ten."""
        monkeypatch.setattr(site, "STORE_TIMEOUT", 1)
        cloud.mode = mode

    return fail


@pytest.mark.parametrize("place", PLACES)
def test_cloudinary_stores_what_was_converted_by_its_name(db, dream, cloud, sign_in, place):
    """R16, R18: the public id has no extension; its signature is accepted."""
    response = send_picture(sign_in("ada"), place)

    assert response.status_code == 303
    assert list(cloud.pictures) == [picture_of(db, place)]
    assert decode(cloud.pictures[picture_of(db, place)]).format == "WEBP"


def test_the_address_that_is_shown_displays_the_picture(db, dream, cloud, sign_in, visitor):
    """R18."""
    send_picture(sign_in("ada"))

    page = visitor.get(DREAM).text

    address = urlsplit(page.partition('class="picture picture--dream" src="')[2].partition('"')[0])
    assert (address.scheme, address.hostname) == ("https", "res.cloudinary.com")
    assert cloud.find_picture(address.path) == cloud.pictures[picture_of(db)]


def test_cloudinary_makes_the_widths_that_screens_need(db, cloud, wide, visitor):
    offered = offered_widths(visitor.get(DREAM).text)

    assert "/c_limit,w_480/" in offered[480]
    assert [*offered] == [160, 480, 960, 1_000]
    assert [*cloud.pictures] == [picture_of(db)]


def test_a_page_may_show_pictures_of_cloudinary():
    """R18."""
    assert "https://res.cloudinary.com" in site.HEADERS["Content-Security-Policy"]


def test_there_are_no_local_pictures_beside_cloudinary(db, uploads, cloud, visitor):
    uploads.mkdir(parents=True)
    (uploads / "me-1").write_bytes(b"x")

    assert visitor.get("/uploads/me-1").status_code == 404


@pytest.mark.parametrize("fields", [{"remove": "1"}, {"picture": "new"}])
def test_the_old_picture_is_deleted_by_its_full_public_id(db, dream, cloud, sign_in, fields):
    """R20."""
    client = sign_in("ada")
    send_picture(client)
    old = picture_of(db)

    sent = {"picture": sent_picture("blue")} if "picture" in fields else fields
    client.send(PLACES["dreams"], _files=True, **sent)

    assert cloud.deleted == [old]
    assert old not in cloud.pictures


def test_the_new_picture_is_stored_before_the_old_one_is_deleted(db, dream, cloud, sign_in):
    """R20."""
    client = sign_in("ada")
    for colour in ("red", "blue"):
        send_picture(client, colour=colour)

    assert [action for action, _ in cloud.requests] == ["upload", "upload", "destroy"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("mode", ["error", "garbage", "hang", "slow"])
def test_a_cloud_that_fails_is_told_and_changes_nothing(db, dream, spoil, sign_in, place, mode):
    """R21: within the time it is given."""
    client = sign_in("ada")
    send_picture(client, place)
    spoil(mode)
    old, start = picture_of(db, place), time.perf_counter()

    response = send_picture(client, place, "blue")

    assert response.status_code == 422
    assert "save the picture. Nothing else was lost." in response.text
    assert picture_of(db, place) == old
    assert time.perf_counter() - start < 9


def test_a_cloud_that_is_not_there_is_told(db, dream, cloud, sign_in):
    """R21."""
    client = sign_in("ada")
    cloud.stop()

    assert send_picture(client).status_code == 422


@pytest.mark.parametrize("mode", ["error", "garbage", "hang"])
def test_a_delete_that_failed_is_remembered_and_tried_again(
    db, dream, cloud, spoil, sign_in, mode
):
    """R21: the dream is without its picture at once."""
    client = sign_in("ada")
    send_picture(client)
    spoil(mode)
    response = client.send(PLACES["dreams"], _files=True, remove="1")
    cloud.mode = "ok"

    said = sweep(db)

    assert response.location == DREAM
    assert said.startswith("Pictures deleted: 1,")
    assert cloud.pictures == {}


def test_a_sweep_that_fails_is_tried_again(db, cloud):
    """R21."""
    add_leftovers(["orphan-1"])
    cloud.mode = "error"

    said = sweep(db)

    assert "Pictures deleted: 0, in use: 0, failed and kept for the next sweep: 1\n" in said
    assert db.leftovers.count_documents({}) == 1


def test_a_dream_is_deleted_although_the_cloud_fails(db, dream, cloud, sign_in):
    """R21."""
    client = sign_in("ada")
    send_picture(client)
    cloud.mode = "error"

    client.send(f"{DREAM}/delete", confirm="1")

    assert db.dreams.count_documents({}) == 0
    assert db.leftovers.count_documents({}) == 1


# People who are signed out, and crowds #######################################


def test_who_was_signed_out_is_led_to_the_sign_in_with_a_large_picture(db, sign_in):
    """R29."""
    bob = sign_in("bob")
    db.dreamers.update_one({}, {"$set": {"sign_ins": []}})

    answer = bob.send("/profile/picture", _files=True, picture=(io.BytesIO(bytes(2_000_000)), "x"))

    assert answer.location == "/login?next=/profile/picture"
    assert "choose your picture again" in bob.get("/login").text


def test_unconfirmed_people_have_half_of_the_memory_together(dreamer, db):
    una = dreamer("una") | {"ends_at": datetime.now(UTC) + timedelta(days=1)}

    assert slots.acquire_slot(una, 1, "127.0.0.1") == ""

    _, groups = slots.uploads[una["_id"]]
    slots.release_slot(una["_id"])
    assert groups == {"everybody": slots.PICTURE_MEMORY, "127.0.0.1": slots.PICTURE_MEMORY // 2,
                      "unconfirmed": slots.PICTURE_MEMORY // 2}


@pytest.mark.parametrize(("group", "waits"), [
    ("127.0.0.1", True), ("unconfirmed", False), ("203.0.113.7", False)])
def test_a_crowd_leaves_room_for_others(db, sign_in, monkeypatch, group, waits):
    """Of one network's pictures no more than half of the memory, nor of unconfirmed people's."""
    monkeypatch.setattr(slots, "UPLOAD_WAIT", 0.05)
    monkeypatch.setattr(slots, "uploads", {"others": (slots.PICTURE_MEMORY // 2, [group])})

    answer = sign_in("bob").send("/profile/picture", _files=True)

    assert answer.status_code == (429 if waits else 422)


def test_of_pictures_there_are_these_numbers():
    numbers = {"PICTURE_QUEUE_TIMEOUT": 15, "PICTURE_TIMEOUT": 12, "CARD_WAIT": 3,
               "CARD_VERSION": 1, "LEFTOVER_AGE": timedelta(hours=1),
               "NAME_FIELDS": ("picture", "card"),
               "PICTURES_BUSY": "We're getting a lot of pictures right now. Nothing else was lost. "
                                "Please send yours again in a minute.",
               "TOO_MANY_CONVERSIONS": "You've sent a lot of large pictures. Please try this one "
                                       "again in 15 minutes."}

    assert {name: getattr(pictures, name) for name in numbers} == numbers
    assert (pictures.conversion_semaphore._value, pictures.card_semaphore._value) == (1, 4)
