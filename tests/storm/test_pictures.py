"""Eight hostile pictures at once, in rounds: memory of the processes, time of other pages."""

import threading
import time
import urllib.error
import zlib
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from support.http_browser import Browser
from support.database import DatabaseServer
from support.picture_factory import (
    DEEP, FORTY, RGBA, blank_png, encode, endless_jpeg, gif_with_oversized_frame, noise, png,
)
from support.concurrency import run_concurrently
from support.website import Website

INTERVAL = 0.05  # seconds between two samples
ULTRAFAST = {"quality": 30, "enc_params": {"preset": "ultrafast"}}
BOMB = zlib.compress(bytes(400_000_000), 9)
LIMITS = 300, 2  # megabytes of a process, seconds of a page


def colours(mode="RGB"):
    """Return 40 megapixels of soft colours."""
    return noise(80, 50).convert(mode).resize(FORTY, Image.Resampling.BILINEAR)


MAKERS = {
    "PNG with transparency": lambda: blank_png(*FORTY, RGBA),
    "PNG of 16 bits": lambda: blank_png(*FORTY, DEEP),
    "WebP": lambda: encode(Image.new("RGB", FORTY), "WEBP", lossless=True, quality=0, method=0),
    "GIF": lambda: encode(Image.new("P", FORTY), "GIF"),
    "AVIF": lambda: encode(Image.new("RGB", FORTY), "AVIF", speed=10),
    "HEIC": lambda: encode(Image.new("RGB", FORTY), "HEIF", **ULTRAFAST),
    "JPEG of inks": lambda: encode(colours("CMYK"), "JPEG"),
    "progressive JPEG": lambda: encode(colours(), "JPEG", progressive=True, subsampling=0),
    "WebP of 12 megapixels": lambda: encode(Image.new("RGB", (4_000, 3_000)), "WEBP", method=0),
    "strip 12,000 wide": lambda: blank_png(12_000, 3_333, RGBA),
    "strip 12,000 high": lambda: blank_png(3_333, 12_000, RGBA),
    "JPEG of endless scans": lambda: endless_jpeg(6_000, 6_000, 2_000),
    "profile of 9 MB": lambda: encode(noise(9, 9), "JPEG", icc_profile=bytes(9_000_000)),
    "text of 400 MB": lambda: png(8, 8, bytes(72), (b"zTXt", b"note\0\0" + BOMB)),
    "bomb of 88 megapixels": lambda: png(11_000, 8_000, bytes(11_001 * 8_000)),
    "frame of 3,600 megapixels": lambda: gif_with_oversized_frame(60_000, 60_000),
}


@pytest.fixture(scope="module")
def files():
    """{name: bytes of each hostile picture}, a truncated one included."""
    files = {name: make() for name, make in MAKERS.items()}
    return files | {"half a PNG": files["PNG with transparency"][:300_000]}


@pytest.fixture(scope="module")
def website(tmp_path_factory):
    """The site as it is served, with two workers."""
    folder = tmp_path_factory.mktemp("storm")
    with (DatabaseServer(folder / "database") as database,
          Website(database.uri, folder, RATELIMIT_ENABLED="0") as website):
        yield website


@pytest.fixture(scope="module")
def browsers(website):
    """The browsers of eight dreamers who are signed in."""
    browsers = [Browser(website.url) for _ in range(8)]
    for number, browser in enumerate(browsers):
        browser.open("/signup")
        browser.send("", first_name="Ada", last_name="Storm", email=f"ada{number}@example.org",
                     password="a long password")
    return browsers


class Monitor(threading.Thread):
    """Sample, until stopped, how long a page takes and how much memory processes use."""

    def __init__(self, website):
        """Start without samples."""
        super().__init__()
        self.website, self.stopped = website, threading.Event()
        self.seconds, self.workers, self.converting = [], {}, {}

    def run(self):
        """Time a page in a loop."""
        while not self.stopped.wait(INTERVAL):
            begin = time.perf_counter()
            Browser(self.website.url).open("/")
            self.seconds.append(time.perf_counter() - begin)

    def record_memory(self):
        """Record the peak memory of each worker and each picture process."""
        for worker in children(self.website.process.pid):
            self.workers[worker] = peak_memory(worker)
            for child in children(worker):
                self.converting[child] = peak_memory(child)

    def __enter__(self):
        """Start sampling pages, and processes more often."""
        self.memory_thread = threading.Thread(target=self.sample_memory)
        self.memory_thread.start()
        self.start()
        return self

    def sample_memory(self):
        """Record memory in a loop."""
        while not self.stopped.wait(INTERVAL / 5):
            self.record_memory()

    def __exit__(self, *error):
        """Stop sampling."""
        self.stopped.set()
        self.join()
        self.memory_thread.join()


def children(pid):
    """Return the ids of a process's children, whichever thread started them."""
    try:
        lists = [(task / "children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []  # it has ended meanwhile
    return [int(child) for child in " ".join(lists).split()]


def peak_memory(pid):
    """Return the peak memory of a process in megabytes; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return max((int(line.split()[1]) * 1_024 / 1_000_000 for line in lines
                if line.startswith("VmHWM:")), default=0)


def send(browser, data):
    """Send a picture; return the status and the error message by the field."""
    browser.open("/profile/picture")
    try:
        browser.send("", picture=data)
    except urllib.error.HTTPError as answer:
        page = answer.read().decode()
        return answer.code, page.partition('id="picture-error"')[2].partition(">")[2][:70]
    return 200, "stored"


def test_eight_hostile_pictures_at_once_stay_within_limits(website, browsers, files):
    """Memory of each process, and seconds of another page, stay below LIMITS."""
    names = [*files, *[next(iter(files))] * 7]
    rounds = [names[first:first + 8] for first in range(0, len(names), 8)]
    with Monitor(website) as monitor:
        for chosen in rounds:
            begin = time.perf_counter()
            answers = run_concurrently(*(partial(send, browser, files[name])
                                         for browser, name in
                                         zip(browsers, chosen, strict=False)))
            print(f"\nEight at once took {time.perf_counter() - begin:.1f} s:")
            for name, answer in zip(chosen, answers, strict=True):
                print(f"  {name:26} {len(files[name]):>10,} bytes: {answer}")
            assert {code for code, _ in answers} <= {200, 422}

    print(f"Memory of the workers: {[round(size) for size in monitor.workers.values()]} MB; "
          f"of {len(monitor.converting)} picture processes at most "
          f"{max(monitor.converting.values()):.0f} MB")
    print(f"Another page: {len(monitor.seconds)} times, at most {max(monitor.seconds):.2f} s")
    memory, seconds = LIMITS
    assert max([*monitor.workers.values(), *monitor.converting.values()]) < memory
    assert max(monitor.seconds) < seconds
