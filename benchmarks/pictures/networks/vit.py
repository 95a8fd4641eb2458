"""ViT-S/16 with the erf form of GELU. `auto` must find the class token before the head: 384 numbers."""

from networks.builder import Builder

DEPTH, N_HEADS, SIZE, N_TOKENS = 12, 6, 384, 197
LAYER = "/Gather_output_0"


def layer_norm(graph, x, name):
    inputs = [x, graph.floats(f"{name}.weight", (SIZE,), 0.1, 1.0), graph.floats(f"{name}.bias", (SIZE,), 0.1)]
    return graph.node("LayerNormalization", inputs, name, axis=-1, epsilon=1e-6)


def linear(graph, x, name, n_in, n_out):
    weight = graph.floats(f"{name}.weight", (n_in, n_out), n_in**-0.5)
    x = graph.node("MatMul", [x, weight], f"{name}/product")
    return graph.node("Add", [graph.floats(f"{name}.bias", (n_out,), 0.1), x], name)


def attention(graph, x, name):
    x = linear(graph, x, f"{name}/qkv", SIZE, 3 * SIZE)
    x = graph.node("Reshape", [x, "qkv_shape"], f"{name}/reshape")
    x = graph.node("Transpose", [x], f"{name}/transpose", perm=[2, 0, 3, 1, 4])
    q, k, v = (graph.node("Gather", [x, index], f"{name}/{index}", axis=0) for index in "qkv")
    q = graph.node("Mul", [q, "scale"], f"{name}/scaled")
    k = graph.node("Transpose", [k], f"{name}/transposed", perm=[0, 1, 3, 2])
    weights = graph.node("Softmax", [graph.node("MatMul", [q, k], f"{name}/scores")], f"{name}/weights", axis=-1)
    x = graph.node("MatMul", [weights, v], f"{name}/values")
    x = graph.node("Transpose", [x], f"{name}/joined", perm=[0, 2, 1, 3])
    return linear(graph, graph.node("Reshape", [x, "tokens_shape"], f"{name}/tokens"), f"{name}/proj", SIZE, SIZE)


def gelu(graph, x, name):
    y = graph.node("Erf", [graph.node("Div", [x, "root2"], f"{name}/div")], f"{name}/erf")
    y = graph.node("Mul", [x, graph.node("Add", [y, "one"], f"{name}/add")], f"{name}/mul")
    return graph.node("Mul", [y, "half"], name)


def build():
    graph = Builder(4)
    for name, value in (("one", 1.0), ("half", 0.5), ("root2", 2**0.5), ("scale", (SIZE / N_HEADS) ** -0.5)):
        graph.floats(name, (), 0.0, value)
    for index, name in enumerate("qkv"):
        graph.integers(name, index)
    graph.integers("qkv_shape", [-1, N_TOKENS, 3, N_HEADS, SIZE // N_HEADS])
    graph.integers("tokens_shape", [-1, N_TOKENS, SIZE])
    graph.integers("patches_shape", [0, SIZE, N_TOKENS - 1])
    x = graph.conv("pixel_values", "/patch_embed", 3, SIZE, 16, 16, gain=1.0)
    x = graph.node("Reshape", [x, "patches_shape"], "/patches")
    x = graph.node("Transpose", [x], "/sequence", perm=[0, 2, 1])
    # The class token once a picture: as many as the batch has, known only when it runs.
    batch = graph.node("Slice", [graph.node("Shape", [x], "/shape"), graph.integers("from", [0]), graph.integers("to", [1])], "/batch")  # fmt: skip
    shape = graph.node("Concat", [batch, graph.integers("token_shape", [1, SIZE])], "/class_shape", axis=0)
    token = graph.node("Expand", [graph.floats("cls_token", (1, 1, SIZE)), shape], "/class_token")
    x = graph.node("Concat", [token, x], "/concat", axis=1)
    x = graph.node("Add", [x, graph.floats("pos_embed", (1, N_TOKENS, SIZE), 0.5)], "/embedded")
    for index in range(DEPTH):
        name = f"/blocks.{index}"
        y = attention(graph, layer_norm(graph, x, f"{name}/norm1"), f"{name}/attn")
        x = graph.node("Add", [x, y], f"{name}/add1")
        y = linear(graph, layer_norm(graph, x, f"{name}/norm2"), f"{name}/fc1", SIZE, 4 * SIZE)
        y = linear(graph, gelu(graph, y, f"{name}/gelu"), f"{name}/fc2", 4 * SIZE, SIZE)
        x = graph.node("Add", [x, y], f"{name}/add2")
    x = layer_norm(graph, x, "/norm")
    x = graph.node("Gather", [x, graph.integers("first", 0)], LAYER, axis=1)
    graph.dense(x, "output", SIZE, 1000, gain=1.0)
    return graph.model("output", ["batch", 1000], ["batch", 3, 224, 224], "pixel_values")
