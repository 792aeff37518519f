#!/usr/bin/env python3
"""Writes the table of functions: what each does here by its header, what differs from a Mac, and which tests call it.
usage: make-table.py INCLUDE-FOLDER DIFFERENCES TEST..."""
import glob
import os
import re
import sys

folder, differences, *tests = sys.argv[1:]
EXPORT = r"^(?:CF|CV|IOSURFACE|TRANSOM|MACH|XPC|OS)_(?:EXPORT|API)\b"
# A comment, or a declaration of a function, or an empty line: a comment is for all that follow until one of them.
TOKEN = re.compile(r"(?P<comment>^/\*\*?.*?\*/)|(?P<declaration>" + EXPORT + r"[^;{]*;)|(?P<blank>^\n)", re.M | re.S)
WIDTH = 40


def sentence(comment):
    text = re.sub(r"^\s*(/\*\*?|\*/|\*)|\*/$", "", comment, flags=re.M)
    text = re.split(r"\n\s*\n|\n\s*@param|\n\s*(?:Owns|Errors|Blocks|Threads|Since):", text.strip())[0]
    text = re.split(r"\b(?:Owns|Errors|Threads|Since):", " ".join(text.split()))[0].strip()
    return re.split(r"(?<=[.;:])\s(?=[A-Z@])", text)[0].rstrip(":;").strip()


def in_words(name):
    words = re.sub(r"^(?:IOSurface|CV[A-Z][a-z]+(?:[A-Z][a-z]+)*?(?=Get|Is|Set)|CF[A-Z][a-z]+|xpc_|mach_)", "", name)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", words).replace("_", " ").strip().lower() or name


def functions(path):
    """Name and what is said of it, in the order of the header."""
    said = ""
    with open(path, encoding="utf-8") as header:
        text = header.read()
    for token in TOKEN.finditer(text):
        if token["comment"]:
            said = sentence(token["comment"]) if token["comment"].startswith("/**") else ""
        elif token["blank"]:
            said = ""
        else:
            name = re.search(r"(\w+)\s*\(", token["declaration"])
            if name:
                yield name[1], said or in_words(name[1])


def read_differences():
    """NAME: TEXT; a * at the end of a name stands for all that begin so."""
    with open(differences, encoding="utf-8") as lines:
        return [line.strip().split(": ", 1) for line in lines if line.strip() and not line.startswith("#")]


def covering():
    """For each word in a test program the tests in whose body, or in a helper before them, it is."""
    found = {}
    for path in tests:
        name = re.sub(r"^test-|\.\w+$", "", os.path.basename(path))
        with open(path, encoding="utf-8") as source:
            text = source.read()
        parts = re.split(r"^TEST(?:_FOR)?\((\w+)[^)]*\)", text, flags=re.M)
        for word in set(re.findall(r"\w+", parts[0])):
            found.setdefault(word, []).append((1, f"`{name}`"))
        for test, body in zip(parts[1::2], parts[2::2]):
            for word in set(re.findall(r"\w+", body)):
                found.setdefault(word, []).append((0, f"`{name}`: {test.replace('_', ' ')}"))
    return {word: sorted(places)[0][1] for word, places in found.items()}


def main():
    known, tested, used = read_differences(), covering(), set()
    missing = []
    print("# Functions with Apple's names\n\nMade by `apple/make-table.py` of the headers, of `apple/differences.txt` and of the "
          "tests: not to be edited.\nWhat holds for many of them is in [apple.md](apple.md). A row's test is one that calls the function.")
    for path in sorted(glob.glob(folder + "/**/*.h", recursive=True)):
        rows = list(functions(path))
        if not rows:
            continue
        print(f"\n## <{os.path.relpath(path, folder)}>\n\n| Function | Here | Otherwise than on a Mac | Test |\n|---|---|---|---|")
        for name, said in rows:
            matches = [k for k in known if k[0] == name or (k[0].endswith("*") and name.startswith(k[0][:-1]))]
            used.update(k[0] for k in matches)
            if name not in tested:
                missing.append(name)
            other = " ".join(k[1] for k in matches)
            print(f"| `{name}` | {said.replace('|', '/')} | {other} | {tested.get(name, '')} |")
    unused = {k[0] for k in known} - used
    for name in missing:
        print(f"make-table.py: no test has {name}", file=sys.stderr)
    for name in sorted(unused):
        print(f"make-table.py: {differences} speaks of {name}, which is in no header", file=sys.stderr)
    return 1 if missing or unused else 0


if __name__ == "__main__":
    sys.exit(main())
