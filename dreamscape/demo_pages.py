"""Pictures of the demo's dreams of letters and books; SKIES has the colours of each wall."""
import math

from dreamscape.demo_canvas import mix
from dreamscape.demo_indoors import beam, panes, rain, table, window
from dreamscape.demo_people import expression, figure

SKIES = {
    "binding": ("#3f5f6b", "#6f9090", "#a3b8aa"), "letters": ("#c98f62", "#b9794f"),
    "desk": ("#6b3f4a", "#a85c4a", "#dd9660")}


def binding(c):
    """Folded pages that are sewn to a book with red thread, on a day of rain."""
    window(c, 0.12, 0.08, 0.42, 0.42, ("#8fa9a8", "#d7e0d2", "#4f7560"))
    rain(c, 0.12, 0.08, 0.42, 0.42, 60)
    panes(c, 0.12, 0.08, 0.42, 0.42, "#5c4638")
    table(c, 0.6, "#8f6244")
    notebooks(c, 1.26, 0.7)
    c.soft([(0.42, 0.84), (1.1, 0.84), (1.24, 0.95), (0.5, 0.97)], c.cool, 0.7, 0.025)
    c.rect(0.36, 0.855, 0.68, 0.03, "#a83a34", 0.006, rim=0.004)
    for sheet in range(11):
        y, off = 0.83 - sheet * 0.027, c.rng.uniform(-0.006, 0.006)
        c.rect(0.385 + off, y, 0.63, 0.0255, ("#fdf3dc", "#eadbb8")[sheet % 2], 0.012, rim=0.002)
    for x in (0.48, 0.63, 0.78, 0.92):
        for sheet in range(11):
            y = 0.845 - sheet * 0.027
            c.line([(x - 0.012, y), (x + 0.012, y - 0.018)], 0.007, "#c8302c", shade=0)
    c.line([(0.92, 0.56), (0.99, 0.4), (1.1, 0.36), (1.2, 0.42)], 0.006, "#c8302c", shade=0)
    c.line([(1.17, 0.44), (1.25, 0.37)], 0.009, "#f4f6f4", end=0.003)
    c.line([(0.12, 0.93), (0.3, 0.86)], 0.03, "#f0e2c2", end=0.02, rim=0.004)
    spool(c, 0.22, 0.76)


def spool(c, x, y):
    """Draw a spool of red thread."""
    c.shadow(x, y + 0.06, 0.07, 0.7)
    for at in (0.055, -0.06):
        c.oval(x, y + at, 0.055, 0.018, "#c99a62", rim=0.003)
    c.rect(x - 0.042, y - 0.055, 0.084, 0.105, "#b82c2c", 0.008)
    for row in range(6):
        c.line([(x - 0.04, y - 0.045 + row * 0.017), (x + 0.04, y - 0.04 + row * 0.017)], 0.003,
               "#7d1d24")


def notebooks(c, x, y):
    """Draw a tall pile of old notebooks."""
    c.shadow(x, y + 0.02, 0.2, 0.6)
    colours = "#5f7f8f", "#c9b48a", "#8f5a4a", "#4f6b5c", "#d9c7a0", "#6b5a7a", "#a8743f"
    for each in range(13):
        off, colour = c.rng.uniform(-0.025, 0.025), colours[each % 7]
        c.rect(x - 0.15 + off, y - each * 0.036, 0.29, 0.033, colour, 0.005, rim=0.003)
        c.rect(x - 0.12 + off, y - each * 0.036 + 0.009, 0.07, 0.015, "#f6ecd4", shade=0.1)


def letters(c):
    """Letters from abroad, a page half written, a pen and a cup of tea, seen from above."""
    c.light, c.warm = (0.1, -0.3), "#fff0cf"
    for each in range(7):
        c.rect(-0.02, each * 0.15, 1.54, 0.142, mix("#b9794f", "#a3663f", c.rng.random()), 0.004)
    c.soft([(0.0, 0.3), (0.6, -0.1), (1.0, -0.1), (0.1, 0.62)], "#ffe7b4", 0.3, 0.05)
    envelope(c, 0.36, 0.32, 0.56, -9)
    envelope(c, 0.42, 0.7, 0.58, 7)
    sheet(c, [(0.8, 0.2), (1.22, 0.16), (1.27, 0.88), (0.84, 0.92)], 11)
    c.soft([(1.08, 0.84), (1.34, 0.5), (1.36, 0.54), (1.12, 0.88)], c.cool, 0.7, 0.012)
    c.line([(1.06, 0.8), (1.1, 0.75)], 0.004, "#e8c65a", end=0.022)
    c.line([(1.1, 0.75), (1.32, 0.46)], 0.026, "#234a6f", end=0.02, rim=0.004)
    cup(c, 1.34, 0.2)
    for x, y in ((0.06, 0.94), (0.13, 0.86), (0.2, 0.93), (1.4, 0.9), (1.33, 0.95), (0.06, 0.08)):
        c.ovals([(x + 0.026 * math.cos(turn), y + 0.026 * math.sin(turn), 0.021, 0.021)
                 for turn in (0, 1.26, 2.5, 3.77, 5.03)], "#f6b9c0", rim=0.003)
        c.oval(x, y, 0.01, 0.01, "#d9707a", shade=0)


def envelope(c, x, y, size, tilt):
    """Draw an airmail envelope with a stamp of the sun over the sea."""
    turn = math.radians(tilt)

    def at(across, down):
        """Return where a point of the envelope lies."""
        return (x + (across * math.cos(turn) - down * math.sin(turn)) * size,
                y + (across * math.sin(turn) + down * math.cos(turn)) * size)

    def area(left, top, right, bottom):
        """Return the corners of a rectangle on the envelope."""
        return [at(left, top), at(right, top), at(right, bottom), at(left, bottom)]

    c.soft([(px + 0.025, py + 0.03) for px, py in area(-0.5, -0.32, 0.5, 0.32)], c.cool, 0.65,
           0.014)
    c.poly(area(-0.5, -0.32, 0.5, 0.32), "#fbf2de", shade=0.25)
    for each in range(20):
        left, colour = -0.5 + each * 0.05, ("#c8302c", "#fbf2de", "#2f5d9a")[each % 3]
        for top in (-0.32, 0.285):
            c.poly([at(left + 0.012, top), at(left + 0.05, top), at(left + 0.038, top + 0.035),
                    at(left, top + 0.035)], colour, shade=0.1)
    c.poly(area(0.24, -0.25, 0.42, -0.02), "#ffffff", shade=0.1)
    c.poly(area(0.255, -0.235, 0.405, -0.035), "#f09a4a", shade=0.1)
    c.oval(*at(0.33, -0.13), size * 0.045, size * 0.045, "#ffe08a", shade=0)
    c.poly(area(0.255, -0.1, 0.405, -0.035), "#2f7fa3", shade=0.1)
    for row in (0.5, 0.62, 0.74):
        c.arc(*at(0.2, -0.14), size * 0.11 * row * 1.6, 0, 360, 0.003, "#4a4a5c", 0.6)
    for row in range(3):
        c.line([at(-0.3, 0.02 + row * 0.075), at(0.12 - row * 0.08, 0.02 + row * 0.075)],
               size * 0.016, "#3f4a6b", 0.9)


def sheet(c, corners, rows):
    """Draw a sheet of paper that is written on to its middle."""
    c.soft([(x + 0.03, y + 0.03) for x, y in corners], c.cool, 0.6, 0.014)
    c.poly(corners, "#fffaf0", shade=0.2)
    (ax, ay), (bx, by), _, (dx, dy) = corners
    for row in range(rows):
        down = 0.12 + 0.8 * row / rows
        x, y = ax + (dx - ax) * down + 0.04, ay + (dy - ay) * down
        written = row < rows * 0.62
        long = (bx - ax - 0.08) * (1 if row % 4 else 0.7)
        for word in range(6 if written else 1):
            start, end = (word / 6, word / 6 + c.rng.uniform(0.07, 0.14)) if written else (0, 1)
            c.line([(x + long * start, y + (by - ay) * start), (x + long * end,
                                                                y + (by - ay) * end)],
                   0.009 if written else 0.0018, "#3b5a8f" if written else "#c9bfae")


def cup(c, x, y):
    """Draw a cup of tea from above."""
    c.soft([(x - 0.08, y - 0.06), (x + 0.16, y - 0.05), (x + 0.17, y + 0.16), (x - 0.02, y + 0.17)],
           c.cool, 0.65, 0.025)
    c.oval(x, y, 0.13, 0.13, "#e9efe6", rim=0.005)
    c.oval(x, y, 0.086, 0.086, "#5f8f8f", rim=0.005)
    c.oval(x, y, 0.074, 0.074, "#c9d24f", shade=0.4)
    c.arc(x - 0.01, y - 0.01, 0.05, 190, 270, 0.006, "#f3f6c0")


def desk(c):
    """A father who writes at a desk, a calendar with its Sundays marked and a photo of a boy."""
    window(c, 0.1, 0.1, 0.36, 0.42, ("#e9764f", "#ffd08a", "#7a4a5a"), "#f1dcc0")
    c.oval(0.34, 0.36, 0.05, 0.05, "#fff0c0", shade=0)
    panes(c, 0.1, 0.1, 0.36, 0.42, "#f1dcc0")
    beam(c, 0.98, 0.1, 0.4, 0.44, "#ffc98a", 0.25)
    calendar(c, 0.54, 0.09)
    c.rect(1.13, 0.13, 0.22, 0.26, "#5c3424", 0.006, rim=0.005)
    c.rect(1.155, 0.155, 0.17, 0.21, "#a9cdd2")
    c.blob([(1.18, 0.365), (1.2, 0.31), (1.24, 0.295), (1.28, 0.31), (1.3, 0.365)], "#e0a03a")
    c.oval(1.24, 0.25, 0.036, 0.043, "#6b432c")
    c.blob([(1.205, 0.24), (1.21, 0.205), (1.27, 0.205), (1.275, 0.24), (1.24, 0.225)], "#1a1216")
    expression(c, 1.24, 0.252, 0.038, "smile")
    c.rect(1.2, 0.63, 0.05, 0.36, "#3f2430", 0.01)
    figure(c, 1.05, 0.86, 0.94, "#d97a2c", "#5f3a26", "#141016", "short", side=-1, lean=-12,
           legs=((-78, 0), (-74, 4)), arms=((-44, -84), (-36, -80)))
    c.rect(1.0, 0.85, 0.26, 0.04, "#4a2a30", 0.01)
    c.poly([(0.12, 0.72), (0.92, 0.72), (0.96, 0.77), (0.08, 0.77)], "#a8633c", rim=0.003)
    c.rect(0.08, 0.765, 0.88, 0.04, "#8a4b30")
    for x in (0.12, 0.88):
        c.rect(x, 0.8, 0.04, 0.22, "#6b3828")
    c.poly([(0.56, 0.728), (0.76, 0.728), (0.74, 0.76), (0.52, 0.76)], "#fffaf0", shade=0.1)
    c.line([(0.735, 0.735), (0.76, 0.64)], 0.006, "#1f2a4a", end=0.012)
    for each in range(5):
        c.rect(0.2 + c.rng.uniform(-0.008, 0.008), 0.7 - each * 0.018, 0.18, 0.017,
               ("#f6ead2", "#e6d2b0")[each % 2], 0.003)
    c.line([(0.2, 0.66), (0.38, 0.672)], 0.006, "#b8322c")


def calendar(c, x, y):
    """Draw a calendar on the wall whose last days of the week are marked."""
    c.soft([(x + 0.01, y + 0.02), (x + 0.44, y + 0.02), (x + 0.43, y + 0.42), (x + 0.02,
           y + 0.42)], c.cool, 0.5, 0.014)
    c.rect(x, y, 0.4, 0.38, "#fdf4e2", 0.006, shade=0.2)
    c.rect(x, y, 0.4, 0.075, "#b8382f", 0.006)
    for row in range(5):
        for each in range(7):
            at, down = x + 0.035 + each * 0.054, y + 0.115 + row * 0.055
            c.rect(at - 0.017, down - 0.016, 0.034, 0.032, "#e6d9c0", 0.005, shade=0)
            if each == 6:
                c.oval(at, down, 0.021, 0.021, "#f0a92c" if row < 3 else "#f6dca0", shade=0.1)
                if row < 3:
                    c.line([(at - 0.01, down), (at - 0.002, down + 0.009), (at + 0.013,
                           down - 0.012)], 0.006, "#7a2a24", shade=0)


SCENES = {"binding": binding, "letters": letters, "desk": desk}
