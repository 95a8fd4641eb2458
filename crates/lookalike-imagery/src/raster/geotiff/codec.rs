//! Decompression of one strip or tile into memory that is used again.
//!
//! Only as much is decompressed as is asked for, so a block may hold more than the image needs: some
//! writers pad the last strip. The TIFF reader refuses such blocks, and LZW blocks that end without
//! the code that says so.

use std::fmt::Display;
use std::io::Read;

use flate2::{Decompress, FlushDecompress, Status};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use weezl::decode::{Configuration, Decoder as LzwDecoder};
use weezl::{BitOrder, LzwStatus};

/// A compression whose output is the bytes of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    PackBits,
    Lzw,
    Deflate,
    Zstd,
}

impl Codec {
    /// The codec of a value of the tag Compression; none where the output is an image of its own.
    pub(super) fn from_tag(compression: u16) -> Option<Self> {
        match compression {
            1 => Some(Self::None),
            5 => Some(Self::Lzw),
            8 | 32946 => Some(Self::Deflate),
            32773 => Some(Self::PackBits),
            50000 => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Whether the tag Predictor has a meaning beside it.
    pub(super) fn has_predictor(self) -> bool {
        matches!(self, Self::Lzw | Self::Deflate | Self::Zstd)
    }
}

/// Decompressors with their memory.
#[derive(Default)]
pub(super) struct Decompressor {
    deflate: Option<Decompress>,
    zstd: Option<FrameDecoder>,
    lzw: Option<LzwDecoder>,
}

impl Decompressor {
    /// Fills `out` with the first bytes that `data` stands for.
    ///
    /// With `whole`, `out` is all that the block is for, and a checksum behind it is looked at.
    pub(super) fn run(
        &mut self,
        codec: Codec,
        data: &[u8],
        out: &mut [u8],
        whole: bool,
    ) -> Result<(), String> {
        let filled = match codec {
            Codec::None => {
                let n = data.len().min(out.len());
                out[..n].copy_from_slice(&data[..n]);
                n
            }
            Codec::PackBits => packbits(data, out),
            Codec::Lzw => self.lzw(data, out)?,
            Codec::Deflate => self.inflate(data, out, whole)?,
            Codec::Zstd => self.zstd(data, out)?,
        };
        if filled < out.len() {
            return Err(format!(
                "it holds {filled} bytes, but its rows take {}",
                out.len()
            ));
        }
        Ok(())
    }

    fn inflate(&mut self, data: &[u8], out: &mut [u8], whole: bool) -> Result<usize, String> {
        let inflater = self.deflate.get_or_insert_with(|| Decompress::new(true));
        inflater.reset(true);
        let damaged = |error| format!("its Deflate data is damaged ({error})");
        let status = inflater
            .decompress(data, out, FlushDecompress::Finish)
            .map_err(damaged)?;
        let filled = inflater.total_out() as usize;
        if whole && filled == out.len() && status != Status::StreamEnd {
            let rest = &data[inflater.total_in() as usize..];
            inflater
                .decompress(rest, &mut [0], FlushDecompress::Finish)
                .map_err(damaged)?;
        }
        Ok(filled)
    }

    fn zstd(&mut self, mut data: &[u8], out: &mut [u8]) -> Result<usize, String> {
        let damaged = |error: &dyn Display| format!("its ZSTD data is damaged ({error})");
        let decoder = self.zstd.get_or_insert_with(FrameDecoder::new);
        decoder.reset(&mut data).map_err(|e| damaged(&e))?;
        let mut filled = 0;
        while filled < out.len() {
            let wanted = BlockDecodingStrategy::UptoBytes(out.len() - filled);
            decoder
                .decode_blocks(&mut data, wanted)
                .map_err(|e| damaged(&e))?;
            filled += decoder.read(&mut out[filled..]).map_err(|e| damaged(&e))?;
            if decoder.is_finished() && decoder.can_collect() == 0 {
                let stored = decoder.get_checksum_from_data();
                if stored.is_some() && stored != decoder.get_calculated_checksum() {
                    return Err(damaged(&"its checksum is another"));
                }
                break;
            }
        }
        Ok(filled)
    }

    fn lzw(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, String> {
        let decoder = self.lzw.get_or_insert_with(|| {
            Configuration::with_tiff_size_switch(BitOrder::Msb, 8)
                .with_yield_on_full_buffer(true)
                .build()
        });
        decoder.reset();
        let (mut read, mut filled) = (0, 0);
        while filled < out.len() {
            let step = decoder.decode_bytes(&data[read..], &mut out[filled..]);
            read += step.consumed_in;
            filled += step.consumed_out;
            match step.status {
                Ok(LzwStatus::Ok) if step.consumed_in + step.consumed_out > 0 => {}
                Ok(_) => break,
                Err(error) => return Err(format!("its LZW data is damaged ({error})")),
            }
        }
        Ok(filled)
    }
}

fn packbits(data: &[u8], out: &mut [u8]) -> usize {
    let mut filled = 0;
    let mut bytes = data.iter();
    while filled < out.len() {
        let Some(&header) = bytes.next() else { break };
        let free = out.len() - filled;
        match header {
            0..=127 => {
                let run = bytes.as_slice();
                let length = usize::from(header) + 1;
                let n = length.min(free).min(run.len());
                out[filled..filled + n].copy_from_slice(&run[..n]);
                filled += n;
                bytes = run[n..].iter();
            }
            128 => {}
            129..=255 => {
                let Some(&value) = bytes.next() else { break };
                let n = (257 - usize::from(header)).min(free);
                out[filled..filled + n].fill(value);
                filled += n;
            }
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use proptest::prelude::*;
    use tiff_reader::filters;

    use super::*;

    fn run(codec: Codec, data: &[u8], n: usize, whole: bool) -> Result<Vec<u8>, String> {
        let mut out = vec![0; n];
        Decompressor::default()
            .run(codec, data, &mut out, whole)
            .map(|()| out)
    }

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn lzw_coded(bytes: &[u8]) -> Vec<u8> {
        weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8)
            .encode(bytes)
            .unwrap()
    }

    proptest! {
        #[test]
        fn gives_any_beginning(bytes in prop::collection::vec(0u8..4, 1..9000), part in 0.0f64..=1.0) {
            let n = (bytes.len() as f64 * part) as usize;
            let zstd = ruzstd::encoding::compress_to_vec(
                &bytes[..],
                ruzstd::encoding::CompressionLevel::Fastest,
            );
            for (codec, data) in [
                (Codec::None, bytes.clone()),
                (Codec::Lzw, lzw_coded(&bytes)),
                (Codec::Deflate, deflated(&bytes)),
                (Codec::Zstd, zstd),
            ] {
                let whole = n == bytes.len();
                prop_assert_eq!(&run(codec, &data, n, whole).unwrap()[..], &bytes[..n]);
                let more = run(codec, &data, bytes.len() + 1, true).unwrap_err();
                prop_assert!(more.contains("its rows take"), "{}", more);
            }
        }

        #[test]
        fn unpacks_bytes_as_the_reader_does(data in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(expected) = filters::decompress(32773, &data, 0, None, 1 << 20) {
                prop_assert_eq!(run(Codec::PackBits, &data, expected.len(), true), Ok(expected));
            }
        }
    }

    #[test]
    fn a_block_longer_than_the_image_needs_is_read() {
        let bytes: Vec<u8> = (0..200).collect();
        assert_eq!(
            run(Codec::Deflate, &deflated(&bytes), 120, true).unwrap(),
            bytes[..120]
        );
    }

    #[test]
    fn lzw_without_its_end_is_read() {
        let bytes = b"abababababababcabcabc";
        let mut data = lzw_coded(bytes);
        // The end is a code of 9 bits: without the last byte it cannot be seen.
        data.pop();
        assert_eq!(run(Codec::Lzw, &data, bytes.len(), true).unwrap(), bytes);
    }

    #[test]
    fn a_wrong_checksum_is_found() {
        let mut data = deflated(&[7; 100]);
        let last = data.len() - 1;
        data[last] ^= 1;
        let error = run(Codec::Deflate, &data, 100, true).unwrap_err();
        assert!(error.contains("Deflate data is damaged"), "{error}");
        assert!(run(Codec::Deflate, &data, 50, false).is_ok());
    }
}
