#!/usr/bin/env python3
"""The headers, the linker map and the built library must have the same names, and every public
function must state its Errors, Blocks and Since. Prints TAP."""
import re
import subprocess
import sys

lib, mapfile, *headers = sys.argv[1:]
text = {h: open(h, encoding="utf-8").read() for h in headers}
declared, undocumented = set(), []
for header, content in text.items():
    for found in re.finditer(r"(/\*\*(?:(?!\*/).)*\*/\s*)?TRANSOM_API\b[^;]*?\b(transom_\w+)\(", content, re.S):
        declared.add(found[2])
        comment = found[1] or ""
        missing = [tail for tail in ("Errors:", "Blocks:", "Since:") if tail not in comment]
        if missing:
            undocumented.append(f"{found[2]}: its comment lacks {', '.join(missing)}")
mapped = set(re.findall(r"^\s+(transom_\w+);", open(mapfile, encoding="utf-8").read(), re.M))
lines = subprocess.run(["nm", "-D", "--defined-only", lib], capture_output=True, text=True,
                       check=True).stdout.splitlines()
built = {line.split()[-1].split("@")[0] for line in lines if " T " in line}
loose = {line.split()[-1] for line in lines if re.search(r" [BDRTW] ", line)
         and not line.split()[-1].startswith("transom_")}

results = [
    ("map_lists_what_headers_declare", sorted(declared ^ mapped)),
    ("library_exports_what_headers_declare", sorted(declared ^ built)),
    ("nothing_else_is_exported", sorted(loose)),
    ("every_function_is_documented", undocumented),
    ("there_are_functions", [] if declared else ["no public function found"]),
]
print(f"1..{len(results)}")
bad = False
for number, (name, problems) in enumerate(results, 1):
    for problem in problems:
        print(f"# {problem}")
    print(f"{'not ok' if problems else 'ok'} {number} {name}")
    bad |= bool(problems)
sys.exit(bad)
