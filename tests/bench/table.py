"""The figures as a Markdown table: ratios first, for milliseconds are those of one machine."""

LEVELS = ("1", "8", "32")  # connections at a time
RATIOS = ("page or action", "× bare at 1 / 8 / 32", "× floor at 1 / 8 / 32", "kB sent", "calls",
          "% waiting for the database", "read for one", "scanned or sorted", "failed")
TIMES = ("page or action", *(f"{level} at a time: ms p50 / p95 / p99, requests a second"
                             for level in LEVELS))


def row(cells):
    """Return a row of a table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def told(value):
    """Return a figure, or a dash where there is none."""
    return "–" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value)


def at_levels(journey, figure):
    """Return a figure at each number of connections."""
    levels = journey["levels"]
    return " / ".join(told(levels.get(level, {}).get(figure)) for level in LEVELS)


def ratio_row(journey):
    """Return the row of a journey in the table of ratios."""
    levels = journey["levels"].values()
    share = journey.get("database_share")
    failed, asked = (sum(level[name] for level in levels) for name in ("failed", "requests"))
    return row([journey["name"], at_levels(journey, "bare_ratio"),
                at_levels(journey, "floor_ratio"), told(journey["levels"]["1"]["bytes"] / 1_000),
                told(journey.get("calls")), told(share and round(100 * share)),
                told(journey.get("read_for_one")), " ".join(journey.get("costly") or "–"),
                f"{failed} of {asked}" if failed else "–"])


def times_row(journey):
    """Return the row of a journey in the table of times."""
    return row([journey["name"], *(
        f"{told(level['p50'])} / {told(level['p95'])} / {told(level['p99'])}, "
        f"{told(level['per_second'])}"
        if level else "–" for level in map(journey["levels"].get, LEVELS))])


def table(head, rows):
    """Return the lines of a table."""
    return ["", row(head), row(["---"] * len(head)), *rows]


def growth(runs):
    """Return how each journey's × bare grew from the smallest number of dreams to each other."""
    first, *others = runs
    if not others:
        return []
    lines = []
    for journey in first["journeys"]:
        same = [[other["levels"]["1"].get("bare_ratio") for other in run["journeys"]
                 if other["name"] == journey["name"]] for run in others]
        own = journey["levels"]["1"].get("bare_ratio")
        lines.append(row([journey["name"], *(
            f"{found[0] / own:.2f}" if found and found[0] and own else "–" for found in same)]))
    return ["", "How many times longer than with the fewest dreams, alone, in bare pages:",
            *table(["page or action", *(f"{run['dreams']:,}" for run in others)], lines)]


def run_lines(run):
    """Return the lines about one number of dreams."""
    made = f"made in {run['seconds']:.0f} s" if run["seconds"] else "made before"
    start, memory, busy = run["start"], run["memory"], run["while_pictures"]
    return [
        "", f"## {run['dreams']:,} dreams, {made}",
        *table(RATIOS, map(ratio_row, run["journeys"])),
        *table(TIMES, map(times_row, run["journeys"])), "",
        f"A worker starts in {start['seconds']:.2f} s and has {start['megabytes']} MB then; the "
        f"workers had {memory['before']} MB before all this and {memory['after']} MB after it. "
        f"While pictures are converted, Newest takes {busy} times as long."]


def picture_line(picture):
    """Return the line about the photo."""
    ours, vips = picture["ours"], picture["vips"]
    return (f"A photo of 12 megapixels ({picture['photo_bytes'] / 1e6:.1f} MB): "
            f"{picture['seconds_ratio']} times the time of libvips "
            f"({picture['processor_ratio']} of its processor time), "
            f"{ours['above_idle']:.0f} MB above idle (libvips {vips['above_idle']:.0f} MB), "
            f"{ours['size']} in {ours['bytes']:,} bytes (libvips {vips['size']}, "
            f"{vips['bytes']:,}).")


def markdown(figures):
    """Return everything that was measured, as Markdown."""
    about = [f"- {name}: {value}" for name, value in figures["about"].items()]
    runs = [line for run in figures["runs"] for line in run_lines(run)]
    return "\n".join([*about, *runs, "", picture_line(figures["picture"]),
                      *growth(figures["runs"])])
