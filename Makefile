# Two commands matter: `make run` opens the tutor, `make test` runs the whole suite.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup run test check lint eval eval-selftest bench drill drill-models drill-local docs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: ## create .venv from the pins; does nothing if it is current
	@$(PYTHON) scripts/bootstrap.py

run: setup ## ingest the exam pack if needed and open the tutor on http://127.0.0.1:8501
	@$(BIN)/tutor ingest
	@$(BIN)/tutor serve

test: setup ## run the whole test suite
	@$(BIN)/python scripts/chromium_hint.py
	@$(BIN)/pytest -q

check: setup lint test ## ruff, mypy --strict, import-linter, tests

lint: setup ## ruff, mypy --strict and import-linter only
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q . && $(BIN)/mypy && $(BIN)/lint-imports

eval: setup ## measure everything against the shipped baseline; fails if it is worse, see docs/evals.md
	@$(BIN)/tutor ingest
	@$(BIN)/tutor eval run --baseline built-in
	@$(BIN)/tutor eval report last --baseline built-in

eval-selftest: setup ## plant 20 regressions and 20 harmless changes and see what the gate says; about half an hour
	@$(BIN)/tutor ingest
	@$(BIN)/python -m evals.selftest

bench: setup ## processor time of help, first page, first and warm answer
	@$(BIN)/python -m evals.bench

drill: setup ## kill ingest 50 times at random points; the published index must always open whole
	@$(BIN)/python -m evals.drill --kills 50

drill-models: setup ## faulty chat models (12 kinds, 50 times each) and an obedient one over 200 hostile documents
	@$(BIN)/tutor ingest
	@$(BIN)/python -m evals.drill_models --times 50
	@$(BIN)/python -m evals.drill_injection --attacks 200

drill-local: setup ## a 1.5B model in process on 60 questions, with and without schema and check (1.1 GB, slow)
	@$(BIN)/tutor ingest
	@$(BIN)/python scripts/join_model.py .models/qwen2.5-coder-1.5b-instruct.gguf
	@$(BIN)/python -m evals.drill_local --model .models/qwen2.5-coder-1.5b-instruct.gguf --questions 60

docs: setup ## write docs/cli.md from the commands themselves
	@$(BIN)/python scripts/cli_docs.py

clean: ## remove .venv and caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
