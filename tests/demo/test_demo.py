"""test_demo.py - what the repository brings: the demo's classifiers on the demo's images, and the phantoms behind them."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

SOURCE = os.environ["PINPRICK_SOURCE"]
SETS = ("cxr", "derm", "dr")


def demo(*parts):
    return os.path.join(SOURCE, "demo", *parts)


def diseased(name):
    """The first diseased image of a set: the class that is not its normal one."""
    images = demo("images", name)
    folder, = [f for f in os.listdir(images) if f not in ("NORMAL", "BENIGN", "HEALTHY")]
    return os.path.join(images, folder, sorted(os.listdir(os.path.join(images, folder)))[0])


def test_classifiers(toys):
    """The classifiers are right on 23 of the 24 images, and not certain of everything"""
    n_right = n_images = 0
    for name in SETS:
        _, out, _ = toys.run("score", demo(f"{name}.onnx"), demo("images", name), "--format", "json")
        images = json.loads(out)["images"]
        n_images += len(images)
        n_right += sum(image["label"] == image["decision"] for image in images)
        assert all(max(image["probabilities"].values()) < 0.9999 for image in images), out
    assert (n_right, n_images) == (23, 24), (n_right, n_images)


def test_attack(toys):
    """A short attack flips a diseased image of each set, and what it saved holds"""
    for name in SETS:
        _, out, _ = toys.run("attack", demo(f"{name}.onnx"), diseased(name), "--queries", "1000", "--quiet", "--out", name, "--format",
                             "json")
        image, = json.loads(out)["images"]
        assert image["status"] == "success" and image["verified"] and image["l0"] < 300, image
        _, out, _ = toys.run("verify", name)
        assert "1 of 1 saved adversarial images hold" in out, out


def test_phantoms(toys):
    """The images are those that tools/phantoms.py draws, pixel for pixel"""
    try:
        import numpy  # noqa: F401
        from PIL import Image
    except ImportError as error:
        raise tap.Skip(f"{error}") from error
    for name in SETS:
        subprocess.run([sys.executable, "-B", os.path.join(SOURCE, "tools", "phantoms.py"), name, "2", toys.path(name), "--seed", "7"],
                       check=True, capture_output=True)
        for folder in os.listdir(toys.path(name)):
            for image in os.listdir(toys.path(name, folder)):
                drawn, kept = Image.open(toys.path(name, folder, image)), Image.open(demo("images", name, folder, image))
                assert drawn.tobytes() == kept.tobytes(), image


if __name__ == "__main__":
    sys.exit(tap.run_tests(sys.modules[__name__]))
