"""A canvas for the demo's pictures: soft light, shapes with smooth edges, and grain, by Pillow.

Coordinates are in heights of the picture: x from 0 to 1.5, y from 0 (above) to 1.
"""
import math

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageOps

WIDE = 1.5  # width of a picture in heights
SMOOTH = 2  # shapes are drawn so many times as large, and reduced: their edges are smooth


def mix(colour, other, share):
    """Return a colour with a share, 0 to 1, of another one."""
    pairs = zip(ImageColor.getrgb(colour), ImageColor.getrgb(other), strict=True)
    return "#{:02x}{:02x}{:02x}".format(*(round(a + (b - a) * share) for a, b in pairs))


class Canvas:
    """A picture of a height in pixels, and what draws on it."""

    def __init__(self, rng, height, above, horizon):
        """Start with a sky from one colour to another. rng: where its variations come from."""
        self.rng, self.height = rng, height
        self.size = round(height * WIDE), height
        ramp = Image.linear_gradient("L").resize((1, 64)).resize(self.size,
                                                                 Image.Resampling.BICUBIC)
        self.image = ImageOps.colorize(ramp, above, horizon)

    def _mask(self, draw_shape, box):
        """Return (mask, corner) of a shape that is drawn into a box (left, top, right, bottom)."""
        left, top, right, bottom = (round(value * self.height) for value in box)
        left, top = max(left - 2, 0), max(top - 2, 0)
        right, bottom = min(right + 3, self.size[0]), min(bottom + 3, self.size[1])
        if right <= left or bottom <= top:
            return None, (0, 0)
        mask = Image.new("L", ((right - left) * SMOOTH, (bottom - top) * SMOOTH))
        scale = self.height * SMOOTH

        def place(x, y):
            """Return a point in pixels of the mask."""
            return x * scale - left * SMOOTH, y * scale - top * SMOOTH

        draw_shape(ImageDraw.Draw(mask), place, scale)
        return mask.reduce(SMOOTH), (left, top)

    def _fill(self, draw_shape, box, colour, opacity=1.0, light=0.16):
        """Fill a shape with a colour that is lighter at its top and darker at its foot."""
        mask, corner = self._mask(draw_shape, box)
        if mask is None:
            return
        if opacity < 1:
            mask = mask.point(lambda value: value * opacity)
        ramp = Image.linear_gradient("L").resize((1, 32)).resize(mask.size)
        paint = ImageOps.colorize(ramp, mix(colour, "#ffffff", light), mix(colour, "#120c24",
                                                                           light))
        self.image.paste(paint, corner, mask)

    def poly(self, points, colour, opacity=1.0, light=0.16):
        """Draw a polygon."""
        xs, ys = zip(*points, strict=True)
        self._fill(lambda draw, place, _: draw.polygon([place(*each) for each in points], fill=255),
                   (min(xs), min(ys), max(xs), max(ys)), colour, opacity, light)

    def oval(self, x, y, across, down, colour, opacity=1.0, light=0.16):
        """Draw an ellipse with these half axes."""
        box = x - across, y - down, x + across, y + down
        self._fill(lambda draw, place, _: draw.ellipse([place(*box[:2]), place(*box[2:])],
                                                       fill=255),
                   box, colour, opacity, light)

    def rect(self, x, y, width, height, colour, round_by=0.0, opacity=1.0, light=0.16):
        """Draw a rectangle from its upper left corner."""
        box = x, y, x + width, y + height
        self._fill(lambda draw, place, scale: draw.rounded_rectangle(
            [place(*box[:2]), place(*box[2:])], round_by * scale, fill=255), box, colour, opacity,
            light)

    def line(self, points, width, colour, opacity=1.0):
        """Draw a line with round ends."""
        xs, ys = zip(*points, strict=True)

        def draw_shape(draw, place, scale):
            """Draw it, and a disc at each of its points."""
            draw.line([place(*each) for each in points], fill=255, width=max(1,
                                                                             round(width * scale)))
            for each in points:
                draw.circle(place(*each), width * scale / 2, fill=255)

        self._fill(draw_shape, (min(xs) - width, min(ys) - width, max(xs) + width, max(ys) + width),
                   colour, opacity, 0.06)

    def arc(self, x, y, radius, start, end, width, colour):
        """Draw a part of a circle, between angles in degrees clockwise from the right."""
        steps = [math.radians(start + (end - start) * step / 24) for step in range(25)]
        self.line([(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in steps],
                  width, colour)

    def glow(self, x, y, radius, colour, strength=0.9):
        """Add a soft glow around a point."""
        small = Image.new("L", (self.size[0] // 16 + 1, self.size[1] // 16 + 1))
        scale = self.height / 16
        ImageDraw.Draw(small).circle((x * scale, y * scale), radius * scale, fill=255)
        soft = small.filter(ImageFilter.GaussianBlur(radius * scale * 0.6)).resize(
            self.size, Image.Resampling.BICUBIC).point(lambda value: value * strength)
        light = ImageChops.multiply(Image.merge("RGB", [soft] * 3),
                                    Image.new("RGB", self.size, colour))
        self.image = ImageChops.screen(self.image, light)

    def sun(self, x, y, radius, colour):
        """Draw a sun or a moon with its glow."""
        self.glow(x, y, radius * 2.6, colour, 0.75)
        self.oval(x, y, radius, radius, mix(colour, "#ffffff", 0.35), light=0.04)

    def stars(self, number, below=0.6):
        """Draw stars, more of them small than large."""
        for _ in range(number):
            size = 0.0012 + 0.0026 * self.rng.random() ** 3
            self.oval(self.rng.uniform(0, WIDE), self.rng.uniform(0, below), size, size, "#fff6dd",
                      self.rng.uniform(0.4, 1))

    def ridge(self, y, swing, colour, pace=2.0, opacity=1.0):
        """Draw a line of hills from a height down to the foot."""
        waves = [(self.rng.uniform(0.7, 1.3) * pace * factor, self.rng.uniform(0, math.tau),
                  swing / factor) for factor in (1, 2.3, 5)]
        points = [(x / 60, y + sum(size * math.sin(x / 60 * speed + start)
                                   for speed, start, size in waves)) for x in range(-1, 93)]
        self.poly([(-0.02, 1.01), *points, (WIDE + 0.02, 1.01)], colour, opacity)

    def peaks(self, y, height, colour, snow="", number=6):
        """Draw a range of mountains, with snow on their tops if it has a colour."""
        step = WIDE / number
        for each in range(-1, number + 1):
            x, top = each * step + self.rng.uniform(0, step), y - height * self.rng.uniform(0.5, 1)
            half = (y - top) * self.rng.uniform(0.9, 1.3)
            self.poly([(x - half, y + 0.02), (x, top), (x + half, y + 0.02)], colour)
            self.poly([(x, top), (x + half, y + 0.02), (x + half * 0.15, y + 0.02)],
                      mix(colour, "#120c24", 0.22))
            if snow:
                self.poly([(x - half * 0.3, top + (y - top) * 0.3), (x, top),
                           (x + half * 0.3, top + (y - top) * 0.3), (x + half * 0.1,
                                                                     top + half * 0.16),
                           (x, top + half * 0.3), (x - half * 0.12, top + half * 0.17)], snow)
        self.rect(0, y, WIDE, 1 - y + 0.01, colour)

    def water(self, y, colour, light="#ffffff", at=0.75):
        """Draw water up to a height, with the light of the sky on it below a place."""
        self.rect(-0.01, y, WIDE + 0.02, 1.02 - y, colour, light=0.22)
        for _ in range(46):
            down = self.rng.random()
            x = at + self.rng.gauss(0, 0.05 + 0.3 * down)
            self.rect(x, y + (1 - y) * down, 0.03 + 0.09 * down, 0.002 + 0.004 * down, light, 0.002,
                      0.5 - 0.3 * down)

    def shadow(self, x, y, across, opacity=0.35):
        """Draw the shadow of something whose foot is at a point."""
        for share in (1, 0.8, 0.6):
            self.oval(x, y, across * share, across * share * 0.16, "#0d0820", opacity / 3, 0)

    def cloud(self, x, y, size, colour="#ffffff", opacity=0.9):
        """Draw a cloud with a flat foot."""
        for step in range(7):
            off = step / 6 - 0.5
            puff = size * (0.42 - abs(off) * 0.45) * self.rng.uniform(0.85, 1.1)
            self.oval(x + off * size * 1.5, y - puff * 0.6, puff * 1.1, puff, colour, opacity, 0.08)

    def tree(self, x, y, height, colour):
        """Draw a fir tree."""
        self.rect(x - height * 0.02, y - height * 0.3, height * 0.04, height * 0.3,
                  mix(colour, "#3a2418", 0.6))
        for step in range(4):
            half, foot = height * (0.24 - step * 0.045), y - height * (0.15 + step * 0.2)
            self.poly([(x - half, foot), (x, foot - height * 0.34), (x + half, foot)], colour)

    def person(self, x, y, height, colour, skin="#c58a5f", arms=0.0, hair="#2b1d18"):
        """Draw a person with their feet at a point. arms: how far up they are, 0 to 1."""
        head = height * 0.1
        self.shadow(x, y, height * 0.22)
        for side in (-1, 1):
            self.line([(x + side * height * 0.045, y - height * 0.42),
                       (x + side * height * 0.06, y - height * 0.02)], height * 0.075,
                      mix(colour, "#120c24", 0.55))
            self.line([(x + side * height * 0.1, y - height * 0.72),
                       (x + side * height * 0.19, y - height * (0.48 + 0.5 * arms))],
                      height * 0.055, mix(colour, "#ffffff", 0.06))
        self.poly([(x - height * 0.13, y - height * 0.76), (x + height * 0.13, y - height * 0.76),
                   (x + height * 0.1, y - height * 0.38), (x - height * 0.1, y - height * 0.38)],
                       colour)
        self.oval(x, y - height * 0.87, head * 0.92, head * 1.08, skin)
        self.oval(x, y - height * 0.915, head * 0.98, head * 0.72, hair)
        self.oval(x, y - height * 0.855, head * 0.78, head * 0.72, skin)

    def finish(self):
        """Return the picture, a little darker at its edges and with grain."""
        edge = ImageOps.invert(Image.radial_gradient("L")).resize(self.size).point(
            lambda value: min(255, 150 + value))
        shaded = ImageChops.multiply(self.image, Image.merge("RGB", [edge] * 3))
        half = self.size[0] // 2, self.size[1] // 2
        grain = Image.new("L", half)
        grain.putdata(self.rng.randbytes(half[0] * half[1]), 56 / 255, 100)
        grain = grain.resize(self.size, Image.Resampling.BILINEAR)
        return Image.blend(shaded, ImageChops.overlay(shaded, Image.merge("RGB", [grain] * 3)),
                           0.25)
