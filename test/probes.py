#!/usr/bin/env python3
"""The library has the probes that its manual page names, with as many arguments. Prints TAP.
usage: probes.py LIBRARY yes|no transom_stream.3.scd"""
import re
import shutil
import subprocess
import sys

if sys.argv[2] == "no" or not shutil.which("readelf"):
    print(f"1..0 # SKIP {'no readelf' if sys.argv[2] == 'yes' else 'built without sys/sdt.h'}")
    sys.exit()
with open(sys.argv[3], encoding="utf-8") as file:
    section = re.search(r"^## Probes\n(.*?)^# ", file.read(), re.M | re.S)[1]
wanted = {name: arguments.count(" ") for name, arguments in re.findall(r"^\*(\w+)\*((?: _\w+_)+)$", section, re.M)}
notes = subprocess.run(["readelf", "--notes", "--wide", sys.argv[1]], capture_output=True, text=True, check=True).stdout
found = {}
for name, arguments in re.findall(r"Provider: transom\s+Name: (\w+)\s+.*\s+Arguments: ?(.*)", notes):
    found.setdefault(name, set()).add(len(arguments.split()))
print("1..2")
results = [("the_probes_are_those_of_the_manual", sorted(wanted.keys() ^ found.keys()) or ["none"] * (not wanted)),
           ("each_has_its_arguments", [n for n in wanted if found.get(n) != {wanted[n]}])]
for number, (what, wrong) in enumerate(results, 1):
    for name in wrong:
        print(f"# {name}: {found.get(name)}")
    print(f"{'not ok' if wrong else 'ok'} {number} {what}")
sys.exit(any(wrong for _, wrong in results))
