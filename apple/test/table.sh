#!/bin/sh
# docs/apple-functions.md must be what the headers, the differences and the tests give now. Prints TAP.
# usage: table.sh MAKE-TABLE PAGE INCLUDE-FOLDER DIFFERENCES TEST...
set -eu
make=$1
page=$2
shift 2
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
result=0

echo "1..2"
if python3 "$make" "$@" >"$here/page" 2>"$here/missing"; then
	echo "ok 1 each function has a test"
else
	sed 's/^/# /' "$here/missing"
	echo "not ok 1 each function has a test"
	result=1
fi
if cmp -s "$here/page" "$page"; then
	echo "ok 2 the page is current"
else
	echo "# to make it anew: ninja apple-functions"
	echo "not ok 2 the page is current"
	result=1
fi
exit $result
