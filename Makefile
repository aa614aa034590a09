# One target a line below; `make` alone lists them. Nothing but Python 3.11+, pip, git and make is needed.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SPARK := $(VENV)/.spark
ONCE ?=
PORT ?= 8000
SIZE ?= quick
ONLY ?=
SECONDS ?= 30
# One more than there are processors, four at most: tests wait for servers, for disks and for what they killed.
WORKERS ?= $(shell $(PYTHON) -c "import os; print(min(4, (os.cpu_count() or 1) + 1))")
ARGS ?=
DRIVERS := $(addprefix --extra ,mysql odbc oracle soap xml kafka mqtt)

.PHONY: help setup demo test check bench soak faults lock clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

setup: $(READY) ## make .venv with the locked dependencies

$(READY): requirements.lock setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Yishu needs Python 3.11 or later; found " + sys.version.split()[0] + ". Set PYTHON=/path/to/python3.11.")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $(READY)

# Only the tests install it, and only where there is Java to run it; `make demo` stays quick.
$(SPARK): requirements-spark.lock $(READY)
	@if command -v java >/dev/null || test -x "$$JAVA_HOME/bin/java"; then \
	    $(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes --no-build-isolation -r requirements-spark.lock && touch $(SPARK) \
	    || echo "NOT TESTED ON SPARK: pip could not install requirements-spark.lock"; \
	else \
	    echo "NOT TESTED ON SPARK: no Java was found; install a Java runtime, 17 or 21 (Debian: apt-get install default-jre-headless)"; \
	fi

demo: $(READY) ## build the demo city, run its DAGs with Airflow, serve it (ONCE=1: ask it a few questions and stop)
	$(BIN)/yishu demo --port $(PORT) $(if $(ONCE),--once) $(ARGS)

# A process of tests that dies ends the run and is named: where tests are kept together, xdist 3.8 waits for ever for one in its place.
test: $(READY) $(SPARK) ## run the whole test suite
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder --max-worker-restart 0 $(ARGS)

check: $(READY) ## formatting, lint, types, import contracts, documentation
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_docs.py tests/test_layout.py

bench: $(READY) ## run the benchmarks (SIZE=full for the sizes of the targets, ONLY=<area>)
	$(BIN)/python -m benchmarks --size $(SIZE) $(if $(ONLY),--only $(ONLY))

soak: $(READY) ## 64 clients in all modes against one server, for SECONDS (30): no wrong answer, memory flat
	$(BIN)/python -m benchmarks.soak --seconds $(SECONDS) $(ARGS)

faults: $(READY) ## break things on purpose: kill -9 in the middle of twenty runs of every family of sources
	YISHU_KILLS=$${YISHU_KILLS:-20} $(BIN)/python -m pytest tests/faults $(ARGS)

lock: ## resolve the dependencies anew (needs uv) and write requirements.lock, requirements-spark.lock and constraints.txt
	uv pip compile setup.cfg pyproject.toml --extra airflow --extra demo --extra dev --extra sftp $(DRIVERS) --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --upgrade -o requirements.lock
	$(PYTHON) deploy/constraints.py requirements.lock > constraints.txt
	$(PYTHON) deploy/extra.py spark | uv pip compile - -c constraints.txt --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --upgrade -o requirements-spark.lock
	uv pip compile tests/clients/datacontract.in --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --upgrade -o tests/clients/datacontract.lock
	uv pip compile tests/clients/ckanapi.in --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --upgrade -o tests/clients/ckanapi.lock
	uv pip compile tests/clients/rdf.in --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --upgrade -o tests/clients/rdf.lock
	uv pip compile tests/clients/openlineage.in --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --upgrade -o tests/clients/openlineage.lock
	uv pip compile tests/clients/dlt.in --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --upgrade -o tests/clients/dlt.lock
	uv pip compile tests/clients/frictionless.in --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --upgrade -o tests/clients/frictionless.lock
	uv pip compile tests/clients/airflow_openlineage.in -c constraints.txt --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --upgrade -o tests/clients/airflow_openlineage.lock

clean: ## remove what was built, keep the virtual environment
	rm -rf build .yishu .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
