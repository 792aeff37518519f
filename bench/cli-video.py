#!/usr/bin/env python3
"""What a frame costs on its way from a decoder to a reader: processor time of all processes, by a pipe and by a stream, in one run.
Where there are Xvfb and ffplay, in a window too: SDL draws both, by software, in a window of the frame's size.
usage: cli-video.py TRANSOM [--json] [WIDTHxHEIGHT [FRAMES]]"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

arguments = [a for a in sys.argv[2:] if not a.startswith("-")]
transom = os.path.abspath(sys.argv[1])
size = arguments[0] if arguments else "1920x1080"
frames = int(arguments[1]) if len(arguments) > 1 else 300
FFMPEG = ["ffmpeg", "-v", "error", "-nostdin", "-y"]
RAW_IN = ["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", size, "-i", "-"]


def processor_time(*commands, joined=True, shown=False):
    """Runs commands, each reading from the one before if they are joined: milliseconds of processor a frame, of all of them.
    If frames are to be shown, what the last one prints says whether they were."""
    processes, source = [], subprocess.DEVNULL
    for command in commands:
        last = command is commands[-1]
        process = subprocess.Popen(command, stdin=source if joined else subprocess.DEVNULL,
                                   stdout=subprocess.PIPE if shown and last or joined and not last else subprocess.DEVNULL)
        if joined and processes:
            processes[-1].stdout.close()
        source = process.stdout
        processes.append(process)
        if shown and not last: # a viewer that is to end with the stream does not wait for it
            while not os.path.exists(os.path.join(os.environ["TRANSOM_RUNTIME_DIR"], "streams", "shown")):
                time.sleep(0.01)
    if shown:
        check_shown(processes[-1].stdout.read())
    total = 0
    for process in processes:
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"{process.args[0]}: status {status}")
        process.returncode = status
        total += usage.ru_utime + usage.ru_stime
    return total * 1000 / frames


def measure(film):
    publish = [transom, "publish", "bench", film, "--rate=max", "--wait-for-readers=1", "--end-wait=60", "--quiet"]
    record = [transom, "record", "bench", "nothing", "--format=null", "--wait=20", "--quiet"]
    decode = [*FFMPEG, "-i", film, "-f", "rawvideo", "-"]
    return {
        "decoding alone (ffmpeg, no other process)": processor_time([*FFMPEG, "-i", film, "-f", "null", "-"]),
        "ffmpeg -f rawvideo | ffmpeg": processor_time(decode, [*FFMPEG, *RAW_IN, "-f", "null", "-"]),
        "transom publish, transom record": processor_time(publish, record, joined=False),
        "transom publish, transom pipe | ffmpeg": by_pipe(publish),
        **in_a_window(film),
    }


def in_a_window(film):
    """With a display of its own, whose time is not counted. Every frame is shown, by both."""
    if not shutil.which("Xvfb") or not shutil.which("ffplay"):
        return {}
    read, write = os.pipe()
    display = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
                               pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as number:
        os.environ["DISPLAY"] = f":{number.readline().strip()}"
    os.environ.update({"SDL_VIDEODRIVER": "x11", "SDL_RENDER_DRIVER": "software", "SDL_AUDIODRIVER": "dummy"})
    play = ["ffplay", "-v", "error", "-autoexit", "-noframedrop", "-an", "-f", "rawvideo", "-pixel_format", "yuv420p",
            "-video_size", size, "-framerate", "25", "-i", "-"]
    publish = [transom, "publish", "shown", film, "--wait-for-readers=1", "--end-wait=60", "--quiet"]
    look = [transom, "view", "shown", "--mode=every", "--once", "--quiet", "--json"]
    try:
        return {
            "ffmpeg -f rawvideo | ffplay": processor_time([*FFMPEG, "-i", film, "-f", "rawvideo", "-"], play),
            "transom publish, transom view": processor_time(publish, look, joined=False, shown=True),
        }
    finally:
        display.terminate()
        display.wait()


def check_shown(output):
    """A viewer that misses frames costs less, and would not be comparable."""
    facts = json.loads(output)
    if facts["frames"] != frames or facts["missed"]:
        sys.exit(f"transom view has shown {facts['frames']} frames of {frames} and missed {facts['missed']}")


def by_pipe(publish):
    """The publisher beside a pipe."""
    publisher = subprocess.Popen(publish)
    pipe = processor_time([transom, "pipe", "bench", "--raw", "--wait=20", "--quiet"], [*FFMPEG, *RAW_IN, "-f", "null", "-"])
    _, status, usage = os.wait4(publisher.pid, 0)
    publisher.returncode = status
    return pipe + (usage.ru_utime + usage.ru_stime) * 1000 / frames


with tempfile.TemporaryDirectory() as folder:
    os.environ["TRANSOM_RUNTIME_DIR"] = folder
    name = os.path.join(folder, "film.avi")
    subprocess.run([*FFMPEG, "-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25", "-frames:v", str(frames), "-c:v", "mjpeg", "-pix_fmt",
                    "yuvj420p", "-qscale:v", "4", name], check=True)
    costs = measure(name)
    if "--json" in sys.argv:
        print(json.dumps({"size": size, "frames": frames, "milliseconds_a_frame": costs}))
    else:
        base = costs["decoding alone (ffmpeg, no other process)"]
        print(f"{frames} frames of {size}, MJPEG: processor time of all processes, ms a frame, and beyond decoding")
        for what, cost in costs.items():
            print(f"  {what:<44} {cost:8.2f} {cost - base:8.2f}")
