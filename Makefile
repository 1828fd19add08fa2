# A new machine needs Rust, Node, gcc and make. Targets install everything else that they need (see scripts/).
SHELL := bash
.DEFAULT_GOAL := help

TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)

# All tests of the workspace that use the database server.
SERVER_TESTS := --test store_contract --test explain --test connections --test dark --test server_access --test replica --test errors --test migrations --test it

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# npm writes this file last. package-lock.json defines its content.
WEB_PACKAGES := web/node_modules/.package-lock.json
$(WEB_PACKAGES): web/package.json web/package-lock.json
	npm --prefix web ci --no-audit --no-fund
	touch $@

.PHONY: web
web: $(WEB_PACKAGES) ## build the web pages; the next build of the program has them inside
	npm --prefix web run --silent build

.PHONY: openapi
openapi: $(WEB_PACKAGES) ## write the API's document and its types for the web pages
	cargo run --quiet -- openapi >web/openapi.json
	npm --prefix web run --silent api

.PHONY: run
run: web ## build, then sell tickets on the embedded database with demo data
	cargo build --release
	$(TARGET_DIR)/release/boxoffice serve --demo

# Builds the pages first: they are part of the program, which would otherwise be built twice.
.PHONY: test
test: test-web web ## run every test against a private MariaDB
	scripts/with-mariadb cargo test --workspace --all-features
	$(MAKE) api-tools
	$(MAKE) walks

.PHONY: test-api
test-api: ## lint the API's document, build clients from it, and check the program against it on SQLite
	cargo test --workspace --all-features --no-run
	$(MAKE) api-tools

# Uses the program as it is.
.PHONY: api-tools
api-tools:
	scripts/with-api-tools python tests/api-tools/check.py

.PHONY: e2e
e2e: web ## run the browser tests against the program, on SQLite and on MariaDB; ARGS go to Playwright
	$(MAKE) walks

# Uses the pages as they are.
.PHONY: walks
walks:
	scripts/install-if-missing chromium chromium
	# The same packages and features as in the tests, because others would build everything again.
	cargo test --workspace --all-features --no-run
	scripts/with-mariadb npm --prefix web run --silent e2e -- $(ARGS)

.PHONY: test-web
test-web: $(WEB_PACKAGES) ## run the tests of the web pages
	npm --prefix web run --silent test

.PHONY: test-mysql
test-mysql: ## run what depends on the server against a real MySQL (or the one at BOXOFFICE_TEST_MYSQL_URL)
	scripts/with-mysql cargo test --workspace --all-features $(SERVER_TESTS)

AT_SIZE := cargo test --package boxoffice-adapters --all-features --test explain_at_size --
# Enough memory for the frequently read data, like on a real server of this size.
AT_SIZE_MARIADB_OPTIONS := --innodb-buffer-pool-size=3G --innodb-log-file-size=2G

.PHONY: test-galera
test-galera: ## run what depends on a cluster against two nodes of Galera
	scripts/with-galera cargo test --workspace --all-features --test galera

.PHONY: explain-at-size
explain-at-size: ## explain and time the hot queries beside 5,000,000 bookings on each database (an hour, 10 GB); SCALE=100 for a quick look
	$(AT_SIZE) file $(SCALE)
	BOXOFFICE_MARIADB_OPTIONS='$(AT_SIZE_MARIADB_OPTIONS)' scripts/with-mariadb $(AT_SIZE) server $(SCALE)
	scripts/with-mysql $(AT_SIZE) server $(SCALE)

.PHONY: check-mysql-cnf
check-mysql-cnf: ## start MariaDB and MySQL with deploy/mysql.cnf and connect to them
	BOXOFFICE_SERVER_DEFAULTS=deploy/mysql.cnf scripts/with-mariadb cargo test --package boxoffice-adapters --test connections
	BOXOFFICE_SERVER_DEFAULTS=deploy/mysql.cnf scripts/with-mysql cargo test --package boxoffice-adapters --test connections

.PHONY: openapi-release
openapi-release: ## for a release: compare the API with its document of today from now on
	tests/api-compatibility/check.py --release

# The commit from which this branch came: the tests of the pages that cover what changed since are run.
SINCE ?= $(shell git merge-base HEAD main 2>/dev/null || echo HEAD)

.PHONY: fmt
fmt: $(WEB_PACKAGES) ## format Rust and the web pages
	cargo fmt --all
	npm --prefix web run --silent format

# What fails most often comes first. The tests of the domain and its doubles are built without the other crates.
.PHONY: check
check: $(WEB_PACKAGES) ## check formatting, lints, types and the tests that take seconds; `make lint` and `make test` check the rest
	cargo fmt --all --check
	npm --prefix web run --silent check
	npm --prefix web run --silent test -- --changed $(SINCE)
	scripts/check-architecture
	scripts/check-glossary
	tests/api-compatibility/check.py
	cargo clippy --workspace --all-targets --all-features -- --deny warnings
	cargo test --quiet --package boxoffice-domain --package boxoffice-testing --all-features --lib --tests

.PHONY: lint
lint: $(WEB_PACKAGES) ## check formatting, lints, documentation, architecture, dependencies, the API against its last release, and scripts
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- --deny warnings
	RUSTDOCFLAGS='--deny warnings' cargo doc --workspace --all-features --no-deps
	npm --prefix web run --silent lint
	scripts/check-architecture
	scripts/check-dependencies
	scripts/check-glossary
	tests/api-compatibility/check.py --self-test
	tests/api-compatibility/check.py
	scripts/install-if-missing shellcheck shellcheck
	shellcheck --external-sources $(filter-out scripts/check-imports %.txt,$(wildcard scripts/*)) .ci/run .devcontainer/install

# Enough memory and log that the server writes no pages back during a short run.
BENCH_MARIADB_OPTIONS := --innodb-buffer-pool-size=2G --innodb-log-file-size=512M

ifndef ONLY
bench: export BENCH_DOCUMENT ?= docs/BENCHMARKS.md
endif

# The commit to compare with. Its program is built once.
ifdef REFERENCE
bench: export BENCH_REFERENCE := $(REFERENCE)
bench: $(TARGET_DIR)/release/boxoffice-$(REFERENCE)
$(TARGET_DIR)/release/boxoffice-$(REFERENCE):
	scripts/build-commit $(REFERENCE) $@
endif

.PHONY: bench
bench: ## measure side by side; REFERENCE=commit to compare with, ONLY=reads,bookings for some, BENCH_RUNS=1 for a quick look; writes docs/BENCHMARKS.md
	scripts/install-if-missing wrk wrk
	cargo build --release --package boxoffice --package boxoffice-benches
	BOXOFFICE_MARIADB_OPTIONS='$(BENCH_MARIADB_OPTIONS)' scripts/with-mariadb $(TARGET_DIR)/release/on_sale
ifndef ONLY
	cargo bench --package boxoffice-domain -- --quick
endif
