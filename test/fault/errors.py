#!/usr/bin/env python3
"""Which errors the public headers list for each function, as a table for C: all functions, in their order.
What a comment refers to ("those of transom_x()", "the errors of names") is put in its place.
usage: errors.py HEADER..."""
import os
import re
import sys

FUNCTION = re.compile(r"/\*\*((?:(?!\*/).)*)\*/\s*TRANSOM_API\b[^;]*?\b(transom_\w+)\(", re.S)
# Words for the errors of functions that are not named.
GROUPS = {
    r"errors of names": ["transom_name_check_in", "transom_name_look_up"],
    r"errors of the runtime directory": ["transom_name_check_in"],
}
texts, order = {}, []
for header in sys.argv[1:]:
    with open(header, encoding="utf-8") as file:
        for comment, name in FUNCTION.findall(file.read()):
            found = re.search(r"Errors:(.*?)Blocks:", re.sub(r"\n\s*\*", " ", comment), re.S)
            texts[name] = re.sub(r"\s+", " ", found[1]) if found else ""
            order.append((name, os.path.basename(header)))


def list_errors(name, above=()):
    """The errors of a function, with those of the functions that its comment refers to."""
    text = texts[name]
    errors = set(re.findall(r"-(E[A-Z0-9]+)", text))
    without = set(re.findall(r"\)?,? but -(E[A-Z0-9]+)", text))
    # "-EACCES as transom_x()" says what that error means there, not that the others are the same.
    text = re.sub(r"(-E[A-Z0-9]+|\bor) as (for )?transom_\w+\(\)", "", text)
    others = [f for f in re.findall(r"(transom_\w+)\(\)", text) if f in texts]
    for words, functions in GROUPS.items():
        others += functions if re.search(words, text) else []
    for other in others:
        if other != name and other not in above:
            errors |= list_errors(other, (*above, name))
    return errors - without


print("/* Made by errors.py out of the public headers. */")
print("static const struct listed_errors listed[] = {")
for name, header in order:
    codes = " ".join(sorted(list_errors(name)))
    print(f'\t{{ "{name}", "{header}", " {codes} " }},')
print("};")
