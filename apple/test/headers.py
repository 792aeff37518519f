#!/usr/bin/env python3
"""Each header compiles alone, in each language and with each compiler that there is, with all warnings as errors.
Prints TAP.
usage: headers.py INCLUDE-FOLDER TRANSOM-INCLUDE-FOLDER"""
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

folder, transom = sys.argv[1:]
LANGUAGES = {"C99": ("c", "c99"), "C11": ("c", "c11"), "C++17": ("c++", "c++17"), "Objective-C": ("objective-c", "c99")}
COMPILERS = {"gcc": ("gcc", "g++"), "clang": ("clang", "clang++")}


def headers():
    for path, _, files in sorted(os.walk(folder)):
        for name in sorted(files):
            if name.endswith(".h"):
                yield os.path.relpath(os.path.join(path, name), folder)


def compiles(program, language, text):
    return subprocess.run([program, "-x", language[0], "-std=" + language[1], "-Wall", "-Wextra", "-pedantic", "-Werror",
                           "-fsyntax-only", "-I", folder, "-I", transom, "-"], input=text, text=True,
                          capture_output=True)


def check(job):
    program, language, header = job
    text = f"#include <{header}>\nint transom_header_compiles(void);\nint transom_header_compiles(void) {{ return 0; }}\n"
    return compiles(program, language, text)


found = list(headers())
jobs, names = [], []
for compiler, programs in COMPILERS.items():
    for language, how in LANGUAGES.items():
        program = programs[how[0] == "c++"]
        name = f"{compiler}, {language}"
        if not shutil.which(program) or compiles(program, how, "int x;\n").returncode:
            names.append((name, None))
            continue
        names.append((name, len(jobs)))
        jobs += [(program, how, header) for header in found]
with ThreadPoolExecutor(2) as pool:
    results = list(pool.map(check, jobs))

print(f"1..{len(names)}")
bad = not found
for number, (name, first) in enumerate(names, 1):
    if first is None:
        print(f"ok {number} # SKIP no compiler for {name}")
        continue
    wrong = [(h, r) for h, r in zip(found, results[first:first + len(found)]) if r.returncode]
    for header, result in wrong:
        print("\n".join(f"# {header}: {line}" for line in result.stderr.splitlines()))
    print(f"{'not ok' if wrong or not found else 'ok'} {number} headers compile with {name}")
    bad |= bool(wrong)
sys.exit(bad)
