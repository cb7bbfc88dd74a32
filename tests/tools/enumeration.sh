#!/usr/bin/env bash
# Whether answers tell who has an account, on SQLite and on PostgreSQL: `enumeration.sh [PAIRS]`, 100 unless told; from 1,000 on time counts.
# Not for: the questions (tests/enumeration). Invariant: both databases are tried, also when the first fails.
. "$(dirname "$0")/common.sh"
cd "$ROOT"
ask=("$VENV/bin/python" tests/enumeration/enumeration.py "${1:-100}")
worst=0
env -u TEST_DATABASE_URL "${ask[@]}" || worst=1
tests/tools/postgres.sh run "${ask[@]}" || worst=1
exit $worst
