# `make` alone lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= 2
LOCK := $(BIN)/uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
BASES ?= 30
SITE := build/site-tools/bin
DEMO := ../../$(BIN)/cutline

# Each of the tests' processes would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo test test-long browser-tests test-datasette-next lint format docs bench bench-pictures held-out peers build site hooks lock audit licences clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: $(STAMP)  ## install cutline and its tools into .venv

# What is installed is what supply/dev.lock names, byte for byte. Where that does not fit (a platform or an index
# without those files), the newest that pyproject.toml allows is installed instead, and said.
$(STAMP): pyproject.toml supply/dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cutline needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@echo 'Installing cutline and its tools into $(VENV) ...'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement supply/dev.lock \
		|| echo 'supply/dev.lock does not fit here: installing what pyproject.toml allows ...'
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
	$(BIN)/python -m pytest -n $(JOBS) -m 'not long' --ignore tests/browser

test-long: $(STAMP)  ## run the long tests too, properties with other cases each time
	CUTLINE_RANDOM_TESTS=1 $(BIN)/python -m pytest -n $(JOBS)

browser-tests: $(STAMP)  ## install Debian's chromium and playwright, and run the tests in a browser
	@command -v chromium >/dev/null || { echo 'Installing chromium and fonts (apt-get, needs root) ...'; apt-get update -qq && apt-get install -qq -y chromium fonts-noto-core; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement supply/browser.lock \
		|| echo 'supply/browser.lock does not fit here: installing what pyproject.toml allows ...'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,browse,browser]'
	$(BIN)/python -m pytest --reruns 2 tests/browser tests/test_report_html.py

test-datasette-next: $(STAMP)  ## run the tests of browse with the newest pre-release of Datasette 1.0 (stays installed)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --pre --upgrade 'datasette>=1.0a0,<2'
	$(BIN)/python -m pytest tests/test_browse.py tests/test_browse_parts.py tests/test_review_groups.py tests/test_caption_desk.py tests/test_browse_attacks.py

lint: $(STAMP)  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)  ## put the code into its one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP)  ## write the generated parts of README and docs again
	$(BIN)/python docs/generate.py

bench: $(STAMP) bench-pictures held-out  ## measure accuracy, speed and memory
	$(BIN)/python -m benchmarks.accuracy --only founding,captions,text,repeats
	$(BIN)/python -m benchmarks.scan
	$(BIN)/python -m benchmarks.articles --peers build/peers

bench-pictures: $(STAMP)  ## measure duplicate pictures beside other tools, write tables and plots into docs
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	$(BIN)/python -m benchmarks.accuracy --only pictures --bases $(BASES) --write
	$(BIN)/python -m benchmarks.pictures --bases $(BASES) --write

held-out: $(STAMP)  ## measure photographs and edits never tuned to (from Debian packages), write them into docs
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	$(BIN)/python -m benchmarks.held_out --write

peers:  ## install the tools that pictures are measured beside (PyTorch with them; findimagedupes needs root)
	@test -x build/peers/pictures/bin/python || $(PYTHON) -m venv build/peers/pictures
	build/peers/pictures/bin/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/picture-peers.txt
	@command -v findimagedupes >/dev/null || [ "$$(id -u)" = 0 ] \
		|| { echo 'findimagedupes is a Debian package: sudo apt-get install findimagedupes'; exit 1; }
	@command -v findimagedupes >/dev/null || { apt-get update -qq && apt-get install -qq -y findimagedupes; }

build: $(STAMP)  ## build the wheel and the source archive
	$(BIN)/python -m pip install --quiet --disable-pip-version-check build
	$(BIN)/python -m build

site: $(STAMP)  ## build the documentation as a site into build/site
	@test -x $(SITE)/mkdocs || $(PYTHON) -m venv build/site-tools
	@$(SITE)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement supply/site.lock
	$(BIN)/python docs/site.py
	NO_MKDOCS_2_WARNING=1 $(SITE)/mkdocs build --quiet --config-file docs/mkdocs.yml

hooks: $(STAMP)  ## have git check what is committed, before each commit
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check pre-commit
	$(BIN)/pre-commit install --hook-type pre-commit --hook-type pre-push

lock: $(STAMP)  ## write the lock files again (UPGRADE=--upgrade: with the newest of all)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(LOCK) --extra dev --output-file supply/dev.lock pyproject.toml
	$(LOCK) --extra dev --extra browse --extra browser --output-file supply/browser.lock pyproject.toml
	$(LOCK) --output-file supply/site.lock docs/requirements.txt

audit: $(STAMP)  ## ask which locked packages have known faults
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit
	@$(BIN)/python -m supply.audit

licences: $(STAMP)  ## list the licences of what is installed; fails on the GPL in what cutline needs
	@$(BIN)/python -m supply.licences

clean:  ## remove what was built
	rm -rf build dist .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
