//! The steps one by one: each reads what the one before wrote.

use std::fs;

use serde_json::Value;

use crate::album::{csv, digit_files, run};
use crate::common::{lookalike, stderr, stdout};

#[test]
fn embed_reduce_cluster_assign_evaluate() {
    let folder = digit_files(200);
    let here = folder.path();
    let done = |output: std::process::Output| {
        assert!(output.status.success(), "{}", stderr(&output));
        output
    };
    for format in ["parquet", "npy", "csv"] {
        let (all, reduced) = (format!("all.{format}"), format!("reduced.{format}"));
        let out = format!("out-{format}");
        done(run(here, &["embed", "digits", "-o", &all]));
        let output = done(lookalike(
            here,
            &["reduce", &all, "--method", "pca:20", "-o", &reduced],
        ));
        assert_eq!(stdout(&output), "200 rows of 64 columns, now of 20\n");
        let record = fs::read(here.join(format!("{reduced}.run.json"))).unwrap();
        let record: Value = serde_json::from_slice(&record).unwrap();
        assert_eq!(record["arguments"]["method"], "pca:20");
        assert_eq!(record["inputs"][0]["name"], all);
        done(lookalike(
            here,
            &["cluster", &reduced, "-k", "8", "--map", "none", "-o", &out],
        ));
        let clusters = csv(&here.join(&out).join("clusters.csv"));
        assert_eq!(clusters.len(), 201);
        assert_eq!(clusters[0][0], "id");
        let named = format != "npy";
        assert_eq!(clusters[1][0], if named { "0/0000.png" } else { "0" });
        let model = format!("{out}/model.json");
        let output = done(lookalike(
            here,
            &[
                "assign",
                &reduced,
                "--model",
                &model,
                "-o",
                &format!("assigned-{format}"),
            ],
        ));
        assert!(
            stdout(&output).starts_with("           pictures  in the model"),
            "{}",
            stdout(&output)
        );
        let assigned = csv(&here.join(format!("assigned-{format}/clusters.csv")));
        for (a, b) in clusters.iter().zip(&assigned) {
            assert_eq!(a[..2], b[..2], "the same rows get the same clusters");
        }
    }
    let same = ["out-parquet", "out-npy", "out-csv"].map(|out| {
        let rows = csv(&here.join(out).join("clusters.csv"));
        rows.into_iter()
            .map(|row| row[1].clone())
            .collect::<Vec<_>>()
    });
    assert!(same[0] == same[1] && same[1] == same[2]);

    done(run(
        here,
        &[
            "cluster", "digits", "-k", "8", "--labels", "parent", "--map", "none", "-o", "out",
        ],
    ));
    let file = "out/clusters.csv";
    // The file has the true labels, too.
    let output = done(lookalike(
        here,
        &["evaluate", "--truth", file, "--labels", file, "--json"],
    ));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let metrics: Value =
        serde_json::from_slice(&fs::read(here.join("out/metrics.json")).unwrap()).unwrap();
    assert_eq!(told["scores"], metrics["truth"]["scores"]);
    assert!(told["scores"]["accuracy"].as_f64().unwrap() < 1.0);
}

#[test]
fn new_pictures_get_the_clusters_of_a_model() {
    let folder = digit_files(150);
    let here = folder.path();
    let arguments = [
        "cluster", "digits", "-k", "6", "--labels", "parent", "--map", "none", "-o", "out",
    ];
    let output = run(here, &arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    let output = run(here, &["assign", "digits", "--model", "out/model.json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let clusters = csv(&here.join("out/clusters.csv"));
    let assigned = csv(&here.join("digits-assigned/clusters.csv"));
    for (a, b) in clusters.iter().zip(&assigned) {
        assert_eq!(a[..2], b[..2]);
    }
}

#[test]
fn lists_and_globs_name_pictures() {
    let folder = digit_files(40);
    let here = folder.path();
    fs::write(
        here.join("list.txt"),
        "digits/0/0000.png\ndigits/1/0001.png\ndigits/2/0002.png\n",
    )
    .unwrap();
    let rows = |input: &str, more: &[&str]| {
        let arguments = ["embed", input, "-o", "rows.csv", "--overwrite"];
        let output = run(here, &[&arguments[..], more].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        let rows = csv(&here.join("rows.csv"));
        rows[1..]
            .iter()
            .map(|row| row[0].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        rows("list.txt", &[]),
        [
            "digits/0/0000.png",
            "digits/1/0001.png",
            "digits/2/0002.png"
        ]
    );
    assert_eq!(
        rows("digits/{0,1}/000*.png", &[]),
        ["0/0000.png", "1/0001.png"]
    );
    let few = rows("digits", &["--exclude", "0", "--limit", "2"]);
    assert_eq!(few, ["1/0001.png", "1/0011.png"]);
}
