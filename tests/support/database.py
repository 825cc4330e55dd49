"""Run a real database server for tests, on files of its own: the same as `make run` starts."""

import atexit
import random
import re
import subprocess
from contextlib import suppress
from pathlib import Path
from time import monotonic
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import PyMongoError

import dev_database

HOST = dev_database.HOST
START_SECONDS = 60
STOP_SECONDS = 20
POLL_SECONDS = 0.05
PING_MILLISECONDS = 1000
LOG_TAIL_CHARACTERS = 3000
CACHE_GIGABYTES = 0.25  # the least that mongod takes
MAX_SOCKET_PATH = 80  # characters; Linux takes 107 with the name of the socket
# Below the kernel's ephemeral ports: no client gets the port of a server between two starts.
PORTS = range(20_000, 30_000)


def pick_port():
    """Return a port of this machine on which no process listens now."""
    return next(port for port in iter(lambda: random.choice(PORTS), None)
                if dev_database.is_free(port))


class ServerProcess:
    """A database server in a process of its own, which is started on creation.

    It can be stopped or killed, and started again with the same port and files.
    """

    def __init__(self, storage_path, durable=True):
        """Start a server on a free port that keeps its files in ``storage_path``.

        durable: whether a write is on the disk before it is acknowledged.
        """
        self.storage_path = Path(storage_path).resolve()
        self.log_path = self.storage_path.with_name(f"{self.storage_path.name}.log")
        self._port, self._durable = None, durable
        self._process = None
        # For a test run that ends without calling stop().
        atexit.register(self.kill)
        self.start()

    def __enter__(self):
        """Return the running server."""
        return self

    def __exit__(self, *error):
        """Stop the server."""
        self.stop()

    @property
    def port(self):
        """Return the server's port, which stays the same when it is started again."""
        return self._port

    @property
    def uri(self):
        """Return the server's address without a database: ``mongodb://127.0.0.1:27017``."""
        return f"mongodb://{HOST}:{self.port}"

    @property
    def local_uri(self):
        """Return the address that is the fastest for a client on this machine."""
        return self.uri

    @property
    def is_running(self):
        """Return True while the server's process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self):
        """Start the server unless it runs, and return once it answers.

        Raises RuntimeError, with the end of its log, if it doesn't.
        """
        if self.is_running:
            return
        self._launch()
        deadline = monotonic() + START_SECONDS
        while not self._answers():
            if not self.is_running or monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the database did not start; its log ends:\n{self._log_tail()}")
            # Returns early if the process dies meanwhile.
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(POLL_SECONDS)

    def stop(self):
        """Send SIGTERM to the server, and SIGKILL after STOP_SECONDS."""
        if self.is_running:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self.kill()

    def kill(self):
        """Send SIGKILL to the server: it can't write anything more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_SECONDS)

    def _launch(self):
        """Start the process with an empty log, on the same port as before, if any."""
        self.storage_path.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # SecantusDB would read a secantusd.toml of the directory it starts in.
                cwd=self.storage_path,
            )

    def _log_tail(self):
        """Return the end of what the server has logged since it was last started."""
        return self.log_path.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:]


class MongoServer(ServerProcess):
    """A mongod, as a replica set of one member."""

    def _command(self):
        """Return the command that starts it."""
        self._port = self._port or pick_port()
        return dev_database.mongod_command(
            self.storage_path, self._port, CACHE_GIGABYTES, socket_folder=self._socket_folder)

    @property
    def _socket_folder(self):
        """Return the folder for the server's Unix socket, None if its path would be too long."""
        folder = self.storage_path.parent
        return folder if len(str(folder)) < MAX_SOCKET_PATH else None

    @property
    def local_uri(self):
        """Return the address of its Unix socket: a round trip takes a quarter of that by TCP.

        directConnection: the replica set's configuration names only the TCP port.
        """
        if not self._socket_folder:
            return self.uri
        path = quote(f"{self._socket_folder}/mongodb-{self.port}.sock", safe="")
        return f"mongodb://{path}/?directConnection=true"

    def _answers(self):
        """Return True once it answers and accepts writes."""
        return dev_database.is_ready(self._port, self._durable)

    def _log_tail(self):
        """Return the errors in its log, which aren't at its end."""
        return dev_database.read_errors(self.log_path)


class SecantusServer(ServerProcess):
    """A SecantusDB, if no mongod runs on this machine."""

    @property
    def uri(self):
        """Return the server's address; writes are retried only if they are durable.

        For each retryable write, SecantusDB scans all those of the last half-hour.
        """
        return super().uri + "/?retryWrites=false" * (not self._durable)

    def _command(self):
        """Return the command that starts it."""
        return [*dev_database.secantus_command(self.storage_path, self._port or 0, self._durable),
                "--log-level", "INFO"]

    def _answers(self):
        """Return True once the server has logged its port and answers a ping there."""
        # The server picks the free port itself, so no other process can take it in between.
        listening = re.search(rf"listening on {re.escape(HOST)}:(\d+)", self._log_tail())
        if listening is None:
            return False
        self._port = int(listening[1])
        try:
            with MongoClient(self.uri, serverSelectionTimeoutMS=PING_MILLISECONDS) as client:
                client.admin.command("ping")
        except PyMongoError:
            return False
        return True


DatabaseServer = MongoServer if dev_database.find_mongod() else SecantusServer


class GivenServer:
    """A server that runs already; at the end only the databases of this test run are dropped."""

    def __init__(self, uri, prefix):
        """Set the address, and the prefix of the names of this run's databases."""
        self.uri = self.local_uri = uri
        self._prefix = prefix

    def __enter__(self):
        """Return the server."""
        return self

    def __exit__(self, *error):
        """Drop the databases of this run."""
        with MongoClient(self.uri) as client:
            for name in client.list_database_names():
                if name.startswith(self._prefix):
                    client.drop_database(name)
