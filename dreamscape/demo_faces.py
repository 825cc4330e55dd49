"""Faces of the demo's people: each has their own age, skin, hair, glasses, clothes and look."""
from typing import NamedTuple

from PIL import ImageOps

from dreamscape import demo_looks as looks
from dreamscape.demo_canvas import WIDE, Canvas, mix


class Face(NamedTuple):
    """How somebody looks: colours, and functions of demo_looks.

    mouth: smile, grin or calm; turn: how far the eyes are from the middle; wide: half the head's
    width; jaw: the jaw's width as a share of it; long: how far down the chin is.
    """

    skin: str
    hair: str
    style: object
    clothes: str
    dress: object
    ground: object
    sky: tuple
    mouth: str = "smile"
    turn: float = 0.0
    wide: float = 0.165
    jaw: float = 0.78
    long: float = 0.215
    glasses: str = ""
    beard: str = ""
    age: int = 0
    eyes: str = "open"


FACES = (
    Face("#f3cba8", "#dba651", looks.topknot, "#2f6f8f", looks.jumper, looks.sails,
         ("#7fb4cc", "#f3d3a6"), "grin", 0.012, 0.16, 0.74),
    Face("#e6ba90", "#211c26", looks.short, "#3f4f9a", looks.shirt, looks.night,
         ("#10143f", "#3f3f86"), "smile", -0.016, 0.172, 0.84, 0.21, "#d9deec"),
    Face("#7d4b30", "#1f1718", looks.wrap, "#2a7f86", looks.apron, looks.wheat,
         ("#b0394a", "#e8704f"), "grin", 0.01, 0.162, 0.76, eyes="happy"),
    Face("#f4d4b4", "#15131c", looks.fringe, "#47697f", looks.kimono, looks.rainfall,
         ("#a3c0bc", "#e6efe0"), "calm", -0.012, 0.15, 0.66, 0.215),
    Face("#5f3a26", "#17120f", looks.shaved, "#c8502f", looks.shirt, looks.honeycomb,
         ("#b8652a", "#8f4a24"), "grin", 0.014, 0.17, 0.86, 0.225, "#f0d9a0", "#17120f", 1),
    Face("#b98055", "#a5a1a3", looks.bun, "#d9384f", looks.sari, looks.petals,
         ("#7a1f4a", "#b8384f"), "smile", -0.012, 0.16, 0.76, 0.21, "#4a2a24", "", 2),
    Face("#cf9a70", "#33221a", looks.curls, "#c8432f", looks.overall, looks.hillside,
         ("#4fa3b8", "#f6e3bc"), "smile", 0.016, 0.16, 0.8, 0.22, "", "#33221a", eyes="happy"),
    Face("#dcab82", "#1f6f94", looks.scarf, "#e6d3ae", looks.shirt, looks.archway,
         ("#f2b678", "#fde3b8"), "calm", 0.01, 0.155, 0.7, 0.21),
    Face("#f0c8ae", "#efedea", looks.cap, "#3f6f52", looks.jumper, looks.meadows,
         ("#8fc4cc", "#f0efd0"), "smile", -0.01, 0.166, 0.82, 0.225, "", "#efedea", 2, "happy"),
    Face("#6b4029", "#1a1318", looks.braids, "#f07a3c", looks.hood, looks.ripples,
         ("#f6a06a", "#ffdc9a"), "grin", 0.0, 0.16, 0.74),
    Face("#b98258", "#261a1a", looks.waves, "#5a5fb0", looks.scrubs, looks.ferns,
         ("#4a3f78", "#c08fb0"), "calm", 0.014, 0.163, 0.78, 0.21, eyes="tired"),
    Face("#f3cfb2", "#8a5632", looks.side_part, "#3f5674", looks.shirt, looks.dots,
         ("#c8913f", "#e0b86a"), "smile", -0.014, 0.158, 0.76, 0.225, "#27496f", "stubble"))


def draw_face(rng, face, height):
    """Return a square picture of a face."""
    c = Canvas(rng, height, *face.sky)
    c.light, c.warm = (0.2 if face.turn < 0 else 1.3, 0.1), "#fff0d2"
    face.ground(c)
    c.roughness = 0.3
    x, y = WIDE / 2, 0.46
    if face.style in looks.BEHIND:
        looks.BEHIND[face.style](c, face, x, y)
    draw_neck(c, face, x, y)
    face.dress(c, face, x)
    draw_head(c, face, x, y)
    draw_beard(c, face, x, y)
    draw_features(c, face, x + face.turn * 1.6, y)
    face.style(c, face, x, y)
    if face.glasses:
        draw_glasses(c, face, x + face.turn * 1.6, y)
    picture = c.finish()
    edge = (picture.width - picture.height) // 2
    return ImageOps.crop(picture, (edge, 0, picture.width - picture.height - edge, 0))


def draw_neck(c, face, x, y):
    """Draw the neck in the shadow of the head."""
    c.blob([(x - 0.075, y + 0.12), (x + 0.075, y + 0.12), (x + 0.08, y + 0.3), (x + 0.14, y + 0.38),
            (x, y + 0.46), (x - 0.14, y + 0.38), (x - 0.08, y + 0.3)], mix(face.skin, c.cool, 0.22))
    c.soft([(x - 0.09, y + 0.16), (x + 0.09, y + 0.16), (x + 0.08, y + 0.27), (x - 0.08, y + 0.27)],
           mix(face.skin, "#3a1420", 0.6), 0.6, 0.02)


def draw_head(c, face, x, y):
    """Draw the head with its ears and cheeks."""
    w = face.wide
    for side in (-1, 1):
        c.oval(x + side * w * 1.0, y + 0.015, 0.032, 0.05, mix(face.skin, "#a8503f", 0.16),
               rim=0.005)
    half = [(w * 0.98, -0.05), (w * 0.97, 0.05), (w * face.jaw, 0.145), (w * 0.36, face.long)]
    top = [(w * 0.8, -0.18), (0, -0.225)]
    c.blob([*[(x + a, y + d) for a, d in (top[1], top[0], *half)],
            *[(x - a, y + d) for a, d in reversed((top[0], *half))]], face.skin, shade=0.34,
           rim=0.008)
    for side in (-1, 1):
        at = x + face.turn * 1.6 + side * 0.098
        c.soft([(at - 0.03, y + 0.06), (at + 0.03, y + 0.06), (at + 0.03, y + 0.1),
                (at - 0.03, y + 0.1)], mix(face.skin, "#e0402f", 0.55), 0.5, 0.016)


def draw_beard(c, face, x, y):
    """Draw a beard, or its stubble."""
    if not face.beard:
        return
    w, colour, opacity = face.wide, face.beard, 1.0
    if face.beard == "stubble":
        colour, opacity = mix(face.skin, face.hair, 0.55), 0.45
    c.blob([(x - w * 1.0, y + 0.0), (x - w * 0.97, y + 0.1), (x - w * face.jaw, y + 0.18),
            (x - w * 0.36, y + face.long + 0.03), (x + w * 0.36, y + face.long + 0.03),
            (x + w * face.jaw, y + 0.18), (x + w * 0.97, y + 0.1), (x + w * 1.0, y + 0.0),
            (x + w * 0.74, y + 0.085), (x + w * 0.3, y + 0.085), (x, y + 0.095), (x - w * 0.3,
                                                                               y + 0.085),
            (x - w * 0.74, y + 0.085)], colour, opacity, 0.4, rim=0.006 if opacity == 1 else 0)


def draw_features(c, face, x, y):
    """Draw eyes, brows, nose, mouth, and the lines of age."""
    dark = mix(face.skin, "#2a0f14", 0.55)
    for side in (-1, 1):
        eye = x + side * (face.wide * 0.42)
        draw_eye(c, face, eye, y + 0.005, side)
        brow = mix(face.hair, "#2a1a18", 0.35) if face.style not in (looks.wrap, looks.scarf) \
            else "#2a1a18"
        c.line([(eye - side * 0.034, y - 0.055), (eye + side * 0.006, y - 0.069),
                (eye + side * 0.04, y - 0.052)], 0.015, brow, end=0.006)
        for line in range(face.age):
            c.line([(eye + side * 0.052, y + 0.0 + line * 0.014), (eye + side * 0.072,
                   y - 0.006 + line * 0.024)], 0.004, dark, 0.7)
        if face.age > 1:
            c.arc(x + side * 0.066, y + 0.125, 0.03, 190 if side < 0 else 290,
                  250 if side < 0 else 350, 0.004, dark, 0.6)
    way = 1 if face.turn >= 0 else -1
    c.blob([(x - 0.006 * way, y + 0.005), (x + 0.034 * way, y + 0.07), (x + 0.012 * way, y + 0.084),
            (x - 0.018 * way, y + 0.076)], mix(face.skin, "#b04a38", 0.3), 0.85, 0.3)
    draw_mouth(c, face, x, y + 0.128)


def draw_eye(c, face, x, y, side):
    """Draw an eye."""
    if face.eyes == "happy":
        c.arc(x, y + 0.012, 0.028, 200, 340, 0.012, "#2a181a")
        return
    c.blob([(x - 0.034, y + 0.004), (x, y - 0.022), (x + 0.034, y + 0.002), (x, y + 0.02)],
           "#fffaf2",
           shade=0.1)
    c.oval(x, y - 0.001, 0.0185, 0.02, "#3a2218", shade=0)
    c.oval(x, y - 0.001, 0.01, 0.011, "#120a0c", shade=0)
    c.oval(x + 0.007, y - 0.008, 0.005, 0.005, "#ffffff", shade=0)
    c.line([(x - side * 0.034, y + 0.003), (x, y - 0.022), (x + side * 0.042, y - 0.004)], 0.009,
           "#2a181a", end=0.006)
    if face.eyes == "tired":
        c.arc(x, y + 0.008, 0.034, 40, 140, 0.004, mix(face.skin, "#3a1a3a", 0.5), 0.8)


def draw_mouth(c, face, x, y):
    """Draw a mouth: calm, with a smile or with a grin that shows teeth."""
    lip = mix(face.skin, "#a8202f", 0.62)
    if face.mouth == "grin":
        c.blob([(x - 0.068, y - 0.012), (x, y + 0.002), (x + 0.068, y - 0.012),
                (x + 0.04, y + 0.036),
                (x, y + 0.048), (x - 0.04, y + 0.036)], "#6b1a22", shade=0.1)
        c.blob([(x - 0.058, y - 0.006), (x, y + 0.005), (x + 0.058, y - 0.006),
                (x + 0.03, y + 0.017),
                (x - 0.03, y + 0.017)], "#fffaf2", shade=0)
        return
    wide, bend = (0.05, 0.5) if face.mouth == "calm" else (0.06, 0.85)
    c.arc(x, y - wide * bend * 0.6, wide, 28, 152, 0.013, lip, 1, bend)
    c.line([(x - 0.018, y + 0.026), (x + 0.018, y + 0.026)], 0.008, lip, 0.4)


def draw_glasses(c, face, x, y):
    """Draw glasses with light on them."""
    for side in (-1, 1):
        at = x + side * face.wide * 0.42
        c.oval(at, y + 0.008, 0.052, 0.05, "#ffffff", 0.16, 0)
        c.arc(at, y + 0.008, 0.054, 0, 360, 0.01, face.glasses, 1, 0.95)
        c.line([(at - 0.024, y + 0.028), (at + 0.012, y - 0.03)], 0.007, "#ffffff", 0.4, 0)
        c.line([(at + side * 0.054, y), (x + side * face.wide * 0.98, y - 0.012)], 0.009,
               face.glasses)
    c.line([(x - 0.018, y), (x + 0.018, y)], 0.01, face.glasses)
