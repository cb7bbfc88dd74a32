#!/usr/bin/env bash
# The Rust tests, by nextest where it is installed, else by cargo test: `rust-tests.sh [FILTER]`.
# Not for: choosing a database (TEST_DATABASE_URL does). Invariant: the tests' own closing line is the last thing printed.
. "$(dirname "$0")/common.sh"
cd "$ROOT"
# For tests that start the AWS stand-in.
export HOLDFAST_AWSIM_PYTHON=$VENV/bin/python
if cargo nextest --version >/dev/null 2>&1; then
    exec cargo nextest run --workspace --no-fail-fast --status-level fail --final-status-level fail ${1:+"$1"}
fi
exec cargo test --workspace --no-fail-fast --quiet ${1:+-- "$1"}
