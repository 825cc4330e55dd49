"""What moderators do, and the log of it."""
from datetime import UTC, datetime, timedelta

from dreamscape.comments import find_comment, recount_comment, remove_comment, uncount_comment
from dreamscape.database import add_subject, db, parse_id
from dreamscape.dreamers import complete_dreamer, find_dreamer
from dreamscape.dreams import find_dream, remove_dream
from dreamscape.log import log_event
from dreamscape.reports import REASON_LENGTH, REPORTS_PAGE, called, find_entries, remove_reports
from dreamscape.text import clean_text
from dreamscape.topics import clear_topics_cache
from dreamscape.visibility import (
    current_suspension, is_moderator, is_on_own, is_same, is_unconfirmed,
)

SUSPENSIONS = {"7": "A week", "30": "A month", "365": "A year", "for-good": "Permanently"}  # days
ACTS = {  # act: (its button, what the log says)
    "hide": ("Hide", "hid"),
    "show": ("Show again", "unhid"),
    "delete": ("Delete permanently", "deleted"),
    "dismiss": ("Dismiss reports", "dismissed"),
    "suspend": ("Suspend %s", "suspended"),
    "restore": ("Unsuspend %s", "unsuspended"),
    "promote": ("Make %s a moderator", "gave moderator rights to"),
    "demote": ("Remove %s as moderator", "removed moderator rights from"),
    "make-admin": ("", "gave administrator rights to"),
    "remove-admin": ("", "removed administrator rights from"),
    "offer": ("", "offered"),
    "withdraw": ("", "stopped offering"),
}
THING_ACTS = ("hide", "show", "delete", "dismiss")
DREAMER_ACTS = ("suspend", "restore")
ROLE_ACTS = ("promote", "demote")
COMMAND_LINE = {"_id": None, "role": "command line"}  # who acts where nobody is signed in


def add_audit(actor, act, kind, document, reason, **more):
    """Write into the log who does what to which thing, and why; the moment is in its _id."""
    whose = {"about_id": document["dreamer_id"]} if document.get("dreamer_id") else {}
    db.audit.insert_one({
        "dreamer_id": actor["_id"], "role": actor["role"], "act": act, "kind": kind,
        "target_id": document["_id"], "called": called(kind, document), "reason": reason,
        **whose, **more})


def set_audit_called(dreamer):
    """Blank in the log the name of one who leaves, and the words of what was theirs."""
    db.audit.update_many({"target_id": dreamer["_id"]}, {"$set": {"called": "A former dreamer"}})
    db.audit.update_many({"about_id": dreamer["_id"]}, {
        "$set": {"called": "of someone who has left"}, "$unset": {"about_id": ""}})


def add_audit_of_removal(viewer, kind, document, dream, reason):
    """Write into the log that a moderator deletes, where it stands, what is somebody else's."""
    if not is_on_own(viewer, document, dream):
        reason = clean_text(reason)[:REASON_LENGTH]
        add_audit(viewer, "delete", kind, document, reason or "Deleted from its page.")


def set_hidden(kind, document, reason, role=None):
    """Hide a dream or a comment from most, or with None as the reason show it again.

    role: whose reason it is. What was hidden anew meanwhile, by another role, stays hidden.
    """
    if reason:
        state, change = {"hidden": None}, {"$set": {"hidden": reason, "hidden_role": role}}
    else:
        state = {"hidden": {"$ne": None}, "hidden_role": document["hidden_role"]}
        change = {"$unset": {"hidden": "", "hidden_role": ""}}
    same = {"_id": document["_id"]} | state
    changed = db[f"{kind}s"].update_one(same, change).modified_count
    if role == "administrator" and not changed:
        # Hidden already: then it takes an administrator to show it again.
        db[f"{kind}s"].update_one({"_id": document["_id"], "hidden": {"$ne": None}}, change)
    if changed and kind == "comment":
        count_again = uncount_comment if reason else recount_comment
        count_again(document)


def set_suspended(dreamer, reason, days):
    """Suspend a dreamer, which ends every sign-in; with None as the reason let them back in."""
    until = None if days == "for-good" else datetime.now(UTC) + timedelta(days=int(days))
    change = ({"$set": {"suspended": {"until": until, "reason": reason}, "sign_ins": []}}
              if reason else {"$unset": {"suspended": ""}})
    db.dreamers.update_one({"_id": dreamer["_id"]}, change)
    log_event("suspended" if reason else "suspension_lifted", dreamer_id=dreamer["_id"])


def set_role(dreamer, before, role):
    """Change a dreamer's role, if it is still the one before."""
    db.dreamers.update_one({"_id": dreamer["_id"], "role": before}, {"$set": {"role": role}})
    log_event("role_given", dreamer_id=dreamer["_id"], role=role)


def find_case(viewer, kind, document_id):
    """Return {kind, document, dreamer, reports}: a thing, whose it is, what was said of it.

    None where there is no such thing; its owner gets no reports.
    """
    find = {"dream": find_dream, "comment": find_comment, "dreamer": find_dreamer}[kind]
    document = find({"_id": parse_id(document_id)})
    if not document:
        return None
    dreamer = document if kind == "dreamer" else find_dreamer({"_id": document["dreamer_id"]})
    reports = [] if dreamer and is_same(viewer, dreamer["_id"]) else find_entries(
        "reports", {"target_id": document["_id"]}, REPORTS_PAGE)
    return {"kind": kind, "document": document, "dreamer": dreamer, "reports": reports}


def may_show(viewer, document):
    """Return whether the viewer may show again what somebody of no higher role hid.

    From before the role was kept it may have been an administrator.
    """
    return (not document["hidden"] or document["hidden_role"] == "moderator"
            or viewer["role"] == "administrator")


def allowed_acts(viewer, case):
    """Return the acts that the viewer may do in a case; nobody judges what is their own."""
    dreamer, above = case["dreamer"], viewer["role"] == "administrator"
    if dreamer and is_same(viewer, dreamer["_id"]):
        return []
    is_dreamer = case["kind"] == "dreamer"
    acts = [] if is_dreamer else [act for act in THING_ACTS
                                  if act != "show" or may_show(viewer, case["document"])]
    # An administrator loses the role on the command line only: nobody else may keep one out.
    if dreamer and dreamer["role"] != "administrator" and (above or not is_moderator(dreamer)):
        acts += DREAMER_ACTS
        acts += ROLE_ACTS if above and is_dreamer and not is_unconfirmed(dreamer) else ()
    return acts


def offered_acts(viewer, case):
    """Return those allowed acts that would change something."""
    hidden, dreamer = case["document"].get("hidden"), case["dreamer"] or complete_dreamer({})
    role, suspended = dreamer["role"], current_suspension(dreamer)
    idle = {"hide": hidden, "show": not hidden, "dismiss": not case["reports"],
            "suspend": suspended, "restore": not suspended,
            "promote": role or suspended, "demote": not role}
    return [act for act in allowed_acts(viewer, case) if not idle.get(act)]


def carry_out(viewer, case, act, reason, days):
    """Do what a moderator decided, and close the reports that asked for it."""
    kind, document, dreamer = case["kind"], case["document"], case["dreamer"]
    # The log comes first: no act goes without its entry, though one may break off after it.
    if act in THING_ACTS:
        add_audit(viewer, act, kind, document, reason)
    else:
        add_audit(viewer, act, "dreamer", dreamer, reason, days=days if act == "suspend" else "")
    match act:
        case "hide" | "show":
            set_hidden(kind, document, reason if act == "hide" else None, viewer["role"])
        case "delete":
            remove = remove_dream if kind == "dream" else remove_comment
            remove(document)
        case "suspend" | "restore":
            set_suspended(dreamer, reason if act == "suspend" else None, days)
        case "promote":
            set_role(dreamer, None, "moderator")
        case "demote":
            set_role(dreamer, "moderator", None)
    remove_reports(document["_id"])


def set_topic(viewer, slug, fields):
    """Add or change a topic, and write it into the log; other workers learn it in a minute."""
    topic = {"_id": slug, "name": fields["name"], "offered": fields["offered"]}
    act = "offer" if topic["offered"] else "withdraw"
    add_audit(viewer, act, "topic", topic, fields["reason"])
    db.topics.replace_one({"_id": slug}, topic, upsert=True)
    clear_topics_cache()


# The log stays; it forgets the names and words of those who have left.
add_subject("audit", when_leaving=set_audit_called)
