#![allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::print_stdout,
    clippy::unwrap_used
)]
use lookalike_imagery::raster::*;
use std::sync::atomic::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let s = open(a[1].as_ref()).unwrap();
    let rows: usize = a[2].parse().unwrap();
    let threads: usize = a[3].parse().unwrap();
    let info = s.info();
    let bands: Vec<usize> = match a.get(4) {
        Some(b) => b.split(',').map(|b| b.parse().unwrap()).collect(),
        None => (0..info.bands.len()).collect(),
    };
    let t = std::time::Instant::now();
    let next = AtomicUsize::new(0);
    std::thread::scope(|sc| {
        for _ in 0..threads {
            sc.spawn(|| {
                let mut block = Block::default();
                loop {
                    let y = next.fetch_add(rows, Ordering::Relaxed);
                    if y >= info.height {
                        break;
                    }
                    s.read(
                        Window {
                            x: 0,
                            y,
                            width: info.width,
                            height: rows.min(info.height - y),
                        },
                        &bands,
                        &mut block,
                    )
                    .unwrap();
                }
            });
        }
    });
    let e = t.elapsed().as_secs_f64();
    let mb = (info.width * info.height * bands.len() * info.sample_type.bytes()) as f64 / 1e6;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let hwm = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    println!("{:.3} s, {:.0} MB/s, {}", e, mb / e, hwm);
}
