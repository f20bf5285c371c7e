#!/usr/bin/env python3
"""One attack of a peer, or pinprick's, on some images of one ONNX file: how few pixels after how many queries.

    peers.py METHOD MODEL LIST FIRST COUNT BUDGET[,BUDGET...]    prints a JSON line for each image, and one for the process

METHOD: art-pixel, foolbox-pointwise, torchattacks-onepixel, torchattacks-pixle, pinprick, pinprick-scores-only.
MODEL: input N x 3 x H x W, a pixel value v given as v / 127.5 - 1. LIST: CSV with path,label; images FIRST to FIRST + COUNT - 1 of it.

Every image that a peer shows to the classifier passes through one counter. It keeps the fewest changed pixels among all that it saw
flipped, and ends the attack when the last budget is spent: so a peer is given credit for what it found on its way, too, and one run tells
of all budgets. A pixel counts as changed if a channel differs by more than a quarter of a grey level. pinprick plans with its budget, and
is run anew for each. ONNX Runtime on one thread throughout. seconds are CPU time: the machine may be shared.
"""
import csv
import json
import os
import resource
import sys
import time

import numpy as np
import onnxruntime
from PIL import Image


class Spent(BaseException):
    """The budget is spent. No Exception, so that no peer catches it."""


class Counter:
    """The classifier as the peers see it: N x 3 x H x W in 0 to 1 to N x K probabilities."""

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.original = None

    def classify(self, images):
        return self.session.run(None, {self.input: np.asarray(images, dtype=np.float32) * 2 - 1})[0]

    def begin(self, original, budget):
        self.original, self.budget, self.n, self.best = original, budget, 0, None
        self.label = int(self.classify(original[None]).argmax())
        self.trace = []  # (queries, pixels) whenever there were fewer

    def predict(self, images):
        images = np.asarray(images)[:self.budget - self.n]
        if len(images) == 0:
            raise Spent
        answers = self.classify(images)
        for image, decision in zip(images, answers.argmax(1)):
            self.n += 1
            if decision != self.label:
                pixels = int((np.abs(image - self.original) > 1 / 1020).any(0).sum())
                if self.best is None or pixels < self.best:
                    self.best = pixels
                    self.trace.append((self.n, pixels))
        if self.n >= self.budget:
            raise Spent
        return answers


# ---- The peers: each gets the counter and one image, and need not return anything ------------------------------------

def art_pixel(counter):
    """Adversarial Robustness Toolbox: PixelAttack as it comes (differential evolution), th=None: it halves the number of pixels itself."""
    from art.attacks.evasion import PixelAttack
    from art.estimators.classification import BlackBoxClassifierNeuralNetwork
    n_classes = counter.classify(counter.original[None]).shape[1]
    classifier = BlackBoxClassifierNeuralNetwork(counter.predict, counter.original.shape, n_classes, channels_first=True,
                                                 clip_values=(0, 1))
    PixelAttack(classifier).generate(counter.original[None])


def foolbox_pointwise(counter):
    """Foolbox: PointwiseAttack as it comes: its SaltAndPepperNoiseAttack first, then element by element is put back."""
    import eagerpy
    import foolbox
    model = foolbox.models.NumPyModel(counter.predict, bounds=(0, 1), data_format="channels_first")
    criterion = foolbox.criteria.Misclassification(eagerpy.astensor(np.array([counter.label])))
    foolbox.attacks.PointwiseAttack()(model, eagerpy.astensor(counter.original[None]), criterion, epsilons=None)


def torch_attack(counter, make):
    import torch

    class Module(torch.nn.Module):
        def forward(self, x):
            return torch.from_numpy(counter.predict(x.detach().numpy()))

    torch.manual_seed(1)
    torch.set_num_threads(1)
    module = Module().eval()
    make(module)(torch.from_numpy(counter.original[None].copy()), torch.tensor([counter.label]))


def torchattacks_onepixel(counter):
    """torchattacks: OnePixel with 5 pixels, else as it comes."""
    import torchattacks
    torch_attack(counter, lambda module: torchattacks.OnePixel(module, pixels=5))


def torchattacks_pixle(counter):
    """torchattacks: Pixle as it comes."""
    import torchattacks
    torch_attack(counter, lambda module: torchattacks.Pixle(module))


PEERS = {"art-pixel": art_pixel, "foolbox-pointwise": foolbox_pointwise,
         "torchattacks-onepixel": torchattacks_onepixel, "torchattacks-pixle": torchattacks_pixle}


# ---- Running ---------------------------------------------------------------------------------------------------------

def run_peer(method, counter, pixels, budgets):
    np.random.seed(1)
    counter.begin((pixels / 255).astype(np.float32).transpose(2, 0, 1), budgets[-1])
    before = time.process_time()
    ended = "by itself"
    try:
        PEERS[method](counter)
    except Spent:
        ended = "budget"
    except AssertionError:
        if method != "foolbox-pointwise":  # which says so where no noise that it begins with flips the answer
            raise
        ended = "without a start"
    spent = time.process_time() - before
    for budget in budgets:
        found = [fewest for n, fewest in counter.trace if n <= budget]
        share = min(1, budget / counter.n)
        yield {"budget": budget, "pixels": found[-1] if found else None, "queries": min(budget, counter.n), "seconds": spent * share,
               "ended": ended if counter.n <= budget else "budget"}


def run_pinprick(method, model, pixels, budgets):
    import pinprick
    for budget in budgets:
        before = time.process_time()
        found = pinprick.attack(model, pixels[None], queries=budget, threads=1, mean=0.5, std=0.5, scale=1 / 255,
                                scores_only=method == "pinprick-scores-only")
        yield {"budget": budget, "pixels": int(found.n_pixels[0]) if found.success[0] else None, "queries": int(found.queries[0]),
               "seconds": time.process_time() - before, "ended": str(found.stop[0])}


def main(method, model, images, first, count, budgets):
    began = time.monotonic()
    budgets = [int(budget) for budget in budgets.split(",")]
    folder = os.path.dirname(os.path.abspath(images))
    with open(images, encoding="utf-8") as file:
        paths = [os.path.join(folder, row["path"]) for row in csv.DictReader(file)][int(first):int(first) + int(count)]
    counter = Counter(model) if method in PEERS else None
    common = {"method": method, "model": os.path.basename(model)}
    for path in paths:
        pixels = np.asarray(Image.open(path).convert("RGB"))
        rows = run_peer(method, counter, pixels, budgets) if counter else run_pinprick(method, model, pixels, budgets)
        for row in rows:
            print(json.dumps({**common, "image": os.path.basename(path), **row}), flush=True)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({**common, "process": True, "images": len(paths), "budgets": budgets, "wall": time.monotonic() - began,
                      "cpu": usage.ru_utime + usage.ru_stime, "peak_mib": usage.ru_maxrss / 1024}), flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    main(*sys.argv[1:])
