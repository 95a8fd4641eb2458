//! World files: where a picture without tags lies.

use super::Georeference;

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
