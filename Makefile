# make demo    the whole appliance in a small world of its own; prints one URL
# make test    every test
# make lint    ruff and mypy
# make bench   what it costs, as ratios to a baseline in the same run
# make soak    ten minutes of load while everything is killed at random; docs/soak.md
# make pictures    the demo's pictures in docs/, taken anew: needs Chromium and ../shared/models
# make install, make uninstall    (as root) the appliance on this machine, as systemd services; docs/operations.md
#
# Each does its own set-up: .venv/ with the pycam command in it.

VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: setup demo test lint bench soak pictures install uninstall clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt deploy/setup.sh
	deploy/setup.sh $(VENV)

# Plain commands, no shell around them: make hands Ctrl-C and SIGTERM straight to the demo.
demo: $(READY)
	$(VENV)/bin/pycam demo

test: $(READY)
	$(PYTHON) -m pytest -n 3 --dist loadfile

lint: $(READY)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

bench: $(READY)
	$(PYTHON) -m bench

soak: $(READY)
	$(PYTHON) -m soak

pictures: $(READY)
	PYCAM_SCREENSHOTS=docs/pictures $(PYTHON) -m pytest -k "newcomer or owner or phone" tests/scenarios/test_demo_in_a_browser.py tests/scenarios/test_dashboard_in_a_browser.py

install:
	deploy/install.sh

uninstall:
	deploy/uninstall.sh

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
