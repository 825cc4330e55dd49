"""What MongoDB's planner says it would do for a query: a plan is made of nested stages."""

OPTIONS = {"find": ("filter", "projection", "sort", "limit", "hint"),
           "aggregate": ("pipeline", "cursor")}
# Of these each statement is explained alone, for the server takes no more.
WRITES = {"update": "updates", "delete": "deletes"}
FIND_AND_MODIFY = "findAndModify"
FIND_AND_MODIFY_OPTIONS = ("query", "sort", "update", "remove", "fields", "upsert", "new")
COLLSCAN, SORT = "COLLSCAN", "SORT"


def explain(database, name, command):
    """Return the winning plans of a find or an aggregate, as stages_of returns each.

    The planner alone is asked: to run a $unionWith over a $lookup as well ends mongod 6.0.5 by
    signal 11.
    """
    asked = {key: command[key] for key in (name, *OPTIONS[name]) if key in command}
    told = database.command("explain", asked, verbosity="queryPlanner")
    return [stages_of(plan) for plan in winning_plans(told)]


def is_write(name):
    """Return whether a command looks for documents to change or to delete."""
    return name in WRITES or name == FIND_AND_MODIFY


def explain_write(database, name, command):
    """Return the plans of an update, a delete or a findAndModify, as explain does."""
    if name == FIND_AND_MODIFY:
        asked = [{key: command[key] for key in (name, *FIND_AND_MODIFY_OPTIONS) if key in command}]
    else:
        asked = [{name: command[name], WRITES[name]: [each]} for each in command[WRITES[name]]]
    return [stages_of(plan) for each in asked for plan in winning_plans(
        database.command("explain", each, verbosity="queryPlanner"))]


def winning_plans(told):
    """Yield each plan that won, wherever it stands in what was explained."""
    if isinstance(told, dict) and "winningPlan" in told:
        yield told["winningPlan"]
    elif isinstance(told, (dict, list)):
        for part in told.values() if isinstance(told, dict) else told:
            yield from winning_plans(part)


def stages_of(plan):
    """Return {(stage, its index or None)} of a plan."""
    parts = plan.values() if isinstance(plan, dict) else plan if isinstance(plan, list) else ()
    stages = ({(plan["stage"], plan.get("indexName"))}
              if isinstance(plan, dict) and "stage" in plan else set())
    return stages.union(*map(stages_of, parts))


def costly_stages(stages, unique):
    """Return which stages of a plan read everything, or sort all that matches.

    unique: the names of the collection's unique indexes; to sort what one of them finds is nothing.
    """
    costly = {stage for stage, _ in stages} & {COLLSCAN, SORT}
    return costly - {SORT} if indexes_of(stages) <= unique else costly


def indexes_of(stages):
    """Return the names of the indexes that a plan walks."""
    return {index for stage, index in stages if stage.endswith("IXSCAN")}
