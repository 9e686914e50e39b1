# make song   install into .venv, write and render 16 bars: out/song.mid, out/song.wav
# make test   install with the test tools, run ruff, mypy and the tests of the package
# make docs   build the documentation into build/site; a link that leads nowhere is an error
# make lab-test   the tests of lab/, which makes our weights and figures
# make test-long   the stress tests, and every property with many random examples; half an hour or more
# make mutants   60 small faults put into the package, one at a time: do the tests notice? An hour or two
# make man   a manual page for each command, in build/man
# All can be repeated; the second run installs nothing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXE :=
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
EXE := .exe
endif
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# Only training and the tests need torch. On Linux the package index has it with CUDA, some gigabytes; without an NVIDIA
# card the CPU build does the same work: make test TORCH_INDEX=ADDRESS, with the address of PyTorch's CPU builds that its install page gives.
TORCH_INDEX ?=
CPU_TORCH = $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

# C sources: compiled where a compiler is at hand.
KERNEL = hatch_build.py $(wildcard symgen/kernel/*.py symgen/kernel/*.[ch])

# A worker for each processor: tests are independent of each other, and a worker that is done takes over from others.
PYTEST = $(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal

.PHONY: song test docs lab-test test-long mutants lint man clean
.NOTPARALLEL:

song: $(VENV)/.installed $(VENV)/.fluidsynth
	@mkdir -p out
	$(BIN)/symgen generate --bars 16 --wav --overwrite -o out/song.mid
	@echo
	@echo "Written: $(CURDIR)/out/song.mid (open it in any notation or music program)"
	@echo "         $(CURDIR)/out/song.wav (play it: double-click, or 'aplay out/song.wav', on a Mac 'afplay out/song.wav')"
	@echo "More:    $(CURDIR)/$(BIN)/symgen, or 'source $(BIN)/activate' and then just symgen"

test: lint $(VENV)/.fluidsynth $(VENV)/.chromium
	$(PYTEST) --ignore tests/lab

docs: $(VENV)/.installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	@echo "Written: $(CURDIR)/build/site/index.html"

lab-test: $(VENV)/.installed-dev $(VENV)/.fluidsynth
	$(PYTEST) tests/lab

test-long: $(VENV)/.installed-dev $(VENV)/.fluidsynth $(VENV)/.chromium
	$(PYTEST) -m '(long or hypothesis) and not gpu' --hypothesis-profile long

mutants: $(VENV)/.installed-dev $(VENV)/.fluidsynth
	$(BIN)/python -m lab mutants

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell

man: $(VENV)/.installed-dev
	$(BIN)/python -m lab man -o build/man

clean:
	rm -rf $(VENV) out build dist .mypy_cache .ruff_cache .pytest_cache

$(BIN)/python$(EXE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
		|| { echo "symgen needs Python 3.10 or newer; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "no virtual environment; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt $(KERNEL) | $(BIN)/python$(EXE)
	@echo "Installing symgen into $(VENV), this takes some minutes the first time ..."
	@$(PIP) -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt $(KERNEL) | $(BIN)/python$(EXE)
	@echo "Installing symgen and its test tools into $(VENV), this takes some minutes the first time ..."
	@$(PIP) $(CPU_TORCH) -e '.[dev,docs,train,bench,score,studio,mcp]'
	@touch $@ $(VENV)/.installed

# The synthesizer's library. Without it symgen renders with a simpler one, so a failure here is only a note.
$(VENV)/.fluidsynth: | $(VENV)/.installed
	@if $(BIN)/python -c 'import fluidsynth' 2>/dev/null; then :; \
	elif command -v apt-get >/dev/null && root=$$([ "$$(id -u)" = 0 ] || echo "sudo -n") \
		&& { [ -z "$$root" ] || sudo -n true 2>/dev/null; } \
		&& $$root apt-get update -qq && $$root apt-get install -y -qq --no-install-recommends libfluidsynth3 >/dev/null; \
	then echo "Installed libfluidsynth."; \
	else echo "Note: libfluidsynth is not installed; symgen renders with its simpler synthesizer."; \
		echo "      Better sound: apt-get install libfluidsynth3, on a Mac brew install fluid-synth."; fi
	@touch $@

# The browser in which the tests open pages. Where it cannot be installed, they are passed over.
$(VENV)/.chromium: | $(VENV)/.installed-dev
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then :; \
	elif command -v apt-get >/dev/null && root=$$([ "$$(id -u)" = 0 ] || echo "sudo -n") \
		&& { [ -z "$$root" ] || sudo -n true 2>/dev/null; } \
		&& $$root apt-get update -qq && $$root apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	then echo "Installed chromium."; \
	else echo "Note: chromium is not installed; the tests of pages are passed over."; fi
	@touch $@
