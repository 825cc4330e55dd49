"""The environment, read and checked once, into Flask's settings."""
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

EMBEDDED_MONGO_URI = "mongodb://127.0.0.1:27027"  # what Procfile.dev starts
SESSION_LIFE = timedelta(days=30)
REQUEST_MEGABYTES = 10  # the largest request where nothing else is set, a picture included
STATIC_AGE = 3_600  # seconds a browser keeps an icon
# No other site can ask for pages as a dreamer (SameSite), so their size tells it nothing.
COMPRESSED = ("text/html", "text/css", "text/javascript", "image/svg+xml", "application/json",
              "application/manifest+json")
LOOPBACK = ("127.0.0.1", "localhost")
SWITCHES = {"1": True, "true": True, "yes": True, "on": True,
            "": False, "0": False, "false": False, "no": False, "off": False}


class SettingError(ValueError):
    """A setting that is missing, half given or wrong, with a line that says so."""


def read_switch(environ, name, default=""):
    """Return a yes-or-no setting as a bool."""
    value = environ.get(name, default).strip().lower()
    if value not in SWITCHES:
        raise SettingError(f"{name} must be 1 or 0, not {value!r}.")
    return SWITCHES[value]


def read_number(environ, name, default):
    """Return a port-like setting as an int from 1 to 65535."""
    value = environ.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65_535:
        raise SettingError(f"{name} must be a number from 1 to 65535, not {value!r}.")
    return int(value)


def read_base_url(environ):
    """Return BASE_URL, its scheme in small letters and no slash at its end."""
    own = f"http://127.0.0.1:{read_number(environ, 'PORT', 5000)}"
    url = (environ.get("BASE_URL") or own).strip().rstrip("/")
    try:
        parts = urlsplit(url)
        # Reading the port is what checks it.
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment:
        raise SettingError(f"BASE_URL must look like https://example.org, not {url!r}.")
    return parts.geturl()


def own_hosts(base_url):
    """Return the hosts under which the site answers: its own, or this machine's names."""
    host = urlsplit(base_url).hostname
    return [*LOOPBACK] if host in LOOPBACK else [host]


def read_mail_settings(environ, host):
    """Return Flask-Mail's settings; MAIL_SERVER is None when mail is printed."""
    given = [name for name in environ if name.startswith("MAIL_") and environ[name]]
    if given and "MAIL_SERVER" not in given:
        raise SettingError(f"{given[0]} is set but MAIL_SERVER isn't. Set both or neither.")
    if ("MAIL_USERNAME" in given) != ("MAIL_PASSWORD" in given):
        raise SettingError("MAIL_USERNAME and MAIL_PASSWORD go together. Set both or neither.")
    tls, ssl = (read_switch(environ, f"MAIL_USE_{kind}") for kind in ("TLS", "SSL"))
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
    """Return Flask's settings of the session's cookie; on https it is bound to this host."""
    return {
        "SESSION_COOKIE_NAME": "__Host-session" if https else "session",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": SESSION_LIFE,
    }


def make_data_dir(environ):
    """Make the folder of the embedded defaults where it is missing; return its path."""
    folder = Path(environ.get("DATA_DIR") or "data").absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):  # Pictures need it later: that is too late to learn it.
            return folder
    except OSError as error:
        raise SettingError(f"DATA_DIR {folder} cannot be used: {error.strerror}.") from error


def keep_secret_key(folder):
    """Return the random key kept in the data folder, made at the first start.

    Written aside and then linked, so that of several processes that start together
    one key wins and none reads half of it.
    """
    kept, fresh = folder / "secret_key", folder / f"secret_key.{secrets.token_hex(4)}"
    try:
        if not kept.exists():
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_hex(32))
            with suppress(FileExistsError):
                os.link(fresh, kept)
            fresh.unlink()
        key = kept.read_text().strip()
    except OSError as error:
        raise SettingError(f"DATA_DIR {folder} cannot be used: {error.strerror}.") from error
    if not key:
        raise SettingError(f"{kept} is empty. Delete it and start again to get a new key.")
    return key


def read_settings(environ):
    """Return Flask's settings read from ``environ``; raise SettingError with one line."""
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
        "SECRET_KEY": environ.get("SECRET_KEY") or keep_secret_key(data_dir),
        "BASE_URL": base_url,
        "MONGO_URI": environ.get("MONGO_URI") or EMBEDDED_MONGO_URI,
        "MONGO_DBNAME": environ.get("MONGO_DBNAME") or "dreamscape",
        "CLOUDINARY_URL": cloudinary_url,
        "UPLOADS": data_dir / "uploads", "PICTURE_LOCK": data_dir / "converting",
        **read_mail_settings(environ, urlsplit(base_url).hostname),
        "TRUSTED_HOSTS": own_hosts(base_url),
        "BEHIND_PROXY": read_switch(environ, "BEHIND_PROXY"),
        "RATELIMIT_ENABLED": read_switch(environ, "RATELIMIT_ENABLED", "1"),
        **cookie_settings(https),
        "SEND_FILE_MAX_AGE_DEFAULT": STATIC_AGE,
        "COMPRESS_MIMETYPES": COMPRESSED,
        "MAX_CONTENT_LENGTH":
            1_000_000 * read_number(environ, "REQUEST_MEGABYTES", REQUEST_MEGABYTES),
        # A form lives as long as the session; and Flask-WTF's own check of every request
        # is replaced by refuse_forged_post, which gives the typed text back.
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_SSL_STRICT": False,
        "WTF_CSRF_HEADERS": (),  # only a form's own field brings the token
    }


def load_environment():
    """Add the settings of .env, and then of env.py, where the environment has none."""
    load_dotenv()
    if Path("env.py").exists():
        runpy.run_path("env.py")


def stop_start(line):
    """End the process with one line that says why.

    3 is gunicorn's code for a worker that will never boot: any other is started again.
    """
    print(f"Dreamscape cannot start: {line}", file=sys.stderr, flush=True)
    raise SystemExit(3)


load_environment()
try:
    settings = read_settings(os.environ)
except SettingError as error:
    stop_start(error)


REQUEST_BYTES = settings["MAX_CONTENT_LENGTH"]


def derived_key(purpose):
    """Return the key of one purpose: 32 bytes that serve nothing else."""
    return hmac.digest(settings["SECRET_KEY"].encode(), purpose.encode(), "sha256")


def absolute(url):
    """Return an address of this site as other sites have to write it."""
    return url if url.startswith("http") else settings["BASE_URL"] + url
