#!/usr/bin/env python3
"""Each public function has a page and is named in its text; pages name nothing that does not exist. The
table of errors, what is said of them and what the library says are one.
Prints TAP. usage: manual.py SOURCE-FOLDER"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "man"))
import page  # noqa: E402

headers = {h.stem: h.read_text() for h in (root / "include/transom").glob("*.h")}
functions = {name: header for header in headers
             for name, _, _ in page.functions(root / f"include/transom/{header}.h")}
mapped = set(re.findall(r"^\s+(transom_\w+);", (root / "src/libtransom.map").read_text(), re.M))
pages = {p.name[:-len(".scd")]: p.read_text().replace("\\", "") for p in (root / "man").glob("*.scd")}
build = (root / "man/meson.build").read_text()
examples = {p.name for p in (root / "examples").glob("*.c")}
apple = list((root / "apple/include").glob("transom_apple*.h"))  # spoken of in a page, which is not made of them
apple_functions = {name for header in apple for name, _, _ in page.functions(header)}
all_headers = "\n".join([*headers.values(), *(h.read_text() for h in (root / "apple/include").rglob("*.h"))])
program_headers = "".join(p.read_text() for p in sorted((root / "cli").glob("*.h")))


def page_of(function):
    return f"transom_{functions[function]}.3"


def unknown_words():
    """Names in the text of a page that neither a header nor another page has."""
    for name, text in pages.items():
        known = set(functions) | apple_functions | {p.split(".")[0] for p in pages} | {header.stem for header in apple}
        for word in re.findall(r"\btransom_\w*\w", text):
            if word not in known and not re.search(rf"\bstruct {word}\b", all_headers):
                yield f"{name}: {word}"
        for word in re.findall(r"\bTRANSOM_\w*[A-Z0-9]\b", text):
            if not re.search(rf"\b{word}\b", all_headers + (program_headers if name.endswith(".1") else "")):
                yield f"{name}: {word}"


def dead_references():
    """References to pages of this library, by function or by page, of the wrong section or of nothing."""
    targets = {f"{f}(3)" for f in functions} | {f"{p[:-2]}({p[-1]})" for p in pages}
    for name, text in pages.items():
        for found in re.findall(r"\*(transom[\w-]*)\*(\(\d\))", text):
            if "".join(found) not in targets:
                yield f"{name}: {''.join(found)}"


def tabled_codes():
    """The codes of the table in error.h."""
    for line in re.findall(r"^ \*  (-E[A-Z0-9, -]*[A-Z0-9])(?=  )", headers["error"], re.M):
        yield from re.findall(r"E[A-Z0-9]+", line)


def unknown_codes():
    """Codes that a header or a page speaks of and the table lacks, but for the one that never comes."""
    known = {*tabled_codes(), "EINTR"}
    for name, text in {**headers, **pages}.items():
        for code in re.findall(r"-(E[A-Z0-9]{3,})\b", text):
            if code not in known:
                yield f"{name}: -{code}"


results = [
    ("every_exported_function_is_found_in_a_header", sorted(mapped ^ set(functions))),
    ("every_header_of_functions_has_a_page",
     sorted({page_of(f) for f in functions} - set(pages))),
    ("every_page_is_built", [p for p in pages if f"'{p}':" not in build]),
    ("every_page_takes_its_functions_from_its_header",
     [p for p in pages if p.endswith(".3")
      and (not re.search(r"^@SYNOPSIS@$", pages[p], re.M) or not re.search(r"^@FUNCTIONS@$", pages[p], re.M)
           or f"'{p}': ['{p[len('transom_'):-len('.3')]}.h'" not in build)]),
    ("every_function_is_named_in_its_page",
     [f for f in functions if not re.search(rf"\b{f}\b", pages.get(page_of(f), ""))]),
    ("pages_name_nothing_unknown", list(unknown_words())),
    ("references_lead_somewhere", list(dead_references())),
    ("every_room_is_in_the_overview", [p for p in pages if p.endswith(".3")
                                       and f"*{p[:-2]}*(3)" not in pages["transom.7"]]),
    ("every_code_is_in_the_table", sorted(set(unknown_codes()))),
    ("every_code_of_the_table_is_described",
     sorted(set(tabled_codes()) ^ set(re.findall(r"{ (E[A-Z0-9]+),", (root / "src/error.c").read_text())))),
    ("examples_exist", [e for e in re.findall(r"'([\w-]+\.c)'", build) if e not in examples]),
]
print(f"1..{len(results)}")
bad = False
for number, (name, problems) in enumerate(results, 1):
    if name == "examples_exist" and not examples:
        print(f"ok {number} {name} # SKIP this tree has no examples")
        continue
    for problem in problems:
        print(f"# {problem}")
    print(f"{'not ok' if problems else 'ok'} {number} {name}")
    bad |= bool(problems)
sys.exit(bad)
