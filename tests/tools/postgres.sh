#!/usr/bin/env bash
# A private PostgreSQL for tests, on loopback only, in a folder that goes away:
#     postgres.sh run COMMAND...     runs the command with TEST_DATABASE_URL set
#     postgres.sh start              prints TEST_DATABASE_URL=... and POSTGRES_DIR=...
#     postgres.sh stop DIR           stops what `start` has started
# Not for data: it does not sync. Invariant: it never touches a cluster of the system.
. "$(dirname "$0")/common.sh"

bin() {
    local newest
    newest=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -1) || true
    [ -n "$newest" ] || fail "PostgreSQL is missing: make setup-test"
    echo "$newest"
}

# initdb and postgres refuse to run as root.
as_owner() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start() {
    local dir port bin
    bin=$(bin)
    dir=$(mktemp -d /tmp/holdfast-postgres.XXXXXX)
    if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
    # The work folder of the caller may be closed to the owner.
    cd "$dir"
    as_owner "$bin/initdb" -D "$dir/data" -U holdfast --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    port=$(free_port)
    as_owner tee -a "$dir/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$dir'
max_connections = 300
fsync = off
synchronous_commit = off
full_page_writes = off
CONF
    as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start >/dev/null || fail "$(tail -5 "$dir/log")"
    as_owner "$bin/createdb" -h 127.0.0.1 -p "$port" -U holdfast holdfast_test
    echo "TEST_DATABASE_URL=postgres://holdfast@127.0.0.1:$port/holdfast_test"
    echo "POSTGRES_DIR=$dir"
}

stop() {
    case $1 in /tmp/holdfast-postgres.*) ;; *) fail "$1 is not one of ours" ;; esac
    cd /
    as_owner "$(bin)/pg_ctl" -D "$1/data" -m immediate stop >/dev/null || true
    rm -rf "$1"
}

case ${1:-} in
    start) start ;;
    stop) stop "${2:?DIR is missing}" ;;
    run)
        shift
        settings=$(start)
        eval "$settings"
        export TEST_DATABASE_URL
        # shellcheck disable=SC2064  # the folder of now is meant
        trap "'$0' stop '$POSTGRES_DIR'" EXIT
        "$@"
        ;;
    *) fail "usage: postgres.sh run COMMAND... | start | stop DIR" ;;
esac
