"""Reports about dreams and comments, and the pages of reports and of the log."""
from contextlib import suppress

from pymongo.errors import DuplicateKeyError

from dreamscape.database import (
    AUTHOR_FIELDS, NEWEST_FIRST, add_subject, complete, db, find_with_authors, parse_cursor,
    split_page,
)
from dreamscape.dreamers import complete_author

REASON_LENGTH = 500  # characters
CALLED_LENGTH = 100  # characters of a comment that tell which one it was
REPORTS_PAGE = 20  # reports, or entries of the log
COUNTED_REPORTS = 99  # the most that the menu of a moderator counts
REPORT_FIELDS = dict.fromkeys(
    ("dreamer_id", "kind", "target_id", "about_id", "called", "reason", "role", "act", "days"),
    1) | AUTHOR_FIELDS
REPORT_DEFAULTS = {"kind": "dream", "target_id": "unknown", "called": "", "reason": "", "role": "",
                   "act": "", "days": "", "dreamer_id": None, "about_id": None}


def called(kind, document):
    """Return what a thing is called in words, once it may be gone."""
    if kind == "comment":
        return document["body"][:CALLED_LENGTH]
    return document["title" if kind == "dream" else "name"]


def add_report(dreamer, kind, target, reason):
    """Keep what a dreamer says of a thing, once while it is open; False if the thing is gone."""
    report = {"dreamer_id": dreamer["_id"], "kind": kind, "target_id": target["_id"],
              "dream_id": target.get("dream_id") or target["_id"],
              "about_id": target.get("dreamer_id") or "",
              "called": called(kind, target), "reason": reason}
    with suppress(DuplicateKeyError):
        db.reports.insert_one(report)
    if db[f"{kind}s"].find_one({"_id": target["_id"]}, {"_id": 1}):
        return True
    remove_reports(target["_id"])
    return False


def remove_reports(target_id):
    """Close all reports about a thing."""
    db.reports.delete_many({"target_id": target_id})


def count_open_reports(viewer):
    """Return how many reports are open but for those about the viewer's own, up to a limit.

    Of the index on about_id COUNTED_REPORTS entries are read, however many are left out.
    """
    found = db.reports.find({"about_id": {"$ne": viewer["_id"]}}, {"_id": 1}).sort("about_id")
    return len(list(found.limit(COUNTED_REPORTS)))


def find_entries(collection, query, size):
    """Return at most ``size`` complete reports, or entries of the log, newest first."""
    return [complete(entry, REPORT_DEFAULTS) | {"created_at": entry["_id"].generation_time,
                                                "author": complete_author(entry)}
            for entry in find_with_authors(collection, query, NEWEST_FIRST, size, REPORT_FIELDS)]


def find_entries_page(collection, cursor):
    """Return (entries, cursor) of all reports or of the log."""
    position = parse_cursor(cursor, NEWEST_FIRST)
    return split_page(find_entries(collection, position, REPORTS_PAGE + 1), REPORTS_PAGE)


def find_reports_page(viewer, cursor):
    """Return (reports, cursor) without those about the viewer's own.

    They are left out once the page is read: a query that skips them might read them all.
    """
    reports, cursor = find_entries_page("reports", cursor)
    return [report for report in reports if report["about_id"] != viewer["_id"]], cursor


def remove_reports_of(dreamer):
    """Delete the reports of a dreamer who leaves; those about what was theirs forget whose."""
    db.reports.delete_many({"dreamer_id": dreamer["_id"]})
    db.reports.update_many({"about_id": dreamer["_id"]}, {"$set": {"about_id": ""}})


add_subject("reports", exported=True, of_dream="dream_id", when_leaving=remove_reports_of)
