"""A test program in Python: every function whose name begins with test_ is a test, its first line of documentation the sentence.

Each gets a Toys with the fixtures in a new folder. A test fails by an exception, and skips by raising Skip. The output is that of
the Test Anything Protocol. Arguments: PINPRICK MAKE_FIXTURES [TEST...]
"""
import os
import shutil
import subprocess
import sys
import tempfile
import traceback


class Skip(Exception):
    """What is needed is not there."""


class Toys:
    """What make_fixtures writes, in a folder of the test's own, and the tool to run on it."""

    def __init__(self, pinprick, make_fixtures, folder):
        self.pinprick, self.make_fixtures, self.folder = pinprick, make_fixtures, folder
        subprocess.run([make_fixtures, folder], check=True)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def start(self, *arguments, stdin=subprocess.DEVNULL, **more):
        return subprocess.Popen([self.pinprick, *arguments], cwd=self.folder, stdin=stdin, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, **more)

    def run(self, *arguments, status=0, **more):
        """Runs the tool, which must end with this status (None: any). Returns the status, its output and its complaints."""
        process = self.start(*arguments, **more)
        out, err = process.communicate(timeout=200)
        if status is not None and process.returncode != status:
            raise AssertionError(f"{' '.join(arguments)}: status {process.returncode}, expected {status}\n{out}{err}")
        return process.returncode, out, err


def run_tests(module):
    pinprick, make_fixtures = map(os.path.abspath, sys.argv[1:3])
    tests = [(name, test) for name, test in vars(module).items() if name.startswith("test_")]
    tests = [(name, test) for name, test in tests if not sys.argv[3:] or name in sys.argv[3:]]
    n_failed = 0
    for number, (name, test) in enumerate(tests, 1):
        sentence = (test.__doc__ or name).split("\n")[0]
        folder = os.path.realpath(tempfile.mkdtemp(prefix="pinprick-test-"))
        try:
            test(Toys(pinprick, make_fixtures, folder))
            print(f"ok {number} - {sentence}", flush=True)
        except Skip as reason:
            print(f"ok {number} - {sentence} # SKIP {reason}", flush=True)
        except Exception:
            n_failed += 1
            print(f"not ok {number} - {sentence}\n" + "".join("  " + line + "\n" for line in traceback.format_exc().splitlines()), flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if n_failed else 0
