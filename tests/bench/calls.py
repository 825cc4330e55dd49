"""The database calls of one request, and how many documents the server examined for each."""

from contextlib import contextmanager, suppress
from statistics import median
from threading import get_ident
from time import perf_counter
from urllib.parse import urlsplit

from pymongo.errors import OperationFailure, PyMongoError
from pymongo.monitoring import CommandListener
from support.plans import OPTIONS, costly_stages, explain
from werkzeug.test import Client

import app as site
from dreamscape.database import INDEXES, db
from bench.journeys import ENCODINGS

DRIVER_COMMANDS = ("hello", "ping", "endSessions", "killCursors")  # sent without a query of ours
SHARE_TURNS = 9


def count_returned(documents):
    """Return the number of documents that a reply holds.

    One without an _id is a group: it stands for each of the ids that it lists.
    """
    return sum(max([1, *(len(value) for value in document.values() if isinstance(value, list))])
               if document.get("_id", True) is None else 1 for document in documents)


class Calls(CommandListener):
    """The commands that a thread sent since its last reset, and their returned documents.

    returned: {request id: number of documents}. waited: seconds until all had a response. Jobs of
    the outbox run in other threads, and are not counted.
    """

    def __init__(self):
        """Start with empty counts."""
        self.commands, self.returned, self.waited = {}, {}, 0
        self.thread = get_ident()

    def started(self, event):
        """Record a command."""
        if event.command_name not in DRIVER_COMMANDS and get_ident() == self.thread:
            self.commands[event.request_id] = event.command_name, dict(event.command)

    def succeeded(self, event):
        """Count the documents of a response."""
        if event.request_id in self.commands:
            self.waited += event.duration_micros / 1e6
            cursor = event.reply.get("cursor") or {}
            self.returned[event.request_id] = count_returned(cursor.get("firstBatch", ()))

    def failed(self, event):
        """Ignore a failure: it is a call without documents."""

    def reset(self):
        """Clear the commands and the counts."""
        self.commands.clear()
        self.returned.clear()
        self.waited, self.thread = 0, get_ident()


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
    # Of a long command the profile has the beginning alone, as text; here only queries are long.
    return [(entry["ns"].partition(".")[2], entry.get("docsExamined")) for entry in profile
            if {*OPTIONS, "$truncated"} & {*entry["command"]}]


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
    # Not Flask's client, whose pages the tests check: that takes longer than a page.
    client = Client(site.app)
    client.set_cookie("session", request.cookie)
    url = urlsplit(request.path)
    return client.open(url.path, query_string=url.query, method=request.method,
                       data=request.body, content_type=request.kind or None,
                       headers={"Accept-Encoding": ENCODINGS}).status_code


def measure_share(calls, journey):
    """Return the share of a page's time that is spent waiting for the database, 0 to 1."""
    shares = []
    for turn in range(SHARE_TURNS):
        calls.reset()
        began = perf_counter()
        send(journey.make_request(0, turn))
        shares.append(calls.waited / (perf_counter() - began))
    return round(median(shares), 3)


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

    Of two turns the one with more calls. examined_per_returned: of the whole page, joins included;
    of_worst_query: of that query with the most. Both None where the profile is incomplete. costly:
    the collections with a costly stage in a plan.
    """
    sent, returned, profile = max(send_twice(calls, journey), key=lambda turn: len(turn[0]))
    queries = describe_queries(sent, returned, profile)
    known = [query for query in queries if query["examined"] is not None]
    return {"calls": len(sent), "queries": queries,
            "costly": sorted({query["collection"] for query in queries if query["costly"]}),
            "examined_per_returned": examined_per_returned(known) if known == queries else None,
            "of_worst_query": max((examined_per_returned([query]) for query in known
                                   if query["returned"]), default=None)}


def examined_per_returned(queries):
    """Return how many documents queries examined for each that they returned."""
    examined, returned = (sum(query[key] for query in queries) for key in ("examined", "returned"))
    return round(examined / max(1, returned), 1)
