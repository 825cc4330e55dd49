"""Benchmark the site under gunicorn on databases of several sizes: python -m bench --help."""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil
from pymongo import MongoClient
from support.own_settings import ROOT, use_own_settings

from bench.server import CACHE_GIGABYTES, start_server

SECRET_KEY = "a secret of the benchmark, long enough"
PACKAGES = ("Flask", "gunicorn", "pymongo", "Jinja2", "pillow", "pyvips-binary")
LEVELS = (1, 8, 32)


def read_options():
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--dreams", type=int, nargs="+", default=[1_000], metavar="N",
                        help="from 300 on")
    parser.add_argument("--seconds", type=float, default=3,
                        help="for each page at each number of connections")
    parser.add_argument("--connections", type=int, nargs="+", choices=LEVELS, default=LEVELS,
                        help="at a time; 1 is always among them")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="of gunicorn")
    parser.add_argument("--uri", default=os.environ.get("MONGO_URI"),
                        help="a MongoDB server, for databases dreamscape_bench_N; "
                        "default: $MONGO_URI, else a server of its own")
    parser.add_argument("--files", type=Path, default=ROOT / ".bench", metavar="FOLDER",
                        help="of that server; worlds in it are used again")
    parser.add_argument("--only", default="", help="journeys whose name contains this")
    parser.add_argument("--output", type=Path, default=ROOT / "bench.json")
    parser.add_argument("--resume", action="store_true",
                        help="measure no size whose figures are in the output already")
    options = parser.parse_args()
    options.connections = sorted({1, *options.connections})
    return options


@contextmanager
def bench_environment(options):
    """Start a database, make a folder and put the site's settings into the environment."""
    with (tempfile.TemporaryDirectory(prefix="dreamscape-bench-") as name, ExitStack() as stack):
        uri = options.uri or stack.enter_context(start_server(options.files)).uri
        use_own_settings(MONGO_URI=uri, DATA_DIR=name, SECRET_KEY=SECRET_KEY,
                         BASE_URL="http://127.0.0.1:5000", WEB_CONCURRENCY=str(options.workers))
        yield Path(name)


def describe(options):
    """Return the machine, the versions and the time."""
    with MongoClient(os.environ["MONGO_URI"]) as client:
        server = client.server_info()["version"]
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, check=False,
                            capture_output=True, text=True).stdout.strip()
    return {
        "measured": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, "
                   f"{psutil.virtual_memory().total / 1e9:.0f} GB, {platform.system()}",
        "commit": commit or "unknown",
        "Python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "MongoDB": server,
        "cache of MongoDB": "its own" if options.uri else f"{CACHE_GIGABYTES} GB at most",
        "workers": options.workers,
    }


def read_runs(options):
    """Return the figures of earlier runs that --resume keeps."""
    if not (options.resume and options.output.exists()):
        return []
    return [run for run in json.loads(options.output.read_text())["runs"]
            if run["dreams"] in options.dreams]


def main():
    """Measure each size, write bench.json after each, and print the tables."""
    options = read_options()
    # Else a run that is ended would leave its servers behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended by SIGTERM."))
    with bench_environment(options) as folder:
        # Importing the site reads its settings, which bench_environment sets.
        from bench.measure import Bench
        from bench.picture import compare
        from bench.table import markdown

        figures = {"about": describe(options), "picture": compare(), "runs": read_runs(options)}
        measured = {run["dreams"] for run in figures["runs"]}
        for dreams in sorted({*options.dreams} - measured):
            figures["runs"].append(Bench(folder, dreams, options).run())
            figures["runs"].sort(key=lambda run: run["dreams"])
            options.output.write_text(json.dumps(figures, indent=1, default=str))
        # As the file has them: numbers of connections are text there.
        print(markdown(json.loads(json.dumps(figures, default=str))))


if __name__ == "__main__":
    main()
