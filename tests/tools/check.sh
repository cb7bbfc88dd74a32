#!/usr/bin/env bash
# The cheap checks, in the order of their price: `check.sh` runs all, `check.sh NAME...` some.
# Not for: tests. Invariant: it changes nothing but what `make generate` writes.
. "$(dirname "$0")/common.sh"
cd "$ROOT"

fmt() { cargo fmt --all --check; }

sizes() { python3 tests/tools/sizes.py; }

paths() { python3 tests/tools/paths.py; }

promises() { python3 tests/tools/promises.py; }

scripts() {
    local files
    mapfile -t files < <(git ls-files -co --exclude-standard '*.sh' .ci/run)
    if command -v shellcheck >/dev/null; then shellcheck -x -P SCRIPTDIR --severity=warning "${files[@]}"; fi
    "$VENV/bin/hadolint" docker/Dockerfile
    "$VENV/bin/python" tests/tools/compose.py docker/compose.yaml docker/compose.postgres.yaml
    if command -v docker-compose >/dev/null; then
        docker-compose -f docker/compose.yaml config -q
        docker-compose -f docker/compose.postgres.yaml config -q
    fi
}

generated() {
    local before
    before=$(fingerprint schema)
    cargo run --quiet --package server --bin holdfast -- generate --folder schema
    [ "$(fingerprint schema)" = "$before" ] || fail "schema/ was not what \`make generate\` writes; it is now, commit it"
}

fingerprint() { find "$1" -type f -exec sha256sum {} + | sort; }

# The lint table of Cargo.toml decides what is an error; `pedantic` warns.
clippy() { cargo clippy --workspace --all-targets --quiet; }

docs() { RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items --quiet; }

advisories() {
    # The data lie beside the clone on the project's machines; elsewhere there is nothing to compare with.
    local data=$ROOT/../shared/advisory-db ignores=()
    if [ ! -d "$data" ]; then
        say "advisories: no data beside the clone, not checked"
        return 0
    fi
    mapfile -t ignores < <(grep -oE '^RUSTSEC-[0-9-]+' tests/tools/advisories.txt || true)
    python3 tests/tools/advisories.py Cargo.lock "$data" "${ignores[@]}"
}

schema() {
    cp "$ROOT"/tests/judges/*.mjs "$CACHE/judges/"
    SCHEMA=schema/schema.graphql "$CACHE/judges/node_modules/.bin/eslint" --config "$CACHE/judges/eslint.config.mjs" \
        schema/schema.graphql
}

operations() {
    cp "$ROOT"/tests/judges/*.mjs "$CACHE/judges/"
    PYTHONPATH=tests/demo PYTHONDONTWRITEBYTECODE=1 python3 -c '
import json, operations
print(json.dumps({k: v for k, v in vars(operations).items() if k.isupper()}))' |
        node "$CACHE/judges/operations.mjs" --schema schema/schema.graphql
}

if [ $# -eq 1 ]; then
    say "check: $1"
    "$1"
    exit
fi
[ $# -gt 0 ] || set -- fmt sizes paths promises scripts generated clippy docs advisories schema operations
failed=()
# Each in a shell of its own, so that one failure does not hide the next.
for name in "$@"; do "$0" "$name" || failed+=("$name"); done
[ ${#failed[@]} -eq 0 ] || fail "checks failed: ${failed[*]}"
