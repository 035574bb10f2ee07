# What a newcomer and the checks call. `make run` and `make test` set up what they need.
PYTHON ?= python3
export PYTHONPATH := $(CURDIR)/site
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test test-all lint check bench precision format requirements pictures rules caniemail

help:
	@echo "make run     the demo publication with a worker and a local inbox, until Ctrl-C"
	@echo "make test    the tests"
	@echo "make setup   what both need; they call it themselves"
	@echo "make lint    style and formatting"
	@echo "make check   lint, types, import rules, templates, migrations, deployment"
	@echo "make bench   measurements"
	@echo "make precision  precision and recall of the editorial check"

# Does nothing when everything is there: the script knows better than a file's date whether the venv still works.
setup:
	@command -v $(PYTHON) >/dev/null || { echo "rounds: there is no $(PYTHON) here. Install Python 3.11 or newer \
	(Debian: apt-get install python3 python3-venv), or say which one: make PYTHON=python3.12 run" >&2; exit 1; }
	@$(PYTHON) site/config/bootstrap.py --venv .venv --requirements requirements-dev.txt

run: setup
	@$(BIN)/python -m config.launch

# The fast part: run it all the time. MARKERS chooses others, as pytest's -m does.
MARKERS ?= not slow and not bench
# Each worker and each process that a test starts would compile Wagtail anew where the shell says to keep no bytecode.
test bench: export PYTHONDONTWRITEBYTECODE =
test: setup
	@$(BIN)/python -m pytest -n auto -m "$(MARKERS)"

test-all:
	@$(MAKE) --no-print-directory test MARKERS="not bench"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check: lint
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet site blog newsletter
	$(BIN)/djhtml --check --tabwidth 2 site/templates site/inbox blog newsletter
	$(BIN)/python manage.py makemigrations --check --dry-run --settings config.settings.test
	$(BIN)/python manage.py check --fail-level WARNING --settings config.settings.test
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') BASE_URL=https://www.example.org \
	  SMTP_URL=smtp://mail.example.org $(BIN)/python manage.py check --deploy --fail-level WARNING --settings config.settings.production

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djhtml --tabwidth 2 site/templates site/inbox blog newsletter

bench: setup
	@$(BIN)/python -m pytest tests/bench --no-header -q -p no:randomly

# MISSES=--misses lists what was missed and what was a false alarm.
precision: setup
	@$(BIN)/python manage.py measure_check tests/heldout $(MISSES) --settings config.settings.test

pictures: setup
	@$(BIN)/python docs/pictures/take.py

# What editors read of both checks; tests compare it with blog/editorial/rules.toml and the catalogue of the preflight.
rules: setup
	@$(BIN)/python -m blog.editorial.handbook > docs/editorial-rules.md
	@$(BIN)/python -m newsletter.issues.checks.handbook > docs/preflight-rules.md

# Renews what is known of mail programs (newsletter/issues/checks/caniemail/README.md); needs npm for `npm pack`.
caniemail: setup
	@folder=$$(mktemp -d) && npm pack caniemail --silent --pack-destination "$$folder" > /dev/null && \
	  tar -xzf "$$folder"/caniemail-*.tgz -C "$$folder" && \
	  $(BIN)/python newsletter/issues/checks/caniemail/reduce.py "$$folder/package"; rm -r "$$folder"

requirements: setup
	$(BIN)/uv pip compile -q --upgrade --no-header --no-annotate requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --upgrade --no-header --no-annotate requirements-dev.in -o requirements-dev.txt
