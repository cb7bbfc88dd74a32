# shellcheck shell=bash
# What the scripts of this folder share: where things lie, and how to say what happens. Sourced, never run.
# shellcheck disable=SC2034
# Invariant: nothing that is downloaded or built goes into the clone.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${HOLDFAST_CACHE:-$HOME/.cache/holdfast}
VENV=$CACHE/venv
STAMPS=$CACHE/stamps
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CACHE/target}
PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$STAMPS"

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "error: $*"
    exit 1
}

# once NAME FILE... -- COMMAND...: runs the command unless it has succeeded before with the same files.
once() {
    local name=$1 files=() hash
    shift
    while [ "$1" != -- ]; do
        files+=("$1")
        shift
    done
    shift
    hash=$(cat "${files[@]}" | sha256sum | cut -c1-16)
    [ -e "$STAMPS/$name-$hash" ] && return 0
    "$@"
    rm -f "$STAMPS/$name"-*
    touch "$STAMPS/$name-$hash"
}
