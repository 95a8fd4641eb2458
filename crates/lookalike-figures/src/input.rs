//! Checks that every figure makes before it draws.

use ndarray::{ArrayRef2, ArrayRef3};

use crate::error::{Error, Result};

/// Points in the plane: at least one, finite, with a label each.
pub(crate) fn check_map(points: &ArrayRef2<f32>, labels: &[i32]) -> Result<()> {
    let (rows, columns) = points.dim();
    if columns != 2 {
        return Err(Error::input(format!(
            "points must have 2 columns, got {columns}"
        )));
    }
    if rows == 0 {
        return Err(Error::input("points must have at least one row, got none"));
    }
    if labels.len() != rows {
        return Err(Error::input(format!(
            "labels must be as many as points ({rows}), got {}",
            labels.len()
        )));
    }
    for ((row, column), &value) in points.indexed_iter() {
        if !value.is_finite() {
            return Err(Error::non_finite("points", &[row, column], value));
        }
    }
    Ok(())
}

/// Grey pictures: at least one, with pixels, finite. Returns what full ink is: `maximum`, or else
/// the largest value.
pub(crate) fn check_pictures(pictures: &ArrayRef3<f32>, maximum: Option<f32>) -> Result<f32> {
    let (count, height, width) = pictures.dim();
    if count == 0 || height == 0 || width == 0 {
        return Err(Error::input(format!(
            "pictures must be at least one of at least one pixel, got {count} of {height} × {width}"
        )));
    }
    let mut largest = 0.0_f32;
    for ((picture, row, column), &value) in pictures.indexed_iter() {
        if !value.is_finite() {
            return Err(Error::non_finite(
                "pictures",
                &[picture, row, column],
                value,
            ));
        }
        largest = largest.max(value);
    }
    match maximum {
        Some(value) if value > 0.0 && value.is_finite() => Ok(value),
        Some(value) => Err(Error::parameter("maximum", "be finite and above 0", value)),
        None if largest > 0.0 => Ok(largest),
        None => Ok(1.0),
    }
}

/// A picture no larger than `limit` pixels on a side: itself, or the means of whole blocks.
pub(crate) fn shrink(picture: &ArrayRef2<f32>, limit: usize) -> ndarray::Array2<f32> {
    let (height, width) = picture.dim();
    let block = height.max(width).div_ceil(limit).max(1);
    if block == 1 {
        return picture.to_owned();
    }
    ndarray::Array2::from_shape_fn((height.div_ceil(block), width.div_ceil(block)), |(i, j)| {
        let (top, left) = (i * block, j * block);
        let part = picture.slice(ndarray::s![
            top..(top + block).min(height),
            left..(left + block).min(width)
        ]);
        part.sum() / part.len() as f32
    })
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array3, array};

    use super::*;

    #[test]
    fn faults_are_named() {
        let message = |result: Result<()>| result.unwrap_err().to_string();
        assert_eq!(
            message(check_map(&Array2::zeros((2, 3)), &[0, 0])),
            "points must have 2 columns, got 3"
        );
        assert_eq!(
            message(check_map(&Array2::zeros((0, 2)), &[])),
            "points must have at least one row, got none"
        );
        assert_eq!(
            message(check_map(&Array2::zeros((2, 2)), &[0])),
            "labels must be as many as points (2), got 1"
        );
        assert_eq!(
            message(check_map(&array![[0.0, 1.0], [f32::NAN, 0.0]], &[0, 0])),
            "points must be finite, got NaN at [1, 0] (counted from 0)"
        );
        let pictures = |shape, maximum| check_pictures(&Array3::zeros(shape), maximum);
        assert!(pictures((0, 8, 8), None).is_err() && pictures((1, 8, 0), None).is_err());
        assert_eq!(
            pictures((1, 8, 8), Some(0.0)).unwrap_err().to_string(),
            "maximum must be finite and above 0, got 0"
        );
        assert_eq!(pictures((1, 8, 8), None), Ok(1.0));
    }

    #[test]
    fn shrinking_takes_means() {
        let picture = array![[1.0, 3.0, 8.0], [5.0, 7.0, 2.0]];
        assert_eq!(shrink(&picture, 3), picture);
        assert_eq!(shrink(&picture, 2), array![[4.0, 5.0]]);
    }
}
