"""Settings for sites that tests and tools start, without the developer's own."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
READ_BY_GUNICORN = {"PORT", "WEB_CONCURRENCY"}  # each must be a number or not set, not ""


def documented_settings():
    """Return the names in the README's table of settings."""
    named = re.findall(r"^\| (`[A-Z].*?) \|", (ROOT / "README.md").read_text(), re.M)
    return set(re.findall("`([A-Z_]+)`", " ".join(named)))


def use_own_settings(**settings):
    """Set these settings in os.environ, and each of the site's others to "".

    If one were missing, the developer's .env or env.py might set it: to a real database, picture
    store or mail server.
    """
    for name in [*os.environ]:
        # Cloudinary's SDK reads more of these names than the site.
        if name.startswith("CLOUDINARY_") or name in READ_BY_GUNICORN:
            del os.environ[name]
    os.environ |= dict.fromkeys(documented_settings() - READ_BY_GUNICORN, "") | settings
