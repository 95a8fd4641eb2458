"""VGG16 as torchvision exports it. `auto` must find fc2 after its ReLU: 4096 numbers."""

from networks.builder import Builder

BLOCKS = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]]
LAYER, SIZE = "/classifier/classifier.4/Relu_output_0", 4096


def build():
    graph = Builder(1)
    x, n_in, index = "input", 3, 0
    for block in BLOCKS:
        for n_out in block:
            x = graph.conv(x, f"/features/features.{index}/Conv_output_0", n_in, n_out, 3)
            x = graph.node("Relu", [x], f"/features/features.{index + 1}/Relu_output_0")
            n_in, index = n_out, index + 2
        x = graph.node(
            "MaxPool", [x], f"/features/features.{index}/MaxPool_output_0", kernel_shape=[2, 2], strides=[2, 2]
        )
        index += 1
    x = graph.node("Flatten", [x], "/Flatten_output_0", axis=1)
    for index, n_in in ((0, 512 * 7 * 7), (3, 4096)):
        x = graph.dense(x, f"/classifier/classifier.{index}/Gemm_output_0", n_in, 4096)
        x = graph.node("Relu", [x], f"/classifier/classifier.{index + 1}/Relu_output_0")
    graph.dense(x, "output", 4096, 1000, gain=1.0)
    return graph.model("output", ["batch", 1000], ["batch", 3, 224, 224])
