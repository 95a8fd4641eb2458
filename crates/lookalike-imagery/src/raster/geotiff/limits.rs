//! What a file may claim. All is checked before anything is allocated for it.

use std::path::Path;

use tiff_reader::{OpenOptions, ParseBudgets};

use crate::raster::SampleType;
use crate::{Error, Result};

/// The most columns and the most rows: around the Earth at 4 m.
const MAX_SIDE: u64 = 10_000_000;
/// The most bytes of samples in what must be decoded at once.
const MAX_BLOCK_BYTES: usize = 256 << 20;
/// The most strips or tiles of one image.
const MAX_BLOCKS: usize = 8 << 20;
/// The most directories: images, overviews and masks.
const MAX_DIRECTORIES: usize = 4096;

/// How files are opened. Every window decodes its blocks anew, so that memory does not grow.
pub(super) fn open_options() -> OpenOptions {
    OpenOptions {
        block_cache_bytes: 0,
        block_cache_slots: 0,
        parse_budgets: ParseBudgets {
            max_ifds: MAX_DIRECTORIES,
            max_ifd_entries: 4096,
            max_tag_value_bytes: 8 * MAX_BLOCKS,
            max_metadata_value_bytes: 4 * 8 * MAX_BLOCKS,
        },
        decode_output_bytes: MAX_BLOCK_BYTES,
    }
}

/// Refuses sizes beyond the limits.
pub(super) fn check_size(path: &Path, width: u64, height: u64) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::damaged(
            path,
            format!("it claims {width}×{height} pixels"),
        ));
    }
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(Error::too_large(
            path,
            format!(
                "it claims {width}×{height} pixels, but at most {MAX_SIDE} columns and rows are read"
            ),
        ));
    }
    Ok(())
}

/// Refuses blocks beyond the limits; `n_samples` is none where the number does not fit.
pub(super) fn check_block(
    path: &Path,
    n_samples: Option<usize>,
    sample_type: SampleType,
) -> Result<()> {
    let bytes = n_samples.and_then(|n| n.checked_mul(sample_type.bytes()));
    match bytes {
        Some(bytes) if bytes <= MAX_BLOCK_BYTES => Ok(()),
        _ => Err(Error::too_large(
            path,
            format!(
                "one of its strips or tiles takes {} bytes when decoded, but at most \
                 {MAX_BLOCK_BYTES} are",
                bytes.map_or("too many".to_owned(), |bytes| bytes.to_string())
            ),
        )),
    }
}
