//! What a land cover reflects: blue, green, red and near infrared, as 10 000 times the reflectance.

use super::landscape::Land;
use super::noise::Noise;

pub(super) type Spectrum = [f64; 4];

const DEEP: Spectrum = [640.0, 470.0, 190.0, 110.0];
const SHALLOW: Spectrum = [860.0, 900.0, 520.0, 210.0];
const CONIFERS: Spectrum = [270.0, 520.0, 300.0, 2100.0];
const BROAD_LEAVES: Spectrum = [330.0, 690.0, 400.0, 2800.0];
/// Wheat, meadow, rape, stubble, and the share of the parcels up to each.
const CROPS: [(f64, Spectrum); 4] = [
    (0.36, [430.0, 880.0, 540.0, 4350.0]),
    (0.66, [540.0, 1010.0, 740.0, 3800.0]),
    (0.85, [640.0, 1480.0, 1380.0, 4050.0]),
    (1.00, [820.0, 1240.0, 1480.0, 3650.0]),
];
const TILES: Spectrum = [1150.0, 1420.0, 2150.0, 2550.0];
const SLATE: Spectrum = [1500.0, 1600.0, 1700.0, 2000.0];
const HALLS: Spectrum = [2300.0, 2450.0, 2550.0, 2800.0];
const ASPHALT: Spectrum = [1180.0, 1260.0, 1340.0, 1560.0];
const GARDENS: Spectrum = [520.0, 820.0, 700.0, 2900.0];

/// The texture of the ground.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    waves: Noise,
    trees: Noise,
    soil: Noise,
}

impl Ground {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            waves: Noise::new(seed, 11),
            trees: Noise::new(seed, 12),
            soil: Noise::new(seed, 13),
        }
    }

    /// What is reflected at a point.
    pub(super) fn reflectance(&self, land: Land, x: f64, y: f64) -> Spectrum {
        match land {
            Land::Water { depth } => {
                let mud = 0.25 * self.waves.fractal(x / 40.0, y / 40.0, 4);
                let part = (depth + mud).clamp(0.0, 1.0);
                between(SHALLOW, DEEP, part)
            }
            Land::Wood => {
                let stand = self.trees.fractal(x / 45.0, y / 45.0, 3);
                let crowns = self.trees.fractal(x / 3.2 + 500.0, y / 3.2, 2);
                let relief = self.soil.fractal(x / 70.0 + 900.0, y / 70.0, 3);
                let kind = between(CONIFERS, BROAD_LEAVES, (0.5 + 2.5 * stand).clamp(0.0, 1.0));
                times(kind, 1.0 + 0.22 * crowns + 0.25 * relief)
            }
            Land::Field {
                parcel,
                edge,
                furrow,
            } => {
                let chance = |part: u32| f64::from((parcel >> (8 * part)) as u8) / 256.0;
                let crop = CROPS.iter().find(|(up_to, _)| chance(3) < *up_to);
                let crop = crop.map_or(CROPS[0].1, |(_, spectrum)| *spectrum);
                let growth = self.soil.fractal(x / 26.0, y / 26.0, 4);
                let rows = self.soil.smooth(furrow / 1.7, chance(0) * 1000.0) - 0.5;
                let bright = 1.0 + 0.14 * (chance(1) - 0.5) + 0.10 * growth + 0.05 * rows;
                let grown = times(crop, bright);
                // Hedges and tracks between the parcels.
                if edge < 0.7 {
                    between(grown, GARDENS, 0.6)
                } else {
                    grown
                }
            }
            Land::Roof { house } => {
                let chance = |part: u32| f64::from((house >> (8 * part + 1)) as u8) / 256.0;
                let roof = if house & 1 == 1 {
                    HALLS
                } else {
                    between(SLATE, TILES, chance(0))
                };
                times(roof, 0.75 + 0.5 * chance(1))
            }
            Land::Road => ASPHALT,
            Land::Garden => times(GARDENS, 1.0 + 0.2 * self.trees.fractal(x / 3.0, y / 3.0, 1)),
        }
    }
}

fn between(from: Spectrum, to: Spectrum, part: f64) -> Spectrum {
    std::array::from_fn(|band| from[band] + (to[band] - from[band]) * part)
}

fn times(spectrum: Spectrum, factor: f64) -> Spectrum {
    spectrum.map(|value| value * factor)
}
