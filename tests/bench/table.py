"""The figures as Markdown tables: ratios first, since milliseconds depend on the machine."""

LEVELS = ("1", "8", "32")  # connections at a time
RATIOS = ("page or action", "× bare at 1 / 8 / 32", "× floor at 1 / 8 / 32", "kB sent", "calls",
          "% waiting for the database", "examined / returned", "scanned or sorted", "failed")
TIMES = ("page or action", *(f"{level} at a time: ms p50 / p95 / p99, requests a second"
                             for level in LEVELS))


def row(cells):
    """Return a row of a table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def format_figure(value):
    """Return a figure as text, or a dash for None."""
    return "–" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value)


def at_levels(journey, figure):
    """Return a figure at each number of connections."""
    levels = journey["levels"]
    return " / ".join(format_figure(levels.get(level, {}).get(figure)) for level in LEVELS)


def ratio_row(journey):
    """Return the row of a journey in the table of ratios."""
    levels = journey["levels"].values()
    share = journey.get("database_share")
    failed, requests = (sum(level[name] for level in levels) for name in ("failed", "requests"))
    return row([journey["name"], at_levels(journey, "bare_ratio"),
                at_levels(journey, "floor_ratio"),
                format_figure(journey["levels"]["1"]["bytes"] / 1_000),
                format_figure(journey.get("calls")), format_figure(share and round(100 * share)),
                format_figure(journey.get("examined_per_returned")),
                " ".join(journey.get("costly") or "–"),
                f"{failed} of {requests}" if failed else "–"])


def times_row(journey):
    """Return the row of a journey in the table of times."""
    return row([journey["name"], *(
        f"{format_figure(level['p50'])} / {format_figure(level['p95'])} / "
        f"{format_figure(level['p99'])}, {format_figure(level['per_second'])}"
        if level else "–" for level in map(journey["levels"].get, LEVELS))])


def table(head, rows):
    """Return the lines of a table."""
    return ["", row(head), row(["---"] * len(head)), *rows]


def growth(runs):
    """Return a table of each journey's bare ratio relative to the smallest database."""
    first, *others = runs
    if not others:
        return []
    lines = []
    for journey in first["journeys"]:
        ratios = [[other["levels"]["1"].get("bare_ratio") for other in run["journeys"]
                   if other["name"] == journey["name"]] for run in others]
        first_ratio = journey["levels"]["1"].get("bare_ratio")
        lines.append(row([journey["name"], *(
            f"{ratio[0] / first_ratio:.2f}" if ratio and ratio[0] and first_ratio else "–"
            for ratio in ratios)]))
    return ["", "How many times longer than with the fewest dreams, alone, in bare pages:",
            *table(["page or action", *(f"{run['dreams']:,}" for run in others)], lines)]


def run_lines(run):
    """Return the lines about a database of one size."""
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
    """Return the line about the conversion of the photo."""
    ours, vips = picture["ours"], picture["vips"]
    return (f"A photo of 12 megapixels ({picture['photo_bytes'] / 1e6:.1f} MB): "
            f"{picture['seconds_ratio']} times the time of libvips "
            f"({picture['processor_ratio']} of its processor time), "
            f"{ours['above_idle']:.0f} MB above idle (libvips {vips['above_idle']:.0f} MB), "
            f"{ours['size']} in {ours['bytes']:,} bytes (libvips {vips['size']}, "
            f"{vips['bytes']:,}).")


def markdown(figures):
    """Return all figures as Markdown."""
    about = [f"- {name}: {value}" for name, value in figures["about"].items()]
    runs = [line for run in figures["runs"] for line in run_lines(run)]
    return "\n".join([*about, *runs, "", picture_line(figures["picture"]),
                      *growth(figures["runs"])])
