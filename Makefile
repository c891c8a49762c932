# Two commands do all set-up on a machine with Python 3.11 or later and nothing else:
#   make demo    the whole way on text that is on every machine; writes demo/report.html
#   make test    the tests
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# Every version is pinned, those of the build included (new pips read the second name, old ones the
# first).
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_BUILD_CONSTRAINT := $(PIP_CONSTRAINT)

.PHONY: demo test lint format peers benchmark clean

demo: $(VENV)/installed
	$(BIN)/wordloom demo --out demo

test: $(VENV)/tested-with $(VENV)/kernels
	$(BIN)/python -m pytest

lint: $(VENV)/tested-with
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/tested-with
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The programs that our files open in and that we are measured beside; without them their tests skip.
peers: $(VENV)/tested-with
	$(BIN)/python -m pip install -q -e '.[benchmark]'

# Needs the real data: WORDLOOM_DATA=… make benchmark
benchmark: peers
	$(BIN)/python -m benchmarks.run

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -e '.[all]'
	touch $@

$(VENV)/tested-with: $(VENV)/installed
	$(BIN)/python -m pip install -q -e '.[all,test,lint]'
	touch $@

# Numba keeps a kernel's machine code until the kernel's own file changes; it does not notice that a
# kernel in another file, compiled into it, did.
$(VENV)/kernels: $(wildcard src/wordloom/kernels/*.py)
	find src tests -name '*.nb[ci]' -delete
	touch $@

clean:
	rm -rf $(VENV) demo dist
