#!/usr/bin/env python3
"""Makes a manual page of a template in scdoc's language. What a call does is said in its header, and an
example is a file of examples/, so both are taken from there:
  @SYNOPSIS@   the header's name and the prototypes of its functions
  @FUNCTIONS@  each function with its comment
  @EXAMPLE@    the example, or a word where to find it
usage: page.py SCDOC TEMPLATE [HEADER [EXAMPLE]] >PAGE
       page.py --functions HEADER"""
import os
import re
import subprocess
import sys

TAILS = ("Owns", "Errors", "Blocks", "Threads", "Since")


def functions(header):
    """Name, prototype and comment of each public function of a header."""
    with open(header, encoding="utf-8") as file:
        text = file.read()
    pattern = r"/\*\*((?:(?!\*/).)*)\*/\s*TRANSOM_API\s+([^;]*?\b(transom_\w+)\([^;]*);"
    for found in re.finditer(pattern, text, re.S):
        prototype = " ".join(found[2].split()).replace("* ", "*") + ";"
        yield found[3], prototype, re.sub(r"(?m)^ *\* ?", "", found[1]).strip()


def escape(text):
    return re.sub(r"([\\*_])", r"\\\1", text)


def prose(text):
    """Text of a comment: @name becomes underlined."""
    return re.sub(r"@(\w+)", lambda name: f"_{name[1]}_".replace("_", "\0"),
                  " ".join(text.split())).replace("_", r"\_").replace("*", r"\*").replace("\0", "_")


def describe(comment):
    """The lines of one function's description, each to be indented once."""
    tails = re.split(rf"(?<!\S)({'|'.join(TAILS)}):\s+", comment)
    body, tails = tails[0].strip(), tails[1:]
    text, *params = re.split(r"(?m)^@param\s+", body)
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        yield prose(paragraph)
        yield ""
    for param in params:
        name, _, meaning = param.strip().partition(" ")
        yield f"_{escape(name)}_"
        yield "\t" + prose(meaning)
        yield ""
    last = []
    for tail, meaning in zip(tails[::2], tails[1::2]):
        if tail in ("Owns", "Errors"):
            yield f"*{tail}*: {prose(meaning)}"
            yield ""
        else:
            last.append(f"*{tail}*: {prose(meaning)}")
    yield " ".join(last)
    yield ""


def make_synopsis(header):
    yield f"*#include <transom/{os.path.basename(header)}>*"
    yield ""
    for _, prototype, _ in functions(header):
        yield f"*{escape(prototype)}*"
        yield ""


def make_functions(header):
    for _, prototype, comment in functions(header):
        yield f"*{escape(prototype)}*"
        for line in describe(comment):
            yield "\t" + line if line else ""


def make_example(example):
    yield f"This is _examples/{escape(os.path.basename(example))}_ of the source."
    yield ""
    if os.path.exists(example):
        yield "```"
        with open(example, encoding="utf-8") as file:
            yield from file.read().rstrip("\n").replace("\\", "\\\\").split("\n")
        yield "```"


def fill(template, header, example):
    for line in template.split("\n"):
        if line == "@SYNOPSIS@":
            yield from make_synopsis(header)
        elif line == "@FUNCTIONS@":
            yield from make_functions(header)
        elif line == "@EXAMPLE@":
            yield from make_example(example)
        else:
            yield line


def main():
    if sys.argv[1] == "--functions":
        print("\n".join(name for name, _, _ in functions(sys.argv[2])))
        return
    scdoc, template, header, example = (sys.argv[1:] + [None, None])[:4]
    with open(template, encoding="utf-8") as file:
        page = "\n".join(fill(file.read(), header, example))
    sys.stdout.flush()
    sys.exit(subprocess.run([scdoc], input=page.encode()).returncode)


if __name__ == "__main__":
    main()
