#!/usr/bin/env python3
"""`transom exec`: what the program that it runs inherits, and how it ends. Prints TAP. usage: test-cli-exec.py TRANSOM CLI-PEER"""
import os

import cli
import peer
import tap
from tap import test


@test
def the_program_takes_its_place():
    peer.start("publish", "cam", 100)
    for name in ("cam", "-"):
        code, out, err = cli.run("exec", name, "sh", "-c", 'echo "$TRANSOM_STREAM_FD" -x; exit 42')
        assert code == 42 and out == "3 -x\n" and not err, (name, code, out, err)
    program = cli.start("exec", "cam", "sleep", "100")
    tap.wait_until(lambda: read_name(program.pid) == "sleep", "the program in its place")
    program.kill()
    assert program.wait(60 * tap.SLOWNESS) == -9


def read_name(pid):
    with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
        return file.read().strip()


@test
def the_stream_is_inherited_alone():
    """Neither a name nor a runtime directory is needed, and no other descriptor is left open."""
    peer.start("publish", "cam", 100)
    code, out, err = cli.run("exec", "cam", "env", "TRANSOM_RUNTIME_DIR=/nowhere", "sh", "-c", "ls /proc/$$/fd")
    assert code == 0 and {"0", "1", "2", "3"} >= set(out.split()) - {"255"}, (out, err)
    commands = cli.run("help")[1]
    if "  pipe " not in commands:
        raise tap.Skip("built without FFmpeg")
    with open(tap.path("a.raw"), "wb") as file:
        code, _, err = cli.run("exec", "cam", "env", "TRANSOM_RUNTIME_DIR=/nowhere", "sh", "-c",
                               f"exec {cli.program} pipe --fd=$TRANSOM_STREAM_FD --frames=1 --raw -q", stdout=file)
    assert code == 0 and os.path.getsize(tap.path("a.raw")) > 0, err


@test
def what_cannot_be_run_is_told():
    peer.start("publish", "cam", 100)
    for program, expected in (("no-such-program", 127), ("/", 126)):
        code, out, err = cli.run("exec", "cam", program)
        assert code == expected and not out, (program, code, err)
        cli.check_sentence(err, "cannot be run")


@test
def wrong_words_are_refused():
    for words in ([], ["cam"], ["--nonsense", "cam", "true"]):
        code, out, err = cli.run("exec", *words)
        assert code == 2 and not out and err, (words, code, err)
    for name, expected, words in (("a/b", 2, "cannot be a stream's name"), ("nobody", 3, 'no stream "nobody"'),
                                  ("-", 3, "no stream"), ("fd:77", 3, "not open")):
        code, out, err = cli.run("exec", name, "true")
        assert code == expected and not out, (name, code, err)
        cli.check_sentence(err, words)


cli.main()
