"""What people write, as browsers draw it: each line's direction, and marks that pile up."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops
from browser.conftest import DESK, PHONE
from browser.factories import UNFOLD, add_comment, add_dream, add_person

from dreamscape.database import db

PILE = "".join(letter + "\u0301" * 40 + "\u0316" * 40 for letter in "Zalgo")
WORDS = "أحلم بالبحر.\n\nI dream of the sea.\nאני חולם על הים."
# Whether each line of a block begins at its left or at its right, by the sides' distances: those
# of a line as wide as its block, which is one of English here, are equal.
SIDES = """(block) => {
  const range = document.createRange();
  range.selectNodeContents(block);
  const box = block.getBoundingClientRect();
  return [...range.getClientRects()].filter((line) => line.width > 9)
    .map((line) => line.left - box.left <= box.right - line.right ? "left" : "right");
}"""
# Mark the first box of a selector that has a pile, and return its edges on the page.
FIND_BOX = """(selector) => {
  const box = [...document.querySelectorAll(selector)]
    .find((each) => each.innerText.includes("\\u0301"));
  document.querySelector("[data-tested]")?.removeAttribute("data-tested");
  box.dataset.tested = "";
  const {left, top, right, bottom} = box.getBoundingClientRect();
  return [left, top + scrollY, right, bottom + scrollY];
}"""
# Show the marks of all texts that are in what a selector matches, no others; the layout stays.
UNMARK = """(kept) => {
  window.written ??= new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!written.has(node)) written.set(node, node.data);
    const text = written.get(node);
    const shown = node.parentElement.closest(kept) ? text
      : text.replace(/[\\u0301\\u0316]/gu, "");
    if (node.data !== shown) node.data = shown;
  }
}"""
# The edges of a drawing differ a little each time it is painted again, and pictures further down
# would be loaded between two screenshots.
HIDE_PICTURES = """() => [...document.images].forEach((image) => {
  image.style.visibility = "hidden";
})"""
MARGIN = 9  # pixels around a box, rounded up, where the focus rings of its buttons are drawn


def find_sides(page, selector):
    """Return "left" or "right" for each line of the blocks: where its text begins."""
    return [side for block in page.locator(selector).all() for side in block.evaluate(SIDES)]


@pytest.fixture
def mixed(ada):
    """A dream of ada's in three languages, and a comment like it; ada says the same of herself."""
    dream = add_dream(ada, "أحلم بالبحر", WORDS)
    add_comment(ada, dream, WORDS)
    db.dreamers.update_one({"_id": ada["_id"]}, {"$set": {"bio": WORDS}})
    return dream


def test_each_line_has_its_own_direction(visit, ada, mixed):
    page = visit("about:blank", ada)

    for path, *parts in (("/dreams", ".dream__glimpse"),
                         (f"/dreams/{mixed['slug']}", ".dream__text p", ".comment__text p"),
                         (f"/dreamers/{ada['slug']}", ".dreamer__bio p", ".dream__text p")):
        page.goto(path)
        for look in (PHONE, DESK):
            page.set_viewport_size(look["viewport"])
            for part in parts:
                case = path, part, look
                assert (case, find_sides(page, part)) == (case, ["right", "left", "right"])


def test_a_title_has_its_own_direction(visit, ada):
    add_dream(ada, "أحلم بالبحر", "أحلم")
    add_dream(ada, "I dream of the sea", "أحلم")

    titles = visit("/dreams", ada).locator(".dream__title a").all()

    assert sorted((title.inner_text().isascii(), *title.evaluate(SIDES)) for title in titles) == [
        (False, "right"), (True, "left")]


def test_each_line_that_is_reported_has_its_own_direction(visit, bob, mixed):
    page = visit(f"/dreams/{mixed['slug']}", bob)
    page.goto(page.locator(".comment a", has_text="Report").get_attribute("href"))

    assert find_sides(page, "blockquote p") == ["right", "left", "right"]


@pytest.fixture
def pile(ada):
    """A dream whose every letter has a pile of marks, stored before these were cut."""
    zoe = add_person(PILE, PILE, bio=PILE)
    dream = add_dream(zoe, PILE, f"{PILE}\n\n{PILE}", topics=["adventure"])
    add_dream(zoe, "A plain one")
    add_comment(ada, dream, "Hello")
    add_comment(zoe, dream, f"{PILE}\n{PILE}")
    add_comment(ada, dream, "Hello")
    return {"dream": dream["slug"], "owner": zoe["slug"]}


def take_picture(page, kept):
    """Return a picture of the whole page with marks only in what a selector matches."""
    page.evaluate(UNMARK, kept)
    return Image.open(BytesIO(page.screenshot(full_page=True))).convert("RGB")


def find_painted(page, plain):
    """Return (left, top, right, bottom) of what the marks of the tested box paint.

    plain: a picture of the page without marks.
    """
    return ImageChops.difference(take_picture(page, "[data-tested]"), plain).getbbox()


def find_boxes(page, boxes):
    """Return [(box, its edges, those of what its marks paint)] of the boxes of a page."""
    page.evaluate(UNFOLD)
    page.evaluate(HIDE_PICTURES)
    edges = [page.evaluate(FIND_BOX, box) for box in boxes]
    plain = take_picture(page, "nothing")
    found = []
    for box, edge in zip(boxes, edges, strict=True):
        page.evaluate(UNMARK, "body")
        page.evaluate(FIND_BOX, box)
        found.append((box, edge, find_painted(page, plain)))
    return found


@pytest.mark.parametrize(("path", "boxes"), [
    ("/", [".glimpse"]), ("/dreamscape?topic=adventure", [".card", ".comment"]),
    ("/dreamers/{owner}", [".dreamer", ".card"]),
    ("/dreams/{dream}", [".dream--whole", ".comment"])])
def test_marks_paint_nothing_outside_of_their_box(visit, bob, pile, path, boxes):
    page = visit(path.format(**pile), None if path == "/" else bob)

    for box, (left, top, right, bottom), painted in find_boxes(page, boxes):
        assert left - MARGIN <= painted[0] and top - MARGIN <= painted[1], box
        assert painted[2] <= right + MARGIN and painted[3] <= bottom + MARGIN, box


def test_marks_would_paint_outside_of_a_box_that_is_not_clipped(visit, bob, pile):
    page = visit("/dreams/{dream}".format(**pile), bob)
    page.evaluate("document.styleSheets[0].insertRule('* { overflow: visible !important; }')")

    [(_, (_, top, _, bottom), painted)] = find_boxes(page, [".comment"])

    assert painted[1] < top - MARGIN or painted[3] > bottom + MARGIN
