"""MongoDB's query plans, from the command "explain": each is a tree of stages."""

OPTIONS = {"find": ("filter", "projection", "sort", "limit", "hint"),
           "aggregate": ("pipeline", "cursor")}
# Each of their statements is explained separately: the server explains only one at a time.
WRITES = {"update": "updates", "delete": "deletes"}
FIND_AND_MODIFY = "findAndModify"
FIND_AND_MODIFY_OPTIONS = ("query", "sort", "update", "remove", "fields", "upsert", "new")
COLLSCAN, SORT = "COLLSCAN", "SORT"


def explain(database, name, command):
    """Return the winning plans of a find or an aggregate, as stages_of returns each.

    With verbosity "queryPlanner", as explaining the execution of a $unionWith over a $lookup
    crashes mongod 6.0.5 (signal 11).
    """
    explained = {key: command[key] for key in (name, *OPTIONS[name]) if key in command}
    response = database.command("explain", explained, verbosity="queryPlanner")
    return [stages_of(plan) for plan in winning_plans(response)]


def is_write(name):
    """Return whether a command looks for documents to change or to delete."""
    return name in WRITES or name == FIND_AND_MODIFY


def explain_write(database, name, command):
    """Return the plans of an update, a delete or a findAndModify, as explain does."""
    if name == FIND_AND_MODIFY:
        explained = [{key: command[key] for key in (name, *FIND_AND_MODIFY_OPTIONS)
                      if key in command}]
    else:
        explained = [{name: command[name], WRITES[name]: [each]} for each in command[WRITES[name]]]
    return [stages_of(plan) for each in explained for plan in winning_plans(
        database.command("explain", each, verbosity="queryPlanner"))]


def winning_plans(response):
    """Yield each winning plan in a response of explain, at any depth."""
    if isinstance(response, dict) and "winningPlan" in response:
        yield response["winningPlan"]
    elif isinstance(response, (dict, list)):
        for part in response.values() if isinstance(response, dict) else response:
            yield from winning_plans(part)


def stages_of(plan):
    """Return {(stage, its index or None)} of a plan and the plans in it."""
    parts = plan.values() if isinstance(plan, dict) else plan if isinstance(plan, list) else ()
    stages = ({(plan["stage"], plan.get("indexName"))}
              if isinstance(plan, dict) and "stage" in plan else set())
    return stages.union(*map(stages_of, parts))


def costly_stages(stages, unique):
    """Return the stages of a plan that scan the whole collection, or sort in memory.

    unique: the names of the collection's unique indexes; what these find is cheap to sort.
    """
    costly = {stage for stage, _ in stages} & {COLLSCAN, SORT}
    return costly - {SORT} if indexes_of(stages) <= unique else costly


def indexes_of(stages):
    """Return the names of the indexes that a plan scans."""
    return {index for stage, index in stages if stage.endswith("IXSCAN")}
