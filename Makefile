# `make` alone lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= 2
DEMO := ../../$(BIN)/cutline

.DEFAULT_GOAL := help
.PHONY: help install demo test test-long browser-tests lint format docs bench build clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

install: $(STAMP)  ## install cutline and its tools into .venv

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cutline needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@echo 'Installing cutline and its tools into $(VENV) ...'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(STAMP)  ## scan the bundled sample archive and print the report
	@rm -rf build/demo && mkdir -p build/demo
	@cp -r examples/archive build/demo/archive
	@cd build/demo && $(DEMO) scan archive || [ $$? -eq 1 ]
	@for report in summary captions images conflicts orphans problems; do \
		printf '\n$$ cutline report %s\n' $$report; (cd build/demo && $(DEMO) report $$report) || exit; \
	done
	@printf '\nThe catalogue is build/demo/catalog.db; the archive scanned is build/demo/archive.\n'

test: $(STAMP)  ## run the tests
	$(BIN)/python -m pytest -n $(JOBS) -m 'not long'

test-long: $(STAMP)  ## run the property tests with thousands of cases too
	$(BIN)/python -m pytest -n $(JOBS)

browser-tests: $(STAMP)  ## install Debian's chromium and playwright, and run the tests in a browser
	@command -v chromium >/dev/null || { echo 'Installing chromium and fonts (apt-get, needs root) ...'; apt-get update -qq && apt-get install -qq -y chromium fonts-noto-core; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,browse,browser]'
	$(BIN)/python -m pytest --reruns 2 tests/browser tests/test_report_html.py

lint: $(STAMP)  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)  ## put the code into its one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP)  ## write the generated parts of README and docs again
	$(BIN)/python docs/generate.py

bench: $(STAMP)  ## measure accuracy, speed and memory
	$(BIN)/python -m benchmarks.accuracy
	$(BIN)/python -m benchmarks.scan
	$(BIN)/python -m benchmarks.articles --peers build/peers

build: $(STAMP)  ## build the wheel and the source archive
	$(BIN)/python -m pip install --quiet --disable-pip-version-check build
	$(BIN)/python -m build

clean:  ## remove what was built
	rm -rf build dist .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
