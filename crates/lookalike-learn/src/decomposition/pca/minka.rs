//! How many components there are, by the evidence for each number of them.
//!
//! Minka, *Automatic choice of dimensionality for PCA*, NIPS 2000, equation 30 with the terms of
//! Laplace's approximation; numbered and guarded as scikit-learn does.

use std::f64::consts::PI;

/// Variances below this are taken for none.
const NONE: f64 = 1e-15;

/// The number of components, at least 1, that explains n samples best whose d principal variances
/// descend.
pub(super) fn n_components(variances: &[f64], n_samples: usize) -> usize {
    let mut best = (1, f64::NEG_INFINITY);
    for rank in 1..variances.len() {
        let evidence = evidence(variances, rank, n_samples as f64);
        if evidence > best.1 {
            best = (rank, evidence);
        }
    }
    best.0
}

/// The logarithm of the probability of the samples if `rank` components carry all but noise.
fn evidence(variances: &[f64], rank: usize, n: f64) -> f64 {
    let d = variances.len();
    let (kept, noise) = variances.split_at(rank);
    if kept[rank - 1] < NONE {
        return f64::NEG_INFINITY;
    }
    let n_noise = (d - rank) as f64;
    let noise = (noise.iter().sum::<f64>() / n_noise).max(NONE);

    let directions: f64 = (d - rank + 1..=d)
        .map(|m| ln_gamma_of_half(m) - PI.ln() * m as f64 / 2.0)
        .sum();
    let directions = directions - rank as f64 * 2f64.ln();
    let fit = -(kept.iter().map(|v| v.ln()).sum::<f64>() + noise.ln() * n_noise) * n / 2.0;
    let n_parameters = (d * rank) as f64 - (rank * (rank + 1)) as f64 / 2.0;
    let volume = (2.0 * PI).ln() * (n_parameters + rank as f64) / 2.0;

    let smoothed = |j: usize| if j < rank { variances[j] } else { noise };
    let mut curvature = 0.0;
    for i in 0..rank {
        for j in i + 1..d {
            let gap = (variances[i] - variances[j]) * (1.0 / smoothed(j) - 1.0 / smoothed(i));
            // Of equal variances the axes are any; no evidence is without bounds for that.
            curvature += gap.max(NONE).ln() + n.ln();
        }
    }
    directions + fit + volume - curvature / 2.0 - rank as f64 * n.ln() / 2.0
}

/// ln Γ(m / 2), from Γ(1/2) = √π, Γ(1) = 1 and Γ(x + 1) = x·Γ(x).
fn ln_gamma_of_half(m: usize) -> f64 {
    let first = if m % 2 == 1 { 1 } else { 2 };
    let start = if first == 1 { PI.sqrt().ln() } else { 0.0 };
    (first..m)
        .step_by(2)
        .map(|twice| (twice as f64 / 2.0).ln())
        .fold(start, |sum, ln| sum + ln)
}

#[cfg(test)]
mod tests {
    use super::{ln_gamma_of_half, n_components};

    #[test]
    fn gamma_is_that_of_tables() {
        for (m, gamma) in [
            (1, 1.772_453_850_905_516),
            (2, 1.0),
            (5, 1.329_340_388_179_137),
            (12, 120.0),
        ] {
            assert!(
                (ln_gamma_of_half(m).exp() - gamma).abs() < 1e-12 * gamma,
                "{m}"
            );
        }
    }

    #[test]
    fn a_clear_gap_is_found() {
        assert_eq!(n_components(&[9.0, 8.0, 7.0, 0.11, 0.1, 0.09], 500), 3);
        assert_eq!(n_components(&[9.0, 0.11, 0.1, 0.09], 500), 1);
    }
}
