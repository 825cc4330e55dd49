"""The site on a real gunicorn with two workers."""
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from support.database import pick_port
from support.own_settings import ROOT

TOOLS = Path(sys.executable).parent  # where this Python's console scripts are
START_TIMEOUT = 30  # seconds


class Website:
    """A gunicorn with two workers on a database.

    log_path: its standard output; errors_path: its standard error.
    command: the console script that serves it, with its arguments.
    """

    command = ("gunicorn", "app:app")

    def __init__(self, mongo_uri, folder, **settings):
        """Start it, with its data and logs in a folder."""
        self.port = pick_port()
        self.log_path, self.errors_path = folder / "site.log", folder / "site.errors"
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = {"MONGO_URI": mongo_uri, "DATA_DIR": str(folder), "PORT": str(self.port),
                         "WEB_CONCURRENCY": "2", **settings}
        self.start()

    def start(self):
        """Start it and wait until it is healthy; if not, raise RuntimeError with its output."""
        with self.log_path.open("a") as log, self.errors_path.open("a") as errors:
            self.process = subprocess.Popen(
                [TOOLS / self.command[0], *self.command[1:]], cwd=ROOT, stdout=log,
                stderr=errors, env=self.environ, start_new_session=True)
        deadline = time.monotonic() + START_TIMEOUT
        while not self.is_healthy():
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.1)
            if time.monotonic() > deadline or self.process.returncode is not None:
                self.__exit__()
                raise RuntimeError(f"The site did not start:\n{self.output}")

    @property
    def environ(self):
        """Return the environment of its processes."""
        return os.environ | self.settings

    @property
    def output(self):
        """Return its standard output and standard error so far."""
        return self.log_path.read_text() + self.errors_path.read_text()

    def is_healthy(self):
        """Return whether /healthz answers 200."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as response:
                return response.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def kill(self):
        """Send SIGKILL to all its processes."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def __enter__(self):
        """Return the running site."""
        return self

    def __exit__(self, *error):
        """Kill it if it still runs."""
        if self.process.poll() is None:
            self.kill()
