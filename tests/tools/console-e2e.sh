#!/usr/bin/env bash
# The console in real Chromium against real servers: `console-e2e.sh [story|daily|people] [--pictures FOLDER]`; all of it without a word.
# `JUDGE=FILE console-e2e.sh judge`: a judge from outside of the repository looks at every page (daily.py says what it has to be).
# Not for: types, lint and unit tests (console.sh test). Invariant: every part runs, also when an earlier one has failed.
. "$(dirname "$0")/common.sh"
cd "$ROOT"
cp tests/judges/*.mjs tests/sso/*.mjs tests/console/*.mjs "$CACHE/judges/"
if [ "${1:-}" = judge ]; then
    [ -f "${JUDGE:-}" ] || fail "JUDGE names no file"
    cp "$JUDGE" "$CACHE/judges/judge-from-outside.mjs"
    exec "$VENV/bin/python" tests/console/daily.py "$CACHE/judges" --judge judge-from-outside.mjs ${ONLY:+--only "$ONLY"}
fi
part=all pictures=()
case ${1:-} in story | daily | people) part=$1 && shift ;; esac
if [ "${1:-}" = --pictures ]; then pictures=("${2:?a folder}"); fi
worst=0
if [ "$part" = all ] || [ "$part" = story ]; then
    say "console: a newcomer's first day"
    # Its pictures are for whoever asks for this part: the repository shows pages, not ways.
    own=()
    if [ "$part" = story ]; then own=(${pictures:+--pictures "${pictures[0]}"}); fi
    "$VENV/bin/python" tests/console/newcomer.py "$CACHE/judges" "${own[@]}" || worst=1
fi
if [ "$part" = all ] || [ "$part" = daily ]; then
    say "console: daily work"
    "$VENV/bin/python" tests/console/daily.py "$CACHE/judges" ${pictures:+--pictures "${pictures[0]}"} || worst=1
fi
if [ "$part" = all ] || [ "$part" = people ]; then
    say "console: people and administration"
    "$VENV/bin/python" tests/console/people.py "$CACHE/judges" "${pictures[@]}" || worst=1
fi
exit $worst
