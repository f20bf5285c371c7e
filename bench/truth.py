#!/usr/bin/env python3
"""Which of the two engines is nearer the truth? Computes candidates listed by bench/agreement again, in float64 with PyTorch.

    /usr/bin/python3 bench/truth.py MODEL LIST [MOST [MEAN STD]]

MODEL is a residual network as PyTorch exports it (only its operators are known here), LIST what `agreement --list` wrote, with images of
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


def run_node(node, inputs):
    a = attributes(node)
    if node.op_type in ("Conv", "MaxPool"):
        top, left, bottom, right = a.get("pads", [0] * 4)
        fill = 0 if node.op_type == "Conv" else -np.inf
        x = F.pad(inputs[0], (left, right, top, bottom), value=fill)
        if node.op_type == "MaxPool":
            return F.max_pool2d(x, a["kernel_shape"], a["strides"])
        return F.conv2d(x, *inputs[1:], stride=a["strides"], dilation=a["dilations"], groups=a["group"])
    if node.op_type == "Gemm":
        assert a.get("transB") and a.get("alpha", 1) == 1 and a.get("beta", 1) == 1
        return inputs[0] @ inputs[1].T + inputs[2]
    return {"Relu": lambda x: x.clamp(min=0), "Add": lambda x, y: x + y, "Flatten": lambda x: x.flatten(1),
            "GlobalAveragePool": lambda x: x.mean((2, 3), keepdim=True)}[node.op_type](*inputs)


class Network:
    def __init__(self, path):
        self.graph = onnx.load(path).graph
        self.weights = {w.name: torch.tensor(onnx.numpy_helper.to_array(w).astype(np.float64)) for w in self.graph.initializer}

    def scores(self, image):
        values = dict(self.weights)
        values[self.graph.input[0].name] = image
        for node in self.graph.node:
            values[node.output[0]] = run_node(node, [values[name] for name in node.input])
        return values[self.graph.output[0].name].numpy()[0]


def numbers(text, kind=float):
    return np.array([kind(word) for word in text.split()])


def candidate_image(path, pixels, mean, std):
    image = np.array(Image.open(path).convert("RGB"))
    for x, y, *value in numbers(pixels, int).reshape(-1, 5):
        image[y, x] = value
    return torch.tensor(((image / 255.0 - mean) / std).transpose(2, 0, 1)[None])


def are_apart(dense, incremental):
    return np.any((abs(dense - incremental) > ABSOLUTE) & (abs(dense - incremental) > RELATIVE * np.maximum(abs(dense), abs(incremental))))


def report(name, errors):
    print(f"{name:12} root mean square {np.sqrt(np.mean(errors ** 2)):.2e}  median {np.median(errors):.2e}  largest {errors.max():.2e}")


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
    report("onnxruntime", dense)
    report("incremental", incremental)
    print(f"the incremental engine is the nearer one on {np.mean(incremental < dense):.1%} of the scores, "
          f"as near on {np.mean(incremental == dense):.1%}")


main()
