//! The handwritten digits of the UCI Machine Learning Repository.

use ndarray::{Array2, Array3};

/// 1797 handwritten digits, 8×8 pixels each, with their true labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Digits {
    /// 1797×64: one row a digit, its pixels row by row, 0 (paper) to 16 (ink).
    pub data: Array2<f32>,
    /// The same as 1797 pictures of 8×8.
    pub images: Array3<f32>,
    /// The digit that each picture shows, 0 to 9.
    pub target: Vec<i32>,
    /// What the labels are called: "0" to "9".
    pub target_names: Vec<String>,
    /// What the data is and where it comes from.
    pub description: &'static str,
}

const N_SAMPLES: usize = 1797;
const SIDE: usize = 8;

const DESCRIPTION: &str = "\
Optical recognition of handwritten digits: the test set.

1797 digits written by 13 people, none of whom wrote for the training set. Each was scanned as a \
32x32 bitmap and reduced to 8x8 by counting the inked pixels of every 4x4 block, which gives \
values from 0 to 16.

Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning \
Repository, 1998, https://doi.org/10.24432/C50P49, licence CC BY 4.0. The same rows in the same \
order as scikit-learn's load_digits.";

/// Bits, most significant first: for each pixel 0 for paper, or 1 and four bits of value − 1; then
/// four bits for each label. Written by `testdata/generators/digits_dataset.py`.
static PACKED: &[u8] = include_bytes!("digits.bin");

/// Loads the digits set that is built into the library.
///
/// ```
/// let digits = lookalike_learn::datasets::digits();
/// assert_eq!(digits.data.dim(), (1797, 64));
/// assert_eq!(digits.target[..5], [0, 1, 2, 3, 4]);
/// ```
///
/// # Panics
/// Never: the packed data is a constant that the tests check value by value.
pub fn digits() -> Digits {
    let mut bits = Bits {
        bytes: PACKED,
        position: 0,
    };
    let pixels: Vec<f32> = (0..N_SAMPLES * SIDE * SIDE)
        .map(|_| {
            if bits.take(1) == 0 {
                0.0
            } else {
                f32::from(bits.take(4) + 1)
            }
        })
        .collect();
    let target = (0..N_SAMPLES).map(|_| i32::from(bits.take(4))).collect();
    let data = Array2::from_shape_vec((N_SAMPLES, SIDE * SIDE), pixels).expect("as many pixels");
    let images = data
        .clone()
        .into_shape_with_order((N_SAMPLES, SIDE, SIDE))
        .expect("as many");
    let target_names = (0..10).map(|digit: i32| digit.to_string()).collect();
    Digits {
        data,
        images,
        target,
        target_names,
        description: DESCRIPTION,
    }
}

struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> u8 {
        (0..count).fold(0, |value, _| {
            let bit = self.bytes[self.position / 8] >> (7 - self.position % 8) & 1;
            self.position += 1;
            value << 1 | bit
        })
    }
}
