"""The helpers of the tests work: servers store what they get, checks find what they should."""

import io
import re
import smtplib
import socket
import urllib.error
import urllib.request
from contextlib import ExitStack, suppress
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace

import cloudinary
import pytest
from cloudinary import uploader
from cloudinary.exceptions import AuthorizationRequired, BadRequest, Error, GeneralError
from conftest import pytest_collection
from PIL import Image
from pymongo import MongoClient
from support import lighthouse
from support.cloudinary_server import HASH_BY_SIGNATURE_LENGTH, CloudinaryServer
from support.database import DatabaseServer
from support.html_checker import check_page, forms
from support.smtp_server import MailServer, hang_port

BROWSER_TESTS = Path(__file__).with_name("browser")

# Collection ##################################################################


@pytest.mark.parametrize("error", [SyntaxError, ModuleNotFoundError, pytest.skip.Exception])
def test_a_broken_test_file_is_left_to_pytest_which_reports_it(monkeypatch, pytestconfig, error):
    imported = []

    def import_broken(name):
        """Import a file in vain."""
        imported.append(name)
        raise error

    monkeypatch.setattr("importlib.import_module", import_broken)
    config = SimpleNamespace(workerinput={"workerid": "gw0", "workercount": 1}, args=["tests"],
                             getini=pytestconfig.getini)

    pytest_collection(SimpleNamespace(config=config))

    assert {"test_support", "browser.test_scripts"} <= {*imported}


# Database ####################################################################


@pytest.fixture
def database(tmp_path):
    """Give a database of the test's own."""
    with DatabaseServer(tmp_path / "data") as database:
        yield database


def insert(database, document):
    """Insert a document and return once the server has acknowledged it."""
    with MongoClient(database.uri) as client:
        client.test.things.insert_one(document)


def find_all(database):
    """Return all documents without their ids."""
    with MongoClient(database.uri) as client:
        return list(client.test.things.find({}, {"_id": 0}))


def test_acknowledged_writes_survive_a_kill_of_the_database(database):
    """It starts again on the same port; once it is stopped, it refuses connections."""
    port = database.port
    insert(database, {"name": "ada"})

    database.kill()
    database.start()

    assert find_all(database) == [{"name": "ada"}]
    assert database.port == port

    database.stop()

    assert database.port == port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", database.port), timeout=1)


def test_a_database_that_cannot_start_shows_its_log(tmp_path):
    (tmp_path / "data" / "WiredTiger.lock").mkdir(parents=True)

    with pytest.raises(RuntimeError, match=r"WiredTiger\.lock"):
        DatabaseServer(tmp_path / "data")


# Mail ########################################################################


@pytest.fixture
def mail_server():
    """A mail server that accepts everything."""
    with MailServer() as server:
        yield server


def send_mail(server, login=None, **headers):
    """Send a mail to bob over SMTP."""
    message = EmailMessage()
    message["From"], message["To"] = "ada@example.org", "bob@example.org"
    message["Subject"] = headers.get("subject", "Hello")
    message.set_content("Dear Bob")
    with smtplib.SMTP(server.host, server.port, timeout=5) as client:
        if login:
            client.login(*login)
        client.send_message(message, to_addrs=headers.get("to", ["bob@example.org"]))


def test_the_mail_server_stores_a_mail(mail_server):
    send_mail(mail_server, subject="Grüße")

    [message] = mail_server.wait_for(1)

    assert message["subject"] == "Grüße"
    assert message.get_content() == "Dear Bob\n"


def test_the_mail_server_stores_the_envelope(mail_server):
    send_mail(mail_server, to=["hidden@example.org"])

    [message] = mail_server.wait_for(1)

    assert message.recipients == ["hidden@example.org"]
    assert message.sender == "ada@example.org"


def test_a_mail_server_that_stops_closes_connections_that_it_has_not_greeted():
    server = MailServer()
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection((server.host, server.port), 5))
                   for _ in range(20)]

        server.stop()

        for client in clients:
            with suppress(ConnectionResetError):
                while client.recv(1_000):
                    pass


def test_waiting_for_a_mail_that_does_not_come_fails(mail_server):
    send_mail(mail_server, subject="The only one")

    with pytest.raises(AssertionError, match=r"2 mails, got 1: .*The only one"):
        mail_server.wait_for(2, timeout=0.1)


def test_a_refusing_mail_server_stores_nothing(mail_server):
    mail_server.refuse = True

    with pytest.raises(smtplib.SMTPDataError, match="451"):
        send_mail(mail_server)

    assert mail_server.messages == []


def test_a_mail_server_with_a_login_accepts_mail_from_its_user():
    with MailServer("ada", "right") as server:
        send_mail(server, login=("ada", "right"))

        assert len(server.wait_for(1)) == 1


def test_a_mail_server_with_a_login_refuses_a_wrong_password():
    with MailServer("ada", "right") as server, pytest.raises(smtplib.SMTPAuthenticationError):
        send_mail(server, login=("ada", "wrong"))


def test_a_mail_server_with_a_login_refuses_mail_without_it():
    with MailServer("ada", "right") as server, pytest.raises(smtplib.SMTPDataError, match="530"):
        send_mail(server)


def test_a_hanging_port_accepts_a_connection_and_never_responds():
    with hang_port() as port, pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        smtplib.SMTP("127.0.0.1", port, timeout=0.2)


# Cloudinary ##################################################################


@pytest.fixture
def cloud():
    """A Cloudinary account for one test."""
    with CloudinaryServer() as server:
        yield server


def make_picture(image_format="WEBP"):
    """Return the bytes of a picture 3 pixels wide and 2 high."""
    file = io.BytesIO()
    Image.new("RGB", (3, 2), "teal").save(file, image_format)
    return file.getvalue()


def upload(cloud, picture=None, **options):
    """Upload a picture with the real SDK and return what it returns."""
    options = {**cloud.config, "public_id": "dreams/sea", "timeout": 5, **options}
    return uploader.upload(picture or make_picture(), **options)


def test_an_upload_is_stored_unchanged(cloud):
    picture = make_picture()

    upload(cloud, picture)

    assert cloud.pictures == {"dreams/sea": picture}


def test_an_upload_returns_the_format_and_size_of_the_picture(cloud):
    answer = upload(cloud)

    assert (answer["public_id"], answer["format"]) == ("dreams/sea", "webp")
    assert (answer["width"], answer["height"]) == (3, 2)
    assert answer["bytes"] == len(make_picture())


def test_a_jpeg_is_called_jpg_as_cloudinary_does(cloud):
    answer = upload(cloud, make_picture("JPEG"))

    assert answer["format"] == "jpg"
    assert answer["secure_url"].endswith("/dreams/sea.jpg")


def test_an_uploaded_picture_is_delivered(cloud):
    address = upload(cloud)["secure_url"]

    with urllib.request.urlopen(address, timeout=5) as response:
        assert response.headers["Content-Type"] == "image/webp"
        assert response.read() == make_picture()


@pytest.mark.parametrize(
    "path",
    ["dreams/image/upload/sea.webp", "dreams/image/upload/v1/dreams/seal", "dreams/sea"],
)
def test_an_unknown_picture_is_not_delivered(cloud, path):
    upload(cloud)

    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{cloud.prefix}/{path}", timeout=5)


def test_a_call_is_recorded_with_its_params(cloud):
    upload(cloud, tags=["sea", "sky"])

    [(action, params)] = cloud.requests

    assert action == "upload"
    assert params["tags"] == "sea,sky"


def test_an_upload_signed_with_a_wrong_secret_is_refused(cloud):
    with pytest.raises(AuthorizationRequired, match="Invalid Signature"):
        upload(cloud, api_secret="wrong")

    assert cloud.pictures == {}


def test_a_deletion_signed_with_a_wrong_secret_is_refused(cloud):
    upload(cloud)

    with pytest.raises(AuthorizationRequired, match="Invalid Signature"):
        uploader.destroy("dreams/sea", **{**cloud.config, "api_secret": "wrong"})

    assert "dreams/sea" in cloud.pictures


def test_a_call_with_another_key_is_refused(cloud):
    with pytest.raises(AuthorizationRequired, match="Unknown API key"):
        upload(cloud, api_key="999")


def test_a_call_to_another_cloud_is_refused(cloud):
    with pytest.raises(Error, match="Unknown address"):
        upload(cloud, cloud_name="others")


def test_a_call_that_was_signed_long_ago_is_refused(cloud, monkeypatch):
    monkeypatch.setattr("cloudinary.utils.now", lambda: "1700000000")

    with pytest.raises(AuthorizationRequired, match="Stale request"):
        upload(cloud)


def test_a_sha256_signature_is_accepted(cloud):
    upload(cloud, signature_algorithm="sha256")

    signature = cloud.requests[0][1]["signature"]
    assert HASH_BY_SIGNATURE_LENGTH[len(signature)] == "sha256"
    assert "dreams/sea" in cloud.pictures


def test_an_ampersand_in_a_param_is_signed_escaped(cloud):
    upload(cloud, context={"alt": "R&D"})

    assert cloud.requests[0][1]["context"] == "alt=R&D"


def test_an_ampersand_signed_without_its_escape_is_refused(cloud):
    with pytest.raises(AuthorizationRequired):
        upload(cloud, context={"alt": "R&D"}, signature_version=1)


@pytest.mark.parametrize("picture", [b"no picture", make_picture()[:-20]])
def test_a_file_that_is_no_picture_is_refused(cloud, picture):
    with pytest.raises(BadRequest, match="Invalid image file"):
        upload(cloud, picture)


@pytest.mark.parametrize("public_id", ["C++", "a&b", "/sea", "sea "])
def test_a_public_id_that_cloudinary_forbids_is_refused(cloud, public_id):
    with pytest.raises(BadRequest, match=r"public_id .* is invalid"):
        upload(cloud, public_id=public_id)


def test_a_destroyed_picture_is_deleted(cloud):
    upload(cloud)

    answer = uploader.destroy("dreams/sea", **cloud.config)

    assert answer == {"result": "ok"}
    assert (cloud.pictures, cloud.deleted) == ({}, ["dreams/sea"])


def test_destroying_a_picture_twice_says_not_found(cloud):
    answer = uploader.destroy("dreams/sea", **cloud.config)

    assert answer == {"result": "not found"}
    assert cloud.deleted == []


def test_the_url_configures_the_sdk_for_the_server(cloud, monkeypatch):
    monkeypatch.delenv("CLOUDINARY_CLOUD_NAME", raising=False)
    monkeypatch.setenv("CLOUDINARY_URL", cloud.url)

    config = cloudinary.Config()

    assert {name: getattr(config, name) for name in cloud.config} == cloud.config


def test_an_error_of_the_server_reaches_the_sdk(cloud):
    cloud.mode = "error"

    with pytest.raises(GeneralError, match="Internal server error"):
        upload(cloud)


def test_garbage_of_the_server_reaches_the_sdk(cloud):
    cloud.mode = "garbage"

    with pytest.raises(Error, match="Error parsing server response"):
        upload(cloud)


def test_a_hanging_server_does_not_answer(cloud):
    cloud.mode = "hang"

    with pytest.raises(Error, match="ReadTimeoutError"):
        upload(cloud, timeout=0.2)


def test_a_server_that_hung_works_again(cloud):
    cloud.mode = "hang"
    with pytest.raises(Error):
        upload(cloud, timeout=0.2)

    cloud.mode = "ok"

    assert upload(cloud)["public_id"] == "dreams/sea"


def test_a_mode_that_does_not_exist_is_an_error(cloud):
    with pytest.raises(ValueError, match="hung"):
        cloud.mode = "hung"


# Pages #######################################################################

VALID_PAGE = """<!doctype html>
<html lang="en">
<head><title>Dreams</title><link rel="stylesheet" href="/static/app.css"></head>
<body>
<a href="#main">Skip to the dreams</a>
<main id="main">
<h1>Dreams</h1>
<p>All of them.</p>
<ul><li>Sea</li></ul>
<img src="sea.webp" alt="The sea" width="3" height="2">
<svg viewBox="0 0 2 2"><title>Star</title><path d="M0 0h2"/></svg>
<form method="post" action="/dreams">
<input type="hidden" name="csrf_token" value="abc">
<label for="name">Name</label>
<input id="name" name="name" list="names" aria-describedby="hint">
<p id="hint">As you like.</p>
<datalist id="names"><option value="Ada"></option></datalist>
<label>Kind <select name="kind"><option>Small</option></select></label>
<textarea name="text" aria-label="Text"></textarea>
<button>Save</button>
</form>
</main>
<script src="/static/app.js" type="module"></script>
</body>
</html>
"""

# (Valid markup, its broken replacement, a pattern of the fault).
FAULTS = [
    ("<!doctype html>\n", "", "line 1: .*DOCTYPE"),
    ("<p>All of them.</p>", "<p><div>All</div></p>", "line 8: .*end tag.*<p><div>All"),
    (
        "<p>All of them.</p>",
        '<p class="a" class="b">All</p>',
        "line 8: Dropped duplicate attribute",
    ),
    ("of them.</p>", "of them.", "line 8: <p> is not closed"),
    ("<li>Sea</li>", "<li>Sea", "line 9: <li> is not closed"),
    ("<li>Sea</li>", "<li>Sea</li></em>", "line 9: </em> closes nothing"),
    ("<option>Small</option>", "<option>Small", "<option> is not closed"),
    ("</html>", "", "<html> is not closed"),
    ("<p>All of them.</p>", "<div/>", "<div/> does not close <div>"),
    ("<p>All of them.</p>", "<form><p>All</p></form><form>", "<form> is not closed"),
    ("<button>Save</button>", "<button> <svg></svg></button>", "no words: <button"),
    ("Skip to the dreams", "", 'no words: <a href="#main"'),
    ("<h1>Dreams</h1>", "<h1></h1>", "no words: <h1"),
    ("<button>Save</button>", "<form><button>Save</button></form>", "<form> inside <form>"),
    ("<li>Sea</li>", '<li><a href="/"><a href="/">Sea</a></a></li>', "<a> inside <a>"),
    ("<li>Sea</li>", '<li><a href="/"><button>Sea</button></a></li>', "<button> inside <a href"),
    ("<ul><li>Sea</li></ul>", '<p id="hint">Two</p>', 'id="hint" is there 2 times'),
    ('<main id="main">', '<main id="the main">', 'id="the main" .* has spaces'),
    ('href="#main"', 'href="#maine"', 'href="maine" points to no id'),
    ('for="name"', 'for="names-of"', 'for="names-of" points to no id'),
    ('list="names"', 'list="other"', 'list="other" points to no id'),
    ('describedby="hint"', 'describedby="hint error"', 'describedby="error" points to no id'),
    ('aria-label="Text"', 'aria-labelledby="gone"', 'labelledby="gone" points to no id'),
    ("<h1>Dreams</h1>", "", "one h1, not \\[\\]"),
    ("<p>All of them.</p>", "<h1>More</h1>", "one h1, not .*More"),
    ("<title>Dreams</title>", "", "one title"),
    ("<title>Dreams</title>", "<title> </title>", "one title"),
    (' lang="en"', "", "html has no lang"),
    (' alt="The sea"', "", "no alt: <img"),
    (' width="3"', "", "no width in pixels: <img"),
    (' height="2"', ' height="auto"', "no height in pixels: <img"),
    ('<label for="name">Name</label>', "", 'no label: <input id="name"'),
    ('<label for="name">Name</label>', '<label for="name"></label>', 'no label: <input id="name"'),
    ("Kind <select", "<select", "no label: <select"),
    (' aria-label="Text"', ' aria-label=" "', "no label: <textarea"),
    (' aria-label="Text"', ' placeholder="Text"', "no label: <textarea"),
    ('name="csrf_token"', 'name="token"', "no csrf_token: <form"),
    ('value="abc"', 'value=""', "no csrf_token: <form"),
    ('<input id="name"', '<input id="name" aria-invalid="true"', "no link leads to this error"),
    ("<ul>", '<ul style="color: red">', "inline style: <ul"),
    ("</head>", "<style>p {}</style></head>", "inline style: <style"),
    ("<ul>", '<ul onclick="go()">', "inline handler: <ul"),
    ('href="#main"', 'href="javascript:go()"', "inline handler: <a"),
    ("</main>", "</main><script>go()</script>", "inline script: <script"),
]


def test_a_valid_page_has_no_faults():
    assert check_page(VALID_PAGE) == []


@pytest.mark.parametrize(("valid", "broken", "message"), FAULTS)
def test_a_fault_of_a_page_is_found(valid, broken, message):
    page = VALID_PAGE.replace(valid, broken, 1)

    faults = "\n".join(check_page(page))

    assert page != VALID_PAGE
    assert re.search(message, faults), faults


@pytest.mark.parametrize(
    "extra",
    [
        '<script type="application/json">{"a": 1}</script>',
        '<a href="#">Up</a>',
        '<a href="#" aria-label="Up"><svg></svg></a>',
        '<p aria-hidden="true"><a href="#" tabindex="-1"></a></p>',
        '<a href="#top">Up</a>',
        '<label><input type="hidden" name="sea"><input type="checkbox" name="sea"> Sea</label>',
        '<label><input name="face"><img src="a" alt="Joy" width="1" height="1"></label>',
        '<details><summary>More</summary><button type="button">Copy</button></details>',
        "<table><thead><tr><th>Sea</th></tr></thead><tbody><tr><td>Blue</td></tr></tbody></table>",
        '<form role="search"><input name="q" aria-labelledby="hint"></form>',
        '<form method="post"><input type="hidden" name="csrf_token" value="a"></form>',
    ],
)
def test_valid_markup_is_no_fault(extra):
    assert check_page(VALID_PAGE.replace("<ul>", f"{extra}<ul>")) == []


# Forms #######################################################################


def fields(markup):
    """Return the fields of a form with this markup."""
    [form] = forms(f"<!doctype html><title>Form</title><form>{markup}</form>")
    return form["fields"]


def test_a_form_is_parsed_with_action_method_and_enctype():
    html = '<form action="/dreams" method="POST" enctype="multipart/form-data"></form>'

    assert forms(html) == [
        {"action": "/dreams", "method": "post", "enctype": "multipart/form-data", "fields": {}}
    ]


def test_a_form_without_attributes_is_sent_to_its_page_by_get():
    [form] = forms("<form></form>")

    assert (form["action"], form["method"]) == ("", "get")
    assert form["enctype"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("markup", "sent"),
    [
        ('<input name="a" value="x &amp; y">', ["x & y"]),
        ('<input name="a">', [""]),
        ('<input name="a" value="one&#10;two">', ["onetwo"]),
        ('<input type="hidden" name="a" value="one&#10;two">', ["one\r\ntwo"]),
        ('<input type="checkbox" name="a" checked>', ["on"]),
        ('<input type="checkbox" name="a" value="x" checked>', ["x"]),
        ('<input type="radio" name="a" value="x"><input type="radio" name="a" checked>', ["on"]),
        ('<input name="a" value="x"><input name="a" value="y">', ["x", "y"]),
        ('<textarea name="a">\none\ntwo</textarea>', ["one\r\ntwo"]),
        ('<textarea name="a">\n\none</textarea>', ["\r\none"]),
        ('<textarea name="a">one\n\n</textarea>', ["one\r\n\r\n"]),
        ('<textarea name="a"> &lt;b&gt; </textarea>', [" <b> "]),
        ('<select name="a"><option>x<option>y</select>', ["x"]),
        ('<select name="a"><option>x<option value="z" selected>y</select>', ["z"]),
        ('<select name="a"><option disabled>x<option>y</select>', ["y"]),
        ('<select name="a" multiple><option selected>x<option selected>y</select>', ["x", "y"]),
        ('<fieldset disabled><legend><input name="a"></legend></fieldset>', [""]),
    ],
)
def test_a_control_is_sent_as_a_browser_sends_it(markup, sent):
    assert fields(markup) == {"a": sent}


@pytest.mark.parametrize(
    "markup",
    [
        '<input value="x">',
        '<input name="a" value="x" disabled>',
        '<input type="checkbox" name="a">',
        '<input type="radio" name="a">',
        '<input type="file" name="a">',
        '<input type="submit" name="a" value="x">',
        '<button name="a" value="x">Save</button>',
        '<select name="a" multiple><option>x</select>',
        '<select name="a" size="3"><option>x</select>',
        '<select name="a"><option selected disabled>x<option>y</select>',
        '<select name="a"><optgroup label="x" disabled><option selected>x</optgroup></select>',
        '<fieldset disabled><input name="a" value="x"></fieldset>',
        '<template><input name="a" value="x"></template>',
        '<input name="a" value="x" form="other">',
    ],
)
def test_a_control_that_browsers_do_not_send_is_left_out(markup):
    assert fields(markup) == {}


def test_a_control_outside_a_form_is_sent_with_the_form_it_names():
    [form] = forms('<form id="f"></form><input form="f" name="a" value="x">')

    assert form["fields"] == {"a": ["x"]}


def test_a_form_in_a_template_element_is_ignored():
    assert forms("<template><form></form></template>") == []


# Pages of the browser ########################################################


def test_what_listens_to_a_page_or_steers_it_ends_with_its_test():
    """Pages go from one test to the next, but for those of test_pages.py."""
    texts = {path.name: path.read_text("utf-8") for path in BROWSER_TESTS.glob("test_*.py")}
    lasting = re.compile(r"\.on\(|new_cdp_session|add_init_script|set_offline|expose_\w+\(")

    assert {name for name, text in texts.items() if lasting.search(text)} == {"test_pages.py"}


# Audit #######################################################################


@pytest.mark.parametrize("path", lighthouse.PUBLIC.values())
def test_a_public_page_of_the_audit_needs_no_sign_in(db, visitor, path):
    assert visitor.get(path).status_code == 200


@pytest.mark.parametrize("path", lighthouse.SIGNED_IN.values())
def test_a_page_that_the_audit_signs_in_for_is_shown(db, ada, path):
    assert ada.get(path).status_code == 200


def test_the_audit_of_vulnerabilities_fails_where_it_could_not_look():
    """Without --strict it finds none in packages that its database does not know, and succeeds."""
    makefile = Path(__file__).parents[1].joinpath("Makefile").read_text()

    assert "pip-audit --strict " in makefile
