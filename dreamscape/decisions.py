"""Moderators' decisions, for the people whom they concern: telling, reading, one answer.

A decision is an entry of the audit log. Nothing here says who decided, or who reported anything.
"""
from dreamscape.database import db
from dreamscape.notifications import notify
from dreamscape.reports import add_answer, complete_entry
from dreamscape.visibility import is_same

DECISIONS = {  # act: what it says to whom it concerns, with the kind of the thing
    "hide": "We hid your %s",
    "show": "Your %s is visible again",
    "dismiss": "Your %s is visible again",
    "delete": "We deleted your %s",
    "suspend": "We suspended your account",
    "restore": "Your account works again",
}


def notify_of_decision(audit_id, act, dreamer_id):
    """Tell a dreamer of a decision about them, if its act is in DECISIONS; None has left."""
    if dreamer_id and act in DECISIONS:
        notify("moderation", dreamer_id, {"audit_id": audit_id}, None)


def decision_title(decision):
    """Return what was decided, in words for whom it concerns."""
    sentence = DECISIONS[decision["act"]]
    return sentence % decision["kind"] if "%s" in sentence else sentence


def find_decision(viewer, decision_id):
    """Return the decision about the viewer or something of theirs with an id, or None."""
    entry = db.audit.find_one({"_id": decision_id})
    is_told = entry and entry.get("act") in DECISIONS and is_same(viewer, entry.get("about_id"))
    return complete_entry(entry) if is_told else None


def set_answer(viewer, decision, text):
    """Answer a decision, and put it among the open reports; False if it was answered before."""
    if decision["answer"]:
        return False
    # The report first: if this is interrupted, the same answer can be sent again.
    add_answer(viewer, decision, text)
    unanswered = {"_id": decision["_id"], "answer": None}
    return bool(db.audit.update_one(unanswered, {"$set": {"answer": text}}).modified_count)
