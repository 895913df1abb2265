# Every target does its own set-up: python3 >= 3.11 with venv is all that must be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
TEST_ARGS := -n auto --dist worksteal $(ARGS)
# Suites and servers that tests start keep their bytecode: to compile it takes longer than they run.
unexport PYTHONDONTWRITEBYTECODE
# uv installs in a tenth of pip's time, and its environments share one cache.
UV := build/uv/bin/uv
EXTRAS ?= dev

.PHONY: serve test test-all coverage check check-js compatibility lowest interop openapi-tools format docs dist bench soak takeover clean

serve: $(VENV)/.serve
	@$(BIN)/mtt-mock serve $(ARGS)

# `make test` runs the quick tests, TIER=slow the others, TIER=all both; COVERAGE=1 measures coverage.
TIER ?= quick
COVERAGE ?=
CHECK ?= check
PYTEST := $(if $(COVERAGE),$(BIN)/coverage run -m pytest,$(BIN)/pytest)
MARKERS_quick := -m 'not slow'
MARKERS_slow := -m slow
PROFILE := $(if $(filter quick,$(TIER)),,MTT_MOCK_TEST_PROFILE=ci)

test: $(VENV)/.dev $(CHECK)
	$(if $(COVERAGE),$(BIN)/coverage erase)
	$(PROFILE) $(PYTEST) $(MARKERS_$(TIER)) $(TEST_ARGS)
	$(if $(COVERAGE),$(BIN)/coverage combine --quiet)
	$(if $(COVERAGE),$(BIN)/coverage report)

test-all:
	$(MAKE) test TIER=all

coverage:
	$(MAKE) test TIER=all COVERAGE=1

check: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@if [ -x $(JS)/eslint ]; then $(MAKE) --no-print-directory check-js; fi

# The environment of tests/compatibility: tools with which the plugin is tested.
compatibility: build/compatibility/.installed

build/compatibility/.installed: tests/compatibility/requirements.txt pyproject.toml | $(UV)
	$(UV) venv --quiet --clear --python $(PYTHON) build/compatibility
	$(UV) pip install --quiet --python build/compatibility/bin/python \
		--requirement tests/compatibility/requirements.txt --editable '.[pytest]'
	touch $@

# The lowest declared versions of all dependencies, and quick tests that use each of them.
LOWEST_TESTS := client contracts control intercept media stubs tls wire \
	snapshots/test_invalid_snapshots.py snapshots/test_snapshot_round_trip.py

lowest: build/lowest/.installed
	MTT_MOCK_TEST_PROFILE=dev build/lowest/bin/python -m pytest --quiet $(TEST_ARGS) \
		-m 'not slow and not process and not browser and not postgres' $(addprefix tests/,$(LOWEST_TESTS))

build/lowest/.installed: pyproject.toml | $(UV)
	$(UV) venv --quiet --clear --python $(PYTHON) build/lowest
	$(UV) pip install --quiet --python build/lowest/bin/python \
		--resolution lowest-direct --editable '.[dev]'
	touch $@

# The console's JavaScript; npm fetches the tools once. `make check` runs it where they are.
JS := build/js/node_modules/.bin

check-js: $(JS)/eslint
	$(JS)/eslint mock_server/mtt_mock/web/console/page
	$(JS)/tsc -p mock_server/mtt_mock/web/console/jsconfig.json

$(JS)/eslint:
	npm install --silent --no-audit --no-fund --prefix build/js eslint@9 @eslint/js@9 globals@16 typescript@5

# JSON-RPC client libraries on the fake: prints docs/how-to/json-rpc-libraries.md's table again.
INTEROP := build/interop

interop: $(VENV)/.dev $(INTEROP)/installed
	$(BIN)/python tests/interop/run.py

$(INTEROP)/installed: tests/interop/requirements.txt tests/interop/package.json
	$(PYTHON) -m venv $(INTEROP)
	$(INTEROP)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/interop/requirements.txt
	# These two contradict the others: one by its dependencies, one by its import name.
	$(INTEROP)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps async-jrpc==1.0.0
	$(INTEROP)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
	  --target $(INTEROP)/legacy jsonrpclib==0.2.1
	cp tests/interop/package.json $(INTEROP)
	npm install --silent --no-audit --no-fund --prefix $(INTEROP)
	# Debian: apt-get install libjson-rpc-perl libjsonrpccpp-dev libcurl4-openssl-dev g++ php-horde-rpc
	#   golang-go golang-github-sourcegraph-jsonrpc2-dev ruby-faraday ruby-rest-client
	#   default-jdk-headless libjackson2-databind-java
	-g++ -std=c++14 -I/usr/include/jsoncpp -o $(INTEROP)/client tests/interop/client.cpp \
	  -ljsonrpccpp-client -ljsonrpccpp-common -ljsoncpp -lcurl
	-GO111MODULE=off GOPATH=/usr/share/gocode go build -o $(INTEROP)/client-go tests/interop/client.go
	touch $@

# Tools that read the control API's OpenAPI document; tests/control/test_openapi_tools.py runs them.
OPENAPI := build/openapi

openapi-tools: $(OPENAPI)/installed

$(OPENAPI)/installed: | $(UV)
	$(UV) venv --quiet --clear --python $(PYTHON) $(OPENAPI)
	$(UV) pip install --quiet --python $(OPENAPI)/bin/python \
	  'schemathesis==4.32.*' 'openapi-python-client==0.29.*'
	npm install --silent --no-audit --no-fund --prefix $(OPENAPI) @stoplight/spectral-cli@6 @redocly/cli@2
	touch $@

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/.dev
	$(BIN)/sphinx-build -W --keep-going -q docs build/docs
	@echo "Open build/docs/index.html"

dist: $(VENV)/.dev
	rm -rf dist build/dist
	$(BIN)/python -m build --outdir dist
	$(BIN)/twine check --strict dist/*
	$(PYTHON) -m venv build/dist
	build/dist/bin/python -m pip install --quiet --disable-pip-version-check "$$(echo dist/*.whl)[server]"
	cd build/dist && bin/python -I ../../tests/support/smoke.py

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/bench.py

soak: $(VENV)/.dev
	$(BIN)/python benchmarks/soak.py $(ARGS)

# Takeovers of the shared scheduler on both databases at once, some eight minutes.
takeover: $(VENV)/.dev
	$(BIN)/python benchmarks/takeover.py 100 postgresql & pid=$$!; \
	$(BIN)/python benchmarks/takeover.py 100 sqlite; status=$$?; wait $$pid && exit $$status

clean:
	rm -rf $(VENV) .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist docs/_generated

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "mtt-mock needs Python 3.11 or newer; say which: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.serve: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[sql]'
	@touch $@

# pip does it where only pip knows the index.
$(VENV)/.dev: pyproject.toml | $(BIN)/python $(UV)
	@$(UV) pip install --quiet --python $(BIN)/python --editable '.[$(EXTRAS)]' || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]'
	@touch $@ $(VENV)/.serve

$(UV):
	@$(PYTHON) -m venv build/uv
	@build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
