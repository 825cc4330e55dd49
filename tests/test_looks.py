"""Generated drawings, assets, colour moods, metadata of public pages, and error pages."""

import colorsys
import json
import re
from pathlib import Path

import pytest
from bson import ObjectId
from flask.testing import FlaskClient
from support.page_parser import words_shown

import app as site
from dreamscape.assets import ASSETS_VERSION
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import add_dream
from dreamscape.leaving import remove_dreamer

DRAWN = "/drawn/{}/{}.svg"
STATIC = Path(site.app.static_folder)
IMMUTABLE = "public, max-age=31536000, immutable"


# Drawings ####################################################################


@pytest.mark.parametrize("kind", ["dream", "dreamer"])
def test_a_drawing_is_the_same_each_time(db, visitor, kind):
    path = DRAWN.format(kind, ObjectId())

    assert visitor.get(path).data == visitor.get(path).data


@pytest.mark.parametrize("kind", ["dream", "dreamer"])
def test_no_two_drawings_look_alike(db, visitor, kind):
    drawings = {visitor.get(DRAWN.format(kind, ObjectId())).data for _ in range(50)}

    assert len(drawings) == 50


def test_the_drawing_of_a_dreamer_is_a_moon_over_hills_and_guesses_no_face(db, visitor):
    drawing = visitor.get(DRAWN.format("dreamer", ObjectId())).text

    moons, hills = (re.findall(rf'<path d="[^"]*{end}z"', drawing) for end in ("A[^A]*", "V400H0"))
    assert (len(moons), len(hills)) == (1, 2)
    assert "ellipse" not in drawing and "stroke" not in drawing


def test_a_drawing_is_cached_forever(db, visitor):
    answer = visitor.get(DRAWN.format("dream", ObjectId()))

    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cache-Control"] == IMMUTABLE


@pytest.mark.parametrize("path", ["/drawn/dream/x.svg", "/drawn/dream/.svg", "/drawn/dream/123.svg",
                                  "/drawn/topic/5f0000000000000000000000.svg"])
def test_an_invalid_id_or_kind_has_no_drawing(db, visitor, path):
    assert visitor.get(path).status_code == 404


def test_a_dream_without_a_picture_has_its_own_drawing(db, visitor, dream):
    """R11."""
    assert f"/drawn/dream/{dream['_id']}.svg" in visitor.get(f"/dreams/{dream['slug']}").text


# The style sheet and the scripts #############################################


def get_asset(visitor, name, version=None):
    """Return the response for an asset, of this version or another."""
    return visitor.get(f"/assets/{version or ASSETS_VERSION}/{name}")


def test_pages_name_the_style_sheet_and_scripts_of_this_version(db, visitor):
    paths = re.findall(r'(?:href|src)="(/assets/\w+/[\w.]+)"', visitor.get("/").text)

    assert {path.split("/")[-1] for path in paths} >= {"style.css", "theme.js", "main.js"}
    assert {visitor.get(path).headers["Cache-Control"] for path in paths} == {IMMUTABLE}


def test_the_style_sheet_holds_every_file(db, visitor):
    sheet = get_asset(visitor, "style.css").text

    assert all(file.read_text("utf-8") in sheet for file in STATIC.glob("css/*.css"))


def test_a_page_loads_one_script_besides_that_of_the_theme(db, visitor):
    """Each further script costs a request and processor time on every page, even when cached."""
    page = visitor.get("/login").text

    assert re.findall(r'"/assets/\w+/(\w+\.js)"', page) == ["theme.js", "main.js"]
    assert "preload" not in page


@pytest.mark.parametrize(("name", "kind"), [
    ("style.css", "text/css"), ("main.js", "text/javascript")])
def test_an_asset_of_another_version_is_served_but_not_cached(db, visitor, name, kind):
    answer = get_asset(visitor, name, "older")

    assert answer.mimetype == kind
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", [
    "nothing.js", "chips.js", "app.py", "..", "style", "%00.css", "js"])
def test_nothing_else_is_an_asset(db, visitor, name):
    assert get_asset(visitor, name).status_code == 404


@pytest.mark.parametrize("path", ["/", "/assets/x/style.css", "/assets/x/main.js",
                                  "/drawn/dream/5f0000000000000000000000.svg"])
def test_text_is_compressed_if_accepted(db, visitor, path):
    small = FlaskClient.open(visitor, path, headers={"Accept-Encoding": "gzip"})

    assert small.content_encoding == "gzip"
    assert len(small.data) < 0.6 * len(visitor.get(path).data)


def test_the_feed_weighs_at_most_60_kilobytes(db, dreamer, sign_in):
    """With its style sheet, scripts and icons, without the pictures of people."""
    for number in range(20):
        add_dream(dreamer("bob"), {"title": f"Dream {number}", "description": f"{number} boats",
                                   "topics": ["travel"], "words": [], "once": str(number)})
    client, wanted = sign_in("ada"), {"Accept-Encoding": "zstd"}
    page = client.get("/dreamscape").text
    paths = {path for path in re.findall(r'(?:href|src)="(/[^"#]+)', page)
             if path.startswith(("/assets/", "/static/img/")) and not path.endswith(".png")}

    sizes = [len(FlaskClient.open(client, path, headers=wanted).data)
             for path in ("/dreamscape", *paths)]

    assert page.count("<article") == 20
    assert 30_000 < sum(sizes) <= 60_000


def test_every_icon_that_is_used_is_in_the_sprite():
    used = {name for file in Path("templates").rglob("*.html")
            for name in re.findall(r'icon\("(\w+)"\)', file.read_text("utf-8"))}
    drawn = set(re.findall(r'id="(\w+)"', (STATIC / "img/icons.svg").read_text("utf-8")))

    assert used | {"dreamscape", "dreambuilder", "dreams"} <= drawn


def test_the_manifest_names_icons_that_exist():
    manifest = json.loads((STATIC / "site.webmanifest").read_text("utf-8"))

    assert all((STATIC.parent / icon["src"].lstrip("/")).exists() for icon in manifest["icons"])


def test_the_icon_is_where_browsers_ask_for_it_unasked(db, visitor):
    """Beside a feed or a picture, where no page names one."""
    answer = visitor.get("/favicon.ico")

    assert (answer.status_code, answer.mimetype) == (200, "image/vnd.microsoft.icon")
    assert answer.data == (STATIC / "img/favicon.ico").read_bytes()
    assert "Set-Cookie" not in answer.headers


# Contrast ####################################################################

# Of WCAG 2.2: AAA for words to read and controls, AA for marks, 3 for the edge of a field.
CONTRASTS = {"ink": 7, "ink-soft": 7, "accent": 7, "danger": 4.5, "mood": 4.5, "edge": 3}
BACKGROUNDS = ("paper", "card", "sunken", "accent-soft", "danger-soft", "sky")
THEMES = ("light", "dark")
MOODS = ("amber", "blue", "coral")


def read_colours(theme, mood):
    """Return {token: "#rrggbb"} of a theme and a mood, from the style sheets."""
    tokens, moods = ((STATIC / "css" / name).read_text("utf-8")
                     for name in ("tokens.css", "moods.css"))
    own = moods.partition(f'data-mood="{mood}"')[2].partition("}")[0]
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", tokens + own)
    return {name: pair[THEMES.index(theme)] for name, *pair in pairs}


def hue(colour):
    """Return the hue of "#rrggbb", in degrees."""
    return 360 * colorsys.rgb_to_hls(*bytes.fromhex(colour[1:]))[0]


def luminance(colour):
    """Return the relative luminance of "#rrggbb", from 0 to 1 (WCAG 2.2)."""
    shares = [byte / 255 for byte in bytes.fromhex(colour[1:])]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
              for share in shares]
    return sum(map(float.__mul__, linear, (0.2126, 0.7152, 0.0722)))


def contrast(colour, other):
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    dark, light = sorted(map(luminance, (colour, other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_what_the_standard_says():
    pairs = ("#000000", "#ffffff"), ("#777777", "#ffffff"), ("#aabbcc", "#aabbcc")

    assert [round(contrast(*pair), 2) for pair in pairs] == [21, 4.48, 1]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("mood", MOODS)
def test_every_colour_of_text_can_be_read_on_every_background(theme, mood):
    colours = read_colours(theme, mood)

    ratios = {(text, ground): contrast(colours[text], colours[ground])
              for text in CONTRASTS for ground in BACKGROUNDS}

    assert {pair: ratio for pair, ratio in ratios.items() if ratio < CONTRASTS[pair[0]]} == {}
    assert contrast(colours["fill"], colours["fill-ink"]) >= 7


def test_a_title_on_a_picture_can_be_read_whatever_the_picture_shows():
    sheet = (STATIC / "css/tokens.css").read_text("utf-8")
    night = re.search(r"--night: rgb\((\d+) (\d+) (\d+) / (\d+)%\)", sheet)
    *veil, share = map(int, night.groups())
    ink = re.search(r"--night-ink: (#\w{6});", sheet)[1]

    on_white = bytes(round(255 + (part - 255) * share / 100) for part in veil)

    assert contrast(ink, f"#{on_white.hex()}") >= 7


@pytest.mark.parametrize("name", ["dream", "mosaic"])
def test_words_on_a_picture_begin_where_its_veil_is_whole(name):
    sheet = (STATIC / f"css/{name}.css").read_text("utf-8")
    veil, above = re.search(
        r"linear-gradient\(transparent, var\(--night\) ([\d.]+)rem\);.*?padding: ([\d.]+)rem",
        sheet).groups()

    assert float(above) >= float(veil)


def test_emails_have_the_colours_of_the_site():
    email, sheet = (set(re.findall(r"#\w{6}\b", Path(file).read_text("utf-8")))
                    for file in ("templates/mail/base.html", STATIC / "css/tokens.css"))

    assert email - sheet == set()
    assert len(email) > 9


@pytest.mark.parametrize("theme", THEMES)
def test_no_mood_and_no_warning_looks_like_what_one_can_act_on(theme):
    hues = {mood: hue(read_colours(theme, mood)["mood"]) for mood in ("amber", "coral")}
    colours = read_colours(theme, "amber")
    hues["danger"] = hue(colours["danger"])

    apart = {name: abs((own - hue(colours["accent"]) + 180) % 360 - 180)
             for name, own in hues.items()}

    assert min(apart.values()) > 60, apart


# Moods and public pages ######################################################


@pytest.mark.parametrize("path, mood", [("/", "amber"), ("/login", "coral"), ("/signup", "coral")])
def test_a_page_for_visitors_has_its_mood(db, visitor, path, mood):
    assert f'data-mood="{mood}"' in visitor.get(path).text


@pytest.mark.parametrize("path, mood", [("/dreamscape", "amber"), ("/dreambuilder", "blue"),
                                        ("/dreams", "blue"), ("/profile/about", "coral")])
def test_a_page_for_dreamers_has_its_mood(db, sign_in, path, mood):
    assert f'data-mood="{mood}"' in sign_in("ada").get(path).text


PUBLIC = ["/dreams/sail-around-the-world", "/dreamers/ada-lovelace", "/", "/about", "/rules",
          "/privacy"]


@pytest.mark.parametrize("name", ["og:title", "og:url", "og:image", "twitter:card", "description"])
@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_has_metadata_for_link_previews(db, visitor, dream, path, name):
    assert visitor.get(path).text.count(f'="{name}" content="') == 1


@pytest.mark.parametrize("path", PUBLIC)
def test_absolute_urls_begin_with_base_url(db, visitor, dream, path):
    page = visitor.get(path, headers={"Host": "127.0.0.1:81", "X-Forwarded-Host": "evil"}).text
    shown = re.findall(r'(?:"canonical" href|og:url" content|og:image" content)="([^"]+)"', page)

    assert len(shown) == 3
    assert all(address.startswith(site.settings["BASE_URL"] + "/") for address in shown)


# Errors ######################################################################


def test_a_too_large_upload_is_refused_with_advice(db, sign_in):
    answer = sign_in("ada").post("/profile/picture", data={"picture": "x" * 10_500_000})

    assert answer.status_code == 413
    assert "Please choose a smaller file." in answer.text


def test_a_too_long_text_is_not_called_a_file(db, sign_in):
    answer = sign_in("ada").send("/dreambuilder", description="x" * 600_000)

    assert answer.status_code == 413
    assert "smaller file" not in words_shown(answer.text)


@pytest.mark.parametrize("code", [403, 404, 405, 413, 415, 422, 429, 500, 503])
def test_every_error_has_a_title_and_a_sentence(code):
    assert all(site.ERRORS[code][:2])


@pytest.mark.parametrize("path", [
    "/dreams/nothing", "/dreamers/nobody", "/dreams/nothing/edit", "/dreams/nothing/report",
    "/comments/nothing/report", "/moderation/dream/nothing", "/moderation/topics/nothing"])
def test_a_mistyped_address_is_not_said_to_have_been_there(db, sign_in, path):
    answer = sign_in("mod").get(path)

    assert answer.status_code == 404
    assert "This page doesn't exist or was removed." in words_shown(answer.text)


@pytest.mark.parametrize("path", ["/dreams/sail-around-the-world", "/dreamers/ada-lovelace"])
def test_a_deleted_page_looks_like_one_that_never_was(db, dream, dreamer, visitor, path):
    """Else its address would tell who had an account."""
    remove_dreamer(complete_dreamer(dreamer("ada")))

    pages = [visitor.get(each) for each in (path, f"{path}-never")]

    assert [page.status_code for page in pages] == [404, 404]
    assert len({words_shown(page.text) for page in pages}) == 1


@pytest.mark.parametrize("path", ["/nothing", "/dreams/nothing"])
def test_an_error_offers_exactly_one_thing_to_do(db, visitor, path):
    assert visitor.get(path).text.count("button--primary") == 1
