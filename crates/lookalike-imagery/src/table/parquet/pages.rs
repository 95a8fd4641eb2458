//! The pages of a column, decompressed by Rust alone and within limits.
//!
//! The crate `parquet` believes what a page says of its size before it is decompressed, and knows
//! Zstandard only through C. So it is told that the pages are not compressed.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use ruzstd::decoding::StreamingDecoder;

/// The format allows pages of up to 2 GiB; a sane one has about 1 MiB.
const MAX_PAGE_BYTES: u64 = 1 << 28;
/// Values that a page may have however few bytes it has: runs of equal ones take none.
const MAX_FREE_VALUES: u64 = 1 << 24;
/// And so many more for each byte, which compression makes fewer.
const MAX_VALUES_A_BYTE: u64 = 1 << 9;

/// Gives the pages of one column of one row group.
pub(super) struct Pages {
    compressed: SerializedPageReader<File>,
    compression: Compression,
    has_dictionary: bool,
}

impl Pages {
    /// Those of a column, in a file of `len` bytes.
    pub(super) fn new(
        file: &Arc<File>,
        len: u64,
        column: &ColumnChunkMetaData,
        n_rows: usize,
    ) -> Result<Self> {
        let start = column
            .dictionary_page_offset()
            .unwrap_or(column.data_page_offset());
        let end = start.checked_add(column.compressed_size());
        if start < 0 || column.compressed_size() < 0 || end.is_none_or(|end| end as u64 > len) {
            return Err(general("a column must lie within the file"));
        }
        let compression = column.compression();
        if !can_decompress(compression) {
            let name = compression.to_string();
            let name = name.split('(').next().unwrap_or_default();
            let message = format!("pages compressed as {name} are not read");
            return Err(ParquetError::NYI(message));
        }
        let stored = column.clone().into_builder();
        let stored = stored.set_compression(Compression::UNCOMPRESSED).build()?;
        Ok(Self {
            compressed: SerializedPageReader::new(Arc::clone(file), &stored, n_rows, None)?,
            compression,
            has_dictionary: false,
        })
    }

    /// Checks what would take too much memory or what the crate does not check.
    fn check(&mut self, page: &Page) -> Result<()> {
        let max_values = MAX_FREE_VALUES + MAX_VALUES_A_BYTE * page.buffer().len() as u64;
        if u64::from(page.num_values()) > max_values {
            return Err(general("a page has too many values for its size"));
        }
        let is_indexed = matches!(
            page.encoding(),
            Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY
        );
        if page.is_dictionary_page() {
            self.has_dictionary = true;
        } else if is_indexed && !self.has_dictionary {
            return Err(general("a page must come behind its dictionary"));
        }
        Ok(())
    }

    fn decompress(&self, page: Page) -> Result<Page> {
        Ok(match page {
            Page::DataPage {
                buf,
                num_values,
                encoding,
                def_level_encoding,
                rep_level_encoding,
                statistics,
            } => Page::DataPage {
                buf: decompress(self.compression, &buf)?,
                num_values,
                encoding,
                def_level_encoding,
                rep_level_encoding,
                statistics,
            },
            Page::DictionaryPage {
                buf,
                num_values,
                encoding,
                is_sorted,
            } => Page::DictionaryPage {
                buf: decompress(self.compression, &buf)?,
                num_values,
                encoding,
                is_sorted,
            },
            Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                num_nulls,
                num_rows,
                def_levels_byte_len,
                rep_levels_byte_len,
                is_compressed,
                statistics,
            } => {
                let n_level_bytes = u64::from(def_levels_byte_len) + u64::from(rep_levels_byte_len);
                let buf = decompress_behind(self.compression, buf, n_level_bytes, is_compressed)?;
                Page::DataPageV2 {
                    buf,
                    num_values,
                    encoding,
                    num_nulls,
                    num_rows,
                    def_levels_byte_len,
                    rep_levels_byte_len,
                    is_compressed: false,
                    statistics,
                }
            }
        })
    }
}

/// In the second version of pages, the levels before the values are never compressed.
fn decompress_behind(
    compression: Compression,
    page: Bytes,
    n_level_bytes: u64,
    is_compressed: bool,
) -> Result<Bytes> {
    if n_level_bytes > page.len() as u64 {
        return Err(general("the levels of a page must lie within it"));
    }
    let values = page.slice(n_level_bytes as usize..);
    if !is_compressed || values.is_empty() {
        return Ok(page);
    }
    let levels = &page[..n_level_bytes as usize];
    let values = decompress(compression, &values)?;
    Ok([levels, &values].concat().into())
}

fn can_decompress(compression: Compression) -> bool {
    use Compression as C;
    matches!(
        compression,
        C::UNCOMPRESSED | C::SNAPPY | C::GZIP(_) | C::ZSTD(_) | C::LZ4_RAW
    )
}

fn decompress(compression: Compression, bytes: &Bytes) -> Result<Bytes> {
    let decompressed = match compression {
        Compression::SNAPPY => decompress_snappy(bytes)?,
        Compression::GZIP(_) => read_all(MultiGzDecoder::new(&bytes[..]))?,
        Compression::ZSTD(_) => read_all(StreamingDecoder::new(&bytes[..]).map_err(general)?)?,
        Compression::LZ4_RAW => decompress_lz4(bytes)?,
        _ => return Ok(bytes.clone()),
    };
    Ok(decompressed.into())
}

/// Says how large it becomes, but a copy of three bytes gives at most 64.
fn decompress_snappy(bytes: &[u8]) -> Result<Vec<u8>> {
    let n = snap::raw::decompress_len(bytes).map_err(general)?;
    if n > 32 * bytes.len() {
        return Err(general("a page is said to be larger than it can be"));
    }
    snap::raw::Decoder::new()
        .decompress_vec(bytes)
        .map_err(general)
}

/// A block of LZ4 does not say how large it becomes: at most 255 times.
fn decompress_lz4(bytes: &[u8]) -> Result<Vec<u8>> {
    use lz4_flex::block::{DecompressError, decompress};
    let mut room = 4 * bytes.len() + 64;
    loop {
        match decompress(bytes, room) {
            Err(DecompressError::OutputTooSmall { .. })
                if room <= 256 * bytes.len() && room as u64 <= MAX_PAGE_BYTES =>
            {
                room *= 4;
            }
            result => return result.map_err(general),
        }
    }
}

fn read_all(reader: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_PAGE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_PAGE_BYTES {
        return Err(general(format!(
            "a page must have at most {MAX_PAGE_BYTES} bytes"
        )));
    }
    Ok(bytes)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "so that it can be given to map_err"
)]
pub(super) fn general(cause: impl ToString) -> ParquetError {
    ParquetError::General(cause.to_string())
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let Some(page) = self.compressed.get_next_page()? else {
            return Ok(None);
        };
        self.check(&page)?;
        self.decompress(page).map(Some)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.compressed.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.compressed.skip_next_page()
    }
}
