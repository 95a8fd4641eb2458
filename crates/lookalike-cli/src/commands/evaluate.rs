//! `lookalike evaluate`

use lookalike::evaluation::Evaluation;
use lookalike::table::read_labels;
use lookalike::{Error, Result};
use serde_json::json;

use crate::args::EvaluateArgs;
use crate::printer;

pub(crate) fn run(args: &EvaluateArgs) -> Result<()> {
    let truth = read_labels(&args.truth, args.truth_column.as_deref())?;
    let labels = read_labels(&args.labels, args.labels_column.as_deref())?;
    if truth.len() != labels.len() {
        return Err(Error::unequal_lengths(
            &args.truth,
            truth.len(),
            &args.labels,
            labels.len(),
        ));
    }
    let evaluation = Evaluation::new(&truth, &labels)?;
    if args.json {
        printer::data(&format!("{:#}\n", json!(evaluation)));
    } else {
        printer::data(&words(&evaluation));
    }
    Ok(())
}

fn words(evaluation: &Evaluation) -> String {
    let s = &evaluation.scores;
    let count = |name: &str, value: usize| vec![name.to_owned(), value.to_string()];
    let score = |name: &str, value: f64| vec![name.to_owned(), format!("{value:.4}")];
    let scores = printer::columns(&[
        count("samples", s.n_samples),
        count("clusters", s.n_clusters),
        count("noise", s.n_noise),
        score("accuracy, by majority", s.accuracy),
        score("accuracy, one to one", s.accuracy_one_to_one),
        score("adjusted Rand index", s.adjusted_rand),
        score("adjusted mutual information", s.adjusted_mutual_info),
        score("normalised mutual information", s.normalized_mutual_info),
        score("homogeneity", s.homogeneity),
        score("completeness", s.completeness),
        score("V-measure", s.v_measure),
        score("Fowlkes–Mallows index", s.fowlkes_mallows),
        score("purity", s.purity),
    ]);
    format!(
        "{scores}\nEach cluster as the label most of its members have:\n\n{}\n{}",
        printer::confusion_matrix(&evaluation.confusion_matrix),
        evaluation.classification_report
    )
}
