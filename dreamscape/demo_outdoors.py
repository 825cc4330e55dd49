"""Pictures of the demo's dreams in gardens, hills and snow, below a sky.

BACKGROUNDS has the sky of each: its colours above and at the horizon.
"""
from dreamscape.demo_canvas import WIDE, mix
from dreamscape.demo_journeys import house

BACKGROUNDS = {
    "hives": ("#6fb0c4", "#f6ecc2"), "bees": ("#7cc4dc", "#f8f0c0"),
    "telescope": ("#070b26", "#3b3f86"), "footpath": ("#7cc0d8", "#fdf1cc"),
    "doors": ("#f2b25e", "#fde7bd"), "bus_stop": ("#a9bcd9", "#f3eef5"),
    "snow": ("#8f9ac6", "#f5dfe3"), "kiln": ("#ef9650", "#ffe1a1"), "mast": ("#27335f", "#a9c0de"),
    "wall": ("#8cbfd0", "#f7efcf"), "workshop": ("#27405a", "#d99a66"),
    "radio": ("#080d2b", "#2c3a7c"), "cabin": ("#6f84b4", "#e6dcea"),
    "garden": ("#5b4a86", "#f7b98a")}


def hives(c):
    """Draw rows of painted beehives on a green bank, and bees."""
    c.sun(1.15, 0.22, 0.07, "#fff1b8")
    c.ridge(0.5, 0.03, "#8db99a")
    c.ridge(0.58, 0.04, "#5f9a68")
    colours = ["#e9b640", "#e07a4f", "#5d9ec2", "#f0e3c0", "#c0566b"]
    for row, (y, size) in enumerate(((0.62, 0.07), (0.74, 0.1), (0.92, 0.16))):
        c.ridge(y - size * 0.2, 0.012, mix("#4f8a4c", "#274a2c", row / 2), 1.2)
        for each in range(9 - row * 2):
            x = 0.1 + each * size * 2.1 + row * 0.04
            hive(c, x, y, size, colours[(each + row) % 5])
    for _ in range(16):
        bee(c, c.rng.uniform(0.1, 1.4), c.rng.uniform(0.3, 0.75), 0.012)


def hive(c, x, y, size, colour):
    """Draw a beehive of boxes under a roof."""
    c.shadow(x, y, size)
    for box in range(2):
        c.rect(x - size * 0.6, y - size * (0.75 + box * 0.7), size * 1.2, size * 0.68,
               mix(colour, "#ffffff", 0.12 * box), size * 0.05)
    c.poly([(x - size * 0.75, y - size * 1.42), (x - size * 0.6, y - size * 1.65),
            (x + size * 0.6, y - size * 1.65), (x + size * 0.75, y - size * 1.42)], "#6d5745")
    c.rect(x - size * 0.3, y - size * 0.22, size * 0.6, size * 0.08, "#2c2019", 0.003)


def bee(c, x, y, size):
    """Draw a bee."""
    c.oval(x - size * 0.2, y - size * 0.8, size * 0.7, size * 0.45, "#ffffff", 0.7)
    c.oval(x, y, size, size * 0.65, "#f2b631")
    for off in (-0.25, 0.3):
        c.rect(x + size * off, y - size * 0.6, size * 0.25, size * 1.2, "#2b2018", size * 0.1)


def bees(c):
    """Draw one hive close by, in flowers, with bees around it."""
    c.sun(0.3, 0.25, 0.07, "#fff1b8")
    c.ridge(0.55, 0.05, "#86b483")
    c.ridge(0.7, 0.03, "#5c9559")
    hive(c, 0.92, 0.9, 0.27, "#e9b640")
    for _ in range(70):
        x, y = c.rng.uniform(0, WIDE), c.rng.uniform(0.83, 1)
        c.line([(x, y + 0.06), (x, y)], 0.005, "#38703d")
        c.oval(x, y, 0.014, 0.014, c.rng.choice(["#f4a6c0", "#fff0b0", "#b48be0", "#ffffff"]))
    for size in (0.05, 0.036, 0.03, 0.025, 0.02, 0.02, 0.018):
        bee(c, c.rng.uniform(0.15, 1.3), c.rng.uniform(0.2, 0.68), size)


def telescope(c):
    """Draw a telescope on a hill, and people of a street under the Milky Way."""
    for step in range(9):
        c.glow(0.2 + step * 0.15, 0.62 - step * 0.07, 0.09, "#8d86d8", 0.35)
    c.stars(260, 0.8)
    c.oval(1.24, 0.2, 0.05, 0.05, "#f6e7b4")
    c.oval(1.24, 0.2, 0.1, 0.018, "#d9c48c", 0.7)
    c.ridge(0.8, 0.03, "#191d47")
    c.ridge(0.87, 0.02, "#0c0f2a")
    for end in (0.62, 0.86, 0.74):
        c.line([(0.74, 0.6), (end, 0.9)], 0.016, "#3d3a63")
    c.line([(0.6, 0.68), (0.98, 0.42)], 0.075, "#d8d4ec")
    c.line([(0.9, 0.475), (0.99, 0.413)], 0.1, "#f3efff")
    c.line([(0.55, 0.715), (0.6, 0.68)], 0.045, "#8a84b5")
    c.person(0.46, 0.92, 0.3, "#b0485d")
    c.person(1.08, 0.93, 0.27, "#43799c", "#8d5a3b", 0.5)
    c.person(1.2, 0.94, 0.2, "#d79a3d")


def footpath(c):
    """Draw somebody with a stick on a path between green hills, and a sign."""
    c.sun(1.1, 0.2, 0.06, "#fff4c4")
    for y, colour in ((0.42, "#a9c9a0"), (0.52, "#82b07c"), (0.64, "#5d9660")):
        c.ridge(y, 0.04, colour)
    path = [(0.62, 1.01), (0.6, 0.88), (0.78, 0.76), (0.7, 0.66), (0.8, 0.58), (0.78, 0.5)]
    widths = (0.14, 0.1, 0.07, 0.045, 0.028, 0.018)
    c.poly([(x - w, y) for (x, y), w in zip(path, widths, strict=True)]
           + [(x + w, y) for (x, y), w in reversed([*zip(path, widths, strict=True)])], "#ecd9ac")
    c.rect(1.08, 0.5, 0.022, 0.4, "#6b4a2f")
    for y, side in ((0.53, 1), (0.62, -1)):
        c.poly([(1.09 - 0.14 * side, y), (1.09 + 0.12 * side, y), (1.09 + 0.18 * side, y + 0.035),
                (1.09 + 0.12 * side, y + 0.07), (1.09 - 0.14 * side, y + 0.07)], "#c9975f")
    c.person(0.62, 0.9, 0.32, "#36648b", hair="#e4e2df")
    c.line([(0.71, 0.74), (0.74, 0.91)], 0.012, "#5c3b22")
    c.tree(0.2, 0.83, 0.34, "#2f6a44")
    c.tree(0.32, 0.87, 0.24, "#37764b")


def doors(c):
    """Draw blue and green doors with arches in a sunny lane of an old town."""
    c.sun(0.75, 0.16, 0.07, "#fff3c0")
    c.rect(0, 0.26, 0.6, 0.76, "#e0a878")
    c.rect(0.9, 0.22, 0.62, 0.8, "#d89a6c")
    c.rect(0.6, 0.36, 0.3, 0.66, "#c88a63")
    c.poly([(0.42, 1.01), (0.66, 0.72), (0.84, 0.72), (1.1, 1.01)], "#f0cf9c")
    for x, y, size, colour in ((0.12, 0.98, 0.17, "#2f6f9f"), (0.4, 0.92, 0.12, "#3f8f7a"),
                               (0.75, 0.74, 0.08, "#7b3b52"), (1.07, 0.93, 0.12, "#c05a3a"),
                               (1.32, 0.99, 0.17, "#28618c")):
        for wider, paint in ((1.28, "#f6e3bf"), (1, colour)):
            c.rect(x - size * wider / 2 + size * 0.1, y - size * 2.1, size * wider, size * 2.1,
                   paint)
            c.oval(x + size * 0.1, y - size * 2.1, size * wider / 2, size * wider * 0.62, paint)
        for row in range(5):
            for column in (-0.3, 0.1, 0.5):
                c.oval(x + size * column, y - size * (0.3 + row * 0.42), size * 0.035, size * 0.035,
                       "#f5d27a")


def bus_stop(c):
    """Draw a bus stop with large letters in snow, and a child beside her mother."""
    c.ridge(0.62, 0.03, "#c3cfe4")
    for x in (0.16, 0.28, 1.36):
        c.tree(x, 0.78, 0.3, "#5b7a8c")
    c.ridge(0.76, 0.012, "#eef1f8")
    c.rect(0.52, 0.3, 0.66, 0.05, "#2f5d8a", 0.012)
    for x in (0.55, 1.12):
        c.rect(x, 0.34, 0.026, 0.5, "#42566e")
    c.rect(0.6, 0.37, 0.5, 0.32, "#bcd7e6", 0.01, 0.6)
    c.rect(0.62, 0.7, 0.42, 0.035, "#a87647", 0.01)
    c.rect(1.262, 0.3, 0.02, 0.55, "#42566e")
    c.rect(1.17, 0.14, 0.21, 0.21, "#f2b631", 0.03)
    c.rect(1.2, 0.18, 0.15, 0.09, "#26364d", 0.02)
    for x in (1.225, 1.325):
        c.oval(x, 0.29, 0.02, 0.02, "#26364d")
    for row in range(3):
        c.rect(0.66, 0.42 + row * 0.08, 0.3 - row * 0.05, 0.035, "#28435f", 0.01)
    c.person(0.32, 0.92, 0.42, "#b24a5a", "#e0b08a")
    c.person(0.5, 0.93, 0.26, "#e5a83c", "#e0b08a", hair="#4a2d1c")
    snowfall(c)


def snowfall(c):
    """Draw falling snow."""
    for _ in range(110):
        size = c.rng.uniform(0.002, 0.007)
        c.oval(c.rng.uniform(0, WIDE), c.rng.uniform(0, 1), size, size, "#ffffff",
               c.rng.uniform(0.5, 0.95), 0)


def snow(c):
    """Draw a daughter and her father with raised arms in falling snow."""
    c.sun(1.1, 0.3, 0.06, "#fff1ee")
    c.ridge(0.58, 0.03, "#c9cfe6")
    for x, size in ((0.12, 0.4), (0.26, 0.3), (1.3, 0.44), (1.43, 0.32)):
        c.tree(x, 0.76, size, "#62809a")
        c.poly([(x - size * 0.1, 0.76 - size * 0.72), (x, 0.76 - size * 1.02),
                (x + size * 0.1, 0.76 - size * 0.72)], "#ffffff")
    c.ridge(0.74, 0.02, "#f4f5fb")
    c.person(0.66, 0.9, 0.4, "#c7503f", "#5f3a26", 1)
    c.person(0.9, 0.91, 0.43, "#3c6b8c", "#5f3a26", 0.9, "#cfcfd2")
    snowfall(c)


def kiln(c):
    """Draw a mirror that throws the sun's light on a kiln with pots in a desert."""
    c.sun(0.3, 0.2, 0.1, "#fff6d8")
    c.ridge(0.6, 0.05, "#d98850")
    c.ridge(0.72, 0.04, "#c46a3c")
    c.poly([(0.33, 0.22), (0.5, 0.62), (0.56, 0.58)], "#fff3c4", 0.45, 0)
    c.poly([(0.52, 0.6), (1.02, 0.66), (1.02, 0.76)], "#fff3c4", 0.6, 0)
    c.oval(0.46, 0.66, 0.07, 0.17, "#dcecf4")
    c.oval(0.475, 0.66, 0.05, 0.14, "#ffffff")
    c.line([(0.44, 0.82), (0.4, 0.93)], 0.02, "#5c3b22")
    c.line([(0.45, 0.82), (0.53, 0.93)], 0.02, "#5c3b22")
    c.shadow(1.14, 0.93, 0.26)
    c.rect(0.94, 0.66, 0.4, 0.27, "#a8512f", 0.02)
    c.oval(1.14, 0.67, 0.2, 0.16, "#b65c36")
    c.glow(1.12, 0.82, 0.12, "#ffc24d")
    c.oval(1.12, 0.84, 0.085, 0.1, "#ffdf8a")
    for x, colour in ((0.66, "#3f8f9a"), (0.78, "#e5c79a"), (0.88, "#8f3f34")):
        c.oval(x, 0.91, 0.05, 0.055, colour)
        c.rect(x - 0.022, 0.83, 0.044, 0.04, colour, 0.006)


def mast(c):
    """Draw a weather station with cups and a vane on a snowy ridge under stars."""
    c.stars(110, 0.5)
    c.peaks(0.66, 0.4, "#43568c", "#e9f0fa", 5)
    c.ridge(0.82, 0.03, "#dfe7f4")
    c.rect(0.74, 0.26, 0.022, 0.66, "#3a3f55")
    for end in (0.52, 0.98):
        c.line([(0.75, 0.45), (end, 0.92)], 0.005, "#3a3f55")
    c.rect(0.56, 0.3, 0.38, 0.014, "#3a3f55")
    for x in (0.52, 0.6, 0.56):
        c.oval(x, 0.285 - (x == 0.56) * 0.02, 0.026, 0.026, "#e9eef6")
    c.poly([(0.84, 0.27), (1.02, 0.285), (0.84, 0.31)], "#d4553a")
    c.rect(0.7, 0.46, 0.1, 0.15, "#f4f1ea", 0.01)
    c.poly([(0.82, 0.5), (0.97, 0.44), (0.97, 0.55), (0.82, 0.61)], "#2d4a86")
    c.glow(0.751, 0.25, 0.06, "#ff8066")
    c.oval(0.751, 0.25, 0.014, 0.014, "#ff5d48")


def wall(c):
    """Draw people who put a dry stone wall back up across green hills."""
    c.sun(0.25, 0.2, 0.05, "#fff4cf")
    c.ridge(0.44, 0.04, "#9fc193")
    c.ridge(0.56, 0.04, "#77a86e")
    c.ridge(0.74, 0.02, "#5f9457")
    for row in range(6):
        for each in range(26):
            x = each * 0.062 + (row % 2) * 0.03
            gap = 0.66 < x < 0.98 and row < 5 - abs(x - 0.82) * 22
            if not gap:
                c.rect(x, 0.6 + row * 0.047, 0.056, 0.042,
                       mix("#8f8a84", "#c9c3b8", c.rng.random()), 0.014)
    for _ in range(12):
        c.oval(c.rng.uniform(0.62, 1.04), c.rng.uniform(0.86, 0.94), 0.03, 0.02, "#a39d94")
    c.person(0.62, 0.95, 0.36, "#b0483f", arms=0.1, hair="#dad7d2")
    c.person(0.98, 0.96, 0.34, "#386a8c", arms=0.5)
    c.person(1.22, 0.97, 0.36, "#d49a3a", "#7a4a30", 0.3)


def workshop(c):
    """Draw a workshop with its door open in the evening, a bench and tools in warm light."""
    c.ridge(0.6, 0.06, "#2c4a44")
    for x in (0.08, 0.2, 1.34, 1.45):
        c.tree(x, 0.86, 0.5, "#1d3a33")
    c.rect(0, 0.84, WIDE, 0.2, "#3d3a34")
    c.rect(0.3, 0.36, 0.9, 0.5, "#7a4630")
    c.poly([(0.22, 0.38), (0.75, 0.1), (1.28, 0.38)], "#40262a")
    c.glow(0.75, 0.64, 0.36, "#ffcf7a", 0.6)
    c.rect(0.5, 0.44, 0.5, 0.42, "#ffd98c")
    c.rect(0.37, 0.44, 0.12, 0.42, "#9a5c3a")
    c.rect(1.01, 0.44, 0.12, 0.42, "#9a5c3a")
    c.poly([(0.5, 0.86), (1, 0.86), (1.16, 1.01), (0.34, 1.01)], "#ffd98c", 0.4)
    c.rect(0.55, 0.7, 0.4, 0.03, "#6b4128")
    for x in (0.58, 0.9):
        c.rect(x, 0.72, 0.025, 0.14, "#6b4128")
    for each, x in enumerate((0.58, 0.66, 0.74, 0.82, 0.9)):
        c.line([(x, 0.5), (x, 0.57)], 0.012, "#8f5a34")
        c.rect(x - 0.02, 0.56, 0.04, 0.03 + 0.02 * (each % 2), "#5d6a78", 0.005)
    c.person(0.76, 0.87, 0.34, "#3f6f8c")


def radio(c):
    """Draw a radio mast that sends at night above a town with a few lit windows."""
    c.stars(150, 0.6)
    c.oval(0.3, 0.22, 0.06, 0.06, "#f4ecc8")
    c.oval(0.325, 0.205, 0.055, 0.055, "#0d1233")
    c.ridge(0.66, 0.04, "#171d4a")
    for end in (0.9, 1.14):
        c.line([(1.02, 0.18), (end, 0.76)], 0.012, "#b9bfdc")
    for row in range(6):
        y, half = 0.3 + row * 0.08, 0.025 + row * 0.0165
        c.line([(1.02 - half, y), (1.02 + half, y + 0.07)], 0.006, "#8f97bd")
        c.line([(1.02 + half, y), (1.02 - half, y + 0.07)], 0.006, "#8f97bd")
    for radius in (0.1, 0.18, 0.26):
        for start in (-40, 140):
            c.arc(1.02, 0.18, radius, start, start + 80, 0.009, mix("#ffb86b", "#2c3a7c",
                                                                    radius * 2.4))
    c.glow(1.02, 0.18, 0.08, "#ff9a5c")
    c.oval(1.02, 0.18, 0.018, 0.018, "#ffd0a0")
    c.rect(0, 0.88, WIDE, 0.14, "#0a0d24")
    for each in range(11):
        house(c, 0.07 + each * 0.137, 0.93, 0.13, "#1c2046", each in (2, 5, 9))


def cabin(c):
    """Draw a cabin with a lit window and smoke, deep in snow."""
    c.sun(0.3, 0.24, 0.05, "#fff4f0")
    c.peaks(0.58, 0.3, "#8f9fc4", "#ffffff", 5)
    for x, size in ((0.16, 0.46), (0.34, 0.36), (1.18, 0.4), (1.36, 0.52)):
        c.tree(x, 0.78, size, "#4d6b78")
    c.ridge(0.76, 0.03, "#f2f4fb")
    for step in range(7):
        c.oval(0.93 + step * 0.012 * step, 0.36 - step * 0.045, 0.024 + step * 0.008,
               0.022 + step * 0.007, "#ffffff", 0.6, 0)
    c.rect(0.9, 0.38, 0.06, 0.14, "#5a4038")
    c.glow(0.72, 0.7, 0.2, "#ffd27a", 0.7)
    c.rect(0.52, 0.58, 0.46, 0.26, "#7a4a34")
    for row in range(5):
        c.rect(0.52, 0.6 + row * 0.05, 0.46, 0.006, "#52301f")
    c.poly([(0.44, 0.6), (0.75, 0.38), (1.06, 0.6)], "#ffffff")
    c.rect(0.6, 0.65, 0.12, 0.1, "#ffe39a")
    c.rect(0.83, 0.66, 0.09, 0.18, "#4a2c1e")
    c.ridge(0.88, 0.03, "#ffffff")


def garden(c):
    """Draw a bed under the moon that grows into a garden at sunrise."""
    c.sun(1.2, 0.42, 0.09, "#ffe0a8")
    c.oval(0.22, 0.18, 0.05, 0.05, "#f6ecd0")
    c.oval(0.245, 0.165, 0.046, 0.046, "#634f88")
    c.stars(40, 0.3)
    c.ridge(0.56, 0.03, "#6a5580")
    c.ridge(0.68, 0.02, "#4f7a58")
    for row in range(5):
        y = 0.72 + row * 0.065
        c.line([(0.78 - row * 0.02, y), (WIDE, y)], 0.02 + row * 0.005, "#5d3f34")
        for each in range(9):
            x = 0.8 + each * 0.085
            c.line([(x, y), (x, y - 0.045)], 0.006, "#3f7d45")
            c.oval(x, y - 0.05, 0.022, 0.018, ("#7fbf62", "#e0604a", "#f0b545")[(each + row) % 3])
    c.shadow(0.42, 0.93, 0.36)
    c.rect(0.1, 0.5, 0.035, 0.42, "#7a4a34", 0.01)
    c.rect(0.7, 0.64, 0.03, 0.28, "#7a4a34", 0.01)
    c.rect(0.11, 0.74, 0.6, 0.12, "#f4efe6", 0.03)
    c.rect(0.3, 0.69, 0.41, 0.16, "#7a86c8", 0.04)
    c.oval(0.21, 0.71, 0.085, 0.045, "#ffffff")
    c.oval(0.25, 0.69, 0.04, 0.04, "#b97f5c")
    c.oval(0.235, 0.675, 0.04, 0.028, "#3a261c")
