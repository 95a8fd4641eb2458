//! The wire format of Protocol Buffers, as far as ONNX uses it: fields as slices of the file.
//!
//! Nothing is copied or allocated, so a length that the file does not hold is found before anybody
//! believes it. Source: <https://protobuf.dev/programming-guides/encoding/>.

/// What is wrong with the bytes.
pub(super) type Fault = &'static str;

/// A field's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    /// An integer or an enumeration.
    Varint(u64),
    /// A string, bytes, a message, or packed numbers.
    Bytes(&'a [u8]),
    /// A 32-bit number, little-endian.
    Fixed32([u8; 4]),
    /// A 64-bit number, little-endian.
    Fixed64([u8; 8]),
}

impl<'a> Value<'a> {
    pub(super) fn bytes(self) -> Result<&'a [u8], Fault> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err("a field has the wrong type"),
        }
    }

    pub(super) fn text(self) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.bytes()?).map_err(|_| "a name is not UTF-8")
    }

    pub(super) fn integer(self) -> Result<i64, Fault> {
        match self {
            Self::Varint(value) => Ok(value as i64),
            _ => Err("a field has the wrong type"),
        }
    }

    pub(super) fn float(self) -> Result<f32, Fault> {
        match self {
            Self::Fixed32(bytes) => Ok(f32::from_le_bytes(bytes)),
            _ => Err("a field has the wrong type"),
        }
    }

    /// One integer, or as many as are packed.
    pub(super) fn integers(self, into: &mut Vec<i64>) -> Result<(), Fault> {
        match self {
            Self::Varint(value) => into.push(value as i64),
            Self::Bytes(mut rest) => {
                while !rest.is_empty() {
                    into.push(varint(&mut rest)? as i64);
                }
            }
            _ => return Err("a field has the wrong type"),
        }
        Ok(())
    }
}

/// The fields of a message, in the file's order, each with its number.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The bytes of the fields that are still to come.
    pub(super) fn remaining(&self) -> &'a [u8] {
        self.rest
    }

    fn read(&mut self) -> Result<(u64, Value<'a>), Fault> {
        let key = varint(&mut self.rest)?;
        let value = match key & 7 {
            0 => Value::Varint(varint(&mut self.rest)?),
            1 => Value::Fixed64(fixed(&mut self.rest)?),
            2 => {
                let length = varint(&mut self.rest)?;
                let length = usize::try_from(length).map_err(|_| TRUNCATED)?;
                Value::Bytes(take(&mut self.rest, length)?)
            }
            5 => Value::Fixed32(fixed(&mut self.rest)?),
            _ => return Err("a field is of no known wire type"),
        };
        Ok((key >> 3, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.read();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

const TRUNCATED: Fault = "it ends in the middle of a field";

fn varint(rest: &mut &[u8]) -> Result<u64, Fault> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let [byte] = fixed(rest)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err("an integer has more than 64 bits")
}

fn fixed<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Fault> {
    let (first, others) = rest.split_first_chunk().ok_or(TRUNCATED)?;
    *rest = others;
    Ok(*first)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Fault> {
    let (first, others) = rest.split_at_checked(length).ok_or(TRUNCATED)?;
    *rest = others;
    Ok(first)
}

/// Appends an integer field.
pub(super) fn write_integer(into: &mut Vec<u8>, field: u64, value: i64) {
    write_varint(into, field << 3);
    write_varint(into, value as u64);
}

/// Appends a string, bytes or message field.
pub(super) fn write_bytes(into: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    write_length(into, field, bytes.len());
    into.extend_from_slice(bytes);
}

/// Begins a string, bytes or message field, whose `length` bytes must follow.
pub(super) fn write_length(into: &mut Vec<u8>, field: u64, length: usize) {
    write_varint(into, field << 3 | 2);
    write_varint(into, length as u64);
}

fn write_varint(into: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        into.push(value as u8 | 0x80);
        value >>= 7;
    }
    into.push(value as u8);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(number in 1_u64..1 << 29, value: i64, bytes: Vec<u8>) {
            let mut message = Vec::new();
            write_integer(&mut message, number, value);
            write_bytes(&mut message, number, &bytes);
            let fields: Result<Vec<_>, _> = Fields::new(&message).collect();
            let expected = vec![
                (number, Value::Varint(value as u64)),
                (number, Value::Bytes(&bytes)),
            ];
            prop_assert_eq!(fields, Ok(expected));
        }

        #[test]
        fn any_bytes_end(message: Vec<u8>) {
            prop_assert!(Fields::new(&message).count() <= message.len());
        }
    }

    #[test]
    fn integers_come_one_by_one_or_packed() {
        let mut integers = Vec::new();
        Value::Varint(7).integers(&mut integers).unwrap();
        Value::Bytes(&[1, 0x80, 1]).integers(&mut integers).unwrap();
        assert_eq!(integers, [7, 1, 128]);
    }

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        let claims_much = [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 1];
        let fields: Result<Vec<_>, _> = Fields::new(&claims_much).collect();
        assert_eq!(fields, Err(TRUNCATED));
    }
}
