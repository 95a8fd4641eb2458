//! `lookalike evaluate`

use lookalike::evaluation::Evaluation;
use lookalike::table::{FOUND_COLUMNS, TRUE_COLUMNS, read_labels};
use lookalike::{Error, Result};
use serde_json::json;

use crate::args::EvaluateArgs;
use crate::printer;

pub(crate) fn run(args: &EvaluateArgs) -> Result<()> {
    let truth = read_labels(&args.truth, args.truth_column.as_deref(), &TRUE_COLUMNS)?;
    let labels = read_labels(&args.labels, args.labels_column.as_deref(), &FOUND_COLUMNS)?;
    if truth.labels.len() != labels.labels.len() {
        return Err(Error::unequal_lengths(
            &args.truth,
            truth.labels.len(),
            &args.labels,
            labels.labels.len(),
        ));
    }
    let pairs = truth.labels.iter().zip(&labels.labels);
    let (known, found): (Vec<i32>, Vec<i32>) = pairs.filter_map(|(a, b)| a.zip(*b)).unzip();
    let n_unknown = truth.labels.len() - known.len();
    if n_unknown > 0 {
        printer::talk(&format!(
            "note: {n_unknown} samples have no label in one of the files and do not count"
        ));
    }
    let mut evaluation = Evaluation::new(&known, &found)?;
    let names = truth.names.unwrap_or_default();
    if !names.is_empty() {
        let report = evaluation.classification_report;
        let called: Vec<String> = report
            .classes
            .iter()
            .map(|class| printer::label(class.label, &names))
            .collect();
        evaluation.classification_report = report.target_names(called)?;
    }
    if args.json {
        printer::data(&format!("{:#}\n", json!(evaluation)));
    } else {
        printer::data(&words(&evaluation, &names));
    }
    Ok(())
}

fn words(evaluation: &Evaluation, names: &[String]) -> String {
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
        printer::confusion_matrix(&evaluation.confusion_matrix, names),
        evaluation.classification_report
    )
}
