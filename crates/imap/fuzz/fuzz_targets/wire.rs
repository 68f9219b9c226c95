//! Random bytes through the decoder: no panic, bounded memory, and pieces do not matter.
//!
//! `cargo +nightly fuzz run wire corpus/wire ../corpus`

#![no_main]

#[expect(dead_code, reason = "the other target uses the rest")]
#[path = "../../tests/it/fuzz_bodies.rs"]
mod fuzz_bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let whole = fuzz_bodies::wire(bytes, usize::MAX);
    assert_eq!(fuzz_bodies::wire(bytes, 3), whole);
});
