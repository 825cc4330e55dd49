"""Skies, hills, water, trees and weather of the demo's pictures."""
import math

from dreamscape.demo_canvas import NIGHT, WIDE, mix


def sun(c, x, y, radius, colour, strength=0.8):
    """Draw a sun or a moon; it lights all that is drawn after it."""
    c.light, c.warm = (x, y), mix(colour, "#ffffff", 0.25)
    c.glow(x, y, radius * 4.5, colour, strength * 0.6)
    c.glow(x, y, radius * 1.7, colour, strength)
    c.oval(x, y, radius, radius, mix(colour, "#ffffff", 0.5), shade=0)


def crescent(c, x, y, radius, colour="#f7ecc9"):
    """Draw a crescent moon; it lights all that is drawn after it."""
    c.light, c.warm = (x, y), colour
    c.glow(x, y, radius * 3, colour, 0.5)
    # Two circles, the second of 0.85 of the radius, their centres 0.45 of it apart.
    turn, outer, inner = -0.5, 1.01, 1.47
    around = [turn + outer + (math.tau - 2 * outer) * step / 30 for step in range(31)]
    back = [turn + math.pi + inner * (1 - step / 10) for step in range(21)]
    middle = x + 0.45 * radius * math.cos(turn), y + 0.45 * radius * math.sin(turn)
    c.poly([(x + radius * math.cos(a), y + radius * math.sin(a)) for a in around]
           + [(middle[0] + 0.85 * radius * math.cos(a), middle[1] + 0.85 * radius * math.sin(a))
              for a in back], colour, shade=0)


def stars(c, number, below=0.6):
    """Draw stars, more of them small than large."""
    for _ in range(number):
        size = 0.0011 + 0.0026 * c.rng.random() ** 4
        c.oval(c.rng.uniform(0, WIDE), below * c.rng.random() ** 1.3, size, size, "#fff6dd",
               c.rng.uniform(0.35, 1), 0)


def cloud(c, x, y, size, colour="#ffffff", opacity=1.0, shade=0.22):
    """Draw a cumulus cloud with a flat base."""
    puffs = [(x + off * size, y - size * 0.07, size * 0.3, size * 0.07)
             for off in (-0.7, -0.35, 0, 0.35, 0.7)]
    for each in range(26):
        off = (each / 25 - 0.5) * 1.7
        tall = size * (0.5 * math.cos(off * 1.75) ** 2 + 0.06 * math.sin(each * 1.9))
        puff = size * c.rng.uniform(0.07, 0.15) * (1.15 - abs(off) * 0.7)
        puffs.append((x + off * size, y - max(puff, tall - puff), puff * 1.15, puff))
        if tall > puff * 2:
            puffs.append((x + off * size, y - tall * 0.5, size * 0.12, tall * 0.42))
    c.ovals(puffs, mix(colour, c.sky[0], 0.16), opacity, shade)
    c.ovals([(px + (c.light[0] - px) * 0.02, py - d * 0.2, a * 0.8, d * 0.74)
             for px, py, a, d in puffs if py < y - size * 0.08], colour, opacity, shade * 0.7)


def streaks(c, y, spread, colour, number=7, opacity=0.4):
    """Draw long thin clouds around a height."""
    for _ in range(number):
        x, at = c.rng.uniform(-0.1, WIDE), y + c.rng.uniform(-spread, spread)
        long, thick = c.rng.uniform(0.14, 0.4), c.rng.uniform(0.004, 0.013)
        c.soft([(x - long, at), (x - long * 0.2, at - thick), (x + long, at),
                (x + long * 0.1, at + thick)], colour, opacity, 0.005)


def ridge_line(c, y, swing, pace=2.0):
    """Return the points of a line of hills."""
    waves = [(c.rng.uniform(0.7, 1.3) * pace * factor, c.rng.uniform(0, math.tau), swing / factor)
             for factor in (1, 2.3, 5.1, 17)]
    return [(x / 60, y + sum(size * math.sin(x / 60 * speed + start)
                             for speed, start, size in waves)) for x in range(-1, 93)]


def ridge(c, y, swing, colour, foot="", pace=2.0, opacity=1.0):
    """Draw hills below a height, which fade into a colour at their foot; return their outline."""
    line = ridge_line(c, y, swing, pace)
    c.poly([(-0.02, 1.01), *line, (WIDE + 0.02, 1.01)], colour, opacity,
           foot=foot or mix(colour, c.cool, 0.35))
    return line


def peaks(c, y, height, colour, snow="", number=5, foot=""):
    """Draw a range of mountains with a lit and a dark side, and snow on their tops."""
    step = WIDE / number
    ends = [(each * step + c.rng.uniform(0.1, 0.9) * step,
             y - height * c.rng.uniform(0.5, 1)) for each in range(-1, number + 1)]
    for x, top in sorted(ends, key=lambda end: end[1], reverse=True):
        peak(c, x, top, y, colour, snow, foot or c.far(colour, 0.6))


def peak(c, x, top, y, colour, snow="", foot="", steep=1.15):
    """Draw a mountain with jagged flanks."""
    tall = y - top
    half = tall * steep
    left, right, spine = [], [], []
    for each in range(9):
        share = each / 8
        rough = 0.05 * tall * (each % 8 > 0)
        left.append((x - half * share + c.rng.uniform(-rough, rough), top + tall * share))
        right.append((x + half * share + c.rng.uniform(-rough, rough), top + tall * share))
        spine.append((x + half * 0.12 * share + 0.06 * tall * math.sin(each * 2.3) * (each > 0),
                      top + tall * share))
    lit_right = c.light[0] > x
    c.poly([*left, *reversed(right)], colour, foot=foot)
    dark = left if lit_right else right
    c.poly([*dark, *reversed(spine)], mix(colour, c.cool, 0.38), 0.85, foot=foot)
    if snow:
        reach = [(sx + (x - sx) * 0.1, sy) for sx, sy in left[:4]]
        other = [(sx + (x - sx) * 0.1, sy) for sx, sy in right[:4]]
        teeth = [(reach[-1][0] + (other[-1][0] - reach[-1][0]) * step / 6,
                  reach[-1][1] + tall * (0.1 if step % 2 else -0.06)) for step in range(1, 6)]
        c.poly([*reach, *teeth, *reversed(other)], snow, shade=0.1)
        side = reach if lit_right else other
        c.poly([*side, *reversed(spine[:4])], mix(snow, c.cool, 0.3), 0.8, 0.1)


def water(c, y, colour, foot="", mirror=0.3, glints=60, light=""):
    """Draw water below a height, with reflections, and glints below the sun."""
    c.rect(-0.01, y, WIDE + 0.02, 1.02 - y, colour, foot=foot or mix(colour, c.cool, 0.55))
    if mirror:
        c.reflect(y, mirror, colour, 0.6)
    for _ in range(glints):
        down = c.rng.random() ** 1.4
        x, at = c.light[0] + c.rng.gauss(0, 0.03 + 0.2 * down), y + 0.004 + (0.99 - y) * down
        long, thick = 0.012 + 0.06 * down * c.rng.random(), 0.0012 + 0.0045 * down
        c.poly([(x - long, at), (x, at - thick), (x + long, at), (x, at + thick)],
               light or mix(c.warm, "#ffffff", 0.3), 0.8 - 0.4 * down, 0)


def swell(c, y, colour, number=40):
    """Draw short waves below a height."""
    for _ in range(number):
        down = c.rng.random()
        x, at = c.rng.uniform(0, WIDE), y + (1 - y) * down
        long, thick = 0.02 + 0.07 * down, 0.001 + 0.005 * down
        c.poly([(x - long, at), (x - long * 0.3, at - thick), (x + long, at + thick * 0.3),
                (x, at + thick * 0.6)], colour, 0.5, 0)


def mist(c, y, colour="", opacity=0.6, thick=0.05):
    """Draw a soft band of mist around a height."""
    waves = [(x / 10, y - thick * (0.5 + 0.4 * math.sin(x * 1.1 + c.rng.random())))
             for x in range(-2, 18)]
    c.soft([*waves, (1.8, y + thick), (-0.2, y + thick)], colour or c.sky[-1], opacity, thick)


def fir(c, x, y, height, colour, snow=""):
    """Draw a fir tree with hanging branches."""
    c.rect(x - height * 0.018, y - height * 0.2, height * 0.036, height * 0.2,
           mix("#4a3028", colour, 0.4))
    left, right = [(x, y - height)], []
    for step in range(1, 7):
        half = height * 0.042 * step * c.rng.uniform(0.9, 1.1)
        foot = y - height * (1 - step * 0.145)
        left += [(x - half, foot + height * 0.02), (x - half * 0.5, foot - height * 0.012)]
        right += [(x + half, foot + height * 0.02), (x + half * 0.5, foot - height * 0.012)]
    c.poly([*left, *reversed(right)], colour, shade=0.4)
    if snow:
        for step in range(1, 6):
            half, foot = height * 0.034 * step, y - height * (1 - step * 0.145)
            c.poly([(x, foot - height * 0.12), (x - half * 0.9, foot), (x - half * 0.2,
                    foot - height * 0.03), (x + half * 0.3, foot + height * 0.005)], snow, 0.9, 0.1)


def tree(c, x, y, height, colour, trunk="#4a3328"):
    """Draw a tree with a round crown."""
    c.line([(x, y), (x + height * 0.01, y - height * 0.55)], height * 0.07, trunk,
           end=height * 0.03)
    crown(c, x, y - height * 0.66, height * 0.34, colour)


def crown(c, x, y, size, colour, number=11):
    """Draw leaves as clumps, lit ones on darker ones."""
    for tone, reach in ((mix(colour, c.cool, 0.4), 1), (colour, 0.85),
                        (mix(colour, c.warm, 0.22), 0.6)):
        aside = max(-0.3, min(0.3, (c.light[0] - x) * 0.4)) * size * (1 - reach) * 2.4
        places = [(x, y, size * 0.5 * reach, size * 0.45 * reach)]
        for each in range(number):
            angle = math.tau * each / number + c.rng.uniform(-0.3, 0.3)
            puff = size * reach * c.rng.uniform(0.24, 0.36)
            places.append((x + aside + math.cos(angle) * size * 0.62 * reach,
                           y - size * (1 - reach) * 0.5 + math.sin(angle) * size * 0.52 * reach,
                           puff, puff * 0.9))
        c.ovals(places, tone, shade=0.25)


def grass(c, y, height, colour, number=60, left=0.0, right=WIDE, lean=0.3):
    """Draw blades of grass that stand at a height."""
    for _ in range(number):
        x, tall = c.rng.uniform(left, right), height * c.rng.uniform(0.45, 1.15)
        bend, foot = tall * c.rng.uniform(-lean, lean * 1.4), y + c.rng.uniform(0, height * 0.3)
        half = height * 0.03 + 0.002
        c.poly([(x - half, foot), (x + bend * 0.3 - half * 0.6, foot - tall * 0.6),
                (x + bend, foot - tall), (x + bend * 0.3 + half * 0.6, foot - tall * 0.55),
                (x + half, foot)], mix(colour, c.warm, c.rng.random() * 0.25), shade=0)


def flowers(c, y, deep, colours, number=60, size=0.011, stem="#3c6b45"):
    """Draw flowers between a height and one so much deeper, larger ones in front."""
    for place in sorted(c.rng.random() for _ in range(number)):
        x, at = c.rng.uniform(-0.02, WIDE + 0.02), y + deep * place
        large, colour = size * (0.5 + place), c.rng.choice(colours)
        c.line([(x, at), (x + large * 0.4, at + large * 4.5)], large * 0.28, stem)
        c.ovals([(x + large * 0.75 * math.cos(turn), at + large * 0.55 * math.sin(turn),
                  large * 0.62, large * 0.5) for turn in (0, 1.26, 2.5, 3.8, 5)], colour,
                      shade=0.15)
        c.oval(x, at, large * 0.36, large * 0.3, mix(colour, "#e8a92c", 0.75), shade=0)


def snowfall(c, number=150):
    """Draw falling snow, large flakes near and small ones far."""
    for _ in range(number):
        size = 0.0018 + 0.007 * c.rng.random() ** 3
        c.oval(c.rng.uniform(0, WIDE), c.rng.uniform(0, 1), size, size, "#ffffff",
               c.rng.uniform(0.5, 0.95), 0)


def smoke(c, x, y, size, colour="#ffffff", opacity=0.5, lean=0.5):
    """Draw smoke or steam that rises from a place."""
    edge = []
    for step in range(9):
        up = step / 8
        middle = x + lean * size * up * up + size * 0.09 * math.sin(up * 8)
        edge.append((middle, y - size * up, size * (0.03 + 0.1 * up)))
    c.soft([(at - half, h) for at, h, half in edge] + [(at + half, h) for at, h, half in
                                                       reversed(edge)], colour, opacity,
           size * 0.025)


def house(c, x, y, size, colour, lit="", roof=""):
    """Draw a house with a roof, a shaded side and windows, its foot at a place."""
    tall = size * 0.8
    c.rect(x - size / 2, y - tall, size, tall, colour)
    dark = x - size / 2 if c.light[0] > x else x + size * 0.2
    c.rect(dark, y - tall, size * 0.3, tall, mix(colour, c.cool, 0.35), 0, 0.6)
    c.poly([(x - size * 0.6, y - tall), (x - size * 0.32, y - size * 1.22),
            (x + size * 0.32, y - size * 1.22), (x + size * 0.6, y - tall)],
           roof or mix(colour, "#5a2a2c", 0.65), rim=size * 0.012)
    for off in (-0.3, -0.02, 0.24):
        c.rect(x + size * off, y - size * 0.56, size * 0.13, size * 0.2,
               lit or mix(c.cool, colour, 0.15), shade=0.1)
    if lit:
        c.glow(x, y - size * 0.46, size * 0.32, lit, 0.35)


def shade_below(c, y, opacity=0.5):
    """Darken the foreground, from a height down."""
    c.soft([(-0.2, y), (1.7, y), (1.7, 1.3), (-0.2, 1.3)], mix(c.cool, NIGHT, 0.3), opacity, 0.08)
