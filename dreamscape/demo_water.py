"""Pictures of the demo's dreams on the water and beside it; SKIES has the sky of each."""
import math

from dreamscape.demo_canvas import WIDE, mix
from dreamscape.demo_nature import (
    cloud,
    grass,
    house,
    mist,
    peak,
    ridge,
    shade_below,
    streaks,
    sun,
    swell,
    water,
)
from dreamscape.demo_people import figure, person

SKIES = {
    "lighthouse": ("#22406b", "#7a7fa6", "#e99b88", "#f7bd92"),
    "funicular": ("#3f8fb8", "#a8d3d2", "#fbe6bd"), "pool": ("#1fa3bf", "#2bb6cb"),
    "cloud": ("#2f79b5", "#7fb8d9", "#e6f1ee"), "swimmers": ("#3d8fa8", "#a6d3cb", "#fde7b5"),
    "boatyard": ("#1d2140", "#3b3358", "#5a4560"),
    "runners": ("#d9624f", "#ee8a5c", "#f6b777", "#fbd090"),
    "seabirds": ("#7f9db0", "#b9cdd2", "#f0e6d6")}


def lighthouse(c):
    """A rowing boat on its way to a lighthouse at dawn."""
    streaks(c, 0.3, 0.16, "#ffc9a3", 9)
    sun(c, 0.62, 0.55, 0.05, "#ffcf8f")
    ridge(c, 0.565, 0.018, c.far("#4d5f86", 0.45), c.sky[-1])
    c.soft([(1.17, 0.2), (-0.1, 0.02), (-0.1, 0.3)], "#fff0b8", 0.4, 0.02)
    c.blob([(0.92, 0.63), (0.99, 0.585), (1.08, 0.56), (1.2, 0.53), (1.33, 0.56), (1.44, 0.6),
            (1.53, 0.63)], "#37354f", rim=0.01)
    for each, x in enumerate((1.02, 1.4)):
        house(c, x, 0.6, 0.09 + 0.02 * each, "#efe4d4", "#ffdf94", "#8f3f38")
    tower(c, 1.2, 0.16, 0.55)
    water(c, 0.6, "#3f6587", "#182c4d", 0.42)
    mist(c, 0.61, "#ffd9b3", 0.55, 0.025)
    rower(c, 0.46, 0.83)
    swell(c, 0.85, "#122341", 26)
    shade_below(c, 0.98, 0.5)


def tower(c, x, top, foot):
    """Draw a lighthouse with red bands and its lamp lit."""
    def half(y):
        """Return half the width of the tower at a height."""
        return 0.036 + 0.022 * (y - top) / (foot - top)

    for band in range(6):
        up, down = (top + 0.06 + (foot - top - 0.06) * step / 6 for step in (band, band + 1))
        c.poly([(x - half(up), up), (x + half(up), up), (x + half(down), down),
                (x - half(down), down)], ("#f6ead9", "#c8453d")[band % 2], shade=0.42)
    c.rect(x - 0.055, top + 0.05, 0.11, 0.014, "#2b2a40")
    c.glow(x, top + 0.025, 0.13, "#ffe7a0")
    c.rect(x - 0.026, top, 0.052, 0.052, "#fff4c4", shade=0)
    for off in (-0.026, 0, 0.022):
        c.rect(x + off, top, 0.004, 0.052, "#2b2a40")
    c.poly([(x - 0.042, top), (x, top - 0.05), (x + 0.042, top)], "#8f2c2c")


def rower(c, x, y):
    """Draw somebody who rows a boat to the right, with the mirror image of both."""
    c.soft([(x - 0.27, y + 0.03), (x + 0.3, y + 0.03), (x + 0.2, y + 0.1), (x - 0.2, y + 0.1)],
           "#0f1f3d", 0.6, 0.018)
    c.line([(x + 0.05, y - 0.055), (x + 0.28, y + 0.075)], 0.011, "#a8794a")
    figure(c, x - 0.02, y - 0.005, 0.34, "#d9573f", look="beanie", legs=((88, 76), (88, 76)),
           arms=((68, 80), (62, 84)), lean=-14, side=-1)
    hull = [(x - 0.29, y - 0.05), (x - 0.14, y - 0.012), (x + 0.08, y - 0.012),
            (x + 0.33, y - 0.075), (x + 0.26, y + 0.025), (x + 0.1, y + 0.06),
            (x - 0.16, y + 0.06), (x - 0.26, y + 0.02)]
    c.blob(hull, "#7d4429", shade=0.5)
    for down, tone in ((0.0, "#e8b77c"), (0.022, "#5c2f1f")):
        c.line(curve_of(x, y + down), 0.01 - down * 0.2, tone)
    c.line([(x + 0.08, y - 0.04), (x - 0.1, y + 0.03), (x - 0.25, y + 0.1)], 0.012, "#d9a86a")
    c.oval(x - 0.27, y + 0.108, 0.045, 0.012, "#e8bd84")
    for each in range(4):
        c.arc(x - 0.28, y + 0.112, 0.04 + each * 0.025, 10, 170, 0.003, "#ffe0b4", 0.5, 0.25)


def curve_of(x, y):
    """Return the line of a boat's side."""
    return [(x - 0.28, y - 0.045), (x - 0.14, y - 0.012), (x + 0.08, y - 0.012),
            (x + 0.22, y - 0.042), (x + 0.325, y - 0.074)]


def funicular(c):
    """A funicular on a steep hill of painted houses above the sea."""
    sun(c, 0.24, 0.26, 0.055, "#fff0c0")
    cloud(c, 0.72, 0.24, 0.16, "#fffaf0", 0.9)
    ridge(c, 0.53, 0.02, c.far("#5f93a6", 0.4))
    water(c, 0.58, "#4b9dbb", "#22607f", 0.2)
    for x, y in ((0.16, 0.63), (0.4, 0.61)):
        c.poly([(x - 0.05, y), (x + 0.06, y), (x + 0.04, y + 0.018), (x - 0.04, y + 0.018)],
               "#3a4a5c")
        c.rect(x - 0.02, y - 0.022, 0.04, 0.022, "#f4ece0")
    c.poly([(0.3, 1.01), (0.62, 0.78), (0.98, 0.42), (1.3, 0.17), (1.51, 0.1), (1.51, 1.01)],
           "#5d6f58", shade=0.5)
    colours = ["#e4633f", "#f0b545", "#4f9fb8", "#d9789a", "#f2e6d0", "#6aa56d", "#8d7bb8"]
    for row in range(7):
        for each in range(9):
            x = 0.5 + each * 0.13 + (row % 2) * 0.06 + c.rng.uniform(-0.015, 0.015)
            y = 0.36 + row * 0.115 + c.rng.uniform(-0.012, 0.012)
            rail = 0.42 + (1.01 - y) * 0.98
            if rail - 0.09 < x < rail + 0.13 or y < 1.02 - (x - 0.36) * 0.86:
                continue
            house(c, x, y, 0.105 + row * 0.007, c.rng.choice(colours))
    track(c)


def track(c):
    """Draw the rails of a funicular and its red car."""
    c.line([(0.36, 1.06), (1.3, 0.1)], 0.1, "#463c40")
    for step in range(34):
        x, y = 0.4 + step * 0.0275, 1.02 - step * 0.0281
        c.line([(x - 0.028, y - 0.028), (x + 0.028, y + 0.028)], 0.008, "#7d6a5c")
    for off in (-0.022, 0.022):
        c.line([(0.36 + off, 1.06 + off), (1.3 + off, 0.1 + off)], 0.007, "#e3d4c0")
    c.soft([(0.76, 0.72), (1.0, 0.5), (1.05, 0.56), (0.82, 0.78)], "#1d1a26", 0.6, 0.01)
    c.poly([(0.73, 0.7), (0.98, 0.445), (0.98, 0.25), (0.73, 0.49)], "#c8372f", shade=0.4,
           rim=0.006)
    c.poly([(0.71, 0.505), (0.995, 0.23), (0.985, 0.2), (0.7, 0.475)], "#f2dfb8")
    for x in (0.752, 0.828, 0.904):
        y = 0.7 - (x - 0.73) * 1.02
        c.poly([(x, y - 0.085), (x + 0.056, y - 0.142), (x + 0.056, y - 0.235), (x, y - 0.178)],
               "#ffefc2", shade=0.2)
    c.poly([(0.73, 0.655), (0.98, 0.4), (0.98, 0.385), (0.73, 0.64)], "#f2c14a")


def pool(c):
    """People who float on their backs, seen from above a pool."""
    c.light, c.warm = (0.3, -0.3), "#d9fff4"
    for _ in range(150):
        x, y, size = c.rng.uniform(0, WIDE), c.rng.uniform(0, 1), c.rng.uniform(0.03, 0.07)
        start = c.rng.uniform(0, 360)
        c.arc(x, y, size, start, start + c.rng.uniform(60, 130), 0.005, "#a5eef0",
              c.rng.uniform(0.2, 0.55), 0.7)
    for x in (0.44, 1.0):
        c.rect(x - 0.012, 0.1, 0.024, 0.92, "#12708c", 0, 0.5)
    for x in (0.72, 1.28):
        for each in range(28):
            c.oval(x + 0.004 * math.sin(each), 0.12 + each * 0.034, 0.013, 0.014,
                   "#e9543f" if each // 3 % 2 else "#fff6ea")
    floater(c, 0.4, 0.56, 0.56, -18, "#e3633e", "#8a5636", "#1d1620")
    floater(c, 1.0, 0.42, 0.5, 24, "#f2b631", "#d9a27d", "#cfcbd0")
    floater(c, 1.06, 0.87, 0.46, 160, "#6d4ba0", "#6f432b", "#1d1620")
    lifebuoy(c, 0.16, 0.29)
    c.rect(-0.02, -0.02, 1.54, 0.13, "#f3e6cf", shade=0.2)
    c.soft([(-0.1, 0.11), (1.6, 0.11), (1.6, 0.14), (-0.1, 0.14)], "#0c5a74", 0.7, 0.008)
    for each in range(26):
        c.rect(each * 0.06, 0.075, 0.055, 0.032, ("#2f86a3", "#63b4c4")[each % 2], 0.004)
    c.rect(1.16, 0, 0.2, 0.06, "#e9785a", 0.004)
    c.rect(0.5, 0.012, 0.12, 0.034, "#f2b631", 0.016)
    c.rect(0.66, 0.012, 0.12, 0.034, "#f2b631", 0.016)


def lifebuoy(c, x, y):
    """Draw a lifebuoy on the water."""
    c.soft([(x + 0.02, y - 0.06), (x + 0.16, y + 0.03), (x + 0.1, y + 0.14), (x - 0.06, y + 0.1)],
           "#0c5a74", 0.6, 0.02)
    c.arc(x, y, 0.085, 0, 360, 0.05, "#fff6ea")
    for start in range(20, 380, 90):
        c.arc(x, y, 0.085, start, start + 40, 0.051, "#e5533d")


def floater(c, x, y, height, turn, suit, skin, hair):
    """Draw somebody on their back with arms and legs apart, and their shadow on the ground."""
    angle = math.radians(turn)

    def at(across, down):
        """Return where a point of the body lies."""
        return (x + (across * math.cos(angle) - down * math.sin(angle)) * height,
                y + (across * math.sin(angle) + down * math.cos(angle)) * height)

    body = [at(0, -0.42), at(-0.42, -0.36), at(-0.1, -0.1), at(-0.2, 0.44), at(0.0, 0.1),
            at(0.2, 0.44), at(0.1, -0.1), at(0.42, -0.36)]
    c.soft([(px + 0.045, py + 0.075) for px, py in body], "#0b5d78", 0.65, 0.018)
    for side in (-1, 1):
        c.line([at(side * 0.1, -0.2), at(side * 0.25, -0.24), at(side * 0.4, -0.35)],
               height * 0.068, skin, end=height * 0.04, rim=0.004)
        c.line([at(side * 0.055, 0.08), at(side * 0.1, 0.27), at(side * 0.17, 0.45)],
               height * 0.092, skin, end=height * 0.048, rim=0.004)
    c.blob([at(-0.13, -0.22), at(0, -0.25), at(0.13, -0.22), at(0.1, -0.05), at(0.12, 0.1),
            at(0, 0.14), at(-0.12, 0.1), at(-0.1, -0.05)], suit, rim=0.005)
    c.oval(*at(0, -0.37), height * 0.085, height * 0.085, hair)
    c.oval(*at(0, -0.335), height * 0.066, height * 0.07, skin, shade=0.2)
    for side in (-1, 1):
        c.line([at(side * 0.018, -0.345), at(side * 0.042, -0.345)], height * 0.009, "#2a1a18")
    c.line([at(-0.02, -0.3), at(0, -0.294), at(0.02, -0.3)], height * 0.009, "#8f3a3a")
    for each in range(3):
        c.arc(x, y - height * 0.05, height * (0.5 + each * 0.07), turn + 20, turn + 75, 0.004,
              "#d4fbf7", 0.5)


def cloud_day(c):
    """Draw a large lit cloud above a shore."""
    sun(c, 1.3, 0.12, 0.04, "#fff6dc", 0.6)
    cloud(c, 0.22, 0.5, 0.26, "#f4f1ea", 0.8)
    cloud(c, 1.3, 0.47, 0.2, "#f4f1ea", 0.7)
    cloud(c, 0.72, 0.46, 0.5, "#fdf9f0", shade=0.34)


def draw_cloud(c):
    """One large cloud above a shore, and a notebook in which it is painted."""
    cloud_day(c)
    ridge(c, 0.57, 0.012, c.far("#6a94a3", 0.35))
    water(c, 0.59, "#5fa3bf", "#3b7f9f", 0.3)
    c.rect(-0.01, 0.74, 1.52, 0.3, "#a9764a", shade=0.2)
    for row in range(4):
        c.line([(-0.02, 0.77 + row * 0.07), (1.52, 0.765 + row * 0.075)], 0.004, "#7c5130")
    c.soft([(0.36, 0.74), (1.02, 0.74), (1.18, 1.05), (0.3, 1.05)], "#3b2418", 0.6, 0.02)
    c.poly([(0.42, 0.66), (0.69, 0.67), (0.68, 0.97), (0.33, 0.955)], "#fffaf0", shade=0.15)
    c.poly([(0.69, 0.67), (0.98, 0.66), (1.07, 0.955), (0.68, 0.97)], "#f5ecda", shade=0.15)
    for each in range(5):
        c.line([(0.33 - each * 0.002, 0.957 + each * 0.006), (0.68, 0.972 + each * 0.006),
                (1.07 + each * 0.002, 0.957 + each * 0.006)], 0.004,
                    ("#d9c9ac", "#fff6e4")[each % 2])
    c.blob([(0.73, 0.71), (0.96, 0.7), (1.01, 0.89), (0.72, 0.9)], "#6db0d4", 0.85, 0.2)
    cloud(c, 0.865, 0.84, 0.1, "#fffdf6", shade=0.3)
    for row in range(5):
        c.line([(0.44 - row * 0.012, 0.72 + row * 0.045),
                (0.62 - (row == 4) * 0.1, 0.726 + row * 0.045)], 0.004, "#8f8674")
    paints(c)


def paints(c):
    """Draw a box of paints with a brush and a glass of water."""
    c.rect(1.14, 0.8, 0.3, 0.13, "#2c3340", 0.015, rim=0.004)
    for each, colour in enumerate(("#3f86c9", "#7fb8d9", "#e0a03a", "#c8502f", "#f2efe6",
                                   "#5a6b86", "#8f5f8a", "#4f8f6a")):
        c.rect(1.16 + each % 4 * 0.066, 0.816 + each // 4 * 0.052, 0.054, 0.04, colour, 0.008)
    c.line([(0.93, 0.83), (1.2, 0.58)], 0.012, "#c8433a", end=0.016)
    c.line([(0.9, 0.858), (0.932, 0.828)], 0.004, "#3f6f9f", end=0.02)
    c.rect(0.13, 0.66, 0.13, 0.2, "#bfe0ea", 0.02, 0.55, rim=0.006)
    c.rect(0.138, 0.73, 0.114, 0.124, "#5f9fc6", 0.02, 0.7)
    for x, end in ((0.2, 0.24), (0.18, 0.12)):
        c.line([(x, 0.82), (end, 0.5)], 0.01, "#8f5a34")


def swimmers(c):
    """Two swimmers side by side in a wide bay."""
    streaks(c, 0.22, 0.1, "#fff3d6", 7)
    sun(c, 1.12, 0.3, 0.05, "#ffefb8")
    for x, top, colour in ((0.32, 0.2, 0.62), (0.02, 0.14, 0.4)):
        peak(c, x, top, 0.46, c.far("#4f7f80", colour), foot=c.sky[-1], steep=1.6)
    ridge(c, 0.42, 0.025, c.far("#3f7670", 0.25), c.far("#3f7670", 0.5), 3)
    water(c, 0.455, "#3399a6", "#0b4a66", 0.3, 110)
    for x, y, size, cap, skin in ((0.62, 0.6, 0.62, "#e4503c", "#8a5636"),
                                  (0.86, 0.8, 0.9, "#f2b631", "#7a4a30")):
        swimmer(c, x, y, size, cap, skin)
    swell(c, 0.6, "#0a3f59", 46)


def swimmer(c, x, y, size, cap, skin):
    """Draw somebody who swims the crawl to the right, half under water."""
    def at(across, down):
        """Return where a point of the body lies."""
        return x + across * size, y + down * size

    for _ in range(16):
        far = c.rng.random()
        c.oval(*at(-0.42 - far * 0.34 + c.rng.uniform(-0.03, 0.03), 0.03 + c.rng.gauss(0, 0.02)),
               size * 0.02 * (1 - far * 0.6), size * 0.009, "#eafcf8", 0.8, 0)
    c.blob([at(0.0, -0.005), at(-0.16, 0.0), at(-0.42, 0.035), at(-0.42, 0.06), at(-0.16, 0.085),
            at(0.02, 0.06)], mix(skin, "#1f7f92", 0.35), 0.9)
    c.blob([at(0.02, -0.02), at(-0.1, -0.026), at(-0.24, 0.012), at(-0.2, 0.05), at(0.0, 0.045)],
           mix(cap, "#203a5c", 0.35), rim=0.005)
    c.line([at(-0.03, 0.0), at(0.04, -0.14), at(0.2, 0.0)], size * 0.056, skin, end=size * 0.036,
           rim=0.005)
    c.oval(*at(0.085, 0.0), size * 0.06, size * 0.058, skin, rim=0.004)
    c.blob([at(0.02, 0.0), at(0.03, -0.055), at(0.1, -0.068), at(0.146, -0.02), at(0.09, -0.012)],
           cap, rim=0.005)
    c.line([at(0.1, 0.0), at(0.142, -0.004)], size * 0.02, "#16283a")
    c.blob([at(-0.5, 0.06), at(-0.3, 0.042), at(-0.06, 0.045), at(0.1, 0.05), at(0.3, 0.035),
            at(0.4, 0.075), at(0.1, 0.12), at(-0.3, 0.12)], "#1d7f93", 0.85, 0.15)
    for across, tall in ((0.19, 0.05), (0.22, 0.075), (0.25, 0.04), (0.16, 0.03)):
        c.line([at(across, 0.03), at(across + 0.03, 0.03 - tall)], size * 0.014, "#f2fffb", 0.85,
               0, end=size * 0.005)
    for each in range(3):
        c.arc(*at(-0.02, 0.08), size * (0.32 + each * 0.07), 20, 160, 0.004, "#c4f1ec", 0.5, 0.22)


def boatyard(c):
    """An unfinished boat in a shed at night: planks below, bare ribs above, one lamp."""
    c.light, c.warm = (0.98, 0.12), "#ffd694"
    for each in range(12):
        c.rect(each * 0.13, -0.01, 0.122, 0.82, mix("#4a3a4c", "#352c46", c.rng.random()))
    c.rect(0.1, 0.14, 0.3, 0.3, "#131a3f", shade=0)
    stars_in(c, 0.1, 0.14, 0.3)
    for x in (0.09, 0.245, 0.39):
        c.rect(x, 0.13, 0.016, 0.32, "#6b4a3c")
    for y in (0.125, 0.285, 0.435):
        c.rect(0.09, y, 0.316, 0.016, "#6b4a3c")
    c.glow(0.98, 0.2, 0.42, "#ffb75a", 0.75)
    c.rect(-0.01, 0.8, 1.52, 0.22, "#5a4038", shade=0.4)
    c.line([(0.98, -0.01), (0.98, 0.12)], 0.006, "#17131f")
    c.poly([(0.9, 0.19), (0.96, 0.115), (1.0, 0.115), (1.06, 0.19)], "#2f5d5a")
    c.oval(0.98, 0.195, 0.036, 0.02, "#fff6d0", shade=0)
    hull(c)
    person(c, 0.3, 0.95, 0.5, "#2f6f8f", "#e8bd96", "#d9a85c", "bun", arms=((82, 96), (-10, 10)),
           side=1)
    for _ in range(26):
        x, y = c.rng.uniform(0.45, 1.3), c.rng.uniform(0.9, 0.99)
        c.arc(x, y, 0.014, c.rng.uniform(0, 200), 300, 0.005, "#f0c890", 0.9, 0.6)


def stars_in(c, x, y, size):
    """Draw stars in a window."""
    for _ in range(16):
        c.oval(x + c.rng.uniform(0.02, size), y + c.rng.uniform(0.02, size), 0.002, 0.002,
               "#fff6dd", 1, 0)


def hull(c):
    """Draw the hull of a wooden boat on trestles."""
    c.shadow(0.86, 0.9, 0.5, 0.8)
    for x in (0.62, 1.12):
        c.line([(x - 0.1, 0.78), (x + 0.1, 0.78)], 0.03, "#7d5638")
        for off in (-0.08, 0.08):
            c.line([(x + off * 0.6, 0.78), (x + off, 0.92)], 0.02, "#5f4030")
    for each in range(12):
        x = 0.5 + each * 0.068
        lean = (x - 0.88) * 0.16
        top = 0.4 - 0.22 * (x - 0.88) ** 2
        c.line([(x, 0.72), (x + lean, top)], 0.017, "#d9a064", rim=0.003)
    c.line([(x / 20, 0.385 - 0.2 * (x / 20 - 0.88) ** 2 - 0.25 * max(0, x / 20 - 1.2))
            for x in range(9, 29)], 0.012, "#e6b476")
    for strake in range(7):
        low, high = strake / 7, (strake + 1) / 7
        c.poly([(hull_x(t, low), hull_y(t, low)) for t in range(11)]
               + [(hull_x(t, high), hull_y(t, high)) for t in range(10, -1, -1)],
               ("#b5713f", "#8f5431")[strake % 2], shade=0.4, rim=0.003)
    c.line([(hull_x(10, 0) - 0.03, 0.77), (hull_x(10, 0.5), hull_y(10, 0.5)), (1.43, 0.3)], 0.03,
           "#8f5a36", rim=0.005)
    c.line([(0.58, 0.785), (1.22, 0.785)], 0.03, "#6b4128")


def hull_x(step, up):
    """Return how far right the hull is, at one of eleven steps and a share of height."""
    return 0.49 + 0.09 * (1 - up) + (0.88 - 0.14 * (1 - up)) * step / 10


def hull_y(step, up):
    """Return how far down a plank of the hull is."""
    return 0.78 - 0.28 * up - 0.14 * up * abs(step / 10 - 0.45) ** 1.8


def runners(c):
    """Two people who run beside a river at sunrise and talk."""
    streaks(c, 0.24, 0.12, "#ffe7b8", 8)
    sun(c, 1.1, 0.42, 0.085, "#ffe9a8")
    ridge(c, 0.5, 0.03, c.far("#a8504c", 0.5), c.sky[-1])
    ridge(c, 0.54, 0.02, c.far("#8f4048", 0.25), c.far("#8f4048", 0.5))
    for x in (0, 0.28, 0.56, 0.84):
        c.arc(x, 0.62, 0.125, 180, 360, 0.03, "#94495a", 1, 0.6)
    c.poly([(-0.02, 0.5), (0.8, 0.5), (1.0, 0.56), (1.0, 0.6), (0.8, 0.54), (-0.02, 0.54)],
           "#94495a")
    water(c, 0.6, "#e0925f", "#a3524c", 0.3, 90)
    c.poly([(-0.01, 0.8), (WIDE + 0.01, 0.71), (WIDE + 0.01, 1.01), (-0.01, 1.01)], "#8a4550",
           foot="#4a2438")
    for x, y, coat, skin, look in ((0.52, 0.93, "#f2b631", "#6f432b", "tail"),
                                   (0.83, 0.9, "#3f9aa8", "#d9a27d", "tail")):
        c.soft([(x - 0.02, y), (x + 0.03, y), (x - 0.42, y + 0.09), (x - 0.5, y + 0.07)],
               "#2a1230", 0.6, 0.008)
        figure(c, x, y - 0.24, 0.5, coat, skin, "#24161a", look, side=1, lean=9,
               arms=((-40, 58), (46, 130)) if x < 0.7 else ((44, 128), (-42, 60)),
               legs=((38, -12), (-16, -72)) if x < 0.7 else ((-18, -66), (40, -6)),
               trousers="#3a2146", coat_length=0.02)
    grass(c, 1.0, 0.16, "#54293a", 90)


def seabirds(c):
    """Two people who listen at the end of a pier, gulls above and birds on a cliff."""
    sun(c, 0.4, 0.3, 0.05, "#fff6e0", 0.6)
    cloud(c, 0.2, 0.38, 0.3, "#eef1ee", 0.7)
    ridge(c, 0.56, 0.015, c.far("#6f8894", 0.5))
    cliff(c)
    water(c, 0.6, "#6f95a3", "#2f5263", 0.36)
    swell(c, 0.64, "#2a4d5f", 40)
    c.rect(-0.02, 0.77, 0.86, 0.035, "#6f5140", rim=0.004)
    for x in (0.06, 0.3, 0.54, 0.78):
        c.rect(x, 0.8, 0.03, 0.22, "#4a3730")
    for x, coat, hair, look in ((0.5, "#2f4f6b", "#e4e1dc", "cap"), (0.68, "#d98a2c", "#201618",
                                                                     "tail")):
        figure(c, x, 0.765, 0.42, coat, "#c58a5f", hair, look, legs=((78, 6), (72, 2)), lean=4,
               arms=((30, 60), (20, 70)), side=1)
    for x, y, size, tilt in ((0.66, 0.24, 0.24, 8), (0.25, 0.15, 0.15, -10), (1.0, 0.4, 0.12, 14),
                             (0.98, 0.1, 0.1, -4), (0.3, 0.5, 0.09, 5)):
        gull(c, x, y, size, tilt)


def cliff(c):
    """Draw a cliff with birds on its ledges."""
    c.poly([(1.1, 0.66), (1.13, 0.5), (1.19, 0.42), (1.2, 0.3), (1.28, 0.25), (1.32, 0.16),
            (1.51, 0.1), (1.51, 0.66)], "#4d535c", shade=0.5, rim=0.012)
    for each in range(5):
        y = 0.24 + each * 0.08
        left = 1.34 - each * 0.045
        c.line([(left, y), (1.51, y + 0.02)], 0.012, "#767a80")
        for x in range(4):
            at = left + 0.03 + x * 0.045
            c.oval(at, y - 0.016, 0.012, 0.019, "#fbfaf4", shade=0.1)
            c.oval(at - 0.003, y - 0.036, 0.009, 0.01, "#23262c", shade=0)
    c.blob([(1.3, 0.17), (1.4, 0.09), (1.55, 0.06), (1.55, 0.14), (1.4, 0.15)], "#7d8f5f")


def gull(c, x, y, size, tilt):
    """Draw a gull that glides."""
    turn = math.radians(tilt)

    def at(across, down):
        """Return where a point of the bird lies."""
        return (x + (across * math.cos(turn) - down * math.sin(turn)) * size,
                y + (across * math.sin(turn) + down * math.cos(turn)) * size)

    c.poly(curve_wing(at, 1), "#dfe4e6", rim=0.004)
    c.blob([at(-0.3, 0.1), at(-0.1, -0.0), at(0.2, -0.03), at(0.34, 0.03), at(0.2, 0.11),
            at(-0.1, 0.13)], "#ffffff", shade=0.35)
    c.poly([at(-0.26, 0.08), at(-0.46, 0.06), at(-0.44, 0.16), at(-0.24, 0.12)], "#eceff0")
    c.poly([at(0.33, 0.02), at(0.43, 0.055), at(0.32, 0.065)], "#e89a2c", shade=0)
    c.oval(*at(0.26, 0.015), size * 0.018, size * 0.018, "#20242c", shade=0)
    c.poly(curve_wing(at, -1), "#f7f8f6", rim=0.004)


def curve_wing(at, side):
    """Return the outline of a gull's wing, the far one (1) or the near one (-1)."""
    if side > 0:
        return [at(*each) for each in ((0.02, 0.02), (0.12, -0.3), (0.3, -0.48), (0.62, -0.56),
                                       (0.36, -0.3), (0.22, 0.02))]
    return [at(*each) for each in ((0.16, 0.04), (0.02, -0.2), (-0.28, -0.42), (-0.78, -0.46),
                                   (-0.44, -0.24), (-0.16, 0.06))]


SCENES = {"lighthouse": lighthouse, "funicular": funicular, "pool": pool, "cloud": draw_cloud,
          "swimmers": swimmers, "boatyard": boatyard, "runners": runners, "seabirds": seabirds}
