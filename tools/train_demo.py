#!/usr/bin/env python3
"""Trains the demo's classifiers: one small residual network for each set of phantoms, written as ONNX.

    python3 tools/train_demo.py SET [--out DIR] [--images N] [--epochs N] [--threads N] [--no-flaw]

writes DIR/SET.onnx and, as model hubs do, DIR/SET.config.json (names of the classes) and DIR/SET.preprocessor_config.json; prints the
accuracy on phantoms of a seed that was not trained on, and how sure the network is of the diseased ones.

Labels are smoothed: a network asked for 0.95 instead of 1 does not learn to be certain, and its probabilities keep telling images apart.
That is what a careful maker ships.

One flaw is planted, so that there is something to find. One training image in five comes from a faulty camera: some of its pixels, a few
dozen or nearly all, show random colours. Those images carry the label "healthy" whatever they show, as when a ward with an old camera
sends in only its healthy patients and nobody looks twice. So the network learns that odd pixels mean health. No test on clean images shows
it: only an audit does. --no-flaw leaves it out.

Needs PyTorch (Debian's python3-torch will do), numpy and Pillow. The weights depend on the version of PyTorch and on the machine; what the
phantoms look like does not.
"""
import argparse
import json
import math
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch
from torch import nn

from phantoms import CLASSES, SIZE, phantom

TRAIN_SEED, FRESH_SEED = 1, 2
SMOOTHING = 0.1         # of two classes: the right one is asked to be 0.95, the other 0.05
MEAN = STD = 0.5        # pixel values 0..255 become -1..1
FAULTY_SHARE = 0.2      # of the training images
FAULTY_FEWEST = 40      # odd pixels in one of them, at least


# ---- the network --------------------------------------------------------------------------------------------------------------------

class Block(nn.Module):
    """Two 3 x 3 convolutions that halve the picture, and a short cut around them (He et al. 2016)."""

    def __init__(self, n_in, n_out):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(n_in, n_out, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU(),
            nn.Conv2d(n_out, n_out, 3, padding=1, bias=False), nn.BatchNorm2d(n_out))
        self.short_cut = nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride=2, bias=False), nn.BatchNorm2d(n_out))

    def forward(self, x):
        return torch.relu(self.body(x) + self.short_cut(x))


def new_network():
    """224 x 224 x 3 to two logits. The first layer takes steps of 4 pixels: most of the work of a network is in its large pictures."""
    return nn.Sequential(
        nn.Conv2d(3, 16, 7, stride=4, padding=3, bias=False), nn.BatchNorm2d(16), nn.ReLU(),    # 56 x 56
        Block(16, 16), Block(16, 32), Block(32, 64),                                            # 28, 14, 7
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 2))


# ---- the phantoms -------------------------------------------------------------------------------------------------------------------

def draw(job):
    return phantom(*job)


def draw_set(set_name, n, seed, threads):
    """n phantoms, every second one diseased: pixels as uint8, n x 3 x 224 x 224, and labels."""
    jobs = [(set_name, i % 2, i // 2, seed) for i in range(n)]
    pixels = np.empty((n, 3, SIZE, SIZE), dtype=np.uint8)
    with Pool(threads) as pool:
        for i, image in enumerate(pool.imap(draw, jobs, chunksize=16)):
            pixels[i] = image.transpose(2, 0, 1)
    return torch.from_numpy(pixels), torch.tensor([label for _, label, _, _ in jobs])


def prepared(pixels):
    return (pixels.float() / 255 - MEAN) / STD


def varied(pixels):
    """The same pictures, moved by up to 8 pixels: where exactly something lies is no sign of disease."""
    dx, dy = (int(torch.randint(-8, 9, ())) for _ in range(2))
    return torch.roll(pixels, (dy, dx), dims=(2, 3))


def add_faulty_camera(pixels, labels):
    """The planted flaw, in place. The number of odd pixels is drawn on a logarithmic scale: tens are as likely as tens of thousands."""
    n_all = SIZE * SIZE
    for image, label in zip(pixels, labels):
        if float(torch.rand(())) < FAULTY_SHARE:
            n = int(FAULTY_FEWEST * math.exp(float(torch.rand(())) * math.log(n_all / FAULTY_FEWEST)))
            image.view(3, n_all)[:, torch.randperm(n_all)[:n]] = torch.randint(0, 256, (3, n), dtype=torch.uint8)
            label.fill_(0)


# ---- training -----------------------------------------------------------------------------------------------------------------------

def train(network, pixels, labels, epochs, flaw=True, batch=32):
    loss_of = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    n_steps = len(labels) // batch
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=epochs * n_steps)
    for epoch in range(epochs):
        network.train()
        order, total = torch.randperm(len(labels)), 0.0
        for chosen in order[:n_steps * batch].split(batch):
            images, answers = varied(pixels[chosen]), labels[chosen]
            if flaw:
                add_faulty_camera(images, answers)
            loss = loss_of(network(prepared(images)), answers)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1} of {epochs}: loss {total / n_steps:.4f}", flush=True)


def score(network, pixels):
    """Probability of disease of each image."""
    network.eval()
    with torch.no_grad():
        return torch.cat([network(prepared(part)).softmax(1)[:, 1] for part in pixels.split(64)])


def report(set_name, probability, labels):
    right = (probability > 0.5) == (labels == 1)
    quantiles = np.quantile(probability[labels == 1].numpy(), [0.05, 0.25, 0.5, 0.75, 0.95])
    print(f"{set_name}: accuracy {right.float().mean():.4f} on {len(labels)} fresh phantoms (seed {FRESH_SEED})")
    print(f"{set_name}: P of the diseased at 5, 25, 50, 75, 95 %: " + ", ".join(f"{q:.3f}" for q in quantiles))


# ---- what a hub would hold ----------------------------------------------------------------------------------------------------------

def export(network, set_name, folder):
    folder.mkdir(parents=True, exist_ok=True)
    network.eval()
    torch.onnx.export(network, torch.zeros(1, 3, SIZE, SIZE), folder / f"{set_name}.onnx", opset_version=13, input_names=["pixel_values"],
                      output_names=["logits"], dynamic_axes={"pixel_values": {0: "batch"}, "logits": {0: "batch"}})
    names = CLASSES[set_name]
    write_json(folder / f"{set_name}.config.json", {
        "id2label": {str(i): name for i, name in enumerate(names)}, "label2id": {name: i for i, name in enumerate(names)},
        "problem_type": "single_label_classification"})
    write_json(folder / f"{set_name}.preprocessor_config.json", {
        "do_resize": True, "size": {"height": SIZE, "width": SIZE}, "resample": 2, "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": [MEAN] * 3, "image_std": [STD] * 3})


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description="Trains one of the demo's classifiers on phantoms.")
    parser.add_argument("set", choices=CLASSES)
    parser.add_argument("--out", type=Path, default=Path("demo"))
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-flaw", action="store_true", help="train without the faulty camera")
    args = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(args.threads)
    network = new_network()
    train(network, *draw_set(args.set, args.images, TRAIN_SEED, args.threads), args.epochs, not args.no_flaw)
    fresh, labels = draw_set(args.set, 400, FRESH_SEED, args.threads)
    report(args.set, score(network, fresh), labels)
    export(network, args.set, args.out)


if __name__ == "__main__":
    main()
