//! Channels first, as everybody else has maps, and channels last.

use pulp::{Arch, Simd, WithSimd};

use super::MIN_CHANNELS;

/// Numbers a vector of this machine.
pub(super) fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    Arch::new().dispatch(Lanes)
}

/// Numbers a place: as many as channels, and zeros up to whole vectors. The few channels of a picture lie
/// without them.
pub(super) fn pitch(n_channels: usize) -> usize {
    if n_channels < MIN_CHANNELS {
        n_channels
    } else {
        n_channels.next_multiple_of(lanes())
    }
}

/// Numbers a channel, with zeros behind them.
pub(super) fn padded(channels: &[f32]) -> Vec<f32> {
    let mut padded = channels.to_vec();
    padded.resize(pitch(channels.len()), 0.0);
    padded
}

/// The numbers as vectors. There are whole ones.
#[inline(always)]
pub(super) fn vectors<S: Simd>(numbers: &[f32]) -> &[S::f32s] {
    S::as_simd_f32s(numbers).0
}

#[inline(always)]
pub(super) fn vectors_mut<S: Simd>(numbers: &mut [f32]) -> &mut [S::f32s] {
    S::as_mut_simd_f32s(numbers).0
}

/// The first numbers of a buffer, which grows where it has fewer.
pub(super) fn at_least(buffer: &mut Vec<f32>, n: usize) -> &mut [f32] {
    if buffer.len() < n {
        buffer.resize(n, 0.0);
    }
    &mut buffer[..n]
}

/// Places that are moved at once: a line of the cache from each channel.
const PLACES: usize = 16;

/// One picture of `n_channels`, channels last.
pub(super) fn channels_last(picture: &[f32], n_channels: usize, places: &mut [f32]) {
    let (n_places, pitch) = (picture.len() / n_channels, pitch(n_channels));
    for start in (0..n_places).step_by(PLACES) {
        let end = n_places.min(start + PLACES);
        let places = &mut places[start * pitch..end * pitch];
        for (channel, map) in picture.chunks_exact(n_places).enumerate() {
            for (place, value) in places.chunks_exact_mut(pitch).zip(&map[start..end]) {
                place[channel] = *value;
            }
        }
        for place in places.chunks_exact_mut(pitch) {
            place[n_channels..].fill(0.0);
        }
    }
}

/// One picture of `n_channels`, channels first.
pub(super) fn channels_first(places: &[f32], n_channels: usize, picture: &mut [f32]) {
    let (n_places, pitch) = (picture.len() / n_channels, pitch(n_channels));
    for start in (0..n_places).step_by(PLACES) {
        let end = n_places.min(start + PLACES);
        let places = &places[start * pitch..end * pitch];
        for (channel, map) in picture.chunks_exact_mut(n_places).enumerate() {
            for (place, value) in places.chunks_exact(pitch).zip(&mut map[start..end]) {
                *value = place[channel];
            }
        }
    }
}
