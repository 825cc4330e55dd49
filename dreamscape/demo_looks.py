"""Hair, hats, clothes and backgrounds for the faces of the demo's people.

Each function draws on a canvas for a face (demo_faces.Face) whose head is around (x, y).
"""
import math

from dreamscape.demo_canvas import curve, mix
from dreamscape.demo_nature import grass, house, ridge, stars

# Hair and hats ###############################################################


def hair_behind(c, face, x, y, wide, foot):
    """Draw hair that falls behind the head, to a height below its middle."""
    c.blob([(x - wide * 0.9, y + foot), (x - wide, y + foot * 0.3), (x - wide * 0.92, y - 0.14),
            (x - wide * 0.4, y - 0.26), (x + wide * 0.4, y - 0.26), (x + wide * 0.92, y - 0.14),
            (x + wide, y + foot * 0.3), (x + wide * 0.9, y + foot), (x, y + foot * 0.86)],
           mix(face.hair, c.cool, 0.25), shade=0.35)


def hair_top(c, face, x, y, low=0.0, parting=0.0, height=0.265):
    """Draw the hair above the forehead; its edge rises towards a parting."""
    w = face.wide + 0.016
    c.blob([(x - w, y + 0.02 + low), (x - w * 0.99, y - 0.13), (x - w * 0.55, y - height + 0.02),
            (x + w * 0.1, y - height), (x + w * 0.66, y - height + 0.03), (x + w, y - 0.12),
            (x + w, y + 0.02 + low), (x + w * 0.86, y - 0.06 + low), (x + w * 0.66, y - 0.12),
            (x + parting * w, y - 0.17), (x - w * 0.62, y - 0.12), (x - w * 0.86, y - 0.06 + low)],
           face.hair, shade=0.4, rim=0.007)


def strands(c, face, lines):
    """Draw lighter strands in the hair."""
    for points in lines:
        c.line(points, 0.007, mix(face.hair, c.warm, 0.45), 0.8, end=0.002)


def topknot_behind(c, face, x, y):
    """Draw fair hair behind the head, tied into a topknot."""
    c.oval(x + 0.05, y - 0.3, 0.085, 0.075, mix(face.hair, c.cool, 0.12), rim=0.007)
    strands(c, face, [[(x + 0.0, y - 0.31), (x + 0.05, y - 0.34), (x + 0.1, y - 0.3)]])


def topknot(c, face, x, y):
    """Draw fair hair that is combed back, with loose strands."""
    hair_top(c, face, x, y, 0.02, -0.45)
    strands(c, face, [[(x - 0.06, y - 0.17), (x - 0.02, y - 0.23), (x + 0.05, y - 0.25)],
                      [(x + 0.04, y - 0.16), (x + 0.09, y - 0.2), (x + 0.11, y - 0.23)]])
    for side in (-1, 1):
        c.line([(x + side * 0.165, y - 0.06), (x + side * 0.186, y + 0.03), (x + side * 0.176,
                                                                            y + 0.12)], 0.02,
               face.hair, end=0.004)


def short(c, face, x, y):
    """Draw short dark hair, brushed up."""
    hair_top(c, face, x, y, -0.02, 0.3)
    for each in range(7):
        at = x - 0.12 + each * 0.04
        c.poly([(at - 0.03, y - 0.2), (at + 0.03, y - 0.3 - 0.012 * (each % 3)),
                (at + 0.05, y - 0.2)], face.hair, shade=0.3)


def wrap(c, face, x, y):
    """Draw a patterned cloth that is wound around the head and knotted, and earrings."""
    c.blob([(x - 0.2, y - 0.06), (x - 0.23, y - 0.2), (x - 0.14, y - 0.34), (x + 0.06, y - 0.38),
            (x + 0.22, y - 0.3), (x + 0.24, y - 0.16), (x + 0.2, y - 0.06), (x + 0.08, y - 0.14),
            (x - 0.08, y - 0.14)], "#e8a82c", shade=0.5, rim=0.008)
    for row in range(3):
        c.line([(x - 0.2 + row * 0.03, y - 0.13 - row * 0.07), (x, y - 0.18 - row * 0.07),
                (x + 0.21, y - 0.14 - row * 0.06)], 0.026 - row * 0.004,
               ("#c8402f", "#1f6f7a", "#c8402f")[row])
    for off, up in ((0.08, 0.4), (0.17, 0.37), (0.13, 0.44)):
        c.oval(x + off, y - up, 0.06, 0.045, "#d98f24", rim=0.006)
    for side in (-1, 1):
        c.oval(x + side * (face.wide + 0.004), y + 0.1, 0.022, 0.032, "#f4cf5c", rim=0.005)


def fringe_behind(c, face, x, y):
    """Draw straight black hair behind the head."""
    hair_behind(c, face, x, y, 0.205, 0.24)


def fringe(c, face, x, y):
    """Draw a straight fringe."""
    w = face.wide + 0.02
    c.blob([(x - w, y + 0.18), (x - w * 1.03, y - 0.1), (x - w * 0.6, y - 0.25), (x, y - 0.275),
            (x + w * 0.6, y - 0.25), (x + w * 1.03, y - 0.1), (x + w, y + 0.18), (x + w * 0.8,
            y + 0.14), (x + w * 0.82, y - 0.05), (x + w * 0.4, y - 0.065), (x, y - 0.06),
            (x - w * 0.4, y - 0.065), (x - w * 0.82, y - 0.05), (x - w * 0.8, y + 0.14)],
           face.hair, shade=0.4, rim=0.006)
    strands(c, face, [[(x - 0.07 + each * 0.045, y - 0.2), (x - 0.08 + each * 0.05, y - 0.09)]
                      for each in range(4)])


def shaved(c, face, x, y):
    """Draw hair that is almost shaved."""
    hair_top(c, face, x, y, 0.0, 0.1, 0.235)


def bun_behind(c, face, x, y):
    """Draw a low bun of grey hair with a flower."""
    c.oval(x + 0.17, y + 0.08, 0.085, 0.09, mix(face.hair, c.cool, 0.2), rim=0.006)
    c.ovals([(x + 0.235 + 0.026 * math.cos(a), y + 0.03 + 0.026 * math.sin(a), 0.022, 0.022)
             for a in (0, 1.26, 2.5, 3.77, 5.03)], "#fff3dc", rim=0.004)
    c.oval(x + 0.235, y + 0.03, 0.014, 0.014, "#f2b02c", shade=0)


def bun(c, face, x, y):
    """Draw grey hair with a middle parting and a white streak, and a bindi."""
    hair_top(c, face, x, y, 0.03, 0.02)
    c.line([(x, y - 0.17), (x + 0.004, y - 0.26)], 0.006, mix(face.skin, c.cool, 0.2))
    c.line([(x - 0.03, y - 0.18), (x - 0.1, y - 0.2), (x - 0.16, y - 0.1)], 0.022, "#f4f1ee",
           end=0.006)
    c.oval(x + face.turn, y - 0.085, 0.012, 0.012, "#b3202f", shade=0)
    for side in (-1, 1):
        c.oval(x + side * (face.wide + 0.006), y + 0.1, 0.013, 0.013, "#f4cf5c", rim=0.004)


def curls(c, face, x, y):
    """Draw thick curls."""
    for tone, reach in ((mix(face.hair, c.cool, 0.3), 1.0), (face.hair, 0.84)):
        c.ovals([(x + math.cos(a) * 0.19 * reach, y - 0.12 + math.sin(a) * 0.15 * reach,
                  0.06 + 0.012 * math.sin(a * 5), 0.056)
                 for a in (math.pi * (0.98 + step / 11 * 1.04) for step in range(12))]
                + [(x, y - 0.2, 0.15 * reach, 0.08)], tone, shade=0.4, rim=0.006)
    for each in range(6):
        c.arc(x - 0.14 + each * 0.055, y - 0.21 - 0.03 * (each % 2), 0.028, 170, 380, 0.006,
              mix(face.hair, c.warm, 0.5), 0.8)


def scarf_behind(c, face, x, y):
    """Draw a headscarf behind the head."""
    c.blob([(x - 0.27, y + 0.56), (x - 0.235, y + 0.12), (x - 0.22, y - 0.12), (x - 0.1, y - 0.27),
            (x + 0.1, y - 0.27), (x + 0.22, y - 0.12), (x + 0.235, y + 0.12), (x + 0.27, y + 0.56)],
           mix(face.hair, c.cool, 0.3), shade=0.4)


def scarf(c, face, x, y):
    """Draw a headscarf around the face, with folds below the chin."""
    w = face.wide + 0.03
    outer = [(x - w - 0.02, y + 0.16), (x - w - 0.014, y - 0.1), (x - w * 0.55, y - 0.26),
             (x, y - 0.29), (x + w * 0.55, y - 0.26), (x + w + 0.014, y - 0.1),
             (x + w + 0.02, y + 0.16), (x + 0.12, y + 0.31), (x, y + 0.35), (x - 0.12, y + 0.31)]
    inner = [(x, y + 0.2), (x + 0.12, y + 0.13), (x + face.wide * 0.96, y - 0.02),
             (x + 0.12, y - 0.14), (x, y - 0.165), (x - 0.12, y - 0.14), (x - face.wide * 0.96,
                                                                      y - 0.02),
                                                                          (x - 0.12, y + 0.13)]
    edges = [curve([*points[4:], *points[:4]]) for points in (outer, inner)]
    c.poly([*edges[0], edges[0][0], edges[1][0], *reversed(edges[1])], face.hair, shade=0.45,
           rim=0.007)
    for side, y0 in ((-1, 0.2), (1, 0.24)):
        c.blob([(x + side * 0.22, y + y0), (x + side * 0.05, y + y0 + 0.12), (x - side * 0.16,
                y + y0 + 0.1), (x - side * 0.2, y + y0 + 0.2), (x + side * 0.06, y + y0 + 0.24),
                (x + side * 0.26, y + y0 + 0.12)], mix(face.hair, c.warm, 0.12 if side < 0 else 0),
               shade=0.5, rim=0.006)


def cap(c, face, x, y):
    """Draw a flat cap of tweed over white hair."""
    for side in (-1, 1):
        c.ovals([(x + side * (face.wide - 0.004), y - 0.07 + step * 0.035, 0.03, 0.03)
                 for step in range(3)], face.hair, rim=0.005)
    c.blob([(x - 0.2, y - 0.1), (x - 0.21, y - 0.2), (x - 0.1, y - 0.3), (x + 0.1, y - 0.29),
            (x + 0.21, y - 0.19), (x + 0.2, y - 0.1), (x, y - 0.14)], "#7a6a4f", shade=0.5,
           rim=0.008)
    for row in range(4):
        c.line([(x - 0.17 + row * 0.03, y - 0.16 - row * 0.035),
                (x + 0.18, y - 0.14 - row * 0.036)],
               0.004, "#a89674", 0.7)
    c.blob([(x - 0.22, y - 0.1), (x - 0.1, y - 0.155), (x + 0.1, y - 0.155), (x + 0.19, y - 0.11),
            (x + 0.02, y - 0.1), (x - 0.14, y - 0.065)], "#5c4f3a", rim=0.006)


def braids_behind(c, face, x, y):
    """Draw long braids with gold beads."""
    for side in (-1, 1):
        for lane in (0, 1):
            at = x + side * (0.15 + lane * 0.055)
            c.ovals([(at + side * 0.012 * math.sin(step * 0.7), y - 0.04 + step * 0.045, 0.026,
                      0.03)
                     for step in range(10 - lane * 2)], mix(face.hair, c.warm, 0.12), rim=0.005)
            c.oval(at, y + 0.4 - lane * 0.09, 0.018, 0.02, "#f4b93c", rim=0.004)


def braids(c, face, x, y):
    """Draw rows of braids over the head."""
    hair_top(c, face, x, y, 0.0, 0.0)
    for each in range(-4, 5):
        c.line([(x + each * 0.034, y - 0.15 + abs(each) * 0.008), (x + each * 0.026,
                y - 0.25 + abs(each) * 0.012)], 0.006, mix(face.hair, c.warm, 0.45))


def waves_behind(c, face, x, y):
    """Draw long waves of hair."""
    for side in (-1, 1):
        c.blob([(x + side * 0.05, y - 0.2), (x + side * 0.2, y - 0.14),
                (x + side * 0.235, y + 0.04),
                (x + side * 0.21, y + 0.18), (x + side * 0.255, y + 0.32), (x + side * 0.2,
                y + 0.47), (x + side * 0.07, y + 0.46), (x + side * 0.1, y + 0.2)],
               mix(face.hair, c.cool, 0.1), shade=0.4, rim=0.006)


def waves(c, face, x, y):
    """Draw wavy hair with a flower behind the ear."""
    hair_top(c, face, x, y, 0.05, 0.5)
    strands(c, face, [[(x - 0.17, y - 0.06), (x - 0.12, y - 0.18), (x, y - 0.24)],
                      [(x + 0.21, y + 0.1), (x + 0.2, y + 0.22), (x + 0.23, y + 0.33)],
                      [(x - 0.21, y + 0.1), (x - 0.19, y + 0.22), (x - 0.23, y + 0.34)]])
    c.ovals([(x - 0.18 + 0.034 * math.cos(a), y - 0.07 + 0.034 * math.sin(a), 0.028, 0.028)
             for a in (0.3, 1.56, 2.8, 4.07, 5.33)], "#e8604f", rim=0.005)
    c.oval(x - 0.18, y - 0.07, 0.018, 0.018, "#f7cf5c", shade=0)


def side_part(c, face, x, y):
    """Draw brown hair with a parting, falling to one side."""
    hair_top(c, face, x, y, -0.01, -0.6)
    c.blob([(x - 0.12, y - 0.2), (x - 0.02, y - 0.27), (x + 0.13, y - 0.26), (x + 0.19, y - 0.14),
            (x + 0.13, y - 0.1), (x + 0.02, y - 0.14)], mix(face.hair, c.warm, 0.12), shade=0.4,
           rim=0.006)


BEHIND = {topknot: topknot_behind, fringe: fringe_behind, bun: bun_behind, scarf: scarf_behind,
          braids: braids_behind, waves: waves_behind}


# Clothes #####################################################################


def shoulders(c, x, colour, width=0.4, top=0.79):
    """Draw shoulders."""
    c.blob([(x - width - 0.04, 1.1), (x - width, 0.94), (x - width * 0.7, top + 0.07),
            (x - 0.12, top), (x + 0.12, top), (x + width * 0.7, top + 0.07), (x + width, 0.94),
            (x + width + 0.04, 1.1)], colour, shade=0.45, rim=0.009)


def jumper(c, face, x):
    """Draw a jumper with a rolled collar and a pattern."""
    shoulders(c, x, face.clothes)
    c.blob([(x - 0.12, 0.74), (x + 0.12, 0.74), (x + 0.14, 0.83), (x, 0.87), (x - 0.14, 0.83)],
           mix(face.clothes, c.warm, 0.2), shade=0.4, rim=0.005)
    for each in range(9):
        at = x - 0.36 + each * 0.09
        c.poly([(at, 0.93 + abs(each - 4) * 0.008), (at + 0.025, 0.96), (at, 0.99), (at - 0.025,
                                                                                  0.96)], "#f6ead2")


def shirt(c, face, x):
    """Draw a shirt with a collar and buttons."""
    shoulders(c, x, face.clothes)
    for side in (-1, 1):
        c.poly([(x, 0.88), (x + side * 0.1, 0.75), (x + side * 0.17, 0.81), (x + side * 0.1, 0.93)],
               mix(face.clothes, c.warm, 0.3), rim=0.005)
    for row in range(2):
        c.oval(x, 0.93 + row * 0.06, 0.009, 0.009, "#fff3dc", shade=0)


def apron(c, face, x):
    """Draw a blouse under an apron."""
    shoulders(c, x, face.clothes)
    c.poly([(x - 0.16, 1.02), (x - 0.15, 0.9), (x + 0.15, 0.9), (x + 0.16, 1.02)], "#fbf0dc",
           rim=0.005)
    for side in (-1, 1):
        c.line([(x + side * 0.14, 0.91), (x + side * 0.17, 0.81)], 0.026, "#fbf0dc")


def sari(c, face, x):
    """Draw a sari that falls over a shoulder."""
    shoulders(c, x, "#7a2c4a", 0.37)
    c.blob([(x + 0.4, 0.88), (x + 0.2, 0.8), (x + 0.1, 0.82), (x - 0.1, 0.94), (x - 0.3, 1.08),
            (x + 0.45, 1.1)], face.clothes, shade=0.5, rim=0.006)
    c.line([(x + 0.12, 0.83), (x - 0.08, 0.945), (x - 0.26, 1.05)], 0.022, "#f2c14a")


def kimono(c, face, x):
    """Draw a jacket whose sides cross."""
    shoulders(c, x, face.clothes, 0.37)
    c.line([(x + 0.11, 0.78), (x + 0.02, 0.92), (x - 0.04, 1.02)], 0.04, "#f6efe0")
    c.line([(x - 0.11, 0.78), (x, 0.92), (x + 0.12, 1.04)], 0.05, mix(face.clothes, c.cool, 0.45),
           rim=0.005)


def overall(c, face, x):
    """Draw a striped shirt under dungarees."""
    shoulders(c, x, "#f6ead2")
    for y, wide in ((0.855, 0.2), (0.9, 0.3), (0.945, 0.37), (0.99, 0.4)):
        c.line([(x - wide, y + 0.012), (x, y - 0.004), (x + wide, y + 0.012)], 0.018, face.clothes)
    for side in (-1, 1):
        c.line([(x + side * 0.2, 0.83), (x + side * 0.15, 1.02)], 0.05, "#2f4f7a", rim=0.005)
        c.oval(x + side * 0.155, 0.98, 0.018, 0.018, "#f2c14a", rim=0.003)


def hood(c, face, x):
    """Draw a sports jacket with a hood, and a whistle on a string."""
    c.blob([(x - 0.24, 0.84), (x - 0.18, 0.72), (x + 0.18, 0.72), (x + 0.24, 0.84), (x, 0.9)],
           mix(face.clothes, c.cool, 0.4))
    shoulders(c, x, face.clothes, 0.42, 0.81)
    c.line([(x - 0.11, 0.8), (x - 0.03, 0.93), (x + 0.0, 0.96)], 0.008, "#fff3dc")
    c.line([(x + 0.11, 0.8), (x + 0.04, 0.93), (x + 0.0, 0.96)], 0.008, "#fff3dc")
    c.oval(x, 0.965, 0.026, 0.022, "#f2b63c", rim=0.004)


def scrubs(c, face, x):
    """Draw a nurse's tunic with a necklace of green stone."""
    shoulders(c, x, face.clothes, 0.38)
    c.poly([(x - 0.12, 0.78), (x, 0.94), (x + 0.12, 0.78), (x + 0.07, 0.76), (x - 0.07, 0.76)],
           mix(face.skin, c.cool, 0.12), shade=0.2)
    c.line([(x - 0.1, 0.77), (x, 0.86), (x + 0.1, 0.77)], 0.005, "#2a2430")
    c.blob([(x - 0.016, 0.86), (x + 0.016, 0.86), (x + 0.01, 0.92), (x - 0.012, 0.925)], "#3f9a6a",
           rim=0.004)
    for side in (-1, 1):
        c.line([(x + side * 0.12, 0.79), (x, 0.95)], 0.02, mix(face.clothes, c.warm, 0.35))


# Grounds #####################################################################


def disc(c, colour, x=0.75, y=0.46, radius=0.4):
    """Draw a large disc behind a head."""
    c.oval(x, y, radius, radius, colour, shade=0.25)


def sails(c):
    """Draw the sea with sails."""
    disc(c, "#f6cf9a", 0.75, 0.42, 0.36)
    ridge(c, 0.62, 0.01, "#3f7f9f", "#24567a")
    for x, size in ((0.36, 0.2), (1.13, 0.26)):
        c.poly([(x, 0.63), (x, 0.63 - size), (x + size * 0.6, 0.63)], "#fff6e6", rim=0.005)
        c.poly([(x - 0.01, 0.63), (x - 0.01, 0.65 - size), (x - size * 0.4, 0.63)], "#f0b06a")


def night(c):
    """Draw a night sky with the circular trails of stars."""
    for ring in range(5):
        c.arc(0.95, 0.2, 0.2 + ring * 0.13, 100, 250, 0.003, "#8f97e0", 0.7)
    stars(c, 120, 1)


def wheat(c):
    """Draw ears of wheat."""
    disc(c, "#f08a5a")
    for x, lean in ((0.32, -0.06), (0.42, -0.02), (1.1, 0.03), (1.2, 0.07)):
        c.line([(x, 1.0), (x + lean * 0.6, 0.6), (x + lean, 0.3)], 0.01, "#f6d88a")
        c.ovals([(x + lean * (1 - step * 0.06) + side * 0.022, 0.3 + step * 0.035, 0.015, 0.024)
                 for step in range(7) for side in (-1, 1)], "#f6d88a", rim=0.004)


def rainfall(c):
    """Draw soft rain over paper hills."""
    ridge(c, 0.6, 0.05, "#9cbcb4", "#cfe0d4")
    ridge(c, 0.74, 0.04, "#7fa6a0", "#b5d0c4")
    for _ in range(46):
        x, y = c.rng.uniform(0.2, 1.3), c.rng.uniform(0, 0.9)
        c.line([(x, y), (x - 0.012, y + 0.07)], 0.004, "#f6fbf6", 0.7, 0)


def honeycomb(c):
    """Draw cells of honey."""
    for row in range(7):
        for each in range(8):
            x, y = 0.24 + each * 0.16 + row % 2 * 0.08, 0.05 + row * 0.138
            cell = [(x + 0.082 * math.sin(a), y + 0.082 * math.cos(a))
                    for a in (math.tau * step / 6 for step in range(6))]
            c.poly(cell, mix("#f2b63c", "#c9742a", c.rng.random()), shade=0.35, rim=0.004)


def petals(c):
    """Draw a large marigold."""
    for ring, colour in ((0.5, "#f0902c"), (0.4, "#f6ac3c"), (0.3, "#f9c45a")):
        c.ovals([(0.75 + ring * 0.84 * math.cos(a), 0.45 + ring * 0.84 * math.sin(a), ring * 0.22,
                  ring * 0.22) for a in (math.tau * step / 16 for step in range(16))]
                + [(0.75, 0.45, ring * 0.86, ring * 0.86)], colour, shade=0.3, rim=0.004)


def hillside(c):
    """Draw painted houses on a hill."""
    colours = "#e4633f", "#f0b545", "#d9789a", "#f2e6d0", "#6aa56d", "#8d7bb8"
    for row in range(5):
        for each in range(8):
            house(c, 0.2 + each * 0.16 + row % 2 * 0.08, 0.4 + row * 0.15 - each * 0.025, 0.17,
                  colours[(each + row * 2) % 6])


def archway(c):
    """Draw a blue door in an arch with studs."""
    c.blob([(0.36, 1.05), (0.36, 0.5), (0.48, 0.18), (0.75, 0.06), (1.02, 0.18), (1.14, 0.5),
            (1.14, 1.05)], "#fdf0d4", rim=0.006)
    c.blob([(0.42, 1.05), (0.42, 0.5), (0.52, 0.24), (0.75, 0.13), (0.98, 0.24), (1.08, 0.5),
            (1.08, 1.05)], "#e88a4f", shade=0.4)
    c.ovals([(0.75 + r * math.cos(a), 0.5 + r * math.sin(a), 0.009, 0.009) for r in (0.25, 0.29)
             for a in (math.tau * step / 22 for step in range(22))], "#fde3a4", shade=0)


def meadows(c):
    """Draw hills with walls."""
    for y, tone in ((0.42, "#a9cfae"), (0.56, "#86b886"), (0.7, "#5f9a68")):
        ridge(c, y, 0.06, tone, mix(tone, "#2f6a4a", 0.4), 3)
    grass(c, 1.0, 0.14, "#3f7f54", 90)


def ripples(c):
    """Draw water with rings of light."""
    disc(c, "#ffd27f", 0.75, 0.3, 0.28)
    for row in range(5):
        y = 0.5 + row * 0.11
        c.poly([(0.1, 1.1),
                *[(x / 20, y + 0.02 * math.sin(x * 0.9 + row * 2)) for x in range(2, 29)],
                (1.4, 1.1)], mix("#4fc0c8", "#12709a", row / 4), rim=0.005)


def ferns(c):
    """Draw curled ferns."""
    disc(c, "#e8b4b0", 0.75, 0.42, 0.34)
    for x, side in ((0.36, -1), (0.46, 1), (1.06, -1), (1.15, 1)):
        top = 0.34 + 0.1 * (side > 0)
        c.line([(x, 1.02), (x + side * 0.02, 0.7), (x, top)], 0.016, "#3f6f6a", end=0.01)
        c.arc(x - side * 0.045, top, 0.045, 0 if side > 0 else 180, -300 if side > 0 else 480,
              0.013,
              "#3f6f6a")
        c.ovals([(x + way * 0.035, top + 0.1 + step * 0.07, 0.034, 0.014) for step in range(7)
                 for way in (-1, 1)], "#5a8f7f", rim=0.004)


def dots(c):
    """Draw raised dots in the cells of braille."""
    for row in range(4):
        for each in range(5):
            x, y = 0.3 + each * 0.21, 0.06 + row * 0.26
            for place in range(6):
                if c.rng.random() < 0.6:
                    c.oval(x + place % 2 * 0.07, y + place // 2 * 0.07, 0.022, 0.022, "#fbe9c4",
                           shade=0.5, rim=0.005)
