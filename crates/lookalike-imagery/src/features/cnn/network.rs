//! A network in parts: the engine's, and convolutions done here.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rten::{ThreadPool, Value};
use rten_tensor::prelude::*;
use rten_tensor::{Tensor, TensorView};

use super::convolution::Chain;
use super::cut::cut;
use super::engine::{self, Engine};
use super::flow::Flow;
use super::proto::Model;
use super::sites::Site;
use super::split::{Part, split};

/// A model, loaded up to a layer.
#[derive(Debug)]
pub(super) struct Network {
    input: String,
    layer: String,
    steps: Vec<Step>,
    threads: OnceLock<Arc<ThreadPool>>,
}

#[derive(Debug)]
struct Step {
    work: Work,
    takes: Vec<String>,
    makes: Vec<String>,
    /// What no later step takes.
    drops: Vec<String>,
}

#[derive(Debug)]
enum Work {
    Engine(Box<Engine>),
    Convolutions {
        chain: Chain,
        /// What the chain's values are called.
        names: Vec<String>,
    },
}

impl Network {
    /// Loads what `layer` needs of a model whose weights are all in its file.
    ///
    /// # Errors
    /// When the engine lacks an operator or finds a contradiction; the message names the node.
    pub(super) fn load<'a>(
        model: &Model<'a>,
        flow: &Flow<'_, 'a>,
        input: &str,
        layer: &'a str,
    ) -> Result<Self, String> {
        let parts = split(flow, layer);
        let load = || {
            let mut steps = Vec::new();
            for part in &parts {
                match part {
                    Part::Engine { inputs, outputs } => {
                        steps.push(Step::engine(model, flow, inputs, outputs)?);
                    }
                    Part::Convolution(site) => add(&mut steps, site)?,
                }
            }
            Ok::<_, String>(steps)
        };
        let mut steps = engine::apart(load)??;
        let mut later = vec![layer.to_owned()];
        for step in steps.iter_mut().rev() {
            step.makes.retain(|name| later.contains(name));
            let names = step.takes.iter().chain(&step.makes);
            step.drops = names
                .filter(|name| !later.contains(name))
                .cloned()
                .collect();
            later.extend(step.takes.iter().cloned());
        }
        Ok(Self {
            input: input.to_owned(),
            layer: layer.to_owned(),
            steps,
            threads: OnceLock::new(),
        })
    }

    /// The layer's shape and values for a batch, with as many threads as the rayon pool of the first
    /// caller has.
    ///
    /// # Errors
    /// When an operator refuses its inputs, or the layer is not of floats.
    pub(super) fn run(
        &self,
        batch: Vec<f32>,
        shape: [usize; 4],
    ) -> Result<(Vec<usize>, Vec<f32>), String> {
        let threads = self.threads.get_or_init(engine::threads);
        let batch = Tensor::from_data(&shape, batch);
        engine::apart(|| threads.run(|| self.steps(batch, threads)))?
    }

    fn steps(
        &self,
        batch: Tensor<f32>,
        threads: &Arc<ThreadPool>,
    ) -> Result<(Vec<usize>, Vec<f32>), String> {
        let mut values = HashMap::from([(self.input.as_str(), Value::from(batch))]);
        for step in &self.steps {
            let taken: Option<Vec<_>> = step
                .takes
                .iter()
                .map(|name| values.get(name.as_str()))
                .collect();
            let made = step.run(&taken.ok_or("a part of the graph is missing")?, threads)?;
            values.extend(step.makes.iter().map(String::as_str).zip(made));
            for name in &step.drops {
                values.remove(name.as_str());
            }
        }
        let value = values
            .remove(self.layer.as_str())
            .ok_or("the layer is missing")?;
        let value_type = value.dtype();
        let tensor: Option<Tensor<f32>> = value.into_tensor();
        let tensor =
            tensor.ok_or_else(|| format!("the layer must be of floats, it is of {value_type}"))?;
        Ok((tensor.shape().to_vec(), tensor.into_data()))
    }
}

impl Step {
    fn engine<'a>(
        model: &Model<'a>,
        flow: &Flow<'_, 'a>,
        inputs: &[&'a str],
        outputs: &[&'a str],
    ) -> Result<Self, String> {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let file =
            cut(model, flow, outputs, inputs, Path::new("")).map_err(|fault| fault.to_string())?;
        Ok(Self {
            work: Work::Engine(Box::new(Engine::load(file, inputs, outputs)?)),
            takes: owned(inputs),
            makes: owned(outputs),
            drops: Vec::new(),
        })
    }

    /// A chain without links.
    fn convolutions(site: &Site<'_, '_>) -> Self {
        Self {
            work: Work::Convolutions {
                chain: Chain::new(site.n_in()),
                names: vec![site.input.to_owned()],
            },
            takes: vec![site.input.to_owned()],
            makes: Vec::new(),
            drops: Vec::new(),
        }
    }

    /// Adds a link to a chain that has all that the site takes. None if this is no such chain.
    fn append(&mut self, site: &Site<'_, '_>) -> Option<Result<(), String>> {
        let Work::Convolutions { chain, names } = &mut self.work else {
            return None;
        };
        let value = |wanted: &str| names.iter().position(|name| name == wanted);
        let takes = value(site.input)?;
        let adds = match site.addend {
            Some(addend) => Some(value(addend)?),
            None => None,
        };
        let appended = site
            .convolution()
            .and_then(|convolution| chain.append(&convolution, takes, adds));
        names.push(site.output.to_owned());
        self.makes.push(site.output.to_owned());
        Some(appended.ok_or_else(|| "a convolution lost its weights".to_owned()))
    }

    fn run(&self, taken: &[&Value], threads: &Arc<ThreadPool>) -> Result<Vec<Value>, String> {
        match &self.work {
            Work::Engine(engine) => engine.run(taken, threads),
            Work::Convolutions { chain, names } => {
                let [value] = taken else {
                    return Err("a convolution takes one tensor".to_owned());
                };
                let view =
                    TensorView::<f32>::try_from(*value).map_err(|fault| fault.to_string())?;
                let shape = <[usize; 4]>::try_from(view.shape());
                let shape = shape
                    .map_err(|_| format!("a convolution takes 4 axes, not {:?}", view.shape()))?;
                let value = |wanted: &String| names.iter().position(|name| name == wanted);
                let wanted: Vec<_> = self.makes.iter().filter_map(value).collect();
                let made = chain.run(view.to_contiguous().data(), shape, &wanted)?;
                Ok(made
                    .into_iter()
                    .map(|(values, shape)| Tensor::from_data(&shape, values).into())
                    .collect())
            }
        }
    }
}

/// Adds a convolution to the chain that has what it takes, or else begins one. Whatever is made, by one
/// convolution after another, of a tensor of the engine's, is one chain: all of it can be made at once.
fn add(steps: &mut Vec<Step>, site: &Site<'_, '_>) -> Result<(), String> {
    if let Some(added) = steps.iter_mut().find_map(|step| step.append(site)) {
        return added;
    }
    let mut step = Step::convolutions(site);
    let added = step.append(site);
    steps.push(step);
    added.unwrap_or_else(|| Err("a convolution adds what is not made yet".to_owned()))
}
