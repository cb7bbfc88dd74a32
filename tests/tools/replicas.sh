#!/usr/bin/env bash
# Two servers on a private PostgreSQL, one of them killed at work: `replicas.sh`.
# Not for: SQLite, which has one server. Invariant: the database goes away with the test.
. "$(dirname "$0")/common.sh"
cd "$ROOT"
# The variable is set by postgres.sh.
# shellcheck disable=SC2016
tests/tools/postgres.sh run bash -c 'exec "$0" tests/demo/replicas.py --database "$TEST_DATABASE_URL"' "$VENV/bin/python"
