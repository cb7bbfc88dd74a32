#!/usr/bin/env bash
# The acceptance story of accounts as one run, on SQLite and on a private PostgreSQL: `story.sh [sqlite|postgres]`.
# Not for: the story (tests/story). Invariant: both databases are tried, also when the first fails.
. "$(dirname "$0")/common.sh"
cd "$ROOT"
cp tests/judges/options.mjs tests/sso/*.mjs tests/story/*.mjs "$CACHE/judges/"
story=("$VENV/bin/python" tests/story/story.py "$CACHE/judges")
worst=0
if [ "${1:-sqlite}" = sqlite ]; then
    say "story on SQLite"
    env -u TEST_DATABASE_URL "${story[@]}" || worst=1
fi
if [ "${1:-postgres}" = postgres ]; then
    say "story on PostgreSQL"
    tests/tools/postgres.sh run "${story[@]}" || worst=1
fi
exit $worst
