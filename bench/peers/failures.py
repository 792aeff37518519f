"""What happens when a side misbehaves, stops or dies: the same steps for every way to pass frames."""
import signal
import time

from measure import attempt, in_turn, percentile
from stage import COMMANDS, TRUNCATED, WRITTEN, Failed, Stage, memory_of, now_ns, wait_for
from ways import SIZES, find_size

FPS = 60
HOLD = 3
BUFFERS = 8

# What is done to the second reader, the producer or the daemon; seconds from the first frame on.
CASES = {
    "stopped": "one reader stopped for 3 s, then continued",
    "killed": f"one reader killed while it holds {HOLD} of {BUFFERS} buffers, a new one 2 s later",
    "slow": "one reader looks at each frame for 100 ms",
    "writing": "one reader writes over the frames it got",
    "truncating": "one reader truncates the memory",
    "closing": "one reader ends in the middle of a frame, a new one 2 s later",
    "producer": "the producer killed, a new one 1 s later",
    "daemon": "the daemon killed, a new one 1 s later",
}
EVENT_S, LENGTH_S = 1.5, 6.5
# How long buffers of the dead are waited for.
BACK_S = 3


class Story:
    """One run: steps at their times, and a look at everybody each half second."""

    def __init__(self, stage, case):
        self.stage, self.case = stage, case
        self.healthy, self.victim = stage.readers[0], stage.readers[1]
        self.seconds, self.result = [], {}
        self.start = 0.0
        self.killed_ns = 0

    def steps(self):
        """Time and action of each step."""
        event, restart = EVENT_S, EVENT_S + 2
        return {
            "stopped": [(event, lambda: self.victim.signal(signal.SIGSTOP)),
                        (event + 3, lambda: self.victim.signal(signal.SIGCONT))],
            "killed": [(event, self.kill_holding), (restart, self.join_anew)],
            "slow": [(event, lambda: self.command("slow"))],
            "writing": [(event, lambda: self.command("write"))],
            "truncating": [(event, lambda: self.command("truncate"))],
            "closing": [(event, lambda: self.command("close")), (restart, self.join_anew)],
            "producer": [(event, self.kill_producer), (event + 1, self.restart_producer)],
            "daemon": [(event, self.kill_daemon), (event + 1, self.restart_daemon), (event + 2, self.restart_dead)],
        }[self.case]

    def command(self, word):
        self.victim.sheet.command = COMMANDS[word]

    def kill_holding(self):
        self.command("hold")
        wait_for(lambda: self.victim.sheet.held_count >= HOLD, 1)
        self.result["held"] = int(self.victim.sheet.held_count)
        self.victim.kill()

    def join_anew(self):
        self.victim = self.stage.start_reader(1)

    def kill_producer(self):
        self.killed_ns = now_ns()
        self.stage.producer.kill()

    def restart_producer(self):
        self.stage.start_producer(period_ns=1e9 / FPS, go=True)

    def kill_daemon(self):
        self.stage.daemon.kill()

    def restart_daemon(self):
        self.stage.daemon.kill()
        try:
            self.stage.start_daemon()
        except Failed as error:
            self.result["daemon_again"] = str(error)

    def restart_dead(self):
        """Who did not survive the daemon is started again by hand; so is the second reader."""
        if not self.stage.producer.is_alive():
            self.result["producer_died"] = True
            self.restart_producer()
        self.victim.kill()
        self.join_anew()

    def look(self, last):
        """Frames since the last look, by each reader; memory and descriptors of the producer."""
        now = time.monotonic()
        frames = {n: int(r.sheet.frames) for n, r in (("healthy", self.healthy), ("victim", self.victim))}
        took = now - last["when"]
        producer = memory_of(self.stage.producer.pid)
        entry = {"s": round(now - self.start, 2)}
        for name in frames:
            fresh = frames[name] - last.get(name, 0)
            entry[name] = round((fresh if fresh >= 0 else frames[name]) / took, 1)
        entry["pss"], entry["fds"] = (producer["pss"], producer["fds"]) if producer else (None, None)
        parts = [memory_of(p.pid) for p in self.stage.processes if p.is_alive()]
        entry["all"] = sum(p["pss"] for p in parts if p)
        self.seconds.append(entry)
        return {"when": now, **frames}

    def play(self):
        self.stage.producer.sheet.go = 1
        if not wait_for(lambda: self.healthy.sheet.frames and self.victim.sheet.frames, 5):
            raise Failed("not both readers see frames")
        self.start = time.monotonic()
        steps, looks = self.steps(), [0.5 * (i + 1) for i in range(int(LENGTH_S * 2))]
        last = {"when": self.start, "healthy": int(self.healthy.sheet.frames),
                "victim": int(self.victim.sheet.frames)}
        before = None
        for when, action in sorted([(t, "look") for t in looks] + steps, key=lambda s: (s[0], s[1] != "look")):
            time.sleep(max(0.0, self.start + when - time.monotonic()))
            if action == "look":
                last = self.look(last)
                continue
            if before is None:
                self.healthy.sheet.gap_ns = 0
                before = self.healthy.sheet.frames, time.monotonic()
            action()
        self.finish(before)
        return self.result

    def finish(self, before):
        healthy = self.healthy.sheet
        elapsed = time.monotonic() - before[1]
        if self.killed_ns and self.stage.producer.sheet.first_ns:
            # While there is no producer there is nothing to see.
            self.result["absent_ms"] = (self.stage.producer.sheet.first_ns - self.killed_ns) / 1e6
            elapsed -= self.result["absent_ms"] / 1e3
        self.result.update(
            event_s=EVENT_S, seconds=self.seconds, kept=(healthy.frames - before[0]) / elapsed / FPS,
            gap_ms=max(healthy.gap_ns, now_ns() - healthy.last_ns) / 1e6, torn=int(healthy.torn),
            rejoined=int(healthy.rejoined), victim_rejoined=int(self.victim.sheet.rejoined),
            victim_torn=int(self.victim.sheet.torn),
            written=WRITTEN[self.victim.sheet.written], truncated=TRUNCATED[self.victim.sheet.truncated],
            healthy_fate=self.healthy.fate(), victim_fate=self.victim.fate(),
            producer_fate=self.stage.producer.fate(),
            daemon_fate=self.stage.daemon.fate() if self.stage.daemon else None)


def story_once(plan, way, case):
    with Stage(plan.build, way, plan.failure_size, buffers=BUFFERS, readers=2, whole=True,
               cores=(0, 1) if plan.two_cores else (0, 0)) as stage:
        if not way.daemon_last:
            stage.start_daemon()
        stage.start_producer(period_ns=1e9 / FPS)
        stage.await_ready([stage.producer])
        stage.start_reader(0)
        stage.start_reader(1, hold=HOLD if case == "killed" else 0)
        stage.await_ready(stage.readers)
        if way.daemon_last:
            stage.start_daemon()
        time.sleep(0.3)
        return Story(stage, case).play()


def measure_failures(plan, say):
    result = []
    for case in plan.cases:
        for way in plan.ways:
            if way.floor or way.name in ("gst-own", "pipe") or \
                    (case == "daemon" and not way.daemon(_NoStage(way))):
                continue
            result.append({"way": way.name, "case": case,
                           **attempt(say, f"{case}, {way.name}", story_once, plan, way, case)})
        say(f"failures: {case}")
    return result


class _NoStage:
    """Enough of a stage to be asked whether there would be a daemon."""

    def __init__(self, way):
        self.folder, self.size, self.readers_wanted, self.way = "", SIZES[0], 2, way


def back_once(plan, way):
    """From the kill of a reader until the producer has drawn into what it held.

    Whoever lets one reader have everything hands out what came back last: there the reader takes all, and the
    first frame after that counts. Else all of the buffers that it held count; of small frames, for a stream draws
    large ones into what came back last as long as there is that.
    """
    greedy = not way.ours and not way.floor
    hold = BUFFERS if greedy else HOLD
    size = plan.failure_size if greedy else find_size("64")
    # The producer never rests, so what it has of threads must be free to run elsewhere.
    with Stage(plan.build, way, size, buffers=BUFFERS, cores=(None, None)) as stage:
        stage.start_daemon()
        stage.start_producer(period_ns=0)
        stage.await_ready([stage.producer])
        victim = stage.start_reader(0, hold=hold)
        stage.await_ready([victim])
        victim.sheet.command = COMMANDS["hold"]
        stage.producer.sheet.go = 1
        refused = stage.producer.sheet.refused
        if not wait_for(lambda: victim.sheet.held_count >= hold or
                        (greedy and stage.producer.sheet.refused > refused + 20), 5):
            raise Failed(f"the reader could keep {victim.sheet.held_count} buffers only")
        time.sleep(0.05)
        drawn = stage.producer.sheet.drawn_ns
        held = {victim.sheet.held[i] for i in range(min(hold, victim.sheet.held_count))}
        for buffer in range(len(drawn)):
            drawn[buffer] = 0
        time.sleep(0.01)
        early = any(drawn[b] for b in held)
        killed = now_ns()
        victim.popen.kill()
        if greedy:
            back = wait_for(lambda: any(drawn), BACK_S)
            when = min(d for d in drawn if d) if back else 0
        else:
            back = wait_for(lambda: all(drawn[b] for b in held), BACK_S)
            when = max(drawn[b] for b in held)
        return {"early": early, "held": len(held), "ns": when - killed if back and not early else None}


def measure_back(plan, say):
    ways = [w for w in plan.ways if not w.copies]
    runs = {w.name: [] for w in ways}
    for number in range(plan.kills):
        for way in in_turn(ways, number):
            runs[way.name].append(attempt(say, f"buffers of the dead, {way.name}", back_once, plan, way))
    result = []
    for way in ways:
        good = [r for r in runs[way.name] if "error" not in r]
        times = sorted(r["ns"] for r in good if r["ns"] is not None)
        result.append({"way": way.name, "kills": len(good), "back": len(times),
                       "early": sum(r["early"] for r in good),
                       "held": max((r["held"] for r in good), default=None), "p50": percentile(times, 0.5),
                       "most": times[-1] if times else None})
    say("buffers of the dead: done")
    return result
