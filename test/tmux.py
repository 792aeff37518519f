"""A terminal for tests: a program in tmux, keys to it, and what is on the screen."""
import itertools
import os
import shlex
import shutil
import subprocess

import cli
import tap

numbers = itertools.count()


class Terminal:
    """Runs `transom ARGUMENT...` in a terminal of that size; `with` ends it."""

    def __init__(self, *arguments, width=80, height=24, **more):
        if not shutil.which("tmux"):
            raise tap.Skip("no tmux")
        name = f"tmux-{next(numbers)}"
        self.socket, self.status, self.errors = (tap.path(name + part) for part in ("", "-status", "-errors"))
        words = " ".join(shlex.quote(str(word)) for word in [cli.program, *arguments])
        self.environment = {**cli.environment(**more)}
        self.environment.pop("TMUX", None)
        # What is on the screen when the program has ended is to be seen too.
        script = f'{words} 2>{shlex.quote(self.errors)}; echo $? >{shlex.quote(self.status)}; exec sleep 1000'
        self.run("-f", os.devnull, "new-session", "-d", "-x", str(width), "-y", str(height), script)

    def run(self, *arguments):
        return subprocess.run(["tmux", "-S", self.socket, *arguments], check=True, capture_output=True, text=True,
                              env=self.environment, cwd=tap.folder).stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, check=False)

    def screen(self, *options):
        return self.run("capture-pane", "-p", *options)

    def press(self, *keys):
        self.run("send-keys", *keys)

    def resize(self, width, height):
        self.run("resize-window", "-x", str(width), "-y", str(height))

    def wait_for(self, words, what=None):
        """Waits until the words are on the screen, or a condition of the screen holds; the screen."""
        condition = words if callable(words) else lambda screen: words in screen
        last = [""]

        def look():
            last[0] = self.screen()
            return condition(last[0]) and last[0]
        try:
            return tap.wait_until(look, what or str(words))
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen was:\n{last[0]}") from None

    def wait_for_end(self):
        """The exit code, and what was said on stderr."""
        tap.wait_until(lambda: os.path.exists(self.status) and os.path.getsize(self.status), "the end of the program")
        with open(self.status, encoding="utf-8") as status, open(self.errors, encoding="utf-8") as errors:
            return int(status.read()), errors.read()
