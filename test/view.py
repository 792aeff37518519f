"""What the tests of `transom view` share: a publisher of a known picture, a display of their own, pictures compared."""
import functools
import itertools
import operator
import os
import re
import select
import shutil
import subprocess
import sys
import time

import cli
import tap

publisher = os.path.abspath(sys.argv[2])
displays = []
# The software renderer draws the same everywhere. What SDL, D-Bus and drivers do not free is not ours to find.
WINDOW = {"WAYLAND_DISPLAY": "", "SDL_VIDEODRIVER": "x11",
          "SDL_RENDER_DRIVER": os.environ.get("VIEW_RENDER_DRIVER", "software"),
          "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
BARS = (7, 6, 3, 2, 5, 4, 1, 0)


def need(*tools):
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        raise tap.Skip("no " + ", ".join(missing))


def publish(name, form, width, height, *more):
    """Publishes the picture until the test ends, or `end()`; lines to its stdin change it."""
    process = subprocess.Popen([publisher, name, form, str(width), str(height), *more], env=cli.environment(),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    cli.running.append(process)
    assert process.stdout.readline() == "publishing\n", process.wait()
    return process


def say(process, line):
    process.stdin.write(line + "\n")
    process.stdin.flush()


def end(process):
    process.stdin.close()
    process.stdin = None
    assert process.wait(60 * tap.SLOWNESS) == 0


def count_switches(process):
    """How often each thread has gone to sleep so far."""
    total = 0
    for thread in os.listdir(f"/proc/{process.pid}/task"):
        with open(f"/proc/{process.pid}/task/{thread}/status", encoding="utf-8") as file:
            total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", file.read(), re.M)[1])
    return total


def check_idle(process):
    """While nothing happens it wakes up for its numbers at most. Polling would be a thousand times."""
    before = count_switches(process)
    time.sleep(2)
    after = count_switches(process)
    print(f"# slept {after - before} times in 2 s")
    assert after - before < 60, after - before


def colour(x, y, width, height):
    """A pixel of the picture, as the publisher draws it."""
    bar, light = BARS[x * 8 // width], 1 - 0.5 * y / height
    return tuple(int(light * 255 + 0.5) if bar & bit else 0 for bit in (4, 2, 1))


@functools.lru_cache(maxsize=None)
def picture(width, height):
    """All of it: three bytes a pixel."""
    return bytes(c for y in range(height) for x in range(width) for c in colour(x, y, width, height))


def write_expected(file, width, height):
    with open(file, "wb") as out:
        out.write(b"P6 %d %d 255\n" % (width, height))
        out.write(picture(width, height))


def difference(first, second):
    """Root mean square error of two pictures of the same size, from 0 to 1."""
    done = subprocess.run(["compare", "-metric", "RMSE", first, second, "null:"], stderr=subprocess.PIPE, text=True)
    found = re.search(r"\(([0-9.e+-]+)\)", done.stderr)
    assert found, f"compare {first} {second}: {done.stderr}"
    return float(found[1])


def worst_within_bars(file, width, height):
    """The largest error of any pixel that is not beside the edge of a bar, where chroma of less resolution blurs."""
    seen = subprocess.run(["convert", file, "-depth", "8", "rgb:-"], capture_output=True, check=True).stdout
    expected, worst = picture(width, height), 0
    if seen == expected:
        return 0
    columns = [x for x in range(width) if min(x + 3, width - 1) * 8 // width == max(x - 3, 0) * 8 // width]
    for _, bar in itertools.groupby(columns, lambda x: x * 8 // width):
        bar = list(bar)
        for row in range(0, 3 * width * height, 3 * width):
            part = slice(row + 3 * bar[0], row + 3 * bar[-1] + 3)
            worst = max(worst, *map(abs, map(operator.sub, seen[part], expected[part])))
    return worst


def size_of(file):
    done = subprocess.run(["identify", "-format", "%w %h", file], capture_output=True, text=True, check=True)
    return tuple(map(int, done.stdout.split()))


class Display:
    """An X server without a screen, and what is seen there."""

    def __init__(self, size="1024x768"):
        need("Xvfb", "import", "compare", "identify", "xdotool", "xprop", "xwininfo")
        reader, writer = os.pipe()
        self.process = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", size + "x24", "-nolisten",
                                         "tcp", "-noreset"], pass_fds=[writer], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writer)
        displays.append(self.process)
        with os.fdopen(reader) as numbers:
            assert select.select([numbers], [], [], 60 * tap.SLOWNESS)[0], "Xvfb does not start"
            self.name = ":" + numbers.readline().strip()
        self.viewers = []

    def environment(self):
        return {"DISPLAY": self.name, **WINDOW}

    def run(self, *command, seconds=100):
        return subprocess.run(command, env=cli.environment(**self.environment()), capture_output=True, text=True,
                              timeout=seconds * tap.SLOWNESS)

    def manage_windows(self):
        """What makes full screens; without it a window has its size and nobody gives it the focus."""
        need("openbox")
        manager = subprocess.Popen(["openbox", "--sm-disable"], env=cli.environment(**self.environment()),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        displays.insert(0, manager)
        tap.wait_until(lambda: "no such atom" not in
                       (shown := self.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK").stdout) and "window id" in shown,
                       "a window manager")

    def view(self, *arguments):
        """The server may take its time to remove the window of one that has ended, which would be taken for the new one's."""
        live = [viewer for viewer in self.viewers if viewer.poll() is None]
        if len(live) < len(self.viewers):
            tap.wait_until(lambda: len(self.windows("transom")) <= len(live), "the end of a window")
        self.viewers = [*live, cli.start("view", *arguments, **self.environment())]
        return self.viewers[-1]

    def windows(self, kind):
        return self.run("xdotool", "search", "--class", f"^{kind}$").stdout.split()

    def find_window(self, title, kind):
        """xdotool knows titles in some locales only."""
        for window in self.windows(kind):
            if f'= "{title}"' in self.run("xprop", "-id", window, "_NET_WM_NAME", "WM_NAME").stdout:
                return window
        return None

    def window(self, title, kind="transom"):
        """The window of that title and class, once it is there."""
        return tap.wait_until(lambda: self.find_window(title, kind), f"a window {title}")

    def capture(self, window, name="seen.png"):
        file = tap.path(name)
        tap.wait_until(lambda: self.try_capture(window, file), "a picture of the window", seconds=150)
        return file

    def try_capture(self, window, file):
        """import waits for ever for a window that changes just then, so that it may be asked again."""
        if "IsViewable" not in self.run("xwininfo", "-id", window).stdout:
            return False
        try:
            return self.run("import", "-silent", "-window", window, file, seconds=30).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def key(self, window, key):
        """There is no window manager: the focus is set by hand."""
        assert self.run("xdotool", "windowfocus", "--sync", window).returncode == 0
        assert self.run("xdotool", "key", key).returncode == 0

    def wait_for_picture(self, window, width, height, limit):
        """Waits until the window shows the picture of that size, and returns how much it differs."""
        expected = tap.path(f"expected-{width}x{height}.ppm")
        write_expected(expected, width, height)
        best = [1.0]

        def looks_right():
            seen = self.capture(window)
            if size_of(seen) != (width, height):
                return False
            best[0] = min(best[0], difference(expected, seen))
            return best[0] <= limit

        try:
            tap.wait_until(looks_right, f"the picture of {width}x{height}", seconds=150)
        except AssertionError as error:
            raise AssertionError(f"{error}; the nearest was {best[0]}, {size_of(tap.path('seen.png'))}") from error
        return best[0]


def clean_up():
    cli.clean_up()
    for process in displays:
        process.terminate()
        process.wait()
    displays.clear()


def main():
    tap.run_tests(cli.prepare, clean_up)
