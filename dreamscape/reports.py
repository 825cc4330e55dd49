"""The site's rules, reports about what people wrote, and pages of reports and the audit log."""
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pymongo.errors import DuplicateKeyError

from dreamscape.database import (
    AUTHOR_FIELDS, JOIN_AUTHOR, NEWEST_FIRST, complete, db, find_with_authors, page_stages,
    parse_cursor, split_page,
)
from dreamscape.dreamers import complete_author
from dreamscape.repairs import remove_dangling_edges
from dreamscape.subjects import SUBJECTS, add_subject
from dreamscape.together import find_together
from dreamscape.visibility import is_unconfirmed, private_query

REASON_LENGTH = 500  # characters
LABEL_LENGTH = 100  # characters of a comment that serve as its label
WORD_LABELS = {"picture_alt": "Picture: ", "needs": "Needs: ", "skills": "Skill: ",
               "experiences": "Experience: ", "thanks": "Thanks: "}
THANKS_IN_CASE = 50  # the newest public thanks of a dream, which are moderated with it
REPORTS_PAGE = 20  # reports, or audit entries
REPORTER_AGE = timedelta(days=7)  # least age of an account whose reports count towards hiding
MAX_COUNTED_REPORTS = 99  # in the badge of the moderators' menu
REPORT_FIELDS = dict.fromkeys(
    ("dreamer_id", "kind", "target_id", "about_id", "called", "rule", "reason", "role", "act",
     "days", "words", "answer", "decision_id"), 1) | AUTHOR_FIELDS
REPORT_DEFAULTS = {"kind": "dream", "target_id": "unknown", "called": "", "rule": "", "reason": "",
                   "role": "", "act": "", "days": "", "dreamer_id": None, "about_id": None,
                   "words": "", "answer": "", "decision_id": None}


class Rule(NamedTuple):
    """A rule of the site: its title, and the sentence that explains it."""

    title: str
    sentence: str


RULES = {  # id, the anchor on /rules and what a report stores: Rule
    "kindness": Rule("Be kind", "Everyone here is hoping for something. Disagree if you need to, "
                     "but don't insult, mock or threaten anyone."),
    "respect": Rule("Respect everyone", "No hatred of people for who they are, where they come "
                    "from, what they believe or who they love."),
    "privacy": Rule("Keep private things private", "Don't share other people's addresses, phone "
                    "numbers, messages or pictures without asking them."),
    "honesty": Rule("Be yourself", "Don't pretend to be someone else, and don't use several "
                    "accounts to look like several people."),
    "scams": Rule("No ads, no scams", "Don't advertise, don't post the same thing over and over, "
                  "and never ask for passwords or bank details."),
    "authorship": Rule("Share what's yours", "Only post words and pictures that you made or are "
                       "allowed to use."),
    "safety": Rule("Keep people safe", "No sexual content, no violence, and nothing that "
                   "encourages anyone to hurt themselves or others."),
    "law": Rule("Stay within the law", "Nothing that's against the law, and no help with it."),
}
OTHER_RULE = "other"  # of a report that is about none of them
RULE_CHOICES = {name: rule.title for name, rule in RULES.items()} | {OTHER_RULE: "Something else"}


def label_of(kind, document):
    """Return a label for a document, which is stored in case the document is deleted."""
    if kind in ("comment", "message", "update"):
        return document["body"][:LABEL_LENGTH]
    return document["title" if kind == "dream" else "name"]


def words_of(kind, document):
    """Return the texts of a document that moderators read, as one, without its title or name."""
    return "\n\n".join(f"{WORD_LABELS.get(name, '')}{text}"
                       for name in SUBJECTS[f"{kind}s"].moderated if name != "title"
                       for text in texts_of(document.get(name)))


def thanks_stages(dream_id):
    """Return the stages for the texts of a dream's public thanks, newest first."""
    query = {"dream_id": dream_id, "thanks_hidden": False}
    return [*page_stages(query, NEWEST_FIRST, THANKS_IN_CASE), {"$project": {"thanks": 1}}]


def with_thanks(dream, offers):
    """Return a dream with ``thanks``, the texts of its thanks, for words_of."""
    return dream | {"thanks": [offer.get("thanks") for offer in offers]}


def find_words(kind, document):
    """Return words_of a document; for a dream its public thanks are included."""
    if kind == "dream":
        document = with_thanks(document, db.offers.aggregate(thanks_stages(document["_id"])))
    return words_of(kind, document)


def texts_of(value):
    """Return the texts in a field's value: a text, None, or a list of texts or needs."""
    values = value if isinstance(value, list) else [value]
    return [each["text"] if isinstance(each, dict) else each for each in values if each]


def holds_other_words(entry, kind, document):
    """Return whether a document's texts were changed since a report or decision stored them.

    False if the person it is about has left: then it has no texts any more.
    """
    return bool(entry["about_id"]) and (
        entry["called"] != label_of(kind, document)
        or entry["words"] not in ("", words_of(kind, document)))


def is_counted_reporter(dreamer):
    """Return whether a dreamer's reports count towards the number that hides something."""
    is_old = dreamer["_id"].generation_time <= datetime.now(UTC) - REPORTER_AGE
    return is_old and not is_unconfirmed(dreamer)


def find_report(dreamer, target):
    """Return a dreamer's open report about a target, or None."""
    return db.reports.find_one({"dreamer_id": dreamer["_id"], "target_id": target["_id"]})


def add_report(dreamer, kind, target, reason, rule=OTHER_RULE):
    """Add a dreamer's only report about a target; False if the target was deleted meanwhile.

    It stores the target's texts, with a dream's public thanks: moderators can read these until they
    decide, even if the target is edited, deleted or made private.
    rule: a key of RULE_CHOICES.
    """
    report = {"dreamer_id": dreamer["_id"], "kind": kind, "target_id": target["_id"],
              "about_id": target.get("dreamer_id") or "",
              "called": label_of(kind, target), "rule": rule, "reason": reason,
              "words": find_words(kind, target),
              **({"weighs": True} if is_counted_reporter(dreamer) else {})}
    with suppress(DuplicateKeyError):
        db.reports.insert_one(report)
    if set_reported(kind, target["_id"]):
        return True
    # Other reports stay: they were made before the target was deleted.
    db.reports.delete_one({"_id": report["_id"]})
    return False


def set_reported(kind, target_id):
    """Note on a message that it was reported; return whether a reported document still exists.

    From then on moderators may read the message.
    """
    if kind == "message":
        change = {"$set": {"reported": True}}
        return db.messages.update_one({"_id": target_id}, change).matched_count
    return db[f"{kind}s"].find_one({"_id": target_id}, {"_id": 1})


def add_answer(dreamer, decision, text):
    """Add a dreamer's answer to a decision to the reports, instead of one on the same target."""
    own = {"target_id": decision["target_id"], "dreamer_id": dreamer["_id"]}
    answer = {key: decision[key] for key in ("kind", "about_id", "called")}
    db.reports.update_one(own, {"$set": answer | {"reason": text, "decision_id": decision["_id"]}},
                          upsert=True)


def remove_reports(target_id):
    """Close all reports about a target, and answers to decisions on it, by deleting them."""
    db.reports.delete_many({"target_id": target_id})


def count_open_reports(viewer):
    """Return the number of reports, without those about the viewer's own content.

    Counts up to MAX_COUNTED_REPORTS from the index on about_id.
    """
    reports = db.reports.find({"about_id": {"$ne": viewer["_id"]}}, {"_id": 1}).sort("about_id")
    return len(list(reports.limit(MAX_COUNTED_REPORTS)))


def complete_entry(entry):
    """Return an entry of "reports" or "audit" with its author, and defaults for missing keys."""
    return complete(entry, REPORT_DEFAULTS) | {"created_at": entry["_id"].generation_time,
                                               "author": complete_author(entry)}


def find_case_entries(target_id, dream_id):
    """Return {reports, decisions, is_private, thanks} of a target: the newest, in one call.

    dream_id: of the dream that is the target, or that it belongs to. is_private: whether that
    dream is private. thanks: the offers with public thanks, if it is a dream.
    """
    stages = [*page_stages({"target_id": target_id}, NEWEST_FIRST, REPORTS_PAGE), JOIN_AUTHOR,
              {"$project": REPORT_FIELDS}]
    private = [{"$match": private_query(dream_id)}, {"$project": {"_id": 1}}]
    found = find_together({"reports": ("reports", stages), "decisions": ("audit", stages),
                           "private": ("dreams", private),
                           "thanks": ("offers", thanks_stages(target_id))})
    return {"reports": list(map(complete_entry, found["reports"])),
            "decisions": list(map(complete_entry, found["decisions"])),
            "is_private": bool(found["private"]), "thanks": found["thanks"]}


def find_entries_page(collection, cursor):
    """Return (entries, cursor): a page of "reports" or "audit"."""
    entries = find_with_authors(collection, parse_cursor(cursor, NEWEST_FIRST), NEWEST_FIRST,
                                REPORTS_PAGE + 1, REPORT_FIELDS)
    return split_page(list(map(complete_entry, entries)), REPORTS_PAGE)


def find_reports_page(viewer, cursor):
    """Return (reports, cursor): a page without reports about the viewer's own content.

    Filtered after reading: as a query it might scan the whole collection.
    """
    reports, cursor = find_entries_page("reports", cursor)
    return [report for report in reports if report["about_id"] != viewer["_id"]], cursor


def remove_reports_of(dreamer):
    """Delete a dreamer's reports, and those about them or what they wrote, except comments.

    Comments stay when their author leaves: see set_reports_anonymous.
    """
    db.reports.delete_many({"dreamer_id": dreamer["_id"]})
    remove_reports(dreamer["_id"])
    db.reports.delete_many({"about_id": dreamer["_id"], "kind": {"$ne": "comment"}})


def set_reports_anonymous(dreamer):
    """Remove a dreamer and their words from reports about their comments, which stay.

    Reports about comments that don't stay are deleted.
    """
    about = {"about_id": dreamer["_id"], "kind": "comment"}
    remove_dangling_edges("reports", about, "target_id", "comments")
    db.reports.update_many(about, {
        "$set": {"about_id": "", "called": "of someone who has left"}, "$unset": {"words": ""}})


# Without of_dream: a report stays for moderators when the dream it is about is deleted.
add_subject("reports", exported=True, when_leaving=remove_reports_of)
