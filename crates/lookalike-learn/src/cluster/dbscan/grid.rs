//! Neighbourhoods in two and three dimensions, by a grid of cells that are no wider than `eps`.
//!
//! Points of one cell are within reach of each other, so that its core points share a cluster, and all
//! points within reach of one are in few cells around its own. Source: A. Gunawan, *A faster algorithm for
//! DBSCAN*, Eindhoven 2013; J. Gan and Y. Tao, SIGMOD 2015.
//!
//! Cells stand in the order of their columns, points in that of their cells. The cells of equal columns but
//! for the last are a line: those of them that are near a cell are one run of cells, and of points.

use std::array;
use std::ops::Range;

use rayon::prelude::*;

use super::{NOISE, Neighborhoods, UnionFind};
use crate::input::Samples;
use crate::{Context, Result, simd};

/// More columns along an axis would round points of one cell out of each other's reach.
const MAX_COLUMNS: f64 = 1e6;

/// By how much cells are smaller than they might be, so that no rounding error matters.
const MARGIN: f64 = 1e-9;

/// How many columns away points within reach may be: √3 rounded up, in two dimensions √2.
const REACH: u32 = 2;

/// Points of a task, at least.
const PIECE_POINTS: usize = 512;

pub(super) struct Grid<'a, const D: usize> {
    rows: Vec<u32>,
    /// The coordinates of the points, axis by axis.
    axes: [Vec<f32>; D],
    /// Column along the last axis of each cell, and its first point; one more at the end.
    columns: Vec<u32>,
    starts: Vec<usize>,
    lines: Vec<Line<D>>,
    pieces: Vec<Piece>,
    squared_eps: f64,
    context: &'a Context,
}

/// Cells whose columns differ along the last axis alone.
struct Line<const D: usize> {
    /// The columns along the axes before the last; 0 in place of that.
    columns: [u32; D],
    cells: Range<usize>,
}

/// Cells of a line that one task works on.
struct Piece {
    line: usize,
    cells: Range<usize>,
}

impl<'a, const D: usize> Grid<'a, D> {
    /// None where cells would be too many along an axis.
    pub(super) fn new(
        samples: &Samples<'_>,
        squared_eps: f64,
        context: &'a Context,
    ) -> Option<Self> {
        let n = samples.n_samples();
        let points = samples.values().as_chunks::<D>().0;
        let mut low = [f64::INFINITY; D];
        let mut high = [f64::NEG_INFINITY; D];
        for point in points {
            for axis in 0..D {
                low[axis] = low[axis].min(f64::from(point[axis]));
                high[axis] = high[axis].max(f64::from(point[axis]));
            }
        }
        let side = (squared_eps / D as f64).sqrt() * (1.0 - MARGIN);
        let fits = |axis: usize| (high[axis] - low[axis]) / side < MAX_COLUMNS;
        if !(0..D).all(fits) {
            return None;
        }
        let columns_of = |point: &[f32; D]| -> [u32; D] {
            array::from_fn(|axis| ((f64::from(point[axis]) - low[axis]) / side) as u32)
        };
        let mut order: Vec<([u32; D], u32)> =
            points.par_iter().map(columns_of).zip(0..n as u32).collect();
        order.par_sort_unstable();

        let mut grid = Self {
            rows: order.iter().map(|&(_, row)| row).collect(),
            axes: array::from_fn(|axis| {
                let coordinate = |&(_, row): &(_, u32)| points[row as usize][axis];
                order.iter().map(coordinate).collect()
            }),
            columns: Vec::new(),
            starts: Vec::new(),
            lines: Vec::new(),
            pieces: Vec::new(),
            squared_eps,
            context,
        };
        for (start, cell) in order.iter().enumerate() {
            if start == 0 || order[start - 1].0 != cell.0 {
                grid.add_cell(cell.0, start);
            }
        }
        grid.starts.push(n);
        grid.cut();
        Some(grid)
    }

    fn add_cell(&mut self, columns: [u32; D], start: usize) {
        let mut line = columns;
        line[D - 1] = 0;
        let cell = self.columns.len();
        self.columns.push(columns[D - 1]);
        self.starts.push(start);
        match self.lines.last_mut() {
            Some(last) if last.columns == line => last.cells.end = cell + 1,
            _ => self.lines.push(Line {
                columns: line,
                cells: cell..cell + 1,
            }),
        }
    }

    fn cut(&mut self) {
        for (number, line) in self.lines.iter().enumerate() {
            let mut first = line.cells.start;
            for cell in line.cells.clone() {
                let is_last = cell + 1 == line.cells.end;
                if is_last || self.starts[cell + 1] - self.starts[first] >= PIECE_POINTS {
                    self.pieces.push(Piece {
                        line: number,
                        cells: first..cell + 1,
                    });
                    first = cell + 1;
                }
            }
        }
    }

    fn points(&self, cells: &Range<usize>) -> Range<usize> {
        self.starts[cells.start]..self.starts[cells.end]
    }

    /// The lines within reach of a line, itself included, in their order.
    fn lines_near(&self, line: &Line<D>) -> Vec<&Line<D>> {
        let reaches = |other: &Line<D>| {
            let mut columns = line.columns.iter().zip(&other.columns);
            columns.all(|(a, b)| a.abs_diff(*b) <= REACH)
        };
        let first = line.columns[0].saturating_sub(REACH);
        let start = self.lines.partition_point(|other| other.columns[0] < first);
        let lines = self.lines[start..].iter();
        lines
            .take_while(|other| other.columns[0] <= line.columns[0] + REACH)
            .filter(|other| reaches(other))
            .collect()
    }

    /// Calls `each` with every cell of a piece and the runs of cells around it, its own included.
    #[inline(always)]
    fn for_each_cell(&self, piece: &Piece, mut each: impl FnMut(usize, &[Range<usize>])) {
        let lines = self.lines_near(&self.lines[piece.line]);
        let mut near: Vec<_> = lines
            .iter()
            .map(|line| line.cells.start..line.cells.start)
            .collect();
        for cell in piece.cells.clone() {
            let column = self.columns[cell];
            for (run, line) in near.iter_mut().zip(&lines) {
                while run.start < line.cells.end && self.columns[run.start] + REACH < column {
                    run.start += 1;
                }
                run.end = run.end.max(run.start);
                while run.end < line.cells.end && self.columns[run.end] <= column + REACH {
                    run.end += 1;
                }
            }
            each(cell, &near);
        }
    }

    /// Fills a value in for each point, piece by piece in parallel; `work` gets a piece and its values.
    fn map_pieces<T: Copy + Default + Send>(
        &self,
        work: impl Fn(&Piece, &mut [T]) + Sync,
    ) -> Result<Vec<T>> {
        let mut values = vec![T::default(); self.rows.len()];
        let mut rest = &mut values[..];
        let mut tasks = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            let (own, others) = rest.split_at_mut(self.points(&piece.cells).len());
            tasks.push((piece, own));
            rest = others;
        }
        tasks.into_par_iter().try_for_each(|(piece, values)| {
            self.context.check()?;
            simd::dispatch(
                #[inline(always)]
                || work(piece, values),
            );
            Ok(())
        })?;
        Ok(values)
    }

    #[inline(always)]
    fn point(&self, position: usize) -> [f32; D] {
        array::from_fn(|axis| self.axes[axis][position])
    }

    /// How many of some points are within reach of `query`, and marked if `marks` are given.
    #[inline(always)]
    fn count(&self, query: [f32; D], points: Range<usize>, marks: Option<&[bool]>) -> usize {
        let n = points.len();
        let axes: [&[f32]; D] = array::from_fn(|axis| &self.axes[axis][points.clone()][..n]);
        let marks = marks.map(|marks| &marks[points][..n]);
        let mut count = 0;
        for i in 0..n {
            let mut distance = 0.0;
            for axis in 0..D {
                let difference = f64::from(axes[axis][i]) - f64::from(query[axis]);
                distance += difference * difference;
            }
            let is_marked = marks.is_none_or(|marks| marks[i]);
            count += u32::from(distance <= self.squared_eps && is_marked);
        }
        count as usize
    }

    /// For each cell its first core point; `usize::MAX` where it has none.
    fn first_core(&self, core: &[bool]) -> Vec<usize> {
        let cells = 0..self.columns.len();
        cells
            .map(|cell| {
                let mut points = self.points(&(cell..cell + 1));
                points.find(|&point| core[point]).unwrap_or(usize::MAX)
            })
            .collect()
    }

    /// Whether any core point of one cell is within reach of one of another.
    #[inline(always)]
    fn is_joined(&self, core: &[bool], a: usize, b: usize) -> bool {
        let (a, b) = (self.points(&(a..a + 1)), self.points(&(b..b + 1)));
        let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
        few.into_iter()
            .any(|point| core[point] && self.count(self.point(point), many.clone(), Some(core)) > 0)
    }
}

impl<const D: usize> Neighborhoods for Grid<'_, D> {
    fn rows(&self) -> Vec<u32> {
        self.rows.clone()
    }

    fn find_core(&self, min_samples: usize) -> Result<Vec<bool>> {
        self.map_pieces(
            #[inline(always)]
            |piece, core: &mut [bool]| {
                let first = self.starts[piece.cells.start];
                self.for_each_cell(
                    piece,
                    #[inline(always)]
                    |cell, near| {
                        let own = self.points(&(cell..cell + 1));
                        let core = &mut core[own.start - first..own.end - first];
                        let n_near: usize = near.iter().map(|run| self.points(run).len()).sum();
                        if own.len() >= min_samples || n_near < min_samples {
                            core.fill(own.len() >= min_samples);
                            return;
                        }
                        for (point, core) in own.zip(core) {
                            let query = self.point(point);
                            let mut count = 0;
                            for run in near {
                                count += self.count(query, self.points(run), None);
                                if count >= min_samples {
                                    break;
                                }
                            }
                            *core = count >= min_samples;
                        }
                    },
                );
            },
        )
    }

    fn unite_core(&self, core: &[bool], sets: &UnionFind) -> Result<()> {
        let first_core = self.first_core(core);
        self.map_pieces(
            #[inline(always)]
            |piece, _: &mut [()]| {
                self.for_each_cell(
                    piece,
                    #[inline(always)]
                    |cell, near| {
                        let first = first_core[cell];
                        if first == usize::MAX {
                            return;
                        }
                        let own = self.points(&(cell..cell + 1));
                        own.filter(|&point| core[point])
                            .for_each(|point| sets.unite(first, point));
                        // Each pair of cells once; the nearest, which stand last, are the likeliest.
                        let before = near.iter().rev().flat_map(|run| run.clone().rev());
                        for other in before.filter(|&other| other < cell) {
                            let theirs = first_core[other];
                            if theirs != usize::MAX
                                && sets.find(theirs) != sets.find(first)
                                && self.is_joined(core, cell, other)
                            {
                                sets.unite(theirs, first);
                            }
                        }
                    },
                );
            },
        )?;
        Ok(())
    }

    fn label_border(&self, core: &[bool], labels: &mut [i32]) -> Result<()> {
        let first_core = self.first_core(core);
        let of_core = &*labels;
        let found = self.map_pieces(
            #[inline(always)]
            |piece, found: &mut [i32]| {
                let first = self.starts[piece.cells.start];
                self.for_each_cell(
                    piece,
                    #[inline(always)]
                    |cell, near| {
                        for point in self.points(&(cell..cell + 1)) {
                            let label = if core[point] {
                                of_core[point]
                            } else {
                                self.least_label(point, near, core, &first_core, of_core)
                            };
                            found[point - first] = label;
                        }
                    },
                );
            },
        )?;
        labels.copy_from_slice(&found);
        Ok(())
    }
}

impl<const D: usize> Grid<'_, D> {
    /// The least label of the core points within reach of a point.
    #[inline(always)]
    fn least_label(
        &self,
        point: usize,
        near: &[Range<usize>],
        core: &[bool],
        first_core: &[usize],
        labels: &[i32],
    ) -> i32 {
        let query = self.point(point);
        let mut least = NOISE;
        for cell in near.iter().flat_map(Clone::clone) {
            let Some(&label) = labels.get(first_core[cell]) else {
                continue;
            };
            let is_less = least == NOISE || label < least;
            if is_less && self.count(query, self.points(&(cell..cell + 1)), Some(core)) > 0 {
                least = label;
            }
        }
        least
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::super::cluster;
    use super::super::tree::Tree;
    use super::*;

    fn check<const D: usize>(values: &[f32], eps: f64, min_samples: usize) {
        let n = values.len() / D;
        let x = Array2::from_shape_vec((n, D), values[..n * D].to_vec()).unwrap();
        let samples = Samples::new(&x).unwrap();
        let context = Context::default();
        let tree = Tree::new(&samples, eps * eps, &context);
        let tree = cluster(&tree, &tree.find_core(min_samples).unwrap()).unwrap();
        let grid = Grid::<D>::new(&samples, eps * eps, &context).unwrap();
        let core = grid.find_core(min_samples).unwrap();
        assert_eq!(cluster(&grid, &core).unwrap(), tree);
    }

    /// Whole numbers, among which distances are often just `eps`, and numbers that are not.
    fn values() -> impl Strategy<Value = Vec<f32>> {
        let whole = (-20_i16..20).prop_map(f32::from);
        let some = prop_oneof![whole.clone(), whole, -20.0_f32..20.0];
        prop::collection::vec(some, 3..900)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn it_finds_what_the_tree_finds(
            values in values(),
            eps in prop_oneof![Just(1.0), Just(2.0), Just(5.0), 0.05_f64..60.0],
            min_samples in 1_usize..12,
        ) {
            check::<2>(&values, eps, min_samples);
            check::<3>(&values, eps, min_samples);
        }
    }

    #[test]
    fn too_many_columns_are_left_to_the_tree() {
        let x = Array2::from_shape_vec((2, 2), vec![0.0, 0.0, 1e9, 0.0]).unwrap();
        let samples = Samples::new(&x).unwrap();
        assert!(Grid::<2>::new(&samples, 1.0, &Context::default()).is_none());
        assert!(Grid::<2>::new(&samples, 1e10, &Context::default()).is_some());
    }
}
