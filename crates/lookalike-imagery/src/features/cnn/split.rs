//! Which parts of a graph the engine runs, and which convolutions are done here.

use std::collections::HashMap;

use super::flow::Flow;
use super::sites::{Site, sites};

/// A part of a graph, by the tensors that it takes and makes.
#[derive(Debug)]
pub(super) enum Part<'m, 'a> {
    Engine {
        inputs: Vec<&'a str>,
        outputs: Vec<&'a str>,
    },
    Convolution(Site<'m, 'a>),
}

/// Cuts what `layer` needs into parts, in the order in which they can be run.
///
/// A tensor's level is the number of our convolutions on the longest way to it. The engine's nodes of
/// one level are one part.
pub(super) fn split<'m, 'a>(flow: &Flow<'m, 'a>, layer: &'a str) -> Vec<Part<'m, 'a>> {
    let sites = sites(flow, layer);
    let made_here: HashMap<_, _> = sites.iter().map(|site| (site.output, site)).collect();
    let levels = levels(flow, &made_here);
    let level_of = |tensor: &str| levels.get(tensor).copied().unwrap_or(0);
    let mut wanted = vec![layer];
    let mut parts = Vec::new();
    for level in (0..=level_of(layer)).rev() {
        for site in sites
            .iter()
            .filter(|site| level_of(site.output) == level + 1)
        {
            if wanted.contains(&site.output) {
                parts.push(Part::Convolution(*site));
                site.takes().for_each(|name| want(&mut wanted, name));
            }
        }
        let is_given = |tensor: &str| {
            let is_earlier = flow.maker(tensor).is_none() || level_of(tensor) < level;
            flow.is_from_input(tensor) && (is_earlier || made_here.contains_key(tensor))
        };
        let outputs: Vec<_> = wanted
            .iter()
            .copied()
            .filter(|tensor| level_of(tensor) == level && !is_given(tensor))
            .collect();
        if !outputs.is_empty() {
            let inputs = flow.needed(&outputs, is_given).1;
            for input in &inputs {
                want(&mut wanted, input);
            }
            parts.push(Part::Engine { inputs, outputs });
        }
    }
    parts.reverse();
    parts
}

fn want<'a>(wanted: &mut Vec<&'a str>, tensor: &'a str) {
    if !wanted.contains(&tensor) {
        wanted.push(tensor);
    }
}

fn levels<'a>(
    flow: &Flow<'_, 'a>,
    made_here: &HashMap<&'a str, &Site<'_, 'a>>,
) -> HashMap<&'a str, usize> {
    let mut levels = HashMap::new();
    for node in &flow.graph.nodes {
        let highest = |names: &mut dyn Iterator<Item = &'a str>| {
            names
                .filter_map(|name| levels.get(name).copied())
                .max()
                .unwrap_or(0)
        };
        let site = node
            .outputs
            .first()
            .and_then(|output| made_here.get(output));
        let level = match site {
            Some(site) => highest(&mut site.takes()) + 1,
            None => highest(&mut node.uses()),
        };
        levels.extend(node.outputs.iter().map(|name| (*name, level)));
    }
    levels
}
