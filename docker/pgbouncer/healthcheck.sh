#!/bin/bash
# Sends the protocol's TLS request. Any answer shows that the pooler's event loop runs;
# it needs no password and opens no connection to a server.
set -eu
exec 3<> /dev/tcp/127.0.0.1/6432
printf '\x00\x00\x00\x08\x04\xd2\x16\x2f' >&3
read -r -t 2 -N 1 answer <&3
[[ $answer == [NS] ]]
