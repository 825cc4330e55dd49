"""Find Chromium for the browser tests; run as a module, install it if it is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

# The headless shell renders the same pages in half the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Containers have no sandbox and no GPU; the rest turns off background requests.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",  # one process fewer to start and to copy images to
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Without RenderDocument a navigation within the site keeps its frame: a tenth less time. This
    # list replaces Playwright's own, of which the other two matter here.
    "--disable-features=RenderDocument,PaintHolding,AvoidUnnecessaryBeforeUnloadCheckSync",
)
PACKAGES = ("chromium-headless-shell", "chromium")  # Debian's; older releases lack the first
MISSING = ("There is no Chromium here: install it (Debian: apt install chromium), "
           "or set CHROMIUM to its path.")


def find_chromium():
    """Return the path of a Chromium: $CHROMIUM, on the PATH, or Playwright's; else None."""
    if given := os.environ.get("CHROMIUM"):
        return shutil.which(given)
    return next(filter(None, map(shutil.which, NAMES)), None) or find_bundled()


def find_bundled():
    """Return the path of the Chromium that Playwright installed, or None."""
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install_chromium():
    """Install Debian's Chromium as root, else Playwright's own."""
    if os.geteuid() == 0 and Path("/etc/debian_version").exists():
        subprocess.run(["apt-get", "update", "-q"], check=False)
        for package in PACKAGES:
            if not find_chromium():
                subprocess.run(["apt-get", "install", "-qy", package], check=False)
    if not find_chromium():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


if __name__ == "__main__":
    if not find_chromium() and not os.environ.get("CHROMIUM"):
        install_chromium()
    print(find_chromium() or sys.exit(MISSING))
