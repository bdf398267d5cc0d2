# The README's commands. Everything runs inside .venv, which the first command creates.

PYTHON ?= python3
BIN := .venv/bin

help: ## list these targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 11

book: .venv/ready ## execute the chapters and build the book into _build/html/
	$(BIN)/python -m authoring.source
	$(BIN)/jupyter-book build -W -n .

preview: .venv/ready ## show edits of the book in the browser as they are saved
	$(BIN)/python -m authoring.preview

pdf: book .venv/dev ## print the whole book into _build/pdf/; this needs Chromium
	$(BIN)/python -m authoring.pdf

test: .venv/ready ## run the quick tests; this takes a few minutes
	$(BIN)/pytest -m "not slow and not nightly" --ignore=tests/browser

test-slow: .venv/ready .venv/dev ## run the tests that drive a browser, build books and grade classes
	$(BIN)/pytest -m "slow and not nightly"

test-all: .venv/ready .venv/dev ## run all tests, including the nightly ones
	$(BIN)/pytest

# In a folder of its own, so that the book and its list of what has changed stay as they are.
links: .venv/ready ## check the links to other sites; this needs a network
	$(BIN)/jupyter-book build --builder linkcheck --path-output _build/links .

# JupyterLab refuses to run as root unless told to, and in a container one often is.
lab: .venv/ready ## open JupyterLab on the exercises
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/exercises $(if $(filter 0,$(shell id -u)),--allow-root)

chapter: .venv/ready ## create a new chapter that passes all tests: make chapter NAME=survival
	$(BIN)/python -m authoring.chapter $(or $(NAME),$(error Say which: make chapter NAME=survival)) "$(TITLE)"

cards: .venv/ready ## write the card of each chapter from its front matter
	$(BIN)/python -m authoring.cards

release: .venv/ready ## make the student edition in exercises/, and the student kit in _build/
	$(BIN)/python -m authoring.release

grade: .venv/ready ## grade the submissions for a chapter: make grade ASSIGNMENT=goldfield
	$(BIN)/python -m authoring.release --sources
	$(BIN)/sealed-grader grade $(or $(ASSIGNMENT),$(error Say which: make grade ASSIGNMENT=goldfield))

rehearse: .venv/ready ## grade an invented class, from release to feedback and grades.csv
	$(BIN)/python -m authoring.rehearsal

bench: .venv/ready .venv/dev ## measure speeds into benchmarks/results.json; one part: make bench ONLY=bench_fits.py
	mkdir -p _build
	$(BIN)/pytest benchmarks/$(ONLY) --benchmark-json=_build/benchmarks.json

clean: ## remove everything these commands made: the build, its caches, .venv
	rm -rf _build book/exercises .venv .pytest_cache .ruff_cache
	find authoring book dl_workshop grader tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# What the ranges allow, and what is locked already, stays; UPGRADE=--upgrade takes the newest of all.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --custom-compile-command "make lock" --no-emit-package dl-workshop --no-emit-package sealed-grader
lock: ## write the locks from requirements.txt and requirements-dev.txt; this needs uv
	$(LOCK) $(UPGRADE) requirements.txt -o requirements.lock
	$(LOCK) $(UPGRADE) requirements-dev.txt -c requirements.lock -o requirements-dev.lock \
	  $$(sed -nE 's/^([^ =]+)==.*/--no-emit-package \1/p' requirements.lock)

# An interrupted installation leaves no stamp, and is done again from the start.
.venv/locked: requirements.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python %d.%d is too old: 3.11 to \
	3.14 will do. Name one: make PYTHON=python3.12" % sys.version_info[:2])'
	@$(PYTHON) authoring/install.py --new $<
	@touch $@

.venv/ready: .venv/locked pyproject.toml grader/pyproject.toml
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable . --editable ./grader
	@touch $@

# What the README's two commands do without: the browser's driver, benchmarks, Dask.
.venv/dev: .venv/locked requirements-dev.lock
	@$(BIN)/python authoring/install.py requirements-dev.lock
	@touch $@

# Book and tests share _build.
.NOTPARALLEL:

.PHONY: help book preview pdf test test-slow test-all links lab chapter cards release grade rehearse bench clean lock
