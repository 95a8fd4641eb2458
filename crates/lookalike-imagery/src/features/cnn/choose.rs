//! Which tensor becomes the features.

use super::flow::Flow;
use super::proto::Node;

/// What `auto` takes if the model calls one of its outputs so: made to be compared.
const EMBEDDINGS: [&str; 4] = ["image_embeds", "pooler_output", "embeddings", "embedding"];

/// Ops after a prediction layer, and between pooling and it, that only rename or reorder numbers.
const TRANSPARENT: [&str; 8] = [
    "Identity",
    "Dropout",
    "Cast",
    "Flatten",
    "Reshape",
    "Squeeze",
    "Unsqueeze",
    "Transpose",
];

/// Ops that turn predictions into probabilities.
const PROBABILITIES: [&str; 3] = ["Softmax", "LogSoftmax", "Sigmoid"];

/// Ops between the last convolution and the probabilities of a network without dense layers.
const AFTER_CONVOLUTION: [&str; 8] = [
    "GlobalAveragePool",
    "AveragePool",
    "ReduceMean",
    "Relu",
    "Clip",
    "BatchNormalization",
    "Sigmoid",
    "Mul",
];

/// A tensor, and why it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice<'a> {
    pub(super) tensor: &'a str,
    pub(super) why: String,
}

/// The last hidden vector before the classifier; a headless model's output.
///
/// The output is followed back through probabilities, dropout and changes of shape. If a dense layer
/// with a bias is found there, or one without before probabilities, it is the classifier, and what it
/// takes is the choice. A dense layer with neither is a projection, as in CLIP, and part of the
/// features. A 1×1 convolution is a classifier only before probabilities.
pub(super) fn auto<'a>(flow: &Flow<'_, 'a>) -> Result<Choice<'a>, String> {
    let outputs = &flow.graph.outputs;
    let named = EMBEDDINGS
        .iter()
        .find_map(|name| outputs.iter().find(|output| output.name == *name));
    if let Some(output) = named {
        let why = format!("the output {}", output.name);
        return Ok(Choice {
            tensor: output.name,
            why,
        });
    }
    let output = outputs
        .iter()
        .map(|output| output.name)
        .find(|name| flow.maker(name).is_some());
    let output = output.ok_or("the model has no output that a node makes")?;
    Ok(before_classifier(flow, output).unwrap_or_else(|| {
        let why = format!("the output {output}, as no prediction layer leads to it");
        Choice {
            tensor: output,
            why,
        }
    }))
}

fn before_classifier<'a>(flow: &Flow<'_, 'a>, output: &'a str) -> Option<Choice<'a>> {
    let mut probabilities = false;
    let mut tensor = output;
    let mut node = flow.maker(tensor)?.1;
    while TRANSPARENT.contains(&node.op) || PROBABILITIES.contains(&node.op) {
        probabilities |= PROBABILITIES.contains(&node.op);
        tensor = flow.data_of(node)?;
        node = flow.maker(tensor)?.1;
    }
    let (classifier, hidden) = match dense(flow, node) {
        Some((hidden, has_bias)) if has_bias || probabilities => (node, hidden),
        None if probabilities => last_convolution(flow, node)?,
        _ => return None,
    };
    // Without a node before it there is nothing hidden.
    flow.maker(hidden)?;
    let why = format!(
        "what {}, the last {}, takes",
        classifier.label(),
        kind(classifier)
    );
    Some(Choice {
        tensor: hidden,
        why,
    })
}

fn kind(classifier: &Node<'_>) -> &'static str {
    if classifier.op == "Conv" {
        "convolution"
    } else {
        "dense layer"
    }
}

/// If the node ends a dense layer: what the layer takes, and whether it has a bias.
fn dense<'a>(flow: &Flow<'_, 'a>, node: &Node<'a>) -> Option<(&'a str, bool)> {
    match (node.op, node.inputs.as_slice()) {
        ("Gemm", [data, weights, bias @ ..]) => {
            let is_layer = flow.is_from_input(data) && !flow.is_from_input(weights);
            is_layer.then_some((*data, bias.first().is_some_and(|name| !name.is_empty())))
        }
        ("MatMul", [data, weights]) => {
            let is_layer = flow.is_from_input(data) && !flow.is_from_input(weights);
            is_layer.then_some((*data, false))
        }
        ("Add", [_, _]) => {
            let product = flow.data_of(node)?;
            let bias = node.inputs.iter().find(|name| **name != product)?;
            let maker = flow.maker(product)?.1;
            let is_layer = maker.op == "MatMul" && !flow.is_from_input(bias);
            is_layer
                .then(|| dense(flow, maker))
                .flatten()
                .map(|(data, _)| (data, true))
        }
        _ => None,
    }
}

/// Back through pooling and activation to a convolution of 1×1: it, and what it takes.
fn last_convolution<'m, 'a>(
    flow: &Flow<'m, 'a>,
    from: &'m Node<'a>,
) -> Option<(&'m Node<'a>, &'a str)> {
    let mut node = from;
    while AFTER_CONVOLUTION.contains(&node.op) || TRANSPARENT.contains(&node.op) {
        node = flow.maker(flow.data_of(node)?)?.1;
    }
    let weights = flow.initializer(node.inputs.get(1)?)?;
    let is_pointwise = node.op == "Conv" && weights.dims.ends_with(&[1, 1]);
    is_pointwise.then_some((node, *node.inputs.first()?))
}

/// The layer whose tensor or node is called `name`.
///
/// # Errors
/// When none is; the message offers the nearest names.
pub(super) fn by_name<'a>(flow: &Flow<'_, 'a>, name: &str) -> Result<Choice<'a>, String> {
    let of_tensor = flow.layers().find(|(tensor, _)| *tensor == name);
    let found = of_tensor.or_else(|| flow.layers().find(|(_, node)| node.name == name));
    if let Some((tensor, node)) = found {
        let why = format!("the {} that was asked for", node.op);
        return Ok(Choice { tensor, why });
    }
    let names = flow.layers().flat_map(|(tensor, node)| [tensor, node.name]);
    let mut near: Vec<_> = names
        .filter(|other| !other.is_empty())
        .map(|other| (strsim::jaro_winkler(name, other), other))
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.dedup_by(|a, b| a.1 == b.1);
    let near: Vec<_> = near.iter().take(3).map(|(_, other)| *other).collect();
    Err(format!(
        "it has no layer {name:?}; the nearest names are {}",
        near.join(", ")
    ))
}
