"""What passing frames costs while nothing goes wrong: latency, rate, processor, calls, memory, start-up, readers."""
import os
import re
import signal
import subprocess
import time

from stage import Failed, Stage, memory_of, now_ns, wait_for
from ways import find_size

WARM_S = 0.1


def percentile(values, part):
    return values[min(len(values) - 1, int(len(values) * part))] if values else None


def median(values):
    return percentile(sorted(v for v in values if v is not None), 0.5)


def tail(samples):
    """Percentiles in nanoseconds; of a few samples the far ones say nothing and are left out."""
    values = sorted(samples)
    return {"count": len(values), "p50": percentile(values, 0.5),
            "p99": percentile(values, 0.99) if len(values) >= 100 else None,
            "p999": percentile(values, 0.999) if len(values) >= 1000 else None}


def per_frame(sheet, field):
    """How much of it a role used for each frame that was measured; None if there was none."""
    frames = sheet.end.frames - sheet.begin.frames
    if not sheet.begin.when_ns or not frames:
        return None
    return (getattr(sheet.end, field) - getattr(sheet.begin, field)) / frames


def rate_of(sheet):
    """Until the last frame: a reader ends a little later."""
    took = sheet.last_ns - sheet.begin.when_ns
    return (sheet.end.frames - sheet.begin.frames) * 1e9 / took if sheet.begin.when_ns and took else 0.0


def run_once(build, way, size, period_ns, duration_s, **options):
    """One run of a way: what came of it, for readers on average."""
    with Stage(build, way, size, **options) as stage:
        stage.start_all(period_ns=period_ns, warm_s=WARM_S, duration_s=duration_s)
        daemon_ns = stage.run_to_end(duration_s + WARM_S + 15)
        producer, readers = stage.producer.sheet, [r.sheet for r in stage.readers]
        samples = [s for r in stage.readers for s in r.samples()]
        if not samples:
            raise Failed("no reader saw a frame")
        fates = [r.popen.returncode for r in stage.readers]
        return {
            "samples": samples, "publish": stage.producer.samples(),
            "published": rate_of(producer), "seen": sum(rate_of(r) for r in readers) / len(readers),
            "frames": producer.frames, "torn": sum(r.torn for r in readers), "missed": sum(r.missed for r in readers),
            "failed_readers": sum(f != 0 for f in fates),
            "producer_cpu": per_frame(producer, "cpu_ns"),
            "reader_cpu": median([per_frame(r, "cpu_ns") for r in readers]),
            "daemon_cpu": daemon_ns / max(1, producer.frames),
            "producer_faults": per_frame(producer, "faults"),
            "reader_faults": median([per_frame(r, "faults") for r in readers])}


def attempt(say, what, function, *arguments, **options):
    """What the function gives, or an error in its place; a second try for what the machine did."""
    for last in (False, True):
        try:
            return function(*arguments, **options)
        # A run goes on for long, and nobody watches: whatever one way does, the others are measured.
        except Exception as error:  # pylint: disable=broad-except
            if last:
                say(f"{what}: {error}")
                return {"error": str(error) or type(error).__name__}
    return None


def in_turn(items, round_number):
    """Back and forth, so that none always comes after the same."""
    return items if round_number % 2 == 0 else list(reversed(items))


def merge(runs):
    """Rounds of one thing as one: all samples together, medians of the rest, the medians of each round beside."""
    good = [r for r in runs if r and "error" not in r]
    if not good:
        return {"error": runs[-1]["error"] if runs else "not run"}
    summed = ("samples", "publish", "torn", "failed_readers")
    merged = {k: median([r[k] for r in good]) for k in good[0] if k not in summed}
    merged["latency"] = tail([s for r in good for s in r["samples"]])
    merged["publish"] = tail([s for r in good for s in r["publish"]])
    merged["rounds"] = [percentile(sorted(r["samples"]), 0.5) for r in runs if r and "error" not in r]
    merged["torn"] = sum(r["torn"] for r in good)
    merged["failed_readers"] = sum(r["failed_readers"] for r in good)
    return merged


def find_period(size):
    """Slow enough for the slowest way to be done before the next frame."""
    return max(1e6, size.bytes * 1.5)


def list_latencies(ways, sizes, two_cores):
    """Way, size, busy, cores of each."""
    cases = []
    for cores in [(0, 1), (0, 0)] if two_cores else [(0, 0)]:
        for size in sizes:
            if cores == (0, 0) and size.name not in ("64", "1080p", "4k"):
                continue
            # Who spins on the only core keeps the other side from running.
            cases += [(w, size, True, cores) for w in ways if w.busy and cores == (0, 1)]
            cases += [(w, size, False, cores) for w in ways]
    return cases


def measure_latency(plan, say):
    cases = [c for c in list_latencies(plan.ways, plan.sizes, plan.two_cores) if c[2] in plan.busy]
    runs = [[] for _ in cases]
    for number in range(plan.rounds):
        for i in in_turn(range(len(cases)), number):
            way, size, busy, cores = cases[i]
            if number >= plan.rounds_of(size, plan.rounds):
                continue
            # Small frames have the far percentiles, and so more of them; of large ones there are a few at least.
            seconds = max(plan.seconds * (2 if size.bytes <= 1 << 20 else 1), 4e-9 * find_period(size))
            # Who polls never rests, and so would be the first to wait for whatever else runs on the machine. The
            # kernel lets nobody have more than 0.95 s of a second before all others.
            if busy:
                seconds = min(seconds, 0.8)
            runs[i].append(attempt(say, f"latency of {way.name}, {size.label}", run_once, plan.build, way, size,
                                   find_period(size), seconds, busy=busy, realtime=busy, cores=cores))
        say(f"latency: round {number + 1} of {plan.rounds}")
    return [{"way": w.name, "size": s.name, "busy": busy, "cores": 1 if cores == (0, 0) else 2, **merge(runs[i])}
            for i, (w, s, busy, cores) in enumerate(cases)]


def measure_rate(plan, say):
    """As fast as it goes, every byte written and read, nothing lost where a way can promise that."""
    cases = [(w, s, (0, 1)) for s in plan.sizes for w in plan.ways] if plan.two_cores else []
    cases += [(w, s, (0, 0)) for s in plan.sizes if s.name == "1080p" for w in plan.ways]
    runs = [[] for _ in cases]
    for number in range(plan.fewer_rounds):
        for i in in_turn(range(len(cases)), number):
            way, size, cores = cases[i]
            if number >= plan.rounds_of(size, plan.fewer_rounds):
                continue
            runs[i].append(attempt(say, f"rate of {way.name}, {size.label}", run_once, plan.build, way, size, 0,
                                   max(plan.seconds, 1.2e-8 * size.bytes), lossless=True, whole=True,
                                   cores=cores))
        say(f"rate: round {number + 1} of {plan.fewer_rounds}")
    return [{"way": w.name, "size": s.name, "cores": 1 if cores == (0, 0) else 2, **merge(runs[i])}
            for i, (w, s, cores) in enumerate(cases)]


def measure_cpu(plan, say):
    """At 60 frames a second, of which the two ends are touched: what passing alone costs."""
    cases = [(w, find_size(s)) for s in ("1080p", "4k") for w in plan.ways]
    cores = (0, 1) if plan.two_cores else (0, 0)
    runs = [[] for _ in cases]
    for number in range(plan.fewer_rounds):
        for i in in_turn(range(len(cases)), number):
            way, size = cases[i]
            runs[i].append(attempt(say, f"processor of {way.name}, {size.label}", run_once, plan.build, way, size,
                                   1e9 / 60, 2 * plan.seconds, cores=cores))
        say(f"processor: round {number + 1} of {plan.fewer_rounds}")
    return [{"way": w.name, "size": s.name, **merge(runs[i])} for i, (w, s) in enumerate(cases)]


def measure_readers(plan, say):
    """1080p at 60 frames a second to ever more readers, all on one core, the producer on the other."""
    size = find_size("1080p")
    cases = [(w, n) for n in plan.reader_counts for w in plan.ways if w.name not in ("gst-own", "ffmpeg")]
    cores = (0, 1) if plan.two_cores else (0, 0)
    runs = [[] for _ in cases]
    for number in range(plan.fewer_rounds):
        for i in in_turn(range(len(cases)), number):
            way, count = cases[i]
            buffers = 8 if count <= 2 else count + 8
            runs[i].append(attempt(say, f"{count} readers of {way.name}", run_once, plan.build, way, size,
                                   1e9 / 60, plan.seconds, readers=count, buffers=buffers, cores=cores))
        say(f"readers: round {number + 1} of {plan.fewer_rounds}")
    return [{"way": w.name, "readers": n, **merge(runs[i])} for i, (w, n) in enumerate(cases)]


def count_calls(path):
    """System calls of a summary of strace, and which."""
    calls = {}
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            match = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)\s*$", line)
            if match and match.group(2) != "total":
                calls[match.group(2)] = int(match.group(1))
    return calls


def trace_calls(stage, seconds):
    """Traces all processes at once; gives for each its calls by frame."""
    traced = {"producer": stage.producer, "reader": stage.readers[0]}
    if stage.daemon:
        traced["daemon"] = stage.daemon
    tracers = {}
    for name, process in traced.items():
        path = os.path.join(stage.folder, f"{name}.strace")
        tracers[name] = (path, subprocess.Popen(
            ["strace", "-f", "-c", "-q", "-o", path, "-p", str(process.pid)], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL))
    time.sleep(0.5)  # until they are attached
    # What is counted while they attach and detach is counted against frames of the same time.
    before = now_ns(), stage.producer.sheet.frames
    time.sleep(seconds)
    after = now_ns(), stage.producer.sheet.frames
    for _, tracer in tracers.values():
        tracer.send_signal(signal.SIGINT)
    ended = now_ns()
    for _, tracer in tracers.values():
        try:
            tracer.wait(5)
        except subprocess.TimeoutExpired:
            tracer.kill()
    rate = (after[1] - before[1]) * 1e9 / (after[0] - before[0])
    if not rate:
        raise Failed("no frame passed while calls were counted")
    frames = rate * (seconds + 0.5 + (ended - after[0]) / 1e9 - 0.05)
    result = {"fps": rate}
    for name, (path, _) in tracers.items():
        calls = count_calls(path)
        most = sorted(calls.items(), key=lambda c: -c[1])[:4]
        result[name] = sum(calls.values()) / frames
        result[f"{name}_calls"] = {n: round(c / frames, 2) for n, c in most if c / frames >= 0.05}
    return result


def calls_once(plan, way, size):
    with Stage(plan.build, way, size, cores=(0, 1) if plan.two_cores else (0, 0)) as stage:
        stage.start_all(period_ns=1e9 / 60)
        stage.producer.sheet.go = 1
        time.sleep(0.3)
        return trace_calls(stage, max(2.0, plan.seconds))


def measure_calls(plan, say):
    """System calls of a frame at 60 frames a second, threads and daemons included."""
    size = find_size("1080p")
    result = [{"way": w.name, **attempt(say, f"calls of {w.name}", calls_once, plan, w, size)} for w in plan.ways]
    say("system calls: done")
    return result


def sum_memory(stage):
    parts = [memory_of(p.pid) for p in stage.processes]
    return {k: sum(p[k] for p in parts if p) for k in ("pss", "fds")}


def reserved():
    """Bytes of files in /dev/shm, whether they are touched or not."""
    total = 0
    for name in os.listdir("/dev/shm"):
        try:
            total += os.stat(os.path.join("/dev/shm", name)).st_size
        except OSError:
            pass
    return total


def memory_once(plan, way, size):
    before = reserved()
    with Stage(plan.build, way, size, readers=2, whole=True, cores=(0, 1) if plan.two_cores else (0, 0)) as stage:
        stage.start_all(period_ns=1e9 / 60)
        idle = sum_memory(stage)
        stage.producer.sheet.go = 1
        time.sleep(max(1.0, plan.seconds))
        busy = sum_memory(stage)
        return {"processes": len(stage.processes), "idle": idle, "busy": busy, "reserved": reserved() - before}


def measure_memory(plan, say):
    """Two readers at 60 frames a second of 1080p, in up to eight buffers."""
    size = find_size("1080p")
    result = [{"way": w.name, **attempt(say, f"memory of {w.name}", memory_once, plan, w, size)} for w in plan.ways]
    say("memory: done")
    return result


def start_once(plan, way, size):
    """From nothing, and with the daemon there, until the first frame is seen."""
    with Stage(plan.build, way, size, cores=(0, 1) if plan.two_cores else (0, 0)) as stage:
        start = now_ns()
        if not way.daemon_last:
            stage.start_daemon()
        daemon = now_ns()
        stage.start_producer(period_ns=1e6, go=True)
        reader = stage.start_reader(0)
        if way.daemon_last:
            stage.start_daemon()
        if not wait_for(lambda: reader.sheet.first_ns, 10):
            raise Failed("no frame was seen")
        return {"all_ns": reader.sheet.first_ns - start, "sides_ns": reader.sheet.first_ns - daemon}


def measure_start(plan, say):
    size = find_size("1080p")
    runs = {w.name: [] for w in plan.ways}
    for number in range(plan.rounds + 1):
        for way in in_turn(plan.ways, number):
            runs[way.name].append(attempt(say, f"start of {way.name}", start_once, plan, way, size))
    result = []
    for name, list_of_runs in runs.items():
        good = [r for r in list_of_runs if "error" not in r]
        result.append({"way": name, **({k: median([r[k] for r in good]) for k in ("all_ns", "sides_ns")} if good
                                       else {"error": list_of_runs[-1]["error"]})})
    say("start-up: done")
    return result
