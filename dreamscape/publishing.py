"""Public dreams for other programs: Atom feeds (RFC 4287) and the sitemap.

Paths are those of app.py's pages. Nothing here depends on the viewer: see is_public.
"""
import html
import threading
from datetime import UTC, datetime

from dreamscape.database import BATCH, NEWEST_FIRST, STORY, all_of, db, find_batches
from dreamscape.dreamers import complete_dreamer
from dreamscape.dreams import complete_dream, find_dreams
from dreamscape.settings import absolute_url
from dreamscape.topics import is_topic, topic_name
from dreamscape.updates import complete_update
from dreamscape.visibility import is_public, is_public_dreamer, listed_query


# Atom feeds ##################################################################

FEED_ENTRIES = 20
FEED_SCANS = 5  # queries at most, if many dreams are not public
EPOCH = datetime.fromtimestamp(0, UTC)  # the time of the last change of a feed without entries


def find_public_dreams(query):
    """Return the newest public dreams of a query, complete, at most FEED_ENTRIES."""
    dreams, position = [], {}
    for _ in range(FEED_SCANS):
        page = find_dreams(all_of(query, listed_query(), position), NEWEST_FIRST, FEED_ENTRIES)
        dreams += filter(is_public, page)
        if len(page) < FEED_ENTRIES or len(dreams) >= FEED_ENTRIES:
            break
        position = {"_id": {"$lt": page[-1]["_id"]}}
    return dreams[:FEED_ENTRIES]


def dream_entry(dream):
    """Return a dream as an entry of a feed.

    Its id is the address by _id, which stays valid when the title and so the slug change.
    """
    return {"id": f"/dreams/{dream['_id']}", "path": f"/dreams/{dream['slug']}", "dream": dream,
            "title": dream["title"], "text": dream["description"], "picture": dream,
            "published": dream["created_at"], "updated": dream["edited_at"] or dream["created_at"]}


def update_entry(dream, update):
    """Return an update of a dream, or its story, as an entry of a feed."""
    is_story, entry = update["state"] == STORY, dream_entry(dream)
    fragment = f"#{'story' if is_story else 'update'}-{update['_id']}"
    return entry | {
        "id": entry["id"] + fragment, "path": entry["path"] + ("#story" if is_story else fragment),
        "title": f"{'It came true' if is_story else 'Update'}: {dream['title']}",
        "text": update["body"], "picture": update, "published": update["created_at"],
        "updated": update["edited_at"] or update["created_at"]}


def make_feed(title, path, page, entries, own_id=None):
    """Return the context of feed.xml.

    path, page: the paths of the feed and of the page that it is about. own_id: a path for the
    feed's id, which must never change; ``path`` if that doesn't.
    """
    return {"title": title, "path": path, "page": page, "own_id": own_id or path,
            "entries": entries,
            "updated": max((entry["updated"] for entry in entries), default=EPOCH)}


def find_site_feed(_):
    """Return the feed of the newest dreams."""
    dreams = find_public_dreams({})
    return make_feed("Dreamscape: newest dreams", "/feed.atom", "/dreamscape",
                     [*map(dream_entry, dreams)])


def find_topic_feed(topic):
    """Return the feed of a topic's newest dreams, by its slug; None if it is unknown."""
    if not is_topic(topic):
        return None
    dreams = find_public_dreams({"topics": topic})
    return make_feed(f"Dreamscape: {topic_name(topic)}", f"/topics/{topic}/feed.atom",
                     f"/dreamscape?topic={topic}", [*map(dream_entry, dreams)])


def find_dreamer_feed(dreamer):
    """Return the feed of a dreamer's newest dreams; None if they aren't public."""
    if not is_public_dreamer(dreamer):
        return None
    dreams = find_public_dreams({"dreamer_id": dreamer["_id"]})
    page = f"/dreamers/{dreamer['slug']}"
    return make_feed(f"Dreams of {dreamer['name']}", f"{page}/feed.atom", page,
                     [*map(dream_entry, dreams)], f"/dreamers/{dreamer['_id']}/feed.atom")


def find_dream_feed(dream):
    """Return the feed of a dream: its newest updates, then itself; None if it isn't public."""
    if not is_public(dream):
        return None
    written = {"dream_id": dream["_id"], "body": {"$nin": ["", None]}} | listed_query()
    if dream["state"] != STORY:  # its page doesn't show the story then
        written["state"] = {"$ne": STORY}
    updates = db.updates.find(written).sort(NEWEST_FIRST).limit(FEED_ENTRIES)
    entry = dream_entry(dream)
    entries = [update_entry(dream, complete_update(update)) for update in updates]
    return make_feed(dream["title"], f"{entry['path']}/feed.atom", entry["path"],
                     [*entries, entry], f"{entry['id']}/feed.atom")


# {endpoint: function(document or slug of the path): the context of feed.xml, or None}.
FEEDS = {"feed": find_site_feed, "topic_feed": find_topic_feed,
         "dreamer_feed": find_dreamer_feed, "dream_feed": find_dream_feed}


# Sitemap #####################################################################

# Batches of documents in a file of the sitemap. With a hundred pages and topics these are fewer
# than 10,000 addresses, and less than 2 MB.
FILE_BATCHES = 19
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
# {collection: the _id after which each of its files starts, None for the first}. Documents are
# added at the end, so a start never changes: a worker reads a collection once, later only its end.
file_starts = {}
starts_lock = threading.Lock()


def address_element(path, changed_at=None):
    """Return the <url> element of a path, with the time of its last change if that is known."""
    changed = f"<lastmod>{changed_at.isoformat()}</lastmod>" if changed_at else ""
    return f"<url><loc>{html.escape(absolute_url(path))}</loc>{changed}</url>"


def find_dream_elements(batch):
    """Return the <url> elements of the public dreams of a batch."""
    authors = db.dreamers.find({"_id": {"$in": [dream.get("dreamer_id") for dream in batch]}},
                               {"suspended": 1, "ends_at": 1})
    by_id = {author["_id"]: [author] for author in authors}
    dreams = (complete_dream(dream | {"author": by_id.get(dream.get("dreamer_id"))})
              for dream in batch)
    entries = (dream_entry(dream) for dream in dreams if is_public(dream))
    return [address_element(entry["path"], entry["updated"]) for entry in entries]


def find_dreamer_elements(batch):
    """Return the <url> elements of the public dreamers of a batch who have a dream."""
    groups = db.dreams.aggregate([
        {"$match": listed_query() | {"dreamer_id": {"$in": [dreamer["_id"] for dreamer in batch]}}},
        {"$group": {"_id": "$dreamer_id"}}])
    with_dream = {group["_id"] for group in groups}
    return [address_element(f"/dreamers/{dreamer['slug']}") for dreamer in map(
        complete_dreamer, batch) if dreamer["_id"] in with_dream and is_public_dreamer(dreamer)]


# {collection: (projection, function(batch): its <url> elements)}.
IN_SITEMAP = {
    "dreams": (dict.fromkeys(("slug", "dreamer_id", "hidden", "audience", "edited_at"), 1),
               find_dream_elements),
    "dreamers": (dict.fromkeys(("slug", "suspended", "ends_at"), 1), find_dreamer_elements),
}


def find_file_elements(collection, after=None):
    """Yield the elements of one file of the sitemap: those after an _id of a collection."""
    fields, find_elements = IN_SITEMAP[collection]
    query = {"_id": {"$gt": after}} if after else {}
    for _, batch in zip(range(FILE_BATCHES), find_batches(collection, query, fields), strict=False):
        yield from find_elements(batch)


def find_file_starts(collection):
    """Return the _ids after which the files of a collection start, None for the first.

    If documents were deleted since, a file goes on into the next one: some are in both.
    """
    with starts_lock:
        starts = file_starts.setdefault(collection, [None])
        query = {"_id": {"$gt": starts[-1]}} if starts[-1] else {}
        for number, batch in enumerate(find_batches(collection, query, {"_id": 1}), 1):
            if number % FILE_BATCHES == 0 and len(batch) == BATCH:
                starts.append(batch[-1]["_id"])
        return [*starts]


def find_sitemap(pages, collection=None, after=None):
    """Return the XML of the sitemap: an index of files if it needs more than one, or a file.

    collection, after: which file. pages: paths that are in no collection; each file has them,
    because an empty one would be invalid.
    """
    if collection:
        return url_set([*map(address_element, pages), *find_file_elements(collection, after)])
    if sum(db[each].estimated_document_count() for each in IN_SITEMAP) > FILE_BATCHES * BATCH:
        return find_sitemap_index()
    elements = [element for each in IN_SITEMAP for element in find_file_elements(each)]
    return url_set([*map(address_element, pages), *elements])


def url_set(elements):
    """Return a file of the sitemap."""
    return f'<?xml version="1.0" encoding="utf-8"?>\n<urlset {XMLNS}>{"".join(elements)}</urlset>\n'


def find_sitemap_index():
    """Return the index of the sitemap's files."""
    paths = [f"/sitemap.xml?of={each}" + (f"&after={start}" if start else "")
             for each in IN_SITEMAP for start in find_file_starts(each)]
    files = "".join(f"<sitemap><loc>{html.escape(absolute_url(path))}</loc></sitemap>"
                    for path in paths)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<sitemapindex {XMLNS}>{files}</sitemapindex>\n'
