"""Benchmark the site under gunicorn on databases of several sizes: python -m bench --help."""

import argparse
import json
import os
import platform
import subprocess
import tempfile
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil
from pymongo import MongoClient
from support.database import DatabaseServer
from support.website import ROOT

SECRET_KEY = "a secret of the benchmark, long enough"
FOREIGN = ("MAIL_", "CLOUDINARY_")  # settings of outside services
PACKAGES = ("Flask", "gunicorn", "pymongo", "Jinja2", "pillow", "pyvips-binary", "SecantusDB")
LEVELS = (1, 8, 32)


def read_options():
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--dreams", type=int, nargs="+", default=[1_000], metavar="N")
    parser.add_argument("--seconds", type=float, default=3,
                        help="for each page at each number of connections")
    parser.add_argument("--connections", type=int, nargs="+", choices=LEVELS, default=LEVELS,
                        help="at a time; 1 is always among them")
    parser.add_argument("--uri", default=os.environ.get("MONGO_URI"),
                        help="a MongoDB server, for databases dreamscape_bench_N; "
                        "default: $MONGO_URI, else a server of its own")
    parser.add_argument("--only", default="", help="journeys whose name contains this")
    parser.add_argument("--output", type=Path, default=ROOT / "bench.json")
    options = parser.parse_args()
    options.connections = sorted({1, *options.connections})
    return options


@contextmanager
def bench_environment(uri):
    """Start a database, make a folder and put the site's settings into the environment."""
    with tempfile.TemporaryDirectory(prefix="dreamscape-bench-") as name:
        folder = Path(name)
        database = (nullcontext() if uri
                    else DatabaseServer(folder / "database", durable=False))
        with database as own:
            for setting in [name for name in os.environ if name.startswith(FOREIGN)]:
                del os.environ[setting]
            os.environ |= {"MONGO_URI": uri or own.uri, "DATA_DIR": name,
                           "SECRET_KEY": SECRET_KEY, "BASE_URL": "http://127.0.0.1:5000",
                           "WEB_CONCURRENCY": str(os.cpu_count())}
            yield folder


def describe(uri):
    """Return the machine, the versions and the time."""
    with MongoClient(uri) as client:
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
        "MongoDB's protocol": server,
    }


def main():
    """Measure each size, write bench.json after each, and print the tables."""
    options = read_options()
    with bench_environment(options.uri) as folder:
        # Importing the site reads its settings, which bench_environment sets.
        from bench.measure import Bench
        from bench.picture import compare
        from bench.table import markdown

        figures = {"about": describe(os.environ["MONGO_URI"]), "picture": compare(), "runs": []}
        for dreams in sorted(options.dreams):
            figures["runs"].append(Bench(folder, dreams, options).run())
            options.output.write_text(json.dumps(figures, indent=1, default=str))
        print(markdown(figures))


if __name__ == "__main__":
    main()
