"""Pictures of the demo's dreams in rooms; SKIES has the colours of each wall."""
import math

from dreamscape.demo_canvas import WIDE, mix
from dreamscape.demo_nature import smoke
from dreamscape.demo_people import figure

SKIES = {
    "cookbook": ("#b8603c", "#d98a52", "#e8aa68"), "bakery": ("#1d2040", "#3f3350", "#6b4a50"),
    "song": ("#1f4642", "#3f6f5c", "#7d9468"), "loom": ("#5a4a6e", "#8f7488", "#d1a898"),
    "accordion": ("#232044", "#44305a", "#70425f")}


def table(c, y, colour="#7a4a30"):
    """Draw a table that fills the foot of the picture."""
    c.rect(-0.02, y, WIDE + 0.04, 1.03 - y, colour, foot=mix(colour, c.cool, 0.6))
    c.rect(-0.02, y, WIDE + 0.04, 0.012, mix(colour, c.warm, 0.5))
    for _ in range(22):
        x, down = c.rng.uniform(-0.2, 1.4), y + (1 - y) * c.rng.random()
        long = c.rng.uniform(0.1, 0.4)
        c.line([(x, down), (x + long, down)], 0.0025, mix(colour, c.cool, 0.4), 0.7)


def window(c, x, y, wide, tall, view, frame="#f1e2c8"):
    """Draw a window with a view of a sky, which lights the room."""
    c.light, c.warm = (x + wide / 2, y + tall * 0.4), mix(view[1], "#ffffff", 0.3)
    c.glow(x + wide / 2, y + tall / 2, max(wide, tall) * 0.85, view[1], 0.5)
    c.rect(x - 0.025, y - 0.025, wide + 0.05, tall + 0.05, frame, 0.004)
    c.rect(x, y, wide, tall, view[0], foot=view[1])
    c.poly([(x, y + tall), *[(x + wide * step / 12, y + tall * (0.76 + 0.06 * math.sin(step)))
                             for step in range(13)], (x + wide, y + tall)], view[2])


def panes(c, x, y, wide, tall, frame="#f1e2c8"):
    """Draw the bars and the sill of a window."""
    c.rect(x + wide / 2 - 0.008, y, 0.016, tall, frame)
    c.rect(x, y + tall * 0.45, wide, 0.016, frame)
    c.rect(x - 0.045, y + tall + 0.012, wide + 0.09, 0.026, mix(frame, "#ffffff", 0.3))


def rain(c, x, y, wide, tall, number=40):
    """Draw rain that runs down a window."""
    for _ in range(number):
        at, down = x + wide * c.rng.random(), y + tall * c.rng.random()
        long = min(c.rng.uniform(0.02, 0.07), y + tall - down)
        c.line([(at, down), (at - long * 0.2, down + long)], 0.003, "#eef6f6", 0.6, 0)


def beam(c, x, y, wide, tall, colour, opacity=0.3):
    """Draw the light of a window on a wall, slanted."""
    for left in (0, 0.54):
        for up in (0, 0.54):
            at, down = x + wide * left + tall * up * 0.25, y + tall * up
            c.soft([(at, down), (at + wide * 0.46, down), (at + wide * 0.46 + tall * 0.12,
                                                           down + tall * 0.46),
                    (at + tall * 0.12, down + tall * 0.46)], colour, opacity, 0.008)


def notes(c, places, colour, size=0.03):
    """Draw musical notes; some are pairs with a beam."""
    for number, (x, y) in enumerate(places):
        heads = ((x, y), (x + size * 2.2, y - size * 0.4)) if number % 3 == 2 else ((x, y),)
        for hx, hy in heads:
            c.oval(hx, hy, size * 0.62, size * 0.46, colour)
            c.line([(hx + size * 0.54, hy), (hx + size * 0.54, hy - size * 2.4)], size * 0.16,
                   colour)
        if len(heads) > 1:
            c.line([(x + size * 0.54, y - size * 2.4), (x + size * 2.74, y - size * 2.8)],
                   size * 0.34, colour)
        elif number % 3:
            c.line([(x + size * 0.54, y - size * 2.4), (x + size * 1.2, y - size * 1.7),
                    (x + size * 1.1, y - size * 1.1)], size * 0.22, colour, end=size * 0.08)


def cookbook(c):
    """An open notebook between a steaming pot and a tin of spices, rain at the window."""
    window(c, 1.02, 0.1, 0.34, 0.4, ("#7d98a6", "#c4d3cf", "#5f7f6b"))
    rain(c, 1.02, 0.1, 0.34, 0.4)
    panes(c, 1.02, 0.1, 0.34, 0.4)
    c.soft([(0.05, 0.35), (0.86, 0.35), (0.84, 0.41), (0.03, 0.41)], c.cool, 0.5, 0.012)
    c.rect(0.04, 0.32, 0.84, 0.026, "#7a4528", rim=0.003)
    for each, colour in enumerate(("#b8322c", "#e5a83c", "#5c3b2a", "#6b8f3f", "#d9702c",
                                   "#efe0c0")):
        x, tall = 0.08 + each * 0.13, 0.13 + 0.025 * (each % 3)
        c.rect(x, 0.32 - tall, 0.095, tall, mix(colour, "#ffffff", 0.45), 0.014, 0.6)
        c.rect(x + 0.006, 0.32 - tall * 0.72, 0.083, tall * 0.7, colour, 0.012)
        c.rect(x - 0.003, 0.3 - tall, 0.101, 0.034, "#a87a4a", 0.008, rim=0.003)
    table(c, 0.64, "#8a4b30")
    pot(c, 0.3, 0.75)
    spices(c, 1.22, 0.82)
    book(c, 0.74, 0.83, 0.27)
    c.line([(0.42, 0.96), (0.62, 0.925)], 0.016, "#d9a86a")
    c.oval(0.4, 0.963, 0.042, 0.022, "#c08a50", rim=0.004)


def pot(c, x, y):
    """Draw a pot from which steam rises."""
    c.shadow(x, y + 0.08, 0.24, 0.6)
    smoke(c, x - 0.04, y - 0.15, 0.5, "#fff4e2", 0.55, 0.25)
    smoke(c, x + 0.07, y - 0.15, 0.36, "#fff4e2", 0.45, -0.2)
    c.blob([(x - 0.2, y - 0.14), (x + 0.2, y - 0.14), (x + 0.21, y), (x + 0.15, y + 0.09),
            (x - 0.15, y + 0.09), (x - 0.21, y)], "#2f6670", shade=0.5, rim=0.008)
    c.oval(x, y - 0.145, 0.205, 0.046, "#6fa09c")
    c.oval(x, y - 0.14, 0.178, 0.034, "#d0702c")
    for off in (-0.08, 0.0, 0.09):
        c.oval(x + off, y - 0.143 + off * 0.06, 0.022, 0.009, "#e8b04a", shade=0)
    for side in (-1, 1):
        c.arc(x + side * 0.225, y - 0.08, 0.035, 0, 360, 0.016, "#234a54")


def spices(c, x, y):
    """Draw a round tin with bowls of spices."""
    c.shadow(x, y + 0.09, 0.22, 0.6)
    c.oval(x, y + 0.05, 0.2, 0.1, "#8f8f98", rim=0.006)
    c.oval(x, y + 0.025, 0.2, 0.1, "#d2d4d8", rim=0.005)
    c.oval(x, y + 0.03, 0.184, 0.088, "#5f636c")
    colours = "#e8b02c", "#b8322c", "#5c3b2a", "#d9702c", "#7d9440", "#f0e4c8", "#8f4a2c"
    for each, colour in enumerate(colours):
        turn = each * math.tau / 6
        at = (x, y + 0.028) if each == 6 else (x + math.cos(turn) * 0.117,
                                               y + 0.028 + math.sin(turn) * 0.055)
        c.oval(*at, 0.056, 0.028, "#c2c5ca", rim=0.002)
        c.oval(at[0], at[1] - 0.003, 0.047, 0.021, colour)


def book(c, x, y, size):
    """Draw a written book that lies open around a place, with a drawing of a dish."""
    c.soft([(x - size * 1.1, y - size * 0.1), (x + size * 1.15, y - size * 0.1),
            (x + size * 1.25, y + size * 0.5), (x - size * 1.2, y + size * 0.5)], c.cool, 0.6, 0.02)
    c.poly([(x - size * 0.93, y - size * 0.34), (x + size * 0.93, y - size * 0.34),
            (x + size * 1.1, y + size * 0.47), (x - size * 1.1, y + size * 0.47)], "#8f3b34")
    for side in (-1, 1):
        edge = [(x, y - size * 0.3), (x + side * size * 0.45, y - size * 0.42),
                (x + side * size * 0.9, y - size * 0.36), (x + side * size * 1.05, y + size * 0.42),
                (x + side * size * 0.5, y + size * 0.35), (x, y + size * 0.46)]
        c.poly(edge, "#fdf3dc" if side < 0 else "#f3e5c6", shade=0.2)
    for row in range(7):
        left = x - size * (0.82 + row * 0.018)
        down = y - size * (0.24 - row * 0.083)
        c.line([(left, down), (left + size * (0.62 - row % 3 * 0.12), down - size * 0.02)],
               size * 0.016, "#8f6650")
    c.oval(x + size * 0.5, y - size * 0.1, size * 0.24, size * 0.14, "#e5a83c")
    c.oval(x + size * 0.5, y - size * 0.12, size * 0.17, size * 0.09, "#c8502f")
    for row in range(3):
        c.line([(x + size * 0.2, y + size * (0.16 + row * 0.08)),
                (x + size * (0.84 - row * 0.1), y + size * (0.13 + row * 0.08))], size * 0.016,
               "#8f6650")


def loaf(c, x, y, size):
    """Draw a round loaf with cuts, dusted with flour."""
    c.blob([(x - size, y + size * 0.3), (x - size * 0.8, y - size * 0.3), (x, y - size * 0.62),
            (x + size * 0.8, y - size * 0.3), (x + size, y + size * 0.3), (x, y + size * 0.46)],
           "#c47f3c", shade=0.5, rim=size * 0.06)
    for off in (-0.42, 0, 0.42):
        c.line([(x + size * (off - 0.12), y - size * 0.34), (x + size * (off + 0.14),
                                                             y + size * 0.12)], size * 0.1,
               "#f8e2b4", end=size * 0.05)


def street(c):
    """Draw a window to a street at night, and the light of a lamp in the room."""
    c.light, c.warm = (0.78, 0.16), "#ffd48c"
    c.rect(0.1, 0.1, 0.36, 0.46, "#0f1a48", foot="#3f4a86")
    for x, tall in ((0.1, 0.2), (0.2, 0.28), (0.33, 0.17)):
        c.rect(x, 0.56 - tall, 0.1, tall, "#12163a")
    c.rect(0.24, 0.36, 0.02, 0.03, "#ffd98a", shade=0)
    c.oval(0.36, 0.19, 0.03, 0.03, "#f7ecc9", shade=0)
    for x in (0.09, 0.272, 0.45):
        c.rect(x, 0.09, 0.016, 0.48, "#8f5f42")
    c.rect(0.07, 0.55, 0.42, 0.03, "#a8734c")


def bakery(c):
    """A baker at a floury table before dawn, loaves behind, the street dark outside."""
    street(c)
    c.glow(0.78, 0.2, 0.5, "#ffb85c", 0.75)
    for shelf in (0.26, 0.44):
        for each in range(4):
            loaf(c, 0.99 + each * 0.14, shelf - 0.032, 0.062)
        c.rect(0.9, shelf, 0.62, 0.022, "#8f5a38", rim=0.004)
        c.soft([(0.9, shelf + 0.03), (1.52, shelf + 0.03), (1.52, shelf + 0.06), (0.9,
               shelf + 0.06)], c.cool, 0.6, 0.008)
    c.line([(0.78, -0.01), (0.78, 0.1)], 0.007, "#17131f")
    c.poly([(0.68, 0.17), (0.75, 0.09), (0.81, 0.09), (0.88, 0.17)], "#b8402c")
    c.oval(0.78, 0.172, 0.05, 0.018, "#fff2c4", shade=0)
    figure(c, 0.7, 0.87, 0.86, "#f6efe2", "#7a4a30", "#201618", "baker", side=0,
           arms=((24, -14), (-24, 14)), lean=-3, mood="smile")
    table(c, 0.78, "#a8744a")
    for x, size in ((0.7, 0.13), (0.3, 0.1), (1.06, 0.1)):
        c.shadow(x, 0.86, size)
        c.blob([(x - size, 0.86), (x - size * 0.6, 0.86 - size * 0.5), (x + size * 0.5,
                0.86 - size * 0.54), (x + size, 0.86)], "#fbeed4", rim=0.006)
    loaf(c, 1.32, 0.87, 0.12)
    for _ in range(120):
        c.oval(c.rng.gauss(0.7, 0.22), c.rng.gauss(0.8, 0.07), 0.0035, 0.0026, "#fff6e6",
               c.rng.uniform(0.2, 0.8), 0)


def song(c):
    """A gramophone by a window; four lines of notes stream out of its horn."""
    window(c, 0.08, 0.1, 0.32, 0.44, ("#f2d794", "#fbeec4", "#8fa05f"), "#d8c8a2")
    panes(c, 0.08, 0.1, 0.32, 0.44, "#d8c8a2")
    beam(c, 0.5, 0.16, 0.36, 0.46, "#f0dc98", 0.2)
    staff(c)
    table(c, 0.76, "#6b3f2a")
    c.shadow(0.56, 0.9, 0.32, 0.7)
    c.rect(0.3, 0.7, 0.52, 0.19, "#8f4a2c", 0.014, shade=0.5, rim=0.005)
    c.rect(0.34, 0.74, 0.44, 0.11, "#a8603a", 0.01)
    c.rect(0.275, 0.675, 0.57, 0.036, "#b9713f", 0.01, rim=0.004)
    c.oval(0.54, 0.66, 0.22, 0.046, "#1b1720", rim=0.003)
    for ring in (0.18, 0.13):
        c.arc(0.54, 0.66, ring, 0, 360, 0.0025, "#4a4350", 1, 0.2)
    c.oval(0.54, 0.658, 0.07, 0.015, "#c8372f")
    c.line([(0.8, 0.68), (0.84, 0.56), (0.8, 0.47)], 0.034, "#a87a2c", rim=0.004)
    c.blob([(0.78, 0.49), (0.83, 0.45), (0.98, 0.36), (1.1, 0.17), (1.2, 0.3), (1.2, 0.5),
            (1.08, 0.62), (0.9, 0.52)], "#d9a53a", shade=0.55, rim=0.008)
    for end in ((1.12, 0.24), (1.19, 0.38), (1.12, 0.56)):
        c.line([(0.84, 0.48), end], 0.004, "#8f651c", 0.7)
    c.blob([(1.08, 0.15), (1.2, 0.26), (1.23, 0.42), (1.18, 0.58), (1.06, 0.65), (1.02, 0.48),
            (1.03, 0.3)], "#f3cf74", rim=0.006)
    c.blob([(1.09, 0.21), (1.17, 0.3), (1.19, 0.42), (1.15, 0.54), (1.07, 0.59), (1.05, 0.47),
            (1.05, 0.32)], "#6f4717", shade=0.5)
    c.line([(0.66, 0.655), (0.76, 0.6), (0.8, 0.62)], 0.012, "#e6d9b4")


def staff(c):
    """Draw a musical staff that waves out of a horn."""
    for row in range(4):
        c.line([(1.1 + step * 0.03, 0.34 + row * 0.026 * (1 + step * 0.07)
                 + 0.05 * math.sin(step * 0.5) - step * 0.014) for step in range(15)], 0.003,
               "#fbeec4", 0.75, 0)
    notes(c, ((1.26, 0.36), (1.36, 0.22), (1.16, 0.1), (0.94, 0.17), (0.74, 0.1), (1.42, 0.46)),
          "#fff3cc", 0.036)


def loom(c):
    """A weaver from behind, at a loom with a half woven cloak in red, black and white."""
    window(c, 0.06, 0.1, 0.26, 0.36, ("#f7cf9a", "#fff0d0", "#7d8f5f"))
    panes(c, 0.06, 0.1, 0.26, 0.36)
    c.rect(-0.02, 0.84, 1.54, 0.2, "#6b4440", foot="#3a2434")
    c.soft([(0.4, 0.9), (1.36, 0.88), (1.5, 0.98), (0.5, 1.0)], c.cool, 0.6, 0.02)
    for x in (0.42, 1.26):
        c.rect(x, 0.07, 0.05, 0.86, "#8f5a34", 0.008, rim=0.005)
    for y in (0.1, 0.8):
        c.rect(0.36, y, 1.02, 0.05, "#a86c3f", 0.02, rim=0.005)
    for each in range(52):
        c.line([(0.485 + each * 0.0151, 0.15), (0.485 + each * 0.0151, 0.6)], 0.003, "#f4e6cc", 0.8)
    weave(c)
    c.line([(0.45, 0.41), (1.3, 0.4)], 0.02, "#d9a86a", rim=0.004)
    c.line([(1.02, 0.385), (1.16, 0.37)], 0.03, "#c08a50", end=0.012)
    c.poly([(0.72, 1.02), (0.76, 0.9), (1.02, 0.9), (1.06, 1.02)], "#4a3028")
    figure(c, 0.89, 0.93, 0.94, "#3f7f78", "#b07a52", "#1c1416", "long",
           arms=((56, 166), (-50, -150)), coat_length=0.1)
    c.oval(0.89, 0.515, 0.06, 0.07, "#1c1416", rim=0.006)
    for x, y, colour in ((0.12, 0.9, "#9c2f2c"), (0.26, 0.93, "#f2e6cc"), (0.18, 0.83, "#262028")):
        c.oval(x, y, 0.075, 0.068, colour, rim=0.006)
        for turn in (0, 50, 100):
            c.arc(x, y, 0.045, turn, turn + 120, 0.004, mix(colour, "#c9a08a", 0.4), 1, 0.7)


def weave(c):
    """Draw the finished part of a cloak, steps and triangles row by row."""
    for row in range(11):
        y, ground = 0.42 + row * 0.035, ("#9c2f2c", "#262028", "#efe0c2")[row % 3]
        c.rect(0.475, y, 0.79, 0.036, ground, shade=0.2)
        colour = ("#e8bd62", "#efe0c2", "#9c2f2c")[row % 3]
        for each in range(13):
            x = 0.505 + each * 0.0605
            if row % 2:
                c.poly([(x - 0.024, y + 0.033), (x, y + 0.004), (x + 0.024, y + 0.033)], colour,
                       shade=0)
            else:
                c.poly([(x - 0.02, y + 0.018), (x, y + 0.004), (x + 0.02, y + 0.018),
                        (x, y + 0.032)], colour, shade=0)


def accordion(c):
    """Somebody who plays the accordion to a woman in an armchair, by a lamp."""
    c.light, c.warm = (1.02, 0.24), "#ffd48c"
    c.rect(0.1, 0.1, 0.26, 0.34, "#141c4a", foot="#3f3f7a")
    for x, y in ((0.16, 0.16), (0.25, 0.22), (0.31, 0.14), (0.2, 0.3)):
        c.oval(x, y, 0.003, 0.003, "#fff6dd", shade=0)
    for x in (0.09, 0.222, 0.35):
        c.rect(x, 0.09, 0.014, 0.36, "#8f6a5a")
    c.glow(1.02, 0.26, 0.5, "#ffb45c", 0.75)
    c.rect(-0.02, 0.84, 1.54, 0.2, "#4a2c48", foot="#241636")
    c.oval(0.76, 0.93, 0.7, 0.07, "#8f3f4f", 0.8)
    c.rect(1.013, 0.3, 0.014, 0.58, "#2a1c2c")
    c.poly([(0.91, 0.32), (0.97, 0.14), (1.07, 0.14), (1.13, 0.32)], "#ffdc94", shade=0.1)
    listener(c)
    player(c, 0.5, 0.9)
    notes(c, ((0.72, 0.3), (0.82, 0.18), (0.6, 0.12), (0.44, 0.2), (0.9, 0.44)), "#ffe3a0", 0.03)


def listener(c):
    """Draw a woman who listens in an armchair."""
    c.shadow(1.26, 0.92, 0.22, 0.7)
    c.rect(1.16, 0.5, 0.3, 0.4, "#2f6a6b", 0.06, rim=0.006)
    figure(c, 1.27, 0.76, 0.68, "#d9654f", "#d9a27d", "#2b1a1c", "bun", side=-1, skirt=0.12,
           legs=((-74, 0), (-66, 4)), arms=((-20, -60), (-8, -50)), lean=-6)
    c.rect(1.38, 0.7, 0.12, 0.2, "#3f8280", 0.04, rim=0.006)
    c.rect(1.13, 0.8, 0.32, 0.1, "#3f8280", 0.03)
    c.line([(1.16, 0.9), (1.15, 0.94)], 0.02, "#2a1c2c")
    c.line([(1.42, 0.9), (1.43, 0.94)], 0.02, "#2a1c2c")


def player(c, x, y):
    """Draw a seated man with an accordion."""
    c.shadow(x, y + 0.04, 0.26, 0.7)
    c.rect(x - 0.12, y - 0.2, 0.24, 0.05, "#6b4128", 0.01)
    for off in (-0.1, 0.1):
        c.line([(x + off, y - 0.16), (x + off * 1.1, y + 0.03)], 0.02, "#4a2c20")
    figure(c, x, y - 0.22, 0.96, "#3f5f9a", "#e3b48c", "#201a22", "short",
           arms=((44, 40), (-44, -40)), legs=((28, 4), (-28, -4)), trousers="#2a2440", mood="smile")
    top, foot = y - 0.5, y - 0.2
    for fold in range(9):
        left = x - 0.13 + fold * 0.029
        bow = 0.02 * math.sin(math.pi * fold / 8)
        c.poly([(left, top - bow), (left + 0.0145, top - 0.022 - bow), (left + 0.029, top - bow),
                (left + 0.029, foot + bow), (left + 0.0145, foot + 0.022 + bow),
                (left, foot + bow)], ("#efe3c8", "#2a2030")[fold % 2], shade=0.25)
    for side in (-1, 1):
        left = x + side * 0.185 - 0.055
        c.rect(left, top - 0.03, 0.11, foot - top + 0.06, "#b02c34", 0.016, rim=0.005)
        for row in range(7):
            if side > 0:
                c.rect(left + 0.06, top + row * 0.043, 0.05, 0.036, "#fff6e4", 0.004, shade=0.1)
            else:
                c.ovals([(left + 0.03 + column * 0.026, top + 0.018 + row * 0.043, 0.008, 0.008)
                         for column in (0, 1)], "#ffe9c0", shade=0)
        c.oval(x + side * 0.235, top + 0.17, 0.032, 0.04, "#e3b48c", rim=0.004)


SCENES = {"cookbook": cookbook, "bakery": bakery, "song": song, "loom": loom,
          "accordion": accordion}
