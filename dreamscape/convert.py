"""What becomes of a sent picture: WebP, upright, in sRGB, of modest size, without metadata.

``python convert.py < sent > stored`` writes a line of numbers – width, height, and how many bytes
each WebP has – and the WebPs: the whole one and those of widths_below. Or it ends with EXIT_REFUSED
and a sentence without its subject.

Decoders are where hostile files do their harm, and what they need cannot be told beforehand: a
file of 10 MB asks for a gigabyte or for an hour. So the site decodes nothing itself. It starts
this for each picture, under limits a thread cannot be given, and all the memory is free again
when it ends. It loads little else than Pillow: a tenth of a second and 20 MB.
"""
import io
import math
import resource
import struct
import sys
import warnings

from PIL import (
    AvifImagePlugin, Image, ImageCms, ImageOps, UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401 - or Pillow would load every decoder it has to find this one
)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")  # MPO opens as JPEG
FORMAT_NAMES = "JPEG, PNG, WebP, GIF, AVIF and HEIC"
MIME_TYPES = "image/jpeg,image/png,image/webp,image/gif,image/avif,image/heic,image/heif"
MAX_WIDTH, MAX_HEIGHT = 1_600, 4_800  # pixels, of what is stored
WIDTHS = (160, 480, 960)  # pixels, of what is stored beside it for small places and screens
MAX_PIXELS = 40_000_000  # of what is sent
MAX_SIDE = 12_000  # pixels, of what is sent
MAX_BYTES = 300_000  # of what is stored
QUALITY = 80  # of WebP
# Where that takes more than MAX_BYTES, of colours and of transparency: in the same size if it is less
# than LOW_EXCESS times too much, else in a smaller one.
LOW_QUALITY, LOW_EXCESS, SMALLER_QUALITY = 40, 1.2, 50
BAND_PIXELS = 1_000_000  # of what is sent, that are copied at a time
SRGB = ImageCms.createProfile("sRGB")
ORIENTATION = 0x0112  # the EXIF tag
SIDEWAYS = (5, 6, 7, 8)  # its values that swap width and height
# 40 megapixels take 160 MB once they are decoded; with its code the process stays below 300 MB.
MEMORY_BYTES = 256 * 1_048_576  # bytes of data
CPU_SECONDS = 8  # of a processor, several times what 40 megapixels need
EXIT_REFUSED = 3  # how the process ends when it refuses a picture
BOMB_ERRORS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# Whatever a hostile or broken file makes Pillow and its codecs raise.
PILLOW_ERRORS = (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError,
                 AttributeError, ArithmeticError, MemoryError, RuntimeError, struct.error)
UNKNOWN = f"isn't a picture we can read. We accept {FORMAT_NAMES}."
TOO_LARGE = (f"has too many pixels. The limit is {MAX_PIXELS // 1_000_000} megapixels, and "
             f"{MAX_SIDE:,} pixels a side.")
DAMAGED = ("couldn't be opened. It may be damaged or too complex. Try saving it as a "
           "JPEG.")

# A part of a file is no more welcome than a file that is too large.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
# One thread, whatever the machine has.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


class RefusedError(Exception):
    """A picture that is refused, with a sentence that lacks its subject."""


def formats_for(data):
    """Return the formats that some bytes may have; what reads HEIC takes as long as all others.

    So it is loaded only for a file of ISO boxes, as HEIC and AVIF are.
    """
    if data[4:8] != b"ftyp":
        return FORMATS
    import pillow_heif
    # One thread and the main image alone: whatever else a file brings is not looked at.
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False,
                                     decode_threads=1)
    return *FORMATS, "HEIF"


def open_picture(data):
    """Return the picture in some bytes, not yet decoded; raise RefusedError if too large."""
    image = Image.open(io.BytesIO(data), formats=formats_for(data))
    if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
        raise RefusedError(TOO_LARGE)
    return image


def to_eight_bits(image):
    """Return a picture of 16-bit greys with 8-bit ones; others as they are."""
    if image.mode != "I" and not image.mode.startswith("I;16"):
        return image
    return image.convert("I").point(lambda grey: grey * (1 / 257)).convert("L")


def to_plain_mode(image):
    """Return a picture as greys, colours or inks, with its transparency beside them."""
    mode, image = "RGBA" if image.has_transparency_data else "RGB", to_eight_bits(image)
    if image.mode in ("L", "RGB", "RGBA", "CMYK") and "transparency" not in image.info:
        return image
    return image.convert(mode)


def fit_size(size, width, height):
    """Return a size at most so large, its aspect kept, never enlarged."""
    scale = min(1, width / size[0], height / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def stored_size(image):
    """Return the size in which a picture is stored, before it is turned upright."""
    limits = MAX_WIDTH, MAX_HEIGHT
    sideways = image.getexif().get(ORIENTATION) in SIDEWAYS
    return fit_size(image.size, *(reversed(limits) if sideways else limits))


def shrink(image):
    """Return a decoded picture in the size in which it is stored, in a to_plain_mode mode.

    Band by band, for each change of a whole picture makes a copy of it. Therefore it comes
    first, as draft does for a JPEG: what follows has a few megapixels to turn and to colour.
    """
    width, height = stored_size(image)
    if (width, height) == image.size:
        return to_plain_mode(image)
    shrunk = to_plain_mode(image.crop((0, 0, 1, 1))).resize((width, height))
    rows = max(1, BAND_PIXELS * height // (image.width * image.height))
    for top in range(0, height, rows):
        band = shrink_band(image, (width, height), top, min(rows, height - top))
        shrunk.paste(band, (0, top))
    return shrunk


def shrink_band(image, size, top, rows):
    """Return some rows of what a picture becomes in a smaller size."""
    scale = image.height / size[1]
    upper, lower = top * scale, min(image.height, (top + rows) * scale)
    # Lanczos looks at three pixels of the smaller size each way, so bands show no seam.
    first = max(0, math.floor(upper - 3 * scale) - 1)
    last = min(image.height, math.ceil(lower + 3 * scale) + 1)
    band = to_plain_mode(image.crop((0, first, image.width, last)))
    return band.resize((size[0], rows), Image.Resampling.LANCZOS,
                       box=(0, upper - first, image.width, lower - first))


def to_srgb(image):
    """Return a picture of a to_plain_mode mode in sRGB, with its transparency if it has any."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        return ImageCms.profileToProfile(image, source, SRGB, outputMode=mode)
    except (KeyError, OSError, ImageCms.PyCMSError):
        # Without a profile, or with one that is broken or for other colours, they stay.
        return image.convert(mode)


def write_webp(image, **options):
    """Return a picture as WebP without metadata."""
    coded = io.BytesIO()
    image.save(coded, "WEBP", **options)
    return coded.getvalue()


def encode_webp(image, density=0):
    """Return (WebP of at most MAX_BYTES, width, height, density), after two encodings at most.

    density: bytes of a pixel at QUALITY where those are too many, else 0. Given that of a
    narrower copy, a picture is not encoded at QUALITY, for noise takes seconds.
    """
    if not density:
        coded = write_webp(image, quality=QUALITY)
        if len(coded) <= MAX_BYTES:
            return coded, *image.size, 0
        density = len(coded) / (image.width * image.height)
    image, quality = fit_bytes(image, density * image.width * image.height / MAX_BYTES)
    return write_webp(image, quality=quality, alpha_quality=quality), *image.size, density


def fit_bytes(image, excess):
    """Return (picture, quality) that take MAX_BYTES at most; excess: how many times that at QUALITY.

    Tried with text, random transparency, a chessboard and noise of several frequencies: with
    LOW_QUALITY they take at most 0.83 of it; shrunk by a power of 0.6 all fit, by 0.5 half of them.
    """
    if excess < LOW_EXCESS:
        return image, LOW_QUALITY
    # Sharp edges take more bytes a pixel in a smaller size.
    scale = excess ** -0.6
    smaller = fit_size(image.size, image.width * scale, image.height * scale)
    return image.resize(smaller, Image.Resampling.LANCZOS), SMALLER_QUALITY


def widths_below(width):
    """Return in which widths a picture of some width is stored, too."""
    return [smaller for smaller in WIDTHS if smaller < width]


def encode_versions(image):
    """Return (WebP, width, height, [WebP]): a picture, and it in each of widths_below."""
    images, coded, density = [image], [], 0
    for narrow in reversed(widths_below(image.width)):
        # Each from the one before: what is thrown away once is not looked at again.
        size = fit_size(images[0].size, narrow, MAX_HEIGHT)
        images.insert(0, images[0].resize(size, Image.Resampling.LANCZOS))
    # The narrowest first: it costs least to learn from it that wider ones will be too large.
    for version in images:
        webp, width, height, density = encode_webp(version, density)
        coded.append(webp)
    return coded[-1], width, height, coded[:len(widths_below(width))]


def decode(data):
    """Return the first frame of a sent picture in the size in which it is stored.

    What it took in its own size is free again afterwards.
    """
    image = open_picture(data)
    # A JPEG is decoded no larger than needed.
    image.draft(None, (MAX_WIDTH, MAX_WIDTH))
    image.load()
    return shrink(image)


def convert(data):
    """Return what is stored of a sent picture, as encode_versions does.

    Upright, in sRGB, one frame, at most MAX_WIDTH wide. Raises RefusedError.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return encode_versions(to_srgb(ImageOps.exif_transpose(decode(data))))
    except UnidentifiedImageError as error:
        raise RefusedError(UNKNOWN) from error
    except BOMB_ERRORS as error:
        raise RefusedError(TOO_LARGE) from error
    except PILLOW_ERRORS as error:
        raise RefusedError(DAMAGED) from error


def limit_process():
    """Bound what this process may take."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def main():
    """Convert the picture that comes in, or say why not."""
    limit_process()
    try:
        whole, width, height, smaller = convert(sys.stdin.buffer.read())
    except RefusedError as refusal:
        sys.stdout.buffer.write(str(refusal).encode())
        sys.exit(EXIT_REFUSED)
    numbers = [width, height, *map(len, [whole, *smaller])]
    print(*numbers, flush=True)
    sys.stdout.buffer.write(b"".join([whole, *smaller]))


if __name__ == "__main__":
    main()
