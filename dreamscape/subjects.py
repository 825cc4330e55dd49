"""Subjects: which collections follow the life of a dreamer or a dream, and how.

The module that owns a collection registers it with add_subject.
"""
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import NamedTuple

from dreamscape.database import db

SUBJECTS = {}  # collection -> Subject, in the order in which modules are imported


class Subject(NamedTuple):
    """How the documents of a collection are exported, deleted, searched and moderated.

    exported: whether a dreamer's export contains those with their dreamer_id.
    when_leaving(dreamer): deletes or anonymises the documents of a deleted account, or None.
    of_dream: the key that references a dream, with which they are deleted. when_dream_goes(its
    id): what happens to those that stay, or None. searched: the text fields that searches of
    dreams cover. moderated: the text fields shown to moderators. owners: the keys of the dreamers
    in whose exports they are.
    """

    exported: bool = False
    when_leaving: Callable | None = None
    of_dream: str | None = None
    when_dream_goes: Callable | None = None
    owners: tuple = ("dreamer_id",)
    searched: tuple = ()
    moderated: tuple = ()


def add_subject(collection, **row):
    """Register a collection in SUBJECTS, which export, deletion and moderation iterate."""
    SUBJECTS[collection] = Subject(**row)


@cache
def import_modules():
    """Import all modules, which register their subjects; at the first call only."""
    for module in iter_modules([Path(__file__).parent]):
        import_module(f"dreamscape.{module.name}")


def all_subjects():
    """Return the items of SUBJECTS, those of all modules.

    A shell that has imported a few of them must not delete less than the site does.
    """
    import_modules()
    return SUBJECTS.items()


def remove_dream_documents(dream_id):
    """Delete the documents that reference a dream, in all collections with of_dream."""
    for collection, subject in all_subjects():
        if subject.of_dream:
            db[collection].delete_many({subject.of_dream: dream_id})
        if subject.when_dream_goes:
            subject.when_dream_goes(dream_id)
