"""Slugs of dreams and dreamers: unique, redirected after a rename, never reused after deletion.

A document of ``slugs`` assigns a slug to its owner; the current one is also in the owner itself.
"""
import hashlib
import re
import secrets
from datetime import UTC, datetime

from bson import ObjectId
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError
from slugify import slugify

from dreamscape.database import BATCH, db, parse_id
from dreamscape.subjects import add_subject
from dreamscape.visibility import is_moderator, is_same

SLUG_LENGTH = 60  # characters
LINK_SLUG = re.compile(r"[0-9a-f]{12}(?=-|$)")  # how the slug of a dream shared by link begins
SLUG_SUFFIX = re.compile(r"-(\d|\d{4}|[0-9a-f]{16})")
OLD_SLUGS = 20  # per document, that redirect to the current one; older ones are released


def new_id(dream):
    """Return the _id of a new dream, or of something on one, by the dream's audience.

    URLs may contain it. The ObjectIds of one process can be guessed from each other, so that of a
    dream that isn't for everybody is random after its timestamp.
    """
    now = ObjectId()
    return ObjectId(now.binary[:4] + secrets.token_bytes(8)) if dream.get("audience") else now


def slug_base(text, fallback):
    """Return the slug of ``text`` without a suffix."""
    base = slugify(text, max_length=SLUG_LENGTH, word_boundary=True) or fallback
    return f"{fallback}-{base}" if parse_id(base) else base  # addresses name others by _id


def slug_candidates(text, fallback):
    """Yield slugs of ``text``: without a suffix, then numbered, then with random suffixes."""
    base = slug_base(text, fallback)
    yield base
    yield from (f"{base}-{number}" for number in range(2, 10))
    yield from (f"{base}-{secrets.randbelow(9_000) + 1_000}" for _ in range(5))
    yield f"{base}-{secrets.token_hex(8)}"


def is_slug_of(slug, text, fallback):
    """Return whether slug_candidates may have yielded a slug for ``text``."""
    suffix = slug.removeprefix(slug_base(text, fallback))
    return suffix == "" or (suffix != slug and bool(SLUG_SUFFIX.fullmatch(suffix)))


def slug_claim(collection, slug):
    """Return the _id of a slug's document: a hash, for slugs of deleted dreamers hold names."""
    return hashlib.sha256(f"{collection}/{slug}".encode()).hexdigest()


def add_slug(collection, owner_id, text):
    """Assign the first candidate that is free or already the owner's; return it."""
    for slug in slug_candidates(text, collection[:-1]):
        claim = {"_id": slug_claim(collection, slug), "owner_id": owner_id}
        assigned = {"given_at": datetime.now(UTC)}
        try:
            db.slugs.insert_one(claim | assigned)
        except DuplicateKeyError:
            if not db.slugs.update_one(claim, {"$set": assigned}).matched_count:
                continue
        return slug
    raise RuntimeError("a random slug of 64 bits was taken")


def set_slug(collection, document, text):
    """Set a document's slug to one of ``text``; return it. The last OLD_SLUGS redirect to it."""
    slug = add_slug(collection, document["_id"], text)
    try:
        db[collection].update_one({"_id": document["_id"]}, {"$set": {"slug": slug}})
    except DuplicateKeyError:
        # Only a document inserted by something else has a slug that isn't in ``slugs``.
        slug = add_slug(collection, document["_id"], f"{text} {secrets.token_hex(8)}")
        db[collection].update_one({"_id": document["_id"]}, {"$set": {"slug": slug}})
    remove_oldest_slugs(document["_id"], slug_claim(collection, slug))
    return slug


def add_redirect(collection, slug, owner_id):
    """Have a former address of a document lead to it; nobody else can have the slug."""
    db.slugs.update_one({"_id": slug_claim(collection, slug)}, {"$set": {
        "owner_id": owner_id, "given_at": datetime.now(UTC)}}, upsert=True)


def remove_oldest_slugs(owner_id, present):
    """Release a document's slugs except the ``present`` one and the latest OLD_SLUGS."""
    old = {"owner_id": owner_id, "_id": {"$ne": present}}
    newest = db.slugs.find(old, {"_id": 1}).sort("given_at", DESCENDING).limit(OLD_SLUGS + BATCH)
    if ids := [claim["_id"] for claim in newest][OLD_SLUGS:]:
        db.slugs.delete_many({"_id": {"$in": ids}, "owner_id": owner_id})


def find_slug_owner(collection, slug):
    """Return the _id of the document with a current or old slug, or with it as _id; else None."""
    claim = db.slugs.find_one({"_id": slug_claim(collection, slug)})
    return claim.get("owner_id") if claim else parse_id(slug)


def find_by_slug(kind, find, viewer, slug):
    """Return the dream or dreamer of a present or former slug, or None.

    kind: "dream" or "dreamer"; find: the query for one document that a viewer may see.
    """
    document = find(viewer, {"slug": slug})
    if not document and (owner_id := find_slug_owner(f"{kind}s", slug)):
        document = find(viewer, {"_id": owner_id})
        # Of a dream that is now shared by link, the former slug can be guessed from the title, and
        # the _id was published in feeds: neither may redirect to the secret slug.
        if document and document.get("audience") == "link" and not (
                slug == document["slug"] or LINK_SLUG.match(slug)
                or is_same(viewer, document["dreamer_id"]) or is_moderator(viewer)):
            return None
    return document


def set_slugs_orphaned(document):
    """Orphan a deleted document's slugs, so that they are never reused."""
    db.slugs.update_many({"owner_id": document["_id"]}, {"$set": {"owner_id": None}})


add_subject("slugs", when_leaving=set_slugs_orphaned)
