"""Videos and pictures for tests, made and looked into by ffmpeg and ffprobe: the other side of what `transom` reads and writes."""
import hashlib
import shutil
import subprocess

import tap

PATTERN = "testsrc2=size=322x242:rate=25"
ODD = "crop=321:241:0:0:exact=1"


def need(*programs):
    for name in programs:
        if not shutil.which(name):
            raise tap.Skip(f"no {name}")


def ffmpeg(*arguments, **more):
    return subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)], cwd=tap.folder, check=True,
                          timeout=120 * tap.SLOWNESS, capture_output=True, **more)


def has_encoder(name):
    return f" {name} " in subprocess.run(["ffmpeg", "-v", "error", "-encoders"], check=True, capture_output=True,
                                         text=True).stdout


def make(name, *arguments, seconds=1, source=PATTERN):
    """A file of the test pattern."""
    ffmpeg("-f", "lavfi", "-i", f"{source}:duration={seconds}", *arguments, name)
    return name


def hashes(name):
    """The MD5 of each frame, as ffmpeg decodes it."""
    lines = ffmpeg("-i", name, "-map", "0:v:0", "-vsync", "passthrough", "-f", "framemd5", "-", text=True).stdout
    return [line.split(",")[-1].strip() for line in lines.splitlines() if line and not line.startswith("#")]


def probe(name, entry):
    done = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", f"stream={entry}", "-of",
                           "csv=p=0", name], cwd=tap.folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def count_frames(name):
    done = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-count_frames", "-show_entries",
                           "stream=nb_read_frames", "-of", "csv=p=0", name], cwd=tap.folder, check=True,
                          capture_output=True, text=True)
    return int(done.stdout.strip().strip(","))


def split(data, size):
    """The MD5 of each frame of raw video."""
    assert size > 0 and len(data) % size == 0, (len(data), size)
    return [hashlib.md5(data[i:i + size]).hexdigest() for i in range(0, len(data), size)]


def make_y4m(name, pixels, tag, crop="null"):
    """Y4M as it should be: ffmpeg's own is wrong for odd widths of more than 8 bits."""
    raw = ffmpeg("-f", "lavfi", "-i", f"{PATTERN}:duration=1", "-vf", f"format={pixels},{crop}", "-f", "rawvideo", "-").stdout
    width, height = (321, 241) if crop != "null" else (322, 242)
    size = len(raw) // 25
    with open(tap.path(name), "wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F25:1 Ip A1:1 C{tag}\n".encode())
        for i in range(25):
            file.write(b"FRAME\n" + raw[i * size:(i + 1) * size])
    return name, split(raw, size)
