//! The next coarser level of a class map: one pixel of every two by two.

use rayon::prelude::*;

/// How a pixel of an overview comes out of the four pixels under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overviews {
    /// The most frequent class, of several the lowest. Pixels without data do not count, so that
    /// small gaps close and no coast gets holes, as in GDAL's `mode`. Confidence is the mean over
    /// the pixels with data.
    #[default]
    Mode,
    /// The upper left pixel.
    Nearest,
    /// There are none.
    None,
}

/// A sample of a class map.
pub(super) trait Sample: Copy + Ord + Default + Send + Sync + 'static {
    const BYTES: usize;
    /// The value, which must fit.
    fn of(value: u16) -> Self;
    fn get(self) -> u16;
    /// The predecessor; that of 0 is the greatest value.
    fn before(self) -> Self;
    /// Undoes [`before`](Self::before).
    fn after(self) -> Self;
    fn append_bytes(samples: &[Self], bytes: &mut Vec<u8>);
}

impl Sample for u8 {
    const BYTES: usize = 1;
    #[inline(always)]
    fn of(value: u16) -> Self {
        value as u8
    }
    #[inline(always)]
    fn get(self) -> u16 {
        self.into()
    }
    #[inline(always)]
    fn before(self) -> Self {
        self.wrapping_sub(1)
    }
    #[inline(always)]
    fn after(self) -> Self {
        self.wrapping_add(1)
    }
    fn append_bytes(samples: &[Self], bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(samples);
    }
}

impl Sample for u16 {
    const BYTES: usize = 2;
    #[inline(always)]
    fn of(value: u16) -> Self {
        value
    }
    #[inline(always)]
    fn get(self) -> u16 {
        self
    }
    #[inline(always)]
    fn before(self) -> Self {
        self.wrapping_sub(1)
    }
    #[inline(always)]
    fn after(self) -> Self {
        self.wrapping_add(1)
    }
    fn append_bytes(samples: &[Self], bytes: &mut Vec<u8>) {
        bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    }
}

/// Halves rows of `width` pixels: those of the classes, and perhaps those of the confidence.
pub(super) fn reduce<T: Sample>(planes: &[&[T]], width: usize, how: Overviews) -> Vec<Vec<T>> {
    let of_plane = |(plane, rows): (usize, &&[T])| match (how, plane) {
        (Overviews::Mode, 0) => halve(rows, width, mode),
        (Overviews::Mode, _) => halve(rows, width, mean),
        (Overviews::Nearest | Overviews::None, _) => halve(rows, width, |four| four[0]),
    };
    planes.iter().enumerate().map(of_plane).collect()
}

fn halve<T: Sample>(rows: &[T], width: usize, of: impl Fn([T; 4]) -> T + Copy + Sync) -> Vec<T> {
    let half_width = width.div_ceil(2);
    let mut halves = vec![T::default(); half_width * (rows.len() / width).div_ceil(2)];
    halves
        .par_chunks_mut(half_width)
        .zip(rows.par_chunks(2 * width))
        .with_min_len(16)
        .for_each(|(half, rows)| each_four(half, rows, width, of));
    halves
}

/// Beyond the right and the lower edge there is no data.
fn each_four<T: Sample>(half: &mut [T], rows: &[T], width: usize, of: impl Fn([T; 4]) -> T) {
    let none = T::default();
    let (upper, lower) = rows.split_at(width);
    let (upper, last_upper) = upper.as_chunks::<2>();
    let (whole, rest) = half.split_at_mut(upper.len());
    let (lower, last_lower) = lower.as_chunks::<2>();
    if lower.is_empty() {
        for (half, &[a, b]) in whole.iter_mut().zip(upper) {
            *half = of([a, b, none, none]);
        }
    } else {
        for ((half, &[a, b]), &[c, d]) in whole.iter_mut().zip(upper).zip(lower) {
            *half = of([a, b, c, d]);
        }
    }
    if let ([half], &[a]) = (rest, last_upper) {
        let c = last_lower.first().copied().unwrap_or(none);
        *half = of([a, none, c, none]);
    }
}

/// The most frequent of the values other than 0, of several the lowest; 0 when there are only 0.
#[inline(always)]
fn mode<T: Sample>(four: [T; 4]) -> T {
    // As the greatest value, 0 sorts behind all classes.
    let none = T::default().before();
    let [a, b, c, d] = four;
    let (a, b, c, d) = (a.before(), b.before(), c.before(), d.before());
    let (a, b) = (a.min(b), a.max(b));
    let (c, d) = (c.min(d), c.max(d));
    let (a, c) = (a.min(c), a.max(c));
    let (b, d) = (b.min(d), b.max(d));
    let (b, c) = (b.min(c), b.max(c));
    let upper = if c == d && c != none { c } else { a };
    let middle = if b == c && b != none { b } else { upper };
    (if a == b { a } else { middle }).after()
}

/// The mean of the values other than 0, rounded half up; 0 when there are only 0.
#[inline(always)]
fn mean<T: Sample>(four: [T; 4]) -> T {
    let [a, b, c, d] = four;
    let [a, b, c, d] = [a.get(), b.get(), c.get(), d.get()];
    let n = u16::from(a > 0) + u16::from(b > 0) + u16::from(c > 0) + u16::from(d > 0);
    T::of((a + b + c + d + n / 2) / n.max(1))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The plain way to the next level of a map and its confidence.
    pub(in super::super) fn twin(
        planes: &[Vec<u16>; 2],
        width: usize,
        how: Overviews,
    ) -> [Vec<u16>; 2] {
        let height = planes[0].len() / width;
        let mut halves = [Vec::new(), Vec::new()];
        for y in (0..height).step_by(2) {
            for x in (0..width).step_by(2) {
                let under: Vec<usize> = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)]
                    .iter()
                    .filter(|&&(x, y)| x < width && y < height)
                    .map(|&(x, y)| y * width + x)
                    .collect();
                let valid: Vec<usize> = under
                    .iter()
                    .copied()
                    .filter(|&i| planes[0][i] > 0)
                    .collect();
                let count = |class| valid.iter().filter(|&&i| planes[0][i] == class).count();
                let class = valid
                    .iter()
                    .map(|&i| planes[0][i])
                    .max_by_key(|&class| (count(class), std::cmp::Reverse(class)))
                    .unwrap_or(0);
                let sum: u16 = valid.iter().map(|&i| planes[1][i]).sum();
                let mean = (f64::from(sum) / valid.len().max(1) as f64 + 0.5).floor() as u16;
                if how == Overviews::Mode {
                    halves[0].push(class);
                    halves[1].push(mean);
                } else {
                    halves[0].push(planes[0][under[0]]);
                    halves[1].push(planes[1][under[0]]);
                }
            }
        }
        halves
    }

    #[test]
    fn the_mode_of_four_equals_plain_counting() {
        // All fours of 0 to 3 and the greatest class.
        for i in 0..625_u16 {
            let digits = [i / 125, i / 25 % 5, i / 5 % 5, i % 5];
            let four = digits.map(|v| if v == 4 { 255 } else { v });
            let planes = [four.to_vec(), vec![0; 4]];
            let expected = twin(&planes, 2, Overviews::Mode)[0][0];
            assert_eq!(mode(four), expected, "{four:?}");
            assert_eq!(u16::from(mode(four.map(|v| v as u8))), expected, "{four:?}");
        }
        assert_eq!(mode([65_535_u16, 0, 65_535, 2]), 65_535);
    }

    #[test]
    fn the_mean_leaves_out_what_has_no_data() {
        assert_eq!(mean([0_u8, 0, 0, 0]), 0);
        assert_eq!(mean([100_u8, 0, 0, 0]), 100);
        assert_eq!(mean([1_u8, 2, 0, 0]), 2);
        assert_eq!(mean([100_u16, 100, 99, 100]), 100);
    }

    proptest! {
        #[test]
        fn every_pixel_comes_from_the_four_under_it(
            width in 1_usize..9, height in 1_usize..7, pixels in prop::collection::vec(0_u16..5, 54),
        ) {
            let pixels = pixels[..width * height].to_vec();
            let planes = [pixels.clone(), pixels.iter().map(|v| v * 20).collect()];
            for how in [Overviews::Mode, Overviews::Nearest] {
                let halves = reduce(&[&planes[0], &planes[1]], width, how);
                let expected = twin(&planes, width, how);
                prop_assert_eq!(&halves[..], &expected[..]);
            }
        }
    }
}
