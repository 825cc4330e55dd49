"""Listen to what a browser complains of, and to whom it speaks."""

import re
from urllib.parse import urlsplit

LOUD = ("error", "warning")
# The one exception: Chromium writes a line for each answer of 400 and above, and a refused
# form is such an answer. Which ones a test expects it says itself: watch.expect(422).
STATUS_LINE = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
BROKEN_LINE = "Failed to load resource: net::ERR_"
LOCAL_SCHEMES = ("data", "blob", "about")


class Watch:
    """Console errors and warnings, uncaught errors, and requests to other hosts."""

    def __init__(self, url):
        """Begin with none, for the site at a url."""
        self.host, self.contexts = urlsplit(url).netloc, set()
        self.reset()

    def reset(self):
        """Forget all complaints, and what was expected."""
        self.complaints, self.expected = [], set()

    def expect(self, *statuses):
        """Let the browser say that an answer had one of these statuses."""
        self.expected |= set(map(str, statuses))

    def broken_line(self):
        """Let the browser say that a request did not come through, where a test breaks it."""
        self.expected.add(BROKEN_LINE)

    def over(self, context):
        """Listen to every page of a browser context, from now on."""
        if context in self.contexts:
            return
        self.contexts.add(context)
        context.on("console", self.hear)
        context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))
        context.on("request", self.see)

    def hear(self, message):
        """Keep what the console says, unless it is expected."""
        if message.type in LOUD and not self.is_expected(message.text):
            place = message.page.url if message.page else "?"
            self.complaints.append(f"{message.type} at {place}: {message.text}")

    def is_expected(self, text):
        """Return whether the test said that this line would come."""
        status = STATUS_LINE.match(text)
        broken = BROKEN_LINE in self.expected and text.startswith(BROKEN_LINE)
        return broken or bool(status and status[1] in self.expected)

    def see(self, request):
        """Keep a request to another host."""
        parts = urlsplit(request.url)
        if parts.scheme not in LOCAL_SCHEMES and parts.netloc != self.host:
            self.complaints.append(f"a request to {request.url}")
