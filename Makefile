# make run starts everything; make test runs every test. Python 3.11 or later is all they need.
# GUNICORN_CMD_ARGS=--reload make run restarts the site whenever a file changes.
# make storm tries faults and crowds for many minutes, and prints figures.
# make bench measures speed and memory: make bench DREAMS="1000 10000", on $MONGO_URI if given.
# make audit asks Lighthouse (Node 20 or later), make screenshots takes a picture of every page.
# make pins writes requirements*.txt from requirements*.in, make holes looks for known holes in them.

PYTHON ?= python3
READY := .venv/.ready
TOOL := PYTHONPATH=.:tests .venv/bin/python -m support
BENCH_RUN := PYTHONPATH=.:tests .venv/bin/python -m bench
NPM_INSTALL := npm install --no-package-lock --no-audit --no-fund --loglevel=error

COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command "make pins"

.PHONY: run test lint storm bench pins holes audit screenshots chromium html-validate clean

run: $(READY)
	@PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/honcho -f Procfile.dev start

# Lines and branches of the site are counted: not of tests, though it warns that it cannot, and not
# of a file "frozen", which is what Python names as the origin of modules of its own.
COUNTED := .coverage.json
COUNT := .venv/bin/python -W "ignore:Unable to activate pytest branch" -m slipcover --branch
# What is compiled is kept, whatever the shell says: tests start a hundred processes.
test: export PYTHONDONTWRITEBYTECODE =
test: $(READY) lint chromium html-validate
	$(COUNT) --omit "tests/*,frozen" --json --out $(COUNTED) -m pytest
	@$(COUNT) --skip-covered --merge $(COUNTED) --out $(COUNTED) --fail-under 95

lint: $(READY)
	.venv/bin/ruff check .
	.venv/bin/bandit --quiet --recursive app.py dreamscape gunicorn.conf.py
	.venv/bin/python -m pytest -q -n 0 tests/test_rules.py -k "no_code_has or no_template_has"

# What is too long for each day: many at once, and things that break; figures are printed.
storm: $(READY)
	.venv/bin/python -m pytest -s -n 0 tests/storm

# Page by page against the same from memory; more options by BENCH="--seconds 1 --only Newest".
DREAMS ?= 1000
bench: .venv/.bench-ready
	@$(BENCH_RUN) --dreams $(DREAMS) $(BENCH)

# After a change of requirements*.in: every version and the hashes of its files, for all Pythons.
pins: $(READY)
	.venv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-dev.in -c requirements.txt -o requirements-dev.txt
	$(COMPILE) tests/bench/requirements.in -c requirements-dev.txt -o tests/bench/requirements.txt

# Known holes of what is installed, as the public lists have them today.
holes: $(READY)
	.venv/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	.venv/bin/pip-audit --disable-pip --require-hashes -r requirements.txt

# Lighthouse's four scores of the main pages, on a phone.
audit: $(READY) chromium
	@test -x node_modules/.bin/lighthouse || $(NPM_INSTALL)
	@$(TOOL).lighthouse

# Every page, light and dark, on a phone and on a desk, into screenshots/.
screenshots: $(READY) chromium
	@$(TOOL).screenshots

# The browser of the tests: found, or installed, or one line that says it is missing.
chromium: $(READY)
	@$(TOOL).chromium

html-validate:
	@if test -d node_modules/html-validate; then :; \
	elif command -v npm >/dev/null; then $(NPM_INSTALL) --omit=optional; \
	else echo "No npm here: pages are checked by html5lib and our own rules, not by html-validate."; fi

clean:
	rm -rf .venv .pytest_cache .ruff_cache node_modules screenshots test-results

# Debian ships Python without what makes an environment; root can fetch it, others are told.
# Asked for in / any Python will do: here pyenv would insist on the host's, see .python-version.
$(READY): requirements.txt requirements-dev.txt
	@cd / && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dreamscape needs Python 3.11 or later.")'
	@cd / && $(PYTHON) -c 'import ensurepip' 2>/dev/null || { test "$$(id -u)" = 0 && apt-get update -q && apt-get install -qy python3-venv; } \
		|| { echo "Python lacks venv here: install it first (Debian: apt install python3-venv)."; exit 1; }
	cd / && $(PYTHON) -m venv --clear "$(CURDIR)/.venv"
	.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# What make bench needs besides; nothing that is there already changes.
.venv/.bench-ready: $(READY) tests/bench/requirements.txt
	.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/bench/requirements.txt
	@touch $@
