"""A terminal that exists only to be drawn on: a pty whose other end answers questions and knows what it would show."""
import base64
import fcntl
import os
import pty
import re
import select
import struct
import termios
import threading

import cli
import tap

# One that another escape cuts short is none, and a string ends with ESC \ only: what it was cut by belongs to it.
SEQUENCE = re.compile(rb"\x1b\[([0-9;?]*)([@-~])|\x1b_([^\x1b]*)\x1b\\|\x1bP([^\x1b]*)\x1b\\")
CUT = re.compile(rb"\x1b\[[0-9;?]*(?=\x1b)|\x1b\\")


class Terminal:
    """Starts `transom ARGUMENT...` in a terminal of that size; `does` has its abilities: kitty, file, sixel, and `keeps`: it
    removes no file, `loses`: it comes too late for those of pictures."""

    def __init__(self, *arguments, columns=80, rows=24, cell=(10, 20), does=(), term="xterm-256color", answers=True):
        self.does, self.answers, self.reading = does, answers, True
        self.columns, self.rows, self.cell = columns, rows, cell
        self.cells, self.images, self.text, self.modes = {}, {}, b"", set()
        self.row = self.column = 0
        self.upper = self.lower = None
        self.piece = None
        self.files, self.missing = [], []  # that it was to read, and those of them that were not there
        self.taken = 0  # bytes
        self.failure = None  # why it has stopped reading
        self.master, slave = pty.openpty()
        self.slave = slave  # kept, so that its settings can be looked at afterwards
        self.resize(columns, rows)
        self.before = termios.tcgetattr(slave)
        self.process = cli.start(*arguments, stdin=slave, stdout=slave, TERM=term, DISPLAY="", WAYLAND_DISPLAY="",
                                 SDL_VIDEODRIVER="")
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, columns * self.cell[0], rows * self.cell[1]))

    def type(self, keys):
        os.write(self.master, keys.encode())

    def answer(self, text):
        os.write(self.master, text.encode())

    def read(self):
        try:
            self.read_all()
        except BaseException as failure:  # pylint: disable=broad-except
            self.failure = failure

    def read_all(self):
        left = b""
        while self.reading:
            if not select.select([self.master], [], [], 0.1)[0]:
                continue
            try:
                got = os.read(self.master, 65536)
            except OSError:
                return
            self.taken += len(got)
            left = self.take(left + got)

    def take(self, text):
        """All but a sequence that is not complete."""
        while text:
            if text[:1] != b"\x1b":
                end = text.find(b"\x1b")
                plain = text if end < 0 else text[:end]
                cut = self.show(plain) if end < 0 else self.show(plain.decode(errors="replace").encode())
                cut = cut if end < 0 else end
                text = text[cut:]
                if cut < len(plain):
                    return text
                continue
            found = SEQUENCE.match(text) or CUT.match(text)
            if not found:
                return text
            text = text[found.end():]
            if found.re is CUT:
                continue
            if found[2]:
                self.control(found[1].decode(), found[2].decode())
            elif found[3] is not None:
                self.graphics(found[3].decode())
            else:
                self.sixels(found[4].decode())
        return b""

    def show(self, text):
        """How many bytes were whole characters."""
        for cut in range(len(text), max(len(text) - 4, -1), -1):
            try:
                characters = text[:cut].decode()
                break
            except UnicodeDecodeError:
                continue
        for character in characters:
            if character == "\u2580":
                self.cells[self.column, self.row] = (self.upper, self.lower)
            else:
                self.cells[self.column, self.row] = character
            self.column += 1
        return cut

    def control(self, numbers, last):
        values = [int(n) if n.isdigit() else 0 for n in numbers.split(";")]
        if last == "H":
            self.row, self.column = values[0] - 1, values[1] - 1
        elif last == "m" and values[0] == 38:
            self.upper = tuple(values[2:5])
        elif last == "m" and values[0] == 48:
            self.lower = tuple(values[2:5])
        elif last == "J":
            self.cells.clear()
            self.images.clear()
        elif last == "K":
            for column in range(self.column, self.columns):
                self.cells.pop((column, self.row), None)
        elif last in "hl" and numbers[:1] == "?":
            (self.modes.add if last == "h" else self.modes.discard)(numbers[1:])
        elif last == "c" and self.answers:
            self.answer("\x1b[?62;4;22c" if "sixel" in self.does else "\x1b[?62;22c")
        elif last == "t" and numbers == "14" and self.answers:
            self.answer(f"\x1b[4;{self.rows * self.cell[1]};{self.columns * self.cell[0]}t")

    def graphics(self, text):
        keys, _, data = text.partition(";")
        assert keys[:1] == "G", text
        keys = dict(key.split("=") for key in keys[1:].split(",") if key)
        if "kitty" not in self.does:
            return
        if keys.get("a") == "d":
            self.images.pop(keys["i"], None)
        elif keys.get("a") == "q" and keys["t"] == "t":
            content = self.load(data, keys["t"]) if "file" in self.does else None
            assert content is None or len(content) == 3
            self.answer_picture(keys, content is not None)
        elif keys.get("a") == "q":
            self.answer_picture(keys, True)
        else:
            self.take_piece(keys, data)

    def load(self, data, medium):
        """The bytes themselves, or those of a file that is ours to remove: who sent it may do so first, having waited."""
        if medium == "d":
            return base64.b64decode(data)
        assert medium == "t", medium
        path = base64.b64decode(data).decode()
        assert "tty-graphics-protocol" in path
        self.files.append(path)
        if "loses" in self.does and len(self.files) > 1:
            os.unlink(path)
        try:
            with open(path, "rb") as file:
                content = file.read()
            if "keeps" not in self.does:
                os.unlink(path)
        except FileNotFoundError:
            self.missing.append(path)
            return None
        return content

    def answer_picture(self, keys, shown):
        if not self.answers:
            return
        self.answer(f"\x1b_Gi={keys['i']};{'OK' if shown else 'ENOENT:no such file'}\x1b\\")

    def take_piece(self, keys, data):
        assert len(data) <= 4096
        if self.piece is None:
            self.piece = (keys, [])
            self.piece[0].update(column=self.column, row=self.row)
        self.piece[1].append(data)
        if keys.get("m") == "1":
            return
        first, pieces = self.piece
        self.piece = None
        pieces = [self.load(piece, first["t"]) for piece in pieces]
        if None in pieces:
            self.answer_picture(first, False)
            return
        pixels = b"".join(pieces)
        width, height = int(first["s"]), int(first["v"])
        assert len(pixels) == width * height * 3, (len(pixels), width, height)
        self.images[first["i"]] = {**first, "pixels": pixels, "width": width, "height": height}
        self.answer_picture(first, True)

    def sixels(self, text):
        """The picture that a string of sixels is: RGB at each place."""
        assert "sixel" in self.does
        body = text[text.index("q") + 1:]
        palette, pixels, x, y, colour = {}, {}, 0, 0, 0
        for token in re.finditer(r'"[0-9;]*|#([0-9;]+)|!(\d+)([?-~])|([?-~])|([$-])', body):
            if token[1]:
                numbers = list(map(int, token[1].split(";")))
                colour = numbers[0]
                if len(numbers) == 5:
                    palette[colour] = tuple(n * 255 // 100 for n in numbers[2:])
            elif token[3] or token[4]:
                bits = ord(token[3] or token[4]) - 63
                for column in range(x, x + int(token[2] or 1)):
                    for bit in range(6):
                        if bits >> bit & 1:
                            pixels[column, y + bit] = palette[colour]
                x += int(token[2] or 1)
            elif token[5] == "$":
                x = 0
            elif token[5] == "-":
                x, y = 0, y + 6
        if pixels:
            self.images["sixel"] = {"column": self.column, "row": self.row, "sixels": pixels,
                                    "width": 1 + max(p[0] for p in pixels), "height": 1 + max(p[1] for p in pixels)}

    def line(self, row):
        return "".join(str(self.cells.get((c, row), " ")) for c in range(self.columns)).rstrip()

    def last_line(self):
        return self.line(self.rows - 1)

    def wait_for(self, condition, what):
        def is_over():
            if self.failure:
                raise self.failure
            return self.process.poll() is not None or condition()

        return tap.wait_until(is_over, what) and condition()

    def finish(self, seconds=60):
        """Waits for the program: its exit code and stderr. The terminal must be as it was."""
        _, err = self.process.communicate(timeout=seconds * tap.SLOWNESS)
        self.stop()
        assert termios.tcgetattr(self.slave) == self.before, "the terminal is not as it was"
        self.close()
        return self.process.returncode, err

    def stop(self):
        tap.wait_until(lambda: not select.select([self.master], [], [], 0)[0] or not self.thread.is_alive(),
                       "all is read")
        self.reading = False
        self.thread.join()
        if self.failure:
            raise self.failure

    def close(self):
        for descriptor in (self.master, self.slave):
            if descriptor is not None:
                os.close(descriptor)
        self.master = self.slave = None
