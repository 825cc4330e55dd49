"""Data export, and account deletion, over all collections in SUBJECTS."""
import io
import json
from datetime import UTC, datetime
from itertools import chain, groupby
from operator import itemgetter
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from bson import ObjectId

from dreamscape.database import db, find_batches
from dreamscape.dreamers import email_of
from dreamscape.log import log_event
from dreamscape.notifications import EMAIL_KINDS
from dreamscape.pictures import remove_with_picture
from dreamscape.subjects import all_subjects


# Export ######################################################################


def export_files(dreamer, render, read_picture):
    """Yield (name, chunks of content) for each file of a dreamer's export.

    Streamed while the database is read, so no more than a batch is in memory.
    render(template, **context): chunks of HTML; read_picture(name): (file name, content).
    """
    yield "dreamscape.json", stream_json(find_exported_documents(dreamer))
    groups = group_by_kind(find_exported_documents(dreamer))
    yield "dreamscape.html", render("profile/archive.html", groups=groups)
    batches = chain.from_iterable(find_batches(collection, {"dreamer_id": dreamer["_id"]},
                                               {"picture": 1})
                                  for collection in ("dreams", "updates"))
    for document in chain([dreamer], chain.from_iterable(batches)):
        if document.get("picture"):
            name, content = read_picture(document["picture"])
            yield name, [content]


def group_by_kind(pairs):
    """Yield (kind, documents) from (kind, document) pairs that are sorted by kind."""
    for kind, group in groupby(pairs, itemgetter(0)):
        yield kind, map(itemgetter(1), group)


def dump_json(document):
    """Return the JSON of a document, its ObjectIds as text and its dates in ISO 8601."""
    return json.dumps(document, sort_keys=True, default=lambda value:
                      str(value) if isinstance(value, ObjectId) else value.isoformat())


def stream_json(pairs):
    """Yield chunks of the JSON {kind: [document]} of (kind, document) pairs."""
    before = "{"
    for kind, documents in group_by_kind(pairs):
        yield f'{before}\n  "{kind}": ['
        for number, document in enumerate(documents):
            yield f"{',' if number else ''}\n    {dump_json(document)}"
        yield "\n  ]"
        before = ","
    yield "\n}\n"


def stream_zip(files):
    """Yield the bytes of a zip file; files: (name, chunks of content) each."""
    sink = ZipBuffer()
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        for name, chunks in files:
            entry = ZipInfo(name, datetime.now(UTC).timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            with archive.open(entry, "w") as file:
                for chunk in chunks:
                    file.write(chunk.encode() if isinstance(chunk, str) else chunk)
                    if sink.written:
                        yield sink.take()
    yield sink.take()


class ZipBuffer(io.RawIOBase):
    """A write buffer that ZipFile fills and stream_zip empties."""

    written = b""

    def write(self, data):
        """Append bytes to the buffer."""
        self.written += bytes(data)
        return len(data)

    def take(self):
        """Return the content of the buffer and empty it."""
        content, self.written = self.written, b""
        return content


# Secrets, fields that would reveal whether the address has another account or who blocks one, and
# search words.
UNEXPORTED = ("password", "sign_ins", "sign_up_key", "unconfirmed_email", "ends_at", "words",
              "help_words", "has_blocks", "apart")
# Of dreams (the needs themselves are exported), and which of their messages others reported.
DERIVED = dict.fromkeys(("words", "need_words", "needed_at", "once", "card", "reported",
                         "cleared", "state_was", "came_true_at"), 0)


def find_exported_documents(dreamer):
    """Yield (kind, document) for all documents of a dreamer, without secrets."""
    own = {key: dreamer[key] for key in dreamer if key not in UNEXPORTED}
    yield "dreamer", own | {"email": email_of(dreamer)}
    for kind, owners in ((name, subject.owners) for name, subject in all_subjects()
                         if subject.exported):
        mine = {"$or": [{owner: dreamer["_id"]} for owner in owners]}
        for batch in find_batches(kind, mine, DERIVED):
            yield from ((kind, document) for document in batch)


# Deletion ####################################################################


def remove_dreamer(dreamer):
    """Delete an account and its data; return whether comments stay, anonymised.

    Sign-ins end first, so that no new request adds data, and emails: none tells of what deletion
    does. The account is deleted after its data, so an interrupted deletion can be repeated. The
    second pass is for requests in flight; of later ones ``flask recount`` removes follows,
    reactions and reports.
    """
    db.dreamers.update_one({"_id": dreamer["_id"]}, {"$set": {
        "sign_ins": [], "emails": dict.fromkeys(EMAIL_KINDS, "never")}})
    results = remove_dreamer_data(dreamer)
    remove_with_picture("dreamers", dreamer)
    remove_dreamer_data(dreamer)
    log_event("account_deleted", dreamer_id=dreamer["_id"])
    return bool(results.get("comments"))


def remove_dreamer_data(dreamer):
    """Delete or anonymise a dreamer's data; return {collection: result of its when_leaving}."""
    return {name: subject.when_leaving(dreamer) for name, subject in all_subjects()
            if subject.when_leaving}
