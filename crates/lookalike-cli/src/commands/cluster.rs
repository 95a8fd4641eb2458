//! `lookalike cluster`

use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use lookalike::imagery::cache::FeatureCache;
use lookalike::imagery::collection::{Item, Labels, labels_from_csv, labels_from_parents};
use lookalike::imagery::table::{Vectors, read_vectors};
use lookalike::output::OutputFolder;
use lookalike::pictures::{
    Algorithm, ChosenFeatures, Cluster, Embedding, Extras, Input, KeptPca, Results, Sheets, embed,
    sort_into, sorted_paths, title,
};
use lookalike::record::{RunRecord, Step};
use lookalike::words::plural;
use lookalike::{Context, Error, Result, record};
use serde_json::json;

use super::{features, input};
use crate::args::{AlgorithmName, ClusterArgs};
use crate::printer;

pub(crate) fn run(args: &ClusterArgs) -> Result<()> {
    if args.features.layers {
        return features::list_layers(&args.features, args.run.json);
    }
    let start = Instant::now();
    let context = args.run.context()?;
    let output = args
        .output
        .clone()
        .unwrap_or_else(|| format!("{}-clusters", input::stem(&args.input)).into());
    // Refused before the work is done, not after.
    if let Some(sorted) = &args.sort_into
        && input::is_vectors(&args.input)
    {
        let rule = "be left out where vectors are clustered: there are no pictures to sort";
        return Err(Error::parameter("sort_into", rule, sorted.display()));
    }
    let mut folder = OutputFolder::create(&output, args.run.overwrite)?;
    let is_sorted = !args.dry_run;
    let sorted = args.sort_into.as_deref().filter(|_| is_sorted);
    let mut sorted = sorted
        .map(|sorted| OutputFolder::create(sorted, false))
        .transpose()?;
    let mut seconds = Vec::new();
    let data = if input::is_vectors(&args.input) {
        Data::vectors(args, &mut seconds)?
    } else {
        Data::pictures(args, &context, &mut seconds)?
    };
    let recipe = recipe(args);
    if !args.run.quiet {
        let (n_rows, n_features) = data.shape();
        for sentence in recipe.forecast(n_rows, n_features) {
            printer::talk(&format!("note: {sentence}"));
        }
    }
    let results = Results::new(recipe, data.input(args)?, &context)?;
    seconds.extend(results.clustering.seconds.iter().map(|&(s, t)| step(s, t)));
    let writing = Instant::now();
    let extras = Extras {
        sheets: args.sheets,
        embeddings: args.embeddings,
        linked: args.linked,
    };
    context.run(|| results.write(&mut folder, extras))?;
    if let (Some(sorted), Some(items)) = (&mut sorted, results.input.items) {
        sort_into(sorted, items, &results.clustering.labels, args.sort_by)?;
    }
    seconds.push(step("write", writing.elapsed().as_secs_f64()));
    let run = RunRecord {
        version: env!("CARGO_PKG_VERSION"),
        command: "cluster",
        arguments: json!(args),
        inputs: vec![data.record(args)?],
        seconds,
    };
    folder.write("run.json", run.json().as_bytes())?;
    context.check()?;
    let files = folder.finish()?;
    sorted.map(OutputFolder::finish).transpose()?;

    let planned = results.input.items.filter(|_| args.dry_run);
    let labels = &results.clustering.labels;
    if args.run.json {
        let mut metrics = results.metrics();
        if let (Some(items), Some(into)) = (planned, &args.sort_into) {
            metrics["sort_into"] = moves(into, items, labels).collect();
        }
        printer::data(&format!("{metrics:#}\n"));
    } else {
        printer::data(&words(&results));
        if let Some(items) = planned {
            printer::data(&plan(args, items, labels));
        }
    }
    if !args.run.quiet {
        let elapsed = start.elapsed().as_secs_f64();
        printer::talk(&closing(args, &results, &output, files.len(), elapsed));
    }
    if args.pictures.strict && !results.input.unusable.is_empty() {
        let list = output.join("bad_files.csv");
        return Err(Error::unusable_pictures(
            results.input.unusable.len(),
            &list,
        ));
    }
    Ok(())
}

/// Pictures with their features, and where those are kept.
struct Pictures {
    embedding: Embedding,
    features: ChosenFeatures,
    labels: Option<Labels>,
    cache: Option<FeatureCache>,
}

/// What is clustered.
enum Data {
    Pictures(Box<Pictures>),
    Vectors(Vectors),
}

impl Data {
    fn pictures(args: &ClusterArgs, context: &Context, seconds: &mut Vec<Step>) -> Result<Self> {
        let start = Instant::now();
        let quiet = args.run.quiet;
        let found = input::find(&args.input, &args.pictures, quiet)?;
        recipe(args).check_parameters(found.items.len())?;
        let known = labels(args, &found.items)?;
        let features = features::choose(&args.features, &found.items, quiet)?;
        let cache = input::cache(&args.pictures.cache)?;
        seconds.push(step("find the pictures", start.elapsed().as_secs_f64()));
        let start = Instant::now();
        let embedding = embed(&found.items, &*features.features, cache.as_ref(), context)?;
        seconds.push(step("features", start.elapsed().as_secs_f64()));
        input::tell(&embedding, start.elapsed().as_secs_f64(), quiet);
        let labels = known.map(|known| of_kept(known, &found.items, &embedding.items));
        Ok(Self::Pictures(Box::new(Pictures {
            embedding,
            features,
            labels,
            cache,
        })))
    }

    fn vectors(args: &ClusterArgs, seconds: &mut Vec<Step>) -> Result<Self> {
        let start = Instant::now();
        let options = input::vector_options(&args.vectors, args.label_column.as_deref());
        let vectors = read_vectors(&args.input, &options)?;
        seconds.push(step("read the vectors", start.elapsed().as_secs_f64()));
        Ok(Self::Vectors(vectors))
    }

    fn shape(&self) -> (usize, usize) {
        match self {
            Self::Pictures(pictures) => pictures.embedding.rows.dim(),
            Self::Vectors(vectors) => vectors.rows.dim(),
        }
    }

    fn input(&self, args: &ClusterArgs) -> Result<Input<'_>> {
        let source = title(Path::new(&input::stem(&args.input)));
        Ok(match self {
            Self::Pictures(pictures) => Input {
                source,
                names: pictures
                    .embedding
                    .items
                    .iter()
                    .map(|item| item.name.clone())
                    .collect(),
                items: Some(&pictures.embedding.items),
                rows: &pictures.embedding.rows,
                features: Some(pictures.features.recipe.clone()),
                unusable: &pictures.embedding.unusable,
                labels: pictures.labels.clone(),
                kept: pictures.cache.as_ref().map(|cache| {
                    KeptPca::new(
                        cache,
                        &pictures.embedding.sha256,
                        &pictures.features.features.settings(),
                    )
                }),
            },
            Self::Vectors(vectors) => Input {
                source,
                names: input::names(vectors),
                items: None,
                rows: &vectors.rows,
                features: None,
                unusable: &[],
                labels: vector_labels(args, vectors)?,
                kept: None,
            },
        })
    }

    fn record(&self, args: &ClusterArgs) -> Result<record::Input> {
        match self {
            Self::Pictures(pictures) => Ok(record::Input {
                name: args.input.display().to_string(),
                sha256: pictures.embedding.sha256.clone(),
            }),
            Self::Vectors(_) => {
                let mut inputs = record::Input::of_files(std::slice::from_ref(&args.input))?;
                Ok(inputs.remove(0))
            }
        }
    }
}

/// What pictures are known to be, where that is said.
fn labels(args: &ClusterArgs, items: &[Item]) -> Result<Option<Labels>> {
    let Some(source) = &args.labels else {
        return Ok(None);
    };
    if source == Path::new("parent") {
        return Ok(Some(labels_from_parents(items)));
    }
    let (path, label) = (args.path_column.as_deref(), args.label_column.as_deref());
    let found = labels_from_csv(source, path, label, items)?;
    if !args.run.quiet && !found.unmatched.is_empty() {
        printer::talk(&format!(
            "note: {} names in {} are those of no picture that is clustered",
            found.unmatched.len(),
            source.display()
        ));
    }
    Ok(Some(found))
}

/// The labels of the items that were kept, which are in the order of all.
fn of_kept(mut labels: Labels, items: &[Item], kept: &[Item]) -> Labels {
    let mut kept = kept.iter().peekable();
    let of_items = items.iter().zip(&labels.of_item);
    labels.of_item = of_items
        .filter_map(|(item, &label)| kept.next_if_eq(&item).map(|_| label))
        .collect();
    labels
}

/// As [`labels`], by the names of the rows; else those that stand beside the vectors.
fn vector_labels(args: &ClusterArgs, vectors: &Vectors) -> Result<Option<Labels>> {
    if args.labels.is_none() {
        return Ok(vectors.labels.as_deref().map(Labels::of));
    }
    let items: Vec<Item> = input::names(vectors)
        .into_iter()
        .map(|name| Item {
            path: name.clone(),
            name,
        })
        .collect();
    labels(args, &items)
}

fn recipe(args: &ClusterArgs) -> Cluster {
    let algorithm = match args.algorithm {
        AlgorithmName::KMeans => Algorithm::KMeans,
        AlgorithmName::MiniBatch => Algorithm::MiniBatch,
        AlgorithmName::Dbscan => Algorithm::Dbscan {
            eps: args.eps,
            min_samples: args.min_samples,
        },
        AlgorithmName::Agglomerative => Algorithm::Agglomerative {
            linkage: args.linkage,
        },
    };
    Cluster::new(args.n_clusters)
        .algorithm(algorithm)
        .reduce(args.reduce)
        .map(args.map)
        .perplexity(args.perplexity)
        .cluster_on(args.cluster_on)
        .n_init(args.n_init)
        .seed(args.run.seed)
}

fn words(results: &Results<'_>) -> String {
    let n = results.input.rows.nrows();
    let has_truth = results.truth.is_some();
    let mut header = vec!["", "size", "share", "cohesion", "silhouette"];
    if has_truth {
        header.extend(["mostly", "of it"]);
    }
    let mut rows: Vec<Vec<String>> = vec![header.into_iter().map(str::to_owned).collect()];
    for group in &results.clustering.groups.groups {
        let silhouette = group.silhouette.map(|s| format!("{s:.3}"));
        let mut row = vec![
            format!("cluster {}", group.cluster),
            group.size.to_string(),
            percent(group.size as f64 / n as f64),
            format!("{:.4}", group.cohesion),
            silhouette.unwrap_or_default(),
        ];
        if let Some(truth) = &results.truth {
            let majority = &truth.of_cluster[group.cluster as usize];
            row.push(majority.label.clone().unwrap_or_default());
            row.push(majority.share.map(percent).unwrap_or_default());
        }
        rows.push(row);
    }
    if results.n_noise() > 0 {
        let noise = results.n_noise();
        rows.push(vec![
            "noise".to_owned(),
            noise.to_string(),
            percent(noise as f64 / n as f64),
        ]);
    }
    let is_of_pictures = results.input.items.is_some();
    let noun = if is_of_pictures { "picture" } else { "row" };
    let mut text = format!(
        "{}: {}, {}\n\n{}",
        results.input.source,
        plural(n, noun),
        plural(results.n_clusters(), "cluster"),
        printer::columns(&rows)
    );
    if let Some(choice) = &results.clustering.choice {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n{}", choice.reason());
    }
    if let Some(truth) = &results.truth {
        let s = &truth.evaluation.scores;
        let _ = writeln!(
            text,
            "\nAgainst the labels: accuracy {:.4} by majority, {:.4} one to one; ARI {:.4}, NMI {:.4}, \
             V-measure {:.4}, purity {:.4}",
            s.accuracy,
            s.accuracy_one_to_one,
            s.adjusted_rand,
            s.normalized_mutual_info,
            s.v_measure,
            s.purity
        );
    }
    text
}

fn plan(args: &ClusterArgs, items: &[Item], labels: &[i32]) -> String {
    let into = args.sort_into.as_deref().unwrap_or(Path::new(""));
    let way = format!("{:?}", args.sort_by).to_lowercase();
    let mut text = format!("\nWould go into {} ({way}):\n", into.display());
    for [from, to] in moves(into, items, labels) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{from} -> {to}");
    }
    text
}

/// Where each picture would come from and go to.
fn moves<'a>(
    into: &'a Path,
    items: &'a [Item],
    labels: &[i32],
) -> impl Iterator<Item = [String; 2]> + 'a {
    let paths = sorted_paths(items, labels).into_iter();
    let pairs = items.iter().zip(paths);
    pairs.map(|(item, path)| [&item.path, &into.join(path)].map(|path| path.display().to_string()))
}

fn closing(
    args: &ClusterArgs,
    results: &Results<'_>,
    output: &Path,
    n_files: usize,
    seconds: f64,
) -> String {
    let mut text = String::new();
    if let Some(eps) = results.clustering.eps_to_try {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "\nwarning: every picture is noise: half of them have no neighbours enough within {eps:.4}; \
             try --eps {eps:.4}"
        );
    }
    let _ = write!(
        text,
        "\nDone in {seconds:.2} s. Wrote {n_files} files to {}:\n  \
         report.html     the clusters with their pictures, the map; open it in a browser\n  \
         clusters.csv    the cluster of each, and how near it is",
        output.display()
    );
    if results.input.items.is_some() && args.sheets != Sheets::None {
        text.push_str(
            "\n  sheets/         the typical and the borderline pictures of each cluster",
        );
    }
    let _ = write!(
        text,
        "\n  model.json      the clusters, for new ones\n\n\
         Next:\n  lookalike assign NEW --model {}",
        output.join("model.json").display()
    );
    text
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn step(step: &'static str, seconds: f64) -> Step {
    Step { step, seconds }
}
