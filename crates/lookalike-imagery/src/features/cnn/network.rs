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
    Convolutions(Chain),
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
            parts
                .iter()
                .map(|part| Step::load(model, flow, part))
                .collect()
        };
        let steps: Result<Vec<_>, _> = engine::apart(load)?;
        let mut steps = steps?;
        let mut later = vec![layer.to_owned()];
        for step in steps.iter_mut().rev() {
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
            steps: joined(steps),
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
    fn load<'a>(
        model: &Model<'a>,
        flow: &Flow<'_, 'a>,
        part: &Part<'_, 'a>,
    ) -> Result<Self, String> {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        match part {
            Part::Engine { inputs, outputs } => {
                let file = cut(model, flow, outputs, inputs, Path::new(""))
                    .map_err(|fault| fault.to_string())?;
                let work = Work::Engine(Box::new(Engine::load(file, inputs, outputs)?));
                Ok(Self {
                    work,
                    takes: owned(inputs),
                    makes: owned(outputs),
                    drops: Vec::new(),
                })
            }
            Part::Convolution(site) => {
                let chain = site.convolution().and_then(|one| Chain::new(&one));
                Ok(Self {
                    work: Work::Convolutions(chain.ok_or("a convolution lost its weights")?),
                    takes: owned(&[site.input]),
                    makes: owned(&[site.output]),
                    drops: Vec::new(),
                })
            }
        }
    }

    /// Whether both are convolutions, and the second alone takes what the first makes.
    fn leads_only_to(&self, next: &Self) -> bool {
        let fits = matches!(
            (&self.work, &next.work),
            (Work::Convolutions(chain), Work::Convolutions(next)) if chain.fits(next)
        );
        fits && self.makes == next.takes && self.makes.iter().all(|name| next.drops.contains(name))
    }

    fn append(&mut self, next: Self) {
        if let (Work::Convolutions(chain), Work::Convolutions(links)) = (&mut self.work, next.work)
        {
            chain.append(links);
        }
        let dropped = next
            .drops
            .into_iter()
            .filter(|name| !next.takes.contains(name));
        self.drops.extend(dropped);
        self.makes = next.makes;
    }

    fn run(&self, taken: &[&Value], threads: &Arc<ThreadPool>) -> Result<Vec<Value>, String> {
        match &self.work {
            Work::Engine(engine) => engine.run(taken, threads),
            Work::Convolutions(chain) => {
                let [value] = taken else {
                    return Err("a convolution takes one tensor".to_owned());
                };
                let view =
                    TensorView::<f32>::try_from(*value).map_err(|fault| fault.to_string())?;
                let shape = <[usize; 4]>::try_from(view.shape());
                let shape = shape
                    .map_err(|_| format!("a convolution takes 4 axes, not {:?}", view.shape()))?;
                let (output, shape) = chain.run(view.to_contiguous().data(), shape)?;
                Ok(vec![Tensor::from_data(&shape, output).into()])
            }
        }
    }
}

/// Steps with convolutions in one chain wherever one takes what the one before it makes, and nobody
/// else does.
fn joined(steps: Vec<Step>) -> Vec<Step> {
    let mut joined: Vec<Step> = Vec::new();
    for step in steps {
        match joined.last_mut() {
            Some(last) if last.leads_only_to(&step) => last.append(step),
            _ => joined.push(step),
        }
    }
    joined
}
