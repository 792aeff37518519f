#!/usr/bin/python3
"""Draws the plots of docs/benchmarks.md as SVG from the figures of a run. usage: plot.py FIGURES.json FOLDER

Debian's matplotlib belongs to Debian's Python, whatever other there may be.
"""
import json
import os
import sys

import matplotlib
matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402

from failures import CASES  # noqa: E402
from figures import complete, find, hash_of, read, sum_cpu, ways_of  # noqa: E402
from ways import SIZES, WAYS  # noqa: E402

# One colour a way, in all plots; the eye finds ours by the width of its line.
COLOURS = {"raw": "#888888", "stream": "#c03020", "port": "#e08030", "iceoryx": "#2060a0", "gst": "#208040",
           "gst-own": "#70b080", "pipewire": "#8040a0", "zeromq": "#a08020", "pipe": "#60a0c0", "ffmpeg": "#404040"}


def style(way):
    return {"color": COLOURS[way.name], "label": way.label, "linewidth": 2.6 if way.ours else 1.3,
            "linestyle": "--" if way.floor else "-", "marker": "o", "markersize": 4 if way.ours else 3,
            "zorder": 3 if way.ours else 2}


def save(figure, folder, name, mark):
    figure.savefig(os.path.join(folder, name), bbox_inches="tight",
                   metadata={"Date": None, "Description": f"figures {mark}"})
    pyplot.close(figure)


def name_axes(axes, title, x, y):
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(True, which="major", alpha=0.3)


def draw_latency(figures):
    figure, both = pyplot.subplots(1, 2, figsize=(11, 4.6), sharey=True)
    for axes, busy, title in zip(both, (True, False), ("busy, two cores", "blocking, two cores")):
        for way in ways_of(figures, "latency"):
            entries = [(s.bytes, find(figures["latency"], way=way.name, busy=busy, cores=2, size=s.name))
                       for s in SIZES]
            points = sorted((b, e["latency"]["p50"] / 1000) for b, e in entries if e)
            if points:
                axes.plot(*zip(*points), **style(way))
        axes.set_xscale("log")
        axes.set_yscale("log")
        name_axes(axes, title, "bytes of a frame", "µs until a reader has it, p50")
    both[1].legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure


def draw_readers(figures):
    figure, both = pyplot.subplots(1, 2, figsize=(11, 4.6))
    for axes, value, title in (
            (both[0], lambda e: (e["producer_cpu"] or 0) / 1000, "µs of the producer's processor a frame"),
            (both[1], lambda e: e["latency"]["p50"] / 1000, "µs until a reader has it, p50")):
        for way in ways_of(figures, "readers"):
            points = sorted((e["readers"], value(e)) for e in figures["readers"]
                            if e["way"] == way.name and "error" not in e)
            points = [p for p in points if p[1] > 0]
            if points:
                axes.plot(*zip(*points), **style(way))
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.xaxis.set_major_formatter("{x:.0f}")
        name_axes(axes, "1080p at 60 fps", "readers", title)
    both[1].legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure


def draw_failures(figures):
    figure, grid = pyplot.subplots(4, 2, figsize=(11, 10.5), sharex=True, sharey=True)
    for axes, (case, title) in zip(grid.flat, CASES.items()):
        for way in ways_of(figures, "failures"):
            entry = find(figures["failures"], way=way.name, case=case)
            if entry:
                axes.plot([s["s"] for s in entry["seconds"]], [s["healthy"] for s in entry["seconds"]],
                          **{**style(way), "marker": ""})
                axes.axvline(entry["event_s"], color="black", linewidth=0.6, linestyle=":")
        axes.set_ylim(-3, 72)
        axes.set_title(title, fontsize=9)
        axes.grid(True, alpha=0.3)
    for axes in grid[-1]:
        axes.set_xlabel("seconds")
    for axes in grid[:, 0]:
        axes.set_ylabel("fps of the healthy reader")
    handles, labels = grid.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=8, loc="lower center", ncol=max(1, len(labels)), frameon=False,
                  bbox_to_anchor=(0.5, 0.04))
    return figure


def least_kept(figures, name):
    """Of the healthy reader's frames, in the worst of the cases in which a reader misbehaves."""
    kept = [e["kept"] for e in figures["failures"] if e["way"] == name and "error" not in e and
            e["case"] in list(CASES)[:6]]
    return 100 * min(kept) if kept else None


def panels(figures):
    """Title, and the value of a way or None."""
    def latency(busy, size):
        def value(name):
            entry = find(figures["latency"], way=name, busy=busy, cores=2, size=size)
            return entry["latency"]["p50"] / 1000 if entry else None
        return value

    def cpu(name):
        entry = find(figures["cpu"], way=name, size="4k")
        return sum_cpu(entry) / 1000 if entry else None

    def memory(name):
        entry = find(figures["memory"], way=name)
        return entry["busy"]["pss"] / (1 << 20) if entry else None

    def start(name):
        entry = find(figures["start"], way=name)
        return entry["all_ns"] / 1e6 if entry else None

    return [("latency, blocking, 1080p, µs", latency(False, "1080p"), True),
            ("processor of a 4K frame, µs", cpu, True),
            ("memory, 2 readers of 1080p, MiB", memory, True),
            ("start to first frame, ms", start, True),
            ("healthy reader keeps, worst case, %", lambda name: least_kept(figures, name), False)]


def draw_all(figures):
    parts = panels(figures)
    ways = [w for w in reversed(WAYS) if any(w in ways_of(figures, p) for p in ("cpu", "start", "memory"))]
    figure, row = pyplot.subplots(1, len(parts), figsize=(14, 3.8), sharey=True)
    for axes, (title, value, log) in zip(row, parts):
        for place, way in enumerate(ways):
            amount = value(way.name)
            if amount is None:
                continue
            # A bar has no foot where there is no zero.
            if log:
                axes.plot(amount, place, "o", color=COLOURS[way.name], markersize=8 if way.ours else 6)
            else:
                axes.barh(place, amount, color=COLOURS[way.name], height=0.62)
            axes.annotate(f"{amount:,.0f}" if amount >= 100 else f"{amount:.3g}", (amount, place), xytext=(7, 0),
                          textcoords="offset points", va="center", fontsize=7.5)
        if log:
            axes.set_xscale("log")
            axes.set_xlim(right=axes.get_xlim()[1] * 5)
            axes.grid(True, axis="both", alpha=0.25)
        else:
            axes.set_xlim(0, 125)
        axes.set_title(title, fontsize=8.5)
        axes.tick_params(labelsize=7.5)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    row[0].set_ylim(-0.6, len(ways) - 0.4)
    row[0].set_yticks(range(len(ways)), [w.label for w in ways], fontsize=8.5)
    for tick, way in zip(row[0].get_yticklabels(), ways):
        tick.set_fontweight("bold" if way.ours else "normal")
    return figure


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    text = read(sys.argv[1])
    figures, mark = complete(json.loads(text)), hash_of(text)
    # The same figures give the same file; text stays text.
    pyplot.rcParams.update({"svg.hashsalt": "transom", "svg.fonttype": "none", "font.family": "sans-serif",
                            "font.size": 9})
    os.makedirs(sys.argv[2], exist_ok=True)
    for name, draw in (("latency.svg", draw_latency), ("readers.svg", draw_readers),
                       ("failures.svg", draw_failures), ("all.svg", draw_all)):
        save(draw(figures), sys.argv[2], name, mark)


if __name__ == "__main__":
    main()
