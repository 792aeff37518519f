#!/usr/bin/env python3
"""`transom view` in terminals: tmux, and one that answers and decodes whatever it is told. Prints TAP.
usage: test-cli-view-terminal.py TRANSOM PUBLISH-PICTURE yes|no (with sixels)"""
import json
import os
import re
import signal
import subprocess
import sys

import cli
import tap
import view
from fake_terminal import Terminal
from tap import test

with_sixels = sys.argv[3] == "yes"
# Of 255: quantizing by libsixel, and the mean of a bar that grows darker.
NEAR, ROUGH = 6, 24


def is_near(seen, expected, limit):
    return seen is not None and all(abs(a - b) <= limit for a, b in zip(seen, expected))


def check_places(get, width, height, limit):
    """Looks at the middle of each bar, in four rows; returns what is wrong, or None."""
    for bar in range(8):
        for part in (1, 3, 5, 7):
            x, y = (2 * bar + 1) * width // 16, part * height // 8
            seen, expected = get(x, y), view.colour(x, y, width, height)
            if not is_near(seen, expected, limit):
                return f"at {x},{y} of {width}x{height} is {seen}, not {expected}"
    return None


def box(terminal):
    """Where blocks are: left, top, columns, rows."""
    cells = [place for place, what in list(terminal.cells.items()) if isinstance(what, tuple)]
    if not cells:
        return None
    left, top = min(c[0] for c in cells), min(c[1] for c in cells)
    return left, top, max(c[0] for c in cells) - left + 1, max(c[1] for c in cells) - top + 1


def wrong_blocks(terminal):
    place = box(terminal)
    if place is None:
        return "no blocks"
    left, top, columns, rows = place
    return check_places(lambda x, y: terminal.cells.get((left + x, top + y // 2), (None, None))[y % 2], columns,
                        rows * 2, ROUGH)


def wrong_image(terminal, key=None):
    images = dict(terminal.images)
    if not images or (key and key not in images):
        return "no image"
    image = images[key or next(iter(images))]
    if "sixels" in image:
        return check_places(lambda x, y: image["sixels"].get((x, y)), image["width"], image["height"], ROUGH)
    width = image["width"]
    return check_places(lambda x, y: image["pixels"][3 * (y * width + x):][:3], width, image["height"], NEAR)


def wait_for_picture(terminal, wrong):
    last = [None]

    def is_right():
        last[0] = wrong(terminal)
        return last[0] is None

    try:
        terminal.wait_for(is_right, "the picture")
    except AssertionError as error:
        raise AssertionError(f"{error}: {last[0]}") from error
    assert last[0] is None, (last[0], terminal.process.communicate())


def quit_by_key(terminal):
    terminal.type("q")
    code, err = terminal.finish()
    assert (code, err) == (0, ""), (code, err)
    assert terminal.modes >= {"25", "7"} and "1049" not in terminal.modes, terminal.modes


@test
def blocks_are_drawn_where_there_is_no_display():
    view.publish("cam", "NV12", 320, 184)
    terminal = Terminal("view")
    wait_for_picture(terminal, wrong_blocks)
    terminal.wait_for(lambda: box(terminal) == (0, 0, 80, 23), "a screen full of blocks")
    terminal.wait_for(lambda: "cam  320x184  NV12" in terminal.last_line() and "fps" in terminal.last_line(),
                      "numbers")
    assert "1049" in terminal.modes and "25" not in terminal.modes
    quit_by_key(terminal)


@test
def blocks_keep_the_shape_of_the_picture():
    publisher = view.publish("cam", "BGRA8", 200, 400)
    terminal = Terminal("view", "cam", cell=(10, 20))
    wait_for_picture(terminal, wrong_blocks)
    terminal.wait_for(lambda: box(terminal)[2:] == (23, 23), "blocks of that shape")
    view.say(publisher, "BGRA8 400 100")
    terminal.wait_for(lambda: box(terminal) and box(terminal)[2:] == (80, 10), "another shape")
    wait_for_picture(terminal, wrong_blocks)
    quit_by_key(terminal)


@test
def tmux_shows_it():
    view.need("tmux")
    view.publish("cam", "BGRA8", 320, 184)
    tmux = ["tmux", "-S", tap.path("tmux"), "-f", "/dev/null"]

    def ask(*words):
        return subprocess.run([*tmux, *words], env=cli.environment(DISPLAY="", WAYLAND_DISPLAY=""), check=True,
                              capture_output=True, text=True).stdout

    ask("new-session", "-d", "-x", "80", "-y", "24", f"{cli.program} view cam; echo the end: $?; cat")
    try:
        found = re.compile(r"38;2;(\d+);(\d+);(\d+)(?:;48;2;\d+;\d+;\d+)?m?")

        def colours():
            rows = ask("capture-pane", "-e", "-p").split("\n")
            return [tuple(map(int, c)) for c in found.findall(rows[2])] if len(rows) > 2 else []

        def has_all_bars():
            return all(any(is_near(c, view.colour(x, 4, 80, 46), ROUGH) for c in colours()) for x in range(5, 75, 10))

        tap.wait_until(has_all_bars, "the bars in tmux")
        screen = ask("capture-pane", "-p").rstrip("\n").split("\n")
        assert screen[2].count("\u2580") >= 79 and "320x184" in screen[23], screen
        ask("send-keys", "q")
        tap.wait_until(lambda: "the end: 0" in ask("capture-pane", "-p"), "the end")
        assert "\u2580" not in ask("capture-pane", "-p")
    finally:
        ask("kill-server")


@test
def kitty_is_chosen_and_drawn_as_text():
    view.publish("cam", "BGRA8", 320, 184)
    terminal = Terminal("view", "cam", does=("kitty",))
    wait_for_picture(terminal, wrong_image)
    image = next(iter(terminal.images.values()))
    assert (image["t"], image["f"]) == ("d", "24") and 780 <= image["width"] <= 800, image
    assert int(image["c"]) * 10 >= image["width"] - 10 and int(image["r"]) == 23, image["c"]
    terminal.wait_for(lambda: "fps" in terminal.last_line(), "numbers")
    quit_by_key(terminal)
    assert not terminal.images, "a picture is left"


@test
def kitty_is_given_files_where_it_can_read_them():
    view.publish("cam", "P010", 320, 184)
    terminal = Terminal("view", "cam", does=("kitty", "file"))
    wait_for_picture(terminal, wrong_image)
    terminal.wait_for(lambda: len(terminal.files) > 3, "several pictures")
    quit_by_key(terminal)
    check_files(terminal)


def check_files(terminal):
    """Whoever was to remove them, at the end all are gone."""
    left = [file for file in terminal.files if os.path.exists(file)]
    assert terminal.files and not left, left


@test
def files_that_kitty_does_not_remove_are_removed():
    view.publish("cam", "BGRA8", 320, 184)
    terminal = Terminal("view", "cam", does=("kitty", "file", "keeps"))
    wait_for_picture(terminal, wrong_image)
    terminal.wait_for(lambda: len(terminal.files) > 3, "several pictures")
    quit_by_key(terminal)
    check_files(terminal)


@test
def a_picture_whose_file_is_lost_is_drawn_as_text():
    publisher = view.publish("cam", "BGRA8", 320, 184)
    view.say(publisher, "hold")
    assert publisher.stdout.readline() == "held\n"
    terminal = Terminal("view", "cam", does=("kitty", "file", "loses"))
    wait_for_picture(terminal, wrong_image)
    assert next(iter(terminal.images.values()))["t"] == "d" and len(terminal.missing) == 1, terminal.missing
    quit_by_key(terminal)
    check_files(terminal)


@test
def sixels_are_chosen_and_drawn():
    if not with_sixels:
        raise tap.Skip("no libsixel")
    view.publish("cam", "I420", 320, 184)
    terminal = Terminal("view", "cam", columns=40, rows=12, does=("sixel",))
    wait_for_picture(terminal, wrong_image)
    image = terminal.images["sixel"]
    assert abs(image["width"] - 382) < 3 and abs(image["height"] - 220) < 7, (image["width"], image["height"])
    quit_by_key(terminal)


@test
def what_is_asked_for_is_drawn():
    view.publish("cam", "BGRA8", 320, 184)
    terminal = Terminal("view", "--terminal=blocks", "cam", does=("kitty", "sixel"))
    wait_for_picture(terminal, wrong_blocks)
    quit_by_key(terminal)
    terminal = Terminal("view", "--terminal=kitty", "cam", does=("kitty",))
    wait_for_picture(terminal, wrong_image)
    quit_by_key(terminal)


@test
def a_terminal_that_does_not_answer_gets_blocks():
    view.publish("cam", "BGRA8", 320, 184)
    terminal = Terminal("view", "cam", does=("kitty", "file"), answers=False)
    wait_for_picture(terminal, wrong_blocks)
    terminal.answers = True  # after all
    terminal.answer("\x1b_Gi=31;OK\x1b\\\x1b_Gi=32;OK\x1b\\\x1b[?62;22c")
    wait_for_picture(terminal, wrong_image)
    quit_by_key(terminal)
    check_files(terminal)


@test
def another_size_of_the_terminal_is_followed():
    view.publish("cam", "BGRA8", 320, 184)
    terminal = Terminal("view", "cam")
    wait_for_picture(terminal, wrong_blocks)
    for columns, rows, expected in ((60, 40, (60, 17)), (20, 5, (14, 4)), (100, 30, (100, 29))):
        terminal.resize(columns, rows)
        terminal.process.send_signal(signal.SIGWINCH)
        terminal.wait_for(lambda: box(terminal) and box(terminal)[2:] == expected, f"blocks of {expected}")
        wait_for_picture(terminal, wrong_blocks)
    terminal.resize(10, 3)
    terminal.process.send_signal(signal.SIGWINCH)
    terminal.wait_for(lambda: terminal.line(0) == "too small", "words")
    quit_by_key(terminal)


@test
def a_killed_publisher_is_waited_for():
    publisher = view.publish("cam", "BGRA8", 320, 184)
    terminal = Terminal("view", "cam")
    wait_for_picture(terminal, wrong_blocks)
    publisher.kill()
    publisher.wait()
    terminal.wait_for(lambda: terminal.last_line() == "waiting for cam", "waiting")
    view.publish("cam", "UYVY", 320, 100)
    terminal.wait_for(lambda: "320x100" in terminal.last_line(), "the next one")
    wait_for_picture(terminal, wrong_blocks)
    terminal.process.send_signal(signal.SIGINT)
    code, err = terminal.finish()
    assert (code, err) == (0, ""), (code, err)
    assert "1049" not in terminal.modes and "25" in terminal.modes


@test
def little_is_done_while_nothing_happens():
    publisher = view.publish("cam", "BGRA8", 320, 184)
    terminal = Terminal("view", "cam")
    wait_for_picture(terminal, wrong_blocks)
    view.say(publisher, "hold")
    assert publisher.stdout.readline() == "held\n"
    view.check_idle(terminal.process)
    quit_by_key(terminal)


@test
def signals_leave_the_terminal_as_it_was():
    view.publish("cam", "BGRA8", 320, 184)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        terminal = Terminal("view", "cam")
        wait_for_picture(terminal, wrong_blocks)
        terminal.process.send_signal(number)
        code, err = terminal.finish()
        assert (code, err) == (0, ""), (code, err)
        assert "1049" not in terminal.modes and "25" in terminal.modes, terminal.modes


@test
def the_end_is_told_on_the_screen_that_was():
    publisher = view.publish("cam", "BGRA8", 320, 184)
    terminal = Terminal("view", "cam", "--once", "--frames", "100000", "--json")
    wait_for_picture(terminal, wrong_blocks)
    view.end(publisher)
    code, err = terminal.finish()
    assert code == 6, (code, err)
    cli.check_sentence(err, "of 100000 frames")
    assert "1049" not in terminal.modes
    text = "".join(c for c in terminal.cells.values() if isinstance(c, str))
    assert '"frames":' in text.replace(" ", ""), text


@test
def keys_pause_save_and_hide():
    publisher = view.publish("cam", "BGRA8", 320, 184)
    terminal = Terminal("view", "cam")
    wait_for_picture(terminal, wrong_blocks)
    terminal.type(" ")
    terminal.wait_for(lambda: terminal.last_line().startswith("paused  cam"), "a pause")
    terminal.type("s")
    name = terminal.wait_for(lambda: re.match(r"saved (cam-\d+\.png)", terminal.last_line()), "a file")[1]
    view.write_expected(tap.path("expected.ppm"), 320, 184)
    assert view.difference(tap.path("expected.ppm"), tap.path(name)) == 0
    view.say(publisher, "BGRA8 320 100")
    terminal.type("x")
    terminal.wait_for(lambda: "320x184" in terminal.last_line(), "the frame that was")
    terminal.type(" ")
    terminal.wait_for(lambda: "320x100" in terminal.last_line(), "the newest frame")
    terminal.type("o")
    terminal.wait_for(lambda: terminal.last_line() == "", "an empty line")
    quit_by_key(terminal)


def is_stuck(terminal):
    """Whether it has begun with a picture, of which no terminal takes so much without reading it."""
    with open(f"/proc/{terminal.process.pid}/io", encoding="ascii") as file:
        written = int(re.search(r"^wchar: (\d+)", file.read(), re.M)[1])
    return written - terminal.taken > 3000


@test
def a_terminal_that_stands_still_can_be_left():
    view.publish("cam", "BGRA8", 320, 184)
    terminal = Terminal("view", "--terminal=kitty", "cam", does=("kitty",))
    wait_for_picture(terminal, wrong_image)
    terminal.reading = False
    terminal.thread.join()
    terminal.answer("".join(f"\x1b_Gi={number};OK\x1b\\" for number in range(41, 44)))
    tap.wait_until(lambda: is_stuck(terminal), "it waits for the terminal")
    terminal.process.send_signal(signal.SIGTERM)
    terminal.process.communicate(timeout=60 * tap.SLOWNESS)
    assert terminal.process.returncode == 0, terminal.process.returncode
    terminal.close()


@test
def a_terminal_that_goes_ends_it():
    view.publish("cam", "BGRA8", 320, 184)
    terminal = Terminal("view", "cam")
    wait_for_picture(terminal, wrong_blocks)
    terminal.reading = False
    terminal.thread.join()
    terminal.close()
    _, err = terminal.process.communicate(timeout=60 * tap.SLOWNESS)
    assert terminal.process.returncode == 6, terminal.process.returncode
    if err:
        cli.check_sentence(err, "the terminal is gone")


@test
def a_terminal_that_is_too_small_is_told():
    view.publish("cam", "BGRA8", 320, 184)
    terminal = Terminal("view", "cam", columns=12, rows=3)
    code, err = terminal.finish()
    assert code == 1, code
    cli.check_sentence(err, "the terminal is too small: 12 by 3 characters")


@test
def no_terminal_is_told():
    view.publish("cam", "BGRA8", 320, 184)
    for words in ([], ["--terminal"], ["--terminal=sixel" if with_sixels else "--terminal=kitty"]):
        code, out, err = cli.run("view", "cam", *words, DISPLAY="", WAYLAND_DISPLAY="", SDL_VIDEODRIVER="",
                                 TERM="xterm")
        assert code == 1 and not out, (code, out, err)
        cli.check_sentence(err, "standard output is not a terminal")
    terminal = Terminal("view", "cam", term="dumb")
    code, err = terminal.finish()
    assert code == 1
    cli.check_sentence(err, 'TERM is "dumb"')


@test
def any_format_can_be_drawn():
    publisher = view.publish("cam", "BGRA8", 320, 184)
    terminal = Terminal("view", "cam")
    for form in ("RGB332", "NV15", "Y416", "YUYV_FULL", "ABGR2101010", "I411", "XRGB1555_BE", "P416"):
        view.say(publisher, f"{form} 320 184")
        terminal.wait_for(lambda f=form: f"  {f}  " in terminal.last_line(), form)
        if form != "RGB332":
            wait_for_picture(terminal, wrong_blocks)
    quit_by_key(terminal)


view.main()
