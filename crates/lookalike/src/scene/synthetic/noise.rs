//! Random numbers by place: the same everywhere, for they need no more than sums and products.

/// A random number for each point of a grid, and smooth landscapes made of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    key: u64,
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Noise {
    /// Numbers that have nothing to do with those of any other seed or stream.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let key = mix(seed.wrapping_add(0x9E37_79B9_7F4A_7C15));
        Self {
            key: mix(key ^ stream.wrapping_mul(0xD1B5_4A32_D192_ED03)),
        }
    }

    fn bits(self, x: i64, y: i64) -> u64 {
        let row = mix(self.key ^ (y as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        mix(row ^ (x as u64).wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    /// 32 random bits for one point of the grid.
    pub(super) fn word(self, x: i64, y: i64) -> u64 {
        self.bits(x, y) >> 32
    }

    /// Uniform in 0..1, for one point of the grid.
    pub(super) fn at(self, x: i64, y: i64) -> f64 {
        (self.bits(x, y) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Nearly normal, mean 0, deviation 1: the sum of four uniform numbers.
    pub(super) fn normal(self, x: i64, y: i64) -> f64 {
        let bits = self.bits(x, y);
        let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xFFFF).sum();
        // Four uniform numbers have mean 2 and variance 1/3.
        (sum as f64 / 65_535.0 - 2.0) * 3.0_f64.sqrt()
    }

    /// Smooth, 0 to 1, with hills about one unit wide.
    pub(super) fn smooth(self, x: f64, y: f64) -> f64 {
        let (column, row) = (floor(x), floor(y));
        let ease = |t: f64| t * t * (3.0 - 2.0 * t);
        let (right, down) = (ease(x - column as f64), ease(y - row as f64));
        let along = |row: i64| {
            let (from, to) = (self.at(column, row), self.at(column + 1, row));
            from + (to - from) * right
        };
        let (above, below) = (along(row), along(row + 1));
        above + (below - above) * down
    }

    /// Smooth with smaller hills on the hills, −1 to 1.
    pub(super) fn fractal(self, x: f64, y: f64, octaves: u32) -> f64 {
        let (mut sum, mut whole, mut scale, mut part) = (0.0, 0.0, 1.0, 1.0);
        for octave in 0..octaves {
            // Grids of different sizes must not share their points.
            let aside = 37.0 * f64::from(octave);
            sum += part * (2.0 * self.smooth(x * scale + aside, y * scale - aside) - 1.0);
            whole += part;
            scale *= 2.0;
            part *= 0.5;
        }
        sum / whole
    }
}

/// Without a call of the mathematics library, which the oldest instruction set needs for it.
fn floor(x: f64) -> i64 {
    let towards_zero = x as i64;
    towards_zero - i64::from(towards_zero as f64 > x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_the_moments_of_their_distribution() {
        let noise = Noise::new(1, 2);
        let draws: Vec<f64> = (0..100_000)
            .map(|i| noise.normal(i % 317, i / 317))
            .collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.015, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.02, "variance {variance}");
    }

    #[test]
    fn hills_are_smooth_and_pass_through_the_grid() {
        let noise = Noise::new(0, 7);
        assert_eq!(noise.smooth(3.0, -4.0).to_bits(), noise.at(3, -4).to_bits());
        for i in 0..1000 {
            let x = f64::from(i) * 0.01 - 5.0;
            let step = (noise.smooth(x + 0.01, 0.3) - noise.smooth(x, 0.3)).abs();
            assert!(step < 0.016, "{step} at {x}");
            assert!(noise.fractal(x, 0.3, 5).abs() <= 1.0);
        }
    }
}
