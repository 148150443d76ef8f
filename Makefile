# Everything a newcomer or a maintainer types. `make` alone lists it, under the headings that begin with ##@.
# Needs Python 3.11 or later with venv; everything else is installed into .venv from locked requirements.

PYTHON ?= python3
SERVE ?= yes
SCALE ?= 1
PIP_AUDIT ?= 2.9.0
BIN := .venv/bin
PACKAGES := core ingestion orchestration quality publication dashboards simulation benchmarks
# uv trusts its own list of certificates; where the machine has others, as behind a proxy, it must ask it.
export UV_SYSTEM_CERTS := 1
# Where uv cannot, pip can, and what uv said is only kept.
define INSTALL
$(BIN)/uv pip sync --quiet --require-hashes $(1) 2> .venv/uv.log || { \
	  echo "uv could not (.venv/uv.log says why); pip does it, which takes longer"; \
	  $(BIN)/pip --disable-pip-version-check install --quiet --require-hashes -r $(1); }
endef
EDITABLE := $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .

# Of these packages it is known how many lines their own tests run: 95.5 of 100. What rises is raised here, and a package is
# added when it was counted.
MEASURED := core/*,ingestion/*
FLOOR := 95

.DEFAULT_GOAL := help
.PHONY: help setup spark demo serve dev test test-long test-browser test-faults test-spark check audit fix lock docs clean \
        coverage bench bench-short bench-build bench-site bench-dashboards bench-gate

help:
	@echo "First time: make demo SCALE=0.05 (installs, invents a network, runs everything, opens the pages)."
	@echo "To change something: make dev, then CONTRIBUTING.md, which leads to docs/how-to/."
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Use it

setup: .venv/.runtime ## Make .venv with the vetro command, from the locked requirements

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed; say which with: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "Python's venv is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Making .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip --disable-pip-version-check install --quiet uv==$(shell sed -n 's/^uv==//p' requirements.in)

# The stamps hold: an environment newer than its requirements is not touched again.
.venv/.runtime: requirements.txt pyproject.toml | .venv/bin/uv
	@if [ -e .venv/.dev ]; then $(MAKE) --no-print-directory .venv/.dev; else \
	  echo "Installing the locked requirements"; \
	  { $(call INSTALL,requirements.txt); } && $(EDITABLE); fi
	@touch $@

.venv/.dev: requirements-dev.txt requirements.txt pyproject.toml | .venv/bin/uv
	@echo "Installing the locked requirements, with those of tests and checks"
	@{ $(call INSTALL,requirements-dev.txt); } && $(EDITABLE)
	@touch $@ .venv/.runtime

spark: .venv/.spark ## Add what builds on Apache Spark to .venv (needs Java)

.venv/.spark: requirements-spark.txt .venv/.runtime
	@echo "Installing Spark, half a gigabyte"
	@$(BIN)/uv pip install --quiet --require-hashes -r requirements-spark.txt
	@touch $@

demo: setup ## Simulate a network, run everything, open the pages (SERVE=no: do not open; SCALE=0.01: small)
	@$(BIN)/vetro demo --scale $(SCALE) $(if $(filter no,$(SERVE)),--no-serve)

serve: setup ## Open the pages of the current release
	@$(BIN)/vetro serve

##@ Change it

dev: .venv/.dev ## Make .venv with what tests and checks need

test: dev ## Run the tests (ARGS=tests/ingestion: of one package)
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder $(ARGS)

test-long: dev ## Run the long tests: the same rules over many more cases
	@$(BIN)/python -m pytest -m long --timeout 7200 -ra $(ARGS)

test-browser: dev ## Run the tests that open pages in Chromium (skipped, with a word, where it is not installed)
	@$(BIN)/python -m pytest -m "browser and not long" -n 2 --dist loadscope -ra $(ARGS)

test-faults: dev ## Run the tests of kills, races and services: what happens on a bad day, in at most eight minutes
	@$(BIN)/python -m pytest -m "faults and not long" -n 2 --dist loadgroup --timeout 480 -ra $(ARGS)

test-spark: dev spark ## Run the tests that build on Apache Spark (needs Java; half a gigabyte is installed)
	@$(BIN)/python -m pytest -m "spark and not long" -n 0 --timeout 1500 -ra $(ARGS)

check: dev ## Look over the code: ruff, mypy, vulture, codespell, sqlfluff, dbt-bouncer and the conventions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/lint-imports --no-cache > .venv/imports.log || { cat .venv/imports.log; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/vulture
	@$(BIN)/vulture $(PACKAGES) tests
	@$(BIN)/codespell
	@cd dbt_project && ../$(BIN)/sqlfluff lint models tests --processes 2 --disable-progress-bar --nocolor
	@$(BIN)/python -m orchestration.manifest_check
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 tests/conventions

audit: setup ## Ask a database of vulnerabilities about every locked version (needs a network)
	@$(BIN)/uv tool run pip-audit==$(PIP_AUDIT) --strict --disable-pip --require-hashes --requirement requirements.txt

fix: dev ## Put layout, imports and simple findings in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format --quiet .

# What is tested is what is installed: the product's own versions are those of the tests.
COMPILE := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header \
  --no-annotate --no-emit-index-url --no-emit-find-links

lock: dev ## Write requirements*.txt anew from requirements*.in
	@$(BIN)/uv $(COMPILE) requirements-dev.in -o requirements-dev.txt
	@$(BIN)/uv $(COMPILE) requirements.in -c requirements-dev.txt -o requirements.txt
	@$(BIN)/uv $(COMPILE) requirements-spark.in -c requirements-dev.txt -o requirements-spark.txt

docs: dev ## Write docs/reference/ anew from the code
	@$(BIN)/python -m orchestration.reference_pages

clean: ## Remove caches (never VETRO_HOME, never .venv)
	@rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage build dist *.egg-info
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

##@ Measure it

coverage: dev ## Run the tests and say which lines none of them runs; fails below the floor (a third slower)
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder --cov $(ARGS)
	@$(if $(ARGS),:,$(BIN)/coverage report --include="$(MEASURED)" --fail-under=$(FLOOR) --format=total)

bench: dev ## Measure ingestion beside bare DuckDB, frictionless, pandas and polars on five million rows
	@$(BIN)/python -m benchmarks.ingestion_speed $(ARGS)

bench-short: dev ## The same on few rows: in three minutes, and only gross bounds can break
	@$(BIN)/python -m benchmarks.ingestion_speed --short $(ARGS)

bench-build: dev ## Measure full and incremental builds beside the same statements without dbt
	@$(BIN)/python -m benchmarks.build_speed $(ARGS)

bench-site: dev ## Measure writing the public site of 600 territories, and what a release after it writes anew
	@$(BIN)/python -m benchmarks.site_speed $(ARGS)

bench-dashboards: dev ## Measure the pages for signed-in readers: in a browser, for 20 viewers at once, with 100 times the data
	@$(BIN)/python -m benchmarks.dashboard_speed $(ARGS)

bench-gate: dev ## Measure how often the gate is red over correct data and what it finds of planted faults
	@$(BIN)/python -m benchmarks.gate_rates $(ARGS)
