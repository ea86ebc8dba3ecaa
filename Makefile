# Run `make` to see what there is. Every target that needs the environment sets it up first, once.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON := .venv/bin/python
PACKAGES := domain workflows activities services db workers api console cli bench tests
DATA_DIR ?= .baton
ARGS ?=

# `make demo` keeps its data in a place of its own. Nothing is deleted while a stack runs on either.
define REMOVE_DATA
from pathlib import Path
from workers.stack.data_dir import DataDir
from workers.stack.errors import StackError
places = [DataDir(path) for path in (Path(".baton/demo"), Path("$(DATA_DIR)")) if path.exists()]
try:
    for place in places:
        place.acquire()
except StackError as error:
    raise SystemExit(f"Nothing was deleted: {error}")
for place in places:
    place.release()
    place.remove()
endef
export REMOVE_DATA

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install everything: packages into .venv, Temporal into a per-user cache
	@./setup.sh

.PHONY: demo
demo: setup ## Play leads through their whole life (ARGS="…" is passed on)
	@.venv/bin/baton demo $(ARGS)

.PHONY: up
up: setup ## Run everything on this machine until Ctrl-C (ARGS="…" is passed on)
	@.venv/bin/baton up --data-dir $(DATA_DIR) $(ARGS)

.PHONY: test
test: setup lint pytest ## Lint, then run all tests (ARGS="…" is passed to pytest)

.PHONY: pytest
pytest: setup
	$(PYTHON) -m pytest $(ARGS)

.PHONY: test-slow
test-slow: setup ## Run the tests that take minutes (fault injection, long simulations)
	$(PYTHON) -m pytest -m slow $(ARGS)

.PHONY: lint
lint: setup ## Check style, types and the dependency rule
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy --strict $(PACKAGES)
	.venv/bin/lint-imports

.PHONY: format
format: setup ## Put the code into its style
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

.PHONY: bench
bench: setup ## Measure throughput and lateness (ARGS="…" is passed on)
	$(PYTHON) -m bench $(ARGS)

.PHONY: bench-assignments
bench-assignments: setup ## Assign 50,000 leads at once to 10, 100 and 1,000 agents, and compare (ARGS="--leads 2000" …)
	$(PYTHON) -m bench.assignments $(ARGS)

.PHONY: bench-decision
bench-decision: setup ## Time one routing decision among 10, 100 and 1,000 agents (ARGS="--agents 1000 --profile" …)
	$(PYTHON) -m bench.decision $(ARGS)

.PHONY: bench-batch
bench-batch: setup ## Time one batch of 100 waiting leads (ARGS="--leads 1000" …)
	$(PYTHON) -m bench.batch $(ARGS)

.PHONY: clean
clean: ## Delete the data directory, the environment and caches of tools (the per-user cache is kept)
	@if [ -x $(PYTHON) ]; then $(PYTHON) -c "$$REMOVE_DATA"; fi
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
