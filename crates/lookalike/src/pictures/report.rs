//! The run as one page.

use std::fmt::Write;

use lookalike_figures::palette::class_color;
use lookalike_figures::{Cell, ConfusionHeatmap, Figure, Report, Table};
use rayon::prelude::*;

use super::cluster::{Algorithm, Cluster, ClusterOn};
use super::files::{Extras, Maps};
use super::results::Results;
use super::sheets::{self, Sheets};
use super::truth::{Truth, class_name};
use crate::Result;
use crate::choice::ClusterCount;
use crate::words::plural;

/// Clusters whose pictures the page shows: more would only make it long and heavy.
const MAX_SHEETS: usize = 40;
/// Typical pictures of each, and borderline ones.
const SHOWN: usize = 8;
/// More classes than these cannot be read in a figure.
const MAX_CLASSES: usize = 40;
/// Pictures that could not be used that the page names.
const MAX_UNUSABLE: usize = 50;

impl Results<'_> {
    pub(super) fn report(&self, maps: Option<&Maps>, extras: Extras) -> Result<String> {
        let mut report = Report::new(format!("The clusters of {}", self.input.source))
            .lead(&self.lead())
            .key_figures(&self.key_figures());
        if let Some(maps) = maps {
            report = report
                .heading("The map")
                .paragraph(&self.about_map())
                .figure(maps.pictures.as_ref().unwrap_or(&maps.points), "")?;
            if maps.pictures.is_some() {
                report = report.figure(&maps.points, "All of them as points.")?;
            }
        }
        report = report
            .heading("The clusters")
            .paragraph(
                "Clusters are numbered from the largest down. Cohesion is the mean distance to the \
                 centre: less is denser. The silhouette is 1 where a cluster is far from all others, 0 \
                 where it touches them, below 0 where its members are nearer to another.",
            )
            .table(&self.table())?;
        report = self.pictures(report, extras)?;
        if let Some(choice) = &self.clustering.choice {
            report = report
                .heading("How many clusters")
                .paragraph(&choice.reason());
            if !choice.tried.is_empty() {
                report = report.figure(&choice.curves()?, "")?;
            }
        }
        if let Some(truth) = &self.truth {
            report = self.judged(report, truth)?;
        }
        if !self.input.unusable.is_empty() {
            report = report
                .heading("Pictures that could not be used")
                .table(&self.unusable_table())?;
        }
        let report = report
            .heading("How it was done")
            .parameters(&self.parameters())
            .heading("What to try next")
            .next_steps(&self.next_steps())
            .footer(format!("Made by Lookalike {}.", env!("CARGO_PKG_VERSION")));
        Ok(report.html())
    }

    fn noun(&self) -> &'static str {
        if self.input.items.is_some() {
            "pictures"
        } else {
            "rows"
        }
    }

    fn lead(&self) -> String {
        let n = self.input.rows.nrows();
        let mut lead = format!(
            "{n} {} in {} of what looks alike",
            self.noun(),
            plural(self.n_clusters(), "cluster")
        );
        // Writing to a string cannot fail.
        let _ = match self.n_noise() {
            0 => write!(lead, "."),
            noise => write!(lead, "; {noise} are in none."),
        };
        if !self.input.unusable.is_empty() {
            let _ = write!(
                lead,
                " {} more could not be used.",
                self.input.unusable.len()
            );
        }
        lead
    }

    fn key_figures(&self) -> Vec<(String, String)> {
        let mut figures = vec![(self.n_clusters().to_string(), "clusters".to_owned())];
        if let Some(silhouette) = self.clustering.scores.silhouette {
            figures.push((format!("{silhouette:.3}"), "mean silhouette".to_owned()));
        }
        if let Some(truth) = &self.truth {
            let scores = &truth.evaluation.scores;
            figures.push((
                format!("{:.1} %", 100.0 * scores.accuracy),
                "accuracy, each cluster taken for its majority".to_owned(),
            ));
            figures.push((
                format!("{:.3}", scores.normalized_mutual_info),
                "normalised mutual information with the labels".to_owned(),
            ));
        }
        figures
    }

    fn about_map(&self) -> String {
        // Few rows are laid out by principal components, whatever was asked for.
        let layout = if self.clustering.outcome.kl_divergence.is_some() {
            "t-SNE puts what is alike close together. The distance between groups, and their size, say \
             little."
        } else {
            "The two principal components. What is close together differs little in the two directions in \
             which all differ most."
        };
        let places = if self.input.items.is_some() {
            " Each place shows the picture nearest to it, in the colour of its cluster."
        } else {
            ""
        };
        format!("{layout}{places}")
    }

    fn table(&self) -> Table {
        let has_truth = self.truth.is_some();
        let mut columns = vec!["cluster", "size", "share", "cohesion", "silhouette"];
        if has_truth {
            columns.extend(["mostly", "of it"]);
        }
        let n = self.input.rows.nrows() as f64;
        let mut table = Table::new(columns);
        for group in &self.clustering.groups.groups {
            let color = class_color(group.cluster);
            let mut row: Vec<Cell> = vec![
                Cell::swatch(color, group.cluster.to_string()),
                group.size.to_string().into(),
                percent(group.size as f64 / n).into(),
                format!("{:.4}", group.cohesion).into(),
                group
                    .silhouette
                    .map_or("–".to_owned(), |s| format!("{s:.3}"))
                    .into(),
            ];
            if let Some(truth) = &self.truth {
                let majority = &truth.of_cluster[group.cluster as usize];
                row.push(
                    majority
                        .label
                        .clone()
                        .unwrap_or_else(|| "–".to_owned())
                        .into(),
                );
                row.push(majority.share.map_or("–".to_owned(), percent).into());
            }
            table = table.row(row);
        }
        if self.n_noise() > 0 {
            let noise = self.n_noise();
            let mut row: Vec<Cell> = vec![
                Cell::swatch(class_color(-1), "noise"),
                noise.to_string().into(),
                percent(noise as f64 / n).into(),
            ];
            row.resize_with(if has_truth { 7 } else { 5 }, || "–".into());
            table = table.row(row);
        }
        table
    }

    /// The pictures of each cluster.
    fn pictures(&self, report: Report, extras: Extras) -> Result<Report> {
        let Some(items) = self.input.items else {
            return Ok(report);
        };
        let groups = &self.clustering.groups.groups;
        let mut report = report.heading("Their pictures");
        let shown = &groups[..groups.len().min(MAX_SHEETS)];
        report = report.paragraph(
            "The most typical pictures of each cluster come first; those in frames are nearly as close to \
             another cluster. Look at these first: they show what a cluster is, and where it ends.",
        );
        if extras.linked && extras.sheets != Sheets::None {
            for group in shown {
                let file = sheets::file_name(group.cluster, 0);
                let title = self.title_of(group.cluster);
                report = report.linked_picture(&file.to_string_lossy(), &title);
            }
        } else {
            let draw = |group| sheets::best(group, items, &self.title_of(group.cluster), SHOWN);
            let figures: Vec<Figure> = shown.par_iter().map(draw).collect::<Result<_>>()?;
            for figure in &figures {
                report = report.figure(figure, "")?;
            }
        }
        if groups.len() > shown.len() {
            let rest = groups.len() - shown.len();
            let elsewhere = if extras.sheets == Sheets::None {
                ""
            } else {
                "; their sheets are in the folder sheets"
            };
            report = report.paragraph(&format!(
                "{rest} smaller clusters are not shown here{elsewhere}."
            ));
        }
        Ok(report)
    }

    fn judged(&self, report: Report, truth: &Truth) -> Result<Report> {
        let scores = &truth.evaluation.scores;
        let three = |score: f64| format!("{score:.3}");
        let table = Table::new(["score", "value", "what it says"])
            .row([
                "accuracy".to_owned(),
                three(scores.accuracy),
                "each cluster taken for its majority".into(),
            ])
            .row([
                "accuracy, one to one".to_owned(),
                three(scores.accuracy_one_to_one),
                "each class given to one cluster at the most".into(),
            ])
            .row([
                "ARI".to_owned(),
                three(scores.adjusted_rand),
                "pairs that agree; 0 by chance".into(),
            ])
            .row([
                "NMI".to_owned(),
                three(scores.normalized_mutual_info),
                "what clusters tell of classes".into(),
            ])
            .row([
                "AMI".to_owned(),
                three(scores.adjusted_mutual_info),
                "the same; 0 by chance".into(),
            ])
            .row([
                "V-measure".to_owned(),
                three(scores.v_measure),
                format!(
                    "homogeneity {:.3}, completeness {:.3}",
                    scores.homogeneity, scores.completeness
                ),
            ])
            .row([
                "purity".to_owned(),
                three(scores.purity),
                "members that are of their majority".into(),
            ]);
        let known = if truth.n_known < self.input.rows.nrows() {
            format!(" The labels of {} are known.", truth.n_known)
        } else {
            String::new()
        };
        let mut report = report
            .heading("Against the labels")
            .paragraph(&format!(
                "The labels had no part in the clustering; they only judge it.{known}"
            ))
            .table(&table)?;
        let matrix = &truth.evaluation.confusion_matrix;
        let names: Vec<String> = matrix
            .labels
            .iter()
            .map(|&label| class_name(&truth.labels.names, label))
            .collect();
        if names.len() <= MAX_CLASSES {
            let heatmap = ConfusionHeatmap::new(&matrix.counts).names(&names).draw()?;
            report = report.figure(
                &heatmap,
                "Across: the label. Down: the majority of the cluster that the picture is in.",
            )?;
        }
        Ok(report.details(
            "Precision, recall and F1 of each class",
            &truth.evaluation.classification_report.to_string(),
        ))
    }

    fn unusable_table(&self) -> Table {
        let shown = self.input.unusable.iter().take(MAX_UNUSABLE);
        let mut table = Table::new(["picture", "why"]);
        for one in shown {
            table = table.row([one.name.display().to_string(), one.reason.clone()]);
        }
        match self.input.unusable.len().saturating_sub(MAX_UNUSABLE) {
            0 => table,
            rest => table.caption(format!("{rest} more are in bad_files.csv.")),
        }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let recipe = &self.recipe;
        let features = match &self.input.features {
            Some(features) => features.words(),
            None => "vectors, as they were given".to_owned(),
        };
        let reduced = match &self.clustering.pca {
            Some(pca) => format!(
                "{} principal components, which keep {} of the variance",
                pca.n_components(),
                percent(pca.explained_variance_ratio().iter().sum())
            ),
            None => "not reduced".to_owned(),
        };
        let mut parameters = vec![
            (
                "features",
                format!("{features}; {} numbers each", self.input.rows.ncols()),
            ),
            ("reduced to", reduced),
            ("clustered by", algorithm(recipe)),
        ];
        if recipe.cluster_on == ClusterOn::Map {
            parameters.push(("clustered on", "the map".to_owned()));
        }
        if let Some(inertia) = self.clustering.outcome.inertia {
            parameters.push(("inertia", format!("{inertia:.6e}")));
        }
        if let Some(kl) = self.clustering.outcome.kl_divergence {
            parameters.push(("KL divergence of the map", format!("{kl:.3}")));
        }
        parameters.push(("seed", recipe.seed.to_string()));
        parameters
    }

    fn next_steps(&self) -> Vec<(&'static str, String)> {
        let mut steps = vec![(
            "New pictures into the same clusters.",
            "lookalike assign NEW --model model.json".to_owned(),
        )];
        if self.input.items.is_some() {
            steps.push((
                "A copy of the pictures, a folder a cluster; nothing is moved.",
                "lookalike cluster FOLDER --sort-into SORTED".to_owned(),
            ));
            steps.push((
                "More that a person would see: the features of a neural network.",
                "lookalike cluster FOLDER --model resnet50.onnx".to_owned(),
            ));
        }
        if matches!(recipe_count(&self.recipe), Some(ClusterCount::Exactly(_))) {
            steps.push((
                "Let the number of clusters be chosen.",
                "lookalike cluster FOLDER -k auto".to_owned(),
            ));
        }
        steps
    }
}

/// Number of clusters as it was asked for, where the algorithm asks.
fn recipe_count(recipe: &Cluster) -> Option<ClusterCount> {
    let finds_itself = matches!(recipe.algorithm, Algorithm::Dbscan { .. });
    (!finds_itself).then_some(recipe.n_clusters)
}

fn algorithm(recipe: &Cluster) -> String {
    match recipe.algorithm {
        Algorithm::KMeans => "k-means".to_owned(),
        Algorithm::MiniBatch => "mini-batch k-means".to_owned(),
        Algorithm::Dbscan { eps, min_samples } => {
            format!("DBSCAN, eps {eps}, min_samples {min_samples}")
        }
        Algorithm::Agglomerative { linkage } => {
            format!("agglomerative clustering, {linkage:?} linkage").to_lowercase()
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
