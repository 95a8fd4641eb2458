//! Björn Ottosson's perceptual space (2020): differences in it are about as large as they look.

use std::sync::LazyLock;

use crate::picture::{Picture, PicturePixels};

/// Lightness from 0 to 1; green to red and blue to yellow, each within ±0.32.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Oklab {
    pub(super) lightness: f32,
    pub(super) green_red: f32,
    pub(super) blue_yellow: f32,
}

/// The light that levels of sRGB stand for.
static LIGHT: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|level| {
        let level = level as f32 / 255.0;
        if level <= 0.040_45 {
            level / 12.92
        } else {
            ((level + 0.055) / 1.055).powf(2.4)
        }
    })
});

/// The colours of the pixels of a picture in RGB of 8 bits.
pub(super) fn of_rgb8(rgb: &Picture) -> Vec<Oklab> {
    let PicturePixels::U8(levels) = &rgb.pixels else {
        unreachable!("it was made so");
    };
    levels
        .as_chunks()
        .0
        .iter()
        .map(|&pixel| of(pixel))
        .collect()
}

fn of(rgb: [u8; 3]) -> Oklab {
    let [r, g, b] = rgb.map(|level| LIGHT[usize::from(level)]);
    let l = (0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b).cbrt();
    let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
    let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).cbrt();
    Oklab {
        lightness: 0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        green_red: 1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        blue_yellow: 0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of the colours of sRGB's corners in Ottosson's own table.
    #[test]
    fn known_colors() {
        let known = [
            ([255, 255, 255], [1.0, 0.0, 0.0]),
            ([0, 0, 0], [0.0, 0.0, 0.0]),
            ([255, 0, 0], [0.628, 0.225, 0.126]),
            ([0, 255, 0], [0.866, -0.234, 0.179]),
            ([0, 0, 255], [0.452, -0.032, -0.312]),
        ];
        for (rgb, expected) in known {
            let color = of(rgb);
            let found = [color.lightness, color.green_red, color.blue_yellow];
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-3, "{rgb:?}: {color:?}");
            }
        }
    }
}
