"""Tests with SIGKILL: the site during account deletions, the database under write load."""

import os
import random
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from threading import Timer
from time import monotonic, sleep

import pytest
from bson import ObjectId
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from support.concurrent_users import PASSWORD, sign_up_concurrently
from support.database import DatabaseServer
from support.picture_factory import encode, photo
from support.concurrency import run_concurrently
from support.website import ROOT, Website
from support.patches import use_database

import app as site
from dreamscape.dreamers import complete_dreamer
from dreamscape.comments import add_comment, set_reaction
from dreamscape.dreams import add_dream
from dreamscape.follows import set_following
from dreamscape.indexes import add_indexes
from dreamscape.mail import send_due_mails
from dreamscape.pictures import set_picture
from dreamscape.database import db

DELETIONS = 20
KILLS = 50
WRITERS = 4
KEYS = ("_id", "dreamer_id", "followed_id", "owner_id")


@pytest.fixture
def servers(tmp_path, monkeypatch):
    """A durable database, also in this process's place, and the site on it."""
    with (DatabaseServer(tmp_path / "database") as database,
          Website(database.uri, tmp_path, RATELIMIT_ENABLED="0") as website,
          MongoClient(database.uri, tz_aware=True) as client):
        use_database(monkeypatch, client["dreamscape"])
        monkeypatch.setitem(site.settings, "UPLOADS", tmp_path / "uploads")
        yield website, client["dreamscape"]


def add_content(dreamers):
    """Add two dreams each, one with a picture, and follows, comments and likes of all."""
    picture = encode(photo(80, 60), "JPEG")
    for dreamer in dreamers:
        for number in range(2):
            fields = {"title": f"Dream {number}", "description": "Far.", "topics": ["travel"]}
            add_dream(dreamer, fields | {"once": str(number), "words": []})
        set_picture("dreams", db.dreams.find_one({"dreamer_id": dreamer["_id"]}),
                         picture, "me.jpg", "")
    for dreamer in dreamers:
        for dream in db.dreams.aggregate([{"$sample": {"size": 6}}]):
            set_following(dreamer, {"dream_id": dream["_id"]}, True)
            add_comment(dreamer, dream, f"Bravo {dream['_id']}")
        for comment in db.comments.aggregate([{"$sample": {"size": 6}}]):
            set_reaction(dreamer, comment, "like")


def count_orphans(database, ids):
    """Return {collection: how many documents refer to these dreamers, or to nothing}."""
    dreams, comments = database.dreams.distinct("_id"), database.comments.distinct("_id")
    dangling = [{"dream_id": {"$exists": True, "$nin": [*dreams, None]}},
               {"comment_id": {"$exists": True, "$nin": comments}}]
    query = {"$or": [{key: {"$in": ids}} for key in KEYS] + dangling}
    return {name: database[name].count_documents(query)
            for name in ("dreamers", "dreams", "comments", "follows", "reactions", "slugs")}


def sweep(database, uri):
    """Run sweep-pictures with every waiting time over; return the remaining files."""
    database.leftovers.update_many({}, {"$set": {"due_at": datetime.now(UTC)}})
    subprocess.run([sys.executable, "-m", "flask", "--app", "app", "sweep-pictures"], cwd=ROOT,
                   env=os.environ | uri, check=True, stdout=subprocess.DEVNULL)
    return [*(site.settings["UPLOADS"].iterdir())]


def test_deletions_interrupted_by_a_kill_are_finished_by_a_second_run(servers):
    website, database = servers
    users = sign_up_concurrently(website, DELETIONS)
    dreamers = [complete_dreamer(each) for each in database.dreamers.find({})]
    add_content(dreamers)

    run_concurrently(*(partial(delete_account, dreamer) for dreamer in users),
                     partial(kill_during_deletions, website, database))
    unfinished = database.dreamers.count_documents({})
    begun = DELETIONS * 2 - database.dreams.count_documents({})
    website.start()
    run_concurrently(*(partial(retry_deletion, dreamer) for dreamer in users))

    left = count_orphans(database, [dreamer["_id"] for dreamer in dreamers])
    pictures = sweep(database, website.settings)
    print(f"\n{DELETIONS} deletions, {unfinished} unfinished at the kill ({begun} of "
          f"{2 * DELETIONS} dreams deleted); after a second run: {left}, {len(pictures)} pictures")
    assert unfinished > 0 and begun > 0
    assert set(left.values()) == {0}
    assert pictures == []


def kill_during_deletions(website, database):
    """Kill the site once some dreams are deleted: how soon that is depends on the machine."""
    deadline = monotonic() + 60
    while database.dreams.count_documents({}) > 2 * DELETIONS - 4 and monotonic() < deadline:
        sleep(0.01)
    website.kill()


def delete_account(dreamer):
    """Delete a dreamer's account; False if the site was killed meanwhile."""
    try:
        return dreamer.post("/profile/delete", confirm="1", current_password=PASSWORD) == 303
    except OSError:
        return False


def retry_deletion(dreamer):
    """Delete an account that still exists, after signing in again."""
    if dreamer.sign_in():
        delete_account(dreamer)


def write(uri, acknowledged):
    """Insert until the database is killed; record the acknowledged ids."""
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
            run_concurrently(*[partial(write, database.uri, acknowledged)] * WRITERS)
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


# Daily emails ################################################################

PEOPLE = 60
DIGEST_KILLS = 20
QUEUEING = """
from dreamscape import database, digests
database.BATCH = 2
print("ready", flush=True)
digests.add_digests()
"""


@pytest.fixture
def told(tmp_path, monkeypatch, server):
    """People with a notification each, in a database of their own; returns its settings."""
    with (DatabaseServer(tmp_path / "database", durable=False) as database,
          MongoClient(database.uri, tz_aware=True) as client):
        use_database(monkeypatch, client["dreamscape"])
        add_indexes()
        people = [{"_id": ObjectId(), "email": f"{number}@example.com", "first_name": str(number)}
                  for number in range(PEOPLE)]
        db.dreamers.insert_many(people)
        for person, other in zip(people, people[1:] + people[:1], strict=True):
            set_following(complete_dreamer(other), {"followed_id": person["_id"]}, True)
        yield {"MONGO_URI": database.uri, "MAIL_SERVER": server.host,
               "MAIL_PORT": str(server.port)}


def start_queueing(settings):
    """Start the work of send-digests in a process, two people at a time; wait until it begins."""
    process = subprocess.Popen([sys.executable, "-c", QUEUEING], cwd=ROOT, text=True,
                               env=os.environ | settings, stdout=subprocess.PIPE)
    assert process.stdout.readline() == "ready\n"
    return process


def send_queued():
    """Send what is in the outbox, as a worker does."""
    with site.app.app_context():
        send_due_mails()


def test_everybody_gets_one_daily_email_however_often_the_command_is_killed(told, server):
    """R71: and started twice at once, while a worker sends."""
    chance, ends = random.Random(4), []
    for number in range(DIGEST_KILLS):
        with start_queueing(told) as process:
            sleep(chance.uniform(0, 0.1))
            process.kill()
        ends.append(process.returncode)
        if number == DIGEST_KILLS - 3:
            queued = db.mails.count_documents({})
            send_queued()
    both = [start_queueing(told) for _ in range(2)]
    run_concurrently(*(process.communicate for process in both), send_queued)
    send_queued()

    emails = Counter(message["To"] for message in server.messages)
    print(f"\n{ends.count(-9)} of {DIGEST_KILLS} killed, with {queued} emails queued, "
          f"{len(emails)} people got {emails.total()}")
    assert ends.count(-9) > DIGEST_KILLS / 2
    assert queued > PEOPLE  # so some were queued twice
    assert emails == {f"{number}@example.com": 1 for number in range(PEOPLE)}
