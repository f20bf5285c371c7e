#!/usr/bin/env python3
"""Which of the two engines is nearer the truth? Computes candidates listed by bench/agreement again, in float64 with PyTorch.

    /usr/bin/python3 bench/truth.py MODEL LIST [MOST [MEAN STD]]

MODEL is a network of the operators listed below, scored before its softmax, LIST what `agreement --list` wrote, with images of
the model's size, so that their pixels are the input. Takes MOST (default 100) candidates spread over the list, and all on which the engines
are further apart than 1e-4 relative and 1e-5 absolute. MEAN and STD: of the channels, default ImageNet's. Needs PyTorch, ONNX and
Pillow (Debian: python3-torch, python3-onnx, python3-pil).
"""
import csv
import sys

import numpy as np
import onnx
import onnx.numpy_helper
import torch
import torch.nn.functional as F
from PIL import Image

ABSOLUTE, RELATIVE = 1e-5, 1e-4


def attributes(node):
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def run_window(node, x, weights):
    a = attributes(node)
    if "pads" in a:
        top, left, bottom, right = a["pads"]
        x = F.pad(x, (left, right, top, bottom), value=0 if node.op_type == "Conv" else -np.inf)
    if node.op_type == "MaxPool":
        return F.max_pool2d(x, a["kernel_shape"], a["strides"])
    return F.conv2d(x, *weights, stride=a["strides"], dilation=a.get("dilations", 1), groups=a.get("group", 1))


def run_pad(node, x, pads, value=None):
    n, c, top, left, *after = pads.int().tolist()
    assert (n, c) == tuple(after[:2]) == (0, 0) and attributes(node).get("mode", b"constant") == b"constant"
    return F.pad(x, (left, after[3], top, after[2]), value=0 if value is None else float(value))


def run_gemm(node, x, weights, bias=0):
    a = attributes(node)
    assert not a.get("transA") and a.get("alpha", 1) == a.get("beta", 1) == 1
    return x @ (weights.T if a.get("transB") else weights) + bias


def run_norm(node, x, scale, shift, mean, variance):
    scale, shift, mean, variance = (v[:, None, None] for v in (scale, shift, mean, variance))
    return (x - mean) / torch.sqrt(variance + attributes(node).get("epsilon", 1e-5)) * scale + shift


OPERATORS = {
    "Conv": lambda node, x, *weights: run_window(node, x, weights), "MaxPool": lambda node, x: run_window(node, x, ()),
    "Pad": run_pad, "Gemm": run_gemm, "BatchNormalization": run_norm,
    "Relu": lambda node, x: x.clamp(min=0), "Clip": lambda node, x, low, high: x.clamp(float(low), float(high)),
    "Add": lambda node, x, y: x + y, "Flatten": lambda node, x: x.flatten(1),
    "GlobalAveragePool": lambda node, x: x.mean((2, 3), keepdim=True),
}


class Network:
    def __init__(self, path):
        self.graph = onnx.load(path).graph
        self.weights = {w.name: torch.tensor(onnx.numpy_helper.to_array(w).astype(np.float64)) for w in self.graph.initializer}

    def scores(self, image):
        values = dict(self.weights)
        values[self.graph.input[0].name] = image
        for node in self.graph.node:
            if node.op_type == "Softmax":
                break
            last = values[node.output[0]] = OPERATORS[node.op_type](node, *(values[name] for name in node.input))
        return last.numpy()[0]


def numbers(text, kind=float):
    return np.array([kind(word) for word in text.split()])


def candidate_image(path, pixels, mean, std):
    image = np.array(Image.open(path).convert("RGB"))
    for x, y, *value in numbers(pixels, int).reshape(-1, 5):
        image[y, x] = value
    return torch.tensor(((image / 255.0 - mean) / std).transpose(2, 0, 1)[None])


def are_apart(dense, incremental):
    return np.any((abs(dense - incremental) > ABSOLUTE) & (abs(dense - incremental) > RELATIVE * np.maximum(abs(dense), abs(incremental))))


def report(name, errors, truth):
    beyond = np.sum((errors > ABSOLUTE) & (errors > RELATIVE * abs(truth)))
    print(f"{name:12} beyond the bounds {beyond} of {errors.size}  root mean square {np.sqrt(np.mean(errors ** 2)):.2e}  median {np.median(errors):.2e}  largest {errors.max():.2e}")


def main():
    model, listed, *rest = sys.argv[1:]
    most = int(rest[0]) if rest else 100
    mean, std = (np.array(list(map(float, text.split(",")))) for text in (rest[1:] or ["0.485,0.456,0.406", "0.229,0.224,0.225"]))
    with open(listed) as file:
        rows = [(image, numbers(dense), numbers(incremental), pixels) for image, dense, incremental, pixels in csv.reader(file)]
    chosen = [row for i, row in enumerate(rows) if i % max(1, len(rows) // most) == 0 or are_apart(row[1], row[2])]
    torch.set_num_threads(1)
    network = Network(model)
    truth = np.array([network.scores(candidate_image(image, pixels, mean, std)) for image, _, _, pixels in chosen])
    dense, incremental = (abs(np.array([row[i] for row in chosen]) - truth) for i in (1, 2))
    print(f"{len(chosen)} of {len(rows)} candidates, {sum(are_apart(r[1], r[2]) for r in chosen)} of them apart; errors against float64:")
    report("onnxruntime", dense, truth)
    report("incremental", incremental, truth)
    print(f"the incremental engine is the nearer one on {np.mean(incremental < dense):.1%} of the scores, "
          f"as near on {np.mean(incremental == dense):.1%}")


main()
