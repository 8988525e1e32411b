# Everything needs only this file and a POSIX shell: what is missing is installed on the way.
# ARGS is passed on, for example: make test ARGS="-k regions"

.POSIX:
ARGS =
BOOTSTRAP = command -v python3 >/dev/null || sh .ci/install-python; exec python3 -m geoapp.bootstrap

help:
	@echo 'make run          start geoapp with the demo city; Ctrl-C stops it'
	@echo 'make test         all tests, with a browser and a database of their own'
	@echo 'make bench        measure at full size; writes bench/results/latest.json'
	@echo 'make bench-quick  the same measurements on a small city'
	@echo 'make bench-partition  the grid planner beside METIS, KaHIP and GerryChain'
	@echo 'make lint         ruff, import-linter, mypy'
	@echo 'make setup        install everything, start nothing'
	@echo 'make clean        delete what was installed and built; data is kept'

run:
	@$(BOOTSTRAP) run $(ARGS)

test:
	@$(BOOTSTRAP) test $(ARGS)

bench:
	@$(BOOTSTRAP) bench $(ARGS)

bench-quick:
	@$(BOOTSTRAP) bench --quick $(ARGS)

bench-partition:
	@$(BOOTSTRAP) bench-partition $(ARGS)

lint:
	@$(BOOTSTRAP) lint

setup:
	@$(BOOTSTRAP) setup

clean:
	rm -rf .venv node_modules geoapp/web/static/vendor .data/setup .data/cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find geoapp/core/translations -name '*.mo' -exec rm -f {} +

.PHONY: help run test bench bench-quick bench-partition lint setup clean
