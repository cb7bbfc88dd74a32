#!/usr/bin/env bash
# How many assets a second compliance judges beside a bare count of the same rows: SQLite, then a private PostgreSQL that syncs
# each commit. Writes BENCH_OUT, else docs/benchmarks/compliance.md. BENCH_ASSETS, BENCH_POINTS and
# BENCH_COMPLIANCE_ROUNDS make it smaller. Not a test. Invariant: both databases commit durably.
. "$(dirname "$0")/../tools/common.sh"
cd "$ROOT"
if [ -z "${BENCH_COMPLIANCE_BINARY:-}" ]; then
    cargo build --release --package tasks --example compliance_bench
    BENCH_COMPLIANCE_BINARY=$CARGO_TARGET_DIR/release/examples/compliance_bench
fi
out=${BENCH_OUT:-docs/benchmarks/compliance.md}
assets=${BENCH_ASSETS:-200000} points=${BENCH_POINTS:-7}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BENCH_COMPLIANCE_BINARY assets points
on_postgres() {
    psql --quiet "$TEST_DATABASE_URL" -c 'ALTER SYSTEM SET fsync = on' -c 'ALTER SYSTEM SET synchronous_commit = on' -c 'SELECT pg_reload_conf()' >/dev/null
    "$BENCH_COMPLIANCE_BINARY" "$TEST_DATABASE_URL" "$assets" "$points"
}
export -f on_postgres
begun=$(cut -d' ' -f1-3 /proc/loadavg)
for round in $(seq "${BENCH_COMPLIANCE_ROUNDS:-3}"); do
    "$BENCH_COMPLIANCE_BINARY" "sqlite:$work/$round.db" "$assets" "$points" >"$work/$round.SQLite.json"
    rm -f "$work/$round".db*
    bash tests/tools/postgres.sh run bash -c on_postgres >"$work/$round.PostgreSQL.json"
done
{
    echo "# Compliance over a fleet"
    echo
    echo "\`tests/bench/compliance.sh\` (part of \`make bench\`): \`src/tasks/examples/compliance_bench.rs\`, release build. $assets volumes under one daily policy, each with $points"
    echo "recovery points; every one is judged (four controls, a record each) at the first look and again after a change of the controls. Beside it, in the same run, a"
    echo "bare count that reads each asset and each of its points once and decides nothing. $(nproc) cores, shared with compilations: load $begun at the start,"
    echo "$(cut -d' ' -f1-3 /proc/loadavg) at the end. SQLite: WAL, \`synchronous=FULL\`. PostgreSQL: \`fsync\` and \`synchronous_commit\` on, same machine."
    echo
    echo "| run | first look, s | all again, s | assets a second | bare count, s | all again / bare count | nothing to do, s |"
    echo "|---|---|---|---|---|---|---|"
    python3 tests/bench/table.py first_look.seconds all_dirty.seconds all_dirty.assets_per_second bare_count_seconds all_dirty_to_bare_count nothing_to_do_seconds -- "$work"/*.json
} >"$work/report.md"
mv "$work/report.md" "$out"
