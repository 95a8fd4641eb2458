//! Weights that an ONNX file keeps in files beside it.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path};

use super::proto::Tensor;
use super::wire::{Fields, write_bytes};
use crate::{Error, Result};

/// The message of a tensor with its values inside, read from beside `model` if they are not.
///
/// # Errors
/// When the other file cannot be read, is shorter than the tensor says, or is not in the model's
/// folder.
pub(super) fn inlined<'a>(tensor: &Tensor<'a>, model: &Path) -> Result<Cow<'a, [u8]>> {
    let Some(entries) = &tensor.external else {
        return Ok(Cow::Borrowed(tensor.bytes));
    };
    let entry = |name: &str| {
        entries
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| *value)
    };
    let damaged = |why: String| Error::damaged(model, format!("weights {:?}: {why}", tensor.name));
    let location = Path::new(entry("location").unwrap_or_default());
    let is_beside = location
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if location.as_os_str().is_empty() || !is_beside {
        let why = format!(
            "their file must be in the model's folder, got {}",
            location.display()
        );
        return Err(damaged(why));
    }
    let number = |name: &str| match entry(name) {
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|_| damaged(format!("{name} {text:?} is no count of bytes"))),
        None => Ok(None::<u64>),
    };
    let (offset, length) = (number("offset")?.unwrap_or(0), number("length")?);
    let path = model.with_file_name("").join(location);
    let values = read_part(&path, offset, length)?;
    Ok(Cow::Owned(with_values(tensor.bytes, &values)))
}

fn read_part(path: &Path, offset: u64, length: Option<u64>) -> Result<Vec<u8>> {
    let io = |cause| Error::io("read", path, cause);
    let mut file = File::open(path).map_err(io)?;
    let available = file.metadata().map_err(io)?.len().saturating_sub(offset);
    let length = length.unwrap_or(available);
    if length > available {
        let why = format!(
            "the model's weights take {length} bytes from byte {offset} on, it has {available}"
        );
        return Err(Error::damaged(path, why));
    }
    file.seek(SeekFrom::Start(offset)).map_err(io)?;
    let mut values = Vec::with_capacity(length as usize);
    file.take(length).read_to_end(&mut values).map_err(io)?;
    Ok(values)
}

/// The fields of a tensor without what says that its values are elsewhere, and with the values.
fn with_values(tensor: &[u8], values: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(values.len() + 64);
    let mut rest = Fields::new(tensor);
    loop {
        let before = rest.remaining();
        match rest.next() {
            Some(Ok((9 | 13 | 14, _))) => {}
            Some(Ok(_)) => {
                message.extend_from_slice(&before[..before.len() - rest.remaining().len()]);
            }
            // A parsed tensor has no faults.
            Some(Err(_)) | None => break,
        }
    }
    write_bytes(&mut message, 9, values);
    message
}
