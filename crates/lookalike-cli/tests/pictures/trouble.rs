//! Stopped in the middle.

#[cfg(unix)]
#[test]
fn killed_in_the_middle_of_embed_it_goes_on_where_it_was() {
    use std::process::{Command, Stdio};
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use crate::album::{digit_files, run};
    use crate::common::{lookalike, stderr};

    let folder = digit_files(600);
    let here = folder.path();
    let mut child = Command::new(env!("CARGO_BIN_EXE_lookalike"))
        .current_dir(here)
        .args(["embed", "digits", "-o", "killed.npy", "--cache", "cache"])
        .args(["--features", "pixels", "--size", "256", "--threads", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The cache grows while the work goes on.
    let log = here.join("cache/features");
    let began = Instant::now();
    let size = || std::fs::metadata(&log).map_or(0, |found| found.len());
    while size() < 1 << 20 && child.try_wait().unwrap().is_none() {
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "the cache is never written"
        );
        sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let arguments = [
        "embed",
        "digits",
        "-o",
        "a.npy",
        "--json",
        "--features",
        "pixels",
        "--size",
        "256",
    ];
    let output = run(here, &arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let computed = told["n_computed"].as_u64().unwrap();
    assert!(
        computed < 600,
        "what was done before is not done again: {computed}"
    );
    assert_eq!(told["n_rows"], 600);
    let again = [
        "embed",
        "digits",
        "-o",
        "b.npy",
        "--features",
        "pixels",
        "--size",
        "256",
    ];
    let again = lookalike(here, &[&again[..], &["--no-cache"]].concat());
    assert!(again.status.success(), "{}", stderr(&again));
    let bytes = |name: &str| std::fs::read(here.join(name)).unwrap();
    assert!(bytes("a.npy") == bytes("b.npy"));
}
