#!/usr/bin/env python3
"""What it costs to have the classifier in Python: one attack with ONNX Runtime called from a Python function, and the same attack by the
library's own ONNX Runtime engine, in turns, one thread each. The pixels found must be the same; told is the median ratio of CPU times.

    PYTHONPATH=python PINPRICK_LIBRARY=build/src/libpinprick.so python3 bench/python_overhead.py MODEL IMAGE [QUERIES [MEAN STD]]

MEAN, STD: of pixel values in 0 to 1 (0.5 0.5 if not given), one number or three with commas between. Needs numpy, Pillow and onnxruntime.
"""
import statistics
import sys
import time

import numpy as np
import onnxruntime
from PIL import Image

import pinprick

ROUNDS = 7


def timed(function):
    before = time.process_time()
    result = function()
    return time.process_time() - before, result


def main(path, image, queries="1000", mean="0.5", std="0.5"):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    inside = [0.0]

    def predict(batch):
        before = time.process_time()
        answer = session.run(None, {name: batch})[0]
        inside[0] += time.process_time() - before
        return answer

    pixels = np.asarray(Image.open(image).convert("RGB"))[None]
    means, stds = (np.array(text.split(","), dtype=float) for text in (mean, std))
    tensor = ((pixels / 255 - means) / stds).astype(np.float32).transpose(0, 3, 1, 2)
    common = {"queries": int(queries), "batch": 1, "threads": 1}
    ways = {
        "python": lambda: pinprick.attack(predict, tensor, layout="NCHW", value_range=((0 - means) / stds, (1 - means) / stds), **common),
        "c": lambda: pinprick.attack(path, pixels, engine="onnxruntime", scores_only=True, mean=mean, std=std, scale=1 / 255, **common),
    }
    seconds, found = {way: [] for way in ways}, {}
    for _ in range(ROUNDS):
        for way, attack in ways.items():
            spent, found[way] = timed(attack)
            seconds[way].append(spent)
    assert all((a == b).all() for a, b in zip(found["python"].pixels, found["c"].pixels)), "the two ways found different pixels"
    ratios = sorted(python / c for python, c in zip(seconds["python"], seconds["c"]))
    n = int(found["c"].queries[0])
    print(f"{n} queries, {found['c'].n_pixels[0]} pixels both ways; {statistics.median(seconds['c']) / n * 1e3:.2f} ms a query in C")
    print(f"python : c = {statistics.median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f}); outside the classifier"
          f" {(sum(seconds['python']) - inside[0]) / ROUNDS / n * 1e3:.2f} ms a query, the search itself included")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4, 6):
        sys.exit(__doc__)
    main(*sys.argv[1:])
