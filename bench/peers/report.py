#!/usr/bin/env python3
"""Writes the tables of docs/benchmarks.md anew from the figures of a run, or checks that they are those.

usage: report.py [--check] FIGURES.json DOCUMENT.md PLOTS
Between "<!-- begin NAME -->" and "<!-- end NAME -->" the document has tables that belong to this program; all
else is left as it is.
"""
import json
import os
import re
import sys

from failures import BUFFERS, CASES
from figures import complete, find, grown, hash_of, is_lossy, is_thrown_out, read, victim_rate, ways_of
from goals import write_ahead, write_goals, write_missed
from tables import digits, in_mib, in_us, label, number, table, text_table
from ways import SIZES

PLOTS = ("latency.svg", "readers.svg", "failures.svg", "all.svg")


def write_parts(figures):
    """How long each part took."""
    return (": " + ", ".join(f"{p} {t / 60:.1f}" for p, t in figures["took"].items())) if figures["took"] else ""


def write_machine(figures):
    machine = figures["machine"]
    versions = ", ".join(f"{p} {v}" for p, v in sorted(machine["versions"].items()))
    lines = [f"Linux {machine['kernel']} ({machine['architecture']}), {machine['processor']}, "
             f"{machine['cores']} cores{', a virtual machine' if machine['virtual'] else ''}, "
             f"{machine['memory'] / (1 << 30):.0f} GiB of memory. {machine['date']}, "
             f"Transom {machine['transom']}, its src/ being git's tree {machine['tree']}. "
             f"The load when it began was {machine['load']:.1f}; everything ran at niceness {machine['niceness']}.",
             "", f"Peers as Debian has them: {versions}.", "",
             f"Up to {figures['rounds']} round{'s' if figures['rounds'] > 1 else ''} of {figures['seconds']:g} s "
             f"each; all of it took "
             f"{figures['took_s'] / 60:.0f} minutes{write_parts(figures)}."]
    if figures["note"]:
        lines += ["", figures["note"]]
    if figures["failed"]:
        lines += ["", "**Not measured, since something broke:** " + ", ".join(sorted(figures["failed"])) + "."]
    if figures["quick"]:
        lines += ["", "**This was a quick run, to try the programs out. Its figures are not to be cited.**"]
    if figures["missing"]:
        lines += ["", "Not installed, and so left out: " + ", ".join(figures["missing"]) + "."]
    return lines


def write_tails(figures, busy, cores, size):
    rows = []
    for way in ways_of(figures, "latency"):
        entry = find(figures["latency"], way=way.name, busy=busy, cores=cores, size=size)
        if entry:
            tail = entry["latency"]
            rows.append([label(way.name)] + [in_us(tail[p]) for p in ("p50", "p99", "p999")] +
                        [f"{tail['count']:,}"])
    return table(["µs", "p50", "p99", "p99.9", "frames"], rows) if rows else ["Not measured."]


def write_sizes(figures, busy):
    rows = []
    for way in ways_of(figures, "latency"):
        entries = [find(figures["latency"], way=way.name, busy=busy, cores=2, size=s.name) for s in SIZES]
        if any(entries):
            rows.append([label(way.name)] + [in_us(e["latency"]["p50"]) if e else "–" for e in entries])
    return table(["µs, p50"] + [s.label for s in SIZES], rows) if rows else ["Not measured."]


def write_one_core(figures):
    sizes = [s for s in SIZES if find(figures["latency"], cores=1, size=s.name)]
    rows = []
    for way in ways_of(figures, "latency"):
        entries = [find(figures["latency"], way=way.name, busy=False, cores=1, size=s.name) for s in sizes]
        rows.append([label(way.name)] + [in_us(e["latency"]["p50"]) if e else "–" for e in entries])
    return table(["µs, p50"] + [s.label for s in sizes], rows)


def write_rates(figures):
    rows = []
    for way in ways_of(figures, "rate"):
        cells = []
        for cores, sizes in ((2, SIZES), (1, [s for s in SIZES if s.name == "1080p"])):
            for size in sizes:
                entry = find(figures["rate"], way=way.name, size=size.name, cores=cores)
                cells.append(number(entry["seen"]) + (" †" if is_lossy(entry) else "") if entry else "–")
        rows.append([label(way.name)] + cells)
    return table(["frames/s seen"] + [s.label for s in SIZES] + ["1080p BGRA, one core"], rows)


def write_cpu(figures):
    rows = []
    for way in ways_of(figures, "cpu"):
        cells = []
        for size in ("1080p", "4k"):
            entry = find(figures["cpu"], way=way.name, size=size)
            if not entry:
                cells += ["–"] * 4
                continue
            daemon = entry["daemon_cpu"] or 0
            cells += [in_us(entry["producer_cpu"]), in_us(entry["reader_cpu"]), in_us(daemon) if daemon else "",
                      in_us((entry["producer_cpu"] or 0) + (entry["reader_cpu"] or 0) + daemon)]
        rows.append([label(way.name)] + cells)
    head = [f"{size}: {side}" for size in ("1080p", "4K") for side in ("producer", "reader", "daemon", "all")]
    return table(["µs of a processor a frame"] + head, rows)


def write_faults(figures):
    rows = []
    for way in ways_of(figures, "rate"):
        cells = []
        for size in ("64", "1080p", "4k", "8k"):
            entry = find(figures["rate"], way=way.name, size=size, cores=2)
            cells.append(f"{entry['producer_faults'] or 0:.2f} / {entry['reader_faults'] or 0:.2f}" if entry else "–")
        rows.append([label(way.name)] + cells)
    return table(["faults a frame, producer / reader", "64 B", "1080p BGRA", "4K BGRA", "8K BGRA"], rows)


def write_calls(figures):
    rows = []
    for way in ways_of(figures, "calls"):
        entry = find(figures["calls"], way=way.name)
        if not entry:
            continue
        calls = ", ".join(f"{n} {c:g}" for side in ("producer", "reader")
                          for n, c in list(entry[f"{side}_calls"].items())[:2])
        rows.append([label(way.name), number(entry["producer"]), number(entry["reader"]),
                     number(entry["daemon"]) if "daemon" in entry else "", calls])
    return table(["calls a frame", "producer", "reader", "daemon", "the most of each side"], rows)


def write_memory(figures):
    rows = []
    for way in ways_of(figures, "memory"):
        entry = find(figures["memory"], way=way.name)
        if entry:
            rows.append([label(way.name), str(entry["processes"]), in_mib(entry["idle"]["pss"]),
                         in_mib(entry["busy"]["pss"]), str(entry["idle"]["fds"]), str(entry["busy"]["fds"]),
                         in_mib(entry["reserved"]) if entry["reserved"] > 0 else ""])
    return table(["", "processes", "MiB idle", "MiB at 60 fps", "fds idle", "fds at 60 fps",
                  "MiB reserved in /dev/shm"], rows)


def write_start(figures):
    rows = []
    for way in ways_of(figures, "start"):
        entry = find(figures["start"], way=way.name)
        if entry:
            rows.append([label(way.name), digits(entry["all_ns"] / 1e6), digits(entry["sides_ns"] / 1e6)])
    return table(["ms to the first frame", "from nothing", "the daemon is there"], rows)


def write_readers(figures):
    counts = sorted({e["readers"] for e in figures["readers"]})
    lines = []
    for head, cell in (("µs of the producer's processor a frame", lambda e: in_us(e["producer_cpu"])),
                       ("µs of publishing, p50", lambda e: in_us(e["publish"]["p50"])),
                       ("µs until a reader has the frame, p50", lambda e: in_us(e["latency"]["p50"])),
                       ("frames/s that a reader sees", lambda e: number(e["seen"]))):
        rows = []
        for way in ways_of(figures, "readers"):
            entries = [find(figures["readers"], way=way.name, readers=n) for n in counts]
            rows.append([label(way.name)] + [cell(e) if e else "fails" for e in entries])
        lines += table([head] + [str(n) for n in counts], rows) + [""]
    return lines[:-1]


def tell_fate(entry):
    """Who ended, of those who should not have."""
    gone = []
    for who in ("healthy", "producer", "daemon"):
        fate = entry[f"{who}_fate"]
        if fate not in (None, "alive"):
            gone.append(f"{'healthy reader' if who == 'healthy' else who}: {fate}")
    return "; ".join(gone)


def tell_more(entry):
    """What a case is about, beside the healthy reader."""
    case, words = entry["case"], []
    if case in ("stopped", "killed", "closing", "slow", "daemon"):
        words.append(f"the other: {victim_rate(entry):.0f} fps")
    if case == "stopped":
        words.append("it was thrown out" if is_thrown_out(entry) else "it was not thrown out")
    if case == "writing":
        words.append({"refused": "the write is refused"}.get(entry["written"], f"it writes {entry['written']}"))
    if case == "truncating":
        words.append({"refused": "refused", "done": "done", "private": "nothing to truncate"}
                     .get(entry["truncated"], entry["truncated"]))
    if entry["torn"]:
        words.append(f"{entry['torn']} frames spoilt")
    if entry.get("producer_died"):
        words.append("the producer ended too")
    if entry["rejoined"]:
        words.append("the healthy reader had to join again")
    if entry["victim_rejoined"]:
        words.append("the other had to join again")
    if entry.get("daemon_again"):
        words.append("the daemon did not start again")
    return "; ".join(words + ([tell_fate(entry)] if tell_fate(entry) else []))


def write_failures(figures):
    good = [e for e in figures["failures"] if "error" not in e]
    if not good:
        return ["Not measured."]
    lines = [f"It happens {good[0]['event_s']:g} s after the first frame; a run ends after "
             f"{good[0]['seconds'][-1]['s']:.1f} s.", ""]
    for case, title in CASES.items():
        rows = []
        for way in ways_of(figures, "failures"):
            entry = next((e for e in figures["failures"] if e["way"] == way.name and e["case"] == case), None)
            if not entry:
                continue
            if "error" in entry:
                rows.append([label(way.name), "–", "–", "–", "–", "–", "could not be run: " + entry["error"]])
                continue
            fds = [s["fds"] for s in entry["seconds"] if s["fds"] is not None]
            growth = ["–" if g is None else f"{g:+.0f}" for g in (grown(entry), grown(entry, "pss"))]
            rows.append([label(way.name), f"{100 * entry['kept']:.1f} %", f"{entry['gap_ms']:,.0f}", *growth,
                         f"{fds[0]} → {fds[-1]}" if fds else "–",
                         tell_more(entry)])
        if rows:
            lines += [f"**{title[0].upper()}{title[1:]}**", ""]
            lines += text_table(["", "healthy reader keeps", "longest gap, ms", "memory, MiB",
                                 "producer's, MiB", "producer's fds", "and"], rows) + [""]
    return lines[:-1]


def write_back(figures):
    floor = find(figures["back"], way="raw")
    rows = []
    for way in ways_of(figures, "back"):
        entry = find(figures["back"], way=way.name)
        if not entry:
            continue
        ratio = entry["p50"] / floor["p50"] if entry["p50"] and floor and floor["p50"] else None
        rows.append([label(way.name), str(entry["held"]), f"{entry['back']} of {entry['kills']}",
                     digits(entry["p50"] / 1e6) if entry["p50"] else "never",
                     digits(entry["most"] / 1e6) if entry["most"] else "–", number(ratio),
                     f"drawn over while held, {entry['early']} times" if entry["early"] else ""])
    return table(["ms from the kill", f"held of {BUFFERS}", "came back", "median", "most", "to the floor", ""], rows)


SECTIONS = {
    "machine": write_machine,
    "goals": write_goals,
    "missed": write_missed,
    "ahead": write_ahead,
    "busy": lambda f: write_tails(f, True, 2, "64"),
    "blocking": lambda f: write_tails(f, False, 2, "64"),
    "blocking-1080p": lambda f: write_tails(f, False, 2, "1080p"),
    "busy-sizes": lambda f: write_sizes(f, True),
    "blocking-sizes": lambda f: write_sizes(f, False),
    "one-core": write_one_core,
    "rates": write_rates,
    "cpu": write_cpu,
    "faults": write_faults,
    "calls": write_calls,
    "memory": write_memory,
    "start": write_start,
    "readers": write_readers,
    "failures": write_failures,
    "back": write_back,
}


def fill_in(document, figures):
    """The document with its tables as these figures have them."""
    for name, write in SECTIONS.items():
        pattern = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.S)
        if not pattern.search(document):
            raise ValueError(f"the document has no place for '{name}'")
        tables = "\n".join(write(figures))
        document = pattern.sub(lambda m, t=tables: f"{m.group(1)}\n{t}\n\n{m.group(2)}", document)
    return document


def check(figures, text, document, plots):
    """TAP: the tables and the plots are of these figures."""
    results = [("the tables are those of the figures", fill_in(document, figures) == document)]
    for name in PLOTS:
        path = os.path.join(plots, name)
        results.append((f"{name} is of the figures", os.path.exists(path) and hash_of(text) in read(path)))
    results.append(("the figures are not of a quick run", not figures["quick"]))
    print(f"1..{len(results)}")
    for i, (what, good) in enumerate(results):
        print(f"{'ok' if good else 'not ok'} {i + 1} - {what}")
    return all(good for _, good in results)


def main():
    checking = sys.argv[1:2] == ["--check"]
    arguments = sys.argv[2:] if checking else sys.argv[1:]
    if len(arguments) != 3:
        sys.exit(__doc__.strip())
    text = read(arguments[0])
    figures, document = complete(json.loads(text)), read(arguments[1])
    if checking:
        sys.exit(0 if check(figures, text, document, arguments[2]) else 1)
    filled = fill_in(document, figures)
    with open(arguments[1], "w", encoding="utf-8") as file:
        file.write(filled)


if __name__ == "__main__":
    main()
