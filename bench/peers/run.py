#!/usr/bin/env python3
"""Runs all ways to pass frames beside each other, in turn, and writes what came of it as JSON.

usage: run.py --build DIR [--output FILE] [--quick] [--seconds S] [--rounds N] [--parts A,B] [--ways A,B] [--sizes A,B]
              [--latency busy|blocking] [--cases A,B]
"""
import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
import traceback

import failures
import measure
from ways import SIZES, WAYS, find_size

PARTS = {
    "latency": measure.measure_latency, "rate": measure.measure_rate, "cpu": measure.measure_cpu,
    "calls": measure.measure_calls, "memory": measure.measure_memory, "start": measure.measure_start,
    "readers": measure.measure_readers, "failures": failures.measure_failures, "back": failures.measure_back,
}


class Plan:
    """How much is measured, and of what."""

    def __init__(self, arguments):
        self.build = arguments.build
        self.sizes = [s for s in SIZES if not arguments.sizes or s.name in arguments.sizes.split(",")]
        self.ways = [w for w in WAYS if w.is_there(arguments.build)]
        self.missing = [w.name for w in WAYS if w not in self.ways]
        if arguments.ways:
            self.ways = [w for w in self.ways if w.name in arguments.ways.split(",")]
        self.two_cores = len(os.sched_getaffinity(0)) > 1
        self.rounds = arguments.rounds or (1 if arguments.quick else 3)
        self.seconds = arguments.seconds or (0.3 if arguments.quick else 0.5)
        self.busy = {"busy": [True], "blocking": [False]}.get(arguments.latency, [True, False])
        self.fewer_rounds = max(1, self.rounds - 1)  # of what takes long and varies little
        self.reader_counts = [1, 4, 16] if arguments.quick else [1, 2, 4, 8, 16, 32, 64]
        self.cases = arguments.cases.split(",") if arguments.cases else list(failures.CASES)
        self.failure_size = find_size("1080p")
        self.kills = 3 if arguments.quick else 11


    def rounds_of(self, size, rounds):
        """The goals name some sizes; of the others one round says how a curve goes on."""
        return rounds if size.name in ("64", "1080p", "4k", "8k") else 1


def say(sentence):
    print(f"{time.strftime('%H:%M:%S')} {sentence}", file=sys.stderr, flush=True)


def version_of(package):
    result = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True,
                            check=False)
    return result.stdout if result.returncode == 0 else "unknown"


def find_version(build):
    """Of the library that is measured."""
    try:
        with open(os.path.join(build, "meson-info", "intro-projectinfo.json"), encoding="utf-8") as file:
            return json.load(file)["version"]
    except (OSError, ValueError, KeyError):
        return "of an unknown version"


def ask_git(*arguments):
    try:
        return subprocess.run(["git", *arguments], capture_output=True, text=True, check=False,
                              cwd=os.path.dirname(os.path.abspath(__file__))).stdout.strip()
    except OSError:
        return ""


def find_tree():
    """Of the library's sources. A commit would get another name where it is moved, and a tree does not."""
    tree = ask_git("rev-parse", "--short=12", "--verify", "-q", "HEAD:src")
    changed = ask_git("status", "--porcelain", "--", "../../src", "../../include")
    return (tree or "unknown") + (" with changes" if changed else "")


def describe_machine(plan):
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) << 10
    return {"kernel": platform.release(), "processor": model, "cores": os.cpu_count(), "memory": memory,
            "architecture": platform.machine(), "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "transom": find_version(plan.build), "tree": find_tree(),
            "load": os.getloadavg()[0], "niceness": os.getpriority(os.PRIO_PROCESS, 0),
            "virtual": "hypervisor" in open("/proc/cpuinfo", encoding="utf-8").read(),
            "versions": {p: version_of(p) for w in plan.ways for p in w.packages}}


def parse():
    parser = argparse.ArgumentParser(description="Runs ways to pass frames beside each other.")
    parser.add_argument("--build", required=True, help="build folder that has the programs")
    parser.add_argument("--output", default="-", help="where the JSON goes (standard output)")
    parser.add_argument("--quick", action="store_true", help="one short round of each: to try it out, not to cite")
    parser.add_argument("--seconds", type=float, help="how long one run measures (0.5)")
    parser.add_argument("--rounds", type=int, help="rounds of each measurement (3)")
    parser.add_argument("--parts", default=",".join(PARTS), help="of " + ",".join(PARTS))
    parser.add_argument("--latency", choices=["busy", "blocking"], help="of one kind alone")
    parser.add_argument("--cases", help="of " + ",".join(failures.CASES) + ", for failures")
    parser.add_argument("--ways", help="of " + ",".join(w.name for w in WAYS))
    parser.add_argument("--sizes", help="of " + ",".join(s.name for s in SIZES) + ", for latency and rate")
    arguments = parser.parse_args()
    for part in arguments.parts.split(","):
        if part not in PARTS:
            parser.error(f"there is no part '{part}'")
    for way in arguments.ways.split(",") if arguments.ways else []:
        if way not in [w.name for w in WAYS]:
            parser.error(f"there is no way '{way}'")
    for case in arguments.cases.split(",") if arguments.cases else []:
        if case not in failures.CASES:
            parser.error(f"there is no case '{case}'")
    for size in arguments.sizes.split(",") if arguments.sizes else []:
        if size not in [s.name for s in SIZES]:
            parser.error(f"there is no size '{size}'")
    if (arguments.seconds is not None and arguments.seconds <= 0) or \
            (arguments.rounds is not None and arguments.rounds <= 0):
        parser.error("seconds and rounds are more than 0")
    return arguments


def shorten(value):
    """Six digits are more than was measured."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {k: shorten(v) for k, v in value.items()}
    return [shorten(v) for v in value] if isinstance(value, list) else value


def dump(result):
    """JSON with a line for each thing that was measured."""
    parts = []
    for name, value in sorted(result.items()):
        lines = ",\n  ".join(json.dumps(shorten(v), sort_keys=True) for v in value) if isinstance(value, list) else None
        parts.append(f"{json.dumps(name)}: " + (f"[\n  {lines}\n ]" if lines else json.dumps(value, sort_keys=True)))
    return "{\n " + ",\n ".join(parts) + "\n}\n"


def write(result, path):
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(dump(result))
    os.replace(path + ".new", path)


def measure_part(part, plan, result):
    """A part that breaks is left out, and the others are measured still."""
    begun = time.monotonic()
    try:
        result[part] = PARTS[part](plan, say)
    except Exception:  # pylint: disable=broad-except
        traceback.print_exc()
        result["failed"].append(part)
    result["took"][part] = round(time.monotonic() - begun)


def main():
    arguments = parse()
    plan = Plan(arguments)
    if not plan.ways:
        sys.exit(f"run.py: no program to run is in {arguments.build}")
    if plan.missing:
        say("left out, since it is not installed: " + ", ".join(plan.missing))
    # Whoever ends this ends the stages too, and they what they started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    result = {"machine": describe_machine(plan), "missing": plan.missing, "quick": arguments.quick,
              "rounds": plan.rounds, "seconds": plan.seconds, "took": {}, "failed": []}
    begun = time.monotonic()
    for part in arguments.parts.split(","):
        measure_part(part, plan, result)
        result["took_s"] = round(time.monotonic() - begun)
        # What was measured is kept, whatever becomes of the next part.
        if arguments.output != "-":
            write(result, arguments.output)
    if arguments.output == "-":
        sys.stdout.write(dump(result))
    if result["failed"]:
        sys.exit("run.py: not measured: " + ", ".join(result["failed"]))


if __name__ == "__main__":
    main()
