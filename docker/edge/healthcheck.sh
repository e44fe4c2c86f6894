#!/bin/bash
# Any answer shows that the edge serves; the application has its own check. The request is one that only the edge answers,
# so that a check costs the application nothing.
set -eu
exec 3<> /dev/tcp/127.0.0.1/8080
printf 'GET /_problem/ HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n' >&3
read -r -t 2 answer <&3
[[ $answer == 'HTTP/1.1 404'* ]]
