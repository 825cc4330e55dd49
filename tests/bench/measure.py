"""All measurements on a database of one size, the site and the bare page in turns."""

import asyncio
import os
from time import monotonic, sleep

from pymongo import MongoClient
from support.website import Website
from tqdm import tqdm

from dreamscape.database import db
from dreamscape.topics import find_topics
from dreamscape.indexes import unique_indexes_ready
from dreamscape.log import logger
from bench import calls, journeys, load
from bench.drive import Target, alternate, divide, ratio
from bench.sizes import find_sizes
from bench.workers import Bare, measure_start, memory

ROUNDS = 5  # batches with one connection
CONCURRENT_ROUNDS = 2  # batches with more connections, each of many responses
WARM_UP_CONNECTIONS = 4  # so many that every worker compiles every template
BARE_SHARE = 0.5  # of a journey's seconds, for the bare page beside it
FAN_OUT_SECONDS = 300  # at most, for the followers of a dream to be notified
FAN_OUT_POLL = 0.1  # seconds
SEED = 1
BARE = journeys.Journey("Bare page", lambda client, turn: journeys.Request("/bare", ""))


class Bench:
    """The site on one number of dreams."""

    def __init__(self, folder, dreams, options):
        """Make the world unless it is there, and the journeys."""
        self.folder, self.options, self.uri = folder, options, os.environ["MONGO_URI"]
        self.name, self.calls = f"dreamscape_bench_{dreams}", calls.Calls()
        # A client without the site's timeout, for index builds take long.
        client = MongoClient(self.uri, tz_aware=True, event_listeners=[self.calls])
        db.database = client[self.name]
        # Keep the site's log of this process out of the output.
        logger.setLevel("WARNING")
        self.world, seconds = load.fill_world(db.database, self.uri, dreams, SEED, tqdm)
        self.figures = {"dreams": dreams, "people": self.world.people, **seconds,
                        "scaled": journeys.describe_scaled(self.world),
                        "sizes": find_sizes(db.database, self.world)}
        unique_indexes_ready.set()
        journeys.sign_in.cache_clear()  # people differ between databases
        self.journeys = [journey for journey in journeys.make_journeys(self.world)
                         if options.only in journey.name]

    def run(self):
        """Measure everything; return the figures."""
        find_topics()  # cached for a minute, so not counted for each page
        counted = [calls.count_calls(self.calls, journey) for journey in self.journeys]
        shares = [calls.measure_share(self.calls, journey) if journey.is_page else None
                  for journey in self.journeys]
        # Rate limits would refuse so many actions; the calls above include theirs.
        settings = {"MONGO_DBNAME": self.name, "RATELIMIT_ENABLED": "0"}
        self.figures["start"] = measure_start(self.uri, self.folder, **settings)
        settings |= {"WEB_CONCURRENCY": str(self.options.workers)}
        with (Website(self.uri, self.folder, **settings) as self.website,
              Bare(self.uri, self.folder, **settings) as self.bare):
            before = memory(self.website)
            measured = asyncio.run(self.measure())
            self.figures["while_pictures"] = asyncio.run(self.measure_while_converting())
            self.figures["fan_out"] = self.measure_fan_out()
            self.figures["memory"] = {"before": before, "after": memory(self.website)}
        return self.figures | {"journeys": [
            one | two | {"database_share": share}
            for one, two, share in zip(measured, counted, shares, strict=True)]}

    async def measure(self):
        """Return the figures of every journey."""
        for journey in self.journeys:
            if journey.is_page:
                await Target(self.website, journey, WARM_UP_CONNECTIONS).measure(0)
        steps = tqdm(self.journeys, unit="journey", mininterval=1)
        return [await self.measure_journey(journey) for journey in steps]

    async def measure_journey(self, journey):
        """Return the figures of a journey at each number of connections; at 1 if not at_once."""
        return {"name": journey.name, "target": journey.target,
                "calls_target": journey.calls if journey.is_page else None,
                "examined_target": journey.examined if journey.is_page else None, "levels": {
            str(level): await self.measure_level(journey, level)
            for level in self.options.connections if level == 1 or journey.at_once}}

    async def measure_level(self, journey, level):
        """Return the figures at a number of connections, with ratios to the bare page."""
        own, bare = Target(self.website, journey, level), Target(self.bare, BARE, level)
        rounds = ROUNDS if level == 1 else CONCURRENT_ROUNDS
        seconds = self.options.seconds
        await alternate([own, bare], [seconds, BARE_SHARE * seconds], rounds)
        return own.figures() | {
            "bare_ratio": ratio(own, bare), "bare": bare.figures(),
            "processor_ratio": divide(own.processor_each(), bare.processor_each())}

    async def measure_while_converting(self):
        """Return a page's time while pictures are converted, divided by its time otherwise."""
        page = journeys.look("Newest", "/dreamscape", 0)
        picture = journeys.Journey("Picture", lambda client, turn: journeys.upload(client), 303)
        idle, busy = (Target(self.website, page, 1) for _ in range(2))
        for _ in range(ROUNDS):
            await idle.measure(self.options.seconds / ROUNDS)
            await asyncio.gather(Target(self.website, picture, 1).measure(0),
                                 busy.measure(self.options.seconds / ROUNDS))
        return ratio(busy, idle)

    def measure_fan_out(self):
        """Return {followers, answered, done}: seconds of an update to the followed dream.

        answered: until the response; done: until all followers are notified, None if that took
        more than FAN_OUT_SECONDS.
        """
        journey, followers = journeys.update_followed(self.world)
        update = Target(self.website, journey, 1)
        began = monotonic()
        asyncio.run(update.measure(0))
        answered = monotonic() - began
        while db.mails.find_one({"kind": "notify_update"}):
            if monotonic() - began > FAN_OUT_SECONDS:
                return {"followers": followers, "answered": round(answered, 3), "done": None}
            sleep(FAN_OUT_POLL)
        return {"followers": followers, "answered": round(answered, 3),
                "done": round(monotonic() - began, 1)}
