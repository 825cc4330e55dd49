"""The site's topics, and what moderators made of them."""
import time

from slugify import slugify

from dreamscape.database import add_subject, complete, db
from dreamscape.slugs import SLUG_LENGTH

TOPICS = {
    "adventure": "Adventure", "arts": "Arts and crafts", "community": "Community",
    "family": "Family and friends", "health": "Health", "home": "Home and garden",
    "learning": "Learning", "music": "Music", "nature": "Nature and animals",
    "sport": "Sport", "technology": "Technology", "travel": "Travel", "work": "Work and business",
    "writing": "Writing",
}
TOPICS_MAX = 100
TOPICS_CACHE_TTL = 60  # seconds after which a worker looks for what another has changed
TOPIC_DEFAULTS = {"name": "A topic", "offered": True}
DEFAULT_TOPICS = {slug: {"name": name, "offered": True} for slug, name in TOPICS.items()}
topics_cache = {"until": 0.0, "topics": DEFAULT_TOPICS}  # what find_topics knows, until when


def clear_topics_cache():
    """Read the topics anew at the next look; other workers do within TOPICS_CACHE_TTL."""
    topics_cache["until"] = 0.0


def find_topics(now=False):
    """Return {slug: {name, offered}} of all topics, as they are now or were a minute ago."""
    if now or time.monotonic() > topics_cache["until"]:
        changed = {topic["_id"]: complete(topic, TOPIC_DEFAULTS)
                   for topic in db.topics.find(limit=TOPICS_MAX)}
        topics_cache.update(until=time.monotonic() + TOPICS_CACHE_TTL, topics=DEFAULT_TOPICS | changed)
    return topics_cache["topics"]


def offered_topics():
    """Return {slug: name} of the topics that people may choose."""
    return {slug: topic["name"] for slug, topic in find_topics().items() if topic["offered"]}


def is_topic(slug):
    """Return whether this is or was one of the site's topics."""
    return slug in find_topics()


def topic_name(slug):
    """Return what a topic is called; a slug that is none is called by itself."""
    return find_topics().get(slug, {"name": slug})["name"]


def new_topic_slug(name):
    """Return the slug of a new topic, or None where there is such a topic, or enough of them."""
    slug, topics = slugify(name, max_length=SLUG_LENGTH), find_topics(now=True)
    return None if not slug or slug in topics or len(topics) >= TOPICS_MAX else slug


add_subject("topics")
