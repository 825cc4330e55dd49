"""The figures as Markdown tables: ratios first, since milliseconds depend on the machine.

What misses a target is marked by MISSED.
"""

LEVELS = ("1", "8", "32")  # connections at a time
MISSED = " ✗"
GROWTH = 1.3  # at most, of the time at the smallest size
NEWCOMER = "newcomer"
EMPTY_FIRST = ("Following", "Notifications", "Offers", "My dreams")  # what a newcomer has none of
TO_NEWCOMER = 1.5  # at most, of a newcomer's time
TO_UNFOLLOWED = 1.3  # at most, a comment on a dream with many followers
CONVERTED, CONVERTED_MEMORY = 1.0, 120  # libvips' processor time, and MB above idle
WORKER_MEMORY, WORKER_START, FAN_OUT, MAKING = 100, 1, 60, 30 * 60  # MB and seconds
TEN_MILLION = 10_000_000
RATIOS = ("page or action", "× bare, processor", "× bare, median at 1 / 8 / 32", "target",
          "% waiting for the database", "examined / shown (worst query)", "calls", "kB",
          "scanned or sorted", "failed")
TIMES = ("page or action", "processor ms", *(
    f"{level} at a time: ms p50 / p95 / p99, requests a second" for level in LEVELS))


def row(cells):
    """Return a row of a table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def table(head, rows):
    """Return the lines of a table."""
    return ["", row(head), row(["---"] * len(head)), *rows]


def format_figure(value):
    """Return a figure as text, or a dash for None."""
    return "–" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value)


def mark(value, most, text=None):
    """Return a figure as text, marked if it is more than a target; None: no figure, no target."""
    missed = value is not None and most is not None and value > most
    return f"{text or format_figure(value)}{MISSED if missed else ''}"


def at_levels(journey, figure):
    """Return a figure at each number of connections."""
    levels = journey["levels"]
    return " / ".join(format_figure(levels.get(level, {}).get(figure)) for level in LEVELS)


def format_examined(journey):
    """Return the documents examined for one shown, marked if they are too many."""
    page, worst = journey["examined_per_returned"], journey["of_worst_query"]
    return f"{mark(page, journey.get('examined_target'))} ({format_figure(worst)})"


def ratio_row(journey):
    """Return the row of a journey in the table of ratios."""
    alone, levels = journey["levels"]["1"], journey["levels"].values()
    share, target = journey["database_share"], journey["target"]
    failed, requests = (sum(level[name] for level in levels) for name in ("failed", "requests"))
    return row([
        journey["name"], mark(alone["processor_ratio"], target),
        mark(alone["bare_ratio"], target, at_levels(journey, "bare_ratio")),
        format_figure(target), format_figure(share and round(100 * share)),
        format_examined(journey), mark(journey["calls"], journey.get("calls_target")),
        format_figure(alone["bytes"] / 1_000), " ".join(journey["costly"]) or "–",
        f"{failed} of {requests}" if failed else "–"])


def times_row(journey):
    """Return the row of a journey in the table of times."""
    return row([journey["name"], format_figure(journey["levels"]["1"]["processor"]), *(
        f"{format_figure(level['p50'])} / {format_figure(level['p95'])} / "
        f"{format_figure(level['p99'])}, {format_figure(level['per_second'])}"
        if level else "–" for level in map(journey["levels"].get, LEVELS))])


def find_ratio(run, name, figure="bare_ratio"):
    """Return a figure of a journey at one connection, by name; None if it wasn't measured."""
    return next((journey["levels"]["1"].get(figure) for journey in run["journeys"]
                 if journey["name"] == name), None)


def compare(ratio, other, most):
    """Return a ratio divided by another one, marked if it is more than ``most``."""
    return mark(ratio / other, most, f"{ratio / other:.2f}") if ratio and other else "–"


def compare_both(run, name, other_run, other_name, most):
    """Return processor time and median of a journey divided by those of another one."""
    return " / ".join(compare(find_ratio(run, name, figure),
                              find_ratio(other_run, other_name, figure), most)
                      for figure in ("processor_ratio", "bare_ratio"))


def growth_lines(runs):
    """Return a table of each journey's times divided by those with the fewest dreams."""
    first, *others = runs
    if not others:
        return []
    names = [journey["name"] for journey in first["journeys"]]
    lines = [row([name, *(compare_both(run, name, first, name, GROWTH) for run in others)])
             for name in names]
    return ["", f"Times longer than with {first['dreams']:,} dreams, processor / median, both in "
            f"bare pages; target: at most {GROWTH}.",
            *table(["page or action", *(f"{run['dreams']:,}" for run in others)], lines)]


def people_lines(run):
    """Return a table of the pages of special people, divided by a newcomer's.

    A newcomer's page that shows nothing is no measure: there it is the page of a usual client.
    """
    names = [journey["name"].partition(": ") for journey in run["journeys"]]
    labels = list(dict.fromkeys(label for _, _, label in names if label not in ("", NEWCOMER)))
    lines = []
    for page in dict.fromkeys(page for page, _, label in names if label == NEWCOMER):
        measure = page if page in EMPTY_FIRST else f"{page}: {NEWCOMER}"
        lines.append(row([page, "a client" if page in EMPTY_FIRST else NEWCOMER, *(
            compare_both(run, f"{page}: {label}", run, measure, TO_NEWCOMER)
            for label in labels)]))
    return ["", f"Times longer than the page of another one, processor / median; target: at most "
            f"{TO_NEWCOMER}.", *table(["page", "divided by that of", *labels], lines)] * bool(lines)


def size_lines(run):
    """Return the lines about the room that dreams and people take."""
    sizes, counts = run["sizes"], {"dream": run["dreams"], "person": run["people"]}
    lines = [row([name, *(f"{sizes[name][key]:,}" for key in ("documents", "stored", "indexes"))])
             for name in counts]
    per_dream = run["people"] / run["dreams"]
    wanted = {key: (sizes["dream"][key] + per_dream * sizes["person"][key]) * TEN_MILLION / 1e9
              for key in ("stored", "indexes")}
    return ["", "Bytes each, with all that belongs to it:",
            *table(("", "documents", "on the disk", "indexes"), lines), "",
            f"10 million dreams would need {wanted['stored']:,.0f} GB for documents and "
            f"{wanted['indexes']:,.0f} GB for indexes."]


def fan_out_line(run):
    """Return the line about the actions on a dream with many followers."""
    fan_out = run["fan_out"]
    ratio, other = (find_ratio(run, name) for name in ("Comment, 10,000 followers", "Comment"))
    return (f"A comment on a dream with {fan_out['followers']:,} followers takes "
            f"{compare(ratio, other, TO_UNFOLLOWED)} times as long as on a usual one. An update to "
            f"it was answered after {fan_out['answered']:.2f} s; all were notified after "
            f"{mark(fan_out['done'], FAN_OUT)} s.")


def worker_line(run):
    """Return the line about the workers."""
    start, memory = run["start"], run["memory"]
    return (f"A worker starts in {mark(start['seconds'], WORKER_START)} s and has "
            f"{start['megabytes']} MB then; the workers had {memory['before']} MB before all this "
            f"and {mark(max(memory['after']), WORKER_MEMORY, memory['after'])} MB after it. While "
            f"pictures are converted, Newest takes {run['while_pictures']} times as long.")


def run_lines(run):
    """Return the lines about a database of one size."""
    made = run["loading"] + run["indexing"]
    scaled = ", ".join(f"{name}: {number:,}" for name, number in run["scaled"].items())
    return [
        "", f"## {run['dreams']:,} dreams, {run['people']:,} people", "",
        f"Loaded in {run['loading']} s and indexed in {run['indexing']} s: "
        f"{mark(made / 60, MAKING / 60)} minutes.",
        *([f"Scaled down, for there are too few dreams or people: {scaled}."] if scaled else []),
        "", f"Targets: bare pages as in their column, documents examined for one shown 3 (10 where "
        f"words, topics or blocks filter), calls 5 (6 for notifications and offers).{MISSED} marks "
        "what misses one.", *table(RATIOS, map(ratio_row, run["journeys"])),
        *people_lines(run),
        *table(TIMES, map(times_row, run["journeys"])), *size_lines(run), "",
        fan_out_line(run), "", worker_line(run)]


def picture_line(picture):
    """Return the line about the conversion of the photo."""
    ours, vips = picture["ours"], picture["vips"]
    return (f"A photo of 12 megapixels ({picture['photo_bytes'] / 1e6:.1f} MB): "
            f"{picture['seconds_ratio']} times the time of libvips "
            f"({mark(picture['processor_ratio'], CONVERTED, picture['processor_ratio'])} of its "
            f"processor time), {mark(ours['above_idle'], CONVERTED_MEMORY)} MB above idle "
            f"(libvips {vips['above_idle']:.0f} MB), "
            f"{ours['size']} in {ours['bytes']:,} bytes (libvips {vips['size']}, "
            f"{vips['bytes']:,}).")


def markdown(figures):
    """Return all figures as Markdown."""
    about = [f"- {name}: {value}" for name, value in figures["about"].items()]
    runs = [line for run in figures["runs"] for line in run_lines(run)]
    return "\n".join([*about, *runs, "", picture_line(figures["picture"]),
                      *growth_lines(figures["runs"])])
