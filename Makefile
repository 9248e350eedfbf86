PYTHON ?= python3.11
VENV ?= .venv
PROCESSES ?= 2
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip
# uv reads no configuration of pip's: an index that was set there is handed on.
UV = UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$($(PIP) config get global.index-url 2>/dev/null)}" $(BIN)/uv pip
INSTALL = $(UV) install --quiet --python $(BIN)/python --constraint constraints.txt --build-constraint constraints.txt
COMPILE = $(UV) compile --quiet --python $(BIN)/python --all-extras --no-annotate \
	--custom-compile-command 'make constraints' pyproject.toml
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

.PHONY: demo demo-coding test test-slow types suite check constraints check-constraints clean
.PHONY: setup setup-coding setup-dev setup-slow

# Set up and build both kinds of pairs from the embedded data.
demo: setup
	$(BIN)/contextpairs build coding out=out/demo/coding
	$(BIN)/contextpairs verify out/demo/coding
	$(BIN)/contextpairs build images out=out/demo/images
	$(BIN)/contextpairs verify out/demo/images
	@echo "Pages to open in a browser, of coding and of image pairs:"
	@$(BIN)/contextpairs view out/demo/coding
	@$(BIN)/contextpairs view out/demo/images
	@echo "Activate the environment:    . $(BIN)/activate"
	@echo "Read a coding pair in full:  contextpairs show out/demo/coding -n 1"

# The same for coding pairs alone: nothing of torch is installed.
demo-coding: setup-coding
	$(BIN)/contextpairs build coding out=out/demo/coding
	$(BIN)/contextpairs verify out/demo/coding
	@echo "A page to open in a browser:"
	@$(BIN)/contextpairs view out/demo/coding
	@echo "Activate the environment:    . $(BIN)/activate"
	@echo "Read a coding pair in full:  contextpairs show out/demo/coding -n 1"

# Set up and pass the tests. Types are checked beside them: one process of three waits while the others work.
test: setup-dev
	$(BIN)/ruff check .
	$(MAKE) --no-print-directory -j 2 types suite

types: setup-dev
	$(BIN)/mypy

suite: setup-dev
	$(BIN)/python -m pytest -n $(PROCESSES) --dist worksteal

# What takes minutes: crash tests, clusters, the judge's server, real models.
test-slow: setup-slow
	$(BIN)/python -m pytest -m slow -n $(PROCESSES) --dist loadfile

check: setup-dev check-constraints
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Pins are what was installed and tested together on CPython 3.11, x86-64 Linux; pyproject.toml holds the ranges.
# Pins that still fit are kept; `touch` none of them by hand.
constraints: $(BIN)/uv
	$(COMPILE) --output-file constraints.txt

# Every package of every extra is pinned, at a version that the ranges allow, and nothing else is.
check-constraints: $(BIN)/uv
	cp constraints.txt $(VENV)/constraints.txt
	$(COMPILE) --output-file $(VENV)/constraints.txt
	diff constraints.txt $(VENV)/constraints.txt || { echo "constraints.txt is stale: make constraints"; exit 1; }

setup: $(VENV)/.installed
setup-coding: $(VENV)/.installed-coding
setup-dev: $(VENV)/.installed-dev
setup-slow: $(VENV)/.installed-slow

$(BIN)/uv:
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt uv

$(VENV)/.installed-coding: $(BIN)/uv pyproject.toml constraints.txt
	$(INSTALL) --editable .
	touch $@

$(VENV)/.installed: $(BIN)/uv pyproject.toml constraints.txt
	$(INSTALL) --editable '.[images]'
	touch $@

$(VENV)/.installed-dev: $(BIN)/uv pyproject.toml constraints.txt
	$(INSTALL) --editable '.[curves,dev,dask,images,ray,s3,train]'
	touch $@

$(VENV)/.installed-slow: $(BIN)/uv pyproject.toml constraints.txt
	$(INSTALL) --editable '.[curves,dev,dask,images,ray,s3,train,track,slow-tests]'
	touch $@

clean:
	rm -rf $(VENV) out
