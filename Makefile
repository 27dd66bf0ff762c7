PYTHON ?= python3
PY := .venv/bin/python

# An environment whose Python is gone, or which was moved with its folder, does not work any more: it is made anew.
SOUND := $(shell $(PY) -c "import pip" 2>/dev/null && [ "$$(cat .venv/.locked 2>/dev/null)" = "$$(pwd -P)" ] && echo yes)
NEEDED := This needs Python 3.11 or newer with its venv module, which '$(PYTHON)' is not: install it (on Debian or Ubuntu: \
	sudo apt install python3-venv), or name another one (make setup PYTHON=python3.13).

.DEFAULT_GOAL := help
.PHONY: help setup studies test test-browser browser check format lock wheelhouse evidence fuzz conformance bench peers clean unsound

help:  ## list what make can do here
	@sed -n 's/^\([a-z-]*\):.*  ## /\1	/p' Makefile | expand -t 14

setup: .venv/.made  ## make .venv: the locked packages, and this checkout as an editable install

studies: .venv/.made  ## run every study in analyses/, and say who is next where a study asks
	@for study in analyses/*/study.toml; do \
		[ ! -e "$$study" ] || $(PY) -m impact run "$$(dirname "$$study")" || exit 1; \
		! grep -qs "^\[priorities\]" "$$study" || $(PY) -m impact prioritize "$$(dirname "$$study")" || exit 1; \
	done

test: .venv/.made  ## run the tests
	$(PY) -m pytest

test-browser: .venv/.browser/.made  ## walk through the atlas in a real browser (Chromium); says why where there is none
	PYTHONPATH=.venv/.browser $(PY) -m pytest tests/browser -rs -s

check: .venv/.made  ## check format, style, types and the lock
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) .ci/lock.py

format: .venv/.made  ## format the code and mend what ruff can mend
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

lock: .venv/.made  ## write requirements.lock from pyproject.toml; UPGRADE=1 takes the newest versions
	$(PY) -m uv pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --python-version 3.11 --all-extras \
		--generate-hashes --no-annotate --no-emit-index-url --custom-compile-command "make lock" \
		--output-file requirements.lock pyproject.toml

wheelhouse: .venv/.made  ## collect everything that an installation without a network needs
	rm -rf wheelhouse
	$(PY) -m pip wheel --quiet --require-hashes --wheel-dir wheelhouse -r requirements.lock
	$(PY) -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir wheelhouse .

evidence: .venv/.made  ## bias, standard errors and coverage in worlds with a known truth (2,000 repetitions, the better part of an hour)
	cd tests && OPENBLAS_NUM_THREADS=1 "$(CURDIR)/$(PY)" -m simulation.evidence
	cd tests && OPENBLAS_NUM_THREADS=1 "$(CURDIR)/$(PY)" -m simulation.programme
	cd tests && OPENBLAS_NUM_THREADS=1 "$(CURDIR)/$(PY)" -m simulation.regions
	cd tests && "$(CURDIR)/$(PY)" -m simulation.marginals
	cd tests && OPENBLAS_NUM_THREADS=1 "$(CURDIR)/$(PY)" -m simulation.priorities_ranks
	cd tests && OPENBLAS_NUM_THREADS=1 "$(CURDIR)/$(PY)" -m simulation.priorities_plans

fuzz: .venv/.made  ## read ten thousand damaged files: each ends in a table or a sentence (20 minutes)
	cd tests && "$(CURDIR)/$(PY)" intake/fuzz.py $(if $(FILES),--files $(FILES))

conformance: .venv/.made  ## set every reference number of other packages beside ours
	cd tests && "$(CURDIR)/$(PY)" -m reference.conformance

bench: .venv-peers/.made .venv/.browser/.made  ## time and memory beside other packages, and of the atlas; SIZES="10000 100000" are the numbers of firms
	cd tests && "$(CURDIR)/.venv-peers/bin/python" -m benchmarks.bench $(SIZES) $(if $(PANELS),--panels "$(abspath $(PANELS))")
	PYTHONPATH=.venv/.browser $(PY) -m pytest tests/browser/test_speed.py -q -rs -s

browser: .venv/.made  ## write tests/browser/browser.lock, what drives a browser in make test-browser
	$(PY) -m uv pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --python-version 3.11 --constraint requirements.lock \
		--generate-hashes --no-annotate --no-emit-index-url --custom-compile-command "make browser" \
		--output-file tests/browser/browser.lock tests/browser/browser.in

peers: .venv/.made  ## write tests/benchmarks/peers.lock, the other packages that make bench runs
	$(PY) -m uv pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --python-version 3.11 --constraint requirements.lock \
		--generate-hashes --no-annotate --no-emit-index-url --custom-compile-command "make peers" \
		--output-file tests/benchmarks/peers.lock pyproject.toml tests/benchmarks/peers.in

clean:  ## remove .venv, .venv-peers, wheelhouse and caches
	rm -rf .venv .venv-peers tests/benchmarks/.panels wheelhouse .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.made: .venv/.locked pyproject.toml
	@$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.locked: requirements.lock $(if $(SOUND),,unsound)
	@"$(PYTHON)" -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))" 2>/dev/null \
		|| { echo "$(NEEDED)" >&2; exit 1; }
	@rm -rf .venv
	@"$(PYTHON)" -m venv .venv && $(PY) -m pip install --quiet --require-hashes -r requirements.lock \
		|| { rm -rf .venv; exit 1; }
	@pwd -P > $@

# Where it cannot be installed, the tests say so and are skipped.
.venv/.browser/.made: tests/browser/browser.lock .venv/.made
	@rm -rf .venv/.browser
	@$(PY) -m pip install --quiet --require-hashes --target .venv/.browser -r $< && touch $@ \
		|| echo "What drives a browser cannot be installed here; its tests are skipped." >&2

PEERS_SOUND := $(shell .venv-peers/bin/python -c "" 2>/dev/null && [ "$$(cat .venv-peers/.locked 2>/dev/null)" = "$$(pwd -P)" ] && echo yes)

.venv-peers/.made: .venv-peers/.locked pyproject.toml
	@.venv-peers/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv-peers/.locked: tests/benchmarks/peers.lock $(if $(PEERS_SOUND),,unsound)
	@rm -rf .venv-peers
	@"$(PYTHON)" -m venv .venv-peers \
		&& .venv-peers/bin/python -m pip install --quiet --require-hashes -r tests/benchmarks/peers.lock \
		|| { rm -rf .venv-peers; exit 1; }
	@pwd -P > $@
