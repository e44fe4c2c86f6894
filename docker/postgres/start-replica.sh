#!/bin/bash
# Copies the running primary at the first start, then runs as its replica.
# All arguments are settings of the server.
set -euo pipefail

home=$(dirname "$PGDATA")
# A new volume belongs to root, and as root the server refuses to run.
if [[ $(id -u) == 0 ]]; then
  install -d -o postgres -g postgres -m 0700 "$home" "$PGDATA"
  exec gosu postgres "${BASH_SOURCE[0]}" "$@"
fi

: "${PRIMARY_HOST:?wants the host of the primary}" "${REPLICATION_PASSWORD:?wants the password of bulwark_replicator}"
draft="$home/draft"
passfile="$home/replication.pass"

umask 077
# In a volume of this user's own nothing is there yet.
mkdir -p "$PGDATA"
# Written at each start, so that a changed password needs no new copy.
printf '%s:*:*:bulwark_replicator:%s\n' "$PRIMARY_HOST" "$REPLICATION_PASSWORD" > "$passfile"
primary="host=$PRIMARY_HOST port=5432 user=bulwark_replicator passfile=$passfile application_name=bulwark_replica connect_timeout=3"

if [[ ! -s $PGDATA/PG_VERSION ]]; then
  # An interrupted copy is deleted: the folder gets its final name only when it is complete.
  rm -rf "$draft"
  pg_basebackup --dbname "$primary" --pgdata "$draft" --wal-method=stream --slot=bulwark_replica --checkpoint=fast
  touch "$draft/standby.signal"
  rmdir "$PGDATA"
  mv "$draft" "$PGDATA"
fi

exec postgres -c primary_conninfo="$primary" -c primary_slot_name=bulwark_replica "$@"
