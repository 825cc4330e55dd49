"""The subprocess that draws a dream's card, the picture of 1200 × 630 for link previews, as PNG.

``python -m dreamscape.card < input > png``; input: a line of JSON, {"title", "name"}, then the
bytes of the dream's picture, or nothing. It is limited like convert.py, which decodes the picture.

Text is drawn with fonts of this machine. A character that none of them has would be drawn as a box:
a letter is replaced by "…", a symbol is left out. A text of which most letters are missing is left
out as a whole.
"""
import io
import json
import os
import sys
import unicodedata
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import regex
from PIL import Image, ImageDraw, ImageFont, ImageOps, features

from dreamscape import convert

SIZE = WIDTH, HEIGHT = 1_200, 630  # pixels
PICTURE = 540, HEIGHT  # pixels, of the picture at the left
MARGIN = 52  # pixels around the text
LEFT, RIGHT = PICTURE[0] + MARGIN, WIDTH - MARGIN
# Colours of the palette: in true colour a photo takes 600 kB, and some services show no picture
# above MAX_BYTES. The second number is for a card that exceeds it with the first.
COLOURS = (256, 64)
MAX_BYTES = 300_000
# The colours of static/css and of static/img/logo.svg.
PAPER, INK, INK_SOFT, ACCENT = "#fdf8f2", "#252140", "#4d4765", "#43329b"
NIGHT, DUSK, DAWN = "#1d2052", "#7a5aa6", "#f39c7f"
SUN, STAR, FAR_HILL, NEAR_HILL = "#ffe0a0", "#fff3d0", "#4a3a7d", "#191b42"
SKY = ((0, NIGHT), (0.55, DUSK), (0.8, DAWN), (1, DAWN))
LOGO = 64  # units of the logo's drawing
TITLE_SIZES = (76, 68, 58, 48, 40)  # pixels; the largest in which a title fits is used
TITLE_LINES = 4  # at most
LEADING = 1.22  # of the size
NAME_SIZE, NAME_ROOM, SITE_SIZE, MARK = 30, 64, 32, 60  # pixels; MARK: of the logo
SITE_NAME = "Dreamscape"
TITLE_ROOM = HEIGHT - 3 * MARGIN - MARK - NAME_ROOM  # pixels of height


# Fonts #######################################################################

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts",
           "/Library/Fonts", "/System/Library/Fonts")
FONT_FILE = regex.compile(r"\.(?:ttf|otf|ttc)$", regex.I)
# Names of font files, the preferred ones first; then those that have other scripts.
TITLE_FONTS = ("DejaVuSerif-Bold", "NotoSerif-Bold", "LiberationSerif-Bold", "DejaVuSans-Bold")
NAME_FONTS = ("DejaVuSans", "NotoSans-Regular", "LiberationSans-Regular")
OTHER_FONTS = [regex.compile(r"NotoSans\w*-Bold"), regex.compile(r"Noto\w*-(?:Bold|Regular)"),
               regex.compile(r"DejaVuSans|FreeSans|wqy-.+|DroidSansFallback\w*|Arial Unicode"),
               regex.compile(r"unifont\w*")]
BUILT_IN = ""  # instead of a path: Pillow's own font, which has only Latin letters
CAN_SHAPE = features.check("raqm")  # whether Pillow shapes text: joins letters and orders them
# Scripts that are illegible without shaping: right-to-left ones, and those with vowel signs.
NEEDS_SHAPING = regex.compile(r"[\p{bc=R}\p{bc=AL}\p{Mc}]")
RIGHT_TO_LEFT = regex.compile(r"[\p{bc=R}\p{bc=AL}]")
FIRST_STRONG = regex.compile(r"[\p{bc=L}\p{bc=R}\p{bc=AL}]")
CLUSTERS = regex.compile(r"\X")
LETTERS = regex.compile(r"[\p{L}\p{N}]")
INVISIBLE = regex.compile(r"[\p{Cf}\p{Variation_Selector}\s]")  # needs no glyph
UNUSED = "\U0010ffff"  # a code point that no font has
PROBE_SIZE = 24  # pixels


@cache
def find_font_files():
    """Return {name without extension: path} of this machine's font files."""
    files = [Path(folder, name) for top in FOLDERS
             for folder, _, names in os.walk(Path(top).expanduser()) for name in sorted(names)
             if FONT_FILE.search(name)]
    return {file.stem: str(file) for file in sorted(files, reverse=True)}


@cache
def find_fonts(preferred):
    """Return the paths of the fonts to try, the preferred ones first; the last is BUILT_IN."""
    files = find_font_files()
    ranked = [*filter(files.__contains__, preferred),
              *(name for each in OTHER_FONTS for name in sorted(files) if each.fullmatch(name))]
    return *filter(can_load, (files[name] for name in dict.fromkeys(ranked))), BUILT_IN


def can_load(path):
    """Return whether a font file can be read."""
    try:
        return bool(load_font(path, PROBE_SIZE))
    except OSError:
        return False


@lru_cache(400)
def load_font(path, size, layout_engine=None):
    """Return a font in a size; raise OSError if its file is broken."""
    if path == BUILT_IN:
        return ImageFont.load_default(size)
    return ImageFont.truetype(path, size, layout_engine=layout_engine)


@cache
def draw_probe(path, character):
    """Return a character's pixels in a font; those of a box or nothing if the font lacks it."""
    image = Image.new("L", (3 * PROBE_SIZE, 3 * PROBE_SIZE))
    font = load_font(path, PROBE_SIZE, ImageFont.Layout.BASIC)
    ImageDraw.Draw(image).text((PROBE_SIZE, PROBE_SIZE), character, 255, font=font)
    return image.tobytes()


def has_glyphs(path, cluster):
    """Return whether a font has all visible characters of a grapheme cluster."""
    lacking = draw_probe(path, UNUSED), bytes((3 * PROBE_SIZE) ** 2)
    return all(draw_probe(path, character) not in lacking
               for character in INVISIBLE.sub("", cluster))


def choose_fonts(text, fonts):
    """Return the fonts for a text; for a right-to-left one only the one that has most of it.

    Runs in different fonts are drawn from left to right, so such a text must be a single run.
    """
    if not RIGHT_TO_LEFT.search(text):
        return fonts
    clusters = set(CLUSTERS.findall(text))
    return (max(fonts, key=lambda path: sum(has_glyphs(path, each) for each in clusters)),)


def find_font(cluster, fonts):
    """Return the first font that has a grapheme cluster, or None."""
    return next((path for path in fonts if has_glyphs(path, cluster)), None)


def replace_missing(text, fonts):
    """Return (text, fonts) to draw, "…" for missing letters; "" if most letters are missing."""
    text = unicodedata.normalize("NFC", text)
    if NEEDS_SHAPING.search(text) and not CAN_SHAPE:
        return "", fonts
    fonts, drawn, missing = choose_fonts(text, fonts), [], 0
    clusters = CLUSTERS.findall(text)
    for cluster in clusters:
        if find_font(cluster, fonts) is not None:
            drawn.append(cluster)
        elif LETTERS.search(cluster):
            missing += 1
            drawn += ["…"] if drawn[-1:] != ["…"] else []
    letters = sum(bool(LETTERS.search(cluster)) for cluster in clusters)
    is_legible = letters and missing <= letters / 2
    return " ".join("".join(drawn).split()) if is_legible else "", fonts


def split_runs(text, fonts):
    """Return [(font's path, text)]: a line, split into runs of one font each."""
    runs = []
    for cluster in CLUSTERS.findall(text):
        path = runs[-1][0] if runs and cluster.isspace() else find_font(cluster, fonts) or BUILT_IN
        if runs and runs[-1][0] == path:
            runs[-1] = path, runs[-1][1] + cluster
        else:
            runs.append((path, cluster))
    return runs


def direction_of(text):
    """Return Pillow's ``direction`` for a text with right-to-left letters; {} without them."""
    if not RIGHT_TO_LEFT.search(text):
        return {}
    return {"direction": "ltr" if is_left_to_right(text) else "rtl"}


def is_left_to_right(text):
    """Return whether the first letter of a text with a direction is a left-to-right one."""
    first = FIRST_STRONG.search(text)
    return not first or not RIGHT_TO_LEFT.match(first[0])


# Lines #######################################################################

# Where a line may break: at spaces, and between letters of scripts without spaces, but not before
# closing punctuation. As in text.py, whose import would take 50 ms more.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
PIECES = regex.compile(rf"\s+|[{UNSPACED}][\p{{M}}ー]*[\p{{Pe}}\p{{Pf}}\p{{Po}}]*|[^\s{UNSPACED}]+")


def measure(text, fonts, size):
    """Return the width of a line in pixels."""
    return sum(load_font(path, size).getlength(run, **direction_of(text))
               for path, run in split_runs(text, fonts))


def cut(text, fonts, size, ending=""):
    """Return the longest beginning of a text, a cluster at least, that fits with an ending."""
    clusters = CLUSTERS.findall(text)
    while len(clusters) > 1 and measure("".join(clusters) + ending, fonts, size) > RIGHT - LEFT:
        clusters.pop()
    return "".join(clusters)


def wrap(text, fonts, size):
    """Return (lines, whether a word had to be cut) of a text in a size."""
    lines, line, has_cut = [], "", False
    for piece in PIECES.findall(text):
        if measure((line + piece).strip(), fonts, size) <= RIGHT - LEFT:
            line += piece
            continue
        lines, line = [*lines, line.strip()], piece.strip()
        while (head := cut(line, fonts, size)) != line:
            lines, line, has_cut = [*lines, head], line[len(head):], True
    return [each for each in (*lines, line.strip()) if each], has_cut


def fit_title(title, fonts):
    """Return (lines, size): a title in the largest size that fits; in the smallest it is cut."""
    for size in TITLE_SIZES:
        lines, has_cut = wrap(title, fonts, size)
        if len(lines) <= TITLE_LINES and len(lines) * size * LEADING <= TITLE_ROOM and not has_cut:
            return lines, size
    return shorten(lines, fonts, size), size


def shorten(lines, fonts, size, most=TITLE_LINES):
    """Return the first lines, with an ellipsis if there are more."""
    if len(lines) <= most:
        return lines
    last = cut(lines[most - 1], fonts, size, "…")
    return [*lines[:most - 1], f"{last.rstrip()}…"]


def draw_line(draw, text, fonts, size, baseline, fill, from_left):
    """Draw a line, aligned at the left or right edge of the text column."""
    x = LEFT if from_left else RIGHT - measure(text, fonts, size)
    for path, run in split_runs(text, fonts):
        font = load_font(path, size)
        draw.text((x, baseline), run, fill, font=font, anchor="ls", **direction_of(text))
        x += font.getlength(run, **direction_of(text))


# Drawing #####################################################################


def curve_points(start, control, end, steps=24):
    """Return points on a quadratic Bézier curve."""
    return [tuple((1 - t) ** 2 * a + 2 * (1 - t) * t * b + t * t * c
                  for a, b, c in zip(start, control, end, strict=True))
            for t in (step / steps for step in range(steps + 1))]


def star_points(x, y, radius):
    """Return the outline of a star with four points."""
    tips = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y), (x, y - radius)]
    return [point for start, end in pairwise(tips) for point in curve_points(start, (x, y), end)]


def hill_points(height, peak, valley, end):
    """Return the outline of a hill that begins at a height at the left."""
    return [*curve_points((0, height), (14, height - 9), (30, peak)),
            *curve_points((30, peak), (46, valley), (64, end)), (64, 64), (0, 64)]


def draw_sky(size):
    """Return an image of the sky at dawn."""
    image = Image.new("RGB", (1, size[1]))
    for (start, upper), (stop, lower) in pairwise(SKY):
        top, bottom = round(start * size[1]), round(stop * size[1])
        band = Image.linear_gradient("L").resize((1, max(1, bottom - top)))
        image.paste(ImageOps.colorize(band, upper, lower), (0, top))
    return image.resize(size)


def draw_scene(width, height):
    """Return the logo's scene, without its frame, in any size; the rest above it is sky."""
    image = draw_sky((2 * width, 2 * height))  # twice as large, for smooth edges
    draw, scale = ImageDraw.Draw(image), 2 * width / LOGO
    above = 2 * height - LOGO * scale

    def place(points):
        """Return points of the logo's drawing, scaled to pixels."""
        return [(x * scale, y * scale + above) for x, y in points]

    draw.ellipse([*place([(18, 22)])[0], *place([(46, 50)])[0]], fill=SUN)
    draw.polygon(place(hill_points(42, 40, 47, 34)), fill=FAR_HILL)
    draw.polygon(place(hill_points(52, 48, 52, 46)), fill=NEAR_HILL)
    for x, y, radius in ((48, 15.5, 5.5), (17, 18.2, 3.2)):
        draw.polygon(place(star_points(x, y, radius)), fill=STAR)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def draw_logo(size):
    """Return (image, mask) of the logo, with rounded corners."""
    mask = Image.new("L", (4 * size, 4 * size))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, 4 * size - 1, 4 * size - 1), size * 18 * 4 / LOGO,
                                           fill=255)
    return draw_scene(size, size), mask.resize((size, size), Image.Resampling.LANCZOS)


def crop_picture(data):
    """Return a dream's picture in the size of PICTURE.

    It is cropped, less at the top than at the bottom: faces are in the upper half of portraits.
    One that would lose more than two thirds, or be enlarged more than twice, is shown uncropped on
    the sky.
    """
    image = convert.to_srgb(ImageOps.exif_transpose(convert.decode(data))).convert("RGBA")
    scales = [room / side for room, side in zip(PICTURE, image.size, strict=True)]
    if max(scales) <= 2 and max(scales) <= 3 * min(scales):
        image, background = ImageOps.fit(image, PICTURE, centering=(0.5, 0.4)), PAPER
        return Image.alpha_composite(Image.new("RGBA", PICTURE, background), image).convert("RGB")
    scale = min(2, *scales)
    image = image.resize([max(1, round(side * scale)) for side in image.size])
    scene = draw_sky(PICTURE)
    scene.paste(image, [(room - side) // 2 for room, side in zip(PICTURE, image.size, strict=True)],
                image)
    return scene


def draw_texts(image, title, name):
    """Draw the title and the author's name beside the picture, vertically centred."""
    draw, title_fonts = ImageDraw.Draw(image), find_fonts(TITLE_FONTS)
    title, fonts = replace_missing(title, title_fonts)
    # Without a title, the site's name takes its place.
    lines, size = fit_title(title or SITE_NAME, fonts if title else title_fonts)
    from_left, baseline = is_left_to_right(title), MARGIN
    baseline += round(TITLE_ROOM - size * LEADING * len(lines)) // 2
    for line in lines:
        baseline += round(size * LEADING)
        draw_line(draw, line, fonts, size, baseline, INK if title else ACCENT, from_left)
    name, fonts = replace_missing(name, find_fonts(NAME_FONTS))
    for line in shorten(wrap(name, fonts, NAME_SIZE)[0], fonts, NAME_SIZE, 1):
        draw_line(draw, line, fonts, NAME_SIZE, baseline + NAME_ROOM, INK_SOFT, from_left)
    draw_mark(image, draw, SITE_NAME if title else "")


def draw_mark(image, draw, site_name):
    """Draw the logo and the site's name beside it at the bottom."""
    logo, mask = draw_logo(MARK)
    image.paste(logo, (LEFT, HEIGHT - MARGIN - MARK), mask)
    font = load_font(find_font("D", find_fonts(TITLE_FONTS)), SITE_SIZE)
    place = LEFT + MARK + 18, HEIGHT - MARGIN - MARK // 2
    draw.text(place, site_name, INK, font=font, anchor="lm")


def draw_card(title, name, picture):
    """Return the PNG of a card; picture: the bytes of the dream's picture, or b""."""
    image = Image.new("RGB", SIZE, PAPER)
    image.paste(crop_picture(picture) if picture else draw_scene(*PICTURE))
    draw_texts(image, title, name)
    for colours in COLOURS:
        buffer = io.BytesIO()
        image.quantize(colours, Image.Quantize.MEDIANCUT).save(buffer, "PNG", optimize=True)
        if len(buffer.getvalue()) <= MAX_BYTES:
            break
    return buffer.getvalue()


def main():
    """Read the input from stdin, and write the card to stdout."""
    convert.limit_process()
    texts, _, picture = sys.stdin.buffer.read().partition(b"\n")
    sys.stdout.buffer.write(draw_card(**json.loads(texts), picture=picture))


if __name__ == "__main__":
    main()
