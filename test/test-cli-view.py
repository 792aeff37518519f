#!/usr/bin/env python3
"""`transom view` in a window, under a display of its own: what is seen is compared with what is published. Prints TAP.
usage: test-cli-view.py TRANSOM PUBLISH-PICTURE"""
import json
import os
import signal
import subprocess
import sys

import cli
import tap
import view
from tap import test

# Formats, and how much may differ: chroma of less resolution blurs the edges of the bars, few bits round.
EXACT, ROUNDED, BLURRED = 0.004, 0.02, 0.09


def check_format(display, form, width=320, height=184, limit=EXACT, colour=()):
    publisher = view.publish("cam", form, width, height, *colour)
    viewer = display.view()
    found = display.wait_for_picture(display.window("cam"), width, height, limit)
    worst = view.worst_within_bars(tap.path("seen.png"), width, height)
    print(f"# {form} {width}x{height}: error {found:.5f}, within the bars at most {worst} of 255")
    assert worst <= (0 if limit == EXACT else 8), worst
    code, out, err = cli.interrupt(viewer)
    assert (code, out, err) == (0, "", ""), (code, out, err)
    view.end(publisher)


def check_formats(forms, *more, **named):
    display = view.Display()
    for form in forms:
        check_format(display, form, *more, **named)


@test
def rgb_is_shown():
    check_formats(["BGRA8", "RGBA8", "ARGB8", "XBGR8", "RGB8", "BGR8"])


@test
def few_and_many_bits_are_shown():
    check_formats(["RGB565", "XRGB2101010"], limit=ROUNDED)


@test
def planar_yuv_is_shown():
    check_formats(["NV12", "NV12_FULL", "NV21", "I420", "YV12"], limit=ROUNDED)


@test
def packed_yuv_is_shown():
    check_formats(["YUYV", "UYVY", "YVYU"], limit=ROUNDED)


@test
def ten_bits_are_shown():
    check_formats(["P010", "S010", "V210"], limit=BLURRED)


@test
def what_sdl_does_not_know_is_shown():
    check_formats(["I444", "I422", "NV16", "R408", "RGBA16", "ARGB16_BE"], limit=BLURRED)


@test
def odd_sizes_are_shown():
    check_formats(["BGRA8", "RGB8"], 161, 93)
    check_formats(["NV12", "I420", "YUYV", "UYVY", "P010", "V210"], 161, 93, limit=BLURRED)


@test
def the_matrix_of_the_surface_counts():
    for matrix in ("1", "6"):
        check_formats(["NV12", "I444"], limit=ROUNDED, colour=(matrix,))


@test
def the_range_of_the_surface_counts():
    for matrix in ("1", "6"):
        check_formats(["I422"], limit=BLURRED, colour=(matrix, "full"))


@test
def pixels_that_are_not_square_are():
    display = view.Display()
    view.publish("cam", "BGRA8", 160, 200, "0", "video", "2/1")
    display.view("cam")
    display.wait_for_picture(display.window("cam"), 320, 200, 0.06)


@test
def another_size_is_followed():
    display = view.Display()
    publisher = view.publish("cam", "NV12", 320, 184)
    viewer = display.view("cam")
    window = display.window("cam")
    display.wait_for_picture(window, 320, 184, ROUNDED)
    for form, width, height, limit in (("BGRA8", 480, 200, EXACT), ("P010", 160, 96, BLURRED)):
        view.say(publisher, f"{form} {width} {height}")
        display.wait_for_picture(window, width, height, limit)
    assert viewer.poll() is None


@test
def another_publisher_is_followed():
    display = view.Display()
    viewer = display.view("cam", "--json")
    window = display.window("cam")
    publisher = view.publish("cam", "BGRA8", 320, 184)
    display.wait_for_picture(window, 320, 184, EXACT)
    publisher.kill()
    publisher.wait()
    view.publish("cam", "I420", 208, 120)
    display.wait_for_picture(window, 208, 120, ROUNDED)
    code, out, err = cli.interrupt(viewer)
    found = json.loads(out)
    assert code == 0 and not err and found["restarts"] == 1 and found["format"] == "I420", (out, err)


@test
def waiting_is_said():
    """The words are not read, but there is something white in the middle, and nothing after a frame came."""
    display = view.Display()
    display.view("cam")
    window = display.window("cam")

    def is_lit():
        done = display.run("convert", display.capture(window), "-format", "%[fx:maxima]", "info:")
        return float(done.stdout) > 0.9

    tap.wait_until(is_lit, "words in the window")
    view.publish("cam", "BGRA8", 320, 184)
    display.wait_for_picture(window, 320, 184, EXACT)


@test
def the_overlay_is_switched_by_its_key():
    display = view.Display()
    view.publish("cam", "BGRA8", 640, 360)
    display.view("cam")
    window = display.window("cam")
    display.wait_for_picture(window, 640, 360, EXACT)
    expected = tap.path("expected-640x360.ppm")
    for lit, key in ((True, "o"), (False, "i")):
        display.key(window, key)
        tap.wait_until(lambda: (view.difference(expected, display.capture(window)) > 0.05) == lit, f"overlay {lit}")


@test
def the_frame_is_saved_by_its_key():
    display = view.Display()
    view.publish("cam", "NV12", 321, 185)
    viewer = display.view("cam")
    window = display.window("cam")
    view.write_expected(tap.path("expected.ppm"), 321, 185)
    tap.wait_until(lambda: view.size_of(display.capture(window)) == (321, 185), "the picture")
    display.key(window, "s")
    files = tap.wait_until(lambda: [f for f in os.listdir(tap.folder) if f.startswith("cam-")], "a file")
    display.key(window, "q")
    _, err = viewer.communicate(timeout=60 * tap.SLOWNESS)
    assert viewer.returncode == 0 and err == f"transom view: saved {files[0]}\n", err
    assert view.difference(tap.path("expected.ppm"), tap.path(files[0])) < BLURRED


@test
def a_pause_keeps_the_frame():
    display = view.Display()
    publisher = view.publish("cam", "BGRA8", 320, 184)
    display.view("cam", "--timeout", "3600")
    window = display.window("cam")
    display.wait_for_picture(window, 320, 184, EXACT)
    display.key(window, "space")
    expected = tap.path("expected-320x184.ppm")
    tap.wait_until(lambda: view.difference(expected, display.capture(window)) > EXACT, "the word that it is paused")
    view.say(publisher, "BGRA8 200 120")
    for _ in range(10):
        assert view.size_of(display.capture(window)) == (320, 184)
    display.key(window, "p")
    display.wait_for_picture(window, 200, 120, EXACT)


def look(display, window):
    """Where in its middle row the colour changes, and how light the first row is right of the middle."""
    done = display.run("convert", display.capture(window), "-depth", "8", "-format", "%w %h", "-write", "info:", tap.path("seen.rgb"))
    width, height = map(int, done.stdout.split())
    with open(tap.path("seen.rgb"), "rb") as file:
        pixels = file.read()
    row = [pixels[i:i + 3] for i in range(height // 2 * width * 3, (height // 2 + 1) * width * 3, 3)]
    edges = [x for x in range(1, width) if max(abs(a - b) for a, b in zip(row[x - 1], row[x])) > 25]
    edges = [x for x in edges if x - 1 not in edges]  # a step may be of several pixels
    return edges, max(pixels[3 * (width // 2 + 15):][:3])


def wait_for_edges(display, window, first, step, count, light=None):
    expected = [first + step * i for i in range(count)]
    last = [None]

    def is_so():
        last[0] = look(display, window)
        edges, found = last[0]
        return len(edges) == count and all(abs(a - b) <= 2 for a, b in zip(edges, expected)) and \
            (light is None or abs(found - light) <= 2)

    try:
        tap.wait_until(is_so, f"{count} edges from {first} on")
    except AssertionError as error:
        raise AssertionError(f"{error}: {last[0]}") from error


@test
def each_key_zooms_or_moves():
    """The picture is 160 wide and 92 high, its bars 20; the window is twice as large."""
    display = view.Display()
    view.publish("cam", "BGRA8", 160, 92)
    viewer = display.view("cam", "--scale", "2")
    window = display.window("cam")
    wait_for_edges(display, window, 40, 40, 7)
    for keys, *expected in (("0", 40, 40, 7), ("1", 80, 20, 8), ("z", 40, 40, 7), ("z", 80, 20, 8), ("0", 40, 40, 7),
                            ("plus", 10, 50, 7, 242), ("Left", 35, 50, 6), ("Right", 10, 50, 7), ("Right", 35, 50, 6),
                            ("Left", 10, 50, 7), ("Up", 10, 50, 7, 250), ("Down", 10, 50, 7, 242), ("Down", 10, 50, 7, 234),
                            ("KP_Add", 35, 62.5, 5), ("KP_Subtract", 10, 50, 7), ("equal", 35, 62.5, 5), ("z", 40, 40, 7),
                            ("minus", 32, 32, 8)):
        display.key(window, keys)
        try:
            wait_for_edges(display, window, *expected)
        except AssertionError as error:
            raise AssertionError(f"after {keys}: {error}") from error
    display.key(window, "Escape")
    _, err = viewer.communicate(timeout=60 * tap.SLOWNESS)
    assert (viewer.returncode, err) == (0, ""), (viewer.returncode, err)


@test
def zoom_and_full_screen():
    display = view.Display("800x600")
    display.manage_windows()
    view.publish("cam", "BGRA8", 320, 184)
    # Two clicks are two, however late the second is.
    cli.start("view", "cam", "--scale", "2", **display.environment(), SDL_MOUSE_DOUBLE_CLICK_TIME="100000")
    window = display.window("cam")
    tap.wait_until(lambda: view.size_of(display.capture(window)) == (640, 368), "twice the size")
    display.key(window, "f")
    tap.wait_until(lambda: view.size_of(display.capture(window)) == (800, 600), "the full screen")
    display.key(window, "1")

    def is_one_to_one():
        done = display.run("convert", display.capture(window), "-crop", "320x184+240+208", "+repage", tap.path("c.png"))
        view.write_expected(tap.path("e.ppm"), 320, 184)
        return done.returncode == 0 and view.difference(tap.path("e.ppm"), tap.path("c.png")) <= EXACT

    tap.wait_until(is_one_to_one, "the picture in the middle")
    display.key(window, "Escape")
    tap.wait_until(lambda: view.size_of(display.capture(window)) == (640, 368), "the window as it was")
    for what in ("F11", "clicks"):
        for size in ((800, 600), (640, 368)):
            if what == "F11":
                display.key(window, what)
            else:
                display.run("xdotool", "mousemove", "400", "300", "click", "--repeat", "2", "1")
            tap.wait_until(lambda s=size: view.size_of(display.capture(window)) == s, f"{size} by {what}")


@test
def frames_are_counted_and_saved_at_the_end():
    display = view.Display()
    view.publish("cam", "BGRA8", 320, 184)
    viewer = display.view("--frames", "3", "--screenshot", "last.png", "--json", "--quiet")
    out, err = viewer.communicate(timeout=60 * tap.SLOWNESS)
    found = json.loads(out)
    assert viewer.returncode == 0 and not err, err
    assert (found["stream"], found["frames"], found["width"], found["height"]) == ("cam", 3, 320, 184), found
    assert found["latency_ms"]["min"] <= found["latency_ms"]["mean"] <= found["latency_ms"]["max"], found
    view.write_expected(tap.path("expected.ppm"), 320, 184)
    assert view.difference(tap.path("expected.ppm"), tap.path("last.png")) == 0


@test
def every_frame_is_shown_if_asked():
    display = view.Display()
    view.publish("cam", "BGRA8", 64, 32)
    viewer = display.view("--mode", "every", "--frames", "20", "--json")
    out, _ = viewer.communicate(timeout=60 * tap.SLOWNESS)
    assert viewer.returncode == 0 and json.loads(out)["missed"] == 0, out


@test
def no_frame_of_4k_is_lost_beside_a_recorder_under_load():
    """The test pattern to a window and into a file at once, every frame of it, while others want the processors."""
    if "  publish " not in cli.run("help")[1]:
        raise tap.Skip("built without FFmpeg")
    load = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    cli.running.extend(load)
    display, frames = view.Display("3840x2160"), 24
    publisher = cli.start("publish", "test", "test:", "--size=3840x2160", f"--frames={frames}", "--lossless", "--json", "-q",
                          "--rate=max", "--wait-for-readers=2", "--end-wait=60")
    tap.wait_until(lambda: os.path.exists(tap.path("runtime/streams/test")), "the stream")
    viewer = display.view("test", "--mode=every", "--once", "--json", "-q", "--screenshot=seen.png")
    recorder = cli.start("record", "test", "a.y4m", "--wait=60", "-q", "--json")
    out, err = publisher.communicate(timeout=120 * tap.SLOWNESS)
    assert publisher.returncode == 0 and json.loads(out)["frames"] == frames, (out, err)
    out, err = viewer.communicate(timeout=120 * tap.SLOWNESS)
    facts = json.loads(out)
    assert viewer.returncode == 0 and (facts["frames"], facts["missed"], facts["width"]) == (frames, 0, 3840), (facts, err)
    _, err = recorder.communicate(timeout=120 * tap.SLOWNESS)
    assert (json.loads(err)["frames"], json.loads(err)["missed"]) == (frames, 0), err
    size = 3840 * 2160 * 3 // 2 + len("FRAME\n")
    assert os.path.getsize(tap.path("a.y4m")) // size == frames
    assert view.size_of(tap.path("seen.png")) == (3840, 2160)


@test
def the_end_is_the_end_if_asked():
    display = view.Display()
    publisher = view.publish("cam", "BGRA8", 320, 184)
    viewer = display.view("cam", "--once")
    display.wait_for_picture(display.window("cam"), 320, 184, EXACT)
    view.end(publisher)
    out, err = viewer.communicate(timeout=60 * tap.SLOWNESS)
    assert (viewer.returncode, out, err) == (0, "", ""), err


@test
def fewer_frames_than_asked_is_an_end_before_time():
    display = view.Display()
    publisher = view.publish("cam", "BGRA8", 320, 184)
    viewer = display.view("cam", "--once", "--frames", "1000000")
    display.wait_for_picture(display.window("cam"), 320, 184, EXACT)
    view.end(publisher)
    _, err = viewer.communicate(timeout=60 * tap.SLOWNESS)
    assert viewer.returncode == 6
    cli.check_sentence(err, "of 1000000 frames")


@test
def patience_ends():
    display = view.Display()
    viewer = display.view("nobody", "--timeout", "0.2")
    _, err = viewer.communicate(timeout=60 * tap.SLOWNESS)
    assert viewer.returncode == 5
    cli.check_sentence(err, 'no stream "nobody" came within 0.2 s')
    publisher = view.publish("cam", "BGRA8", 64, 32)
    view.say(publisher, "hold")
    assert publisher.stdout.readline() == "held\n"
    viewer = display.view("cam", "--timeout", "0.5")  # it gets the frame that is held, and no other
    _, err = viewer.communicate(timeout=60 * tap.SLOWNESS)
    assert viewer.returncode == 5
    cli.check_sentence(err, 'no frame of stream "cam" came for 0.5 s')


@test
def a_display_that_goes_is_told():
    display = view.Display()
    view.publish("cam", "BGRA8", 320, 184)
    viewer = display.view("cam")
    display.wait_for_picture(display.window("cam"), 320, 184, EXACT)
    display.process.kill()
    _, err = viewer.communicate(timeout=60 * tap.SLOWNESS)
    assert viewer.returncode == 6, (viewer.returncode, err)
    cli.check_sentence(err, "the display is gone")


@test
def no_display_at_that_address_is_told():
    view.publish("cam", "BGRA8", 64, 32)
    code, _, err = cli.run("view", "cam", DISPLAY=":4095", **view.WINDOW)
    assert code == 1
    cli.check_sentence(err, "the display cannot be used")


@test
def bad_words_are_refused():
    for words, sentence in ((["--mode", "some"], "latest or every"), (["--scale", "huge"], "the scale is a number"),
                            (["--scale", "0"], "the scale is a number"), (["--rate", "-1"], "the rate is a number"),
                            (["--frames", "0"], "whole number from 1 on"), (["--frames", "-3"], "whole number"),
                            (["--timeout", "soon"], "the time-out is a number"), (["--wait", "soon"], "--wait"),
                            (["--terminal=crayon"], "auto, blocks, kitty or sixel"), (["a", "b"], "one stream at a time")):
        code, out, err = cli.run("view", *words)
        assert code == 2 and not out and sentence in err, (words, code, err)


@test
def bad_names_are_refused():
    for name in ("a/b", ".hidden", "", "x" * 81, "a\nb"):
        code, out, err = cli.run("view", name, "--terminal")
        assert code == 2 and not out, (name, code, err)
        assert err.startswith("transom view: ") and err.count("\n") == 1 + name.count("\n"), err


@test
def streams_to_choose_from_are_listed():
    code, _, err = cli.run("view")
    assert code == 3
    cli.check_sentence(err, "there is no stream")
    view.publish("left", "BGRA8", 64, 32)
    view.publish("right", "BGRA8", 64, 32)
    code, _, err = cli.run("view")
    assert code == 2
    cli.check_sentence(err, "left, right")


@test
def a_stream_that_is_not_there_is_told():
    for more in ([], ["--wait", "0.1"]):
        code, _, err = cli.run("view", "nobody", "--once", *more)
        assert code == 3
        cli.check_sentence(err, 'there is no stream "nobody"')


@test
def a_stream_that_ends_is_waited_for_at_its_beginning():
    display = view.Display()
    viewer = display.view("cam", "--once", "--wait", "1000", "--json")
    cli.wait_until_it_listens(viewer)
    publisher = view.publish("cam", "BGRA8", 320, 184)
    display.wait_for_picture(display.window("cam"), 320, 184, EXACT)
    view.end(publisher)
    out, err = viewer.communicate(timeout=60 * tap.SLOWNESS)
    assert (viewer.returncode, err) == (0, "") and json.loads(out)["frames"] > 0, (viewer.returncode, out, err)
    viewer = display.view("cam", "--once", "--wait", "1000")
    cli.wait_until_it_listens(viewer)
    assert cli.interrupt(viewer) == (130, "", "")


@test
def an_inherited_stream_is_shown():
    """By who has neither its name nor a runtime directory."""
    display = view.Display()
    view.publish("cam", "BGRA8", 320, 184)
    alone = ["exec", "cam", "env", "TRANSOM_RUNTIME_DIR=/nowhere"]
    viewer = cli.start(*alone, "sh", "-c", f'exec {cli.program} view "fd:$TRANSOM_STREAM_FD" --title inherited',
                       **display.environment())
    display.wait_for_picture(display.window("inherited"), 320, 184, EXACT)
    assert cli.interrupt(viewer) == (0, "", "")
    # Without a name it is the one that was inherited.
    code, out, err = cli.run(*alone, cli.program, "view", "--frames", 2, "--json", **display.environment())
    assert code == 0 and json.loads(out)["frames"] >= 2, (code, out, err)


@test
def descriptors_are_checked():
    for name, expected, sentence in (("fd:x", 2, "not the number"), ("fd:", 2, "not the number"),
                                     ("fd:-1", 2, "not the number"), ("fd:77", 3, "descriptor 77 is not open")):
        code, _, err = cli.run("view", name)
        assert code == expected, (name, code, err)
        cli.check_sentence(err, sentence)


@test
def a_file_that_cannot_be_written_is_told():
    display = view.Display()
    view.publish("cam", "BGRA8", 320, 184)
    for file, sentence in (("/dev/full", "/dev/full cannot be written"), ("no/where.png", "cannot be written")):
        viewer = display.view("cam", "--frames", "1", "--screenshot", file)
        _, err = viewer.communicate(timeout=60 * tap.SLOWNESS)
        assert viewer.returncode in (1, 3), (viewer.returncode, err)
        cli.check_sentence(err, sentence)
    assert os.path.exists("/dev/full")


@test
def nothing_is_done_while_nothing_happens():
    display = view.Display()
    publisher = view.publish("cam", "BGRA8", 320, 184)
    viewer = display.view("cam")
    display.wait_for_picture(display.window("cam"), 320, 184, EXACT)
    view.say(publisher, "hold")
    assert publisher.stdout.readline() == "held\n"
    view.check_idle(viewer)


@test
def a_signal_ends_it_well():
    display = view.Display()
    view.publish("cam", "BGRA8", 320, 184)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        viewer = display.view("cam", "--json")
        display.wait_for_picture(display.window("cam"), 320, 184, EXACT)
        code, out, err = cli.interrupt(viewer, number)
        assert code == 0 and not err and json.loads(out)["frames"] > 0, (code, out, err)


view.main()
