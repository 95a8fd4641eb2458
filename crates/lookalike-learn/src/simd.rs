//! Run-time dispatch: the same loop compiled for AVX-512, AVX2 and the baseline.
//!
//! Kernels are plain loops over slices, which the compiler vectorises, run by [`dispatch`]; or,
//! where it does not, [`WithSimd`] over the vectors of `pulp`, run by [`run`], and [`WithHalves`] for products of
//! whole numbers of 16 bits, run by [`run_halves`].
//!
//! The environment variable `LOOKALIKE_SIMD` asks for less than this machine has: `avx2` or `none`.
//! So one machine tests all its paths. It does not bind the libraries that choose for themselves,
//! faer and rustfft.

use std::env;
use std::sync::OnceLock;

use pulp::{Arch, NullaryFnOnce, WithSimd, i32x8, i32x16};

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

/// What multiplies words of two halves, of 16 bits and with a sign each.
pub(crate) trait Halves: Copy {
    /// In each lane, `sum` and the products of the two halves of `a` and `b`.
    fn multiply_add(self, a: i32x8, b: i32x8, sum: i32x8) -> i32x8;
}

/// As [`Halves`], for kernels to which wider vectors are of use.
pub(crate) trait WideHalves: Copy {
    /// As [`Halves::multiply_add`].
    fn multiply_add_wide(self, a: i32x16, b: i32x16, sum: i32x16) -> i32x16;
}

/// A kernel written for [`Halves`]; it must be marked `#[inline(always)]`, as all that it calls.
pub(crate) trait WithHalves {
    type Output;

    fn with_halves<H: Halves>(self, halves: H) -> Self::Output;
}

/// Runs a kernel with what multiplies most halves at once.
#[inline]
pub(crate) fn run_halves<K: WithHalves>(kernel: K) -> K::Output {
    match Avx2::new() {
        Some(avx2) => avx2.run(kernel),
        None => dispatch(
            #[inline(always)]
            || kernel.with_halves(Plain),
        ),
    }
}

/// Loops that the compiler vectorises as it can.
#[derive(Clone, Copy)]
struct Plain;

impl Halves for Plain {
    #[inline(always)]
    fn multiply_add(self, a: i32x8, b: i32x8, sum: i32x8) -> i32x8 {
        let halves = |word: i32| (word << 16 >> 16, word >> 16);
        let (a, b): ([i32; 8], [i32; 8]) = (pulp::cast(a), pulp::cast(b));
        let mut sum: [i32; 8] = pulp::cast(sum);
        for (sum, (a, b)) in sum.iter_mut().zip(a.into_iter().zip(b)) {
            let (a, b) = (halves(a), halves(b));
            *sum += a.0 * b.0 + a.1 * b.1;
        }
        pulp::cast(sum)
    }
}

/// The vectors of AVX2, for what only they do.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(
    #[cfg(target_arch = "x86_64")] pulp::x86::V3,
    #[cfg(not(target_arch = "x86_64"))] std::convert::Infallible,
);

impl Avx2 {
    /// Those of this machine, where it has them.
    #[inline]
    pub(crate) fn new() -> Option<Self> {
        match arch() {
            #[cfg(target_arch = "x86_64")]
            Arch::V3(simd) => Some(Self(simd)),
            #[cfg(target_arch = "x86_64")]
            Arch::V4(simd) => Some(Self(*simd)),
            _ => None,
        }
    }

    #[inline]
    fn run<K: WithHalves>(self, kernel: K) -> K::Output {
        struct Kernel<K>(Avx2, K);
        impl<K: WithHalves> NullaryFnOnce for Kernel<K> {
            type Output = K::Output;
            #[inline(always)]
            fn call(self) -> K::Output {
                self.1.with_halves(self.0)
            }
        }
        #[cfg(target_arch = "x86_64")]
        {
            pulp::Simd::vectorize(self.0, Kernel(self, kernel))
        }
        #[cfg(not(target_arch = "x86_64"))]
        match self.0 {}
    }
}

impl Halves for Avx2 {
    #[inline(always)]
    fn multiply_add(self, a: i32x8, b: i32x8, sum: i32x8) -> i32x8 {
        #[cfg(target_arch = "x86_64")]
        {
            let (a, b) = (pulp::cast(a), pulp::cast(b));
            let products = self.0.multiply_wrapping_add_adjacent_i16x16(a, b);
            self.0.wrapping_add_i32x8(sum, products)
        }
        #[cfg(not(target_arch = "x86_64"))]
        match self.0 {}
    }
}

impl WideHalves for Avx2 {
    #[inline(always)]
    fn multiply_add_wide(self, a: i32x16, b: i32x16, sum: i32x16) -> i32x16 {
        let [a, b, sum]: [[i32x8; 2]; 3] = [a, b, sum].map(pulp::cast);
        pulp::cast([0, 1].map(|half| self.multiply_add(a[half], b[half], sum[half])))
    }
}

/// The vectors of AVX-512, for what only they do.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(
    #[cfg(target_arch = "x86_64")] pulp::x86::V4,
    #[cfg(not(target_arch = "x86_64"))] std::convert::Infallible,
);

impl Avx512 {
    /// Those of this machine, where it has them.
    #[inline]
    pub(crate) fn new() -> Option<Self> {
        match arch() {
            #[cfg(target_arch = "x86_64")]
            Arch::V4(simd) => Some(Self(simd)),
            _ => None,
        }
    }
}

impl WideHalves for Avx512 {
    #[inline(always)]
    fn multiply_add_wide(self, a: i32x16, b: i32x16, sum: i32x16) -> i32x16 {
        #[cfg(target_arch = "x86_64")]
        {
            let (a, b) = (pulp::cast(a), pulp::cast(b));
            let products = self.0.multiply_wrapping_add_adjacent_i16x32(a, b);
            self.0.wrapping_add_i32x16(sum, products)
        }
        #[cfg(not(target_arch = "x86_64"))]
        match self.0 {}
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
