"""Several queries in one call: a call costs more of a worker's time than the documents it reads."""
from dreamscape.database import db
from dreamscape.shared import find_shared


def union_pipelines(pipelines):
    """Return one pipeline with the results of several (collection, stages) in order.

    It has to be run on the first one's collection.
    """
    (_, first), *others = pipelines
    return [*first, *({"$unionWith": {"coll": collection, "pipeline": stages}}
                      for collection, stages in others)]


def find_together(parts, complete=None):
    """Return {name: documents} of parts, {name: (collection, stages)}, in one call.

    Without parts in none, and of a part without documents an empty list. complete: a function of
    a document with its ``part``, as find_shared takes it; then all are Shared, with their part.
    """
    found = {name: [] for name in parts}
    marked = [(collection, [*stages, {"$addFields": {"part": {"$literal": name}}}])
              for name, (collection, stages) in parts.items()]
    if not parts:
        return found
    first, pipeline = marked[0][0], union_pipelines(marked)
    for document in (find_shared(first, pipeline, complete) if complete
                     else db[first].aggregate(pipeline)):
        found[document["part"] if complete else document.pop("part")].append(document)
    return found
