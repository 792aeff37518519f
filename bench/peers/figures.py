"""Finds things in the figures of a run; it measures and writes nothing."""
import hashlib

from ways import SIZES, WAYS


def complete(figures):
    """With nothing in the place of parts that were not measured."""
    parts = ("latency", "rate", "cpu", "calls", "memory", "start", "readers", "failures", "back")
    return {**{p: [] for p in parts}, "took": {}, "failed": [], "note": "", **figures}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def hash_of(text):
    """What a plot carries, to say of which figures it is."""
    return hashlib.sha256(text.encode()).hexdigest()


def ways_of(figures, part):
    there = {e["way"] for e in figures.get(part, [])}
    return [w for w in WAYS if w.name in there]


def find(entries, **wanted):
    """The entry of these properties; None if there is none or it failed."""
    for entry in entries:
        if all(entry.get(k) == v for k, v in wanted.items()):
            return None if "error" in entry else entry
    return None


def size_label(name):
    return next(s.label for s in SIZES if s.name == name)


def is_lossy(entry):
    """Whether a way lost frames in a run in which it was asked to lose none."""
    return bool(entry["missed"]) and entry["missed"] > 0.005 * entry["frames"]


def sum_cpu(entry):
    return (entry["producer_cpu"] or 0) + (entry["reader_cpu"] or 0) + (entry["daemon_cpu"] or 0)


def ratio_of(figures, above, below):
    """The ratio of two latencies, the median of the rounds' ratios."""
    a, b = find(figures["latency"], **above), find(figures["latency"], **below)
    if not a or not b:
        return None
    ratios = sorted(x / y for x, y in zip(a["rounds"], b["rounds"]) if y)
    return ratios[len(ratios) // 2] if ratios else None


def last_rate(entry, who):
    last = [s[who] for s in entry["seconds"][-4:]]
    return sum(last) / len(last)


def victim_rate(entry):
    """Frames a second of the other reader in the last two seconds."""
    return last_rate(entry, "victim")


def is_thrown_out(entry):
    """Whether the other reader, which lives, is no longer served as the healthy one is."""
    return bool(entry["victim_rejoined"]) or 2 * victim_rate(entry) < last_rate(entry, "healthy")


def grown(entry, whose="all"):
    """MiB that all processes together, or the producer ("pss"), have more at most than right before it happened."""
    event = entry["event_s"] + 0.1
    before = [s[whose] for s in entry["seconds"] if s["s"] <= event and s[whose]]
    after = [s[whose] for s in entry["seconds"] if s["s"] > event and s[whose]]
    return (max(after) - before[-1]) / (1 << 20) if before and after else None
