//! The distinct colours of a picture and how many pixels have each.

use lookalike_learn::{Context, Result};
use rayon::prelude::*;

use super::morton;
use super::pixels::{Color, Pixels, TRANSPARENT, is_opaque};

/// Pixels that are worth a table of their own.
const PIXELS_PER_TABLE: usize = 1 << 21;
/// Tables take 64 MiB each, if the picture has all colours there are.
const MAX_TABLES: usize = 8;
/// Places of a table that are looked through only if one of them was counted.
const PAGE: usize = 1 << 12;

/// Distinct colours: the fully transparent one, opaque ones in Morton order, then others in
/// ascending order.
#[derive(Debug, Default)]
pub(super) struct Colors {
    pub(super) colors: Vec<Color>,
    /// How many pixels have each.
    pub(super) counts: Vec<u32>,
    n_transparent: usize,
    n_opaque: usize,
}

impl Colors {
    /// Counts the colours of `pixels`, of which there must be fewer than 2³².
    pub(super) fn count(pixels: &Pixels<'_>, context: &Context) -> Result<Self> {
        let n = pixels.len();
        let n_tables =
            (n / PIXELS_PER_TABLE).clamp(1, MAX_TABLES.min(rayon::current_num_threads()));
        let parts: Vec<Counter> = (0..n_tables)
            .into_par_iter()
            .map(|part| {
                let mut counter = Counter::new();
                let mut buffer = Vec::new();
                for range in Pixels::blocks(part * n / n_tables..(part + 1) * n / n_tables) {
                    context.check()?;
                    pixels.unpack(range, &mut buffer);
                    for &color in &buffer {
                        counter.add(color);
                    }
                }
                Ok(counter)
            })
            .collect::<Result<_>>()?;
        Ok(Self::merge(&parts))
    }

    fn merge(parts: &[Counter]) -> Self {
        let mut all = Self::default();
        all.push(TRANSPARENT, parts.iter().map(|part| part.transparent).sum());
        all.n_transparent = all.len();
        for page in 0..(1 << 24) / PAGE {
            if parts.iter().any(|part| part.touched[page]) {
                for place in page * PAGE..(page + 1) * PAGE {
                    let count = parts.iter().map(|part| part.opaque[place]).sum();
                    all.push(morton::color(place), count);
                }
            }
        }
        all.n_opaque = all.len() - all.n_transparent;
        let mut others: Vec<Color> = parts
            .iter()
            .flat_map(|p| p.others.iter().copied())
            .collect();
        others.par_sort_unstable();
        for equal in others.chunk_by(|a, b| a == b) {
            all.push(equal[0], equal.len() as u32);
        }
        all
    }

    fn push(&mut self, color: Color, count: u32) {
        if count > 0 {
            self.colors.push(color);
            self.counts.push(count);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.colors.len()
    }

    /// Whether some pixels are fully transparent: their colour is then the first.
    pub(super) fn has_transparent(&self) -> bool {
        self.n_transparent == 1
    }

    /// Whether all that is visible is opaque.
    pub(super) fn visible_are_opaque(&self) -> bool {
        self.n_transparent + self.n_opaque == self.len()
    }
}

/// Counts colours.
struct Counter {
    /// By place in Morton order.
    opaque: Vec<u32>,
    /// Whether a page of `opaque` has counts.
    touched: Vec<bool>,
    transparent: u32,
    /// Neither opaque nor fully transparent, one a pixel.
    others: Vec<Color>,
}

impl Counter {
    fn new() -> Self {
        Self {
            opaque: vec![0; 1 << 24],
            touched: vec![false; (1 << 24) / PAGE],
            transparent: 0,
            others: Vec::new(),
        }
    }

    #[inline(always)]
    fn add(&mut self, color: Color) {
        if is_opaque(color) {
            let place = morton::place(color);
            self.opaque[place] += 1;
            self.touched[place / PAGE] = true;
        } else if color == TRANSPARENT {
            self.transparent += 1;
        } else {
            self.others.push(color);
        }
    }
}

/// What belongs to each distinct colour, quick to find.
#[derive(Debug)]
pub(super) struct Lookup<'a> {
    /// By place in Morton order.
    opaque: Vec<u16>,
    others: &'a [Color],
    labels: &'a [u16],
}

impl<'a> Lookup<'a> {
    /// `labels` belong to `colors`.
    pub(super) fn new(colors: &'a Colors, labels: &'a [u16]) -> Self {
        let n_before = colors.n_transparent + colors.n_opaque;
        let mut opaque = vec![0; 1 << 24];
        for (&color, &label) in colors.colors[..n_before].iter().zip(labels) {
            opaque[morton::place(color)] = label;
        }
        Self {
            opaque,
            others: &colors.colors[n_before..],
            labels,
        }
    }

    /// The label of one of the colours.
    #[inline(always)]
    pub(super) fn of(&self, color: Color) -> u16 {
        if is_opaque(color) {
            self.opaque[morton::place(color)]
        } else if color == TRANSPARENT {
            self.labels[0]
        } else {
            let before = self.others.partition_point(|&other| other < color);
            self.labels[self.labels.len() - self.others.len() + before]
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use lookalike_imagery::picture::{Channels, Picture, PicturePixels};
    use proptest::prelude::*;

    use super::*;

    fn check(samples: Vec<u8>, channels: Channels, threads: usize) {
        let picture = Picture {
            width: samples.len() / channels.count(),
            height: 1,
            channels,
            pixels: PicturePixels::U8(samples),
        };
        let pixels = Pixels::new(&picture);
        let mut all = Vec::new();
        pixels.unpack(0..pixels.len(), &mut all);
        let mut expected = BTreeMap::new();
        for &color in &all {
            *expected.entry(color).or_insert(0) += 1;
        }
        let context = Context::new().threads(threads).unwrap();
        let found = context.run(|| Colors::count(&pixels, &context)).unwrap();
        let pairs = found.colors.iter().copied();
        let pairs: BTreeMap<Color, u32> = pairs.zip(found.counts.iter().copied()).collect();
        assert_eq!(pairs, expected);
        assert_eq!(pairs.len(), found.len());
        assert_eq!(found.has_transparent(), pairs.contains_key(&TRANSPARENT));
        let is_visible = |color: &&Color| **color != TRANSPARENT;
        let all_opaque = pairs
            .keys()
            .filter(is_visible)
            .all(|&color| is_opaque(color));
        assert_eq!(found.visible_are_opaque(), all_opaque);

        let labels: Vec<u16> = (0..found.len()).map(|i| i as u16).collect();
        let lookup = Lookup::new(&found, &labels);
        for (&color, &label) in found.colors.iter().zip(&labels) {
            assert_eq!(lookup.of(color), label);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn counts_are_those_of_a_map(
            samples in proptest::collection::vec(0u8..4, 12..2400),
            step in 1u8..=85,
        ) {
            let mut samples: Vec<u8> = samples.into_iter().map(|v| v * step).collect();
            samples.truncate(samples.len() / 12 * 12);
            for channels in [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba] {
                check(samples.clone(), channels, 1);
            }
        }
    }

    #[test]
    fn several_tables_count_as_one() {
        let mut state = 1u32;
        let samples = (0..3 * (2 * PIXELS_PER_TABLE + 1)).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 28) as u8
        });
        check(samples.collect(), Channels::Rgb, 2);
    }
}
