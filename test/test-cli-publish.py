#!/usr/bin/env python3
"""`transom publish`: what readers see is what ffmpeg decodes, bit by bit and without a copy; and each input that is wrong.
usage: test-cli-publish.py TRANSOM"""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import cli
import media
import tap
from tap import test

QUIET = ("--quiet", "--json")


def publish_and_pipe(source, *arguments, pipe=(), stdin=subprocess.DEVNULL):
    """Publishes to one reader of every frame: what the publisher says of it, and the bytes that the reader got."""
    publisher = cli.start("publish", "test", source, "--rate=max", "--wait-for-readers=1", "--end-wait=60", *QUIET,
                          *arguments, stdin=stdin)
    reader = cli.start("pipe", "test", "--wait=60", "--raw", "--quiet", *pipe, text=False)
    data, err = reader.communicate(timeout=60 * tap.SLOWNESS)
    out, publisher_err = publisher.communicate(timeout=60 * tap.SLOWNESS)
    assert reader.returncode == 0 and not err, (reader.returncode, err)
    assert publisher.returncode == 0 and not publisher_err, (publisher.returncode, publisher_err)
    return json.loads(out), data


def check_exact(source, direct=True, expected=None, **more):
    """Each frame is the one that ffmpeg decodes."""
    expected = expected or media.hashes(source)
    facts, data = publish_and_pipe(source, **more)
    assert facts["frames"] == len(expected) > 0, facts
    assert media.split(data, len(data) // len(expected)) == expected, source
    assert facts["converted_frames"] == 0 and facts["direct"] is direct, facts
    assert facts["copied_frames"] == (0 if direct else len(expected)), facts
    assert (facts["copied_bytes"] == 0) is direct, facts
    return facts


def x264(*more):
    if not media.has_encoder("libx264"):
        raise tap.Skip("ffmpeg has no libx264")
    return ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-refs", "4", "-g", "12", *more)


@test
def h264_is_decoded_where_readers_see_it():
    facts = check_exact(media.make("a.mp4", *x264("-pix_fmt", "yuv420p"), seconds=2))
    assert facts["codec"] == "h264" and facts["format"] == "I420"
    assert facts["width"] == 322 and facts["height"] == 242


@test
def h264_of_10_bits_and_odd_sizes():
    facts = check_exact(media.make("a.mkv", "-vf", "format=yuv420p10le", *x264()))
    assert facts["format"] == "S010"
    facts = check_exact(media.make("b.mkv", "-vf", f"format=yuv444p,{media.ODD}", *x264()))
    assert facts["format"] == "I444" and facts["width"] == 321 and facts["height"] == 241


@test
def h264_that_is_cropped_on_all_sides():
    media.make("a.mkv", *x264("-pix_fmt", "yuv420p"))
    media.ffmpeg("-i", "a.mkv", "-c", "copy", "-bsf:v",
                 "h264_metadata=crop_left=34:crop_right=10:crop_top=6:crop_bottom=2", "b.mkv")
    facts, data = publish_and_pipe("b.mkv")
    # ffmpeg crops to the pixel only if it is told to.
    text = media.ffmpeg("-flags", "unaligned", "-i", "b.mkv", "-f", "framemd5", "-", text=True).stdout
    expected = [line.split(",")[-1].strip() for line in text.splitlines() if line and line[0] != "#"]
    assert facts["copied_frames"] == 0 and facts["converted_frames"] == 0, facts
    assert media.split(data, facts["width"] * facts["height"] * 3 // 2) == expected


@test
def mjpeg_is_decoded_where_readers_see_it():
    facts = check_exact(media.make("a.avi", "-c:v", "mjpeg"))
    assert facts["format"] == "I420_FULL"
    check_exact(media.make("b.avi", "-vf", f"format=yuvj420p,{media.ODD}", "-c:v", "mjpeg"))
    check_exact(media.make("c.avi", "-vf", f"format=yuvj444p,{media.ODD}", "-c:v", "mjpeg"))


@test
def ffv1_is_decoded_where_readers_see_it():
    for pixels, name in (("yuv420p", "I420"), ("yuv420p10le", "S010"), ("yuv422p12le", "S212"), ("gray16le", "L16")):
        facts = check_exact(media.make("a.mkv", "-vf", f"format={pixels},{media.ODD}", "-c:v", "ffv1"))
        assert facts["format"] == name, facts


@test
def png_is_decoded_where_readers_see_it():
    for pixels, name in (("rgb24", "RGB8"), ("rgba", "RGBA8"), ("rgb48be", "RGB16_BE"), ("gray", "L8")):
        media.make("a.png", "-vf", f"format={pixels},{media.ODD}", "-frames:v", "1")
        expected = media.hashes("a.png")
        facts, data = publish_and_pipe("a.png", "--frames=3")
        assert media.split(data, len(data) // 3) == expected * 3, pixels
        assert facts["format"] == name and facts["copied_bytes"] == 0 and facts["direct"], facts
    media.ffmpeg("-f", "lavfi", "-i", "testsrc2=size=322x242", "-vf", media.ODD, "-frames:v", "4", "b%02d.png")
    check_exact("b%02d.png")


@test
def y4m_is_exact_too():
    for pixels, tag in (("yuv420p", "420jpeg"), ("yuv444p", "444"), ("yuv422p10le", "422p10"), ("yuv420p10le", "420p10")):
        for crop in ("null", media.ODD):
            name, expected = media.make_y4m("a.y4m", pixels, tag, crop)
            assert media.hashes(name) == expected
            check_exact(name, direct=False, expected=expected)
        with open(tap.path(name), "rb") as file:
            facts, data = publish_and_pipe("-", stdin=file)
        assert media.split(data, len(data) // facts["frames"]) == expected
        # And as Y4M out again.
        publisher = cli.start("publish", "test", name, "--rate=max", "--wait-for-readers=1", "--end-wait=60", "-q")
        with open(tap.path("b.y4m"), "wb") as file:
            code, _, err = cli.run("pipe", "test", "--wait=60", "-q", stdout=file)
        assert code == 0 and not err and publisher.wait(60 * tap.SLOWNESS) == 0, err
        assert media.hashes("b.y4m") == expected and media.probe("b.y4m", "pix_fmt") == pixels


@test
def raw_video_from_a_pipe():
    media.make("a.mkv", "-vf", f"format=nv12,{media.ODD}", "-c:v", "rawvideo")
    media.ffmpeg("-i", "a.mkv", "-f", "rawvideo", "a.raw")
    with open(tap.path("a.raw"), "rb") as file:
        facts, data = publish_and_pipe("-", "--raw-format=NV12", "--size=321x241", stdin=file)
    with open(tap.path("a.raw"), "rb") as file:
        assert file.read() == data and facts["format"] == "NV12" and facts["frames"] == 25


@test
def a_decoder_that_changes_its_last_frame_does_not_change_what_was_published():
    for name, arguments in (("a.gif", ()), ("b.mkv", ("-c:v", "flashsv")), ("c.avi", ("-c:v", "zmbv"))):
        media.make(name, *arguments)
        expected = media.hashes(name)
        facts, data = publish_and_pipe(name, pipe=("--queue=20",))
        assert facts["converted_frames"] == 0, facts
        assert media.split(data, len(data) // facts["frames"]) == expected, name


@test
def what_has_no_format_here_is_converted_and_said():
    name = media.make("a.mkv", "-vf", "format=gbrp10le", "-c:v", "ffv1")
    facts, data = publish_and_pipe(name)
    assert facts["converted_frames"] == facts["frames"] == 25 and facts["copied_frames"] == 0, facts
    assert len(data) % 25 == 0
    _, _, err = cli.run("publish", "test", media.make("a.y4m"), "--rate=max")
    assert "each frame is copied once" in err


@test
def size_and_format_as_asked_for():
    name = media.make("a.mkv", "-vf", "format=yuv420p", "-c:v", "ffv1")
    facts, data = publish_and_pipe(name, "--size=100x80", "--format=BGRA8", "--frames=2")
    assert len(data) == 100 * 80 * 4 * 2 and facts["converted_frames"] == 2 and facts["format"] == "BGRA8", facts
    # Fit leaves black rows, 100x75 of 100x80; fill and stretch do not.
    assert data[:4] == b"\0\0\0\xff" and data[100 * 40 * 4:100 * 40 * 4 + 4] != b"\0\0\0\xff"
    for scale in ("fill", "stretch"):
        _, data = publish_and_pipe(name, "--size=100x80", "--format=BGRA8", "--frames=1", f"--scale={scale}")
        assert data[:400] != b"\0\0\0\xff" * 100, scale


@test
def size_may_change_in_the_middle():
    media.make("a.h264", *x264("-pix_fmt", "yuv420p"))
    media.make("b.h264", "-vf", "scale=160:120", *x264("-pix_fmt", "yuv420p"))
    with open(tap.path("c.h264"), "wb") as both:
        for name in ("a.h264", "b.h264"):
            with open(tap.path(name), "rb") as file:
                both.write(file.read())
    publisher = cli.start("publish", "test", "c.h264", "--rate=max", "--wait-for-readers=1", "--end-wait=60", *QUIET)
    code, _, err = cli.run("record", "test", "c.mkv", "--codec=ffv1", "--wait=60")
    out, _ = publisher.communicate(timeout=60 * tap.SLOWNESS)
    facts = json.loads(out)
    assert code == 0 and "160x120" in err and "scaled" in err, err
    assert facts["frames"] == 50 and facts["width"] == 160 and facts["copied_frames"] == 0, facts
    assert media.count_frames("c.mkv") == 50 and media.probe("c.mkv", "width") == "322"


def read_strip(row, width):
    bits = "".join("1" if row[i * (width // 64) + width // 128] > 128 else "0" for i in range(64))
    return int(bits[:32], 2), int(bits[32:], 2)


@test
def no_frame_of_4k_is_lost_or_torn_under_load():
    load = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        width, height, frames = 3840, 2160, 32
        publisher = cli.start("publish", "test", "test:", f"--size={width}x{height}", f"--frames={frames}", "--rate=max",
                              "--lossless", "--wait-for-readers=2", "--end-wait=60", *QUIET)
        recorder = cli.start("record", "test", "a.y4m", "--wait=60", "--quiet", "--json")
        reader = cli.start("pipe", "test", "--wait=60", "--raw", "--quiet", text=False)
        size, counters = width * height * 3 // 2, []
        strip = height // 32 // 4 * 4 + 4
        while frame := reader.stdout.read(size):
            assert len(frame) == size
            top = read_strip(frame[strip // 2 * width:], width)
            bottom = read_strip(frame[((height - strip) // 4 * 4 + strip // 2) * width:], width)
            assert top == bottom, (top, bottom)
            counters.append(top[0])
        assert counters == list(range(frames)), counters
        facts = json.loads(publisher.communicate(timeout=120 * tap.SLOWNESS)[0])
        assert facts["frames"] == frames and facts["copied_frames"] == 0, facts
        _, err = recorder.communicate(timeout=120 * tap.SLOWNESS)
        assert json.loads(err)["missed"] == 0 and json.loads(err)["frames"] == frames, err
    finally:
        for process in load:
            process.kill()
            process.wait()


@test
def the_pattern_says_which_frame_it_is():
    zlib = __import__("zlib")
    for name in ("I420", "BGRA8", "NV12", "S010", "RGB565", "L8", "UYVY", "RGBA16"):
        facts, data = publish_and_pipe("test:", "--size=642x362", "--frames=2", f"--format={name}")
        assert facts["format"] == name and len(data) > 0, facts
    _, data = publish_and_pipe("test:", "--size=642x362", "--frames=2", "--format=I420")
    counter, checksum = read_strip(data[len(data) // 2 + 642 * 4:], 642)
    assert counter == 1 and checksum == zlib.crc32(b"00:00:00:01#0000000001"), (counter, hex(checksum))


@test
def the_words_of_the_pattern_fit():
    """Right of the longer line there is the last bar, of one colour."""
    for width, height in ((264, 200), (640, 480), (960, 540), (1920, 1080), (1364, 768)):
        _, data = publish_and_pipe("test:", f"--size={width}x{height}", "--frames=1", "--format=I420")
        row = height // 5 // 4 * 4 + (12 + 2) * (width // 528 * 4 or 2)
        end = data[row * width + width - 4:row * width + width]
        words = data[row * width:row * width + width]
        assert len(set(end)) == 1 and max(words) > 200 and min(words) < 20, (width, height, end)
        black = max(x for x in range(width) if words[x] < 20)
        assert black < width - 2, (width, black)


@test
def loops_and_starts_and_times():
    name = media.make("a.mkv", "-c:v", "ffv1", seconds=2)
    expected = media.hashes(name)
    facts, data = publish_and_pipe(name, "--loop=3")
    assert facts["frames"] == 150
    assert media.split(data, len(data) // 150) == expected * 3
    facts, data = publish_and_pipe(name, "--start=1.2")
    assert media.split(data, len(data) // facts["frames"]) == expected[30:], facts
    # At its own rate two seconds take two seconds, and at 100 a second half of one.
    for rate, least in (("native", 1.9), ("100", 0.45)):
        begin = time.monotonic()
        code, _, _ = cli.run("publish", "test", name, f"--rate={rate}", "--quiet")
        assert code == 0 and time.monotonic() - begin >= least, rate


@test
def readers_learn_how_colours_are_meant():
    name = media.make("a.mkv", *x264("-pix_fmt", "yuv420p", "-colorspace", "bt2020nc", "-color_primaries", "bt2020",
                                     "-color_trc", "smpte2084", "-color_range", "tv", "-aspect", "4:1"))
    publisher = cli.start("publish", "test", name, "--rate=max", "--wait-for-readers=1", "--end-wait=60", *QUIET)
    code, _, err = cli.run("record", "test", "b.mkv", "--codec=ffv1", "--wait=60", "--quiet")
    publisher.communicate(timeout=60 * tap.SLOWNESS)
    assert code == 0, err
    assert media.probe("b.mkv", "color_space") == "bt2020nc" and media.probe("b.mkv", "color_primaries") == "bt2020"
    assert media.probe("b.mkv", "color_transfer") == "smpte2084" and media.probe("b.mkv", "color_range") == "tv"
    assert media.probe("b.mkv", "sample_aspect_ratio") == media.probe(name, "sample_aspect_ratio") != "1:1"
    assert media.probe("b.mkv", "r_frame_rate") == "25/1"


# What is wrong

def check_refusal(code, words, *arguments, **more):
    got, out, err = cli.run("publish", *arguments, **more)
    assert got == code and not out, (arguments, got, err)
    cli.check_sentence(err, words)


@test
def files_that_cannot_be_read():
    check_refusal(3, "No such file", "test", "nothing.mkv", "-q")
    check_refusal(7, "is a directory", "test", ".", "-q")
    with open(tap.path("text.mkv"), "w", encoding="utf-8") as file:
        file.write("This is no video.\n" * 1000)
    check_refusal(7, "no video or picture", "test", "text.mkv", "-q")
    with open(tap.path("empty.mp4"), "w", encoding="utf-8"):
        pass
    check_refusal(7, "no video or picture", "test", "empty.mp4", "-q")
    media.ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "a.wav")
    check_refusal(7, "has no video", "test", "a.wav", "-q")
    check_refusal(3, "cannot be read", "test", "/dev/video987", "-q")


@test
def a_file_of_somebody_else():
    media.make("a.mkv", "-c:v", "ffv1")
    os.chmod(tap.path("a.mkv"), 0)
    if os.getuid() != 0:
        check_refusal(1, "Permission denied", "test", "a.mkv", "-q")
        return
    os.chmod(tap.folder, 0o755)
    os.chown(tap.path("runtime"), 65534, 65534)
    try:
        done = subprocess.run([cli.program, "publish", "test", "a.mkv", "-q"], cwd=tap.folder, env=cli.environment(), text=True,
                              capture_output=True, user=65534, group=65534, extra_groups=[])
    except PermissionError as error:
        raise tap.Skip("others may not run the program where it is") from error
    assert done.returncode == 1, done
    cli.check_sentence(done.stderr, "Permission denied")


@test
def a_directory_of_somebody_else():
    os.chmod(tap.path("runtime"), 0o777)
    check_refusal(1, "cannot be made", "test", "test:", "--frames=1", "-q")


@test
def video_without_a_decoder():
    media.make("a.avi", "-c:v", "mjpeg")
    with open(tap.path("a.avi"), "rb") as file:
        data = file.read()
    with open(tap.path("b.avi"), "wb") as file:
        file.write(data.replace(b"MJPG", b"ZQXJ"))
    check_refusal(7, "no decoder", "test", "b.avi", "-q")


def cut(name, part):
    with open(tap.path(name), "rb") as file:
        data = file.read()
    with open(tap.path("cut-" + name), "wb") as file:
        file.write(data[:int(len(data) * part)])
    return "cut-" + name


@test
def video_that_is_cut_off():
    media.make("end.mp4", *x264("-pix_fmt", "yuv420p"))
    check_refusal(7, "no video or picture", "test", cut("end.mp4", 0.6), "-q")
    names = [media.make("front.mp4", *x264("-pix_fmt", "yuv420p", "-movflags", "faststart")),
             media.make("a.mkv", "-c:v", "ffv1"), media.make("a.y4m"), media.make("a.avi", "-c:v", "mjpeg")]
    for name in names:
        code, out, err = cli.run("publish", "test", cut(name, 0.6), "--rate=max", *QUIET)
        assert code == 7, (name, code, err)
        cli.check_sentence(err, "cut")
        assert 5 < json.loads(out)["frames"] < 25, (name, out)


@test
def video_that_is_damaged():
    media.make("a.avi", "-c:v", "mjpeg")
    with open(tap.path("a.avi"), "rb") as file:
        data = file.read()
    pictures = data.split(b"\xff\xd8\xff")
    pictures[10] = bytes(len(pictures[10]) - 16) + pictures[10][-16:]
    with open(tap.path("a.avi"), "wb") as file:
        file.write(b"\xff\xd8\xff".join(pictures[:10]) + bytes(3) + b"\xff\xd8\xff".join(pictures[10:]))
    code, out, err = cli.run("publish", "test", "a.avi", "--rate=max", *QUIET)
    assert code == 7 and json.loads(out)["frames"] == 24, (code, out, err)
    cli.check_sentence(err, "damaged")


@test
def names_that_are_wrong_or_taken():
    for name in ("a/b", ".hidden", ""):
        check_refusal(2, "cannot be a stream's name", name, "test:", "-q")
    check_refusal(2, "too long", "n" * 300, "test:", "-q")
    first = cli.start("publish", "test", "test:", "-q")
    tap.wait_until(lambda: os.path.exists(tap.path("runtime/streams/test")), "the stream is there")
    check_refusal(4, "has a publisher already", "test", "test:", "-q")
    assert cli.interrupt(first) == (0, "", "")
    assert cli.run("publish", "test", "test:", "--frames=1", "--rate=max", "-q") == (0, "", "")


@test
def options_that_are_wrong():
    for words in (["--rate=0"], ["--rate=25/0"], ["--rate=quickly"], ["--size=0x0"], ["--size=12"], ["--format=XYZ"],
                  ["--format=V210"], ["--scale=big"], ["--frames=0"], ["--frames=-1"], ["--buffers=1"], ["--policy=hope"],
                  ["--start=later"], ["--raw-format=NV12"], ["--nonsense"], ["another"]):
        code, out, err = cli.run("publish", "test", "test:", *words)
        assert code == 2 and not out and err.startswith("transom publish: "), (words, code, err)
    for words in ([], ["test"], ["test", "-", "--loop"]):
        code, _, err = cli.run("publish", *words)
        assert code == 2 and err, words
    code, _, err = cli.run("publish", "test", "test:", "--frames=1", "--description=a\x07b")
    assert code == 2, err


@test
def ctrl_c_ends_it_cleanly():
    media.make("a.mkv", "-c:v", "ffv1", seconds=5)
    for source, more in (("test:", []), ("a.mkv", ["--loop"]), ("test:", ["--wait-for-readers=1"]), ("-", [])):
        read, write = os.pipe()
        publisher = cli.start("publish", "test", source, "-q", *more, stdin=read)
        os.close(read)
        if source == "-":  # it has not begun: it waits for a header
            cli.wait_until_it_listens(publisher)
        else:
            tap.wait_until(lambda: os.path.exists(tap.path("runtime/streams/test")), "the stream is there")
        code, out, err = cli.interrupt(publisher, signal.SIGTERM if more else signal.SIGINT)
        os.close(write)
        assert code == (130 if source == "-" else 0) and not out and not err, (source, code, err)
        assert not os.path.exists(tap.path("runtime/streams/test")), source


@test
def a_reader_that_stops_is_waited_for_so_long():
    publisher = cli.start("publish", "test", "test:", "--rate=max", "--timeout=0.5", "--wait-for-readers=1", "-q")
    reader = cli.start("pipe", "test", "--wait=60", "--raw", "-q", text=False)
    # Nobody reads the pipe: the reader stands still.
    _, err = publisher.communicate(timeout=60 * tap.SLOWNESS)
    assert publisher.returncode == 5, err
    cli.check_sentence(err, "has not gone on")
    reader.kill()


@test
def slow_readers_by_policy():
    for policy, code in (("drop", 0), ("evict", 6)):
        publisher = cli.start("publish", "test", "test:", "--rate=200", f"--policy={policy}", "-q")
        reader = cli.start("pipe", "test", "--wait=60", "--raw", "--json", "-q", "--frames=40", text=False)
        # It gets into its pipe what fits there, and stands still: the publisher goes on without it.
        cli.wait_for_stream("test", lambda facts, p=policy: facts["statistics"]["evicted"] > 0 if p == "evict" else facts["dropped"] > 0)
        _, err = reader.communicate(timeout=60 * tap.SLOWNESS)
        assert reader.returncode == code, (policy, reader.returncode, err)
        if policy == "drop":
            assert json.loads(err)["missed"] > 0, err
        else:
            assert b"shut this reader out" in err, err
        assert cli.interrupt(publisher)[0] == 0


# The screen

def start_display():
    media.need("Xvfb")
    read, write = os.pipe()
    process = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "320x200x24", "-nolisten", "tcp"],
                               pass_fds=[write], stderr=subprocess.DEVNULL)
    cli.running.append(process)
    os.close(write)
    with os.fdopen(read) as file:
        number = file.readline().strip()
    assert number, "Xvfb does not start"
    return process, f":{number}"


@test
def the_screen_is_published():
    check_refusal(3, "cannot be opened", "test", "screen::987", "-q")
    display, name = start_display()
    publisher = cli.start("publish", "test", f"screen:{name}", *QUIET)
    code, _, err = cli.run("snap", "test", "a.png", "--wait=60", "-q")
    assert code == 0, err
    assert media.probe("a.png", "width,height") == "320,200"
    display.kill()
    out, err = publisher.communicate(timeout=60 * tap.SLOWNESS)
    assert publisher.returncode == 6 and json.loads(out)["width"] == 320, (publisher.returncode, out)
    cli.check_sentence(err, "gone")


if not shutil.which("ffmpeg") or not shutil.which("ffprobe"):
    print("1..0 # SKIP no ffmpeg and ffprobe")
    sys.exit(0)
cli.main()
