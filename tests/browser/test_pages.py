"""What must hold on every page and state, in light and dark, on a phone and on a desk."""

import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import pytest
from browser.cast import sign_in_cookie
from browser.conftest import DESK, PATIENCE, PHONE
from browser.places import MAYA, NEWCOMER, PLACES, VISITOR, make_scene
from browser.watch import Watch

import app as site

ROOT = Path(__file__).parents[2]
HTML_VALIDATE = shutil.which(ROOT / "node_modules/.bin/html-validate")
LOOKS = {
    f"{size}-{theme}": window | {"color_scheme": theme, "reduced_motion": "reduce"}
    for size, window in (("phone", PHONE), ("desk", DESK))
    for theme in ("light", "dark")
}
MOST_SHIFT = 0.01
REFUSALS = (403, 404, 405, 413, 422)
AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
RUN_AXE = """() => axe.run(document, {resultTypes: ["violations"]}).then((found) =>
  found.violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`)))"""
# The sum of all layout shifts so far; the timer leaves the browser the time to report them.
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; }))
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 60);
})"""
SPOIL = """() => new Promise((done) => {
  const wide = document.createElement("input");
  wide.style = "width: 3000px; height: 400px; display: block";
  document.body.prepend(wide);
  console.error("spoilt");
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""
TOO_WIDE = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.body.querySelectorAll("*")]
    .filter((e) => e.getBoundingClientRect().right > wide + 1)
    .map((e) => e.outerHTML.slice(0, 80)).slice(0, 5).concat("scrolls sideways");
}"""


@pytest.fixture(scope="module")
def windows(browser, place):
    """A function that gives the page of a look and a person; each is opened once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "db", place.database)
        scene = make_scene()
    people, opened = {"maya": scene.maya, "newcomer": scene.newcomer, "visitor": None}, {}

    def window(look, who):
        """Return (page, what it complains of, the scene)."""
        if (look, who) not in opened:
            context, watch = (
                browser.new_context(base_url=place.url, **LOOKS[look]),
                Watch(place.url),
            )
            context.set_default_timeout(PATIENCE)
            watch.over(context)
            if people[who]:
                with site.app.app_context(), pytest.MonkeyPatch.context() as patch:
                    patch.setattr(site, "db", place.database)
                    context.add_cookies([sign_in_cookie(people[who], place.url)])
            opened[look, who] = context.new_page(), watch, scene
        return opened[look, who]

    yield window
    for page, _, _ in opened.values():
        page.context.close()


def faults_of(page, watch, scene, name, lead):
    """Go to a place; return what is wrong there in this window, in words."""
    watch.complaints, watch.expected = [], set()
    watch.expect(*REFUSALS)
    answer = lead(page, scene)
    shift, too_wide = page.evaluate(SHIFT), page.evaluate(TOO_WIDE)
    page.evaluate(AXE)
    return [
        *[f"axe: {fault}" for fault in page.evaluate(RUN_AXE)],
        *[f"too wide: {fault}" for fault in too_wide],
        *[f"it jumps while it loads: {shift}"] * (shift >= MOST_SHIFT),
        *[f"console: {fault}" for fault in watch.complaints],
        *[f"status {answer.status}"] * (answer.status != status_of(name)),
    ]


def status_of(name):
    """Return the status that a place's name promises."""
    return int(name) if name.isdigit() else 422 if "refused" in name else 200


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("name", "who", "lead"), PLACES, ids=[name for name, _, _ in PLACES]
)
def test_a_page_has_no_fault(windows, name, who, lead, look):
    """All is asked on one visit, for a visit and axe are what a whole run spends most on."""
    page, watch, scene = windows(look, who)

    assert faults_of(page, watch, scene, name, lead) == []


def test_a_fault_would_be_found(windows):
    page, watch, scene = windows("desk-light", "visitor")

    def lead(page, scene):
        """Spoil a page in each way."""
        answer = page.goto("/")
        page.evaluate(SPOIL)
        return answer

    found = faults_of(page, watch, scene, "404", lead)

    assert {fault.split(":")[0].split()[0] for fault in found} == {
        "axe", "too", "it", "console", "status"}


def test_every_page_is_html_as_it_should_be(windows, tmp_path):
    """Asked once about all, for html-validate takes its time to start."""
    if not HTML_VALIDATE:
        pytest.skip("html-validate is not installed: make test does that where there is npm")
    for name, who, lead in PLACES:
        page, _, scene = windows("phone-light", who)
        (tmp_path / f"{name.replace('?', '')}.html").write_text(lead(page, scene).text())

    answer = subprocess.run(
        [HTML_VALIDATE, "-c", ROOT / ".htmlvalidate.json", "-f", "text", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )

    assert len([*tmp_path.iterdir()]) == len(PLACES)
    assert (answer.stdout, answer.returncode) == ("", 0)


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
    page, _, scene = windows("desk-light", who)
    page.set_viewport_size({"width": width, "height": 900})

    (VISITOR | MAYA)[name](page, scene)

    assert page.evaluate(TOO_WIDE) == []
    page.set_viewport_size(DESK["viewport"])
