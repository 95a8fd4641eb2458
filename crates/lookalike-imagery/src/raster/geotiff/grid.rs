//! Where the strips and tiles of an image lie.

use crate::raster::Window;

/// How an image is cut into blocks: tiles, or strips as wide as the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grid {
    /// Columns and rows of the image.
    pub(super) width: usize,
    pub(super) height: usize,
    /// Columns and rows of one block; those at the right and lower edge may stick out.
    pub(super) block_width: usize,
    pub(super) block_height: usize,
    /// Whether the blocks that stick out are stored whole, as tiles are and strips are not.
    pub(super) padded: bool,
    /// Samples that stand side by side in one block: all of a pixel, or one.
    pub(super) interleaved: usize,
    /// How many times the image is covered: once, or once for each sample.
    pub(super) planes: usize,
}

impl Grid {
    fn across(&self) -> usize {
        self.width.div_ceil(self.block_width)
    }

    fn down(&self) -> usize {
        self.height.div_ceil(self.block_height)
    }

    /// How many blocks there are, none where that does not fit.
    pub(super) fn n_blocks(&self) -> Option<usize> {
        self.across()
            .checked_mul(self.down())?
            .checked_mul(self.planes)
    }

    /// How many samples one block holds, none where that does not fit.
    pub(super) fn block_samples(&self) -> Option<usize> {
        self.block_width
            .checked_mul(self.block_height)?
            .checked_mul(self.interleaved)
    }

    /// The blocks of one plane that touch `window`: number, and the rectangle of the image that the
    /// block covers.
    pub(super) fn blocks(
        &self,
        plane: usize,
        window: Window,
    ) -> impl Iterator<Item = (usize, Window)> + use<> {
        let grid = self.clone();
        let first = plane * grid.across() * grid.down();
        let rows =
            window.y / grid.block_height..(window.y + window.height).div_ceil(grid.block_height);
        let columns =
            window.x / grid.block_width..(window.x + window.width).div_ceil(grid.block_width);
        rows.flat_map(move |row| columns.clone().map(move |column| (row, column)))
            .map(move |(row, column)| {
                let (x, y) = (column * grid.block_width, row * grid.block_height);
                let covered = Window {
                    x,
                    y,
                    width: grid.block_width.min(grid.width - x),
                    height: grid.block_height.min(grid.height - y),
                };
                (first + row * grid.across() + column, covered)
            })
    }

    /// Rows that the block covering `covered` stores.
    pub(super) fn stored_rows(&self, covered: Window) -> usize {
        if self.padded {
            self.block_height
        } else {
            covered.height
        }
    }
}

/// The rectangle that two rectangles share; they must share one.
pub(super) fn shared(a: Window, b: Window) -> Window {
    let (x, y) = (a.x.max(b.x), a.y.max(b.y));
    Window {
        x,
        y,
        width: (a.x + a.width).min(b.x + b.width) - x,
        height: (a.y + a.height).min(b.y + b.height) - y,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn blocks_of_a_window_cover_it_once(
            size in (1usize..40, 1usize..40),
            block in (1usize..20, 1usize..20),
            corner in (0usize..40, 0usize..40),
            extent in (1usize..40, 1usize..40),
            planes in 1usize..4,
        ) {
            let grid = Grid {
                width: size.0,
                height: size.1,
                block_width: block.0,
                block_height: block.1,
                padded: true,
                interleaved: 1,
                planes,
            };
            let (x, y) = (corner.0 % size.0, corner.1 % size.1);
            let window = Window {
                x,
                y,
                width: extent.0.min(size.0 - x),
                height: extent.1.min(size.1 - y),
            };
            let mut seen = vec![0; size.0 * size.1];
            let mut numbers = Vec::new();
            for plane in 0..planes {
                for (number, covered) in grid.blocks(plane, window) {
                    numbers.push(number);
                    let part = shared(covered, window);
                    for row in part.y..part.y + part.height {
                        for column in part.x..part.x + part.width {
                            seen[row * size.0 + column] += 1;
                        }
                    }
                }
            }
            for (i, count) in seen.iter().enumerate() {
                let (column, row) = (i % size.0, i / size.0);
                let inside = (x..x + window.width).contains(&column)
                    && (y..y + window.height).contains(&row);
                prop_assert_eq!(*count, if inside { planes } else { 0 });
            }
            prop_assert!(numbers.iter().all(|&n| n < grid.n_blocks().unwrap()));
            numbers.dedup();
            prop_assert_eq!(
                numbers.len(),
                planes * grid.blocks(0, window).count()
            );
        }
    }
}
