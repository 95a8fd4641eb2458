//! Strips of tiles that were decoded whole although only a part of them was asked for: the next
//! window usually asks for the rest.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Result;
use crate::raster::{Samples, Window};

/// What the strips of one file may take together.
const MAX_BYTES: usize = 1 << 26;

type Slot = Arc<Mutex<Strip>>;

#[derive(Debug, Default)]
struct Strip {
    samples: Option<Samples>,
    /// How many of its pixels were handed out.
    n_used: usize,
}

/// The strips used last of which not all is used.
#[derive(Debug, Default)]
pub(super) struct Strips {
    /// By the area they cover, the one used last at the end.
    slots: Mutex<Vec<(Window, Slot)>>,
}

impl Strips {
    /// Hands the samples of `area` to `use_samples`, which takes those of `n_pixels`; they come from
    /// `decode` if they are not here.
    ///
    /// Two threads that ask for the same area decode it once; different areas do not wait for each
    /// other.
    pub(super) fn with(
        &self,
        area: Window,
        bytes_per_pixel: usize,
        n_pixels: usize,
        decode: impl FnOnce() -> Result<Samples>,
        use_samples: impl FnOnce(&Samples),
    ) -> Result<()> {
        let slot = self.slot(area, bytes_per_pixel);
        let mut strip = lock(&slot);
        let samples = match strip.samples.take() {
            Some(samples) => samples,
            None => decode()?,
        };
        use_samples(&samples);
        strip.n_used += n_pixels;
        if strip.n_used < area.n_pixels() {
            strip.samples = Some(samples);
        } else {
            lock(&self.slots).retain(|(_, other)| !Arc::ptr_eq(other, &slot));
        }
        Ok(())
    }

    fn slot(&self, area: Window, bytes_per_pixel: usize) -> Slot {
        let mut slots = lock(&self.slots);
        let slot = match slots.iter().position(|(cached, _)| *cached == area) {
            Some(position) => slots.remove(position).1,
            None => Slot::default(),
        };
        slots.push((area, Arc::clone(&slot)));
        let bytes = |area: &Window| area.n_pixels() * bytes_per_pixel;
        let mut total: usize = slots.iter().map(|(area, _)| bytes(area)).sum();
        while total > MAX_BYTES {
            total -= bytes(&slots.remove(0).0);
        }
        slot
    }
}

/// A panic of another thread leaves nothing half-done here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(y: usize) -> Window {
        Window {
            x: 0,
            y,
            width: 1 << 10,
            height: 1 << 10,
        }
    }

    /// Asks for a share of strips of 1 Mi pixels in turn; returns how often each ask had to decode.
    fn decodes(asks: &[usize], bytes_per_pixel: usize, share: f64) -> Vec<usize> {
        let strips = Strips::default();
        let ask = |&y: &usize| {
            let mut n = 0;
            let decode = || {
                n += 1;
                Ok(Samples::U8(vec![y as u8]))
            };
            let check = |samples: &Samples| assert_eq!(*samples, Samples::U8(vec![y as u8]));
            let n_pixels = (strip(y).n_pixels() as f64 * share) as usize;
            let done = strips.with(strip(y), bytes_per_pixel, n_pixels, decode, check);
            done.unwrap();
            n
        };
        asks.iter().map(ask).collect()
    }

    #[test]
    fn the_strips_used_last_stay_within_the_limit() {
        assert_eq!(decodes(&[0, 0, 1, 0, 1], 2, 0.1), [1, 0, 1, 0, 0]);
        assert_eq!(decodes(&[0, 1, 0, 2, 1, 0], 32, 0.1), [1, 1, 0, 1, 1, 1]);
        assert_eq!(decodes(&[0, 0], 128, 0.1), [1, 1]);
    }

    #[test]
    fn a_strip_that_is_used_up_makes_room() {
        assert_eq!(decodes(&[0, 0, 0], 1, 0.5), [1, 0, 1]);
        let two_at_once = [0, 5, 0, 5, 1, 6, 1, 6];
        assert_eq!(decodes(&two_at_once, 32, 0.5), [1, 1, 0, 0, 1, 1, 0, 0]);
    }

    #[test]
    fn an_error_is_not_kept() {
        let strips = Strips::default();
        let fail = || Err(crate::Error::parameter("a", "b", "c"));
        assert!(strips.with(strip(0), 1, 1, fail, |_| ()).is_err());
        let decode = || Ok(Samples::U8(vec![1]));
        strips.with(strip(0), 1, 1, decode, |_| ()).unwrap();
    }
}
