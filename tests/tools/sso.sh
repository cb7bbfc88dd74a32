#!/usr/bin/env bash
# Sign-on through identity providers that are not ours, in Chromium: on SQLite, or on the database of TEST_DATABASE_URL.
# Not for: the checks themselves (tests/sso). Invariant: needs no network.
. "$(dirname "$0")/common.sh"
cd "$ROOT"
cp tests/judges/options.mjs tests/sso/*.mjs "$CACHE/judges/"
exec "$VENV/bin/python" tests/sso/run.py "$CACHE/judges"
