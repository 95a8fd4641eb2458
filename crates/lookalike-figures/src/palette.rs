//! Colours: of classes, of amounts, and of the paper they lie on.

/// Red, green and blue, as sRGB bytes.
pub type Rgb = [u8; 3];

/// Twelve colours that stay apart, for colour-blind eyes too, on light paper and on dark.
///
/// Chosen from Paul Tol's qualitative schemes and their neighbours by exchange search: the smallest
/// difference of any two, in Oklab under simulated deuteranopia and protanopia (Machado, Oliveira &
/// Fernandes 2009), is 0.076, the same as in Okabe and Ito's set of eight; for other eyes it is
/// 0.126. Contrast is at least 1.9 with white and 2.5 with the dark paper.
pub const CLASSES: [Rgb; 12] = [
    [0x00, 0x77, 0xbb], // blue
    [0xee, 0x77, 0x33], // orange
    [0x1b, 0x7f, 0x5c], // green
    [0xcc, 0x33, 0x11], // red
    [0xaa, 0x44, 0x99], // purple
    [0xe6, 0xab, 0x02], // yellow
    [0x66, 0x99, 0xcc], // sky
    [0xee, 0x33, 0x77], // magenta
    [0x90, 0xc9, 0x87], // leaf
    [0x66, 0x33, 0xdd], // violet
    [0x00, 0xcc, 0xdd], // cyan
    [0x88, 0x77, 0xff], // periwinkle
];

/// The grey of samples that belong to no cluster (label −1).
pub const NOISE: Rgb = [0x9a, 0xa0, 0xa6];

/// How far towards black (bright colours) or white (the others), in percent, each time the twelve
/// are used up.
const SHADES: [i32; 5] = [0, 40, 60, 20, 50];

/// The colour of a label: always the same for the same label; [`NOISE`] below 0.
///
/// Labels 12 and above take the twelve again, the bright ones darker and the others lighter; after
/// sixty colours they repeat.
///
/// ```
/// use lookalike_figures::palette::{class_color, CLASSES, NOISE};
///
/// assert_eq!(class_color(3), CLASSES[3]);
/// assert_eq!(class_color(-1), NOISE);
/// assert_ne!(class_color(15), CLASSES[3]);
/// ```
pub fn class_color(label: i32) -> Rgb {
    let Ok(index) = usize::try_from(label) else {
        return NOISE;
    };
    let color = CLASSES[index % CLASSES.len()];
    let shade = SHADES[index / CLASSES.len() % SHADES.len()];
    let end = if luminance(color) > 0.25 { 0 } else { 255 };
    color.map(|byte| (i32::from(byte) + (end - i32::from(byte)) * shade / 100) as u8)
}

/// A colour on light paper and its twin on dark paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint {
    pub(crate) light: Rgb,
    pub(crate) dark: Rgb,
}

impl Paint {
    /// Text and marks.
    pub(crate) const INK: Self = Self::pair([0x1a, 0x1d, 0x21], [0xe8, 0xea, 0xed]);
    /// Text that stands back.
    pub(crate) const MUTED: Self = Self::pair([0x59, 0x62, 0x6d], [0xa3, 0xab, 0xb5]);
    /// Frames and grid lines.
    pub(crate) const LINE: Self = Self::pair([0xdd, 0xe1, 0xe6], [0x38, 0x3d, 0x45]);
    /// Empty cells and tracks.
    pub(crate) const TILE: Self = Self::pair([0xf4, 0xf5, 0xf7], [0x20, 0x23, 0x29]);
    /// What everything lies on.
    pub(crate) const PAPER: Self = Self::pair([0xff, 0xff, 0xff], [0x16, 0x18, 0x1d]);

    pub(crate) const fn pair(light: Rgb, dark: Rgb) -> Self {
        Self { light, dark }
    }

    pub(crate) const fn fixed(color: Rgb) -> Self {
        Self::pair(color, color)
    }

    /// A colour that lines and dots can have on either paper: itself, but darker on light paper
    /// where it is nearly white, and lighter on dark paper where it is nearly black.
    pub(crate) fn visible(color: Rgb) -> Self {
        let towards = |end: u8, seen: fn(f64) -> bool| {
            (0..=10)
                .map(|tenths| {
                    color.map(|byte| {
                        ((u32::from(byte) * (10 - tenths) + u32::from(end) * tenths) / 10) as u8
                    })
                })
                .find(|&mixed| seen(luminance(mixed)))
                .unwrap_or([end; 3])
        };
        Self::pair(
            towards(0, |light| light < 0.6),
            towards(255, |light| light > 0.08),
        )
    }

    /// Whether an area of it is hard to tell from one paper or the other.
    pub(crate) fn fades(self) -> bool {
        luminance(self.light) > 0.75 || luminance(self.dark) < 0.03
    }

    /// Black or white, whichever is easier to read on `self`, paper by paper.
    pub(crate) fn readable(self) -> Self {
        let choose = |on: Rgb| {
            if luminance(on) > 0.25 {
                [0x14, 0x17, 0x1a]
            } else {
                [0xff; 3]
            }
        };
        Self::pair(choose(self.light), choose(self.dark))
    }
}

/// Relative luminance, 0 to 1, with squares in place of sRGB's own curve: close enough, and the same
/// on every machine.
fn luminance(color: Rgb) -> f64 {
    let [r, g, b] = color.map(|byte| (f64::from(byte) / 255.0).powi(2));
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// A colour for each amount, from 0 (nearly paper) to 1, even in lightness.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ramp {
    light: [Rgb; 5],
    dark: [Rgb; 5],
}

impl Ramp {
    /// Blue: what is as it should be, or just an amount.
    pub(crate) const HIT: Self = Self {
        light: [
            [0xe9, 0xf1, 0xf9],
            [0xb4, 0xd2, 0xeb],
            [0x70, 0xab, 0xd6],
            [0x2b, 0x7c, 0xb5],
            [0x0a, 0x4c, 0x82],
        ],
        dark: [
            [0x1d, 0x2a, 0x38],
            [0x1d, 0x46, 0x69],
            [0x22, 0x69, 0xa0],
            [0x4b, 0x98, 0xd0],
            [0xa6, 0xd5, 0xf7],
        ],
    };
    /// Orange: what is not as it should be.
    pub(crate) const MISS: Self = Self {
        light: [
            [0xfc, 0xef, 0xe4],
            [0xf8, 0xcd, 0xa6],
            [0xee, 0x9c, 0x5a],
            [0xd0, 0x66, 0x1e],
            [0x91, 0x3c, 0x06],
        ],
        dark: [
            [0x36, 0x28, 0x1e],
            [0x66, 0x3a, 0x18],
            [0xa0, 0x54, 0x16],
            [0xd9, 0x84, 0x3f],
            [0xfa, 0xcd, 0xa2],
        ],
    };

    /// The colour of `amount`, which is clamped to 0..=1.
    pub(crate) fn at(&self, amount: f64) -> Paint {
        let place = amount.clamp(0.0, 1.0) * 4.0;
        let low = (place as usize).min(3);
        let part = place - low as f64;
        let between = |stops: &[Rgb; 5]| {
            std::array::from_fn(|channel| {
                let (a, b) = (stops[low][channel], stops[low + 1][channel]);
                (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8
            })
        };
        Paint::pair(between(&self.light), between(&self.dark))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(color: Rgb) -> [f64; 3] {
        color.map(|byte| {
            let c = f64::from(byte) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        })
    }

    fn times(m: &[[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|i| m[i].iter().zip(v).map(|(a, b)| a * b).sum())
    }

    /// Björn Ottosson's Oklab of linear sRGB.
    fn oklab(rgb: [f64; 3]) -> [f64; 3] {
        let lms = times(
            &[
                [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
                [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
                [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
            ],
            rgb.map(|c| c.clamp(0.0, 1.0)),
        );
        times(
            &[
                [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
                [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
                [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
            ],
            lms.map(f64::cbrt),
        )
    }

    const NORMAL: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    /// Machado et al. 2009, severity 1.
    const DEUTERANOPIA: [[f64; 3]; 3] = [
        [0.367_322, 0.860_646, -0.227_968],
        [0.280_085, 0.672_501, 0.047_413],
        [-0.011_820, 0.042_940, 0.968_881],
    ];
    const PROTANOPIA: [[f64; 3]; 3] = [
        [0.152_286, 1.052_583, -0.204_868],
        [0.114_503, 0.786_281, 0.099_216],
        [-0.003_882, -0.048_116, 1.051_998],
    ];

    fn difference(a: Rgb, b: Rgb, eyes: &[[f64; 3]; 3]) -> f64 {
        let (a, b) = (oklab(times(eyes, linear(a))), oklab(times(eyes, linear(b))));
        a.iter()
            .zip(b)
            .map(|(a, b)| (a - b).powi(2))
            .sum::<f64>()
            .sqrt()
    }

    #[test]
    fn every_two_classes_differ_for_all_eyes() {
        for (eyes, least) in [
            (&NORMAL, 0.12),
            (&DEUTERANOPIA, 0.075),
            (&PROTANOPIA, 0.075),
        ] {
            for (i, &a) in CLASSES.iter().enumerate() {
                for &b in &CLASSES[..i] {
                    let found = difference(a, b, eyes);
                    assert!(found >= least, "{a:x?} and {b:x?} differ by {found:.3}");
                }
                let found = difference(a, NOISE, eyes);
                assert!(found >= 0.04, "{a:x?} and noise differ by {found:.3}");
            }
        }
    }

    #[test]
    fn classes_show_on_both_papers() {
        let luminance = |c| times(&[[0.2126, 0.7152, 0.0722]; 3], linear(c))[0] + 0.05;
        let contrast = |bright, dim| luminance(bright) / luminance(dim);
        for color in CLASSES {
            assert!(contrast(Paint::PAPER.light, color) > 1.9);
            assert!(contrast(color, Paint::PAPER.dark) > 2.5);
        }
    }

    #[test]
    fn sixty_labels_have_sixty_colors() {
        let mut colors: Vec<_> = (0..60).map(class_color).collect();
        colors.sort_unstable();
        colors.dedup();
        assert_eq!(colors.len(), 60);
        assert_eq!(class_color(i32::MIN), NOISE);
        assert_eq!(class_color(60), class_color(0));
    }

    #[test]
    fn ramps_grow_evenly_in_lightness() {
        for ramp in [Ramp::HIT, Ramp::MISS] {
            let lightness = |t: usize| {
                let paint = ramp.at(t as f64 / 20.0);
                (oklab(linear(paint.light))[0], oklab(linear(paint.dark))[0])
            };
            for t in 0..20 {
                let (a, b) = (lightness(t), lightness(t + 1));
                assert!(
                    (0.010..0.060).contains(&(a.0 - b.0)),
                    "light {t}: {}",
                    a.0 - b.0
                );
                assert!(
                    (0.010..0.060).contains(&(b.1 - a.1)),
                    "dark {t}: {}",
                    b.1 - a.1
                );
            }
        }
    }
}
