"""Patches of the site for tests."""
from dreamscape.database import db as handle


def use_database(monkeypatch, database):
    """Let the site use another database until the patch is undone."""
    monkeypatch.setattr(handle, "database", database)
