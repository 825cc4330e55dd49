"""Pictures of the demo's dreams in gardens and hills; SKIES has the sky of each."""
import math

from dreamscape.demo_canvas import mix
from dreamscape.demo_nature import (
    cloud,
    crescent,
    crown,
    flowers,
    grass,
    house,
    mist,
    peaks,
    ridge,
    stars,
    streaks,
    sun,
    tree,
)
from dreamscape.demo_people import expression, person
from dreamscape.demo_towns import bicycle

SKIES = {
    "hives": ("#4f9fae", "#a6d3b8", "#f9eab0"),
    "bees": ("#e58f6f", "#f8c48a", "#fff0c0"),
    "footpath": ("#5f9fb8", "#b5d6cf", "#fbefc8"),
    "wall": ("#6a86a0", "#b3bfc0", "#f3dcb4"),
    "garden": ("#35306b", "#8a5a8f", "#ee9474", "#ffd08c"),
    "salt_flat": ("#c4503f", "#f08a56", "#ffc987", "#ffe9c4")}
PAINTS = "#e9b640", "#e0704a", "#4f98be", "#f3e6c4", "#c2566c", "#6fae8f"


def hive(c, x, y, size, colour):
    """Draw a beehive of two boxes under a roof."""
    c.shadow(x, y, size * 0.9)
    for off in (-0.45, 0.45):
        c.rect(x + size * off - size * 0.06, y - size * 0.14, size * 0.12, size * 0.14, "#5c4030")
    for box in range(2):
        c.rect(x - size * 0.6, y - size * (0.8 + box * 0.72), size * 1.2, size * 0.68,
               mix(colour, "#ffffff", 0.16 * box), size * 0.03, shade=0.45, rim=size * 0.03)
        c.rect(x - size * 0.16, y - size * (0.52 + box * 0.72), size * 0.32, size * 0.09,
               mix(colour, c.cool, 0.45), size * 0.04)
    c.poly([(x - size * 0.76, y - size * 1.5), (x - size * 0.6, y - size * 1.74),
            (x + size * 0.6, y - size * 1.74), (x + size * 0.76, y - size * 1.5)], "#7d6656",
           rim=size * 0.03)
    c.rect(x - size * 0.3, y - size * 0.24, size * 0.6, size * 0.08, "#2c2019", 0.003, shade=0)


def bee(c, x, y, size, way=1):
    """Draw a bee that flies to the right or to the left."""
    for off, up in ((-0.15, 0.95), (0.35, 0.9)):
        c.oval(x - way * size * off, y - size * up, size * 0.42, size * 0.62, "#ffffff", 0.75, 0.1)
    c.oval(x, y, size, size * 0.66, "#f2b02c", shade=0.4)
    for off in (-0.5, -0.05, 0.4):
        tall = size * 0.62 * math.sqrt(1 - off * off)
        c.line([(x + size * off, y - tall), (x + size * off, y + tall)], size * 0.22, "#2b2018",
               shade=0)
    c.oval(x + way * size * 0.95, y - size * 0.06, size * 0.4, size * 0.4, "#3a2a1c")


def trail(c, points, size):
    """Draw the dotted path of a bee, and the bee at its end."""
    for x, y in points[:-1]:
        c.oval(x, y, 0.0035, 0.0035, "#5a3a26", 0.55, 0)
    bee(c, *points[-1], size, 1 if points[-1][0] > points[-2][0] else -1)


def hives(c):
    """Painted beehives along an old railway in flowers, two pupils at work."""
    sun(c, 0.78, 0.3, 0.05, "#fff3b8")
    ridge(c, 0.43, 0.03, c.far("#6f9f86", 0.5), c.sky[-1])
    for x, size in ((0.1, 0.2), (0.26, 0.14), (1.3, 0.18), (1.44, 0.24)):
        crown(c, x, 0.45, size * 0.5, c.far("#4f8a5c", 0.25))
    c.rect(-0.02, 0.48, 1.54, 0.54, "#8fb860", foot="#2f6a45")
    c.poly([(0.72, 0.48), (0.8, 0.48), (1.08, 1.02), (0.44, 1.02)], "#c9ab7c", foot="#7d5f4a")
    for step in range(12):
        y = 0.49 + 0.53 * (step / 11) ** 1.9
        half = 0.03 + (y - 0.48) * 0.45
        c.rect(0.76 - half, y, half * 2, 0.004 + (y - 0.48) * 0.04, "#6b4a3c")
    for side in (-1, 1):
        c.line([(0.76 + side * 0.015, 0.48), (0.76 + side * 0.2, 1.03)], 0.003, "#5f646c",
               end=0.018)
    for row in range(6):
        near = (row / 5) ** 1.6
        y, size = 0.51 + near * 0.42, 0.022 + near * 0.085
        for each in range(2):
            for side in (-1, 1):
                hive(c, 0.76 + side * (0.09 + near * 0.26 + each * (0.06 + near * 0.24)), y, size,
                     PAINTS[(row * 2 + each + (side > 0)) % 6])
    flowers(c, 0.66, 0.36, ["#fff6e4", "#f6a8c0", "#f2c14a", "#b48be0"], 110, 0.009)
    person(c, 0.7, 0.94, 0.36, "#fff6e2", "#6b432c", "#1f1618", "hat", side=-1,
           arms=((-40, -80), (-50, -90)), trousers="#f3e6cc")
    person(c, 0.86, 0.9, 0.32, "#fff6e2", "#5f3a26", "#1f1618", "hat", side=1,
           arms=((50, 90), (40, 80)), trousers="#f3e6cc")
    for _ in range(24):
        bee(c, c.rng.uniform(0.1, 1.4), c.rng.uniform(0.3, 0.8), c.rng.uniform(0.006, 0.013))


def neighbour(c):
    """Draw a neighbour who smiles at the window of her house."""
    c.rect(1.2, 0.1, 0.34, 0.8, "#b8524a", foot="#7a3040", rim=0.006)
    c.rect(1.17, 0.08, 0.36, 0.03, "#f3dfc0")
    c.rect(1.27, 0.22, 0.2, 0.26, "#f6e6c8", 0.004)
    c.rect(1.285, 0.235, 0.17, 0.23, "#5a3a4a")
    person_at = 1.37, 0.385
    c.blob([(1.3, 0.465), (1.32, 0.42), (1.42, 0.42), (1.45, 0.465)], "#4f8f8a")
    c.oval(*person_at, 0.036, 0.044, "#f0c8a4")
    c.blob([(1.33, 0.385), (1.34, 0.335), (1.37, 0.315), (1.4, 0.335), (1.41, 0.385), (1.37, 0.36)],
           "#d8d4d0")
    expression(c, 1.37, 0.387, 0.036, "smile")
    c.rect(1.25, 0.48, 0.24, 0.02, "#f6e6c8", rim=0.004)


def bees(c):
    """Two beehives on a flat roof among flowering limes, a neighbour at her window."""
    sun(c, 0.74, 0.42, 0.07, "#ffe9a8")
    for x, tall in ((0.3, 0.2), (0.52, 0.3), (0.86, 0.24), (1.08, 0.32)):
        c.rect(x, 0.68 - tall, 0.19, tall + 0.1, c.far("#b5705f", 0.45), foot=c.sky[-1])
    mist(c, 0.64, "#ffe9bc", 0.6, 0.05)
    neighbour(c)
    tree(c, 0.1, 0.9, 0.76, "#6f9c4a")
    tree(c, 1.16, 0.9, 0.5, "#7ba850")
    for x, y in ((0.1, 0.36), (1.16, 0.56)):
        c.ovals([(x + c.rng.gauss(0, 0.1), y + c.rng.gauss(0, 0.08), 0.008, 0.008)
                 for _ in range(40)], "#fff0a0", shade=0)
    c.poly([(-0.02, 0.8), (1.52, 0.8), (1.52, 1.02), (-0.02, 1.02)], "#8a5f66", foot="#4a3048")
    c.rect(-0.02, 0.775, 1.54, 0.04, "#d9a88a", rim=0.004)
    for x, colour in ((0.56, "#f0b83c"), (0.93, "#4f98be")):
        hive(c, x, 0.95, 0.22, colour)
    for x in (0.2, 1.2, 1.34):
        c.poly([(x - 0.05, 0.86), (x + 0.05, 0.86), (x + 0.04, 0.95), (x - 0.04, 0.95)], "#c8653f",
               rim=0.004)
        c.ovals([(x + c.rng.uniform(-0.06, 0.06), 0.83 + c.rng.uniform(-0.05, 0.03), 0.024, 0.02)
                 for _ in range(7)], "#a070c8", rim=0.004)
    for start, turn, size in ((0.4, 0, 0.045), (0.7, 1, 0.034), (0.25, 2, 0.026), (1.0, 3, 0.028)):
        trail(c, [(start + 0.018 * step * math.cos(turn * 0.5), 0.5 - 0.011 * step
                   + 0.07 * math.sin(step * 0.45 + turn)) for step in range(22)], size)


def footpath(c):
    """An old man with a stick on a path over green hills to a village, a signpost beside."""
    sun(c, 1.16, 0.2, 0.05, "#fff6cc")
    cloud(c, 0.42, 0.24, 0.22, "#fffaf0")
    for y, tone, far in ((0.4, "#6f9fa0", 0.55), (0.46, "#74a884", 0.35), (0.54, "#7fb06a", 0.15)):
        ridge(c, y, 0.04, c.far(tone, far), c.far(tone, far + 0.3))
    for x, y, size in ((0.92, 0.55, 0.06), (1.0, 0.56, 0.07), (1.1, 0.555, 0.055)):
        house(c, x, y, size, "#f3e9d4", roof="#6b6f80")
    c.rect(1.03, 0.46, 0.03, 0.09, "#d9cfc0")
    c.poly([(1.025, 0.46), (1.045, 0.38), (1.065, 0.46)], "#5f6478")
    ridge(c, 0.63, 0.03, "#8fbc5c", "#4a8a4c")
    path = ((0.5, 1.03, 0.17), (0.52, 0.93, 0.11), (0.74, 0.83, 0.07), (0.8, 0.76, 0.045),
            (0.7, 0.7, 0.03), (0.78, 0.65, 0.018), (0.9, 0.61, 0.01), (0.98, 0.57, 0.005))
    c.blob([(x - w, y) for x, y, w in path] + [(x + w, y) for x, y, w in reversed(path)], "#f3e0b0",
           shade=0.3)
    for x, y, size in ((1.1, 0.7, 0.03), (1.2, 0.73, 0.036), (1.02, 0.72, 0.026),
                       (0.4, 0.72, 0.03)):
        sheep(c, x, y, size)
    tree(c, 0.16, 0.8, 0.56, "#3f7f52")
    crown(c, 1.42, 0.72, 0.14, "#4f8f54")
    signpost(c, 1.1, 0.94)
    person(c, 0.6, 0.94, 0.46, "#4f6f52", "#efc7ac", "#e6e4e2", "cap", side=1, lean=6,
           arms=((40, 44), (-24, 10)), legs=((20, 6), (-14, -26)))
    c.line([(0.735, 0.74), (0.775, 0.955)], 0.009, "#6b4226")
    c.rect(0.535, 0.62, 0.062, 0.11, "#a8613c", 0.02, rim=0.004)
    flowers(c, 0.92, 0.1, ["#fff6e4", "#f2c14a"], 46, 0.008)
    grass(c, 1.0, 0.1, "#2f6a42", 80)


def signpost(c, x, y):
    """Draw a signpost with arms to both sides."""
    c.shadow(x, y, 0.06, 0.6)
    c.rect(x - 0.014, y - 0.4, 0.028, 0.4, "#6b4a34", rim=0.004)
    for up, side in ((0.38, 1), (0.28, -1)):
        c.poly([(x - side * 0.04, y - up), (x + side * 0.16, y - up), (x + side * 0.21,
                y - up + 0.032), (x + side * 0.16, y - up + 0.064), (x - side * 0.04,
                                                                    y - up + 0.064)], "#d9a86a",
               rim=0.005)
        c.line([(x, y - up + 0.032), (x + side * 0.13, y - up + 0.032)], 0.008, "#7a5236")


def sheep(c, x, y, size):
    """Draw a sheep."""
    c.shadow(x, y, size)
    for off in (-0.5, -0.2, 0.25, 0.5):
        c.line([(x + size * off, y - size * 0.4), (x + size * off, y)], size * 0.14, "#3a3238")
    c.ovals([(x + size * off, y - size * (0.72 + up), size * 0.42, size * 0.4)
             for off, up in ((-0.5, 0), (0, 0.14), (0.45, 0), (0, -0.12))], "#fbf3e2", rim=0.003)
    c.oval(x + size * 0.92, y - size * 0.85, size * 0.24, size * 0.3, "#3a3238")


def gap(c):
    """Draw a wall of stones with a gap."""
    for row in range(8):
        y, tall = 0.9 - row * 0.043, 0.045
        for each in range(22):
            x, wide = -0.04 + each * 0.075 + row % 2 * 0.035, c.rng.uniform(0.055, 0.085)
            if abs(x + 0.03 - 0.82) < 0.08 + row * 0.032 and row > 0:
                continue
            tone = mix("#84807e", "#c9c0b0", c.rng.random())
            c.blob([(x, y + 0.004), (x + wide * 0.5, y - c.rng.uniform(0, 0.006)), (x + wide,
                    y + 0.004), (x + wide, y + tall * 0.9), (x + wide * 0.5, y + tall),
                    (x, y + tall * 0.92)], tone, shade=0.45, rim=0.003)


def wall(c):
    """People who put stones back into the gap of a wall across green hills after a storm."""
    sun(c, 0.28, 0.3, 0.05, "#fff0c4")
    for x, y, size in ((0.9, 0.28, 0.3), (1.34, 0.22, 0.22), (0.1, 0.2, 0.16)):
        cloud(c, x, y, size, "#d9d6d2", 0.8)
    for y, tone, far in ((0.42, "#6f8f98", 0.5), (0.5, "#7a9f7c", 0.3)):
        ridge(c, y, 0.05, c.far(tone, far), c.far(tone, far + 0.3))
    ridge(c, 0.6, 0.03, "#8fae5c", "#4a7a48")
    for x, y in ((0.46, 0.585), (0.7, 0.57), (0.26, 0.575)):
        sheep(c, x, y, 0.035)
    c.soft([(-0.05, 0.9), (1.55, 0.9), (1.55, 1.0), (-0.05, 1.0)], c.cool, 0.6, 0.02)
    gap(c)
    stones = [(c.rng.uniform(0.5, 1.2), c.rng.uniform(0.95, 1.0)) for _ in range(12)]
    for x, y in (*stones, (0.76, 0.9), (0.9, 0.905)):
        c.oval(x, y, c.rng.uniform(0.02, 0.04), 0.022, "#a8a098", rim=0.003)
    person(c, 0.6, 0.97, 0.5, "#4f6f52", "#efc7ac", "#e6e4e2", "cap", side=1,
           arms=((60, 84), (50, 78)))
    c.oval(0.78, 0.725, 0.046, 0.032, "#b5aca0", rim=0.005)
    person(c, 1.04, 0.98, 0.48, "#2f6f8f", "#efc3a0", "#d9a85c", "bun", side=-1, lean=-8,
           arms=((-40, -70), (-50, -76)))
    c.oval(0.89, 0.78, 0.042, 0.03, "#9a938c", rim=0.005)
    person(c, 1.3, 0.97, 0.48, "#d98a2c", "#7a4a30", "#1f1618", side=-1, legs=((-20, -4), (16, 30)),
           arms=((-30, -80), (-36, -84)))
    c.oval(1.16, 0.765, 0.05, 0.034, "#b5aca0", rim=0.005)
    grass(c, 1.02, 0.09, "#3f6f3c", 100)


def garden(c):
    """Somebody asleep in a bed at sunrise, beside beans and rows of a garden."""
    stars(c, 60, 0.25)
    crescent(c, 0.2, 0.16, 0.05)
    sun(c, 0.76, 0.46, 0.075, "#ffdf9c")
    ridge(c, 0.52, 0.03, c.far("#6f4f80", 0.3), c.sky[-1])
    ridge(c, 0.6, 0.02, "#5a6f6a", "#8f9a6a")
    c.rect(-0.02, 0.66, 1.54, 0.36, "#5f8a54", foot="#26443f")
    for row in range(5):
        y = 0.7 + row * 0.066
        c.line([(0.8 - row * 0.03, y), (1.54, y)], 0.022 + row * 0.008, "#5c3f38")
        for each in range(8):
            x, size = 0.84 - row * 0.03 + each * (0.092 + row * 0.008), 0.016 + row * 0.005
            c.ovals([(x + size * off, y - size * up, size * 0.9, size * 0.6)
                     for off, up in ((-0.9, 0.6), (0.9, 0.6), (0, 1.3))], "#5fa050", rim=0.003)
            if row % 2:
                c.oval(x, y - size * 0.5, size * 0.62, size * 0.6, ("#e0533f", "#f2b63c")[each % 2],
                       rim=0.003)
    for x in (0.93, 1.1, 1.27):
        beans(c, x, 0.76)
    bed(c)
    grass(c, 1.0, 0.1, "#1f3d38", 70)


def beans(c, x, y):
    """Draw beans that climb three poles."""
    for off in (-0.06, 0, 0.06):
        c.line([(x + off, y), (x + off * 0.1, y - 0.36)], 0.008, "#8f6240")
        for step in range(7):
            up = 0.03 + step * 0.045
            at = x + off * (1 - up * 2.4) + (0.016 if step % 2 else -0.016)
            c.oval(at, y - up, 0.022, 0.016, "#4f9450", rim=0.003)
            if step % 3 == 1:
                c.line([(at, y - up), (at + 0.006, y - up + 0.04)], 0.008, "#9fc860", end=0.004)
    for up in (0.1, 0.22, 0.3):
        c.oval(x + 0.02, y - up, 0.008, 0.008, "#f6f0ff", shade=0)


def bed(c):
    """Draw a bed with somebody asleep in it, and socks beside."""
    c.shadow(0.42, 0.95, 0.36, 0.7)
    c.rect(0.06, 0.5, 0.035, 0.45, "#8f5a3c", 0.012, rim=0.005)
    c.blob([(0.09, 0.84), (0.09, 0.56), (0.13, 0.52), (0.16, 0.56), (0.16, 0.84)], "#a86c45",
           rim=0.005)
    c.rect(0.72, 0.66, 0.03, 0.29, "#8f5a3c", 0.012, rim=0.005)
    c.rect(0.09, 0.82, 0.65, 0.06, "#7a4a34", 0.01)
    c.rect(0.1, 0.74, 0.63, 0.1, "#f6efe4", 0.03)
    c.blob([(0.11, 0.74), (0.12, 0.66), (0.22, 0.64), (0.32, 0.68), (0.33, 0.75), (0.2, 0.77)],
           "#fffaf2", shade=0.4, rim=0.005)
    c.blob([(0.14, 0.7), (0.16, 0.62), (0.24, 0.61), (0.29, 0.67), (0.34, 0.74), (0.2, 0.74)],
           "#241a1c", rim=0.004)
    c.oval(0.255, 0.685, 0.05, 0.046, "#b07a52", rim=0.004)
    for at in (0.243, 0.282):
        c.arc(at, 0.688, 0.011, 20, 160, 0.005, "#2a181a")
    c.arc(0.266, 0.703, 0.014, 30, 150, 0.005, "#8f3236")
    c.blob([(0.3, 0.76), (0.32, 0.69), (0.4, 0.655), (0.52, 0.64), (0.64, 0.66), (0.72, 0.7),
            (0.75, 0.82), (0.74, 0.9), (0.5, 0.88), (0.33, 0.9)], "#5f6fc0", shade=0.5, rim=0.006)
    for row in range(3):
        for each in range(5):
            x, y = 0.38 + each * 0.078 + row % 2 * 0.03, 0.7 + row * 0.062
            c.poly([(x, y - 0.022), (x + 0.026, y), (x, y + 0.022), (x - 0.026, y)],
                   ("#f2b63c", "#e98a9a", "#9fd0c4")[(each + row) % 3], shade=0.3)
    for x in (0.56, 0.63):
        c.blob([(x, 0.92), (x + 0.022, 0.92), (x + 0.024, 0.96), (x + 0.055, 0.975),
                (x + 0.04, 0.99),
                (x, 0.985)], "#e0533f", rim=0.003)


def salt_flat(c):
    """Somebody rides a loaded bicycle over a white plain at sunset, mirrored in it."""
    streaks(c, 0.26, 0.14, "#ffe0ac", 10)
    sun(c, 1.06, 0.44, 0.1, "#fff0b8")
    peaks(c, 0.535, 0.09, c.far("#8f3f4f", 0.25), number=9)
    c.rect(-0.02, 0.535, 1.54, 0.5, "#fbe9d6", foot="#d9a09a")
    bicycle(c, 0.6, 0.78, 0.2, "#1f6f86")
    rider(c)
    c.reflect(0.78, 0.22, "#f6dcc4", 0.6)
    salt(c)


def rider(c):
    """Draw somebody who rides, with bags on the bicycle."""
    person(c, 0.57, 0.74, 0.5, "#c8432f", "#c98f66", "#2a1c16", "hat", side=1, lean=24,
           arms=((40, 50), (34, 46)), legs=((36, -8), (10, -30)))
    c.rect(0.42, 0.6, 0.11, 0.11, "#e0a03a", 0.018, rim=0.005)
    c.rect(0.7, 0.63, 0.07, 0.09, "#3f8a86", 0.014, rim=0.005)
    c.rect(0.41, 0.56, 0.13, 0.036, "#7d4f6a", 0.016, rim=0.004)


def salt(c):
    """Draw the cracks of the salt, wider apart in front."""
    for row in range(7):
        y = 0.79 + 0.22 * (row / 6) ** 1.6
        size = 0.05 + row * 0.022
        for each in range(-1, round(1.6 / size) + 1):
            x = each * size + row % 2 * size / 2
            c.line([(x, y), (x + size / 2, y - size * 0.12), (x + size, y)], 0.0015 + row * 0.0005,
                   "#fff8ec", 0.8, 0)
            c.line([(x, y), (x, y + size * 0.16)], 0.0015 + row * 0.0005, "#fff8ec", 0.8, 0)


SCENES = {"hives": hives, "bees": bees, "footpath": footpath, "wall": wall, "garden": garden,
          "salt_flat": salt_flat}
