"""Generated people, dreams and all that belongs to them, of any number of dreams.

A document's id follows from its number, and so do a dream's owner and helper: each process can
generate its share of the numbers without those of the others. The same seed gives the same data,
except for the times, which end now.

For each dream: 3 comments, 4 followers, a cheer, a reaction, 2 needs, an update (which is its
change of state or its story if it has one) and 2 notifications, on average; to one in ten an offer
with messages. A fifth as many people, each with 5 followers and 10 notifications.
"""

import hashlib
import random
from collections import defaultdict
from datetime import UTC, datetime

from bson import ObjectId

from dreamscape.comments import RECENT_COMMENTS
from dreamscape.dreams import trend_score
from dreamscape.slugs import slug_claim
from dreamscape.text import idempotency_key
from dreamscape.updates import CARD_LENGTH
from bench import texts

PASSWORD = "dreaming of numbers"
DREAMS_EACH = 5  # of a person, on average
CLIENTS = 32  # people who are signed in, the first numbers
# People with numbers of their own, who have no dreams and no offers unless the text says so.
HEAVY = CLIENTS  # follows FOLLOWED_DREAMS and FOLLOWED_PEOPLE, and has made OFFERS
NOTIFIED = CLIENTS + 1  # has NOTIFICATIONS
BLOCKED = CLIENTS + 2  # is blocked by BLOCKERS people
NEWCOMER = CLIENTS + 3  # follows nobody, and has no notifications
SPECIAL = frozenset((HEAVY, NOTIFIED, BLOCKED, NEWCOMER))
FIRST_OTHER = CLIENTS + len(SPECIAL)  # as many as clients from here on sign in, and no more
LEAST_PEOPLE = FIRST_OTHER + 2 * CLIENTS
FOLLOWED_DREAMS, FOLLOWED_PEOPLE, NOTIFICATIONS, OFFERS = 2_000, 500, 10_000, 40
BLOCKERS = 500
FAMOUS_FOLLOWERS = 10_000
UNREAD = 500  # of the NOTIFICATIONS, one a dream at most
MANY_COMMENTS = 50
# A dream, or a person, has one of these numbers of them.
FOLLOWERS = (0, 1, 1, 2, 2, 3, 4, 5, 8, 14)
COMMENTS = (0, 0, 1, 1, 2, 2, 3, 4, 6, 11)
CHEERS = (0, 0, 0, 0, 1, 1, 1, 2, 2, 3)
PERSON_FOLLOWERS = (0, 1, 2, 3, 4, 5, 6, 7, 9, 13)
MOST = 16  # more than any of these
STATES = ((10, "under-way"), (15, "came-true"), (18, "resting"), (20, "let-go"))  # of a hundred
OFFER_STATES = ("done", "offered", "accepted", "declined")  # in turns; those done have thanks
MESSAGES = 3  # of an offer
SPAN = 2 * 365 * 86_400  # seconds between the first document and now
DELAY = 3 * 86_400  # seconds, at most, from a dream or a comment to what follows it
NOTIFIED_SPAN = 80 * 86_400  # seconds; the database deletes notifications after 90 days
SCATTER = 2_654_435_761  # odd, so multiplying by it permutes the numbers below 2**32
ROOM = 2**20  # numbers of what belongs to one dream or person
KINDS = {kind: number << 56 for number, kind in enumerate((
    "dreamer", "dream", "comment", "follow", "follower", "cheer", "reaction", "update", "offer",
    "message", "notification", "need", "line", "block", "came_true"))}


def people_for(dreams):
    """Return the number of people for a number of dreams."""
    return max(dreams // DREAMS_EACH, LEAST_PEOPLE)


def scatter(number):
    """Return a number from 0 to 1 that looks random, always the same for a number."""
    return number * SCATTER % 2**32 / 2**32


def make_id(kind, number, moment):
    """Return the ObjectId of a document by number, created at a moment (seconds since 1970)."""
    return ObjectId((moment << 64 | KINDS[kind] | number).to_bytes(12))


def time_of(moment):
    """Return seconds since 1970 as a datetime."""
    return datetime.fromtimestamp(moment, UTC)


def is_spread(number, size, wanted):
    """Return whether a number is one of ``wanted`` that are evenly spread over ``size``."""
    step = max(1, size // wanted)
    return number % step == 0 and number // step < wanted


def email_of(number):
    """Return the email address of a person by number."""
    return f"dreamer{number}@example.org"


def sign_in_of(number):
    """Return the sign-in id of a person by number."""
    return hashlib.sha256(f"sign-in {number}".encode()).hexdigest()[:22]


class World:
    """What follows from numbers alone: ids, owners, helpers, and who is special."""

    def __init__(self, dreams, seed, now, password):
        """Describe a world; now: seconds since 1970; password: the hash of PASSWORD."""
        self.dreams, self.people, self.seed = dreams, people_for(dreams), seed
        self.now, self.password = now, password
        self.famous = dreams // 2  # the dream with FAMOUS_FOLLOWERS
        self.discussed = self.famous + 1  # the dream with MANY_COMMENTS
        self.most_active = self.people - 1
        self.signed_in = {*range(CLIENTS), *SPECIAL, self.most_active}
        self.unread = min(UNREAD, dreams)
        # No more than an eighth of the people, or few would be left to be seen.
        self.blockers = min(BLOCKERS, self.people // 8)

    def dream_moment(self, number):
        """Return the creation time of a dream: evenly spread over the SPAN."""
        return self.now - SPAN + SPAN * number // self.dreams

    def dream_id(self, number):
        """Return the _id of a dream."""
        return make_id("dream", number, self.dream_moment(number))

    def person_id(self, number):
        """Return the _id of a person."""
        return make_id("dreamer", number, self.now - SPAN + SPAN * number // self.people)

    def update_id(self, number):
        """Return the _id of the update of a dream."""
        return make_id("update", number, min(self.now, self.dream_moment(number) + DELAY))

    def owner_of(self, number):
        """Return who owns a dream; the last people are the most active, by a power law."""
        if number in (self.famous, self.discussed):
            return self.most_active
        owner = self.people - 1 - int(self.people * scatter(number) ** 2)
        return owner - FIRST_OTHER + CLIENTS if owner in SPECIAL else owner

    def helper_of(self, number):
        """Return who offers help to a dream, or None: everybody once at the most, but HEAVY."""
        if number % 10 == 5:
            helper = HEAVY if number < 10 * OFFERS else None
        else:
            helper = None if number % 10 or number // 10 in SPECIAL else number // 10
        is_other = helper is not None and helper < self.people and helper != self.owner_of(number)
        return helper if is_other else None

    def is_thanked(self, number):
        """Return whether the help with a dream is done, with thanks."""
        return (number % 10 == 0 and number // 10 % len(OFFER_STATES) == 0
                and self.helper_of(number) is not None)

    def followed_by_heavy(self, number):
        """Return whether HEAVY follows a dream."""
        return is_spread(number, self.dreams, FOLLOWED_DREAMS)

    def is_blocker(self, number):
        """Return whether a person blocks BLOCKED."""
        is_other = FIRST_OTHER <= number < self.most_active
        return is_other and is_spread(number, self.people, self.blockers)

    def is_by_link(self, number):
        """Return whether a dream is for people with the link alone, so that no list shows it."""
        return number % 50 == 49

    def state_of(self, number):
        """Return the state of a dream, None for that of most."""
        rank = number * 37 % 100
        return next((state for limit, state in STATES if rank < limit), None)


class Share:
    """Generates the documents of some numbers.

    documents: {collection: [document]}, which the caller may take.
    """

    def __init__(self, world, seed):
        """Start without documents; seed: of this share alone."""
        self.world, self.chance = world, random.Random(seed)
        self.documents = defaultdict(list)

    def draw_people(self, size, owner):
        """Return up to ``size`` (less than MOST) different people, without special ones."""
        people = self.world.people
        start = int(self.chance.random() * people)
        # Equal steps that never come round are different people without a set.
        step = 1 + int(self.chance.random() * (people // MOST - 1))
        return [person for person in ((start + step * place) % people for place in range(size))
                if person != owner and person not in SPECIAL]

    def draw_person(self, owner):
        """Return somebody else than the owner of a dream, and nobody special."""
        person = int(self.chance.random() * (self.world.people - FIRST_OTHER - 1)) + FIRST_OTHER
        return person if person != owner else owner + 1

    def later(self, moment):
        """Return a time up to DELAY after a moment, never in the future."""
        return min(self.world.now, moment + int(self.chance.random() * DELAY))

    def make_picture(self, owner_id):
        """Return the fields of a picture for half of the documents, {} for the others."""
        if self.chance.random() < 0.5:
            return {}
        return {"picture": f"photo-{owner_id}-{self.chance.getrandbits(64):016x}",
                "picture_alt": "", "picture_width": 1_600, "picture_height": 1_200}

    def add_slug(self, collection, document, moment):
        """Add the document that assigns a slug to its owner."""
        self.documents["slugs"].append({
            "_id": slug_claim(collection, document["slug"]), "owner_id": document["_id"],
            "given_at": time_of(moment)})

    def add_edges(self, kind, number, people, moment, **fields):
        """Add follows (kind "follow" or "follower") or cheers by people; return how many."""
        edges = self.documents["cheers" if kind == "cheer" else "follows"]
        for place, person in enumerate(people):
            edges.append({"_id": make_id(kind, number * ROOM + place, self.later(moment)),
                          "dreamer_id": self.world.person_id(person), **fields})
        return len(people)

    # People ##################################################################

    def add_person(self, number):
        """Add a person with a complete profile, their followers, and what is special of them."""
        world, chance = self.world, self.chance
        _id, template = world.person_id(number), person_of(number)
        followers = self.draw_people(chance.choice(PERSON_FOLLOWERS), number)
        if number not in SPECIAL and is_spread(number, world.people, FOLLOWED_PEOPLE):
            followers.append(HEAVY)
        moment = int(_id.generation_time.timestamp())
        person = {
            "_id": _id, "password": world.password, "email": email_of(number),
            "sign_up_key": sign_in_of(number),
            "slug": f"{template.slug}-{number + 2}", "helped": int(world.is_thanked(10 * number)
                                                                   and 10 * number < world.dreams),
            "unread": {NOTIFIED: world.unread, NEWCOMER: 0}.get(number, 2), **template.fields,
            "followers": self.add_edges("follower", number, followers, moment, followed_id=_id),
            **self.make_picture(_id), **self.make_extras(number)}
        self.documents["dreamers"].append(person)
        self.add_slug("dreamers", person, moment)
        if number == NOTIFIED:
            for place in range(NOTIFICATIONS):
                self.add_notice(number, "update", place % world.dreams, place < world.unread, place)
        if number == BLOCKED:
            self.add_blocks()

    def make_extras(self, number):
        """Return the fields that few people have: a sign-in, and that there are blocks."""
        extras = {"sign_ins": [{"id": sign_in_of(number), "at": time_of(self.world.now),
                                "browser": "A browser"}]} if number in self.world.signed_in else {}
        has_blocks = number == BLOCKED or self.world.is_blocker(number)
        return extras | ({"has_blocks": True} if has_blocks else {})

    def add_blocks(self):
        """Add the blocks of BLOCKED."""
        world = self.world
        self.documents["blocks"] += [
            {"_id": make_id("block", number, world.now), "dreamer_id": world.person_id(number),
             "blocked_id": world.person_id(BLOCKED)}
            for number in filter(world.is_blocker, range(world.people))]

    def add_notice(self, person, kind, number, is_unread, place, act=None):
        """Add a notification about a dream; act: (who, what), else its owner and its update."""
        world = self.world
        who, about = act or (world.owner_of(number), world.update_id(number))
        at = world.now - int(self.chance.random() * NOTIFIED_SPAN)
        notice = {"_id": make_id("notification", person * ROOM + place, at), "kind": kind,
                  "dreamer_id": world.person_id(person), "group_id": world.dream_id(number),
                  "acts": [{"by": world.person_id(who), "about": about}], "count": 1,
                  "at": time_of(at), "dream_id": world.dream_id(number)}
        self.documents["notifications"].append(
            notice | {"unread": True, "due": True} if is_unread else notice)

    # Dreams ##################################################################

    def add_dream(self, number):
        """Add a dream with all that belongs to it."""
        world, chance = self.world, self.chance
        owner, _id, moment = world.owner_of(number), world.dream_id(number), (
            world.dream_moment(number))
        dream = {"_id": _id, "dreamer_id": world.person_id(owner),
                 **self.make_texts(number, owner), **self.make_needs(number, moment),
                 **self.make_picture(_id)}
        cheers = self.draw_people(chance.choice(CHEERS), owner)
        dream |= {
            "followers": self.add_edges("follow", number, self.draw_followers(number, owner),
                                        moment, dream_id=_id),
            "cheers": self.add_edges("cheer", number, cheers, moment, dream_id=_id)}
        ids = self.add_comments(dream, number, owner, moment)
        dream |= {"comments": len(ids), "recent_comments": ids[-RECENT_COMMENTS:],
                  **self.add_update(dream, number), **self.add_offer(dream, number, owner)}
        dream |= {"unanswered": not (
            ids or dream["cheers"] or world.helper_of(number) is not None),
                  "score": trend_score(dream)}
        self.documents["dreams"].append(
            dream | {"audience": "link"} if world.is_by_link(number) else dream)
        self.add_slug("dreams", dream, moment)
        self.add_notices(number, owner, ids)

    def make_texts(self, number, owner):
        """Return the texts of a dream, which differ from every other's, and its words."""
        template = texts.dream_template(int(scatter(number + 7) * texts.TEMPLATES))
        nights = number + 1
        description = f"{template.sentence} {texts.UNIQUE_SENTENCE.format(nights)}"
        return {"title": template.title, "description": description, "topics": template.topics,
                "slug": f"{template.slug}-{number + 2}", "comments_enabled": True,
                "words": texts.make_words(template, nights, person_of(owner)),
                "once": idempotency_key(template.title, description, *template.topics)}

    def make_needs(self, number, moment):
        """Return the needs of a dream with what is derived of them; one in twenty is met."""
        template = texts.dream_template(int(scatter(number + 7) * texts.TEMPLATES))
        met, since = number * 7 % 10 == 0, time_of(moment)
        ids = [make_id("need", number * ROOM + place, moment)
               for place in range(texts.NEEDS_EACH)]
        needs = [{"id": str(_id), "text": text, "since": since, "found_at": None}
                 for _id, text in zip(ids, template.needs, strict=True)]
        if met:
            needs[0]["found_at"] = since
        return {"needs": needs, "need_words": template.need_words[met], "needed_at": ids[-1]}

    def draw_followers(self, number, owner):
        """Return who follows a dream."""
        world = self.world
        if number == world.famous:
            return range(FIRST_OTHER, min(FIRST_OTHER + FAMOUS_FOLLOWERS, world.people - 1))
        followers = self.draw_people(self.chance.choice(FOLLOWERS), owner)
        return [*followers, HEAVY] if world.followed_by_heavy(number) else followers

    def add_comments(self, dream, number, owner, moment):
        """Add the comments on a dream, each third a reply and each third liked; return the ids."""
        size = (MANY_COMMENTS if number == self.world.discussed
                else self.chance.choice(COMMENTS))
        ids, thread, before = [], None, None
        for place in range(size):
            moment, author = self.later(moment), self.draw_person(owner)
            _id = make_id("comment", number * ROOM + place, moment)
            parent = before if place % 3 == 2 else None
            thread = thread if parent else _id
            comment = self.make_comment(dream, _id, author) | {"thread_id": thread}
            if parent:
                comment |= {"parent_id": parent["_id"], "people": [parent["dreamer_id"]],
                            "mentions": [""]}
            if place % 3 == 0:
                comment["likes"] = self.add_like(comment, number * ROOM + place, author)
            self.documents["comments"].append(comment)
            ids.append(_id)
            before = comment
        return ids

    def make_comment(self, dream, _id, author):
        """Return a comment by a person."""
        body, author_id = self.chance.choice(texts.BODIES), self.world.person_id(author)
        return {"_id": _id, "dream_id": dream["_id"], "dreamer_id": author_id, "body": body,
                "once": idempotency_key(str(author_id), body, str(_id)), "likes": 0,
                "dislikes": 0}

    def add_like(self, comment, number, author):
        """Add a reaction to a comment by somebody else; return the number of likes."""
        moment = self.later(int(comment["_id"].generation_time.timestamp()))
        self.documents["reactions"].append({
            "_id": make_id("reaction", number, moment), "comment_id": comment["_id"],
            "dreamer_id": self.world.person_id(self.draw_person(author)),
            "dream_id": comment["dream_id"], "value": "like"})
        return 1

    def add_update(self, dream, number):
        """Add the update of a dream, or its change of state; return what the dream stores of it."""
        _id, state = self.world.update_id(number), self.world.state_of(number)
        at, body = _id.generation_time, self.chance.choice(texts.BODIES)
        is_told = state in (None, "came-true")
        update = {"_id": _id, "dream_id": dream["_id"], "dreamer_id": dream["dreamer_id"],
                  "body": body if is_told else "",
                  "once": idempotency_key(str(dream["dreamer_id"]), body, str(_id))}
        stored = {"updates": 1}
        if state:
            update["state"] = state
            stored |= {"state": state, "state_at": at, "state_was": "dreaming"}
        else:
            stored["newest_update"] = {"id": _id, "body": body[:CARD_LENGTH], "at": at}
        if state == "came-true":
            update |= {"helped": "Everybody here.", "took": "Two years.", "advice": "Begin."}
            stored["came_true_at"] = make_id("came_true", number, int(at.timestamp()))
            self.add_line(dream, number, int(at.timestamp()))
        self.documents["updates"].append(update)
        return stored

    def add_line(self, dream, number, moment):
        """Add a line beside the story of a dream."""
        self.documents["comments"].append({
            "_id": make_id("line", number, self.later(moment)), "dream_id": dream["_id"],
            "dreamer_id": self.world.person_id(self.draw_person(self.world.owner_of(number))),
            "line": True, "body": "What a good day that was.", "likes": 0, "dislikes": 0})

    def add_offer(self, dream, number, owner):
        """Add the offer to a dream with its messages; return its dream's count of thanks."""
        world, helper = self.world, self.world.helper_of(number)
        if helper is None:
            return {"thanked": 0}
        state = OFFER_STATES[number // 10 % len(OFFER_STATES) if helper != HEAVY else 2]
        moment = world.now - int(self.chance.random() * DELAY)
        need = dream["needs"][-1]
        offer = {"_id": make_id("offer", number, moment), "dream_id": dream["_id"],
                 "need_id": need["id"], "dreamer_id": world.person_id(helper),
                 "owner_id": dream["dreamer_id"], "state": state, "title": dream["title"],
                 "need": need["text"], "messages": MESSAGES, "changed_at": time_of(moment),
                 "last_message": message_id(number, MESSAGES - 1, moment)}
        offer |= {} if state == "offered" else {
            "was": "accepted" if state == "done" else "offered"}
        offer |= {"thanks": "Thank you!", "thanks_hidden": False} if state == "done" else {}
        self.documents["offers"].append(offer)
        self.add_messages(offer, number, moment)
        return {"thanked": int(state == "done")}

    def add_messages(self, offer, number, moment):
        """Add the messages of an offer, by its two people in turns."""
        writers = offer["dreamer_id"], offer["owner_id"]
        for place in range(MESSAGES):
            _id = message_id(number, place, moment)
            body, writer = self.chance.choice(texts.BODIES), writers[place % 2]
            self.documents["messages"].append({
                "_id": _id, "offer_id": offer["_id"], "dreamer_id": writer, "body": body,
                "once": idempotency_key(str(writer), body, str(_id))})

    def add_notices(self, number, owner, comment_ids):
        """Add two notifications about a dream, so that each person has ten in all."""
        people = self.world.people
        for half in range(2):
            person = (number // DREAMS_EACH + half * people // 2) % people
            if person not in (owner, NEWCOMER, NOTIFIED):
                place = NOTIFICATIONS + number % DREAMS_EACH * 2 + half
                self.add_notice(person, "update", number, number % DREAMS_EACH == 0, place)


def message_id(number, place, moment):
    """Return the _id of a message in the offer to a dream, both by number."""
    return make_id("message", number * ROOM + place, moment)


def person_of(number):
    """Return the template of a person by number."""
    return texts.person_template(int(scatter(number) * texts.NAMES))
