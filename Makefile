# make run    start the browser app          make run PORT=8599
# make test   everything that must hold      make check   lint, types and directions alone

PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin
UV_FLAGS := --quiet --no-deps --require-hashes

.PHONY: run test check evals local vectors schema lock clean

run: .venv/.run
	@$(BIN)/sparring run --port $(PORT)

test: check
	$(BIN)/python -m pytest

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sparring cards check

# What SPARRING_MODEL=gguf:/path/file.gguf needs (docs/models.md)
local: .venv/.run requirements-local.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install $(UV_FLAGS) -r requirements-local.lock

# After an article or a card changed
vectors: .venv/.run
	$(BIN)/python -m graph.packing

# After the card's schema changed
schema: .venv/.run
	$(BIN)/sparring cards schema > personas/card.schema.json

# What the figures in the docs come from
evals: .venv/.dev
	$(BIN)/sparring-evals run all

# After a dependency in pyproject.toml changed: what runs is what was tested, so the smaller lock follows the larger.
# kubernetes (75 MB) is asked for by chromadb's server alone.
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-package kubernetes --custom-compile-command "make lock"
lock: .venv/.uv
	echo "uv" | $(BIN)/uv pip compile - --quiet --universal --generate-hashes --custom-compile-command "make lock" -o requirements-uv.lock
	$(COMPILE) --group build --extra dev --extra evals --extra postgres -o requirements-dev.lock
	$(COMPILE) --group build --constraints requirements-dev.lock -o requirements.lock
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["local"])' \
		| $(BIN)/uv pip compile - --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command "make lock" -o requirements-local.lock

.venv/.uv: requirements-uv.lock
	@echo "Making the environment in .venv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

.venv/.run: .venv/.uv requirements.lock pyproject.toml
	@echo "Installing"
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install $(UV_FLAGS) -r requirements.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.run requirements-dev.lock
	@echo "Installing what the tests need"
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install $(UV_FLAGS) -r requirements-dev.lock
	@touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
