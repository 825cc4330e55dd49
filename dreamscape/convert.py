"""The subprocess that converts one picture to WebP: upright, sRGB, resized, without metadata.

``python convert.py < upload > webps`` writes a line of numbers – width, height and the size in
bytes of each WebP – then the WebPs: full size and those of widths_below. For a refused picture it
exits with EXIT_REFUSED and a message without its subject, the file name.

Image decoders are an attack surface, and a file of 10 MB can demand a gigabyte or an hour. So web
workers decode nothing: each picture gets a process with memory and CPU limits, which threads can't
have, and all its memory is freed at its end. It imports little but Pillow, which takes 0.1 seconds
and 20 MB.
"""
import io
import math
import re
import resource
import struct
import sys
import warnings

from PIL import (
    AvifImagePlugin, Image, ImageCms, UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401 - without it Pillow would import all its plugins
)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")  # MPO opens as JPEG
FORMAT_NAMES = "JPEG, PNG, WebP, GIF, AVIF and HEIC"
MIME_TYPES = "image/jpeg,image/png,image/webp,image/gif,image/avif,image/heic,image/heif"
MAX_WIDTH, MAX_HEIGHT = 1_600, 4_800  # pixels of the output
WIDTHS = (160, 480, 960)  # pixels, of the smaller outputs for srcset
MAX_PIXELS = 40_000_000  # of the input
MAX_SIDE = 12_000  # pixels of the input
MAX_BYTES = 300_000  # of each output
QUALITY = 80  # of WebP
# For an output that exceeds MAX_BYTES at QUALITY: LOW_QUALITY in the same size if it is less than
# LOW_EXCESS times MAX_BYTES, else SMALLER_QUALITY in a smaller size. Both for colour and alpha.
LOW_QUALITY, LOW_EXCESS, SMALLER_QUALITY = 40, 1.2, 50
BAND_PIXELS = 1_000_000  # of the input, resized at a time
SRGB = ImageCms.createProfile("sRGB")
ORIENTATION = 0x0112  # the EXIF tag
TURNS = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
         4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
         6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
         8: Image.Transpose.ROTATE_90}  # by the values of that tag
SIDEWAYS = (5, 6, 7, 8)  # the values that swap width and height
# 40 megapixels take 160 MB decoded; including its code the process stays below 300 MB.
MEMORY_BYTES = 256 * 1_048_576  # RLIMIT_DATA
CPU_SECONDS = 8  # RLIMIT_CPU, several times what 40 megapixels need
EXIT_REFUSED = 3  # exit status for a refused picture
BOMB_ERRORS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# The exceptions that Pillow and its codecs raise for malformed files.
PILLOW_ERRORS = (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError,
                 AttributeError, ArithmeticError, MemoryError, RuntimeError, struct.error)
# The first bytes of a picture, after whitespace or up to 12 arbitrary bytes.
GARBAGE = rb"(?:[\s\0\xef\xbb\xbf]{0,1024}?|.{0,12}?)"
SIGNATURE = re.compile(
    GARBAGE + rb"(?:(\xff\xd8)" + GARBAGE + rb"(?=\xff[\xc0-\xfe])"
    rb"|(?=\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP|....ftyp))", re.DOTALL)
# The markers SOF and SOS of a JPEG; the group is the number of components.
JPEG_FRAME = re.compile(rb"\xff[\xc0-\xc2\xc9\xca]\0[\x0b\x0e\x11\x14]\x08....([\1-\4])", re.DOTALL)
JPEG_SCAN = re.compile(rb"\xff\xda\0[\x08\x0a\x0c\x0e]([\1-\4])")
# A file whose end is missing is decoded with each of these appended: if the two images differ, some
# pixels were decoded from these bytes, so they are missing in the file. The two differ in every
# bit, and have no byte 0xff, which begins a marker. JPEG_ENDS have restart markers of each number,
# as a decoder that expects one skips everything else.
NOISE = bytes(number * 181 % 254 + 1 for number in range(1_016))
NOISES = NOISE, bytes(255 - byte for byte in NOISE)
JPEG_ENDS = [noise + b"".join(b"\xff" + bytes([0xd0 + number % 8]) + noise
                              for number in range(first, first + 16)) + b"\xff\xd9"
             for noise, first in zip(NOISES, (0, 4), strict=True)]
UNKNOWN = f"isn't a picture we can read. We accept {FORMAT_NAMES}."
TOO_LARGE = (f"has too many pixels. The limit is {MAX_PIXELS // 1_000_000} megapixels, and "
             f"{MAX_SIDE:,} pixels a side.")
DAMAGED = ("couldn't be opened. It may be damaged or too complex. Try saving it as a "
           "JPEG.")

# Pillow's own limit, which also applies to parts of a file, such as frames.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
# One thread: by default it starts one per CPU.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


class RefusedError(Exception):
    """A picture that is refused; the message lacks its subject, the file name."""


def formats_for(data):
    """Return the formats to try for some bytes; register HEIC only for ISO base media files.

    Importing pillow_heif takes as long as importing all of Pillow. HEIC and AVIF are ISO files.
    """
    if data[4:8] != b"ftyp":
        return FORMATS
    import pillow_heif
    # Decode the main image only, in one thread.
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False,
                                     decode_threads=1)
    return *FORMATS, "HEIF"


def open_picture(data):
    """Return the image in some bytes, not yet decoded; raise RefusedError if it is too large."""
    image = Image.open(io.BytesIO(data), formats=formats_for(data))
    if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
        raise RefusedError(TOO_LARGE)
    return image


def to_eight_bits(image):
    """Return an image, converted to 8 bits a channel if it is 16-bit greyscale."""
    if image.mode != "I" and not image.mode.startswith("I;16"):
        return image
    return image.convert("I").point(lambda grey: grey * (1 / 257)).convert("L")


def to_plain_mode(image):
    """Return an image in mode L, RGB, RGBA or CMYK: palettes and masks become channels."""
    mode, image = "RGBA" if image.has_transparency_data else "RGB", to_eight_bits(image)
    if image.mode in ("L", "RGB", "RGBA", "CMYK") and "transparency" not in image.info:
        return image
    return image.convert(mode)


def fit_size(size, width, height):
    """Return a size scaled down to fit width and height, with the same aspect ratio."""
    scale = min(1, width / size[0], height / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def stored_size(image):
    """Return the output size of an image, in the orientation before EXIF is applied."""
    limits = MAX_WIDTH, MAX_HEIGHT
    sideways = image.info.get("orientation") in SIDEWAYS
    return fit_size(image.size, *(reversed(limits) if sideways else limits))


def read_orientation(image):
    """Return the orientation in an image's EXIF or XMP; None if they can't be read."""
    try:
        orientation = image.getexif().get(ORIENTATION)
        # In AVIF and HEIC the EXIF's orientation doesn't count: Pillow returns the container's.
        is_in_exif = orientation is None and image.format in ("JPEG", "PNG", "WEBP")
        return scan_orientation(image.info["exif"]) if is_in_exif else orientation
    except PILLOW_ERRORS:
        return None


def scan_orientation(exif):
    """Return the orientation in some EXIF, whatever its other tags hold; raise struct.error.

    Pillow reads no tag after one whose value lies beyond the end, as in truncated EXIF.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    order = "<" if tiff.startswith(b"II") else ">"
    start, = struct.unpack_from(f"{order}I", tiff, 4)
    count, = struct.unpack_from(f"{order}H", tiff, start)
    tags = (struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * number)
            for number in range(count))
    return next((value for tag, kind, _, value in tags if (tag, kind) == (ORIENTATION, 3)), None)


def turn_upright(image):
    """Return an image turned as its orientation says.

    ImageOps.exif_transpose also writes the EXIF anew, and fails at tags of an unexpected type.
    """
    turn = TURNS.get(image.info.get("orientation"))
    return image if turn is None else image.transpose(turn)


def shrink(image):
    """Return a decoded image in its output size and in a mode of to_plain_mode.

    In bands, as each operation on a full image would copy it. It is the first operation after
    decoding, so that the later ones (orientation, colours) work on a few megapixels.
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
    """Return ``rows`` rows, from row ``top``, of an image resized to ``size``."""
    scale = image.height / size[1]
    upper, lower = top * scale, min(image.height, (top + rows) * scale)
    # Lanczos has a radius of three output pixels: with that margin bands have no seams.
    first = max(0, math.floor(upper - 3 * scale) - 1)
    last = min(image.height, math.ceil(lower + 3 * scale) + 1)
    band = to_plain_mode(image.crop((0, first, image.width, last)))
    return band.resize((size[0], rows), Image.Resampling.LANCZOS,
                       box=(0, upper - first, image.width, lower - first))


def to_srgb(image):
    """Return an image converted from its ICC profile to sRGB, as RGB or RGBA."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        return ImageCms.profileToProfile(image, source, SRGB, outputMode=mode)
    except (KeyError, OSError, ImageCms.PyCMSError):
        # A missing, invalid or mismatched profile: assume sRGB.
        return image.convert(mode)


def write_webp(image, **options):
    """Return an image encoded as WebP without metadata."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", **options)
    return buffer.getvalue()


def encode_webp(image, density=0):
    """Return (WebP of at most MAX_BYTES, width, height, density); encode at most twice.

    density: bytes per pixel at QUALITY if they exceed MAX_BYTES, else 0. With the density of a
    narrower version the attempt at QUALITY is skipped: for a noisy image it takes seconds.
    """
    if not density:
        webp = write_webp(image, quality=QUALITY)
        if len(webp) <= MAX_BYTES:
            return webp, *image.size, 0
        density = len(webp) / (image.width * image.height)
    image, quality = fit_bytes(image, density * image.width * image.height / MAX_BYTES)
    return write_webp(image, quality=quality, alpha_quality=quality), *image.size, density


def fit_bytes(image, excess):
    """Return (image, quality) that encode to at most MAX_BYTES.

    excess: bytes at QUALITY / MAX_BYTES. Measured with text, random transparency, a chessboard and
    noise of several frequencies: LOW_QUALITY takes at most 0.83 of the bytes at QUALITY; scaled by
    excess ** -0.6 all fit, by excess ** -0.5 half of them.
    """
    if excess < LOW_EXCESS:
        return image, LOW_QUALITY
    # Not -0.5: sharp edges take more bytes per pixel in a smaller image.
    scale = excess ** -0.6
    smaller = fit_size(image.size, image.width * scale, image.height * scale)
    return image.resize(smaller, Image.Resampling.LANCZOS), SMALLER_QUALITY


def widths_below(width):
    """Return the widths of the smaller versions of an image of some width."""
    return [smaller for smaller in WIDTHS if smaller < width]


def encode_versions(image):
    """Return (WebP, width, height, [WebP]): full size, and one for each of widths_below."""
    images, webps, density = [image], [], 0
    for narrow in reversed(widths_below(image.width)):
        # Resizing the previous, smaller version is faster than resizing the full size.
        size = fit_size(images[0].size, narrow, MAX_HEIGHT)
        images.insert(0, images[0].resize(size, Image.Resampling.LANCZOS))
    # Narrowest first: its density predicts cheaply whether wider ones exceed MAX_BYTES.
    for version in images:
        webp, width, height, density = encode_webp(version, density)
        webps.append(webp)
    return webps[-1], width, height, webps[:len(widths_below(width))]


def decode(data):
    """Return the first frame in its output size; the full-size image is freed on return."""
    image = open_picture(data)
    # draft lets the JPEG decoder scale down while decoding.
    image.draft(None, (MAX_WIDTH, MAX_WIDTH))
    image.load()
    # Here because copies of an image share its info.
    image.info["orientation"] = read_orientation(image)
    return shrink(image)


def decode_damaged(data):
    """Decode a file even if its first or last bytes are wrong, if no pixel is missing."""
    try:
        return decode(data)
    except OSError as error:
        # Its traceback would hold the full-size image while another is decoded.
        failure = error.with_traceback(None)
    trimmed = drop_garbage(data)
    if trimmed != data:
        return decode_damaged(trimmed)
    image = decode_completed(data)
    if image is None:
        raise failure
    return image


def decode_completed(data):
    """Decode a file whose end is wrong; return None if pixels are missing."""
    try:
        images = [decode(version) for version in with_valid_ends(data)]
    except (*BOMB_ERRORS, *PILLOW_ERRORS):
        return None
    # Missing pixels would be decoded from the appended bytes, which differ.
    return images[0] if images and all(image == images[0] for image in images) else None


def drop_garbage(data):
    """Return a file without bytes before its signature and before a JPEG's first marker."""
    match = SIGNATURE.match(data)
    return (match[1] or b"") + data[match.end():] if match else data


def with_valid_ends(data):
    """Return versions of a file with a valid end, which decode alike if no pixel is missing."""
    if data.startswith(b"GIF8"):
        return [data + noise[:256] + b"\0;" for noise in NOISES]
    if data.startswith(b"RIFF"):
        even = data + bytes(len(data) % 2)
        return [data[:4] + struct.pack("<I", len(even) - 8) + even[8:]]
    if not has_all_scans(data):
        return []
    # Zeros fill the space reserved for a file; the first may belong to the last pixel.
    start = data[:len(data.rstrip(b"\0")) + 1].rstrip(b"\xff")
    return [start + end for end in JPEG_ENDS]


def has_all_scans(data):
    """Return whether a JPEG's scans encode all bits of all coefficients; the last may be cut."""
    frames = list(JPEG_FRAME.finditer(data))
    if not frames:
        return False
    # The last one: EXIF may hold the JPEG of a thumbnail.
    start, count = frames[-1].end(), frames[-1][1][0]
    coefficients = {(component, number) for component in data[start:start + 3 * count:3]
                    for number in range(64)}
    for scan in JPEG_SCAN.finditer(data, start):
        at, end = scan.end(), scan.end() + 2 * scan[1][0]
        first, last, low_bit = data[end:end + 3].ljust(3, b"\1")
        if not low_bit % 16:
            coefficients -= {(component, number) for component in data[at:end:2]
                             for number in range(first, last + 1)}
    return not coefficients


def convert(data):
    """Return an upload converted, as encode_versions returns it; raise RefusedError.

    One frame, upright, in sRGB, at most MAX_WIDTH wide and MAX_HEIGHT high.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about corrupt EXIF, which isn't stored
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return encode_versions(to_srgb(turn_upright(decode_damaged(data))))
    except UnidentifiedImageError as error:
        raise RefusedError(UNKNOWN) from error
    except BOMB_ERRORS as error:
        raise RefusedError(TOO_LARGE) from error
    except PILLOW_ERRORS as error:
        raise RefusedError(DAMAGED) from error


def limit_process():
    """Limit the memory and CPU time of this process."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def main():
    """Convert the picture on stdin to stdout, or write why it is refused."""
    limit_process()
    try:
        whole, width, height, smaller = convert(sys.stdin.buffer.read())
    except RefusedError as refusal:
        sys.stdout.buffer.write(str(refusal).encode())
        sys.exit(EXIT_REFUSED)
    print(width, height, *map(len, [whole, *smaller]), flush=True)
    sys.stdout.buffer.write(b"".join([whole, *smaller]))


if __name__ == "__main__":
    main()
