#!/usr/bin/env python3
"""What compiler and linker do against those who find a mistake is really in the built library: RELRO and immediate
binding, no executable stack, stack protector, fortified calls, and on processors that have it control-flow
enforcement, in each object of ours (the linked library has the mark only if the C library's own start files do).
usage: hardening.py LIBRARY fortified|plain ARCHIVE..."""
import re
import subprocess
import sys

library, fortified, *archives = sys.argv[1:]


def readelf(option, file):
    return subprocess.run(["readelf", "-W", option, file], capture_output=True, text=True, check=True,
                          env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout


segments, dynamic = readelf("-l", library), readelf("-d", library)
symbols = readelf("--dyn-syms", library)
machine = re.search(r"Machine:\s*(.*)", readelf("-h", library))[1]
stack = re.search(r"^\s*GNU_STACK\s.*\s(R\w*)\s", segments, re.M)
marks = {"Advanced Micro Devices X86-64": ("IBT", "SHSTK"), "AArch64": ("BTI", "PAC")}.get(machine)
results = [
    ("relro", "GNU_RELRO" in segments),
    ("binds_at_once", "BIND_NOW" in dynamic),
    ("stack_is_not_executable", stack is not None and "E" not in stack[1]),
    ("no_text_relocations", "TEXTREL" not in dynamic),
    ("stack_protector", "__stack_chk_fail" in symbols),
    ("fortified_calls", re.search(r"__\w+_chk\b(?<!stack_chk)", symbols) is not None or fortified == "plain"),
]
if marks:
    for archive in archives:
        notes = readelf("-n", archive)
        objects = len(re.findall(r"^File: ", notes, re.M))
        good = min(len(re.findall(rf"\b{mark}\b", notes)) for mark in marks)
        results.append(("control_flow_in_" + archive.split("/")[-1], 0 < objects <= good))
print(f"1..{len(results)}")
for number, (name, good) in enumerate(results, 1):
    print(f"{'ok' if good else 'not ok'} {number} {name}")
sys.exit(not all(good for _, good in results))
