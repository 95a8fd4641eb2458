//! World files: six lines of text beside a picture that say where it lies.

use std::path::{Path, PathBuf};

use super::Georeference;
use crate::{Error, Result};

/// A world file is read up to this many bytes; a usual one has about a hundred.
const MAX_BYTES: u64 = 4096;

/// What the world file beside `path` says, if there is one; it knows no reference system.
///
/// Of `photo.jpg` it is called `photo.jgw`, `photo.jpgw` or `photo.wld`; the first there is counts.
pub(super) fn georeference(path: &Path) -> Result<Option<Georeference>> {
    for candidate in candidates(path) {
        match std::fs::metadata(&candidate) {
            Ok(metadata) if metadata.len() <= MAX_BYTES => {
                let text = std::fs::read_to_string(&candidate)
                    .map_err(|cause| Error::io("read", &candidate, cause))?;
                let transform = parse(&text, &candidate)?;
                return Ok(Some(Georeference::from_transform(transform, None)));
            }
            Ok(_) => {
                let why = format!("a world file must have at most {MAX_BYTES} bytes");
                return Err(Error::damaged(&candidate, why));
            }
            Err(_) => {}
        }
    }
    Ok(None)
}

fn candidates(path: &Path) -> impl Iterator<Item = PathBuf> {
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    let short: String = match (extension.chars().next(), extension.chars().last()) {
        (Some(first), Some(last)) => [first, last, 'w'].iter().collect(),
        _ => "wld".into(),
    };
    [short, format!("{extension}w"), "wld".into()]
        .into_iter()
        .flat_map(|extension| [extension.to_lowercase(), extension.to_uppercase()])
        .map(|extension| path.with_extension(extension))
}

/// The lines are the steps of a column, (x, y), the steps of a row, and the centre of the first
/// pixel; between the steps the order is x of the column, y of the column, x of the row, y of the
/// row.
fn parse(text: &str, file: &Path) -> Result<[f64; 6]> {
    let numbers: Vec<f64> = text
        .split_ascii_whitespace()
        .map_while(|word| word.parse().ok().filter(|number: &f64| number.is_finite()))
        .collect();
    let &[column_x, column_y, row_x, row_y, center_x, center_y] = numbers.as_slice() else {
        let why = "a world file must hold six numbers and nothing else";
        return Err(Error::damaged(file, why));
    };
    if column_x * row_y - row_x * column_y == 0.0 {
        let why = "the pixels of a world file must have an area, these have none";
        return Err(Error::damaged(file, why));
    }
    let corner_x = center_x - f64::midpoint(column_x, row_x);
    let corner_y = center_y - f64::midpoint(column_y, row_y);
    Ok([corner_x, column_x, row_x, corner_y, column_y, row_y])
}

/// The world file (`.pgw`, `.jgw`) of a picture of the raster whose pixels are `scale` pixels of the
/// raster wide and high; `None` when the raster has no transform.
///
/// Six lines: the steps of x and y from column to column, from row to row, and the middle of the
/// upper left pixel.
pub fn world_file(georeference: &Georeference, scale: (f64, f64)) -> Option<String> {
    let [x, x_by_column, x_by_row, y, y_by_column, y_by_row] = georeference.transform()?;
    let (x_by_column, y_by_column) = (x_by_column * scale.0, y_by_column * scale.0);
    let (x_by_row, y_by_row) = (x_by_row * scale.1, y_by_row * scale.1);
    let middle_x = x + x_by_column / 2.0 + x_by_row / 2.0;
    let middle_y = y + y_by_column / 2.0 + y_by_row / 2.0;
    Some(format!(
        "{x_by_column}\n{y_by_column}\n{x_by_row}\n{y_by_row}\n{middle_x}\n{middle_y}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_steps_and_the_center_of_the_first_pixel() {
        let transform = parse("2\n0.5\n-0.25\n-4\n100\n200\n", Path::new("a.jgw"));
        let expected = [99.125, 2.0, -0.25, 201.75, 0.5, -4.0];
        assert_eq!(transform.ok(), Some(expected));
    }

    #[test]
    fn names_are_those_of_gdal() {
        let names: Vec<_> = candidates(Path::new("a/b.jpeg")).collect();
        let expected = ["jgw", "JGW", "jpegw", "JPEGW", "wld", "WLD"];
        assert_eq!(names, expected.map(|e| PathBuf::from(format!("a/b.{e}"))));
        assert_eq!(
            candidates(Path::new("b")).next(),
            Some(PathBuf::from("b.wld"))
        );
    }

    #[test]
    fn what_is_no_world_file_is_refused() {
        let message = |text| parse(text, Path::new("a.jgw")).unwrap_err().to_string();
        let six = "cannot read a.jgw: a world file must hold six numbers and nothing else";
        assert_eq!(message("1\n0\n0\n-1\n5\n"), six);
        assert_eq!(message("1 0 0 -1 5 6 7"), six);
        assert_eq!(message("1 0 0 -1 5 nan"), six);
        let area = "cannot read a.jgw: the pixels of a world file must have an area, \
                    these have none";
        assert_eq!(message("1 0 0 0 5 6"), area);
    }

    #[test]
    fn it_names_the_middle_of_the_first_pixel() {
        let place = Georeference::from_transform([100.0, 2.0, 0.5, 200.0, 0.25, -3.0], None);
        assert_eq!(
            world_file(&place, (1.0, 1.0)).unwrap(),
            "2\n0.25\n0.5\n-3\n101.25\n198.625\n"
        );
        assert_eq!(
            world_file(&place, (4.0, 2.0)).unwrap(),
            "8\n1\n1\n-6\n104.5\n197.5\n"
        );
        assert_eq!(
            world_file(&Georeference::from_tags(Vec::new()), (1.0, 1.0)),
            None
        );
    }
}
