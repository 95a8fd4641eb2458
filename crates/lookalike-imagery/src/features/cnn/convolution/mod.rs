//! Convolutions that are done here, because the engine is slow at them.
//!
//! Their maps lie channels last: the numbers of a place side by side, with zeros behind them up to whole
//! vectors. A 1×1 convolution is then a matrix product of the maps as they lie, and all else goes by
//! vectors of channels, whatever the size of the maps.
//!
//! | file | what it does |
//! |---|---|
//! | `layout` | channels first to channels last, and back |
//! | `product` | matrix products with weights |
//! | `dense` | between all channels: one product, of patches where the kernel is not 1×1 |
//! | `winograd` | 3×3 between many channels, by a quarter of the multiplications |
//! | `depthwise` | each channel by itself |
//! | `chain` | one after another, picture by picture, so that what is between stays in the cache |

mod chain;
mod dense;
mod depthwise;
mod layout;
mod product;
mod winograd;

use std::fmt::Debug;

use pulp::Simd;

use self::dense::Dense;
use self::depthwise::Depthwise;
use self::winograd::Winograd;

pub(super) use self::chain::Chain;

/// For the settings: another one whenever rows may round in another way.
pub(super) const VERSION: u32 = 3;

/// Maps of this many channels are worth a matrix product.
const MIN_CHANNELS: usize = 16;

/// Places of a kernel; more would be faster by Fourier's transform.
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

    /// Convolves pictures, adds another result where there is one, and clamps. What is in `scratch` does
    /// not matter.
    fn run(&self, maps: &Maps<'_>, scratch: &mut Vec<f32>, output: &mut [f32]);
}

/// The maps of some pictures, channels last.
#[derive(Debug, Clone, Copy)]
struct Maps<'a> {
    /// Pictures × rows × columns × the [pitch](layout::pitch) of the channels.
    input: &'a [f32],
    rows: usize,
    columns: usize,
    /// As the output: what is added to it.
    addend: Option<&'a [f32]>,
}

/// The ways there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Winograd,
    Depthwise,
    Dense,
}

impl Convolution {
    fn kernel(&self) -> Option<Box<dyn Kernel>> {
        Some(match self.shape.way()? {
            Way::Winograd => Box::new(Winograd::new(self)),
            Way::Depthwise => Box::new(Depthwise::new(self)),
            Way::Dense => Box::new(Dense::new(self)),
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
        self.n_out * (self.n_in / self.groups) * self.n_taps()
    }

    fn n_taps(&self) -> usize {
        self.size[0] * self.size[1]
    }

    fn way(&self) -> Option<Way> {
        let is_wide = self.n_in >= MIN_CHANNELS;
        let is_by_channel = self.groups == self.n_in && self.groups == self.n_out;
        if self.n_out < MIN_CHANNELS || self.n_taps() > MAX_TAPS {
            return None;
        }
        match (self.size, self.strides) {
            ([3, 3], [1, 1]) if self.groups == 1 && is_wide => Some(Way::Winograd),
            _ if self.groups == 1 => Some(Way::Dense),
            _ if is_by_channel => Some(Way::Depthwise),
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

    /// As `f32::clamp`: NaN stays NaN, for it is compared and not made a least or greatest.
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, values: S::f32s) -> S::f32s {
        let (low, high) = (simd.splat_f32s(self.low), simd.splat_f32s(self.high));
        let raised = simd.select_f32s(simd.less_than_f32s(values, low), low, values);
        simd.select_f32s(simd.greater_than_f32s(raised, high), high, raised)
    }
}

#[cfg(test)]
mod tests;
