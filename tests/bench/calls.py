"""What the database does for one request: the driver's calls, and what the server read for each."""

from contextlib import contextmanager, suppress
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

from flask import g, template_rendered
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.monitoring import CommandListener
from support.plans import OPTIONS, costly_stages, explain

import app as site
from dreamscape.database import INDEXES, db

QUIET = ("hello", "ping", "endSessions", "killCursors")
SHARE_TURNS = 9


class Calls(CommandListener):
    """The commands the driver sent since the last reset, and how many documents each brought.

    waited: seconds until all were answered.
    """

    def __init__(self):
        """Begin with none."""
        self.commands, self.brought, self.waited = {}, {}, 0

    def started(self, event):
        """Keep a command."""
        if event.command_name not in QUIET:
            self.commands[event.request_id] = event.command_name, dict(event.command)

    def succeeded(self, event):
        """Count the documents of its answer."""
        self.waited += event.duration_micros / 1e6
        cursor = event.reply.get("cursor") or {}
        self.brought[event.request_id] = len(cursor.get("firstBatch", ()))

    def failed(self, event):
        """Count a failure as a call that brought nothing."""

    def reset(self):
        """Forget what was sent."""
        self.commands.clear()
        self.brought.clear()
        self.waited = 0


@contextmanager
def profiled(database):
    """Have the server profile what is asked of a database; a profile is read from examined().

    Servers without a profiler stay as they are.
    """
    with suppress(OperationFailure):
        database.command("profile", 0)
        database["system.profile"].drop()
        database.command("profile", 2)
    yield
    with suppress(OperationFailure):
        database.command("profile", 0)


def examined(database):
    """Return how many documents the server examined for each query it profiled, joins included.

    The queries stand in the order in which they ended: [(collection, documents or None)].
    """
    profile = database["system.profile"].find({"op": {"$in": ["query", "command"]}})
    asked = [(entry["command"], entry.get("docsExamined")) for entry in profile]
    return [(command[name], documents) for command, documents in asked
            for name in OPTIONS if name in command]


def costly(database, name, command):
    """Return the stages of a query's plans that read too much; none where nobody plans."""
    try:
        plans = explain(database, name, command)
    except PyMongoError:
        return []
    unique = {index.document["name"] for index in INDEXES.get(command[name], ())
              if index.document.get("unique")}
    return sorted(set().union(*(costly_stages(plan, unique) for plan in plans)))


def send(request):
    """Send a request to the site in this process; return the status of the answer."""
    client = site.app.test_client()
    client.set_cookie("session", request.cookie)
    url = urlsplit(request.path)
    return client.open(url.path, query_string=url.query, method=request.method,
                       data=request.body, content_type=request.kind or None).status_code


def measure_share(calls, journey):
    """Return the part of a page's time in which its worker waits for the database, 0 to 1."""
    shares = []
    for turn in range(SHARE_TURNS):
        calls.reset()
        began = perf_counter()
        send(journey.ask(0, turn))
        shares.append(calls.waited / (perf_counter() - began))
    return round(median(shares), 3)


def remember(request):
    """Have the site show a page; return its template, what that was given, and the viewer."""
    shown = []

    def keep(sender, template, context, **rest):
        """Keep it, but for what belongs to that one request."""
        own = {name: value for name, value in context.items()
               if name not in ("g", "request", "session")}
        shown.append((template.name, own, g.viewer))

    with template_rendered.connected_to(keep, site.app):
        send(request)
    return shown[0]


def send_twice(calls, journey):
    """Send a journey's request at two turns; return what each was: (calls, brought, examined)."""
    for turn in range(2):
        request = journey.ask(0, turn)
        with profiled(db):
            calls.reset()
            status = send(request)
            sent, brought = [*calls.commands.items()], dict(calls.brought)
        if status != journey.expected:
            raise SystemExit(f"{journey.name}: {status} instead of {journey.expected}")
        yield sent, brought, examined(db)


def describe_queries(sent, brought, read):
    """Return [{of, brought, read, costly}] of the queries among the calls of a request.

    read: how many documents the server examined, None where it has no profile of just these.
    """
    asked = [(key, name, command) for key, (name, command) in sent if name in OPTIONS]
    is_whole = [of for of, _ in read] == [command[name] for _, name, command in asked]
    documents = [count for _, count in read] if is_whole else [None] * len(asked)
    return [{"of": command[name], "brought": brought.get(key, 0), "read": count,
             "costly": costly(db, name, command)}
            for (key, name, command), count in zip(asked, documents, strict=True)]


def count_calls(calls, journey):
    """Return the calls of a request: how many, and of each query what it reads and brings.

    Of two turns the one with more, for they may differ. costly: the collections of which the
    server reads more than it must, as its plans say.
    """
    sent, brought, read = max(send_twice(calls, journey), key=lambda turn: len(turn[0]))
    queries = describe_queries(sent, brought, read)
    known = [query for query in queries if query["read"] is not None and query["brought"]]
    return {"calls": len(sent), "queries": queries,
            "database_share": measure_share(calls, journey) if journey.is_page else None,
            "costly": sorted({query["of"] for query in queries if query["costly"]}),
            "read_for_one": max((round(query["read"] / query["brought"], 1) for query in known),
                                default=None)}
