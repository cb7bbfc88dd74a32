#!/usr/bin/env bash
# The web console: `console.sh build` builds console/dist unless what is there was built from the same files; `console.sh test`
# checks generated types, TypeScript, ESLint and unit tests. Not for: serving it (the server embeds the folder).
# Invariant: node_modules lie in the cache, never in the clone.
. "$(dirname "$0")/common.sh"
source=$ROOT/console work=$CACHE/console
export HOLDFAST_SCHEMA=$ROOT/schema/schema.graphql
files() { (cd "$source" && find . \( -path ./graphiql -o -path ./dist -o -path ./node_modules \) -prune -o -type f -print | LC_ALL=C sort); }

prepare() {
    mkdir -p "$work"
    find "$work" -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -rf {} +
    (cd "$source" && files | xargs tar -cf -) | tar -xf - -C "$work"
    cd "$work" || exit
    if [ ! -d node_modules ]; then rm -f "$STAMPS"/console-modules-*; fi
    once console-modules package-lock.json -- npm ci --no-audit --no-fund --ignore-scripts --silent
}

build() {
    local hash
    hash=$(cd "$source" && files | xargs cat | sha256sum | cut -c1-16)
    [ "$(cat "$source/dist/.built" 2>/dev/null)" != "$hash" ] || return 0
    say "building the console"
    prepare
    npm run --silent build
    rm -rf "$source/dist"
    cp -r dist "$source/dist"
    echo "$hash" >"$source/dist/.built"
}

check_all() {
    prepare
    npm run --silent generate
    diff -r src/gql "$source/src/gql" >&2 || fail "console/src/gql is stale: copy what 'npm run generate' writes"
    npm run --silent check
}

case ${1:-build} in
    build) build ;;
    test)
        # Files of the console and the schema decide whether there is anything to check again.
        mapfile -t inputs < <(files | sed "s|^\\.|$source|")
        once console-test "${inputs[@]}" "$HOLDFAST_SCHEMA" -- check_all
        ;;
    *) fail "usage: console.sh build|test" ;;
esac
