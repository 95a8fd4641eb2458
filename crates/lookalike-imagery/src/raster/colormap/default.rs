//! The colours of classes when none are given.

use super::{Rgb, interpolate, spread};

/// From dark to bright, as classes are numbered; neighbours differ in hue. Dark blue for water comes
/// first, then greens and browns, at last greys and sand.
const COLORS: [Rgb; 20] = [
    [6, 38, 92],
    [91, 26, 24],
    [11, 93, 30],
    [106, 61, 154],
    [140, 81, 10],
    [215, 25, 28],
    [31, 120, 180],
    [231, 41, 138],
    [217, 95, 2],
    [51, 160, 44],
    [27, 158, 158],
    [191, 155, 48],
    [128, 160, 235],
    [127, 188, 65],
    [253, 174, 97],
    [229, 178, 226],
    [206, 196, 184],
    [166, 206, 227],
    [178, 223, 138],
    [254, 224, 139],
];

/// Colours of classes 1 to `n_classes`, from dark to bright, as classes are numbered by brightness.
///
/// Up to 20 classes get colours that are easy to tell apart; above, they are interpolated.
pub fn default_colors(n_classes: usize) -> Vec<Rgb> {
    let last = (COLORS.len() - 1) as f64;
    spread(n_classes)
        .map(|at| {
            if n_classes <= COLORS.len() {
                COLORS[(at * last).round() as usize]
            } else {
                interpolate(&COLORS, at)
            }
        })
        .collect()
}
