//! The program as a user meets it: what it prints, writes, refuses, and how it ends.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use std::fs;
use std::process::Command;

use common::{entries, lookalike, refusal, stderr, stdout};
use tempfile::tempdir;

#[test]
fn demo_writes_the_same_bytes_on_any_number_of_threads() {
    let folder = tempdir().unwrap();
    let run = |threads: &str| {
        let name = format!("out-{threads}");
        let output = lookalike(folder.path(), &["demo", "-o", &name, "--threads", threads]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(
            stderr(&output).contains("report.html"),
            "{}",
            stderr(&output)
        );
        let text = stdout(&output);
        for part in ["t-SNE, then DBSCAN", "true \\ predicted", "weighted avg"] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
        folder.path().join(name)
    };
    let (one, two, eight) = (run("1"), run("2"), run("8"));
    let root = [
        "figures",
        "labels.csv",
        "metrics.json",
        "report.html",
        "run.json",
        "scene",
    ];
    assert_eq!(entries(&one), root);
    let figures = entries(&one.join("figures"));
    assert_eq!(figures.len(), 30);
    let scene = entries(&one.join("scene"));
    assert!(
        scene.iter().any(|name| name == "synthetic.tif"),
        "{scene:?}"
    );
    let names = figures.iter().map(|name| format!("figures/{name}"));
    let names = names.chain(scene.iter().map(|name| format!("scene/{name}")));
    let names = names.chain(["labels.csv", "metrics.json", "report.html"].map(str::to_owned));
    for name in names {
        let bytes = fs::read(one.join(&name)).unwrap();
        assert!(!bytes.is_empty(), "{name}");
        assert!(
            bytes == fs::read(two.join(&name)).unwrap(),
            "{name} differs on 2 threads"
        );
        assert!(
            bytes == fs::read(eight.join(&name)).unwrap(),
            "{name} differs on 8 threads"
        );
    }
    assert_eq!(entries(folder.path()), ["out-1", "out-2", "out-8"]);

    let metrics: serde_json::Value =
        serde_json::from_slice(&fs::read(one.join("metrics.json")).unwrap()).unwrap();
    let scores = &metrics["scene"]["evaluation"]["scores"];
    assert!(scores["accuracy"].as_f64().unwrap() > 0.95, "{scores}");
    let accuracy = |way: usize| {
        metrics["ways"][way]["evaluation"]["scores"]["accuracy"]
            .as_f64()
            .unwrap()
    };
    assert_eq!(metrics["ways"].as_array().unwrap().len(), 7);
    assert!(accuracy(0) >= 0.78, "k-means: {}", accuracy(0));
    assert!(accuracy(2) >= 0.86, "Ward: {}", accuracy(2));
    assert!(accuracy(4) >= 0.93, "t-SNE, then k-means: {}", accuracy(4));
    let run: serde_json::Value =
        serde_json::from_slice(&fs::read(one.join("run.json")).unwrap()).unwrap();
    assert_eq!(run["command"], "demo");
    assert_eq!(run["arguments"]["threads"], 1);
    assert_eq!(run["inputs"][0]["sha256"].as_str().unwrap().len(), 64);
    assert!(run["seconds"].as_array().unwrap().len() > 7);

    let page = fs::read_to_string(one.join("report.html")).unwrap();
    assert!(
        !page.contains("<script") && !page.contains("src=\"http"),
        "must be self-contained"
    );

    // What was written can be scored again.
    let labels = one.join("labels.csv");
    let labels = labels.to_str().unwrap();
    let scored = lookalike(
        folder.path(),
        &[
            "evaluate",
            "--truth",
            labels,
            "--truth-column",
            "target",
            "--labels",
            labels,
            "--labels-column",
            "tsne_kmeans",
            "--json",
        ],
    );
    let scored: serde_json::Value = serde_json::from_slice(&scored.stdout).unwrap();
    assert_eq!(scored["scores"], metrics["ways"][4]["evaluation"]["scores"]);
}

#[test]
fn demo_prints_one_json_document_and_nothing_else_when_asked() {
    let folder = tempdir().unwrap();
    let output = lookalike(folder.path(), &["demo", "--json", "--quiet", "--seed", "3"]);
    assert!(output.status.success());
    assert!(output.stderr.is_empty(), "{}", stderr(&output));
    let metrics: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(metrics["seed"], 3);
    let written = fs::read(folder.path().join("lookalike-demo/metrics.json")).unwrap();
    assert_eq!(written, output.stdout);
}

#[test]
fn outputs_that_exist_are_refused_and_stay_as_they_are() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/notes.txt"), "keep").unwrap();
    fs::write(folder.path().join("file"), "keep").unwrap();
    let (code, message) = refusal(folder.path(), &["demo", "-o", "mine"]);
    assert_eq!(code, 1);
    assert!(
        message.contains("the folder mine") && message.contains("--overwrite"),
        "{message}"
    );
    let (code, message) = refusal(folder.path(), &["demo", "-o", "file", "--overwrite"]);
    assert_eq!(code, 1);
    assert!(message.contains("file is a file"), "{message}");
    let (code, message) = refusal(folder.path(), &["demo", "-o", "file/below"]);
    assert_eq!(code, 1);
    assert!(
        message.contains("error: cannot create the folder file"),
        "{message}"
    );
    assert_eq!(entries(folder.path()), ["file", "mine"]);
    assert_eq!(
        fs::read_to_string(folder.path().join("file")).unwrap(),
        "keep"
    );

    let output = lookalike(
        folder.path(),
        &["demo", "-o", "mine", "--overwrite", "--quiet"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        fs::read_to_string(folder.path().join("mine/notes.txt")).unwrap(),
        "keep"
    );
    assert!(folder.path().join("mine/report.html").exists());
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = tempdir().unwrap();
    let (code, message) = refusal(folder.path(), &["demo", "--sed", "1"]);
    assert_eq!(code, 2);
    assert!(
        message.contains("--sed") && message.contains("--seed"),
        "{message}"
    );
    let (code, message) = refusal(folder.path(), &["demo", "--threads", "0"]);
    assert_eq!(code, 2);
    assert!(
        message.contains("threads must be a whole number from 1 to 1024"),
        "{message}"
    );
    assert_eq!(refusal(folder.path(), &["demo", "--seed", "-1"]).0, 2);
    assert_eq!(
        refusal(folder.path(), &["evaluate", "--truth", "a.csv"]).0,
        2
    );
    assert!(entries(folder.path()).is_empty());
}

#[test]
fn evaluate_scores_anybodys_labels() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), "target\n0\n0\n1\n1\n").unwrap();
    fs::write(
        folder.path().join("b.csv"),
        "id,cluster\n1,7\n2,7\n3,4\n4,-1\n",
    )
    .unwrap();
    let output = lookalike(
        folder.path(),
        &["evaluate", "--truth", "a.csv", "--labels", "b.csv"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    for line in [
        "clusters                            2",
        "accuracy, by majority          0.7500",
    ] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
}

#[test]
fn evaluate_takes_words_and_leaves_out_gaps() {
    let folder = tempdir().unwrap();
    let table = "path,cluster,label\na,0,dog\nb,0,dog\nc,1,cat\nd,1,\ne,1,dog\n";
    fs::write(folder.path().join("clusters.csv"), table).unwrap();
    let files = [
        "evaluate",
        "--truth",
        "clusters.csv",
        "--labels",
        "clusters.csv",
    ];
    let output = lookalike(
        folder.path(),
        &[
            &files[..],
            &["--truth-column", "label", "--labels-column", "cluster"],
        ]
        .concat(),
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(
        text.contains("samples                             4"),
        "{text}"
    );
    assert!(text.contains("true \\ predicted  cat  dog"), "{text}");
    assert!(text.contains("         dog       1.00      0.67"), "{text}");
    assert!(stderr(&output).contains("note: 1 samples have no label"));
}

#[test]
fn evaluate_names_what_is_wrong_with_its_files() {
    let folder = tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("four.csv", "label\n0\n0\n1\n1\n");
    write("three.csv", "label\n0\n0\n1\n");
    write("numbers.csv", "id,label\n1,1.5\n");
    let evaluate = |labels: &str, more: &[&str]| {
        let mut arguments = vec!["evaluate", "--truth", "four.csv", "--labels", labels];
        arguments.extend(more);
        refusal(folder.path(), &arguments)
    };
    let (code, message) = evaluate("three.csv", &[]);
    assert_eq!(code, 1);
    assert_eq!(
        message,
        "error: both files must hold one label a sample, got 4 in four.csv and 3 in three.csv\n"
    );
    let (_, message) = evaluate("numbers.csv", &[]);
    assert_eq!(
        message,
        "error: numbers.csv: column \"label\" must hold whole numbers (−1 for noise) or words, got \
         \"1.5\" in line 2\n"
    );
    let (_, message) = evaluate("numbers.csv", &["--labels-column", "cluster"]);
    assert_eq!(
        message,
        "error: numbers.csv: must have a column \"cluster\", has only: id, label\n"
    );
    let (code, message) = evaluate("none.csv", &[]);
    assert_eq!(code, 1);
    assert!(
        message.starts_with("error: cannot read none.csv: "),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_within_a_second_and_leaves_nothing() {
    use std::process::Stdio;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    let folder = tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_lookalike"))
        .current_dir(folder.path())
        // One thread, so that t-SNE is still at work when the signal comes.
        .args(["demo", "--threads", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The hidden folder appears at the start; t-SNE begins within the next tenths of a second.
    let started = Instant::now();
    while entries(folder.path()).is_empty() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "the demo never started"
        );
        sleep(Duration::from_millis(5));
    }
    sleep(Duration::from_millis(400));
    let signalled = Instant::now();
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    let status = child.wait().unwrap();
    assert!(
        signalled.elapsed() < Duration::from_secs(1),
        "{:?}",
        signalled.elapsed()
    );
    assert_eq!(status.code(), Some(130));
    assert!(
        entries(folder.path()).is_empty(),
        "{:?}",
        entries(folder.path())
    );
}
