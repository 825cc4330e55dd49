"""A lively place for an empty database, drawn and written from code."""
import math
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

from bson import ObjectId
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from dreamscape import convert
from dreamscape.comments import RECENT_COMMENTS
from dreamscape.database import COUNTS, db
from dreamscape.dreamers import TERM_FIELDS, complete_dreamer
from dreamscape.dreams import dream_words, trend_score
from dreamscape.passwords import hash_password
from dreamscape.pictures import new_picture_name, store
from dreamscape.slugs import add_slug
from dreamscape.text import fold_case, idempotency_key


# Filling a database ##########################################################

DEMO_EMAIL, DEMO_PASSWORD = "maya@dreamscape.test", "dreaming-awake"
DEMO_WEEKS = 6  # weeks over which the demo's dreams are spread


def find_anything():
    """Return whether the database holds a dreamer or a dream."""
    return any(db[collection].find_one({}, {"_id": 1}) for collection in ("dreamers", "dreams"))


def remove_orphans():
    """Clear what an attempt that broke off left in a database without dreamers and dreams."""
    for collection in ("slugs", "reactions", "follows", "comments", "reports"):
        db[collection].delete_many({})


def add_demo(told):
    """Add the demo's documents; what counts as a sign of life goes last."""
    chance = random.Random("dreamscape")  # nosec B311  # a demo is the same wherever it is seen
    password = hash_password(DEMO_PASSWORD)
    dreamers = [demo_dreamer(chance, number, fields | {"password": password})
                for number, fields in enumerate(told["dreamers"])]
    dreams = [demo_dream(chance, dreamers[fields["dreamer"]], fields) for fields in told["dreams"]]
    comments = [demo_comment(chance, dreams[fields["dream"]], dreamers[fields["dreamer"]],
                             fields["body"]) for fields in told["comments"]]
    documents = {"reactions": demo_reactions(chance, dreamers, comments),
                 "follows": demo_follows(chance, dreamers, dreams),
                 "comments": comments, "dreams": dreams, "dreamers": dreamers}
    count_demo(documents)
    for collection, added in documents.items():
        db[collection].insert_many(added)


def demo_id(chance, since=None):
    """Return an id made at a moment of the demo's weeks, after ``since`` if given."""
    now = datetime.now(UTC)
    earliest = since.generation_time if since else now - timedelta(weeks=DEMO_WEEKS)
    moment = earliest + (now - earliest) * chance.random()
    return ObjectId(int(moment.timestamp()).to_bytes(4) + chance.randbytes(8))


def demo_dreamer(chance, number, fields):
    """Return a dreamer who told everything, with a drawn face."""
    _id = demo_id(chance)
    email = f"{number}@dreamscape.test" if number else DEMO_EMAIL
    return fields | demo_picture(draw_face(chance)) | {
        "_id": _id, "email": email,
        "slug": add_slug("dreamers", _id, f"{fields['first_name']} {fields['last_name']}"),
        **{f"{name}_folded": list(map(fold_case, fields[name])) for name in TERM_FIELDS}}


def demo_dream(chance, dreamer, fields):
    """Return a dream with a drawn picture."""
    _id = demo_id(chance, dreamer["_id"])
    told = {key: fields[key] for key in ("title", "description", "topics")}
    picture = demo_picture(draw_landscape(chance, PALETTES[fields["palette"]]))
    return told | picture | {
        "_id": _id, "dreamer_id": dreamer["_id"], "comments_enabled": True,
        "slug": add_slug("dreams", _id, told["title"]), "picture_alt": fields["alt"],
        "words": dream_words(told, complete_dreamer(dreamer)["name"]),
        "once": idempotency_key(told["title"], told["description"], *told["topics"])}


def demo_comment(chance, dream, dreamer, body):
    """Return a comment on a dream."""
    return {"_id": demo_id(chance, dream["_id"]), "dream_id": dream["_id"], "body": body,
            "dreamer_id": dreamer["_id"], "once": idempotency_key(str(dreamer["_id"]), body)}


def demo_follows(chance, dreamers, dreams):
    """Return who follows what: edges to dreams of others, and to others."""
    edges = [({"dream_id": dream["_id"]}, dream["dreamer_id"], dreamer["_id"])
             for dreamer in dreamers for dream in chance.sample(dreams, chance.randrange(3, 14))]
    edges += [({"followed_id": other["_id"]}, other["_id"], dreamer["_id"])
              for dreamer in dreamers for other in chance.sample(dreamers, chance.randrange(1, 6))]
    return [target | {"dreamer_id": fan} for target, owner, fan in edges if owner != fan]


def demo_reactions(chance, dreamers, comments):
    """Return what others thought of the comments."""
    return [{"dreamer_id": dreamer["_id"], "comment_id": comment["_id"],
             "dream_id": comment["dream_id"],
             "value": chance.choices(("like", "dislike"), (9, 1))[0]}
            for comment in comments for dreamer in chance.sample(dreamers, chance.randrange(5))
            if dreamer["_id"] != comment["dreamer_id"]]


def count_demo(documents):
    """Put the counts, recent comments and scores into the demo's documents."""
    for owner, count, edges, key, only in COUNTS:
        counted = Counter(edge.get(key) for edge in documents[edges]
                          if all(edge.get(name) == only[name] for name in only))
        for document in documents[owner]:
            document[count] = counted[document["_id"]]
    for dream in documents["dreams"]:
        recent = sorted(comment["_id"] for comment in documents["comments"]
                        if comment["dream_id"] == dream["_id"])
        dream |= {"recent_comments": recent[-RECENT_COMMENTS:], "score": trend_score(dream)}


# Drawn pictures ##############################################################

DEMO_SIZE = (720, 480)  # pixels of a demo picture
PALETTES = {  # sky above, sky at the horizon, light, nearest hill
    "dawn": ("#3b3a6b", "#f6b08e", "#ffe3a8", "#2b2748"),
    "night": ("#0b1030", "#3a4a8a", "#f4f1d0", "#070a1c"),
    "sea": ("#3f8fc0", "#d8f0f2", "#fff6d0", "#0f4c66"),
    "forest": ("#7fb2a4", "#eef3cf", "#fff2b0", "#1d3b2a"),
    "desert": ("#e58a5b", "#fbdca0", "#fff4cf", "#6b2f2a"),
    "snow": ("#8aa4c8", "#f3eef5", "#ffffff", "#5a6f92"),
}


def demo_picture(image):
    """Store a drawn picture; return the fields that show it."""
    converted = convert.encode_versions(image)
    name = new_picture_name()
    store.add(name, converted)
    return {"picture": name, "picture_alt": "", "picture_width": converted[1],
            "picture_height": converted[2]}


def draw_landscape(chance, palette):
    """Return a picture of hills under a sky with one light in it."""
    (width, height), (above, horizon, light, hill) = DEMO_SIZE, palette
    sky = ImageOps.colorize(Image.linear_gradient("L").resize(DEMO_SIZE), above, horizon)
    draw = ImageDraw.Draw(sky)
    place = chance.randrange(width), chance.randrange(height // 5, height // 2)
    draw.circle(place, chance.randrange(height // 20, height // 7), fill=light)
    for layer, grey in enumerate((190, 130, 60, 0)):
        shade = ImageOps.colorize(Image.new("L", (1, 1), grey), hill, horizon).getpixel((0, 0))
        base = height * (0.55 + 0.11 * layer)
        waves = [(chance.uniform(2, 9), chance.uniform(0, math.tau)) for _ in range(3)]
        ridge = [(x, base + sum(height / 25 * math.sin(x / width * pace + start)
                                for pace, start in waves)) for x in range(0, width + 8, 8)]
        draw.polygon([(0, height), *ridge, (width, height)], fill=shade)
    return sky.filter(ImageFilter.GaussianBlur(1))


def draw_face(chance):
    """Return a friendly round face, all of circles."""
    above, horizon, light, hill = chance.choice(list(PALETTES.values()))
    face = Image.new("RGB", (480, 480), above)
    draw = ImageDraw.Draw(face)
    draw.circle((240, 520), 200, fill=hill)
    draw.circle((240, 230), 130, fill=light)
    hair = 180 + chance.randrange(-25, 5), 360 + chance.randrange(-5, 25)
    draw.chord((110, 90, 370, 330), *hair, fill=horizon)
    for x in (195, 285):
        draw.circle((x, 235), 12, fill=hill)
    draw.arc((190, 230, 290, 310), 30, 150, fill=hill, width=8)
    return face
