# Two commands set up a fresh machine: `make demo` (the night's work on the sample) and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# torch stands outside the lock: which build is right depends on the machine (see README).
TORCH_SPEC ?= torch==2.13.0
TORCH_INDEX ?=

.DEFAULT_GOAL := help
.PHONY: help setup torch demo demo-collect test test-browser lint check format bench floors quality lock documents clean

help:  ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: $(VENV)/.ready  ## Make .venv with the locked packages and the kesheng command

$(VENV)/.ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Kesheng needs Python 3.11 or newer; $$($(PYTHON) --version) is what '$(PYTHON)' starts. Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-binary jieba,jstyleson,snownlp -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.torch: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) '$(TORCH_SPEC)'
	@touch $@

torch: $(VENV)/.torch  ## Install torch by its own line (TORCH_SPEC, TORCH_INDEX): tests and `kesheng train` need it

demo: setup  ## Run the night on data/sample and show its summary
	$(BIN)/kesheng run --config data/sample/kesheng.toml

demo-collect: setup  ## Collect a site on loopback twice, a crawl killed in between, and show the site's log
	$(BIN)/python -m tests.demo_collect

test: torch  ## All tests: fast, slow, and those that start a Prefect server
	$(BIN)/python -m pytest -n 2 -m "not prefect and not browser"
	$(BIN)/python -m pytest -m prefect -p no:randomly

test-browser: torch  ## The page in Chromium (Debian: chromium, fonts-noto-cjk); skipped where it is not installed
	$(BIN)/python -m pytest -m browser -rs

lint: torch  ## Format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint  ## What must pass before a commit: format, lint, types, fast tests
	$(BIN)/python -m pytest -q -n 2

format: setup  ## Format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: torch  ## Measure speed and memory, with SnowNLP as the yardstick
	$(BIN)/python -m tests.bench

floors: setup  ## Pin today's scores on data/sample as the floors of tests/test_floors.py
	$(BIN)/python -m tests.floors

quality: setup  ## Write docs/quality.md: the lists measured against the labelled sample
	$(BIN)/kesheng evaluate

documents: setup  ## Write docs/tables.md from the schema
	$(BIN)/kesheng tables --markdown > docs/tables.md

lock:  ## Renew the lock files (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --output-file requirements.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --constraints requirements.lock --group dev --output-file requirements-dev.lock pyproject.toml

clean:  ## Remove the environment and caches (never data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
