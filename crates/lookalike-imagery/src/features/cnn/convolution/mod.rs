//! Convolutions that are done here, because the engine is slow at them.
//!
//! | file | what it does |
//! |---|---|
//! | `winograd` | 3×3 between many channels, by a quarter of the multiplications |
//! | `depthwise` | each channel by itself |
//! | `pointwise` | 1×1: a matrix product |
//! | `chain` | one after another, picture by picture, so that what is between stays in the cache |

mod chain;
mod depthwise;
mod pointwise;
mod winograd;

use std::fmt::Debug;

use pulp::{Arch, NullaryFnOnce};

use self::depthwise::Depthwise;
use self::pointwise::Pointwise;
use self::winograd::Winograd;

pub(super) use self::chain::Chain;

/// For the settings: another one whenever rows may round in another way.
pub(super) const VERSION: u32 = 2;

/// Maps of this many channels are worth a matrix product.
const MIN_CHANNELS: usize = 16;

/// Places of a depthwise kernel; more would be faster by Fourier's transform.
const MAX_TAPS: usize = 64;

/// A convolution, all of it known.
#[derive(Debug, Clone)]
pub(super) struct Convolution {
    pub(super) shape: Shape,
    /// `n_out` × `n_in / groups` × rows × columns.
    pub(super) weights: Vec<f32>,
    /// `n_out`.
    pub(super) bias: Vec<f32>,
    pub(super) clamp: Clamp,
}

/// What a convolution is like, but for its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) n_out: usize,
    pub(super) n_in: usize,
    pub(super) groups: usize,
    /// Rows and columns of the kernel.
    pub(super) size: [usize; 2],
    pub(super) strides: [usize; 2],
    /// Rows and columns of zeros above and left of the input.
    pub(super) before: [usize; 2],
    /// Below and right of it.
    pub(super) after: [usize; 2],
}

/// What happens to each number of the result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Clamp {
    pub(super) low: f32,
    pub(super) high: f32,
}

/// A way to do a convolution.
trait Kernel: Debug + Send + Sync {
    fn shape(&self) -> &Shape;

    /// Pictures that are better done at once, when their maps are of `rows` × `columns`.
    fn pictures_at_once(&self, _rows: usize, _columns: usize) -> usize {
        1
    }

    /// Convolves the pictures of `input`, each of `n_in` maps of `rows` × `columns`.
    fn run(&self, input: &[f32], rows: usize, columns: usize, output: &mut [f32]);
}

/// The ways there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Winograd,
    Depthwise,
    Pointwise,
}

impl Convolution {
    fn kernel(&self) -> Option<Box<dyn Kernel>> {
        Some(match self.shape.way()? {
            Way::Winograd => Box::new(Winograd::new(self)),
            Way::Depthwise => Box::new(Depthwise::new(self)),
            Way::Pointwise => Box::new(Pointwise::new(self)),
        })
    }
}

impl Shape {
    /// Whether it is one of those that are faster here.
    pub(super) fn is_done_here(&self) -> bool {
        self.way().is_some()
    }

    /// How many weights there are.
    pub(super) fn n_weights(&self) -> usize {
        self.n_out * (self.n_in / self.groups) * self.size[0] * self.size[1]
    }

    fn way(&self) -> Option<Way> {
        let is_wide = self.n_in >= MIN_CHANNELS && self.n_out >= MIN_CHANNELS;
        let is_dense = self.groups == 1 && self.strides == [1, 1] && is_wide;
        let is_by_channel = self.groups == self.n_in && self.groups == self.n_out;
        let n_taps = self.size[0] * self.size[1];
        let is_padded = [self.before, self.after] != [[0, 0]; 2];
        match self.size {
            [3, 3] if is_dense => Some(Way::Winograd),
            [1, 1] if is_dense && !is_padded => Some(Way::Pointwise),
            _ if is_by_channel && is_wide && n_taps <= MAX_TAPS => Some(Way::Depthwise),
            _ => None,
        }
    }

    /// Rows and columns of the result for maps of `rows` × `columns`; none where the kernel is larger
    /// than the padded map.
    fn output(&self, rows: usize, columns: usize) -> Option<[usize; 2]> {
        let side = |i: usize, length: usize| {
            let padded = length + self.before[i] + self.after[i];
            Some(padded.checked_sub(self.size[i])? / self.strides[i] + 1)
        };
        Some([side(0, rows)?, side(1, columns)?])
    }
}

impl Clamp {
    /// Numbers stay as they are.
    pub(super) const NONE: Self = Self {
        low: f32::NEG_INFINITY,
        high: f32::INFINITY,
    };

    pub(super) const RELU: Self = Self {
        low: 0.0,
        high: f32::INFINITY,
    };

    /// As `f32::clamp`, without its panic; NaN stays NaN.
    #[inline(always)]
    fn of(self, value: f32) -> f32 {
        let value = if value < self.low { self.low } else { value };
        if value > self.high { self.high } else { value }
    }
}

/// Runs a kernel compiled for the best instruction set of this machine.
#[inline]
fn vectorized(kernel: impl FnOnce()) {
    struct Vectorized<F>(F);
    impl<F: FnOnce()> NullaryFnOnce for Vectorized<F> {
        type Output = ();
        #[inline(always)]
        fn call(self) {
            (self.0)();
        }
    }
    Arch::new().dispatch(Vectorized(kernel));
}

#[cfg(test)]
mod tests;
