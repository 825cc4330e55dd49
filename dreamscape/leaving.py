"""Taking one's data along, and deleting an account with all that hangs on it."""
import io
from datetime import UTC, datetime
from itertools import chain, groupby
from operator import itemgetter
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from dreamscape.database import SUBJECTS, db, find_batches
from dreamscape.dreamers import email_of
from dreamscape.log import log_event
from dreamscape.pictures import remove_with_picture


# Export ######################################################################


def export_files(dreamer, dumps, render, read_picture):
    """Yield (name, chunks of its content) of the files of a dreamer's export.

    Each is written while the database is read, so no more is in memory than a batch.
    dumps(document): its JSON; render(template, **context): chunks of HTML;
    read_picture(name): (file name, content).
    """
    yield "dreamscape.json", stream_json(find_exported_documents(dreamer), dumps)
    kept = group_by_kind(find_exported_documents(dreamer))
    yield "dreamscape.html", render("profile/archive.html", kept=kept)
    dreams = find_batches("dreams", {"dreamer_id": dreamer["_id"]}, {"picture": 1})
    for document in chain([dreamer], chain.from_iterable(dreams)):
        if document.get("picture"):
            name, content = read_picture(document["picture"])
            yield name, [content]


def group_by_kind(pairs):
    """Yield (kind, documents) of (kind, document) pairs that come kind by kind."""
    for kind, group in groupby(pairs, itemgetter(0)):
        yield kind, map(itemgetter(1), group)


def stream_json(pairs, dumps):
    """Yield the JSON of (kind, document) pairs, {kind: [document]}, piece by piece."""
    before = "{"
    for kind, documents in group_by_kind(pairs):
        yield f'{before}\n  "{kind}": ['
        for number, document in enumerate(documents):
            yield f"{',' if number else ''}\n    {dumps(document)}"
        yield "\n  ]"
        before = ","
    yield "\n}\n"


def stream_zip(files):
    """Yield the bytes of a zip while its files, (name, pieces of content) each, come in."""
    sink = ZipBuffer()
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        for name, pieces in files:
            entry = ZipInfo(name, datetime.now(UTC).timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            with archive.open(entry, "w") as file:
                for piece in pieces:
                    file.write(piece.encode() if isinstance(piece, str) else piece)
                    if sink.written:
                        yield sink.take()
    yield sink.take()


class ZipBuffer(io.RawIOBase):
    """A write buffer that ZipFile fills and stream_zip drains."""

    written = b""

    def write(self, data):
        """Keep some bytes."""
        self.written += bytes(data)
        return len(data)

    def take(self):
        """Return what was written since the last time."""
        taken, self.written = self.written, b""
        return taken


# Keys and hashes; and what would tell whether an address has another account, too.
UNEXPORTED = ("password", "sign_ins", "sign_up_key", "unconfirmed_email", "ends_at")


def find_exported_documents(dreamer):
    """Yield (kind, document) for all a dreamer wrote or did, keys and hashes left out."""
    mine = {"dreamer_id": dreamer["_id"]}
    own = {key: dreamer[key] for key in dreamer if key not in UNEXPORTED}
    yield "dreamer", own | {"email": email_of(dreamer)}
    for kind in (name for name, subject in SUBJECTS.items() if subject.exported):
        for batch in find_batches(kind, mine, {"words": 0, "once": 0}):
            yield from ((kind, document) for document in batch)


# Deletion ####################################################################


def remove_dreamer(dreamer):
    """Delete a dreamer; what they said to others stays, without their name.

    Their sign-ins end first, so that no new request adds anything. The account goes when all that
    hangs on it is gone: interrupted before, doing it again finishes it. What requests in flight
    added meanwhile goes last of all; what is later still, ``flask recount`` removes.
    """
    db.dreamers.update_one({"_id": dreamer["_id"]}, {"$set": {"sign_ins": []}})
    remove_dreamer_data(dreamer)
    remove_with_picture("dreamers", dreamer)
    remove_dreamer_data(dreamer)
    log_event("account_deleted", dreamer_id=dreamer["_id"])


def remove_dreamer_data(dreamer):
    """Delete what a dreamer did and shared, or make it anonymous, as each subject says."""
    for subject in SUBJECTS.values():
        if subject.when_leaving:
            subject.when_leaving(dreamer)
