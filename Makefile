# `make demo` and `make test` work on a fresh machine with Python 3.10 to 3.13: both begin with
# `make setup`, which builds .venv with everything in it, Lava included.

SHELL := /bin/bash
.DELETE_ON_ERROR:

# The first interpreter that NeuroGraph supports; or: make PYTHON=/path/to/python3.12 ...
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.10 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' \
	2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check
LAVA := lava-nc==0.10.0
# SANA-FE (GPL-3.0) is a program of its own; nothing in .venv imports it.
SANAFE_VENV := $(dir $(VENV)).venv-sanafe
# Tests of a file stay together, since they share what it made; long files begin first.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help setup demo fuzz test test-fast test-pythons lint types bench bench-quick bench-data bench-lava bench-quant bench-energy bench-dysign bench-resident bench-ablation bench-faults bench-silicon clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(READY)  ## .venv with everything, Lava included; SANA-FE in .venv-sanafe

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "error: no Python 3.10 to 3.13 found; install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install -q -c constraints.txt torch==2.13.0
	$(PIP) install -q -c constraints.txt -e '.[train,lava,deepwalk,parquet,dev]'
	# lava-nc declares Python < 3.11 and numpy < 2, but runs on newer ones (see README, Install)
	$(PIP) install -q --no-deps --ignore-requires-python $(LAVA)
	test -x $(SANAFE_VENV)/bin/python || $(PYTHON) -m venv $(SANAFE_VENV)
	$(SANAFE_VENV)/bin/python -m pip install --disable-pip-version-check -q -c constraints.txt sanafe || \
		echo "SANA-FE is not there: what needs it is skipped (see README, Install)" >&2
	@touch $@

demo: setup  ## train, export, run on Lava and report, on a built-in graph
	$(BIN)/neurograph demo

test: lint types  ## the whole suite, with lint and types
	$(PYTEST)

SEED ?= 0
CASES ?= 10000
fuzz: setup  ## changed files of every reader (half an hour; SEED=1 CASES=500)
	$(BIN)/python tests/fuzz/fuzz.py --seed $(SEED) --cases $(CASES)

test-fast: setup  ## without the slow tests
	$(PYTEST) -m 'not slow'

test-pythons:  ## core and Lava tests on each of Python 3.10 to 3.13 that is here (ARGS="--only 3.12 tests/unit")
	$(PYTHON) tests/pythons.py $(ARGS)

lint: setup  ## style, and the import rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: setup  ## mypy, strict
	$(BIN)/mypy

bench: setup  ## every benchmark on the real graphs: a table, and build/bench/*.json (hours)
	$(BIN)/python tests/bench/run.py

bench-quick: setup  ## the benchmarks that train nothing to the end (minutes)
	$(BIN)/python tests/bench/run.py --quick

bench-data: setup  ## inputs as people have them, ten million edges, F1 without options (an hour)
	$(BIN)/python tests/bench/run.py data

bench-lava: setup  ## Lava on the trained DBLP model (minutes; trains it where there is none)
	$(BIN)/python tests/bench/run.py lava

bench-quant: setup  ## quantisation and training in integers on DBLP (an hour with the trainings)
	$(BIN)/python tests/bench/run.py quant

bench-energy: setup  ## placement, energy and the models without spikes on DBLP (an hour with the trainings)
	$(BIN)/python tests/bench/run.py energy

bench-dysign: setup  ## Dy-SIGN beside SpikeNet on DBLP: memory, settling, scores, integers (hours with the trainings)
	$(BIN)/python tests/bench/run.py dysign

bench-resident: setup  ## the whole graph on the chip, labels as spikes: F1, energy, speed (hours with the trainings)
	$(BIN)/python tests/bench/run.py resident resident-speed

bench-silicon: setup  ## Loihi 2 as measured and as predicted: cores, joules, seconds; its traces replayed (minutes)
	$(BIN)/python tests/bench/run.py silicon replay

bench-faults: setup  ## commands with too little room, memory, rights, killed, with changed files (half an hour; SEED=...)
	$(BIN)/python tests/bench/run.py faults

bench-ablation: setup  ## Dy-SIGN on DBLP without feedback, without compensation, without both (half an hour)
	$(BIN)/python tests/bench/run.py dysign-ablation

clean:  ## remove what was built
	rm -rf $(VENV) $(SANAFE_VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
