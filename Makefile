# Two commands do everything on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := contracts $(patsubst %/pyproject.toml,%,$(sort $(wildcard services/*/pyproject.toml))) deploy/enrollctl
SOURCES := contracts services deploy tests docs/tools
#: Where tests record which rows of the feature table they proved.
RECORD := .local/rows/passed.jsonl
#: Where services record what their routes answered during tests.
ANSWERS := $(CURDIR)/.local/answers.jsonl

.PHONY: help setup demo up down test check check-types check-style unit contracts integration system rows rows-report \
        answers-report rule-mutants \
        hole-mutants faults faults-mutants races races-mutants soak flood fuzz fuzz-workbooks access access-mutants schemas docs new-stage format bench \
        bench-quick bench-city bench-memory bench-growth profile clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

setup: ## Build the environment in .venv, unless it is there and of today
	@command -v $(PYTHON) >/dev/null || { echo "make setup: there is no $(PYTHON). On Debian or Ubuntu: sudo apt install python3 python3-venv; where Python has another name: make PYTHON=python3.11 …" >&2; exit 1; }
	@$(PYTHON) -ISc 'import sys; sys.exit(sys.version_info < (3, 11) and "make setup: Python 3.11 or newer is needed, and $(PYTHON) is %d.%d; with a newer one: make PYTHON=python3.11 …" % sys.version_info[:2])'
	@$(PYTHON) deploy/setup/environment.py $(PACKAGES)

demo: setup ## The main job: a roster of 2,000 people becomes settled payment vouchers
	@$(BIN)/enrollctl demo

up: setup ## Start the local stack (Kafka, PostgreSQL, all services); Ctrl-C stops it
	@$(BIN)/enrollctl up

down: setup ## Stop a stack that runs in the background
	@$(BIN)/enrollctl down

test: ## Everything that must pass before a change lands
	@rm -f $(RECORD) $(ANSWERS)
	@mkdir -p $(dir $(ANSWERS))
	@UE_ROWS_RECORD=$(RECORD) UE_ANSWERS_RECORD=$(ANSWERS) \
	    $(MAKE) --no-print-directory check unit contracts integration system
	@$(MAKE) --no-print-directory rows-report answers-report

rows: setup ## Every row of the feature table with the passed tests that prove it
	@rm -f $(RECORD)
	UE_ROWS_RECORD=$(RECORD) $(BIN)/python tests/support/with_parts.py \
	    $(BIN)/pytest -q -n 2 --dist loadfile -m row tests/unit tests/contracts tests/integration
	UE_ROWS_RECORD=$(RECORD) $(BIN)/pytest -q -m row tests/system
	@$(MAKE) --no-print-directory rows-report

rows-report: setup
	@$(BIN)/python tests/requirements/report.py $(RECORD)

answers-report: setup
	@$(BIN)/python tests/answers/report.py $(ANSWERS)

rule-mutants: setup ## Planted changes of rules, each of which a test must catch
	$(BIN)/python tests/mutants/run.py tests/mutants/rules.toml

hole-mutants: setup ## Mended holes brought back, each of which a test must catch
	$(BIN)/python tests/mutants/run.py tests/mutants/holes.toml

check: setup ## Style, types, arrows
	@$(MAKE) --no-print-directory -j 2 --output-sync=target check-types check-style

check-types: setup
	$(BIN)/mypy $(addsuffix /src,$(PACKAGES)) deploy/new_stage/new_stage.py deploy/new_stage/template/services/sample-svc/src
	MYPYPATH=tests $(BIN)/mypy tests/faults tests/races tests/access

check-style: setup
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/python tests/support/arrows.py
	$(BIN)/python docs/tools/documents.py --check
	$(BIN)/pytest -q tests/architecture

unit: setup ## Rules, in milliseconds
	$(BIN)/pytest -q -n 2 --dist loadfile tests/unit

contracts: setup ## Published schemas and golden examples
	$(BIN)/python contracts/tools/publish.py --check
	$(BIN)/pytest -q -n 2 --dist loadfile tests/contracts

# In the order of the folders: xdist itself would run the files with one long test last, when one core has no work.
integration: setup ## Each service on a real PostgreSQL and Kafka
	$(BIN)/python tests/support/with_parts.py \
	    $(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder tests/integration

system: setup ## The services together
	$(BIN)/pytest -q tests/system

RIG := PYTHONPATH=tests $(BIN)/python -m faults

faults: setup ## Break the stack under load and compare the ledger with every store and topic (the short set)
	@$(RIG) run

faults-mutants: setup ## Plant bugs in a copy of the chassis: each must be caught
	@$(RIG) mutants

RACES_SEED ?= 20240510
ROUNDS ?= 4
REPLICAS ?= 2
races: setup ## Race commands that two services decide, Kafka stopped in between: make races ROUNDS=4 REPLICAS=3 RACES_SEED=1
	@PYTHONPATH=tests $(BIN)/python -m races --seed $(RACES_SEED) --rounds $(ROUNDS) --replicas $(REPLICAS)

races-mutants: setup ## Plant bugs that a race must show
	@PYTHONPATH=tests $(BIN)/python -m races.mutants

MINUTES ?= 60
SEED ?= $(shell date +%s)
soak: setup ## All faults at random: make soak MINUTES=60 SEED=1 (ROUND=7: that round of the plan alone)
	@$(RIG) --seed $(SEED) soak --minutes $(MINUTES) $(if $(ROUND),--round $(ROUND))

flood: setup ## A million people on one topic before one service
	@$(RIG) flood

FILES ?= 10000
fuzz-workbooks: setup ## Mutated workbooks against the reader: make fuzz-workbooks FILES=10000 SEED=1
	$(BIN)/python tests/fuzz/workbooks.py --files $(FILES) --seed $(SEED)

FUZZ_MINUTES ?= 6
FUZZ_SEED ?= 1
fuzz: setup ## Call every route with what its document allows and what it does not: make fuzz FUZZ_MINUTES=6 FUZZ_SEED=1
	@PYTHONPATH=tests $(BIN)/python -m fuzz --minutes $(FUZZ_MINUTES) --seed $(FUZZ_SEED)

access: setup ## Call every route with every role at every union, and compare the answers with docs/access.md (minutes)
	@PYTHONPATH=tests $(BIN)/python -m access

access-mutants: setup ## Remove a check of access in each package: the walk of `make access` must find each hole
	@PYTHONPATH=tests $(BIN)/python -m access.mutants

schemas: setup ## Publish the contracts after a change
	$(BIN)/python contracts/tools/publish.py

docs: setup ## Write the API documents, the state machines and the table of races from the code
	$(BIN)/python docs/tools/documents.py
	PYTHONPATH=tests $(BIN)/python -m races.table

bench: setup ## Rates, costs and latencies of this machine, ours beside three opponents (about 25 minutes)
	@$(BIN)/python tests/bench/run.py $(BENCH)

bench-quick: setup ## A small benchmark, beside the ratios of the recorded one (under 3 minutes)
	@$(BIN)/python tests/bench/run.py --quick $(BENCH)

bench-city: setup ## Load a whole city and measure every list and count of the screens (hours for 7.7 million members)
	@$(BIN)/python tests/bench/scaling/city.py $(BENCH)

bench-memory: setup ## Peak memory of each service after 1,000 people and after a million (an hour)
	@$(BIN)/python tests/bench/scaling/memory.py $(BENCH)

bench-growth: setup ## Rates and costs per person of 10,000, 100,000 and a million people (an hour)
	@$(BIN)/python tests/bench/scaling/growth.py $(BENCH)

PEOPLE ?= 20000
profile: setup ## A flame graph of one stage of the benchmark: make profile STAGE=submit PEOPLE=20000
	@$(BIN)/python tests/bench/flame_graphs.py $(or $(STAGE),ready) --people $(PEOPLE)

READS ?= VoucherAccepted
new-stage: setup ## Write a new service that handles an event: make new-stage NAME=receipt-svc READS=VoucherAccepted (STAGE=7)
	@$(BIN)/python deploy/new_stage/new_stage.py "$(NAME)" --reads "$(READS)" $(if $(STAGE),--stage $(STAGE))
	@$(MAKE) --no-print-directory schemas docs

format: setup ## Let ruff format and fix
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

clean: ## Remove the environment; data in .local stays
	rm -rf .venv .venv.new .venv.old .venv.lock .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
