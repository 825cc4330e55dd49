"""The world of make bench, whose documents have to be like those that the site writes."""

import time

from bench.checks import COLLECTIONS, check_shapes
from bench.load import make_share
from bench.world import World

DREAMS = 300  # enough for a document of every kind


def test_a_world_has_the_documents_that_the_site_writes(real_db):
    world = World(DREAMS, 1, int(time.time()), "a hash")
    for kind, size in (("people", world.people), ("dreams", world.dreams)):
        for collection, documents in make_share(world, kind, 0, size).items():
            real_db[collection].insert_many(documents)

    check_shapes(real_db)  # exits if one differs

    assert {name for name in COLLECTIONS if real_db[name].find_one()} == {*COLLECTIONS}
