//! What a clustering says of each row and of each cluster.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use lookalike_learn::Context;
use lookalike_learn::metrics::silhouette_samples_with;
use ndarray::{Array2, ArrayRef2, ArrayView1, Axis};
use rayon::prelude::*;
use serde::Serialize;

use crate::evaluation::NOISE;
use crate::{Error, ErrorKind, Result};

/// Typical rows of a cluster at most, and borderline ones.
const SHOWN: usize = 24;
/// Rows whose silhouettes are computed at most: their cost grows with the square.
const SILHOUETTES: usize = 20_000;
/// Two rows are duplicates when they are nearer to one another than this share of the mean distance
/// of their cluster's rows to its centre.
const DUPLICATE: f64 = 0.1;

/// Where a row stands among the clusters. All distances are Euclidean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Member {
    /// Its cluster, −1 for noise.
    pub cluster: i32,
    /// Its distance to the mean of its cluster; none for noise.
    pub distance: Option<f64>,
    /// The cluster, not its own, whose mean is nearest; none if there is no other.
    pub nearest_other: Option<i32>,
    /// The distance to that mean.
    pub distance_other: Option<f64>,
    /// Its silhouette; none for noise, where there are no two clusters, and for rows outside the
    /// sample.
    pub silhouette: Option<f64>,
}

impl Member {
    /// How much nearer its own mean is than the next, 1 − a/b: 0 at the border, 1 at the mean,
    /// below 0 beyond the border. 1 where there is no other cluster.
    pub fn margin(&self) -> Option<f64> {
        let own = self.distance?;
        Some(match self.distance_other {
            Some(other) if other > 0.0 => 1.0 - own / other,
            Some(_) if own > 0.0 => f64::NEG_INFINITY,
            Some(_) => 0.0,
            None => 1.0,
        })
    }
}

/// What a cluster is like.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// Its label.
    pub cluster: i32,
    /// Rows in it.
    pub size: usize,
    /// The mean distance of its rows to their mean: less is denser.
    pub cohesion: f64,
    /// The mean of the silhouettes that were computed, if any was.
    pub silhouette: Option<f64>,
    /// Up to 24 rows nearest to the mean, nearest first, no two of them duplicates.
    pub typical: Vec<usize>,
    /// Up to 24 rows of the least [margin](Member::margin), least first, none of them typical and
    /// no two of them duplicates.
    pub borderline: Vec<usize>,
}

/// All rows and all clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    /// One a row.
    pub members: Vec<Member>,
    /// One a cluster, in the order of their labels, noise left out.
    pub groups: Vec<Group>,
    /// The mean of each, (clusters, features).
    pub centers: Array2<f32>,
    /// Rows whose silhouettes were computed: at most 20 000, evenly spaced.
    pub n_silhouettes: usize,
}

impl Groups {
    /// Measures the clusters that `labels`, −1 for noise, make of `rows` (samples, features).
    ///
    /// # Errors
    /// When there is no row, a value that is not finite, or not one label a row; when cancelled.
    pub fn new(rows: &ArrayRef2<f32>, labels: &[i32], context: &Context) -> Result<Self> {
        check(rows, labels)?;
        let places = places(labels);
        let means = means(rows, labels);
        context.check()?;
        let mut members: Vec<Member> = context.run(|| locate(rows, labels, &places, &means));
        let sampled = add_silhouettes(rows, &mut members, context)?;

        let mut rows_of = vec![Vec::new(); places.len()];
        for (row, label) in labels.iter().enumerate() {
            if let Some(&place) = places.get(label) {
                rows_of[place].push(row);
            }
        }
        let labels_and_rows: Vec<_> = places.keys().copied().zip(rows_of).collect();
        let groups = context.run(|| {
            labels_and_rows
                .into_par_iter()
                .map(|(cluster, own)| describe(cluster, &own, rows, &members))
                .collect()
        });
        Ok(Self {
            members,
            groups,
            centers: means.mapv(|value| value as f32),
            n_silhouettes: sampled,
        })
    }
}

/// Numbers clusters by their size, the largest 0; of equal ones, that whose first row comes first.
/// Noise, −1, stays. So the numbers do not depend on the order in which an algorithm found them.
///
/// ```
/// use lookalike::pictures::by_size;
///
/// assert_eq!(by_size(&[7, 2, 2, -1, 5]), [1, 0, 0, -1, 2]);
/// ```
pub fn by_size(labels: &[i32]) -> Vec<i32> {
    let mut found: BTreeMap<i32, (usize, usize)> = BTreeMap::new();
    for (row, &label) in labels
        .iter()
        .enumerate()
        .filter(|(_, label)| **label != NOISE)
    {
        found.entry(label).or_insert((0, row)).0 += 1;
    }
    let mut order: Vec<_> = found.into_iter().collect();
    order.sort_unstable_by_key(|&(_, (size, first))| (Reverse(size), first));
    let numbers: BTreeMap<i32, i32> = (0..).zip(order).map(|(new, (old, _))| (old, new)).collect();
    labels
        .iter()
        .map(|label| numbers.get(label).copied().unwrap_or(NOISE))
        .collect()
}

fn check(rows: &ArrayRef2<f32>, labels: &[i32]) -> Result<()> {
    let fault = |message| Err(Error::new(ErrorKind::InvalidInput, message));
    let (n_rows, n_features) = rows.dim();
    if n_rows == 0 || n_features == 0 {
        return fault(format!(
            "rows must be at least one of at least one feature, got {n_rows} × {n_features}"
        ));
    }
    if labels.len() != n_rows {
        return fault(format!(
            "labels must be as many as rows ({n_rows}), got {}",
            labels.len()
        ));
    }
    if let Some(((row, column), value)) = rows.indexed_iter().find(|(_, v)| !v.is_finite()) {
        return fault(format!(
            "rows must be finite, got {value} at [{row}, {column}] (counted from 0)"
        ));
    }
    Ok(())
}

/// The place of each label among all, noise left out.
fn places(labels: &[i32]) -> BTreeMap<i32, usize> {
    let mut places: BTreeMap<i32, usize> = labels
        .iter()
        .filter(|&&label| label != NOISE)
        .map(|&label| (label, 0))
        .collect();
    for (place, at) in places.values_mut().enumerate() {
        *at = place;
    }
    places
}

/// The mean of each cluster, in the order of the labels, noise left out.
pub(super) fn means(rows: &ArrayRef2<f32>, labels: &[i32]) -> Array2<f64> {
    let places = places(labels);
    let mut sums = Array2::<f64>::zeros((places.len(), rows.ncols()));
    let mut sizes = vec![0usize; places.len()];
    for (row, label) in rows.outer_iter().zip(labels) {
        if let Some(&place) = places.get(label) {
            sizes[place] += 1;
            let mut sum = sums.row_mut(place);
            sum.zip_mut_with(&row, |sum, &value| *sum += f64::from(value));
        }
    }
    for (mut sum, size) in sums.outer_iter_mut().zip(sizes) {
        sum.mapv_inplace(|value| value / size as f64);
    }
    sums
}

fn locate(
    rows: &ArrayRef2<f32>,
    labels: &[i32],
    places: &BTreeMap<i32, usize>,
    means: &Array2<f64>,
) -> Vec<Member> {
    let names: Vec<i32> = places.keys().copied().collect();
    (0..labels.len())
        .into_par_iter()
        .map(|row| {
            let own = places.get(&labels[row]).copied();
            let to = |place: usize| {
                let pairs = rows.row(row).into_iter().zip(means.row(place));
                pairs
                    .map(|(&a, &b)| (f64::from(a) - b).powi(2))
                    .sum::<f64>()
                    .sqrt()
            };
            let other = (0..names.len())
                .filter(|&place| Some(place) != own)
                .map(|place| (place, to(place)))
                .reduce(|best, next| if next.1 < best.1 { next } else { best });
            Member {
                cluster: labels[row],
                distance: own.map(to),
                nearest_other: other.map(|(place, _)| names[place]),
                distance_other: other.map(|(_, distance)| distance),
                silhouette: None,
            }
        })
        .collect()
}

/// Returns how many rows got one.
fn add_silhouettes(
    rows: &ArrayRef2<f32>,
    members: &mut [Member],
    context: &Context,
) -> Result<usize> {
    let inside: Vec<usize> = (0..members.len())
        .filter(|&row| members[row].cluster != NOISE)
        .collect();
    let count = inside.len().min(SILHOUETTES);
    let sample: Vec<usize> = (0..count)
        .map(|i| inside[i * inside.len() / count])
        .collect();
    let labels: Vec<i32> = sample.iter().map(|&row| members[row].cluster).collect();
    let n_clusters = places(&labels).len();
    if n_clusters < 2 || n_clusters >= count {
        return Ok(0);
    }
    let silhouettes = if count == rows.nrows() {
        silhouette_samples_with(rows, &labels, context)?
    } else {
        silhouette_samples_with(&rows.select(Axis(0), &sample), &labels, context)?
    };
    for (&row, silhouette) in sample.iter().zip(silhouettes) {
        members[row].silhouette = Some(silhouette);
    }
    Ok(count)
}

fn describe(cluster: i32, own: &[usize], rows: &ArrayRef2<f32>, members: &[Member]) -> Group {
    let size = own.len();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let distances: Vec<f64> = own
        .iter()
        .filter_map(|&row| members[row].distance)
        .collect();
    let silhouettes: Vec<f64> = own
        .iter()
        .filter_map(|&row| members[row].silhouette)
        .collect();
    let cohesion = mean(&distances);

    let by = |key: fn(&Member) -> Option<f64>| {
        let mut order = own.to_vec();
        let key = |row: usize| key(&members[row]).unwrap_or(f64::INFINITY);
        order.sort_by(|&a, &b| key(a).total_cmp(&key(b)));
        order
    };
    let apart = DUPLICATE * cohesion;
    let typical = pick(rows, by(|member| member.distance), &[], apart);
    let borderline = if members[own[0]].nearest_other.is_some() {
        pick(rows, by(Member::margin), &typical, apart)
    } else {
        Vec::new()
    };
    Group {
        cluster,
        size,
        cohesion,
        silhouette: (!silhouettes.is_empty()).then(|| mean(&silhouettes)),
        typical,
        borderline,
    }
}

/// The first of `order` that are neither among `taken` nor within `apart` of one picked before.
fn pick(rows: &ArrayRef2<f32>, order: Vec<usize>, taken: &[usize], apart: f64) -> Vec<usize> {
    let mut picked: Vec<usize> = Vec::new();
    for row in order {
        if picked.len() == SHOWN {
            break;
        }
        let near = |&other: &usize| distance(&rows.row(row), &rows.row(other)) <= apart;
        if !taken.contains(&row) && !picked.iter().any(near) {
            picked.push(row);
        }
    }
    picked
}

fn distance(a: &ArrayView1<'_, f32>, b: &ArrayView1<'_, f32>) -> f64 {
    let squares = a
        .iter()
        .zip(*b)
        .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
    squares.sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;

    fn groups(rows: &Array2<f32>, labels: &[i32]) -> Groups {
        Groups::new(rows, labels, &Context::new()).unwrap()
    }

    #[test]
    fn a_line_of_points_is_measured_by_hand() {
        let rows = array![[0.0], [2.0], [4.0], [10.0], [12.0], [100.0]];
        let found = groups(&rows, &[0, 0, 0, 1, 1, NOISE]);
        assert_eq!(found.centers, array![[2.0], [11.0]]);
        let member = found.members[2];
        assert_eq!(
            (member.distance, member.nearest_other),
            (Some(2.0), Some(1))
        );
        assert_eq!(member.distance_other, Some(7.0));
        assert_eq!(member.margin(), Some(1.0 - 2.0 / 7.0));
        // (b − a) / max(a, b) with a = (4 + 2) / 2 and b = (6 + 8) / 2.
        assert_eq!(member.silhouette, Some(4.0 / 7.0));
        let noise = found.members[5];
        assert_eq!((noise.distance, noise.silhouette), (None, None));
        assert_eq!(
            (noise.nearest_other, noise.distance_other),
            (Some(1), Some(89.0))
        );
        let first = &found.groups[0];
        assert_eq!((first.size, first.typical[0]), (3, 1));
        assert!((first.cohesion - 4.0 / 3.0).abs() < 1e-12);
        assert_eq!(found.n_silhouettes, 5);
    }

    #[test]
    fn duplicates_are_typical_once() {
        let rows = array![[1.0], [1.0], [1.0], [3.0], [9.0], [9.0]];
        let found = groups(&rows, &[0, 0, 0, 0, 1, 1]);
        assert_eq!(found.groups[0].typical, [0, 3]);
        assert_eq!(found.groups[1].typical, [4]);
        assert!(found.groups[1].cohesion.abs() < f64::EPSILON);
    }

    #[test]
    fn borderline_rows_lie_nearest_to_the_border_and_are_not_typical() {
        let rows =
            Array2::from_shape_fn(
                (120, 1),
                |(i, _)| {
                    if i < 60 { i as f32 } else { 1000.0 + i as f32 }
                },
            );
        let labels: Vec<i32> = (0..120).map(|i| i32::from(i >= 60)).collect();
        let found = groups(&rows, &labels);
        let group = &found.groups[0];
        assert!(group.borderline.len() <= SHOWN);
        assert!(
            group
                .borderline
                .iter()
                .all(|row| !group.typical.contains(row))
        );
        let margins: Vec<f64> = group
            .borderline
            .iter()
            .map(|&row| found.members[row].margin().unwrap())
            .collect();
        assert!(margins.is_sorted(), "{margins:?}");
        // Both ends are equally far from the mean, but 59 is nearer to the other cluster.
        assert_eq!(group.borderline[0], 59);
    }

    #[test]
    fn one_cluster_has_no_border_and_noise_alone_no_cluster() {
        let rows = array![[0.0], [1.0]];
        let one = groups(&rows, &[4, 4]);
        assert_eq!(one.groups[0].cluster, 4);
        assert!(one.groups[0].borderline.is_empty() && one.members[0].nearest_other.is_none());
        let none = groups(&rows, &[NOISE, NOISE]);
        assert!(none.groups.is_empty() && none.centers.nrows() == 0);
    }

    #[test]
    fn faults_are_named() {
        let fault = |rows: &Array2<f32>, labels: &[i32]| {
            Groups::new(rows, labels, &Context::new())
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            fault(&Array2::zeros((0, 3)), &[]),
            "rows must be at least one of at least one feature, got 0 × 3"
        );
        assert_eq!(
            fault(&Array2::zeros((2, 1)), &[0]),
            "labels must be as many as rows (2), got 1"
        );
        assert_eq!(
            fault(&array![[0.0, f32::NAN]], &[0]),
            "rows must be finite, got NaN at [0, 1] (counted from 0)"
        );
    }

    proptest! {
        #[test]
        fn numbers_follow_size_whatever_the_names(labels in prop::collection::vec(-1..6i32, 1..60)) {
            let numbers = by_size(&labels);
            let size = |of: i32| numbers.iter().filter(|&&n| n == of).count();
            let largest = numbers.iter().copied().max().unwrap_or(NOISE);
            for number in 1..=largest {
                prop_assert!(size(number) <= size(number - 1) && size(number) > 0);
            }
            for (a, &old) in labels.iter().enumerate() {
                prop_assert_eq!(old == NOISE, numbers[a] == NOISE);
                for (b, &other) in labels.iter().enumerate() {
                    prop_assert_eq!(old == other, numbers[a] == numbers[b]);
                }
            }
            let renamed: Vec<i32> = labels
                .iter()
                .map(|&label| if label == NOISE { NOISE } else { 100 - label })
                .collect();
            prop_assert_eq!(by_size(&renamed), numbers);
        }

        #[test]
        fn threads_change_nothing(
            values in prop::collection::vec(-9.0..9.0f32, 120),
            labels in prop::collection::vec(-1..3i32, 40),
        ) {
            let rows = Array2::from_shape_vec((40, 3), values).unwrap();
            let with = |threads| {
                let context = Context::new().threads(threads).unwrap();
                Groups::new(&rows, &labels, &context).unwrap()
            };
            let one = with(1);
            prop_assert_eq!(&one, &with(2));
            prop_assert_eq!(&one, &with(8));
        }
    }
}
