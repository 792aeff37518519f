#!/usr/bin/env python3
"""`transom record`, `pipe` and `snap`: what they write, how they end, and each thing that may be wrong. Prints TAP.
usage: test-cli-record.py TRANSOM"""
import json
import os
import random
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys

import cli
import media
import tap
from tap import test


# Raw frames, of which one is larger than what fits into a pipe: as Y4M, and by FFmpeg.
LARGE = ((), ("--format=nut", "--codec=rawvideo"))


def publish(*arguments, source="test:", name="test"):
    """A publisher that goes on, and is there."""
    process = cli.start("publish", name, source, "-q", *arguments)
    tap.wait_until(lambda: os.path.exists(tap.path(f"runtime/streams/{name}")), "the stream is there")
    return process


def check_refusal(code, words, *arguments, **more):
    got, out, err = cli.run(*arguments, **more)
    assert got == code and not out, (arguments, got, err)
    cli.check_sentence(err, words)


@test
def containers_and_codecs_without_loss():
    name = media.make("in.mkv", "-vf", "format=yuv420p", "-c:v", "ffv1")
    expected = media.hashes(name)
    for file, more in (("a.mkv", ["--codec=ffv1"]), ("b.avi", ["--codec=ffv1"]), ("c.y4m", []), ("d.nut", ["--codec=rawvideo"]),
                       ("e.mkv", ["--codec=ffv1", "--option=slices=4", "--option=level=3"])):
        cli.start("publish", "test", name, "--rate=max", "--wait-for-readers=1", "--end-wait=60", "-q")
        code, out, err = cli.run("record", "test", file, "--wait=60", "--quiet", "--json", *more)
        assert code == 0 and not out, (file, code, err)
        facts = json.loads(err)
        assert facts["frames"] == 25 and facts["missed"] == 0 and facts["converted_frames"] == 0, facts
        assert media.hashes(file) == expected, file
        assert media.probe(file, "r_frame_rate") == "25/1", file
        tap.wait_until(lambda: cli.running[-2].poll() is not None, "the publisher ends")


@test
def formats_that_a_codec_does_not_have_are_converted():
    publish("--format=BGRA8", "--size=320x240")
    code, _, err = cli.run("record", "test", "a.y4m", "--frames=3", "-q", "--json")
    assert code == 0 and json.loads(err)["converted_frames"] == 3, err
    assert media.probe("a.y4m", "pix_fmt") == "yuv444p" and media.count_frames("a.y4m") == 3
    code, _, err = cli.run("record", "test", "b.mkv", "--codec=ffv1", "--pixel-format=S010", "--frames=3", "-q")
    assert code == 0 and media.probe("b.mkv", "pix_fmt") == "yuv420p10le", err


@test
def ctrl_c_completes_the_file():
    publish("--size=320x240")
    for name in ("a.mkv", "a.mp4", "a.y4m"):
        recorder = cli.start("record", "test", name, "--codec=mpeg4", "-q") if name != "a.y4m" else \
            cli.start("record", "test", name, "-q")
        cli.wait_for_readers("test", frames=4)
        code, out, err = cli.interrupt(recorder, signal.SIGTERM)
        assert code == 0 and not out and not err, (name, code, err)
        assert media.count_frames(name) > 0, name


@test
def so_many_frames_or_so_long():
    publish("--size=320x240", "--rate=100")
    assert cli.run("record", "test", "a.y4m", "--frames=7", "-q") == (0, "", "")
    assert media.count_frames("a.y4m") == 7 and media.probe("a.y4m", "r_frame_rate") == "100/1"
    assert cli.run("record", "test", "b.y4m", "--duration=0.2", "-q") == (0, "", "")
    assert media.count_frames("b.y4m") == 20
    # The newest frames only: the recorder may miss some, but not the order.
    assert cli.run("record", "test", "c.y4m", "--frames=5", "--latest", "-q") == (0, "", "")
    assert media.count_frames("c.y4m") == 5


@test
def an_encoder_that_looks_ahead_does_not_stop_the_stream():
    if not media.has_encoder("libx264"):
        raise tap.Skip("ffmpeg has no libx264")
    publish("--size=320x240", "--rate=500")
    code, _, err = cli.run("record", "test", "a.mp4", "--codec=libx264", "--option=crf=30", "--frames=120", "-q", "--json")
    assert code == 0 and json.loads(err)["missed"] == 0, err
    assert media.count_frames("a.mp4") == 120
    for codec in ("mpeg4", "mpeg2video"):
        assert cli.run("record", "test", f"{codec}.mkv", f"--codec={codec}", "--option=bf=2", "--frames=40", "-q")[0] == 0
        assert media.count_frames(f"{codec}.mkv") == 40


@test
def samples_that_are_larger_than_their_format_are_cut():
    """Words of 16 bits with noise in them all, where 10 count: an encoder must not see it; raw frames stay as they are."""
    width, height, frames = 320, 240, 4
    noise = random.Random(1).randbytes(width * height * 3 * frames)
    with open(tap.path("noise.raw"), "wb") as file:
        file.write(noise)
    codecs = ["ffv1", "ffvhuff", "prores_ks", "dnxhd", "libx264", "libvpx-vp9"]
    if not cli.is_sanitized(): # it leaves memory behind, which is not ours to find
        codecs.append("libx265")
    for codec in [name for name in codecs if media.has_encoder(name)]:
        cli.start("publish", "test", "noise.raw", "--raw-format=S010", f"--size={width}x{height}", "--rate=max",
                  "--wait-for-readers=1", "--end-wait=60", "-q")
        code, _, err = cli.run("record", "test", f"{codec}.mkv", f"--codec={codec}", "--pixel-format=S010", "--wait=60", "-q")
        assert code == 0 or "cannot encode" in err or "pixel format" in err, (codec, code, err)
        cli.clean_up()
    assert media.probe("ffv1.mkv", "pix_fmt") == "yuv420p10le"
    media.ffmpeg("-i", "ffv1.mkv", "-f", "rawvideo", "-pix_fmt", "yuv420p10le", "seen.raw")
    words = struct.unpack(f"<{len(noise) // 2}H", noise)
    with open(tap.path("seen.raw"), "rb") as file:
        assert struct.unpack(f"<{len(words)}H", file.read()) == tuple(min(word, 1023) for word in words)
    cli.start("publish", "test", "noise.raw", "--raw-format=S010", f"--size={width}x{height}", "--rate=max",
              "--wait-for-readers=1", "--end-wait=60", "-q")
    assert cli.run("record", "test", "b.raw", "--format=rawvideo", "--wait=60", "-q")[0] == 0
    with open(tap.path("b.raw"), "rb") as file:
        assert file.read() == noise


@test
def pictures():
    publish("--size=321x241", "--format=RGB8")
    for name, codec in (("a.png", "png"), ("a.jpg", "mjpeg"), ("a.JPEG", "mjpeg"), ("a.bmp", "bmp"), ("a.ppm", "ppm")):
        assert cli.run("snap", "test", name, "-q") == (0, "", ""), name
        assert media.probe(name, "codec_name,width,height") == f"{codec},321,241", name
    with open(tap.path("b.png"), "wb") as file:
        assert cli.run("snap", "test", "-", "-q", stdout=file)[0] == 0
    assert media.probe("b.png", "codec_name") == "png"
    with open(tap.path("b.jpg"), "wb") as file:
        assert cli.run("snap", "test", "-", "--format=jpg", "-q", stdout=file)[0] == 0
    assert media.probe("b.jpg", "codec_name") == "mjpeg"
    check_refusal(1, "is there already", "snap", "test", "a.png", "-q")
    assert cli.run("snap", "a.png", "--overwrite", "-q") == (0, "", "")
    check_refusal(2, "does not end like a picture", "snap", "test", "a.txt", "-q")


@test
def a_picture_is_exact():
    name = media.make("in.png", "-vf", f"format=rgb24,{media.ODD}", "-frames:v", "1")
    publish(source=name)
    assert cli.run("snap", "test", "out.png", "-q") == (0, "", "")
    assert media.hashes("out.png") == media.hashes(name)


@test
def pipes_into_ffmpeg():
    publish("--size=322x242", "--frames=30", "--wait-for-readers=1", "--end-wait=20")
    pipe = cli.start("pipe", "test", "-q", text=False)
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", "-", "-c:v", "ffv1", "a.mkv"], stdin=pipe.stdout,
                   cwd=tap.folder, check=True, timeout=60 * tap.SLOWNESS)
    assert pipe.wait(60 * tap.SLOWNESS) == 0
    assert media.count_frames("a.mkv") == 30 and media.probe("a.mkv", "width,height") == "322,242"


@test
def a_pipe_that_is_closed():
    publish("--size=640x480")
    for more in ((), ("--raw",), ("--format=nut", "--codec=ffv1")):
        pipe = cli.start("pipe", "test", "-q", *more, text=False)
        assert pipe.stdout.read(100)
        pipe.stdout.close()
        assert pipe.wait(60 * tap.SLOWNESS) == 6, more
        cli.check_sentence(pipe.stderr.read().decode(), "nobody reads the pipe")
        cli.running.remove(pipe)
        pipe.stderr.close()


@test
def a_pipe_that_nobody_reads_ends_at_the_first_ctrl_c():
    publish("--size=640x480", "--rate=100", "--policy=drop")  # one that stands still does not keep it from the other
    interrupt_when_full([os.pipe() for _ in LARGE])
    # One that is read ends between two frames; where this reader could not run for seconds, it was none.
    size, code = 640 * 480 * 3 // 2, 130
    while code == 130:
        code, count = interrupt_within_a_frame(size)
    assert code == 0 and count > 0 and count % size == 0, (code, count)


def interrupt_within_a_frame(size):
    read, write = os.pipe()
    pipe = cli.start("pipe", "test", "-q", "--raw", stdout=write)
    os.close(write)
    count = 0
    while data := os.read(read, 1 << 16):
        if count < size <= count + len(data):
            pipe.send_signal(signal.SIGINT)
        count += len(data)
    os.close(read)
    return pipe.wait(60 * tap.SLOWNESS), count


@test
def a_socket_that_nobody_reads_ends_at_the_first_ctrl_c():
    publish("--size=640x480", "--rate=100", "--policy=drop")  # one that stands still does not keep it from the other
    interrupt_when_full([tuple(end.detach() for end in socket.socketpair()) for _ in LARGE])


@test
def a_pipe_of_another_user_that_nobody_reads_ends_at_the_first_ctrl_c():
    """It cannot be opened once more by who inherits it."""
    if os.getuid() != 0:
        raise tap.Skip("takes root, who makes the pipe of nobody's program")
    os.chmod(tap.folder, 0o755)
    os.chown(tap.path("runtime"), 65534, 65534)
    nobody = {"cwd": tap.folder, "env": cli.environment(), "stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True,
              "user": 65534, "group": 65534, "extra_groups": []}
    read, write = os.pipe()
    try:
        for words, out in ((["publish", "test", "test:", "-q", "--size=640x480"], subprocess.DEVNULL),
                           (["pipe", "test", "-q", "--wait=60"], write)):
            cli.running.append(subprocess.Popen([cli.program, *words], stdout=out, **nobody))
    except PermissionError as error:
        raise tap.Skip("others may not run the program where it is") from error
    tap.wait_until(lambda: not select.select([], [write], [], 0)[1], "the pipe is full")
    os.close(write)
    cli.running[-1].send_signal(signal.SIGINT)
    check_interrupted(cli.running[-1])
    os.close(read)


def interrupt_when_full(ends):
    """Writes what is larger than what fits into each; all are interrupted at once, since each has its grace."""
    pipes = [cli.start("pipe", "test", "-q", *more, stdout=write) for more, (_, write) in zip(LARGE, ends)]
    for _, write in ends:
        tap.wait_until(lambda w=write: not select.select([], [w], [], 0)[1], "it is full")
        os.close(write)
    for pipe in pipes:
        pipe.send_signal(signal.SIGINT)
    for pipe in pipes:
        check_interrupted(pipe)
    for read, _ in ends:
        os.close(read)


def check_interrupted(pipe):
    _, err = pipe.communicate(timeout=60 * tap.SLOWNESS)
    assert pipe.returncode == 130, (pipe.args, pipe.returncode, err)
    cli.check_sentence(err, "nobody reads the pipe")


@test
def a_full_disk():
    publish("--size=640x480", "--rate=max")
    for name, more in (("a.mkv", ["--codec=ffv1"]), ("a.y4m", []), ("a.raw", ["--format=rawvideo"])):
        os.symlink("/dev/full", tap.path(name))
        check_refusal(1, "no room for", "record", "test", name, "-q", *more)
        os.remove(tap.path(name))
    with open("/dev/full", "wb") as full:
        code, _, err = cli.run("pipe", "test", "-q", stdout=full)
    assert code == 1
    cli.check_sentence(err, "no room for")
    os.symlink("/dev/full", tap.path("a.png"))
    code, _, err = cli.run("snap", "test", "a.png", "-q")
    assert code == 1, err
    cli.check_sentence(err, "a.png")


@test
def what_was_written_before_the_disk_was_full_is_there():
    publish("--size=640x480", "--rate=max")
    script = f'mkdir full && mount -t tmpfs -o size=3m none full || exit 99; {cli.program} record test full/$0 -q $1; ' \
             'code=$?; cp full/$0 .; exit $code'
    for name, more in (("a.mkv", "--codec=ffv1"), ("a.y4m", ""), ("a.mp4", "--codec=mjpeg")):
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script, name, more], cwd=tap.folder, text=True,
                              env=cli.environment(), capture_output=True, timeout=120 * tap.SLOWNESS)
        if done.returncode == 99 or "unshare" in done.stderr:
            raise tap.Skip("mounting a small file system is not permitted")
        os.rmdir(tap.path("full"))
        assert done.returncode == 1, done
        cli.check_sentence(done.stderr, "no room for")
        if name != "a.mp4": # whose index comes last
            assert media.count_frames(name) > 5, name


# What is wrong

@test
def streams_that_are_not_there():
    for command in (["record", "test", "a.y4m"], ["pipe", "test"], ["snap", "test", "a.png"], ["exec", "test", "true"]):
        check_refusal(3, "there is no stream \"test\"", *command, stdout=subprocess.PIPE)
    for command in (["record", "a.y4m"], ["pipe"], ["snap", "a.png"], ["exec", "-", "true"]):
        check_refusal(3, "there is no stream", *command)
    check_refusal(3, "no stream", "record", "test", "a.y4m", "--wait=0.2", "-q")
    assert not os.path.exists(tap.path("a.y4m"))
    for command in (["record", "a/b", "a.y4m"], ["pipe", "a/b"], ["snap", "a/b", "a.png"], ["exec", "a/b", "true"]):
        check_refusal(2, "cannot be a stream's name", *command)
    check_refusal(3, "not open", "pipe", "fd:987")
    check_refusal(2, "not the number of a descriptor", "pipe", "fd:x")


@test
def which_stream_is_meant():
    publish("--size=320x240", name="one")
    assert cli.run("record", "a.y4m", "--frames=1", "-q") == (0, "", "")
    publish("--size=640x480", name="two")
    check_refusal(2, "there are 2 streams", "record", "b.y4m", "--frames=1", "-q")
    assert cli.run("record", "two", "b.y4m", "--frames=1", "-q") == (0, "", "")
    assert media.probe("b.y4m", "width") == "640"


@test
def files_and_words_that_are_wrong():
    publish("--size=320x240")
    with open(tap.path("there.y4m"), "w", encoding="utf-8") as file:
        file.write("precious")
    check_refusal(1, "is there already", "record", "test", "there.y4m", "-q")
    with open(tap.path("there.y4m"), encoding="utf-8") as file:
        assert file.read() == "precious"
    check_refusal(2, "names no container", "record", "test", "a.nonsense", "-q")
    check_refusal(2, "no container", "record", "test", "a.mkv", "--format=nonsense", "-q")
    check_refusal(2, "no encoder", "record", "test", "a.mkv", "--codec=nonsense", "-q")
    check_refusal(2, "for video", "record", "test", "a.wav", "-q")
    check_refusal(2, "has an option", "record", "test", "a.mkv", "--codec=ffv1", "--option=nonsense=1", "-q")
    check_refusal(1, "is a directory", "record", "test", ".", "--format=y4m", "-q")
    check_refusal(3, "cannot be written", "record", "test", "nowhere/a.y4m", "-q")
    for words in ([], ["a", "b", "c"], ["test", "a.mkv", "--frames=0"], ["test", "a.mkv", "--option=x"],
                  ["test", "a.mkv", "--pixel-format=V210"], ["test", "a.mkv", "--rate=x"]):
        code, out, err = cli.run("record", *words)
        assert code == 2 and not out and err, words
    assert cli.run("record", "test", "there.y4m", "--overwrite", "--frames=1", "-q") == (0, "", "")
    assert media.count_frames("there.y4m") == 1


@test
def publishers_that_end_or_say_nothing():
    publisher = publish("--wait-for-readers=99")
    check_refusal(5, "shows no frame", "record", "test", "a.y4m", "--timeout=0.2", "-q")
    recorder = cli.start("record", "test", "b.y4m", "-q")
    cli.wait_for_readers("test")
    check_refusal(5, "shows no frame", "snap", "test", "a.png", "--timeout=0.2", "-q")
    publisher.kill()
    _, err = recorder.communicate(timeout=60 * tap.SLOWNESS)
    assert recorder.returncode == 6, err
    cli.check_sentence(err, "has ended")
    publisher = publish("--size=320x240")
    recorder = cli.start("record", "test", "c.y4m", "--frames=100000", "--wait=60", "-q")
    tap.wait_until(lambda: os.path.exists(tap.path("c.y4m")) and os.path.getsize(tap.path("c.y4m")) > 200000, "frames")
    publisher.kill()
    _, err = recorder.communicate(timeout=60 * tap.SLOWNESS)
    assert recorder.returncode == 6, err
    assert media.count_frames("c.y4m") > 0


@test
def following_a_stream_that_comes_again():
    recorder = cli.start("record", "test", "a.y4m", "--follow", "--frames=20", "-q")
    for _ in range(2):
        publisher = publish("--size=320x240", "--frames=10", "--wait-for-readers=1", "--rate=100", "--end-wait=20")
        assert publisher.wait(60 * tap.SLOWNESS) == 0
    _, err = recorder.communicate(timeout=60 * tap.SLOWNESS)
    assert recorder.returncode == 0 and media.count_frames("a.y4m") == 20, err


@test
def an_inherited_stream_is_recorded():
    """By who has neither its name nor a runtime directory; test-cli-exec.py has the rest."""
    publish("--size=320x240")
    code, _, err = cli.run("exec", "test", "env", "TRANSOM_RUNTIME_DIR=/nowhere", cli.program, "record", "a.y4m",
                           "--frames=2", "-q")
    assert code == 0 and media.count_frames("a.y4m") == 2, err


if not shutil.which("ffmpeg") or not shutil.which("ffprobe"):
    print("1..0 # SKIP no ffmpeg and ffprobe")
    sys.exit(0)
cli.main()
