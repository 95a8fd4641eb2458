//! Where colours are compared.
//!
//! The difference of two colours is the mean squared difference of what is seen of them over greys
//! from black to white. With α the alpha, p = αc a coordinate of colour c times α, and b that of
//! the background, it is the mean over b in [0, 1] of (Δp − bΔα)², which is (Δp − Δα/2)² + Δα²/12.
//! So the features p − α/2 and α, the latter with a weight of 1/12 for each coordinate that the
//! background has, make it a plain squared distance; of opaque colours, that of c.

use std::sync::LazyLock;

use serde::Serialize;

use super::pixels::Color;

/// The space in which colours are compared and averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ColorSpace {
    /// As stored: keeps the pixel values nearest, the highest PSNR.
    #[default]
    Srgb,
    /// Björn Ottosson's Oklab, 2020: keeps what people see nearest.
    Oklab,
}

/// Features of a colour: three coordinates and alpha.
pub(super) const N_FEATURES: usize = 4;

impl ColorSpace {
    /// Coordinates, times alpha, less half of alpha times the white; then alpha, 0 to 1.
    #[inline]
    pub(super) fn features(self, color: Color) -> [f32; N_FEATURES] {
        let [r, g, b, a] = color.to_be_bytes();
        let [r, g, b, a] = [r, g, b, a].map(usize::from);
        let alpha = BYTE[a];
        let center = self.center();
        let coordinates = match self {
            Self::Srgb => [BYTE[r], BYTE[g], BYTE[b]],
            Self::Oklab => to_oklab([LINEAR[r], LINEAR[g], LINEAR[b]]),
        };
        let [x, y, z] = [0, 1, 2].map(|j| (alpha * (coordinates[j] - center[j])) as f32);
        [x, y, z, alpha as f32]
    }

    /// The colour nearest to `features`, of which alpha may be missing: then it is opaque. Never
    /// fully transparent.
    pub(super) fn color(self, features: &[f64]) -> Color {
        let alpha = features.get(3).map_or(1.0, |alpha| alpha.min(1.0));
        let a = to_byte(alpha).max(1);
        let center = self.center();
        let coordinates = [0, 1, 2].map(|j| features[j] / alpha + center[j]);
        let [r, g, b] = match self {
            Self::Srgb => coordinates.map(to_byte),
            Self::Oklab => from_oklab(coordinates),
        };
        Color::from_be_bytes([r, g, b, a])
    }

    /// What the square of a difference in each feature counts.
    pub(super) fn weights(self) -> [f64; N_FEATURES] {
        let alpha = match self {
            Self::Srgb => 3.0 / 12.0,
            // Greys differ in lightness alone.
            Self::Oklab => 1.0 / 12.0,
        };
        [1.0, 1.0, 1.0, alpha]
    }

    /// Half of white.
    fn center(self) -> [f64; 3] {
        match self {
            Self::Srgb => [0.5; 3],
            Self::Oklab => [0.5, 0.0, 0.0],
        }
    }
}

fn to_byte(v: f64) -> u8 {
    // Casts saturate.
    (v * 255.0).round() as u8
}

/// Each byte, 0 to 1.
const BYTE: [f64; 256] = {
    let mut table = [0.0; 256];
    let mut v = 0;
    while v < 256 {
        table[v] = v as f64 / 255.0;
        v += 1;
    }
    table
};

/// The light that each byte of sRGB stands for, 0 to 1 (IEC 61966-2-1).
static LINEAR: LazyLock<[f64; 256]> = LazyLock::new(|| {
    BYTE.map(|v| {
        if v <= 0.040_45 {
            v / 12.92
        } else {
            ((v + 0.055) / 1.055).powf(2.4)
        }
    })
});

fn from_linear(light: f64) -> f64 {
    if light <= 0.003_130_8 {
        12.92 * light
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    }
}

type Matrix = [[f64; 3]; 3];

// The four matrices are those of https://bottosson.github.io/posts/oklab/, of 2021-01-25.
const LINEAR_TO_LMS: Matrix = [
    [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
    [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
    [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
];
const LMS_TO_LAB: Matrix = [
    [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
    [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
    [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
];
const LAB_TO_LMS: Matrix = [
    [1.0, 0.396_337_777_4, 0.215_803_757_3],
    [1.0, -0.105_561_345_8, -0.063_854_172_8],
    [1.0, -0.089_484_177_5, -1.291_485_548_0],
];
const LMS_TO_LINEAR: Matrix = [
    [4.076_741_662_1, -3.307_711_591_3, 0.230_969_929_2],
    [-1.268_438_004_6, 2.609_757_401_1, -0.341_319_396_5],
    [-0.004_196_086_3, -0.703_418_614_7, 1.707_614_701_0],
];

fn product(matrix: &Matrix, v: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

fn to_oklab(light: [f64; 3]) -> [f64; 3] {
    product(&LMS_TO_LAB, product(&LINEAR_TO_LMS, light).map(f64::cbrt))
}

fn from_oklab(lab: [f64; 3]) -> [u8; 3] {
    let lms = product(&LAB_TO_LMS, lab).map(|v| v * v * v);
    product(&LMS_TO_LINEAR, lms).map(|light| to_byte(from_linear(light)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The primaries of sRGB in Oklab, as the sample code of CSS Color 4 has them.
    #[test]
    fn oklab_is_that_of_css() {
        for (rgb, expected) in [
            ([255, 0, 0], [0.627_96, 0.224_86, 0.125_85]),
            ([0, 255, 0], [0.866_44, -0.233_89, 0.179_50]),
            ([0, 0, 255], [0.452_01, -0.032_46, -0.311_53]),
            ([255, 255, 255], [1.0, 0.0, 0.0]),
            ([0, 0, 0], [0.0, 0.0, 0.0]),
        ] {
            for (found, expected) in to_oklab(rgb.map(|v: usize| LINEAR[v]))
                .into_iter()
                .zip(expected)
            {
                assert!((found - expected).abs() < 1e-5, "{rgb:?}: {found}");
            }
        }
    }

    #[test]
    fn colors_come_back() {
        for space in [ColorSpace::Srgb, ColorSpace::Oklab] {
            for color in (0..1u32 << 24).step_by(1021) {
                for alpha in [1, 7, 128, 255] {
                    let color = color << 8 | alpha;
                    let features = space.features(color).map(f64::from);
                    let found = space.color(&features).to_be_bytes();
                    assert_eq!(found, color.to_be_bytes(), "{space:?}");
                }
            }
        }
    }

    /// The definition: seen over a thousand greys.
    #[test]
    fn distances_are_those_seen_over_greys() {
        let (one, other) = ([200u8, 30, 90, 180], [20u8, 220, 70, 60]);
        let n = 1000;
        let mut expected = 0.0;
        for step in 0..n {
            let grey = (f64::from(step) + 0.5) / f64::from(n);
            for j in 0..3 {
                let seen = |c: [u8; 4]| {
                    let alpha = f64::from(c[3]) / 255.0;
                    alpha * f64::from(c[j]) / 255.0 + (1.0 - alpha) * grey
                };
                expected += (seen(one) - seen(other)).powi(2) / f64::from(n);
            }
        }
        let features = |c| ColorSpace::Srgb.features(Color::from_be_bytes(c));
        let pairs = features(one).into_iter().zip(features(other));
        let found: f64 = pairs
            .zip(ColorSpace::Srgb.weights())
            .map(|((a, b), w)| w * f64::from(a - b).powi(2))
            .sum();
        assert!((found / expected - 1.0).abs() < 1e-5, "{found} {expected}");
    }
}
