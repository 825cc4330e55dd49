"""The changes that make mutants makes, and the tests that it tries on each."""

import ast
from pathlib import Path

import pytest
from mutants.changes import (
    Change, affected_lines, apply, find_changes, is_valid, lines_that_read,
)
from mutants.equivalent import EQUIVALENT

import app as site

ROOT = Path(site.__file__).parent


def changed(code):
    """Return the set of what some code may become."""
    return {apply(code, change) for change in find_changes("x.py", code)}


@pytest.mark.parametrize(("code", "expected"), [
    ("a < b", {"a <= b"}), ("(a) in b", {"(a) not in b"}), ("a is not None", {"a is None"}),
    ("a < b == c", {"a <= b == c", "a < b != c"}), ("a and b or c", {"a or b or c",
                                                                     "a and b and c"}),
    ("not (a)", {"(a)"}), ("a - b", {"a + b"}), ("a if b else c", {"c if b else a"}),
    ("x = 9", {"x = 10"}), ("x = 500", {"x = 1000"}), ("x = True", {"x = False"}),
    ("x = 'é'", {"x = ''"}), ("x = ''", set()), ("x = None", set()),
    ("f(é='', b=c)", {"f(b=c)", "f(é='')", "pass"}), ("f()", {"pass"}), ("x.y = z", {"pass"}),
    ("x = {a: b, **c}", {"x = {**c}"}), ("x += y", {"pass"}), ("raise x", {"pass"}),
    ("@a\ndef f():\n    return b", {"def f():\n    return b", "@a\ndef f():\n    return None"}),
    ("def f():\n    return False", {"def f():\n    return True"}),
    ('def f():\n    """Return."""', set()), ("x = f'{a < 1}'", set())])
def test_a_change_swaps_drops_or_empties_one_thing(code, expected):
    assert {text for text in changed(code) if is_valid(code, text)} == expected


def test_a_change_of_the_site_alters_one_statement():
    code = (ROOT / "app.py").read_text("utf-8")
    before = set(map(ast.dump, ast.parse(code).body))

    counts = {len(set(map(ast.dump, ast.parse(apply(code, change)).body)) - before)
              for change in find_changes("app.py", code)[::200]}

    assert counts == {1}


@pytest.mark.parametrize(("code", "at", "lines", "names"), [
    ("def f():\n    if a:\n        return 1\n", "a:", [2], None),
    ("def f():\n    x = (1,\n         2)\n", "2", [2, 3], None),
    ("def f():\n    if a:\n        return 1\n", "1", [3], None),
    ("@x(1)\ndef f():\n    return a\n", "1", [2, 3], set()),
    ("class A:\n    x = 1\n    def f(self):\n        return 2\n", "1", [1, 2, 3, 4], {"A"}),
    ("class A:\n    x = 1\n    def f(self):\n        return 2\n", "2", [4], None),
    ("LIMIT = 1\n", "1", [1], {"LIMIT"})])
def test_the_tests_to_try_run_the_statement_or_read_what_it_defines(code, at, lines, names):
    change = Change("x.py", "kind", code.index(at), 0, "")

    assert affected_lines(code, change) == (range(lines[0], lines[-1] + 1), names)


def test_what_reads_a_name_is_found_behind_a_module_too():
    code = "LIMIT = 1\nprint(limits.LIMIT)\nprint(LIMIT)\nprint(other)\n"

    assert lines_that_read(code, {"LIMIT"}) == {1, 2, 3}


def test_what_is_called_equivalent_still_stands_in_the_site():
    assert [(path, line) for path, line, _ in EQUIVALENT
            if line not in map(str.strip, (ROOT / path).read_text("utf-8").splitlines())] == []
