#!/usr/bin/env python3
"""`transom bench`: that all is there, not how fast it is. Prints TAP. usage: test-cli-bench.py TRANSOM"""
import json
import re

import cli
from tap import test


@test
def table_has_floors_beside():
    code, out, err = cli.run("bench", "--part", "surfaces", "--rounds", 1, seconds=120)
    assert code == 0, err
    cli.check_sentence(err, "up to 60 seconds")
    lines = re.findall(r"^(\S.*?)  +(\S.*?)  +\S+ [num]s +\S+ [num]?s +\d+\.\d\dx$", out, re.M)
    for what, floor in (("pass a surface, within one process", "send a descriptor"),
                        ("make a surface", "make a memory file")):
        assert (what, floor) in lines, (what, lines, out)
    assert "A surface takes 2 descriptors" in out, out


@test
def all_of_it_is_json():
    code, out, err = cli.run("bench", "--json", "--part", "surfaces", "--rounds", 1, seconds=120)
    assert code == 0 and not err, err
    seen = json.loads(out)
    assert seen["times"] and seen["calls"] and seen["targets"] and seen["fds"] == 2, seen


@test
def fewer_rounds_where_the_time_is_short():
    """A thousand rounds of all would take minutes anywhere."""
    code, out, err = cli.run("bench", "--seconds", 1, "--rounds", 1000, seconds=120)
    assert code == 0 and "Medians of up to 1000 rounds" in out, (code, out, err)
    cli.check_sentence(err, "up to 1 seconds")


@test
def wrong_words_are_refused():
    for words in (["x"], ["--part", "x"], ["--rounds", "0"], ["--rounds", "1001"], ["--rounds", "-1"], ["--rounds", "x"]):
        code, out, err = cli.run("bench", *words)
        assert code == 2 and not out and err, (words, code, out, err)


cli.main()
