"""Record a browser's console errors, uncaught errors and requests to other hosts."""

import re
from urllib.parse import urlsplit

LEVELS = ("error", "warning")
# Chromium logs an error for each response of 400 and above, a refused form included. A test
# declares the ones it expects: monitor.expect_status(422).
STATUS_LINE = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
NETWORK_ERROR = "Failed to load resource: net::ERR_"
LOCAL_SCHEMES = ("data", "blob", "about")


class ConsoleMonitor:
    """Console errors and warnings, uncaught errors, and requests to other hosts.

    problems: a sentence each, without the expected ones.
    """

    def __init__(self, url):
        """Start with no problems, for the site at a URL."""
        self.host, self.contexts = urlsplit(url).netloc, set()
        self.reset()

    def reset(self):
        """Clear the problems and the expectations."""
        self.problems, self.expected = [], set()

    def expect_status(self, *statuses):
        """Ignore console errors about responses with these statuses."""
        self.expected |= set(map(str, statuses))

    def expect_network_error(self):
        """Ignore console errors about requests that a test makes fail."""
        self.expected.add(NETWORK_ERROR)

    def attach(self, context):
        """Record the problems of every page of a browser context."""
        if context in self.contexts:
            return
        self.contexts.add(context)
        context.on("console", self.record_message)
        context.on("weberror", lambda error: self.problems.append(f"uncaught: {error.error}"))
        context.on("request", self.record_request)

    def record_message(self, message):
        """Record a console message, unless it is expected."""
        if message.type in LEVELS and not self.is_expected(message.text):
            place = message.page.url if message.page else "?"
            self.problems.append(f"{message.type} at {place}: {message.text}")

    def is_expected(self, text):
        """Return whether the test expects this message."""
        status = STATUS_LINE.match(text)
        failed = NETWORK_ERROR in self.expected and text.startswith(NETWORK_ERROR)
        return failed or bool(status and status[1] in self.expected)

    def record_request(self, request):
        """Record a request to another host."""
        parts = urlsplit(request.url)
        if parts.scheme not in LOCAL_SCHEMES and parts.netloc != self.host:
            self.problems.append(f"a request to {request.url}")
