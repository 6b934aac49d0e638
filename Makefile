# Membus. `make help` lists what there is; `make up` starts everything.
# Variables: PYTHON (the interpreter for .venv), STACK (embedded), and any of .env.example.

.DEFAULT_GOAL := help
.PHONY: help stack up down status logs restart clean token rebuild backup restore compact \
	test test-fast screenshots chaos lint format lock env-example chromium environment dev-environment

SHELL := /bin/sh
PYTHON ?= python3
STACK ?= embedded
BIN := .venv/bin
EMBEDDED := $(BIN)/python -m deploy.embedded
RECORD := $(BIN)/python -m deploy.embedded.record
TIER := $(BIN)/pytest --cov --cov-append --cov-report= --cov-fail-under=0
export PYTHON

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: stack environment ## start everything and wait until it is ready
	@$(EMBEDDED) up

down: environment ## stop everything
	@$(EMBEDDED) down

status: environment ## show every process, its port and its health
	@$(EMBEDDED) status

logs: environment ## follow the logs; of one program with S=context
	@$(EMBEDDED) logs $(S)

restart: environment ## restart one program: S=context
	@test -n "$(S)" || { echo "Which one? make restart S=context" >&2; exit 2; }
	@$(EMBEDDED) restart $(S)

clean: environment ## stop everything and delete all data, after asking (YES=1: without)
	@$(EMBEDDED) clean $(if $(filter 1,$(YES)),--yes)

# The shell's own USER must not be taken for the one that is meant.
token: environment ## print an access token: USER=alice [ADMIN=1] [DAYS=30]
ifneq ($(origin USER),command line)
	@echo "For whom? make token USER=alice [ADMIN=1] [DAYS=30]" >&2; exit 2
else
	@$(EMBEDDED) token "$(USER)" $(if $(filter 1,$(ADMIN)),--admin) --days $(or $(DAYS),30)
endif

rebuild: environment ## fill Redis again from the record, while chat goes on
	@$(RECORD) rebuild

# FILE reaches the shell as it is, spaces and quotes and all.
backup: environment ## write the record and its settings: FILE=membus.backup [FORCE=1]
	@$(RECORD) backup $(if $(filter 1,$(FORCE)),--force) -- "$$FILE"

restore: environment ## put a backup in the place of the record: FILE=membus.backup
	@$(RECORD) restore -- "$$FILE"

compact: environment ## delete what was forgotten from the servers' files too
	@$(RECORD) compact

test: dev-environment chromium ## run every test, with coverage
	@$(BIN)/coverage erase
	@echo "== unit, contracts"
	@$(TIER) -n 2 tests/unit tests/contracts
	@echo "== stores, integration (real NATS, Valkey and PostgreSQL)"
	@$(TIER) -n 2 --dist loadfile tests/stores tests/integration
	@echo "== the pages, in a browser"
	@$(TIER) -n 2 tests/pages
	@echo "== faults (services killed, stopped and ended at every point of a turn's way)"
	@$(BIN)/pytest tests/faults
	@echo "== the whole system"
	@if ls tests/e2e/test_*.py >/dev/null 2>&1; then $(TIER) tests/e2e; fi
	@$(BIN)/coverage report

test-fast: dev-environment ## run the tests that start no servers
	@$(BIN)/pytest -n 2 tests/unit tests/contracts

screenshots: dev-environment chromium ## draw the pictures of docs/ and README anew
	@$(BIN)/python -m tests.support.screenshots

chaos: dev-environment ## random faults: SECONDS=60 SEED=1 [TURNS=10000] [OUTAGE=600 TIME_SCALE=1]
	@$(BIN)/python -m tests.support.faults.chaos --seconds $(or $(SECONDS),60) --seed $(or $(SEED),1) \
		--turns $(or $(TURNS),0) --outage $(or $(OUTAGE),0) --time-scale $(or $(TIME_SCALE),0.1) \
		--gateways $(or $(GATEWAYS),1) $(if $(AWAY),--away $(AWAY))

lint: dev-environment ## check style, types, imports, dependencies, locks and compose files
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry --no-ansi shared services
	$(BIN)/python -m deploy.embedded.locks check
	@if [ ! -e compose.yaml ]; then :; \
	elif command -v docker >/dev/null 2>&1; then docker compose config --quiet; \
	else echo "!! docker is not installed: compose.yaml was NOT checked" >&2; fi

format: dev-environment ## format the code and sort the imports
	$(BIN)/ruff check --fix --select I
	$(BIN)/ruff format

lock: dev-environment ## pin the dependencies anew (UPGRADE=1: to their latest versions)
	$(BIN)/python -m deploy.embedded.locks write $(if $(filter 1,$(UPGRADE)),--upgrade)

env-example: dev-environment ## write .env.example anew from the settings classes
	$(BIN)/python -m deploy.embedded.env_example

stack:
	@test "$(STACK)" = embedded || \
		{ echo "STACK=$(STACK) comes later; make up without it needs no containers." >&2; exit 2; }

environment:
	@sh deploy/embedded/venv.sh requirements-embedded.txt

dev-environment:
	@sh deploy/embedded/venv.sh requirements-dev.txt

# The pages are tested in Debian's Chromium; playwright's own download is not needed.
chromium:
	@if command -v chromium >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing Chromium for the tests of the pages"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends chromium >/dev/null || \
			echo "!! Chromium could not be installed: the pages are NOT tested" >&2; \
	else \
		echo "!! Chromium is missing: the pages are NOT tested. Debian: apt-get install chromium" >&2; \
	fi
