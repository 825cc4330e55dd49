"""The figures as a Markdown table: ratios first, for milliseconds are those of one machine."""

HEAD = ("page or action", "× bare", "× floor", "ms p50 / p95 / p99", "× bare at 8", "at 32",
        "requests a second: 1 / 8 / 32", "kB sent", "calls", "read for one")


def row(cells):
    """Return a row of a table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def told(value):
    """Return a figure, or a dash where there is none."""
    return "–" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value)


def journey_row(journey):
    """Return the row of a journey."""
    levels = journey["levels"]
    alone, *many = (levels.get(level, {}) for level in ("1", "8", "32"))
    times = " / ".join(told(alone[f"p{part}"]) for part in (50, 95, 99))
    speeds = " / ".join(told(level.get("per_second")) for level in (alone, *many))
    failed = sum(level["failed"] for level in levels.values())
    name = journey["name"] + (f" ({failed} failed)" if failed else "")
    return row([name, told(alone.get("bare_ratio")), told(alone.get("floor_ratio")), times,
                *(told(level.get("bare_ratio")) for level in many), speeds,
                told(alone["bytes"] / 1_000), told(journey.get("calls")),
                told(journey.get("read_for_one"))])


def growth(runs):
    """Return how each journey's × bare grew from the smallest number of dreams to each other."""
    first, *others = runs
    if not others:
        return []
    lines = ["", "How many times longer than with the fewest dreams, alone, each measured in "
             "bare pages:", "", row(["", *(f"{run['dreams']:,}" for run in others)]),
             row(["---"] * (1 + len(others)))]
    for journey in first["journeys"]:
        same = [[other["levels"]["1"].get("bare_ratio") for other in run["journeys"]
                 if other["name"] == journey["name"]] for run in others]
        own = journey["levels"]["1"].get("bare_ratio")
        lines.append(row([journey["name"], *(
            f"{found[0] / own:.2f}" if found and found[0] and own else "–" for found in same)]))
    return lines


def run_lines(run):
    """Return the lines about one number of dreams."""
    made = f"made in {run['seconds']:.0f} s" if run["seconds"] else "made before"
    start, memory, busy = run["start"], run["memory"], run["while_pictures"]
    return [
        "", f"## {run['dreams']:,} dreams, {made}", "",
        row(HEAD), row(["---"] * len(HEAD)), *map(journey_row, run["journeys"]), "",
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
