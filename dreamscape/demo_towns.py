"""Pictures of the demo's dreams in towns and on roads; SKIES has the sky of each."""
import math

from dreamscape.demo_canvas import mix
from dreamscape.demo_nature import (
    cloud,
    crescent,
    crown,
    grass,
    house,
    mist,
    ridge,
    shade_below,
    snowfall,
    stars,
    streaks,
    sun,
    tree,
)
from dreamscape.demo_people import person

SKIES = {
    "doors": ("#4f9cc0", "#a9cfc9", "#f6e0b0"), "bus_stop": ("#7f8fb8", "#b6bfd8", "#efdfe0"),
    "clinic_bus": ("#2a2a66", "#8a5284", "#e8806a", "#ffc98a"),
    "bicycles": ("#3f9fb5", "#9fd0c4", "#fbe8b8"), "postbox": ("#6faac4", "#bcd6c8", "#fbeec2"),
    "radio": ("#050a26", "#141d56", "#3a3a86", "#6f5aa0"),
    "kiln": ("#e8703c", "#f6a55a", "#ffd894", "#fff0c8")}


def arch(x, y, wide, tall):
    """Return the outline of a door with a round top, its foot at a place."""
    top = y - tall + wide / 2
    return [(x - wide / 2, y), *[(x - wide / 2 * math.cos(turn), top - wide * 0.56 * math.sin(turn))
                                 for turn in (math.pi * step / 16 for step in range(17))],
            (x + wide / 2, y)]


def door(c, x, y, wide, tall, colour):
    """Draw a door with studs in a pattern, in an arch of stone."""
    c.poly(arch(x, y, wide * 1.36, tall * 1.13), "#f6e2bb", shade=0.35, rim=0.006)
    c.poly(arch(x, y, wide, tall), mix(colour, "#101830", 0.5), shade=0.2)
    c.poly(arch(x + wide * 0.02, y, wide * 0.93, tall * 0.97), colour, shade=0.45)
    c.line([(x, y), (x, y - tall * 0.96)], wide * 0.025, mix(colour, "#101830", 0.6))
    studs = [(x + side * wide * (0.1 + 0.07 * ring) * math.cos(turn) + side * wide * 0.22,
              y - tall * 0.62 + wide * (0.1 + 0.03 * ring) * math.sin(turn))
             for side in (-1, 1) for ring in (0, 1)
             for turn in (math.tau * step / 8 for step in range(8))]
    studs += [(x + wide * across, y - tall * up)
              for across in (-0.38, -0.22, -0.08, 0.08, 0.22, 0.38)
              for up in (0.08, 0.18, 0.28, 0.38)]
    c.ovals([(px, py, wide * 0.017, wide * 0.017) for px, py in studs], "#f3d27c", shade=0)
    for side in (-1, 1):
        c.arc(x + side * wide * 0.1, y - tall * 0.47, wide * 0.05, 0, 360, wide * 0.02, "#e8b850")


def doors(c):
    """Blue and green doors with studs in a white lane of an old town; a woman draws one."""
    sun(c, 0.66, 0.14, 0.04, "#fff6d0", 0.6)
    c.light = (0.2, -0.4)
    c.rect(0.58, 0.3, 0.42, 0.6, "#dfc09a")
    c.poly(arch(0.77, 0.76, 0.3, 0.3), "#a9cfc9", foot="#f6e0b0")
    c.blob([(0.66, 0.76), (0.69, 0.64), (0.77, 0.58), (0.86, 0.66), (0.9, 0.76)], "#8fae9c")
    door(c, 0.93, 0.78, 0.06, 0.17, "#8f3f4a")
    c.poly([(-0.02, 0.05), (0.42, 0.2), (0.62, 0.3), (0.62, 0.78), (-0.02, 1.02)], "#f3e0c0",
           shade=0.35)
    c.poly([(1.52, -0.02), (1.02, 0.22), (0.93, 0.3), (0.93, 0.78), (1.52, 1.02)], "#d9a878",
           shade=0.45)
    c.poly([(0.62, 0.76), (0.94, 0.76), (1.52, 1.02), (-0.02, 1.02)], "#e3c596", foot="#8f6a68")
    c.soft([(0.94, 0.76), (1.5, 1.02), (0.72, 1.02), (0.76, 0.76)], c.cool, 0.5, 0.02)
    for x, y, wide, colour in ((0.15, 0.97, 0.23, "#1f6fa8"), (0.42, 0.865, 0.14, "#3f9a84"),
                               (0.56, 0.8, 0.07, "#d97a3c"), (1.09, 0.86, 0.13, "#2f86b8"),
                               (1.36, 0.975, 0.22, "#2a5f98")):
        door(c, x, y, wide, wide * 2.45, colour)
    for x, y in ((0.3, 0.32), (1.2, 0.33)):
        c.line([(x, y), (x + 0.05, y + 0.01)], 0.006, "#2f2a34")
        c.oval(x + 0.055, y + 0.045, 0.016, 0.028, "#f6c869", rim=0.003)
    crown(c, 0.0, 0.36, 0.16, "#c8478a", 12)
    person(c, 0.74, 0.96, 0.44, "#28618c", "#d9a67c", "#2f8a9a", "long", side=1, skirt=0.34,
           arms=((50, 100), (24, 84)))
    c.poly([(0.83, 0.7), (0.93, 0.68), (0.95, 0.77), (0.85, 0.79)], "#fffaf0", rim=0.003)


def speaker(c):
    """Draw a talking box, with a large button."""
    c.rect(0.86, 0.42, 0.15, 0.2, "#2b3550", 0.012, rim=0.005)
    for row in range(3):
        for each in range(5):
            c.oval(0.895 + each * 0.021, 0.45 + row * 0.02, 0.006, 0.006, "#8fa0c4", shade=0)
    c.oval(0.935, 0.56, 0.036, 0.036, "#f28a2c", rim=0.005)
    for each in range(3):
        c.arc(1.01, 0.47, 0.05 + each * 0.035, -40, 40, 0.007, "#f28a2c", 0.9 - each * 0.2)


def bus_stop(c):
    """A bus comes to a stop in snow; a child presses the large button of a talking box."""
    for x, tall in ((0.0, 0.34), (0.24, 0.26), (0.5, 0.38), (0.86, 0.3), (1.14, 0.36),
                    (1.36, 0.28)):
        c.rect(x, 0.62 - tall, 0.22, tall, c.far("#6a6f98", 0.45), foot=c.sky[-1])
        for each in range(6):
            c.rect(x + 0.03 + each % 3 * 0.062, 0.66 - tall + each // 3 * 0.09, 0.034, 0.045,
                   "#ffe0a0" if c.rng.random() < 0.4 else "#9a9dbc", shade=0)
    mist(c, 0.6, "#efe4ea", 0.7, 0.06)
    ridge(c, 0.68, 0.008, "#e9e8f2", "#b9bcd6")
    bus(c, 0.24, 0.78, 0.3, "#c8433a")
    c.poly([(-0.02, 0.79), (1.52, 0.76), (1.52, 1.02), (-0.02, 1.02)], "#f4f3fa", foot="#a9aecb")
    c.light, c.warm = (1.0, 0.3), "#ffe9b8"
    c.glow(1.0, 0.5, 0.34, "#ffd488", 0.5)
    c.rect(0.72, 0.3, 0.66, 0.5, "#cfe3ea", 0.006, 0.4)
    for x in (0.71, 1.05, 1.37):
        c.rect(x, 0.28, 0.02, 0.57, "#3a4a66")
    c.rect(0.66, 0.24, 0.78, 0.05, "#2f5d8a", 0.01, rim=0.005)
    c.blob([(0.66, 0.245), (0.7, 0.215), (1.0, 0.2), (1.4, 0.215), (1.45, 0.245)], "#fbfbff",
           shade=0.15)
    c.rect(1.1, 0.7, 0.24, 0.03, "#a8734a", 0.006)
    c.rect(0.595, 0.2, 0.018, 0.66, "#3a4a66")
    c.rect(0.52, 0.08, 0.17, 0.17, "#f2b631", 0.02, rim=0.006)
    bus(c, 0.605, 0.215, 0.06, "#26364d")
    speaker(c)
    person(c, 0.8, 0.95, 0.34, "#e5a83c", "#f0c8a8", "#6b4028", "beanie", side=1,
           arms=((108, 122), (-10, -6)))
    person(c, 1.2, 0.96, 0.52, "#a83f58", "#f0c9ac", "#8f5a34", "long", side=-1)
    snowfall(c)


def bus(c, x, y, size, colour):
    """Draw a bus, its wheels at a height."""
    c.shadow(x, y + size * 0.02, size * 1.1, 0.5)
    c.rect(x - size, y - size * 0.98, size * 2, size * 0.88, colour, size * 0.12, rim=size * 0.02)
    for each in range(4):
        c.rect(x - size * 0.9 + each * size * 0.37, y - size * 0.84, size * 0.32, size * 0.34,
               "#ffeab4", size * 0.04, shade=0.2)
    c.rect(x + size * 0.62, y - size * 0.84, size * 0.3, size * 0.66, "#ffeab4", size * 0.04)
    c.rect(x - size, y - size * 0.42, size * 1.58, size * 0.07, "#fff6e4", shade=0.1)
    for wheel in (-0.56, 0.4):
        c.oval(x + size * wheel, y - size * 0.1, size * 0.17, size * 0.17, "#1d1a26")
        c.oval(x + size * wheel, y - size * 0.1, size * 0.075, size * 0.075, "#b9b4c4")


def clinic_bus(c):
    """A bus with a red cross at dusk in a field of sugar cane; people wait in its light."""
    stars(c, 40, 0.2)
    streaks(c, 0.3, 0.14, "#ffb08a", 9)
    sun(c, 0.2, 0.55, 0.06, "#ffc88c")
    ridge(c, 0.56, 0.02, c.far("#5a3a66", 0.3), c.sky[-1])
    cane(c, 0.74, 0.3, "#5f7a4a", 130)
    c.rect(-0.02, 0.74, 1.54, 0.3, "#a8604a", foot="#4a2440")
    c.light, c.warm = (0.95, 0.5), "#ffe3a0"
    c.glow(0.95, 0.64, 0.4, "#ffc86a", 0.5)
    bus(c, 0.66, 0.86, 0.42, "#f6efe4")
    c.rect(0.27, 0.645, 0.3, 0.2, "#f6efe4", 0.02)
    c.oval(0.42, 0.72, 0.082, 0.082, "#ffffff", rim=0.004)
    c.rect(0.396, 0.662, 0.048, 0.116, "#d2362f", 0.004, shade=0.15)
    c.rect(0.362, 0.696, 0.116, 0.048, "#d2362f", 0.004, shade=0.15)
    c.poly([(0.62, 0.43), (1.3, 0.43), (1.4, 0.52), (1.06, 0.52), (0.62, 0.47)], "#d9703a",
           rim=0.005)
    for x in (1.12, 1.39):
        c.line([(x, 0.52), (x, 0.88)], 0.008, "#4a2a34")
    c.soft([(0.92, 0.8), (1.06, 0.8), (1.36, 0.98), (0.9, 0.98)], "#ffdc90", 0.5, 0.02)
    person(c, 0.99, 0.9, 0.42, "#a83a5a", "#b97f55", "#8f8a8c", "bun", side=1, skirt=0.26,
           arms=((54, 88), (14, 8)))
    person(c, 1.16, 0.92, 0.42, "#e0a03a", "#6f432b", "#1f1618", "hat", side=-1)
    person(c, 1.29, 0.94, 0.4, "#3f7f8a", "#8a5636", "#1f1618", "long", side=-1, skirt=0.2)
    person(c, 1.38, 0.95, 0.26, "#d9d0b8", "#7a4a30", "#1f1618", side=-1)
    cane(c, 1.08, 0.26, "#2a3d38", 90)


def cane(c, y, height, colour, number):
    """Draw canes with long leaves that stand at a height."""
    for _ in range(number):
        x, tall = c.rng.uniform(-0.05, 1.55), height * c.rng.uniform(0.6, 1.1)
        lean, tone = c.rng.uniform(-0.02, 0.02), mix(colour, c.warm, c.rng.random() * 0.3)
        c.line([(x, y), (x + lean, y - tall)], 0.008, tone, shade=0, end=0.004)
        for share in (0.6, 0.85, 1):
            side = c.rng.choice((-1, 1))
            at = x + lean * share, y - tall * share
            c.poly([at, (at[0] + side * 0.03, at[1] - 0.045), (at[0] + side * 0.075, at[1] - 0.01),
                    (at[0] + side * 0.03, at[1] - 0.03)], tone, shade=0)


def bicycle(c, x, y, size, colour):
    """Draw a bicycle, the foot of its wheels at a place."""
    left, right, up = x - size * 0.62, x + size * 0.62, y - size * 0.42
    for hub in (left, right):
        for angle in range(0, 180, 22):
            turn = math.radians(angle)
            off = math.cos(turn) * size * 0.38, math.sin(turn) * size * 0.38
            c.line([(hub - off[0], up - off[1]), (hub + off[0], up + off[1])], size * 0.007,
                   "#b9b4bc", 0.8)
        c.arc(hub, up, size * 0.4, 0, 360, size * 0.048, "#262230")
        c.oval(hub, up, size * 0.04, size * 0.04, "#8f8b98")
    crank, seat, head = (x - size * 0.08, up), (x - size * 0.24, y - size), (x + size * 0.42,
                                                                             y - size * 1.02)
    for points in ([left, up], crank), (crank, head), (head, seat), (seat, [left, up]), \
            (seat, crank), (head, (right, up)):
        c.line(points, size * 0.062, colour, rim=size * 0.012)
    c.oval(*crank, size * 0.1, size * 0.1, "#3a3540")
    c.line([crank, (crank[0] + size * 0.1, crank[1] + size * 0.16)], size * 0.035, "#3a3540")
    c.line([(seat[0] - size * 0.16, seat[1] - size * 0.1), (seat[0] + size * 0.12,
                                                            seat[1] - size * 0.1)], size * 0.085,
           "#4a2a20", end=size * 0.045)
    c.line([head, (head[0] - size * 0.04, y - size * 1.2), (head[0] + size * 0.18, y - size * 1.26),
            (head[0] + size * 0.2, y - size * 1.14)], size * 0.05, "#2a2730")


def bicycles(c):
    """Bicycles on shelves of a stall like books, below a steep street of painted houses."""
    sun(c, 0.26, 0.18, 0.05, "#fff4c8")
    cloud(c, 0.62, 0.26, 0.14, "#fffaf0")
    colours = "#e4633f", "#f0b545", "#4f9fb8", "#d9789a", "#6aa56d", "#f2e6d0", "#8d7bb8"
    for row in range(3):
        for each in range(8):
            x = 0.1 + each * 0.205 - row * 0.07
            y = 0.72 + row * 0.13 - each * 0.072
            house(c, x, y, 0.23, colours[(each + row * 3) % 7])
    c.poly([(-0.02, 0.9), (1.52, 0.52), (1.52, 1.02), (-0.02, 1.02)], "#c9ab92", foot="#8f7068")
    for each in range(9):
        x = 0.02 + each * 0.19
        c.line([(x, 0.9 - x * 0.245), (x + 0.12, 1.02)], 0.003, "#a88a78")
    c.soft([(0.28, 0.9), (1.42, 0.9), (1.46, 1.0), (0.3, 1.0)], c.cool, 0.6, 0.02)
    c.rect(0.28, 0.3, 1.1, 0.64, "#5c3a30", 0.006, rim=0.006)
    c.rect(0.31, 0.38, 1.04, 0.54, "#33242c", 0.004, shade=0.2)
    for each in range(11):
        c.poly([(0.24 + each * 0.108, 0.28), (0.348 + each * 0.108, 0.28), (0.352 + each * 0.108,
                0.37), (0.29 + each * 0.108, 0.4), (0.23 + each * 0.108, 0.37)],
               ("#d9483c", "#fff3dc")[each % 2], shade=0.35)
    c.rect(0.31, 0.645, 1.04, 0.022, "#a8734a", rim=0.004)
    c.rect(0.31, 0.905, 1.04, 0.03, "#a8734a", rim=0.004)
    for each, colour in enumerate(("#e5533d", "#f2b631", "#4fb0b8", "#f3e6cc", "#7fb069",
                                   "#e58aa8")):
        bicycle(c, 0.49 + each % 3 * 0.34, 0.64 + each // 3 * 0.262, 0.155, colour)
    person(c, 0.15, 0.985, 0.5, "#c8432f", "#c98f66", "#2a1c16", side=1, arms=((60, 96), (-8, -4)))


def postbox(c):
    """A postman rides away on a lane between farms, past a red letter box; letters fly up."""
    sun(c, 1.2, 0.2, 0.05, "#fff4c4")
    cloud(c, 0.84, 0.24, 0.2, "#fffaf0")
    ridge(c, 0.47, 0.03, c.far("#7aa58c", 0.5), c.sky[-1])
    ridge(c, 0.55, 0.03, c.far("#6f9f6a", 0.2), "#b9cf8f")
    for x, y, size in ((0.62, 0.565, 0.1), (1.36, 0.56, 0.13), (1.2, 0.54, 0.08)):
        house(c, x, y, size, "#f6ead2", roof="#a8553f")
        crown(c, x + size * 0.9, y - 0.03, 0.05, "#4f8a54")
    ridge(c, 0.63, 0.02, "#7fae62", "#3f7050")
    c.poly([(0.44, 1.02), (0.78, 0.8), (0.83, 0.7), (0.78, 0.63), (0.8, 0.63), (0.88, 0.7),
            (0.96, 0.8), (1.2, 1.02)], "#ecd7a6", foot="#b08a6a")
    for x in range(9):
        c.line([(0.02 + x * 0.09, 0.79 - x * 0.012), (0.02 + x * 0.09, 0.7 - x * 0.009)], 0.012,
               "#7d5a40")
    for y in (0.72, 0.755):
        c.line([(-0.02, y), (0.76, y - 0.09)], 0.008, "#8f6a4a")
    c.shadow(0.94, 0.9, 0.16, 0.6)
    bicycle(c, 0.94, 0.9, 0.17, "#28618c")
    person(c, 0.9, 0.86, 0.44, "#2f4f8a", "#efc7ac", "#e6e4e2", "cap", side=1, lean=12,
           arms=((48, 70), (40, 66)), legs=((34, -8), (8, -30)))
    c.rect(1.0, 0.69, 0.11, 0.08, "#a8744a", 0.01, rim=0.004)
    for off in (0.0, 0.03, 0.06):
        c.rect(1.01 + off, 0.66 + off * 0.2, 0.05, 0.035, "#fffaf0", 0.003)
    letter_box(c, 0.27, 0.92)
    for x, y, size, turn in ((0.44, 0.5, 0.1, -14), (0.58, 0.36, 0.075, 12), (0.42, 0.3, 0.06, 30),
                             (0.7, 0.22, 0.05, -20)):
        letter(c, x, y, size, turn)
    grass(c, 1.0, 0.14, "#2f5f40", 110, 0, 0.5)
    grass(c, 1.0, 0.14, "#2f5f40", 70, 1.14, 1.5)


def letter_box(c, x, y):
    """Draw a red letter box with a letter in its slot."""
    c.shadow(x, y, 0.14, 0.6)
    c.rect(x - 0.022, y - 0.3, 0.044, 0.3, "#5c3b28", rim=0.004)
    c.poly(arch(x, y - 0.26, 0.25, 0.32), "#c8302c", shade=0.5, rim=0.008)
    c.rect(x - 0.145, y - 0.28, 0.29, 0.028, "#a3241f", 0.006)
    c.poly([(x - 0.07, y - 0.43), (x + 0.06, y - 0.5), (x + 0.085, y - 0.44), (x - 0.045,
           y - 0.42)], "#fffaf0", rim=0.003)
    c.rect(x - 0.085, y - 0.445, 0.17, 0.022, "#3a0f12", 0.008, shade=0)
    c.rect(x - 0.06, y - 0.38, 0.12, 0.07, "#f3dca0", 0.006)


def letter(c, x, y, size, tilt):
    """Draw an envelope that flies."""
    turn = math.radians(tilt)

    def at(across, down):
        """Return where a point of the envelope lies."""
        return (x + (across * math.cos(turn) - down * math.sin(turn)) * size,
                y + (across * math.sin(turn) + down * math.cos(turn)) * size)

    c.poly([at(-0.5, -0.34), at(0.5, -0.34), at(0.5, 0.34), at(-0.5, 0.34)], "#fffaf0", rim=0.004)
    c.line([at(-0.46, -0.3), at(0, 0.06), at(0.46, -0.3)], size * 0.035, "#b9a084")
    c.oval(*at(0, 0.06), size * 0.075, size * 0.075, "#c8302c")


def radio(c):
    """A radio mast that sends at night above a sleeping town with a few lit windows."""
    stars(c, 200, 0.7)
    crescent(c, 0.26, 0.2, 0.062)
    ridge(c, 0.64, 0.05, "#2c2c6e", "#4a3f86")
    ridge(c, 0.72, 0.03, "#1d1f56", "#2a2866")
    c.glow(1.04, 0.16, 0.2, "#ff9a5c", 0.8)
    for ring in range(5):
        for start in (-48, 132):
            c.arc(1.04, 0.16, 0.09 + ring * 0.075, start, start + 96, 0.008, "#ffb072",
                  0.9 - ring * 0.16)
    for side in (-1, 1):
        c.line([(1.04 + side * 0.008, 0.17), (1.04 + side * 0.12, 0.78)], 0.013, "#c9cbe8",
               rim=0.003)
    for row in range(8):
        y, half = 0.26 + row * 0.066, 0.022 + row * 0.0131
        c.line([(1.04 - half, y), (1.04 + half + 0.012, y + 0.064)], 0.005, "#8f92c4")
        c.line([(1.04 + half, y), (1.04 - half - 0.012, y + 0.064)], 0.005, "#8f92c4")
    c.line([(1.04, 0.16), (1.04, 0.26)], 0.009, "#c9cbe8")
    c.oval(1.04, 0.155, 0.014, 0.014, "#ffe0c0", shade=0)
    for row in range(3):
        for each in range(10 - row):
            x = 0.05 + each * (0.16 + row * 0.02) - row * 0.03 + c.rng.uniform(-0.015, 0.015)
            lit = (row, each) in ((0, 2), (1, 6), (2, 4), (1, 1))
            house(c, x, 0.8 + row * 0.1, 0.1 + row * 0.02, mix("#34366f", "#20235a", row / 2),
                  "#ffd77a" if lit else "", "#191b48")
    shade_below(c, 1.0, 0.6)


def kiln(c):
    """Mirrors that throw the sun's light on a kiln with pots, in a dry country."""
    sun(c, 0.28, 0.18, 0.075, "#fff6d4", 1)
    streaks(c, 0.32, 0.08, "#fff0cc", 5)
    ridge(c, 0.53, 0.03, c.far("#b8603c", 0.5), c.sky[-1])
    ridge(c, 0.6, 0.02, c.far("#b05a38", 0.2), "#f0b878")
    tree(c, 1.42, 0.7, 0.34, "#7a8a4a")
    c.rect(-0.02, 0.66, 1.54, 0.36, "#d98a52", foot="#8a4638")
    for x, y, size in ((0.2, 0.78, 0.15), (0.48, 0.86, 0.18)):
        c.soft([(0.26, 0.2), (0.3, 0.18), (x + size * 0.5, y - size), (x - size * 0.4, y - size)],
               "#fffbe0", 0.3, 0.012)
        c.soft([(x, y - size * 1.3), (x + size * 0.3, y - size * 0.5), (1.1, 0.76), (1.1, 0.62)],
               "#fff8cc", 0.7, 0.008)
        c.shadow(x, y + size * 0.32, size * 0.5)
        c.line([(x, y - size * 0.5), (x - size * 0.1, y + size * 0.3)], size * 0.09, "#5c3628")
        c.line([(x, y - size * 0.4), (x + size * 0.34, y + size * 0.3)], size * 0.07, "#5c3628")
        c.blob([(x - size * 0.32, y - size * 0.4), (x - size * 0.3, y - size * 1.1),
                (x + size * 0.1, y - size * 1.4), (x + size * 0.38, y - size * 0.9),
                (x + size * 0.26, y - size * 0.26), (x, y - size * 0.1)], "#c9dde2", shade=0.5,
               rim=0.006)
        c.blob([(x - size * 0.2, y - size * 0.5), (x - size * 0.16, y - size), (x + size * 0.08,
                y - size * 1.24), (x + size * 0.26, y - size * 0.84), (x + size * 0.16,
                y - size * 0.4)], "#ffffff", shade=0.1)
    furnace(c, 1.16, 0.9)
    for x, y, size, colour in ((0.72, 0.95, 0.075, "#2f8a98"), (0.86, 0.965, 0.09, "#f0dfc0"),
                               (0.98, 0.975, 0.06, "#1f5f8f"), (1.4, 0.97, 0.08, "#3f9a84")):
        pottery(c, x, y, size, colour)


def furnace(c, x, y):
    """Draw a kiln of bricks that glows inside."""
    c.shadow(x, y, 0.26, 0.7)
    c.poly(arch(x, y, 0.46, 0.42), "#a8512f", shade=0.5, rim=0.008)
    for row in range(7):
        for each in range(6):
            at = x - 0.21 + each * 0.075 - row % 2 * 0.03, y - 0.045 - row * 0.046
            if abs(at[0] - x + 0.03) < 0.19 and abs(at[0] - x + 0.03) + abs(row * 0.02) > 0.1:
                c.rect(*at, 0.066, 0.038, mix("#b8603a", "#d98a5a", c.rng.random()), 0.006)
    c.rect(x + 0.06, y - 0.52, 0.07, 0.16, "#94452a", 0.004, rim=0.005)
    c.glow(x - 0.02, y - 0.12, 0.2, "#ffb03c", 1)
    c.poly(arch(x - 0.02, y, 0.2, 0.24), "#ffe08a", foot="#ff8a2c")
    c.poly(arch(x - 0.02, y, 0.13, 0.15), "#fff6c8", shade=0)


def pottery(c, x, y, size, colour):
    """Draw a vase with a band of lines."""
    c.shadow(x, y, size * 0.7)
    c.blob([(x - size * 0.3, y), (x - size * 0.62, y - size * 0.6), (x - size * 0.24,
            y - size * 1.2), (x - size * 0.32, y - size * 1.5), (x + size * 0.32, y - size * 1.5),
            (x + size * 0.24, y - size * 1.2), (x + size * 0.62, y - size * 0.6),
            (x + size * 0.3, y)], colour, shade=0.5, rim=0.006)
    c.line([(x - size * 0.58, y - size * 0.68), (x, y - size * 0.6), (x + size * 0.58,
           y - size * 0.68)], size * 0.07, mix(colour, "#fff6e0", 0.7))


SCENES = {"doors": doors, "bus_stop": bus_stop, "clinic_bus": clinic_bus, "bicycles": bicycles,
          "postbox": postbox, "radio": radio, "kiln": kiln}
