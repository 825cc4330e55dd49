"""Readable addresses of dreams and dreamers; old ones lead to the present one."""
import hashlib
import secrets
from datetime import UTC, datetime

from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError
from slugify import slugify

from dreamscape.database import BATCH, add_subject, db, parse_id

SLUG_LENGTH = 60  # characters
OLD_SLUGS = 20  # of a document that lead to it; older ones are free again


def slug_candidates(text, fallback):
    """Yield slugs made from ``text``: plain, then numbered, then with a random end."""
    base = slugify(text, max_length=SLUG_LENGTH, word_boundary=True) or fallback
    yield base
    yield from (f"{base}-{number}" for number in range(2, 10))
    yield from (f"{base}-{secrets.randbelow(9_000) + 1_000}" for _ in range(5))
    yield f"{base}-{secrets.token_hex(8)}"


def slug_claim(collection, slug):
    """Return the id under which a slug is taken; it tells no name of one who has left."""
    return hashlib.sha256(f"{collection}/{slug}".encode()).hexdigest()


def add_slug(collection, owner_id, text):
    """Give a document the first free slug made from ``text``, or its own again; return it."""
    for slug in slug_candidates(text, collection[:-1]):
        claim = {"_id": slug_claim(collection, slug), "owner_id": owner_id}
        given = {"given_at": datetime.now(UTC)}
        try:
            db.slugs.insert_one(claim | given)
        except DuplicateKeyError:
            if not db.slugs.update_one(claim, {"$set": given}).matched_count:
                continue
        return slug
    raise RuntimeError("a random slug of 64 bits was taken")


def set_slug(collection, document, text):
    """Give a document the slug made from ``text``; the last OLD_SLUGS keep leading to it."""
    slug = add_slug(collection, document["_id"], text)
    try:
        db[collection].update_one({"_id": document["_id"]}, {"$set": {"slug": slug}})
    except DuplicateKeyError:
        # Only a document put in by other hands can hold a slug that was never given.
        slug = add_slug(collection, document["_id"], f"{text} {secrets.token_hex(8)}")
        db[collection].update_one({"_id": document["_id"]}, {"$set": {"slug": slug}})
    remove_oldest_slugs(document["_id"], slug_claim(collection, slug))
    return slug


def remove_oldest_slugs(owner_id, present):
    """Free the slugs of a document but for its present claim and the OLD_SLUGS given last."""
    old = {"owner_id": owner_id, "_id": {"$ne": present}}
    newest = db.slugs.find(old, {"_id": 1}).sort("given_at", DESCENDING).limit(OLD_SLUGS + BATCH)
    if ids := [claim["_id"] for claim in newest][OLD_SLUGS:]:
        db.slugs.delete_many({"_id": {"$in": ids}, "owner_id": owner_id})


def find_slug_owner(collection, slug):
    """Return the id of the document that once had a slug, or whose id it is; else None."""
    claim = db.slugs.find_one({"_id": slug_claim(collection, slug)})
    return claim.get("owner_id") if claim else parse_id(slug)


def set_slugs_orphaned(document):
    """Part a document from its slugs; who comes later gets none of them."""
    db.slugs.update_many({"owner_id": document["_id"]}, {"$set": {"owner_id": None}})


add_subject("slugs", when_leaving=set_slugs_orphaned)
