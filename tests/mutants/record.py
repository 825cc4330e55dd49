"""Which test runs which line, recorded in one run of the tests with coverage.py."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from coverage import CoverageData
from mutants.changes import affected_lines, lines_that_read

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".mutants"  # records, by a hash of the site and its tests
SETTINGS = """\
[run]
include =
    {root}/app.py
    {root}/dreamscape/*
data_file = {data}
parallel = true
sigterm = true
# Processes that a test starts record for it.
context = ${{PYTEST_CURRENT_TEST-}}
"""
WORD = re.compile(r"\w+")


class Record:
    """The tests that passed, with their seconds and fixtures, and the lines that they ran."""

    def __init__(self, codes, contexts, lines, outcomes):
        """Take what read_lines returns, and {test: (seconds, fixtures)}."""
        self.codes, self.contexts, self.lines = codes, contexts, lines
        self.seconds = {test: seconds for test, (seconds, _) in outcomes.items()}
        self.users = {}
        for test, (_, fixtures) in outcomes.items():
            for fixture in fixtures:
                self.users.setdefault(f"fixture {fixture}", set()).add(test)

    def find_tests(self, change):
        """Return (tests that run what a change could alter, tests that might notice too).

        The latter are all if none is known to run it.
        """
        lines, names = affected_lines(self.codes[change.path], change)
        covering = self.tests_of(change.path, lines)
        for path, code in self.codes.items() if names else ():
            covering |= self.tests_of(path, lines_that_read(code, names))
        is_known = covering and names != set()
        others = (self.tests_naming(names or ()) | self.own_tests(change.path) if is_known
                  else self.seconds.keys())
        return self.by_speed(covering), self.by_speed(others - covering)

    def tests_of(self, path, lines):
        """Return the tests that ran one of some lines."""
        names = {self.contexts[number] for line in lines
                 for number in self.lines[path].get(str(line), ())}
        tests = names.union(*(self.users.get(name, ()) for name in names))
        return tests & self.seconds.keys()

    def tests_naming(self, names):
        """Return the tests of the files that name one of some constants."""
        wanted = {name for name in names if name.isupper()}
        files = {name for name in set(map(file_of, self.seconds))
                 if wanted.intersection(WORD.findall((ROOT / name).read_text("utf-8")))}
        return {test for test in self.seconds if file_of(test) in files}

    def own_tests(self, path):
        """Return the tests of the file that is named after a module."""
        own = f"tests/test_{Path(path).stem}.py"
        return {test for test in self.seconds if file_of(test) == own}

    def find_few(self):
        """Return a few tests of each file."""
        tests = {}
        for test in self.by_speed(self.seconds):
            tests.setdefault(file_of(test), []).append(test)
        return [test for of_file in tests.values() for test in of_file[:3]]

    def by_speed(self, tests):
        """Return tests by file, the files whose tests are quickest first.

        A file's tests stay together: they may share a fixture of their module.
        """
        totals = Counter()
        for test in tests:
            totals[file_of(test)] += self.seconds[test]
        return sorted(tests, key=lambda test: (totals[file_of(test)], file_of(test)))


def file_of(test):
    """Return the path of a test's file."""
    return test.partition("::")[0]


def state_of_tree():
    """Return a hash of the site and its tests."""
    paths = [ROOT / "app.py", *(ROOT / "dreamscape").glob("*.py"), *(ROOT / "tests").rglob("*.py")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(paths))).hexdigest()


def load_record(codes, folder, copy_tree):
    """Return the record of the present tree, made in a copy of it unless it is there already."""
    path = CACHE / f"{state_of_tree()}.json"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        copy_tree(folder)
        path.write_text(json.dumps(make_record(folder, codes)), "utf-8")
    return Record(codes, *json.loads(path.read_text("utf-8")))


def make_record(folder, codes):
    """Run all tests in a copy of the tree; return what Record takes."""
    settings, outcomes = folder / ".coveragerc", folder / ".tests.json"
    settings.write_text(SETTINGS.format(root=folder, data=folder / ".lines" / "data"), "utf-8")
    (folder / ".lines").mkdir()
    environ = os.environ | {"COVERAGE_PROCESS_START": str(settings), "PYTHONPATH": "tests",
                            "MUTANTS_RECORD": str(outcomes)}
    print("Recording which test runs which line: as long as all tests twice.", flush=True)
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "mutants.contexts",
                    "--ignore", "tests/browser"], cwd=folder, env=environ, check=False)
    return *read_lines(folder, codes), json.loads(outcomes.read_text("utf-8"))


def read_lines(folder, codes):
    """Return (contexts, {path: {line: [number of a context]}}) that the processes recorded."""
    numbers, lines = {}, {path: {} for path in codes}
    for name in (folder / ".lines").iterdir():
        data = CoverageData(str(name))
        data.read()
        for path in codes:
            for line, contexts in data.contexts_by_lineno(str(folder / path)).items():
                known = lines[path].setdefault(line, set())
                known |= {numbers.setdefault(context_of(each), len(numbers)) for each in contexts}
    return [*numbers], {path: {line: sorted(known) for line, known in of_path.items()}
                        for path, of_path in lines.items()}


def context_of(name):
    """Return a context's test: PYTEST_CURRENT_TEST also tells which of its phases ran."""
    for phase in ("setup", "call", "teardown"):
        name = name.removesuffix(f" ({phase})")
    return name
