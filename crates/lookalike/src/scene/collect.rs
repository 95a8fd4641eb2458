//! The first pass: every pixel is read once, and what later steps need of it is kept.

use std::borrow::Cow;
use std::path::Path;
use std::time::Instant;

use lookalike_imagery::raster::{
    Block, PercentileFinder, PercentilePass, RasterSource, Stretch, StretchPercentiles, Window,
    mark_nodata,
};
use lookalike_learn::Context;
use lookalike_learn::pixel_kmeans::{Moments, PixelBlocks};
use rayon::prelude::*;

use super::memory::Memory;
use super::order::ordered;
use super::picture::{BandPicture, Zoom};
use super::store::{PixelStore, StripPixels};
use super::strips::Strips;
use super::value::SceneValue;
use crate::{Error, ErrorKind, Result};

/// What is to be read of a scene, and how.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) source: &'a dyn RasterSource,
    /// A raster of the same size that is 0 where pixels are to be left out.
    pub(super) mask: Option<&'a dyn RasterSource>,
    /// The bands that are clustered.
    pub(super) bands: &'a [usize],
    /// The bands that are shown as red, green and blue.
    pub(super) rgb: [usize; 3],
    /// The value without data of each band of the scene.
    pub(super) nodata: Vec<Option<f64>>,
    pub(super) percentiles: StretchPercentiles,
    /// Whether one stretch is found for all three bands that are shown, as the tutorial does.
    pub(super) stretch_together: bool,
    /// Whether percentiles of the clustered bands are needed as well.
    pub(super) scale_by_percentiles: bool,
    pub(super) zoom: Zoom,
    pub(super) memory: Memory,
    /// Where pixels go that cannot be kept in memory.
    pub(super) scratch: &'a Path,
}

/// What the first pass kept.
#[derive(Debug)]
pub(super) struct Collected<V> {
    pub(super) strips: Strips,
    pub(super) store: PixelStore<V>,
    /// Which pixels of each strip are valid; None where all are.
    pub(super) valid: Vec<Option<Bits>>,
    pub(super) picture: BandPicture,
    /// How the bands that are shown are stretched.
    pub(super) stretches: [Stretch; 3],
    /// The percentiles of the clustered bands, where they were asked for.
    pub(super) band_percentiles: Vec<Stretch>,
    /// Seconds that decoding alone took, on all threads together.
    pub(super) decode: f64,
}

/// One bit a pixel.
#[derive(Debug)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn new(valid: &[u8]) -> Self {
        // Each of eight bytes, which are 0 or 1, moves to a bit of its own in the highest byte.
        const GATHER: u64 = 0x0102_0408_1020_4080;
        let eight = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes).wrapping_mul(GATHER) >> 56;
        let word = |valid: &[u8]| {
            let (eights, rest) = valid.as_chunks();
            let whole = (0..).step_by(8).zip(eights);
            let word = whole.fold(0, |word, (i, bytes)| word | eight(bytes) << i);
            let rest = (8 * eights.len()..).zip(rest);
            rest.fold(word, |word, (i, &v)| word | u64::from(v) << i)
        };
        Self(valid.chunks(64).map(word).collect())
    }

    /// Those of up to 32 pixels, the first lowest.
    #[inline]
    pub(super) fn of_run(&self, start: usize, n: usize) -> u64 {
        let (word, shift) = (start / 64, start % 64);
        let mut run = self.0[word] >> shift;
        if shift + n > 64 {
            run |= self.0[word + 1] << (64 - shift);
        }
        run & ((1 << n) - 1)
    }

    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

/// A share of the first pass.
struct Strip<V> {
    decode: f64,
    pixels: StripPixels<V>,
    moments: Moments,
    valid: Option<Bits>,
    picture: BandPicture,
    percentiles: Vec<PercentilePass>,
}

impl Plan<'_> {
    /// All bands that are read: those that are clustered, then those that are only shown.
    fn all_bands(&self) -> Vec<usize> {
        let mut bands = self.bands.to_vec();
        for band in self.rgb {
            if !bands.contains(&band) {
                bands.push(band);
            }
        }
        bands
    }

    /// For each finder of percentiles, the bands of a block that it is shown.
    fn finders(&self) -> Result<Vec<(PercentileFinder, Vec<usize>)>> {
        let all = self.all_bands();
        let place = |band: &usize| all.iter().position(|b| b == band).unwrap_or(0);
        let rgb: Vec<usize> = self.rgb.iter().map(place).collect();
        let mut shown: Vec<Vec<usize>> = if self.stretch_together {
            let mut once = rgb;
            once.sort_unstable();
            once.dedup();
            vec![once]
        } else {
            rgb.into_iter().map(|band| vec![band]).collect()
        };
        if self.scale_by_percentiles {
            shown.extend((0..self.bands.len()).map(|band| vec![band]));
        }
        let sample_type = self.source.info().sample_type;
        let percents = [self.percentiles.low(), self.percentiles.high()];
        let finder = |bands| Ok((PercentileFinder::new(sample_type, &percents)?, bands));
        shown.into_iter().map(finder).collect()
    }

    /// Reads the whole scene once, or more often where percentiles need it.
    ///
    /// # Errors
    /// When the scene cannot be read, cancelled, or no pixel is valid.
    pub(super) fn collect<V: SceneValue>(&self, context: &Context) -> Result<Collected<V>> {
        let info = self.source.info();
        let strips = Strips::of(info);
        let room = self.memory.for_pixels(self.working::<V>(strips));
        let mut store = PixelStore::new(self.bands.len(), room, self.scratch);
        let mut finders = self.finders()?;
        let mut passes = begin(&finders);
        let mut picture = BandPicture::new(self.zoom);
        let mut valid = Vec::with_capacity(strips.len());
        let mut decode = 0.0;
        strips.in_turn(
            |(block, column): &mut (Block, Vec<V>), i| {
                context.check()?;
                self.strip(strips.window(i), block, column, &finders)
            },
            |i, strip: Strip<V>| {
                context.report("read", i, strips.len(), None);
                decode += strip.decode;
                picture.add(strip.picture);
                valid.push(strip.valid);
                merge(&mut passes, strip.percentiles);
                store.push(strip.pixels, &strip.moments)
            },
        )?;
        context.report("read", strips.len(), strips.len(), None);
        if store.n_pixels() == 0 {
            return Err(self.nothing_valid());
        }
        self.check_range(store.moments())?;
        let mut found = self
            .refine(&mut finders, passes, strips, context)?
            .into_iter();
        let shown: Vec<Stretch> = found.by_ref().take(self.n_shown()).collect();
        Ok(Collected {
            strips,
            store,
            valid,
            picture,
            stretches: [shown[0], shown[shown.len() / 2], shown[shown.len() - 1]],
            band_percentiles: found.collect(),
            decode,
        })
    }

    /// Bytes that reading takes at most: of each strip of a batch what is read and what is kept of
    /// it, and what was kept of the batch before.
    fn working<V>(&self, strips: Strips) -> u64 {
        let read = self.all_bands().len() * self.source.info().sample_type.bytes() + 1;
        let kept = self.bands.len() * size_of::<V>();
        (strips.at_once() * strips.max_pixels() * (read + 2 * kept)) as u64
    }

    fn strip<V: SceneValue>(
        &self,
        window: Window,
        block: &mut Block,
        ordered_column: &mut Vec<V>,
        finders: &[(PercentileFinder, Vec<usize>)],
    ) -> Result<Strip<V>> {
        let bands = self.all_bands();
        let start = Instant::now();
        self.read(window, &bands, block)?;
        let decode = start.elapsed().as_secs_f64();
        let n_pixels = window.n_pixels();
        let values = V::of(&block.samples);
        let column = |band: usize| &values[band * n_pixels..(band + 1) * n_pixels];
        let all_valid = block.valid.iter().all(|&v| v == 1);
        let valid = (!all_valid).then(|| Bits::new(&block.valid));
        let n_valid = valid.as_ref().map_or(n_pixels, Bits::count);
        let mut pixels = StripPixels::new(n_valid, self.bands.len());
        for band in 0..self.bands.len() {
            ordered(column(band), window.width, valid.as_ref(), ordered_column);
            pixels.set(band, ordered_column);
        }
        let rgb = self.rgb.map(|band| {
            let place = bands.iter().position(|&b| b == band);
            column(place.expect("bands that are shown are read"))
        });
        let rows = window.y..window.y + window.height;
        let shown = self.shown(&bands, block);
        Ok(Strip {
            decode,
            moments: pixels.moments(),
            pixels,
            valid,
            picture: BandPicture::of_strip(self.zoom, &rows, rgb, &shown),
            percentiles: self.add(finders, block, &shown),
        })
    }

    /// Reads a window and marks what has no data in a clustered band or in the mask.
    fn read(&self, window: Window, bands: &[usize], block: &mut Block) -> Result<()> {
        if let Some(mask) = self.mask {
            mask.read(window, &[0], block)?;
            let zero = [Some(0.0)];
            mark_nodata(&block.samples, &zero, &mut block.valid);
            let unmasked = std::mem::take(&mut block.valid);
            self.source.read(window, bands, block)?;
            for (valid, unmasked) in block.valid.iter_mut().zip(unmasked) {
                *valid &= unmasked;
            }
        } else {
            self.source.read(window, bands, block)?;
        }
        mark_nodata(
            &block.samples,
            &self.nodata_of(self.bands),
            &mut block.valid,
        );
        Ok(())
    }

    fn nodata_of(&self, bands: &[usize]) -> Vec<Option<f64>> {
        bands.iter().map(|&band| self.nodata[band]).collect()
    }

    /// Which pixels of a block of `bands` can be shown: bands that are only shown may lack data where
    /// those that are clustered do not.
    fn shown<'b>(&self, bands: &[usize], block: &'b Block) -> Cow<'b, [u8]> {
        if bands.len() == self.bands.len() {
            return Cow::Borrowed(&block.valid);
        }
        let mut valid = block.valid.clone();
        mark_nodata(&block.samples, &self.nodata_of(bands), &mut valid);
        Cow::Owned(valid)
    }

    /// One strip's share of a pass.
    fn add(
        &self,
        finders: &[(PercentileFinder, Vec<usize>)],
        block: &Block,
        shown: &[u8],
    ) -> Vec<PercentilePass> {
        let n_shown = self.n_shown();
        let share = |(i, (finder, bands)): (usize, &(PercentileFinder, Vec<usize>))| {
            let valid = if i < n_shown { shown } else { &block.valid };
            let mut pass = finder.pass();
            for &band in bands {
                pass.add(&block.samples, band, valid);
            }
            pass
        };
        finders.iter().enumerate().map(share).collect()
    }

    /// How many finders look for the stretch of what is shown; those for scaling come behind.
    fn n_shown(&self) -> usize {
        if self.stretch_together { 1 } else { 3 }
    }

    /// Reads the scene again until all percentiles are known.
    fn refine(
        &self,
        finders: &mut [(PercentileFinder, Vec<usize>)],
        mut passes: Vec<PercentilePass>,
        strips: Strips,
        context: &Context,
    ) -> Result<Vec<Stretch>> {
        let bands = self.all_bands();
        loop {
            let mut found = Vec::with_capacity(finders.len());
            for ((finder, _), pass) in finders.iter_mut().zip(passes) {
                found.push(finder.refine(pass)?);
            }
            if let Some(found) = found.into_iter().collect::<Option<Vec<_>>>() {
                let stretch = |p: Vec<f64>| Stretch {
                    low: p[0],
                    high: p[1],
                };
                return Ok(found.into_iter().map(stretch).collect());
            }
            passes = begin(finders);
            for batch in strips.batches() {
                context.report("find percentiles", batch.start, strips.len(), None);
                let shares: Vec<Vec<PercentilePass>> = batch
                    .into_par_iter()
                    .map_init(Block::default, |block, i| {
                        context.check()?;
                        self.read(strips.window(i), &bands, block)?;
                        Ok(self.add(finders, block, &self.shown(&bands, block)))
                    })
                    .collect::<Result<_>>()?;
                for share in shares {
                    merge(&mut passes, share);
                }
            }
        }
    }

    /// Refuses 64-bit floats that are infinite as 32-bit ones.
    fn check_range(&self, moments: &Moments) -> Result<()> {
        let beyond = |&j: &usize| moments.min[j].is_infinite() || moments.max[j].is_infinite();
        let Some(j) = (0..self.bands.len()).find(beyond) else {
            return Ok(());
        };
        let message = format!(
            "samples must be within ±3.4e38, for they are clustered as 32-bit floats, got others in \
             band {} of {}",
            self.bands[j] + 1,
            self.source.info().name
        );
        Err(Error::new(ErrorKind::InvalidInput, message))
    }

    fn nothing_valid(&self) -> Error {
        let info = self.source.info();
        let message = format!(
            "the scene must have valid pixels, but all {}×{} of {} are nodata, not finite or masked: \
             see --nodata and --mask",
            info.width, info.height, info.name
        );
        Error::new(ErrorKind::InvalidInput, message)
    }
}

fn begin(finders: &[(PercentileFinder, Vec<usize>)]) -> Vec<PercentilePass> {
    finders.iter().map(|(finder, _)| finder.pass()).collect()
}

fn merge(passes: &mut [PercentilePass], share: Vec<PercentilePass>) {
    for (pass, share) in passes.iter_mut().zip(share) {
        pass.merge(share);
    }
}
