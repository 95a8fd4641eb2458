//! Any bytes are a model that can be cut, to something that can be cut again, or an error.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use lookalike_imagery::features::cnn::{cut_model, layers_of_bytes};

fuzz_target!(|bytes: &[u8]| {
    let path = Path::new("fuzz");
    let Ok(cut) = cut_model(bytes, None, path) else {
        return;
    };
    let layers = layers_of_bytes(&cut, path).expect("a cut model is a model");
    for layer in layers {
        let again = cut_model(&cut, Some(&layer.name), path).expect("it has the layer");
        assert!(again.len() <= cut.len() + layer.name.len() + 8);
    }
});
