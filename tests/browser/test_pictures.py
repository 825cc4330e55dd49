"""The picture form: choice, preview and upload."""

import functools
import os
import re

import pytest
from playwright.sync_api import expect

from PIL import Image
from support.picture_factory import encode, photo as large_photo
from browser.factories import add_dream, reload_dream, reload_person, photo, picture_file
from browser.conftest import DESK, PHONE
from dreamscape import pictures
from dreamscape.database import db

PREVIEW, SAVE = re.compile("picture you chose", re.IGNORECASE), re.compile("^Save")
# The parts of a picture's width and height that its box shows.
SHOWN = """(image) => {
  const own = image.naturalWidth / image.naturalHeight;
  const box = image.clientWidth / image.clientHeight;
  if (getComputedStyle(image).objectFit !== "cover") return [1, 1];
  return [Math.min(1, box / own), Math.min(1, own / box)];
}"""
TOO_LARGE = 11_000_000  # bytes, above the site's limit
SLOW_BYTES = 2_000_000  # bytes: an upload of five seconds at BYTES_PER_SECOND
BYTES_PER_SECOND = 400_000


convert_once = functools.cache(pictures.run_converter)


@pytest.fixture(autouse=True)
def quick_conversions(monkeypatch):
    """Convert each picture that the tests themselves store only once; the site does as always."""
    monkeypatch.setattr(pictures, "run_converter", convert_once)


@pytest.fixture
def dream(ada):
    """Ada's dream without a picture."""
    return add_dream(ada)


@pytest.fixture
def padded_file(tmp_path):
    """A function that writes a file of a size in bytes and returns its path.

    The browser gets its bytes by the developer tools otherwise, which takes it seconds for 10 MB.
    """

    def make(size, data=None, name="boat.jpg"):
        """Return the path of a new file that begins with ``data``, by default a photo."""
        path = tmp_path / name
        path.write_bytes(data or photo())
        os.truncate(path, size)
        return path

    return make


@pytest.fixture(params=[("/dreams/{slug}/picture", PHONE), ("/profile/picture", DESK)],
                ids=["dream", "profile"])
def picture_form(request, visit, listen, ada, dream):
    """(page, list of its POSTs) of a picture form, on a phone and on a desktop."""
    path, look = request.param[0].format(**dream), request.param[1]
    page, posts = visit(path, ada, **look), []
    listen(page, "request", lambda sent: sent.method == "POST" and posts.append(sent.url))
    return page, page.get_by_label("Picture", exact=True), posts


def save(page):
    """Submit the form."""
    page.get_by_role("button", name=SAVE).click()


def aspect_ratio(image):
    """Return the visible width / height of an image: its box's, or its own if contained."""
    expect(image).to_have_js_property("complete", True)
    return image.evaluate("""(image) => getComputedStyle(image).objectFit === "contain"
      ? image.naturalWidth / image.naturalHeight : image.clientWidth / image.clientHeight""")


def transfer_file(field, event, kind):
    """Drop or paste a small PNG onto a field."""
    field.evaluate(
        """(field, [event, kind]) => new Promise((done) => {
      const canvas = document.createElement("canvas");
      canvas.toBlob((blob) => {
        const data = new DataTransfer();
        data.items.add(new File([blob], "given.png", {type: "image/png"}));
        const more = {bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data};
        field.dispatchEvent(new window[kind](event, more));
        done();
      });
    })""",
        [event, kind],
    )


def test_a_chosen_picture_has_a_preview_until_it_is_taken_back(picture_form):
    """R19: with its name and size; an empty choice or a button takes it back."""
    page, field, posts = picture_form
    preview = page.get_by_role("img", name=PREVIEW)

    field.set_input_files(picture_file("my boat.jpg"))
    expect(preview).to_be_visible()
    expect(page.get_by_text(re.compile(r"my boat\.jpg.*\d kB"))).to_be_visible()
    field.set_input_files([])
    expect(preview).to_have_count(0)
    field.set_input_files(picture_file())
    expect(preview).to_be_visible()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(preview).to_have_count(0)
    expect(field).to_have_value("")

    for event, kind in (("drop", "DragEvent"), ("paste", "ClipboardEvent")):
        transfer_file(field, event, kind)
        expect(preview, event).to_be_visible()
        expect(page.get_by_text("given.png"), event).to_be_visible()
        field.set_input_files([])
        expect(preview, event).to_have_count(0)
    assert posts == []


@pytest.fixture
def slow_upload(picture_form, padded_file, devtools):
    """A large upload on a slow connection."""
    page, field, _ = picture_form
    devtools(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1,
         "uploadThroughput": BYTES_PER_SECOND},
    )
    field.set_input_files(padded_file(SLOW_BYTES))
    save(page)
    return page


def test_the_progress_of_an_upload_is_shown_and_it_can_be_cancelled(
        slow_upload, ada, dream, wait_until):
    page, before = slow_upload, slow_upload.url
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_visible()
    wait_until(lambda: bar.evaluate("(bar) => bar.value") > 0.05)

    page.get_by_role("button", name="Cancel").click()

    expect(bar).to_have_count(0)
    expect(page.get_by_role("status").get_by_text("Upload cancelled")).to_be_visible()
    assert page.url == before
    assert not reload_dream(dream["slug"])["picture"] and not reload_person(ada)["picture"]


def test_an_upload_after_the_session_ended_asks_to_sign_in(
        visit, monitor, ada, padded_file, scripts):
    """The response is sent before the body is read, and the browser shows it."""
    monitor.expect_status(413)
    page = visit("/profile/picture", ada, scripts)
    page.get_by_label("Picture", exact=True).set_input_files(padded_file(9_000_000))
    page.context.clear_cookies()

    save(page)

    expect(page.get_by_text("To send a picture, please sign in first.")).to_be_visible()


def test_a_double_click_without_scripts_saves_the_picture(visit, ada, padded_file):
    page = visit("/profile/picture", ada, scripts=False)
    page.get_by_label("Picture", exact=True).set_input_files(padded_file(SLOW_BYTES))

    page.get_by_role("button", name=SAVE).dblclick()

    expect(page).to_have_url(re.compile("/profile/skills"))
    assert reload_person(ada)["picture"]


def test_a_profile_picture_is_saved_as_its_preview_shows_it(visit, ada, way):
    """R10, R19."""
    page = visit("/profile/picture", ada, **way)
    page.get_by_label("Picture", exact=True).set_input_files(picture_file())
    preview = page.get_by_role("img", name=PREVIEW)
    ratio = aspect_ratio(preview) if way.get("scripts", True) else None

    save(page)

    expect(page).to_have_url(re.compile("/profile/skills"))
    assert reload_person(ada)["picture"]
    if ratio:
        page.goto(f"/dreamers/{ada['slug']}")
        assert aspect_ratio(page.locator(".picture--dreamer")) == pytest.approx(ratio, rel=0.02)


@pytest.mark.parametrize("size", [(800, 800), (1600, 700)])
@pytest.mark.parametrize("screen", [(390, 844), (800, 1100), (1280, 900)])
def test_a_dreams_picture_is_cropped_as_its_preview_shows_it(visit, ada, dream, screen, size):
    """R19."""
    width, height = screen
    page = visit(f"/dreams/{dream['slug']}/picture", ada,
                 viewport={"width": width, "height": height})
    page.get_by_label("Picture", exact=True).set_input_files(picture_file("boat.jpg", photo(size)))
    preview = page.get_by_role("img", name=PREVIEW).evaluate(SHOWN)

    save(page)

    page.wait_for_url(f"**/dreams/{dream['slug']}")
    shown = page.locator(".dream__head .picture--dream").evaluate(SHOWN)
    assert preview == pytest.approx(shown, abs=0.02)


def test_a_refused_picture_keeps_its_alt_text_and_another_is_saved(visit, monitor, ada, dream, way):
    """R9, R10, R13, R17, R19: the summary leads to the field, which works as before."""
    monitor.expect_status(422)
    page = visit(f"/dreams/{dream['slug']}/picture", ada, **way)
    field = page.get_by_label("Picture", exact=True)
    words = page.get_by_label("Describe the picture")
    field.set_input_files(picture_file("notes.jpg", b"only words"))
    words.fill("A boat at dusk")
    save(page)
    expect(field).to_have_accessible_description(re.compile(r"notes\.jpg.*JPEG, PNG"))
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(words).to_have_value("A boat at dusk")
    expect(page.get_by_role("region", name="Please check the fields")).to_be_focused()
    page.get_by_role("link", name="Picture", exact=True).click()
    expect(field).to_be_focused()

    field.set_input_files(picture_file())
    if way.get("scripts", True):
        expect(page.get_by_role("img", name=PREVIEW)).to_be_visible()
    save(page)

    expect(page).to_have_url(re.compile(f"/dreams/{dream['slug']}$"))
    expect(page.get_by_role("img", name="A boat at dusk")).to_be_visible()


def test_a_picture_is_skipped_with_one_click_and_nothing_can_be_enlarged(
        visit, ada, dream, scripts):
    """R11."""
    page = visit(f"/dreams/{dream['slug']}/picture", ada, scripts)

    page.get_by_role("link", name="Skip", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(dream["title"])
    expect(page.locator(".dream--whole .picture")).to_be_visible()
    expect(page.get_by_role("link", name="whole picture")).to_have_count(0)


def test_a_network_error_during_an_upload_keeps_the_form(visit, monitor, ada, dream):
    """R45."""
    page = visit(f"/dreams/{dream['slug']}/picture", ada)
    page.get_by_label("Picture", exact=True).set_input_files(picture_file())
    page.route("**/picture", lambda route: route.abort())
    monitor.expect_network_error()

    save(page)

    expect(page.get_by_role("status").get_by_text("couldn't connect")).to_be_visible()
    expect(page.get_by_role("img", name=PREVIEW)).to_be_visible()


# The preview in the place of a stored picture ################################

PIXEL = """(image) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  canvas.getContext("2d").drawImage(image, 0, 0, 1, 1);
  return [...canvas.getContext("2d").getImageData(0, 0, 1, 1).data];
}"""
GREEN = [0, 128, 0, 255]


def plain(colour, size=(900, 600)):
    """Return the bytes of a PNG of one colour."""
    return encode(Image.new("RGB", size, colour), "PNG")


def store_picture(collection, document, size=(900, 600)):
    """Give a dreamer or a dream a red picture."""
    pictures.set_picture(collection, document, plain("red", size), "red.png", "A sail")


def choose_file(page, field, data, event):
    """Choose, drop or paste a PNG."""
    if event == "choose":
        return field.set_input_files(picture_file("green.png", data, "image/png"))
    return field.evaluate("""(field, [event, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], "green.png", {type: "image/png"}));
      const more = {bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data};
      const kind = event === "drop" ? DragEvent : ClipboardEvent;
      field.dispatchEvent(new kind(event, more));
    }""", [event, list(data)])


def test_the_preview_shows_the_chosen_picture_not_the_stored_one(visit, ada, dream):
    """R19: at each pixel ratio, for which the stored picture has versions."""
    store_picture("dreamers", ada)
    store_picture("dreams", dream)
    for ratio in (1, 3):
        page = visit("about:blank", ada, device_scale_factor=ratio, **PHONE)
        for path in (f"/dreams/{dream['slug']}/picture", "/profile/picture"):
            page.goto(path)
            for event in ("choose", "drop", "paste"):
                expect_preview(page, event, (ratio, path, event))


def expect_preview(page, event, case):
    """Fail unless a given picture is previewed in the place of the stored one; take it back."""
    stored, field = page.locator("main .picture"), page.get_by_label("Picture", exact=True)
    expect(stored, str(case)).to_have_js_property("complete", True)
    assert stored.evaluate(PIXEL)[0] > 200, case

    choose_file(page, field, plain("green"), event)

    preview = page.get_by_role("img", name=PREVIEW)
    expect(preview, str(case)).to_have_js_property("naturalWidth", 900)
    assert preview.evaluate(PIXEL) == GREEN, case
    field.set_input_files([])
    expect(preview, str(case)).to_have_count(0)


def test_the_picture_of_a_new_dream_is_seen_before_it_is_shared(visit, ada):
    page = visit("/dreambuilder", ada, **PHONE)
    described = page.get_by_label("Describe the picture")
    expect(described).to_be_hidden()

    page.get_by_label("Your dream in one line").fill("Fold a thousand cranes")
    page.get_by_label("Picture", exact=True).set_input_files(picture_file())
    expect(page.get_by_role("img", name=PREVIEW)).to_be_visible()
    described.fill("A crane of paper")
    page.get_by_role("button", name="Save as a draft").click()

    page.wait_for_url(re.compile("/dreams/[0-9a-f]{24}$"))
    expect(page.get_by_role("img", name="A crane of paper").first).to_be_visible()
    assert reload_dream(page.url.rpartition("/")[2])["draft"]


# Where a picture is shown whole in a box of another shape, that of the picture.
SHOWN_RATIO = """(image) => getComputedStyle(image).objectFit === "contain"
  ? image.naturalWidth / image.naturalHeight : image.clientWidth / image.clientHeight"""


def test_the_preview_of_any_shape_has_the_pages_aspect_ratio(visit, ada, dream):
    """R19: without a stored picture, and also where the stored picture has another shape."""
    page = visit("about:blank", ada)
    for data, width, whole in (
            (photo((1_200, 700)), 1_200, 12 / 7), (plain("green", (300, 3_600)), 300, None),
            (photo((1_200, 700), orientation=6), 700, 7 / 12),
            (plain("green", (3_600, 300)), 3_600, None),
            (plain("green", (700, 1_200)), 700, None)):
        page.goto(f"/dreams/{dream['slug']}/picture")
        page.get_by_label("Picture", exact=True).set_input_files(picture_file(data=data))
        preview = page.get_by_role("img", name=PREVIEW)
        expect(preview).to_have_js_property("naturalWidth", width)
        ratio = aspect_ratio(preview)

        save(page)
        page.wait_for_url(f"**/dreams/{dream['slug']}")

        shown = page.locator(".dream--whole .picture").evaluate(SHOWN_RATIO)
        assert shown == pytest.approx(ratio, rel=0.02), (width, whole)
        assert ratio == pytest.approx(whole or ratio, rel=0.02), (width, whole)


# Types of files ##############################################################


STRANGE = [
    ("a.jpg", "image/jpg"), ("a.jpg", "image/pjpeg"), ("a.jpg", ""), ("a", ""),
    ("a.jpg", "application/octet-stream"), ("a.png", "image/x-png"), ("a.JPE", "image/jpe"),
    ("a.heic", "image/heic-sequence"), ("a.jfif", "image/jfif"), ("a.jpg", "binary/octet-stream")]


def test_a_picture_of_a_strange_type_is_saved(visit, ada, dream):
    """R17: its content decides."""
    page, stored = visit("about:blank", ada), {None}
    for name, mime in STRANGE:
        page.goto(f"/dreams/{dream['slug']}/picture")
        page.get_by_label("Picture", exact=True).set_input_files(
            picture_file(name, photo((90, 60)), mime))

        save(page)

        expect(page, f"{name} {mime}").to_have_url(re.compile(f"/dreams/{dream['slug']}$"))
        picture = reload_dream(dream["slug"])["picture"]
        assert picture not in stored, (name, mime)
        stored.add(picture)


SURELY_NONE = ("video/mp4", "audio/mpeg", "text/plain", "text/html", "application/pdf",
               "application/zip", "application/x-zip-compressed", "application/gzip",
               "application/x-7z-compressed")


def test_what_is_surely_no_picture_is_refused_before_the_upload(picture_form, padded_file):
    """R17, R19: by its type, or by its size if the browser can't read it to make it smaller."""
    page, field, posts = picture_form
    for number, mime in enumerate(SURELY_NONE):
        field.set_input_files(picture_file(f"file-{number}", photo((90, 60)), mime))

        save(page)

        refusal = re.compile(f"file-{number}.*isn't a picture we can read")
        expect(field, mime).to_have_accessible_description(refusal)

    field.set_input_files(padded_file(TOO_LARGE, b"\xff\xd8"))
    save(page)
    expect(field).to_have_accessible_description(re.compile("11 MB"))
    assert posts == []


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_an_animation_that_is_too_large_is_not_made_a_still(picture_form, padded_file, kind):
    _, field, _ = picture_form
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = encode(frames[0], kind.upper(), save_all=True, append_images=frames[1:])

    field.set_input_files(padded_file(TOO_LARGE, data, f"boat.{kind}"))

    expect(field).to_have_accessible_description(re.compile("11 MB. The limit is 10 MB"))


def test_a_photo_that_is_too_large_is_made_smaller_sent_and_shown(visit, ada, dream, padded_file):
    """People can't do that on a phone. It stays upright, and its description may hold "ANIM"."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned to the right
    exif[0x010E] = "ANIMALS"
    data = encode(large_photo(4_000, 2_000), "JPEG", exif=exif)
    page = visit(f"/dreams/{dream['slug']}/picture", ada)
    page.get_by_label("Picture", exact=True).set_input_files(padded_file(12_000_000, data))

    expect(page.get_by_text(re.compile(r"^Made smaller: 12 MB → \d[\d.]* [kM]B$"))).to_be_visible()
    save(page)

    page.wait_for_url(f"**/dreams/{dream['slug']}")
    image = page.locator("main img.picture").first
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("(image) => image.naturalHeight > image.naturalWidth")
    stored = reload_dream(dream["slug"])
    assert stored["picture"]
    assert stored["picture_height"] == pytest.approx(2 * stored["picture_width"], abs=2)


# Pasting #####################################################################

COPY = """async (types) => {
  const canvas = document.createElement("canvas");
  const image = await new Promise((done) => canvas.toBlob(done));
  const all = {"text/plain": "A boat", "text/html": "<b>A boat</b>", "image/png": image};
  const chosen = types.map((type) => [type, type === "image/png" ? image
    : new Blob([all[type]], {type})]);
  await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(chosen))]);
}"""
TEXT_AND_PICTURE = ["text/plain", "text/html", "image/png"]


def test_a_picture_is_pasted_anywhere_but_text_with_it_into_a_text_field(visit, ada, dream):
    """The clipboard's content, pasted by the keyboard."""
    page = visit(f"/dreams/{dream['slug']}/picture", ada)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    field = page.get_by_label("Picture", exact=True)
    words = page.get_by_label("Describe the picture")
    preview, button = page.get_by_role("img", name=PREVIEW), page.get_by_role("button", name=SAVE)

    def paste(types, at):
        """Put content of some types into the clipboard, and paste it at a place."""
        page.evaluate(COPY, types)
        at.focus()
        page.keyboard.press("ControlOrMeta+v")

    for types, at in ((["image/png"], words), (["text/html", "image/png"], words),
                      (["image/png"], button), (TEXT_AND_PICTURE, button)):
        paste(types, at)
        expect(preview, f"{types} at {at}").to_be_visible()
        expect(words).to_have_value("")
        field.set_input_files([])
        expect(preview).to_have_count(0)

    field.set_input_files(picture_file("mine.jpg"))
    paste(TEXT_AND_PICTURE, words)
    expect(words).to_have_value("A boat")
    expect(page.get_by_text("mine.jpg")).to_be_visible()


# Large pictures ##############################################################


@pytest.fixture(params=[(300, 3_600), (3_600, 300)], ids=["tall", "wide"])
def strip(request, ada, dream):
    """Ada's dream with a picture that would be a thin strip; its slug."""
    pictures.set_picture("dreams", dream, plain("red", request.param), "red.png", "A sail")
    return dream["slug"]


def test_without_scripts_a_picture_is_a_link_to_itself(visit, strip):
    page = visit(f"/dreams/{strip}", scripts=False)

    page.get_by_role("link", name="A sail See the whole picture").click()

    expect(page).to_have_url(re.compile("/uploads/[0-9a-f]{32}$"))
    expect(page.locator("img")).to_have_js_property("complete", True)


def open_large(page):
    """Open the picture of a page large by the keyboard; return (link, dialog)."""
    link = page.get_by_role("link", name="A sail")
    link.press("Enter")
    dialog = page.get_by_role("dialog", name="A sail")
    expect(dialog).to_be_visible()
    return link, dialog


def large_box(page):
    """Open the picture of a page large; return its box once it is loaded."""
    picture = open_large(page)[1].get_by_role("img")
    expect(picture).to_have_js_property("complete", True)
    return picture.bounding_box()


CLOSINGS = {
    "Escape": lambda page: page.keyboard.press("Escape"),
    "beside": lambda page: page.mouse.click(9, 300),
    "picture": lambda page: page.get_by_role("dialog").get_by_role("img").click(),
    "button": lambda page: page.get_by_role("button", name="Close").click()}


def test_a_large_picture_is_closed_and_the_focus_returns(visit, strip):
    page = visit(f"/dreams/{strip}")
    for name, close in CLOSINGS.items():
        link, dialog = open_large(page)

        close(page)

        expect(dialog, name).to_have_count(0)
        expect(link, name).to_be_focused()
        link.blur()


def test_a_picture_is_never_shown_as_a_thin_strip_and_can_be_read_when_large(visit, strip):
    """When large, it scrolls in one direction."""
    page = visit("about:blank")
    for look in (DESK, PHONE):
        page.set_viewport_size(look["viewport"])
        page.goto(f"/dreams/{strip}")

        box = page.get_by_role("img", name="A sail").bounding_box()
        assert min(box["width"], box["height"]) >= 100, look
        assert 0.5 < box["width"] / box["height"] < 3.1, look
        box = large_box(page)
        assert min(box["width"], box["height"]) > 130, look


def test_an_ordinary_picture_is_shown_whole_and_large(visit, dream):
    store_picture("dreams", dream, (1_500, 1_000))
    page = visit("about:blank")
    for look in (DESK, PHONE):
        page.set_viewport_size(look["viewport"])
        page.goto(f"/dreams/{dream['slug']}")

        box, window = large_box(page), page.viewport_size

        assert box["x"] >= 0 and box["x"] + box["width"] <= window["width"], look
        assert box["y"] >= 0 and box["y"] + box["height"] <= window["height"], look
        assert box["width"] / box["height"] == pytest.approx(1.5, rel=0.02), look


def test_a_drawn_picture_fills_its_strip(visit, dream):
    """A dream without a picture has a drawn one, of which nothing is lost if it is cut."""
    page = visit(f"/dreams/{dream['slug']}")
    for look in (DESK, PHONE):
        page.set_viewport_size(look["viewport"])

        shown = page.locator(".dream__head .picture").evaluate(SHOWN)

        assert shown[0] == 1 > shown[1], look


def test_a_persons_picture_opens_large(visit, ada):
    store_picture("dreamers", ada)
    page = visit(f"/dreamers/{ada['slug']}")

    page.get_by_role("link", name="A sail See the whole picture").click()

    expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()


def test_a_dream_refused_for_its_topics_keeps_picture_and_needs_and_is_shared_then(
        visit, monitor, ada):
    """R4. A need that was typed but not added counts too."""
    monitor.expect_status(422)
    page = visit("/dreambuilder", ada)
    page.evaluate("document.querySelector('main form').noValidate = true")  # topics.js
    page.get_by_label("Your dream in one line").fill("Cross the lake in a boat of paper")
    page.get_by_label("Tell us more").fill("With my daughter.")
    page.get_by_label("Picture", exact=True).set_input_files(picture_file())
    need = page.get_by_label("Needs: add one")
    need.fill("A large sheet of paper")
    need.press("Enter")
    need.fill("Glue")
    share = page.get_by_role("button", name="Share this dream")

    share.click()

    expect(page.get_by_role("region", name="Please check the fields")).to_be_focused()
    expect(page.get_by_role("img", name=PREVIEW)).to_be_visible()
    expect(page.get_by_role("button", name="Remove Glue")).to_be_visible()
    expect(page.get_by_text("You began")).to_have_count(0)

    page.get_by_label("Travel").check()
    share.click()

    expect(page.get_by_role("heading", name="Cross the lake")).to_be_visible()
    stored = db.dreams.find_one({"title": "Cross the lake in a boat of paper"})
    assert stored["picture"]
    assert [each["text"] for each in stored["needs"]] == ["A large sheet of paper", "Glue"]
