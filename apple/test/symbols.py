#!/usr/bin/env python3
"""The headers, the lists of symbols and the built library must have the same names. Prints TAP.
usage: symbols.py LIST-SYMBOLS LIBRARY INCLUDE-FOLDER SYMBOLS..."""
import glob
import subprocess
import sys

lister, library, folder, *lists = sys.argv[1:]
# What compilers and the Objective-C bridge refer to, and programs do not.
INTERNAL = {"__CFConstantStringClassReference", "transom_apple_install_bridge"}


def lines(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


declared = set(lines(sys.executable, lister, *glob.glob(folder + "/**/*.h", recursive=True)))
listed = {n.strip() for path in lists for n in open(path, encoding="utf-8") if n.strip() and not n.startswith("#")}
built = {line.split()[-1].split("@")[0] for line in lines("nm", "-D", "--defined-only", library)
         if line.split()[-2] in "BDRTVW"}
results = [
    ("lists_have_what_headers_declare", declared - listed),
    ("headers_declare_what_lists_have", listed - declared - INTERNAL),
    ("library_exports_what_lists_have", listed ^ built),
    ("there_are_names", set() if declared else {"no name found"}),
]
print(f"1..{len(results)}")
for number, (name, problems) in enumerate(results, 1):
    for problem in sorted(problems):
        print(f"# {problem}")
    print(f"{'not ok' if problems else 'ok'} {number} {name}")
sys.exit(any(problems for _, problems in results))
