"""Load generator: concurrent keep-alive connections in one process, with response times."""

import asyncio
import re
from collections import Counter
from itertools import count
from statistics import median, quantiles
from time import perf_counter
from typing import NamedTuple

from bench.workers import processor_seconds

TIMEOUT = 60  # seconds for one response
NO_RESPONSE = 0  # the status of a request whose connection was closed
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
END = b"\r\n\r\n"


class Sample(NamedTuple):
    """One response: its seconds, its bytes on the wire and its status."""

    seconds: float
    size: int
    status: int


class Connection(asyncio.Protocol):
    """One connection, with one request at a time."""

    def connection_made(self, transport):
        """Start with an empty buffer."""
        self.transport, self.received, self.response = transport, bytearray(), None

    def data_received(self, data):
        """Buffer data until a response is complete by its Content-Length."""
        self.received += data
        end = self.received.find(END)
        if end >= 0 and len(self.received) >= end + len(END) + self.length(end):
            self.response.set_result(bytes(self.received))
            self.received.clear()

    def length(self, end):
        """Return the Content-Length of the headers that end at ``end``."""
        match = LENGTH.search(self.received, 0, end)
        return int(match[1]) if match else 0

    def connection_lost(self, error):
        """Raise ConnectionResetError in a request that waits for its response."""
        if self.response and not self.response.done():
            self.response.set_exception(error or ConnectionResetError("connection closed"))

    async def send(self, request):
        """Send a request; return the Sample of its response."""
        began = perf_counter()
        self.response = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        response = await asyncio.wait_for(self.response, TIMEOUT)
        return Sample(perf_counter() - began, len(response), int(response[9:12]))


async def connect(port):
    """Return a new connection to a port of this machine."""
    loop = asyncio.get_running_loop()
    return (await loop.create_connection(Connection, "127.0.0.1", port))[1]


class Target:
    """A journey on one of the servers, with its samples.

    processor: the processor time that the server's workers took for them, in seconds.
    """

    def __init__(self, website, journey, level):
        """Start without samples; ``level`` is the number of connections."""
        self.website, self.journey, self.level = website, journey, level
        self.turns = [count() for _ in range(level)]
        self.batches, self.processor = [], 0

    async def measure(self, seconds):
        """Send requests on all connections for some seconds; store the samples as a batch."""
        processor, began = processor_seconds(self.website), perf_counter()
        visits = (self.visit(client, began + seconds) for client in range(self.level))
        samples = [sample for visit in await asyncio.gather(*visits) for sample in visit]
        self.batches.append((perf_counter() - began, samples))
        self.processor += processor_seconds(self.website) - processor

    async def visit(self, client, end):
        """Send one client's requests until ``end``, at least one; return the samples."""
        samples, connection = [], await connect(self.website.port)
        while not samples or perf_counter() < end:
            request = self.journey.make_request(client, next(self.turns[client]))
            began = perf_counter()
            try:
                samples.append(await connection.send(request.raw()))
            except OSError:
                # A server closes idle connections; a browser then opens another one.
                samples.append(Sample(perf_counter() - began, 0, NO_RESPONSE))
                connection = await connect(self.website.port)
        connection.transport.close()
        return samples

    def times(self, samples):
        """Return the milliseconds of responses with the expected status, sorted."""
        return sorted(sample.seconds * 1_000 for sample in samples
                      if sample.status == self.journey.expected)

    def medians(self):
        """Return the median milliseconds of each batch; None for one without a valid response."""
        return [median(times) if (times := self.times(samples)) else None
                for _, samples in self.batches]

    def processor_each(self):
        """Return the processor time of the workers for one response, in milliseconds."""
        responses = sum(len(samples) for _, samples in self.batches)
        return 1_000 * self.processor / responses

    def figures(self):
        """Return percentiles and processor time in milliseconds, and rate and bytes."""
        samples = [sample for _, batch in self.batches for sample in batch]
        statuses, times = Counter(sample.status for sample in samples), self.times(samples)
        cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
        return {
            "requests": len(samples),
            "statuses": statuses,
            "failed": len(samples) - len(times),
            "processor": round(self.processor_each(), 3),
            **{f"p{part}": round(cuts[part - 1], 3) if cuts else None for part in (50, 95, 99)},
            "per_second": round(len(times) / sum(seconds for seconds, _ in self.batches), 2),
            "bytes": round(median(sample.size for sample in samples)),
        }


def divide(number, other):
    """Return a rounded ratio; None if one of the two is missing."""
    return round(number / other, 3) if number and other else None


def ratio(target, other):
    """Return the median over the batches of target's time divided by other's.

    None if no batch of both has a valid response.
    """
    pairs = zip(target.medians(), other.medians(), strict=True)
    ratios = [own / others for own, others in pairs if own and others]
    return round(median(ratios), 3) if ratios else None


async def alternate(targets, seconds, rounds):
    """Measure each target for its number of ``seconds`` in all, in batches that alternate."""
    for _ in range(rounds):
        for target, part in zip(targets, seconds, strict=True):
            await target.measure(part / rounds)
