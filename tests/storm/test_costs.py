"""What each page asks of the database with 20,000 dreams: calls, plans, documents examined."""
import pymongo
import pytest
from bench import journeys, load
from bench.calls import Calls, count_calls
from support.patches import use_database

from dreamscape.log import logger
from dreamscape.topics import find_topics

DREAMS, SEED = 20_000, 1
# {page: documents examined for one shown}, of pages that may examine more than others. A search
# counts up to a hundred dreams that match, and looks for them among a thousand; a dream's page
# chooses the three closest among a hundred of those that came true; the landing page looks for one
# with help among fifty, and for the newest of each of 18 people among forty.
EXAMINED = {"Search, a word": 6, "Search, two words": 25, "Landing": 7, "Dream": 13,
            "Dream with a story": 13, "Dream with 50 comments": 5}
# Sorted in memory are one person's own dreams, and those of nobody.
SORTED = {"My dreams", "Following"}


def page_of(name):
    """Return the name of a page without the person it was asked by."""
    return name.partition(":")[0]


@pytest.fixture(scope="module")
def costs(mongodb, database_name):
    """{page: what count_calls tells} of the pages of the benchmark."""
    listener, level = Calls(), logger.level
    with (pymongo.MongoClient(mongodb.uri, tz_aware=True, event_listeners=[listener]) as client,
          pytest.MonkeyPatch.context() as patch):
        database = client[database_name("costs")]
        use_database(patch, database)
        world, seconds = load.fill_world(database, mongodb.uri, DREAMS, SEED)
        print(f"\n{DREAMS:,} dreams loaded in {seconds['loading']} s, indexed in "
              f"{seconds['indexing']} s")
        journeys.sign_in.cache_clear()
        logger.setLevel("WARNING")
        find_topics()  # cached for a minute, so not counted for each page
        pages = [each for each in journeys.make_journeys(world) if each.is_page]
        yield {page.name: count_calls(listener, page) | {"page": page} for page in pages}
        logger.setLevel(level)
        client.drop_database(database.name)


def test_no_page_takes_more_calls_than_it_may(costs):
    found = {name: cost["calls"] for name, cost in costs.items()}

    print("\ncalls:", found)
    assert {name: calls for name, calls in found.items()
            if calls > costs[name]["page"].calls} == {}


def test_no_page_examines_many_documents_for_one_that_it_shows(costs):
    found = {name: cost["examined_per_returned"] for name, cost in costs.items()}

    print("\nexamined for one shown:", found)
    assert None not in found.values()
    assert {name: number for name, number in found.items()
            if number > EXAMINED.get(page_of(name), costs[name]["page"].examined)} == {}


def test_no_page_scans_or_sorts_a_collection(costs):
    assert {page_of(name) for name, cost in costs.items() if cost["costly"]} <= SORTED
