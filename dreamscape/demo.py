"""Demo data for an empty database, with pictures drawn by Pillow."""
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from bson import ObjectId

from dreamscape import (
    convert,
    demo_gatherings,
    demo_indoors,
    demo_outdoors,
    demo_pages,
    demo_towns,
    demo_water,
    demo_winter,
)
from dreamscape.comments import RECENT_COMMENTS
from dreamscape.database import COUNTS, STORY, db
from dreamscape.demo_canvas import Canvas
from dreamscape.demo_faces import FACES, draw_face
from dreamscape.dreamers import complete_dreamer, folded_terms, word_fields
from dreamscape.dreams import dream_words, trend_score
from dreamscape.help import ANSWER_TIME
from dreamscape.needs import need_fields
from dreamscape.notifications import KINDS
from dreamscape.passwords import hash_password
from dreamscape.pictures import new_picture_name, store
from dreamscape.slugs import add_slug
from dreamscape.text import idempotency_key
from dreamscape.updates import CARD_LENGTH

# Filling a database ##########################################################

DEMO_EMAIL, DEMO_PASSWORD = "maya@dreamscape.test", "dreaming-awake"
DEMO_WEEKS = 6  # before now, over which creation times are spread


def find_any_document():
    """Return whether the database holds a dreamer or a dream."""
    return any(db[collection].find_one({}, {"_id": 1}) for collection in ("dreamers", "dreams"))


def remove_partial_demo():
    """Remove what an interrupted add_demo left in a database without dreamers and dreams."""
    for collection in ("slugs", "reactions", "cheers", "follows", "comments", "reports",
                       "notifications", "offers", "messages", "updates"):
        db[collection].delete_many({})


def add_demo(content):
    """Add the demo's documents; dreams and dreamers last, as find_any_document looks for them."""
    rng = random.Random("dreamscape")  # nosec B311  # seeded: the demo is always the same
    password = hash_password(DEMO_PASSWORD)
    # While one thread draws, another one encodes: Pillow releases the GIL for that.
    with ThreadPoolExecutor(2) as pool:
        faces = pool.map(draw_portrait, range(len(content["dreamers"])))
        scenes = pool.map(draw_scene, [fields["scene"] for fields in content["dreams"]])
        dreamers = [demo_dreamer(rng, number, fields | {"password": password}, next(faces))
                    for number, fields in enumerate(content["dreamers"])]
        dreams = [demo_dream(rng, dreamers[fields["dreamer"]], fields, next(scenes))
                  for fields in content["dreams"]]
    comments = [demo_comment(rng, dreams[fields["dream"]], dreamers[fields["dreamer"]],
                             fields["body"]) for fields in content["comments"]]
    set_demo_threads(dreams, comments)
    updates, lines = demo_lives(rng, dreamers, dreams, content["lives"])
    offers, messages = demo_offers(rng, dreamers, dreams, content["offers"])
    documents = {"offers": offers, "messages": messages,
                 "reactions": demo_reactions(rng, dreamers, comments),
                 "follows": demo_follows(rng, dreamers, dreams),
                 "cheers": demo_cheers(rng, dreamers, dreams, comments),
                 "updates": updates, "comments": [*comments, *lines], "dreams": dreams,
                 "dreamers": dreamers}
    set_demo_counts(documents)
    documents["notifications"] = demo_notifications(dreamers[0], documents)
    dreamers[0]["unread"] = sum("unread" in each for each in documents["notifications"])
    # Dreams and dreamers are inserted last.
    documents |= {name: documents.pop(name) for name in ("dreams", "dreamers")}
    for collection, batch in documents.items():
        db[collection].insert_many(batch)


def demo_id(rng, since=None):
    """Return an id with a random creation time in DEMO_WEEKS, after the id ``since`` if given."""
    now = datetime.now(UTC)
    earliest = since.generation_time if since else now - timedelta(weeks=DEMO_WEEKS)
    created_at = earliest + (now - earliest) * rng.random()
    return ObjectId(int(created_at.timestamp()).to_bytes(4) + rng.randbytes(8))


def demo_dreamer(rng, number, fields, portrait):
    """Return a dreamer with a complete profile and a portrait, encoded."""
    _id = demo_id(rng)
    email = f"{number}@dreamscape.test" if number else DEMO_EMAIL
    return fields | demo_picture(portrait) | {
        "_id": _id, "email": email,
        "slug": add_slug("dreamers", _id, f"{fields['first_name']} {fields['last_name']}"),
        **word_fields(fields), **folded_terms(fields)}


def demo_dream(rng, dreamer, fields, scene):
    """Return a dream with a picture of a scene, encoded."""
    _id = demo_id(rng, dreamer["_id"])
    texts = {key: fields[key] for key in ("title", "description", "topics")}
    picture = demo_picture(scene)
    needs = demo_needs(rng, _id, fields.get("needs", ()), fields.get("found", ()))
    return texts | picture | {
        "_id": _id, "dreamer_id": dreamer["_id"], "comments_enabled": True,
        "slug": add_slug("dreams", _id, texts["title"]), "picture_alt": fields["alt"],
        "once": idempotency_key(texts["title"], texts["description"], *texts["topics"]), **needs,
        "words": dream_words(texts | needs, complete_dreamer(dreamer)["name"])}


def demo_needs(rng, dream_id, texts, found):
    """Return the fields of a dream with needs; those in ``found`` are marked as found."""
    ids = sorted(demo_id(rng, dream_id) for _ in texts)
    needs = [{"id": str(_id), "text": text, "since": _id.generation_time,
              "found_at": datetime.now(UTC) if text in found else None}
             for _id, text in zip(ids, texts, strict=True)]
    return {name: value for name, value in need_fields(needs).items() if value is not None}


def demo_comment(rng, dream, dreamer, body):
    """Return a comment on a dream."""
    return {"_id": demo_id(rng, dream["_id"]), "dream_id": dream["_id"], "body": body,
            "dreamer_id": dreamer["_id"], "once": idempotency_key(str(dreamer["_id"]), body)}


def set_demo_threads(dreams, comments):
    """Order a dream's comments as in the content; those of its dreamer answer the one before."""
    for dream in dreams:
        own, before = [each for each in comments if each["dream_id"] == dream["_id"]], None
        for _id, comment in zip(sorted(each["_id"] for each in own), own, strict=True):
            comment |= {"_id": _id, "thread_id": _id}
            if before and comment["dreamer_id"] == dream["dreamer_id"]:
                comment |= {"thread_id": before["thread_id"], "parent_id": before["_id"],
                            "people": [before["dreamer_id"]], "mentions": [""]}
            before = comment


def demo_cheers(rng, dreamers, dreams, comments):
    """Return cheers for dreams of others that have comments; the rest stays unanswered."""
    answered = {comment["dream_id"] for comment in comments}
    cheered = [dream for dream in dreams if dream["_id"] in answered]
    return [{"_id": demo_id(rng), "dream_id": dream["_id"], "dreamer_id": dreamer["_id"]}
            for dreamer in dreamers for dream in rng.sample(cheered, rng.randrange(2, 9))
            if dream["dreamer_id"] != dreamer["_id"]]


def demo_lives(rng, dreamers, dreams, rows):
    """Set the states of the demo's dreams; return (updates, lines).

    The change of state is the first update, but a story the last one. In ``rows`` a line is
    [number of the dreamer, text].
    """
    updates, lines = [], []
    for row in rows:
        dream, bodies = dreams[row["dream"]], row["updates"]
        ids = sorted(demo_id(rng, dream["_id"]) for _ in range(len(bodies) + 1))
        story = row.get("story")
        changed = ids[-1] if story else ids[0]
        own = [{"_id": changed, "body": "", "state": row["state"], **(story or {})}]
        own += [{"_id": _id, "body": body}
                for _id, body in zip(ids if story else ids[1:], bodies, strict=False)]
        updates += [update | {"dream_id": dream["_id"], "dreamer_id": dream["dreamer_id"],
                              "once": str(update["_id"])} for update in own]
        dream |= {"state": row["state"], "state_at": changed.generation_time} | (
            {"came_true_at": changed} if story else {})
        lines += [{"_id": demo_id(rng, changed), "dream_id": dream["_id"], "body": body,
                   "dreamer_id": dreamers[number]["_id"], "line": True}
                  for number, body in row.get("lines", ())]
    return updates, lines


def demo_follows(rng, dreamers, dreams):
    """Return follows of other dreamers and of their dreams."""
    edges = [({"dream_id": dream["_id"]}, dream["dreamer_id"], dreamer["_id"])
             for dreamer in dreamers for dream in rng.sample(dreams, rng.randrange(3, 14))]
    edges += [({"followed_id": other["_id"]}, other["_id"], dreamer["_id"])
              for dreamer in dreamers for other in rng.sample(dreamers, rng.randrange(1, 6))]
    return [target | {"dreamer_id": follower, "_id": demo_id(rng)}
            for target, owner, follower in edges
            if owner != follower]


def demo_reactions(rng, dreamers, comments):
    """Return reactions to the comments of others."""
    return [{"dreamer_id": dreamer["_id"], "comment_id": comment["_id"],
             "dream_id": comment["dream_id"],
             "value": rng.choices(("like", "dislike"), (9, 1))[0]}
            for comment in comments for dreamer in rng.sample(dreamers, rng.randrange(5))
            if dreamer["_id"] != comment["dreamer_id"]]


def demo_offers(rng, dreamers, dreams, rows):
    """Return (offers, messages) of the demo.

    rows: dream, dreamer and need are indexes, need None for the dream as a whole; messages are by
    the helper and the owner in turn.
    """
    offers, messages = [], []
    for row in rows:
        dream, helper = dreams[row["dream"]], dreamers[row["dreamer"]]
        need = {} if row["need"] is None else dream["needs"][row["need"]]
        # Younger than ANSWER_TIME: older offers lapse.
        since = ObjectId.from_datetime(datetime.now(UTC) - ANSWER_TIME / 2)
        ids = sorted(demo_id(rng, since) for _ in row["messages"])
        offers.append({
            # A closed one was about another dream of the same dreamer, which was deleted.
            "_id": ids[0], "dream_id": demo_id(rng) if "title" in row else dream["_id"],
            "need_id": need.get("id", ""), "dreamer_id": helper["_id"],
            "owner_id": dream["dreamer_id"], "title": row.get("title", dream["title"]),
            "need": need.get("text", ""), "messages": len(ids), "state": row["state"],
            "was": "accepted" if row["state"] == "done" else "offered",
            "changed_at": ids[-1].generation_time}
            | ({"thanks": row["thanks"], "thanks_hidden": False} if "thanks" in row else {}))
        messages += [{"_id": _id, "offer_id": ids[0], "body": body, "once": str(_id),
                      "dreamer_id": (helper["_id"], dream["dreamer_id"])[number % 2]}
                     for number, (_id, body) in enumerate(zip(ids, row["messages"], strict=True))]
    return offers, messages


def demo_acts(documents):
    """Yield notify's arguments (kind, to, about, by) for the demo's documents; by: an _id.

    offers, messages and updates may be missing.
    """
    owners = {dream["_id"]: dream["dreamer_id"] for dream in documents["dreams"]}
    for comment in documents["comments"]:
        about = {"dream_id": comment["dream_id"], "comment_id": comment["_id"]}
        yield "comment", owners[comment["dream_id"]], about, comment["dreamer_id"]
    for cheer in documents["cheers"]:
        about = {"dream_id": cheer["dream_id"], "cheer_id": cheer["_id"]}
        yield "cheer", owners[cheer["dream_id"]], about, cheer["dreamer_id"]
    for edge in documents["follows"]:
        dream_id, about = edge.get("dream_id"), {"follow_id": edge["_id"]}
        told = owners.get(dream_id) or edge.get("followed_id")
        yield ("follow" if dream_id else "follower", told, about | {"dream_id": dream_id},
               edge["dreamer_id"])
    for update in documents.get("updates", ()):
        kind = "came_true" if update.get("state") == STORY else "update"
        about = {"dream_id": update["dream_id"], "update_id": update["_id"]}
        for edge in documents["follows"]:
            if edge.get("dream_id") == update["dream_id"]:
                yield kind, edge["dreamer_id"], about, update["dreamer_id"]
    yield from demo_acts_of_offers(documents.get("offers", ()), documents.get("messages", ()))


def demo_acts_of_offers(offers, messages):
    """Yield notify's arguments for offers and the messages about them; by: an _id or None."""
    sides = {}
    for offer in offers:
        helper, owner, state = offer["dreamer_id"], offer["owner_id"], offer["state"]
        about = {"dream_id": offer["dream_id"], "offer_id": offer["_id"]}
        sides[offer["_id"]] = about, {helper: owner, owner: helper}
        yield "offer", owner, about, helper
        if state in ("accepted", "declined", "done"):
            yield state, helper, about, owner
        elif state != "offered":
            yield state, owner, about, helper if state == "withdrawn" else None
        if offer.get("thanks"):
            yield "thanks", helper, about, owner
    # The first message is the offer itself.
    for message in (each for each in messages if each["_id"] != each["offer_id"]):
        about, others = sides[message["offer_id"]]
        yield "message", others[message["dreamer_id"]], about, message["dreamer_id"]


def demo_notifications(dreamer, documents):
    """Return a dreamer's notifications of the demo's documents; those of this week are unread."""
    groups = {}
    for kind, told, about, by in demo_acts(documents):
        row = KINDS[kind]
        if told == dreamer["_id"] != by:
            dream_id = None if row.without_dream else about.get("dream_id")
            group = groups.setdefault((kind, about.get(row.group), dream_id), {})
            group[by] = {"by": by, "about": about[row.about]}
    week_ago, notifications = datetime.now(UTC) - timedelta(weeks=1), []
    for (kind, group_id, dream_id), group in groups.items():
        acts = sorted(group.values(), key=lambda act: act["about"])
        at = acts[-1]["about"].generation_time
        notifications.append({
            "dreamer_id": dreamer["_id"], "kind": kind, "group_id": group_id, "acts": acts,
            "count": len(acts), "at": at} | ({"unread": True} if at > week_ago else {})
            | ({"dream_id": dream_id} if dream_id else {}))
    return notifications


def set_demo_counts(documents):
    """Set the counts, recent comments and scores of the demo's documents, before their insert."""
    for owner, count, edges, key, only, field in COUNTS:
        pairs = {(edge.get(key), edge[field] if field else number)
                 for number, edge in enumerate(documents.get(edges, ()))
                 if all(edge.get(name) == only[name] for name in only)}
        counted = Counter(_id for _id, _ in pairs)
        for document in documents[owner]:
            document[count] = counted[document["_id"]]
    for dream in documents["dreams"]:
        recent = sorted(comment["_id"] for comment in documents["comments"]
                        if comment["dream_id"] == dream["_id"] and not comment.get("line"))
        written = [update for update in documents["updates"]
                   if update["dream_id"] == dream["_id"] and update["body"]
                   and update.get("state") != STORY]
        dream |= {"recent_comments": recent[-RECENT_COMMENTS:], "score": trend_score(dream)}
        if newest := max(written, key=lambda update: update["_id"], default=None):
            dream["newest_update"] = {"id": newest["_id"], "body": newest["body"][:CARD_LENGTH],
                                      "at": newest["_id"].generation_time}
        offered = any(offer["dream_id"] == dream["_id"] for offer in documents["offers"])
        dream |= {} if recent or dream["cheers"] or offered else {"unanswered": True}


# Drawn pictures ##############################################################

DEMO_HEIGHT = 1_067  # pixels of a demo picture, 1,600 wide
PLACES = (demo_water, demo_indoors, demo_pages, demo_gatherings, demo_towns, demo_outdoors,
          demo_winter)
SCENES = {name: (draw, place.SKIES[name]) for place in PLACES
          for name, draw in place.SCENES.items()}


def demo_picture(converted):
    """Store a picture, as encode_versions returns it; return a document's fields for it."""
    name = new_picture_name()
    store.add(name, converted)
    return {"picture": name, "picture_alt": "", "picture_width": converted[1],
            "picture_height": converted[2]}


def draw_scene(name):
    """Return the picture of a scene, encoded; the same each time."""
    draw, sky = SCENES[name]
    rng = random.Random(name)  # nosec B311  # seeded: the picture is always the same
    canvas = Canvas(rng, DEMO_HEIGHT, *sky)
    draw(canvas)
    return convert.encode_versions(canvas.finish())


def draw_portrait(number):
    """Return the portrait of one of FACES, encoded; the same each time."""
    rng = random.Random(number)  # nosec B311  # seeded: the picture is always the same
    return convert.encode_versions(draw_face(rng, FACES[number], DEMO_HEIGHT // 2))
