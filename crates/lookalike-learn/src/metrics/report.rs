//! Precision, recall and F1 of each class, printed as scikit-learn prints them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::classification::union;
use super::contingency::Contingency;
use crate::{Error, Result};

/// How well one class was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// The class.
    pub label: i32,
    /// What it is called: its label unless [`ClassificationReport::target_names`] says otherwise.
    pub name: String,
    /// The share of the samples predicted to be of this class that are; 0 where none is predicted.
    pub precision: f64,
    /// The share of the samples of this class that are predicted to be; 0 where there is none.
    pub recall: f64,
    /// The harmonic mean of precision and recall.
    pub f1_score: f64,
    /// How many samples truly are of this class.
    pub support: u64,
}

/// Precision, recall and F1 over several classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AverageScores {
    /// Averaged precision.
    pub precision: f64,
    /// Averaged recall.
    pub recall: f64,
    /// Averaged F1, which is not the harmonic mean of the two averages.
    pub f1_score: f64,
}

/// Precision, recall, F1 and support of each class, and their averages.
///
/// Printed, it is scikit-learn's `classification_report(..., digits=2, zero_division=0)` character
/// for character.
///
/// ```
/// use lookalike_learn::metrics::ClassificationReport;
///
/// let report = ClassificationReport::new(&[0, 1, 2, 2, 2], &[0, 0, 2, 2, 1])?
///     .target_names(["ant", "bee", "cat"])?;
/// assert_eq!(report.accuracy, Some(0.6));
/// assert_eq!(
///     report.to_string(),
///     "              precision    recall  f1-score   support
///
///          ant       0.50      1.00      0.67         1
///          bee       0.00      0.00      0.00         1
///          cat       1.00      0.67      0.80         3
///
///     accuracy                           0.60         5
///    macro avg       0.50      0.56      0.49         5
/// weighted avg       0.70      0.60      0.61         5
/// "
/// );
/// # Ok::<(), lookalike_learn::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassificationReport {
    /// One entry for each class.
    pub classes: Vec<ClassScores>,
    /// The share of samples with their true label; `None` where the report leaves labels out.
    pub accuracy: Option<f64>,
    /// The scores of all classes' samples thrown together; equals the accuracy where that is known.
    pub micro_avg: AverageScores,
    /// The plain mean over the classes.
    pub macro_avg: AverageScores,
    /// The mean over the classes, weighted by support.
    pub weighted_avg: AverageScores,
    /// The number of samples whose true label is in the report.
    pub support: u64,
    /// No sample at all, in the report or not, bears its true label.
    pub nothing_hit: bool,
}

impl ClassificationReport {
    /// A report on all labels that occur in either list, ascending.
    ///
    /// # Errors
    /// When the lists are empty or of different length.
    pub fn new(truth: &[i32], predicted: &[i32]) -> Result<Self> {
        let table = Contingency::new(truth, predicted)?;
        let labels = union(&table.classes, &table.clusters);
        Ok(Self::of(&table, &labels))
    }

    /// A report on `labels` alone, in their order.
    ///
    /// It has a micro average in the place of the accuracy when a label that occurs is left out.
    ///
    /// # Errors
    /// When the lists are empty or of different length; when `labels` is empty or has repeats.
    pub fn with_labels(truth: &[i32], predicted: &[i32], labels: &[i32]) -> Result<Self> {
        let table = Contingency::new(truth, predicted)?;
        if labels.is_empty() {
            return Err(Error::parameter(
                "labels",
                "hold at least one label",
                "none",
            ));
        }
        let mut sorted = labels.to_vec();
        sorted.sort_unstable();
        if let Some([label, ..]) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            let value = format!("{label} more than once");
            return Err(Error::parameter("labels", "be different labels", value));
        }
        Ok(Self::of(&table, labels))
    }

    /// Calls the classes by these names, in the order of [`classes`](Self::classes).
    ///
    /// # Errors
    /// When there are not as many names as classes.
    pub fn target_names<S: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = S>,
    ) -> Result<Self> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.len() != self.classes.len() {
            let rule = format!(
                "hold one name for each of the {} classes",
                self.classes.len()
            );
            return Err(Error::parameter("target_names", rule, names.len()));
        }
        for (class, name) in self.classes.iter_mut().zip(names) {
            class.name = name;
        }
        Ok(self)
    }

    fn of(table: &Contingency, labels: &[i32]) -> Self {
        let counts: Vec<Counts> = labels
            .iter()
            .map(|&label| Counts::of(table, label))
            .collect();
        let all = counts.iter().fold(Counts::default(), |sum, class| Counts {
            hits: sum.hits + class.hits,
            predicted: sum.predicted + class.predicted,
            support: sum.support + class.support,
        });
        let classes = labels
            .iter()
            .zip(&counts)
            .map(|(&label, count)| {
                let scores = count.scores();
                ClassScores {
                    label,
                    name: label.to_string(),
                    precision: scores.precision,
                    recall: scores.recall,
                    f1_score: scores.f1_score,
                    support: count.support,
                }
            })
            .collect();
        let scores: Vec<AverageScores> = counts.iter().map(Counts::scores).collect();
        let supports: Vec<f64> = counts.iter().map(|count| count.support as f64).collect();
        let ones = vec![1.0; counts.len()];
        let weights = if all.support == 0 { &ones } else { &supports };
        let mut sorted = labels.to_vec();
        sorted.sort_unstable();
        let complete = [&table.classes, &table.clusters]
            .into_iter()
            .flatten()
            .all(|label| sorted.binary_search(label).is_ok());
        let micro_avg = all.scores();
        Self {
            classes,
            accuracy: complete.then_some(micro_avg.f1_score),
            micro_avg,
            macro_avg: average(&scores, &ones),
            weighted_avg: average(&scores, weights),
            support: all.support,
            nothing_hit: table
                .cells
                .iter()
                .all(|cell| table.classes[cell.class] != table.clusters[cell.cluster]),
        }
    }
}

/// What the scores of a class are made from.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    hits: u64,
    predicted: u64,
    support: u64,
}

impl Counts {
    fn of(table: &Contingency, label: i32) -> Self {
        let class = table.classes.binary_search(&label).ok();
        let cluster = table.clusters.binary_search(&label).ok();
        let hits = class.zip(cluster).and_then(|key| {
            let cells = &table.cells;
            let place = cells.binary_search_by_key(&key, |cell| (cell.class, cell.cluster));
            place.ok().map(|i| cells[i].count)
        });
        Self {
            hits: hits.unwrap_or(0),
            predicted: cluster.map_or(0, |i| table.cluster_sizes[i]),
            support: class.map_or(0, |i| table.class_sizes[i]),
        }
    }

    fn scores(&self) -> AverageScores {
        let ratio = |part: u64, whole: u64| {
            if whole == 0 {
                0.0
            } else {
                part as f64 / whole as f64
            }
        };
        AverageScores {
            precision: ratio(self.hits, self.predicted),
            recall: ratio(self.hits, self.support),
            f1_score: ratio(2 * self.hits, self.predicted + self.support),
        }
    }
}

fn average(scores: &[AverageScores], weights: &[f64]) -> AverageScores {
    let total = numpy_sum(weights);
    let mean = |score: fn(&AverageScores) -> f64| {
        let products: Vec<f64> = scores
            .iter()
            .zip(weights)
            .map(|(s, w)| score(s) * w)
            .collect();
        numpy_sum(&products) / total
    };
    AverageScores {
        precision: mean(|s| s.precision),
        recall: mean(|s| s.recall),
        f1_score: mean(|s| s.f1_score),
    }
}

/// Adds up in NumPy's order (eight partial sums, halves beyond 128 values), so that a mean on the
/// edge between two printed values falls to the same side.
fn numpy_sum(values: &[f64]) -> f64 {
    const LANES: usize = 8;
    if values.len() < LANES {
        return values.iter().fold(0.0, |sum, v| sum + v);
    }
    if values.len() > 128 {
        let half = values.len() / 2;
        let (left, right) = values.split_at(half - half % LANES);
        return numpy_sum(left) + numpy_sum(right);
    }
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut r = chunks[0];
    for chunk in &chunks[1..] {
        for l in 0..LANES {
            r[l] += chunk[l];
        }
    }
    let sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    rest.iter().fold(sum, |sum, v| sum + v)
}

impl fmt::Display for ClassificationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LAST_ROW: &str = "weighted avg";
        let names = self.classes.iter().map(|class| class.name.chars().count());
        let width = names.chain([LAST_ROW.len()]).max().unwrap_or(0);
        // Where no sample at all is hit, scikit-learn's counts are printed as floats.
        let decimals = if self.nothing_hit { ".0" } else { "" };
        let count = |n: u64| format!("{n}{decimals}");
        let row = |f: &mut fmt::Formatter<'_>, name: &str, p: f64, r: f64, f1: f64, n: u64| {
            writeln!(
                f,
                "{name:>width$}  {p:>9.2} {r:>9.2} {f1:>9.2} {:>9}",
                count(n)
            )
        };
        let average = |f: &mut fmt::Formatter<'_>, name: &str, mean: &AverageScores| {
            row(
                f,
                name,
                mean.precision,
                mean.recall,
                mean.f1_score,
                self.support,
            )
        };
        writeln!(
            f,
            "{:>width$}  {:>9} {:>9} {:>9} {:>9}\n",
            "", "precision", "recall", "f1-score", "support"
        )?;
        for c in &self.classes {
            row(f, &c.name, c.precision, c.recall, c.f1_score, c.support)?;
        }
        writeln!(f)?;
        match self.accuracy {
            Some(accuracy) => writeln!(
                f,
                "{:>width$}  {:>9} {:>9} {accuracy:>9.2} {:>9}",
                "accuracy",
                "",
                "",
                count(self.support)
            )?,
            None => average(f, "micro avg", &self.micro_avg)?,
        }
        average(f, "macro avg", &self.macro_avg)?;
        average(f, LAST_ROW, &self.weighted_avg)
    }
}
