//! Products of whole numbers of 16 bits, two to a word.
//!
//! AVX2 and AVX-512 multiply twice as many of them at once as of f32, and add them in pairs. Elsewhere they are
//! plain loops.

use pulp::{cast, i32x8, i32x16};

use super::{arch, dispatch};

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

/// A kernel written for [`WideHalves`]; it must be marked `#[inline(always)]`, as all that it calls.
pub(crate) trait WithWideHalves {
    fn with_wide_halves<H: WideHalves>(self, halves: H);
}

/// Runs a kernel with what multiplies most halves at once.
#[inline]
pub(crate) fn run_halves<K: WithHalves>(kernel: K) -> K::Output {
    match arch() {
        #[cfg(target_arch = "x86_64")]
        pulp::Arch::V3(simd) => x86::run(simd, kernel),
        #[cfg(target_arch = "x86_64")]
        pulp::Arch::V4(simd) => x86::run(*simd, kernel),
        _ => dispatch(
            #[inline(always)]
            || kernel.with_halves(Plain),
        ),
    }
}

/// Runs a kernel with the widest vectors that multiply halves.
#[inline]
pub(crate) fn run_wide_halves<K: WithWideHalves>(kernel: K) {
    match arch() {
        #[cfg(target_arch = "x86_64")]
        pulp::Arch::V3(simd) => x86::run_wide(simd, kernel),
        #[cfg(target_arch = "x86_64")]
        pulp::Arch::V4(simd) => x86::run_wide(simd, kernel),
        _ => dispatch(
            #[inline(always)]
            || kernel.with_wide_halves(Plain),
        ),
    }
}

/// Whether this machine multiplies more halves at once than f32.
#[inline]
pub(crate) fn halves_are_faster() -> bool {
    match arch() {
        #[cfg(target_arch = "x86_64")]
        pulp::Arch::V3(_) | pulp::Arch::V4(_) => true,
        _ => false,
    }
}

/// Loops that the compiler vectorises as it can.
#[derive(Clone, Copy)]
struct Plain;

impl Halves for Plain {
    #[inline(always)]
    fn multiply_add(self, a: i32x8, b: i32x8, sum: i32x8) -> i32x8 {
        let halves = |word: i32| (word << 16 >> 16, word >> 16);
        let (a, b): ([i32; 8], [i32; 8]) = (cast(a), cast(b));
        let mut sum: [i32; 8] = cast(sum);
        for (sum, (a, b)) in sum.iter_mut().zip(a.into_iter().zip(b)) {
            let (a, b) = (halves(a), halves(b));
            *sum += a.0 * b.0 + a.1 * b.1;
        }
        cast(sum)
    }
}

impl WideHalves for Plain {
    #[inline(always)]
    fn multiply_add_wide(self, a: i32x16, b: i32x16, sum: i32x16) -> i32x16 {
        multiply_add_twice(self, a, b, sum)
    }
}

/// Narrow vectors where wide ones are asked for.
#[inline(always)]
fn multiply_add_twice(halves: impl Halves, a: i32x16, b: i32x16, sum: i32x16) -> i32x16 {
    let [a, b, sum]: [[i32x8; 2]; 3] = [a, b, sum].map(cast);
    cast([0, 1].map(|half| halves.multiply_add(a[half], b[half], sum[half])))
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use pulp::x86::{V3, V4};
    use pulp::{NullaryFnOnce, Simd, cast, i32x8, i32x16};

    use super::{Halves, WideHalves, WithHalves, WithWideHalves, multiply_add_twice};

    #[inline]
    pub(super) fn run<K: WithHalves>(simd: V3, kernel: K) -> K::Output {
        struct Kernel<K>(V3, K);
        impl<K: WithHalves> NullaryFnOnce for Kernel<K> {
            type Output = K::Output;
            #[inline(always)]
            fn call(self) -> K::Output {
                self.1.with_halves(self.0)
            }
        }
        simd.vectorize(Kernel(simd, kernel))
    }

    #[inline]
    pub(super) fn run_wide<S: Simd + WideHalves, K: WithWideHalves>(simd: S, kernel: K) {
        struct Kernel<S, K>(S, K);
        impl<S: WideHalves, K: WithWideHalves> NullaryFnOnce for Kernel<S, K> {
            type Output = ();
            #[inline(always)]
            fn call(self) {
                self.1.with_wide_halves(self.0);
            }
        }
        simd.vectorize(Kernel(simd, kernel));
    }

    impl Halves for V3 {
        #[inline(always)]
        fn multiply_add(self, a: i32x8, b: i32x8, sum: i32x8) -> i32x8 {
            let products = self.multiply_wrapping_add_adjacent_i16x16(cast(a), cast(b));
            self.wrapping_add_i32x8(sum, products)
        }
    }

    impl WideHalves for V3 {
        #[inline(always)]
        fn multiply_add_wide(self, a: i32x16, b: i32x16, sum: i32x16) -> i32x16 {
            multiply_add_twice(self, a, b, sum)
        }
    }

    impl WideHalves for V4 {
        #[inline(always)]
        fn multiply_add_wide(self, a: i32x16, b: i32x16, sum: i32x16) -> i32x16 {
            let products = self.multiply_wrapping_add_adjacent_i16x32(cast(a), cast(b));
            self.wrapping_add_i32x16(sum, products)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn narrow(halves: impl Halves, words: [[i32; 16]; 3]) -> [i32; 16] {
        let [a, b, sum] = words.map(cast);
        cast(multiply_add_twice(halves, a, b, sum))
    }

    fn wide(halves: impl WideHalves, words: [[i32; 16]; 3]) -> [i32; 16] {
        let [a, b, sum] = words.map(cast);
        cast(halves.multiply_add_wide(a, b, sum))
    }

    /// By all that this machine has.
    fn by_each(words: [[i32; 16]; 3]) -> Vec<[i32; 16]> {
        [narrow(Plain, words), wide(Plain, words)]
            .into_iter()
            .chain(by_x86(words))
            .collect()
    }

    #[cfg(target_arch = "x86_64")]
    fn by_x86(words: [[i32; 16]; 3]) -> Vec<[i32; 16]> {
        let v3 = pulp::x86::V3::try_new().map(|simd| [narrow(simd, words), wide(simd, words)]);
        let v4 = pulp::x86::V4::try_new().map(|simd| wide(simd, words));
        v3.into_iter().flatten().chain(v4).collect()
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn by_x86(_words: [[i32; 16]; 3]) -> Vec<[i32; 16]> {
        Vec::new()
    }

    proptest! {
        #[test]
        fn they_are_multiplied_with_their_signs(
            a: [(i16, i16); 16],
            b: [(i16, i16); 16],
            sum in prop::array::uniform16(-9i32..9),
        ) {
            // With the least number four times, the products would add up to more than 32 bits hold.
            let b = b.map(|(low, high)| (low, high.max(-i16::MAX)));
            let mut expected = sum;
            for ((sum, a), b) in expected.iter_mut().zip(a).zip(b) {
                *sum += i32::from(a.0) * i32::from(b.0) + i32::from(a.1) * i32::from(b.1);
            }
            let word = |(low, high): (i16, i16)| i32::from(high) << 16 | i32::from(low.cast_unsigned());
            let words = [a.map(word), b.map(word), sum];
            for found in by_each(words) {
                prop_assert_eq!(found, expected);
            }
        }
    }
}
