#!/bin/sh
# Runs a sender and a receiver together: once the one starts first, once the other; then one after the other dies.
# usage: meet.sh SEND RECEIVE
set -eu
TRANSOM_RUNTIME_DIR=$(mktemp -d)
export TRANSOM_RUNTIME_DIR
trap 'rm -rf "$TRANSOM_RUNTIME_DIR"' EXIT
text="$TRANSOM_RUNTIME_DIR/text"

fail()
{
	echo "meet.sh: $*" >&2
	exit 1
}

"$2" >"$text" &
"$1" || fail "nothing could be sent"
wait $! || fail "the receiver failed"
grep -q '^received 320 x 240 pixels, 0 of them wrong$' "$text" || fail "the pixels are not right"

"$1" &
sender=$!
sleep 0.2
"$2" >"$text" || fail "the receiver failed"
wait $sender || fail "nothing could be sent to who came later"

# Whoever had the name was killed: it is free at once.
"$2" >"$text" &
victim=$!
sleep 0.2
kill -KILL $victim
wait $victim 2>/dev/null || true
"$2" >"$text" &
"$1" || fail "nothing could be sent after a death"
wait $! || fail "the receiver failed after a death"
