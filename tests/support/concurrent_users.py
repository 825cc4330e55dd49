"""Many signed-up dreamers over real HTTP, who post forms without loading pages."""

import re
import urllib.request
from functools import partial
from urllib.parse import urlencode

from support.http_browser import TolerantBrowser
from support.concurrency import run_concurrently

PASSWORD = "a long password"


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: the status of an action is enough."""

    def redirect_request(self, *args):
        """Return None, so that the redirect is not followed."""


class Dreamer(TolerantBrowser):
    """The browser of a dreamer who signed up."""

    def __init__(self, base_url, email, first="Ann", last="Bee"):
        """Sign up."""
        super().__init__(base_url)
        self.open("/signup")
        self.send("", first_name=first, last_name=last, email=email, password=PASSWORD)
        assert self.status == 200, self.text
        self.email, self.token = email, self.read_token()
        cookies = urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(cookies, NoRedirects())

    def read_token(self):
        """Return the CSRF token of this page."""
        return re.search(r'name="csrf_token".*?value="([^"]+)"', self.text)[1]

    def sign_in(self):
        """Sign in again; return False if the account no longer exists."""
        self.cookies.clear()
        self.open("/login")
        self.token = self.read_token()
        if self.post("/login", email=self.email, password=PASSWORD) != 303:
            return False
        self.open("/profile/password")
        self.token = self.read_token()
        return True

    def post(self, path, **fields):
        """Post a form; return the status of the response."""
        self.open(path, urlencode({"csrf_token": self.token, **fields}, doseq=True).encode())
        return self.status


def sign_up_concurrently(website, size, prefix="dreamer"):
    """Sign up ``size`` dreamers of the same name at once; return their browsers."""
    emails = [f"{prefix}{number}@example.org" for number in range(size)]
    return run_concurrently(*(partial(Dreamer, website.url, email) for email in emails))
