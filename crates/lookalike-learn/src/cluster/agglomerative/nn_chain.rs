//! The nearest-neighbour chain: from any cluster to its nearest, to the nearest of that, until two
//! are each other's nearest. For linkages that never bring a merged cluster nearer to others than
//! its parts were, merging those two is right at once, and O(n) steps of O(n) make the whole tree.

use crate::{Context, Result};

/// A merge as it is found, not yet sorted by height.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// Any sample of each of the two clusters.
    pub(super) pair: [usize; 2],
    pub(super) height: f64,
    /// Whether the order of the pair has a meaning.
    pub(super) ordered: bool,
}

/// Clusters that merge. A cluster keeps the larger of the two numbers that merged into it.
pub(super) trait Clusters {
    /// The nearest other cluster and its distance. Among equals `preferred` comes first, then the
    /// lowest number.
    fn nearest(&mut self, cluster: usize, preferred: Option<usize>) -> (usize, f64);

    /// Merges `dropped` into `kept`, which are `height` apart.
    fn merge(&mut self, dropped: usize, kept: usize, height: f64);
}

/// Merges between two looks at the token, and between two reports.
const REPORT_EVERY: usize = 64;

/// All n − 1 merges of `n` clusters. Chains and ties are those of SciPy, so the tree is too.
pub(super) fn nn_chain(
    n: usize,
    clusters: &mut impl Clusters,
    context: &Context,
) -> Result<Vec<Found>> {
    let mut alive = vec![true; n];
    let mut first = 0;
    let mut chain: Vec<usize> = Vec::with_capacity(n);
    let mut merges = Vec::with_capacity(n - 1);
    while merges.len() < n - 1 {
        if merges.len() % REPORT_EVERY == 0 {
            context.report("linkage", merges.len(), n - 1, None);
        }
        while !alive[first] {
            first += 1;
        }
        let mut top = chain.pop().unwrap_or(first);
        let height = loop {
            context.check()?;
            let previous = chain.last().copied();
            let (nearest, distance) = clusters.nearest(top, previous);
            if previous == Some(nearest) {
                break distance;
            }
            chain.push(top);
            top = nearest;
        };
        let previous = chain.pop().expect("the loop ends on a previous cluster");
        let (dropped, kept) = (top.min(previous), top.max(previous));
        alive[dropped] = false;
        clusters.merge(dropped, kept, height);
        merges.push(Found {
            pair: [dropped, kept],
            height,
            ordered: false,
        });
    }
    Ok(merges)
}
