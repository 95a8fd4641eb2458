//! Which features are taken of pictures.

use lookalike::imagery::collection::Item;
use lookalike::imagery::features::cnn::{CnnOptions, layers};
use lookalike::pictures::{ChosenFeatures, FeatureChoice};
use lookalike::{Error, Result};
use serde_json::json;

use crate::args::{FeatureArgs, FeatureName};
use crate::printer;

/// Chooses features as asked, and says which.
pub(super) fn choose(args: &FeatureArgs, items: &[Item], quiet: bool) -> Result<ChosenFeatures> {
    let chosen = choice(args)?.choose(items)?;
    if !quiet {
        printer::talk(&chosen.why.join("\n"));
    }
    Ok(chosen)
}

fn choice(args: &FeatureArgs) -> Result<FeatureChoice> {
    let network = |model: &std::path::PathBuf| {
        let options = CnnOptions {
            layer: (args.layer != "auto").then(|| args.layer.clone()),
            preprocess: args.preprocess,
            pool: args.pool,
            normalize: !args.no_normalize,
        };
        FeatureChoice::Cnn(model.clone(), options)
    };
    match (args.features, &args.model) {
        (FeatureName::Auto | FeatureName::Cnn, Some(model)) => Ok(network(model)),
        (FeatureName::Cnn, None) => {
            let rule = "be given with --features cnn: an ONNX file";
            Err(Error::parameter("--model", rule, "none"))
        }
        (FeatureName::Auto, None) => Ok(FeatureChoice::Auto),
        (FeatureName::Pixels, _) => Ok(FeatureChoice::Pixels {
            size: args.size,
            color: args.color,
        }),
        (FeatureName::Descriptor, _) => Ok(FeatureChoice::Descriptor),
    }
}

/// Prints the layers of a network that could be taken.
pub(super) fn list_layers(args: &FeatureArgs, as_json: bool) -> Result<()> {
    let Some(model) = &args.model else {
        return Err(Error::parameter(
            "--model",
            "be given with --layers",
            "none",
        ));
    };
    let layers = layers(model)?;
    let shape = |sides: &[Option<usize>]| {
        let side = |side: &Option<usize>| side.map_or("?".to_owned(), |n| n.to_string());
        sides.iter().map(side).collect::<Vec<_>>().join("×")
    };
    if as_json {
        let list: Vec<_> = layers
            .iter()
            .map(|layer| json!({"name": layer.name, "op": layer.op, "shape": layer.shape}))
            .collect();
        printer::data(&format!("{:#}\n", json!(list)));
    } else {
        let header = ["layer", "operator", "shape"].map(str::to_owned).to_vec();
        let rows = layers.iter().map(|layer| {
            let shape = layer.shape.as_deref().map(shape).unwrap_or_default();
            vec![layer.name.clone(), layer.op.clone(), shape]
        });
        printer::data(&printer::columns(
            &std::iter::once(header).chain(rows).collect::<Vec<_>>(),
        ));
    }
    Ok(())
}
