"""A fake of Cloudinary's upload API on the loopback, for the real Cloudinary SDK."""

import hashlib
import hmac
import io
import json
import re
import secrets
import threading
import time
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlsplit

import cloudinary
from PIL import Image
from werkzeug.formparser import parse_form_data

from dreamscape.settings import settings

HOST = "127.0.0.1"
HANG_SECONDS = 30
MODES = ("ok", "error", "garbage", "hang", "slow")
# https://cloudinary.com/documentation/authentication_signatures
SIGNATURE_SECONDS = 60 * 60
UNSIGNED_PARAMS = {"file", "api_key", "resource_type", "cloud_name", "signature"}
HASH_BY_SIGNATURE_LENGTH = {40: "sha1", 64: "sha256"}
# https://cloudinary.com/documentation/ts_permitted_naming_conventions
FORBIDDEN_IN_PUBLIC_ID = re.compile(r"[?&#\\%<>+]|^[\s/]|[\s/]$")


class CloudinaryServer:
    """One Cloudinary account on the loopback; it starts when it is created.

    pictures: the stored bytes by public_id.
    requests: an (action, params) pair for every call, refused ones included.
    deleted: the public_ids of pictures that were destroyed.

    Pictures are stored as sent: transformations appear in ``requests`` only.
    """

    def __init__(self, cloud_name="dreams", api_key="123456789012345", api_secret="tests-only"):
        """Start a server with this one account on a free port."""
        self.cloud_name, self.api_key, self.api_secret = cloud_name, api_key, api_secret
        self.pictures, self.requests, self.deleted = {}, [], []
        self._mode, self._mode_ended = "ok", threading.Event()
        self._http = ThreadingHTTPServer((HOST, 0), _Handler)
        self._http.cloudinary = self
        # The poll interval is how long stop() waits for the thread.
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self):
        """Return the running server."""
        return self

    def __exit__(self, *error):
        """Stop the server."""
        self.stop()

    def set_account(self, monkeypatch):
        """Have the site and the SDK use this account, for a test."""
        monkeypatch.setenv("CLOUDINARY_URL", self.url)
        monkeypatch.setitem(settings, "CLOUDINARY_URL", self.url)
        cloudinary.reset_config()

    @property
    def prefix(self):
        """Return what the SDK takes as ``upload_prefix``: ``http://127.0.0.1:8080``."""
        return f"http://{HOST}:{self._http.server_port}"

    @property
    def config(self):
        """Return the account as keywords for ``cloudinary.config`` or for one SDK call."""
        return {
            "cloud_name": self.cloud_name,
            "api_key": self.api_key,
            "api_secret": self.api_secret,
            "upload_prefix": self.prefix,
        }

    @property
    def url(self):
        """Return the account as a ``CLOUDINARY_URL`` that points to this server."""
        account = f"{self.api_key}:{self.api_secret}@{self.cloud_name}"
        return f"cloudinary://{account}?upload_prefix={quote(self.prefix, safe='')}"

    @property
    def mode(self):
        """Return how calls are answered: "ok", "error", "garbage", "hang" or "slow"."""
        return self._mode

    @mode.setter
    def mode(self, mode):
        """Change how calls are answered, and drop those that hang."""
        if mode not in MODES:
            raise ValueError(f"mode must be one of {MODES}, not {mode!r}")
        # answer() reads these two in the other order, so it never waits for the wrong event.
        self._mode = mode
        ended, self._mode_ended = self._mode_ended, threading.Event()
        ended.set()

    def clear(self):
        """Delete every picture and recorded call, and reset the mode."""
        self.pictures.clear()
        self.requests.clear()
        self.deleted.clear()
        self.mode = "ok"

    def stop(self):
        """Drop the calls that hang and close the port."""
        self.mode = "ok"
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def answer(self, path, params, picture):
        """Return the (status, body) of an API call, or None to send nothing.

        params: {name: text}, or a list of texts for names that were sent as ``name[]``.
        picture: the bytes of the file that was sent, or None.
        """
        action = path.rpartition("/")[2]
        self.requests.append((action, params))
        mode_ended, mode = self._mode_ended, self._mode
        if mode == "hang":
            mode_ended.wait(HANG_SECONDS)
            return None
        if mode == "error":
            return 500, _error("Internal server error")
        if mode == "garbage":
            return 200, b"<html>This is not JSON.</html>"
        try:
            self._check_account(path, params)
            if action == "destroy":
                return 200, self._destroy(params)
            return 200, self._upload(params, picture)
        except _Refusal as refusal:
            return refusal.status, _error(refusal.message)

    def find_picture(self, path):
        """Return the bytes of the picture delivered at a path, or None."""
        names = re.fullmatch(rf"/{re.escape(self.cloud_name)}/image/upload/(.+)", path)
        for public_id, picture in self.pictures.items():
            if names and re.fullmatch(rf"(.+/)?{re.escape(public_id)}(\.\w+)?", names[1]):
                return picture
        return None

    def _check_account(self, path, params):
        """Refuse a call to an unknown URL, or without this account's key and signature."""
        if path not in {f"/v1_1/{self.cloud_name}/image/{name}" for name in ("upload", "destroy")}:
            raise _Refusal(404, f"Unknown address {path}")
        if params.get("api_key") != self.api_key:
            raise _Refusal(401, "Unknown API key")
        self._check_signature(params)
        timestamp = params.get("timestamp", "")
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > SIGNATURE_SECONDS:
            raise _Refusal(401, f"Stale request - reported time is {timestamp!r}")

    def _check_signature(self, params):
        """Refuse params whose signature was not made with this account's secret."""
        signature = params.get("signature", "")
        to_sign = _string_to_sign(params)
        algorithm = HASH_BY_SIGNATURE_LENGTH.get(len(signature), "sha1")
        expected = hashlib.new(algorithm, (to_sign + self.api_secret).encode()).hexdigest()
        if not hmac.compare_digest(signature.encode(), expected.encode()):
            raise _Refusal(401, f"Invalid Signature {signature}. String to sign - '{to_sign}'.")

    def _upload(self, params, picture):
        """Store a picture and return Cloudinary's description of it."""
        public_id = params.get("public_id") or secrets.token_hex(10)
        if FORBIDDEN_IN_PUBLIC_ID.search(public_id):
            raise _Refusal(400, f"public_id ({public_id}) is invalid")
        image_format, (width, height) = _read_image(picture)
        image_format = image_format.replace("jpeg", "jpg")
        self.pictures[public_id] = picture
        version = int(time.time())
        path = f"{self.cloud_name}/image/upload/v{version}/{quote(public_id)}.{image_format}"
        return {
            "public_id": public_id,
            "version": version,
            "resource_type": "image",
            "type": "upload",
            "format": image_format,
            "width": width,
            "height": height,
            "bytes": len(picture),
            "secure_url": f"{self.prefix}/{path}",
        }

    def _destroy(self, params):
        """Delete a picture and return whether it existed."""
        public_id = params.get("public_id")
        if not public_id:
            raise _Refusal(400, "Missing required parameter - public_id")
        if self.pictures.pop(public_id, None) is None:
            return {"result": "not found"}
        self.deleted.append(public_id)
        return {"result": "ok"}


class _Handler(BaseHTTPRequestHandler):
    """The HTTP side: parse calls, and send what the account answers."""

    def do_POST(self):
        """Answer an API call, or close the connection."""
        params, picture = self._read_form()
        answer = self.server.cloudinary.answer(unquote(self.path), params, picture)
        if self.server.cloudinary.mode == "slow":
            self._trickle()
        elif answer is not None:
            status, body = answer
            is_raw = isinstance(body, bytes)
            self._send(status, "application/json", body if is_raw else json.dumps(body).encode())

    def do_GET(self):
        """Deliver a stored picture, or 404."""
        picture = self.server.cloudinary.find_picture(unquote(urlsplit(self.path).path))
        if picture is None:
            self._send(404, "text/plain", b"")
        else:
            self._send(200, f"image/{_read_image(picture)[0]}", picture)

    def _trickle(self):
        """Send an endless response byte by byte, so that no read times out."""
        with suppress(OSError):
            while self.server.cloudinary.mode == "slow":
                self.wfile.write(b"H")
                time.sleep(0.2)  # Shorter than any read timeout.

    def log_message(self, *message):
        """Log nothing."""

    def _read_form(self):
        """Return the (params, picture) of the body, as CloudinaryServer.answer takes them."""
        environ = {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": self.headers.get("Content-Length", "0"),
            "wsgi.input": self.rfile,
        }
        _, form, files = parse_form_data(environ)
        params = {
            name.removesuffix("[]"): texts if name.endswith("[]") else texts[-1]
            for name, texts in form.lists()
        }
        if "file" not in files:
            return params, None
        with closing(files["file"]) as picture:
            return params, picture.read()

    def _send(self, status, content_type, body):
        """Send a complete response."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Refusal(Exception):
    """A call that is answered with an error."""

    def __init__(self, status, message):
        """Set the HTTP status and the error message."""
        super().__init__(message)
        self.status, self.message = status, message


def _string_to_sign(params):
    """Return the string that a call's signature covers, without the secret.

    The escape is that of signature version 2, the SDK's default; a version 1 signature
    differs, and is refused, only where a value holds an ampersand.
    """
    pairs = (
        f"{name}={','.join(value) if isinstance(value, list) else value}".replace("&", "%26")
        for name, value in params.items()
        if name not in UNSIGNED_PARAMS
    )
    return "&".join(sorted(pairs))


def _read_image(picture):
    """Return the (format, (width, height)) of a picture; refuse anything else."""
    if picture is None:
        raise _Refusal(400, "Missing required parameter - file")
    try:
        with Image.open(io.BytesIO(picture)) as image:
            image.load()
            return image.format.lower(), image.size
    # Pillow's decoders raise any of these for a broken file.
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _Refusal(400, "Invalid image file") from error


def _error(message):
    """Return an error body in Cloudinary's format."""
    return {"error": {"message": message}}
