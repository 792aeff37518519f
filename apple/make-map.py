#!/usr/bin/env python3
"""Makes the linker map of libtransom-apple out of its parts' lists of symbols.
usage: make-map.py SYMBOLS..."""
import sys

print("TRANSOM_APPLE_0.1 {\nglobal:")
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as names:
        for name in names:
            if name.strip() and not name.startswith("#"):
                print(f"\t{name.strip()};")
print("local:\n\t*;\n};")
