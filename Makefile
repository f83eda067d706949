# Veilleuse: `make run` and open the address it prints. Everything else is `make help`.

PORT ?= 8080
DATA ?= .demo
PYTHON ?= $(firstword $(foreach p,python3.13 python3.12 python3.11 python3,$(if $(shell $(p) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null | grep True),$(p))))

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix dashboards --no-fund --no-audit --loglevel=error

WEB := $(shell find dashboards -type f \( -path '*/src/*' -o -path '*/public/*' \) -not -path '*/node_modules/*' -not -name '*.gen.ts' 2>/dev/null) \
       $(wildcard dashboards/*.html dashboards/*.json dashboards/*.ts dashboards/*.js dashboards/.npmrc)
WEB := $(filter-out dashboards/openapi.json,$(WEB))
API := $(wildcard hub/api/*.py devices/nomenclature.py)

.DEFAULT_GOAL := help
.PHONY: help run setup test lint web-test fast kill long test-bluez test-firmware browser bench lock clean tools

help: ## Say what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: setup ## Start the demo home (PORT=8080 DATA=.demo)
	@exec $(BIN)/veilleuse demo --data "$(DATA)" --port "$(PORT)"

setup: $(VENV)/.installed dashboards/static/.built ## Make the environment: .venv with veilleuse in it, dashboards built

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "veilleuse needs Python 3.11 or newer; none was found" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot make a virtual environment; on Debian: apt install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml constraints.txt
	@echo "veilleuse: installing Python packages into $(VENV)"
	@$(PIP) install --upgrade 'pip>=24'
	@$(PIP) install --constraint constraints.txt --editable '.[simulation,build]'
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@echo "veilleuse: installing what the tests need"
	@$(PIP) install --constraint constraints.txt --editable '.[simulation,build,test]'
	@touch $@

dashboards/node_modules/.installed: $(VENV)/.installed dashboards/package.json dashboards/package-lock.json
	@echo "veilleuse: installing web packages"
	@$(NPM) ci >/dev/null
	@touch $@

dashboards/static/.built: dashboards/node_modules/.installed $(WEB) $(API)
	@echo "veilleuse: building the dashboards"
	@$(BIN)/veilleuse hub openapi > dashboards/openapi.json
	@$(NPM) run --silent types >/dev/null
	@$(NPM) run --silent build
	@mkdir -p $(@D) && touch $@

tools:
	@bash .ci/tools

# The guest's kernel is built beside the fast tests, and a virtual day passes beside the guest, which mostly waits: two cores,
# and what each of them does.
test: setup $(VENV)/.installed-test tools ## Everything that CI runs
	@mkdir -p build; nice -n 19 bash tests/bluez/kernel.sh > build/kernel.log 2>&1 & \
	$(MAKE) --no-print-directory lint web-test fast && wait && \
	{ $(MAKE) --no-print-directory long & day=$$!; \
	  $(MAKE) --no-print-directory test-bluez; guest=$$?; wait $$day && [ $$guest -eq 0 ]; } && \
	$(MAKE) --no-print-directory kill test-firmware browser

lint: $(VENV)/.installed-test ## Style, types, architecture contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

web-test: dashboards/static/.built ## Style, types and unit tests of the dashboards
	@$(NPM) run --silent lint
	@$(NPM) run --silent test

# InfluxData's own front end of Flux checks every query that the hub can send.
tests/flux/node_modules/.installed: $(VENV)/.installed tests/flux/package.json tests/flux/package-lock.json
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix tests/flux --no-fund --no-audit --loglevel=error ci >/dev/null
	@touch $@

fast: $(VENV)/.installed-test dashboards/static/.built tests/flux/node_modules/.installed ## Unit and integration tests
	$(BIN)/pytest -q -m 'not kill and not long and not browser and not bluez and not firmware and not influx and not hil'

kill: $(VENV)/.installed-test ## Processes ended at seeded random instants
	$(BIN)/pytest -q -m kill

long: $(VENV)/.installed-test ## A day of radio trouble on virtual time
	$(BIN)/pytest -q -s -m long tests/scenarios

# The kernel is built at the first time, outside the checkout (tests/bluez/README.md).
test-bluez: $(VENV)/.installed-test tools ## The edge against real bluetoothd and kernel, in user-mode-linux
	$(BIN)/pytest -v -s -m bluez tests/bluez

test-firmware: $(VENV)/.installed-test tools ## Room node: real firmware in emulated microcontrollers
	@# Forty simulated minutes take one core about as long as everything else takes another.
	@$(BIN)/pytest -q -m firmware tests/firmware/test_long_run.py tests/firmware_bridge & long=$$!; \
	$(BIN)/pytest -v -m firmware --durations=10 tests/firmware --ignore=tests/firmware/test_long_run.py; rest=$$?; \
	wait $$long && exit $$rest

browser: $(VENV)/.installed-test dashboards/static/.built ## Pages in a real browser
	$(BIN)/pytest -q -m browser

bench: setup $(VENV)/.installed-test tools ## Benchmarks: a table, and bench-results.json
	@$(BIN)/python -m tests.benchmarks

lock: ## Write constraints.txt anew from the lower bounds
	@rm -rf .lock-venv && $(PYTHON) -m venv .lock-venv
	@.lock-venv/bin/python -m pip --quiet install --upgrade 'pip>=24'
	@.lock-venv/bin/python -m pip --quiet install --editable '.[simulation,build,test]'
	@{ echo "# Versions that were tested together. \`make lock\` writes this file."; \
	   .lock-venv/bin/python -m pip freeze --exclude-editable | grep -v -e '@' ; } > constraints.txt
	@rm -rf .lock-venv

clean: ## Remove what was built (not the data of a demo home)
	@rm -rf dist tests/flux/node_modules dashboards/static dashboards/node_modules $(VENV)
