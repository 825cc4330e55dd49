"""Configuration: the environment, .env and env.py, validated once into ``settings``.

``settings`` is what Flask's config gets; its names are documented in env.example.py. Also the keys
derived from SECRET_KEY, and the hosts and absolute URLs of this site.
"""
import hmac
import os
import re
import runpy
import secrets
import sys
from contextlib import suppress
from datetime import timedelta
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import quote, urlsplit

import idna
from dotenv import load_dotenv
from email_validator import EmailNotValidError, validate_email
from werkzeug.wsgi import host_is_trusted

LOCAL_MONGO_URI = "mongodb://127.0.0.1:27027"  # where dev_database.py listens
SESSION_LIFETIME = timedelta(days=30)
REQUEST_MEGABYTES = 10  # default limit of a request body, pictures included
STATIC_MAX_AGE = 3_600  # seconds, Cache-Control of icons
# Compression can't leak secrets to other sites here (BREACH): SameSite cookies keep their
# requests signed out.
COMPRESSED_TYPES = ("text/html", "text/css", "text/javascript", "image/svg+xml",
                    "application/json", "application/manifest+json", "application/atom+xml",
                    "application/xml")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
HOST_NAME = re.compile(r"(?=.{1,253}$)[\w-]{1,63}(\.[\w-]{1,63})*", re.ASCII)
DEFAULT_PORTS = {"http": 80, "https": 443}
PATH_SIGNS = "/%:@!$&'()*+,;=~"  # not percent-encoded in a path
DBNAME_BYTES = 63  # MongoDB's limit, which pymongo doesn't check
BOOLEANS = {"1": True, "true": True, "yes": True, "on": True,
            "": False, "0": False, "false": False, "no": False, "off": False}


class SettingError(ValueError):
    """A missing, incomplete or invalid setting; the message is one line for whoever deploys."""


def read_boolean(environ, name, default=""):
    """Return a setting as a bool; SettingError unless it is one of BOOLEANS."""
    value = environ.get(name, "").strip().lower() or default
    if value not in BOOLEANS:
        raise SettingError(f"{name} must be 1 or 0, not {value!r}.")
    return BOOLEANS[value]


def read_number(environ, name, default):
    """Return a setting as an int from 1 to 65535, the range of a port."""
    value = environ.get(name) or str(default)
    # int() refuses thousands of digits with an error of its own.
    digits = re.fullmatch(r"0*([0-9]{1,5})", value)
    if not digits or not 1 <= int(digits[1]) <= 65_535:
        raise SettingError(f"{name} must be a number from 1 to 65535, not {value!r}.")
    return int(digits[1])


def normalise_host(host):
    """Return a Host header, or an origin, in lower case and without a trailing dot."""
    return re.sub(r"\.(?=(:\d+)?$)", "", host.lower())


def ascii_host(host):
    """Return a host name in lower case and Punycode, or an IP address; raise ValueError."""
    with suppress(ValueError):
        return str(ip_address(host))
    # Only other names: IDNA 2008 refuses some that are in use, such as r3---sn.example.
    name = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode()
    name = name.removesuffix(".")
    if not HOST_NAME.fullmatch(name):
        raise ValueError("not a host name")
    return name


def normalise_url(url):
    """Return a site's URL as browsers write it, without a trailing slash; raise ValueError."""
    parts = urlsplit(url)
    host, port = ascii_host(parts.hostname or ""), parts.port
    host = f"[{host}]" if ":" in host else host
    extra = parts.username is not None or parts.query or parts.fragment
    # Werkzeug refuses requests to some hosts, such as those with an underscore.
    if parts.scheme not in DEFAULT_PORTS or port == 0 or extra or not host_is_trusted(host):
        raise ValueError("not the address of a site")
    port = f":{port}" if port not in (None, DEFAULT_PORTS[parts.scheme]) else ""
    return f"{parts.scheme}://{host}{port}{quote(parts.path.rstrip('/'), safe=PATH_SIGNS)}"


def read_base_url(environ):
    """Return BASE_URL in lower case and Punycode, without a trailing slash."""
    local_url = f"http://127.0.0.1:{read_number(environ, 'PORT', 5000)}"
    url = (environ.get("BASE_URL") or local_url).strip()
    try:
        return normalise_url(url)
    except ValueError as error:
        shown = "" if "@" in url else f", not {url!r}"  # before the @ there may be a password
        raise SettingError(f"BASE_URL must look like https://example.org{shown}.") from error


def host_of(base_url):
    """Return the host of a normalised URL, an IPv6 address in brackets."""
    return re.sub(r":\d+$", "", urlsplit(base_url).netloc)


def read_mail_server(environ):
    """Return the host name in MAIL_SERVER, or None; SettingError if it holds anything else."""
    server = environ.get("MAIL_SERVER")
    try:
        return ascii_host(server) if server else None
    except ValueError as error:
        raise SettingError("MAIL_SERVER must be a host name alone, such as smtp.example.org; "
                           "its port goes into MAIL_PORT.") from error


def read_mail_sender(environ, host):
    """Return MAIL_DEFAULT_SENDER with its domain in Punycode; by default dreamscape@HOST."""
    sender = environ.get("MAIL_DEFAULT_SENDER")
    if not sender:
        return f"dreamscape@{host}"
    address = parseaddr(sender)[1]
    local, _, domain = address.rpartition("@")
    try:
        ascii_domain = domain if domain.startswith("[") else ascii_host(domain)
        # parseaddr leaves spaces out.
        if re.search(r"^$|[\s@]", local) or address not in sender or not sender.isprintable():
            raise ValueError("not an address")
    except ValueError as error:
        raise SettingError("MAIL_DEFAULT_SENDER must be an email address, such as "
                           "dreams@example.org or Dreamscape <dreams@example.org>.") from error
    # Flask-Mail would use IDNA 2003, which can encode it as a different domain.
    return sender if domain.isascii() else sender.replace(f"@{domain}", f"@{ascii_domain}")


def is_loopback(host):
    """Return whether a host name or an IP address is this machine's own."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_mail_encryption(mail):
    """Raise SettingError if the port of the mail settings doesn't go with the encryption."""
    port, tls, ssl = mail["MAIL_PORT"], mail["MAIL_USE_TLS"], mail["MAIL_USE_SSL"]
    if tls and ssl:
        raise SettingError("MAIL_USE_TLS and MAIL_USE_SSL can't both be on. Choose one.")
    if port == 465 and not ssl:
        raise SettingError("MAIL_PORT 465 needs MAIL_USE_SSL=1 and no MAIL_USE_TLS.")
    if port in (25, 587) and ssl:
        raise SettingError(f"MAIL_USE_SSL doesn't go with MAIL_PORT {port}. Set MAIL_USE_TLS=1 "
                           "instead, or MAIL_PORT=465.")
    # Other ports may be those of a private network or a tunnel.
    is_encrypted = tls or ssl or is_loopback(mail["MAIL_SERVER"])
    if port in (25, 587) and mail["MAIL_PASSWORD"] and not is_encrypted:
        raise SettingError("MAIL_PASSWORD would be sent unencrypted. Set MAIL_USE_TLS=1, or "
                           "MAIL_USE_SSL=1 for port 465.")


def read_mail_settings(environ, host):
    """Return Flask-Mail's settings; MAIL_SERVER is None when mail is printed."""
    names = [name for name in environ if name.startswith("MAIL_") and environ[name]]
    if names and "MAIL_SERVER" not in names:
        raise SettingError(f"{names[0]} is set but MAIL_SERVER isn't. Set both or neither.")
    if ("MAIL_USERNAME" in names) != ("MAIL_PASSWORD" in names):
        raise SettingError("MAIL_USERNAME and MAIL_PASSWORD go together. Set both or neither.")
    tls, ssl = (read_boolean(environ, f"MAIL_USE_{kind}") for kind in ("TLS", "SSL"))
    mail = {
        "MAIL_SERVER": read_mail_server(environ),
        "MAIL_PORT": read_number(environ, "MAIL_PORT", 465 if ssl else 587 if tls else 25),
        "MAIL_USE_TLS": tls,
        "MAIL_USE_SSL": ssl,
        "MAIL_USERNAME": environ.get("MAIL_USERNAME") or None,
        "MAIL_PASSWORD": environ.get("MAIL_PASSWORD") or None,
        "MAIL_DEFAULT_SENDER": read_mail_sender(environ, host),
    }
    if mail["MAIL_SERVER"]:
        check_mail_encryption(mail)
    return mail


def read_contact(environ, mail):
    """Return CONTACT_EMAIL, by default the sender of mail; None where no mail is sent either.

    mail: the settings of read_mail_settings.
    """
    contact = environ.get("CONTACT_EMAIL", "").strip()
    if not contact:
        return parseaddr(mail["MAIL_DEFAULT_SENDER"])[1] or None if mail["MAIL_SERVER"] else None
    try:
        parsed = validate_email(contact, test_environment=True)
    except EmailNotValidError as error:
        raise SettingError(f"CONTACT_EMAIL must be an email address, not {contact!r}.") from error
    return parsed.normalized


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


def check_production(environ):
    """Raise SettingError if a setting that https needs is missing."""
    missing = [name for name in ("SECRET_KEY", "MONGO_URI") if not environ.get(name)]
    if missing:
        raise SettingError(f"{' and '.join(missing)} must be set when BASE_URL begins with https.")


def read_store_settings(environ):
    """Return the settings of the database and the picture store; raise SettingError."""
    stores = {"MONGO_URI": environ.get("MONGO_URI") or LOCAL_MONGO_URI,
              "MONGO_DBNAME": environ.get("MONGO_DBNAME") or "dreamscape",
              "CLOUDINARY_URL": environ.get("CLOUDINARY_URL") or None}
    # What MongoDB Atlas and Cloudinary give to copy holds <placeholders>.
    if re.search(r"[/:]<[^<>@]*>[:@]", stores["MONGO_URI"]):
        raise SettingError("MONGO_URI holds a placeholder in < >. Replace it with your own.")
    if len(os.fsencode(stores["MONGO_DBNAME"])) > DBNAME_BYTES:
        raise SettingError(f"MONGO_DBNAME must have at most {DBNAME_BYTES} bytes.")
    if not re.fullmatch(r"cloudinary://[^:@/ <>]+:[^:@/ <>]+@[^@ <>]+",
                        stores["CLOUDINARY_URL"] or "cloudinary://key:secret@cloud"):
        raise SettingError("CLOUDINARY_URL must look like cloudinary://KEY:SECRET@CLOUD.")
    return stores


def read_settings(environ):
    """Return Flask's settings read from ``environ``; raise SettingError."""
    base_url = read_base_url(environ)
    host = host_of(base_url)
    https = base_url.startswith("https:")
    if https:
        check_production(environ)
    data_dir = make_data_dir(environ)
    mail = read_mail_settings(environ, host)
    return {
        "SECRET_KEY": environ.get("SECRET_KEY") or load_secret_key(data_dir),
        "BASE_URL": base_url,
        **read_store_settings(environ),
        "UPLOADS": data_dir / "uploads", "PICTURE_LOCK": data_dir / "converting",
        "PAGES": data_dir / "pages",
        **mail, "CONTACT_EMAIL": read_contact(environ, mail),
        "OWN_HOSTS": LOOPBACK if host in LOOPBACK else (host,),
        "BEHIND_PROXY": read_boolean(environ, "BEHIND_PROXY"),
        "RATELIMIT_ENABLED": read_boolean(environ, "RATELIMIT_ENABLED", "1"),
        **cookie_settings(https),
        "SEND_FILE_MAX_AGE_DEFAULT": STATIC_MAX_AGE,
        "COMPRESS_MIMETYPES": COMPRESSED_TYPES,
        "COMPRESS_ZSTD_LEVEL": 3,  # 9 saves a tenth, and takes as long as two bare pages
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
    load_dotenv(".env")  # without a path the first one of any parent folder
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


def is_own_host(host):
    """Return whether this site is meant by a Host header that normalise_host returned."""
    return re.sub(r":\d+$", "", host) in settings["OWN_HOSTS"]


def absolute_url(url):
    """Return a path of this site as an absolute URL; an absolute URL is returned unchanged."""
    return url if url.startswith("http") else settings["BASE_URL"] + url

# Of every response.
HEADERS = {
    "Content-Security-Policy":
        "default-src 'none'; img-src 'self' data: blob: https://res.cloudinary.com; "
        "style-src 'self'; script-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
