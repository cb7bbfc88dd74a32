#!/usr/bin/env bash
# Installs what is missing: `setup.sh demo` for the demo, `setup.sh test` for the tests as well. Debian and its kin.
# Not for: the Rust toolchain. Invariant: a second run does nothing and takes no time.
. "$(dirname "$0")/common.sh"

# command that must be there, and the Debian package that brings it
DEMO_TOOLS=(cc:gcc curl:curl mke2fs:e2fsprogs debugfs:e2fsprogs restic:restic python3:python3)
# C libraries of the SAML signature check, and what its build asks for them.
BUILD_LIBRARIES=(xmlsec1:libxmlsec1-dev libxml-2.0:libxml2-dev openssl:libssl-dev)
# The makers and checkers of file systems are for the tests of proof; a server needs the checkers only.
TEST_TOOLS=(mkfs.xfs:xfsprogs mkfs.btrfs:btrfs-progs mkfs.fat:dosfstools node:nodejs npm:npm shellcheck:shellcheck chromium:chromium php:php-cli)

packages_missing() {
    local pair
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null || echo "${pair#*:}"
    done
    command -v pkg-config >/dev/null || echo pkg-config
    for pair in "${BUILD_LIBRARIES[@]}"; do
        pkg-config --exists "${pair%%:*}" 2>/dev/null || echo "${pair#*:}"
    done
    # Not libclang-cpp, which other packages bring and bindgen cannot use.
    compgen -G '/usr/lib/llvm-*/lib/libclang.so*' >/dev/null || echo libclang-dev
    python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    if [ "$level" = test ] && [ ! -d /usr/share/simplesamlphp ]; then echo simplesamlphp; fi
    if [ "$level" = test ] && command -v php >/dev/null && ! php -m | grep -qx SimpleXML; then echo php-xml; fi
    if [ "$level" = test ] && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then echo postgresql; fi
    if [ "$level" = test ] && ! compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null; then echo libfaketime; fi
}

install_packages() {
    local missing sudo=()
    mapfile -t missing < <(packages_missing "$@" | sort -u)
    [ ${#missing[@]} -eq 0 ] && return 0
    say "installing ${missing[*]}"
    command -v apt-get >/dev/null || fail "please install: ${missing[*]}"
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "please install as root: ${missing[*]}"
        sudo=(sudo)
    fi
    "${sudo[@]}" apt-get update -q
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
}

install_python() {
    say "installing the Python packages of the AWS stand-in into $VENV"
    [ -x "$VENV/bin/python" ] || python3 -m venv "$VENV"
    "$VENV/bin/pip" install --quiet --disable-pip-version-check -r "$ROOT/tests/awsim/requirements.txt"
}

install_judges() {
    say "installing the npm packages of the judges into $CACHE/judges"
    mkdir -p "$CACHE/judges"
    cp "$ROOT"/tests/judges/{package.json,package-lock.json,.npmrc} "$CACHE/judges/"
    (cd "$CACHE/judges" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
}

level=${1:-demo}
tools=("${DEMO_TOOLS[@]}")
[ "$level" = test ] && tools+=("${TEST_TOOLS[@]}")
command -v cargo >/dev/null || fail "the Rust toolchain is missing (cargo, see Cargo.toml for the version)"
install_packages "${tools[@]}"
# A virtual environment outlives an upgrade of Python badly; then it is made anew.
if [ -d "$VENV" ] && ! "$VENV/bin/python" -c '' 2>/dev/null; then rm -rf "$VENV" "$STAMPS"/python-*; fi
[ -d "$VENV" ] || rm -f "$STAMPS"/python-*
once python "$ROOT/tests/awsim/requirements.txt" -- install_python
if [ "$level" = test ]; then
    [ -d "$CACHE/judges/node_modules" ] || rm -f "$STAMPS"/judges-*
    once judges "$ROOT/tests/judges/package-lock.json" "$ROOT/tests/judges/package.json" -- install_judges
fi
