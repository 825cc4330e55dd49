"""Clients on a slow line: they send a few bytes of a request, and one more each second."""

import socket
import threading
from contextlib import contextmanager, suppress

HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = (b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=")
PAUSE = 1  # second


@contextmanager
def slow_clients(port, heads, bodies):
    """Keep so many clients who never come to the end of their heads, and of their bodies.

    Gives the list of those that the server has not hung up on.
    """
    with slow_senders(port, [HEAD] * heads + [BODY] * bodies) as clients:
        yield clients


@contextmanager
def slow_senders(port, starts):
    """Keep a client for each start of a request; gives the list of those not hung up on."""
    clients = [begin(port, start) for start in starts]
    over = threading.Event()
    feeder = threading.Thread(target=feed, args=(clients, over))
    feeder.start()
    try:
        yield clients
    finally:
        over.set()
        feeder.join()
        for client in clients:
            client.close()


def picture_start(browser=None, size=2_000_000):
    """Return the start of a request that sends a large picture, by a browser or a visitor."""
    cookies = "; ".join(f"{each.name}={each.value}" for each in browser.cookies) if browser else ""
    return (f"POST /profile/picture HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {size}\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n"
            f"Cookie: {cookies}\r\n\r\n--x\r\n").encode()


def begin(port, start):
    """Return the connection of a client who has sent the start of a request."""
    client = socket.create_connection(("127.0.0.1", port), timeout=10)
    client.sendall(start)
    return client


def feed(clients, over):
    """Send one more byte of each request a second, until it is over."""
    while not over.wait(PAUSE):
        for client in list(clients):
            try:
                client.sendall(b"x")
            except OSError:
                clients.remove(client)
                with suppress(OSError):
                    client.close()
