//! Nesterov's momentum, which begins anew where it carries points uphill.
//!
//! Its growth is that of Sutskever et al., *On the importance of initialization and momentum in deep
//! learning*, ICML 2013; its restarts are after O'Donoghue and Candès, *Adaptive restart for
//! accelerated gradient schemes*, Foundations of Computational Mathematics 2015. They ask for the sign
//! of the product of gradient and step. A few points that swing far would decide it alone, so that
//! here each coordinate has a vote.

/// The greatest momentum is never below this.
const LEAST: f64 = 0.8;

/// The momentum of one step after another.
pub(crate) struct Momentum {
    /// Steps since the last restart.
    since: usize,
    greatest: f64,
}

impl Momentum {
    /// Grows to `greatest`, or to the least where that is more.
    pub(crate) fn up_to(greatest: f64) -> Self {
        Self {
            since: 0,
            greatest: greatest.max(LEAST),
        }
    }

    pub(crate) fn next(&mut self) -> f32 {
        self.since += 1;
        let since = self.since as f64;
        (since / (since + 3.0)).min(self.greatest) as f32
    }

    /// Begins anew if more than half of the coordinates went uphill.
    pub(crate) fn heed(&mut self, uphill: usize, coordinates: usize) {
        if 2 * uphill > coordinates {
            self.since = 0;
        }
    }

    /// Begins anew and carries points half as far from now on, so that those that swing come to rest.
    pub(crate) fn damp(&mut self) {
        *self = Self::up_to(1.0 - 2.0 * (1.0 - self.greatest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(momentum: &mut Momentum, steps: usize) -> f32 {
        (1..steps).for_each(|_| _ = momentum.next());
        momentum.next()
    }

    #[test]
    fn grows_up_to_the_greatest() {
        let mut momentum = Momentum::up_to(0.98);
        assert!((after(&mut momentum, 1) - 0.25).abs() < 1e-6);
        assert!((after(&mut momentum, 26) - 0.9).abs() < 1e-6);
        assert!((after(&mut momentum, 1000) - 0.98).abs() < 1e-6);
    }

    #[test]
    fn begins_anew_where_most_go_uphill() {
        let mut momentum = Momentum::up_to(0.98);
        after(&mut momentum, 50);
        momentum.heed(10, 20);
        assert!(momentum.next() > 0.9);
        momentum.heed(11, 20);
        assert!((momentum.next() - 0.25).abs() < 1e-6);
    }

    #[test]
    fn is_damped_by_half_of_its_reach() {
        let mut momentum = Momentum::up_to(0.98);
        after(&mut momentum, 50);
        momentum.damp();
        assert!((momentum.next() - 0.25).abs() < 1e-6);
        assert!((after(&mut momentum, 1000) - 0.96).abs() < 1e-6);
        (0..20).for_each(|_| momentum.damp());
        assert!((after(&mut momentum, 1000) - 0.8).abs() < 1e-6);
    }
}
