"""Who sees a dream: changing that, drafts saved while they are written, and publishing them.

A draft is a dream that was never published: audience "me" and ``draft``. Its slug is its _id. It
has no score, and no tokens of its words or needs: of the indexes that lists use, only those on
topics contain it.
"""
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from dreamscape.database import (
    DREAM_DEFAULTS, DREAM_TEXTS, PICTURE_DEFAULTS, db, indexed_text, parse_id, set_or_unset,
)
from dreamscape.dreams import (
    NO_COUNTS, EditedError, add_dream, find_dream, finish_edit, has_fields, set_dream,
)
from dreamscape.needs import need_texts
from dreamscape.pictures import save_picture
from dreamscape.settling import close_offers, reopen_offers
from dreamscape.slugs import add_redirect, find_slug_owner, new_id
from dreamscape.subjects import remove_dream_documents
from dreamscape.text import idempotency_key
from dreamscape.visibility import is_private

DRAFTS = 50  # of a dreamer
TOO_MANY_DRAFTS = f"You have {DRAFTS} drafts, and that's the limit. Publish or delete one first."
DRAFT_DREAM_FIELDS = (*DREAM_TEXTS, "topics", "needs", "comments_enabled")
EDITED_MEANWHILE = ("You've saved this dream in another tab or on another device meanwhile. Save "
                    "again to replace that by what is here.")
NO_DRAFT = {"draft": "", "version": 0, "other": False}


# Drafts ######################################################################


def set_draft(dreamer, fields, draft="", version="", once=""):
    """Save a draft; the last version wins. Return {draft, version, other}.

    draft: its slug; "" for a new one, and in the answer if it's no draft any more (then other is
    True) or there are too many. version: how often it was saved; the argument is what the sender
    knows of that. once: the form's key. other: whether another device has saved it since.
    """
    change = set_or_unset({name: fields[name] for name in DRAFT_DREAM_FIELDS}
                          | {"title": fields["title"] or None})
    if not draft:
        return add_draft_dream(dreamer, fields, change, once)
    own = {"_id": parse_id(draft), "dreamer_id": dreamer["_id"], "draft": True}
    saved = db.dreams.find_one_and_update(own, change | {"$inc": {"version": 1}}, {"version": 1},
                                          return_document=ReturnDocument.AFTER)
    if not saved:
        return NO_DRAFT | {"other": True}
    is_next = str(version or "") in ("", str(saved["version"] - 1))
    return {"draft": draft, "version": saved["version"], "other": not is_next}


def draft_values(draft):
    """Return {field: [values]} that the form of a complete draft sends, without its audience."""
    texts = {name: [draft[name]] for name in DREAM_TEXTS}
    if draft["title"] == DREAM_DEFAULTS["title"]:  # else it would be saved as the title
        texts["title"] = [""]
    return texts | {"topics": draft["topics"], "needs": need_texts(draft), "comments_enabled": [
        "1" if draft["comments_enabled"] else "0"], "version": [draft["version"]]}


def find_draft_topics(dreamer, draft):
    """Return {topics} of a dreamer's draft, by its slug, as a form takes them; {} without it."""
    own = {"_id": parse_id(draft), "dreamer_id": dreamer["_id"], "draft": True}
    return db.dreams.find_one(own, {"_id": 0, "topics": 1}) or {}


def draft_key(key):
    """Return what a draft stores of its form's key, None without one."""
    return idempotency_key("draft", key) if key else None


def add_draft_dream(dreamer, fields, change, key):
    """Add a draft as set_draft returns it, or save the one of the form's key.

    Its first answer may not have been read. Without a key equal texts count as the same draft.
    """
    mine = {"dreamer_id": dreamer["_id"], "draft": True}
    texts = (*(fields[name] for name in DREAM_TEXTS), *fields["topics"])
    _id, once = new_id({"audience": "me"}), draft_key(key) or idempotency_key("draft", "", *texts)
    same = mine | {"once": indexed_text(once)}
    first = db.dreams.find_one(same, {"_id": 1})
    if not first and db.dreams.count_documents(mine, limit=DRAFTS) >= DRAFTS:
        return NO_DRAFT
    try:
        if not first:
            db.dreams.insert_one(change["$set"] | mine | NO_COUNTS | {
                "_id": _id, "slug": str(_id), "audience": "me", "version": 1, "once": once})
    except DuplicateKeyError:
        first = db.dreams.find_one(same, {"_id": 1})
        if not first:
            return NO_DRAFT | {"other": True}
    # After the insertion, as add_dream_of_form looks for the draft after it has added the dream.
    if not first and find_published(dreamer, once):
        db.dreams.delete_one({"_id": _id, **mine})
        return NO_DRAFT | {"other": True}
    return (set_draft(dreamer, fields, str(first["_id"])) if first
            else {"draft": str(_id), "version": 1, "other": False})


# Publishing ##################################################################

ALREADY_SHARED = "You've already shared this dream."
SHARED = {  # the stored audience: the message after a dream was added, or a draft published
    None: "Your dream is out in the world.",
    "link": "Your dream is shared: anyone with its link can see it.",
}
CHANGED = {  # the stored audience: the message after a dream got it
    None: "Dream saved. Everybody can see it now.",
    "link": "Dream saved. Only people with its link can see it now.",
    "me": "Dream saved. Only you can see it now.",
}
SAVED = "Draft saved. Only you can see it."
SAVED_ELSEWHERE = "Draft saved. You changed it on another device too. We've kept this version."


def add_published(dreamer, draft_id, fields):
    """Publish a draft: add it anew with its picture, then delete the draft; return its slug.

    Anew, as lists are ordered by _id. The first request chooses the new _id, so the dream is added
    once. It can be interrupted anywhere and repeated. None if there is no such draft.
    """
    own = {"_id": draft_id, "dreamer_id": dreamer["_id"], "draft": True}
    db.dreams.update_one(own | {"published_as": None}, {"$set": {"published_as": new_id(fields)}})
    draft = db.dreams.find_one(own, {"published_as": 1})
    if not draft:
        return None
    slug = add_dream(dreamer, fields | {"_id": draft["published_as"], "once": f"draft {draft_id}"})
    remove_replaced_draft(own, draft["published_as"])
    return slug


def remove_replaced_draft(own, dream_id):
    """Move a draft's address and picture to the dream that it was published as, and delete it.

    own: the query for the draft, with its _id.
    """
    add_redirect("dreams", str(own["_id"]), dream_id)
    dream = find_dream({"_id": dream_id})
    while dream and (draft := db.dreams.find_one(own, dict.fromkeys(PICTURE_DEFAULTS, 1))):
        set_picture_moved(draft, dream)
        # Not one that has got another picture meanwhile.
        db.dreams.delete_one(own | {"picture": draft.get("picture")})
    remove_dream_documents(own["_id"])


def add_dream_of_form(dreamer, fields, key):
    """Add a dream, and delete the draft that was saved with the form's key; return its slug.

    The form doesn't know of that draft if the answer was not read, or is still to come. Then the
    key leads to the dream, as an address would.
    """
    slug, once = add_dream(dreamer, fields), draft_key(key)
    dream = slug and key and find_dream({"dreamer_id": dreamer["_id"], "slug": slug})
    if dream:
        add_redirect("dreams", once, dream["_id"])
        mine = {"dreamer_id": dreamer["_id"], "draft": True}
        if draft := db.dreams.find_one(mine | {"once": indexed_text(once)}, {"_id": 1}):
            remove_replaced_draft(mine | {"_id": draft["_id"]}, dream["_id"])
    return slug


def find_published(dreamer, draft_id):
    """Return the dream that a draft was published as, which its address leads to, or None.

    draft_id: or what draft_key returns: see add_dream_of_form.
    """
    owner_id = find_slug_owner("dreams", str(draft_id))
    return find_dream({"dreamer_id": dreamer["_id"], "_id": owner_id, "draft": None})


def set_picture_moved(draft, dream):
    """Give a draft's picture to the published dream, unless that has one from elsewhere."""
    picture = {name: draft[name] for name in PICTURE_DEFAULTS if name in draft}
    if draft.get("picture"):
        unchanged = {"_id": dream["_id"], "picture": dream["picture"] or None}
        db.dreams.update_one(unchanged, {"$set": picture})
        dream["picture"] = draft["picture"]


def share_dream(dreamer, fields, draft="", version="", once=""):
    """Add a dream, publish a draft, or save one; return (its slug, a message).

    Idempotent: repeated, it returns the same dream. The slug is falsy if that is refused.
    """
    if not is_private(fields):
        try:
            slug = add_shared_dream(dreamer, fields, parse_id(draft), version, once)
        except EditedError:
            return None, EDITED_MEANWHILE
        return slug, SHARED[fields["audience"]] if slug else ALREADY_SHARED
    saved = set_draft(dreamer, fields, draft, version, once)
    if not saved["draft"] and saved["other"]:  # it was published or deleted meanwhile
        saved = set_draft(dreamer, fields)
    return saved["draft"], (TOO_MANY_DRAFTS if not saved["draft"] else SAVED_ELSEWHERE
                            if saved["other"] else SAVED)


def save_first_picture(form, slug):
    """Set the picture that came with a new dream; return (the page to show next, a sentence).

    The words are stored by then, and stay.
    """
    dream = form.picture.data and find_dream({"slug": slug})
    if not dream:
        return "dream_picture", "Add a picture?"
    if save_picture(form, "dreams", dream, form.alt.data or ""):
        return "dream_show", ""
    return "dream_picture", " ".join(["Its picture wasn't saved.", *form.picture.errors])


def add_shared_dream(dreamer, fields, draft_id, version, key):
    """Add a dream, or publish a draft; return its slug, or None as set_dream does.

    version: of the draft. EditedError if the dream that it was published as was edited since.
    key: the form's.
    """
    slug = draft_id and add_published(dreamer, draft_id, fields)
    # An interrupted request may have published other texts than these.
    published = draft_id and find_published(dreamer, draft_id)
    if not published:
        return slug or add_dream_of_form(dreamer, fields, key)
    is_same = all(published[name] == fields[name] for name in (*DREAM_TEXTS, "topics"))
    return published["slug"] if is_same else set_dream(
        published, fields, version_of_published(draft_id, version))


def version_of_published(draft, version):
    """Return which version of a published dream a form was written for: see version_of.

    That of a draft, a number, stands for the dream as it was published.
    """
    return "new" if draft and str(version).isdecimal() else version


def edit_dream(dreamer, dream, fields, draft="", version=""):
    """Update a dream, or save or publish a draft; return as share_dream does.

    draft: the id of the draft whose form it is, "" of a dream's. version: see version_of; a dream
    that was edited since is not changed, unless by the same form: that counts once, and finishes
    what an interruption left undone. Offers to a dream that becomes private close, as those to one
    that is hidden.
    """
    if draft and not dream["draft"]:  # it was published elsewhere, and stays so
        fields = fields | {"audience": dream["audience"]}
    if dream["draft"]:
        return share_dream(dreamer, fields, str(dream["_id"]), version)
    try:
        slug = set_dream(dream, fields, version_of_published(draft, version))
    except EditedError:
        stored = find_dream({"_id": dream["_id"]})
        if not stored or not has_fields(stored, fields):
            return None, EDITED_MEANWHILE
        slug = finish_edit(stored, fields)
    if slug:
        (close_offers if is_private(fields) else reopen_offers)(dream["_id"])
    is_changed = fields["audience"] != dream["audience"]
    saved = CHANGED[fields["audience"]] if is_changed else "Dream saved."
    return slug, saved if slug else ALREADY_SHARED
