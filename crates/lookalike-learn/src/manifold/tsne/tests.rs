//! The gradient against its plain twins.

use proptest::prelude::*;

use super::barnes_hut::BarnesHut;
use super::exact::Exact;
use super::forces::{Coordinates, Repulsion, attraction};
use crate::Context;
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn repulsion_equals_its_naive_twin(
        n in 1usize..300,
        scale in prop::sample::select(vec![1e-4, 0.1, 5.0, 60.0]),
        seed in 0u64..1000,
    ) {
        assert_near(&mut Exact::<2>::new(), &cloud(n, scale, seed), 3e-6)?;
        assert_near(&mut Exact::<3>::new(), &cloud(n, scale, seed), 3e-6)?;
        // With an angle of zero no cell stands for its points.
        assert_near(&mut BarnesHut::<2>::new(0.0), &cloud(n, scale, seed), 3e-6)?;
        assert_near(&mut BarnesHut::<3>::new(0.0), &cloud(n, scale, seed), 3e-6)?;
    }

    #[test]
    fn the_tree_is_near_at_the_usual_angle(n in 200usize..600, seed in 0u64..1000) {
        assert_near(&mut BarnesHut::<2>::new(0.5), &cloud(n, 20.0, seed), 0.06)?;
        assert_near(&mut BarnesHut::<3>::new(0.5), &cloud(n, 20.0, seed), 0.06)?;
    }
}

#[test]
fn points_on_one_spot_do_not_trouble_the_tree() {
    let y: Coordinates<2> = [vec![1.5; 100], vec![-2.0; 100]];
    assert_near(&mut BarnesHut::new(0.5), &y, 1e-6).unwrap();
    let far: Coordinates<2> = [vec![1e30; 20], vec![f32::NAN; 20]];
    let mut forces: Coordinates<2> = [vec![0.0; 20], vec![0.0; 20]];
    // A learning rate beyond reason leads here: the sums mean nothing, but nothing panics.
    BarnesHut::new(0.5).add_up(&far, &mut forces);
    Exact::new().add_up(&far, &mut forces);
}

#[test]
fn attraction_equals_its_naive_twin() {
    let x = ndarray::Array2::from_shape_fn((150, 4), |(i, j)| ((i * 7 + j * 11) as f32).sin());
    let neighbors = crate::neighbors::k_nearest(&x, 30).unwrap();
    let p = super::Affinities::new(&neighbors, 10.0);
    assert!((p.values.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    let y = cloud::<2>(150, 3.0, 5);
    let mut forces = [vec![0.0; 150], vec![0.0; 150]];
    Context::new().run(|| attraction(&p, &y, &mut forces));
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
