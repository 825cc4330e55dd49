"""Pictures of the demo's dreams on the way, of boats, bicycles and towns, below a sky.

BACKGROUNDS has the sky of each: its colours above and at the horizon.
"""
import math

from dreamscape.demo_canvas import WIDE, mix

BACKGROUNDS = {
    "lighthouse": ("#27456e", "#f3b58a"), "funicular": ("#4f9ccf", "#f8e3c4"),
    "pool": ("#8fd3ea", "#e9fbff"), "glacier": ("#3c6ea5", "#d6e8f2"),
    "clinic_bus": ("#1c2454", "#d98a6a"), "bicycles": ("#55aec6", "#fde6b4"),
    "salt_flat": ("#d9764a", "#ffd9a0"), "cloud": ("#3f86c9", "#d8eefb"),
    "postbox": ("#86b7c9", "#f8e9bf"), "swimmers": ("#57a8c9", "#fdeccb"),
    "boatyard": ("#171c48", "#5b5ea8"), "runners": ("#f08c5a", "#ffe2ae"),
    "seabirds": ("#8fb2c4", "#eef1ee")}


def lighthouse(c):
    """Draw a rowing boat on its way to a lighthouse at dawn."""
    c.sun(0.52, 0.5, 0.06, "#ffd7a0")
    c.ridge(0.56, 0.02, "#4d6486")
    c.water(0.6, "#2f5f86", "#ffd9ad", 0.5)
    c.poly([(1.0, 0.64), (1.08, 0.54), (1.3, 0.52), (1.46, 0.64)], "#33324f")
    c.glow(1.21, 0.22, 0.22, "#ffe39a")
    c.poly([(1.15, 0.54), (1.175, 0.25), (1.245, 0.25), (1.27, 0.54)], "#f4ece0")
    for foot in (0.31, 0.43):
        c.poly([(1.17 - foot * 0.02, foot + 0.06), (1.17, foot), (1.25, foot),
                (1.25 + foot * 0.02, foot + 0.06)], "#c8453d")
    c.rect(1.175, 0.19, 0.07, 0.065, "#ffe9a6", 0.01)
    c.poly([(1.16, 0.195), (1.21, 0.14), (1.26, 0.195)], "#8f2c2c")
    c.person(0.4, 0.83, 0.24, "#d9573f")
    c.poly([(0.16, 0.77), (0.64, 0.77), (0.56, 0.88), (0.24, 0.88)], "#7a3f26")
    c.rect(0.15, 0.755, 0.5, 0.025, "#b9713f", 0.01)
    for x in (0.2, 0.6):
        c.line([(0.4, 0.72), (x, 0.93)], 0.012, "#e5c79a")
        c.oval(x, 0.94, 0.035, 0.014, "#e5c79a")


def funicular(c):
    """Draw a funicular on a steep hill of painted houses above the sea."""
    c.sun(0.3, 0.2, 0.06, "#fff4cf")
    c.water(0.62, "#3f88ad", "#fff2d0", 0.3)
    c.poly([(0.35, 1.01), (1.2, 0.12), (1.51, 0.05), (1.51, 1.01)], "#7c6a62")
    colours = ["#e4633f", "#f0b545", "#4f9fb8", "#d9789a", "#f2e6d0", "#6aa56d"]
    for number in range(44):
        share = c.rng.random()
        x = 0.58 + share * 0.86 + c.rng.uniform(0.02, 0.26)
        y = 0.98 - share * 0.84 + c.rng.uniform(0, 0.3)
        if abs((x - 0.36) / 0.85 + (y - 1) / 0.88) > 0.13:
            house(c, x, y, 0.09, colours[number % 6])
    c.line([(0.42, 1), (1.27, 0.1)], 0.07, "#54453f")
    for off in (-0.018, 0.018):
        c.line([(0.42 + off, 1), (1.27 + off, 0.1)], 0.006, "#e3d4c0")
    c.poly([(0.76, 0.66), (0.91, 0.5), (0.91, 0.36), (0.76, 0.52)], "#c8372f")
    for x in (0.775, 0.823, 0.87):
        c.poly([(x, 0.58 - (x - 0.76)), (x + 0.033, 0.547 - (x - 0.76)),
                (x + 0.033, 0.475 - (x - 0.76)), (x, 0.508 - (x - 0.76))], "#ffeec2")


def house(c, x, y, size, colour, lit=False):
    """Draw a house with a roof, its foot at a place."""
    c.rect(x - size / 2, y - size * 0.75, size, size * 0.75, colour)
    c.poly([(x - size * 0.6, y - size * 0.72), (x, y - size * 1.15), (x + size * 0.6,
                                                                      y - size * 0.72)],
           mix(colour, "#3b1f22", 0.6))
    for off in (-0.25, 0.12):
        c.rect(x + size * off, y - size * 0.55, size * 0.18, size * 0.22,
               "#ffe59a" if lit else "#34405c")


def pool(c):
    """Draw people who float in a pool, one on a ring, seen from its edge."""
    c.sun(1.2, 0.16, 0.06, "#fff8d8")
    c.rect(0, 0.28, WIDE, 0.06, "#f4f0e6")
    for x in range(8):
        c.rect(0.05 + x * 0.19, 0.16, 0.1, 0.12, mix("#bfe3ec", "#5da7bd", x / 9))
    c.rect(0, 0.34, WIDE, 0.68, "#35b3cf", light=0.28)
    for lane in (0.44, 0.9):
        for x in range(26):
            c.oval(x * 0.06, lane, 0.024, 0.014, "#e9543f" if x % 2 else "#ffffff")
    for _ in range(60):
        x, y = c.rng.uniform(0, WIDE), c.rng.uniform(0.38, 1)
        c.arc(x, y, 0.03, 200, 330, 0.004, "#b9f0f6")
    for x, y, colour, skin in ((0.35, 0.58, "#e3633e", "#8a5636"), (0.98, 0.54, "#f0b83f",
                                                                    "#d9a27d"),
                               (1.15, 0.77, "#7a55a8", "#6f432b")):
        c.oval(x, y + 0.015, 0.19, 0.06, "#1f86a3", 0.5)
        c.line([(x - 0.11, y), (x + 0.14, y)], 0.055, colour)
        c.line([(x + 0.1, y), (x + 0.2, y + 0.02)], 0.035, skin)
        c.line([(x - 0.06, y), (x - 0.1, y - 0.09)], 0.026, skin)
        c.oval(x - 0.16, y - 0.005, 0.042, 0.042, skin)
    c.oval(0.56, 0.78, 0.15, 0.085, "#f5f1e8")
    for start in range(0, 360, 90):
        c.arc(0.56, 0.78, 0.115, start, start + 42, 0.05, "#e5533d")
    c.oval(0.56, 0.775, 0.07, 0.04, "#2b9db9")


def glacier(c):
    """Draw a walker with a rucksack in front of a glacier between high peaks."""
    c.sun(0.35, 0.2, 0.05, "#fff6da")
    c.peaks(0.6, 0.44, "#4a6d9c", "#f6fbff", 5)
    c.poly([(0.6, 0.36), (0.86, 0.34), (1.1, 0.66), (1.3, 0.8), (0.5, 0.8), (0.66, 0.62)],
           "#d8eef6")
    for x in range(6):
        c.line([(0.66 + x * 0.07, 0.5 + x * 0.02), (0.62 + x * 0.1, 0.74)], 0.007, "#8cc0d8")
    c.ridge(0.76, 0.03, "#3f5a55")
    c.ridge(0.88, 0.02, "#263c38")
    c.person(0.42, 0.9, 0.3, "#d4553a")
    c.rect(0.325, 0.665, 0.075, 0.12, "#e3b03c", 0.025)
    c.line([(0.5, 0.74), (0.53, 0.91)], 0.01, "#2b2018")


def bus(c, x, y, size, colour):
    """Draw a bus, its wheels at a height."""
    c.shadow(x, y, size * 1.15, 0.5)
    c.rect(x - size, y - size * 0.86, size * 2, size * 0.74, colour, size * 0.09)
    c.rect(x - size, y - size * 0.38, size * 2, size * 0.08, "#c8453d")
    for each in range(4):
        c.rect(x - size * 0.9 + each * size * 0.36, y - size * 0.76, size * 0.3, size * 0.28,
               "#ffe8a8",
               size * 0.03)
    c.rect(x + size * 0.6, y - size * 0.76, size * 0.3, size * 0.55, "#ffe8a8", size * 0.03)
    for wheel in (-0.58, 0.52):
        c.oval(x + size * wheel, y - size * 0.1, size * 0.15, size * 0.15, "#1d1a26")
        c.oval(x + size * wheel, y - size * 0.1, size * 0.07, size * 0.07, "#b9b4c4")


def clinic_bus(c):
    """Draw a bus with a red cross in the evening, in a field of sugar cane."""
    c.stars(50, 0.3)
    c.sun(1.2, 0.52, 0.07, "#ffc98f")
    c.ridge(0.6, 0.02, "#4b3f66")
    cane(c, 0.72, 0.24, "#51704a", 70)
    c.rect(0, 0.76, WIDE, 0.26, "#8a5a44")
    c.glow(0.72, 0.62, 0.3, "#ffdf9c", 0.5)
    bus(c, 0.72, 0.88, 0.4, "#f5f1ea")
    c.oval(0.44, 0.62, 0.075, 0.075, "#ffffff")
    c.rect(0.42, 0.57, 0.04, 0.1, "#d23b36")
    c.rect(0.39, 0.6, 0.1, 0.04, "#d23b36")
    c.person(1.24, 0.93, 0.3, "#d9a441", "#6f432b")
    c.person(1.36, 0.94, 0.29, "#47808f", "#6f432b")
    cane(c, 1.04, 0.2, "#2d4630", 60)


def cane(c, y, height, colour, number):
    """Draw a row of sugar cane with its foot at a height."""
    for _ in range(number):
        x, tall = c.rng.uniform(0, WIDE), height * c.rng.uniform(0.6, 1.1)
        lean = c.rng.uniform(-0.03, 0.03)
        c.line([(x, y), (x + lean, y - tall)], 0.007, mix(colour, "#a7c070", c.rng.random() * 0.5))


def bicycle(c, x, y, size, colour):
    """Draw a bicycle, the foot of its wheels at a place."""
    left, right, up = x - size * 0.62, x + size * 0.62, y - size * 0.42
    for hub in (left, right):
        c.arc(hub, up, size * 0.4, 0, 360, size * 0.045, "#2a2730")
        for angle in range(0, 180, 30):
            turn = math.radians(angle)
            off = math.cos(turn) * size * 0.38, math.sin(turn) * size * 0.38
            c.line([(hub - off[0], up - off[1]), (hub + off[0], up + off[1])], size * 0.008,
                   "#8f8b98")
    crank, seat, head = (x - size * 0.08, up), (x - size * 0.25, y - size), (x + size * 0.4,
                                                                             y - size)
    for points in ([(left, up), crank, head, seat, (left, up)], [seat, crank], [head, (right, up)]):
        c.line(points, size * 0.06, colour)
    c.line([(seat[0] - size * 0.14, seat[1] - size * 0.1), (seat[0] + size * 0.12,
                                                            seat[1] - size * 0.1)],
           size * 0.075, "#3a2a22")
    c.line([head, (head[0] - size * 0.03, y - size * 1.2), (head[0] + size * 0.16,
                                                            y - size * 1.24)],
           size * 0.05, "#2a2730")


def bicycles(c):
    """Draw bicycles in a row in front of a steep street of painted houses."""
    c.sun(0.3, 0.18, 0.06, "#fff4c8")
    colours = ["#e4633f", "#f0b545", "#4f9fb8", "#d9789a", "#6aa56d"]
    for each in range(8):
        house(c, 0.1 + each * 0.19, 0.82 - each * 0.065, 0.26, colours[each % 5])
    c.poly([(0, 0.8), (WIDE, 0.3), (WIDE, 1.01), (0, 1.01)], "#a99a8f")
    c.rect(0, 0.9, WIDE, 0.12, "#8c7d74")
    for each, colour in enumerate(("#c8372f", "#2f7f9f", "#e5a83c")):
        c.shadow(0.28 + each * 0.47, 0.95, 0.22)
        bicycle(c, 0.28 + each * 0.47, 0.95, 0.2, colour)


def salt_flat(c):
    """Draw somebody's bicycle with bags on an endless white plain, and its mirror image."""
    c.sun(1.12, 0.44, 0.09, "#fff0c0")
    c.peaks(0.53, 0.09, "#a3544a", number=8)
    c.rect(0, 0.53, WIDE, 0.5, "#f6e6d8", light=0.2)
    for row in range(6):
        y = 0.58 + row * row * 0.014
        for x in range(9):
            c.line([(x * 0.2 - row * 0.03, y), (x * 0.2 + 0.12 + row * 0.02, y)], 0.003, "#d9b8a8")
    c.shadow(0.6, 0.88, 0.42, 0.4)
    bicycle(c, 0.6, 0.88, 0.32, "#23697f")
    c.rect(0.36, 0.6, 0.14, 0.15, "#d4553a", 0.02)
    c.rect(0.74, 0.6, 0.1, 0.12, "#e5a83c", 0.02)


def cloud(c):
    """Draw one great cloud above a shore, and a notebook in which it is drawn."""
    c.cloud(0.8, 0.4, 0.62)
    c.cloud(0.2, 0.22, 0.18, opacity=0.7)
    c.cloud(1.34, 0.16, 0.14, opacity=0.6)
    c.water(0.62, "#4a95c4", "#ffffff", 0.8)
    c.ridge(0.84, 0.02, "#d9c79c")
    c.poly([(0.4, 0.98), (0.5, 0.72), (0.78, 0.72), (0.76, 0.98)], "#fffaf0")
    c.poly([(0.76, 0.98), (0.78, 0.72), (1.08, 0.72), (1.14, 0.98)], "#f7eedd")
    for step in range(4):
        c.arc(0.86 + step * 0.055, 0.83, 0.032, 180, 360, 0.006, "#3f5f86")
    c.line([(0.83, 0.832), (1.06, 0.832)], 0.006, "#3f5f86")
    for row in range(4):
        c.line([(0.5, 0.79 + row * 0.04), (0.7, 0.79 + row * 0.04)], 0.004, "#a9a08c")
    c.line([(1.08, 0.8), (1.22, 0.62)], 0.022, "#e5a83c")


def postbox(c):
    """Draw a postman's bicycle at a red letter box, on a lane between farms."""
    c.sun(1.2, 0.2, 0.06, "#fff4c4")
    c.ridge(0.52, 0.03, "#9cc08f")
    for x, y in ((0.18, 0.6), (1.3, 0.58), (1.12, 0.55)):
        house(c, x, y, 0.13, "#f2e6d0")
    c.ridge(0.62, 0.03, "#6fa368")
    c.poly([(0.3, 1.01), (0.72, 0.6), (0.77, 0.6), (1.2, 1.01)], "#e4d0a4")
    c.shadow(0.36, 0.9, 0.13)
    c.rect(0.345, 0.62, 0.03, 0.28, "#5c3b22")
    c.rect(0.25, 0.44, 0.22, 0.24, "#c8302c", 0.02)
    c.oval(0.36, 0.45, 0.11, 0.07, "#c8302c")
    c.rect(0.29, 0.49, 0.14, 0.022, "#3a0f10", 0.008)
    letter(c, 0.36, 0.4, 0.15)
    c.shadow(0.98, 0.9, 0.3)
    bicycle(c, 0.98, 0.9, 0.26, "#28618c")
    c.rect(1.02, 0.5, 0.18, 0.13, "#a87647", 0.02)
    for off in (0.04, 0.09, 0.13):
        letter(c, 1.03 + off, 0.5, 0.09)


def letter(c, x, y, size):
    """Draw an envelope around a place."""
    c.rect(x - size / 2, y - size * 0.33, size, size * 0.66, "#fffaf0", size * 0.03)
    c.line([(x - size * 0.46, y - size * 0.28), (x, y + size * 0.06), (x + size * 0.46,
                                                                       y - size * 0.28)],
           size * 0.03, "#b9a58a")
    c.oval(x, y + size * 0.08, size * 0.07, size * 0.07, "#c8302c")


def swimmers(c):
    """Draw two swimmers side by side in a wide bay."""
    c.sun(1.1, 0.26, 0.06, "#fff2c6")
    c.ridge(0.4, 0.05, "#7f9fa6")
    c.water(0.46, "#2c8cab", "#ffffff", 1.05)
    for x, y, cap, skin in ((0.52, 0.68, "#e4503c", "#8a5636"), (0.92, 0.8, "#f2b631", "#7a4a30")):
        for step in range(4):
            c.line([(x - 0.12 - step * 0.08, y + 0.04 + step * 0.012),
                    (x - 0.06 - step * 0.08, y + 0.035 + step * 0.012)], 0.012, "#d9f3f6", 0.7)
        c.line([(x - 0.2, y + 0.03), (x, y + 0.02)], 0.05, skin)
        c.line([(x - 0.05, y), (x + 0.06, y - 0.1), (x + 0.17, y + 0.005)], 0.032, skin)
        c.oval(x + 0.04, y + 0.002, 0.05, 0.048, skin)
        c.oval(x + 0.04, y - 0.02, 0.052, 0.034, cap)
        c.rect(x - 0.26, y + 0.03, 0.46, 0.06, "#2c8cab", 0.02, 0.8)


def boatyard(c):
    """Draw the ribs and planks of an unfinished boat on trestles, at night by a lamp."""
    c.stars(120, 0.5)
    c.ridge(0.66, 0.02, "#1f2350")
    c.rect(0, 0.84, WIDE, 0.2, "#3a2c3f")
    c.glow(1.18, 0.34, 0.3, "#ffcf7a")
    c.line([(1.18, 0.2), (1.18, 0.34)], 0.008, "#1a1626")
    c.oval(1.18, 0.36, 0.035, 0.045, "#fff0b8")
    c.shadow(0.7, 0.9, 0.5, 0.5)
    for x in (0.42, 0.98):
        for off in (-0.07, 0.07):
            c.line([(x, 0.76), (x + off, 0.93)], 0.022, "#5c4030")
    hull = [(0.16, 0.46), (0.3, 0.72), (0.5, 0.8), (0.9, 0.8), (1.1, 0.7), (1.24, 0.44)]
    c.poly(hull, "#6b4128")
    for row in range(3):
        c.line([(x + (0.7 - x) * 0.1 * row, y - 0.008 + row * 0.004) for x, y in hull[1:-1]], 0.012,
               mix("#b97a45", "#6b4128", row / 4))
    for each in range(9):
        x = 0.26 + each * 0.11
        c.line([(x, 0.5 - 0.04 * math.cos((x - 0.7) * 3)), (x + (0.7 - x) * 0.22, 0.76)], 0.018,
               "#d8a064")
    c.line([(0.14, 0.42), (0.5, 0.52), (0.9, 0.52), (1.26, 0.4)], 0.022, "#e2b278")


def runners(c):
    """Draw two people who run beside a river at sunrise."""
    c.sun(1.06, 0.4, 0.1, "#fff0bf")
    c.ridge(0.5, 0.03, "#b8604a")
    c.water(0.56, "#c97a5c", "#fff0c4", 1.06)
    c.poly([(-0.01, 0.82), (WIDE + 0.01, 0.7), (WIDE + 0.01, 1.01), (-0.01, 1.01)], "#6b3f48")
    for x, colour, skin in ((0.5, "#f2b631", "#6f432b"), (0.84, "#4aa0b5", "#d9a27d")):
        foot = 0.95 - (x - 0.5) * 0.08
        c.shadow(x, foot, 0.13)
        c.line([(x, foot - 0.24), (x + 0.09, foot - 0.14), (x + 0.05, foot - 0.01)], 0.038, skin)
        c.line([(x, foot - 0.24), (x - 0.06, foot - 0.12), (x - 0.16, foot - 0.14)], 0.036, skin)
        c.line([(x, foot - 0.23), (x + 0.03, foot - 0.4)], 0.085, colour)
        c.line([(x + 0.03, foot - 0.41), (x + 0.11, foot - 0.32), (x + 0.17, foot - 0.39)], 0.028,
               skin)
        c.line([(x + 0.03, foot - 0.41), (x - 0.06, foot - 0.34), (x - 0.09, foot - 0.26)], 0.028,
               skin)
        c.oval(x + 0.055, foot - 0.5, 0.045, 0.05, skin)
        c.oval(x + 0.045, foot - 0.53, 0.047, 0.032, "#2b1d18")


def seabirds(c):
    """Draw white seabirds over dark cliffs and a grey sea."""
    c.cloud(0.4, 0.2, 0.4, "#ffffff", 0.6)
    c.water(0.6, "#5a7f92", "#eef6f6", 0.5)
    c.poly([(0.98, 1.01), (0.94, 0.62), (1.05, 0.34), (1.2, 0.26), (1.51, 0.2), (1.51, 1.01)],
           "#3f444c")
    c.poly([(0.94, 0.62), (1.05, 0.34), (1.12, 0.5), (1.06, 1.01), (0.98, 1.01)], "#5c626a")
    for _ in range(16):
        x, y = c.rng.uniform(1.08, 1.45), c.rng.uniform(0.36, 0.85)
        c.oval(x, y, 0.018, 0.024, "#ffffff")
        c.oval(x, y - 0.022, 0.012, 0.012, "#22252b")
    for x, y, size in ((0.36, 0.42, 0.2), (0.72, 0.26, 0.15), (0.7, 0.56, 0.12), (0.16, 0.62, 0.1),
                       (0.88, 0.14, 0.08)):
        c.poly([(x - size, y - size * 0.3), (x - size * 0.1, y), (x + size * 0.06, y + size * 0.1),
                (x - size * 0.4, y - size * 0.02)], "#f7f8f6")
        c.poly([(x + size, y - size * 0.42), (x + size * 0.1, y), (x - size * 0.04, y + size * 0.1),
                (x + size * 0.44, y - size * 0.06)], "#e3e7e8")
        c.oval(x, y + size * 0.05, size * 0.22, size * 0.08, "#ffffff")
        c.poly([(x + size * 0.2, y + size * 0.02), (x + size * 0.32, y + size * 0.06),
                (x + size * 0.2, y + size * 0.09)], "#e9a13a")
