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


@pytest.fixture(scope="module")
def seen(windows):
    """What was seen at a place in a look; each is visited once, and asked all questions."""
    kept = {}

    def look_at(name, who, lead, look):
        """Return what the browser found at a place."""
        if (name, look) not in kept:
            page, watch, scene = windows(look, who)
            watch.complaints, watch.expected = [], set()
            watch.expect(*REFUSALS)
            answer = lead(page, scene)
            shift, too_wide = page.evaluate(SHIFT), page.evaluate(TOO_WIDE)
            page.evaluate(AXE)
            kept[name, look] = SimpleNamespace(
                sent=answer.text(),
                status=answer.status,
                shift=shift,
                too_wide=too_wide,
                axe=page.evaluate(RUN_AXE),
                complaints=watch.complaints,
            )
        return kept[name, look]

    return look_at


def status_of(name):
    """Return the status that a place's name promises."""
    return int(name) if name.isdigit() else 422 if "refused" in name else 200


@pytest.fixture(params=LOOKS)
def look(request):
    """A size and a theme."""
    return request.param


everywhere = pytest.mark.parametrize(
    ("name", "who", "lead"), PLACES, ids=[name for name, _, _ in PLACES]
)


@everywhere
def test_a_page_has_nothing_that_axe_finds(seen, name, who, lead, look):
    assert seen(name, who, lead, look).axe == []


@everywhere
def test_a_page_never_scrolls_sideways(seen, name, who, lead, look):
    assert seen(name, who, lead, look).too_wide == []


@everywhere
def test_a_page_does_not_jump_while_it_loads(seen, name, who, lead, look):
    assert seen(name, who, lead, look).shift < MOST_SHIFT


@everywhere
def test_a_page_gives_the_console_nothing_to_say(seen, name, who, lead, look):
    assert seen(name, who, lead, look).complaints == []


@everywhere
def test_a_page_comes_as_its_name_says(seen, name, who, lead):
    assert seen(name, who, lead, "desk-light").status == status_of(name)


@pytest.fixture(scope="module")
def judged(seen, tmp_path_factory):
    """What html-validate finds, by place: asked once about all, for its start is slow."""
    if not HTML_VALIDATE:
        pytest.skip("html-validate is not installed: make test does that where there is npm")
    folder, found = tmp_path_factory.mktemp("pages"), {}
    for name, who, lead in PLACES:
        (folder / f"{name.replace('?', '')}.html").write_text(
            seen(name, who, lead, "desk-light").sent
        )
    answer = subprocess.run(
        [HTML_VALIDATE, "-c", ROOT / ".htmlvalidate.json", "-f", "json", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    for page in json.loads(answer.stdout):
        found[Path(page["filePath"]).stem] = [
            f"line {fault['line']}: {fault['message']} ({fault['ruleId']})"
            for fault in page["messages"]
        ]
    return found


@everywhere
def test_a_page_is_html_as_it_should_be(judged, name, who, lead):
    assert judged.get(name.replace("?", ""), []) == []


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
