# `make demo` and `make test` need nothing done before: they set up what they use.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench chaos fuzz run lock clean

PYTHON ?= python3
SECONDS ?= 60
KILLS ?= 1000
RECORDS ?= 5000
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

help: ## Show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(INSTALLED) ## Make .venv with tiepdon-card, tiepdon-clinic and tiepdon-gateway in .venv/bin

$(INSTALLED): requirements/dev.lock requirements/bootstrap.lock pyproject.toml
	@packaging/system-packages.sh gcc python3-dev python3-venv pkg-config swig libpcsclite-dev
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --require-hashes -r requirements/bootstrap.lock
	$(BIN)/uv pip sync -q --compile-bytecode --python $(BIN)/python --require-hashes requirements/bootstrap.lock requirements/dev.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: setup ## Tell the whole story on the virtual reader
	@packaging/system-packages.sh pcscd vsmartcard-vpcd || echo "pcscd cannot be had here: the demo uses the in-process card"
	@$(BIN)/python -m demo

test: setup check ## Run the checks and every test
	@packaging/system-packages.sh pcscd vsmartcard-vpcd postgresql-15 strace chromium xmlsec1 softhsm2
	$(BIN)/python -m pytest tests/unit -q --durations=3
	PYTHONHASHSEED=0 $(BIN)/python -m pytest tests -q --ignore=tests/unit --ignore=tests/bench  # examples repeat

check: setup ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup ## Print the benchmarks' ratios
	$(BIN)/python -m tests.bench

chaos: setup ## Kill an upload of RECORDS records KILLS times (1000), on SQLite and PostgreSQL; an hour
	@packaging/system-packages.sh postgresql-15
	$(BIN)/python -m tests.chaos --kills $(KILLS) --records $(RECORDS)

fuzz: setup ## Fuzz every parser, guided by coverage, SECONDS each (60)
	$(BIN)/python -m tests.fuzz.coverage_guided --seconds $(SECONDS) --growth

run: setup ## Keep the gateway and the desk open on the sample world until Ctrl-C
	@$(BIN)/python -m demo --keep-open

lock: $(VENV) ## Renew the locked requirements
	$(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade --extra dev pyproject.toml -o requirements/dev.lock
	for extra in card clinic gateway; do \
	  $(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra $$extra -c requirements/dev.lock pyproject.toml -o requirements/$$extra.lock; \
	done

clean: ## Remove what was built
	rm -rf $(VENV) var build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
