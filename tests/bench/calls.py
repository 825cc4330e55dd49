"""What the database does for one request: the driver's calls, and what the server read for each."""

from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

from flask import g, template_rendered
from pymongo.errors import PyMongoError
from pymongo.monitoring import CommandListener

import app as site
from dreamscape.database import db

QUIET = ("hello", "ping", "endSessions", "killCursors")
SHARE_TURNS = 9
EXPLAINED = {"find": ("filter", "projection", "sort", "limit"), "aggregate": ("pipeline", "cursor")}
COSTLY = {"COLLSCAN", "SORT"}  # stages that read everything, or all that matches


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


def examined(told):
    """Return how many documents the server says it examined, joined ones too; None if silent."""
    whole = told.get("executionStats", {}).get("totalDocsExamined")
    stages = [stage.get("$cursor", stage) for stage in told.get("stages", ())]
    parts = [stage.get("executionStats", stage).get("totalDocsExamined") for stage in stages]
    known = [int(part) for part in parts if part is not None]
    return whole if whole is not None else sum(known) if known else None


def stages_of(plan):
    """Return the names of all stages of a plan."""
    parts = plan.values() if isinstance(plan, dict) else plan if isinstance(plan, list) else ()
    names = {plan["stage"]} if isinstance(plan, dict) and "stage" in plan else set()
    return names.union(*map(stages_of, parts))


def winning_plans(told):
    """Yield each plan that won, wherever it stands in what was explained."""
    if isinstance(told, dict) and "winningPlan" in told:
        yield told["winningPlan"]
    elif isinstance(told, (dict, list)):
        for part in told.values() if isinstance(told, dict) else told:
            yield from winning_plans(part)


def explain(database, name, command, verbosity):
    """Return {read, costly} of a find or an aggregate; None where nobody tells.

    read: how many documents the server examines, None where it only plans; costly: the COSTLY
    stages of its plan.
    """
    if verbosity == "none":
        return None
    asked = {key: command[key] for key in (name, *EXPLAINED[name]) if key in command}
    try:
        told = database.command("explain", asked, verbosity=verbosity)
    except PyMongoError:
        return None
    costly = COSTLY.intersection(*map(stages_of, winning_plans(told)))
    return {"read": examined(told), "costly": sorted(costly)}


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


def count_calls(calls, journey, verbosity):
    """Return the calls of a request: how many, and of each query what it reads and brings.

    Of two turns the one with more, for they may differ. costly: the collections of which the
    server reads more than it must, as its plans say.
    """
    turns = []
    for turn in range(2):
        request = journey.ask(0, turn)
        calls.reset()
        status = send(request)
        if status != journey.expected:
            raise SystemExit(f"{journey.name}: {status} instead of {journey.expected}")
        turns.append(([*calls.commands.items()], dict(calls.brought)))
    commands, brought = max(turns, key=lambda sent: len(sent[0]))
    queries = [{"of": command[name], "brought": brought.get(key, 0),
                **(explain(db, name, command, verbosity) or {})}
               for key, (name, command) in commands if name in EXPLAINED]
    known = [query for query in queries if query.get("read") is not None and query["brought"]]
    return {"calls": len(commands), "queries": queries,
            "database_share": measure_share(calls, journey) if journey.is_page else None,
            "costly": sorted({query["of"] for query in queries if query.get("costly")}),
            "read_for_one": max((round(query["read"] / query["brought"], 1) for query in known),
                                default=None)}
