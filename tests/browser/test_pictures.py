"""The picture form: choice, preview and upload."""

import re

import pytest
from playwright.sync_api import expect

from PIL import Image
from support.picture_factory import encode
from browser.factories import add_dream, reload_dream, reload_person, photo, picture_file
from browser.conftest import DESK, PHONE
from dreamscape.pictures import set_picture

PREVIEW = re.compile("picture you chose", re.IGNORECASE)
TOO_LARGE = 11_000_000  # bytes, above the site's limit
SLOW_BYTES = 2_000_000  # bytes: an upload of five seconds at BYTES_PER_SECOND
BYTES_PER_SECOND = 400_000


@pytest.fixture
def dream(ada):
    """Ada's dream without a picture."""
    return add_dream(ada)


@pytest.fixture
def padded_file(tmp_path):
    """A function that writes a picture of a size in bytes and returns its path."""

    def make(size):
        """Return the path of a new file."""
        path = tmp_path / "boat.jpg"
        path.write_bytes(photo().ljust(size, b"\0"))
        return path

    return make


@pytest.fixture(params=[("/dreams/{slug}/picture", PHONE), ("/profile/picture", DESK)],
                ids=["dream", "profile"])
def picture_form(request, visit, ada, dream):
    """(page, list of its POSTs) of a picture form, on a phone and on a desktop."""
    path, look = request.param[0].format(**dream), request.param[1]
    page, posts = visit(path, ada, **look), []
    page.on("request", lambda sent: sent.method == "POST" and posts.append(sent.url))
    return page, page.get_by_label("Picture", exact=True), posts


def save(page):
    """Submit the form."""
    page.get_by_role("button", name=re.compile("^Save")).click()


def aspect_ratio(image):
    """Return the visible width / height of an image: its box's, or its own if contained."""
    expect(image).to_have_js_property("complete", True)
    return image.evaluate("""(image) => getComputedStyle(image).objectFit === "contain"
      ? image.naturalWidth / image.naturalHeight : image.clientWidth / image.clientHeight""")


def test_a_chosen_picture_has_a_preview(picture_form):
    """R19."""
    page, field, posts = picture_form

    field.set_input_files(picture_file())

    expect(page.get_by_role("img", name=PREVIEW)).to_be_visible()
    assert posts == []


def test_a_chosen_picture_is_shown_with_name_and_size(picture_form):
    """R19."""
    page, field, _ = picture_form

    field.set_input_files(picture_file("my boat.jpg"))

    expect(page.get_by_text(re.compile(r"my boat\.jpg.*\d kB"))).to_be_visible()


def test_an_empty_choice_removes_the_preview(picture_form):
    """R19."""
    page, field, _ = picture_form
    field.set_input_files(picture_file())

    field.set_input_files([])

    expect(page.get_by_role("img", name=PREVIEW)).to_have_count(0)


def test_a_button_clears_the_choice(picture_form):
    """R19."""
    page, field, posts = picture_form
    field.set_input_files(picture_file())

    page.get_by_role("button", name="Remove", exact=True).click()

    expect(page.get_by_role("img", name=PREVIEW)).to_have_count(0)
    expect(field).to_have_value("")
    assert posts == []


@pytest.mark.parametrize("orientation", [1, 6], ids=["upright", "turned by EXIF"])
def test_the_preview_of_a_dream_has_the_pages_aspect_ratio(visit, ada, dream, orientation):
    """R19."""
    page = visit(f"/dreams/{dream['slug']}/picture", ada)
    page.get_by_label("Picture", exact=True).set_input_files(
        picture_file(data=photo((1200, 700), orientation=orientation))
    )
    ratio = aspect_ratio(page.get_by_role("img", name=PREVIEW))

    save(page)
    page.wait_for_url(f"**/dreams/{dream['slug']}")

    assert aspect_ratio(page.locator(".dream--whole .picture")) == pytest.approx(ratio, rel=0.02)
    assert ratio == pytest.approx(12 / 7 if orientation == 1 else 7 / 12, rel=0.02)


def test_the_preview_of_a_dreamer_has_the_pages_aspect_ratio(visit, ada):
    """R19."""
    page = visit("/profile/picture", ada)
    page.get_by_label("Picture", exact=True).set_input_files(picture_file())
    ratio = aspect_ratio(page.get_by_role("img", name=PREVIEW))

    save(page)
    page.wait_for_url("**/profile/skills")
    page.goto(f"/dreamers/{ada['slug']}")

    assert aspect_ratio(page.locator(".picture--dreamer")) == pytest.approx(ratio, rel=0.02)


def test_a_too_large_picture_is_refused_before_the_upload(picture_form, padded_file):
    """R19."""
    page, field, posts = picture_form
    field.set_input_files(padded_file(TOO_LARGE))

    save(page)

    expect(field).to_have_accessible_description(re.compile("11 MB"))
    assert posts == []


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


@pytest.mark.parametrize(("event", "kind"), [("drop", "DragEvent"), ("paste", "ClipboardEvent")])
def test_a_picture_can_be_dropped_and_pasted(picture_form, event, kind):
    page, field, _ = picture_form

    transfer_file(field, event, kind)

    expect(page.get_by_role("img", name=PREVIEW)).to_be_visible()
    expect(page.get_by_text("given.png")).to_be_visible()


@pytest.fixture
def slow_upload(picture_form, padded_file):
    """A large upload on a slow connection."""
    page, field, _ = picture_form
    line = page.context.new_cdp_session(page)
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1,
         "uploadThroughput": BYTES_PER_SECOND},
    )
    field.set_input_files(padded_file(SLOW_BYTES))
    save(page)
    return page


def test_the_progress_of_an_upload_is_shown(slow_upload, wait_until):
    bar = slow_upload.get_by_role("progressbar")

    expect(bar).to_be_visible()
    wait_until(lambda: bar.evaluate("(bar) => bar.value") > 0.05)


def test_an_upload_can_be_cancelled(slow_upload, ada, dream):
    page, before = slow_upload, slow_upload.url

    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("progressbar")).to_have_count(0)
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

    page.get_by_role("button", name=re.compile("^Save")).dblclick()

    expect(page).to_have_url(re.compile("/profile/skills"))
    assert reload_person(ada)["picture"]


def test_a_picture_is_saved_with_its_alt_text(visit, ada, dream, way):
    """R9, R10, R13."""
    page = visit(f"/dreams/{dream['slug']}/picture", ada, **way)
    page.get_by_label("Picture", exact=True).set_input_files(picture_file())
    page.get_by_label("Describe the picture").fill("A boat at dusk")

    save(page)

    expect(page).to_have_url(re.compile(f"/dreams/{dream['slug']}$"))
    expect(page.get_by_role("img", name="A boat at dusk")).to_be_visible()


def test_a_profile_picture_is_saved(visit, ada, way):
    """R10."""
    page = visit("/profile/picture", ada, **way)
    page.get_by_label("Picture", exact=True).set_input_files(picture_file())

    save(page)

    expect(page).to_have_url(re.compile("/profile/skills"))
    assert reload_person(ada)["picture"]


def test_a_file_that_is_not_a_picture_is_refused_by_the_field(visit, monitor, ada, dream, scripts):
    """R17."""
    monitor.expect_status(422)
    page = visit(f"/dreams/{dream['slug']}/picture", ada, scripts)
    field = page.get_by_label("Picture", exact=True)
    field.set_input_files(picture_file("notes.jpg", b"only words"))

    save(page)

    expect(field).to_have_accessible_description(re.compile(r"notes\.jpg.*JPEG, PNG"))


def test_a_refused_picture_keeps_its_alt_text(visit, monitor, ada, dream, scripts):
    """R9."""
    monitor.expect_status(422)
    page = visit(f"/dreams/{dream['slug']}/picture", ada, scripts)
    page.get_by_label("Picture", exact=True).set_input_files(picture_file("a.jpg", b"only words"))
    page.get_by_label("Describe the picture").fill("A boat at dusk")

    save(page)

    expect(page.get_by_label("Picture", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Describe the picture")).to_have_value("A boat at dusk")


def test_a_second_picture_can_be_sent_after_a_refused_one(visit, monitor, ada, dream):
    """R19: the file input also works in a form that was refused."""
    monitor.expect_status(422)
    page = visit(f"/dreams/{dream['slug']}/picture", ada)
    page.get_by_label("Picture", exact=True).set_input_files(picture_file("a.jpg", b"only words"))
    save(page)
    expect(page.get_by_label("Picture", exact=True)).to_have_attribute("aria-invalid", "true")

    page.get_by_label("Picture", exact=True).set_input_files(picture_file())
    expect(page.get_by_role("img", name=PREVIEW)).to_be_visible()
    save(page)

    expect(page).to_have_url(re.compile(f"/dreams/{dream['slug']}$"))


def test_a_picture_can_be_skipped_with_one_click(visit, ada, dream, scripts):
    """R11."""
    page = visit(f"/dreams/{dream['slug']}/picture", ada, scripts)

    page.get_by_role("link", name="Skip", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(dream["title"])


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


def store_pictures(ada, dream, size=(900, 600)):
    """Give ada and her dream a red picture."""
    for collection, document in (("dreamers", ada), ("dreams", dream)):
        set_picture(collection, document, plain("red", size), "red.png", "A sail")


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


@pytest.mark.parametrize("event", ["choose", "drop", "paste"])
@pytest.mark.parametrize("ratio", [1, 3])
@pytest.mark.parametrize("path", ["/dreams/{slug}/picture", "/profile/picture"])
def test_the_preview_shows_the_chosen_picture_not_the_stored_one(
        visit, ada, dream, path, ratio, event):
    """R19: at each pixel ratio, for which the stored picture has versions."""
    store_pictures(ada, dream)
    page = visit(path.format(**dream), ada, device_scale_factor=ratio, **PHONE)
    stored = page.locator("main .picture")
    expect(stored).to_have_js_property("complete", True)
    assert stored.evaluate(PIXEL)[0] > 200

    choose_file(page, page.get_by_label("Picture", exact=True), plain("green"), event)

    preview = page.get_by_role("img", name=PREVIEW)
    expect(preview).to_have_js_property("naturalWidth", 900)
    assert preview.evaluate(PIXEL) == GREEN


@pytest.mark.parametrize("size", [(300, 3_600), (3_600, 300), (700, 1_200)])
def test_the_preview_of_any_shape_has_the_pages_aspect_ratio(visit, ada, dream, size):
    """R19: also where the stored picture has another shape."""
    store_pictures(ada, dream, size=(300, 3_600))
    page = visit(f"/dreams/{dream['slug']}/picture", ada)
    choose_file(page, page.get_by_label("Picture", exact=True), plain("green", size), "choose")
    preview = page.get_by_role("img", name=PREVIEW)
    expect(preview).to_have_js_property("naturalWidth", size[0])
    ratio = aspect_ratio(preview)

    save(page)
    page.wait_for_url(f"**/dreams/{dream['slug']}")

    assert aspect_ratio(page.locator(".dream--whole .picture")) == pytest.approx(ratio, rel=0.02)


# Types of files ##############################################################


@pytest.mark.parametrize(("name", "mime"), [
    ("a.jpg", "image/jpg"), ("a.jpg", "image/pjpeg"), ("a.jpg", ""), ("a", ""),
    ("a.jpg", "application/octet-stream"), ("a.png", "image/x-png"), ("a.JPE", "image/jpe"),
    ("a.heic", "image/heic-sequence"), ("a.jfif", "image/jfif"), ("a.jpg", "binary/octet-stream")])
def test_a_picture_of_a_strange_type_is_saved(visit, ada, dream, name, mime):
    """R17: its content decides."""
    page = visit(f"/dreams/{dream['slug']}/picture", ada)
    page.get_by_label("Picture", exact=True).set_input_files(picture_file(name, mime=mime))

    save(page)

    expect(page).to_have_url(re.compile(f"/dreams/{dream['slug']}$"))
    assert reload_dream(dream["slug"])["picture"]


SURELY_NONE = ("video/mp4", "audio/mpeg", "text/plain", "text/html", "application/pdf",
               "application/zip", "application/x-zip-compressed", "application/gzip",
               "application/x-7z-compressed")


def test_what_is_surely_no_picture_is_refused_before_the_upload(picture_form):
    """R17."""
    page, field, posts = picture_form
    refusal = re.compile("isn't a picture we can read")
    for mime in SURELY_NONE:
        field.set_input_files([])
        expect(field).not_to_have_accessible_description(refusal)
        field.set_input_files(picture_file("a", mime=mime))

        save(page)

        expect(field).to_have_accessible_description(refusal)
    assert posts == []


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


@pytest.fixture
def pasting(visit, ada, dream):
    """(page, its alt text field, paste(types)): the clipboard's content, by the keyboard."""
    page = visit(f"/dreams/{dream['slug']}/picture", ada)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    def paste(types, at):
        """Put content of some types into the clipboard, and paste it at a place."""
        page.evaluate(COPY, types)
        at.focus()
        page.keyboard.press("ControlOrMeta+v")

    return page, page.get_by_label("Describe the picture"), paste


def test_text_with_a_picture_is_pasted_into_a_text_field_as_text(pasting):
    page, words, paste = pasting
    page.get_by_label("Picture", exact=True).set_input_files(picture_file("mine.jpg"))

    paste(TEXT_AND_PICTURE, words)

    expect(words).to_have_value("A boat")
    expect(page.get_by_text("mine.jpg")).to_be_visible()


@pytest.mark.parametrize("types", [["image/png"], ["text/html", "image/png"]])
def test_a_picture_without_text_is_chosen_even_from_a_text_field(pasting, types):
    page, words, paste = pasting

    paste(types, words)

    expect(page.get_by_role("img", name=PREVIEW)).to_be_visible()
    expect(words).to_have_value("")


@pytest.mark.parametrize("types", [["image/png"], TEXT_AND_PICTURE])
def test_a_picture_is_chosen_when_pasted_outside_of_a_text_field(pasting, types):
    page, _, paste = pasting

    paste(types, page.get_by_role("button", name=re.compile("^Save")))

    expect(page.get_by_role("img", name=PREVIEW)).to_be_visible()


# Large pictures ##############################################################


@pytest.fixture(params=[(300, 3_600), (3_600, 300)], ids=["tall", "wide"])
def strip(request, ada, dream):
    """Ada's dream with a picture that would be a thin strip; its slug."""
    set_picture("dreams", dream, plain("red", request.param), "red.png", "A sail")
    return dream["slug"]


def test_a_picture_is_never_shown_as_a_thin_strip(visit, strip, look):
    page = visit(f"/dreams/{strip}", **look)

    box = page.get_by_role("img", name="A sail").bounding_box()

    assert min(box["width"], box["height"]) >= 100
    assert 0.5 < box["width"] / box["height"] < 3.1


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


@pytest.mark.parametrize("close", [
    lambda page: page.keyboard.press("Escape"), lambda page: page.mouse.click(9, 300),
    lambda page: page.get_by_role("dialog").get_by_role("img").click(),
    lambda page: page.get_by_role("button", name="Close").click()],
    ids=["Escape", "beside", "picture", "button"])
def test_a_large_picture_is_closed_and_the_focus_returns(visit, strip, close):
    page = visit(f"/dreams/{strip}")
    link, dialog = open_large(page)

    close(page)

    expect(dialog).to_have_count(0)
    expect(link).to_be_focused()


def test_a_large_picture_of_any_shape_can_be_read(visit, strip, look):
    """It scrolls in one direction."""
    page = visit(f"/dreams/{strip}", **look)
    picture = open_large(page)[1].get_by_role("img")
    expect(picture).to_have_js_property("complete", True)

    box = picture.bounding_box()

    assert min(box["width"], box["height"]) > 130


def test_an_ordinary_picture_is_shown_whole_and_large(visit, ada, dream, look):
    set_picture("dreams", dream, plain("red", (3_000, 2_000)), "red.png", "A sail")
    page = visit(f"/dreams/{dream['slug']}", **look)
    picture = open_large(page)[1].get_by_role("img")
    expect(picture).to_have_js_property("complete", True)

    box, window = picture.bounding_box(), page.viewport_size

    assert box["x"] >= 0 and box["x"] + box["width"] <= window["width"]
    assert box["y"] >= 0 and box["y"] + box["height"] <= window["height"]
    assert box["width"] / box["height"] == pytest.approx(1.5, rel=0.02)


def test_a_persons_picture_opens_large(visit, ada, dream):
    store_pictures(ada, dream)
    page = visit(f"/dreamers/{ada['slug']}")

    page.get_by_role("link", name="A sail See the whole picture").click()

    expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()


def test_a_dream_without_a_picture_has_nothing_to_enlarge(visit, dream):
    """R11."""
    page = visit(f"/dreams/{dream['slug']}")

    expect(page.locator(".dream--whole .picture")).to_be_visible()
    expect(page.get_by_role("link", name="whole picture")).to_have_count(0)
