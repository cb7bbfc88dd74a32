#!/usr/bin/env bash
# All of `make test`, cheap first; every part runs, and the last line says how many passed.
# Not for: installing. Invariant: the exit code is 0 only when every part passed.
. "$(dirname "$0")/common.sh"
cd "$ROOT"
# Longest time of one part, in seconds: a part that hangs must not eat the time of the others.
PART_SECONDS_MAX=2400
passed=0 failed=() times=()
for part in check test-console test-console-e2e test-awsim test-sqlite test-postgres test-judges test-sso test-story test-enumeration demo-check test-replicas test-prune test-stopped-hour test-disk-full test-kills; do
    say "== $part"
    begun=$SECONDS
    if timeout --kill-after=30 "$PART_SECONDS_MAX" "${MAKE:-make}" --no-print-directory "$part"; then
        passed=$((passed + 1))
        say "== $part passed in $((SECONDS - begun)) s"
    else
        failed+=("$part")
        say "== $part FAILED after $((SECONDS - begun)) s"
    fi
    times+=("$part $((SECONDS - begun)) s")
done
# At the end, where whoever sees only the last lines of a log finds it.
printf '  %s\n' "${times[@]}"
[ ${#failed[@]} -eq 0 ] || say "failed: ${failed[*]}"
echo "$passed passed, ${#failed[@]} failed"
[ ${#failed[@]} -eq 0 ]
