"""An HTTP client that behaves like a browser without JavaScript: cookies and forms."""
import urllib.error
import urllib.request
import uuid
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin, urlsplit

from support.html_checker import forms


class Browser:
    """A browser session with cookies of its own.

    url, text: address and HTML of the current page.
    """

    def __init__(self, base_url, *handlers):
        """Start without cookies; ``handlers`` are further urllib handlers."""
        self.url, self.text, self.cookies = base_url, "", CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(cookies, *handlers)

    def open(self, address, data=None, content_type=None):
        """Request a URL, following redirects; return the page's HTML."""
        url = urljoin(self.url, address)
        request = urllib.request.Request(url, data)
        if data is not None:
            request.add_unredirected_header("Origin", "{0.scheme}://{0.netloc}".format(urlsplit(url)))
        if content_type:
            request.add_header("Content-Type", content_type)
        with self.opener.open(request, timeout=30) as response:
            self.url, self.text = response.url, response.read().decode()
        return self.text

    def send(self, action, picture=None, **fields):
        """Submit the form whose action ends with ``action``; "" is the page's own."""
        own = ("", urlsplit(self.url)._replace(scheme="", netloc="", fragment="").geturl())
        form = next(form for form in forms(self.text) if form["method"].lower() == "post"
                    and (form["action"].endswith(action) if action else form["action"] in own))
        values = form["fields"] | {name: [value] if isinstance(value, str) else value
                                   for name, value in fields.items()}
        address = form["action"] or self.url
        if picture is None:
            return self.open(address, urlencode(values, doseq=True).encode())
        body, content_type = multipart(values, picture)
        return self.open(address, body, content_type)

    def sign_up(self, name, password="a long password"):
        """Sign up with a name; return this browser, signed in."""
        self.open("/signup")
        self.send("", first_name=name, last_name="Traveller", email=f"{name}@example.org".lower(),
                  password=password)
        return self


class TolerantBrowser(Browser):
    """A browser that raises no HTTPError; ``status`` is the last response's status."""

    def open(self, *args):
        """Request a URL, whatever its status; return the page's HTML."""
        try:
            super().open(*args)
            self.status = 200
        except urllib.error.HTTPError as error:
            self.status, self.text = error.code, error.read().decode()
        return self.text


def multipart(values, picture):
    """Return (body, content type) of a form with a file in its field "picture"."""
    boundary = uuid.uuid4().hex
    head = f"--{boundary}\r\nContent-Disposition: form-data; name="
    parts = [f'{head}"{name}"\r\n\r\n{value}\r\n'.encode()
             for name, texts in values.items() for value in texts]
    parts.append(f'{head}"picture"; filename="me.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'.encode())
    body = b"".join([*parts, picture, f"\r\n--{boundary}--\r\n".encode()])
    return body, f"multipart/form-data; boundary={boundary}"
