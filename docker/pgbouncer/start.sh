#!/bin/sh
# Writes the configuration and the user list from the environment, then becomes PgBouncer.
# The user list is secret: only this user can read the folder, and in compose it is memory, not disk.
set -eu
umask 077
home=/tmp/pooler
mkdir -p "$home"
# Each client and each server connection is a descriptor; some engines grant 1,024 by default.
ulimit -Sn "$(ulimit -Hn)"

# Doubling the quotes is the only quoting that the user list has.
user_line() {
  printf '"%s" "%s"\n' "$1" "$(printf '%s' "$2" | sed 's/"/""/g')"
}

{
  user_line bulwark_app "${DATABASE_APP_PASSWORD:?wants the password of bulwark_app}"
  user_line bulwark_catalog "${DATABASE_CATALOG_PASSWORD:?wants the password of bulwark_catalog}"
  user_line bulwark_account "${DATABASE_ACCOUNT_PASSWORD:?wants the password of bulwark_account}"
  user_line bulwark_payments "${DATABASE_PAYMENTS_PASSWORD:?wants the password of bulwark_payments}"
  user_line bulwark_platform "${DATABASE_PLATFORM_PASSWORD:?wants the password of bulwark_platform}"
  user_line bulwark_pooler "${DATABASE_POOLER_ADMIN_PASSWORD:?wants a password for the console of the pooler}"
} > "$home/userlist.txt"

# Settings of PgBouncer 1.18 only: an older pooler does not start with newer ones.
# Pools are per role and database: five roles x POOL_SIZE must fit under the primary's max_connections.
cat > "$home/pgbouncer.ini" <<INI
[databases]
bulwark = host=${PRIMARY_HOST:?wants the host of the primary} port=${PRIMARY_PORT:-5432} dbname=bulwark
bulwark_replica = host=${REPLICA_HOST:?wants the host of the replica} port=${REPLICA_PORT:-5432} dbname=bulwark

[pgbouncer]
listen_addr = 0.0.0.0
listen_port = 6432
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $home/userlist.txt
admin_users = bulwark_pooler
stats_users = bulwark_pooler, bulwark_platform
pool_mode = transaction
default_pool_size = ${POOL_SIZE:-10}
max_client_conn = ${CLIENTS_MAX:-2000}
query_wait_timeout = 5
server_connect_timeout = 3
server_login_retry = 1
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
INI

exec pgbouncer "$home/pgbouncer.ini"
