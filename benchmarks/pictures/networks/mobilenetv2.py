"""MobileNetV2 with its batch normalisations. `auto` must find the pooled map: 1280 numbers."""

from networks.builder import Builder

# Widening, channels, blocks, stride of the first block.
STAGES = [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
]  # fmt: skip
LAYER, SIZE = "/ReduceMean_output_0", 1280


def step(graph, x, name, n_in, n_out, size, stride=1, groups=1):
    x = graph.conv(x, f"{name}/conv", n_in, n_out, size, stride, groups, bias=False)
    return graph.batch_norm(x, f"{name}/bn", n_out)


def relu6(graph, x, name):
    return graph.node("Clip", [x, "zero", "six"], f"{name}/relu6")


def block(graph, x, name, n_in, widening, n_out, stride):
    y, width = x, n_in * widening
    if widening > 1:
        y = relu6(graph, step(graph, y, f"{name}/expand", n_in, width, 1), f"{name}/expand")
    y = step(graph, y, f"{name}/depthwise", width, width, 3, stride, width)
    y = relu6(graph, y, f"{name}/depthwise")
    y = step(graph, y, f"{name}/project", width, n_out, 1)
    if stride > 1 or n_in != n_out:
        return y
    return graph.node("Add", [x, y], f"{name}/add")


def build():
    graph = Builder(3)
    for name, value in (("zero", 0.0), ("six", 6.0)):
        graph.floats(name, (), 0.0, value)
    x = relu6(graph, step(graph, "input", "/features.0", 3, 32, 3, 2), "/features.0")
    n_in, index = 32, 1
    for widening, n_out, n_blocks, stride in STAGES:
        for i in range(n_blocks):
            x = block(graph, x, f"/features.{index}", n_in, widening, n_out, stride if i == 0 else 1)
            n_in, index = n_out, index + 1
    x = relu6(graph, step(graph, x, "/features.18", n_in, SIZE, 1), "/features.18")
    x = graph.node("ReduceMean", [x], LAYER, axes=[2, 3], keepdims=0)
    graph.dense(x, "output", SIZE, 1000, gain=1.0)
    return graph.model("output", ["batch", 1000], ["batch", 3, 224, 224])
