#!/bin/sh
# Runs 09-publisher and two of 10-subscriber, one started before it and one after, and asks with 11-inquiry.
# usage: stream.sh PUBLISHER SUBSCRIBER INQUIRY
set -eu
TRANSOM_RUNTIME_DIR=$(mktemp -d /tmp/transom-test-XXXXXX)
export TRANSOM_RUNTIME_DIR
publisher=
trap '[ -z "$publisher" ] || kill "$publisher"; rm -rf "$TRANSOM_RUNTIME_DIR"' EXIT

"$2" camera 5 &
early=$!
"$1" camera 1000000 & # until it is killed, however long the others take
publisher=$!
"$2" camera 5
wait "$early"
"$3" camera
kill "$publisher"
wait "$publisher" || true
publisher=
