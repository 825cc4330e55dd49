"""A canvas for the demo's pictures, by Pillow: shapes that are shaded by one light, and grain.

The unit of coordinates is the picture's height: x from 0 to 1.5, y from 0 (top) to 1.
"""
import math
import random
from functools import cache
from itertools import pairwise

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageOps

WIDE = 1.5  # width of a picture in heights
SMOOTH = 2  # shapes are drawn this many times as large, then reduced, for smooth edges
NIGHT = "#140f2b"
HORIZON = 0.64  # where the last colour of a sky is reached


def mix(colour, other, share):
    """Return a colour with a share, 0 to 1, of another one."""
    pairs = zip(ImageColor.getrgb(colour), ImageColor.getrgb(other), strict=True)
    return "#{:02x}{:02x}{:02x}".format(*(round(a + (b - a) * share) for a, b in pairs))


def curve(points, closed=True, steps=8):
    """Return the points of a smooth line through some points (a Catmull-Rom spline)."""
    ends = (points[-1:], points[:2]) if closed else (points[:1], points[-1:])
    line = [*ends[0], *points, *ends[1]]
    smooth = []
    for before, one, two, after in zip(line, line[1:], line[2:], line[3:], strict=False):
        for step in range(steps):
            t = step / steps
            smooth.append(tuple(
                b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))) / 2
                for a, b, c, d in zip(before, one, two, after, strict=True)))
    return smooth if closed else [*smooth, points[-1]]


@cache
def paper_grain(size, strength):
    """Return an image of noise around middle grey; the same each time."""
    half = size[0] // 2 + 1, size[1] // 2 + 1
    grain = Image.new("L", half)
    noise = random.Random("grain")  # nosec B311  # seeded: the pictures are always the same
    grain.putdata(noise.randbytes(half[0] * half[1]), strength, 128 - 127.5 * strength)
    return grain.resize(size, Image.Resampling.BILINEAR)


class Canvas:
    """A picture of some height in pixels, and methods that draw on it."""

    def __init__(self, rng, height, *sky):
        """Start with a sky of colours from the top to the horizon. rng: for variations."""
        self.rng, self.height, self.sky = rng, height, sky
        self.size = round(height * WIDE), height
        self.light, self.warm = (0.75, -0.4), "#fff1d6"
        self.cool = mix(sky[0], NIGHT, 0.72)
        self.roughness = 0.42  # of the grain in shadows
        column = Image.new("RGB", (1, 48))
        for row in range(48):
            place = min(1, row / 47 / HORIZON) * (len(sky) - 1)
            index = min(int(place), len(sky) - 2)
            column.putpixel((0, row), ImageColor.getrgb(
                mix(sky[index], sky[index + 1], place - index)))
        self.image = column.resize(self.size, Image.Resampling.BICUBIC)

    def far(self, colour, distance):
        """Return a colour as it looks from a distance, 0 to 1: closer to the sky's."""
        return mix(colour, self.sky[-1], distance)

    # Shapes ##################################################################

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
            """Return where a point lies in the mask."""
            return x * scale - left * SMOOTH, y * scale - top * SMOOTH

        draw_shape(ImageDraw.Draw(mask), place, scale)
        return mask.reduce(SMOOTH), (left, top)

    def _ramp(self, size, corner, foot):
        """Return how much light falls on each pixel of a box, as greys with grain.

        foot: light falls from above alone, as on a ground that fades.
        """
        across = self.light[0] - (corner[0] + size[0] / 2) / self.height
        down = self.light[1] - (corner[1] + size[1] / 2) / self.height
        length = math.hypot(across, down) or 1
        across, down = (0, -1.25) if foot else (across / length, down / length)
        small = Image.new("L", (2, 2))
        small.putdata([round(max(0, min(255, 128 + 120 * (x * across + y * down))))
                       for y in (-1, 1) for x in (-1, 1)])
        grain = paper_grain(self.size, self.roughness * (0.6 if foot else 1))
        noise = grain.crop((*corner, corner[0] + size[0], corner[1] + size[1]))
        return ImageChops.add(small.resize(size, Image.Resampling.BILINEAR), noise, 1, -128)

    def _fill(self, draw_shape, box, colour, opacity=1.0, shade=0.3, foot="", rim=0.0):
        """Fill a shape, lighter on the side of the light and darker on the other.

        foot: a colour into which it fades at its foot; rim: width of a lit edge.
        """
        mask, corner = self._mask(draw_shape, box)
        if mask is None:
            return
        outline = mask
        if opacity < 1:
            mask = mask.point(lambda value: value * opacity)
        if shade and max(mask.size) > 8:
            ramp = self._ramp(mask.size, corner, foot)
            dark = foot or mix(colour, self.cool, shade * 1.35)
            paint = ImageOps.colorize(ramp, dark, mix(colour, self.warm, shade * 0.9), mid=colour)
            self.image.paste(paint, corner, mask)
        else:
            self.image.paste(ImageColor.getrgb(colour), (*corner, corner[0] + mask.width,
                                                         corner[1] + mask.height), mask)
        if rim:
            self._rim(outline, corner, rim)

    def _rim(self, mask, corner, width):
        """Light the edge of a shape on its side towards the light."""
        across = self.light[0] - (corner[0] + mask.width / 2) / self.height
        down = self.light[1] - (corner[1] + mask.height / 2) / self.height
        reach = width * self.height / (math.hypot(across, down) or 1)
        moved = Image.new("L", mask.size)
        moved.paste(mask, (round(-across * reach), round(-down * reach)))
        edge = ImageChops.subtract(mask, moved).point(lambda value: value * 0.75)
        self.image.paste(ImageColor.getrgb(mix(self.warm, "#ffffff", 0.2)),
                         (*corner, corner[0] + mask.width, corner[1] + mask.height), edge)

    def poly(self, points, colour, opacity=1.0, shade=0.3, **more):
        """Draw a polygon."""
        xs, ys = zip(*points, strict=True)
        self._fill(lambda draw, place, _: draw.polygon([place(*each) for each in points], fill=255),
                   (min(xs), min(ys), max(xs), max(ys)), colour, opacity, shade, **more)

    def blob(self, points, colour, opacity=1.0, shade=0.3, **more):
        """Draw a shape with a smooth outline through some points."""
        self.poly(curve(points), colour, opacity, shade, **more)

    def oval(self, x, y, across, down, colour, opacity=1.0, shade=0.3, **more):
        """Draw an ellipse with these half axes."""
        box = x - across, y - down, x + across, y + down
        self._fill(lambda draw, place, _: draw.ellipse([place(*box[:2]), place(*box[2:])],
                                                       fill=255),
                   box, colour, opacity, shade, **more)

    def ovals(self, places, colour, opacity=1.0, shade=0.3, **more):
        """Draw ellipses (x, y, across, down) as one shape."""
        self._fill(lambda draw, place, _: [draw.ellipse([place(x - a, y - d), place(x + a, y + d)],
                                                        fill=255) for x, y, a, d in places],
                   (min(x - a for x, _, a, _ in places), min(y - d for _, y, _, d in places),
                    max(x + a for x, _, a, _ in places), max(y + d for _, y, _, d in places)),
                   colour, opacity, shade, **more)

    def rect(self, x, y, width, height, colour, round_by=0.0, opacity=1.0, shade=0.3, **more):
        """Draw a rectangle from its upper left corner."""
        box = x, y, x + width, y + height
        self._fill(lambda draw, place, scale: draw.rounded_rectangle(
            [place(*box[:2]), place(*box[2:])], round_by * scale, fill=255), box, colour, opacity,
            shade, **more)

    def line(self, points, width, colour, opacity=1.0, shade=0.12, end=None, **more):
        """Draw a line with round ends; it tapers from its width to the width ``end``."""
        xs, ys = zip(*points, strict=True)
        last = width if end is None else end
        widths = [width + (last - width) * each / (len(points) - 1)
                  for each in range(len(points))]

        def draw_shape(draw, place, scale):
            """Draw discs at its points, and a polygon between each two of them."""
            for (one, two), (a, b) in zip(pairwise(points), pairwise(widths), strict=True):
                length = math.hypot(two[0] - one[0], two[1] - one[1]) or 1
                nx, ny = (one[1] - two[1]) / length / 2, (two[0] - one[0]) / length / 2
                draw.polygon([place(one[0] + nx * a, one[1] + ny * a),
                              place(two[0] + nx * b, two[1] + ny * b),
                              place(two[0] - nx * b, two[1] - ny * b),
                              place(one[0] - nx * a, one[1] - ny * a)], fill=255)
            for each, size in zip(points, widths, strict=True):
                draw.circle(place(*each), size * scale / 2, fill=255)

        wide = max(width, last)
        self._fill(draw_shape, (min(xs) - wide, min(ys) - wide, max(xs) + wide, max(ys) + wide),
                   colour, opacity, shade, **more)

    def arc(self, x, y, radius, start, end, width, colour, opacity=1.0, flat=1.0):
        """Draw a part of an ellipse, between angles in degrees clockwise from the right."""
        steps = [math.radians(start + (end - start) * step / 24) for step in range(25)]
        self.line([(x + radius * math.cos(angle), y + radius * flat * math.sin(angle))
                   for angle in steps], width, colour, opacity)

    # Light ###################################################################

    def soft(self, points, colour, opacity=0.5, blur=0.03):
        """Draw a polygon with soft edges: a shadow, mist or a beam of light."""
        xs, ys = zip(*points, strict=True)
        margin, small = blur * 2.5, max(1, min(8, round(blur * self.height / 2)))
        left, top = (max(0, round((min(each) - margin) * self.height)) for each in (xs, ys))
        right = min(self.size[0], round((max(xs) + margin) * self.height))
        bottom = min(self.size[1], round((max(ys) + margin) * self.height))
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", ((right - left) // small + 1, (bottom - top) // small + 1))
        ImageDraw.Draw(mask).polygon([((x * self.height - left) / small,
                                       (y * self.height - top) / small) for x, y in points],
                                     fill=round(255 * opacity))
        mask = mask.filter(ImageFilter.GaussianBlur(blur * self.height / small)).resize(
            (right - left, bottom - top), Image.Resampling.BICUBIC)
        self.image.paste(ImageColor.getrgb(colour), (left, top, right, bottom), mask)

    def shadow(self, x, y, across, opacity=0.5):
        """Draw a shadow on the ground from a place, away from the light."""
        aside = max(-1, min(1, x - self.light[0])) * across * 0.7
        angles = [math.tau * step / 20 for step in range(20)]
        self.soft([(x + aside + (across * 1.1 + abs(aside) * 0.5) * math.cos(angle),
                    y + across * 0.13 * math.sin(angle)) for angle in angles],
                  self.cool, opacity, max(0.004, across * 0.05))

    def glow(self, x, y, radius, colour, strength=0.9):
        """Draw a soft glow around a light."""
        reach = radius * 2.4
        left, top = (max(0, round((value - reach) * self.height)) for value in (x, y))
        right = min(self.size[0], round((x + reach) * self.height))
        bottom = min(self.size[1], round((y + reach) * self.height))
        if right <= left or bottom <= top:
            return
        # The gradient is 181 in the middle of its edges: the halo must end there.
        halo = Image.radial_gradient("L").point(
            lambda value: 255 * strength * max(0, 1 - value / 181) ** 1.9)
        edge = round(reach * self.height)
        scale = 256 / (2 * edge or 1)
        halo = halo.resize((right - left, bottom - top), Image.Resampling.BICUBIC, box=[
            max(0, min(256, (value - centre * self.height + edge) * scale))
            for value, centre in ((left, x), (top, y), (right, x), (bottom, y))])
        box = left, top, right, bottom
        light = ImageOps.colorize(halo, "#000000", colour)
        self.image.paste(ImageChops.screen(self.image.crop(box), light), box)

    def reflect(self, y, depth, colour, opacity=0.5):
        """Reflect what is above a height in the water below it, with ripples."""
        top, tall = round(y * self.height), round(depth * self.height)
        tall = min(tall, self.size[1] - top, top)
        above = ImageOps.flip(self.image.crop((0, top - tall, self.size[0], top)))
        above = Image.blend(above, Image.new("RGB", above.size, colour), 0.35)
        strip, mirrored = max(1, self.height // 150), above.copy()
        for row in range(0, tall, strip):
            shift = round((row / tall + 0.15) * 0.011 * self.height
                          * math.sin(row / strip * 0.9 + self.rng.uniform(-0.6, 0.6)))
            mirrored.paste(above.crop((0, row, self.size[0], row + strip)), (shift, row))
        fade = Image.linear_gradient("L").resize((1, 32)).point(
            lambda value: (255 - value) * opacity).resize(mirrored.size)
        self.image.paste(mirrored, (0, top), fade)

    def finish(self):
        """Return the picture, a little darker at its edges and with grain."""
        edge = ImageOps.invert(Image.radial_gradient("L")).resize(self.size).point(
            lambda value: min(255, 196 + value * 0.6))
        shaded = ImageChops.multiply(self.image, Image.merge("RGB", [edge] * 3))
        grain = Image.merge("RGB", [paper_grain(self.size, 0.8)] * 3)
        return Image.blend(shaded, ImageChops.soft_light(shaded, grain), 0.05)
