# make run starts everything; make test runs every test. Python 3.11 or later is all they need.
# GUNICORN_CMD_ARGS=--reload make run restarts the site whenever a file changes.
# One test: .venv/bin/python -m pytest -n 0 --both "tests/test_feed.py::NAME[mongodb]"
# make storm runs fault injection and load tests for many minutes, and prints figures.
# make bench measures speed and memory: make bench DREAMS="1000 10000", on $MONGO_URI if set, else
# on a server of its own with its files in .bench/, where the next run finds the same dreams.
# make mutants is mutation testing of the site: make mutants COUNT=60 SEED=1.
# make audit runs Lighthouse (Node 20 or later), make screenshots captures every page.
# make pins compiles requirements*.in to requirements*.txt, make holes checks them for known
# vulnerabilities.

# npm and pip install at the same time.
MAKEFLAGS += --jobs=2

# The system's Python comes first, if it will do: pyenv compiles without optimisation, which takes
# a fifth more time.
PYTHON ?= $(shell /usr/bin/python3 \
	-c "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))" \
	2>/dev/null && echo /usr/bin/python3 || echo python3)
READY := .venv/.ready
TOOL := PYTHONPATH=.:tests .venv/bin/python -m support
BENCH_RUN := PYTHONPATH=.:tests .venv/bin/python -m bench
MUTANTS_RUN := PYTHONPATH=.:tests nice .venv/bin/python -m mutants
# uv takes a fifth of pip's time, but doesn't read pip's settings, and has crashed once.
INSTALL := .venv/bin/uv pip install --quiet --python .venv/bin/python
PIP_INSTALL := .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r
NPM_INSTALL := npm install --no-package-lock --no-audit --no-fund --loglevel=error

COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command "make pins"

.PHONY: run test check lint storm bench mutants pins holes audit screenshots chromium html-validate clean

run: $(READY)
	@PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/honcho -f Procfile.dev start

# Line and branch coverage of the site only: not of tests (hence the ignored warning), nor of
# "frozen", the file name of Python's frozen modules.
COUNTED := .coverage.json
SLIPCOVER := .venv/bin/python -W "ignore:Unable to activate pytest branch" -m slipcover --branch
# Cache bytecode even if the shell disables it: tests start a hundred processes.
test: export PYTHONDONTWRITEBYTECODE =
test: $(READY) check chromium html-validate
	$(SLIPCOVER) --omit "tests/*,frozen" --json --out $(COUNTED) -m pytest
	@$(SLIPCOVER) --skip-covered --merge $(COUNTED) --out $(COUNTED) --fail-under 95

check: $(READY)
	.venv/bin/ruff check .
	.venv/bin/bandit --quiet --recursive app.py dreamscape gunicorn.conf.py

# With the rules of our own, which are tests too.
lint: check
	.venv/bin/python -m pytest -q -n 0 tests/test_rules.py -k "no_code_has or no_template_has"

# Load tests and fault injection, too slow for make test.
storm: $(READY)
	.venv/bin/python -m pytest -s -n 0 tests/storm

# Each page as a multiple of a bare one; options: BENCH="--seconds 1 --only Newest --resume".
DREAMS ?= 1000
bench: .venv/.bench-ready
	@$(BENCH_RUN) --dreams $(DREAMS) $(BENCH)

# Mutation testing: single changes to copies of the site, at random but the same for a SEED, JOBS at
# a time; first all tests run once, to record which runs which line. Takes hours: not for CI.
COUNT ?= 60
SEED ?= 1
JOBS ?= 2
mutants: .venv/.mutants-ready
	@$(MUTANTS_RUN) --count $(COUNT) --seed $(SEED) --jobs $(JOBS)

# Run after a change of requirements*.in: pins versions with hashes, for all supported Pythons.
pins: $(READY)
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-dev.in -c requirements.txt -o requirements-dev.txt
	$(COMPILE) tests/bench/requirements.in -c requirements-dev.txt -o tests/bench/requirements.txt
	$(COMPILE) tests/mutants/requirements.in -c requirements-dev.txt -o tests/mutants/requirements.txt

# Known vulnerabilities of the pinned versions, from today's public databases.
holes: $(READY)
	$(INSTALL) pip-audit==2.10.1
	.venv/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.txt

# Lighthouse's four scores of the main pages, with its mobile settings.
audit: $(READY) chromium
	@test -x node_modules/.bin/lighthouse || $(NPM_INSTALL)
	@$(TOOL).lighthouse

# Every page in the light and the dark theme, in phone and desktop sizes, into screenshots/.
screenshots: $(READY) chromium
	@$(TOOL).screenshots

# Finds or installs the browser for tests; prints one line if neither works.
chromium: $(READY)
	@$(TOOL).chromium

html-validate:
	@if test -d node_modules/html-validate; then :; \
	elif command -v npm >/dev/null; then $(NPM_INSTALL) --omit=optional; \
	else echo "No npm here: pages are checked by html5lib and our own rules, not by html-validate."; fi

clean:
	rm -rf .bench .venv .pytest_cache .ruff_cache node_modules screenshots test-results

# Debian packages venv separately: install it if root, else print how.
# cd /: in this folder pyenv would insist on the version in .python-version.
$(READY): requirements.txt requirements-dev.txt
	@cd / && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dreamscape needs Python 3.11 or later.")'
	@cd / && $(PYTHON) -c 'import ensurepip' 2>/dev/null || { test "$$(id -u)" = 0 && apt-get update -q && apt-get install -qy python3-venv; } \
		|| { echo "Python lacks venv here: install it first (Debian: apt install python3-venv)."; exit 1; }
	cd / && $(PYTHON) -m venv --clear "$(CURDIR)/.venv"
	sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.txt > .venv/uv.txt
	$(PIP_INSTALL) .venv/uv.txt
	$(INSTALL) --require-hashes -r requirements-dev.txt || $(PIP_INSTALL) requirements-dev.txt
	@touch $@

# Additional requirements of make bench and make mutants; installed versions don't change.
.venv/.%-ready: tests/%/requirements.txt $(READY)
	$(INSTALL) --require-hashes -r $<
	@touch $@
