"""A world of any size, put into a database at once: dreamers, dreams and all between them.

The same seed makes the same world; only its moments move, for they end now. Every count in it
is true, and a few are great: who is followed, who writes and how much is said spreads by
Zipf's law. It is told in the words of the demo.
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
from dreamscape.dreamers import TERM_FIELDS, complete_dreamer
from dreamscape.dreams import find_dream, remove_dream, trend_score
from dreamscape.follows import set_following
from dreamscape.passwords import hash_password
from dreamscape.slugs import SLUG_LENGTH, slug_claim
from dreamscape.topics import TOPICS
from dreamscape.text import fold_case, idempotency_key, index_words

PASSWORD = "dreaming of numbers"
GUESTS = 32  # dreamers who are signed in, and as many more who are about to
BUSY = GUESTS  # the number of the dreamer who follows all these
BUSY_DREAMS, BUSY_DREAMERS = 2_000, 500
FANS, SAID = 4, 3  # follows and comments a dream
FANS_OF_DREAMERS = 5  # follows a dreamer: with FANS of five dreams, five a dream
SPREAD = 0.7  # Zipf's exponent
SPAN = 2 * 365 * 86_400  # seconds
SOON = 3 * 86_400  # seconds until the next follow or comment, on the average
BATCH = 1_000  # documents
WRITERS = 2  # batches on their way, in as many threads
PRIME = 2**31 - 1  # it has no divisor in common with any size, so it shuffles ranks
SAMPLE = 50  # documents of each kind that are checked
TOLD = json.loads((ROOT / "templates/demo.json").read_text("utf-8"))
TITLES = [dream["title"] for dream in TOLD["dreams"]]
SENTENCES = [part for dream in TOLD["dreams"]
             for part in re.split(r"(?<=[.!?])\s+", dream["description"])]
SLEPT = "I have slept on it {} times."
BODIES = [comment["body"] for comment in TOLD["comments"]]

slug_of = cache(slugify)


@cache
def split_words(text, mark=""):
    """Return index_words as a set, kept: the same words come again and again."""
    return frozenset(index_words(text, mark))


def dreamers_for(dreams):
    """Return how many dreamers live with so many dreams."""
    return max(dreams // 5, 3 * GUESTS)


def share(number, size, mean):
    """Return how many of ``mean`` times ``size`` things fall to one, by Zipf's law."""
    rank = number * PRIME % size
    return mean * (1 - SPREAD) * (size / (rank + 1)) ** SPREAD


class Writer:
    """Puts documents in, in large unordered batches, while the next ones are made."""

    def __init__(self, database):
        """Begin with nothing on its way."""
        self.database, self.waiting, self.sent = database, {}, []
        self.pool, self.places = ThreadPoolExecutor(WRITERS), BoundedSemaphore(2 * WRITERS)

    def add(self, collection, document):
        """Put in a document, sooner or later."""
        batch = self.waiting.setdefault(collection, [])
        batch.append(document)
        if len(batch) >= BATCH:
            self.send(collection)

    def send(self, collection):
        """Send what waits for a collection."""
        batch = self.waiting.pop(collection)
        self.places.acquire()
        self.sent = [sent for sent in self.sent if not sent.done() or sent.result()]
        self.sent.append(self.pool.submit(self.insert, collection, batch))

    def insert(self, collection, batch):
        """Insert a batch, and make place for another."""
        try:
            self.database[collection].insert_many(batch, ordered=False)
        finally:
            self.places.release()

    def finish(self):
        """Send all that is left, and wait; raise what went wrong anywhere."""
        for collection in [*self.waiting]:
            self.send(collection)
        self.pool.shutdown()
        for sent in self.sent:
            sent.result()


class World:
    """Makes the documents of so many dreams, one dream after the other."""

    def __init__(self, database, dreams, seed):
        """Begin before anything was made."""
        self.dreams, self.size, self.chance = dreams, dreamers_for(dreams), random.Random(seed)
        self.now = int(time.time())
        self.writer, self.password = Writer(database), hash_password(PASSWORD)
        self.dreamers = [self.make_id(self.moment(number, self.size))
                         for number in range(self.size)]
        self.names = [self.make_name() for _ in range(self.size)]

    def moment(self, number, size):
        """Return when the one of a number came: all are spread evenly over the SPAN."""
        return self.now - SPAN + SPAN * number // size

    def make_id(self, moment):
        """Return an id made at a moment, in seconds since 1970."""
        return ObjectId(int(moment).to_bytes(4) + self.chance.randbytes(8))

    def make_later_id(self, moment):
        """Return an id made soon after a moment, and never in the future."""
        return self.make_id(min(self.now, moment + self.chance.expovariate(1 / SOON)))

    def make_name(self):
        """Return a first and a last name."""
        return {"first_name": self.chance.choice(TOLD["dreamers"])["first_name"],
                "last_name": self.chance.choice(TOLD["dreamers"])["last_name"]}

    def anyone(self):
        """Return the number of a dreamer; the last ones are the most active, by a power law."""
        return self.size - 1 - int(self.size * self.chance.random() ** 2)

    def draw_fans(self, wanted, owner):
        """Return the numbers of about so many dreamers, but for the owner's and the busy one's."""
        fans, wanted = set(), min(int(wanted + self.chance.random()), self.size // 2)
        while len(fans) < wanted:
            fans.add(self.anyone())
        return fans - {owner, BUSY}

    def add_owned(self, collection, document):
        """Put in a document that has a slug, and the claim of its slug."""
        self.writer.add("slugs", {"_id": slug_claim(collection, document["slug"]),
                                  "owner_id": document["_id"],
                                  "given_at": document["_id"].generation_time})
        self.writer.add(collection, document)

    def add_follows(self, key, target, fans):
        """Put in who follows a dream or a dreamer."""
        moment = target["_id"].generation_time.timestamp()
        for fan in fans:
            self.writer.add("follows", {"_id": self.make_later_id(moment), key: target["_id"],
                                        "dreamer_id": self.dreamers[fan]})

    def make_picture(self, owner_id):
        """Return the fields of a picture for every other document, none for the rest."""
        if self.chance.random() < 0.5:
            return {}
        return {"picture": f"photo-{owner_id}-{self.chance.randbytes(8).hex()}",
                "picture_alt": "", "picture_width": 1_600, "picture_height": 1_200}

    def add_dreamer(self, number):
        """Put in a dreamer who told everything, and who follows them."""
        _id, name, told = self.dreamers[number], self.names[number], self.chance.choice(
            TOLD["dreamers"])
        fans = self.draw_fans(share(number, self.size, FANS_OF_DREAMERS), number)
        fans |= {BUSY} if is_followed_by_busy(number, self.size, BUSY_DREAMERS) else set()
        dreamer = {
            "_id": _id, **name, "password": self.password, "followers": len(fans - {number}),
            "email": email_of(number), "bio": told["bio"], "location": told["location"],
            "slug": f"{slug_of(' '.join(name.values()))}-{number + 2}",
            **{key: told[key] for key in ("skills", "experiences", "interests")},
            **{f"{key}_folded": [*map(fold_case, told[key])] for key in TERM_FIELDS},
            **self.make_picture(_id), **make_sign_in(number, self.size)}
        self.add_owned("dreamers", dreamer)
        self.add_follows("followed_id", dreamer, fans - {number})

    def make_dream(self, number, owner):
        """Return what a dreamer says of a dream; no other has the same words."""
        title = self.chance.choice(TITLES)
        sentence, nights = self.chance.choice(SENTENCES), str(number + 1)
        description = f"{sentence} {SLEPT.format(nights)}"
        topics = self.chance.sample([*TOPICS], self.chance.randint(1, 3))
        name = " ".join(self.names[owner].values())
        words = split_words(title).union(
            split_words(sentence), split_words(SLEPT), index_words(nights),
            *(split_words(TOPICS[topic]) for topic in topics))
        return {"title": title, "description": description, "topics": topics,
                "comments_enabled": True, "words": sorted(words) + sorted(split_words(name, "@")),
                "once": idempotency_key(title, description, *topics)}

    def add_dream(self, number):
        """Put in a dream with all that hangs on it."""
        owner, _id = self.anyone(), self.make_id(self.moment(number, self.dreams))
        fans = self.draw_fans(share(number, self.dreams, FANS), owner)
        if is_followed_by_busy(number, self.dreams, BUSY_DREAMS) and owner != BUSY:
            fans.add(BUSY)
        dream = self.make_dream(number, owner)
        dream |= {"_id": _id, "dreamer_id": self.dreamers[owner], "followers": len(fans),
                  "slug": f"{slug_of(dream['title'])[:SLUG_LENGTH]}-{number + 2}"}
        said = int(share(number, self.dreams, SAID) + self.chance.random())
        ids = sorted(self.add_comment(dream) for _ in range(said))
        dream |= {"comments": said, "recent_comments": ids[-RECENT_COMMENTS:]}
        dream |= self.make_picture(_id) | {"score": trend_score(dream)}
        self.add_owned("dreams", dream)
        self.add_follows("dream_id", dream, fans)

    def add_comment(self, dream):
        """Put in a comment with what others thought of it; return its id."""
        author, body = self.anyone(), self.chance.choice(BODIES)
        comment = {"_id": self.make_later_id(dream["_id"].generation_time.timestamp()),
                   "dream_id": dream["_id"], "dreamer_id": self.dreamers[author], "body": body}
        comment["once"] = idempotency_key(str(comment["dreamer_id"]), body, str(comment["_id"]))
        fans = self.draw_fans(self.chance.choice((0, 0, 0, 1, 1, 2)), author)
        values = {fan: self.chance.choices(("like", "dislike"), (9, 1))[0] for fan in fans}
        for fan, value in values.items():
            self.writer.add("reactions", {
                "_id": self.make_later_id(comment["_id"].generation_time.timestamp()),
                "dreamer_id": self.dreamers[fan], "comment_id": comment["_id"],
                "value": value, "dream_id": dream["_id"]})
        counts = {f"{value}s": [*values.values()].count(value) for value in ("like", "dislike")}
        self.writer.add("comments", comment | counts)
        return comment["_id"]

    def fill(self):
        """Put in everything, with a bar that tells how far it is."""
        with tqdm(total=self.size + self.dreams, unit=" documents", mininterval=1) as bar:
            for add, size in ((self.add_dreamer, self.size), (self.add_dream, self.dreams)):
                for number in range(size):
                    add(number)
                    bar.update()
            bar.set_description("indexes")
            self.writer.finish()
            # Many servers make an index of what is there faster than they keep one.
            add_indexes()


def email_of(number):
    """Return the mail address of the dreamer of a number."""
    return f"dreamer{number}@example.org"


def is_followed_by_busy(number, size, wanted):
    """Return whether the busy dreamer follows the one of a number: ``wanted`` of all, evenly."""
    step = max(1, size // wanted)
    return number % step == 0 and number // step < wanted


def make_sign_in(number, size):
    """Return the sign-in of a guest, of the busy dreamer and of the most active one, else {}."""
    if number > BUSY and number != size - 1:
        return {}
    return {"sign_ins": [{"id": sign_in_of(number), "at": datetime.now(UTC),
                          "browser": "A browser"}]}


def sign_in_of(number):
    """Return the id under which the dreamer of a number is signed in."""
    return hashlib.sha256(f"sign-in {number}".encode()).hexdigest()[:22]


# What is there already #######################################################


def fill_world(database, dreams, seed):
    """Make the world in a database, unless it is the very same; return seconds, 0 if it was."""
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
    """Return some documents of a collection, evenly spread by their order of insertion."""
    size = database[collection].estimated_document_count()
    # A sample is taken once, before anything is measured; so it may skip.
    return [next(database[collection].find().skip(size * part // SAMPLE).limit(1))
            for part in range(SAMPLE)]


def check_counts(database):
    """Stop where a stored count, a score or the words of a dream are not true."""
    for owner, count, edges, key, only in COUNTS:
        for document in find_sample(database, owner):
            true = database[edges].count_documents({key: document["_id"]} | only)
            if document[count] != true:
                raise SystemExit(f"{owner} {document['_id']}: {count} is not {true}.")
    for dream in find_sample(database, "dreams"):
        if set_derived_fields(dream):
            raise SystemExit(f"dreams {dream['_id']}: score, words or comments were not true.")


def check_shapes(database):
    """Stop where a document has other keys than the same one made by the site."""
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
        made = database[collection].find_one(like, sort=[("_id", 1)])
        last = database[collection].find_one({"owner_id": dream["_id"]} if collection == "slugs"
                                             else like, sort=[("_id", -1)])
        if differing := ({*made} ^ {*last}) - {*PICTURE_DEFAULTS}:
            raise SystemExit(f"{collection}: {differing} differ from what the site writes.")
    remove_dream(find_dream({"slug": slug}))
