"""Slots for uploads of pictures: how many a worker receives and converts at a time."""
import threading

from dreamscape.pictures import PICTURES_BUSY
from dreamscape.settings import REQUEST_BYTES
from dreamscape.visibility import is_unconfirmed

PICTURE_MEMORY = 6 * REQUEST_BYTES  # of concurrent uploads, in each worker
UPLOAD_WAIT = 15  # seconds an upload waits for a slot
OWN_PICTURE_BUSY = "Your other picture is still uploading. Please send this one when it's done."
uploads = {}  # dreamer id: (size, groups) of the picture that is being received or converted
uploads_changed = threading.Condition()  # guards uploads; notified when an upload ends


def acquire_slot(dreamer, size, network):
    """Wait for a dreamer's slot; return "", or a sentence if there was none in UPLOAD_WAIT.

    One picture a dreamer, and half of the memory at most for one network, and for all
    unconfirmed accounts together.
    """
    groups = {"everybody": PICTURE_MEMORY, network: PICTURE_MEMORY // 2}
    groups |= {"unconfirmed": PICTURE_MEMORY // 2} if is_unconfirmed(dreamer) else {}
    with uploads_changed:
        if not uploads_changed.wait_for(lambda: has_slot(dreamer["_id"], size, groups),
                                        UPLOAD_WAIT):
            return OWN_PICTURE_BUSY if dreamer["_id"] in uploads else PICTURES_BUSY
        uploads[dreamer["_id"]] = size, groups
    return ""


def has_slot(dreamer_id, size, groups):
    """Return whether a dreamer's upload may start now.

    groups: {group: maximum bytes of its concurrent uploads together}.
    """
    return dreamer_id not in uploads and all(
        size + sum(used for used, its_groups in uploads.values() if group in its_groups) <= limit
        for group, limit in groups.items())


def release_slot(dreamer_id):
    """Release the slot of a dreamer's upload."""
    with uploads_changed:
        del uploads[dreamer_id]
        uploads_changed.notify_all()
