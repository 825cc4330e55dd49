"""Visits of the feed: which dreams are new since the last one, and the view that was seen last.

Both are stored in the session, a mapping that is passed in: no database call is needed.
"""
from dreamscape.feed import FEED_VIEWS

SILENCE = 1_800  # seconds without a page of the feed, after which the next one is a new visit
# Keys of the session. A visit: {"at": seconds, "newest": an _id, "before": that of the last visit}.
VISIT_KEY, VIEW_KEY = "visit", "view"


def note_view(viewer, view, memory):
    """Note the view that was asked for: the navigation leads back to it."""
    if viewer and view in FEED_VIEWS and memory.get(VIEW_KEY) != view:
        memory[VIEW_KEY] = view


def count_new(viewer, feed, cursor, dreams, memory, now):
    """Return how many of a page's dreams are newer than the viewer's visit before this one.

    0 unless older ones follow on this page, or for a feed that isn't the newest of all. now:
    seconds. A visit ends after SILENCE, so that a reload or a second tab changes nothing.
    """
    if not viewer or not dreams or feed["view"] != "latest" or feed["q"] or feed["topic"]:
        return 0
    ids = [str(dream["_id"]) for dream in dreams if not dream.get("is_waiting")]
    visit = memory.get(VISIT_KEY)
    visit = visit if isinstance(visit, dict) and isinstance(visit.get("at"), int) else {"at": 0}
    if now - visit["at"] > SILENCE:
        visit = {"before": visit.get("newest")}
    newest = max([visit.get("newest") or "", *ids[:0 if cursor else None]])
    memory[VISIT_KEY] = visit | {"at": now, "newest": newest}
    before = visit.get("before")
    new = sum(each > before for each in ids) if before else 0
    return new if new < len(ids) else 0
