use proptest::prelude::*;

use super::*;

fn noise(n: usize, seed: u64) -> Vec<f32> {
    let mixed = |i: usize| (i as u64 + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (0..n)
        .map(|i| (mixed(i) >> 40) as f32 / (1 << 23) as f32 - 1.0)
        .collect()
}

fn noisy(shape: Shape, clamp: Clamp, seed: u64) -> Convolution {
    Convolution {
        shape,
        weights: noise(shape.n_weights(), seed),
        bias: noise(shape.n_out, seed.wrapping_add(1 << 30)),
        clamp,
    }
}

fn dense(n_out: usize, n_in: usize, side: usize, pads: [usize; 4]) -> Shape {
    let [top, left, bottom, right] = pads;
    Shape {
        n_out,
        n_in,
        groups: 1,
        size: [side; 2],
        strides: [1; 2],
        before: [top, left],
        after: [bottom, right],
    }
}

/// The sum of the definition, in double precision.
fn plain(from: &Convolution, input: &[f32], shape: [usize; 4], out: [usize; 4]) -> Vec<f64> {
    let [_, n_in, rows, columns] = shape;
    let Shape {
        size,
        strides,
        before,
        groups,
        ..
    } = from.shape;
    let (of_group, made_of_group) = (n_in / groups, from.shape.n_out / groups);
    let at = |picture: usize, channel: usize, row: usize, column: usize| {
        let inside = |i: usize, place: usize, end: usize| {
            place.checked_sub(before[i]).filter(|place| *place < end)
        };
        match (inside(0, row, rows), inside(1, column, columns)) {
            (Some(row), Some(column)) => {
                f64::from(input[((picture * n_in + channel) * rows + row) * columns + column])
            }
            _ => 0.0,
        }
    };
    let mut output = Vec::new();
    for place in 0..out.iter().product() {
        let (y, x) = (place / out[3] % out[2], place % out[3]);
        let channel = place / (out[2] * out[3]) % out[1];
        let picture = place / (out[1] * out[2] * out[3]);
        let mut sum = f64::from(from.bias[channel]);
        for c in 0..of_group {
            for tap in 0..size[0] * size[1] {
                let weight = from.weights[(channel * of_group + c) * size[0] * size[1] + tap];
                let (row, column) = (
                    y * strides[0] + tap / size[1],
                    x * strides[1] + tap % size[1],
                );
                let seen = channel / made_of_group * of_group + c;
                sum += f64::from(weight) * at(picture, seen, row, column);
            }
        }
        output.push(sum.clamp(f64::from(from.clamp.low), f64::from(from.clamp.high)));
    }
    output
}

fn check(from: &Convolution, n: usize, rows: usize, columns: usize) -> Result<(), TestCaseError> {
    let shape = [n, from.shape.n_in, rows, columns];
    let input = noise(shape.iter().product(), 1 << 20);
    let Some(side) = from.shape.output(rows, columns) else {
        let refused = Chain::new(from).unwrap().run(&input, shape);
        prop_assert!(refused.is_err());
        return Ok(());
    };
    let out = [n, from.shape.n_out, side[0], side[1]];
    let (output, found) = Chain::new(from).unwrap().run(&input, shape).unwrap();
    prop_assert_eq!(found, out);
    let expected = plain(from, &input, shape, out);
    let bound = 2e-6 * from.shape.n_weights() as f64 / from.shape.n_out as f64;
    for (value, expected) in output.iter().zip(&expected) {
        let error = (f64::from(*value) - expected).abs();
        prop_assert!(error < bound, "{value} {expected}");
    }
    Ok(())
}

fn clamp() -> impl Strategy<Value = Clamp> {
    prop::sample::select(vec![
        Clamp::NONE,
        Clamp::RELU,
        Clamp {
            low: -0.25,
            high: 0.5,
        },
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn winograd_is_the_plain_convolution(
        (n, n_in, n_out) in (1_usize..4, 16_usize..20, 16_usize..20),
        (rows, columns) in (1_usize..30, 1_usize..30),
        pads in prop::array::uniform4(0_usize..3),
        clamp in clamp(),
        seed: u64,
    ) {
        let from = noisy(dense(n_out, n_in, 3, pads), clamp, seed);
        prop_assert_eq!(from.shape.way(), Some(Way::Winograd));
        check(&from, n, rows, columns)?;
    }

    #[test]
    fn pointwise_is_the_plain_convolution(
        (n, n_in, n_out) in (1_usize..4, 16_usize..50, 16_usize..50),
        (rows, columns) in (1_usize..20, 1_usize..20),
        clamp in clamp(),
        seed: u64,
    ) {
        let from = noisy(dense(n_out, n_in, 1, [0; 4]), clamp, seed);
        prop_assert_eq!(from.shape.way(), Some(Way::Pointwise));
        check(&from, n, rows, columns)?;
    }

    #[test]
    fn depthwise_is_the_plain_convolution(
        (n, n_channels) in (1_usize..4, 16_usize..20),
        (rows, columns) in (1_usize..40, 1_usize..40),
        size in prop::array::uniform2(1_usize..8),
        strides in prop::array::uniform2(1_usize..4),
        pads in prop::array::uniform4(0_usize..8),
        clamp in clamp(),
        seed: u64,
    ) {
        let shape = Shape {
            groups: n_channels,
            size,
            strides,
            before: [pads[0] % size[0], pads[1] % size[1]],
            after: [pads[2] % size[0], pads[3] % size[1]],
            ..dense(n_channels, n_channels, 1, [0; 4])
        };
        prop_assert_eq!(shape.way(), Some(Way::Depthwise));
        check(&noisy(shape, clamp, seed), n, rows, columns)?;
    }
}

/// Expand, by channel, project, and a 3×3: all ways in one chain.
fn chain() -> Chain {
    let by_channel = Shape {
        groups: 70,
        strides: [2; 2],
        ..dense(70, 70, 3, [1; 4])
    };
    let shapes = [
        dense(70, 40, 1, [0; 4]),
        by_channel,
        dense(20, 70, 1, [0; 4]),
        dense(33, 20, 3, [1; 4]),
    ];
    let links = shapes.map(|shape| Chain::new(&noisy(shape, Clamp::RELU, 7)).unwrap());
    let joined = links.into_iter().reduce(|mut chain, link| {
        assert!(chain.fits(&link));
        chain.append(link);
        chain
    });
    joined.unwrap()
}

#[test]
fn a_picture_has_the_same_bits_beside_others_and_on_any_threads() {
    let chain = chain();
    for side in [5, 14, 61] {
        let picture = noise(40 * side * side, 3);
        let on = |n_threads: usize, n: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
            let pictures = picture.repeat(n);
            let pool = pool.build().unwrap();
            pool.install(|| chain.run(&pictures, [n, 40, side, side]).unwrap().0)
        };
        let expected = on(1, 1);
        for (n_threads, n) in [(1, 7), (2, 7), (8, 3)] {
            for one in on(n_threads, n).chunks(expected.len()) {
                assert!(
                    one == expected,
                    "{n_threads} threads, {n} pictures of {side}"
                );
            }
        }
    }
}

#[test]
fn a_chain_is_its_links_one_after_another() {
    let shapes = [dense(16, 17, 3, [1; 4]), dense(18, 16, 1, [0; 4])];
    let links = shapes.map(|shape| noisy(shape, Clamp::RELU, 11));
    let input = noise(2 * 17 * 9 * 8, 5);
    let [mut both, second] = links.map(|link| Chain::new(&link).unwrap());
    let (between, shape) = both.run(&input, [2, 17, 9, 8]).unwrap();
    let expected = second.run(&between, shape).unwrap();
    both.append(second);
    assert_eq!(both.run(&input, [2, 17, 9, 8]).unwrap(), expected);
}

#[test]
fn what_does_not_fit_is_refused() {
    let chain = Chain::new(&noisy(dense(16, 17, 3, [0; 4]), Clamp::NONE, 1)).unwrap();
    let small = chain.run(&[0.0; 17 * 4], [1, 17, 2, 2]).unwrap_err();
    assert!(small.contains("17 maps of 2×2"), "{small}");
    let other = chain.run(&[0.0; 27], [1, 3, 3, 3]).unwrap_err();
    assert!(other.contains("17 channels cannot take 3 maps"), "{other}");
    let wider = Chain::new(&noisy(dense(16, 20, 1, [0; 4]), Clamp::NONE, 1)).unwrap();
    assert!(!chain.fits(&wider));
}

#[test]
fn nan_is_not_hidden() {
    assert!(Clamp::RELU.of(f32::NAN).is_nan());
    assert!(Clamp::RELU.of(-1.0).abs() < f32::EPSILON);
}
