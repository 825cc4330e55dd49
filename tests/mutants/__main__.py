"""Make single changes to copies of the site, and count how many the tests notice.

A change is noticed if a test fails, or takes much longer than it did. Those that run the changed
line are tried, for a constant those that run a line that reads it and those that name it, and all
where none is known to run it; of the browser and storm tests none.
"""
import argparse
import difflib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

from mutants.changes import apply, find_changes, is_valid
from mutants.equivalent import EQUIVALENT
from mutants.record import file_of, load_record
from support.database import DatabaseServer

ROOT = Path(__file__).parents[2]
LINKED = (".venv", "node_modules")
NOT_COPIED = (".git", ".mutants", "data", "screenshots", "test-results", "env.py", ".env")
RAM_DISK = "/dev/shm" if Path("/dev/shm").is_dir() else None
SLOW_FILES = ("test_rules.py", "test_hostile.py")  # thousands of tests: seconds to collect
FIRST_FILES = 2  # run before the rest, because few files are collected sooner
START_SECONDS, TIMES_RECORDED = 90, 5  # timeout: so many, and so often the recorded seconds
NOTHING_FAILED = (0, 5)  # exit codes of pytest: all passed, no tests


def find_files(root):
    """Return the paths of the site's Python files, without drawings, which the eye judges."""
    return ["app.py", *(path.relative_to(root).as_posix()
                        for path in sorted((root / "dreamscape").glob("*.py"))
                        if not path.name.startswith("demo_"))]


def copy_tree(folder):
    """Copy the project to a new folder; link what is installed."""
    shutil.copytree(ROOT, folder, ignore=lambda path, names: [
        name for name in names if name in (*LINKED, "__pycache__")
        or (name in NOT_COPIED and Path(path) == ROOT)])
    for name in LINKED:
        if (ROOT / name).exists():
            (folder / name).symlink_to((ROOT / name).resolve())


def find_sample(codes, count, seed):
    """Return ``count`` changes at random, the same ones for a seed."""
    changes = [change for path, code in codes.items() for change in find_changes(path, code)]
    random.Random(seed).shuffle(changes)
    valid = (change for change in changes
             if is_valid(codes[change.path], apply(codes[change.path], change)))
    return [change for _, change in zip(range(count), valid, strict=False)]


def describe(code, change):
    """Return the lines of a diff without its head: ["-before", "+after"]."""
    lines = difflib.unified_diff(code.splitlines(), apply(code, change).splitlines(), n=0,
                                 lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def find_reason(change, diff):
    """Return why a change is equivalent, or None."""
    before, after = ("\n".join(line[1:].strip() for line in diff if line[0] == sign)
                     for sign in "-+")
    return EQUIVALENT.get((change.path, before, after))


def find_phases(tests):
    """Return the tests in two lists, of which the first is quick to collect."""
    files = Counter(file_of(test) for test in tests)
    likely = [name for name, _ in files.most_common() if not name.endswith(SLOW_FILES)]
    first = [test for test in tests if file_of(test) in likely[:FIRST_FILES]]
    return [first, [test for test in tests if test not in set(first)]]


class Copy:
    """A copy of the project, in which one change at a time is made."""

    def __init__(self, folder, record, uri):
        """Copy the project to a folder; uri: the database server of the tests."""
        copy_tree(folder)
        self.folder, self.record, self.written = folder, record, 0
        # Tests that are killed leave files behind: here they are deleted at the end.
        temporary = folder.with_suffix(".tmp")
        temporary.mkdir()
        self.environ = os.environ | {
            "TEST_MONGO_URI": uri, "PYTHONPATH": "tests", "TMPDIR": str(temporary),
            "MUTANTS_TESTS": str(folder.with_suffix(".json"))}

    def write(self, path, code):
        """Write a file with a new mtime, by which Python knows that bytecode is stale."""
        self.written += 1
        (self.folder / path).write_text(code, "utf-8")
        os.utime(self.folder / path, (self.written, self.written))

    def test(self, code, change):
        """Return what noticed a change: a test's id, "timeout" or "pytest"; None if nothing did."""
        covering, others = self.record.find_tests(change)
        self.write(change.path, apply(code, change))
        try:
            phases = [*find_phases(covering), others]
            return next(filter(None, map(self.run_with_retry, phases)), None)
        finally:
            self.write(change.path, code)

    def run_with_retry(self, tests):
        """Run tests as ``run`` does, but ignore a failure of one that then passes alone.

        Some tests measure time, and fail while the machine is busy.
        """
        while noticed := tests and self.run(tests):
            if noticed not in tests or self.run([noticed]):
                return noticed
            tests = [test for test in tests if test != noticed]
        return None

    def run(self, tests):
        """Run tests until one fails; return as ``test`` does."""
        limit = START_SECONDS + TIMES_RECORDED * sum(map(self.record.seconds.get, tests))
        Path(self.environ["MUTANTS_TESTS"]).write_text(json.dumps(tests), "utf-8")
        command = [sys.executable, "-m", "pytest", "-qx", "-n", "0", "-p", "mutants.contexts",
                   "-p", "no:cacheprovider", *sorted(set(map(file_of, tests)))]
        process = subprocess.Popen(command, cwd=self.folder, env=self.environ, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            return "timeout"
        finally:
            kill_group(process)
        if process.returncode in NOTHING_FAILED:
            return None
        failed = re.search(r"^(?:FAILED|ERROR) (tests/.*?)(?: - .*)?$", output, re.MULTILINE)
        return failed[1] if failed else "pytest"


def kill_group(process):
    """Kill a process and what it started, and wait for it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run_all(changes, codes, copies, report):
    """Test each change in a copy that is free; return how many were noticed."""
    free = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def work(change):
        """Test one change, and print the result."""
        copy, begin = free.get(), time.monotonic()
        try:
            noticed = copy.test(codes[change.path], change)
        finally:
            free.put(copy)
        report(change, noticed, time.monotonic() - begin)
        return bool(noticed)

    with ThreadPoolExecutor(len(copies)) as pool:
        return sum(pool.map(work, changes))


def print_result(codes, change, noticed, seconds):
    """Print what became of a change, with its diff."""
    line = codes[change.path].count("\n", 0, change.start) + 1
    outcome = f"noticed by {noticed}" if noticed else "NOT NOTICED"
    # In one call, because several threads print.
    print("\n    ".join([f"{change.path}:{line} {change.kind} {seconds:.0f} s: {outcome}",
                         *describe(codes[change.path], change)]) + "\n", end="", flush=True)


def read_options():
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="how many changes")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    return parser.parse_args()


def main():
    """Sample, test, and print the share that was noticed."""
    options = read_options()
    codes = {path: (ROOT / path).read_text("utf-8") for path in find_files(ROOT)}
    sample = find_sample(codes, options.count, options.seed)
    reasons = {change: find_reason(change, describe(codes[change.path], change))
               for change in sample}
    for change in sample:
        if reasons[change]:
            print_result(codes, change, f"nobody, for it is equivalent: {reasons[change]}", 0)
    changes = [change for change in sample if not reasons[change]]
    with tempfile.TemporaryDirectory(prefix="mutants-", dir=RAM_DISK) as name:
        folder = Path(name)
        record = load_record(codes, folder / "recorded", copy_tree)
        with DatabaseServer(folder / "database", durable=False) as server:
            copies = [Copy(folder / f"copy{number}", record, server.uri)
                      for number in range(options.jobs)]
            if failed := copies[0].run(record.find_few()):
                sys.exit(f"Without any change a test fails: {failed}")
            noticed = run_all(changes, codes, copies,
                              lambda *result: print_result(codes, *result))
    print(f"{noticed} of {len(changes)} changes noticed: {100 * noticed / len(changes):.0f}%; "
          f"{len(sample) - len(changes)} more are equivalent.")


if __name__ == "__main__":
    main()
