//! The story of the tutorial, as one page.

use lookalike_figures::{Figure, Report, Table};

use super::figures::Named;
use super::{TutorialResults, Way};
use crate::Result;
use crate::scene::SceneDemo;

impl TutorialResults {
    pub(super) fn report(&self, figures: &[Named], scene: &SceneDemo) -> Result<String> {
        let figure = |name: &str| -> &Figure {
            let found = figures.iter().find(|f| f.name == name);
            &found
                .expect("every figure that the story names is drawn")
                .figure
        };
        let accuracy = |key: &str| {
            self.way(key)
                .map_or(0.0, |way| way.evaluation.scores.accuracy)
        };
        let plain = accuracy("kmeans");
        let mapped = accuracy("tsne_kmeans");

        let report = Report::new("Grouping what looks alike")
            .lead(&format!(
                "1797 handwritten digits, pictures of 8×8 pixels, grouped in seven ways without a look at what they \
                 show. Then the true labels were brought out to judge the groups: k-means gets {} \
                 right, and {} on a map drawn by t-SNE.",
                percent(plain),
                percent(mapped)
            ))
            .key_figures(&[
                (format!("{plain:.3}"), "accuracy of k-means"),
                (format!("{mapped:.3}"), "accuracy of t-SNE, then k-means"),
                (format!("{:.3}", accuracy("tsne_dbscan")), "accuracy of t-SNE, then DBSCAN"),
            ])
            .heading("The data")
            .paragraph(
                "Each digit is a row of 64 numbers, one a pixel, from 0 for paper to 16 for ink. \
                 The labels 0 to 9 are known, but no way below sees them.",
            )
            .figure(figure("digits"), "")?
            .heading("The scores")
            .paragraph(
                "A cluster has no name. To count hits, each takes the digit that most of its \
                 members show; noise is always a miss. The Rand index and the mutual information \
                 need no names: both compare which digits are together, and are 0 for chance.",
            )
            .figure(figure("scores"), "")?
            .table(&self.score_table())?
            .heading("k-means on the pixels")
            .paragraph(
                "Ten clusters, each the digits that are nearest to its centre. A centre is the mean \
                 of its members, so it can be looked at: most are digits that anyone can read.",
            )
            .figure(figure("centers"), "")?
            .figure(
                figure("confusion-kmeans"),
                &self.confusions("kmeans"),
            )?
            .details("Classification report of k-means", &self.classification("kmeans"));
        self.report_on_map(report, &figure, scene)
    }

    /// The second half of the story.
    fn report_on_map<'a>(
        &self,
        report: Report,
        figure: &impl Fn(&str) -> &'a Figure,
        scene: &SceneDemo,
    ) -> Result<String> {
        let report = report
            .heading("A map first")
            .paragraph(&format!(
                "t-SNE lays the digits out in two dimensions so that neighbours stay neighbours: {} \
                 of the {} nearest neighbours of a digit are its neighbours on the map, too. The \
                 islands are the digits, though no label was used to draw them.",
                percent(self.map_quality.neighbor_recall),
                self.map_quality.n_neighbors
            ))
            .figure(figure("map-truth"), "")?
            .figure(
                figure("map-pictures"),
                "Look at the borders: an odd one out is often written oddly.",
            )?
            .heading("Clusters of the map")
            .paragraph(
                "k-means and Ward are told to find ten clusters. DBSCAN is not: it joins what is \
                 dense and leaves the rest as noise, in grey.",
            )
            .figures(&[
                (figure("map-tsne-kmeans"), ""),
                (figure("map-tsne-dbscan"), ""),
                (figure("map-tsne-ward"), ""),
            ])?
            .details("Classification report of t-SNE, then k-means", &self.classification("tsne_kmeans"))
            .details("Classification report of t-SNE, then DBSCAN", &self.classification("tsne_dbscan"))
            .heading("Who was taken for whom")
            .paragraph("True labels across, predicted labels down, for every way.");
        let heatmaps: Vec<(&Figure, &str)> = self
            .ways
            .iter()
            .map(|way| {
                (
                    figure(&format!("confusion-{}", way.key.replace('_', "-"))),
                    way.how,
                )
            })
            .collect();
        let report = scene
            .chapter(report.figures(&heatmaps)?)?
            .heading("Parameters")
            .parameters(&self.ways.iter().map(parameters).collect::<Vec<_>>())
            .heading("What to try next")
            .next_steps(&[
                ("Other random numbers; see what stays.", "lookalike demo --seed 1 -o another-seed"),
                (
                    "All scores of one way, or of labels of your own.",
                    "lookalike evaluate --truth labels.csv --truth-column target --labels labels.csv \
                     --labels-column tsne_ward",
                ),
                (
                    "Classes in a scene or a photo of your own.",
                    "lookalike segment scene.tif -k 4",
                ),
                ("The same algorithms on your own data: see the library's documentation.", ""),
            ])
            .footer(format!(
                "Made by Lookalike {} with seed {}. {}",
                env!("CARGO_PKG_VERSION"),
                self.seed,
                "Data: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI \
                 Machine Learning Repository, 1998, CC BY 4.0."
            ));
        Ok(report.html())
    }

    /// What was taken for what most often, in words.
    fn confusions(&self, key: &str) -> String {
        let Some(way) = self.way(key) else {
            return String::new();
        };
        let matrix = &way.evaluation.confusion_matrix;
        let mut misses: Vec<(u64, i32, i32)> = matrix
            .counts
            .indexed_iter()
            .filter(|((t, p), _)| t != p)
            .map(|((t, p), &count)| (count, matrix.labels[t], matrix.labels[p]))
            .collect();
        misses.sort_by_key(|&(count, t, p)| (std::cmp::Reverse(count), t, p));
        let most: Vec<String> = misses
            .iter()
            .take(3)
            .filter(|miss| miss.0 > 0)
            .map(|(count, t, p)| format!("{count} pictures of a {t} are among the {p}s"))
            .collect();
        let found: Vec<i32> = way
            .evaluation
            .matching
            .clusters()
            .iter()
            .filter_map(|c| c.label)
            .collect();
        let missing: Vec<String> = matrix
            .labels
            .iter()
            .filter(|label| !found.contains(label))
            .map(|label| format!(" No cluster stands for {label}."))
            .collect();
        format!(
            "Down a column: what became of the pictures of one digit. The largest errors: {}.{}",
            most.join(", "),
            missing.concat()
        )
    }

    fn score_table(&self) -> Table {
        let table = Table::new([
            "way",
            "clusters",
            "noise",
            "accuracy",
            "one-to-one",
            "ARI",
            "AMI",
            "NMI",
            "V-measure",
            "purity",
        ])
        .highest_is_best("accuracy")
        .highest_is_best("one-to-one")
        .highest_is_best("ARI")
        .highest_is_best("AMI")
        .highest_is_best("NMI")
        .highest_is_best("V-measure")
        .highest_is_best("purity");
        self.ways.iter().fold(table, |table, way| {
            let s = &way.evaluation.scores;
            let three = |score: f64| format!("{score:.3}");
            table.row([
                way.name.to_owned(),
                s.n_clusters.to_string(),
                s.n_noise.to_string(),
                three(s.accuracy),
                three(s.accuracy_one_to_one),
                three(s.adjusted_rand),
                three(s.adjusted_mutual_info),
                three(s.normalized_mutual_info),
                three(s.v_measure),
                three(s.purity),
            ])
        })
    }

    fn classification(&self, key: &str) -> String {
        self.way(key)
            .map(|way| way.evaluation.classification_report.to_string())
            .unwrap_or_default()
    }
}

fn parameters(way: &Way) -> (&'static str, String) {
    let value = way.parameters.to_string();
    (
        way.name,
        value
            .replace(['{', '}', '"'], "")
            .replace(':', " ")
            .replace(',', ", "),
    )
}

fn percent(share: f64) -> String {
    format!("{:.0}\u{a0}%", 100.0 * share)
}
