"""Make test pictures: photos, noise, colour profiles, and malformed or hostile files."""

import io
import os
import struct
import zlib

import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()  # as convert.py does for such a file

# Colorants of Display P3 as its profile gives them, adapted to D50.
P3 = {"rXYZ": (0.5151, 0.2412, -0.0011), "gXYZ": (0.2919, 0.6922, 0.0419),
      "bXYZ": (0.1572, 0.0666, 0.7841)}
D50 = (0.9642, 1.0, 0.8249)
# Bits and colour type of a PNG, and bytes of a pixel.
GREY, RGBA, DEEP = (8, 0), (8, 6), (16, 6)
PIXEL_BYTES = {GREY: 1, RGBA: 4, DEEP: 8}
FORTY = (8_000, 5_000)  # 40 megapixels, the most that are accepted


def encode(image, kind, **options):
    """Return the bytes of a picture in a format."""
    encoded = io.BytesIO()
    image.save(encoded, kind, **options)
    return encoded.getvalue()


def decode(data):
    """Return the picture in some bytes, fully decoded."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def noise(width, height):
    """Return a picture of random noise, which does not compress."""
    return Image.frombytes("RGB", (width, height), os.urandom(width * height * 3))


def rgba_noise(width, height):
    """Return a picture of random noise in all channels, alpha included."""
    return Image.frombytes("RGBA", (width, height), os.urandom(width * height * 4))


def photo(width, height):
    """Return a picture with edges, gradients and grain, like a photo."""
    shapes = noise(40, 30).resize((width, height), Image.Resampling.NEAREST)
    soft = noise(40, 30).resize((width, height), Image.Resampling.BILINEAR)
    grain = Image.effect_noise((width, height), 12).convert("RGB")
    return Image.blend(Image.blend(shapes, soft, 0.6), grain, 0.15)


def corners():
    """Return an 80 by 40 picture: its upper left quarter red, the rest blue."""
    image = Image.new("RGB", (80, 40), "blue")
    image.paste("red", (0, 0, 40, 20))
    return image


def p3_profile():
    """Return the bytes of a wide-gamut (Display P3) ICC profile."""
    xyz = {name: b"XYZ \0\0\0\0" + fixed(*values) for name, values in (P3 | {"wtpt": D50}).items()}
    gamma = b"curv\0\0\0\0" + struct.pack(">IH2x", 1, round(2.2 * 256))
    return icc(b"mntrRGB XYZ ", xyz | dict.fromkeys(("rTRC", "gTRC", "bTRC"), gamma))


def green_ink_profile():
    """Return the bytes of a CMYK ICC profile whose cyan is green."""
    straight = bytes(range(256))
    lab = [(255, 128, 128)] + [(0, 128, 128)] * 15
    lab[8] = (150, 60, 180)  # the first ink alone; the first channel changes slowest
    table = (b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
             + straight * 4 + b"".join(map(bytes, lab)) + straight * 3)
    return icc(b"prtrCMYKLab ", {"A2B0": table, "wtpt": b"XYZ \0\0\0\0" + fixed(*D50)})


def fixed(*numbers):
    """Return numbers as s15Fixed16Number, the fixed-point format of ICC."""
    return b"".join(struct.pack(">i", round(number * 65_536)) for number in numbers)


def icc(kind, tags):
    """Return an ICC version 2 profile of a kind with some tags."""
    text = b"desc\0\0\0\0" + struct.pack(">I", 2) + b"x\0" + bytes(78)
    tags |= {"desc": text, "cprt": b"text\0\0\0\0none\0"}
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name.encode() + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4xI", 132 + 12 * len(tags) + len(body), 0x02400000)
    head += kind + bytes(12) + b"acsp" + bytes(28) + fixed(*D50) + bytes(48)
    return head + table + body


def png(width, height, pixels=b"", *chunks, kind=GREY):
    """Return a PNG whose header gives any size, whatever its pixels."""
    header = struct.pack(">IIBBBBB", width, height, *kind, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(pixels, 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts)


def blank_png(width, height, kind, *chunks):
    """Return an all-zero PNG: any number of pixels in a small file."""
    return png(width, height, bytes((width * PIXEL_BYTES[kind] + 1) * height), *chunks, kind=kind)


def gif_with_oversized_frame(width, height):
    """Return a GIF of ten by ten pixels whose frame is larger."""
    screen = struct.pack("<6sHHBBB", b"GIF89a", 10, 10, 0x80, 0, 0) + bytes(6)
    return screen + struct.pack("<BHHHHB", 0x2C, 0, 0, width, height, 0) + b"\2\2\x44\1\0;"


def endless_jpeg(width, height, scans):
    """Return a progressive JPEG that repeats its last scan: a small file, hours to decode."""
    data = encode(Image.new("L", (width, height), 99), "JPEG", progressive=True)
    last, end = data.rindex(b"\xff\xda"), len(data) - 2
    return data[:last] + data[last:end] * scans + data[end:]


def exif(*entries):
    """Return EXIF with some (tag, TIFF type, eight bytes of values) in this order."""
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
    table, rest, start = struct.pack(">H", len(entries)), b"", 14 + 12 * len(entries)
    for tag, kind, values in entries:
        inline = sizes[kind] <= 4
        table += struct.pack(">HHI", tag, kind, 1)
        table += values[:4] if inline else struct.pack(">I", start + len(rest))
        rest += b"" if inline else values
    return b"Exif\0\0MM\0*\0\0\0\x08" + table + bytes(4) + rest
