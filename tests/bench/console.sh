#!/usr/bin/env bash
# How fast the console is, in Chromium, against a server with the demo fleet: Lighthouse on the main pages, JavaScript that
# each page loads first, and how soon the dashboard can be used. Writes BENCH_OUT, else docs/benchmarks/console.md; BENCH_ROUNDS
# makes it smaller. Not a test: the pages are judged by tests/console. Invariant: each load begins with an empty cache.
. "$(dirname "$0")/../tools/common.sh"
cd "$ROOT"
tests/tools/console.sh build
# Another server, such as a dev build that is there: HOLDFAST_BIN=/path/to/holdfast.
[ -n "${HOLDFAST_BIN:-}" ] || cargo build --release --package server --bin holdfast
export HOLDFAST_BIN=${HOLDFAST_BIN:-$CARGO_TARGET_DIR/release/holdfast}
mkdir -p "$CACHE/bench-console"
cp tests/bench/console/package.json "$CACHE/bench-console/"
# Lighthouse 12: later ones need a newer node than Debian's.
once bench-console tests/bench/console/package.json -- npm --prefix "$CACHE/bench-console" install --ignore-scripts --no-audit --no-fund --silent
cp tests/bench/console/*.mjs tests/judges/options.mjs tests/console/pages.mjs "$CACHE/bench-console/"
"$VENV/bin/python" tests/bench/console/console.py "$CACHE/bench-console" --rounds "${BENCH_ROUNDS:-3}" --out "${BENCH_OUT:-docs/benchmarks/console.md}"
