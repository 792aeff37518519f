#!/usr/bin/env python3
"""Tests that the programs of bench/peers really pass checked frames, and find what is wrong with one. TAP.

usage: test-peers.py BUILD
A way whose libraries or daemon are missing is skipped: `make bench-peers` installs them.
"""
import ctypes
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench", "peers"))
from stage import COMMANDS, WRITTEN, Failed, Sheet, Stage, wait_for  # noqa: E402
from ways import WAYS, find_size, find_way  # noqa: E402

BUILD = sys.argv[1]
PATIENCE = 20 * float(os.environ.get("TRANSOM_TEST_SLOWNESS", "1"))
FRAMES = 30
HOLD = 3
results = []


def report(good, what, why=""):
    results.append(good)
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}")
    if not good and why:
        print(f"# {why}")
    sys.stdout.flush()


def skip(what, why):
    results.append(True)
    print(f"ok {len(results)} - {what} # SKIP {why}")


def pass_frames(way, size):
    """What is wrong, or nothing."""
    with Stage(BUILD, way, size, cores=(None, None), readers=2, lossless=True, whole=True) as stage:
        stage.start_all(period_ns=2e6 if size.bytes < 1 << 20 else 2e7)
        stage.producer.sheet.go = 1
        if not wait_for(lambda: all(r.sheet.frames >= FRAMES for r in stage.readers), PATIENCE):
            return f"{[int(r.sheet.frames) for r in stage.readers]} frames were seen"
        for role in stage.readers + [stage.producer]:
            if os.path.getsize(os.path.join(stage.folder, f"{role.name}.sheet")) != ctypes.sizeof(Sheet):
                return "the sheet is not that of sheet.h"
        if any(r.sheet.torn for r in stage.readers):
            return "a frame was not what was drawn"
        if not all(r.samples() and max(r.samples()) > 0 for r in stage.readers):
            return "no latency was measured"
    return ""


def test_ways():
    for way in WAYS:
        for name in ("64", "1M"):
            size = find_size(name)
            what = f"{way.label} passes frames of {size.label}"
            if not way.is_there(BUILD):
                skip(what, "not installed")
            elif way.name == "ffmpeg" and name == "64":
                skip(what, "it gathers frames of so few bytes")
            else:
                try:
                    wrong = pass_frames(way, size)
                    report(not wrong, what, wrong)
                except Failed as error:
                    if "daemon" in str(error):
                        skip(what, str(error).replace("#", " "))
                    else:
                        report(False, what, str(error))


def test_spoilt_frames():
    """The floor protects nothing, so a hostile reader's marks are found by the other; a stream refuses."""
    for name, written in (("raw", "at once"), ("stream", "refused")):
        with Stage(BUILD, find_way(name), find_size("1M"), cores=(None, None), readers=2, whole=True) as stage:
            stage.start_all(period_ns=2e6)
            hostile, healthy = stage.readers
            stage.producer.sheet.go = 1
            hostile.sheet.command = COMMANDS["write"]
            tried = wait_for(lambda: hostile.sheet.written, PATIENCE)
            report(tried and WRITTEN[hostile.sheet.written] == written, f"writing over a frame of {name}: {written}")
            if name == "raw":
                report(wait_for(lambda: healthy.sheet.torn, PATIENCE), "a frame that was written over is found")
            else:
                seen = healthy.sheet.frames
                report(wait_for(lambda: healthy.sheet.frames > seen + FRAMES, PATIENCE) and not healthy.sheet.torn,
                       "frames that nobody can write over are whole")


def test_dead_readers():
    """What a killed reader held is drawn into again."""
    for name in ("raw", "stream"):
        with Stage(BUILD, find_way(name), find_size("64"), cores=(None, None)) as stage:
            stage.start_producer(period_ns=1e6)
            stage.await_ready([stage.producer])
            victim = stage.start_reader(0, hold=HOLD)
            stage.await_ready([victim])
            victim.sheet.command = COMMANDS["hold"]
            stage.producer.sheet.go = 1
            keeps = wait_for(lambda: victim.sheet.held_count == HOLD, PATIENCE)
            report(keeps, f"a reader of {name} keeps {HOLD} frames")
            held = [victim.sheet.held[i] for i in range(HOLD)]
            drawn = stage.producer.sheet.drawn_ns
            for i in range(len(drawn)):
                drawn[i] = 0
            count = stage.producer.sheet.frames
            wait_for(lambda: stage.producer.sheet.frames > count + FRAMES, PATIENCE)
            report(not any(drawn[b] for b in held), "nobody draws over what it keeps")
            victim.kill()
            report(wait_for(lambda: all(drawn[b] for b in held), PATIENCE), "when it is killed they come back")


def test_bad_input():
    program = os.path.join(BUILD, "bench", "peers", "peer-raw")
    for arguments in (["producer"], ["neither", "--folder", "/tmp"], ["--size", "9x", "producer"],
                      ["--period", "-1", "producer"], ["--nonsense"]):
        result = subprocess.run([program] + arguments, capture_output=True, text=True, timeout=PATIENCE, check=False)
        report(result.returncode == 2 and bool(result.stderr) and not result.stdout,
               f"refused: {' '.join(arguments)}", f"exit {result.returncode}")
    run = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench", "peers", "run.py")
    with tempfile.TemporaryDirectory() as empty:
        result = subprocess.run([run, "--build", empty], capture_output=True, text=True, timeout=PATIENCE, check=False)
        report(result.returncode == 1 and "no program" in result.stderr, "run.py says that nothing is built")


test_ways()
test_spoilt_frames()
test_dead_readers()
test_bad_input()
print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
