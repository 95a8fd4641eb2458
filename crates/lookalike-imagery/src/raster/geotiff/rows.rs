//! From the bytes of a row, as they come out of the decompressor, to samples of one band.
//!
//! Byte order, predictor and interleaving are undone in one pass, and only for the bands wanted:
//! this runs for every sample that is read.

use std::str::FromStr;

use crate::raster::sample::Sample;

/// How the samples of a row are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Whole bytes, one sample after the other.
    Plain {
        /// Most significant byte first.
        big_endian: bool,
    },
    /// Differences to the sample of the same band to the left (TIFF's predictor 2).
    Differences {
        /// Most significant byte first.
        big_endian: bool,
    },
    /// Byte planes, as differences (TIFF's predictor 3).
    BytePlanes,
    /// Fewer bits than the type has, without gaps, most significant first.
    Packed {
        /// Bits of one sample.
        bits: usize,
    },
}

impl Coding {
    /// Bytes of a row of `n` samples of `sample_bytes` bytes; none where that does not fit.
    pub(super) fn row_bytes(self, n: usize, sample_bytes: usize) -> Option<usize> {
        match self {
            Self::Packed { bits } => Some(n.checked_mul(bits)?.div_ceil(8)),
            _ => n.checked_mul(sample_bytes),
        }
    }

    /// Does what must be done once for a row, whatever bands are taken from it.
    pub(super) fn prepare(self, row: &mut [u8], interleaved: usize) {
        if self == Self::BytePlanes {
            match interleaved {
                1 => sum_bytes::<1>(row),
                2 => sum_bytes::<2>(row),
                3 => sum_bytes::<3>(row),
                4 => sum_bytes::<4>(row),
                _ => {
                    for i in interleaved..row.len() {
                        row[i] = row[i].wrapping_add(row[i - interleaved]);
                    }
                }
            }
        }
    }

    /// Writes the samples of one band, from column `x` on, to `out`.
    pub(super) fn take<T: Stored>(self, row: &[u8], x: usize, band: Interleaved, out: &mut [T]) {
        match self {
            Self::Plain { big_endian: false } => plain::<T, false>(row, x, band, out),
            Self::Plain { big_endian: true } => plain::<T, true>(row, x, band, out),
            Self::Differences { big_endian: false } => differences::<T, false>(row, x, band, out),
            Self::Differences { big_endian: true } => differences::<T, true>(row, x, band, out),
            Self::BytePlanes => byte_planes(row, x, band, out),
            Self::Packed { bits } => packed(row, bits, x, band, out),
        }
    }
}

/// Which of the samples of a pixel is meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interleaved {
    pub(super) index: usize,
    pub(super) of: usize,
}

/// A sample, and the unsigned number with the same bits.
pub(super) trait Stored: Sample + FromStr {
    type Word: Word;

    fn from_word(word: Self::Word) -> Self;
}

/// An unsigned number.
pub(super) trait Word: Copy + Default {
    /// Its bytes.
    type Bytes: Copy;

    fn split(row: &[u8]) -> &[Self::Bytes];
    fn from_bytes<const BIG_ENDIAN: bool>(bytes: Self::Bytes) -> Self;
    fn plus(self, other: Self) -> Self;
    fn push_byte(self, byte: u8) -> Self;
}

macro_rules! word {
    ($word:ty) => {
        impl Word for $word {
            type Bytes = [u8; size_of::<Self>()];

            #[inline(always)]
            fn split(row: &[u8]) -> &[Self::Bytes] {
                row.as_chunks().0
            }

            #[inline(always)]
            fn from_bytes<const BIG_ENDIAN: bool>(bytes: Self::Bytes) -> Self {
                if BIG_ENDIAN {
                    Self::from_be_bytes(bytes)
                } else {
                    Self::from_le_bytes(bytes)
                }
            }

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline(always)]
            fn push_byte(self, byte: u8) -> Self {
                self.checked_shl(8).unwrap_or(0) | Self::from(byte)
            }
        }
    };
}
word!(u8);
word!(u16);
word!(u32);
word!(u64);

macro_rules! stored {
    ($sample:ty, $word:ty, $from_word:expr) => {
        impl Stored for $sample {
            type Word = $word;

            #[inline(always)]
            fn from_word(word: $word) -> Self {
                $from_word(word)
            }
        }
    };
}
stored!(u8, u8, u8::from);
stored!(i8, u8, u8::cast_signed);
stored!(u16, u16, u16::from);
stored!(i16, u16, u16::cast_signed);
stored!(u32, u32, u32::from);
stored!(i32, u32, u32::cast_signed);
stored!(u64, u64, u64::from);
stored!(i64, u64, u64::cast_signed);
stored!(f32, u32, f32::from_bits);
stored!(f64, u64, f64::from_bits);

/// Makes the samples of `out` from those of one band, from column `x` on.
#[inline(always)]
fn each<W: Copy, T>(
    row: &[W],
    x: usize,
    band: Interleaved,
    out: &mut [T],
    mut make: impl FnMut(W) -> T,
) {
    #[inline(always)]
    fn of<const N: usize, W: Copy, T>(
        row: &[W],
        index: usize,
        out: &mut [T],
        mut make: impl FnMut(W) -> T,
    ) {
        assert!(index < N, "a pixel has that sample");
        for (sample, pixel) in out.iter_mut().zip(row.as_chunks::<N>().0) {
            *sample = make(pixel[index]);
        }
    }
    let row = &row[x * band.of..];
    // A stride that is known makes vectors of the loop.
    match band.of {
        1 => of::<1, W, T>(row, band.index, out, make),
        2 => of::<2, W, T>(row, band.index, out, make),
        3 => of::<3, W, T>(row, band.index, out, make),
        4 => of::<4, W, T>(row, band.index, out, make),
        _ => {
            let words = row[band.index..].iter().step_by(band.of);
            for (sample, &word) in out.iter_mut().zip(words) {
                *sample = make(word);
            }
        }
    }
}

fn plain<T: Stored, const BIG_ENDIAN: bool>(
    row: &[u8],
    x: usize,
    band: Interleaved,
    out: &mut [T],
) {
    each(T::Word::split(row), x, band, out, |bytes| {
        T::from_word(T::Word::from_bytes::<BIG_ENDIAN>(bytes))
    });
}

fn differences<T: Stored, const BIG_ENDIAN: bool>(
    row: &[u8],
    x: usize,
    band: Interleaved,
    out: &mut [T],
) {
    let words = T::Word::split(row);
    let before = words[band.index..].iter().step_by(band.of).take(x);
    let mut sum = before.fold(T::Word::default(), |sum, &bytes| {
        sum.plus(T::Word::from_bytes::<BIG_ENDIAN>(bytes))
    });
    each(words, x, band, out, |bytes| {
        sum = sum.plus(T::Word::from_bytes::<BIG_ENDIAN>(bytes));
        T::from_word(sum)
    });
}

/// Adds up every `N`-th byte; the sums stay in registers.
fn sum_bytes<const N: usize>(row: &mut [u8]) {
    let mut sums = [0u8; N];
    for bytes in row.as_chunks_mut::<N>().0 {
        for i in 0..N {
            sums[i] = sums[i].wrapping_add(bytes[i]);
            bytes[i] = sums[i];
        }
    }
}

fn byte_planes<T: Stored>(row: &[u8], x: usize, band: Interleaved, out: &mut [T]) {
    let bytes = size_of::<T>();
    let n = row.len() / bytes;
    for (i, sample) in out.iter_mut().enumerate() {
        let position = (x + i) * band.of + band.index;
        // The first plane holds the most significant bytes, in either byte order of the file.
        let word = (0..bytes).fold(T::Word::default(), |word, plane| {
            word.push_byte(row[plane * n + position])
        });
        *sample = T::from_word(word);
    }
}

fn packed<T: Stored>(row: &[u8], bits: usize, x: usize, band: Interleaved, out: &mut [T]) {
    for (i, sample) in out.iter_mut().enumerate() {
        let first = ((x + i) * band.of + band.index) * bits;
        let mut value = 0u32;
        // At most 15 bits that start anywhere in a byte: three bytes hold them.
        for byte in 0..3 {
            value = value << 8 | u32::from(*row.get(first / 8 + byte).unwrap_or(&0));
        }
        let value = value >> (24 - first % 8 - bits) & ((1 << bits) - 1);
        let [.., high, low] = value.to_be_bytes();
        *sample = T::from_word(T::Word::default().push_byte(high).push_byte(low));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tiff_reader::ByteOrder;
    use tiff_reader::filters::fix_endianness_and_predict;

    use super::*;

    fn take_all<T: Stored>(
        coding: Coding,
        row: &[u8],
        of: usize,
        x: usize,
        n: usize,
    ) -> Vec<Vec<T>> {
        let mut row = row.to_vec();
        coding.prepare(&mut row, of);
        (0..of)
            .map(|index| {
                let mut out = vec![T::default(); n];
                coding.take(&row, x, Interleaved { index, of }, &mut out);
                out
            })
            .collect()
    }

    /// What the TIFF reader's own way makes of the row, sample after sample.
    fn plainly(row: &[u8], bytes: usize, of: usize, big_endian: bool, predictor: u16) -> Vec<u8> {
        let mut row = row.to_vec();
        let order = if big_endian {
            ByteOrder::BigEndian
        } else {
            ByteOrder::LittleEndian
        };
        fix_endianness_and_predict(&mut row, bytes as u16 * 8, of as u16, order, predictor)
            .unwrap();
        row
    }

    macro_rules! equals_plain {
        ($type:ty, $row:expr, $of:expr, $coding:expr, $big:expr, $predictor:expr) => {{
            let bytes = size_of::<$type>();
            let columns = $row.len() / bytes / $of;
            let row = &$row[..columns * $of * bytes];
            let expected = plainly(row, bytes, $of, $big, $predictor);
            for x in [0, columns / 2] {
                let bands = take_all::<$type>($coding, row, $of, x, columns - x);
                for (band, samples) in bands.iter().enumerate() {
                    for (i, sample) in samples.iter().enumerate() {
                        let at = ((x + i) * $of + band) * bytes;
                        prop_assert_eq!(&sample.to_ne_bytes()[..], &expected[at..at + bytes]);
                    }
                }
            }
        }};
    }

    proptest! {
        #[test]
        fn equals_the_plain_way(
            row in prop::collection::vec(any::<u8>(), 64..200),
            of in 1usize..6,
            big_endian: bool,
        ) {
            let plain = Coding::Plain { big_endian };
            let differences = Coding::Differences { big_endian };
            equals_plain!(u8, row, of, plain, big_endian, 1);
            equals_plain!(i16, row, of, plain, big_endian, 1);
            equals_plain!(u32, row, of, plain, big_endian, 1);
            equals_plain!(f64, row, of, plain, big_endian, 1);
            equals_plain!(i8, row, of, differences, big_endian, 2);
            equals_plain!(u16, row, of, differences, big_endian, 2);
            equals_plain!(i32, row, of, differences, big_endian, 2);
            equals_plain!(f32, row, of, differences, big_endian, 2);
            equals_plain!(u64, row, of, differences, big_endian, 2);
            equals_plain!(f32, row, of, Coding::BytePlanes, big_endian, 3);
            equals_plain!(f64, row, of, Coding::BytePlanes, big_endian, 3);
        }

        #[test]
        fn unpacks_bits(
            values in prop::collection::vec(any::<u16>(), 1..60),
            bits in 1usize..16,
            of in 1usize..4,
        ) {
            let columns = values.len().div_ceil(of);
            let mut bit_string = Vec::new();
            let mut expected = vec![vec![0u16; columns]; of];
            for i in 0..columns * of {
                let value = values[i % values.len()] & ((1u32 << bits) - 1) as u16;
                expected[i % of][i / of] = value;
                bit_string.extend((0..bits).rev().map(|bit| value >> bit & 1));
            }
            let row: Vec<u8> = bit_string
                .chunks(8)
                .map(|eight| {
                    eight.iter().enumerate().fold(0, |byte, (i, &bit)| byte | (bit as u8) << (7 - i))
                })
                .collect();
            let coding = Coding::Packed { bits };
            prop_assert_eq!(coding.row_bytes(columns * of, 2), Some(row.len()));
            prop_assert_eq!(take_all::<u16>(coding, &row, of, 0, columns), expected);
        }
    }
}
