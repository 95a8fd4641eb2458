//! Repulsion by interpolation on a grid: O(n) for points, O(m·log m) for m nodes.
//!
//! Linderman, Rachh, Hoskins, Steinerberger and Kluger, *Fast interpolation-based t-SNE for
//! improved visualization of single-cell RNA-seq data*, Nature Methods 2019. As there, the kernel is
//! interpolated between the nodes of a grid, on which all sums are one convolution. Three things
//! are otherwise: cubic splines take the place of polynomials in boxes, and are off by less than a
//! tenth of what those are with as many nodes; forces come from their own kernel, not from
//! differences of sums; the sum of q comes from the spectrum, without a transform back. And on wide
//! maps, the far part of the kernel, which is smooth, has a grid of wider steps: a grid that all forces
//! reach across has to be padded to twice its nodes along each axis, one for the near part hardly.

mod convolution;
mod grid;
mod kernel;

use convolution::Convolution;
use grid::{Density, Grid};
use kernel::Kernel;

use super::barnes_hut::BarnesHut;
use super::forces::{Coordinates, Repulsion, TASK_ROWS, row_blocks};

/// Nodes for each point above which the tree is faster, and takes less memory.
const MOST_NODES: usize = 32;

/// Nodes along an axis from which the near and the far part of the kernel have a grid each.
const MANY_NODES: usize = 128;
/// Steps of the grid at which the near part ends, and that make one of the wider grid.
const NEAR_STEPS: f32 = 16.0;
const WIDER: usize = 4;

/// Interpolation on a grid, or a tree where the map is so wide that the grid is mostly empty.
pub(crate) struct Interpolation {
    levels: [Level; 2],
    tree: BarnesHut<2>,
}

/// What works on one grid.
struct Level {
    density: Density,
    convolution: Convolution,
}

impl Interpolation {
    /// `angle` is that of the tree.
    pub(crate) fn new(angle: f64) -> Self {
        let level = || Level {
            density: Density::default(),
            convolution: Convolution::new(),
        };
        Self {
            levels: [level(), level()],
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
        for axis in &mut *forces {
            axis.fill(0.0);
        }
        let [finer, wider] = &mut self.levels;
        let z = if grid.nodes[0].max(grid.nodes[1]) < MANY_NODES {
            finer.add_up(&grid, Kernel::Whole, y, forces)
        } else {
            let end = NEAR_STEPS * grid.step;
            finer.add_up(&grid, Kernel::Near { end }, y, forces)
                + wider.add_up(&grid.wider(WIDER), Kernel::Far { start: end }, y, forces)
        };
        z - n as f64
    }

    fn reordered(&mut self) {
        self.tree.reordered();
    }
}

impl Level {
    /// Adds the forces of a part of the kernel; its sum over all ordered pairs of points, each with itself
    /// among them.
    fn add_up(
        &mut self,
        grid: &Grid,
        kernel: Kernel,
        y: &Coordinates<2>,
        forces: &mut Coordinates<2>,
    ) -> f64 {
        self.density.spread(grid, y);
        let density = &self.density;
        let sum = self
            .convolution
            .apply(grid, kernel, |row, nodes| density.row(row, nodes));
        let field = self.convolution.field();
        row_blocks([forces], TASK_ROWS, |first, [forces]| {
            let rows = first..first + forces[0].len();
            grid.gather(field, y, rows, forces);
        });
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_parts_of_the_kernel_do_what_the_whole_does() {
        let random = Random::new(4, 0);
        let axis = |a: u64| (0..3000).map(move |i| 12.0 * random.normal(2 * i + a) as f32);
        let y: Coordinates<2> = [axis(0).collect(), axis(1).collect()];
        let grid = Grid::under(&y).unwrap();
        assert!(grid.nodes[0] > MANY_NODES);
        let Interpolation {
            levels: [mut level, mut wider],
            ..
        } = Interpolation::new(0.5);
        let forces = || [vec![0.0; y[0].len()], vec![0.0; y[0].len()]];
        let (mut whole, mut parts) = (forces(), forces());
        let sum = level.add_up(&grid, Kernel::Whole, &y, &mut whole);
        let end = NEAR_STEPS * grid.step;
        let near = level.add_up(&grid, Kernel::Near { end }, &y, &mut parts);
        let far = Kernel::Far { start: end };
        let far = wider.add_up(&grid.wider(WIDER), far, &y, &mut parts);
        let square = |v: f32| f64::from(v) * f64::from(v);
        let differences = whole.iter().flatten().zip(parts.iter().flatten());
        let error: f64 = differences.map(|(a, b)| square(a - b)).sum();
        let size: f64 = whole.iter().flatten().map(|&v| square(v)).sum();
        assert!((error / size).sqrt() < 1e-3, "{}", (error / size).sqrt());
        assert!((near + far - sum).abs() < 2e-5 * sum, "{near} {far} {sum}");
    }
}
