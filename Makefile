# Veilleuse: `make run` and open the address it prints. Everything else is `make help`.

PORT ?= 8080
DATA ?= .demo
PYTHON ?= $(firstword $(foreach p,python3.13 python3.12 python3.11 python3,$(if $(shell $(p) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null | grep True),$(p))))

# Commands start faster from compiled files, whatever the shell says of them.
export PYTHONDONTWRITEBYTECODE :=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix dashboards --no-fund --no-audit --loglevel=error

WEB := $(shell find dashboards -type f \( -path '*/src/*' -o -path '*/public/*' \) -not -path '*/node_modules/*' -not -name '*.gen.ts' 2>/dev/null) \
       $(wildcard dashboards/*.html dashboards/*.json dashboards/*.ts dashboards/*.js dashboards/.npmrc)
WEB := $(filter-out dashboards/openapi.json,$(WEB))
API := $(wildcard hub/api/*.py devices/nomenclature.py)

.DEFAULT_GOAL := help
.PHONY: help run demo-region setup everything test lint web-test fast cover kill long night test-bluez test-firmware browser firefox network call-pictures bench lock clean tools

help: ## Say what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: setup ## Start the demo home (PORT=8080 DATA=.demo)
	@exec $(BIN)/veilleuse demo --data "$(DATA)" --port "$(PORT)"

demo-region: setup ## Start two demo homes with three months of acts behind them (PORT=8080 and the next one, DATA=.demo)
	@exec $(BIN)/veilleuse demo --region --data "$(DATA)/region" --port "$(PORT)"

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

# A stage that hangs is ended, and the others are still told of: several times what it takes on two idle cores.
WITHIN := timeout --foreground --signal=INT --kill-after=60
# Where nothing works, the first ten tell as much as all of them, and each takes its two minutes.
FEW := --maxfail=10

tools:
	@bash .ci/tools

# The guest's kernel is built behind the fast tests. Then two lanes, because guest and emulated microcontrollers mostly wait:
# these, and beside them the processes that are killed and the pages. There are two cores.
test: ## Everything that CI runs
	@$(MAKE) --no-print-directory -j2 -O tools everything
	@mkdir -p build; nice -n 19 bash tests/bluez/kernel.sh > build/kernel.log 2>&1 & \
	$(MAKE) --no-print-directory -j2 -O lint web-test && $(MAKE) --no-print-directory fast && wait && \
	{ nice -n 10 $(MAKE) --no-print-directory long LONG=long & night=$$!; \
	  $(MAKE) --no-print-directory test-bluez test-firmware & devices=$$!; \
	  $(MAKE) --no-print-directory kill browser; pages=$$?; wait $$night && wait $$devices && [ $$pages -eq 0 ]; } && \
	$(MAKE) --no-print-directory network

# One after the other: what the tests need is installed over the package that builds the pages.
everything: setup
	@$(MAKE) --no-print-directory $(VENV)/.installed-test tests/flux/node_modules/.installed

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

# Most of their time they wait: three at a time keep two cores busy. A file stays with one process.
fast: $(VENV)/.installed-test dashboards/static/.built tests/flux/node_modules/.installed ## Unit and integration tests
	$(WITHIN) 28m $(BIN)/pytest -q -n 3 --dist loadfile -m 'not kill and not long and not day and not browser and not firefox and not bluez and not firmware and not influx and not hil and not network'

cover: $(VENV)/.installed-test ## Every branch of the pure packages of the alarm chain, or a table of what is missing
	@$(BIN)/python -m tests.cover

kill: $(VENV)/.installed-test ## Processes ended at seeded random instants
	$(WITHIN) 14m $(BIN)/pytest $(FEW) -q -n 2 --dist loadfile -m kill

# CI runs the night alone; two hours of radio trouble are among the fast tests.
LONG ?= long or day
long: $(VENV)/.installed-test ## A night of alarms and a day of radio trouble on virtual time
	$(BIN)/pytest -q -s -m '$(LONG)' tests/scenarios

night: $(VENV)/.installed-test ## A simulated night of 75 residents, as a page (SEED=1, or SEEDS=10 for a summary)
	@$(BIN)/python -m tests.scenarios.night --seed $(or $(SEED),1) --seeds $(or $(SEEDS),1)

# The kernel is built at the first time, outside the checkout (tests/bluez/README.md).
test-bluez: $(VENV)/.installed-test tools ## The edge against real bluetoothd and kernel, in user-mode-linux
	$(WITHIN) 25m $(BIN)/pytest $(FEW) -v -s -m bluez tests/bluez

test-firmware: $(VENV)/.installed-test tools ## Room node: real firmware in emulated microcontrollers
	@# Forty simulated minutes take one core about as long as everything else takes another.
	@$(WITHIN) 20m $(BIN)/pytest -q -m firmware tests/firmware/test_long_run.py tests/firmware_bridge & long=$$!; \
	$(WITHIN) 20m $(BIN)/pytest $(FEW) -v -m firmware --durations=10 tests/firmware --ignore=tests/firmware/test_long_run.py; rest=$$?; \
	wait $$long && exit $$rest

browser: $(VENV)/.installed-test dashboards/static/.built ## Pages in a real browser
	$(WITHIN) 28m $(BIN)/pytest $(FEW) -q -n 2 --dist loadfile -m browser

# Not in CI: Firefox is large, and takes half a minute to begin on two busy cores.
firefox: $(VENV)/.installed-test dashboards/static/.built ## A call with Debian's Firefox (apt install firefox-esr)
	$(BIN)/pytest -v -m firefox tests/dashboards

# Each file has a world of its own: network namespaces, which need root, a relay, two browsers.
network: $(VENV)/.installed-test dashboards/static/.built tools ## Calls across networks that are cut, narrow, lossy or closed
	$(WITHIN) 12m $(BIN)/pytest $(FEW) -q -n 2 --dist loadfile -m network tests/network --ignore=tests/network/test_everybody.py

# Not in CI: four browsers that see each other need most of a core for themselves; starved of it they never all do.
call-pictures: $(VENV)/.installed-test dashboards/static/.built tools ## The pictures of docs/calls.md, from a call with everybody in it
	VEILLEUSE_SCREENSHOTS=docs/images $(BIN)/pytest -q -s -m network tests/network/test_everybody.py

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
