//! Which features are taken of pictures.

use lookalike::Result;
use lookalike::imagery::collection::Item;
use lookalike::imagery::features::cnn;
use lookalike::pictures::{FeatureChoice, FeatureRecipe, choose_features};
use serde_json::json;

use crate::args::{FeatureArgs, FeatureName};
use crate::printer;
