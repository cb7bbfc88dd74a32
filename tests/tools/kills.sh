#!/usr/bin/env bash
# Kills the server at random moments, on SQLite and on PostgreSQL: `kills.sh [KILLS]`, 25 on each unless told.
# Not for: planned stops. Invariant: both databases are tried, also when the first fails.
. "$(dirname "$0")/common.sh"
cd "$ROOT"
count=${1:-25} worst=0
"$VENV/bin/python" tests/demo/kills.py --kills "$count" || worst=1
# The variable is set by postgres.sh.
# shellcheck disable=SC2016
tests/tools/postgres.sh run bash -c 'exec "$0" tests/demo/kills.py --kills "$1" --database "$TEST_DATABASE_URL"' \
    "$VENV/bin/python" "$count" || worst=1
exit $worst
