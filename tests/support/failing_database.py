"""Simulate a database outage that begins after a given number of calls."""

from contextlib import contextmanager

from pymongo.errors import AutoReconnect

from dreamscape.database import db


@contextmanager
def outage(after, answer_lost=False):
    """Replace the site's database by one that fails once ``after`` calls have succeeded.

    answer_lost: the next call is still executed, only its response is lost.
    """
    database = db.database
    db.database = _FailingDatabase(database, after, answer_lost)
    try:
        yield
    finally:
        db.database = database


class _FailingDatabase:
    """A database whose collections share one counter of calls that succeed."""

    def __init__(self, database, calls_left, answer_lost):
        """Wrap a real database."""
        self.database, self.calls_left, self.answer_lost = database, calls_left, answer_lost

    def __getattr__(self, name):
        """Return a collection."""
        return _FailingCollection(self, self.database[name])

    __getitem__ = __getattr__

    def execute(self, call):
        """Return the result of a call, or raise AutoReconnect as the driver does."""
        self.calls_left -= 1
        if self.calls_left >= 0:
            return call()
        if self.calls_left == -1 and self.answer_lost:
            call()
        raise AutoReconnect("the database went away")


class _FailingCollection:
    """A collection whose calls count towards the outage."""

    def __init__(self, database, collection):
        """Wrap a real collection."""
        self._database, self._collection = database, collection

    def __getattr__(self, name):
        """Return a method that fails during the outage."""
        method = getattr(self._collection, name)
        return lambda *args, **kwargs: self._database.execute(lambda: method(*args, **kwargs))


class Interrupted:
    """A database of whose calls one raises AutoReconnect, as if its connection had been lost.

    at: the number of that call, or the name of the method whose first call it is.
    lost: "request", so that the call isn't executed, or "answer", after it was executed.
    """

    def __init__(self, database, at, lost):
        """Wrap a database."""
        self.database, self.at, self.lost = database, at, lost
        self.count, self.is_over = 0, False

    def __getattr__(self, name):
        """Return a collection."""
        return InterruptedCollection(self, self.database[name])

    __getitem__ = __getattr__

    def call(self, method, name, args, options):
        """Execute a call; raise AutoReconnect if it is the one that is lost."""
        self.count += 1
        is_lost = not self.is_over and self.at in (self.count, name)
        self.is_over |= is_lost
        result = None if is_lost and self.lost == "request" else method(*args, **options)
        if is_lost:
            raise AutoReconnect("The connection was lost.")
        return result


class InterruptedCollection:
    """A collection of such a database."""

    def __init__(self, database, collection):
        """Wrap a collection."""
        self.database, self.collection = database, collection

    def __getattr__(self, name):
        """Return a method."""
        method = getattr(self.collection, name)
        return lambda *args, **options: self.database.call(method, name, args, options)
