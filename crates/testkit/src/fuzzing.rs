//! The bodies of fuzz targets run as tests: over what fuzzing has kept, and over random inputs made of
//! it that are the same in every run.

use std::path::{Path, PathBuf};

/// Longest input, in bytes.
const LONGEST: usize = 8 * 1024;
/// Longest part of an input that is put into another, in bytes.
const LONGEST_PART: usize = 200;
/// Chooses how many inputs are made, where fuzzing itself cannot be had.
const ROUNDS: &str = "PUSHMAIL_FUZZ_ROUNDS";

/// A fuzz target.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The folder of the crate that it is for: its `CARGO_MANIFEST_DIR`.
    pub package: &'a str,
    /// Its name in `crates/fuzz/Cargo.toml`.
    pub name: &'a str,
}

impl Target<'_> {
    /// Runs the body over all inputs that are there for the target, but for long ones.
    ///
    /// # Panics
    /// When there are none, or the body panics.
    pub fn run_kept(&self, body: impl FnMut(&[u8])) {
        self.inputs().iter().map(Vec::as_slice).for_each(body);
    }

    /// Runs the body over random inputs made of those: `rounds` of them, unless
    /// `PUSHMAIL_FUZZ_ROUNDS` says how many.
    ///
    /// # Panics
    /// When there is nothing to make them of, or the body panics.
    pub fn run_mutated(&self, rounds: u32, mut body: impl FnMut(&[u8])) {
        let inputs = self.inputs();
        let chosen = std::env::var(ROUNDS).ok();
        let rounds = chosen.map_or(rounds, |chosen| chosen.parse().expect("a number of rounds"));
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
        for _ in 0..rounds {
            body(&numbers.mutated(&inputs));
        }
    }

    /// Runs the body over the inputs that once broke a promise.
    ///
    /// # Panics
    /// When there are none, or the body panics.
    pub fn run_regressions(&self, mut body: impl FnMut(&[u8])) {
        let files = files(&self.regressions());
        assert!(!files.is_empty(), "{} has no regressions", self.name);
        for path in files {
            println!("{}", path.display());
            body(&read(&path));
        }
    }

    fn inputs(&self) -> Vec<Vec<u8>> {
        let package = Path::new(self.package);
        let folders = [
            package.join("corpus"),
            self.regressions(),
            package.join("../fuzz/corpus").join(self.name),
        ];
        let files = folders.iter().flat_map(|folder| files(folder));
        let mut inputs: Vec<Vec<u8>> = files.map(|path| read(&path)).collect();
        inputs.retain(|input| input.len() < LONGEST);
        assert!(!inputs.is_empty(), "there is no input for {}", self.name);
        inputs
    }

    fn regressions(&self) -> PathBuf {
        Path::new(self.package).join("regressions").join(self.name)
    }
}

/// The files in a folder, in order; none if there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    paths
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // Fits: the larger half is gone.
        let number = u32::try_from(self.0 >> 32).unwrap_or_default();
        number as usize % end.max(1)
    }

    /// An input changed at some places, a part of another one put into it.
    fn mutated(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = inputs[self.below(inputs.len())].clone();
        let other = &inputs[self.below(inputs.len())];
        let from = self.below(other.len());
        let part = &other[from..(from + self.below(LONGEST_PART)).min(other.len())];
        let at = self.below(bytes.len());
        bytes.splice(at..at, part.iter().copied());
        for _ in 0..self.below(4) {
            let at = self.below(bytes.len());
            if let Some(byte) = bytes.get_mut(at) {
                *byte = self.byte();
            }
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_the_same_in_every_run_and_differ_from_each_other() {
        let kept = [b"one input".to_vec(), b"and another".to_vec()];
        let run = || {
            let mut numbers = Numbers(7);
            (0..20).map(|_| numbers.mutated(&kept)).collect::<Vec<_>>()
        };
        let mut inputs = run();
        assert_eq!(run(), inputs);
        inputs.sort();
        inputs.dedup();
        assert!(inputs.len() > 10);
    }
}
