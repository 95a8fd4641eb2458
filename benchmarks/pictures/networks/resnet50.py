"""ResNet-50 with its batch normalisations. `auto` must find the pooled map: 2048 numbers."""

from networks.builder import Builder

STAGES = [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]
LAYER, SIZE = "/Flatten_output_0", 2048


def block(graph, x, name, n_in, width, stride):
    def step(x, index, n_in, n_out, size, stride=1, gain=2.0, scale=1.0):
        x = graph.conv(x, f"{name}/conv{index}", n_in, n_out, size, stride, bias=False, gain=gain)
        return graph.batch_norm(x, f"{name}/bn{index}", n_out, scale)

    n_out = 4 * width
    y = graph.node("Relu", [step(x, 1, n_in, width, 1)], f"{name}/relu1")
    y = graph.node("Relu", [step(y, 2, width, width, 3, stride)], f"{name}/relu2")
    # A third of its scale: sixteen sums in a row would grow otherwise.
    y = step(y, 3, width, n_out, 1, gain=1.0, scale=0.3)
    if n_in != n_out:
        x = step(x, 4, n_in, n_out, 1, stride, gain=1.0)
    return graph.node("Relu", [graph.node("Add", [y, x], f"{name}/add")], f"{name}/relu3")


def build():
    graph = Builder(2)
    x = graph.batch_norm(graph.conv("input", "/conv1", 3, 64, 7, 2, bias=False), "/bn1", 64)
    x = graph.node("Relu", [x], "/relu")
    x = graph.node("MaxPool", [x], "/maxpool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    n_in = 64
    for stage, (width, n_blocks, stride) in enumerate(STAGES, start=1):
        for index in range(n_blocks):
            x = block(graph, x, f"/layer{stage}/{index}", n_in, width, stride if index == 0 else 1)
            n_in = 4 * width
    x = graph.node("GlobalAveragePool", [x], "/avgpool")
    x = graph.node("Flatten", [x], LAYER, axis=1)
    graph.dense(x, "output", SIZE, 1000, gain=1.0)
    return graph.model("output", ["batch", 1000], ["batch", 3, 224, 224])
