"""Print Lighthouse's four scores of the main pages, with its mobile settings; run as a module."""

import json
import os
import subprocess
import sys

from support.chromium import FLAGS, MISSING, find_chromium
from support.stage import demo_site
from support.website import ROOT

LIGHTHOUSE = ROOT / "node_modules/.bin/lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FULL = 1  # score of an audit that costs nothing


def find_pages():
    """Return ({name: path}, the sign-in cookie of the demo's dreamer)."""
    from browser.cast import sign_in_cookie

    import app as site

    maya = site.complete_dreamer(site.find_dreamer_by_email(site.DEMO_EMAIL))
    dream = site.find_dreams({"dreamer_id": {"$ne": maya["_id"]}}, site.NEWEST_FIRST, 1)[0]
    cookie = sign_in_cookie(maya, site.app.config["BASE_URL"])
    return {
        "landing": "/",
        "sign-up": "/signup",
        "dream": f"/dreams/{dream['slug']}",
        "dreamer": f"/dreamers/{dream['author']['slug']}",
        "Dreamscape": "/dreamscape",
        "New dream": "/dreambuilder",
    }, f"{cookie['name']}={cookie['value']}"


def ask_lighthouse(url, cookie):
    """Return Lighthouse's report about a page; with a cookie it is seen signed in."""
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


def losses(report):
    """Return the audits that cost points, in words."""
    weighed = {
        part["id"]
        for category in CATEGORIES
        for part in report["categories"][category]["auditRefs"]
        if part["weight"]
    }
    lost = [
        audit
        for name, audit in report["audits"].items()
        if name in weighed and audit["score"] is not None and audit["score"] < FULL
    ]
    return [f"{audit['title']}: {audit.get('displayValue') or 'failed'}" for audit in lost]


def main():
    """Audit every page and print a line for each, with what costs points below it."""
    if not find_chromium():
        sys.exit(MISSING)
    with demo_site() as website:
        pages, cookie = find_pages()
        print(f"{'':14}" + "".join(f"{name:>16}" for name in CATEGORIES))
        for name, path in pages.items():
            report = ask_lighthouse(
                website.url + path, cookie if name.startswith("Dream") else None
            )
            scores = [
                round(100 * (report["categories"][category]["score"] or 0))
                for category in CATEGORIES
            ]
            print(f"{name:14}" + "".join(f"{score:16}" for score in scores), flush=True)
            for loss in losses(report) if set(scores) != {100} else []:
                print(f"    {loss}", flush=True)


if __name__ == "__main__":
    main()
