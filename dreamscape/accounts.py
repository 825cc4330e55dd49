"""Accounts: signing up and in, confirming an address, changing and resetting.

Where mail is sent, an account is unconfirmed until its link is used: nobody else sees it, and
what others would see waits as a draft. Anybody can sign up with another's address; only its owner
can use the link, and then every other sign-up with it ends.
"""
import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from itertools import chain

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from dreamscape.database import NEWEST_FIRST, db, find_batches, indexed_text
from dreamscape.dreamers import address_of, complete_dreamer, find_dreamer, set_dreamer
from dreamscape.dreams import set_author_words
from dreamscape.limits import account_key, add_use_if_left
from dreamscape.log import log_event
from dreamscape.mail import COMPOSERS, add_mail, compose, compose_notice, confirms_emails, web
from dreamscape.passwords import hash_password, is_password
from dreamscape.settings import derived_key
from dreamscape.slugs import set_slug
from dreamscape.text import fold_email, fold_email_or_none, idempotency_key, quoted
from dreamscape.visibility import current_suspension, has_ended, is_unconfirmed


# Sign-ins ####################################################################

SIGN_INS = 20  # the newest sign-ins a dreamer keeps; an older one has ended
# What a browser's name and its device are told by, the first that is found.
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"),
            ("Chrome/", "Chrome"), ("CriOS", "Chrome"), ("Safari/", "Safari"))
DEVICES = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
           ("Mac OS X", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux"))


def add_sign_in(dreamer, user_agent=""):
    """Store a sign-in of a dreamer and return its id; the oldest of too many ends."""
    entry = {"id": secrets.token_urlsafe(16), "at": datetime.now(UTC),
             "browser": browser_name(user_agent)}
    db.dreamers.update_one({"_id": dreamer["_id"]},
                           {"$push": {"sign_ins": {"$each": [entry], "$slice": -SIGN_INS}}})
    log_event("sign_in", dreamer_id=dreamer["_id"])
    return entry["id"]


def find_signed_in(dreamer_id, sign_in):
    """Return the dreamer of a sign-in's id, or None if it or they have ended."""
    if not dreamer_id or not sign_in:
        return None
    found = db.dreamers.find_one({"_id": dreamer_id, "sign_ins.id": sign_in})
    return None if found and (current_suspension(found) or has_ended(found)) else found


def browser_name(user_agent):
    """Return what a dreamer calls the browser of a sign-in: "Firefox on Android"."""
    named = [next((name for mark, name in marks if mark in user_agent), None)
             for marks in (BROWSERS, DEVICES)]
    return " on ".join(filter(None, named)) or "A browser"


def sign_in_mark(sign_in):
    """Return the name by which a page speaks of a sign-in, from which its id cannot be told."""
    return hashlib.sha256(sign_in.encode()).hexdigest()[:16]


def find_sign_ins(dreamer, current):
    """Return a dreamer's sign-ins, the newest first; ``here`` is the one with this id."""
    return [{"id": entry["id"], "mark": sign_in_mark(entry["id"]), "at": entry.get("at"),
             "browser": entry.get("browser") or "A browser",
             "here": entry["id"] == current}
            for entry in reversed(dreamer["sign_ins"]) if entry.get("id")]


def remove_sign_ins(dreamer, ids):
    """End some sign-ins, wherever a copy of their cookie is."""
    db.dreamers.update_one({"_id": dreamer["_id"]}, {"$pull": {"sign_ins": {"id": {"$in": ids}}}})
    log_event("sign_out", dreamer_id=dreamer["_id"])


def sign_in_refusal(dreamer):
    """Return why somebody cannot sign in, in words; None when they can.

    Of a suspension hears only who gave the right password.
    """
    if not dreamer:
        log_event("sign_in_refused")
        hint = " If you haven't confirmed your email yet, use the link we sent you."
        return "That email or password isn't right." + hint * confirms_emails()
    told = current_suspension(dreamer)
    if not told:
        return None
    log_event("sign_in_refused", dreamer_id=dreamer["_id"])
    until = f"until {told['until']:%-d %B %Y, %H:%M} UTC" if told.get("until") else "permanently"
    return f"This account has been suspended {until}. Reason: {quoted(told.get('reason', ''))}"


# Signing up and in ###########################################################

UNCONFIRMED_LIFE = timedelta(days=7)  # of an account whose address is not confirmed
UNCONFIRMED_TRIED = 5  # unconfirmed accounts of one address that a sign-in looks at
SIGN_UP_AGAIN = timedelta(minutes=1)  # in which the same form signs in to the account it made


def find_dreamer_by_email(address):
    """Return the dreamer whose confirmed address this is, or None."""
    folded_address = fold_email_or_none(address)
    return folded_address and db.dreamers.find_one({"email": folded_address})


def find_unconfirmed(address):
    """Return the newest UNCONFIRMED_TRIED accounts that an address was given for."""
    folded_address = fold_email_or_none(address)
    query = {"unconfirmed_email": indexed_text(folded_address),
             "ends_at": {"$gt": datetime.now(UTC)}}
    return list(db.dreamers.find(query).sort(NEWEST_FIRST).limit(UNCONFIRMED_TRIED)
                ) if folded_address else []


def find_signed_dreamer(address, password):
    """Return the dreamer whose address and password these are, or None.

    Anybody can sign up with another's address, so several unconfirmed accounts may have it
    beside the confirmed one. One password of each kind is checked at least, so that time does
    not tell whether there is an account.
    """
    candidates = [find_dreamer_by_email(address), *find_unconfirmed(address)]
    if len(candidates) == 1 and confirms_emails():
        candidates.append(None)
    return next((each for each in candidates if is_password(each, password)), None)


def sign_up_key(session_key, fields):
    """Return the idempotency key of a sign-up: an HMAC of its session, address and password."""
    parts = idempotency_key(session_key, fields["email"], fields["password"])
    return hmac.digest(derived_key("sign-up"), parts.encode(), "sha256").hex()


def add_dreamer(fields, key=None):
    """Make an account; return the dreamer, or None if the address has one or the key is old.

    fields: first_name, last_name, email and password as typed. Where mail is sent the account
    is unconfirmed, and nothing depends on whether the address is known: the mail tells its
    owner. key: see sign_up_key; a second press within SIGN_UP_AGAIN means the first one.
    """
    address = fold_email(fields["email"])
    new = {"_id": ObjectId(), "first_name": fields["first_name"], "followers": 0,
           "last_name": fields["last_name"], "password": hash_password(fields["password"]),
           "sign_up_key": key or secrets.token_hex(), **new_address(address)}
    try:
        db.dreamers.insert_one(new)
    except DuplicateKeyError:
        since = ObjectId.from_datetime(datetime.now(UTC) - SIGN_UP_AGAIN)
        new = db.dreamers.find_one({"sign_up_key": new["sign_up_key"], "_id": {"$gte": since}})
        if not new or new.get("slug") or is_unconfirmed(new):
            return new
        # The first press broke off before it came to the slug.
    log_event("sign_up", dreamer_id=new["_id"])
    if is_unconfirmed(new):
        add_mail("confirm", address, new)
    else:
        set_slug("dreamers", new, f"{new['first_name']} {new['last_name']}")
        add_mail("welcome", address)
    return new


def new_address(address):
    """Return the fields of a new account's address."""
    if not confirms_emails():
        return {"email": address}
    return {"unconfirmed_email": address, "ends_at": datetime.now(UTC) + UNCONFIRMED_LIFE}


# Confirming an address #######################################################

CONFIRM_LIFE = timedelta(days=3)


def compose_confirm_mail(entry):
    """Return the mail with a link that confirms an address, or what tells its owner; or None.

    None where the address was corrected since, or has had too many mails.
    """
    email = entry.get("email")
    dreamer = find_dreamer({"_id": entry.get("dreamer_id"), "unconfirmed_email": email})
    if not dreamer or has_ended(dreamer):
        return None
    is_known = find_dreamer_by_email(email)
    limit = "notice of a known address" if is_known else "link to an address"
    # A mail that failed was counted at its first try.
    if entry.get("tries", 1) == 1 and not add_use_if_left(limit, account_key(email)):
        return None
    if is_known:
        return compose_notice("address_known", entry)
    return compose("confirm", email, "Confirm your email address", days=CONFIRM_LIFE.days,
                   link=web.make_link("confirm-address", dreamer))


COMPOSERS["confirm"] = compose_confirm_mail


def find_rival(dreamer):
    """Return another account that gave the unconfirmed address of a dreamer, or None.

    Then the owner of the address cannot tell whose link is in which mail, and by the wrong one
    would give it to somebody else's account: so whoever confirms has to be signed in.
    """
    address = dreamer.get("unconfirmed_email")
    return address and db.dreamers.find_one({
        "unconfirmed_email": indexed_text(address), "_id": {"$ne": dreamer["_id"]},
        "$or": [{"ends_at": None}, {"ends_at": {"$gt": datetime.now(UTC)}}]})


def set_unconfirmed_email(dreamer, address):
    """Store an address that counts once it is confirmed, and send it a link."""
    # Not if the address was confirmed this very moment: then the account page asks for a password.
    same = {"_id": dreamer["_id"], "ends_at": dreamer.get("ends_at")}
    db.dreamers.update_one(same, {"$set": {"unconfirmed_email": address}})
    add_mail("confirm", address, dreamer)


def set_confirmed(dreamer):
    """Make the address a dreamer gave theirs; False if somebody else confirmed it before.

    The unique index decides between several at once. Interrupted, doing it again finishes it.
    """
    address = dreamer.get("unconfirmed_email") or dreamer["email"]
    same = {"_id": dreamer["_id"], "unconfirmed_email": address,
            "$or": [{"ends_at": None}, {"ends_at": {"$gt": datetime.now(UTC)}}]}
    change = {"$set": {"email": address},
              "$unset": {"unconfirmed_email": "", "ends_at": "", "sign_up_key": ""}}
    if not dreamer.get("slug"):
        set_slug("dreamers", dreamer, complete_dreamer(dreamer)["name"])
    try:
        changed = db.dreamers.update_one(same, change).modified_count
    except DuplicateKeyError:
        return False
    if not changed and not db.dreamers.find_one({"_id": dreamer["_id"], "email": address}):
        return False
    set_other_uses_ended(address)
    if changed:
        log_event("address_confirmed", dreamer_id=dreamer["_id"])
        if dreamer.get("email"):
            add_mail("address_changed", dreamer["email"])
    return True


def set_other_uses_ended(address):
    """End other unconfirmed accounts with an address, and pending changes of others to it."""
    others = {"unconfirmed_email": indexed_text(address)}
    db.dreamers.update_many(others | {"ends_at": {"$ne": None}}, {"$set": {
        "ends_at": datetime.now(UTC), "sign_ins": []}})
    db.dreamers.update_many(others | {"ends_at": None}, {"$unset": {"unconfirmed_email": ""}})


def find_ended_dreamers():
    """Yield the accounts that were not confirmed in time."""
    return chain.from_iterable(
        find_batches("dreamers", {"ends_at": {"$lte": datetime.now(UTC)}}, None))


def update_claims():
    """Migrate claimed_email to unconfirmed_email, where mail is sent; safe to repeat."""
    if not confirms_emails():
        return
    db.dreamers.update_many({"claimed_email": {"$type": "string"}}, {
        "$rename": {"claimed_email": "unconfirmed_email"},
        "$set": {"ends_at": datetime.now(UTC) + UNCONFIRMED_LIFE}})
    db.dreamers.update_many({"claimed_email": {"$exists": True}}, {"$unset": {"claimed_email": ""}})


# Changing an account #########################################################


def is_new_address(dreamer, address):
    """Return whether this is neither a dreamer's address nor the one they gave last."""
    return fold_email(address) not in (dreamer["email"], dreamer["unconfirmed_email"])


def is_changing_address(dreamer, address):
    """Return whether an address a dreamer gave waits for its confirmation."""
    return confirms_emails() and fold_email(address) != dreamer["email"]


def set_address(dreamer, address):
    """Give a dreamer a new address, once it is confirmed where mail is sent; False if taken."""
    if confirms_emails():
        set_unconfirmed_email(dreamer, address)
    elif not set_dreamer(dreamer, {"email": address, "unconfirmed_email": None, "ends_at": None}):
        return False
    if dreamer["email"]:
        add_mail("address_change_asked" if confirms_emails() else "address_changed",
                 dreamer["email"])
    return True


def set_account(dreamer, fields):
    """Change names and address; a new name makes a new slug. False if the address is taken.

    fields: first_name, last_name and email as typed.
    """
    address = fold_email(fields["email"])
    if is_new_address(dreamer, address) and not set_address(dreamer, address):
        return False
    if address == dreamer["email"] and dreamer["unconfirmed_email"]:
        set_dreamer(dreamer, {"unconfirmed_email": None})
    new_name = f"{fields['first_name']} {fields['last_name']}"
    if new_name != dreamer["name"]:
        set_name(dreamer, new_name)
    # The name goes last: while it differs, saving again finishes what broke off.
    return set_dreamer(dreamer, {key: fields[key] for key in ("first_name", "last_name")})


def set_name(dreamer, new_name):
    """Give a dreamer the slug of a new name, and their dreams its search words."""
    if not is_unconfirmed(dreamer):
        set_slug("dreamers", dreamer, new_name)
    set_author_words(dreamer, new_name)


# Passwords ###################################################################

RESET_LIFE = timedelta(minutes=15)


def compose_reset_mail(entry):
    """Return the mail with a reset link, or None for an address without an account.

    An address that is not confirmed yet gets one, too: using it confirms the address. Where
    several people signed up with it, nobody can tell whose account that would be.
    """
    email = entry.get("email") or ""
    dreamers = [*filter(None, [find_dreamer_by_email(email)])] or find_unconfirmed(email)
    if len(dreamers) > 1:
        return compose_notice("confirm_first", entry)
    if not dreamers:
        return None
    dreamer, = dreamers
    name = "" if is_unconfirmed(dreamer) else dreamer.get("first_name")
    return compose("password_reset", address_of(dreamer), "Reset your Dreamscape password",
                   name=name, minutes=int(RESET_LIFE.total_seconds() // 60),
                   link=web.make_link("password-reset", dreamer))


COMPOSERS["password_reset"] = compose_reset_mail


def set_password(dreamer, password):
    """Set a new password and end every sign-in; False if it was changed meanwhile."""
    same = {"_id": dreamer["_id"], "password": dreamer.get("password")}
    change = {"$set": {"password": hash_password(password), "sign_ins": []}}
    if not is_unconfirmed(dreamer):
        # Somebody who knew the old password may have requested a change of address.
        change["$unset"] = {"unconfirmed_email": ""}
    if not db.dreamers.update_one(same, change).modified_count:
        return False
    log_event("password_changed", dreamer_id=dreamer["_id"])
    if dreamer.get("email"):
        add_mail("password_changed", dreamer["email"])
    return True
