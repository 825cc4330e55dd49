"""Pictures of the demo's dreams in snow and ice; SKIES has the sky of each."""
import math

from dreamscape.demo_nature import (
    crescent,
    fir,
    grass,
    mist,
    peak,
    peaks,
    ridge,
    smoke,
    snowfall,
    stars,
    streaks,
    sun,
)
from dreamscape.demo_people import person

SKIES = {
    "snow": ("#6f80b8", "#b3b2d6", "#f6d7d0"),
    "glacier": ("#2f6aa0", "#7fb2cf", "#e9ecdc"),
    "mast": ("#071230", "#13305c", "#2f6a80", "#8fb6b8"),
    "cabin": ("#141d4f", "#35427f", "#8077a8", "#d99a9a")}


def snow(c):
    """A daughter and her old father hold their faces and arms up into falling snow."""
    sun(c, 1.1, 0.3, 0.05, "#fff3ea", 0.7)
    peaks(c, 0.58, 0.24, c.far("#6f7fb0", 0.35), "#ffffff", 5, c.sky[-1])
    mist(c, 0.58, "#f6e2e2", 0.6, 0.05)
    for each in range(9):
        fir(c, 0.05 + each * 0.18, 0.64, c.rng.uniform(0.1, 0.17), c.far("#5a719c", 0.3))
    ridge(c, 0.64, 0.015, "#e6e6f4", "#cfd2ea")
    for x, size in ((0.1, 0.56), (0.26, 0.38), (1.24, 0.36), (1.42, 0.62)):
        c.shadow(x, 0.79, size * 0.2)
        fir(c, x, 0.79, size, "#42628a", "#ffffff")
    c.poly([(-0.02, 0.8), (0.4, 0.75), (0.9, 0.78), (1.52, 0.74), (1.52, 1.02), (-0.02, 1.02)],
           "#fbfaff", foot="#aab2d9")
    for step in range(9):
        for off in (0, 0.13):
            c.oval(0.44 - step * 0.05 + off + step % 2 * 0.025, 0.93 + step * 0.008, 0.014, 0.006,
                   "#a3a9d0", 0.8, 0)
    person(c, 0.62, 0.92, 0.52, "#d9503f", "#6b432c", "#24181a", "beanie", lean=4, mood="laugh",
           arms=((132, 160), (-128, -156)))
    person(c, 0.9, 0.93, 0.54, "#2f5f86", "#5f3a26", "#e2dfe0", lean=-4, mood="laugh",
           arms=((128, 158), (-124, -150)))
    c.line([(0.83, 0.495), (0.9, 0.51), (0.97, 0.495)], 0.03, "#f2b63c")
    c.line([(0.94, 0.51), (0.96, 0.62)], 0.026, "#d99a2c")
    snowfall(c, 190)
    for _ in range(9):
        flake(c, c.rng.uniform(0.1, 1.4), c.rng.uniform(0.05, 0.5), c.rng.uniform(0.014, 0.026))


def flake(c, x, y, size):
    """Draw a large flake with six arms."""
    for turn in (0, 60, 120):
        across, down = math.cos(math.radians(turn)) * size, math.sin(math.radians(turn)) * size
        c.line([(x - across, y - down), (x + across, y + down)], size * 0.16, "#ffffff", 0.95, 0)
        for side in (-0.62, 0.62):
            for bend in (-50, 50):
                way = math.radians(turn + bend + (180 if side < 0 else 0))
                at = x + across * side, y + down * side
                c.line([at, (at[0] + math.cos(way) * size * 0.32,
                             at[1] + math.sin(way) * size * 0.32)], size * 0.12, "#ffffff", 0.95, 0)


def glacier(c):
    """A father and his son with rucksacks before a glacier that flows between peaks."""
    sun(c, 0.3, 0.18, 0.04, "#fff8e0")
    streaks(c, 0.2, 0.1, "#ffffff", 6)
    for x, top in ((0.75, 0.1), (0.48, 0.24), (1.02, 0.2)):
        peak(c, x, top, 0.62, c.far("#56789f", 0.25), "#fbfdff", c.sky[-1], 0.8)
    c.blob([(0.42, 0.5), (0.56, 0.44), (0.68, 0.46), (0.8, 0.4), (0.93, 0.43), (1.08, 0.5),
            (1.0, 0.55), (0.96, 0.6), (1.02, 0.67), (1.16, 0.75), (1.3, 0.84), (0.3, 0.84),
            (0.46, 0.75), (0.6, 0.67), (0.62, 0.6), (0.56, 0.55)], "#e6f5fa", foot="#74b6d4")
    for row in range(9):
        y, half = 0.53 + row * 0.034, 0.15 + 0.26 * (row / 8) ** 1.8
        c.line([(0.79 + half * t, y + 0.035 * (1 - t * t) + 0.004 * math.sin(t * 15 + row * 2))
                for t in (step / 8 for step in range(-8, 9))], 0.003 + row * 0.0012, "#5fa6c6", 0.7)
    peak(c, 0.14, 0.26, 0.84, "#4a6484", "#f6fbff", "#7f93a0", 0.72)
    peak(c, 1.4, 0.2, 0.84, "#41597a", "#f6fbff", "#7f93a0", 0.62)
    mist(c, 0.78, "#e9f0ee", 0.5, 0.04)
    ridge(c, 0.84, 0.02, "#5f7a5c", "#33503f")
    c.blob([(0.1, 1.03), (0.24, 0.92), (0.5, 0.88), (0.78, 0.9), (0.92, 0.96), (1.0, 1.03)],
           "#4a4f58", rim=0.008)
    for x, h, coat, pack, hair in ((0.46, 0.46, "#d9503a", "#2f5f86", "#2a2228"),
                                   (0.66, 0.34, "#f0b43c", "#c2485a", "#201a1c")):
        person(c, x, 0.92, h, coat, "#e3b48c", hair, "beanie" if h < 0.4 else "short", side=1,
               arms=((20, 16), (14, 10)))
        c.rect(x - h * 0.2, 0.92 - h * 0.82, h * 0.17, h * 0.32, pack, h * 0.05, rim=0.005)
        c.rect(x - h * 0.21, 0.92 - h * 0.88, h * 0.19, h * 0.07, "#d9c39a", h * 0.03, rim=0.003)
    c.line([(0.56, 0.7), (0.58, 0.925)], 0.008, "#2a2430")
    grass(c, 1.02, 0.08, "#2f4a38", 70)


def aurora(c):
    """Draw northern lights."""
    for row in range(3):
        base = [(x / 12, 0.3 + row * 0.05 + 0.06 * math.sin(x * 0.5 + row * 1.7))
                for x in range(-2, 21)]
        c.soft([*base, *[(x, y - 0.2 - 0.05 * math.sin(x * 7 + row)) for x, y in reversed(base)]],
               ("#4fe0a8", "#57c8c4", "#9a7fe0")[row], 0.34, 0.03)


def cups(c):
    """Draw the cups and the vane that measure the wind."""
    for x, y in ((0.5, 0.2), (0.6, 0.2), (0.55, 0.175)):
        c.line([(0.55, 0.2), (x, y)], 0.006, "#2c3a52")
        c.oval(x, y, 0.026, 0.024, "#f2f6f6", shade=0.5, rim=0.004)
    c.poly([(0.88, 0.2), (1.06, 0.155), (1.06, 0.245), (0.94, 0.212)], "#e0583c", rim=0.005)
    c.poly([(0.88, 0.2), (0.83, 0.185), (0.83, 0.215)], "#e0583c")


def mast(c):
    """A weather station on a snowy ridge below northern lights; a fox looks on."""
    stars(c, 160, 0.6)
    aurora(c)
    c.light, c.warm = (0.7, 0.1), "#c9f6dc"
    peaks(c, 0.66, 0.32, "#35557f", "#dcecf2", 5, "#5f86a0")
    ridge(c, 0.67, 0.02, "#8fb4c6", "#4a7392")
    mist(c, 0.7, "#a9cdd0", 0.5, 0.05)
    c.poly([(-0.02, 0.86), (0.3, 0.8), (0.62, 0.72), (0.86, 0.72), (1.2, 0.82), (1.52, 0.86),
            (1.52, 1.02), (-0.02, 1.02)], "#e9f3f6", foot="#6f93b0")
    for end in (0.5, 0.99):
        c.line([(0.75, 0.36), (end, 0.86)], 0.003, "#1c2a3f")
    c.rect(0.738, 0.18, 0.024, 0.62, "#2c3a52", rim=0.004)
    c.rect(0.55, 0.22, 0.4, 0.014, "#2c3a52", rim=0.003)
    cups(c)
    c.rect(0.66, 0.42, 0.18, 0.22, "#f3efe6", 0.012, rim=0.006)
    for row in range(5):
        c.line([(0.68, 0.45 + row * 0.036), (0.82, 0.45 + row * 0.036)], 0.008, "#b9bcc0")
    c.poly([(0.86, 0.44), (1.02, 0.38), (1.02, 0.52), (0.86, 0.6)], "#23427f", rim=0.006)
    for step in (0.33, 0.66):
        c.line([(0.86 + 0.16 * step, 0.44 - 0.06 * step), (0.86 + 0.16 * step, 0.6 - 0.08 * step)],
               0.003, "#8fb0e0")
    c.glow(0.75, 0.17, 0.06, "#ff6a4c", 0.9)
    c.oval(0.75, 0.17, 0.011, 0.011, "#ffd0b8", shade=0)
    fox(c, 1.16, 0.86, 0.15)
    for x, size in ((0.08, 0.3), (0.2, 0.2), (1.44, 0.26)):
        fir(c, x, 0.9, size, "#1f3f5a", "#e6f1f4")


def fox(c, x, y, size):
    """Draw a fox that sits and looks to the left."""
    c.shadow(x, y, size * 0.4, 0.6)
    c.blob([(x + size * 0.2, y), (x + size * 0.75, y - size * 0.1),
            (x + size * 0.9, y - size * 0.4),
            (x + size * 0.6, y - size * 0.24), (x + size * 0.2, y - size * 0.2)], "#d9703a")
    c.oval(x + size * 0.84, y - size * 0.32, size * 0.09, size * 0.1, "#fff6ea")
    c.blob([(x - size * 0.2, y), (x - size * 0.18, y - size * 0.6), (x + size * 0.04,
            y - size * 0.72), (x + size * 0.32, y - size * 0.3), (x + size * 0.34, y)], "#e07a3c",
           rim=0.004)
    c.blob([(x - size * 0.2, y - size * 0.1), (x - size * 0.18, y - size * 0.55), (x - size * 0.06,
            y - size * 0.5), (x - size * 0.08, y - size * 0.1)], "#fff0e0")
    for off in (-0.16, 0.1):
        c.poly([(x + size * (off - 0.07), y - size * 0.9), (x + size * off, y - size * 1.18),
                (x + size * (off + 0.1), y - size * 0.9)], "#b9552c")
    c.poly([(x - size * 0.46, y - size * 0.68), (x - size * 0.22, y - size * 0.96), (x + size * 0.2,
            y - size * 0.94), (x + size * 0.2, y - size * 0.66), (x - size * 0.1, y - size * 0.58)],
           "#e07a3c", rim=0.004)
    c.poly([(x - size * 0.46, y - size * 0.68), (x - size * 0.1, y - size * 0.7), (x + size * 0.16,
            y - size * 0.64), (x - size * 0.1, y - size * 0.57)], "#fff0e0")
    c.oval(x - size * 0.45, y - size * 0.68, size * 0.035, size * 0.03, "#20161a", shade=0)
    c.oval(x - size * 0.12, y - size * 0.8, size * 0.025, size * 0.032, "#20161a", shade=0)


def logs(c):
    """Draw a house of logs with snow on its roof and a lit window."""
    c.rect(0.96, 0.28, 0.07, 0.2, "#5c4a52", rim=0.004)
    c.rect(0.952, 0.27, 0.086, 0.022, "#f3f2fc", 0.008, shade=0.1)
    c.rect(0.5, 0.54, 0.58, 0.3, "#7a4632", shade=0.45)
    for row in range(7):
        c.line([(0.49, 0.56 + row * 0.042), (1.09, 0.56 + row * 0.042)], 0.006, "#4f2a24")
        for x in (0.5, 1.08):
            c.oval(x, 0.58 + row * 0.042, 0.018, 0.019, "#a8683f", rim=0.003)
    c.blob([(0.4, 0.57), (0.46, 0.5), (0.68, 0.36), (0.8, 0.335), (0.92, 0.36), (1.12, 0.5),
            (1.18, 0.57), (1.1, 0.56), (0.8, 0.535), (0.5, 0.56)], "#f1f1fb", shade=0.3, rim=0.006)
    c.glow(0.66, 0.68, 0.22, "#ffbf5c", 0.75)
    for x in (0.57, 0.66):
        c.rect(x, 0.62, 0.082, 0.12, "#ffe7a4", 0.003, shade=0.1)
    c.rect(0.645, 0.61, 0.012, 0.14, "#4f2a24")
    c.rect(0.56, 0.676, 0.19, 0.01, "#4f2a24")
    c.rect(0.86, 0.61, 0.12, 0.23, "#9c3f38", 0.004, rim=0.004)
    c.oval(0.955, 0.73, 0.008, 0.008, "#f2c14a", shade=0)


def cabin(c):
    """A cabin deep in snow at nightfall, its window lit, smoke from its chimney."""
    stars(c, 90, 0.35)
    crescent(c, 0.3, 0.17, 0.045)
    peaks(c, 0.56, 0.3, "#4a548f", "#e9e4f2", 5, "#b58aa6")
    mist(c, 0.56, "#d9a3a8", 0.5, 0.05)
    for each in range(14):
        fir(c, 0.03 + each * 0.11, 0.64, c.rng.uniform(0.12, 0.22), c.far("#2f3f70", 0.2))
    ridge(c, 0.64, 0.02, "#c9c9e6", "#8f97cc")
    for x, size in ((0.14, 0.62), (0.32, 0.42), (1.22, 0.46), (1.4, 0.7)):
        fir(c, x, 0.82, size, "#22386b", "#e6e8f8")
    smoke(c, 0.99, 0.3, 0.3, "#d9cfe0", 0.55, 0.5)
    c.light, c.warm = (0.66, 0.95), "#ffdc94"
    logs(c)
    c.poly([(-0.02, 0.88), (0.4, 0.82), (0.9, 0.83), (1.52, 0.84), (1.52, 1.02), (-0.02, 1.02)],
           "#e9e9f8", foot="#8088c4")
    c.soft([(0.57, 0.84), (0.75, 0.84), (0.86, 0.98), (0.4, 0.98)], "#ffd890", 0.6, 0.02)
    for step in range(8):
        c.oval(0.92 + 0.05 * math.sin(step * 0.6) + step % 2 * 0.03, 0.86 + step * 0.02,
               0.012 + step * 0.001, 0.006, "#8f95cc", 0.9, 0)
    c.rect(1.1, 0.76, 0.16, 0.08, "#5c3a30", 0.004)
    for each in range(8):
        c.oval(1.12 + each % 4 * 0.04, 0.78 + each // 4 * 0.038, 0.019, 0.018, "#c08a58", rim=0.003)
    snowfall(c, 90)


SCENES = {"snow": snow, "glacier": glacier, "mast": mast, "cabin": cabin}
