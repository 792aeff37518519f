"""What test programs in Python share: tests that run one after the other, each in a folder of its own, and print TAP."""
import os
import signal
import sys
import tempfile
import time
import traceback

tests = []
folder = None  # of the test that runs
SLOWNESS = int(os.environ.get("TRANSOM_TEST_SLOWNESS", "1"))
LIMIT = 300  # seconds for a test, far more than any takes: one that waits for what never comes is ended, and said to be


class Skip(Exception):
    """Raised by a test that cannot be done here, with the reason."""


def test(function):
    tests.append(function)
    return function


def path(name):
    """A file in the folder of the test that runs."""
    return os.path.join(folder, name)


def wait_until(condition, what, seconds=60):
    """Waits for a condition and returns what it gave; a timing decides nothing but that it never happens."""
    end = time.monotonic() + seconds * SLOWNESS
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.01)


def be_over(*_):
    raise AssertionError(f"it is not over after {LIMIT * SLOWNESS} seconds")


def be_ended(*_):
    """What was started ends with the tests, also where somebody ends them."""
    raise SystemExit("ended by a signal")


def set_signals():
    # Jobs in the background of a script ignore what is to be tested, and their children would, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, be_ended)
    signal.signal(signal.SIGALRM, be_over)


def run_test(function, before, after):
    """Runs one within its time, whatever it waits for."""
    if before:
        before()
    try:
        signal.alarm(LIMIT * SLOWNESS)
        try:
            function()
        finally:
            signal.alarm(0)
    finally:
        if after:
            after()


def run_tests(before=None, after=None):
    """Runs all tests and ends the program. What is given is called before and after each; after a failure too."""
    global folder
    failed = False
    set_signals()
    print(f"1..{len(tests)}", flush=True)
    for number, function in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as folder:
            result, remark = "ok", ""
            try:
                run_test(function, before, after)
            except Skip as reason:
                remark = f" # SKIP {reason}"
            except Exception:  # pylint: disable=broad-except
                failed, result = True, "not ok"
                print("# " + traceback.format_exc().rstrip().replace("\n", "\n# "), flush=True)
            print(f"{result} {number} {function.__name__}{remark}", flush=True)
    sys.exit(failed)
