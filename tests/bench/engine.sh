#!/usr/bin/env bash
# Tasks a second of the engine against a bare loop on the same database: SQLite, then a private PostgreSQL that syncs each
# commit. Writes BENCH_OUT, else docs/benchmarks/engine.md. BENCH_TASKS and BENCH_ENGINE_ROUNDS make it smaller.
# Not a test. Invariant: both databases commit durably.
. "$(dirname "$0")/../tools/common.sh"
cd "$ROOT"
if [ -z "${BENCH_ENGINE_BINARY:-}" ]; then
    cargo build --release --package tasks --example engine_bench
    BENCH_ENGINE_BINARY=$CARGO_TARGET_DIR/release/examples/engine_bench
fi
out=${BENCH_OUT:-docs/benchmarks/engine.md}
tasks=${BENCH_TASKS:-10000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BENCH_ENGINE_BINARY tasks work
on_postgres() {
    psql --quiet "$TEST_DATABASE_URL" -c 'ALTER SYSTEM SET fsync = on' -c 'ALTER SYSTEM SET synchronous_commit = on' -c 'SELECT pg_reload_conf()' >/dev/null
    "$BENCH_ENGINE_BINARY" "$TEST_DATABASE_URL" "$tasks"
}
export -f on_postgres
{
    echo "# The task engine"
    echo
    echo "\`tests/bench/engine.sh\` (part of \`make bench\`): \`engine_bench\`, release build, $tasks tasks a run of one step each, claimed, run and finished durably, beside a"
    echo "bare loop (claim, finish; a commit each, nothing else) in the same run; and \`$tasks\` windows due at once, turned into tasks by two schedulers, beside a"
    echo "bare loop that takes one due row, queues one and moves it on. $(nproc) cores, shared with compilations: load $(cut -d' ' -f1-3 /proc/loadavg) at the start."
    echo "Aim: at least 0.5 x the best bare loop. SQLite: WAL, \`synchronous=FULL\`. PostgreSQL: \`fsync\` and \`synchronous_commit\` on, same machine."
    for round in $(seq "${BENCH_ENGINE_ROUNDS:-1}"); do
        for database in SQLite PostgreSQL; do
            echo
            echo "## Round $round, $database"
            echo
            echo '```json'
            case $database in
                SQLite) "$BENCH_ENGINE_BINARY" "sqlite:$work/bench-$round.db" "$tasks" ;;
                PostgreSQL) bash tests/tools/postgres.sh run bash -c on_postgres ;;
            esac
            echo '```'
        done
    done
    echo
    echo "Load at the end: $(cut -d' ' -f1-3 /proc/loadavg)."
} >"$work/report.md"
mv "$work/report.md" "$out"
