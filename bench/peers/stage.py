"""Starts and ends the processes that pass frames, and reads their sheets. It knows no way to pass frames."""
import ctypes
import mmap
import os
import shutil
import signal
import subprocess
import tempfile
import time

BUFFERS, HELD, SAMPLES = 256, 16, 1 << 20
COMMANDS = {"hold": 1, "slow": 2, "write": 3, "truncate": 4, "close": 5}
WRITTEN = ["not tried", "refused", "at once", "after mprotect", "by a new mapping"]
TRUNCATED = ["not tried", "refused", "done", "private"]


class Usage(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint64) for n in ("when_ns", "cpu_ns", "faults", "frames")]


class Sheet(ctypes.Structure):
    """The same list as in sheet.h."""
    _fields_ = [
        ("go", ctypes.c_uint64), ("command", ctypes.c_uint64), ("ready_ns", ctypes.c_uint64),
        ("first_ns", ctypes.c_uint64), ("last_ns", ctypes.c_uint64), ("frames", ctypes.c_uint64),
        ("missed", ctypes.c_uint64), ("torn", ctypes.c_uint64), ("refused", ctypes.c_uint64),
        ("rejoined", ctypes.c_uint64), ("error", ctypes.c_uint64), ("written", ctypes.c_uint64),
        ("truncated", ctypes.c_uint64), ("held_count", ctypes.c_uint64), ("held", ctypes.c_uint64 * HELD),
        ("drawn_ns", ctypes.c_uint64 * BUFFERS), ("gap_ns", ctypes.c_uint64), ("begin", Usage), ("end", Usage),
        ("sample_count", ctypes.c_uint64), ("samples", ctypes.c_uint32 * SAMPLES)]


class Failed(Exception):
    """A run that came to nothing, and why."""


def now_ns():
    return time.monotonic_ns()


def wait_for(condition, seconds):
    """Whether the condition came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True


def cpu_ns(pid):
    """Processor time of all threads that a process has now."""
    total = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
    except (OSError, IndexError):
        pass
    return total


def memory_of(pid):
    """Bytes of a process, shared ones by their part of it (PSS), and its descriptors; None if it is gone."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            pss = [int(line.split()[1]) << 10 for line in file if line.startswith("Pss:")]
        return {"pss": pss[0] if pss else 0, "fds": len(os.listdir(f"/proc/{pid}/fd"))}
    except OSError:
        return None


class Process:
    """A process that ends with this one's stage; `name` is for people."""

    def __init__(self, stage, name, arguments, core=None, **options):
        def prepare():
            if core is not None:
                os.sched_setaffinity(0, {core})
        self.name, self.core, self.arguments = name, core, arguments
        self.log = os.path.join(stage.folder, f"{name}.log")
        self.started_ns = now_ns()
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          preexec_fn=prepare, **options)
        self.pid = self.popen.pid

    def is_alive(self):
        return self.popen.poll() is None

    def fate(self):
        """How it is, in a word."""
        status = self.popen.poll()
        if status is None:
            return "alive"
        return signal.Signals(-status).name if status < 0 else f"exit {status}"

    def signal(self, number):
        if self.is_alive():
            os.kill(self.pid, number)

    def end(self, patience=2.0):
        """SIGTERM, and SIGKILL for those who do not listen. Gives whether it listened."""
        if not self.is_alive():
            return True
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self.popen.wait(patience)
            return True
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            return False

    def kill(self):
        if self.is_alive():
            self.popen.kill()
        self.popen.wait()

    def last_words(self):
        with open(self.log, "rb") as log:
            lines = log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "no word"


class Role(Process):
    """A producer or a reader, and its sheet."""

    def __init__(self, stage, kind, name, options, core):
        path = os.path.join(stage.folder, f"{name}.sheet")
        with open(path, "wb") as file:
            file.truncate(ctypes.sizeof(Sheet))
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)
        self.sheet = Sheet.from_buffer(self.map)
        arguments = [stage.program, kind, "--folder", stage.folder, "--sheet", path] + options
        super().__init__(stage, name, arguments + (["--core", str(core)] if core is not None else []))

    def samples(self):
        return list(self.sheet.samples[:min(self.sheet.sample_count, SAMPLES)])

    def is_ready(self):
        return self.sheet.ready_ns != 0


class Stage:
    """A folder, a daemon if the way needs one, a producer and readers. Nothing is left behind."""

    def __init__(self, build, way, size, buffers=8, cores=(0, 1), readers=1, busy=False, lossless=False, whole=False,
                 realtime=False):
        self.way, self.size, self.readers_wanted, self.cores = way, size, readers, cores
        self.buffers = way.limit_buffers(buffers)
        self.program = os.path.join(build, "bench", "peers", way.program)
        self.common = ["--size", size.geometry, "--buffers", str(self.buffers), "--readers", str(readers)]
        self.common += ["--nv12"] if size.nv12 else []
        self.common += ["--variant", way.variant] if way.variant else []
        self.common += [f"--{n}" for n, on in (("busy", busy), ("lossless", lossless), ("whole", whole),
                                               ("realtime", realtime)) if on]
        self.folder = None
        self.processes, self.readers = [], []
        self.daemon = self.producer = None
        self.started = 0

    def __enter__(self):
        # Short: a socket's path has 107 bytes.
        self.folder = tempfile.mkdtemp(prefix="peers-", dir="/tmp")
        self.way.prepare(self)
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.end()
        self.way.clean(self)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_daemon(self):
        """If the way has one."""
        arguments = self.way.daemon(self)
        if not arguments:
            return None
        one_core = self.cores[0] if self.cores[0] == self.cores[1] else None  # else it is where it likes
        self.daemon = Process(self, f"daemon{len(self.processes)}", arguments, core=one_core,
                              env=self.way.environment(self))
        self.processes.append(self.daemon)
        if not wait_for(lambda: self.way.daemon_is_ready(self) or not self.daemon.is_alive(), 10) or \
                not self.daemon.is_alive():
            raise Failed(f"the daemon does not start: {self.daemon.last_words()}")
        return self.daemon

    def start_producer(self, period_ns=0, warm_s=0.0, duration_s=0.0, go=False):
        options = self.common + ["--period", str(int(period_ns)), "--warm", str(int(warm_s * 1e9)),
                                 "--duration", str(int(duration_s * 1e9))]
        self.producer = Role(self, "producer", f"producer{len(self.processes)}", options, self.cores[0])
        self.processes.append(self.producer)
        self.producer.sheet.go = 1 if go else 0
        return self.producer

    def start_reader(self, index, hold=0):
        reader = Role(self, "reader", f"reader{len(self.processes)}",
                      self.common + ["--index", str(index), "--hold", str(hold)], self.cores[1])
        self.processes.append(reader)
        self.readers.append(reader)
        return reader

    def await_ready(self, roles, seconds=10):
        for role in roles:
            if not wait_for(lambda: role.is_ready() or not role.is_alive(), seconds) or not role.is_ready():
                raise Failed(f"{role.name} is not ready: {role.last_words()}")

    def start_all(self, **pace):
        """Daemon, producer and readers, ready and waiting for `go`."""
        if not self.way.daemon_last:
            self.start_daemon()
        self.start_producer(**pace)
        self.await_ready([self.producer])
        for i in range(self.readers_wanted):
            self.start_reader(i)
        self.await_ready(self.readers)
        if self.way.daemon_last:
            self.start_daemon()
        time.sleep(0.15)

    def run_to_end(self, seconds):
        """Lets the producer go; waits until it has measured, then ends readers and it."""
        daemon_before = cpu_ns(self.daemon.pid) if self.daemon else 0
        self.producer.sheet.go = 1
        ended = wait_for(lambda: self.producer.sheet.end.when_ns or not self.producer.is_alive(), seconds)
        daemon_ns = cpu_ns(self.daemon.pid) - daemon_before if self.daemon else 0
        time.sleep(0.02)
        for role in self.readers:
            role.signal(signal.SIGTERM)
        for role in self.readers:
            role.end()
        if not ended or not self.producer.sheet.end.when_ns:
            raise Failed(f"the producer does not end: {self.producer.last_words()}")
        self.producer.end()
        return daemon_ns
