#!/usr/bin/env python3
"""The pictures of README are made by test/make-screenshots, and show something. Prints TAP.
usage: test-make-screenshots.py TRANSOM PUBLISH-PICTURE"""
import os
import subprocess
import sys

import cli
import tap
import view
from tap import test

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make-screenshots")


def measure(file, what):
    return float(subprocess.run(["identify", "-format", f"%[{what}]", file], capture_output=True, text=True, check=True).stdout)


def make(folder):
    """Numbers need not have settled here."""
    script = subprocess.Popen([sys.executable, SCRIPT, *sys.argv[1:3], folder, "1"], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    try:
        out, _ = script.communicate(timeout=200 * tap.SLOWNESS)
    finally:
        script.terminate()  # and with it all that it has started
        script.wait()
    assert script.returncode == 0, out
    return out


@test
def pictures_are_made_and_not_empty():
    view.need("Xvfb", "import", "convert", "identify", "xdotool", "xprop", "xterm")
    commands = cli.run("help")[1]
    out = make(tap.path("pictures"))
    wanted = {f"{name}.png" for name in ("view", "top") if f"  {name} " in commands}
    assert set(os.listdir(tap.path("pictures"))) == wanted, out
    for name in wanted:
        file = tap.path(f"pictures/{name}")
        width, height = view.size_of(file)
        colours, spread = measure(file, "k"), measure(file, "standard-deviation")
        print(f"# {name}: {width}x{height}, {colours:.0f} colours, spread {spread:.0f}")
        # One colour, or a window without its text, is what a failure looks like.
        assert width >= 600 and height >= 300 and colours > 10 and spread > 1000, (name, width, height, colours, spread)


view.main()
