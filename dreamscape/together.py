"""Several queries in one call: a call costs more of a worker's time than the documents it reads."""
from dreamscape.database import db


def union_pipelines(pipelines):
    """Return one pipeline with the results of several (collection, stages) in order.

    It has to be run on the first one's collection.
    """
    (_, first), *others = pipelines
    return [*first, *({"$unionWith": {"coll": collection, "pipeline": stages}}
                      for collection, stages in others)]


def find_together(parts):
    """Return {name: documents} of parts, {name: (collection, stages)}, in one call.

    Without parts in none, and of a part without documents an empty list.
    """
    found = {name: [] for name in parts}
    marked = [(collection, [*stages, {"$addFields": {"part": {"$literal": name}}}])
              for name, (collection, stages) in parts.items()]
    for document in db[marked[0][0]].aggregate(union_pipelines(marked)) if marked else ():
        found[document.pop("part")].append(document)
    return found
