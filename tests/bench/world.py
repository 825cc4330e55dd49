"""Generate test data of any size: dreamers, dreams, comments, reactions and follows.

The same seed gives the same data, except for the times, which end now. Stored counts are correct.
Followers, comments and authors are distributed by Zipf's law. The texts are the demo's.
"""

import hashlib
import json
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from bson import ObjectId
from slugify import slugify
from support.website import ROOT
from tqdm import tqdm

from dreamscape.database import COUNTS, PICTURE_DEFAULTS
from dreamscape.indexes import add_indexes
import dreamscape.comments
import dreamscape.dreams
from dreamscape.comments import RECENT_COMMENTS, set_derived_fields, set_reaction
from dreamscape.dreamers import TERM_FIELDS, complete_dreamer, find_words
from dreamscape.dreams import find_dream, remove_dream, trend_score
from dreamscape.follows import set_following
from dreamscape.passwords import hash_password
from dreamscape.slugs import SLUG_LENGTH, slug_claim
from dreamscape.topics import TOPICS
from dreamscape.text import fold_case, idempotency_key, index_words

PASSWORD = "dreaming of numbers"
CLIENTS = 32  # dreamers who are signed in; as many more sign in during the benchmark
HEAVY = CLIENTS  # the number of the heavy user, who follows very many:
FOLLOWED_DREAMS, FOLLOWED_DREAMERS = 2_000, 500
FOLLOWERS, COMMENTS = 4, 3  # of a dream, on average
DREAMER_FOLLOWERS = 5  # of a dreamer, on average
ZIPF_EXPONENT = 0.7
SPAN = 2 * 365 * 86_400  # seconds between the first document and now
DELAY = 3 * 86_400  # seconds from a document to a follow, comment or reaction, on average
BATCH = 1_000  # documents
WRITERS = 2  # threads, each inserting one batch
PRIME = 2**31 - 1  # coprime to any size, so multiplying by it shuffles the ranks
SAMPLE = 50  # documents of each collection that are checked
DEMO = json.loads((ROOT / "templates/demo.json").read_text("utf-8"))
TITLES = [dream["title"] for dream in DEMO["dreams"]]
SENTENCES = [part for dream in DEMO["dreams"]
             for part in re.split(r"(?<=[.!?])\s+", dream["description"])]
UNIQUE_SENTENCE = "I have slept on it {} times."
BODIES = [comment["body"] for comment in DEMO["comments"]]

slug_of = cache(slugify)


@cache
def split_words(text, mark=""):
    """Return index_words as a set, cached: the texts repeat."""
    return frozenset(index_words(text, mark))


def dreamers_for(dreams):
    """Return the number of dreamers for a number of dreams."""
    return max(dreams // 5, 3 * CLIENTS)


def share(number, size, mean):
    """Return one's share, by Zipf's law, of ``mean`` times ``size`` things."""
    rank = number * PRIME % size
    return mean * (1 - ZIPF_EXPONENT) * (size / (rank + 1)) ** ZIPF_EXPONENT


class Writer:
    """Inserts documents in large unordered batches, in threads of its own."""

    def __init__(self, database):
        """Start with empty batches."""
        self.database, self.batches, self.sent = database, {}, []
        self.pool, self.slots = ThreadPoolExecutor(WRITERS), BoundedSemaphore(2 * WRITERS)

    def add(self, collection, document):
        """Add a document to its collection's batch; send the batch if it is full."""
        batch = self.batches.setdefault(collection, [])
        batch.append(document)
        if len(batch) >= BATCH:
            self.send(collection)

    def send(self, collection):
        """Submit a collection's batch; wait while too many are queued."""
        batch = self.batches.pop(collection)
        self.slots.acquire()
        self.sent = [sent for sent in self.sent if not sent.done() or sent.result()]
        self.sent.append(self.pool.submit(self.insert, collection, batch))

    def insert(self, collection, batch):
        """Insert a batch and release its slot."""
        try:
            self.database[collection].insert_many(batch, ordered=False)
        finally:
            self.slots.release()

    def finish(self):
        """Send the last batches and wait for all; raise the exception of a failed insert."""
        for collection in [*self.batches]:
            self.send(collection)
        self.pool.shutdown()
        for sent in self.sent:
            sent.result()


class World:
    """Generates and inserts the documents for a number of dreams."""

    def __init__(self, database, dreams, seed):
        """Generate the ids and the names of all dreamers; insert nothing yet."""
        self.dreams, self.size, self.chance = dreams, dreamers_for(dreams), random.Random(seed)
        self.now = int(time.time())
        self.writer, self.password = Writer(database), hash_password(PASSWORD)
        self.dreamers = [self.make_id(self.moment(number, self.size))
                         for number in range(self.size)]
        self.names = [self.make_name() for _ in range(self.size)]

    def moment(self, number, size):
        """Return the creation time of a document by number: evenly spread over the SPAN."""
        return self.now - SPAN + SPAN * number // size

    def make_id(self, moment):
        """Return an ObjectId with a creation time, in seconds since 1970."""
        return ObjectId(int(moment).to_bytes(4) + self.chance.randbytes(8))

    def make_later_id(self, moment):
        """Return an ObjectId created a random DELAY after a moment, never in the future."""
        return self.make_id(min(self.now, moment + self.chance.expovariate(1 / DELAY)))

    def make_name(self):
        """Return a first and a last name."""
        return {"first_name": self.chance.choice(DEMO["dreamers"])["first_name"],
                "last_name": self.chance.choice(DEMO["dreamers"])["last_name"]}

    def draw_dreamer(self):
        """Return a dreamer's number; the last ones are the most active, by a power law."""
        return self.size - 1 - int(self.size * self.chance.random() ** 2)

    def draw_dreamers(self, wanted, owner):
        """Return the numbers of about ``wanted`` dreamers, without the owner's and HEAVY."""
        numbers, wanted = set(), min(int(wanted + self.chance.random()), self.size // 2)
        while len(numbers) < wanted:
            numbers.add(self.draw_dreamer())
        return numbers - {owner, HEAVY}

    def add_owned(self, collection, document):
        """Insert a document that has a slug, and its slug."""
        self.writer.add("slugs", {"_id": slug_claim(collection, document["slug"]),
                                  "owner_id": document["_id"],
                                  "given_at": document["_id"].generation_time})
        self.writer.add(collection, document)

    def add_follows(self, key, target, followers):
        """Insert the follows of a dream or a dreamer."""
        moment = target["_id"].generation_time.timestamp()
        for follower in followers:
            self.writer.add("follows", {"_id": self.make_later_id(moment), key: target["_id"],
                                        "dreamer_id": self.dreamers[follower]})

    def make_picture(self, owner_id):
        """Return the fields of a picture for half of the documents, {} for the others."""
        if self.chance.random() < 0.5:
            return {}
        return {"picture": f"photo-{owner_id}-{self.chance.randbytes(8).hex()}",
                "picture_alt": "", "picture_width": 1_600, "picture_height": 1_200}

    def add_dreamer(self, number):
        """Insert a dreamer with a complete profile, and their followers."""
        _id, name, profile = self.dreamers[number], self.names[number], self.chance.choice(
            DEMO["dreamers"])
        followers = self.draw_dreamers(share(number, self.size, DREAMER_FOLLOWERS), number)
        followers |= {HEAVY} if is_evenly_followed(number, self.size, FOLLOWED_DREAMERS) else set()
        followers -= {number}
        dreamer = {
            "_id": _id, **name, "password": self.password, "followers": len(followers),
            "email": email_of(number), "bio": profile["bio"], "location": profile["location"],
            "slug": f"{slug_of(' '.join(name.values()))}-{number + 2}",
            **{key: profile[key] for key in ("skills", "experiences", "interests")},
            **{f"{key}_folded": [*map(fold_case, profile[key])] for key in TERM_FIELDS},
            **self.make_picture(_id), **make_sign_in(number, self.size)}
        dreamer |= find_words(dreamer)
        self.add_owned("dreamers", dreamer)
        self.add_follows("followed_id", dreamer, followers)

    def make_dream(self, number, owner):
        """Return the text fields of a dream, which differ from every other's."""
        title = self.chance.choice(TITLES)
        sentence, nights = self.chance.choice(SENTENCES), str(number + 1)
        description = f"{sentence} {UNIQUE_SENTENCE.format(nights)}"
        topics = self.chance.sample([*TOPICS], self.chance.randint(1, 3))
        name = " ".join(self.names[owner].values())
        words = split_words(title).union(
            split_words(sentence), split_words(UNIQUE_SENTENCE), index_words(nights),
            *(split_words(TOPICS[topic]) for topic in topics))
        return {"title": title, "description": description, "topics": topics,
                "comments_enabled": True, "words": sorted(words) + sorted(split_words(name, "@")),
                "once": idempotency_key(title, description, *topics)}

    def add_dream(self, number):
        """Insert a dream with its comments and follows."""
        owner, _id = self.draw_dreamer(), self.make_id(self.moment(number, self.dreams))
        followers = self.draw_dreamers(share(number, self.dreams, FOLLOWERS), owner)
        if is_evenly_followed(number, self.dreams, FOLLOWED_DREAMS) and owner != HEAVY:
            followers.add(HEAVY)
        dream = self.make_dream(number, owner)
        dream |= {"_id": _id, "dreamer_id": self.dreamers[owner], "followers": len(followers),
                  "slug": f"{slug_of(dream['title'])[:SLUG_LENGTH]}-{number + 2}"}
        comments = int(share(number, self.dreams, COMMENTS) + self.chance.random())
        ids = sorted(self.add_comment(dream) for _ in range(comments))
        dream |= {"comments": comments, "recent_comments": ids[-RECENT_COMMENTS:]}
        dream |= self.make_picture(_id) | {"score": trend_score(dream)}
        self.add_owned("dreams", dream)
        self.add_follows("dream_id", dream, followers)

    def add_comment(self, dream):
        """Insert a comment with its reactions; return its id."""
        author, body = self.draw_dreamer(), self.chance.choice(BODIES)
        comment = {"_id": self.make_later_id(dream["_id"].generation_time.timestamp()),
                   "dream_id": dream["_id"], "dreamer_id": self.dreamers[author], "body": body}
        comment["once"] = idempotency_key(str(comment["dreamer_id"]), body, str(comment["_id"]))
        readers = self.draw_dreamers(self.chance.choice((0, 0, 0, 1, 1, 2)), author)
        values = {reader: self.chance.choices(("like", "dislike"), (9, 1))[0]
                  for reader in readers}
        for reader, value in values.items():
            self.writer.add("reactions", {
                "_id": self.make_later_id(comment["_id"].generation_time.timestamp()),
                "dreamer_id": self.dreamers[reader], "comment_id": comment["_id"],
                "value": value, "dream_id": dream["_id"]})
        counts = {f"{value}s": [*values.values()].count(value) for value in ("like", "dislike")}
        self.writer.add("comments", comment | counts)
        return comment["_id"]

    def fill(self):
        """Insert all documents with a progress bar, then create the indexes."""
        with tqdm(total=self.size + self.dreams, unit=" documents", mininterval=1) as bar:
            for add, size in ((self.add_dreamer, self.size), (self.add_dream, self.dreams)):
                for number in range(size):
                    add(number)
                    bar.update()
            bar.set_description("indexes")
            self.writer.finish()
            # Many servers build an index faster than they update one for each insert.
            add_indexes()


def email_of(number):
    """Return the email address of a dreamer by number."""
    return f"dreamer{number}@example.org"


def is_evenly_followed(number, size, wanted):
    """Return whether HEAVY follows the document of a number: ``wanted`` of all, evenly."""
    step = max(1, size // wanted)
    return number % step == 0 and number // step < wanted


def make_sign_in(number, size):
    """Return the sign_ins field of clients, HEAVY and the most active dreamer, else {}."""
    if number > HEAVY and number != size - 1:
        return {}
    return {"sign_ins": [{"id": sign_in_of(number), "at": datetime.now(UTC),
                          "browser": "A browser"}]}


def sign_in_of(number):
    """Return the sign-in id of a dreamer by number."""
    return hashlib.sha256(f"sign-in {number}".encode()).hexdigest()[:22]


# Filling and checking a database #############################################


def fill_world(database, dreams, seed):
    """Fill a database unless it holds the same data; return the seconds, 0 if it does."""
    mark = {"dreams": dreams, "seed": seed,
            "made_by": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()}
    if database.bench.find_one(mark):
        return 0
    database.client.drop_database(database.name)
    began = time.perf_counter()
    World(database, dreams, seed).fill()
    seconds = time.perf_counter() - began
    check_counts(database)
    check_shapes(database)
    database.bench.insert_one(mark)
    return seconds


def find_sample(database, collection):
    """Return SAMPLE documents of a collection, evenly spread in their order of insertion."""
    size = database[collection].estimated_document_count()
    # skip() is slow, but runs before anything is measured.
    return [next(database[collection].find().skip(size * part // SAMPLE).limit(1))
            for part in range(SAMPLE)]


def check_counts(database):
    """Exit if a stored count or a derived field of the sample is wrong."""
    for owner, count, edges, key, only, field in COUNTS:
        for document in find_sample(database, owner):
            query = {key: document["_id"]} | only
            expected = (len(database[edges].distinct(field, query)) if field
                        else database[edges].count_documents(query))
            if document[count] != expected:
                raise SystemExit(f"{owner} {document['_id']}: {count} is not {expected}.")
    for dream in find_sample(database, "dreams"):
        if set_derived_fields(dream):
            raise SystemExit(f"dreams {dream['_id']}: score, words or comments were wrong.")


def check_shapes(database):
    """Exit if a document has other keys than one that the site's functions add."""
    ada, bob = (complete_dreamer(database.dreamers.find_one({"email": email_of(number)}))
                for number in (0, 1))
    fields = {"title": "A", "description": "B", "topics": ["travel"], "comments_enabled": True}
    slug = dreamscape.dreams.add_dream(ada, fields | {"words": [], "once": "c"})
    dream = find_dream({"slug": slug})
    comment_id = dreamscape.comments.add_comment(bob, dream, "D")
    set_reaction(ada, {"_id": comment_id, "dream_id": dream["_id"]}, "like")
    set_following(bob, {"dream_id": dream["_id"]}, True)
    for collection in ("dreams", "comments", "reactions", "follows", "slugs"):
        # A follow of a dreamer has another key than one of a dream.
        like = {"dream_id": {"$exists": True}} if collection == "follows" else {}
        generated = database[collection].find_one(like, sort=[("_id", 1)])
        added = database[collection].find_one({"owner_id": dream["_id"]} if collection == "slugs"
                                              else like, sort=[("_id", -1)])
        if differing := ({*generated} ^ {*added}) - {*PICTURE_DEFAULTS}:
            raise SystemExit(f"{collection}: {differing} differ from what the site writes.")
    remove_dream(find_dream({"slug": slug}))
