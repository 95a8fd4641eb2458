//! The elements of an array: numbers, and what can be read as texts.

use super::header::MAX_HEADER_BYTES;

/// The type of an element, and whether its bytes are turned around.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub(super) kind: Kind,
    is_big: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    F32,
    F64,
}

impl Kind {
    pub(super) fn n_bytes(self) -> u64 {
        match self {
            Self::Bool | Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }
}

impl Type {
    pub(super) fn of(descr: &str) -> Option<Self> {
        let kind = match descr.get(1..)? {
            "b1" => Kind::Bool,
            "u1" => Kind::U8,
            "i1" => Kind::I8,
            "u2" => Kind::U16,
            "i2" => Kind::I16,
            "u4" => Kind::U32,
            "i4" => Kind::I32,
            "u8" => Kind::U64,
            "i8" => Kind::I64,
            "f2" => Kind::F16,
            "f4" => Kind::F32,
            "f8" => Kind::F64,
            _ => return None,
        };
        let is_big = match descr.get(..1)? {
            "<" | "|" => false,
            ">" => true,
            _ => return None,
        };
        Some(Self { kind, is_big })
    }

    pub(super) fn append(self, bytes: &[u8], values: &mut Vec<f32>) {
        match self.kind {
            Kind::Bool => self.convert(bytes, values, |[byte]| f32::from(u8::from(byte != 0))),
            Kind::U8 => self.convert(bytes, values, |[byte]| f32::from(byte)),
            Kind::I8 => self.convert(bytes, values, |b| f32::from(i8::from_le_bytes(b))),
            Kind::U16 => self.convert(bytes, values, |b| f32::from(u16::from_le_bytes(b))),
            Kind::I16 => self.convert(bytes, values, |b| f32::from(i16::from_le_bytes(b))),
            Kind::U32 => self.convert(bytes, values, |b| u32::from_le_bytes(b) as f32),
            Kind::I32 => self.convert(bytes, values, |b| i32::from_le_bytes(b) as f32),
            Kind::U64 => self.convert(bytes, values, |b| u64::from_le_bytes(b) as f32),
            Kind::I64 => self.convert(bytes, values, |b| i64::from_le_bytes(b) as f32),
            Kind::F16 => self.convert(bytes, values, |b| half::f16::from_le_bytes(b).to_f32()),
            Kind::F32 => self.convert(bytes, values, f32::from_le_bytes),
            Kind::F64 => self.convert(bytes, values, |b| f64::from_le_bytes(b) as f32),
        }
    }

    fn convert<const N: usize>(
        self,
        bytes: &[u8],
        values: &mut Vec<f32>,
        to_number: impl Fn([u8; N]) -> f32,
    ) {
        let elements = bytes.as_chunks::<N>().0.iter();
        if self.is_big {
            values.extend(elements.map(|&element| {
                let mut little = element;
                little.reverse();
                to_number(little)
            }));
        } else {
            values.extend(elements.map(|&element| to_number(element)));
        }
    }

    /// A truth value or whole number.
    fn whole_text(self, bytes: &[u8]) -> String {
        if matches!(self.kind, Kind::Bool) {
            return if bytes == [0] { "False" } else { "True" }.to_owned();
        }
        let is_signed = matches!(self.kind, Kind::I8 | Kind::I16 | Kind::I32 | Kind::I64);
        let add = |number: i128, &byte: &u8| number << 8 | i128::from(byte);
        let number = if self.is_big {
            bytes.iter().fold(0, add)
        } else {
            bytes.iter().rev().fold(0, add)
        };
        let n_bits = 8 * bytes.len();
        let is_negative = is_signed && number >> (n_bits - 1) == 1;
        (number - (i128::from(is_negative) << n_bits)).to_string()
    }
}

/// What can be read as texts.
#[derive(Debug, Clone, Copy)]
pub(super) enum TextType {
    /// So many characters of four bytes.
    Unicode {
        n: u64,
        is_big: bool,
    },
    /// So many bytes of UTF-8.
    Bytes {
        n: u64,
    },
    Whole(Type),
}

impl TextType {
    pub(super) fn of(descr: &str) -> Option<Self> {
        let n = || {
            descr
                .get(2..)?
                .parse()
                .ok()
                .filter(|n| *n < MAX_HEADER_BYTES)
        };
        match descr.get(1..2)? {
            "U" => Some(Self::Unicode {
                n: n()?,
                is_big: descr.starts_with('>'),
            }),
            "S" => Some(Self::Bytes { n: n()? }),
            "b" | "i" | "u" => Type::of(descr).map(Self::Whole),
            _ => None,
        }
    }

    pub(super) fn n_bytes(self) -> u64 {
        match self {
            Self::Unicode { n, .. } => 4 * n,
            Self::Bytes { n } => n,
            Self::Whole(element) => element.kind.n_bytes(),
        }
    }

    pub(super) fn text(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Unicode { is_big, .. } => {
                let code = if is_big {
                    u32::from_be_bytes
                } else {
                    u32::from_le_bytes
                };
                let codes: Vec<u32> = bytes.as_chunks().0.iter().copied().map(code).collect();
                let n = codes
                    .iter()
                    .rposition(|&code| code != 0)
                    .map_or(0, |at| at + 1);
                codes[..n]
                    .iter()
                    .map(|&code| char::from_u32(code))
                    .collect()
            }
            Self::Bytes { .. } => {
                let n = bytes
                    .iter()
                    .rposition(|&byte| byte != 0)
                    .map_or(0, |at| at + 1);
                String::from_utf8(bytes[..n].to_vec()).ok()
            }
            Self::Whole(element) => Some(element.whole_text(bytes)),
        }
    }
}
