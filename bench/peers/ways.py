"""The ways to pass frames that are compared: their programs, daemons and what each can do."""
import os
import shutil



class Size:
    """Of a frame."""

    def __init__(self, name, label, width, height, nv12=False):
        self.name, self.label, self.width, self.height, self.nv12 = name, label, width, height, nv12
        self.geometry = f"{width}x{height}"
        self.bytes = width * height * 3 // 2 if nv12 else width * height * 4


SIZES = [
    Size("64", "64 B", 16, 1),
    Size("1M", "1 MiB", 512, 512),
    Size("1080p-nv12", "1080p NV12", 1920, 1080, True),
    Size("1080p", "1080p BGRA", 1920, 1080),
    Size("4k-nv12", "4K NV12", 3840, 2160, True),
    Size("4k", "4K BGRA", 3840, 2160),
    Size("8k-nv12", "8K NV12", 7680, 4320, True),
    Size("8k", "8K BGRA", 7680, 4320),
]


def find_size(name):
    return next(s for s in SIZES if s.name == name)


class Way:
    """A way to pass frames. The defaults are those of one without a daemon."""
    daemon_last = False  # it waits for the two sides, not they for it

    def __init__(self, name, label, program, variant="", busy=False, ours=False, floor=False, copies=False,
                 packages=(), note=""):
        self.name, self.label, self.program, self.variant = name, label, program, variant
        self.busy, self.ours, self.floor, self.copies = busy, ours, floor, copies
        self.packages, self.note = packages, note
        self.needs = []  # programs

    def is_there(self, build):
        return os.access(os.path.join(build, "bench", "peers", self.program), os.X_OK) and \
            all(shutil.which(p) for p in self.needs)

    def limit_buffers(self, buffers):
        return min(buffers, 64) if self.name == "raw" else buffers

    def prepare(self, stage):
        pass

    def clean(self, stage):
        pass

    def daemon(self, stage):
        return None

    def environment(self, stage):
        return None

    def daemon_is_ready(self, stage):
        return True


class Iceoryx(Way):
    """RouDi is one for the whole machine; it reserves all memory at its start."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.needs = ["iox-roudi"]

    def prepare(self, stage):
        # RouDi adds its own header to each chunk.
        with open(os.path.join(stage.folder, "roudi.toml"), "w", encoding="ascii") as file:
            file.write("[general]\nversion = 1\n[[segment]]\n[[segment.mempool]]\n"
                       f"size = {(stage.size.bytes + 63) // 64 * 64}\ncount = {stage.buffers}\n")

    def daemon(self, stage):
        return ["iox-roudi", "-c", os.path.join(stage.folder, "roudi.toml"), "-l", "warning"]

    def daemon_is_ready(self, stage):
        with open(stage.daemon.log, "rb") as log:
            return b"RouDi is ready" in log.read()


class PipeWire(Way):
    """A daemon of the run's own, without session manager."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.needs = ["pipewire"]

    def daemon(self, stage):
        return ["pipewire", "-c", os.path.join(os.path.dirname(os.path.abspath(__file__)), "pipewire.conf")]

    def environment(self, stage):
        return dict(os.environ, PIPEWIRE_RUNTIME_DIR=stage.folder, XDG_RUNTIME_DIR=stage.folder)

    def daemon_is_ready(self, stage):
        return os.path.exists(os.path.join(stage.folder, "pipewire-0"))


class Pipe(Way):
    """Named pipes, one for each reader."""

    def prepare(self, stage):
        for i in range(stage.readers_wanted):
            os.mkfifo(os.path.join(stage.folder, f"out.{i}"))


class Ffmpeg(Pipe):
    """ffmpeg copies from one pipe to one for each reader."""
    daemon_last = True

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.needs = ["ffmpeg"]

    def prepare(self, stage):
        super().prepare(stage)
        os.mkfifo(os.path.join(stage.folder, "in.0"))

    def daemon(self, stage):
        folder = stage.folder
        start = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-fflags", "nobuffer", "-probesize", "32",
                 "-analyzeduration", "0", "-f", "rawvideo", "-pixel_format", "nv12" if stage.size.nv12 else "bgra",
                 "-video_size", stage.size.geometry, "-framerate", "60", "-i", f"{folder}/in.0",
                 "-map", "0:v", "-c", "copy"]
        if stage.readers_wanted == 1:
            return start + ["-flush_packets", "1", "-f", "rawvideo", f"{folder}/out.0"]
        outputs = "|".join(f"[f=rawvideo:onfail=ignore:flush_packets=1]{folder}/out.{i}"
                           for i in range(stage.readers_wanted))
        return start + ["-f", "tee", outputs]


WAYS = [
    Way("raw", "floor: memfd and eventfd", "peer-raw", busy=True, floor=True,
        note="no protection, no admission, one producer that knows its readers"),
    Way("stream", "Transom stream", "peer-transom-stream", busy=True, ours=True),
    Way("port", "Transom ports", "peer-transom-port", ours=True),
    Iceoryx("iceoryx", "iceoryx", "peer-iceoryx", busy=True, packages=("iceoryx",)),
    Way("gst", "GStreamer shm, copied", "peer-gstreamer", copies=True,
        packages=("gstreamer1.0-plugins-bad",)),
    Way("gst-own", "GStreamer shm, drawn in place", "peer-gstreamer", variant="own",
        packages=("gstreamer1.0-plugins-bad",)),
    PipeWire("pipewire", "PipeWire", "peer-pipewire", packages=("pipewire",)),
    Way("zeromq", "ZeroMQ ipc", "peer-zeromq", copies=True, packages=("libzmq5",)),
    Pipe("pipe", "pipe", "peer-pipe", copies=True),
    Ffmpeg("ffmpeg", "ffmpeg through pipes", "peer-pipe", variant="ffmpeg", copies=True, packages=("ffmpeg",)),
]


def find_way(name):
    return next(w for w in WAYS if w.name == name)
