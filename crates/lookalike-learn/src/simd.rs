//! Run-time dispatch: the same loop compiled for AVX-512, AVX2 and the baseline.
//!
//! Kernels are plain loops over slices, which the compiler vectorises, run by [`dispatch`]; or,
//! where it does not, [`WithSimd`] over the vectors of `pulp`, run by [`run`].

use pulp::{Arch, NullaryFnOnce, WithSimd};

/// A multiple of the width of every vector of f32.
pub(crate) const LANES: usize = 16;

/// Runs `kernel` compiled for the best instruction set of this machine.
///
/// Everything that `kernel` calls must be inlined into it to profit, and `kernel` itself must be
/// marked `#[inline(always)]`.
#[inline]
pub(crate) fn dispatch<R>(kernel: impl FnOnce() -> R) -> R {
    struct Kernel<F>(F);
    impl<R, F: FnOnce() -> R> NullaryFnOnce for Kernel<F> {
        type Output = R;
        #[inline(always)]
        fn call(self) -> R {
            (self.0)()
        }
    }
    Arch::new().dispatch(Kernel(kernel))
}

/// Runs a kernel written for vectors of any width with the widest that this machine has.
#[inline]
pub(crate) fn run<K: WithSimd>(kernel: K) -> K::Output {
    Arch::new().dispatch(kernel)
}

/// How many f32 the widest vectors of this machine have.
#[inline]
pub(crate) fn f32_lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    run(Lanes)
}
