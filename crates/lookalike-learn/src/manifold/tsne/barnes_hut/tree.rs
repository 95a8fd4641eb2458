//! The tree: cells of four, over leaves of sixteen points.
//!
//! The points are split at medians, so that all cells of a level have equally many points, but for
//! the last: where a cell lies follows from its number, and only the order of the points is kept.

use super::super::forces::{Coordinates, row_blocks, row_blocks_with};
use crate::simd::LANES;

/// Points of a leaf: the lanes of the widest vector, since the rows of a leaf are worked on at once.
pub(super) const LEAF: usize = LANES;
/// Cells of a level that make one of the next, also as the power of two.
const CHILDREN: usize = 1 << CHILDREN_BITS;
const CHILDREN_BITS: usize = 2;
/// Cells of a level that are looked at together: the children of four.
const BLOCK_CELLS: usize = CHILDREN * CHILDREN;
/// Points from which both halves of a split are split at once.
const FORK_FROM: usize = 512;
/// Points that one task works on: few, so that threads stay awake between the phases that take longer.
const TASK_POINTS: usize = 256;

/// The moments of a cell, and the box around its points.
#[derive(Clone, Copy)]
pub(super) struct Cell<const D: usize> {
    pub(super) count: f32,
    pub(super) center: [f32; D],
    /// Σ δδᵀ over the points, δ from the centre.
    pub(super) moments: [[f32; D]; D],
    /// Σ ‖δ‖².
    pub(super) spread: f32,
    low: [f32; D],
    high: [f32; D],
}

/// The cells of a level, and what tells how far away they have to be.
struct Level<const D: usize> {
    cells: Vec<Cell<D>>,
    /// Padded to whole blocks.
    center: [Vec<f32>; D],
    squared_width: Vec<f32>,
}

pub(super) struct Tree<const D: usize> {
    /// The points in the order of the leaves, and the place of each point in it.
    order: Vec<u32>,
    places: Vec<u32>,
    /// Their coordinates in this order, padded to whole leaves with copies of the last.
    points: Coordinates<D>,
    /// From the leaves to a level of one block.
    levels: Vec<Level<D>>,
}

/// What acts on the points of a leaf.
#[derive(Default)]
pub(super) struct Lists {
    /// Leaves of points that count by themselves; not the leaf itself.
    pub(super) near: Vec<u32>,
    /// (level, cell) of those that stand for their points.
    pub(super) far: Vec<(u32, u32)>,
    /// Blocks that are still to be looked at.
    open: Vec<Block>,
}

/// Cells of a level.
struct Block {
    level: u32,
    first: u32,
    /// A bit for each of those whose parent does not stand for its points.
    open: u32,
}

impl<const D: usize> Tree<D> {
    pub(super) fn new() -> Self {
        Self {
            order: Vec::new(),
            places: Vec::new(),
            points: std::array::from_fn(|_| Vec::new()),
            levels: Vec::new(),
        }
    }

    pub(super) fn n_points(&self) -> usize {
        self.order.len()
    }

    /// Puts the points into an order in which leaves are small.
    pub(super) fn sort(&mut self, y: &Coordinates<D>) {
        let n = y[0].len();
        if self.n_points() != n {
            self.shape(n);
        }
        self.order.clear();
        self.order.extend(0..n as u32);
        split(y, &mut self.order);
        self.places.resize(n, 0);
        for (place, &point) in self.order.iter().enumerate() {
            self.places[point as usize] = place as u32;
        }
    }

    /// Makes room for n points: sums and cells are written where those before were.
    fn shape(&mut self, n: usize) {
        for axis in &mut self.points {
            axis.resize(n.next_multiple_of(LEAF), 0.0);
        }
        self.levels.clear();
        let mut n_cells = n.div_ceil(LEAF);
        self.levels.push(Level::new(n_cells));
        while n_cells > BLOCK_CELLS {
            n_cells = n_cells.div_ceil(CHILDREN);
            self.levels.push(Level::new(n_cells));
        }
    }

    /// Takes the points to where they are now, in the order that they have.
    pub(super) fn update(&mut self, y: &Coordinates<D>) {
        let n = self.order.len();
        let Some((leaves, above)) = self.levels.split_first_mut() else {
            return;
        };
        let cells = leaves.cells.chunks_mut(TASK_POINTS / LEAF);
        let points = [&mut self.points];
        row_blocks_with(points, TASK_POINTS, cells, |first, [points], cells| {
            let order = &self.order[first..n.min(first + TASK_POINTS)];
            for (points, y) in points.iter_mut().zip(y) {
                take(y, order, points);
                points[order.len()..].fill(y[order[order.len() - 1] as usize]);
            }
            for (start, cell) in (0..order.len()).step_by(LEAF).zip(cells) {
                let rows = start..order.len().min(start + LEAF);
                *cell = Cell::of_points(points.each_ref().map(|axis| &axis[rows.clone()]));
            }
        });
        leaves.place();
        let mut below = leaves;
        for level in above {
            let families = below.cells.chunks(CHILDREN);
            for (cell, children) in level.cells.iter_mut().zip(families) {
                *cell = Cell::of_cells(children);
            }
            level.place();
            below = level;
        }
    }

    /// The forces on the points in their own order, from those in the order of the leaves.
    pub(super) fn give_back(&self, sorted: &Coordinates<D>, forces: &mut Coordinates<D>) {
        row_blocks([forces], TASK_POINTS, |first, [forces]| {
            let places = &self.places[first..][..forces[0].len()];
            for (sorted, forces) in sorted.iter().zip(forces) {
                take(sorted, places, forces);
            }
        });
    }

    /// The coordinates of the points of a leaf, those of the last one padded.
    #[inline(always)]
    pub(super) fn rows(&self, leaf: usize) -> [&[f32; LEAF]; D] {
        self.points.each_ref().map(|axis| &axis.as_chunks().0[leaf])
    }

    /// The coordinates of the points of a leaf.
    #[inline(always)]
    pub(super) fn points(&self, leaf: usize) -> [&[f32]; D] {
        let n = LEAF.min(self.order.len() - leaf * LEAF);
        self.rows(leaf).map(|axis| &axis[..n])
    }

    pub(super) fn cell(&self, (level, cell): (u32, u32)) -> &Cell<D> {
        &self.levels[level as usize].cells[cell as usize]
    }

    /// How far the box around all points reaches from the origin.
    pub(super) fn extent(&self) -> f32 {
        let top = self.levels.last().map_or(&[][..], |level| &level.cells);
        let reach = |cell: &Cell<D>| {
            let ends = cell.low.iter().chain(&cell.high);
            ends.fold(0.0f32, |reach, end| reach.max(end.abs()))
        };
        top.iter().map(reach).fold(0.0, f32::max)
    }

    /// What acts on the points of a leaf, where a cell stands for its points if its width is below
    /// `angle` times its distance from the box of the leaf.
    #[inline(always)]
    pub(super) fn walk(&self, leaf: usize, squared_angle: f32, lists: &mut Lists) {
        let Lists { near, far, open } = lists;
        near.clear();
        far.clear();
        open.clear();
        let Cell { low, high, .. } = self.levels[0].cells[leaf];
        let (level, first) = (self.levels.len() as u32 - 1, 0);
        open.push(Block {
            level,
            first,
            open: (1 << self.levels[level as usize].cells.len()) - 1,
        });
        while let Some(Block {
            level,
            first,
            open: all,
        }) = open.pop()
        {
            let own = (leaf as u32 >> (CHILDREN_BITS as u32 * level)).wrapping_sub(first);
            let own = 1u32.checked_shl(own).unwrap_or(0);
            let cells = &self.levels[level as usize];
            let is_far = all & !own & cells.far_from(first as usize, low, high, squared_angle);
            far.extend(bits(is_far).map(|cell| (level, first + cell)));
            let is_open = all & !is_far;
            if level == 0 {
                near.extend(bits(is_open & !own).map(|cell| first + cell));
                continue;
            }
            for parents in (0..BLOCK_CELLS).step_by(CHILDREN) {
                let children = children_of(is_open >> parents);
                if children != 0 {
                    let first = (first + parents as u32) * CHILDREN as u32;
                    let n = (self.levels[level as usize - 1].cells.len() as u32 - first)
                        .min(BLOCK_CELLS as u32);
                    open.push(Block {
                        level: level - 1,
                        first,
                        open: children & ((1 << n) - 1),
                    });
                }
            }
        }
    }
}

/// Four bits for each of the four last bits of `parents`.
#[inline(always)]
fn children_of(parents: u32) -> u32 {
    let apart = parents & 1 | (parents & 2) << 3 | (parents & 4) << 6 | (parents & 8) << 9;
    apart * 0b1111
}

impl<const D: usize> Level<D> {
    fn new(n_cells: usize) -> Self {
        let padded = n_cells.next_multiple_of(BLOCK_CELLS);
        Self {
            cells: vec![Cell::NONE; n_cells],
            center: std::array::from_fn(|_| vec![0.0; padded]),
            squared_width: vec![0.0; padded],
        }
    }

    /// Keeps the centres and the widths of the cells side by side.
    fn place(&mut self) {
        for (a, centers) in self.center.iter_mut().enumerate() {
            for (center, cell) in centers.iter_mut().zip(&self.cells) {
                *center = cell.center[a];
            }
        }
        for (squared_width, cell) in self.squared_width.iter_mut().zip(&self.cells) {
            *squared_width = cell.squared_width();
        }
    }

    /// A bit for each of the block of cells from `first` on that is far from a box.
    #[inline(always)]
    fn far_from(&self, first: usize, low: [f32; D], high: [f32; D], squared_angle: f32) -> u32 {
        let mut squares = [1.0f32; BLOCK_CELLS];
        for a in 0..D {
            let center = &self.center[a][first..first + BLOCK_CELLS];
            for (square, &center) in squares.iter_mut().zip(center) {
                let (below, above) = (low[a] - center, center - high[a]);
                let gap = if below > above { below } else { above };
                let gap = if gap > 0.0 { gap } else { 0.0 };
                *square += gap * gap;
            }
        }
        let widths = &self.squared_width[first..first + BLOCK_CELLS];
        let mut far = 0;
        for (cell, (square, &width)) in squares.iter().zip(widths).enumerate() {
            far |= u32::from(width <= squared_angle * square) << cell;
        }
        far
    }
}

impl<const D: usize> Cell<D> {
    const NONE: Self = Self {
        count: 0.0,
        center: [0.0; D],
        moments: [[0.0; D]; D],
        spread: 0.0,
        low: [0.0; D],
        high: [0.0; D],
    };

    /// One or more points.
    fn of_points(points: [&[f32]; D]) -> Self {
        let n = points[0].len();
        let center = points.map(|axis| {
            let sum: f32 = axis.iter().map(|value| value - axis[0]).sum();
            axis[0] + sum / n as f32
        });
        let mut moments = [[0.0; D]; D];
        for i in 0..n {
            add_square(
                &mut moments,
                1.0,
                std::array::from_fn(|a| points[a][i] - center[a]),
            );
        }
        Self {
            count: n as f32,
            center,
            moments,
            spread: trace(&moments),
            low: points.map(|axis| axis.iter().copied().fold(f32::INFINITY, f32::min)),
            high: points.map(|axis| axis.iter().copied().fold(f32::NEG_INFINITY, f32::max)),
        }
    }

    /// All points of one or more cells.
    fn of_cells(cells: &[Self]) -> Self {
        let mut whole = cells[0];
        for cell in &cells[1..] {
            let count = whole.count + cell.count;
            let delta: [f32; D] = std::array::from_fn(|a| cell.center[a] - whole.center[a]);
            let share = cell.count / count;
            add_square(&mut whole.moments, whole.count * share, delta);
            for a in 0..D {
                whole.center[a] += share * delta[a];
                for b in 0..D {
                    whole.moments[a][b] += cell.moments[a][b];
                }
                whole.low[a] = whole.low[a].min(cell.low[a]);
                whole.high[a] = whole.high[a].max(cell.high[a]);
            }
            whole.count = count;
        }
        whole.spread = trace(&whole.moments);
        whole
    }

    /// The side of the square whose corners are as far from its middle as the farthest corner of the box
    /// is from the centre, squared.
    fn squared_width(&self) -> f32 {
        let squares = (0..D).map(|a| {
            let reach = (self.center[a] - self.low[a]).max(self.high[a] - self.center[a]);
            reach * reach
        });
        2.0 * squares.sum::<f32>()
    }
}

/// Adds `weight`·δδᵀ.
#[inline(always)]
fn add_square<const D: usize>(moments: &mut [[f32; D]; D], weight: f32, delta: [f32; D]) {
    for a in 0..D {
        for b in 0..D {
            moments[a][b] += weight * delta[a] * delta[b];
        }
    }
}

fn trace<const D: usize>(moments: &[[f32; D]; D]) -> f32 {
    (0..D).map(|a| moments[a][a]).sum()
}

/// Orders the points so that each cell of the tree is a range that a median split off.
fn split<const D: usize>(y: &Coordinates<D>, points: &mut [u32]) {
    if points.len() <= LEAF {
        return;
    }
    let mut unit = LEAF;
    while unit * CHILDREN < points.len() {
        unit *= CHILDREN;
    }
    let middle = points.len().div_ceil(unit).div_ceil(2) * unit;
    let width = |axis: &Vec<f32>| {
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for &i in &*points {
            low = low.min(axis[i as usize]);
            high = high.max(axis[i as usize]);
        }
        high - low
    };
    let widths = y.each_ref().map(width);
    let widest = (1..D).fold(0, |widest, a| {
        if widths[a] > widths[widest] {
            a
        } else {
            widest
        }
    });
    let axis = &y[widest];
    points.select_nth_unstable_by(middle - 1, |&i, &j| {
        axis[i as usize]
            .total_cmp(&axis[j as usize])
            .then(i.cmp(&j))
    });
    let fork = points.len() >= FORK_FROM;
    let (left, right) = points.split_at_mut(middle);
    if fork {
        rayon::join(|| split(y, left), || split(y, right));
    } else {
        split(y, left);
        split(y, right);
    }
}

/// Sets each of `to` to the value of `from` at its index.
fn take(from: &[f32], indices: &[u32], to: &mut [f32]) {
    for (to, &i) in to.iter_mut().zip(indices) {
        *to = from[i as usize];
    }
}

/// The numbers of the bits that are set.
#[inline(always)]
fn bits(mut set: u32) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = set.trailing_zeros();
        set &= set.wrapping_sub(1);
        (bit < 32).then_some(bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn tree_of(n: usize) -> (Tree<2>, Coordinates<2>) {
        let random = Random::new(7, n as u64);
        let axis = |a: u64| (0..n as u64).map(move |i| 20.0 * random.normal(2 * i + a) as f32);
        let y = [axis(0).collect(), axis(1).collect()];
        let mut tree = Tree::new();
        tree.sort(&y);
        tree.update(&y);
        (tree, y)
    }

    /// The places of the points of a cell.
    fn places((level, cell): (u32, u32), n: usize) -> std::ops::Range<usize> {
        let size = LEAF << (CHILDREN_BITS as u32 * level);
        cell as usize * size..n.min((cell as usize + 1) * size)
    }

    #[test]
    fn the_lists_of_a_leaf_have_each_other_point_once() {
        for n in [1, 15, 16, 17, 256, 257, 700, 1030, 5000] {
            let (tree, _) = tree_of(n);
            for squared_angle in [0.0, 0.25, 1.0] {
                for leaf in 0..n.div_ceil(LEAF) {
                    let mut lists = Lists::default();
                    tree.walk(leaf, squared_angle, &mut lists);
                    let mut times = vec![0; n];
                    let near = lists.near.iter().map(|&leaf| (0, leaf));
                    let own = std::iter::once((0, leaf as u32));
                    for cell in lists.far.iter().copied().chain(near).chain(own) {
                        times[places(cell, n)]
                            .iter_mut()
                            .for_each(|times| *times += 1);
                    }
                    assert!(
                        times.iter().all(|&times| times == 1),
                        "{n} {squared_angle} {leaf}"
                    );
                    // Only what has no width at all is far at an angle of zero.
                    let alone = |&cell: &(u32, u32)| places(cell, n).len() == 1;
                    assert!(squared_angle > 0.0 || lists.far.iter().all(alone));
                }
            }
        }
    }

    #[test]
    fn cells_have_the_moments_of_their_points() {
        let n = 1030;
        let (tree, y) = tree_of(n);
        assert_eq!(tree.levels.len(), 3);
        for (level, cells) in tree.levels.iter().enumerate() {
            for (c, cell) in cells.cells.iter().enumerate() {
                let points = &tree.order[places((level as u32, c as u32), n)];
                let count = points.len() as f64;
                assert_eq!(cell.count as usize, points.len());
                let at = |a: usize, i: &u32| f64::from(y[a][*i as usize]);
                let center = [0, 1].map(|a| points.iter().map(|i| at(a, i)).sum::<f64>() / count);
                for a in 0..2 {
                    assert!((f64::from(cell.center[a]) - center[a]).abs() < 1e-4);
                    for b in 0..2 {
                        let products = points
                            .iter()
                            .map(|i| (at(a, i) - center[a]) * (at(b, i) - center[b]));
                        let moment: f64 = products.sum();
                        let error = (f64::from(cell.moments[a][b]) - moment).abs();
                        assert!(error < 1e-4 * f64::from(cell.spread), "{level} {c}");
                    }
                    let reach = points.iter().map(|i| (at(a, i) - center[a]).abs());
                    let widest = f64::from(cells.squared_width[c]).sqrt();
                    assert!(reach.fold(0.0, f64::max) < widest / 2f64.sqrt() + 1e-3);
                }
            }
        }
    }
}
