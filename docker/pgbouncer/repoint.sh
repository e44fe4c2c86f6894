#!/bin/sh
# Points the pooler's entries at other servers while it runs; clients stay connected, and each server connection is closed
# after its transaction: repoint.sh PRIMARY_HOST [REPLICA_HOST]. A restart reads the environment again.
set -eu
config=${POOLER_CONFIG:-/tmp/pooler/pgbouncer.ini}
primary=${1:?wants the host of the new primary}
replica=${2:-}

# Written to a second file and renamed, so that the pooler never reads half of it.
sed -e "s/^\\(bulwark = host=\\)[^ ]*/\\1$primary/" ${replica:+-e "s/^\\(bulwark_replica = host=\\)[^ ]*/\\1$replica/"} "$config" > "$config.new"
mv "$config.new" "$config"
kill -HUP "${POOLER_PID:-1}"
