"""All measurements on a database of one size, the site and its baseline in turns."""

import asyncio
import os
import pickle
from itertools import zip_longest

from pymongo import MongoClient
from support.website import Website
from tqdm import tqdm

from dreamscape.database import db
from dreamscape.topics import find_topics
from dreamscape.indexes import unique_indexes_ready
from dreamscape.log import logger
from bench import calls, journeys, world
from bench.drive import Target, alternate, ratio
from bench.workers import Floor, measure_start, memory

ROUNDS = 5  # batches with one connection
CONCURRENT_ROUNDS = 2  # batches with more connections, each of many responses
WARM_UP_CONNECTIONS = 4  # so many that every worker compiles every template
SEED = 1
BARE, BYTES, MEMORY = (
    journeys.Journey(name, lambda client, turn, path=path: journeys.Request(path, ""))
    for name, path in (("Bare page", "/bare"), ("Finished bytes, from the floor", "/bytes"),
                       ("Newest, from the floor", "/dreamscape")))


class Bench:
    """The site on one number of dreams."""

    def __init__(self, folder, dreams, options):
        """Fill the database unless it is filled, and make the journeys."""
        self.folder, self.options, self.uri = folder, options, os.environ["MONGO_URI"]
        self.name, self.calls = f"dreamscape_bench_{dreams}", calls.Calls()
        # A client without the site's timeout, for index builds take long.
        client = MongoClient(self.uri, tz_aware=True, event_listeners=[self.calls])
        db.database = client[self.name]
        seconds = world.fill_world(db.database, dreams, SEED)
        self.figures = {"dreams": dreams, "seconds": seconds}
        unique_indexes_ready.set()
        journeys.sign_in.cache_clear()  # dreamers differ between databases
        # Keep the site's log of this process out of the output.
        logger.setLevel("WARNING")
        self.journeys = [journey for journey in journeys.make_journeys()
                         if options.only in journey.name]

    def run(self):
        """Measure everything; return the figures."""
        find_topics()  # cached for a minute, so not counted for each page
        counted = [calls.count_calls(self.calls, journey) for journey in self.journeys]
        # Rate limits would refuse so many actions; the calls above include theirs.
        settings = {"MONGO_DBNAME": self.name, "RATELIMIT_ENABLED": "0"}
        self.figures["start"] = measure_start(self.uri, self.folder, **settings)
        settings |= {"WEB_CONCURRENCY": str(os.cpu_count()), "BENCH_PAGES": self.write_pages()}
        with (Website(self.uri, self.folder, **settings) as website,
              Floor(self.uri, self.folder, **settings) as floor):
            self.site_port, self.floor_port = website.port, floor.port
            before = memory(website)
            measured = asyncio.run(self.measure())
            self.figures["while_pictures"] = asyncio.run(self.measure_while_converting())
            self.figures["memory"] = {"before": before, "after": memory(website)}
        figures = zip_longest(measured, counted, fillvalue={})
        return self.figures | {"journeys": [one | two for one, two in figures]}

    def write_pages(self):
        """Write the contexts of all pages into the file that floor.py reads; return its path."""
        first = journeys.Request("/dreamscape", journeys.sign_in(0)[0])
        requests = [journey.make_request(0, 0) for journey in self.journeys if journey.is_page]
        path = self.folder / "pages"
        path.write_bytes(pickle.dumps({request.path: calls.record_context(request)
                                       for request in [*requests, first]}))
        return str(path)

    async def measure(self):
        """Return the figures of every journey, and of those on the baseline alone."""
        for journey in self.journeys:
            if journey.is_page:
                for port in (self.site_port, self.floor_port):
                    await Target(port, journey, WARM_UP_CONNECTIONS).measure(0)
        steps = tqdm(self.journeys, unit="journey", mininterval=1)
        figures = [await self.measure_journey(journey, self.site_port) for journey in steps]
        return figures + [await self.measure_journey(journey, self.floor_port)
                          for journey in (MEMORY, BYTES)]

    async def measure_journey(self, journey, port):
        """Return the figures of a journey at each number of connections; at 1 if not at_once."""
        return {"name": journey.name, "levels": {
            str(level): await self.measure_level(journey, port, level)
            for level in self.options.connections if level == 1 or journey.at_once}}

    async def measure_level(self, journey, port, level):
        """Return the figures at a number of connections, with ratios to floor and bare page."""
        own, bare = Target(port, journey, level), Target(self.floor_port, BARE, level)
        floor = Target(self.floor_port, journey, level)
        has_floor = journey.is_page and port == self.site_port
        targets = [own, bare, floor] if has_floor else [own, bare]
        rounds = ROUNDS if level == 1 else CONCURRENT_ROUNDS
        await alternate(targets, self.options.seconds, rounds)
        figures = own.figures() | {"bare_ratio": ratio(own, bare), "bare": bare.figures()}
        if has_floor:
            figures |= {"floor_ratio": ratio(own, floor), "floor": floor.figures()}
        return figures

    async def measure_while_converting(self):
        """Return a page's time while pictures are converted, divided by its time otherwise."""
        page = journeys.look("Newest", "/dreamscape")
        picture = journeys.Journey("Picture", lambda client, turn: journeys.upload(client), 303)
        idle, busy = (Target(self.site_port, page, 1) for _ in range(2))
        for _ in range(ROUNDS):
            await idle.measure(self.options.seconds / ROUNDS)
            await asyncio.gather(Target(self.site_port, picture, 1).measure(0),
                                 busy.measure(self.options.seconds / ROUNDS))
        return ratio(busy, idle)
