#!/usr/bin/env bash
# Builds the bundled GraphiQL into console/graphiql/dist, unless what is there was built from the same files.
# Not for: serving it (the server embeds the folder). Invariant: node_modules lie in the cache, never in the clone.
. "$(dirname "$0")/common.sh"
source=$ROOT/console/graphiql work=$CACHE/graphiql
files() { (cd "$source" && find . -path ./dist -prune -o -path ./node_modules -prune -o -type f -print | LC_ALL=C sort); }
hash=$(cd "$source" && files | xargs cat | sha256sum | cut -c1-16)
[ "$(cat "$source/dist/.built" 2>/dev/null)" != "$hash" ] || exit 0
say "building GraphiQL"
mkdir -p "$work"
find "$work" -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -rf {} +
(cd "$source" && files | xargs tar -cf - ) | tar -xf - -C "$work"
cd "$work"
if [ ! -d node_modules ]; then rm -f "$STAMPS"/graphiql-*; fi
once graphiql package-lock.json -- npm ci --no-audit --no-fund --silent
npm run --silent build
rm -rf "$source/dist"
cp -r dist "$source/dist"
echo "$hash" > "$source/dist/.built"
