//! What one point does to another: the kernel, or the near or the far part of it.

/// The order of the series that the far part is near by.
const ORDER: i32 = 3;

/// A part of the kernel.
///
/// The far part is the kernel from a distance on, and its Taylor series in the squared distance below: so
/// smooth that a grid of wide steps holds it. The near part is the rest, which ends at that distance. Hardy
/// et al., *Multilevel summation method for electrostatic force evaluation*, J. Chem. Theory Comput. 2015,
/// split theirs so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kernel {
    Whole,
    Near { end: f32 },
    Far { start: f32 },
}

impl Kernel {
    /// Of two points at a squared distance u: q = 1/(1 + u), and the force for each unit of their
    /// difference, q².
    pub(super) fn at(self, squared_distance: f64) -> [f64; 2] {
        let q = 1.0 / (1.0 + squared_distance);
        let whole = [q, q * q];
        match self {
            Self::Whole => whole,
            Self::Near { end } => {
                let end = f64::from(end).powi(2);
                if squared_distance >= end {
                    return [0.0; 2];
                }
                let far = far(squared_distance, end, whole);
                [whole[0] - far[0], whole[1] - far[1]]
            }
            Self::Far { start } => far(squared_distance, f64::from(start).powi(2), whole),
        }
    }
}

fn far(squared_distance: f64, from: f64, whole: [f64; 2]) -> [f64; 2] {
    if squared_distance >= from {
        return whole;
    }
    let q = 1.0 / (1.0 + from);
    let t = (from - squared_distance) * q;
    let terms = || (0..=ORDER).map(|k| (t.powi(k), f64::from(k + 1)));
    [
        q * terms().map(|(power, _)| power).sum::<f64>(),
        q * q * terms().map(|(power, n)| n * power).sum::<f64>(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_add_up_and_meet_smoothly() {
        let (near, far) = (Kernel::Near { end: 5.0 }, Kernel::Far { start: 5.0 });
        for i in 0..200 {
            let u = f64::from(i) * 0.3;
            for part in 0..2 {
                let whole = Kernel::Whole.at(u)[part];
                assert!((near.at(u)[part] + far.at(u)[part] - whole).abs() < 1e-15);
                let beyond = u >= 25.0;
                assert_eq!(near.at(u)[part] == 0.0, beyond, "{u}");
            }
        }
        // As good as nothing at first: the first power that the series lacks is the fourth.
        assert!(near.at(24.0)[0] < 1e-7);
    }
}
