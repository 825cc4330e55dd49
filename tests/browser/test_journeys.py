"""Long user journeys: by keyboard alone, and on a phone."""

import secrets

import pytest
from playwright.sync_api import expect

from browser.factories import add_dream, add_person, comment_bodies, is_followed, picture_file
from browser.conftest import PHONE

from dreamscape.dreamers import find_dreamer
from dreamscape.slugs import set_slug

TAB_LIMIT = 300  # presses of Tab after which an element counts as unreachable
FOCUSED = """([wanted, kind]) => {
  const e = document.activeElement;
  if (!e.matches(kind)) return false;
  const names = [e.getAttribute("aria-label"), e.labels?.[0]?.textContent, e.textContent];
  const name = names.find(Boolean) || "";
  return new RegExp(wanted, "u").test(name.trim().replace(/\\s+/gu, " "));
}"""
TOUCH = PHONE | {"is_mobile": True, "has_touch": True}


class Keyboard:
    """Operates a page by keyboard."""

    def __init__(self, page):
        """Use a page."""
        self.page = page

    def go_to(self, wanted, kind="*", key="Tab"):
        """Press Tab until the focused element has a name and matches a CSS selector."""
        for _ in range(TAB_LIMIT):
            self.page.keyboard.press(key)
            if self.page.evaluate(FOCUSED, [wanted, kind]):
                return
        raise AssertionError(f"Tab never comes to {wanted!r}")

    def enter(self, wanted, key="Tab"):
        """Focus a link or button, press Enter and wait for the navigation."""
        self.go_to(wanted, key=key)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def type(self, wanted, words):
        """Focus a field and type."""
        self.go_to(wanted, "input, textarea")
        self.page.keyboard.type(words)


@pytest.fixture
def dream(ada):
    """The first dream on the feed."""
    return add_dream(ada, "Sail to the islands")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_from_the_landing_page_to_a_comment_by_keyboard_alone(
    visit, dream, bob, scripts, wait_until
):
    """Landing page, sign-in, feed, follow and comment, without a mouse."""
    page = visit("/", scripts=scripts)
    keys = Keyboard(page)
    keys.enter("^Sign in$")
    keys.type("^Email$", bob["email"])
    keys.type("^Password$", "correct horse battery")
    keys.enter("^Sign in$")

    keys.go_to("^Follow dream Sail to the islands")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Unfollow dream Sail to the islands")).to_be_visible()
    wait_until(lambda: is_followed(dream, bob))
    # In place the focus stays on the button, after the title; without scripts the card gets it.
    keys.enter("^Sail to the islands$", "Shift+Tab" if scripts else "Tab")
    keys.type("^Your comment$", "Fair wind!")
    keys.go_to("^Send$")
    page.keyboard.press("Enter")

    expect(
        page.get_by_role("article").get_by_role("paragraph").filter(has_text="Fair wind!")
    ).to_be_visible()
    assert comment_bodies(dream) == ["Fair wind!"]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_from_the_landing_page_to_a_dream_with_a_picture_on_a_phone(visit, scripts):
    """Sign-up, skipped stages, a new dream and its picture, by touch."""
    page = visit("/", scripts=scripts, **TOUCH)
    page.get_by_role("banner").get_by_role("link", name="Sign up").tap()
    for label, words in {
        "First name": "Cyd",
        "Last name": "Sailor",
        "Password": "a long password",
        "Email": f"{secrets.token_hex(6)}@example.com",
    }.items():
        page.get_by_label(label).fill(words)
    page.get_by_role("main").get_by_role("button", name="Sign up").tap()
    for _ in range(4):
        page.get_by_role("link", name="Skip", exact=True).tap()
    page.get_by_role("link", name="New dream").first.tap()
    page.get_by_label("Your dream in one line").fill("Build a boat")
    page.get_by_label("Tell us more").fill("Of wood.")
    page.get_by_label("Travel").check()
    page.get_by_role("button", name="Share this dream").tap()
    page.get_by_label("Picture", exact=True).set_input_files(picture_file())
    page.get_by_label("Describe the picture").fill("A boat at dusk")
    page.get_by_role("button", name="Save picture").tap()

    expect(page.get_by_role("heading", level=1)).to_have_text("Build a boat")
    expect(page.get_by_role("img", name="A boat at dusk")).to_be_visible()


def test_all_stages_can_be_filled_in_by_keyboard_alone(visit, ada):
    """R23, R25, R26 in one visit."""
    keys = Keyboard(visit("/profile/about", ada))
    keys.type("^About you$", "I build boats.")
    keys.enter("^Save and continue$")
    keys.enter("^Skip$")
    keys.type("^Skills: add one$", "C++")
    keys.page.keyboard.press("Enter")
    keys.enter("^Save and continue$")
    keys.go_to("^Travel$")
    keys.page.keyboard.press("Space")
    keys.enter("^Save and enter the Dreamscape$")

    told = find_dreamer({"_id": ada["_id"]})
    assert (told["bio"], told["skills"], told["interests"]) == (
        "I build boats.",
        ["C++"],
        ["travel"],
    )


def test_a_feed_of_20_dreams_is_at_most_60_kilobytes(visit, devtools, listen, bob):
    """Its HTML, CSS and JavaScript, compressed, at most 60 kB."""
    page, weights = visit("about:blank", bob), {}
    devtools(page).send("Network.clearBrowserCache")
    listen(
        page,
        "response",
        lambda answer: (
            answer.request.resource_type in ("document", "stylesheet", "script")
            and weights.update({answer.url: answer.request.sizes()["responseBodySize"]})
        ),
    )

    page.goto("/dreamscape")

    assert page.locator("article[id^=dream-]").count() == 20
    print(f"The Dreamscape weighs {sum(weights.values()):,} bytes in {len(weights)} files.")
    assert 20_000 < sum(weights.values()) <= 60_000


def test_renaming_back_and_forth_makes_no_redirect_loop(visit):
    """The browser does not cache the redirect from an old slug."""
    person = add_person("Augusta", f"Loop{secrets.token_hex(4)}")
    old, last_name = person["slug"], person["last_name"]
    new = set_slug("dreamers", person, f"Ada {last_name}")
    page = visit(f"/dreamers/{old}")
    set_slug("dreamers", person, f"Augusta {last_name}")
    page.goto(f"/dreamers/{new}")

    page.goto(f"/dreamers/{old}")

    assert page.url.endswith(f"/dreamers/{old}")
