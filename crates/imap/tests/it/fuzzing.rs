//! What the fuzz targets do, over what they once found and over seeded random inputs.

use crate::fuzz_bodies;
use proptest::prelude::*;
use std::path::PathBuf;

/// Inputs that once broke a promise.
fn regressions(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("regressions");
    std::fs::read_dir(folder.join(target))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

#[test]
fn what_fuzzing_found_once_stays_mended() {
    for (path, bytes) in regressions("flow") {
        println!("{}", path.display());
        fuzz_bodies::flow(&bytes);
    }
    for (path, bytes) in regressions("server") {
        println!("{}", path.display());
        fuzz_bodies::server(&bytes);
    }
    for (path, bytes) in regressions("wire") {
        println!("{}", path.display());
        fuzz_bodies::wire_in_pieces(&bytes);
    }
}

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 8).unwrap() % end.max(1)
    }

    /// An input changed at some places, a part of another one put into it.
    fn mutated(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = inputs[self.below(inputs.len())].clone();
        let other = &inputs[self.below(inputs.len())];
        let from = self.below(other.len());
        let part = &other[from..(from + self.below(200)).min(other.len())];
        let at = self.below(bytes.len());
        bytes.splice(at..at, part.iter().copied());
        for _ in 0..self.below(4) {
            let at = self.below(bytes.len());
            if let Some(byte) = bytes.get_mut(at) {
                *byte = u8::try_from(self.below(256)).unwrap();
            }
        }
        bytes.truncate(8 * 1024);
        bytes
    }
}

/// The inputs that are there for a target, shortened.
fn inputs(target: &str) -> Vec<Vec<u8>> {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folders = [
        package.join("corpus"),
        package.join("regressions").join(target),
        package.join("../fuzz/corpus").join(target),
    ];
    let mut files: Vec<PathBuf> = folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let read = |path: &PathBuf| std::fs::read(path).unwrap();
    files
        .iter()
        .map(read)
        .filter(|file| file.len() < 8192)
        .collect()
}

/// `PUSHMAIL_FUZZ_ROUNDS` inputs for each target, where fuzzing itself cannot be had.
#[test]
fn mutated_inputs_break_no_promise() {
    let rounds = std::env::var("PUSHMAIL_FUZZ_ROUNDS").ok();
    let rounds = rounds.map_or(100, |rounds| rounds.parse::<u32>().unwrap());
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (wire, flow, server) = (inputs("wire"), inputs("flow"), inputs("server"));
    for _ in 0..rounds {
        fuzz_bodies::wire_in_pieces(&numbers.mutated(&wire));
        fuzz_bodies::flow(&numbers.mutated(&flow));
        fuzz_bodies::server(&numbers.mutated(&server));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_server_that_keeps_to_the_protocol_is_understood(bytes in proptest::collection::vec(any::<u8>(), 3..200)) {
        fuzz_bodies::server(&bytes);
    }
}
