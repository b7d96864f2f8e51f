# Showrunner: what people run. `make help` tells.
SHELL := /bin/bash
# Tests start hundreds of processes: without kept bytecode each would compile every module anew.
export PYTHONDONTWRITEBYTECODE :=
STARTED := $(shell date +%s)
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv/bin
STAMPS := .venv/stamps
SERVICES := $(VENV)/python -m tests.services
SHARDS := journeys waits others
# manage.py in the environment of the last `make run` or `make demo`, or of a new one
OFFLINE = test -e var/stack/showrunner.env || $(VENV)/python -m workers.embedded --prepare; SHOWRUNNER_ENV_FILE=var/stack/showrunner.env $(VENV)/python manage.py

.DEFAULT_GOAL := help
.PHONY: help demo run test $(SHARDS) check static lint types fast coverage bench lock format shell events debian clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

demo: $(STAMPS)/embedded ## do the main job on real video, look at every result, stop
	@$(VENV)/python -m workers.embedded --var var/stack --since $(STARTED) -- $(VENV)/python -m clients.demo

run: $(STAMPS)/embedded ## keep the embedded stack up until Ctrl-C (WEB_PORT, RTMP_PORT)
	@$(VENV)/python -m workers.embedded --var var/stack --web-port $(or $(WEB_PORT),8000) --rtmp-port $(or $(RTMP_PORT),1935)

test: $(STAMPS)/test debian ## all tests, against real servers
ifdef ARGS
	@$(SERVICES) --rabbitmq -- $(VENV)/python -m pytest $(ARGS)
else
	@mkdir -p build
	@$(MAKE) --no-print-directory -j $(words $(SHARDS)) --output-sync $(SHARDS)
endif

# Counting branches costs two thirds more CPU, which every deadline of the other shards would feel.
coverage: $(STAMPS)/test debian ## branch coverage of what runs in the tests' own process
	@$(SERVICES) --rabbitmq -- $(VENV)/python -m pytest --cov --cov-report=term -m "not journey and not waits" $(ARGS)

# Two shards mostly wait, for servers of their own and for real deadlines, so they run beside the
# others. More at once ask more of two cores than the tests' deadlines bear.
journeys: WHICH = -m journey
waits: WHICH = -m waits
others: WHICH = -m "not journey and not waits"

$(SHARDS):
	@echo "$@: going into build/test-$@.log" >&2
	@set -o pipefail; PYTHONUNBUFFERED=1 $(SERVICES) --rabbitmq -- $(VENV)/python -m pytest --durations=20 $(WHICH) 2>&1 | tee build/test-$@.log

check: $(STAMPS)/dev ## lint, types, contracts and the fast tests
	@$(MAKE) --no-print-directory -j2 --output-sync lint types fast

static: $(STAMPS)/dev # what needs no test to run
	@$(MAKE) --no-print-directory -j2 --output-sync lint types

lint:
	@$(VENV)/ruff check . && $(VENV)/ruff format --check .
	@$(VENV)/lint-imports --no-cache

types:
	@$(SERVICES) -- $(VENV)/mypy

fast:
	@$(SERVICES) -- $(VENV)/python -m pytest -m "not media and not browser and not rabbitmq and not journey and not waits" $(ARGS)

bench: $(STAMPS)/test debian ## measure against named baselines; writes bench/results.json
	@$(SERVICES) --rabbitmq -- $(VENV)/python -m bench $(ARGS)

format: $(STAMPS)/dev ## put the code into its shape
	@$(VENV)/ruff check --fix . && $(VENV)/ruff format .

events: $(STAMPS)/embedded ## who tells whom
	@$(OFFLINE) events

shell: $(STAMPS)/embedded ## Django's shell in the environment of `make run`
	@$(OFFLINE) shell

lock: $(STAMPS)/tools ## write requirements/*.txt anew from *.in
	@for set in tools base clips; do $(VENV)/uv pip compile -q --upgrade --generate-hashes --no-annotate --no-header --python-version 3.11 requirements/$$set.in -o requirements/$$set.txt; done
	@for set in embedded production test dev; do $(VENV)/uv pip compile -q --upgrade --generate-hashes --no-annotate --no-header --python-version 3.11 -c requirements/base.txt requirements/$$set.in -o requirements/$$set.txt; done

clean: ## remove what the commands above made
	@rm -rf .venv var build .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis

debian: # what only Debian has: RabbitMQ and Chromium
	@tests/install-debian rabbitmq-server chromium

$(STAMPS)/tools: requirements/tools.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info[:2] == (3, 11) else "Showrunner needs Python 3.11; set PYTHON=/path/to/python3.11")'
	@$(PYTHON) -m venv .venv
	@$(VENV)/pip install --quiet --require-hashes -r requirements/tools.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/%: requirements/%.txt $(STAMPS)/tools
	@echo "Installing requirements/$*.txt …"
	@$(VENV)/uv pip install --quiet --python $(VENV)/python --require-hashes -r requirements/$*.txt
	@touch $@
