"""Print Lighthouse's four mobile scores of the main pages; run as a module."""

import json
import os
import subprocess
import sys

from support.chromium import FLAGS, MISSING, find_chromium
from support.demo_site import demo_site
from support.website import ROOT

LIGHTHOUSE = ROOT / "node_modules/.bin/lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FULL = 1  # score of a passed audit
# {name: path} of pages for anybody (a dream and a dreamer are two more), and of those for which
# Lighthouse signs in.
PUBLIC = {"landing": "/", "sign-up": "/signup"}
SIGNED_IN = {"Dreamscape": "/dreamscape", "New dream": "/dreambuilder"}


def find_pages():
    """Return ({name: path} of all pages, the session cookie of the demo user)."""
    # Only now: they connect to the database that the settings name when they are imported.
    from browser.factories import sign_in_cookie

    import app as site
    from dreamscape.accounts import find_dreamer_by_email
    from dreamscape.database import NEWEST_FIRST
    from dreamscape.demo import DEMO_EMAIL
    from dreamscape.dreamers import complete_dreamer
    from dreamscape.dreams import find_dreams

    maya = complete_dreamer(find_dreamer_by_email(DEMO_EMAIL))
    dream = find_dreams({"dreamer_id": {"$ne": maya["_id"]}}, NEWEST_FIRST, 1)[0]
    cookie = sign_in_cookie(maya, site.settings["BASE_URL"])
    return {
        **PUBLIC,
        "dream": f"/dreams/{dream['slug']}",
        "dreamer": f"/dreamers/{dream['author']['slug']}",
        **SIGNED_IN,
    }, f"{cookie['name']}={cookie['value']}"


def run_lighthouse(url, cookie):
    """Return Lighthouse's report on a page, signed in if a cookie is given."""
    headers = ["--extra-headers", json.dumps({"Cookie": cookie})] if cookie else []
    answer = subprocess.run(
        [
            LIGHTHOUSE,
            url,
            "--quiet",
            "--output=json",
            "--no-enable-error-reporting",
            f"--only-categories={','.join(CATEGORIES)}",
            *headers,
            f"--chrome-flags=--headless=new {' '.join(FLAGS)}",
        ],
        env=os.environ | {"CHROME_PATH": find_chromium()},
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(answer.stdout) if answer.stdout else sys.exit(answer.stderr)


def find_failures(report):
    """Return the audits that lower a score, as text."""
    weighted = {
        part["id"]
        for category in CATEGORIES
        for part in report["categories"][category]["auditRefs"]
        if part["weight"]
    }
    failed = [
        audit
        for name, audit in report["audits"].items()
        if name in weighted and audit["score"] is not None and audit["score"] < FULL
    ]
    return [f"{audit['title']}: {audit.get('displayValue') or 'failed'}" for audit in failed]


def main():
    """Audit every page; print its scores and the failed audits."""
    if not find_chromium():
        sys.exit(MISSING)
    with demo_site() as website:
        pages, cookie = find_pages()
        print(f"{'':14}" + "".join(f"{name:>16}" for name in CATEGORIES))
        for name, path in pages.items():
            report = run_lighthouse(website.url + path, cookie if name in SIGNED_IN else None)
            scores = [
                round(100 * (report["categories"][category]["score"] or 0))
                for category in CATEGORIES
            ]
            print(f"{name:14}" + "".join(f"{score:16}" for score in scores), flush=True)
            for failure in find_failures(report) if set(scores) != {100} else []:
                print(f"    {failure}", flush=True)


if __name__ == "__main__":
    main()
