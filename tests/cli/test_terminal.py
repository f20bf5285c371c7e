#!/usr/bin/env python3
"""What a person sees on a terminal while a run goes on: a line that changes, a table that grows, and nothing broken in either."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402


def run_on_terminal(toys, columns, *arguments):
    """Runs the tool with a terminal for standard error. Returns what was written there, and its status."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([toys.pinprick, *arguments], cwd=toys.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=theirs)
    os.close(theirs)
    written = b""
    try:
        while more := os.read(ours, 65536):
            written += more
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return written.decode("utf-8", "replace").replace("\r\n", "\n"), process.wait()


def progress_lines(text):
    """The states of the changing line, each written over the one before."""
    return [line for line in re.findall(r"\r([^\r\n]*)\x1b\[K", text) if line]


def screen(text):
    """What is left on the screen."""
    lines = []
    for line in text.split("\n"):
        lines.append(re.sub(r".*\r", "", line).replace("\x1b[K", ""))
    return lines


ATTACK = ["attack", "--method", "dgde", "toy.onnx", "set", "mixed", "--queries", "20000", "--stall", "2000", "--generations", "1000", "--threads", "1", "--engine", "onnxruntime"]


def test_line_and_table(toys):
    """A line tells image i of n, pixels, P, queries per second and time left; under it no trace of it stays in the table"""
    text, status = run_on_terminal(toys, 120, *ATTACK, "--out", "run")
    lines = progress_lines(text)
    steps = [line for line in lines if line.startswith("attack ")]
    assert status == 1 and steps, (status, text)
    shape = r"attack \d of 7  \S+  (-|\d+) pixels  P \d\.\d{4}  \d+ queries \(\d+/s\)  left: (\?|\d+ s|\d+ min \d\d s)"
    assert all(re.fullmatch(shape, line) for line in steps), steps
    assert any(line.startswith("looking at image 1 of 11") for line in lines), lines
    left = screen(text)
    assert left[0] == "run folder run" and left[1].startswith("mixed/2-cut.png: cannot be read as an image"), left
    assert left[4].startswith("engine: onnxruntime "), left
    assert left[5].split() == ["image", "status", "pixels", "P(was)", "queries", "seconds"], left
    assert [row.split()[0] for row in left[6:13]] == [f"{i}/7" for i in range(1, 8)], left
    assert left[13] == "" and left[14].startswith("in run: "), left


def test_narrow_terminal(toys):
    """Nothing is wider than the terminal, whatever the images are called"""
    os.mkdir(toys.path("long"))
    for i, name in enumerate(("ü" * 60, "x" * 90, "two\nlines")):
        os.link(toys.path("set", "sick", f"{i + 1}.png"), toys.path("long", name + ".png"))
    for columns in (76, 80, 100):
        text, status = run_on_terminal(toys, columns, "attack", "toy.onnx", "long", "--out", f"run-{columns}")
        assert status == 0
        wide = [line for line in progress_lines(text) + screen(text) if len(line) >= columns]
        assert not wide, (columns, wide)
        assert "�" not in text, "a character cut in two"


def test_map(toys):
    """A map tells how many places are done, and leaves no trace of that on the screen"""
    text, status = run_on_terminal(toys, 120, "map", "toy.onnx", "set/sick/1.png", "--stride", "1", "--threads", "1", "--engine", "onnxruntime")
    lines = progress_lines(text)
    shape = r"place \d+ of 256  lowest P 0\.\d{4}  \d+ queries \(\d+/s\)  left: (\?|\d+ s)"
    assert status == 0 and lines and all(re.fullmatch(shape, line) for line in lines), text
    left = screen(text)
    assert len(left) == 3 and left[0].startswith("engine: onnxruntime ") and left[1] == "heat map in pinprick-map.png" and left[2] == "", left


def test_quiet(toys):
    """--quiet keeps the terminal clean"""
    text, status = run_on_terminal(toys, 80, "attack", "toy.onnx", "set", "--queries", "200", "--out", "run", "--quiet")
    assert status == 0 and text == "", text


if __name__ == "__main__":
    sys.exit(tap.run_tests(sys.modules[__name__]))
