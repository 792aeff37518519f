#!/usr/bin/env python3
"""Compares docs/security.md with the tests: each that it names exists, each of the programs about trust is named there,
and the system calls for sandboxes are those that the test allows. Prints TAP.
usage: security.py SOURCE BUILD"""
import json
import os
import re
import sys

source, build = sys.argv[1:]
# Whose every test is about an attack.
ABOUT_TRUST = {"users": "test-users.c", "user-namespaces": "test-user-namespaces.c",
               "folder-races": "test-folder-races.c", "quotas": "test-quotas.c", "sandbox": "test-sandbox.c"}


def read(*path):
    with open(os.path.join(source, *path), encoding="utf-8") as file:
        return file.read()


def find_tests(text):
    return re.findall(r"^TEST(?:_FOR)?\((\w+)", text, re.M)


page = read("docs", "security.md").replace("\\_", "_")
with open(os.path.join(build, "meson-info", "intro-tests.json"), encoding="utf-8") as file:
    programs = {test["name"] for test in json.load(file)}
all_tests = {name for folder in ("test", os.path.join("apple", "test"))
             for name in sorted(os.listdir(os.path.join(source, folder))) if name.endswith(".c")
             for name in find_tests(read(folder, name))}
for stories in ("stories.c", "stories-stream.c", "stories-mach.c"):
    all_tests |= set(re.findall(r'^\t\{ "(\w+)"', read("test", "kill", stories), re.M))

rows = [[cell.strip() for cell in line.strip("|").split(" | ")]
        for line in re.search(r"^## Attacks$(.*?)^## ", page, re.M | re.S)[1].splitlines()
        if line.startswith("|")][2:]
named, problems = set(), {"exists": [], "named": [], "listed": []}
for attack, _, tests in rows:
    for part in tests.rstrip("|").split(";"):
        programs_here = re.findall(r"`([\w-]+?)-?…?`", part)
        names = re.findall(r"\w+", part.split(":", 1)[1]) if ":" in part else []
        problems["exists"] += [f"{attack}: no program {p}" for p in programs_here
                               if p not in programs and not any(q.startswith(p + "-") for q in programs)]
        problems["exists"] += [f"{attack}: no test {n}" for n in names if n not in all_tests]
        if not programs_here:
            problems["exists"].append(f"{attack}: no test at all")
        named |= set(names)
for program, file in ABOUT_TRUST.items():
    problems["named"] += [f"{program}: {n}" for n in find_tests(read("test", file)) if n not in named]


def listed_in_test(table):
    """The calls of a table of the test; poll is the one of older machines."""
    body = re.search(r"\b" + table + r"\[\] = \{(.*?)\};", sandbox, re.S)[1]
    return {c or "poll" for c in re.findall(r"CALL\((\w+)\)|POLL", body)}


sandbox = read("test", "test-sandbox.c")
always = set(re.findall(r"SYS_(\w+)", re.search(r"always\[\] = \{(.*?)\};", read("test", "confinement.c"), re.S)[1]))
items = re.findall(r"^\* ((?:.|\n )+)", re.search(r"^## Sandbox$(.*?)^## ", page, re.M | re.S)[1], re.M)
words = [set(re.findall(r"`([a-z0-9_]+)`", item)) - {"ppoll"} for item in items]
receiver, capsules, subscriber, everyone = words if len(words) == 4 else [set()] * 4
for who, here, there in (("receiver", receiver, listed_in_test("receiver_calls")),
                         ("capsules", receiver | capsules, listed_in_test("capsule_calls")),
                         ("subscriber", receiver | subscriber, listed_in_test("subscriber_calls")),
                         ("all", everyone, always)):
    problems["listed"] += [f"{who}: {c} is on one side alone" for c in sorted(here ^ there)]

print("1..3")
for number, (what, found) in enumerate(problems.items(), 1):
    for problem in found:
        print(f"# {problem}")
    title = {"exists": "what the page names exists", "named": "all tests about trust are named on the page",
             "listed": "the calls for sandboxes are those of the test"}[what]
    print(f"{'not ok' if found else 'ok'} {number} {title}")
sys.exit(any(problems.values()))
