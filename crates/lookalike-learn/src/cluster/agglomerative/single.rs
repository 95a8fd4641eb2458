//! Single linkage: the merges are the edges of a minimum spanning tree.

use ndarray::ArrayRef2;

use super::nn_chain::Found;
use crate::cluster::{first_minimum, spanning_tree};
use crate::input::Samples;
use crate::{Context, Result};

/// In the order in which SciPy finds them, each with the row that joined before.
pub(super) fn merges(samples: &Samples<'_>, context: &Context) -> Result<Vec<Found>> {
    let mut last = 0;
    let tree = spanning_tree::grown(samples, context)?;
    Ok(tree
        .into_iter()
        .map(|connection| {
            let pair = [last, connection.rows[1]];
            last = pair[1];
            Found {
                pair,
                height: connection.squared.sqrt(),
                ordered: true,
            }
        })
        .collect())
}

/// Of samples of which only the distances are known; the upper triangle is read.
pub(super) fn merges_of_matrix(matrix: &ArrayRef2<f64>, context: &Context) -> Result<Vec<Found>> {
    let n = matrix.nrows();
    let mut to_tree = vec![f64::MAX; n];
    let mut merges = Vec::with_capacity(n - 1);
    let mut last = 0;
    to_tree[0] = f64::INFINITY;
    for _ in 1..n {
        context.check()?;
        for (i, to_tree) in to_tree.iter_mut().enumerate() {
            if *to_tree < f64::INFINITY {
                *to_tree = to_tree.min(matrix[[i.min(last), i.max(last)]]);
            }
        }
        let (next, height) = first_minimum(&to_tree);
        merges.push(Found {
            pair: [last, next],
            height,
            ordered: false,
        });
        to_tree[next] = f64::INFINITY;
        last = next;
    }
    Ok(merges)
}
