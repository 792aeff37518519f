#!/usr/bin/env python3
"""What a frame costs on its way from a decoder to a reader: processor time of all processes, by a pipe and by a stream, in one run.
usage: cli-video.py TRANSOM [--json] [WIDTHxHEIGHT [FRAMES]]"""
import json
import os
import subprocess
import sys
import tempfile

arguments = [a for a in sys.argv[2:] if not a.startswith("-")]
transom = os.path.abspath(sys.argv[1])
size = arguments[0] if arguments else "1920x1080"
frames = int(arguments[1]) if len(arguments) > 1 else 300
FFMPEG = ["ffmpeg", "-v", "error", "-nostdin", "-y"]
RAW_IN = ["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", size, "-i", "-"]


def processor_time(*commands, joined=True):
    """Runs commands, each reading from the one before if they are joined: milliseconds of processor a frame, of all of them."""
    processes, source = [], subprocess.DEVNULL
    for command in commands:
        last = command is commands[-1]
        process = subprocess.Popen(command, stdin=source if joined else subprocess.DEVNULL,
                                   stdout=subprocess.PIPE if joined and not last else subprocess.DEVNULL)
        if joined and processes:
            processes[-1].stdout.close()
        source = process.stdout
        processes.append(process)
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
    }


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
