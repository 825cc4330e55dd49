"""Slow clients: they send the start of a request, then one byte a second (Slowloris)."""

import socket
import threading
from contextlib import contextmanager, suppress

HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = (b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=")
PAUSE = 1  # second


@contextmanager
def slow_clients(port, heads, bodies):
    """Open connections that never finish their headers, and others their bodies.

    Yields the list of connections that the server has not closed.
    """
    with slow_connections(port, [HEAD] * heads + [BODY] * bodies) as clients:
        yield clients


@contextmanager
def slow_connections(port, starts):
    """Open a connection for each start of a request; yield the list of those still open."""
    clients = [open_connection(port, start) for start in starts]
    stopped = threading.Event()
    feeder = threading.Thread(target=send_bytes, args=(clients, stopped))
    feeder.start()
    try:
        yield clients
    finally:
        stopped.set()
        feeder.join()
        for client in clients:
            client.close()


def start_of_upload(browser=None, size=2_000_000):
    """Return the start of a large picture upload, with a browser's cookies if given."""
    cookies = "; ".join(f"{each.name}={each.value}" for each in browser.cookies) if browser else ""
    return (f"POST /profile/picture HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {size}\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n"
            f"Cookie: {cookies}\r\n\r\n--x\r\n").encode()


def open_connection(port, start):
    """Return a connection on which the start of a request has been sent."""
    client = socket.create_connection(("127.0.0.1", port), timeout=10)
    client.sendall(start)
    return client


def send_bytes(clients, stopped):
    """Send one byte a second on each connection until stopped; remove closed ones."""
    while not stopped.wait(PAUSE):
        for client in list(clients):
            try:
                client.sendall(b"x")
            except OSError:
                clients.remove(client)
                with suppress(OSError):
                    client.close()
