//! Random bytes as a server's lines against a whole conversation: every output keeps its promises.
//!
//! `cargo xtask fuzz --target flow`

#![no_main]

#[expect(dead_code, reason = "the other targets use the rest")]
#[path = "../../../imap/tests/it/fuzz_bodies.rs"]
mod fuzz_bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    drop(fuzz_bodies::flow(bytes));
});
