#!/usr/bin/env python3
"""What `export --npz` writes, read by numpy.load, against the pictures and run.db."""
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

try:
    import numpy
except ImportError:
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):  # another Python comes first in PATH
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    numpy = None


def load(toys, run):
    if numpy is None:
        raise tap.Skip("no NumPy")
    toys.run("export", run, "--npz", "run.npz")
    return numpy.load(toys.path("run.npz"), allow_pickle=False)


def rows(toys, run, sql):
    database = sqlite3.connect(toys.path(run, "run.db"))
    found = database.execute(sql).fetchall()
    database.close()
    return found


def attack(toys, *arguments):
    toys.run("attack", *arguments, "--threads", "1", "--quiet", "--out", "run", status=None, errors="replace")


def test_arrays_agree(toys):
    """Every array has the shape that is documented, and says what run.db says"""
    attack(toys, "toy.onnx", "set", "--queries", "400")
    a = load(toys, "run")
    n, k = 6, 2
    assert a["original"].dtype == a["adversarial"].dtype == numpy.uint8
    assert a["original"].shape == a["adversarial"].shape == (n, 16, 16, 3) and a["mask"].shape == (n, 16, 16) and a["mask"].dtype == bool
    assert a["probabilities"].shape == (n, k) and list(a["class_names"]) == ["healthy", "sick"]
    assert list(a["path"]) == [path for path, in rows(toys, "run", "SELECT path FROM images ORDER BY id")]
    assert list(a["name"]) == ["1", "2", "3", "1-2", "2-2", "3-2"], a["name"]
    assert list(a["status"]) == ["success"] * 5 + ["misclassified"]
    assert list(a["label"]) == [0, 0, 0, 1, 1, 1] and list(a["class_original"]) == [0, 0, 0, 1, 1, 0]
    assert list(a["class_adversarial"]) == [1, 1, 1, 0, 0, -1]
    for i, (l0, queries, p, q) in enumerate(rows(toys, "run", "SELECT l0, queries, p_original, p_adversarial FROM attacks ORDER BY image")):
        assert (a["l0"][i], a["queries"][i], a["p_original"][i], a["p_adversarial"][i]) == (l0, queries, p, q)
    assert a["l0"][5] == -1 and a["queries"][5] == 0 and numpy.isnan(a["p_adversarial"][5])


def test_pixels_agree(toys):
    """The mask is where the two images differ, and holds the pixels of run.db in their colours"""
    attack(toys, "toy.onnx", "set", "--queries", "400")
    a = load(toys, "run")
    assert numpy.array_equal((a["original"] != a["adversarial"]).any(axis=3), a["mask"])
    assert list(a["mask"].sum(axis=(1, 2))) == [max(l0, 0) for l0 in a["l0"]]
    pixels = rows(toys, "run", "SELECT image, y, x, before_r, before_g, before_b, r, g, b FROM pixels")
    assert len(pixels) == a["mask"].sum()
    for image, y, x, *colours in pixels:
        assert a["mask"][image - 1, y, x]
        assert [*a["original"][image - 1, y, x], *a["adversarial"][image - 1, y, x]] == colours


def test_failures_and_unreadable(toys):
    """A failed image keeps its original, an unreadable one is not there; of three classes there are three probabilities"""
    attack(toys, "three.onnx", "mixed", "--queries", "2", "--method", "onepixel")
    a = load(toys, "run")
    assert list(a["path"]) == ["mixed/1.png", "mixed/5.png"] and a["probabilities"].shape == (2, 3)
    assert list(a["status"]) == ["failed", "failed"] and list(a["l0"]) == [-1, -1] and list(a["label"]) == [-1, -1]
    assert numpy.array_equal(a["original"], a["adversarial"]) and not a["mask"].any()


def test_noise(toys):
    """Of a noise run, whose pixels are in the pictures only, the mask is there, too"""
    toys.run("noise", "toy.onnx", "set", "--out", "run", "--quiet", "--threads", "1")
    a = load(toys, "run")
    assert list(a["mask"].sum(axis=(1, 2))) == [max(l0, 0) for l0 in a["l0"]] and a["mask"].any()


def test_names(toys):
    """Names beyond ASCII come out as they are, bytes that are no UTF-8 as U+FFFD"""
    os.makedirs(toys.path("names"))
    for name in ("\u00e4\u80ba\U0001fac1.png".encode(), b"\xff.png"):
        with open(toys.path("mixed", "1.png"), "rb") as source, open(os.path.join(toys.path("names").encode(), name), "wb") as target:
            target.write(source.read())
    attack(toys, "toy.onnx", "names", "--queries", "100")
    assert sorted(load(toys, "run")["path"]) == ["names/\u00e4\u80ba\U0001fac1.png", "names/\ufffd.png"]


if __name__ == "__main__":
    sys.exit(tap.run_tests(sys.modules[__name__]))
