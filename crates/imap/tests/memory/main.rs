//! How much memory one conversation takes, whatever the server does: every allocation is counted.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included")]

#[expect(dead_code, reason = "the other tests use the rest")]
#[path = "../it/fuzz_bodies.rs"]
mod fuzz_bodies;
mod meter;
mod server;

use fuzz_bodies::choice;
use meter::Meter;
use peak_alloc::PeakAlloc;
use pushmail_imap::flow::limits;
use server::{Server, watched};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What one conversation may take at any moment: itself, what it holds, and the outputs that wait.
const MOST: usize = 64 * 1024;
/// What it may take while it rests, with as many folders as are watched.
const MOST_PARKED: usize = 12 * 1024;
/// The same, with one folder.
const MOST_PARKED_ALONE: usize = 200;

/// One test, since all share the allocator.
#[test]
fn a_conversation_takes_at_most_64_kib_whatever_the_server_does() {
    let mut worst = (0, String::new());
    let mut note = |name: String, peak: usize| {
        println!("{peak:>6} {name}");
        if peak > worst.0 {
            worst = (peak, name);
        }
    };
    for (name, bytes) in corpus() {
        for at_once in [16 * 1024, 100] {
            let mut meter = Meter::new(choice::settings(bytes[0]));
            for line in bytes[1..].split_inclusive(|byte| *byte == b'\n') {
                meter.feed(line, at_once);
            }
            meter.wait();
            note(format!("{name} in pieces of {at_once}"), meter.peak());
        }
    }
    for (name, attack) in server::attacks() {
        let mut meter = Meter::new(watched(limits::FOLDERS));
        Server::new(attack, limits::FOLDERS).serve(&mut meter);
        note(name.to_owned(), meter.peak());
    }
    println!("the worst is {worst:?}");
    let resting = [1, limits::FOLDERS].map(rests);
    println!(
        "a conversation that rests takes {resting:?} with 1 and {} folders",
        limits::FOLDERS
    );
    assert!(worst.0 <= MOST, "{worst:?}");
    assert!(resting[0] <= MOST_PARKED_ALONE && resting[1] <= MOST_PARKED);
}

/// What a conversation takes while it rests, with so many folders.
fn rests(folders: usize) -> usize {
    let mut meter = Meter::new(watched(folders));
    Server::new(server::nothing(), folders).serve(&mut meter);
    meter.rested()
}

/// Not a test of its own: it would be measured together with the other one.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}
