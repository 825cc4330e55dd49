"""Moderation: which acts are allowed, executing them, the audit log, and telling of decisions."""
from datetime import UTC, datetime, timedelta

from dreamscape.accounts import suspension_words
from dreamscape.comments import (
    add_to_counts, complete_comment, find_comment, remove_comment, remove_from_counts,
)
from dreamscape.database import db, parse_id
from dreamscape.dreamers import complete_dreamer, find_dreamer
from dreamscape.dreams import complete_dream, find_dream, remove_dream
from dreamscape.help import find_message, remove_message
from dreamscape.log import log_event
from dreamscape.mail import COMPOSERS, add_mail, compose
from dreamscape.notifications import DECISIONS, decision_words, notify
from dreamscape.reports import (
    OTHER_RULE, REASON_LENGTH, RULE_CHOICES, add_answer, complete_entry, find_case_entries,
    find_words, holds_other_words, label_of, remove_reports, with_thanks, words_of,
)
from dreamscape.settings import absolute_url
from dreamscape.settling import close_offers, reopen_offers, set_withheld
from dreamscape.subjects import add_subject
from dreamscape.text import clean_text
from dreamscape.topics import clear_topics_cache
from dreamscape.updates import complete_update, count_update, find_update, remove_update
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
REPORTERS = {"_id": None, "role": "site"}  # the actor where reports hide something
HIDING_REPORTS = 3  # that weigh
REPORTED = "Several people reported this. A moderator will take a look."


# Audit log ###################################################################


def add_audit(actor, act, kind, document, reason, **more):
    """Add an audit entry: who does what to which document, and why; return its id.

    A dreamer whom it concerns can read and answer it: see Decisions.
    """
    about_id = document["_id"] if kind == "dreamer" else document.get("dreamer_id")
    entry = {"dreamer_id": actor["_id"], "role": actor["role"], "act": act, "kind": kind,
             "target_id": document["_id"], "called": label_of(kind, document), "reason": reason,
             **({"about_id": about_id} if about_id else {}), **more}
    return db.audit.insert_one(entry).inserted_id


def set_audit_anonymous(dreamer):
    """Remove a dreamer's name and words, and the labels of their content, from the audit log."""
    db.audit.update_many({"about_id": dreamer["_id"]}, {
        "$set": {"called": "of someone who has left"},
        "$unset": {"about_id": "", "words": "", "answer": ""}})
    db.audit.update_many({"target_id": dreamer["_id"]},
                         {"$set": {"called": "someone who has left"}})


# Decisions ###################################################################
#
# An entry of the audit log, for the person whom it concerns. Nothing here says who decided, or
# who reported anything.


def notify_of_decision(audit_id, act, dreamer_id):
    """Tell a dreamer of a decision about them, if its act is in DECISIONS; None has left."""
    if dreamer_id and act in DECISIONS:
        notify("moderation", dreamer_id, {"audit_id": audit_id}, None)


def decision_title(decision):
    """Return what was decided, in words for whom it concerns."""
    return decision_words(decision["act"], decision["kind"])


def find_decision(viewer, decision_id):
    """Return the decision about the viewer or something of theirs with an id, or None."""
    entry = db.audit.find_one({"_id": decision_id})
    is_told = entry and entry.get("act") in DECISIONS and is_same(viewer, entry.get("about_id"))
    return complete_entry(entry) if is_told else None


def set_answer(viewer, decision, text):
    """Answer a decision, and put it among the open reports; False if it has another answer."""
    if decision["answer"]:
        return decision["answer"] == text
    # The report first: if this is interrupted, the same answer can be sent again.
    add_answer(viewer, decision, text)
    open_to_it = {"_id": decision["_id"], "answer": {"$in": [None, text]}}
    return bool(db.audit.update_one(open_to_it, {"$set": {"answer": text}}).matched_count)


# Acts ########################################################################

REMOVE = {"dream": remove_dream, "comment": remove_comment, "message": remove_message,
          "update": remove_update}


def remove_thing(viewer, kind, document, dream, reason):
    """Delete a dream or something on it; of somebody else's, as a moderator's decision.

    That adds an audit entry, tells them and closes the reports.
    """
    if is_on_own(viewer, document, dream):
        REMOVE[kind](document)
        return
    reason = clean_text(reason)[:REASON_LENGTH] or "Deleted from its page."
    audit_id = add_audit(viewer, "delete", kind, document, reason, words=find_words(kind, document))
    if remove_decided(kind, document):
        notify_of_decision(audit_id, "delete", document["dreamer_id"])
    remove_reports(document["_id"])


def remove_decided(kind, document):
    """Delete what a moderator decided about, and return whether it was there.

    The thanks on a dream, which are moderated with it, don't come back on the pages of who helped.
    """
    if kind == "dream":
        set_withheld(document["_id"])
    return REMOVE[kind](document)


def set_hidden(kind, document, reason, role=None):
    """Hide what somebody wrote, or unhide it without a reason; return if it changed.

    role: of who hides it, or that of REPORTERS. If another role hid it concurrently it stays
    hidden.
    """
    if reason:
        before, change = {"hidden": None}, {"$set": {"hidden": reason, "hidden_role": role}}
        before |= {"cleared": None} if role == REPORTERS["role"] else {}
    else:
        before = {"hidden": {"$ne": None}, "hidden_role": document["hidden_role"]}
        change = {"$unset": {"hidden": "", "hidden_role": ""}}
    query = {"_id": document["_id"]} | before
    changed = db[f"{kind}s"].update_one(query, change).modified_count
    if changed and kind == "comment":
        update_dream = remove_from_counts if reason else add_to_counts
        update_dream(document)
    if changed and kind == "update":
        count_update(document, -1 if reason else 1)
    if changed and kind == "dream":
        update_offers = close_offers if reason else reopen_offers
        update_offers(document["_id"])
    return bool(changed or (reason and set_hidden_again(kind, document, change, role)))


def set_hidden_again(kind, document, change, role):
    """Replace the reason and the role of what is hidden by a lower role; return if it was.

    From then on only the new role can unhide it.
    """
    lower = {"moderator": {"hidden_role": REPORTERS["role"]}, "administrator": {}}
    query = {"_id": document["_id"], "hidden": {"$ne": None}} | lower.get(role, {})
    return role in lower and db[f"{kind}s"].update_one(query, change).modified_count


def set_hidden_by_reports(kind, target):
    """Hide what HIDING_REPORTS dreamers reported, until a moderator decides; tell its author.

    Not what a moderator has cleared since its last edit, and no person. Of concurrent reports one
    hides it.
    """
    if kind == "dreamer":
        return
    weighing = {"target_id": target["_id"], "weighs": True}
    if db.reports.count_documents(weighing, limit=HIDING_REPORTS) < HIDING_REPORTS:
        return
    if set_hidden(kind, target, REPORTED, REPORTERS["role"]):
        audit_id = add_audit(REPORTERS, "hide", kind, target, REPORTED,
                             words=find_words(kind, target))
        notify_of_decision(audit_id, "hide", target["dreamer_id"])


def set_cleared(kind, document, hidden_role):
    """Have reports no longer hide something, and unhide it if this role hid it."""
    db[f"{kind}s"].update_one({"_id": document["_id"]}, {"$set": {"cleared": True}})
    return set_hidden(kind, document | {"hidden_role": hidden_role}, None)


def set_suspended(dreamer, reason, days):
    """Suspend a dreamer and end all sign-ins, or unsuspend them if the reason is None.

    Who is suspended gets an email, for they can't sign in to read it. Returns whether that
    changed anything.
    """
    until = None if days == "for-good" else datetime.now(UTC) + timedelta(days=int(days))
    change = ({"$set": {"suspended": {"until": until, "reason": reason}, "sign_ins": []}}
              if reason else {"$unset": {"suspended": ""}})
    changed = db.dreamers.update_one({"_id": dreamer["_id"]}, change).modified_count
    log_event("suspended" if reason else "suspension_lifted", dreamer_id=dreamer["_id"])
    if changed and reason and dreamer["email"]:
        add_mail("suspended", dreamer["email"], dreamer)
    return bool(changed)


def compose_suspension_mail(entry):
    """Return the mail about a suspension, or None if it has ended."""
    dreamer = find_dreamer({"_id": entry.get("dreamer_id")})
    ban = dreamer and current_suspension(dreamer)
    return ban and compose(
        "notice", entry.get("email"), "Your Dreamscape account has been suspended",
        words=f"Your account {suspension_words(ban)}",
        links={"Read our rules": absolute_url("/rules")})


COMPOSERS["suspended"] = compose_suspension_mail


def set_role(dreamer, before, role):
    """Change a dreamer's role, unless it was changed concurrently; return whether it was."""
    changed = db.dreamers.update_one({"_id": dreamer["_id"], "role": before},
                                     {"$set": {"role": role}}).modified_count
    log_event("role_given", dreamer_id=dreamer["_id"], role=role)
    return bool(changed)


def find_case(viewer, kind, document_id):
    """Return {kind, document, dreamer, reports, decisions} for moderating a document, or None.

    dreamer: its owner, or None. reports, decisions: the newest, with is_other: holds_other_words;
    [] if the viewer is the owner.
    """
    find = {"dream": find_dream, "comment": find_comment, "dreamer": find_dreamer,
            "message": find_message, "update": find_update}[kind]
    # Messages are private until one of the two reports one.
    only = {"reported": True} if kind == "message" else {}
    document_id = parse_id(document_id)
    if not document_id:
        return None
    document = find({"_id": document_id} | only)
    entries = find_case_entries(document_id, (document or {}).get("dream_id") or document_id)
    thanks = entries.pop("thanks")
    if entries.pop("is_private") or not document:
        document = absent_document(kind, document_id, document, entries)
    elif kind == "dream":
        document = with_thanks(document, thanks)
    if not document:
        return None
    dreamer = document if kind == "dreamer" else find_dreamer({"_id": document["dreamer_id"]})
    if dreamer and is_same(viewer, dreamer["_id"]):
        entries = {"reports": [], "decisions": []}
    return {"kind": kind, "document": document, "dreamer": dreamer, **{
        name: [entry | {"is_other": holds_other_words(entry, kind, document)} for entry in found]
        for name, found in entries.items()}}


COMPLETE = {"dream": complete_dream, "update": complete_update}  # else complete_comment


def absent_document(kind, document_id, document, entries):
    """Return author and label of something deleted or private, as a document, or None.

    The label is that of the newest report, else decision; the words are in those. None of what was
    deleted (document: None) without a report or an answer to a decision; nor without an author:
    the viewer could be the one.
    """
    reported = [report for report in entries["reports"] if not report["decision_id"]]
    held = next(iter(reported or entries["decisions"]), None)
    is_known = document or (entries["reports"] and held and held["about_id"] is not None)
    if not held or not is_known or kind == "dreamer":
        return None
    complete = COMPLETE.get(kind, complete_comment)
    return complete({"_id": document_id, "is_gone": True, "is_private": bool(document),
                     "dreamer_id": document["dreamer_id"] if document else held["about_id"],
                     "title": held["called"]})


def suggested_rule(case):
    """Return the rule of the newest report of a case, for the form of an act."""
    rules = (report["rule"] for report in case["reports"])
    return next((rule for rule in rules if rule in RULE_CHOICES), OTHER_RULE)


def may_unhide(viewer, document):
    """Return whether the viewer may unhide a document: not if a higher role hid it.

    If hidden_role is missing, in old documents, it may have been an administrator.
    """
    return (not document["hidden"] or viewer["role"] == "administrator"
            or document["hidden_role"] in ("moderator", REPORTERS["role"]))


def allowed_acts(viewer, case):
    """Return the acts that the viewer may execute in a case; none on their own content."""
    dreamer, is_administrator = case["dreamer"], viewer["role"] == "administrator"
    if dreamer and is_same(viewer, dreamer["_id"]):
        return []
    is_dreamer = case["kind"] == "dreamer"
    is_whole = not is_dreamer and not case["document"].get("is_gone")
    acts = [act for act in CONTENT_ACTS if act != "show" or may_unhide(viewer, case["document"])
            ] if is_whole else ["dismiss"]
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
    # Then a moderator's reason can take the place of the site's.
    is_hidden = hidden and case["document"]["hidden_role"] != REPORTERS["role"]
    role, suspended = dreamer["role"], current_suspension(dreamer)
    no_effect = {"hide": is_hidden, "show": not hidden, "dismiss": not case["reports"],
                 "suspend": suspended, "restore": not suspended,
                 "promote": role or suspended, "demote": not role}
    return [act for act in allowed_acts(viewer, case) if not no_effect.get(act)]


def execute_act(viewer, case, act, fields):
    """Execute a moderator's act, add it to the audit log, tell its dreamer, close the reports.

    fields: reason, rule and days.
    """
    is_content = act in CONTENT_ACTS and case["kind"] != "dreamer"
    kind, document = (case["kind"], case["document"]) if is_content else (
        "dreamer", case["dreamer"])
    more = {"rule": fields["rule"], "days": fields["days"] if act == "suspend" else "",
            **({"words": words_of(kind, document)} if is_content else {})}
    # The audit entry first: an interrupted act may be logged, but none is missing.
    audit_id = add_audit(viewer, act, kind, document, fields["reason"], **more)
    if set_decided(viewer, act, kind, document, fields):
        notify_of_decision(audit_id, act,
                           document["dreamer_id"] if is_content else document["_id"])
    remove_reports(case["document"]["_id"])


def set_decided(viewer, act, kind, document, fields):
    """Do to a document, a dreamer for acts on people, what an act says; return if it changed."""
    reason = fields["reason"]
    match act:
        case "hide":
            return set_hidden(kind, document, reason, viewer["role"])
        case "show":
            return set_cleared(kind, document, document["hidden_role"])
        case "dismiss":
            return kind != "dreamer" and set_cleared(kind, document, REPORTERS["role"])
        case "delete":
            return remove_decided(kind, document)
        case "suspend" | "restore":
            return set_suspended(document, reason if act == "suspend" else None, fields["days"])
        case "promote" | "demote":
            roles = (None, "moderator") if act == "promote" else ("moderator", None)
            return set_role(document, *roles)


def set_topic(viewer, slug, fields):
    """Add or update a topic, and add an audit entry; other workers reload within a minute."""
    topic = {"_id": slug, "name": fields["name"], "offered": fields["offered"]}
    act = "offer" if topic["offered"] else "withdraw"
    add_audit(viewer, act, "topic", topic, fields["reason"])
    db.topics.replace_one({"_id": slug}, topic, upsert=True)
    clear_topics_cache()


# Audit entries stay, anonymised.
add_subject("audit", when_leaving=set_audit_anonymous)
