//! The assignment of rows to columns with the greatest total.

/// Assigns rows to columns of `weights` (rows × `columns`, row-major), each at most once, so that
/// the sum of the weights is greatest; as many pairs as the shorter side has entries.
///
/// What comes out is each row's column. Shortest augmenting paths, O(min² · max) (Crouse: *On
/// implementing 2D rectangular assignment algorithms*, IEEE TAES 2016); exact in integers, ties to
/// the lowest column of the longer side.
pub(super) fn assign(weights: &[i64], rows: usize, columns: usize) -> Vec<Option<usize>> {
    if rows <= columns {
        let cost = |i: usize, j: usize| -weights[i * columns + j];
        return assign_short_side(rows, columns, cost)
            .into_iter()
            .map(Some)
            .collect();
    }
    let cost = |j: usize, i: usize| -weights[i * columns + j];
    let mut assigned = vec![None; rows];
    for (j, i) in assign_short_side(columns, rows, cost)
        .into_iter()
        .enumerate()
    {
        assigned[i] = Some(j);
    }
    assigned
}

/// The cheapest partner, among `long` many, of each of the `short` many.
fn assign_short_side(short: usize, long: usize, cost: impl Fn(usize, usize) -> i64) -> Vec<usize> {
    let mut short_price = vec![0i64; short];
    let mut long_price = vec![0i64; long];
    let mut partner_of_long: Vec<Option<usize>> = vec![None; long];
    let mut partner_of_short: Vec<Option<usize>> = vec![None; short];
    for start in 0..short {
        let mut path_cost = vec![i64::MAX; long];
        let mut came_from = vec![start; long];
        let mut reached_long = vec![false; long];
        let mut reached_short = vec![start];
        let mut current = start;
        let mut lowest = 0;
        let mut end = loop {
            let mut next = None;
            for j in (0..long).filter(|&j| !reached_long[j]) {
                let through = lowest + cost(current, j) - short_price[current] - long_price[j];
                if through < path_cost[j] {
                    path_cost[j] = through;
                    came_from[j] = current;
                }
                let better = |best: usize| {
                    path_cost[j] < path_cost[best]
                        || (path_cost[j] == path_cost[best]
                            && partner_of_long[j].is_none()
                            && partner_of_long[best].is_some())
                };
                if next.is_none_or(better) {
                    next = Some(j);
                }
            }
            let j = next.expect("the longer side has a free entry as long as one is unassigned");
            lowest = path_cost[j];
            reached_long[j] = true;
            match partner_of_long[j] {
                Some(partner) => {
                    reached_short.push(partner);
                    current = partner;
                }
                None => break j,
            }
        };
        for &i in &reached_short {
            short_price[i] += match partner_of_short[i] {
                Some(j) => lowest - path_cost[j],
                None => lowest,
            };
        }
        for j in (0..long).filter(|&j| reached_long[j]) {
            long_price[j] -= lowest - path_cost[j];
        }
        loop {
            let i = came_from[end];
            partner_of_long[end] = Some(i);
            let before = partner_of_short[i].replace(end);
            match before {
                Some(j) => end = j,
                None => break,
            }
        }
    }
    partner_of_short
        .into_iter()
        .map(|j| j.expect("every round assigns one more of the shorter side"))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The greatest total over all ways, by trying them.
    fn best_total(weights: &[i64], rows: usize, columns: usize, row: usize, used: u32) -> i64 {
        if row == rows {
            return 0;
        }
        let free = (0..columns).filter(|j| used & (1 << j) == 0);
        let taken = free.map(|j| {
            weights[row * columns + j]
                + best_total(weights, rows, columns, row + 1, used | (1 << j))
        });
        // A row may stay without a column only where columns are fewer.
        let skipped = (rows - row > columns - used.count_ones() as usize)
            .then(|| best_total(weights, rows, columns, row + 1, used));
        taken.chain(skipped).max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn the_total_is_the_greatest(
            (rows, columns, weights) in (1usize..6, 1usize..6).prop_flat_map(|(r, c)| {
                (Just(r), Just(c), prop::collection::vec(0i64..8, r * c))
            })
        ) {
            let assigned = assign(&weights, rows, columns);
            let mut used: Vec<usize> = assigned.iter().flatten().copied().collect();
            let total: i64 = assigned
                .iter()
                .enumerate()
                .filter_map(|(i, j)| j.map(|j| weights[i * columns + j]))
                .sum();
            prop_assert_eq!(total, best_total(&weights, rows, columns, 0, 0));
            prop_assert_eq!(used.len(), rows.min(columns));
            used.sort_unstable();
            used.dedup();
            prop_assert_eq!(used.len(), rows.min(columns));
        }
    }
}
