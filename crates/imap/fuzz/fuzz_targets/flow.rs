//! Random servers against a whole conversation: no panic, and nothing follows the end.
//!
//! `cargo +nightly fuzz run flow corpus/flow ../corpus`

#![no_main]

#[expect(dead_code, reason = "the other target uses the rest")]
#[path = "../../tests/it/fuzz_bodies.rs"]
mod fuzz_bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    drop(fuzz_bodies::flow(bytes));
});
