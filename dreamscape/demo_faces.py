"""Faces of the demo's people: each has their own age, skin, hair, glasses, clothes and look."""
from typing import NamedTuple

from PIL import ImageOps

from dreamscape.demo_canvas import WIDE, Canvas, mix


class Face(NamedTuple):
    """How somebody looks. hair: its style, see HAIR; smile: how wide, 0 to 1."""

    skin: str
    colour: str
    hair: str
    clothes: str
    above: str
    below: str
    glasses: str = ""
    beard: bool = False
    lines: bool = False
    smile: float = 0.6


FACES = (
    Face("#efc3a0", "#d9a85c", "bob", "#2f6f8f", "#8fb8d4", "#f3d9b8", smile=0.8),
    Face("#e3b48c", "#2a2228", "short", "#3a4a86", "#1d2450", "#6a6fb0", "#cfd6e6"),
    Face("#7a4a30", "#1f1718", "wrap", "#f2b631", "#b0485d", "#f0b08a", smile=0.9),
    Face("#f0cfae", "#17141c", "fringe", "#7f9f9a", "#a9c4c0", "#eef1e4", smile=0.3),
    Face("#5f3a26", "#141016", "shaved", "#d97a2c", "#3f8f6a", "#d9e4a8", "#2a2026", True,
         smile=0.9),
    Face("#b97f55", "#8f8a8c", "bun", "#a83a5a", "#e5a85c", "#fbe3b8", "#5a3420", lines=True),
    Face("#c98f66", "#3a261c", "curls", "#c8432f", "#4f9fb8", "#f6e0b4", beard=True, smile=0.7),
    Face("#d9a67c", "#2f7f9a", "scarf", "#28618c", "#e09a6a", "#fbe0b0", smile=0.5),
    Face("#efc7ac", "#e6e4e2", "cap", "#4f7a52", "#8fc0a4", "#f3efcf", "#4a4a52", True, True),
    Face("#6b4029", "#17121a", "braids", "#35a3bf", "#f08c5a", "#ffe0a8", smile=1.0),
    Face("#b07a52", "#241a18", "long", "#6a55a8", "#5b4a86", "#d9b0c4", smile=0.4),
    Face("#f0c9ac", "#8f5a34", "side", "#4a5f7a", "#a9bcd9", "#f3eef5", "#2f5d8a", smile=0.6))
BEHIND = {"bob": (0.245, 0.25, 0.5), "long": (0.26, 0.3, 0.58), "fringe": (0.235, 0.26, 0.5),
          "bun": (0.22, 0.22, 0.46), "side": (0.215, 0.2, 0.42), "curls": (0.25, 0.22, 0.42)}


def draw_face(rng, face, height):
    """Return a square picture of a face."""
    c = Canvas(rng, height, face.above, face.below)
    c.glow(0.45, 0.2, 0.3, "#fff0d0", 0.4)
    x = WIDE / 2
    draw_behind(c, face, x)
    c.oval(x, 1.08, 0.4, 0.32, face.clothes)
    c.rect(x - 0.085, 0.62, 0.17, 0.2, mix(face.skin, "#3a1c1c", 0.16), 0.06)
    c.poly([(x - 0.12, 0.79), (x, 0.9), (x + 0.12, 0.79), (x + 0.06, 0.77), (x - 0.06, 0.77)],
           mix(face.clothes, "#ffffff", 0.25))
    for side in (-1, 1):
        c.oval(x + side * 0.2, 0.48, 0.035, 0.055, mix(face.skin, "#3a1c1c", 0.08))
    c.oval(x, 0.47, 0.2, 0.245, face.skin, light=0.1)
    if face.beard:
        c.oval(x, 0.6, 0.175, 0.14, face.colour)
        c.oval(x, 0.5, 0.17, 0.14, face.skin, light=0.02)
    HAIR[face.hair](c, face, x)
    draw_features(c, face, x)
    if face.glasses:
        draw_glasses(c, face, x)
    picture = c.finish()
    edge = (picture.width - picture.height) // 2
    return ImageOps.crop(picture, (edge, 0, picture.width - picture.height - edge, 0))


def draw_behind(c, face, x):
    """Draw the hair that falls behind the head."""
    if face.hair in BEHIND:
        across, down, y = BEHIND[face.hair]
        c.oval(x, y, across, down, mix(face.colour, "#120c24", 0.15))
    if face.hair in ("long", "bob", "fringe"):
        foot = {"long": 0.86, "bob": 0.66, "fringe": 0.7}[face.hair]
        c.rect(x - 0.24, 0.42, 0.48, foot - 0.42, mix(face.colour, "#120c24", 0.15), 0.08)
    if face.hair == "braids":
        for side in (-1, 1):
            for step in range(7):
                c.oval(x + side * (0.2 + step * 0.006), 0.48 + step * 0.06, 0.036, 0.04,
                       face.colour)


def draw_features(c, face, x):
    """Draw eyes, brows, nose, mouth, cheeks, and the lines of age."""
    dark = mix(face.skin, "#2a0f14", 0.5)
    for side in (-1, 1):
        c.oval(x + side * 0.12, 0.56, 0.045, 0.03, mix(face.skin, "#e0503f", 0.4), 0.45, 0)
        eye = x + side * 0.08
        c.oval(eye, 0.47, 0.03, 0.022, "#ffffff", light=0.02)
        c.oval(eye + 0.003, 0.47, 0.018, 0.02, "#2a1a18", light=0.02)
        c.oval(eye + 0.01, 0.463, 0.005, 0.006, "#ffffff", light=0)
        brow = face.colour if face.hair not in ("wrap", "scarf") else "#2a1a18"
        c.line([(eye - side * 0.035, 0.418), (eye, 0.41), (eye + side * 0.035, 0.424)], 0.012,
               mix(brow, "#120c24", 0.2))
        if face.lines:
            for turn in (-0.012, 0.012):
                c.line([(eye + side * 0.045, 0.475), (eye + side * 0.07, 0.475 + turn)], 0.004,
                       dark, 0.6)
    c.line([(x - 0.005, 0.49), (x + 0.018, 0.545), (x - 0.008, 0.553)], 0.009, dark, 0.7)
    c.arc(x, 0.575 + 0.02 * (1 - face.smile), 0.055 + 0.02 * face.smile, 90 - 30 - 35 * face.smile,
          90 + 30 + 35 * face.smile, 0.014, "#a83a40")
    if face.smile > 0.75:
        c.oval(x, 0.628, 0.048, 0.018, "#ffffff", light=0.02)


def draw_glasses(c, face, x):
    """Draw glasses."""
    for side in (-1, 1):
        c.arc(x + side * 0.083, 0.472, 0.056, 0, 360, 0.011, face.glasses)
        c.line([(x + side * 0.14, 0.465), (x + side * 0.2, 0.455)], 0.009, face.glasses)
    c.line([(x - 0.028, 0.466), (x + 0.028, 0.466)], 0.009, face.glasses)


def crown(c, face, x, low=0.36, across=0.205, down=0.16):
    """Draw hair over the top of the head, down to a height."""
    c.oval(x, low, across, down, face.colour)
    c.oval(x, low + down * 0.92, across * 0.88, down * 0.72, face.skin, light=0.02)


def draw_short(c, face, x):
    """Draw short hair."""
    crown(c, face, x, 0.34)


def draw_side(c, face, x):
    """Draw hair with a parting."""
    crown(c, face, x, 0.345)
    c.poly([(x - 0.2, 0.37), (x - 0.1, 0.24), (x + 0.14, 0.27), (x + 0.02, 0.36)], face.colour)


def draw_bob(c, face, x):
    """Draw hair that ends at the chin."""
    crown(c, face, x, 0.35, 0.22, 0.17)
    c.poly([(x - 0.22, 0.36), (x - 0.02, 0.25), (x - 0.1, 0.38), (x - 0.2, 0.48)], face.colour)


def draw_fringe(c, face, x):
    """Draw long straight hair with a fringe."""
    c.oval(x, 0.33, 0.225, 0.16, face.colour)
    c.rect(x - 0.19, 0.3, 0.38, 0.1, face.colour, 0.03)


def draw_shaved(c, face, x):
    """Draw hair that is almost shaved."""
    c.oval(x, 0.33, 0.19, 0.115, face.colour, 0.75)
    c.oval(x, 0.425, 0.175, 0.1, face.skin, light=0.02)


def draw_bun(c, face, x):
    """Draw hair that is tied to a bun."""
    c.oval(x, 0.17, 0.085, 0.075, face.colour)
    crown(c, face, x, 0.335)
    c.oval(x, 0.375, 0.014, 0.014, "#b02a3a")


def draw_curls(c, face, x):
    """Draw curls."""
    crown(c, face, x, 0.34)
    for off in (-0.2, -0.14, -0.07, 0, 0.07, 0.14, 0.2):
        c.oval(x + off, 0.3 - 0.1 * (1 - (off / 0.2) ** 2) + 0.03, 0.06, 0.06, face.colour)


def draw_wrap(c, face, x):
    """Draw a cloth that is wound around the head."""
    for turn, colour in ((0, "#e0503f"), (0.05, "#f2b631"), (0.1, "#2f7f9a")):
        c.oval(x + turn * 0.4, 0.29 - turn, 0.22 - turn * 0.5, 0.12, colour)
    c.oval(x + 0.12, 0.16, 0.06, 0.05, "#e0503f")
    c.oval(x, 0.42, 0.178, 0.08, face.skin, light=0.02)
    for side in (-1, 1):
        c.oval(x + side * 0.21, 0.57, 0.018, 0.026, "#f2c14a")


def draw_scarf(c, face, x):
    """Draw a headscarf."""
    c.arc(x, 0.475, 0.24, 140, 400, 0.1, face.colour)
    c.oval(x, 0.27, 0.21, 0.1, face.colour)
    c.oval(x, 0.385, 0.17, 0.07, face.skin, light=0.02)
    c.poly([(x - 0.26, 0.58), (x - 0.1, 0.73), (x + 0.1, 0.73), (x + 0.26, 0.58), (x + 0.28, 0.86),
            (x - 0.28, 0.86)], face.colour)


def draw_cap(c, face, x):
    """Draw a flat cap over white hair."""
    for side in (-1, 1):
        c.oval(x + side * 0.19, 0.42, 0.04, 0.07, face.colour)
    c.oval(x, 0.3, 0.235, 0.115, "#6b5a44")
    c.oval(x - 0.1, 0.37, 0.17, 0.04, "#54452f")


def draw_braids(c, face, x):
    """Draw rows of braids."""
    crown(c, face, x, 0.335)
    for off in (-0.12, -0.06, 0, 0.06, 0.12):
        c.line([(x + off, 0.33), (x + off * 0.7, 0.2)], 0.006, mix(face.colour, "#ffffff", 0.25))


def draw_long(c, face, x):
    """Draw long wavy hair."""
    crown(c, face, x, 0.345, 0.22, 0.17)
    for side in (-1, 1):
        for step in range(6):
            c.oval(x + side * (0.21 + 0.012 * (step % 2)), 0.42 + step * 0.075, 0.045, 0.055,
                   face.colour)


HAIR = {"short": draw_short, "side": draw_side, "bob": draw_bob, "fringe": draw_fringe,
        "shaved": draw_shaved, "bun": draw_bun, "curls": draw_curls, "wrap": draw_wrap,
        "scarf": draw_scarf, "cap": draw_cap, "braids": draw_braids, "long": draw_long}
