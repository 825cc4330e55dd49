"""Compare convert.py with libvips: time and memory to convert a photo of 12 megapixels.

``python -m bench.picture ours`` or ``vips`` converts the picture on stdin once, in this process;
it prints the seconds, and the idle and the peak memory in megabytes.
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
SMALL = (64, 48)  # pixels, of a picture that is converted first to load all code
TRIES = 7
TIMEOUT = 60  # seconds


@cache
def make_photo(size=SIZE):
    """Return the bytes of a photo in a camera's format."""
    return encode(photo(*size), "JPEG", quality=QUALITY)


def convert_by_vips(data):
    """Do the same as convert.convert with libvips: upright, in sRGB, WebP."""
    # Imported here, so that it does not add to the memory of convert.py.
    import pyvips

    small = pyvips.Image.thumbnail_buffer(data, convert.MAX_WIDTH, height=convert.MAX_HEIGHT,
                                          size="down", output_profile="srgb")
    # A thumbnail can be read only once, row by row, and is read again for each width.
    small, options = small.copy_memory(), {"Q": convert.QUALITY, "keep": "none"}
    smaller = [small.thumbnail_image(width).webpsave_buffer(**options)
               for width in convert.widths_below(small.width)]
    return small.webpsave_buffer(**options), small.width, small.height, smaller


CONVERTERS = {"ours": convert.convert, "vips": convert_by_vips}


def peak_memory():
    """Return the peak memory of this process so far, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # On Linux, getrusage includes the memory of the parent process before exec.
        return int(re.search(r"VmHWM:\s*(\d+)", status.read_text())[1]) * 1_024 / 1_000_000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000_000


def convert_once(name):
    """Return the time and memory to convert the picture on stdin, with its new size."""
    convert, data = CONVERTERS[name], sys.stdin.buffer.read()
    convert(make_photo(SMALL))
    idle, began, cpu_began = peak_memory(), perf_counter(), process_time()
    webp, width, height, _ = convert(data)
    return {"seconds": perf_counter() - began, "processor": process_time() - cpu_began,
            "idle": idle, "above_idle": peak_memory() - idle, "bytes": len(webp),
            "size": (width, height)}


def convert_in_process(name):
    """Return what convert_once prints for the photo in a process of its own."""
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run([sys.executable, "-m", "bench.picture", name], input=make_photo(),
                            capture_output=True, check=True, timeout=TIMEOUT, env=environ)
    return json.loads(result.stdout)


def medians(tries):
    """Return the median of each number over several tries."""
    return {key: value if key == "size" else round(median(each[key] for each in tries), 3)
            for key, value in tries[0].items()}


def compare():
    """Return the figures of convert.py and libvips, run in turns, and their ratios."""
    pairs = [(convert_in_process("ours"), convert_in_process("vips")) for _ in range(TRIES)]
    ours, vips = (medians(tries) for tries in zip(*pairs, strict=True))
    return {"ours": ours, "vips": vips, "photo_bytes": len(make_photo()), **{
        f"{key}_ratio": round(median(own[key] / other[key] for own, other in pairs), 3)
        for key in ("seconds", "processor")}}


if __name__ == "__main__":
    print(json.dumps(convert_once(sys.argv[1])))
