# The front door. Each target makes the environment it needs on a bare machine with Python 3.10 to 3.13.
PYTHON ?= python3
PROFILE ?= full
PORT ?= 8000

BIN := .venv/bin
SITE := .venv-site/bin
COLAB_2026 := tensorflow-cpu==2.20.0 keras==3.13.2 numpy==2.1.3 scipy==1.16.3 matplotlib==3.10.0 ipython==7.34.0 ipykernel==6.17.1 scikit-learn
COLAB_2026.07 := $(subst numpy==2.1.3,numpy==2.0.2,$(COLAB_2026))
COLAB_2025 := tensorflow-cpu==2.19.0 keras==3.10.0 numpy==2.0.2 scipy matplotlib==3.10.0 ipython==7.34.0 ipykernel==6.17.1 scikit-learn

# Three tests at a time, each on one core: many only wait, and threads that wait for each other cost a tenth of the time.
ALONE := OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1

.PHONY: help site serve pdf epub test fuzz mutants execute check results sync release grade quiz colab bench linkcheck lock clean
help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/' | sort

# One environment for a list of requirements, made again when the list changes. $(1): folder, $(2): list.
define environment
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 10) <= v <= (3, 13) else "Python 3.10 to 3.13 is needed, $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12 ..." % v)'
	@$(PYTHON) -m venv $(1) || { echo "$(PYTHON) cannot make an environment. On Debian: apt install python3-venv"; exit 1; }
	@echo "Installing what $(2) names into $(1) ..."
	@$(1)/bin/python -m pip install -q --disable-pip-version-check -r $(2) -c requirements.lock
	@touch $(1)/made
endef

.venv-site/made: requirements-site.txt requirements.lock
	$(call environment,.venv-site,requirements-site.txt)

.venv/made: requirements.txt requirements-site.txt requirements-browser.txt requirements.lock
	$(call environment,.venv,requirements.txt)

.venv-jax/made: requirements-jax.txt requirements.lock
	$(call environment,.venv-jax,requirements-jax.txt)

site: .venv-site/made ## build the HTML site from stored outputs
	$(SITE)/jupyter-book build . -n -W --keep-going || { rm -rf _build/.doctrees; exit 1; }  # else the next build forgets the warnings
	@$(SITE)/python -c 'import pathlib; print("Open", pathlib.Path("_build/html/index.html").resolve().as_uri())'

serve: site ## build the site and serve it on this machine
	@echo "Open http://localhost:$(PORT)/ (Ctrl-C stops)"
	@$(SITE)/python -m http.server -b localhost -d _build/html $(PORT)

# What prints the pages; the site itself does not need it.
.venv-site/browser: requirements-browser.txt .venv-site/made
	@$(SITE)/python -m pip install -q --disable-pip-version-check -r requirements-browser.txt -c requirements.lock
	@touch $@

pdf: site .venv-site/browser ## print the whole course into one PDF (needs chromium: apt install chromium)
	$(SITE)/python -m course pdf

epub: .venv-site/made ## make an EPUB of the whole course
	@rm -rf .cache/epub/_build/epub
	$(SITE)/jupyter-book build . -n -W --keep-going --builder custom --custom-builder epub --path-output .cache/epub || { rm -rf .cache/epub; exit 1; }
	@mkdir -p _build && cp .cache/epub/_build/epub/course.epub _build/course.epub
	@echo "Open $(CURDIR)/_build/course.epub"

linkcheck: .venv-site/made ## check the links that lead outside (needs a network)
	@$(SITE)/python -c 'import socket; socket.create_connection(("doi.org", 443), 10)' 2> /dev/null || { echo "No network: the links that lead outside were not checked."; exit 1; }
	$(SITE)/jupyter-book build . --builder linkcheck --path-output .cache/linkcheck

test: .venv/made .venv-site/made ## run everything that CI runs
	$(ALONE) $(BIN)/python -m pytest --nbval -n 3 --dist loadfile

MINUTES ?= 60
fuzz: .venv/made ## throw new random bytes and answers at the grader: MINUTES=60
	@end=$$(( $$(date +%s) + 60 * $(MINUTES) )); rounds=0; while [ $$(date +%s) -lt $$end ]; do \
	  $(BIN)/python -m pytest -q -n0 --no-header tests/test_fuzz.py --hypothesis-profile=long || exit 1; \
	  rounds=$$(( rounds + 1 )); echo "$$rounds rounds, none found a hole"; done

mutants: .venv/made ## take the grader's protections out, one by one, and list the tests that go red (an hour): ONLY="--clearenv"
	$(BIN)/python -m tests.mutants $(ONLY)

execute: .venv/made ## run chapters and store their outputs: NOTEBOOK=04 PROFILE=full MINUTES=30 EPOCHS=3 HALF=1
	$(BIN)/python -m course execute $(NOTEBOOK) --profile $(PROFILE) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(EPOCHS),--epochs $(EPOCHS)) $(if $(HALF),--half)

check: .venv/made ## check the rules for chapters, without running them
	$(BIN)/python -m course check

results: .venv/made ## gather the measured figures into book/results.md
	$(BIN)/python -m course results

sync: .venv/made ## write the shared cells and Colab's runtime into the notebooks
	$(BIN)/python -m course sync

release: .venv/made ## write the students' notebooks into exercises/ from solutions/
	$(BIN)/python -m course release

OUT ?= graded
grade: .venv/made ## grade a folder of hand-ins: SUBMISSIONS=dir OUT=graded OPTIONS="--seed 7 --resume"
	@test -n "$(SUBMISSIONS)" || { echo "Name the folder with the hand-ins: make grade SUBMISSIONS=dir"; exit 1; }
	@$(BIN)/python -m course grade "$(SUBMISSIONS)" --out "$(OUT)" $(OPTIONS)

quiz: OUT = quiz
quiz: .venv-site/browser ## write a quiz for Moodle, Canvas and paper: CHAPTERS=05,07 COUNT=20 VERSIONS=4 SEED=7 OUT=quiz
	@$(SITE)/python -m course quiz $(if $(CHAPTERS),--chapters $(CHAPTERS)) $(if $(COUNT),--count $(COUNT)) $(if $(VERSIONS),--versions $(VERSIONS)) $(if $(SEED),--seed $(SEED)) --out "$(OUT)" $(OPTIONS)

# Colab's own versions: of the newest runtime (2026), of the one that the notebooks name (2026.07), of an old one (2025).
COLAB ?= 2026
COLAB_PYTHON ?= $(if $(filter 2026,$(COLAB)),python3.13,python3.12)
.venv-colab-%/made: Makefile
	@$(COLAB_PYTHON) -m venv .venv-colab-$*
	@echo "Installing Colab's versions of $* ..."
	@.venv-colab-$*/bin/python -m pip install -q --disable-pip-version-check setuptools $(COLAB_$*)
	@touch $@

colab: .venv/made ## run each chapter alone with Colab's versions: COLAB=2026, 2026.07 or 2025
	@$(MAKE) --no-print-directory .venv-colab-$(COLAB)/made
	$(BIN)/python -m course alone --python .venv-colab-$(COLAB)/bin/python $(NOTEBOOK)

bench: .venv/made site ## measure: seconds for each notebook and the site, what a browser loads, Lighthouse's scores
	@start=$$(date +%s); $(MAKE) --no-print-directory site > /dev/null; \
	  echo "make site, warm: $$(( $$(date +%s) - start )) s"
	$(BIN)/python -m tests.bench_site
	$(BIN)/python -m course alone
	$(BIN)/python -m tests.bench_grading

lock: .venv/made ## resolve the requirements anew into requirements.lock, for Python 3.10 to 3.13
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile --universal --python-version 3.10 --no-header --no-annotate -q -U requirements.txt requirements-jax.txt -o requirements.lock

clean: ## delete what was built; kept trainings stay
	rm -rf _build .venv .venv-* .cache/ipython .cache/failed
