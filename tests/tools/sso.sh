#!/usr/bin/env bash
# Sign-on through identity providers that are not ours, in Chromium, on SQLite and on a private PostgreSQL:
# `sso.sh [sqlite|postgres]`.
# Not for: the checks themselves (tests/sso). Invariant: needs no network; both databases are tried, also when the first fails.
. "$(dirname "$0")/common.sh"
cd "$ROOT"
cp tests/judges/options.mjs tests/sso/*.mjs "$CACHE/judges/"
journey=("$VENV/bin/python" tests/sso/run.py "$CACHE/judges")
worst=0
if [ "${1:-sqlite}" = sqlite ]; then
    say "sign-on on SQLite"
    env -u TEST_DATABASE_URL "${journey[@]}" || worst=1
fi
if [ "${1:-postgres}" = postgres ]; then
    say "sign-on on PostgreSQL"
    tests/tools/postgres.sh run "${journey[@]}" || worst=1
fi
exit $worst
