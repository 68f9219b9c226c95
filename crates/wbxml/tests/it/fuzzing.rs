//! What the fuzz target does, over its corpus and over seeded random inputs.

use crate::fuzz_bodies;
use std::path::PathBuf;

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
        let part = &other[from..(from + self.below(60)).min(other.len())];
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

/// The inputs that are kept for the target.
fn inputs() -> Vec<Vec<u8>> {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/wbxml");
    let mut files: Vec<_> = std::fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

#[test]
fn what_is_kept_of_fuzzing_breaks_no_promise() {
    inputs().iter().for_each(|bytes| fuzz_bodies::wbxml(bytes));
}

/// `PUSHMAIL_FUZZ_ROUNDS` inputs, where fuzzing itself cannot be had.
#[test]
fn mutated_inputs_break_no_promise() {
    let rounds = std::env::var("PUSHMAIL_FUZZ_ROUNDS").ok();
    let rounds = rounds.map_or(300, |rounds| rounds.parse::<u32>().unwrap());
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let inputs = inputs();
    for _ in 0..rounds {
        fuzz_bodies::wbxml(&numbers.mutated(&inputs));
    }
}
