"""Receive mail over real SMTP, refuse it, never answer, or answer byte by byte without an end."""

import socket
import socketserver
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from itertools import chain
from threading import Condition, Event, Thread
from time import sleep

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

HOST = "127.0.0.1"
REFUSED = "554 5.7.1 Refused"
LOGIN_FIRST = "530 5.7.0 Authentication required"


class MailServer:
    """An SMTP server on the loopback that keeps every mail, running as soon as it is made.

    messages: EmailMessage objects in the order of arrival, each with the ``sender``
    and the ``recipients`` of its envelope, which its headers need not name.
    refuse: while True, every mail is answered with 554 and dropped.
    """

    def __init__(self, login=None, password=None):
        """Start a server on a free port; with a login it takes no mail without it."""
        self.messages = []
        self.refuse = False
        self._credentials = login and (login.encode(), password.encode())
        self._arrival = Condition()
        self._controller = _LoopbackController(self, **self._authentication())
        self._controller.start()

    def __enter__(self):
        """Return the running server."""
        return self

    def __exit__(self, *error):
        """Stop the server."""
        self.stop()

    @property
    def host(self):
        """Return the address the server listens on."""
        return HOST

    @property
    def port(self):
        """Return the port the server listens on."""
        return self._controller.port

    def stop(self):
        """Close the port and end every conversation."""
        self._controller.stop()

    def clear(self):
        """Forget the mails kept so far, and take mail again."""
        self.messages.clear()
        self.refuse = False

    def wait_for(self, count, timeout=5):
        """Return the messages once there are ``count``, or fail after ``timeout`` seconds."""
        with self._arrival:
            arrived = self._arrival.wait_for(lambda: len(self.messages) >= count, timeout)
            subjects = [message["subject"] for message in self.messages]
        assert arrived, f"waited {timeout} s for {count} mails, got {len(subjects)}: {subjects}"
        return list(self.messages)

    async def handle_DATA(self, server, session, envelope):
        """Keep a mail, or answer why not (called by the SMTP library)."""
        if self._credentials and not session.authenticated:
            return LOGIN_FIRST
        if self.refuse:
            return REFUSED
        # A mailbox keeps text with the line breaks of its own system, not those of SMTP.
        content = envelope.content.replace(b"\r\n", b"\n")
        message = message_from_bytes(content, policy=policy.default)
        message.sender = envelope.mail_from
        message.recipients = list(envelope.rcpt_tos)
        with self._arrival:
            self.messages.append(message)
            self._arrival.notify_all()
        return "250 OK"

    def _authentication(self):
        """Return the SMTP options that offer AUTH, or none for a server without a login."""
        if not self._credentials:
            return {}
        # There is no TLS on the loopback, so AUTH must be offered without it.
        return {"authenticator": self._authenticate, "auth_require_tls": False}

    def _authenticate(self, server, session, envelope, mechanism, given):
        """Tell the SMTP library whether a login and its password are right."""
        is_known = (given.login, given.password) == self._credentials
        return AuthResult(success=is_known, handled=False)


class _LoopbackController(Controller):
    """A controller on a port that it holds from the start, so that nobody can take it."""

    def __init__(self, handler, **options):
        """Bind a free port of the loopback."""
        self._listener = socket.create_server((HOST, 0))
        super().__init__(handler, HOST, self._listener.getsockname()[1], **options)

    def _create_server(self):
        """Listen on the port bound before; the original can only bind one by its number."""
        return self.loop.create_server(self._factory_invoker, sock=self._listener)


@contextmanager
def hang_port():
    """Give a port of the loopback that takes connections and never says a word."""
    # The kernel completes connections that wait to be accepted; nobody ever accepts them.
    with socket.create_server((HOST, 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def trickle_port(at, pause=0.05):
    """Give (a port, an Event) of an SMTP server that takes mail until a line begins with ``at``.

    From then on, which sets the event, it sends one byte of an answer that never ends every
    ``pause`` seconds, so no read times out. b"" is its greeting, b"." the end of a mail.
    """
    with socketserver.ThreadingTCPServer((HOST, 0), _Trickling) as server:
        server.at, server.pause, server.trickling = at, pause, Event()
        server.daemon_threads, server.block_on_close = True, False
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1], server.trickling
        server.shutdown()


class _Trickling(socketserver.StreamRequestHandler):
    """One conversation of trickle_port."""

    def handle(self):
        """Answer what comes before ``at``, and trickle until the other side has gone."""
        answer, is_text = b"220 Hello", False
        for line in chain([b""], self.rfile):
            if line.startswith(self.server.at):
                return self.trickle()
            is_text = line == b"data\r\n" or (is_text and line != b".\r\n")
            if not is_text or line == b"data\r\n":
                self.wfile.write((b"354 Go on" if is_text else answer) + b"\r\n")
                answer = b"250 OK"
        return None

    def trickle(self):
        """Send byte after byte."""
        self.server.trickling.set()
        with suppress(OSError):
            while True:
                self.wfile.write(b"2")
                sleep(self.server.pause)
