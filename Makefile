# What one types. Everything below sets itself up: `make demo` on a bare machine needs only Python 3.11+ with venv, git and make.

.DEFAULT_GOAL := help
.PHONY: help demo test crash-points assaults storm mutants lint bench up cards lock
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for it in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$it -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$it; break; }; done)
UV := $(shell command -v uv 2>/dev/null)
PACKAGES := app bot domain migrations pipeline publishers sandbox storage

# Without compiled files every process that starts here would compile all it imports; some machines forbid them to everybody.
unexport PYTHONDONTWRITEBYTECODE

# Set TOUR=1, FRESH=1 to switch on; 0, no and false are off.
on = $(filter-out 0 no false,$($(1)))

help:
	@printf '%s\n' \
	'make demo          starts everything here and prints two addresses: a page with both chats and the feeds, and the app; Ctrl-C ends it' \
	'make demo TOUR=1   plays a whole day by itself, checks what it sees and ends with one line of JSON' \
	'make demo FRESH=1  forgets what earlier demos stored and starts anew' \
	'make demo URL=…    promotes the web app at that address instead of our own landing page' \
	'make demo PAGE=…   promotes the web page in that file' \
	'make test          runs the tests, on a PostgreSQL and a Valkey of their own; what follows is the slow rest' \
	'make crash-points kills a worker at every point of publishing, on every platform, under every answer, and prints the table' \
	'make assaults      forgeries, foreign ids, overload, restarts under load, a restore, marked secrets: in thousands, with their figures' \
	'make storm         kills, freezes, cuts and lies to a whole house for a minute, then holds it to its promises; SEEDS=20, SECONDS=60' \
	'make mutants       breaks the product on purpose, one promise at a time; the tests must notice every time' \
	'make lint          checks style, types and who imports whom' \
	'make bench         measures the figures we promise and prints them' \
	'make up            runs all processes for real, with the settings in the environment and in .env' \
	'make cards         draws every kind of card of both chats into one HTML page' \
	'make lock          renews the two lock files from pyproject.toml (needs uv)'

# AMARKTAI_DIES_WITH names make itself: the demo ends when make does, however that happens.
demo: $(VENV)/.installed
	@exec env AMARKTAI_DIES_WITH=$$PPID $(BIN)/amarktai demo $(if $(call on,TOUR),--tour) $(if $(call on,FRESH),--fresh) \
		$(if $(URL),--url "$$URL") $(if $(PAGE),--page "$$PAGE")

up: $(VENV)/.installed
	@exec env AMARKTAI_DIES_WITH=$$PPID $(BIN)/amarktai up

cards: $(VENV)/.installed
	@exec $(BIN)/python -m bot.gallery

# Three at a time, also on two cores: tests/sharing.py says how, and many of them mostly wait.
# What fails is run once more by itself: whole processes on a busy machine may miss a deadline once, a defect fails twice.
test: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -q -n 3 --ignore=tests/chaos --ignore=tests/storm || $(BIN)/python -m pytest -q --last-failed --last-failed-no-failures none --ignore=tests/chaos --ignore=tests/storm

crash-points: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -q tests/chaos || $(BIN)/python -m pytest -q --last-failed --last-failed-no-failures none tests/chaos

assaults: $(VENV)/.installed-dev
	@exec $(BIN)/python -m pytest -q tests/storm

storm: $(VENV)/.installed-dev
	@exec $(BIN)/python -m tests.storm --seeds $(or $(SEEDS),1) --seconds $(if $(findstring command,$(origin SECONDS)),$(SECONDS),60)

mutants: $(VENV)/.installed-dev
	@exec $(BIN)/python -m tests.storm.mutants

bench: $(VENV)/.installed-dev
	@exec $(BIN)/python -m benchmarks

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict $(PACKAGES)
	$(BIN)/lint-imports

lock:
	@test -n "$(UV)" || { echo 'The lock files are made by uv: install it (https://docs.astral.sh/uv/) and try again.' >&2; exit 1; }
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes \
		--extra video pyproject.toml -o requirements.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes \
		--extra dev --extra video pyproject.toml -o requirements-dev.lock

# The stamps: a second run finds them newer than the lock files and does nothing.
$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/.made
	@echo 'Installing what the product needs (once; a minute or two) …'
	$(call install,requirements.lock)
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml | $(VENV)/.made
	@echo 'Installing what the product and its tests need (once; a minute or two) …'
	$(call install,requirements-dev.lock)
	@touch $(VENV)/.installed $@

# Hashes are checked for all that is downloaded; the project itself is linked in without the network.
ifneq ($(UV),)
define install
	@$(UV) pip install -q --python $(BIN)/python --require-hashes -r $(1)
	@$(UV) pip install -q --python $(BIN)/python --offline --no-deps --no-build-isolation -e . >$(VENV)/link.log 2>&1 \
		|| { cat $(VENV)/link.log >&2; exit 1; }
endef
else
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
define install
	@$(PIP) install --require-hashes -r $(1)
	@$(PIP) install --no-index --no-deps --no-build-isolation -e . >$(VENV)/link.log 2>&1 \
		|| { cat $(VENV)/link.log >&2; exit 1; }
endef
endif

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo 'Amarktai needs Python 3.11 or newer, and there is none on the path: install python3 (apt install python3 python3-venv), or name one with PYTHON=…' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Amarktai needs Python 3.11 or newer; $(PYTHON) is older: name another with PYTHON=…' >&2; exit 1; }
ifneq ($(UV),)
	@test -x $(BIN)/python || $(UV) venv -q --python "$(PYTHON)" $(VENV)
else
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo 'This Python cannot make a virtual environment: install python3-venv (apt install python3-venv) and try again.' >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
endif
	@touch $@
