//! Repulsion by a tree: what is far away counts as one point.
//!
//! Barnes and Hut, *A hierarchical O(N log N) force-calculation algorithm*, 1986; van der Maaten,
//! *Accelerating t-SNE using tree-based algorithms*, JMLR 2014. The points are sorted along a
//! Morton curve, so that every cell of the quadtree (octree in 3-D) is a range of them and points
//! that are worked on together walk the same cells.

use rayon::prelude::*;

use super::forces::{Coordinates, Repulsion, row_blocks};

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

    const BITS: u32 = 63 / D as u32;

    fn sort(&mut self, y: &Coordinates<D>) -> f32 {
        let low: [f32; D] = y
            .each_ref()
            .map(|axis| axis.iter().copied().fold(f32::MAX, f32::min));
        let high: [f32; D] = y
            .each_ref()
            .map(|axis| axis.iter().copied().fold(f32::MIN, f32::max));
        let width = low
            .iter()
            .zip(high)
            .map(|(l, h)| h - l)
            .fold(f32::MIN_POSITIVE, f32::max);
        let scale = 2f64.powi(Self::BITS as i32) / (f64::from(width) * (1.0 + 1e-6));
        (0..y[0].len())
            .into_par_iter()
            .map(|i| {
                let code = (0..D).fold(0, |code, a| {
                    let step = (f64::from(y[a][i] - low[a]) * scale) as u64;
                    code | spread_bits(step, D as u32) << a
                });
                (code, i as u32)
            })
            .collect_into_vec(&mut self.order);
        self.order.par_sort_unstable();
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
        self.grow(0, self.order.len(), Self::BITS, width);
        let mut sorted_forces =
            std::mem::replace(&mut self.sorted_forces, std::array::from_fn(|_| Vec::new()));
        for axis in &mut sorted_forces {
            axis.resize(self.order.len(), 0.0);
        }
        let z = row_blocks(&mut sorted_forces, |first, forces| {
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
        z
    }
}

/// Puts `gap` − 1 zeros between the bits of `value`.
fn spread_bits(value: u64, gap: u32) -> u64 {
    if gap == 2 {
        let mut v = value & 0x7FFF_FFFF;
        v = (v | v << 16) & 0x0000_FFFF_0000_FFFF;
        v = (v | v << 8) & 0x00FF_00FF_00FF_00FF;
        v = (v | v << 4) & 0x0F0F_0F0F_0F0F_0F0F;
        v = (v | v << 2) & 0x3333_3333_3333_3333;
        (v | v << 1) & 0x5555_5555_5555_5555
    } else {
        let mut v = value & 0x1F_FFFF;
        v = (v | v << 32) & 0x001F_0000_0000_FFFF;
        v = (v | v << 16) & 0x001F_0000_FF00_00FF;
        v = (v | v << 8) & 0x100F_00F0_0F00_F00F;
        v = (v | v << 4) & 0x10C3_0C30_C30C_30C3;
        (v | v << 2) & 0x1249_2492_4924_9249
    }
}
