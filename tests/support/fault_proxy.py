"""A stretch of wire before a server, which can be cut, go silent or lose an answer."""

import socket
import threading
from contextlib import suppress
from time import sleep

HOST = "127.0.0.1"


class Wire:
    """A port that leads to another one, until it is told to do worse."""

    def __init__(self, port):
        """Begin to lead to a port of this machine."""
        self.goal, self.pairs, self.swallowed = port, set(), 0
        self.lose_after, self.left, self.silent = None, 0, threading.Event()
        self.port, self.door = 0, None
        self.open()

    def __enter__(self):
        """Return the wire."""
        return self

    def __exit__(self, *error):
        """Cut it for good."""
        self.refuse()

    def open(self):
        """Lead to the server, from now on or again."""
        self.silent.clear()
        if self.door is None:
            self.door = socket.create_server((HOST, self.port))
            self.port = self.door.getsockname()[1]
            threading.Thread(target=self._accept, args=(self.door,), daemon=True).start()

    def refuse(self):
        """Let nobody in, and end what there is."""
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()
        self.door = None
        self.drop()

    def drop(self):
        """End every connection there is; new ones are let in."""
        for pair in list(self.pairs):
            hang_up(pair)

    def hang(self):
        """Pass nothing on from now on, and end nothing."""
        self.silent.set()

    def swallow_answers(self, words, count=1):
        """Lose the answers to the next messages with these words, and their connections."""
        self.lose_after, self.left = words, count

    def _accept(self, door):
        """Connect whoever comes to the server."""
        with suppress(OSError):
            while True:
                client, _ = door.accept()
                pair = client, socket.create_connection((HOST, self.goal))
                self.pairs.add(pair)
                lost = threading.Event()
                for source, sink in (pair, pair[::-1]):
                    threading.Thread(target=self._carry, args=(pair, source, sink, lost),
                                     daemon=True).start()

    def _carry(self, pair, source, sink, lost):
        """Pass on what comes from one side, as long as both are there."""
        with suppress(OSError):
            while data := source.recv(1_000_000):
                while self.silent.is_set() and pair in self.pairs:
                    sleep(0.02)
                if source is pair[0] and self.left > 0 and self.lose_after in data:
                    self.left -= 1
                    lost.set()
                elif lost.is_set() and source is pair[1]:
                    self.swallowed += 1
                    break
                sink.sendall(data)
        self.pairs.discard(pair)
        hang_up(pair)


def hang_up(pair):
    """End a connection on both sides."""
    for end in pair:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
