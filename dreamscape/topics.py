"""The site's topics: the defaults, moderators' changes in the database, and a cache of both."""
import time

from slugify import slugify

from dreamscape.database import complete, db
from dreamscape.slugs import SLUG_LENGTH
from dreamscape.subjects import add_subject

TOPICS = {
    "adventure": "Adventure", "arts": "Arts and crafts", "community": "Community",
    "family": "Family and friends", "health": "Health", "home": "Home and garden",
    "learning": "Learning", "music": "Music", "nature": "Nature and animals",
    "sport": "Sport", "technology": "Technology", "travel": "Travel", "work": "Work and business",
    "writing": "Writing",
}
MAX_TOPICS = 100
TOPICS_CACHE_TTL = 60  # seconds until a worker sees the changes made in another
TOPIC_DEFAULTS = {"name": "A topic", "offered": True}
DEFAULT_TOPICS = {slug: {"name": name, "offered": True} for slug, name in TOPICS.items()}
topics_cache = {"until": 0.0, "topics": DEFAULT_TOPICS}  # until: by time.monotonic()


def clear_topics_cache():
    """Expire this worker's cache; the others' expire within TOPICS_CACHE_TTL."""
    topics_cache["until"] = 0.0


def find_topics(fresh=False):
    """Return {slug: {name, offered}} of all topics; ``fresh`` bypasses the cache."""
    if fresh or time.monotonic() > topics_cache["until"]:
        changed = {topic["_id"]: complete(topic, TOPIC_DEFAULTS)
                   for topic in db.topics.find(limit=MAX_TOPICS)}
        topics_cache.update(until=time.monotonic() + TOPICS_CACHE_TTL,
                            topics=DEFAULT_TOPICS | changed)
    return topics_cache["topics"]


def offered_topics():
    """Return {slug: name} of the topics that forms offer."""
    return {slug: topic["name"] for slug, topic in find_topics().items() if topic["offered"]}


def is_topic(slug):
    """Return whether a slug is a topic's, offered or not."""
    return slug in find_topics()


def topic_name(slug):
    """Return a topic's name; an unknown slug is returned unchanged."""
    return find_topics().get(slug, {"name": slug})["name"]


def new_topic_slug(name):
    """Return the slug for a new topic; None if it exists or there are MAX_TOPICS."""
    slug, topics = slugify(name, max_length=SLUG_LENGTH), find_topics(fresh=True)
    return None if not slug or slug in topics or len(topics) >= MAX_TOPICS else slug


add_subject("topics")
