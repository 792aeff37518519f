"""The other side for tests of `transom`: cli-peer in one of its parts, ready when started."""
import os
import signal
import subprocess
import sys

import cli
import tap

program = os.path.abspath(sys.argv[2])


def start(*arguments):
    """Starts cli-peer ARGUMENT... and waits until it is ready; what it said before that is in .words."""
    process = subprocess.Popen([program, *map(str, arguments)], cwd=tap.folder, env=cli.environment(),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    cli.running.append(process)
    process.words = []
    for line in process.stdout:
        if line == "ready\n":
            return process
        process.words.append(line.strip())
    raise AssertionError(f"cli-peer {arguments} ended: {process.wait()}")


def stop(process):
    """Stops it, all its threads."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)


def kill(process):
    process.kill()
    process.wait()
