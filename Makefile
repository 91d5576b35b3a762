# PulseBoard. `make run` builds and starts everything; CONTRIBUTING.md tells the rest.

TARGET := $(or $(CARGO_TARGET_DIR),target)
WEB_SOURCES := web/package-lock.json web/index.html web/vite.config.ts \
	$(shell find web/src web/public web/scripts -type f 2>/dev/null)

.PHONY: run build test check bench chaos dev generate

# Installs what is missing, builds, and runs it on http://127.0.0.1:8080.
run:
	@deploy/timed "set-up" deploy/setup run
	@$(MAKE) --no-print-directory build
	@exec $(TARGET)/release/pulseboard up

# Leaves target/release/pulseboard, with the web app inside.
build: web/dist/index.html
	@deploy/timed "release build" cargo build --release --package pulseboard

web/dist/index.html: $(WEB_SOURCES)
	@deploy/setup run
	@deploy/timed "web build" npm --prefix web run --silent build
	@touch $@

# Every test: units, web, integration (bus in process, then by Redis), browser.
test:
	@.ci/test

# Formatting, lints, types, sizes, generated files, scripts, compose files.
check:
	@.ci/check

# Raw limits and the product in turn: a table of ratios. `make bench ARGS=--quick` takes a minute. See
# docs/performance.md.
bench: web/dist/index.html
	@deploy/setup test
	@deploy/timed "release build" cargo build --release --workspace
	@cargo build --release --quiet --package pulseboard-api --example noop
	@$(TARGET)/release/pulseboard-bench $(ARGS)

# Breaks what PulseBoard stands on, under load, and counts what is lost: about eleven minutes.
# `make chaos ARGS=--quick` takes four. See docs/trust.md.
chaos: web/dist/index.html
	@deploy/setup test
	@deploy/timed "release build" cargo test --release --quiet --package pulseboard --test chaos --no-run
	@cargo test --release --quiet --package pulseboard --test chaos -- $(ARGS)

# The API from a debug build, and Vite's server with reload for the web app. Ctrl-C ends both.
dev: web/dist/index.html
	@cargo build --workspace
	@trap 'kill $$api 2>/dev/null; wait $$api' EXIT; trap 'exit 130' INT; trap 'exit 143' TERM; \
		$(TARGET)/debug/pulseboard up & api=$$!; npm --prefix web run dev

# Writes the files that are made from others: the OpenAPI document and the web's types of it.
generate: web/dist/index.html
	@cargo test --quiet --workspace --no-run
	@$(TARGET)/debug/pulseboard openapi > api/openapi.json.new
	@mv api/openapi.json.new api/openapi.json
	@npm --prefix web run --silent types
