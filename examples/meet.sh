#!/bin/sh
# Runs 05-renderer and 06-receiver together, in both orders, and kills each once in the other's face.
# usage: meet.sh RENDERER RECEIVER
set -eu
renderer=$1
receiver=$2
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
export TRANSOM_RUNTIME_DIR="$here"

fail()
{
	echo "meet.sh: $*" >&2
	tail -n 3 "$here"/*.text >&2
	exit 1
}

# Waits until the receiver has seen a frame.
wait_for_frames()
{
	tries=0
	until grep -q 'a square of' "$here/receiver.text" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 1200 ] || fail "no frame arrived"
		sleep 0.05
	done
}

# The receiver starts first.
"$receiver" >"$here/receiver.text" 2>&1 &
"$renderer" 50 >"$here/renderer.text" 2>&1 || fail "the renderer failed"
wait $! || fail "the receiver failed"
[ "$(grep -c 'a square of 6400 pixels' "$here/receiver.text")" = 50 ] || fail "not all frames were seen"

# The renderer starts first and waits for the name.
"$renderer" 50 >"$here/renderer.text" 2>&1 &
sleep 0.2
"$receiver" >"$here/receiver.text" 2>&1 || fail "the receiver failed"
wait $! || fail "the renderer failed"
[ "$(grep -c 'a square of 6400 pixels' "$here/receiver.text")" = 50 ] || fail "not all frames were seen"

# The renderer dies.
rm "$here/receiver.text"
"$renderer" 1000000000 >"$here/renderer.text" 2>&1 &
victim=$!
"$receiver" >"$here/receiver.text" 2>&1 &
survivor=$!
wait_for_frames
kill -KILL $victim
if wait $survivor; then fail "the receiver did not notice"; fi
grep -q '^06-receiver: the renderer went away after frame [1-9]' "$here/receiver.text" ||
	fail "the receiver does not say what happened"

# The receiver dies.
rm "$here/receiver.text"
"$receiver" >"$here/receiver.text" 2>&1 &
victim=$!
"$renderer" 1000000000 >"$here/renderer.text" 2>&1 &
survivor=$!
wait_for_frames
kill -KILL $victim
if wait $survivor; then fail "the renderer did not notice"; fi
grep -q '^05-renderer: the receiver went away before frame [1-9]' "$here/renderer.text" ||
	fail "the renderer does not say what happened"
