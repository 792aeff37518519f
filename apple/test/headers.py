#!/usr/bin/env python3
"""Each header compiles alone, in each language and with each compiler that there is, with all warnings as errors; with
GNUstep those for Objective-C do, and all of them together beside Foundation's. Prints TAP.
usage: headers.py INCLUDE-FOLDER TRANSOM-INCLUDE-FOLDER OBJC-INCLUDE-FOLDER"""
import os
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

folder, transom, foundation = sys.argv[1:]
LANGUAGES = {"C99": ("c", "c99"), "C11": ("c", "c11"), "C++17": ("c++", "c++17"), "Objective-C": ("objective-c", "c99")}
COMPILERS = {"gcc": ("gcc", "g++"), "clang": ("clang", "clang++")}


def headers(root):
    for path, _, files in sorted(os.walk(root)):
        for name in sorted(files):
            if name.endswith(".h"):
                yield os.path.relpath(os.path.join(path, name), root)


def compiles(program, language, text, flags=()):
    return subprocess.run([program, "-x", language[0], "-std=" + language[1], "-Wall", "-Wextra", "-pedantic", "-Werror",
                           "-fsyntax-only", *flags, "-I", folder, "-I", transom, "-"], input=text, text=True,
                          capture_output=True)


def say(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def gnustep():
    """What a program of GNUstep is compiled with. Its own headers need not be free of warnings, and gcc has those of
    the run-time library, for clang too."""
    if not shutil.which("gnustep-config") or not shutil.which("gcc"):
        return None
    said = shlex.split(say("gnustep-config", "--objc-flags"))
    kept = [flag for flag in said if flag.startswith(("-D", "-f"))]
    system = [part for flag in said if flag.startswith("-I/") for part in ("-isystem", flag[2:])]
    return [*kept, "-DTRANSOM_APPLE_OBJC", *system, "-idirafter", say("gcc", "-print-file-name=include"), "-I", foundation]


def check(job):
    program, language, included, flags = job
    text = "".join(f"#include <{name}>\n" for name in included)
    return compiles(program, language, text + "int transom_header_compiles(void);\n"
                    "int transom_header_compiles(void) { return 0; }\n", flags)


found, beside = list(headers(folder)), list(headers(foundation))
groups = []
for compiler, programs in COMPILERS.items():
    for language, how in LANGUAGES.items():
        program = programs[how[0] == "c++"]
        if not shutil.which(program) or compiles(program, how, "int x;\n").returncode:
            groups.append((f"{compiler}, {language}", None))
        else:
            groups.append((f"{compiler}, {language}", [(program, how, [header], ()) for header in found]))
    flags, how = gnustep(), LANGUAGES["Objective-C"]
    name = f"{compiler}, Objective-C and GNUstep"
    if not flags or not shutil.which(compiler) or \
            compiles(compiler, how, "#import <Foundation/Foundation.h>\n", flags).returncode:
        groups.append((name, None))
    else:
        together = [["Foundation/Foundation.h", *found, *beside]]
        groups.append((name, [(compiler, how, some, flags) for some in [[header] for header in beside] + together]))
with ThreadPoolExecutor(2) as pool:
    results = [jobs and list(pool.map(check, jobs)) for _, jobs in groups]

print(f"1..{len(groups)}")
bad = not found or not beside
for number, ((name, jobs), result) in enumerate(zip(groups, results), 1):
    if not jobs:
        print(f"ok {number} # SKIP no compiler for {name}")
        continue
    wrong = [(job, r) for job, r in zip(jobs, result) if r.returncode]
    for job, r in wrong:
        print("\n".join(f"# {job[2][-1]}: {line}" for line in r.stderr.splitlines()))
    print(f"{'not ok' if wrong else 'ok'} {number} headers compile with {name}")
    bad |= bool(wrong)
sys.exit(bad)
