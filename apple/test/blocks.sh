#!/bin/sh
# Builds a program with blocks, and runs it: only clang has them, and they need a library of their own. Prints TAP.
# usage: blocks.sh LIBRARY SOURCE INCLUDE-FOLDER...
set -eu
library=$1
source=$2
shift 2
TRANSOM_RUNTIME_DIR=$(mktemp -d)
export TRANSOM_RUNTIME_DIR
trap 'rm -rf "$TRANSOM_RUNTIME_DIR"' EXIT
program="$TRANSOM_RUNTIME_DIR/blocks"

if ! printf 'int main(void) { void (^b)(void) = ^{}; b(); return 0; }\n' |
	clang -x c -fblocks -o "$program" - -lBlocksRuntime 2>/dev/null; then
	echo "1..1"
	echo "ok 1 # SKIP no clang, or no libblocksruntime-dev"
	exit 0
fi
includes=
for folder; do includes="$includes -I$folder"; done
# shellcheck disable=SC2086
clang -std=c11 -Wall -Wextra -Werror -fblocks $includes -o "$program" "$source" "$library" -lBlocksRuntime
LD_LIBRARY_PATH="$(dirname "$library")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" "$program"
