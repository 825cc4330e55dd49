"""A real SMTP server that can refuse mail, and ports that hang or trickle responses."""

import asyncio
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
BUSY = "451 4.3.0 Try again later"
LOGIN_FIRST = "530 5.7.0 Authentication required"


class MailServer:
    """An SMTP server on the loopback that stores every mail; it starts when it is created.

    messages: EmailMessage objects in the order of arrival, each with the ``sender``
    and the ``recipients`` of its envelope, which its headers need not name.
    refuse: while True, every mail is answered with 451 and dropped.
    replies: {"RCPT": "550 5.1.1 Unknown"}, what the server says to MAIL, RCPT or DATA instead.
    """

    def __init__(self, login=None, password=None, smtputf8=False):
        """Start on a free port; with a login, mail without authentication is refused."""
        self.messages = []
        self.refuse, self.replies = False, {}
        self._credentials = login and (login.encode(), password.encode())
        self._arrival = Condition()
        self._controller = _LoopbackController(self, enable_SMTPUTF8=smtputf8,
                                               **self._authentication())
        self._controller.start()

    def __enter__(self):
        """Return the running server."""
        return self

    def __exit__(self, *error):
        """Stop the server."""
        self.stop()

    @property
    def host(self):
        """Return the host the server listens on."""
        return HOST

    @property
    def port(self):
        """Return the port the server listens on."""
        return self._controller.port

    def stop(self):
        """Close the port and every connection."""
        self._controller.stop()

    def clear(self):
        """Delete the stored mails, and accept mail again."""
        self.messages.clear()
        self.replies.clear()
        self.refuse = False

    def wait_for(self, count, timeout=5):
        """Return the messages once there are ``count``, or fail after ``timeout`` seconds."""
        with self._arrival:
            arrived = self._arrival.wait_for(lambda: len(self.messages) >= count, timeout)
            subjects = [message["subject"] for message in self.messages]
        assert arrived, f"waited {timeout} s for {count} mails, got {len(subjects)}: {subjects}"
        return list(self.messages)

    async def handle_MAIL(self, server, session, envelope, address, options):
        """Take a sender, or give the reply that is set (called by aiosmtpd)."""
        envelope.mail_from, envelope.mail_options = address, options
        return self.replies.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):
        """Take a recipient, or give the reply that is set (called by aiosmtpd)."""
        if "RCPT" not in self.replies:
            envelope.rcpt_tos.append(address)
        return self.replies.get("RCPT", "250 OK")

    async def handle_DATA(self, server, session, envelope):
        """Store a mail, or refuse it (called by aiosmtpd)."""
        if self._credentials and not session.authenticated:
            return LOGIN_FIRST
        if self.refuse or "DATA" in self.replies:
            return self.replies.get("DATA", BUSY)
        # SMTP sends CRLF; a mailbox stores LF.
        content = envelope.content.replace(b"\r\n", b"\n")
        message = message_from_bytes(content, policy=policy.default)
        message.sender = envelope.mail_from
        message.recipients = list(envelope.rcpt_tos)
        message.options = list(envelope.mail_options)
        with self._arrival:
            self.messages.append(message)
            self._arrival.notify_all()
        return "250 OK"

    def _authentication(self):
        """Return aiosmtpd's options that offer AUTH; none without a login."""
        if not self._credentials:
            return {}
        # There is no TLS on the loopback.
        return {"authenticator": self._authenticate, "auth_require_tls": False}

    def _authenticate(self, server, session, envelope, mechanism, credentials):
        """Check a login and its password (called by aiosmtpd)."""
        is_known = (credentials.login, credentials.password) == self._credentials
        return AuthResult(success=is_known, handled=False)


class _LoopbackController(Controller):
    """A controller that binds its port at once, so that no other process can take it.

    When it stops it closes its connections, which the original leaves open: a client would wait
    for an answer until its own timeout.
    """

    def __init__(self, handler, **options):
        """Bind a free port of the loopback."""
        self._listener = socket.create_server((HOST, 0))
        self._connections = []
        super().__init__(handler, HOST, self._listener.getsockname()[1], **options)

    def factory(self):
        """Return the protocol of a new connection, which stop closes."""
        self._connections.append(super().factory())
        return self._connections[-1]

    def stop(self, no_assert=False):
        """Close the port and every connection, and end the thread."""
        asyncio.run_coroutine_threadsafe(self._close_connections(), self.loop).result()
        super().stop(no_assert)

    async def _close_connections(self):
        """Accept no more connections, and close every one, also those that wait for a greeting."""
        self.server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in self._connections:
            if connection.transport:
                connection.transport.abort()
        await asyncio.sleep(0)  # the loop closes them at its next turn

    def _create_server(self):
        """Listen on the bound socket; the original can only bind a port number."""
        return self.loop.create_server(self._factory_invoker, sock=self._listener)


@contextmanager
def hang_port():
    """Yield a port that accepts connections and never responds."""
    # Connections stay in the backlog: nothing calls accept().
    with socket.create_server((HOST, 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def trickle_port(at, pause=0.05):
    """Yield (port, Event) of an SMTP server that works until a line begins with ``at``.

    Then it sets the event and sends one byte of an endless response every ``pause`` seconds,
    so that no read times out. b"" is the greeting, b"." the end of a mail.
    """
    with socketserver.ThreadingTCPServer((HOST, 0), _Trickling) as server:
        server.at, server.pause, server.trickling = at, pause, Event()
        server.daemon_threads, server.block_on_close = True, False
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1], server.trickling
        server.shutdown()


class _Trickling(socketserver.StreamRequestHandler):
    """One connection of trickle_port."""

    def handle(self):
        """Respond normally until ``at``, then trickle until the client disconnects."""
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
        """Send one byte after another until the client disconnects."""
        self.server.trickling.set()
        with suppress(OSError):
            while True:
                self.wfile.write(b"2")
                sleep(self.server.pause)
