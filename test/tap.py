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


class Skip(Exception):
    """Raised by a test that cannot be done here, with the reason."""


def test(function):
    tests.append(function)
    return function


def path(name):
    """A file in the folder of the test that runs."""
    return os.path.join(folder, name)


def wait_until(condition, what, seconds=20):
    """Waits for a condition and returns what it gave; a timing decides nothing but that it never happens."""
    end = time.monotonic() + seconds * SLOWNESS
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.01)


def run_tests(before=None, after=None):
    """Runs all tests and ends the program. What is given is called before and after each; after a failure too."""
    global folder
    failed = False
    # Jobs in the background of a script ignore what is to be tested, and their children would, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    print(f"1..{len(tests)}", flush=True)
    for number, function in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as folder:
            result, remark = "ok", ""
            try:
                if before:
                    before()
                try:
                    function()
                finally:
                    if after:
                        after()
            except Skip as reason:
                remark = f" # SKIP {reason}"
            except Exception:  # pylint: disable=broad-except
                failed, result = True, "not ok"
                print("# " + traceback.format_exc().rstrip().replace("\n", "\n# "), flush=True)
            print(f"{result} {number} {function.__name__}{remark}", flush=True)
    sys.exit(failed)
