# Everything a developer types. Paths are relative, so the checkout may lie anywhere.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run test lint fmt messages bench pins

# The first Python that is new enough; `make PYTHON=/path/to/python3 …` chooses another.
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# Passed on to the tests, the benchmarks, the words or dev.run: make test ARGS="-k bills"
ARGS ?=
INSTALL = @[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed (python3.11 or python3 on PATH)." >&2; exit 1; }; \
	exec "$(PYTHON)" dev/install.py

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

setup: ## Create .venv with everything, tests and checks included
	$(INSTALL) requirements.txt requirements-local.txt requirements-dev.txt

run: ## Start the whole product here: database, Redis, web, worker, beat (Ctrl-C stops all)
	$(INSTALL) requirements.txt requirements-local.txt
	@exec .venv/bin/python -m dev.run

test: setup ## Run the tests: make test ARGS="tests/billing -k cash"
	@exec .venv/bin/python -m dev.test $(ARGS)

lint: setup ## Style, format and types
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

fmt: setup ## Put the code into the house's format
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

messages: setup ## Gather the words for the translators; a new language: make messages ARGS=ta
	@.venv/bin/python -m dev.messages $(ARGS)

bench: setup ## Measure: make bench ARGS="--help"
	@exec .venv/bin/python -m benchmarks $(ARGS)

pins: setup ## Compile requirements*.in into requirements*.txt (newer versions: ARGS=--upgrade)
	@set -e; for name in requirements requirements-local requirements-dev; do \
		.venv/bin/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url \
			--no-emit-find-links --python-version 3.11 $(ARGS) $$name.in -o $$name.txt; done
