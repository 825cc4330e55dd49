"""A photo of twelve megapixels: what convert.py needs for it, and what libvips does.

``python -m bench.picture ours`` or ``vips`` reads a picture and makes what is stored of it, once,
in this process alone; it prints seconds, and its memory before and at most in megabytes.
"""

import json
import os
import re
import resource
import subprocess
import sys
from functools import cache
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from support.picture_factory import encode, photo

from dreamscape import convert

SIZE = (4_000, 3_000)  # pixels
QUALITY = 95  # of the JPEG
SMALL = (64, 48)  # pixels, of what is converted before, so that all code is loaded
TRIES = 7
WAIT = 60  # seconds


@cache
def make_photo(size=SIZE):
    """Return the bytes of a photo as a camera sends it."""
    return encode(photo(*size), "JPEG", quality=QUALITY)


def convert_by_vips(data):
    """Return what convert.convert returns, made by libvips: upright, in sRGB, WebP."""
    # Only whoever is measured loads it, for it counts as memory.
    import pyvips

    small = pyvips.Image.thumbnail_buffer(data, convert.MAX_WIDTH, height=convert.MAX_HEIGHT,
                                          size="down", output_profile="srgb")
    # A thumbnail of a file is read row by row; it is looked at more than once here.
    small, kept = small.copy_memory(), {"Q": convert.QUALITY, "keep": "none"}
    smaller = [small.thumbnail_image(width).webpsave_buffer(**kept)
               for width in convert.widths_below(small.width)]
    return small.webpsave_buffer(**kept), small.width, small.height, smaller


CONVERTERS = {"ours": convert.convert, "vips": convert_by_vips}


def largest():
    """Return the largest memory of this process so far, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage tells there begins with the memory of the process that started this one.
        return int(re.search(r"VmHWM:\s*(\d+)", status.read_text())[1]) * 1_024 / 1_000_000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000_000


def convert_once(who):
    """Return what it took to convert the picture that comes in."""
    convert, data = CONVERTERS[who], sys.stdin.buffer.read()
    convert(make_photo(SMALL))
    idle, began, worked = largest(), perf_counter(), process_time()
    webp, width, height, _ = convert(data)
    return {"seconds": perf_counter() - began, "processor": process_time() - worked,
            "idle": idle, "above_idle": largest() - idle, "bytes": len(webp),
            "size": (width, height)}


def ask(who):
    """Return what a process of its own needed for the photo."""
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-m", "bench.picture", who], input=make_photo(),
                           capture_output=True, check=True, timeout=WAIT, env=environ)
    return json.loads(ended.stdout)


def middle(tries):
    """Return the median of each number of several tries."""
    return {key: value if key == "size" else round(median(each[key] for each in tries), 3)
            for key, value in tries[0].items()}


def compare():
    """Return what ours and libvips needed, in turns, and the ratios of their times."""
    pairs = [(ask("ours"), ask("vips")) for _ in range(TRIES)]
    ours, vips = (middle(tries) for tries in zip(*pairs, strict=True))
    return {"ours": ours, "vips": vips, "photo_bytes": len(make_photo()), **{
        f"{key}_ratio": round(median(own[key] / other[key] for own, other in pairs), 3)
        for key in ("seconds", "processor")}}


if __name__ == "__main__":
    print(json.dumps(convert_once(sys.argv[1])))
