#!/bin/bash
# Runs once, while the official image creates the primary's data folder: a role that may replicate and
# nothing else, a slot that keeps the WAL while the replica is down, and the role's entry in pg_hba.conf.
set -euo pipefail
: "${REPLICATION_PASSWORD:?wants the password of bulwark_replicator}"

psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
-- Read here: what stands on a command line is in every process list.
\getenv password REPLICATION_PASSWORD
CREATE ROLE bulwark_replicator LOGIN REPLICATION PASSWORD :'password';
-- A slot that reserves at once: nothing is lost between here and the replica's copy.
SELECT pg_create_physical_replication_slot('bulwark_replica', true);
SQL

# "all" does not include replication: without this line every replica is refused.
echo 'host replication bulwark_replicator all scram-sha-256' >> "$PGDATA/pg_hba.conf"
