"""Many at once on connections that are kept, in one process: how long each answer takes."""

import asyncio
import re
from collections import Counter
from itertools import count
from statistics import median, quantiles
from time import perf_counter
from typing import NamedTuple

PATIENCE = 60  # seconds for one answer
HUNG_UP = 0  # the status of an answer that never came
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
END = b"\r\n\r\n"


class Sample(NamedTuple):
    """One answer: how many seconds it took, its bytes on the wire, and its status."""

    seconds: float
    size: int
    status: int


class Wire(asyncio.Protocol):
    """One connection, with one request at a time."""

    def connection_made(self, transport):
        """Begin with nothing received."""
        self.transport, self.received, self.answer = transport, bytearray(), None

    def data_received(self, data):
        """Take what comes, until an answer is whole; every one tells its length."""
        self.received += data
        end = self.received.find(END)
        if end >= 0 and len(self.received) >= end + len(END) + self.length(end):
            self.answer.set_result(bytes(self.received))
            self.received.clear()

    def length(self, end):
        """Return how many bytes follow the head that ends there."""
        found = LENGTH.search(self.received, 0, end)
        return int(found[1]) if found else 0

    def connection_lost(self, error):
        """Tell whoever waits for an answer."""
        if self.answer and not self.answer.done():
            self.answer.set_exception(error or ConnectionResetError("hung up"))

    async def ask(self, request):
        """Send a request; return what came of it."""
        began = perf_counter()
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        answer = await asyncio.wait_for(self.answer, PATIENCE)
        return Sample(perf_counter() - began, len(answer), int(answer[9:12]))


async def connect(port):
    """Return a new wire to a port of this machine."""
    loop = asyncio.get_running_loop()
    return (await loop.create_connection(Wire, "127.0.0.1", port))[1]


class Target:
    """A journey on one of the servers, with all that was measured of it."""

    def __init__(self, port, journey, level):
        """Begin with nothing measured; ``level`` connections will ask."""
        self.port, self.journey, self.level = port, journey, level
        self.turns = [count() for _ in range(level)]
        self.batches = []

    async def measure(self, seconds):
        """Have everybody ask for some seconds; keep the batch."""
        began = perf_counter()
        visits = (self.visit(guest, began + seconds) for guest in range(self.level))
        samples = [sample for visit in await asyncio.gather(*visits) for sample in visit]
        self.batches.append((perf_counter() - began, samples))

    async def visit(self, guest, end):
        """Ask as one guest, once at least; return the samples."""
        samples, wire = [], await connect(self.port)
        while not samples or perf_counter() < end:
            request, began = self.journey.ask(guest, next(self.turns[guest])), perf_counter()
            try:
                samples.append(await wire.ask(request.raw()))
            except OSError:
                # As a server does whose wires wait too long; a browser opens another one.
                samples.append(Sample(perf_counter() - began, 0, HUNG_UP))
                wire = await connect(self.port)
        wire.transport.close()
        return samples

    def times(self, samples):
        """Return the milliseconds of the answers that count, in their order of size."""
        return sorted(sample.seconds * 1_000 for sample in samples
                      if sample.status == self.journey.expected)

    def medians(self):
        """Return the median milliseconds of an answer in each batch; None where none counts."""
        return [median(times) if (times := self.times(samples)) else None
                for _, samples in self.batches]

    def figures(self):
        """Return milliseconds, requests a second and bytes of the answers that count."""
        samples = [sample for _, batch in self.batches for sample in batch]
        answers, times = Counter(sample.status for sample in samples), self.times(samples)
        cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
        return {
            "requests": len(samples),
            "answers": answers,
            "failed": len(samples) - len(times),
            **{f"p{part}": round(cuts[part - 1], 3) if cuts else None for part in (50, 95, 99)},
            "per_second": round(len(times) / sum(seconds for seconds, _ in self.batches), 2),
            "bytes": round(median(sample.size for sample in samples)),
        }


def ratio(target, other):
    """Return how many times longer one takes than the other: the median over their batches.

    None where no batch of both has an answer that counts.
    """
    pairs = zip(target.medians(), other.medians(), strict=True)
    ratios = [own / others for own, others in pairs if own and others]
    return round(median(ratios), 3) if ratios else None


async def alternate(targets, seconds, rounds):
    """Measure each target for some seconds altogether, one after the other in short batches."""
    for _ in range(rounds):
        for target in targets:
            await target.measure(seconds / rounds)
