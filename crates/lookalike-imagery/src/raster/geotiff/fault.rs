//! The errors of the TIFF reader in the words of this crate.

use std::io;
use std::path::Path;

use tiff_reader::TiffError;

use crate::Error;

/// Says what is wrong with the file at `path`.
pub(super) fn fault(path: &Path, error: TiffError) -> Error {
    match error {
        TiffError::Io(cause, _) if cause.kind() == io::ErrorKind::UnexpectedEof => {
            Error::damaged(path, "the file ends too early")
        }
        TiffError::Io(cause, _) => Error::io("read", path, cause),
        TiffError::UnsupportedCompression(code) => unsupported_compression(path, code),
        TiffError::DecodeOutputTooLarge { .. } => Error::too_large(path, error),
        TiffError::UnsupportedVersion(_)
        | TiffError::UnsupportedPredictor(_)
        | TiffError::UnsupportedPlanarConfiguration(_)
        | TiffError::UnsupportedBitsPerSample(_)
        | TiffError::UnsupportedSampleFormat(_) => Error::unsupported(path, error),
        TiffError::Truncated { offset, .. } | TiffError::OffsetOutOfBounds { offset, .. } => {
            Error::damaged(
                path,
                format!("it points to byte {offset}, which lies beyond its end ({error})"),
            )
        }
        _ => Error::damaged(path, error),
    }
}

/// A compression that is not read.
pub(super) fn unsupported_compression(path: &Path, code: u16) -> Error {
    let name = match code {
        2 => "CCITT RLE",
        3 => "CCITT fax group 3",
        4 => "CCITT fax group 4",
        6 => "old-style JPEG",
        32766 => "NeXT RLE",
        32771 => "CCITT RLE/word",
        32809 => "ThunderScan",
        32908 | 32909 => "Pixar",
        33003 | 33004 | 33005 | 34712 => "JPEG 2000",
        34661 => "JBIG",
        34676 | 34677 => "SGI LogLuv",
        34892 => "lossy JPEG of DNG",
        34925 => "LZMA",
        50002 | 52546 => "JPEG XL",
        _ => "unknown",
    };
    Error::unsupported(
        path,
        format!(
            "its compression {code} ({name}) is not read: none, PackBits, LZW, Deflate, ZSTD, JPEG, \
             LERC and WebP are"
        ),
    )
}
