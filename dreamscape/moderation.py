"""Moderation: which acts are allowed, executing them, and the audit log."""
from datetime import UTC, datetime, timedelta

from dreamscape.comments import add_to_counts, find_comment, remove_comment, remove_from_counts
from dreamscape.database import add_subject, db, parse_id
from dreamscape.dreamers import complete_dreamer, find_dreamer
from dreamscape.dreams import find_dream, remove_dream
from dreamscape.help import close_offers, find_message, remove_message, reopen_offers
from dreamscape.log import log_event
from dreamscape.reports import REASON_LENGTH, REPORTS_PAGE, find_entries, label_of, remove_reports
from dreamscape.text import clean_text
from dreamscape.topics import clear_topics_cache
from dreamscape.visibility import (
    current_suspension, is_moderator, is_on_own, is_same, is_unconfirmed,
)

SUSPENSIONS = {"7": "A week", "30": "A month", "365": "A year", "for-good": "Permanently"}  # days
ACTS = {  # act: (label of its button, verb in the audit log)
    "hide": ("Hide", "hid"),
    "show": ("Show again", "unhid"),
    "delete": ("Delete permanently", "deleted"),
    "dismiss": ("Dismiss reports", "dismissed the reports about"),
    "suspend": ("Suspend %s", "suspended"),
    "restore": ("Unsuspend %s", "unsuspended"),
    "promote": ("Make %s a moderator", "gave moderator rights to"),
    "demote": ("Remove %s as moderator", "removed moderator rights from"),
    "make-admin": ("", "gave administrator rights to"),
    "remove-admin": ("", "removed administrator rights from"),
    "offer": ("", "offered"),
    "withdraw": ("", "stopped offering"),
}
CONTENT_ACTS = ("hide", "show", "delete", "dismiss")
DREAMER_ACTS = ("suspend", "restore")
ROLE_ACTS = ("promote", "demote")
COMMAND_LINE = {"_id": None, "role": "command line"}  # the actor of flask commands


def add_audit(actor, act, kind, document, reason, **more):
    """Add an audit entry: who does what to which document, and why."""
    owner = {"about_id": document["dreamer_id"]} if document.get("dreamer_id") else {}
    db.audit.insert_one({
        "dreamer_id": actor["_id"], "role": actor["role"], "act": act, "kind": kind,
        "target_id": document["_id"], "called": label_of(kind, document), "reason": reason,
        **owner, **more})


def set_audit_anonymous(dreamer):
    """Remove a dreamer's name, and the labels of their content, from the audit log."""
    db.audit.update_many({"target_id": dreamer["_id"]},
                         {"$set": {"called": "someone who has left"}})
    db.audit.update_many({"about_id": dreamer["_id"]}, {
        "$set": {"called": "of someone who has left"}, "$unset": {"about_id": ""}})


def add_audit_of_removal(viewer, kind, document, dream, reason):
    """Add an audit entry if the viewer deletes what isn't theirs, as a moderator."""
    if not is_on_own(viewer, document, dream):
        reason = clean_text(reason)[:REASON_LENGTH]
        add_audit(viewer, "delete", kind, document, reason or "Deleted from its page.")


def set_hidden(kind, document, reason, role=None):
    """Hide a dream, a comment or a message, or unhide it if the reason is None.

    role: of who hides it. If another role hid it concurrently it stays hidden.
    """
    if reason:
        before, change = {"hidden": None}, {"$set": {"hidden": reason, "hidden_role": role}}
    else:
        before = {"hidden": {"$ne": None}, "hidden_role": document["hidden_role"]}
        change = {"$unset": {"hidden": "", "hidden_role": ""}}
    query = {"_id": document["_id"]} | before
    changed = db[f"{kind}s"].update_one(query, change).modified_count
    if role == "administrator" and not changed:
        # Already hidden: from now on only an administrator can unhide it.
        db[f"{kind}s"].update_one({"_id": document["_id"], "hidden": {"$ne": None}}, change)
    if changed and kind == "comment":
        update_dream = remove_from_counts if reason else add_to_counts
        update_dream(document)
    if changed and kind == "dream":
        update_offers = close_offers if reason else reopen_offers
        update_offers(document["_id"])


def set_suspended(dreamer, reason, days):
    """Suspend a dreamer and end all sign-ins, or unsuspend them if the reason is None."""
    until = None if days == "for-good" else datetime.now(UTC) + timedelta(days=int(days))
    change = ({"$set": {"suspended": {"until": until, "reason": reason}, "sign_ins": []}}
              if reason else {"$unset": {"suspended": ""}})
    db.dreamers.update_one({"_id": dreamer["_id"]}, change)
    log_event("suspended" if reason else "suspension_lifted", dreamer_id=dreamer["_id"])


def set_role(dreamer, before, role):
    """Change a dreamer's role, unless it was changed concurrently."""
    db.dreamers.update_one({"_id": dreamer["_id"], "role": before}, {"$set": {"role": role}})
    log_event("role_given", dreamer_id=dreamer["_id"], role=role)


def find_case(viewer, kind, document_id):
    """Return {kind, document, dreamer, reports} for moderating a document, or None.

    dreamer: its owner, or None. reports: the newest; [] if the viewer is the owner.
    """
    find = {"dream": find_dream, "comment": find_comment, "dreamer": find_dreamer,
            "message": find_message}[kind]
    # Messages are private until one of the two reports one.
    only = {"reported": True} if kind == "message" else {}
    document = find({"_id": parse_id(document_id)} | only)
    if not document:
        return None
    dreamer = document if kind == "dreamer" else find_dreamer({"_id": document["dreamer_id"]})
    reports = [] if dreamer and is_same(viewer, dreamer["_id"]) else find_entries(
        "reports", {"target_id": document["_id"]}, REPORTS_PAGE)
    return {"kind": kind, "document": document, "dreamer": dreamer, "reports": reports}


def may_unhide(viewer, document):
    """Return whether the viewer may unhide a document: not if a higher role hid it.

    If hidden_role is missing, in old documents, it may have been an administrator.
    """
    return (not document["hidden"] or document["hidden_role"] == "moderator"
            or viewer["role"] == "administrator")


def allowed_acts(viewer, case):
    """Return the acts that the viewer may execute in a case; none on their own content."""
    dreamer, is_administrator = case["dreamer"], viewer["role"] == "administrator"
    if dreamer and is_same(viewer, dreamer["_id"]):
        return []
    is_dreamer = case["kind"] == "dreamer"
    acts = [] if is_dreamer else [act for act in CONTENT_ACTS
                                  if act != "show" or may_unhide(viewer, case["document"])]
    # Only administrators act on moderators, and only the command line on administrators.
    if dreamer and dreamer["role"] != "administrator" and (
            is_administrator or not is_moderator(dreamer)):
        acts += DREAMER_ACTS
        may_promote = is_administrator and is_dreamer and not is_unconfirmed(dreamer)
        acts += ROLE_ACTS if may_promote else ()
    return acts


def offered_acts(viewer, case):
    """Return the allowed acts that would change something."""
    hidden, dreamer = case["document"].get("hidden"), case["dreamer"] or complete_dreamer({})
    role, suspended = dreamer["role"], current_suspension(dreamer)
    no_effect = {"hide": hidden, "show": not hidden, "dismiss": not case["reports"],
                 "suspend": suspended, "restore": not suspended,
                 "promote": role or suspended, "demote": not role}
    return [act for act in allowed_acts(viewer, case) if not no_effect.get(act)]


def execute_act(viewer, case, act, reason, days):
    """Execute a moderator's act, add it to the audit log, and close the reports."""
    kind, document, dreamer = case["kind"], case["document"], case["dreamer"]
    # The audit entry first: an interrupted act may be logged, but none is missing.
    if act in CONTENT_ACTS:
        add_audit(viewer, act, kind, document, reason)
    else:
        add_audit(viewer, act, "dreamer", dreamer, reason, days=days if act == "suspend" else "")
    match act:
        case "hide" | "show":
            set_hidden(kind, document, reason if act == "hide" else None, viewer["role"])
        case "delete":
            remove = {"dream": remove_dream, "comment": remove_comment, "message": remove_message}
            remove[kind](document)
        case "suspend" | "restore":
            set_suspended(dreamer, reason if act == "suspend" else None, days)
        case "promote":
            set_role(dreamer, None, "moderator")
        case "demote":
            set_role(dreamer, "moderator", None)
    remove_reports(document["_id"])


def set_topic(viewer, slug, fields):
    """Add or update a topic, and add an audit entry; other workers reload within a minute."""
    topic = {"_id": slug, "name": fields["name"], "offered": fields["offered"]}
    act = "offer" if topic["offered"] else "withdraw"
    add_audit(viewer, act, "topic", topic, fields["reason"])
    db.topics.replace_one({"_id": slug}, topic, upsert=True)
    clear_topics_cache()


# Audit entries stay, anonymised.
add_subject("audit", when_leaving=set_audit_anonymous)
