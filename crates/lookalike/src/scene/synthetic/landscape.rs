//! What lies where: a coast, a river, a lake, a town with its roads, woods and fields.

use super::noise::Noise;
use super::{HEIGHT, WIDTH};

/// What covers the ground at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Land {
    /// `depth` from 0 (the shore) to 1 (the open sea); rivers are shallow.
    Water {
        depth: f64,
    },
    Wood,
    /// `parcel` and `house` are random numbers of their own; `edge` is the distance from the nearest
    /// edge of the parcel and `furrow` the place across its furrows, in pixels.
    Field {
        parcel: u64,
        edge: f64,
        furrow: f64,
    },
    /// The lowest bit of `house` says whether it is a hall.
    Roof {
        house: u64,
    },
    Road,
    Garden,
}

impl Land {
    /// The class that it belongs to, from 1, as [`CLASSES`](super::CLASSES) names them.
    pub(super) fn class(self) -> u8 {
        match self {
            Self::Water { .. } => 1,
            Self::Wood => 2,
            Self::Field { .. } => 3,
            Self::Roof { .. } | Self::Road | Self::Garden => 4,
        }
    }
}

/// The whole of it.
#[derive(Debug, Clone)]
pub(super) struct Landscape {
    coast: Noise,
    river: Noise,
    wood: Noise,
    town: Noise,
    fields: Noise,
    warp: Noise,
    /// Towns and villages: centre and radius.
    places: Vec<(f64, f64, f64)>,
    /// Roads between them.
    roads: Vec<[(f64, f64); 2]>,
}

/// Directions with rational sine and cosine, for fields and streets.
const DIRECTIONS: [(f64, f64); 6] = [
    (0.8, 0.6),
    (0.96, 0.28),
    (0.6, 0.8),
    (0.96, -0.28),
    (0.8, -0.6),
    (0.28, 0.96),
];
/// Districts of fields that share a direction are about this wide, in pixels.
const DISTRICT: f64 = 120.0;

impl Landscape {
    pub(super) fn new(seed: u64) -> Self {
        let mut landscape = Self {
            coast: Noise::new(seed, 1),
            river: Noise::new(seed, 2),
            wood: Noise::new(seed, 3),
            town: Noise::new(seed, 4),
            fields: Noise::new(seed, 5),
            warp: Noise::new(seed, 6),
            places: Vec::new(),
            roads: Vec::new(),
        };
        let (wide, high) = (WIDTH as f64, HEIGHT as f64);
        let bank = |x: f64| landscape.river_row(x);
        let town = (0.53 * wide, bank(0.53 * wide) - 30.0);
        let villages = [
            (0.84 * wide, bank(0.84 * wide) + 62.0, 21.0),
            (0.60 * wide, 0.88 * high, 17.0),
            (0.66 * wide, 0.13 * high, 15.0),
        ];
        let ends = [
            (wide + 5.0, 0.62 * high),
            (0.78 * wide, high + 5.0),
            (0.71 * wide, -5.0),
        ];
        landscape.roads = villages
            .iter()
            .zip(ends)
            .flat_map(|(&(x, y, _), end)| [[town, (x, y)], [(x, y), end]])
            .collect();
        landscape.places = vec![(town.0, town.1, 72.0)];
        landscape.places.extend(villages);
        landscape
    }

    /// What lies at a point, in pixels from the upper left.
    pub(super) fn at(&self, x: f64, y: f64) -> Land {
        let aside = 16.0 * self.warp.fractal(x / 110.0, y / 110.0, 2);
        let bent = (x + aside, y - aside);
        let road = self.roads.iter().any(|&[a, b]| distance(bent, a, b) < 1.4);
        let height = self.height(x, y);
        if height < 0.0 {
            return Land::Water {
                depth: (-height * 1.6).min(1.0),
            };
        }
        if road {
            return Land::Road;
        }
        if self.on_river(x, y) || self.on_lake(x, y) {
            return Land::Water { depth: 0.0 };
        }
        if self.in_place(x, y) {
            return self.town_at(x, y);
        }
        if self.in_wood(x, y) {
            return Land::Wood;
        }
        self.field_at(x, y)
    }

    /// Height above the sea, in no unit: below 0 there is water.
    fn height(&self, x: f64, y: f64) -> f64 {
        let rise = (x + 0.35 * y - 275.0) / 190.0;
        rise + 0.8 * self.coast.fractal(x / 165.0, y / 165.0, 6)
    }

    /// The row of the river's middle in a column.
    fn river_row(&self, x: f64) -> f64 {
        let wave = |length: f64, row: f64| 2.0 * self.river.smooth(x / length, row) - 1.0;
        0.54 * HEIGHT as f64 + 95.0 * wave(170.0, 0.5) + 40.0 * wave(47.0, 10.5)
    }

    fn on_river(&self, x: f64, y: f64) -> bool {
        let row = self.river_row(x);
        if (y - row).abs() > 60.0 {
            return false;
        }
        let slope = self.river_row(x + 1.0) - row;
        let away = (y - row).abs() / (1.0 + slope * slope).sqrt();
        let mouth = ((330.0 - x) / 160.0).clamp(0.0, 1.0);
        away < 3.0 + 5.0 * mouth
    }

    fn on_lake(&self, x: f64, y: f64) -> bool {
        let (dx, dy) = (x - 0.77 * WIDTH as f64, (y - 0.33 * HEIGHT as f64) * 1.7);
        if dx.abs().max(dy.abs()) > 42.0 {
            return false;
        }
        let ragged = 26.0 * (1.0 + 0.6 * self.coast.fractal(x / 30.0, y / 30.0, 4));
        dx * dx + dy * dy < ragged * ragged
    }

    fn in_place(&self, x: f64, y: f64) -> bool {
        let within = |factor: f64| {
            self.places.iter().any(|&(left, top, radius)| {
                let (dx, dy) = (x - left, y - top);
                dx * dx + dy * dy < (radius * factor) * (radius * factor)
            })
        };
        within(1.75) && within(1.0 + 0.75 * self.town.fractal(x / 24.0, y / 24.0, 4))
    }

    fn in_wood(&self, x: f64, y: f64) -> bool {
        let hills = (x - 0.55 * y - 330.0) / 420.0;
        let copse = self.wood.smooth(x / 21.0 + 300.0, y / 21.0) > 0.91;
        copse || self.wood.fractal(x / 105.0, y / 105.0, 6) + 0.55 * hills > 0.04
    }

    /// Blocks of houses between streets.
    fn town_at(&self, x: f64, y: f64) -> Land {
        let (u, v) = turned(x, y, DIRECTIONS[1]);
        let (u, v) = (u + 2.0 * self.warp.fractal(x / 60.0, y / 60.0, 2), v);
        let within = |t: f64, size: f64| t - (t / size).floor() * size;
        if within(u, 13.0) < 1.7 || within(v, 10.0) < 1.5 {
            return Land::Road;
        }
        let (lot_u, lot_v) = ((u / 4.3).floor() as i64, (v / 3.4).floor() as i64);
        let park = self.town.smooth(x / 16.0, y / 16.0) > 0.86;
        if park || self.town.at(lot_u, lot_v) < 0.12 {
            return Land::Garden;
        }
        // Some large roofs among many small ones.
        let (hall_u, hall_v) = ((u / 13.0).floor() as i64, (v / 10.0).floor() as i64);
        let hall = self.town.at(hall_u + 5000, hall_v) < 0.08;
        let (a, b) = if hall {
            (hall_u, hall_v)
        } else {
            (lot_u, lot_v)
        };
        let house = self.town.word(a, b + 9000);
        Land::Roof {
            house: house << 1 | u64::from(hall),
        }
    }

    /// Long parcels side by side, in the direction of their district.
    fn field_at(&self, x: f64, y: f64) -> Land {
        let bend = 14.0 * self.warp.fractal(x / 80.0, y / 80.0, 2);
        let (column, row) = self.district(x + bend, y - bend);
        let choose = |stream: i64| self.fields.at(column * 7 + stream, row * 7 + 1000);
        let direction = DIRECTIONS[(choose(0) * DIRECTIONS.len() as f64) as usize];
        let (u, v) = turned(x, y, direction);
        let wide = 13.0 + 12.0 * choose(1);
        let strip = (u / wide).floor();
        let shifted = |stream: i64| {
            self.fields
                .at(strip as i64 + 5000 * stream, column + 91 * row)
        };
        let long = 40.0 + 55.0 * shifted(1);
        let along = v / long + shifted(2);
        let (across, along_part) = (u / wide - strip, along - along.floor());
        let parcel = self.fields.word(
            strip as i64 * 131 + along.floor() as i64,
            column * 977 + row,
        );
        Land::Field {
            parcel,
            edge: (across.min(1.0 - across) * wide).min(along_part.min(1.0 - along_part) * long),
            furrow: u,
        }
    }

    /// The district whose middle is nearest.
    fn district(&self, x: f64, y: f64) -> (i64, i64) {
        let (column, row) = ((x / DISTRICT).floor() as i64, (y / DISTRICT).floor() as i64);
        let (mut nearest, mut least) = ((0, 0), f64::INFINITY);
        for j in row - 1..=row + 1 {
            for i in column - 1..=column + 1 {
                let (dx, dy) = (
                    (i as f64 + self.fields.at(i, j)) * DISTRICT - x,
                    (j as f64 + self.fields.at(i + 4000, j)) * DISTRICT - y,
                );
                let away = dx * dx + dy * dy;
                if away < least {
                    (nearest, least) = ((i, j), away);
                }
            }
        }
        nearest
    }
}

fn turned(x: f64, y: f64, (cosine, sine): (f64, f64)) -> (f64, f64) {
    (x * cosine + y * sine, y * cosine - x * sine)
}

/// Distance of a point from the line between two others.
fn distance(point: (f64, f64), from: (f64, f64), to: (f64, f64)) -> f64 {
    let (along_x, along_y) = (to.0 - from.0, to.1 - from.1);
    let (x, y) = (point.0 - from.0, point.1 - from.1);
    let part = (x * along_x + y * along_y) / (along_x * along_x + along_y * along_y);
    let part = part.clamp(0.0, 1.0);
    let (dx, dy) = (x - part * along_x, y - part * along_y);
    (dx * dx + dy * dy).sqrt()
}
