//! Run-time dispatch: the same loop compiled for AVX-512, AVX2, NEON and the baseline.
//!
//! Kernels are plain loops over slices, which the compiler vectorises, run by [`dispatch`]; or,
//! where it does not, [`WithSimd`] over the vectors of `pulp`, run by [`run`], and [`WithHalves`] or
//! [`WithWideHalves`] for products of whole numbers of 16 bits, run by [`run_halves`] and [`run_wide_halves`].
//!
//! The environment variable `LOOKALIKE_SIMD` asks for less than this machine has: `avx2` or `none`.
//! So one machine tests all its paths. It does not bind the libraries that choose for themselves,
//! faer and rustfft.

mod halves;

use std::env;
use std::sync::OnceLock;

use pulp::{Arch, NullaryFnOnce, WithSimd};

pub(crate) use halves::{
    Halves, WideHalves, WithHalves, WithWideHalves, halves_are_faster, run_halves, run_wide_halves,
};

const VARIABLE: &str = "LOOKALIKE_SIMD";

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
    arch().dispatch(Kernel(kernel))
}

/// Runs a kernel written for vectors of any width with the widest that this machine has.
#[inline]
pub(crate) fn run<K: WithSimd>(kernel: K) -> K::Output {
    arch().dispatch(kernel)
}

/// The best instruction set of this machine, or the one that was asked for.
#[inline]
fn arch() -> Arch {
    static ARCH: OnceLock<Arch> = OnceLock::new();
    *ARCH.get_or_init(|| match env::var(VARIABLE) {
        Ok(name) => named(&name).unwrap_or_else(|| {
            panic!("{VARIABLE} must be avx512, avx2, neon or none, and run here, got {name:?}")
        }),
        Err(_) => Arch::new(),
    })
}

/// The instruction set of this name, where this machine has it.
fn named(name: &str) -> Option<Arch> {
    match name {
        "none" => Some(Arch::Scalar),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        "avx2" => pulp::x86::V3::try_new().map(Arch::V3),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        "avx512" => pulp::x86::V4::try_new().map(Arch::V4),
        #[cfg(target_arch = "aarch64")]
        "neon" => pulp::aarch64::Neon::try_new().map(Arch::Neon),
        _ => None,
    }
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
