"""Sending one email over SMTP: its headers, the connection, and the mail server's replies."""
import re
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, make_msgid, parseaddr
from smtplib import (
    SMTP, SMTPException, SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException,
    SMTPSenderRefused, SMTP_SSL,
)

from flask_mail import Connection, Mail

from dreamscape.settings import settings
from dreamscape.text import clean_line, smtp_address, smtp_domain


# Headers #####################################################################

# RFC 3834, and Exchange's header of the same purpose: no out-of-office replies. Non-delivery
# reports (NDR) aren't suppressed: they tell the operator of addresses that no longer work.
AUTOMATIC = {"Auto-Submitted": "auto-generated",
             "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply"}


class UnfoldedHeader(UnstructuredHeader):
    """A header on one line: folded, a long URL would become an RFC 2047 encoded word."""

    @classmethod
    def parse(cls, value, kwds):
        """Store the value as it is.

        Python decodes what looks like an encoded word, also in an address, and writes what that
        held, such as line breaks and further recipients, into the email.
        """
        super().parse("", kwds)
        kwds["decoded"] = value

    def fold(self, *, policy):
        """Return the header's line."""
        return f"{self.name}: {self}{policy.linesep}"


class SubjectHeader(UnfoldedHeader):
    """A subject encoded by the older Header: the policy loses a space between encoded words."""

    def fold(self, *, policy):
        """Return the header's lines."""
        charset = None if self.isascii() and "=?" not in self else "utf-8"
        encoded = Header(str(self), charset, header_name=self.name).encode(linesep=policy.linesep)
        return f"{self.name}: {encoded}{policy.linesep}"


header_classes = HeaderRegistry()
header_classes.map_to_type("subject", SubjectHeader)
header_classes.map_to_type("to", UnfoldedHeader)
header_classes.map_to_type("list-unsubscribe", UnfoldedHeader)


def to_email(message):
    """Return a Flask-Mail Message as an EmailMessage with the headers of automatic email.

    Flask-Mail's own conversion encodes domains by IDNA 2003, which can yield another domain,
    refuses letters like é before the @, and puts this host's name into the Message-ID.
    """
    name, sender = parseaddr(message.sender)
    username, _, domain = sender.rpartition("@")
    # Without 8BITMIME, which not every server offers, a body has 7 bits.
    email = EmailMessage(SMTP_POLICY.clone(cte_type="7bit", header_factory=header_classes))
    email["Subject"] = clean_line(message.subject)
    email["From"] = Address(name, username, smtp_domain(domain))
    email["To"] = ", ".join(map(smtp_address, message.recipients))
    email["Date"] = format_datetime(datetime.now(UTC))
    email["Message-ID"] = make_msgid(domain=smtp_domain(domain))
    for header, value in (AUTOMATIC | (message.extra_headers or {})).items():
        email[header] = value
    email.set_content(message.body)
    email.add_alternative(message.html, subtype="html")
    return email


# Replies #####################################################################

# 530, 534, 535 and 538 ask us to sign in or to encrypt: RFC 4954.
AUTH_REPLIES = (530, 534, 535, 538)
ENHANCED_STATUS = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")


class RefusedError(Exception):
    """The mail server refused an email to an address for good.

    The message is the reply's code, without its text: that often quotes the address.
    """


def is_final(error, code, status):
    """Return whether an SMTP reply to MAIL, RCPT or DATA means that no retry can succeed.

    Any 5xx, as in RFC 5321, including a full mailbox (552 5.2.2) and a spam filter (550 5.7.1):
    the person learns of it now instead of in a day. 4xx, including 421 and 452 4.2.2, is retried,
    and so is what our own settings cause: a missing sign-in, a limit of ours (5.4.5), or a refused
    sender. But a reply to MAIL with 5.6.7 is about the recipient, whose address has letters like é.
    """
    is_ours = (code in AUTH_REPLIES or status == "5.4.5"
               or (isinstance(error, SMTPSenderRefused) and status != "5.6.7"))
    return 500 <= code < 600 and not is_ours


def raise_if_final(error, code, reply):
    """Raise RefusedError if the mail server's reply, bytes or text, is final."""
    match = ENHANCED_STATUS.search(reply if isinstance(reply, bytes) else reply.encode())
    status = match[0].decode() if match else ""
    if is_final(error, code, status):
        raise RefusedError(f"{code} {status}".strip()) from error


def is_about_recipient(error):
    """Return whether the recipient was refused, for example because the mailbox is full."""
    return (isinstance(error, SMTPRecipientsRefused)
            and not any(code in AUTH_REPLIES for code, _ in error.recipients.values()))


def is_misconfigured(error):
    """Return whether an error of sending is permanent and due to our settings."""
    return (isinstance(error, SMTPNotSupportedError | ssl.SSLError)
            or getattr(error, "smtp_code", 0) >= 500)


# Connection ##################################################################

MAIL_TIMEOUT = 10  # seconds for each reply of the mail server
MAIL_DEADLINE = 60  # seconds for one email: connecting, TLS, login and sending together
# Whether the mail server offers SMTPUTF8, as the last connection of this process saw; None
# before the first one.
mail_server = {"smtputf8": None}


def can_deliver_to(address):
    """Return whether the mail server takes a valid address, as far as this process knows.

    Letters like é before the @ need SMTPUTF8. Forms don't ask the server: each connection notes
    what it offers, the first one when a worker starts. Before that the address is accepted, and
    delivery decides.
    """
    return (not settings["MAIL_SERVER"] or smtp_address(address).isascii()
            or mail_server["smtputf8"] is not False)


class MailConnection(Connection):
    """Flask-Mail's Connection with timeouts, a deadline and verified TLS."""

    @contextmanager
    def deadline(self):
        """Shut down the socket at MAIL_DEADLINE: a slow server can evade socket timeouts."""
        self.ends_at, done = time.monotonic() + MAIL_DEADLINE, threading.Event()

        def watch():
            """Shut down the socket, then each second any that was opened since."""
            delay = MAIL_DEADLINE
            while not done.wait(delay):
                self.shut_down()
                delay = 1

        threading.Thread(target=watch, daemon=True).start()
        try:
            yield
        finally:
            done.set()

    def shut_down(self):
        """Shut down the TCP connection, if there is one."""
        with suppress(OSError):
            if self.host and self.host.sock:
                # After SSLSocket.shutdown() a later write would be sent unencrypted.
                socket.socket.shutdown(self.host.sock, socket.SHUT_RDWR)

    def configure_host(self):
        """Return an authenticated connection to the mail server; verify its certificate."""
        config = self.mail
        # Loading the certificates takes long, so only for a connection that needs them.
        context = ssl.create_default_context() if config.use_ssl or config.use_tls else None
        smtp, tls = (SMTP_SSL, {"context": context}) if config.use_ssl else (SMTP, {})
        # __init__ connects, and shut_down needs self.host while it does.
        self.host = host = smtp.__new__(smtp)
        host.__init__(config.server, config.port, timeout=MAIL_TIMEOUT, **tls)
        if config.use_tls:
            host.starttls(context=context)
        if config.username:
            host.login(config.username, config.password)
        host.ehlo_or_helo_if_needed()
        mail_server["smtputf8"] = host.has_extn("smtputf8")
        # During the DNS lookup there was no socket to shut down.
        if time.monotonic() > self.ends_at:
            raise TimeoutError("the deadline of the mail is over")
        return host

    def send(self, message):
        """Send an email, with SMTPUTF8 if its address needs that; raise RefusedError."""
        email = to_email(message)
        try:
            self.host.send_message(email)
        except SMTPNotSupportedError as error:
            if email["To"].isascii():  # then it is our own sender that needs SMTPUTF8
                raise
            raise RefusedError("the server lacks SMTPUTF8") from error
        except SMTPRecipientsRefused as error:
            raise_if_final(error, *next(iter(error.recipients.values())))
            raise
        except SMTPResponseException as error:
            raise_if_final(error, error.smtp_code, error.smtp_error)
            raise

    def __exit__(self, *error):
        """Ignore errors on QUIT: the message was already accepted."""
        with suppress(SMTPException, OSError):
            super().__exit__(*error)


@contextmanager
def connect_to_mail_server():
    """Yield a MailConnection that ends at its deadline; raise SMTPException or OSError."""
    connection = MailConnection(Mail().init_mail(settings))
    with connection.deadline(), connection:
        yield connection


def check_mail_server():
    """Connect to the mail server to learn what it offers; a failure shows at the next email."""
    with suppress(SMTPException, OSError), connect_to_mail_server():
        pass


def send_message(message):
    """Send an email, or print it without MAIL_SERVER.

    Raises RefusedError, SMTPException and OSError.
    """
    if settings["MAIL_SERVER"]:
        with connect_to_mail_server() as connection:
            connection.send(message)
        return
    rule = "-" * 72
    print(f"{rule}\nTo: {', '.join(message.recipients)}\nSubject: {message.subject}\n\n"
          f"{message.body}\n{rule}", flush=True)
