"""The picture form: choice, preview and upload."""

import re

import pytest
from playwright.sync_api import expect

from browser.factories import add_dream, reload_dream, reload_person, photo, picture_file
from browser.conftest import DESK, PHONE

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
