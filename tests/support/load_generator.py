"""Many clients who ask for a page again and again, each time on a connection of its own."""

import socket
import threading
from contextlib import contextmanager
from time import monotonic
from typing import NamedTuple

REQUEST = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
PATIENCE = 40  # seconds


class Asked(NamedTuple):
    """One request: when it was wholly sent (None: nobody was there), and how it ended."""

    sent: float
    ended: float
    outcome: str


def ask(port):
    """Ask for a page; "page", or how it was lost."""
    sent, answer = None, b""
    try:
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
            connection.sendall(REQUEST)
            sent = monotonic()
            while chunk := connection.recv(65_536):
                answer += chunk
    except OSError as error:
        return Asked(sent, monotonic(), type(error).__name__)
    return Asked(sent, monotonic(), "page" if answer.endswith(b"</html>") else "cut off")


@contextmanager
def load(port, clients):
    """Have so many clients ask until this is over; gives the list of what they got."""
    asked, over = [], threading.Event()

    def visit():
        """Ask until nobody is there any more."""
        while not over.is_set():
            asked.append(ask(port))
            if asked[-1].sent is None:
                return

    threads = [threading.Thread(target=visit) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield asked
    finally:
        over.set()
        for thread in threads:
            thread.join()
