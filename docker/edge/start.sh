#!/bin/sh
# Writes the configuration from the template and the environment, then becomes nginx.
# `npm run up -- --edge` fills in the same placeholders (src/launcher/embedded/edge-config.ts).
set -eu
umask 077
home=${EDGE_HOME:-/tmp/edge}
application=${EDGE_APPLICATION:?wants the host and port of the application}
mkdir -p "$home"
# A killed container leaves the socket file, and nginx would not start with it.
rm -f "$home/back.sock" "$home/nginx.pid"
ln -sfn /etc/bulwark-edge "$home/rules"
ulimit -Sn "$(ulimit -Hn)"

sed -e "s|\${EDGE_HOME}|$home|g" \
    -e "s|\${EDGE_LISTEN}|${EDGE_LISTEN:-0.0.0.0:8080}|g" \
    -e "s|\${EDGE_APPLICATION}|$application|g" \
    -e 's|${EDGE_BIND}|# Nothing to choose: the network has one address for the edge.|g' \
    -e "s|\${EDGE_RUN}|$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')|g" \
    -e "s|\${EDGE_WORKERS}|${EDGE_WORKERS:-auto}|g" \
    -e "s|\${EDGE_CONNECTIONS_MAX}|${EDGE_CONNECTIONS_MAX:-4096}|g" \
    /etc/bulwark-edge/nginx.conf.template > "$home/nginx.conf"

exec nginx -e stderr -p "$home" -c "$home/nginx.conf" "$@"
