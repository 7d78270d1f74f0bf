# Two commands do everything: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := tests/articles
RUN_INDEX ?= index
ARGS ?=
# the day of the version that the manual describes
MAN_DATE := 2026-11-22

.DEFAULT_GOAL := help
.PHONY: help run test test-fast test-slow check format lint types coverage mutation dead env lock bench cluster docs man audit dist clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

# The environments are stamped with the lock they were made from: a changed lock makes them anew.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Tìm Báo needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || echo missing). Use: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-stamp: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev-stamp: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run-stamp

env: $(VENV)/.dev-stamp ## make the environment for development

run: $(VENV)/.run-stamp ## index the sample articles and serve the page
	$(BIN)/timbao index $(SAMPLE) --index $(RUN_INDEX)
	$(BIN)/timbao serve --index $(RUN_INDEX)

test: $(VENV)/.dev-stamp ## run the tests, those of the browser and of a cluster included where there is one
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

test-fast: $(VENV)/.dev-stamp ## run the tests that need neither a browser nor a cluster
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not browser and not cluster" $(ARGS)

test-slow: $(VENV)/.dev-stamp ## run the tests, whole corpora included
	TIMBAO_SLOW=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: format lint types test-fast ## before a commit: format, lint, types, fast tests; CI runs all tests

format: $(VENV)/.dev-stamp
	$(BIN)/ruff format --check .

lint: $(VENV)/.dev-stamp
	$(BIN)/ruff check .

types: $(VENV)/.dev-stamp
	$(BIN)/mypy

# tests that take a second each when the engine's loops run as plain Python, which alone can be measured
LOOPS := tests/codec/test_answering.py tests/codec/test_random_indexes.py tests/codec/test_sequences.py \
  tests/codec/test_soundness.py tests/codec/test_backup.py tests/codec/test_guards.py tests/codec/test_paging.py \
  tests/codec/test_restoring.py tests/codec/test_long_lists.py tests/test_fragments.py tests/test_heads.py \
  tests/test_occurrences.py tests/codec/test_repetition.py tests/codec/test_bits.py tests/codec/test_postings.py
coverage: $(VENV)/.dev-stamp ## which branches of search and web the tests take, of compiled loops too
	rm -rf .cache/coverage && mkdir -p .cache/coverage
	$(BIN)/coverage run -m pytest $(ARGS)
	NUMBA_DISABLE_JIT=1 $(BIN)/coverage run -m pytest -q -k "not meanwhile and not 5000 and not 20000" \
	  -W "ignore:overflow encountered:RuntimeWarning" $(LOOPS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --sort=cover

AREA ?= matching
mutation: $(VENV)/.dev-stamp ## does the suite see a changed line? AREA=analysis, matching or codec
	$(BIN)/python -m tests.mutation $(AREA) $(ARGS)

dead: $(VENV)/.dev-stamp ## list what nothing in the sources calls; libraries and templates call some of it
	$(BIN)/vulture search web

bench: $(VENV)/.dev-stamp ## measure against the peers that are installed
	$(BIN)/timbao bench $(ARGS)

docs: $(VENV)/.dev-stamp ## build the documentation site into build/site; a broken link fails
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

man: $(VENV)/.dev-stamp ## write the manual pages anew from the commands
	rm -f docs/man/*.1
	$(BIN)/click-man timbao --target docs/man --man-date "$(MAN_DATE)" >/dev/null
	cat docs/manual-end.roff >> docs/man/timbao.1

# faults of every version there is; docs/testing.md says why each is lived with
ACCEPTED := PYSEC-2024-277 PYSEC-2026-89
ADVISORIES ?=
audit: $(VENV)/.dev-stamp ## look the locked dependencies up in the database of vulnerabilities (or in a copy: ADVISORIES=folder), and list licences
ifeq ($(ADVISORIES),)
	$(BIN)/pip-audit --strict --require-hashes --disable-pip $(ACCEPTED:%=--ignore-vuln %) -r requirements.lock
else
	$(BIN)/python -m tests.advisories $(ADVISORIES)
endif
	$(BIN)/pip-licenses --order=license --python=$(BIN)/python

dist: $(VENV)/.dev-stamp ## build sdist and wheel; the same sources give the same bytes
	rm -rf dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct 2>/dev/null || echo 1577836800) $(BIN)/python -m build --no-isolation --outdir dist .

cluster: ## start three OpenSearch nodes for the tests marked cluster; end them with .ci/opensearch.sh stop
	.ci/opensearch.sh start 3

lock: ## resolve the dependencies anew, with hashes, for every supported Python
	$(PYTHON) -m venv .cache/uv && .cache/uv/bin/pip install --quiet uv
	.cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-emit-index-url --custom-compile-command 'make lock' pyproject.toml --group build -o requirements.lock
	.cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-emit-index-url --custom-compile-command 'make lock' pyproject.toml --all-extras --group build --group dev -o requirements-dev.lock

clean: ## remove the environment, caches and the default index
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info htmlcov .coverage
	find index -mindepth 1 -not -name README.md -delete
