"""A pytest plugin: records which test runs which line, or runs the tests of a list.

MUTANTS_RECORD names the file to write: {id of a test that passed: [seconds, its fixtures]};
MUTANTS_TESTS a JSON list of the ids to run.
"""
import json
import os
from pathlib import Path

import coverage
import pytest

outcomes = {}  # id of a test: [whether it passed so far, seconds, names of its fixtures]


def set_context(name):
    """Have the lines that run from now on recorded under a name."""
    if measurement := coverage.Coverage.current():
        measurement.switch_context(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Record under the test's id what runs for it; its report tells its fixtures."""
    set_context(item.nodeid)
    item.user_properties.append(("fixtures", list(item.fixturenames)))
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef, request):
    """Record under the fixture's name what runs once for several tests."""
    if fixturedef.scope == "function":
        return (yield)
    set_context(f"fixture {fixturedef.argname}")
    try:
        return (yield)
    finally:
        set_context(os.environ["PYTEST_CURRENT_TEST"].rpartition(" (")[0])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Select the tests of the list, if there is one; run its files in its order."""
    if "MUTANTS_TESTS" in os.environ:
        tests = json.loads(Path(os.environ["MUTANTS_TESTS"]).read_text("utf-8"))
        files = dict.fromkeys(test.partition("::")[0] for test in tests)
        places, wanted = {name: place for place, name in enumerate(files)}, set(tests)
        items[:] = sorted((item for item in items if item.nodeid in wanted),
                          key=lambda item: places[item.nodeid.partition("::")[0]])


def pytest_runtest_logreport(report):
    """Add one phase of a test to its outcome."""
    passed, seconds, _ = outcomes.get(report.nodeid, (True, 0, ()))
    outcomes[report.nodeid] = [passed and report.passed, seconds + report.duration,
                               dict(report.user_properties).get("fixtures", [])]


def pytest_sessionfinish(session):
    """Write the record, which under xdist only the controller has in full."""
    if "MUTANTS_RECORD" in os.environ and not hasattr(session.config, "workerinput"):
        Path(os.environ["MUTANTS_RECORD"]).write_text(json.dumps(
            {test: outcome for test, (passed, *outcome) in outcomes.items() if passed}), "utf-8")
