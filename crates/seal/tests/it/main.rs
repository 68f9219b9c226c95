//! What sealing promises.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod files;
mod sealing;

use pushmail_domain::Entropy;
use ring::rand::{SecureRandom, SystemRandom};

/// The system's own chance: nonces must not repeat, not even in tests.
struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        SystemRandom::new().fill(bytes).unwrap();
    }
}
