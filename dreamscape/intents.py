"""Intents: what a visitor wants to do that needs an account; it is done after the sign-in.

It is "dreambuilder", or one of TARGETS with the slug of a dream or a dreamer: "follow:SLUG".
"""
import re
from urllib.parse import urlencode

from dreamscape.cheers import set_cheering
from dreamscape.dreamers import find_visible_dreamer
from dreamscape.dreams import find_visible_dream
from dreamscape.follows import set_following
from dreamscape.slugs import find_by_slug
from dreamscape.text import quoted, safe_path
from dreamscape.visibility import is_same

SESSION_FIELDS_LENGTH = 1_500  # characters: browsers drop a session cookie above 4,093 bytes
TARGETS = {"follow": "dream", "cheer": "dream", "help": "dream", "follow-dreamer": "dreamer"}
INTENT = re.compile(r"dreambuilder|(?:follow|cheer|help|follow-dreamer):[\w-]{1,100}")
ACTS_DONE = {"follow": "You're following", "follow-dreamer": "You're following",
             "cheer": "You cheered"}  # by the sign-in itself


def parse_sign_in_fields(given):
    """Return {next, intent} of a query or a form, without what is missing or invalid."""
    path, intent = safe_path(given.get("next")), INTENT.fullmatch(given.get("intent", ""))
    return ({"next": path} if path else {}) | ({"intent": intent[0]} if intent else {})


def intended_act(fields):
    """Return (what sign_in_fields are to do, the slug it is about), each "" if there is none."""
    act, _, slug = fields.get("intent", "").partition(":")
    return act, slug


def short_sign_in_fields(fields):
    """Return sign_in_fields for the session's cookie; {} if they are too long for it."""
    return fields if len(urlencode(fields)) <= SESSION_FIELDS_LENGTH else {}


def intended_path(fields):
    """Return the path that sign_in_fields lead to, at the dream pressed; None without any."""
    (act, slug), path = intended_act(fields), fields.get("next")
    if act == "dreambuilder":
        return "/dreambuilder"
    if act in ("help", "follow-dreamer"):
        return path or (f"/dreams/{slug}/offers/new" if act == "help" else f"/dreamers/{slug}")
    return f"{(path or f'/dreams/{slug}').partition('#')[0]}#dream-{slug}" if slug else path


def find_intended(viewer, fields):
    """Return the dream or dreamer of sign_in_fields, if the viewer may see it; or None."""
    act, slug = intended_act(fields)
    find = find_visible_dreamer if TARGETS.get(act) == "dreamer" else find_visible_dream
    return find_by_slug(TARGETS[act], find, viewer, slug) if slug else None


def follow_intended(viewer, fields):
    """Follow or cheer what sign_in_fields name; return a message, "" if nothing was done.

    Nothing is done to what is one's own. An offer of help needs words first, which intended_path
    leads to.
    """
    act, target = intended_act(fields)[0], None
    if act in ACTS_DONE:
        target = find_intended(viewer, fields)
        is_person = TARGETS[act] == "dreamer"
        if target and is_same(viewer, target["_id" if is_person else "dreamer_id"]):
            return f"You can't {'follow yourself' if is_person else f'{act} your own dream'}."
        if not target or not set_intended(viewer, act, target):
            return f"That {'person' if is_person else 'dream'} isn't there any more."
        return f"{ACTS_DONE[act]} {target['name'] if is_person else quoted(target['title'])}."
    return ""


def set_intended(viewer, act, target):
    """Do one of ACTS_DONE to a dream or a dreamer; False if it doesn't exist."""
    if act == "cheer":
        return set_cheering(viewer, target, True)
    key = "followed_id" if TARGETS[act] == "dreamer" else "dream_id"
    return set_following(viewer, {key: target["_id"]}, True)
