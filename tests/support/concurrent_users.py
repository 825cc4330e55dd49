"""A crowd of signed-up dreamers over real HTTP, who press buttons without looking at pages."""

import re
import urllib.request
from functools import partial
from urllib.parse import urlencode

from support.http_browser import Reader
from support.concurrency import together

PASSWORD = "a long password"


class Stay(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: what an action answers is enough."""

    def redirect_request(self, *args):
        """Tell that there is nowhere to go."""


class Dreamer(Reader):
    """Somebody who signed up."""

    def __init__(self, base_url, email, first="Ann", last="Bee"):
        """Sign up."""
        super().__init__(base_url)
        self.open("/signup")
        self.send("", first_name=first, last_name=last, email=email, password=PASSWORD)
        assert self.status == 200, self.text
        self.email, self.token = email, self.read_token()
        keep = urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(keep, Stay())

    def read_token(self):
        """Return the CSRF token of this page."""
        return re.search(r'name="csrf_token".*?value="([^"]+)"', self.text)[1]

    def sign_in(self):
        """Sign in again, where the account still exists; return whether it does."""
        self.cookies.clear()
        self.open("/login")
        self.token = self.read_token()
        if self.press("/login", email=self.email, password=PASSWORD) != 303:
            return False
        self.open("/profile/password")
        self.token = self.read_token()
        return True

    def press(self, path, **fields):
        """Send a form; return the status of its answer."""
        self.open(path, urlencode({"csrf_token": self.token, **fields}, doseq=True).encode())
        return self.status


def gather(website, size, prefix="dreamer"):
    """Sign up so many of one name, all at once."""
    emails = [f"{prefix}{number}@example.org" for number in range(size)]
    return together(*(partial(Dreamer, website.url, email) for email in emails))
