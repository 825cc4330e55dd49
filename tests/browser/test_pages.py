"""Checks of every page and state, in light and dark, phone and desktop."""

import functools
import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from browser.factories import sign_in_cookie
from browser.conftest import DESK, TIMEOUT, PHONE
from browser.pages import MAYA, NEWCOMER, PAGES, VISITOR, add_page_data
from browser.console_monitor import ConsoleMonitor
from support.patches import use_database

import app as site

ROOT = Path(__file__).parents[2]
VALIDATE = [shutil.which("node"), ROOT / "tests/support/html_validate.mjs"]
SIZES = {"phone": PHONE, "desk": DESK, "large type": PHONE,
         "zoom": {"viewport": {"width": 320, "height": 256}}}
MOST_SHIFT = 0.01
REFUSALS = (403, 404, 405, 413, 422, 429, 500, 503)
AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
# Six cards of a list have what all have; twenty would take axe three times as long. preload is
# for media and for style sheets of other hosts: there are none.
RUN_AXE = """(rules) => axe.run({exclude: [["article.card:nth-of-type(n + 7)"]]},
    {resultTypes: ["violations"], preload: false, ...rules}).then((found) =>
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
# {script that breaks a page: the fault it must cause}
WIDEN = "document.querySelector('label').style.inlineSize = '5000px'"
PUSH = """() => new Promise((done) => {
  const push = document.createElement("p");
  push.textContent = "In comes something that pushes all the rest down the page";
  push.style.blockSize = "400px";
  document.querySelector("main").before(push);
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""
BREAKING = {
    WIDEN: "too wide",
    PUSH: "jumps",
    "console.warn('broken')": "console",
    "document.querySelector('label').remove()": "axe",
}
# What is outside of the window, lies over something else, or takes a quarter of the height.
MISPLACED = """() => {
  const wide = innerWidth + 1;
  const is_shown = (e) => e.checkVisibility({contentVisibilityAuto: true})
    && !e.closest(".visually-hidden, .skip, [aria-hidden], details:not([open]) > :not(summary)");
  const box = (e) => {
    const range = document.createRange();
    range.selectNodeContents(e);
    if (e.matches("label, h1, .field__count")) return range.getBoundingClientRect();
    // A link's padding is for touch only.
    const {left, right, top, bottom, width} = e.getBoundingClientRect();
    const padding = e.matches("a") ? parseFloat(getComputedStyle(e).paddingTop) : 0;
    return {left, right, top: top + padding, bottom: bottom - padding, width};
  };
  const is_fixed = (e) => Boolean(e)
    && (getComputedStyle(e).position === "fixed" || is_fixed(e.parentElement));
  const all = [...document.querySelectorAll(
    "a, button, summary, input:not([type=hidden]), textarea, select, label, h1, .field__count")]
    .filter(is_shown)
    .map((e) => ({e, r: box(e), f: is_fixed(e), name: e.outerHTML.slice(0, 80)}))
    .filter(({r}) => r.width);
  const over = (a, b) => a.f === b.f && !a.e.contains(b.e) && !b.e.contains(a.e)
    && Math.min(a.r.right, b.r.right) - Math.max(a.r.left, b.r.left) > 2
    && Math.min(a.r.bottom, b.r.bottom) - Math.max(a.r.top, b.r.top) > 2;
  const stuck = [...document.body.querySelectorAll("*")].filter((e) => {
    const {position} = getComputedStyle(e);
    return (position === "fixed" || position === "sticky") && e.offsetHeight > 0.26 * innerHeight;
  });
  return [
    ...all.filter(({r}) => r.left < -1 || r.right > wide).map(({name}) => `outside: ${name}`),
    ...all.flatMap((a, i) => all.slice(i + 1).filter((b) => over(a, b)).map((b) =>
      `over each other: ${a.name} and ${b.name}`)),
    ...stuck.map((e) => `high: ${e.outerHTML.slice(0, 80)}`)];
}"""
TOO_WIDE = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.body.querySelectorAll("*")]
    .filter((e) => e.getBoundingClientRect().right > wide + 1)
    .map((e) => e.outerHTML.slice(0, 80)).slice(0, 5).concat("scrolls sideways");
}"""


@functools.cache
def devtools(page):
    """Return the connection to a page over which its type is set: one that stays open."""
    return page.context.new_cdp_session(page)


def set_type(page, pixels):
    """Set the default font size of a page: 16 is 100%."""
    devtools(page).send("Page.setFontSizes", {"fontSizes": {"standard": pixels}})
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == f"{pixels}px"


@pytest.fixture(scope="module")
def windows(browser, website):
    """A function that returns the window of a size and a person; each is opened once."""
    with pytest.MonkeyPatch.context() as patch:
        use_database(patch, website.database)
        data = add_page_data()
    people = {"maya": data.maya, "newcomer": data.newcomer, "admin": data.admin, "visitor": None,
              "unconfirmed": data.unconfirmed}
    opened = {}

    def window(size, who):
        """Return (page, its ConsoleMonitor, the data)."""
        if (size, who) not in opened:
            context = browser.new_context(
                base_url=website.url, reduced_motion="reduce", **SIZES[size]
            )
            if size in ("phone", "desk"):
                # Faster than injecting axe after each navigation.
                context.add_init_script(AXE)
            monitor = ConsoleMonitor(website.url)
            context.set_default_timeout(TIMEOUT)
            monitor.attach(context)
            if people[who]:
                with site.app.app_context(), pytest.MonkeyPatch.context() as patch:
                    use_database(patch, website.database)
                    context.add_cookies([sign_in_cookie(people[who], website.url)])
            opened[size, who] = page, *_ = context.new_page(), monitor, data
            if size == "large type":
                set_type(page, 32)
        return opened[size, who]

    yield window
    devtools.cache_clear()
    for page, _, _ in opened.values():
        page.context.close()


@pytest.fixture(scope="module")
def validate():
    """A function that returns html-validate's errors in a page; it is started once.

    Without npm it finds nothing: make test says so, and test_invalid_html_would_be_found skips.
    """
    if not (ROOT / "node_modules/html-validate").exists():
        yield lambda html: []
        return
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(VALIDATE, text=True, **pipes) as node:

        def ask(html):
            """Send a page, and read the result."""
            print(json.dumps(html), file=node.stdin, flush=True)
            return json.loads(node.stdout.readline())

        yield ask


def status_of(name):
    """Return the expected status of a page, by its name."""
    return int(name) if name.isdigit() else 422 if "refused" in name else 200


# What find_faults asks a page for, at once.
FIND_FAULTS = f"""async () =>
  [...await ({SHIFT})(), ({TOO_WIDE})(), await ({RUN_AXE})()]"""


MISFITS = f"() => [...({TOO_WIDE})(), ...({MISPLACED})()]"


def find_faults(page, monitor, answer, name):
    """Return the faults of a page that was just opened, as text."""
    shift, moved, wide, faults = page.evaluate(FIND_FAULTS)
    return [
        *[f"status: {answer.status}"] * (answer.status != status_of(name)),
        *[f"jumps while it loads: {shift} {moved}"] * (shift >= MOST_SHIFT),
        *[f"console: {problem}" for problem in monitor.problems],
        *[f"too wide: {fault}" for fault in wide],
        *[f"axe: {fault}" for fault in faults],
    ]


def find_visible_faults(page, rules=None):
    """Return layout and axe faults in the current theme; all axe rules or some."""
    return [
        *[f"too wide: {fault}" for fault in page.evaluate(TOO_WIDE)],
        *[f"axe: {fault}" for fault in page.evaluate(RUN_AXE, rules)],
    ]


def find_misplaced(page, size):
    """Return what doesn't fit a window of a size, into which the page is put."""
    page.set_viewport_size(SIZES[size]["viewport"])
    return [f"{size}: {fault}" for fault in page.evaluate(MISFITS)]


# A page is checked in two of these, by turns: at both sizes, and in both themes. Which colours go
# together is the same at all sizes; test_looks.py computes the contrast of every two of them.
WAYS_TO_LOOK = ((("phone", "light"), ("desk", "dark")), (("desk", "light"), ("phone", "dark")),
                (("phone", "dark"), ("desk", "light")), (("desk", "dark"), ("phone", "light")))


def show_in(page, size, theme):
    """Put a page into a window of a size, in a theme."""
    page.set_viewport_size(SIZES[size]["viewport"])
    page.emulate_media(color_scheme=theme)


@pytest.mark.parametrize(("number", "page_case"), [*enumerate(PAGES)],
                         ids=[name for name, *_ in PAGES])
def test_a_page_has_no_fault(windows, validate, number, page_case):
    """Everything is checked in one visit that changes size and theme: axe and visits are slow.

    At last the page is zoomed to 400 percent, as a desktop's would be, and has 200 percent type on
    a phone.
    """
    name, who, visit_page = page_case
    page, monitor, data = windows("phone", who)
    monitor.reset()
    monitor.expect_status(*REFUSALS)
    first, second = WAYS_TO_LOOK[number % 4]

    show_in(page, *first)
    answer = visit_page(page, data)
    faults = find_faults(page, monitor, answer, name)
    faults += [f"html: {fault}" for fault in validate(answer.text())]
    show_in(page, *second)
    faults += find_visible_faults(page)
    faults += find_misplaced(page, "zoom")
    set_type(page, 32)
    faults += find_misplaced(page, "large type")
    set_type(page, 16)

    assert faults == []


def test_colours_that_are_hard_to_tell_would_be_found(windows):
    page, _, _ = windows("phone", "visitor")
    page.goto("/login")
    assert find_visible_faults(page, COLOURS) == []

    page.evaluate("document.querySelector('label').style = 'color: #aaa; background: #fff'")

    assert "color-contrast" in str(find_visible_faults(page, COLOURS))


@pytest.mark.parametrize(("script", "fault"), [
    ("document.querySelector('main').style.position = 'sticky'", "high"),
    ("document.querySelector('h1').style.marginInlineStart = '-40px'", "outside"),
    ("document.querySelector('.nav').style.translate = '-5rem 0'", "over each other")])
def test_what_does_not_fit_would_be_found(windows, script, fault):
    page, _, _ = windows("zoom", "visitor")
    page.goto("/login")
    assert page.evaluate(MISPLACED) == []

    page.evaluate(script)

    assert fault in str(page.evaluate(MISPLACED))


@pytest.mark.parametrize("size", ["large type", "zoom", "phone"])
@pytest.mark.parametrize("width", [320, 360, 390, 640])
def test_every_item_of_the_menu_can_be_reached(windows, size, width):
    page, _, _ = windows(size, "admin")
    page.goto("/dreams")
    page.set_viewport_size(SIZES[size]["viewport"] | {"width": width})

    page.locator("summary").filter(has_text="Gil").click()

    for item in page.locator(".nav__link, .menu__list :is(a, button)").all():
        item.click(trial=True)
    assert page.evaluate(TOO_WIDE) == []
    page.set_viewport_size(SIZES[size]["viewport"])


FOCUS = """() => {
  const e = document.activeElement, bar = document.querySelector(".nav");
  const r = e.getBoundingClientRect();
  const is_bar = getComputedStyle(bar).position === "fixed";
  const end = is_bar ? bar.getBoundingClientRect().top : innerHeight;
  // Of a large text box the line with the cursor is enough.
  const is_seen = bar.contains(e) || e === document.body
    || (r.top >= -1 && (r.height > end / 2 ? r.top < end / 2 : r.bottom <= end + 1));
  return is_seen ? [] : [e.outerHTML.slice(0, 80)];
}"""


@pytest.mark.parametrize("size", ["large type", "zoom", "phone"])
@pytest.mark.parametrize("path", ["/dreamscape", "/dreambuilder", "/profile"])
def test_the_focus_is_never_under_the_bar(windows, size, path):
    page, _, _ = windows(size, "maya")
    page.goto(path)
    hidden = []

    for _ in range(40):
        page.keyboard.press("Tab")
        hidden += page.evaluate(FOCUS)

    assert hidden == []


@pytest.mark.parametrize("script, fault", BREAKING.items(), ids=BREAKING.values())
def test_a_fault_would_be_found(windows, script, fault):
    page, monitor, _ = windows("desk", "visitor")
    monitor.reset()

    answer = page.goto("/login")
    page.evaluate(script)

    assert fault in str(find_faults(page, monitor, answer, "login"))


def test_invalid_html_would_be_found(validate):
    if not shutil.which("npm"):
        pytest.skip("html-validate needs npm")

    assert validate("<!doctype html><html><head></head><body><p id=a><p id=a></body></html>")


@pytest.mark.parametrize("width", [320, 1920])
@pytest.mark.parametrize(
    "name",
    ["landing", "signup", "latest", "dream with comments", "dreamer", "dreambuilder", "skills"],
)
def test_a_narrow_and_a_wide_window_do_not_scroll_sideways(windows, name, width):
    who = next(
        who
        for who, visits in (("visitor", VISITOR), ("maya", MAYA), ("newcomer", NEWCOMER))
        if name in visits
    )
    page, _, data = windows("desk", who)
    page.set_viewport_size({"width": width, "height": 900})

    (VISITOR | MAYA)[name](page, data)

    assert page.evaluate(TOO_WIDE) == []
    page.set_viewport_size(DESK["viewport"])
