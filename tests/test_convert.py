"""convert.py: what is taken for a picture, what is stored of it, and what that may cost."""

import re
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageChops, ImageCms, PngImagePlugin
from support.picture_factory import (
    DEEP, FORTY, RGBA, blank_png, corners, decode, encode, endless_jpeg, exif,
    gif_with_oversized_frame,
    green_ink_profile, noise, p3_profile, photo, png, rgba_noise,
)

import app as site
from dreamscape import convert

ROOT = Path(site.__file__).parent
CANNOT_READ = r"It may be damaged|isn't a picture we can read"
REFUSAL = "We accept JPEG, PNG, WebP, GIF, AVIF and HEIC."


def converted(data):
    """Return what is stored of a picture, as a picture."""
    return decode(convert.convert(data)[0])


def pixel(image, x=5, y=5):
    """Return the red, green and blue of a pixel."""
    return image.convert("RGB").getpixel((x, y))


def close_to(colour):
    """Return what a colour may have become by a lossy codec."""
    return pytest.approx(colour, abs=14)


# What is stored ##############################################################


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF", "MPO"])
def test_a_picture_of_each_kind_is_stored_as_webp(kind):
    """R16, R17."""
    image = converted(encode(corners(), kind))

    assert (image.format, image.size) == ("WEBP", (80, 40))
    assert pixel(image) == close_to((255, 0, 0))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_of_a_moving_picture_the_first_frame_is_stored(kind):
    """R17."""
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue", "lime")]

    image = converted(encode(frames[0], kind, save_all=True, append_images=frames[1:]))

    assert not getattr(image, "is_animated", False)
    assert pixel(image) == close_to((255, 0, 0))


@pytest.mark.parametrize(("size", "expected"), [
    ((1, 1), (1, 1)), ((1600, 10), (1600, 10)), ((1601, 1601), (1600, 1600)),
    ((10, 3000), (10, 3000)), ((3200, 2000), (1600, 1000)), ((12_000, 1), (1600, 1)),
    ((5000, 3), (1600, 1))])
def test_a_picture_is_at_most_1600_wide_and_never_enlarged(size, expected):
    """R16: its aspect is kept."""
    webp, width, height, _ = convert.convert(encode(Image.new("RGB", size), "PNG"))

    assert (width, height) == decode(webp).size == expected


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright(kind, orientation):
    """R16: whatever way the camera was held."""
    exif = Image.Exif()
    exif[0x0112] = orientation

    image = converted(encode(held(corners(), orientation), kind, exif=exif.tobytes()))

    assert image.size == (80, 40)
    assert pixel(image) == close_to((255, 0, 0))
    assert pixel(image, 75, 35) == close_to((0, 0, 255))


def held(image, orientation):
    """Return a picture as a camera that is held in one of EXIF's eight ways sees it."""
    way = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}.get(orientation)
    return image if way is None else image.transpose(Image.Transpose(way))


ORIENTATION_6 = 0x0112, 3, b"\0\6" * 4


def with_exif(jpeg, content):
    """Return a JPEG with some EXIF."""
    return jpeg[:2] + b"\xff\xe1" + (len(content) + 2).to_bytes(2, "big") + content + jpeg[2:]


@pytest.mark.parametrize("kind", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
def test_a_photo_is_turned_whatever_else_its_exif_holds(kind):
    """R16: tag 0x0128 as a byte, say; 70 tags of each TIFF type."""
    tags = sorted(tag.value for tag in ExifTags.Base if tag != 0x0112)[:70]
    jpeg, sizes = encode(held(corners(), 6), "JPEG"), set()

    for tag in tags:
        entries = sorted([ORIENTATION_6, (tag, kind, b"\0\1\0\2\0\3\0\4")])
        sizes.add(convert.convert(with_exif(jpeg, exif(*entries)))[1:3])

    assert len(tags) == 70
    assert sizes == {(80, 40)}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("tag", [0x010E, 0x010F, 0x0100, 0x0000])
def test_a_photo_is_turned_although_the_value_of_a_tag_before_lies_beyond_its_exif(tag, kind):
    """R16."""
    cut = exif((tag, 5, bytes(8)), ORIENTATION_6)[:-8]

    assert converted(encode(held(corners(), 6), kind, exif=cut)).size == (80, 40)


@pytest.mark.parametrize("entry", [
    (0x0112, 4, b"\0\0\0\6\0\0\0\0"), (0x0112, 8, b"\0\6" * 4),
    (0x0112, 5, b"\0\0\0\6\0\0\0\1"), (0x0112, 11, b"\x40\xc0\0\0" * 2)],
    ids=["LONG", "SSHORT", "RATIONAL", "FLOAT"])
def test_an_orientation_of_another_number_type_is_used(entry):
    """R16."""
    jpeg = with_exif(encode(held(corners(), 6), "JPEG"), exif(entry))

    assert converted(jpeg).size == (80, 40)


@pytest.mark.parametrize("content", [
    exif((0x0112, 3, b"\0\0" * 4)), exif((0x0112, 3, b"\0\x09" * 4)), exif((0x0112, 2, b"6\0" * 4)),
    exif((0x0112, 7, bytes(8))), exif((0x0112, 5, bytes(8))), exif((0x0112, 12, b"\x7f\xf8" * 4)),
    b"Exif\0\0nonsense", b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", exif(ORIENTATION_6)[:20]],
    ids=["0", "9", "text", "UNDEFINED", "0 / 0", "NaN", "no TIFF", "empty", "far away", "cut"])
def test_a_photo_with_an_unreadable_orientation_is_stored_unturned(content):
    """R16."""
    image = converted(with_exif(encode(corners(), "JPEG"), content))

    assert image.size == (80, 40)
    assert pixel(image) == close_to((255, 0, 0))


@pytest.mark.parametrize(("name", "text"), [
    ("exif", "x"), ("xmp", "x"), ("Raw profile type exif", "\nexif\n 8\nzz")])
def test_a_png_whose_texts_are_named_like_exif_is_stored(name, text):
    """R16."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text(name, text)

    assert converted(encode(corners(), "PNG", pnginfo=texts)).size == (80, 40)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "HEIF"])
def test_another_picture_with_odd_exif_is_turned(kind):
    """R16."""
    odd = exif(ORIENTATION_6, (0x0128, 1, b"\0\2" * 4))

    assert converted(encode(held(corners(), 6), kind, exif=odd)).size == (80, 40)


@pytest.mark.parametrize("text", ["<tiff:Orientation>6</tiff:Orientation>", 'tiff:Orientation="6"'])
@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_an_orientation_in_xmp_is_used(kind, text):
    """R16."""
    sent = encode(held(corners(), 6), kind, xmp=text.encode())

    assert converted(sent).size == (80, 40)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize("chunk", [b"EXIF", b"ICCP", b"XMP "])
def test_nothing_is_stored_but_the_picture(kind, chunk):
    """R16: all metadata gone."""
    exif = Image.Exif()
    exif[0x010E] = "Where I live"
    sent = encode(corners(), kind, exif=exif, xmp=b"<x:xmpmeta/>",
                  icc_profile=ImageCms.ImageCmsProfile(convert.SRGB).tobytes())

    webp = convert.convert(sent)[0]

    assert chunk not in webp
    assert b"Where I live" not in webp


@pytest.mark.parametrize(("mode", "colour", "expected"), [
    ("L", 200, (200, 200, 200)), ("RGB", (9, 99, 199), (9, 99, 199)), ("1", 1, (255, 255, 255)),
    ("I;16", 51_400, (200, 200, 200)), ("I;16", 65_535, (255, 255, 255)), ("I;16", 0, (0, 0, 0)),
    ("LA", (200, 255), (200, 200, 200)), ("RGBA", (9, 99, 199, 255), (9, 99, 199))])
def test_the_colours_of_a_png_are_kept(mode, colour, expected):
    """R16."""
    image = converted(encode(Image.new(mode, (40, 40), colour), "PNG"))

    assert pixel(image) == close_to(expected)


@pytest.mark.parametrize(("inks", "expected"), [
    ((0, 0, 0, 0), (255, 255, 255)), ((255, 0, 0, 0), (0, 255, 255)), ((0, 0, 0, 255), (0, 0, 0))])
def test_the_colours_of_a_cmyk_picture_are_kept(inks, expected):
    """R16."""
    image = converted(encode(Image.new("CMYK", (40, 40), inks), "JPEG"))

    assert pixel(image) == close_to(expected)


def test_a_profile_of_inks_is_minded():
    """R16: cyan of a press whose cyan is green."""
    cyan = Image.new("CMYK", (40, 40), (255, 0, 0, 0))

    red, green, blue = pixel(converted(encode(cyan, "JPEG", icc_profile=green_ink_profile())))

    assert green > red + 50
    assert green > blue + 50


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_the_colours_of_a_wide_gamut_are_kept(kind):
    """R16: the same colour has other numbers in sRGB."""
    sent = encode(Image.new("RGB", (40, 40), (200, 100, 50)), kind, icc_profile=p3_profile())

    assert pixel(converted(sent)) == close_to((216, 93, 22))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_a_profile_beside_transparency_is_minded(mode):
    """R16."""
    image = Image.new("RGBA", (40, 40), (200, 200, 200, 90)).convert(mode)

    stored = converted(encode(image, "PNG", icc_profile=p3_profile()))

    assert pixel(stored) == close_to((200, 200, 200))
    assert stored.mode == "RGBA"


@pytest.mark.parametrize("profile", [b"", b"nonsense", p3_profile()[:200], green_ink_profile()])
def test_a_profile_that_is_wrong_changes_nothing(profile):
    """R16."""
    sent = encode(Image.new("RGB", (40, 40), (200, 100, 50)), "JPEG", icc_profile=profile)

    assert pixel(converted(sent)) == close_to((200, 100, 50))


@pytest.mark.parametrize(("kind", "mode"), [
    ("PNG", "RGBA"), ("PNG", "LA"), ("PNG", "P"), ("GIF", "RGBA"), ("WEBP", "RGBA"), ("WEBP", "LA"),
    ("AVIF", "RGBA"), ("HEIF", "RGBA")])
def test_transparency_is_kept(kind, mode):
    """R16."""
    image = Image.new("RGBA", (40, 40), (255, 255, 255, 0))
    image.paste((0, 0, 0, 255), (0, 0, 20, 40))

    stored = converted(encode(image.convert(mode), kind))

    assert stored.mode == "RGBA"
    assert [stored.getpixel(at)[3] for at in ((5, 5), (35, 5))] == [255, 0]


@pytest.mark.parametrize("transparency", [b"\0\xff", 0])
def test_transparency_of_a_palette_is_kept(transparency):
    """R16."""
    image = Image.new("P", (40, 40), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(0, (0, 0, 20, 40))

    stored = converted(encode(image, "PNG", transparency=transparency))

    assert [stored.getpixel(at)[3] for at in ((5, 5), (35, 5))] == [0, 255]


@pytest.mark.parametrize(("make", "kind"), [(photo, "JPEG"), (photo, "WEBP"), (noise, "JPEG")])
def test_12_megapixels_end_below_300_kilobytes(make, kind):
    """R16: even pure noise; a photo keeps its 1600 pixels."""
    sent = encode(make(4000, 3000), kind, quality=90, method=0)

    webp, width, height, _ = convert.convert(sent)

    assert len(webp) < 300_000
    assert width / height == pytest.approx(4 / 3, abs=0.01)
    assert width == 1600 or make is noise


def test_a_tall_picture_of_noise_is_made_small_enough():
    """R16."""
    webp, width, height, _ = convert.convert(encode(noise(400, 6000), "JPEG"))

    assert len(webp) < 300_000
    assert height / width == pytest.approx(15, abs=0.5)


# What is refused #############################################################

OTHERS = {
    **{kind: encode(corners(), kind) for kind in (
        "TIFF", "BMP", "PDF", "ICO", "PPM", "TGA", "PCX", "EPS", "JPEG2000")},
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"/>', "text": b"me.jpg", "empty": b"",
    "NULs": bytes(5_000), "HTML": b"<!doctype html><script>1</script>", "ZIP": b"PK\x03\x04" * 9,
    "a JPEG's first bytes": b"\xff\xd8\xff\xe0", "MP4": b"\0\0\0\x18ftypmp42" * 9,
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_anything_else_is_refused_with_what_is_taken(data):
    """R17."""
    with pytest.raises(convert.RefusedError) as refused:
        convert.convert(data)

    assert str(refused.value).startswith("isn't a picture we can read. ")
    assert REFUSAL in str(refused.value)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_picture_is_refused(kind, share):
    """R17."""
    data = encode(photo(400, 300), kind)

    with pytest.raises(convert.RefusedError, match=CANNOT_READ):
        convert.convert(data[:int(len(data) * share)])


WAYS = {"baseline": {}, "progressive": {"progressive": True}, "no subsampling": {"subsampling": 0},
        "restart markers": {"restart_marker_rows": 1}}


def without_end(jpeg):
    """Return a JPEG without its end-of-image marker."""
    assert jpeg.endswith(b"\xff\xd9")
    return jpeg[:-2]


@pytest.mark.parametrize("tail", [b"", b"\xff", bytes(4_096)], ids=["none", "half", "zeros"])
@pytest.mark.parametrize("way", WAYS)
def test_a_jpeg_without_its_end_is_stored_whole(way, tail):
    """R17: some phones' panoramas lack it."""
    jpeg = encode(photo(160, 120), "JPEG", **WAYS[way])

    image = converted(without_end(jpeg) + tail)

    assert image.tobytes() == converted(jpeg).tobytes()


@pytest.mark.parametrize("way", WAYS)
def test_a_jpeg_that_lacks_pixels_is_refused_wherever_it_was_cut(way):
    """R17: not a grey half, nor a colour that is missing; the last 12 bytes are its corner."""
    jpeg = encode(photo(80, 60), "JPEG", **WAYS[way])

    cuts = {outcome(jpeg[:at]) for at in range(600, len(jpeg) - 12, 7)}

    assert cuts == {"refused"}


def test_a_progressive_jpeg_that_lacks_scans_is_refused():
    """R17: cut between two scans."""
    jpeg = encode(photo(160, 120), "JPEG", progressive=True)
    scans = [match.start() for match in re.finditer(rb"\xff\xda", jpeg)]

    assert len(scans) > 5
    assert {outcome(jpeg[:at]) for at in scans} == {"refused"}


@pytest.mark.parametrize("garbage", [
    b"\n", b"\r\n\r\n", b"\xef\xbb\xbf", bytes(512), b"\x17\xffsome"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF"])
def test_a_picture_after_a_few_wrong_bytes_is_stored(kind, garbage):
    """R17."""
    image = converted(garbage + encode(corners(), kind))

    assert image.size == (80, 40)
    assert pixel(image) == close_to((255, 0, 0))


@pytest.mark.parametrize("garbage", [b"\n", b"\0\0", b"some\n"])
def test_a_jpeg_with_wrong_bytes_before_its_second_marker_is_stored(garbage):
    """R17."""
    jpeg = encode(corners(), "JPEG")

    assert converted(jpeg[:2] + garbage + jpeg[2:]).size == (80, 40)


def test_a_jpeg_with_wrong_bytes_before_and_no_end_is_stored():
    """R17."""
    assert converted(b"\n" + without_end(encode(corners(), "JPEG"))).size == (80, 40)


@pytest.mark.parametrize(("kind", "missing"), [("PNG", 12), ("PNG", 16), ("GIF", 1), ("GIF", 2)])
def test_another_picture_without_its_end_is_stored_whole(kind, missing):
    """R17: without IEND, or the trailer of a GIF."""
    sent = encode(photo(160, 120), kind)

    assert converted(sent[:-missing]).tobytes() == converted(sent).tobytes()


def test_a_gif_without_its_end_code_is_stored_whole():
    """R17: the code that follows the last pixel."""
    sent = encode(corners(), "GIF")

    assert converted(sent[:-3]).tobytes() == converted(sent).tobytes()


@pytest.mark.parametrize("size", [0, 10, 2**32 - 10])
def test_a_webp_whose_size_is_wrong_is_stored(size):
    """R17."""
    webp = encode(corners(), "WEBP")

    assert converted(webp[:4] + size.to_bytes(4, "little") + webp[8:]).size == (80, 40)


def test_a_webp_without_its_padding_byte_is_stored():
    """R17."""
    webp = next(data for side in range(40, 99)
                if (data := encode(photo(side, side), "WEBP")).endswith(b"\0"))

    assert converted(webp[:-1]).tobytes() == converted(webp).tobytes()


def test_a_picture_with_flipped_bytes_is_stored_or_refused():
    """R1: nothing but a refusal is ever raised."""
    outcomes = set()
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF"):
        data = encode(photo(120, 120), kind)
        for at in range(0, min(len(data), 1_200), 40):
            outcomes.add(outcome(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1:]))

    assert outcomes <= {"stored", "refused"}


def outcome(data):
    """Return whether a picture was stored or refused."""
    try:
        return "stored" if convert.convert(data) else ""
    except convert.RefusedError:
        return "refused"


@pytest.mark.parametrize(("width", "height"), [
    (11_000, 8_000), (60_000, 10), (10, 60_000), (2**31 - 1, 2**31 - 1), (6_400, 6_400),
    (12_001, 1), (1, 12_001), (12_001, 12_001), (40_000_001, 1), (8_001, 5_000)])
def test_a_bomb_is_refused_by_its_header(width, height):
    """R17: quickly, and before a pixel is decoded."""
    sent, start = png(width, height, bytes(10_000)), time.perf_counter()

    with pytest.raises(convert.RefusedError, match="limit is 40 megapixels, and 12,000 pixels a"):
        convert.convert(sent)

    assert time.perf_counter() - start < 5


def test_a_bomb_that_is_whole_is_refused_too():
    """R17: 88 megapixels that travel in 85 kilobytes."""
    sent = png(11_000, 8_000, bytes(11_001 * 8_000))

    with pytest.raises(convert.RefusedError, match="limit is 40 megapixels"):
        convert.convert(sent)


def test_a_bomb_in_a_text_of_a_picture_does_no_harm():
    """R17."""
    text = b"note\0\0" + zlib.compress(bytes(90_000_000), 9)

    assert outcome(png(8, 8, bytes(72), (b"zTXt", text))) in ("stored", "refused")


@pytest.mark.parametrize("size", [(9_000, 8_000), (60_000, 60_000)])
def test_a_frame_larger_than_its_picture_says_is_refused(size):
    """R17: a bomb that Pillow only warns of, and one that it refuses."""
    with pytest.raises(convert.RefusedError, match="limit is 40 megapixels"):
        convert.convert(gif_with_oversized_frame(*size))


def test_a_picture_of_no_size_is_refused():
    """R17."""
    with pytest.raises(convert.RefusedError, match=CANNOT_READ):
        convert.convert(png(0, 0))


@pytest.mark.parametrize(("size", "stored"), [
    ((12_000, 1), (1_600, 1)), ((1, 12_000), (1, 4_800)), ((8_000, 5_000), (1_600, 1_000))])
def test_a_picture_of_the_largest_size_is_taken(size, stored):
    """R17."""
    assert converted(encode(Image.new("L", size), "PNG", compress_level=1)).size == stored


# The process of a picture ####################################################

# Only Linux keeps a limit of memory, and says what a process took of it.
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps this limit")
TELL_MEMORY = """
import atexit
atexit.register(lambda: print(open("/proc/self/status").read(), file=sys.stderr))
convert.main()
"""


def run_code(code, data):
    """Return how Python code beside convert.py ended that was given a picture."""
    code = f"import sys; from dreamscape import convert; {code}"
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, input=data,
                          capture_output=True, check=False)


def megabytes(ended):
    """Return the largest memory a process had that ran TELL_MEMORY."""
    return int(re.search(rb"VmHWM:\s+(\d+) kB", ended.stderr)[1]) * 1_024 / 1_000_000


@LINUX
@pytest.mark.parametrize("kind", [RGBA, DEEP])
def test_40_megapixels_are_taken_in_less_than_300_megabytes(kind):
    ended = run_code(TELL_MEMORY, blank_png(*FORTY, kind))

    assert ended.stdout.startswith(b"1600 1000 ")
    assert 160 < megabytes(ended) < 300


@LINUX
def test_a_large_jpeg_without_its_end_takes_less_than_300_megabytes():
    """R17: one that can't be decoded at a smaller scale."""
    jpeg = encode(Image.new("RGB", (1_700, 12_000), "red"), "JPEG")

    ended = run_code(TELL_MEMORY, without_end(jpeg))

    assert ended.stdout.startswith(b"680 4800 ")
    assert megabytes(ended) < 300


@LINUX
def test_what_asks_for_more_memory_is_refused():
    """Not vacuous: such a WebP needs 400 MB to be decoded."""
    sent = encode(Image.new("RGB", (5_000, 5_000)), "WEBP", lossless=True, quality=0, method=0)

    ended = run_code(TELL_MEMORY, sent)

    assert ended.stdout.decode() == convert.DAMAGED
    assert megabytes(ended) < 300


def test_what_asks_for_hours_is_ended():
    """A progressive JPEG may say the same a hundred thousand times."""
    sent = endless_jpeg(6_000, 6_000, 2_000)

    ended = run_code("convert.CPU_SECONDS = 1; convert.main()", sent)

    assert ended.returncode < 0
    assert ended.stdout == b""


def test_no_other_decoder_is_ever_loaded():
    code = "convert.main(); from PIL import Image; print(*Image.OPEN, file=sys.stderr)"

    ended = run_code(code, encode(corners(), "MPO"))

    # Pillow brings the last three along, and open_picture does not name them.
    assert {*ended.stderr.decode().split()} == {*convert.FORMATS, "BMP", "DIB", "PPM"}


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK", "L", "LA", "P", "I;16"])
def test_a_picture_scaled_in_bands_shows_no_seam(monkeypatch, mode):
    """R16: it is the same as one scaled at once."""
    image = photo(2_000, 600).convert("L" if mode == "I;16" else "RGBA").convert(mode)
    whole = convert.to_plain_mode(image).resize((1_600, 480), Image.Resampling.LANCZOS)
    monkeypatch.setattr(convert, "BAND_PIXELS", 100_000)

    shrunk = convert.shrink(image)

    assert shrunk.size == (1_600, 480)
    assert max(ImageChops.difference(shrunk, whole).tobytes()) <= 1


# Time of conversions #########################################################


@pytest.mark.parametrize("make", [noise, rgba_noise])
def test_noise_is_encoded_in_little_time(make):
    """Before, it was tried at three qualities in each of four sizes."""
    data = encode(make(1_600, 4_800), "WEBP", quality=60, method=0)
    begin = time.process_time()

    convert.convert(data)

    assert time.process_time() - begin < 4


@pytest.mark.parametrize("make", [noise, rgba_noise])
def test_each_width_is_encoded_twice_at_most(monkeypatch, make):
    encodings, write = [], convert.write_webp
    monkeypatch.setattr(convert, "write_webp", lambda *args, **options: (
        encodings.append(options) or write(*args, **options)))

    *_, smaller = convert.encode_versions(make(1_600, 2_400))

    assert len(encodings) <= 2 * (1 + len(convert.WIDTHS))
    assert all(len(webp) <= convert.MAX_BYTES for webp in smaller)


def test_of_pictures_that_are_converted_there_are_these_numbers():
    numbers = {
        "FORMATS": ("JPEG", "PNG", "WEBP", "GIF", "AVIF"), "MAX_WIDTH": 1_600, "MAX_HEIGHT": 4_800,
        "FORMAT_NAMES": "JPEG, PNG, WebP, GIF, AVIF and HEIC", "WIDTHS": (160, 480, 960),
        "MAX_PIXELS": 40_000_000, "MAX_SIDE": 12_000, "MAX_BYTES": 300_000, "QUALITY": 80,
        "LOW_QUALITY": 40, "LOW_EXCESS": 1.2, "SMALLER_QUALITY": 50, "BAND_PIXELS": 1_000_000,
        "ORIENTATION": 0x0112, "SIDEWAYS": (5, 6, 7, 8), "MEMORY_BYTES": 268_435_456,
        "CPU_SECONDS": 8, "EXIT_REFUSED": 3,
        "UNKNOWN": "isn't a picture we can read. We accept JPEG, PNG, WebP, GIF, AVIF and HEIC.",
        "TOO_LARGE": "has too many pixels. The limit is 40 megapixels, and 12,000 pixels a side.",
        "DAMAGED": "couldn't be opened. It may be damaged or too complex. Try saving it as a JPEG.",
        "MIME_TYPES": "image/jpeg,image/png,image/webp,image/gif,image/avif,image/heic,image/heif"}

    assert {name: getattr(convert, name) for name in numbers} == numbers
