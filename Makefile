# Entry commands of Holdfast; `make` lists them. Everything that is downloaded or built lies in ~/.cache/holdfast, outside
# the clone; `make demo` keeps its data in .demo/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup setup-test build demo demo-check demo-reset run test test-sqlite test-postgres test-awsim test-judges test-replicas test-sso test-story test-enumeration test-prune test-stopped-hour test-disk-full test-kills nightly \
	bench check check-fmt lint schema-lint generate graphiql console test-console test-console-e2e screenshots clean

export HOLDFAST_CACHE ?= $(HOME)/.cache/holdfast
export CARGO_TARGET_DIR ?= $(HOLDFAST_CACHE)/target
# glibc keeps an arena per thread; two hold the memory of a backup down (docs/benchmarks/README.md).
export MALLOC_ARENA_MAX ?= 2
export PYTHONDONTWRITEBYTECODE := 1
PYTHON := $(HOLDFAST_CACHE)/venv/bin/python
HOLDFAST := $(CARGO_TARGET_DIR)/debug/holdfast
CONFIG ?= holdfast.toml

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## Install what the demo needs (Debian packages, Python packages)
	@tests/tools/setup.sh demo

setup-test: ## Install what the tests need as well (PostgreSQL, Chromium, npm packages)
	@tests/tools/setup.sh test

build: graphiql console ## Build the server
	@cargo build --package server --bin holdfast

demo: setup build ## Try Holdfast with a stand-in for AWS; Ctrl-C stops it, the data stay
	@$(PYTHON) tests/demo/demo.py run

demo-check: setup build ## The same without a terminal, with proof: exits 0 or says what failed
	@$(PYTHON) tests/demo/demo.py check

demo-reset: setup ## Forget the demo's data
	@$(PYTHON) tests/demo/demo.py reset

run: build ## Start the server for real use (CONFIG=holdfast.toml)
	@$(HOLDFAST) $(if $(wildcard $(CONFIG)),--config $(CONFIG)) serve

test: setup-test graphiql console ## Everything that CI runs
	@tests/tools/all.sh

test-sqlite: ## Rust tests on SQLite (FILTER=name)
	@env -u TEST_DATABASE_URL tests/tools/rust-tests.sh $(FILTER)

test-postgres: ## Rust tests on a private PostgreSQL (FILTER=name)
	@tests/tools/postgres.sh run tests/tools/rust-tests.sh $(FILTER)

test-console: ## Types, lint and unit tests of the console
	@tests/tools/console.sh test

test-console-e2e: setup-test build ## The console in real Chromium against the demo fleet (PART=story, daily or people)
	@tests/tools/console-e2e.sh $(PART)

screenshots: setup-test build ## Pictures of every page of the console into docs/screenshots
	@tests/tools/console-e2e.sh --pictures docs/screenshots

test-awsim: ## Tests of the AWS stand-in
	@cd tests/awsim && $(PYTHON) -m unittest

test-kills: build ## kill -9 at random moments on both databases (KILLS=25 on each)
	@tests/tools/kills.sh $(KILLS)

test-replicas: build ## Two servers on PostgreSQL, S3 and KMS; one is killed at work
	@tests/tools/replicas.sh

test-sso: setup-test build ## Sign-on in Chromium through SimpleSAMLphp and npm oidc-provider, on both databases
	@tests/tools/sso.sh

test-story: setup-test build ## Sign-up to verified audit log as one story, on both databases
	@tests/tools/story.sh

test-enumeration: build ## Known and unknown people are answered alike, on both databases (PAIRS=100; from 1000 on time counts)
	@tests/tools/enumeration.sh $(PAIRS)

test-prune: build ## Space comes back after expiry, with the clock moved on by days
	@$(PYTHON) tests/demo/prune.py

test-stopped-hour: build ## Compliance tells the truth after stopped hours, with the clock moved on
	@$(PYTHON) tests/demo/stopped_hour.py

test-disk-full: build ## A vault without room, on a small file system of its own
	@$(PYTHON) tests/demo/disk_full.py

nightly: build ## What takes longer than CI has: more kills, more pairs, more repositories under a prune, all zones at each half hour, a thousand live sockets, ten thousand idle ones
	@HOLDFAST_ALL_ZONES=1 cargo test --release --quiet --package domain --lib -- frequency::
	@HOLDFAST_PRUNE_CASES=1000 tests/tools/rust-tests.sh prune_worlds
	@tests/tools/kills.sh 200
	@tests/tools/enumeration.sh 2000
	@$(PYTHON) tests/demo/idle_sockets.py
	@HOLDFAST_SOCKETS=1000 tests/tools/rust-tests.sh live_sockets
	@HOLDFAST_SOCKETS=1000 tests/tools/postgres.sh run tests/tools/rust-tests.sh live_sockets

test-judges: build ## Other people's test tools against a running server
	@tests/tools/judges.sh

bench: setup ## Benchmarks against restic and a bare loop; writes docs/benchmarks/
	@tests/tools/bench.sh

check: ## Format, file sizes, document paths, scripts, generated files, clippy, rustdoc, advisories, schema
	@tests/tools/check.sh

check-fmt: ## Format only
	@tests/tools/check.sh fmt

lint: ## Clippy only
	@tests/tools/check.sh clippy

schema-lint: ## The GraphQL schema, and the demo's operations against it
	@tests/tools/check.sh schema operations

generate: ## Write the generated files into schema/
	@cargo run --quiet --package server --bin holdfast -- generate --folder schema

graphiql: ## Build the bundled GraphiQL, if its files have changed
	@tests/tools/graphiql.sh

console: ## Build the web console, if its files have changed
	@tests/tools/console.sh build

clean: ## Forget everything that was built; packages stay
	@rm -rf $(CARGO_TARGET_DIR) .demo
