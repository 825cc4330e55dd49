"""Run the project's real database server on files of a test's own."""

import atexit
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic

from pymongo import MongoClient
from pymongo.errors import PyMongoError

HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 20
POLL_SECONDS = 0.05
PING_MILLISECONDS = 1000
LOG_TAIL_CHARACTERS = 3000


class EmbeddedDatabase:
    """A database server in a process of its own, running as soon as it is made.

    It can be stopped or killed, and started again with the same port and files.
    """

    def __init__(self, storage_path, durable=True):
        """Start a server on a free port that keeps its files in ``storage_path``.

        durable: whether a write is on the disk before it is acknowledged, and retried by
        drivers; neither is for speed: at each write the server walks through all those of the
        last half-hour that might be retried.
        """
        self.storage_path = Path(storage_path).resolve()
        self.log_path = self.storage_path.with_name(f"{self.storage_path.name}.log")
        self._port, self._durable = None, durable
        self._process = None
        # Ends the server of a run that leaves without coming to stop().
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
        """Return the server's port, the same for its whole life."""
        return self._port

    @property
    def uri(self):
        """Return the server's address without a database: ``mongodb://127.0.0.1:27017``."""
        return f"mongodb://{HOST}:{self.port}" + "/?retryWrites=false" * (not self._durable)

    @property
    def is_running(self):
        """Return True while the server's process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self):
        """Start the server unless it runs, and return once it answers.

        Raises RuntimeError with the end of its log when it does not.
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
        """Ask the server to end, and kill it if it does not in time."""
        if self.is_running:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self.kill()

    def kill(self):
        """End the server without a chance to write anything more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_SECONDS)

    def _launch(self):
        """Start the process with an empty log, on the port it had if it had one."""
        self.storage_path.mkdir(parents=True, exist_ok=True)
        command = [
            str(Path(sys.executable).with_name("secantusd-py")),
            *("--host", HOST, "--port", str(self._port or 0), "--log-level", "INFO"),
            *("--storage-path", str(self.storage_path)),
            *(["--sync-on-commit"] if self._durable else []),
        ]
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # The server would read a secantusd.toml of the directory it starts in.
                cwd=self.storage_path,
            )

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

    def _log_tail(self):
        """Return the end of what the server has logged since it was last started."""
        return self.log_path.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:]
