"""The site in production: the Procfile's processes behind a TLS-terminating proxy."""

import http.client
import os
import signal
import subprocess
import urllib.request
from contextlib import suppress

from support.http_browser import Browser
from support.website import ROOT, TOOLS, Website

HOST = "dreams.example.org"
ADDRESS = "203.0.113.7"  # the client address that the proxy forwards
STOP_TIMEOUT = 30  # seconds


class TlsProxy(urllib.request.HTTPSHandler):
    """A TLS-terminating proxy: takes https requests and forwards them as http."""

    def __init__(self, port):
        """Forward to a port of this machine."""
        super().__init__()
        self.port = port

    def https_open(self, request):
        """Forward a request with X-Forwarded headers, as Heroku's router does."""
        request.add_unredirected_header("X-Forwarded-Proto", "https")
        request.add_unredirected_header("X-Forwarded-For", ADDRESS)
        return self.do_open(self.connect, request)

    def connect(self, host, timeout):
        """Return a connection to the site, whatever the host name."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)


class Deployment(Website):
    """The Procfile's release and web processes under honcho, with production settings."""

    command = ("honcho", "start", "web")

    def __init__(self, mongo_uri, database_name, folder):
        """Run the release process, then serve, with the data in a folder."""
        super().__init__(mongo_uri, folder, BASE_URL=f"https://{HOST}", BEHIND_PROXY="1",
                         MONGO_DBNAME=database_name,
                         SECRET_KEY="a secret of the deployment, long enough")

    def start(self):
        """Run the release process, which creates the indexes, then serve."""
        self.released = subprocess.run(
            [TOOLS / "honcho", "start", "release"], cwd=ROOT, env=self.environ, text=True,
            capture_output=True, check=False, timeout=60)
        super().start()

    @property
    def environ(self):
        """Return the environment, with a PATH on which the Procfile's commands are found."""
        return super().environ | {"PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}

    def browser(self):
        """Return a new visitor's browser."""
        return Browser(f"https://{HOST}", TlsProxy(self.port))

    def is_healthy(self):
        """Return whether /healthz answers ok."""
        with suppress(OSError):
            return '"ok"' in self.browser().open("/healthz")
        return False

    def kill(self):
        """Send SIGTERM to honcho: its processes are in other groups, and it forwards the signal."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(STOP_TIMEOUT)
