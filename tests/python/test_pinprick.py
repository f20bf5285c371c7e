#!/usr/bin/env python3
"""The Python package on functions and files. Needs numpy; tests of what else there may be (onnxruntime, scikit-learn, PyTorch, pandas, ART)
skip where it is not there."""
import ctypes
import importlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = os.environ["PINPRICK_SOURCE"]
sys.path[:0] = [os.path.join(SOURCE, "tests"), os.path.join(SOURCE, "python")]
import tap  # noqa: E402

try:
    import numpy as np
except ImportError:
    print("1..0 # SKIP no numpy for this Python")
    sys.exit(0)
import pinprick  # noqa: E402
from pinprick import _library  # noqa: E402
from pinprick._images import ImageSet  # noqa: E402
from pinprick.art import PinprickAttack  # noqa: E402

SIDE = 8


def need(name):
    """A package that not every machine has."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise tap.Skip(f"no {name} for this Python: {error}") from None


# ---- A classifier that is a function ---------------------------------------------------------------------------------

def images(n=2, channels=3):
    return np.random.default_rng(1).integers(100, 156, (n, SIDE, SIDE, channels), dtype=np.uint8)


def planted(batch):
    """Class 1 until the pixels at (0, 0) and (7, 4) (x, y) are both far from mid-gray."""
    far = sum(np.abs(batch[:, y, x].astype(float).mean(-1) - 128) / 128 for x, y in ((0, 0), (7, 4)))
    return np.stack([np.zeros(len(batch)), 1.2 - far], axis=1)


def test_planted(toys):
    """A planted weakness is found, and the arrays say where"""
    originals = images()
    found = pinprick.attack(planted, originals, [1, 1])
    assert found.success.all() and (found.n_pixels == 2).all(), found
    assert (found.queries <= 1000).all() and (found.class_original == 1).all() and (found.class_adversarial == 0).all()
    for i, changes in enumerate(found.pixels):
        assert changes[:, :2].tolist() == [[0, 0], [7, 4]], changes
        expected = originals[i].copy()
        expected[changes[:, 1], changes[:, 0]] = changes[:, 2:]
        assert (found.adversarial[i] == expected).all()
    assert found.adversarial.dtype == np.uint8 and (planted(found.adversarial).argmax(1) == 0).all()
    assert all(trace[-1, 1] == 2 and (np.diff(trace[:, 1]) < 0).all() for trace in found.traces)
    assert found.summary() == {"attacked": 2, "succeeded": 2, "mean": 2, "median": 2, "min": 2, "max": 2,
                               "queries": int(found.queries.sum()), "seconds": float(found.seconds.sum())}


def test_layouts(toys):
    """Layout, type and range of the images change nothing but how they look to the function"""
    originals = images()
    expected = pinprick.attack(planted, originals, queries=300)
    low, high = np.array([-1, 0, 2.0]), np.array([1, 1, 4.0])
    floats = (originals / 255 * (high - low) + low).astype(np.float32)

    def plain(batch):  # back to 8 bit
        return planted(np.rint((batch - low) / (high - low) * 255))

    for given, layout, value_range, predict in (
            (originals.transpose(0, 3, 1, 2), "NCHW", None, lambda batch: planted(batch.transpose(0, 2, 3, 1))),
            (floats, "NHWC", (low, high), plain),
            (floats.transpose(0, 3, 1, 2), "NCHW", (low, high), lambda batch: plain(batch.transpose(0, 2, 3, 1))),
            (originals / 255, "NHWC", None, lambda batch: planted(np.rint(batch * 255)))):
        shapes = set()

        def witness(batch):
            shapes.add((batch.shape[1:], batch.dtype))
            return predict(batch)

        found = pinprick.attack(witness, given, queries=300, layout=layout, value_range=value_range)
        assert shapes == {(given.shape[1:], given.dtype)}, shapes
        assert all((a == b).all() for a, b in zip(found.pixels, expected.pixels)), layout
        assert found.adversarial.shape == given.shape and found.adversarial.dtype == given.dtype
        assert (predict(found.adversarial) == planted(expected.adversarial)).all()


def test_gray(toys):
    """Gray images go with and without a channel"""
    originals = images(channels=1)
    with_channel = pinprick.attack(planted, originals, queries=300)
    without = pinprick.attack(lambda batch: planted(batch[..., None]), originals[..., 0], queries=300)
    assert without.adversarial.shape == (2, SIDE, SIDE) and without.pixels[0].shape[1] == 3
    assert (without.adversarial == with_channel.adversarial[..., 0]).all()


def test_exact_values(toys):
    """What is not touched keeps its exact value, before the function and in the result"""
    originals = np.random.default_rng(3).uniform(0.4, 0.6, (2, SIDE, SIDE, 3))
    seen = []

    def witness(batch):
        seen.append(batch[0].copy())
        return planted(batch * 255)

    found = pinprick.attack(witness, originals)
    differs = (found.adversarial != originals).any(-1)
    assert (differs.sum((1, 2)) == found.n_pixels).all() and found.success.all()
    assert any((batch == originals[1]).all() for batch in seen[10:])
    n_changed = [min((batch != original).any(-1).sum() for original in originals) for batch in seen[4:]]  # three of noise before
    assert np.median(n_changed) <= 2, n_changed


def test_exact_channels(toys):
    """Of a changed pixel, too, a channel that keeps its 8-bit value keeps its exact one"""
    original = np.random.default_rng(4).random((1, 3, 2, 2))
    image_set = ImageSet(original, "NCHW", None)
    red, green, blue = image_set.eight_bit[0, 1, 0]  # y 1, x 0
    changes = np.array([[0, 0, 1, 0, red, 255 - int(green), blue, 0]], np.uint8)  # x, y (16 bit each), r, g, b
    out = original[0].reshape(-1).copy()
    image_set.paint(0, changes, out)
    expected = original[0].copy()
    expected[1, 1, 0] = (255 - int(green)) / 255
    assert (out.reshape(3, 2, 2) == expected).all(), (out, expected)


def test_batches(toys):
    """Batches are as long as was said at most, all counted, not to be written to; and their length changes nothing"""
    results = []
    for length in (1, 5, 32):
        lengths = []

        def witness(batch):
            lengths.append(len(batch))
            assert not batch.flags.writeable
            return planted(batch)

        results.append(pinprick.attack(witness, images(), batch=length, queries=200))
        assert max(lengths) <= length and sum(lengths) == results[-1].queries.sum() + 4, lengths
    assert all((result.adversarial == results[0].adversarial).all() for result in results)


def test_one_output(toys):
    """One score is the logit of the second class, as a vector or a column"""
    vector = pinprick.attack(lambda batch: planted(batch)[:, 1], images(), queries=1000, class_names=["well", "ill"])
    column = pinprick.attack(lambda batch: planted(batch)[:, 1:].tolist(), images(), queries=1000)
    assert (vector.adversarial == column.adversarial).all() and vector.success.all()
    assert vector.class_names == ("well", "ill") and column.class_names == ("0", "1")


def test_labels(toys):
    """A label may be an index or a name; a wrong image is not attacked"""
    names = ["no", "yes"]
    found = pinprick.attack(planted, images(3), ["yes", "no", 1], class_names=names, queries=1000)
    assert found.status.tolist() == ["success", "misclassified", "success"]
    assert found.queries[1] == 1 and (found.adversarial[1] == images(3)[1]).all() and len(found.pixels[1]) == 0
    assert found.summary()["attacked"] == 2


def test_options(toys):
    """Options of the tool are taken, flags too"""
    free = pinprick.attack(planted, images(), queries=1000, target_pixels=3)
    assert (free.stop == "target").all(), free.stop
    bound = pinprick.attack(planted, images(), queries=300, max_change=20, gray=True)
    change = np.abs(bound.adversarial.astype(int) - images())
    assert change.max() <= 20 and (bound.status == "failed").all() and (bound.n_pixels == 0).all()
    targeted = pinprick.attack(planted, images(), queries=300, goal="targeted:1")
    assert (targeted.status == "not-in-goal").all()
    assert {"pursuit", "dgde"} <= set(pinprick.methods())
    other = [pinprick.attack(planted, images(), queries=30, method="sparse-rs", seed=seed).adversarial for seed in (1, 1, 2)]
    assert (other[0] == other[1]).all() and (other[0] != other[2]).any()


def test_progress(toys):
    """Progress is told image by image, and may raise, too"""
    told = []
    found = pinprick.attack(planted, images(), queries=200, progress=lambda *step: told.append(step))
    assert {index for index, _, _ in told} == {0, 1} and max(spent for _, _, spent in told) <= 200
    assert [pixels for index, pixels, _ in told if index == 1][-1] >= found.n_pixels[1]
    raised = ZeroDivisionError("mine")

    def fail(*step):
        raise raised

    assert exception_of(planted, images(), progress=fail) is raised


# ---- What goes wrong -------------------------------------------------------------------------------------------------

def exception_of(*arguments, **options):
    try:
        pinprick.attack(*arguments, **options)
    except BaseException as error:  # pylint: disable=broad-except
        return error
    raise AssertionError("nothing was raised")


def failing_at(call, error, cause=None):
    calls = [0]

    def predict(batch):
        calls[0] += 1
        if calls[0] == call:
            raise error from cause
        return planted(batch)
    return predict


def test_exceptions(toys):
    """What the function raises comes out as it is: the object, its cause, where it was raised; and the next attack is as ever"""
    for kind in (ValueError, KeyboardInterrupt, SystemExit, StopIteration, pinprick.PinprickError):
        for call in (1, 2, 4, 5, 60):
            raised, cause = kind("mine"), OSError("below")
            found = exception_of(failing_at(call, raised, cause), images(), batch=1)
            assert found is raised and found.__cause__ is cause and found.__context__ is None, (kind, call, found)
            frames, trace = [], found.__traceback__
            while trace:
                frames.append(trace.tb_frame.f_code.co_name)
                trace = trace.tb_next
            assert frames[-1] == "predict", frames
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert pinprick.attack(planted, images()).success.all()


def test_wrong_answers(toys):
    """An answer that is none is named"""
    for predict, kind, words in (
            (lambda batch: np.zeros((len(batch), 2, 2)), ValueError, "returned shape (1, 2, 2) for a batch of 1"),
            (lambda batch: np.zeros((7, 2)), ValueError, "expected 1 x K scores"),
            (lambda batch: None, ValueError, "returned shape ()"),
            (lambda batch: "no", ValueError, ""),
            (lambda batch: np.full((len(batch), 2), np.nan), pinprick.PinprickError, "answered NaN"),
            (lambda batch: np.random.default_rng().random((len(batch), 2)), pinprick.PinprickError, "the model is random"),
            (lambda batch: batch.__imul__(2), ValueError, "read-only")):
        error = exception_of(predict, images(1))
        assert isinstance(error, kind) and words in str(error), (error, words)
    lengths = iter(range(2, 100))
    assert "expected 1 x 2" in str(exception_of(lambda batch: np.zeros((len(batch), next(lengths))), images(1)))


def test_wrong_arguments(toys):
    """A wrong argument is named before anything is asked"""
    whole, floats = images(), images() / 255
    for words, arguments, options in (
            ("layout: 'HWC'", (planted, whole), {"layout": "HWC"}),
            ("8 channels in (2, 8, 8, 3), read as NCHW", (planted, whole), {"layout": "NCHW"}),
            ("shape (8, 3)", (planted, whole[0, 0]), {}),
            ("shape (0, 8, 8, 3)", (planted, whole[:0]), {}),
            ("int64", (planted, whole.astype(int)), {}),
            ("values from", (planted, whole.astype(float)), {}),
            ("value_range: (1, 0)", (planted, floats), {"value_range": (1, 0)}),
            ("leave it out", (planted, whole), {"value_range": (0, 1)}),
            ("labels: of shape (1,)", (planted, whole, [1]), {}),
            ("'2' is no class", (planted, whole, [0, 2]), {}),
            ("class_names: 3", (planted, whole), {"class_names": "abc"}),
            ("no-such-method", (planted, whole), {"method": "no-such-method"}),
            ("colour", (planted, whole), {"colour": 1}),
            ("--queries", (planted, whole), {"queries": -1}),
            ("--goal", (planted, whole), {"goal": "sideways"}),
            ("uint8 images", (toys.path("toy.onnx"), floats), {}),
            ("mean, std, scale", (toys.path("toy.onnx"), floats), {"value_range": (0, 1)}),
            ("3 x 3 with 3 channels", (toys.path("toy.onnx"), np.zeros((1, 3, 3, 3), np.uint8)), {})):
        error = exception_of(*arguments, **options)
        assert isinstance(error, ValueError) and words in str(error), (error, words)
    assert isinstance(exception_of("no-such.onnx", whole), OSError)
    assert "no-such.onnx" in str(exception_of("no-such.onnx", whole))


INTERRUPTED = """
import sys, time
sys.path[:0] = {path!r}
import numpy as np, pinprick
def predict(batch):
    time.sleep({sleep})
    return np.stack([np.zeros(len(batch)), batch.reshape(len(batch), -1)[:, 0] + 1.0], 1)
images = np.full((1, 20, 20, 3), 128, np.uint8)
print("ready", flush=True)
try:
    for _ in range(1000):
        pinprick.attack({model}, {images}, queries=1000000, method="sparse-rs", **{options})
except KeyboardInterrupt:
    pinprick.attack(predict, images, queries=10)
    print("interrupted", flush=True)
"""


def test_ctrl_c(toys):
    """Ctrl-C ends an attack as KeyboardInterrupt, at whatever moment, and the next attack is as ever"""
    demo = os.path.join(SOURCE, "demo")
    file, picture = repr(os.path.join(demo, "cxr.onnx")), repr(os.path.join(demo, "images", "cxr", "PNEUMONIA", "cxr-pneumonia-0000.png"))
    seed = int(os.environ.get("PINPRICK_SEED", int.from_bytes(os.urandom(4), "little")))
    draw = np.random.default_rng(seed)
    for sleep, model, given in ((0, "predict", "images"), (0.05, "predict", "images"), (0, file, picture)):
        for _ in range(4):
            script = INTERRUPTED.format(path=sys.path[:2], sleep=sleep, model=model, images=given, options={})
            with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
                assert process.stdout.readline() == "ready\n"
                time.sleep(draw.uniform(0.01, 0.4))
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=60)
                assert process.returncode == 0 and out == "interrupted\n" and err == "", (seed, sleep, model, process.returncode, out, err)


def test_threads(toys):
    """Attacks in several threads go on side by side and find what they find alone"""
    alone = [pinprick.attack(planted, images(), queries=300, seed=seed) for seed in range(4)]
    found = [None] * 4

    def work(seed):
        found[seed] = pinprick.attack(planted, images(), queries=300, seed=seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((a.adversarial == b.adversarial).all() and (a.queries == b.queries).all() for a, b in zip(alone, found))


# ---- The library, and the tool beside it -----------------------------------------------------------------------------

def test_structures(toys):
    """The structures are laid out as the header's"""
    header = "\n".join(open(os.path.join(SOURCE, "include", "pinprick", "pinprick.h"), encoding="utf-8"))
    names = {"Error": "pp_error", "Image": "pp_image", "Pixel": "pp_pixel", "Candidate": "pp_candidate", "TraceRow": "pp_trace_row",
             "ParetoPoint": "pp_pareto_point", "Result": "pp_result", "Progress": "pp_progress", "Watch": "pp_watch",
             "Callback": "pp_callback"}
    lines, expected = [], []
    for ours, theirs in names.items():
        structure = getattr(_library, ours)
        lines.append(f'printf("{theirs} %zu\\n", sizeof({theirs}));')
        expected.append(f"{theirs} {ctypes.sizeof(structure)}")
        for name, *_ in structure._fields_:
            lines.append(f'printf("{theirs}.{name} %zu %zu\\n", offsetof({theirs}, {name}), sizeof((({theirs} *)0)->{name}));')
            field = getattr(structure, name)
            expected.append(f"{theirs}.{name} {field.offset} {field.size}")
    source = toys.path("layout.c")
    with open(source, "w", encoding="utf-8") as file:
        file.write('#include "pinprick/pinprick.h"\n#include <stdio.h>\nint main(void) { ' + "\n".join(lines) + " return 0; }\n")
    compiler, include = os.environ.get("PINPRICK_CC", "cc").split(), os.path.join(SOURCE, "include")
    subprocess.run([*compiler, "-I", include, source, "-o", toys.path("layout")], check=True)
    said = subprocess.run([toys.path("layout")], check=True, capture_output=True, text=True).stdout.splitlines()
    assert said == expected, [pair for pair in zip(said, expected) if pair[0] != pair[1]]
    assert f'version: \'{_library.VERSION}\'' in open(os.path.join(SOURCE, "meson.build"), encoding="utf-8").read()
    assert all(f" {name}(" in header or f"*{name}(" in header for name in _library._PROTOTYPES)


def test_file(toys):
    """A file finds what the tool finds, from arrays and from files"""
    options = ["--queries", "400", "--engine", "onnxruntime", "--quiet", "--format", "json", "--out", "run"]
    _, said, _ = toys.run("attack", "toy.onnx", "set", *options)
    told = {image["path"]: image for image in json.loads(said)["images"]}
    paths = [toys.path(path) for path in told]
    found = pinprick.attack(toys.path("toy.onnx"), paths, queries=400, engine="onnxruntime")
    assert found.names == tuple(paths) and (found.class_names[0], len(found.class_names)) != ("0", 0)
    originals = np.stack([read_original(toys, path) for path in told])
    again = pinprick.attack(toys.path("toy.onnx"), originals, queries=400, engine="onnxruntime")
    assert (again.adversarial == found.adversarial).all() and found.success.any()
    for i, path in enumerate(told):
        assert found.status[i] == told[path]["status"] or told[path]["status"] == "misclassified", path
        if told[path]["status"] == "success":
            assert pixels_of_run(toys, "run", path) == found.pixels[i].tolist(), path


def read_original(toys, path):
    """As the library reads it: a file with nothing to find."""
    return pinprick.attack(toys.path("toy.onnx"), [toys.path(path)], queries=1).adversarial[0]


def pixels_of_run(toys, run, path):
    database = sqlite3.connect(toys.path(run, "run.db"))
    rows = database.execute("SELECT x, y, r, g, b FROM pixels JOIN images ON images.id = pixels.image WHERE path = ? ORDER BY y, x", (path,))
    found = [list(row) for row in rows]
    database.close()
    return found


def test_onnxruntime(toys):
    """The same image, seed and method: the same pixels through onnxruntime's Python as through the tool"""
    onnxruntime, image = need("onnxruntime"), need("PIL.Image")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    for name, picture, method in (("cxr", "cxr/PNEUMONIA/cxr-pneumonia-0000.png", "pursuit"),
                                  ("derm", "derm/MALIGNANT/derm-malignant-0001.png", "sparse-rs")):
        model = os.path.join(SOURCE, "demo", name + ".onnx")
        path = os.path.join(SOURCE, "demo", "images", picture)
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        toys.run("attack", model, path, "--method", method, "--queries", "300", "--engine", "onnxruntime", "--seed", "5", "--quiet",
                 "--out", name)
        expected = pixels_of_run(toys, name, path)
        assert expected
        pixels = np.asarray(image.open(path).convert("RGB"))[None]
        with open(os.path.join(SOURCE, "demo", name + ".preprocessor_config.json"), encoding="utf-8") as file:
            config = json.load(file)
        mean, std = np.array(config["image_mean"]), np.array(config["image_std"])
        tensor = ((pixels / 255 - mean) / std).astype(np.float32).transpose(0, 3, 1, 2)
        found = pinprick.attack(lambda batch: session.run(None, {"pixel_values": batch})[0], tensor, method=method, queries=300, seed=5,
                                layout="NCHW", value_range=(-mean / std, (1 - mean) / std), batch=1)
        assert found.pixels[0].tolist() == expected, (name, found.pixels[0].tolist(), expected)


# ---- Models that are only there in Python ----------------------------------------------------------------------------

def test_scikit_learn(toys):
    """scikit-learn's classifier of 8 x 8 gray digits is audited"""
    sklearn = need("sklearn.datasets")
    network = need("sklearn.neural_network").MLPClassifier((32,), random_state=0, tol=0.01)
    digits = sklearn.load_digits()
    values = digits.images  # N x 8 x 8, 0 to 16
    network.fit(values[:1000].reshape(1000, 64), digits.target[:1000])
    found = pinprick.attack(lambda batch: network.predict_proba(batch.reshape(len(batch), 64)), values[1000:1010], digits.target[1000:1010],
                            value_range=(0, 16), queries=500)
    assert found.success.sum() >= 8, found
    flipped = network.predict(found.adversarial.reshape(-1, 64)) != digits.target[1000:1010]
    assert (flipped[found.success]).all()
    assert ((found.adversarial != values[1000:1010]).sum((1, 2)) == found.n_pixels).all()


def test_torch(toys):
    """A PyTorch module is audited, its tensors taken as they are"""
    torch = need("torch")
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, stride=2), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(36, 3)).eval()
    given = np.random.default_rng(0).random((3, 3, SIDE, SIDE), dtype=np.float32)
    found = pinprick.attack(lambda batch: module(torch.tensor(batch)), given, layout="NCHW", queries=400)
    assert found.success.any() and found.adversarial.shape == given.shape
    with torch.no_grad():
        answers = module(torch.tensor(found.adversarial)).argmax(1).numpy()
    assert (answers == found.class_adversarial).all()


def test_pandas(toys):
    """The result becomes a table"""
    need("pandas")
    table = pinprick.attack(planted, images(), [1, 0], class_names=["no", "yes"]).to_pandas()
    assert table["status"].tolist() == ["success", "misclassified"] and table["pixels"].tolist() == [2, 0]
    assert table["was"].tolist() == ["yes", "yes"] and table["is"].tolist() == ["no", "yes"]


class Estimator:
    """What an ART classifier shows of itself."""
    channels_first = True
    clip_values = (0.0, 1.0)

    def predict(self, x, batch_size=128, **kwargs):
        answers = planted(x.transpose(0, 2, 3, 1) * 255)
        return np.hstack([answers, answers.min(1, keepdims=True) - 1])


def test_art_adapter(toys):
    """ART's way of calling: generate(x, y) gives back images, flipped where that can be done"""
    x = (images(3) / 255).astype(np.float32).transpose(0, 3, 1, 2)
    estimator = Estimator()
    attack = PinprickAttack(estimator, queries=1000)
    for y in (None, np.array([1, 1, 0]), np.eye(3)[[1, 1, 0]]):
        adversarial = attack.generate(x, y)
        flipped = estimator.predict(adversarial).argmax(1) == 0
        assert adversarial.dtype == x.dtype and flipped.tolist() == [True, True, y is None], y
        assert ((adversarial != x).any(1).sum((1, 2)) == [2, 2, 2 * (y is None)]).all()
    targeted = PinprickAttack(estimator, queries=1000, targeted=True)
    answers = estimator.predict(targeted.generate(x, np.array([0, 2, 1]))).argmax(1)
    assert answers.tolist() == [0, 1, 1] and len(targeted.results) == 3
    assert [found.status[0] for _, found in targeted.results] == ["success", "not-in-goal", "failed"]


def test_art(toys):
    """It takes the place of ART's PixelAttack on a classifier of ART's"""
    need("art")
    from art.attacks.evasion import PixelAttack  # noqa: PLC0415
    from art.estimators.classification import BlackBoxClassifierNeuralNetwork  # noqa: PLC0415
    x = (images(1) / 255).astype(np.float32)

    def predict(batch):
        answers = np.exp(planted(batch * 255))
        return answers / answers.sum(1, keepdims=True)

    classifier = BlackBoxClassifierNeuralNetwork(predict, x.shape[1:], 2, clip_values=(0, 1), channels_first=False)
    for attack in (PinprickAttack(classifier, queries=300), PixelAttack(classifier, th=5, max_iter=2)):
        assert attack.generate(x).shape == x.shape  # PixelAttack takes no y of two classes
    assert predict(PinprickAttack(classifier, queries=300).generate(x, np.array([1]))).argmax() == 0


if __name__ == "__main__":
    sys.exit(tap.run_tests(sys.modules[__name__]))
