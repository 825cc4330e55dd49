"""Cards: what the picture for link previews shows, who gets one, and where it is stored."""

import functools
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from limits import parse as parse_rate
from PIL import Image, ImageChops
from support.cloudinary_server import CloudinaryServer
from support.picture_factory import decode, encode, noise, photo

import app as site
from dreamscape import card, convert, pictures
from dreamscape.dreams import find_dream, remove_dream, set_dream
from dreamscape.leaving import remove_dreamer
from dreamscape.limits import LIMITS
from dreamscape.dreamers import find_dreamer
from dreamscape.pictures import (
    card_semaphore, remove_picture, run_python, set_stored_picture, sweep_leftovers,
)

STATIC = Path(site.app.static_folder)
RUN = run_python
PATH = "/dreams/sail-around-the-world/card.png"
SHARE = "/static/img/share.png"
TEXT = (card.LEFT, 0, card.WIDTH, card.HEIGHT - card.MARGIN - card.MARK)  # without the logo


def region(image, box=TEXT):
    """Return the pixels of a part of a card."""
    return image.convert("RGB").crop(box)


def has_same(one, other, box=TEXT):
    """Return whether two cards look the same in a part."""
    return ImageChops.difference(region(one, box), region(other, box)).getbbox() is None


def drawn(title="Sail around the world", name="Ada Lovelace", picture=b""):
    """Return a card, as a picture."""
    return decode(card.draw_card(title, name, picture))


# Drawing #####################################################################


@pytest.mark.parametrize("picture", [b"", encode(photo(900, 600), "WEBP")], ids=["none", "photo"])
def test_a_card_is_a_png_of_1200_by_630(picture):
    """R58."""
    image = drawn(picture=picture)

    assert (image.format, image.size) == ("PNG", (1200, 630))


@pytest.mark.parametrize("picture", [noise(1600, 1200), photo(1600, 1067)], ids=["noise", "photo"])
def test_a_card_takes_at_most_300_kilobytes(picture):
    assert len(card.draw_card("Sail", "Ada", encode(picture, "WEBP", quality=80))) <= 300_000


def test_a_card_shows_the_dreams_picture():
    """R58."""
    red = encode(Image.new("RGB", (900, 700), "red"), "WEBP")

    image = drawn(picture=red).convert("RGB")

    for corner in ((10, 10), (530, 620)):
        assert image.getpixel(corner) == pytest.approx((255, 0, 0), abs=9)


@pytest.mark.parametrize("size", [(1600, 200), (60, 40), (100, 1500), (1, 1)])
def test_a_strip_or_a_small_picture_is_shown_whole(size):
    """The sky is at the corner, and the picture in the middle."""
    image = drawn(picture=encode(Image.new("RGB", size, "lime"), "PNG")).convert("RGB")

    assert image.getpixel((3, 3)) == pytest.approx((29, 32, 82), abs=9)
    assert image.getpixel((270, 315)) == pytest.approx((0, 255, 0), abs=9)


def test_a_transparent_picture_lies_on_paper():
    clear = encode(Image.new("RGBA", (900, 700)), "PNG")

    corner = drawn(picture=clear).convert("RGB").getpixel((9, 9))

    assert corner == pytest.approx((253, 248, 242), abs=3)


def test_a_card_shows_the_title_and_the_name():
    """R58."""
    cards = [drawn(), drawn(title="Row across the lake"), drawn(name="Bob Builder")]

    assert not any(has_same(cards[a], cards[b]) for a, b in ((0, 1), (0, 2), (1, 2)))


@pytest.mark.parametrize("title", [
    "A dream that people talk about " + "and on " * 10, "W" * 100, "W W " * 25, "写" * 100,
    "Z\u0338\u031b\u0353" * 25, "i" * 100, "a", "漢字 " * 33, "ﷺ" * 100])
def test_every_title_stays_in_its_column(title):
    image = region(drawn(title=title), (0, 0, card.WIDTH, card.HEIGHT))
    edges = [(card.RIGHT + 12, 0, card.WIDTH, card.HEIGHT),
             (card.LEFT, card.HEIGHT - card.MARGIN, card.WIDTH, card.HEIGHT)]

    assert [len(image.crop(box).getcolors()) for box in edges] == [1, 1]


def test_a_title_that_is_too_long_ends_in_an_ellipsis():
    fonts = card.find_fonts(card.TITLE_FONTS)

    lines, _ = card.fit_title("A dream that people talk about " + "and on " * 20, fonts)

    assert (len(lines), lines[-1][-1]) == (4, "…")


def test_a_short_title_is_larger_than_a_long_one():
    fonts = card.find_fonts(card.TITLE_FONTS)

    assert card.fit_title("Sail", fonts)[1] > card.fit_title("Sail around the world " * 4, fonts)[1]


def test_a_line_does_not_begin_with_what_closes_the_one_before():
    fonts = card.find_fonts(card.TITLE_FONTS)

    lines, _ = card.wrap("写、" * 30, fonts, 68)

    assert len(lines) > 1
    assert [line for line in lines if line.startswith("、")] == []


def test_the_colours_are_those_of_the_site():
    known = " ".join(file.read_text("utf-8") for file in (
        *STATIC.glob("css/*.css"), STATIC / "img/logo.svg"))
    used = set(re.findall(r'"(#\w{6})"', Path(card.__file__).read_text("utf-8")))

    assert len(used) > 8
    assert [colour for colour in used if colour not in known] == []


# Letters #####################################################################


@pytest.fixture
def fonts(monkeypatch):
    """Two fonts: one has the letters of "Latin", the other those of two more scripts."""
    letters = {"latin": "abcdefghijklmnopqrstuvwxyzLatin… ", "far": "漢字אב abc"}
    monkeypatch.setattr(card, "has_glyphs", lambda path, cluster: cluster in letters[path])
    return tuple(letters)


@pytest.mark.parametrize(("text", "expected"), [
    ("learn 漢字 too", "learn 漢字 too"), ("learn ไทย too", "learn … too"),
    ("row 🚣 far", "row far"),
    ("🚣", ""), ("ไทยไทย a", ""), ("", ""), ("!?", "")])
def test_letters_that_no_font_has_are_not_drawn_as_boxes(fonts, text, expected):
    assert card.replace_missing(text, fonts)[0] == expected


def test_a_line_is_drawn_in_the_fonts_that_have_its_letters(fonts):
    runs = card.split_runs("learn 漢字 too", fonts)

    assert runs == [("latin", "learn "), ("far", "漢字 "), ("latin", "too")]


def test_a_right_to_left_text_is_drawn_in_one_font(fonts):
    assert card.replace_missing("אב abc", fonts) == ("אב abc", ("far",))


@pytest.mark.parametrize("text", ["אב", "abc אב", "का"])
def test_text_that_needs_shaping_is_not_drawn_without_it(fonts, monkeypatch, text):
    monkeypatch.setattr(card, "CAN_SHAPE", False)

    assert card.replace_missing(text, fonts)[0] == ""
    assert card.replace_missing("abc", fonts)[0] == "abc"


@pytest.mark.parametrize("text", [
    "Sail", "Плыть", "🚣‍♀️ Row", "漢字", "नाव", "לשוט", "\ue000x", "한국"])
def test_every_letter_that_is_drawn_is_in_its_font(text):
    kept, fonts = card.replace_missing(text, card.find_fonts(card.TITLE_FONTS))

    assert all(card.find_font(each, fonts) is not None for each in card.CLUSTERS.findall(kept))


@pytest.fixture
def no_fonts(monkeypatch):
    """A machine without font files."""
    monkeypatch.setattr(card, "FOLDERS", ())
    for cached in (card.find_font_files, card.find_fonts):
        cached.cache_clear()
    yield
    for cached in (card.find_font_files, card.find_fonts):
        cached.cache_clear()


def test_without_font_files_latin_letters_are_drawn(no_fonts):
    assert not has_same(drawn(title="Sail"), drawn(title="Row"))


def test_without_its_letters_the_sites_name_stands_for_a_title(no_fonts):
    assert has_same(drawn(title="漢字"), drawn(title="नाव"))
    assert not has_same(drawn(title="漢字"), drawn(title="Sail"))


def test_a_broken_font_file_is_passed_over(no_fonts, tmp_path, monkeypatch):
    (tmp_path / "NotoSansBroken-Bold.ttf").write_bytes(b"not a font")
    monkeypatch.setattr(card, "FOLDERS", (str(tmp_path),))

    assert card.find_fonts(card.TITLE_FONTS) == (card.BUILT_IN,)
    assert "NotoSansBroken-Bold" in card.find_font_files()


def test_the_process_of_a_card_has_the_limits_of_a_picture(monkeypatch):
    code = ("import resource; from dreamscape import card, convert\n"
            "limit = lambda: resource.getrlimit(resource.RLIMIT_DATA)\n"
            "card.draw_card = lambda **given: print(limit()) or b''\n"
            "card.main()")

    ended = subprocess.run([sys.executable, "-c", code], input=b"{}\n", capture_output=True,
                           check=True, cwd=pictures.ROOT)

    assert str(convert.MEMORY_BYTES).encode() in ended.stdout


# Addresses ###################################################################


@functools.cache
def run_once(arguments, data):
    """Run a process, each but once: what is tried here comes after that."""
    return RUN(list(arguments), data)


@pytest.fixture
def quick(monkeypatch):
    """Draw nothing twice; return the cards that were drawn."""
    cards = []

    def run(arguments, data):
        """Return what the process would."""
        cards.append(data)
        return run_once(tuple(arguments), data)

    monkeypatch.setattr(pictures, "run_python", run)
    return cards


@pytest.fixture
def place(db, dream, uploads, quick):
    """The database, with ada's dream and an empty folder of pictures."""
    return db


def card_of(db):
    """Return the name of the dream's stored card."""
    return db.dreams.find_one({}, {"card": 1}).get("card")


def add_picture(dream, colour="red"):
    """Set a picture of one colour."""
    webp = encode(Image.new("RGB", (900, 700), colour), "WEBP")
    set_stored_picture("dreams", dream, f"{colour}-1", (webp, 400, 300, [webp]), "")


def test_a_card_is_sent_and_may_be_cached(place, visitor):
    """R58."""
    answer = visitor.get(PATH)

    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert "Set-Cookie" not in answer.headers
    assert decode(answer.data).size == (1200, 630)


def test_a_card_with_a_current_etag_is_not_sent_again(place, visitor):
    known = {"If-None-Match": visitor.get(PATH).headers["ETag"]}

    assert visitor.get(PATH, headers=known).status_code == 304


def test_a_card_is_drawn_once(place, visitor, quick):
    first, again = visitor.get(PATH).data, visitor.get(PATH).data

    assert first == again
    assert len(quick) == 1


@pytest.mark.parametrize("change", [
    lambda db, dream: set_dream(dream, {"title": "Row across the lake"}),
    lambda db, dream: db.dreamers.update_one({}, {"$set": {"first_name": "Augusta"}}),
    lambda db, dream: add_picture(dream)], ids=["title", "name", "picture"])
def test_a_card_is_drawn_anew_when_what_it_shows_changes(place, visitor, uploads, quick, change):
    first = visitor.get(PATH).data
    old = card_of(place)
    change(place, find_dream({}))

    answer = visitor.get(PATH, follow_redirects=True)

    assert (answer.status_code, len(quick)) == (200, 2)
    assert answer.data != first
    assert not (uploads / old).exists()


@pytest.mark.parametrize("change", [{"description": "Another"}, {"followers": 5}])
def test_a_card_stays_when_something_else_changes(place, visitor, quick, change):
    visitor.get(PATH)
    place.dreams.update_one({}, {"$set": change})

    assert visitor.get(PATH).status_code == 200
    assert len(quick) == 1


def test_a_removed_picture_takes_the_card_that_shows_it_along(place, visitor, uploads):
    add_picture(find_dream({}))
    visitor.get(PATH)
    assert len([*uploads.iterdir()]) == 3  # the picture in two widths, and the card

    remove_picture("dreams", find_dream({}))

    assert [*uploads.iterdir()] == []
    assert card_of(place) is None


@pytest.mark.parametrize("remove", [
    lambda: remove_dream(find_dream({})), lambda: remove_dreamer(find_dreamer({}))],
    ids=["dream", "account"])
def test_a_card_goes_with_its_dream(place, visitor, uploads, remove):
    visitor.get(PATH)
    assert len([*uploads.iterdir()]) == 1

    remove()

    assert [*uploads.iterdir()] == []
    assert place.leftovers.count_documents({}) == 0


def test_the_sweep_leaves_a_card_in_use_and_deletes_another(place, visitor, uploads):
    visitor.get(PATH)
    (uploads / "orphan-1").write_bytes(b"PNG")
    past = datetime.now(UTC) - timedelta(days=1)
    place.leftovers.insert_many([{"_id": name, "due_at": past}
                                 for name in (card_of(place), "orphan-1")])

    done = sweep_leftovers()

    assert done == {"in use": 1, "deleted": 1}
    assert [file.name for file in uploads.iterdir()] == [card_of(place)]


def test_a_card_drawn_for_a_picture_replaced_meanwhile_is_not_stored(place, uploads, visitor):
    before = find_dream({})
    add_picture(before)

    pictures.set_card(before, "late-1", b"PNG")

    assert card_of(place) is None
    assert not (uploads / "late-1").exists()
    assert place.leftovers.count_documents({}) == 0


def test_a_card_whose_file_vanished_is_drawn_again(place, uploads, visitor, quick):
    visitor.get(PATH)
    (uploads / card_of(place)).unlink()

    assert visitor.get(PATH).status_code == 200
    assert (len(quick), len([*uploads.iterdir()])) == (2, 1)


def test_an_old_address_of_a_dream_leads_to_its_card(place, visitor):
    set_dream(find_dream({}), {"title": "Row across the lake"})

    assert visitor.get(PATH).location == "/dreams/row-across-the-lake/card.png"


# Who gets none ###############################################################

NOT_PUBLIC = {
    "hidden": ("dreams", {"hidden": "Rude", "hidden_role": "moderator"}),
    "unconfirmed": ("dreamers", {"ends_at": datetime.now(UTC) + timedelta(days=1)}),
    "suspended": ("dreamers", {"suspended": {"until": None, "reason": "Rude"}}),
    "suspended for a while":
        ("dreamers", {"suspended": {"until": datetime.now(UTC) + timedelta(days=1)}}),
}


@pytest.mark.parametrize(("collection", "fields"), NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_a_dream_that_is_not_public_has_no_card(place, sign_in, quick, collection, fields):
    """R58."""
    ada = sign_in("ada")
    place[collection].update_one({}, {"$set": fields})

    assert ada.get(PATH).status_code == 404
    assert quick == []


def test_after_a_suspension_there_are_cards_again(place, visitor):
    past = datetime.now(UTC) - timedelta(days=1)
    place.dreamers.update_one({}, {"$set": {"suspended": {"until": past, "reason": "Rude"}}})

    assert visitor.get(PATH).status_code == 200


def test_the_page_of_a_dream_names_its_card_with_its_size(place, visitor):
    """R58."""
    page = visitor.get("/dreams/sail-around-the-world").text

    assert f'"og:image" content="{site.settings["BASE_URL"]}{PATH}"' in page
    assert '"og:image:width" content="1200"' in page
    assert '"og:image:height" content="630"' in page
    assert '"og:image:alt" content="Sail around the world, a dream by Ada Lovelace"' in page
    assert '"twitter:card" content="summary_large_image"' in page


def test_the_page_of_a_hidden_dream_names_no_card(place, sign_in):
    ada = sign_in("ada")
    place.dreams.update_one({}, {"$set": {"hidden": "Rude"}})

    page = ada.get("/dreams/sail-around-the-world").text

    assert "card.png" not in page
    assert SHARE in page


# When none can be drawn ######################################################


@pytest.mark.parametrize("output", [(1, b""), (-1, b""), (-9, b"half a PNG")])
def test_while_a_card_cannot_be_drawn_the_sites_picture_is_shown(
        place, visitor, monkeypatch, output):
    monkeypatch.setattr(pictures, "run_python", lambda arguments, data: output)

    answer = visitor.get(PATH)

    assert (answer.status_code, answer.location) == (302, SHARE)
    assert card_of(place) is None


def test_while_other_pictures_are_converted_the_sites_picture_is_shown(
        place, visitor, monkeypatch):
    monkeypatch.setattr(pictures, "CARD_WAIT", 0.1)

    with pictures.conversion_slot():
        assert visitor.get(PATH).location == SHARE


def test_a_crowd_of_crawlers_leaves_the_other_threads_to_pages(place, visitor, quick):
    taken = [card_semaphore.acquire(blocking=False) for _ in range(5)]

    answer = visitor.get(PATH)
    for _ in filter(None, taken):
        card_semaphore.release()

    assert taken == [True] * 4 + [False]
    assert (answer.location, quick) == (SHARE, [])


def test_a_picture_that_cannot_be_read_makes_no_card_without_it(place, visitor, quick):
    place.dreams.update_one({}, {"$set": {"picture": "vanished-1"}})

    assert visitor.get(PATH).location == SHARE
    assert (quick, card_of(place)) == ([], None)


def test_a_card_that_cannot_be_stored_is_sent_all_the_same(place, visitor, uploads):
    uploads.parent.mkdir(parents=True, exist_ok=True)
    uploads.write_text("in the way")

    assert visitor.get(PATH).status_code == 200
    assert card_of(place) is None


def test_a_network_has_so_many_cards_drawn_and_no_more(place, visitor, make_dream, monkeypatch):
    few = LIMITS["card"]._replace(rate=parse_rate("1 per 15 minutes"))
    monkeypatch.setitem(LIMITS, "card", few)
    monkeypatch.setitem(site.settings, "RATELIMIT_ENABLED", True)
    other = f"/dreams/{make_dream(title='Row')['slug']}/card.png"

    statuses = [visitor.get(path).status_code for path in (PATH, PATH, other)]

    assert statuses == [200, 200, 302]  # one that is stored is none that is drawn
    assert visitor.get(other, environ_overrides={"REMOTE_ADDR": "203.0.113.7"}).status_code == 200


# Cloudinary ##################################################################


@pytest.fixture
def cloud(monkeypatch, quick):
    """An account at Cloudinary; no card is drawn twice."""
    with CloudinaryServer() as server:
        server.set_account(monkeypatch)
        yield server


def test_a_card_is_stored_at_cloudinary_which_sends_it_afterwards(db, dream, cloud, visitor):
    first = visitor.get(PATH)

    again = visitor.get(PATH)

    assert first.data == cloud.pictures[card_of(db)]
    assert again.location == site.picture_url(card_of(db))


def test_a_card_at_cloudinary_goes_with_its_dream(db, dream, cloud, visitor):
    visitor.get(PATH)
    name = card_of(db)

    remove_dream(find_dream({}))

    assert cloud.deleted == [name]


def test_a_card_is_drawn_by_these_measures_and_colours():
    measures = {
        "WIDTH": 1_200, "HEIGHT": 630, "PICTURE": (540, 630), "MARGIN": 52, "LEFT": 592,
        "RIGHT": 1_148, "COLOURS": (256, 64), "MAX_BYTES": 300_000, "PAPER": "#fdf8f2",
        "INK": "#252140", "INK_SOFT": "#4d4765", "ACCENT": "#43329b", "NIGHT": "#1d2052",
        "DUSK": "#7a5aa6", "DAWN": "#f39c7f", "SUN": "#ffe0a0", "STAR": "#fff3d0",
        "FAR_HILL": "#4a3a7d", "NEAR_HILL": "#191b42", "LOGO": 64, "SKY": (
            (0, "#1d2052"), (0.55, "#7a5aa6"), (0.8, "#f39c7f"), (1, "#f39c7f")),
        "TITLE_SIZES": (76, 68, 58, 48, 40), "TITLE_LINES": 4, "LEADING": 1.22, "NAME_SIZE": 30,
        "NAME_ROOM": 64, "SITE_SIZE": 32, "MARK": 60, "SITE_NAME": "Dreamscape", "TITLE_ROOM": 350,
        "PROBE_SIZE": 24}

    assert {name: getattr(card, name) for name in measures} == measures
