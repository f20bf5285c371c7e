#!/usr/bin/env python3
"""What `pinprick gate --junit` writes, read by Python's XML parser."""
import os
import shutil
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

STEADY = ["--queries", "200", "--engine", "onnxruntime", "--quiet"]


def read(toys, name="gate.xml"):
    """The one suite of a file, and its test cases by class and name."""
    root = ElementTree.parse(toys.path(name)).getroot()
    suites = list(root)
    assert root.tag == "testsuites" and [s.tag for s in suites] == ["testsuite"], root
    return suites[0], {(c.get("classname"), c.get("name")): c for c in suites[0].iter("testcase")}


def counts(suite):
    """tests, failures, errors, skipped: as they are said, which must be as many as there are."""
    said = [int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")]
    found = [len(list(suite.iter(tag))) for tag in ("testcase", "failure", "error", "skipped")]
    assert said == found, (said, found)
    return said


def test_green(toys):
    """A run that passes: every case without a failure, the rule's and the images' numbers as output"""
    toys.run("attack", "toy.onnx", "set", "--out", "base", *STEADY)
    _, out, _ = toys.run("gate", "toy.onnx", "set", "--baseline", "base", "--max-loss", "10%", "--junit", "gate.xml", "--quiet")
    suite, cases = read(toys)
    assert counts(suite) == [7, 0, 0, 0], suite.attrib
    assert out == "green: " + cases["pinprick.gate", "--max-loss 10%"].findtext("system-out") + "\n", out
    wrong = cases["pinprick.gate.images", "set/sick/3.png"].findtext("system-out")
    assert wrong == "misclassified, pixels: 0; in the baseline: 0", wrong
    assert float(suite.get("time")) >= 0


def test_red(toys):
    """A run that does not pass: the broken rule fails with the reason that is printed, and no other case does"""
    _, out, _ = toys.run("gate", "toy.onnx", "set", "--min-median-pixels", "200", "--max-success-at", "1:90", "--junit", "gate.xml", *STEADY,
                         status=3)
    suite, cases = read(toys)
    assert counts(suite) == [8, 1, 0, 0], suite.attrib
    assert out == "red: " + cases["pinprick.gate", "--min-median-pixels 200"].find("failure").get("message") + "\n", out
    assert cases["pinprick.gate", "--max-success-at 1:90%"].findtext("system-out")


def test_hostile_names(toys):
    """File names with quotes, angle brackets, control characters and bytes that are no UTF-8 are told, and break nothing"""
    os.mkdir(toys.path("odd \"<&>'"))
    folder = b"odd \"<&>'"
    shutil.copy(toys.path("set/sick/1.png"), os.path.join(os.fsencode(toys.folder), folder, b"]]>&amp;\x01\x1b\xff.png"))
    toys.run("gate", "toy.onnx", folder, "--min-median-pixels", "1", "--junit", "gate.xml", "--out", "run <&\"'>", *STEADY)
    suite, cases = read(toys)
    assert ("pinprick.gate.images", "odd \"<&>'/]]>&amp;??\ufffd.png") in cases, list(cases)
    assert [p.get("value") for p in suite.iter("property") if p.get("name") == "run"] == ["run <&\"'>"]


def test_not_judged(toys):
    """An image that cannot be read is an error with its reason; one that is not of the goal's class is skipped"""
    toys.run("gate", "toy.onnx", "mixed", "set/healthy/1.png", "--goal", "positive-to-negative", "--min-median-pixels", "1", "--junit",
             "gate.xml", *STEADY, status=1)
    suite, cases = read(toys)
    tests, failures, errors, skipped = counts(suite)
    assert (failures, errors) == (0, 3) and skipped >= 1 and tests == 1 + len(cases) - 1, suite.attrib
    assert cases["pinprick.gate.images", "set/healthy/1.png"].find("skipped").get("message") == "not-in-goal"
    assert all(error.get("message") for error in suite.iter("error"))


def test_names(toys):
    """The suite says what was run, and in what it differs from the baseline"""
    toys.run("attack", "toy.onnx", "set", "--out", "base", *STEADY)
    toys.run("gate", "other.onnx", "set", "--baseline", "base", "--seed", "3", "--max-loss", "100", "--junit", "gate.xml", "--quiet")
    suite, _ = read(toys)
    properties = {p.get("name"): p.get("value") for p in suite.iter("property")}
    assert properties["model"].endswith("/other.onnx") and properties["baseline"] == "base" and properties["seed"] == "3", properties
    assert properties["model_sha256"] != properties["baseline_model_sha256"], properties
    assert properties["other_than_the_baseline"] == "--seed 3 (there 1)", properties


def test_nothing_half(toys):
    """A file that cannot be written leaves what was there"""
    toys.run("attack", "toy.onnx", "set/sick/1.png", "--out", "base", *STEADY)
    os.mkdir(toys.path("gate.xml"))
    _, _, err = toys.run("gate", "base", "--min-median-pixels", "1", "--junit", "gate.xml", status=1)
    assert "gate.xml: cannot be written" in err and os.listdir(toys.path("gate.xml")) == [], err
    assert not os.path.exists(toys.path("gate.xml.part"))


if __name__ == "__main__":
    sys.exit(tap.run_tests(sys.modules[__name__]))
