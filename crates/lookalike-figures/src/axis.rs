//! Axes with numbers, and the panels that they span.

use crate::canvas::{Anchor, Canvas, Frame, words};
use crate::palette::Paint;

/// Height of the numbers along an axis.
const SIZE: f64 = 12.0;

/// What an axis covers, and where its numbers stand.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    ticks: Vec<f64>,
    /// The numbers are written without this power of ten.
    exponent: i32,
    decimals: usize,
}

impl Axis {
    /// Covers `low..=high` (both finite) with about `count` numbers, no closer than `least`.
    pub(crate) fn new(low: f64, high: f64, count: usize, least: f64) -> Self {
        let (low, high) = if high > low {
            (low, high)
        } else {
            let around = (low.abs() * 0.5).max(0.5);
            (low - around, high + around)
        };
        let rough = (high / count as f64 - low / count as f64).max(least);
        let power = 10_f64.powi(rough.log10().floor() as i32);
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .map(|nice| nice * power)
            .into_iter()
            .find(|step| *step >= rough * 0.999 && (least < 1.0 || step.fract() == 0.0))
            .unwrap_or(10.0 * power);
        let (first, last) = ((low / step).ceil(), (high / step).floor());
        let ticks = (0..=(last - first).max(0.0) as usize)
            .map(|i| (first + i as f64) * step)
            .collect();
        let largest = low.abs().max(high.abs());
        let exponent = if (0.01..100_000.0).contains(&largest) {
            0
        } else {
            (largest.log10() / 3.0).floor() as i32 * 3
        };
        Self {
            low,
            high,
            ticks,
            exponent,
            decimals: decimals(step / 10_f64.powi(exponent)),
        }
    }

    /// Covers these values, and `share` of their range on both sides.
    pub(crate) fn around(values: impl Iterator<Item = f64>, share: f64, count: usize) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let free = (high - low) * share;
        Self::new(low - free, high + free, count, 0.0)
    }

    /// Where a value falls: 0 at the low end, 1 at the high end.
    pub(crate) fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// The name of what is shown, with the power of ten that the numbers lack.
    pub(crate) fn title(&self, name: &str) -> String {
        match self.exponent {
            0 => name.to_owned(),
            3 => format!("{name}, in thousands"),
            6 => format!("{name}, in millions"),
            9 => format!("{name}, in billions"),
            12 => format!("{name}, in trillions"),
            exponent => format!("{name} × 1e{exponent}").replace('-', "−"),
        }
    }

    fn numbers(&self) -> impl Iterator<Item = (f64, String)> {
        self.ticks.iter().map(|&tick| {
            let plain = tick / 10_f64.powi(self.exponent);
            let text = format!("{plain:.*}", self.decimals);
            let zero = text.trim_matches(['-', '0', '.']).is_empty();
            (
                tick,
                if zero {
                    "0".to_owned()
                } else {
                    text.replace('-', "−")
                },
            )
        })
    }
}

/// How many decimals multiples of `step` need.
fn decimals(step: f64) -> usize {
    let whole = |digits: &i32| {
        let shifted = step * 10_f64.powi(*digits);
        (shifted - shifted.round()).abs() < 1e-6 * shifted
    };
    (0..12).find(whole).unwrap_or(12) as usize
}

/// A rectangle of the page with numbers below it and at its left.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Panel {
    pub(crate) frame: Frame,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
}

impl Panel {
    /// Room that the numbers at the left take, and those below.
    pub(crate) const LEFT: f64 = 48.0;
    pub(crate) const BELOW: f64 = 22.0;

    /// Where a point falls on the page.
    pub(crate) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (
            self.frame.x + self.frame.width * self.x.place(x),
            self.frame.y + self.frame.height * (1.0 - self.y.place(y)),
        )
    }

    /// Whether a point lies within.
    pub(crate) fn holds(&self, x: f64, y: f64) -> bool {
        let inside = 0.0..=1.0;
        inside.contains(&self.x.place(x)) && inside.contains(&self.y.place(y))
    }

    /// The line below, and its numbers.
    pub(crate) fn draw_x(&self, canvas: &mut Canvas) {
        let (left, bottom) = (self.frame.x, self.frame.y + self.frame.height);
        canvas.line(
            (left, bottom),
            (left + self.frame.width, bottom),
            Paint::LINE,
        );
        for (tick, number) in self.x.numbers() {
            let x = self.at(tick, 0.0).0;
            canvas.line((x, bottom), (x, bottom + 4.0), Paint::LINE);
            canvas.words(
                words(x, bottom + 17.0, SIZE, number)
                    .paint(Paint::MUTED)
                    .anchor(Anchor::Middle),
            );
        }
    }

    /// A line across for each number at the left.
    pub(crate) fn draw_y(&self, canvas: &mut Canvas) {
        let left = self.frame.x;
        for (tick, number) in self.y.numbers() {
            let y = self.at(0.0, tick).1;
            canvas.line((left, y), (left + self.frame.width, y), Paint::LINE);
            canvas.words(
                words(left - 8.0, y + 4.3, SIZE, number)
                    .paint(Paint::MUTED)
                    .anchor(Anchor::End),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(low: f64, high: f64, least: f64) -> (Vec<String>, String) {
        let axis = Axis::new(low, high, 5, least);
        let found = axis.numbers().map(|(_, text)| text).collect();
        (found, axis.title("t"))
    }

    #[test]
    fn numbers_are_round_and_short() {
        let cases: [(f64, f64, f64, &[&str], &str); 10] = [
            (
                0.0,
                1.0,
                0.0,
                &["0", "0.2", "0.4", "0.6", "0.8", "1.0"],
                "t",
            ),
            (0.31, 0.52, 0.0, &["0.35", "0.40", "0.45", "0.50"], "t"),
            (2.0, 6.0, 1.0, &["2", "3", "4", "5", "6"], "t"),
            (1.5, 3.5, 1.0, &["2", "3"], "t"),
            (2.0, 13.0, 1.0, &["5", "10"], "t"),
            (4e9, 98e9, 0.0, &["20", "40", "60", "80"], "t, in billions"),
            (0.1, 1.2, 0.0, &["0.25", "0.50", "0.75", "1.00"], "t"),
            (-3e6, 12e6, 0.0, &["0", "5", "10"], "t, in millions"),
            (1.1e16, 1.9e16, 0.0, &["12", "14", "16", "18"], "t × 1e15"),
            (-2e-4, 1e-4, 0.0, &["−200", "−100", "0", "100"], "t × 1e−6"),
        ];
        for (low, high, least, expected, title) in cases {
            let (found, name) = numbers(low, high, least);
            let found: Vec<&str> = found.iter().map(String::as_str).collect();
            assert_eq!((&found[..], &*name), (expected, title));
        }
    }

    #[test]
    fn one_value_and_huge_ones_have_an_axis() {
        for (low, high) in [(0.0, 0.0), (7.0, 7.0), (-1e300, 1e300), (1e-300, 2e-300)] {
            let axis = Axis::around([low, high].into_iter(), 0.05, 5);
            let middle = axis.place(f64::midpoint(low, high));
            assert!((middle - 0.5).abs() < 1e-9, "{low} {high}: {middle}");
            assert!(axis.numbers().count() < 20);
        }
    }
}
