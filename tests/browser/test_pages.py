"""What must hold on every page and state, in light and dark, on a phone and on a desk."""

import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from browser.factories import sign_in_cookie
from browser.conftest import DESK, PATIENCE, PHONE
from browser.pages import MAYA, NEWCOMER, PLACES, VISITOR, make_scene
from browser.console_monitor import Watch

import app as site

ROOT = Path(__file__).parents[2]
JUDGE = [shutil.which("node"), ROOT / "tests/support/html_validate.mjs"]
SIZES = {"phone": PHONE, "desk": DESK}
THEMES = ("light", "dark")
MOST_SHIFT = 0.01
REFUSALS = (403, 404, 405, 413, 422, 429, 500, 503)
AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
# Nothing is fetched beforehand: that is for films and for style sheets of other hosts.
RUN_AXE = """(rules) => axe.run(document, {resultTypes: ["violations"], preload: false, ...rules})
  .then((found) =>
  found.violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`)))"""
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}  # what a theme can change
# The sum of all layout shifts so far, and what moved; the timer lets the browser report them.
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  const moved = [];
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
    sum += entry.value;
    moved.push(...entry.sources.map(({node}) => node?.outerHTML?.slice(0, 80) ?? node?.data));
  })).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done([sum, moved]), 60);
})"""
# A script that spoils a page, and what is said of it then.
WIDEN = "document.querySelector('label').style.inlineSize = '5000px'"
PUSH = """() => new Promise((done) => {
  const push = document.createElement("p");
  push.textContent = "In comes something that pushes all the rest down the page";
  push.style.blockSize = "400px";
  document.querySelector("main").before(push);
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""
SPOILT = {
    WIDEN: "too wide",
    PUSH: "jumps",
    "console.warn('spoilt')": "console",
    "document.querySelector('label').remove()": "axe",
}
TOO_WIDE = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.body.querySelectorAll("*")]
    .filter((e) => e.getBoundingClientRect().right > wide + 1)
    .map((e) => e.outerHTML.slice(0, 80)).slice(0, 5).concat("scrolls sideways");
}"""


@pytest.fixture(scope="module")
def windows(browser, place):
    """A function that gives the window of a size and a person; each is opened once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site.db, "database", place.database)
        scene = make_scene()
    people = {"maya": scene.maya, "newcomer": scene.newcomer, "admin": scene.admin, "visitor": None,
              "unconfirmed": scene.unconfirmed}
    opened = {}

    def window(size, who):
        """Return (page, what it complains of, the scene)."""
        if (size, who) not in opened:
            context = browser.new_context(
                base_url=place.url, reduced_motion="reduce", **SIZES[size]
            )
            # Every page brings axe along, which is quicker than to hand it to each.
            context.add_init_script(AXE)
            watch = Watch(place.url)
            context.set_default_timeout(PATIENCE)
            watch.over(context)
            if people[who]:
                with site.app.app_context(), pytest.MonkeyPatch.context() as patch:
                    patch.setattr(site.db, "database", place.database)
                    context.add_cookies([sign_in_cookie(people[who], place.url)])
            opened[size, who] = context.new_page(), watch, scene
        return opened[size, who]

    yield window
    for page, _, _ in opened.values():
        page.context.close()


@pytest.fixture(scope="module")
def judge():
    """A function that returns what html-validate finds in a page; it is started once.

    Where there is no npm make test says that nothing is judged; test_what_is_no_html then tells.
    """
    if not (ROOT / "node_modules/html-validate").exists():
        yield lambda html: []
        return
    with subprocess.Popen(JUDGE, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as node:

        def ask(html):
            """Hand a page over, and read the answer."""
            print(json.dumps(html), file=node.stdin, flush=True)
            return json.loads(node.stdout.readline())

        yield ask


def status_of(name):
    """Return the status that a place's name promises."""
    return int(name) if name.isdigit() else 422 if "refused" in name else 200


def faults_of(page, watch, answer, name):
    """Return what is wrong with a place just come to, in words."""
    shift, moved = page.evaluate(SHIFT)
    return [
        *[f"status: {answer.status}"] * (answer.status != status_of(name)),
        *[f"jumps while it loads: {shift} {moved}"] * (shift >= MOST_SHIFT),
        *[f"console: {complaint}" for complaint in watch.complaints],
        *faults_in_sight(page),
    ]


def faults_in_sight(page, rules=None):
    """Return what is wrong with how a page looks, in the theme it has now; all rules or some."""
    return [
        *[f"too wide: {fault}" for fault in page.evaluate(TOO_WIDE)],
        *[f"axe: {fault}" for fault in page.evaluate(RUN_AXE, rules)],
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("name", "who", "lead"), PLACES, ids=[name for name, _, _ in PLACES])
def test_a_page_has_no_fault(windows, judge, name, who, lead, size):
    """All is asked on one visit, and the theme changed there: axe and visits take longest.

    A phone comes in light and changes to dark, a desk the other way round. Both get the same
    HTML, so it is judged once.
    """
    page, watch, scene = windows(size, who)
    first, second = THEMES if size == "phone" else THEMES[::-1]
    watch.reset()
    watch.expect(*REFUSALS)

    page.emulate_media(color_scheme=first)
    answer = lead(page, scene)
    faults = faults_of(page, watch, answer, name)
    faults += [f"html: {fault}" for fault in judge(answer.text())] if size == "desk" else []
    page.emulate_media(color_scheme=second)

    assert faults + faults_in_sight(page, COLOURS) == []


@pytest.mark.parametrize("script, fault", SPOILT.items(), ids=SPOILT.values())
def test_a_fault_would_be_found(windows, script, fault):
    page, watch, _ = windows("desk", "visitor")
    watch.reset()

    answer = page.goto("/login")
    page.evaluate(script)

    assert fault in str(faults_of(page, watch, answer, "login"))


def test_what_is_no_html_would_be_found(judge):
    if not shutil.which("npm"):
        pytest.skip("html-validate needs npm")

    assert judge("<!doctype html><html><head></head><body><p id=a><p id=a></body></html>")


@pytest.mark.parametrize("width", [320, 1920])
@pytest.mark.parametrize(
    "name",
    ["landing", "signup", "latest", "dream with comments", "dreamer", "dreambuilder", "skills"],
)
def test_a_narrow_and_a_wide_window_do_not_scroll_sideways(windows, name, width):
    who = next(
        who
        for who, leads in (("visitor", VISITOR), ("maya", MAYA), ("newcomer", NEWCOMER))
        if name in leads
    )
    page, _, scene = windows("desk", who)
    page.set_viewport_size({"width": width, "height": 900})

    (VISITOR | MAYA)[name](page, scene)

    assert page.evaluate(TOO_WIDE) == []
    page.set_viewport_size(DESK["viewport"])
