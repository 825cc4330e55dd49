"""Configuration: the environment, .env and env.py, validated once into ``settings``.

``settings`` is what Flask's config gets; its names are documented in env.example.py. Also the keys
derived from SECRET_KEY, and absolute URLs of this site.
"""
import hmac
import os
import re
import runpy
import secrets
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import urlsplit

from dotenv import load_dotenv

LOCAL_MONGO_URI = "mongodb://127.0.0.1:27027"  # where dev_database.py listens
SESSION_LIFETIME = timedelta(days=30)
REQUEST_MEGABYTES = 10  # default limit of a request body, pictures included
STATIC_MAX_AGE = 3_600  # seconds, Cache-Control of icons
# Compression can't leak secrets to other sites here (BREACH): SameSite cookies keep their
# requests signed out.
COMPRESSED_TYPES = ("text/html", "text/css", "text/javascript", "image/svg+xml",
                    "application/json", "application/manifest+json", "application/atom+xml",
                    "application/xml")
LOOPBACK = ("127.0.0.1", "localhost")
BOOLEANS = {"1": True, "true": True, "yes": True, "on": True,
            "": False, "0": False, "false": False, "no": False, "off": False}


class SettingError(ValueError):
    """A missing, incomplete or invalid setting; the message is one line for whoever deploys."""


def read_boolean(environ, name, default=""):
    """Return a setting as a bool; SettingError unless it is one of BOOLEANS."""
    value = environ.get(name, default).strip().lower()
    if value not in BOOLEANS:
        raise SettingError(f"{name} must be 1 or 0, not {value!r}.")
    return BOOLEANS[value]


def read_number(environ, name, default):
    """Return a setting as an int from 1 to 65535, the range of a port."""
    value = environ.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65_535:
        raise SettingError(f"{name} must be a number from 1 to 65535, not {value!r}.")
    return int(value)


def read_base_url(environ):
    """Return BASE_URL with a lower-case scheme and without a trailing slash."""
    local_url = f"http://127.0.0.1:{read_number(environ, 'PORT', 5000)}"
    url = (environ.get("BASE_URL") or local_url).strip().rstrip("/")
    try:
        parts = urlsplit(url)
        # parts.port raises ValueError for an invalid port.
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment:
        raise SettingError(f"BASE_URL must look like https://example.org, not {url!r}.")
    return parts.geturl()


def trusted_hosts(base_url):
    """Return TRUSTED_HOSTS: the host of BASE_URL, or both loopback names for a local one."""
    host = urlsplit(base_url).hostname
    return [*LOOPBACK] if host in LOOPBACK else [host]


def read_mail_settings(environ, host):
    """Return Flask-Mail's settings; MAIL_SERVER is None when mail is printed."""
    names = [name for name in environ if name.startswith("MAIL_") and environ[name]]
    if names and "MAIL_SERVER" not in names:
        raise SettingError(f"{names[0]} is set but MAIL_SERVER isn't. Set both or neither.")
    if ("MAIL_USERNAME" in names) != ("MAIL_PASSWORD" in names):
        raise SettingError("MAIL_USERNAME and MAIL_PASSWORD go together. Set both or neither.")
    tls, ssl = (read_boolean(environ, f"MAIL_USE_{kind}") for kind in ("TLS", "SSL"))
    if tls and ssl:
        raise SettingError("MAIL_USE_TLS and MAIL_USE_SSL can't both be on. Choose one.")
    return {
        "MAIL_SERVER": environ.get("MAIL_SERVER") or None,
        "MAIL_PORT": read_number(environ, "MAIL_PORT", 465 if ssl else 587 if tls else 25),
        "MAIL_USE_TLS": tls,
        "MAIL_USE_SSL": ssl,
        "MAIL_USERNAME": environ.get("MAIL_USERNAME") or None,
        "MAIL_PASSWORD": environ.get("MAIL_PASSWORD") or None,
        "MAIL_DEFAULT_SENDER": environ.get("MAIL_DEFAULT_SENDER") or f"dreamscape@{host}",
    }


def cookie_settings(https):
    """Return Flask's session cookie settings; on https with the __Host- prefix."""
    return {
        "SESSION_COOKIE_NAME": "__Host-session" if https else "session",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": SESSION_LIFETIME,
    }


def make_data_dir(environ):
    """Create DATA_DIR if it is missing; return its path, or raise SettingError."""
    folder = Path(environ.get("DATA_DIR") or "data").absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):  # Fail at startup, not at the first upload.
            return folder
    except OSError as error:
        raise SettingError(f"DATA_DIR {folder} cannot be used: {error.strerror}.") from error


def load_secret_key(folder):
    """Return the secret key stored in the data folder; the first start generates it.

    Written to a temporary file, then linked: the link is atomic, so that processes starting
    at the same time use the same key and none reads a partial file.
    """
    path, temporary = folder / "secret_key", folder / f"secret_key.{secrets.token_hex(4)}"
    try:
        if not path.exists():
            temporary.touch(mode=0o600)
            temporary.write_text(secrets.token_hex(32))
            with suppress(FileExistsError):
                os.link(temporary, path)
            temporary.unlink()
        key = path.read_text().strip()
    except OSError as error:
        raise SettingError(f"DATA_DIR {folder} cannot be used: {error.strerror}.") from error
    if not key:
        raise SettingError(f"{path} is empty. Delete it and start again to get a new key.")
    return key


def read_settings(environ):
    """Return Flask's settings read from ``environ``; raise SettingError."""
    base_url = read_base_url(environ)
    https = base_url.startswith("https:")
    missing = [name for name in ("SECRET_KEY", "MONGO_URI") if https and not environ.get(name)]
    if missing:
        raise SettingError(f"{' and '.join(missing)} must be set when BASE_URL begins with https.")
    cloudinary_url = environ.get("CLOUDINARY_URL") or None
    if cloudinary_url and not re.fullmatch(r"cloudinary://[^:@/]+:[^:@/]+@[^@]+", cloudinary_url):
        raise SettingError("CLOUDINARY_URL must look like cloudinary://KEY:SECRET@CLOUD.")
    data_dir = make_data_dir(environ)
    return {
        "SECRET_KEY": environ.get("SECRET_KEY") or load_secret_key(data_dir),
        "BASE_URL": base_url,
        "MONGO_URI": environ.get("MONGO_URI") or LOCAL_MONGO_URI,
        "MONGO_DBNAME": environ.get("MONGO_DBNAME") or "dreamscape",
        "CLOUDINARY_URL": cloudinary_url,
        "UPLOADS": data_dir / "uploads", "PICTURE_LOCK": data_dir / "converting",
        **read_mail_settings(environ, urlsplit(base_url).hostname),
        "TRUSTED_HOSTS": trusted_hosts(base_url),
        "BEHIND_PROXY": read_boolean(environ, "BEHIND_PROXY"),
        "RATELIMIT_ENABLED": read_boolean(environ, "RATELIMIT_ENABLED", "1"),
        **cookie_settings(https),
        "SEND_FILE_MAX_AGE_DEFAULT": STATIC_MAX_AGE,
        "COMPRESS_MIMETYPES": COMPRESSED_TYPES,
        "MAX_CONTENT_LENGTH":
            1_000_000 * read_number(environ, "REQUEST_MEGABYTES", REQUEST_MEGABYTES),
        # CSRF tokens expire with the session. refuse_forged_post replaces Flask-WTF's check of
        # every request: it returns the form with what was typed.
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_SSL_STRICT": False,
        "WTF_CSRF_HEADERS": (),  # the token is accepted from the form field only
    }


def load_environment():
    """Add to os.environ what .env and then env.py set; existing variables take precedence."""
    load_dotenv()
    if Path("env.py").exists():
        runpy.run_path("env.py")


def exit_at_startup(line):
    """Print why the site can't start, and exit with status 3.

    3 is gunicorn's WORKER_BOOT_ERROR: it then stops instead of restarting the worker.
    """
    print(f"Dreamscape cannot start: {line}", file=sys.stderr, flush=True)
    raise SystemExit(3)


load_environment()
try:
    settings = read_settings(os.environ)
except SettingError as error:
    exit_at_startup(error)


REQUEST_BYTES = settings["MAX_CONTENT_LENGTH"]


def derived_key(purpose):
    """Return a 32-byte key for one purpose, derived from SECRET_KEY by HMAC-SHA256."""
    return hmac.digest(settings["SECRET_KEY"].encode(), purpose.encode(), "sha256")


def absolute_url(url):
    """Return a path of this site as an absolute URL; an absolute URL is returned unchanged."""
    return url if url.startswith("http") else settings["BASE_URL"] + url
