# A fresh machine needs Rust, Node, gcc and make; what else a target needs, it installs (see scripts/).
SHELL := bash
.DEFAULT_GOAL := help

TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)

# The tests that depend on the database server, wherever in the workspace they are.
SERVER_TESTS := --test store_contract --test explain --test connections --test replica --test errors --test migrations --test it

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## build, then sell tickets on the embedded database with demo data
	cargo build --release
	$(TARGET_DIR)/release/boxoffice serve --demo

.PHONY: test
test: ## run every test against a private MariaDB
	scripts/with-mariadb cargo test --workspace --all-features

.PHONY: test-mysql
test-mysql: ## run what depends on the server against a real MySQL (or the one at BOXOFFICE_TEST_MYSQL_URL)
	scripts/with-mysql cargo test --workspace --all-features $(SERVER_TESTS)

.PHONY: lint
lint: ## check formatting, lints, documentation, architecture and scripts
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- --deny warnings
	RUSTDOCFLAGS='--deny warnings' cargo doc --workspace --all-features --no-deps
	scripts/check-architecture
	scripts/install-if-missing shellcheck shellcheck
	shellcheck --external-sources scripts/* .ci/run

# Enough memory and log that the server does not write pages back in the middle of a short run.
BENCH_MARIADB_OPTIONS := --innodb-buffer-pool-size=2G --innodb-log-file-size=512M

ifndef ONLY
bench: export BENCH_DOCUMENT ?= docs/BENCHMARKS.md
endif

.PHONY: bench
bench: ## measure side by side; ONLY=reads,bookings for some, BENCH_RUNS=1 for a quick look; writes docs/BENCHMARKS.md
	scripts/install-if-missing wrk wrk
	cargo build --release --package boxoffice --package boxoffice-benches
	BOXOFFICE_MARIADB_OPTIONS='$(BENCH_MARIADB_OPTIONS)' scripts/with-mariadb $(TARGET_DIR)/release/on_sale
ifndef ONLY
	cargo bench --package boxoffice-domain -- --quick
endif
