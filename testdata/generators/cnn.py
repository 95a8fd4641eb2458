"""Small networks of each family with random weights, and what onnxruntime computes inside them.

Writes golden/cnn/*.onnx too. Those named bad_* must be refused.
"""

import pathlib
import sys

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper

HERE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(1, str(HERE.parent / "benchmarks" / "pictures"))

from networks.builder import Builder  # noqa: E402

FOLDER = HERE / "golden" / "cnn"
SIDE, N_PICTURES = 16, 3


def pictures(n_channels):
    """Levels that the tests make again: shape (N_PICTURES, SIDE, SIDE, n_channels)."""
    n = N_PICTURES * SIDE * SIDE * n_channels
    levels = numpy.arange(n, dtype=numpy.int64) * 7919 // 13 % 256
    return levels.reshape(N_PICTURES, SIDE, SIDE, n_channels).astype("f4")


def scaled(graph, x="input", name="/scaled"):
    """Levels brought to the scale of the weights."""
    graph.floats("scale_of_levels", (), 0.0, 1 / 64)
    return graph.node("Mul", [x, "scale_of_levels"], name)


def relu(graph, x, name):
    return graph.node("Relu", [x], name)


def stem(graph, n_out=8, x="input", n_in=3, stride=2):
    return relu(graph, graph.conv(scaled(graph, x), "/conv", n_in, n_out, 3, stride), "/stem")


def nchw(n_channels=3, batch="batch"):
    return [batch, n_channels, SIDE, SIDE]


def vgg():
    graph = Builder(1)
    x = graph.node("MaxPool", [stem(graph, stride=1)], "/pool", kernel_shape=[2, 2], strides=[2, 2])
    x = relu(graph, graph.conv(x, "/conv2", 8, 12, 3), "/relu2")
    x = graph.node("MaxPool", [x], "/pool2", kernel_shape=[2, 2], strides=[2, 2])
    x = graph.node("Flatten", [x], "/flatten", axis=1)
    x = relu(graph, graph.dense(x, "/fc1", 12 * 16, 24), "/fc1/relu")
    x = relu(graph, graph.dense(x, "/fc2", 24, 20), "/fc2/relu")
    graph.dense(graph.node("Dropout", [x], "/dropout"), "output", 20, 10)
    return graph.model("output", ["batch", 10], nchw()), "/dropout", [20]


def resnet():
    graph = Builder(2)
    x = stem(graph)
    y = relu(graph, graph.batch_norm(graph.conv(x, "/a", 8, 8, 3, bias=False), "/bn_a", 8), "/relu_a")
    y = graph.batch_norm(graph.conv(y, "/b", 8, 8, 3, bias=False), "/bn_b", 8)
    x = relu(graph, graph.node("Add", [y, x], "/add"), "/relu_b")
    y = graph.batch_norm(graph.conv(x, "/c", 8, 16, 3, 2, bias=False), "/bn_c", 16)
    z = graph.batch_norm(graph.conv(x, "/d", 8, 16, 1, 2, bias=False), "/bn_d", 16)
    x = relu(graph, graph.node("Add", [y, z], "/add2"), "/relu_c")
    x = graph.node("Flatten", [graph.node("GlobalAveragePool", [x], "/avgpool")], "/flatten", axis=1)
    graph.dense(x, "output", 16, 10)
    return graph.model("output", ["batch", 10], nchw()), "/flatten", [16]


def wide():
    """Enough channels for fast convolutions: one with a ReLU, one before a sum, one without padding."""
    graph = Builder(12)
    x = stem(graph, 16)
    y = relu(graph, graph.conv(x, "/a", 16, 16, 3), "/relu_a")
    x = relu(graph, graph.node("Add", [graph.conv(y, "/b", 16, 16, 3, bias=False), x], "/add"), "/relu_b")
    weights = graph.floats("/c.weight", (20, 16, 3, 3), 0.12)
    x = relu(graph, graph.node("Conv", [x, weights], "/c"), "/relu_c")
    x = graph.node("Flatten", [graph.node("GlobalMaxPool", [x], "/pool")], "/flatten", axis=1)
    graph.dense(x, "output", 20, 10)
    return graph.model("output", ["batch", 10], nchw()), "/flatten", [20]


def mobilenet():
    graph = Builder(3)
    for name, value in (("zero", 0.0), ("six", 6.0)):
        graph.floats(name, (), 0.0, value)
    def step(x, name, n_in, n_out, size, stride=1, groups=1):
        x = graph.conv(x, name, n_in, n_out, size, stride, groups, bias=False)
        return graph.batch_norm(x, f"{name}/bn", n_out)

    def relu6(x, name):
        return graph.node("Clip", [x, "zero", "six"], name)

    x = stem(graph, 16)
    y = relu6(step(x, "/expand", 16, 24, 1), "/expand6")
    y = relu6(step(y, "/depthwise", 24, 24, 3, 1, 24), "/depthwise6")
    x = graph.node("Add", [step(y, "/project", 24, 16, 1), x], "/add")
    y = relu6(graph.conv(x, "/depthwise2", 16, 16, 5, 2, 16), "/depthwise26")
    x = step(y, "/project2", 16, 20, 1)
    x = graph.node("ReduceMean", [x], "/mean", axes=[2, 3], keepdims=0)
    x = graph.dense(x, "/logits", 20, 10)
    graph.node("Softmax", [x], "output", axis=-1)
    return graph.model("output", ["batch", 10], nchw()), "/mean", [20]


def keras():
    """As tf2onnx writes it: rows, columns, channels outside, and convolutions as ONNX has them."""
    graph = Builder(4)
    x = graph.node("Transpose", ["input"], "/to_nchw", perm=[0, 3, 1, 2])
    x = stem(graph, x=x)
    x = graph.conv(x, "block1_conv1_bn", 8, 12, 3)
    x = relu(graph, graph.node("Transpose", [x], "/to_nhwc", perm=[0, 2, 3, 1]), "/map")
    x = graph.node("ReduceMean", [x], "/mean", axes=[1, 2], keepdims=0)
    x = graph.node("MatMul", [x, graph.floats("dense/kernel", (12, 10), 0.3)], "/product")
    x = graph.node("Add", [x, graph.floats("dense/bias", (10,))], "/logits")
    graph.node("Softmax", [x], "output", axis=-1)
    model = graph.model("output", ["batch", 10], ["batch", SIDE, SIDE, 3])
    model.producer_name = "tf2onnx"
    return model, "/mean", [12]


def squeezenet():
    graph = Builder(5)
    x = relu(graph, graph.conv(stem(graph), "/squeeze", 8, 12, 1), "/squeezed")
    x = relu(graph, graph.conv(x, "/classifier", 12, 10, 1), "/relu")
    x = graph.node("Flatten", [graph.node("GlobalAveragePool", [x], "/avgpool")], "/flatten", axis=1)
    graph.node("Softmax", [x], "output", axis=-1)
    return graph.model("output", ["batch", 10], nchw()), "/squeezed", [12, 8, 8]


def vit():
    graph = Builder(6)
    size, n_heads, n_tokens = 16, 2, 17
    for name, value in (("half", 0.5), ("one", 1.0), ("root2", 2**0.5), ("scale", (size / n_heads) ** -0.5)):
        graph.floats(name, (), 0.0, value)

    def norm(x, name):
        inputs = [x, graph.floats(f"{name}.w", (size,), 0.1, 1.0), graph.floats(f"{name}.b", (size,), 0.1)]
        return graph.node("LayerNormalization", inputs, name, axis=-1)

    def linear(x, name, n_in, n_out):
        x = graph.node("MatMul", [x, graph.floats(f"{name}.w", (n_in, n_out), n_in**-0.5)], f"{name}/product")
        return graph.node("Add", [x, graph.floats(f"{name}.b", (n_out,), 0.1)], name)

    x = graph.conv(scaled(graph, "pixel_values"), "/vit/patches", 3, size, 4, 4, gain=1.0)
    x = graph.node("Reshape", [x, graph.integers("flat", [0, size, -1])], "/flat")
    x = graph.node("Transpose", [x], "/sequence", perm=[0, 2, 1])
    first = graph.node("Shape", [x], "/shape", start=0, end=1)
    shape = graph.node("Concat", [first, graph.integers("token", [1, size])], "/class_shape", axis=0)
    token = graph.node("Expand", [graph.floats("cls", (1, 1, size)), shape], "/class")
    x = graph.node("Concat", [token, x], "/tokens", axis=1)
    x = graph.node("Add", [x, graph.floats("positions", (1, n_tokens, size), 0.5)], "/embedded")
    heads = graph.integers("heads", [0, 0, n_heads, size // n_heads])
    q, k, v = (linear(norm(x, f"/norm_{i}"), f"/{i}", size, size) for i in "qkv")
    q, k, v = (graph.node("Reshape", [y, heads], f"{y}/heads") for y in (q, k, v))
    q, v = (graph.node("Transpose", [y], f"{y}/t", perm=[0, 2, 1, 3]) for y in (q, v))
    k = graph.node("Transpose", [k], f"{k}/t", perm=[0, 2, 3, 1])
    scores = graph.node("Mul", [graph.node("MatMul", [q, k], "/scores"), "scale"], "/scaled_scores")
    y = graph.node("MatMul", [graph.node("Softmax", [scores], "/softmax", axis=-1), v], "/mixed")
    y = graph.node("Transpose", [y], "/mixed/t", perm=[0, 2, 1, 3])
    y = graph.node("Reshape", [y, graph.integers("joined", [0, 0, size])], "/joined")
    x = graph.node("Add", [x, linear(y, "/proj", size, size)], "/add")
    y = linear(norm(x, "/norm2"), "/fc1", size, 2 * size)
    erf = graph.node("Add", [graph.node("Erf", [graph.node("Div", [y, "root2"], "/div")], "/erf"), "one"], "/erf1")
    y = graph.node("Mul", [graph.node("Mul", [y, erf], "/mul"), "half"], "/gelu")
    x = graph.node("Add", [x, linear(y, "/fc2", 2 * size, size)], "/add2")
    x = graph.node("Gather", [norm(x, "/norm3"), graph.integers("zero", 0)], "/class_token", axis=1)
    graph.dense(x, "logits", size, 10)
    return graph.model("logits", ["batch", 10], nchw(), "pixel_values"), "/class_token", [size]


def projection():
    """As CLIP's: the last dense layer has no bias, and belongs to the features."""
    graph = Builder(7)
    x = graph.node("GlobalAveragePool", [stem(graph)], "/avgpool")
    x = graph.node("Flatten", [x], "/flatten", axis=1)
    graph.node("MatMul", [x, graph.floats("visual.proj", (8, 6))], "output")
    return graph.model("output", ["batch", 6], nchw()), "output", [6]


def headless():
    graph = Builder(8)
    relu(graph, graph.conv(stem(graph), "/conv2", 8, 12, 3, 2), "features")
    return graph.model("features", ["batch", 12, 4, 4], nchw()), "features", [12, 4, 4]


def batch_of_one():
    graph = Builder(9)
    x = graph.node("Reshape", [stem(graph), graph.integers("flat", [1, 8 * 64])], "/flat")
    x = relu(graph, graph.dense(x, "/fc", 8 * 64, 6), "/relu")
    graph.dense(x, "output", 6, 10)
    return graph.model("output", [1, 10], nchw(batch=1)), "/relu", [6]


def gray():
    graph = Builder(10)
    x = graph.node("GlobalAveragePool", [stem(graph, n_in=1)], "/avgpool")
    graph.dense(graph.node("Flatten", [x], "/flatten", axis=1), "output", 8, 10)
    return graph.model("output", ["batch", 10], nchw(1)), "/flatten", [8]


def outside():
    """Weights in a file beside it."""
    return resnet()


def inner(model, layer):
    """What onnxruntime computes at a layer, picture by picture."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    if all(output.name != layer for output in model.graph.output):
        model.graph.output.append(onnx.ValueInfoProto(name=layer))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (info,) = session.get_inputs()
    last = info.shape[3] in (1, 3)
    batch = pictures(info.shape[3 if last else 1])
    batch = batch if last else batch.transpose(0, 3, 1, 2)
    rows = [session.run([layer], {info.name: batch[i : i + 1]})[0][0] for i in range(N_PICTURES)]
    return numpy.stack(rows)


def case(build):
    model, layer, shape = build()
    onnx.checker.check_model(model)
    values = inner(model, layer)
    assert list(values.shape[1:]) == shape, (build.__name__, values.shape)
    options = {"save_as_external_data": True, "location": "outside.data", "size_threshold": 0}
    onnx.save(model, FOLDER / f"{build.__name__}.onnx", **(options if build is outside else {}))
    return {
        "file": f"{build.__name__}.onnx",
        "layer": layer,
        "shape": shape,
        "values": [float(f"{x:.9g}") for x in values.ravel()],
    }


def bad():
    """Sound files that cannot be features: two inputs, an operator that nobody knows, ..."""

    def write(name, nodes, inputs, output_type=TensorProto.FLOAT, weights=()):
        infos = [helper.make_tensor_value_info(*info) for info in inputs]
        outputs = [helper.make_tensor_value_info("output", output_type, None)]
        graph = helper.make_graph(nodes, "bad", infos, outputs, list(weights))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        (FOLDER / f"bad_{name}.onnx").write_bytes(model.SerializeToString())

    node = helper.make_node
    picture = ("input", TensorProto.FLOAT, nchw())
    write("two_inputs", [node("Add", ["input", "other"], ["output"])], [picture, ("other", TensorProto.FLOAT, nchw())])
    write("operator", [node("Wavelet", ["input"], ["output"], name="the_wavelet")], [picture])
    write("channels", [node("Relu", ["input"], ["output"])], [("input", TensorProto.FLOAT, nchw(4))])
    write("axes", [node("Relu", ["input"], ["output"])], [("input", TensorProto.FLOAT, ["batch", 48])])
    write("bytes", [node("Identity", ["input"], ["output"])], [("input", TensorProto.UINT8, nchw())])
    write("integers", [node("ArgMax", ["input"], ["output"], axis=1)], [picture], TensorProto.INT64)
    sizes = helper.make_tensor("sizes", TensorProto.INT64, [4], [1, 3, 8, 8])
    cubic = node("Resize", ["input", "", "", "sizes"], ["output"], name="the_resize", mode="cubic")
    write("cubic", [cubic], [picture], weights=[sizes])
    write("order", [node("Relu", ["later"], ["output"]), node("Relu", ["input"], ["later"])], [picture])


def cases():
    FOLDER.mkdir(exist_ok=True)
    # It would be appended to.
    (FOLDER / "outside.data").unlink(missing_ok=True)
    bad()
    builds = [vgg, resnet, wide, mobilenet, keras, squeezenet, vit, projection, headless, batch_of_one, gray, outside]
    return {"side": SIDE, "n_pictures": N_PICTURES, "cases": [case(build) for build in builds]}
