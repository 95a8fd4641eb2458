//! The order in which the pixels of a strip are kept: neighbours in both directions stay together, so
//! that each few hundred pixels in a row are much alike.
//!
//! A strip is cut into bands of some rows, a band into cells of few columns, and a cell is kept row by
//! row. Wherever one begins, the next 256 pixels are then from a square of 16 to 20 pixels a side.

use super::collect::Bits;

/// Rows of a band; strips should be whole bands.
pub(super) const BAND_ROWS: usize = 16;
/// Columns of a cell: enough to be copied at once.
const CELL_COLUMNS: usize = 4;

/// Calls `each` with the first pixel of each row of a cell, counted row by row within the strip, and
/// the number of its columns.
#[inline(always)]
fn for_each_run(width: usize, n_pixels: usize, mut each: impl FnMut(usize, usize)) {
    for band in (0..n_pixels).step_by(width * BAND_ROWS) {
        let end = n_pixels.min(band + width * BAND_ROWS);
        for x in (0..width).step_by(CELL_COLUMNS) {
            let columns = CELL_COLUMNS.min(width - x);
            for row in (band..end).step_by(width) {
                each(row + x, columns);
            }
        }
    }
}

/// The values of valid pixels of a strip of `width` columns, in the order in which they are kept;
/// `valid` None where all are.
pub(super) fn ordered<V: Copy + Default>(
    values: &[V],
    width: usize,
    valid: Option<&Bits>,
    kept: &mut Vec<V>,
) {
    // Each value is written and the next one over it where it was not valid: no branches to guess.
    kept.resize(values.len() + CELL_COLUMNS, V::default());
    let mut n_kept = 0;
    for_each_run(width, values.len(), |start, columns| match valid {
        None => {
            let run = &values[start..start + columns];
            copy_run(run, &mut kept[n_kept..n_kept + columns]);
            n_kept += columns;
        }
        Some(valid) => match valid.of_run(start, columns) {
            0 => {}
            run if run == all(columns) => {
                copy_run(
                    &values[start..start + columns],
                    &mut kept[n_kept..n_kept + columns],
                );
                n_kept += columns;
            }
            run => {
                for (i, value) in values[start..start + columns].iter().enumerate() {
                    kept[n_kept] = *value;
                    n_kept += (run >> i & 1) as usize;
                }
            }
        },
    });
    kept.truncate(n_kept);
}

/// Puts values of valid pixels, which are in the order in which they are kept, in their places among
/// `n_pixels`, row by row, and 0 in all others.
pub(super) fn spread<V: Copy + Default>(
    kept: &[V],
    width: usize,
    valid: Option<&Bits>,
    n_pixels: usize,
) -> Vec<V> {
    let mut values = vec![V::default(); n_pixels];
    let mut n_done = 0;
    for_each_run(width, n_pixels, |start, columns| match valid {
        None => {
            let run = &kept[n_done..n_done + columns];
            copy_run(run, &mut values[start..start + columns]);
            n_done += columns;
        }
        Some(valid) => match valid.of_run(start, columns) {
            0 => {}
            run if run == all(columns) => {
                copy_run(
                    &kept[n_done..n_done + columns],
                    &mut values[start..start + columns],
                );
                n_done += columns;
            }
            run => {
                for (i, value) in values[start..start + columns].iter_mut().enumerate() {
                    if run >> i & 1 == 1 {
                        *value = kept[n_done];
                        n_done += 1;
                    }
                }
            }
        },
    });
    values
}

/// The bits of a run of `columns` valid pixels.
fn all(columns: usize) -> u64 {
    (1 << columns) - 1
}

/// Copies the row of a cell; a length that is known takes one instruction.
#[inline(always)]
fn copy_run<V: Copy>(from: &[V], to: &mut [V]) {
    if let Some(from) = from.first_chunk::<CELL_COLUMNS>()
        && let Some(to) = to.first_chunk_mut()
    {
        *to = *from;
    } else {
        to.copy_from_slice(from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_is_kept_once_and_put_back() {
        for (width, height) in [(1, 1), (3, 40), (4, 16), (37, 33), (64, 5)] {
            let n = width * height;
            let values: Vec<u16> = (0..n as u16).collect();
            let some: Vec<u8> = (0..n).map(|i| u8::from(i % 3 > 0)).collect();
            for valid in [None, Some(Bits::new(&some))] {
                let is_valid =
                    |i: usize| valid.as_ref().is_none_or(|valid| valid.of_run(i, 1) == 1);
                let mut kept = Vec::new();
                ordered(&values, width, valid.as_ref(), &mut kept);
                let mut sorted = kept.clone();
                sorted.sort_unstable();
                let expected: Vec<u16> =
                    (0..n).filter(|&i| is_valid(i)).map(|i| i as u16).collect();
                assert_eq!(sorted, expected, "{width}×{height}");
                let expected: Vec<u16> = (0..n)
                    .map(|i| if is_valid(i) { i as u16 } else { 0 })
                    .collect();
                assert_eq!(
                    spread(&kept, width, valid.as_ref(), n),
                    expected,
                    "{width}×{height}"
                );
            }
        }
    }

    #[test]
    fn pixels_kept_side_by_side_are_near_each_other() {
        let (width, height) = (101, 32);
        let values: Vec<usize> = (0..width * height).collect();
        let mut kept = Vec::new();
        ordered(&values, width, None, &mut kept);
        for near in kept[..width * BAND_ROWS].windows(256) {
            let columns = near.iter().map(|i| i % width);
            let extent = columns.clone().max().unwrap() - columns.min().unwrap();
            assert!(extent < 20, "{extent}");
        }
    }
}
