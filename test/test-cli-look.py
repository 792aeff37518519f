#!/usr/bin/env python3
"""`transom ls`, `inspect`, `ps`: what they print is compared with what runs. Prints TAP.
usage: test-cli-look.py TRANSOM CLI-PEER"""
import json
import os
import re
import signal
import subprocess

import cli
import peer
import tap
from tap import test


def ask(*arguments):
    code, out, err = cli.run(*arguments, "--json")
    assert code == 0 and not err, (arguments, code, out, err)
    return json.loads(out)


def only(items):
    assert len(items) == 1, items
    return items[0]


@test
def nothing_is_listed():
    code, out, err = cli.run("ls")
    assert code == 0 and not out
    cli.check_sentence(err, "there is nothing")
    assert cli.run("ls", "-q") == (0, "", "")
    assert ask("ls") == {"streams": [], "ports": [], "surfaces": []}


@test
def streams_are_listed():
    publisher = peer.start("publish", "cam é", 200)
    peer.start("subscribe", "cam é", "latest", 1)
    stream = only(ask("ls", "--streams")["streams"])
    assert stream["name"] == "cam é" and stream["pid"] == publisher.pid and stream["subscribers"] == 1, stream
    assert (stream["width"], stream["height"], stream["format"]) == (64, 48, "BGRA8"), stream
    assert stream["description"] == "made by a test" and stream["command"].startswith("cli-peer publish"), stream
    assert stream["fps"] > 0 and stream["memory"] > 0 and stream["head"] > 0 and stream["held"] == 1, stream
    code, out, err = cli.run("ls")
    assert code == 0 and not err and re.search(r"^cam é +\d+\.\d  64x48 BGRA8 +1 ", out, re.M), out
    assert cli.run("ls", "-q") == (0, "cam é\n", "")
    assert only(ask("ls", "--interval", 0)["streams"])["fps"] is None


@test
def stream_that_stands_still_has_no_rate():
    peer.start("publish", "still", 0)
    assert only(ask("ls")["streams"])["fps"] == 0


@test
def ports_and_surfaces_are_listed():
    port = peer.start("port", "bell")
    surface = peer.start("surface", "plate")
    seen = ask("ls")
    assert only(seen["ports"])["name"] == "bell" and seen["ports"][0]["pid"] == port.pid, seen
    entry = only(seen["surfaces"])
    assert entry["id"] == surface.words[0] and entry["name"] == "plate" and entry["pid"] == surface.pid, entry
    assert entry["format"] == "NV12" and entry["uses"] == 2, entry
    assert list(ask("ls", "--ports")) == ["ports"] and list(ask("ls", "--surfaces")) == ["surfaces"]
    code, out, _ = cli.run("ls")
    assert code == 0 and "PORT" in out and "SURFACE" in out and "STREAM" not in out, out


@test
def the_dead_are_not_listed():
    for words in (["publish", "cam", 0], ["port", "bell"], ["surface", "plate"]):
        peer.kill(peer.start(*words))
    assert ask("ls") == {"streams": [], "ports": [], "surfaces": []}


@test
def stopped_publisher_does_not_hold_up():
    publisher = peer.start("publish", "cam", 0)
    peer.stop(publisher)
    stream = only(ask("ls", "--timeout", 0.1)["streams"])
    assert stream["error"] == "ETIMEDOUT" and stream["pid"] == publisher.pid, stream
    assert "does not answer" in cli.run("ls", "--timeout", 0.1)[1]
    code, out, err = cli.run("inspect", "cam", "--timeout", 0.1)
    assert code == 5 and str(publisher.pid) in out and not err, (code, out, err)


@test
def changes_are_told():
    watch = cli.start("ls", "--watch", "--interval", 0.05)
    publisher = peer.start("publish", "cam", 0)
    assert watch.stdout.readline() == f"+ stream cam {publisher.pid} " \
        "cli-peer publish cam 0: made by a test\n"
    port = peer.start("port", "bell")
    assert watch.stdout.readline().startswith(f"+ port bell {port.pid} cli-peer")
    surface = peer.start("surface", "plate")
    identity = surface.words[0]
    assert watch.stdout.readline().startswith(f"+ surface {identity} {surface.pid} ")
    for process, line in ((publisher, "- stream cam\n"), (port, "- port bell\n"), (surface, f"- surface {identity}\n")):
        peer.kill(process)
        assert watch.stdout.readline() == line
    assert cli.interrupt(watch) == (0, "", "")


@test
def changes_are_told_as_json():
    watch = cli.start("ls", "--watch", "--streams", "--json")
    publisher = peer.start("publish", "cam", 0)
    events = [json.loads(watch.stdout.readline())]  # what comes and goes between two looks need not be told
    peer.kill(publisher)
    events.append(json.loads(watch.stdout.readline()))
    assert [(e["event"], e["kind"], e["name"]) for e in events] == \
        [("appeared", "stream", "cam"), ("vanished", "stream", "cam")], events
    assert cli.interrupt(watch, signal.SIGTERM) == (0, "", "")


def take_other_name(publisher):
    publisher.stdin.write("x")
    publisher.stdin.flush()


@test
def renaming_is_told_with_both_names():
    watch = cli.start("ls", "--watch", "--streams")
    publisher = peer.start("rename", "cam", "a new cam")
    seen = f"{publisher.pid} cli-peer rename cam a new cam: made by a test\n"
    assert watch.stdout.readline() == f"+ stream cam {seen}"
    take_other_name(publisher)
    lines = [watch.stdout.readline() for _ in range(3)]
    assert lines == ["> stream cam -> a new cam\n", "- stream cam\n", f"+ stream a new cam {seen}"], lines
    peer.kill(publisher)
    assert watch.stdout.readline() == "- stream a new cam\n"
    assert cli.interrupt(watch) == (0, "", "")


@test
def renaming_is_told_as_json():
    watch = cli.start("ls", "--watch", "--streams", "--json")
    publisher = peer.start("rename", "cam", "other")
    assert json.loads(watch.stdout.readline())["event"] == "appeared"
    take_other_name(publisher)
    events = [json.loads(watch.stdout.readline()) for _ in range(3)]
    assert [(e["event"], e["name"], e.get("before")) for e in events] == \
        [("renamed", "other", "cam"), ("vanished", "cam", None), ("appeared", "other", None)], events
    assert events[0]["kind"] == "stream" and events[0]["pid"] == publisher.pid, events
    assert events[0]["description"] == "made by a test", events
    assert cli.interrupt(watch) == (0, "", "")


@test
def watching_into_a_closed_pipe_ends():
    peer.start("publish", "cam", 0)
    read, write = os.pipe()
    os.close(read)
    code, _, err = cli.run("ls", "--watch", stdout=write)
    os.close(write)
    assert code == 1, code
    cli.check_sentence(err, "the output could not be written")


@test
def watching_ends_when_its_reader_does():
    """Also where nothing more happens that could be written: `transom ls --watch | grep -q`."""
    peer.start("publish", "cam", 0)
    watch = cli.start("ls", "--watch", "--streams")
    assert watch.stdout.readline().startswith("+ stream cam ")
    watch.stdout.close()
    assert watch.wait(timeout=60 * tap.SLOWNESS) == 6 and watch.stderr.read() == ""


@test
def stream_is_inspected():
    publisher = peer.start("publish", "cam", 100)
    subscriber = peer.start("subscribe", "cam", "every", 2)
    seen = ask("inspect", "cam")
    assert seen["kind"] == "stream" and seen["pid"] == publisher.pid and seen["fps"] > 0, seen
    entry = only(seen["subscriber_list"])
    assert entry["pid"] == subscriber.pid and entry["mode"] == "every" and entry["held"] == 2, entry
    frame = seen["frame"]
    assert frame["damage"] == [{"x": 1, "y": 2, "width": 3, "height": 4}] and frame["user"] == "abcd", frame
    assert frame["flags"] == 1 and frame["sequence"] > 0, frame
    assert frame["surface"]["values"] == {"text": "a \033[31mred\033[m word", "number": -7, "data": {"data": "00ff"},
                                          "list": ["a \033[31mred\033[m word", -7]}, frame
    assert "frame" not in ask("inspect", "cam", "--no-frame")


@test
def stream_is_told_in_words():
    peer.start("publish", "cam", 0)
    subscriber = peer.start("subscribe", "cam", "latest", 1)
    code, out, err = cli.run("inspect", "cam")
    assert code == 0 and not err and f"{subscriber.pid}  cli-peer subscribe" in out, out
    for words in ("made by a test", "64x48 BGRA8", "flags key", "damage: 3x4 at 1,2", "user data: abcd", "number: -7"):
        assert words in out, (words, out)
    assert "\033" not in out, "a value's control characters reach the terminal"


@test
def full_stream_is_inspected_without_its_frame():
    peer.start("publish", "cam", 0, 3)
    peer.start("subscribe", "cam", "latest", 1)
    assert ask("inspect", "cam")["frame"] == {"error": "EAGAIN"}


@test
def port_is_inspected():
    port = peer.start("port", "bell")
    seen = ask("inspect", "bell")
    assert seen["kind"] == "port" and seen["pid"] == port.pid and seen["answers"] is True, seen
    peer.stop(port)
    assert ask("inspect", "bell", "--timeout", 0.1)["error"] == "ETIMEDOUT"
    assert "bell" in cli.run("inspect", "--port", "bell", "--timeout", 0.1)[1]


@test
def surface_is_inspected():
    surface = peer.start("surface", "plate")
    seen = ask("inspect", surface.words[0])
    assert seen["kind"] == "surface" and seen["name"] == "plate" and seen["uses"] == 2, seen
    assert len(seen["plane_list"]) == 2 and seen["values"]["number"] == -7, seen
    assert ask("inspect", "--surface", "0x" + surface.words[0])["id"] == surface.words[0]
    assert "plate" in cli.run("inspect", surface.words[0])[1]


@test
def what_is_not_there_is_not_inspected():
    peer.start("publish", "cam", 0)
    for words in (["nobody"], ["--port", "cam"], ["--surface", "cam"], ["--surface", "12345678"], ["a/b"], [""]):
        code, out, err = cli.run("inspect", *words)
        assert code == 3 and not out, (words, code, out)
        cli.check_sentence(err, "there is no ")


def holders(surface):
    return {h["pid"]: h for h in surface["holders"]}


@test
def holders_are_found():
    maker = peer.start("surface", "plate")
    keeper = peer.start("keep", maker.words[0])
    surface = only([s for s in ask("ps")["surfaces"] if s["id"] == maker.words[0]])
    assert surface["name"] == "plate" and surface["maker"] == maker.pid and not surface["orphan"], surface
    held = holders(surface)
    assert set(held) == {maker.pid, keeper.pid}, surface
    assert held[maker.pid]["uses"] == 1 and held[maker.pid]["mappings"] == 1 and held[maker.pid]["maker"], surface
    # Its use, and a right: the copy of the right has the same lock, if the kernel tells them apart.
    assert held[keeper.pid]["uses"] in (2, 3) and held[keeper.pid]["descriptors"] == 4, surface
    assert surface["uses"] == 4 and surface["elsewhere"] in (0, 1), surface
    assert held[keeper.pid]["uses"] + surface["elsewhere"] == 3, surface


@test
def leak_has_a_name():
    maker = peer.start("surface", "plate")
    keeper = peer.start("keep", maker.words[0])
    peer.kill(maker)
    surface = only([s for s in ask("ps", "--orphans")["surfaces"] if s["id"] == maker.words[0]])
    assert list(holders(surface)) == [keeper.pid] and surface["orphan"], surface
    code, out, _ = cli.run("ps", "--orphans", "--used", "--pid", keeper.pid)
    assert code == 0 and f"its maker, process {maker.pid}, is gone" in out and "cli-peer keep" in out, out
    assert re.search(r"^1 surface, .* of pixels$", out, re.M), out
    peer.kill(keeper)
    assert maker.words[0] not in cli.run("ps", "-q")[1]


@test
def processes_are_chosen():
    maker = peer.start("surface", "plate")
    assert cli.run("ps", "-q", "-p", maker.pid) == (0, maker.words[0] + "\n", "")
    assert cli.run("ps", "-q", "-p", os.getpid()) == (0, "", "")


@test
def processes_of_others_are_not_hidden():
    """Another user sees less, and is told so."""
    other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if os.geteuid() != 0 or subprocess.run([*other, cli.program, "--version"], capture_output=True).returncode != 0:
        raise tap.Skip("no other user can run it here")
    maker = peer.start("surface", "plate")
    done = subprocess.run([*other, cli.program, "ps"], capture_output=True, text=True, env=cli.environment())
    assert done.returncode == 0 and maker.words[0] not in done.stdout, done
    assert re.search(r"\d+ processes of other users cannot be looked into; root can", done.stderr), done
    found = json.loads(subprocess.run([*other, cli.program, "ps", "--json"], capture_output=True, text=True).stdout)
    assert found["unreadable_processes"] > 0, found


@test
def without_procfs_there_is_no_ps():
    library = os.path.join(os.path.dirname(cli.program), "..", "src")
    hide = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$0" "$@"', cli.program]
    if cli.is_sanitized() or subprocess.run([*hide[:-1], "true"], capture_output=True).returncode != 0:
        raise tap.Skip("procfs cannot be hidden here")
    done = subprocess.run([*hide, "ps"], capture_output=True, text=True, env=cli.environment(LD_LIBRARY_PATH=library))
    assert done.returncode == 3, done
    cli.check_sentence(done.stderr, "there is no procfs")


@test
def bad_runtime_directory_is_told():
    os.chmod(tap.path("runtime"), 0o755)
    for words in (["ls"], ["ls", "--watch"], ["inspect", "cam"], ["ls", "--json"]):
        code, out, err = cli.run(*words)
        assert code == 1 and not out, (words, code, out)
        cli.check_sentence(err, "transom doctor")


@test
def wrong_words_are_refused():
    for words in (["ls", "cam"], ["ls", "--interval", "-1"], ["ls", "-i", "inf"], ["ls", "-i", "1e3"], ["ls", "-i", ""],
                  ["ls", "--watch", "-i", "0"], ["ls", "-w", "-q"], ["ls", "--timeout", "0"], ["ls", "--nonsense"],
                  ["inspect"], ["inspect", "a", "b"], ["inspect", "a", "--timeout", "x"], ["ps", "x"],
                  ["ps", "--pid", "0"], ["ps", "--pid", "12x"], ["ps", "--pid", "99999999999"]):
        code, out, err = cli.run(*words)
        assert code == 2 and not out and err, (words, code, out, err)


cli.main()
