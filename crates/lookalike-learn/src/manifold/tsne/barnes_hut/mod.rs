//! Repulsion by a tree: what is far away counts as one thing.
//!
//! Barnes and Hut, *A hierarchical O(N log N) force-calculation algorithm*, 1986; van der Maaten,
//! *Accelerating t-SNE using tree-based algorithms*, JMLR 2014. As in Barnes, *A modified tree code:
//! don't laugh; it runs*, 1990, the points of a leaf walk the tree together. Cells act by their moments up to the
//! second.

mod sums;
mod tree;

use super::forces::{Coordinates, Repulsion, TASK_ROWS, row_blocks_with};
use crate::simd;
use sums::Leaves;
use tree::{Lists, Tree};

/// Sums between two sorts of the points, which move little from one to the next.
const SORT_EVERY: usize = 16;
/// Points or cells that share a division.
const GROUP: usize = 4;
/// On maps that reach farther from the origin, the product of the squares of a group could overflow.
const WIDEST_OF_GROUPS: f32 = 1e4;

/// Cells stand for their points where they are narrower than `angle` times their distance.
pub(crate) struct BarnesHut<const D: usize> {
    squared_angle: f32,
    tree: Tree<D>,
    sums_since_sort: usize,
    /// In the order of the leaves.
    sorted_forces: Coordinates<D>,
    /// Of each task. Threads that made their own would wait for one another to be given memory.
    lists: Vec<Lists>,
}

impl<const D: usize> BarnesHut<D> {
    pub(crate) fn new(angle: f64) -> Self {
        Self {
            squared_angle: (angle * angle) as f32,
            tree: Tree::new(),
            sums_since_sort: 0,
            sorted_forces: std::array::from_fn(|_| Vec::new()),
            lists: Vec::new(),
        }
    }

    /// Works on R points or cells at a time.
    fn add_up_groups<const R: usize>(&mut self) -> f64 {
        let (tree, squared_angle) = (&self.tree, self.squared_angle);
        let n_tasks = tree.n_points().div_ceil(TASK_ROWS);
        self.lists.resize_with(n_tasks, Lists::default);
        let sums = row_blocks_with(
            [&mut self.sorted_forces],
            TASK_ROWS,
            &mut self.lists,
            |first_row, [forces], lists| {
                simd::run(Leaves::<D, R> {
                    tree,
                    squared_angle,
                    first_row,
                    lists,
                    forces,
                })
            },
        );
        sums.into_iter().sum()
    }
}

impl<const D: usize> Repulsion<D> for BarnesHut<D> {
    fn add_up(&mut self, y: &Coordinates<D>, forces: &mut Coordinates<D>) -> f64 {
        let n = y[0].len();
        if self.sums_since_sort == SORT_EVERY || self.tree.n_points() != n {
            self.reordered();
        }
        if self.sums_since_sort == 0 {
            self.tree.sort(y);
        }
        self.sums_since_sort += 1;
        self.tree.update(y);
        for axis in &mut self.sorted_forces {
            axis.resize(n, 0.0);
        }
        let z = if self.tree.extent() <= WIDEST_OF_GROUPS {
            self.add_up_groups::<GROUP>()
        } else {
            self.add_up_groups::<1>()
        };
        self.tree.give_back(&self.sorted_forces, forces);
        z
    }

    fn reordered(&mut self) {
        self.sums_since_sort = 0;
    }
}
