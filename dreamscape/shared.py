"""Documents that page after page shows, decoded and completed once in each worker."""
import hashlib
from functools import lru_cache

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

from dreamscape.database import db

# In each worker: 500 usual dreams and 500 comments take 6 MB, as many with the longest texts 11 in
# ASCII and 30 in emoji.
SHARED_DOCUMENTS = 1_000
ENCODED, DECODED = CodecOptions(RawBSONDocument), CodecOptions(tz_aware=True)


class Shared(dict):
    """A document that is not changed, as others have it too; ``document | {}`` is a usual dict.

    digest: that of the bytes it was made of, which a dict made from it doesn't have.
    """

    __slots__ = ("digest",)

    def refuse(self, *args, **kwargs):
        """Raise TypeError."""
        raise TypeError("a shared document cannot be changed")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = refuse


@lru_cache(SHARED_DOCUMENTS)
def share(encoded, complete):
    """Return the Shared document that ``complete`` makes of an encoded one."""
    document = Shared(complete(bson.decode(encoded, DECODED)))
    document.digest = hashlib.sha256(encoded).digest()
    return document


def find_shared(collection, pipeline, complete):
    """Return the documents of an aggregation as Shared ones.

    complete: a function of a document and nothing else, as its result is the same for everybody.
    """
    found = db[collection].with_options(codec_options=ENCODED).aggregate(pipeline)
    return [share(document.raw, complete) for document in found]


def content_key(document):
    """Return bytes that only documents with the same content share, for the key of a cache.

    A digest, as long texts in the keys would take more memory than the cached HTML.
    """
    return (document.digest if isinstance(document, Shared)
            else hashlib.sha256(bson.encode(document)).digest())
