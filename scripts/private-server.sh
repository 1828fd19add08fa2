# Sourced by with-mariadb and with-mysql: one private database server that lives exactly as long as one command.
# It listens on 127.0.0.1 only, keeps its data in a folder of its own and touches no service of the system.
# BOXOFFICE_SERVER_DEFAULTS may name a file of settings for it.
# shellcheck shell=bash

# Outside of 32768-60999, from which the kernel assigns ports for outgoing connections.
readonly FIRST_PORT=20000
readonly LAST_PORT=32000
readonly START_ATTEMPTS=5
readonly START_SECONDS=60
readonly STOP_SECONDS=30

server_program=() # set by the script that sources this
server_defaults=--no-defaults
if [[ -n ${BOXOFFICE_SERVER_DEFAULTS-} ]]; then
    server_defaults=--defaults-file=$(readlink -f "$BOXOFFICE_SERVER_DEFAULTS")
fi
server_pid=
command_pid=
server_dir=$(mktemp -d "${TMPDIR:-/tmp}/boxoffice-server.XXXXXX")
server_log=$server_dir/server.log
# A separate folder: when a server starts, it deletes files that look like its own old temporary tables.
server_tmpdir=$server_dir/tmp
mkdir "$server_tmpdir"

trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Options that both servers support. Commits stay durable, because tests kill the program while it works.
server_options=(
    --user="$EUID"
    --datadir="$server_dir/data"
    --tmpdir="$server_tmpdir"
    --socket="$server_dir/socket"
    --pid-file="$server_dir/pid"
    --bind-address=127.0.0.1
    --skip-name-resolve
    --character-set-server=utf8mb4
    --max-connections=500
    --innodb-flush-log-at-trx-commit=1
    --init-file="$server_dir/init.sql"
    --ssl-ca="$server_dir/ca.pem"
    --ssl-cert="$server_dir/server.pem"
    --ssl-key="$server_dir/server.key"
)

# Certificates for tests with TLS, which live as long as the server: an authority's and the server's own.
make_certificates() {
    local key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2)
    {
        openssl req -x509 "${key[@]}" -subj /CN=boxoffice-test-authority \
            -keyout "$server_dir/ca.key" -out "$server_dir/ca.pem"
        openssl req -x509 "${key[@]}" -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
            -addext basicConstraints=critical,CA:FALSE -CA "$server_dir/ca.pem" -CAkey "$server_dir/ca.key" \
            -keyout "$server_dir/server.key" -out "$server_dir/server.pem"
    } 2>"$server_dir/openssl.log" || fail_with_log "$server_dir/openssl.log" "the certificates could not be made"
}

# start_server [OPTION...]: starts the server on a free port. Exports its URL as BOXOFFICE_TEST_SERVER_URL and the
# certificate of its authority as BOXOFFICE_TEST_SERVER_CA.
start_server() {
    make_certificates
    cat >"$server_dir/init.sql" <<'SQL'
CREATE USER IF NOT EXISTS 'boxoffice'@'%' IDENTIFIED BY 'boxoffice';
GRANT ALL PRIVILEGES ON *.* TO 'boxoffice'@'%' WITH GRANT OPTION;
SQL
    local attempt port
    for ((attempt = 1; attempt <= START_ATTEMPTS; attempt++)); do
        port=$(free_port)
        in_own_group setpriv --pdeathsig TERM "${server_program[@]}" "$server_defaults" "${server_options[@]}" "$@" \
            --port="$port" >"$server_log" 2>&1
        server_pid=$group_pid
        if server_is_ready; then
            export BOXOFFICE_TEST_SERVER_URL=mysql://boxoffice:boxoffice@127.0.0.1:$port
            export BOXOFFICE_TEST_SERVER_CA=$server_dir/ca.pem
            echo "$(basename "$0"): BOXOFFICE_TEST_SERVER_URL=$BOXOFFICE_TEST_SERVER_URL" >&2
            return
        fi
        # Another process may have taken the port between the check and the start; every other failure is final.
        grep -q 'Address already in use' "$server_log" || break
        stop_group "$server_pid"
    done
    fail_with_log "$server_log" "the server did not start"
}

# run_command COMMAND...: exits with the command's status. The command cannot read from the terminal.
run_command() {
    in_own_group "$@"
    command_pid=$group_pid
    local status=0
    wait "$command_pid" || status=$?
    exit "$status"
}

fail_with_log() {
    tail -n 40 "$1" >&2
    echo "error: $(basename "$0"): $2; the end of its log is above" >&2
    exit 1
}

clean_up() {
    trap '' HUP INT TERM
    stop_group "$command_pid"
    stop_group "$server_pid"
    rm -rf "$server_dir"
}

# The command has a process group of its own. Ctrl-C therefore does not reach the server before the command has ended,
# and the command can be stopped together with its children.
in_own_group() {
    set -m
    "$@" &
    group_pid=$!
    set +m
}

# Asks the group to end, waits for its first process and kills what is left.
stop_group() {
    local group=$1 deadline=$((SECONDS + STOP_SECONDS))
    [[ -n $group ]] || return 0
    kill -TERM -- "-$group" 2>/dev/null || return 0
    while kill -0 "$group" 2>/dev/null && ((SECONDS < deadline)); do
        sleep 0.05
    done
    kill -KILL -- "-$group" 2>/dev/null || true
}

free_port() {
    local port
    while true; do
        port=$((FIRST_PORT + RANDOM % (LAST_PORT - FIRST_PORT + 1)))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
}

server_is_ready() {
    local deadline=$((SECONDS + START_SECONDS))
    while ((SECONDS < deadline)) && kill -0 "$server_pid" 2>/dev/null; do
        if grep -q 'ready for connections' "$server_log"; then
            return 0
        fi
        sleep 0.05
    done
    return 1
}
