"""A TCP proxy that simulates faults: refused connections, hangs, lost responses."""

import socket
import threading
from contextlib import suppress
from time import sleep

HOST = "127.0.0.1"


class FaultProxy:
    """A port that forwards to another port, with faults on demand.

    lost_answers: how many responses drop_answers has dropped so far.
    """

    def __init__(self, port):
        """Start to forward to a port of this machine."""
        self.target_port, self.pairs, self.lost_answers = port, set(), 0
        self.pattern, self.answers_to_drop, self.hanging = None, 0, threading.Event()
        self.port, self.listener = 0, None
        self.open()

    def __enter__(self):
        """Return the running proxy."""
        return self

    def __exit__(self, *error):
        """Close the port and every connection."""
        self.refuse()

    def open(self):
        """Forward normally, from now on or again."""
        self.hanging.clear()
        if self.listener is None:
            self.listener = socket.create_server((HOST, self.port))
            self.port = self.listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def refuse(self):
        """Refuse new connections and close the open ones."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.listener = None
        self.drop()

    def drop(self):
        """Close every open connection; new ones are accepted."""
        for pair in list(self.pairs):
            close_pair(pair)

    def hang(self):
        """Forward nothing from now on, and keep connections open."""
        self.hanging.set()

    def drop_answers(self, pattern, count=1):
        """Drop the next ``count`` responses to messages that contain ``pattern``; disconnect."""
        self.pattern, self.answers_to_drop = pattern, count

    def _accept(self, listener):
        """Connect each client to the server."""
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                pair = client, socket.create_connection((HOST, self.target_port))
                self.pairs.add(pair)
                lost = threading.Event()
                for source, sink in (pair, pair[::-1]):
                    threading.Thread(target=self._forward, args=(pair, source, sink, lost),
                                     daemon=True).start()

    def _forward(self, pair, source, sink, lost):
        """Forward data from one side while both are connected."""
        with suppress(OSError):
            while data := source.recv(1_000_000):
                while self.hanging.is_set() and pair in self.pairs:
                    sleep(0.02)
                if source is pair[0] and self.answers_to_drop > 0 and self.pattern in data:
                    self.answers_to_drop -= 1
                    lost.set()
                elif lost.is_set() and source is pair[1]:
                    self.lost_answers += 1
                    break
                sink.sendall(data)
        self.pairs.discard(pair)
        close_pair(pair)


def close_pair(pair):
    """Close both sides of a connection."""
    for end in pair:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
