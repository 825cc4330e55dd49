"""Pictures of the demo's dreams in which people come together; SKIES has the sky of each."""
import math

from dreamscape.demo_canvas import mix
from dreamscape.demo_indoors import loaf, notes
from dreamscape.demo_nature import (
    fir,
    grass,
    ridge,
    shade_below,
    smoke,
    stars,
    streaks,
    sun,
    tree,
)
from dreamscape.demo_people import figure, person

SKIES = {
    "choir": ("#2b2a5e", "#6f4a80", "#d9786f", "#f7b27a"),
    "joke": ("#5fa3a8", "#a9cfae", "#f0e6b0"), "oven": ("#1d2350", "#4a3f78", "#c46a74"),
    "dance": ("#31184a", "#7a2f5a", "#d95f55", "#f39a62"),
    "lectern": ("#141a3d", "#27305f", "#3a4478"),
    "workshop": ("#1f3a58", "#5f6f86", "#e0946a", "#f7bf82"),
    "telescope": ("#050a22", "#111a4a", "#2c2f78", "#5a4a94")}
SKINS = "#e3b48c", "#8a5636", "#c58a5f", "#6f432b", "#d9a27d", "#f0cba8"
HAIRS = "#2b1d18", "#d8d4d0", "#8f5a34", "#17131a", "#c99a52", "#5a4038"


def lights(c, y, sag, start=0.0, reach=0.5):
    """Draw a string of lights that hangs across the picture."""
    def hang(x):
        """Return how far down the string hangs at a place."""
        return y + sag * math.sin(math.pi * ((x + start) % reach) / reach)

    c.line([(x / 40, hang(x / 40)) for x in range(-1, 62)], 0.003, mix(c.cool, "#000000", 0.3))
    for step in range(23):
        x = 0.02 + step * 0.067
        c.glow(x, hang(x) + 0.014, 0.022, "#ffc861", 0.6)
        c.oval(x, hang(x) + 0.014, 0.009, 0.012, "#fff3c4", shade=0)


def lit_windows(c, x, y, wide, tall, colour, across, down, share=0.5):
    """Draw the wall of a large house; a share of its windows is lit."""
    c.rect(x, y, wide, tall, colour, foot=mix(colour, c.cool, 0.5))
    for row in range(down):
        for each in range(across):
            left, top = x + wide * (each + 0.28) / across, y + tall * (row + 0.25) / (down + 0.3)
            lit = c.rng.random() < share
            c.rect(left, top, wide * 0.44 / across, tall * 0.5 / down,
                   "#ffd77f" if lit else mix(colour, c.cool, 0.6), shade=0.1)
            if lit:
                c.glow(left + wide * 0.22 / across, top + tall * 0.25 / down, 0.035, "#ffb85c", 0.4)


def choir(c):
    """A choir sings in a school yard at dusk, its conductor with raised arms in front."""
    c.light, c.warm = (0.75, 0.2), "#ffd9a0"
    streaks(c, 0.3, 0.12, "#ffb890", 7)
    lit_windows(c, 0.22, 0.26, 1.06, 0.42, "#5c3f66", 7, 2, 0.6)
    c.poly([(0.16, 0.27), (0.34, 0.15), (1.16, 0.15), (1.34, 0.27)], "#3a2548", rim=0.005)
    for x, size in ((0.06, 0.36), (1.44, 0.42)):
        tree(c, x, 0.72, size, "#3f3a62")
    c.rect(-0.02, 0.66, 1.54, 0.36, "#8a5a6b", foot="#3a2348")
    lights(c, 0.05, 0.09)
    c.glow(0.75, 0.55, 0.5, "#ffb56a", 0.4)
    robes = "#c8503f", "#e0a03a", "#3f7f8a", "#7d4f96", "#d97f4a"
    for row, (foot, number) in enumerate(((0.76, 8), (0.86, 7))):
        c.rect(0.1 + row * 0.02, foot - 0.03, 1.3 - row * 0.04, 0.09, "#5a3a58", rim=0.004)
        for each in range(number):
            pick = each * 3 + row
            x = 0.75 + (each - (number - 1) / 2) * 0.162
            figure(c, x, foot - 0.19, 0.42, robes[(each + row * 2) % 5], SKINS[pick % 6],
                   HAIRS[(pick + each) % 6], ("short", "long", "bun", "short")[(pick + row) % 4],
                   arms=((20, -80), (-20, 80)), skirt=0.2, mood="sing")
            c.poly([(x - 0.045, foot - 0.3), (x, foot - 0.29), (x + 0.045, foot - 0.3),
                    (x + 0.045, foot - 0.25), (x, foot - 0.238), (x - 0.045, foot - 0.25)],
                   "#fff3d8", shade=0.15)
    c.shadow(0.75, 1.0, 0.2)
    figure(c, 0.75, 0.86, 0.6, "#22203f", "#5f3a26", "#141016", arms=((118, 160), (-118, -160)),
           coat_length=0.14)
    c.oval(0.75, 0.595, 0.036, 0.044, "#141016", rim=0.006)
    notes(c, ((0.3, 0.36), (0.52, 0.25), (0.86, 0.3), (1.1, 0.22), (1.24, 0.4)), "#ffe3a0", 0.024)


def joke(c):
    """A family laughs at a long table in a garden; one of them tells, in blue, white and red."""
    c.light, c.warm = (0.2, -0.1), "#fff3c4"
    ridge(c, 0.5, 0.03, c.far("#7fa67a", 0.4), c.sky[-1])
    ridge(c, 0.6, 0.02, "#86ab62", "#b9c777")
    tree(c, 1.32, 0.74, 0.9, "#4f8a54")
    tree(c, 0.1, 0.72, 0.55, "#6a9c55")
    for each in range(13):
        x = each * 0.125
        y = 0.07 + 0.06 * math.sin(math.pi * (x % 0.75) / 0.75)
        c.poly([(x, y), (x + 0.1, y + 0.006), (x + 0.05, y + 0.085)],
               ("#2f5da8", "#fff8ec", "#d2393a")[each % 3], rim=0.003)
    bubble(c, 0.75, 0.2)
    coats = "#d98a3a", "#4f8f8a", "#2f6f8f", "#b84f5f", "#e6c25a"
    for each, x in enumerate((0.16, 0.43, 0.75, 1.04, 1.32)):
        telling = each == 2
        figure(c, x, 0.8, 0.66, coats[each], SKINS[(4, 1, 5, 2, 0)[each]],
               ("#d8d4d0", "#5a3a24", "#d9a85c", "#2b1d18", "#8f5a34")[each],
               ("hat", "short", "bun", "long", "short")[each], mood="smile" if telling else "laugh",
               arms=((108, 160), (-96, -150)) if telling else
               (((38, -40), (-34, 60)), ((60, -130), (-26, 40)))[each % 2],
               lean=(-5, 4, 0, -7, 6)[each])
    c.poly([(-0.02, 0.74), (1.52, 0.74), (1.52, 0.84), (-0.02, 0.84)], "#fdf4e0", shade=0.15)
    c.poly([(-0.02, 0.83), (1.52, 0.83), (1.52, 1.02), (-0.02, 1.02)], "#e6d8c0", foot="#a89a94")
    for x in range(11):
        c.line([(x * 0.15, 0.84), (x * 0.15 - 0.02, 1.02)], 0.006, "#cfc0aa")
    lunch(c)


def bubble(c, x, y):
    """Draw a speech bubble in the colours of France."""
    c.blob([(x - 0.16, y), (x - 0.13, y - 0.085), (x, y - 0.1), (x + 0.13, y - 0.085),
            (x + 0.16, y), (x + 0.12, y + 0.075), (x + 0.03, y + 0.085), (x + 0.005, y + 0.14),
            (x - 0.03, y + 0.085), (x - 0.12, y + 0.075)], "#fffaf0", shade=0.1)
    for each, colour in enumerate(("#2f5da8", "#ece6da", "#d2393a")):
        c.rect(x - 0.09 + each * 0.062, y - 0.055, 0.056, 0.1, colour, 0.006, shade=0.15)


def lunch(c):
    """Draw wine, bread, cheese and glasses on the table."""
    for x, colour in ((0.3, "#3f6b45"), (1.18, "#5c2438")):
        c.rect(x - 0.022, 0.67, 0.044, 0.13, colour, 0.016, rim=0.005)
        c.rect(x - 0.009, 0.6, 0.018, 0.08, colour, 0.005)
        c.rect(x - 0.022, 0.715, 0.044, 0.04, "#f3e5c6", shade=0.1)
    c.line([(0.46, 0.79), (0.66, 0.77)], 0.036, "#c98a45", rim=0.005)
    for x in (0.5, 0.555, 0.61):
        c.line([(x, 0.79), (x + 0.02, 0.77)], 0.006, "#f6dca8")
    c.oval(0.92, 0.795, 0.11, 0.024, "#ffffff", rim=0.004)
    c.poly([(0.85, 0.785), (0.93, 0.735), (0.99, 0.785)], "#f2c14a", rim=0.004)
    c.rect(0.85, 0.782, 0.14, 0.018, "#f8dc86", 0.003)
    for x in (0.1, 0.4, 0.71, 1.08, 1.38):
        c.poly([(x - 0.02, 0.74), (x + 0.02, 0.74), (x + 0.014, 0.78), (x - 0.014, 0.78)],
               "#8f2438", 0.9)
        c.line([(x, 0.78), (x, 0.805)], 0.004, "#cfd9d8")
        c.oval(x, 0.807, 0.018, 0.005, "#cfd9d8", shade=0)


def oven(c):
    """Neighbours around a stone bread oven in the yard behind their house, at nightfall."""
    stars(c, 60, 0.3)
    lit_windows(c, -0.02, 0.06, 0.5, 0.7, "#4a3a66", 3, 4, 0.45)
    lit_windows(c, 1.16, 0.14, 0.38, 0.6, "#54406b", 2, 4, 0.5)
    c.rect(-0.02, 0.7, 1.54, 0.34, "#5c4460", foot="#241a3a")
    c.light, c.warm = (0.86, 0.62), "#ffbe6a"
    smoke(c, 1.09, 0.3, 0.34, "#c9a9b8", 0.45, -0.5)
    c.rect(1.05, 0.27, 0.08, 0.2, "#6b4a52", 0.006, rim=0.004)
    stone_oven(c, 0.86, 0.84)
    for x, height, coat, pick, look, side in (
            (0.14, 0.42, "#3f7f8a", 1, "long", 1), (0.3, 0.5, "#c8653f", 2, "cap", 1),
            (1.3, 0.46, "#d9a23a", 3, "bun", -1), (1.42, 0.34, "#7d5aa0", 0, "short", -1)):
        person(c, x, 0.95, height, coat, SKINS[pick], HAIRS[pick], look, side=side,
               arms=((44, 84), (36, 80)) if side > 0 else ((-36, -80), (-44, -84)))
        at = x + side * height * 0.25
        loaf(c, at, 0.95 - height * 0.57, height * 0.1)
    figure(c, 0.5, 0.74, 0.54, "#f3ead8", "#7a4a30", "#1f1718", "baker", side=1,
           arms=((58, 84), (50, 78)))
    c.line([(0.5, 0.64), (0.78, 0.665)], 0.013, "#a8784a")
    c.oval(0.8, 0.667, 0.06, 0.013, "#b9854f")
    loaf(c, 0.8, 0.65, 0.046)


def stone_oven(c, x, y):
    """Draw an oven of clay on a base of stones, with a fire inside."""
    c.shadow(x, y + 0.08, 0.3, 0.7)
    c.glow(x, y - 0.18, 0.42, "#ff8a3c", 0.7)
    c.blob([(x - 0.3, y - 0.12), (x - 0.26, y - 0.34), (x, y - 0.47), (x + 0.26, y - 0.34),
            (x + 0.3, y - 0.12)], "#b06a4c", shade=0.5)
    c.rect(x - 0.33, y - 0.15, 0.66, 0.22, "#4a3a46")
    for row in range(4):
        for each in range(7):
            left = x - 0.335 + each * 0.1 - row % 2 * 0.04
            c.rect(max(left, x - 0.335), y - 0.145 + row * 0.054, 0.092, 0.048,
                   mix("#7a6a70", "#a8938c", c.rng.random()), 0.016, rim=0.003)
    arch = [(x + 0.155 * math.cos(math.radians(turn)), y - 0.16 + 0.17 * math.sin(math.radians(
        turn))) for turn in range(180, 361, 12)]
    for px, py in arch:
        c.oval(px + (px - x) * 0.12, py + (py - y + 0.16) * 0.12, 0.026, 0.026, "#c99a7a",
               rim=0.003)
    c.poly(arch, "#2a1016", shade=0)
    c.glow(x, y - 0.2, 0.12, "#ff9a3c", 1)
    for off, tall, colour in ((-0.07, 0.1, "#f0642c"), (0.07, 0.09, "#f0642c"),
                              (-0.03, 0.14, "#ff9a3c"), (0.04, 0.12, "#ffb44a"),
                              (0, 0.075, "#fff0a8")):
        c.blob([(x + off - 0.04, y - 0.175), (x + off - 0.028, y - 0.2 - tall * 0.2),
                (x + off + 0.01, y - 0.17 - tall), (x + off + 0.034, y - 0.2), (x + off + 0.03,
                                                                              y - 0.17)],
               colour, 0.95, 0)
    c.rect(x - 0.2, y - 0.165, 0.4, 0.03, "#d9b48f", 0.006, rim=0.005)


def dance(c):
    """An older couple dances under strings of lights, other couples behind."""
    c.light, c.warm = (0.75, 0.05), "#ffd98a"
    sun(c, 0.75, 0.62, 0.08, "#ffc070")
    c.light, c.warm = (0.75, 0.0), "#ffd98a"
    for x, size in ((0.08, 0.5), (0.3, 0.36), (1.24, 0.4), (1.45, 0.56)):
        tree(c, x, 0.7, size, "#5a2450", "#3a1838")
    c.rect(-0.02, 0.68, 1.54, 0.34, "#a8485a", foot="#3f1a48")
    for x, size in ((0.3, 0.26), (1.2, 0.28)):
        pair(c, x, 0.76, size, "#7a3358", "#8f3f5a", "#5a2a4a", "#5a2a4a")
    for row in range(3):
        lights(c, 0.02 + row * 0.055, 0.1 + row * 0.02, row * 0.21, 0.75)
    c.oval(0.75, 0.93, 0.46, 0.06, "#f0a86a", 0.45)
    c.soft([(0.62, 0.92), (0.96, 0.92), (1.05, 1.0), (0.56, 1.0)], "#2a1038", 0.7, 0.02)
    pair(c, 0.75, 0.93, 0.68, "#2c3a72", "#f2b13a", "#8a5636", "#a86d45", "#dcd8d6")
    notes(c, ((0.22, 0.46), (1.28, 0.42), (1.14, 0.28), (0.36, 0.32)), "#ffe3a0", 0.026)


def pair(c, x, y, h, coat, dress, skin, other, hair="#4a2444"):
    """Draw two people who dance together."""
    figure(c, x + h * 0.13, y - h * 0.46, h * 0.95, dress, other, hair, "bun", side=-1, lean=-3,
           arms=((-80, -62), (-84, -60)), legs=((16, 4), (-6, -10)), skirt=0.3)
    figure(c, x - h * 0.12, y - h * 0.475, h, coat, skin, hair, side=1, lean=3,
           arms=((70, 100), (76, 120)), legs=((10, -4), (-14, -22)))
    c.line([(x + h * 0.04, y - h * 0.66), (x + h * 0.14, y - h * 0.66)], h * 0.045, skin)


def lectern(c):
    """Somebody talks in a spotlight, both hands free, the lectern beside; heads in front."""
    for each in range(16):
        x = each * 0.1 - 0.03
        c.rect(x, -0.02, 0.102, 0.8, mix("#3a2a6b", "#1f1a4a", each % 2 * 0.7 + 0.1), shade=0.5)
    c.light, c.warm = (0.62, -0.2), "#fff0c0"
    c.rect(-0.02, 0.72, 1.54, 0.32, "#5f3f48", foot="#241a34")
    c.soft([(0.58, -0.1), (0.7, -0.1), (0.96, 0.84), (0.32, 0.84)], "#fff0c0", 0.42, 0.02)
    c.oval(0.64, 0.83, 0.34, 0.055, "#ffe4a8", 0.8, 0.1)
    c.shadow(1.06, 0.85, 0.14, 0.8)
    c.poly([(0.95, 0.5), (1.19, 0.5), (1.16, 0.86), (0.98, 0.86)], "#8f5a34", shade=0.5, rim=0.006)
    c.poly([(0.92, 0.5), (0.96, 0.44), (1.2, 0.46), (1.23, 0.51)], "#b97a45", rim=0.004)
    c.line([(1.05, 0.46), (1.02, 0.36), (0.98, 0.33)], 0.008, "#14101f")
    c.oval(0.972, 0.325, 0.018, 0.022, "#14101f", rim=0.004)
    person(c, 0.64, 0.84, 0.64, "#d9573f", "#f0c8a4", "#d9a85c", "bun", mood="smile",
           arms=((62, 112), (-60, -110)), trousers="#2a2c54")
    for row, (y, size) in enumerate(((0.9, 0.05), (1.0, 0.066))):
        for each in range(12 - row * 2):
            x = each * (0.14 + row * 0.03) - 0.02 + row * 0.04 + c.rng.uniform(-0.015, 0.015)
            tone = mix("#1a1434", "#3f2c4a", c.rng.random())
            c.blob([(x - size * 1.7, y + size * 3), (x - size * 1.3, y + size * 1.3),
                    (x, y + size * 0.8), (x + size * 1.3, y + size * 1.3), (x + size * 1.7,
                                                                          y + size * 3)],
                   tone, shade=0.15, rim=0.005)
            c.oval(x, y, size * 0.9, size * 1.08, mix(tone, "#0f0a20", 0.3), shade=0.15, rim=0.005)


def workshop(c):
    """A workshop with its door open in the evening; people at a bench in warm light."""
    sun(c, 0.2, 0.52, 0.045, "#ffcf90")
    ridge(c, 0.5, 0.04, c.far("#4a5a68", 0.4), c.sky[-1])
    for x, size in ((0.05, 0.46), (0.18, 0.36), (1.34, 0.5), (1.46, 0.6)):
        fir(c, x, 0.82, size, "#1f3f42")
    c.rect(-0.02, 0.8, 1.54, 0.24, "#3f4440", foot="#16202e")
    c.rect(0.32, 0.36, 0.92, 0.46, "#8f3f34", shade=0.4)
    for each in range(16):
        c.line([(0.35 + each * 0.058, 0.37), (0.35 + each * 0.058, 0.81)], 0.003, "#5c2830")
    c.poly([(0.24, 0.39), (0.5, 0.15), (1.06, 0.15), (1.32, 0.39)], "#2f2a3c", rim=0.008)
    c.rect(1.0, 0.08, 0.07, 0.16, "#5c3a3a", rim=0.004)
    smoke(c, 1.035, 0.08, 0.16, "#f0d8c4", 0.5, 0.7)
    c.light, c.warm = (0.78, 0.46), "#ffd98c"
    c.glow(0.78, 0.64, 0.42, "#ffb04f", 0.65)
    c.rect(0.55, 0.42, 0.46, 0.4, "#f2b25a", shade=0.3)
    c.soft([(0.55, 0.82), (1.01, 0.82), (1.3, 1.05), (0.26, 1.05)], "#ffcf7a", 0.6, 0.015)
    tools(c)
    for left in (0.4, 1.01):
        c.poly([(left, 0.4), (left + 0.15, 0.4), (left + 0.15, 0.83), (left, 0.83)], "#4f6f6a",
               rim=0.005)
        c.line([(left + 0.02, 0.44), (left + 0.13, 0.8)], 0.014, "#3a5554")
    person(c, 0.46, 0.97, 0.36, "#d9a23a", SKINS[1], HAIRS[0], side=1, legs=((22, 4), (-18, -30)))
    person(c, 0.34, 0.985, 0.25, "#b84f4a", SKINS[1], HAIRS[3], "tail", side=1,
           legs=((22, 4), (-18, -30)))
    grass(c, 1.0, 0.1, "#1d2c34", 60)


def tools(c):
    """Draw tools on a wall, and two people at a bench below."""
    c.line([(0.78, 0.42), (0.78, 0.46)], 0.004, "#3a2a2a")
    c.oval(0.78, 0.468, 0.014, 0.016, "#fff8dc", shade=0)
    for each, x in enumerate((0.59, 0.64, 0.69, 0.87, 0.92, 0.97)):
        c.line([(x, 0.46), (x, 0.53)], 0.009, "#7a4528")
        if each % 2:
            c.poly([(x - 0.018, 0.53), (x + 0.018, 0.53), (x + 0.01, 0.585), (x - 0.01, 0.585)],
                   "#55606e")
        else:
            c.rect(x - 0.022, 0.525, 0.044, 0.024, "#55606e", 0.004)
    figure(c, 0.7, 0.7, 0.36, "#2f6f8f", SKINS[5], "#d9a85c", "bun", side=1,
           arms=((40, 70), (20, 64)))
    figure(c, 0.88, 0.7, 0.34, "#7d4f6a", SKINS[3], HAIRS[3], side=-1,
           arms=((-20, -60), (-40, -70)))
    c.rect(0.6, 0.68, 0.38, 0.024, "#7a4a2c", rim=0.004)
    for x in (0.62, 0.94):
        c.rect(x, 0.7, 0.022, 0.12, "#5c3622")
    c.rect(0.76, 0.655, 0.08, 0.026, "#d9a064", 0.006)


def telescope(c):
    """People of a street in their yard around a large telescope, under the Milky Way."""
    for each in range(26):
        along = each / 25
        c.glow(0.1 + along * 1.25 + c.rng.gauss(0, 0.03), 0.66 - along * 0.62
               + c.rng.gauss(0, 0.05),
               c.rng.uniform(0.05, 0.12), c.rng.choice(["#8d86e8", "#b48ad8", "#6f8fe8"]), 0.26)
    stars(c, 230, 0.85)
    for _ in range(130):
        along = c.rng.random()
        c.oval(0.1 + along * 1.25 + c.rng.gauss(0, 0.05), 0.66 - along * 0.62
               + c.rng.gauss(0, 0.05),
               0.0013, 0.0013, "#ffffff", 0.8, 0)
    lit_windows(c, -0.02, 0.32, 0.3, 0.56, "#1b1c48", 3, 5, 0.3)
    lit_windows(c, 1.28, 0.2, 0.26, 0.68, "#1b1c48", 2, 6, 0.3)
    c.light, c.warm = (0.9, 0.1), "#c9c4ff"
    ridge(c, 0.83, 0.015, "#2a2a5c", "#0d0f2c")
    c.shadow(0.7, 0.93, 0.24, 0.7)
    c.poly([(0.56, 0.92), (0.6, 0.7), (0.82, 0.7), (0.86, 0.92)], "#8f5a3c", shade=0.5, rim=0.007)
    c.oval(0.71, 0.7, 0.095, 0.095, "#a86c45", rim=0.007)
    tube(c, 0.58, 0.81, 0.98, 0.32, 0.085)
    c.line([(0.8, 0.48), (0.74, 0.44)], 0.03, "#4a4580", rim=0.004)
    c.rect(0.5, 0.86, 0.16, 0.06, "#6b4634", 0.006, rim=0.004)
    person(c, 0.66, 0.87, 0.36, "#e0a03a", SKINS[4], HAIRS[0], "beanie", side=1,
           arms=((110, 120), (20, 40)))
    person(c, 0.4, 0.95, 0.5, "#b0485d", SKINS[0], HAIRS[3], side=1, arms=((128, 140), (-12, -4)))
    person(c, 1.06, 0.95, 0.48, "#3f8a96", SKINS[2], HAIRS[1], "bun", side=-1, skirt=0.24)
    person(c, 1.2, 0.96, 0.3, "#d9653f", SKINS[1], HAIRS[0], "tail", side=-1,
           arms=((-110, -150), (-20, -10)))
    shade_below(c, 1.0, 0.5)


def tube(c, x, y, right, top, half):
    """Draw the tube of a telescope, from its foot to its open end above."""
    turn = math.atan2(top - y, right - x)
    across, down = -math.sin(turn) * half, math.cos(turn) * half

    def ring(along, wider, colour):
        """Draw a band around the tube at a share of its length."""
        bx, by = x + (right - x) * along, y + (top - y) * along
        ex, ey = bx + (right - x) * 0.05, by + (top - y) * 0.05
        c.poly([(bx + across * wider, by + down * wider), (bx - across * wider, by - down * wider),
                (ex - across * wider, ey - down * wider), (ex + across * wider, ey + down * wider)],
               colour, rim=0.005)

    c.poly([(x + across, y + down), (x - across, y - down), (right - across, top - down),
            (right + across, top + down)], "#cfcbea", shade=0.55, rim=0.01)
    for along, wider, colour in ((0, 1.1, "#5a4f94"), (0.32, 1.06, "#8f7fc0"),
                                 (0.95, 1.12, "#f6f0ff")):
        ring(along, wider, colour)
    end = right + (right - x) * 0.005, top + (top - y) * 0.005
    c.blob([(end[0] + math.cos(a) * across * 1.05 + math.sin(a) * down * 0.32,
             end[1] + math.cos(a) * down * 1.05 - math.sin(a) * across * 0.32)
            for a in (each * math.tau / 10 for each in range(10))], "#2a2860", rim=0.004)


SCENES = {"choir": choir, "joke": joke, "oven": oven, "dance": dance, "lectern": lectern,
          "workshop": workshop, "telescope": telescope}
