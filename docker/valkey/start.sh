#!/bin/sh
# Writes the password into a configuration that only this user reads, then becomes the server: what stands on a command
# line is in every process list. All arguments are settings of the server.
set -eu
umask 077
config=/tmp/valkey.conf
printf 'requirepass "%s"\n' \
  "$(printf '%s' "${VALKEY_PASSWORD:?wants the password of the server}" | sed 's/[\\"]/\\&/g')" > "$config"
exec valkey-server "$config" "$@"
