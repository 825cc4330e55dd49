"""The settings of sites that tests and tools start: none of the developer's own."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUNICORNS = {"PORT", "WEB_CONCURRENCY"}  # which it reads itself: a number, or not set


def documented_settings():
    """Return the names in the README's table of settings."""
    named = re.findall(r"^\| (`[A-Z].*?) \|", (ROOT / "README.md").read_text(), re.M)
    return set(re.findall("`([A-Z_]+)`", " ".join(named)))


def use_own_settings(**settings):
    """Set the site's settings in os.environ, and each of the others to nothing.

    Were it missing, the developer's .env or env.py would set it: to a real database, picture
    store or mail server.
    """
    for name in [*os.environ]:
        # The SDK of Cloudinary reads more names than the site.
        if name.startswith("CLOUDINARY_") or name in GUNICORNS:
            del os.environ[name]
    os.environ |= dict.fromkeys(documented_settings() - GUNICORNS, "") | settings
