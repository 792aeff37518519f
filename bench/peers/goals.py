"""The goals, what came of each in a run, and where others are ahead: all of it from the figures, no word of it kept."""
from failures import BUFFERS, CASES
from figures import find, grown, is_lossy, is_thrown_out, ratio_of, size_label, sum_cpu, ways_of
from tables import digits, in_mib, in_us, label, number, text_table
from ways import SIZES, WAYS, find_size, find_way

CORES = {1: "one core", 2: "two cores"}
# A healthy reader's frames are counted to half a second: that much of them is no loss.
KEPT = 0.995


class Goal:
    """One goal: `met` is None where there are no figures; `why` is a sentence for where it is missed."""

    def __init__(self, what, goal, value, met, why=""):
        self.what, self.goal, self.value, self.met, self.why = what, goal, value, met, why

    def row(self):
        word = "not measured" if self.met is None else "met" if self.met else "**missed**"
        return [self.what, self.goal, self.value, word]


def at_least(what, bound, value, note="", why=""):
    return Goal(what, f"at least {bound:g}", (number(value) + note) if value else "–",
                None if value is None else value >= bound, why)


def at_most(what, bound, value, why=""):
    return Goal(what, f"at most {bound:g}", number(value), None if value is None else value <= bound, why)


def p50(figures, **wanted):
    entry = find(figures["latency"], **wanted)
    return entry["latency"]["p50"] if entry else None


def explain_busy(figures, size, floor):
    """Where the time goes, as far as the figures tell."""
    ours, theirs, raw = (p50(figures, way=w, busy=True, cores=2, size=size) for w in ("stream", "iceoryx", "raw"))
    if None in (ours, theirs, raw) or not floor:
        return ""
    text = f"The floor, memory and one word that is polled, is {digits(floor)} times better than iceoryx. " \
           f"A stream takes {in_us(ours)} µs, the floor {in_us(raw)} and iceoryx {in_us(theirs)}"
    if ours > raw:
        text += f": a stream adds {in_us(ours - raw)} µs to the floor"
    if find_size(size).bytes <= 4096:
        return text + ". Most of each is one cache line, the one that is polled: the publisher takes it from the " \
                      "reader, and the reader takes it back."
    return text + ". Frames of this size come at few a second, and in between the code and what it touches leave " \
                  "the caches: a stream touches more lines than the floor, and iceoryx more than a stream."


def goals_busy(figures):
    for size in ("64", "1080p"):
        wanted = {"busy": True, "cores": 2, "size": size}
        ratio = ratio_of(figures, {"way": "iceoryx", **wanted}, {"way": "stream", **wanted})
        floor = ratio_of(figures, {"way": "iceoryx", **wanted}, {"way": "raw", **wanted})
        yield at_least(f"busy latency, {size_label(size)}: iceoryx's to ours", 5, ratio,
                       f" (the floor's: {digits(floor)})" if floor else "", explain_busy(figures, size, floor))


def explain_blocking(figures, cores):
    ours, raw = (p50(figures, way=w, busy=False, cores=cores, size="64") for w in ("stream", "raw"))
    if None in (ours, raw):
        return ""
    text = f"A stream takes {in_us(ours)} µs and an eventfd {in_us(raw)}. "
    if cores == 2:
        return text + "Each makes one system call that wakes and one that sleeps; most of both is how long the kernel " \
                      "takes to run a reader on the other core."
    return text + "Both make the same system calls and the same switches: each side sleeps once a frame, and the reader " \
                  "runs, as a rule, as soon as it is woken. What is left is code and data that are fetched again after a " \
                  "millisecond of rest, of which a stream has more."


def goals_blocking(figures):
    for cores in (2, 1):
        wanted = {"busy": False, "cores": cores, "size": "64"}
        yield at_most(f"blocking latency, 64 B, {CORES[cores]}: ours to an eventfd's", 1.15,
                      ratio_of(figures, {"way": "stream", **wanted}, {"way": "raw", **wanted}),
                      explain_blocking(figures, cores))
        for size in ("64", "1080p", "4k"):
            yield goal_ahead(figures, {"busy": False, "cores": cores, "size": size})


def goal_ahead(figures, wanted):
    """Ahead of all peers."""
    what = f"blocking latency, {size_label(wanted['size'])}, {CORES[wanted['cores']]}: the best peer's to ours"
    peers = [(ratio_of(figures, {"way": w.name, **wanted}, {"way": "stream", **wanted}), w.label)
             for w in WAYS if not w.ours and not w.floor]
    peers = [p for p in peers if p[0]]
    if not peers:
        return Goal(what, "above 1", "–", None)
    ratio, name = min(peers)
    return Goal(what, "above 1", f"{digits(ratio)} ({name})", ratio > 1,
                f"{name} is ahead: the median of its rounds is {digits(ratio)} of ours.")


def goals_cpu(figures):
    ours, theirs = (find(figures["cpu"], way=w, size="4k") for w in ("stream", "gst"))
    ratio = sum_cpu(theirs) / sum_cpu(ours) if ours and theirs and sum_cpu(ours) else None
    yield at_least("processor of a 4K frame, both sides: shmsink with a copy to ours", 10, ratio)


def goals_failures(figures):
    bound = BUFFERS * find_size("1080p").bytes / (1 << 20)
    for case in list(CASES)[:6]:
        entry = find(figures["failures"], way="stream", case=case)
        kept, growth = (entry["kept"], grown(entry)) if entry else (None, None)
        yield Goal(f"healthy reader, {case}", f"100 % (± {100 * (1 - KEPT):.1f})",
                   f"{100 * kept:.1f} %, {entry['torn']} spoilt" if entry else "–",
                   kept >= KEPT and not entry["torn"] if entry else None,
                   f"The longest gap was {entry['gap_ms']:.0f} ms." if entry else "")
        yield Goal(f"memory of all, {case}", f"at most the {BUFFERS} buffers ({bound:.0f} MiB)",
                   "–" if growth is None else f"{growth:+.0f} MiB", None if growth is None else growth <= bound)


def goals_back(figures):
    floor, ours = (find(figures["back"], way=w) for w in ("raw", "stream"))
    what = "buffers of a killed reader back: ours to the floor"
    if ours and ours["back"] < ours["kills"]:
        yield Goal(what, "at most 2", f"{ours['back']} of {ours['kills']} times only", False)
    else:
        there = floor and ours and floor["p50"] and ours["p50"]
        yield at_most(what, 2, ours["p50"] / floor["p50"] if there else None)


def goals_paused(figures):
    entry = find(figures["failures"], way="stream", case="stopped")
    out = is_thrown_out(entry) if entry else None
    yield Goal("a live but stopped process is thrown out", "never", "–" if out is None else "yes" if out else "no",
               None if out is None else not out)


def all_goals(figures):
    return [g for goals in (goals_busy, goals_blocking, goals_cpu, goals_failures, goals_back, goals_paused)
            for g in goals(figures)]


def write_goals(figures):
    return text_table(["", "goal", "this run", ""], [g.row() for g in all_goals(figures)])


def write_missed(figures):
    missed = [g for g in all_goals(figures) if g.met is False]
    if not missed:
        return ["None of those that were measured is missed."]
    return [f"* **{g.what}**: {g.value}, {g.goal} wanted." + (f" {g.why}" if g.why else "") for g in missed]


# Where others are ahead: each figure in which a peer is better than a stream.

def rows_of(figures, part, value, fewer=True, **wanted):
    """The best peer if it is ahead of a stream: its value and a stream's."""
    ours = find(figures[part], way="stream", **wanted)
    ours = value(ours) if ours else None
    if ours is None:
        return None
    peers = []
    for way in ways_of(figures, part):
        entry = find(figures[part], way=way.name, **wanted)
        theirs = value(entry) if entry and not way.ours and not way.floor else None
        if theirs is not None:
            peers.append((theirs if fewer else -theirs, way.name))
    if not peers or min(peers)[0] >= (ours if fewer else -ours):
        return None
    return min(peers)[1], abs(min(peers)[0]), ours


def list_comparisons(figures):
    """What is compared, how it is written, and who is ahead of a stream in it."""
    for cores in (2, 1):
        for size in SIZES:
            for busy in (True, False):
                yield (f"µs until a reader has it, {'busy' if busy else 'blocking'}, {size.label}, {CORES[cores]}", in_us,
                       rows_of(figures, "latency", lambda e: e["latency"]["p50"], busy=busy, cores=cores,
                               size=size.name))
            # Who loses frames does not wait for the reader: that is another race.
            yield (f"frames/s, {size.label}, {CORES[cores]}", number,
                   rows_of(figures, "rate", lambda e: None if is_lossy(e) else e["seen"], fewer=False,
                           size=size.name, cores=cores))
    for size in ("1080p", "4k"):
        yield (f"µs of a processor a frame, {size_label(size)}", in_us,
               rows_of(figures, "cpu", sum_cpu, size=size))
    yield ("system calls a frame, all processes", number,
           rows_of(figures, "calls", lambda e: e["producer"] + e["reader"] + e.get("daemon", 0)))
    for state, word in (("idle", "idle"), ("busy", "at 60 fps")):
        yield f"MiB {word}", in_mib, rows_of(figures, "memory", lambda e, s=state: e[s]["pss"])
        yield f"descriptors {word}", str, rows_of(figures, "memory", lambda e, s=state: e[s]["fds"])
    yield "ms to the first frame", lambda v: digits(v / 1e6), rows_of(figures, "start", lambda e: e["all_ns"])
    for count in sorted({e["readers"] for e in figures["readers"]}):
        yield (f"µs of publishing to {count}", in_us,
               rows_of(figures, "readers", lambda e: e["publish"]["p50"], readers=count))
        yield (f"µs until one of {count} readers has it", in_us,
               rows_of(figures, "readers", lambda e: e["latency"]["p50"], readers=count))
    yield ("ms until a killed reader's buffers are back", lambda v: digits(v / 1e6),
           rows_of(figures, "back", lambda e: e["p50"]))


def write_ahead(figures):
    rows = [[what, label(ahead[0]), shape(ahead[1]), shape(ahead[2])]
            for what, shape, ahead in list_comparisons(figures) if ahead]
    for case in CASES:
        ours = find(figures["failures"], way="stream", case=case)
        for way in ways_of(figures, "failures"):
            entry = find(figures["failures"], way=way.name, case=case)
            if ours and entry and not way.ours and entry["kept"] > max(ours["kept"], 0) + 1 - KEPT:
                rows.append([f"healthy reader keeps, {case}", find_way(way.name).label,
                             f"{100 * entry['kept']:.1f} %", f"{100 * ours['kept']:.1f} %"])
    if not rows:
        return ["Nowhere in what was measured."]
    return text_table(["", "who is ahead", "theirs", "a stream's"], rows)
