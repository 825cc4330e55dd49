"""The database calls of one request, and how many documents the server examined for each."""

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

DRIVER_COMMANDS = ("hello", "ping", "endSessions", "killCursors")  # sent without a query of ours
SHARE_TURNS = 9


class Calls(CommandListener):
    """The commands that the driver sent since the last reset, and their returned documents.

    returned: {request id: number of documents}. waited: seconds until all had a response.
    """

    def __init__(self):
        """Start with empty counts."""
        self.commands, self.returned, self.waited = {}, {}, 0

    def started(self, event):
        """Record a command."""
        if event.command_name not in DRIVER_COMMANDS:
            self.commands[event.request_id] = event.command_name, dict(event.command)

    def succeeded(self, event):
        """Count the documents of a response."""
        self.waited += event.duration_micros / 1e6
        cursor = event.reply.get("cursor") or {}
        self.returned[event.request_id] = len(cursor.get("firstBatch", ()))

    def failed(self, event):
        """Ignore a failure: it is a call without documents."""

    def reset(self):
        """Clear the commands and the counts."""
        self.commands.clear()
        self.returned.clear()
        self.waited = 0


@contextmanager
def profiled(database):
    """Turn on the profiler of a database; examined() reads the profile.

    A server without a profiler is left unchanged.
    """
    with suppress(OperationFailure):
        database.command("profile", 0)
        database["system.profile"].drop()
        database.command("profile", 2)
    yield
    with suppress(OperationFailure):
        database.command("profile", 0)


def examined(database):
    """Return how many documents the server examined for each profiled query, with joins.

    [(collection, documents or None)], in the order in which the queries ended.
    """
    profile = database["system.profile"].find({"op": {"$in": ["query", "command"]}})
    profiled_commands = [(entry["command"], entry.get("docsExamined")) for entry in profile]
    return [(command[name], documents) for command, documents in profiled_commands
            for name in OPTIONS if name in command]


def costly(database, name, command):
    """Return the costly stages of a query's plans; [] if the server cannot explain it."""
    try:
        plans = explain(database, name, command)
    except PyMongoError:
        return []
    unique = {index.document["name"] for index in INDEXES.get(command[name], ())
              if index.document.get("unique")}
    return sorted(set().union(*(costly_stages(plan, unique) for plan in plans)))


def send(request):
    """Send a request to the site in this process; return the status code."""
    client = site.app.test_client()
    client.set_cookie("session", request.cookie)
    url = urlsplit(request.path)
    return client.open(url.path, query_string=url.query, method=request.method,
                       data=request.body, content_type=request.kind or None).status_code


def measure_share(calls, journey):
    """Return the share of a page's time that is spent waiting for the database, 0 to 1."""
    shares = []
    for turn in range(SHARE_TURNS):
        calls.reset()
        began = perf_counter()
        send(journey.make_request(0, turn))
        shares.append(calls.waited / (perf_counter() - began))
    return round(median(shares), 3)


def record_context(request):
    """Return (template name, its context, viewer) of a page that the site renders."""
    rendered = []

    def record(sender, template, context, **rest):
        """Record the context without the objects of the request."""
        values = {name: value for name, value in context.items()
                  if name not in ("g", "request", "session")}
        rendered.append((template.name, values, g.viewer))

    with template_rendered.connected_to(record, site.app):
        send(request)
    return rendered[0]


def send_twice(calls, journey):
    """Send a journey's request at two turns; yield (calls, returned, examined) of each."""
    for turn in range(2):
        request = journey.make_request(0, turn)
        with profiled(db):
            calls.reset()
            status = send(request)
            sent, returned = [*calls.commands.items()], dict(calls.returned)
        if status != journey.expected:
            raise SystemExit(f"{journey.name}: {status} instead of {journey.expected}")
        yield sent, returned, examined(db)


def describe_queries(sent, returned, profile):
    """Return [{collection, returned, examined, costly}] of the queries of a request.

    examined: None for all if the profile does not hold exactly these queries.
    """
    queries = [(key, name, command) for key, (name, command) in sent if name in OPTIONS]
    is_complete = [name for name, _ in profile] == [command[name] for _, name, command in queries]
    counts = [count for _, count in profile] if is_complete else [None] * len(queries)
    return [{"collection": command[name], "returned": returned.get(key, 0), "examined": count,
             "costly": costly(db, name, command)}
            for (key, name, command), count in zip(queries, counts, strict=True)]


def count_calls(calls, journey):
    """Return the number of calls of a request, and the documents examined and returned.

    Of two turns the one with more calls. costly: the collections with a costly stage in a plan.
    """
    sent, returned, profile = max(send_twice(calls, journey), key=lambda turn: len(turn[0]))
    queries = describe_queries(sent, returned, profile)
    known = [query for query in queries if query["examined"] is not None and query["returned"]]
    return {"calls": len(sent), "queries": queries,
            "database_share": measure_share(calls, journey) if journey.is_page else None,
            "costly": sorted({query["collection"] for query in queries if query["costly"]}),
            "examined_per_returned": max(
                (round(query["examined"] / query["returned"], 1) for query in known), default=None)}
