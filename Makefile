# make run starts everything; make test runs every test. Python 3.11 or later is all they need.

PYTHON ?= python3
READY := .venv/.ready

.PHONY: run test lint clean

run: $(READY)
	@PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/honcho -f Procfile.dev start

test: $(READY) lint
	.venv/bin/python -m pytest

lint: $(READY)
	.venv/bin/ruff check .

clean:
	rm -rf .venv .pytest_cache .ruff_cache

# Debian ships Python without what makes an environment; root can fetch it, others are told.
$(READY): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dreamscape needs Python 3.11 or later.")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { test "$$(id -u)" = 0 && apt-get update -q && apt-get install -qy python3-venv; } \
		|| { echo "Python lacks venv here: install it first (Debian: apt install python3-venv)."; exit 1; }
	$(PYTHON) -m venv --clear .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
