"""ONNX graphs written node by node, with random weights that keep the scale of what flows through."""

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


class Builder:
    """A graph that grows at its end; every method returns the name of the tensor it makes."""

    def __init__(self, seed):
        self.rng = numpy.random.default_rng(seed)
        self.nodes = []
        self.weights = []

    def constant(self, name, values):
        self.weights.append(numpy_helper.from_array(numpy.asarray(values, order="C"), name))
        return name

    def floats(self, name, shape, scale=1.0, mean=0.0):
        values = self.rng.standard_normal(shape, numpy.float32) * numpy.float32(scale)
        return self.constant(name, values + numpy.float32(mean))

    def integers(self, name, values):
        return self.constant(name, numpy.array(values, numpy.int64))

    def node(self, op, inputs, name, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [name], name=f"{name}/{op}", **attributes))
        return name

    def conv(self, x, name, n_in, n_out, size, stride=1, groups=1, bias=True, gain=2.0):
        """A convolution that keeps the size at stride 1; `gain` 2 is He's, before a ReLU."""
        fan_in = n_in // groups * size * size
        inputs = [
            x,
            self.floats(f"{name}.weight", (n_out, n_in // groups, size, size), (gain / fan_in) ** 0.5),
        ]
        if bias:
            inputs.append(self.floats(f"{name}.bias", (n_out,), 0.1))
        padding = 0 if size == stride else size // 2
        return self.node(
            "Conv", inputs, name, kernel_shape=[size] * 2, strides=[stride] * 2,
            pads=[padding] * 4, dilations=[1, 1], group=groups,
        )  # fmt: skip

    def batch_norm(self, x, name, n, scale=1.0):
        inputs = [
            x,
            self.floats(f"{name}.weight", (n,), 0.1 * scale, scale),
            self.floats(f"{name}.bias", (n,), 0.1),
            self.floats(f"{name}.running_mean", (n,), 0.1),
            self.constant(f"{name}.running_var", self.rng.uniform(0.8, 1.2, n).astype("f4")),
        ]
        return self.node("BatchNormalization", inputs, name, epsilon=1e-5)

    def dense(self, x, name, n_in, n_out, gain=2.0):
        inputs = [
            x,
            self.floats(f"{name}.weight", (n_out, n_in), (gain / n_in) ** 0.5),
            self.floats(f"{name}.bias", (n_out,), 0.1),
        ]
        return self.node("Gemm", inputs, name, transB=1)

    def model(self, output, output_shape, input_shape, input_name="input"):
        graph = helper.make_graph(
            self.nodes,
            "main_graph",
            [helper.make_tensor_value_info(input_name, TensorProto.FLOAT, input_shape)],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, output_shape)],
            self.weights,
        )
        opset = helper.make_opsetid("", 17)
        return helper.make_model(graph, producer_name="pytorch", opset_imports=[opset], ir_version=8)


def save(model, path):
    """Checks the graph and writes it whole, or not at all."""
    onnx.checker.check_model(model)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_bytes(model.SerializeToString())
    unfinished.rename(path)
