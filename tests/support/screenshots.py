"""Take a picture of every page, light and dark, on a phone and on a desk; run as a module."""
import sys

from playwright.sync_api import sync_playwright
from support.chromium import FLAGS, MISSING, find_chromium
from support.stage import demo_site
from support.website import ROOT

FOLDER = ROOT / "screenshots"
SIZES = {"phone": (360, 740), "desk": (1280, 900)}


def take_all(website, browser):
    """Take every place in every look; screenshots/phone-dark/dreambuilder.png and so on."""
    from browser.cast import sign_in_cookie
    from browser.places import PLACES, make_scene

    scene = make_scene()
    for size, (width, height) in SIZES.items():
        for theme in ("light", "dark"):
            for who in ("visitor", "maya", "newcomer"):
                context = browser.new_context(
                    base_url=website.url, viewport={"width": width, "height": height},
                    color_scheme=theme, reduced_motion="reduce")
                if who != "visitor":
                    context.add_cookies([sign_in_cookie(getattr(scene, who), website.url)])
                page = context.new_page()
                for name in [name for name, whose, _ in PLACES if whose == who]:
                    take(page, name, scene, FOLDER / f"{size}-{theme}")
                context.close()


def take(page, name, scene, folder):
    """Take one whole page."""
    from browser.places import PLACES

    next(lead for place, _, lead in PLACES if place == name)(page, scene)
    # Pictures further down are loaded when they come near.
    page.evaluate("document.querySelectorAll('img').forEach((image) => { image.loading = 'eager'; })")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=folder / f"{name.replace('?', '').replace(' ', '-')}.png", full_page=True)


def main():
    """Serve the demo and take the pictures."""
    path = find_chromium() or sys.exit(MISSING)
    with demo_site() as website, sync_playwright() as playwright:
        with playwright.chromium.launch(executable_path=path, args=[*FLAGS]) as browser:
            take_all(website, browser)
    print(f"{len(list(FOLDER.rglob('*.png')))} pictures are in {FOLDER}")


if __name__ == "__main__":
    main()
