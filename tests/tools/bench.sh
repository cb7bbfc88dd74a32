#!/usr/bin/env bash
# All benchmarks of tests/bench that are there, one after the other; each writes its report into docs/benchmarks/.
# Not for: CI. Invariant: release builds only.
. "$(dirname "$0")/common.sh"
cd "$ROOT"
shopt -s nullglob
found=0
for script in tests/bench/*.sh; do
    say "bench: $script"
    bash "$script"
    found=1
done
[ $found = 1 ] || fail "tests/bench has no script"
