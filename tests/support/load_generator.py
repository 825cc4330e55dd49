"""Generate load: clients that request a page in a loop, each time on a new connection."""

import socket
import threading
from contextlib import contextmanager
from time import monotonic
from typing import NamedTuple

REQUEST = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
TIMEOUT = 40  # seconds


class Sample(NamedTuple):
    """One request: when it was sent (None: no connection), when it ended, and its outcome.

    outcome: "page", "cut off", or the name of the OSError.
    """

    sent: float
    ended: float
    outcome: str


def request_page(port):
    """Request a page; return its Sample."""
    sent, answer = None, b""
    try:
        with socket.create_connection(("127.0.0.1", port), TIMEOUT) as connection:
            connection.sendall(REQUEST)
            sent = monotonic()
            while chunk := connection.recv(65_536):
                answer += chunk
    except OSError as error:
        return Sample(sent, monotonic(), type(error).__name__)
    return Sample(sent, monotonic(), "page" if answer.endswith(b"</html>") else "cut off")


@contextmanager
def generate_load(port, clients):
    """Run ``clients`` client threads until the block ends; yield the list of Samples."""
    samples, stopped = [], threading.Event()

    def run_client():
        """Request the page until stopped, or until connections are refused."""
        while not stopped.is_set():
            samples.append(request_page(port))
            if samples[-1].sent is None:
                return

    threads = [threading.Thread(target=run_client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield samples
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
