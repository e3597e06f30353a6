# Everything a clone needs. Python 3.11 is the only requirement; nothing is installed outside of this folder.
PYTHON ?= python3.11
WEEKS ?= 26
PIP_INSTALL = .venv/bin/uv pip install --python .venv/bin/python --quiet --compile-bytecode

.DEFAULT_GOAL := help
.PHONY: help demo up down clean test lint end-to-end lock

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: .venv/installed ## start everything and replay WEEKS weeks of 2013 (26; at most 39); again: resume
	@PYTHONPATH=. .venv/bin/python -m include.demo.run --weeks $(WEEKS)

up: .venv/installed ## start Airflow and MLflow on 127.0.0.1, without the demo
	@PYTHONPATH=. .venv/bin/python -m include.demo.servers up

down: ## stop what `make demo` or `make up` started
	@if [ -f .local/servers.json ]; then PYTHONPATH=. .venv/bin/python -m include.demo.servers down; \
	else echo "nothing of ours was running"; fi

clean: down ## stop, and forget all data, models and runs of the demo
	rm -rf .local

test: lint ## lint, types, import layers and tests
	.venv/bin/pytest -m "not end_to_end" -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/installed-dev ## ruff, mypy and import-linter
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

end-to-end: .venv/installed-dev ## the test against a live Airflow and MLflow (minutes)
	.venv/bin/pytest -m end_to_end

lock: .venv/bin/uv ## resolve pyproject.toml anew into both requirements files
	.venv/bin/uv pip compile pyproject.toml -p 3.11 --upgrade --quiet --no-annotate --no-header --extra production -o requirements.txt
	.venv/bin/uv pip compile pyproject.toml -p 3.11 --upgrade --quiet --no-annotate --no-header --extra production --extra dev -c requirements.txt -o requirements-dev.txt

.venv/bin/python:
	@command -v $(PYTHON) > /dev/null || { echo "$(PYTHON) is not installed; name a Python 3.11: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "$(PYTHON) is not Python 3.11"; exit 1; }
	@echo "making a virtual environment in .venv"
	@$(PYTHON) -m venv .venv

.venv/bin/uv: .venv/bin/python
	@.venv/bin/python -m pip install --quiet uv && touch $@

# uv installs in seconds what takes pip minutes; where uv cannot be had, pip does it. Bytecode is compiled here,
# once, on all cores: Airflow and MLflow start ten processes at a time, which would each compile the same modules.
.venv/installed: requirements.txt | .venv/bin/python
	@echo "installing requirements.txt"
	@{ $(MAKE) --no-print-directory .venv/bin/uv && $(PIP_INSTALL) -r requirements.txt; } \
	|| .venv/bin/python -m pip install --quiet -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo "installing requirements-dev.txt"
	@$(PIP_INSTALL) -r requirements-dev.txt || .venv/bin/python -m pip install --quiet -r requirements-dev.txt
	@touch $@
