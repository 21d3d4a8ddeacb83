# make demo · make test · make lint · make bench · make messages
# PYTHON names another interpreter; ARGS goes to the command: make demo ARGS="--port 8001"

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench messages python run-venv dev-venv

help:
	@echo "make demo      everything in one: emulated systems to play with, the synchronisation, the web pages"
	@echo "make test      all tests; more of them with DATABASE_URL (PostgreSQL) and REDIS_URL"
	@echo "make lint      style, types, layers, migrations"
	@echo "make bench     how fast it is"
	@echo "make messages  collect and compile the translations"

demo: run-venv
	@exec $(BIN)/python manage.py demo $(ARGS)

test: dev-venv
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

lint: dev-venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: run-venv
	@set -e; for script in $$(grep -l __main__ bench/*.py); do \
		echo "== $$script"; $(BIN)/python -m bench.$$(basename $$script .py) $(ARGS); done

messages: run-venv
	$(BIN)/python manage.py makemessages -l de --no-location --no-obsolete -i .venv -i var -i tests
	$(BIN)/python manage.py compilemessages -l de -i .venv

# Installs when the requirements' content (or the interpreter) changed since the last time.
install = \
	have=$$(cat $(2) | cksum)" $$($(BIN)/python -V 2>&1)"; \
	if [ "$$have" != "$$(cat $(VENV)/installed-$(1) 2>/dev/null)" ]; then \
		echo "Installing what $(1) needs into $(VENV) …"; \
		$(BIN)/python -m pip install -qq --disable-pip-version-check $(3) \
			&& printf '%s' "$$have" > $(VENV)/installed-$(1); \
	fi

run-venv: python
	@$(call install,run,requirements.txt,-r requirements.txt)

dev-venv: python
	@$(call install,dev,requirements.txt requirements-dev.txt,-r requirements-dev.txt)

python:
	@$(BIN)/python -c '' 2>/dev/null && exit 0; \
	command -v $(PYTHON) >/dev/null || { \
		echo "There is no $(PYTHON). Install Python 3.11 or newer; on Debian: apt install python3 python3-venv" >&2; exit 1; }; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is $$($(PYTHON) -V). Python 3.11 or newer is needed; name it: make demo PYTHON=python3.12" >&2; exit 1; }; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) lacks the venv module. On Debian: apt install python3-venv" >&2; exit 1; }; \
	$(PYTHON) -m venv --clear $(VENV)
