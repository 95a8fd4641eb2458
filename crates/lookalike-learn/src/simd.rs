//! Run-time dispatch: the same loop compiled for AVX-512, AVX2 and the baseline.
//!
//! Kernels are plain loops over slices, written so that the compiler can vectorise them. They use
//! no fused multiply-add and add up in an order that they spell out ([`LANES`] partial sums), so
//! that a kernel gives the same bits on every machine.

use pulp::{Arch, NullaryFnOnce};

/// Partial sums of a vectorised reduction: one AVX-512 register of f32.
pub(crate) const LANES: usize = 16;

/// Runs `kernel` compiled for the best instruction set of this machine.
///
/// Everything that `kernel` calls must be inlined into it to profit.
#[inline]
pub(crate) fn dispatch<R>(kernel: impl FnOnce() -> R) -> R {
    struct Kernel<F>(F);
    impl<R, F: FnOnce() -> R> NullaryFnOnce for Kernel<F> {
        type Output = R;
        #[inline(always)]
        #[expect(
            clippy::inline_always,
            reason = "must be compiled with the caller's features"
        )]
        fn call(self) -> R {
            (self.0)()
        }
    }
    Arch::new().dispatch(Kernel(kernel))
}

/// Adds up the lanes of a vectorised sum, pairwise.
#[inline]
pub(crate) fn sum_lanes(lanes: [f32; LANES]) -> f32 {
    let mut lanes = lanes;
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
        width /= 2;
    }
    lanes[0]
}
