"""Pictures of the demo's dreams indoors: each function draws one on a canvas that is a wall.

BACKGROUNDS has the colours of each: of the wall above and at its foot.
"""
import math

from dreamscape.demo_canvas import WIDE, mix
from dreamscape.demo_journeys import letter

BACKGROUNDS = {
    "cookbook": ("#d9824a", "#f3bf7c"), "oven": ("#3a2330", "#8a4a3a"),
    "binding": ("#5e7f8c", "#b9ccc4"), "joke": ("#7c3346", "#d98c6a"),
    "choir": ("#2b2450", "#7a4a6e"), "bakery": ("#1d1f38", "#4a3a4c"),
    "lectern": ("#1f2a52", "#46508a"), "song": ("#274a42", "#6f8f6a"),
    "dance": ("#4a1f46", "#c4575a"), "loom": ("#6a5f80", "#c9b3a8"),
    "letters": ("#c98a7a", "#f6dcc0"), "accordion": ("#1f2340", "#5a4a6e"),
    "desk": ("#a85c3f", "#f2b979")}


def table(c, y, colour="#7a4a30"):
    """Draw a table that fills the foot of the picture."""
    c.rect(-0.01, y, WIDE + 0.02, 1.02 - y, colour)
    c.rect(-0.01, y, WIDE + 0.02, 0.03, mix(colour, "#ffffff", 0.16))
    for _ in range(14):
        x, down = c.rng.uniform(0, 1.3), c.rng.uniform(y + 0.05, 1)
        c.line([(x, down), (x + 0.2, down)], 0.003, mix(colour, "#120c24", 0.3))


def window(c, x, y, size, light="#ffe7b0"):
    """Draw a window with light in it."""
    c.glow(x + size / 2, y + size * 0.6, size * 0.8, light, 0.4)
    c.rect(x - 0.02, y - 0.02, size + 0.04, size * 1.3 + 0.04, "#f4ead8", 0.01)
    c.rect(x, y, size, size * 1.3, light)
    c.rect(x + size / 2 - 0.008, y, 0.016, size * 1.3, "#f4ead8")
    c.rect(x, y + size * 0.6, size, 0.016, "#f4ead8")


def cookbook(c):
    """Draw an open cookbook with a spoon, spices and a steaming pot."""
    window(c, 1.05, 0.1, 0.3)
    for each, colour in enumerate(("#c8372f", "#e5a83c", "#7a4a30", "#5f8f4a", "#d9703a")):
        x = 0.12 + each * 0.16
        c.rect(x, 0.24, 0.1, 0.14, mix(colour, "#ffffff", 0.1), 0.015)
        c.rect(x - 0.005, 0.21, 0.11, 0.04, "#f4ead8", 0.01)
    c.rect(0.06, 0.38, 0.84, 0.025, "#6b4128")
    table(c, 0.66)
    for step in range(5):
        c.arc(1.12 + (step % 2) * 0.08, 0.46 - step * 0.05, 0.05, 60, 300, 0.012, "#f8e3c8")
    c.shadow(1.16, 0.88, 0.24)
    c.rect(0.96, 0.62, 0.4, 0.25, "#3f6b73", 0.05)
    c.oval(1.16, 0.62, 0.2, 0.05, "#8fb5b5")
    c.oval(1.16, 0.625, 0.17, 0.036, "#c8502f")
    for x in (0.93, 1.38):
        c.oval(x, 0.7, 0.03, 0.02, "#2c4d55")
    book(c, 0.48, 0.84, 0.36)
    for row in range(4):
        c.line([(0.22, 0.77 + row * 0.036), (0.4, 0.785 + row * 0.036)], 0.006, "#9c6a4a")
    c.oval(0.62, 0.8, 0.075, 0.045, "#e5a83c")
    c.oval(0.62, 0.795, 0.05, 0.028, "#c8502f")
    c.line([(0.7, 0.97), (0.98, 0.9)], 0.018, "#c99a62")
    c.oval(0.68, 0.975, 0.04, 0.022, "#c99a62")


def book(c, x, y, size):
    """Draw a book that lies open, around a place."""
    c.shadow(x, y + size * 0.22, size, 0.5)
    c.poly([(x - size, y - size * 0.2), (x, y - size * 0.08), (x + size, y - size * 0.2),
            (x + size * 1.04, y + size * 0.22), (x, y + size * 0.34), (x - size * 1.04,
                                                                       y + size * 0.22)],
           "#8f3f34")
    for side in (-1, 1):
        c.poly([(x, y - size * 0.1), (x + side * size * 0.5, y - size * 0.3),
                (x + side * size * 0.96, y - size * 0.22), (x + side * size, y + size * 0.17),
                (x + side * size * 0.5, y + size * 0.12), (x, y + size * 0.29)],
               "#fdf6e6" if side < 0 else "#f4ead4")


def oven(c):
    """Draw a bread oven of bricks with a fire, and a baker's shovel with a loaf."""
    c.glow(0.76, 0.6, 0.4, "#ff9d4a", 0.8)
    c.rect(0.2, 0.22, 1.12, 0.8, "#a35a42")
    for row in range(15):
        for each in range(9):
            c.rect(0.2 + each * 0.126 - (row % 2) * 0.05, 0.225 + row * 0.053, 0.118, 0.046,
                   mix("#a8583f", "#d98a62", c.rng.random()), 0.006)
    for angle in range(-84, 96, 14):
        turn = math.radians(angle)
        x, y = 0.76 + 0.4 * math.sin(turn), 0.68 - 0.4 * math.cos(turn)
        c.line([(x, y), (x + 0.07 * math.sin(turn), y - 0.07 * math.cos(turn))], 0.075, "#e0b48c")
    c.oval(0.76, 0.68, 0.36, 0.35, "#2a1216")
    c.rect(0.4, 0.68, 0.72, 0.16, "#2a1216")
    c.glow(0.76, 0.68, 0.26, "#ff8a2c")
    for x, tall, colour in ((0.6, 0.2, "#ff7a2c"), (0.7, 0.3, "#ff9d3c"), (0.82, 0.26, "#ffb84f"),
                            (0.92, 0.18, "#ff7a2c"), (0.76, 0.17, "#ffe39a")):
        c.poly([(x - 0.07, 0.82), (x - 0.05, 0.74), (x, 0.82 - tall), (x + 0.05, 0.74), (x + 0.07,
                                                                                         0.82)],
               colour, 0.92, 0.05)
    c.rect(0.1, 0.83, 1.3, 0.06, "#d9c0a0")
    c.line([(0.76, 0.89), (1.38, 0.99)], 0.03, "#c99a62")
    c.oval(0.7, 0.885, 0.2, 0.045, "#b9854f")
    loaf(c, 0.7, 0.86, 0.13)


def loaf(c, x, y, size):
    """Draw a round loaf with three cuts."""
    c.oval(x, y, size, size * 0.56, "#c07a38")
    c.oval(x, y - size * 0.1, size * 0.86, size * 0.4, "#dda05a")
    for off in (-0.4, 0, 0.4):
        c.line([(x + size * (off - 0.12), y - size * 0.3), (x + size * (off + 0.12),
                                                            y + size * 0.08)],
               size * 0.08, "#f6dcae")


def bakery(c):
    """Draw a baker before dawn: loaves on shelves, flour in the air, the street dark outside."""
    c.rect(0.12, 0.12, 0.42, 0.46, "#101a40", 0.01)
    c.oval(0.42, 0.22, 0.035, 0.035, "#f4ecc8")
    c.glow(1, 0.3, 0.42, "#ffc878", 0.7)
    for shelf in (0.3, 0.5):
        for each in range(4):
            loaf(c, 0.82 + each * 0.17, shelf - 0.05, 0.075)
        c.rect(0.72, shelf, 0.72, 0.024, "#8f5a34")
    c.line([(0.98, 0), (0.98, 0.1)], 0.008, "#1a1626")
    c.poly([(0.9, 0.16), (0.94, 0.09), (1.02, 0.09), (1.06, 0.16)], "#c8372f")
    c.person(0.62, 1.06, 0.62, "#f4f0e8", "#c58a5f", 0.02)
    c.oval(0.62, 0.46, 0.09, 0.055, "#ffffff")
    c.rect(0.56, 0.46, 0.12, 0.045, "#ffffff", 0.01)
    table(c, 0.8, "#b9865a")
    for x in (0.3, 0.66, 1.02):
        c.oval(x, 0.84, 0.13, 0.055, "#f4e6cc")
    for _ in range(50):
        c.oval(c.rng.uniform(0.2, 1.3), c.rng.uniform(0.7, 0.84), 0.004, 0.004, "#ffffff", 0.7, 0)


def binding(c):
    """Draw folded pages that are sewn to a book with a needle and a red thread."""
    window(c, 0.16, 0.1, 0.26, "#eaf3ee")
    table(c, 0.6, "#8f6a4a")
    c.shadow(0.86, 0.9, 0.5)
    c.rect(0.5, 0.8, 0.72, 0.07, "#2c4d6b", 0.015)
    for sheet in range(9):
        c.rect(0.53 - sheet * 0.002, 0.79 - sheet * 0.036, 0.66, 0.03,
               ("#fdf6e6", "#efe3c8")[sheet % 2], 0.012)
    for each in range(4):
        x = 0.6 + each * 0.17
        for sheet in range(8):
            c.line([(x, 0.8 - sheet * 0.036), (x + 0.02, 0.78 - sheet * 0.036)], 0.012, "#c8302c")
    c.line([(1.13, 0.51), (1.24, 0.38), (1.32, 0.45)], 0.007, "#c8302c")
    c.line([(1.3, 0.47), (1.4, 0.3)], 0.011, "#e6ebf0")
    c.rect(0.1, 0.74, 0.28, 0.2, "#2c4d6b", 0.02)
    c.rect(0.14, 0.78, 0.2, 0.12, "#e5c78a", 0.01)
    c.oval(0.24, 0.84, 0.035, 0.035, "#c8502f")


def bubble(c, x, y, size, colour, side):
    """Draw a speech bubble with a tail to a side."""
    c.poly([(x + side * size * 0.2, y), (x + side * size * 0.75, y + size * 0.75),
            (x + side * size * 0.6, y)],
           colour)
    c.rect(x - size * 0.9, y - size * 0.5, size * 1.8, size * 0.95, colour, size * 0.3)


def joke(c):
    """Draw two people at a café table, one of whom laughs at what the other says."""
    for each in range(8):
        c.poly([(each * 0.2 - 0.05, 0), (each * 0.2 + 0.15, 0), (each * 0.2 + 0.15, 0.1),
                (each * 0.2 + 0.05, 0.14), (each * 0.2 - 0.05, 0.1)],
               "#f7efe0" if each % 2 else "#2f5d8a")
    c.person(0.42, 1.1, 0.66, "#2f5d8a", "#e0b08a", hair="#b5763a")
    c.person(1.12, 1.1, 0.64, "#d99a3a", "#8a5636", 0.7)
    bubble(c, 0.62, 0.3, 0.17, "#fffaf0", -1)
    for row, colour in enumerate(("#2f5d8a", "#c9c4ba", "#c8302c")):
        c.rect(0.53 + row * 0.065, 0.25, 0.05, 0.1, colour, 0.006)
    bubble(c, 1.06, 0.27, 0.13, "#f2b631", 1)
    for x in (1.0, 1.06, 1.12):
        c.arc(x, 0.24, 0.02, 20, 160, 0.009, "#7c3346")
    c.oval(0.76, 0.93, 0.4, 0.1, "#f4ead8")
    c.oval(0.76, 0.92, 0.37, 0.08, "#fffaf0")
    for x in (0.6, 0.92):
        c.oval(x, 0.92, 0.075, 0.025, "#d9cdb8")
        c.rect(x - 0.045, 0.85, 0.09, 0.07, "#ffffff", 0.02)
        c.oval(x, 0.852, 0.04, 0.014, "#5a3420")


def choir(c):
    """Draw a choir in two rows with open mouths, and notes above."""
    c.glow(0.75, 0.3, 0.5, "#ffcf8a", 0.5)
    robes = ["#b0485d", "#3f7f9a", "#d79a3d", "#6a55a8", "#4f8f6a", "#c8652f", "#7a3f6a"]
    skins = ["#e0b08a", "#8a5636", "#c58a5f", "#6f432b", "#d9a27d"]
    for row, (foot, tall, number) in enumerate(((0.98, 0.56, 7), (1.16, 0.62, 6))):
        for each in range(number):
            x = 0.18 + each * 0.19 + row * 0.095
            c.person(x, foot, tall, robes[(each + row * 3) % 7], skins[(each * 2 + row) % 5],
                     hair=("#2b1d18", "#dad7d2", "#8f5a34", "#17131a")[(each + row) % 4])
            y = foot - tall * 0.87
            c.oval(x, y + tall * 0.06, tall * 0.026, tall * 0.034, "#5a1f26", light=0)
            for side in (-1, 1):
                c.oval(x + side * tall * 0.032, y - tall * 0.005, tall * 0.009, tall * 0.012,
                       "#20161c")
            c.rect(x - tall * 0.09, foot - tall * 0.62, tall * 0.18, tall * 0.11, "#fdf6e6", 0.006)
    notes(c, ((0.25, 0.24), (0.5, 0.14), (0.78, 0.22), (1.02, 0.1), (1.26, 0.2)), "#ffe3a0")


def notes(c, places, colour, size=0.036):
    """Draw notes of music."""
    for number, (x, y) in enumerate(places):
        c.oval(x, y, size, size * 0.76, colour)
        c.line([(x + size * 0.8, y), (x + size * 0.8, y - size * 3)], size * 0.26, colour)
        if number % 2:
            c.line([(x + size * 0.8, y - size * 3), (x + size * 1.9, y - size * 1.9)], size * 0.4,
                   colour)


def lectern(c):
    """Draw somebody beside a lectern with a microphone, and heads of people who listen."""
    c.poly([(0.66, 0), (0.84, 0), (1.2, 0.86), (0.3, 0.86)], "#fff0c4", 0.3, 0)
    c.rect(0, 0.8, WIDE, 0.22, "#2a2036")
    c.oval(0.75, 0.84, 0.5, 0.05, "#ffe8b4", 0.5)
    c.person(0.72, 0.86, 0.56, "#c8502f", "#c58a5f", 0.45)
    c.poly([(0.98, 0.52), (1.28, 0.48), (1.24, 0.86), (1.04, 0.86)], "#8f5a34")
    c.poly([(0.95, 0.53), (1.3, 0.48), (1.31, 0.515), (0.97, 0.565)], "#b97a45")
    c.line([(1.1, 0.51), (1.06, 0.36)], 0.01, "#15121f")
    c.oval(1.055, 0.35, 0.022, 0.03, "#15121f")
    for row, y in ((0, 0.93), (1, 1.02)):
        for each in range(11):
            x = each * 0.15 + row * 0.07
            c.oval(x, y, 0.05, 0.06, mix("#141020", "#3a2c4a", c.rng.random() * 0.7))
            c.oval(x, y + 0.09, 0.085, 0.07, mix("#141020", "#3a2c4a", c.rng.random() * 0.5))


def song(c):
    """Draw a gramophone that plays an old song, and notes out of its horn."""
    window(c, 0.12, 0.1, 0.24, "#f3e9c0")
    table(c, 0.78, "#6b4128")
    c.shadow(0.62, 0.86, 0.34)
    c.rect(0.36, 0.64, 0.5, 0.2, "#8f4a2c", 0.02)
    c.rect(0.34, 0.62, 0.54, 0.035, "#b9713f", 0.01)
    c.oval(0.6, 0.605, 0.22, 0.05, "#17131a")
    c.oval(0.6, 0.602, 0.07, 0.016, "#c8372f")
    c.line([(0.82, 0.6), (0.86, 0.46), (0.94, 0.4)], 0.035, "#c9973a")
    c.poly([(0.9, 0.42), (0.96, 0.36), (1.3, 0.14), (1.34, 0.58)], "#dba83f")
    c.poly([(0.93, 0.41), (1.34, 0.36), (1.34, 0.58)], "#b27f2a")
    c.oval(1.32, 0.36, 0.07, 0.23, "#f0c96a")
    c.oval(1.325, 0.36, 0.05, 0.18, "#8a5c1c")
    notes(c, ((1.16, 0.12), (0.92, 0.2), (0.7, 0.13), (0.54, 0.3)), "#fff0c0", 0.034)


def dance(c):
    """Draw a couple that dances under strings of lights."""
    for row, (y, sag) in enumerate(((0.06, 0.14), (0.14, 0.18))):
        points = [(x / 20, y + sag * math.sin(math.pi * ((x / 20 + row * 0.37) % 0.75) / 0.75))
                  for x in range(31)]
        c.line(points, 0.004, "#f7d9a8")
        for x, down in points[::2]:
            c.glow(x, down + 0.015, 0.03, "#ffd27a", 0.5)
            c.oval(x, down + 0.015, 0.013, 0.017, "#fff0b8")
    c.rect(0, 0.84, WIDE, 0.18, "#5a2a3f")
    c.oval(0.75, 0.9, 0.5, 0.07, "#e88a6a", 0.4)
    c.shadow(0.74, 0.92, 0.26)
    c.line([(0.6, 0.6), (0.58, 0.9)], 0.05, "#22223a")
    c.line([(0.66, 0.6), (0.7, 0.9)], 0.05, "#22223a")
    c.poly([(0.54, 0.34), (0.72, 0.34), (0.7, 0.64), (0.56, 0.64)], "#2f3f6a")
    c.oval(0.64, 0.26, 0.06, 0.068, "#8a5636")
    c.oval(0.63, 0.22, 0.064, 0.045, "#cfcfd2")
    c.poly([(0.82, 0.34), (0.94, 0.36), (0.98, 0.56), (1.16, 0.86), (0.74, 0.9), (0.8, 0.56)],
           "#e8a83c")
    c.oval(0.86, 0.27, 0.056, 0.064, "#9c6540")
    c.oval(0.88, 0.24, 0.066, 0.056, "#c9c5c8")
    c.oval(0.94, 0.23, 0.032, 0.032, "#c9c5c8")
    c.line([(0.7, 0.38), (0.9, 0.46)], 0.04, "#2f3f6a")
    c.line([(0.58, 0.38), (0.46, 0.44), (0.38, 0.36)], 0.036, "#2f3f6a")
    c.line([(0.84, 0.38), (0.6, 0.42), (0.38, 0.36)], 0.028, "#9c6540")
    notes(c, ((0.2, 0.56), (1.3, 0.5), (1.2, 0.34)), "#ffe3a0", 0.03)


def loom(c):
    """Draw a loom with a half woven cloak in a pattern of red, black and white."""
    window(c, 0.08, 0.12, 0.22)
    c.rect(0, 0.86, WIDE, 0.16, "#6b4a3a")
    for x in (0.44, 1.2):
        c.rect(x, 0.1, 0.05, 0.82, "#8f5a34", 0.01)
    for y in (0.14, 0.82):
        c.rect(0.38, y, 0.94, 0.05, "#a86c3f", 0.02)
    for each in range(45):
        c.line([(0.51 + each * 0.0155, 0.19), (0.51 + each * 0.0155, 0.82)], 0.0035, "#f4ead8")
    for row in range(13):
        y = 0.46 + row * 0.0275
        c.rect(0.5, y, 0.7, 0.027, ("#8f2f2c", "#2a2026", "#efe3c8")[row % 3])
        for each in range(9):
            x = 0.54 + each * 0.076
            c.poly([(x - 0.03, y + 0.026), (x, y + 0.002), (x + 0.03, y + 0.026)],
                   ("#e5b45a", "#8f2f2c", "#2a2026")[row % 3])
    c.line([(0.62, 0.45), (1.02, 0.42)], 0.026, "#c99a62")
    for x, colour in ((0.12, "#8f2f2c"), (0.25, "#efe3c8"), (0.19, "#2a2026")):
        c.oval(x, 0.88 - (x == 0.19) * 0.09, 0.07, 0.06, colour)
        c.arc(x, 0.88 - (x == 0.19) * 0.09, 0.04, 20, 200, 0.005, mix(colour, "#ffffff", 0.3))


def letters(c):
    """Draw letters with stamps from far away, a pen and a cup on a table."""
    window(c, 1.06, 0.08, 0.3, "#fff0d0")
    table(c, 0.5, "#b9825a")
    for x, y, size in ((0.3, 0.64, 0.4), (0.5, 0.82, 0.44)):
        c.rect(x - size / 2 + 0.014, y - size * 0.33 + 0.014, size, size * 0.66, "#5a3420", 0.01,
               0.4)
        letter(c, x, y, size)
        for each in range(9):
            c.rect(x - size / 2 + each * size / 9, y + size * 0.29, size / 12, size * 0.04,
                   "#c8302c" if each % 2 else "#2f5d8a")
    c.rect(0.86, 0.62, 0.4, 0.34, "#fffaf0", 0.006)
    for row in range(6):
        c.line([(0.9, 0.68 + row * 0.045), (1.2 - (row == 5) * 0.16, 0.68 + row * 0.045)], 0.006,
               "#5f6f9a")
    c.line([(1.1, 0.9), (1.32, 0.68)], 0.02, "#2f3f6a")
    c.poly([(1.07, 0.94), (1.09, 0.89), (1.11, 0.91)], "#e5c78a")
    c.oval(0.72, 0.56, 0.1, 0.035, "#d9cdb8")
    c.rect(0.65, 0.45, 0.14, 0.11, "#4f8f9a", 0.03)
    c.oval(0.72, 0.452, 0.068, 0.02, "#5a3420")
    c.arc(0.8, 0.5, 0.03, -90, 90, 0.014, "#4f8f9a")


def accordion(c):
    """Draw somebody who plays an accordion by the light of a lamp."""
    c.glow(1.16, 0.24, 0.3, "#ffcf7a", 0.8)
    c.poly([(1.06, 0.28), (1.1, 0.14), (1.24, 0.14), (1.28, 0.28)], "#f2c46a")
    c.rect(1.16, 0.28, 0.02, 0.6, "#4a3a3a")
    c.rect(0, 0.86, WIDE, 0.16, "#3a2c3f")
    c.person(0.68, 1.2, 0.94, "#3f5f7a", "#d9a27d", hair="#d4d0cc")
    c.rect(0.34, 0.5, 0.13, 0.4, "#9c2430", 0.02)
    c.rect(0.9, 0.5, 0.13, 0.4, "#9c2430", 0.02)
    for fold in range(9):
        x = 0.47 + fold * 0.048
        c.poly([(x, 0.53), (x + 0.024, 0.5), (x + 0.048, 0.53), (x + 0.048, 0.87), (x + 0.024, 0.9),
                (x, 0.87)], ("#1c1a2a", "#e8dcc4")[fold % 2])
    for row in range(8):
        c.rect(0.93, 0.53 + row * 0.043, 0.09, 0.034, "#fdf6e6", 0.004)
        if row % 3:
            c.rect(0.93, 0.55 + row * 0.043, 0.05, 0.02, "#17131a", 0.003)
        for column in (0.37, 0.42):
            c.oval(column, 0.55 + row * 0.043, 0.011, 0.011, "#fdf6e6")
    for side, x in ((-1, 0.38), (1, 1.0)):
        c.oval(x + side * 0.01, 0.7, 0.06, 0.045, "#d9a27d")
    for side in (-1, 1):
        c.arc(0.68 + side * 0.032, 0.385, 0.018, 200, 340, 0.006, "#3a261c")
    c.arc(0.68, 0.41, 0.03, 30, 150, 0.008, "#8f3f34")
    notes(c, ((0.2, 0.3), (0.36, 0.16), (0.98, 0.12)), "#ffe3a0", 0.032)


def desk(c):
    """Draw a desk with a calendar of Sundays, a letter and a photo of a boy."""
    window(c, 0.1, 0.1, 0.28, "#fff0c8")
    c.rect(0.6, 0.1, 0.44, 0.36, "#fffaf0", 0.012)
    c.rect(0.6, 0.1, 0.44, 0.07, "#c8372f", 0.012)
    for row in range(4):
        for each in range(7):
            x, y = 0.635 + each * 0.062, 0.21 + row * 0.06
            c.oval(x, y, 0.018, 0.018, "#f2b631" if each == 6 else "#e4dccd")
    c.rect(1.16, 0.2, 0.24, 0.28, "#6b4128", 0.01)
    c.rect(1.185, 0.225, 0.19, 0.23, "#bcd7e6")
    c.oval(1.28, 0.45, 0.085, 0.08, "#4f8f6a")
    c.oval(1.28, 0.34, 0.045, 0.052, "#c58a5f")
    c.oval(1.28, 0.305, 0.048, 0.032, "#2b1d18")
    table(c, 0.62, "#8f5a34")
    c.rect(0.34, 0.68, 0.5, 0.28, "#5a3420", 0.006, 0.4)
    c.poly([(0.32, 0.94), (0.38, 0.66), (0.86, 0.66), (0.86, 0.94)], "#fffaf0")
    for row in range(5):
        c.line([(0.42, 0.71 + row * 0.043), (0.8 - (row == 4) * 0.2, 0.71 + row * 0.043)], 0.006,
               "#5f6f9a")
    c.line([(0.72, 0.89), (0.96, 0.7)], 0.02, "#2c4d55")
    letter(c, 1.16, 0.82, 0.3)
    for stacked in range(3):
        c.rect(0.08 - stacked * 0.006, 0.86 - stacked * 0.03, 0.2, 0.024, "#f4ead8", 0.004)
