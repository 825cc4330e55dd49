"""Storms of kill -9: the site in the middle of deletions, the database under write load."""

import os
import random
import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from threading import Timer
from time import monotonic, sleep

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from support.crowd import PASSWORD, gather
from support.database import DatabaseServer
from support.pictures import encode, photo
from support.together import together
from support.website import ROOT, Website

import app as site

LEAVING = 20
KILLS = 50
WRITERS = 4
KEYS = ("_id", "dreamer_id", "followed_id", "owner_id")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A durable database, also in this process's place, and the site on it."""
    with (DatabaseServer(tmp_path / "database") as database,
          Website(database.uri, tmp_path, RATELIMIT_ENABLED="0") as website,
          MongoClient(database.uri, tz_aware=True) as client):
        monkeypatch.setattr(site, "db", client["dreamscape"])
        monkeypatch.setitem(site.app.config, "UPLOADS", tmp_path / "uploads")
        yield website, client["dreamscape"]


def furnish(dreamers):
    """Give each two dreams, one with a picture, and have all follow, comment and like."""
    picture = encode(photo(80, 60), "JPEG")
    for dreamer in dreamers:
        for number in range(2):
            fields = {"title": f"Dream {number}", "description": "Far.", "topics": ["travel"]}
            site.add_dream(dreamer, fields | {"once": str(number), "words": []})
        site.set_picture("dreams", site.db.dreams.find_one({"dreamer_id": dreamer["_id"]}),
                         picture, "me.jpg", "")
    for dreamer in dreamers:
        for dream in site.db.dreams.aggregate([{"$sample": {"size": 6}}]):
            site.set_following(dreamer, {"dream_id": dream["_id"]}, True)
            site.add_comment(dreamer, dream, f"Bravo {dream['_id']}")
        for comment in site.db.comments.aggregate([{"$sample": {"size": 6}}]):
            site.set_reaction(dreamer, comment, "like")


def orphans(database, ids):
    """Return {collection: how many documents still tell of these dreamers, or hang on nothing}."""
    dreams, comments = database.dreams.distinct("_id"), database.comments.distinct("_id")
    hanging = [{"dream_id": {"$exists": True, "$nin": [*dreams, None]}},
               {"comment_id": {"$exists": True, "$nin": comments}}]
    query = {"$or": [{key: {"$in": ids}} for key in KEYS] + hanging}
    return {name: database[name].count_documents(query)
            for name in ("dreamers", "dreams", "comments", "follows", "reactions", "slugs")}


def sweep(database, uri):
    """Delete the pictures that belong to nobody, as if their hour were over; return the rest."""
    database.leftovers.update_many({}, {"$set": {"due_at": datetime.now(UTC)}})
    subprocess.run([sys.executable, "-m", "flask", "--app", "app", "sweep-pictures"], cwd=ROOT,
                   env=os.environ | uri, check=True, stdout=subprocess.DEVNULL)
    return [*(site.app.config["UPLOADS"].iterdir())]


def test_deletions_interrupted_by_a_kill_are_finished_by_a_second_run(place):
    website, database = place
    crowd = gather(website, LEAVING)
    dreamers = [site.complete_dreamer(each) for each in database.dreamers.find({})]
    furnish(dreamers)

    together(*(partial(leave, dreamer) for dreamer in crowd),
             partial(kill_amid_deletions, website, database))
    unfinished = database.dreamers.count_documents({})
    begun = LEAVING * 2 - database.dreams.count_documents({})
    website.start()
    together(*(partial(leave_again, dreamer) for dreamer in crowd))

    left = orphans(database, [dreamer["_id"] for dreamer in dreamers])
    pictures = sweep(database, website.settings)
    print(f"\n{LEAVING} deletions, {unfinished} unfinished at the kill ({begun} of "
          f"{2 * LEAVING} dreams were gone); after a second run: {left}, {len(pictures)} pictures")
    assert unfinished > 0 and begun > 0
    assert set(left.values()) == {0}
    assert pictures == []


def kill_amid_deletions(website, database):
    """Kill the site once some dreams are gone: how soon that is depends on the machine."""
    deadline = monotonic() + 60
    while database.dreams.count_documents({}) > 2 * LEAVING - 4 and monotonic() < deadline:
        sleep(0.01)
    website.kill()


def leave(dreamer):
    """Have somebody delete their account; True unless the site dies meanwhile."""
    try:
        return dreamer.press("/profile/delete", confirm="1", current_password=PASSWORD) == 303
    except OSError:
        return False


def leave_again(dreamer):
    """Have somebody whose account is still there sign in, for that has ended, and delete it."""
    if dreamer.sign_in():
        leave(dreamer)


def write(uri, acknowledged):
    """Insert until the database dies, noting what it said it had."""
    with MongoClient(uri, w="majority", retryWrites=False, serverSelectionTimeoutMS=200,
                     socketTimeoutMS=2_000) as client:
        try:
            while True:
                acknowledged.append(client.storm.things.insert_one({}).inserted_id)
        except PyMongoError:
            return


def test_kills_of_the_database_lose_no_acknowledged_write(tmp_path):
    acknowledged, lost = [], 0
    with DatabaseServer(tmp_path / "database") as database:
        for _ in range(KILLS):
            before = len(acknowledged)
            kill = Timer(random.uniform(0.1, 0.6), database.kill)
            kill.start()
            together(*[partial(write, database.uri, acknowledged)] * WRITERS)
            kill.join()
            database.start()
            with MongoClient(database.uri) as client:
                fresh = acknowledged[before:]
                found = client.storm.things.count_documents({"_id": {"$in": fresh}})
                lost += len(fresh) - found
        with MongoClient(database.uri) as client:
            kept = client.storm.things.count_documents({"_id": {"$in": acknowledged}})

    print(f"\n{KILLS} kills under {WRITERS} writers: {len(acknowledged)} writes acknowledged, "
          f"{lost} lost at the next start, {len(acknowledged) - kept} at the end")
    assert len(acknowledged) > 10 * KILLS
    assert lost == 0 and kept == len(acknowledged)
