//! Repulsion by a tree: what is far away counts as one point.
//!
//! Barnes and Hut, *A hierarchical O(N log N) force-calculation algorithm*, 1986; van der Maaten,
//! *Accelerating t-SNE using tree-based algorithms*, JMLR 2014. The points are sorted along a
//! Morton curve, so that every cell of the quadtree (octree in 3-D) is a range of them and points
//! that are worked on together walk the same cells.

use super::forces::{Coordinates, Repulsion, TASK_ROWS, row_blocks};
use super::morton;

/// Points of a leaf: as many pairs as cost about what a few cells do.
const LEAF_POINTS: usize = 8;

/// Cells stand for their points where they are narrower than `angle` times their distance.
pub(crate) struct BarnesHut<const D: usize> {
    squared_angle: f32,
    /// (Morton code, point), ascending.
    order: Vec<(u64, u32)>,
    cells: Vec<Cell<D>>,
    /// Coordinates and forces in the order of the curve.
    sorted: Coordinates<D>,
    sorted_forces: Coordinates<D>,
}

/// A cell of the tree. Cells stand in depth-first order.
#[derive(Clone, Copy)]
struct Cell<const D: usize> {
    center_of_mass: [f32; D],
    count: f32,
    squared_width: f32,
    /// The first cell after this one's subtree.
    next: u32,
    /// Its points in the order of the curve; empty for cells that have children.
    leaf: (u32, u32),
}

impl<const D: usize> BarnesHut<D> {
    pub(crate) fn new(angle: f64) -> Self {
        let empty = || std::array::from_fn(|_| Vec::new());
        Self {
            squared_angle: (angle * angle) as f32,
            order: Vec::new(),
            cells: Vec::new(),
            sorted: empty(),
            sorted_forces: empty(),
        }
    }

    fn sort(&mut self, y: &Coordinates<D>) -> f32 {
        let width = morton::sort(y, &mut self.order);
        for (sorted, axis) in self.sorted.iter_mut().zip(y) {
            sorted.clear();
            sorted.extend(self.order.iter().map(|&(_, i)| axis[i as usize]));
        }
        width
    }

    /// Appends the cell of the points `start..end`, which agree in all bits above `level` digits.
    fn grow(&mut self, start: usize, end: usize, level: u32, width: f32) {
        let index = self.cells.len();
        let count = (end - start) as f32;
        let center_of_mass = self.sorted.each_ref().map(|axis| {
            let sum: f64 = axis[start..end].iter().map(|&v| f64::from(v)).sum();
            (sum / (end - start) as f64) as f32
        });
        let squared_width = width * width;
        let leaf = (start as u32, end as u32);
        self.cells.push(Cell {
            center_of_mass,
            count,
            squared_width,
            next: 0,
            leaf,
        });
        if end - start > LEAF_POINTS && level > 0 {
            self.cells[index].leaf = (0, 0);
            let shift = (level - 1) * D as u32;
            let mut child_start = start;
            while child_start < end {
                let digit = self.order[child_start].0 >> shift;
                let same = self.order[child_start..end].partition_point(|e| e.0 >> shift == digit);
                self.grow(child_start, child_start + same, level - 1, width / 2.0);
                child_start += same;
            }
        }
        self.cells[index].next = self.cells.len() as u32;
    }

    /// Σ q²·(y − yⱼ) and Σ q over all points j; the point itself, if it is one, adds 1 to Σ q.
    fn repulsion_on(&self, at: [f32; D]) -> ([f32; D], f64) {
        let (mut force, mut z) = ([0.0f32; D], 0.0f64);
        let mut add = |point: [f32; D], delta_square: Option<f32>, count: f32| {
            let delta: [f32; D] = std::array::from_fn(|a| at[a] - point[a]);
            let square = delta_square.unwrap_or_else(|| delta.iter().map(|d| d * d).sum());
            let q = 1.0 / (1.0 + square);
            z += f64::from(count * q);
            for a in 0..D {
                force[a] += count * q * q * delta[a];
            }
        };
        let mut c = 0;
        while let Some(cell) = self.cells.get(c) {
            let square: f32 = at
                .iter()
                .zip(cell.center_of_mass)
                .map(|(y, m)| (y - m) * (y - m))
                .sum();
            if cell.squared_width < self.squared_angle * square {
                add(cell.center_of_mass, Some(square), cell.count);
                c = cell.next as usize;
            } else {
                for j in cell.leaf.0 as usize..cell.leaf.1 as usize {
                    add(std::array::from_fn(|a| self.sorted[a][j]), None, 1.0);
                }
                c += 1;
            }
        }
        (force, z)
    }
}

impl<const D: usize> Repulsion<D> for BarnesHut<D> {
    fn add_up(&mut self, y: &Coordinates<D>, forces: &mut Coordinates<D>) -> f64 {
        let width = self.sort(y);
        self.cells.clear();
        self.grow(0, self.order.len(), morton::bits(D), width);
        let mut sorted_forces =
            std::mem::replace(&mut self.sorted_forces, std::array::from_fn(|_| Vec::new()));
        for axis in &mut sorted_forces {
            axis.resize(self.order.len(), 0.0);
        }
        let sums = row_blocks(&mut sorted_forces, TASK_ROWS, |first, forces| {
            let mut z = 0.0;
            for r in 0..forces[0].len() {
                let at = std::array::from_fn(|a| self.sorted[a][first + r]);
                let (force, sum) = self.repulsion_on(at);
                for a in 0..D {
                    forces[a][r] = force[a];
                }
                z += sum - 1.0;
            }
            z
        });
        for (forces, sorted) in forces.iter_mut().zip(&sorted_forces) {
            for (&(_, i), force) in self.order.iter().zip(sorted) {
                forces[i as usize] = *force;
            }
        }
        self.sorted_forces = sorted_forces;
        sums.into_iter().sum()
    }
}
