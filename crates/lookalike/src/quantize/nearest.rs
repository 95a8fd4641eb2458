//! The colour of a palette that is nearest to any other.

use super::pixels::{Color, TRANSPARENT, is_opaque};
use super::space::{ColorSpace, N_FEATURES};

/// Cells along each of the first three features, whose range is −½ to ½; opaque colours have their
/// own.
const SIDE: usize = 32;

type Features = [f32; N_FEATURES];

/// Finds nearest colours. The space of the features is cut into cells; for each that is asked for,
/// those colours are listed once that are nearest to any point of it: a few of even hundreds.
#[derive(Debug)]
pub(super) struct NearestColor {
    space: ColorSpace,
    /// Roots of the weights of the features: scaled by them, plain distances are those that count.
    scale: Features,
    /// The features of each colour that is not transparent, and its index, ascending.
    entries: Vec<(Features, u16)>,
    transparent: Option<u16>,
    /// Where the list of each cell is in `lists`; 0 is not listed yet.
    cells: Vec<u32>,
    /// Of each list its length, then positions in `entries`: together in the cache.
    lists: Vec<u16>,
}

impl NearestColor {
    /// Among `palette`, which must have a colour.
    pub(super) fn new(palette: &[Color], space: ColorSpace) -> Self {
        let position = palette.iter().position(|&color| color == TRANSPARENT);
        let mut nearest = Self {
            space,
            scale: space.weights().map(|weight| weight.sqrt() as f32),
            entries: Vec::new(),
            transparent: position.map(|i| i as u16),
            cells: vec![0; 2 * SIDE.pow(3)],
            lists: vec![0],
        };
        let visible = (0..).zip(palette).filter(|(_, c)| **c != TRANSPARENT);
        nearest.entries = visible.map(|(i, &c)| (nearest.features(c), i)).collect();
        nearest
    }

    /// The index of the colour nearest to `color`, the lowest where several are: for the
    /// transparent one itself, for others one that is not transparent.
    #[inline(always)]
    pub(super) fn find(&mut self, color: Color) -> u16 {
        if let (TRANSPARENT, Some(transparent)) = (color, self.transparent) {
            return transparent;
        }
        let features = self.features(color);
        let at = |j: usize| (((features[j] + 0.5) * SIDE as f32) as usize).min(SIDE - 1);
        let at = [at(0), at(1), at(2)];
        let opaque = is_opaque(color);
        let cell = ((usize::from(opaque) * SIDE + at[0]) * SIDE + at[1]) * SIDE + at[2];
        if self.cells[cell] == 0 {
            self.cells[cell] = self.list(at, opaque);
        }
        let list = &self.lists[self.cells[cell] as usize..];
        let list = &list[1..=usize::from(list[0])];
        // Distance and index in one number, whose least needs no branch that could be mispredicted: the bits of
        // floats that are not negative are in the order of the floats.
        let keys = list.iter().map(|&position| {
            let (other, index) = &self.entries[usize::from(position)];
            let distance = squared_distance(&features, other);
            u64::from(distance.to_bits()) << 16 | u64::from(*index)
        });
        keys.min().unwrap_or(0) as u16
    }

    /// Lists the colours that are nearest to any point of a cell: those no farther at the least
    /// than some colour is at the most.
    #[cold]
    fn list(&mut self, at: [usize; 3], opaque: bool) -> u32 {
        // A little larger than it is, for features and distances are rounded.
        let slack = 1e-5;
        let side = 1.0 / SIDE as f32;
        let low = at.map(|i| i as f32 * side - 0.5 - slack);
        let high = low.map(|low| low + side + 2.0 * slack);
        let most = self.scale[3];
        let least = if opaque { most } else { 0.0 };
        let [low, high] = [(low, least), (high, most)].map(|([x, y, z], a)| [x, y, z, a]);
        let nearest = |f: &Features| std::array::from_fn(|j| f[j].clamp(low[j], high[j]));
        let farthest = |f: &Features| {
            let is_low = |j: usize| f[j] - low[j] > high[j] - f[j];
            std::array::from_fn(|j| if is_low(j) { low[j] } else { high[j] })
        };
        let at_most = self
            .entries
            .iter()
            .map(|(f, _)| squared_distance(f, &farthest(f)));
        let reach = at_most.fold(f32::INFINITY, f32::min);
        let start = self.lists.len();
        let within = |f: &Features| squared_distance(f, &nearest(f)) <= reach;
        let numbered = (0..).zip(&self.entries);
        let listed = numbered.filter(|(_, (f, _))| within(f));
        self.lists.push(0);
        self.lists.extend(listed.map(|(position, _)| position));
        self.lists[start] = (self.lists.len() - start - 1) as u16;
        start as u32
    }

    #[inline]
    fn features(&self, color: Color) -> Features {
        let features = self.space.features(color);
        std::array::from_fn(|j| features[j] * self.scale[j])
    }
}

#[inline]
fn squared_distance(a: &Features, b: &Features) -> f32 {
    (0..N_FEATURES).map(|j| (a[j] - b[j]).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_comparing_all(nearest: &NearestColor, color: Color) -> u16 {
        let features = nearest.features(color);
        let distance = |entry: &(Features, u16)| squared_distance(&features, &entry.0);
        let entries = nearest.entries.iter();
        let best = entries.min_by(|a, b| distance(a).total_cmp(&distance(b)));
        best.unwrap().1
    }

    proptest! {
        #[test]
        fn equals_comparing_with_all(
            palette in proptest::collection::vec(any::<u32>(), 1..300),
            colors in proptest::collection::vec(any::<u32>(), 1..50),
            alpha in prop_oneof![Just(255u32), Just(1u32)],
            oklab in any::<bool>(),
        ) {
            let palette: Vec<Color> = palette.into_iter().map(|c| c | alpha).collect();
            let space = if oklab { ColorSpace::Oklab } else { ColorSpace::Srgb };
            let mut nearest = NearestColor::new(&palette, space);
            for color in colors.into_iter().map(|c| c | alpha) {
                let expected = by_comparing_all(&nearest, color);
                // The second time from the list that the first time made.
                prop_assert_eq!(nearest.find(color), expected);
                prop_assert_eq!(nearest.find(color), expected);
            }
        }
    }

    #[test]
    fn the_first_of_equally_near_colors_is_found() {
        let grey = |v: u8| Color::from_be_bytes([v, v, v, 255]);
        let palette = [grey(20), grey(10), grey(20), grey(10)];
        let mut nearest = NearestColor::new(&palette, ColorSpace::Srgb);
        assert_eq!(nearest.find(grey(16)), 0);
        assert_eq!(nearest.find(grey(11)), 1);
    }

    #[test]
    fn only_the_transparent_becomes_transparent() {
        let palette = [TRANSPARENT, Color::from_be_bytes([255, 255, 255, 255])];
        let mut nearest = NearestColor::new(&palette, ColorSpace::Srgb);
        assert_eq!(nearest.find(TRANSPARENT), 0);
        assert_eq!(nearest.find(Color::from_be_bytes([0, 0, 0, 1])), 1);
    }
}
