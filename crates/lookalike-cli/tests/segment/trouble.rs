//! A full disk and Ctrl-C.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::{TempDir, tempdir};

use super::common::{entries, refusal};
use super::tiff;

/// A small disk in memory, where the system lets us have one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, size: &str) -> Option<Self> {
        let options = format!("size={size}");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(at)
            .output();
        match mount {
            Ok(output) if output.status.success() => Some(Self(at.to_owned())),
            Ok(output) => {
                let why = String::from_utf8_lossy(&output.stderr);
                println!("skipped: cannot mount a small disk: {why}");
                None
            }
            Err(why) => {
                println!("skipped: cannot run mount: {why}");
                None
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}

/// a.tif and b.tif, full of noise.
fn noise(side: usize) -> TempDir {
    let folder = tempdir().unwrap();
    for (name, seed) in [("a.tif", 1), ("b.tif", 2)] {
        let pixels = tiff::noise(side * side, seed);
        tiff::write(&folder.path().join(name), side, side, &pixels);
    }
    folder
}

#[test]
fn a_full_disk() {
    let scene = noise(1500);
    let inputs = ["a.tif", "b.tif"].map(|name| scene.path().join(name).display().to_string());
    let parent = tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(parent.path(), "256k") else {
        return;
    };
    let run = |more: &[&str]| {
        let base = [
            "segment", &inputs[0], &inputs[1], "-k", "5", "--n-init", "1", "-o", "out",
        ];
        let found = refusal(&disk.0, &[&base, more].concat());
        assert!(entries(&disk.0).is_empty(), "{:?}", entries(&disk.0));
        found
    };
    let full = "No space left on device (os error 28)\n";
    for (more, action) in [
        (&[][..], "error: cannot write "),
        (&["--ram", "1KiB"], "error: cannot write a scratch file to "),
    ] {
        let (code, message) = run(more);
        assert!(
            message.starts_with(action) && message.ends_with(full),
            "{message}"
        );
        assert_eq!(code, 1);
    }
}

#[test]
fn ctrl_c_stops_soon_and_leaves_nothing() {
    let scene = noise(512);
    // Far more to do than anybody waits for, in memory and through a scratch file.
    for ram in ["1GiB", "1KiB"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lookalike"))
            .current_dir(scene.path())
            .args(["segment", "a.tif", "b.tif", "-k", "900", "--n-init", "5000"])
            .args([
                "--tol",
                "0",
                "--max-iter",
                "100000",
                "--threads",
                "1",
                "--ram",
                ram,
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while entries(scene.path()).len() < 3 {
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "it never started"
            );
            sleep(Duration::from_millis(5));
        }
        sleep(Duration::from_millis(300));
        assert!(child.try_wait().unwrap().is_none(), "it was done too soon");
        let signalled = Instant::now();
        let kill = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap();
        assert!(kill.success());
        let status = child.wait().unwrap();
        let waited = signalled.elapsed();
        assert!(waited < Duration::from_secs(2), "{waited:?}");
        assert_eq!(status.code(), Some(130));
        assert_eq!(entries(scene.path()), ["a.tif", "b.tif"]);
    }
}
