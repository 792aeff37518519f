#!/bin/sh
# Runs a program in a runtime directory of its own, so that tests that run at once do not meet.
# usage: private-names.sh PROGRAM [ARGUMENT]...
set -eu
TRANSOM_RUNTIME_DIR=$(mktemp -d)
export TRANSOM_RUNTIME_DIR
trap 'rm -rf "$TRANSOM_RUNTIME_DIR"' EXIT
"$@"
