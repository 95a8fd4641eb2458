//! The finished file: header and directories, then the tiles, those of the coarsest level first.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::Path;

use super::directory::{Entry, Form, head};
use super::overview::Sample;
use super::pyramid::{Level, TILE};
use super::{ClassMapSpec, folder_of};
use crate::raster::Georeference;

const DEFLATE: u16 = 8;
const PALETTE: u16 = 3;
const PLANES_APART: u16 = 2;
const PLANES_TOGETHER: u16 = 1;
const UNSIGNED: u16 = 1;
const UNSPECIFIED: u16 = 0;

/// Writes the file under another name, then gives it its own. `form` is for tests.
pub(super) fn write<T: Sample>(
    path: &Path,
    spec: &ClassMapSpec,
    levels: Vec<Level<T>>,
    form: Option<Form>,
) -> io::Result<()> {
    let n_bytes: u64 = levels.iter().map(n_spilled).sum();
    let form = form.unwrap_or_else(|| {
        let head = placed_head(spec, &levels, Form::Classic);
        if u32::try_from(head.len() as u64 + n_bytes).is_ok() {
            Form::Classic
        } else {
            Form::Big
        }
    });
    let mut target = tempfile::Builder::new()
        .prefix(".lookalike-")
        // Unlike the private files that this crate makes otherwise, with the usual rights.
        .make_in(folder_of(path), |path| File::create_new(path))?;
    target.write_all(&placed_head(spec, &levels, form))?;
    let coarsest_first = levels.into_iter().rev();
    for mut plane in coarsest_first.flat_map(|level| level.planes) {
        plane.spill.rewind()?;
        let n_copied = io::copy(&mut plane.spill, target.as_file_mut())?;
        if n_copied != plane.spilled {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    target.persist(path)?;
    Ok(())
}

/// The head of the file with the places that the tiles will have.
fn placed_head<T: Sample>(spec: &ClassMapSpec, levels: &[Level<T>], form: Form) -> Vec<u8> {
    let with_starts = |starts: &[u64]| {
        let directories = levels.iter().zip(starts).enumerate();
        let directories =
            directories.map(|(i, (level, &start))| directory(spec, level, start, i > 0, form));
        head(directories.collect(), spec.n_bands(), form)
    };
    let mut starts = vec![0; levels.len()];
    let mut next = with_starts(&starts).len() as u64;
    for (start, level) in starts.iter_mut().zip(levels).rev() {
        *start = next;
        next += n_spilled(level);
    }
    with_starts(&starts)
}

fn n_spilled<T>(level: &Level<T>) -> u64 {
    level.planes.iter().map(|plane| plane.spilled).sum()
}

fn directory<T: Sample>(
    spec: &ClassMapSpec,
    level: &Level<T>,
    start: u64,
    is_overview: bool,
    form: Form,
) -> Vec<Entry> {
    let n_bands = spec.n_bands();
    let bits = 8 * T::BYTES as u16;
    let planes = if n_bands > 1 {
        PLANES_APART
    } else {
        PLANES_TOGETHER
    };
    let (mut places, mut lengths, mut start) = (Vec::new(), Vec::new(), start);
    for plane in &level.planes {
        places.extend(plane.tiles.iter().map(|&(place, _)| start + place));
        lengths.extend(plane.tiles.iter().map(|&(_, length)| length));
        start += plane.spilled;
    }
    let mut entries = vec![
        Entry::long(254, &[is_overview.into()]),
        Entry::long(256, &[level.width as u32]),
        Entry::long(257, &[level.height as u32]),
        Entry::short(258, &vec![bits; n_bands]),
        Entry::short(259, &[DEFLATE]),
        Entry::short(262, &[PALETTE]),
        Entry::short(277, &[n_bands as u16]),
        Entry::short(284, &[planes]),
        Entry::short(320, &color_map(spec, bits)).shared(),
        Entry::short(322, &[TILE as u16]),
        Entry::short(323, &[TILE as u16]),
        Entry::offsets(324, &places, form),
        Entry::long(325, &lengths),
        Entry::short(339, &vec![UNSIGNED; n_bands]),
        Entry::ascii(42113, b"0"),
    ];
    if n_bands > 1 {
        entries.push(Entry::short(338, &[UNSPECIFIED]));
    }
    if !is_overview {
        entries.push(Entry::ascii(42112, gdal_metadata(n_bands).as_bytes()));
        let tags = spec.georeference.iter().flat_map(Georeference::tags);
        entries.extend(tags.map(Entry::geo));
    }
    entries
}

/// All reds, then all greens, then all blues, 16 bits each.
fn color_map(spec: &ClassMapSpec, bits: u16) -> Vec<u16> {
    let n_entries = 1 << bits;
    let mut map = vec![0; 3 * n_entries];
    for (i, color) in spec.palette.iter().enumerate() {
        for (channel, &value) in color.iter().enumerate() {
            map[channel * n_entries + i + 1] = u16::from(value) * 257;
        }
    }
    map
}

/// The names of the bands.
fn gdal_metadata(n_bands: usize) -> String {
    let mut xml = String::from(
        "<GDALMetadata>\n  \
         <Item name=\"DESCRIPTION\" sample=\"0\" role=\"description\">class</Item>\n",
    );
    if n_bands > 1 {
        xml.push_str(
            "  <Item name=\"DESCRIPTION\" sample=\"1\" role=\"description\">confidence</Item>\n  \
             <Item name=\"UNITTYPE\" sample=\"1\" role=\"unittype\">%</Item>\n",
        );
    }
    xml + "</GDALMetadata>\n"
}
