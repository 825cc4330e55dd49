"""Add people, dreams and comments straight to the database that the site serves."""

import functools
import io
import secrets
from datetime import UTC, datetime

from bson import ObjectId
from PIL import Image

import app as site
import dreamscape.comments
import dreamscape.dreams
from dreamscape.accounts import UNCONFIRMED_LIFE
from dreamscape.comments import complete_comment
from dreamscape.dreamers import complete_dreamer, word_fields
from dreamscape.dreams import dream_words, find_dream
from dreamscape.passwords import hash_password
from dreamscape.database import db
from dreamscape.slugs import set_slug

PASSWORD = "correct horse battery"
# Opens the conversations of all cards.
UNFOLD = "document.querySelectorAll('.talk').forEach((talk) => { talk.open = true; })"


@functools.cache
def password_hash():
    """Return the hash of PASSWORD, cached: hashing is slow on purpose."""
    return hash_password(PASSWORD)


def add_person(first_name="Ada", last_name="Lovelace", **fields):
    """Add a dreamer with a unique email; return the complete document."""
    document = {
        "_id": ObjectId(),
        "email": f"{secrets.token_hex(6)}@example.com",
        "password": password_hash(),
        "first_name": first_name,
        "last_name": last_name,
        "followers": 0,
        "helped": 0,
        "reminded": True,
        **fields,
    }
    db.dreamers.insert_one(document | word_fields(document))
    set_slug("dreamers", document, f"{first_name} {last_name}")
    return reload_person(document)


def add_unconfirmed(first_name="Una", last_name="Umbra"):
    """Add a dreamer with an unconfirmed email; return the complete document."""
    person = add_person(first_name, last_name)
    db.dreamers.update_one({"_id": person["_id"]}, {
        "$rename": {"email": "unconfirmed_email"},
        "$set": {"ends_at": datetime.now(UTC) + UNCONFIRMED_LIFE}})
    return reload_person(person)


def end_sign_ins(person):
    """End all sessions of a dreamer, as another browser of theirs can."""
    db.dreamers.update_one({"_id": person["_id"]}, {"$set": {"sign_ins": []}})


def reload_person(person):
    """Return the current document of a dreamer."""
    return complete_dreamer(db.dreamers.find_one({"_id": person["_id"]}))


def sign_in_cookie(person, url):
    """Sign a dreamer in; return the session cookie in Playwright's format."""
    with site.app.test_request_context():
        site.start_session(person)
        content = dict(site.session)
    serializer = site.app.session_interface.get_signing_serializer(site.app)
    return {
        "name": "session",
        "value": serializer.dumps(content),
        "url": url,
        "httpOnly": True,
        "sameSite": "Lax",
    }


def add_dream(
    author, title="Sail around the world", description="With a boat I build myself.", **fields
):
    """Add a dream; return the complete document."""
    content = {
        "title": title,
        "description": description,
        "topics": ["travel"],
        "comments_enabled": True,
    }
    content |= {"words": dream_words(content, author["name"]), "once": secrets.token_hex(8)}
    return reload_dream(dreamscape.dreams.add_dream(author, content | fields))


def reload_dream(slug):
    """Return the current document of a dream, or None."""
    return find_dream({"slug": slug})


def add_comment(author, dream, body="I have a sail to give away.", parent=None):
    """Add a comment, or an answer to one; return the complete document."""
    comment_id = dreamscape.comments.add_comment(author, dream, body, parent=parent)
    return complete_comment(db.comments.find_one({"_id": comment_id}))


def comment_bodies(dream):
    """Return the bodies of a dream's comments, oldest first."""
    return [
        comment["body"] for comment in db.comments.find({"dream_id": dream["_id"]}).sort("_id")
    ]


def is_followed(dream, person):
    """Return whether a person follows a dream."""
    return bool(db.follows.find_one({"dreamer_id": person["_id"], "dream_id": dream["_id"]}))


@functools.cache
def photo(size=(900, 600), kind="JPEG", orientation=None):
    """Return the bytes of a picture."""
    image = Image.linear_gradient("L").resize(size)
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    file = io.BytesIO()
    image.convert("RGB").save(file, kind, exif=exif)
    return file.getvalue()


def picture_file(name="boat.jpg", data=None, mime="image/jpeg"):
    """Return a file in the format of Playwright's set_input_files."""
    return {"name": name, "mimeType": mime, "buffer": data or photo()}
