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

/// Convolutions, each with the values that it takes and adds.
fn chained(links: &[(&Convolution, usize, Option<usize>)]) -> Chain {
    let mut chain = Chain::new(links[0].0.shape.n_in);
    for (convolution, takes, adds) in links {
        chain.append(convolution, *takes, *adds).unwrap();
    }
    chain
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
    let chain = chained(&[(from, 0, None)]);
    let Some(side) = from.shape.output(rows, columns) else {
        prop_assert!(chain.run(&input, shape, &[1]).is_err());
        return Ok(());
    };
    let out = [n, from.shape.n_out, side[0], side[1]];
    let (output, found) = chain.run(&input, shape, &[1]).unwrap().remove(0);
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
        (n, n_in, n_out) in (1_usize..4, 1_usize..50, 16_usize..80),
        (rows, columns) in (1_usize..20, 1_usize..20),
        clamp in clamp(),
        seed: u64,
    ) {
        let from = noisy(dense(n_out, n_in, 1, [0; 4]), clamp, seed);
        prop_assert_eq!(from.shape.way(), Some(Way::Dense));
        check(&from, n, rows, columns)?;
    }

    #[test]
    fn patches_are_the_plain_convolution(
        (n, n_in, n_out) in (1_usize..4, 1_usize..20, 16_usize..40),
        (rows, columns) in (1_usize..20, 1_usize..20),
        size in prop::array::uniform2(1_usize..8),
        strides in prop::array::uniform2(2_usize..4),
        pads in prop::array::uniform4(0_usize..8),
        clamp in clamp(),
        seed: u64,
    ) {
        let shape = Shape {
            size,
            strides,
            before: [pads[0] % size[0], pads[1] % size[1]],
            after: [pads[2] % size[0], pads[3] % size[1]],
            ..dense(n_out, n_in, 1, [0; 4])
        };
        prop_assert_eq!(shape.way(), Some(Way::Dense));
        check(&noisy(shape, clamp, seed), n, rows, columns)?;
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

/// Expand, by channel, project, and a 3×3: all ways in one chain, and to each what is added.
fn all_ways() -> Chain {
    let by_channel = Shape {
        groups: 70,
        strides: [2; 2],
        ..dense(70, 70, 3, [1; 4])
    };
    let shapes = [
        dense(40, 3, 3, [1; 4]),
        dense(70, 40, 1, [0; 4]),
        by_channel,
        dense(20, 70, 1, [0; 4]),
        dense(20, 20, 3, [1; 4]),
        Shape {
            groups: 20,
            ..dense(20, 20, 3, [1; 4])
        },
        dense(20, 20, 1, [0; 4]),
    ];
    let all = shapes.map(|shape| noisy(shape, Clamp::RELU, 7));
    let adds = [None, None, None, None, Some(4), Some(4), Some(5)];
    let links: Vec<_> = (0..all.len()).map(|i| (&all[i], i, adds[i])).collect();
    chained(&links)
}

#[test]
fn a_picture_has_the_same_bits_beside_others_and_on_any_threads() {
    let chain = all_ways();
    for side in [5, 14, 61] {
        let picture = noise(3 * side * side, 3);
        let on = |n_threads: usize, n: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
            let pictures = picture.repeat(n);
            let pool = pool.build().unwrap();
            let made = pool.install(|| chain.run(&pictures, [n, 3, side, side], &[4, 7]));
            made.unwrap().into_iter().map(|(values, _)| values)
        };
        let expected: Vec<_> = on(1, 1).collect();
        for (n_threads, n) in [(1, 7), (2, 7), (8, 3)] {
            for (all, expected) in on(n_threads, n).zip(&expected) {
                for one in all.chunks(expected.len()) {
                    assert!(
                        one == expected,
                        "{n_threads} threads, {n} pictures of {side}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_chain_is_its_links_one_after_another() {
    let chain = all_ways();
    // From large maps to small ones, small ones alone, and large ones alone.
    for side in [37, 9, 70] {
        let n = 5;
        let input = noise(n * 3 * side * side, 5);
        let run = |wanted: &[usize]| chain.run(&input, [n, 3, side, side], wanted).unwrap();
        let all = run(&[1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(run(&[7]), all[6..]);
        let [from, added] = [&all[5], &all[4]];
        let last = noisy(dense(20, 20, 1, [0; 4]), Clamp::NONE, 7);
        let alone = chained(&[(&last, 0, None)])
            .run(&from.0, from.1, &[1])
            .unwrap();
        for (i, value) in all[6].0.iter().enumerate() {
            let expected = (alone[0].0[i] + added.0[i]).max(0.0);
            assert!((value - expected).abs() < 1e-5, "{value} {expected}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let convolution = noisy(dense(16, 17, 3, [0; 4]), Clamp::NONE, 1);
    let mut chain = chained(&[(&convolution, 0, None)]);
    let small = chain.run(&[0.0; 17 * 4], [1, 17, 2, 2], &[1]).unwrap_err();
    assert!(small.contains("17 maps of 2×2"), "{small}");
    let other = chain.run(&[0.0; 27], [1, 3, 3, 3], &[1]).unwrap_err();
    assert!(other.contains("17 channels cannot take 3 maps"), "{other}");
    assert!(chain.append(&convolution, 1, None).is_none());
    let next = noisy(dense(16, 16, 1, [0; 4]), Clamp::NONE, 1);
    assert!(chain.append(&next, 1, Some(0)).is_none());
    assert!(chain.append(&next, 1, Some(1)).is_some());
}

#[test]
fn nan_is_not_hidden() {
    for side in [1, 3] {
        let convolution = noisy(dense(16, 16, side, [side / 2; 4]), Clamp::RELU, 1);
        let chain = chained(&[(&convolution, 0, None)]);
        let made = chain.run(&[f32::NAN; 16 * 9], [1, 16, 3, 3], &[1]).unwrap();
        assert!(made[0].0.iter().all(|value| value.is_nan()));
    }
}
