#!/usr/bin/env bash
# The preview of one more rule over a whole fleet beside the naive loop. Writes BENCH_OUT, else docs/benchmarks/preview.md.
# BENCH_FLEET, BENCH_RULES and BENCH_PREVIEW_ROUNDS make it smaller. Not a test. Invariant: both sides found the same assets.
. "$(dirname "$0")/../tools/common.sh"
cd "$ROOT"
if [ -z "${BENCH_PREVIEW_BINARY:-}" ]; then
    cargo build --release --package domain --example plan_bench
    BENCH_PREVIEW_BINARY=$CARGO_TARGET_DIR/release/examples/plan_bench
fi
out=${BENCH_OUT:-docs/benchmarks/preview.md}
fleet=${BENCH_FLEET:-1000000} rules=${BENCH_RULES:-1000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
begun=$(cut -d' ' -f1-3 /proc/loadavg)
for round in $(seq "${BENCH_PREVIEW_ROUNDS:-3}"); do
    "$BENCH_PREVIEW_BINARY" "$fleet" "$rules" >"$work/$round.json"
done
{
    echo "# The preview of a draft rule"
    echo
    echo "\`tests/bench/preview.sh\` (part of \`make bench\`): \`src/domain/examples/plan_bench.rs\`, release build. $fleet assets with 4 tags each in 300 accounts and 8"
    echo "regions, $rules rules, 20 policies of three frequencies; the draft is one more rule at the end of the list. The preview decides every asset before and"
    echo "after, compares, forecasts runs, storage and cost on both sides, and hashes what it found (median of five in each run). The naive loop only"
    echo "decides (\`Condition::matches\`, rule after rule) and compares, over 20,000 of the assets in the same process, scaled; both name the same assets, else the"
    echo "bench stops. $(nproc) cores, shared with compilations: load $begun at the start, $(cut -d' ' -f1-3 /proc/loadavg) at the end; so"
    echo "seconds of a processor (\`/proc/self/schedstat\`) stand beside those of the clock. Aim: less than 0.1 s."
    echo
    echo "| run | assets that the draft takes | preview, s | of a processor, s | naive, scaled, of a processor, s | times as fast |"
    echo "|---|---|---|---|---|---|"
    python3 tests/bench/table.py gained preview_seconds preview_processor_seconds naive_processor_seconds_scaled naive_to_preview -- "$work"/*.json
    echo
    echo "What is not in it: the database. \`app::fleets\` keeps the fleet in memory and brings it up to date from the outbox before each look."
} >"$work/report.md"
mv "$work/report.md" "$out"
