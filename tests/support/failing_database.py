"""Let the database go away in the middle of something, at a call of one's choice."""

from contextlib import contextmanager

from pymongo.errors import AutoReconnect


@contextmanager
def outage(site, after, answer_lost=False):
    """Give a site a database that is away once it has answered ``after`` calls.

    answer_lost: the next call still has its effect, only its answer does not arrive.
    """
    whole = site.db
    site.db = _FailingDatabase(whole, after, answer_lost)
    try:
        yield
    finally:
        site.db = whole


class _FailingDatabase:
    """A database whose collections share a number of calls that work."""

    def __init__(self, database, calls_left, answer_lost):
        """Wrap a real database."""
        self.database, self.calls_left, self.answer_lost = database, calls_left, answer_lost

    def __getattr__(self, name):
        """Return a collection."""
        return _FailingCollection(self, self.database[name])

    __getitem__ = __getattr__

    def carry_out(self, call):
        """Return what a call returns, or raise what the driver raises without a server."""
        self.calls_left -= 1
        if self.calls_left >= 0:
            return call()
        if self.calls_left == -1 and self.answer_lost:
            call()
        raise AutoReconnect("the database went away")


class _FailingCollection:
    """A collection each call of which may be the first to fail."""

    def __init__(self, database, collection):
        """Wrap a real collection."""
        self._database, self._collection = database, collection

    def __getattr__(self, name):
        """Return a method that asks first whether the database is there."""
        method = getattr(self._collection, name)
        return lambda *args, **kwargs: self._database.carry_out(lambda: method(*args, **kwargs))
