#!/usr/bin/env bash
# All benchmarks, one after the other; each writes its report into docs/benchmarks/. BENCH_ROUNDS and BENCH_MIB make it
# smaller. Not for: CI. Invariant: release builds only, and no build runs while something is measured.
. "$(dirname "$0")/common.sh"
cd "$ROOT"
shopt -s nullglob
mkdir -p docs/benchmarks
cargo build --release --package vault --example image_bench --example bare_loop
rustic=$(command -v rustic || true)
# A second restic, e.g. the 0.18 of a newer Debian: RESTIC_NEWER=/path/to/restic.
python3 tests/bench/backup.py --bench-binary "$CARGO_TARGET_DIR/release/examples/image_bench" --bare "$CARGO_TARGET_DIR/release/examples/bare_loop" \
    --rounds "${BENCH_ROUNDS:-5}" --size-mib "${BENCH_MIB:-1024}" --restic restic ${RESTIC_NEWER:+--restic "$RESTIC_NEWER"} ${rustic:+--rustic "$rustic"} \
    --out docs/benchmarks/vault.md
for script in tests/bench/*.sh; do
    say "bench: $script"
    bash "$script"
done
