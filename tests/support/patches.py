"""What tests put in the place of the site's own, each in one place."""
from dreamscape.database import db as handle


def use_database(monkeypatch, database):
    """Have the site work on another database until the patch is undone."""
    monkeypatch.setattr(handle, "database", database)
