//! Repulsion by interpolation on a grid: O(n) for points, O(m·log m) for m nodes.
//!
//! Linderman, Rachh, Hoskins, Steinerberger and Kluger, *Fast interpolation-based t-SNE for
//! improved visualization of single-cell RNA-seq data*, Nature Methods 2019. As there, the kernel is
//! interpolated between the nodes of a grid, on which all sums are one convolution. Three things
//! are otherwise: cubic splines take the place of polynomials in boxes, and are off by less than a
//! tenth of what those are with as many nodes; forces come from their own kernel, not from
//! differences of sums; the sum of q comes from the spectrum, without a transform back.

mod convolution;
mod grid;

use convolution::Convolution;
use grid::{Density, Grid};

use super::barnes_hut::BarnesHut;
use super::forces::{Coordinates, Repulsion, TASK_ROWS, row_blocks};

/// Nodes for each point above which the tree is faster, and takes less memory.
const MOST_NODES: usize = 32;

/// Interpolation on a grid, or a tree where the map is so wide that the grid is mostly empty.
pub(crate) struct Interpolation {
    density: Density,
    convolution: Convolution,
    tree: BarnesHut<2>,
}

impl Interpolation {
    /// `angle` is that of the tree.
    pub(crate) fn new(angle: f64) -> Self {
        Self {
            density: Density::default(),
            convolution: Convolution::new(),
            tree: BarnesHut::new(angle),
        }
    }
}

impl Repulsion<2> for Interpolation {
    fn add_up(&mut self, y: &Coordinates<2>, forces: &mut Coordinates<2>) -> f64 {
        let n = y[0].len();
        let few = |grid: &Grid| grid.nodes[0].saturating_mul(grid.nodes[1]) <= MOST_NODES * n;
        let Some(grid) = Grid::under(y).filter(few) else {
            return self.tree.add_up(y, forces);
        };
        self.density.spread(&grid, y);
        let density = &self.density;
        let z = self
            .convolution
            .apply(&grid, |row, nodes| density.row(row, nodes));
        let field = self.convolution.field();
        row_blocks(forces, TASK_ROWS, |first, forces| {
            let rows = first..first + forces[0].len();
            grid.gather(field, y, rows, forces);
        });
        z - n as f64
    }
}
