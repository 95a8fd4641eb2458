//! The gradient against its plain twins.

use proptest::prelude::*;

use super::attraction::Attraction;
use super::barnes_hut::BarnesHut;
use super::exact::Exact;
use super::forces::{Coordinates, Repulsion};
use super::interpolation::Interpolation;
use super::{FFT_FROM, sum_of_q};
use crate::random::Random;

fn cloud<const D: usize>(n: usize, scale: f64, seed: u64) -> Coordinates<D> {
    let random = Random::new(seed, 1);
    std::array::from_fn(|a| {
        (0..n)
            .map(|i| (scale * random.normal((i * D + a) as u64)) as f32)
            .collect()
    })
}

fn naive_repulsion<const D: usize>(y: &Coordinates<D>) -> ([Vec<f64>; D], f64) {
    let n = y[0].len();
    let mut forces = std::array::from_fn(|_| vec![0.0; n]);
    let mut z = 0.0;
    for i in 0..n {
        for j in (0..n).filter(|&j| j != i) {
            let delta: [f64; D] = std::array::from_fn(|a| f64::from(y[a][i]) - f64::from(y[a][j]));
            let q = 1.0 / (1.0 + delta.iter().map(|d| d * d).sum::<f64>());
            z += q;
            for a in 0..D {
                forces[a][i] += q * q * delta[a];
            }
        }
    }
    (forces, z)
}

fn assert_near<const D: usize>(
    repulsion: &mut dyn Repulsion<D>,
    y: &Coordinates<D>,
    tolerance: f64,
) -> Result<(), TestCaseError> {
    let n = y[0].len();
    let mut forces: Coordinates<D> = std::array::from_fn(|_| vec![f32::NAN; n]);
    let z = repulsion.add_up(y, &mut forces);
    let (naive, naive_z) = naive_repulsion(y);
    // Each row's own 1 is part of its f32 sums before it is taken off again.
    let rounding = 2.0 * n as f64 * f64::from(f32::EPSILON);
    prop_assert!(
        (z - naive_z).abs() <= tolerance * naive_z + rounding,
        "{z} {naive_z}"
    );
    let scale = naive.iter().flatten().fold(1e-12f64, |m, f| m.max(f.abs()));
    for (got, want) in forces.iter().flatten().zip(naive.iter().flatten()) {
        prop_assert!(
            (f64::from(*got) - want).abs() <= tolerance * scale,
            "{got} {want}"
        );
    }
    Ok(())
}

/// How far all forces together are from those of all pairs, relative to all of them, and the sum of q.
fn errors<const D: usize>(repulsion: &mut dyn Repulsion<D>, y: &Coordinates<D>) -> (f64, f64) {
    let mut forces: Coordinates<D> = std::array::from_fn(|_| vec![f32::NAN; y[0].len()]);
    let z = repulsion.add_up(y, &mut forces);
    let (naive, naive_z) = naive_repulsion(y);
    let pairs = forces.iter().flatten().zip(naive.iter().flatten());
    let error: f64 = pairs
        .map(|(got, want)| (f64::from(*got) - want).powi(2))
        .sum();
    let whole: f64 = naive.iter().flatten().map(|want| want * want).sum();
    ((error / whole).sqrt(), (z / naive_z - 1.0).abs())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn repulsion_equals_its_naive_twin(
        n in 1usize..300,
        scale in prop::sample::select(vec![1e-4, 0.1, 5.0, 60.0]),
        seed in 0u64..1000,
    ) {
        assert_near(&mut Exact::<1>::new(), &cloud(n, scale, seed), 3e-6)?;
        assert_near(&mut BarnesHut::<1>::new(0.0), &cloud(n, scale, seed), 3e-6)?;
        assert_near(&mut Exact::<2>::new(), &cloud(n, scale, seed), 3e-6)?;
        assert_near(&mut Exact::<3>::new(), &cloud(n, scale, seed), 3e-6)?;
        // With an angle of zero no cell stands for its points.
        assert_near(&mut BarnesHut::<2>::new(0.0), &cloud(n, scale, seed), 3e-6)?;
        assert_near(&mut BarnesHut::<3>::new(0.0), &cloud(n, scale, seed), 3e-6)?;
    }

    #[test]
    fn the_tree_is_near_at_the_usual_angle(
        n in 200usize..1500,
        scale in prop::sample::select(vec![0.1, 1.0, 5.0, 20.0, 3e4]),
        seed in 0u64..1000,
    ) {
        let (forces, z) = errors(&mut BarnesHut::<1>::new(0.5), &cloud(n, scale, seed));
        prop_assert!(forces < 0.02 && z < 1e-3, "1: {forces} {z}");
        let (forces, z) = errors(&mut BarnesHut::<2>::new(0.5), &cloud(n, scale, seed));
        prop_assert!(forces < 0.02 && z < 1e-3, "2: {forces} {z}");
        let (forces, z) = errors(&mut BarnesHut::<3>::new(0.5), &cloud(n, scale, seed));
        prop_assert!(forces < 0.02 && z < 1e-3, "3: {forces} {z}");
    }
}

#[test]
fn the_tree_follows_points_that_move() {
    let mut tree = BarnesHut::<2>::new(0.5);
    let assert_close = |tree: &mut BarnesHut<2>, y: &Coordinates<2>| {
        let (forces, z) = errors(tree, y);
        assert!(forces < 0.02 && z < 1e-3, "{forces} {z}");
    };
    for step in 0..40 {
        // Somewhere else now and then, in the order of long ago.
        assert_close(&mut tree, &cloud(600, 5.0, step / 3));
    }
    // Points that are others, or in another order, are sorted anew.
    tree.reordered();
    for y in [cloud(600, 5.0, 77), cloud(700, 5.0, 78)] {
        let sum = |tree: &mut BarnesHut<2>| {
            let mut forces = [vec![f32::NAN; y[0].len()], vec![f32::NAN; y[0].len()]];
            let z = tree.add_up(&y, &mut forces);
            (forces, z)
        };
        assert_eq!(sum(&mut tree), sum(&mut BarnesHut::new(0.5)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn interpolation_is_near(
        n in 300usize..900,
        scale in prop::sample::select(vec![1e-6, 1e-4, 0.1, 1.0, 6.0]),
        seed in 0u64..1000,
    ) {
        assert_near(&mut Interpolation::new(0.0), &cloud(n, scale, seed), 0.04)?;
    }

    /// The near and the far part of the kernel have a grid each.
    #[test]
    fn interpolation_is_near_on_wide_maps(seed in 0u64..1000, scale in 9.0..12.0) {
        assert_near(&mut Interpolation::new(0.0), &cloud(2000, scale, seed), 0.04)?;
    }
}

#[test]
fn the_sum_of_a_large_map_is_that_of_all_pairs() {
    let n = FFT_FROM;
    let y = cloud::<2>(n, 15.0, 3);
    let mut forces = [vec![0.0; n], vec![0.0; n]];
    let exact = Exact::new().add_up(&y, &mut forces);
    let near = [
        sum_of_q(&y, &mut Interpolation::new(0.5)),
        sum_of_q(&y, &mut BarnesHut::new(0.5)),
    ];
    for z in near {
        assert!((z - exact).abs() < 3e-4 * exact, "{z} {exact}");
    }
    // Points that far apart have next to no q.
    let far = y.map(|axis| axis.iter().map(|v| 1e4 * v).collect());
    let exact = Exact::new().add_up(&far, &mut forces);
    let z = sum_of_q(&far, &mut Interpolation::new(0.5));
    assert!((z - exact).abs() < 1e-6 * exact, "{z} {exact}");
}

#[test]
fn interpolation_forgets_the_grid_before() {
    let mut repulsion = Interpolation::new(0.5);
    for scale in [5.0, 1e-3, 2.0, 5.0, 300.0, 1.0] {
        let y = cloud(500, scale, 3);
        let sum = |repulsion: &mut Interpolation| {
            let mut forces = [vec![f32::NAN; 500], vec![f32::NAN; 500]];
            let z = repulsion.add_up(&y, &mut forces);
            (forces, z)
        };
        assert_eq!(
            sum(&mut repulsion),
            sum(&mut Interpolation::new(0.5)),
            "{scale}"
        );
    }
}

#[test]
fn forces_on_a_map_are_those_of_all_pairs() {
    let digits = crate::datasets::digits().data;
    let model = super::Tsne::new().max_iter(500).fit(&digits).unwrap();
    let y: Coordinates<2> = std::array::from_fn(|a| model.embedding().column(a).to_vec());
    let (forces, z) = errors(&mut Interpolation::new(0.5), &y);
    assert!(forces < 0.03 && z < 2e-3, "{forces} {z}");
    let (forces, z) = errors(&mut BarnesHut::new(0.5), &y);
    assert!(forces < 1e-3 && z < 1e-4, "{forces} {z}");
}

#[test]
fn points_on_one_spot_do_no_harm() {
    let y: Coordinates<2> = [vec![1.5; 100], vec![-2.0; 100]];
    assert_near(&mut BarnesHut::new(0.5), &y, 1e-6).unwrap();
    let more: Coordinates<2> = [vec![1.5; 300], vec![-2.0; 300]];
    let mut forces: Coordinates<2> = [vec![f32::NAN; 300], vec![f32::NAN; 300]];
    let z = Interpolation::new(0.5).add_up(&more, &mut forces);
    assert!((z - 300.0 * 299.0).abs() < 1e-4 * z, "{z}");
    assert!(forces.iter().flatten().all(|force| force.abs() < 1e-6));
    let far: Coordinates<2> = [vec![1e30; 20], vec![f32::NAN; 20]];
    let mut forces: Coordinates<2> = [vec![0.0; 20], vec![0.0; 20]];
    // A learning rate beyond reason leads here: the sums mean nothing, but nothing panics.
    BarnesHut::new(0.5).add_up(&far, &mut forces);
    Exact::new().add_up(&far, &mut forces);
    Interpolation::new(0.5).add_up(&far, &mut forces);
    let lost: Coordinates<2> = [vec![f32::NAN; 20], vec![1.0; 20]];
    Interpolation::new(0.5).add_up(&lost, &mut forces);
}

#[test]
fn the_order_of_the_rows_does_not_matter_to_p() {
    let x = ndarray::Array2::from_shape_fn((1100, 3), |(i, j)| ((i * 7 + j * 11) as f32).sin());
    let neighbors = crate::neighbors::k_nearest(&x, 9).unwrap();
    let p = super::Affinities::new(neighbors, 3.0);
    let order: Vec<u32> = (0..1100).map(|i| i * 7 % 1100).collect();
    let reordered = p.clone().reordered(&order);
    assert_eq!(reordered.starts.len(), p.starts.len());
    for (i, &row) in order.iter().enumerate() {
        let row = p.starts[row as usize]..p.starts[row as usize + 1];
        let new = reordered.starts[i]..reordered.starts[i + 1];
        assert_eq!(reordered.values[new.clone()], p.values[row.clone()]);
        let back = reordered.columns[new].iter().map(|&j| order[j as usize]);
        assert!(back.eq(p.columns[row].iter().copied()));
    }
}

#[test]
fn attraction_equals_its_naive_twin() {
    let x = ndarray::Array2::from_shape_fn((150, 4), |(i, j)| ((i * 7 + j * 11) as f32).sin());
    let neighbors = crate::neighbors::k_nearest(&x, 30).unwrap();
    let p = super::Affinities::new(neighbors, 10.0);
    assert!((p.values.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    let y = cloud::<2>(150, 3.0, 5);
    let mut forces = [vec![0.0; 150], vec![0.0; 150]];
    let mut attraction = Attraction::new(150);
    attraction.update(&y);
    for first in [0, 70] {
        let mut forces = forces.each_mut().map(|axis| &mut axis[first..]);
        attraction.add_up(&p, first, &mut forces);
    }
    for i in 0..150 {
        let mut want = [0.0f64; 2];
        for e in p.starts[i]..p.starts[i + 1] {
            let j = p.columns[e] as usize;
            // Symmetric: the other end of the edge has the same probability.
            let back = (p.starts[j]..p.starts[j + 1]).find(|&b| p.columns[b] as usize == i);
            let same = p.values[back.unwrap()].to_bits() == p.values[e].to_bits();
            assert!(same, "the edge from {i} to {j}");
            let delta = [y[0][i] - y[0][j], y[1][i] - y[1][j]].map(f64::from);
            let q = 1.0 / (1.0 + delta[0] * delta[0] + delta[1] * delta[1]);
            for a in 0..2 {
                want[a] += f64::from(p.values[e]) * q * delta[a];
            }
        }
        for a in 0..2 {
            assert!((f64::from(forces[a][i]) - want[a]).abs() < 1e-7);
        }
    }
}
