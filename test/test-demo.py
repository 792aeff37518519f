#!/usr/bin/env python3
"""Runs the demo on each kind of input, good and bad, and interrupts it: what it says, how it ends, and that
it leaves nothing behind. Prints TAP. usage: test-demo.py TRANSOM MAKE-JPEG PICTURE"""
import os
import re
import signal
import struct
import subprocess
import sys
import zlib

import tap
from tap import path, test

transom, make_jpeg, picture = (os.path.abspath(a) for a in sys.argv[1:])
running = []


def write(name, data):
    with open(path(name), "wb") as file:
        file.write(data)
    return path(name)


def start(*arguments):
    os.makedirs(path("tmp"), exist_ok=True)
    process = subprocess.Popen([transom, "demo", *arguments], cwd=tap.folder, env={**os.environ, "TMPDIR": path("tmp")},
                               text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    running.append(process)
    return process


def run(*arguments):
    process = start(*arguments)
    out, err = process.communicate(timeout=100 * tap.SLOWNESS)
    assert not os.listdir(path("tmp")), "something is left in the temporary directory"
    assert not os.path.exists(path("demo.png.part")), "half a picture is left"
    return process.returncode, out, err


def start_and_read_until(words, *arguments):
    """Starts the demo and reads its story until these words are in it."""
    process, told = start(*arguments), ""
    while words not in told:
        line = process.stdout.readline()
        assert line, f"it does not say {words!r}: {told}{process.stderr.read()}"
        told += line
    return process, told


def read_png(name):
    """Width, height, bytes a pixel and filtered rows of what our own program wrote: 8 bits, no interlace."""
    with open(name, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", data[at + 8:at + 18])
        if kind == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += length + 12
    assert depth == 8 and colour in (2, 6)
    size = {2: 3, 6: 4}[colour]
    return width, height, size, zlib.decompress(packed)


def unfilter(raw, length, height, size):
    rows, above = [], bytearray(length)
    for y in range(height):
        kind, row = raw[y * (length + 1)], bytearray(raw[y * (length + 1) + 1:(y + 1) * (length + 1)])
        for i in range(length if kind else 0):
            left, up, corner = row[i - size] if i >= size else 0, above[i], above[i - size] if i >= size else 0
            if kind == 4:
                guess = left + up - corner
                nearest = min((abs(guess - left), 0, left), (abs(guess - up), 1, up),
                              (abs(guess - corner), 2, corner))[2]
            row[i] = (row[i] + (0, left, up, (left + up) // 2, nearest if kind == 4 else 0)[kind]) & 255
        rows.append(row)
        above = row
    return rows


def make_png(width, height, colour=(200, 100, 50)):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\0" + bytes(colour) * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def make_y4m(header, sizes, frames=3, frame_header=b"FRAME"):
    """Luma 110; chroma of a strong red, where there is chroma."""
    body = b"".join(bytes([value]) * size for value, size in zip((110, 100, 200), sizes))
    return header + b"\n" + (frame_header + b"\n" + body) * frames


def shows(arguments, width, height):
    """The demo runs to its end and writes a frame of that size, which is returned."""
    status, out, err = run("--frames", "24", *arguments)
    assert status == 0, f"exit {status}: {out}{err}"
    assert err == "", err
    for line in ("0 with a wrong checksum, 0 missing", "all 4 of 4 surfaces",
                 "4 surfaces: 0 free, 4 held", "4 surfaces: 4 free, 0 held", "Everything held"):
        assert line in out, f"it does not say {line!r}: {out}"
    viewers = re.findall(r"^(.{11}) (\d+) frames seen, 0 with a wrong checksum, \d+ too old to be of interest; (\d) publ", out, re.M)
    assert [(who.strip(), count) for who, _, count in viewers] == [("", "1"), ("fast viewer", "2")], out
    assert all(int(seen) > 0 for _, seen, _ in viewers) and "it had to wait 0 times" in out, out
    shared = re.findall(r"pages shared +(\d+) of (\d+)", out)
    assert len(shared) == 2, out
    if "same physical pages" in out:
        assert all(a == b and a != "0" for a, b in shared), out
    have = read_png(path("demo.png"))
    assert have[:2] == (width, height), have[:2]
    return have


def refuses(name, sentence, code=7):
    status, out, err = run(name)
    assert status == code, f"exit {status}: {out}{err}"
    assert re.fullmatch(r"transom demo: [^\n]*\n", err), f"this is not one sentence: {err!r}"
    assert re.search(sentence, err), err
    assert not os.path.exists(path("demo.png"))


def pixel(shot, x, y):
    width, _, size, raw = shot
    return tuple(unfilter(raw, width * size, y + 1, size)[y][x * size:x * size + 3])


def near(have, want):
    return all(abs(a - b) <= 6 for a, b in zip(have, want))


@test
def the_picture_that_is_shipped():
    shows([picture], 1280, 720)


@test
def a_png_picture():
    shot = shows([write("a.png", make_png(64, 48))], 1280, 720)
    assert near(pixel(shot, 900, 100), (200, 100, 50)), pixel(shot, 900, 100)
    assert pixel(shot, 2, 2) == (0, 0, 0), "the counter has no ground"


@test
def a_png_picture_of_one_pixel():
    shot = shows([write("a.png", make_png(1, 1))], 1280, 720)
    assert near(pixel(shot, 900, 100), (200, 100, 50))


@test
def a_jpeg_picture():
    subprocess.run([make_jpeg, path("a.jpg"), "200"], check=True)
    shows([path("a.jpg")], 1280, 720)


@test
def a_y4m_video():
    for colour, width, height, sizes in (
            (b" C420jpeg", 64, 48, (64 * 48, 32 * 24, 32 * 24)), (b"", 64, 48, (64 * 48, 32 * 24, 32 * 24)),
            (b" C420mpeg2 XYSCSS=420MPEG2", 65, 49, (65 * 49, 33 * 25, 33 * 25)),
            (b" C422", 66, 50, (66 * 50, 33 * 50, 33 * 50)), (b" C444", 65, 49, (65 * 49,) * 3),
            (b" Cmono", 65, 49, (65 * 49,))):
        header = b"YUV4MPEG2 W%d H%d F25:1 Ip A1:1%s" % (width, height, colour)
        shot = shows([write("a.y4m", make_y4m(header, sizes, frame_header=b"FRAME Ip"))], width, height)
        want = (109, 109, 109) if colour == b" Cmono" else (224, 62, 53)
        assert near(pixel(shot, 40, 40), want), (colour, pixel(shot, 40, 40))


@test
def a_y4m_video_of_one_pixel():
    shows([write("a.y4m", make_y4m(b"YUV4MPEG2 W1 H1", (1, 1, 1), 1))], 1, 1)


@test
def another_output():
    status, out, _ = run("--frames", "20", "--output", path("other.png"), picture)
    assert status == 0 and os.path.exists(path("other.png")) and not os.path.exists(path("demo.png"))
    status, _, err = run("--frames", "20", "--output", path("nowhere/other.png"), picture)
    assert status == 3 and "cannot write" in err and err.count("\n") == 1, (status, err)


@test
def no_such_file():
    refuses(path("missing.png"), "cannot open .*: No such file", 3)


@test
def not_a_file():
    os.mkfifo(path("pipe"))
    refuses(path("pipe"), "is not a file")
    refuses("/dev/null", "is not a file")
    refuses(tap.folder, "is a directory")
    refuses(write("empty", b""), "is empty")


@test
def another_kind_of_file():
    refuses(write("a.png", b"GIF89a" + bytes(100)), "is not a PNG, JPEG or Y4M file")
    refuses(write("b.png", b"x"), "is not a PNG, JPEG or Y4M file")


@test
def a_damaged_png():
    whole = open(picture, "rb").read()
    for length in (8, 20, 33, 60, len(whole) // 2, len(whole) - 16):
        refuses(write("a.png", whole[:length]), "is a damaged PNG picture")
    wrong = bytearray(whole)
    wrong[len(whole) // 2] ^= 0x55
    refuses(write("a.png", bytes(wrong)), "is a damaged PNG picture")


@test
def a_damaged_jpeg():
    subprocess.run([make_jpeg, path("a.jpg"), "200"], check=True)
    whole = open(path("a.jpg"), "rb").read()
    for length in (3, 30, 200, len(whole) // 2, len(whole) - 50):
        refuses(write("b.jpg", whole[:length]), "is a damaged JPEG picture")


@test
def a_damaged_y4m():
    good = make_y4m(b"YUV4MPEG2 W64 H48", (64 * 48, 32 * 24, 32 * 24))
    refuses(write("a.y4m", good[:-1]), "ends in the middle of frame 3")
    refuses(write("a.y4m", good[:-4611]), "ends in the middle of frame 3")
    refuses(write("a.y4m", good + b"FRA"), "ends in the middle of frame 4")
    refuses(write("a.y4m", good + b"FRIEND\n" + bytes(4608)), "is damaged: where frame 4 should begin")
    refuses(write("a.y4m", good + bytes(5000)), "is damaged: where frame 4 should begin")
    refuses(write("a.y4m", b"YUV4MPEG2 W64 H48\n"), "has no frames")
    refuses(write("a.y4m", b"YUV4MPEG2 W64 H48"), "its header does not end")
    refuses(write("a.y4m", b"YUV4MPEG2 " + b"X" * 5000), "its header does not end")


@test
def a_hostile_y4m_header():
    for header, sentence in (
            (b"YUV4MPEG2 W0 H48", "width"), (b"YUV4MPEG2 W-1 H48", "width"), (b"YUV4MPEG2 W H48", "width"),
            (b"YUV4MPEG2 W16385 H1", "width"), (b"YUV4MPEG2 W4294967297 H1", "width"),
            (b"YUV4MPEG2 W99999999999999999999999 H1", "width"), (b"YUV4MPEG2 W0x10 H1", "width"),
            (b"YUV4MPEG2 W16 H65536", "height"), (b"YUV4MPEG2 W16", "lacks"), (b"YUV4MPEG2 H16", "lacks"),
            (b"YUV4MPEG2", "lacks"), (b"YUV4MPEG2X W16 H16", "begin"), (b"YUV4MPEG2 W16\0 H16", "lacks"),
            (b"YUV4MPEG2 W16 H16 C420p10", "colours"), (b"YUV4MPEG2 W16 H16 C", "colours"),
            (b"YUV4MPEG2 W16 H16 C444alpha", "colours"), (b"YUV4MPEG2 W16 H16 C411", "colours")):
        refuses(write("a.y4m", make_y4m(header, (256, 64, 64))), "cannot be shown: .*" + sentence)


@test
def pictures_that_are_too_large():
    refuses(write("a.png", make_png(16385, 1)), "is too large: 16385 x 1", 1)
    header = struct.pack(">IIBBBBB", 16384, 16384, 8, 2, 0, 0, 0)
    data = make_png(1, 1)
    claim = data[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + data[33:]
    refuses(write("b.png", claim), "is too large: 16384 x 16384", 1)
    with open(write("c.png", data), "ab") as file:
        file.truncate((512 << 20) + 1)
    refuses(path("c.png"), "is too large for a picture", 1)


@test
def wrong_arguments():
    for arguments in (["--frames", "19", picture], ["--frames", "1000001", picture], ["--frames", "", picture], ["--frames", "1e3", picture], ["--what", picture],
                      [picture, picture]):
        status, out, err = run(*arguments)
        assert status == 2 and err and not out, (status, out, err)
    assert run("--help")[0] == 0
    assert run("--as", "nobody", picture)[0] == 2


@test
def without_an_input_it_has_its_own():
    status, out, err = run("--frames", "20")
    assert status == 0 and not err and "picture.png: a PNG picture" in out, (status, out, err)


@test
def an_interrupt_leaves_nothing_behind():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process, _ = start_and_read_until("receiver 1  process", "--frames", "1000000", picture)
        children = open(f"/proc/{process.pid}/task/{process.pid}/children").read().split()
        assert len(children) == 2
        process.send_signal(number)
        process.communicate(timeout=60 * tap.SLOWNESS)
        assert process.returncode == -number, process.returncode
        assert not os.listdir(path("tmp"))
        assert not any(os.path.exists(f"/proc/{child}") for child in children)


@test
def nobody_to_read_the_story():
    process = start("--frames", "100", picture)
    process.stdout.close()
    process.wait(timeout=60 * tap.SLOWNESS)
    process.stderr.close()
    assert process.returncode == -signal.SIGPIPE, process.returncode
    assert not os.listdir(path("tmp"))


@test
def the_death_of_a_part_is_told():
    for part, sentence in (("renderer", "the renderer was killed by signal 9"),
                           ("receiver 1", "receiver 1 was killed by signal 9")):
        process, told = start_and_read_until("receiver 1  process", "--frames", "1000000", picture)
        os.kill(int(re.search(part + r" +process (\d+)", told).group(1)), signal.SIGKILL)
        _, err = process.communicate(timeout=60 * tap.SLOWNESS)
        assert process.returncode == 1 and sentence in err, (process.returncode, err)
        assert not os.listdir(path("tmp"))


@test
def the_death_of_the_director_ends_all():
    process, _ = start_and_read_until("receiver 1  process", "--frames", "1000000", picture)
    children = open(f"/proc/{process.pid}/task/{process.pid}/children").read().split()
    process.kill()
    process.communicate(timeout=60 * tap.SLOWNESS)
    tap.wait_until(lambda: not any(os.path.exists(f"/proc/{child}/exe") for child in children), "the end of all parts")


@test
def the_death_of_a_part_of_the_stream_is_told():
    for part, sentence in (("publisher  ", "the publisher was killed by signal 9"),
                           ("fast viewer", "the fast viewer was killed by signal 9")):
        for _ in range(10):  # it may be killed too late to be missed
            process, told = start_and_read_until("slow viewer process", "--frames", "20", picture)
            os.kill(int(re.search(part + r" process (\d+)", told).group(1)), signal.SIGKILL)
            _, err = process.communicate(timeout=100 * tap.SLOWNESS)
            assert not os.listdir(path("tmp"))
            if sentence in err:
                break
        assert process.returncode == 1 and sentence in err, (part, process.returncode, err)


@test
def an_interrupt_in_the_stream_leaves_nothing_behind():
    process, told = start_and_read_until("slow viewer process", "--frames", "20", picture)
    children = re.findall(r"(?:publisher  |viewer) process (\d+)", told)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=100 * tap.SLOWNESS)
    assert process.returncode == -signal.SIGINT and len(children) == 3, (process.returncode, told)
    assert not os.listdir(path("tmp")) and not any(os.path.exists(f"/proc/{child}") for child in children)


def clean_up():
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()
    running.clear()


tap.run_tests(after=clean_up)
