#!/usr/bin/env bash
# Runs the judges of tests/judges against a server of its own: GraphQL over HTTP, WebSocket, SSE, real clients, the pages.
# Not for: the demo. Invariant: every judge runs, also when an earlier one has failed; the exit code is that of the worst.
. "$(dirname "$0")/common.sh"
cd "$ROOT"
cp tests/judges/*.mjs "$CACHE/judges/"
worst=0

judge() {
    local name=$1
    shift
    say "judge: $name"
    node "$CACHE/judges/$name.mjs" "$@" || worst=1
}

# The fixture starts stand-in and server, prints URL and token as shell words, and stops them when its input ends.
coproc FIXTURE { "$VENV/bin/python" tests/demo/fixture.py; }
# The array is gone when the fixture ends by itself.
# shellcheck disable=SC2153
fixture_pid=$FIXTURE_PID fixture_out=${FIXTURE[0]} fixture_in=${FIXTURE[1]}

end_fixture() {
    exec {fixture_in}>&-
    wait "$fixture_pid" || true
}
trap end_fixture EXIT
read -r -t 180 settings <&"$fixture_out" || fail "the server for the judges did not start"
eval "$settings"
socket=ws${HTTP_URL#http}
bearer="authorization: Bearer $TOKEN"
query='{ viewer { user { email } } }'
# The fixture refreshes an inventory every second, so there is always something to tell.
events='subscription { taskEvents { cursor kind } }'

judge graphql-http --url "$HTTP_URL/graphql" --header "$bearer"
judge clients --http "$HTTP_URL/graphql" --ws "$socket/graphql" --sse "$HTTP_URL/graphql" --query "$query" --sub "$events" --header "$bearer"
judge ws --url "$socket/graphql" --sub "$events" --header "$bearer"
judge page --url "$HTTP_URL/"
judge page --url "$HTTP_URL/graphiql" --widths 1280
exit $worst
