"""Runs `transom` as a person would, in a runtime directory of the test's own, and leaves nothing running."""
import contextlib
import json
import os
import re
import signal
import subprocess
import sys

import tap

program = os.path.abspath(sys.argv[1])
running = []


def environment(**more):
    return {**os.environ, "TRANSOM_RUNTIME_DIR": tap.path("runtime"), "TMPDIR": tap.path("tmp"), "LC_ALL": "C.UTF-8",
            **more}


def start(*arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more):
    """Starts `transom ARGUMENT...`; `more` is for the environment."""
    process = subprocess.Popen([program, *map(str, arguments)], cwd=tap.folder, env=environment(**more), stdin=stdin,
                               stdout=stdout, stderr=stderr, text=text)
    running.append(process)
    return process


def run(*arguments, seconds=150, **more):
    """Runs it to its end: exit code, stdout, stderr."""
    process = start(*arguments, **more)
    out, err = process.communicate(timeout=seconds * tap.SLOWNESS)
    return process.returncode, out, err


def interrupt(process, number=signal.SIGINT, seconds=60):
    """Ctrl-C: exit code, stdout, stderr."""
    process.send_signal(number)
    out, err = process.communicate(timeout=seconds * tap.SLOWNESS)
    return process.returncode, out, err


def ask(name):
    """What there is to know of a stream; None: it is not there, or does not answer now."""
    code, out, _ = run("inspect", name, "--no-frame", "--json")
    return json.loads(out) if code == 0 else None


def wait_for_stream(name, condition=lambda facts: True):
    """Waits until the stream is there, and so."""
    return tap.wait_until(lambda: (facts := ask(name)) and condition(facts) and facts, f"{name} is there and so", seconds=60)


def wait_for_readers(name, count=1, frames=0):
    """Waits until it has so many readers, each of which has taken so many frames."""
    return wait_for_stream(name, lambda facts: len([reader for reader in facts["subscriber_list"]
                                                    if reader["acquired"] - reader["joined"] >= frames]) >= count)


def wait_until_it_listens(process):
    """Waits until Ctrl-C is no longer the death of it."""
    def catches():
        with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
            return int(re.search(r"^SigCgt:\s+(\w+)", file.read(), re.M)[1], 16) >> (signal.SIGINT - 1) & 1

    tap.wait_until(catches, "it catches Ctrl-C")


def check_sentence(err, words):
    """One line on stderr, from the program, with these words."""
    lines = err.strip().split("\n")
    assert len(lines) == 1 and lines[0].startswith("transom"), f"not one sentence: {err!r}"
    assert words in lines[0], f"{words!r} is not in {lines[0]!r}"


def is_sanitized():
    """Whether it is built with sanitizers, which take terabytes of addresses and look for leaks in procfs."""
    with open(program, "rb") as file:
        return b"__asan_init" in file.read()


def prepare():
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup(1) it would be ignored by what is started here too
    os.mkdir(tap.path("runtime"), 0o700)
    os.mkdir(tap.path("tmp"))


def clean_up():
    left = [p for p in running if p.poll() is None]
    for process in left:
        process.kill()
    for process in running:
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
    running.clear()


def main():
    tap.run_tests(prepare, clean_up)
