"""Accounts: sign-ins, sign-up, email confirmation, changes, and password reset.

Where mail is sent, an account is unconfirmed until its link is used: it is invisible to others.
Anybody can sign up with somebody else's address; only its owner can use the link, and that ends
every other account with this address.
"""
import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from itertools import chain

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from dreamscape.database import NEWEST_FIRST, db, find_batches, indexed_text
from dreamscape.drafts import DRAFT_LIFETIME, find_drafts
from dreamscape.dreamers import (
    WITHOUT_WORDS, complete_dreamer, email_of, find_dreamer, find_viewer, set_dreamer,
    undeliverable_email, word_fields,
)
from dreamscape.dreams import set_author_name
from dreamscape.follows import count_edges
from dreamscape.limits import account_key, add_use_if_left
from dreamscape.log import log_event
from dreamscape.mail import COMPOSERS, add_mail, compose, compose_notice, confirms_emails, web
from dreamscape.passwords import hash_password, is_password, same_password
from dreamscape.settings import derived_key, settings
from dreamscape.slugs import set_slug
from dreamscape.text import fold_email, fold_email_or_none, idempotency_key, quoted
from dreamscape.visibility import current_suspension, has_ended, is_unconfirmed


# Sign-ins ####################################################################

MAX_SIGN_INS = 20  # of a dreamer; a further one ends the oldest
# (substring of a User-Agent, name); the first match counts.
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"),
            ("Chrome/", "Chrome"), ("CriOS", "Chrome"), ("Safari/", "Safari"))
DEVICES = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
           ("Mac OS X", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux"))


def add_sign_in(dreamer, user_agent=""):
    """Add a sign-in of a dreamer, and end the oldest above MAX_SIGN_INS; return its id.

    None if the password has changed since the dreamer was read: that ended all sign-ins.
    """
    entry = {"id": secrets.token_urlsafe(16), "at": datetime.now(UTC),
             "browser": browser_name(user_agent)}
    change = {"$push": {"sign_ins": {"$each": [entry], "$slice": -MAX_SIGN_INS}}}
    if not db.dreamers.update_one(same_password(dreamer), change).modified_count:
        return None
    log_event("sign_in", dreamer_id=dreamer["_id"])
    return entry["id"]


def find_session_dreamer(dreamer_id, sign_in):
    """Return the dreamer of a session as a viewer, or None if it has ended.

    Also None for somebody suspended, or whose unconfirmed account has expired.
    """
    if not dreamer_id or not sign_in:
        return None
    dreamer = db.dreamers.find_one({"_id": dreamer_id, "sign_ins.id": sign_in}, WITHOUT_WORDS)
    if not dreamer or current_suspension(dreamer) or has_ended(dreamer):
        return None
    return find_viewer(dreamer)


def browser_name(user_agent):
    """Return the browser and device of a User-Agent in words: "Firefox on Android"."""
    names = [next((name for substring, name in table if substring in user_agent), None)
             for table in (BROWSERS, DEVICES)]
    return " on ".join(filter(None, names)) or "A browser"


def public_sign_in_id(sign_in):
    """Return a hash of a sign-in's secret id, which pages and URLs may contain."""
    return hashlib.sha256(sign_in.encode()).hexdigest()[:16]


def find_sign_ins(dreamer, current):
    """Return a dreamer's sign-ins, newest first; ``here`` is true for the one with id current."""
    return [{"id": entry["id"], "public_id": public_sign_in_id(entry["id"]), "at": entry.get("at"),
             "browser": entry.get("browser") or "A browser",
             "here": entry["id"] == current}
            for entry in reversed(dreamer["sign_ins"]) if entry.get("id")]


def remove_sign_ins(dreamer, ids):
    """Remove some sign-ins by id: their session cookies become invalid."""
    db.dreamers.update_one({"_id": dreamer["_id"]}, {"$pull": {"sign_ins": {"id": {"$in": ids}}}})
    log_event("sign_out", dreamer_id=dreamer["_id"])


def end_sign_ins(dreamer, current, which):
    """End a sign-in by its public id, or "others": all but the current; False if it's gone."""
    ended = [entry["id"] for entry in find_sign_ins(dreamer, current)
             if not entry["here"] and which in ("others", entry["public_id"])]
    if not ended and which != "others":
        return False
    remove_sign_ins(dreamer, ended)
    return True


def sign_in_refusal(dreamer):
    """Return the message for somebody who may not sign in, or None.

    dreamer: None if email or password was wrong, so a suspension is shown to its owner alone.
    """
    if not dreamer:
        log_event("sign_in_refused")
        hint = " If you haven't confirmed your email yet, use the link we sent you."
        return "That email or password isn't right." + (hint if confirms_emails() else "")
    ban = current_suspension(dreamer)
    if not ban:
        return None
    log_event("sign_in_refused", dreamer_id=dreamer["_id"])
    return f"This account {suspension_words(ban)}"


def suspension_words(ban):
    """Return how long a suspension lasts, why, and whom to write to: "has been suspended …".

    Somebody suspended can't sign in to answer, so it names the site's contact, if there is one.
    """
    until = f"until {ban['until']:%-d %B %Y, %H:%M} UTC" if ban.get("until") else "permanently"
    contact = settings["CONTACT_EMAIL"]
    answer = contact and f"If you think that's wrong, write to {contact} and tell us why."
    words = f"has been suspended {until}. Reason: {quoted(ban.get('reason', ''))}"
    return "\n\n".join(filter(None, (words, answer)))


# Signing up and in ###########################################################

UNCONFIRMED_LIFE = timedelta(days=7)  # after which an unconfirmed account expires
MAX_UNCONFIRMED = 5  # unconfirmed accounts of one address whose password a sign-in checks
SIGN_UP_RETRY = timedelta(minutes=1)  # within which a repeated sign-up returns the same account


def find_dreamer_by_email(address):
    """Return the dreamer with this confirmed email address, or None."""
    email = fold_email_or_none(address)
    return email and db.dreamers.find_one({"email": email})


def find_unconfirmed_dreamers(address):
    """Return the newest unconfirmed accounts with an email address, at most MAX_UNCONFIRMED."""
    email = fold_email_or_none(address)
    if not email:
        return []
    query = {"unconfirmed_email": indexed_text(email), "ends_at": {"$gt": datetime.now(UTC)}}
    return list(db.dreamers.find(query).sort(NEWEST_FIRST).limit(MAX_UNCONFIRMED))


def find_dreamer_by_password(address, password):
    """Return the dreamer with this email address and password, or None.

    An address may have a confirmed account and several unconfirmed ones. At least one password
    of each kind is hashed, so that the response time doesn't reveal whether there is an account.
    """
    candidates = [find_dreamer_by_email(address), *find_unconfirmed_dreamers(address)]
    if len(candidates) == 1 and confirms_emails():
        candidates.append(None)
    return next((dreamer for dreamer in candidates if is_password(dreamer, password)), None)


def sign_up_key(session_key, fields):
    """Return the idempotency key of a sign-up: an HMAC of its session, address and password."""
    parts = idempotency_key(session_key, fields["email"], fields["password"])
    return hmac.digest(derived_key("sign-up"), parts.encode(), "sha256").hex()


def add_dreamer(fields, key=None):
    """Add an account; return the dreamer, or None if the email address or key is taken.

    fields: first_name, last_name, email and password as typed. key: see sign_up_key; within
    SIGN_UP_RETRY the same key returns the same account. Where mail is sent the account is
    unconfirmed, and the response doesn't reveal whether the address has another account.
    """
    email = fold_email(fields["email"])
    dreamer = {"_id": ObjectId(), "first_name": fields["first_name"], "followers": 0, "helped": 0,
               "last_name": fields["last_name"], "password": hash_password(fields["password"]),
               "sign_up_key": key or secrets.token_hex(), **new_email_keys(email),
               **word_fields(fields)}
    try:
        db.dreamers.insert_one(dreamer)
    except DuplicateKeyError:
        since = ObjectId.from_datetime(datetime.now(UTC) - SIGN_UP_RETRY)
        dreamer = db.dreamers.find_one({"sign_up_key": dreamer["sign_up_key"],
                                        "_id": {"$gte": since}})
        if not dreamer or dreamer.get("slug") or is_unconfirmed(dreamer):
            return dreamer
        # The first request was interrupted before it set the slug.
    log_event("sign_up", dreamer_id=dreamer["_id"])
    if is_unconfirmed(dreamer):
        add_mail("confirm", email, dreamer)
    else:
        set_slug("dreamers", dreamer, f"{dreamer['first_name']} {dreamer['last_name']}")
        add_mail("welcome", email)
    return dreamer


def new_email_keys(email):
    """Return the keys of a new account for its email address, confirmed or unconfirmed."""
    if not confirms_emails():
        return {"email": email}
    return {"unconfirmed_email": email, "ends_at": datetime.now(UTC) + UNCONFIRMED_LIFE}


# Confirming an address #######################################################

CONFIRM_LIFE = DRAFT_LIFETIME  # until then, what was written before confirming is a draft


def compose_confirm_mail(entry):
    """Return the mail with a confirmation link; a notice if the address has an account.

    None if the address was corrected since, or has had too many mails.
    """
    email = entry.get("email")
    dreamer = find_dreamer({"_id": entry.get("dreamer_id"), "unconfirmed_email": email})
    if not dreamer or has_ended(dreamer):
        return None
    is_known = find_dreamer_by_email(email)
    limit = "notice of a known address" if is_known else "link to an address"
    # A retry was counted at the first try.
    if entry.get("tries", 1) == 1 and not add_use_if_left(limit, account_key(email)):
        # An unknown address might get a link here, and the mail server's refusal of it would be
        # recorded. Record it for a known address as well, so that both look the same.
        if is_known and is_known.get("failed_email") == email:
            set_dreamer(dreamer, {"failed_email": email})
        return None
    if is_known:
        return compose_notice("address_known", entry)
    return compose("confirm", email, "Confirm your email address", days=CONFIRM_LIFE.days,
                   link=web.make_link("confirm-address", dreamer))


COMPOSERS["confirm"] = compose_confirm_mail


def find_same_unconfirmed(dreamer):
    """Return another account with a dreamer's unconfirmed email address, or None.

    If there is one, confirming requires a sign-in: the owner of the address cannot tell the
    mails apart, and a wrong link would give the address to somebody else's account.
    """
    email = dreamer.get("unconfirmed_email")
    return email and db.dreamers.find_one({
        "unconfirmed_email": indexed_text(email), "_id": {"$ne": dreamer["_id"]},
        "$or": [{"ends_at": None}, {"ends_at": {"$gt": datetime.now(UTC)}}]})


def set_unconfirmed_email(dreamer, email):
    """Set the email address that a dreamer has to confirm, and send it a link."""
    # Not if the account was confirmed concurrently: then a change needs the password. Nor if that
    # was changed, perhaps because somebody else knew it.
    unchanged = same_password(dreamer) | {"ends_at": dreamer.get("ends_at")}
    db.dreamers.update_one(unchanged, {"$set": {"unconfirmed_email": email}})
    add_mail("confirm", email, dreamer)


def resend_mail(dreamer, address):
    """Mail a new link to a dreamer, or a test to an address that failed; return the address.

    address: as typed. It replaces that of an unconfirmed account; a confirmed account can change
    its address only on /profile, which asks for the password.
    """
    email, failed = fold_email(address), undeliverable_email(dreamer)
    if not is_unconfirmed(dreamer) and email != failed:
        email = dreamer["unconfirmed_email"] or failed
    is_check = failed and email == failed == dreamer["email"]
    if email == failed:  # it is set again if this email fails as well
        set_dreamer(dreamer, {"failed_email": None})
    if is_check:
        add_mail("address_checked", email)
    elif email:
        set_unconfirmed_email(dreamer, email)
    return email


def find_confirmed_message(dreamer):
    """Return the message once an email is confirmed, which also names what waits to be sent."""
    waits = " What you wrote is ready to send." if find_drafts(dreamer) else ""
    return f"Your email is confirmed.{waits}"


def set_email_confirmed(dreamer):
    """Confirm a dreamer's unconfirmed email address; False if another account has it.

    The unique index decides between concurrent requests. Idempotent, so it can be repeated
    after an interruption.
    """
    email = dreamer.get("unconfirmed_email") or dreamer["email"]
    unchanged = {"_id": dreamer["_id"], "unconfirmed_email": email,
                 "$or": [{"ends_at": None}, {"ends_at": {"$gt": datetime.now(UTC)}}]}
    change = {"$set": {"email": email},
              "$unset": {"unconfirmed_email": "", "ends_at": "", "sign_up_key": ""}}
    if not dreamer.get("slug"):
        set_slug("dreamers", dreamer, complete_dreamer(dreamer)["name"])
    try:
        changed = db.dreamers.update_one(unchanged, change).modified_count
    except DuplicateKeyError:
        return False
    if not changed and not db.dreamers.find_one({"_id": dreamer["_id"], "email": email}):
        return False
    remove_other_claims(email)
    count_edges(dreamer)
    if changed:
        log_event("address_confirmed", dreamer_id=dreamer["_id"])
        if dreamer.get("email"):
            add_mail("address_changed", dreamer["email"])
    return True


def remove_other_claims(email):
    """Expire other unconfirmed accounts with an email address, and cancel changes to it."""
    others = {"unconfirmed_email": indexed_text(email)}
    db.dreamers.update_many(others | {"ends_at": {"$ne": None}}, {"$set": {
        "ends_at": datetime.now(UTC), "sign_ins": []}})
    db.dreamers.update_many(others | {"ends_at": None}, {"$unset": {"unconfirmed_email": ""}})


def find_expired_dreamers():
    """Yield the unconfirmed accounts that have expired."""
    return chain.from_iterable(
        find_batches("dreamers", {"ends_at": {"$lte": datetime.now(UTC)}}, None))


def update_claimed_emails():
    """Migrate claimed_email to unconfirmed_email, where mail is sent. Idempotent."""
    if not confirms_emails():
        return
    db.dreamers.update_many({"claimed_email": {"$type": "string"}}, {
        "$rename": {"claimed_email": "unconfirmed_email"},
        "$set": {"ends_at": datetime.now(UTC) + UNCONFIRMED_LIFE}})
    db.dreamers.update_many({"claimed_email": {"$exists": True}}, {"$unset": {"claimed_email": ""}})


# Changing an account #########################################################


def is_new_email(dreamer, address):
    """Return whether an email address is neither confirmed nor pending for a dreamer."""
    return fold_email(address) not in (dreamer["email"], dreamer["unconfirmed_email"])


def is_email_pending(dreamer, address):
    """Return whether an email address that a dreamer entered must be confirmed by a link."""
    return confirms_emails() and is_new_email(dreamer, address)


def set_email(dreamer, email):
    """Change a dreamer's email address, pending confirmation if mail is sent; False if taken."""
    if confirms_emails():
        set_unconfirmed_email(dreamer, email)
    elif not set_dreamer(dreamer, {"email": email, "unconfirmed_email": None, "ends_at": None}):
        return False
    else:
        count_edges(dreamer)
    if dreamer["email"]:
        add_mail("address_change_asked" if confirms_emails() else "address_changed",
                 dreamer["email"])
    return True


def set_account(dreamer, fields):
    """Update a dreamer's names, slug and email address; False if the address is taken.

    fields: first_name, last_name and email as typed.
    """
    email = fold_email(fields["email"])
    if is_new_email(dreamer, email) and not set_email(dreamer, email):
        return False
    if email == dreamer["email"] and dreamer["unconfirmed_email"]:
        set_dreamer(dreamer, {"unconfirmed_email": None})
    new_name = f"{fields['first_name']} {fields['last_name']}"
    if new_name != dreamer["name"]:
        set_name(dreamer, new_name)
    # Last, so that saving again after an interruption sets slug and search words too.
    return set_dreamer(dreamer, {key: fields[key] for key in ("first_name", "last_name")})


def set_name(dreamer, new_name):
    """Update a dreamer's slug and their dreams' search words for a new name."""
    if not is_unconfirmed(dreamer):
        set_slug("dreamers", dreamer, new_name)
    set_author_name(dreamer, new_name)


# Passwords ###################################################################

RESET_LIFE = timedelta(minutes=15)


def compose_reset_mail(entry):
    """Return the mail with a reset link, or None for an address without an account.

    An unconfirmed account gets one too: the reset confirms its address. If several unconfirmed
    accounts have the address, a notice is sent instead: any of them might be the owner's.
    """
    email = entry.get("email") or ""
    dreamers = [*filter(None, [find_dreamer_by_email(email)])] or find_unconfirmed_dreamers(email)
    if len(dreamers) > 1:
        return compose_notice("confirm_first", entry)
    if not dreamers:
        return None
    dreamer, = dreamers
    name = "" if is_unconfirmed(dreamer) else dreamer.get("first_name")
    return compose("password_reset", email_of(dreamer), "Reset your Dreamscape password",
                   name=name, minutes=int(RESET_LIFE.total_seconds() // 60),
                   link=web.make_link("password-reset", dreamer))


COMPOSERS["password_reset"] = compose_reset_mail


def set_password(dreamer, password):
    """Set a new password and end all sign-ins; return its hash, None if changed concurrently."""
    unchanged, hashed = same_password(dreamer), hash_password(password)
    change = {"$set": {"password": hashed, "sign_ins": []}}
    if not is_unconfirmed(dreamer):
        # Somebody who knew the old password may have requested a change of address.
        change["$unset"] = {"unconfirmed_email": ""}
    if not db.dreamers.update_one(unchanged, change).modified_count:
        return None
    log_event("password_changed", dreamer_id=dreamer["_id"])
    if dreamer.get("email"):
        add_mail("password_changed", dreamer["email"])
    return hashed
