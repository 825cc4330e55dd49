"""Take a screenshot of every page, light and dark, phone and desktop; run as a module."""

import sys

from playwright.sync_api import sync_playwright
from support.chromium import FLAGS, MISSING, find_chromium
from support.demo_site import demo_site
from support.website import ROOT

FOLDER = ROOT / "screenshots"
SIZES = {"phone": (360, 740), "desk": (1280, 900)}


def take_all(website, browser):
    """Take every page in every size and theme: files like screenshots/phone-dark/skills.png."""
    from browser.factories import sign_in_cookie
    from browser.pages import PAGES, add_page_data

    data = add_page_data()
    for size, (width, height) in SIZES.items():
        for theme in ("light", "dark"):
            for who in ("visitor", "maya", "newcomer", "unconfirmed", "admin"):
                context = browser.new_context(
                    base_url=website.url,
                    viewport={"width": width, "height": height},
                    color_scheme=theme,
                    reduced_motion="reduce",
                )
                if who != "visitor":
                    context.add_cookies([sign_in_cookie(getattr(data, who), website.url)])
                page = context.new_page()
                for name, visit_page in [(name, visit) for name, owner, visit in PAGES
                                         if owner == who]:
                    page.set_viewport_size({"width": width, "height": height})
                    visit_page(page, data)
                    take(page, width, FOLDER / f"{size}-{theme}" / f"{file_name(name)}.png")
                context.close()


def file_name(page_name):
    """Return a page's name as a file name."""
    return page_name.replace("?", "").replace(" ", "-")


def take(page, width, path):
    """Take a screenshot in a window as high as the page, so that the bottom bar is at its end."""
    # Lazy images further down are not loaded yet.
    page.evaluate(
        "document.querySelectorAll('img').forEach((image) => { image.loading = 'eager'; })"
    )
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)


def main():
    """Serve the demo and take the screenshots."""
    path = find_chromium() or sys.exit(MISSING)
    with (
        demo_site() as website,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=path, args=[*FLAGS]) as browser,
    ):
        take_all(website, browser)
    print(f"{len(list(FOLDER.rglob('*.png')))} screenshots are in {FOLDER}")


if __name__ == "__main__":
    main()
