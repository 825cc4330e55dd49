"""Settings: what is read, what ends the start with one line, and a database that is away."""

import importlib.metadata
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

import pymongo
import pytest
from PIL import features
from pymongo import MongoClient
from support.database import DatabaseServer
from support.fault_proxy import HOST, FaultProxy
from support.own_settings import documented_settings
from support.patches import use_database

import app as site
from dreamscape import indexes, settings
from dreamscape.indexes import (
    all_indexes_ready, build_indexes, find_missing_indexes, prepare_database,
    unique_indexes_ready,
)
from dreamscape.database import db as site_db
from dreamscape.database import connect
from dreamscape.settings import SettingError, read_settings

ROOT = Path(site.__file__).parent
HTTPS = {"BASE_URL": "https://dreams.example.org", "SECRET_KEY": "a long random text",
         "MONGO_URI": "mongodb://database.example.org"}
LOCKS = ("requirements.txt", "requirements-dev.txt")


def pins(name):
    """Return {package: version} of a file of requirements, names as indexes write them."""
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / name).read_text(), re.M)
    return {package.lower().replace("_", "-"): version for package, version in found}


PINS = pins("requirements.in") | pins("requirements-dev.in")
PLATFORM = "x86_64-manylinux_2_28"


@pytest.fixture
def read(tmp_path):
    """Read settings with a data folder of the test's own: read(NAME=value)."""
    def read(**environ):
        """Return Flask's settings."""
        return read_settings({"DATA_DIR": str(tmp_path / "data"), **environ})
    return read


# A process that has imported what the app needs of others: it reads lines of JSON, and for each
# [code, environment, folder] of a line there starts a process that runs the code as its own.
STARTER = """if True:
    import importlib, json, os, sys, tempfile
    for name in sys.argv.pop(1).split():
        importlib.import_module(name)
    def read(file):
        file.seek(0)
        return file.read().decode()
    todo = None
    while todo is None and (line := sys.stdin.readline()):
        started = []
        for code, environ, folder in json.loads(line):
            out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
            if not (process := os.fork()):
                os.environ.clear(), os.environ.update(environ), os.chdir(folder)
                os.dup2(out.fileno(), 1), os.dup2(err.fileno(), 2)
                sys.path.insert(1, environ["PYTHONPATH"])
                todo = code
                break
            started.append((process, out, err))
        if todo is None:
            ended = [(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), read(out), read(err))
                     for process, out, err in started]
            print(json.dumps(ended), flush=True)
    if todo is not None:
        exec(todo, {"__name__": "__main__"})
"""


def outer_imports():
    """Return the names of the modules of others that the app imports, with spaces between.

    Without Cloudinary's, which read the environment when they are imported.
    """
    files = [ROOT / "app.py", *(ROOT / "dreamscape").glob("*.py")]
    names = {name for path in files
             for name in re.findall(r"^(?:from|import) ([\w.]+)", path.read_text(), re.M)}
    return " ".join(sorted(name for name in names
                           if name.split(".")[0] not in ("app", "dreamscape", "cloudinary")))


@pytest.fixture(scope="module")
def starter():
    """The process of STARTER."""
    with subprocess.Popen([sys.executable, "-c", STARTER, outer_imports()], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def start_all(starter, tmp_path):
    """Run Python codes beside the app at once: start_all([(code, {NAME: value})])."""
    outside = {name: os.environ[name] for name in {*os.environ} - documented_settings()}
    outside |= {"DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}

    def start_all(starts):
        """Return how the processes ended."""
        starts = [(code, outside | environ, str(tmp_path)) for code, environ in starts]
        print(json.dumps(starts), file=starter.stdin, flush=True)
        return [subprocess.CompletedProcess([], *each)
                for each in json.loads(starter.stdout.readline())]
    return start_all


@pytest.fixture
def start(start_all):
    """Run Python code beside the app in a process of its own: start(code, NAME=value)."""
    return lambda code="import app", **environ: start_all([(code, environ)])[0]


@pytest.fixture
def start_anew(tmp_path):
    """Start the app in a new Python, which has imported nothing: start_anew(NAME=value)."""
    outside = {name: os.environ[name] for name in {*os.environ} - documented_settings()}

    def start_anew(**environ):
        """Return how the process ended."""
        given = outside | {"DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)} | environ
        return subprocess.run([sys.executable, "-c", "import app"], cwd=tmp_path, env=given,
                              timeout=60, capture_output=True, text=True, check=False)
    return start_anew


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A database server of this file's own."""
    with DatabaseServer(tmp_path_factory.mktemp("outage") / "database", durable=False) as server:
        yield server
        server.kill()


@pytest.fixture(scope="module")
def proxy(server):
    """The way to the server, which tests may close."""
    with FaultProxy(server.port) as proxy:
        yield proxy
        proxy.open()


def use_server(monkeypatch, uri, milliseconds):
    """Put the database on a server in the site's place, which waits for it so long."""
    monkeypatch.setattr("dreamscape.database.DATABASE_TIMEOUT", milliseconds)
    database = connect({"MONGO_URI": uri, "MONGO_DBNAME": "outage"})
    use_database(monkeypatch, database)
    return database


def address_of(proxy):
    """Return its URI, by which the server does not tell the driver where it really is."""
    return f"mongodb://{HOST}:{proxy.port}/?directConnection=true"


@pytest.fixture
def away(proxy, monkeypatch):
    """The way to the database in the site's place, open; a request waits one second for it."""
    proxy.open()
    database = use_server(monkeypatch, address_of(proxy), 1_000)
    yield proxy
    database.client.close()


@pytest.fixture
def gone(proxy, monkeypatch):
    """A database in the site's place that is away already; a request waits a little for it."""
    proxy.refuse()
    database = use_server(monkeypatch, address_of(proxy), 300)
    yield
    database.client.close()
    proxy.open()


# What is read ################################################################


@pytest.mark.parametrize(("name", "value"), [
    ("BASE_URL", "http://127.0.0.1:5000"), ("MONGO_URI", "mongodb://127.0.0.1:27027"),
    ("MONGO_DBNAME", "dreamscape"), ("CLOUDINARY_URL", None), ("MAIL_SERVER", None),
    ("MAIL_PORT", 25), ("MAIL_USE_TLS", False), ("MAIL_USE_SSL", False), ("MAIL_USERNAME", None),
    ("MAIL_PASSWORD", None), ("MAIL_DEFAULT_SENDER", "dreamscape@127.0.0.1"),
    ("CONTACT_EMAIL", None),
    ("SESSION_COOKIE_NAME", "session"), ("SESSION_COOKIE_SECURE", False),
    ("SESSION_COOKIE_HTTPONLY", True), ("SESSION_COOKIE_SAMESITE", "Lax")])
def test_nothing_is_needed_on_ones_own_machine(read, name, value):
    settings = read()

    assert settings[name] == value


@pytest.mark.parametrize("name", sorted(documented_settings() - {"DATA_DIR"}))
def test_an_empty_setting_is_one_that_is_not_given(read, name):
    assert read(**{name: ""}) == read()


@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_setting_leaves_the_rate_limits_on(read, value):
    assert read(RATELIMIT_ENABLED=value)["RATELIMIT_ENABLED"] is True


def test_the_port_is_part_of_the_default_address(read):
    assert read(PORT="8080")["BASE_URL"] == "http://127.0.0.1:8080"


@pytest.mark.parametrize("url", ["https://dreams.example.org", "https://dreams.example.org/",
                                 "https://dreams.example.org//"])
def test_a_base_url_may_end_in_a_slash(read, url):
    """R36."""
    assert read(**HTTPS | {"BASE_URL": url})["BASE_URL"] == "https://dreams.example.org"


IDN = "https://xn--trume-hra.example"


@pytest.mark.parametrize(("url", "expected"), [
    ("https://träume.example", IDN), ("https://TRÄUME.Example", IDN),
    ("https://tra\u0308ume.example", IDN), ("https://träume.example./", IDN),
    ("https://träume。example", IDN), ("https://träume.example。", IDN),
    ("https://träume.example:443", IDN), ("https://träume.example:8443/", f"{IDN}:8443"),
    ("HTTPS://XN--TRUME-HRA.example", IDN), ("https://faß.example", "https://xn--fa-hia.example"),
    ("https://ドメイン.テスト", "https://xn--eckwd4c7c.xn--zckzah"),
    ("https://Träume.example/Träume/", f"{IDN}/Tr%C3%A4ume"),
    ("https://موقع.example", "https://xn--4gbrim.example")])
def test_an_international_domain_is_kept_in_punycode(read, url, expected):
    assert read(**HTTPS | {"BASE_URL": url})["BASE_URL"] == expected


@pytest.mark.parametrize(("url", "expected"), [
    ("https://Dreams.Example.ORG.", "https://dreams.example.org"),
    ("https://dreams.example.org:443/", "https://dreams.example.org"),
    ("http://dreams.example.org:80", "http://dreams.example.org"),
    ("http://dreams.example.org:443", "http://dreams.example.org:443"),
    ("http://[0:0::1]:5000", "http://[::1]:5000"), ("http://192.168.1.7:80", "http://192.168.1.7"),
    ("https://r3---sn.example.org", "https://r3---sn.example.org"),
    ("https://xn--ls8h.example", "https://xn--ls8h.example")])
def test_a_base_url_is_kept_as_browsers_write_an_origin(read, url, expected):
    """Such names are refused by IDNA 2008, and answered by browsers."""
    assert read(**HTTPS | {"BASE_URL": url})["BASE_URL"] == expected


def test_mail_of_an_international_domain_comes_from_its_punycode(read):
    settings = read(**HTTPS | {"BASE_URL": "https://Träume.example"})

    assert settings["MAIL_DEFAULT_SENDER"] == "dreamscape@xn--trume-hra.example"


@pytest.mark.parametrize("url", ["https://träume.example", "http://[::1]:5000", "HTTP://LocalHost."])
def test_every_page_is_answered_under_the_host_of_the_base_url(start, url):
    """And links in mail lead there."""
    code = """if True:
        from urllib.parse import urlsplit
        import app
        link = app.absolute_url(app.cached_url("robots"))
        host = {"Host": urlsplit(link).netloc}
        print(link, app.app.test_client().get("/robots.txt", headers=host).status_code)"""
    link, status = start(code, **HTTPS | {"BASE_URL": url}).stdout.splitlines()[-1].split()

    assert link.isascii() and link == link.lower()
    assert status == "200"


@pytest.mark.parametrize(("environ", "port"), [
    ({}, 25), ({"MAIL_USE_TLS": "1"}, 587), ({"MAIL_USE_SSL": "1"}, 465),
    ({"MAIL_USE_TLS": "1", "MAIL_PORT": "2525"}, 2525)])
def test_the_mail_port_follows_the_encryption(read, environ, port):
    assert read(MAIL_SERVER="mail.example.org", **environ)["MAIL_PORT"] == port


@pytest.mark.parametrize(("word", "value"), [
    ("1", True), ("true", True), ("YES", True), (" on ", True),
    ("0", False), ("false", False), ("No", False), ("off", False)])
def test_a_switch_is_read_by_its_meaning(read, word, value):
    assert read(MAIL_SERVER="mail.example.org", MAIL_USE_TLS=word)["MAIL_USE_TLS"] is value


def test_mail_comes_from_the_sites_own_host(read):
    assert read(**HTTPS)["MAIL_DEFAULT_SENDER"] == "dreamscape@dreams.example.org"


@pytest.mark.parametrize(("name", "value"), [
    ("SESSION_COOKIE_NAME", "__Host-session"), ("SESSION_COOKIE_SECURE", True),
    ("SESSION_COOKIE_HTTPONLY", True), ("SESSION_COOKIE_SAMESITE", "Lax")])
@pytest.mark.parametrize("url", ["https://dreams.example.org", "HTTPS://dreams.example.org",
                                 " https://dreams.example.org"])
def test_a_cookie_on_https_is_bound_to_it(read, name, value, url):
    """R32."""
    assert read(**HTTPS | {"BASE_URL": url})[name] == value


@pytest.mark.parametrize(("environ", "contact"), [
    ({"CONTACT_EMAIL": " Help@Example.org "}, "Help@example.org"),
    ({"CONTACT_EMAIL": "help@bücher.example"}, "help@bücher.example"),
    ({"MAIL_SERVER": "mail"}, "dreamscape@127.0.0.1"),
    ({"MAIL_SERVER": "mail", "MAIL_DEFAULT_SENDER": "Dreams <d@localhost>"}, "d@localhost"),
    ({"MAIL_SERVER": "mail", "CONTACT_EMAIL": "help@example.org"}, "help@example.org"),
    ({"CONTACT_EMAIL": " "}, None)])
def test_the_contact_is_by_default_who_mail_comes_from(read, environ, contact):
    """R59."""
    assert read(**environ)["CONTACT_EMAIL"] == contact


# What is refused #############################################################


REFUSED = [
    ({"BASE_URL": "dreams.example.org"}, "BASE_URL"),
    ({"BASE_URL": "ftp://dreams.example.org"}, "BASE_URL"),
    ({"BASE_URL": "https://"}, "BASE_URL"),
    ({"BASE_URL": "https://[::1"}, "BASE_URL"),
    ({"BASE_URL": "https://dreams.example.org/?a=b"}, "BASE_URL"),
    ({"BASE_URL": "http://127.0.0.1:port"}, "BASE_URL"),
    *(({"BASE_URL": url}, "BASE_URL") for url in (
        "https://dreams.example.org:0", "https://dreams.example.org:99999", "https://a b.example",
        "https://dreams..example.org", "https://under_score.example", "https://*.example.org",
        "https://😀.example", "https://-ä.example", f"https://{'a' * 64}.example", "https://.",
        f"https://{'a.' * 127}example", "https:dreams", "träume",
        "https://ada@dreams.example.org", "https://[::1%eth0]", "https://\u200b",
        "//example.org",
        "javascript:alert(1)", "https://dreams.example.org#top", "https://dreams\\.example")),
    ({"PORT": "eighty"}, "PORT"),
    ({"CLOUDINARY_URL": "https://res.cloudinary.com"}, "CLOUDINARY_URL"),
    ({"PORT": "9" * 5_000}, "PORT"),
    ({"CLOUDINARY_URL": "cloudinary://key@cloud"}, "CLOUDINARY_URL"),
    ({"CLOUDINARY_URL": "cloudinary://<your_api_key>:<your_api_secret>@cloud"}, "CLOUDINARY_URL"),
    ({"CLOUDINARY_URL": "cloudinary://key:secret@my cloud"}, "CLOUDINARY_URL"),
    ({"MONGO_URI": "mongodb+srv://ada:<db_password>@cluster.mongodb.net"}, "MONGO_URI"),
    ({"MONGO_URI": "mongodb+srv://<username>:secret@cluster.mongodb.net"}, "MONGO_URI"),
    ({"MONGO_DBNAME": "d" * 64}, "MONGO_DBNAME"),
    ({"MONGO_DBNAME": "ä" * 32}, "MONGO_DBNAME"),
    ({"MAIL_PORT": "25"}, "MAIL_SERVER"),
    ({"MAIL_USERNAME": "dreams"}, "MAIL_SERVER"),
    ({"MAIL_DEFAULT_SENDER": "dreams@example.org"}, "MAIL_SERVER"),
    ({"MAIL_SERVER": "mail", "MAIL_USERNAME": "dreams"}, "MAIL_PASSWORD"),
    ({"MAIL_SERVER": "mail", "MAIL_PASSWORD": "secret"}, "MAIL_USERNAME"),
    ({"MAIL_SERVER": "mail", "MAIL_USE_TLS": "1", "MAIL_USE_SSL": "1"}, "both"),
    ({"MAIL_SERVER": "mail", "MAIL_USE_TLS": "maybe"}, "MAIL_USE_TLS"),
    ({"MAIL_SERVER": "mail", "MAIL_USE_SSL": "2"}, "MAIL_USE_SSL"),
    *(({"CONTACT_EMAIL": contact}, "CONTACT_EMAIL")
      for contact in ("nobody", "a@", "a@b@example.org", "https://a.example", "a@b.example\nc")),
    *(({"MAIL_SERVER": "mail", "MAIL_PORT": port}, "MAIL_PORT")
      for port in ("0", "65536", "-1", "25.0", "smtp", "²", " 25")),
    (HTTPS | {"SECRET_KEY": ""}, "SECRET_KEY must be set"),
    (HTTPS | {"MONGO_URI": ""}, "MONGO_URI must be set"),
    ({"BASE_URL": "https://dreams.example.org"}, "SECRET_KEY and MONGO_URI must be set"),
    ({"BASE_URL": "HTTPS://dreams.example.org"}, "SECRET_KEY and MONGO_URI must be set"),
    *(({"MAIL_SERVER": server}, "MAIL_SERVER") for server in (
        "smtp.example.org:587", "smtp://smtp.example.org", "smtp.example.org/", "smtp example.org",
        " smtp.example.org", "smtp.example.org\n", "ada@smtp.example.org", "[::1]:25", "[::1]", ":",
        "smtp..example.org", ".", "smtp.example.org, mail.example.org", f"{'a' * 64}.example")),
    *(({"MAIL_SERVER": "mail", "MAIL_DEFAULT_SENDER": sender}, "MAIL_DEFAULT_SENDER")
      for sender in ("Dreamscape", "@example.org", "dreams@", "dreams@a b.example", "Dreams, all "
                     "<dreams@example.org>", "Dreamscape dreams@example.org", "dreams@exa..mple",
                     "dreams@example.org\nBcc: all@example.org", "<>", "dreams@@example.org",
                     "https://example.org", "dreams at example.org")),
]
# Encryption that doesn't go with a port, or a password without it.
LOGIN = {"MAIL_USERNAME": "dreams", "MAIL_PASSWORD": "tell-nobody"}
UNENCRYPTED = [
    ({"MAIL_PORT": "465"}, "MAIL_USE_SSL=1"), ({"MAIL_PORT": "0465"}, "MAIL_USE_SSL=1"),
    ({"MAIL_PORT": "465", "MAIL_USE_TLS": "1"}, "MAIL_USE_SSL=1"),
    ({"MAIL_PORT": "587", "MAIL_USE_SSL": "1"}, "MAIL_USE_TLS=1"),
    ({"MAIL_PORT": "25", "MAIL_USE_SSL": "1"}, "MAIL_USE_TLS=1"),
    (LOGIN, "MAIL_PASSWORD"), (LOGIN | {"MAIL_PORT": "587"}, "MAIL_PASSWORD"),
    (LOGIN | {"MAIL_SERVER": "mail"}, "MAIL_PASSWORD"),
    (LOGIN | {"MAIL_SERVER": "192.168.1.7"}, "MAIL_PASSWORD"),
    (LOGIN | {"MAIL_SERVER": "localhost.example.org"}, "MAIL_PASSWORD"),
]
REFUSED += [({"MAIL_SERVER": "smtp.example.org"} | wrong, told) for wrong, told in UNENCRYPTED]


@pytest.mark.parametrize(("environ", "told"), REFUSED)
def test_a_wrong_setting_is_refused_with_one_line(read, environ, told):
    with pytest.raises(SettingError) as refused:
        read(**environ)

    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


STARTTLS, SSL = {"MAIL_USE_TLS": "1"}, {"MAIL_USE_SSL": "1"}


@pytest.mark.parametrize(("server", "environ"), [
    ("smtp.gmail.com", LOGIN | STARTTLS | {"MAIL_PORT": "587"}),
    ("smtp.gmail.com", LOGIN | SSL | {"MAIL_PORT": "465"}),
    ("smtp.gmail.com", LOGIN | STARTTLS), ("smtp.gmail.com", LOGIN | SSL),
    ("smtp.sendgrid.net", LOGIN | STARTTLS | {"MAIL_USERNAME": "apikey"}),
    ("smtp.mailgun.org", LOGIN | STARTTLS | {"MAIL_PORT": "2525"}),
    ("email-smtp.eu-west-1.amazonaws.com", LOGIN | SSL | {"MAIL_PORT": "2465"}),
    ("smtp.office365.com", LOGIN | STARTTLS | {"MAIL_PORT": "587"}),
    ("smtp.postmarkapp.com", LOGIN | STARTTLS | {"MAIL_PORT": "25"}),
    ("sandbox.smtp.mailtrap.io", LOGIN | {"MAIL_PORT": "2525"}),
    ("127.0.0.1", {"MAIL_PORT": "1025"}), ("localhost", {"MAIL_PORT": "1025"} | LOGIN),
    ("mailpit", {"MAIL_PORT": "1025"}), ("my_mail_1", {}), ("smtp-relay.gmail.com", STARTTLS),
    ("mail.example.org", {}), ("mail.example.org", {"MAIL_PORT": "25"}), ("::1", LOGIN),
    ("127.0.0.53", LOGIN), ("Localhost.", LOGIN), ("192.168.1.7", {"MAIL_PORT": "587"})])
def test_mail_settings_that_work_are_taken(read, server, environ):
    settings = read(MAIL_SERVER=server, **environ)

    assert settings["MAIL_SERVER"] == server.lower().removesuffix(".")


def test_a_mail_server_may_have_an_international_name(read):
    assert read(MAIL_SERVER="smtp.faß.example")["MAIL_SERVER"] == "smtp.xn--fa-hia.example"


@pytest.mark.parametrize("sender", [
    "dreams@example.org", "Dreamscape <dreams@example.org>", '"Dreams, all" <dreams@example.org>',
    "Dr. Dream <dr.dream+x@example.org>", "Träume <dreams@xn--trume-hra.example>",
    "dreams@localhost", "dreams@dreams.local", "dreams@127.0.0.1",
    "<dreams@example.org>", "jürgen@example.org"])
def test_a_sender_that_is_an_address_is_taken_as_it_is(read, sender):
    settings = read(MAIL_SERVER="mail.example.org", MAIL_DEFAULT_SENDER=sender)

    assert settings["MAIL_DEFAULT_SENDER"] == sender


def test_a_sender_at_an_international_domain_is_kept_in_punycode(read):
    """By IDNA 2008: Flask-Mail would write fass.example."""
    settings = read(MAIL_SERVER="mail", MAIL_DEFAULT_SENDER="Faß <faß@faß.example>")

    assert settings["MAIL_DEFAULT_SENDER"] == "Faß <faß@xn--fa-hia.example>"


@pytest.mark.parametrize(("name", "value"), [
    ("CLOUDINARY_URL", "cloudinary://123456789012345:aB-_c@my-cloud"),
    ("CLOUDINARY_URL", "cloudinary://123:abc@cloud/private.example.org?secure=true"),
    ("MONGO_URI", "mongodb+srv://ada:a<b>c@cluster.mongodb.net/?retryWrites=true"),
    ("MONGO_DBNAME", "d" * 63), ("MONGO_DBNAME", "Träume_2-x")])
def test_a_store_that_can_be_is_taken(read, name, value):
    assert read(**{name: value})[name] == value


@pytest.mark.parametrize("hidden", [
    {"MAIL_PASSWORD": "tell-nobody"}, LOGIN | {"MAIL_SERVER": "a"},
    {"CLOUDINARY_URL": "tell-nobody"},
    {"CLOUDINARY_URL": "cloudinary://<key>:tell-nobody@cloud"},
    {"MONGO_URI": "mongodb://<user>:tell-nobody@cluster.mongodb.net"},
    {"MAIL_SERVER": "smtp://dreams:tell-nobody@smtp.example.org"},
    {"BASE_URL": "https://ada:tell-nobody@dreams.example.org"}])
def test_a_refusal_tells_no_secret(read, hidden):
    with pytest.raises(SettingError) as refused:
        read(**hidden)

    assert "tell-nobody" not in str(refused.value)


WRONG = [
    ("BASE_URL", "dreams.example.org"), ("BASE_URL", "https://dreams.example.org"),
    ("DATA_DIR", __file__), ("MAIL_USE_TLS", "maybe"), ("CLOUDINARY_URL", "nothing"),
    ("MONGO_URI", "http://127.0.0.1"), ("MONGO_URI", "mongodb://"), ("MONGO_URI", "mongodb://a:b:c@d"),
    ("MONGO_URI", "mongodb://127.0.0.1:port"),
    ("MONGO_URI", "mongodb://127.0.0.1/?tls=true&tlsCAFile=/nowhere"), ("MONGO_DBNAME", "a b"),
    ("MAIL_SERVER", "smtp.example.org:587"), ("BASE_URL", "https://😀.example"),
    ("MONGO_DBNAME", "d" * 64)]


def test_a_wrong_setting_ends_the_start_with_one_line(start_all, start_anew):
    """R2: and with the code that makes gunicorn give up."""
    processes = start_all([("import app", {name: value}) for name, value in WRONG])

    for (name, value), ended in zip([*WRONG, WRONG[0]],
                                    [*processes, start_anew(**dict(WRONG[:1]))], strict=True):
        line = rf"Dreamscape cannot start: .*{name}.*\n"
        assert re.fullmatch(line, ended.stderr), (name, value, ended.stderr)
        assert ended.returncode == 3, (name, value)


def test_a_right_setting_lets_the_app_start(start, start_anew):
    """Not vacuous: the same processes start with good settings, and say nothing."""
    for begin in (start, start_anew):
        ended = begin(**HTTPS, MAIL_SERVER="smtp.gmail.com", MAIL_USE_TLS="1", **LOGIN)

        assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")


# What is kept in the data folder #############################################


def test_the_data_folder_is_made(read, tmp_path):
    """R8."""
    settings = read(DATA_DIR=str(tmp_path / "deep" / "down"))

    assert (tmp_path / "deep" / "down").is_dir()
    assert settings["UPLOADS"] == tmp_path / "deep" / "down" / "uploads"


def test_a_data_folder_may_be_there_already(read, tmp_path):
    """R8."""
    read(DATA_DIR=str(tmp_path))

    assert read(DATA_DIR=str(tmp_path))["UPLOADS"] == tmp_path / "uploads"


def test_a_data_folder_that_cannot_be_made_is_refused(read, tmp_path):
    """R8."""
    (tmp_path / "file").touch()

    with pytest.raises(SettingError, match="DATA_DIR"):
        read(DATA_DIR=str(tmp_path / "file" / "data"))


def test_a_secret_key_that_cannot_be_read_is_refused(read, tmp_path):
    (tmp_path / "secret_key").mkdir()

    with pytest.raises(SettingError, match="DATA_DIR"):
        read(DATA_DIR=str(tmp_path))


def test_a_data_folder_that_takes_no_file_is_refused(read):
    with pytest.raises(SettingError, match="DATA_DIR"):
        read(DATA_DIR="/proc", SECRET_KEY="given, so that none is kept there")


def test_the_secret_key_is_kept(read):
    first = read()["SECRET_KEY"]

    assert read()["SECRET_KEY"] == first
    assert len(first) >= 32


def test_every_data_folder_has_a_secret_key_of_its_own(read, tmp_path):
    assert read()["SECRET_KEY"] != read(DATA_DIR=str(tmp_path / "other"))["SECRET_KEY"]


def test_the_kept_secret_key_is_nobody_elses_to_read(read, tmp_path):
    read()

    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600


def test_a_secret_key_that_is_given_is_not_kept(read, tmp_path):
    read(SECRET_KEY="given")

    assert not (tmp_path / "data" / "secret_key").exists()


def test_readers_that_come_together_get_one_secret_key(read, tmp_path):
    with ThreadPoolExecutor(16) as pool:
        keys = {settings["SECRET_KEY"] for settings in pool.map(lambda _: read(), range(16))}

    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]


def test_processes_that_start_together_share_a_secret_key(start_all):
    code = "import app; print(app.app.secret_key)"
    keys = {ended.stdout for ended in start_all([(code, {})] * 4)}

    assert len(keys) == 1 and keys.isdisjoint({"", "\n", "None\n"})


# Where settings come from ####################################################

SHOW = "from dreamscape.settings import settings; print(settings['MONGO_DBNAME'])"


def test_the_example_of_settings_can_be_copied_as_it_is(start, tmp_path):
    (tmp_path / "env.py").write_text((ROOT / "env.example.py").read_text())

    assert start(SHOW).stdout == "dreamscape\n"


def test_the_example_of_settings_can_be_filled_in(start, tmp_path):
    example = (ROOT / "env.example.py").read_text()
    (tmp_path / "env.py").write_text(example.replace('"dreamscape"', '"filled_in"'))

    assert start(SHOW).stdout == "filled_in\n"


def test_the_example_explains_every_setting():
    named = re.findall(r'^ +"([A-Z_]+)":', (ROOT / "env.example.py").read_text(), re.M)

    assert sorted(named) == sorted(documented_settings())


def test_every_setting_that_is_read_is_told():
    code = "".join((ROOT / name).read_text() for name in (
        "app.py", "dreamscape/settings.py", "gunicorn.conf.py"))
    reading = r"""(?:(?<!request\.)\benviron\.get\(|environ, )["']([A-Z_]+)["']"""
    read = re.findall(reading, code)
    by_kind = {"MAIL_USE_TLS", "MAIL_USE_SSL"}  # read by one line

    assert {*read} - {"GUNICORN_CMD_ARGS"} | by_kind == documented_settings()


def test_a_dotenv_file_may_hold_settings(start, tmp_path):
    (tmp_path / ".env").write_text("MONGO_DBNAME=from_dotenv\n")

    assert start(SHOW).stdout == "from_dotenv\n"


def test_a_dotenv_file_of_another_folder_is_not_read(start, tmp_path):
    (tmp_path.parent / ".env").write_text("MONGO_DBNAME=of_another_project\n")

    assert start(SHOW).stdout == "dreamscape\n"


def test_tests_take_no_setting_from_the_developers_files(tmp_path):
    """They name a real picture store and mail server, perhaps."""
    given = {name: "1025" if name in ("MAIL_PORT", "REQUEST_MEGABYTES") else "1" for name in
             documented_settings() - {"PORT", "WEB_CONCURRENCY"}}
    given |= {"CLOUDINARY_URL": "cloudinary://key:secret@real", "MAIL_SERVER": "smtp.example.org"}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    code = ("import conftest; shown = repr({**conftest.site.settings}); "
            "print(shown.replace(str(conftest.HOME), 'HOME'))")
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests")))

    shown = [subprocess.run([sys.executable, "-c", code], cwd=folder, text=True, check=True,
                            env=os.environ | {"PYTHONPATH": paths}, capture_output=True).stdout
             for folder in (tmp_path, tmp_path.parent)]

    assert shown[0] == shown[1]


@pytest.mark.parametrize("name", [".env", "env.py"])
def test_an_environment_variable_takes_precedence(start, tmp_path, name):
    example = (ROOT / "env.example.py").read_text().replace('"dreamscape"', '"inside"')
    (tmp_path / name).write_text(example if name == "env.py" else "MONGO_DBNAME=inside\n")

    assert start(SHOW, MONGO_DBNAME="outside").stdout == "outside\n"


# The database is away ########################################################


@pytest.mark.parametrize("path", ["/", "/healthz"])
def test_an_outage_is_told_within_seconds_and_the_site_recovers_by_itself(away, visitor, path):
    """R2: people read when to come back, and a monitor learns of it."""
    away.refuse()
    begin = monotonic()

    answer = visitor.get(path)

    assert monotonic() - begin < 20
    assert answer.status_code == 503
    if path == "/":
        assert answer.headers["Retry-After"] == "10"
        assert "be right back" in answer.text
    else:
        assert answer.json != {"status": "ok"}

    away.open()

    assert visitor.get(path).status_code == 200


def test_what_was_typed_during_an_outage_is_shown(gone, visitor):
    """R5."""
    with visitor.session_transaction() as session:
        session.update(dreamer_id="0" * 24, sign_in="x")

    answer = visitor.post("/dreambuilder", data={"title": "Sail around the world"})

    assert answer.status_code == 503
    assert "Sail around the world" in answer.text


def test_a_password_typed_during_an_outage_is_not_shown(gone, visitor):
    """R5: nor is it kept anywhere."""
    token = visitor.token()

    answer = visitor.post("/login", data={"csrf_token": token, "email": "ada@example.com",
                                          "password": "tell-nobody"})

    assert answer.status_code == 503
    assert "tell-nobody" not in answer.text


def test_an_outage_signs_nobody_out(away, visitor, password_hash):
    """R2."""
    site_db.dreamers.insert_one({"email": "ada@example.com", "password": password_hash})
    visitor.send("/login", email="ada@example.com", password="correct horse battery")
    away.refuse()
    assert visitor.get("/dreams").status_code == 503

    away.open()

    assert visitor.get("/dreams").status_code == 200


def test_a_static_file_needs_no_database(gone, visitor):
    assert visitor.get("/static/img/logo.svg").status_code == 200


@pytest.mark.usefixtures("knows_no_index")
def test_a_worker_that_finds_no_database_says_so_and_starts(gone, caplog):
    """R2."""
    prepare_database()

    assert "The database in MONGO_URI cannot be used" in caplog.text


@pytest.fixture
def knows_no_index(monkeypatch):
    """This process knows of no index yet, and tries again at once; its thread ends with it."""
    monkeypatch.setattr("dreamscape.indexes.index_build_lock", threading.Lock())
    monkeypatch.setattr("dreamscape.indexes.INDEX_RETRY_DELAY", 0.1)
    unique_indexes_ready.clear(), all_indexes_ready.clear()
    yield
    unique_indexes_ready.set(), all_indexes_ready.set()


@pytest.mark.usefixtures("knows_no_index")
def test_a_worker_that_starts_makes_the_indexes(away):
    prepare_database()

    assert indexes.all_indexes_ready.wait(20)
    assert "email_1" in site_db.dreamers.index_information()
    assert "words_1__id_-1" in site_db.dreams.index_information()


@pytest.mark.usefixtures("knows_no_index")
def test_a_request_to_a_worker_that_started_without_a_database_makes_the_indexes(away, visitor):
    """R2."""
    assert visitor.get("/login").status_code == 200

    assert indexes.all_indexes_ready.wait(20)
    assert "email_1" in site_db.dreamers.index_information()


@pytest.fixture
def slow_index(knows_no_index, server, monkeypatch):
    """A database of which an index takes seconds to make, longer than any call of a page may."""
    site_database = use_server(monkeypatch, server.uri, 500)
    with MongoClient(server.uri) as client:
        database = client["outage"]
        database.audit.drop()
        keys = [*range(1_000)]
        database.audit.insert_many([{"target_id": keys} for _ in range(1_500)])
        yield database
        # Which ends the build, too; then the thread has nothing left to wait for.
        database.audit.drop()
        build_indexes()
    site_database.client.close()


def wait_until(is_true):
    """Return whether something comes true within a minute."""
    deadline = monotonic() + 60
    while not is_true() and monotonic() < deadline:
        sleep(0.02)
    return is_true()


def test_pages_are_served_while_an_index_that_decides_nothing_is_made(slow_index, visitor):
    """A monitor learns what is missing; it is made however long it takes, and not begun anew."""
    status = visitor.get("/login").status_code
    assert (status, indexes.all_indexes_ready.is_set()) == (200, False)

    build, = [each for each in threading.enumerate() if "build_indexes" in each.name]
    assert build.daemon, "a worker that makes indexes could not stop"

    health = visitor.get("/healthz")
    assert (health.status_code, health.json["status"]) == (200, "ok")
    assert "audit.target_id_1__id_-1" in health.json["missing_indexes"]
    assert "dreamers.email_1" not in health.json["missing_indexes"]

    assert indexes.all_indexes_ready.wait(60)
    assert "target_id_1__id_-1" in slow_index.audit.index_information()
    assert visitor.get("/healthz").json == {"status": "ok"}


def test_an_index_goes_on_being_made_when_its_worker_dies(slow_index, server):
    code = ("import pymongo; from dreamscape.indexes import add_indexes\n"
            "with pymongo.timeout(60): add_indexes()")
    environ = {"MONGO_URI": server.uri, "MONGO_DBNAME": "outage"}
    with subprocess.Popen([sys.executable, "-c", code], env=os.environ | environ) as worker:
        assert wait_until(lambda: "target_id_1__id_-1" in slow_index.audit.index_information())
        worker.kill()

    with pymongo.timeout(60):  # a busy server may not answer in the half second of slow_index
        assert "audit.target_id_1__id_-1" in find_missing_indexes()
        assert wait_until(lambda: "audit.target_id_1__id_-1" not in find_missing_indexes())


@pytest.mark.usefixtures("knows_no_index")
def test_no_page_is_shown_before_what_decides_uniqueness_is_there(
        away, server, visitor, monkeypatch):
    monkeypatch.setattr("dreamscape.indexes.DATABASE_TIMEOUT", 300)
    with MongoClient(server.uri) as client:
        dreamers = client["outage"].dreamers
        dreamers.drop()
        dreamers.insert_many([{"email": "ada@example.com"}, {"email": "ada@example.com"}])

        assert visitor.get("/login").status_code == 503

        dreamers.drop()
    assert indexes.all_indexes_ready.wait(20)
    assert visitor.get("/login").status_code == 200


def test_a_monitor_learns_that_all_is_well(db, visitor):
    answer = visitor.get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


# What is installed ###########################################################


def test_the_installed_pillow_writes_webp():
    """R22."""
    assert features.check("webp")


def test_a_pillow_without_webp_ends_the_start_with_one_line(start):
    """R22."""
    ended = start("from PIL import features; features.check = lambda name: False; import app")

    assert re.fullmatch(r"Dreamscape cannot start: .*WebP.*\n", ended.stderr)
    assert ended.returncode == 3


@pytest.mark.parametrize("name", PINS)
def test_what_is_pinned_is_installed(name):
    """R22."""
    assert importlib.metadata.version(name) == PINS[name]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_the_hashes_of_its_files(lock):
    """R22: those of requirements by other requirements, too."""
    lines = (ROOT / lock).read_text().replace(" \\\n    --hash", " --hash").splitlines()

    entry = r"[\w.-]+==[\w.]+( ; [^#]+?)?( --hash=sha256:[0-9a-f]{64})+"
    assert [line for line in lines if not re.fullmatch(rf"#.*|{entry}", line)] == []
    assert len(lines) > 20


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_asked_for_is_locked(lock):
    """After a change, make pins."""
    asked = pins(lock.replace(".txt", ".in"))

    assert asked
    assert asked.items() <= pins(lock).items()


def test_tests_run_with_what_is_deployed():
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("word", ["://", "-index", "--find-links", " @ ", "--no-"])
def test_no_lock_says_where_packages_come_from(lock, word):
    assert word not in (ROOT / lock).read_text()


def find_wheels(python, target):
    """Look for a wheel of every requirement for a Python on Linux; return how that ended."""
    command = [shutil.which("uv", path=Path(sys.executable).parent), "pip", "install", "--dry-run",
               "--no-deps", "--only-binary=:all:", f"--python-platform={PLATFORM}",
               f"--python-version={python}", f"--target={target}",
               f"--requirements={ROOT / 'requirements.txt'}"]
    # A signal ended uv once, not its result.
    ended = (subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
             for _ in range(3))
    return next(each for each in ended if each.returncode >= 0)


def test_every_requirement_has_a_wheel_for_the_python_of_the_runtime(tmp_path):
    """R22: so nothing is built from source on the host, without libwebp."""
    python = re.match(r"python-(\d+\.\d+)\.\d+\s*$", (ROOT / "runtime.txt").read_text())[1]

    ended = find_wheels(python, tmp_path)

    assert ended.returncode == 0, ended.stderr


def test_a_python_without_wheels_would_be_noticed(tmp_path):
    """Not vacuous: no Pillow was ever built for this one."""
    ended = find_wheels("3.99", tmp_path)

    assert "building from source is disabled" in ended.stderr


def test_the_settings_have_these_bounds():
    constants = {
        "SESSION_LIFETIME": timedelta(days=30), "REQUEST_MEGABYTES": 10, "STATIC_MAX_AGE": 3_600,
        "LOCAL_MONGO_URI": "mongodb://127.0.0.1:27027", "DBNAME_BYTES": 63,
        "LOOPBACK": ("127.0.0.1", "localhost", "[::1]"),
        "DEFAULT_PORTS": {"http": 80, "https": 443}, "COMPRESSED_TYPES": (
            "text/html", "text/css", "text/javascript", "image/svg+xml", "application/json",
            "application/manifest+json", "application/atom+xml", "application/xml"),
        "BOOLEANS": {"1": True, "true": True, "yes": True, "on": True, "": False, "0": False,
                     "false": False, "no": False, "off": False}}

    assert {name: getattr(settings, name) for name in constants} == constants
