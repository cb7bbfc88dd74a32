#!/usr/bin/env bash
# The page of 100 assets with policy and last recovery point, by one client process over 32 connections: Holdfast (authorised, from
# SQLite), mercurius with JIT over better-sqlite3 on the same file, and a bare async-graphql server that answers from memory.
# Writes BENCH_OUT, else docs/benchmarks/graphql.md. BENCH_ROUNDS, BENCH_SECONDS and BENCH_ASSETS make it smaller.
# Not a test. Invariant: one server at work at a time, in turn, every round; a wrong or empty answer ends the run.
. "$(dirname "$0")/../tools/common.sh"
cd "$ROOT"
out=${BENCH_OUT:-docs/benchmarks/graphql.md}
rounds=${BENCH_ROUNDS:-5} seconds=${BENCH_SECONDS:-8} assets=${BENCH_ASSETS:-1000}
cargo build --release --package server --bin holdfast --example bare_graphql
cargo build --release --package store --example seed_fleet
command -v wrk >/dev/null || apt-get install --yes --no-install-recommends wrk >/dev/null
mkdir -p "$CACHE/bench-page"
cp tests/bench/page/* "$CACHE/bench-page/"
once bench-page tests/bench/page/package.json -- npm --prefix "$CACHE/bench-page" install --no-audit --no-fund --silent
work=$(mktemp -d)
servers=()
end() {
    [ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT
release=$CARGO_TARGET_DIR/release
config=$work/holdfast.toml
cat >"$config" <<EOF
[http]
listen = "127.0.0.1:21801"
public_url = "http://127.0.0.1:21801"
[limits]
address_requests_per_second = 0
credential_cost_per_second = 0
organization_cost_per_second = 0
[database]
url = "sqlite:$work/holdfast.db"
[vault]
kind = "folder"
path = "$work/vault"
[keys]
root_key_file = "$work/root.key"
EOF
printf 'Aa7-%s\n' "$(head -c 12 /dev/urandom | base64 | tr -d '/+=')" >"$work/password"
holdfast() { "$release/holdfast" --config "$config" "$@"; }
holdfast init --organization Bench --name Ann --email ann@bench.example --password-file "$work/password" >/dev/null
holdfast_token=$(holdfast token create --email ann@bench.example --name bench --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["token"])')
"$release/examples/seed_fleet" "sqlite:$work/holdfast.db" "$assets"
# Not through the function: its shell would be measured instead of the server.
"$release/holdfast" --config "$config" serve >"$work/holdfast.log" 2>&1 &
servers+=($!)
"$release/examples/bare_graphql" 127.0.0.1:21802 >"$work/bare.log" 2>&1 &
servers+=($!)
node "$CACHE/bench-page/mercurius.mjs" 21803 "$work/holdfast.db" >"$work/mercurius.log" 2>&1 &
servers+=($!)
# shellcheck disable=SC2016
query='query Page($first: Int!) { assets(first: $first) { nodes { id name kind region nativeId policy { id name isActive } lastRecoveryPoint { id takenAt status sizeBytes } } } }'
BODY=$(python3 -c 'import json,sys; print(json.dumps({"query": sys.argv[1], "operationName": "Page", "variables": {"first": 100}}))' "$query")
export BODY
declare -A port=([holdfast]=21801 [bare]=21802 [mercurius]=21803)

# The answer must hold 100 assets, each with policy and point: what answers fast with errors is not measured.
check() {
    curl --silent --fail --retry 60 --retry-connrefused --retry-delay 1 "http://127.0.0.1:${port[$1]}/graphql" \
        -H 'content-type: application/json' ${TOKEN:+-H "authorization: Bearer $TOKEN"} -d "$BODY" >"$work/answer.json"
    python3 - "$1" "$work/answer.json" <<'EOF'
import json, os, sys
nodes = json.load(open(sys.argv[2]))["data"]["assets"]["nodes"]
assert len(nodes) == 100 and all(n["policy"] and n["lastRecoveryPoint"] for n in nodes), nodes[:1]
print(f"{sys.argv[1]}: {os.path.getsize(sys.argv[2])} bytes", file=sys.stderr)
EOF
}
token_of() {
    unset TOKEN
    if [ "$1" = holdfast ]; then export TOKEN=$holdfast_token; fi
}
for name in holdfast mercurius bare; do
    token_of "$name"
    check "$name"
done
for round in $(seq "$rounds"); do
    for name in holdfast mercurius bare; do
        token_of "$name"
        row=$(wrk -t1 -c32 "-d${seconds}s" --timeout 10s -s "$CACHE/bench-page/page.lua" "http://127.0.0.1:${port[$name]}/graphql" | sed -n 's/^RESULT //p')
        say "round $round, $name: $row"
        echo "$name $row" >>"$work/rows"
    done
done
i=0
for name in holdfast bare mercurius; do
    echo "$name $(awk '/VmHWM/ {print int($2 / 1024)}' "/proc/${servers[$i]}/status")" >>"$work/memory"
    i=$((i + 1))
done
python3 tests/bench/page/report.py "$work/rows" "$work/memory" "$assets" "$seconds" >"$work/report.md"
mv "$work/report.md" "$out"
