#!/usr/bin/env python3
"""Prints what headers export: the name of each function and constant that is declared with CF_EXPORT or the like.
usage: list-symbols.py HEADER..."""
import re
import sys

EXPORTED = re.compile(r"^(?:CF|CV|IOSURFACE|TRANSOM|MACH|XPC|OS)_(?:EXPORT|API)\b([^;{]*);", re.M)


def names(path):
    with open(path, encoding="utf-8") as header:
        text = re.sub(r"/\*.*?\*/", "", header.read(), flags=re.S)
    for declaration in EXPORTED.findall(text):
        function = re.search(r"(\w+)\s*\(", declaration)
        yield function[1] if function else re.search(r"(\w+)\s*(?:\[\w*\])?\s*$", declaration)[1]


if __name__ == "__main__":
    for name in sorted({n for path in sys.argv[1:] for n in names(path)}):
        print(name)
