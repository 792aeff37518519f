#!/usr/bin/env python3
"""Each name of a list is a symbol of the library, and each pixel format has its value. Prints TAP.
usage: names.py NAMES LIBRARY INCLUDE-FOLDER TRANSOM-INCLUDE-FOLDER"""
import subprocess
import sys

names, library, folder, transom = sys.argv[1:]
lines = [line.split() for line in open(names, encoding="utf-8") if line.strip() and not line.startswith("#")]
symbols = {line.split()[-1].split("@")[0] for line in subprocess.run(
    ["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout.splitlines()}


def without_symbol(kind):
    return [line[1] for line in lines if line[0] == kind and line[1] not in symbols]


def compiles(text):
    return subprocess.run(["cc", "-x", "c", "-std=c11", "-Wno-multichar", "-fsyntax-only", "-I", folder, "-I", transom, "-"],
                          input="#include <CoreVideo/CoreVideo.h>\n" + text, text=True, capture_output=True).stderr


formats = [line for line in lines if line[0] == "format"]
wrong = compiles("".join(f'_Static_assert({name} == {value}, "{name}");\n' for _, name, value in formats))
results = [
    ("there_are_names", [] if len(lines) > 300 else ["the list is short"]),
    ("functions_are_there", without_symbol("function")),
    ("keys_are_there", without_symbol("key")),
    ("formats_have_their_values", wrong.splitlines()),
    ("a_wrong_value_would_be_seen", [] if compiles(f'_Static_assert({formats[0][1]} == 99, "");\n') else ["it was not"]),
]
print(f"1..{len(results)}")
for number, (name, problems) in enumerate(results, 1):
    for problem in problems:
        print(f"# {problem}")
    print(f"{'not ok' if problems else 'ok'} {number} {name}")
sys.exit(any(problems for _, problems in results))
