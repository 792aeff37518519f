#!/usr/bin/env python3
"""`transom top`, and `transom ls --watch`, on a terminal and into a pipe. Prints TAP.
usage: test-cli-top.py TRANSOM CLI-PEER"""
import json
import re
import signal
import subprocess
import sys

import cli
import peer
import tap
from tap import test
from tmux import Terminal


def batch(*arguments):
    code, out, err = cli.run("top", "--interval", 0.2, *arguments)
    assert code == 0 and not err, (arguments, code, out, err)
    return out


@test
def tables_go_into_a_pipe():
    publisher = peer.start("publish", "cam", 100)
    reader = peer.start("subscribe", "cam", "latest", 2)
    out = batch("--batch", "--count", 2)
    assert out.count("NAME") == 2 and out.count("\n\n") == 2, out
    assert re.search(rf"^cam +{publisher.pid} +[1-9]\d*\.\d +0 +2 +\d+ +[\d.]+ kB  64x48 BGRA8 cli-peer", out, re.M), out
    assert re.search(rf"^  latest +{reader.pid} +- +0 +2/2 +cli-peer subscribe", out, re.M), out
    assert "latency" not in out


@test
def looks_are_json():
    publisher = peer.start("publish", "cam", 100)
    reader = peer.start("subscribe", "cam", "every", 1)
    looks = [json.loads(line) for line in batch("--json", "-n", 3, "cam").splitlines()]
    assert len(looks) == 3 and looks[0]["time"] < looks[1]["time"] < looks[2]["time"], looks
    for look in looks:
        (stream,) = look["streams"]
        assert stream["name"] == "cam" and stream["pid"] == publisher.pid and stream["fps"] > 0, stream
        (entry,) = [s for s in stream["subscriber_list"] if s["pid"] == reader.pid]
        assert entry["held"] == 1 and entry["mode"] == "every", entry
    # It reads no further and the publisher does not wait for it.
    assert looks[-1]["streams"][0]["dropped"] > 0, looks[-1]


@test
def latency_is_measured():
    peer.start("publish", "cam", 100)
    top = cli.start("top", "--json", "--interval", 0.1, "cam")
    while True:
        seen = json.loads(top.stdout.readline())["latency"]
        if seen["frames"] >= 20:
            break
    assert 0 < seen["least"] <= seen["median"] <= seen["p99"] <= seen["most"] and seen["error"] is None, seen
    assert sum(bar["frames"] for bar in seen["histogram"]) == seen["frames"], seen
    assert cli.interrupt(top)[0] == 0


@test
def full_stream_has_no_latency():
    peer.start("publish", "cam", 100, 4)
    peer.start("subscribe", "cam", "latest", 2)
    top = cli.start("top", "--interval", 0.1, "cam")
    for line in top.stdout:
        if "no place for one more" in line:
            break
    else:
        raise AssertionError("it does not say so")
    assert cli.interrupt(top)[0] == 0


@test
def streams_are_sorted():
    peer.start("publish", "a-slow", 20)
    peer.start("publish", "b-fast", 200)

    def names(*arguments):
        return [s["name"] for s in json.loads(batch("--json", "-n", 1, *arguments))["streams"]]
    assert names() == ["a-slow", "b-fast"] and names("--reverse") == ["b-fast", "a-slow"]
    assert names("--sort", "fps", "-i", 1) == ["b-fast", "a-slow"]


@test
def nothing_is_shown():
    assert batch("-n", 1) == "no streams\n\n"


@test
def wrong_words_are_refused():
    for words in (["a", "b"], ["--count", "0"], ["--count", "x"], ["--interval", "0"], ["--sort", "colour"], ["-n", ""]):
        code, out, err = cli.run("top", *words)
        assert code == 2 and not out and err, (words, code, out, err)
    code, _, err = cli.run("top", "nobody")
    assert code == 3
    cli.check_sentence(err, 'there is no stream "nobody"')


@test
def it_ends_with_its_reader():
    peer.start("publish", "cam", 10)
    top = cli.start("top", "-i", 0.05)
    top.stdout.readline()
    top.stdout.close()
    assert top.wait(timeout=60 * tap.SLOWNESS) == 1
    cli.check_sentence(top.stderr.read(), "the output could not be written")


def bars(terminal):
    """Each line of the table: its text, and whether it is shown in reverse, column by column. Looks go on over line ends."""
    lines, is_reverse = [], False
    for line in terminal.screen("-e").splitlines():
        text, reverse = "", []
        for part in re.split(r"(\033\[[\d;]*m)", line):
            if part.startswith("\033"):
                for code in part[2:-1].split(";"):
                    is_reverse = code == "7" or is_reverse and code not in ("", "0", "27")
            else:
                text += part
                reverse += [is_reverse] * len(part)
        lines.append((text, reverse))
    return lines[2:]


def selected(terminal):
    """The name in the row that is shown in reverse."""
    return next((text.split()[0] for text, reverse in bars(terminal) if reverse and reverse[0]), None)


def is_one_bar(terminal):
    """Whether the selected row is in reverse between its columns, too."""
    return any(all(reverse) for _, reverse in bars(terminal) if reverse and reverse[0])


@test
def terminal_shows_streams_and_latency():
    publisher = peer.start("publish", "cam", 100)
    peer.start("publish", "window", 5)
    reader = peer.start("subscribe", "cam", "latest", 1)
    with Terminal("top", "-i", 0.2) as terminal:
        screen = terminal.wait_for(lambda s: re.search(r"Latency of cam: \d\d+ frames", s) and "#" in s, "latency")
        lines = screen.splitlines()
        assert len(lines) == 24 and lines[0].startswith("transom top: 2 streams, "), screen
        assert re.search(rf"^cam +{publisher.pid} +\d+\.\d +0 ", screen, re.M), screen
        assert re.search(rf"^  latest +{reader.pid} ", screen, re.M), screen
        assert lines[-1].startswith("q quit") and selected(terminal) == "cam", screen
        tap.wait_until(lambda: is_one_bar(terminal), "a bar from one side to the other")
        terminal.press("Down")
        terminal.wait_for("Latency of window")
        assert selected(terminal) == "window"
        terminal.press("Up")
        terminal.wait_for("Latency of cam")
        terminal.press("s")
        terminal.wait_for("by fps")
        terminal.press("r")
        terminal.wait_for("(reversed)")
        terminal.press("l")
        terminal.wait_for(lambda s: "Latency" not in s, "latency hidden")
        terminal.press("p")
        terminal.wait_for("PAUSED")
        terminal.press("q")
        assert terminal.wait_for_end() == (0, "")
        assert "transom top" not in terminal.screen(), "the screen did not come back"


@test
def other_keys_do_what_the_manual_says():
    def frames():
        found = re.search(r"Latency of cam: (\d+) frames", terminal.screen())
        return int(found[1]) if found else 0

    def clear():
        terminal.press("c")
        return 0 < frames() < before

    peer.start("publish", "cam", 100)
    peer.start("publish", "window", 5)
    peer.start("subscribe", "cam", "latest", 1)
    with Terminal("top", "-i", 0.4) as terminal:
        terminal.wait_for("every 0.4 s")
        terminal.press("-")
        terminal.wait_for("every 0.8 s")
        terminal.press("+", "+")
        terminal.wait_for("every 0.2 s")
        terminal.press("j")
        terminal.wait_for("Latency of window")
        terminal.press("k")
        terminal.wait_for("Latency of cam")
        tap.wait_until(lambda: frames() > 200, "two hundred frames")
        before = frames()
        tap.wait_until(clear, "a histogram that begins anew")
        terminal.press("Q")
        assert terminal.wait_for_end() == (0, "")


@test
def terminal_may_change_its_size():
    peer.start("publish", "cam", 20)
    with Terminal("top", "-i", 0.1) as terminal:
        terminal.wait_for("Latency of cam")
        terminal.resize(40, 10)
        terminal.wait_for(lambda s: "Latency" not in s and "cam" in s and "q quit" in s, "a smaller screen")
        terminal.resize(3, 2)
        terminal.resize(120, 40)
        terminal.wait_for(lambda s: "Latency of cam" in s and "64x48 BGRA8 cli-peer publish cam 20" in s,
                          "a larger screen")
        terminal.press("C-c")
        assert terminal.wait_for_end() == (0, "")


@test
def more_streams_than_lines_are_scrolled():
    for i in range(12):
        peer.start("publish", f"s{i:02}", 0)
    with Terminal("top", "-i", 0.1, height=12) as terminal:
        terminal.wait_for(lambda s: "s08" in s and "s09" not in s, "the first nine")
        for _ in range(11):
            terminal.press("Down")
        terminal.wait_for("s11")
        assert selected(terminal) == "s11"


@test
def colours_are_used_unless_they_are_not_wanted():
    peer.start("publish", "cam", 100)
    peer.start("subscribe", "cam", "every", 1)  # drops frames: red
    with Terminal("top", "-i", 0.1) as terminal:
        tap.wait_until(lambda: "\033[31m" in terminal.screen("-e"), "a red row")
    with Terminal("top", "-i", 0.1, NO_COLOR="1") as terminal:
        terminal.wait_for(lambda s: re.search(r"Latency of cam: \d\d+ frames", s) and "#" in s, "latency")
        assert not re.search(r"\033\[[\d;]*[34][0-7]", terminal.screen("-e")), terminal.screen("-e")


@test
def unknown_terminal_is_told():
    script = f"import pty, sys; sys.exit(pty.spawn({[cli.program, 'top']!r}) >> 8)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env=cli.environment(TERM="nonsense"), timeout=60 * tap.SLOWNESS, check=False)
    assert done.returncode == 1 and "this terminal (TERM) is not known" in done.stdout, done


@test
def list_is_kept_up_to_date():
    peer.start("publish", "cam", 100)
    with Terminal("ls", "--watch", "-i", 0.1) as terminal:
        terminal.wait_for(lambda s: re.search(r"^cam +[1-9]\d*\.\d  64x48 BGRA8 ", s, re.M), "the stream")
        bell = peer.start("port", "bell")
        terminal.wait_for(lambda s: "PORT" in s and "bell" in s, "the port")
        peer.kill(bell)
        terminal.wait_for(lambda s: "bell" not in s, "no port")
        terminal.press("C-c")
        assert terminal.wait_for_end() == (0, "")
        assert "cam" not in terminal.screen(), "the screen did not come back"


@test
def long_list_is_cut():
    for i in range(8):
        peer.start("port", f"port-{i}")
    with Terminal("ls", "--watch", height=6) as terminal:
        terminal.wait_for("... and 4 lines more")


@test
def hang_up_ends_it():
    top = cli.start("top", "-i", 0.1)
    top.stdout.readline()
    assert cli.interrupt(top, signal.SIGHUP)[0] == 0


cli.main()
