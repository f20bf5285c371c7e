#!/usr/bin/env python3
"""Writes fuzz/corpus/: small models that together have every operator that is covered, files that claim too much, and texts.

    python3 -m venv venv && venv/bin/pip install onnx && venv/bin/python fuzz/make_corpus.py

Files found by fuzzing (crash-*) are left as they are.
"""
import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper

CORPUS = pathlib.Path(__file__).parent / "corpus"
random = np.random.default_rng(7)


def weights(*shape):
    return random.normal(0, 0.5, shape).astype(np.float32)


class Model:
    """A graph that is written down node by node; names are x (image), then a, b, c, ..."""

    def __init__(self, shape=(1, 3, 8, 8), opset=13, external=False):
        self.nodes, self.initializers, self.n = [], [], 0
        self.shape, self.opset, self.external = shape, opset, external

    def tensor(self, values):
        name = f"w{len(self.initializers)}"
        tensor = numpy_helper.from_array(np.asarray(values), name)
        if self.external and tensor.data_type == TensorProto.FLOAT:
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value="201")  # the file that the target puts there
        self.initializers.append(tensor)
        return name

    def op(self, op_type, *inputs, outputs=1, **attributes):
        """Adds a node. Inputs that are arrays become initialisers. The name of what it makes, or a list of them."""
        names = [i if isinstance(i, str) else self.tensor(i) for i in inputs]
        made = [f"v{self.n + i}" for i in range(outputs)]
        self.n += outputs
        self.nodes.append(helper.make_node(op_type, names, made, **attributes))
        return made[0] if outputs == 1 else made

    def conv(self, x, n_in, n_out, kernel=3, bias=True, **attributes):
        group = attributes.get("group", 1)
        inputs = [x, weights(n_out, n_in // group, kernel, kernel)] + ([weights(n_out)] if bias else [])
        return self.op("Conv", *inputs, **attributes)

    def head(self, x, channels, softmax=False):
        x = self.op("Flatten", self.op("GlobalAveragePool", x))
        x = self.op("Gemm", x, weights(2, channels), weights(2), transB=1)
        return self.op("Softmax", x, axis=1) if softmax else x

    def save(self, name, output, opset=None):
        image = helper.make_tensor_value_info("x", TensorProto.FLOAT, self.shape)
        scores = helper.make_tensor_value_info(output, TensorProto.FLOAT, None)
        graph = helper.make_graph(self.nodes, "g", [image], [scores], self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=7, producer_name="")
        (CORPUS / "model" / f"{name}.onnx").write_bytes(model.SerializeToString())


def ints(*values):
    return np.array(values, np.int64)


def covered():
    m = Model()
    a = m.op("Relu", m.conv("x", 3, 5, pads=[1, 1, 1, 1]))
    m.save("conv-relu", m.head(a, 5, softmax=True))

    m = Model((1, 3, 9, 7))
    a = m.conv("x", 3, 6, strides=[2, 1], pads=[0, 1, 2, 1], bias=False)
    a = m.conv(a, 6, 4, kernel=2, group=2, dilations=[2, 1])
    a = m.op("BatchNormalization", a, weights(4), weights(4), weights(4), np.abs(weights(4)), epsilon=1e-3)
    m.save("conv-groups", m.head(a, 4))

    m = Model()
    a = m.op("Clip", m.conv("x", 3, 3, group=3, pads=[1, 1, 1, 1]), np.float32(0), np.float32(6))
    a = m.conv(a, 3, 8, kernel=1)
    a = m.op("HardSwish", m.conv(a, 8, 8, group=8, auto_pad="SAME_UPPER", strides=[2, 2]))
    m.save("depthwise", m.head(a, 8))

    m = Model()
    a = m.conv("x", 3, 4, pads=[1, 1, 1, 1])
    b = m.op("Relu", m.op("Add", m.conv(a, 4, 4, kernel=1), a))
    c = m.op("GlobalAveragePool", b)
    c = m.op("HardSigmoid", m.conv(m.op("Relu", m.conv(c, 4, 2, 1)), 2, 4, 1), alpha=0.16, beta=0.4)
    m.save("squeeze-excite", m.head(m.op("Mul", b, c), 4))

    m = Model()
    a = m.conv("x", 3, 4)
    a = m.op("MaxPool", a, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    b = m.op("AveragePool", a, kernel_shape=[2, 2], strides=[1, 1], pads=[0, 0, 1, 1], count_include_pad=1)
    c = m.op("MaxPool", b, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    a = m.op("AveragePool", c, kernel_shape=[2, 2], auto_pad="SAME_LOWER")
    m.save("pooling", m.op("Flatten", m.op("GlobalMaxPool", a)))

    for op_type, attributes in (("Sigmoid", {}), ("Tanh", {}), ("LeakyRelu", {"alpha": 0.1})):
        m = Model((1, 1, 4, 4))
        m.save(f"function-{op_type.lower()}", m.head(m.op(op_type, m.conv("x", 1, 2), **attributes), 2))
    m = Model((1, 1, 4, 4))
    a = m.conv("x", 1, 2)
    b = m.op("PRelu", m.op("PRelu", a, weights(2, 1, 1)), weights(1))
    m.save("function-prelu", m.head(m.op("Mul", b, m.op("Sigmoid", b)), 2))
    m = Model((1, 3, 4, 4))
    m.save("lrn", m.head(m.op("LRN", m.conv("x", 3, 6, 1), size=3, alpha=0.1, beta=0.5, bias=2.0), 6))

    m = Model()
    a = m.conv("x", 3, 4, pads=[1, 1, 1, 1])
    b = m.op("Concat", a, m.op("Relu", a), "x", axis=1)
    c, d = m.op("Split", b, ints(6, 5), outputs=2, axis=1)
    e = m.op("Slice", c, ints(1), ints(-1), ints(1))
    m.save("channels", m.head(m.op("Concat", d, e, axis=-3), 9))

    m = Model()
    a = m.conv("x", 3, 6, 1)
    a = m.op("Reshape", a, ints(0, 2, 3, 8, 8))
    a = m.op("Transpose", a, perm=[0, 2, 1, 3, 4])
    a = m.op("Reshape", a, ints(0, -1, 8, 8))
    m.save("shuffle", m.head(a, 6))

    m = Model((1, 6, 5, 3))
    a = m.op("Transpose", m.op("Div", m.op("Sub", "x", weights(3)), np.float32([0.2, 0.3, 0.4])), perm=[0, 3, 1, 2])
    a = m.op("Pad", a, ints(0, 0, 1, 0, 0, 0, 0, 2))
    a = m.op("Transpose", m.conv(a, 3, 4), perm=[0, 2, 3, 1])
    a = m.op("ReduceMean", m.op("Add", a, weights(4)), axes=[1, 2], keepdims=0)
    m.save("nhwc", m.op("MatMul", a, weights(4, 3)))

    m = Model((1, 2 + 1, 4, 4))
    a = m.op("Relu", m.conv("x", 3, 2))
    a = m.op("Reshape", a, ints(1, 8))
    a = m.op("Dropout", m.op("Add", m.op("MatMul", a, weights(8, 3)), weights(3)))
    m.save("dense", m.op("Softmax", m.op("Gemm", m.op("Relu", a), weights(3, 2), weights(2), alpha=0.5, beta=2.0)))

    m = Model()
    a = m.op("GlobalAveragePool", m.conv("x", 3, 4))
    shape = m.op("Shape", a)
    n = m.op("Gather", shape, np.array(0, np.int64), axis=0)
    c = m.op("Slice", shape, ints(1), ints(2), ints(0))
    size = m.op("Concat", m.op("Unsqueeze", n, ints(0)), m.op("Cast", c, to=7), axis=0)
    a = m.op("Reshape", a, m.op("Identity", size))
    w = m.op("Constant", value=numpy_helper.from_array(weights(4, 2), "c"))
    m.save("shapes", m.op("MatMul", m.op("Identity", a), m.op("Squeeze", m.op("Unsqueeze", w, ints(0)), ints(0))))

    m = Model()
    a = m.op("Squeeze", m.op("GlobalAveragePool", m.conv("x", 3, 4)), ints(2, 3))
    a = m.op("Squeeze", m.op("Unsqueeze", a, ints(2, 3)))
    m.save("squeeze", m.op("Cast", m.op("Mul", a, np.float32(2)), to=1))

    m = Model(opset=9)
    fill = helper.make_tensor("f", TensorProto.FLOAT, [1], [0.25])
    w = m.op("ConstantOfShape", m.op("Constant", value=numpy_helper.from_array(ints(4, 3, 3, 3), "c")), value=fill)
    a = m.op("Clip", m.op("Conv", "x", w), min=0.0, max=6.0)
    b = m.op("Sum", m.op("Identity", a), a)
    m.save("filled", m.head(b, 4, softmax=True))

    m = Model(opset=11)
    w = m.op("ConstantOfShape", ints(4, 3, 1, 1), value=fill)
    a = m.op("ReduceMean", m.op("Conv", "x", m.op("Reshape", w, ints(0, -1, 1, 1))), axes=[-2, -1])
    a = m.op("MatMul", m.op("Reshape", a, m.op("Constant", value_ints=[1, -1])), m.op("Reshape", weights(8), ints(4, 2)))
    m.save("constants", m.op("Add", a, m.op("Constant", value_float=0.5)))

    m = Model()  # counted, but not run
    a = m.op("ConvTranspose", "x", weights(3, 2, 3, 3), strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
    a = m.op("ConvTranspose", a, weights(2, 2, 2, 2), auto_pad="SAME_UPPER", dilations=[2, 2])
    m.save("transposed", m.head(m.op("QLinearConv", a, "s", "z", weights(2, 2, 1, 1), "s", "z", "s", "z"), 2))

    m = Model(external=True)
    m.save("external", m.head(m.conv("x", 3, 4), 4))

    m = Model()
    half = weights(4, 3, 1, 1).astype(np.float16)
    a = m.op("Conv", "x", half, weights(4).astype(np.float64))
    m.save("types", m.head(a, 4))

    m = Model(("N", 3, "h", "w"))
    a = m.conv("x", 3, 4, strides=[2, 2])
    a = m.op("Relu", m.op("Sub", m.conv(a, 4, 4, 1), m.op("Tanh", a)))
    m.save("open-size", m.head(m.op("Div", a, m.op("Add", a, np.float32(3))), 4))

    m = Model()
    inner = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "t", [],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    m.save("subgraph", m.head(m.op("If", np.array(True), then_branch=inner, else_branch=inner), 3))


def hostile():
    """Files that claim too much, and graphs that make no sense: each was a crash, a wrong answer, or a run without end."""
    huge = lambda *shape: helper.make_tensor("c", TensorProto.INT64, [len(shape)], list(shape))  # noqa: E731

    m = Model()
    w = m.op("ConstantOfShape", m.op("Constant", value=huge(1 << 15, 3, 100, 100)))
    m.save("hostile-large-constant", m.op("Flatten", m.op("GlobalMaxPool", m.op("Conv", "x", w, pads=[60] * 4))))

    m = Model((1, 1, 8, 8))
    w = m.op("ConstantOfShape", m.op("Constant", value=huge(200, 1, 64, 64)))
    a = m.op("Conv", "x", w, pads=[64] * 4, strides=[64, 64])
    for _ in range(12):
        a = m.op("Add", a, m.op("Conv", "x", w, pads=[64] * 4, strides=[64, 64]))
    m.save("hostile-shared-constant", m.op("Flatten", m.op("GlobalMaxPool", a)))

    m = Model()
    a = m.op("Pad", "x", ints(0, 0, 65535, 65535, 0, 0, 65535, 65535))
    m.save("hostile-pad", m.head(a, 3))

    m = Model()
    m.save("hostile-margin", m.head(m.conv("x", 3, 1, kernel=1, pads=[65535] * 4, strides=[65535] * 2), 1))

    m = Model()
    a = "x"
    for _ in range(26):
        a = m.op("Concat", a, a, axis=1)
    m.save("hostile-doubling", m.op("Flatten", m.op("GlobalMaxPool", a)))

    m = Model((1, 1, 8, 8))
    w = m.op("ConstantOfShape", m.op("Constant", value=huge(1, 1, 1, 65535)))
    m.save("hostile-same-pad", m.head(m.op("Conv", "x", w, auto_pad="SAME_UPPER", dilations=[1, 65535]), 1))

    for op_type, attributes in (("Transpose", {"perm": [0, 2, 3, 1]}), ("Flatten", {}), ("Dropout", {}), ("Relu", {})):
        m = Model()
        a = m.op(op_type, m.op("Identity", weights(1, 3, 8, 8)), **attributes)
        m.save(f"hostile-constant-{op_type.lower()}", m.head(m.op("Add", "x", a), 3))

    m = Model()
    a = m.conv("x", 3, 3, kernel=1)
    m.save("hostile-sum-of-alias", m.head(m.op("Add", a, m.op("Identity", a)), 3))

    m = Model()
    m.initializers.append(TensorProto(name="e", data_type=TensorProto.FLOAT, dims=[0]))
    m.save("hostile-empty-tensor", m.head(m.op("Add", "x", "e"), 3))

    m = Model((1, 3, 32, 32))
    a = m.op("Identity", "x")
    for _ in range(5):
        a = m.op("Concat", a, a, axis=1)
    m.save("hostile-lrn", m.head(m.op("LRN", a, size=65535), 96))

    m = Model()
    m.nodes.append(helper.make_node("Add", ["x", "later"], ["later"]))
    m.save("hostile-cycle", m.head("later", 3))

    m = Model((1, 3, 1 << 31, 1 << 31))
    m.save("hostile-image", m.head(m.conv("x", 3, 1), 1))


def texts():
    for name, text in {
        "config": 'c{"id2label": {"0": "NORMAL", "1": "PNEUMONIA"}, "problem_type": "single_label_classification"}',
        "config-timm": 'c{"label_names": ["a", "b"], "pretrained_cfg": {"input_size": [3, 224, 224], "mean": [0.5, 0.5, 0.5], '
                       '"std": [0.5, 0.5, 0.5], "interpolation": "bicubic", "crop_pct": 0.9, "crop_mode": "center"}}',
        "preprocessor": 'p{"do_resize": true, "size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}, '
                        '"do_center_crop": true, "resample": 3, "do_rescale": true, "rescale_factor": 0.00392156862745098, '
                        '"do_normalize": true, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}',
        "preprocessor-old": 'p{"size": 224, "crop_pct": 0.875, "resample": 2, "image_mean": [0.5], "image_std": [0.5]}',
        "lines": "lNORMAL\nPNEUMONIA\r\nno \xfc name\n",
        "options": "oqueries=2000\nseed=0x7\nthreads=2\nmean=0.5,0.5,0.5\nsize=224\noutput=logits\nresize=crop\nwindow=0:255\n"
                   "F=0.5\nNP=nan\ntarget-class=1e3\n",
    }.items():
        (CORPUS / "text" / name).write_bytes(text.encode("latin-1"))


covered()
hostile()
texts()
