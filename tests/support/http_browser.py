"""A browser without JavaScript over real HTTP: keeps cookies, fills forms as they stand."""
import urllib.error
import urllib.request
import uuid
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin, urlsplit

from support.html_checker import forms


class Browser:
    """One person's browser."""

    def __init__(self, base_url, *ways):
        """Begin with no cookies, nowhere; ``ways`` are handlers of urllib that lead to the site."""
        self.url, self.text, self.cookies = base_url, "", CookieJar()
        keep = urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(keep, *ways)

    def open(self, address, data=None, kind=None):
        """Go to an address, following redirects; return the page's text."""
        goal = urljoin(self.url, address)
        request = urllib.request.Request(goal, data)
        if data is not None:
            request.add_unredirected_header("Origin", "{0.scheme}://{0.netloc}".format(urlsplit(goal)))
        if kind:
            request.add_header("Content-Type", kind)
        with self.opener.open(request, timeout=30) as response:
            self.url, self.text = response.url, response.read().decode()
        return self.text

    def send(self, action, picture=None, **fields):
        """Fill in the form of this page whose action ends so, and send it; "" is its own."""
        form = next(form for form in forms(self.text) if form["method"].lower() == "post"
                    and (form["action"].endswith(action) if action else not form["action"]))
        values = form["fields"] | {name: [value] if isinstance(value, str) else value
                                   for name, value in fields.items()}
        address = form["action"] or self.url
        if picture is None:
            return self.open(address, urlencode(values, doseq=True).encode())
        body, kind = multipart(values, picture)
        return self.open(address, body, kind)

    def sign_up(self, name, password="a long password"):
        """Make an account for somebody; return this browser, signed in."""
        self.open("/signup")
        self.send("", first_name=name, last_name="Traveller", email=f"{name}@example.org".lower(),
                  password=password)
        return self


class Reader(Browser):
    """A browser that reads error pages, too; ``status`` tells what it got last."""

    def open(self, *args):
        """Go to an address, whatever it answers; return the page's text."""
        try:
            super().open(*args)
            self.status = 200
        except urllib.error.HTTPError as error:
            self.status, self.text = error.code, error.read().decode()
        return self.text


def multipart(values, picture):
    """Return (body, content type) of a form with a file in its field "picture"."""
    rule = uuid.uuid4().hex
    head = f"--{rule}\r\nContent-Disposition: form-data; name="
    parts = [f'{head}"{name}"\r\n\r\n{value}\r\n'.encode()
             for name, several in values.items() for value in several]
    parts.append(f'{head}"picture"; filename="me.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'.encode())
    body = b"".join([*parts, picture, f"\r\n--{rule}--\r\n".encode()])
    return body, f"multipart/form-data; boundary={rule}"
