//! Pictures as rasters: their colours are bands, their alpha is the mask.

use std::path::Path;

use super::sample::Sample;
use super::{Band, Block, RasterInfo, RasterSource, SampleType, Window, world_file};
use crate::Result;
use crate::picture::{self, Channels, Picture, PicturePixels};

/// A picture as a raster, decoded whole and kept in memory.
///
/// A palette PNG is expanded to its colours: a class map becomes three bands of colours, not one
/// of classes.
///
/// A picture with a world file is read as stored, as GDAL does: the world file describes the grid
/// of the file, not the one that the EXIF orientation would turn it into.
#[derive(Debug)]
pub(super) struct PhotoRaster {
    info: RasterInfo,
    picture: Picture,
}

impl PhotoRaster {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let bytes = picture::read_file(path)?;
        let georeference = world_file::georeference(path)?;
        let picture = match georeference {
            Some(_) => picture::decode_stored(&bytes, path)?,
            None => picture::decode_bytes(&bytes, path)?,
        };
        let names: &[&str] = match picture.channels {
            Channels::Gray | Channels::GrayAlpha => &["gray"],
            Channels::Rgb | Channels::Rgba => &["red", "green", "blue"],
        };
        let band = |&name: &&str| Band {
            name: name.into(),
            nodata: None,
        };
        let info = RasterInfo {
            name: path.display().to_string(),
            width: picture.width,
            height: picture.height,
            sample_type: match picture.pixels {
                PicturePixels::U8(_) => SampleType::U8,
                PicturePixels::U16(_) => SampleType::U16,
            },
            bands: names.iter().map(band).collect(),
            georeference,
            block: (picture.width, 1),
            palette: None,
        };
        Ok(Self { info, picture })
    }

    fn gather<T: Sample>(&self, pixels: &[T], window: Window, bands: &[usize], block: &mut Block) {
        let n_channels = self.picture.channels.count();
        let (samples, valid) = block.prepare::<T>(bands.len(), window.n_pixels());
        if window.n_pixels() == 0 {
            return;
        }
        let rows = pixels
            .chunks_exact(self.info.width * n_channels)
            .skip(window.y)
            .take(window.height)
            .map(|row| &row[window.x * n_channels..(window.x + window.width) * n_channels]);
        for (y, row) in rows.enumerate() {
            let columns = y * window.width..(y + 1) * window.width;
            for (band, plane) in bands
                .iter()
                .zip(samples.chunks_exact_mut(window.n_pixels()))
            {
                for (sample, pixel) in plane[columns.clone()]
                    .iter_mut()
                    .zip(row.chunks_exact(n_channels))
                {
                    *sample = pixel[*band];
                }
            }
            if self.picture.channels.has_alpha() {
                for (valid, pixel) in valid[columns].iter_mut().zip(row.chunks_exact(n_channels)) {
                    *valid = u8::from(pixel[n_channels - 1] != T::default());
                }
            }
        }
    }
}

impl RasterSource for PhotoRaster {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read(&self, window: Window, bands: &[usize], block: &mut Block) -> Result<()> {
        self.info.assert_has(window, bands);
        match &self.picture.pixels {
            PicturePixels::U8(pixels) => self.gather(pixels, window, bands, block),
            PicturePixels::U16(pixels) => self.gather(pixels, window, bands, block),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::raster::Samples;

    fn file(name: &str) -> PathBuf {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden/pictures");
        golden.join(name)
    }

    #[test]
    fn windows_of_colors_and_mask() {
        let photo = PhotoRaster::open(&file("rgba16.png")).unwrap();
        let picture = picture::decode(&file("rgba16.png")).unwrap();
        let PicturePixels::U16(pixels) = &picture.pixels else {
            panic!("16 bits are expected");
        };
        let names: Vec<_> = photo.info.bands.iter().map(|band| &band.name).collect();
        assert_eq!(names, ["red", "green", "blue"]);
        let window = Window {
            x: 3,
            y: 2,
            width: 7,
            height: 11,
        };
        let mut block = Block::default();
        photo.read(window, &[2, 0], &mut block).unwrap();
        let at = |i: usize, c: usize| pixels[((2 + i / 7) * picture.width + 3 + i % 7) * 4 + c];
        let expected: Vec<u16> = [2, 0]
            .iter()
            .flat_map(|&c| (0..77).map(move |i| at(i, c)))
            .collect();
        assert_eq!(block.samples, Samples::U16(expected));
        let valid: Vec<u8> = (0..77).map(|i| u8::from(at(i, 3) > 0)).collect();
        assert_eq!(block.valid, valid);
    }

    #[test]
    fn transparent_is_invalid() {
        let photo = PhotoRaster::open(&file("palette_alpha.png")).unwrap();
        let picture = picture::decode(&file("palette_alpha.png")).unwrap();
        let PicturePixels::U8(pixels) = picture.pixels else {
            panic!("8 bits are expected");
        };
        let mut block = Block::default();
        let whole = Window {
            x: 0,
            y: 0,
            width: picture.width,
            height: picture.height,
        };
        photo.read(whole, &[0], &mut block).unwrap();
        let valid: Vec<u8> = pixels
            .chunks(4)
            .map(|pixel| u8::from(pixel[3] > 0))
            .collect();
        assert!(valid.contains(&0) && valid.contains(&1));
        assert_eq!(block.valid, valid);
    }

    #[test]
    fn a_world_file_places_the_grid_as_stored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("photo.jpg");
        std::fs::copy(file("orientation6.jpg"), &path).unwrap();
        let upright = PhotoRaster::open(&path).unwrap();
        assert_eq!((upright.info.width, upright.info.height), (13, 21));
        assert_eq!(upright.info.georeference, None);

        std::fs::write(folder.path().join("photo.jgw"), "10\n0\n0\n-10\n505\n995\n").unwrap();
        let stored = PhotoRaster::open(&path).unwrap();
        assert_eq!((stored.info.width, stored.info.height), (21, 13));
        let transform = stored.info.georeference.unwrap().transform();
        assert_eq!(transform, Some([500.0, 10.0, 0.0, 1000.0, 0.0, -10.0]));

        std::fs::write(folder.path().join("photo.jgw"), "10\n0\n").unwrap();
        let message = PhotoRaster::open(&path).unwrap_err().to_string();
        assert!(
            message.ends_with("photo.jgw: a world file must hold six numbers and nothing else")
        );
    }
}
