#!/usr/bin/env python3
"""Writes random small classifiers as ONNX files, for test_operators.c: make_graphs.py FOLDER SEED COUNT

Graph i is about operator i of the list OPERATORS (in turn), with random attributes, with other operators before and after it, and with
one of several ways to end in a row of scores. Seed and number decide everything: graph i is the same whatever COUNT is.
Values are kept near 1, so that single precision is no excuse for a difference.
"""
import os
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

OPERATORS = []


def operator(function):
    """A function of a graph and a map that adds nodes and returns a map."""
    OPERATORS.append(function)
    return function


class Map:
    """N x C x H x W"""

    def __init__(self, name, c, h, w):
        self.name, self.c, self.h, self.w = name, c, h, w

    def like(self, name):
        return Map(name, self.c, self.h, self.w)


class Graph:
    def __init__(self, seed, number):
        self.rng = np.random.RandomState([seed, number])
        self.opset = int(self.rng.choice([9, 11, 13, 17, 19]))
        self.nodes, self.weights, self.n_names = [], [], 0

    # ---- Choices

    def whole(self, low, high):
        """Both included."""
        return int(self.rng.randint(low, high + 1))

    def chance(self, p):
        return self.rng.rand() < p

    def pick(self, *choices):
        return choices[self.whole(0, len(choices) - 1)]

    # ---- Nodes

    def new_name(self):
        self.n_names += 1
        return "t%d" % self.n_names

    def node(self, op_type, inputs, n_outputs=1, **attributes):
        attributes = {k: v for k, v in attributes.items() if v is not None}
        outputs = [self.new_name() for _ in range(n_outputs)]
        self.nodes.append(helper.make_node(op_type, inputs, outputs, name=op_type + outputs[0], **attributes))
        return outputs[0] if n_outputs == 1 else outputs

    def constant(self, array):
        """An initialiser, or at times the output of a Constant node."""
        array = np.asarray(array)
        name = self.new_name()
        if self.chance(0.2):
            self.nodes.append(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array)))
        else:
            self.weights.append(numpy_helper.from_array(array, name))
        return name

    def floats(self, *shape, scale=1.0):
        return self.constant((self.rng.randn(*shape) * scale).astype(np.float32))

    def between(self, low, high, *shape):
        return self.constant(self.rng.uniform(low, high, shape).astype(np.float32))

    def ints(self, values):
        return self.constant(np.array(values, dtype=np.int64))

    def filled(self, value, shape):
        """A constant that a node makes out of its shape."""
        return self.node("ConstantOfShape", [self.ints(shape)], value=helper.make_tensor("v", TensorProto.FLOAT, [1], [value]))

    def list_node(self, op_type, inputs, name, values, **attributes):
        """A list of whole numbers that newer operator sets take as an input: Squeeze, Unsqueeze, Split (13), ReduceMean (18)."""
        since = {"ReduceMean": 18, "Pad": 11, "Slice": 10}.get(op_type, 13)
        if self.opset >= since:
            return self.node(op_type, inputs + [self.ints(values)], **attributes)
        return self.node(op_type, inputs, **{name: values}, **attributes)


# ---- Convolutions and matrices


def window(g, t, kernel, dilation):
    """Attributes of a window that fits the map, and the size that comes out."""
    stride = [g.pick(1, 1, 2, 3), g.pick(1, 1, 2)]
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
    mode = g.pick("pads", "pads", "pads", "none", "SAME_UPPER", "SAME_LOWER", "VALID")
    pads = [0, 0, 0, 0]
    if mode == "pads":
        pads = [g.whole(0, kernel[0] - 1), g.whole(0, kernel[1] - 1), g.whole(0, kernel[0] - 1), g.whole(0, kernel[1] - 1)]
    room = [t.h + pads[0] + pads[2] - reach[0], t.w + pads[1] + pads[3] - reach[1]]
    if min(room) < 0 and not mode.startswith("SAME"):
        mode = "SAME_UPPER"
    attributes = dict(strides=stride, dilations=dilation)
    if mode.startswith("SAME"):
        if dilation != [1, 1]:  # runtimes differ here
            attributes["dilations"] = [1, 1]
        attributes["auto_pad"] = mode
        stride[:] = [min(s, k) for s, k in zip(stride, kernel)]  # ONNX Runtime refuses to pool where that would cut off
        return attributes, [-(-t.h // stride[0]), -(-t.w // stride[1])]
    if mode == "VALID":
        attributes["auto_pad"] = mode
    if mode == "pads":
        attributes["pads"] = pads
    return attributes, [room[0] // stride[0] + 1, room[1] // stride[1] + 1]


def convolve(g, t, out, groups, kernel, dilation):
    attributes, size = window(g, t, kernel, dilation)
    taps = kernel[0] * kernel[1] * (t.c // groups)
    inputs = [t.name, g.floats(out, t.c // groups, *kernel, scale=1.2 / np.sqrt(taps))]
    if g.chance(0.7):
        inputs.append(g.floats(out, scale=0.3))
    return Map(g.node("Conv", inputs, group=groups, kernel_shape=g.pick(kernel, None), **attributes), out, *size)


def small_kernel(g, t):
    return [min(g.pick(1, 2, 3, 3, 5), t.h), min(g.pick(1, 2, 3, 3, 4), t.w)]


@operator
def conv(g, t):
    return convolve(g, t, g.pick(1, 3, 7, 8, 9, 15, 16, 17, 20), 1, small_kernel(g, t), [1, 1])


@operator
def dilated(g, t):
    return convolve(g, t, g.whole(1, 12), 1, small_kernel(g, t), [g.whole(1, 3), g.whole(1, 3)])


@operator
def depthwise(g, t):
    return convolve(g, t, t.c * g.pick(1, 1, 2), t.c, small_kernel(g, t), [g.pick(1, 1, 2), 1])


@operator
def grouped(g, t):
    groups = g.pick(2, 3, 4)
    t = pointwise(g, t, groups * g.pick(1, 2, 5))
    return convolve(g, t, groups * g.whole(1, 9), groups, small_kernel(g, t), [1, 1])


def pointwise(g, t, out):
    return t.like(g.node("Conv", [t.name, g.floats(out, t.c, 1, 1, scale=1.2 / np.sqrt(t.c)), g.floats(out, scale=0.2)])) if out == t.c \
        else Map(g.node("Conv", [t.name, g.floats(out, t.c, 1, 1, scale=1.2 / np.sqrt(t.c))]), out, t.h, t.w)


@operator
def wide_padding(g, t):
    """More padding than kernel: outputs that see nothing of the map."""
    kernel = [g.whole(1, 3), g.whole(1, 3)]
    kernel = [min(kernel[0], t.h), min(kernel[1], t.w)]
    pads = [g.whole(0, 4) for _ in range(4)]
    inputs = [t.name, g.floats(5, t.c, *kernel, scale=1 / np.sqrt(t.c)), g.floats(5, scale=0.5)]
    name = g.node("Conv", inputs, pads=pads, strides=[1, 2])
    return Map(name, 5, t.h + pads[0] + pads[2] - kernel[0] + 1, (t.w + pads[1] + pads[3] - kernel[1]) // 2 + 1)


@operator
def batch_normalization(g, t):
    if g.chance(0.5):
        t = conv(g, t)
    parameters = [g.between(0.5, 1.5, t.c), g.floats(t.c, scale=0.3), g.floats(t.c, scale=0.3), g.between(0.5, 2, t.c)]
    return t.like(g.node("BatchNormalization", [t.name] + parameters, epsilon=g.pick(1e-5, 1e-3, None)))


# ---- Pooling


def pool(g, t, op_type, **attributes):
    kernel = [min(g.pick(1, 2, 3, 3), t.h), min(g.pick(1, 2, 3, 4), t.w)]
    dilation = [1, 1]
    since = 10 if op_type == "MaxPool" else 19
    if g.opset >= since and g.chance(0.2) and t.h > 6 and t.w > 6:
        dilation = [2, g.pick(1, 2)]
    shape, size = window(g, t, kernel, dilation)
    if dilation != [1, 1]:
        shape.pop("pads", None)
        size = [(t.h - (kernel[0] - 1) * shape["dilations"][0] - 1) // shape["strides"][0] + 1,
                (t.w - (kernel[1] - 1) * shape["dilations"][1] - 1) // shape["strides"][1] + 1] if "SAME" not in str(shape) else size
    if g.opset < since:
        del shape["dilations"]
    if "auto_pad" not in shape and g.opset >= 10 and not attributes and g.chance(0.3):
        shape["ceil_mode"] = 1
        pads = shape.get("pads", [0, 0, 0, 0])
        for axis, length in enumerate([t.h, t.w]):
            reach = (kernel[axis] - 1) * dilation[axis] + 1
            stride = shape["strides"][axis]
            out = -(-(length + pads[axis] + pads[axis + 2] - reach) // stride) + 1
            size[axis] = out - 1 if (out - 1) * stride >= length + pads[axis] else out
    return Map(g.node(op_type, [t.name], kernel_shape=kernel, **shape, **attributes), t.c, *size)


@operator
def max_pool(g, t):
    return pool(g, t, "MaxPool")


@operator
def average_pool(g, t):
    return pool(g, t, "AveragePool", **g.pick({}, {}, dict(count_include_pad=1)))


# ---- Activations


@operator
def relu(g, t):
    return t.like(g.node("Relu", [t.name]))


@operator
def clip(g, t):
    low, high = g.pick((0, 6), (-0.5, 0.7), (0, None), (None, 0.4))
    if g.opset < 11:
        return t.like(g.node("Clip", [t.name], min=None if low is None else float(low), max=None if high is None else float(high)))
    bounds = ["" if b is None else g.constant(np.float32(b)) for b in (low, high)]
    return t.like(g.node("Clip", [t.name] + (bounds if bounds[1] else bounds[:1])))


@operator
def twice_clamped(g, t):
    return relu(g, clip(g, conv(g, t)))


@operator
def function(g, t):
    choices = [("Sigmoid", {}), ("Tanh", {}), ("HardSigmoid", dict(alpha=g.pick(None, 1 / 6.0))), ("LeakyRelu", dict(alpha=g.pick(None, 0.2)))]
    if g.opset >= 14:
        choices.append(("HardSwish", {}))
    op_type, attributes = g.pick(*choices)
    return t.like(g.node(op_type, [t.name], **attributes))


@operator
def hard_swish(g, t):
    """As one operator, or as exporters write it for older operator sets."""
    if g.opset >= 14 and g.chance(0.7):
        return t.like(g.node("HardSwish", [t.name]))
    shifted = g.node("Add", [t.name, g.constant(np.float32(3))])
    cut = clip_name(g, shifted, 0, 6)
    return t.like(g.node("Div", [g.node("Mul", [t.name, cut]), g.constant(np.float32(6))]))


def clip_name(g, name, low, high):
    if g.opset < 11:
        return g.node("Clip", [name], min=float(low), max=float(high))
    return g.node("Clip", [name, g.constant(np.float32(low)), g.constant(np.float32(high))])


@operator
def prelu(g, t):
    shape = g.pick((t.c, 1, 1), (1,))
    return t.like(g.node("PRelu", [t.name, g.between(0, 0.5, *shape)]))


@operator
def swish(g, t):
    return t.like(g.node("Mul", [t.name, g.node("Sigmoid", [t.name])]))


@operator
def lrn(g, t):
    return t.like(g.node("LRN", [t.name], size=g.pick(1, 3, 5), alpha=g.pick(None, 0.5), beta=g.pick(None, 0.5), bias=g.pick(None, 2.0)))


@operator
def elementwise_softmax(g, t):
    """Over the channels of a vector, as an attention of channels."""
    v = g.node("GlobalAveragePool", [t.name])
    if g.opset >= 13 or g.chance(0.5):
        v = g.node("Softmax", [v], axis=1)
    else:
        v = g.node("Softmax", [v])
    return t.like(g.node("Mul", [t.name, g.node("Mul", [v, g.constant(np.float32(t.c))])]))


# ---- Arithmetic


def other_map(g, t):
    """Another map of the same size: from the same, so that both are there."""
    return pointwise(g, t, t.c).name


@operator
def add(g, t):
    kind = g.pick("map", "map", "channels", "number", "vector", "sum")
    if kind == "sum":
        return t.like(g.node("Sum", [t.name, other_map(g, t)]))
    return arithmetic(g, t, "Add", kind)


def arithmetic(g, t, op_type, kind):
    if kind == "map":
        other = other_map(g, t)
    elif kind == "channels":
        other = g.between(0.5, 1.5, *g.pick((t.c, 1, 1), (1, t.c, 1, 1)))
    elif kind == "number":
        other = g.between(0.5, 1.5, *g.pick((), (1,), (1, 1, 1, 1)))
    else:
        other = g.node(g.pick("GlobalAveragePool", "GlobalMaxPool"), [t.name])
    inputs = [t.name, other]
    if op_type == "Div" and kind in ("map", "vector"):
        inputs[1] = g.node("Add", [g.node("Sigmoid", [other]), g.constant(np.float32(0.5))])
    elif g.chance(0.4) and op_type != "Div":
        inputs.reverse()
    return t.like(g.node(op_type, inputs))


@operator
def subtract(g, t):
    return arithmetic(g, t, "Sub", g.pick("map", "channels", "number", "vector"))


@operator
def multiply(g, t):
    return arithmetic(g, t, "Mul", g.pick("map", "channels", "number", "vector"))


@operator
def divide(g, t):
    return arithmetic(g, t, "Div", g.pick("map", "channels", "number", "vector"))


@operator
def residual(g, t):
    """As in residual networks: the sum goes into a convolution, then is cut off at 0."""
    left = pointwise(g, relu(g, pointwise(g, t, t.c + 3)), t.c)
    names = [left.name, t.name]
    if g.chance(0.5):
        names.reverse()
    return relu(g, t.like(g.node("Add", names))) if g.chance(0.7) else t.like(g.node("Add", names))


@operator
def squeeze_and_excite(g, t):
    v = g.node(g.pick("GlobalAveragePool", "GlobalMaxPool"), [t.name]) if g.chance(0.6) \
        else g.list_node("ReduceMean", [t.name], "axes", g.pick([2, 3], [3, 2], [-2, -1]), keepdims=1)
    v = Map(v, t.c, 1, 1)
    v = pointwise(g, relu(g, pointwise(g, v, max(1, t.c // 2))), t.c)
    gate = g.node(g.pick("Sigmoid", "HardSigmoid"), [v.name])
    return t.like(g.node("Mul", g.pick([t.name, gate], [gate, t.name])))


# ---- Channels


@operator
def concat(g, t):
    parts = [t] + [pointwise(g, t, g.whole(1, 9)) for _ in range(g.whole(0, 3))]
    return Map(g.node("Concat", [p.name for p in parts], axis=g.pick(1, -3)), sum(p.c for p in parts), t.h, t.w)


@operator
def slice_channels(g, t):
    t = pointwise(g, t, g.whole(2, 12))
    start = g.whole(0, t.c - 1)
    end = g.whole(start + 1, t.c)
    given = (start if g.chance(0.7) else start - t.c, end if end < t.c else g.pick(end, 2 ** 31 - 1))
    if g.opset < 10:
        name = g.node("Slice", [t.name], axes=[1], starts=[given[0]], ends=[given[1]])
    else:
        inputs = [t.name, g.ints([given[0]]), g.ints([given[1]]), g.ints([g.pick(1, -3)])]
        name = g.node("Slice", inputs + ([g.ints([1])] if g.chance(0.5) else []))
    return Map(name, end - start, t.h, t.w)


@operator
def split_channels(g, t):
    sizes = [g.whole(1, 5) for _ in range(g.whole(2, 4))]
    if g.chance(0.4):
        sizes = [3] * len(sizes)
    t = pointwise(g, t, sum(sizes))
    inputs, attributes = [t.name], dict(axis=1)
    if sizes == [3] * len(sizes) and g.chance(0.7):
        if g.opset >= 18:
            attributes["num_outputs"] = len(sizes)
    elif g.opset >= 13:
        inputs.append(g.ints(sizes))
    else:
        attributes["split"] = sizes
    parts = [Map(n, c, t.h, t.w) for n, c in zip(g.node("Split", inputs, len(sizes), **attributes), sizes)]
    g.rng.shuffle(parts)
    kept = parts[:g.whole(1, len(parts))]
    return Map(g.node("Concat", [p.name for p in kept], axis=1), sum(p.c for p in kept), t.h, t.w)


@operator
def gather_channels(g, t):
    """One channel at a time, as GoogLeNet and Inception take their input apart."""
    if g.chance(0.5):
        picked = [g.whole(0, t.c - 1) for _ in range(g.whole(1, 5))]
        return Map(g.node("Gather", [t.name, g.ints(picked)], axis=1), len(picked), t.h, t.w)
    parts = []
    for c in range(min(t.c, 3)):
        one = g.node("Gather", [t.name, g.constant(np.int64(c))], axis=1)
        one = g.list_node("Unsqueeze", [one], "axes", [1])
        parts.append(g.node("Add", [g.node("Mul", [one, g.between(0.5, 1.5)]), g.between(-1, 1)]))
    return Map(g.node("Concat", parts, axis=1), len(parts), t.h, t.w)


@operator
def shuffle(g, t):
    """Channel shuffle, its shape written out or worked out of the map's."""
    a, b = g.whole(1, 4), g.whole(1, 4)
    t = pointwise(g, t, a * b)
    if g.chance(0.5):
        shape = g.ints([g.pick(0, -1), a, b, t.h, t.w])
    else:
        sizes = g.node("Shape", [t.name])
        dims = [g.node("Gather", [sizes, g.constant(np.int64(i))], axis=0) for i in range(4)]
        per_group = g.node("Div", [dims[1], g.constant(np.int64(a))])
        parts = [dims[0], g.constant(np.int64(a)), per_group, dims[2], dims[3]]
        shape = g.node("Concat", [g.list_node("Unsqueeze", [p], "axes", [0]) for p in parts], axis=0)
    split = g.node("Reshape", [t.name, shape])
    swapped = g.node("Transpose", [split], perm=[0, 2, 1, 3, 4])
    return t.like(g.node("Reshape", [swapped, g.ints([0, g.pick(a * b, -1), t.h, t.w])]))


# ---- Shapes


@operator
def pad(g, t):
    pads = [0, 0, g.whole(0, 4), g.whole(0, 3), 0, 0, g.whole(0, 3), g.whole(0, 4)]
    name = g.list_node("Pad", [t.name], "pads", pads)
    t = Map(name, t.c, t.h + pads[2] + pads[6], t.w + pads[3] + pads[7])
    return g.pick(lambda t: function(g, t), lambda t: convolve(g, t, 6, 1, [2, 2], [1, 1]), lambda t: batch_normalization(g, t))(t)


@operator
def seen_twice(g, t):
    """What is only renamed must not be changed for those who know it by the other name."""
    t = conv(g, t)
    renamed = g.pick(lambda: g.node("Identity", [t.name]), lambda: g.node("Cast", [t.name], to=TensorProto.FLOAT),
                     lambda: g.node("Dropout", [t.name]), lambda: g.node("Transpose", [g.node("Transpose", [t.name], perm=[0, 2, 3, 1])],
                                                                         perm=[0, 3, 1, 2]))()
    changed = g.pick(lambda: relu(g, t.like(renamed)), lambda: batch_normalization(g, t.like(renamed)),
                     lambda: arithmetic(g, t.like(renamed), "Mul", "channels"))()
    if (changed.c, changed.h, changed.w) != (t.c, t.h, t.w):
        return changed
    return t.like(g.node("Add", [changed.name, t.name]))


@operator
def by_position(g, t):
    """A part of the graph in N x H x W x C."""
    name = g.node("Transpose", [t.name], perm=[0, 2, 3, 1])
    for _ in range(g.whole(1, 3)):
        kind = g.pick("scale", "relu", "pad", "concat", "slice")
        if kind == "scale":
            name = g.node(g.pick("Add", "Mul", "Sub", "Div"), [name, g.between(0.5, 1.5, *g.pick((t.c,), (1, 1, 1, t.c), (1, 1, t.c)))])
        elif kind == "relu":
            name = g.node(g.pick("Relu", "Tanh"), [name])
        elif kind == "pad":
            pads = [0, g.whole(0, 2), g.whole(0, 2), 0, 0, g.whole(0, 2), g.whole(0, 2), 0]
            name = g.node("Tanh", [g.list_node("Pad", [name], "pads", pads)])  # a Pad before a pooling is more than ONNX Runtime can fuse
            t = Map(name, t.c, t.h + pads[1] + pads[5], t.w + pads[2] + pads[6])
        elif kind == "concat":
            name = g.node("Concat", [name, g.node("Sigmoid", [name])], axis=g.pick(3, -1))
            t = Map(name, 2 * t.c, t.h, t.w)
        elif t.c > 1 and g.opset >= 10:
            name = g.node("Slice", [name, g.ints([0]), g.ints([-1]), g.ints([3])])
            t = Map(name, t.c - 1, t.h, t.w)
    if g.chance(0.2):
        v = g.list_node("ReduceMean", [name], "axes", [1, 2], keepdims=1)
        name = g.node("Mul", [name, g.node("Sigmoid", [v])])
    return t.like(g.node("Transpose", [name], perm=[0, 3, 1, 2]))


# ---- Ends


def product(g, name, n_in, n_out):
    """Gemm, or MatMul and Add."""
    scale = 1 / np.sqrt(n_in)
    if g.chance(0.6):
        transposed = g.chance(0.5)
        shape = (n_out, n_in) if transposed else (n_in, n_out)
        inputs = [name, g.floats(*shape, scale=scale)]
        if g.opset < 11 or g.chance(0.7):
            inputs.append(g.filled(0.25, [n_out]) if g.chance(0.2) else g.floats(*g.pick((n_out,), (1, n_out)), scale=0.5))
        return g.node("Gemm", inputs, transB=int(transposed), alpha=g.pick(None, 0.7), beta=g.pick(None, 1.5))
    matrix = g.floats(n_in, n_out, scale=scale)
    if g.chance(0.3):
        matrix = g.node("Transpose", [g.floats(n_out, n_in, scale=scale)], perm=[1, 0])
    name = g.node("MatMul", [name, matrix])
    return g.node("Add", [name, g.floats(n_out, scale=0.5)]) if g.chance(0.7) else name


def flatten(g, t):
    """A map as a row, in one of the ways that exporters have."""
    n = t.c * t.h * t.w
    kind = g.pick("Flatten", "Reshape", "shape", "positions")
    if kind == "Flatten":
        return g.node("Flatten", [t.name], axis=g.pick(None, 1)), n
    if kind == "Reshape":
        return g.node("Reshape", [t.name, g.ints(g.pick([-1, n], [0, -1], [0, n]))]), n
    if kind == "shape":
        sizes = g.node("Shape", [t.name])
        if g.opset >= 10 and g.chance(0.5):
            first = g.node("Slice", [sizes, g.ints([0]), g.ints([1]), g.ints([0])])
            first = g.node("Cast", [first], to=TensorProto.INT64)
        else:
            first = g.list_node("Unsqueeze", [g.node("Gather", [sizes, g.constant(np.int64(0))], axis=0)], "axes", [0])
        return g.node("Reshape", [t.name, g.node("Concat", [first, g.ints([-1])], axis=0)]), n
    return g.node("Reshape", [g.node("Transpose", [t.name], perm=[0, 2, 3, 1]), g.ints([-1, n])]), n


def pooled(g, t):
    """A map's means or maxima as a row."""
    kind = g.pick("mean", "squeeze", "pool")
    if kind == "mean":
        return g.list_node("ReduceMean", [t.name], "axes", [2, 3], keepdims=0)
    v = g.node(g.pick("GlobalAveragePool", "GlobalMaxPool"), [t.name])
    if kind == "squeeze":
        return g.list_node("Squeeze", [v], "axes", [2, 3])
    return flatten(g, Map(v, t.c, 1, 1))[0]


def finish(g, t):
    n_classes = g.whole(1, 9)
    if t.c * t.h * t.w < 6000 and g.chance(0.7):
        row, n = flatten(g, t)
    else:
        row, n = pooled(g, t), t.c
    if g.chance(0.4):
        hidden = g.whole(2, 24)
        row = product(g, row, n, hidden)
        row, n = g.node(g.pick("Relu", "Tanh", "Sigmoid"), [row]), hidden
        if g.chance(0.3):
            row = g.node("Dropout", [row])
        if g.chance(0.2):
            row = g.list_node("Squeeze", [g.list_node("Unsqueeze", [row], "axes", [2, 3])], "axes", [2, 3])
    row = product(g, row, n, n_classes)
    end = g.pick(None, None, "Softmax", "Sigmoid")
    if end == "Softmax":
        row = g.node("Softmax", [row], axis=g.pick(1, -1) if g.opset >= 11 else 1)
    elif end:
        row = g.node(end, [row])
    return row, n_classes


def begin(g):
    c, h, w = g.pick(1, 3, 3), g.whole(5, 19), g.whole(5, 19)
    by_position_in = g.chance(0.25)
    n = g.pick("N", "N", "N", 1)
    shape = [n, h, w, c] if by_position_in else [n, c, h, w]
    value = helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)
    name = "image"
    if by_position_in:
        if g.chance(0.5):
            name = g.node("Sub", [name, g.floats(c, scale=0.5)])
        name = g.node("Transpose", [name], perm=[0, 3, 1, 2])
    return value, n, Map(name, c, h, w)


def make(seed, number):
    g = Graph(seed, number)
    value, n, t = begin(g)
    if g.chance(0.6):
        t = conv(g, t)
    t = OPERATORS[number % len(OPERATORS)](g, t)
    for _ in range(g.whole(0, 4)):
        if t.h < 1 or t.w < 1 or t.c * t.h * t.w > 30000:
            break
        t = OPERATORS[g.whole(0, len(OPERATORS) - 1)](g, t)
    row, n_classes = finish(g, t)
    g.nodes.append(helper.make_node("Identity", [row], ["scores"]))
    output = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [n, n_classes])
    graph = helper.make_graph(g.nodes, "graph %d of seed %d" % (number, seed), [value], [output], g.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", g.opset)])
    model.ir_version = 8
    return model


def main():
    folder, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.makedirs(folder, exist_ok=True)
    for number in range(count):
        with open(os.path.join(folder, "%d-%04d.onnx" % (seed, number)), "wb") as file:
            file.write(make(seed, number).SerializeToString())


main()
